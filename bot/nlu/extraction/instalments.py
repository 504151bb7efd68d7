"""The number of payments: "in 6 payments", "split into 4", "6 x 150", 分十二期, 分3次还清."""

from __future__ import annotations

import re

from bot.nlu.extraction.patterns import rule
from bot.nlu.extraction.reading import Reading

MOST = 600
"""A number of instalments beyond fifty years of monthly ones is none."""

_PIECES = (
    r"(?:(?P<payments>payments?|instal+ments?|instalments?|pymts?|emis)|parts|goes|gos|chunks|portions|pieces|lots"
    r"|times|bits"
    r"|bites|slices|halves|(?P<ones>ones))"
)
_IT = "(?:it |that |this |the (?:rest|balance|debt|remainder|loan) |(?:the )?[$£€]?N+ |up |down )*"
_PAYMENTS = rule(
    rf"(?<![a-z])(?P<lead>(?:(?:split|spread|break|divide|pay|paid|cut)[a-z]* {_IT})?",
    r"(?P<in>(?:in|into|over|across|with|by|to)(?: to)? ))?",
    r"(?P<n>N+)(?:-| more| equal| separate| even| regular| small| extra| further| additional| and a bit| easy|"
    r" little| final| late| missed| single| monthly"
    r"(?= N)| other)*(?P<often> (?:monthly|weekly|fortnightly))?",
    rf"[ -]?{_PIECES}(?![a-z])",
)
# "We agreed 24 instalments and I've done 9", "I made 12 payments. Now you say 18."
_MORE_OF_THEM = rule(
    r"I+(?: and| but|,|[.])[^;NQ$£€]{0,24}(?:done|made|missed|completed|says?|said) (?P<n>N+)",
    r"(?= ?(?:$|[,.;!?]|so far|already|of them|left))",
)
# "My 130 payments", "the 310 payment", "those 95 instalments", "my 160s": what each of them is.
_OF_SO_MUCH = rule(
    r"(?<![a-z])(?P<lead>my|the|those|these|this|that|a|an|your|current|existing|agreed|original|halve|drop|lower"
    r"|reduce|of|from|to) (?:(?:current|monthly|weekly|fortnightly|regular|usual|existing|agreed|old|new|own|my"
    r"|the) )*",
    r"(?P<mark>[$£€])?(?P<n>N+)(?:-pound|-dollar)?(?:(?P<s>s)(?![a-z])| (?:monthly |weekly )?(?:(?P<one>payment"
    r"|instal+ment)"
    r"|(?P<many>payments|instal+ments|ones))(?! (?:plan|option|version|deal|thing|left|remaining|to go|more|in"
    r"|over|of)(?![a-z]))(?![a-z]))",
)
# "From 6 payments to 10", "15 instalments instead of 12", "4 payments of 150 for 8 of 75", "one of 24, I counted 25".
_OTHER_COUNT = rule(
    r"I+,? (?:to|instead of|rather than|not|or|into|for|and not)(?: maybe| about| just| the)? (?P<n>N+)"
    r"(?= ?(?:$|[,.;!?]|please|pls|instead|of [$£€]?[NQ]|at [$£€]?[NQ]|maybe|then|so|if|now))"
    r"|I+ (?:of|at) [$£€]?N+,? (?:to|instead of|rather than|into|for|with) (?P<o>N+)(?= (?:of|at|x) )"
    r"|I+(?: down| done| made| paid)?,? (?:and |with |but )?(?:only |still )?(?P<p>N+) (?:left|remaining|to go|more"
    r"|outstanding)"
    r"(?= ?(?:$|[,.;!?]|now|then|right))|I+,? (?:so |and |but )?why (?:is it |are there |now |am i on"
    r" )?(?P<q>N+)(?= ?(?:$|[,.;!?]|now))"
    r"|(?P<s>N+)(?<!\d) (?:instead of|rather than|not|up from|down from) (?:the )?I+"
    r"|I+,[^.;QNF]{0,24} (?:counted|counting|made|taken|see|seen) (?P<m>N+) ",
)
_ROUND_COUNTS = (24, 26, 36, 48, 52, 60, 72, 84)
# Counts that leave the payments unnamed: "paid 7 out of 12", "six of the eight", "five to go".
_BARE_COUNT = rule(
    r"(?<![a-z])(?:paid|made|done|cleared|completed|had|on) (?P<a>N+) (?:out )?of (?:the |my |those )?(?P<b>N+)"
    r"(?= ?(?:$|[,.;!?]|already|so far|now|instal|payments?))",
    r"|(?:^|[,.;!?] ?|(?<![a-z])(?:still|only|just|got|have|there's|i've|another|and|with|then|about|leaves|is it|are"
    r" there) )(?P<c>N+) (?:more |payments )?(?:to go|left to go|still to go|left to pay|to pay|more to go)(?= ?(?:$"
    r"|[,.;!?]|now|then|right|after|i |is|on))",
    r"|(?:^|[,.;!?] ?|(?<![a-z])(?:just|only|still|got) )(?P<d>N+) more (?:and|then) (?:i'm|im|i am|it's|we're|that's) "
    r"(?:free|done|clear|finished|through|over|out)",
    r"|(?<![a-z])(?:chop|slice|carve|break|cut|divvy|do)(?: it| that| this| the (?:debt|balance|lot|rest))?(?: up)?"
    r" (?:in|into) (?P<e>N+)(?= ?(?:$|[,.;!?]|please|pls|ways|equal))",
    r"|(?<![a-z])over (?:the next |my next |about )?(?P<f>N+) (?:paydays|pay ?che(?:cks|ques)|pay (?:days|packets"
    r"|periods)"
    r"|wage packets)",
    r"|(?<![a-z])how many (?:out )?of (?:the|my|those) (?P<h>N+)(?= ?(?:$|[,.;!?]|have|are|do|did|is|left|i ))",
    r"|(?<![a-z])(?:can|could) (?:it|that|we) (?:be|do|have) (?P<i>N+) (?:lots|goes|parts|bits|chunks|payments"
    r"|instal+ments)(?![a-z])",
    r"|(?<![a-z])(?:there are|there's|i have|i've got|i've|still|is it|that's|only|just) (?P<j>N+) (?:left"
    r"|remaining|outstanding)"
    r"(?= ?(?:$|[,.;!?]|i think|i believe|right|now|then|yeah|isn't|aren't|on (?:my|the) (?:plan|arrangement)))",
    r"|(?:supposed|meant|agreed|signed up) (?:to be|for|on) (?P<g>N+)(?=[,.;] [^.;]{0,40}(?:debits|payments|instal))",
)
_MOST_TOLD = 60
_STOPS = re.compile("(?: at it| please| pls| then| max)? *(?:$|[,.!?;])")
_ALL_OF_THEM = re.compile("(?<![a-z])(?:all|the|my|these|those) $")
# "Can it be done in four like the shoes were", "how many left of the 12", "pay-in-3", "payment 3 of 6".
_COUNTED = rule(
    r"(?<![a-z])(?:(?:done|paid|pay|do it|do that|clear it|split|it back|it off|payable)[ -]in[ -](?P<a>N+)",
    r"(?= ?(?:$|[,.!?;]|like |please|instead|rather|thing|plan|equal|second|first|instal|on |for |with |O))",
    r"|(?:left|remain(?:s|ing)?|done|paid|made|gone|to go|am i(?: on)?|payments?|instal+ments?|which|^out|[,.?!]"
    r" out)(?: out)? (?:of|on)"
    r" (?:the|my|those|these) (?P<b>N+)(?= ?(?:$|[,.!?;]|i |we |are |have |do |is |how |what ))",
    r"|(?:payment|instal+ment|number|no\.?) N+ (?:out )?of (?P<c>N+)(?= ?(?:$|[,.!?;]|is |has |was )))",
)
_SPLIT = rule(
    rf"(?<![a-z])(?:split|divide)d? {_IT}(?:in|into|by|over|across)?(?: ?to)? ?(?P<n>N+)",
    r"(?= *(?:$|[,.!?;]| ways| times| please))",
)
_TIMES = rule(r"(?<![NQ])(?P<a>N+) ?[x×*] ?[$£€¥]? ?(?P<b>N+)(?![a-z%])|(?<=[NQ]) ?[x×*] ?(?P<c>N+)(?![a-z%])")
_FREQUENCIES = {"m": "monthly", "w": "weekly", "f": "biweekly"}
_HAN = rule(
    r"(?P<split>(?:分|拆|切)(?:成|为|作|开|做)?的? ?)?(?<!第)(?P<n>N+) ?",
    r"(?:期(?!限|间|望|待|货|末|内)|(?P<times>[次笔回趟](?!性))|(?P<parts>[份段]))",
)
# 310一次付清: the amount, at once.
_ALL_AT_ONCE = re.compile("[\\d百千万一二三四五六七八九]一$")
_HAN_TOLD_BEFORE = (
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
_HAN_TOLD_AFTER = re.compile("前")
# 一共答应缴二十四次, 本来说八次，现在拉到十次: the number of payments of a plan.
_HAN_ALL_BEFORE = re.compile(
    "(?:(?:一共|总共|共)[^,，。;]{0,4}[还付交缴供]|(?:原来|原先|本来|之前|原本|当初)[^,，。;]{0,4}"
    "|(?:[说谈定约签][好定]?|[拉改变换加减缩调延增降]|减少|增加|缩短|延长)(?:到|成|为|至|了|的|的是|是)?"
    "|(?:还?剩下?|还有|余下)(?:的|最后)?|[还付交缴供][了过够满])$"
)
_HAN_CLEARED = ("还清", "付清", "结清", "缴清", "还完", "付完", "缴完", "给完", "搞定", "搞掂")


def instalments(r: Reading) -> None:
    """Every number of payments that is a term of a plan."""
    for m in () if r.chinese else r.find(_OF_SO_MUCH):
        value = r.value(m, "n")
        if value is not None and _is_size(m, value):
            r.add("money", value, *m.span("n"), role="per_instalment")
    for m in () if r.chinese else r.find(_BARE_COUNT):
        for group in "abcdefghij":
            value = _count(r, m, group) if m.start(group) >= 0 else None
            if value is not None and value <= _MOST_TOLD:
                r.add("instalments", value, *m.span(group))
    for m in r.find(_PAYMENTS):
        value = _count(r, m, "n")
        if value is None or value == 1 or not _is_counted(r, m):
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
    for m in r.find(_MORE_OF_THEM):
        value = _count(r, m, "n")
        if value is not None and value <= _MOST_TOLD:
            r.add("instalments", value, *m.span("n"))
    for m in () if r.chinese else r.find(_OTHER_COUNT):
        group = next(name for name in "nmopqs" if m[name])
        value = _count(r, m, group)
        if value is not None and value <= _MOST_TOLD:
            r.add("instalments", value, *m.span(group))
    for m in r.find(_COUNTED):
        group = "a" if m["a"] else "b" if m["b"] else "c"
        value = _count(r, m, group)
        if value is not None and 1 < value <= _MOST_TOLD:
            r.add("instalments", value, *m.span(group))
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
        if not _ALL_AT_ONCE.search(r.text[m.start("n") : m.end("n")]):
            _chinese(r, m)


def _is_size(m: re.Match[str], value: int | float) -> bool:
    """Whether a number before "payments" is the size of each and not their number."""
    if m["mark"]:
        return True
    lead = m["lead"]
    if m["s"]:
        return value >= 20 and value % 5 == 0 and lead in ("my", "the", "those", "these", "your", "of")
    if m["one"]:
        return value >= 20 and value not in _ROUND_COUNTS
    least = 75 if lead in ("of", "from", "to", "a") else 40
    return value >= least and value not in (_ROUND_COUNTS if lead != "my" else _ROUND_COUNTS[:4])


def _is_counted(r: Reading, m: re.Match[str]) -> bool:
    """ "600 goes on rent", "three lots of forms": pieces only where something is paid in them."""
    if m["ones"]:
        return bool(m["often"] or " equal " in m.group())
    alone = not r.text[: m.start()].strip(" ,") and _STOPS.match(r.text, m.end())
    priced = m.start() < 4 and r.sketch.startswith((" of N", " of $", " of £", " of €", " at N"), m.end())
    return bool(
        m["in"]
        or m["payments"]
        or m["lead"]
        or (m["often"] and not m.group().endswith(("goes", "gos", "times")))
        or alone
        or priced
        or _ALL_OF_THEM.search(r.text[: m.start()])
    )


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
    before = r.text[: m.start()]
    if not m["split"] and before.endswith(_HAN_TOLD_BEFORE) and not before.endswith(("剩下", "余下")):
        return
    counted = m["split"] or r.text.startswith(_HAN_CLEARED, m.end()) or _HAN_ALL_BEFORE.search(before)
    # 那个八次的不要了
    counted = counted or (before.endswith("那个") and r.text.startswith("的", m.end()))
    if m["times"] and (value == 1 or not counted or (m["split"] and r.text.startswith("发", m.end()))):
        return
    if m["parts"] and not m["split"]:
        return
    r.add("instalments", value, *m.span())
