"""Which date a plan starts on and which one is a day of payment."""

from __future__ import annotations

import re

from bot.nlu.extraction.patterns import listed, rule, whole
from bot.nlu.extraction.reading import Reading

MOST_DATES = 40
"""Dates of a message whose part is looked for: what is pasted into the chat must not hold up the conversation."""

_STARTS_BEFORE = re.compile(
    r"(?:(?<![a-z])(?:(?<!apart )from|start(?:s|ing)?|begin(?:s|n?ing)?|commenc(?:e|ing)|as of|effective|kick off"
    r"|first (?:one|payment|instal?lment|on)?(?: is| being| would be| on)?)"
    r"(?: (?:from|on|as of|it|paying|paying on|with|payments?|the plan|the payments))*(?: the)? "
    r"|[从自由] ?|开始(?:于|日期是)? ?|起始日(?:是)? ?|首期[是在]? ?)$"
)
_STARTS_AFTER = re.compile(r" ?(?:onwards?|on ?wards|and onwards)(?![a-z])| ?(?:开始|起(?![诉来码身床飞]))")
_PAYS = rule(
    whole(
        listed(
            "remit remitting pay(?!_me|_us) paying(?!_me|_us) payment repay send sending transfer transferring"
            " settle clear deposit"
            " wire give(?!_me|_us|_(?:you_)?(?:an?_(?:answer|call|ring|time)|notice|feedback|birth)) sort_it"
            " have_it do_(?:it|that|this|[QN]|the_[QN]) put_(?:it(?!_in_[a-z])|down|[QN])"
            " get_(?:it|that|this|the_money)_to_you you'll_get you'll_have u'll_get the_rest the_balance"
            " (?:put|putting|Q+)(?:_it|_that|_some)?_down take_care_of_(?:it|this|that) (?:close|mail|post"
            "|bring|drop|handle|finish|cover)_(?:it|this|that|you|the_money)"
            " finish_(?:it|this|that)(?:_off)? (?:you'll|u'll|you_will|you_can)_have clear_it use_that shall_be"
            " will_be_(?:paid|sent) full_(?:amount|payment|balance) all_of_it the_lot the_whole_(?:lot|thing"
            "|amount|balance|sum) the_full_(?:amount|balance|thing|whack)"
            " (?:charge|collect|run|take|debit|draw|process|grab)(?=_(?:it|all|the|my|that|Q)) square_(?:it_"
            "|things_)?up"
            " square_with_you settling expect_(?:it|me|the_money|payment) it's_yours is_yours clearing"
            " good_for_(?:it|Q|N) count_on_(?:Q|it|me|the) rely_on_(?:Q|me) off_me paid_off be_paid get_it_paid"
            " get_you_paid see_you_right drop_you sling bung lob"
            " mark_me_down put_me_down you_can_have have_Q you_will_see you'll_see expect_Q pony_up square_up"
        )
    ),
    r"|[还付交转缴汇](?!款日|没|在|有|是|不|要|能|会|得|剩|欠|想)|打(?:给(?!我)|款|过(?!来)|钱)|结[清掉]|结(?=$"
    r"|[,，。!了 ])|补(?=[上齐给你够]|$)|给你"
    r"|给(?=[住返埋]?[QP]|$|[,，。! ])|转你|凑|清(?=[了掉完]|$)|全[清额数]|给(?=晒|哂|齐|够|清|返|足)|搞[定掂]"
    r"|[入过]数(?!据|字)|入(?:了他|晒)|去(?:存|弄|办"
    r"|[转还付缴交汇])|剩下的?P"
    r"|处理(?:[好掉完清]|这|那)|(?:全部?|都)弄[完掉清好]|了结|两清|销账|(?:一定|实|肯定)入(?=$|[,，。!])"
    r"|bank in|paynow",
)
_NOT_PAYING = re.compile(
    r"(?:can|could|may|might|should) i (?:please )?(?:have|get) (?:it|that|this)|(?:get|gets|got|(?<!it'll )(?<!it"
    r" will )be|am|i'm|was|getting|being) (?:my )?(?:paid|pay|salary|wages)|payday"
    r"|(?:supposed|meant|due|have|has|need|got) to pay|do i pay|pay ?(?:che(?:ck|que)|slip|date|day|roll)|due"
    r" date|payment (?:date|day)"
    + "|"
    + whole(listed("paid sent transferred settled cleared"))
    + "|已经?还|[还付转交汇借打寄]给?我(?!们|的|也|就|会|能)|[还付转交]了|不[还给付交]"
    "|领(?!导)|[入进]账|工资|薪水|发薪|出粮|还款日"
    # 没钱还, 没办法付, 还不上, 不会还, 不想交
    "|没(?:钱|办法|法子?|能力|得|打算|本事|准备|把握)[^,，。;!?]{0,4}[还付交转给缴清]|[还付交给缴拿凑](?:不"
    "|唔)(?:[上了起出到齐够清]|晒)"
    "|(?:(?<![能可会行])不(?:会|能)?|无法|没法|不想|不打算|不准备|拒绝|别想|未必|不一定"
    "|做不到)[^,，。;!?]{0,4}[还付交给缴转清](?!其他|别的)"
    # 扣款 and 要还 are what the lender does or asks
    "|(?:自动|会|来|要|再|重新)?扣(?:款|钱|费)?|(?:应|须|需要?|必须|该)[还付交缴]"
)
# "I get paid on the 25th, I'll pay 400 then"
_PAYS_THEN = re.compile(
    r"[,，。 ]+(?:给你|还你|转你|[给还](?=Q)|(?:全部?|都)[弄还付交清结搞])"
    r"|[,;.?!]+ (?:and |so |then )*(?:i'll|ill|i will|i can|you'll|u'll|you can|you will|we'll|i'd)(?! (?:be able"
    r"|call|ring"
    r"|let you|know|tell|talk|think|see|get back))(?![^,;.]{0,40}(?<![a-z])(?:next|until|after that"
    r"|tomorrow)(?![a-z]))[^,;.?!]*"
    r"|[,，;.。?! ]+(?:and |so |then )*(?:i|we|i'll|ill|we'll)?[^,，;.。]{0,40}(?<![a-z])(?:then|same day|that day|that"
    r" (?:evening|night|afternoon|morning)|after(?:wards|ward)?(?= ?(?:$|[.!?])))(?![a-z])(?! (?:i can|we can)"
    r" (?:give|tell|answer))"
    r"|[,;. ]+[^;.]{0,60} (?:that day|same day)(?![a-z])|[,;. ]+(?:and )?(?:from|out of) (?:that|it|there"
    r"|which)(?![a-z])"
    r"|[,;.]+ (?:and |so )?(?:expect|count on|take|you can take) [^;.]{0,30}(?:that (?:day|afternoon|evening"
    r"|morning|night))"
    r"|[,，;. ]+(?:and )?(?:(?:as soon as|when|once|the day|the minute|the moment|soon as) (?:it|that|they|the money)"
    r" (?:arrives?|hits?|lands?|comes?|clears?|gets? (?:here|in)|drops?|does|is in))"
    r"|[,，。 ](?:到时候?|那时候?|再|就|我|[出到收拿领发]了|一?[出到收拿]到?就|拿到|收到|到账|到手|[一N]到"
    r"|钱?到了|发了|[一N]发|马上|立马|立刻"
    r"|[一N]分不少|先"
    r"|然后)[^,，。]{0,12}[还付给交转打汇缴清结]"
    r"|[,，。 ][^,，。]{0,12}(?:到时候?|那时候?|那天|当天|当场)[^,，。]{0,12}(?:[还付给交转打汇缴清结]|pay"
    r"|transfer|settle|clear)"
)
# "hold tight till friday, I'll pay the full thing"
_UNTIL_BEFORE = re.compile("(?<![a-z])(?:until|till|til|wait for|payday(?: is)?(?: on)?) (?:the )?$|等到?$")
# "It was 1,200 on Monday and 1,214 today"
_STOOD = re.compile("(?<![a-z])(?:it was|balance was|says|shows|showing|stood at)(?![a-z])")
_UNTIL_END = rule("F+[^.;]{0,12} (?:until|till|til|through|up to) (?:the )?$")
# "I'm away from Thursday" starts no plan.
_AWAY = re.compile(
    r"(?<![a-z])(?:away|off work|on (?:holiday|leave|vacation)|out of town|abroad|working|at sea|on shift|back"
    r" at work)[^,.;]*"
    r" from $"
)
# 今天还上的话还会显示逾期吗, 今天几点之前要还: asked, not promised.
_ASKED = re.compile(
    "(?:是|要|得)多少|多少(?:钱)?(?:$|[?,，。])|的话?[^,，。;]{0,6}(?:还会|会不会|算不算|显示|影响)|来得及"
    "|[赶追][^,，。]{0,4}得[及切到上]|几点|算(?:不算)?逾期"
)
# 你们说25号要还; 明天不还会怎样; 今天还清有没有优惠: somebody else's day, a condition, a question.
_TOLD_BY_OTHERS = re.compile(
    "(?:你们|客服|系统|账单|短信|邮件|app|合同|协议|通知(?:书|单)?|催收的?|上面|法院|律师函)[^,，。;!?]{0,6}(?:说"
    "|话|写|显示|要求|让|叫|要我|规定|催|限)"
)
_WONDERED = re.compile(
    "有没有|(?<!我)会不会|会(?:怎|有|被|影响|罚|上|产生|多|算|再|变|不)|怎么(?:办|样|算|会)|怎样|什么(?:后果|影响"
    "|结果)|[是系](?:不是|咪)|(?:对|没错|[真确]的|准)吗"
    "|(?:要|用|需|算|收|罚|加|涨|逾期|违约|利息|征信|到期|截止|晚|迟|影响|减|免|优惠"
    "|打折)[^,，。;!?]{0,6}[吗呢么]|多少|几[多钱时]|为什么|点解"
)
# 明天还500可以吗, 能不能下周五还: a day that is offered.
_OFFERED = re.compile(
    "可不?可以|(?:能不?能|得不得|行不?行|好不?好|[行得好成]吗|让我|允许|可否|接受|愿意|保证|一定|肯定)"
    "|我[^,，。;!?]{0,3}(?:会|来)[还付交转给]"
)
_AMOUNT_BESIDE = rule(r" ?[,:-] ?Q+[ .!]*$")
_CONTACT = re.compile(
    r"(?<![a-z])(?:call|ring|contact|text|message|remind|write to me|reach me|reach us)(?![a-z])|联系|打电话"
    r"|打给我|提醒|(?:别|不要|不好|不准|不许|停止)[^,，。;]{0,4}[发打找催联]|代理人|出面|律师"
)


