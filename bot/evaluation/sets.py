"""Evaluation messages with their labels, as they stand in `tests/understanding/`."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

from ruamel.yaml import YAML

from bot.nlu.language import detect

SCRIPTS = {"en": "English", "zh-Hans": "Chinese, simplified", "zh-Hant": "Chinese, traditional"}


@dataclass(frozen=True)
class Mention:
    """An entity as it should be read; a vague amount has no value."""

    entity: str
    value: Any = None
    role: str | None = None


@dataclass(frozen=True)
class Example:
    """A message, how it should be read, and what else a fair judge would accept."""

    text: str
    intent: str
    also: tuple[str, ...] = ()
    purposes: tuple[str, ...] = ()
    mentions: tuple[Mention, ...] = ()
    said_at: datetime = field(default_factory=lambda: datetime(2026, 11, 21, 10))  # noqa: DTZ001 - the borrower's clock

    @property
    def language(self) -> str:
        """ "en" or "zh"."""
        return self.script[:2]

    @property
    def script(self) -> str:
        """One of SCRIPTS."""
        return detect(self.text)

    @property
    def accepted(self) -> tuple[str, ...]:
        return (self.intent, *self.also)


def load(file: Path) -> list[Example]:
    """The messages of a file, which begins with the moment at which all of them are said."""
    data = YAML(typ="safe").load(file.read_text(encoding="utf-8"))
    said_at = datetime.fromisoformat(data["said_at"])
    return [_example(row, said_at) for row in data["messages"]]


def _example(row: dict[str, Any], said_at: datetime) -> Example:
    return Example(
        text=row["text"],
        intent=row["intent"],
        also=tuple(row.get("also", ())),
        purposes=tuple(row.get("purposes", ())),
        mentions=tuple(Mention(m["entity"], m.get("value"), m.get("role")) for m in row.get("entities", ())),
        said_at=said_at,
    )
