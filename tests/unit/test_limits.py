"""By how much terms pass the limits: what whoever decides reads about each of them."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

import pytest

from bot.desk.page import Formats
from bot.desk.texts import texts
from bot.domain.authority import approval_needed, outside
from bot.domain.limits import passed, wanting_approval
from bot.domain.money import Money
from bot.domain.policy import Approval
from bot.domain.table import Table
from bot.domain.wanted import Wanted, terms_of
from bot.store.tables import Account
from tests.unit.fakes import MONDAY

TODAY = MONDAY.date()


def usd(amount: str) -> Money:
    return Money.parse(amount, "USD")


@pytest.fixture
def table(odalys, services) -> Table:
    """1325.50 USD, 45 of it fees, 37 days late; an agent may agree to nine months."""
    with services.parts.store.transaction() as session:
        account = session.get_one(Account, 1)
        found = services.negotiation.table(session, account)
    rules = Approval(
        balance_over={"USD": "1000"}, waived_percent_over=Decimal(1), longer_than_days=100, after_broken_plans=1
    )
    segment = found.segment.model_copy(update={"needs_approval": rules})
    return replace(found, role="agent", segment=segment, record=replace(found.record, broken=2), surplus=usd("120"))


def days(count: int):
    return TODAY + timedelta(days=count)


@pytest.mark.parametrize(
    ("wanted", "key", "asked", "limit"),
    [
        (Wanted("plan", count=12, frequency="monthly"), "plan.most_instalments", 12, 9),
        (Wanted("plan", count=4, frequency="monthly"), "plan.largest_instalment", usd("331.39"), usd("120")),
        (
            Wanted("plan", count=9, frequency="monthly", waive={"principal": usd("300")}),
            "plan.waive.principal",
            usd("300"),
            usd("0"),
        ),
        (Wanted("promise", each=usd("900"), first_on=days(90)), "promise.within_days", days(90), None),
        (Wanted("settlement", first_on=days(90)), "settlement.within_days", days(90), None),
        (
            Wanted("settlement", first_on=days(2), waive={"principal": usd("900")}),
            "settlement.waive.principal",
            usd("900"),
            None,
        ),
    ],
)
def test_a_limit_stands_with_what_was_asked_and_what_is_allowed(table, wanted, key, asked, limit):
    terms = terms_of(table, wanted)

    found = {row.key: row for row in passed(table, terms)}

    assert set(found) == set(outside(table, terms))
    assert found[key].asked == asked
    assert found[key].limit != asked
    assert limit is None or found[key].limit == limit


def test_what_a_second_person_has_to_approve_of_stands_with_its_figures(table):
    terms = terms_of(table, Wanted("plan", count=9, frequency="monthly", waive={"fees": usd("45")}))

    found = {row.key: (row.asked, row.limit) for row in wanting_approval(table, terms)}

    assert list(found) == approval_needed(table, terms)
    assert found == {
        "balance_over": (usd("1325.50"), usd("1000")),
        "waived_percent_over": (usd("45"), usd("13.26")),
        "longer_than_days": (terms.ends_on - TODAY, timedelta(days=100)),
        "after_broken_plans": (2, 0),
    }


@pytest.mark.parametrize(
    ("language", "count", "length"),
    [
        ("en", "Too many payments: 12; the limit is 9", "above 100 days a person approves"),
        ("zh-Hans", "期数太多：12，权限为 9", "超过 100 天要由人来批"),
        ("zh-Hant", "期數太多：12，權限為 9", "超過 100 天要由人來批"),
    ],
)
def test_limits_are_said_in_words(table, language, count, length):
    terms = terms_of(table, Wanted("plan", count=12, frequency="monthly"))
    formats = Formats(texts(language), "Europe/London")

    said = [formats.limit(row) for row in (*passed(table, terms), *wanting_approval(table, terms))]

    assert count in said
    assert any(line.endswith(length) for line in said)
    assert not any(row.key in line for row, line in zip(wanting_approval(table, terms), said[1:], strict=False))
