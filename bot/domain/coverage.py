"""What a policy leaves out: segments that no account can reach, and days past due for which nothing is offered."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import date
from decimal import ROUND_FLOOR
from itertools import islice, product

from bot.domain.debt import Balance, Debt
from bot.domain.money import Money, decimals
from bot.domain.policy import OfferPolicy, Segment

MOST_KINDS = 100_000  # of accounts that are tried for a segment; beyond that nothing is said of it
ELSE = "\0"  # a product or a portfolio that no segment names
NO_CURRENCY = "XXX"  # stands for every currency that no segment names


def shadowed(policy: OfferPolicy) -> Iterator[tuple[int, list[str]]]:
    """The segments that can never apply, by index, with the names of the earlier ones that take all of their accounts.

    Conditions have finitely many ends, so one account for each kind between those ends decides it.
    """
    for index, segment in enumerate(policy.segments):
        earlier, takers = policy.segments[:index], set()
        kinds = list(islice(_kinds(segment, earlier), MOST_KINDS + 1))
        if not earlier or len(kinds) > MOST_KINDS:
            continue
        for debt, days in kinds:
            if segment.holds(debt, days):
                taker = next((other.name for other in earlier if other.holds(debt, days)), None)
                if taker is None:
                    break
                takers.add(taker)
        else:
            yield index, [other.name for other in earlier if other.name in takers]


def gaps(policy: OfferPolicy) -> list[tuple[int | None, int | None]]:
    """The days past due that no segment is for, as ranges of which both ends belong to it; None: without end."""
    found: list[tuple[int | None, int | None]] = []
    begin: int | None = None
    ranges = [segment.days_past_due for segment in policy.segments]
    for days in sorted(ranges, key=lambda r: (r.least is not None, r.least or 0)):
        if days.least is not None and (begin is None or days.least > begin):
            found.append((begin, days.least - 1))
        if days.most is None:
            return found
        begin = max(days.most + 1, begin) if begin is not None else days.most + 1
    return [*found, (begin, None)]


def _kinds(segment: Segment, earlier: Sequence[Segment]) -> Iterator[tuple[Debt, int]]:
    """One account for each way in which the accounts of a segment can differ for it and for the earlier ones."""
    everyone = [*earlier, segment]
    days = _between(end for s in everyone for end in _ends(s.days_past_due.least, s.days_past_due.most))
    products = segment.products or [ELSE, *{name for s in earlier for name in s.products}]
    portfolios = segment.portfolios or [ELSE, *{name for s in earlier for name in s.portfolios}]
    named = {code for s in everyone for code in s.balance}
    currencies = sorted(segment.balance) or [*sorted(named), NO_CURRENCY]
    amounts = [
        (code, minor)
        for code in currencies
        for minor in _between(
            [1, *(end for s in everyone if code in s.balance for end in _minor_ends(s, code))], least=1
        )
    ]
    for day, name, portfolio, (code, minor) in product(days, products, portfolios, amounts):
        nothing = Money.zero(code)
        yield Debt(Balance(Money(minor, code), nothing, nothing), date.min, name, portfolio), day


def _minor_ends(segment: Segment, code: str) -> Iterator[int]:
    """The ends of a range of balances in minor units, as `_ends` gives them."""
    bounds = segment.balance[code]
    scale = decimals(code)
    if bounds.least is not None:
        yield -int((-bounds.least.scaleb(scale)).to_integral_value(ROUND_FLOOR))
    if bounds.most is not None:
        yield int(bounds.most.scaleb(scale).to_integral_value(ROUND_FLOOR)) + 1


def _ends(least: int | None, most: int | None) -> Iterator[int]:
    """Where a range begins, and where what comes after it does."""
    if least is not None:
        yield least
    if most is not None:
        yield most + 1


def _between(ends: Iterable[int], least: int | None = None) -> list[int]:
    """A number from each stretch between some ends, the one before the first included."""
    marks = sorted(set(ends))
    before = [marks[0] - 1] if marks else [0]
    return [number for number in before + marks if least is None or number >= least]
