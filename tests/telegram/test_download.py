"""Files that people sent to the bot are fetched from Telegram for whoever works on their case."""

from __future__ import annotations

import pytest
from pydantic import SecretStr

from bot.channels.telegram.api import Api
from bot.settings import Settings
from tests.telegram.methods import keep_file
from tests.telegram.world import TOKEN

pytestmark = pytest.mark.anyio


@pytest.fixture
async def api(address: str):
    api = Api(Settings(_env_file=None, telegram_token=SecretStr(TOKEN), telegram_api=f"{address}/bot"))
    await api.open()
    yield api
    await api.close()


async def test_a_file_is_fetched_by_its_id(api, world):
    with world.changing():
        kept = keep_file(world, b"%PDF-1.4 proof of dismissal", "proof.pdf", "application/pdf", "documents/")

    assert await api.download(kept["id"]) == b"%PDF-1.4 proof of dismissal"


async def test_a_file_that_telegram_does_not_have_is_none(api):
    assert await api.download("no-such-file") is None
