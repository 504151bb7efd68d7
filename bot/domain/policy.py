"""What a lender allows to be offered, to whom and by whom: the shape of ``policies/offers/*.yml``."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from typing import Annotated, Any, Literal, get_origin

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationInfo, field_validator, model_validator

from bot.domain.debt import COMPONENTS, Balance, Debt
from bot.domain.money import Money, MoneyError, currencies, currencies_in_use, decimals
from bot.domain.schedule import FREQUENCIES, Frequency
from bot.domain.unfit import did_you_mean, raise_if_any

Role = Literal["bot", "agent", "supervisor"]
ROLES: tuple[Role, ...] = ("bot", "agent", "supervisor")
PEOPLE: tuple[Role, ...] = ("agent", "supervisor")
Component = Literal["principal", "interest", "fees"]
DayRule = Literal["stay", "next", "previous"]

Percent = Annotated[Decimal, Field(ge=0, le=100)]
Days = Annotated[int, Field(ge=0, le=366)]


def _amounts(by_currency: dict[str, Decimal]) -> dict[str, Decimal]:
    raise_if_any((text, [currency]) for currency, amount in by_currency.items() if (text := _amiss(amount, currency)))
    return by_currency


def _amiss(amount: Decimal, currency: str) -> str:
    """What is wrong with an amount; empty where nothing is."""
    if unknown := _no_currency(currency):
        return unknown
    if amount <= 0:
        return f"is {amount}, but must be more than 0"
    try:
        Money.parse(str(amount), currency)
    except MoneyError:
        places = decimals(currency) or "no"
        return f"is {amount}, but must be a plain number; {currency} has {places} decimals"
    return ""


def _no_currency(code: str) -> str:
    if code in currencies():
        return ""
    return f"{code!r} is no ISO 4217 currency code{did_you_mean(code, currencies_in_use())}"


Amounts = Annotated[dict[str, Decimal], AfterValidator(_amounts)]


class Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False)

    @field_validator("*", mode="before")
    @classmethod
    def _true_is_no_number(cls, value: Any, info: ValidationInfo) -> Any:
        """YAML's true and false would be read as 1 and 0."""
        kind = cls.model_fields[info.field_name or ""].annotation
        single = isinstance(value, bool) and kind is not bool
        among = value.items() if isinstance(value, dict) and get_origin(kind) is dict else ()
        below = [name for name, entry in among if isinstance(entry, bool)]
        raise_if_any(("is true or false, but must be a number or a text", at) for at in ([name] for name in below))
        if single:
            raise ValueError(f"is {str(value).lower()}, but must not be true or false")
        return value


class Range(Strict):
    """A range of days past due; both ends belong to it, an end left out is open."""

    least: int | None = Field(default=None, alias="from")
    most: int | None = Field(default=None, alias="to")

    @model_validator(mode="after")
    def _ends_after_it_begins(self) -> Range:
        if self.least is not None and self.most is not None and self.least > self.most:
            raise ValueError(f"no day lies from {self.least} to {self.most}; from must be at most to")
        return self

    def holds(self, value: int) -> bool:
        return (self.least is None or value >= self.least) and (self.most is None or value <= self.most)


class BalanceRange(Strict):
    """A range of what is owed, in currency units; both ends belong to it, an end left out is open."""

    least: Decimal | None = Field(default=None, alias="from")
    most: Decimal | None = Field(default=None, alias="to")

    @model_validator(mode="after")
    def _ends_after_it_begins(self) -> BalanceRange:
        if self.least is not None and self.most is not None and self.least > self.most:
            raise ValueError(f"no balance lies from {self.least} to {self.most}; from must be at most to")
        return self

    def holds(self, balance: Money) -> bool:
        amount = balance.amount
        return (self.least is None or amount >= self.least) and (self.most is None or amount <= self.most)


class WaiverCap(Strict):
    """How much of one component may be waived: a share of it and, by currency, an amount; the smaller counts."""

    percent: Percent
    amount: Amounts = Field(default_factory=dict)

    @model_validator(mode="before")
    @classmethod
    def _a_bare_number_is_a_share(cls, data: Any) -> Any:
        return data if isinstance(data, dict | WaiverCap) else {"percent": data}

    def of(self, component: Money) -> Money:
        """The most that may be waived of a component."""
        share, most = component.percent(self.percent), self.amount.get(component.currency)
        return share if most is None else min(share, Money.parse(str(most), component.currency), key=lambda m: m.minor)


NOTHING = WaiverCap(percent=Decimal(0))


