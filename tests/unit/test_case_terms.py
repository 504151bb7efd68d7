"""Terms at the desk: by the engine, inside authority, decided on by four eyes, and the borrower's answer."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import date, timedelta

import pytest

from actions.base import Turn
from actions.held import WhileHeld
from bot.domain.money import Money
from bot.domain.offer import Terms
from bot.domain.rights import NotAllowed
from bot.domain.wanted import Wanted
from bot.services.cases import UnknownCase
from bot.services.casework import NotPossible, Taken
from bot.services.conversations import SILENCE
from bot.store.tables import Conversation, Offer
from tests.unit.desk_cases import audited, click, happened, opened, row, sent, talk, worker
from tests.unit.fakes import MONDAY, ODALYS, Chat

USD = "USD"


def usd(amount: str) -> Money:
    return Money.parse(amount, USD)


# Odalys owes 1325.50 USD and is 37 days late: the bot may agree to 6 months, an agent to 9, a supervisor to 12.
NINE = Wanted("plan", count=9, frequency="monthly")
TWELVE = Wanted("plan", count=12, frequency="monthly")


@pytest.fixture
def mei(services):
    return worker(services, "mei", name="Mei Castellane")


@pytest.fixture
def vera(services):
    return worker(services, "vera", "supervisor", name="Vera Lindqvist")


@pytest.fixture
def nils(services):
    return worker(services, "nils", "supervisor", name="Nils Okafor")


@pytest.fixture
def case(odalys, services):
    odalys.turn("a person please")
    return opened(services, odalys.id)


@pytest.fixture
def strict(policies):
    """The lender wants a second pair of eyes on terms of more than 200 days."""
    path = policies / "offers" / "unit.yml"
    text = path.read_text(encoding="utf-8")
    early = "    days_past_due: {from: 1, to: 60}\n"
    path.write_text(text.replace(early, f"{early}    needs_approval: {{longer_than_days: 100}}\n"), encoding="utf-8")


def offer(services, offer_id) -> Offer:
    with services.parts.store.transaction() as session:
        return session.get_one(Offer, offer_id)


def terms_message(services, chat):
    """The last terms that were sent to a borrower: the text, the schedule, the buttons."""
    (said,) = json.loads(sent(services, chat.id, "terms")[-1].body)
    return said


def deliver(services, chat) -> None:
    """Everything in the outbox reaches the borrower."""
    for message in sent(services, chat.id):
        services.outbox.sent(message.id)


def hears(services, chat, intent, text="…", tap=False, **more):
    """What a borrower is answered while a person has the conversation."""
    turn_id = services.conversations.receive(chat.id, click(), text, None).id
    stage = chat.stage
    turn = Turn(turn_id, chat.id, text, intent, 0.9, [], stage, "en")
    if tap:
        selected = json.loads(talk(services, chat.id).draft)["selected"]
        turn = replace(turn, entities=[{"entity": "offer", "value": selected}])
    turn = replace(turn, **more)
    said = [reply.response for reply in WhileHeld(services).perform(turn) if reply.response != SILENCE]
    services.conversations.answer(turn_id, [], said, intent, 0.9)
    return said


# -- working out


def test_terms_are_worked_out_by_the_engine_and_change_nothing(odalys, services, mei, case):
    quote = services.casework.work_out(mei, case, NINE)

    assert quote.terms is not None
    assert sum((p.amount for p in quote.terms.schedule), start=Money.zero(USD)) == usd("1325.50")
    assert (len(quote.terms.schedule), quote.role, quote.own, quote.outside) == (9, "agent", True, ())
    assert quote.terms.rule == "early, agent: plan"
    assert services.accounts.show(ODALYS)["offers"] == []


def test_terms_above_ones_authority_say_who_may_agree_and_what_is_not_kept(services, mei, case):
    quote = services.casework.work_out(mei, case, TWELVE)

    assert (quote.role, quote.own, quote.outside) == ("supervisor", False, ("plan.most_instalments",))


def test_terms_that_nobody_may_agree_to_say_so(services, vera, case):
    quote = services.casework.work_out(vera, case, Wanted("plan", count=13))

    assert (quote.role, quote.own) == (None, False)
    with pytest.raises(NotPossible, match=r"plan\.most_instalments"):
        services.casework.propose(vera, case, click(), Wanted("plan", count=13), "she asked")


def test_a_waiver_is_by_component_and_within_authority(services, mei, case):
    fees = Wanted("settlement", first_on=MONDAY.date() + timedelta(days=20), waive={"fees": usd("45.00")})

    quote = services.casework.work_out(mei, case, fees)
    more = services.casework.work_out(mei, case, replace(fees, waive={"interest": usd("10")}))

    assert (quote.terms.to_pay, quote.own) == (usd("1280.50"), True)
    assert (more.role, more.outside) == (None, ("settlement.waive.interest",))


@pytest.mark.parametrize(
    ("wanted", "why"),
    [
        (Wanted("plan"), "each_or_count"),
        (Wanted("plan", each=usd("100"), count=3), "each_or_count"),
        (Wanted("plan", count=0), "count"),
        (Wanted("plan", count=10**9), "count"),
        (Wanted("plan", each=usd("0")), "amount"),
        (Wanted("plan", each=Money(1, USD)), "count"),
        (Wanted("plan", count=3, frequency="daily"), "frequency"),
        (Wanted("plan", count=3, first_on=date(2026, 1, 1)), "past"),
        (Wanted("plan", count=3, down_payment=usd("1325.50")), "down_payment"),
        (Wanted("plan", count=3, waive={"fees": usd("45.01")}), "waive"),
        (Wanted("plan", count=3, waive={"fees": usd("-1")}), "waive"),
        (Wanted("plan", count=3, waive={"tips": usd("1")}), "component"),
        (Wanted("plan", each=Money(100_00, "EUR")), "currency"),
        (Wanted("promise", each=usd("100")), "promise_incomplete"),
        (Wanted("promise", each=usd("100"), first_on=date(2026, 11, 30), waive={"fees": usd("1")}), "promise_waives"),
        (
            Wanted("settlement", waive={"principal": usd("1200"), "interest": usd("80.50"), "fees": usd("45")}),
            "waive_all",
        ),
    ],
)
def test_what_makes_no_terms_gets_one_sentence(services, mei, case, wanted, why):
    quote = services.casework.work_out(mei, case, wanted)

    assert (quote.terms, quote.why) == (None, why)
    assert quote.problem.endswith(".")


def test_nothing_is_worked_out_for_nobody(services, mei):
    case = opened(services, Chat(services, "stranger").id)

    with pytest.raises(NotPossible):
        services.casework.work_out(mei, case, NINE)


def test_nothing_is_worked_out_while_collection_is_stopped(odalys, services):
    agent = worker(services, "ada", teams=("general", "care"))
    case = opened(services, odalys.id, "report_bankruptcy")

    assert services.casework.work_out(agent, case, NINE).why == "held"
    with pytest.raises(NotPossible):
        services.casework.propose(agent, case, click(), NINE, "")


# -- inside one's own authority


def test_terms_inside_ones_authority_go_to_the_borrower_with_buttons(odalys, services, mei, case):
    proposed = services.casework.propose(mei, case, click(), NINE, "")

    said = terms_message(services, odalys)
    assert proposed.state == "sent"
    assert len(said["table"]["rows"]) == 9
    assert [button["title"] for button in said["buttons"]] == ["Yes, I agree", "No, change it"]
    made = offer(services, proposed.offer_id)
    assert (made.status, made.authority, made.proposed_by, made.rule) == (
        "open",
        "agent",
        "agent",
        "early, agent: plan",
    )
    assert (row(services, case).status, odalys.stage) == ("borrower", "confirming")
    assert happened(services, case) == ["opened", "claimed", "proposed"]


def test_terms_that_were_clicked_twice_are_put_once(odalys, services, mei, case):
    key = click()

    first = services.casework.propose(mei, case, key, NINE, "")
    again = services.casework.propose(mei, case, key, NINE, "")

    assert first == again
    assert len(sent(services, odalys.id, "terms")) == 1


def test_newer_terms_take_the_place_of_older_ones(odalys, services, mei, case):
    older = services.casework.propose(mei, case, click(), NINE, "")
    newer = services.casework.propose(mei, case, click(), Wanted("plan", each=usd("200")), "")

    assert [offer(services, made.offer_id).status for made in (older, newer)] == ["superseded", "open"]


def test_a_tapped_yes_agrees_while_a_person_has_the_conversation(odalys, services, mei, case):
    proposed = services.casework.propose(mei, case, click(), NINE, "")

    replies = hears(services, odalys, "affirm", "Yes, I agree", tap=True)

    plan = services.accounts.show(ODALYS)["plan"]
    assert replies == ["utter_agreed"]
    assert (plan["status"], plan["authority"], len(plan["schedule"])) == ("active", "agent", 9)
    assert plan["offer"] == proposed.offer_id
    assert happened(services, case)[-1] == "borrower_agreed"
    assert services.conversations.situation(odalys.id).held


def test_a_typed_yes_counts_right_after_the_terms_and_at_no_other_time(odalys, services, mei, case):
    services.casework.propose(mei, case, click(), NINE, "")

    assert hears(services, odalys, "affirm", "yes") == ["utter_read_back"]  # nothing reached the borrower yet
    with services.parts.store.transaction() as session:
        session.get_one(Conversation, odalys.id).last_response = "utter_held"
    assert hears(services, odalys, "affirm", "yes") == ["utter_read_back"]
    assert hears(services, odalys, "affirm", "yes") == ["utter_agreed"]


def test_a_typed_yes_to_terms_that_just_arrived_agrees(odalys, services, mei, case):
    services.casework.propose(mei, case, click(), NINE, "")
    deliver(services, odalys)

    assert hears(services, odalys, "affirm", "yes, I agree") == ["utter_agreed"]


def test_a_yes_that_the_model_is_unsure_of_agrees_to_nothing(odalys, services, mei, case):
    services.casework.propose(mei, case, click(), NINE, "")
    deliver(services, odalys)

    assert hears(services, odalys, "affirm", "mm", confidence=0.3) == ["utter_read_back"]
    assert services.accounts.show(ODALYS)["plan"] is None


def test_an_agents_question_in_between_takes_the_yes_for_itself(odalys, services, mei, case):
    services.casework.propose(mei, case, click(), NINE, "")
    deliver(services, odalys)
    services.casework.answer(mei, case, click(), "Do you still have the same employer?")
    deliver(services, odalys)

    assert hears(services, odalys, "affirm", "yes") == ["utter_read_back"]
    assert services.accounts.show(ODALYS)["plan"] is None


@pytest.mark.parametrize("tap", [True, False])
def test_a_no_is_noted_and_the_person_sees_it(odalys, services, mei, case, tap):
    proposed = services.casework.propose(mei, case, click(), NINE, "")
    deliver(services, odalys)

    replies = hears(services, odalys, "deny", "No, change it", tap=tap)

    assert replies == ["utter_held_refused"]
    assert offer(services, proposed.offer_id).status == "rejected"
    assert happened(services, case)[-1] == "borrower_refused"
    assert odalys.stage == "verified"


@pytest.mark.parametrize("intent", ["ask_balance", "propose_plan", "report_hardship", "thank"])
def test_everything_else_is_kept_for_the_person(odalys, services, mei, case, intent):
    proposed = services.casework.propose(mei, case, click(), NINE, "")
    deliver(services, odalys)

    hears(services, odalys, intent, "and what about my holiday?")

    assert offer(services, proposed.offer_id).status == "open"
    assert services.accounts.show(ODALYS)["plan"] is None


def test_the_bot_is_silent_between_two_people_and_a_yes_after_that_agrees_to_nothing(odalys, services, mei, case):
    proposed = services.casework.propose(mei, case, click(), NINE, "")
    deliver(services, odalys)

    for intent in ("inform", "thank", "abuse", "report_hardship"):
        assert hears(services, odalys, intent, "my sister may lend me some") == []
    assert hears(services, odalys, "bot_challenge", "are you a robot?") == ["utter_held_bot_challenge"]
    hears(services, odalys, "inform", "hm")

    assert hears(services, odalys, "affirm", "yes") == ["utter_read_back"]
    assert offer(services, proposed.offer_id).status == "open"


def test_distress_goes_before_any_yes(odalys, services, mei, case):
    services.casework.propose(mei, case, click(), NINE, "")
    deliver(services, odalys)

    replies = hears(services, odalys, "affirm", "yes, I want to end it all", heard=("express_distress",))

    assert replies == ["utter_case_express_distress"]
    assert services.accounts.show(ODALYS)["plan"] is None


def test_a_yes_after_a_payment_changed_what_is_owed_agrees_to_nothing(odalys, services, mei, case):
    services.casework.propose(mei, case, click(), NINE, "")
    services.payments.record(ODALYS, "25.50", "p-1", MONDAY.date())

    assert hears(services, odalys, "affirm", "Yes, I agree", tap=True) == ["utter_offer_expired"]
    assert services.accounts.show(ODALYS)["plan"] is None


def test_a_yes_after_the_proof_ran_out_asks_for_it_again_and_then_reads_back(odalys, services, clock, mei, case):
    services.casework.propose(mei, case, click(), NINE, "")
    clock.passes(hours=3)

    replies = hears(services, odalys, "affirm", "Yes, I agree", tap=True)

    assert replies[0] == "utter_identity_first"
    assert services.accounts.show(ODALYS)["plan"] is None
    odalys.prove("7001-3344, born 1987-03-07")
    assert odalys.stage == "confirming"


def test_terms_for_whoever_is_not_proven_any_more_are_not_shown_until_they_are(odalys, services, clock, mei, case):
    clock.passes(hours=3)

    proposed = services.casework.propose(mei, case, click(), NINE, "")

    assert proposed.state == "unproven"
    said = [message["text"] for row in sent(services, odalys.id) for message in json.loads(row.body)]
    assert not any("1,325" in text or "147" in text for text in said)
    details = [{"entity": "account_number", "value": "7001-3344"}, {"entity": "date", "value": "1987-03-07"}]
    hears(services, odalys, "provide_identity", "7001-3344, born 1987-03-07", entities=details)
    assert hears(services, odalys, "provide_identity", odalys.passcode())[-1] == "utter_read_back"


def test_after_the_hand_back_the_bot_knows_what_was_agreed(odalys, services, mei, case):
    services.casework.propose(mei, case, click(), NINE, "")
    hears(services, odalys, "affirm", "Yes, I agree", tap=True)

    services.casework.hand_back(mei, case, click(), "agreed on nine months")

    assert odalys.stage == "planned"
    assert services.accounts.picture(odalys.id).status == "in_plan"
    assert not services.conversations.situation(odalys.id).held


def test_terms_that_were_open_at_the_hand_back_can_still_be_agreed_to(odalys, services, mei, case):
    services.casework.propose(mei, case, click(), NINE, "")
    services.casework.hand_back(mei, case, click(), "")

    assert odalys.stage == "confirming"
    assert services.negotiation.agree(odalys.turn("yes")).state == "agreed"


def test_terms_are_withdrawn(odalys, services, mei, case):
    proposed = services.casework.propose(mei, case, click(), NINE, "")

    services.casework.withdraw(mei, case, click())

    assert offer(services, proposed.offer_id).status == "superseded"
    assert hears(services, odalys, "affirm", "yes") != ["utter_agreed"]
    with pytest.raises(NotPossible):
        services.casework.withdraw(mei, case, click())


def test_a_plan_that_runs_is_replaced_by_one_that_a_person_puts(odalys, services, mei, case):
    services.casework.propose(mei, case, click(), NINE, "")
    hears(services, odalys, "affirm", tap=True)

    services.casework.propose(mei, case, click(), Wanted("plan", count=4), "")
    replies = hears(services, odalys, "affirm", tap=True)

    plans = services.accounts.show(ODALYS)["plans"]
    assert replies == ["utter_agreed"]
    assert [plan["status"] for plan in plans] == ["active", "superseded"]


# -- above it: four eyes


def test_terms_above_ones_authority_wait_for_a_supervisor_and_say_why(odalys, services, mei, vera, case):
    with pytest.raises(NotPossible, match="why"):
        services.casework.propose(mei, case, click(), TWELVE, " ")

    proposed = services.casework.propose(mei, case, click(), TWELVE, "two children, one income")

    assert (proposed.state, proposed.role) == ("waits", "supervisor")
    assert sent(services, odalys.id, "terms") == []
    (asked,) = services.desk.decisions(vera)
    assert [(limit.key, limit.asked, limit.limit) for limit in asked.limits] == [("plan.most_instalments", 12, 9)]
    assert (asked.id, asked.asked_by, asked.why, asked.may) == (
        proposed.offer_id,
        "Mei Castellane",
        "two children, one income",
        True,
    )
    assert asked.terms == Terms.from_json(offer(services, proposed.offer_id).terms)


def test_a_supervisor_approves_and_the_borrower_agrees_by_button(odalys, services, mei, vera, case):
    proposed = services.casework.propose(mei, case, click(), TWELVE, "one income")

    services.casework.decide(vera, proposed.offer_id, click(), True, "")

    assert len(terms_message(services, odalys)["table"]["rows"]) == 12
    assert hears(services, odalys, "affirm", tap=True) == ["utter_agreed"]
    plan = services.accounts.show(ODALYS)["plan"]
    assert (plan["authority"], plan["status"], len(plan["schedule"])) == ("supervisor", "active", 12)
    assert happened(services, case) == ["opened", "claimed", "asked_to_decide", "approved", "borrower_agreed"]
    assert row(services, case).owner_id == mei.id


def test_a_supervisor_refuses_and_the_agent_sees_why(odalys, services, mei, vera, case):
    proposed = services.casework.propose(mei, case, click(), TWELVE, "one income")
    with pytest.raises(NotPossible):
        services.casework.decide(vera, proposed.offer_id, click(), False, "")

    services.casework.decide(vera, proposed.offer_id, click(), False, "Ask for a down payment first.")

    assert offer(services, proposed.offer_id).status == "rejected"
    assert sent(services, odalys.id, "terms") == []
    shown = services.desk.case(mei, case)
    assert shown.offers[-1].why == "Ask for a down payment first."
    assert services.desk.decisions(vera) == []


def test_an_agent_does_not_decide(services, mei, case):
    ada = worker(services, "ada")
    proposed = services.casework.propose(mei, case, click(), TWELVE, "one income")

    with pytest.raises(NotAllowed):
        services.casework.decide(ada, proposed.offer_id, click(), True, "")

    assert offer(services, proposed.offer_id).status == "awaiting"


def test_terms_are_decided_on_once(services, mei, vera, nils, case):
    proposed = services.casework.propose(mei, case, click(), TWELVE, "one income")
    services.casework.decide(vera, proposed.offer_id, click(), True, "")

    with pytest.raises(NotPossible):
        services.casework.decide(nils, proposed.offer_id, click(), False, "no")

    assert offer(services, proposed.offer_id).status == "open"


def test_a_supervisors_own_terms_need_nobody_else(services, vera, case):
    assert services.casework.propose(vera, case, click(), TWELVE, "").state == "sent"


@pytest.mark.usefixtures("strict")
def test_where_the_policy_wants_it_a_supervisors_own_terms_need_another_one(odalys, services, vera, nils, case):
    proposed = services.casework.propose(vera, case, click(), TWELVE, "one income")

    assert proposed.state == "waits"
    (own,) = services.desk.decisions(vera)
    assert (own.may, own.because) == (False, "yours")
    with pytest.raises(NotPossible):
        services.casework.decide(vera, proposed.offer_id, click(), True, "")
    services.casework.decide(nils, proposed.offer_id, click(), True, "")
    assert hears(services, odalys, "affirm", tap=True) == ["utter_agreed"]
    assert services.accounts.show(ODALYS)["plan"]["status"] == "active"


def test_approval_comes_too_late_where_what_is_owed_has_changed(odalys, services, mei, vera, case):
    proposed = services.casework.propose(mei, case, click(), TWELVE, "one income")
    services.payments.record(ODALYS, "25.50", "p-1", MONDAY.date())

    with pytest.raises(NotPossible, match="anew"):
        services.casework.decide(vera, proposed.offer_id, click(), True, "")

    assert sent(services, odalys.id, "terms") == []


def test_while_terms_wait_no_others_are_put(services, mei, case):
    services.casework.propose(mei, case, click(), TWELVE, "one income")

    assert services.casework.work_out(mei, case, NINE).why == "waits"
    services.casework.withdraw(mei, case, click())
    assert services.casework.propose(mei, case, click(), NINE, "").state == "sent"


def test_what_waits_in_a_case_that_ends_is_decided_on_no_more(services, mei, vera, case):
    proposed = services.casework.propose(mei, case, click(), TWELVE, "one income")

    services.casework.resolve(mei, case, click(), "other", "")

    assert services.desk.decisions(vera) == []
    with pytest.raises(NotPossible):
        services.casework.decide(vera, proposed.offer_id, click(), True, "")


def test_the_command_line_does_not_approve_what_a_colleague_asked_a_supervisor_for(services, mei, case):
    services.casework.propose(mei, case, click(), TWELVE, "one income")

    assert not services.negotiation.awaits(ODALYS)


def test_a_decision_of_another_team_is_unknown(services, mei, case):
    elsewhere = worker(services, "lou", "supervisor", ("chinese",))
    proposed = services.casework.propose(mei, case, click(), TWELVE, "one income")

    with pytest.raises(UnknownCase):
        services.casework.decide(elsewhere, proposed.offer_id, click(), True, "")
    with pytest.raises(UnknownCase):
        services.casework.decide(elsewhere, "o_nothing", click(), True, "")


# -- what the bot sent up


def awaiting(services, chat) -> str:
    """Terms of the borrower's own that an agent may agree to, sent up by the bot; the offer's id."""
    monthly = [
        {"entity": "instalments", "value": 8, "text": "8"},
        {"entity": "frequency", "value": "monthly", "text": "monthly"},
    ]
    for _ in range(6):
        step = services.negotiation.consider(chat.turn("8 monthly payments"), monthly)
        if step.state == "awaiting":
            services.cases.open(chat.id, "plan_approval")
            return step.offers[0].id
        services.negotiation.improve(chat.turn("not enough"))
    raise AssertionError(step)


def test_no_agent_decides_in_a_case_that_a_colleague_has(odalys, services, mei, vera):
    own = awaiting(services, odalys)
    case = services.desk.decisions(mei)[0].reference
    kim = worker(services, "kim", name="Kim Aldana")
    services.casework.claim(kim, case, click())

    (asked,) = services.desk.decisions(mei)
    assert (asked.may, asked.because, asked.owner) == (False, "theirs", "Kim Aldana")
    assert services.desk.counts(mei)["decisions"] == 0
    assert "decide" not in services.desk.case(mei, case).actions
    with pytest.raises(Taken):
        services.casework.decide(mei, own, click(), True, "")
    assert offer(services, own).status == "awaiting"
    assert [services.desk.decisions(actor)[0].may for actor in (kim, vera)] == [True, True]
    services.casework.decide(vera, own, click(), True, "")
    assert services.desk.decisions(kim) == []


def test_an_agent_approves_the_borrowers_own_terms(odalys, services, mei):
    own = awaiting(services, odalys)
    (asked,) = services.desk.decisions(mei)
    assert (asked.id, asked.kind, asked.asked_by, asked.may) == (own, "own", None, True)

    assert (asked.borrower, asked.owed, asked.days_past_due) == ("O••• B•••", usd("1325.50"), 37)
    (limit,) = asked.limits
    assert (limit.key, limit.asked, limit.limit, limit.approval) == ("plan.most_instalments", 8, 6, False)

    services.casework.decide(mei, own, click(), True, "")

    assert terms_message(services, odalys)["buttons"]
    assert odalys.stage == "confirming"
    assert services.negotiation.agree(odalys.turn("yes"), own).state == "agreed"
    assert services.desk.decisions(mei) == []


def test_a_case_does_not_end_while_its_borrower_waits_for_a_decision(odalys, services, mei):
    own = awaiting(services, odalys)
    services.cases.open(odalys.id, "request_human")

    with pytest.raises(NotPossible, match="decide"):
        services.casework.resolve(mei, "C-1", click(), "other", "")
    services.casework.decide(mei, own, click(), False, "Too long.")
    services.casework.resolve(mei, "C-1", click(), "other", "")


def test_an_agent_counters_the_borrowers_own_terms(odalys, services, mei):
    own = awaiting(services, odalys)
    name = services.desk.decisions(mei)[0].reference

    countered = services.casework.propose(mei, name, click(), replace(NINE, count=6), "")

    assert countered.state == "sent"
    assert offer(services, own).status == "superseded"
    assert services.desk.decisions(mei) == []
    assert services.negotiation.agree(odalys.turn("yes"), countered.offer_id).state == "agreed"


def test_the_borrowers_own_terms_wait_until_what_takes_their_place_is_approved(odalys, services, mei, vera):
    own = awaiting(services, odalys)
    name = services.desk.decisions(mei)[0].reference
    countered = services.casework.propose(mei, name, click(), replace(NINE, count=11), "Wages are low.")
    waits = countered.state, offer(services, own).status

    services.casework.decide(vera, countered.offer_id, click(), True, "")

    assert waits == ("waits", "awaiting")
    assert offer(services, own).status == "superseded"
    assert services.negotiation.agree(odalys.turn("yes"), countered.offer_id).state == "agreed"


def test_an_agent_refuses_the_borrowers_own_terms(odalys, services, mei):
    own = awaiting(services, odalys)

    services.casework.decide(mei, own, click(), False, "Too long for this balance.")

    assert offer(services, own).status == "rejected"
    assert sent(services, odalys.id, "decision")


@pytest.mark.usefixtures("strict")
@pytest.mark.parametrize("approve", [True, False])
def test_a_plan_that_needs_approval_is_decided_on_and_the_borrower_told(odalys, services, mei, approve):
    step = services.negotiation.offer(odalys.turn("I can pay bit by bit"), "plan")
    assert step.offers
    for text in ("longer please", "even longer", "more"):
        better = services.negotiation.improve(odalys.turn(text))
        step = better if better.offers else step
    number = max(step.offers, key=lambda o: o.terms.ends_on).option
    services.negotiation.choose(odalys.turn(str(number)), number)
    assert services.negotiation.agree(odalys.turn("yes")).needs_approval
    (asked,) = services.desk.decisions(mei)
    (limit,) = asked.limits
    assert (limit.key, limit.limit, limit.approval) == ("longer_than_days", timedelta(days=100), True)
    assert limit.asked == asked.terms.ends_on - MONDAY.date() > limit.limit

    services.casework.decide(mei, asked.id, click(), approve, "" if approve else "Income not shown.")

    assert asked.kind == "plan"
    shown = services.accounts.show(ODALYS)["plans"][0]
    assert (shown["status"], shown["approved_by"]) == ("active" if approve else "cancelled", "agent:mei")
    assert len(sent(services, odalys.id, "decision")) == 1


# -- promises


def test_a_promise_made_by_telephone_is_recorded(odalys, services, mei, case):
    on = MONDAY.date() + timedelta(days=10)

    services.casework.promise(mei, case, click(), usd("300"), on, "on the phone, after payday")

    (promise,) = services.accounts.show(ODALYS)["promises"]
    assert (promise["amount"]["amount"], promise["due_on"], promise["status"]) == ("300.00", str(on), "open")
    assert happened(services, case)[-1] == "promised"


def test_a_promise_beyond_ones_authority_is_refused_with_what_is_not_kept(services, mei, case):
    with pytest.raises(NotPossible, match=r"promise\.within_days"):
        services.casework.promise(mei, case, click(), usd("300"), MONDAY.date() + timedelta(days=200))


# -- proof


def test_the_borrower_is_asked_to_prove_who_they_are_again(odalys, services, clock, mei, case):
    with pytest.raises(NotPossible):
        services.casework.ask_identity(mei, case, click())
    clock.passes(hours=3)

    services.casework.ask_identity(mei, case, click())

    assert odalys.stage == "identifying"
    assert len(json.loads(sent(services, odalys.id, "question")[0].body)) == 2


def test_every_offer_of_a_person_is_on_the_audit_chain_with_its_rule(odalys, services, mei, case):
    proposed = services.casework.propose(mei, case, click(), NINE, "")

    (record,) = audited(services, "offer_made")
    assert (record.subject, record.actor) == (proposed.offer_id, "agent:mei")
    assert record.data["rule"] == "early, agent: plan"
    assert audited(services, "case_proposed")[0].actor == "agent:mei"


@pytest.mark.parametrize("proven", [True, False])
def test_terms_that_are_held_back_are_no_answer_and_nobody_can_say_yes_to_them(odalys, services, clock, mei, proven):
    odalys.turn("I could not pay")
    case, key = opened(services, odalys.id, "promise_broken"), click()
    with services.parts.store.transaction() as session:
        session.get_one(Conversation, odalys.id).contact_stopped_at = clock()
    if not proven:
        clock.passes(hours=2)

    put = services.casework.propose(mei, case, key, NINE, "")

    assert put.state == ("sent" if proven else "unproven")
    assert services.casework.held_back(mei, key) == "contact_stopped"
    assert (row(services, case).status, offer(services, put.offer_id).status) == ("claimed", "superseded")
    assert (talk(services, odalys.id).draft, talk(services, odalys.id).asked) == (None, "")
    assert row(services, case).awaits_agent_since is not None