def starts(r: Reading, start: int) -> bool:
    """Whether the words before a date make it the start of something."""
    return bool(_STARTS_BEFORE.search(r.text[max(0, start - 45) : start]))


def date_roles(r: Reading) -> None:
    """Gives each date its role, where the words make it clear."""
    today = r.today.isoformat()
    for found in r.of("date")[:MOST_DATES]:
        if str(found.value) < today:
            continue
        left, right = r.clause(found.start, found.end)
        if _CONTACT.search(r.text, left, right) and "Q" not in r.sketch[left:right]:
            # "From today reach me at …"
            continue
        if _AWAY.search(r.text, left, found.start) and "Q" not in r.sketch[left:right]:
            continue
        if starts(r, found.start) or _STARTS_AFTER.match(r.text, found.end):
            r.change(found, role="start")
        elif _is_paid(r, found.start, found.end):
            r.change(found, role="payment")


# "My daughter's bringing it Sunday and I'll mail it Monday": the second half is about the second day.
_SECOND_HALF = rule(r" and i(?:'ll| will| can|'m going to) (?=[^D]*D)")
_LEADS_ONLY = re.compile("(?: ?(?:on|by|this|next|coming|the|i mean|make it|say|um|maybe|so|do it|from))* *")


def _is_shared_out(r: Reading, left: int, right: int) -> bool:
    """ "Half at christmas"; "tomorrow 100%" only affirms."""
    shares = [e for e in r.of("percentage") if left <= e.start and e.end <= right]
    return not r.chinese and any(e.value < 100 for e in shares)


