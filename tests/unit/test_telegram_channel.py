"""The Telegram channel on the stand-in for Telegram, with a dialogue that answers as it is told."""

from __future__ import annotations

import asyncio
import json
import re
import threading
import time
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack
from datetime import datetime, timedelta
from functools import partial
from itertools import pairwise
from types import SimpleNamespace
from typing import Any

import httpx
import pytest
from pydantic import SecretStr
from sqlalchemy import select, text

from bot.channels.router import Router
from bot.channels.telegram import kinds
from bot.channels.telegram.api import Api, BadTelegramSettings, Limited, NotSent, TelegramTrouble, check_settings
from bot.channels.telegram.channel import Telegram as Channel
from bot.channels.telegram.chats import count
from bot.channels.telegram.intake import Intake
from bot.channels.telegram.links import Links
from bot.channels.telegram.pacing import Pace, Window, pause_after
from bot.channels.telegram.sender import put
from bot.channels.telegram.speaking import Call, speak
from bot.channels.web import WebChat
from bot.dialogue.client import Understanding
from bot.services.accounts import UnknownAccount
from bot.services.conversations import Choice
from bot.services.outbox import enqueue
from bot.settings import Settings
from bot.store.tables import (
    Account,
    Attachment,
    Conversation,
    Incident,
    OutboxMessage,
    TelegramChat,
    TelegramCount,
    TelegramLink,
    TelegramMessage,
    TelegramUpdate,
    Turn,
)
from tests.telegram.person import Person
from tests.telegram.server import serving
from tests.telegram.world import TOKEN, Telegram
from tests.unit.fakes import CHANGGENG, MONDAY, ODALYS, FakeDialogue

pytestmark = pytest.mark.anyio

HOOK, SECRET = "https://accord.example/telegram", "a-secret_of-letters-0123456789"


class RunningClock:
    """Time that goes on by itself, from a Monday."""

    def __init__(self) -> None:
        self.begun = time.monotonic()

    def __call__(self) -> datetime:
        return MONDAY + timedelta(seconds=time.monotonic() - self.begun)


@pytest.fixture
def clock() -> RunningClock:
    return RunningClock()


@pytest.fixture
def world() -> Telegram:
    return Telegram()


@pytest.fixture
def person(world) -> Person:
    return Person(world)


@pytest.fixture
def dialogue() -> FakeDialogue:
    return FakeDialogue()


@pytest.fixture
async def channel(world, dialogue, words, open_home, peopled_ledger) -> AsyncIterator[Channel]:
    """The channel on a ledger with a few borrowers, polling a Telegram of its own."""
    with serving(world, retry_seconds=0.05) as address:
        services = open_home(peopled_ledger, telegram_token=SecretStr(TOKEN), telegram_api=f"{address}/bot")
        channel = Channel.of(services, Router(services, dialogue, words), Api(services.parts.settings))
        async with channel.running():
            yield channel


async def soon(look: Callable[[], Any], seconds: float = 15) -> Any:
    """What something comes to, as soon as it comes to anything."""
    deadline = time.monotonic() + seconds
    while not (found := look()):
        assert time.monotonic() < deadline, "it did not come"
        await asyncio.sleep(0.02)
    return found


async def answer_to(person: Person, deed: Callable[[], Any]) -> str:
    """What is answered to a deed, once nothing more comes."""
    deed()
    await soon(lambda: person.heard)
    before = -1
    while before != len(person.heard):
        before = len(person.heard)
        await asyncio.sleep(1.3)
    return "\n".join(message.text for message in person.heard)


def rows(channel: Channel, table: Any) -> list[Any]:
    with channel.services.parts.store.reading() as session:
        return list(session.scalars(select(table)))


def counted(channel: Channel) -> dict[str, int]:
    channel.intake.flush()
    return {row.name: row.count for row in rows(channel, TelegramCount)}


def asks(*intents: str) -> list[dict[str, Any]]:
    """An answer with a button for each intent."""
    titles = ("utter_button_other", "utter_button_it_is_me")
    choices = [Choice(title, intent).as_json() for title, intent in zip(titles, intents, strict=True)]
    return [{"response": "utter_greet", "facts": {}, "choices": choices}]


async def open_chat(channel: Channel, person: Person) -> str:
    """Somebody has said hello and was answered; the id of their conversation."""
    person.says("hello again")
    await soon(lambda: person.heard)
    await soon(lambda: all(row.status == "sent" for row in rows(channel, TelegramMessage)))
    (chat,) = [row for row in rows(channel, TelegramChat) if row.chat_id == person.chat.id]
    return chat.conversation_id


# -- The way in


async def test_what_is_said_is_answered_and_the_words_are_kept_once(channel, person, dialogue):
    await open_chat(channel, person)

    (update,) = await soon(lambda: [row for row in rows(channel, TelegramUpdate) if row.status == "done"])
    sent = await soon(lambda: [row for row in rows(channel, TelegramMessage) if row.status == "sent"])
    assert "Hello" in person.heard[-1].text
    assert dialogue.heard[0][1] == "hello again"
    assert (update.payload, sent[0].payload) == (None, None)
    assert sent[0].message_id == person.heard[0].id


async def test_an_update_that_comes_again_changes_nothing(channel, person, world):
    await open_chat(channel, person)
    update = {"update_id": rows(channel, TelegramUpdate)[0].update_id, "message": person.sees[0].as_json()}

    await channel.intake.take([update, update])
    await channel.intake.take([update])

    await asyncio.sleep(0.5)
    assert len(rows(channel, Turn)) == 1
    assert len(person.heard) == 2


async def test_what_overtook_an_earlier_message_waits_for_it(channel, person, dialogue):
    await open_chat(channel, person)
    newest = max(row.update_id for row in rows(channel, TelegramUpdate))
    first, second = (
        {"update_id": newest + n, "message": {**person.sees[0].as_json(), "message_id": 900 + n, "text": text}}
        for n, text in ((1, "say this first"), (2, "say this second"))
    )

    await channel.intake.take([second])
    await asyncio.sleep(0.1)
    await channel.intake.take([first])

    await soon(lambda: len(dialogue.heard) == 3)
    assert [text for _, text in dialogue.heard[1:]] == ["say this first", "say this second"]


