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
        _before(
            "by via an in over through to_my use use_my prefer send with on per only rather want just please pls to"
            " then was"
            " were no than prefers request got_(?:the|an|your) received_(?:the|an|your) want_an get got getting or"
            " and keep_to stick_to just_an an_ only_by do"
        ),
        _after(
            "me us him her my is_(?:better|best|fine|preferred) only instead please it them would works over"
            " to_you to_me to_us"
        ),
        re.compile(r" (?:address|id|is [a-z0-9._]+@)|[ :是为]*[a-z0-9._]+@"),
    ),
    _Named(
        "sms",
        _word("text messag(?:e|es|ing)|text(?:s|ed|ing)?|sms(?:es)?"),
        _before(
            "stop keep kept quit by via a no_more these those your the prefer all send sending me always ever more"
            " any only rather don't dont use want an per with on do_not then to please pls could can you they i got get"
            " getting sent your_last this that last or and keeps keep_getting am pm"
        ),
        _after(
            f"{_SOMEBODY} only instead please later tomorrow is_(?:fine|ok|cool|best|better|good) this_number the or at"
        ),
        re.compile(" (?:size|book|box|above|below|field|of the|editor|in the)"),
    ),
    _Named(
        "phone",
        _word(
            "(?:tele)?phone calls?|voice calls?|call(?:s|ed|ing)?|ring(?:ing)?|rings(?= me| us| at)|rang|rung"
            "|(?:tele)?phon(?:e|es|ed|ing)|dial(?= me| us| my| this)"
        ),
        _before(
            "stop keep kept quit no_more prefer not don't dont by via missed got_a get_a quick return return_my"
            " rather over_the on_the through use_the via_the a the these those all any more of no only make for to_a"
            " your my me_a us_a nobody no_one someone somebody anyone who they you y'all u people agents agent he she"
            " been being got was were of_you i we will can could would should must may might please pls still always"
            " never just even then or and better be daily keeps kept_on hates? than without phone do did didn't"
            " man woman"
            " lady lad girl bloke fella"
        ),
        _after(f"{_SOMEBODY} you_guys {_SOME_TIME} are is ok cannot can't at_work (?:from|on|at)"),
        re.compile(
            " (?:me|her|him|us|them) (?:an? |names|sir|ma'?am|stupid|liars?)| (?:names|the police|an ambulance"
            "|my bank|belongs)"
            "| (?:it|number|off|centre|center|bill|contract|company|is|was|died|broke|got|has|credit|charger|shop"
            "|screen|line"
            "|plan|insurance|me by)(?![a-z])"
        ),
    ),
)
# "My phone is broken": a thing, no channel. "The phone" is one after "over" or "on".
_THING_BEFORE = re.compile(
    "(?:(?<=[a-z])'s?|(?<![a-z])(?:my|new|a|the|his|her|your|old|mobile|cell|of|for|any|no|this|that)) $"
)
_BY_PHONE_BEFORE = re.compile("(?<!take )(?<!took )(?:over|on|by|via|through|use|than) (?:the )?$")
_WRITING_BEFORE = re.compile("(?<![a-z])(?:plain|full|of|small|tiny|little|grey|set|whole|this) $")
# "My new email", "the email on file": what is known of somebody, no way of contacting.
_DETAIL_BEFORE = re.compile(
    r"(?<![a-z])(?:my|his|her|our|me|new|old|work|personal|contact|home|other|wrong|right|correct|different|this"
    r"|change|update"
    r"|the|an|that's|is|name|phone|number|address|have)(?:,? and)?(?: (?:the|my))? $"
)
_ON_FILE = re.compile(
    " (?:on (?:file|record|my|the)|for my|changed|account|is|i (?:gave|use|used|closed|closed))(?![a-z])|[:?]"
)
_PLURAL_BEFORE = re.compile(r"(?<![a-z])(?:the|your|more|no|these|those|any|all|many|daily|constant|endless|\d+) $")
# These hardly mean anything but a call; "a ring" does after an article.
_SURELY_RUNG = re.compile("rang|rung|ring(?:ing)?|(?:tele)?phon(?:ed|ing)|calling|phone calls?|voice calls?")
_RING_BEFORE = re.compile(
    r"(?<![a-z])(?:an?|the|my|her|his|your|this|that|gold|diamond|wedding|engagement|nose|boxing|ears?|is|it's|you're"
    r"|are|they're|i'm|am)(?: own)? $"
)
_VERB_BEFORE = re.compile(
    r"(?:^|[,.;:!?] |(?<![a-z])(?:you|u|ye|to|i|they|we|please|pls|could|can|will|or|and|don't|dont|not|then|just|never"
    r"|always|should|still|must|[a-z]+'ll|better|cannot|can't|won't|might|may|so|but|even|ever|either|lot|guys"
    r"|people) )$"
)
_A_RING = re.compile(r"(?<![a-z])give (?:me|us) a (?P<it>ring|bell|buzz|call|shout)(?![a-z])")
_NO_CALLS_BEFORE = re.compile("(?<![a-z])(?:he|she|it|who|house|close|tough|judge?ment|margin|nature|of|always) $")
# "Someone called Dave", "what do you call this fee": a name.
_BY_NAME = re.compile(
    r"(?<![a-z])(?:someone|somebody|lady|man|woman|guy|bloke|lad|girl|thing|company|it's|is|firm|what's) $"
)
_TERMED = re.compile(r"(?<![a-z])what (?:do|would|d'|did) (?:you|ye|u|they|we) $|(?<![a-z])(?:so to|let's) $")
_BUZZ = re.compile("(?<![a-z])(?:buzz|bell)(?= (?:me|us|him|her)(?![a-z]))")
# Words and turns that mean nothing but a call.
_RUNG_UP = re.compile(
    r"(?<![a-z])(?:robo-?calls?|cold[ -]?call(?:s|ed|ing)?|voice ?mails?|phoning|missed calls?|call ?backs?(?! request)"
    r"|phone call|(?:blow(?:ing|s|n)?|blew|light(?:ing)?) up my (?P<it>phone|line|mobile|cell)"
    r"|(?:pick(?:s|ed|ing)? up|answer(?:s|ed|ing)?|hang(?:s|ing)? up|hung up) (?:the|my|your|that|a) (?P<up>phone)"
    r"|(?:speak|talk|chat|conversation|spoke|talked)(?:ing)? on the blower|(?:my|our) phone"
    r" (?:rings|ringing|keeps ringing|never stops|won't stop|hasn't stopped|goes off|going off))(?![a-z])"
)
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
        re.compile(
            "电?子?邮件(?![换改变是为成]|[^,，。@]{0,24}@)|电邮|(?:[发寄传送]|(?:只|就|都|改|以后|统一)[走用去回])[^,，。;]{0,6}邮箱|邮箱(?:联系|沟通|就|吧|为准)"
            "|e-?mail(?=给|我|吧|发|联系)|[发用]e-?mail"
        ),
    ),
    ("sms", re.compile("短信|简讯|短讯|发信息|手机讯息|发sms|(?<![a-z])sms(?= ?(?:我|就|可以))")),
    (
        "phone",
        re.compile(
            "(?<!备)(?:[来致回通接用挂听等](?!错|说)(?:[^,，。;]{0,4}的?)|[打拨](?!错|听|算|扰|开)[^,，。;打]{0,8})电话|致电|来电"
            "|(?:给|回)(?:我|他|她|你们)[一]?个?电话(?!号)|[打拨]我?(?:这|那|原来|以前)个?号"
            "|回电|电联|打给(?:我|客服|[他她](?!们))|打(?:进来|来)|(?<![钱款])打过来"
            "|回拨|打去(?=[^,，。]{0,4}(?:银行|公司|客服|问|查|单位))|(?<![a-z])(?:call"
            "|ring)(?= ?[返回]?(?:屋企|家|公司|我|你|他|她|boss"
            "|me))|(?:不要|[别来再])(?:再)? ?(?:call"
            "|ring)(?![a-z])|回call"
            "|给我打(?:一?个)?(?=$|[,，。! ])|(?<=[再别又点后以可直能午晚早不好半刻上右间])"
            "打(?=我(?![一两几了骂]|钱|过)|他(?!们|钱)|$|[,，。! ]|可以)"
            "|(?<!敢)[打拨](?=[^,，。钱款]{0,4}(?:手机|座机|分机|这个 ?1|以前那个|热线))|打给家[人里]|结果又打"
            "|(?<=那天)打(?=$|[,，。!])|不打给"
            "|(?:别|不要|不想|停止|再)再?打(?:给我|过来|了|我)?(?=$|[了,，。! ])"
            "|电话(?=打[了得个过爆])|电话(?=[^,，。]{0,3}(?:听不|静音|接不|就免|免了))|电话(?=联系|沟通|给我"
            "|找我|吧|通知|里|聊|说|轰炸|骚扰|催|好|方便|也|可以|行|太多|不停|一直"
            "|[、,，]?(?:短信|简讯|邮件))"
            "|^电话[。!. ]*$|(?<=[过比于跟和或])电话(?!号|卡)|电话(?=[过比跟和或]|(?:不如"
            "|还是)?[^,，。;!?]{0,3}(?:短信|短讯|邮件|电邮|简讯|e-?mail|sms))"
        ),
    ),
)
_HINT = re.compile(
    "call|ring|rang|rung|phone|dial|text|sms|mail|telegram|tg|web|chat|bell|buzz|shout|[电邮信讯网打拨线飞]"
)


