"""Conversations: whose they are, where they stand, every turn and button once."""

from __future__ import annotations

import threading

import pytest

from bot.services.conversations import STAGES, Choice, NotYours
from bot.store.tables import Turn
from tests.unit.desk_cases import audited
from tests.unit.fakes import Chat


def button(chat: Chat, *titles: str) -> list[str]:
    """Shows buttons; returns their ids."""
    choices = [(title, Choice("utter_button_other", "affirm").as_json()) for title in titles]
    return [shown["id"] for shown in chat.services.conversations.buttons(chat.id, choices)]


def tap(chat: Chat, id: str, key: str = "tap"):
    """Taps a button in a turn of its own."""
    turn = chat.services.conversations.receive(chat.id, key, "", id)
    return chat.services.conversations.tap(turn.id)


def test_a_conversation_belongs_to_whoever_opened_it(services):
    conversations = services.conversations
    token = conversations.claim("c-7", "web", None, "en")

    again = conversations.claim("c-7", "web", token, "en")

    assert token
    assert again is None
    assert conversations.owns("c-7", token)


@pytest.mark.parametrize("token", [None, "", "a guess"])
def test_nobody_else_enters_a_conversation(services, token):
    services.conversations.claim("c-7", "web", None, "en")

    with pytest.raises(NotYours):
        services.conversations.claim("c-7", "web", token, "en")
    assert not services.conversations.owns("c-7", token)


def test_the_secret_of_one_conversation_does_not_open_another(services):
    first = services.conversations.claim("c-7", "web", None, "en")
    services.conversations.claim("c-8", "web", None, "en")

    owned = services.conversations.owns("c-8", first)

    assert not owned


def test_a_conversation_without_a_secret_belongs_to_nobody_on_the_web(services):
    chat = Chat(services)
    with services.parts.store.transaction() as session:
        session.connection().exec_driver_sql("UPDATE conversations SET secret_hash = NULL")

    owned = services.conversations.owns(chat.id, "")

    assert not owned


def test_a_conversation_that_does_not_exist_is_nobodys(services):
    assert not services.conversations.owns("never-opened", None)
    assert not services.conversations.exists("never-opened")