def next_update(channel: Channel, person: Person, ahead: int = 1) -> dict[str, Any]:
    """An update with words of somebody who has written before, so many ids later."""
    newest = max(row.update_id for row in rows(channel, TelegramUpdate))
    shown = {**person.sees[0].as_json(), "message_id": 900 + ahead, "text": f"words number {ahead}"}
    return {"update_id": newest + ahead, "message": shown}


async def test_an_update_is_stored_before_whatever_waits_to_write(channel, person):
    await open_chat(channel, person)
    store, update, seen = channel.services.parts.store, next_update(channel, person), []
    writing, go_on = threading.Event(), threading.Event()

    def writes(first: bool) -> None:
        with store.transaction() as session:
            if first:
                writing.set()
                go_on.wait()
            seen.append(session.get(TelegramUpdate, update["update_id"]) is not None)

    others = [threading.Thread(target=writes, args=(number == 0,)) for number in range(6)]
    others[0].start()
    await soon(writing.is_set)
    for thread in others[1:]:
        thread.start()
    await soon(lambda: len(store._writing._waiting) >= 5)

    stored = asyncio.create_task(channel.intake.take([update]))
    await soon(lambda: store._writing._ahead)
    go_on.set()
    await stored

    await soon(lambda: len(seen) == 6)
    assert seen == [False, *[True] * 5]


async def test_nobody_is_answered_before_what_came_in_is_stored(channel, person, dialogue, monkeypatch):
    await open_chat(channel, person)
    insert, going, go_on = channel.intake._insert, threading.Event(), threading.Event()

    def slowly(read: Any) -> list[int]:
        going.set()
        go_on.wait()
        return insert(read)

    monkeypatch.setattr("bot.channels.telegram.intake.INTAKE_FIRST", 60)
    one, two = (next_update(channel, person, ahead) for ahead in (1, 2))
    insert({one["update_id"]: (one, kinds.read(one))})
    monkeypatch.setattr(channel.intake, "_insert", slowly)

    stored = asyncio.create_task(channel.intake.take([two]))
    await soon(going.is_set)
    channel.worker._lanes.wake(person.chat.id)
    await asyncio.sleep(0.3)
    answered_meanwhile = len(dialogue.heard) - 1
    go_on.set()
    await stored

    await soon(lambda: len(dialogue.heard) == 3)
    assert answered_meanwhile == 0


async def test_what_is_missing_is_known_before_what_came_after_it_can_be_seen(channel, person, monkeypatch):
    await open_chat(channel, person)
    insert, in_order = channel.intake._insert, []

    def looks(read: Any) -> list[int]:
        in_order.append(channel.intake.is_in_order)
        new = insert(read)
        in_order.append(channel.intake.is_in_order)
        return new

    monkeypatch.setattr(channel.intake, "_insert", looks)
    one, two = (next_update(channel, person, ahead) for ahead in (1, 2))

    await channel.intake.take([two])
    await channel.intake.take([one])

    assert in_order == [False] * 4
    assert channel.intake.is_in_order


async def test_what_could_not_be_stored_is_waited_for(channel, person, dialogue, monkeypatch):
    await open_chat(channel, person)
    insert, one, two = channel.intake._insert, next_update(channel, person), next_update(channel, person, 2)

    def fails(read: Any) -> list[int]:
        monkeypatch.setattr(channel.intake, "_insert", insert)
        raise OSError("the disk is full")

    monkeypatch.setattr(channel.intake, "_insert", fails)

    with pytest.raises(OSError, match="disk"):
        await channel.intake.take([one])
    await channel.intake.take([two])
    await asyncio.sleep(0.1)
    await channel.intake.take([one])

    await soon(lambda: len(dialogue.heard) == 3)
    assert [text for _, text in dialogue.heard[1:]] == ["words number 1", "words number 2"]


async def test_what_was_refused_is_still_counted_where_it_could_not_be_written(channel, monkeypatch):
    store = channel.services.parts.store
    with monkeypatch.context() as broken:
        broken.setattr("bot.channels.telegram.intake.count", lambda *_: 1 / 0)
        channel.intake.refuse("secret_wrong")
        with pytest.raises(ZeroDivisionError):
            channel.intake.flush()
    channel.intake.refuse("secret_wrong")

    assert counted(channel) == {"secret_wrong": 2}
    with store.transaction() as session:
        count(session, channel.services.parts.now(), "secret_wrong", 3)
    assert counted(channel) == {"secret_wrong": 5}


async def test_updates_that_are_none_are_not_asked_for_without_a_pause(channel, monkeypatch):
    asked, tries_in_vain = [], []

    class Broken:
        async def updates(self, offset: int | None, wanted: Any) -> list[Any]:
            asked.append(offset)
            if len(asked) > 3:
                raise asyncio.CancelledError
            return [{"no": "update"}, 7]

    def pause_after(tries: int, longest: float) -> float:
        tries_in_vain.append(tries)
        return 0.001

    monkeypatch.setattr("bot.channels.telegram.intake.pause_after", pause_after)

    with pytest.raises(asyncio.CancelledError):
        await channel.intake.poll(Broken())

    assert tries_in_vain == [1, 2, 3]


async def test_after_a_crash_a_message_still_waits_for_the_one_that_it_overtook(
    world, person, words, dialogue, open_home, peopled_ledger
):
    def said(number: int) -> dict[str, Any]:
        message = {"message_id": number, "from": person.as_json(), "chat": person.chat.as_json(), "date": 1}
        return {"update_id": number, "message": {**message, "text": f"message number {number}"}}

    with serving(world, retry_seconds=0.05) as address:
        services = open_home(peopled_ledger, telegram_token=SecretStr(TOKEN), telegram_api=f"{address}/bot")
        await Intake(services.parts).take([said(500), said(502)])
        channel = Channel.of(services, Router(services, dialogue, words), Api(services.parts.settings))

        async with channel.running():
            await asyncio.sleep(0.7)
            await channel.intake.take([said(501)])
            await soon(lambda: len(dialogue.heard) == 3)

    assert [text[-3:] for _, text in dialogue.heard] == ["500", "501", "502"]


