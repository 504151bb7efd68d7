"""The desk as it is read: who sees what, in which order, with what masked; and that it is cheap."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import event

from bot.domain import masking
from bot.domain.agreement import NotPossible
from bot.domain.money import Money
from bot.domain.rights import NotAllowed
from bot.domain.wanted import Wanted
from bot.services.cases import UnknownCase
from bot.services.casework import Upload
from bot.services.desk import Filter
from bot.store.tables import Conversation, Feedback, OutboxMessage
from tests.unit.desk_cases import audited, click, opened, row, sent, worker
from tests.unit.fakes import ODALYS, Chat


@pytest.fixture
def mei(services):
    return worker(services, "mei", name="Mei Castellane")


@pytest.fixture
def vera(services):
    return worker(services, "vera", "supervisor", ("general", "care", "chinese"), name="Vera Lindqvist")


def shown(services, actor, **wanted):
    return [found.reference for found in services.desk.queue(actor, Filter(**wanted)).rows]


# -- the queue


def test_the_queue_has_distress_first_then_urgency_then_what_is_due(services, clock, vera):
    names = {}
    for number, reason in enumerate(["request_human", "request_document", "complain", "express_distress", "abuse"]):
        names[reason] = opened(services, Chat(services, f"c-{number}").id, reason)
        clock.passes(minutes=1)

    order = ["express_distress", "complain", "request_human", "abuse", "request_document"]
    assert shown(services, vera) == [names[reason] for reason in order]


def test_whoever_waits_too_long_comes_before_others_of_the_same_rank(services, clock, vera):
    escalated, answered = opened(services, Chat(services, "c-1").id), opened(services, Chat(services, "c-2").id)
    services.casework.answer(vera, answered, click(), "One moment, please.")
    clock.passes(days=2)
    services.casework.sweep()
    fresh, urgent = opened(services, Chat(services, "c-3").id), opened(services, Chat(services, "c-4").id, "complain")
    services.casework.call_back(vera, escalated, click(), clock() + timedelta(days=6))  # due later than all others

    assert shown(services, vera) == [urgent, escalated, fresh, answered]
    assert shown(services, vera, state="escalated") == [escalated]


def test_somebody_sees_the_cases_of_their_teams(services, mei, vera):
    general = opened(services, Chat(services, "c-1").id)
    care = opened(services, Chat(services, "c-2").id, "complain")
    auditor = worker(services, "otto", "auditor", ())
    nobody = worker(services, "nell", teams=())

    assert shown(services, mei) == [general]
    assert shown(services, nobody) == [general]
    assert shown(services, vera) == shown(services, auditor) == [care, general]
    for role in ("trainer", "administrator"):
        with pytest.raises(NotAllowed):
            services.desk.queue(worker(services, role, role), Filter())


def test_the_queue_is_filtered(odalys, services, clock, mei, vera):
    mine, free = opened(services, odalys.id), opened(services, Chat(services, "c-2").id, "request_document")
    chinese = opened(services, Chat(services, "c-3", "zh-Hans").id)
    services.casework.claim(mei, mine, click())

    assert shown(services, mei, whose="mine") == [mine]
    assert shown(services, mei, whose="unassigned") == [free]
    assert shown(services, vera, language="zh-Hans") == [chinese]
    assert shown(services, vera, team="chinese") == [chinese]
    assert shown(services, vera, reason="request_document") == [free]
    for typed, found in {free.lower(): [free], free[-1]: [free], "7001 3344": [mine], "no such thing": []}.items():
        assert shown(services, vera, search=services.desk.sought_as(vera, typed)) == found
    clock.passes(days=20)
    assert set(shown(services, vera, overdue=True)) == {mine, free, chinese}


def test_closed_cases_are_shown_apart_the_latest_first(services, clock, mei):
    first, second = (opened(services, Chat(services, f"c-{number}").id) for number in (1, 2))
    for name in (second, first):
        clock.passes(minutes=5)
        services.casework.resolve(mei, name, click(), "answered", "")

    assert shown(services, mei) == []
    assert shown(services, mei, state="closed") == [first, second]


def test_a_row_shows_what_was_wanted_rather_than_who_wanted_it(odalys, services, mei):
    odalys.turn("I was never told about those fees")
    proof = odalys.turn("7001-3344, 7 March 1987")
    services.conversations.answer(proof, [], ["utter_identity_verified"], "provide_identity", 1.0)
    opened(services, odalys.id)

    (found,) = services.desk.queue(mei, Filter()).rows

    assert found.last_words == "I was never told about those fees"


def test_a_row_masks_the_number_of_its_account_however_short_it_is(odalys, services, mei):
    with services.parts.store.transaction() as session:
        services.accounts.find(session, ODALYS).number = "ZH-90001"
    odalys.turn("ZH-90001 is mine, and I owe 90.00")
    name = opened(services, odalys.id)

    (found,) = services.desk.queue(mei, Filter()).rows

    assert "90001" not in found.last_words
    assert found.last_words.endswith("is mine, and I owe 90.00")
    assert found.last_words == services.desk.case(mei, name).transcript[-1].text


def test_a_summary_names_no_earlier_case_of_another_team(odalys, services, mei, vera):
    first = opened(services, odalys.id, "express_distress")
    services.casework.resolve(vera, first, click(), "referred", "")
    second = opened(services, odalys.id)
    services.casework.resolve(mei, second, click(), "answered", "")
    third = opened(services, odalys.id)

    def earlier(actor):
        return [line.facts["reference"] for line in services.desk.case(actor, third).summary if line.code == "earlier"]

    assert earlier(mei) == [second]
    assert sorted(earlier(vera)) == [first, second]


def test_a_row_says_enough_to_choose_by(odalys, services, mei):
    odalys.turn("my number is 7001-3344 and I would like a person " + "please " * 30)
    name = opened(services, odalys.id)
    services.casework.claim(mei, name, click())

    (found,) = services.desk.queue(mei, Filter()).rows

    assert (found.borrower, found.owner, found.mine, found.channel) == ("O••• B•••", "Mei Castellane", True, "web")
    assert len(found.last_words) <= 80
    assert "3344" not in found.last_words
    assert "person" in found.last_words


def test_the_queue_comes_in_pages(services, mei):
    for number in range(30):
        opened(services, Chat(services, f"c-{number}").id)

    first, last = services.desk.queue(mei, Filter()), services.desk.queue(mei, Filter(page=9))

    assert (len(first.rows), first.total, first.page, first.pages) == (25, 30, 1, 2)
    assert (len(last.rows), last.page) == (5, 2)


def test_what_waits_is_counted(odalys, services, clock, mei, vera):
    odalys.turn("a person please")
    mine, _ = opened(services, odalys.id), opened(services, Chat(services, "c-2").id)
    services.casework.note(vera, mine, click(), "@mei yours?")
    services.casework.propose(mei, mine, click(), Wanted("plan", count=12), "one income")
    clock.passes(days=3)

    counted = {"mine": 1, "unassigned": 1, "all": 2, "overdue": 2}
    assert services.desk.counts(mei) == {**counted, "mentions": 1, "decisions": 0}
    assert services.desk.counts(vera) == {**counted, "mine": 0, "mentions": 0, "decisions": 1}


def test_the_queue_asks_few_questions_however_long_it_is(services, mei):
    for number in range(60):
        chat = Chat(services, f"c-{number}")
        chat.turn("hello")
        opened(services, chat.id)

    asked = []
    event.listen(services.parts.store.engine, "before_cursor_execute", lambda *given: asked.append(given[2]))
    services.desk.queue(mei, Filter())
    services.desk.counts(mei)

    assert len([text for text in asked if text.lstrip().upper().startswith("SELECT")]) <= 14


# -- changes


def test_changes_are_told_once(odalys, services, clock, mei):
    mark, none = services.desk.changes(mei, None)
    name = opened(services, odalys.id)

    mark, first = services.desk.changes(mei, mark)
    mark, again = services.desk.changes(mei, mark)
    clock.passes(seconds=1)
    services.casework.claim(mei, name, click())
    mark, claimed = services.desk.changes(mei, mark)
    clock.passes(minutes=5)
    _, later = services.desk.changes(mei, mark)

    assert (none, first, again, claimed, later) == ([], [name], [], [name], [])


def test_a_change_that_is_committed_late_is_told_all_the_same(odalys, services, clock, mei):
    name, other = opened(services, odalys.id), opened(services, Chat(services, "c-2").id)
    clock.passes(minutes=1)
    mark, _ = services.desk.changes(mei, None)
    early = clock()
    clock.passes(seconds=1)
    services.casework.claim(mei, other, click())
    mark, told = services.desk.changes(mei, mark)
    with services.parts.store.transaction() as session:
        services.cases.find(session, name).changed_at = early

    _, late = services.desk.changes(mei, mark)

    assert (told, late) == ([other], [name])


@pytest.mark.parametrize("mark", ["", "x", "1|x", "9" * 40, "1|1:2:3,", "|"])
def test_a_mark_that_is_none_begins_anew(services, mei, mark):
    assert services.desk.changes(mei, mark)[1] == []


# -- a case


def test_a_case_shows_what_a_person_needs(odalys, services, mei):
    turn = odalys.turn("can I pay bit by bit?")
    services.negotiation.offer(turn, "plan")
    said = [{"text": "Two ways:", "buttons": [{"title": "Option 1", "id": "b"}]}]
    services.conversations.answer(turn, said, ["utter_options"], "request_plan", 0.91)
    name = opened(services, odalys.id)
    services.casework.answer(mei, name, click(), "Good morning, this is Mei.")

    view = services.desk.case(mei, name)

    assert (view.reason, view.status, view.owner, view.identity.state) == (
        "request_human",
        "borrower",
        "Mei Castellane",
        "proven",
    )
    assert (view.account.days_past_due, view.account.balance.total) == (37, Money.parse("1325.50", "USD"))
    assert [offer.status for offer in view.offers] == ["open", "open"]
    assert [(row.who, row.text) for row in view.transcript][-3:] == [
        ("borrower", "can I pay bit by bit?"),
        ("bot", "Two ways:"),
        ("agent", "Good morning, this is Mei."),
    ]
    borrower, bot, agent = view.transcript[-3:]
    assert (borrower.intent, borrower.confidence, borrower.responses) == ("request_plan", "0.910", ("utter_options",))
    assert bot.buttons == ("Option 1",)
    assert (agent.name, agent.delivery) == ("Mei Castellane", "queued")
    assert [line.kind for line in view.timeline] == ["opened", "claimed", "answered"]
    assert {"answer", "propose", "resolve", "hand_back", "release", "open_field"} <= view.actions
    assert not {"claim", "assign", "merge", "reopen", "dispute"} & view.actions


def test_what_identifies_somebody_is_masked_until_it_is_opened_and_that_is_recorded(odalys, services, mei):
    name = opened(services, odalys.id)

    account = services.desk.case(mei, name).account

    seen = [account.name, account.number, account.date_of_birth, account.phone, account.email]
    assert [field.shown for field in seen] == ["O••• B•••", "••••3344", "••••-••-••", "••••181", "o•••@b.test"]
    assert services.desk.open_field(mei, name, "date_of_birth") == "1987-03-07"
    (record,) = audited(services, "field_opened")
    assert (record.actor, record.subject, record.data["field"]) == ("agent:mei", name, "date_of_birth")
    with pytest.raises(LookupError):
        services.desk.open_field(mei, name, "password_hash")


@pytest.mark.parametrize(
    ("said", "identifying", "seen"),
    [
        ("7001-3344, born 1987-03-07", True, "••••, born ••••"),
        ("my number is 70013344", False, "my number is ••••"),
        ("call +1 202 555 0181 please", False, "call •••• please"),
        ("I was born on 7 March 1987", False, "I was born on ••••"),
        ("born 7th of March 1987, ok?", False, "born ••••, ok?"),
        ("我是1987年3月7日生的", False, "我是••••生的"),
        ("生于一九八七年三月七日", False, "生于••••"),
        ("482913", True, "••••"),
        ("write to o@b.test", False, "write to ••••"),
        ("I can pay 150 a month from 5 December", False, "I can pay 150 a month from 5 December"),
        ("I owe 1325.50 and can pay 1,200,000 yen", False, "I owe 1325.50 and can pay 1,200,000 yen"),
        ("$1500000 is too much", False, "$1500000 is too much"),
        ("我可以每月还1500元", False, "我可以每月还1500元"),
        ("我一次还1500000元", False, "我一次还1500000元"),
        ("no figures here", True, "no figures here"),
    ],
)
def test_figures_that_prove_identity_are_masked_and_amounts_are_not(said, identifying, seen):
    assert masking.figures(said, ("7001-3344", "+12025550181"), identifying) == seen


def test_the_transcript_shows_no_figures_that_prove_identity(chat, services, mei):
    turn = chat.turn("7001-3344, born 1987-03-07")
    services.conversations.answer(turn, [{"text": "A code is on its way."}], ["x"], "provide_identity", 0.99)
    name = opened(services, chat.id)

    (said, _) = services.desk.case(mei, name).transcript

    assert said.text == "••••, born ••••"


def test_a_case_of_another_team_is_unknown_and_that_is_recorded(services, mei, vera):
    name = opened(services, Chat(services, "c-1").id, "complain")

    for look in (
        lambda: services.desk.case(mei, name),
        lambda: services.desk.open_field(mei, name, "phone"),
        lambda: services.desk.file(mei, name, "f_1"),
    ):
        with pytest.raises(UnknownCase, match="there is no case"):
            look()

    assert [record.subject for record in audited(services, "desk_refused")] == [name] * 3


def test_an_auditor_sees_and_does_nothing(odalys, services):
    name, otto = opened(services, odalys.id), worker(services, "otto", "auditor", ())

    assert services.desk.case(otto, name).actions == {"open_field"}


def test_each_message_says_whether_it_arrived(odalys, services, mei):
    name = opened(services, odalys.id)
    for text in ("first", "second", "third"):
        services.casework.answer(mei, name, click(), text)
    messages = sent(services, odalys.id)
    services.outbox.sent(messages[0].id)
    with services.parts.store.transaction() as session:
        services.outbox.block(session, messages[1].id, "chat_blocked")
        session.get_one(OutboxMessage, messages[2].id).waits_for = "contact_hours"

    delivered = [(row.delivery, row.why) for row in services.desk.case(mei, name).transcript if row.who == "agent"]

    assert delivered == [("sent", None), ("blocked", "chat_blocked"), ("queued", "contact_hours")]


def test_what_arrives_is_a_change_that_the_desk_sees(odalys, services, clock, mei):
    name = opened(services, odalys.id)
    services.casework.answer(mei, name, click(), "first")
    clock.passes(minutes=1)
    mark, _ = services.desk.changes(mei, None)

    services.outbox.sent(sent(services, odalys.id)[0].id)

    assert services.desk.changes(mei, mark)[1] == [name]


def test_passcodes_are_nobodys_to_read(odalys, services, mei):
    with services.parts.store.transaction() as session:
        code = session.query(OutboxMessage).filter_by(kind="passcode").one().body
    name = opened(services, odalys.id)

    assert all(code not in row.text for row in services.desk.case(mei, name).transcript)


def test_files_are_in_the_transcript(odalys, services, mei):
    name = opened(services, odalys.id)
    services.casework.answer(mei, name, click(), "Here.", files=[Upload("a.pdf", "application/pdf", b"%PDF")])

    (said,) = [row for row in services.desk.case(mei, name).transcript if row.who == "agent"]

    assert (said.text, [file.name for file in said.files]) == ("Here.", ["a.pdf"])
    with pytest.raises(LookupError):
        services.desk.file(mei, name, "f_other")


def test_flags_say_what_to_be_careful_about(odalys, services, vera):
    name = opened(services, odalys.id, "report_death")
    services.wellbeing.note_hardship(odalys.id, "illness")

    flags = {flag.code: flag.detail for flag in services.desk.case(vera, name).flags}

    assert flags == {"hold": "report_death", "hardship": "illness", "contact_stopped": None}


def test_a_supervisor_sees_to_whom_a_case_can_be_given_and_what_it_can_become_part_of(odalys, services, mei, vera):
    name = opened(services, odalys.id)
    elsewhere = Chat(services, "elsewhere").prove("7001-3344, 1987-03-07")
    other = opened(services, elsewhere.id, "request_document")

    view = services.desk.case(vera, name)

    assert view.colleagues == (("mei", "Mei Castellane"), ("vera", "Vera Lindqvist"))
    assert [(row.reference, row.mergeable) for row in view.others] == [(other, True)]
    assert {"assign", "merge"} <= view.actions


def test_reading_a_case_asks_few_questions_however_much_was_said(odalys, services, mei):
    for number in range(40):
        turn = odalys.turn(f"and then {number}")
        services.conversations.answer(turn, [{"text": "I see."}], ["utter_held"], "inform", 0.5)
    name = opened(services, odalys.id)
    for number in range(10):
        services.casework.answer(mei, name, click(), f"answer {'x' * number}")

    asked = []
    event.listen(services.parts.store.engine, "before_cursor_execute", lambda *given: asked.append(given[2]))
    services.desk.case(mei, name)

    assert len(asked) <= 36


# -- words kept for use again


def test_words_are_kept_for_oneself_a_team_or_everybody(services, mei, vera):
    own = services.desk.save_reply(mei, "Greeting", "Good morning.", "en")
    team = services.desk.save_reply(vera, "Hours", "We are here from nine.", "en", team="general")
    whole = services.desk.save_reply(vera, "问候", "您好。", "zh-Hans", everybody=True)

    assert [(reply.id, reply.scope) for reply in services.desk.replies(mei)] == [
        (own, "own"),
        (team, "team"),
        (whole, "all"),
    ]
    assert [reply.id for reply in services.desk.replies(vera, "en")] == [team]
    assert [reply.id for reply in services.desk.replies(mei, "zh-Hans")] == [whole]


def test_nobody_changes_the_words_of_others(services, mei, vera):
    own = services.desk.save_reply(vera, "Mine", "Hello.", "en")
    team = services.desk.save_reply(vera, "Hours", "From nine.", "en", team="general")

    with pytest.raises(NotPossible):
        services.desk.save_reply(mei, "Mine", "Bye.", "en", reply_id=own)
    with pytest.raises(NotAllowed):
        services.desk.delete_reply(mei, team)
    with pytest.raises(NotAllowed):
        services.desk.save_reply(mei, "Hours", "From ten.", "en", team="general")
    with pytest.raises(NotPossible):
        services.desk.save_reply(vera, "", "Hello.", "en")
    services.desk.delete_reply(vera, team)
    assert services.desk.replies(mei) == []


# -- figures


def test_what_was_said_keeps_its_id_whatever_comes_before_it(odalys, services, clock, mei, monkeypatch):
    odalys.turn("I lost my job")
    name = opened(services, odalys.id)
    services.casework.answer(mei, name, click(), "Good morning.")
    before = [said.id for said in services.desk.case(mei, name).transcript]
    monkeypatch.setattr("bot.services.desk_talk.MOST_TURNS", 1)
    clock.passes(minutes=1)
    odalys.turn("are you there?")

    after = [said.id for said in services.desk.case(mei, name).transcript]

    assert len(set(before)) == len(before)
    assert after[-1] not in before
    assert [name for name in before if name in after] == after[:-1] != before


def test_figures_tell_how_long_borrowers_wait(services, clock, mei, vera):
    for number, minutes in enumerate((10, 20, 60)):
        name = opened(services, Chat(services, f"c-{number}").id)
        clock.passes(minutes=minutes)
        services.casework.claim(mei, name, click())
        clock.passes(minutes=5)
        services.casework.answer(mei, name, click(), "Good morning.")
        clock.passes(minutes=5)
        (services.casework.hand_back if number else services.casework.resolve)(
            mei, name, click(), *([] if number else ["answered"]), ""
        )
    opened(services, Chat(services, "c-9").id, "complain")

    figures = services.desk.figures(vera, 7)

    assert (figures.opened, figures.open_now, figures.ended, figures.returned) == (4, 1, 3, 2)
    assert (figures.to_claim.count, figures.to_claim.median, figures.to_claim.most) == (3, 20.0, 60.0)
    assert (figures.to_answer.median, figures.to_end.median) == (25.0, 30.0)
    assert figures.by_reason == {"request_human": 3, "complain": 1}
    assert figures.by_outcome == {"returned": 2, "answered": 1}
    assert figures.answered_in_time == 3
    assert figures.by_day[-1][1:] == (4, 3)
    assert services.desk.figures(vera, 7, "care").opened == 1
    with pytest.raises(NotAllowed):
        services.desk.figures(mei, 7)


def test_an_answer_after_the_time_that_was_promised_is_not_in_time(services, clock, mei, vera):
    name = opened(services, Chat(services, "c-1").id)
    clock.passes(days=3)
    services.casework.claim(mei, name, click())
    services.casework.answer(mei, name, click(), "Good morning.")
    # Told anew by when the next answer comes, and kept; the first was late all the same.
    services.casework.answer(mei, name, click(), "It is done.")

    figures = services.desk.figures(vera, 7)

    assert (figures.to_answer.count, figures.answered_in_time, figures.to_be_answered) == (1, 0, 1)


def test_words_that_were_held_back_are_no_first_answer(services, clock, mei, vera):
    chat = Chat(services, "c-1")
    chat.turn("a person please")
    name, key = opened(services, chat.id, "promise_broken"), click()
    services.casework.claim(mei, name, click())
    with services.parts.store.transaction() as session:
        session.get_one(Conversation, chat.id).contact_stopped_at = clock()
    services.casework.answer(mei, name, key, "Good morning.")

    assert services.casework.held_back(mei, key) == "contact_stopped"
    assert services.desk.figures(vera, 7).to_answer.count == 0


def test_whoever_was_never_answered_counts_once_their_time_has_passed(services, clock, mei, vera):
    opened(services, Chat(services, "c-1").id)
    late, early = (opened(services, Chat(services, name).id) for name in ("c-2", "c-3"))
    services.casework.resolve(mei, early, click(), "answered", "")
    before = services.desk.figures(vera, 7)
    clock.passes(days=3)
    services.casework.resolve(mei, late, click(), "answered", "")
    opened(services, Chat(services, "c-4").id)

    figures = services.desk.figures(vera, 7)

    assert (before.answered_in_time, before.to_be_answered) == (0, 0)
    assert (figures.answered_in_time, figures.to_be_answered) == (0, 2)


def test_figures_tell_what_borrowers_thought(odalys, services, clock, mei, vera):
    name = opened(services, odalys.id)
    services.casework.resolve(mei, name, click(), "answered", "")
    with services.parts.store.transaction() as session:
        session.get_one(Conversation, odalys.id)
        asked = session.query(Feedback).one()
        asked.mark, asked.given_at = 4, clock()

    assert services.desk.figures(vera, 1).marks == {4: 1}


def test_what_borrowers_thought_of_the_bot_is_not_among_the_desks_marks(odalys, services, clock, mei, vera):
    services.feedback.ask(odalys.id, "refusal", "turn:1")
    opened(services, odalys.id)
    with services.parts.store.transaction() as session:
        asked = session.query(Feedback).one()
        asked.mark, asked.given_at = 1, clock()

    assert services.desk.figures(vera, 1).marks == {}


def test_a_case_that_closed_before_the_days_asked_for_is_left_out(services, clock, mei, vera):
    name = opened(services, Chat(services, "c-1").id)
    services.casework.resolve(mei, name, click(), "answered", "")
    clock.passes(days=40)

    figures = services.desk.figures(vera, 30)

    assert (figures.opened, figures.ended, len(figures.by_day)) == (0, 0, 30)
    assert figures.to_claim.median is None


def test_the_account_number_finds_a_case_and_nothing_else_does(odalys, services, mei):
    opened(services, odalys.id)

    assert shown(services, mei, search=services.desk.sought_as(mei, ODALYS))
    assert shown(services, mei, search=services.desk.sought_as(mei, "Odalys")) == []


def test_a_number_that_is_looked_for_tells_nothing_where_it_stands(odalys, services, mei, vera):
    other = opened(services, Chat(services, "c-2").id, "complain")

    sought = [services.desk.sought_as(mei, typed) for typed in (ODALYS, "70019999", "Odalys", other[-1], "999999")]

    assert all(len(found) == 64 for found in sought)
    assert services.desk.sought_as(mei, "c-7") == "C-00007"
    assert services.desk.sought_as(mei, "  ") == ""
    page = services.desk.queue(mei, Filter(search=sought[0]))
    assert page.sought == "••••3344"
    assert row(services, "C-1").due_at > services.parts.now() + timedelta(hours=1)
