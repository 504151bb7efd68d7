"""Whether a day stands for the plan's own day ("on the 15th of every month", "move my payment date to the 5th")."""

from __future__ import annotations

import re

from bot.nlu.extraction.patterns import rule
from bot.nlu.extraction.reading import Reading
from bot.nlu.extraction.tense import told_before

_EACH_MONTH = re.compile(
    r"(?:a|per|every|each|evry|ev) (?:month|mth|mnth|mo)(?![a-z])"
    r"|/ ?(?:month|mth|mo)(?![a-z])|monthly|(?<![a-z])pcm(?![a-z])|每个?月|按月"
)
# With one of these in between, the day belongs to another payment: "400 on the 25th, then 100 a month".
_APART = re.compile(
    r"(?<![a-z])(?:then|after|first|but|and i|i|i'll|we)(?![a-z])|然后|之后|剩|余|再|先|以后|但|可是|[.;。!?]"
)
_DAY_OF_PAYING = re.compile(
    r"(?:payment|due|debit|billing|instal?lment|emi|collection|repayment|pay|plan) (?:date|day)s?"
    r"|day of (?:the|each|every) (?:month|mth)"
    r"|(?:还款|扣款|账单|到期|付款|缴款|供款)(?:日|时间|日期)|(?:计划|协议|安排|分期|每月还款?)[^。;!?]{0,12}(?:改|换"
    r"|调|移|挪)"
    r"|(?<![a-z])due ?date"
)
_MOVED_TO = re.compile(
    r"(?<![a-z])(?:(?:to|into)(?: be)?(?: on)?|is|be|on) $|改(?:到|成|为|去|做|至)?(?:每月)?的?$"
    r"|[换调移挪延搬](?:到|成|为|做|至"
    r"|去)$"
    r"|推迟(?:到|成|为)$|[是在为]$|(?:move|change|shift) ?(?:去|到|to) ?$"
)
_CHANGES = re.compile(
    r"(?<![a-z])(?:dates?|days?|change|move|switch|shift|payday|emi)(?![a-z])|[还缴付供]款日|日期|日子|扣款"
    r"|账单日|到期日|改|换|调|移|发(?:工资|薪)|出粮"
)
# What collects by itself recurs: "my direct debit comes out on the 2nd", "the 300 leaves my account on the first".
_COLLECTS = re.compile(
    r"(?<![a-z])(?:(?:direct debit|auto-?(?: ?pay|debit)|standing order|automatic (?:payment|collection|withdrawal)"
    r"|(?:the|my) (?:debit|draft|deduction|collection))(?! (?:went|was|bounced|failed|came|hit))"
    r"|(?:leaves?|taken (?:out of|from)|comes? out of|(?<!came )(?<!went )(?<!gone )(?<!taken )out of|drawn"
    r" from) (?:my|the) (?:bank )?account"
    r"|(?:system|you|they|it) (?:grabs?|draws?|collects?|debits?|drafts?|takes? it(?: out)?)"
    r"|automatically)(?![a-z])[^.;!?]{0,40}$"
)
# "The 5th instead of the 1st": one day is put in the place of another.
_INSTEAD_OF = rule(r",? ?(?:instead of|rather than|not|in place of|over)(?: on)?(?: the)? O+")
_PLACE_OF_BEFORE = rule(r"(?:M+|O+) ?(?:instead of|rather than|in place of|not|over)(?: on)? (?:the )?$")
_INSTEAD_BEFORE = rule(r"(?:M+|O+)[^.;!?QD]{0,40}$")
_INSTEAD_AFTER = re.compile(" (?:instead|rather|please instead)(?![a-z])")
# "The 1st and the 15th": twice a month, where something is said to come each time.
_PAIR_AFTER = rule(r" (?:and|&) (?:the )?O+(?![^.;]{0,40}(?:[NQ]|please pay))")
_AND_ITS_PAIR = rule(
    r"(?:M+|O+) (?:and|&) (?:the |on the )?$|(?:instead of|rather than) (?:on )?(?:the )?M+[^.;!?QD]{0,40} $"
)
_ANOTHER_DAY = rule(r"[^.;!?QD]{0,40} (?:on|to|for|the) (?:the )?O+")
_TO_ANOTHER = rule(r" to (?:the )?[OM]+| ?(?:[改换调移挪推变]|move|change|shift)[去到成为至做 ]*(?:每月)?N+ ?[号日]")


# 挪到20号, 日期换成十号, 我们约的是5号: the plan's day without its name; 这期挪到20号 moves one payment.
_SURELY_MOVED = re.compile(
    r"(?:[改换调挪移搬变](?:到|成|为|做|至)|(?<=[NDM号日])变|(?:^|[^a-z])(?:约|定|说)(?:好|定)?了?的?(?:日子"
    r"|日期)?是)(?:每个?月的?)? ?$"
)
_ONE_PAYMENT = re.compile("[这本下上][一]?[期次]|这个月|电话|见面|联系|会议")
_WAGES_AFTER = re.compile(" ?[号日]?(?:才|再)?[发出][薪工饷钱粮]")


# 薪水5号到，每个月8号扣: "every month" belongs to the 8th.
_ITS_OWN_DAY = rule("的? ?(?:N+ ?[号日]|M)")


def recurs(r: Reading, start: int, end: int) -> bool:
    """Whether "a month" stands right beside this day, with nothing told in between."""
    for month in _EACH_MONTH.finditer(r.text):
        if month.start() >= end and _ITS_OWN_DAY.match(r.sketch, month.end()):
            continue
        between = r.text[month.end() : start] if month.end() <= start else r.text[end : month.start()]
        if len(between) <= 24 and not _APART.search(between):
            return True
    return False