async def test_an_update_left_by_a_crash_is_answered_once_after_the_start(channel, person, dialogue):
    conversation = await open_chat(channel, person)
    update = max(row.update_id for row in rows(channel, TelegramUpdate)) + 1
    channel.services.conversations.receive(conversation, f"tg:{update}", "what was that", None)
    message = {**person.sees[0].as_json(), "message_id": 901, "text": "what was that"}

    waiting = channel.services.conversations.unanswered()
    await channel.intake.take([{"update_id": update, "message": message}])
    meanwhile = channel.services.conversations.unanswered()
    await soon(lambda: len(dialogue.heard) == 2)
    await channel.router.catch_up()

    assert (len(waiting), len(meanwhile)) == (1, 0)
    assert len(dialogue.heard) == 2


async def test_whoever_meets_a_failure_reads_a_sentence_and_is_answered_afterwards(
    channel, person, dialogue, monkeypatch
):
    conversation = await open_chat(channel, person)
    take = channel.router.take
    tries: list[str] = []

    async def breaks_twice(*given: Any, **named: Any) -> Any:
        tries.append(given[1])
        if len(tries) < 3:
            raise OSError("the disk is full")
        return await take(*given, **named)

    monkeypatch.setattr(channel.router, "take", breaks_twice)

    said = await answer_to(person, lambda: person.says("are you there still"))

    await soon(lambda: len(dialogue.heard) == 2 and "Hello" in person.heard[-1].text)
    assert "wrong" in said
    assert len(set(tries)) == 1
    assert {row.conversation_id for row in rows(channel, Incident)} == {conversation}


async def test_what_fails_before_an_update_is_known_is_said_recorded_and_tried_again(
    channel, person, dialogue, monkeypatch
):
    conversation = await open_chat(channel, person)
    receive, tries = channel.router.receive, []

    def breaks_twice(*given: Any) -> Any:
        tries.append(given[1])
        if len(tries) < 3:
            raise OSError("the disk is full")
        return receive(*given)

    monkeypatch.setattr(channel.router, "receive", breaks_twice)

    said = await answer_to(person, lambda: person.says("are you there still"))

    await soon(lambda: len(dialogue.heard) == 2 and "Hello" in person.heard[-1].text)
    assert said.count("wrong") == 1
    assert {row.conversation_id for row in rows(channel, Incident)} == {conversation}


@pytest.mark.parametrize("place", ["take", "receive"])
async def test_where_not_even_a_failure_can_be_stored_it_is_said_once_and_in_the_language_of_the_chat(
    channel, world, dialogue, monkeypatch, place
):
    person = Person(world, "长庚", "zh-hans")
    person.says("你好，请问在吗")
    await soon(lambda: person.heard)
    whole, note, tries = getattr(channel.router, place), channel.worker._note_failure, []

    def breaks(*given: Any, **named: Any) -> Any:
        tries.append(given)
        if len(tries) < 4:
            raise OSError("the disk is full")
        return whole(*given, **named)

    def cannot_note(*given: Any) -> bool:
        if len(tries) < 3:
            raise OSError("the disk is full")
        return note(*given)

    monkeypatch.setattr(channel.router, place, breaks)
    monkeypatch.setattr(channel.worker, "_note_failure", cannot_note)

    person.says("还在吗？想问问我的账单")

    await soon(lambda: len(dialogue.heard) == 2, 40)
    await soon(lambda: len(person.heard) > 1)
    await asyncio.sleep(1.3)
    sorry = channel.router.trouble("zh-Hans")
    assert [message.text for message in person.heard].count(sorry) == 1
    assert channel.router.trouble("en") not in person.transcript()


async def test_an_update_that_cannot_be_read_is_told_of_and_given_up(channel, person, monkeypatch):
    await open_chat(channel, person)
    monkeypatch.setattr("bot.channels.telegram.worker.TRIES", 2)
    read = kinds.read

    def cannot_read(update: Any, *given: Any) -> Any:
        if update.get("message", {}).get("text") == "unreadable":
            raise KeyError("unreadable")
        return read(update, *given)

    monkeypatch.setattr("bot.channels.telegram.kinds.read", cannot_read)
    bad = {**person.sees[0].as_json(), "message_id": 900, "text": "unreadable"}
    parts, newest = channel.services.parts, max(row.update_id for row in rows(channel, TelegramUpdate))
    with parts.store.transaction() as session:
        session.add(
            TelegramUpdate(
                update_id=newest + 1,
                chat_id=person.chat.id,
                kind="text",
                payload=json.dumps({"update_id": newest + 1, "message": bad}),
                status="received",
                attempts=0,
                received_at=parts.now(),
            )
        )

    await soon(lambda: [row for row in rows(channel, TelegramUpdate) if row.status == "failed"])
    await soon(lambda: "wrong" in person.transcript())
    assert {row.place for row in rows(channel, Incident)} == {"telegram"}


# -- Buttons and commands


async def test_who_waits_long_for_an_answer_sees_typing_again_and_again(channel, person, dialogue, monkeypatch):
    await open_chat(channel, person)
    monkeypatch.setattr("bot.channels.telegram.worker.TYPING_AGAIN", 0.1)
    answered = asyncio.Event()

    async def take(*_: Any) -> Understanding:
        await answered.wait()
        return Understanding("greet", 0.9, [])

    monkeypatch.setattr(dialogue, "take", take)
    person.says("that takes you a while")
    await soon(lambda: person.chat.actions.count("typing") >= 3)
    answered.set()
    await soon(lambda: all(row.status == "done" for row in rows(channel, TelegramUpdate)))
    await asyncio.sleep(0.2)
    typed = len(person.chat.actions)
    await asyncio.sleep(0.5)

    assert len(person.chat.actions) == typed


async def test_a_tap_shows_the_choice_takes_the_keyboard_away_and_counts_once(channel, person, dialogue, world):
    dialogue.replies = asks("ask_balance", "ask_help")
    await open_chat(channel, person)
    shown = next(message for message in person.heard if message.buttons)
    title, data = next(iter(shown.buttons.items()))

    person.taps(title)
    await soon(lambda: len(dialogue.taps) == 2)
    await soon(lambda: not shown.buttons)
    person.taps_data(data, shown)
    person.taps_data("b_somebody-elses", shown)

    await soon(lambda: counted(channel) == {"button_used": 1, "button_foreign": 1})
    assert dialogue.taps[1]["intent"] == "ask_balance"
    assert shown.text.endswith(f"✓ {title}")
    assert len(dialogue.taps) == 2
    assert [call.code for call in world.calls if call.method == "answerCallbackQuery"][:1] == [200]


