"""What a lender allows the bot to offer: the shape of ``policies/offers/*.yml``."""

from __future__ import annotations

from decimal import Decimal
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, model_validator

from bot.domain.debt import Debt
from bot.domain.money import Money, MoneyError, decimals
from bot.domain.schedule import FREQUENCIES, Frequency

Percent = Annotated[Decimal, Field(ge=0, le=100)]


class Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Range(Strict):
    """A range of days past due; both ends belong to it, an end left out is open."""

    least: int | None = Field(default=None, alias="from")
    most: int | None = Field(default=None, alias="to")

    @model_validator(mode="after")
    def _ends_after_it_begins(self) -> Range:
        if self.least is not None and self.most is not None and self.least > self.most:
            raise ValueError(f"no day lies from {self.least} to {self.most}")
        return self

    def holds(self, value: int) -> bool:
        return (self.least is None or value >= self.least) and (self.most is None or value <= self.most)


class PlanAuthority(Strict):
    """The instalment plans that may be agreed."""

    most_instalments: dict[Frequency, Annotated[int, Field(ge=1, le=520)]]
    smallest_instalment: dict[str, Decimal] = Field(description="by currency, in currency units")
    first_payment_within_days: Annotated[int, Field(ge=1, le=366)]
    least_down_payment_percent: Percent = Decimal(0)

    @model_validator(mode="after")
    def _currencies_exist(self) -> PlanAuthority:
        for currency, amount in self.smallest_instalment.items():
            try:
                decimals(currency)
                Money.parse(str(amount), currency)
            except MoneyError as error:
                raise ValueError(str(error)) from None
            if amount <= 0:
                raise ValueError(f"smallest_instalment for {currency} is more than nothing")
        if not self.most_instalments:
            raise ValueError(f"most_instalments names at least one of {', '.join(FREQUENCIES)}")
        return self

    def smallest(self, currency: str) -> Money:
        """The smallest instalment in a currency; one minor unit where the policy names none."""
        amount = self.smallest_instalment.get(currency)
        return Money(1, currency) if amount is None else Money.parse(str(amount), currency)


class SettlementAuthority(Strict):
    """Payment in full, soon, with a part of the fees taken off."""

    within_days: Annotated[int, Field(ge=0, le=366)]
    waive_fees_percent: Percent


class PromiseAuthority(Strict):
    """One payment at a later date."""

    within_days: Annotated[int, Field(ge=0, le=366)]
    least_percent: Percent = Decimal(0)


class Segment(Strict):
    """Which accounts the authority is for, and what it is."""

    name: str
    days_past_due: Range = Range()
    plan: PlanAuthority
    settlement: SettlementAuthority
    promise: PromiseAuthority


class OfferPolicy(Strict):
    """One policy file. ``version`` is the hash of its content, set by whoever reads it."""

    name: str
    description: str = ""
    rounds: Annotated[int, Field(ge=1, le=10)]
    opening_percent: Percent = Field(description="share of the authority that the first offers use")
    offer_lifetime_hours: Annotated[int, Field(ge=1, le=24 * 90)]
    segments: Annotated[list[Segment], Field(min_length=1)]
    version: str = ""

    def segment(self, debt: Debt, days_past_due: int) -> Segment | None:
        """The first segment that the debt falls into; None where nothing may be offered."""
        return next((s for s in self.segments if s.days_past_due.holds(days_past_due)), None)
