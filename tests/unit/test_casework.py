"""Working on cases: whose they are, what is said and noted, how they end; each click once, each refusal plain."""

from __future__ import annotations

import json
import threading
from datetime import timedelta

import pytest
from sqlalchemy import select

from bot.domain.rights import NotAllowed
from bot.services.cases import UnknownCase
from bot.services.casework import NotPossible, Taken, Upload
from bot.services.guarding import NeedsAnotherLook
from bot.store.tables import AgentFile, Conversation, Membership, Mention, Person
from tests.unit.desk_cases import audited, click, events, happened, opened, row, sent, talk, worker
from tests.unit.fakes import ODALYS, Chat


@pytest.fixture
def mei(services):
    return worker(services, "mei", name="Mei Castellane")


@pytest.fixture
def tam(services):
    return worker(services, "tam", name="Tam Quistgaard")


@pytest.fixture
def vera(services):
    return worker(services, "vera", "supervisor", ("general", "care"), name="Vera Lindqvist")


@pytest.fixture
def case(odalys, services):
    return opened(services, odalys.id)


# -- opening


def test_a_case_goes_to_the_first_team_that_takes_it(odalys, services):
    care = opened(services, odalys.id, "complain")
    chinese = opened(services, Chat(services, "c-2", "zh-Hans").id)
    general = opened(services, Chat(services, "c-3").id)

    assert [row(services, name).team for name in (care, chinese, general)] == ["care", "chinese", "general"]


def test_a_case_never_goes_to_a_team_in_which_nobody_is(odalys, services, mei):
    care, chinese = opened(services, odalys.id, "complain"), opened(services, Chat(services, "c-2", "zh-Hans").id)
    assert [row(services, name).team for name in (care, chinese)] == ["general", "general"]

    worker(services, "lin", teams=("chinese",))
    with services.parts.store.transaction() as session:
        session.add(Person(login="rosa", name="Rosa", role="agent", language="en", created_at=services.parts.now()))
        session.flush()
        rosa = session.scalars(select(Person).where(Person.login == "rosa")).one()
        session.add(Membership(person_id=rosa.id, team="care"))  # invited, and has not joined
    both = opened(services, Chat(services, "c-3", "zh-Hans").id, "complain")

    assert row(services, both).team == "chinese"
    opened(services, odalys.id, "express_distress")
    assert row(services, care).team == "general"


def test_a_case_whose_team_has_left_goes_to_another_as_it_is_escalated(odalys, services, clock, mei, vera):
    care = opened(services, odalys.id, "complain")
    with services.parts.store.transaction() as session:
        session.get_one(Person, vera.id).left_at = clock()
    clock.passes(days=2)

    services.casework.sweep()

    assert (row(services, care).team, happened(services, care)[-1]) == ("general", "escalated")


def test_a_case_that_becomes_graver_changes_its_team_until_somebody_has_it(odalys, services, mei, vera, case):
    opened(services, odalys.id, "express_distress")
    assert row(services, case).team == "care"

    other = opened(services, Chat(services, "c-2").id)
    services.casework.claim(mei, other, click())
    opened(services, "c-2", "complain")
    assert row(services, other).team == "general"


def test_the_timeline_begins_as_the_case_does(odalys, services, case):
    opened(services, odalys.id, "request_document")

    assert happened(services, case) == ["opened", "reason_added"]
    assert row(services, case).awaits_agent_since == services.parts.now()


# -- whose a case is


def test_an_agent_claims_a_case(services, mei, case):
    services.casework.claim(mei, case, click())

    found = row(services, case)
    assert (found.owner_id, found.status) == (mei.id, "claimed")
    assert audited(services, "case_claimed")[0].actor == "agent:mei"


def test_whoever_comes_second_is_told_who_won(services, mei, tam, case):
    services.casework.claim(mei, case, click())

    with pytest.raises(Taken) as refused:
        services.casework.claim(tam, case, click())

    assert refused.value.by == "Mei Castellane"
    assert row(services, case).owner_id == mei.id


def test_of_many_who_claim_at_once_one_wins_and_all_others_hear_who(services, case):
    agents = [worker(services, f"a{number}", name=f"Agent {number}") for number in range(6)]
    start, results = threading.Barrier(len(agents)), {}

    def claim(agent):
        start.wait()
        try:
            services.casework.claim(agent, case, click())
            results[agent.login] = "won"
        except Taken as refused:
            results[agent.login] = refused.by

    threads = [threading.Thread(target=claim, args=(agent,)) for agent in agents]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    winner = next(agent for agent in agents if results[agent.login] == "won")
    assert row(services, case).owner_id == winner.id
    assert sorted(results.values()) == sorted(["won", *[winner.name] * 5])
    assert happened(services, case).count("claimed") == 1