async def test_buttons_that_are_good_for_nothing_any_more_go(channel, person, dialogue):
    dialogue.replies = asks("ask_balance", "ask_help")
    await open_chat(channel, person)
    shown = next(message for message in person.heard if message.buttons)
    with channel.services.parts.store.transaction() as session:
        session.execute(text("UPDATE buttons SET expires_at = created_at"))

    person.taps_data("b_not-under-the-message", shown)
    await soon(lambda: counted(channel) == {"button_foreign": 1})
    kept = bool(shown.buttons)
    person.taps_data(next(iter(shown.buttons.values())), shown)
    await soon(lambda: not shown.buttons)

    assert kept
    assert counted(channel) == {"button_foreign": 1, "button_used": 1}


async def test_a_message_that_is_changed_again_and_again_is_answered_once(channel, person):
    await open_chat(channel, person)

    for words in ("hello", "hello there", "hello you"):
        person.edits(words)
    said = await answer_to(person, lambda: person.edits("hello, you there"))

    assert len([message for message in person.sees if message.text == said]) <= 1
    assert len(rows(channel, Turn)) == 2
    assert [row.status for row in rows(channel, TelegramUpdate)] == ["done", "done", *["ignored"] * 3]


async def test_who_is_asked_to_wait_waits_that_long(channel, monkeypatch):
    waited: list[float] = []
    calls: list[str] = []

    async def sleep(seconds: float) -> None:
        waited.append(seconds)

    async def call(method: str, payload: Any = None, seconds: float = 1) -> Any:
        calls.append(method)
        if len(calls) == 1:
            raise Limited("Too Many Requests", 7)
        if len(calls) == 3:
            raise asyncio.CancelledError
        return []

    async def updates(*given: Any) -> Any:
        return await call("getUpdates")

    api = SimpleNamespace(call=call, updates=updates)
    monkeypatch.setattr("bot.channels.telegram.channel.asyncio.sleep", sleep)
    with monkeypatch.context() as patch:
        patch.setattr(channel.api, "call", call)
        await channel._insist("setWebhook", {})
        calls.clear()
        channel.worker.beside("answerCallbackQuery", {})
        await asyncio.gather(*channel.worker._beside)
        answered = list(calls)
        calls.clear()
        with pytest.raises(asyncio.CancelledError):
            await channel.intake.poll(api)

    assert answered == ["answerCallbackQuery"] * 2
    assert len([seconds for seconds in waited if 7 <= seconds <= 7.5]) == 3


@pytest.mark.parametrize(
    ("command", "intent"), [("/balance", "ask_balance"), ("/human", "request_human"), ("/plan", "ask_plan_status")]
)
async def test_a_command_is_the_intent_that_it_stands_for(channel, person, dialogue, command, intent):
    person.says(command)

    await soon(lambda: dialogue.taps)
    assert dialogue.taps[0]["intent"] == intent


async def test_stop_is_obeyed_even_while_the_dialogue_is_down(channel, person, dialogue):
    conversation = await open_chat(channel, person)
    dialogue.down = True

    await answer_to(person, lambda: person.says("/stop"))

    with channel.services.parts.store.reading() as session:
        assert session.get_one(Conversation, conversation).contact_stopped_at is not None


async def test_a_reminder_leads_back_without_saying_of_what(channel, person, dialogue):
    await open_chat(channel, person)

    with channel.services.parts.store.reading() as session:
        account = session.scalar(select(Account.id).limit(1))
    payload = channel.worker.links.make(account, 30)

    said = await answer_to(person, lambda: person.starts(payload))

    assert said.splitlines()[-1] in ("Hello, and welcome back.", "Hello, good to hear from you again.")
    assert len(dialogue.heard) == 1


@pytest.mark.parametrize("age", ["unknown", "expired"])
async def test_a_link_that_is_good_no_more_says_so_and_whoever_is_new_goes_on(channel, person, clock, age):
    with channel.services.parts.store.reading() as session:
        account = session.scalar(select(Account.id).limit(1))
    payload = channel.worker.links.make(account, 1)
    if age == "expired":
        clock.begun -= 24 * 3600

    said = await answer_to(person, lambda: person.starts(payload if age == "expired" else "r_0123abc"))

    assert said.splitlines()[0] in (
        "That link is too old by now, but you don't need it: just tell me here what it's about.",
        "That link no longer works. Never mind, simply write to me here.",
    )
    assert "a machine" in said or "Accord" in said
    (chat,) = rows(channel, TelegramChat)
    assert chat.account_id is None


def test_a_link_is_opaque_and_belongs_to_one_account(services):
    links = Links(services.parts)
    with services.parts.store.reading() as session:
        first, second = session.scalars(select(Account.id).limit(2))

    payloads = [links.make(first, 30), links.make(first, 30), links.make(second, 30)]

    with services.parts.store.reading() as session:
        kept = list(session.scalars(select(TelegramLink)))
    assert len(set(payloads)) == 3
    assert all(re.fullmatch(r"[A-Za-z0-9_-]{1,64}", payload) for payload in payloads)
    assert [row.account_id for row in kept] == [first, first, second]
    assert not {row.payload_hash for row in kept} & set(payloads)
    assert [links.open(payloads[0]), links.open(payloads[0]), links.open("r_no")] == ["good", "good", "gone"]
    with pytest.raises(UnknownAccount):
        links.make(None, 30)


# -- One chat, one borrower


async def prove(channel: Channel, chat: int, number: str, birth_date: str) -> None:
    """Goes through both factors below the dialogue, as a turn of the chat's would."""
    with channel.services.parts.store.reading() as session:
        conversation = session.get_one(TelegramChat, chat).conversation_id
    channel.services.identity.identify(conversation, f"{number}, born {birth_date}", [])
    code = [m for m in channel.services.outbox.all() if m["kind"] == "passcode"][-1]["body"]
    channel.services.identity.identify(conversation, "".join(filter(str.isdigit, code))[:6], [])


