"""Many borrowers at once on a Telegram that fails now and then, while the service is killed now and then.

    python -m tests.telegram.load [--borrowers 1000] [--messages 4] [--kills 0] [--webhook] [--seed 1]
        [--own-time | --burst]

The real service process with its own ledger, the stand-in for Telegram, and in Rasa's place something that answers each
message with its own words, so that every answer can be told from every other. Afterwards each message has to have had
each part of its answer once, in the order in which the messages were sent. Writes reports/telegram-….json.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import shutil
import signal
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
import uvicorn
from starlette.applications import Starlette
from starlette.requests import ClientDisconnect, Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from bot.settings import ROOT
from bot.supervisor import free_port
from tests.telegram.person import Person
from tests.telegram.server import serving
from tests.telegram.stack import SECRET
from tests.telegram.world import Faults, Message, Telegram

# What the requirement names: 2 % duplicates, 2 % reordering, 5 % 429s and 1 % 500s.
HARD = {"duplicated": 0.02, "reordered": 0.02, "rate_limits": 0.05, "server_errors": 0.01}
TWICE, BUTTON = "in two parts", "with a button"
TITLE = "utter_button_it_is_me"
START_SECONDS = 120
KILLED_EARLY = 0.003  # by chance at each look, twenty of which are taken in a second


# -- In Rasa's place


def replies(text: str, tap: dict[str, Any] | None) -> list[dict[str, Any]]:
    """Every answer is made of the words that it answers."""
    if tap:
        return [_echo(f"{tap['entities'][0]['value']} tapped")]
    if text.endswith(TWICE):
        return [_echo(f"{text} first"), _echo(f"{text} second")]
    if text.endswith(BUTTON):
        echo = [{"entity": "echo", "value": text}]
        choice = {"title": TITLE, "intent": "provide_identity", "entities": echo, "offer_id": None, "facts": {}}
        return [_echo(text, [choice])]
    return [_echo(text)]


def _echo(text: str, choices: list[dict[str, Any]] | None = None) -> dict[str, Any]:
    return {"response": "utter_disclosure", "facts": {"parts": [text]}, "choices": choices or []}


@contextmanager
def echoing() -> Iterator[str]:
    """Serves what answers in Rasa's place; gives its address."""

    async def turn(request: Request) -> Response:
        try:
            body = await request.json()
        except ClientDisconnect:  # the service was killed in the middle of its question
            return Response()
        said = [{"custom": reply} for reply in replies(body["text"], body["tap"])]
        return JSONResponse({"messages": said, "intent": "greet", "confidence": 0.9})

    async def ready(request: Request) -> Response:
        return JSONResponse({"status": "ok"})

    routes = [Route("/webhooks/accord/", ready), Route("/webhooks/accord/turn", turn, methods=["POST"])]
    port = free_port()
    config = uvicorn.Config(Starlette(routes=routes), port=port, log_config=None, access_log=False)
    server = uvicorn.Server(config)
    thread = threading.Thread(target=server.run, daemon=True, name="echo")
    thread.start()
    try:
        yield f"http://127.0.0.1:{port}"
    finally:
        server.should_exit = True
        thread.join(10)


# -- The service


