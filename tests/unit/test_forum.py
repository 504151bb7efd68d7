"""The agents' group on the stand-in for Telegram: cases as topics, with real services behind them."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

import pytest
from pydantic import SecretStr
from sqlalchemy import select

from bot.channels.router import Router
from bot.channels.telegram.api import Api
from bot.channels.telegram.channel import Telegram as Channel
from bot.channels.telegram.chats import groups
from bot.doctor import telegram_findings
from bot.domain.rights import Actor
from bot.services.casework import Taken
from bot.settings import Settings
from bot.store.tables import (
    Account,
    AgentFile,
    AuditRecord,
    CaseEvent,
    ForumButton,
    ForumTopic,
    OutboxMessage,
    TelegramChat,
    TelegramCount,
    TelegramMessage,
)
from bot.store.tables import Person as Colleague
from tests.telegram.person import Person
from tests.telegram.server import serving
from tests.telegram.world import TOKEN, Chat, Message, Telegram
from tests.unit.desk_cases import click, happened, opened, row, sent, worker
from tests.unit.fakes import ODALYS, FakeDialogue
from tests.unit.test_telegram_channel import RunningClock, prove, soon

pytestmark = pytest.mark.anyio


@pytest.fixture
def clock() -> RunningClock:
    return RunningClock()


@dataclass
class Office:
    """The group with its people, the borrower's chat, the channel behind both."""

    world: Telegram
    address: str
    open_home: Any
    ledger: Any
    words: Any
    dialogue: FakeDialogue
    group: Chat
    borrower: Person
    settings: dict[str, Any] = field(default_factory=dict)
    channel: Channel = None  # type: ignore[assignment]
    conversation: str = ""
    case: str = ""
    _stack: AsyncExitStack = field(default_factory=AsyncExitStack)

    @property
    def services(self) -> Any:
        return self.channel.services

    async def starts(self) -> None:
        services = self.open_home(
            self.ledger,
            telegram_token=SecretStr(TOKEN),
            telegram_api=f"{self.address}/bot",
            telegram_agents_group=self.group.id,
            **self.settings,
        )
        self.channel = Channel.of(services, Router(services, self.dialogue, self.words), Api(services.parts.settings))
        self._stack = AsyncExitStack()
        await self._stack.enter_async_context(self.channel.running())

    async def stops(self) -> None:
        await self._stack.aclose()

    def agent(self, login: str = "mei", role: Any = "agent", **more: Any) -> tuple[Person, Actor]:
        """Somebody of the desk whose Telegram account is bound, in the group."""
        actor = worker(self.services, login, role, **more)
        person = Person(self.world, login.title())
        self.services.people.bind_telegram(self.services.people.telegram_code(actor), person.id)
        self.group.people.append(person)
        return person, actor

    async def opens(self, reason: str = "request_human", proven: bool = True) -> int:
        """The borrower asks for a person; the thread of the case's topic, once its card is there."""
        self.borrower.says("hello again")
        await soon(lambda: self.borrower.heard)
        with self.services.parts.store.reading() as session:
            self.conversation = session.get_one(TelegramChat, self.borrower.chat.id).conversation_id
        if proven:
            await prove(self.channel, self.borrower.chat.id, ODALYS, "1987-03-07")
        self.case = opened(self.services, self.conversation, reason)
        await soon(lambda: self.topic() and self.card() and self.here("hello again"))
        return self.thread

    def topic(self) -> ForumTopic | None:
        with self.services.parts.store.reading() as session:
            return session.scalars(select(ForumTopic)).first()

    @property
    def thread(self) -> int:
        topic = self.topic()
        assert topic is not None
        assert topic.thread_id is not None
        return topic.thread_id

    @property
    def messages(self) -> list[Message]:
        """What stands in the topic of the case."""
        return [m for m in self.group.messages if m.thread == self.thread and not m.deleted]

    def card(self) -> Message | None:
        return next((m for m in self.messages if m.by_bot and m.text.startswith(self.case)), None)

    def here(self, words: str) -> list[Message]:
        """The bot's messages in the topic that have some words."""
        return [m for m in self.messages if m.by_bot and words in m.text]

    async def reads(self, words: str) -> Message:
        (found, *_) = await soon(lambda: self.here(words))
        return found

    def says(self, person: Person, text: str, reply_to: int = 0) -> Message:
        person.says(text, chat=self.group, thread=self.thread, reply_to=reply_to)
        return self.group.messages[-1]

    async def taps(self, person: Person, title: str, message: Message | None = None) -> str:
        """Taps a button, of the card where no message is named; what the tap is answered with."""
        shown = message or self.card()
        assert shown is not None
        assert title in shown.buttons, f"{title!r} is none of {list(shown.buttons)}"
        person.taps_data(shown.buttons[title], shown)
        tapped = next(reversed(self.world.taps.values()))
        await soon(lambda: tapped.answer is not None)
        return str((tapped.answer or {}).get("text"))

    async def claims(self, person: Person) -> None:
        assert await self.taps(person, "Claim") == "The case is yours."
        await soon(lambda: "Put back" in self.card().buttons)

    def rows(self, table: Any) -> list[Any]:
        with self.services.parts.store.reading() as session:
            return list(session.scalars(select(table)))

    def counted(self) -> dict[str, int]:
        return {row.name: row.count for row in self.rows(TelegramCount)}

    def refusals(self) -> list[tuple[str, str]]:
        return [(r.actor, r.data["why"]) for r in self.rows(AuditRecord) if r.action == "desk_refused"]


