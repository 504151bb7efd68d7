"""Who comes into the desk: the session's cookie, forms that cannot be forged, and what every answer carries.

A session is a secret in the cookie `accord_desk`, out of reach for scripts. A form counts if it comes from a page of
the desk's own origin and carries the token of the session, which only such a page knows; before sign-in the token is
bound to a cookie of its own. Whatever is refused is recorded on the audit chain.
"""

from __future__ import annotations

import asyncio
import contextlib
import functools
import hmac
import secrets
from collections.abc import AsyncGenerator, AsyncIterator
from typing import Any
from urllib.parse import urlencode, urlsplit

from anyio import to_thread
from starlette.datastructures import FormData, MutableHeaders
from starlette.middleware.body_limit import RequestBodyLimitMiddleware
from starlette.requests import Request
from starlette.responses import PlainTextResponse, RedirectResponse, Response
from starlette.routing import BaseRoute
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from bot.bootstrap import Services
from bot.desk.page import render, services_of
from bot.desk.refusals import Refusals
from bot.domain.rights import Actor, NotAllowed

COOKIE = "accord_desk"
FORM_COOKIE = "accord_desk_form"
PATH = "/desk"
SIGN_IN = "/desk/sign-in"
SAFE = frozenset({"GET", "HEAD", "OPTIONS"})
# Where nobody needs to be signed in; small bodies alone, and never where somebody is led after signing in.
OUTSIDE = (SIGN_IN, "/desk/sign-out", "/desk/join", "/desk/oidc")
LARGEST_BODY = 12 * 1024 * 1024
LARGEST_BODY_OUTSIDE = 64 * 1024
LONGEST_COOKIE = 200
LONGEST_NEXT = 500
# How often an open stream asks whether its session goes on.
STREAM_CHECK_SECONDS = 30.0
HEADERS = {
    "Content-Security-Policy": "default-src 'self'; object-src 'none'; base-uri 'none'; form-action 'self'; "
    "frame-ancestors 'none'",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    # Without a referrer a browser would say that the origin of the desk's own forms is null.
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=(), payment=(), usb=()",
}
HTTPS_ALONE = "max-age=31536000"


class SignInFirst(Exception):
    """Nobody is signed in; the answer leads to the sign-in."""


class Refused(Exception):
    """A request that must not be answered. ``why``: forged_origin or forged_form."""

    def __init__(self, why: str, status: int = 403) -> None:
        super().__init__(why)
        self.why, self.status = why, status


async def signed_in(request: Request) -> Actor:
    """Whose session a request belongs to; a form is looked at as well.

    Raises SignInFirst where there is none, and Refused where the form does not come from the desk's own page; both are
    answered by `Guarded`. Puts the token for forms into ``request.state.csrf``.
    """
    people, secret = services_of(request).people, request.cookies.get(COOKIE)
    actor = None
    if secret:
        actor = await to_thread.run_sync(functools.partial(people.who, secret, quietly=asks_by_itself(request)))
    if actor is None or secret is None:
        if secret:
            why = await to_thread.run_sync(people.why_nobody, secret)
            await record(request, f"session_{why}", session_was_real=why != "unknown")
        raise SignInFirst
    request.state.actor = actor
    request.state.csrf = _token(request, secret, "desk form of a session")
    if request.method not in SAFE:
        await check_form(request)
    return actor


async def visitor(request: Request) -> Actor | None:
    """Whoever is signed in already, where a page can be seen without; a form is looked at as well. Raises Refused."""
    secret = request.cookies.get(COOKIE)
    actor = await to_thread.run_sync(services_of(request).people.who, secret) if secret else None
    known = request.cookies.get(FORM_COOKIE, "")
    fresh = not 0 < len(known) <= LONGEST_COOKIE
    known = secrets.token_urlsafe(24) if fresh else known
    request.state.csrf = _token(request, known, "desk form of a visitor")
    request.state.form_cookie = known if fresh else None
    if request.method not in SAFE:
        await check_form(request)
    return actor


async def check_form(request: Request) -> None:
    """Raises Refused where a form does not come from a page of the desk's own, or lacks its token."""
    if not _own_origin(request):
        raise Refused("forged_origin")
    given = request.headers.get("X-CSRF") or (await form_of(request)).get("csrf")
    if not isinstance(given, str) or not hmac.compare_digest(given.encode(), request.state.csrf.encode()):
        raise Refused("forged_form")


