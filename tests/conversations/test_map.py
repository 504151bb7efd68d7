"""The map of the conversation: complete, true of the running program, and as the document shows it."""

from __future__ import annotations

from collections.abc import Iterator
from fnmatch import fnmatch

import pytest
from ruamel.yaml import YAML

from bot.bootstrap import Services, open_services
from bot.nlu.answers import UNSAID
from bot.settings import ROOT, Settings
from scripts.conversation_map import DOCUMENT, document
from tests.conversations.cells import STAGES, Board, Cell, read_map
from tests.stack import Stack

MAP = read_map()


@pytest.fixture(scope="module")
def board(stack: Stack) -> Iterator[Board]:
    services: Services = open_services(Settings(_env_file=None, home=stack.home))
    yield Board(stack.url, services)
    services.close()


def test_no_cell_is_empty() -> None:
    domain = YAML(typ="safe").load((ROOT / "domain.yml").read_text(encoding="utf-8"))

    intents = set(domain["intents"]) - UNSAID

    assert set(MAP) == intents
    assert all(Cell.of(row[stage]).says for row in MAP.values() for stage in STAGES)


def test_the_document_shows_the_map_as_it_is() -> None:
    assert DOCUMENT.read_text(encoding="utf-8") == document(), "run: python -m scripts.conversation_map"


@pytest.mark.stack
@pytest.mark.parametrize("language", ["en", "zh-Hans"])
@pytest.mark.parametrize("intent", MAP)
def test_every_stage_answers_an_intent_as_the_map_says(intent: str, language: str, board: Board) -> None:
    row = MAP[intent]

    for stage in STAGES:
        wanted, found = Cell.of(row[stage]), board.play(stage, row["for_example"][language], language)

        assert len(wanted.says) == len(found.says), (stage, wanted, found)
        assert all(map(fnmatch, found.says, wanted.says)), (stage, wanted, found)
        assert (wanted.records, wanted.stops, wanted.opens) == (found.records, found.stops, found.opens), (stage, found)
