"""Every scripted conversation, with the real model and the real ledger over HTTP, in each of its languages."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from bot.bootstrap import Services, open_services
from bot.dialogue.words import Words
from bot.settings import Settings
from tests.conversations.play import Player
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


@pytest.mark.stack
@pytest.mark.parametrize("path", SCENARIOS, ids=lambda path: str(path.relative_to(FOLDER).with_suffix("")))
def test_a_conversation_goes_as_it_should(path: Path, stack: Stack, ledger: Services, words: Words) -> None:
    scenario = SCENARIOS[path]
    facts: dict[str, dict[str, Any]] = {}

    for language in scenario.languages:
        played = Player(stack.url, ledger, words, scenario, language).play()
        assert not played.differences, f"{scenario.story} ({language})\n\n{played}"
        facts[language] = {name: value for name, value in played.facts.items() if name not in IN_THE_WORDS}

    first, *others = facts.values()
    assert all(other == first for other in others), f"the languages led to different facts: {facts}"
