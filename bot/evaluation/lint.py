"""What is wrong with example messages: duplicates, copies of evaluation messages, personal data, too few of a kind."""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence

import phonenumbers
from opencc import OpenCC
from rapidfuzz import fuzz, process

from bot.nlu.language import detect

# The least number of examples of an intent in each language.
LEAST = 50
LEAST_OF_WEIGHT = 80
LEAST_OUT_OF_SCOPE = 400
OF_WEIGHT = frozenset(
    [
        "pay_now",
        "promise_payment",
        "request_plan",
        "propose_plan",
        "request_waiver",
        "request_deferral",
        "accept_offer",
        "reject_offer",
        "ask_better_offer",
        "select_option",
        "modify_plan",
        "cancel_plan",
        "cancel_autopay",
        "set_up_autopay",
        "report_hardship",
        "cannot_pay",
        "refuse_to_pay",
        "dispute_debt",
        "claim_already_paid",
        "report_fraud",
        "report_bankruptcy",
        "legal_representation",
        "report_death",
        "express_distress",
        "complain",
        "abuse",
    ]
)
# Two messages are near-copies from this likeness on (0 to 100); shorter ones are copies only if they are the same.
NEAR = 88.0
SHORT = 12
INVENTED_PHONES = re.compile(r"55501\d\d|7700900|8888|0000|1234|5678|9999")
INVENTED_DOMAINS = ("example.com", "example.org", "example.net", "example.cn", "example.hk", "example.tw")
EMAIL = re.compile(r"[\w.+-]+@([\w-]+(?:\.[\w-]+)+)")
CARD = re.compile(r"(?<!\d)(?:\d[ -]?){15,18}\d(?!\d)")
CHINESE_ID = re.compile(r"(?<!\d)\d{6}(?:19|20)\d{2}(?:0[1-9]|1[0-2])(?:[0-2]\d|3[01])\d{3}[\dXx](?!\d)")
NOT_WORDS = re.compile(r"[\W_]+")


def complaints(
    examples: Sequence[tuple[str, str, str]], evaluation: Iterable[str], intents: Iterable[str]
) -> list[str]:
    """Every fault as one sentence with its file; an empty list where there is none."""
    return [
        *_duplicates(examples),
        *_copies(examples, evaluation),
        *_personal(examples),
        *_too_few(examples, intents),
    ]


def normal(text: str) -> str:
    """A message without what does not tell messages apart: case, punctuation, spaces, script."""
    return NOT_WORDS.sub("", _simplified(text).lower())


_converter = OpenCC("t2s")


def _simplified(text: str) -> str:
    return text if text.isascii() else _converter.convert(text)


def _duplicates(examples: Sequence[tuple[str, str, str]]) -> Iterator[str]:
    first: dict[str, tuple[str, str]] = {}
    for file, intent, text in examples:
        key = normal(text) or text
        if key in first:
            yield f'{file}: "{text}" ({intent}) stands already in {first[key][0]} ({first[key][1]})'
        first.setdefault(key, (file, intent))


def _copies(examples: Sequence[tuple[str, str, str]], evaluation: Iterable[str]) -> Iterator[str]:
    judged = [key for key in map(normal, evaluation) if key]
    same = set(judged)
    keys = [normal(text) for _, _, text in examples]
    for (file, intent, text), key in zip(examples, keys, strict=True):
        if key in same:
            yield f'{file}: "{text}" ({intent}) is an evaluation message'
    long = [key for key in judged if len(key) >= SHORT]
    for (file, intent, text), key in zip(examples, keys, strict=True):
        found = process.extractOne(key, long, scorer=fuzz.ratio, score_cutoff=NEAR) if len(key) >= SHORT else None
        if found and key not in same:
            yield f'{file}: "{text}" ({intent}) is nearly the evaluation message "{found[0]}"'


def _personal(examples: Sequence[tuple[str, str, str]]) -> Iterator[str]:
    for file, intent, text in examples:
        for domain in EMAIL.findall(text):
            if not domain.lower().endswith(INVENTED_DOMAINS):
                yield f'{file}: "{text}" ({intent}) holds an e-mail address; use one at example.com'
        if CARD.search(text) or CHINESE_ID.search(text):
            yield f'{file}: "{text}" ({intent}) holds what looks like a card or identity number'
        for match in phonenumbers.PhoneNumberMatcher(text, None):
            if not INVENTED_PHONES.search(match.raw_string.replace(" ", "").replace("-", "")):
                yield f'{file}: "{text}" ({intent}) holds what looks like a real phone number'


def _too_few(examples: Sequence[tuple[str, str, str]], intents: Iterable[str]) -> Iterator[str]:
    counts: Mapping[str, Counter[str]] = defaultdict(Counter)
    for _, intent, text in examples:
        counts[intent][detect(text)[:2]] += 1
    for intent in sorted(set(intents) | set(counts)):
        least = LEAST_OUT_OF_SCOPE if intent == "out_of_scope" else LEAST_OF_WEIGHT if intent in OF_WEIGHT else LEAST
        for language, name in (("en", "English"), ("zh", "Chinese")):
            if counts[intent][language] < least:
                yield f"{intent}: {counts[intent][language]} examples in {name}, at least {least} are needed"
