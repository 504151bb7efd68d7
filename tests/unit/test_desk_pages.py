"""The desk's pages on a real ledger: who sees what, what is escaped, what a form does with and without JavaScript."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from html.parser import HTMLParser

import pytest
from sqlalchemy import select
from starlette.applications import Starlette
from starlette.testclient import TestClient

from bot.desk.app import desk_routes
from bot.desk.borrower_files import Download
from bot.desk.page import HERE
from bot.store.tables import Account, Attachment, AuditRecord, Conversation
from tests.unit.desk_doors import HOST, Browser
from tests.unit.desk_people import Member, join
from tests.unit.fakes import Chat

# Nine in the morning in Singapore, eight in the evening where Odalys is.
EVENING = "2026-11-24T01:00:00+00:00"
SCRIPT = "<script>alert('paid')</script>"
PAGES = {
    "agent": ["/desk", "/desk/decisions", "/desk/mentions", "/desk/replies"],
    "supervisor": ["/desk", "/desk/decisions", "/desk/mentions", "/desk/replies", "/desk/figures"],
    "auditor": ["/desk", "/desk/decisions", "/desk/mentions", "/desk/figures", "/desk/audit"],
    "trainer": ["/desk/figures"],
    "administrator": ["/desk/figures"],
}
FORMS = (
    "answer",
    "note",
    "propose",
    "promise",
    "resolve",
    "hand_back",
    "call_back",
    "called",
    "move",
    "hold",
    "assign",
)


class Seen(HTMLParser):
    """What of a page would run or style by itself, its ids, and its form fields without a label."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.inline: list[str] = []
        self.ids: list[str] = []
        self.fields: list[str] = []
        self.labelled: set[str] = set()
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        if tag == "style" or (tag == "script" and "src" not in given):
            self.inline.append(tag)
        self.inline += [name for name in given if name == "style" or name.startswith("on")]
        self.ids += [given["id"]] if given.get("id") else []
        if tag == "label":
            self.labelled.add(given.get("for") or "")
        if tag in ("input", "select", "textarea") and given.get("type") != "hidden":
            self.fields.append(given.get("id") or "")


def key_in(text: str) -> str:
    return re.search(r'name="key" value="([0-9a-f]{32})"', text)[1]


class Desk(Browser):
    """A browser at the desk that sends a case's forms."""

    def case(self, reference: str = "C-00001", query: str = "") -> str:
        answer = self.get(f"/desk/case/{reference}{query}")
        assert answer.status_code == 200, answer.text[:500]
        return answer.text

    def act(self, name: str, reference: str = "C-00001", **fields):
        page = f"/desk/case/{reference}"
        return self.send(page, f"{page}/{name}", **{"key": key_in(self.case(reference)), **fields})


@pytest.fixture
def at_desk(services, clock) -> Iterator[Callable[..., Desk]]:
    """Opens the desk for somebody with a role, a language and teams."""
    with ExitStack() as open_ones:

        def opens(
            role: str = "agent",
            language: str = "en",
            teams: tuple[str, ...] = ("general",),
            login: str = "",
            download: Mapping[str, Download] | None = None,
        ) -> Desk:
            member = join(services, clock, login or role, role, teams, f"Somebody {role}", language)
            return open_ones.enter_context(_opened(services, member, download))

        yield opens


@contextmanager
def _opened(services, member: Member, download: Mapping[str, Download] | None) -> Iterator[Desk]:
    app = Starlette(routes=desk_routes(services, download))
    with TestClient(app, base_url=HOST, follow_redirects=False) as client:
        client.headers["Origin"] = HOST
        desk = Desk(client)
        desk.secret = member.secret
        yield desk


@pytest.fixture
def case(odalys, services) -> str:
    """Odalys asks for a person, and says something that no page may run."""
    odalys.turn(f"please look at this {SCRIPT}")
    return services.cases.open(odalys.id, "request_human").reference


def recorded(services, action: str) -> list[dict]:
    """What the audit chain says of an action."""
    with services.parts.store.transaction() as session:
        return [row.data for row in session.scalars(select(AuditRecord).where(AuditRecord.action == action))]


def refusals(services) -> list[str]:
    return [row["why"] for row in recorded(services, "desk_refused")]


# -- every page


