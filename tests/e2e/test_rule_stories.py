"""Rules and alerts on the pages: set, paused and removed where a model is; all of them on System info."""

import re

import pytest
from pages_helper import MODEL, Visit, violations
from playwright.sync_api import Page, Route, expect

from ppa.outside.alerts import raise_alert
from ppa.outside.alerts.kinds import MODEL_EXPIRED

pytestmark = pytest.mark.browser


def reach(page: Page):
    page.locator("#policies").scroll_into_view_if_needed()
    expect(page.locator("#policies [role=status]")).to_be_attached()
    return page.locator("#policies")


def test_a_rule_is_set_paused_and_removed_on_the_page_of_a_model(visit: Visit, site) -> None:
    label = site.api.get(f"models/{MODEL}")["label_id"]
    raise_alert(site.platform, MODEL_EXPIRED, MODEL, "1", f"{MODEL} expired.")
    rules = reach(visit.open(f"/models/{MODEL}").page)
    reported = rules.get_by_role("region", name="Alerts, table")
    expect(reported).to_contain_text(f"{MODEL} expired.")
    expect(reported).to_contain_text("sent to nobody")
    expect(rules).to_contain_text("No webhook is set")
    expect(rules.get_by_role("button", name="Send a test")).to_have_count(0)
    expect(rules).to_contain_text("No rule holds: nothing is done by itself.")
    expect(rules.get_by_label("every, days")).to_be_hidden()
    rules.get_by_label("Expire after, days").fill("90")
    rules.get_by_label("Train a challenger on a schedule").select_option("boosting")
    rules.get_by_label("every, days").fill("14")
    rules.get_by_role("button", name="Set the rule").click()
    expect(rules).to_contain_text("An active model expires 90 days after its upload")
    expect(rules).to_contain_text("Every 14 days a boosting model is trained on the last 730 days")
    expect(rules.get_by_role("button", name="Keep the rule")).to_be_focused()
    rules.get_by_role("button", name="Pause the rule of this label").click()
    expect(rules).to_contain_text("Paused: nothing is done by it until it is resumed.")
    expect(rules.get_by_role("button", name="Resume the rule of this label")).to_be_focused()
    assert [(rule["scope"], rule["paused"]) for rule in site.api.get("rules")["rules"]] == [(label, True)]
    assert violations(visit.page) == []
    rules.get_by_role("button", name="Remove the rule of this label").click()
    expect(rules).to_contain_text("No rule holds")
    assert site.api.get("rules")["rules"] == []


def as_viewer(page: Page, path: str) -> None:
    """The page as it is served to somebody who may only look."""

    def served(route: Route) -> None:
        answer = route.fetch()
        route.fulfill(response=answer, body=answer.text().replace('data-role="admin"', 'data-role="viewer"'))

    page.route(f"**{path}", served)


def test_a_viewer_is_not_offered_what_takes_an_editor(visit: Visit) -> None:
    as_viewer(visit.page, f"/models/{MODEL}")
    as_viewer(visit.page, "/models")
    page = visit.open(f"/models/{MODEL}").page
    expect(page.get_by_role("checkbox", name="Active: predict every hour")).to_be_disabled()
    expect(page.locator("#registry")).to_have_text(re.compile("takes the role editor"))
    expect(reach(page)).to_contain_text("takes the role editor")
    assert violations(page) == []
    visit.open("/models").page.locator("#upload").scroll_into_view_if_needed()
    expect(page.locator("#upload [role=status]")).to_contain_text("takes the role editor")
    expect(page.get_by_role("button", name="Upload and measure")).to_be_disabled()
    visit.settle()


def test_a_viewer_sees_all_rules_on_system_info_and_changes_none(visit: Visit, site) -> None:
    site.api.send("PUT", "rules/*", json={"expire_after_days": 30})
    as_viewer(visit.page, "/system")
    rules = reach(visit.open("/system").page)
    table = rules.get_by_role("region", name="Rules, table")
    expect(table).to_contain_text("every label without one of its own")
    expect(table).to_contain_text(re.compile("expires 30 days after its upload"))
    expect(rules.get_by_role("button", name=re.compile("Pause|Remove|rule$"))).to_have_count(0)
    assert violations(visit.page) == []
    site.api.send("DELETE", "rules/*")
