"""An upload on the page: verdicts as they come, refusals with what to do, a connection that breaks off."""

import json
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from pages_helper import MODEL, Visit, violations, visiting
from playwright.sync_api import Browser, Page, expect

from ppa.modelfiles.bundle import pack

pytestmark = pytest.mark.browser

HEARD = """() => {
  const said = document.querySelector('#upload .message');
  window.heard = [];
  new MutationObserver(() => window.heard.push(said.textContent)).observe(said, { childList: true });
}"""


@pytest.fixture
def form(browser: Browser, site, tmp_path: Path) -> Iterator[Visit]:
    """The form, filled in but for the manifest, with a file that is no model; what it says is kept."""
    model = tmp_path / "model.skops"
    model.write_bytes(b"\x80\x04not a model")
    label = site.api.get(f"models/{MODEL}")["label_id"]
    with visiting(browser, site.url) as visitor:
        page = visitor.open("/models").page
        page.locator("#upload").scroll_into_view_if_needed()
        page.get_by_label("Model file, .skops").set_input_files(model)
        page.locator("#upload [name=label_id]").select_option(label)
        page.get_by_label("Name, lower case").fill("mine")
        page.get_by_label("Trained from").fill("2025-01-01")
        page.get_by_label("Trained to").fill("2025-09-01")
        page.evaluate(HEARD)
        yield visitor
        visitor.settle()


def steps(page: Page):
    return page.get_by_role("list", name="Steps of the gate").get_by_role("listitem")


def upload(page: Page) -> None:
    page.get_by_role("button", name="Upload and measure").click()


def test_each_verdict_is_told_as_it_comes_and_a_refusal_says_what_to_do(form: Visit, site, tmp_path: Path):
    page, manifest = form.page, tmp_path / "manifest.json"
    label = site.api.get(f"models/{MODEL}")["label_id"]
    manifest.write_text(json.dumps(site.api.get(f"labels/{label}/manifest.json")))
    page.get_by_label("Manifest of its dataset").set_input_files(manifest)
    upload(page)
    expect(page.get_by_role("progressbar", name="Steps of the gate")).to_be_visible()
    expect(steps(page)).to_have_count(5)
    expect(steps(page).nth(2)).to_contain_text("Its ")
    expect(steps(page).last).to_contain_text("is a pickle or joblib file, which can run code when read")
    words = re.compile(r"^Refused at “Archive and checksums”, and nothing was kept\. .*does\.$")
    expect(page.locator("#upload [role=status]")).to_have_text(words)
    heard = page.evaluate("window.heard")
    assert "4 of 13: Train and test hours passed. Now: Archive and checksums…" in heard
    assert violations(page) == []
    page.get_by_label("Manifest of its dataset").set_input_files([])
    upload(page)
    expect(steps(page).nth(2)).to_contain_text("Without a manifest")
    expect(steps(page).nth(2).get_by_role("img", name="warned")).to_be_visible()
    expect(page.locator("#upload [role=status]")).to_have_text(words)
    assert len(site.api.get("models")["models"]) == 2


def test_a_model_that_is_too_large_is_told_so_before_it_is_sent(form: Visit):
    page = form.page
    file = page.get_by_label("Model file, .skops")
    expect(file).to_have_accessible_description("At most 64.0 MiB.")
    file.evaluate("field => { field.dataset.maxBytes = 4; }")
    sent: list[str] = []
    page.on("request", lambda request: sent.append(request.method))
    upload(page)
    expect(page.locator("#upload [role=status]")).to_contain_text(
        "more than is taken here: train a smaller model"
    )
    expect(file).to_be_focused()
    assert "POST" not in sent


