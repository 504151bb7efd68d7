"""The web chat: `/api/chat` with its events, and the page that people use it from."""

from __future__ import annotations

import asyncio
import json
import uuid
from collections import deque
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import quote

import structlog
from anyio import to_thread
from sse_starlette.sse import EventSourceResponse
from starlette.applications import Starlette
from starlette.datastructures import MutableHeaders
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import FileResponse, JSONResponse, Response
from starlette.routing import BaseRoute, Mount, Route
from starlette.staticfiles import StaticFiles
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from bot.bootstrap import Services
from bot.channels.router import Router
from bot.nlu.language import detect
from bot.services.conversations import NotYours
from bot.services.outbox import messages_of

log = structlog.get_logger()

PAGE = Path(__file__).parent / "page"
LARGEST_BODY = 64 * 1024
LONGEST_ID = 128
POLL_SECONDS = 0.5
RECORDED_A_MINUTE = 60
HEADERS = {
    "Content-Security-Policy": "default-src 'self'; frame-ancestors 'none'; base-uri 'none'; form-action 'self'",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
}


class BadRequest(ValueError):
    """A request that cannot be understood; the message says what would be right."""


class SecurityHeaders:
    """Puts the security headers on every answer that has none of its own."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        async def send_with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                for name, value in HEADERS.items():  # what stands beside the chat may have stricter ones
                    headers.setdefault(name, value)
            await send(message)

        await self.app(scope, receive, send_with_headers)


class WebChat:
    """The HTTP face of conversations."""

    def __init__(self, services: Services, router: Router, health: Callable[[], Awaitable[dict[str, str]]]) -> None:
        self.services = services
        self.router = router
        self.check_health = health
        self._refusals: deque[datetime] = deque()

    def app(self, beside: Sequence[BaseRoute] = ()) -> Starlette:
        """The application; ``beside``: what the desk and other channels answer on the same port."""
        return Starlette(
            routes=[
                *beside,
                Route("/", self.page),
                Route("/health", self.health),
                Route("/api/chat", self.chat, methods=["POST"]),
                Route("/api/chat/{conversation}/events", self.events),
                Route("/api/chat/{conversation}/history", self.history),
                Route("/api/chat/{conversation}/files/{secret}", self.file),
                Mount("/static", StaticFiles(directory=PAGE)),
            ],
            middleware=[Middleware(SecurityHeaders)],
        )

    async def page(self, request: Request) -> Response:
        return FileResponse(PAGE / "index.html", headers={"Cache-Control": "no-cache"})

    async def health(self, request: Request) -> Response:
        parts = await self.check_health()
        well = all(state == "ok" for state in parts.values())
        policy = await to_thread.run_sync(self.services.policies.in_force)
        body = {"status": "ok" if well else "not ready", "parts": parts, "policy": policy}
        return JSONResponse(body, 200 if well else 503)

    async def chat(self, request: Request) -> Response:
        try:
            body = await read_body(request)
            conversation, text, button, key = check_body(body)
        except BadRequest as error:
            return JSONResponse({"error": str(error)}, 422)
        token = body.get("token") or request.cookies.get(cookie_name(conversation))
        token = token if isinstance(token, str) and token.isprintable() else None
        try:
            secret = await to_thread.run_sync(
                self.services.conversations.claim, conversation, "web", token, detect(text, "en")
            )
            messages = await self.router.take(conversation, key, text, button)
            situation = await to_thread.run_sync(self.services.conversations.situation, conversation)
        except NotYours:
            return await self._not_yours(request, conversation)
        except Exception:  # the store itself fails: a sentence all the same, and the page keeps the message
            log.exception("chat_failed")
            return JSONResponse({"error": self.router.trouble(detect(text, "en"))}, 503)
        answer: dict[str, Any] = {"messages": messages, "language": situation.language}
        if secret is None:
            return JSONResponse(answer)
        response = JSONResponse({**answer, "token": secret})
        response.set_cookie(
            cookie_name(conversation),
            secret,
            max_age=30 * 24 * 3600,
            httponly=True,
            samesite="strict",
            secure=self.services.parts.settings.secure_cookies,
        )
        return response

    async def history(self, request: Request) -> Response:
        conversation = request.path_params["conversation"]
        if not await self._owns(request, conversation):
            return await self._not_yours(request, conversation)
        said = await to_thread.run_sync(self.services.conversations.history, conversation)
        return JSONResponse({"turns": said})

    async def file(self, request: Request) -> Response:
        """A file that an agent sent: to whoever has the conversation's own secret, to be saved and never run."""
        conversation = request.path_params["conversation"]
        if not await self._owns(request, conversation):
            return await self._not_yours(request, conversation)
        sent = await to_thread.run_sync(self.services.outbox.file, conversation, request.path_params["secret"])
        if sent is None:
            return JSONResponse({"error": "There is no such file."}, 404)
        headers = {
            "Content-Disposition": f"attachment; filename*=UTF-8''{quote(sent.name, safe='')}",
            "Cache-Control": "no-store",
        }
        return Response(sent.content, media_type=sent.mime, headers=headers)

    async def events(self, request: Request) -> Response:
        conversation = request.path_params["conversation"]
        if not await self._owns(request, conversation):
            return await self._not_yours(request, conversation)
        seen = request.headers.get("Last-Event-ID", "")
        after = int(seen) if seen.isdecimal() else 0
        return EventSourceResponse(self._stream(request, conversation, after), ping=15)

    async def _stream(self, request: Request, conversation: str, after: int) -> AsyncIterator[dict[str, str]]:
        while not await request.is_disconnected():
            waiting = await to_thread.run_sync(self.services.outbox.waiting_for, conversation, after)
            for row in waiting:
                data = {"id": row.id, "kind": row.kind, "at": row.created_at.isoformat(), "messages": messages_of(row)}
                yield {"event": "message", "id": str(row.id), "data": json.dumps(data, ensure_ascii=False)}
                await to_thread.run_sync(self.services.outbox.sent, row.id)
                after = row.id
            await asyncio.sleep(POLL_SECONDS)

    async def _owns(self, request: Request, conversation: str) -> bool:
        token = request.query_params.get("token") or request.cookies.get(cookie_name(conversation))
        return await to_thread.run_sync(self.services.conversations.owns, conversation, token)

    async def _not_yours(self, request: Request, conversation: str) -> Response:
        """The same answer whether or not there is such a conversation; it is recorded, so many a minute at most."""
        now = self.services.parts.now()
        while self._refusals and now - self._refusals[0] >= timedelta(minutes=1):
            self._refusals.popleft()
        if len(self._refusals) < RECORDED_A_MINUTE:
            self._refusals.append(now)
            page = getattr(request.scope.get("route"), "path", "")
            await to_thread.run_sync(self.services.conversations.refuse, conversation, page)
        return JSONResponse({"error": "This conversation needs its own secret."}, 401)