def _pays_then(rest: str) -> bool:
    """Whether the clauses behind a date pay on it; a date of their own takes its place."""
    then = _PAYS_THEN.match(rest)
    paid = then and (_PAYS.search(rest) or re.match(r"[,;. ]+Q+ (?:then|yours|is yours|it's yours|for you)", rest))
    return bool(paid) and "D" not in then[0]  # type: ignore[index]


# "Will a late marker go on if I pay on the 3rd", "what if I miss Friday": asked about, not promised.
_AFTERMATH = re.compile(
    whole(
        listed(
            "what_if what_happens what_then or_else what_would_happen what's_the_worst whats_the_worst"
            " (?:late )?(?:marker|mark) bailiffs? court sued? sue credit score record report(?:ed)? (?:late_)?fees?"
            " interest charges? charged lose penalt(?:y|ies) penali[sz]ed default(?:ed)? too_late late count(?:s"
            "|ed)?_as"
            " in_trouble enforcement consequences? collectors? legal happen(?:s|ed)? repossess(?:ed)? in_time still_ok"
            " what_then arrears affect(?:s|ed)? hurt knock(?:ed)?"
        )
    )
)
_QUESTION = re.compile(
    r"(?:^|[.;!?,] )(?:(?:so|and|but|or|then|ok|okay|hi|hello|hey|please) )*(?:(?:is|are|was|does|do|did|will|would"
    r"|has|have"
    r"|am|should|must|won't|doesn't|isn't) (?:i|you|u|ye|it|there|that|this|they|we|my|the|an?|your|he|she|any"
    r"|interest|today"
    r"|tomorrow|tonight|paying|not|waiting)(?![a-z])|(?:what|what's|whats|when|why|how|which)(?![a-z])(?! about))"
)
_OWN_OFFER = re.compile(
    r"(?<![a-z])(?:i'll|ill|i will|we'll|i can|i could|can i|could i|may i|can we|could we|i'd|i want to|i'm going to"
    r"|gonna|how about|what about|let me|you'll get|you can have|is yours|promise|ok if i|okay if i|alright if i"
    r"|fine if i|would you take|will you take|would you accept|do you accept|would you be (?:ok|okay|happy|fine)"
    r"|(?:are|r) you (?:ok|okay|happy) with|happy to|i intend|i'm paying|i plan)(?![a-z])"
)
_IF_UNPAID = re.compile(
    r"(?<![a-z])(?:(?:if|unless|when|once|in case|suppose|say)(?![a-z])[^.;!?]{0,30}?(?:n't|nt|not|never|isn't|fail"
    r"|miss)"
    r"(?![a-z])|(?:if|when|in case|suppose) (?:i|we|my payment)[^.;!?]{0,20} (?:miss|fail|skip|forget|am late|is"
    r" late|'m"
    r" late))"
)
# What somebody else demands: "my bill says pay by the 28th", "you want 200 by Friday".
_DEMANDED = re.compile(
    whole(
        listed(
            "(?:bill|letter|notice|statement|app|text|e-?mail|it|message|you|they|he|she|website"
            "|agent)(?:_lot)?_(?:just_)?"
            "(?:says?|said|told|tells|states|want(?:ed|s)?|demands?(?:ed)?|asked|asks?|expects?|reckons?|insists?)"
            " (?:final|last|red)_notice (?:am|was|were|are|is|i'm|payment)_(?:due|supposed|meant|expected) fell_due"
            " falls_due"
        )
    )
    + r"(?![^.;!?]{0,60}(?<![a-z])(?:i'll|ill|i will|i can|you'll get|that's fine|no problem)(?![a-z]))"
)


