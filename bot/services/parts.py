"""What every use case stands on: the store, the clock, the policies."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

from bot.domain.handover import HandoverRules
from bot.domain.hardship import Hardship
from bot.domain.keeping import KeepingRules
from bot.domain.lender import Lender
from bot.domain.policy import OfferPolicy
from bot.policy_files import Rereading
from bot.settings import Settings
from bot.store.database import Store

# Puts a response into words: its name, facts, the language and country of whoever reads it.
Say = Callable[[str, Mapping[str, Any], str, str | None], str]


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
    hardship: Hardship
    lender: Lender
    say: Say

    def now(self) -> datetime:
        return self.clock()

    def today(self, time_zone: str) -> date:
        """The day that it is for somebody in a time zone."""
        return self.clock().astimezone(ZoneInfo(time_zone)).date()


def new_id(prefix: str) -> str:
    """An opaque id that cannot be guessed."""
    return f"{prefix}_{secrets.token_urlsafe(15)}"
