"""Ways to negotiate, behind one small protocol: all at the same table, inside the same authority."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from decimal import Decimal
from functools import cached_property
from typing import Protocol

from bot.domain import negotiation
from bot.domain.authority import inside
from bot.domain.building import plan, settlement
from bot.domain.keeping import KeepingModel, Shape
from bot.domain.offer import Terms
from bot.domain.policy import OfferPolicy
from bot.domain.table import DAYS_OF, Table
from bot.simulation.mind import Act, Heard
from bot.simulation.population import TODAY, Borrower

LADDER = (25, 50, 75, 100)  # per cent of the authority that the steps of a fixed ladder offer
FULL_PAYMENT_DAYS = 30


class Player(Protocol):
    """One side of one negotiation: the lender's."""

    table: Table

    def answer(self, act: Act) -> Heard:
        """What is answered to a borrower's act."""


@dataclass(frozen=True)
class Strategy:
    """A way to negotiate by its name. ``sees_means``: whether what the form states bounds its offers, as the law of
    the house has it for Accord; the others do not ask for means."""

    name: str
    title: str
    starts: Callable[[Table], Player]
    sees_means: bool = False

    def table(self, borrower: Borrower, policy: OfferPolicy, model: KeepingModel) -> Table | None:
        """The table at which a borrower is met; None where the policy lets nothing be offered."""
        debt = borrower.debt
        segment = policy.segment(debt, borrower.days_past_due)
        if segment is None:
            return None
        surplus = borrower.stated if self.sees_means else None
        return Table(debt, policy, segment, TODAY, surplus=surplus, record=borrower.record, model=model)


class Offering:
    """What simple strategies share: offers can be taken; everything else is answered by the next ones."""

    def __init__(self, table: Table) -> None:
        self.table = table
        self.step = 0
        self.offers: tuple[Terms, ...] = ()

    def answer(self, act: Act) -> Heard:
        if act.kind == "agree":
            return Heard("end", self.offers)
        if act.kind == "choose" and 1 <= act.option <= len(self.offers):
            self.offers = (self.offers[act.option - 1],)
            return Heard("read_back", self.offers)
        return self.put(self.next(act))

    def next(self, act: Act) -> tuple[Terms, ...]:
        """The next offers; nothing ends the negotiation."""
        raise NotImplementedError

    def put(self, offers: Sequence[Terms]) -> Heard:
        self.step += 1
        self.offers = tuple(terms for terms in offers if inside(self.table, terms))
        return Heard("options", self.offers) if self.offers else Heard("end")


class FullPayment(Offering):
    """Everything in 30 days (or as late as the authority lets it), whatever is said."""

    def next(self, act: Act) -> tuple[Terms, ...]:
        rules = self.table.authority
        days = min(FULL_PAYMENT_DAYS, max(rules.settlement.within_days, rules.promise.within_days))
        return (settlement(self.table, on=self.table.today + timedelta(days=days)),)


class AcceptFirst(Offering):
    """Asks for the borrower's terms and takes the first ones where the whole authority has them, else nothing."""

    def answer(self, act: Act) -> Heard:
        if act.kind == "agree":
            return Heard("end", self.offers)
        if act.kind in ("wish", "refuse") and self.step == 0:
            self.step += 1
            return Heard("ask")
        if act.kind != "name" or act.proposal is None:
            return Heard("end")
        named = negotiation.wanted(self.table, act.proposal)
        if named is None or not inside(self.table, named):
            return Heard("end")
        self.offers = (named,)
        return Heard("read_back", self.offers)


class Ladder(Offering):
    """Fixed steps of the authority, whoever is met: the same plan and waiver for everybody in a segment."""

    def next(self, act: Act) -> tuple[Terms, ...]:
        if self.step >= len(LADDER):
            return ()
        share = Decimal(LADDER[self.step]) / 100
        return negotiation.options(replace(self.table, policy=_bare(self.table.policy), conceded=share), "plan")