async def test_another_borrower_in_the_same_chat_gets_a_conversation_of_their_own(channel, person):
    first = await open_chat(channel, person)
    await prove(channel, person.chat.id, ODALYS, "1987-03-07")
    await answer_to(person, lambda: person.says("that was me"))
    channel.services.identity.withdraw(first)

    await prove(channel, person.chat.id, CHANGGENG, "1991-08-03")
    await answer_to(person, lambda: person.says("and now it is me"))

    with channel.services.parts.store.reading() as session:
        chat = session.get_one(TelegramChat, person.chat.id)
        old, new = session.get_one(Conversation, first), session.get_one(Conversation, chat.conversation_id)
        turns = select(Turn.text).where(Turn.conversation_id == new.id)
        assert old.id != new.id
        assert (old.account_id, new.account_id) == (1, 3)
        assert (old.verified_until, new.verified_until is None) == (None, False)
        assert session.scalars(turns).all() == ["and now it is me"]


async def test_a_chat_that_is_unlinked_begins_anew_and_gets_nothing_of_before(channel, person):
    first = await open_chat(channel, person)
    await prove(channel, person.chat.id, ODALYS, "1987-03-07")
    await answer_to(person, lambda: person.says("that was me"))

    await answer_to(person, lambda: person.says("/unlink"))
    said = await answer_to(person, lambda: person.taps("Sign out here"))
    tell(channel, first, "for Odalys alone")

    blocked = await soon(lambda: [m for m in channel.services.outbox.all() if m["blocked_by"] == "chat_unlinked"])
    with channel.services.parts.store.reading() as session:
        chat = session.get_one(TelegramChat, person.chat.id)
        assert (chat.account_id, chat.conversation_id == first) == (None, False)
        assert session.get_one(Conversation, first).verified_until is None
    assert "signed out" in said
    assert blocked[0]["body"] == "for Odalys alone"
    assert "Odalys alone" not in person.transcript()


async def test_whoever_waits_for_a_person_signs_out_and_picks_a_language_all_the_same(channel, person, dialogue):
    conversation = await open_chat(channel, person)
    await prove(channel, person.chat.id, ODALYS, "1987-03-07")
    await answer_to(person, lambda: person.says("that was me"))
    channel.services.cases.open(conversation, "request_human")

    voice = await answer_to(person, lambda: person.sends("voice"))
    await answer_to(person, lambda: person.says("/language"))
    await answer_to(person, lambda: person.taps("简体中文"))
    await answer_to(person, lambda: person.says("/unlink"))
    said = await answer_to(person, lambda: person.taps(person.buttons[0]))

    (chat,) = rows(channel, TelegramChat)
    assert voice
    assert "退出" in said
    assert (chat.account_id, chat.conversation_id == conversation) == (None, False)


async def test_somebody_elses_number_is_refused_and_counted(channel, person, world, dialogue):
    await open_chat(channel, person)

    person.shares_contact(Person(world, "Somebody", phone="+12025550182"))
    await soon(lambda: person.heard)
    person.shares_contact()

    await soon(lambda: len(dialogue.heard) == 2)
    assert dialogue.heard[1][1] == "+12025550181"
    assert counted(channel) == {"contact_not_own": 1}


async def test_a_receipt_is_kept_by_reference_for_whoever_has_the_case(channel, person):
    conversation = await open_chat(channel, person)
    case = channel.services.cases.open(conversation, "claim_already_paid")

    said = await answer_to(person, lambda: person.sends_document())

    shown = channel.services.cases.show(case.reference)
    (file,) = rows(channel, Attachment)
    assert "case" in said
    assert [row["file_id"] for row in shown["attachments"]] == [file.file_id]


# -- The way out


def tell(channel: Channel, conversation: str, text: str) -> int:
    """Queues something uninvited; the id of its row."""
    parts = channel.services.parts
    with parts.store.transaction() as session:
        told = session.get_one(Conversation, conversation)
        return enqueue(parts, session, parts.now(), key=text, kind="agent", body=text, conversation=told).id


async def test_what_is_queued_for_a_chat_arrives_and_is_noted(channel, person):
    conversation = await open_chat(channel, person)

    row = tell(channel, conversation, "A colleague wrote this.")

    await soon(lambda: "A colleague wrote this." in person.transcript())
    await soon(lambda: next(m for m in channel.services.outbox.all() if m["id"] == row)["status"] == "sent")


def receipt(channel: Channel, conversation: str, words: str) -> int:
    """A receipt for a borrower, as a payment writes it; its number in the outbox."""
    parts = channel.services.parts
    with parts.store.transaction() as session:
        told = session.get_one(Conversation, conversation)
        return enqueue(parts, session, parts.now(), key=words, kind="receipt", body=words, conversation=told).id


def in_outbox(channel: Channel, row: int) -> dict[str, Any]:
    return next(message for message in channel.services.outbox.all() if message["id"] == row)


async def test_what_nobody_asked_for_waits_for_the_hours_of_contact_and_keeps_no_answer_waiting(
    channel, person, dialogue, clock
):
    conversation = await open_chat(channel, person)
    clock.begun -= 10 * 3600  # midnight in Singapore
    row = receipt(channel, conversation, "Your payment is here.")

    waits = await soon(lambda: in_outbox(channel, row)["waits_for"])
    tell(channel, conversation, "A colleague is still here.")
    person.says("I cannot sleep")
    await soon(lambda: len(dialogue.heard) == 2 and "A colleague is still here." in person.transcript())
    waiting = in_outbox(channel, row)
    clock.begun -= 10 * 3600  # ten in the morning

    await soon(lambda: "Your payment is here." in person.transcript())
    left = await soon(lambda: in_outbox(channel, row)["sent_at"] and in_outbox(channel, row))
    assert (waits, waiting["status"]) == ("contact_hours", "queued")
    assert datetime.fromisoformat(waiting["waits_until"]).hour == 1  # nine in Singapore
    assert (left["status"], left["waits_for"], left["waits_until"]) == ("sent", None, None)


async def test_what_was_to_leave_as_the_hours_ended_goes_back_to_the_outbox(channel, person, clock):
    conversation = await open_chat(channel, person)
    parts = channel.services.parts
    with parts.store.transaction() as session:
        told = session.get_one(Conversation, conversation)
        row = enqueue(parts, session, parts.now(), key="r", kind="receipt", body="Thank you.", conversation=told)
        row.status = "sending"  # taken over while it was day
        put(session, parts.now(), person.chat.id, f"outbox:{row.id}", speak({"text": "Thank you."}), row.id)
        clock.begun -= 10 * 3600
    channel.sender.wake(person.chat.id)

    waiting = await soon(lambda: in_outbox(channel, row.id)["waits_for"] and in_outbox(channel, row.id))

    assert (waiting["status"], waiting["waits_for"]) == ("queued", "contact_hours")
    assert [message for message in rows(channel, TelegramMessage) if message.outbox_id == row.id] == []
    assert "Thank you." not in person.transcript()