def test_the_same_click_counts_once(services, mei, case):
    key = click()

    services.casework.claim(mei, case, key)
    services.casework.claim(mei, case, key)

    assert happened(services, case).count("claimed") == 1


def test_a_click_of_one_case_does_nothing_in_another(services, mei, case):
    key, other = click(), opened(services, Chat(services, "c-2").id)
    services.casework.claim(mei, case, key)

    with pytest.raises(NotPossible):
        services.casework.claim(mei, other, key)

    assert row(services, other).owner_id is None


def test_a_case_that_was_put_back_can_be_taken_by_others(services, mei, tam, case):
    services.casework.claim(mei, case, click())
    with pytest.raises(Taken):
        services.casework.release(tam, case, click())

    services.casework.release(mei, case, click())
    services.casework.claim(tam, case, click())

    assert row(services, case).owner_id == tam.id


def test_a_supervisor_gives_a_case_to_somebody_who_is_told(services, mei, vera, case):
    services.casework.assign(vera, case, click(), "MEI")

    assert row(services, case).owner_id == mei.id
    assert [note.reference for note in services.desk.mentions(mei)] == [case]


def test_a_case_is_not_given_to_somebody_of_another_team(services, vera, case):
    worker(services, "lou", teams=("chinese",))

    with pytest.raises(NotPossible, match="lou"):
        services.casework.assign(vera, case, click(), "lou")


def test_an_agent_gives_no_cases_to_others_but_takes_their_own(services, mei, tam, case):
    with pytest.raises(NotAllowed):
        services.casework.assign(mei, case, click(), "tam")

    services.casework.assign(mei, case, click(), "mei")

    assert row(services, case).owner_id == mei.id


def test_a_case_of_another_team_is_unknown_and_that_is_recorded(odalys, services, mei, vera):
    care = opened(services, odalys.id, "complain")

    with pytest.raises(UnknownCase) as refused:
        services.casework.claim(mei, care, click())
    with pytest.raises(UnknownCase) as missing:
        services.casework.claim(mei, "C-99999", click())

    assert str(refused.value).replace(care, "…") == str(missing.value).replace("C-99999", "…")
    (record,) = audited(services, "desk_refused")
    assert (record.actor, record.subject) == ("agent:mei", care)


@pytest.mark.parametrize("role", ["auditor", "trainer", "administrator"])
def test_only_agents_and_supervisors_work_on_cases(services, case, role):
    somebody = worker(services, role, role)

    with pytest.raises((NotAllowed, UnknownCase)):
        services.casework.claim(somebody, case, click())

    assert row(services, case).owner_id is None


# -- words


def test_an_answer_takes_the_case_and_goes_to_the_borrowers_own_chat(odalys, services, mei, case):
    services.casework.answer(mei, case, click(), "Good morning, this is Mei.")

    found, (message,) = row(services, case), sent(services, odalys.id)
    assert (message.kind, message.body, message.status) == ("agent", "Good morning, this is Mei.", "queued")
    assert (found.owner_id, found.status, found.awaits_agent_since) == (mei.id, "borrower", None)
    assert found.answered_at == services.parts.now()
    assert happened(services, case) == ["opened", "claimed", "answered"]
    assert events(services, case)[-1].outbox_id == message.id


def test_an_answer_that_was_clicked_twice_is_sent_once(odalys, services, mei, case):
    key = click()

    services.casework.answer(mei, case, key, "Good morning.")
    services.casework.answer(mei, case, key, "Good morning.")

    assert len(sent(services, odalys.id)) == 1


def test_from_an_answer_on_the_conversation_is_a_persons(odalys, services, mei):
    case = opened(services, odalys.id, "request_document")
    assert not services.conversations.situation(odalys.id).held

    services.casework.answer(mei, case, click(), "Which letter do you need?")

    assert services.conversations.situation(odalys.id).held


def test_words_that_must_not_leave_take_nothing_and_send_nothing(odalys, services, mei, case):
    with pytest.raises(NeedsAnotherLook):
        services.casework.answer(mei, case, click(), "Pay 777.77 USD or we send the police.", anyway=True)

    assert sent(services, odalys.id) == []
    assert row(services, case).owner_id is None


