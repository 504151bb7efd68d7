"""The part that each amount plays: down payment, per instalment or lump sum; none where the words leave it open.

A single payment on a named day, or now, is a lump sum; with a plan or "the rest" after it, it is a down payment.
Amounts that are told and not offered (a fee, a salary, what was paid, the balance) have no role.
"""

from __future__ import annotations

import re

from bot.nlu.extraction.entity import Entity
from bot.nlu.extraction.patterns import any_of, listed, rule, whole
from bot.nlu.extraction.reading import Reading

DOWN, EACH, LUMP = "down_payment", "per_instalment", "lump_sum"

_MARK = " ?(?:[$¥£€] ?)?$"
_ROUGHLY = "(?: about| around| like| only| just| maybe)*"
_DOWN_AFTER = re.compile(
    r" ?(?:(?:as )?(?:an? |my |the )?(?:initial )?(?:down(?: ?payment)?(?![a-z])|up-? ?front|deposit|initial payment"
    r"|initially|to (?:start|begin|kick)(?: off)?(?: with)?|first(?![a-z]))|作?为?首付|定金|订金|头期|首期)"
)
_DOWN_BEFORE = re.compile(
    r"(?:(?<![a-z])(?:down ?-?payment(?: of| is| would be|:)?|deposit(?: of| is)?|initial(?: payment)?(?: of| is)?"
    r"|(?:put(?:ting)?|pay(?:ing)?) down|up ?front(?: payment)?(?: of)?|first payment(?: of| is)?"
    rf"|start(?:ing)?(?: off)? with|begin with){_ROUGHLY} "
    r"|(?:首付|首期|头期|首笔|首款|定金|订金|第一笔|头一笔|首次|头款)[款金先我]?(?:是|为|付|还|给|可以|能|交|缴"
    r"|先)*[: ]*)" + _MARK
)
_LUMP_AFTER = re.compile(
    r" ?(?:to (?:settle|clear|close|finish)"
    r"|(?:as )?(?:a |one )?(?:lump[ -]?sum|one[- ]off|single payment|full and final)"
    r"|in (?:(?:one|1|a single) (?:go|payment|lump|transaction)|a lump sum|full and final|full settlement"
    r"|settlement|one hit)|(?:all )?at once|and (?:be done|call it quits|close|that's it|we're done)"
    r"|一次性|一次付清|一次还清|了结|一笔还清|(?:就|全部)?结清)(?![^,，。;]{0,6}(?:剩|余|其余))"
)
_LUMP_BEFORE = re.compile(
    r"(?:(?<![a-z])(?:settle(?: it| this| the (?:debt|loan|account|balance))?(?: up)?(?: for| at| with| on)"
    r"|lump sum(?: payment)?(?: of|:| is)?|one[- ]off(?: payment)?(?: of)?|(?:single|one) payment(?: of)?"
    r"|settlement(?: figure| offer| amount)?(?: of| at| for)?|in full(?: for| with)?"
    r"|full and final(?: of| settlement of)?"
    rf"|clear it (?:for|with)|pay it off (?:with|for)|close (?:it|this|the account) (?:for|with|at)){_ROUGHLY} ?"
    r"|(?:一次性|一次(?=[过付还结给交])|(?<![头第这那有了])一笔|一口气)(?:过|付清|还清|结清|还款|给|还|付|交|打|转|拿|能|可以|我|清|你|们"
    r"|的)*(?:大概|最多)?"
    r"|(?:结清|了结|清账)(?:的话)?(?:给|付|还|我|能|最多|行|用)*)" + _MARK
)
_EACH_AFTER = rule(
    r" ?(?:max |maximum |tops |only |or so |at most |at least |is what i can do |left )?,? ?",
    any_of(
        "F",
        "(?:each|per|every) (?:instal|payment|time|pay)",
        "each(?![a-z])",
        "a time|apiece|a pop|for L|[x×*] ?I",
        "一期|每期|一次(?!性)|/期",
        "[^NQDI,，。;.!?]{0,28}M",
    ),
)
_EACH_BEFORE = rule(
    r"(?:(?:F|每期|每次|每一期|每笔|(?<![第分])[一N][期次](?!性))[^NQ,，。;.!?]{0,14}",
    rf"|(?<![a-z])(?:instal+ments?|payments|parts|chunks)(?: of| at|:| would be| are)*{_ROUGHLY} ",
    r"|(?<![a-z])(?:each|every|per) (?:instal+ment|payment|one|time)(?: is| of| at| being| would be|:)* ",
    r"|[IL] ?(?:of|at|x|×|\*|@|for|, ?each|,? ?每期|,? ?每次|,) ?(?:about )?)" + _MARK,
)
# "每个月最多还一千二", "a month, but I can only do 30"
_RATE_AHEAD = rule(r"F ?(?:[,，] ?(?=现在|但|不过|but|now|只能))?[^NQDI,，。;.!?]{0,24}$")
_REST_AFTER = rule(
    r" ?,? ?(?:and )?(?:then )?(?:the )?(?:rest|remainder|balance)(?![a-z])"
    r"|,? ?(?:and )?(?:then|after that|afterwards) [^.;]{0,20}[NQ]"
)
_NOW_AFTER = rule(
    r" ?(?:(?:right |straight )?(?:now|today|tonight|immediately|straight away|right away|this week)(?![a-z])"
    r"|(?:on )?D)"
)
_LATER = re.compile(whole(listed("then rest remainder remaining balance after_that afterwards followed_by")))
_FIRST_BEFORE = rule(
    "(?:先|首先|现在|马上|立刻|D)(?:可以|能|我|把|给|你|们|一次性?|就能?)*(?:还上?|付|交|给|打|转|拿|出|凑|缴)?(?:你们?"
    "|个|了|清)?$"
)
_HAN_LATER = re.compile(
    "剩|余下|余额|其余|其他|然后|之后|(?<![别不])再(?=[还付每分交给缴])|后面|接下来|以后每|尾款|另外的"
)
_BESIDE_NOW = re.compile(" (?:right )?now(?= *(?:$|[,.!?]))")
_BESIDE_DATE = rule(" ?(?:on |by |before )?D")

