"""Coming in, one's own account, and looking after people."""

from __future__ import annotations

import math
from collections.abc import Awaitable, Callable
from functools import partial
from typing import Any

import qrcode
from anyio import CapacityLimiter, to_thread
from starlette.datastructures import FormData
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import BaseRoute, Route

from bot.bootstrap import Services
from bot.desk.access import (
    COOKIE,
    PATH,
    SIGN_IN,
    form_of,
    home_of,
    let_in,
    let_out,
    origin_of,
    record,
    remember_visitor,
    safe_next,
    signed_in,
    text_of,
    visitor,
)
from bot.desk.openid import NotVouchedFor, OpenId
from bot.desk.page import render, services_of
from bot.desk.texts import texts
from bot.domain.rights import PERSON_ROLES, Actor, NotAllowed
from bot.services.people import (
    LANGUAGES,
    BadInvitation,
    BadPerson,
    Colleague,
    NotSignedIn,
    TooManyTries,
    UnknownPerson,
    WeakPassword,
    WrongCode,
)
from bot.user_commands import join_link

OPENID_COOKIE = "accord_desk_openid"
OPENID_PATH = "/desk/oidc"
UNDER_WAY_SECONDS = 600
LONGEST_PASSWORD_SENT = 1000
# Hashing passwords keeps few threads busy, so that borrowers are answered whoever knocks here.
HASHING = CapacityLimiter(2)
# What was done last, as the address says it; anything else in its place is left out.
DONE = frozenset({"language", "there", "away", "session", "unbound", "changed", "left", "ended"})
# How each language calls itself.
LANGUAGE_NAMES = {"en": "English", "zh-Hans": "简体中文", "zh-Hant": "繁體中文"}

# What browsers and systems call themselves; the first that fits counts, since most claim to be others as well.
BROWSERS = (
    ("Edg", "Edge"),
    ("OPR/", "Opera"),
    ("MicroMessenger", "WeChat"),
    ("Firefox/", "Firefox"),
    ("FxiOS", "Firefox"),
    ("Chrome/", "Chrome"),
    ("CriOS", "Chrome"),
    ("Safari/", "Safari"),
)
SYSTEMS = (
    ("Android", "Android"),
    ("iPhone", "iPhone"),
    ("iPad", "iPad"),
    ("Windows", "Windows"),
    ("Macintosh", "macOS"),
    ("Linux", "Linux"),
)


def account_routes(services: Services) -> list[BaseRoute]:
    """The pages. ``services`` are those of the application that they become a part of."""
    openid = OpenId(services.parts)

    def with_openid(page: Callable[[Request, OpenId], Awaitable[Response]]) -> Callable[[Request], Awaitable[Response]]:
        async def answer(request: Request) -> Response:
            return await page(request, openid)

        return answer

    return [
        Route(SIGN_IN, with_openid(sign_in), methods=["GET", "POST"]),
        Route("/desk/sign-out", sign_out, methods=["POST"]),
        Route("/desk/join/{token}", join, methods=["GET", "POST"]),
        Route(OPENID_PATH, with_openid(openid_begins)),
        Route(f"{OPENID_PATH}/back", with_openid(openid_ends)),
        Route("/desk/account", account),
        Route("/desk/account/{act}", account_act, methods=["POST"]),
        Route("/desk/people", people, methods=["GET", "POST"]),
        Route("/desk/people/{login}", person),
        Route("/desk/people/{login}/{act}", person_act, methods=["POST"]),
    ]


# Coming in


async def sign_in(request: Request, openid: OpenId) -> Response:
    """Login, password and code; or the way to the company's own sign-in."""
    actor = await visitor(request)
    if request.method == "GET":
        wanted = safe_next(request.query_params.get("next"))
        if actor is not None:
            return RedirectResponse(wanted or home_of(actor), 303)
        return _sign_in_page(request, openid, wanted=wanted)
    form = await form_of(request)
    wanted, login = safe_next(text_of(form, "next")), text_of(form, "login", 200)
    settings = services_of(request).parts.settings
    if settings.oidc_only:
        raise NotAllowed("password", "Nobody signs in with a password here.")
    given = (login, text_of(form, "password", LONGEST_PASSWORD_SENT), text_of(form, "code", 20))
    opens = partial(services_of(request).people.sign_in, *given, origin_of(request), _browser(request))
    try:
        secret = await to_thread.run_sync(opens, limiter=HASHING)
    except NotSignedIn:
        return _sign_in_page(request, openid, 401, "wrong", login=login, wanted=wanted)
    except TooManyTries as error:
        seconds = max((error.until - services_of(request).parts.now()).total_seconds(), 1)
        answer = _sign_in_page(
            request, openid, 429, "too_many", login=login, wanted=wanted, minutes=math.ceil(seconds / 60)
        )
        answer.headers["Retry-After"] = str(math.ceil(seconds))
        return answer
    return await _enter(request, secret, wanted)