def test_what_is_insisted_on_is_sent_and_recorded(odalys, services, mei, case):
    findings = services.casework.answer(mei, case, click(), "You owe 1,111.11 USD since last week.", anyway=True)

    assert [finding.category for finding in findings] == ["figures"]
    assert len(sent(services, odalys.id)) == 1
    assert audited(services, "agent_wrote")[0].data["insisted_on"]


@pytest.mark.parametrize("text", ["", "  \n ", "x" * 3501])
def test_an_answer_of_no_words_or_too_many_is_refused_in_a_sentence(services, mei, case, text):
    with pytest.raises(NotPossible, match=r"^[A-Z].*\.$"):
        services.casework.answer(mei, case, click(), text)


def test_a_colleague_does_not_write_in_a_case_that_somebody_has_but_a_supervisor_may(services, mei, tam, vera, case):
    services.casework.claim(mei, case, click())

    with pytest.raises(Taken):
        services.casework.answer(tam, case, click(), "Hello.")
    services.casework.answer(vera, case, click(), "Hello, this is Vera.")

    assert row(services, case).owner_id == mei.id


def test_a_file_goes_with_an_answer(odalys, services, mei, case):
    letter = Upload("../../statement.pdf", "application/pdf", b"%PDF-1.7 a letter")

    services.casework.answer(mei, case, click(), "Here is your letter.", files=[letter])

    (message,) = sent(services, odalys.id)
    (shown,) = json.loads(message.body)
    assert shown["text"] == "Here is your letter."
    (file,) = shown["files"]
    assert (file["name"], file["mime"], file["size"]) == ("statement.pdf", "application/pdf", 17)
    assert services.desk.file(mei, case, file["secret"]).content == b"%PDF-1.7 a letter"
    with services.parts.store.transaction() as session:
        assert session.scalars(select(AgentFile.outbox_id)).one() == message.id


@pytest.mark.parametrize(
    "upload",
    [
        Upload("a.html", "text/html", b"<script>"),
        Upload("a.svg", "image/svg+xml", b"<svg/>"),
        Upload("a.pdf", "application/pdf", b""),
        Upload("a.pdf", "application/pdf", b"x" * (10 * 1024 * 1024 + 1)),
    ],
)
def test_a_file_that_a_browser_would_run_or_nobody_can_send_is_refused(odalys, services, mei, case, upload):
    with pytest.raises(NotPossible):
        services.casework.answer(mei, case, click(), "Here.", files=[upload])

    assert sent(services, odalys.id) == []


def stops_contact(services, conversation):
    with services.parts.store.transaction() as session:
        session.get_one(Conversation, conversation).contact_stopped_at = services.parts.now()


@pytest.mark.parametrize("files", [[], [Upload("letter.pdf", "application/pdf", b"%PDF-1.7 a letter")]])
def test_an_answer_that_is_held_back_is_none(odalys, services, clock, mei, files):
    case, key = opened(services, odalys.id, "promise_broken"), click()
    stops_contact(services, odalys.id)
    due = row(services, case).due_at

    services.casework.answer(mei, case, key, "Your promise was not kept.", files=files)

    found = row(services, case)
    assert [message.status for message in sent(services, odalys.id)] == ["blocked"]
    assert (found.status, found.owner_id, found.answered_at, found.due_at) == ("claimed", mei.id, None, due)
    assert found.awaits_agent_since == found.opened_at
    assert services.casework.held_back(mei, key) == "contact_stopped"


def test_an_answer_that_a_channel_gave_up_is_none_either(odalys, services, mei):
    case = opened(services, odalys.id, "promise_broken")
    services.casework.answer(mei, case, click(), "Your promise was not kept.")
    (message,) = sent(services, odalys.id)

    with services.parts.store.transaction() as session:
        services.outbox.note_lost(session, message.id)

    found = row(services, case)
    assert (found.status, found.awaits_agent_since is not None) == ("claimed", True)


def test_an_answer_that_is_held_back_as_it_leaves_is_none_either(odalys, services, clock, mei):
    case, key = opened(services, odalys.id, "promise_broken"), click()
    services.casework.answer(mei, case, key, "Your promise was not kept.")
    assert (row(services, case).status, services.casework.held_back(mei, key)) == ("borrower", None)
    stops_contact(services, odalys.id)
    clock.passes(minutes=5)

    assert services.outbox.waiting_for(odalys.id, 0) == []

    found = row(services, case)
    assert (found.status, found.awaits_agent_since) == ("claimed", clock())
    assert found.due_at > clock()


