"""`accord telegram …`: links into the chat, and updates that could not be worked on."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from datetime import timedelta

import pytest
from typer.testing import CliRunner

from bot.bootstrap import Services
from bot.cli import app
from bot.store.tables import TelegramLink, TelegramUpdate
from tests.telegram.server import serving
from tests.telegram.world import TOKEN, Telegram
from tests.unit.fakes import ODALYS


@pytest.fixture
def accord(services: Services, monkeypatch: pytest.MonkeyPatch) -> Callable[..., str]:
    """Runs a command on the ledger of the test; gives what it prints."""

    def run(*words: str, code: int = 0, **settings: str) -> str:
        monkeypatch.setenv("ACCORD_HOME", str(services.parts.settings.home))
        monkeypatch.setenv("ACCORD_POLICIES", str(services.parts.settings.policies))
        monkeypatch.setenv("ACCORD_POLICY", "unit")
        for name, value in settings.items():
            monkeypatch.setenv(f"ACCORD_{name.upper()}", value)
        done = CliRunner().invoke(app, ["telegram", *words])
        assert done.exit_code == code, done.output
        return done.output

    return run


def test_a_link_for_a_reminder_names_the_bot_and_no_borrower(accord, services):
    world = Telegram()
    with serving(world) as address:
        printed = accord("link", ODALYS, telegram_token=TOKEN, telegram_api=f"{address}/bot").strip()
        accord("link", "9999-0000", code=1, telegram_token=TOKEN, telegram_api=f"{address}/bot")

    with services.parts.store.reading() as session:
        (kept,) = session.query(TelegramLink)
    assert re.fullmatch(r"https://t\.me/accord_test_bot\?start=r_[A-Za-z0-9_-]{20}", printed)
    assert "7001" not in printed
    assert kept.expires_at - kept.created_at == timedelta(days=30)


def test_updates_that_failed_are_listed_and_tried_again(accord, services):
    with services.parts.store.transaction() as session:
        for number, status in ((1, "failed"), (2, "failed"), (3, "done")):
            session.add(
                TelegramUpdate(
                    update_id=number,
                    chat_id=7,
                    kind="text",
                    payload="{}",
                    status=status,
                    attempts=8,
                    received_at=services.parts.now(),
                )
            )

    listed = json.loads(accord("failed", "--json"))
    accord("retry", "3", code=1)
    one, rest = accord("retry", "1"), accord("retry")

    with services.parts.store.reading() as session:
        rows = {row.update_id: (row.status, row.attempts) for row in session.query(TelegramUpdate)}
    assert [row["update_id"] for row in listed] == [1, 2]
    assert (one.split()[0], rest.split()[0]) == ("1", "1")
    assert rows == {1: ("received", 0), 2: ("received", 0), 3: ("done", 8)}
    assert accord("failed").strip() == "No update failed."
