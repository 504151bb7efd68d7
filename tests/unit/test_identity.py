"""Identity: two factors before a word of anybody's affairs, and the same words for everybody."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest

from bot.services.identity import TRIES
from tests.unit.fakes import Chat

RIGHT = "7001-3344, born 1987-03-07"
UNKNOWN = "9999-9999, born 1987-03-07"
WRONG_DATE = "7001-3344, born 1987-03-08"


def wrong(code: str) -> str:
    return f"{(int(code) + 1) % 1_000_000:06d}"


def passcodes(services) -> list[dict]:
    return [m for m in services.outbox.all() if m["kind"] == "passcode"]


def test_both_factors_prove_who_one_is(chat, services):
    sent = chat.identify(RIGHT)
    verified = chat.identify(chat.passcode())

    assert (sent.outcome, verified.outcome) == ("passcode_sent", "verified")
    assert services.identity.is_verified(chat.id)
    assert chat.stage == "verified"


def test_the_passcode_goes_to_the_registered_phone_in_the_borrowers_language(services):
    chat = Chat(services, language="zh-Hans")

    chat.identify("5520-7719 1991年8月3日")

    (message,) = passcodes(services)
    assert (message["address"], message["channel"]) == ("+8613800000719", "sms")
    assert re.search(r"验证码是 \d{6}", message["body"])


def test_the_pieces_may_come_one_by_one(chat):
    steps = [chat.identify("7001-3344").outcome, chat.identify("1987-03-07").outcome]

    assert steps == ["ask_birth_date", "passcode_sent"]
    assert chat.passcode()


def test_the_birth_date_may_come_first(chat):
    steps = [chat.identify("1987-03-07").outcome, chat.identify("7001-3344").outcome]

    assert steps == ["ask_number", "passcode_sent"]
    assert chat.passcode()


@pytest.mark.parametrize("phone", ["+12025550181", "+1 (202) 555-0181", "202-555-0181", "2025550181", "1 202 555 0181"])
def test_the_registered_phone_stands_for_the_account_number(chat, phone):
    step = chat.identify(f"{phone} and I was born on 1987-03-07")

    assert step.outcome == "passcode_sent"
    assert chat.passcode()


@pytest.mark.parametrize(
    ("details"),
    [
        "07700 900418, 1979-12-31",
        "+44 7700 900418, 1979-12-31",
        "0044 7700 900418, 1979-12-31",
        "7700900418, 1979-12-31",
    ],
)
def test_a_national_number_with_its_trunk_zero_fits_too(chat, details):
    chat.identify(details)

    assert chat.passcode()


@pytest.mark.parametrize(
    "details", ["13800000719 1991-08-03", "+86 138 0000 0719 1991年8月3日", "8613800000719，19910803"]
)
def test_a_chinese_phone_number_fits_with_and_without_its_country(chat, details):
    chat.identify(details)

    assert chat.passcode()


@pytest.mark.parametrize("details", [UNKNOWN, WRONG_DATE, "AC-40118, born 1987-03-07"])
def test_whether_there_is_such_an_account_makes_no_difference_to_what_is_said(services, details):
    known, other = Chat(services, "known"), Chat(services, "other")

    steps = [
        [step.outcome, chat.stage, services.identity.start(chat.id).outcome]
        for chat, given in ((known, RIGHT), (other, details))
        for step in [chat.identify(given)]
    ]

    assert steps[0] == steps[1]
    assert known.passcode()
    assert other.passcode() is None


@pytest.mark.parametrize("details", [UNKNOWN, WRONG_DATE])
def test_a_wrong_passcode_is_answered_alike_whether_or_not_there_is_such_an_account(services, details):
    known, other = Chat(services, "known"), Chat(services, "other")
    known.identify(RIGHT)
    other.identify(details)
    code = wrong(known.passcode())

    steps = [[replace(chat.identify(code), case=None) for _ in range(TRIES)] for chat in (known, other)]

    assert steps[0] == steps[1]


def test_sending_details_again_and_again_is_answered_alike_whether_or_not_they_are_right(services):
    known, other = Chat(services, "known"), Chat(services, "other")

    steps = [
        [chat.identify(details).outcome for _ in range(TRIES + 1)]
        for chat, details in ((known, RIGHT), (other, UNKNOWN))
    ]

    assert steps[0] == steps[1]


@pytest.mark.parametrize("details", [UNKNOWN, WRONG_DATE])
def test_five_wrong_details_lock_for_a_day_and_open_a_case(chat, services, details):
    outcomes = [chat.identify(details).outcome for _ in range(TRIES)]

    assert outcomes == ["passcode_sent"] * (TRIES - 1) + ["locked"]
    (case,) = services.cases.all()
    assert (case["reason"], case["account"]) == ("identity_locked", None)


def test_five_wrong_passcodes_lock_for_a_day_and_open_a_case(chat, services):
    chat.identify(RIGHT)
    code = chat.passcode()

    steps = [chat.identify(wrong(code)) for _ in range(TRIES)]

    assert [step.outcome for step in steps] == ["wrong_passcode"] * (TRIES - 1) + ["locked"]
    assert [step.tries_left for step in steps] == [4, 3, 2, 1, 0]
    assert steps[-1].case is not None
    assert chat.identify(code).outcome == "locked"
    assert not services.identity.is_verified(chat.id)


def test_a_lock_ends_after_a_day(chat, clock):
    for _ in range(TRIES):
        chat.identify(UNKNOWN)
    clock.passes(hours=23, minutes=59)
    still = chat.identify(RIGHT).outcome

    clock.passes(minutes=2)

    assert still == "locked"
    assert chat.identify(RIGHT).outcome == "passcode_sent"
    assert chat.identify(chat.passcode()).outcome == "verified"


def test_an_account_that_was_guessed_at_is_locked_in_every_conversation(services, clock):
    thief, owner = Chat(services, "thief"), Chat(services, "owner")
    for _ in range(TRIES):
        thief.identify(WRONG_DATE)

    step = owner.identify(RIGHT)

    assert step.outcome == "passcode_sent"
    assert owner.passcode() is None
    clock.passes(days=1, minutes=1)
    owner.identify(RIGHT)
    assert owner.passcode()


def test_guesses_spread_over_conversations_lock_the_account(services):
    for number in range(TRIES):
        Chat(services, f"thief-{number}").identify(WRONG_DATE)
    owner = Chat(services, "owner")

    owner.identify(RIGHT)

    assert owner.passcode() is None


def test_proving_it_forgets_the_failures_before(chat, services, clock):
    chat.identify(RIGHT)
    for _ in range(TRIES - 1):
        chat.identify(wrong(chat.passcode()))
    assert chat.identify(chat.passcode()).outcome == "verified"
    clock.passes(hours=3)

    chat.identify(RIGHT)

    assert chat.identify(wrong(chat.passcode())).outcome == "wrong_passcode"


def test_a_passcode_is_good_for_ten_minutes(chat, clock):
    chat.identify(RIGHT)
    code = chat.passcode()
    clock.passes(minutes=10)

    step = chat.identify(code)

    assert step.outcome == "wrong_passcode"


def test_a_passcode_is_good_just_before_ten_minutes_are_over(chat, clock):
    chat.identify(RIGHT)
    clock.passes(minutes=9, seconds=59)

    step = chat.identify(chat.passcode())

    assert step.outcome == "verified"


def test_a_passcode_works_once(open_home, peopled_ledger, clock):
    chat = Chat(open_home(peopled_ledger, verified_minutes=1))
    chat.identify(RIGHT)
    code = chat.passcode()
    chat.identify(code)
    clock.passes(minutes=2)
    chat.services.conversations.ask(chat.id, "passcode")

    step = chat.identify(code)

    assert step.outcome == "wrong_passcode"


def test_only_the_latest_passcode_works(chat):
    chat.identify(RIGHT)
    first = chat.passcode()
    chat.identify(RIGHT)
    second = chat.passcode()

    steps = [chat.identify(first).outcome, chat.identify(second).outcome]

    assert first != second
    assert steps == ["wrong_passcode", "verified"]


def test_a_passcode_opens_the_conversation_that_asked_for_it_alone(services):
    owner, other = Chat(services, "owner"), Chat(services, "other")
    owner.identify(RIGHT)
    other.identify(UNKNOWN)

    step = other.identify(owner.passcode())

    assert step.outcome == "wrong_passcode"
    assert not services.identity.is_verified(other.id)


def test_a_proof_of_identity_runs_out(odalys, services, clock):
    clock.passes(minutes=119)
    before = services.identity.is_verified(odalys.id)

    clock.passes(minutes=2)

    assert before
    assert not services.identity.is_verified(odalys.id)
    assert odalys.stage == "start"


def test_a_day_has_room_for_so_many_passcodes_an_account(open_home, peopled_ledger):
    services = open_home(peopled_ledger, passcodes_a_day=10)

    for number in range(12):
        Chat(services, f"conversation-{number}").identify(RIGHT)

    assert len(passcodes(services)) == 10


def test_whoever_is_verified_is_not_asked_again(odalys):
    steps = [odalys.identify(RIGHT).outcome, odalys.services.identity.start(odalys.id).outcome]

    assert steps == ["already", "already"]


def test_a_beginning_asks_for_both(chat):
    step = chat.services.identity.start(chat.id)

    assert step.outcome == "ask_both"
    assert chat.stage == "identifying"


def test_what_is_missing_is_asked_for(chat):
    chat.identify("7001-3344")

    step = chat.services.identity.start(chat.id)

    assert step.outcome == "ask_birth_date"


def test_nothing_is_revealed_before_identity_is_proven(chat, services):
    chat.identify(RIGHT)

    with pytest.raises(LookupError):
        services.accounts.picture(chat.id)


def test_the_passcode_is_kept_as_a_hash_alone(chat, services):
    chat.identify(RIGHT)
    code = chat.passcode()

    with services.parts.store.transaction() as session:
        rows = session.connection().exec_driver_sql("SELECT * FROM passcodes").all()

    assert code not in str(rows)


def test_a_number_that_is_put_right_asks_for_the_birth_date_once_more(chat):
    chat.identify(UNKNOWN)
    named = {"entity": "account_number", "value": "70013344", "start": 10, "end": 19}

    asked = chat.identify("should be 7001-3344", named).outcome
    sent = chat.identify("1987-03-07").outcome

    assert (asked, sent) == ("ask_birth_date", "passcode_sent")
    assert chat.passcode()
