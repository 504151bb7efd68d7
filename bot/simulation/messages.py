"""What simulated borrowers write: an act as a message in their language and manner, typos and all."""

from __future__ import annotations

import random
from calendar import day_name, month_name
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cache
from pathlib import Path
from typing import Any

from ruamel.yaml import YAML

from bot.domain.money import Money
from bot.simulation.mind import Act
from bot.simulation.population import TODAY, Borrower, Language

FILE = Path(__file__).with_name("phrases.yml")
SYMBOLS = {"USD": "$", "GBP": "£", "EUR": "€", "SGD": "S$", "CNY": "¥", "HKD": "HK$", "TWD": "NT$"}
UNITS = {  # as people say them; the first of a language is the plainest
    "en": {"USD": ["dollars", "bucks"], "GBP": ["pounds", "quid"], "EUR": ["euros", "euro"], "SGD": ["dollars"]},
    "zh": {"CNY": ["元", "块", "块钱"], "HKD": ["元", "蚊"], "TWD": ["元", "塊"], "SGD": ["元", "块"]},
}
ORDINALS = {
    "en": ["first", "second", "third"],
    "zh": ["第一个", "第二个", "第三个"],
    "hant": ["第一個", "第二個", "第三個"],
}
MONTHS = list(month_name)[1:]
WEEKDAYS = list(day_name)
NEAR = {
    **{a: b for row in ("qwertyuiop", "asdfghjkl", "zxcvbnm") for a, b in zip(row, row[1:] + row[-2], strict=True)},
}


@dataclass(frozen=True)
class Phrase:
    """One template: who says it how."""

    text: str
    manner: str
    script: str = ""


@cache
def phrases() -> Mapping[str, Mapping[str, tuple[Phrase, ...]]]:
    """All templates by topic and language."""
    data = YAML(typ="safe").load(FILE.read_text(encoding="utf-8"))
    return {
        topic: {language: tuple(Phrase(**row) for row in rows) for language, rows in languages.items()}
        for topic, languages in data.items()
    }


def message(borrower: Borrower, act: Act, turn: int) -> str:
    """An act in the borrower's words; the same turn gives the same words."""
    dice = random.Random(f"{borrower.fate}/words/{turn}")  # noqa: S311
    known = phrases()[act.topic][borrower.language]
    fitting = [p for p in known if p.manner == borrower.manner and p.script == borrower.script] or list(known)
    text = _filled(dice.choice(fitting).text, borrower, act, dice)
    return _mistyped(text, borrower.typo_rate, dice)


def ordinal(number: int) -> str:
    """A day of the month as it is written in English: 1st, 2nd, 3rd, 11th."""
    tail = "th" if 10 <= number % 100 <= 20 else {1: "st", 2: "nd", 3: "rd"}.get(number % 10, "th")
    return f"{number}{tail}"


def amount(money: Money, language: Language, dice: random.Random) -> str:
    """An amount as people write it, cents only where there are any."""
    units = money.amount
    plain = f"{units:.0f}" if units == units.to_integral_value() else f"{units:.2f}"
    if language == "en":
        grouped = f"{int(units):,}" if units == units.to_integral_value() and dice.random() < 0.3 else plain
        symbol, words = SYMBOLS[money.currency], UNITS["en"].get(money.currency)
        return dice.choice(
            [f"{symbol}{grouped}", f"{symbol}{plain}", plain, f"{plain} {dice.choice(words or [''])}".strip()]
        )
    words = UNITS["zh"].get(money.currency, ["元"])
    whole = int(units)
    if units == whole and whole >= 10000 and whole % 1000 == 0 and dice.random() < 0.4:
        return f"{whole / 10000:g}万{words[0]}"
    return f"{plain}{dice.choice([*words, words[0], ''])}"


def day(on: date, language: Language, dice: random.Random) -> str:
    """A date as people write it; a near one sometimes by its weekday."""
    days = (on - TODAY).days
    if language == "zh":
        if days == 1:
            return "明天"
        same = "下个月" if (on.year, on.month) == _month_after(TODAY) else f"{on.month}月"
        return dice.choice([f"{on.month}月{on.day}号", f"{on.month}月{on.day}日", f"{same}{on.day}号"])
    if days == 1:
        return "tomorrow"
    month = MONTHS[on.month - 1]
    if 1 < days < 7 and dice.random() < 0.3:
        return WEEKDAYS[on.weekday()]
    return dice.choice(
        [
            f"{on.day} {month}",
            f"{month} {ordinal(on.day)}",
            f"the {ordinal(on.day)} of {month}",
            f"{month[:3]} {on.day}",
        ]
    )


def _filled(text: str, borrower: Borrower, act: Act, dice: random.Random) -> str:
    language, proposal = borrower.language, act.proposal
    if "{option}" in text:
        names = ORDINALS[borrower.script or language]
        text = text.replace("{option}", names[min(max(act.option, 1), len(names)) - 1])
    if proposal is None:
        return text
    named = proposal.per_instalment or proposal.down_payment or proposal.lump_sum
    if "{amount}" in text and named is not None:
        text = text.replace("{amount}", amount(named, language, dice))
    if "{count}" in text and proposal.count is not None:
        text = text.replace("{count}", str(proposal.count))
    if proposal.day_of_month is not None:
        text = text.replace("{day}th", ordinal(proposal.day_of_month)).replace("{day}", str(proposal.day_of_month))
    if "{date}" in text and proposal.first_on is not None:
        said = day(proposal.first_on, language, dice)
        bare = said in WEEKDAYS or said == "tomorrow"
        text = text.replace("on {date}", said if said == "tomorrow" else f"on {said}")
        text = text.replace("{date}", said[0].upper() + said[1:] if bare and text.startswith("{date}") else said)
    return text


def _mistyped(text: str, rate: float, dice: random.Random) -> str:
    """The text with letters swapped, dropped, doubled or a neighbour hit; figures stay what they are."""
    if not rate:
        return text
    letters, place = list(text), 0
    while place < len(letters):
        letter = letters[place]
        if letter.isascii() and letter.isalpha() and dice.random() < rate:
            way = dice.randrange(4)
            if way == 0 and place + 1 < len(letters) and letters[place + 1].isalpha():
                letters[place], letters[place + 1] = letters[place + 1], letter
                place += 1
            elif way == 1:
                letters[place] = ""
            elif way == 2:
                letters[place] = letter * 2
            else:
                letters[place] = NEAR.get(letter.lower(), letter)
        place += 1
    return "".join(letters)


def _month_after(today: date) -> tuple[int, int]:
    later = today.replace(day=1) + timedelta(days=32)
    return later.year, later.month


def topics() -> Sequence[str]:
    """The topics there are templates for."""
    return list(phrases())


def as_json(act: Act) -> dict[str, Any]:
    """An act for a list of what was misread."""
    named = act.proposal.as_json() if act.proposal else {}
    return {"kind": act.kind, "topic": act.topic, **{k: v for k, v in named.items() if v}}
