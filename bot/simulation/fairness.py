"""The same borrower in English or Chinese, polite or rude, typing or tapping: the offers have to be the same."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace

from bot.simulation.play import Talk
from bot.simulation.population import Borrower


def twins(borrower: Borrower) -> Iterator[Borrower]:
    """The same borrower in every language, manner and way of writing, with and without typos."""
    for language in ("en", "zh"):
        for manner in ("polite", "neutral", "rude"):
            for types in (True, False):
                typos = borrower.typo_rate if types else 0.0
                yield replace(borrower, language=language, manner=manner, types=types, typo_rate=typos)


def unlike(borrowers: Sequence[Borrower], play: Callable[[Borrower], Talk | None]) -> dict[str, int]:
    """How many borrowers were offered anything else than one of their twins, of how many with how many twins."""
    different = compared = 0
    for borrower in borrowers:
        offers = {talk.offers if talk is not None else None for talk in map(play, twins(borrower))}
        compared += 1
        different += len(offers) > 1
    return {"borrowers": compared, "twins": 12, "different": different}
