"""The pages as people use them: each test is a story in Chromium over a running app."""

import csv
import re

import pytest
import requests
from pages_helper import MODEL, OTHER, Visit, violations
from playwright.sync_api import Page, expect

pytestmark = pytest.mark.browser


def test_the_overview_shows_where_each_step_stands(visit: Visit) -> None:
    page = visit.open("/").page
    expect(page.locator("#price .big")).to_have_text(re.compile(r"^[\d,]+\.\d\d$"))
    expect(page.locator("#step-1")).to_contain_text("Saved labels")
    expect(page.locator("#step-2 a")).to_have_attribute("href", re.compile("^/models/example-"))
    expect(page.locator("#step-3")).to_contain_text("example-boosting")
    page.get_by_role("link", name="Configure the dataframe").click()
    expect(page).to_have_url(f"{visit.url}/configure")


def test_moving_a_slider_repaints_the_regions_and_the_figures(visit: Visit) -> None:
    page = visit.open("/configure").page
    before = painted(page)
    rises = page.locator("#summary dd").first.inner_text()
    page.get_by_role("slider", name="Threshold", exact=True).fill("6")
    expect(page.locator("#definition")).to_contain_text("6%")
    expect(page.locator("#summary dd").first).not_to_have_text(rises)
    visit.settle()
    assert painted(page) < before
    assert "threshold=6" in page.url


def painted(page: Page) -> int:
    """Pixels behind the price that are washed: not of the sheet's colour, which the corner between regions has."""
    pixels: int = page.evaluate(WASHED)
    return pixels


WASHED = """() => {
  const canvas = document.querySelector('#chart canvas');
  const copy = new OffscreenCanvas(canvas.width, canvas.height).getContext('2d', { willReadFrequently: true });
  copy.drawImage(canvas, 0, 0);
  const all = new Uint32Array(copy.getImageData(0, 0, canvas.width, canvas.height).data.buffer);
  return all.filter((pixel) => pixel !== 0xffffffff).length;
}"""


def test_the_address_restores_the_whole_view(visit: Visit) -> None:
    query = "asset=BTC&from=2025-03-01&to=2025-06-30&mode=close&lookahead=6&threshold=1.5&features=vix,cpi&scale=z"
    page = visit.open(f"/configure?{query}").page
    expect(page.get_by_label("From", exact=True)).to_have_value("2025-03-01")
    expect(page.get_by_label("Look-ahead, hours").first).to_have_value("6")
    expect(page.get_by_role("radio", name="Close the last")).to_be_checked()
    expect(page.get_by_role("checkbox", name="vix")).to_be_checked()
    expect(page.locator("#chart .key")).to_contain_text("cpi")
    page.get_by_role("spinbutton", name="Look-ahead, hours").fill("7")
    expect(page).to_have_url(f"{visit.url}/configure?{query.replace('lookahead=6', 'lookahead=7')}")


def test_the_range_is_chosen_by_handles_presets_and_dates(visit: Visit) -> None:
    page = visit.open("/configure").page
    page.get_by_role("button", name="30 d").click()
    expect(page.get_by_label("From", exact=True)).to_have_value("2026-02-02")
    start = page.get_by_role("slider", name="Range starts")
    start.focus()
    page.keyboard.press("ArrowRight")
    expect(page.get_by_label("From", exact=True)).to_have_value("2026-02-03")
    expect(start).to_have_attribute("aria-valuetext", "2026-02-03")
    expect(page.locator("#chart .plot")).to_have_attribute("aria-label", re.compile("2026-02-03 to"))


