"""What is held about a borrower can be had in full, erased as far as may be, and explained."""

from __future__ import annotations

import json
from typing import Any

import pytest

from actions.identity import ActionIdentify
from actions.rights import ActionRequestDocument, ActionRight
from bot.services.accounts import UnknownAccount
from bot.store import audit
from bot.store.tables import Conversation, Offer
from tests.unit.fakes import EBENEZER, ODALYS, PORTFOLIO, Chat
from tests.unit.test_actions import turn_of
from tests.unit.test_affordability import fill_in
from tests.unit.test_feedback import agree

SECRET = "zebra"


def said(chat: Chat, text: str) -> int:
    """A message that was answered; returns the id of its turn."""
    turn = chat.turn(text)
    conversations = chat.services.conversations
    conversations.begin(turn)
    conversations.answer(turn, [{"text": f"About {text}"}], ["utter_thank"], "thank", 0.9)
    return turn


def chain_is_whole(services: Any) -> int:
    with services.parts.store.transaction() as session:
        return audit.verify(session, services.parts.store.keyring)


@pytest.fixture
def talkative(odalys, services) -> Chat:
    """Odalys has said much, told of hardship and a budget, agreed to a plan, and thought something of it."""
    said(odalys, f"my {SECRET} ran away and I lost my job")
    services.wellbeing.note_hardship(odalys.id, "job_loss")
    fill_in(odalys, "2000", "900", "300", "100")
    agree(odalys)
    services.feedback.give(said(odalys, f"4 stars, {SECRET}"))
    services.conversations.remember_wish(odalys.id, "ask_balance", [], f"{SECRET}?")
    services.conversations.buttons(odalys.id, [(SECRET, {"intent": "deny", "entities": [], "offer_id": None})])
    services.conversations.fail(odalys.id, "somewhere", f"{SECRET} broke it")
    services.cases.open(odalys.id, "request_callback")
    for turn in services.conversations.unanswered():
        services.conversations.answer(turn.id, [], ["utter_thank"])
    return odalys


def test_an_export_holds_every_section_and_says_what_for_and_until_when(talkative, services):
    data = services.privacy.export("7001 3344")

    [talk] = data["conversations"]
    texts = [turn["text"] for turn in talk["turns"]]
    assert f"my {SECRET} ran away and I lost my job" in texts
    assert data["account"]["borrower_name"] == "Odalys Brambleworth"
    assert data["account"]["hardship"] == "job_loss"
    assert json.loads(data["account"]["budget"])["income"]["amount"] == "2000.00"
    assert data["feedback"][0]["mark"] == 4
    for section in (
        "ledger",
        "plans",
        "offers",
        "cases",
        "outbox",
        "identity_checks",
        "passcodes",
        "incidents",
        "audit",
    ):
        assert data[section], section
    assert data["retention"]["why"] == "owed"
    assert set(data["purposes"])
    assert "secret_hash" not in talk
    assert json.dumps(data)


def test_an_export_of_nobody_is_refused(services):
    with pytest.raises(UnknownAccount, match="there is no account 99"):
        services.privacy.export("99")


def test_an_erasure_while_something_is_owed_leaves_the_contract_and_what_the_agreement_rests_on(talkative, services):
    before = services.accounts.show(ODALYS)

    done = services.privacy.erase(ODALYS, "Fern")

    after, data = services.accounts.show(ODALYS), services.privacy.export(ODALYS)
    kept = [turn for turn in data["conversations"][0]["turns"] if turn["text"]]
    assert {"turns", "budget", "hardship", "feedback", "buttons", "messages", "incidents"} <= set(done["erased"])
    assert SECRET not in json.dumps(data)
    assert (after["hardship"], data["account"]["budget"]) == (None, None)
    assert (after["balance"], after["plan"], after["borrower_name"]) == (
        before["balance"],
        before["plan"],
        "Odalys Brambleworth",
    )
    assert len(kept) == 2  # the turn of the offer and the turn of the yes
    assert "owed" in done["kept"][0]["why"]


