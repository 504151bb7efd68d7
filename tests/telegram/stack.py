"""The whole program on the stand-in for Telegram, by polling or by webhook."""

from __future__ import annotations

import json
import re
from pathlib import Path

from tests.stack import Stack
from tests.telegram.person import Person
from tests.telegram.world import Telegram

SECRET = "a-secret-that-only-Telegram-knows_01"


class TelegramStack(Stack):
    """`accord run` with a bot. ``address``: where the stand-in is served."""

    def __init__(self, home: Path, telegram: Telegram, address: str, *, webhook: bool = False) -> None:
        super().__init__(home, ACCORD_TELEGRAM_TOKEN=telegram.token, ACCORD_TELEGRAM_API=f"{address}/bot")
        self.telegram = telegram
        self.webhook_url = f"{self.url}/telegram" if webhook else ""
        if webhook:
            self.environment |= {"ACCORD_TELEGRAM_WEBHOOK_URL": self.webhook_url, "ACCORD_TELEGRAM_SECRET": SECRET}

    def code_for(self, person: Person) -> str:
        """The latest passcode that was sent to a person's phone."""
        rows = json.loads(self.accord("outbox", "list", "--json"))
        sent = [r["body"] for r in rows if r["kind"] == "passcode" and r["address"] == person.phone]
        assert sent, f"no passcode was sent to {person.phone}; they see:\n{person.transcript()}"
        return re.search(r"\d{6}", sent[-1]).group()

    def prove_identity(self, person: Person, details: str) -> str:
        """A person gives account and birth date, then the passcode; what is answered."""
        person.says(details)
        person.answer()
        person.says(self.code_for(person))
        return person.answer()