def test_a_note_stays_inside_and_tells_whom_it_names(odalys, services, mei, tam, case):
    services.casework.note(mei, case, click(), "@Tam could you look? mail@mei.example, @mei")

    assert sent(services, odalys.id) == []
    assert [note.words for note in services.desk.mentions(tam)] == ["@Tam could you look? mail@mei.example, @mei"]
    assert services.desk.mentions(mei) == []
    services.desk.seen(tam, case)
    assert services.desk.mentions(tam) == []
    with services.parts.store.transaction() as session:
        assert session.scalars(select(Mention.person_id)).all() == [tam.id]


def test_a_note_that_names_somebody_whom_the_team_does_not_have_is_not_kept(services, mei, tam, case):
    worker(services, "lou", teams=("chinese",))

    with pytest.raises(NotPossible, match="Nobody called lou, nobdoy works"):
        services.casework.note(mei, case, click(), "@tam @lou @nobdoy please look")

    assert happened(services, case) == ["opened"]
    assert services.desk.mentions(tam) == []


def test_everybody_who_may_note_sees_whom_a_note_can_be_meant_for(services, mei, tam, vera, case):
    services.casework.claim(tam, case, click())

    assert services.desk.case(mei, case).mentionable == (("tam", "Tam Quistgaard"), ("vera", "Vera Lindqvist"))


# -- what was found out


def test_a_dispute_that_is_rejected_no_longer_stops_collection(odalys, services, vera):
    case = opened(services, odalys.id, "dispute_debt", about="amount")
    held = services.accounts.show(ODALYS)["hold"]

    services.casework.dispute(vera, case, click(), "rejected", "The figures are right; the statement was sent.")

    assert held == "dispute_debt"
    assert services.accounts.show(ODALYS)["hold"] is None
    assert "dispute_decided" in happened(services, case)


def test_a_dispute_that_is_upheld_still_stops_it(odalys, services, vera):
    case = opened(services, odalys.id, "dispute_debt", about="amount")

    services.casework.dispute(vera, case, click(), "upheld", "A payment of March was missing.")

    assert services.accounts.show(ODALYS)["hold"] == "dispute_debt"


def test_nothing_is_decided_where_nothing_is_disputed(services, mei, case):
    with pytest.raises(NotPossible):
        services.casework.dispute(mei, case, click(), "upheld", "It is.")


def test_an_agent_stops_collection_and_a_supervisor_lets_it_go_on(services, mei, vera, case):
    services.casework.hold(mei, case, click(), "report_fraud")
    assert services.accounts.show(ODALYS)["hold"] == "report_fraud"

    with pytest.raises(NotAllowed):
        services.casework.hold(mei, case, click(), None)
    services.casework.hold(vera, case, click(), None)

    assert services.accounts.show(ODALYS)["hold"] is None


def test_an_agent_lifts_a_hold_that_only_says_nothing_was_affordable(odalys, services, mei):
    case = opened(services, odalys.id, "unaffordable")

    services.casework.hold(mei, case, click(), None)

    assert services.accounts.show(ODALYS)["hold"] is None


@pytest.mark.parametrize("reason", ["request_human", "no_such_reason"])
def test_collection_is_stopped_for_reasons_that_stop_it(services, mei, case, reason):
    with pytest.raises(NotPossible):
        services.casework.hold(mei, case, click(), reason)


def test_a_lighter_hold_takes_no_graver_ones_place_by_an_agent(odalys, services, vera):
    mei = worker(services, "mei", teams=("care",))
    case = opened(services, odalys.id, "report_fraud", about="name_used")

    for lighter in ("dispute_debt", "claim_already_paid", "unaffordable"):
        with pytest.raises(NotPossible, match="graver reason"):
            services.casework.hold(mei, case, click(), lighter)
    assert services.accounts.show(ODALYS)["hold"] == "report_fraud"
    services.casework.hold(vera, case, click(), "dispute_debt")
    assert services.accounts.show(ODALYS)["hold"] == "dispute_debt"
    services.casework.release(vera, case, click())
    services.casework.hold(mei, case, click(), "report_fraud")
    assert services.accounts.show(ODALYS)["hold"] == "report_fraud"


# -- calls


@pytest.fixture
def evening(clock):
    """Tomorrow at nine in Singapore, eight this evening where Odalys is."""
    return clock() + timedelta(hours=19)