def test_zooming_brings_finer_detail(visit: Visit) -> None:
    page = visit.open("/configure").page
    inside = "document.querySelector('#chart .plot').data[0].x.filter((x) => x.startsWith('2025-05')).length"
    coarse = page.evaluate(inside)
    with page.expect_response(lambda answer: "/chart?" in answer.url and "2025-05-01" in answer.url):
        page.evaluate(
            "Plotly.relayout(document.querySelector('#chart .plot'),"
            " {'xaxis.range[0]': '2025-05-01', 'xaxis.range[1]': '2025-06-01'})"
        )
    visit.settle()
    page.wait_for_timeout(200)
    assert page.evaluate(inside) > max(coarse, 31 * 24 - 30)


def test_bars_are_drawn_as_candles_where_few_are_in_view_and_the_address_keeps_the_zoom(visit: Visit) -> None:
    page = visit.open("/configure?zoom=2025-05-01T00:00:00Z~2025-05-06T00:00:00Z").page
    candles = page.locator("#chart .boxlayer path.box")
    expect(candles.first).to_be_visible()
    bars = page.evaluate("document.querySelector('#chart .plot').data[1].close.length")
    assert 100 < bars <= 5 * 24
    page.evaluate(
        "Plotly.relayout(document.querySelector('#chart .plot'),"
        " {'xaxis.range[0]': '2025-05-01', 'xaxis.range[1]': '2025-09-01'})"
    )
    expect(page).to_have_url(re.compile("zoom=2025-05-01T00%3A00%3A00Z%7E2025-09-01"))
    expect(candles).to_have_count(0)


def test_a_control_that_does_not_apply_keeps_nothing_back(visit: Visit) -> None:
    page = visit.open("/configure?mode=triple_barrier").page
    page.get_by_role("spinbutton", name="Stop loss").fill("")
    page.get_by_role("radio", name="Touch").check()
    expect(page.locator("#definition")).to_contain_text("highest close of the next 24 hours")


def test_a_triple_barrier_in_volatilities_is_set_up_shared_and_paid_for(visit: Visit) -> None:
    page = visit.open("/configure").page
    stop, window = page.locator("[name=stop]"), page.get_by_label("σ over, hours")
    expect(stop).to_be_hidden()
    expect(window).to_be_hidden()
    page.get_by_role("radio", name="Triple barrier").check()
    page.get_by_label("In units of").select_option(label="σ, volatility")
    expect(window).to_be_visible()
    stop.fill("0.5")
    expect(page.locator("#definition")).to_contain_text(
        "more than 1 σ above its own before one is more than 0.5 σ below"
    )
    needed = page.locator("#summary dd.span")
    share = needed.inner_text()
    page.get_by_label("Fee of a round trip").fill("1")
    expect(needed).not_to_have_text(share)
    visit.settle()
    reported = page.locator("#summary").inner_text()
    assert "mode=triple_barrier&lookahead=24&threshold=1&stop=0.5&unit=sd&window=168&fee=1" in page.url
    page.reload()
    visit.settle()
    assert page.locator("#summary").inner_text() == reported


def test_a_value_says_how_old_it_is(visit: Visit) -> None:
    page = visit.open("/configure?features=federal_funds,hour_of_day").page
    ages = page.evaluate(
        "document.querySelector('#chart .plot').data.slice(1).map((one) => one.customdata.at(-2))"
    )
    assert re.search(r"[1-9][\d.]* h old$", ages[0])
    assert "old" not in ages[1]


def test_features_are_searched_and_drawn_in_strips_of_their_own(visit: Visit) -> None:
    page = visit.open("/configure").page
    page.get_by_role("searchbox", name="Search features").fill("unemployment")
    expect(page.locator("#features input")).to_have_count(1)
    page.get_by_role("checkbox", name="unemployment").check()
    expect(page.locator("#chart .key")).to_contain_text("unemployment")
    assert page.evaluate("document.querySelector('#chart .plot').layout.yaxis2.domain[1]") < 0.2
    page.get_by_role("radio", name="z-score").check()
    expect(page).to_have_url(re.compile("features=unemployment&scale=z"))


