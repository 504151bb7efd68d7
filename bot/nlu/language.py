"""Which of the three languages of the service a message is written in."""

from __future__ import annotations

import re
from functools import lru_cache

ENGLISH = "en"
SIMPLIFIED = "zh-Hans"
TRADITIONAL = "zh-Hant"

_HAN = re.compile("[\u3400-\u4dbf\u4e00-\u9fff\U00020000-\U0002ebef]")
_NO_WORDS = re.compile(r"https?://\S*|www\.\S*|\S+@\S+|[A-Za-z]*\d[\w-]*", re.ASCII)
_LATIN_WORD = re.compile("[A-Za-zÀ-ɏ]+(?:['’][A-Za-z]+)?")

# Short words that people type in any language; on their own they tell nothing.
_INTERNATIONAL = frozenset(
    [
        "ok",
        "okay",
        "k",
        "kk",
        "yes",
        "yeah",
        "yep",
        "no",
        "nope",
        "hi",
        "hello",
        "hey",
        "bye",
        "thx",
        "ty",
        "thanks",
        "thank",
        "pls",
        "plz",
        "sms",
        "email",
        "app",
        "otp",
        "pin",
        "id",
        "vip",
        "atm",
        "rmb",
        "cny",
        "usd",
        "hkd",
        "sgd",
        "twd",
        "alipay",
        "wechat",
        "whatsapp",
        "telegram",
        "paypal",
        "visa",
        "sorry",
        "lol",
        "haha",
        "hmm",
        "um",
        "emm",
        "emmm",
        "bot",
    ]
)
# Characters that carry the grammar of a Chinese sentence; each stands for a word.
_FRAME = frozenset(
    "我你您他她它們们的地得了吗嗎呢吧啊呀嘛不没沒有是在要想能可会會把被给給这這那个個就都也还還再先和跟"
    "怎什么麼哪谁誰多少几幾唔係嘅咗喺佢冇哋嘢咩乜点點"
)
# Written Cantonese, in either script.
_CANTONESE = frozenset("嘅咗喺哋嚟佢冇咁嗰啲噉啱嘢咩乜唔瞓攞俾畀")


@lru_cache(maxsize=8_192)
def _script(character: str) -> int:
    """1 where a character is written in traditional Chinese only, -1 in simplified only, 0 in both or neither.

    The repertoires of Big5 and GB 2312 are the tables.  Both have a first level of everyday characters, up to the lead
    bytes below; a simplified form may also stand on Big5's second level, as some ancient character of that shape.
    """
    if character in _CANTONESE:
        return 0
    big5, gb2312 = _lead(character, "big5"), _lead(character, "gb2312")
    if big5 and not gb2312:
        return 1
    return -1 if 0 < gb2312 <= _GB2312_EVERYDAY and not 0 < big5 <= _BIG5_EVERYDAY else 0


_BIG5_EVERYDAY = 0xC6
_GB2312_EVERYDAY = 0xD7


def _lead(character: str, encoding: str) -> int:
    """The first byte of a character in an encoding, 0 where it has none."""
    try:
        return character.encode(encoding)[0]
    except UnicodeEncodeError:
        return 0


def detect(text: str, fallback: str = ENGLISH) -> str:
    """Returns "en", "zh-Hans" or "zh-Hant"; `fallback`, the language so far, where the text does not tell.

    A mixed message belongs to the language with more words: "我想 pay off" is Chinese, "can I pay by 支付宝" English.
    Traditional and simplified are told apart by characters that only one of them has; written Cantonese without any
    such character counts as traditional.
    """
    text = _NO_WORDS.sub(" ", text[:2_000])
    han = _HAN.findall(text)
    latin = [word.lower() for word in _LATIN_WORD.findall(text)]
    if not han:
        telling = [word for word in latin if word not in _INTERNATIONAL]
        if len(telling) >= 2 or (len(telling) == 1 and (len(latin) > 1 or len(telling[0]) >= 4)):
            return ENGLISH
        return fallback
    words = sum(1.0 if character in _FRAME else 0.5 for character in han)
    if words < len(latin):
        return ENGLISH
    return _which_chinese(han, fallback)


def _which_chinese(han: list[str], fallback: str) -> str:
    scripts = [_script(character) for character in han]
    traditional, simplified = scripts.count(1), scripts.count(-1)
    if traditional > simplified:
        return TRADITIONAL
    if simplified:
        return SIMPLIFIED
    if _CANTONESE.intersection(han):
        return TRADITIONAL
    return fallback if fallback in (SIMPLIFIED, TRADITIONAL) else SIMPLIFIED