def test_the_history_of_the_page_shows_nothing_that_was_erased(talkative, services):
    services.privacy.erase(ODALYS, "Fern")

    history = services.conversations.history(talkative.id)

    assert SECRET not in json.dumps(history)
    assert all(turn["text"] for turn in history)
    assert services.outbox.waiting_for(talkative.id, 0) == []


def test_erased_twice_changes_nothing_and_the_chain_stays_whole(talkative, services):
    records = chain_is_whole(services)

    services.privacy.erase(ODALYS, "Fern")
    again = services.privacy.erase(ODALYS, "Fern")

    assert again["erased"] == {}
    assert chain_is_whole(services) == records + 1
    [record] = [row for row in services.privacy.export(ODALYS)["audit"] if row["action"] == "data_erased"]
    assert (record["actor"], record["data"]["turns"]) == ("Fern", record["data"]["turns"])


def test_a_dry_run_erases_nothing(talkative, services):
    would = services.privacy.erase(ODALYS, "Fern", dry_run=True)

    did = services.privacy.erase(ODALYS, "Fern")

    assert would["erased"] == did["erased"]
    assert would["dry_run"]


def test_what_was_said_in_a_dispute_stays(odalys, services, clock):
    turn = odalys.turn("I paid this twice already")
    services.cases.open(odalys.id, "claim_already_paid")
    services.conversations.answer(turn, [], ["utter_case_claim_already_paid"])
    said(odalys, f"before or after, my {SECRET}")
    services.cases.hand_back("C-1", "checked")
    clock.passes(minutes=1)
    said(odalys, "and now something else")

    services.privacy.erase(ODALYS, "Fern")

    texts = [turn["text"] for turn in services.privacy.export(ODALYS)["conversations"][0]["turns"]]
    assert "I paid this twice already" in texts
    assert f"before or after, my {SECRET}" in texts
    assert "and now something else" not in texts


def test_records_that_have_outlived_their_time_lose_the_name(services, clock):
    clock.passes(days=5 * 365 + 3)

    done = services.privacy.erase(EBENEZER, "Fern")
    again = services.privacy.erase(EBENEZER, "Fern")

    account = services.privacy.export(EBENEZER)["account"]
    assert done["erased"] == {"names and contact details": 1}
    assert again["erased"] == {}
    assert [account[name] for name in ("number", "borrower_name", "date_of_birth", "phone", "email")] == [""] * 4 + [
        None
    ]


def test_within_its_time_a_settled_account_keeps_its_name_and_says_until_when(services, clock):
    done = services.privacy.erase(EBENEZER, "Fern")

    kept_until = clock().date().replace(year=clock().year + 3).isoformat()  # as policies/contact says of the US
    assert services.accounts.show(EBENEZER)["borrower_name"] == "Ebenezer Quill"
    assert done["kept"][0]["until"] == kept_until


def test_a_later_import_knows_an_erased_account_again(services, clock):
    clock.passes(days=5 * 365 + 3)
    services.privacy.erase(EBENEZER, "Fern")

    imported = services.portfolio.import_text(PORTFOLIO, "the same again")

    assert imported.added == 0
    assert services.accounts.show(EBENEZER)["borrower_name"] == "Ebenezer Quill"


def test_an_erased_conversation_goes_on(talkative, services):
    services.negotiation.change(talkative.turn("another day"), "change", [])
    services.privacy.erase(ODALYS, "Fern")

    stage = talkative.stage

    assert stage == "planned"
    assert services.accounts.picture(talkative.id).next_due is not None


def test_of_a_conversation_that_two_have_used_each_gets_only_their_own_words(odalys, services, clock):
    said(odalys, "words of Odalys")
    clock.passes(hours=3)
    said(odalys, "AC-40118, born 1979-12-31")
    odalys.prove("AC-40118, born 1979-12-31")
    clock.passes(minutes=1)
    said(odalys, "words of Wilhelmina")

    first, second = (services.privacy.export(number)["conversations"][0]["turns"] for number in (ODALYS, "AC-40118"))

    assert [turn["text"] for turn in first] == ["words of Odalys"]
    assert [turn["text"] for turn in second] == ["AC-40118, born 1979-12-31", "words of Wilhelmina"]


