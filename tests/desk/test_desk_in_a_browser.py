"""The desk as people use it: live, by keyboard, on a phone, without JavaScript, with nothing lost."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from playwright.sync_api import expect

from bot.store.tables import Conversation, Turn
from tests.unit.fakes import Chat

# Beside the tests of the whole program: they need a browser and quiet.
pytestmark = pytest.mark.stack


@pytest.fixture
def case(odalys, services) -> str:
    """Odalys asks for a person."""
    odalys.turn("I lost my job and cannot pay all of it")
    return services.cases.open(odalys.id, "request_human").reference


@pytest.fixture
def others(services) -> list[str]:
    """Three more cases in the queue."""
    talks = [Chat(services, f"talk-{number}") for number in range(3)]
    for talk in talks:
        talk.turn("can somebody call me?")
    return [services.cases.open(talk.id, "request_callback").reference for talk in talks]


@pytest.fixture
def writes(odalys, services, clock) -> Callable[[str], None]:
    """Odalys writes while a person has her conversation, as the router hears it."""

    def write(text: str) -> None:
        clock.passes(seconds=10)
        turn = odalys.turn(text)
        with services.parts.store.transaction() as session:
            conversation = session.get_one(Conversation, odalys.id)
            services.casework.heard(session, conversation, session.get_one(Turn, turn))

    return write


def test_the_borrowers_new_words_appear_and_are_announced(at_desk, case, writes):
    page = at_desk()
    page.goto(f"/desk/case/{case}")
    page.fill("#answer", "half a thought")

    writes("are you there?")

    expect(page.locator("#turns")).to_contain_text("are you there?")
    expect(page.locator("#status")).to_contain_text("are you there?")
    assert page.input_value("#answer") == "half a thought"


def test_what_changes_before_a_page_listens_is_seen_all_the_same(at_desk, case, writes):
    page = at_desk()

    def writes_first(route):
        writes("are you there?")
        route.continue_()

    page.route("**/desk/events?*", writes_first, times=1)
    page.goto(f"/desk/case/{case}")

    expect(page.locator("#turns")).to_contain_text("are you there?")


def test_a_case_that_comes_up_appears_in_the_queue(at_desk, case, services, clock):
    page = at_desk()
    page.goto("/desk")

    clock.passes(seconds=10)
    fresh = services.cases.open(Chat(services, "conversation-9").id, "complain").reference

    expect(page.locator("#rows")).to_contain_text(fresh)


def test_who_claims_first_is_seen_by_the_other_whose_words_stay(at_desk, case, clock):
    mei, jonas = at_desk("mei"), at_desk("jonas")
    for page in (mei, jonas):
        page.goto(f"/desk/case/{case}")
    jonas.fill("#answer", "I was writing this")

    clock.passes(seconds=10)
    mei.keyboard.press("c")
    expect(mei.locator("#notices")).to_contain_text("The case is yours.")

    expect(jonas.locator("#case-head")).to_contain_text("Mei")
    assert jonas.input_value("#answer") == "I was writing this"


def test_words_survive_another_form_and_a_reload_and_are_gone_once_sent(at_desk, case):
    page = at_desk()
    page.goto(f"/desk/case/{case}")

    page.fill("#answer", "We can look at smaller payments.")
    page.click("#dock >> text=Note")
    page.wait_for_selector("#note")
    page.click("#dock >> text=Answer")
    expect(page.locator("#answer")).to_have_value("We can look at smaller payments.")
    page.reload()
    expect(page.locator("#answer")).to_have_value("We can look at smaller payments.")
    page.locator("#answer").press("Control+Enter")

    expect(page.locator("#notices")).to_contain_text("Your answer is on its way.")
    expect(page.locator("#turns")).to_contain_text("We can look at smaller payments.")
    page.reload()
    expect(page.locator("#answer")).to_have_value("")


def test_by_keyboard_alone(at_desk, case, others):
    page = at_desk()
    page.goto("/desk")

    page.keyboard.press("?")
    expect(page.locator("#keys")).to_be_visible()
    page.keyboard.press("Escape")
    page.keyboard.press("j")
    page.keyboard.press("j")
    second = page.evaluate("document.activeElement.dataset.case")
    page.keyboard.press("Enter")
    page.wait_for_url(f"**/desk/case/{second}*")
    page.keyboard.press("c")
    expect(page.locator("#notices")).to_contain_text("The case is yours.")
    page.keyboard.press("Escape")
    page.keyboard.press("n")
    expect(page.locator("#note")).to_be_focused()
    page.keyboard.type("jck? are only letters here")

    assert page.input_value("#note") == "jck? are only letters here"


def test_the_first_tab_leads_past_the_navigation(at_desk, case):
    page = at_desk()
    page.goto("/desk")

    page.keyboard.press("Tab")
    expect(page.locator(".skip")).to_be_focused()
    page.keyboard.press("Enter")

    assert page.evaluate("document.activeElement.id") == "main"


def test_words_that_need_another_look_come_back_beside_what_was_found(at_desk, case):
    page = at_desk()
    page.goto(f"/desk/case/{case}")

    page.fill("#answer", "Pay or the police will visit you.")
    page.click("#form-answer .send")

    expect(page.locator("#findings")).to_contain_text("Sounds like a threat.")
    expect(page.locator("#answer")).to_have_value("Pay or the police will visit you.")
    assert page.url.split("?")[0].endswith(f"/desk/case/{case}")


def test_terms_are_worked_out_asked_for_and_approved_by_somebody_else(at_desk, case, clock):
    mei, lin = at_desk("mei"), at_desk("lin", "supervisor", "zh-Hans")
    mei.goto(f"/desk/case/{case}")
    mei.keyboard.press("c")
    expect(mei.locator("#notices")).to_contain_text("The case is yours.")

    mei.click("#dock >> text=Terms")
    mei.fill("#f-count", "12")
    mei.click("text=Work it out")
    expect(mei.locator("#quote tbody tr")).to_have_count(12)
    assert mei.evaluate("document.documentElement.scrollHeight <= innerHeight")  # panes scroll, the page does not
    mei.fill("#why", "She starts a new job in March.")
    mei.click("#quote button")
    expect(mei.locator("#pending")).to_contain_text("so somebody else decides")

    lin.goto("/desk/decisions")
    expect(lin.locator("main")).to_contain_text("She starts a new job in March.")
    clock.passes(seconds=10)
    lin.click("button[value=approve]")

    expect(mei.locator("#turns")).to_contain_text("Lin approved")


def test_without_javascript_everything_is_done_with_forms(at_desk, case, services):
    page = at_desk(script=False)
    page.goto("/desk")

    page.click(f"text={case}")
    page.click("text=Claim")
    page.fill("#answer", "I am here now.")
    page.click("#form-answer .send")
    page.click("#dock >> text=Note")
    page.fill("#note", "Spoke to her.")
    page.click("#form-note .send")
    page.click("text=Resolve")
    page.check("#outcome-answered", force=True)
    page.click("#form-resolve button")

    assert services.cases.all()[0]["status"] == "resolved"
    assert "I am here now." in page.locator("#turns").inner_text()


def test_on_a_phone_the_answer_stays_in_reach_and_nothing_runs_over_the_edge(at_desk, case, others):
    page = at_desk(phone=True)
    for path in ("/desk", f"/desk/case/{case}", f"/desk/case/{case}?do=propose", "/desk/replies"):
        page.goto(path)

        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), path
    page.goto(f"/desk/case/{case}")
    page.evaluate("scrollTo(0, 0)")

    expect(page.locator("#form-answer .send")).to_be_in_viewport()


def test_an_opened_field_stays_open_when_something_else_changes(at_desk, case, writes):
    page = at_desk()
    page.goto(f"/desk/case/{case}")
    page.click("#field-phone button")
    expect(page.locator("#field-phone")).to_contain_text("+12025550181")

    writes("hello?")
    expect(page.locator("#turns")).to_contain_text("hello?")

    expect(page.locator("#field-phone")).to_contain_text("+12025550181")
