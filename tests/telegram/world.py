"""Telegram as a bot meets it: chats, messages, updates that wait, and what goes wrong there, all in memory.

One lock guards everything, so that tests may act as persons from any thread while the server answers the bot.
Facts of the real one that are kept here: message ids are one counter for all private chats of the bot and one for each
supergroup; an update is there until it is confirmed; a chat is closed for as long as a 429 said.
"""

from __future__ import annotations

import math
import random
import re
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from tests.telegram.markup import Refused, bad

TOKEN = "7001:a-token-for-tests-that-opens-nothing"
NOT_BY_DEFAULT = ("chat_member", "message_reaction", "message_reaction_count")
FORGOTTEN_AFTER = 60.0  # seconds in which a tap can be answered
A_MINUTE = 60.0


@dataclass
class Faults:
    """What goes wrong, by its share of calls or of updates; the seed makes it go wrong in the same way again."""

    rate_limits: float = 0.0  # 429 instead of sending; the chat stays closed for `retry_after` seconds
    retry_after: int = 1
    server_errors: float = 0.0  # 500, and nothing was done
    slow: float = 0.0
    slow_seconds: float = 1.0
    lost_answers: float = 0.0  # done, and the connection breaks before the answer
    hanging_answers: float = 0.0  # done, and the answer comes after `hang_seconds`
    hang_seconds: float = 30.0
    duplicated: float = 0.0  # delivered twice
    reordered: float = 0.0  # held back for `held_seconds`, so that what comes after it overtakes it
    held_seconds: float = 0.08
    # By chat, and for its next message alone: taken so many seconds late; taken, and answered so many seconds late.
    taken_late: dict[int, float] = field(default_factory=dict)
    answered_late: dict[int, float] = field(default_factory=dict)
    seed: int = 0

    def __post_init__(self) -> None:
        self._random = random.Random(self.seed)  # noqa: S311

    def strikes(self, share: float) -> bool:
        return share > 0 and self._random.random() < share

    def delay(self, late: dict[int, float], method: str, given: dict[str, Any]) -> float:
        """By how many seconds this call is `taken_late` or `answered_late`, which it is once."""
        return late.pop(int(given["chat_id"]), 0.0) if late and method.lower() == "sendmessage" else 0.0


@dataclass
class Bucket:
    """How much may be sent: so many a second on average, so many at once."""

    a_second: float
    at_once: float
    left: float = -1.0
    at: float = 0.0

    def wait(self, now: float) -> float:
        """Seconds until another one may be sent; 0 takes it."""
        if self.left < 0:
            self.left = self.at_once
        self.left = min(self.at_once, self.left + (now - self.at) * self.a_second) if self.at else self.left
        self.at = now
        if self.left >= 1:
            self.left -= 1
            return 0
        return (1 - self.left) / self.a_second


@dataclass
class Message:
    """A message as it stands now, and how it stood before each edit."""

    id: int
    chat: Chat
    sender: dict[str, Any]
    at: float
    kind: str = "text"
    text: str = ""
    entities: list[dict[str, Any]] = field(default_factory=list)
    markup: dict[str, Any] | None = None
    content: dict[str, Any] = field(default_factory=dict)
    thread: int | None = None
    extras: dict[str, Any] = field(default_factory=dict)
    before: list[tuple[str, dict[str, Any] | None]] = field(default_factory=list)
    deleted: bool = False
    by_bot: bool = False  # by the bot that is tested, not by another
    reactions: list[str] = field(default_factory=list)
    date: int = field(default_factory=lambda: int(time.time()))

    @property
    def buttons(self) -> dict[str, str]:
        """Title and data of each button under the message."""
        rows = (self.markup or {}).get("inline_keyboard", [])
        return {button["text"]: button.get("callback_data", "") for row in rows for button in row}

    def as_json(self) -> dict[str, Any]:
        shown = {"message_id": self.id, "from": self.sender, "chat": self.chat.as_json(), "date": self.date}
        words = "text" if self.kind == "text" else "caption"
        if self.text:
            shown[words] = self.text
        if self.entities:
            shown["entities" if words == "text" else "caption_entities"] = self.entities
        if self.thread is not None:
            shown |= {"message_thread_id": self.thread, "is_topic_message": True}
        if self.before:
            shown["edit_date"] = int(time.time())
        if self.markup and "inline_keyboard" in self.markup:
            shown["reply_markup"] = self.markup
        return {**shown, **self.content}


