"""What all tests share: one running program for those that need it."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from bot.dialogue.words import Words
from bot.settings import ROOT
from tests.stack import Borrower, Stack

# These run in the dialogue environment (`make test` starts them apart).
collect_ignore = ["dialogue"]


@pytest.fixture(scope="session")
def stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    """The whole program with the sample portfolio: real Rasa, real ledger, over HTTP."""
    running = Stack(tmp_path_factory.mktemp("accord"))
    running.start()
    yield running
    running.stop()


@pytest.fixture
def borrower(stack: Stack) -> Borrower:
    """Somebody who has not said anything yet."""
    return Borrower(stack)


@pytest.fixture(scope="session")
def words() -> Words:
    """The catalogue of everything that is said."""
    return Words(ROOT / "domain.yml")
