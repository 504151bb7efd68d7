"""Live pages: one look a second at what changed, for all browsers together, and a word to each that it concerns."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncGenerator
from dataclasses import dataclass, field
from typing import Any

import structlog
from anyio import to_thread

from bot.domain.rights import Actor
from bot.services.desk import Desk

log = structlog.get_logger()

LOOK_SECONDS = 1.0
# Those who see the same cases are looked after together.
Sight = tuple[bool, frozenset[str]]


@dataclass(eq=False)
class Watcher:
    """One open page: the case on it, and what changed since it was last told."""

    case: str | None
    changed: set[str] = field(default_factory=set)
    wakes: asyncio.Event = field(default_factory=asyncio.Event)


@dataclass
class Group:
    """The pages of people who see the same cases. ``mark``: up to where changes are known."""

    actor: Actor
    mark: Any = None
    watchers: set[Watcher] = field(default_factory=set)


class Live:
    """Fans changes of cases out to open pages; looks for them only while there are any."""

    def __init__(self, desk: Desk) -> None:
        self.desk = desk
        self._groups: dict[Sight, Group] = {}
        self._looking: asyncio.Task[None] | None = None

    async def stream(
        self, actor: Actor, case: str | None, since: str | None = None
    ) -> AsyncGenerator[dict[str, str], None]:
        """Events for one page. Of cases that are not on it, it only learns that the queue is another one.

        ``since``: the mark of `bot.services.desk.Desk.changes` up to which the page knows everything.
        """
        sight = (actor.sees_all_teams, actor.sees_teams)
        group = self._groups.setdefault(sight, Group(actor))
        watcher = Watcher(case)
        group.watchers.add(watcher)
        if self._looking is None or self._looking.done():
            self._looking = asyncio.create_task(self._look())
        try:
            await self._catch_up(group, watcher, since)
            yield {"event": "ready", "data": "{}"}
            while True:
                await watcher.wakes.wait()
                watcher.wakes.clear()
                changed, watcher.changed = watcher.changed, set()
                yield {"event": "changed", "data": json.dumps({"case": case in changed})}
        finally:
            group.watchers.discard(watcher)
            if not group.watchers and self._groups.get(sight) is group:
                del self._groups[sight]

    async def _catch_up(self, group: Group, watcher: Watcher, since: str | None) -> None:
        """Tells a page what changed after it was made and before its group was looked after."""
        if group.mark is None:
            mark, _ = await to_thread.run_sync(self.desk.changes, group.actor, None)
            group.mark = group.mark or mark
        if since:
            _, changed = await to_thread.run_sync(self.desk.changes, group.actor, since)
            watcher.changed.update(changed)
            if changed:
                watcher.wakes.set()

    async def _look(self) -> None:
        while self._groups:
            for group in [known for known in self._groups.values() if known.mark is not None]:
                try:
                    group.mark, changed = await to_thread.run_sync(self.desk.changes, group.actor, group.mark)
                except Exception:  # the next look sees it
                    log.exception("desk_look_failed")
                    continue
                for watcher in group.watchers if changed else ():
                    watcher.changed.update(changed)
                    watcher.wakes.set()
            await asyncio.sleep(LOOK_SECONDS)