@pytest.fixture
async def office(words, open_home, peopled_ledger) -> AsyncIterator[Office]:
    world = Telegram(keeps_limits=False)
    with serving(world, retry_seconds=0.05) as address:
        group = world.group("Desk", forum=True)
        office = Office(
            world, address, open_home, peopled_ledger, words, FakeDialogue(), group, Person(world, "Odalys")
        )
        await office.starts()
        yield office
        await office.stops()


# -- the topic


async def test_a_case_gets_a_topic_with_its_card_and_what_was_said_before(office):
    thread = await office.opens()

    card = office.card()
    assert office.group.topic_names[thread] == f"{office.case} · Wants a person · EN"
    assert "nobody has it" in card.text
    assert "O••• B•••" in card.text
    assert "1,325.50" in card.text
    assert not {ODALYS, "Odalys"} & set(card.text.split())
    assert list(card.buttons) == ["Claim", "Offer terms", "Another team", "Back to the bot", "Resolve"]
    assert office.here("Said before:")


async def test_the_borrowers_words_come_once_with_what_identifies_them_masked(office):
    await office.opens()

    office.borrower.says(f"my account is {ODALYS}, please call")
    await office.reads("please call")
    office.borrower.says("are you there")
    await office.reads("are you there")

    assert len(office.here("please call")) == 1
    assert ODALYS not in office.here("please call")[0].text


async def test_what_somebody_writes_who_has_the_case_reaches_the_borrower_once(office):
    await office.opens()
    mei, actor = office.agent()
    await office.claims(mei)

    said = office.says(mei, "Hello, Mei here. What can I do for you?")

    await soon(lambda: "Mei here" in office.borrower.transcript())
    await soon(lambda: said.reactions == ["👍"])
    view = office.services.desk.case(actor, office.case)
    assert office.borrower.transcript().count("Mei here") == 1
    assert [row.text for row in view.transcript if row.who == "agent"] == ["Hello, Mei here. What can I do for you?"]
    assert not office.here("Mei here")  # everybody sees it in the topic already


async def test_what_is_written_at_the_desk_appears_in_the_topic_once(office):
    await office.opens()
    actor = worker(office.services, "jonas")

    office.services.casework.answer(actor, office.case, click(), "Jonas here, one moment.")
    office.services.casework.note(actor, office.case, click(), "seems in a hurry")

    await office.reads("Jonas, to the borrower: Jonas here, one moment.")
    await office.reads("Jonas, for colleagues: seems in a hurry")
    await asyncio.sleep(1.3)
    assert len(office.here("one moment")) == len(office.here("in a hurry")) == 1


@pytest.mark.parametrize(
    "text", ["// looks like a scam", "/looks like a scam", " ／looks like a scam", "\\ looks like a scam"]
)
async def test_a_note_stays_among_colleagues(office, text):
    await office.opens()
    mei, _ = office.agent()
    await office.claims(mei)

    said = office.says(mei, text)

    await soon(lambda: said.reactions == ["✍"])
    await asyncio.sleep(0.8)
    assert "scam" not in office.borrower.transcript()
    assert [e.words for e in office.rows(CaseEvent) if e.kind == "noted"] == ["looks like a scam"]