def test_of_many_who_open_one_conversation_at_once_one_gets_it(services):
    won: list[str] = []
    lost: list[type] = []

    def opens() -> None:
        try:
            won.append(services.conversations.claim("c-7", "web", None, "en"))
        except NotYours:
            lost.append(NotYours)

    threads = [threading.Thread(target=opens) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert (len(won), len(lost)) == (1, 5)


def test_a_turn_is_stored_once(chat, services):
    first = services.conversations.receive(chat.id, "m-1", "how much do I owe", None)

    again = services.conversations.receive(chat.id, "m-1", "something else", None)

    assert (again.id, again.text) == (first.id, "how much do I owe")


def test_a_turn_that_comes_many_times_at_once_is_stored_once(chat, services):
    ids: list[int] = []
    threads = [
        threading.Thread(target=lambda: ids.append(services.conversations.receive(chat.id, "m-1", "hi", None).id))
        for _ in range(6)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert len(ids) == 6
    assert len(set(ids)) == 1


def test_the_same_key_in_two_conversations_is_two_turns(services):
    one, two = Chat(services, "one"), Chat(services, "two")

    ids = {services.conversations.receive(chat.id, "m-1", "hi", None).id for chat in (one, two)}

    assert len(ids) == 2


def test_what_was_not_answered_is_found_in_the_order_in_which_it_came(chat, services):
    ids = [chat.turn(text) for text in ("one", "two", "three")]
    services.conversations.answer(ids[1], [{"text": "two it is"}], ["utter_greet"])

    waiting = [turn.id for turn in services.conversations.unanswered()]

    assert waiting == [ids[0], ids[2]]
    assert services.conversations.is_answered(ids[1])


def test_history_tells_what_was_said_and_answered(chat, services):
    turn = chat.turn("你好")
    services.conversations.answer(turn, [{"text": "您好"}], ["utter_greet"], "greet", 0.98765)

    (row,) = services.conversations.history(chat.id)

    assert (row["text"], row["messages"]) == ("你好", [{"text": "您好"}])
    with services.parts.store.transaction() as session:
        stored = session.get_one(Turn, turn)
        assert (stored.intent, stored.confidence) == ("greet", "0.988")


def test_a_button_says_what_it_means(chat, services):
    choice = Choice("utter_button_option", "select_option", ({"entity": "option", "value": 2},), "o_42")
    (shown,) = services.conversations.buttons(chat.id, [("Option 2", choice.as_json())])

    tapped = tap(chat, shown["id"])

    assert (tapped.title, tapped.intent) == ("Option 2", "select_option")
    assert tapped.entities == [{"entity": "option", "value": 2}, {"entity": "offer", "value": "o_42"}]


def test_a_button_works_once(chat):
    (shown,) = button(chat, "Yes")
    first = tap(chat, shown, "tap-1")

    second = tap(chat, shown, "tap-2")

    assert first is not None
    assert second is None


def test_the_turn_that_tapped_a_button_may_be_taken_up_again(chat):
    (shown,) = button(chat, "Yes")
    first = tap(chat, shown, "tap-1")

    again = tap(chat, shown, "tap-1")

    assert again == first


def test_one_tap_uses_up_the_buttons_beside_it(chat):
    yes, no = button(chat, "Yes", "No")
    tap(chat, yes, "tap-1")

    assert tap(chat, no, "tap-2") is None


def test_buttons_shown_later_stay(chat, clock):
    (earlier,) = button(chat, "Yes")
    clock.passes(seconds=1)
    (later,) = button(chat, "Yes")
    tap(chat, earlier, "tap-1")

    assert tap(chat, later, "tap-2") is not None


def test_a_button_lasts_three_days(chat, clock):
    (first,) = button(chat, "Yes")
    clock.passes(seconds=1)
    (second,) = button(chat, "Yes")
    clock.passes(hours=72, seconds=-1)

    assert tap(chat, first, "tap-1") is None
    assert tap(chat, second, "tap-2") is not None


def test_a_button_works_in_its_own_conversation_alone(services):
    owner, other = Chat(services, "owner"), Chat(services, "other")
    (shown,) = button(owner, "Yes")

    assert tap(other, shown) is None
    assert tap(owner, shown) is not None


@pytest.mark.parametrize("id", ["", "b_guess", "affirm", "' OR 1=1 --"])
def test_a_button_that_was_never_shown_does_nothing(chat, id):
    assert tap(chat, id) is None


def test_a_button_cannot_be_guessed(chat):
    ids = button(chat, *["Yes"] * 50)

    assert len(set(ids)) == 50
    assert all(len(id) >= 20 for id in ids)


def test_a_new_conversation_is_at_its_start(chat):
    assert chat.stage == "start"


@pytest.mark.parametrize(
    ("asked", "stage"),
    [
        ("", "start"),
        ("identity", "identifying"),
        ("passcode", "passcode"),
        ("person", "offered_person"),
        ("confirm", "start"),
    ],
)
def test_without_a_proof_of_identity_no_stage_of_a_negotiation_is_reached(chat, services, asked, stage):
    services.conversations.ask(chat.id, asked)

    assert chat.stage == stage


@pytest.mark.parametrize(
    ("asked", "stage"),
    [
        ("", "verified"),
        ("choose", "negotiating"),
        ("terms", "negotiating"),
        ("amount", "negotiating"),
        ("date", "negotiating"),
        ("confirm", "confirming"),
        ("budget_income", "budget"),
        ("budget_debts", "budget"),
        ("person", "offered_person"),
    ],
)
def test_the_stage_of_a_verified_borrower_is_what_was_asked_last(odalys, services, asked, stage):
    services.conversations.ask(odalys.id, asked)

    assert odalys.stage == stage
    assert stage in STAGES


def test_an_agreement_makes_the_stage_planned(odalys, services):
    services.negotiation.consider(odalys.turn("6 payments"), [{"entity": "instalments", "value": 6}])
    services.negotiation.agree(odalys.turn("yes"))

    assert odalys.stage == "planned"


def test_the_stage_falls_back_when_the_proof_of_identity_runs_out(odalys, services, clock):
    services.conversations.ask(odalys.id, "confirm")

    clock.passes(hours=3)

    assert odalys.stage == "start"


def test_a_wish_is_kept_without_what_only_identifies(chat, services):
    entities = [
        {"entity": "account_number", "value": "88402231"},
        {"entity": "date", "value": "1990-05-12"},
        {"entity": "date", "value": "2026-12-01"},
        {"entity": "instalments", "value": 5},
    ]

    services.conversations.remember_wish(
        chat.id, "propose_plan", entities, "born 12 May 1990, 5 chunks from 1 December"
    )

    assert services.conversations.take_wish(chat.id)["entities"] == entities[2:]


def test_a_wish_is_kept_until_it_is_taken_up_once(chat, services):
    services.conversations.remember_wish(chat.id, "request_plan", [{"entity": "instalments", "value": 6}], "6 期可以吗")

    first = services.conversations.take_wish(chat.id)
    second = services.conversations.take_wish(chat.id)

    assert first["text"] == "6 期可以吗"
    assert second is None


def test_misunderstandings_in_a_row_are_counted_and_forgotten_when_one_is_understood(chat, services):
    counts = []
    for response in ("utter_not_understood", "utter_not_understood_again", "utter_balance_overdue"):
        counts.append(services.conversations.misunderstood(chat.id))
        services.conversations.answer(chat.turn(), [], [response])

    assert counts == [1, 2, 3]
    assert services.conversations.misunderstood(chat.id) == 1


def test_failures_in_a_row_are_counted_and_forgotten_after_an_answer(chat, services):
    counts = [services.conversations.fail(chat.id, "dialogue", "out to lunch") for _ in range(2)]

    services.conversations.answer(chat.turn(), [], ["utter_greet"])

    assert counts == [1, 2]
    assert services.conversations.fail(chat.id, "dialogue", "again") == 1


def test_an_apology_does_not_end_a_row_of_failures(chat, services):
    services.conversations.fail(chat.id, "action_balance", "boom")
    services.conversations.answer(chat.turn(), [], ["utter_trouble"])

    assert services.conversations.fail(chat.id, "action_balance", "boom") == 2


def test_a_failure_outside_of_any_conversation_is_recorded_too(services):
    assert services.conversations.fail(None, "outbox", "no network") == 0


def test_a_language_that_was_asked_for_is_not_left_by_guessing(chat, services):
    services.conversations.speak(chat.id, "zh-Hant", fixed=True)

    services.conversations.speak(chat.id, "en")

    assert services.conversations.situation(chat.id).language == "zh-Hant"


def test_refusals_are_counted(chat, services):
    assert [services.conversations.refused(chat.id) for _ in range(2)] == [1, 2]


@pytest.mark.parametrize("text", ["<script>alert(1)</script>", "I pay <b>50</b>", "javascript:alert(1)", "x onerror=y"])
def test_markup_in_a_message_is_kept_as_text_and_recorded_once(services, chat, text):
    for _ in range(2):
        turn = services.conversations.receive(chat.id, "t-1", text, None)

    assert turn.text == text
    (record,) = audited(services, "markup_received")
    assert (record.subject, record.data) == (chat.id, {"turn": turn.id})


@pytest.mark.parametrize("text", ["I can do < 50", "I love it <3", "300<500", "pay on = Friday", "我月收入<3000元"])
def test_a_comparison_is_no_markup(services, chat, text):
    services.conversations.receive(chat.id, "t-1", text, None)

    assert audited(services, "markup_received") == []