_BY_REFUSAL = re.compile(
    r"(?<![a-z])(?:can't|cannot|cant|can not|couldn't|won't be able to|not able to|unable to|won't|wont|not going to"
    r"|not gonna|haven't|havent|wouldn't|no way (?:i can|to))(?: [a-z']+){0,3}? (?:pay|send|manage|make|do|have|get"
    r"|clear"
    r"|settle|afford|find|cover)[^,.;]{0,40}$"
)


def _is_asked_about(r: Reading, start: int, end: int) -> bool:
    """Whether a day is asked about, demanded or refused, and not promised by the speaker."""
    left, right = r.sentence(start, end)
    said = r.text[left:right]
    if _BY_REFUSAL.search(r.text[left:start]) or _DEMANDED.search(r.text[left:start]):
        return True
    if _IF_UNPAID.search(r.text[left:start]) and not _OWN_OFFER.search(r.text, end, right):
        return True
    asked = r.text.startswith("?", right) or _QUESTION.search(said)
    if not asked or _OWN_OFFER.search(said) or _OWN_OFFER.match(r.text[right + 1 :].lstrip(" ?!.")):
        return False
    return bool(_AFTERMATH.search(said) or _QUESTION.search(said))


def _is_only_asked(r: Reading, left: int, start: int, right: int) -> bool:
    """Whether a Chinese clause, with the question that follows it, speaks of a day without offering to pay on it."""
    if _TOLD_BY_OTHERS.search(r.text, left, start):
        return True
    stop = r.clause(right + 1, right + 1)[1] if r.text[right : right + 1] in tuple(",，") else right
    asked = _WONDERED.search(r.text, left, stop)
    return bool(asked) and not _OFFERED.search(r.text, left, right)


