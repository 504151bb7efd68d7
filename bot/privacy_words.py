"""What `accord privacy` says to people."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any


def exported(data: Mapping[str, Any]) -> list[str]:
    """Everything that is held, section by section."""
    lines: list[str] = []
    for name, value in data.items():
        lines += [name.replace("_", " ").capitalize(), *_shown(value, 1), ""]
    return lines[:-1]


def erased(data: Mapping[str, Any]) -> list[str]:
    """What was erased, and what is kept, why and until when."""
    verb = "Would be erased" if data["dry_run"] else "Erased"
    gone = ", ".join(f"{what}: {count}" for what, count in data["erased"].items()) or "nothing was left to erase"
    lines = [f"{verb}: {gone}.", "Kept:"]
    for row in data["kept"]:
        until = f", until {row['until']}" if row["until"] else ""
        lines.append(f"  {row['what']} ({row['why']}{until})")
    return lines


def _shown(value: Any, depth: int) -> list[str]:
    """A value with one line for each of its parts."""
    pad = "  " * depth
    if isinstance(value, Mapping) and set(value) == {"amount", "currency"}:
        return [f"{pad}{value['amount']} {value['currency']}"]
    if isinstance(value, Mapping):
        lines = []
        for name, part in value.items():
            below = _shown(part, depth + 1)
            one = len(below) == 1 and not isinstance(part, list)
            lines += [f"{pad}{name}: {below[0].strip()}"] if one else [f"{pad}{name}:", *below]
        return lines
    if isinstance(value, list):
        lines = [line for part in value for line in [*_shown(part, depth), f"{pad}-"]]
        return lines[:-1] or [f"{pad}none"]
    return [f"{pad}{'none' if value is None or value == '' else value}"]
