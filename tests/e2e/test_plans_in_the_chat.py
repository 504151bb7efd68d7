"""A plan's life in the chat, with the real Rasa: terms for a person, changes after the yes, payments, fairness."""

from __future__ import annotations

import pytest

from tests.stack import Borrower, Stack

pytestmark = pytest.mark.stack

DEBT = {
    "date_of_birth": "1991-01-09",
    "principal": "1200.00",
    "interest": "80.50",
    "fees": "45.00",
    "due_date": "2026-10-17",
}


def amounts(offer: dict) -> list[str]:
    return [row["amount"]["amount"] for row in offer["schedule"]]


def test_terms_beyond_the_bot_are_approved_by_a_person_and_agreed_by_the_borrower(
    stack: Stack, borrower: Borrower
) -> None:
    stack.import_account(account_number="EN-78001", **DEBT)
    borrower.prove_identity("EN-78001, 9 January 1991")

    answers = [borrower.say("12 monthly payments")]
    while "for a colleague to decide" not in answers[-1]:
        assert len(answers) < 10, "the rounds never end"
        answers.append(borrower.say("12 monthly payments"))
    case = next(c for c in stack.cases(borrower.conversation) if c["reason"] == "plan_approval")
    stack.accord("plan", "approve", "EN-78001", "--by", "kim")
    read_back = borrower.say("hello, any news?")
    while "read that back" not in read_back:
        read_back = borrower.say("what did you decide")
    borrower.say("yes")

    plan = stack.account("EN-78001")["plan"]
    assert "last step" in answers[-2]
    assert case["id"] in answers[-1]
    assert (plan["authority"], len(plan["schedule"])) == ("agent", 12)


def test_a_plan_is_moved_and_paused_in_the_chat_and_paid_from_outside(stack: Stack, borrower: Borrower) -> None:
    stack.import_account(account_number="EN-78002", **DEBT)
    borrower.prove_identity("EN-78002, 9 January 1991")
    borrower.say("six monthly payments please")
    borrower.say("yes")

    moved = borrower.say("can we move my payment date to the 5th?")
    borrower.say("yes")
    on_the_fifth = stack.account("EN-78002")["plan"]
    stack.accord("payment", "record", "EN-78002", "220.91", "--id", "bank-1")
    stack.accord("payment", "record", "EN-78002", "220.91", "--id", "bank-1")

    account = stack.account("EN-78002")
    assert "read that back" in moved
    assert {row["due_on"][-2:] for row in on_the_fifth["schedule"]} == {"05"}
    assert account["balance"]["total"]["amount"] == "1104.59"
    assert [row["status"] for row in account["plan"]["schedule"]] == ["paid", *["due"] * 5]
    assert "chain is whole" in stack.accord("audit", "verify")


def test_an_hour_makes_a_promise_easier_to_keep(stack: Stack, borrower: Borrower) -> None:
    stack.import_account(account_number="EN-78003", **DEBT)
    borrower.prove_identity("EN-78003, 9 January 1991")
    borrower.say("I'll pay 400 next friday")

    asked = borrower.say("yes")
    noted = borrower.tap("In the evening")

    (promise,) = stack.account("EN-78003")["promises"]
    assert "time of that day" in asked
    assert "18:00" in noted
    assert promise["at_time"] == "18:00"


VOICES = {
    "polite": ["Could I please pay in instalments?", "I could manage 100 a month, please"],
    "rude": ["for god's sake just let me pay in instalments", "100 a month, take it or leave it"],
    "chinese": ["您好，请问可以分期吗？", "每个月100可以吗"],
    "rude chinese": ["烦死了，赶紧给我分期", "一个月100，爱要不要"],
    "tapping": ["#Pay in instalments", "100 a month"],
}


def test_the_same_debt_gets_the_same_offers_in_every_voice(stack: Stack) -> None:
    offered = {}
    for number, (voice, said) in enumerate(VOICES.items()):
        name = f"EN-7810{number}"
        stack.import_account(account_number=name, **DEBT)
        borrower = Borrower(stack)
        borrower.prove_identity(f"{name}, 9 January 1991")
        for words in said:
            borrower.tap(words[1:]) if words.startswith("#") else borrower.say(words)
        offered[voice] = [amounts(offer) for offer in stack.account(name)["offers"]]

    assert len(offered["polite"]) == 4
    assert all(offers == offered["polite"] for offers in offered.values()), offered
