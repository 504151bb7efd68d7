"""What Telegram delivers: each update is stored once, by its id, before it is acknowledged.

Two ways in, webhook and polling, and one way on. Updates that come at the same time are stored in one transaction. A
repeated update is acknowledged and changes nothing.
"""

from __future__ import annotations

import asyncio
import hmac
import json
import threading
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import timedelta
from itertools import pairwise
from typing import Any

import structlog
from anyio import CapacityLimiter, to_thread
from sqlalchemy import delete, select
from sqlalchemy.dialects import postgresql, sqlite
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from bot.channels.telegram import kinds
from bot.channels.telegram.api import AnotherListens, Api, Limited, TelegramTrouble
from bot.channels.telegram.chats import count
from bot.channels.telegram.pacing import CHANCE, pause_after
from bot.services.parts import Parts
from bot.store.tables import TelegramUpdate

log = structlog.get_logger()

ALLOWED = ("message", "edited_message", "callback_query", "my_chat_member", "channel_post")
LARGEST_UPDATE = 512 * 1024
LARGEST_ID = 2**52
LONGEST_PAUSE = 30.0
KEPT = timedelta(days=7)
# An id that was left out may still be on its way: what came after it waits for it so long, in seconds.
GRACE = 1.0
# After updates came in, the next ones are asked for so much later, in seconds.
ANSWER_FIRST = 0.02
MANY = 200
# What is answered waits until what came in meanwhile is stored, at most so many seconds.
INTAKE_FIRST = 0.25
# After a start it is waited longer for what was left out, before or since: as long as the program was away and a little
# more, since whoever delivers comes back ever more rarely; at most so many seconds. So many updates are looked through.
LITTLE = 1.0
LONGEST_WAIT = 10.0
RECENT = 2_000
# What is done with all that comes in, put together once.
UPDATES = TelegramUpdate.metadata.tables[TelegramUpdate.__tablename__]
NEW = {
    name: dialect.insert(UPDATES).on_conflict_do_nothing().returning(UPDATES.c.update_id)
    for name, dialect in (("sqlite", sqlite), ("postgresql", postgresql))
}


