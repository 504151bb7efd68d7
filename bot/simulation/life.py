"""What becomes of terms: month by month, from a borrower's true means. Nothing here comes from the engine's model."""

from __future__ import annotations

import random
from dataclasses import dataclass, replace
from functools import cache

from bot.domain.debt import Balance
from bot.domain.keeping import MONTH
from bot.domain.money import Money
from bot.domain.offer import Terms
from bot.domain.table import DAYS_OF
from bot.simulation.population import TODAY, Borrower, LifeRules

HALF = 0.5  # of a reserve is what somebody would use for a plan; for one payment all of it
HEAVIEST = 4.0
SHORTEST = 0.25  # months: a payment of next week can fail too


@dataclass(frozen=True)
class Life:
    """What came of an agreement: whether it was kept, and what arrived, as a share of what is owed, in today's worth.

    ``comes_back``: a promise of a part was kept, and the rest is talked about again.
    """

    kept: bool
    arrived: float
    comes_back: bool = False


def capacity(borrower: Borrower, months: float) -> float:
    """What a borrower could pay a month over so many months, in minor units."""
    return borrower.surplus.minor + HALF * borrower.reserve.minor / max(months, 1.0)


def at_once(borrower: Borrower, days: int) -> float:
    """What a borrower could pay at once, so many days from now, in minor units."""
    return borrower.reserve.minor + borrower.surplus.minor * max(1, round(days / MONTH))


def burden(borrower: Borrower, terms: Terms) -> float:
    """The heaviest month of terms over what could be paid in it; 1 is all of it."""
    if terms.frequency is None or len(terms.schedule) == 1:
        return _over(terms.to_pay.minor, at_once(borrower, (terms.ends_on - TODAY).days))
    parts, down = terms.instalments, terms.down_payment
    every = DAYS_OF[terms.frequency] / MONTH
    largest = max(row.amount.minor for row in parts) / (every if terms.frequency != "monthly" else 1.0)
    heaviest = _over(largest, capacity(borrower, len(parts) * every))
    if down is not None:
        heaviest = max(heaviest, _over(down.minor, at_once(borrower, (terms.schedule[0].due_on - TODAY).days)))
    return heaviest


def hazard(weight: float, forgetful: float, saved: float, rules: LifeRules) -> float:
    """The chance to break off in a month. ``weight``: the burden; ``saved``: the share of the debt that is waived."""
    hit = min(max(1 - (1 - weight) / rules.shock_depth, 0.0), 1.0)
    shock = rules.shock * hit
    strain = min(rules.strain * weight**2 + rules.overload * max(weight - 1, 0.0), 0.95)
    goes_on = (1 - shock) * (1 - strain) * (1 - forgetful * rules.forgotten_breaks)
    return min((1 - goes_on) * rules.promised_to_machine * max(1 - rules.reduction_helps * saved, 0.0), 1.0)


def live(borrower: Borrower, terms: Terms, rules: LifeRules) -> Life:
    """Lives through terms: payments arrive until the borrower breaks off, then what can still be recovered."""
    owed, keeps = borrower.owed.minor, discount(rules)
    chance = hazard(burden(borrower, terms), borrower.forgetful, terms.saved.minor / owed, rules)
    months = max((terms.ends_on - TODAY).days / MONTH, SHORTEST)
    ends = _breaks_off(borrower, chance, months)
    arrived, paid = 0.0, 0
    for row in terms.schedule:
        at = (row.due_on - TODAY).days / MONTH
        if ends is not None and at >= ends:
            break
        arrived += row.amount.minor * keeps**at
        paid += row.amount.minor
    if ends is None:
        rest = terms.remaining.minor
        back = rest > 0 and _fate(borrower, "back").random() < rules.comes_back
        return Life(True, (arrived + rest * _recovery(borrower, rules, months)) / owed, back)
    again = _recovery(borrower, rules, ends) * rules.recovery_after_break
    return Life(False, (arrived + (owed - paid) * again) / owed)


def without_agreement(borrower: Borrower, rules: LifeRules) -> float:
    """What arrives where nothing was agreed, as a share of what is owed, in today's worth."""
    return _recovery(borrower, rules, 0.0)


def after_promise(borrower: Borrower, terms: Terms) -> Borrower:
    """The borrower who has kept a promise of a part and talks about the rest: poorer by it, and later.

    What was paid is taken off as the balance stood, part by part.
    """
    paid = terms.to_pay.minor
    days = (terms.ends_on - TODAY).days
    from_reserve = max(paid - borrower.surplus.minor * max(1, round(days / MONTH)), 0)
    parts = {}
    for name in ("fees", "interest", "principal"):
        part = getattr(borrower.balance, name)
        taken = min(part.minor, paid)
        parts[name], paid = Money(part.minor - taken, part.currency), paid - taken
    return replace(
        borrower,
        balance=Balance(**parts),
        reserve=Money(max(borrower.reserve.minor - from_reserve, 0), borrower.currency),
        days_past_due=borrower.days_past_due + days,
        opening="plan",
        fate=borrower.fate + 1,
    )


def discount(rules: LifeRules) -> float:
    """What a payment a month from now is worth today."""
    return _discount(rules.discount_percent_a_year)


@cache
def _discount(percent: float) -> float:
    return float((1 + percent / 100) ** (-1 / 12))


def _breaks_off(borrower: Borrower, chance: float, months: float) -> float | None:
    """When a borrower breaks off, in months; None where they keep to the end. Fate is the same under any terms."""
    dice = _fate(borrower, "breaks")
    whole, part = int(months), months - int(months)
    for month in range(whole + 1):
        length = 1.0 if month < whole else part
        when, draw = dice.random(), dice.random()
        if draw < 1 - (1 - chance) ** length:
            return month + when * length
    return None


def _fate(borrower: Borrower, what: str) -> random.Random:
    return random.Random(f"{borrower.fate}/{what}")  # noqa: S311


def _recovery(borrower: Borrower, rules: LifeRules, after: float) -> float:
    share: float = next(row.share for row in rules.recovery if borrower.days_past_due <= row.to)
    reach = (12 * borrower.surplus.minor + borrower.reserve.minor) / borrower.owed.minor
    later: float = discount(rules) ** (after + rules.recovery_delay_months)
    return share * min(reach, 1.0) * later


def _over(part: float, whole: float) -> float:
    return min(part / whole, HEAVIEST) if whole > 0 else HEAVIEST
