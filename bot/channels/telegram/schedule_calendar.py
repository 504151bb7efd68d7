"""A schedule as a calendar file (RFC 5545): one event a payment, with a reminder the day before.

Calendars are shared and show on locked screens: an event has a neutral title and its day; no amount, no lender.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from datetime import date, datetime, timedelta
from typing import Any

from icalendar import Alarm, Calendar, Event

PRODUCT = "-//Accord//Payments//EN"
# Nine in the morning of the day before: a day without hours begins at midnight, wherever the reader is.
REMINDS = timedelta(hours=-15)
DONE = ("paid", "cancelled")


def calendar_file(schedule: Iterable[Mapping[str, Any]], key: str, title: str, now: datetime) -> bytes | None:
    """The payments that are still to come as an iCalendar file; None where there is none.

    Rows have ``number``, ``due_on`` (ISO date) and, where it is known, ``status``. ``key`` names whose schedule it is,
    and is hashed: a schedule that changed replaces the events of before. ``now`` is by the borrower's clock.
    """
    calendar = Calendar()
    calendar.add("prodid", PRODUCT)
    calendar.add("version", "2.0")
    calendar.add("method", "PUBLISH")
    for row in schedule:
        due = date.fromisoformat(row["due_on"])
        if due >= now.date() and row.get("status") not in DONE:
            calendar.add_component(_event(due, _uid(key, row["number"]), title, now))
    return bytes(calendar.to_ical()) if calendar.subcomponents else None


def _event(due: date, uid: str, title: str, now: datetime) -> Event:
    event = Event()
    event.add("uid", uid)
    event.add("dtstamp", now)
    # Some calendars take a newer version of an event only by a higher number.
    event.add("sequence", int(now.timestamp()) // 60)
    event.add("summary", title)
    event.add("dtstart", due)
    event.add("dtend", due + timedelta(days=1))
    event.add("class", "PRIVATE")
    event.add("transp", "TRANSPARENT")
    alarm = Alarm()
    alarm.add("action", "DISPLAY")
    alarm.add("description", title)
    alarm.add("trigger", REMINDS)
    event.add_component(alarm)
    return event


def _uid(key: str, number: int) -> str:
    return hashlib.sha256(f"{key}/{number}".encode()).hexdigest()[:40]
