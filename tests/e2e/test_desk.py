"""The desk as a lender's people use it: the whole program, a borrower's chat, and browsers of several people."""

from __future__ import annotations

import contextlib
import json
import re
import shutil
import sqlite3
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import httpx
import pyotp
import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect
from sqlalchemy import select

from bot.bootstrap import open_services
from bot.settings import ROOT, Settings
from bot.store.tables import Account
from bot.supervisor import free_port
from tests.browser import browser, conversation_of, write
from tests.e2e.test_crashes import kill
from tests.stack import Borrower, Stack

pytestmark = pytest.mark.stack

PASSWORD = "a kettle on the windowsill"
PEOPLE: dict[str, tuple[str, str, tuple[str, ...], str]] = {
    "mei": ("Mei Castellane", "agent", ("chinese", "care"), "en"),
    "jonas": ("Jonas Okwuosa", "agent", ("chinese",), "en"),
    "lin": ("林若溪", "supervisor", ("chinese", "care"), "zh-Hans"),
    "amara": ("Amara Thistlewood", "agent", ("general",), "en"),
}
CHINESE = {
    "phone": "+8613800000123",
    "language": "zh-Hans",
    "country": "CN",
    "time_zone": "Asia/Shanghai",
    "currency": "CNY",
    "date_of_birth": "1991-01-09",
    "principal": "6000.00",
    "interest": "300.00",
    "fees": "200.00",
}
BORN = "1991年1月9日"
SCRIPT = "<script>window.ran = 1</script><img src=x onerror='window.ran = 1'>"
PATIENCE = 30_000
expect.set_options(timeout=PATIENCE)


@dataclass
class Member:
    """Somebody of the desk, in a browser of their own."""

    login: str
    page: Page
    totp: str

    def next_code(self) -> str:
        """What their app shows half a minute from now, for a clock that is a little off."""
        return pyotp.TOTP(self.totp).at(time.time() + 30)

    def opens(self, case: str) -> Page:
        """Their page, with a case on it."""
        self.page.goto(f"/desk/case/{case}")
        return self.page

    def claims(self, case: str) -> Page:
        """Their page, with a case that is theirs from now on."""
        page = self.opens(case)
        page.get_by_role("button", name="Claim").click()
        expect(page.locator("#notices")).to_contain_text("The case is yours.")
        return page


@dataclass
class Lender:
    """The running program of a lender whose people work around the clock, and the browsers of everybody."""

    stack: Stack
    chromium: Browser
    contexts: list[BrowserContext] = field(default_factory=list)
    problems: list[str] = field(default_factory=list)
    people: dict[str, Member] = field(default_factory=dict)

    def browser(self, locale: str = "en-GB") -> Page:
        """A browser that shares nothing with the others; what goes wrong in it fails the test."""
        context = self.chromium.new_context(base_url=self.stack.url, locale=locale, reduced_motion="reduce")
        context.set_default_timeout(PATIENCE)
        self.contexts.append(context)
        page = context.new_page()
        page.on("pageerror", lambda error: self.problems.append(str(error)))
        return page

    def join(self, login: str) -> Member:
        """Adds somebody on the command line, who uses the link in a browser."""
        name, role, teams, language = PEOPLE[login]
        belongs = [word for team in teams for word in ("--team", team)]
        added = self.stack.accord(
            "user", "add", login, "--name", name, "--role", role, *belongs, "--language", language, "--json"
        )
        page = self.browser()
        member = Member(login, page, joins(page, json.loads(added)["link"]))
        page.wait_for_url("**/desk")
        self.people[login] = member
        return member

    def chat(self, locale: str = "zh-CN") -> Page:
        """The chat page in a borrower's browser."""
        page = self.browser(locale)
        page.goto("/")
        return page

    def account(self, number: str, **fields: str) -> None:
        """Imports a Chinese account that is forty days past due."""
        due = datetime.now(ZoneInfo("Asia/Shanghai")).date() - timedelta(days=40)
        self.stack.import_account(account_number=number, due_date=due.isoformat(), **{**CHINESE, **fields})

    def renames(self, number: str, name: str) -> None:
        """Gives a borrower a name in the ledger itself, which no import would take."""
        services = open_services(Settings(_env_file=None, home=self.stack.home))
        with services.parts.store.transaction() as session:
            row = next(row for row in session.scalars(select(Account)) if row.number == number)
            row.borrower_name = name
        services.close()

    def proves(self, page: Page, number: str) -> None:
        """A borrower says which account is theirs, and proves it."""
        write(page, f"{number}，{BORN}")
        write(page, self.stack.passcode(conversation_of(page)) or "")

    def asks_for_a_person(self) -> tuple[Borrower, str]:
        """A Chinese borrower without a browser, and the reference of their case."""
        borrower = Borrower(self.stack)
        return borrower, reference_in(borrower.say("请帮我转人工客服"))

    def case(self, reference: str) -> dict[str, Any]:
        return next(row for row in json.loads(self.stack.accord("case", "list", "--json")) if row["id"] == reference)

    def recorded(self, action: str, **data: str) -> list[tuple[str, str]]:
        """Who did something and to what, by the audit chain; ``data``: what the record has to say of it."""
        with self.ledger() as ledger:
            rows = ledger.execute("SELECT actor, subject, data FROM audit WHERE action = ? ORDER BY seq", (action,))
            return [(actor, subject) for actor, subject, told in rows if data.items() <= json.loads(told).items()]

    def outbox(self, conversation: str, body: str) -> list[dict[str, Any]]:
        rows = json.loads(self.stack.accord("outbox", "list", "--json"))
        return [row for row in rows if row["conversation"] == conversation and body in row["body"]]

    @contextlib.contextmanager
    def ledger(self) -> Iterator[sqlite3.Connection]:
        opened = sqlite3.connect(self.stack.home / "accord.db", timeout=30)
        with contextlib.closing(opened), opened:
            yield opened


