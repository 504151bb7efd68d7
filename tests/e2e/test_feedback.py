"""How it was is asked after an agreement and after a person was done; the answer is kept, and asked for no more."""

from __future__ import annotations

import json

import pytest

from tests.stack import Borrower, Stack

pytestmark = pytest.mark.stack


def marks(stack: Stack, borrower: Borrower) -> list[tuple[str, int | None, str | None]]:
    rows = json.loads(stack.accord("feedback", "list", "--json"))
    return [(row["about"], row["mark"], row["words"]) for row in rows if row["conversation"] == borrower.conversation]


def test_a_mark_after_a_plan_and_a_low_one_after_a_case(stack: Stack, borrower: Borrower) -> None:
    stack.import_account(
        account_number="ZH-71002",
        date_of_birth="1991-01-09",
        phone="+8613800000271",
        language="zh-Hans",
        country="CN",
        time_zone="Asia/Shanghai",
        currency="CNY",
        principal="900.00",
        interest="10.00",
        fees="0.00",
        due_date="2026-10-01",
    )
    borrower.prove_identity("账号 ZH-71002，1991年1月9日出生")
    borrower.say("我想分期还")
    borrower.say("第一个")

    agreed = borrower.say("同意")
    noted = borrower.say("打四分，很有帮助")
    borrower.say("转人工")
    stack.accord("case", "return", stack.cases(borrower.conversation)[0]["id"], "--outcome", "done")
    low = borrower.say("两分")

    sent = [row for row in json.loads(stack.accord("outbox", "list", "--json")) if row["kind"] == "feedback"]
    assert "打几分" in agreed or "打个分" in agreed
    assert "记下了" in noted
    assert [row["conversation"] for row in sent].count(borrower.conversation) == 1
    assert "C-" in low
    assert marks(stack, borrower) == [("case", 2, None), ("plan", 4, "打四分，很有帮助")]
    assert {case["reason"] for case in stack.cases(borrower.conversation)} == {"request_human", "low_mark"}
