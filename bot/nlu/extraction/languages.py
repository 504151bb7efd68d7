"""Languages that are named."""

from __future__ import annotations

import re

from bot.nlu.extraction.patterns import any_of, whole
from bot.nlu.extraction.reading import Reading

_CHINESE = "(?:chinese|mandarin)"
_LANGUAGES = (
    (
        "zh-Hant",
        re.compile(
            whole(
                any_of(
                    f"traditional(?: (?:{_CHINESE}|characters?)|(?= (?:is|please|pls|would|one|version)|[.,!?]|$))",
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
                    f"simplified(?: (?:{_CHINESE}|characters?)|(?= (?:is|please|pls|would|one|version)|[.,!?]|$))",
                    rf"{_CHINESE} \(?simplified\)?",
                    "chinese(?! (?:new year|restaurant|food|takeaway|national|citizen|bank|company|boss|passport"
                    "|lawyer|lady|man|name|guy|husband|wife|friend|phone|app))",
                    "mandarin|putonghua",
                )
            )
            + r"|简体(?:中文|字)?|中文[( ]?简体?\)?|中文|普通话|国语(?!言)|汉语|华语|华文|简中"
        ),
    ),
    ("en", re.compile(whole("(?<!plain )english|eng") + "|英文|英语(?![四六]级|班|课|老师|考)")),
)


def languages(r: Reading) -> None:
    """Every language that is named, also one that the speaker does not know: which one is wanted is for the intent."""
    taken: list[tuple[int, int]] = []
    for value, pattern in _LANGUAGES:
        for m in pattern.finditer(r.text):
            if any(m.start() < end and start < m.end() for start, end in taken):
                continue
            taken.append(m.span())
            r.add("language", value, *m.span())