def channels(r: Reading) -> None:
    """Every mention of a channel."""
    if not _HINT.search(r.text):
        return
    for m in _A_RING.finditer(r.text):
        _add(r, "phone", *m.span("it"))
    for m in _RUNG_UP.finditer(r.text):
        _add(r, "phone", *m.span("it" if m["it"] else "up" if m["up"] else 0))
    for m in _BUZZ.finditer(r.text):
        _add(r, "phone", *m.span())
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
        return bool(re.match(f" {listed('me us my him her only please instead then')}(?![a-z])|[.! ]*$", after))
    if named.not_after.match(after):
        return False
    if m.group() == "calls":
        return not _NO_CALLS_BEFORE.search(before)
    if named.channel == "phone" and _SURELY_RUNG.fullmatch(m.group()):
        if m.group() == "ring" and not _VERB_BEFORE.search(before):
            return False
        return not _RING_BEFORE.search(before) and not re.match(
            " (?:a bell|true|hollow|road|main|(?:the|my) (?:bank|police|council|dwp|job)(?! back)|it a)", after
        )
    if m.group() == "called" and _BY_NAME.search(before):
        return False
    if m.group() in ("call", "calls") and _TERMED.search(before):
        return False
    if m.group() == "call" and before.endswith("i ") and after.startswith(" them"):
        return False
    if named.after.match(after) or named.before.search(before):
        return True
    if named.channel == "email":
        return not (_DETAIL_BEFORE.search(before) or _ON_FILE.match(after))
    if named.channel == "sms":
        return not _WRITING_BEFORE.search(before)
    # "Email." or "call please" is all that is said; "no more emails".
    alone = not re.search("[a-z]", r.text[: m.start()]) and bool(re.match("(?: please| pls)?[.!? ]*$", after))
    return alone or (m.group().endswith("s") and bool(_PLURAL_BEFORE.search(before)))


def _add(r: Reading, channel: str, start: int, end: int) -> None:
    if r.free(start, end):
        r.add("channel", channel, start, end)
