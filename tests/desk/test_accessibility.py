"""axe-core finds no serious fault on any page of the desk: light and dark, phone and desktop, in both languages."""

from __future__ import annotations

import pytest
from axe_playwright_python.sync_playwright import Axe

from tests.unit.fakes import Chat

# Beside the tests of the whole program: they need a browser and quiet.
pytestmark = pytest.mark.stack

CASE_FORMS = ("note", "propose", "promise", "hold", "call_back", "resolve", "hand_back", "assign")
GRAVE = ("serious", "critical")


@pytest.fixture
def pages(odalys, services) -> list[str]:
    """Every page that a supervisor sees, about cases in which something happened."""
    odalys.turn("I lost my job <b>in March</b>")
    case = services.cases.open(odalys.id, "dispute_debt", "amount").reference
    services.cases.open(odalys.id, "request_human")
    free = services.cases.open(Chat(services, "conversation-2").id, "complain").reference
    forms = [f"/desk/case/{case}?do={form}" for form in CASE_FORMS]
    return [
        "/desk",
        f"/desk/case/{case}",
        f"/desk/case/{free}",
        *forms,
        "/desk/decisions",
        "/desk/mentions",
        "/desk/replies",
        "/desk/figures",
        "/desk/account",
        "/desk/case/C-99999",
    ]


@pytest.mark.parametrize(
    ("language", "dark", "phone"),
    [("en", False, False), ("zh-Hans", True, False), ("en", True, True), ("zh-Hans", False, True)],
)
def test_no_page_has_a_serious_fault(at_desk, pages, language, dark, phone):
    page = at_desk("mei", "supervisor", language, dark=dark, phone=phone)
    page.goto(pages[1])
    page.locator("form[data-key=c] button").click()
    page.wait_for_selector("#notices .said")

    faults = []
    for path in pages:
        page.goto(path)
        page.evaluate("document.querySelectorAll('details.fold').forEach((fold) => (fold.open = true))")
        found = Axe().run(page).response["violations"]
        faults += [(path, fault["id"], fault["nodes"][0]["html"][:120]) for fault in found if fault["impact"] in GRAVE]

    assert faults == []


def test_pages_of_administrators_have_no_serious_fault(at_desk):
    page = at_desk("root", "administrator")

    for path in ("/desk/people", "/desk/people/root", "/desk/account", "/desk/figures"):
        page.goto(path)
        found = Axe().run(page).response["violations"]

        assert [(path, fault["id"]) for fault in found if fault["impact"] in GRAVE] == []
