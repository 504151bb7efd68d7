"""How turns enter Rasa: a channel on loopback that the service alone can use.

Typed text is only ever data: it is parsed by the model, never as an intent command. A tapped button
comes as the intent that it stands for, since the service made the button. (Python 3.10, inside Rasa.)
"""

from __future__ import annotations

import hmac
import os
from collections.abc import Awaitable, Callable
from typing import Any

from rasa.core.channels.channel import CollectingOutputChannel, InputChannel, UserMessage
from sanic import Blueprint, response
from sanic.request import Request
from sanic.response import HTTPResponse

COMMAND_MARKS = ("/", "／")


class AccordChannel(InputChannel):
    """``POST /webhooks/accord/turn``: one turn in, the names and facts of the responses out."""

    def __init__(self, token: str) -> None:
        self._token = token

    @classmethod
    def name(cls) -> str:
        return "accord"

    @classmethod
    def from_credentials(cls, credentials: dict[str, Any] | None) -> AccordChannel:
        token = os.environ.get("ACCORD_DIALOGUE_TOKEN", "")
        if not token:
            cls.raise_missing_credentials_exception()
        return cls(token)

    def blueprint(self, on_new_message: Callable[[UserMessage], Awaitable[Any]]) -> Blueprint:
        routes = Blueprint("accord_channel")

        @routes.get("/")
        async def ready(request: Request) -> HTTPResponse:
            agent = getattr(request.app.ctx, "agent", None)
            well = agent is not None and agent.is_ready()
            return response.json({"status": "ok" if well else "no model"}, status=200 if well else 503)

        @routes.post("/turn")
        async def turn(request: Request) -> HTTPResponse:
            offered = request.headers.get("Authorization", "").removeprefix("Bearer ")
            if not hmac.compare_digest(offered.encode(), self._token.encode()):
                return response.json({"error": "not allowed"}, status=401)
            message = _message(request.json)
            if message.parse_data is None:
                message.parse_data = await request.app.ctx.agent.processor.parse_message(message)
            await on_new_message(message)
            return response.json({"messages": message.output_channel.messages, **_reading(message.parse_data)})

        return routes


def _message(body: dict[str, Any]) -> UserMessage:
    """A turn as Rasa takes it: ``{"sender", "text", "metadata", "tap": {"intent", "entities"} or absent}``."""
    text, tap = body["text"].strip(), body.get("tap")
    parsed = None
    if tap:
        stage = {"entity": "stage", "value": body["metadata"]["stage"]}
        parsed = {
            "text": text,
            "intent": {"name": tap["intent"], "confidence": 1.0},
            "intent_ranking": [{"name": tap["intent"], "confidence": 1.0}],
            "entities": [*tap["entities"], stage],
        }
    elif text.startswith(COMMAND_MARKS):
        raise ValueError("text that begins like a command never reaches the dialogue model")
    return UserMessage(
        text,
        CollectingOutputChannel(),
        body["sender"],
        parse_data=parsed,
        input_channel=AccordChannel.name(),
        metadata=body["metadata"],
    )


def _reading(parsed: dict[str, Any]) -> dict[str, Any]:
    """How the message was understood, for the record."""
    return {"intent": parsed["intent"]["name"], "confidence": parsed["intent"]["confidence"]}