_TOLD = re.compile(
    whole(
        listed(
            "paid sent transferred owe[ds]? owing borrowed was took charged earn(?:s|ed|ing)? salary wages?"
            " rent(?!_free) make making costs? bills? fees? limit debited deducted interest deposited says?"
            " show(?:s|ing)? statement letter balance loan_of lent lost income benefits? pension minimum withdrew"
            " taking receive[ds]?"
        )
    )
    + "|[还付转交打给缴]了|已经?还|已付|欠|借|工资|收入|房租|扣|利息|罚|费|上次|账单|余额|月薪|退休金|低保|到账|收到"
    "|到手|打工|[赚挣]"
)
_INCOME_OR_COST = re.compile(
    whole(
        listed(
            "earn salary wages? rent ssp pip benefits? bills? i_make i'm_making costs? interest fees? pension"
            " benefits? income charged receive"
        )
    )
    + "|工资|收入|房租|利息|月薪|罚|费|赚|挣|生活费|退休金|低保|到手|打工"
)
_COST_AFTER = re.compile(" (?:in |of |late )*(?:fees?|charges?|penalt|interest|fine)")
_OFFERED = re.compile(whole(listed("pay give_you send_you offer do")) + "|[还付交]")
_PAYING = re.compile(
    whole(
        listed(
            "pay paying i'll ill i_will send sending transfer give do have put can could settle clear promise get_you"
            " take charge debit grab deposit then"
        )
    )
    + "|[还付交给转打凑拿汇存缴]"
)
_THEN = re.compile("(?<![a-z])(?:then|that day|same day)(?![a-z])|到时|那时|那天|当天|当场")
_NOW = re.compile(
    whole(listed("now right_away straight_away immediately rn asap this_(?:very_)?(?:minute|instant|moment|second)"))
    + "|现在|马上|立刻"
)
_FROM_DATE = rule("(?<![a-z])(?:from|starting) ?D|D ?(?:开始|起|onwards)|从D")
_SAME_RATE = rule(
    r" ?(?:F ?)?,? ?",
    any_of(
        "-|to|or|and|not|rather than|instead of|down to|up to|or maybe|maybe|from|down from|up from|/",
        "is too much,? (?:make it|how about|can we do)",
        "到|至|或者?|还是|不是|改[成为到]|降到|降低到|减到|调到|变成|而不是",
    ),
    r" ?(?:about |only |just |maybe |like )?(?:F ?)?",
)