async def test_what_cannot_be_said_is_given_up_and_seen_and_the_rest_arrives(channel, person):
    conversation = await open_chat(channel, person)
    parts = channel.services.parts
    with parts.store.transaction() as session:
        told = session.get_one(Conversation, conversation)
        for kind in ("question", "terms"):  # neither is the JSON that it should be
            body = "no JSON" if kind == "question" else "[]"
            enqueue(parts, session, parts.now(), key=kind, kind=kind, body=body, conversation=told)
        broken = Call("sendDocument", {"document": {"base64": "no name"}})
        put(session, parts.now(), person.chat.id, "broken", [broken])

    tell(channel, conversation, "A colleague wrote this.")

    await soon(lambda: "A colleague wrote this." in person.transcript())
    lost = await soon(lambda: [row for row in rows(channel, OutboxMessage) if row.status == "dead"])
    assert [row.kind for row in lost] == ["question", "terms", "answer"]
    assert [row.place for row in rows(channel, Incident)] == ["telegram"] * 3
    assert [row.status for row in rows(channel, TelegramMessage)].count("dead") == 1


async def test_a_message_that_cannot_be_decrypted_does_not_stop_the_next_one(channel, person):
    conversation = await open_chat(channel, person)
    parts = channel.services.parts
    with parts.store.transaction() as session:
        put(session, parts.now(), person.chat.id, "broken", [Call("sendMessage", {"text": "lost"})])
        session.flush()
        session.execute(text("UPDATE telegram_messages SET payload = 'x' WHERE status = 'queued'"))

    tell(channel, conversation, "A colleague wrote this.")

    await soon(lambda: "A colleague wrote this." in person.transcript())
    await soon(lambda: [row.status for row in rows(channel, OutboxMessage)] == ["sent", "dead"])


async def test_whoever_stopped_contact_meanwhile_gets_nothing_uninvited(channel, person):
    conversation = await open_chat(channel, person)
    parts = channel.services.parts
    with parts.store.transaction() as session:
        put(session, parts.now(), person.chat.id, "late", [Call("sendMessage", {"text": "a reminder"})])
        outbox = OutboxMessage(
            key="o", conversation_id=conversation, kind="reminder", channel="telegram", address=conversation,
            body="a reminder", status="sending", created_at=parts.now(),
        )  # fmt: skip
        session.add(outbox)
        session.flush()
        session.scalars(select(TelegramMessage).where(TelegramMessage.key == "late:0")).one().outbox_id = outbox.id
        session.get_one(Conversation, conversation).contact_stopped_at = parts.now()

    row = await soon(lambda: next((r for r in rows(channel, OutboxMessage) if r.status == "blocked"), None))

    assert row.blocked_by == "contact_stopped"
    assert "a reminder" not in person.transcript()


async def test_a_blocked_bot_stops_trying_until_the_person_is_back(channel, person, world):
    conversation = await open_chat(channel, person)
    person.blocks()

    tell(channel, conversation, "nobody reads this")
    row = await soon(lambda: next((r for r in rows(channel, OutboxMessage) if r.status == "blocked"), None))
    person.unblocks()
    said = await answer_to(person, lambda: person.says("here I am again"))

    assert row.blocked_by == "chat_blocked"
    assert "Hello" in said
    assert rows(channel, TelegramChat)[0].status == "open"


@pytest.mark.parametrize("fault", ["lost_answers", "server_errors", "rate_limits"])
async def test_a_message_arrives_once_whatever_becomes_of_the_call(channel, person, world, fault):
    await open_chat(channel, person)
    others = [Person(world, f"Neighbour {n}") for n in range(5)]
    setattr(world.faults, fault, 1.0)

    person.says("say it once")
    await soon(lambda: any(row.status in ("unknown", "queued") for row in rows(channel, TelegramMessage)))
    for other in others:
        other.says("me too")
    await asyncio.sleep(0.3)
    setattr(world.faults, fault, 0.0)

    await soon(lambda: person.heard and all(other.heard for other in others))
    await soon(lambda: all(row.status == "sent" for row in rows(channel, TelegramMessage)))
    assert len(person.heard) == 1
    assert [len(other.heard) for other in others] == [2] * 5  # the first answer of a conversation is two messages


@pytest.mark.parametrize(("arrived", "attempts"), [(True, 1), (False, 1), (False, 8)])
async def test_what_was_on_its_way_in_a_crash_is_found_or_sent_again(
    world, person, words, dialogue, open_home, peopled_ledger, arrived, attempts
):
    with serving(world, retry_seconds=0.05) as address:
        services = open_home(peopled_ledger, telegram_token=SecretStr(TOKEN), telegram_api=f"{address}/bot")
        channel = Channel.of(services, Router(services, dialogue, words), Api(services.parts.settings))
        if arrived:
            world.add_message(person.chat, world.me, text="Agreed.")
        world.add_message(person.chat, person.as_json(), text="typed meanwhile")
        now = services.parts.now()
        with services.parts.store.transaction() as session:
            put(session, now, person.chat.id, "crash", [Call("sendMessage", {"text": "Agreed."})])
            row = session.scalars(select(TelegramMessage)).one()
            row.status, row.attempts, row.tried_at, row.after_id = "sending", attempts, now, 0

        async with channel.running():
            await soon(lambda: rows(channel, TelegramMessage)[0].status == "sent")

    said = [message for message in person.sees if message.text == "Agreed."]
    assert [message.id for message in said] == [rows(channel, TelegramMessage)[0].message_id]
    assert said[0].id == (1 if arrived else 2)