# "On the 27th going forward", "money leaves on the 1st", "change my plan to the 20th".
_FROM_THEN_ON = re.compile(
    ",? (?:going forward|moving forward|from now on|from here on|from then on|in future|each time|every time|onwards"
    " each|by (?:yourself|yourselves)|always|as standard|automatically|by itself|on its own)(?![a-z])"
)
_PLAN_MOVED = re.compile(
    r"(?<![a-z])(?:change|move|switch|shift|put|push|bump|swap|bring|alter|make|set|amend|reschedule)[a-z]*"
    r"(?! (?:this|next|the next|just|one|november|december)(?![a-z]))(?: back| forward| over)?"
    r" [^.;!?,]{0,30}(?<![a-z])(?:plan|arrangement|agreement|set-?up|payments|schedule|direct debit|dd|standing order"
    r"|instal+ments|mine)[^.;!?,]{0,16} (?:to|for|on|onto)(?: be)?(?: on)? (?:the )?$"
    r"|(?<![a-z])(?:change|move|switch|shift|put|push|bump)(?:ing)? (?:it|that|them|the day|the date|my day|my date"
    r"|it all"
    r"|mine|everything)(?: back| forward| over)? (?:to|onto) (?:the )?$"
    r"|(?<![a-z])(?:day|date)s?(?![a-z])[^;!?]{0,40}(?<![a-z])(?:can|could|may|might) (?:it|that|we|you) (?:be|do"
    r"|make it"
    r"|have)(?: on)? (?:the )?$"
    r"|(?<![a-z])(?:date|day)(?! i)[^.;!?,]{0,30} (?:put back|moved|changed|pushed|switched|shifted|set|brought"
    r"|brought forward|put|bumped)(?: back| forward)? to (?:the )?$"
    r"|(?:arrangement|plan|payments|instal+ments|direct debit|it all) (?:be|come out|go out|run|fall|land) on"
    r" (?:the )?$"
)
# "25 on the 1st and 25 on the 15th, each month", "600 on the 1st and 600 on the 15th for 2 months"
_TWICE = rule(
    r"N+ on (?:the )?(?:O+|M+)(?: and|,|, and) [$£€]?N+ on (?:the )?(?:O+|M+),? (?:each|every|a month|monthly|for"
    r" N+ months)"
)
_LEAVES = re.compile(
    r"(?<![a-z])(?:(?:money|it|payment|cash) (?:just |automatically )?(?:leaves|goes out|comes out|gets taken|is taken)"
    r"|help(?:s|ing)? (?:yourself|yourselves|itself|themselves) (?:to [a-z ]+)?"
    r"|into my (?:bank )?account"
    r"|you(?: lot)? (?:take|grab|draw|pull)(?: [a-z]+){0,4}|direct debit|auto-?pay|standing order) on (?:the )?$"
)


def is_plan_day(r: Reading, start: int, end: int) -> bool:
    """Whether the day recurs, or is what the day of paying is or is moved to."""
    if recurs(r, start, end):
        return True
    twice = _TWICE.search(r.sketch) if not r.chinese else None
    if twice and twice.start() <= start < twice.end():
        return True
    if not r.chinese and (
        _FROM_THEN_ON.match(r.text, end)
        or _PLAN_MOVED.search(r.text[:start])
        or (_LEAVES.search(r.text[:start]) and not told_before(r, start))
    ):
        return True
    left, _ = r.sentence(start, end)
    before = r.text[left:start]
    if _SURELY_MOVED.search(before) and not _ONE_PAYMENT.search(before):
        return not _WAGES_AFTER.match(r.text, end)
    if not r.chinese and (_COLLECTS.search(before) or _takes_the_place(r, left, start, end)):
        return True
    return bool(_DAY_OF_PAYING.search(r.text, left, start) and _MOVED_TO.search(r.text[left:start]))


def _takes_the_place(r: Reading, left: int, start: int, end: int) -> bool:
    """Whether one of two days is wanted instead of the other, and no amount hangs on either."""
    if "Q" in r.sketch[left:end] or re.search("[$£€]", r.text[left:end]):
        return False
    before = r.sketch[left:start]
    if re.search("was (?:the |on the )?(?:M+|O+)?[^.;!?]{0,12}$", before):
        return False
    if re.search(
        "(?:swap|exchange|trade|switch)(?:ping|ing)? (?:the )?(?:[MO]+ (?:for|to|with) (?:the )?)?$", before
    ) and ("M" in before or re.match(" (?:for|to|with) (?:the )?O", r.sketch[end:])):
        return True
    if _AND_ITS_PAIR.search(before) or _PAIR_AFTER.match(r.sketch, end):
        return True
    if re.search("(?:instead of|rather than|not) (?:on )?(?:the )?$", before) and _ANOTHER_DAY.search(r.sketch, end):
        # "Instead of the 1st can it come out on the 10th"
        return True
    if _INSTEAD_OF.match(r.sketch, end) or _PLACE_OF_BEFORE.search(before):
        return True
    return bool("M" in before and _INSTEAD_BEFORE.search(before) and _INSTEAD_AFTER.match(r.text, end))


def is_moved_from(r: Reading, start: int, end: int) -> bool:
    """Whether a day after "from" is the one that the day of paying leaves ("from the 1st to the 15th")."""
    return bool(_CHANGES.search(r.text, 0, start) and _TO_ANOTHER.match(r.sketch, end))
