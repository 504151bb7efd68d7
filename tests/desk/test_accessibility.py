"""axe-core finds no serious fault on any page: light and dark, phone and desktop, in both languages."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from datetime import timedelta

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page

from actions.negotiation import options_reply, read_back_reply
from bot.desk.case_page import MORE, TABS
from bot.domain.wanted import Wanted
from tests.browser import write
from tests.unit.desk_cases import click, opened, worker
from tests.unit.fakes import Chat

# Beside the tests of the whole program: they need a browser and quiet.
pytestmark = pytest.mark.stack

GRAVE = ("serious", "critical")
ENGLISH_DESK, CHINESE_DARK = ("en", False, False), ("zh-Hans", True, False)
DARK_PHONE, CHINESE_PHONE = ("en", True, True), ("zh-Hans", False, True)
VARIANTS = (ENGLISH_DESK, CHINESE_DARK, DARK_PHONE, CHINESE_PHONE)
# Whatever has a form, on the case that is in dispute; each in two variants. Terms are looked at worked out.
FORMS = tuple(name for name in (*TABS, *(name for name, _ in MORE)) if name != "propose")
BY_THE_WEEK = {"en": "what could I pay each week?", "zh-Hans": "每周还的话要还多少？"}
AXE = Axe()


def faults(page: Page, within: str | None = None) -> list[tuple[str, str, str]]:
    """What is gravely wrong with a page or a part of it, everything on it unfolded."""
    page.evaluate("document.querySelectorAll('details.fold').forEach((fold) => (fold.open = true))")
    found = AXE.run(page, context=within).response["violations"]
    return [(page.url, fault["id"], fault["nodes"][0]["html"][:160]) for fault in found if fault["impact"] in GRAVE]


def visited(page: Page, paths: Sequence[str]) -> Iterator[tuple[str, str, str]]:
    for path in paths:
        page.goto(path)
        page.wait_for_selector("main")
        _, asked, form = path.partition("?do=")
        assert not asked or page.locator(f"#form-{form}").count() == 1, path
        yield from faults(page)


@pytest.fixture
def scene(odalys, services, clock) -> Callable[[], dict[str, str]]:
    """Cases in which everything has happened that a page shows; a supervisor called mei is mentioned in one."""

    def make() -> dict[str, str]:
        kim = worker(services, "kim", name="Kim Aldana", teams=("general", "care", "chinese"))
        odalys.turn("I lost my job <b>in March</b>, and this amount is not right")
        dispute = opened(services, odalys.id, "dispute_debt")
        services.cases.open(odalys.id, "request_human")
        services.casework.call_back(kim, dispute, click(), clock() + timedelta(hours=19))
        services.casework.release(kim, dispute, click())
        again = Chat(services, "again").prove("7001-3344, 1987-03-07")
        again.turn("can I have a statement?")
        opened(services, again.id, "request_document")
        kazuo = Chat(services, "kazuo").prove("JP-30077, 1968-02-29")
        kazuo.turn("is anybody there?")
        waits = opened(services, kazuo.id)
        services.casework.answer(kim, waits, click(), "Good morning, I am Kim.")
        services.casework.note(kim, waits, click(), "@mei could you look at the terms?")
        year = Wanted("plan", count=12, frequency="monthly")
        services.casework.propose(kim, waits, click(), year, "He starts anew in March.")
        noor = Chat(services, "noor").prove("KW-11902, 1994-06-18")
        noor.turn("I would like to pay bit by bit")
        free = opened(services, noor.id)
        nobody = Chat(services, "nobody")
        nobody.turn("I want to complain")
        complaint = opened(services, nobody.id, "complain")
        over = Chat(services, "over")
        over.turn("thank you, that is all")
        closed = opened(services, over.id)
        services.casework.answer(kim, closed, click(), "Goodbye.")
        services.casework.resolve(kim, closed, click(), "answered", "")
        vera = worker(services, "vera", "supervisor", name="Vera Lindqvist")
        services.desk.save_reply(vera, "Opening", "Hello, I have read what you wrote.", "en", everybody=True)
        return {"dispute": dispute, "waits": waits, "free": free, "complaint": complaint, "closed": closed}

    return make


@pytest.mark.parametrize(("turn", "variant"), enumerate(VARIANTS))
def test_no_page_of_a_supervisor_has_a_serious_fault(at_desk, scene, turn, variant):
    page = at_desk("mei", "supervisor", *variant)
    cases = scene()
    dispute = f"/desk/case/{cases['dispute']}"
    page.goto(dispute)
    page.locator("form[data-key=c] button").click()
    page.wait_for_selector("#notices .said")

    paths = [
        "/desk/mentions",
        "/desk/decisions",
        "/desk/replies",
        "/desk",
        dispute,
        *(f"{dispute}?do={form}" for form in FORMS[turn % 2 :: 2]),
        *(f"/desk/case/{cases[name]}" for name in ("waits", "free", "complaint", "closed")),
        "/desk/figures",
        "/desk/account",
        "/desk/case/C-99999",
    ]
    assert list(visited(page, paths)) == []


def test_the_pages_that_are_looked_at_show_what_they_are_for(at_desk, scene):
    page = at_desk("mei", "supervisor")
    cases = scene()

    for path, shown in {
        "/desk/mentions": ".mention",
        "/desk/decisions": ".decision form.decide",
        "/desk/replies": ".kept > li",
        f"/desk/case/{cases['waits']}": ".decision",
        f"/desk/case/{cases['dispute']}?do=dispute": "#form-dispute",
        f"/desk/case/{cases['dispute']}?do=merge": "#form-merge option",
        f"/desk/case/{cases['dispute']}?do=move": "#form-move option",
        f"/desk/case/{cases['closed']}": "form[action*='/reopen']",
        f"/desk/case/{cases['waits']}?do=answer": "form[action*='/release']",
    }.items():
        page.goto(path)
        assert page.locator(shown).count(), path


@pytest.mark.parametrize("variant", VARIANTS)
def test_what_the_guard_found_and_terms_that_are_worked_out_have_no_serious_fault(at_desk, scene, variant):
    page = at_desk("mei", "agent", *variant)
    free = f"/desk/case/{scene()['free']}"

    page.goto(free)
    page.fill("#answer", "If you don't pay by tomorrow, we will tell your employer.")
    page.click("#form-answer .send")
    page.wait_for_selector("#findings")
    found = faults(page)
    page.goto(f"{free}?do=propose")
    page.fill("#f-count", "8")
    page.click("#form-propose button[formaction*='quote']")
    page.wait_for_selector("#quote tbody tr")

    assert found + faults(page) == []


@pytest.mark.parametrize("variant", [ENGLISH_DESK, CHINESE_PHONE, CHINESE_DARK])
def test_no_page_before_the_sign_in_has_a_serious_fault(at_desk, outside, services, variant):
    at_desk("mei")
    page = outside(*variant)
    token = services.people.add("lan", "Lan Abara", "agent", ["general"])

    found = list(visited(page, ["/desk/sign-in", f"/desk/join/{token}", "/desk/join/gone"]))
    page.goto("/desk/sign-in")
    for name, value in {"login": "mei", "password": "not this one", "code": "000000"}.items():
        page.fill(f"#f-{name}", value)
    page.click("main button[type=submit]")
    page.wait_for_selector("[role=alert]")
    found += faults(page)
    page.goto(f"/desk/join/{token}")
    for name, value in {"password": "a kettle on the windowsill", "again": "another one", "code": "000000"}.items():
        page.fill(f"#f-{name}", value)
    page.click("main button[type=submit]")
    page.wait_for_selector("[role=alert]")

    assert found + faults(page) == []


@pytest.mark.parametrize("variant", VARIANTS)
def test_the_way_to_the_companys_own_sign_in_has_no_serious_fault(outside, services, monkeypatch, variant):
    page = outside(*variant)
    settings, company = services.parts.settings, "main a.button[href^='/desk/oidc']"
    monkeypatch.setattr(settings, "oidc_issuer", "http://127.0.0.1:9")  # where nobody answers
    monkeypatch.setattr(settings, "oidc_client_id", "accord")

    page.goto("/desk/sign-in?next=/desk/figures")
    page.wait_for_selector(company)
    page.wait_for_selector("#f-password")
    found = faults(page)
    page.click(company)
    page.wait_for_selector("[role=alert]")
    found += faults(page)
    monkeypatch.setattr(settings, "oidc_only", True)
    page.goto("/desk/oidc/back")
    page.wait_for_selector("[role=alert]")
    page.wait_for_selector(f"{company}.primary")
    found += faults(page)

    assert page.locator("#f-password").count() == 0
    assert page.get_attribute("html", "lang") == variant[0]
    assert found == []


@pytest.mark.parametrize("variant", [ENGLISH_DESK, CHINESE_PHONE, DARK_PHONE])
def test_no_page_of_administrators_has_a_serious_fault(at_desk, services, variant):
    page = at_desk("root", "administrator", *variant)
    services.people.add("lan", "Lan Abara", "agent", ["general"])

    found = list(visited(page, ["/desk/people", "/desk/people/lan", "/desk/people/root", "/desk/account", "/desk"]))
    page.goto("/desk/people/lan")
    page.click("form[action$='/link'] button")
    page.wait_for_selector("#link")
    found += faults(page)
    page.goto("/desk/people")
    page.fill("#f-login", "ada")
    page.fill("#f-name", "Ada Okoro")
    page.click("form[action='/desk/people'] button[type=submit]")
    page.wait_for_selector("#link")

    assert found + faults(page) == []


@pytest.mark.parametrize("variant", [CHINESE_DARK, DARK_PHONE])
def test_no_page_of_auditors_and_trainers_has_a_serious_fault(at_desk, scene, services, variant):
    trainer = at_desk("amal", "trainer", *variant)
    page = at_desk("ruth", "auditor", *variant)
    worker(services, "mei", "supervisor")
    cases = scene()

    found = list(visited(trainer, ["/desk/figures", "/desk/people"]))
    found += visited(page, ["/desk", f"/desk/case/{cases['waits']}", f"/desk/case/{cases['closed']}", "/desk/audit"])
    page.click("form[action$='/verify'] button")
    page.wait_for_selector(".audit-state")
    found += faults(page, ".audit-whole")
    with services.parts.store.transaction() as session:
        session.connection().exec_driver_sql("UPDATE audit SET actor = 'nobody' WHERE seq = 3")
    page.click("form[action$='/verify'] button")
    page.wait_for_selector(".audit-whole [role=alert]")

    assert found + faults(page, ".audit-whole") == []


@pytest.mark.parametrize("variant", VARIANTS)
def test_the_borrowers_chat_has_no_serious_fault(outside, variant):
    page = outside(*variant)

    page.goto("/")
    page.wait_for_selector("#message")
    found = faults(page)
    page.fill("#message", "hello there")
    page.press("#message", "Enter")
    page.wait_for_selector(".entry:not(.own)")
    found += faults(page)
    page.click("#fresh")
    page.wait_for_selector("#ask[open]")

    assert found + faults(page) == []


@pytest.mark.parametrize("variant", VARIANTS)
def test_options_and_terms_read_back_in_the_borrowers_chat_have_no_serious_fault(
    outside, odalys, services, dialogue, variant
):
    page = outside(*variant)
    language, said = variant[0], BY_THE_WEEK[variant[0]]
    weekly = {"entity": "frequency", "value": "weekly"}

    def named(*entities):
        return services.negotiation.consider(odalys.turn(), list(entities))

    page.goto("/")
    dialogue.replies = [reply.as_json() for reply in options_reply(named(weekly))]
    write(page, said)
    page.wait_for_selector(".choices button:enabled >> nth=2")
    found = faults(page)
    six = named({"entity": "instalments", "value": 6})
    dialogue.replies = [read_back_reply(six.offers[0]).as_json()]
    page.click(".choices button >> nth=0")
    page.wait_for_selector(".choices button.taken")
    page.wait_for_selector(".sheet:not(.long) tbody tr >> nth=5")
    found += faults(page)
    thirteen = named({"entity": "instalments", "value": 13}, weekly)
    dialogue.replies = [read_back_reply(thirteen.offers[0]).as_json()]
    write(page, said)
    page.wait_for_selector(".sheet.long tbody tr >> nth=12")
    found += faults(page)
    page.click(".sheet.long button[aria-expanded]")
    page.wait_for_selector(".sheet.long.open")
    found += faults(page)

    assert page.get_attribute("html", "lang") == language
    assert page.locator(".entry:not(.own)").last.get_attribute("lang") == language
    assert found == []
