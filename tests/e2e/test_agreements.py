"""Whole conversations with the real Rasa over HTTP, from a greeting to what stands in the ledger."""

from __future__ import annotations

import json

import pytest

from tests.stack import Borrower, Stack

pytestmark = pytest.mark.stack


def total(account: dict) -> str:
    return account["balance"]["total"]["amount"]


def cents(amount: str) -> int:
    return round(float(amount) * 100)


def test_an_english_borrower_goes_from_a_greeting_to_a_recorded_plan(stack: Stack, borrower: Borrower) -> None:
    stack.import_account(
        account_number="EN-70001",
        date_of_birth="1990-05-12",
        principal="1200.00",
        interest="80.50",
        fees="45.00",
        due_date="2026-08-01",
    )

    welcome = borrower.say("Hi there")
    before_identity = borrower.say("How much do I owe?")
    verified = borrower.prove_identity("account EN-70001, born 12 May 1990")
    options = borrower.say("can I pay in instalments?")
    read_back = borrower.say("the first one")
    agreed = borrower.say("Yes, I agree")

    account = stack.account("EN-70001")
    assert "automated assistant" in welcome
    assert "1,325.50" not in before_identity
    assert "owe" not in before_identity.lower()
    assert "$1,325.50" in verified
    assert [bool(message.get("table")) for message in borrower.last] == [True, False]
    assert options.count("$") >= 4
    assert "Nothing counts until you say yes" in read_back
    assert "recorded" in agreed
    assert account["status"] == "in_plan"
    assert account["plan"]["agreed_words"] == "Yes, I agree"
    assert sum(cents(row["amount"]["amount"]) for row in account["plan"]["schedule"]) == 132550
    assert borrower.last[0]["table"]["rows"][0][0] == "1"


def test_a_chinese_borrower_goes_from_a_greeting_to_a_recorded_plan(stack: Stack, borrower: Borrower) -> None:
    stack.import_account(
        account_number="ZH-70002",
        borrower_name="测试人",
        date_of_birth="1992-08-03",
        phone="+8613800000177",
        language="zh-Hans",
        country="CN",
        time_zone="Asia/Shanghai",
        currency="CNY",
        principal="8600.00",
        interest="412.30",
        fees="260.00",
        due_date="2026-07-15",
    )

    welcome = borrower.say("你好")
    verified = borrower.prove_identity("账号 ZH-70002，1992年8月3日出生")
    read_back = borrower.say("先还一千五，剩下分六期")
    agreed = borrower.say("好的，同意")

    plan = stack.account("ZH-70002")["plan"]
    amounts = [cents(row["amount"]["amount"]) for row in plan["schedule"]]
    assert "智能助手" in welcome
    assert "¥9,272.30" in verified
    assert "¥1,500.00" in read_back
    assert "记录" in agreed
    assert amounts[0] == 150000
    assert len(amounts) == 7
    assert sum(amounts) == 927230
    assert plan["schedule"][0]["down_payment"] is True
    assert plan["agreed_words"] == "好的，同意"


def test_terms_outside_authority_are_countered_and_the_counter_is_agreed(stack: Stack, borrower: Borrower) -> None:
    stack.import_account(
        account_number="EN-70003",
        date_of_birth="1985-02-01",
        principal="6000.00",
        interest="300.00",
        fees="100.00",
        due_date="2026-09-20",
    )
    borrower.prove_identity("EN-70003 and 1 February 1985")

    countered = borrower.say("I can only do 50 a month")
    read_back = borrower.say("ok the first one")
    borrower.say("yes")

    account = stack.account("EN-70003")
    offered = {offer["id"]: offer for offer in account["offers"]}
    assert "closest" in countered
    assert "read that back" in read_back
    assert account["plan"]["offer"] in offered
    assert offered[account["plan"]["offer"]]["status"] == "accepted"
    assert offered[account["plan"]["offer"]]["policy_version"]
    assert sum(cents(row["amount"]["amount"]) for row in account["plan"]["schedule"]) == 640000


def test_buttons_lead_to_the_same_agreement_as_words(stack: Stack, borrower: Borrower) -> None:
    stack.import_account(
        account_number="EN-70004",
        date_of_birth="1979-10-30",
        principal="500.00",
        interest="20.00",
        fees="40.00",
        due_date="2026-06-01",
    )
    borrower.prove_identity("EN-70004, 30 October 1979")

    borrower.tap("Pay it off")
    borrower.tap("Yes, I agree")

    plan = stack.account("EN-70004")["plan"]
    assert plan["kind"] == "settlement"
    assert plan["agreed_words"] == "Yes, I agree"
    assert cents(plan["total"]["amount"]) + cents(plan["waived_fees"]["amount"]) == 56000
    assert 0 < cents(plan["waived_fees"]["amount"]) <= 4000


