"""What Chatwoot calls: `/chatwoot`, signed, or `/chatwoot/<secret>` where it does not sign yet.

Chatwoot signs since version 4.13 what it sends for an API channel: ``X-Chatwoot-Signature`` is ``sha256=`` and the HMAC
of the time in ``X-Chatwoot-Timestamp``, a full stop and the body, with the secret that is shown with the inbox. A call
only says in which conversation something happened (`bot.channels.chatwoot.hearing`).
"""

from __future__ import annotations

import hashlib
import hmac
import json
from collections import deque
from collections.abc import Callable, Iterable, Mapping
from datetime import datetime, timedelta
from typing import Any

import structlog
from anyio import to_thread
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response
from starlette.routing import Route

from bot.channels.chatwoot.client import mark_of
from bot.channels.chatwoot.records import PLACE
from bot.services.parts import Parts

log = structlog.get_logger()

PATH = "/chatwoot"
LARGEST_BODY = 512 * 1024
# How far the clocks may be apart, and how long a call that somebody copied is good for.
NOT_OLDER = timedelta(minutes=5)
RECORDED_A_MINUTE = 60
OF_MESSAGES = frozenset({"message_created"})
OF_CONVERSATIONS = frozenset({"conversation_status_changed", "conversation_updated"})


class Webhook:
    """Takes Chatwoot's calls. ``heard_of``: told of the conversations in which something happened."""

    def __init__(self, parts: Parts, heard_of: Callable[[Iterable[int]], None]) -> None:
        settings = parts.settings
        assert settings.chatwoot_webhook_secret is not None
        self.parts = parts
        self.heard_of = heard_of
        self.secret = settings.chatwoot_webhook_secret.get_secret_value().encode()
        self.account, self.inbox = settings.chatwoot_account, settings.chatwoot_inbox
        self._refusals: deque[datetime] = deque()

    def routes(self) -> list[Route]:
        return [
            Route(PATH, self.take, methods=["POST"]),
            Route(f"{PATH}/{{secret}}", self.take, methods=["POST"]),
        ]

    async def take(self, request: Request) -> Response:
        """Checks a call and passes on what it is about; what is not known to come from Chatwoot is recorded."""
        given = request.path_params.get("secret")
        if given is not None and not hmac.compare_digest(given.encode(), self.secret):
            return await self._refuse("wrong_secret")
        if request.headers.get("content-type", "").split(";")[0].strip().lower() != "application/json":
            return Response(status_code=415)
        try:
            body = await self._read(request)
        except ClientDisconnect:
            return Response(status_code=400)
        if body is None:
            return Response(status_code=413)
        if given is None and (why := self._not_signed(request, body)):
            return await self._refuse(why)
        try:
            told = json.loads(body)
        except (ValueError, RecursionError):
            told = None
        if not isinstance(told, dict):
            return Response(status_code=400)
        number = self._conversation(told)
        if number is not None:
            self.heard_of([number])
        return Response(status_code=200)

    async def _read(self, request: Request) -> bytes | None:
        """The body, None where it is too large."""
        body = b""
        async for chunk in request.stream():
            body += chunk
            if len(body) > LARGEST_BODY:
                return None
        return body

    def _not_signed(self, request: Request, body: bytes) -> str | None:
        """Why a call does not count as Chatwoot's; None where it does."""
        signature, at = (request.headers.get(f"x-chatwoot-{name}", "") for name in ("signature", "timestamp"))
        if not signature or not at:
            return "unsigned"
        made = hmac.new(self.secret, at.encode() + b"." + body, hashlib.sha256).hexdigest()
        if not hmac.compare_digest(signature.encode(), f"sha256={made}".encode()):
            return "wrong_signature"
        seconds = int(at) if at.isdecimal() and len(at) < 12 else 0
        age = abs(self.parts.now().timestamp() - seconds)
        return "too_old" if age > NOT_OLDER.total_seconds() else None

    def _conversation(self, told: Mapping[str, Any]) -> int | None:
        """The conversation of our inbox in which somebody did something; None where nobody has to look."""
        event = told.get("event")
        conversation = told.get("conversation") if event in OF_MESSAGES else told
        if event not in OF_MESSAGES | OF_CONVERSATIONS or not isinstance(conversation, Mapping):
            return None
        account, inbox = _id_of(told.get("account")), _id_of(told.get("inbox")) or conversation.get("inbox_id")
        if account not in (None, self.account) or inbox not in (None, self.inbox):
            return None
        if event in OF_MESSAGES and (told.get("message_type") not in (1, "outgoing") or mark_of(told) is not None):
            return None
        number = conversation.get("id")
        return number if isinstance(number, int) and 0 < number < 2**53 else None

    async def _refuse(self, why: str) -> Response:
        """Answers what is not Chatwoot's, and puts it on the audit chain: so many a minute at most."""
        now = self.parts.now()
        while self._refusals and now - self._refusals[0] >= timedelta(minutes=1):
            self._refusals.popleft()
        if len(self._refusals) < RECORDED_A_MINUTE:
            self._refusals.append(now)
            await to_thread.run_sync(self._record, now, why)
        return Response(status_code=401)

    def _record(self, now: datetime, why: str) -> None:
        with self.parts.store.transaction() as session:
            self.parts.store.audit(session, now, PLACE, "desk_refused", PLACE, why=why, page=PATH)


def _id_of(part: Any) -> int | None:
    number = part.get("id") if isinstance(part, Mapping) else None
    return number if isinstance(number, int) else None
