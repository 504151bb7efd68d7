"""The one place where responses become words: `domain.yml`, in the borrower's language and formats.

A response has variations with a condition on the slot ``language``; traditional Chinese is converted from
simplified (OpenCC) where it has none of its own. Facts arrive as they left the services:
``{"amount", "currency"}`` is money, ``{"date"}`` a day, ``{"moment"}`` a point in time,
``{"response", "facts"}`` another response, a mapping by language a text of the lender's.
"""

from __future__ import annotations

import re
import string
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from babel import Locale, UnknownLocaleError
from babel.dates import format_date, format_datetime
from babel.numbers import format_currency, get_currency_symbol, get_decimal_symbol, get_territory_currencies
from opencc import OpenCC
from ruamel.yaml import YAML

from bot.domain.guard import Reader

LANGUAGES = ("en", "zh-Hans", "zh-Hant")
LOCALES = {"en": "en", "zh-Hans": "zh_Hans", "zh-Hant": "zh_Hant"}
# Where CLDR has no formats for a language in a country: the English of the world, not that of the United States.
ANYWHERE = {"en": "en_001", "zh-Hans": "zh_Hans", "zh-Hant": "zh_Hant"}
DEFAULT_COUNTRY = {"en": "GB", "zh-Hans": "CN", "zh-Hant": "TW"}
ONE_OF_MANY = re.compile(
    r"(?<![\d.,])1 ((?:working |weekly |fortnightly |monthly |twice-monthly )?(?:day|week|month|payment))s\b"
)
FACT = re.compile(r"\{\w+\}")
CODE_THEN_FIGURE = re.compile(r"(?<=[A-Z]{3})\s?(?=\d)")


class UnknownResponse(KeyError):
    """A response that the catalogue does not have, or not in any language."""


@dataclass(frozen=True)
class Voice:
    """For whom something is put into words."""

    language: str
    country: str | None = None
    time_zone: str = "UTC"

    @property
    def locale(self) -> Locale:
        anywhere = Locale.parse(ANYWHERE[self.language])
        try:
            found = Locale.parse(f"{LOCALES[self.language]}_{self.home}")
        except (UnknownLocaleError, ValueError):
            return anywhere
        return found if found.script == anywhere.script else anywhere

    @property
    def home(self) -> str:
        """The country whose currency needs no name."""
        return self.country or DEFAULT_COUNTRY[self.language]

    @property
    def reader(self) -> Reader:
        """How figures are written in what is said to them."""
        return Reader(get_decimal_symbol(self.locale), self.time_zone)


class Words:
    """The catalogue of responses."""

    def __init__(self, domain: Path) -> None:
        responses = YAML(typ="safe").load(domain.read_text(encoding="utf-8"))["responses"]
        self._texts = {name: _by_language(variations) for name, variations in responses.items()}

    def names(self) -> list[str]:
        return sorted(self._texts)

    def variations(self, name: str, language: str) -> list[str]:
        """Every phrasing of a response in a language. Raises UnknownResponse."""
        texts = self._texts.get(name, {}).get(language)
        if not texts:
            raise UnknownResponse(f"{name} has no text in {language}")
        return texts

    def say(self, name: str, facts: Mapping[str, Any], voice: Voice, phrasing: int = 0) -> str:
        """A response in words; ``phrasing`` picks among those that it has, and goes round."""
        texts = self.variations(name, voice.language)
        text = texts[phrasing % len(texts)]
        needed = {field for _, field, _, _ in string.Formatter().parse(text) if field}
        said = text.format_map({field: self.fact(facts[field], voice) for field in needed}).strip()
        return ONE_OF_MANY.sub(r"1 \1", said) if voice.language == "en" else said

    def fact(self, value: Any, voice: Voice) -> str:
        """A fact in the formats of a language and country."""
        if isinstance(value, list):
            return "\n".join(self.fact(part, voice) for part in value)
        if not isinstance(value, Mapping):
            return str(value)
        if "currency" in value:
            return money(value, voice)
        if "date" in value:
            return format_date(date.fromisoformat(value["date"]), _day_pattern(voice), locale=voice.locale)
        if "moment" in value:
            local = datetime.fromisoformat(value["moment"]).astimezone(ZoneInfo(voice.time_zone))
            return format_datetime(local, _moment_pattern(voice), locale=voice.locale)
        if "response" in value:
            return self.say(value["response"], value["facts"], voice)
        if voice.language in value:
            return str(value[voice.language])
        return traditional(value["zh-Hans"]) if voice.language == "zh-Hant" else str(value["en"])

    def table(self, schedule: list[dict[str, Any]], voice: Voice) -> dict[str, Any]:
        """A schedule as a table: columns, rows of formatted cells, a caption."""
        days = [format_date(date.fromisoformat(row["due_on"]), "medium", locale=voice.locale) for row in schedule]
        rows = [[str(row["number"]), day, money(row["amount"], voice)] for row, day in zip(schedule, days, strict=True)]
        columns = [self.say(f"utter_word_{name}", {}, voice) for name in ("number", "date", "amount")]
        return {"caption": self.say("utter_word_schedule", {}, voice), "columns": columns, "rows": rows}


