"""Reading evaluation messages with the very model that serves, in one process. (Python 3.10)"""

from __future__ import annotations

import asyncio
import resource
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from bot.evaluation.figures import Reading
from bot.evaluation.sets import Example, Mention


class ModelReader:
    """A loaded model that reads messages and counts what it costs."""

    def __init__(self, model: Path) -> None:
        from rasa.core.agent import Agent

        begun = time.monotonic()
        self._processor = Agent.load(model).processor
        self.loading_seconds = time.monotonic() - begun

    def read_all(self, examples: Sequence[Example]) -> list[Reading]:
        """How each message is read, with the processor time that it took."""
        return asyncio.run(self._read_all(examples))

    async def _read_all(self, examples: Sequence[Example]) -> list[Reading]:
        await self._parse("warm up, 预热一下", "2026-01-01T00:00:00")
        readings = []
        for example in examples:
            begun = time.process_time()
            parsed = await self._parse(example.text, example.said_at.isoformat())
            readings.append(reading_of(parsed, (time.process_time() - begun) * 1000))
        return readings

    async def _parse(self, text: str, now: str) -> dict[str, Any]:
        from rasa.core.channels.channel import UserMessage

        return await self._processor.parse_message(UserMessage(text.lstrip("/／ "), metadata={"now": now}))


def reading_of(parsed: dict[str, Any], milliseconds: float) -> Reading:
    """Rasa's reading in the form in which figures are computed."""
    ranking = {row["name"]: row["confidence"] for row in parsed.get("intent_ranking", [])}
    return Reading(
        intent=parsed["intent"]["name"] or "",
        ranking=ranking,
        purposes=tuple(parsed.get("purposes", ())),
        mentions=tuple(Mention(e["entity"], e.get("value"), e.get("role")) for e in parsed["entities"]),
        outside=parsed.get("outside", 0.0),
        heard=tuple(heard["intent"] for heard in parsed.get("heard", ())),
        milliseconds=milliseconds,
    )


def memory_megabytes() -> float:
    """The most memory that this process has held so far."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