def test_a_definition_that_cannot_be_is_refused_in_words(visit: Visit) -> None:
    page = visit.open("/configure").page
    page.get_by_role("spinbutton", name="Look-ahead, hours").fill("0")
    page.wait_for_timeout(200)
    expect(page.locator("#lookahead:invalid")).to_have_count(1)
    expect(page.locator("#definition")).to_contain_text("24 hours")


def test_a_label_is_saved_listed_and_downloaded(visit: Visit, site) -> None:
    page = visit.open("/configure?from=2025-01-01&to=2025-02-28&lookahead=12&threshold=1").page
    page.get_by_label("Name of the label").fill("Half a day, 1%")
    page.get_by_role("button", name="Save label").click()
    expect(page.locator("#save-message")).to_contain_text("Saved as btc-touch-12h")
    row = page.get_by_role("row", name=re.compile("Half a day, 1%"))
    expect(row).to_contain_text("BTC, touch, 12 h, 1%")
    address = row.get_by_role("link", name="Half a day, 1% as CSV").get_attribute("href")
    file = requests.get(f"{site.url}{address}", timeout=60)
    assert len(list(csv.reader(file.text.splitlines()))) == 59 * 24 + 1
    assert file.headers["Content-Disposition"].endswith('-synthetic.csv"')
    row.get_by_role("button", name="Python for Half a day, 1%").click()
    page.get_by_role("button", name="pandas").click()
    expect(page.locator("#snippet code")).to_contain_text(f'url = "{site.url}{address}"')
    expect(page.locator("#snippet code")).to_contain_text(
        'pd.read_csv(url, index_col="ts", parse_dates=["ts"])'
    )


def test_a_saved_label_is_opened_again(visit: Visit) -> None:
    page = visit.open("/configure?from=2025-01-01&to=2025-02-28&lookahead=99&threshold=9").page
    page.locator("#labels").scroll_into_view_if_needed()
    page.get_by_role("button", name="Open Up 2% within a day").click()
    expect(page.get_by_role("spinbutton", name="Threshold, %")).to_have_value("2")
    expect(page).to_have_url(re.compile(r"\?asset=BTC&mode=touch&lookahead=24&threshold=2$"))


def test_every_chart_can_be_read_as_a_table(visit: Visit) -> None:
    page = visit.open("/configure?from=2026-02-01&features=vix").page
    words = re.compile("^BTC/USD, hourly close. 2026-02-01 to .*lowest.*highest.* USD")
    expect(page.locator("#chart .plot")).to_have_attribute("aria-label", words)
    page.locator("#chart").get_by_text("Show as table").click()
    table = page.get_by_role("region", name="BTC/USD, hourly close, table")
    expect(table.get_by_role("columnheader")).to_have_count(3)
    assert table.locator("tbody tr").count() > 100


def test_models_of_a_label_are_compared(visit: Visit) -> None:
    page = visit.open("/models").page
    card = page.get_by_role("radio", name="Up 2% within a day")
    expect(card).to_be_checked()
    expect(page.locator(".card", has=card)).to_contain_text("2 models · all hours · marks")
    curves = page.locator("#roc .key span")
    expect(curves).to_have_count(2)
    page.get_by_role("checkbox", name="Compare example-logistic-v1").uncheck()
    expect(curves).to_have_count(1)
    expect(page.locator("#matrices table")).to_have_count(1)
    expect(page).to_have_url(re.compile(rf"label=btc-touch.*&models={MODEL}$"))
    page.reload()
    visit.settle()
    expect(curves).to_have_text(["example-boosting-v1"])


