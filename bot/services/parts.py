"""What every use case stands on: the store, the clock, the policies."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

from bot.domain.contact import ContactPack, Packs
from bot.domain.desk import DeskRules
from bot.domain.guard import Guard, Reader
from bot.domain.handover import HandoverRules
from bot.domain.hardship import Hardship
from bot.domain.keeping import KeepingRules
from bot.domain.lender import Lender
from bot.domain.policy import OfferPolicy
from bot.policy_files import Rereading
from bot.settings import Settings
from bot.store.database import Store
from bot.store.tables import Account

# Puts a response into words: its name, facts, the language, country and time zone of whoever reads it, and which of
# its phrasings (`bot.services.conversations.phrasings_of`); returns the text and how figures are written in it.
Say = Callable[[str, Mapping[str, Any], str, str | None, str, int], tuple[str, Reader]]
# Puts the payments of a schedule into a table, for the same reader: its caption, columns and rows.
Tabulate = Callable[[Sequence[Mapping[str, Any]], str, str | None, str], dict[str, Any]]


@dataclass(frozen=True)
class Parts:
    """The parts that services share; put together in `bot.bootstrap`.

    ``clock`` gives the aware time in UTC; ``policy`` reads the offer policy in force now,
    ``keeping`` what is assumed of how terms are kept.
    """

    store: Store
    settings: Settings
    clock: Callable[[], datetime]
    policy: Rereading[OfferPolicy]
    keeping: Callable[[], KeepingRules]
    handover: HandoverRules
    desk: DeskRules
    hardship: Hardship
    lender: Lender
    guard: Guard
    packs: Packs
    say: Say
    tabulate: Tabulate

    def now(self) -> datetime:
        return self.clock()

    def today(self, time_zone: str) -> date:
        """The day that it is for somebody in a time zone."""
        return self.clock().astimezone(ZoneInfo(time_zone)).date()

    def contact(self, code: str | None) -> ContactPack:
        """The rules of contact in force now for a jurisdiction or country; the strictest for one that is not known."""
        return self.packs.of(code, self.clock().date())

    def contact_of(self, account: Account | None) -> ContactPack:
        """The rules of contact for an account; while it is not known whose it is, the strictest."""
        return self.contact(account.jurisdiction or account.country if account else None)


def new_id(prefix: str) -> str:
    """An opaque id that cannot be guessed."""
    return f"{prefix}_{secrets.token_urlsafe(15)}"
