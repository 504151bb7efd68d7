"""Which of several offers is meant: 1 is the first, `LAST` (-1) the last, however many there are."""

from __future__ import annotations

import re

from bot.nlu.extraction.patterns import any_of, listed, rule
from bot.nlu.extraction.reading import Reading

LAST = -1
# "Number nine" counts something else.
_MOST = {"de": 3, "of": 3, "nu": 5, "no": 5, "nr": 5}

_NOUN = "(?:ones?|option|offer|plan|choice|proposal|deal|suggestion|arrangement|alternative|version|scenario)"
_LETTERED = any_of(
    *(f"(?<={noun} )[abc](?![a-z0-9'])" for noun in ("option", "plan", "choice", "number", "alternative", "opt"))
)
_NUMBERED = rule(
    r"(?<![a-z])(?P<noun>option|opt|alternative|offer|plan|choice|proposal|deal|number|no\.?|nr\.?|num) ?(?:number "
    r"|no\.? ?|#)?",
    rf"(?P<n>N+|one|{_LETTERED})(?! ?(?:%|个|months?|weeks?|days?|dollars|bucks|years?|payments?))|#(?P<hash>N+)",
    r"|^(?:the )?(?P<alone>[abc])(?=(?: please| pls)?[.! ]*$)",
)
_NO_OPTION_BEFORE = re.compile(
    listed("a at phone account mobile wrong new my his her case card your reference order letter lucky crime") + " $"
)
_ENDS_OR_JUDGES = re.compile(r"[ .,!?]*(?:$|please|is|works|sounds|then)")
_ORDERED = rule(
    r"(?<![a-z])(?:the |your |that )?",
    r"(?:(?P<nth>O+)|(?P<last>last|final|bottom|latter)|(?P<middle>middle|mid)|(?P<first>top|former))",
    rf" {_NOUN}(?! (?:payment|on |by |due|starts|starting|would be on|before"
    r"|was (?!too|fine|good|ok|better|best|cheaper)|in (?:january|february|march|april|may|june|july|august"
    r"|september|october|november|december|the morning)|of ))"
    r"(?! (?:paid|expired|comes?(?! across)|came|went|goes|bounced|failed|didn't|never|i (?:made|paid"
    r"|sent|got)|you (?:sent|took)|when|until|since)(?![a-z]))(?! ?,? ?D)(?![a-z])",
    r"|(?<![a-z])the (?:(?P<last2>latter|one at the (?:end|bottom))|(?P<middle2>one in the middle)"
    r"|(?P<first2>former))(?![a-z])",
)
_PLACE_BEFORE = re.compile(
    "(?:at|in|on|your|my|never|since|and|told|asked|paid|spoke to|spoke with|like|been|sent|got) $"
)
# "The second is too long and the third too much, so the first it is", "not the first, the third"
_NTH_ALONE = rule(
    r"(?<![a-z])(?<!on )(?<!by )(?<!from )(?<!until )(?<!till )(?<!til )(?<!before )(?<!after )(?<!since )(?<!around )"
    r"(?<!for )(?<! of )(?<! in )(?<! at )(?<!was )(?:the |that )(?P<nth>O+)"
    r"(?= (?:is|was|looks|sounds|could|would|might|suits|works|seems|it is|nor|too|option|please|pls)(?![a-z])|"
    r" and the O"
    r"| or the O| ?[,.!?;]| ?$)(?! (?:is|was) (?:the day|when|my|a (?:bank )?holiday|payday|too (?:soon|early|late)))"
)
_OTHER_NTH = rule(r"(?:O+|S)[^.;!?NQDM]{0,40}$|(?<![a-z])(?:neither|not|either|both|rather|between) $")
_BARE = rule(
    r"^[\W_]*(?:ok |okay |yes |um |maybe |i'll |the |my |just )*(?P<nth>O+)",
    r"(?: (?:please|pls|thanks|then|is fine|works|sounds good|is better|one))?[\W_]*$",
)
_CHOSEN = rule(
    r"(?<![a-z])(?:take|choose|pick|go (?:for|with)|prefer|want|like|select|choosing|picking|have|do|accept|is|say"
    r"|it's|um"
    r"|ok|yes|,)(?:[ ,]+the)? (?P<nth>O+)(?= ?(?:please|thanks|pls|then|works|sounds|is|[,.!?;]|$))",
)
_COUNTED = rule(
    r"(?<![a-z])(?:choose|pick|select|go (?:for|with)) (?P<n>N+|one|two|three)(?= ?(?:please|pls|thanks|then|[,.!?;]"
    r"|$))"
)
# "Sorry, I meant 2 not 1"
_MEANT = rule(r"^[^NOQDM.]{0,16}(?:meant|mean|said) (?P<a>N+),? not (?P<b>N+)[ .!]*$")
_LETTER = re.compile(
    r"(?<![a-z])(?:take|choose|pick|go for|go with|prefer|want|like|select) (?P<a>[bc]|a(?=[.!?,]*$))(?![a-z'])"
    r"|(?:选(?:择|项)?|[要拣挑]) ?(?P<b>[abc])(?![a-z0-9])|(?P<c>[abc])(?:方案|吧|计划|选项|套餐"
    r"| ?plan(?![a-z]))|方案 ?(?P<d>[abc])"
    r"|(?<![a-z0-9])(?P<e>[abc])(?= ?[跟和与] ?[abc](?![a-z0-9])|[是:](?=[^a-z]*[N0-9一二三四五六七八九十半首先]))"
    r"|(?<=[abcS][跟和与])(?P<f>[abc])(?![a-z0-9])"
    r"|(?<=[abcS] [跟和与] )(?P<g>[abc])(?![a-z0-9])"
)
_STEMS = re.compile("(?P<n>[甲乙丙])案")
_ALONE = re.compile(r"^[\W_]*(?P<n>[1-3]|one|two|three|[一二三])(?: ?(?:please|pls|thanks|吧|号))?[\W_]*$")
_WORDS = {"one": 1, "two": 2, "three": 3}
_HAN = "[一二三四五1-5]"
_CHINESE = re.compile(
    rf"(?:方案|选项|计划|套餐)(?:是|第)? ?(?P<a>{_HAN})(?![期个块元百千天万\d%])"
    rf"|(?<![议同例法])第(?P<b>{_HAN})(?:[个种项条款套]?(?:方案|选项|计划|还款方案)"
    r"|[个种项条款套栏](?=办法|方式|[吧啦喇啊呀咯喔哦嘞呗嘛呢噶嘅]"
    r"|可以|好|更|就|行|比较|最|合适|适合|对我|了|不|拖|太|先|$|[,，。!?的 ]))"
    rf"|(?P<c>{_HAN})号(?:方案|选项|套餐|那个(?=[?,，。!吧 ]|$))"
    r"|选(?:择)?第?(?P<d>[一二三1-3])[号个]?(?=$|[,，。!?吧 ])"
    rf"|(?:选|要|就|用|按|勾|挑|接受|还是|觉得|倾向|看中|同意|喜欢)第(?P<e>{_HAN})[个种项条款套栏档]?(?![期次天周月年笔])"
    r"|^第?(?P<f>[一二三1-3])[个种号](?=[吧啦喇啊呀咯喔哦嘞呗]?[。!. ]*$)|^(?P<g>[一二三1-3])吧(?=[ ,，。!])"
    r"|(?P<first>(?:前面|上面|前边)的?[那这]?一?[个种](?:方案)?(?![月星礼周])|前者|头一[个种])"
    r"|(?P<middle>(?:中间|当中)的?[那这]?一?[个种档条款套项的](?:方案)?)"
    r"|(?P<last>(?:最后|后面|下面|后边)的?[那这]?一?(?:[个种](?:方案)?(?![月星礼周期])|[条项套款](?=[,，。!?吧合比更最对行好可]|$)))"
    r"|(?P<second>后者)"
)
# Where several are told apart, each is an offer: 第一个首付太多，第二个尾巴太长.
_HAN_NTH = re.compile(
    rf"(?<![议同例法款定约])第(?P<n>{_HAN})[个种条项款套](?![月星礼周孩娃电问年人字数工老客号账天小晚早夜方选])"
)
_PLACES = {"first": 1, "middle": 2, "last": LAST}
_HAN_PLACES = {**_PLACES, "second": 2}


