"""The same ledger on PostgreSQL: a server of its own, on a socket in a folder of its own."""

from __future__ import annotations

import asyncio
import glob
import os
import shutil
import subprocess
import tempfile
import threading
import time
from collections.abc import AsyncIterator, Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from anyio import to_thread
from pydantic import SecretStr
from sqlalchemy import create_engine, select, text, update
from sqlalchemy.engine import make_url
from sqlalchemy.exc import DBAPIError

from bot.bootstrap import Services, open_services
from bot.channels.router import Router
from bot.channels.telegram.api import Api
from bot.channels.telegram.channel import Telegram as Channel
from bot.channels.telegram.chats import count
from bot.channels.telegram.sender import in_line
from bot.dialogue.words import Words
from bot.domain.policy import OfferPolicy
from bot.sample import load_sample
from bot.services.conversations import Choice
from bot.settings import Settings
from bot.store import audit
from bot.store.tables import Account, Case, Incident, OutboxMessage, TelegramChat, TelegramCount, TelegramUpdate, Turn
from tests.telegram.person import Person
from tests.telegram.server import serving
from tests.telegram.world import TOKEN, Telegram
from tests.unit.desk_cases import click, worker
from tests.unit.fakes import FakeDialogue


def as_server_user(*command: str) -> None:
    """PostgreSQL refuses to run as root; there the tests use the user that its package made."""
    user = "postgres" if os.geteuid() == 0 else None
    subprocess.run(command, check=True, capture_output=True, user=user, cwd="/")


@pytest.fixture(scope="module")
def postgresql() -> Iterator[str]:
    found = sorted(glob.glob("/usr/lib/postgresql/*/bin")) or [str(Path(shutil.which("initdb") or "").parent)]
    programs = Path(found[-1])
    assert (programs / "initdb").exists(), "PostgreSQL's programs are missing; on Debian: apt-get install postgresql"
    folder = Path(tempfile.mkdtemp(prefix="accord-postgresql-"))
    folder.chmod(0o755)
    if os.geteuid() == 0:
        shutil.chown(folder, "postgres")
    data = folder / "data"
    as_server_user(str(programs / "initdb"), "-D", str(data), "-U", "accord", "-A", "trust", "-E", "UTF8")
    options = f"-c listen_addresses='' -c unix_socket_directories={folder} -c fsync=off"
    as_server_user(str(programs / "pg_ctl"), "-D", str(data), "-o", options, "-l", str(folder / "log"), "-w", "start")
    yield f"postgresql+psycopg://accord@/postgres?host={folder}"
    as_server_user(str(programs / "pg_ctl"), "-D", str(data), "-m", "immediate", "stop")
    shutil.rmtree(folder)


@pytest.fixture(scope="module")
def services(postgresql: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Services]:
    opened = open_services(Settings(home=tmp_path_factory.mktemp("home"), database_url=postgresql))
    yield opened
    opened.close()


def test_the_sample_with_its_history_stands_in_postgresql(services: Services) -> None:
    count = load_sample(services)

    kept, broken, disputed = (services.accounts.show(n) for n in ("AC-20422", "AC-20559", "AC-20833"))
    with services.parts.store.transaction() as session:
        records = audit.verify(session, services.parts.store.keyring)
    assert count == 60
    assert kept["status"] == "in_plan"
    assert [plan["status"] for plan in broken["plans"]] == ["broken"]
    assert disputed["status"] == "held"
    assert records >= 8


def test_a_plan_is_paid_and_a_payment_bounces_in_postgresql(services: Services) -> None:
    if services.portfolio.is_empty():
        load_sample(services)
    first = services.accounts.show("AC-20422")["plan"]["schedule"][0]["amount"]["amount"]

    for _ in range(2):
        services.payments.record("AC-20422", first, "bank-1")
    paid = services.accounts.show("AC-20422")["plan"]["schedule"][0]["status"]
    services.payments.reverse("bank-1")
    services.plans.pause("AC-20422", 5, "supervisor")
    upkept = services.plans.day()

    plan = services.accounts.show("AC-20422")["plan"]
    assert (paid, plan["schedule"][0]["status"], plan["pauses"]) == ("paid", "due", 1)
    assert upkept.failed == 0


def test_a_policy_is_compared_and_explained_while_others_write(services: Services) -> None:
    store = services.parts.store
    with store.reading() as session:
        session.scalars(select(Account.id).limit(1)).one()
        with store.transaction() as other:
            audit.append(other, store.keyring, services.parts.now(), "operator", "meanwhile", "tests")
        with pytest.raises(DBAPIError, match="read-only"):
            session.execute(update(Account).values(hold="complain"))

    told = services.policies.compare(OfferPolicy.model_validate(services.parts.policy().model_dump(by_alias=True)))

    assert told["accounts"]["compared"] + told["accounts"]["settled"] + told["accounts"]["in_plan"] == 60
    assert told["accounts"]["change_first_offers"] == 0
    assert services.policies.explain("AC-20422")["nothing_offered"]["why"] == "plan_runs"


# -- the Telegram channel

TREES = ("birch", "cedar", "larch")


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


@pytest.fixture
def dialogue() -> FakeDialogue:
    return FakeDialogue()


@pytest.fixture
def world() -> Telegram:
    return Telegram()


