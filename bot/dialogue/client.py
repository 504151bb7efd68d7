"""Talking to Rasa over loopback."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import httpx


class DialogueDown(RuntimeError):
    """Rasa does not answer, or answers with an error; the turn can be tried again."""


@dataclass(frozen=True)
class Understanding:
    """What Rasa made of a turn: the reading, and the responses that the actions chose."""

    intent: str | None
    confidence: float | None
    replies: list[dict[str, Any]]


class Dialogue:
    """The client of the dialogue process."""

    def __init__(self, url: str, token: str, seconds: float) -> None:
        self._http = httpx.AsyncClient(
            base_url=url,
            headers={"Authorization": f"Bearer {token}"},
            timeout=httpx.Timeout(seconds, connect=2),
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

    async def read(self, text: str) -> str | None:
        """The intent of a message that takes part in no dialogue, since a person has it. Raises DialogueDown."""
        try:
            answer = await self._http.post("/model/parse", json={"text": text, "metadata": {"stage": "held"}})
            answer.raise_for_status()
            return str(answer.json()["intent"]["name"])
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
