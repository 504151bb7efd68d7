"""Addresses of the queue: which cases it shows stands in them."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import fields, replace
from typing import Any, get_args
from urllib.parse import urlencode

from bot.services.desk import Filter, State, Whose

NOTHING = Filter()
LONGEST_CODE = 40
# How a search stands in an address: a reference, or a keyed hash; no number that somebody typed.
SEARCH = re.compile(r"C-\d{5,9}|[0-9a-f]{64}")


def filter_of(query: Mapping[str, str]) -> Filter:
    """What an address asks for; whatever makes no sense in it is left out."""
    whose, state, page = query.get("whose", ""), query.get("state", ""), query.get("page", "")
    search = query.get("search", "")
    return Filter(
        whose=whose if whose in get_args(Whose) else NOTHING.whose,  # type: ignore[arg-type]
        language=_code(query.get("language")),
        reason=_code(query.get("reason")),
        team=_code(query.get("team")),
        overdue=query.get("overdue") in ("true", "yes", "1"),
        state=state if state in get_args(State) else NOTHING.state,  # type: ignore[arg-type]
        search=search if SEARCH.fullmatch(search) else NOTHING.search,
        page=min(max(int(page), 1), 10_000) if page.isascii() and page.isdecimal() and len(page) < 6 else 1,
    )


def query_of(wanted: Filter, **others: Any) -> str:
    """The end of an address for a filter, with its question mark; empty where nothing is asked for."""
    given = {
        field.name: "true" if field.name == "overdue" else value
        for field in fields(Filter)
        if (value := getattr(wanted, field.name)) != getattr(NOTHING, field.name)
    }
    text = urlencode({**given, **{name: value for name, value in others.items() if value}})
    return f"?{text}" if text else ""


def changed(wanted: Filter, **changes: Any) -> Filter:
    """A filter with something else in it; being late is asked for only where it is named."""
    return replace(wanted, **{"overdue": False, **changes} if "whose" in changes else changes)


def narrowed(wanted: Filter) -> int:
    """By how many things of the form for it a filter is narrowed."""
    return sum(bool(value) for value in (wanted.language, wanted.reason, wanted.team, wanted.state != "open"))


def _code(value: str | None) -> str | None:
    return value if value and len(value) <= LONGEST_CODE and value.isprintable() else None
