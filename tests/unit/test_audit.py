"""The audit chain: whole when nobody touched it, and any change of it is found."""

from __future__ import annotations

import contextlib
from datetime import timedelta, timezone

import pytest

from bot.store import audit
from bot.store.audit import BrokenChain
from bot.store.encryption import Keyring
from tests.unit.fakes import MONDAY

SIX = [{"entity": "instalments", "value": 6}]


@pytest.fixture
def store(odalys, services):
    """A ledger in which something has happened."""
    services.negotiation.consider(odalys.turn("六期"), SIX)
    services.negotiation.agree(odalys.turn("yes"))
    return services.parts.store


def verify(store) -> int:
    with store.transaction() as session:
        return audit.verify(session, store.keyring)


def tamper(store, *statements: str) -> None:
    with store.transaction() as session:
        for statement in statements:
            session.connection().exec_driver_sql(statement)


def test_a_chain_that_nobody_touched_is_whole(store):
    with store.transaction() as session:
        count = session.connection().exec_driver_sql("SELECT count(*) FROM audit").scalar()

    assert verify(store) == count > 8


def test_an_empty_chain_is_whole(empty):
    assert verify(empty.parts.store) == 0


@pytest.mark.parametrize(
    "change",
    [
        "actor = 'nobody'",
        "action = 'nothing'",
        "subject = 'elsewhere'",
        "data = '{}'",
        "data = '{\"added\": 7}'",
        "at = '2026-11-23 06:00:01.000000'",
        "hash = '" + "a" * 64 + "'",
    ],
)
def test_a_changed_record_is_found(store, change):
    tamper(store, f"UPDATE audit SET {change} WHERE seq = 3")  # noqa: S608

    with pytest.raises(BrokenChain) as broken:
        verify(store)
    assert broken.value.seq == 3


@pytest.mark.parametrize("seq", [1, 4])
def test_a_removed_record_is_found(store, seq):
    tamper(store, f"DELETE FROM audit WHERE seq = {seq}")  # noqa: S608

    with pytest.raises(BrokenChain) as broken:
        verify(store)
    assert broken.value.seq == seq


def test_a_removed_record_is_found_even_when_the_rest_is_numbered_anew(store):
    tamper(store, "DELETE FROM audit WHERE seq = 4", "UPDATE audit SET seq = seq - 1 WHERE seq > 4")

    with pytest.raises(BrokenChain) as broken:
        verify(store)
    assert broken.value.seq == 4


def test_two_records_changed_about_are_found(store):
    tamper(
        store,
        "UPDATE audit SET seq = 1000 WHERE seq = 3",
        "UPDATE audit SET seq = 3 WHERE seq = 4",
        "UPDATE audit SET seq = 4 WHERE seq = 1000",
    )

    with pytest.raises(BrokenChain) as broken:
        verify(store)
    assert broken.value.seq == 3


def test_a_cut_off_end_is_found(store):
    count = verify(store)
    tamper(store, f"DELETE FROM audit WHERE seq > {count - 2}")  # noqa: S608

    with pytest.raises(BrokenChain, match="cut off") as broken:
        verify(store)
    assert broken.value.seq == count - 1


def test_a_cut_off_end_is_found_even_when_the_head_is_moved_back(store):
    count = verify(store)
    tamper(
        store,
        f"DELETE FROM audit WHERE seq > {count - 2}",  # noqa: S608
        f"UPDATE audit_head SET seq = {count - 2}, hash = (SELECT hash FROM audit WHERE seq = {count - 2})",  # noqa: S608
    )

    with pytest.raises(BrokenChain, match="cut off"):
        verify(store)


@pytest.mark.parametrize("statement", ["DELETE FROM audit", "DELETE FROM audit_head"])
def test_a_chain_without_records_or_without_its_head_is_found(store, statement):
    tamper(store, statement)

    with pytest.raises(BrokenChain):
        verify(store)


def test_a_record_added_by_other_means_is_found(store):
    count = verify(store)
    tamper(
        store,
        "INSERT INTO audit (seq, at, actor, action, subject, data, hash) "  # noqa: S608
        f"SELECT {count + 1}, at, actor, action, subject, data, hash FROM audit WHERE seq = {count}",
    )

    with pytest.raises(BrokenChain) as broken:
        verify(store)
    assert broken.value.seq == count + 1


def test_a_chain_does_not_fit_another_key(store):
    with store.transaction() as session, pytest.raises(BrokenChain):
        audit.verify(session, Keyring.new())


def test_a_rotation_of_the_encryption_key_leaves_the_chain_whole(store):
    with store.transaction() as session:
        count = audit.verify(session, store.keyring.rotated())

    assert count > 0


def test_what_is_rolled_back_is_not_on_the_chain(store):
    count = verify(store)

    with contextlib.suppress(RuntimeError), store.transaction() as session:
        store.audit(session, MONDAY, "bot", "thought_better_of_it", "unit")
        raise RuntimeError

    assert verify(store) == count


def test_a_moment_in_another_time_zone_is_the_same_moment(store):
    count = verify(store)
    with store.transaction() as session:
        store.audit(session, MONDAY.astimezone(timezone(timedelta(hours=8))), "bot", "told_the_time", "unit")

    assert verify(store) == count + 1


def test_a_record_holds_no_personal_data(store, odalys):
    with store.transaction() as session:
        rows = session.connection().exec_driver_sql("SELECT actor, action, subject, data FROM audit").all()

    written = str(rows)
    for personal in ("Brambleworth", "2025550181", "1987-03-07", "7001-3344", "六期", odalys.passcode()):
        assert personal not in written