class Waivers(Strict):
    """What may be waived, by component; a component that is not named is not waived."""

    fees: WaiverCap = NOTHING
    interest: WaiverCap = NOTHING
    principal: WaiverCap = NOTHING

    def most(self, balance: Balance) -> Balance:
        """The most that may be waived of each component of a balance."""
        return Balance(**{name: getattr(self, name).of(getattr(balance, name)) for name in COMPONENTS})


class PlanAuthority(Strict):
    """The instalment plans that may be agreed; a waiver is earned with the last payment."""

    most_instalments: dict[Frequency, Annotated[int, Field(ge=1, le=520)]]
    longest_days: Annotated[int, Field(ge=1, le=3660)] | None = None
    smallest_instalment: Amounts = Field(default_factory=dict, description="by currency, in currency units")
    largest_instalment: Amounts = Field(default_factory=dict)
    first_payment_within_days: Annotated[int, Field(ge=1, le=366)]
    least_down_payment_percent: Percent = Decimal(0)
    waive: Waivers = Waivers()

    @model_validator(mode="after")
    def _something_is_possible(self) -> PlanAuthority:
        if not self.most_instalments:
            text = f"is empty, but must name at least one of {', '.join(FREQUENCIES)}"
            raise_if_any([(text, ["most_instalments"])])
        raise_if_any(
            (f"is {largest}, but must be at least smallest_instalment, {least}", ["largest_instalment", currency])
            for currency, largest in self.largest_instalment.items()
            if largest < (least := self.smallest_instalment.get(currency, Decimal(0)))
        )
        return self

    def smallest(self, currency: str) -> Money:
        """The smallest instalment in a currency; one minor unit where the policy names none."""
        amount = self.smallest_instalment.get(currency)
        return Money(1, currency) if amount is None else Money.parse(str(amount), currency)

    def largest(self, currency: str) -> Money | None:
        """The largest instalment in a currency; None where the policy names none."""
        amount = self.largest_instalment.get(currency)
        return None if amount is None else Money.parse(str(amount), currency)


class SettlementAuthority(Strict):
    """Payment in full, soon, with a part taken off."""

    within_days: Days
    waive: Waivers = Waivers()


class PromiseAuthority(Strict):
    """One payment at a later date: how long it may be put off, and how much of the debt it is at least."""

    within_days: Days
    least_percent: Percent = Decimal(0)


class PauseAuthority(Strict):
    """Pauses of a running plan."""

    most: Annotated[int, Field(ge=0, le=12)] = 0
    longest_days: Days = 0


class Authority(Strict):
    """What one role may agree to."""

    plan: PlanAuthority
    settlement: SettlementAuthority
    promise: PromiseAuthority
    pause: PauseAuthority = PauseAuthority()
    cost_cap_percent_a_year: Annotated[Decimal, Field(ge=0, le=1000)] | None = None


class Approval(Strict):
    """When a yes of the borrower still needs that of a person; one line that fits is enough."""

    balance_over: Amounts = Field(default_factory=dict)
    waived_percent_over: Percent | None = None
    longer_than_days: Days | None = None
    after_broken_plans: Annotated[int, Field(ge=1)] | None = None


class Segment(Strict):
    """Which accounts the authority is for, and what it is. Agents and supervisors name only what differs."""

    name: Annotated[str, Field(min_length=1, max_length=80)]
    days_past_due: Range = Range()
    balance: dict[str, BalanceRange] = Field(default_factory=dict)
    products: list[str] = Field(default_factory=list)
    portfolios: list[str] = Field(default_factory=list)
    authority: dict[Role, Authority]
    needs_approval: Approval = Approval()

    @model_validator(mode="before")
    @classmethod
    def _inherit(cls, data: Any) -> Any:
        """A role stands on the one below it."""
        given = data.get("authority") if isinstance(data, dict) else None
        if not isinstance(given, dict) or not isinstance(given.get("bot"), dict):
            return data
        below: Any = {}
        whole = {name: value for name, value in given.items() if name not in ROLES}
        for role in ROLES:
            below = whole[role] = _merged(below, given.get(role, {}))
        return {**data, "authority": whole}

    @model_validator(mode="after")
    def _no_role_stands_below_the_one_beneath(self) -> Segment:
        if "bot" not in self.authority:
            raise_if_any([("must say at least what the bot may do", ["authority"])])
        pairs: tuple[tuple[Role, Role], ...] = (("bot", "agent"), ("agent", "supervisor"))
        raise_if_any(
            (f"allows the {upper} less than the {lower} may do", ["authority", upper, *key.split(".")])
            for lower, upper in pairs
            for key in narrower(self.authority[lower], self.authority[upper])
        )
        return self

    @field_validator("balance")
    @classmethod
    def _balances_are_in_currencies(cls, balance: dict[str, BalanceRange]) -> dict[str, BalanceRange]:
        raise_if_any((text, [code]) for code in balance if (text := _no_currency(code)))
        return balance

    def holds(self, debt: Debt, days_past_due: int) -> bool:
        """Whether an account belongs to this segment."""
        total = debt.balance.total
        fits = self.balance.get(total.currency)
        return (
            self.days_past_due.holds(days_past_due)
            and (not self.balance or (fits is not None and fits.holds(total)))
            and (not self.products or debt.product in self.products)
            and (not self.portfolios or debt.portfolio in self.portfolios)
        )