async def sign_out(request: Request) -> Response:
    """Ends this session."""
    await signed_in(request)
    await to_thread.run_sync(services_of(request).people.sign_out, request.cookies.get(COOKIE))
    return let_out(request, RedirectResponse(SIGN_IN, 303))


async def join(request: Request) -> Response:
    """The page of a one-time link: password, and the app for codes."""
    await visitor(request)
    people, token = services_of(request).people, request.path_params["token"]
    if services_of(request).parts.settings.oidc_only:
        raise NotAllowed("password", "Nobody signs in with a password here.")
    try:
        invited = await to_thread.run_sync(people.invited, token)
        problem = ""
        if request.method == "POST":
            form = await form_of(request)
            password = text_of(form, "password", LONGEST_PASSWORD_SENT)
            if password != text_of(form, "again", LONGEST_PASSWORD_SENT):
                problem = "differ"
            else:
                joins = partial(
                    people.join, token, password, text_of(form, "code", 20), origin_of(request), _browser(request)
                )
                try:
                    return await _enter(request, await to_thread.run_sync(joins, limiter=HASHING), "")
                except WeakPassword as error:
                    problem = f"password_{error.why}"
                except WrongCode:
                    problem = "code"
    except BadInvitation:
        await record(request, "link")
        return remember_visitor(request, render(request, "join.html", status=404, invited=None))
    size, path = qr_path(invited.otpauth)
    shown = render(
        request,
        "join.html",
        status=422 if problem else 200,
        invited=invited,
        problem=problem,
        qr_size=size,
        qr_path=path,
        secret=" ".join(invited.secret[at : at + 4] for at in range(0, len(invited.secret), 4)),
    )
    return remember_visitor(request, shown)


async def openid_begins(request: Request, openid: OpenId) -> Response:
    """Leads to the company's own sign-in."""
    await visitor(request)
    if not openid.on:
        return _sign_in_page(request, openid, 404)
    wanted = safe_next(request.query_params.get("next"))
    try:
        address, cookie = await openid.begin(wanted)
    except NotVouchedFor as error:
        await record(request, f"openid_{error.why}")
        return _sign_in_page(request, openid, 502, "openid_unreachable", wanted=wanted)
    answer = RedirectResponse(address, 303)
    answer.set_cookie(
        OPENID_COOKIE,
        cookie,
        max_age=UNDER_WAY_SECONDS,
        path=OPENID_PATH,
        httponly=True,
        samesite="lax",
        secure=services_of(request).parts.settings.secure_cookies,
    )
    return answer


async def openid_ends(request: Request, openid: OpenId) -> Response:
    """Somebody comes back from the company's own sign-in."""
    await visitor(request)
    if not openid.on:
        return _sign_in_page(request, openid, 404)
    people = services_of(request).people
    try:
        vouched, wanted = await openid.finish(dict(request.query_params), request.cookies.get(OPENID_COOKIE))
        enters = partial(people.sign_in_as, vouched.subject, vouched.login, origin_of(request), _browser(request))
        answer = await _enter(request, await to_thread.run_sync(enters), safe_next(wanted))
    except NotVouchedFor as error:
        await record(request, f"openid_{error.why}")
        problem = "openid_unreachable" if error.why in ("unreachable", "issuer") else "openid_refused"
        answer = _sign_in_page(request, openid, 502 if error.why == "unreachable" else 403, problem)
    except NotSignedIn:
        await record(request, "openid_stranger")
        answer = _sign_in_page(request, openid, 403, "openid_stranger")
    answer.delete_cookie(OPENID_COOKIE, path=OPENID_PATH, httponly=True, samesite="lax")
    return answer


