"""Who the lender is: the data behind the answers to "who are you" and "how do I pay"."""

from __future__ import annotations

import re
from typing import Annotated, Literal

from pydantic import AfterValidator, Field, model_validator

from bot.domain.policy import Strict


def _in_both_languages(texts: dict[str, str]) -> dict[str, str]:
    missing = [language for language in ("en", "zh-Hans") if not texts.get(language, "").strip()]
    if missing:
        raise ValueError(f"there is no text in {', '.join(missing)}")
    return texts


def _with_default(lines: dict[str, Sourced]) -> dict[str, Sourced]:
    if "DEFAULT" not in lines:
        raise ValueError("there is no DEFAULT for countries that are not listed")
    return lines


def _https(link: str) -> str:
    if not re.fullmatch(r"https://[^\s/]+\.[^\s]+", link):
        raise ValueError(f"{link!r} is no address that begins with https://")
    return link


# A text in English and simplified Chinese; traditional Chinese is converted where it has none of its own.
Translated = Annotated[dict[str, str], AfterValidator(_in_both_languages)]


class Sourced(Strict):
    """A place to turn to, where that was read, and whether somebody has verified it there."""

    text: Translated
    source: Annotated[str, Field(min_length=1)]
    verified: bool


class Step(Strict):
    """What the lender does about an account that is late, and after how many days."""

    from_days: Annotated[int, Field(ge=0, le=3650)]
    what: Translated


class Consequences(Strict):
    """What happens step by step while a debt stays unpaid; what is left out is not known here."""

    costs: Translated | None = None
    steps: list[Step] = Field(default_factory=list)
    outside_team: Translated | None = None
    legal: Translated | None = None

    @model_validator(mode="after")
    def _in_order(self) -> Consequences:
        days = [step.from_days for step in self.steps]
        if days != sorted(days):
            raise ValueError(f"the steps stand in the order of their days, not {', '.join(map(str, days))}")
        return self


class CreditRecord(Strict):
    """Whether the lender reports to credit agencies; to whom, from how many days late, and what paying does."""

    reports: bool
    to: Translated | None = None
    from_days: Annotated[int, Field(ge=0, le=3650)] | None = None
    paying: Translated | None = None

    @model_validator(mode="after")
    def _reports_to_somebody(self) -> CreditRecord:
        if self.reports and self.to is None:
            raise ValueError("reports is true, so `to` must say to which agencies")
        if not self.reports and (self.to is not None or self.from_days is not None):
            raise ValueError("reports is false, so there can be no `to` and no `from_days`")
        return self


class Document(Strict):
    """A document that the lender issues, and within how many days."""

    name: Translated
    within_days: Annotated[int, Field(ge=0, le=365)]


class Lender(Strict):
    """The whole of ``policies/lender.yml``; every text by language. What is left out is said to be not known here.

    ``collects_for``: who collects for others, or does not say, tells borrowers that it is a debt collector.
    """

    name: Translated
    contact: Translated
    payment_methods: Translated
    data_source: Translated
    about: Translated | None = None
    registration: Translated | None = None
    verify: Translated | None = None
    never_asked: Translated | None = None
    number_source: Translated | None = None
    seen_by: Translated | None = None
    payment_link: Annotated[str, AfterValidator(_https)] | None = None
    consequences: Consequences = Field(default_factory=Consequences)
    credit_record: CreditRecord | None = None
    documents: list[Document] = Field(default_factory=list)
    crisis_lines: Annotated[dict[str, Sourced], AfterValidator(_with_default)]
    debt_advice: dict[str, Sourced] = Field(default_factory=dict)
    complaint_bodies: dict[str, Sourced] = Field(default_factory=dict)
    collects_for: Literal["itself", "others"] = "others"
    sample: bool = False

    def crisis_line(self, country: str | None) -> Translated:
        """The crisis line of a country, or words that help anywhere."""
        return self.crisis_lines.get(country or "", self.crisis_lines["DEFAULT"]).text

    def advice(self, country: str | None) -> Translated | None:
        """Where somebody in a country finds free and independent debt advice, None where the lender names nobody."""
        return _told(self.debt_advice, country)

    def complaint_body(self, country: str | None) -> Translated | None:
        """Where else somebody in a country can turn with a complaint, None where the lender names nobody."""
        return _told(self.complaint_bodies, country)

    @property
    def places(self) -> list[Translated]:
        """Every place to turn to that is named, whatever for."""
        return [row.text for rows in self._sourced.values() for row in rows.values()]

    @property
    def unverified(self) -> dict[str, list[str]]:
        """By kind of place, the countries of which nobody has verified it yet."""
        left = {kind: [at for at, row in rows.items() if not row.verified] for kind, rows in self._sourced.items()}
        return {kind: countries for kind, countries in left.items() if countries}

    @property
    def _sourced(self) -> dict[str, dict[str, Sourced]]:
        return {
            "crisis_lines": self.crisis_lines,
            "debt_advice": self.debt_advice,
            "complaint_bodies": self.complaint_bodies,
        }


def _told(rows: dict[str, Sourced], country: str | None) -> Translated | None:
    row = rows.get(country or "", rows.get("DEFAULT"))
    return row.text if row else None
