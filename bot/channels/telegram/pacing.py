"""How fast messages may leave: one a second in a chat, 30 a second in all, 20 a minute in a group.

Limits: https://core.telegram.org/bots/faq#my-bot-is-hitting-limits-how-do-i-avoid-this
"""

from __future__ import annotations

import asyncio
import secrets
import threading
from collections import deque
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass

# A little more than the limit says, since no two clocks run alike.
MARGIN = 0.02
# How soon it is looked again whether something under way has ended.
SHORTEST = 0.01

CHANCE = secrets.SystemRandom()
FIRST_PAUSE = 0.5


def pause_after(tries: int, longest: float = 60.0) -> float:
    """Seconds until the next try: twice as long each time, and by chance somewhere below that (full jitter)."""
    return CHANCE.uniform(0, min(longest, FIRST_PAUSE * 2.0 ** min(tries, 20)))


class Window:
    """So many things in so many seconds, whichever seconds these are.

    What takes a while counts from its end: between the end of one thing and the beginning of the one that takes its
    place lie these seconds, so that no more of them arrive in as many, however long each is on its way.
    """

    def __init__(self, most: int, seconds: float) -> None:
        self.most = most
        self.seconds = seconds + MARGIN
        self.under_way = 0
        self._ended: deque[float] = deque()

    def free_in(self, now: float) -> float:
        """In how many seconds the next thing may begin, as far as is known."""
        while self._ended and self._ended[0] + self.seconds <= now:
            self._ended.popleft()
        if self.under_way + len(self._ended) < self.most:
            return 0.0
        wait = self._ended[0] + self.seconds - now if self._ended else 0.0
        return max(wait, SHORTEST)

    def end(self, now: float) -> None:
        """Counts something that ends now."""
        self._ended.append(now)

    def idle(self, now: float) -> bool:
        return not self._ended or self._ended[-1] + self.seconds < now


@dataclass
class Place:
    """The place of one call among those that may be on their way; one in which none was made does not count."""

    used: bool = True


class Pace:
    """The pace of everything that leaves. ``time`` and ``sleep`` are for tests."""

    def __init__(
        self,
        a_second: int = 30,
        time: Callable[[], float] | None = None,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        self.time = time or asyncio.get_running_loop().time
        self.sleep = sleep
        self._all = Window(a_second, 1.0)
        self._turn = asyncio.Lock()
        self._counting = threading.RLock()
        self._chats: dict[int, Window] = {}

    async def message(self, chat_id: int) -> None:
        """Waits until a message may leave for a chat, which gets one after another; groups have ids below zero."""
        while (wait := self._free_in(chat_id)) > 0:
            await self.sleep(wait)

    def is_free(self, chat_id: int) -> bool:
        """Whether a message may leave for a chat at once."""
        with self._counting:
            return not self._turn.locked() and self._all.free_in(self.time()) <= 0 and self._free_in(chat_id) <= 0

    def take(self, chat_id: int) -> Place | None:
        """A place for a message that leaves for a chat at once, to be given back; None where it would have to wait.

        For any thread.
        """
        with self._counting:
            if not self.is_free(chat_id):
                return None
            self._all.under_way += 1
        return Place()

    def give_back(self, place: Place) -> None:
        """Ends a place that was taken."""
        with self._counting:
            self._all.under_way -= 1
            if place.used:
                self._all.end(self.time())

    @asynccontextmanager
    async def call(self) -> AsyncIterator[Place]:
        """Waits until any call may be made, one after another; the call is to be made in here."""
        async with self._turn:
            while (wait := self._free_in_all()) > 0:
                await self.sleep(wait)
        place = Place()
        try:
            yield place
        finally:
            self.give_back(place)

    def _free_in(self, chat_id: int) -> float:
        """In how many seconds a message may leave for a chat, were it the only one."""
        with self._counting:
            chat = self._chats.get(chat_id)
            return 0.0 if chat is None else chat.free_in(self.time())

    def _free_in_all(self) -> float:
        """In how many seconds a call may begin; where that is now, it has begun."""
        with self._counting:
            wait = self._all.free_in(self.time())
            self._all.under_way += wait <= 0
        return wait

    def left(self, chat_id: int) -> None:
        """Counts a message that has left for a chat."""
        with self._counting:
            now = self.time()
            if len(self._chats) > 10_000:
                self._chats = {chat: window for chat, window in self._chats.items() if not window.idle(now)}
            window = self._chats.setdefault(chat_id, Window(20, 60.0) if chat_id < 0 else Window(1, 1.0))
            window.end(now)
