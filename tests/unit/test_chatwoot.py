"""Cases in Chatwoot, on the stand-in for Chatwoot: told once, heard once, nothing forged, nothing lost."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Callable
from typing import Any

import httpx
import pytest
from pydantic import SecretStr
from sqlalchemy import select
from starlette.applications import Starlette
from starlette.responses import JSONResponse

from bot import doctor
from bot.bootstrap import Services
from bot.channels.chatwoot.channel import Chatwoot as Adapter
from bot.channels.chatwoot.channel import open_chatwoot
from bot.channels.chatwoot.client import BadChatwootSettings, check_settings
from bot.channels.chatwoot.telling import HERE, words
from bot.channels.chatwoot.webhook import LARGEST_BODY
from bot.settings import Settings
from bot.store.tables import (
    AuditRecord,
    Case,
    CaseEvent,
    ChatwootConversation,
    Conversation,
    Incident,
    Mention,
    OutboxMessage,
)
from tests.chatwoot.fake import ACCOUNT, INBOX, INCOMING, PROGRAM, SIGNING_SECRET, TOKEN, Chatwoot, serving, signed
from tests.unit.desk_people import join
from tests.unit.fakes import MONDAY, Chat, Clock

pytestmark = pytest.mark.anyio

MEI, ANN = "mei@lender.test", "ann@lender.test"
PNG = b"\x89PNG\r\n\x1a\n a small picture"


class Killed(BaseException):
    """The program ends here."""


class Desk:
    """A desk with Chatwoot beside it, and people in both."""

    def __init__(self, services: Services, clock: Clock, there: Chatwoot, adapter: Adapter) -> None:
        self.services, self.clock, self.there, self.adapter = services, clock, there, adapter
        app = httpx.ASGITransport(Starlette(routes=adapter.routes()))
        self.accord = httpx.AsyncClient(transport=app, base_url="http://accord.test")
        self.agent = there.joins("Mei@Lender.test", "Mei Castellane")
        self.mei = join(services, clock, MEI)

    async def round(self, times: int = 1, seconds: float = 0) -> None:
        """Chatwoot's calls come in, and the adapter goes round."""
        for _ in range(times):
            self.clock.passes(seconds=seconds)
            await self.deliver()
            await self.adapter.sync.round()

    async def deliver(self) -> list[int]:
        calls, self.there.calls = self.there.calls, []
        return [(await self.post(call)).status_code for call in calls]

    async def post(self, payload: Any, secret: str = SIGNING_SECRET, late: float = 0) -> httpx.Response:
        body, headers = signed(payload, secret, self.clock().timestamp() - late)
        return await self.accord.post("/chatwoot", content=body, headers=headers)

    def anew(self) -> None:
        """The program died and was started again."""
        self.adapter = Adapter.of(self.services)
        app = httpx.ASGITransport(Starlette(routes=self.adapter.routes()))
        self.accord = httpx.AsyncClient(transport=app, base_url="http://accord.test")

    def rows(self, table: Any) -> list[Any]:
        with self.services.parts.store.reading() as session:
            return list(session.scalars(select(table)))

    @property
    def case(self) -> Case:
        (case,) = self.rows(Case)
        return case

    @property
    def row(self) -> ChatwootConversation:
        (row,) = self.rows(ChatwootConversation)
        return row

    def sent(self) -> list[str]:
        """What agents' words are on their way to the borrower."""
        rows = [row for row in self.rows(OutboxMessage) if row.kind in ("agent", "files")]
        return [json.loads(row.body)[0]["text"] if row.kind == "files" else row.body for row in rows]

    def audited(self, action: str) -> list[dict[str, Any]]:
        return [row.data for row in self.rows(AuditRecord) if row.action == action]

    def notes(self) -> list[str]:
        """Private notes of the program, without the one at hand-over."""
        rows = self.there.messages[self.there.number()]
        return [row["content"] for row in rows if row["private"] and row["sender"]["id"] == PROGRAM][1:]

    def written(self, agent: int, text: str) -> dict[str, Any]:
        """An agent writes, and Chatwoot's call about it does not come in by itself."""
        self.there.writes(self.there.number(), agent, text)
        call, self.there.calls = self.there.calls[-1], []
        return call


