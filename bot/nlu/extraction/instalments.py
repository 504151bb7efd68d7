"""The number of payments: "in 6 payments", "split into 4", "6 x 150", 分十二期, 分3次还清."""

from __future__ import annotations

import re

from bot.nlu.extraction.patterns import listed, rule
from bot.nlu.extraction.reading import Reading

MOST = 600
"""A number of instalments beyond fifty years of monthly ones is none."""

_PIECES = r"(?:payments?|instal+ments?|pymts?|parts|goes|chunks|portions|pieces|lots)"
_IT = "(?:it |that |this |the (?:rest|balance|debt|remainder|loan) |up |down )*"
_PAYMENTS = rule(
    rf"(?<![a-z])(?P<lead>(?:(?:split|spread|break|divide|pay|paid|cut)[a-z]* {_IT})?",
    r"(?P<in>(?:in|into|over|across|with|by)(?: to)? ))?",
    r"(?P<n>N+)(?:-| more| equal| separate| even| regular| small| easy)*(?P<often> (?:monthly|weekly|fortnightly))?",
    rf"[ -]?{_PIECES}(?![a-z])",
)
_SPLIT = rule(
    rf"(?<![a-z])(?:split|divide)d? {_IT}(?:in|into|by|over|across)?(?: ?to)? ?(?P<n>N+)",
    r"(?= *(?:$|[,.!?;]| ways| times| please))",
)
_TIMES = rule(r"(?<![NQ])(?P<a>N+) ?[x×*] ?[$£€¥]? ?(?P<b>N+)(?![a-z%])|(?<=[NQ]) ?[x×*] ?(?P<c>N+)(?![a-z%])")
_FREQUENCIES = {"m": "monthly", "w": "weekly", "f": "biweekly"}
# "I missed 3 payments", "3 payments behind": no terms.
_TOLD_BEFORE = re.compile(
    listed(
        "miss missed missing behind behind_by skipped made paid already_made late_on after last first previous past"
        " owe overdue the"
    )
    + r" (?:the )?(?:last |past |only |like |about |first )?$"
)
_TOLD_AFTER = re.compile(
    " "
    + listed("into made done so_far behind late missed ago overdue already due in_arrears left_unpaid")
    + "(?![a-z])"
)
_HAN = rule(
    r"(?P<split>分(?:成|为|作|开)?的? ?)?(?<!第)(?P<n>N+) ?",
    r"(?:期(?!限|间|望|待|货|末|内)|(?P<times>次)(?=还清|付清|还|付|给|交|结清|还完|$|[,，。!?]))",
)
_HAN_TOLD_BEFORE = (
    "了",
    "过",
    "还到",
    "走到",
    "供到",
    "交到",
    "缴到",
    "第",
    "上",
    "这",
    "那",
    "前",
    "每",
    "最后",
    "下",
    "首",
    "末",
)
_HAN_TOLD_AFTER = re.compile("了|没还|未还|逾期|前")
_HAN_CLEARED = ("还清", "付清", "结清", "还完")


def instalments(r: Reading) -> None:
    """Every number of payments that is a term of a plan."""
    for m in r.find(_PAYMENTS):
        value = _count(r, m, "n")
        if value is None or _TOLD_AFTER.match(r.text, m.end()):
            continue
        if not m["lead"] and _TOLD_BEFORE.search(r.text[: m.start()][-24:]):
            continue
        start, end = (
            m.start("in") if m["in"] and m["in"][0] in "ioa" else m.start("n"),
            m.end(),
        )
        if m["often"]:
            often = m.start("often") + 1
            r.add("instalments", value, m.start("n"), m.end("n"))
            r.add("frequency", _FREQUENCIES[r.text[often]], often, m.end("often"))
        else:
            r.add("instalments", value, start, end)
    for m in r.find(_SPLIT):
        value = _count(r, m, "n")
        if value is not None:
            r.add("instalments", value, *m.span("n"))
    for m in r.find(_TIMES):
        # "6 x 150" and "150 x 6": the smaller one counts.
        group = "c" if m["c"] else "a" if (r.value(m, "a") or 0) <= (r.value(m, "b") or 0) else "b"
        value = _count(r, m, group)
        if value is not None:
            r.add("instalments", value, *m.span(group))
    for m in r.find(_HAN) if r.chinese else ():
        _chinese(r, m)


def _count(r: Reading, m: re.Match[str], group: str) -> int | None:
    value = r.whole(m, group)
    return value if value is not None and 1 <= value <= MOST else None


def _chinese(r: Reading, m: re.Match[str]) -> None:
    value = _count(r, m, "n")
    if value is None or _HAN_TOLD_AFTER.match(r.text, m.end()):
        return
    if not m["split"] and value == 1:
        # 一期 is "an instalment".
        return
    if not m["split"] and r.text[: m.start()].endswith(_HAN_TOLD_BEFORE):
        return
    if m["times"] and (value == 1 or not (m["split"] or r.text.startswith(_HAN_CLEARED, m.end()))):
        return
    r.add("instalments", value, *m.span())