async def test_a_reply_to_a_colleague_and_words_of_who_does_not_have_the_case_stay_in_the_topic(office):
    await office.opens()
    mei, _ = office.agent()
    jonas, _ = office.agent("jonas")
    await office.claims(mei)
    asked = office.says(jonas, "do you need help?")
    await soon(lambda: office.here("Mei has this case"))

    answered = office.says(mei, "yes, he is lying", reply_to=asked.id)

    await soon(lambda: answered.reactions == ["✍"])
    await asyncio.sleep(0.8)
    assert "lying" not in office.borrower.transcript()
    assert "help" not in office.borrower.transcript()
    assert happened(office.services, office.case).count("noted") == 2


async def test_a_reply_to_a_note_of_the_desk_and_a_forwarded_message_stay_here(office):
    await office.opens()
    mei, _ = office.agent()
    await office.claims(mei)
    jonas = worker(office.services, "jonas")
    office.services.casework.note(jonas, office.case, click(), "is this the same man as last week?")
    note = await office.reads("same man")

    answered = office.says(mei, "yes, the same", reply_to=note.id)
    with office.world.changing():
        passed = office.world.add_message(office.group, mei.as_json(), text="his boss says", thread=office.thread)
        passed.content["forward_origin"] = {"type": "user", "date": 1, "sender_user": mei.as_json()}
        office.world.add_update("message", passed.as_json(), office.group.id)

    await soon(lambda: answered.reactions == ["✍"])
    await office.reads("Forwarded messages stay here")
    await asyncio.sleep(0.8)
    assert "the same" not in office.borrower.transcript()
    assert "his boss" not in office.borrower.transcript()


async def test_before_anybody_has_the_case_nothing_leaves(office):
    await office.opens()
    mei, _ = office.agent()

    office.says(mei, "who takes this one?")

    await office.reads("Nobody has this case")
    await asyncio.sleep(0.8)
    assert "who takes" not in office.borrower.transcript()


async def test_a_case_claimed_at_the_desk_is_claimed_on_the_card(office):
    await office.opens()
    mei, _ = office.agent()
    jonas = worker(office.services, "jonas")

    office.services.casework.claim(jonas, office.case, click())

    await soon(lambda: "Jonas has it" in office.card().text)
    await office.reads("Jonas claimed the case")
    told = await office.taps(mei, "Put back")
    assert told == "Not done: Jonas was quicker and has this case."


async def test_of_two_who_claim_at_once_one_is_told_that_the_other_has_it(office):
    await office.opens()
    mei, _ = office.agent()
    jonas, _ = office.agent("jonas")
    shown = office.card()
    data = shown.buttons["Claim"]

    mei.taps_data(data, shown)
    jonas.taps_data(data, shown)

    taps = list(office.world.taps.values())[-2:]
    await soon(lambda: all(tap.answer for tap in taps))
    answers = [tap.answer["text"] for tap in taps]
    assert answers[0] == "The case is yours."
    assert answers[1] == "Mei was quicker and has this case."
    with pytest.raises(Taken):
        office.services.casework.claim(office.services.people.by_telegram(jonas.id), office.case, click())
    assert office.counted()["button_used"] == 1


# -- who may


async def test_a_stranger_is_refused_counted_and_recorded(office):
    await office.opens()
    stranger = Person(office.world, "Nobody")

    office.says(stranger, "pay me instead")
    await office.reads("I don’t know you yet")
    told = await office.taps(stranger, "Claim")

    assert "don’t know you" in told
    assert office.counted() == {"group_stranger": 2}
    assert office.refusals() == [("telegram", "stranger")] * 2
    assert happened(office.services, office.case) == ["opened"]
    assert "pay me" not in office.borrower.transcript()


async def test_an_agent_of_another_team_and_an_auditor_are_refused_and_recorded(office):
    await office.opens()
    other, _ = office.agent("lin", teams=("chinese",))
    auditor, _ = office.agent("ada", "auditor")

    assert "team that you are not in" in await office.taps(other, "Claim")
    assert "role does not include" in await office.taps(auditor, "Claim")

    assert office.refusals() == [("agent:lin", "other_team"), ("auditor:ada", "not_allowed")]
    assert happened(office.services, office.case) == ["opened"]