class DueDates(Strict):
    """Where a due date goes that falls on a day on which banks are closed."""

    weekends: DayRule = "stay"
    holidays: DayRule = "stay"


class Keeping(Strict):
    """What a running plan bears before it is broken, and whether interest goes on."""

    days_of_grace: Annotated[int, Field(ge=0, le=60)] = 3
    missed_instalments: Annotated[int, Field(ge=0, le=12)] = 1
    interest: Literal["frozen", "running"] = "frozen"


class OfferPolicy(Strict):
    """One policy file. ``version`` is the hash of its content, set by whoever reads it."""

    name: str
    description: str = ""
    rounds: Annotated[int, Field(ge=1, le=10)]
    opening_percent: Percent = Field(description="share of the authority that the first offers use")
    hold_back_percent: Percent = Field(default=Decimal(0), description="share that is kept for the last round")
    offer_lifetime_hours: Annotated[int, Field(ge=1, le=24 * 90)]
    payment_order: tuple[Component, ...] = ("fees", "interest", "principal")
    due_dates: DueDates = DueDates()
    keeping: Keeping = Keeping()
    never_negotiated: list[str] = Field(
        default_factory=lambda: [
            "dispute_debt",
            "claim_already_paid",
            "report_fraud",
            "report_bankruptcy",
            "report_death",
            "legal_representation",
        ],
        description="reasons for a hold under which nothing is offered, as policies/handover.yml names them",
    )
    segments: Annotated[list[Segment], Field(min_length=1)]
    version: str = ""

    @model_validator(mode="after")
    def _whole(self) -> OfferPolicy:
        problems: list[tuple[str, list[str | int]]] = []
        if sorted(self.payment_order) != sorted(COMPONENTS):
            problems.append((f"must name each of {', '.join(COMPONENTS)} once", ["payment_order"]))
        together = self.opening_percent + self.hold_back_percent
        if together > 100:
            text = f"and opening_percent are {together} together, but must be at most 100"
            problems.append((text, ["hold_back_percent"]))
        names = [segment.name for segment in self.segments]
        for index, name in enumerate(names):
            if name in names[:index]:
                problems.append((f"another segment is called {name!r} already", ["segments", index, "name"]))
        raise_if_any(problems)
        return self

    def segment(self, debt: Debt, days_past_due: int) -> Segment | None:
        """The first segment that the debt falls into; None where nothing may be offered."""
        return next((s for s in self.segments if s.holds(debt, days_past_due)), None)


def _merged(below: Any, above: Any) -> Any:
    """A mapping with what another one names in its place, level by level."""
    if not isinstance(below, dict) or not isinstance(above, dict):
        return above
    return {**below, **{key: _merged(below.get(key), value) for key, value in above.items()}}


def narrower(lower: Authority, upper: Authority) -> Iterator[str]:
    """The keys under which a higher role may do less than the one below it."""
    for frequency, most in lower.plan.most_instalments.items():
        if upper.plan.most_instalments.get(frequency, 0) < most:
            yield f"plan.most_instalments.{frequency}"
    for name in ("plan", "settlement"):
        for component in COMPONENTS:
            caps = [getattr(getattr(role, name).waive, component) for role in (lower, upper)]
            if caps[1].percent < caps[0].percent:
                yield f"{name}.waive.{component}"
    for key, below, above in (
        ("plan.first_payment_within_days", lower.plan, upper.plan),
        ("settlement.within_days", lower.settlement, upper.settlement),
        ("promise.within_days", lower.promise, upper.promise),
        ("pause.most", lower.pause, upper.pause),
        ("pause.longest_days", lower.pause, upper.pause),
    ):
        attribute = key.split(".")[1]
        if getattr(above, attribute) < getattr(below, attribute):
            yield key
    if upper.plan.least_down_payment_percent > lower.plan.least_down_payment_percent:
        yield "plan.least_down_payment_percent"
    if upper.promise.least_percent > lower.promise.least_percent:
        yield "promise.least_percent"
