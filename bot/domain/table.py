"""The table of a negotiation: the debt, the authority, what is known of the borrower, and how far it has come."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import Decimal
from functools import cached_property

from bot.domain.affordability import limit_per
from bot.domain.calendar import BusinessCalendar
from bot.domain.debt import COMPONENTS, Balance, Debt
from bot.domain.keeping import KeepingModel, KeepingRules, Record
from bot.domain.money import Money
from bot.domain.policy import Authority, OfferPolicy, Role, Segment, Waivers
from bot.domain.schedule import DAYS_IN, FREQUENCIES, Frequency

DAYS_OF = {**DAYS_IN, "monthly": 30}


@dataclass(frozen=True)
class Table:
    """A negotiation at one moment, for the role that sits at it.

    ``conceded``: the share of the authority that is offered unasked, 0 to 1; None: the opening's.
    ``moves``: the terms that the borrower named so far, in order: the round, their features and their value to the
    lender, as `bot.domain.rounds` measures them.
    ``surplus``: what the borrower declared to have left in a month; no payment of a plan is above it.
    """

    debt: Debt
    policy: OfferPolicy
    segment: Segment
    today: date
    round: int = 1
    conceded: Decimal | None = None
    moves: tuple[tuple[int, tuple[float, ...], float], ...] = ()
    surplus: Money | None = None
    record: Record = field(default_factory=Record)
    role: Role = "bot"
    model: KeepingModel = field(default_factory=KeepingRules)

    @cached_property
    def authority(self) -> Authority:
        return self.segment.authority[self.role]

    @cached_property
    def owed(self) -> Money:
        return self.debt.balance.total

    @cached_property
    def days_past_due(self) -> int:
        return self.debt.days_past_due(self.today)

    @cached_property
    def calendar(self) -> BusinessCalendar:
        rules = self.policy.due_dates
        return BusinessCalendar(self.debt.country, rules.weekends, rules.holidays)

    def working_day(self, day: date) -> date:
        """Where a single due date goes by the policy's rule; never before today."""
        moved = self.calendar.moved(day)
        return day if moved < self.today else moved

    @property
    def last_round(self) -> bool:
        return self.round >= self.policy.rounds

    @cached_property
    def share(self) -> Decimal:
        """The part of the authority that is offered unasked; all of it in the last round."""
        if self.last_round:
            return Decimal(1)
        return min(max(self.conceded or self.opening, self.opening), Decimal(1))

    @property
    def opening(self) -> Decimal:
        return self.policy.opening_percent / 100

    @property
    def kept_back(self) -> Decimal:
        """The most that is offered before the last round."""
        return 1 - self.policy.hold_back_percent / 100

    @property
    def annual_rate(self) -> Decimal:
        """Per cent a year that go on while a plan is kept; never above the cap on what borrowing may cost."""
        if self.policy.keeping.interest == "frozen":
            return Decimal(0)
        cap = self.authority.cost_cap_percent_a_year
        return self.debt.annual_rate if cap is None else min(self.debt.annual_rate, cap)

    def rule(self, name: str) -> str:
        """How the rule is called by which terms are inside authority."""
        return f"{self.segment.name}, {self.role}: {name}"

    def most(self, frequency: Frequency, down: Money | None = None) -> int:
        """The most instalments after a down payment, none smaller than the policy's smallest; 0 where the frequency
        is not offered."""
        plan, rest = self.authority.plan, self.owed - down if down else self.owed
        most = plan.most_instalments.get(frequency, 0)
        if plan.longest_days is not None:
            most = min(most, plan.longest_days // DAYS_OF[frequency] + 1)
        return min(most, rest.minor // self.smallest.minor)

    @cached_property
    def smallest(self) -> Money:
        return self.authority.plan.smallest(self.owed.currency)

    def largest(self, frequency: Frequency) -> Money | None:
        """The largest instalment: what the policy allows and what the borrower has left; None without either."""
        policy = self.authority.plan.largest(self.owed.currency)
        left = None if self.surplus is None else limit_per(frequency, self.surplus)
        return min((m for m in (policy, left) if m is not None), key=lambda m: m.minor, default=None)

    @cached_property
    def least_down(self) -> Money:
        """The smallest down payment; zero where the policy asks for none."""
        return self.owed.percent(self.authority.plan.least_down_payment_percent)

    @property
    def longest_gap(self) -> int:
        """The most days that may lie between a down payment and the first instalment: a month at least."""
        return max(self.authority.plan.first_payment_within_days, 31)

    @property
    def latest_first(self) -> date:
        return self.today + timedelta(days=self.authority.plan.first_payment_within_days)

    @cached_property
    def frequencies(self) -> tuple[Frequency, ...]:
        """The frequencies that are offered, monthly first."""
        return tuple(f for f in reversed(FREQUENCIES) if self.most(f) >= 1)

    def most_waived(self, waivers: Waivers, share: Decimal = Decimal(1)) -> Balance:
        """A share of what a waiver may take off each component, down to the minor unit."""
        most = waivers.most(self.debt.balance)
        if share >= 1:
            return most
        return Balance(
            **{name: Money(int(getattr(most, name).minor * share), self.owed.currency) for name in COMPONENTS}
        )
