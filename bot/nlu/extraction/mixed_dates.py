"""English names of days and weeks behind Chinese words: 每个 Sunday, 上个 Friday, 每 two weeks."""

from __future__ import annotations

import re

from bot.nlu.extraction import calendar
from bot.nlu.extraction.patterns import WEEKDAY, WEEKDAY_SHORT, rule, weekday_of
from bot.nlu.extraction.reading import Reading

_DAY = f"(?P<day>{WEEKDAY}|{WEEKDAY_SHORT})(?![a-z])"
_EACH = rule(
    f"每个? ?(?:{_DAY}|(?P<n>N+) ?(?P<weeks>weeks?|months?)(?![a-z])",
    r"|(?P<fortnight>fortnight)(?![a-z])|(?P<unit>week|month)(?![a-z]))",
)
_WHICH = rule(f"(?P<which>上|下|这)个? ?(?:week ?(?:的 ?)?)?{_DAY}")


def mixed_dates(r: Reading) -> None:
    """Days and rates that are half Chinese, half English."""
    if not r.chinese:
        return
    for m in r.find(_EACH):
        value = _how_often(r, m)
        if value:
            r.add("frequency", value, *m.span())
    for m in r.find(_WHICH):
        ahead = {"上": -1, "下": 1, "这": 0}[m["which"]]
        found = calendar.weekday_of_week(r.today, weekday_of(m["day"]), ahead)
        r.add("date", found.isoformat(), *m.span())


def _how_often(r: Reading, m: re.Match[str]) -> str | None:
    if m["n"]:
        counts = {(1, "w"): "weekly", (2, "w"): "biweekly", (1, "m"): "monthly"}
        return counts.get((r.whole(m, "n") or 0, m["weeks"][0]))
    if m["fortnight"]:
        return "biweekly"
    return "monthly" if m["unit"] == "month" else "weekly"