def test_a_button_works_once(stack: Stack, borrower: Borrower) -> None:
    borrower.prove_identity("TW-20031, 30 November 1987")
    borrower.say("can I pay in instalments")
    shown = list(borrower.buttons)
    borrower.tap("Option 1")
    borrower.buttons = shown

    again = borrower.tap("Option 1")

    assert "no longer open" in again


def test_a_promise_is_read_back_and_recorded(stack: Stack, borrower: Borrower) -> None:
    stack.import_account(
        account_number="EN-70005",
        date_of_birth="1993-03-04",
        principal="900.00",
        interest="10.00",
        fees="0.00",
        due_date="2026-11-01",
    )
    borrower.prove_identity("EN-70005 / 4 March 1993")

    asked = borrower.say("I get paid next friday, I'll pay some of it then")
    read_back = borrower.say("400")
    borrower.say("yes that's right")

    account = stack.account("EN-70005")
    assert "How much" in asked
    assert "$400.00" in read_back
    assert [p["amount"]["amount"] for p in account["promises"]] == ["400.00"]
    assert account["status"] == "promised"


def test_five_wrong_birth_dates_lock_and_open_a_case(stack: Stack, borrower: Borrower) -> None:
    stack.import_account(
        account_number="EN-70006",
        date_of_birth="1970-01-20",
        principal="100.00",
        interest="0",
        fees="0",
        due_date="2026-11-01",
    )
    stranger = Borrower(stack)

    known = [borrower.say(f"EN-70006, born {day} June 1981") for day in range(1, 6)]
    unknown = [stranger.say(f"EN-79999, born {day} June 1981") for day in range(1, 6)]
    after = borrower.say("EN-70006, born 20 January 1970")

    assert known[:4] == unknown[:4]
    assert known[4].split("reference")[0] == unknown[4].split("reference")[0]
    assert [c["reason"] for c in stack.cases(borrower.conversation)] == ["identity_locked"]
    assert stack.passcode(borrower.conversation) is None
    assert "$" not in after


@pytest.mark.parametrize(
    ("words", "reason"),
    [
        ("I never took this loan, this is not my debt", "dispute_debt"),
        ("这笔钱不是我借的，金额完全不对", "dispute_debt"),
        ("I want to speak to a real person please", "request_human"),
        ("转人工", "request_human"),
    ],
)
def test_a_hard_case_goes_to_a_person_who_sees_what_was_said(
    stack: Stack, borrower: Borrower, words: str, reason: str
) -> None:
    answer = borrower.say(words)
    held = borrower.say("anything else you need from me?")

    case = stack.cases(borrower.conversation)[0]
    assert case["reason"] == reason
    assert case["id"] in answer
    assert case["id"] in held
    assert words in case["summary"]
    assert case["status"] == "waiting"


def test_a_dispute_of_a_verified_borrower_stops_collection(stack: Stack, borrower: Borrower) -> None:
    stack.import_account(
        account_number="EN-70007",
        date_of_birth="1988-12-24",
        principal="750.00",
        interest="0",
        fees="25.00",
        due_date="2026-09-01",
    )
    borrower.prove_identity("EN-70007, 24 December 1988")

    borrower.say("This amount is wrong, I dispute it")

    account, case = stack.account("EN-70007"), stack.cases(borrower.conversation)[0]
    assert account["hold"] == "dispute_debt"
    assert case["account"] == "EN-70007"
    assert "775.00 USD" in case["summary"]


def test_three_messages_that_nobody_understands_lead_to_a_person(stack: Stack, borrower: Borrower) -> None:
    borrower.say("hello")

    answers = [borrower.say(text) for text in ("blorp zint quax", "frumious bandersnatch gyre", "wibble snorf")]

    assert "C-" in answers[-1]
    assert len(stack.cases(borrower.conversation)) == 1


def test_a_conversation_given_back_goes_on_with_the_bot(stack: Stack, borrower: Borrower) -> None:
    borrower.say("a person please")
    case = stack.cases(borrower.conversation)[0]["id"]

    stack.accord("case", "return", case, "--outcome", "answered by phone")
    answer = borrower.say("are you a robot?")

    assert "automated assistant" in answer
    assert json.loads(stack.accord("case", "show", case, "--json"))["status"] == "resolved"


def test_the_audit_chain_is_whole_after_all_of_it(stack: Stack, borrower: Borrower) -> None:
    borrower.say("hello")

    said = stack.accord("audit", "verify")

    assert "the chain is whole" in said
