"""Links into the chat, for letters and reminders. What stands behind ``?start=`` proves and reveals nothing."""

from __future__ import annotations

from datetime import timedelta
from typing import Literal

from sqlalchemy import select

from bot.services.accounts import UnknownAccount
from bot.services.parts import Parts, new_id
from bot.store.tables import TelegramLink

Opened = Literal["good", "gone"]
REMINDER = "r"
LONGEST_DAYS = 366


class Links:
    """Making links for one borrower each, and opening them."""

    def __init__(self, parts: Parts) -> None:
        self.parts = parts

    def make(self, account_id: int | None, days: int) -> str:
        """A new payload for an account, good for so many days. Raises UnknownAccount."""
        if account_id is None:
            raise UnknownAccount("there is no such account")
        payload, now = new_id(REMINDER), self.parts.now()
        with self.parts.store.transaction() as session:
            session.add(
                TelegramLink(
                    payload_hash=self._hash(payload),
                    account_id=account_id,
                    created_at=now,
                    expires_at=now + timedelta(days=days),
                )
            )
            self.parts.store.audit(session, now, "operator", "telegram_link_made", "-", account=account_id)
        return payload

    def open(self, payload: str) -> Opened:
        """Whether a link leads anywhere still; when it was first opened is noted."""
        now = self.parts.now()
        with self.parts.store.transaction() as session:
            link = session.scalars(
                select(TelegramLink).where(TelegramLink.payload_hash == self._hash(payload))
            ).one_or_none()
            if link is None or link.expires_at <= now:
                return "gone"
            link.used_at = link.used_at or now
            return "good"

    def _hash(self, payload: str) -> str:
        return self.parts.store.keyring.keyed_hash(payload, "telegram link")