def test_a_call_is_noted_and_the_borrower_told(odalys, services, evening, mei, case):
    services.casework.call_back(mei, case, click(), evening)

    found = row(services, case)
    assert (found.call_at, found.due_at) == (evening, evening)
    (message,) = sent(services, odalys.id)
    assert case in message.body


@pytest.mark.parametrize(
    ("after", "why"),
    [
        (timedelta(minutes=-1), "That time has passed."),
        (timedelta(days=15), "at most 14 days ahead"),
        (timedelta(days=365 * 7000), "at most 14 days ahead"),
        (timedelta(hours=7), "Nobody works then. Calls are made on working days, 09:00 to 18:00."),
        (timedelta(hours=2), "That is 03:00 on 2026-11-23 for the borrower, who may not be called then."),
    ],
)
def test_nobody_is_promised_a_call_that_cannot_or_may_not_be(odalys, services, clock, mei, case, after, why):
    with pytest.raises(NotPossible, match=why):
        services.casework.call_back(mei, case, click(), clock() + after)

    assert row(services, case).call_at is None
    assert sent(services, odalys.id) == []


def test_a_call_that_is_promised_stays_due_whatever_is_written_meanwhile(odalys, services, clock, evening, mei, case):
    services.casework.answer(mei, case, click(), "Good morning.")
    services.casework.call_back(mei, case, click(), evening)
    services.casework.answer(mei, case, click(), "I'll call you tomorrow, then.")

    found = row(services, case)
    assert (found.status, found.due_at) == ("claimed", evening)
    assert found.awaits_agent_since is not None
    clock.passes(days=2)
    services.casework.sweep()
    assert (row(services, case).status, row(services, case).escalated) == ("waiting", 1)


def test_a_call_that_reached_the_borrower_is_over(odalys, services, evening, mei, case):
    services.casework.call_back(mei, case, click(), evening)

    services.casework.called(mei, case, click(), True, "she pays on Friday")

    found = row(services, case)
    assert (found.status, found.call_at, found.awaits_agent_since) == ("borrower", None, None)
    assert events(services, case)[-1].data == {"result": "reached"}
    assert len(sent(services, odalys.id)) == 1


def test_whoever_was_not_reached_is_told_so_and_the_case_waits_on(odalys, services, clock, evening, mei, case):
    services.casework.call_back(mei, case, click(), evening)
    clock.at = evening
    key = click()

    for _ in range(2):
        services.casework.called(mei, case, key, False)

    found = row(services, case)
    assert (found.call_at, found.awaits_agent_since) == (None, evening)
    assert found.due_at == services.parts.handover.due("request_human", evening)
    assert len(sent(services, odalys.id)) == 2
    with pytest.raises(NotPossible, match="No call is arranged"):
        services.casework.called(mei, case, click(), True)


# -- to another team


def test_a_supervisor_moves_a_case_to_another_team(services, mei, vera, case):
    lin = worker(services, "lin", teams=("chinese",))
    services.casework.claim(mei, case, click())
    key = click()

    for _ in range(2):
        services.casework.move(vera, case, key, "chinese")

    found = row(services, case)
    assert (found.team, found.owner_id, found.status) == ("chinese", None, "waiting")
    assert happened(services, case) == ["opened", "claimed", "moved"]
    (record,) = audited(services, "case_moved")
    assert (record.actor, record.data["team"]) == ("supervisor:vera", "chinese")
    services.casework.claim(lin, case, click())


def test_an_agent_says_why_a_case_goes_to_another_team_and_moves_no_colleagues(services, mei, tam, vera, case):
    with pytest.raises(NotPossible, match="Say why"):
        services.casework.move(mei, case, click(), "care")
    services.casework.claim(tam, case, click())
    with pytest.raises(Taken):
        services.casework.move(mei, case, click(), "care", "she is ill")

    services.casework.note(tam, case, click(), "@mei I give this to care")
    assert services.desk.counts(mei)["mentions"] == 1

    services.casework.move(tam, case, click(), "care", "she is ill")

    assert row(services, case).team == "care"
    assert services.desk.counts(mei)["mentions"] == 0
    with pytest.raises(UnknownCase):
        services.casework.claim(mei, case, click())


