"""What is different between two versions of a file of `policies/`, key by key, as its lender wrote them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from pydantic import BaseModel

from bot.domain.policy import ROLES

NOTHING = "nothing"
Keys = tuple[str, ...]


@dataclass(frozen=True)
class Change:
    """One key of a policy with what it said and what it says."""

    key: str
    before: str
    after: str

    def as_json(self) -> dict[str, str]:
        return {"key": self.key, "before": self.before, "after": self.after}


def changes(before: BaseModel, after: BaseModel) -> list[Change]:
    """Every key that says something else. What a higher role merely inherits is not told again."""
    old, new = flat(before), flat(after)
    names = [*_whole_segments(before, after), *dict.fromkeys([*old, *new])]
    gone = {keys for keys in names if keys[:1] == ("segments",) and len(keys) == 2}
    told: dict[Keys, tuple[str, str]] = {}
    for keys in names:
        pair = (old.get(keys, NOTHING), new.get(keys, NOTHING))
        if keys in gone:
            pair = (NOTHING, "a new segment") if any(k[:2] == keys for k in new) else ("a segment", NOTHING)
        elif keys[:2] in gone:
            continue
        if pair[0] != pair[1]:
            told[keys] = pair
    return [Change(in_words(keys), *pair) for keys, pair in told.items() if told.get(_below(keys), ()) != pair]


def flat(policy: BaseModel) -> dict[Keys, str]:
    """Each value of a policy by its keys, without the version; segments by their name."""
    return dict(_flat((), policy.model_dump(by_alias=True, exclude={"version"} & set(type(policy).model_fields))))


def in_words(keys: Keys) -> str:
    """Keys as they are named in problems of a file, such as ``segments[early].authority.bot``."""
    if keys[:1] == ("segments",) and len(keys) > 1:
        return ".".join([f"segments[{keys[1]}]", *keys[2:]])
    return ".".join(keys)


def _whole_segments(before: BaseModel, after: BaseModel) -> Iterator[Keys]:
    """The keys of segments that only one of two policies has."""
    names = [[segment.name for segment in getattr(policy, "segments", ())] for policy in (before, after)]
    yield from (
        ("segments", name) for name in dict.fromkeys(names[0] + names[1]) if (name in names[0]) != (name in names[1])
    )


def _flat(keys: Keys, value: Any) -> Iterator[tuple[Keys, str]]:
    if keys == ("segments",):
        yield keys, ", ".join(segment["name"] for segment in value)
        for segment in value:
            name = segment["name"]
            yield from _flat((*keys, name), {key: part for key, part in segment.items() if key != "name"})
    elif isinstance(value, dict):
        for key, part in value.items():
            # The share of a waiver is usually written without its key: `fees: 50`.
            bare = key == "percent" and keys[-2:-1] == ("waive",)
            yield from _flat(keys if bare else (*keys, str(key)), part)
    else:
        yield keys, _shown(value)


def _shown(value: Any) -> str:
    if isinstance(value, list | tuple):
        return ", ".join(_shown(entry) for entry in value) or NOTHING
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, Decimal):
        return f"{value.normalize():f}"
    return NOTHING if value is None or value == "" else str(value)


def _below(keys: Keys) -> Keys:
    """The same key of the role below; no keys where there is none."""
    if len(keys) > 4 and keys[0] == "segments" and keys[2] == "authority" and keys[3] in ROLES[1:]:
        return (*keys[:3], ROLES[[*ROLES].index(keys[3]) - 1], *keys[4:])
    return ()