def money(value: Mapping[str, str], voice: Voice) -> str:
    """An amount as people of a language and country write it.

    A bare "$" or "¥" is the currency of the reader's own country; every other one says whose it is (US$, CN¥),
    as in CLDR's English for Britain, so that nobody has to guess.
    """
    currency = value["currency"]
    text = format_currency(Decimal(value["amount"]), currency, locale=voice.locale)
    symbol = get_currency_symbol(currency, locale=voice.locale)
    if symbol in ("$", "¥") and currency not in get_territory_currencies(voice.home):
        text = text.replace(symbol, get_currency_symbol(currency, locale="en_GB"))
    return CODE_THEN_FIGURE.sub(" ", text)


def _day_pattern(voice: Voice, year: bool = True) -> str:
    """A day with its weekday, in the order in which CLDR writes the reader's dates; in Chinese the weekday follows."""
    if voice.language != "en":
        return f"{'y年' if year else ''}M月d日（EEE）"
    if voice.locale.date_formats["medium"].pattern.startswith("MMM"):
        return f"EEE, MMM d{', y' if year else ''}"
    return f"EEE d MMM{' y' if year else ''}"


def _moment_pattern(voice: Voice) -> str:
    """A day without its year, and the time by the clock of 12 or 24 hours that CLDR has for the reader."""
    time = voice.locale.time_formats["short"].pattern.replace("\u202f", " ")
    return f"{_day_pattern(voice, year=False)}{', ' if voice.language == 'en' else ''}{time}"


def _by_language(variations: list[dict[str, Any]]) -> dict[str, list[str]]:
    texts: dict[str, list[str]] = {}
    for variation in variations:
        conditions = {c["name"]: c["value"] for c in variation.get("condition", [])}
        texts.setdefault(conditions.get("language", "en"), []).append(variation["text"])
    if "zh-Hans" in texts and "zh-Hant" not in texts:
        texts["zh-Hant"] = [traditional(text) for text in texts["zh-Hans"]]
    return texts


_CONVERTER, _BACK = OpenCC("s2twp"), OpenCC("t2s")
_OWN: dict[str, str] = YAML(typ="safe").load(Path(__file__).with_name("traditional.yml").read_text(encoding="utf-8"))
_OWN_WORDS = re.compile("|".join(re.escape(word) for word in sorted(_OWN, key=len, reverse=True)))


def simplified(text: str) -> str:
    """Chinese text in simplified characters; anything else as it is."""
    return str(_BACK.convert(text)).replace("帐", "账")


def traditional(text: str) -> str:
    """Simplified Chinese in traditional characters and Taiwan's words; placeholders stay as they are.

    What OpenCC gets wrong, or would be said otherwise, is in `traditional.yml`; of two words there the longer holds.
    """
    parts = re.split(r"(\{\w+\})", text)
    return "".join(part if part.startswith("{") else _taiwanese(part) for part in parts)


def _taiwanese(text: str) -> str:
    return _OWN_WORDS.sub(lambda found: _OWN[found[0]], _CONVERTER.convert(text))
