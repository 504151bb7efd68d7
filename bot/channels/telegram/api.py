"""Calling the Bot API, on python-telegram-bot's requests; what goes wrong is told by what can be done about it.

The token stands in every URL of the Bot API. It is taken out of every error here, and the loggers of the HTTP client
are kept quiet.
"""

from __future__ import annotations

import logging
import re
from collections.abc import Mapping
from datetime import timedelta
from typing import Any
from urllib.parse import urlsplit

import httpx
from telegram import Bot, InputFile
from telegram.error import (
    BadRequest,
    ChatMigrated,
    Conflict,
    Forbidden,
    InvalidToken,
    NetworkError,
    RetryAfter,
    TelegramError,
    TimedOut,
)
from telegram.request import BaseRequest, HTTPXRequest

from bot.channels.telegram.speaking import files_of
from bot.settings import Settings

CONNECTIONS = 64
DOWNLOAD_SECONDS = 20.0
CALL_SECONDS = 10.0
LARGEST_DOWNLOAD = 20 * 1024 * 1024
POLL_SECONDS = 25
GONE = re.compile(r"chat not found|user is deactivated|PEER_ID_INVALID|bot can't initiate", re.IGNORECASE)
# What setWebhook takes as a secret.
SECRET = re.compile(r"[A-Za-z0-9_-]{1,256}")
LOOPBACK = ("127.0.0.1", "localhost", "::1")
# Errors before anything was handed over.
NOT_CONNECTED = (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout)


class TelegramTrouble(RuntimeError):
    """Something that Telegram or the way to it did not do. The message never holds the token."""


class NotSent(TelegramTrouble):
    """Telegram was not reached: the call can be made again."""


class Unclear(TelegramTrouble):
    """Nobody knows whether Telegram took the call: it timed out, or the server failed."""


class Limited(TelegramTrouble):
    """Too many calls: Telegram wants to be left alone for some seconds."""

    def __init__(self, message: str, seconds: float) -> None:
        super().__init__(message)
        self.seconds = seconds


class Refused(TelegramTrouble):
    """The call is wrong, and would be refused again."""


class ChatClosed(TelegramTrouble):
    """Nothing reaches this chat any more; ``status`` says whether it is blocked or gone."""

    def __init__(self, message: str, status: str) -> None:
        super().__init__(message)
        self.status = status


class BadToken(TelegramTrouble):
    """Telegram does not know the token."""


class AnotherListens(TelegramTrouble):
    """Another program takes this bot's updates, or a webhook is set."""


class BadTelegramSettings(ValueError):
    """The program must not start with these settings; the message says what to change."""


def check_settings(settings: Settings) -> None:
    """Raises BadTelegramSettings where a webhook could be forged or could not work."""
    url, secret = settings.telegram_webhook_url, settings.telegram_secret
    if settings.telegram_token is None or not url:
        return
    if secret is None or not secret.get_secret_value():
        raise BadTelegramSettings(
            "ACCORD_TELEGRAM_WEBHOOK_URL is set without ACCORD_TELEGRAM_SECRET: anybody could forge messages; "
            "set a long random secret of letters, digits, _ and -"
        )
    if not SECRET.fullmatch(secret.get_secret_value()):
        raise BadTelegramSettings("ACCORD_TELEGRAM_SECRET may have letters, digits, _ and - only, at most 256")
    parsed = urlsplit(url)
    if parsed.scheme != "https" and parsed.hostname not in LOOPBACK:
        raise BadTelegramSettings("ACCORD_TELEGRAM_WEBHOOK_URL begins with https://; Telegram calls no other address")
    if parsed.path in ("", "/"):
        raise BadTelegramSettings(
            "ACCORD_TELEGRAM_WEBHOOK_URL needs a path of its own, such as https://example.org/telegram"
        )


class _Bot(Bot):
    """python-telegram-bot's bot, for calls by name; what it shows of itself has no token."""

    def __repr__(self) -> str:
        return "Bot[…]"

    async def call(self, method: str, data: dict[str, Any], seconds: float) -> Any:
        return await self._post(method, data, read_timeout=seconds)