@pytest.mark.parametrize("language", ["en", "zh-Hans", "zh-Hant"])
@pytest.mark.parametrize("role", list(PAGES))
def test_every_page_of_a_role_renders_in_every_language(at_desk, case, role, language):
    desk = at_desk(role, language)

    for path in PAGES[role]:
        answer = desk.get(path)

        assert (path, answer.status_code) == (path, 200)
        assert f'<html lang="{language}">' in answer.text


@pytest.mark.parametrize("role", ["trainer", "administrator"])
def test_who_works_on_no_cases_sees_none(at_desk, case, services, role):
    desk = at_desk(role)

    for path in ("/desk", f"/desk/case/{case}", "/desk/decisions", "/desk/parts/queue", f"/desk/files/{case}/1"):
        assert (path, desk.get(path).status_code) == (path, 403)
    assert set(refusals(services)) == {"right_see_cases"}


@pytest.mark.parametrize("language", ["en", "zh-Hans", "zh-Hant"])
@pytest.mark.parametrize("role", ["agent", "supervisor", "auditor"])
def test_a_case_renders_for_every_role_and_language(at_desk, case, role, language):
    text = at_desk(role, language).case(case)

    assert case in text
    assert Seen(text).inline == []


@pytest.mark.parametrize("do", FORMS)
def test_every_form_of_a_case_has_labels_and_no_id_twice(at_desk, case, do):
    desk = at_desk("supervisor")
    at_desk(login="lin", teams=("chinese",))
    desk.act("call_back", case, slot=EVENING)

    seen = Seen(desk.case(case, f"?do={do}"))

    assert f"form-{do}" in seen.ids
    assert [field for field in seen.fields if field not in seen.labelled] == []
    assert sorted(seen.ids) == sorted(set(seen.ids))
    assert seen.inline == []


def test_a_script_in_a_message_or_a_name_is_shown_and_not_run(at_desk, case, services):
    with services.parts.store.transaction() as session:
        for account in session.scalars(select(Account)):
            account.borrower_name = SCRIPT
    desk = at_desk("supervisor")

    for path in ("/desk", f"/desk/case/{case}"):
        text = desk.get(path).text

        assert "<script>alert" not in text
        assert Seen(text).inline == []
    assert "&lt;script&gt;alert(" in desk.case(case)


def test_templates_have_no_inline_script_or_style():
    for path in HERE.glob("templates/*.html"):
        text = path.read_text(encoding="utf-8")

        assert not re.search(r"<style|<script(?![^>]*\bsrc=)|\sstyle=|\son[a-z]+=|javascript:", text), path.name


def test_the_policy_of_every_page_is_a_strict_one(at_desk, case):
    answer = at_desk().get("/desk")

    policy = answer.headers["content-security-policy"]
    assert "default-src 'self'" in policy
    assert "unsafe" not in policy
    assert "frame-ancestors 'none'" in policy
    assert answer.headers["cache-control"] == "no-store"


def test_style_and_scripts_are_kept_by_browsers_under_an_address_that_changes_with_them(at_desk):
    desk = at_desk()
    address = re.search(r'href="(/desk/static/desk\.css\?v=[0-9a-f]{12})"', desk.get("/desk").text)[1]

    answer = desk.get(address)

    assert answer.status_code == 200
    assert "immutable" in answer.headers["cache-control"]


# -- whose case


def test_a_case_of_another_team_is_not_found_and_that_is_recorded(at_desk, case, services):
    desk = at_desk(teams=("chinese",))

    answers = [
        desk.get(f"/desk/case/{case}"),
        desk.get(f"/desk/parts/case/{case}"),
        desk.get(f"/desk/events?case={case}"),
    ]

    unknown = desk.get("/desk/case/C-99999")
    assert {answer.status_code for answer in answers} == {404}
    assert unknown.status_code == 404
    assert re.sub("C-[0-9]+", "", answers[0].text) == re.sub("C-[0-9]+", "", unknown.text)
    assert "team" in refusals(services)


def test_a_form_of_another_teams_case_does_nothing(at_desk, case, services):
    desk = at_desk(teams=("chinese",))
    token = desk.token("/desk/replies")

    answer = desk.client.post(f"/desk/case/{case}/claim", data={"csrf": token, "key": "k1"})

    assert answer.status_code == 404
    assert services.cases.all()[0]["status"] == "waiting"


# -- forms