async def _enter(request: Request, secret: str, wanted: str) -> Response:
    """Opens a new session in the browser and ends the one that it had."""
    people = services_of(request).people
    await to_thread.run_sync(people.sign_out, request.cookies.get(COOKIE))
    actor = await to_thread.run_sync(people.who, secret)
    return let_in(request, RedirectResponse(wanted or (home_of(actor) if actor else PATH), 303), secret)


def _sign_in_page(
    request: Request,
    openid: OpenId,
    status: int = 200,
    problem: str = "",
    login: str = "",
    wanted: str = "",
    minutes: int = 0,
) -> Response:
    settings = services_of(request).parts.settings
    shown = render(
        request,
        "sign_in.html",
        status=status,
        problem=problem,
        login=login,
        wanted=wanted,
        minutes=minutes,
        openid=openid.on,
        passwords=not settings.oidc_only,
    )
    return remember_visitor(request, shown)


# One's own account


async def account(request: Request) -> Response:
    """One's own language, availability, sessions, and Telegram."""
    return await _account_page(request, await signed_in(request))


async def account_act(request: Request) -> Response:
    """What somebody changes of their own account."""
    actor = await signed_in(request)
    form, people = await form_of(request), services_of(request).people
    act = request.path_params["act"]
    if act == "telegram":
        code = await to_thread.run_sync(people.telegram_code, actor)
        return await _account_page(request, actor, code=code)
    if act == "language":
        try:
            await to_thread.run_sync(people.speak, actor, text_of(form, "language"))
        except BadPerson:
            return await _account_page(request, actor, status=422, problem="language")
    elif act == "availability":
        there = text_of(form, "available") == "yes"
        await to_thread.run_sync(people.set_available, actor, there)
        act = "there" if there else "away"
    elif act == "session":
        number = text_of(form, "session", 20)
        if number.isascii() and number.isdecimal():
            await to_thread.run_sync(people.end_session, actor, int(number))
    elif act == "sessions":
        await to_thread.run_sync(people.end_all, actor.login, actor)
        return let_out(request, RedirectResponse(SIGN_IN, 303))
    elif act == "unbind":
        await to_thread.run_sync(people.unbind_telegram, actor)
        act = "unbound"
    else:
        return await _account_page(request, actor, status=404)
    return RedirectResponse(safe_next(text_of(form, "next")) or f"/desk/account?done={act}", 303)


async def _account_page(
    request: Request, actor: Actor, status: int = 200, problem: str = "", code: str = ""
) -> Response:
    services, secret = services_of(request), request.cookies.get(COOKIE)

    def read() -> dict[str, Any]:
        (me,) = (who for who in services.people.all() if who.login == actor.login)
        return {"sessions": services.people.sessions(actor, secret), "me": me}

    return render(
        request,
        "account.html",
        actor,
        status,
        section="account",
        said=_said(request, actor),
        problem=problem,
        code=code,
        code_minutes=services.people.rules.telegram_code_minutes,
        languages=LANGUAGE_NAMES,
        teams=_team_titles(services, actor.language),
        **await to_thread.run_sync(read),
    )


# Looking after people


async def people(request: Request) -> Response:
    """Everybody, and a form that adds somebody."""
    actor = await signed_in(request)
    actor.demand("people")
    if request.method == "GET":
        return await _people_page(request, actor)
    form = await form_of(request)
    typed = _typed(form)
    try:
        token = await to_thread.run_sync(
            partial(
                services_of(request).people.add,
                typed["login"],
                typed["name"],
                typed["role"],
                typed["teams"],
                typed["language"],
                by=actor.signature,
            )
        )
    except BadPerson as error:
        return await _people_page(request, actor, 422, problem=error.why, typed=typed)
    return await _people_page(request, actor, link=_link(request, token), link_for=typed["name"])


async def person(request: Request) -> Response:
    """One of them, with what can be changed."""
    actor = await signed_in(request)
    actor.demand("people")
    return await _person_page(request, actor)