async def test_a_button_of_another_topic_or_person_is_refused(office):
    await office.opens()
    mei, _ = office.agent()
    jonas, _ = office.agent("jonas")
    await office.claims(mei)
    await office.taps(mei, "Resolve")
    menu = await office.reads("How did")

    theirs = await office.taps(jonas, "Question answered", menu)
    mei.taps_data("g_made-up", menu)

    await soon(lambda: office.counted().get("button_foreign") == 2)
    assert theirs == "This button is somebody else’s."
    assert "resolved" not in happened(office.services, office.case)


async def test_a_code_from_the_desk_binds_whoever_sends_it_to_the_bot_alone(office):
    await office.opens()
    actor = worker(office.services, "mei")
    person = Person(office.world, "Mei")

    person.says(office.services.people.telegram_code(actor))

    await soon(lambda: person.heard)
    assert "this Telegram account is yours now" in person.heard[0].text
    assert office.services.people.by_telegram(person.id).login == "mei"
    assert len(office.dialogue.heard) == 1  # it was no borrower who wrote


# -- what is done


async def test_terms_in_words_are_quoted_put_to_the_borrower_and_agreed_by_button(office):
    await office.opens()
    mei, _ = office.agent()
    await office.claims(mei)

    await office.taps(mei, "Offer terms")
    await office.reads("what are the terms?")
    office.says(mei, "9 monthly payments from 15 December, she has work again")
    quoted = await office.reads("Within your authority")
    before = office.borrower.transcript()
    told = await office.taps(mei, "Put to the borrower", quoted)
    await soon(lambda: any(title.startswith("Yes") for title in office.borrower.buttons))
    office.borrower.taps(next(title for title in office.borrower.buttons if title.startswith("Yes")))

    await office.reads("The borrower agreed")
    assert told == "The terms are with the borrower, who answers by button."
    assert "Dec 15, 2026" in quoted.text
    assert "147.2" in quoted.text
    assert "147.2" not in before
    assert "she has work" not in office.borrower.transcript()
    assert not quoted.buttons
    assert {"proposed", "borrower_agreed"} <= set(happened(office.services, office.case))


async def test_terms_above_an_agents_authority_wait_for_a_supervisor_and_nobody_else(office):
    await office.opens()
    mei, _ = office.agent()
    chief, _ = office.agent("chief", "supervisor")
    await office.claims(mei)
    await office.taps(mei, "Offer terms")
    await office.reads("what are the terms?")

    office.says(mei, "12 monthly payments from 15 December, she asked for a year")
    quoted = await office.reads("a Supervisor decides")
    assert await office.taps(mei, "Ask a Supervisor", quoted) == "The terms wait for somebody to decide."
    asked = await office.reads("Mei asked for a decision")
    own = await office.taps(mei, "Approve", asked)
    looks = await office.taps(chief, "Approve", asked)
    sure = await office.reads("Approve these terms in")
    before = happened(office.services, office.case)
    approved = await office.taps(chief, "Approve", sure)

    assert looks == "See below."
    assert "approved" not in before
    for told in ("Too many payments: 12; the limit is 9", "Dec 15, 2026", "Nov 15, 2027", "she asked for a year"):
        assert told in sure.text
    await soon(lambda: any(title.startswith("Yes") for title in office.borrower.buttons))
    assert "Your role does not include this" in own or "Somebody else decides" in own
    assert approved == "Approved."
    assert "approved" in happened(office.services, office.case)
    await office.reads("Chief approved")


async def test_an_approval_that_was_not_meant_changes_nothing(office):
    await office.opens()
    mei, _ = office.agent()
    chief, _ = office.agent("chief", "supervisor")
    await office.claims(mei)
    await office.taps(mei, "Offer terms")
    await office.reads("what are the terms?")
    office.says(mei, "12 monthly payments from 15 December, she asked for a year")
    await office.taps(mei, "Ask a Supervisor", await office.reads("a Supervisor decides"))
    await office.taps(chief, "Approve", await office.reads("Mei asked for a decision"))
    sure = await office.reads("Approve these terms in")

    theirs = await office.taps(mei, "Approve", sure)
    dropped = await office.taps(chief, "Not now", sure)

    assert theirs == "This button is somebody else’s."
    assert dropped == "All right, nothing was done."
    assert "approved" not in happened(office.services, office.case)
    assert not any(title.startswith("Yes") for title in office.borrower.buttons)


