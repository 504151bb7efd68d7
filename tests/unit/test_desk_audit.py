"""The audit chain at the desk: who reads it, what it shows, whether it is whole, and that reading it is on it."""

from __future__ import annotations

import json

import pytest
from sqlalchemy import select

from bot.domain.rights import NotAllowed
from bot.services import desk_audit
from bot.services.desk_audit import A_PAGE, Sought
from bot.store.tables import AuditRecord
from tests.unit.desk_people import join
from tests.unit.test_desk_pages import at_desk, case, recorded  # noqa: F401


@pytest.fixture
def ruth(services, clock):
    return join(services, clock, "ruth", "auditor", (), "Ruth Oyelaran").actor


def tamper(services, statement: str) -> None:
    with services.parts.store.transaction() as session:
        session.connection().exec_driver_sql(statement)


@pytest.mark.parametrize("role", ["agent", "supervisor", "trainer", "administrator"])
def test_nobody_but_auditors_reads_verifies_or_exports_the_chain(services, at_desk, role):  # noqa: F811
    desk = at_desk(role)

    assert desk.get("/desk/audit").status_code == 403
    for act in ("verify", "export"):
        assert desk.client.post(f"/desk/audit/{act}", data={"csrf": desk.token("/desk/account")}).status_code == 403
    assert "/desk/audit" not in desk.get("/desk/figures" if role != "agent" else "/desk").text
    assert not recorded(services, "audit_read")


def test_an_auditor_reads_the_newest_first_and_that_is_recorded(services, ruth, case):  # noqa: F811
    first = services.audit.page(ruth, Sought())
    second = services.audit.page(ruth, Sought(case=case.lower()))

    numbers = [record.seq for record in first.records]
    assert numbers == sorted(numbers, reverse=True)
    assert recorded(services, "audit_read") == [
        {},
        {"narrowed_by": ["case"], "case": case},
    ]
    assert {"case_opened", "message_received"} <= {record.action for record in second.records}
    assert "person_joined" not in {record.action for record in second.records}


def test_records_are_found_by_who_and_by_what_and_a_page_at_a_time(services, ruth, odalys):
    for count in range(A_PAGE + 3):
        odalys.turn(f"hello {count}")
    by_actor = services.audit.page(ruth, Sought(actor="borrower", action="message_received"))
    older = services.audit.page(ruth, Sought(actor="borrower", action="message_received", before=by_actor.older))
    nothing = services.audit.page(ruth, Sought(actor="borrower", action="person_joined"))

    assert {(record.actor, record.action) for record in by_actor.records} == {("borrower", "message_received")}
    assert len(by_actor.records) == A_PAGE
    assert max(record.seq for record in older.records) < by_actor.older == by_actor.records[-1].seq
    assert older.older is None
    assert nothing.records == ()
    assert "message_received" in by_actor.actions


def test_what_is_typed_into_the_form_does_not_stand_in_the_chain(services, at_desk):  # noqa: F811
    desk = at_desk("auditor", teams=())

    desk.get("/desk/audit?actor=Odalys+Bergstrom&case=8840-2231&before=x")

    assert recorded(services, "audit_read") == [{"narrowed_by": ["actor", "case"]}]


def test_addresses_and_long_numbers_are_masked_on_the_page_and_in_the_export(services, clock, ruth, at_desk):  # noqa: F811
    with services.parts.store.transaction() as session:
        services.parts.store.audit(
            session, clock(), "bot", "message_sent", "+44 7700 900123", to=["odalys@example.test"], until="2026-11-23"
        )
    desk = at_desk("auditor", teams=())

    page = desk.get("/desk/audit?action=message_sent").text
    lines = desk.send("/desk/audit", "/desk/audit/export", action="message_sent").text.splitlines()

    for text in (page, *lines):
        assert "900123" not in text
        assert "odalys@example.test" not in text
        assert "2026-11-23" in text
    assert recorded(services, "audit_exported") == [{"narrowed_by": ["action"]}]


def test_an_export_has_every_record_once_with_its_hash_the_oldest_first(services, at_desk, odalys, monkeypatch):  # noqa: F811
    monkeypatch.setattr(desk_audit, "EXPORTED_AT_A_TIME", 7)
    for count in range(30):
        odalys.turn(f"hello {count}")
    desk = at_desk("auditor", teams=())

    answer = desk.send("/desk/audit", "/desk/audit/export")

    records = [json.loads(line) for line in answer.text.splitlines()]
    assert "attachment" in answer.headers["Content-Disposition"]
    assert len(records) > 30
    assert [record["seq"] for record in records] == list(range(1, len(records) + 1))
    with services.parts.store.transaction() as session:
        hashes = session.scalars(select(AuditRecord.hash).order_by(AuditRecord.seq)).all()
    assert [record["hash"] for record in records] == list(hashes[: len(records)])


@pytest.mark.parametrize("language", ["en", "zh-Hans", "zh-Hant"])
def test_the_page_says_whether_the_chain_is_whole_and_since_when(services, at_desk, case, language):  # noqa: F811
    desk = at_desk("auditor", language, teams=())
    never = desk.get("/desk/audit").text

    answer = desk.send("/desk/audit", "/desk/audit/verify")
    whole = desk.get(answer.headers["Location"]).text
    tamper(services, "UPDATE audit SET actor = 'nobody' WHERE seq = 3")
    desk.send("/desk/audit", "/desk/audit/verify")
    broken = desk.get("/desk/audit").text

    assert "auditor:auditor" not in never.split("records-title")[0]
    count = recorded(services, "audit_verified")[0]["records"]
    assert f"{count} " in whole.split("records-title")[0]
    assert 'class="warn"' not in whole
    assert 'class="warn"' in broken
    assert recorded(services, "audit_verified")[-1]["broken_at"] == 3
    assert f'href="/desk/case/{case}"' in desk.get(f"/desk/audit?case={case}").text


def test_whoever_may_not_is_refused_by_the_service_itself(services, clock):
    mei = join(services, clock).actor

    for does in (services.audit.page, services.audit.export):
        with pytest.raises(NotAllowed):
            does(mei, Sought())
    with pytest.raises(NotAllowed):
        services.audit.verify(mei)
