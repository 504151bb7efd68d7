"""Whether a day is told of as past, when nothing but the words around says so."""

from __future__ import annotations

import re

from bot.nlu.extraction.patterns import listed, whole
from bot.nlu.extraction.reading import Reading

_PAST = re.compile(
    "(?<!get )(?<!getting )(?<!be )(?<!got )(?<!am )(?<!i'm )"
    + whole(
        listed(
            "paid sent transferred settled took signed lost made cleared was were died passed_away wrote written had"
            " bought came went buried expired filed hit since emailed closed agreed confirmed released"
        )
    )
)
_FUTURE = re.compile(
    whole(
        listed(
            "will can could going_to gonna want get pay payment do is would shall until till til by(?!_me|_us|_my)"
            " next then but i'll ill we'll you'd"
        )
    )
    + "|'ll(?![a-z])"
)
_HAN_PAST_AFTER = re.compile(
    "[^,，。;!?]{0,4}(?:已经|就)?[还付交转打存扣汇缴签借](?:款|钱)?了|已经"
    "|[^,，。;!?]{0,6}[还付交转扣汇缴签借办](?:款|钱|出)?的"
    "|[^,，。;!?]{0,8}(?:去世|过世|离世|病逝|走的|走了|死|往生|汇出|出事)"
)
_HAN_PAST_BEFORE = re.compile("(?:已[经于在]*|曾[于在]?)$")


def told_before(r: Reading, start: int) -> bool:
    """Whether the English words before, in the same sentence, tell what has happened ("I paid on …")."""
    left, _ = r.sentence(start, start)
    before = r.text[left:start]
    ends = [match.end() for match in _PAST.finditer(before)]
    return bool(ends) and not _FUTURE.search(before, ends[-1])


def told_around(r: Reading, start: int, end: int) -> bool:
    """Whether the Chinese words around tell what has happened (3号还了500, 已于3号…)."""
    return bool(_HAN_PAST_AFTER.match(r.text, end) or _HAN_PAST_BEFORE.search(r.text[:start]))
