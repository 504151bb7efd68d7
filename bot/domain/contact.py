"""Contact and conduct: when, how often and with which words a borrower may be written to, by jurisdiction.

The rules are data, ``policies/contact/*.yml``, one pack a jurisdiction, each rule with its source. What a pack leaves
out is ruled by the pack ``DEFAULT``, the strictest, and so is every jurisdiction that has no pack. ``house.yml`` holds
a lender's own rules; one that is looser than the pack's needs a recorded reason.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Annotated, Any, Literal, Self, TypeVar, get_args
from zoneinfo import ZoneInfo

from pydantic import Field, model_validator

from bot.domain.calendar import BusinessCalendar, days_off
from bot.domain.policy import Strict
from bot.domain.unfit import did_you_mean, raise_if_any

DEFAULT = "DEFAULT"
EU_COUNTRIES = "AT BE BG CY CZ DE DK EE ES FI FR GR HR HU IE IT LT LU LV MT NL PL PT RO SE SI SK"  # ISO 3166
EUROPEAN_UNION = frozenset(re.findall(r"[A-Z]+", EU_COUNTRIES))
CODE = re.compile(r"([A-Z]{2})(?:-[A-Z0-9]{1,3})?")

Day = Literal["mon", "tue", "wed", "thu", "fri", "sat", "sun", "holiday"]
LONGEST_LOOK = 60  # days within which it is looked for an opening
DAYS: tuple[Day, ...] = get_args(Day)[:7]
Unit = Literal["contacts", "attempts", "calls", "conversations"]
Per = Literal["address", "debt", "debtor"]
Kind = Literal["automated", "collector", "validation", "stop"]
When = Literal["start", "first_message", "every_later", "when_asked"]
Right = Literal["explanation", "refusal", "person", "option_without_profile"]

Text = Annotated[str, Field(min_length=1)]
Count = Annotated[int, Field(ge=1)]
FewDays = Annotated[int, Field(ge=0, le=366)]
Years = Annotated[int, Field(ge=1, le=30)]


class Rule(Strict):
    """What every rule says of itself. ``verified``: it was read in a source that quotes the rule."""

    source: Text
    strength: Literal["law", "standard", "self-regulation", "guidance"]
    verified: bool
    effective_from: date
    effective_to: date | None = None

    def in_force(self, day: date) -> bool:
        return self.effective_from <= day and (self.effective_to is None or day <= self.effective_to)


class Window(Rule):
    """Hours of the debtor's local time in which somebody may be written to; a public holiday is a day of its own."""

    days: Annotated[list[Day], Field(min_length=1)]
    opens: time = Field(alias="from")
    closes: time = Field(alias="to")

    @model_validator(mode="after")
    def _day_has_hours(self) -> Self:
        if self.closes <= self.opens:
            raise ValueError("the window closes before it opens")
        return self