def test_a_threshold_that_moves_moves_everything_at_once(visit: Visit) -> None:
    page = visit.open(f"/models?models={MODEL},{OTHER}").page
    facts = page.locator("#matrices .facts").first
    signals = facts.locator("dd").nth(2)
    ring = "document.querySelector('#roc .plot').data.at(-2).x[0]"
    before, at = signals.text_content() or "", page.evaluate(ring)
    slider = page.get_by_role("slider", name="Threshold")
    slider.focus()
    for _ in range(12):
        page.keyboard.press("ArrowRight")
    expect(page.locator("#matrices caption").first).to_have_text(re.compile(f"{MODEL} at 0\\.5[1-9]"))
    expect(signals).not_to_have_text(before)
    assert page.evaluate(ring) < at
    assert sum("/comparison?" in address for address in visit.asked) == 1, "the server was asked again"
    expect(page).to_have_url(re.compile("threshold=0.5[1-9]"))
    page.get_by_role("button", name="Each at its own").click()
    expect(signals).to_have_text(before)


def test_a_closer_look_says_what_is_chance_and_what_a_model_relies_on(visit: Visit) -> None:
    page = visit.open(f"/models?models={MODEL},{OTHER}").page
    page.locator("#comparison-details").scroll_into_view_if_needed()
    words = page.get_by_role("region", name="Differences between two models, table")
    expect(words).to_contain_text(re.compile("chance", re.IGNORECASE))
    expect(page.locator("#months .key span")).to_have_count(2)
    page.get_by_role("combobox", name="Score").select_option(label="ROC AUC")
    expect(page.locator("#months .units")).to_have_text("ROC AUC")
    relied = page.get_by_role("region", name="Fall of the ROC AUC when a feature is shuffled, table")
    expect(relied).to_be_visible(timeout=180_000)
    assert relied.locator("tbody tr").count() > 10
    built = page.get_by_role("region", name="How each was made, table")
    expect(built.get_by_role("img").first).to_have_attribute(
        "aria-label", re.compile("^Trained .* held out ")
    )
    assert violations(page) == []


def test_accuracy_stands_beside_its_base_rate_and_interval(visit: Visit) -> None:
    page = visit.open("/models").page
    gauge = page.locator("#models .whisker").first
    expect(gauge).to_have_attribute(
        "aria-label", re.compile(r"[\d.]+%, interval \d+.\d+%, base rate [\d.]+%")
    )


def test_a_tick_activates_and_deactivates(visit: Visit, site) -> None:
    page = visit.open(f"/models/{OTHER}").page
    tick = page.get_by_role("checkbox", name="Active: predict every hour")
    tick.uncheck()
    expect(page.get_by_role("status")).to_contain_text("is not active")
    assert not site.api.get(f"models/{OTHER}")["active"]
    tick.check()
    expect(page.get_by_role("status")).to_contain_text("is active")
    assert site.api.get(f"models/{OTHER}")["active"]


def test_replacing_the_champion_is_asked_for_first(visit: Visit, site) -> None:
    site.api.send("PUT", f"models/{OTHER}/aliases/champion")
    site.api.send("DELETE", f"models/{MODEL}/activation")
    page = visit.open(f"/models/{MODEL}").page
    tick, dialog = page.get_by_role("checkbox", name="Active: predict every hour"), page.get_by_role("dialog")
    tick.click()
    expect(dialog).to_contain_text(f"{OTHER} is the champion")
    assert violations(page) == []
    dialog.get_by_role("button", name="Cancel").click()
    expect(tick).not_to_be_checked()
    assert not site.api.get(f"models/{MODEL}")["active"]
    tick.click()
    dialog.get_by_role("button", name=f"Replace it by {MODEL}").click()
    expect(page.get_by_role("status")).to_contain_text("is active, champion")
    expect(page.locator(".chips")).to_have_text("champion")
    page.get_by_role("button", name="Roll back to the champion before").click()
    expect(page.locator("#registry-message")).to_have_text(f"{OTHER} is champion again.")
    expect(page.get_by_role("region", name="What was done")).to_contain_text("Made champion")
    assert site.api.get(f"models/{OTHER}")["aliases"] == ["champion"]


