"""Chatwoot as a whole: its parts put together, begun and ended with the service."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator
from dataclasses import dataclass

import structlog
from starlette.routing import Route

from bot.bootstrap import Services
from bot.channels.chatwoot.client import Client, check_settings
from bot.channels.chatwoot.hearing import Hearing
from bot.channels.chatwoot.people import Directory
from bot.channels.chatwoot.records import Records
from bot.channels.chatwoot.sync import Sync
from bot.channels.chatwoot.telling import Telling
from bot.channels.chatwoot.webhook import Webhook

log = structlog.get_logger()


@dataclass(frozen=True)
class Chatwoot:
    """The parts of the adapter, for whoever starts them."""

    client: Client
    records: Records
    sync: Sync
    webhook: Webhook

    @classmethod
    def of(cls, services: Services) -> Chatwoot:
        """Puts the parts together. Raises BadChatwootSettings."""
        parts = services.parts
        client, telling = Client(parts.settings), Telling(parts)
        records, directory = Records(parts, telling), Directory(services, client)
        hearing = Hearing(services, client, records, directory, telling)
        sync = Sync(client, records, hearing, directory)
        return cls(client, records, sync, Webhook(parts, sync.heard_of))

    def routes(self) -> list[Route]:
        """What the service answers for Chatwoot."""
        return self.webhook.routes()

    @contextlib.asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        """Keeps Chatwoot in step until the block ends. What was begun and not finished stays marked as such."""
        task = asyncio.create_task(self.sync.run())
        log.info("chatwoot_ready", inbox=self.client.inbox_id)
        try:
            yield
        finally:
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)
            await self.client.close()


def open_chatwoot(services: Services) -> Chatwoot | None:
    """The adapter, where an address is set. Raises BadChatwootSettings."""
    settings = services.parts.settings
    check_settings(settings)
    return Chatwoot.of(services) if settings.chatwoot_url else None
