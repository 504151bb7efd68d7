"""Simulated borrowers: drawn once from a seed, the same whoever they talk to."""

from __future__ import annotations

import math
import random
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cache
from pathlib import Path
from typing import Any, Literal

from pydantic import Field
from ruamel.yaml import YAML

from bot.domain.debt import Balance, Debt
from bot.domain.keeping import Record
from bot.domain.money import Money, decimals
from bot.domain.policy import Strict

FILE = Path(__file__).with_name("population.yml")
TODAY = date(2026, 11, 23)
WHIMS = 16  # draws that a borrower has for what they do in each round

Language = Literal["en", "zh"]
Manner = Literal["polite", "neutral", "rude"]
Opening = Literal["plan", "hardship", "relief", "name", "promise", "deferral", "waiver"]
Way = Literal["amount", "amount_and_count", "count", "weekly", "day", "down"]
ISSUES = ("monthly", "total", "start")


class Place(Strict):
    """Where a borrower lives, and what somebody in arrears has there a month in the middle."""

    country: str
    currency: str
    weight: float
    median_income: float
    script: Literal["", "hant"] = ""


class Spread(Strict):
    """A distribution: evenly from least to most, or around a median (log-normal) or a mean (normal) and cut there."""

    median: float | None = None
    mean: float | None = None
    spread: float = 0.0
    least: float = 0.0
    most: float = math.inf

    def draw(self, dice: random.Random) -> float:
        if self.median is not None:
            found = math.exp(dice.gauss(math.log(self.median), self.spread))
        elif self.mean is not None:
            found = dice.gauss(self.mean, self.spread)
        else:
            found = dice.uniform(self.least, self.most)
        return min(max(found, self.least), self.most)


class DaysRange(Strict):
    """A range of days past due and how many are in it."""

    least: int = Field(alias="from")
    most: int = Field(alias="to")
    weight: float


class Typos(Strict):
    """How many write without typos, and how many letters the others mistype at most."""

    none: float
    most: float


class Recovery(Strict):
    """What comes in without an agreement, up to some days past due."""

    to: int
    share: float


class LifeRules(Strict):
    """What becomes of terms once they are agreed."""

    shock: float
    shock_depth: float
    strain: float
    overload: float
    forgotten_breaks: float
    reduction_helps: float
    promised_to_machine: float
    comes_back: float
    recovery: tuple[Recovery, ...]
    recovery_after_break: float
    recovery_delay_months: float
    discount_percent_a_year: float


class PopulationRules(Strict):
    """The distributions in ``population.yml``."""

    places: dict[Language, tuple[Place, ...]]
    languages: dict[Language, float]
    income_spread: float
    essential_share: Spread
    reserve_months: Spread
    owed_months: Spread
    interest_percent: Spread
    fees_percent: Spread
    arrears: tuple[DaysRange, ...]
    broken_before: float
    patience: Spread
    fills_form: float
    stated_over_true: Spread
    opening_ask: Spread
    goes_to: Spread
    firm: float
    names_terms: float
    weights: dict[str, float]
    tight_below: float
    openings_tight: dict[Opening, float]
    openings: dict[Opening, float]
    ways: dict[Way, float]
    manners: dict[Manner, float]
    types: float
    typo_rate: Typos
    forgetful: Spread
    life: LifeRules


@dataclass(frozen=True)
class Borrower:
    """One simulated borrower. Amounts a month are true; ``stated`` is what the form says, None where it is not filled.

    ``opening_ask`` and ``goes_to``: the first and the furthest own payment, as shares of what they could pay;
    ``weights``: of a small payment, a small total, a late start. ``whims``: draws for what they do in each round;
    ``fate``: the seed of what happens to them afterwards.
    """

    number: int
    language: Language
    script: str
    manner: Manner
    types: bool
    typo_rate: float
    country: str
    income: Money
    essential: Money
    surplus: Money
    reserve: Money
    balance: Balance
    days_past_due: int
    record: Record
    stated: Money | None
    honesty: float
    patience: int
    opening_ask: float
    goes_to: float
    firm: bool
    names_terms: float
    weights: tuple[float, float, float]
    opening: Opening
    way: Way
    payday: int
    forgetful: float
    whims: tuple[float, ...]
    fate: int

    @property
    def currency(self) -> str:
        return self.balance.currency

    @property
    def owed(self) -> Money:
        return self.balance.total

    @property
    def debt(self) -> Debt:
        return Debt(self.balance, TODAY - timedelta(days=self.days_past_due), country=self.country)