@dataclass
class Chat:
    """A private chat, a group, a supergroup (with topics where it is a forum) or a channel."""

    id: int
    kind: str
    title: str = ""
    username: str | None = None
    people: list[Any] = field(default_factory=list)
    is_forum: bool = False
    is_administrator: bool = True  # the bot is one
    may_manage_topics: bool = True
    status: str = "open"  # open, not_started, blocked, deactivated, kicked
    topics: dict[int, str] = field(default_factory=dict)  # thread: open, closed
    topic_names: dict[int, str] = field(default_factory=dict)
    messages: list[Message] = field(default_factory=list)
    by_id: dict[int, Message] = field(default_factory=dict)
    keyboard: dict[str, Any] | None = None
    actions: list[str] = field(default_factory=list)
    closed_until: float = 0.0
    pace: Bucket = field(default_factory=lambda: Bucket(1, 3))

    @property
    def private(self) -> bool:
        return self.kind == "private"

    def as_json(self) -> dict[str, Any]:
        shown: dict[str, Any] = {"id": self.id, "type": self.kind}
        if self.private:
            shown["first_name"] = self.title
        else:
            shown["title"] = self.title
        if self.username:
            shown["username"] = self.username
        return shown | ({"is_forum": True} if self.is_forum else {})


@dataclass
class Waiting:
    """An update that the bot has not confirmed yet."""

    update: dict[str, Any]
    queue: int
    due: float
    twice: bool = False
    delivered: bool = False
    in_flight: bool = False
    tries: int = 0

    @property
    def id(self) -> int:
        return int(self.update["update_id"])


@dataclass
class Tapped:
    """A tap that waits for its answer."""

    person: Any
    message: Message
    data: str
    at: float
    answer: dict[str, Any] | None = None


@dataclass(frozen=True)
class Call:
    """A call of the bot and what came of it: 200, or the code of the refusal."""

    method: str
    given: dict[str, Any]
    code: int
    at: float
    message: int | None = None


