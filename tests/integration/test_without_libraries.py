"""Predicting and answering pages needs none of the libraries that models are trained with."""

import subprocess
from pathlib import Path

import pytest
from platforms import PATIENCE, copied, python

# a finder that comes first and refuses the libraries, whoever asks for them
REFUSING = """
import sys

LIBRARIES = {"catboost", "joblib", "lightgbm", "scipy", "skops", "sklearn", "threadpoolctl", "xgboost"}

class Refusing:
    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] in LIBRARIES:
            raise ImportError(f"{name} is refused here")

sys.meta_path.insert(0, Refusing())
from pathlib import Path
from platforms import small
site = small(Path(sys.argv[1]))
"""

PREDICTING = """
import pandas as pd
from ppa.core.times import utc
from ppa.jobs.maintenance import predict_and_maintain
from ppa.jobs.replay import replay
site.activate("calm-v1", "bold-v1")
site.live(2)
assert predict_and_maintain(site.platform, utc(site.clock.now))
now = utc(site.clock.now)
assert list(replay(site.platform, now - pd.Timedelta(days=8), now - pd.Timedelta(days=7)))
made = site.answers("live", "buffer", "replay")
assert set(made["origin"]) == {"live", "buffer", "replay"}
assert made["probability"].notna().all(), made["detail"].dropna().unique()
"""

ANSWERING = """
from ppa_web import create_app
client = create_app(site.platform).test_client()
pages = ["/", "/configure", "/models", "/live", "/performance", "/api", "/system", "/models/calm-v1"]
data = ["models", "status", "comparison?models=calm-v1,bold-v1", "models/calm-v1/importance", "models/calm-v1/history"]
data += ["models/calm-v1/performance", "models/calm-v1/drift", "models/calm-v1/reference"]
for address in [*pages, *(f"/api/v1/{name}" for name in data)]:
    response = client.get(address)
    assert response.status_code in {200, 302}, (address, response.text[:500])
importance = client.get("/api/v1/models/calm-v1/importance").json
assert importance["importance"], importance
"""


@pytest.mark.parametrize("acts", [PREDICTING, ANSWERING], ids=["predicting", "answering"])
def test_it_works_where_the_libraries_cannot_be_imported(acts: str, history: Path, tmp_path: Path) -> None:
    script = REFUSING + acts + "assert not LIBRARIES & sys.modules.keys()"
    command = python(script, str(copied(history, tmp_path / "home")))
    done = subprocess.run(command, capture_output=True, text=True, timeout=PATIENCE, check=False)
    assert done.returncode == 0, done.stderr[-3000:]
