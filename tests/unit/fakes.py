"""What unit tests put in the place of time, of Rasa, and of a borrower at the keyboard."""

from __future__ import annotations

import re
import uuid
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import anyio

from bot.bootstrap import Services
from bot.dialogue.client import DialogueDown, Reading, Understanding
from bot.store.tables import Conversation

# A Monday, two in the afternoon in Singapore, where the lender's people work; the same day in New York.
MONDAY = datetime(2026, 11, 23, 6, 0, tzinfo=UTC)

HEADER = (
    "account_number,borrower_name,date_of_birth,phone,language,country,time_zone,currency,"
    "principal,interest,fees,due_date,email"
)

# Invented people; phones from ranges that are kept for fiction.
ODALYS = "7001-3344"  # 37 days late, 1325.50 USD of which 45.00 fees
WILHELMINA = "AC-40118"  # 100 days late, 640.00 GBP of which 40.00 fees
CHANGGENG = "5520-7719"  # 70 days late, 9272.30 CNY of which 260.00 fees
KAZUO = "JP-30077"  # 20 days late, 90,500 JPY, no decimals
NOOR = "KW-11902"  # 20 days late, 312.345 KWD, three decimals
EBENEZER = "AC-00001"  # settled
PORTFOLIO = f"""{HEADER}
{ODALYS},Odalys Brambleworth,1987-03-07,+12025550181,en,US,America/New_York,USD,1200.00,80.50,45.00,2026-10-17,o@b.test
{WILHELMINA},"Plover, Wilhelmina",1979-12-31,+447700900418,en,GB,Europe/London,GBP,560.00,40.00,40.00,2026-08-15,
{CHANGGENG},顾长庚,1991-08-03,+8613800000719,zh-Hans,CN,Asia/Shanghai,CNY,8600.00,412.30,260.00,2026-09-14,
{KAZUO},Kazuo Minazuki,1968-02-29,+81312345678,en,JP,Asia/Tokyo,JPY,88000,2000,500,2026-11-03,
{NOOR},Noor Al-Qamari,1994-06-18,+96522212345,en,KW,Asia/Kuwait,KWD,300.000,12.345,0.000,2026-11-03,
{EBENEZER},Ebenezer Quill,1958-01-02,+12025550102,en,US,America/Chicago,USD,0.00,0.00,0.00,2026-10-01,
"""

POLICY = """
name: unit
description: What the bot may offer in unit tests.
rounds: 4
opening_percent: 50
offer_lifetime_hours: 72
segments:
  - name: not yet due
    days_past_due: {to: 0}
    authority:
      bot:
        plan:
          most_instalments: {weekly: 12, biweekly: 6, monthly: 3}
          smallest_instalment: &smallest {USD: 10, GBP: 10, CNY: 50, JPY: 1000, KWD: 5}
          first_payment_within_days: 31
        settlement: {within_days: 7}
        promise: {within_days: 14}
  - name: early
    days_past_due: {from: 1, to: 60}
    authority:
      bot:
        plan:
          most_instalments: {weekly: 26, biweekly: 13, monthly: 6}
          smallest_instalment: *smallest
          first_payment_within_days: 35
        settlement: {within_days: 7, waive: {fees: 50}}
        promise: {within_days: 31}
        pause: {most: 1, longest_days: 31}
      agent:
        plan:
          most_instalments: {weekly: 39, biweekly: 19, monthly: 9}
        settlement: {within_days: 31, waive: {fees: 100}}
      supervisor:
        plan:
          most_instalments: {weekly: 52, biweekly: 26, monthly: 12}
  - name: late
    days_past_due: {from: 61}
    authority:
      bot:
        plan:
          most_instalments: {weekly: 52, biweekly: 26, monthly: 12}
          smallest_instalment: *smallest
          first_payment_within_days: 45
        settlement: {within_days: 14, waive: {fees: 80}}
        promise: {within_days: 31, least_percent: 5}
        pause: {most: 1, longest_days: 31}
"""


class Clock:
    """Time that stands still until a test moves it."""

    def __init__(self, at: datetime = MONDAY) -> None:
        self.at = at

    def __call__(self) -> datetime:
        return self.at

    def passes(self, **delta: float) -> None:
        self.at += timedelta(**delta)


class Chat:
    """One conversation, driven below the channels: each word is a turn of its own."""

    def __init__(self, services: Services, name: str = "conversation-1", language: str = "en") -> None:
        self.services = services
        self.id = name
        self.token = services.conversations.claim(name, "web", None, language)

    def turn(self, text: str = "…") -> int:
        """Something is said after the bot's last words were heard; returns the id of the turn."""
        with self.services.parts.store.transaction() as session:
            conversation = session.get_one(Conversation, self.id)
            conversation.last_response = "utter_read_back" if conversation.asked == "confirm" else ""
        return self.services.conversations.receive(self.id, uuid.uuid4().hex, text, None).id

    def identify(self, text: str, *entities: dict[str, Any]) -> Any:
        return self.services.identity.identify(self.id, text, list(entities))

    def passcode(self) -> str | None:
        """The passcode that reached the phone of whoever is meant by this conversation."""
        sent = [m for m in self.services.outbox.all() if m["kind"] == "passcode" and m["conversation"] == self.id]
        return re.search(r"\d{6}", sent[-1]["body"]).group() if sent else None

    def prove(self, details: str) -> Chat:
        """Goes through both factors."""
        self.identify(details)
        assert self.identify(self.passcode()).outcome == "verified"
        return self

    @property
    def stage(self) -> str:
        return self.services.conversations.situation(self.id).stage


class FakeDialogue:
    """Rasa's place: answers as it is told, and remembers what reached it."""

    def __init__(self) -> None:
        self.heard: list[tuple[str, str]] = []
        self.reads: list[str] = []
        self.reading = "greet"
        self.entities: list[dict[str, Any]] = []
        self.taps: list[dict[str, Any] | None] = []
        self.metadata: list[dict[str, Any]] = []
        self.down = False
        self.seconds: Callable[[str], float] = lambda text: 0
        self.replies: list[dict[str, Any]] = [{"response": "utter_greet", "facts": {}, "choices": []}]

    async def take(
        self, conversation_id: str, text: str, metadata: dict[str, Any], tap: dict[str, Any] | None
    ) -> Understanding:
        await anyio.sleep(self.seconds(text))
        if self.down:
            raise DialogueDown("the dialogue is out to lunch")
        self.heard.append((conversation_id, text))
        self.metadata.append(metadata)
        self.taps.append(tap)
        return Understanding("greet", 0.93, self.replies)

    async def ready(self) -> bool:
        return not self.down

    async def read(self, text: str, metadata: dict[str, Any]) -> Reading:
        if self.down:
            raise DialogueDown("the dialogue is out to lunch")
        self.reads.append(text)
        self.metadata.append(metadata)
        return Reading(self.reading, self.entities)
