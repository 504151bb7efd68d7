"""How agreed terms are kept: payments, days that pass, pauses, changes, and the ways in which they end.

An `Agreement` is the life of a plan or a settlement, a `Pledge` that of a promise. Each step returns a new one
and what follows from it: entries for the ledger, by component and signed as the ledger has them (what is owed goes
up with a plus), and events. Nothing here knows a clock: days and amounts are arguments.

While an agreement is kept, and nothing but it changes what is owed,

    still to pay - interest not yet added + waiver to be earned == what is owed

to the minor unit. Where the lender changed what is owed meanwhile, the smaller side says what is left to pay.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import Literal

from bot.domain.debt import COMPONENTS, Balance
from bot.domain.money import Money
from bot.domain.offer import Kind, Terms
from bot.domain.policy import Component, OfferPolicy, PauseAuthority, PlanAuthority
from bot.domain.schedule import Frequency, due_dates, next_day_of_month, split_by_amount

Standing = Literal["agreed", "active", "completed", "broken", "cancelled", "superseded"]
PartStatus = Literal["due", "partly", "missed", "paid", "cancelled"]
PledgeStatus = Literal["open", "partly", "kept", "broken", "moved", "superseded"]
LIVING: tuple[Standing, ...] = ("agreed", "active")
LIVE_PLEDGE: tuple[PledgeStatus, ...] = ("open", "partly")


class NotPossible(ValueError):
    """A step that the agreement or somebody's authority does not allow; the message is one clear sentence."""


class Ended(NotPossible):
    """The agreement or the promise has come to its end and takes no further step."""


@dataclass(frozen=True)
class Rules:
    """What a lender's policy says about keeping terms: the order of components, days of grace, what breaks a plan."""

    payment_order: tuple[Component, ...]
    days_of_grace: int
    missed_instalments: int

    @classmethod
    def of(cls, policy: OfferPolicy) -> Rules:
        keeping = policy.keeping
        return cls(policy.payment_order, keeping.days_of_grace, keeping.missed_instalments)


@dataclass(frozen=True)
class Part:
    """One payment of an agreement. ``interest`` is that part of it which is added to the debt on its due day."""

    number: int
    due_on: date
    amount: Money
    interest: Money
    paid: Money
    accrued: bool = False
    status: PartStatus = "due"
    down_payment: bool = False

    @property
    def left(self) -> Money:
        """What is still to be paid of it."""
        return self.amount - self.amount if self.status == "cancelled" else self.amount - self.paid

    @property
    def to_come(self) -> Money:
        """Its interest where that is not added to the debt yet."""
        return self.interest - self.interest if self.accrued or self.status == "cancelled" else self.interest

    @property
    def waits(self) -> bool:
        """Whether it is still to be paid, and not missed."""
        return self.status in ("due", "partly")

    def with_paid(self, paid: Money) -> Part:
        """The part when that much of it has been paid; one that was missed stays so until all of it is."""
        if self.status == "cancelled":
            return replace(self, paid=paid)
        part = replace(self, paid=paid)
        if not part.left:
            return replace(part, status="paid")
        if self.status == "missed":
            return part
        return replace(part, status="partly" if paid else "due")


@dataclass(frozen=True)
class Entry:
    """A change of what is owed on one component, as the ledger keeps it. ``number``: the part whose interest it is."""

    kind: Literal["payment", "interest", "waiver"]
    component: Component
    amount: Money
    number: int | None = None


@dataclass(frozen=True)
class Event:
    """Something that happened to an agreement or one of its parts."""

    name: Literal[
        "began",
        "instalment_paid",
        "instalment_missed",
        "paused",
        "day_moved",
        "amount_changed",
        "payment_taken_back",
        "completed",
        "broken",
        "cancelled",
        "superseded",
        "waiver_earned",
        "waiver_lost",
    ]
    number: int | None = None
    amount: Money | None = None


@dataclass(frozen=True)
class Step:
    """An agreement after a step, and what follows from it. ``credit`` is money that was not owed."""

    agreement: Agreement
    credit: Money
    effects: tuple[Entry | Event, ...] = ()

    def then(self, further: Callable[[Agreement], Step]) -> Step:
        """This step and another one after it."""
        next_one = further(self.agreement)
        return Step(next_one.agreement, self.credit + next_one.credit, (*self.effects, *next_one.effects))

    @property
    def entries(self) -> tuple[Entry, ...]:
        return tuple(effect for effect in self.effects if isinstance(effect, Entry))

    @property
    def events(self) -> tuple[Event, ...]:
        return tuple(effect for effect in self.effects if isinstance(effect, Event))


