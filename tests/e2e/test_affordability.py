"""A budget in the chat with the real Rasa: what is offered afterwards stays inside what is left."""

from __future__ import annotations

import pytest

from bot.domain.affordability import A_YEAR
from tests.stack import Borrower, Stack

pytestmark = pytest.mark.stack


def cents(amount: str) -> int:
    return round(float(amount) * 100)


def a_month(offer: dict) -> list[int]:
    """Each instalment of an offer in cents, for the twelfth part of a year."""
    regular = [row for row in offer["schedule"] if not row["down_payment"]]
    return [cents(row["amount"]["amount"]) * A_YEAR[offer["frequency"]] // 12 for row in regular]


def test_an_english_borrower_is_offered_nothing_above_what_is_left(stack: Stack, borrower: Borrower) -> None:
    stack.import_account(
        account_number="EN-71001",
        date_of_birth="1991-06-02",
        principal="2400.00",
        interest="80.00",
        fees="20.00",
        due_date="2026-08-01",
    )
    borrower.prove_identity("EN-71001, 2 June 1991")
    borrower.say("I lost my job, can I pay in instalments?")
    earlier = {offer["id"] for offer in stack.account("EN-71001")["offers"]}

    begun = borrower.tap("Work out what I can afford")
    why = borrower.say("why do you ask this?")
    owed = borrower.say("how much do I owe?")
    housing = borrower.say("2000 a month after tax")
    corrected = borrower.say("800, and 100 for electricity")
    borrower.say("food 400, bus 200, phone 100")
    result = borrower.say("150")

    account = stack.account("EN-71001")
    offered = [offer for offer in account["offers"] if offer["id"] not in earlier and offer["kind"] == "plan"]
    assert "skip" in begun
    assert "90 days" in why
    assert "after tax" in why
    assert "$2,500.00" in owed
    assert "after tax" in owed
    assert "$2,000.00" in housing
    assert "$900.00" in corrected
    assert "$1,750.00" in result
    assert "about $250.00" in result
    assert offered
    assert all(instalment <= 25000 for offer in offered for instalment in a_month(offer))


def test_a_chinese_borrower_is_offered_nothing_above_what_is_left(stack: Stack, borrower: Borrower) -> None:
    stack.import_account(
        account_number="ZH-71002",
        borrower_name="测试人",
        date_of_birth="1988-11-09",
        phone="+8613800000178",
        language="zh-Hans",
        country="CN",
        time_zone="Asia/Shanghai",
        currency="CNY",
        principal="2400.00",
        interest="80.00",
        fees="20.00",
        due_date="2026-07-15",
    )
    borrower.say("你好")
    borrower.prove_identity("账号 ZH-71002，1988年11月9日出生")
    borrower.say("我失业了，能分期吗")
    earlier = {offer["id"] for offer in stack.account("ZH-71002")["offers"]}

    begun = borrower.tap("算算我能还多少")
    borrower.say("一千二")
    put_right = borrower.say("不，是2000不是1200")
    borrower.say("房租800，水电100")
    borrower.say("七百左右")
    result = borrower.say("信用卡150")

    account = stack.account("ZH-71002")
    offered = [offer for offer in account["offers"] if offer["id"] not in earlier and offer["kind"] == "plan"]
    assert "跳过" in begun
    assert "¥2,000.00" in put_right
    assert "¥250.00" in result
    assert offered
    assert all(instalment <= 25000 for offer in offered for instalment in a_month(offer))


@pytest.mark.parametrize(("words", "kind"), [("skip", "all right|No problem"), ("跳过", "没关系|没问题")])
def test_nobody_has_to_say_how_they_live(stack: Stack, borrower: Borrower, words: str, kind: str) -> None:
    number = "EN-71003" if words == "skip" else "EN-71004"
    stack.import_account(
        account_number=number,
        date_of_birth="1983-04-05",
        principal="900.00",
        interest="0",
        fees="0",
        due_date="2026-09-01",
    )
    borrower.prove_identity(f"{number}, 5 April 1983")
    borrower.say("能分期吗" if words == "跳过" else "can I pay in instalments?")
    borrower.tap("算算我能还多少" if words == "跳过" else "Work out what I can afford")

    left = borrower.say(words)

    assert any(phrase in left for phrase in kind.split("|"))
    assert stack.account(number)["status"] == "overdue"
    assert stack.cases(borrower.conversation) == []


def test_where_nothing_is_left_nothing_is_asked(stack: Stack, borrower: Borrower) -> None:
    stack.import_account(
        account_number="EN-71005",
        date_of_birth="1975-12-12",
        principal="900.00",
        interest="0",
        fees="0",
        due_date="2026-09-01",
    )
    borrower.prove_identity("EN-71005, 12 December 1975")
    borrower.say("can I pay in instalments?")
    earlier = len(stack.account("EN-71005")["offers"])
    borrower.tap("Work out what I can afford")
    for figure in ("I only get 900 from benefits", "600", "300"):
        borrower.say(figure)

    result = borrower.say("none")

    account, (case,) = stack.account("EN-71005"), stack.cases(borrower.conversation)
    assert "nothing is asked of you" in result
    assert "nfcc.org" in result
    assert case["id"] in result
    assert (case["reason"], case["status"]) == ("unaffordable", "waiting")
    assert account["hold"] == "unaffordable"
    assert len(account["offers"]) == earlier
