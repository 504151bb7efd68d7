"""Who the lender is: the data behind the answers to "who are you" and "how do I pay"."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import AfterValidator, Field

from bot.domain.policy import Strict


def _in_both_languages(texts: dict[str, str]) -> dict[str, str]:
    missing = [language for language in ("en", "zh-Hans") if not texts.get(language, "").strip()]
    if missing:
        raise ValueError(f"there is no text in {', '.join(missing)}")
    return texts


def _with_default(lines: dict[str, dict[str, str]]) -> dict[str, dict[str, str]]:
    if "DEFAULT" not in lines:
        raise ValueError("there is no DEFAULT for countries that are not listed")
    return lines


# A text in English and simplified Chinese; traditional Chinese is converted where it has none of its own.
Translated = Annotated[dict[str, str], AfterValidator(_in_both_languages)]


class WhatCanFollow(Strict):
    """What may follow where somebody will not pay; ``law`` is said of debts alone that can surely still be sued for."""

    always: Translated
    law: Translated | None = None


class Lender(Strict):
    """The whole of ``policies/lender.yml``; every text by language.

    ``collects_for``: who collects for others, or does not say, tells borrowers that it is a debt collector.
    """

    name: Translated
    contact: Translated
    payment_methods: Translated
    data_source: Translated
    crisis_lines: Annotated[dict[str, Translated], AfterValidator(_with_default)]
    debt_advice: dict[str, Translated] = Field(default_factory=dict)
    complaint_bodies: dict[str, Translated] = Field(default_factory=dict)
    what_can_follow: WhatCanFollow | None = None
    collects_for: Literal["itself", "others"] = "others"
    sample: bool = False

    def crisis_line(self, country: str | None) -> Translated:
        """The crisis line of a country, or words that help anywhere."""
        return self.crisis_lines.get(country or "", self.crisis_lines["DEFAULT"])

    def advice(self, country: str | None) -> Translated | None:
        """Where somebody in a country finds free and independent debt advice, None where the lender names nobody."""
        return self.debt_advice.get(country or "", self.debt_advice.get("DEFAULT"))

    def complaint_body(self, country: str | None) -> Translated | None:
        """Where else somebody in a country can turn with a complaint, None where the lender names nobody."""
        return self.complaint_bodies.get(country or "", self.complaint_bodies.get("DEFAULT"))