@pytest.mark.parametrize(
    ("team", "why"), [("general", "already"), ("chinese", "Nobody works in that team"), ("tigers", "no team tigers")]
)
def test_a_case_goes_to_no_team_that_would_not_take_it(services, vera, case, team, why):
    with pytest.raises(NotPossible, match=why):
        services.casework.move(vera, case, click(), team)

    assert row(services, case).team == "general"


def test_where_no_other_team_has_people_moving_is_not_offered(services, mei, case):
    assert "move" not in services.desk.case(mei, case).actions
    worker(services, "lin", teams=("chinese",))

    seen = services.desk.case(mei, case)

    assert ("move" in seen.actions, seen.teams) == (True, ("chinese",))


def test_a_case_follows_the_language_of_its_borrower(services, chat, mei):
    worker(services, "lin", teams=("chinese",))
    case = opened(services, chat.id)

    services.conversations.speak(chat.id, "zh-Hans")
    assert (row(services, case).language, row(services, case).team) == ("zh-Hans", "general")  # only a guess
    services.conversations.speak(chat.id, "zh-Hans", fixed=True)

    assert (row(services, case).language, row(services, case).team) == ("zh-Hans", "chinese")
    assert happened(services, case) == ["opened", "moved"]


def test_a_case_that_somebody_has_or_sent_elsewhere_stays_there_in_any_language(services, chat, mei, vera):
    worker(services, "lin", teams=("chinese",))
    case, other = opened(services, chat.id), opened(services, Chat(services, "c-2").id)
    services.casework.claim(mei, case, click())
    services.casework.move(vera, other, click(), "care", "")

    for conversation in (chat.id, "c-2"):
        services.conversations.speak(conversation, "zh-Hant", fixed=True)

    assert [(row(services, name).language, row(services, name).team) for name in (case, other)] == [
        ("zh-Hant", "general"),
        ("zh-Hant", "care"),
    ]


# -- the end


def test_a_case_ends_with_an_outcome_and_the_bot_says_that_it_is_back(odalys, services, mei, case):
    services.casework.resolve(mei, case, click(), "answered", "told her when the next payment is due")

    found = row(services, case)
    assert (found.status, found.outcome_kind, found.owner_id) == ("resolved", "answered", mei.id)
    assert not services.conversations.situation(odalys.id).held
    assert case in sent(services, odalys.id)[0].body


def test_a_conversation_is_handed_back_and_its_case_is_returned(odalys, services, mei, case):
    services.casework.claim(mei, case, click())

    services.casework.hand_back(mei, case, click(), "")

    assert row(services, case).status == "returned"
    assert not services.conversations.situation(odalys.id).held
    assert happened(services, case)[-1] == "handed_back"


def test_no_case_ends_with_an_outcome_that_there_is_not(services, mei, case):
    with pytest.raises(NotPossible):
        services.casework.resolve(mei, case, click(), "abandoned", "")

    assert row(services, case).resolved_at is None


def test_a_closed_case_takes_no_more_answers(services, mei, case):
    services.casework.resolve(mei, case, click(), "answered", "")

    with pytest.raises(NotPossible, match="closed"):
        services.casework.answer(mei, case, click(), "One more thing.")
    with pytest.raises(NotPossible, match="closed"):
        services.casework.claim(mei, case, click())


def test_an_agent_ends_a_case_but_collection_stays_stopped_for_a_supervisor(odalys, services, vera):
    agent = worker(services, "ada", teams=("general", "care"))
    case = opened(services, odalys.id, "report_bankruptcy")

    services.casework.resolve(agent, case, click(), "referred", "passed to the estate team")

    assert services.accounts.show(ODALYS)["hold"] == "report_bankruptcy"
    assert "hold_kept" in happened(services, case)
    services.casework.hold(vera, case, click(), None)
    assert services.accounts.show(ODALYS)["hold"] is None


@pytest.mark.parametrize("result", ["upheld", "partly"])
def test_after_a_dispute_in_which_the_borrower_was_right_nobodys_end_lets_collection_go_on(
    odalys, services, vera, result
):
    agent = worker(services, "ada", teams=("general", "care"))
    for who in (agent, vera):
        case = opened(services, odalys.id, "dispute_debt", about="amount")
        services.casework.dispute(who, case, click(), result, "Corrected in the books.")

        services.casework.resolve(who, case, click(), "dispute_upheld", "corrected")

        assert services.accounts.show(ODALYS)["hold"] == "dispute_debt"
        assert happened(services, case)[-1] == "hold_kept"
    services.casework.hold(vera, case, click(), None)
    assert services.accounts.show(ODALYS)["hold"] is None


