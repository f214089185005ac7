"""Dashboard files: one provisioned by Terraform, one to import into a local Grafana."""

import json
from collections.abc import Mapping
from pathlib import Path

from grafana_foundation_sdk.cog.encoder import JSONEncoder

from tools.dashboards.cloud import cloud
from tools.dashboards.home import home

ROOT = Path(__file__).parents[2]
PROVISIONED = ROOT / "terraform" / "modules" / "grafana" / "dashboards" / "cloud.json"
IMPORTED = ROOT / "docs" / "grafana-home.json"


def dashboards() -> Mapping[Path, str]:
    """JSON of each dashboard by its path; deterministic."""
    boards = {PROVISIONED: cloud().build(), IMPORTED: home().build()}
    return {path: _text(board) for path, board in boards.items()}


def _text(board: object) -> str:
    return json.dumps(board, cls=JSONEncoder, indent=2, sort_keys=True) + "\n"
