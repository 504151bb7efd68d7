"""Terms that can be offered, accepted and kept: plans, settlements and promises."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from itertools import pairwise
from typing import Any, Literal

from bot.domain.debt import COMPONENTS, Balance
from bot.domain.money import Money
from bot.domain.schedule import Frequency, Instalment

Kind = Literal["plan", "settlement", "promise"]


@dataclass(frozen=True)
class Terms:
    """One complete proposal: what is paid when, what is waived once all of it is paid, and by which rule.

    A plan pays the whole debt in instalments, a settlement in one payment,
    a promise is one payment that may leave a remainder. ``waived`` is taken off, by component, with the last
    payment; the interest of the schedule is what is added meanwhile where it goes on and every payment is in time.
    A single payment may name the time of day (HH:MM or a range of them) and the channel for its reminder.
    """

    kind: Kind
    owed: Money
    schedule: tuple[Instalment, ...]
    waived: Balance
    rule: str
    frequency: Frequency | None = None
    at_time: str = ""
    channel: str = ""

    def __post_init__(self) -> None:
        if not self.schedule:
            raise ValueError("terms have at least one payment")
        if any(payment.amount.minor <= 0 for payment in self.schedule):
            raise ValueError("every payment is more than nothing")
        if any(getattr(self.waived, name).minor < 0 for name in COMPONENTS):
            raise ValueError("a waiver is never less than nothing")
        if self.kind != "promise" and self.to_pay + self.saved != self.owed + self.added:
            raise ValueError("the payments and the waiver sum to what is owed")
        if self.kind == "promise" and self.to_pay > self.owed:
            raise ValueError("a promise is at most what is owed")

    @cached_property
    def to_pay(self) -> Money:
        return sum((p.amount for p in self.schedule), start=Money.zero(self.owed.currency))

    @cached_property
    def saved(self) -> Money:
        """What is waived once everything is paid."""
        return self.waived.total

    @cached_property
    def added(self) -> Money:
        """The interest that is added while the terms are kept."""
        return sum((p.interest for p in self.schedule if p.interest), start=Money.zero(self.owed.currency))

    @property
    def remaining(self) -> Money:
        """What is still owed after every payment and the waiver."""
        return self.owed + self.added - self.to_pay - self.saved

    @property
    def down_payment(self) -> Money | None:
        return self.schedule[0].amount if self.schedule[0].down_payment else None

    @property
    def instalments(self) -> tuple[Instalment, ...]:
        """The payments without the down payment."""
        return tuple(p for p in self.schedule if not p.down_payment)

    @property
    def on_paydays(self) -> bool:
        """Whether instalments fall on two days of each month rather than every fortnight; month ends count as one."""
        days = [row.due_on for row in self.instalments]
        gaps = {(later - earlier).days for earlier, later in pairwise(days)}
        return self.frequency == "biweekly" and gaps != {14} and len({31 if d.day > 27 else d.day for d in days}) <= 2

    @property
    def ends_on(self) -> date:
        return self.schedule[-1].due_on

    def as_json(self) -> dict[str, Any]:
        return {
            "kind": self.kind,
            "owed": self.owed.as_json(),
            "to_pay": self.to_pay.as_json(),
            "waived": self.waived.as_json(),
            "waived_fees": self.waived.fees.as_json(),
            "interest_to_come": self.added.as_json(),
            "remaining": self.remaining.as_json(),
            "frequency": self.frequency,
            "rule": self.rule,
            "at_time": self.at_time,
            "channel": self.channel,
            "schedule": [payment.as_json() for payment in self.schedule],
        }

    @classmethod
    def from_json(cls, data: dict[str, Any]) -> Terms:
        def money(value: dict[str, str]) -> Money:
            return Money.parse(value["amount"], value["currency"])

        return cls(
            kind=data["kind"],
            owed=money(data["owed"]),
            schedule=tuple(
                Instalment(
                    row["number"],
                    date.fromisoformat(row["due_on"]),
                    money(row["amount"]),
                    row["down_payment"],
                    money(row["interest"]) if "interest" in row else None,
                )
                for row in data["schedule"]
            ),
            waived=Balance(**{name: money(data["waived"][name]) for name in COMPONENTS}),
            rule=data["rule"],
            frequency=data["frequency"],
            at_time=data.get("at_time", ""),
            channel=data.get("channel", ""),
        )


def number_payments(
    payments: Sequence[tuple[date, Money]], down_payment: bool, interest: Sequence[Money] = ()
) -> tuple[Instalment, ...]:
    """Numbers payments in the order of the schedule; the first is the down payment where there is one."""
    return tuple(
        Instalment(index + 1, due_on, amount, down_payment and index == 0, interest[index] if interest else None)
        for index, (due_on, amount) in enumerate(payments)
    )
