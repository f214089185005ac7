"""Every alert has its entry in the runbook, and its counterpart on the page: the three are held together here."""

import json
import re
from pathlib import Path

import hcl2

from ppa.outside.scheduling.schedules import load_schedules
from ppa.reports.status import problems
from ppa.reports.status.runbook import FILE, runbook, runbook_page

ROOT = Path(__file__).parents[2]
MONITORING = (ROOT / "terraform" / "monitoring.tf").read_text(encoding="utf-8")


def alerted() -> set[str]:
    """The codes that alert policies take their text from."""
    policies = hcl2.loads(MONITORING)["resource"]
    texts = [
        body["documentation"][0]["content"]
        for resource in policies
        for kind, named in resource.items()
        if kind.strip('"') == "google_monitoring_alert_policy"
        for body in named.values()
    ]
    assert texts
    assert all("local.guidance[" in text for text in texts), "an alert without the runbook's text"
    codes = set(re.findall(r'local\.guidance\[\\?"(\w+)\\?"\]', " ".join(texts)))
    if "${each.key}_silent" in MONITORING:
        codes |= {f"{job}_silent" for job in load_schedules()}
    if "local.guidance[each.key]" in MONITORING:
        events = hcl2.loads(MONITORING)["locals"][0]["events"]
        codes |= {name.strip('"') for name in events if not name.startswith("__")}
    return codes


def shown() -> set[str]:
    """The codes that the page can show, as its code spells them."""
    source = Path(problems.__file__).read_text(encoding="utf-8")
    codes = set(re.findall(r'Problem\(\s*"(\w+)"', source))
    assert 'f"{schedule.job}_silent"' in source
    return codes | {f"{job}_silent" for job in load_schedules()}


def test_every_alert_has_its_counterpart_on_the_page_and_an_entry_in_the_runbook() -> None:
    assert alerted() >= {
        "ingest_silent",
        "predict_silent",
        "failing_runs",
        "prediction_missing",
        "stale_feature",
        "spend",
    }
    assert alerted() <= shown()
    assert alerted() <= runbook().keys()


def test_everything_that_the_page_shows_is_in_the_runbook_and_nothing_else() -> None:
    assert shown() == set(runbook())


def test_every_entry_says_what_it_means_what_to_look_at_and_what_to_do() -> None:
    for code, entry in runbook().items():
        assert entry.title, code
        assert len(entry.means) > 40, code
        assert len(entry.look) >= 2, code
        assert len(entry.do) >= 2, code


def test_the_page_of_the_runbook_follows_from_its_file() -> None:
    headings = re.findall(r"^## (\w+)$", runbook_page(), re.MULTILINE)
    assert headings == list(json.loads(FILE.read_text(encoding="utf-8")))