async def test_what_was_on_its_way_is_found_although_much_that_was_written_before_is_delivered_late(
    world, person, words, dialogue, open_home, peopled_ledger, monkeypatch
):
    with serving(world, retry_seconds=0.05) as address:
        services = open_home(peopled_ledger, telegram_token=SecretStr(TOKEN), telegram_api=f"{address}/bot")
        channel = Channel.of(services, Router(services, dialogue, words), Api(services.parts.settings))
        take, found = channel.intake.take, asyncio.Event()

        async def late(updates: Any) -> None:
            await found.wait()
            await take(updates)

        monkeypatch.setattr(channel.intake, "take", late)
        others = [Person(world, f"Neighbour {n}") for n in range(40)]
        for other in others:
            other.says("typed before")
        there = world.add_message(person.chat, world.me, text="Agreed.")
        now = services.parts.now()
        with services.parts.store.transaction() as session:
            put(session, now, person.chat.id, "crash", [Call("sendMessage", {"text": "Agreed."})])
            row = session.scalars(select(TelegramMessage)).one()
            row.status, row.attempts, row.tried_at, row.after_id = "sending", 1, now, 0

        async with channel.running():
            await soon(lambda: rows(channel, TelegramMessage)[0].status == "sent", 30)
            found.set()

    assert [message.id for message in person.sees if message.text == "Agreed."] == [there.id]


async def test_what_a_crash_left_on_its_way_is_found_though_it_arrives_after_what_was_sent_since(
    world, person, words, dialogue, open_home, peopled_ledger
):
    other = Person(world, "Neighbour")
    with serving(world, retry_seconds=0.05) as address:
        services = open_home(peopled_ledger, telegram_token=SecretStr(TOKEN), telegram_api=f"{address}/bot")
        channel = Channel.of(services, Router(services, dialogue, words), Api(services.parts.settings))
        now = services.parts.now()
        with services.parts.store.transaction() as session:
            put(session, now, person.chat.id, "crash", [Call("sendMessage", {"text": "Agreed."})])
            row = session.scalars(select(TelegramMessage)).one()
            row.status, row.attempts, row.tried_at, row.after_id = "sending", 1, now, 0

        async with channel.running():
            assert rows(channel, TelegramMessage)[0].status == "unknown"  # before anything else is on its way
            other.says("hello")
            await soon(lambda: other.heard)
            there = world.add_message(person.chat, world.me, text="Agreed.")
            await soon(lambda: rows(channel, TelegramMessage)[0].status == "sent")

    assert [message.id for message in person.sees if message.text == "Agreed."] == [there.id]


async def test_after_an_outage_words_wait_for_earlier_ones_that_are_delivered_again_ever_more_rarely(
    channel, person, dialogue, world
):
    await open_chat(channel, person)
    channel.intake._patient_until = asyncio.get_running_loop().time() + 4
    world.faults.reordered, world.faults.held_seconds = 1.0, 1.5
    person.says("first")
    world.faults.reordered = 0.0
    person.says("second")

    await soon(lambda: len(dialogue.heard) == 3)

    assert [said for _, said, *_ in dialogue.heard][1:] == ["first", "second"]


def begin(channel: Channel, person: Person, text: str) -> None:
    """What an answer does as it is put: it leaves at once where it may."""
    with channel.services.parts.store.transaction() as session:
        now, calls = channel.services.parts.now(), [Call("sendMessage", {"text": text})]
        channel.sender.begin(session, put(session, now, person.chat.id, text, calls)[0])


async def test_what_leaves_with_an_answer_is_not_taken_for_lost_before_it_has_left(channel, person, world, monkeypatch):
    await open_chat(channel, person)
    await soon(lambda: channel.sender.pace.is_free(person.chat.id))
    heard: list[Callable[[], None]] = []
    busy = SimpleNamespace(call_soon_threadsafe=lambda work, *given: heard.append(partial(work, *given)))
    monkeypatch.setattr(channel.sender, "_loop", busy)

    begin(channel, person, "Agreed.")
    await asyncio.sleep(1.2)  # others look meanwhile for what is to be sent
    assert heard
    for work in heard:
        work()
    await soon(lambda: rows(channel, TelegramMessage)[-1].status == "sent")
    await asyncio.sleep(1.2)

    assert [message.text for message in person.sees].count("Agreed.") == 1
    assert "editMessageText" not in [call.method for call in world.calls]


async def test_what_waits_for_its_turn_leaves_once_and_before_an_answer_that_is_put_meanwhile(
    channel, person, monkeypatch
):
    await open_chat(channel, person)
    pace, free, turn = channel.sender.pace, [False], asyncio.Event()
    monkeypatch.setattr(pace, "is_free", lambda chat_id: free[0])
    monkeypatch.setattr(pace, "message", lambda chat_id: turn.wait())
    with channel.services.parts.store.transaction() as session:
        put(session, MONDAY, person.chat.id, "first", [Call("sendMessage", {"text": "Agreed."})])
    channel.sender.wake(person.chat.id)
    await asyncio.sleep(0.5)

    free[0] = True
    begin(channel, person, "Later.")
    turn.set()
    await soon(lambda: rows(channel, TelegramMessage)[-1].status == "sent")
    await asyncio.sleep(1.2)

    assert [message.text for message in person.sees if message.by_bot][-2:] == ["Agreed.", "Later."]
    assert [message.text for message in person.sees].count("Agreed.") == 1


async def test_what_waits_for_its_turn_is_not_marked_as_on_its_way(world, words, dialogue, open_home, peopled_ledger):
    people = [Person(world, f"Neighbour {n}") for n in range(4)]
    world.faults.slow, world.faults.slow_seconds = 1.0, 0.2
    marked: list[int] = []

    def look(channel: Channel) -> bool:
        states = [row.status for row in rows(channel, TelegramMessage)]
        marked.append(states.count("sending"))
        return states.count("sent") == 2

    with serving(world, retry_seconds=0.05) as address:
        services = open_home(peopled_ledger, telegram_token=SecretStr(TOKEN), telegram_api=f"{address}/bot")
        router = Router(services, dialogue, words)
        channel = Channel.of(services, router, Api(services.parts.settings), Pace(1))
        with services.parts.store.transaction() as session:
            for person in people:
                put(session, MONDAY, person.chat.id, str(person.id), [Call("sendMessage", {"text": "Agreed."})])

        async with channel.running():
            await soon(lambda: look(channel))

    assert max(marked) == 1


async def test_what_telegram_never_takes_is_given_up_and_seen(channel, person):
    await open_chat(channel, person)
    parts = channel.services.parts

    with parts.store.transaction() as session:
        put(session, parts.now(), person.chat.id, "long", [Call("sendMessage", {"text": "word " * 2000})])

    dead = await soon(lambda: [m for m in channel.services.outbox.all() if m["status"] == "dead"])
    assert "too long" in dead[0]["error"]
    assert [row.place for row in rows(channel, Incident)] == ["telegram"]


