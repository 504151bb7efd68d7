"""Ways of being contacted, named or implied by the verb ("ring me" is the phone, "text me" is SMS)."""

from __future__ import annotations

import re
from dataclasses import dataclass

from bot.nlu.extraction.patterns import listed
from bot.nlu.extraction.reading import Reading


@dataclass(frozen=True)
class _Named:
    """A word that names a channel after one of `before` or in front of one of `after`, but never of `not_after`."""

    channel: str
    word: re.Pattern[str]
    before: re.Pattern[str]
    after: re.Pattern[str]
    not_after: re.Pattern[str]


def _word(pattern: str) -> re.Pattern[str]:
    return re.compile(rf"(?<![a-z])(?:{pattern})(?![a-z])")


def _before(words: str) -> re.Pattern[str]:
    return re.compile(rf"(?:(?<![a-z]){listed(words)} )$")


def _after(words: str) -> re.Pattern[str]:
    return re.compile(rf" {listed(words)}(?![a-z])| \+?\d{{2}}")


_SOMEBODY = "me us him her my back you again"
_SOME_TIME = (
    "tomorrow today tonight later after before in_the this next every any between when whenever only during anytime"
    " instead sometime please"
)
_NAMED = (
    _Named(
        "email",
        _word("e-?mail(?:s|ed|ing)?"),
        _before("by via an in over through to_my use prefer send with on per only rather want just please pls to then"),
        _after("me us him her my is_(?:better|best|fine|preferred) only instead please it them would works over"),
        re.compile(r" (?:address|id|is [a-z0-9._]+@)|[ :]*[a-z0-9._]+@"),
    ),
    _Named(
        "sms",
        _word("text messag(?:e|es|ing)|text(?:s|ed|ing)?|sms(?:es)?"),
        _before(
            "stop keep kept quit by via a no_more these those your the prefer all send sending me always ever more"
            " any only rather don't dont use want an per with"
        ),
        _after(f"{_SOMEBODY} only instead please later tomorrow"),
        re.compile(" (?:says|said|size|book)"),
    ),
    _Named(
        "phone",
        _word("(?:tele)?phone calls?|voice calls?|call(?:s|ed|ing)?|ring(?:ing)?|(?:tele)?phon(?:e|es|ed|ing)|dial"),
        _before(
            "stop keep kept quit no_more prefer not don't dont by via missed got_a get_a quick return return_my"
            " rather over_the on_the through use_the via_the a the these those all any more of no only make for to_a"
            " your my me_a us_a"
        ),
        _after(f"{_SOMEBODY} you_guys {_SOME_TIME} are is ok at_work (?:from|on|at)"),
        re.compile(
            " (?:it|number|off|centre|center|bill|contract|company|is|was|died|broke|got|has|credit|charger|shop"
            "|screen|line"
            "|plan|insurance|me by)(?![a-z])"
        ),
    ),
)
# "My phone is broken": a thing, no channel. "The phone" is one after "over" or "on".
_THING_BEFORE = re.compile("(?<![a-z])(?:my|new|a|the|his|her|your|old|mobile|cell|of|for|any|no) $")
_BY_PHONE_BEFORE = re.compile("(?:over|on|by|via|through|use) (?:the )?$")
_PLURAL_BEFORE = re.compile("(?<![a-z])(?:the|your|more|no|these|those|any|all) $")
_A_RING = re.compile(r"(?<![a-z])give (?:me|us) a (?P<it>ring|bell|buzz|call|shout)(?![a-z])")
_ALWAYS = (
    ("telegram", re.compile("(?<![a-z])(?:telegram|tg)(?![a-z])|电报|纸飞机")),
    (
        "web",
        re.compile(
            "(?<![a-z])(?:web ?(?:chat|site|page|portal)|online chat|live chat|(?<=the )web|(?<=on )web)(?![a-z])"
            "|网页版?|网站|官网|网上聊天|在线客服"
        ),
    ),
    (
        "email",
        re.compile("电?子?邮件|电邮|[发寄传送][^,，。;]{0,6}邮箱|邮箱联系|e-?mail(?=给|我|吧|发|联系)|[发用]e-?mail"),
    ),
    ("sms", re.compile("短信|简讯|短讯|发信息|手机讯息|发sms")),
    (
        "phone",
        re.compile(
            "(?<!备)[打来致回通接用拨挂听](?!错)(?:[^,，。;]{0,4}的?)电话|致电|来电"
            "|回电|电联|call我|打给我|打来"
            "|(?:别|不要|不想|停止|再)再?打(?:给我|过来|了|我)?(?=$|[了,，。! ])"
            "|电话(?=联系|沟通|给我|找我|吧|通知|里|聊|说|轰炸|骚扰|催|好|方便|也|可以|行|太多|不停|一直"
            "|[、,，]?(?:短信|简讯|邮件))"
            "|^电话[。!. ]*$"
        ),
    ),
)
_HINT = re.compile("call|ring|phone|dial|text|sms|mail|telegram|tg|web|chat|bell|buzz|shout|[电邮信讯网打线飞]")


def channels(r: Reading) -> None:
    """Every mention of a channel."""
    if not _HINT.search(r.text):
        return
    for m in _A_RING.finditer(r.text):
        _add(r, "phone", *m.span("it"))
    for channel, pattern in _ALWAYS:
        for m in pattern.finditer(r.text):
            _add(r, channel, *m.span())
    for named in _NAMED:
        for m in named.word.finditer(r.text):
            if _is_channel(r, named, m):
                _add(r, named.channel, *m.span())


def _is_channel(r: Reading, named: _Named, m: re.Match[str]) -> bool:
    before = r.text[max(0, m.start() - 24) : m.start()]
    after = r.text[m.end() : m.end() + 24]
    if m.group() in ("phone", "telephone", "phones"):
        if _BY_PHONE_BEFORE.search(before):
            return not re.match(" number", after)
        if _THING_BEFORE.search(before):
            return False
        return bool(re.match(f" {listed('me us my him her only please instead')}|[.! ]*$", after))
    if named.not_after.match(after):
        return False
    if named.after.match(after) or named.before.search(before):
        return True
    # "Email." or "call please" is all that is said; "no more emails".
    alone = not re.search("[a-z]", r.text[: m.start()]) and bool(re.match("(?: please| pls)?[.!? ]*$", after))
    return alone or (m.group().endswith("s") and bool(_PLURAL_BEFORE.search(before)))


def _add(r: Reading, channel: str, start: int, end: int) -> None:
    if r.free(start, end):
        r.add("channel", channel, start, end)