def test_what_training_wrote_of_a_model_fills_in_the_form_and_is_sent_whole(
    form: Visit, site, tmp_path: Path
):
    page, file = form.page, tmp_path / "my-model.json"
    output = {
        "name": "my-model",
        "label_id": site.api.get(f"models/{MODEL}")["label_id"],
        "train_from": "2025-01-02T05:00:00+00:00",
        "train_to": "2025-05-02T17:00:00+00:00",
        "features": ["hour_of_day"],
        "user_metrics": {"cv_roc_auc": 0.6},
        "tags": ["example"],
    }
    file.write_text(json.dumps(output))
    page.get_by_label("What you say of it").set_input_files(file)
    expect(page.get_by_label("Name, lower case")).to_have_value("my-model")
    expect(page.get_by_label("Your own figures")).to_have_value("cv_roc_auc = 0.6")
    expect(page.get_by_label("Trained to")).to_have_value("2025-05-02")
    page.get_by_label("Trained to").fill("2025-05-03")
    upload(page)
    expect(steps(page)).to_have_count(5)
    expect(steps(page).nth(1)).to_contain_text("my-model, for the label ")
    expect(steps(page).nth(1)).to_contain_text("2025-01-02 05:00 to 2025-05-03 23:00")
    other = tmp_path / "other.json"
    other.write_text("{}")
    page.get_by_label("What you say of it").set_input_files(other)
    expect(page.locator("#upload [role=status]")).to_contain_text("does not describe a model")


def test_a_bundle_fills_in_the_form_and_is_sent_as_one_file(form: Visit, site, tmp_path: Path):
    label = site.api.get(f"models/{MODEL}")["label_id"]
    described = {
        "name": "bundled",
        "label_id": label,
        "train_from": "2025-01-02T05:00:00+00:00",
        "train_to": "2025-05-02T17:00:00+00:00",
        "notes": "from a bundle",
    }
    bundle = tmp_path / "my-model.ppa"
    bundle.write_bytes(pack(b"\x80\x04not a model", described, site.api.get(f"labels/{label}/manifest.json")))
    page = form.page
    page.get_by_label("Model file, .skops").set_input_files(bundle)
    expect(page.get_by_label("Name, lower case")).to_have_value("bundled")
    expect(page.get_by_label("Notes")).to_have_value("from a bundle")
    upload(page)
    expect(steps(page)).to_have_count(5)
    expect(steps(page).nth(1)).to_contain_text("bundled, for the label ")
    expect(steps(page).nth(2)).to_contain_text("Its ")


def answered(page: Page, **answer: object) -> None:
    """Upload, and be answered that."""
    page.unroute("**/api/v1/models")
    page.route(
        "**/api/v1/models",
        lambda route: route.fulfill(**answer) if route.request.method == "POST" else route.continue_(),
    )
    upload(page)


def lines(*events: object) -> dict[str, str]:
    body = "".join(json.dumps(event) + "\n" for event in events)
    return {"content_type": "application/x-ndjson", "body": body}


STEPS = {"steps": [{"step": "size", "title": "Size"}, {"step": "dataset", "title": "Dataset"}]}
SIZE = {"step": "size", "title": "Size", "outcome": "passed", "sentence": "2 kB.", "remedy": "", "code": ""}


def test_an_answer_that_breaks_off_ends_in_a_problem_or_comes_as_a_whole_is_understood(form: Visit, site):
    page, reported = form.page, [STEPS, {"verdict": SIZE}]
    words = page.locator("#upload [role=status]")
    answered(page, **lines(*reported))
    expect(words).to_contain_text("look in a minute whether the model is in the table")
    expect(steps(page)).to_have_count(1)
    expect(page.get_by_role("button", name="Upload and measure")).to_be_enabled()
    problem = {"status": 503, "code": "warehouse", "detail": "The database is being moved."}
    answered(page, **lines(*reported, {"problem": problem}))
    expect(words).to_have_text("The database is being moved.")
    model = site.api.get(f"models/{MODEL}")
    answered(page, status=201, json=model)
    expect(words).to_contain_text(f"Accepted: {MODEL}")
    expect(words.get_by_role("link", name=MODEL)).to_have_attribute("href", f"/models/{MODEL}")
    expect(steps(page)).to_have_count(len(model["verdicts"]))
