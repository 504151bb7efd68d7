"""Talking to Rasa over loopback."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import httpx

from bot.nlu.answers import NOT_UNDERSTOOD
from bot.nlu.safety import ACT


class DialogueDown(RuntimeError):
    """Rasa does not answer, or answers with an error; the turn can be tried again."""


@dataclass(frozen=True)
class Understanding:
    """What Rasa made of a turn: the reading, and the responses that the actions chose."""

    intent: str | None
    confidence: float | None
    replies: list[dict[str, Any]]


@dataclass(frozen=True)
class Reading:
    """How a message was understood: the intent, the terms in it, the hard cases that were heard; where it was not
    understood, what it may have meant."""

    intent: str
    entities: list[dict[str, Any]] = field(default_factory=list)
    heard: tuple[str, ...] = ()
    close: tuple[str, ...] = ()
    confidence: float = 1.0


class Dialogue:
    """The client of the dialogue process."""

    def __init__(self, url: str, token: str, seconds: float) -> None:
        self._http = httpx.AsyncClient(
            base_url=url,
            headers={"Authorization": f"Bearer {token}"},
            timeout=httpx.Timeout(seconds, connect=2),
            # Let go of sooner than a server does, which would end a turn as it begins.
            limits=httpx.Limits(keepalive_expiry=2),
        )

    async def take(
        self, conversation_id: str, text: str, metadata: dict[str, Any], tap: dict[str, Any] | None
    ) -> Understanding:
        """Sends one turn; returns what came of it. Raises DialogueDown."""
        body = {"sender": conversation_id, "text": text, "metadata": metadata, "tap": tap}
        try:
            answer = await self._http.post("/webhooks/accord/turn", json=body)
            answer.raise_for_status()
            data = answer.json()
        except (httpx.HTTPError, ValueError) as error:
            raise DialogueDown(f"{type(error).__name__}: {error}") from error
        replies = [message["custom"] for message in data["messages"] if "custom" in message]
        return Understanding(data["intent"], data["confidence"], replies)

    async def read(self, text: str, metadata: dict[str, Any]) -> Reading:
        """How a message is understood that takes part in no dialogue, since a person has it. Raises DialogueDown."""
        try:
            answer = await self._http.post("/model/parse", json={"text": text, "metadata": metadata})
            answer.raise_for_status()
            data = answer.json()
            heard = tuple(row["intent"] for row in data.get("heard") or () if row["then"] == ACT)
            entities = [e for e in data.get("entities") or () if e["entity"] != "stage"]
            intent = str(data["intent"]["name"])
            close = tuple(data.get("close") or ()) if intent == NOT_UNDERSTOOD else ()
            return Reading(intent, entities, heard, close, float(data["intent"].get("confidence", 1.0)))
        except (httpx.HTTPError, ValueError, KeyError) as error:
            raise DialogueDown(f"{type(error).__name__}: {error}") from error

    async def ready(self) -> bool:
        """Whether Rasa has loaded its model and answers."""
        try:
            return (await self._http.get("/webhooks/accord/", timeout=2)).status_code == 200
        except httpx.HTTPError:
            return False

    async def close(self) -> None:
        await self._http.aclose()
