"""The whole program, started for tests, and a borrower who talks to it over HTTP."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
import time
import uuid
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx

from bot.supervisor import free_port

ROOT = Path(__file__).resolve().parent.parent
ACCORD = [sys.executable, "-m", "bot.cli"]
START_SECONDS = 900


class Stack:
    """`accord run` in a home folder of its own."""

    def __init__(self, home: Path, **settings: str) -> None:
        self.home = home
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self.environment = {
            **{k: v for k, v in os.environ.items() if not k.startswith("ACCORD_")},
            "ACCORD_HOME": str(home),
            "ACCORD_PORT": str(self.port),
            **settings,
        }
        self.process: subprocess.Popen[bytes] | None = None

    @property
    def log(self) -> str:
        return (self.home / "run.log").read_text(encoding="utf-8", errors="replace")

    def start(self) -> None:
        """Starts the program and waits until every part is well."""
        self.home.mkdir(parents=True, exist_ok=True)
        with (self.home / "run.log").open("ab") as log:
            self.process = subprocess.Popen(
                [*ACCORD, "run"], cwd=ROOT, env=self.environment, stdout=log, stderr=log, start_new_session=True
            )
        self.wait_until_well()

    def wait_until_well(self, seconds: float = START_SECONDS) -> None:
        """Waits for 200 from /health; fails with the log where the program ends first."""
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline:
            if self.process is None or self.process.poll() is not None:
                raise AssertionError(f"the program ended:\n{self.log[-3000:]}")
            if self.health() == 200:
                return
            time.sleep(0.3)
        raise AssertionError(f"not well after {seconds} s:\n{self.log[-3000:]}")

    def health(self) -> int:
        """The status of /health; 0 where nobody answers."""
        try:
            return httpx.get(f"{self.url}/health", timeout=5).status_code
        except httpx.HTTPError:
            return 0

    def stop(self) -> int:
        """Stops the program as Ctrl-C does; returns its exit code."""
        if self.process is None or self.process.poll() is not None:
            return self.process.returncode if self.process else 0
        self.process.send_signal(signal.SIGINT)
        return self.process.wait(30)

    def accord(self, *words: str, code: int = 0, given: str | None = None) -> str:
        """Runs a command of the command line on this program's ledger; returns what it prints."""
        done = subprocess.run(
            [*ACCORD, *words], cwd=ROOT, env=self.environment, capture_output=True, text=True, input=given, check=False
        )
        assert done.returncode == code, done.stdout + done.stderr
        return done.stdout if code == 0 else done.stderr

    def account(self, number: str) -> dict[str, Any]:
        return json.loads(self.accord("account", "show", number, "--json"))

    def cases(self, conversation: str) -> list[dict[str, Any]]:
        """The cases of a conversation."""
        return [c for c in json.loads(self.accord("case", "list", "--json")) if c["conversation"] == conversation]

    def passcode(self, conversation: str) -> str | None:
        """The latest passcode that was sent to the borrower of a conversation."""
        sent = [
            row
            for row in json.loads(self.accord("outbox", "list", "--json"))
            if row["kind"] == "passcode" and row["conversation"] == conversation
        ]
        return re.search(r"\d{6}", sent[-1]["body"]).group() if sent else None

    def import_account(self, **fields: str) -> None:
        """Imports one account."""
        row = {
            "borrower_name": "Test Borrower",
            "phone": "+12025550199",
            "language": "en",
            "country": "US",
            "time_zone": "America/New_York",
            "currency": "USD",
            **fields,
        }
        path = self.home / f"{uuid.uuid4().hex}.csv"
        path.write_text(f"{','.join(row)}\n{','.join(row.values())}\n", encoding="utf-8")
        self.accord("import", str(path))


@dataclass
class Borrower:
    """Somebody who talks to the program over `/api/chat`."""

    stack: Stack
    conversation: str = field(default_factory=lambda: f"test-{uuid.uuid4().hex[:10]}")
    token: str | None = None
    buttons: list[dict[str, str]] = field(default_factory=list)
    last: list[dict[str, Any]] = field(default_factory=list)

    def say(self, text: str, message_id: str | None = None) -> str:
        """Says something; returns what the bot answers, messages joined by line breaks."""
        return self._send({"text": text}, message_id)

    def tap(self, title: str) -> str:
        """Taps the button with a title among those shown last."""
        button = next(b for b in self.buttons if b["title"] == title)
        return self._send({"button": button["id"]})

    def prove_identity(self, details: str) -> str:
        """Gives account and birth date, then the passcode that was sent."""
        self.say(details)
        code = self.stack.passcode(self.conversation)
        assert code, f"no passcode was sent: {self.last}"
        return self.say(code)

    def _send(self, said: dict[str, str], message_id: str | None = None) -> str:
        body = {"conversation": self.conversation, "token": self.token, "message_id": message_id, **said}
        answer = httpx.post(f"{self.stack.url}/api/chat", json=body, timeout=60)
        assert answer.status_code == 200, answer.text
        data = answer.json()
        self.token = data.get("token", self.token)
        self.last = data["messages"]
        self.buttons = next((m["buttons"] for m in reversed(self.last) if m.get("buttons")), self.buttons)
        return "\n".join(message["text"] for message in self.last)
