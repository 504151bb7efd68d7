"""What a checked file says where values do not fit together: a sentence, and the key at which it is to be mended."""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Sequence


class Unfit(ValueError):
    """One or more values that do not fit. ``problems``: each a sentence with its keys below the model that says it."""

    def __init__(self, problems: Iterable[tuple[str, Sequence[str | int]]]) -> None:
        self.problems = [(text, tuple(at)) for text, at in problems]
        super().__init__("; ".join(text for text, _ in self.problems))


def raise_if_any(problems: Iterable[tuple[str, Sequence[str | int]]]) -> None:
    """Raises Unfit where there is a problem."""
    found = list(problems)
    if found:
        raise Unfit(found)


def did_you_mean(word: object, words: Iterable[str]) -> str:
    """``; did you mean …?`` with the nearest of some words, or nothing where none is near."""
    name = str(word)
    near = difflib.get_close_matches(name, sorted(words), n=8)
    if not near:
        return ""
    best = max(near, key=lambda other: (difflib.SequenceMatcher(None, other, name).ratio(), _begun(name, other)))
    return f"; did you mean {best}?"


def _begun(one: str, other: str) -> int:
    """How many letters two words begin with alike."""
    return next((n for n, (a, b) in enumerate(zip(one, other, strict=False)) if a != b), min(len(one), len(other)))


def listed(words: Sequence[str], last: str = "or") -> str:
    """Words in a row: "a", "a or b", "a, b or c"."""
    return words[0] if len(words) == 1 else f"{', '.join(words[:-1])} {last} {words[-1]}"