def _bare(policy: OfferPolicy) -> OfferPolicy:
    """A policy without an opening and a hold-back of its own, so that the share alone says what is offered."""
    return policy.model_copy(
        update={"opening_percent": Decimal(0), "hold_back_percent": Decimal(0), "rounds": len(LADDER) + 1}
    )


@dataclass(frozen=True)
class Candidate:
    """Terms that could be offered, with what the lender expects of them."""

    worth: float
    count: int
    share: Decimal  # of the waiver; only of a settlement


class TimeBased(Offering):
    """Concedes with time alone on what the lender expects (Faratin, Sierra & Jennings 1998): from the best terms for
    the lender to the worst inside authority, by time to the power of ``patience``. Takes what is worth as much."""

    def __init__(self, table: Table, patience: float) -> None:
        super().__init__(table)
        self.patience = patience

    def answer(self, act: Act) -> Heard:
        if act.kind == "name" and act.proposal is not None:
            named = negotiation.wanted(self.table, act.proposal)
            if named is not None and inside(self.table, named) and self._worth(named) >= self.wants(self.step):
                self.offers = (named,)
                return Heard("read_back", self.offers)
        return super().answer(act)

    def wants(self, step: int) -> float:
        """The least value that is offered or taken in a step."""
        rounds = self.table.policy.rounds
        time = 1.0 if rounds <= 1 else min(step / (rounds - 1), 1.0)
        best, worst = self._bounds
        return float(best - (best - worst) * time**self.patience) - 1e-9

    def next(self, act: Act) -> tuple[Terms, ...]:
        if self.step >= self.table.policy.rounds:
            return ()
        enough = [c for c in self.candidates if c.worth >= self.wants(self.step)]
        plans, settled = [c for c in enough if c.count > 1], [c for c in enough if c.count == 1]
        chosen = [min(kind, key=lambda c: c.worth) for kind in (plans, settled) if kind]
        return tuple(self._built(c) for c in chosen)

    @cached_property
    def _bounds(self) -> tuple[float, float]:
        values = [candidate.worth for candidate in self.candidates]
        return max(values), min(values)

    @cached_property
    def candidates(self) -> list[Candidate]:
        """Every monthly plan and a settlement with each quarter of the waiver."""
        table = self.table
        every = float(DAYS_OF["monthly"])
        shares = [Decimal(step) / 4 for step in range(5)]
        found = [
            Candidate(negotiation.worth(table, Shape(count, 1 / count, every, every)), count, Decimal(0))
            for count in range(2, table.most("monthly") + 1)
        ]
        within = float(table.authority.settlement.within_days)
        for share in shares:
            saved = table.most_waived(table.authority.settlement.waive, share).total.minor / table.owed.minor
            shape = Shape(1, 1 - saved, starts_in=within, saved=saved)
            found.append(Candidate(negotiation.worth(table, shape), 1, share))
        return found

    def _built(self, candidate: Candidate) -> Terms:
        if candidate.count == 1:
            return self._settled(candidate.share)
        return plan(self.table, candidate.count, "monthly")

    def _settled(self, share: Decimal) -> Terms:
        return settlement(self.table, waived=self.table.most_waived(self.table.authority.settlement.waive, share))

    def _worth(self, terms: Terms) -> float:
        return negotiation.worth(self.table, negotiation.shape_of(self.table, terms))


FULL_PAYMENT = Strategy("full_payment", "Full payment in 30 days", FullPayment)
BASELINES = (
    FULL_PAYMENT,
    Strategy("accept_first", "Takes the first proposal", AcceptFirst),
    Strategy("ladder", "Fixed ladder", Ladder),
    Strategy("boulware", "Boulware (late)", lambda table: TimeBased(table, 4.0)),
    Strategy("linear", "Linear (evenly)", lambda table: TimeBased(table, 1.0)),
)
