"""The order in which kinds are read: what is certain first, so that amounts get what is left."""

from __future__ import annotations

from datetime import datetime

from bot.nlu.extraction.channels import channels
from bot.nlu.extraction.chinese_clock import chinese_times
from bot.nlu.extraction.chinese_codes import chinese_codes
from bot.nlu.extraction.chinese_dates import chinese_dates
from bot.nlu.extraction.clock import times_of_day
from bot.nlu.extraction.date_roles import date_roles
from bot.nlu.extraction.durations import durations
from bot.nlu.extraction.english_dates import english_dates
from bot.nlu.extraction.entity import Entity
from bot.nlu.extraction.frequency import frequencies
from bot.nlu.extraction.hardship import hardship_reasons
from bot.nlu.extraction.identifiers import emails, identifiers
from bot.nlu.extraction.instalments import instalments
from bot.nlu.extraction.languages import languages
from bot.nlu.extraction.mixed_dates import mixed_dates
from bot.nlu.extraction.money import monies
from bot.nlu.extraction.money_roles import money_roles
from bot.nlu.extraction.numeric_dates import numeric_dates
from bot.nlu.extraction.options import options
from bot.nlu.extraction.percentages import percentages
from bot.nlu.extraction.reading import Reading

_STEPS = (
    emails,
    chinese_codes,
    numeric_dates,
    identifiers,
    mixed_dates,
    english_dates,
    chinese_dates,
    instalments,
    percentages,
    options,
    chinese_times,
    times_of_day,
    frequencies,
    durations,
    monies,
    date_roles,
    money_roles,
    channels,
    languages,
    hardship_reasons,
)


def extract(text: str, now: datetime, language: str | None = None) -> list[Entity]:
    """Everything that a message mentions, in the order of the text.

    `now` is the borrower's local time, aware of its zone; dates are counted from its day.  `language` (BCP 47) settles
    the order of day and month in "3/4": month first for Chinese, whichever comes sooner for `en-US`, else day first.
    Only the first 2,000 characters are read.
    """
    reading = Reading(text, now, language)
    for step in _STEPS:
        step(reading)
    return sorted(reading.entities, key=lambda e: (e.start, e.end))
