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
            " good_for_it paid_off be_paid get_it_paid get_you_paid see_you_right drop_you sling bung lob"
            " mark_me_down put_me_down you_can_have have_Q you_will_see you'll_see expect_Q pony_up square_up"
        )
    ),
    r"|[还付交转缴汇](?!款日|没|在|有|是|不|要|能|会|得|剩|欠|想)|打(?:给(?!我)|款|过(?!来)|钱)|结[清掉]|结(?=$"
    r"|[,，。!了 ])|补(?=[上齐给你够]|$)|给你"
    r"|给(?=[住返埋]?[QP]|$|[,，。! ])|转你|凑|清(?=[了掉完]|$)|全[清额数]|给(?=晒|哂|齐|够|清|返|足)|搞[定掂]"
    r"|入(?:了他|晒|数)|去(?:存|弄|办"
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
    r"|[,，;. ]+(?:and )?(?:(?:as soon as|when|once|the day|the minute|the moment|soon as) (?:it|that|they|the money)"
    r" (?:arrives?|hits?|lands?|comes?|clears?|gets? (?:here|in)|drops?|does|is in))"
    r"|[,，。 ](?:到时候?|那时候?|再|就|我|拿到|收到|到账|到手|[一N]到|钱?到了|发了|[一N]发|马上|立马|立刻"
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
    "(?:是|要|得)多少|多少(?:钱)?(?:$|[?,，。])|的话?[^,，。;]{0,6}(?:还会|会不会|算不算|显示|影响)|来得及|[赶追][^,，。]{0,4}得[及切到上]|几点|算(?:不算)?逾期"
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


def _is_paid(r: Reading, start: int, end: int) -> bool:
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