async def test_a_refusal_takes_its_reason_from_the_next_words(office):
    await office.opens()
    mei, _ = office.agent()
    chief, _ = office.agent("chief", "supervisor")
    await office.claims(mei)
    await office.taps(mei, "Offer terms")
    await office.reads("what are the terms?")
    office.says(mei, "12 monthly payments from 15 December, she asked for a year")
    quoted = await office.reads("a Supervisor decides")
    await office.taps(mei, "Ask a Supervisor", quoted)
    asked = await office.reads("Mei asked for a decision")

    await office.taps(chief, "Refuse", asked)
    await office.reads("Chief, why not?")
    office.says(chief, "too long for this debt")

    await office.reads("Chief refused")
    assert "too long" not in office.borrower.transcript()
    assert [e.words for e in office.rows(CaseEvent) if e.kind == "refused"] == ["too long for this debt"]


async def test_words_that_are_no_terms_are_asked_for_again_and_never_sent(office):
    await office.opens()
    mei, _ = office.agent()
    await office.claims(mei)
    await office.taps(mei, "Offer terms")
    await office.reads("what are the terms?")

    office.says(mei, "whatever she can afford")
    again = await office.reads("I see no terms in this")
    await office.taps(mei, "Not now", again)
    office.says(mei, "Good to hear from you.")

    await soon(lambda: "Good to hear from you." in office.borrower.transcript())
    assert "whatever" not in office.borrower.transcript()


async def test_what_the_guard_finds_comes_back_and_is_sent_only_if_somebody_insists(office):
    await office.opens()
    mei, _ = office.agent()
    await office.claims(mei)

    office.says(mei, "You owe us 99,999.00 in all.")
    found = await office.reads("Not sent yet")
    await asyncio.sleep(0.8)
    before = "99,999" in office.borrower.transcript()
    told = await office.taps(mei, "Send anyway", found)

    await soon(lambda: "99,999.00" in office.borrower.transcript())
    assert (before, told) == (False, "Your answer is on its way.")
    assert office.borrower.transcript().count("99,999.00") == 1
    assert not found.buttons


async def test_resolving_closes_the_topic_and_gives_the_conversation_back(office):
    thread = await office.opens()
    mei, _ = office.agent()
    await office.claims(mei)

    await office.taps(mei, "Resolve")
    menu = await office.reads("How did")
    told = await office.taps(mei, "Question answered", menu)

    await soon(lambda: office.group.topics[thread] == "closed")
    assert told == "Resolved."
    assert "Over: Question answered" in office.card().text
    assert not office.card().buttons
    assert happened(office.services, office.case)[-1] == "resolved"


async def test_a_case_moves_to_another_team_with_a_reason(office):
    await office.opens()
    mei, _ = office.agent()
    worker(office.services, "lin", teams=("care",))
    await office.claims(mei)

    await office.taps(mei, "Another team")
    menu = await office.reads("Which team")
    others = list(menu.buttons)
    await office.taps(mei, "Care and disputes", menu)
    await office.reads("why should that team have it?")
    still = happened(office.services, office.case)
    said = office.says(mei, "She has lost her father.")

    await soon(lambda: "moved" in happened(office.services, office.case))
    await soon(lambda: said.reactions == ["✍"])
    case = row(office.services, office.case)
    assert others == ["Care and disputes", "Not now"]
    assert "moved" not in still
    assert (case.team, case.owner_id) == ("care", None)
    assert "lost her father" not in office.borrower.transcript()


async def test_where_nobody_else_works_no_other_team_is_offered(office):
    await office.opens()
    mei, _ = office.agent()
    await office.claims(mei)

    assert "Nobody works in another team" in await office.taps(mei, "Another team")