_OFFERS = re.compile(
    "(?<![a-z])(?:options|offers|proposals|plans|choices|alternatives|suggestions|the (?:two|three|3|2))(?![a-z])"
)
_SPELLING = re.compile("(?<![a-z])(?:letters?|digits?|characters?|word)(?![a-z])")
_MORE_NTH = rule(r"(?<![a-z])the O+(?! (?:of|payment|day|week|month))")


def options(r: Reading) -> None:
    """Every choice among offers."""
    alone = _ALONE.match(r.text)
    if alone and r.free(*alone.span("n")):
        r.add("option", _WORDS.get(alone["n"]) or _digit(alone["n"]), *alone.span("n"))
        return
    for m in r.find(_NUMBERED):
        value = _numbered(r, m)
        if value:
            r.add("option", value, *m.span())
    for m in r.find(_ORDERED):
        _ordered(r, m)
    for m in r.find(_MEANT):
        for group in ("a", "b"):
            value = r.whole(m, group)
            if value and value <= 3:
                r.add("option", value, *m.span(group))
    for pattern in (_BARE, _CHOSEN):
        for m in r.find(pattern):
            value = r.whole(m, "nth")
            if value and value <= (3 if r.text[m.start("nth")].isdigit() else 6):
                r.add("option", value, *m.span("nth"))
    for m in r.find(_NTH_ALONE):
        _nth_alone(r, m)
    for m in r.find(_COUNTED):
        value = r.whole(m, "n") if m["n"].startswith("N") else _WORDS.get(m["n"])
        if value and value <= 3:
            r.add("option", value, *m.span("n"))
    for m in r.find(_LETTER):
        r.add("option", "abc".index(m[str(m.lastgroup)]) + 1, *m.span())
    ordered = list(_HAN_NTH.finditer(r.text)) if r.chinese else []
    for m in ordered if len(ordered) > 1 else ():
        if r.free(*m.span()):
            r.add("option", _digit(m["n"]), *m.span())
    for m in _STEMS.finditer(r.text):
        r.add("option", "甲乙丙".index(m["n"]) + 1, *m.span())
    for m in _CHINESE.finditer(r.text) if r.chinese else ():
        if r.free(*m.span()):
            name = str(m.lastgroup)
            r.add("option", _HAN_PLACES.get(name) or _digit(m[name]), *m.span())