class Service:
    """The service process alone, with a ledger of its own."""

    def __init__(self, home: Path, telegram: Telegram, address: str, dialogue: str, webhook: bool = False) -> None:
        self.home = home
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self.environment = {
            **{k: v for k, v in os.environ.items() if not k.startswith("ACCORD_")},
            "PYTHONPATH": str(ROOT),
            "ACCORD_HOME": str(home),
            "ACCORD_PORT": str(self.port),
            "ACCORD_SAMPLE_PORTFOLIO": "false",
            "ACCORD_ACTIONS_PORT": str(free_port()),
            "ACCORD_DIALOGUE_URL": dialogue,
            "ACCORD_DIALOGUE_TOKEN": "for-tests",
            "ACCORD_TELEGRAM_TOKEN": telegram.token,
            "ACCORD_TELEGRAM_API": f"{address}/bot",
        }
        if webhook:
            self.environment["ACCORD_TELEGRAM_WEBHOOK_URL"] = f"{self.url}/telegram"
            self.environment["ACCORD_TELEGRAM_SECRET"] = SECRET
        self.process: subprocess.Popen[bytes] | None = None

    @property
    def log(self) -> str:
        path = self.home / "service.log"
        return path.read_text(encoding="utf-8", errors="replace") if path.exists() else ""

    def start(self) -> None:
        self.home.mkdir(parents=True, exist_ok=True)
        with (self.home / "service.log").open("ab") as log:
            command = [sys.executable, "-m", "bot.service"]
            self.process = subprocess.Popen(
                command, cwd=ROOT, env=self.environment, stdout=log, stderr=log, start_new_session=True
            )

    def wait_until_well(self) -> None:
        deadline = time.monotonic() + START_SECONDS
        while time.monotonic() < deadline:
            assert self.process is not None
            assert self.process.poll() is None, f"the service ended:\n{self.log[-3000:]}"
            try:
                if httpx.get(f"{self.url}/health", timeout=5).status_code == 200:
                    return
            except httpx.HTTPError:
                pass
            time.sleep(0.1)
        raise AssertionError(f"the service is not well:\n{self.log[-3000:]}")

    def kill(self) -> None:
        """Ends the process as a power cut would: at once, with nothing put away."""
        assert self.process is not None
        os.kill(self.process.pid, signal.SIGKILL)
        self.process.wait()

    def stop(self) -> None:
        if self.process is not None and self.process.poll() is None:
            self.process.terminate()
            try:
                self.process.wait(15)
            except subprocess.TimeoutExpired:
                self.process.kill()


@contextmanager
def on_its_own(telegram: Telegram, webhook: bool) -> Iterator[Service]:
    """A service that is yet to be started, on a Telegram, with what answers in Rasa's place, until the block ends."""
    with tempfile.TemporaryDirectory() as folder, serving(telegram) as address, echoing() as dialogue:
        service = Service(Path(folder), telegram, address, dialogue, webhook)
        try:
            yield service
        finally:
            service.stop()


# -- The borrowers


@dataclass
class Talker:
    """Somebody who writes one, two or three messages in a row, waits for the answers, taps a button, writes again."""

    person: Person
    name: str
    random: random.Random
    messages: int
    said: list[str] = field(default_factory=list)
    expected: list[str] = field(default_factory=list)
    updates: list[int] = field(default_factory=list)
    to_tap: str = ""

    def step(self) -> bool:
        """Does the next thing if the last one is answered; whether everything is said and answered."""
        if not self.is_answered():
            return False
        if self.to_tap:
            shown = next((m for m in reversed(self.person.sees) if m.by_bot and m.buttons), None)
            if shown is None:
                return False
            self.updates.append(self.person.taps_data(next(iter(shown.buttons.values())), shown))
            self.expected.append(f"{self.to_tap} tapped")
            self.to_tap = ""
            return False
        if len(self.said) >= self.messages:
            return True
        for _ in range(min(self.random.choice((1, 1, 2, 3)), self.messages - len(self.said))):
            if self.to_tap:
                break
            self._say()
        return False

    def is_answered(self) -> bool:
        return not self.expected or any(text == self.expected[-1] for text, _ in self.heard()[-8:])

    def _say(self) -> None:
        text = f"{self.name} {letters(len(self.said))}"
        kind = self.random.random()
        if kind < 0.15:
            text = f"{text} {TWICE}"
            self.expected += [f"{text} first", f"{text} second"]
        else:
            if kind < 0.30:
                text = f"{text} {BUTTON}"
                self.to_tap = text
            self.expected.append(text)
        self.said.append(text)
        self.updates.append(self.person.says(text))

    def heard(self) -> list[tuple[str, Message]]:
        """What the bot wrote, as it was before any edit."""
        return [(m.before[0][0] if m.before else m.text, m) for m in self.person.chat.messages if m.by_bot]

    def problems(self) -> list[str]:
        """What is missing, doubled, out of order, or was never expected."""
        heard = [text for text, _ in self.heard()]
        counted = Counter(heard)
        wanted = set(self.expected)
        found = [f"missing: {text}" for text in self.expected if counted[text] == 0]
        found += [f"{counted[text]} times: {text}" for text in self.expected if counted[text] > 1]
        found += [f"unexpected: {text}" for text in heard if text not in wanted and not is_opening(text)]
        in_order = list(dict.fromkeys(text for text in heard if text in wanted))
        if not found and in_order != self.expected:
            found.append(f"out of order: {in_order} instead of {self.expected}")
        if sum(is_opening(text) for text in heard) > 1:
            found.append(f"opened {sum(is_opening(text) for text in heard)} times")
        return found


