"""What the desk refused, on the audit chain: a bounded number of records a minute, and how many more there were.

Whoever is signed in has a measure of their own, and so has each network that strangers come from; all strangers
together have one as well. So nobody uses up what somebody else's refusals are recorded with.
"""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field

from anyio import to_thread

from bot.domain.rights import Actor
from bot.services.parts import Parts
from bot.services.signing_in import network_of

SECONDS = 60.0
A_MINUTE = 60
STRANGERS_A_MINUTE = 300
STRANGERS = "strangers"


@dataclass
class Measure:
    """One minute of somebody's: how many were recorded, and of which kinds more came (``why`` to how many)."""

    by: str
    recorded: int = 0
    more: Counter[str] = field(default_factory=Counter)


class Refusals:
    """Records what was refused. ``wait``: lets so many seconds pass."""

    def __init__(self, parts: Parts, wait: Callable[[float], Awaitable[None]] = asyncio.sleep) -> None:
        self.parts, self.wait = parts, wait
        self._measures: dict[str, Measure] = {}
        self.ending: set[asyncio.Task[None]] = set()

    async def record(self, why: str, page: str, actor: Actor | None, origin: str, session_was_real: bool) -> None:
        """One refusal. ``origin``: the address of who asked; ``session_was_real``: they had been signed in once."""
        by = actor.signature if actor else "desk"
        names = [by] if actor else [f"over {network_of(origin)}"] if session_was_real else self._strange(origin)
        measures = [self._measure(name, by) for name in names]
        full = next((found for found in measures if found.recorded >= self._limit(found)), None)
        if full is not None:
            full.more[why] += 1
            return
        for found in measures:
            found.recorded += 1
        await to_thread.run_sync(self._write, by, {"why": why, "page": page})

    def _strange(self, origin: str) -> list[str]:
        """The measures of a stranger: their network's, and that of all. A full common one opens none for a network."""
        common = self._measures.get(STRANGERS)
        if common is not None and common.recorded >= STRANGERS_A_MINUTE:
            return [STRANGERS]
        return [STRANGERS, f"stranger {network_of(origin)}"]

    def _limit(self, measure: Measure) -> int:
        return STRANGERS_A_MINUTE if measure is self._measures.get(STRANGERS) else A_MINUTE

    def _measure(self, name: str, by: str) -> Measure:
        found = self._measures.get(name)
        if found is None:
            found = self._measures[name] = Measure(by)
            task = asyncio.create_task(self._end(name))
            self.ending.add(task)
            task.add_done_callback(self.ending.discard)
        return found

    async def _end(self, name: str) -> None:
        """Ends a measure when its minute is over; says how many more there were than it had room for."""
        await self.wait(SECONDS)
        ended = self._measures.pop(name)
        if ended.more:
            more = {"more": ended.more.total(), "why": ", ".join(sorted(ended.more))}
            await to_thread.run_sync(self._write, ended.by, more)

    def _write(self, by: str, data: dict[str, object]) -> None:
        with self.parts.store.transaction() as session:
            self.parts.store.audit(session, self.parts.now(), by, "desk_refused", "desk", **data)