class Cap(Rule):
    """The most that is allowed within so many days; one day is a calendar day, more are consecutive days."""

    most: Count
    days: Count
    per: Per

    def within(self, days: int) -> int:
        """The most that this allows in so many days."""
        return self.most * -(-days // self.days)

    def covers(self, other: Cap) -> bool:
        """Whether whoever keeps this one keeps the other."""
        return self.within(other.days) <= other.most and get_args(Per).index(self.per) >= get_args(Per).index(other.per)


class Cooldown(Rule):
    """Days of rest after a conversation."""

    days: FewDays

    def looser(self, base: Cooldown) -> bool:
        return self.days < base.days


class OptOut(Rule):
    """Words that alone are a wish for no more messages. ``unless_terms_are_open``: those of them that mean no more
    than a no while terms or a budget are talked about. ``obeyed_within_business_days``: 0 is at once."""

    words: Annotated[list[Text], Field(min_length=1)]
    unless_terms_are_open: list[Text] = Field(default_factory=list)
    obeyed_within_business_days: FewDays

    def looser(self, base: OptOut) -> bool:
        later = self.obeyed_within_business_days > base.obeyed_within_business_days
        return later or not _words(self.words) >= _words(base.words)


class ThirdParties(Rule):
    """Whether anybody but the borrower may be written to at all; what is owed is never revealed to them."""

    contact: Literal["never", "when_unreachable"]

    def looser(self, base: ThirdParties) -> bool:
        return (self.contact, base.contact) == ("when_unreachable", "never")


class Disclosed(Rule):
    """When something has to be said."""

    when: list[When]

    def looser(self, base: Disclosed) -> bool:
        return not set(self.when) >= set(base.when)


class Validation(Rule):
    """The information with which a borrower can check the debt, and how long it can be disputed."""

    send_within_days: FewDays
    dispute_days: FewDays
    receipt_business_days: FewDays

    def looser(self, base: Validation) -> bool:
        shorter = self.dispute_days < base.dispute_days or self.receipt_business_days < base.receipt_business_days
        return shorter or self.send_within_days > base.send_within_days


class Dispute(Rule):
    """Whether a dispute stops collection until the debt is verified."""

    stops_collection: bool

    def looser(self, base: Dispute) -> bool:
        return base.stops_collection and not self.stops_collection


class HardshipPause(Rule):
    """How long nothing is demanded while somebody works out what they can pay."""

    days: FewDays

    def looser(self, base: HardshipPause) -> bool:
        return self.days < base.days


class Limitation(Rule):
    """After how many years a debt may not be enforced any more, and where parts of a country differ (ISO 3166-2)."""

    years: Years
    regions: dict[str, Years] = Field(default_factory=dict)

    def looser(self, base: Limitation) -> bool:
        more = [years > base.regions.get(region, base.years) for region, years in self.regions.items()]
        return self.years > base.years or any(more)


class CostCap(Rule):
    """The most that a debt may cost, everything counted."""

    percent_a_year: Annotated[float, Field(gt=0, le=1000)]

    def looser(self, base: CostCap) -> bool:
        return self.percent_a_year > base.percent_a_year


class Retention(Rule):
    """How long records are kept at least."""

    years: Years

    def looser(self, base: Retention) -> bool:
        return self.years < base.years


class AutomatedDecisions(Rule):
    """What a borrower may ask for where a machine decides."""

    rights: list[Right]

    def looser(self, base: AutomatedDecisions) -> bool:
        return not set(self.rights) >= set(base.rights)


class Conduct(Rule):
    """A rule of conduct in words; it is kept by how the bot is made, not by a figure."""

    says: Text


class Pack(Strict):
    """One file ``policies/contact/<jurisdiction>.yml``, or a lender's own rules for one jurisdiction."""

    version: str = ""
    name: str = ""
    windows: list[Window] = Field(default_factory=list)
    caps: dict[Unit, list[Cap]] = Field(default_factory=dict)
    cooldowns: dict[Unit, Cooldown] = Field(default_factory=dict)
    opt_out: OptOut | None = None
    third_parties: ThirdParties | None = None
    disclosures: dict[Kind, Disclosed] = Field(default_factory=dict)
    validation: Validation | None = None
    dispute: Dispute | None = None
    hardship_pause: HardshipPause | None = None
    limitation: Limitation | None = None
    cost_cap: CostCap | None = None
    retention: Retention | None = None
    automated_decisions: AutomatedDecisions | None = None
    conduct: list[Conduct] = Field(default_factory=list)

    def rules(self) -> Iterator[tuple[tuple[str | int, ...], Rule]]:
        """Every rule with the keys under which it stands."""
        for name in RULES:
            yield from _rules(getattr(self, name), (name,))

    def over(self, base: Pack, day: date) -> Pack:
        """The rules of this pack that are in force on a day, and those of another wherever this one has none."""
        merged = {name: _over(_in_force(getattr(self, name), day), getattr(base, name)) for name in RULES}
        version = "+".join(part for part in (self.version, base.version) if part)
        return Pack.model_construct(version=version, name=self.name or base.name, **merged)

    def looser_than(self, base: Pack) -> list[tuple[str, ...]]:
        """The keys of the rules that allow more than those of another pack, where both have one."""
        found: list[tuple[str, ...]] = []
        if self.windows and base.windows and not _within(self.windows, base.windows):
            found.append(("windows",))
        for unit, caps in self.caps.items():
            if any(not any(cap.covers(other) for cap in caps) for other in base.caps.get(unit, ())):
                found.append(("caps", unit))
        for name in ("cooldowns", "disclosures"):
            own, others = getattr(self, name), getattr(base, name)
            found += [(name, key) for key in own if key in others and own[key].looser(others[key])]
        for name in SINGLE:
            one, other = getattr(self, name), getattr(base, name)
            if one is not None and other is not None and one.looser(other):
                found.append((name,))
        return found


SINGLE = (
    "opt_out",
    "third_parties",
    "validation",
    "dispute",
    "hardship_pause",
    "limitation",
    "cost_cap",
    "retention",
    "automated_decisions",
)
RULES = tuple(name for name in Pack.model_fields if name not in ("version", "name"))


class DefaultPack(Pack):
    """``DEFAULT.yml``: what no other pack needs to have."""

    @model_validator(mode="after")
    def _has_what_is_needed(self) -> Self:
        needed = [name for name in RULES if name not in ("cost_cap", "conduct")]
        raise_if_any((f"the default pack needs {name}", []) for name in needed if not getattr(self, name))
        missing = sorted(set(get_args(Kind)) - set(self.disclosures))
        raise_if_any((f"the default pack needs the disclosure {kind}", ["disclosures"]) for kind in missing)
        return self


class Loosened(Strict):
    """Why a lender's own rule is looser than a pack's, and who decided so."""

    jurisdiction: Text
    rule: Text
    reason: Text
    who: Text
    on: date


class House(Strict):
    """``house.yml``: a lender's own rules by jurisdiction, and the reasons for those looser than the pack's."""

    version: str = ""
    rules: dict[str, Pack] = Field(default_factory=dict)
    loosened: list[Loosened] = Field(default_factory=list)


@dataclass(frozen=True)
class ContactPack:
    """The rules that hold for one jurisdiction on one day. ``version`` names the files that they come from."""

    jurisdiction: str
    name: str
    version: str
    windows: Sequence[Window]
    caps: Mapping[Unit, Sequence[Cap]]
    cooldowns: Mapping[Unit, Cooldown]
    opt_out: OptOut
    third_parties: ThirdParties
    disclosures: Mapping[Kind, Disclosed]
    validation: Validation
    dispute: Dispute
    hardship_pause: HardshipPause
    limitation: Limitation
    retention: Retention
    automated_decisions: AutomatedDecisions
    conduct: Sequence[Conduct]
    cost_cap: CostCap | None
    region: str = ""

    def allows(self, local: datetime) -> bool:
        """Whether a moment of the debtor's local time is inside a window."""
        return any(window.opens <= local.time() < window.closes for window in self.windows_on(local.date()))

    def windows_on(self, day: date) -> list[Window]:
        """The windows of a day; a public holiday is a day of its own."""
        holidays = days_off(self.region or self.jurisdiction, day.year).holidays
        name = "holiday" if day in holidays else DAYS[day.weekday()]
        return [window for window in self.windows if name in window.days]

    @property
    def opt_out_words(self) -> frozenset[str]:
        """The words that alone are a stop request, as `plain_word` gives them."""
        return _words(self.opt_out.words)

    @property
    def hardship_pause_days(self) -> int:
        return self.hardship_pause.days

    @property
    def limitation_years(self) -> int:
        return self.limitation.regions.get(self.region, self.limitation.years)

    @property
    def retention_years(self) -> int:
        return self.retention.years

    def says(self, kind: Kind, when: When) -> bool:
        """Whether something has to be disclosed at some time."""
        return when in self.disclosures[kind].when


@dataclass(frozen=True)
class Packs:
    """Every pack, and the lender's own rules over them."""

    files: Mapping[str, Pack]
    house: House

    def of(self, code: str | None, day: date) -> ContactPack:
        """The rules for a jurisdiction or country, such as "US", "GB-SCT" or "FR"; for an unknown one the strictest.

        ``day``: rules hold from the day on which they come into force.
        """
        region = (code or "").strip().upper()
        jurisdiction = self._jurisdiction(region)
        base = self.base(jurisdiction, day)
        own = self.house.rules.get(jurisdiction)
        rules = base if own is None else own.model_copy(update={"version": self.house.version}).over(base, day)
        given = {name: getattr(rules, name) for name in RULES}
        return ContactPack(jurisdiction, rules.name, rules.version, **given, region=region)

    def base(self, jurisdiction: str, day: date) -> Pack:
        """A jurisdiction's rules without the lender's own."""
        default = Pack().over(self.files[DEFAULT], day)
        return default if jurisdiction == DEFAULT else self.files[jurisdiction].over(default, day)

    def problems(self, day: date) -> Iterator[tuple[str, tuple[str, ...]]]:
        """What is wrong with the lender's own rules: a sentence, and its keys in ``house.yml``."""
        for jurisdiction, own in self.house.rules.items():
            if jurisdiction not in self.files:
                yield (
                    f"there is no pack {jurisdiction}{did_you_mean(jurisdiction, self.files)}",
                    ("rules", jurisdiction),
                )
                continue
            for keys in own.looser_than(self.base(jurisdiction, day)):
                rule = ".".join(keys)
                if not any((row.jurisdiction, row.rule) == (jurisdiction, rule) for row in self.house.loosened):
                    text = f"is looser than the pack {jurisdiction}; say under loosened why and who decided it"
                    yield f"{text} (rule: {rule})", ("rules", jurisdiction, *keys)

    def _jurisdiction(self, region: str) -> str:
        code = CODE.fullmatch(region)
        if code is None:
            return DEFAULT
        country = "EU" if code[1] in EUROPEAN_UNION and code[1] not in self.files else code[1]
        return country if country in self.files else DEFAULT


def plain_word(text: str) -> str:
    """A message as it is compared with opt-out words: small letters, single blanks, no marks around it."""
    return " ".join(text.strip(" .!?。！？~～,，、\"'“”「」").lower().split())


def is_opt_out(text: str, rule: OptOut, terms_are_open: bool) -> bool:
    """Whether a message is nothing but a wish for no more messages."""
    word = plain_word(text)
    return word in _words(rule.words) and not (terms_are_open and word in _words(rule.unless_terms_are_open))


def dispute_by(rule: Validation, sent_on: date, country: str) -> date:
    """The last day on which a debt can be disputed whose validation information was sent on a day.

    It counts as received some business days after it was sent, and the window runs from there (12 CFR 1006.34(b)(5)).
    """
    calendar, received = BusinessCalendar(country), sent_on
    for _ in range(rule.receipt_business_days):
        received += timedelta(days=1)
        while not calendar.is_working_day(received):
            received += timedelta(days=1)
    return received + timedelta(days=rule.dispute_days)


@dataclass(frozen=True)
class Opening:
    """From when on something may leave uninvited, and what keeps it until then: ``contact_hours``, ``contact_cap`` or
    ``contact_rest``."""

    at: datetime
    why: str


def opening(
    rules: ContactPack,
    now: datetime,
    time_zone: str,
    contacts: Mapping[Per, Sequence[datetime]],
    talked_at: datetime | None = None,
) -> Opening | None:
    """When something uninvited may leave for a borrower; None where it may now.

    ``contacts``: when something left uninvited before, to the same address, about the same debt, for the same debtor.
    ``talked_at``: when the last conversation was. Days and hours are those of the borrower's time zone.
    """
    zone = ZoneInfo(time_zone)
    local, why = now.astimezone(zone), ""
    left = {per: [at.astimezone(zone).date() for at in moments] for per, moments in contacts.items()}
    rest = rules.cooldowns.get("contacts")
    rests_until = talked_at.astimezone(zone).date() + timedelta(days=rest.days) if rest and talked_at else None
    for ahead in range(LONGEST_LOOK):
        day = local.date() + timedelta(days=ahead)
        if rests_until is not None and day <= rests_until and rest is not None and rest.days:
            why = why or "contact_rest"
        elif any(_is_full(cap, day, left.get(cap.per, ())) for cap in rules.caps.get("contacts", ())):
            why = why or "contact_cap"
        else:
            for window in sorted(rules.windows_on(day), key=lambda window: window.opens):
                opens = max(datetime.combine(day, window.opens, zone), local)
                if opens < datetime.combine(day, window.closes, zone):
                    return None if opens == local else Opening(opens.astimezone(UTC), why or "contact_hours")
            why = why or "contact_hours"
    return Opening((local + timedelta(days=LONGEST_LOOK)).astimezone(UTC), why)


def _is_full(cap: Cap, day: date, left: Sequence[date]) -> bool:
    first = day - timedelta(days=cap.days - 1)
    return sum(first <= on <= day for on in left) >= cap.most


def time_barred(years: int, due_on: date, last_payment_on: date | None, today: date) -> bool:
    """Whether a debt may be beyond limitation: so many years since it was due or last paid on, whichever is later.

    Where a debt may be, nothing is said of courts. Acknowledgements and interruptions are not known here.
    """
    since = max(due_on, last_payment_on or due_on)
    try:
        end = since.replace(year=since.year + years)
    except ValueError:  # the 29th of February
        end = date(since.year + years, 3, 1)
    return today >= end


def _words(words: Sequence[str]) -> frozenset[str]:
    return frozenset(plain_word(word) for word in words)


def _within(own: Sequence[Window], base: Sequence[Window]) -> bool:
    """Whether every minute of some windows is allowed by others."""
    for day in get_args(Day):
        allowed = sorted((window.opens, window.closes) for window in base if day in window.days)
        for window in own:
            if day in window.days and not any(a <= window.opens and window.closes <= b for a, b in allowed):
                return False
    return True


def _rules(value: Any, keys: tuple[str | int, ...]) -> Iterator[tuple[tuple[str | int, ...], Rule]]:
    if isinstance(value, Rule):
        yield keys, value
    elif isinstance(value, dict):
        for name, below in value.items():
            yield from _rules(below, (*keys, name))
    elif isinstance(value, list):
        for index, below in enumerate(value):
            yield from _rules(below, (*keys, index))


Value = TypeVar("Value")


def _in_force(value: Any, day: date) -> Any:
    if isinstance(value, Rule):
        return value if value.in_force(day) else None
    if isinstance(value, dict):
        return {name: held for name, below in value.items() if (held := _in_force(below, day))}
    if isinstance(value, list):
        return [rule for rule in value if rule.in_force(day)]
    return value


def _over(own: Any, base: Any) -> Any:
    """A rule, or another's where there is none; of rules by name each for itself."""
    return {**base, **own} if isinstance(own, dict) else own or base