async def read_body(request: Request) -> dict[str, Any]:
    """The JSON object of a request. Raises BadRequest."""
    raw = b""
    async for chunk in request.stream():
        raw += chunk
        if len(raw) > LARGEST_BODY:
            raise BadRequest(f"a message is at most {LARGEST_BODY} bytes")
    try:
        body = json.loads(raw)
    except (ValueError, RecursionError):
        raise BadRequest('send JSON such as {"conversation": "c1", "text": "hello"}') from None
    if not isinstance(body, dict):
        raise BadRequest("send a JSON object")
    return body


def check_body(body: dict[str, Any]) -> tuple[str, str, str | None, str]:
    """Conversation, text, button and message id of a chat request. Raises BadRequest."""
    conversation, text, button = body.get("conversation"), body.get("text"), body.get("button")
    if not isinstance(conversation, str) or not 0 < len(conversation) <= LONGEST_ID or not conversation.isprintable():
        raise BadRequest(f"conversation is a printable text of at most {LONGEST_ID} characters")
    if (text is None) == (button is None):
        raise BadRequest("send either text or button")
    if not isinstance(text if button is None else button, str) or not (button or "").isprintable():
        raise BadRequest("text and button are texts")

    key = body.get("message_id") or uuid.uuid4().hex
    if not isinstance(key, str) or len(key) > LONGEST_ID or not key.isprintable():
        raise BadRequest(f"message_id is a printable text of at most {LONGEST_ID} characters")
    return conversation, text or "", button, key


def cookie_name(conversation: str) -> str:
    """The cookie that holds the secret of one conversation; any id becomes a valid name."""
    return f"accord_{uuid.uuid5(uuid.NAMESPACE_URL, conversation).hex}"
