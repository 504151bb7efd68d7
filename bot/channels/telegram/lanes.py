"""One task a chat, as long as there is something to do for it: in order within a chat, side by side among them."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

import structlog

log = structlog.get_logger()


class Lanes:
    """Runs ``step(chat)`` again and again while it says that there may be more; `wake` says that there is something."""

    def __init__(self, step: Callable[[int], Awaitable[bool]]) -> None:
        self._step = step
        self._tasks: dict[int, asyncio.Task[None]] = {}
        self._woken: set[int] = set()

    def wake(self, chat_id: int) -> None:
        self._woken.add(chat_id)
        if chat_id not in self._tasks:
            self._tasks[chat_id] = asyncio.create_task(self._run(chat_id))

    async def _run(self, chat_id: int) -> None:
        try:
            while chat_id in self._woken:
                self._woken.discard(chat_id)
                while await self._step(chat_id):
                    pass
        except Exception:  # whatever broke stays in the store, and the next wake takes it up
            log.exception("telegram_lane_broke")
        finally:
            self._woken.discard(chat_id)
            del self._tasks[chat_id]

    async def close(self) -> None:
        tasks = list(self._tasks.values())
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