def test_of_two_results_of_a_dispute_the_last_one_counts(odalys, services, vera):
    case = opened(services, odalys.id, "dispute_debt", about="amount")
    services.casework.dispute(vera, case, click(), "rejected", "The figures are right.")
    services.casework.hold(vera, case, click(), "dispute_debt")
    services.casework.dispute(vera, case, click(), "partly", "One payment was missing.")

    services.casework.resolve(vera, case, click(), "dispute_upheld", "")

    assert services.accounts.show(ODALYS)["hold"] == "dispute_debt"


def test_a_supervisors_end_lets_go_what_the_case_stopped_and_that_is_written_down(odalys, services, vera):
    case = opened(services, odalys.id, "report_bankruptcy")

    services.casework.hand_back(vera, case, click(), "not this person")

    assert services.accounts.show(ODALYS)["hold"] is None
    lifted = events(services, case)[-1]
    assert (lifted.kind, lifted.person_id, lifted.data["reason"]) == ("hold_lifted", vera.id, "report_bankruptcy")
    assert audited(services, "collection_goes_on")[0].actor == "supervisor:vera"


def kept(services, odalys):
    """A bankruptcy for which collection stays stopped after its case."""
    agent = worker(services, "ada", teams=("general", "care"))
    services.casework.resolve(agent, opened(services, odalys.id, "report_bankruptcy"), click(), "referred", "")
    return agent


@pytest.mark.parametrize("how", ["resolve", "back", "silence", "cancel", "expiry", "command", "settled"])
def test_no_end_of_another_case_lifts_a_hold(odalys, services, clock, vera, how):
    agent = kept(services, odalys)
    case = opened(services, odalys.id, "plan_approval" if how == "settled" else "request_human")

    if how == "resolve":
        services.casework.resolve(vera, case, click(), "answered", "")
    elif how == "back":
        services.casework.hand_back(vera, case, click(), "")
    elif how == "silence":
        services.casework.answer(agent, case, click(), "Is there anything else?")
        clock.passes(days=4)
        services.casework.sweep()
    elif how == "cancel":
        assert services.casework.cancel(odalys.id)
    elif how == "expiry":
        for _ in range(12):
            clock.passes(days=1)
            services.casework.sweep()
    elif how == "command":
        services.cases.hand_back(case, "answered")
    else:
        with services.parts.store.transaction() as session:
            conversation = session.get_one(Conversation, odalys.id)
            services.cases.settle_within(session, conversation, "plan_approval", "approved", "rosa")

    assert row(services, case).resolved_at is not None
    assert services.accounts.show(ODALYS)["hold"] == "report_bankruptcy"
    assert (happened(services, case)[-1], audited(services, "collection_goes_on")) == ("hold_kept", [])


def test_what_somebody_stopped_by_name_outlasts_a_case_that_was_about_something_else(services, mei, vera, case):
    services.casework.hold(mei, case, click(), "report_death")

    services.casework.resolve(vera, case, click(), "answered", "")

    assert services.accounts.show(ODALYS)["hold"] == "report_death"


def test_time_lets_nothing_go_on_that_a_case_stopped(odalys, services, clock, mei):
    case = opened(services, odalys.id, "unaffordable")
    services.casework.answer(mei, case, click(), "Could you tell us more about your income?")
    clock.passes(days=4)

    services.casework.sweep()

    assert row(services, case).outcome_kind == "no_answer"
    assert services.accounts.show(ODALYS)["hold"] == "unaffordable"


def test_a_rejected_dispute_lifts_only_what_a_dispute_of_the_same_case_stopped(odalys, services, vera):
    agent = worker(services, "ada", teams=("general", "care"))
    first = opened(services, odalys.id, "dispute_debt", about="amount")
    services.casework.dispute(agent, first, click(), "upheld", "A payment was missing.")
    services.casework.resolve(agent, first, click(), "dispute_upheld", "")
    second = opened(services, odalys.id, "claim_already_paid", about="already_paid")

    services.casework.dispute(vera, second, click(), "rejected", "Nothing arrived.")

    assert services.accounts.show(ODALYS)["hold"] == "dispute_debt"


