"""Messages as people write them, labelled by hand: the extractor finds every mention and nothing else.

All of them are said on Saturday 2026-11-21 at 10:00.  A message with `known_gap` is one that is not understood yet.
"""

import re
from datetime import datetime, timezone
from pathlib import Path

import pytest
from ruamel.yaml import YAML

from bot.nlu.extraction import extract

NOW = datetime(2026, 11, 21, 10, 0, tzinfo=timezone.utc)
FOLDER = Path(__file__).parent / "terms"
LANGUAGES = {"en": "en", "zh": "zh-Hans"}
_LENGTH = re.compile(r"P(?:(\d+)Y)?(?:(\d+)M)?(?:(\d+)W)?(?:(\d+)D)?(?:T(?:(\d+)H)?(?:(\d+)M)?(?:(\d+)S)?)?")


def cases():
    for path in sorted(FOLDER.glob("*.yml")):
        for row in YAML(typ="safe").load(path.read_text(encoding="utf-8")):
            gap = row.get("known_gap")
            marks = [pytest.mark.xfail(reason=gap, strict=True)] if gap else []
            yield pytest.param(row, LANGUAGES[path.stem], marks=marks, id=f"{path.stem}-{row['text'][:60]}")


def length(duration):
    """Seconds of an ISO 8601 duration, a month being 30 days and a year 12 months."""
    match = _LENGTH.fullmatch(duration)
    assert match, duration
    years, months, weeks, days, hours, minutes, seconds = (int(part or 0) for part in match.groups())
    days += ((years * 12 + months) * 30) + weeks * 7
    return ((days * 24 + hours) * 60 + minutes) * 60 + seconds


def mention(found):
    value = found.get("value")
    if found["entity"] == "duration":
        value = length(value)
    return found["entity"], value, found.get("role"), bool(found.get("approximate"))


@pytest.mark.parametrize(("row", "language"), list(cases()))
def test_every_mention_of_a_message_is_found_and_nothing_else(row, language):
    found = [mention(entity.as_dict()) for entity in extract(row["text"], NOW, language)]

    assert found == [mention(entity) for entity in row.get("entities") or ()]