@pytest.mark.parametrize("fields", [{}, {"csrf": "0" * 64}])
def test_a_form_without_the_sessions_token_does_nothing(at_desk, case, services, fields):
    desk = at_desk()

    answer = desk.client.post(f"/desk/case/{case}/claim", data={"key": "k1", **fields})

    assert answer.status_code == 403
    assert services.cases.all()[0]["status"] == "waiting"
    assert refusals(services) == ["forged_form"]


def test_a_click_leads_back_to_the_case_with_a_sentence_about_it(at_desk, case):
    desk = at_desk()

    answer = desk.act("claim", case)

    assert (answer.status_code, answer.headers["location"]) == (303, f"/desk/case/{case}?said=claim")
    assert "The case is yours." in desk.get(answer.headers["location"]).text


def test_what_an_address_says_was_done_is_one_of_the_desks_own_sentences(at_desk, case):
    text = at_desk().case(case, "?said=%3Cb%3Eyou%20won%3C/b%3E")

    assert "you won" not in text


def test_a_click_counts_once(at_desk, case, services):
    desk = at_desk()
    desk.act("note", case, text="called her, no answer", key="click-1")

    desk.act("note", case, text="called her, no answer", key="click-1")

    assert desk.case(case).count("called her, no answer</p>") == 1


def test_the_second_of_two_who_claim_is_told_who_was_first(at_desk, case):
    first, second = at_desk(login="first"), at_desk("supervisor", login="second")
    page = second.case(case)
    first.act("claim", case)

    answer = second.client.post(
        f"/desk/case/{case}/claim", data={"csrf": second.token("/desk/replies"), "key": key_in(page)}
    )

    assert answer.status_code == 409
    assert "Somebody agent was quicker" in answer.text


def test_an_answer_reaches_the_borrowers_chat_and_its_state_is_seen(at_desk, case, services):
    desk = at_desk()

    answer = desk.act("answer", case, text="I have read what you wrote.")

    assert answer.headers["location"] == f"/desk/case/{case}?said=answer"
    assert [m["body"] for m in services.outbox.all() if m["kind"] == "agent"] == ["I have read what you wrote."]
    assert "On its way" in desk.case(case)


def test_words_that_need_another_look_come_back_with_what_was_found(at_desk, case, services):
    desk = at_desk()

    answer = desk.act("answer", case, text="Pay 999.99 today or the police will visit you.")

    assert answer.status_code == 422
    assert answer.headers["hx-push-url"] == "false"
    assert "Pay 999.99 today or the police will visit you.</textarea>" in answer.text
    assert "Sounds like a threat." in answer.text
    assert not [m for m in services.outbox.all() if m["kind"] == "agent"]


def test_a_figure_that_is_in_no_record_goes_out_if_somebody_insists(at_desk, case, services):
    desk = at_desk("supervisor")
    refused = desk.act("answer", case, text="You called us 17 times.")

    answer = desk.act("answer", case, text="You called us 17 times.", anyway="yes")

    assert 'name="anyway"' in refused.text
    assert answer.status_code == 303


def test_a_file_goes_along_and_too_large_a_one_is_refused(at_desk, case):
    desk = at_desk()
    page = desk.case(case)
    data = {"csrf": desk.token("/desk/replies"), "key": key_in(page), "text": "Here is your statement."}

    small = desk.client.post(
        f"/desk/case/{case}/answer", data=data, files={"files": ("statement.txt", b"all of it", "text/plain")}
    )
    large = desk.client.post(
        f"/desk/case/{case}/answer",
        data={**data, "key": "k2"},
        files={"files": ("film.txt", b"x" * (10 * 1024 * 1024 + 1), "text/plain")},
    )

    assert small.status_code == 303
    assert large.status_code == 413
    assert "film.txt" in large.text
    address = re.search(rf'href="(/desk/files/{case}/[^"]+)"', desk.case(case))[1]
    got = desk.get(address)
    assert (got.content, got.headers["content-disposition"]) == (
        b"all of it",
        "attachment; filename*=UTF-8''statement.txt",
    )
    assert "sandbox" in got.headers["content-security-policy"]


def test_terms_are_worked_out_before_anything_is_sent(at_desk, case, services):
    desk = at_desk()
    desk.act("claim", case)

    answer = desk.act("quote", case, kind="plan", count="8", frequency="monthly")

    assert answer.status_code == 200
    assert "Within your authority" in answer.text
    assert answer.text.count("<tr><td") >= 8
    assert not [m for m in services.outbox.all() if m["kind"] == "terms"]


