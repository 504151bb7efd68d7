"""Languages that somebody wants to use."""

from __future__ import annotations

import re

from bot.nlu.extraction.patterns import any_of, listed, whole
from bot.nlu.extraction.reading import Reading

_CHINESE = "(?:chinese|mandarin)"
_LANGUAGES = (
    (
        "zh-Hant",
        re.compile(
            whole(
                any_of(
                    f"traditional(?: (?:{_CHINESE}|characters?))?",
                    rf"{_CHINESE} \(?traditional\)?",
                    "cantonese",
                )
            )
            + (
                r"|繁体(?:中文|字)?版?|中文[( ]?繁体?\)?|正体(?:中文|字)?|广[东州]话|粤语|白话(?=沟通|讲|聊)"
                r"|(?<=[用讲说])繁(?!忙)"
            )
        ),
    ),
    (
        "zh-Hans",
        re.compile(
            whole(
                any_of(
                    f"simplified(?: (?:{_CHINESE}|characters?))?",
                    rf"{_CHINESE} \(?simplified\)?",
                    "chinese(?! (?:new year|restaurant|food|takeaway|national|citizen|bank|company|boss|passport))",
                    "mandarin|putonghua",
                )
            )
            + r"|简体(?:中文|字)?|中文[( ]?简体?\)?|中文|普通话|国语|汉语|华语|华文|简中"
        ),
    ),
    ("en", re.compile(whole("(?<!plain )english|eng") + "|英文|英语(?![四六]级|班|课|老师|考)")),
)
# "I don't speak English" names what is not wanted.
_BEYOND_BEFORE = re.compile(
    r"(?:"
    + listed(
        "don't dont do_not doesnt never_learned never_learned_to stop_sending_me all_in flipped_to turned_to can't"
        " cant cannot not doesn't never no hardly bad_at my poor without isn't barely than"
    )
    + r" (?:really |actually |very )?"
    + listed(
        "speak understand read know follow write get good_at good_in fluent_in good_with speak_any want use like much"
        " any"
    )
    + r"? ?(?:in |your |this |the |any |much |good )?"
    r"|[看听读]不?(?:不懂|不太懂|不明|不识)|不(?:会|懂|识|要|想|太会|太懂|用)[说讲看用写]?|别[用说讲拽]|不要|变成"
    r"|全是|一长?串|点了|打"
    r"|(?:i'm|i am|am|is|are|he's|she's|we're) (?:not )?)$"
)
_BEYOND_AFTER = re.compile(
    r" ?(?:看不|看着累|打字?好?慢|我一个字|只会听)| ?(?:is|isn't|'s|不|没|很|太|水平)(?: not| very| really| so"
    r"|是)?(?:这么|那么|咁)?"
    r"(?: bad| poor| good| great| terrible| limited|好|差|烂|行|太好|懂|会)"
)


def languages(r: Reading) -> None:
    """Every language that is wanted; one that is said to be beyond the speaker is not."""
    taken: list[tuple[int, int]] = []
    for value, pattern in _LANGUAGES:
        for m in pattern.finditer(r.text):
            if any(m.start() < end and start < m.end() for start, end in taken):
                continue
            taken.append(m.span())
            before = r.text[max(0, m.start() - 32) : m.start()]
            if not _BEYOND_BEFORE.search(before) and not _BEYOND_AFTER.match(r.text, m.end()):
                r.add("language", value, *m.span())