def is_opening(text: str) -> bool:
    """Whether a message is what every conversation begins with: that a machine is writing."""
    return text.startswith("Hello, I'm Accord")


def letters(number: int) -> str:
    """A number as letters, since a figure in an answer has to be a fact."""
    return "".join("bcdfghjklmnpqrstvwxz"[int(digit)] for digit in str(number))


# -- Playing


def play(
    telegram: Telegram, service: Service, talkers: list[Talker], *, kills: int = 0, seed: int = 1, patience: float = 120
) -> dict[str, Any]:
    """Lets everybody talk until all is answered, killing the service at random moments; gives the figures.

    Nobody stops talking before the last kill.
    ``patience``: seconds without any new message after which it is given up.
    """
    moments = random.Random(seed)  # noqa: S311
    begun = time.monotonic()
    service.start()
    killed, next_kill, calls_then = 0, None, 0
    quiet_since, seen, told = time.monotonic(), 0, time.monotonic()
    waiting = list(talkers)
    while waiting:
        talking = []
        for talker in waiting:
            if talker.step():
                if killed == kills:
                    continue
                talker.messages += 1  # so that every kill falls among messages
            talking.append(talker)
        waiting = talking
        if killed < kills and next_kill is None:
            # Most die in the midst of their work, some as they start.
            if len(telegram.calls) > calls_then + 10:
                next_kill = time.monotonic() + moments.uniform(0, 5)
            elif moments.random() < KILLED_EARLY:
                next_kill = time.monotonic() + moments.uniform(0, 3)
        if killed < kills and next_kill is not None and time.monotonic() >= next_kill:
            service.kill()
            service.start()
            killed, next_kill, calls_then = killed + 1, None, len(telegram.calls)
            quiet_since = time.monotonic()
        elif service.process is not None and service.process.poll() is not None:
            raise AssertionError(f"the service ended by itself:\n{service.log[-3000:]}")
        now_seen = sum(call.code == 200 for call in telegram.calls)
        if now_seen != seen:
            quiet_since, seen = time.monotonic(), now_seen
        if time.monotonic() - quiet_since > patience:
            break
        if time.monotonic() - told > 20:
            told = time.monotonic()
            print(f"  {len(waiting)} still talk, {now_seen} calls, {killed} kills", file=sys.stderr, flush=True)
        time.sleep(0.05)
    seconds = time.monotonic() - begun
    time.sleep(5)  # whatever would come twice has time to come
    problems = {talker.name: found for talker in talkers if (found := talker.problems())}
    return {
        "borrowers": len(talkers),
        "updates": len(telegram.made),
        "messages": sum(len(talker.heard()) for talker in talkers),
        "kills": killed,
        "seconds": round(seconds, 1),
        "refused": dict(Counter(f"{call.code} {call.method}" for call in telegram.calls if call.code != 200)),
        "impatient": telegram.impatient,
        "left_waiting": len(telegram.waiting),
        "fastest_second": fastest(telegram),
        "acknowledged": acknowledged(telegram),
        "problems": problems,
    }


def fastest(telegram: Telegram) -> int:
    """The most messages that were sent in any one second."""
    times = sorted(call.at for call in telegram.calls if call.message and call.method.startswith("send"))
    most, first = 0, 0
    for last, at in enumerate(times):
        while at - times[first] > 1:
            first += 1
        most = max(most, last - first + 1)
    return most


def acknowledged(telegram: Telegram) -> dict[str, float]:
    """Milliseconds in which deliveries to the webhook were acknowledged; nothing where there were none."""
    times = sorted(seconds * 1000 for seconds in telegram.acknowledged)
    if not times:
        return {}
    return {
        "median_ms": round(statistics.median(times), 1),
        "p95_ms": round(times[int(len(times) * 0.95)], 1),
        "largest_ms": round(times[-1], 1),
        "count": len(times),
    }