async def form_of(request: Request) -> FormData:
    """What a form says; files come with it. Larger or longer than any form of the desk's is refused."""
    return await request.form(max_files=10, max_fields=200, max_part_size=256 * 1024)


def text_of(form: FormData, name: str, longest: int = 1000) -> str:
    """One text of a form, empty where there is none."""
    value = form.get(name)
    return value[:longest] if isinstance(value, str) else ""


def let_in(request: Request, response: Response, secret: str) -> Response:
    """Gives the browser its new session; the token of before counts no longer."""
    response.set_cookie(COOKIE, secret, path=PATH, httponly=True, samesite="lax", secure=_secure(request))
    response.delete_cookie(FORM_COOKIE, path=PATH, httponly=True, samesite="lax", secure=_secure(request))
    return response


def let_out(request: Request, response: Response) -> Response:
    """Takes the session's cookie from the browser."""
    response.delete_cookie(COOKIE, path=PATH, httponly=True, samesite="lax", secure=_secure(request))
    return response


def remember_visitor(request: Request, response: Response) -> Response:
    """Gives a browser the cookie to which the token of its forms is bound, where it has none yet."""
    if request.state.form_cookie:
        response.set_cookie(
            FORM_COOKIE, request.state.form_cookie, path=PATH, httponly=True, samesite="lax", secure=_secure(request)
        )
    return response


def safe_next(wanted: str | None) -> str:
    """Where somebody is led after signing in: a page of the desk, or nowhere (empty)."""
    if not wanted or len(wanted) > LONGEST_NEXT or not wanted.isascii() or not wanted.isprintable() or "\\" in wanted:
        return ""
    try:
        parts = urlsplit(wanted)
    except ValueError:
        return ""
    inside = parts.path == PATH or parts.path.startswith(f"{PATH}/")
    outside = any(parts.path == path or parts.path.startswith(f"{path}/") for path in OUTSIDE)
    if parts.scheme or parts.netloc or not inside or outside or "//" in parts.path or "/." in parts.path:
        return ""
    return parts._replace(fragment="").geturl()


def home_of(actor: Actor) -> str:
    """The page that somebody's work begins with."""
    if actor.may("see_cases"):
        return PATH
    return "/desk/people" if actor.may("people") else "/desk/figures" if actor.may("figures") else "/desk/account"


async def record(request: Request, why: str, session_was_real: bool = False) -> None:
    """Puts a refusal on the audit chain: which page, by whom if that is known; so many a minute at most."""
    request.state.recorded = True
    state = request.app.state
    if not hasattr(state, "refusals"):
        state.refusals = Refusals(services_of(request).parts)
    refusals: Refusals = state.refusals
    page = getattr(request.scope.get("route"), "path", "")
    actor: Actor | None = getattr(request.state, "actor", None)
    await refusals.record(why, page, actor, origin_of(request), session_was_real)


def origin_of(request: Request) -> str:
    """The address that a request comes from; behind a proxy that is trusted, the one that it names."""
    return request.client.host if request.client else ""


async def while_signed_in(
    request: Request, stream: AsyncGenerator[Any, None], every: float = STREAM_CHECK_SECONDS
) -> AsyncIterator[Any]:
    """The events of a stream for as long as the session goes on with the same rights; shows that its desk is open."""
    people, secret, actor = services_of(request).people, request.cookies.get(COOKIE), request.state.actor
    sight = (actor.role, actor.teams)
    waits: asyncio.Future[Any] | None = None
    loop = asyncio.get_running_loop()
    checked = loop.time()
    try:
        while True:
            waits = waits or asyncio.ensure_future(anext(stream))
            left = every - (loop.time() - checked)
            done, _ = await asyncio.wait({waits}, timeout=max(left, 0))
            if loop.time() - checked >= every:
                checked = loop.time()
                now = await to_thread.run_sync(functools.partial(people.who, secret, quietly=True))
                if now is None or (now.role, now.teams) != sight:
                    return
            if done:
                finished, waits = waits, None
                try:
                    yield finished.result()
                except StopAsyncIteration:
                    return
    finally:
        if waits is not None:
            waits.cancel()
            with contextlib.suppress(asyncio.CancelledError, StopAsyncIteration):
                await waits
        await stream.aclose()