def test_notes_and_tags_are_kept_in_the_registry(visit: Visit, site) -> None:
    page = visit.open(f"/models/{MODEL}").page
    page.get_by_label("Notes").fill("Calm in summer.")
    page.get_by_label("Tags").fill("boosting, summer")
    page.get_by_role("button", name="Keep notes, tags and expiry").click()
    expect(page.locator(".chips")).to_contain_text("summer")
    model = site.api.get(f"models/{MODEL}")
    assert (model["notes"], model["tags"]) == ("Calm in summer.", ["boosting", "summer"])
    site.api.send("PATCH", f"models/{MODEL}", json={"notes": "", "tags": []})


def test_system_lists_series_jobs_and_schedules(visit: Visit, site) -> None:
    page = visit.open("/system").page
    status = site.api.get("status")
    expect(page.locator("#series tbody tr")).to_have_count(len(status["series"]))
    expect(page.locator("#jobs tbody tr")).to_have_count(len(status["jobs"]))
    expect(page.locator("#schedules li")).to_have_count(len(status["schedules"]))
    late = page.locator("#series tbody tr td:nth-child(2)").all_inner_texts()
    assert late == sorted(late, reverse=True)


def test_a_job_is_run_paused_and_resumed_from_the_page_which_says_by_whom(visit: Visit, site) -> None:
    page = visit.open("/system").page
    page.get_by_role("button", name="Run now: ingest").click()
    expect(page.locator("#message")).to_contain_text("ingest ran")
    page.get_by_role("button", name="Pause: ingest").click()
    expect(page.locator("#schedules")).to_contain_text("Paused by local since 2026-03-04 10:07")
    expect(page.locator("#problems")).to_contain_text("ingest is paused by local since 2026-03-04 10:07 UTC.")
    expect(page.get_by_role("button", name="Resume: ingest")).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.locator("#message")).to_have_text("ingest is resumed.")
    expect(page.get_by_role("button", name="Pause: ingest")).to_be_visible()
    assert site.api.get("status")["notices"] == []


def test_the_pictures_of_system_info_have_words_and_tables(visit: Visit) -> None:
    page = visit.open("/system").page
    expect(page.get_by_role("img", name=re.compile("predict, the last 24 hours: .* failed"))).to_be_visible()
    expect(page.get_by_role("img", name=re.compile("^The last seven days: "))).to_be_visible()
    for region, columns in (("#timeline", 5), ("#coverage", 6)):
        page.locator(f"{region} summary").click()
        expect(page.locator(f"{region} thead th")).to_have_count(columns)
    expect(page.locator("#coverage tbody tr")).to_have_count(7 * 24)


def test_the_address_of_a_problem_opens_its_entry_in_the_runbook(visit: Visit) -> None:
    page = visit.open("/system#stale_feature").page
    entry = page.locator("#stale_feature")
    expect(entry).to_have_attribute("open", "")
    expect(entry).to_contain_text("Look at")
    expect(entry).to_be_in_viewport()


def test_a_model_says_what_its_hours_are_held_against_or_why_they_are_not(visit: Visit) -> None:
    page = visit.open(f"/models/{MODEL}").page
    page.locator("#novelty-profile").scroll_into_view_if_needed()
    expect(page.locator("#novelty-profile")).to_contain_text(re.compile(r"Held against [\d,]+ training rows"))
    features = page.get_by_role("region", name="Features of the training rows, table")
    expect(features.locator("tbody tr").first).to_contain_text(re.compile("yes|no"))
    why = {"unavailable": "Its rows are no longer made.", "remedy": "Train it again."}
    page.route("**/reference", lambda route: route.fulfill(json=why))
    visit.open(f"/models/{MODEL}").page.locator("#novelty-profile").scroll_into_view_if_needed()
    expect(page.locator("#novelty-profile")).to_contain_text("Not checked: Its rows are no longer made.")
    expect(page.locator("#novelty-profile")).to_contain_text("Train it again.")
