"""What leaves for Telegram: rows first, sent in order within a chat, paced, and once.

**Once.** A row is committed as ``sending`` before the call and as ``sent`` after it. Where the program dies, the call
times out or the server fails in between, nobody knows whether the message is there, and a row that is ``sending`` or
``unknown`` is not simply sent again. It is looked for: editing a message to the text and keyboard that it already has
is refused with "message is not modified", and that is proof that it is there; any other id is refused because there is
no such message of the bot's in this chat. Telegram gives out message ids in ascending order, one counter for a bot's
private chats and one for each group, and nearly all of them are known here: those of messages that were sent and those
of messages that came in. What is left between the newest id that was known as the row left and the first that was given
out after it had failed (after a crash: some seconds later still) are few, and these are tried. Where none was given out
since, Telegram is asked how much it still has to deliver, since each of that has an id too. Found: the row is ``sent``
with that id. Not found: it is sent again. Changes of messages (``edit…``) may be made twice and are simply repeated.
"""

from __future__ import annotations

import asyncio
import json
import re
from collections.abc import Awaitable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from html import unescape
from typing import Any, Protocol

import structlog
from anyio import to_thread
from sqlalchemy import ColumnElement, bindparam, event, func, or_, select, update
from sqlalchemy.exc import InterfaceError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from sqlalchemy.orm import Session, defer

from bot.channels.telegram.api import (
    Api,
    ChatClosed,
    Limited,
    Refused,
    TelegramTrouble,
    Unclear,
)
from bot.channels.telegram.chats import CHANNEL, Chats
from bot.channels.telegram.lanes import Lanes
from bot.channels.telegram.pacing import CHANCE, Pace, Place, pause_after
from bot.channels.telegram.speaking import Call, attached, speak
from bot.services.outbox import Outbox, enqueue, files_of, messages_of
from bot.services.parts import Parts
from bot.store.tables import (
    Conversation,
    Incident,
    OutboxMessage,
    TelegramChat,
    TelegramMessage,
    TelegramUpdate,
)

log = structlog.get_logger()

PLACE = "telegram"
WAITING = ("queued", "sending", "unknown")
AT_ONCE = 24
TRIES = 8
TOO_OLD = timedelta(days=1)
LONGEST_PAUSE = 60.0
LOOK_AGAIN = 0.5
# Before a message is looked for, so that what was on its way has arrived.
SETTLING = 2.0
# So long after a start what an earlier process sent may still arrive: a busy machine takes it up late.
LATE = timedelta(seconds=4)
# Ids beyond the newest one known that a message may have, besides those of messages that are on their way.
BEYOND = 3
MOST_CANDIDATES = 100
TAG = re.compile(r"</?[a-z][^>]*>")
# A group that cannot be reached is tried again so many seconds later.
GROUP_PAUSE = 60.0
LONGEST_ERROR = 200
# What says nothing about a message: the store, or what it stands on.
STORE_FAILED = (OperationalError, InterfaceError, PoolTimeout, OSError)
# What is asked with every message, put together once: the next one of a chat, and the newest ids that are known, of
# private chats and of a group.
MESSAGES, UPDATES = (table.metadata.tables[table.__tablename__] for table in (TelegramMessage, TelegramUpdate))
OF_CHAT = MESSAGES.c.chat_id == bindparam("chat"), MESSAGES.c.status.in_(WAITING)
NEXT = select(TelegramMessage).where(*OF_CHAT).order_by(TelegramMessage.id).limit(1)
NEXT_ID = select(MESSAGES.c.id).where(*OF_CHAT).order_by(MESSAGES.c.id).limit(1)
NEWEST, NEWEST_OF = (
    select(
        *(select(func.max(table.c.message_id)).where(which(table.c)).scalar_subquery() for table in (MESSAGES, UPDATES))
    )
    for which in (lambda columns: columns.chat_id > 0, lambda columns: columns.chat_id == bindparam("chat"))
)


