"""`accord telegram …`: links for letters and reminders, and updates that could not be worked on."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from contextlib import AbstractContextManager
from typing import Annotated, Any

import typer
from sqlalchemy import select, update

from bot.bootstrap import Services
from bot.channels.telegram.api import Api, TelegramTrouble
from bot.channels.telegram.links import LONGEST_DAYS, Links
from bot.domain.identification import normal_number
from bot.services.accounts import UnknownAccount
from bot.settings import Settings
from bot.store.tables import Account, TelegramUpdate

Json = Annotated[bool, typer.Option("--json", help="Print JSON.")]


def telegram_app(
    services: Callable[[], AbstractContextManager[Services]],
    fail: Callable[[str], typer.Exit],
    show: Callable[[Any, bool, list[str]], None],
) -> typer.Typer:
    """The group of commands; what they stand on comes from `bot.cli`."""
    app = typer.Typer(help="The Telegram channel.", no_args_is_help=True)

    @app.command("link")
    def link(
        account: str,
        days: Annotated[int, typer.Option(min=1, max=LONGEST_DAYS, help="For how many days it is good.")] = 30,
    ) -> None:
        """A link into the chat for a letter or a reminder to one borrower; it proves and reveals nothing."""
        settings = Settings()
        if settings.telegram_token is None:
            raise fail("ACCORD_TELEGRAM_TOKEN is not set: there is no bot that a link could lead to.")
        try:
            name = asyncio.run(_name_of_bot(settings))
        except TelegramTrouble as error:
            raise fail(f"Telegram does not say which bot it is: {error}") from None
        with services() as opened:
            hashed = opened.parts.store.keyring.keyed_hash(normal_number(account), "account number")
            with opened.parts.store.reading() as session:
                found = session.scalar(select(Account.id).where(Account.number_hash == hashed))
            try:
                payload = Links(opened.parts).make(found, days)
            except UnknownAccount:
                raise fail(f"there is no account {account}") from None
        typer.echo(f"https://t.me/{name}?start={payload}")

    @app.command("failed")
    def failed(as_json: Json = False) -> None:
        """Updates that were tried too often; what is in them is not shown."""
        with services() as opened, opened.parts.store.reading() as session:
            columns = (
                TelegramUpdate.update_id,
                TelegramUpdate.chat_id,
                TelegramUpdate.kind,
                TelegramUpdate.attempts,
                TelegramUpdate.received_at,
            )
            query = select(*columns).where(TelegramUpdate.status == "failed").order_by(TelegramUpdate.update_id)
            data = [{**row._asdict(), "received_at": row.received_at.isoformat()} for row in session.execute(query)]
        lines = [f"{u['update_id']:>12}  {u['kind']:<12} {u['attempts']} tries  {u['received_at']}" for u in data]
        show(data, as_json, lines or ["No update failed."])

    @app.command("retry")
    def retry(
        update_id: Annotated[int | None, typer.Argument(help="One update; else all that failed.")] = None,
    ) -> None:
        """Has updates that failed tried again, from the first try on; the running program takes them up."""
        with services() as opened, opened.parts.store.transaction() as session:
            again = update(TelegramUpdate).where(TelegramUpdate.status == "failed")
            if update_id is not None:
                again = again.where(TelegramUpdate.update_id == update_id)
            again = again.values(status="received", attempts=0, next_try_at=None, worked_at=None)
            tried = len(session.scalars(again.returning(TelegramUpdate.update_id)).all())
        if update_id is not None and not tried:
            raise fail(f"update {update_id} did not fail")
        typer.echo(f"{tried} to be tried again")

    return app


async def _name_of_bot(settings: Settings) -> str:
    api = Api(settings)
    await api.open()
    try:
        return str((await api.call("getMe", {}))["username"])
    finally:
        await api.close()
