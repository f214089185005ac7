"""Secrets planted everywhere they could come from, and looked for everywhere they could come out."""

import io
import json
import logging
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from platforms import FIRST, Small, ask, copied, served, small

from ppa.core.times import utc
from ppa.jobs.runs import run_job
from ppa.ops.logs import JsonLines, PlainWords
from ppa.ops.secrets import REDACTED, redactor
from ppa.ops.settings import Settings, load_settings
from ppa.ops.tracing import tracing
from ppa.providers.http import Call
from ppa.providers.protocol import ProviderError

TRACE = "105445aa7843bc8bf206b12000100000"
# one for each place, each findable by its middle
PLANTED = {
    "PPA_POLYGON_API_KEY": "planted polygon/key+1=",
    "PPA_FRED_API_KEY": "planted-fred-key-2",
    "MLFLOW_TRACKING_USERNAME": "ada",
    "MLFLOW_TRACKING_PASSWORD": "planted-mlflow-password-3",
    "MLFLOW_TRACKING_TOKEN": "planted-mlflow-token-4",
    "PPA_ALERT_SECRET": "whsec_cGxhbnRlZC13ZWJob29rLXNlY3JldC01LWxvbmc=",
    "PPA_ALERT_URL": "https://hooks.example.com/services/planted-webhook-path-6",
    "PPA_POLYGON_BASE_URL": "https://bob:planted-password-7@proxy.example.com/v2?token=planted-query-8",
}
MARKS = ("planted", "cGxhbnRlZC")


@pytest.fixture(scope="module")
def settings() -> Settings:
    """Settings with all of them, as the environment would give them."""
    return load_settings(PLANTED)


@pytest.fixture
def site(
    history: Path, tmp_path: Path, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Small]:
    """A platform with them."""
    for name, value in PLANTED.items():
        monkeypatch.setenv(name, value)
    built = small(copied(history, tmp_path))
    ours = built.platform.settings
    with_secrets = replace(
        settings, home=ours.home, source=ours.source, history_from=ours.history_from, user="tester"
    )
    yield replace(built, platform=replace(built.platform, settings=with_secrets))
    built.platform.close()


def quoted() -> str:
    """What an error says that quotes everything, as it is and as an address spells it."""
    return " ".join(
        f"{name}={value}" for name, value in PLANTED.items() if name != "MLFLOW_TRACKING_USERNAME"
    )


def clean(text: str) -> bool:
    return not any(mark in text for mark in MARKS)


@pytest.fixture
def output(site: Small) -> Iterator[io.StringIO]:
    """Everything that is logged meanwhile, as it is written in the cloud and at home."""
    stream, redact, root = io.StringIO(), redactor(site.platform.settings), logging.getLogger()
    handlers = [logging.StreamHandler(stream), logging.StreamHandler(stream)]
    for handler, form in zip(handlers, (JsonLines(redact, "p"), PlainWords(redact)), strict=True):
        handler.setFormatter(form)
        root.addHandler(handler)
    level = root.level
    root.setLevel(logging.DEBUG)
    yield stream
    root.setLevel(level)
    for handler in handlers:
        root.removeHandler(handler)


def test_a_source_that_quotes_every_secret_gives_none_away(site: Small, output: io.StringIO) -> None:
    def refuse(*_: object) -> None:
        raise ProviderError(f"coinbase: {quoted()}")

    site.market._refuse = refuse  # type: ignore[method-assign]
    seen = []
    with served(site.platform) as url:
        site.clock.now += timedelta(hours=1)
        seen += [ask(f"{url}/functions/{name}", "POST").text for name in ("ingest", "backfill")]
        with suppress(OSError):
            run_job(site.platform, "predict", utc(site.clock.now), lambda: fail(OSError(quoted())))
        logging.getLogger("ppa.web").error(
            "asked %s", quoted(), extra={"fields": {"headers": {quoted(): quoted()}}}
        )
        for path in (
            "api/v1/status",
            "metrics",
            "system",
            "",
            "readyz",
            "api/v1/grafana",
            "api/v1/data/plan",
            "nothing",
        ):
            seen.append(ask(f"{url}/{path}").text)
        seen += [ask(f"{url}/api/v1/labels/{one['label_id']}/dataset.csv").text for one in labels(url)[:1]]
        seen.append(json.dumps(ask(f"{url}/api/v1/models").json()))
    rows = site.table("job_runs", since=FIRST, maximum=99).to_csv()
    assert "coinbase" in rows
    assert REDACTED in rows
    assert REDACTED in seen[0]
    assert REDACTED in output.getvalue()
    for text in (*seen, rows, output.getvalue(), repr(site.platform.settings)):
        assert clean(text), text[max(text.find("planted") - 200, 0) :][:400]


def labels(url: str) -> list[dict[str, str]]:
    result: list[dict[str, str]] = ask(f"{url}/api/v1/labels").json()["labels"]
    return result


def fail(error: Exception) -> dict[str, object]:
    raise error


def test_a_provider_error_loses_logins_and_keys_of_the_address_that_it_quotes() -> None:
    call = Call("polygon", "https://bob:planted@proxy.example.com", {})
    words = str(call.error("GET https://bob:planted@proxy.example.com/v2?apiKey=planted-1&x=2 failed"))
    assert clean(words)
    assert "x=2 failed" in words


def test_a_failure_of_ours_names_its_trace_and_quotes_nothing(site: Small, output: io.StringIO) -> None:
    with served(site.platform) as url:
        site.platform.warehouse.close()
        headers = {"traceparent": f"00-{TRACE}-00f067aa0ba902b7-01"}
        answer = ask(f"{url}/api/v1/labels", headers=headers)
    assert answer.status_code == 503
    assert answer.json()["trace"] == answer.headers["X-Request-Id"] == TRACE


def test_a_run_by_hand_can_be_followed_from_the_page_to_its_row(site: Small, output: io.StringIO) -> None:
    with served(site.platform) as url:
        headers = {"traceparent": f"00-{TRACE}-00f067aa0ba902b7-01"}
        ask(f"{url}/api/v1/schedules/predict/run", "POST", headers=headers).raise_for_status()
    [row] = site.table("job_runs", since=FIRST, maximum=99).to_dict("records")
    assert (row["job"], row["trace"]) == ("predict", TRACE)
    lines = [json.loads(line) for line in output.getvalue().splitlines() if line.startswith("{")]
    [run] = [line for line in lines if line["message"] == "job predict ok"]
    assert run["trace"] == TRACE
    assert run["logging.googleapis.com/trace"] == f"projects/p/traces/{TRACE}"
    assert {"job", "scheduled_for", "started_at", "finished_at", "rows", "attempt", "status"} <= run.keys()
    [change] = [line for line in lines if line.get("event") == "change"]
    assert (change["trace"], change["user"]) == (TRACE, "tester")


def test_a_query_carries_the_trace_of_the_request_that_asked() -> None:
    from ppa.storage.warehouse.bigquery_client import labels as of_a_job

    with tracing(TRACE):
        assert of_a_job("labels")["trace"] == TRACE
    assert "trace" not in of_a_job("labels")