def put(
    session: Session, now: datetime, chat_id: int, key: str, calls: Sequence[Call], outbox_id: int | None = None
) -> list[TelegramMessage]:
    """Adds calls to what leaves for a chat, in the transaction of what they tell."""
    rows = [
        TelegramMessage(
            key=f"{key}:{number}",
            chat_id=chat_id,
            method=call.method,
            payload=json.dumps(call.payload, separators=(",", ":")),
            status="queued",
            attempts=0,
            outbox_id=outbox_id,
            created_at=now,
        )
        for number, call in enumerate(calls)
    ]
    session.add_all(rows)
    return rows


def in_line(session: Session, chat_id: int, *, wait: bool = True) -> bool:
    """Keeps everybody else from choosing what leaves next for a chat until the transaction ends; whether it is so.

    To be asked for before anything else is locked; who has locked something already does not ``wait``. SQLite lets one
    transaction write at a time anyway.
    """
    if session.get_bind().dialect.name != "postgresql":
        return True
    if wait:
        session.connection().execute(select(func.pg_advisory_xact_lock(chat_id)))
        return True
    return bool(session.connection().execute(select(func.pg_try_advisory_xact_lock(chat_id))).scalar())


def changes_only(method: str) -> bool:
    """Whether a call may be made twice, since it changes what is there."""
    return not method.startswith("send")


@dataclass(frozen=True)
class Job:
    """A row that is next in its chat. ``wait``: seconds until it may be tried. ``look``: it may have been sent;
    ``begun``: it is marked as on its way already. ``age``: in seconds."""

    id: int
    method: str
    payload: dict[str, Any]
    attempts: int
    wait: float
    look: bool
    begun: bool
    age: float


class Group(Protocol):
    """The agents' group, which knows what to do where something cannot be sent to it."""

    chat_id: int

    async def heal(self, job: Job, error: str) -> bool:
        """Mends what Telegram refused a message for; whether the message needs no more looking after."""

    def unreachable(self, error: str) -> None:
        """Notes that nothing reaches the group now."""


