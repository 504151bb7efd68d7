"""Reading of one moment, and writing to the ledger in turn: who came first is next, what must not wait goes ahead."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable

import pytest
from sqlalchemy import delete, func, select
from sqlalchemy.exc import OperationalError

from bot.store.tables import AuditRecord
from bot.store.turnstile import Turnstile, Waited


def waits_at(turnstile: Turnstile, count: int) -> None:
    """Returns when so many wait."""
    while len(turnstile._ahead) + len(turnstile._waiting) < count:
        time.sleep(0.001)


def test_who_came_first_is_next_and_who_goes_ahead_passes_all_who_wait():
    turnstile, passed = Turnstile(60), []

    def passes(name: str, ahead: bool) -> Callable[[], None]:
        def pass_through() -> None:
            with turnstile.passing(ahead):
                passed.append(name)

        return pass_through

    threads = []
    with turnstile.passing():
        for name, ahead in (("first", False), ("second", False), ("update", True), ("next update", True)):
            threads.append(threading.Thread(target=passes(name, ahead)))
            threads[-1].start()
            waits_at(turnstile, len(threads))
        assert passed == []
    for thread in threads:
        thread.join()

    assert passed == ["update", "next update", "first", "second"]


def test_who_waits_too_long_gives_up_and_keeps_nobody_waiting():
    turnstile = Turnstile(0.05)

    with turnstile.passing(), pytest.raises(Waited), turnstile.passing():
        pass

    with turnstile.passing():
        assert turnstile._taken
    assert not turnstile._taken


def test_many_threads_write_one_at_a_time():
    turnstile, inside, most = Turnstile(60), [], []

    def passes() -> None:
        for _ in range(50):
            with turnstile.passing():
                inside.append(1)
                most.append(len(inside))
                inside.pop()

    threads = [threading.Thread(target=passes) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert (max(most), len(most)) == (1, 400)


def test_a_moment_is_one_reading_and_what_comes_after_it_reads_anew(services):
    store = services.parts.store

    def written() -> int:
        with store.reading() as session:
            return session.scalars(select(func.count()).select_from(AuditRecord)).one()

    before = written()
    with store.moment():
        assert written() == before
        with store.transaction() as session:
            store.audit(session, services.parts.now(), "system", "tried", "nothing")
        assert written() == before
        with pytest.raises(OperationalError), store.reading() as session:
            session.execute(delete(AuditRecord))
    assert written() == before + 1


def test_a_connection_that_only_read_can_write_again(services):
    store = services.parts.store
    with pytest.raises(RuntimeError), store.moment():
        raise RuntimeError
    with store.transaction() as session:
        store.audit(session, services.parts.now(), "system", "tried", "nothing")
