"""A schedule as a picture and as a calendar file."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from io import BytesIO
from zoneinfo import ZoneInfo

import pytest
from icalendar import Calendar
from PIL import Image

from bot.channels.telegram import schedule_picture
from bot.channels.telegram.schedule_calendar import calendar_file
from bot.channels.telegram.schedule_picture import draw, font_file
from bot.dialogue.words import Voice

FIRST = date(2026, 11, 27)
NOW = datetime(2026, 11, 23, 14, 0, tzinfo=ZoneInfo("Asia/Shanghai"))
needs_font = pytest.mark.skipif(font_file("Regular") is None, reason="no font with Chinese characters here")


def schedule(count: int, amount: str = "850.00", currency: str = "CNY") -> list[dict]:
    money = {"amount": amount, "currency": currency}
    return [
        {"number": n + 1, "due_on": (FIRST + timedelta(weeks=n)).isoformat(), "amount": money, "status": "due"}
        for n in range(count)
    ]


def events(ics: bytes) -> list:
    return list(Calendar.from_ical(ics).walk("VEVENT"))


@needs_font
@pytest.mark.parametrize("voice", [Voice("en", "US"), Voice("zh-Hans", "CN"), Voice("zh-Hant", "TW")])
def test_a_picture_has_a_row_a_payment_and_suits_telegram(words, voice):
    short, long = (draw(words.table(schedule(count), voice), voice.language) for count in (3, 60))

    small, large = Image.open(BytesIO(short)), Image.open(BytesIO(long))
    assert small.format == large.format == "PNG"
    assert large.height - small.height == 57 * schedule_picture.ROW * schedule_picture.SCALE
    assert large.width + large.height < 10_000
    assert len(long) < 1_000_000


@needs_font
def test_a_picture_shows_what_the_table_says(words):
    voice = Voice("zh-Hans", "CN")

    pictures = [draw(words.table(schedule(2, amount), voice), "zh-Hans") for amount in ("850.00", "850.00", "850.01")]

    assert pictures[0] == pictures[1] != pictures[2]


@needs_font
@pytest.mark.parametrize(
    "changed",
    [
        {"rows": []},
        {"rows": [["1", "day", "$1"]] * 61},
        {"rows": [["1", "day", "$1 𓀀"]]},
        {"rows": [["1", "day", "$" + "1" * 60]]},
    ],
)
def test_what_cannot_be_drawn_well_is_not_drawn(words, changed):
    table = words.table(schedule(1), Voice("en", "US")) | changed

    assert draw(table, "en") is None


def test_without_a_font_there_is_no_picture(words, monkeypatch):
    monkeypatch.setattr(schedule_picture, "KNOWN", ())
    monkeypatch.setattr(schedule_picture.shutil, "which", lambda name: None)
    font_file.cache_clear()

    drawn = draw(words.table(schedule(2), Voice("en", "US")), "en")

    font_file.cache_clear()
    assert drawn is None


@needs_font
def test_a_font_is_found_by_fontconfig_where_it_is_not_in_a_known_place(monkeypatch):
    if schedule_picture.shutil.which("fc-list") is None:
        pytest.skip("no fontconfig here")
    monkeypatch.setattr(schedule_picture, "KNOWN", ())
    font_file.cache_clear()

    found = font_file("Regular")

    font_file.cache_clear()
    assert found is not None


def test_each_payment_to_come_is_an_event_with_a_reminder_the_day_before():
    found = events(calendar_file(schedule(3), "a-1", "付款", NOW))

    assert [event.decoded("dtstart") for event in found] == [FIRST + timedelta(weeks=n) for n in range(3)]
    assert {str(event["summary"]) for event in found} == {"付款"}
    for event in found:
        [alarm] = event.walk("VALARM")
        assert alarm.decoded("trigger") == timedelta(hours=-15)


def test_an_event_says_nothing_of_money_or_of_whose_it_is():
    ics = calendar_file(schedule(3), "account 5520-7719", "Payment", NOW).decode()

    assert not {word for word in ("850", "CNY", "5520", "account", "debt", "loan") if word in ics}


def test_what_is_paid_cancelled_or_past_is_no_event():
    rows = schedule(4)
    rows[0]["due_on"], rows[1]["status"], rows[2]["status"] = "2026-11-22", "paid", "cancelled"

    found = events(calendar_file(rows, "a-1", "Payment", NOW))

    assert [event.decoded("dtstart") for event in found] == [FIRST + timedelta(weeks=3)]
    assert calendar_file(rows[:3], "a-1", "Payment", NOW) is None


def test_a_schedule_that_changed_replaces_the_events_of_before():
    moved = schedule(2)
    moved[1]["due_on"] = "2026-12-31"

    before = events(calendar_file(schedule(2), "a-1", "Payment", NOW))
    after = events(calendar_file(moved, "a-1", "Payment", NOW + timedelta(hours=1)))
    others = events(calendar_file(schedule(2), "a-2", "Payment", NOW))

    assert [e["uid"] for e in before] == [e["uid"] for e in after]
    assert all(new["sequence"] > old["sequence"] for old, new in zip(before, after, strict=True))
    assert not {e["uid"] for e in before} & {e["uid"] for e in others}