def test_terms_above_ones_authority_ask_for_a_reason_and_wait_for_a_supervisor(at_desk, case):
    agent, supervisor = at_desk(), at_desk("supervisor")
    agent.act("claim", case)
    wanted = {"kind": "plan", "count": "12", "frequency": "monthly"}
    quote = agent.act("quote", case, **wanted)

    asked = agent.act("propose", case, **wanted, why="She lost her job and starts anew in March.")

    assert "a supervisor decides" in quote.text
    assert "Too many payments" in quote.text
    assert asked.headers["location"].endswith("said=propose_waits")
    assert 'value="approve"' not in agent.case(case)
    waiting = supervisor.get("/desk/decisions").text
    assert "She lost her job and starts anew in March." in waiting
    for told in ("O••• B•••", "$1,325.50", "37 days", "Too many payments: 12; the limit is 9"):
        assert told in waiting.replace("\xa0", " ")
    assert "Odalys" not in waiting
    assert 'value="approve"' in waiting


def test_a_supervisor_refuses_with_a_reason_or_approves(at_desk, case):
    agent, supervisor = at_desk(), at_desk("supervisor")
    agent.act("claim", case)
    agent.act("propose", case, kind="plan", count="12", frequency="monthly", why="She lost her job.")
    decision = re.search(r'name="decision" value="([^"]+)"', supervisor.get("/desk/decisions").text)[1]

    without = supervisor.act("decide", case, decision=decision, verdict="refuse", words=" ")
    done = supervisor.act("decide", case, decision=decision, verdict="approve", words="")

    assert (without.status_code, "Please say why." in without.text) == (422, True)
    assert done.headers["location"].endswith("said=decide_approve")


@pytest.mark.parametrize(
    ("fields", "problem"),
    [
        ({"amount": "lots", "on": "2026-12-01"}, "“lots” is no amount"),
        ({"amount": "50", "on": "soon"}, "“soon” is no day"),
        ({"amount": "", "on": "2026-12-01"}, "is no amount"),
    ],
)
def test_a_promise_that_cannot_be_read_comes_back_as_it_was_typed(at_desk, case, fields, problem):
    desk = at_desk()
    desk.act("claim", case)

    answer = desk.act("promise", case, **fields)

    assert answer.status_code == 422
    assert problem in answer.text
    assert f'value="{fields["amount"]}"' in answer.text


def test_a_masked_field_is_opened_on_one_page_alone(at_desk, case, services):
    desk = at_desk()

    opened = desk.act("open", case, field="number")

    assert "7001-3344" in opened.text
    assert "7001-3344" not in desk.case(case)
    assert [row["field"] for row in recorded(services, "field_opened")] == ["number"]


def test_resolving_and_reopening(at_desk, case, services):
    supervisor = at_desk("supervisor")
    supervisor.act("claim", case)

    supervisor.act("resolve", case, outcome="answered", words="explained the fees")
    resolved = supervisor.case(case)
    supervisor.act("reopen", case)

    assert "This case is resolved." in resolved
    assert services.cases.all()[0]["status"] == "waiting"


def test_an_auditor_reads_and_changes_nothing(at_desk, case, services):
    desk = at_desk("auditor")
    page = desk.case(case)

    answer = desk.client.post(f"/desk/case/{case}/claim", data={"csrf": desk.token("/desk/account"), "key": "k1"})

    assert "You can read this case" in page
    assert answer.status_code == 403
    assert services.cases.all()[0]["status"] == "waiting"


def test_words_kept_for_use_again_come_into_an_answer(at_desk, case):
    desk = at_desk()
    desk.send("/desk/replies", title="Hello", body="Hello, I am here to help.", language="en", scope="own")
    number = re.search(r'name="canned" value="(\d+)"', desk.case(case))[1]

    answer = desk.act("canned", case, canned=number, text="One moment.")

    assert "One moment.\nHello, I am here to help.</textarea>" in answer.text


def test_a_reply_is_changed_and_deleted(at_desk):
    desk = at_desk()
    desk.send("/desk/replies", title="Hello", body="Hello there.", language="en", scope="own")
    number = re.search(r"/desk/replies\?edit=(\d+)", desk.get("/desk/replies").text)[1]

    desk.send("/desk/replies", id=number, title="Greeting", body="Good day.", language="en", scope="own")
    changed = desk.get("/desk/replies").text
    desk.send("/desk/replies", id=number, delete="yes")

    assert "Greeting" in changed
    assert "Hello there." not in changed
    assert "Greeting" not in desk.get("/desk/replies").text