@pytest.mark.parametrize(("title", "status", "told"), [("Reached", "borrower", 1), ("Not reached", "claimed", 2)])
async def test_what_came_of_a_call_is_noted(office, clock, title, status, told):
    await office.opens()
    mei, actor = office.agent()
    await office.claims(mei)
    assert "The call" not in office.card().buttons
    office.services.casework.call_back(actor, office.case, click(), clock() + timedelta(hours=19))
    await soon(lambda: "The call" in office.card().buttons)

    await office.taps(mei, "The call")
    menu = await office.reads("What came of the call")
    answer = await office.taps(mei, title, menu)

    await soon(lambda: "The call" not in office.card().buttons)
    case = row(office.services, office.case)
    assert answer.startswith("Noted.")
    assert (case.call_at, case.status) == (None, status)
    assert happened(office.services, office.case).count("called") == 1
    assert len(sent(office.services, office.conversation)) == told


async def test_handing_back_asks_first(office):
    await office.opens()
    mei, _ = office.agent()
    await office.claims(mei)

    await office.taps(mei, "Back to the bot")
    asked = await office.reads("back to the bot?")
    still = happened(office.services, office.case)
    await office.taps(mei, "Back to the bot", asked)

    await soon(lambda: "handed_back" in happened(office.services, office.case))
    assert "handed_back" not in still


async def test_a_case_that_is_reopened_has_its_topic_again(office):
    thread = await office.opens()
    chief = worker(office.services, "chief", "supervisor")
    office.services.casework.resolve(chief, office.case, click(), "answered", "")
    await soon(lambda: office.group.topics[thread] == "closed")

    office.services.casework.reopen(chief, office.case, click())

    await soon(lambda: office.group.topics[thread] == "open")
    await soon(lambda: office.card().buttons)
    await office.reads("Chief reopened the case")
    assert office.thread == thread


# -- files


async def test_files_go_both_ways(office):
    await office.opens()
    mei, actor = office.agent()
    await office.claims(mei)

    office.borrower.sends_document("payslip.pdf", content=b"%PDF-1.4 from the borrower")
    await soon(lambda: [m for m in office.messages if m.by_bot and m.kind == "document"])
    mei.sends_document(
        "form.pdf", caption="Please fill this in.", content=b"%PDF-1.4 form", chat=office.group, thread=office.thread
    )
    mei.sends_photo(chat=office.group, thread=office.thread)

    await soon(lambda: [m.kind for m in office.borrower.sees if m.by_bot].count("document") == 2)
    (shown,) = [m for m in office.messages if m.by_bot and m.kind == "document"]
    got = next(m for m in office.borrower.sees if m.by_bot and m.kind == "document")
    assert office.world.files[shown.content["document"]["file_id"]]["content"] == b"%PDF-1.4 from the borrower"
    assert office.world.files[got.content["document"]["file_id"]]["content"] == b"%PDF-1.4 form"
    assert "Please fill this in." in office.borrower.transcript()
    assert [row.mime for row in office.rows(AgentFile)] == ["application/pdf", "image/jpeg"]
    said = [row for row in office.services.desk.case(actor, office.case).transcript if row.who == "agent"]
    assert said[0].files[0].name == "form.pdf"


async def test_a_photo_with_a_note_for_a_caption_stays_here(office):
    await office.opens()
    mei, _ = office.agent()
    await office.claims(mei)

    mei.sends_photo("/ his passport looks forged", chat=office.group, thread=office.thread)

    await soon(lambda: "noted" in happened(office.services, office.case))
    await asyncio.sleep(0.8)
    assert not [m for m in office.borrower.sees if m.by_bot and m.kind == "photo"]


async def test_a_file_that_the_borrower_cannot_have_is_told(office):
    await office.opens()
    mei, _ = office.agent()
    await office.claims(mei)

    mei.sends_document("setup.exe", "application/x-msdownload", content=b"MZ", chat=office.group, thread=office.thread)

    await office.reads("Not sent: Send a PDF")


# -- when things go wrong


async def test_a_topic_that_was_deleted_is_made_anew(office):
    thread = await office.opens()
    mei, _ = office.agent()
    await office.claims(mei)
    with office.world.changing():
        del office.group.topics[thread]
        for message in office.group.messages:
            message.deleted = message.deleted or thread in (message.thread, message.id)

    office.borrower.says("are you still there")

    await soon(lambda: office.topic().thread_id not in (None, thread))
    await soon(lambda: office.card() and office.here("are you still there"))
    said = office.says(mei, "Yes, I am.")
    await soon(lambda: "Yes, I am." in office.borrower.transcript())
    await soon(lambda: said.reactions == ["👍"])
    assert len(office.here("are you still there")) == 1


