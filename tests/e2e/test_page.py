"""The web chat in a real browser, on a phone's screen."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser import browser, conversation_of, write
from tests.stack import Stack

pytestmark = pytest.mark.stack


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    with browser() as opened:
        yield opened


@pytest.fixture
def page(chromium: Browser, stack: Stack) -> Iterator[Page]:
    context = chromium.new_context(viewport={"width": 360, "height": 740}, locale="en-GB")
    opened = context.new_page()
    opened.problems = []  # type: ignore[attr-defined]
    opened.on("pageerror", lambda error: opened.problems.append(str(error)))  # type: ignore[attr-defined]
    opened.goto(stack.url)
    yield opened
    assert not opened.problems  # type: ignore[attr-defined]
    context.close()


def passcode(page: Page, stack: Stack) -> str:
    return stack.passcode(conversation_of(page)) or ""


def test_a_borrower_agrees_on_the_page_by_buttons_and_sees_the_schedule(page: Page, stack: Stack) -> None:
    stack.import_account(
        account_number="EN-74001",
        date_of_birth="1994-07-07",
        principal="1800.00",
        interest="90.00",
        fees="60.00",
        due_date="2026-08-10",
    )
    write(page, "EN-74001, born 7 July 1994")
    write(page, passcode(page, stack))

    page.get_by_role("button", name="Pay in instalments").click()
    page.get_by_role("button", name="Option 1").click()
    page.get_by_role("button", name="Yes, I agree").click()

    expect(page.get_by_text("That's agreed and recorded")).to_be_visible(timeout=15_000)
    expect(page.get_by_role("table").last).to_be_visible()
    assert stack.account("EN-74001")["plan"]["agreed_words"] == "Yes, I agree"
    assert page.evaluate("() => document.documentElement.scrollWidth <= window.innerWidth")


def test_a_reload_brings_the_conversation_back(page: Page) -> None:
    write(page, "are you a robot?")

    page.reload()

    expect(page.get_by_text("are you a robot?")).to_be_visible()
    expect(page.get_by_text("I'm an automated assistant")).to_be_visible()


def test_an_agents_words_arrive_without_a_reload(page: Page, stack: Stack) -> None:
    write(page, "a person please")
    case = stack.cases(conversation_of(page))[0]

    stack.accord("case", "write", case["id"], "Hello, this is Mei from the team.")

    expect(page.get_by_text("Hello, this is Mei from the team.")).to_be_visible(timeout=15_000)


def test_html_that_somebody_types_stays_text(page: Page) -> None:
    write(page, "<img src=x onerror=document.title='broken'>")

    assert page.title() == "Accord"
    expect(page.get_by_text("<img src=x")).to_be_visible()
