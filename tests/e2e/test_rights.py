"""A borrower asks for their data and for its erasure, over HTTP with the real Rasa; what is erased is gone."""

from __future__ import annotations

import json

import httpx
import pytest

from tests.stack import Borrower, Stack

pytestmark = pytest.mark.stack


def test_rights_are_taken_before_identity_and_an_erasure_reaches_the_conversation(
    stack: Stack, borrower: Borrower
) -> None:
    stack.import_account(
        account_number="EN-76001",
        date_of_birth="1991-01-09",
        principal="1200.00",
        interest="80.50",
        fees="45.00",
        due_date="2026-09-20",
    )

    checked = borrower.say("is this a scam?")
    asked = borrower.say("send me everything you have on me")
    borrower.prove_identity("EN-76001, 9 January 1991")
    borrower.say("what's the minimum I have to pay?")
    explained = borrower.say("how did you come to that offer?")
    borrower.say("my turquoise name is spelt wrong in your records")
    exported = json.loads(stack.accord("privacy", "export", "EN-76001", "--json"))
    before = stack.accord("audit", "verify")
    erased = json.loads(stack.accord("privacy", "erase", "EN-76001", "--by", "Fern", "--json"))
    again = json.loads(stack.accord("privacy", "erase", "EN-76001", "--by", "Fern", "--json"))
    after = stack.accord("audit", "verify")
    history = httpx.get(
        f"{stack.url}/api/chat/{borrower.conversation}/history", params={"token": borrower.token}, timeout=30
    )
    goes_on = borrower.say("how much do I owe?")

    [case] = stack.cases(borrower.conversation)
    assert "don't use a number from this chat" in checked
    assert "C-" in asked
    assert "date of birth" in asked
    assert "What never counts" in explained
    assert "standard" in explained
    assert case["about"] == "access, explanation, correction"
    assert any("turquoise" in turn["text"] for turn in exported["conversations"][0]["turns"])
    assert erased["erased"]["turns"] >= 5
    assert again["erased"] == {}
    assert "the chain is whole" in before
    assert "the chain is whole" in after
    assert history.json()["turns"] == []
    assert "turquoise" not in stack.accord("privacy", "export", "EN-76001", "--json")
    assert "$1,325.50" in goes_on


def test_an_objection_in_chinese_goes_to_a_person(stack: Stack, borrower: Borrower) -> None:
    answer = borrower.say("我不同意由机器决定")

    [case] = stack.cases(borrower.conversation)
    assert (case["reason"], case["about"]) == ("object_to_automation", "objection")
    assert case["id"] in answer