def dies_when_heard(desk: Desk, message: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """The program dies where it would note that it worked on a message."""
    note = desk.adapter.records.note

    def dies(told, progress=None, **given):
        if progress is not None and progress.heard >= message:
            raise Killed
        return note(told, progress, **given)

    monkeypatch.setattr(desk.adapter.records, "note", dies)


@pytest.fixture
def there() -> Chatwoot:
    return Chatwoot()


@pytest.fixture
def given(there) -> dict[str, Any]:
    """The settings of the adapter, except the address."""
    return {
        "chatwoot_account": ACCOUNT,
        "chatwoot_inbox": INBOX,
        "chatwoot_token": SecretStr(TOKEN),
        "chatwoot_webhook_secret": SecretStr(SIGNING_SECRET),
    }


@pytest.fixture
async def open_desk(open_home, peopled_ledger, clock, there, given) -> AsyncIterator[Callable[..., Desk]]:
    with serving(there) as address:
        made: list[Desk] = []

        def opens(**settings: Any) -> Desk:
            services = open_home(peopled_ledger, **{**given, "chatwoot_url": address, **settings})
            made.append(Desk(services, clock, there, Adapter.of(services)))
            return made[-1]

        yield opens
        for desk in made:
            await desk.accord.aclose()
            await desk.adapter.client.close()


@pytest.fixture
def desk(open_desk) -> Desk:
    return open_desk()


@pytest.fixture
def odalys(desk) -> Chat:
    """The conversation of Odalys, who has proven who she is."""
    chat = Chat(desk.services)
    chat.turn("I am Odalys Brambleworth, my account is 7001-3344, born 1987-03-07")
    return chat.prove("7001-3344, born 1987-03-07")


@pytest.fixture
async def handed_over(desk, odalys) -> Desk:
    """Her case is in Chatwoot, and nobody has done anything yet."""
    odalys.turn("I lost my job and need to speak to somebody")
    desk.services.cases.open(odalys.id, "request_human")
    await desk.round()
    return desk


# -- To Chatwoot


async def test_a_case_comes_with_its_reason_its_summary_and_what_was_said(handed_over):
    there = handed_over.there

    (note,) = there.said(private=True)
    (contact,) = there.contacts.values()
    shown = there.conversations[there.number()]
    assert note.startswith("C-00001 · Wants a person")
    assert "In short:\n– " in note
    assert "Borrower: I lost my job and need to speak to somebody" in note
    assert "/desk/case/C-00001" in note
    assert (shown["status"], shown["source_id"]) == ("open", contact["identifier"])
    assert shown["custom_attributes"]["accord_case"] == "C-00001"
    assert shown["custom_attributes"]["accord_reason"] == "Wants a person"
    assert {"accord_priority", "accord_language", "accord_due"} < set(shown["custom_attributes"])


async def test_what_proves_somebody_s_identity_never_leaves(handed_over, odalys):
    odalys.turn("call me on +12025550181, card 4111 1111 1111 1111")
    await handed_over.round()

    everything = json.dumps(
        [handed_over.there.messages, handed_over.there.contacts, handed_over.there.conversations], ensure_ascii=False
    )
    for secret in ("7001-3344", "1987", "Odalys", "Brambleworth", "2025550181", "4111", "conversation-1", "o@b.test"):
        assert secret not in everything
    assert "call me on ••••, card ••••" in everything


async def test_a_name_leaves_only_where_that_is_allowed_and_once_it_is_proven(open_desk):
    desk = open_desk(chatwoot_names=True)
    chat = Chat(desk.services)
    desk.services.cases.open(chat.id, "request_human")
    await desk.round()
    (before,) = [contact["name"] for contact in desk.there.contacts.values()]

    chat.prove("7001-3344, born 1987-03-07")
    desk.services.cases.identified(chat.id)
    await desk.round()

    (after,) = [contact["name"] for contact in desk.there.contacts.values()]
    assert before.startswith("Borrower ")
    assert after == "Odalys Brambleworth"


async def test_what_the_borrower_says_comes_once_and_in_order(handed_over, odalys):
    odalys.turn("is anybody there?")
    odalys.turn("hello?")

    await handed_over.round(3)

    assert handed_over.there.said(kind=INCOMING) == ["is anybody there?", "hello?"]


async def test_what_is_done_on_the_desk_is_told_in_private_notes(handed_over):
    casework, mei = handed_over.services.casework, handed_over.mei.actor

    casework.answer(mei, "C-00001", "click-1", "I will look into it at once.")
    casework.note(mei, "C-00001", "click-2", "She sounds worried.")
    await handed_over.round(2)

    assert handed_over.notes() == [
        "Mei Castellane claimed the case",
        "Mei Castellane answered:\nI will look into it at once.",
        "Mei Castellane left a note:\nShe sounds worried.",
    ]
    assert handed_over.there.conversations[handed_over.there.number()]["assignee"] == handed_over.agent


async def test_a_case_that_ends_on_the_desk_is_resolved_there_and_one_that_goes_on_is_opened(handed_over):
    services, number = handed_over.services, handed_over.there.number()
    ann = join(services, handed_over.clock, ANN, role="supervisor", name="Ann Okoro")

    services.casework.hand_back(ann.actor, "C-00001", "click-1", "")
    await handed_over.round(2)
    ended = handed_over.there.conversations[number]["status"]
    services.casework.reopen(ann.actor, "C-00001", "click-2")
    await handed_over.round(2)

    assert ended == "resolved"
    assert handed_over.there.conversations[number]["status"] == "open"
    assert "Ann Okoro gave the conversation back to the bot" in handed_over.notes()
    assert len(handed_over.audited("case_handed_back")) == 1


async def test_cases_of_other_teams_stay_on_the_desk(open_desk):
    desk = open_desk(chatwoot_teams="care, chinese")
    desk.services.cases.open(Chat(desk.services).id, "request_human")

    await desk.round()

    assert desk.there.conversations == {}


async def test_notes_are_in_the_language_that_was_set(open_desk):
    desk = open_desk(chatwoot_language="zh-Hans")
    desk.services.cases.open(Chat(desk.services).id, "request_human")

    await desk.round()

    assert "此前的对话：" in desk.there.said()[0]


# -- Once


@pytest.mark.parametrize(
    "place", ["/contacts", "/conversations", "/messages"], ids=["the contact", "the conversation", "the note"]
)
async def test_what_was_made_while_nobody_knows_is_not_made_twice(desk, odalys, place):
    desk.services.cases.open(odalys.id, "request_human")
    desk.there.trouble.append(("POST", place, "done, and then nothing came back"))

    await desk.round()
    desk.anew()
    await desk.round(3, seconds=60)

    assert (len(desk.there.contacts), len(desk.there.conversations)) == (1, 1)
    assert len(desk.there.said(private=True)) == 1
    assert desk.there.trouble == []
    assert desk.row.status == "open"


async def test_a_crash_between_writing_there_and_noting_it_here_tells_it_once(handed_over, odalys, monkeypatch):
    odalys.turn("is anybody there?")
    note = handed_over.adapter.records.note

    def dies(told, *args, **given):
        raise Killed

    monkeypatch.setattr(handed_over.adapter.records, "note", dies)
    with pytest.raises(Killed):
        await handed_over.round()
    monkeypatch.setattr(handed_over.adapter.records, "note", note)
    tried = handed_over.row.up_to
    handed_over.there.writes(handed_over.there.number(), handed_over.agent, "Yes, I am.")
    handed_over.anew()
    await handed_over.round(3, seconds=1)

    assert tried.split(":")[4].startswith("t")
    assert handed_over.there.said(kind=INCOMING) == ["is anybody there?"]
    assert handed_over.sent() == ["Yes, I am."]


async def test_what_is_said_before_the_first_note_is_there_comes_after_it(desk, odalys):
    odalys.turn("let me speak to somebody")
    desk.services.cases.open(odalys.id, "request_human")
    desk.there.trouble.append(("POST", "/messages", lambda: JSONResponse({"error": "busy"}, 503)))
    await desk.round()
    desk.clock.passes(seconds=5)
    odalys.turn("is anybody there?")

    await desk.round(3, seconds=60)

    (note,) = desk.there.said(private=True)
    assert "let me speak to somebody" in note
    assert "is anybody there?" not in note
    assert desk.there.said(kind=INCOMING) == ["is anybody there?"]


async def test_chatwoot_asks_to_wait_and_is_left_alone_for_so_long(handed_over, odalys):
    odalys.turn("is anybody there?")
    handed_over.there.trouble.append(
        ("POST", "/messages", lambda: JSONResponse({"error": "limit"}, 429, {"Retry-After": "20"}))
    )

    await handed_over.round()
    calls = len(handed_over.there.asked)
    await handed_over.round(3, seconds=6)
    left_alone = len(handed_over.there.asked) == calls
    await handed_over.round(1, seconds=6)

    assert left_alone
    assert handed_over.there.said(kind=INCOMING) == ["is anybody there?"]


async def test_what_is_refused_time_and_again_is_left_out_and_seen(handed_over, odalys):
    odalys.turn("first")
    odalys.turn("second")
    for _ in range(9):
        handed_over.there.trouble.append(("POST", "/messages", lambda: JSONResponse({"error": "no"}, 422)))

    await handed_over.round(11, seconds=300)

    assert handed_over.there.said(kind=INCOMING) == ["second"]
    assert {row.place for row in handed_over.rows(Incident)} == {"chatwoot"}


async def test_a_conversation_that_was_deleted_is_made_anew(handed_over, odalys):
    handed_over.there.deletes(handed_over.there.number())
    odalys.turn("is anybody there?")

    await handed_over.round(4, seconds=10)

    (note,) = handed_over.there.said(private=True)
    assert "was deleted here" in note
    assert "Borrower: is anybody there?" in note
    assert handed_over.row.chatwoot_id == handed_over.there.number() == 42


async def test_a_conversation_is_not_taken_for_deleted_while_everything_is_missing(handed_over, odalys):
    odalys.turn("is anybody there?")
    gone = [("POST", "/messages"), ("GET", "/inboxes")]
    handed_over.there.trouble += [(m, p, lambda: JSONResponse({"error": "not found"}, 404)) for m, p in gone]

    await handed_over.round(3, seconds=60)

    assert list(handed_over.there.conversations) == [41]
    assert handed_over.there.said(kind=INCOMING) == ["is anybody there?"]


# -- From Chatwoot


async def test_an_agent_s_reply_goes_to_the_borrower_once(handed_over):
    number = handed_over.there.number()
    handed_over.there.writes(number, handed_over.agent, "I will look into it at once.")
    calls = list(handed_over.there.calls)

    await handed_over.round(2)
    again = [(await handed_over.post(call)).status_code for call in calls * 3]
    await handed_over.round()
    handed_over.anew()
    await handed_over.round()

    case = handed_over.case
    assert handed_over.sent() == ["I will look into it at once."]
    assert set(again) == {200}
    assert (case.status, case.owner_id) == ("borrower", handed_over.mei.actor.id)
    assert handed_over.notes() == []
    assert handed_over.there.conversations[number]["assignee"] == handed_over.agent
    assert [row["by"] for row in handed_over.audited("agent_wrote")] == [MEI]


async def test_a_crash_between_sending_a_reply_and_noting_it_sends_it_once(handed_over, monkeypatch):
    reply = handed_over.there.writes(handed_over.there.number(), handed_over.agent, "I will look into it at once.")

    dies_when_heard(handed_over, reply, monkeypatch)
    with pytest.raises(Killed):
        await handed_over.round()
    sent, heard = handed_over.sent(), int(handed_over.row.up_to.split(":")[2])
    handed_over.anew()
    await handed_over.round(2, seconds=1)

    assert heard < reply
    assert sent == handed_over.sent() == ["I will look into it at once."]


async def test_a_reply_that_was_not_sent_is_answered_once_whatever_happens(handed_over, monkeypatch):
    handed_over.there.writes(handed_over.there.number(), handed_over.agent, "You owe exactly 4321.09 USD.")

    async def dies(*args, **given):
        raise Killed

    monkeypatch.setattr(handed_over.adapter.client, "set_delivery", dies)
    with pytest.raises(Killed):
        await handed_over.round()
    handed_over.anew()
    await handed_over.round(2, seconds=1)

    assert len(handed_over.notes()) == 1


async def test_the_program_does_not_hear_itself(handed_over, odalys):
    handed_over.there.forgets_attributes = True  # as older versions do: then its own agent gives it away
    odalys.turn("is anybody there?")
    handed_over.services.casework.note(handed_over.mei.actor, "C-00001", "click-1", "Mine.")

    await handed_over.round(4)

    assert handed_over.sent() == []
    assert len(handed_over.audited("case_noted")) == 1
    assert handed_over.there.said(private=True)[1:] == ["Mei Castellane left a note:\nMine."]


async def test_an_agent_s_private_note_is_a_note_on_the_desk_and_tells_who_is_meant(handed_over):
    ann = join(handed_over.services, handed_over.clock, ANN, name="Ann Okoro")
    there = handed_over.there.joins(ANN, "Ann")

    text = f"[@Ann](mention://user/{there}/Ann) what do you think?"
    handed_over.there.writes(handed_over.there.number(), handed_over.agent, text, private=True)
    await handed_over.round(2)

    with handed_over.services.parts.store.reading() as session:
        (event,) = session.scalars(select(CaseEvent).where(CaseEvent.kind == "noted"))
        (mention,) = session.scalars(select(Mention))
    assert event.words == f"@{ANN} what do you think?"
    assert mention.person_id == ann.actor.id
    assert handed_over.sent() == []


@pytest.mark.parametrize("who", ["a stranger", "an automation", "somebody who left"])
async def test_whoever_the_desk_does_not_know_says_nothing_to_the_borrower(handed_over, who):
    there = handed_over.there
    agent = {"a stranger": lambda: there.joins("x@y.test", "Xu"), "an automation": lambda: None}.get(who)
    if agent is None:
        join(handed_over.services, handed_over.clock, "admin", role="administrator", name="Ada")
        handed_over.services.people.leave("command line", MEI)
    message = there.writes(there.number(), agent() if agent else handed_over.agent, "Pay now.")

    await handed_over.round(2)

    told = "this came from no agent" if who == "an automation" else "not known at the desk"
    assert handed_over.sent() == []
    assert [told in note for note in handed_over.notes()] == [True]
    assert there.message(message)["status"] == "failed"
    assert [row["why"] for row in handed_over.audited("desk_refused")] == ["unknown_agent"]


async def test_an_agent_of_another_team_is_told_that_and_it_is_recorded(handed_over):
    join(handed_over.services, handed_over.clock, "li@lender.test", teams=("chinese",), name="Li")
    li = handed_over.there.joins("li@lender.test", "Li")

    handed_over.there.writes(handed_over.there.number(), li, "Hello.")
    await handed_over.round(2)

    assert handed_over.sent() == []
    assert handed_over.notes() == ["Not sent to the borrower: this case belongs to a team that is not yours."]
    assert [row["why"] for row in handed_over.audited("desk_refused")] == ["team"]


async def test_what_the_guard_finds_is_not_sent_before_somebody_insists(handed_over):
    there, number = handed_over.there, handed_over.there.number()
    reply = there.writes(number, handed_over.agent, "You owe exactly 4321.09 USD.")
    await handed_over.round(3)
    before, (why,) = handed_over.sent(), handed_over.notes()
    status = there.message(reply)["status"]

    there.writes(number, handed_over.agent, "/anyway", private=True)
    await handed_over.round(2)
    vague = handed_over.sent()
    there.writes(number, handed_over.agent, f"/anyway {reply}", private=True)
    await handed_over.round(3)

    assert (before, vague, status) == ([], [], "failed")
    assert "4321.09" in why
    assert f"/anyway {reply}" in why
    assert handed_over.sent() == ["You owe exactly 4321.09 USD."]
    assert handed_over.audited("agent_wrote")[0]["insisted_on"]
    assert handed_over.audited("case_noted") == []


async def test_nobody_insists_on_what_somebody_else_wrote(handed_over):
    join(handed_over.services, handed_over.clock, ANN, name="Ann Okoro")
    ann = handed_over.there.joins(ANN, "Ann")
    reply = handed_over.there.writes(handed_over.there.number(), handed_over.agent, "You owe exactly 4321.09 USD.")

    handed_over.there.writes(handed_over.there.number(), ann, f"/anyway {reply}", private=True)
    await handed_over.round(3)

    assert handed_over.sent() == []
    assert "It has to be your own" in handed_over.notes()[-1]


async def test_what_may_not_be_insisted_on_stays_unsent(handed_over):
    reply = handed_over.there.writes(handed_over.there.number(), handed_over.agent, "Pay today or go to jail.")
    handed_over.there.writes(handed_over.there.number(), handed_over.agent, f"/anyway {reply}", private=True)

    await handed_over.round(3)

    assert handed_over.sent() == []
    assert [note.splitlines()[-1] for note in handed_over.notes()] == [
        "Write it differently. Your role does not let you send this as it is."
    ] * 2


async def test_a_reply_says_what_became_of_it(handed_over):
    reply = handed_over.there.writes(handed_over.there.number(), handed_over.agent, "I will look into it.")
    await handed_over.round()
    (message,) = [row for row in handed_over.rows(OutboxMessage) if row.kind == "agent"]

    handed_over.services.outbox.sent(message.id)
    await handed_over.round(1, seconds=20)

    assert handed_over.there.message(reply)["status"] == "delivered"


async def test_nothing_leaves_for_whoever_stopped_contact_and_the_agent_is_told(desk, odalys):
    desk.services.cases.open(odalys.id, "promise_broken")
    with desk.services.parts.store.transaction() as session:
        session.get_one(Conversation, odalys.id).contact_stopped_at = MONDAY
    await desk.round()

    reply = desk.there.writes(desk.there.number(), desk.agent, "I will look into it.")
    await desk.round(2)

    assert desk.there.message(reply)["status"] == "failed"
    assert [note.startswith("Not sent to the borrower: nothing leaves") for note in desk.notes()] == [True]


# -- Files


async def test_a_file_goes_with_the_reply(handed_over):
    address = handed_over.there.keeps("plan.png", "image/png", PNG)

    handed_over.there.writes(handed_over.there.number(), handed_over.agent, None, files=(address,))
    await handed_over.round(2)

    (message,) = [row for row in handed_over.rows(OutboxMessage) if row.kind == "files"]
    (told,) = json.loads(message.body)
    assert (told["text"], told["files"][0]["name"], told["files"][0]["size"]) == ("plan.png", "plan.png", len(PNG))


@pytest.mark.parametrize(
    ("name", "kind", "size", "leads_to", "why"),
    [
        ("plan.png", "image/png", 10, "http://127.0.0.1:9/plan.png", "another server"),
        ("plan.png", "image/png", 11 * 1024 * 1024, None, "too large"),
        ("run.exe", "application/x-msdownload", 10, None, "Send a PDF"),
    ],
)
async def test_a_file_that_must_not_go_keeps_the_reply_back(handed_over, name, kind, size, leads_to, why):
    address = handed_over.there.keeps(name, kind, b"x" * size)
    if leads_to:
        handed_over.there.elsewhere[name] = leads_to

    handed_over.there.writes(handed_over.there.number(), handed_over.agent, "Here it is.", files=(address,))
    await handed_over.round(2)

    assert handed_over.sent() == []
    assert [why in note for note in handed_over.notes()] == [True]


async def test_an_address_of_another_server_is_never_asked(handed_over):
    asked: list[str] = []

    async def elsewhere(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        asked.append((await reader.readline()).decode())
        writer.close()

    server = await asyncio.start_server(elsewhere, "127.0.0.1", 0)
    address = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/x.png"
    handed_over.there.writes(handed_over.there.number(), handed_over.agent, "Look.", files=(address,))
    await handed_over.round(2)
    server.close()

    assert asked == []
    assert handed_over.sent() == []


# -- Whose it is, and its end


async def test_resolved_there_the_bot_talks_again_and_says_so(handed_over, odalys):
    number = handed_over.there.number()
    handed_over.there.writes(number, handed_over.agent, "All is arranged.")
    await handed_over.round(2)

    handed_over.there.turns(number, "resolved")
    await handed_over.round(3)

    case = handed_over.case
    assert (case.status, handed_over.row.status) == ("returned", "resolved")
    assert [row.case_id for row in handed_over.rows(Conversation)] == [None]
    assert "case" in [row.kind for row in handed_over.rows(OutboxMessage)]
    assert handed_over.notes()[-1] == "Mei Castellane gave the conversation back to the bot"
    assert handed_over.there.conversations[number]["status"] == "resolved"


@pytest.mark.parametrize("owner", [False, True], ids=["nobody has it", "somebody has it who is not there"])
async def test_nobody_knows_who_resolved_it_so_it_goes_on(handed_over, owner):
    number = handed_over.there.number()
    if owner:
        ann = join(handed_over.services, handed_over.clock, ANN, name="Ann Okoro")
        handed_over.services.casework.claim(ann.actor, "C-00001", "click-1")
        await handed_over.round()

    handed_over.there.turns(number, "resolved")
    await handed_over.round(2)

    assert handed_over.case.status == ("claimed" if owner else "waiting")
    assert handed_over.there.conversations[number]["status"] == "open"
    assert handed_over.notes()[-1].startswith("Not done: nobody knows who resolved this.")


async def test_opened_again_there_a_supervisor_s_case_goes_on_and_an_agent_s_does_not(handed_over):
    there, number = handed_over.there, handed_over.there.number()
    join(handed_over.services, handed_over.clock, ANN, role="supervisor", name="Ann Okoro")
    ann = there.joins(ANN, "Ann")
    there.assigns(number, handed_over.agent)
    await handed_over.round()
    there.turns(number, "resolved")
    await handed_over.round(2)

    there.turns(number, "open")
    await handed_over.round(2)
    by_agent = (handed_over.case.status, there.conversations[number]["status"])
    there.assigns(number, ann)
    there.turns(number, "open")
    await handed_over.round(2)

    assert by_agent == ("returned", "resolved")
    assert handed_over.case.resolved_at is None
    assert there.conversations[number]["status"] == "open"


async def test_whoever_takes_a_conversation_has_the_case(handed_over):
    handed_over.there.assigns(handed_over.there.number(), handed_over.agent)

    await handed_over.round(3)

    assert (handed_over.case.status, handed_over.case.owner_id) == ("claimed", handed_over.mei.actor.id)
    assert handed_over.notes() == []


async def test_a_case_that_somebody_has_is_not_taken_from_them_there(handed_over):
    there, number = handed_over.there, handed_over.there.number()
    li = join(handed_over.services, handed_over.clock, "li@lender.test", name="Li")
    agent = there.joins("li@lender.test", "Li")
    handed_over.services.casework.claim(handed_over.mei.actor, "C-00001", "click-1")
    await handed_over.round(2)

    there.assigns(number, agent)
    await handed_over.round(2)

    assert li.actor.id != handed_over.case.owner_id == handed_over.mei.actor.id
    assert there.conversations[number]["assignee"] == handed_over.agent
    assert "Mei Castellane has this case" in handed_over.notes()[-1]


async def test_a_supervisor_takes_a_case_from_whoever_has_it(handed_over):
    ann = join(handed_over.services, handed_over.clock, ANN, role="supervisor", name="Ann Okoro")
    agent = handed_over.there.joins(ANN, "Ann")
    handed_over.services.casework.claim(handed_over.mei.actor, "C-00001", "click-1")
    await handed_over.round(2)

    handed_over.there.assigns(handed_over.there.number(), agent)
    await handed_over.round(2)

    assert handed_over.case.owner_id == ann.actor.id
    assert handed_over.there.conversations[handed_over.there.number()]["assignee"] == agent


async def test_what_happened_while_nobody_called_is_made_up_for(handed_over):
    handed_over.there.writes(handed_over.there.number(), handed_over.agent, "I am here.")
    handed_over.there.calls.clear()  # none of these calls comes in

    await handed_over.round()
    before = handed_over.sent()
    await handed_over.round(1, seconds=301)

    assert (before, handed_over.sent()) == ([], ["I am here."])


async def test_going_round_by_itself_a_call_is_followed_at_once(handed_over):
    async with handed_over.adapter.running():
        handed_over.there.writes(handed_over.there.number(), handed_over.agent, "I am here.")
        await handed_over.deliver()
        for _ in range(100):
            await asyncio.sleep(0.05)
            if handed_over.sent():
                break

    assert handed_over.sent() == ["I am here."]


# -- The webhook


async def test_forged_and_unsigned_calls_are_refused_and_recorded(handed_over):
    call = handed_over.written(handed_over.agent, "Pay now.")
    body, headers = signed(call, SIGNING_SECRET, handed_over.clock().timestamp())
    unsigned = {"Content-Type": "application/json"}

    answers = [
        await handed_over.post(call, secret="a-guess-of-some-length"),
        await handed_over.post(call, late=301),
        await handed_over.accord.post("/chatwoot", content=body, headers=unsigned),
        await handed_over.accord.post("/chatwoot", content=body.replace(b"Pay", b"Buy"), headers=headers),
        await handed_over.accord.post("/chatwoot/a-guess-of-some-length", content=body, headers=headers),
    ]
    await handed_over.round()

    assert [answer.status_code for answer in answers] == [401] * 5
    assert [row["why"] for row in handed_over.audited("desk_refused")] == [
        "wrong_signature",
        "too_old",
        "unsigned",
        "wrong_signature",
        "wrong_secret",
    ]
    assert handed_over.sent() == []


async def test_what_a_call_says_counts_for_nothing_only_what_is_there(handed_over):
    """Whoever knows the secret can at most make the program look."""
    call = handed_over.written(handed_over.agent, "What I wrote.")

    await handed_over.post({**call, "content": "What I never wrote.", "id": 1})
    await handed_over.adapter.sync.round()

    assert handed_over.sent() == ["What I wrote."]


async def test_older_versions_call_an_address_that_nobody_guesses(handed_over):
    call = handed_over.written(handed_over.agent, "I am here.")

    answer = await handed_over.accord.post(f"/chatwoot/{SIGNING_SECRET}", json=call)
    await handed_over.adapter.sync.round()

    assert answer.status_code == 200
    assert handed_over.sent() == ["I am here."]


async def test_floods_are_recorded_so_many_a_minute(handed_over):
    for _ in range(70):
        await handed_over.accord.post("/chatwoot", json={})

    assert len(handed_over.audited("desk_refused")) == 60


async def test_calls_that_cannot_be_read_are_turned_down(handed_over):
    secret = f"/chatwoot/{SIGNING_SECRET}"
    as_json = {"Content-Type": "application/json"}

    answers = [
        await handed_over.accord.post(secret, content=b"x" * (LARGEST_BODY + 1), headers=as_json),
        await handed_over.accord.post(secret, content=b"{" * 10, headers=as_json),
        await handed_over.accord.post(secret, content=b"[" * 100_000, headers=as_json),
        await handed_over.accord.post(secret, content=b"[]", headers=as_json),
        await handed_over.accord.post(secret, content=b"{}", headers={"Content-Type": "text/plain"}),
        await handed_over.accord.get(secret),
        await handed_over.post({"event": "message_created", "conversation": {"id": "41"}, "message_type": "outgoing"}),
        await handed_over.post({"event": "webwidget_triggered", "id": 41}),
    ]

    assert [answer.status_code for answer in answers] == [413, 400, 400, 400, 415, 405, 200, 200]


async def test_calls_about_other_inboxes_lead_nowhere(handed_over):
    number, calls = handed_over.there.number(), len(handed_over.there.asked)
    event = {"event": "message_created", "message_type": "outgoing", "conversation": {"id": number, "inbox_id": 8}}

    await handed_over.post({**event, "account": {"id": ACCOUNT}, "inbox": {"id": 8}})
    await handed_over.adapter.sync.round()

    assert len(handed_over.there.asked) == calls


# -- Settings, words, the doctor


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"chatwoot_webhook_secret": None}, "anybody could forge calls"),
        ({"chatwoot_webhook_secret": SecretStr("short")}, "16 to 256"),
        ({"chatwoot_token": None}, "ACCORD_CHATWOOT_TOKEN"),
        ({"chatwoot_inbox": 0}, "ACCORD_CHATWOOT_INBOX"),
        ({"chatwoot_url": "http://chatwoot.lender.example"}, "https://"),
    ],
)
def test_the_program_does_not_start_with_settings_that_let_anybody_in(given, changed, said):
    settings = Settings(_env_file=None, **{**given, "chatwoot_url": "https://chatwoot.lender.example", **changed})

    with pytest.raises(BadChatwootSettings, match=said):
        check_settings(settings)