def _nth_alone(r: Reading, m: re.Match[str]) -> None:
    """ "The first" in words names an option where another one is compared with it; otherwise it may be a day."""
    value = r.whole(m, "nth")
    if value is None or value > 6 or r.text[m.start("nth")].isdigit() or _SPELLING.search(r.text):
        return
    compared = (
        _OFFERS.search(r.text)
        or _OTHER_NTH.search(r.sketch[: m.start()])
        or "S" in r.sketch
        or _MORE_NTH.search(r.sketch, m.end())
    )
    if compared:
        r.add("option", value, *m.span())


def _digit(character: str) -> int:
    return int(character) if character.isdigit() and character.isascii() else "一二三四五".index(character) + 1


def _numbered(r: Reading, m: re.Match[str]) -> int | None:
    before, after = r.text[: m.start()], r.text[m.end() :]
    if m["alone"]:
        return "abc".index(m["alone"]) + 1
    group = "hash" if m["hash"] else "n"
    written = r.text[m.start(group) : m.end(group)]
    noun = m["noun"] or ""
    if noun.startswith("n") and _NO_OPTION_BEFORE.search(before):
        return None
    if written in ("a", "b", "c"):
        # "a plan a month" is no plan A.
        return "abc".index(written) + 1 if written != "a" or _ENDS_OR_JUDGES.match(after) else None
    value = 1 if written == "one" else r.whole(m, group)
    if noun.startswith("n") and (_NO_OPTION_BEFORE.search(before) or noun == "no"):
        return None
    if value is None or not 1 <= value <= _MOST.get(noun[:2], 9):
        return None
    return value


def _ordered(r: Reading, m: re.Match[str]) -> None:
    value = r.whole(m, "nth") if m["nth"] else None
    for name, place in _PLACES.items():
        if m[name] or m[f"{name}2"]:
            value = place
    if m["last"] == "final" and not m.group().startswith("the "):
        # "Final offer: 600"
        return
    placed = (m["last"] or m["first"]) and _PLACE_BEFORE.search(r.text[: m.start()])
    if value and value <= 9 and not placed:
        r.add("option", value, *m.span())
