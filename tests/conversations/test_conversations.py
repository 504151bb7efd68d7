"""Every scripted conversation, with the real model and the real ledger over HTTP, in each of its languages."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from bot.bootstrap import Services, open_services
from bot.dialogue.words import Words
from bot.settings import Settings
from tests.conversations.play import play
from tests.conversations.scenario import FOLDER, read_scenario, scenario_files
from tests.stack import Stack

SCENARIOS = {path: read_scenario(path) for path in scenario_files()}
# Facts that follow from the words themselves and need not be alike.
IN_THE_WORDS = ("recorded",)


@pytest.fixture(scope="module")
def ledger(stack: Stack) -> Iterator[Services]:
    """The running program's own ledger, opened a second time."""
    services = open_services(Settings(_env_file=None, home=stack.home))
    yield services
    services.close()


def cases() -> Iterator[Any]:
    """Every scenario; one with a known gap is expected to fail, and says so when it no longer does."""
    for path, scenario in SCENARIOS.items():
        gap = [pytest.mark.xfail(strict=True, reason=scenario.known_gap)] if scenario.known_gap else []
        yield pytest.param(path, marks=gap, id=str(path.relative_to(FOLDER).with_suffix("")))


@pytest.mark.stack
@pytest.mark.parametrize("path", cases())
def test_a_conversation_goes_as_it_should(path: Path, stack: Stack, ledger: Services, words: Words) -> None:
    scenario = SCENARIOS[path]

    played = play(stack.url, ledger, words, scenario)

    wrong = [f"{scenario.story} ({language})\n\n{one}" for language, one in played.items() if one.differences]
    assert not wrong, "\n\n".join(wrong)
    facts = [{name: one.facts[name] for name in one.facts if name not in IN_THE_WORDS} for one in played.values()]
    assert all(other == facts[0] for other in facts), f"the languages led to different facts: {facts}"
