"""Bringing an older ledger up to date: what stood in it is still there, in the words of today."""

from __future__ import annotations

import json
import sqlite3
from pathlib import Path

import pytest
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from sqlalchemy import select, update
from sqlalchemy.exc import IntegrityError

import bot.store.audit  # noqa: F401  (its table belongs to the metadata)
from bot.domain.offer import Terms
from bot.store.database import Store
from bot.store.encryption import Keyring
from bot.store.tables import Base, Offer, Plan, Promise

MOMENT = "2026-11-01 06:00:00.000000"


def terms(currency: str, owed: str, fees: str, to_pay: str) -> str:
    def money(amount: str) -> dict[str, str]:
        return {"amount": amount, "currency": currency}

    row = {"number": 1, "due_on": "2026-12-01", "amount": money(to_pay), "down_payment": False}
    return json.dumps(
        {
            "kind": "settlement",
            "owed": money(owed),
            "to_pay": money(to_pay),
            "waived_fees": money(fees),
            "remaining": money("0"),
            "frequency": None,
            "rule": "late: settlement",
            "schedule": [row],
        }
    )


def insert(path: Path, table: str, **values: object) -> None:
    with sqlite3.connect(path) as connection:
        marks = ", ".join("?" for _ in values)
        connection.execute(f"INSERT INTO {table} ({', '.join(values)}) VALUES ({marks})", [*values.values()])  # noqa: S608


@pytest.fixture
def old(tmp_path: Path) -> Store:
    """A ledger of the first version with an account in yen and one in dollars, each with a settlement agreed."""
    path = tmp_path / "ledger.sqlite"
    ring = Keyring.new()
    store = Store(f"sqlite:///{path}", ring)
    command.upgrade(store._alembic(), "0001")
    insert(
        path,
        "conversations",
        id="c",
        channel="web",
        language="en",
        language_fixed=0,
        asked="",
        misunderstandings=0,
        refusals=0,
        failures=0,
        last_response="",
        created_at=MOMENT,
        updated_at=MOMENT,
    )
    for number, currency, owed, fees, to_pay in (
        (1, "USD", "1325.50", "22.50", "1303.00"),
        (2, "JPY", "90500", "250", "90250"),
    ):
        sealed = {
            name: ring.encrypt("x", f"accounts.{name}")
            for name in ("number", "borrower_name", "date_of_birth", "phone")
        }
        insert(
            path,
            "accounts",
            id=number,
            **sealed,
            number_hash=str(number),
            phone_hash="p",
            language="en",
            country="US",
            time_zone="UTC",
            currency=currency,
            due_date="2026-10-01",
            product="",
            lender="",
            portfolio="",
            jurisdiction="",
            created_at=MOMENT,
            updated_at=MOMENT,
        )
        insert(
            path,
            "turns",
            id=number,
            conversation_id="c",
            key=str(number),
            text=ring.encrypt("yes", "turns.text"),
            status="answered",
            responses="[]",
            received_at=MOMENT,
        )
        insert(
            path,
            "offers",
            id=f"o{number}",
            account_id=number,
            conversation_id="c",
            turn_id=number,
            option=1,
            round=1,
            kind="settlement",
            terms=terms(currency, owed, fees, to_pay),
            policy="standard",
            policy_version="v",
            rule="late: settlement",
            authority="bot",
            status="accepted",
            created_at=MOMENT,
            expires_at=MOMENT,
        )
        insert(
            path,
            "plans",
            id=number,
            account_id=number,
            offer_id=f"o{number}",
            kind="settlement",
            status="active",
            total=130300,
            waived_fees=2250 if number == 1 else 250,
            agreed_words=ring.encrypt("yes", "plans.agreed_words"),
            agreed_at=MOMENT,
        )
        insert(
            path,
            "plan_instalments",
            plan_id=number,
            number=1,
            due_on="2026-12-01",
            amount=130300,
            down_payment=0,
            status="due",
        )
        insert(
            path,
            "ledger_entries",
            account_id=number,
            kind="opening",
            component="fees",
            amount=5000,
            occurred_on="2026-11-01",
            recorded_at=MOMENT,
            key=f"k{number}",
            plan_id=number,
        )
    insert(
        path,
        "promises",
        id=1,
        account_id=2,
        offer_id="o2",
        amount=5,
        due_on="2026-12-01",
        status="kept",
        agreed_words=ring.encrypt("sure", "promises.agreed_words"),
        agreed_at=MOMENT,
    )
    return store


def test_old_plans_keep_their_waiver_and_begin_on_the_day_of_the_yes(old: Store) -> None:
    old.migrate()

    with old.transaction() as session:
        dollars, yen = session.scalars(select(Plan).order_by(Plan.id))
        assert dollars.waived == {"principal": 0, "interest": 0, "fees": 2250}
        assert yen.waived == {"principal": 0, "interest": 0, "fees": 250}
        assert (dollars.interest_to_come, dollars.pauses, dollars.authority) == (0, 0, "bot")
        assert dollars.began_on.isoformat() == "2026-11-01"
        assert (dollars.agreed_words, dollars.approved_by, dollars.replaces_id) == ("yes", None, None)
        (row,) = dollars.instalments
        assert (row.amount, row.paid, row.interest, row.status) == (130300, 0, 0, "due")
        promise = session.get_one(Promise, 1)
        assert (promise.paid, promise.agreed_words, promise.at_time) == (0, "sure", None)
    assert not old.behind()


def test_terms_of_old_offers_are_read_as_terms(old: Store) -> None:
    old.migrate()

    with old.transaction() as session:
        for row, fees in zip(session.scalars(select(Offer).order_by(Offer.id)), (2250, 250), strict=True):
            terms = Terms.from_json(row.terms)
            assert (terms.waived.fees.minor, terms.saved.minor, terms.added.minor) == (fees, fees, 0)
            named = {"at_time": "", "channel": "", "remaining": terms.remaining.as_json()}
            assert terms.as_json() == {**row.terms, **named}


def test_an_account_has_at_most_one_plan_that_waits_for_approval(old: Store) -> None:
    old.migrate()

    def second(status: str) -> None:
        with old.transaction() as session:
            session.execute(update(Plan).values(account_id=1, status=status))

    for status in ("agreed", "active"):
        with pytest.raises(IntegrityError):
            second(status)
    second("broken")


def test_the_tables_are_those_that_the_program_knows(old: Store) -> None:
    old.migrate()

    with old.engine.connect() as connection:
        differences = compare_metadata(MigrationContext.configure(connection), Base.metadata)

    assert [d for d in differences if "foreign" not in str(d) and "fk" not in str(d)] == []


def test_references_hold_after_the_migration(old: Store) -> None:
    old.migrate()

    with old.engine.connect() as connection:
        assert connection.exec_driver_sql("PRAGMA foreign_key_check").all() == []
