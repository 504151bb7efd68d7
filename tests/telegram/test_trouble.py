"""Rasa ends while a borrower writes, and Telegram takes a message without saying so: nothing is lost or doubled."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest

from tests.telegram.load import Service, on_its_own
from tests.telegram.person import Person
from tests.telegram.server import serving
from tests.telegram.stack import TelegramStack
from tests.telegram.world import Call, Telegram

pytestmark = pytest.mark.stack

NEVER = 3600.0
# Longer than the program waits for the answer to a call.
TOO_LATE = 12.0
SORRY = "Your message is safe"


@pytest.fixture
def telegram() -> Telegram:
    """Telegram without faults."""
    return Telegram()


@pytest.fixture
def stack(telegram: Telegram, tmp_path: Path) -> Iterator[TelegramStack]:
    """The whole program on it, to be killed in parts."""
    with serving(telegram, retry_seconds=0.2) as address:
        running = TelegramStack(tmp_path / "home", telegram, address)
        try:
            running.start()
            yield running
        finally:
            running.stop()


@pytest.fixture
def service(telegram: Telegram) -> Iterator[Service]:
    """The service on it, with what answers each message with its own words in Rasa's place."""
    with on_its_own(telegram, webhook=False) as running:
        running.start()
        running.wait_until_well()
        yield running


def rasa_of(stack: TelegramStack) -> psutil.Process:
    assert stack.process is not None
    parts = psutil.Process(stack.process.pid).children(recursive=True)
    return next(part for part in parts if "bot.dialogue.launcher" in part.cmdline())


def is_told(person: Person, words: str) -> int:
    """How many messages since their last deed have these words."""
    return sum(words in message.text for message in person.heard)


def greeted(telegram: Telegram, name: str) -> Person:
    """Somebody whose conversation has begun with two messages, so that each answer is one message."""
    person = Person(telegram, name)
    person.says("hello")
    person.hears(2)
    return person


def calls_for(person: Person, method: str) -> list[Call]:
    """The calls by which something was done in somebody's chat, refused ones too."""
    calls = [call for call in person.telegram.calls if call.method == method]
    return [call for call in calls if int(call.given["chat_id"]) == person.id]


def test_what_is_said_while_rasa_is_away_is_answered_once_when_it_is_back(stack: TelegramStack) -> None:
    person, stranger = Person(stack.telegram), Person(stack.telegram, "Stranger", phone="+12025550182")
    owed = {"principal": "1200.00", "interest": "80.50", "fees": "45.00", "due_date": "2026-08-01"}
    stack.import_account(account_number="TR-81001", date_of_birth="1990-05-12", phone=person.phone, **owed)
    stack.prove_identity(person, "account TR-81001, born 12 May 1990")
    person.says("could I do 160 a month?")
    person.reads("Nothing counts until you say yes")
    rasa, typed = rasa_of(stack), len(person.chat.actions)

    rasa.suspend()
    person.says("Yes, I agree")
    stack.telegram.wait_until(lambda: len(person.chat.actions) > typed, 10, "Rasa is being asked")
    rasa.kill()
    person.reads(SORRY)
    stranger.says("are you a robot?")
    stranger.reads(SORRY)
    person.reads("recorded", 120)
    stranger.reads("not a person")
    person.answer()

    account = stack.account("TR-81001")
    assert rasa_of(stack).pid != rasa.pid
    assert stack.health() == 200
    assert [is_told(person, words) for words in (SORRY, "recorded")] == [1, 1]
    assert [is_told(stranger, words) for words in (SORRY, "not a person", "STOP")] == [1, 1, 1]
    assert account["plan"]["agreed_words"] == "Yes, I agree"
    assert len(account["plans"]) == 1


def test_a_message_whose_call_times_out_is_looked_for_and_neither_doubled_nor_lost(
    telegram: Telegram, service: Service
) -> None:
    late, never, lost, neighbour = (greeted(telegram, name) for name in ("Late", "Never", "Lost", "Neighbour"))
    faults, troubled = telegram.faults, (late, never, lost)
    faults.answered_late = {late.id: TOO_LATE, never.id: NEVER}
    faults.taken_late = {lost.id: NEVER}

    for person in troubled:
        person.says("pears")
    telegram.wait_until(lambda: late.heard and never.heard, 10, "they are there, and the program is not told")
    for person in troubled:
        person.says("plums")
    neighbour.says("cherries")
    neighbour.reads("cherries")
    for person in troubled:
        person.reads("plums", 60)

    assert faults.answered_late == faults.taken_late == {}
    for person in troubled:
        assert [message.text for message in person.sees if message.by_bot][2:] == ["pears", "plums"]
        assert [call.given["text"] for call in calls_for(person, "sendMessage")][2:] == ["pears", "plums"]
        assert {call.code for call in calls_for(person, "editMessageText")} == {400}
        assert neighbour.heard[0].at < person.heard[-1].at
    assert service.log.count("telegram_message_found") == 2