async def test_what_was_written_as_the_program_ended_is_sent_once(office):
    await office.opens()
    mei, _ = office.agent()
    await office.claims(mei)
    await office.stops()

    said = office.says(mei, "Back in a minute.")
    office.borrower.says("thank you")
    await office.starts()

    await soon(lambda: said.reactions == ["👍"])
    await office.reads("thank you")
    await asyncio.sleep(1.3)
    assert office.borrower.transcript().count("Back in a minute.") == 1
    assert len(office.here("thank you")) == 1
    assert len([e for e in office.rows(CaseEvent) if e.kind == "answered"]) == 1
    assert len(office.group.topics) == 1


async def test_an_update_that_was_worked_on_before_a_crash_does_nothing_twice(office):
    await office.opens()
    mei, _ = office.agent()
    await office.claims(mei)
    said = office.says(mei, "Only once, please.")
    await soon(lambda: said.reactions == ["👍"])
    number = max(int(e.key.rsplit(":", 1)[1]) for e in office.rows(CaseEvent) if ":tg:" in e.key)
    again = {"update_id": number, "message": said.as_json()}

    calls = await office.channel.forum.take(number, again)

    await asyncio.sleep(0.8)
    assert [call.method for call in calls] == ["setMessageReaction"]
    assert office.borrower.transcript().count("Only once, please.") == 1
    assert len([e for e in office.rows(CaseEvent) if e.kind == "answered"]) == 1


@pytest.mark.parametrize("fault", ["lost_answers", "server_errors"])
async def test_a_message_stands_in_the_topic_once_whatever_becomes_of_the_call(office, fault):
    await office.opens()
    actor = worker(office.services, "jonas")
    setattr(office.world.faults, fault, 1.0)

    office.services.casework.note(actor, office.case, click(), "say it once")
    await soon(lambda: any(row.status in ("unknown", "queued") for row in office.rows(TelegramMessage)))
    await asyncio.sleep(0.3)
    setattr(office.world.faults, fault, 0.0)

    await office.reads("say it once")
    await soon(lambda: all(row.status == "sent" for row in office.rows(TelegramMessage)), 30)
    assert len(office.here("say it once")) == 1


async def test_a_message_that_does_not_arrive_is_told(office):
    await office.opens()
    mei, _ = office.agent()
    await office.claims(mei)
    office.borrower.blocks()

    office.says(mei, "Can you read this?")

    await office.reads("Not delivered")


async def test_a_group_without_topics_stops_nothing_and_is_told_in_one_line(office):
    await office.stops()
    office.group.is_forum = False
    await office.starts()

    office.borrower.says("hello again")
    await soon(lambda: office.borrower.heard)

    await soon(lambda: office.channel.forum.trouble)
    assert "turn on Topics" in office.channel.forum.trouble
    assert not office.group.topics


async def test_in_another_group_the_cases_get_new_topics(office):
    await office.opens()
    mei, _ = office.agent()
    await office.claims(mei)
    await office.stops()
    before, office.group = office.group, office.world.group("Another desk", forum=True)
    said = len(before.messages)

    await office.starts()

    await soon(lambda: office.group.topics and office.thread in office.group.topics and office.card())
    office.says(mei, "From here now.")
    await soon(lambda: "From here now." in office.borrower.transcript())
    assert len(office.group.topics) == 1
    assert len(before.messages) == said


async def test_an_old_button_says_so_and_the_card_gets_new_ones(office):
    await office.opens()
    mei, _ = office.agent()
    with office.services.parts.store.transaction() as session:
        for row in session.scalars(select(ForumButton)):
            row.expires_at = office.services.parts.now()
    old = office.card().buttons["Claim"]

    told = await office.taps(mei, "Claim")

    await soon(lambda: office.card().buttons["Claim"] != old)
    assert told == "This button is too old; the card has new ones."
    await office.claims(mei)


