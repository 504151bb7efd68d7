"""One after another, in the order in which they came."""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager


class Waited(Exception):
    """Somebody waited longer than anybody has to."""


class Turnstile:
    """Lets threads through one at a time, whoever came first, those who go ahead before all who wait.

    SQLite lets one transaction write at a time and has no queue: who waits sleeps, looks again, and may find that
    somebody was quicker each time. ``seconds``: how long anybody waits at most.
    """

    def __init__(self, seconds: float) -> None:
        self.seconds = seconds
        self._guard = threading.Lock()
        self._taken = False
        self._ahead: deque[threading.Lock] = deque()
        self._waiting: deque[threading.Lock] = deque()

    @contextmanager
    def passing(self, ahead: bool = False) -> Iterator[None]:
        """Waits for one's turn, which lasts as long as the block. Raises Waited."""
        self._enter(self._ahead if ahead else self._waiting)
        try:
            yield
        finally:
            self._leave()

    def _enter(self, queue: deque[threading.Lock]) -> None:
        with self._guard:
            if not self._taken:
                self._taken = True
                return
            turn = threading.Lock()
            turn.acquire()
            queue.append(turn)
        if turn.acquire(timeout=self.seconds):
            return
        with self._guard:
            if turn in queue:
                queue.remove(turn)
                raise Waited(f"{self.seconds:g} s for a place to write")

    def _leave(self) -> None:
        with self._guard:
            queue = self._ahead or self._waiting
            if queue:
                queue.popleft().release()  # the place goes from hand to hand
            else:
                self._taken = False
