"""Digressions, corrections, cancellations and second thoughts, talked through with the real program over HTTP."""

from __future__ import annotations

import pytest

from tests.stack import Borrower, Stack

pytestmark = pytest.mark.stack


def borrower_of(stack: Stack, number: str, chinese: bool = False) -> Borrower:
    """A new borrower who has proven who they are."""
    local = {
        "borrower_name": "测试人",
        "phone": "+8613800000177",
        "language": "zh-Hans",
        "country": "CN",
        "time_zone": "Asia/Shanghai",
        "currency": "CNY",
    }
    stack.import_account(
        account_number=number,
        date_of_birth="1991-01-09",
        principal="1200.00",
        interest="80.50",
        fees="45.00",
        due_date="2026-10-10",
        **(local if chinese else {}),
    )
    borrower = Borrower(stack)
    borrower.prove_identity(f"{number}，1991年1月9日" if chinese else f"{number}, 9 January 1991")
    return borrower


def test_an_amount_alone_corrected_set_down_taken_up_and_agreed(stack: Stack) -> None:
    b = borrower_of(stack, "FL-10001")

    asked = b.say("90")
    read_back = b.say("weekly")
    corrected = b.say("no, 150 not 115")
    waiting = b.say("let me ask my wife")
    thanked = b.say("thanks")
    nothing_yet = b.say("what did we agree?")
    agreed = b.say("yes")
    second_thoughts = b.say("actually no")
    changed = b.say("make that monthly")
    kept = b.say("forget it")

    assert "every month" in asked
    assert "$90.00" in read_back
    assert "$150.00" in corrected
    assert "115" not in corrected
    assert "take your time" in waiting.lower() or "no rush" in waiting.lower()
    assert "$" not in thanked
    assert "greed" in nothing_yet or "settled" in nothing_yet
    assert "recorded" in agreed
    assert b.stack.account("FL-10001")["plan"]["schedule"][0]["amount"]["amount"] == "150.00"
    assert "colleague" in second_thoughts
    assert "monthly" in changed
    assert "as it was" in kept
    assert stack.account("FL-10001")["plan"]["frequency"] == "weekly"
    assert stack.cases(b.conversation) == []


def test_a_chinese_borrower_corrects_leaves_comes_back_and_asks_what_was_agreed(stack: Stack) -> None:
    b = borrower_of(stack, "FL-10002", chinese=True)

    b.say("每周还一百")
    corrected = b.say("我打错了，是150")
    talked_over = b.say("我跟家里商量一下")
    owed = b.say("我总共欠多少")
    left = b.say("算了")
    nothing = b.say("我们说好的是什么")
    b.say("每周还150")
    b.say("没错，办吧")
    status = b.say("还有几期")
    regret = b.say("我反悔了")
    moved = b.say("改成每两周")

    assert "¥150.00" in corrected
    assert "不着急" in talked_over or "先想想" in talked_over
    assert "¥1,325.50" in owed
    assert "¥150.00" in owed
    assert "？" not in left
    assert "还没有还款计划" in nothing
    assert b.stack.account("FL-10002")["plan"]["agreed_words"] == "没错，办吧"
    assert "还款计划" in status or "下一笔" in status
    assert "同事" in regret
    assert "每两周" in moved
    assert stack.cases(b.conversation) == []


@pytest.mark.parametrize(
    ("question", "answer"),
    [
        ("how much do I owe in total?", "1,325.50"),
        ("what is that made of", "interest"),
        ("are you a robot?", "automated assistant"),
        ("what happens if I don't pay", "nterest"),
        ("how can I pay", "account"),
        ("is this a scam?", "check"),
    ],
)
def test_a_question_at_a_read_back_is_answered_and_the_terms_come_back(
    stack: Stack, question: str, answer: str, request: pytest.FixtureRequest
) -> None:
    number = f"FL-1001{request.node.callspec.indices['question']}"
    b = borrower_of(stack, number)
    b.say("300 a month")

    said = b.say(question)
    agreed = b.say("Yes, I agree")

    assert answer in said
    assert "read that back" in said
    assert "recorded" in agreed


def test_two_purposes_are_both_answered_and_a_hard_case_always_wins(stack: Stack) -> None:
    b = borrower_of(stack, "FL-10021")

    both = b.say("how much do I owe and can I pay 300 a month")
    heard = b.say("I lost my job, what happens if I don't pay")
    hard = b.say("can I pay monthly? actually this is not my debt, somebody used my name")

    assert both.index("$1,325.50") < both.index("$300.00")
    assert "nterest" in heard
    assert "C-" in hard
    assert "for your information only" in hard or "isn't a request to pay" in hard
    assert "Let me read that back" not in hard


def test_chinese_that_is_asked_for_in_an_english_chat_stays(stack: Stack) -> None:
    b = borrower_of(stack, "FL-10022")

    switched = b.say("请说中文")
    after = b.say("300")

    assert "中文" in switched
    assert "每个月" in after or "每月" in after


def test_typed_words_of_a_button_do_what_a_tap_does(stack: Stack) -> None:
    typed, tapped = borrower_of(stack, "FL-10023"), borrower_of(stack, "FL-10024")

    for title in ("Pay in instalments", "Option 1", "No, change it", "Something else", "Option 2", "Yes, I agree"):
        typed.say(title.lower())
        tapped.tap(title)

        assert len(typed.last) == len(tapped.last)
        assert [b["title"] for b in typed.buttons] == [b["title"] for b in tapped.buttons]

    assert stack.account("FL-10023")["plan"]["kind"] == stack.account("FL-10024")["plan"]["kind"]