async def test_messages_of_the_group_do_not_mislead_those_who_look_for_a_borrowers(office):
    await office.opens()
    mei, _ = office.agent()
    await office.claims(mei)
    for number in range(60):  # the group counts its messages by itself, and has many
        mei.says(f"lunch {number}", chat=office.group)
    office.world.faults.lost_answers = 1.0

    office.says(mei, "Only once, please.")
    await soon(lambda: any(row.status == "unknown" for row in office.rows(TelegramMessage) if row.chat_id > 0))
    office.world.faults.lost_answers = 0.0

    await soon(lambda: [row.status for row in office.rows(OutboxMessage) if row.kind == "agent"] == ["sent"], 30)
    assert office.borrower.transcript().count("Only once, please.") == 1


async def test_a_borrower_on_the_web_gets_words_and_files_from_the_group(office):
    office.services.conversations.claim("on-the-web", "web", None, "en")
    office.services.conversations.receive("on-the-web", "k", "hello", None)
    office.case = opened(office.services, "on-the-web")
    await soon(lambda: office.topic() and office.card())
    mei, _ = office.agent()
    await office.claims(mei)

    mei.sends_document("form.pdf", content=b"%PDF-1.4 form", chat=office.group, thread=office.thread)

    (message,) = await soon(
        lambda: [m for m in office.services.outbox.waiting_for("on-the-web", 0) if m.kind == "files"]
    )
    office.services.outbox.sent(message.id)
    await soon(lambda: office.group.messages[-1].reactions == ["👍"])
    assert office.rows(AgentFile)[0].name == "form.pdf"


async def test_only_the_cases_of_chosen_teams_are_shown(office):
    await office.stops()
    office.settings = {"telegram_agents_teams": "chinese"}
    await office.starts()
    office.services.conversations.claim("on-the-web", "web", None, "en")
    opened(office.services, "on-the-web")
    office.services.conversations.claim("chinese", "web", None, "zh-Hans")

    office.case = opened(office.services, "chinese")

    await soon(lambda: office.topic() and office.card())
    await asyncio.sleep(1.2)
    assert [name.split(" ")[0] for name in office.group.topic_names.values()] == [office.case]


async def test_whoever_works_in_the_group_counts_as_there(office):
    await office.opens()
    mei, actor = office.agent(seen=False)
    before = office.services.casework.present("general")

    await office.claims(mei)

    (row,) = [row for row in office.rows(Colleague) if row.id == actor.id]
    assert (before, row.seen_at is not None) == (False, True)


async def test_the_topic_of_an_erased_case_is_taken_down(office):
    thread = await office.opens()
    chief = worker(office.services, "chief", "supervisor")
    office.services.casework.resolve(chief, office.case, click(), "answered", "")
    await soon(lambda: office.group.topics[thread] == "closed")
    (account,) = [row for row in office.rows(Account) if row.number == ODALYS]

    office.services.privacy.erase(account.number, "a lawyer")

    await soon(lambda: thread not in office.group.topics)
    assert not office.rows(ForumTopic)
    assert not office.rows(ForumButton)


# -- setting it up


@pytest.mark.parametrize(
    ("spoil", "said"),
    [
        ({}, "agents work in the group"),
        ({"is_forum": False}, "turn on Topics"),
        ({"is_administrator": False}, "the bot is no administrator"),
        ({"may_manage_topics": False}, "may not manage topics"),
        ({"status": "kicked"}, "is not there, or the bot is not a member"),
    ],
)
def test_the_doctor_says_in_one_line_what_the_group_lacks(spoil, said):
    world = Telegram()
    group = world.group("Desk", forum=True)
    for name, value in spoil.items():
        setattr(group, name, value)
    with serving(world) as address:
        settings = Settings(
            _env_file=None,
            telegram_token=SecretStr(TOKEN),
            telegram_api=f"{address}/bot",
            telegram_agents_group=group.id,
        )

        findings = [finding for finding in telegram_findings(settings) if str(group.id) in finding.text]

    assert len(findings) == 1
    assert said in findings[0].text
    assert findings[0].mark == ("!" if spoil else "✓")


async def test_the_id_of_a_group_that_the_bot_was_added_to_is_found(office):
    await office.opens()
    mei, _ = office.agent()
    mei.says("hello bot", chat=office.group)

    def seen() -> list[int]:
        with office.services.parts.store.reading() as session:
            return list(groups(session))

    await soon(lambda: seen() == [office.group.id])