@cache
def rules() -> PopulationRules:
    """The distributions as the file states them."""
    return PopulationRules.model_validate(YAML(typ="safe").load(FILE.read_text(encoding="utf-8")))


def population(count: int, seed: int, given: PopulationRules | None = None) -> list[Borrower]:
    """The first borrowers of a seed; more of them leave the first ones as they are."""
    return [borrower(seed, number, given or rules()) for number in range(count)]


def endless(seed: int, given: PopulationRules | None = None) -> Iterator[Borrower]:
    """All borrowers of a seed, one after the other."""
    number = 0
    while True:
        yield borrower(seed, number, given or rules())
        number += 1


def borrower(seed: int, number: int, given: PopulationRules) -> Borrower:
    """One borrower of a seed."""
    dice = random.Random(f"{seed}/{number}")  # noqa: S311 (simulation, not secrecy)
    language: Language = _pick(dice, given.languages)
    places = given.places[language]
    place = dice.choices(places, [p.weight for p in places])[0]
    income = math.exp(dice.gauss(math.log(place.median_income), given.income_spread))
    share = given.essential_share.draw(dice)
    left = max(income * (1 - share), 0.0)
    owed = max(income * given.owed_months.draw(dice), place.median_income * 0.02)
    interest = owed * given.interest_percent.draw(dice) / 100
    fees = owed * given.fees_percent.draw(dice) / 100
    days = dice.choices(given.arrears, [row.weight for row in given.arrears])[0]
    honesty = math.exp(dice.gauss(0, given.stated_over_true.spread))
    honesty = min(max(honesty, given.stated_over_true.least), given.stated_over_true.most)
    fills = dice.random() < given.fills_form
    raw = [dice.gammavariate(given.weights[name], 1.0) for name in ISSUES]
    dice_typos = dice.random()

    def money(units: float) -> Money:
        return Money(round(units * 10 ** decimals(place.currency)), place.currency)

    return Borrower(
        number=number,
        language=language,
        script=place.script,
        manner=_pick(dice, given.manners),
        types=dice.random() < given.types,
        typo_rate=0.0 if dice_typos < given.typo_rate.none else dice.uniform(0, given.typo_rate.most),
        country=place.country,
        income=money(income),
        essential=money(income * share),
        surplus=money(left),
        reserve=money(left * given.reserve_months.draw(dice)),
        balance=Balance(money(owed - interest - fees), money(interest), money(fees)),
        days_past_due=dice.randint(days.least, days.most),
        record=Record(broken=int(dice.random() < given.broken_before)),
        stated=money(left * honesty) if fills else None,
        honesty=honesty,
        patience=dice.randint(int(given.patience.least), int(given.patience.most)),
        opening_ask=given.opening_ask.draw(dice),
        goes_to=given.goes_to.draw(dice),
        firm=dice.random() < given.firm,
        names_terms=given.names_terms,
        weights=_shares(raw),
        opening=_pick(dice, given.openings_tight if 1 - share < given.tight_below else given.openings),
        way=_pick(dice, given.ways),
        payday=dice.randint(1, 28),
        forgetful=given.forgetful.draw(dice),
        whims=tuple(dice.random() for _ in range(WHIMS)),
        fate=dice.getrandbits(32),
    )


def stated_distributions() -> list[tuple[str, str]]:
    """The file as it stands, key by key, each with the comments that say where it comes from."""
    rows: list[tuple[str, str]] = []
    comments: list[str] = []
    for line in FILE.read_text(encoding="utf-8").splitlines():
        if line.strip().startswith("#"):
            comments.append(line.strip().lstrip("# "))
        elif line.strip():
            rows.append((line.strip(), " ".join(comments)))
            comments = []
    return rows


def _pick(dice: random.Random, weights: Mapping[Any, float]) -> Any:
    return dice.choices(list(weights), list(weights.values()))[0]


def _shares(raw: Sequence[float]) -> tuple[float, float, float]:
    total = sum(raw)
    first, second, third = (value / total for value in raw)
    return first, second, third