def test_a_mention_is_shown_until_its_case_was_seen(at_desk, case):
    writer, reader = at_desk(login="jonas"), at_desk("supervisor", login="mei")
    writer.act("note", case, text="@mei could you look at this?")

    before = reader.get("/desk/mentions").text
    reader.case(case)

    assert "could you look at this?" in before
    assert "could you look at this?" not in reader.get("/desk/mentions").text


def test_a_note_with_a_name_that_nobody_has_stays_in_its_form(at_desk, case):
    desk = at_desk(language="zh-Hans")

    answer = desk.act("note", case, text="@nobdoy could you look at this?")

    assert answer.status_code == 422
    assert "这个小组没有叫 nobdoy 的人。" in answer.text
    assert "@nobdoy could you look at this?</textarea>" in answer.text


def test_an_agent_picks_whom_a_note_is_for(at_desk, case):
    at_desk("supervisor", login="vera")

    assert 'data-insert="@vera "' in at_desk(login="mei").case(case, "?do=note")


def test_supervisors_read_under_mentions_what_was_escalated(at_desk, case, clock, services):
    reader = at_desk("supervisor", language="zh-Hans")
    with services.parts.store.transaction() as session:
        services.cases.find(session, case).due_at = clock()

    services.casework.sweep()

    text = reader.get("/desk/mentions").text
    assert case in text
    assert "超过时限，案件已升级" in text


# -- calls, and other teams


def test_a_call_is_on_the_row_and_over_once_it_was_made(at_desk, case):
    desk = at_desk()
    desk.act("call_back", case, slot=EVENING)
    row, form = desk.get("/desk").text, desk.case(case, "?do=called")

    answer = desk.act("called", case, result="not_reached", words="no one picked up")

    assert re.search(r"call <time[^>]*>24 Nov, 09:00</time>", row)
    assert "borrower: Mon 20:00" in form
    assert answer.headers["location"].endswith("said=called_missed")
    assert "called: not reached" in desk.case(case)
    assert "24 Nov, 09:00" not in desk.get("/desk").text


def test_a_call_at_night_is_refused_with_the_borrowers_hour_in_the_readers_language(at_desk, case):
    desk = at_desk(language="zh-Hans")

    answer = desk.act("call_back", case, slot="", at="2026-11-23T16:00")

    assert answer.status_code == 422
    assert "那时借款人当地是 2026-11-23 03:00，按规定不能打电话。" in answer.text
    assert "对方当地现在是 周一 01:00。" in answer.text
    assert 'value="2026-11-23T16:00"' in answer.text


def test_a_case_that_was_moved_out_of_sight_leads_back_to_the_inbox(at_desk, case):
    desk, lin = at_desk(), at_desk(login="lin", teams=("chinese",), language="zh-Hans")
    assert "Care and disputes" not in desk.case(case, "?do=move")

    refused = desk.act("move", case, team="chinese", words="")
    moved = desk.act("move", case, team="chinese", words="she writes Chinese")

    assert (refused.status_code, moved.headers["location"]) == (422, "/desk?said=move")
    assert "The case is with the other team." in desk.get(moved.headers["location"]).text
    assert desk.get(f"/desk/case/{case}").status_code == 404
    assert "把案件转到中文组" in lin.case(case)


# -- the queue


def test_escalated_cases_are_found_by_a_filter(at_desk, case, services, clock):
    clock.passes(days=2)
    services.casework.sweep()
    fresh = services.cases.open(Chat(services, "talk-2").id, "request_human").reference

    text = at_desk().get("/desk?state=escalated").text

    assert case in text
    assert fresh not in text


def test_the_queue_is_filtered_by_its_address(at_desk, case, services):
    other = Chat(services, "conversation-2")
    complaint = services.cases.open(other.id, "request_callback").reference
    desk = at_desk()
    desk.act("claim", case)

    assert case in desk.get("/desk?whose=mine").text
    assert complaint not in desk.get("/desk?whose=mine").text
    assert complaint in desk.get("/desk?whose=unassigned").text
    assert case not in desk.get("/desk?reason=request_callback").text
    assert case in desk.get(f"/desk?search={case}").text