async def test_without_an_address_there_is_no_chatwoot(services):
    assert open_chatwoot(services) is None
    assert doctor.chatwoot_findings(services.parts.settings) == []


def test_the_doctor_says_how_chatwoot_is(there, given):
    with serving(there) as address:
        settings = Settings(_env_file=None, **given, chatwoot_url=address)
        well = doctor.chatwoot_findings(settings)
        there.inbox_kind = "Channel::WebWidget"
        another_kind = doctor.chatwoot_findings(settings)
        unknown = doctor.chatwoot_findings(settings.model_copy(update={"chatwoot_token": SecretStr("wrong")}))

    assert [(f.mark, f.text) for f in well] == [("✓", "inbox Accord, as Accord; 1 agents in the account")]
    assert another_kind[0].mark == "✗"
    assert unknown[0].mark == "!"
    assert "Invalid Access Token" in unknown[0].text


def test_both_languages_say_the_same_things():
    english, chinese = words("en"), words("zh-Hans")
    source = "".join(path.read_text(encoding="utf-8") for path in HERE.glob("*.py"))

    assert english.known() == chinese.known()
    assert {key for key in english.known() if f'"{key}"' not in source and not key.startswith("file_")} == set()


async def test_a_member_is_known_by_their_address_however_it_is_written(handed_over):
    actor = await handed_over.adapter.sync.directory.person(handed_over.agent)

    assert handed_over.there.agents[handed_over.agent]["email"] == "Mei@Lender.test"
    assert (actor.login if actor else None) == MEI