async def test_markup_that_telegram_cannot_read_arrives_as_plain_text(channel, person):
    await open_chat(channel, person)
    parts = channel.services.parts

    with parts.store.transaction() as session:
        wrong = {"text": "<b>You &amp; us", "parse_mode": "HTML"}
        put(session, parts.now(), person.chat.id, "wrong", [Call("sendMessage", wrong)])

    await soon(lambda: "You & us" in person.transcript())


async def test_the_pace_keeps_a_second_in_a_chat_and_so_many_in_all():
    now = [0.0]

    async def sleep(seconds: float) -> None:
        now[0] += seconds

    pace = Pace(30, lambda: now[0], sleep)
    times: dict[int, list[float]] = {}
    for chat in [number % 50 for number in range(200)] + [7, 7, 7]:
        await pace.message(chat)
        async with pace.call():
            times.setdefault(chat, []).append(now[0])
        pace.left(chat)

    everything = sorted(at for chat in times.values() for at in chat)
    assert all(later - earlier >= 1 for chat in times.values() for earlier, later in pairwise(chat))
    assert all(later - earlier >= 1 for earlier, later in zip(everything, everything[30:], strict=False))


@pytest.mark.parametrize("look", ["is_free", "left", "message"])
def test_nobody_looks_at_the_pace_while_somebody_else_counts(look):
    pace = Pace(30, time.monotonic)
    pace.left(7)

    def work() -> None:
        done = getattr(pace, look)(8)
        if asyncio.iscoroutine(done):
            asyncio.run(done)

    looking = threading.Thread(target=work)
    with pace._counting:
        looking.start()
        looking.join(0.2)
        waited = looking.is_alive()
    looking.join()

    assert waited


async def test_calls_that_were_held_up_on_their_way_are_not_overtaken_by_the_next_thirty():
    now = [0.0]

    async def sleep(seconds: float) -> None:
        now[0] += seconds

    pace = Pace(30, lambda: now[0], sleep)
    async with AsyncExitStack() as on_their_way:
        for _ in range(30):
            await on_their_way.enter_async_context(pace.call())
        now[0] = 0.9  # all of them arrive only now
    async with pace.call():
        assert now[0] >= 1.9


def test_a_window_lets_a_group_have_twenty_a_minute():
    window, now, times = Window(20, 60), 0.0, []

    for _ in range(41):
        now += window.free_in(now)
        window.end(now)
        times.append(now)

    assert times[19] == 0.0
    assert times[20] >= 60
    assert times[40] >= 120


# -- Secrets and forgeries


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ({"telegram_secret": None}, "without ACCORD_TELEGRAM_SECRET"),
        ({"telegram_secret": "with blanks"}, "letters, digits"),
        ({"telegram_webhook_url": "http://accord.example/telegram"}, "https://"),
        ({"telegram_webhook_url": "https://accord.example/"}, "path of its own"),
    ],
)
def test_a_webhook_that_could_be_forged_or_not_work_is_refused(given, words):
    settings = Settings(
        _env_file=None,
        **{"telegram_token": TOKEN, "telegram_webhook_url": HOOK, "telegram_secret": SECRET, **given},
    )

    with pytest.raises(BadTelegramSettings, match=words):
        check_settings(settings)


@pytest.mark.parametrize(
    ("headers", "body", "status", "name"),
    [
        ({}, b'{"update_id": 1}', 401, "secret_missing"),
        ({"X-Telegram-Bot-Api-Secret-Token": "guessed"}, b'{"update_id": 1}', 401, "secret_wrong"),
        ({"X-Telegram-Bot-Api-Secret-Token": SECRET}, b"[1, 2]", 400, "update_malformed"),
        ({"X-Telegram-Bot-Api-Secret-Token": SECRET}, b'{"update_id": "1"}', 400, "update_malformed"),
        ({"X-Telegram-Bot-Api-Secret-Token": SECRET, "Content-Type": "text/plain"}, b"{}", 415, "update_malformed"),
        ({"X-Telegram-Bot-Api-Secret-Token": SECRET}, b"1" * 600_000, 413, "update_too_large"),
        ({"X-Telegram-Bot-Api-Secret-Token": SECRET}, b'{"update_id": 1}', 200, None),
    ],
)
async def test_forged_deliveries_are_refused_and_counted(open_home, dialogue, words, headers, body, status, name):
    services = open_home(telegram_token=SecretStr(TOKEN), telegram_webhook_url=HOOK, telegram_secret=SecretStr(SECRET))
    router = Router(services, dialogue, words)
    channel = Channel.of(services, router, Api(services.parts.settings))
    app = WebChat(services, router, lambda: asyncio.sleep(0, {})).app(channel.routes())
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://accord.example") as telegram:
        sent = await telegram.post("/telegram", content=body, headers={"Content-Type": "application/json", **headers})

    assert sent.status_code == status
    assert counted(channel) == ({name: 1} if name else {})
    assert len(rows(channel, TelegramUpdate)) == (1 if status == 200 else 0)


async def test_the_token_is_in_no_error_and_no_repr():
    settings = Settings(_env_file=None, telegram_token=TOKEN, telegram_api="http://127.0.0.1:9/bot")
    api = Api(settings)
    await api.open()

    with pytest.raises(TelegramTrouble) as raised:
        await api.call("getMe")
    await api.close()

    secret = TOKEN.split(":")[1]
    assert isinstance(raised.value, NotSent)
    assert secret not in repr(raised.value) + repr(vars(api)) + repr(settings) + str(raised.value.__cause__)


def test_pauses_grow_twice_as_long_each_time_up_to_the_longest_and_vary_by_chance(monkeypatch):
    asked = []
    monkeypatch.setattr(
        "bot.channels.telegram.pacing.CHANCE",
        SimpleNamespace(uniform=lambda least, most: asked.append((least, most)) or most),
    )

    pauses = [pause_after(tries) for tries in (0, 1, 2, 3, 7, 8, 1000)]

    assert pauses == [0.5, 1.0, 2.0, 4.0, 60.0, 60.0, 60.0]
    assert {least for least, _ in asked} == {0}