async def person_act(request: Request) -> Response:
    """What an administrator does about somebody."""
    actor = await signed_in(request)
    actor.demand("people")
    services, form = services_of(request), await form_of(request)
    login, act = request.path_params["login"], request.path_params["act"]
    try:
        if act == "change":
            typed = _typed(form)
            change = partial(
                services.people.change,
                actor,
                login,
                role=typed["role"],
                teams=typed["teams"],
                name=typed["name"],
                language=typed["language"],
            )
            await to_thread.run_sync(change)
            return RedirectResponse("/desk/people?done=changed", 303)
        if act == "link":
            token = await to_thread.run_sync(services.people.invite, login, actor.signature)
            return await _person_page(request, actor, link=_link(request, token))
        if act == "leave":
            await to_thread.run_sync(services.people.leave, actor, login)
            return RedirectResponse("/desk/people?done=left", 303)
        if act == "sessions":
            await to_thread.run_sync(services.people.end_all, login, actor)
            return RedirectResponse("/desk/people?done=ended", 303)
    except (BadPerson, NotAllowed) as error:
        return await _person_page(request, actor, 422, problem=error.why)
    except UnknownPerson:
        pass
    return await _people_page(request, actor, 404, problem="unknown")


async def _people_page(
    request: Request,
    actor: Actor,
    status: int = 200,
    problem: str = "",
    typed: dict[str, Any] | None = None,
    link: str | None = None,
    link_for: str = "",
) -> Response:
    services = services_of(request)
    nobody = {"login": "", "name": "", "role": "agent", "teams": [], "language": actor.language}
    return render(
        request,
        "people.html",
        actor,
        status,
        section="people",
        said=_said(request, actor),
        problem=problem,
        typed=typed or nobody,
        link=link,
        link_for=link_for,
        link_hours=services.people.rules.link_hours,
        everybody=await to_thread.run_sync(services.people.all),
        roles=PERSON_ROLES,
        languages=LANGUAGE_NAMES,
        teams=_team_titles(services, actor.language),
    )


async def _person_page(
    request: Request, actor: Actor, status: int = 200, problem: str = "", link: str | None = None
) -> Response:
    services, login = services_of(request), request.path_params["login"]
    found: list[Colleague] = [who for who in await to_thread.run_sync(services.people.all) if who.login == login]
    if not found:
        return await _people_page(request, actor, 404, problem="unknown")
    return render(
        request,
        "person.html",
        actor,
        status,
        section="people",
        who=found[0],
        problem=problem,
        link=link,
        link_hours=services.people.rules.link_hours,
        passwords=not services.parts.settings.oidc_only,
        roles=PERSON_ROLES,
        languages=LANGUAGE_NAMES,
        teams=_team_titles(services, actor.language),
    )


def _typed(form: FormData) -> dict[str, Any]:
    """Somebody as a form has them."""
    teams = [str(team) for team in form.getlist("teams") if isinstance(team, str)]
    role, language = text_of(form, "role", 20), text_of(form, "language", 10)
    return {
        "login": text_of(form, "login", 200),
        "name": text_of(form, "name", 200),
        "role": role,
        "teams": teams,
        "language": language if language in LANGUAGES else "en",
    }


def _team_titles(services: Services, language: str) -> dict[str, str]:
    return {team.name: team.title.of(language) for team in services.parts.desk.teams}


def _link(request: Request, token: str) -> str:
    """The one-time link to hand over; empty where the company's own sign-in is the only way in."""
    settings = services_of(request).parts.settings
    return "" if settings.oidc_only else join_link(settings, token)


def _said(request: Request, actor: Actor) -> str:
    """A sentence about what was done last, as the address says it."""
    done = request.query_params.get("done", "")
    return texts(actor.language)(f"done.{done}") if done in DONE else ""


def _browser(request: Request) -> str:
    """By what somebody knows their browser again in the list of their sessions, such as "Firefox, Android"."""
    agent = request.headers.get("User-Agent", "")
    names = (next((name for mark, name in known if mark in agent), "") for known in (BROWSERS, SYSTEMS))
    return ", ".join(name for name in names if name) or agent[:60]


def qr_path(text: str) -> tuple[int, str]:
    """A QR code as an SVG path over so many units in each direction, without a style of its own."""
    code = qrcode.QRCode(border=2, error_correction=qrcode.constants.ERROR_CORRECT_M)
    code.add_data(text)
    rows = code.get_matrix()
    cells = (f"M{x} {y}h1v1h-1z" for y, row in enumerate(rows) for x, dark in enumerate(row) if dark)
    return len(rows), "".join(cells)