class Sender:
    """Sends what is in `telegram_messages`, and takes over what the outbox holds for chats."""

    group: Group | None = None

    def __init__(self, parts: Parts, api: Api, pace: Pace, chats: Chats, outbox: Outbox) -> None:
        self.parts = parts
        self.api = api
        self.pace = pace
        self.chats = chats
        self.outbox = outbox
        self._lanes = Lanes(self._step)
        # So many are on their way at once, and so many have to be looked for after a crash.
        self._room = asyncio.Semaphore(AT_ONCE)
        # What was marked as on its way in the transaction that put it, and leaves next; the chats in which such a
        # transaction has not been heard of yet. What is marked there is no message that may have been sent.
        self._begun: dict[int, tuple[Job, Place]] = {}
        self._beginning: set[int] = set()
        self._loop = asyncio.get_running_loop()

    def wake(self, chat_id: int) -> None:
        """Something was put for a chat."""
        self._lanes.wake(chat_id)

    def begin(self, session: Session, row: TelegramMessage) -> bool:
        """Marks what was just put for a chat as on its way in the same transaction, where it may leave at once; it
        leaves when that is committed, and nobody has to wake its chat. Whether it was marked. For any thread."""
        chat_id = row.chat_id
        taken = self._room.locked() or chat_id in self._begun or chat_id in self._beginning
        if taken or not in_line(session, chat_id, wait=False):
            return False
        place = self.pace.take(chat_id)
        if place is None:
            return False

        def go(_: Session) -> None:
            self._loop.call_soon_threadsafe(self._go, chat_id, job, place)

        def stay(_: Session) -> None:
            self._beginning.discard(chat_id)
            place.used = False
            self.pace.give_back(place)

        self._beginning.add(chat_id)
        event.listen(session, "after_rollback", stay, once=True)
        # Marked before it is written, it is written once.
        before = session.connection().execute(NEXT_ID, {"chat": chat_id}).one_or_none()
        if before is None and self._mark(session, row):
            session.flush()
            job = Job(row.id, row.method, json.loads(row.payload or "{}"), row.attempts, 0.0, False, True, 0.0)
            event.listen(session, "after_commit", go, once=True)
            return True
        event.remove(session, "after_rollback", stay)
        stay(session)
        return False

    def _go(self, chat_id: int, job: Job, place: Place) -> None:
        self._begun[chat_id] = job, place
        self._beginning.discard(chat_id)
        self._lanes.wake(chat_id)

    async def run(self) -> None:
        """Looks for what leaves that nobody woke it for: after a start, and what other processes put."""
        while True:
            try:
                for chat_id in await to_thread.run_sync(self._due):
                    self._lanes.wake(chat_id)
            except Exception:  # the store; the next round tries again
                log.exception("telegram_sender_round_failed")
            await asyncio.sleep(LOOK_AGAIN)

    async def close(self) -> None:
        await self._lanes.close()

    # -- one message after another

    async def _step(self, chat_id: int) -> bool:
        """Sends the next message of a chat; whether there may be another one."""
        try:
            return await self._next_one(chat_id)
        except (TelegramTrouble, *STORE_FAILED):
            raise
        except Exception as error:  # the message itself: what comes after it goes on
            log.exception("telegram_message_broke", chat=chat_id)
            return await to_thread.run_sync(self._broke, chat_id, error)

    async def _next_one(self, chat_id: int) -> bool:
        if (begun := self._begun.pop(chat_id, None)) is not None:
            job, place = begun
            try:
                return await self._tried(chat_id, job, self._call(chat_id, job))
            finally:
                self.pace.give_back(place)
        if self.pace.is_free(chat_id) and not self._room.locked():
            async with self._room, self.pace.call() as place:  # neither keeps it waiting now
                job = await to_thread.run_sync(self._next, chat_id, True)
                place.used = job is not None and job.begun
                if job is not None and job.begun:
                    return await self._tried(chat_id, job, self._call(chat_id, job))
        else:
            job = await to_thread.run_sync(self._next, chat_id, False)
        if job is None or chat_id in self._beginning:  # it is woken when that is known
            return False
        if chat_id in self._begun:
            return True
        if job.wait > 0:
            await self.pace.sleep(job.wait)
            return True
        return await self._tried(chat_id, job, (self._look_for if job.look else self._send)(chat_id, job))

    async def _tried(self, chat_id: int, job: Job, work: Awaitable[bool]) -> bool:
        """Sends or looks for a message and notes what Telegram says against it; whether another one may wait."""
        try:
            return await work
        except Limited as error:
            await to_thread.run_sync(self._again, job, error, error.seconds + CHANCE.uniform(0, 0.5))
        except Unclear as error:
            pause = pause_after(job.attempts)
            await to_thread.run_sync(
                self._again, job, error, pause if changes_only(job.method) else max(pause, SETTLING)
            )
        except ChatClosed as error:
            if self.group is not None and chat_id == self.group.chat_id:
                self.group.unreachable(str(error))
                await to_thread.run_sync(self._again, job, error, GROUP_PAUSE)
            else:
                await to_thread.run_sync(self._close, chat_id, error.status, str(error))
        except Refused as error:
            if not await self._healed(chat_id, job, error):
                await to_thread.run_sync(self._refused, job, str(error))
        except TelegramTrouble as error:  # Telegram is out of reach, or does not know the token: that may last
            await to_thread.run_sync(self._again, job, error, min(LONGEST_PAUSE, CHANCE.uniform(0, 0.5 + job.age)))
        return True

    async def _send(self, chat_id: int, job: Job) -> bool:
        """Sends a message when its turn has come. Only then is it marked: what waits here is not looked for after a
        crash."""
        if not changes_only(job.method):
            await self.pace.message(chat_id)
        async with self._room, self.pace.call() as place:
            place.used = await to_thread.run_sync(self._begin, job.id)
            return await self._call(chat_id, job) if place.used else True

    async def _call(self, chat_id: int, job: Job) -> bool:
        """Makes the call of a message that is marked as on its way."""
        try:
            result = await self.api.call(job.method, {"chat_id": chat_id, **job.payload})
        except Refused as error:
            if not changes_only(job.method):
                raise
            # What is to be changed is so already, or is not there any more.
            log.info("telegram_nothing_to_change", method=job.method, error=str(error))
            await self._healed(chat_id, job, error)
            result = True
        finally:
            if not changes_only(job.method):
                self.pace.left(chat_id)
        return await to_thread.run_sync(self._sent, job.id, message_id_of(result))

    async def _healed(self, chat_id: int, job: Job, error: Refused) -> bool:
        """Whether the agents' group took care of what was refused there."""
        return self.group is not None and chat_id == self.group.chat_id and await self.group.heal(job, str(error))

    async def _look_for(self, chat_id: int, job: Job) -> bool:
        """Finds out whether a message that may have been sent is there; one that is not goes back into the queue."""
        candidates = await to_thread.run_sync(self._candidates, job.id)
        if candidates is None:
            undelivered = (await self.api.call("getWebhookInfo"))["pending_update_count"]
            candidates = await to_thread.run_sync(self._candidates, job.id, undelivered)
        for candidate in candidates or ():
            async with self.pace.call():
                found = await self._is(chat_id, job, candidate)
            if found:
                log.info("telegram_message_found", row=job.id)
                return await to_thread.run_sync(self._sent, job.id, candidate)
        await to_thread.run_sync(self._queue_again, job.id)
        return True

    async def _is(self, chat_id: int, job: Job, candidate: int) -> bool:
        """Whether a message of a chat is the one that is looked for."""
        method, same = as_it_is(job.method, job.payload)
        try:
            await self.api.call(method, {"chat_id": chat_id, "message_id": candidate, **same})
        except Refused as error:
            said = str(error).lower()
            # A message above the keyboard of the phone cannot be changed at all, unlike one that is not there.
            fixed = "can't be edited" in said and "reply_markup" in job.payload and "reply_markup" not in same
            return "not modified" in said or fixed
        return True

    # -- in the store

    def recover(self) -> None:
        """What was on its way as the program ended may have been sent. That it ended says nothing about the message.

        To be done before anything is sent: what is on its way then is taken for lost.
        """
        arrived = self.parts.now() + LATE
        with self.parts.store.transaction() as session:
            session.execute(
                update(TelegramMessage)
                .where(TelegramMessage.status == "sending")
                .values(
                    status="unknown",
                    attempts=TelegramMessage.attempts - 1,
                    failed_at=arrived,
                    next_try_at=arrived + timedelta(seconds=SETTLING),
                )
            )

    def _due(self) -> list[int]:
        self._take_over()
        with self.parts.store.reading() as session:
            rows = session.scalars(
                select(TelegramMessage.chat_id).where(TelegramMessage.status.in_(WAITING)).distinct()
            )
            return list(rows)

    def _next(self, chat_id: int, at_once: bool) -> Job | None:
        """The next message of a chat. ``at_once``: it may leave now, and is marked as on its way."""
        with self.parts.store.transaction() if at_once else self.parts.store.reading() as session:
            if at_once:
                in_line(session, chat_id)
            return self._job(session, chat_id, at_once)

    def _job(self, session: Session, chat_id: int, at_once: bool) -> Job | None:
        row = session.scalars(NEXT, {"chat": chat_id}).one_or_none()
        if row is None:
            return None
        wait = (row.next_try_at - self.parts.now()).total_seconds() if row.next_try_at else 0.0
        look = row.status != "queued" and not changes_only(row.method)
        payload = json.loads(row.payload or "{}")
        begun = at_once and wait <= 0 and row.status == "queued"
        if begun and not self._mark(session, row):
            begun = False
        age = (self.parts.now() - row.created_at).total_seconds()
        return Job(row.id, row.method, payload, row.attempts, wait, look, begun, age)

    def _begin(self, row_id: int) -> bool:
        """Marks a message as on its way, unless it must not leave any more."""
        with self.parts.store.transaction() as session:
            row = session.get(TelegramMessage, row_id)
            if row is None:  # it went back to the outbox
                return False
            # What is on its way by now was begun along with an answer.
            taken = row.status == "sending" and not changes_only(row.method)
            return row.status in WAITING and not taken and self._mark(session, row)

    def _mark(self, session: Session, row: TelegramMessage) -> bool:
        if why := self._obstacle(session, row.outbox_id, session.get(TelegramChat, row.chat_id)):
            self._block(session, row, why)
            return False
        if row.outbox_id is not None and self._goes_back(session, row.outbox_id):
            return False
        row.after_id, row.failed_at = newest(session, row.chat_id), None
        row.status, row.attempts, row.tried_at, row.next_try_at = "sending", row.attempts + 1, self.parts.now(), None
        return True

    def _obstacle(self, session: Session, outbox_id: int | None, chat: TelegramChat | None) -> str | None:
        """Why something must not leave now; None where it may."""
        if chat is not None and chat.status != "open":
            return f"chat_{chat.status}"
        if outbox_id is None:
            return None
        if chat is None or chat.conversation_id != session.get_one(OutboxMessage, outbox_id).conversation_id:
            return "chat_unlinked"
        return self.outbox.obstacle(session, outbox_id)

    def _goes_back(self, session: Session, outbox_id: int) -> bool:
        """Whether a message of the outbox has to wait after all, and nothing of it has left: then it waits in the
        outbox again, where it keeps nothing else of its chat waiting."""
        parts = session.scalars(select(TelegramMessage).where(TelegramMessage.outbox_id == outbox_id)).all()
        if any(part.attempts for part in parts) or not self.outbox.has_to_wait(session, outbox_id):
            return False
        for part in parts:
            session.delete(part)
        return True

    def _sent(self, row_id: int, message_id: int | None) -> bool:
        """Notes that a message is there; whether another one waits for its chat."""
        now = self.parts.now()
        with self.parts.store.transaction() as session:
            row = session.get_one(TelegramMessage, row_id)
            row.status, row.sent_at, row.payload, row.error = "sent", now, None, None
            # The id of a message that was only changed says nothing about when the change left.
            row.message_id = None if changes_only(row.method) else message_id
            if row.outbox_id is not None:
                session.flush()
                if not self._left_of(session, row.outbox_id):
                    self.outbox.note_sent(session, row.outbox_id)
            session.flush()
            return session.connection().execute(NEXT_ID, {"chat": row.chat_id}).one_or_none() is not None

    def _left_of(self, session: Session, outbox_id: int) -> int:
        """How many parts of an outbox message have not been sent."""
        waiting = (
            select(func.count())
            .select_from(TelegramMessage)
            .where(TelegramMessage.outbox_id == outbox_id, TelegramMessage.status.in_(WAITING))
        )
        return session.scalar(waiting) or 0

    def _again(self, job: Job, error: TelegramTrouble, seconds: float) -> None:
        """Tries a message again later, or gives it up: after some failures of its own, or when it is a day old."""
        now = self.parts.now()
        unclear = isinstance(error, Unclear)
        with self.parts.store.transaction() as session:
            row = session.get_one(TelegramMessage, job.id)
            row.error = str(error)
            if not unclear and not job.look:
                row.attempts -= 1  # that it could not be tried says nothing about the message
            if now - row.created_at > TOO_OLD or (row.attempts >= TRIES and changes_only(row.method)):
                self._give_up(session, row)
                return
            # What was being looked for may still be there, whatever became of looking.
            lost = job.look or (unclear and not changes_only(row.method))
            row.status = "unknown" if lost else "queued"
            row.failed_at = row.failed_at or now if lost else None
            row.next_try_at = now + timedelta(seconds=seconds)

    def _queue_again(self, row_id: int) -> None:
        with self.parts.store.transaction() as session:
            row = session.get_one(TelegramMessage, row_id)
            row.status, row.next_try_at = "queued", None
            if row.attempts >= TRIES:
                self._give_up(session, row)

    def _refused(self, job: Job, error: str) -> None:
        """A message that Telegram does not take as it is goes once more as plain text, and then no more."""
        with self.parts.store.transaction() as session:
            row = session.get_one(TelegramMessage, job.id)
            row.error = error
            plain = {k: v for k, v in job.payload.items() if k not in ("parse_mode", "entities")}
            if plain == job.payload or "text" not in plain:
                self._give_up(session, row)
                return
            self._incident(session, row)
            plain["text"] = unescape(TAG.sub("", plain["text"]))
            row.payload, row.status = json.dumps(plain), "queued"

    def _broke(self, chat_id: int, error: Exception) -> bool:
        """Gives up the message that is next in a chat: it cannot be read, or no call can be made of it."""
        with self.parts.store.transaction() as session:
            row_id = session.connection().execute(NEXT_ID, {"chat": chat_id}).scalar()
            if row_id is None:
                return False
            row = session.get_one(TelegramMessage, row_id, options=[defer(TelegramMessage.payload)])
            row.error = f"{type(error).__name__}: {error}"[:LONGEST_ERROR]
            self._give_up(session, row)
        return True

    def _give_up(self, session: Session, row: TelegramMessage) -> None:
        """Tries a message no more; it is seen among what could not be sent, an answer too."""
        row.status = "dead"
        log.error("telegram_message_given_up", row=row.id, error=row.error)
        payload = payload_of(row)
        if payload is not None:  # what cannot be decrypted stays as it is
            row.payload = None
        if self.group is None or row.chat_id != self.group.chat_id:
            self._lose(session, row, payload or {})
        self._incident(session, row)

    def _lose(self, session: Session, row: TelegramMessage, payload: Mapping[str, Any]) -> None:
        """Shows what was given up among what could not be sent."""
        if row.outbox_id is None:
            chat = session.get(TelegramChat, row.chat_id)
            answer = enqueue(
                self.parts,
                session,
                self.parts.now(),
                key=f"telegram:{row.key}",
                kind="answer",
                body=str(payload.get("text") or payload.get("caption") or row.method),
                conversation=session.get(Conversation, chat.conversation_id) if chat else None,
                channel=CHANNEL,
                invited=True,
            )
            row.outbox_id = answer.id
        self.outbox.note_lost(session, row.outbox_id)

    def _incident(self, session: Session, row: TelegramMessage) -> None:
        chat = session.get(TelegramChat, row.chat_id)
        conversation = chat.conversation_id if chat else None
        now = self.parts.now()
        error = f"{row.method} {row.key}: {row.error}"
        session.add(Incident(conversation_id=conversation, place=PLACE, error=error, at=now))
        self.parts.store.audit(session, now, "bot", "incident", conversation or "-", place=PLACE)

    def _close(self, chat_id: int, status: str, error: str) -> None:
        """Notes that a chat cannot be reached; nothing that waits for it is tried any more."""
        with self.parts.store.transaction() as session:
            self.chats.close(session, chat_id, status)
            waiting = select(TelegramMessage).where(
                TelegramMessage.chat_id == chat_id, TelegramMessage.status.in_(WAITING)
            )
            for row in session.scalars(waiting):
                row.error = error
                self._block(session, row, f"chat_{status}")

    def _block(self, session: Session, row: TelegramMessage, why: str) -> None:
        row.status, row.payload, row.error = "blocked", None, row.error or why
        if row.outbox_id is not None:
            self.outbox.block(session, row.outbox_id, why)

    def _candidates(self, row_id: int, undelivered: int | None = None) -> list[int] | None:
        """The ids that a message may have if it was sent, ascending; None where that cannot be said without knowing how
        many updates Telegram has not delivered yet."""
        with self.parts.store.reading() as session:
            row = session.get_one(TelegramMessage, row_id)
            after = row.after_id or 0
            on_their_way = session.scalar(
                select(func.count())
                .select_from(TelegramMessage)
                .where(TelegramMessage.status.in_(("sending", "unknown")))
            )
            last = newest(session, row.chat_id) + BEYOND + (on_their_way or 0) + (undelivered or 0)
            if row.failed_at is not None:
                later = session.scalar(
                    select(func.min(TelegramMessage.message_id)).where(
                        TelegramMessage.tried_at > row.failed_at,
                        TelegramMessage.message_id > after,
                        counted_with(TelegramMessage, row.chat_id),
                    )
                )
                if later is None and undelivered is None:
                    return None
                last = later - 1 if later else last
            known: set[int] = set()
            for table in (TelegramMessage, TelegramUpdate):
                ids = select(table.message_id).where(
                    table.message_id.between(after, last), counted_with(table, row.chat_id)
                )
                known.update(number for number in session.scalars(ids) if number)
            return [number for number in range(after + 1, last + 1) if number not in known][:MOST_CANDIDATES]

    # -- from the outbox

    def _take_over(self) -> None:
        """Turns what the outbox holds for chats into calls."""
        with self.parts.store.reading() as session:
            waiting = select(OutboxMessage.id).where(
                OutboxMessage.channel == CHANNEL,
                OutboxMessage.status == "queued",
                OutboxMessage.kind != "passcode",
                or_(OutboxMessage.waits_until.is_(None), OutboxMessage.waits_until <= self.parts.now()),
            )
            found = session.scalars(waiting.order_by(OutboxMessage.id)).all()
        for outbox_id in found:
            try:
                self._take_over_one(outbox_id)
            except STORE_FAILED:
                raise
            except Exception as error:  # the message itself: those after it go on
                log.exception("telegram_outbox_message_broke", outbox=outbox_id)
                self._lost(outbox_id, f"{type(error).__name__}: {error}")

    def _lost(self, outbox_id: int, error: str) -> None:
        """Notes that a message of the outbox cannot be made into calls."""
        now, which = self.parts.now(), OutboxMessage.id == outbox_id
        with self.parts.store.transaction() as session:
            self.outbox.note_lost(session, outbox_id)
            conversation = session.scalar(select(OutboxMessage.conversation_id).where(which))
            session.add(
                Incident(conversation_id=conversation, place=PLACE, error=f"outbox {outbox_id}: {error}", at=now)
            )
            self.parts.store.audit(session, now, "bot", "incident", conversation or "-", place=PLACE)

    def _take_over_one(self, outbox_id: int) -> None:
        with self.parts.store.transaction() as session:
            message = session.get_one(OutboxMessage, outbox_id)
            chat = session.scalars(
                select(TelegramChat).where(TelegramChat.conversation_id == message.conversation_id)
            ).one_or_none()
            if chat is not None:
                in_line(session, chat.chat_id)
                session.refresh(message)
            if message.status != "queued":
                return
            if why := self._obstacle(session, outbox_id, chat):
                self.outbox.block(session, outbox_id, why)
                return
            if self.outbox.has_to_wait(session, outbox_id):
                return
            assert chat is not None
            calls = [call for said in messages_of(message) for call in speak(said)]
            if message.kind == "files":
                calls += [attached(file.name, file.mime, file.content) for file in files_of(session, outbox_id)]
            if not calls:
                raise ValueError("nothing is said in it")
            message.status = "sending"
            put(session, self.parts.now(), chat.chat_id, f"outbox:{outbox_id}", calls, outbox_id)