def test_what_is_looked_for_stands_in_no_address_and_on_no_page(at_desk, case):
    desk = at_desk()
    for typed, shown in {"7001 3344": "••••3344", "7001 9999": "••••", "Odalys Bergstrom": "••••", case: case}.items():
        answer = desk.send("/desk", "/desk/search", search=typed, whose="all", reason="request_human")

        where = answer.headers["Location"]
        page = desk.get(where).text
        assert shown in page
        assert (case in page) is (typed in (case, "7001 3344"))
        assert "reason=request_human" in where
        if typed != case:
            for told in (where, page):
                assert not any(part in told for part in (typed, typed.replace(" ", ""), typed.replace(" ", "+")))


def test_an_account_number_in_an_address_is_left_out(at_desk, case):
    page = at_desk().get("/desk?search=70013344&whose=unassigned").text

    assert "70013344" not in page
    assert case in page


@pytest.mark.parametrize(
    "query", ["page=x", "page=-3", "whose=everybody", "state=lost", "team=%00", "page=99999999999"]
)
def test_an_address_that_makes_no_sense_shows_the_queue_all_the_same(at_desk, case, query):
    assert at_desk().get(f"/desk?{query}").status_code == 200


def test_parts_of_a_page_are_what_the_page_has(at_desk, case):
    desk = at_desk()

    part = desk.get(f"/desk/parts/case/{case}").text

    assert "<html" not in part
    for name in ("queue", "case-head", "thread", "pending", "dock", "facts", "rail-nav"):
        assert f'id="{name}"' in part
        assert f'id="{name}"' in desk.case(case)


# -- files of borrowers


@pytest.fixture
def received(odalys, case, services) -> str:
    """The id of a file that Odalys sent in her chat."""
    turn = odalys.turn("here is the letter")
    with services.parts.store.transaction() as session:
        now = services.parts.now()
        session.get_one(Conversation, odalys.id).channel = "telegram"
        row = Attachment(
            conversation_id=odalys.id,
            turn_id=turn,
            kind="document",
            file_id="tg-1",
            file_unique_id="u-1",
            name="dismissal <1>.pdf",
            mime="application/pdf",
            size=9,
            at=now,
        )
        session.add(row)
        session.flush()
        return str(row.id)


async def from_telegram(file_id: str) -> bytes | None:
    return b"%PDF-1.4 " if file_id == "tg-1" else None


def test_a_borrowers_file_is_fetched_from_where_it_was_sent(at_desk, case, received, services):
    desk = at_desk(download={"telegram": from_telegram})

    got = desk.get(f"/desk/files/{case}/{received}")

    assert f'href="/desk/files/{case}/{received}"' in desk.case(case)
    assert (got.status_code, got.content) == (200, b"%PDF-1.4 ")
    assert got.headers["content-type"] == "application/octet-stream"
    assert got.headers["content-disposition"] == "attachment; filename*=UTF-8''dismissal%20%3C1%3E.pdf"


def test_a_file_of_another_conversation_or_team_is_not_fetched(at_desk, case, received, services):
    other = services.cases.open(Chat(services, "conversation-2").id, "request_callback").reference
    ours, theirs = (
        at_desk(download={"telegram": from_telegram}),
        at_desk("supervisor", teams=("chinese",), download={"telegram": from_telegram}),
    )

    assert ours.get(f"/desk/files/{other}/{received}").status_code == 404
    assert theirs.get(f"/desk/files/{case}/{received}").status_code == 404
    assert "team" in refusals(services)


def test_what_is_held_back_is_said_with_the_reason(odalys, services, at_desk):
    services.cases.open(odalys.id, "promise_broken")
    with services.parts.store.transaction() as session:
        session.get_one(Conversation, odalys.id).contact_stopped_at = services.parts.now()
    desk = at_desk()

    done = desk.act("answer", text="Your promise was not kept.")

    assert done.headers["location"] == "/desk/case/C-00001?said=held_back_contact_stopped"
    page = desk.get(done.headers["location"]).text
    assert "Held back, not sent: the borrower wants no messages." in page
    assert 'data-status="claimed"' in page


def test_the_head_of_a_case_says_why_it_is_here(odalys, services, case, at_desk):
    services.cases.open(odalys.id, "request_document")

    head = re.search(r"<header class=\"case-head\".*?</header>", at_desk().case(), re.DOTALL)[0]

    assert re.search(r'<span class="case-why">Wants a person <span class="muted">\+1<', head)