def own_time(telegram: Telegram, count: int = 60) -> dict[str, float]:
    """Milliseconds from the delivery of an update to the call that answers it, one borrower after another.

    What stands in Rasa's place answers at once; the way there and back is in these times.
    """
    people = [Person(telegram, f"Borrower {number}") for number in range(count)]
    for person in people:
        person.says("hello")
    for person in people:
        person.hears(2, 120)
    time.sleep(2)  # so that the pace of the chat keeps nobody waiting
    times = []
    for number, person in enumerate(people):
        update = person.says(f"again {letters(number)}")
        answer = person.hears(1)[0]
        call = next(c for c in reversed(telegram.calls) if c.message == answer.id)
        times.append((call.at - telegram.delivered[update]) * 1000)
        time.sleep(0.1)
    return {
        "median_ms": round(statistics.median(times), 1),
        "p95_ms": round(sorted(times)[int(len(times) * 0.95)], 1),
        "count": count,
    }


def burst(telegram: Telegram, count: int) -> dict[str, Any]:
    """How soon everything is acknowledged and everybody answered where many write for the first time at once."""
    first = Person(telegram, "Borrower first")
    for said in ("hello", "hello again"):
        first.says(said)
        first.hears(1, 60)
    time.sleep(2)
    telegram.acknowledged.clear()
    people = [Person(telegram, f"Borrower {number}") for number in range(count)]
    begun = time.monotonic()
    for person in people:
        person.says("hello")
    for person in people:
        person.hears(2, 600)
    return {"borrowers": count, "seconds": round(time.monotonic() - begun, 1), "acknowledged": acknowledged(telegram)}


def crowd(telegram: Telegram, count: int, messages: int, seed: int) -> list[Talker]:
    """Borrowers with names of letters, each with their own chance."""
    return [
        Talker(Person(telegram, f"Borrower {n}"), letters(n), random.Random(seed * 100_003 + n), messages)  # noqa: S311
        for n in range(count)
    ]


def main() -> None:
    """Plays as the command line says; ends with 1 where anything was lost, doubled or out of order."""
    parser = argparse.ArgumentParser(description="Many borrowers at once on Telegram")
    parser.add_argument("--borrowers", type=int, default=1000)
    parser.add_argument("--messages", type=int, default=4, help="of each borrower")
    parser.add_argument("--kills", type=int, default=0)
    parser.add_argument("--webhook", action="store_true")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--own-time", action="store_true", help="measure the way of one message instead")
    parser.add_argument("--burst", action="store_true", help="measure how first messages at once are acknowledged")
    given = parser.parse_args()
    quiet = given.own_time or given.burst
    telegram = Telegram(faults=Faults(seed=given.seed) if quiet else Faults(**HARD, seed=given.seed))
    figures: dict[str, Any] = {}
    with on_its_own(telegram, given.webhook) as service:
        if quiet:
            service.start()
            service.wait_until_well()
        if given.burst:
            figures = burst(telegram, given.borrowers)
        elif given.own_time:
            figures = {**own_time(telegram), "acknowledged": acknowledged(telegram)}
        else:
            talkers = crowd(telegram, given.borrowers, given.messages, given.seed)
            figures = play(telegram, service, talkers, kills=given.kills, seed=given.seed)
        log = service.log
        if figures.get("problems"):  # what was going on, for whoever looks for the cause
            shutil.copytree(service.home, ROOT / "reports" / "telegram-problems", dirs_exist_ok=True)
    figures["mode"] = "webhook" if given.webhook else "polling"
    figures["token_in_log"] = telegram.token.split(":")[1] in log
    name = "burst" if given.burst else "own-time" if given.own_time else "kills" if given.kills else "load"
    (ROOT / "reports").mkdir(exist_ok=True)
    report = ROOT / "reports" / f"telegram-{name}-{figures['mode']}.json"
    report.write_text(json.dumps(figures, indent=2, ensure_ascii=False) + "\n")
    print(json.dumps(figures, indent=2, ensure_ascii=False))
    sys.exit(bool(figures.get("problems")) or figures["token_in_log"])


if __name__ == "__main__":
    main()