class Telegram:
    """All of it. ``keeps_limits``: too fast is answered with 429, as the real one does."""

    def __init__(
        self,
        token: str = TOKEN,
        username: str = "accord_test_bot",
        faults: Faults | None = None,
        keeps_limits: bool = True,
    ) -> None:
        self.token = token
        self.me = {"id": int(token.split(":")[0]), "is_bot": True, "first_name": "Accord", "username": username}
        self.faults = faults or Faults()
        self.keeps_limits = keeps_limits
        self.lock = threading.RLock()
        self.changed = threading.Condition(self.lock)
        self.wake: Callable[[], None] = lambda: None
        self.chats: dict[int, Chat] = {}
        self.people: dict[int, Any] = {}
        self.waiting: list[Waiting] = []
        self.taps: dict[str, Tapped] = {}
        self.files: dict[str, dict[str, Any]] = {}
        self.calls: list[Call] = []
        self.commands: dict[tuple[str, str], list[dict[str, str]]] = {}
        self.settings: dict[str, dict[str, Any]] = {}
        self.webhook: dict[str, Any] = {}
        self.allowed: list[str] = []
        self.polls = 0
        self.impatient = 0  # calls into a chat that a 429 had closed
        self.made: dict[int, float] = {}  # when each update came into being
        self.delivered: dict[int, float] = {}  # when it was last on its way to the bot
        self.acknowledged: list[float] = []  # how long the webhook took to say that it has an update, in seconds
        self._update_id = random.randrange(10**8, 2 * 10**8)  # noqa: S311
        self._message_ids: dict[int, int] = {}
        self._person_id = random.randrange(10**9, 2 * 10**9)  # noqa: S311
        self._group_id = 0
        self._tap_id = random.randrange(10**17)  # noqa: S311
        self._pace = Bucket(30, 60)

    # -- What happens there

    @contextmanager
    def changing(self) -> Iterator[None]:
        """Everything that changes something happens in here; whoever waits for a change is woken."""
        with self.changed:
            yield
            self.changed.notify_all()
        self.wake()

    def wait_until(self, true: Callable[[], Any], seconds: float, what: str) -> Any:
        """What `true` gives, as soon as it gives something; AssertionError after so many seconds."""
        with self.changed:
            if not self.changed.wait_for(true, seconds):
                raise AssertionError(f"after {seconds} s still not: {what}")
            return true()

    def new_person_id(self) -> int:
        self._person_id += random.randrange(1, 1000)  # noqa: S311
        return self._person_id

    def group(self, title: str, *people: Any, forum: bool = False, basic: bool = False) -> Chat:
        """A group that the bot is a member of and reads everything in."""
        with self.changing():
            self._group_id += 1
            number = -self._group_id - 5000 if basic else -1_001_000_000_000 - self._group_id
            chat = Chat(number, "group" if basic else "supergroup", title, people=list(people), is_forum=forum)
            chat.pace = Bucket(20 / A_MINUTE, 20)
            self.chats[chat.id] = chat
            return chat

    def channel(self, title: str) -> Chat:
        with self.changing():
            self._group_id += 1
            chat = Chat(-1_001_000_000_000 - self._group_id, "channel", title)
            self.chats[chat.id] = chat
            return chat

    def add_message(self, chat: Chat, sender: dict[str, Any], **parts: Any) -> Message:
        """A new message with the next id of its counter."""
        counter = chat.id if chat.kind in ("supergroup", "channel") else 0
        number = self._message_ids[counter] = self._message_ids.get(counter, 0) + 1
        message = Message(number, chat, sender, time.monotonic(), by_bot=sender is self.me, **parts)
        chat.messages.append(message)
        chat.by_id[number] = message
        return message

    def add_update(self, kind: str, payload: dict[str, Any], queue: int) -> int:
        """An update for the bot; 0 where the bot does not want its kind."""
        if (kind in NOT_BY_DEFAULT and kind not in self.allowed) or (self.allowed and kind not in self.allowed):
            return 0
        self._update_id += 1
        update = {"update_id": self._update_id, kind: payload}
        now = time.monotonic()
        held = self.faults.held_seconds if self.faults.strikes(self.faults.reordered) else 0
        twice = self.faults.strikes(self.faults.duplicated)
        self.made[self._update_id] = now
        self.waiting.append(Waiting(update, queue, now + held, twice))
        return self._update_id

    def add_tap(self, person: Any, message: Message, data: str) -> str:
        self._tap_id += 1
        self.taps[str(self._tap_id)] = Tapped(person, message, data, time.monotonic())
        return str(self._tap_id)

    # -- How updates get to the bot

    def updates(self, offset: int, limit: int) -> list[dict[str, Any]]:
        """What long polling gives: everything that is not confirmed; an offset confirms what is below it."""
        with self.changed:
            if offset < 0:
                self.waiting = self.waiting[offset:]
            else:
                for waiting in [w for w in self.waiting if w.delivered and w.id < offset]:
                    self.confirm(waiting)
            now = time.monotonic()
            due = sorted((w for w in self.waiting if w.due <= now), key=lambda w: w.due)[:limit]
            for waiting in due:
                waiting.delivered = True
                self.delivered[waiting.id] = now
            return [waiting.update for waiting in due]

    def confirm(self, waiting: Waiting) -> None:
        """The bot has an update; it is gone, unless it is one of those that come twice."""
        if waiting.twice:
            waiting.twice = waiting.delivered = waiting.in_flight = False
        elif waiting in self.waiting:
            self.waiting.remove(waiting)

    def next_due(self) -> float | None:
        """When the next update that is held back may leave."""
        with self.lock:
            return min((w.due for w in self.waiting if not w.in_flight and not w.delivered), default=None)

    def deliverable(self) -> list[Waiting]:
        """The updates that a webhook gets now: of each chat the first, as many at once as it takes."""
        with self.lock:
            if not self.webhook.get("url"):
                return []
            now, taken = time.monotonic(), []
            busy = {w.queue for w in self.waiting if w.in_flight}
            room = int(self.webhook["max_connections"]) - sum(w.in_flight for w in self.waiting)
            for waiting in sorted(self.waiting, key=lambda w: (w.due if w.tries == 0 else 0, w.id)):
                if len(taken) >= room:
                    break
                if waiting.queue in busy:
                    continue
                # A failed one keeps its place: what comes after it in its chat waits.
                if waiting.due <= now:
                    waiting.in_flight = True
                    taken.append(waiting)
                if waiting.in_flight or waiting.tries:
                    busy.add(waiting.queue)
            return taken

    # -- What the bot may do

    def chat_of(self, given: dict[str, Any]) -> Chat:
        """The chat that a call names. Raises Refused."""
        wanted = given.get("chat_id")
        if wanted in (None, ""):
            raise bad("chat_id is empty")
        if isinstance(wanted, str) and wanted.startswith("@"):
            found = next((c for c in self.chats.values() if c.username == wanted[1:]), None)
        else:
            found = self.chats.get(int(wanted)) if re.fullmatch(r"-?\d+", str(wanted)) else None
        if found is None or found.status == "not_started":
            raise bad("chat not found")
        return found

    def may_write(self, chat: Chat) -> None:
        """Raises Refused where nobody there would read it."""
        refusals = {
            "blocked": "bot was blocked by the user",
            "deactivated": "user is deactivated",
            "kicked": f"bot was kicked from the {chat.kind} chat",
        }
        if chat.status in refusals:
            raise Refused(403, f"Forbidden: {refusals[chat.status]}")

    def may_send_now(self, chat: Chat) -> None:
        """Raises Refused with 429 where it is too much or too early."""
        now = time.monotonic()
        if now < chat.closed_until:
            self.impatient += 1
            raise self.too_many(chat.closed_until - now)
        if self.faults.strikes(self.faults.rate_limits):
            chat.closed_until = now + self.faults.retry_after
            raise self.too_many(self.faults.retry_after)
        if self.keeps_limits and (wait := max(chat.pace.wait(now), self._pace.wait(now))):
            chat.closed_until = now + math.ceil(wait)
            raise self.too_many(wait)

    def too_many(self, seconds: float) -> Refused:
        wait = max(1, math.ceil(seconds))
        return Refused(429, f"Too Many Requests: retry after {wait}", retry_after=wait)
