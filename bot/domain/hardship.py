"""What helps somebody who has told why they cannot pay: data by reason and country, with its sources."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field, model_validator

from bot.domain.lender import Translated
from bot.domain.policy import Strict

Cause = Literal[
    "job_loss",
    "income_cut",
    "illness",
    "bereavement",
    "divorce",
    "business_failure",
    "disaster",
    "caring",
    "other",
]
# Ways on that a borrower can choose: more time, smaller payments, working out what they can afford, a person.
Way = Literal["pause", "smaller", "budget", "person"]
DEFAULT = "DEFAULT"


class Help(Strict):
    """One thing that may help, for some reasons, in one country or everywhere (DEFAULT)."""

    reasons: Annotated[list[Cause], Field(min_length=1)]
    country: Annotated[str, Field(pattern=r"[A-Z]{2}|DEFAULT")]
    text: Translated
    source: str
    verified: bool


class Hardship(Strict):
    """The whole of ``policies/hardship.yml``."""

    ways: dict[Cause | Literal["DEFAULT"], Annotated[list[Way], Field(min_length=1)]]
    help: list[Help] = Field(default_factory=list)

    @model_validator(mode="after")
    def _has_default(self) -> Hardship:
        if DEFAULT not in self.ways:
            raise ValueError("ways has no DEFAULT for reasons that are not listed")
        return self

    def ways_on(self, reason: str) -> list[Way]:
        """The ways on for a reason, the most fitting first."""
        return next((ways for name, ways in self.ways.items() if name == reason), self.ways["DEFAULT"])

    def helps(self, reason: str, country: str | None) -> list[Translated]:
        """What may help in a country, then what may help anywhere."""
        fitting = [row for row in self.help if reason in row.reasons]
        return [row.text for place in (country, DEFAULT) for row in fitting if row.country == place]
