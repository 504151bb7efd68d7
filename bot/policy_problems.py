"""What is wrong with a file of `policies/`, one sentence a problem, in a lender's words."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from pydantic import BaseModel
from ruamel.yaml.error import MarkedYAMLError, YAMLError

from bot.domain.unfit import Unfit, did_you_mean, listed
from bot.policy_places import Path, Places

LONGEST_VALUE = 60
NUMBERS = ("int", "float", "decimal", "finite")
GROUPS = ("dict", "model", "mapping")


@dataclass(frozen=True)
class Problem:
    """Something in a file: where it stands, and what is allowed there. ``line`` 0 and no ``key``: the file itself."""

    file: str
    line: int
    key: str
    text: str

    def __str__(self) -> str:
        place = ", ".join(part for part in (self.file, f"line {self.line}" if self.line else "", self.key) if part)
        return f"{place}: {self.text}"

    def as_json(self) -> dict[str, Any]:
        return {"file": self.file, "line": self.line, "key": self.key, "text": self.text}


def of_values(file: str, text: str, model: type[BaseModel], errors: list[Mapping[str, Any]]) -> list[Problem]:
    """The problems that a model found with the values of a text.

    A value that several roles inherit or that several keys share by an anchor is one problem, where it stands.
    """
    places = Places(text)
    found: dict[Any, Any] = {}
    schema = model.model_json_schema()
    for what, keys, absent, at_key in _told(errors, schema):
        place = places.key_of(keys) if at_key else places.of(keys, missing=absent)
        # A value that stands for a group of keys (`fees: 50`) is named by the key that the file has.
        named = place.keys if place.whole or absent or at_key else keys[: len(place.keys)]
        problem = Problem(file, place.line, places.words(named) or "the whole file", what)
        found.setdefault((place.line, place.column, named[-1:], what), problem)
    return sorted(found.values(), key=lambda problem: problem.line)


def of_yaml(file: str, text: str, error: Exception) -> Problem:
    """Why a text cannot be read as YAML."""
    if isinstance(error, MarkedYAMLError) and error.problem_mark is not None:
        return Problem(file, error.problem_mark.line + 1, "", _yaml_words(error, text))
    if isinstance(error, YAMLError):
        position = getattr(error, "position", 0)
        reason = "a character stands here that YAML does not allow"
    else:
        runs = max(re.finditer(r"\S+", text), key=lambda run: len(run.group()), default=None)
        position = runs.start() if runs else 0
        reason = "a number stands here that is no number or too long"
    return Problem(file, text[:position].count("\n") + 1, "", f"cannot be read as YAML: {reason}")


def _yaml_words(error: MarkedYAMLError, text: str) -> str:
    problem = str(error.problem)
    lines = text.splitlines()
    first = error.context_mark.line + 1 if error.context_mark else 0
    if "duplicate key" in problem:
        return f"the key {problem.split(chr(34))[1]} stands here a second time"
    if "'\\t'" in problem:
        return "a tab stands here; indent with spaces"
    if "undefined alias" in problem:
        return f"*{problem.split(chr(39))[1]} is used, but nothing above is marked &{problem.split(chr(39))[1]}"
    if "another document" in problem:
        return "a second document begins here (---); a file holds one"
    begun = f", in what begins in line {first}: {lines[first - 1].strip()}" if 0 < first <= len(lines) else ""
    return f"cannot be read as YAML: {problem}{begun}"


def _told(errors: list[Mapping[str, Any]], schema: dict[str, Any]) -> Iterator[tuple[str, Path, bool, bool]]:
    """Each problem as a sentence with its keys; whether the key is missing, whether it is the key that is wrong."""
    unknown = [error["loc"][:-1] for error in errors if error["loc"][-1:] == ("[key]",)]
    for error in errors:
        if any(error["loc"][: len(keys)] == keys and error["loc"] != (*keys, "[key]") for keys in unknown):
            continue  # what is under a key that does not exist is no problem of its own
        keys = tuple(part for part in error["loc"] if part != "[key]")
        unfit = error.get("ctx", {}).get("error")
        if isinstance(unfit, Unfit):
            for text, at in unfit.problems:
                yield text, keys + at, False, False
        elif error["type"] == "missing":
            yield "is missing", keys, True, False
        elif error["type"] == "extra_forbidden" or error["loc"][-1:] == ("[key]",):
            allowed = keys_at(schema, keys[:-1])
            nearest = f"{near} Allowed" if (near := did_you_mean(keys[-1], allowed)) else "; allowed"
            yield f"there is no such key here{nearest} are {', '.join(allowed)}", keys, False, True
        else:
            yield _sentence(error), keys, False, False


def keys_at(schema: dict[str, Any], path: Path) -> list[str]:
    """The keys that are allowed under a path, as far as they are fixed."""
    at = schema
    for part in path:
        at = _resolved(at, schema)
        at = at.get("properties", {}).get(part) or at.get("items") or at.get("additionalProperties") or {}
        if not isinstance(at, dict):
            return []
    at = _resolved(at, schema)
    fixed = [name for name in at.get("properties", ()) if name != "version"]
    return fixed or list(at.get("propertyNames", {}).get("enum", ()))


def _resolved(at: dict[str, Any], schema: dict[str, Any]) -> dict[str, Any]:
    if "$ref" in at:
        found: dict[str, Any] = schema["$defs"][at["$ref"].rsplit("/", 1)[1]]
        return found
    return at


def _sentence(error: Mapping[str, Any]) -> str:
    kind, given, limits = error["type"], error["input"], error.get("ctx", {})
    if kind == "invalid_key":
        return f"{_shown(given)} stands here as a key, but keys are texts"
    if kind == "value_error":
        return str(error["msg"]).removeprefix("Value error, ")
    must = _must(kind, limits, given)
    return f"is {_shown(given)}, but must be {must}" if must else f"is {_shown(given)}: {error['msg']}"


def _must(kind: str, limits: Mapping[str, Any], given: Any) -> str:
    """What a value must be, in words; empty where there are none for it."""
    bounds = {"ge": "at least", "gt": "more than", "le": "at most", "lt": "less than"}
    for name, words in bounds.items():
        if name in limits:
            return f"{words} {limits[name]}"
    if kind == "literal_error":
        allowed = [word.strip("'") for word in str(limits["expected"]).replace(" or ", ", ").split(", ")]
        return listed(allowed) + (did_you_mean(given, allowed) if isinstance(given, str) else "")
    if kind.startswith("string_too_short") or kind == "too_short":
        return f"at least {limits['min_length']} {'character' if 'string' in kind else 'entry'} long"
    if kind == "string_too_long":
        return f"at most {limits['max_length']} characters long"
    if kind.startswith("int"):
        return "a whole number"
    if kind.startswith(NUMBERS):
        return "a number"
    if kind.startswith("string"):
        return "a text (between quotes, where it looks like a number or a date)"
    if kind.startswith("bool"):
        return "true or false"
    if kind.startswith("time"):
        return 'a time of day such as "09:00"'
    if kind.startswith(GROUPS):
        return "a group of keys"
    return "a list, such as [a, b]" if kind in ("list_type", "tuple_type") else ""


def _shown(value: Any) -> str:
    """A value as it may be named in a sentence."""
    if value is None:
        return "empty"
    if isinstance(value, dict):
        return "a group of keys" if value else "an empty group of keys"
    if isinstance(value, list):
        return "a list" if value else "an empty list"
    if isinstance(value, bool):
        return str(value).lower()
    text = repr(value) if isinstance(value, str) else str(value)
    return text if len(text) <= LONGEST_VALUE else f"{text[:LONGEST_VALUE]}…"
