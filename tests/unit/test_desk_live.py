"""What open pages are told: that the queue or their case is another one, each only of what its reader may see."""

from __future__ import annotations

import json

import anyio
import pytest

from bot.desk import live
from bot.desk.live import Live
from tests.unit.desk_people import join
from tests.unit.fakes import Chat

pytestmark = pytest.mark.anyio


@pytest.fixture(autouse=True)
def _quick(monkeypatch):
    monkeypatch.setattr(live, "LOOK_SECONDS", 0.02)


async def told(stream, within: float = 1.0) -> dict | None:
    """The next thing that a page is told; None where it is told nothing for a while."""
    with anyio.move_on_after(within):
        event = await anext(stream)
        return {"event": event["event"], **json.loads(event["data"])}
    return None


@pytest.fixture
def case(odalys, services) -> str:
    return services.cases.open(odalys.id, "request_human").reference


async def opened(desk: Live, actor, case: str | None = None):
    stream = desk.stream(actor, case)
    assert (await told(stream))["event"] == "ready"
    return stream


async def test_a_page_is_told_when_its_case_changes_and_another_one_that_the_queue_does(services, clock, case):
    desk, mei = Live(services.desk), join(services, clock).actor
    on_it, queue = await opened(desk, mei, case), await opened(desk, mei)

    clock.passes(seconds=5)
    services.casework.claim(mei, case, "click-1")

    assert await told(on_it) == {"event": "changed", "case": True}
    assert await told(queue) == {"event": "changed", "case": False}


async def test_what_changed_since_a_page_was_made_is_told_first(services, clock, case):
    desk, mei = Live(services.desk), join(services, clock).actor
    made, _ = services.desk.changes(mei, None)
    clock.passes(seconds=5)
    services.casework.claim(mei, case, "click-1")

    late, fresh = desk.stream(mei, case, made), desk.stream(mei, case, services.desk.changes(mei, None)[0])

    assert [(await told(late))["event"], (await told(fresh))["event"]] == ["ready", "ready"]
    assert await told(late) == {"event": "changed", "case": True}
    assert await told(fresh, within=0.3) is None


async def test_whoever_may_not_see_a_case_learns_nothing_of_it(services, clock, case):
    desk, mei = Live(services.desk), join(services, clock).actor
    queue = await opened(desk, mei)
    other = await opened(desk, join(services, clock, "jonas", teams=("chinese",)).actor)

    clock.passes(seconds=5)
    services.casework.claim(mei, case, "click-1")

    assert await told(queue) is not None
    assert await told(other, within=0.3) is None


async def test_those_who_see_the_same_are_looked_after_together_and_nobody_looks_for_no_one(services, clock, case):
    desk, mei, jonas = Live(services.desk), join(services, clock).actor, join(services, clock, "jonas").actor
    streams = [await opened(desk, actor) for actor in (mei, jonas, mei)]

    together = len(desk._groups)
    for stream in streams:
        await stream.aclose()
    await anyio.sleep(0.1)

    assert together == 1
    assert desk._groups == {}
    assert desk._looking.done()


async def test_what_failed_once_is_looked_for_again(services, clock, case, monkeypatch):
    desk, mei = Live(services.desk), join(services, clock).actor
    stream = await opened(desk, mei)
    real = services.desk.changes
    monkeypatch.setattr(services.desk, "changes", lambda *given: 1 / 0)
    await anyio.sleep(0.1)
    monkeypatch.setattr(services.desk, "changes", real)

    clock.passes(seconds=5)
    fresh = services.cases.open(Chat(services, "conversation-2").id, "request_callback")

    assert fresh
    assert await told(stream) == {"event": "changed", "case": False}
