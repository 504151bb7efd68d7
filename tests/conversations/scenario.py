"""A scripted conversation as trainers write it: what is said, what must come of it.

``tests/conversations/<behaviour>/<what_happens>.yml``; `docs/scenarios.md` explains every key with examples.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Annotated, Any, Literal

from opencc import OpenCC
from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError, model_validator
from ruamel.yaml import YAML
from ruamel.yaml.error import YAMLError

FOLDER = Path(__file__).resolve().parent
LANGUAGES = ("en", "zh-Hans", "zh-Hant")
Language = Literal["en", "zh-Hans", "zh-Hant"]
ACTS = ("says", "taps", "identifies", "waits", "pays", "person")
COUNTRIES = {
    "US": ("USD", "America/New_York", "+1202555XXXX"),
    "GB": ("GBP", "Europe/London", "+447700XXXXXX"),
    "CN": ("CNY", "Asia/Shanghai", "+86138XXXXXXXX"),
    "TW": ("TWD", "Asia/Taipei", "+88691XXXXXXX"),
    "HK": ("HKD", "Asia/Hong_Kong", "+8525XXXXXXX"),
    "SG": ("SGD", "Asia/Singapore", "+659XXXXXXX"),
    "TH": ("THB", "Asia/Bangkok", "+668XXXXXXXX"),
    "IE": ("EUR", "Europe/Dublin", "+35385XXXXXXX"),
    "DE": ("EUR", "Europe/Berlin", "+49151XXXXXXXX"),
    "JP": ("JPY", "Asia/Tokyo", "+8190XXXXXXXX"),
}
TRADITIONAL = OpenCC("s2twp")
DAYS = re.compile(r"(\d+) (hour|day|week|month)s?")
IN_DAYS = re.compile(r"\{in (\d+) days\}")


class BadScenario(ValueError):
    """A scenario that cannot be played; the message says where and why."""


def _texts(value: Any) -> Any:
    return [] if value in (None, "none") else [value] if isinstance(value, (str, int, float)) else value


def _nothing(value: Any) -> Any:
    return None if value == "none" else value


Texts = Annotated[list[str], BeforeValidator(lambda value: [str(text) for text in _texts(value)])]
ByLanguage = dict[Language, str]


class Strict(BaseModel):
    model_config = ConfigDict(extra="forbid")


class Owes(Strict):
    """What is owed, in the currency of the borrower's country."""

    principal: Decimal = Decimal(900)
    interest: Decimal = Decimal(10)
    fees: Decimal = Decimal(35)


class Person(Strict):
    """The account of the borrower; whatever is not said stands as here."""

    country: str = "US"
    owes: Owes = Owes()
    due: str = "60 days ago"
    born: date = date(1990, 5, 12)
    name: str = "Robin Ashgrove"
    jurisdiction: str = ""
    product: str = "wallet credit"
    annual_rate: str = ""
    last_paid: str = ""

    @model_validator(mode="after")
    def _country_is_known(self) -> Person:
        if self.country not in COUNTRIES:
            raise ValueError(f"country is one of {', '.join(COUNTRIES)}")
        return self


class Step(Strict):
    """One thing that happens, and what must be answered to it."""

    says: str | ByLanguage | None = None
    taps: str | None = None
    identifies: Literal[True] | None = None
    waits: str | None = None
    pays: str | None = None
    person: dict[Literal["returns", "writes", "approves", "refuses"], str] | None = None

    bot: Texts = []
    only: Texts = []
    shows: Texts = []
    never: Texts = []
    buttons: Texts = []
    silence: bool = False

    @model_validator(mode="before")
    @classmethod
    def _written_short(cls, value: Any) -> Any:
        if value == "identifies":
            return {"identifies": True}
        if isinstance(value, Mapping) and "pays" in value:
            return {**value, "pays": str(value["pays"])}
        return value

    @model_validator(mode="after")
    def _one_act(self) -> Step:
        acts = [act for act in ACTS if getattr(self, act) is not None]
        if len(acts) != 1:
            raise ValueError(f"a step has exactly one of {', '.join(ACTS)}, this one has {', '.join(acts) or 'none'}")
        return self

    @property
    def act(self) -> str:
        return next(act for act in ACTS if getattr(self, act) is not None)

    def said(self, language: str) -> str:
        """The borrower's words in a language; traditional is converted from simplified where it has none of its own."""
        words: Mapping[str, str] = {language: self.says} if isinstance(self.says, str) else (self.says or {})
        if language == "zh-Hant" and language not in words:
            return TRADITIONAL.convert(words["zh-Hans"])
        return words[language]


