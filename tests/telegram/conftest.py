"""What the tests of the Telegram channel share: the stand-in for Telegram, served over HTTP."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator

import pytest
from telegram import Bot

from tests.telegram.person import Person
from tests.telegram.server import serving
from tests.telegram.world import TOKEN, Telegram


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


@pytest.fixture
def world() -> Telegram:
    """Telegram without faults, in which nobody has met the bot yet."""
    return Telegram()


@pytest.fixture
def address(world: Telegram) -> Iterator[str]:
    """Where it is served."""
    with serving(world, retry_seconds=0.05) as url:
        yield url


@pytest.fixture
async def bot(address: str) -> AsyncIterator[Bot]:
    """The real client of python-telegram-bot, talking to it."""
    async with Bot(TOKEN, base_url=f"{address}/bot", base_file_url=f"{address}/file/bot") as client:
        yield client


@pytest.fixture
def odalys(world: Telegram) -> Person:
    """Somebody who has opened the chat with the bot."""
    return Person(world)