class Intake:
    """Stores updates; needs a running event loop.

    ``fresh`` is told of each new one once it is stored; ``username`` is the bot's own.
    """

    def __init__(self, parts: Parts) -> None:
        self.parts = parts
        self.username = ""
        self.fresh: Callable[[kinds.Incoming], None] = lambda said: None
        self._waiting: list[tuple[Sequence[Mapping[str, Any]], asyncio.Future[None]]] = []
        self._writing: asyncio.Task[None] | None = None
        self._thread = CapacityLimiter(1)  # of its own: those that are shared may all be busy
        self._refused: Counter[str] = Counter()
        self._flushing: asyncio.Task[None] | None = None
        self._counting = threading.Lock()
        self._newest: int | None = None
        self._missing: dict[int, float] = {}
        self._patient_until = 0.0
        self._remember()

    async def take(self, updates: Sequence[Mapping[str, Any]]) -> None:
        """Stores updates; they are safe when this returns. Raises where the store fails."""
        stored = asyncio.get_running_loop().create_future()
        self._waiting.append((updates, stored))
        if self._writing is None or self._writing.done():
            self._writing = asyncio.create_task(self._write())
        await stored

    async def settled(self) -> None:
        """Waits until everything that has come in is stored: whoever delivers is told so before anybody is answered."""
        if self._writing is not None and not self._writing.done():
            await asyncio.wait([self._writing], timeout=INTAKE_FIRST)

    async def _write(self) -> None:
        while self._waiting:
            batch, self._waiting = self._waiting, []
            read: dict[int, tuple[Mapping[str, Any], kinds.Incoming]] = {}
            try:
                read = {u["update_id"]: (u, kinds.read(u, self.username)) for us, _ in batch for u in us}
                self._expect(read)
                new = await to_thread.run_sync(self._insert, read, limiter=self._thread)
            except Exception as error:
                self._miss(read)  # whoever delivers comes again
                for _, stored in batch:
                    if not stored.cancelled():
                        stored.set_exception(error)
                continue
            for update_id in read:
                self._missing.pop(update_id, None)
            for update_id in sorted(new):
                self.fresh(read[update_id][1])
            for _, stored in batch:
                if not stored.cancelled():
                    stored.set_result(None)
        if self._refused and (self._flushing is None or self._flushing.done()):
            self._flushing = asyncio.create_task(self._flush())  # beside: it may have to wait

    async def _flush(self) -> None:
        try:
            await to_thread.run_sync(self.flush)
        except Exception:  # what was counted is kept, and written later
            log.exception("telegram_refusals_not_counted")

    def _insert(self, read: Mapping[int, tuple[Mapping[str, Any], kinds.Incoming]]) -> list[int]:
        """Inserts what is not known yet; returns the ids of that."""
        now = self.parts.now()
        rows = [
            {
                "update_id": update_id,
                "chat_id": storable(said.chat_id),
                "message_id": storable(said.message_id) if said.kind != "tap" else None,
                "kind": said.kind,
                "payload": json.dumps(update, separators=(",", ":")),
                "status": "ignored" if storable(said.chat_id) is None else "received",
                "attempts": 0,
                "received_at": now,
            }
            for update_id, (update, said) in read.items()
        ]
        # Nothing that anybody holds for long is asked for in here: a worker's transaction keeps no update waiting.
        with self.parts.store.transaction(ahead=True) as session:
            new = NEW[self.parts.store.engine.dialect.name]
            return list(session.connection().execute(new, rows).scalars())

    def refuse(self, name: str) -> None:
        """Counts a delivery that was refused; written along with the next good one, since forgers must cost little."""
        with self._counting:
            self._refused[name] += 1

    def flush(self) -> None:
        """Writes what was counted."""
        with self._counting:
            refused, self._refused = self._refused, Counter()
        if not refused:
            return
        try:
            with self.parts.store.transaction() as session:
                for name in sorted(refused):  # in one order, so that no two wait for each other
                    count(session, self.parts.now(), name, refused[name])
        except Exception:
            with self._counting:
                self._refused += refused
            raise

    def forget_old(self) -> None:
        """Deletes updates that Telegram does not repeat any more."""
        with self.parts.store.transaction() as session:
            session.execute(
                delete(TelegramUpdate).where(
                    TelegramUpdate.status.in_(("done", "ignored")), TelegramUpdate.received_at < self.parts.now() - KEPT
                )
            )

    # -- neighbours that come late

    def _expect(self, ids: Mapping[int, Any]) -> None:
        """Remembers which ids were left out below those that are about to be stored: they may arrive late, and belong
        before these. Noted before anybody can see what is stored, who works on it never overtakes them."""
        for update_id in sorted(ids):
            if self._newest is not None and update_id > self._newest:
                self._miss(left_out(self._newest, update_id))
            self._newest = max(self._newest or update_id, update_id)

    def _miss(self, ids: Iterable[int]) -> None:
        until = max(asyncio.get_running_loop().time() + GRACE, self._patient_until)
        for update_id in ids:
            self._missing[update_id] = until

    def _remember(self) -> None:
        """Expects again what was expected as the program ended: an id that was left out below an update that nobody
        has worked on yet."""
        with self.parts.store.reading() as session:
            columns = TelegramUpdate.update_id, TelegramUpdate.status, TelegramUpdate.received_at
            rows = session.execute(select(*columns).order_by(TelegramUpdate.update_id.desc()).limit(RECENT)).all()
        if not rows:
            return
        away = (self.parts.now() - rows[0].received_at).total_seconds()
        self._patient_until = asyncio.get_running_loop().time() + min(away + LITTLE, LONGEST_WAIT)
        self._newest = rows[0].update_id
        for above, below in pairwise(rows):
            if above.status == "received":
                self._miss(left_out(below.update_id, above.update_id))

    @property
    def is_in_order(self) -> bool:
        """Whether no update is missing before another one that came in."""
        return not self._missing

    async def neighbours(self, update_id: int) -> bool:
        """Waits for updates that were sent before one and may still be on their way; whether there was any to wait
        for. Ids that never come cost a moment, once."""
        waited = False
        while self._missing:
            now = asyncio.get_running_loop().time()
            self._missing = {missing: until for missing, until in self._missing.items() if until > now}
            due = [until for missing, until in self._missing.items() if missing < update_id]
            if not due:
                return waited
            waited = True
            await asyncio.sleep(min(0.01, max(due) - now))
        return waited

    # -- the ways in

    def webhook(self, path: str, secret: str) -> Route:
        """Takes updates over HTTP from whoever knows the secret."""

        async def receive(request: Request) -> Response:
            given = request.headers.get("X-Telegram-Bot-Api-Secret-Token", "")
            if not hmac.compare_digest(given.encode(), secret.encode()):
                self.refuse("secret_missing" if not given else "secret_wrong")
                return Response(status_code=401)
            if request.headers.get("Content-Type", "").partition(";")[0].strip() != "application/json":
                self.refuse("update_malformed")
                return Response(status_code=415)
            raw = b""
            async for chunk in request.stream():
                raw += chunk
                if len(raw) > LARGEST_UPDATE:
                    self.refuse("update_too_large")
                    return Response(status_code=413)
            update = read_update(raw)
            if update is None:
                self.refuse("update_malformed")
                return Response(status_code=400)
            try:
                await self.take([update])
            except Exception:  # Telegram delivers it again
                log.exception("telegram_update_not_stored")
                return Response(status_code=503)
            return Response(status_code=200)

        return Route(path, receive, methods=["POST"])

    async def poll(self, api: Api) -> None:
        """Asks Telegram for updates, for ever; the next question acknowledges what is stored."""
        offset: int | None = None
        tries = 0
        while True:
            try:
                came = await api.updates(offset, ALLOWED)
                updates = [update for update in came if is_update(update)]
                if updates:
                    await self.take(updates)
                    offset = max(update["update_id"] for update in updates) + 1
                    # The next question costs as much as an answer, which goes first.
                    await asyncio.sleep(ANSWER_FIRST)
                if updates or not came:
                    tries = 0
                    continue
                log.error("telegram_updates_cannot_be_read", count=len(came))  # it would get them again at once
            except Limited as error:  # asked to wait, it waits so long
                log.warning("telegram_not_reached", error=str(error))
                await asyncio.sleep(error.seconds + CHANCE.uniform(0, 0.5))
                continue
            except AnotherListens as error:
                log.error("telegram_polled_by_another_program", error=str(error))
            except TelegramTrouble as error:
                log.warning("telegram_not_reached", error=str(error))
            except Exception:  # the store; what was not acknowledged comes again
                log.exception("telegram_update_not_stored")
            tries += 1
            await asyncio.sleep(pause_after(tries, LONGEST_PAUSE))


def left_out(below: int, above: int) -> range:
    """The ids between two, at most the last so many of them."""
    return range(max(below + 1, above - MANY), above)


def storable(number: int | None) -> int | None:
    """An id of a chat or message; None for what no id can be."""
    return number if number is not None and abs(number) <= LARGEST_ID else None


def read_update(raw: bytes) -> dict[str, Any] | None:
    """The update in a request; None where it is none."""
    try:
        update = json.loads(raw)
    except (ValueError, RecursionError):
        return None
    return update if is_update(update) else None


def is_update(update: Any) -> bool:
    """Whether something has the form of an update."""
    number = update.get("update_id") if isinstance(update, dict) else None
    return isinstance(number, int) and not isinstance(number, bool) and 0 <= number <= LARGEST_ID