def counted_with(table: type[TelegramMessage | TelegramUpdate], chat_id: int) -> ColumnElement[bool]:
    """Rows whose message ids come from the same counter as a chat's: private chats share one, a group has its own."""
    return table.chat_id > 0 if chat_id > 0 else table.chat_id == chat_id


def newest(session: Session, chat_id: int) -> int:
    """The newest message id that is known of a chat's counter."""
    found = session.execute(NEWEST) if chat_id > 0 else session.execute(NEWEST_OF, {"chat": chat_id})
    return max(number or 0 for number in found.one())


def payload_of(row: TelegramMessage) -> Mapping[str, Any] | None:
    """What is in a message; None where that cannot be read."""
    try:
        payload = json.loads(row.payload or "{}")
    except Exception:  # whatever is wrong with it
        return None
    return payload if isinstance(payload, dict) else {}


def message_id_of(result: Any) -> int | None:
    number = result.get("message_id") if isinstance(result, dict) else None
    return number if isinstance(number, int) else None


def as_it_is(method: str, payload: dict[str, Any]) -> tuple[str, dict[str, Any]]:
    """The call that changes a sent message into what it is already."""
    kept = {k: v for k, v in payload.items() if k in ("parse_mode", "entities", "link_preview_options", "reply_markup")}
    if "inline_keyboard" not in kept.get("reply_markup", {}):
        kept.pop("reply_markup", None)
    if method == "sendMessage":
        return "editMessageText", {**kept, "text": payload["text"]}
    kept.pop("link_preview_options", None)
    return "editMessageCaption", {**kept, "caption": payload.get("caption", "")}
