"""The part that each amount plays: down payment, per instalment or lump sum; none where the words leave it open.

A single payment is a lump sum only where the words say all at once ("in one go", "in full"); on a named day or now,
with a plan or "the rest" after it, it is a down payment.  Amounts that are told and not offered (a fee, a salary, what
was paid, the balance) have no role.
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
    r" ?(?:(?:as )?(?:an? |my |the )?(?:initial )?(?:down(?: ?payment)?(?![a-z]| (?:to|from)(?![a-z]))|up-?"
    r" ?front|deposit|initial payment"
    r"|initially|to (?:start|begin|kick)(?: off)?(?: with)?|first(?![a-z]))|作?为?(?:首付|头款|首款)|定金|订金"
    r"|头期|首期)"
)
_DOWN_BEFORE = re.compile(
    r"(?:(?<![a-z])(?:down ?-?payment(?: of| is| would be|:)?|deposit(?: of| is)?|initial(?: payment)?(?: of| is)?"
    r"|(?:put(?:ting)?|pay(?:ing)?) down|up ?front(?: payment)?(?: of)?|first payment(?: of| is)?"
    rf"|start(?:ing)?(?: off)? with|begin with){_ROUGHLY} "
    r"|(?:首付|首期|头期|首笔|首款|定金|订金|第一笔|头一笔|首次|头款)[款金先我]?(?:是|为|付|还|给|可以|能|交|缴"
    r"|先)*[: ]*)" + _MARK
)
_LUMP_AFTER = re.compile(
    r",? ?(?:then,? )?(?:(?:as |in )?(?:a |one )?(?:lump[ -]?sum|one[- ](?:off|time)|single payment|full and final)"
    r"|in (?:(?:one|1|a single) (?:go|payment|lump|transaction|shot|piece)|full|one hit)"
    r"|[^.;\d]{0,32} in (?:one|a single) (?:go|payment|lump|shot|hit)(?![a-z])|(?:all )?at once|all in one(?! of)"
    r"|[我就都也]{0,3}(?:一次性|一次(?:过|付|还|缴|结|给|清)|一把(?:还|付|给|结|清)?|一笔(?:过|还|付|结|清)|一口气)"
    r"|(?:那笔)?(?:全部?|都)(?:了结|搞[定掂]|摆平|给|还|付|转|结|弄|清|打)[^,，。;]{0,4}[掉清了]?)(?![^,，。;]{0,6}(?:剩|余|其余))"
)
_LUMP_BEFORE = re.compile(
    r"(?:(?<![a-z])(?:lump sum(?: payment)?(?: of|:| is)?|one[- ](?:off|time)(?: payment)?(?: of)?"
    r"|(?<!for )(?:single|one) payment(?: of)?|in full(?: for| with)?|in one (?:go|shot|payment)[,:]?(?: of| for)?"
    rf"|full and final(?: of| settlement of)?){_ROUGHLY} ?"
    r"|(?:一次性|一次(?=[过付还结给交汇转打缴])|(?<![头第这那有了到])一笔(?=[过付还结给交清])|一口气|一把|全额)(?:过"
    r"|支|缴|付清|还清|结清|(?:还|付|缴|交)[完掉光]|还款|给|还|付|交|打|转|汇|拿|能|可以|我|清|你|们"
    r"|的|本金)*(?:大概|最多)?"
    r")" + _MARK
)
_EACH_AFTER = rule(
    r"(?: (?:max|maximum|tops|only|or so|at most|at least|is what i can do|left|on payday|out|off|over|back|in"
    r"|extra|more"
    r"|straight|automatically|go(?:es|ing)? out|taken|tak(?:e|ing)|com(?:es|ing) out)(?![a-z]))?,? ?",
    any_of(
        "F",
        "(?:[a-z]{1,2}[a-z']*(?: [a-z']+){1,4} )?(?:each|per|every) (?:instal|payment|time|pay)",
        "each(?![a-z])",
        "(?:from now on|going forward|from here on|as agreed)(?![a-z])",
        "(?:that )?(?:i|we|you)(?:'ve| have)? (?:agreed|set up|arranged|signed up)(?: to| on| for)?(?![a-z])",
        "a time|apiece|a pop|for (?:the )?(?:next |first |last )?L|[x×*] ?I",
        "一期|每期|一次(?![性过付还清结])|/期|(?:啦|吧|左右|上下|啊|哦|咯) ?F",
        "[^NQDI,，。;.!?]{0,28}M",
    ),
)
_EACH_BEFORE = rule(
    r"(?:(?:F|每期|每次|每一期|每笔|[单双]月|每旬|(?<![第分过了])[一N](?:期|次(?!性|过|最多|只|能|付|还[清完掉光]|结|给|汇|转|打|存|缴"
    r"|上限))|[一每N]个?季度?)"
    r"[^NQ,，。;.!?]{0,14}|M ?[还付交缴给扣][^NQ,，。;.!?]{0,8}|[这下上本][一]?期(?:也是|就是|是|的|要|还|也|先"
    r"|那|交|缴)*|(?<=L)各(?:还|付|给)?",
    rf"|(?<![a-z])(?:instal+ments?|payments|parts|chunks)(?: of| at|:| would be| are)*{_ROUGHLY} ",
    r"|(?<![a-z])(?:each|every|per) (?:instal+ment|payment|one|time)(?: is| of| at| being| would be|:)* ",
    rf"|(?<![a-z])each(?: is| of| at| being|:)?{_ROUGHLY} ",
    rf"|(?<![a-z])(?:instal+ment|emi)(?: is| was| of| at| be| to| from| being|:){_ROUGHLY} ",
    r"|(?<![a-z])first L+ (?:at |of |is )?|[IL] (?:left|remaining|more|to go)(?: of| at|,)? "
    r"|[IL] ?(?:of|at|x|×|\*|@|for|, ?each|,? ?每期|,? ?每次|,) ?(?:about )?)" + _MARK,
)
# "每个月最多还一千二", "a month, but I can only do 30"
_RATE_AHEAD = rule(r"F ?(?:[,，] ?(?=现在|但|不过|but|now|只能))?[^NQDI,，。;.!?]{0,24}$")
_WHOLE_BEFORE = re.compile(
    r"(?<![a-z])(?:the (?:full|whole|entire)(?: lot| outstanding| balance| amount| sum)?(?: of)?|all) ?" + _MARK
)
_NO_OFFER = re.compile(
    r"(?<![a-z])(?:instead of|rather than|not|can't|cannot|cant|couldn't|won't|n't|you need|owe|why|how(?! (?:do"
    r"|can|should|would) i (?:pay|settle|clear|send))"
    r"|do i have|have to|must)(?![a-z])"
)
# What was paid in one go is told, and "rent went up 400 in one go" offers nothing.
_NO_LUMP_BEFORE = re.compile(
    whole(
        listed(
            "paid sent transferred charged debited deducted took rent went_up jumped cost costs fees? not instead_of"
        )
    )
    + "[^,;.]{0,30}$"
)
_REST_AFTER = rule(
    r" ?,? ?(?:and )?(?:then )?(?:the )?(?:rest|remainder|balance)(?![a-z])(?! (?:stays?|as|remains|the same|is"
    r" the same))"
    r"|(?: (?:by|before) (?:the )?[a-z ]{3,24})?,? ?(?:and )?(?:then|after that|afterwards|thereafter) [^.;]{0,20}[NQ]"
)
_NOW_AFTER = rule(
    r" ?(?:(?:right |straight )?(?:now|today|tonight|immediately|straight away|right away|this week)(?![a-z])"
    r"|(?:on )?D)"
)
# "20k now and 10k each month"
_AND_RATE = rule(r" ?,? (?:and|plus) [^.;QNF]{0,16}[$£€]?[NQ]+ ?F")
_LATER = re.compile(whole(listed("then rest remainder remaining balance after_that afterwards followed_by")))
_FIRST_BEFORE = rule(
    "(?:先|首先|现在|马上|立刻|D)(?:可以|能|我|把|给|你|们|一次性?|就能?)*(?:还上?|付|交|给|打|转|拿|出|凑|缴|补|汇|存|垫|掏|刷|拨"
    "| ?(?:pay|bank in|transfer|put|give) ?)*(?:你们?"
    "|个|了|清)?$"
)
_HAN_LATER = re.compile(
    "剩|余下|余额|其余|其他|然后|之后|后头|后续|往后|(?<![别不])再(?=[还付每分交给缴])|后面|接下来|以后每|尾款|另外的"
)
_BESIDE_NOW = re.compile(" (?:right )?now(?= *(?:$|[,.!?]))")
_BESIDE_DATE = rule(" ?(?:on |by |before )?D")

_TOLD = re.compile(
    whole(
        listed(
            "paid sent transferred owe[ds]? owing borrowed was took charged earn(?:s|ed|ing)? salary wages?"
            " rent(?!_free) make making costs? bills? fees? limit debited deducted interest deposited says?"
            " show(?:s|ing)? statement letter balance loan_of lent lost income benefits? pension minimum withdrew"
            " taking receive[ds]? withdrawals? left_over takes_home bring_home take_home"
        )
    )
    + "|[还付转交打给缴]了|已经?还|已付|欠|借|工资|收入|房租|扣|利息|罚|费|上次|账单|余额|月薪|退休金|低保|到账|收到"
    "|到手|打工|[赚挣]|能剩|剩个|养老院|安养院|护理院|药|学费|房贷|车贷|开销|伙食|水电"
)
_INCOME_OR_COST = re.compile(
    whole(
        listed(
            "earn salary wages? rent ssp pip benefits? bills? i_make i'm_making costs? interest fees? pension"
            " benefits? income charged receive withdrawals? bring_home take_home takes_home"
        )
    )
    + "|工资|收入|房租|[涨加]租|利息|月薪|罚|费|赚|挣|生活费|退休金|低保|到手"
    "|打工|能剩|[就只]剩|剩[个返]|养老院|安养院|托费|补习费"
    "|药|学费|房贷|车贷|开销|伙食|水电"
)
# "1,480 a month from the pension"
_INCOME_AFTER = rule(
    r" ?F+ (?:from|in|off|for|on|out of) (?:my |the |his |her |our |a )?",
    whole(
        listed(
            "pension job work benefits? wages? salary rent tips social_security disability unemployment child_support"
            " childcare daycare groceries food gas petrol alimony welfare"
        )
    ),
)
# "A pensioner on two hundred a week"
_LIVES_ON = re.compile(
    r"(?<![a-z])(?:pensioner|person|family|somebody|someone|living|live|survive|surviving|get by|getting by|put"
    r" me|put us"
    r"|i'm|i am|we're|im) on (?:about |around |roughly |only |just |like )?" + _MARK
)
# "Two withdrawals, 64 dollars each"
_COLLECTED = re.compile("(?<![a-z])(?:withdrawals|deductions|debits|charges)(?![a-z])")
_COST_AFTER = re.compile(" (?:in |of |late )*(?:fees?|charges?|penalt|interest|fine)")
_OFFERED = re.compile(whole(listed("pay give_you send_you offer do")) + "|[还付交]")
_PAYING = re.compile(
    whole(
        listed(
            "pay paying i'll ill i_will send sending transfer give do have put can could settle clear promise get_you"
            " knock finish chuck put bring hand take charge debit grab deposit then paying_off transferring drop"
        )
    )
    + "|[还付交给转打凑拿汇存缴]"
)
# "1,000 a week, let us bring it to 700", "the 130 a month is killing me, 85 is all I can do"
_OTHER_RATE = rule(
    r"[^QNDIM;]{0,70}(?:(?:bring|lower|drop|cut|reduce|get|make|take|change|move|put|go|come|raise)(?: up)?"
    r" ?(?:it|that|this|us|me)? ?(?:down |up |back )?to |(?:it'd|it'll|it would|it will|it|that) (?:have to|need"
    r" to|must|can"
    r" only|could|should) be "
    r"|(?:make|take|do|call) (?:it|that) |(?:only|just) (?:do|manage|afford|pay|give|swing) |how about |instead of )"
)
# 每月800现在想改成500, 月供改600，现在是900
_HAN_OTHER_RATE = re.compile(
    "^[^。;!]{0,30}(?:(?:顶多|顶天|最多|只能|至多)(?:还|出|给|拿)?|[改调降减加换变增提](?:到|成|为|低到|少到)?"
    "|(?:现在|目前|原来|原本|之前)的?是) ?$"
)
# "凑了八千七，能不能一把清"
_HAN_ALL_AT_ONCE = re.compile(
    "(?:一次性|一次[全过付还结给缴]|一把[还付给结清]|一笔[还付结清过]|一口气)(?!(?:拿|给|还|付)?不)(?!.*(?:剩|余|其余))"
)
# "周四能打过去一千八，余下的等月底"
_HAN_PAID_BEFORE = re.compile("[还付交转打给缴汇][^,，。;!?]{0,5}$")
_HAN_REST_AFTER = re.compile("[,，。; ]+(?:剩(?!的?[当算])|余下|其余|其他的|尾款)")
_HAN_RATE_CHANGED = rule("F[^NQDIL。;!?]{0,16}[,， ][^NQ,，。]{0,6}[改调降减加换变](?:到|成|为)$")
_ALL_I_CAN = re.compile(
    " (?:is|would be|'s) (?:all|the most|as much as|what|about all)|,? (?:max|tops|at most|instead)"
)
_NEXT_CLAUSE = rule(r"[^QNDIM.;]{0,50}[,;] ?(?:but |and )?(?:maybe |about |only )?")
_SAME_RATE = rule(
    r" ?(?:F ?)?,? ?",
    any_of(
        "-|to|or|and|not|rather than|instead of|down to|up to|or maybe|maybe|from|down from|up from|/",
        "is too much,? (?:make it|how about|can we do)",
        "到|至|或者?|还是|不是|改[成为到]|降到|降低到|减到|调到|变成|而不是|(?:最多|至多|顶多)",
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
    if not r.chinese:
        _change_rates(r)


_CHANGE = listed(
    "drop(?:ped|ping)? lower(?:ed|ing)? reduc(?:e|ed|ing) cut(?:ting)? bring(?:ing)? brought knock(?:ing)? get"
    " chang(?:e|ed"
    "|ing) rais(?:e|ed|ing) up upping increas(?:e|ed|ing) bump(?:ed|ing)? put(?:ting)? set stretch adjust(?:ed)? alter"
    " mak(?:e|ing) tak(?:e|ing) turn become halve shrink tak switch move trim shave slash nudge dial scale ease"
    " modify amend redo revise keep"
    " keeping swap"
)
_TERM = (
    r"(?:(?:(?:re)?payments?|instal+ments?|plan|arrangement|agreement|direct debit|dd|standing order|emis?|set-?up"
    r"|amount"
    r"|monthl(?:y|ies)|each one|what i(?:'m)? (?:pay|paying)|so i(?:'d)? pay|deal)(?![a-z])|F)"
)
_ONES = "(?:it|that|them|mine|this|things|(?:the|my) [QN]+)"
_LOWERS = listed(
    "shave slash nudge dial drop lower reduce cut bring knock get take move put change shrink trim raise up bump"
    " increase"
)
# "Drop it to 90", "lower the instalments to 85", "can it go down to 70".
_CHANGED_TO = rule(
    rf"(?<![a-z])(?:{_CHANGE} (?:[a-z']+ ){{0,3}}{_TERM}(?: [a-z']+){{0,4}}? (?:to|at|from)"
    rf"|{_LOWERS} {_ONES}(?: right)?(?: (?:down|up|back|from Q+))? to"
    rf"|{_TERM}[^.;Q]{{0,30}} (?:be|go|come)(?: (?:changed|down|up|lowered|reduced|cut|dropped|set|raised|brought"
    rf" down|more like))? ?(?:to|at|from)?"
    rf"|(?:plan|payments?|it) so (?:that )?(?:i|i'm|i'd|we) pay(?:ing)?|(?:each one|every one|each) (?:is|be|was|at"
    rf"|to)){_ROUGHLY} (?:[$£€] ?)?$"
)
# With these the words speak of the debt as a whole, of a fee, of one payment.
_NOT_THE_PLAN = re.compile(
    whole(
        listed(
            "settle(?:ment|d)? settling total lump one-off one_go in_full fees? interest penalt(?:y|ies) charges?"
            " owe owed"
            " discount write_off wipe whole waive limit refund balance_to debt_to"
        )
    )
)
_ABOUT_A_PLAN = rule(_TERM)
_MADE = rule(rf"(?<![a-z])(?:make|do|call|have) {_ONES}{_ROUGHLY} (?:[$£€] ?)?$")
_FROM_HERE_ON = re.compile(
    r" (?:going forward|moving forward|from now on|from here on|instead of [$£€]?\d|rather than [$£€]?\d|but (?:weekly"
    r"|monthly|fortnightly)|each time|every time)"
)
_KEPT = re.compile(r"(?<![a-z])(?:keep|leave) (?:it|that|them|the payments?) (?:at|on) (?:[$£€] ?)?$")
_OTHER_ONE = rule(
    r"[^QNDILM;]{0,60}(?<![a-z])(?:to|instead of|rather than|not|but|could it be|can it be|can we do|could i do|can"
    r" i do"
    r"|i can (?:only )?(?:stretch to|do|manage|afford|pay)|need it to be|it to be|(?:can|could) (?:it|i|we) go"
    r" (?:down |up )?to|(?:needs|has|needed) to (?:be|come down to|go to|become)|drop to|down to|up to|become|becomes"
    r"|i'd manage|how about|make it|more like|try|so i pay|could do|could manage|can manage|only|just)"
    rf"(?: a| me)?{_ROUGHLY} (?:[$£€] ?)?"
    r"|[^QNDILM;.]{0,30}(?:too|more than|killing|beyond|crippling|steep|much)[^QNDILM;]{0,24}[,.;:]?[^QNDILM;]{0,20} "
    r"(?:[$£€] ?)?"
)
_PAIR = re.compile(" (?:(?:down |up )?to|not|instead of|rather than)(?: the| my)? (?:[$£€] ?)?")
_SIZE_BEFORE = rule(
    rf"(?<![a-z])(?:(?:{_LOWERS}|keep up|keep up with|keep paying|manage|afford|do|paying|not|get|pay|so|but|and"
    rf"|because) (?:the|my|that|this|those)|(?:^|[,.;!] )(?:the|my)|(?:i|we) (?:agreed|signed up|said)(?: to| for"
    r"| on| at)?"
    r"|so i pay|switch from|go from|come down from|move from) (?:[$£€] ?)?$"
)
_STEEP = re.compile(
    r" (?:is|are|was|were|'s)(?: just| now| way| far| really)* (?:too (?:much|high|steep|dear|heavy|big)|killing me"
    r"|killing us"
    r"|crippling|beyond me|more than i can|a stretch|a struggle|unaffordable|not manageable|fine but)"
)


def _change_rates(r: Reading) -> None:
    """ "Drop it to 90", "bring the 220 down to 150": the sides of a change of what is paid each time."""
    if not r.of("money") or _NOT_THE_PLAN.search(r.text):
        return
    about = bool(_ABOUT_A_PLAN.search(r.sketch)) or any(e.role == EACH for e in r.of("money"))
    for amount, following in zip(r.of("money"), r.of("money")[1:], strict=False):
        # "Bring the 220 down to 150", "I can't keep up the 125, could it be 80", "down a notch, 130 to 115"
        between = r.sketch[amount.end : following.start]
        led = _SIZE_BEFORE.search(r.sketch[: amount.start][-40:])
        if {amount.role, following.role} == {None} and (
            (led and _OTHER_ONE.fullmatch(between) and not _BESIDE_DATE.match(r.sketch, following.end))
            or (about and _PAIR.fullmatch(between))
        ):
            r.change(amount, role=EACH)
            r.change(following, role=EACH)
    for amount in r.of("money"):
        before = r.sketch[max(0, amount.start - 90) : amount.start]
        changed = _CHANGED_TO.search(before) or _KEPT.search(before)
        made = _MADE.search(before) and (about or _FROM_HERE_ON.match(r.text, amount.end))
        steep = (
            about
            and re.search(r"(?<![a-z])(?:the|my|that|this|of) [$£€]?$", before)
            and _STEEP.match(r.text, amount.end)
        )
        if amount.role is None and (changed or made or steep) and not _is_single(r, amount):
            r.change(amount, role=EACH)
    amounts = r.of("money")
    for index in range(1, len(amounts)):
        one, other = r.of("money")[index - 1 : index + 1]
        if {one.role, other.role} == {None, EACH} and _OTHER_ONE.fullmatch(r.sketch[one.end : other.start]):
            target = one if one.role is None else other
            if not _is_single(r, target):
                r.change(target, role=EACH)


def _is_single(r: Reading, amount: Entity) -> bool:
    """Whether an amount is of one day or told of as income or cost."""
    left, _ = r.clause(amount.start, amount.end)
    told = _INCOME_OR_COST.search(r.text, max(left, amount.start - 30), amount.end) or _COST_AFTER.match(
        r.text, amount.end
    )
    return bool(told or _is_income_or_debit(r, amount) or _BESIDE_DATE.match(r.sketch, amount.end))


_HALVES = re.compile(" (?:so|but|then) (?=(?:it'd|it would|i|i'll|we|how|could|can|let|make|maybe)[ '])")


def _role(r: Reading, amount: Entity, promised: bool) -> str | None:
    before, after = r.sketch[: amount.start], r.sketch[amount.end :]
    said_before, said_after = r.text[: amount.start][-44:], r.text[amount.end :][:60]
    left, right = r.clause(amount.start, amount.end)
    if _DOWN_AFTER.match(said_after) or _DOWN_BEFORE.search(said_before):
        return DOWN
    if _is_lump(r, amount, left):
        return LUMP
    if not r.chinese:
        # "I'm on an apprentice wage so it'd be 15 a week": the half after "so" speaks for itself.
        left = max([left, *(m.end() for m in _HALVES.finditer(r.text, left, amount.start))])
    told = _is_told(r, amount, left) or bool(_COST_AFTER.match(said_after))
    offered = not (told and _INCOME_OR_COST.search(r.text, left, amount.end)) and not _is_income_or_debit(r, amount)
    if offered and _EACH_AFTER.match(after):
        return EACH
    now = _NOW_AFTER.match(after)
    if _REST_AFTER.match(after) or (now and (_LATER.search(said_after) or _AND_RATE.match(after, now.end()))):
        return DOWN
    if _FIRST_BEFORE.search(before[-16:]) and (_HAN_LATER.search(said_after[:40]) or re.search("[FI]", after[:40])):
        return DOWN
    rate = _RATE_AHEAD.search(before)
    if r.chinese and not told and _HAN_PAID_BEFORE.search(said_before) and _HAN_REST_AFTER.match(said_after):
        return DOWN
    if _HAN_RATE_CHANGED.search(before[-44:]):
        return EACH
    if offered and (_EACH_BEFORE.search(before[-44:]) or (rate and rate.start() >= left - 12)):
        return EACH
    if not told and r.chinese and _HAN_ALL_AT_ONCE.search(said_after) and len(r.of("money")) == 1:
        return LUMP
    beside = _BESIDE_DATE.match(after) or (amount.start - left < 3 and _BESIDE_NOW.match(after))
    if told or not (beside or _PAYING.search(r.text, max(0, left - 20), right)):
        return None
    return DOWN if beside and promised and re.search("[FIM]", r.sketch[amount.end :]) else None


def _is_lump(r: Reading, amount: Entity, left: int) -> bool:
    """Whether the words say that the amount comes all at once."""
    before, after = r.text[: amount.start][-44:], r.text[amount.end :][:60]
    if _NO_LUMP_BEFORE.search(before):
        return False
    if _LUMP_AFTER.match(after) or _is_whole(r, amount, left):
        return True
    return bool(_LUMP_BEFORE.search(before) and not re.match("[^,，。;]{0,6}(?:剩|余|其余)", after))


def _is_income_or_debit(r: Reading, amount: Entity) -> bool:
    """ "1,480 a month from the pension", "a pensioner on 200 a week", "two withdrawals, 64 each": a rate, no offer."""
    if _INCOME_AFTER.match(r.sketch, amount.end) or _LIVES_ON.search(r.text[: amount.start][-44:]):
        return True
    left, _ = r.sentence(amount.start, amount.end)
    return bool(_COLLECTED.search(r.text, left, amount.start))


def _is_told(r: Reading, amount: Entity, left: int) -> bool:
    """Whether an amount is told of (a fee, a salary, what was paid) and not offered."""
    start = max(left, amount.start - (10 if r.chinese else 28))
    ends = [match.end() for match in _TOLD.finditer(r.text, start, amount.end)]
    return bool(ends) and not _OFFERED.search(r.text, ends[-1], amount.start)


def _share_rates(r: Reading) -> None:
    """In "from 600 to 400 a month", "100-150 a month", 每月从600降到400 both amounts are per instalment."""
    amounts = r.of("money")
    for index in range(1, len(amounts)):
        one, other = amounts[index - 1], amounts[index]
        between = re.sub("F+", "F", r.sketch[one.end : other.start])
        if {one.role, other.role} == {None, EACH} and _SAME_RATE.fullmatch(between):
            r.change(one if one.role is None else other, role=EACH)
            amounts = r.of("money")
        elif one.role == EACH and other.role is None and _replaces_rate(r, one, other):
            r.change(other, role=EACH)
            amounts = r.of("money")


def _is_whole(r: Reading, amount: Entity, left: int) -> bool:
    """ "I'll pay you the full 1,150": all at once, where it is offered and not shrunk from."""
    said = r.text[r.sentence(left, left)[0] : amount.start]
    return bool(_WHOLE_BEFORE.search(said) and _PAYING.search(said) and not _NO_OFFER.search(said))


def _replaces_rate(r: Reading, old: Entity, new: Entity) -> bool:
    """Whether an amount is put in the place of the rate before it."""
    between = r.sketch[old.end : new.start]
    if _OTHER_RATE.fullmatch(between) or (r.chinese and _HAN_OTHER_RATE.search(between)):
        return True
    return bool(_NEXT_CLAUSE.fullmatch(between) and _ALL_I_CAN.match(r.text, new.end))