class CaseFacts(Strict):
    reason: str
    priority: str | None = None
    about: str | None = None
    status: str | None = None


class PlanFacts(Strict):
    kind: str | None = None
    payments: int | None = None
    total: Decimal | None = None
    each: Decimal | None = None
    down: Decimal | None = None
    frequency: str | None = None
    status: str = "active"


class PromiseFacts(Strict):
    amount: Decimal | None = None
    on: str | None = None
    at: str | None = None
    status: str = "open"


class Outcome(Strict):
    """What must stand in the ledger at the end. What is not named must not be there: no plan, no case, no hold."""

    plan: Annotated[PlanFacts | None, BeforeValidator(_nothing)] = None
    promise: Annotated[PromiseFacts | None, BeforeValidator(_nothing)] = None
    cases: Annotated[list[CaseFacts], BeforeValidator(_texts)] = []
    hold: Annotated[str | None, BeforeValidator(_nothing)] = None
    hardship: Annotated[str | None, BeforeValidator(_nothing)] = None
    contact_stopped: bool = False
    outbox: Texts = []
    owed: Decimal | None = None
    stage: str | None = None
    recorded: Texts = []


class Scenario(Strict):
    """The whole file. ``known_gap``: it does not go as it should yet, and why."""

    story: str
    known_gap: str | None = None
    language: Language | None = None
    borrower: Person = Person()
    talk: Annotated[list[Step], Field(min_length=1)]
    never: Texts = []
    then: Outcome = Outcome()

    @property
    def languages(self) -> tuple[str, ...]:
        """In which languages it is played: one if the words are plain texts, else all that each step has."""
        by_language = [set(step.says) for step in self.talk if isinstance(step.says, dict)]
        if not by_language:
            return (self.language or "en",)
        common = set.intersection(*by_language)
        if "zh-Hans" in common:
            common.add("zh-Hant")
        return tuple(language for language in LANGUAGES if language in common)

    @model_validator(mode="after")
    def _languages_fit(self) -> Scenario:
        if not self.languages:
            raise ValueError("no language has words for every step")
        mixed = {type(step.says) for step in self.talk if step.says is not None}
        if len(mixed) > 1:
            raise ValueError(
                "either every `says` is a text (with `language` at the top) or every one has its languages"
            )
        return self


def read_scenario(path: Path) -> Scenario:
    """A scenario from its file. Raises BadScenario with a sentence for each problem."""
    try:
        return Scenario.model_validate(YAML(typ="safe").load(path.read_text(encoding="utf-8")))
    except YAMLError as error:
        raise BadScenario(f"{path.name} is no YAML: {error}") from error
    except ValidationError as error:
        problems = [f"{'.'.join(map(str, row['loc'])) or 'the file'}: {row['msg']}" for row in error.errors()]
        raise BadScenario(f"{path.name} cannot be played:\n" + "\n".join(f"- {line}" for line in problems)) from error


def scenario_files() -> list[Path]:
    """Every scenario there is, by behaviour."""
    return sorted(FOLDER.glob("*/*.yml"))


def span(text: str) -> timedelta:
    """A span such as "2 days" or "6 weeks". Raises BadScenario."""
    match = DAYS.search(text)
    if match is None:
        raise BadScenario(f"{text!r} is no span such as '2 days' or '3 hours'")
    count, unit = int(match[1]), match[2]
    return (
        timedelta(hours=count) if unit == "hour" else timedelta(days=count * {"day": 1, "week": 7, "month": 30}[unit])
    )


def day(text: str, today: date) -> date:
    """A day such as "60 days ago", "in 5 days", "today" or 2026-12-01. Raises BadScenario."""
    if text == "today":
        return today
    if text.endswith("ago"):
        return today - span(text)
    if text.startswith("in "):
        return today + span(text)
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise BadScenario(f"{text!r} is no day such as '60 days ago', 'in 5 days' or 2026-12-01") from None


def fill(text: str, language: str, today: date, facts: Mapping[str, str]) -> str:
    """Words with {account}, {born}, {phone}, {passcode} and {in 5 days} filled in as the borrower would write them."""

    def later(match: re.Match[str]) -> str:
        then = today + timedelta(days=int(match[1]))
        sign = "號" if language == "zh-Hant" else "号"
        return f"{then.day} {then:%B}" if language == "en" else f"{then.month}月{then.day}{sign}"

    text = IN_DAYS.sub(later, text)
    for name, value in facts.items():
        text = text.replace(f"{{{name}}}", value)
    return text
