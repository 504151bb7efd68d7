"""What borrowers are told because the law wants it, and silence after a stop, with the real program over HTTP."""

from __future__ import annotations

import json

import httpx
import pytest

from tests.stack import Borrower, Stack

pytestmark = pytest.mark.stack


def account(stack: Stack, number: str, **fields: str) -> None:
    stack.import_account(
        account_number=number,
        date_of_birth="1991-01-09",
        principal="1200.00",
        interest="80.50",
        fees="45.00",
        due_date="2026-08-01",
        **fields,
    )


def test_a_borrower_in_the_united_states_hears_what_has_to_be_said_once_and_then_in_short(stack: Stack) -> None:
    account(stack, "DI-80001")
    first, second = Borrower(stack), Borrower(stack)

    opening = first.say("how much do I owe?")
    proven = first.prove_identity("DI-80001, 9 January 1991")
    order = [message["text"] for message in first.last]
    second.say("hi")
    again = second.prove_identity("DI-80001, 9 January 1991")

    assert "automated assistant" in opening
    assert "write STOP" in opening
    assert "debt" not in opening.lower()
    assert len(order) == 3
    assert "confirmed" in order[0]
    assert "attempt to collect a debt" in order[1]
    assert "$1,200.00 in principal, $80.50 in interest and $45.00 in fees, $1,325.50 in all" in order[1]
    assert "You owe $1,325.50" in order[2]
    assert proven.count("STOP") == 1
    assert "As before, this is about collecting a debt" in again
    assert "altogether" not in again


def test_a_borrower_in_china_hears_it_in_chinese_and_no_figures_unasked(stack: Stack, borrower: Borrower) -> None:
    account(
        stack,
        "DI-80002",
        language="zh-Hans",
        country="CN",
        time_zone="Asia/Shanghai",
        currency="CNY",
        phone="+8613800000188",
    )

    opening = borrower.say("我还欠多少钱？")
    borrower.prove_identity("DI-80002，1991年1月9日")

    notice = borrower.last[1]["text"]
    assert "智能助手" in opening
    assert "您提供的信息也会用于这件事" in notice
    assert "退订" in notice
    assert "¥" not in notice


def test_a_stop_word_is_confirmed_once_and_nothing_uninvited_leaves_after_it(stack: Stack, borrower: Borrower) -> None:
    account(stack, "DI-80003")
    borrower.prove_identity("DI-80003, 9 January 1991")

    confirmed = borrower.say("Unsubscribe.")
    borrower.say("please stop messaging me")
    silence = borrower.last
    stack.accord("payment", "record", "DI-80003", "100", "--id", "DI-80003-1")
    answered = borrower.say("how much do I owe?")
    history = httpx.get(
        f"{stack.url}/api/chat/{borrower.conversation}/history", params={"token": borrower.token}
    ).json()

    [receipt] = [
        row
        for row in json.loads(stack.accord("outbox", "list", "--json"))
        if row["conversation"] == borrower.conversation and row["kind"] == "receipt"
    ]
    assert "won't send you messages" in confirmed
    assert silence == []
    assert (receipt["status"], receipt["blocked_by"]) == ("blocked", "contact_stopped")
    assert "$1,225.50" in answered
    assert {turn["status"] for turn in history["turns"]} == {"answered"}