@pytest.fixture
async def channel(
    postgresql: str, world: Telegram, dialogue: FakeDialogue, words: Words, tmp_path: Path
) -> AsyncIterator[Channel]:
    """The channel on a database of its own, polling a Telegram of its own."""
    name = f"telegram_{time.monotonic_ns()}"
    with create_engine(postgresql, isolation_level="AUTOCOMMIT").connect() as connection:
        connection.execute(text(f"CREATE DATABASE {name}"))
    url = make_url(postgresql).set(database=name).render_as_string(hide_password=False)
    with serving(world, retry_seconds=0.05) as address:
        services = open_services(
            Settings(
                _env_file=None,
                home=tmp_path,
                database_url=url,
                sample_portfolio=False,
                telegram_token=SecretStr(TOKEN),
                telegram_api=f"{address}/bot",
            )
        )
        opened = Channel.of(services, Router(services, dialogue, words), Api(services.parts.settings))
        async with opened.running():
            yield opened
        services.close()


async def soon(look: Callable[[], Any], seconds: float = 30) -> Any:
    """What something comes to, as soon as it comes to anything."""
    deadline = time.monotonic() + seconds
    while not (found := look()):
        assert time.monotonic() < deadline, "it did not come"
        await asyncio.sleep(0.02)
    return found


def rows(channel: Channel, table: Any) -> list[Any]:
    with channel.services.parts.store.reading() as session:
        return list(session.scalars(select(table)))


def heard(person: Person, words: str) -> int:
    return sum(words in message.text for message in person.heard)


@pytest.mark.anyio
async def test_borrowers_talk_and_tap_while_the_desk_answers_them(channel, world, dialogue):
    services, people = channel.services, [Person(world, name) for name in ("Odalys", "Wilhelmina", "Kazuo")]
    mei = worker(services)
    titles = ("utter_button_other", "utter_button_it_is_me")
    choices = [Choice(title, intent).as_json() for title, intent in zip(titles, ("greet", "thank"), strict=True)]
    dialogue.replies = [{"response": "utter_greet", "facts": {}, "choices": choices}]
    for person in people:
        person.says("hello")
    shown = [await soon(lambda p=person: next((m for m in p.heard if m.buttons), None)) for person in people]
    chats = {row.chat_id: row.conversation_id for row in rows(channel, TelegramChat)}
    again = rows(channel, TelegramUpdate)[0].update_id
    dialogue.replies = [{"response": "utter_greet", "facts": {}, "choices": []}]

    taps = [
        asyncio.create_task(to_thread.run_sync(person.taps_data, next(iter(message.buttons.values())), message))
        for person, message in zip(people, shown, strict=True)
    ]
    cases = [services.cases.open(chats[person.chat.id], "request_human").reference for person in people]
    for word in TREES:
        for person in people:
            person.says(f"what about the {word}")
        answers = (
            to_thread.run_sync(services.casework.answer, mei, case, click(), f"The {word} is fine.") for case in cases
        )
        await asyncio.gather(*taps, *answers)
    await channel.intake.take([{"update_id": again, "message": people[0].sees[0].as_json()}])

    for person in people:
        await soon(lambda p=person: heard(p, TREES[-1]))
    await soon(lambda: all(row.reply is not None for row in rows(channel, Turn)))
    assert [heard(person, f"The {word} is fine.") for person in people for word in TREES] == [1] * 9
    assert not any("went wrong" in message.text for person in people for message in person.heard)
    assert rows(channel, Incident) == []
    assert len(rows(channel, Turn)) == 3 * 5
    assert [row.status for row in rows(channel, TelegramUpdate)] == ["done"] * 15
    await soon(lambda: {row.status for row in rows(channel, OutboxMessage) if row.kind == "agent"} == {"sent"})
    assert len([row for row in rows(channel, Case) if row.resolved_at is None]) == 3
    with services.parts.store.transaction() as session:
        assert audit.verify(session, services.parts.store.keyring) > 0


@pytest.mark.anyio
async def test_no_update_waits_for_a_transaction_that_is_open(channel, world):
    person = Person(world)
    person.says("hello")
    await soon(lambda: person.heard)
    store, newest = channel.services.parts.store, rows(channel, TelegramUpdate)[-1].update_id
    channel.intake.refuse("secret_wrong")
    message = {**person.sees[0].as_json(), "message_id": 901, "text": "while somebody writes"}

    with store.transaction() as session:
        session.get(TelegramChat, person.chat.id, with_for_update=True)
        session.get(TelegramUpdate, newest, with_for_update=True)
        count(session, channel.services.parts.now(), "secret_wrong")
        store.audit(session, channel.services.parts.now(), "tests", "meanwhile", "-")
        session.flush()
        await channel.intake.take([{"update_id": newest + 1, "message": message}])
        assert [row.update_id for row in rows(channel, TelegramUpdate)] == [newest, newest + 1]

    await soon(lambda: all(row.status == "done" for row in rows(channel, TelegramUpdate)))


@pytest.mark.anyio
async def test_nothing_that_is_counted_at_once_is_lost(channel):
    parts, together = channel.services.parts, threading.Barrier(8)

    def counts(_: int) -> None:
        together.wait()
        for _ in range(5):
            with parts.store.transaction() as session:
                count(session, parts.now(), "button_used")

    with ThreadPoolExecutor(8) as threads:
        list(threads.map(counts, range(8)))

    assert [(row.name, row.count) for row in rows(channel, TelegramCount)] == [("button_used", 40)]


@pytest.mark.anyio
async def test_one_at_a_time_chooses_what_leaves_next_for_a_chat(channel):
    store = channel.services.parts.store

    def may_choose(chat_id: int) -> bool:
        with store.transaction() as session:
            return in_line(session, chat_id, wait=False)

    with store.transaction() as session:
        assert in_line(session, 7)
        others = [await to_thread.run_sync(may_choose, chat_id) for chat_id in (7, 8)]

    assert others == [False, True]
    assert may_choose(7)
