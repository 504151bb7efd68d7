"""How likely it is that terms are kept, and what they are worth to a lender because of it.

A borrower who keeps to terms may break off in any month with a chance that depends on how heavy the payments are,
how old the arrears are, and how earlier agreements went (logistic, as in discrete-time survival models; D. R. Cox,
"Regression Models and Life-Tables", 1972). What is expected of terms is then a sum over payments. The parameters are
in ``policies/keeping.yml``: assumptions to begin with, to be fitted to a lender's own history. Whatever has a
``break_chance`` can stand in their place, a trained model too. Figures here are scores, never money: nothing that a
borrower reads comes from them.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from decimal import Decimal
from typing import Annotated, Protocol

from pydantic import Field

from bot.domain.policy import Strict

MONTH = 365.25 / 12
HEAVIEST = 2.0  # a payment above twice of what somebody has left is as heavy as twice
OLDEST = 4.0  # arrears count up to a year, in units of 90 days
SUREST = 12.0  # log-odds beyond this are as good as certain, and would cost the sums below their exactness

Weight = Annotated[float, Field(ge=-20, le=20)]


@dataclass(frozen=True)
class Record:
    """How earlier agreements of an account went, and what is known of the borrower's means."""

    broken: int = 0
    kept: int = 0
    hardship: bool = False


@dataclass(frozen=True)
class Shape:
    """Terms as far as their worth depends on them; amounts as shares of what is owed, times in days."""

    count: int
    each: float
    every: float = 0.0
    starts_in: float = 0.0
    down: float = 0.0
    saved: float = 0.0

    @property
    def a_month(self) -> float:
        """What is paid in a month, at most all."""
        if self.count == 1:
            return self.each
        return self.each * (MONTH / self.every if self.every else 1.0)


class KeepingModel(Protocol):
    """Anything that knows how likely somebody breaks off in a month."""

    @property
    def recovery(self) -> float:
        """The share of what is left that still comes in after terms were broken."""

    @property
    def discount(self) -> float:
        """What a payment a month from now is worth today."""

    def break_chance(self, burden: float, days_past_due: int, record: Record) -> float:
        """The chance to break off in a month. ``burden``: payments a month over what somebody has left."""

    def burden(self, shape: Shape, surplus: float | None) -> float:
        """How heavy terms are; ``surplus``: what somebody has left a month, as a share of what is owed."""


class KeepingRules(Strict):
    """The parameters in ``policies/keeping.yml``: log-odds for breaking off in a month, and what follows."""

    base: Weight = -3.6
    burden_weight: Weight = 1.1
    arrears_weight: Weight = 0.25
    broken_weight: Weight = 0.6
    kept_weight: Weight = -0.4
    hardship_weight: Weight = 0.3
    usual_payment_percent: Annotated[Decimal, Field(gt=0, le=100)] = Decimal(25)
    recovery_percent: Annotated[Decimal, Field(ge=0, le=100)] = Decimal(25)
    discount_percent_a_year: Annotated[Decimal, Field(ge=0, le=1000)] = Decimal(12)

    @property
    def recovery(self) -> float:
        return float(self.recovery_percent) / 100

    @property
    def discount(self) -> float:
        return float((1 + float(self.discount_percent_a_year) / 100) ** (-1 / 12))

    def break_chance(self, burden: float, days_past_due: int, record: Record) -> float:
        odds = (
            self.base
            + self.burden_weight * min(burden, HEAVIEST)
            + self.arrears_weight * min(max(days_past_due, 0) / 90, OLDEST)
            + self.broken_weight * min(record.broken, 3)
            + self.kept_weight * min(record.kept, 3)
            + self.hardship_weight * record.hardship
        )
        return 1 / (1 + math.exp(-min(max(odds, -SUREST), SUREST)))

    def burden(self, shape: Shape, surplus: float | None) -> float:
        if surplus is not None:
            return HEAVIEST if surplus <= 0 else shape.a_month / surplus
        if shape.count == 1:
            return 1.0  # who takes a single payment has the means for it, or knows where to get them
        return shape.a_month / (float(self.usual_payment_percent) / 100)


def chance_kept(
    shape: Shape, model: KeepingModel, days_past_due: int, record: Record, surplus: float | None = None
) -> float:
    """The chance that every payment is made, 0 to 1."""
    broken = model.break_chance(model.burden(shape, surplus), days_past_due, record)
    months = (shape.starts_in + shape.every * (shape.count - 1)) / MONTH
    return float((1 - broken) ** max(months, 0.25))


def expected_share(
    shape: Shape, model: KeepingModel, days_past_due: int, record: Record, surplus: float | None = None
) -> float:
    """What is expected to come in under terms, as a share of what is owed, in today's worth.

    With q the chance to go on from payment to payment, v what a payment that much later is worth, a the payment and
    r the recovery: the sum over k of a (qv)^k, and r times what is left where it ends, each term a geometric or
    arithmetic-geometric series in y = qv.
    """
    broken = model.break_chance(model.burden(shape, surplus), days_past_due, record)
    monthly, discount = 1 - broken, model.discount
    wait = max(shape.starts_in, 1.0) / MONTH
    reached, worth = monthly**wait, discount**wait
    whole = 1.0 - shape.down
    came = shape.down * monthly ** (1 / MONTH)
    lost = model.recovery * worth * whole * (1 - reached)
    if shape.count == 1:
        return float(came + lost + reached * worth * shape.each)
    step = shape.every / MONTH
    go_on, later = monthly**step, discount**step
    y, n = go_on * later, shape.count
    power = y**n
    came += reached * worth * shape.each * (1 - power) / (1 - y)
    # Broken off after the j-th payment, j from 1 to n - 1: what is left then comes in at the rate of recovery.
    last = n - 1
    power = y**last
    plain = y * (1 - power) / (1 - y)
    weighted = y * (1 - (last + 1) * power + last * power * y) / (1 - y) ** 2
    ends = reached * worth * (1 - go_on) / go_on
    lost += model.recovery * ends * (whole * plain - shape.each * weighted)
    return float(came + lost)
