"""How likely terms are kept and what they are worth: the closed forms against a payment-by-payment sum."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.domain.keeping import MONTH, KeepingRules, Record, Shape, chance_kept, expected_share

RULES = KeepingRules()
shapes = st.builds(
    lambda count, every, start, down, saved: Shape(
        count, (1 - down - saved) / count, every if count > 1 else 0.0, start, down, saved
    ),
    count=st.integers(1, 104),
    every=st.sampled_from([7.0, 14.0, 30.0]),
    start=st.floats(1, 60),
    down=st.floats(0, 0.5),
    saved=st.floats(0, 0.3),
)
records = st.builds(Record, broken=st.integers(0, 4), kept=st.integers(0, 4), hardship=st.booleans())


def paid_one_by_one(shape: Shape, days_past_due: int, record: Record, surplus: float | None) -> float:
    """The same expectation, summed payment by payment."""
    go_on = 1 - RULES.break_chance(RULES.burden(shape, surplus), days_past_due, record)
    came, left, t = shape.down * go_on ** (1 / MONTH), 1 - shape.down, shape.starts_in / MONTH
    reached = go_on**t
    came += RULES.recovery * (1 - reached) * RULES.discount**t * left
    for _ in range(shape.count - 1):
        came, left = came + reached * RULES.discount**t * shape.each, left - shape.each
        t += shape.every / MONTH
        further = reached * go_on ** (shape.every / MONTH)
        came += RULES.recovery * (reached - further) * RULES.discount**t * left
        reached = further
    return came + reached * RULES.discount**t * shape.each


@given(shape=shapes, late=st.integers(-30, 2000), record=records, surplus=st.none() | st.floats(0.01, 2))
def test_the_closed_form_is_the_sum_over_payments(shape, late, record, surplus):
    worth = expected_share(shape, RULES, late, record, surplus)

    assert worth == pytest.approx(paid_one_by_one(shape, late, record, surplus), abs=1e-6)


@given(shape=shapes, late=st.integers(-30, 2000), record=records, surplus=st.none() | st.floats(-1, 2))
def test_a_chance_is_a_chance(shape, late, record, surplus):
    assert 0 <= chance_kept(shape, RULES, late, record, surplus) <= 1


SIX = Shape(6, 1 / 6, 30.0, 30.0)


@pytest.mark.parametrize(
    ("better", "worse"),
    [
        ({"days_past_due": 10, "record": Record()}, {"days_past_due": 300, "record": Record()}),
        ({"days_past_due": 10, "record": Record()}, {"days_past_due": 10, "record": Record(broken=1)}),
        ({"days_past_due": 10, "record": Record(kept=2)}, {"days_past_due": 10, "record": Record()}),
        ({"days_past_due": 10, "record": Record()}, {"days_past_due": 10, "record": Record(hardship=True)}),
        (
            {"days_past_due": 10, "record": Record(), "surplus": 0.5},
            {"days_past_due": 10, "record": Record(), "surplus": 0.2},
        ),
    ],
)
def test_arrears_history_hardship_and_burden_weigh_as_they_are_stated_to(better, worse):
    assert chance_kept(SIX, RULES, **better) > chance_kept(SIX, RULES, **worse)
    assert expected_share(SIX, RULES, **better) > expected_share(SIX, RULES, **worse)


def test_lighter_payments_are_likelier_to_be_kept_month_by_month():
    light = replace(SIX, count=12, each=1 / 12)

    assert RULES.break_chance(RULES.burden(light, None), 0, Record()) < RULES.break_chance(
        RULES.burden(SIX, None), 0, Record()
    )
