"""Stop requests, and the gate before whatever leaves uninvited."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import select

from bot.channels.router import Router
from bot.domain.contact import Opening, opening
from bot.policy_packs import read_packs
from bot.services.contact_times import keeps_waiting
from bot.services.outbox import enqueue
from bot.settings import ROOT
from bot.store.tables import Account, Conversation, FlaggedContact, OutboxMessage
from tests.unit.fakes import ODALYS, Chat, FakeDialogue

PACKS = read_packs(ROOT / "policies", date(2026, 11, 23))


@pytest.fixture
def dialogue() -> FakeDialogue:
    return FakeDialogue()


@pytest.fixture
def router(services, dialogue, words) -> Router:
    return Router(services, dialogue, words)


def send(chat: Chat, kind: str = "reminder", key: str = "r-1", **fields) -> None:
    parts = chat.services.parts
    with parts.store.transaction() as session:
        conversation = session.get_one(Conversation, chat.id)
        enqueue(parts, session, parts.now(), key=key, kind=kind, conversation=conversation, body="…", **fields)


def flag(chat: Chat, address: str, conversation: str | None = None, lifted: bool = False) -> None:
    parts = chat.services.parts
    with parts.store.transaction() as session:
        session.add(
            FlaggedContact(
                channel="web",
                address_hash=parts.store.keyring.keyed_hash(address, "contact"),
                reason="wrong_person",
                conversation_id=conversation,
                at=parts.now(),
                lifted_at=parts.now() if lifted else None,
            )
        )


def fate(chat: Chat) -> tuple[str, str | None]:
    """Whether the last message waits or is blocked, and why."""
    row = chat.services.outbox.all()[-1]
    return row["status"], row["blocked_by"]


def waiting(chat: Chat) -> list[str]:
    return [row.kind for row in chat.services.outbox.waiting_for(chat.id, 0)]


# -- stop requests


@pytest.mark.anyio
@pytest.mark.parametrize("text", ["STOP", "unsubscribe", "退订", "TD", "拒收"])
async def test_a_bare_word_stops_contact_without_asking_the_model(router, dialogue, services, chat, text):
    messages = await router.take(chat.id, "m-1", text)

    with services.parts.store.transaction() as session:
        stopped = session.get_one(Conversation, chat.id).contact_stopped_at
    assert stopped is not None
    assert dialogue.heard == []
    assert any(word in messages[-1]["text"] for word in ("won't send you messages", "不会再主动"))
    assert not any("write STOP" in message["text"] for message in messages)


@pytest.mark.anyio
async def test_a_stop_request_is_confirmed_once_and_then_there_is_silence(router, chat):
    await router.take(chat.id, "m-0", "hello there")
    [confirmed] = await router.take(chat.id, "m-1", "stop")

    again = await router.take(chat.id, "m-2", "STOP")
    repeated = await router.take(chat.id, "m-2", "STOP")

    assert "won't send" in confirmed["text"]
    assert again == repeated == []


@pytest.mark.anyio
async def test_a_stop_request_that_the_model_heard_is_followed_by_the_same_silence(router, dialogue, services, chat):
    dialogue.replies = [{"response": "silence", "facts": {}, "choices": []}]
    await router.take(chat.id, "m-0", "stop")

    answer = await router.take(chat.id, "m-1", "please do stop writing")

    assert answer == []
    assert services.conversations.unanswered() == []


@pytest.mark.anyio
async def test_silence_does_not_arrive_as_a_late_answer_either(router, dialogue, services, chat):
    await router.take(chat.id, "m-0", "stop")
    dialogue.down = True
    await router.take(chat.id, "m-1", "please do stop writing")
    dialogue.down, dialogue.replies = False, [{"response": "silence", "facts": {}, "choices": []}]

    await router.catch_up()

    assert waiting(chat) == []
    assert services.conversations.unanswered() == []


@pytest.mark.anyio
@pytest.mark.parametrize("asked", ["choose", "confirm", "budget_income"])
async def test_while_terms_or_a_budget_are_open_a_bare_stop_is_said_of_those(router, dialogue, services, odalys, asked):
    services.conversations.ask(odalys.id, asked)

    await router.take(odalys.id, "m-1", "stop")
    await router.take(odalys.id, "m-2", "cancel")
    await router.take(odalys.id, "m-3", "unsubscribe")

    assert [text for _, text in dialogue.heard] == ["stop", "cancel"]


@pytest.mark.anyio
@pytest.mark.parametrize(("text", "reading"), [("stop", "greet"), ("leave me alone, all of you", "stop_contact")])
async def test_a_stop_request_is_obeyed_while_a_person_has_the_conversation(
    router, dialogue, services, odalys, text, reading
):
    services.cases.open(odalys.id, "request_human")
    dialogue.reading = reading

    messages = await router.take(odalys.id, "m-1", text)

    assert "won't send" in messages[-1]["text"]
    assert services.accounts.show(ODALYS)["contact_stopped"]


# -- the gate


@pytest.mark.parametrize("where", ["account", "conversation"])
def test_nothing_uninvited_leaves_once_contact_is_stopped(odalys, services, where):
    with services.parts.store.transaction() as session:
        conversation = session.get_one(Conversation, odalys.id)
        stopped = session.get_one(Account, conversation.account_id) if where == "account" else conversation
        stopped.contact_stopped_at = services.parts.now()

    send(odalys)

    assert fate(odalys) == ("blocked", "contact_stopped")
    assert waiting(odalys) == []


def test_what_waited_when_contact_was_stopped_is_blocked_as_it_would_be_sent(odalys, services):
    send(odalys)
    before = waiting(odalys)
    services.wellbeing.stop_contact(odalys.id)

    after = waiting(odalys)

    assert (before, after) == (["reminder"], [])
    assert fate(odalys) == ("blocked", "contact_stopped")


def test_what_was_sent_before_stays_to_be_read(odalys, services):
    send(odalys)
    [row] = services.outbox.waiting_for(odalys.id, 0)
    services.outbox.sent(row.id)
    services.wellbeing.stop_contact(odalys.id)

    assert waiting(odalys) == ["reminder"]
    assert fate(odalys) == ("sent", None)


def test_nothing_uninvited_leaves_for_an_address_that_is_not_the_borrowers(odalys):
    flag(odalys, "+12025550181")

    send(odalys, channel="sms", address="+12025550181")
    by_number = fate(odalys)
    send(odalys, key="r-2", channel="sms", address="+12025550182")

    assert by_number == ("blocked", "flagged_contact")
    assert fate(odalys) == ("queued", None)


@pytest.mark.parametrize(("lifted", "expected"), [(False, ("blocked", "flagged_contact")), (True, ("queued", None))])
def test_a_flagged_conversation_is_left_in_peace_until_the_flag_is_lifted(chat, lifted, expected):
    flag(chat, "+12025550181", chat.id, lifted)

    send(chat)

    assert fate(chat) == expected


@pytest.mark.parametrize(
    ("reason", "resolved", "expected"),
    [("request_human", False, "queued"), ("request_human", True, "blocked"), ("plan_broken", False, "blocked")],
)
def test_an_agent_may_answer_the_borrowers_own_case_and_nothing_else(odalys, services, reason, resolved, expected):
    reference = services.cases.open(odalys.id, reason).reference
    if resolved:
        services.cases.hand_back(reference, "done")
    services.wellbeing.stop_contact(odalys.id)

    services.guarding.write_to(reference, "Good morning, this is Ada.")

    assert fate(odalys)[0] == expected


def test_a_passcode_is_always_sent_to_who_asks_for_it(chat, services):
    services.wellbeing.stop_contact(chat.id)
    flag(chat, "+12025550181", chat.id)

    chat.identify("7001-3344, born 1987-03-07")

    assert fate(chat) == ("queued", None)


@pytest.mark.anyio
async def test_a_late_answer_to_the_borrowers_own_message_is_sent(router, dialogue, chat, services):
    services.wellbeing.stop_contact(chat.id)
    dialogue.down = True
    await router.take(chat.id, "m-1", "how much do I owe")
    dialogue.down = False

    await router.catch_up()

    assert waiting(chat) == ["late_answer"]


# -- hours, caps and days of rest


def at(text: str, zone: str = "America/New_York") -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=ZoneInfo(zone))


def rules(**own):
    strict = PACKS.of(None, date(2026, 11, 23))
    return replace(strict, region="US", **own)


@pytest.mark.parametrize(
    ("now", "opens", "why"),
    [
        ("2026-11-23T09:00", None, None),  # a Monday
        ("2026-11-23T19:59:59", None, None),
        ("2026-11-23T20:00", "2026-11-24T09:00", "contact_hours"),
        ("2026-11-23T03:00", "2026-11-23T09:00", "contact_hours"),
        ("2026-11-26T18:30", "2026-11-27T09:00", "contact_hours"),  # Thanksgiving closes earlier
        ("2026-11-28T18:30", "2026-11-29T09:00", "contact_hours"),  # a Saturday
        ("2026-10-31T22:00", "2026-11-01T09:00", "contact_hours"),  # the night in which clocks go back
    ],
)
def test_what_is_uninvited_waits_for_the_hours_of_the_borrowers_place(now, opens, why):
    found = opening(rules(), at(now), "America/New_York", {})

    assert (found and (found.at, found.why)) == (opens and (at(opens), why))


def test_days_without_hours_are_days_of_rest():
    weekdays = [window for window in rules().windows if "mon" in window.days]

    found = opening(rules(windows=weekdays), at("2026-11-27T21:00"), "America/New_York", {})

    assert found == Opening(at("2026-11-30T09:00"), "contact_hours")


def test_what_left_before_counts_by_calendar_days_and_by_consecutive_days():
    now, today, week = at("2026-11-25T12:00"), at("2026-11-25T09:00"), [at(f"2026-11-{n}T10:00") for n in (20, 22, 24)]

    assert opening(rules(), now, "America/New_York", {"debtor": [today]}) == Opening(
        at("2026-11-26T09:00"), "contact_cap"
    )
    assert opening(rules(), now, "America/New_York", {"debtor": week}) == Opening(at("2026-11-27T09:00"), "contact_cap")
    assert opening(rules(), now, "America/New_York", {"debtor": week[:2]}) is None
    assert opening(rules(), now, "America/New_York", {"address": [today]}) is None


def test_after_a_conversation_there_is_rest_where_the_rules_say_so():
    rest = {"contacts": rules().cooldowns["calls"].model_copy(update={"days": 2})}
    now = at("2026-11-24T12:00")

    found = opening(rules(cooldowns=rest), now, "America/New_York", {}, at("2026-11-23T23:00"))

    assert found == Opening(at("2026-11-26T09:00"), "contact_rest")
    assert opening(rules(cooldowns=rest), now, "America/New_York", {}) is None


def keeps(chat: Chat) -> Opening | None:
    with chat.services.parts.store.transaction() as session:
        message = session.get_one(OutboxMessage, chat.services.outbox.all()[-1]["id"])
        return keeps_waiting(chat.services.parts, session, message)


def test_an_answer_to_what_was_just_written_may_leave_at_night_and_nothing_else(odalys, services, clock):
    clock.at = at("2026-11-24T02:00")
    send(odalys, "receipt", "r-1")
    receipt = keeps(odalys)
    send(odalys, "agent", "a-1")
    unasked = keeps(odalys)
    odalys.turn("is anybody there?")
    answer = keeps(odalys)
    send(odalys, "receipt", "r-2", invited=True)
    invited = keeps(odalys)

    assert receipt == unasked == Opening(at("2026-11-24T08:00"), "contact_hours")  # the pack of the United States
    assert answer is None
    assert invited is None


def test_what_left_for_another_debt_of_the_same_borrower_counts(odalys, services, clock):
    clock.at = at("2026-11-24T12:00")
    with services.parts.store.transaction() as session:
        mine = session.get_one(Account, session.get_one(Conversation, odalys.id).account_id)
        other = session.scalars(select(Account).where(Account.id != mine.id)).first()
        other.phone_hash = mine.phone_hash
        sent = enqueue(
            services.parts, session, clock(), key="x", kind="receipt", body="…", account=other, channel="sms"
        )
        sent.status, sent.sent_at = "sent", clock()
    send(odalys, "receipt", "r-1")

    assert keeps(odalys) == Opening(at("2026-11-25T08:00"), "contact_cap")