def _is_paid(r: Reading, start: int, end: int) -> bool:
    if not r.chinese and _is_asked_about(r, start, end):
        return False
    left, right = r.clause(start, end)
    priced = bool(re.search("Q", r.sketch[left:right])) or _is_shared_out(r, left, right)
    second = _SECOND_HALF.search(r.sketch, end, right)
    right = second.start() if second else right
    if left and not r.chinese and _LEADS_ONLY.fullmatch(r.text, left, start) and r.text[end:right].strip(" .!") == "":
        # "I'll clear the lot in one go, 640, on Wednesday"
        left = r.sentence(start, end)[0]
    if not r.chinese and _LEADS_ONLY.fullmatch(r.text, left, start) and not r.text[end:right].strip(" .!"):
        # "I'll square up the 1200. First of May"
        bounds = r.sentence(start, end)
        left, right = (bounds[0], bounds[1]) if left > bounds[0] else (max(0, left - 60), min(bounds[1], end + 60))
        priced = priced or "Q" in r.sketch[left:right] or bool(re.search("I+:", r.sketch[left:start]))
    if _UNTIL_END.search(r.sketch[left:start]):
        # "250 a month until the end of next year"
        return False
    if r.text[:start].endswith(("not ", "not on ")):
        return False
    if r.text.startswith(("'s ", "s "), end):
        # "Tonight's fifty went through"
        return False
    clause = r.sketch[left:start] + " " + r.sketch[end:right]
    if _CONTACT.search(clause) or (not priced and r.chinese and _ASKED.search(r.text, left, right)):
        return False
    if r.chinese and _is_only_asked(r, left, start, right):
        return False
    if "I" in clause and re.search("I+: [^.;]{0,40}$", r.sketch[left:start]):
        # "Two payments: one this Friday and the other the Friday after"
        return True
    if "Q" not in clause and not re.search("[a-z\u3400-\u9fff]", clause) and _AMOUNT_BESIDE.match(r.sketch, end):
        # "Monday, 200"
        return True
    rest = r.sketch[right : right + 90]
    if _PAYS.search(_NOT_PAYING.sub(" ", clause)) or _pays_then(rest):
        return True
    if _UNTIL_BEFORE.search(r.text[left:start]) and _PAYS.search(_NOT_PAYING.sub(" ", rest)):
        return True
    return priced and not _NOT_PAYING.search(clause) and not _STOOD.search(clause)