class Guarded:
    """Around everything under `/desk`: headers on every answer, bodies of bounded size, refusals as pages."""

    def __init__(self, app: ASGIApp) -> None:
        self.inside = RequestBodyLimitMiddleware(app, max_body_size=LARGEST_BODY)
        self.outside = RequestBodyLimitMiddleware(app, max_body_size=LARGEST_BODY_OUTSIDE)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.inside(scope, receive, send)
            return
        request, begun, status = Request(scope, receive), False, 0

        async def send_with_headers(message: Message) -> None:
            nonlocal begun, status
            if message["type"] == "http.response.start":
                begun, status = True, message["status"]
                headers = MutableHeaders(scope=message)
                for name, value in HEADERS.items():
                    headers.setdefault(name, value)
                headers.setdefault("Cache-Control", "no-store")
                if _secure(request):
                    headers["Strict-Transport-Security"] = HTTPS_ALONE
            await send(message)

        outside = any(scope["path"].startswith(path) for path in OUTSIDE)
        try:
            await (self.outside if outside else self.inside)(scope, receive, send_with_headers)
        except (SignInFirst, Refused, NotAllowed) as error:
            if begun:
                raise
            answer = await _answer(request, error)
            await answer(scope, receive, send_with_headers)
        if status == 403 and not getattr(request.state, "recorded", False):
            await record(request, "not_allowed")


def access_routes(services: Services) -> list[BaseRoute]:
    """The pages of coming in, of one's own account and of people."""
    from bot.desk.account_pages import account_routes  # these pages stand on this module

    routes: list[BaseRoute] = account_routes(services)
    return routes


async def _answer(request: Request, error: SignInFirst | Refused | NotAllowed) -> Response:
    if isinstance(error, SignInFirst):
        return _to_sign_in(request)
    actor: Actor | None = getattr(request.state, "actor", None)
    known = isinstance(error, Refused)
    await record(request, error.why if known else f"right_{error.why}")
    why, status = (error.why, error.status) if isinstance(error, Refused) else ("not_allowed", 403)
    return render(request, "refused.html", actor, status, why=why, home=home_of(actor) if actor else SIGN_IN)


def _to_sign_in(request: Request) -> Response:
    """Leads a browser to the sign-in, and afterwards back to where it was; a stream just ends."""
    if "text/event-stream" in request.headers.get("Accept", ""):
        return let_out(request, PlainTextResponse("Sign in first.", 401))
    by_script = request.headers.get("HX-Request") == "true"
    came_from = request.headers.get("HX-Current-URL") if by_script else request.headers.get("Referer", "")
    here = request.url.path + (f"?{request.url.query}" if request.url.query else "")
    if request.method not in SAFE or by_script:
        with contextlib.suppress(ValueError):
            parts = urlsplit(came_from or "")
            here = parts._replace(scheme="", netloc="").geturl()
    wanted = safe_next(here)
    address = f"{SIGN_IN}?{urlencode({'next': wanted})}" if wanted and wanted != PATH else SIGN_IN
    if by_script:
        return let_out(request, Response(status_code=401, headers={"HX-Redirect": address}))
    return let_out(request, RedirectResponse(address, 303))


def _own_origin(request: Request) -> bool:
    """Whether a request comes from a page of the desk's own origin, as browsers tell it."""
    came_from = request.headers.get("Origin") or request.headers.get("Referer") or ""
    try:
        place = urlsplit(came_from).netloc.lower()
        public = urlsplit(services_of(request).parts.settings.public_url).netloc.lower()
    except ValueError:
        return False
    return bool(place) and place in (request.headers.get("Host", "").lower(), public)


def asks_by_itself(request: Request) -> bool:
    """Whether the browser and not its owner asks: streams, and what they make it fetch anew."""
    return "text/event-stream" in request.headers.get("Accept", "") or request.headers.get("X-Quiet") == "1"


def _token(request: Request, secret: str, purpose: str) -> str:
    return services_of(request).parts.store.keyring.keyed_hash(secret, purpose)


def _secure(request: Request) -> bool:
    return services_of(request).parts.settings.secure_cookies