class Api:
    """The Bot API. ``requests``: what carries polling and everything else, for tests."""

    def __init__(self, settings: Settings, requests: tuple[BaseRequest, BaseRequest] | None = None) -> None:
        if settings.telegram_token is None:
            raise BadTelegramSettings("ACCORD_TELEGRAM_TOKEN is not set")
        for name in ("httpx", "httpcore", "telegram"):
            logging.getLogger(name).setLevel(logging.WARNING)
        self._token = settings.telegram_token
        polling, calls = requests or (
            HTTPXRequest(connection_pool_size=2),
            HTTPXRequest(connection_pool_size=CONNECTIONS, pool_timeout=CALL_SECONDS),
        )
        try:
            token = self._token.get_secret_value()
            self._bot = _Bot(
                token,
                base_url=settings.telegram_api,
                base_file_url=f"{settings.telegram_api.removesuffix('/bot')}/file/bot",
                get_updates_request=polling,
                request=calls,
            )
        except InvalidToken:
            raise BadTelegramSettings("ACCORD_TELEGRAM_TOKEN is empty") from None
        self._requests = (polling, calls)

    async def open(self) -> None:
        for request in self._requests:
            await request.initialize()

    async def close(self) -> None:
        for request in self._requests:
            await request.shutdown()

    async def call(self, method: str, payload: Mapping[str, Any] | None = None, seconds: float = CALL_SECONDS) -> Any:
        """Makes a call; returns its result as it came. Raises TelegramTrouble."""
        fields, files = files_of(payload or {})
        data = {**fields, **{name: InputFile(content, filename=file) for name, (file, content, _) in files.items()}}
        try:
            return await self._bot.call(method, data, seconds)
        except TelegramError as error:
            raise self._trouble(error) from None

    async def updates(self, offset: int | None, allowed: tuple[str, ...]) -> list[dict[str, Any]]:
        """What came since an update, raw; waits until there is something. Raises TelegramTrouble."""
        data = {"timeout": POLL_SECONDS, "limit": 100, "allowed_updates": list(allowed)}
        found = await self.call("getUpdates", {**data, "offset": offset}, POLL_SECONDS + CALL_SECONDS)
        return list(found)

    async def fetch(self, file_id: str, most: int = LARGEST_DOWNLOAD) -> bytes:
        """The content of a file that somebody sent, by its id. Raises TelegramTrouble, and Refused where it is larger
        than ``most`` bytes."""
        about = await self.call("getFile", {"file_id": file_id})
        if int(about.get("file_size") or 0) > most:
            raise Refused("file is too big")
        try:
            where = f"{self._bot.base_file_url}/{about.get('file_path', '')}"
            content = bytes(await self._requests[1].retrieve(where, read_timeout=DOWNLOAD_SECONDS))
        except TelegramError as error:
            raise self._trouble(error) from None
        if len(content) > most:
            raise Refused("file is too big")
        return content

    async def download(self, file_id: str) -> bytes | None:
        """A file that somebody sent, at most 20 MB; None where Telegram does not have it any more."""
        try:
            return await self.fetch(file_id)
        except TelegramTrouble:
            return None

    def _trouble(self, error: TelegramError) -> TelegramTrouble:
        """What an error means for whoever made the call."""
        said = str(error).replace(self._token.get_secret_value(), "…")[:200]
        if isinstance(error, RetryAfter):
            wait = error.retry_after
            return Limited(said, wait.total_seconds() if isinstance(wait, timedelta) else float(wait))
        if isinstance(error, Forbidden):
            return ChatClosed(said, "gone" if GONE.search(said) else "blocked")
        if isinstance(error, ChatMigrated):
            return ChatClosed(said, "gone")
        if isinstance(error, InvalidToken):
            return BadToken(said)
        if isinstance(error, Conflict):
            return AnotherListens(said)
        if isinstance(error, BadRequest):
            return ChatClosed(said, "gone") if GONE.search(said) else Refused(said)
        if isinstance(error, (TimedOut, NetworkError)):
            return NotSent(said) if isinstance(error.__cause__, NOT_CONNECTED) else Unclear(said)
        return Unclear(said)