@dataclass(frozen=True)
class Agreement:
    """A plan or a settlement that was agreed, and how far it is.

    ``balance`` is what is owed now, by component; ``waived`` what of it is taken off once all else is paid.
    ``agreed`` waits for a person's approval: money counts, but nothing is missed and no waiver is earned.
    """

    kind: Kind
    parts: tuple[Part, ...]
    balance: Balance
    waived: Balance
    rules: Rules
    frequency: Frequency | None = None
    standing: Standing = "agreed"
    began_on: date | None = None
    pauses: int = 0

    @classmethod
    def of(cls, terms: Terms, balance: Balance, rules: Rules) -> Agreement:
        """What was agreed while ``balance`` is owed. Raises NotPossible where the two do not fit."""
        if terms.kind == "promise":
            raise NotPossible("a promise is no plan")
        if terms.owed != balance.total:
            raise NotPossible(f"{balance.total.amount} {balance.currency} is owed, not {terms.owed.amount}")
        if any(getattr(terms.waived, name) > getattr(balance, name) for name in COMPONENTS):
            raise NotPossible("no more of a component is waived than is owed of it")
        nothing = Money.zero(balance.currency)
        parts = tuple(
            Part(row.number, row.due_on, row.amount, row.interest or nothing, nothing, down_payment=row.down_payment)
            for row in terms.schedule
        )
        return cls(terms.kind, parts, balance, terms.waived, rules, terms.frequency)

    # -- figures

    @property
    def ended(self) -> bool:
        return self.standing not in LIVING

    @property
    def currency(self) -> str:
        return self.balance.currency

    @property
    def still_due(self) -> Money:
        """What the parts still ask for, interest to come included."""
        return self._sum(part.left for part in self.parts)

    @property
    def paid(self) -> Money:
        return self._sum(part.paid for part in self.parts)

    @property
    def interest_to_come(self) -> Money:
        """Interest that is not added to the debt yet."""
        return self._sum(part.to_come for part in self.parts)

    @property
    def left_to_pay(self) -> Money:
        """What would end it today with the waiver earned: all that is left, without interest to come."""
        planned = self.still_due - self.interest_to_come
        return max(min(planned, self._open().total, key=_minor), self._nothing, key=_minor)

    def quote(self, on: date) -> Money:
        """What settles it early on a day. Raises Ended, and NotPossible before it is in force."""
        self._active()
        return self._accrue(on)[0].left_to_pay

    # -- steps

    def begin(self, on: date) -> Step:
        """It is in force from a day on; what fell due while it waited is late only after that day's grace."""
        self._alive()
        if self.standing != "agreed":
            raise NotPossible("the plan has begun already")
        begun = replace(self, standing="active", began_on=on)
        return begun._step([Event("began")]).then(lambda a: a.day_passes(on))

    def pay(self, amount: Money, on: date) -> Step:
        """A payment: to the earliest open part first, to the components in the policy's order.

        One that reaches what is left completes the plan; what is not owed at all becomes credit.
        Raises Ended, and NotPossible for an amount of nothing.
        """
        self._alive()
        if amount.minor <= 0:
            raise NotPossible("a payment is more than nothing")
        if self.standing == "agreed":
            taken = min(amount, self.left_to_pay, key=_minor)
            return self._step(credit=amount - taken).then(lambda a: a._take(taken))
        accrued, effects = self._accrue(on)
        left = accrued.left_to_pay
        if amount < left:
            return accrued._step(effects).then(lambda a: a._take(amount))
        step = accrued._step(effects).then(lambda a: a._without_rest(left)._take(left)).then(Agreement._complete)
        over = amount - left
        further = min(over, step.agreement.balance.total, key=_minor)
        rest, entries = step.agreement._allocate(further, step.agreement.balance)
        return Step(rest, over - further, (*step.effects, *entries))

    def settle_early(self, on: date) -> Step:
        """All that is left is paid at once; interest to come falls away, the waiver is earned.

        Raises Ended, and NotPossible before it is in force.
        """
        left = self.quote(on)
        return self.pay(left, on) if left else self.day_passes(on)

    def day_passes(self, today: date) -> Step:
        """What a day brings: interest of parts that fall due, parts missed after their grace, a plan broken.

        The same day again, or an earlier one, changes nothing. Raises Ended.
        """
        self._alive()
        if self.standing == "agreed":
            return self._step()
        if not self.left_to_pay:
            return self._without_rest(self._nothing)._complete()
        agreement, effects = self._accrue(today)
        parts: list[Part] = []
        for part in agreement.parts:
            if part.waits and today > agreement._last_day(part):
                part = replace(part, status="missed")
                effects.append(Event("instalment_missed", part.number, part.left))
            parts.append(part)
        agreement = replace(agreement, parts=tuple(parts))
        missed = sum(part.status == "missed" for part in parts)
        # With nothing still to come there is no payment left that could make a missed one good.
        if missed > self.rules.missed_instalments or (missed and not any(part.waits for part in parts)):
            return agreement._step(effects).then(lambda a: a._end("broken"))
        return agreement._step(effects)

    def pause(self, days: int, authority: PauseAuthority) -> Step:
        """What is still due moves that many days; no interest is added for it. Raises Ended and NotPossible."""
        self._active()
        if self.kind != "plan":
            raise NotPossible("only a plan can be paused")
        if self.pauses >= authority.most:
            raise NotPossible(f"the plan has had {self.pauses} of {authority.most} pauses that may be given")
        if not 1 <= days <= authority.longest_days:
            raise NotPossible(f"a pause is 1 to {authority.longest_days} days long, not {days}")
        shift = timedelta(days=days)
        parts = tuple(replace(p, due_on=p.due_on + shift) if p.waits else p for p in self.parts)
        self._some_wait()
        return replace(self, parts=parts, pauses=self.pauses + 1)._step([Event("paused")])

    def move_day(self, day: int, on: date) -> Step:
        """A monthly plan is paid on another day of the month from now on; a day past a month's end is its last.

        The next payment falls on the first such day that lies after ``on`` and in its month or later; a down payment
        stays where it is. Raises Ended and NotPossible.
        """
        self._active()
        if self.frequency != "monthly":
            raise NotPossible("only a monthly plan has a day of the month")
        if not 1 <= day <= 31:
            raise NotPossible(f"a day of the month is 1 to 31, not {day}")
        waiting = self._some_wait()
        fixed = [part.due_on for part in self.parts if part.down_payment and part.waits]
        after = max([on, waiting[0].due_on.replace(day=1) - timedelta(days=1), *fixed])
        dates = due_dates(next_day_of_month(after, day), "monthly", len(waiting), day)
        moved = {part.number: due_on for part, due_on in zip(waiting, dates, strict=True)}
        parts = tuple(replace(p, due_on=moved.get(p.number, p.due_on)) for p in self.parts)
        return replace(self, parts=parts)._step([Event("day_moved", day)])

    def change_amount(self, amount: Money, authority: PlanAuthority) -> Step:
        """What still waits is paid in equal parts of another amount, in the same rhythm, from the same next day.

        Missed parts and a down payment stay as they are; parts that are replaced are cancelled and keep what was
        paid. Where interest runs, the plan does not get longer. Raises Ended and NotPossible.
        """
        self._active()
        if self.kind != "plan" or self.frequency is None:
            raise NotPossible("only a plan with a rhythm has an amount that can be changed")
        waiting = self._some_wait()
        rest = self._sum(part.left for part in waiting)
        smallest, largest = authority.smallest(self.currency), authority.largest(self.currency)
        if amount < min(smallest, rest, key=_minor):
            raise NotPossible(f"an instalment is at least {smallest.amount} {self.currency}")
        if largest is not None and amount > largest:
            raise NotPossible(f"an instalment is at most {largest.amount} {self.currency}")
        count = -(-rest.minor // amount.minor)
        most = authority.most_instalments.get(self.frequency, 0)
        if count > most:
            raise NotPossible(f"{count} more payments are too many; {most} {self.frequency} ones may be agreed")
        to_come = self._sum(part.to_come for part in waiting)
        if to_come and count > len(waiting):
            raise NotPossible("a plan to which interest is added cannot be made longer; it needs to be agreed anew")
        dates = due_dates(waiting[0].due_on, self.frequency, count, max(part.due_on.day for part in waiting))
        lasts = (dates[-1] - (self.began_on or dates[0])).days
        if authority.longest_days is not None and lasts > authority.longest_days:
            raise NotPossible(f"the plan would last {lasts} days, and {authority.longest_days} may be agreed")
        amounts = split_by_amount(rest, amount)
        number = max(part.number for part in self.parts)
        shares = _shares(to_come, [part.minor for part in amounts])
        fresh = [
            Part(number + index + 1, due_on, part, share, self._nothing)
            for index, (due_on, part, share) in enumerate(zip(dates, amounts, shares, strict=True))
        ]
        replaced = {part.number for part in waiting}
        kept = [replace(p, status="cancelled") if p.number in replaced else p for p in self.parts]
        return replace(self, parts=(*kept, *fresh))._step([Event("amount_changed", amount=amount)])

    def take_back(self, amounts: Mapping[Component, Money]) -> Step:
        """A payment bounced: what it paid of each component is owed again, and the parts that it paid are due again.

        The latest parts first. Whether one of them is late by now is for `day_passes` to say. Raises Ended.
        """
        self._alive()
        back = self._sum(amounts.values())
        if back > self.paid:
            raise NotPossible("no more is taken back than was paid")
        effects = [Entry("payment", name, amount) for name, amount in amounts.items() if amount]
        balance = _changed(self.balance, effects)
        parts, open_back = list(self.parts), back
        for index in reversed(range(len(parts))):
            part = parts[index]
            taken = min(part.paid, open_back, key=_minor)
            if part.status == "cancelled" or not taken:
                continue
            again = replace(part, status="due") if part.status == "paid" else part
            parts[index], open_back = again.with_paid(part.paid - taken), open_back - taken
        for index, part in enumerate(parts):
            # What a replaced part had been paid is due with the last one, which is still to come.
            taken = min(part.paid, open_back, key=_minor)
            if taken:
                parts[index], open_back = part.with_paid(part.paid - taken), open_back - taken
                last = max(i for i, p in enumerate(parts) if p.status != "cancelled")
                longer = replace(parts[last], amount=parts[last].amount + taken)
                again = replace(longer, status="due") if longer.status == "paid" else longer
                parts[last] = again.with_paid(again.paid)
        agreement = replace(self, balance=balance, parts=tuple(parts))
        return agreement._step([*effects, Event("payment_taken_back", amount=back)])

    def cancel(self) -> Step:
        """It is given up: nothing was waived, what was paid stays paid. Raises Ended."""
        self._alive()
        return self._end("cancelled")

    def supersede(self) -> Step:
        """Other terms take its place. Raises Ended."""
        self._alive()
        return self._end("superseded")

    # -- within

    @property
    def _nothing(self) -> Money:
        return Money.zero(self.currency)

    def _sum(self, amounts: Iterable[Money]) -> Money:
        return sum(amounts, start=self._nothing)

    def _alive(self) -> None:
        if self.ended:
            raise Ended(f"the plan is {self.standing}")

    def _active(self) -> None:
        self._alive()
        if self.standing != "active":
            raise NotPossible("the plan waits for approval")

    def _some_wait(self) -> list[Part]:
        """The parts that still wait, the earliest first, without a down payment. Raises NotPossible for none."""
        waiting = sorted((p for p in self.parts if p.waits and not p.down_payment), key=lambda p: (p.due_on, p.number))
        if not waiting:
            raise NotPossible("no payment of the plan is still to come")
        return waiting

    def _last_day(self, part: Part) -> date:
        start = part.due_on if self.began_on is None else max(part.due_on, self.began_on)
        return start + timedelta(days=self.rules.days_of_grace)

    def _open(self) -> Balance:
        """What is owed of each component beside the part of it that is to be waived."""
        kept = {name: getattr(self.balance, name) - getattr(self.waived, name) for name in COMPONENTS}
        return Balance(**{name: max(amount, self._nothing, key=_minor) for name, amount in kept.items()})

    def _accrue(self, on: date) -> tuple[Agreement, list[Entry | Event]]:
        """Adds the interest of every part that has fallen due."""
        effects: list[Entry | Event] = []
        parts = []
        for part in self.parts:
            if part.status != "cancelled" and not part.accrued and part.due_on <= on:
                if part.interest:
                    effects.append(Entry("interest", "interest", part.interest, part.number))
                part = replace(part, accrued=True)
            parts.append(part)
        return replace(self, parts=tuple(parts), balance=_changed(self.balance, effects)), effects

    def _allocate(self, amount: Money, available: Balance) -> tuple[Agreement, list[Entry]]:
        entries = allocate(amount, available, self.rules.payment_order)
        return replace(self, balance=_changed(self.balance, entries)), entries

    def _take(self, amount: Money) -> Step:
        """Pays an amount that is no more than what is left."""
        paid, entries = self._allocate(amount, self._open())
        effects: list[Entry | Event] = [*entries]
        parts = list(paid.parts)
        for index, part in sorted(enumerate(parts), key=lambda item: (item[1].due_on, item[1].number)):
            taken = min(part.left, amount, key=_minor)
            if taken:
                parts[index], amount = part.with_paid(part.paid + taken), amount - taken
                if parts[index].status == "paid":
                    effects.append(Event("instalment_paid", part.number, part.amount))
        return replace(paid, parts=tuple(parts))._step(effects)

    def _without_rest(self, left: Money) -> Agreement:
        """The parts ask for exactly ``left`` and no more; what falls away falls off the last ones."""
        parts, rest = list(self.parts), self.still_due - left
        for index, part in sorted(enumerate(parts), key=lambda item: (item[1].due_on, item[1].number), reverse=True):
            off = min(part.left, rest, key=_minor)
            if off:
                rest = rest - off
                if off == part.amount:
                    parts[index] = replace(part, status="cancelled")
                else:
                    parts[index] = replace(part, amount=part.amount - off).with_paid(part.paid)
        return replace(self, parts=tuple(parts))

    def _complete(self) -> Step:
        """All is paid: what was to be waived is taken off."""
        effects: list[Entry | Event] = []
        for name in self.rules.payment_order:
            off = min(getattr(self.waived, name), getattr(self.balance, name), key=_minor)
            if off.minor > 0:
                effects.append(Entry("waiver", name, -off))
        off = self._sum(-entry.amount for entry in effects if isinstance(entry, Entry))
        parts = tuple(p if p.accrued else replace(p, interest=self._nothing) for p in self.parts)
        done = replace(self, standing="completed", parts=parts, balance=_changed(self.balance, effects))
        return done._step([*effects, Event("completed"), *([Event("waiver_earned", amount=off)] if off else [])])

    def _end(self, standing: Literal["broken", "cancelled", "superseded"]) -> Step:
        parts = tuple(replace(p, status="cancelled") if p.waits else p for p in self.parts)
        events: list[Entry | Event] = [Event(standing)]
        if self.waived.total:
            events.append(Event("waiver_lost", amount=self.waived.total))
        return replace(self, standing=standing, parts=parts)._step(events)

    def _step(self, effects: Sequence[Entry | Event] = (), credit: Money | None = None) -> Step:
        return Step(self, credit or self._nothing, tuple(effects))


def allocate(amount: Money, available: Balance, order: Sequence[Component]) -> list[Entry]:
    """Pays an amount to components in an order, as far as there is something of each to pay."""
    entries = []
    for name in order:
        taken = min(amount, getattr(available, name), key=_minor)
        if taken.minor > 0:
            entries.append(Entry("payment", name, -taken))
            amount = amount - taken
    return entries


def _shares(total: Money, weights: Sequence[int]) -> list[Money]:
    """A total in shares of given weights that sum to it exactly; with no weight at all the last share is all."""
    whole, sums, before = sum(weights), [], 0
    for weight in weights:
        sums.append(before := before + weight)
    ends = [total.minor * part // whole if whole else 0 for part in sums]
    ends[-1] = total.minor
    return [Money(end - start, total.currency) for start, end in zip([0, *ends], ends, strict=False)]


def _changed(balance: Balance, effects: Iterable[Entry | Event]) -> Balance:
    for effect in effects:
        if isinstance(effect, Entry):
            balance = replace(balance, **{effect.component: getattr(balance, effect.component) + effect.amount})
    return balance


def _minor(amount: Money) -> int:
    return amount.minor


@dataclass(frozen=True)
class Pledge:
    """A promise to pay an amount by a day."""

    amount: Money
    due_on: date
    days_of_grace: int
    paid: Money
    status: PledgeStatus = "open"

    @property
    def left(self) -> Money:
        return self.amount - self.paid

    def pay(self, amount: Money, on: date) -> Pledge:
        """Money that arrived on a day; the promise is kept when the whole sum is there in time. Raises Ended."""
        late = self.day_passes(on)
        if late.status == "broken":
            return late
        paid = self.paid + min(amount, self.left, key=_minor)
        return replace(self, paid=paid, status="kept" if paid == self.amount else "partly")

    def take_back(self, amount: Money) -> Pledge:
        """Money that bounced. Raises Ended."""
        self._alive()
        paid = self.paid - min(amount, self.paid, key=_minor)
        return replace(self, paid=paid, status="partly" if paid else "open")

    def day_passes(self, today: date) -> Pledge:
        """Broken where a day lies after the grace. Raises Ended."""
        self._alive()
        broken = today > self.due_on + timedelta(days=self.days_of_grace)
        return replace(self, status="broken") if broken else self

    def make_way(self, for_another_promise: bool) -> Pledge:
        """A new promise takes its place, or other terms do. Raises Ended."""
        self._alive()
        return replace(self, status="moved" if for_another_promise else "superseded")

    def _alive(self) -> None:
        if self.status not in LIVE_PLEDGE:
            raise Ended(f"the promise is {self.status}")