def money_roles(r: Reading) -> None:
    """Gives each amount its part in the deal, where the words make it clear."""
    today = r.today.isoformat()
    promised = any(e.role == "payment" and str(e.value) >= today for e in r.of("date"))
    for amount in r.of("money"):
        role = _role(r, amount, promised)
        if role:
            r.change(amount, role=role)
    _share_rates(r)


def _role(r: Reading, amount: Entity, promised: bool) -> str | None:
    before, after = r.sketch[: amount.start], r.sketch[amount.end :]
    said_before, said_after = r.text[: amount.start][-44:], r.text[amount.end :][:60]
    left, right = r.clause(amount.start, amount.end)
    if _DOWN_AFTER.match(said_after) or _DOWN_BEFORE.search(said_before):
        return DOWN
    if _LUMP_AFTER.match(said_after):
        return LUMP
    if _LUMP_BEFORE.search(said_before) and not re.match("[^,，。;]{0,6}(?:剩|余|其余)", said_after):
        return LUMP
    told = _is_told(r, amount, left) or bool(_COST_AFTER.match(said_after))
    offered = not (told and _INCOME_OR_COST.search(r.text, left, amount.end))
    if offered and _EACH_AFTER.match(after):
        return EACH
    if _REST_AFTER.match(after) or (_NOW_AFTER.match(after) and _LATER.search(said_after)):
        return DOWN
    if _FIRST_BEFORE.search(before[-16:]) and (_HAN_LATER.search(said_after[:40]) or re.search("[FI]", after[:40])):
        return DOWN
    rate = _RATE_AHEAD.search(before)
    if offered and (_EACH_BEFORE.search(before[-44:]) or (rate and rate.start() >= left - 12)):
        return EACH
    beside = _BESIDE_DATE.match(after) or (amount.start - left < 3 and _BESIDE_NOW.match(after))
    if told or not (beside or _PAYING.search(r.text, max(0, left - 20), right)):
        return None
    return _single_payment(r, amount, bool(beside), promised)


def _is_told(r: Reading, amount: Entity, left: int) -> bool:
    """Whether an amount is told of (a fee, a salary, what was paid) and not offered."""
    start = max(left, amount.start - (10 if r.chinese else 28))
    ends = [match.end() for match in _TOLD.finditer(r.text, start, amount.end)]
    return bool(ends) and not _OFFERED.search(r.text, ends[-1], amount.start)


def _single_payment(r: Reading, amount: Entity, beside: bool, promised: bool) -> str | None:
    left, right = r.clause(amount.start, amount.end)
    clause, tags = r.text[left:right], r.sketch[left:right]
    if re.search("[FIM]", r.sketch):
        return DOWN if beside and promised and re.search("[FIM]", r.sketch[amount.end :]) else None
    alone = len(r.of("money")) == 1 and bool(_PAYING.search(clause))
    dated = promised and ("D" in tags or _THEN.search(clause) or alone)
    if (dated or beside or _NOW.search(clause)) and not _FROM_DATE.search(tags):
        return LUMP
    return None


def _share_rates(r: Reading) -> None:
    """In "from 600 to 400 a month", "100-150 a month", 每月从600降到400 both amounts are per instalment."""
    amounts = r.of("money")
    for index in range(1, len(amounts)):
        one, other = amounts[index - 1], amounts[index]
        between = re.sub("F+", "F", r.sketch[one.end : other.start])
        if {one.role, other.role} == {None, EACH} and _SAME_RATE.fullmatch(between):
            r.change(one if one.role is None else other, role=EACH)
            amounts = r.of("money")