# -- requests of the borrower


@pytest.mark.parametrize(
    ("intent", "about"),
    [
        ("request_data_access", "access"),
        ("request_correction", "correction"),
        ("request_data_deletion", "erasure"),
        ("ask_explanation", "explanation"),
    ],
)
def test_a_request_becomes_a_case_with_a_reference_and_the_conversation_goes_on(odalys, services, intent, about):
    replies = ActionRight(services).perform(turn_of(odalys, intent, "verified"))

    [case] = services.cases.all()
    assert (case["reason"], case["about"], case["account"]) == (intent, about, ODALYS)
    assert replies[-1].response == "utter_case_noted"
    assert replies[-1].facts["reference"] == case["id"]
    assert not services.conversations.situation(odalys.id).held


def test_an_objection_goes_to_a_person(odalys, services):
    replies = ActionRight(services).perform(turn_of(odalys, "object_to_automation", "verified"))

    assert [reply.response for reply in replies] == [
        "utter_case_object_to_automation",
        "utter_case_held",
        "utter_case_nobody_to_call",
    ]
    assert services.conversations.situation(odalys.id).held


@pytest.mark.parametrize("action", [ActionRight, ActionRequestDocument])
def test_before_identity_a_request_is_taken_and_identity_asked_for(chat, services, action):
    intent = action.intents[0]

    replies = action(services).perform(turn_of(chat, intent, "start"))
    chat.identify("7001-3344, born 1987-03-07")
    passcode = turn_of(chat, "provide_identity", "passcode", text=chat.passcode())
    taken_up = ActionIdentify(services).perform(passcode)

    [case] = services.cases.all()
    assert [reply.response for reply in replies[-2:]] == ["utter_request_taken", "utter_identity_ask_both"]
    assert [reply.response for reply in taken_up][-1] == "utter_case_noted"
    assert (case["reason"], case["account"]) == (intent, ODALYS)


def test_an_explanation_names_the_policy_and_rule_of_the_offer_that_is_open(odalys, services):
    services.negotiation.offer(odalys.turn("options?"), "plan")
    services.negotiation.choose(odalys.turn("the second"), 2)

    replies = ActionRight(services).perform(turn_of(odalys, "ask_explanation", "confirming"))

    with services.parts.store.transaction() as session:
        offer = session.get_one(Offer, json.loads(session.get_one(Conversation, odalys.id).draft)["selected"])
    facts = replies[1].facts
    assert [reply.response for reply in replies[:2]] == ["utter_explanation_facts", "utter_explanation_offer"]
    assert (facts["policy"], facts["group"]) == ("unit", "early")
    assert offer.policy_version.startswith(facts["version"])
    assert facts["kind"].response == f"utter_word_kind_{offer.kind}"


def test_before_identity_an_explanation_says_nothing_of_any_offer(chat, services):
    replies = ActionRight(services).perform(turn_of(chat, "ask_explanation", "start"))

    assert [reply.response for reply in replies] == [
        "utter_explanation_facts",
        "utter_case_ask_explanation",
        "utter_request_taken",
        "utter_identity_ask_both",
    ]


def test_several_requests_in_one_conversation_are_all_on_the_case(odalys, services):
    ActionRight(services).perform(turn_of(odalys, "request_data_access", "verified"))
    ActionRight(services).perform(turn_of(odalys, "request_data_deletion", "verified"))

    [case] = services.cases.all()
    assert case["about"] == "access, erasure"


def test_a_passcode_still_leaves_after_an_erasure(chat, services):
    chat.prove(f"{ODALYS}, born 1987-03-07")
    services.privacy.erase(ODALYS, "Fern")
    later = Chat(services, "conversation-2")

    later.identify(f"{ODALYS}, born 1987-03-07")

    assert later.passcode()
