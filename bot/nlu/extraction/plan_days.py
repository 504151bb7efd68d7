"""Whether a day stands for the plan's own day ("on the 15th of every month", "move my payment date to the 5th")."""

from __future__ import annotations

import re

from bot.nlu.extraction.patterns import rule
from bot.nlu.extraction.reading import Reading

_EACH_MONTH = re.compile(
    r"(?:a|per|every|each) month(?![a-z])|/ ?(?:month|mo)(?![a-z])|monthly|(?<![a-z])pcm(?![a-z])|每个?月|按月"
)
# With one of these in between, the day belongs to another payment: "400 on the 25th, then 100 a month".
_APART = re.compile(
    r"(?<![a-z])(?:then|after|first|but|and i|i|i'll|we)(?![a-z])|然后|之后|剩|余|再|先|以后|但|可是|[.;。!?]"
)
_DAY_OF_PAYING = re.compile(
    r"(?:payment|due|debit|billing|instal?lment|emi|collection|repayment|pay|plan) (?:date|day)s?"
    r"|day of (?:the|each|every) month"
    r"|(?:还款|扣款|账单|到期|付款|缴款|供款)(?:日|时间|日期)|(?:计划|协议|安排|分期|每月还款?)[^。;!?]{0,12}(?:改|换"
    r"|调|移|挪)"
)
_MOVED_TO = re.compile(
    r"(?<![a-z])(?:(?:to|into)(?: be)?(?: on)?|is|be|on) $|改(?:到|成|为|去)?(?:每月)?的?$|[换调移挪延搬](?:到|成|为"
    r"|去)$"
    r"|推迟(?:到|成|为)$|[是在为]$"
)
_CHANGES = re.compile(
    r"(?<![a-z])(?:dates?|days?|change|move|switch|shift|payday|emi)(?![a-z])|还款日|扣款|账单日|到期日|改|换|调|移"
)
_TO_ANOTHER = rule(r" to (?:the )?O+|[改换调移挪推][到成为至]*(?:每月)?N+[号日]")


def recurs(r: Reading, start: int, end: int) -> bool:
    """Whether "a month" stands right beside this day, with nothing told in between."""
    for month in _EACH_MONTH.finditer(r.text):
        between = r.text[month.end() : start] if month.end() <= start else r.text[end : month.start()]
        if len(between) <= 24 and not _APART.search(between):
            return True
    return False


def is_plan_day(r: Reading, start: int, end: int) -> bool:
    """Whether the day recurs, or is what the day of paying is or is moved to."""
    if recurs(r, start, end):
        return True
    left, _ = r.sentence(start, end)
    return bool(_DAY_OF_PAYING.search(r.text, left, start) and _MOVED_TO.search(r.text[left:start]))


def is_moved_from(r: Reading, start: int, end: int) -> bool:
    """Whether a day after "from" is the one that the day of paying leaves ("from the 1st to the 15th")."""
    return bool(_CHANGES.search(r.text, 0, start) and _TO_ANOTHER.match(r.sketch, end))
