"""What colleagues wrote and sent about a borrower's cases is a part of what is held about them."""

from __future__ import annotations

import json

import pytest

from bot.domain.wanted import Wanted
from bot.services.casework import Upload
from bot.store import audit
from tests.unit.desk_cases import click, events, happened, opened, worker
from tests.unit.fakes import ODALYS

SECRET = "zebra"


@pytest.fixture
def mei(services):
    return worker(services, "mei", name="Mei Castellane")


@pytest.fixture
def worked_on(odalys, services, mei):
    """A case in which colleagues noted, asked, answered and sent a file; its reference."""
    odalys.turn("a person please")
    case = opened(services, odalys.id)
    worker(services, "ada")
    services.casework.note(mei, case, click(), f"@ada her {SECRET} ran away")
    services.casework.propose(mei, case, click(), Wanted("plan", count=12), f"the {SECRET} was dear")
    services.casework.withdraw(mei, case, click())
    letter = Upload(f"{SECRET}.pdf", "application/pdf", b"%PDF zebra")
    services.casework.answer(mei, case, click(), f"About your {SECRET}.", files=[letter])
    return case


def test_an_export_holds_what_colleagues_wrote_and_sent(worked_on, services):
    data = services.privacy.export(ODALYS)

    notes = [event["words"] for event in data["case_events"] if event["kind"] == "noted"]
    assert notes == [f"@ada her {SECRET} ran away"]
    assert [row["why"] for row in data["decisions"]] == [f"the {SECRET} was dear"]
    assert [row["name"] for row in data["agent_files"]] == [f"{SECRET}.pdf"]
    assert len(data["mentions"]) == 1
    json.dumps(data)


def test_an_open_case_keeps_what_a_person_needs_for_it(worked_on, services):
    services.privacy.erase(ODALYS, "operator")

    assert any(SECRET in (event.words or "") for event in events(services, worked_on))


def test_an_erasure_leaves_that_something_was_done_and_no_words(worked_on, services, mei):
    services.casework.resolve(mei, worked_on, click(), "answered", f"the {SECRET} is back")
    kinds = happened(services, worked_on)

    done = services.privacy.erase(ODALYS, "operator")["erased"]

    assert done["words of colleagues"] >= 4
    assert done["files of colleagues"] == 1
    assert happened(services, worked_on) == kinds
    assert SECRET not in json.dumps(services.privacy.export(ODALYS)["case_events"])
    assert SECRET not in json.dumps(services.privacy.export(ODALYS)["agent_files"])
    assert SECRET not in json.dumps(services.privacy.export(ODALYS)["decisions"])
    with services.parts.store.transaction() as session:
        assert audit.verify(session, services.parts.store.keyring)
    assert services.privacy.erase(ODALYS, "operator")["erased"] == {}


def test_words_of_a_dispute_are_kept_as_evidence(odalys, services):
    ada = worker(services, "ada", teams=("care", "general"))
    case = opened(services, odalys.id, "dispute_debt", about="amount")
    services.casework.dispute(ada, case, click(), "rejected", f"the {SECRET} was counted once")
    services.casework.resolve(ada, case, click(), "dispute_rejected", "done")

    services.privacy.erase(ODALYS, "operator")

    assert any(SECRET in (event.words or "") for event in events(services, case))
