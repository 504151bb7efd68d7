"""Which date a plan starts on and which one is a day of payment."""

from __future__ import annotations

import re

from bot.nlu.extraction.patterns import listed, rule, whole
from bot.nlu.extraction.reading import Reading

_STARTS_BEFORE = re.compile(
    r"(?:(?<![a-z])(?:from|start(?:s|ing)?|begin(?:s|ning)?|commenc(?:e|ing)|as of|effective|kick off"
    r"|first (?:one|payment|instal?lment|on)?(?: is| being| would be| on)?)"
    r"(?: (?:from|on|as of|it|paying|paying on|with|payments?|the plan|the payments))*(?: the)? "
    r"|[从自由] ?|开始(?:于|日期是)? ?|起始日(?:是)? ?|首期[是在]? ?)$"
)
_STARTS_AFTER = re.compile(r" ?(?:onwards?|on ?wards|and onwards)(?![a-z])| ?(?:开始|起(?![诉来码身床飞]))")
_PAYS = rule(
    whole(
        listed(
            "pay(?!_me|_us) paying(?!_me|_us) payment repay send sending transfer transferring settle clear deposit"
            " wire give(?!_me|_us) sort_it have_it do_(?:it|that|this|[QN]) put_(?:it|down|[QN])"
            " get_(?:it|that|this|the_money)_to_you you'll_get you'll_have u'll_get the_rest the_balance down"
        )
    ),
    r"|[还付交转缴汇](?!款日|没|在|有|是|不|要|能|会|得|剩|欠|想)|打(?:给(?!我)|款|过(?!来)|钱)|结清|补上|给你"
    r"|给(?=Q)|凑",
)
_NOT_PAYING = re.compile(
    r"(?:get|gets|got|be|am|i'm|was|getting|being) (?:my )?(?:paid|pay|salary|wages)|payday"
    r"|pay ?(?:che(?:ck|que)|slip|date|day|roll)|due date|payment (?:date|day)"
    + "|"
    + whole(listed("paid sent transferred settled cleared"))
    + "|已经?还|[还付转交]了|工资|薪水|发薪|出粮|还款日"
)
# "I get paid on the 25th, I'll pay 400 then"
_PAYS_THEN = re.compile(
    r"[,，;.。 ](?:and |so |then )*(?:i|we|i'll|ill|we'll)?[^,，;.。]{0,30}(?<![a-z])then(?![a-z])"
    r"|[,，。 ](?:到时候?|那时候?|再|就|我就)[^,，。]{0,12}[还付给交转]"
)
# "hold tight till friday, I'll pay the full thing"
_UNTIL_BEFORE = re.compile("(?<![a-z])(?:until|till|til|wait for) (?:the )?$|等到?$")
_CONTACT = re.compile(r"(?<![a-z])(?:call|ring|contact|text|message|remind)(?![a-z])|联系|打电话|打给我|提醒")


def starts(r: Reading, start: int) -> bool:
    """Whether the words before a date make it the start of something."""
    return bool(_STARTS_BEFORE.search(r.text[max(0, start - 45) : start]))


def date_roles(r: Reading) -> None:
    """Gives each date its role, where the words make it clear."""
    today = r.today.isoformat()
    for found in r.of("date"):
        if str(found.value) < today:
            continue
        if starts(r, found.start) or _STARTS_AFTER.match(r.text, found.end):
            r.change(found, role="start")
        elif _is_paid(r, found.start, found.end):
            r.change(found, role="payment")


def _is_paid(r: Reading, start: int, end: int) -> bool:
    left, right = r.clause(start, end)
    clause = r.sketch[left:start] + " " + r.sketch[end:right]
    if _CONTACT.search(clause):
        return False
    rest = r.sketch[right : right + 60]
    if _PAYS.search(_NOT_PAYING.sub(" ", clause)) or (_PAYS_THEN.match(rest) and _PAYS.search(rest)):
        return True
    if _UNTIL_BEFORE.search(r.text[left:start]) and _PAYS.search(_NOT_PAYING.sub(" ", rest)):
        return True
    return "Q" in r.sketch[left:right] and not _NOT_PAYING.search(clause)
