"""`accord user …`: people of the desk from the command line."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from datetime import datetime
from typing import Annotated, Any

import typer

from bot.bootstrap import Services
from bot.domain.rights import PERSON_ROLES, NotAllowed
from bot.services.people import BadPerson, Colleague, UnknownPerson
from bot.settings import Settings

Open = Callable[[], AbstractContextManager[Services]]
Fail = Callable[[str], typer.Exit]
Show = Callable[[Any, bool, list[str]], None]

BY = "command line"
Json = Annotated[bool, typer.Option("--json", help="Print JSON.")]
Name = Annotated[str, typer.Option("--name", help="How colleagues and borrowers know them.")]
RoleOption = Annotated[str, typer.Option("--role", help=f"One of {', '.join(PERSON_ROLES)}.")]
Teams = Annotated[list[str] | None, typer.Option("--team", help="A team of policies/desk.yml; may be given again.")]
Language = Annotated[str, typer.Option("--language", help="Of their desk: en, zh-Hans or zh-Hant.")]


def join_link(settings: Settings, token: str) -> str:
    """The address at which somebody uses their one-time link."""
    return f"{settings.address}/desk/join/{token}"


def user_app(services: Open, fail: Fail, show: Show) -> typer.Typer:
    """The commands. ``services`` opens them for one command, ``fail`` refuses, ``show`` prints data or lines."""
    app = typer.Typer(help="People of the desk.", no_args_is_help=True)

    @contextmanager
    def people() -> Iterator[Services]:
        with services() as opened:
            try:
                yield opened
            except (BadPerson, NotAllowed, UnknownPerson) as error:
                raise fail(str(error)) from None

    def show_link(opened: Services, login: str, token: str, as_json: bool, said: str) -> None:
        if opened.parts.settings.oidc_only:
            how = "They come in by the company's own sign-in; no link is needed."
            show({"login": login, "link": None, "until": None}, as_json, [f"{said} {how}"])
            return
        link = join_link(opened.parts.settings, token)
        known = opened.people.invited(token)
        (until,) = (who.invited_until for who in opened.people.all() if who.login == known.login)
        data = {"login": known.login, "link": link, "until": until.isoformat() if until else None}
        show(data, as_json, [f"{said} This link works once, until {until:%Y-%m-%d %H:%M} UTC:", link])

    @app.command("add")
    def add(
        login: str,
        name: Name,
        role: RoleOption = "agent",
        team: Teams = None,
        language: Language = "en",
        as_json: Json = False,
    ) -> None:
        """Add somebody and print the one-time link with which they set their password and second factor."""
        with people() as opened:
            token = opened.people.add(login, name, role, team or [], language, BY)
            show_link(opened, login, token, as_json, f"{name} is added as {role}.")

    @app.command("link")
    def link(login: str, as_json: Json = False) -> None:
        """Print a one-time link anew, for whoever lost password or second factor; an older link ends."""
        with people() as opened:
            token = opened.people.invite(login, BY)
            show_link(opened, login, token, as_json, f"A new link for {login}.")

    @app.command("list")
    def list_(as_json: Json = False) -> None:
        """Everybody, by login."""
        with people() as opened:
            everybody = opened.people.all()
        lines = [_line(who) for who in everybody]
        show([_as_json(who) for who in everybody], as_json, lines or ["There is nobody yet; run: accord run"])

    @app.command("leave")
    def leave(login: str) -> None:
        """Take somebody's access away at once; their open cases go back to waiting."""
        with people() as opened:
            opened.people.leave(BY, login)
        typer.echo(f"{login} has no access any more.")

    @app.command("end-sessions")
    def end_sessions(login: str) -> None:
        """End every session of somebody; they can sign in again."""
        with people() as opened:
            count = opened.people.end_all(login, BY)
        typer.echo(f"{count} session(s) ended.")

    return app


def _line(who: Colleague) -> str:
    state = "left" if who.left else "joined" if who.joined else "invited" if who.invited_until else "link ran out"
    return f"{who.login:<24} {who.role:<13} {state:<12} {', '.join(who.teams) or '-':<24} {who.name}"


def _as_json(who: Colleague) -> dict[str, Any]:
    def moment(at: datetime | None) -> str | None:
        return at.isoformat() if at else None

    return {
        "login": who.login,
        "name": who.name,
        "role": who.role,
        "teams": list(who.teams),
        "language": who.language,
        "available": who.available,
        "joined": who.joined,
        "left": who.left,
        "telegram": who.telegram,
        "seen_at": moment(who.seen_at),
        "invited_until": moment(who.invited_until),
    }
