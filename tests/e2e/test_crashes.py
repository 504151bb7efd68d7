"""A process that dies in the middle of a turn: the conversation goes on, nothing is doubled, nothing is lost."""

from __future__ import annotations

import contextlib
import json
import os
import signal
import threading
import time
from collections.abc import Iterator

import httpx
import psutil
import pytest

from tests.stack import Borrower, Stack

pytestmark = pytest.mark.stack


@pytest.fixture(scope="module")
def fragile(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    """A program of its own, to be killed in parts."""
    running = Stack(tmp_path_factory.mktemp("fragile"))
    running.start()
    yield running
    running.stop()


def process_of(stack: Stack, part: str) -> psutil.Process:
    return next(
        child
        for child in psutil.Process(stack.process.pid).children(recursive=True)
        if part in " ".join(child.cmdline())
    )


def kill(stack: Stack, part: str) -> None:
    os.kill(process_of(stack, part).pid, signal.SIGKILL)


def late_answers(borrower: Borrower, seconds: float = 60) -> list[str]:
    """What arrives uninvited within some seconds; stops at the first message."""
    address = f"{borrower.stack.url}/api/chat/{borrower.conversation}/events"
    deadline = time.monotonic() + seconds
    patience = httpx.Timeout(10, read=seconds)
    with httpx.stream("GET", address, params={"token": borrower.token}, timeout=patience) as stream:
        for line in stream.iter_lines():
            if line.startswith("data: "):
                return [m["text"] for m in json.loads(line.removeprefix("data: "))["messages"]]
            if time.monotonic() > deadline:
                break
    return []


def at_the_read_back(stack: Stack, number: str) -> Borrower:
    stack.import_account(
        account_number=number,
        date_of_birth="1986-04-14",
        principal="1500.00",
        interest="0",
        fees="60.00",
        due_date="2026-08-20",
    )
    borrower = Borrower(stack)
    borrower.prove_identity(f"{number}, 14 April 1986")
    borrower.say("can I pay in instalments?")
    borrower.say("option 1")
    return borrower


def test_rasa_killed_in_the_middle_of_a_turn(fragile: Stack) -> None:
    borrower = at_the_read_back(fragile, "EN-73001")

    kill(fragile, "bot.dialogue.launcher")
    apology = borrower.say("yes, I agree")
    fragile.wait_until_well(120)
    late = late_answers(borrower)

    account = fragile.account("EN-73001")
    assert "Your message is safe" in apology
    assert "recorded" in late[0]
    assert len(account["plans"]) == 1
    assert [o["status"] for o in account["offers"]].count("accepted") == 1
    assert "next payment" in borrower.say("when is my next payment due?")


def test_the_service_killed_in_the_middle_of_a_turn(fragile: Stack) -> None:
    borrower = at_the_read_back(fragile, "EN-73002")

    def send() -> None:
        body = {"conversation": borrower.conversation, "token": borrower.token, "text": "yes", "message_id": "the-yes"}
        with contextlib.suppress(httpx.HTTPError):
            httpx.post(f"{fragile.url}/api/chat", json=body, timeout=10)

    sending = threading.Thread(target=send)
    sending.start()
    time.sleep(0.04)
    kill(fragile, "bot.service")
    sending.join()
    fragile.wait_until_well(120)
    answer = borrower.say("yes", message_id="the-yes")

    account = fragile.account("EN-73002")
    assert answer
    assert len(account["plans"]) == 1
    assert [o["status"] for o in account["offers"]].count("accepted") == 1
    assert "the chain is whole" in fragile.accord("audit", "verify")


def test_ctrl_c_stops_everything_that_was_started(fragile: Stack) -> None:
    started = [p.pid for p in psutil.Process(fragile.process.pid).children(recursive=True)]

    code = fragile.stop()

    assert len(started) == 2
    assert code == 0
    assert not [pid for pid in started if psutil.pid_exists(pid)]
