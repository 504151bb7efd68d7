"""Payments and plans from the command line."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from bot.bootstrap import open_services
from bot.cli import app
from bot.settings import Settings
from tests.unit.fakes import ODALYS
from tests.unit.lives import agree


@pytest.fixture
def accord(services, tmp_path: Path, policies: Path, monkeypatch: pytest.MonkeyPatch):
    """Runs a command on the ledger of `services`, under its clock."""
    clock = services.parts.clock
    monkeypatch.setattr(
        "bot.cli.Settings",
        lambda: Settings(
            _env_file=None, home=tmp_path / "home", policies=policies, policy="unit", sample_portfolio=False
        ),
    )
    monkeypatch.setattr("bot.cli.open_services", lambda settings: open_services(settings, clock=clock))
    monkeypatch.setattr("bot.cli.configure_logging", lambda level: None)

    def run(*words: str) -> Result:
        return CliRunner().invoke(app, list(words))

    return run


def test_a_payment_is_recorded_and_shown(accord, services):
    agree(services, ODALYS)

    done = accord("payment", "record", ODALYS, "100.00", "--id", "bank-1", "--on", "2026-11-20")
    shown = json.loads(accord("account", "show", ODALYS, "--json").stdout)

    assert (done.exit_code, done.stdout) == (0, "100.00 USD recorded as bank-1.\n")
    assert shown["received"][0]["received_on"] == "2026-11-20"
    assert shown["plan"]["paid"]["amount"] == "100.00"
    assert "payment bank-1: 100.00 on 2026-11-20" in accord("account", "show", ODALYS).stdout


@pytest.mark.parametrize(
    "words",
    [
        ("payment", "record", ODALYS, "1.005", "--id", "p"),
        ("payment", "record", "XX-9", "1", "--id", "p"),
        ("payment", "record", ODALYS, "1", "--id", "p", "--on", "tomorrow"),
        ("payment", "record", ODALYS, "1", "--id", "p", "--on", "2027-01-01"),
        ("payment", "reverse", "p"),
        ("plan", "pause", ODALYS, "5"),
        ("plan", "move", ODALYS, "5"),
        ("plan", "amount", ODALYS, "5"),
        ("plan", "quote", ODALYS),
        ("plan", "cancel", ODALYS),
        ("plan", "approve", ODALYS, "--by", "Ruth"),
        ("plan", "refuse", ODALYS, "--by", "Ruth"),
        ("plan", "pause", ODALYS, "5", "--role", "king"),
    ],
)
def test_what_cannot_be_is_one_sentence(accord, words):
    done = accord(*words)

    assert done.exit_code == 1
    assert len(done.stderr.splitlines()) == 1


def test_a_plan_is_changed_and_cancelled(accord, services):
    agree(services, ODALYS)

    paused = accord("plan", "pause", ODALYS, "14", "--by", "Ruth")
    moved = json.loads(accord("plan", "move", ODALYS, "20", "--json").stdout)
    changed = json.loads(accord("plan", "amount", ODALYS, "300", "--json").stdout)
    quote = accord("plan", "quote", ODALYS)
    cancelled = json.loads(accord("plan", "cancel", ODALYS, "--json").stdout)

    assert "2026-12-17" in paused.stdout
    assert moved["schedule"][0]["due_on"] == "2026-12-20"
    assert [row["status"] for row in changed["schedule"]] == ["cancelled"] * 3 + ["due"] * 5
    assert quote.stdout == "1325.50 USD ends the plan today.\n"
    assert cancelled["status"] == "cancelled"


@pytest.mark.parametrize(("word", "status"), [("approve", "active"), ("refuse", "cancelled")])
def test_a_person_decides(accord, services, word, status):
    agree(services, ODALYS, needs_approval=True)

    done = json.loads(accord("plan", word, ODALYS, "--by", "Ruth", "--json").stdout)

    assert (done["status"], done["approved_by"]) == (status, "Ruth")


def test_upkeep_says_what_it_did(accord, services, clock):
    agree(services, ODALYS)
    clock.passes(days=20)

    first, second = accord("upkeep"), accord("upkeep")

    assert first.stdout == "1 accounts changed, 0 offers ran out, 0 failed.\n"
    assert second.stdout == "0 accounts changed, 0 offers ran out, 0 failed.\n"


def test_a_bounced_payment_is_taken_back(accord, services):
    accord("payment", "record", ODALYS, "5", "--id", "p1")

    done = accord("payment", "reverse", "p1")

    assert done.stdout == "5.00 USD taken back (p1).\n"
    assert "(reversed)" in accord("account", "show", ODALYS).stdout
