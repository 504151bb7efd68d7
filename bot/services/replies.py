"""What is said, before it is put into words: a response, the facts in it, the buttons under it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from bot.domain.money import Money
from bot.services.conversations import Choice


@dataclass(frozen=True)
class Reply:
    """One message: the name of a response, the facts for it, the buttons under it."""

    response: str
    facts: Mapping[str, Any] = field(default_factory=dict)
    choices: Sequence[Choice] = ()

    def as_json(self) -> dict[str, Any]:
        return {
            "response": self.response,
            "facts": {name: fact(value) for name, value in self.facts.items()},
            "choices": [choice.as_json() for choice in self.choices],
        }


def fact(value: Any) -> Any:
    """A fact as it travels to where it is put into words: money and days keep what they are."""
    if isinstance(value, Money):
        return value.as_json()
    if isinstance(value, datetime):
        return {"moment": value.isoformat()}
    if isinstance(value, date):
        return {"date": value.isoformat()}
    if isinstance(value, Reply):
        return value.as_json()
    if isinstance(value, (list, tuple)):
        return [fact(part) for part in value]
    return value