def joins(page: Page, link: str) -> str:
    """Uses a one-time link; the secret of whoever's app it is."""
    page.goto(link)
    secret = page.locator("p.mono").inner_text().replace(" ", "")
    page.locator("#f-password").fill(PASSWORD)
    page.locator("#f-again").fill(PASSWORD)
    page.locator("#f-code").fill(pyotp.TOTP(secret).now())
    page.locator("button.primary").click()
    return secret


def reference_in(text: str) -> str:
    return re.search(r"C-\d{5}", text).group()


def sends(page: Page, text: str) -> None:
    """Writes a message that nobody has to answer, and waits until it has arrived."""
    page.locator("#message").fill(text)
    page.locator("#message").press("Enter")
    expect(page.locator(".entry.own").last).to_contain_text(re.compile("已送达|Delivered"))


def answers(page: Page, text: str) -> None:
    """An agent answers on the case that is open."""
    page.locator("#answer").fill(text)
    page.locator("#form-answer .send").click()
    expect(page.locator("#notices")).to_contain_text("Your answer is on its way.")


@pytest.fixture(scope="module")
def around_the_clock(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Policies of a lender whose people work at any hour, so that no test depends on when it runs."""
    folder = tmp_path_factory.mktemp("lender") / "policies"
    shutil.copytree(ROOT / "policies", folder)
    handover = folder / "handover.yml"
    rules = handover.read_text(encoding="utf-8")
    for hours, longer in (("fri, sat]", "fri, sat, sun]"), ('"09:00"', '"00:00"'), ('"18:00"', '"23:59"')):
        assert hours in rules
        rules = rules.replace(hours, longer, 1)
    handover.write_text(rules, encoding="utf-8")
    return folder


@pytest.fixture(scope="module")
def lender(tmp_path_factory: pytest.TempPathFactory, around_the_clock: Path) -> Iterator[Lender]:
    running = Stack(tmp_path_factory.mktemp("desk"), ACCORD_POLICIES=str(around_the_clock), ACCORD_TURN_SECONDS="60")
    running.start()
    with browser() as chromium:
        opened = Lender(running, chromium)
        for login in PEOPLE:
            opened.join(login)
        yield opened
        for context in opened.contexts:
            context.close()
    running.stop()


@pytest.fixture(autouse=True)
def nothing_breaks(lender: Lender) -> Iterator[None]:
    """No script of a page fails, and what happened stands on an audit chain that is whole."""
    yield
    assert lender.problems == []


@pytest.fixture
def somebody(lender: Lender) -> Callable[[str], Member]:
    return lender.people.__getitem__


def test_the_first_start_prints_a_link_that_makes_one_administrator(lender: Lender) -> None:
    link = re.search(r"http\S+/desk/join/\S+", lender.stack.log).group()

    page = lender.browser()
    joins(page, link)
    expect(page).to_have_url(re.compile("/desk/people$"))
    expect(page.locator("main")).to_contain_text("Mei Castellane")
    again = lender.browser().goto(link)

    assert again is not None
    assert again.status == 404


def test_a_case_goes_to_a_person_beyond_their_authority_and_back_to_the_bot(lender: Lender, somebody) -> None:
    mei, lin = somebody("mei").page, somebody("lin").page
    mei.goto("/desk")
    lin.goto("/desk")
    lender.account("ZH-90001", borrower_name="顾念慈")
    chat = lender.chat()
    said = chat.locator(".entry:not(.own)")

    # The borrower proves who they are and asks for a person, whose queue shows it without a reload.
    lender.proves(chat, "ZH-90001")
    write(chat, "我想找真人客服谈", answers=2)
    case = reference_in(said.last.inner_text())
    row = mei.locator(f"#rows [data-case='{case}']")
    expect(row).to_contain_text("顾••")
    row.click()
    expect(mei.locator("#fact-identity")).to_contain_text("Proven")
    expect(mei.locator("#fact-account")).to_contain_text("6,500.00")
    expect(mei.locator("#fact-account")).to_contain_text("40 days past due")

    # From the claim on two people talk with each other.
    before = said.count()
    mei.get_by_role("button", name="Claim").click()
    expect(mei.locator("#notices")).to_contain_text("The case is yours.")
    sends(chat, "孩子刚上学，一下子拿不出这么多")
    expect(mei.locator("#turns")).to_contain_text("孩子刚上学")
    answers(mei, "您好，我是小梅。您的情况我看到了，我来算一个您负担得起的方案。")
    expect(chat.locator(".entry.agent")).to_contain_text("我是小梅")
    expect(mei.locator("#turns .turn-delivery").last).to_have_class(re.compile("sent"))
    sends(chat, "谢谢，麻烦您了")

    # Terms above the agent's authority wait for somebody else, who hears of them without a reload.
    mei.click("#dock >> text=Terms")
    mei.fill("#f-count", "18")
    mei.click("text=Work it out")
    expect(mei.locator("#quote tbody tr")).to_have_count(18)
    mei.fill("#why", "One income since September, and the child has just started school.")
    mei.click("#quote button")
    expect(mei.locator("#notices")).to_contain_text("The terms wait for somebody to decide.")
    expect(mei.locator("#pending")).to_contain_text("so somebody else decides")
    lin.click("#rail-nav a[href='/desk/decisions']:has(#count-decisions)")
    waiting = lin.locator("section.panel", has_text=case)
    expect(waiting).to_contain_text("One income since September")
    waiting.locator("button[value=approve]").click()
    expect(lin.locator("main")).not_to_contain_text(case)

    # The borrower sees them in full and agrees by a button; the agent sees that, and gives the conversation back.
    expect(said.last.get_by_role("table").locator("tbody tr")).to_have_count(18)
    assert lender.stack.account("ZH-90001")["plan"] is None
    chat.get_by_role("button", name="同意，就这样").click()
    expect(said.last).to_contain_text(re.compile("已经记录下来"))
    expect(mei.locator("#turns")).to_contain_text("The borrower agreed.")
    spoken = said.count() - before
    assert spoken == 3, chat.locator("#log").inner_text()  # the agent's answer, the terms, that they are recorded
    mei.click("#more-menu summary")
    mei.click("#more-menu >> text=Back to the bot")
    mei.locator("#form-hand_back button").click()
    expect(mei.locator("#notices")).to_contain_text("The bot has the conversation again.")
    expect(chat.locator("#log")).to_contain_text(re.compile(f"编号 {case} 的事"))

    # The bot goes on knowing what was agreed.
    plan = lender.stack.account("ZH-90001")["plan"]
    count = said.count()
    write(chat, "我的计划是什么")
    told = " ".join(said.all_inner_texts()[count:])
    first = plan["schedule"][0]["amount"]["amount"]
    assert first in told.replace(",", "")
    assert plan["schedule"][-1]["number"] == len(plan["schedule"]) == 18
    assert (plan["status"], plan["authority"], plan["agreed_words"]) == ("active", "supervisor", "同意，就这样")
    assert lender.case(case)["status"] == "returned"
    assert lender.recorded("case_approved") == [("supervisor:lin", case)]
    assert "the chain is whole" in lender.stack.accord("audit", "verify")


def test_of_two_who_claim_at_once_one_wins_and_the_other_is_told(lender: Lender, somebody) -> None:
    _, case = lender.asks_for_a_person()
    mei, jonas = somebody("mei").opens(case), somebody("jonas").opens(case)

    at = time.time() * 1000 + 1_500
    for page in (mei, jonas):
        click = "at => setTimeout(() => document.querySelector('form[data-key=c] button').click(), at - Date.now())"
        page.evaluate(click, at)

    told = {}
    for name, page in (("Mei Castellane", mei), ("Jonas Okwuosa", jonas)):
        expect(page.locator("#notices p")).to_be_visible()
        told[name] = page.locator("#notices").inner_text().strip()
    (winner,) = [name for name, words in told.items() if words == "The case is yours."]
    (loser,) = set(told) - {winner}
    assert told[loser] == f"{winner} was quicker and has this case."
    assert [subject for _, subject in lender.recorded("case_claimed")].count(case) == 1


def test_words_that_were_stored_before_the_service_was_killed_are_sent_once(lender: Lender, somebody) -> None:
    first, second, third = "我先看一下您的账单。", "这是我同时发出的一句。", "现在可以继续了。"
    chat = lender.chat()
    write(chat, "请帮我转人工客服", answers=2)
    conversation = conversation_of(chat)
    case = reference_in(chat.locator(".entry:not(.own)").last.inner_text())
    mei = somebody("mei").claims(case)
    chat.goto("about:blank")  # nobody is there to be sent anything

    # Stored, and a second click under way: then the service dies.
    form = {name: mei.locator(f"#form-answer [name={name}]").input_value() for name in ("csrf", "key")}
    answers(mei, first)
    (cookie,) = [row for row in mei.context.cookies() if row["name"] == "accord_desk"]

    def post(text: str, key: str) -> int:
        answer = httpx.post(
            f"{lender.stack.url}/desk/case/{case}/answer",
            data={"csrf": form["csrf"], "key": key, "text": text},
            cookies={"accord_desk": cookie["value"]},
            headers={"Origin": lender.stack.url},
            timeout=30,
        )
        return answer.status_code

    def post_and_lose_the_answer() -> None:
        with contextlib.suppress(httpx.HTTPError):
            post(second, "the-second-click")

    clicking = threading.Thread(target=post_and_lose_the_answer)
    clicking.start()
    kill(lender.stack, "bot.service")
    clicking.join()
    assert [row["status"] for row in lender.outbox(conversation, first)] == ["queued"]
    lender.stack.wait_until_well(180)

    # Clicked again with the same keys; then the borrower is back.
    assert [post(first, form["key"]), post(second, "the-second-click"), post(second, "the-second-click")] == [303] * 3
    chat.goto("/")
    for words in (first, second):
        expect(chat.get_by_text(words)).to_be_visible()
    mei.reload()
    answers(mei, third)
    expect(chat.get_by_text(third)).to_be_visible()
    for words in (first, second, third):
        expect(chat.get_by_text(words)).to_have_count(1)
        assert [row["status"] for row in lender.outbox(conversation, words)] == ["sent"]
    expect(mei.locator("#turns .turn-delivery.sent")).to_have_count(3)
    assert "the chain is whole" in lender.stack.accord("audit", "verify")


def test_nobody_there_is_said_with_times_to_be_called_and_a_way_out(lender: Lender, somebody) -> None:
    amara = somebody("amara").page
    amara.goto("/desk/account")
    amara.get_by_role("button", name="I am away").click()
    expect(amara.get_by_role("button", name="I am available")).to_be_visible()
    chat = lender.chat("en-GB")
    said = chat.locator(".entry:not(.own)")

    write(chat, "I'd like to talk to a person", answers=3)
    expect(said.last).to_contain_text(re.compile("nobody is at their desk|Nobody is free"))
    case = reference_in(chat.locator("#log").inner_text())
    slots = said.last.get_by_role("button", name="Call me")
    expect(slots).to_have_count(3)
    clock = re.search(r"\d{1,2}:\d\d", slots.nth(1).inner_text()).group()
    slots.nth(1).click()
    expect(said.last).to_contain_text(re.compile("somebody calls you|You'll be called"))
    expect(said.last).to_contain_text(clock)

    page = somebody("amara").opens(case)
    expect(page.locator("#turns")).to_contain_text("The borrower chose a call")
    expect(page.locator(".case-time")).to_contain_text(clock)

    write(chat, "when will somebody answer me?")
    said.last.get_by_role("button", name="I no longer need a person").click()
    expect(said.last).to_contain_text(re.compile("no colleague is needed|called that off"))
    expect(page.locator("#case-head")).to_have_attribute("data-status", "returned")
    expect(page.locator("#turns")).to_contain_text("The borrower no longer wants a person")
    write(chat, "how much do I owe?")
    expect(said.last).to_contain_text("account number")
    assert lender.case(case)["status"] == "returned"


def test_distress_is_cared_for_while_somebody_has_the_case(lender: Lender, somebody) -> None:
    borrower, case = lender.asks_for_a_person()
    mei = somebody("mei").claims(case)
    answers(mei, "您好，我是小梅，您慢慢说。")

    silent = borrower.say("最近家里事情比较多")
    cared_for = borrower.say("我不想活了，撑不下去了")

    assert silent == ""
    assert "急救电话" in cared_for
    expect(mei.locator("#case-head")).to_contain_text("Urgent")
    expect(mei.locator("#turns")).to_contain_text("撑不下去了")
    opened = lender.case(case)
    assert (opened["priority"], opened["reason"], opened["status"]) == ("urgent", "express_distress", "claimed")


def test_a_case_of_another_team_is_not_there_and_asking_for_it_is_recorded(lender: Lender, somebody) -> None:
    _, case = lender.asks_for_a_person()
    amara = somebody("amara").page

    shown = amara.goto(f"/desk/case/{case}")
    body = amara.locator("body").inner_text()
    parts = amara.request.get(f"/desk/parts/case/{case}")
    amara.goto("/desk/account")
    token = amara.locator("form [name=csrf]").first.input_value()
    claimed = amara.request.post(
        f"/desk/case/{case}/claim",
        form={"csrf": token, "key": "another-team"},
        headers={"Origin": lender.stack.url},
        max_redirects=0,
    )

    assert shown is not None
    assert [shown.status, parts.status, claimed.status] == [404, 404, 404]
    assert "转人工" not in body
    assert lender.recorded("desk_refused", why="team").count(("agent:amara", case)) == 3
    assert lender.case(case)["status"] == "waiting"


def test_a_session_that_expired_or_was_ended_opens_nothing(lender: Lender, somebody) -> None:
    amara = somebody("amara")
    expired, ended = amara.page, lender.browser()
    ended.goto("/desk/sign-in")
    ended.locator("#f-login").fill("amara")
    ended.locator("#f-password").fill(PASSWORD)
    ended.locator("#f-code").fill(amara.next_code())
    ended.locator("button.primary").click()
    expect(ended).to_have_url(re.compile("/desk$"))
    borrower = Borrower(lender.stack)
    case = reference_in(borrower.say("I want to talk to a person"))
    for page in (expired, ended):
        page.goto(f"/desk/case/{case}")

    with lender.ledger() as ledger:
        ledger.execute(
            "UPDATE sign_ins SET seen_at = datetime(seen_at, '-2 hours') WHERE id = ("
            "SELECT min(sign_ins.id) FROM sign_ins JOIN people ON people.id = person_id WHERE login = 'amara')"
        )
    expired.get_by_role("button", name="Claim").click()
    expect(expired).to_have_url(re.compile(f"/desk/sign-in.*{case}"))
    lender.stack.accord("user", "end-sessions", "amara")
    ended.get_by_role("button", name="Claim").click()
    expect(ended).to_have_url(re.compile(f"/desk/sign-in.*{case}"))

    assert lender.recorded("desk_refused", why="session_expired")
    assert lender.recorded("desk_refused", why="session_ended")
    assert lender.case(case)["status"] == "waiting"


def test_forged_forms_change_nothing_and_are_recorded(lender: Lender, somebody) -> None:
    _, case = lender.asks_for_a_person()
    mei = somebody("mei")

    # A form of the desk's own page, without the token of the session.
    page = mei.opens(case)
    token = page.locator("form[data-key=c] [name=csrf]").input_value()
    with page.expect_navigation() as without_token:
        page.evaluate(
            "() => { const form = document.querySelector('form[data-key=c]');"
            " form.querySelector('[name=csrf]').remove(); form.submit(); }"
        )

    # A page on another port of the same machine, to which the browser's cookies go along; it even knows the token.
    elsewhere = mei.page.context.new_page()
    address = f"http://127.0.0.1:{free_port()}/"
    form = (
        f"<form method=post action='{lender.stack.url}/desk/case/{case}/claim'><input name=csrf value='{token}'>"
        "<input name=key value=forged><button>A prize</button></form>"
    )
    elsewhere.route(address, lambda route: route.fulfill(body=form, content_type="text/html"))
    elsewhere.goto(address)
    with elsewhere.expect_navigation() as from_elsewhere:
        elsewhere.get_by_role("button").click()
    elsewhere.close()

    assert [without_token.value.status, from_elsewhere.value.status] == [403, 403]
    assert lender.recorded("desk_refused", why="forged_form") == [("agent:mei", "desk")]
    assert lender.recorded("desk_refused", why="forged_origin") == [("agent:mei", "desk")]
    assert lender.case(case)["status"] == "waiting"


def test_a_script_in_a_name_or_in_a_message_is_recorded_and_text(lender: Lender, somebody) -> None:
    with pytest.raises(AssertionError, match="holds markup or a script"):
        lender.account("ZH-90002", borrower_name=SCRIPT)
    lender.account("ZH-90002")
    lender.renames("ZH-90002", SCRIPT)  # as a file of before could
    chat = lender.chat()
    mei = somebody("mei").page
    lender.proves(chat, "ZH-90002")
    write(chat, "请帮我转人工客服", answers=2)
    case = reference_in(chat.locator(".entry:not(.own)").last.inner_text())
    write(chat, SCRIPT)

    mei.goto("/desk")
    expect(mei.locator(f"#rows li:has([data-case='{case}'])")).to_contain_text("<script>")
    somebody("mei").opens(case)
    mei.locator("#field-borrower_name button").click()
    expect(mei.locator("#field-borrower_name")).to_contain_text(SCRIPT)
    expect(mei.locator("#turns")).to_contain_text(SCRIPT)
    answers(mei, "您好，我是小梅。")
    expect(chat.locator(".entry.agent")).to_contain_text("小梅")

    for page in (chat, mei):
        assert page.evaluate("() => window.ran") is None
        assert page.locator("#log img, #turns img, #rows img, #facts img").count() == 0
    assert ("agent:mei", case) in lender.recorded("field_opened", field="borrower_name")
    assert len(lender.recorded("markup_refused")) == 1
    assert lender.recorded("markup_received") == [("borrower", conversation_of(chat))]


def test_the_conversation_of_somebody_else_is_refused_and_recorded(lender: Lender) -> None:
    theirs, _ = lender.asks_for_a_person()
    mine, _ = lender.asks_for_a_person()
    address = f"{lender.stack.url}/api/chat/{theirs.conversation}"

    statuses = [
        httpx.get(f"{address}/events", params={"token": mine.token}).status_code,
        httpx.get(f"{address}/history").status_code,
        httpx.post(
            f"{lender.stack.url}/api/chat",
            json={"conversation": theirs.conversation, "token": mine.token, "text": "我的计划是什么"},
        ).status_code,
    ]
    chat = lender.chat()
    kept = json.dumps({"id": theirs.conversation, "started": True, "seen": 0})
    chat.evaluate("kept => localStorage.setItem('accord.conversation', kept)", kept)
    chat.reload()
    expect(chat.locator("#log")).to_contain_text("之前的对话无法在这里显示了")

    assert statuses == [401, 401, 401]
    assert "转人工客服" not in chat.locator("#log").inner_text()
    refused = lender.recorded("chat_refused", why="secret")
    assert refused.count(("chat", theirs.conversation)) >= 4
    assert "the chain is whole" in lender.stack.accord("audit", "verify")
