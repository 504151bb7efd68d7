"""What a message mentions, in the names of the project's vocabulary."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Entity:
    """One mention: what it is, what it means and where it stands in the raw text.

    `value` is JSON-able and None for a vague mention ("a few hundred"), which is also `approximate`.
    `currency` (ISO 4217) is set on money whose currency was written; "$" says only "dollars" and leaves it None.
    """

    entity: str
    value: str | int | float | None
    role: str | None
    start: int
    end: int
    text: str
    approximate: bool = False
    currency: str | None = None

    def as_dict(self) -> dict[str, Any]:
        """The mention as `POST /model/parse` and `accord parse` show it."""
        shown: dict[str, Any] = {
            "entity": self.entity,
            "value": self.value,
            "role": self.role,
            "start": self.start,
            "end": self.end,
            "text": self.text,
        }
        if self.approximate:
            shown["approximate"] = True
        if self.currency:
            shown["currency"] = self.currency
        return shown