def test_what_stands_for_fraud_is_not_lifted_by_an_agent_alone(odalys, services, vera):
    agent = worker(services, "ada", teams=("general", "care"))
    case = opened(services, odalys.id, "report_fraud", about="name_used")

    services.casework.dispute(agent, case, click(), "rejected", "The signature is hers.")
    services.casework.resolve(agent, case, click(), "dispute_rejected", "")

    assert services.accounts.show(ODALYS)["hold"] == "report_fraud"
    services.casework.reopen(vera, case, click())
    services.casework.dispute(vera, case, click(), "rejected", "Looked at by two.")
    assert services.accounts.show(ODALYS)["hold"] is None


def test_a_closed_case_is_taken_up_again(odalys, services, clock, mei, vera, case):
    services.casework.resolve(mei, case, click(), "answered", "")
    clock.passes(hours=3)
    with pytest.raises(NotAllowed):
        services.casework.reopen(mei, case, click())

    services.casework.reopen(vera, case, click())

    found = row(services, case)
    assert (found.status, found.owner_id, found.reopened, found.resolved_at) == ("waiting", None, 1, None)
    assert found.awaits_agent_since == clock()
    assert services.conversations.situation(odalys.id).held
    services.casework.resolve(mei, case, click(), "answered", "again")
    assert len([m for m in sent(services, odalys.id) if m.kind == "case"]) == 2


def test_a_case_is_not_taken_up_beside_another_in_the_same_conversation(odalys, services, mei, vera, case):
    services.casework.resolve(mei, case, click(), "answered", "")
    newer = opened(services, odalys.id, "request_document")

    with pytest.raises(NotPossible, match=newer):
        services.casework.reopen(vera, case, click())


def test_two_cases_of_one_borrower_become_one(odalys, services, vera, case):
    elsewhere = Chat(services, "elsewhere").prove("7001-3344, 1987-03-07")
    other = opened(services, elsewhere.id, "request_document")

    services.casework.merge(vera, other, click(), case)

    ended, going_on = row(services, other), row(services, case)
    assert (ended.status, ended.outcome_kind, ended.merged_into) == ("resolved", "merged", going_on.id)
    assert going_on.reasons == ["request_human", "request_document"]
    assert happened(services, case)[-1] == "took_over"
    with pytest.raises(NotPossible, match=case):
        services.casework.reopen(vera, other, click())


@pytest.mark.parametrize("back", [False, True])
def test_two_cases_are_locked_in_one_order_whichever_way_they_are_merged(odalys, services, monkeypatch, vera, back):
    elsewhere = Chat(services, "elsewhere").prove("7001-3344, 1987-03-07")
    pair = [opened(services, odalys.id), opened(services, elsewhere.id)]
    found, find = [], services.cases.find

    def watched(session, name, locked=False):
        found.append((name, session))
        return find(session, name, locked)

    monkeypatch.setattr(services.cases, "find", watched)
    services.casework.merge(vera, pair[back], click(), pair[not back])

    together = [name for name, session in found if session is found[-1][1]]
    assert list(dict.fromkeys(together)) == pair


def test_cases_of_two_borrowers_stay_two(odalys, services, vera, case):
    stranger = opened(services, Chat(services, "stranger").id)

    with pytest.raises(NotPossible):
        services.casework.merge(vera, stranger, click(), case)
    with pytest.raises(NotPossible):
        services.casework.merge(vera, case, click(), case)


# -- the borrower


def say(services, chat, text="hello?"):
    with services.parts.store.transaction() as session:
        from bot.store.tables import Turn

        turn = session.get_one(Turn, chat.turn(text))
        services.casework.heard(session, session.get_one(Conversation, chat.id), turn)


def test_a_borrower_who_writes_after_an_answer_waits_for_the_next_one(odalys, services, clock, mei, case):
    services.casework.answer(mei, case, click(), "Good morning.")
    clock.passes(hours=30)

    say(services, odalys)

    found = row(services, case)
    assert (found.status, found.awaits_agent_since) == ("claimed", clock())
    assert found.due_at > clock()


def test_a_borrower_who_writes_while_waiting_waits_no_longer_for_it(odalys, services, clock, case):
    due, since = row(services, case).due_at, clock()
    clock.passes(hours=1)

    say(services, odalys)

    found = row(services, case)
    assert (found.due_at, found.awaits_agent_since) == (due, since)
    assert found.changed_at == clock()


def test_the_next_yes_after_an_agents_words_is_none_to_terms(odalys, services, mei, case):
    services.negotiation.standing(odalys.id)
    services.casework.answer(mei, case, click(), "Do you still live in Trenton?")

    services.outbox.sent(sent(services, odalys.id)[0].id)

    assert talk(services, odalys.id).last_response == "agent"
