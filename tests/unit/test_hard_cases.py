"""Hard cases, hardship, distress and refusal: what is said, recorded and stopped, and what is never asked."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import Any

import pytest
from sqlalchemy import select

from actions import all_actions
from actions.accounts import ActionBreakdown
from actions.base import Reply, Turn
from actions.handover import ActionAbuse, ActionHandOver, ActionRefusal, ActionStopContact
from actions.hardship import ActionHearCannotPay, ActionHearDeath, ActionHearHardship
from actions.held import GRAVE, WhileHeld
from actions.identity import ActionIdentify
from actions.negotiation import ActionOfferPlans
from bot.dialogue.words import LANGUAGES, Voice
from bot.domain.contact import ContactPack
from bot.domain.hardship import Cause
from bot.services.cases import DISPUTES
from bot.store.tables import Button, Conversation, Disclosure, FlaggedContact, Offer
from tests.unit.fakes import CHANGGENG, ODALYS, WILHELMINA, Chat

STOPPING = [
    "dispute_debt",
    "claim_already_paid",
    "report_fraud",
    "report_bankruptcy",
    "legal_representation",
    "report_death",
    "underage",
    "express_distress",
]
MONEY = re.compile(
    r"\b(?:owe|pay|paid|debts?|account|money|balance|loan|plan|instalments?|reference|amount|fees?)\b"
    r"|C-\d|欠|还款|還款|账|帳|钱|錢|付|贷|貸|编号|編號|金额|金額|分期"
)
CAUSES = Cause.__args__  # type: ignore[attr-defined]


def turn_of(chat: Chat, intent: str, text: str = "…", **more: Any) -> Turn:
    stage = chat.stage
    return replace(Turn(chat.turn(text), chat.id, text, intent, 0.9, [], stage, "en"), **more)


def names(replies: list[Reply]) -> list[str]:
    return [reply.response for reply in replies]


def said(words: Any, replies: list[Reply], voice: Voice, turn: int = 0) -> str:
    told = [reply.as_json() for reply in replies]
    return "\n".join(words.say(reply["response"], reply["facts"], voice, turn) for reply in told)


def hand_over(chat: Chat, reason: str, text: str = "…", **more: Any) -> list[Reply]:
    return ActionHandOver(chat.services).perform(turn_of(chat, reason, text, **more))


def while_held(chat: Chat, intent: str, text: str = "…", **more: Any) -> list[Reply]:
    return WhileHeld(chat.services).perform(turn_of(chat, intent, text, **more))


def case_of(services: Any) -> dict[str, Any]:
    (case,) = services.cases.all()
    return case


def account(services: Any, number: str = ODALYS) -> dict[str, Any]:
    return services.accounts.show(number)


# -- disputes


def test_a_dispute_stops_collection_sends_what_it_is_made_of_and_asks_which_it_is(odalys, services):
    replies = hand_over(odalys, "dispute_debt", "this debt is wrong")

    assert names(replies) == [
        "utter_case_dispute_debt",
        "utter_case_stopped",
        "utter_case_nobody_to_call",
        "utter_dispute_itemised",
        "utter_dispute_which",
    ]
    assert [choice.entities[0]["value"] for choice in replies[-1].choices] == list(DISPUTES)
    assert account(services)["hold"] == "dispute_debt"


@pytest.mark.parametrize(
    ("text", "about"),
    [
        ("the amount is wrong", "amount"),
        ("金额不对", "amount"),
        ("it isn't mine", "not_mine"),
        ("不是我借的", "not_mine"),
        ("I've already paid", "already_paid"),
        ("我已经还了", "already_paid"),
        ("somebody used my name", "name_used"),
        ("有人冒用我的名义", "name_used"),
    ],
)
def test_what_a_dispute_is_about_is_taken_from_words_as_from_buttons(odalys, services, text, about):
    which = hand_over(odalys, "dispute_debt", "this is wrong")[-1].choices
    tapped = next(choice for choice in which if choice.entities[0]["value"] == about)

    typed = while_held(odalys, "nlu_fallback", text)
    other = Chat(services, "other").prove("7001-3344, 1987-03-07")
    hand_over(other, "dispute_debt", "this is wrong")
    by_button = while_held(other, tapped.intent, "…", entities=list(tapped.entities))

    assert names(typed) == names(by_button) == [f"utter_dispute_{about}", "utter_held"]
    assert {case["about"] for case in services.cases.all()} == {about}
    assert all(f"About: {about}" in case["summary"] for case in services.cases.all())
    assert all(DISPUTES[about] in case["reasons"] for case in services.cases.all())


def test_whoever_says_at_once_what_is_wrong_is_not_asked_again(odalys, services):
    replies = hand_over(odalys, "dispute_debt", "you charged me too much interest")

    assert "utter_dispute_which" not in names(replies)
    assert case_of(services)["about"] == "amount"


def test_what_the_amount_is_made_of_is_sent_to_nobody_unknown(chat, services):
    replies = hand_over(chat, "dispute_debt", "this debt is wrong")

    assert "utter_dispute_itemised" not in names(replies)
    assert not any("total" in reply.facts for reply in replies)


OF_THE_DEBT = "your account with Harbour Wallet ending in 3344"


US = Voice("en", "US")


def test_a_dispute_sends_whose_debt_it_is_and_the_last_day_to_dispute_it(odalys, services, words):
    replies = hand_over(odalys, "dispute_debt", "this debt is wrong")

    told = said(words, replies, US)
    assert f"{OF_THE_DEBT}. Whatever is wrong in it can be disputed until Thu, Dec 31, 2026." in told
    with services.parts.store.transaction() as session:
        [row] = session.scalars(select(Disclosure).where(Disclosure.kind == "validation"))
        assert row.account_id is not None


def test_the_days_to_dispute_a_debt_run_from_when_that_was_said_first(odalys, services, words, clock):
    services.disclosures.after_identity(odalys.id)
    clock.passes(days=10)
    odalys.prove("7001-3344, born 1987-03-07")
    asked = ActionBreakdown(services).perform(turn_of(odalys, "ask_balance_breakdown"))
    clock.passes(days=40)
    odalys.prove("7001-3344, born 1987-03-07")
    again = ActionBreakdown(services).perform(turn_of(odalys, "ask_balance_breakdown"))

    disputed = hand_over(odalys, "dispute_debt", "this debt is wrong")

    assert f"{OF_THE_DEBT}. Whatever is wrong in it can be disputed until Thu, Dec 31, 2026." in said(words, asked, US)
    assert OF_THE_DEBT not in said(words, again, US)
    assert "The last day to dispute it was Thu, Dec 31, 2026; it is checked all the same." in said(words, disputed, US)


def test_whoever_asks_about_a_disputed_debt_while_it_is_checked_is_sent_its_details_again(odalys, services, words):
    hand_over(odalys, "dispute_debt", "this debt is wrong")

    replies = while_held(odalys, "ask_balance_breakdown", "send me the details of this debt")

    assert names(replies) == ["utter_dispute_itemised", "utter_held"]
    assert OF_THE_DEBT in said(words, replies, US)


def test_while_terms_are_open_until_when_a_debt_can_be_disputed_is_not_said_beside_them(odalys, services):
    services.negotiation.offer(odalys.turn("instalments please"), "plan")

    first, *_ = ActionBreakdown(services).perform(turn_of(odalys, "ask_balance_breakdown"))

    assert (first.response, first.facts["particulars"]) == ("utter_breakdown", [])


def test_where_the_rules_do_not_ask_for_it_no_particulars_are_sent(odalys, services, monkeypatch):
    monkeypatch.setattr(ContactPack, "says", lambda *_: False)

    replies = hand_over(odalys, "dispute_debt", "this debt is wrong")

    assert next(r for r in replies if r.response == "utter_dispute_itemised").facts["particulars"] == []


def test_a_borrower_can_prove_who_they_are_in_a_case_that_is_open_and_everything_stops(chat, services):
    invited = hand_over(chat, "dispute_debt", "this is wrong")

    asked = while_held(chat, "provide_identity", "7001-3344, born 1987-03-07")
    proven = while_held(chat, "provide_identity", chat.passcode())

    assert {"utter_case_prove", "utter_identity_ask_both"} <= set(names(invited))
    assert names(asked) == ["utter_identity_passcode_sent"]
    assert names(proven) == ["utter_identity_verified", "utter_case_stopped", "utter_dispute_itemised"]
    assert case_of(services)["account"] == ODALYS
    assert account(services)["hold"] == "dispute_debt"


def test_a_passcode_that_is_on_its_way_still_counts_in_the_case(chat, services):
    chat.identify("7001-3344, born 1987-03-07")
    hand_over(chat, "report_fraud", "somebody used my name")

    proven = while_held(chat, "provide_identity", chat.passcode())

    assert names(proven)[0] == "utter_identity_verified"
    assert account(services)["hold"] == "report_fraud"


@pytest.mark.parametrize("reason", ["report_death", "express_distress", "request_human", "complain", "underage"])
def test_nobody_is_asked_who_they_are_where_it_would_hurt_or_change_nothing(chat, reason):
    replies = hand_over(chat, reason)

    assert not any(name.startswith("utter_identity") or name == "utter_case_prove" for name in names(replies))


# -- while a person has the conversation


@pytest.mark.parametrize("reason", [reason for reason in GRAVE if reason != "dispute_debt"])
def test_a_graver_case_is_heard_while_a_person_has_the_conversation(odalys, services, reason):
    hand_over(odalys, "request_human")
    words = {"wrong_person": "you have the wrong person", "third_party": "I am writing on behalf of my husband"}

    first = while_held(odalys, reason, words.get(reason, "…"))
    again = while_held(odalys, reason, words.get(reason, "…"))

    rule = services.parts.handover.reasons[reason]
    assert names(first)[0] == f"utter_case_{reason}"
    assert case_of(services)["reasons"] == ["request_human", reason]
    assert account(services)["hold"] == (reason if rule.stops_collection else None)
    assert again[-1].response in ("utter_held", "utter_held_death")
    assert len(again) == 1


def test_a_stop_is_obeyed_at_once_while_a_person_has_the_conversation(odalys, services):
    hand_over(odalys, "request_human")

    replies = while_held(odalys, "stop_contact")

    assert names(replies) == ["utter_held_contact_stopped"]
    assert account(services)["contact_stopped"]


@pytest.mark.parametrize("text", ["how long will this take?", "any news?", "多久有结果", "怎么还没人回我"])
def test_whoever_asks_where_their_case_stands_is_told_by_when(odalys, services, text):
    hand_over(odalys, "request_human")

    reply = while_held(odalys, "ask_help", text)[0]

    assert reply.response == "utter_held_when"
    assert reply.facts["answer_by"] == services.cases.current(odalys.id).answer_by


def test_an_answer_that_is_late_is_called_late(odalys, clock):
    hand_over(odalys, "request_human")
    clock.passes(days=3)

    assert names(while_held(odalys, "thank")) == ["utter_held_late"]


@pytest.mark.parametrize("reason", ["report_death", "legal_representation"])
def test_nobody_is_written_to_uninvited_after_a_death_or_once_an_adviser_speaks(odalys, services, reason):
    hand_over(odalys, reason)

    assert account(services)["contact_stopped"]


# -- distress


@pytest.mark.parametrize(
    "name", ["utter_case_express_distress", "utter_held_distress", "utter_held_are_you_safe", "utter_no_more_messages"]
)
@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("country", ["US", "CN", "GB", "TW", "JP", "FR", None])
def test_nothing_that_is_said_to_somebody_in_distress_is_about_money(services, words, name, language, country):
    facts = {"crisis_line": services.parts.lender.crisis_line(country)}

    for turn in range(2):
        text = words.say(name, facts, Voice(language, country), turn)
        assert not MONEY.search(text)
        assert name == "utter_no_more_messages" or re.search(r"\d{3}|findahelpline", text)


def test_a_chinese_writer_without_a_country_is_told_of_a_line_that_exists(services):
    line = services.parts.lender.crisis_line(None)

    assert "12356" in line["zh-Hans"]
    assert "1925" in line["zh-Hant"]


@pytest.mark.parametrize(
    "intent", ["thank", "ask_balance", "provide_identity", "dispute_debt", "affirm", "propose_plan"]
)
def test_whatever_somebody_in_distress_says_next_is_answered_with_care_alone(odalys, services, intent):
    hand_over(odalys, "express_distress")

    replies = while_held(odalys, intent, "how much longer, 7001-3344")

    assert names(replies) == ["utter_held_distress"]
    assert case_of(services)["priority"] == "urgent"


def test_distress_that_is_doubted_while_a_person_has_the_conversation_is_asked_about(odalys, services):
    hand_over(odalys, "request_human")

    answer, asked = while_held(odalys, "nlu_fallback", "i feel so empty", close=("express_distress", "cannot_pay"))

    assert answer.response == "utter_held"
    assert asked.response == "utter_held_are_you_safe"
    assert [choice.intent for choice in asked.choices] == ["express_distress", "deny"]
    assert case_of(services)["reason"] == "request_human"


@pytest.mark.parametrize(
    ("intent", "reply", "priority"),
    [("affirm", "utter_case_express_distress", "urgent"), ("deny", "utter_held", "normal")],
)
def test_a_yes_to_that_question_is_distress_and_a_no_is_none(odalys, services, intent, reply, priority):
    hand_over(odalys, "request_human")
    answer = turn_of(odalys, intent)
    with services.parts.store.transaction() as session:
        session.get_one(Conversation, odalys.id).last_response = "utter_held_are_you_safe"

    assert names(WhileHeld(services).perform(answer)) == [reply]
    assert case_of(services)["priority"] == priority


@pytest.mark.parametrize(
    ("said", "reply"),
    [
        ("ok thanks, I'll wait to hear", "utter_held"),
        ("好的 那我等通知 谢谢", "utter_held"),
        ("yes please, thank you", "utter_case_express_distress"),
        ("是的，谢谢", "utter_case_express_distress"),
        ("好的", "utter_case_express_distress"),
    ],
)
def test_thanks_for_the_answer_are_no_yes_to_that_question(odalys, services, said, reply):
    hand_over(odalys, "request_human")
    answer = replace(turn_of(odalys, "affirm"), text=said)
    with services.parts.store.transaction() as session:
        session.get_one(Conversation, odalys.id).last_response = "utter_held_are_you_safe"

    assert names(WhileHeld(services).perform(answer)) == [reply]


def test_a_yes_to_anything_else_is_no_distress(odalys, services):
    hand_over(odalys, "request_human")

    assert names(while_held(odalys, "affirm", "yes")) == ["utter_held"]


def test_what_was_read_back_before_distress_is_gone(odalys, services):
    offered = services.negotiation.offer(odalys.turn("bit by bit?"), "plan")
    services.negotiation.choose(odalys.turn("the first"), 1)
    services.conversations.buttons(odalys.id, [("Yes", BUTTON)])

    hand_over(odalys, "express_distress")
    services.cases.hand_back(case_of(services)["id"], "safe now")
    step = services.negotiation.agree(odalys.turn("yes"), offered.offers[0].id)

    with services.parts.store.transaction() as session:
        assert not session.scalars(select(Offer).where(Offer.status == "open")).all()
        assert all(button.expires_at <= services.parts.now() for button in session.scalars(select(Button)))
    assert step.state == "expired"
    assert account(services)["plan"] is None


BUTTON = {"intent": "affirm", "entities": [], "offer_id": None}


# -- who is not the borrower


def flagged(services: Any) -> list[FlaggedContact]:
    with services.parts.store.transaction() as session:
        rows = list(session.scalars(select(FlaggedContact)))
        session.expunge_all()
        return rows


def test_the_wrong_person_is_left_in_peace_and_the_number_they_name_is_flagged(chat, services):
    phone = {"entity": "phone", "value": "2025550181"}

    replies = hand_over(chat, "wrong_person", "not me, this is 202 555 0181", entities=[phone])

    (flag,) = flagged(services)
    assert names(replies) == ["utter_case_wrong_person"]
    assert flag.address_hash == services.parts.store.keyring.keyed_hash("+12025550181", "contact")
    assert services.identity.start(chat.id).outcome == "not_them"


def test_without_a_number_the_address_of_the_conversation_is_flagged_and_proof_lifts_it(chat, services):
    hand_over(chat, "third_party", "I'm her husband")
    (flag,) = flagged(services)

    ActionIdentify(services).perform(turn_of(chat, "provide_identity", "7001-3344, 1987-03-07"))
    ActionIdentify(services).perform(turn_of(chat, "provide_identity", chat.passcode()))

    assert flag.address_hash == services.parts.store.keyring.keyed_hash(chat.id, "contact")
    assert [row.lifted_at is not None for row in flagged(services)] == [True]


@pytest.mark.parametrize("intent", ["ask_balance", "request_plan", "report_hardship", "work_out_budget"])
def test_nothing_is_revealed_and_nobody_is_identified_who_is_not_the_borrower(chat, services, intent):
    hand_over(chat, "third_party")
    action = next(a for a in all_actions(services) if intent in getattr(a, "intents", ()))

    replies = action.perform(turn_of(chat, intent))

    assert names(replies)[-1] == "utter_identity_not_them"
    assert replies[-1].choices[0].intent == "provide_identity"


def test_a_proof_ends_when_somebody_else_says_that_they_write_now(odalys, services):
    services.negotiation.offer(odalys.turn("instalments"), "plan")

    hand_over(odalys, "third_party", "I am writing on behalf of my husband")
    balance = next(a for a in all_actions(services) if "ask_balance" in getattr(a, "intents", ()))
    replies = balance.perform(turn_of(odalys, "ask_balance"))

    assert names(replies)[-1] == "utter_identity_not_them"
    assert not any("total" in reply.facts for reply in replies)


@pytest.mark.parametrize("title", ["I'm writing for somebody else"])
def test_a_proof_ends_by_the_button_too(odalys, services, title):
    hand_over(odalys, "third_party", title)

    assert not services.identity.is_verified(odalys.id)


def test_who_owes_nothing_and_has_paid_is_told_so(odalys, services):
    services.payments.record(ODALYS, str(services.accounts.picture(odalys.id).balance.total.amount), "P-9")

    replies = hand_over(odalys, "claim_already_paid", "I have paid all of it")

    assert names(replies) == ["utter_balance_settled"]
    assert services.cases.all() == []


def test_a_proof_holds_where_only_the_model_takes_the_borrower_for_somebody_else(odalys, services):
    hand_over(odalys, "third_party", "my mother needs me at home")

    assert services.identity.is_verified(odalys.id)


@pytest.mark.parametrize(("reason", "hold"), [("report_death", "report_death"), ("dispute_debt", None)])
def test_a_death_is_believed_where_it_is_known_whose_account_it_is(odalys, services, clock, reason, hold):
    clock.passes(days=2)

    replies = hand_over(odalys, reason)

    assert not services.identity.is_verified(odalys.id)
    assert account(services)["hold"] == hold
    assert account(services)["contact_stopped"] is (hold is not None)
    assert not any(told_money(reply) for reply in replies)


def test_a_death_told_by_somebody_unknown_stops_no_account(chat, services):
    hand_over(chat, "report_death", "the holder of 7001-3344 has died")

    assert account(services)["hold"] is None


@pytest.mark.parametrize("reason", ["third_party", "wrong_person"])
def test_whoever_told_of_a_death_is_not_taken_for_somebody_else_besides(chat, services, reason):
    hand_over(chat, "report_death", "my father died, this is his phone")

    replies = while_held(chat, reason, "I am writing on behalf of my father")

    assert names(replies) == ["utter_held_death"]


def test_what_is_added_to_a_case_of_fraud_is_no_complaint_unless_it_says_so(odalys, services):
    hand_over(odalys, "report_fraud")

    added = while_held(odalys, "complain", "the police have it since Monday")
    complained = while_held(odalys, "complain", "and I want to make a formal complaint about you")

    assert names(added) == ["utter_held"]
    assert names(complained)[0] == "utter_case_complain"
    assert case_of(services)["reason"] == "report_fraud"
    assert case_of(services)["reasons"] == ["report_fraud", "complain"]


def test_a_reason_that_is_told_with_the_wish_for_a_person_is_heard_and_kept(odalys, services):
    lost = {"entity": "hardship_reason", "value": "job_loss"}

    replies = hand_over(odalys, "request_human", "they let me go, can I talk to somebody", entities=[lost])

    assert names(replies)[:2] == ["utter_hardship_job_loss", "utter_case_request_human"]
    assert account(services)["hardship"] == "job_loss"


# -- minors


def test_a_minor_by_the_birth_date_on_the_account_goes_to_a_person_at_once(chat, services):
    with services.parts.store.transaction() as session:
        row = services.accounts.find(session, ODALYS)
        row.date_of_birth = "2009-11-24"  # turns 17 tomorrow
    ActionIdentify(services).perform(turn_of(chat, "provide_identity", "7001-3344, 2009-11-24"))

    replies = ActionIdentify(services).perform(turn_of(chat, "provide_identity", chat.passcode()))

    assert "utter_case_underage" in names(replies)
    assert account(services)["hold"] == "underage"
    assert not any("total" in reply.facts for reply in replies)


def test_somebody_who_turns_18_today_is_of_age(odalys, services, clock):
    today = services.parts.today("America/New_York")
    for years, minor in ((18, False), (17, True)):
        with services.parts.store.transaction() as session:
            services.accounts.find(session, ODALYS).date_of_birth = today.replace(year=today.year - years).isoformat()

        assert services.wellbeing.is_underage(odalys.id) is minor


def test_terms_that_a_minor_has_on_the_table_bind_nobody(odalys, services):
    services.negotiation.offer(odalys.turn("instalments"), "plan")

    hand_over(odalys, "underage", "I'm 16")

    with services.parts.store.transaction() as session:
        assert not session.scalars(select(Offer).where(Offer.status == "open")).all()
        assert session.get_one(Conversation, odalys.id).draft is None


# -- collection that is stopped


# What nobody may be told or offered while collection is stopped: a demand, a date, a way to pay.
DEMANDING = {"pay_now", "promise_payment", "request_plan", "request_waiver", "request_deferral", "work_out_budget"}


@pytest.mark.parametrize("hold", STOPPING)
@pytest.mark.parametrize("before", ["nothing", "options", "read_back", "budget", "promise"])
def test_no_action_states_what_is_owed_or_asks_for_money_under_a_hold(odalys, services, hold, before):
    put_on_the_table(odalys, services, before)
    with services.parts.store.transaction() as session:
        services.accounts.find(session, ODALYS).hold = hold  # by a case of another conversation
        conversation = session.get_one(Conversation, odalys.id)
        asked, draft = conversation.asked, conversation.draft
    stages = ("verified", "negotiating", "confirming", "budget", "planned", "offered_person")
    offer = {"entity": "option", "value": 1}
    amount = {"entity": "money", "value": 50, "role": "lump_sum"}

    for action in all_actions(services):
        if action.name() in ("action_hand_over", "action_abuse", "action_right", "action_request_document"):
            continue  # these open cases, which is tested elsewhere
        for stage in stages:
            for intent in (*getattr(action, "intents", ()), *(action.answers or ["deny"])):
                turn = turn_of(odalys, intent, stage=stage, entities=[offer, amount])
                for reply in action.perform(turn):
                    assert not told_money(reply), (action.name(), stage, reply)
                    assert not {choice.intent for choice in reply.choices} & DEMANDING, (action.name(), stage, reply)
                with services.parts.store.transaction() as session:  # each action meets the table as it was
                    met = session.get_one(Conversation, odalys.id)
                    met.case_id, met.asked, met.draft = None, asked, draft


def put_on_the_table(chat: Chat, services: Any, what: str) -> None:
    if what == "options":
        services.negotiation.offer(chat.turn("bit by bit"), "plan")
    elif what == "read_back":
        services.negotiation.offer(chat.turn("bit by bit"), "plan")
        services.negotiation.choose(chat.turn("first"), 1)
    elif what == "budget":
        services.affordability.begin(chat.turn("work it out"))
    elif what == "promise":
        named = [{"entity": "money", "value": 20, "role": "lump_sum"}, {"entity": "date", "value": "2026-11-28"}]
        step = services.negotiation.consider(chat.turn("20 on the 28th"), named, single=True)
        services.negotiation.agree(chat.turn("yes"), step.offers[0].id)


def told_money(reply: Reply) -> bool:
    return bool(re.search(r"'currency'|\"currency\"", str(reply.as_json()))) or reply.response.startswith(
        ("utter_budget_ask", "utter_resume", "utter_negotiation_ask", "utter_ask_hour", "utter_ask_terms")
    )


@pytest.mark.parametrize(
    ("hold", "sent"),
    [(None, "$1,305.50"), ("dispute_debt", "nothing more is asked"), ("express_distress", None)],
)
def test_a_receipt_asks_for_nothing_under_a_hold_and_is_not_sent_in_distress(odalys, services, hold, sent):
    with services.parts.store.transaction() as session:
        services.accounts.find(session, ODALYS).hold = hold

    services.payments.record(ODALYS, "20.00", "P-1")

    receipts = [row["body"] for row in services.outbox.all() if row["kind"] == "receipt"]
    assert len(receipts) == (sent is not None)
    assert sent is None or sent in receipts[0]


# -- after a person is done


def test_after_a_case_is_returned_the_borrower_is_told_and_the_next_case_knows_how_it_ended(odalys, services):
    hand_over(odalys, "dispute_debt", "this is wrong")
    services.cases.hand_back("C-1", "interest corrected", "Rosa")

    hand_over(odalys, "complain")

    (done,) = [row for row in services.outbox.all() if row["kind"] == "case"]
    assert "C-00001" in done["body"]
    assert "Earlier: C-00001 dispute_debt" in services.cases.show("C-2")["summary"]
    assert "interest corrected" in services.cases.show("C-2")["summary"]
    assert account(services)["hold"] is None


@pytest.mark.parametrize("reason", ["express_distress", "report_death", "underage"])
def test_nothing_is_sent_when_a_person_is_done_with_what_is_no_matter_of_business(odalys, services, reason):
    hand_over(odalys, reason)

    services.cases.hand_back("C-1", "taken care of", "Rosa")

    assert [row for row in services.outbox.all() if row["kind"] == "case"] == []


# -- hardship


@pytest.mark.parametrize("cause", CAUSES)
@pytest.mark.parametrize("number", [ODALYS, WILHELMINA, CHANGGENG])
def test_a_reason_is_acknowledged_and_met_with_what_helps_and_no_figure(services, words, cause, number):
    birth = {ODALYS: "1987-03-07", WILHELMINA: "1979-12-31", CHANGGENG: "1991-08-03"}[number]
    chat = Chat(services, "hardship").prove(f"{number}, {birth}")
    country = account(services, number)["country"]

    replies = ActionHearHardship(services).perform(
        turn_of(chat, "report_hardship", entities=[{"entity": "hardship_reason", "value": cause}])
    )

    assert replies[0].response == f"utter_hardship_{cause}"
    assert replies[-1].response == "utter_hardship_ways"
    assert {"request_deferral", "request_plan", "request_human"} <= {c.intent for c in replies[-1].choices}
    assert not any(told_money(reply) for reply in replies)
    assert account(services, number)["hardship"] == cause
    for language in LANGUAGES:
        assert not re.search(r"[$£¥]|\bowe\b|overdue|逾期|欠", said(words, replies, Voice(language, country)))


def test_terms_named_beside_a_reason_are_answered(odalys):
    named = [
        {"entity": "hardship_reason", "value": "caring"},
        {"entity": "money", "value": 300, "role": "per_instalment"},
        {"entity": "frequency", "value": "monthly"},
    ]

    replies = ActionHearHardship(odalys.services).perform(turn_of(odalys, "report_hardship", entities=named))

    assert names(replies) == ["utter_hardship_caring", "utter_read_back"]


def test_a_wage_that_was_lost_is_no_offer(odalys):
    named = [{"entity": "hardship_reason", "value": "income_cut"}, {"entity": "money", "value": 3000}]

    replies = ActionHearHardship(odalys.services).perform(turn_of(odalys, "report_hardship", entities=named))

    assert names(replies)[-1] == "utter_hardship_ways"


def test_before_identity_a_reason_is_heard_first_and_taken_up_afterwards(chat, services):
    told = [{"entity": "hardship_reason", "value": "job_loss"}]
    before = ActionHearHardship(services).perform(turn_of(chat, "report_hardship", "I lost my job", entities=told))
    ActionIdentify(services).perform(turn_of(chat, "provide_identity", "7001-3344, 1987-03-07"))

    after = ActionIdentify(services).perform(turn_of(chat, "provide_identity", chat.passcode()))

    assert names(before) == ["utter_hardship_job_loss", "utter_hardship_identity", "utter_identity_ask_both"]
    assert names(after)[0] == "utter_identity_verified"
    assert "utter_hardship_back" in names(after)
    assert names(after)[-1] == "utter_hardship_ways"
    assert account(services)["hardship"] == "job_loss"


def test_nothing_to_pay_with_is_no_reason_and_is_not_pressed(odalys, services):
    replies = ActionHearCannotPay(services).perform(turn_of(odalys, "cannot_pay"))

    assert names(replies)[0] == "utter_cannot_pay"
    assert not any(told_money(reply) for reply in replies)
    assert account(services)["hardship"] is None


def test_a_death_told_by_the_borrower_as_their_own_trouble_is_a_hardship(odalys, services):
    told = [{"entity": "hardship_reason", "value": "bereavement"}]

    replies = ActionHearDeath(services).perform(turn_of(odalys, "report_death", "my wife died", entities=told))

    assert names(replies)[0] == "utter_hardship_bereavement"
    assert services.cases.all() == []


@pytest.mark.parametrize("wish", ["plan", "waiver", "relief", "pay_now", "deferral"])
def test_a_hardship_neither_earns_a_waiver_nor_costs_one(services, wish):
    def waivers(name: str, told: bool) -> list[list[str]]:
        chat = Chat(services, name).prove("7001-3344, 1987-03-07")
        with services.parts.store.transaction() as session:
            services.accounts.find(session, ODALYS).hardship = "illness" if told else None
        rounds = [services.negotiation.offer(chat.turn("…"), wish)]
        for _ in range(3):
            rounds.append(services.negotiation.improve(chat.turn("less, please")))
        with services.parts.store.transaction() as session:
            for offer in session.scalars(select(Offer)):
                offer.status = "expired"
        return [[str(offer.terms.saved) for offer in step.offers] for step in rounds]

    assert waivers("with", told=True) == waivers("without", told=False)


# -- refusal and abuse


def test_a_first_no_is_asked_about_and_a_second_one_ends_all_pressing(odalys, services):
    first = ActionRefusal(services).perform(turn_of(odalys, "refuse_to_pay"))

    second = ActionRefusal(services).perform(turn_of(odalys, "deny"))
    after = while_held(odalys, "ask_balance", "how much then")

    assert [choice.intent for choice in first[0].choices] == [
        "request_plan",
        "cannot_pay",
        "dispute_debt",
        "question_legitimacy",
        "request_human",
    ]
    assert names(second)[:2] == ["utter_refusal_follows", "utter_case_refuse_to_pay"]
    assert names(after) == ["utter_held"]
    assert not any(told_money(reply) for reply in [*first, *second, *after])


def test_the_first_button_under_a_first_no_leads_to_terms(odalys, services):
    [heard] = ActionRefusal(services).perform(turn_of(odalys, "refuse_to_pay"))
    [first, *_] = heard.choices

    replies = ActionOfferPlans(services).perform(turn_of(odalys, first.intent))

    assert {choice.offer_id for reply in replies for choice in reply.choices} - {None}


@pytest.mark.parametrize(("due_in", "legal"), [(2023, False), (2026, True)])
@pytest.mark.parametrize(("language", "steps"), [("en", r"court|legal|sue"), ("zh-Hans", r"法院|诉讼|起诉|法律|律师")])
def test_of_a_debt_that_may_be_too_old_no_legal_step_is_spoken(odalys, services, words, due_in, legal, language, steps):
    with services.parts.store.transaction() as session:
        row = services.accounts.find(session, ODALYS)
        row.due_date = row.due_date.replace(year=due_in)
    first = ActionRefusal(services).perform(turn_of(odalys, "refuse_to_pay"))

    replies = ActionRefusal(services).perform(turn_of(odalys, "refuse_to_pay"))

    told = said(words, [*first, *replies], Voice(language, "US"))
    assert names(replies)[0] == "utter_refusal_follows"
    assert bool(re.search(steps, told)) is legal, told


def test_somebody_unknown_who_refuses_is_told_nothing_of_what_follows(chat, services):
    ActionRefusal(services).perform(turn_of(chat, "refuse_to_pay"))

    replies = ActionRefusal(services).perform(turn_of(chat, "refuse_to_pay"))

    assert names(replies) == ["utter_case_refuse_to_pay", "utter_case_held", "utter_case_nobody_to_call"]


def test_an_insult_is_met_calmly_then_with_a_boundary_then_by_a_person(odalys, services):
    services.conversations.misunderstood(odalys.id)

    replies = [names(ActionAbuse(services).perform(turn_of(odalys, "abuse")))[0] for _ in range(3)]

    assert replies == ["utter_abuse", "utter_abuse_boundary", "utter_case_abuse"]
    assert services.conversations.misunderstood(odalys.id) == 2


def test_a_question_in_an_insult_is_answered_calmly(odalys, services):
    turn = replace(turn_of(odalys, "abuse"), purposes=("abuse", "ask_due_date"))

    replies = ActionAbuse(services).perform(turn)

    assert names(replies) == ["utter_abuse", "utter_due_date_past"]


def test_details_of_a_dispute_are_added_to_it_and_are_no_new_one(odalys):
    hand_over(odalys, "dispute_debt")

    details = while_held(odalys, "claim_already_paid", "the old letter says 720")
    another = while_held(odalys, "claim_already_paid", "and I have paid it in full anyway")

    assert "utter_case_claim_already_paid" not in names(details)
    assert names(another) != names(details)


def test_a_proven_borrower_who_speaks_of_others_is_not_somebody_else(odalys, services):
    hand_over(odalys, "report_fraud")

    replies = while_held(odalys, "wrong_person", "who it was I have no idea")

    assert names(replies) == ["utter_held"]
    assert not account(services)["contact_stopped"]


def test_a_complaint_has_a_reference_a_time_and_somebody_else_to_turn_to(services):
    chat = Chat(services, "gb").prove("AC-40118, 1979-12-31")

    replies = hand_over(chat, "complain")

    assert names(replies) == [
        "utter_case_complain",
        "utter_complaint_body",
        "utter_case_held",
        "utter_case_nobody_to_call",
    ]
    assert {"reference", "answer_by"} <= set(replies[-1].facts)


@pytest.mark.parametrize("wish", ["cancel_autopay", "request_callback", "update_contact_details"])
def test_a_wish_that_opens_a_conversation_is_noted_and_whose_it_is_is_asked(chat, wish):
    replies = hand_over(chat, wish)

    alone = ["utter_case_nobody_to_call"] if wish == "request_callback" else []
    assert names(replies) == [f"utter_case_{wish}", "utter_case_noted", *alone, "utter_identity_ask_both"]
    assert chat.stage == "identifying"


def test_what_is_only_thought_to_be_meant_adds_nothing_to_a_case_and_is_kept_for_the_person(odalys):
    hand_over(odalys, "request_human")

    doubted = while_held(
        odalys, "claim_already_paid", "fine, I'll pay after all", close=("claim_already_paid", "pay_now")
    )
    meant = while_held(odalys, "claim_already_paid", "I paid it last month")

    assert names(doubted) == ["utter_held"]
    assert names(meant)[0] == "utter_case_claim_already_paid"


def test_a_stop_holds_although_the_yes_beside_it_fails(odalys, services, monkeypatch):
    def fails(*_: Any) -> None:
        raise OSError("the disk is gone")

    monkeypatch.setattr(services.negotiation, "agree", fails)
    turn = turn_of(odalys, "stop_contact", "yes agreed, now stop texting me", stage="confirming", reply={"agrees": 1.0})

    with pytest.raises(OSError, match="gone"):
        ActionStopContact(services).perform(turn)

    with services.parts.store.reading() as session:
        assert session.get_one(Conversation, odalys.id).contact_stopped_at is not None
