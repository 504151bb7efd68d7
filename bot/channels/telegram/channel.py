"""The Telegram channel as a whole: its parts put together, begun and ended with the service."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

import structlog
from anyio import to_thread
from starlette.routing import Route

from bot.bootstrap import Services
from bot.channels.router import Router
from bot.channels.telegram.api import Api, BadToken, Limited, TelegramTrouble, check_settings
from bot.channels.telegram.chats import Chats
from bot.channels.telegram.commands import registrations
from bot.channels.telegram.forum import Forum
from bot.channels.telegram.intake import ALLOWED, Intake
from bot.channels.telegram.pacing import CHANCE, Pace, pause_after
from bot.channels.telegram.sender import Sender
from bot.channels.telegram.worker import Worker

log = structlog.get_logger()

UPKEEP_SECONDS = 30.0
CONNECTIONS = 40


@dataclass(frozen=True)
class Telegram:
    """The parts of the channel, for whoever starts them."""

    services: Services
    router: Router
    api: Api
    intake: Intake
    worker: Worker
    sender: Sender
    forum: Forum | None = None

    @classmethod
    def of(cls, services: Services, router: Router, api: Api, pace: Pace | None = None) -> Telegram:
        """Puts the parts together; needs a running event loop."""
        parts = services.parts
        chats = Chats(parts)
        sender = Sender(parts, api, pace or Pace(parts.settings.telegram_a_second), chats, services.outbox)
        intake = Intake(parts)
        worker = Worker(services, router, api, intake, sender, chats)
        intake.fresh = worker.fresh
        group = parts.settings.telegram_agents_group
        forum = Forum(services, api, sender, worker, group) if group is not None else None
        worker.group = sender.group = forum
        return cls(services, router, api, intake, worker, sender, forum)

    def routes(self) -> list[Route]:
        """What the service answers for Telegram: the webhook, where one is set."""
        settings = self.services.parts.settings
        if not settings.telegram_webhook_url or settings.telegram_secret is None:
            return []
        path = urlsplit(settings.telegram_webhook_url).path
        return [self.intake.webhook(path, settings.telegram_secret.get_secret_value())]

    @contextlib.asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        """Everything that goes on by itself, until the block ends. What was begun and not finished stays stored."""
        await self.api.open()
        await to_thread.run_sync(self.sender.recover)
        tasks = [
            asyncio.create_task(self._introduce()),
            asyncio.create_task(self.worker.run()),
            asyncio.create_task(self.sender.run()),
            asyncio.create_task(self._keep_up()),
            *([asyncio.create_task(self.forum.run())] if self.forum is not None else []),
        ]
        try:
            yield
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)
            await self.worker.close()
            await self.sender.close()
            await self.api.close()
            await to_thread.run_sync(self.intake.flush)

    async def _introduce(self) -> None:
        """Tells Telegram how updates are to come and which commands there are; then polls where there is no webhook."""
        settings = self.services.parts.settings
        webhook = bool(settings.telegram_webhook_url and settings.telegram_secret)
        if webhook and settings.telegram_secret is not None:
            way: tuple[str, dict[str, Any]] = (
                "setWebhook",
                {
                    "url": settings.telegram_webhook_url,
                    "secret_token": settings.telegram_secret.get_secret_value(),
                    "allowed_updates": list(ALLOWED),
                    "max_connections": CONNECTIONS,
                },
            )
        else:
            way = ("deleteWebhook", {})
        me = await self._insist("getMe", {})
        self.intake.username = str(me.get("username", ""))
        await self._insist(*way)
        log.info("telegram_ready", bot=self.intake.username, way="webhook" if webhook else "polling")
        if webhook:
            await self._register()
        else:
            await asyncio.gather(self._register(), self.intake.poll(self.api))

    async def _register(self) -> None:
        for call in registrations(self.router.words):
            await self._insist(call.method, call.payload)

    async def _insist(self, method: str, payload: dict[str, Any]) -> Any:
        """Makes a call until it is taken; what Telegram says against it is in the log."""
        tries = 0
        while True:
            try:
                return await self.api.call(method, payload)
            except Limited as error:  # asked to wait, it waits so long
                log.warning("telegram_not_ready", method=method, error=str(error))
                await asyncio.sleep(error.seconds + CHANCE.uniform(0, 0.5))
                continue
            except TelegramTrouble as error:
                level = log.error if isinstance(error, BadToken) else log.warning
                level("telegram_not_ready", method=method, error=str(error))
            tries += 1
            await asyncio.sleep(pause_after(tries))

    async def _keep_up(self) -> None:
        """Writes what was refused, and deletes what is no longer needed."""
        while True:
            await asyncio.sleep(UPKEEP_SECONDS)
            try:
                for work in (self.intake.flush, self.intake.forget_old):
                    await to_thread.run_sync(work)
            except Exception:  # what was not done now is done in the next round
                log.exception("telegram_upkeep_failed")


def open_telegram(services: Services, router: Router) -> Telegram | None:
    """The channel, where a token is set. Raises BadTelegramSettings."""
    settings = services.parts.settings
    if settings.telegram_token is None or not settings.telegram_token.get_secret_value():
        return None
    check_settings(settings)
    return Telegram.of(services, router, Api(settings))
