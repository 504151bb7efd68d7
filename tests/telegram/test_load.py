"""Many borrowers at once while Telegram fails and the service is killed: nothing lost, doubled or out of order.

`python -m tests.telegram.load` plays the same with a thousand borrowers and two hundred kills.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.telegram.load import HARD, Service, Talker, acknowledged, crowd, echoing, play
from tests.telegram.person import Person
from tests.telegram.server import serving
from tests.telegram.world import Faults, Telegram

Starts = Callable[[Telegram, bool], Service]


@pytest.fixture
def starts(tmp_path: Path) -> Iterator[Starts]:
    """Puts a service on a Telegram; all of it ends with the test."""
    with echoing() as dialogue:
        ends: list[Callable[[], object]] = []

        def start(telegram: Telegram, webhook: bool) -> Service:
            served = serving(telegram, retry_seconds=0.2)
            address = served.__enter__()
            service = Service(tmp_path / "home", telegram, address, dialogue, webhook)
            ends.extend([service.stop, lambda: served.__exit__(None, None, None)])
            return service

        yield start
        for end in ends:
            end()


@pytest.mark.parametrize(
    ("heard", "problem"),
    [
        (["a b", "a c"], []),
        (["a b"], ["missing: a c"]),
        (["a b", "a c", "a b"], ["2 times: a b"]),
        (["a c", "a b"], ["out of order: ['a c', 'a b'] instead of ['a b', 'a c']"]),
        (["a b", "sorry", "a c"], ["unexpected: sorry"]),
    ],
)
def test_the_check_sees_what_is_missing_doubled_out_of_order_or_uncalled_for(
    heard: list[str], problem: list[str]
) -> None:
    telegram = Telegram()
    talker = Talker(Person(telegram), "a", random.Random(1), 2, expected=["a b", "a c"])  # noqa: S311
    for text in heard:
        telegram.add_message(talker.person.chat, telegram.me, text=text)

    assert talker.problems() == problem


def test_how_long_deliveries_take_is_told_by_its_median_its_tail_and_its_end() -> None:
    telegram = Telegram()
    telegram.acknowledged = [number / 1000 for number in range(1, 101)]

    assert acknowledged(telegram) == {"median_ms": 50.5, "p95_ms": 96.0, "largest_ms": 100.0, "count": 100}
    assert acknowledged(Telegram()) == {}


@pytest.mark.stack
@pytest.mark.alone
@pytest.mark.parametrize("webhook", [False, True], ids=["polling", "webhook"])
def test_everybody_is_answered_once_and_in_order_while_telegram_fails(starts: Starts, webhook: bool) -> None:
    telegram = Telegram(faults=Faults(**HARD, lost_answers=0.02, seed=7))
    service = starts(telegram, webhook)

    figures = play(telegram, service, crowd(telegram, 60, 4, seed=7))

    assert figures["problems"] == {}
    assert figures["left_waiting"] == 0
    assert figures["impatient"] == 0
    assert figures["fastest_second"] <= 33
    assert bool(figures["acknowledged"]) == webhook
    assert telegram.token.split(":")[1] not in service.log


@pytest.mark.stack
@pytest.mark.alone
@pytest.mark.parametrize("webhook", [False, True], ids=["polling", "webhook"])
def test_everybody_is_answered_once_and_in_order_while_the_service_is_killed(starts: Starts, webhook: bool) -> None:
    telegram = Telegram(faults=Faults(**HARD, seed=8))
    service = starts(telegram, webhook)

    figures = play(telegram, service, crowd(telegram, 40, 4, seed=8), kills=8, seed=8)

    assert figures["problems"] == {}
    assert figures["kills"] == 8
    assert figures["left_waiting"] == 0
