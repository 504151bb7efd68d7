"""A borrower's own terms, read from the entities of a message."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest

from bot.domain.debt import Balance
from bot.domain.money import Money
from bot.domain.offer import Terms, number_payments
from bot.domain.proposal import Proposal, read_proposal
from bot.nlu.extraction import extract
from tests.unit.fakes import MONDAY

TODAY = date(2026, 11, 23)
OWED = Money(132550, "USD")


def dollars(units: float) -> Money:
    return Money.from_units(units, "USD")


def money(value: float, role: str | None = None, **more: object) -> dict[str, object]:
    return {"entity": "money", "value": value, "role": role, **more}


def entity(kind: str, value: object) -> dict[str, object]:
    return {"entity": kind, "value": value}


def read(*entities: dict[str, object]) -> Proposal:
    return read_proposal(entities, OWED, TODAY)


@pytest.mark.parametrize(
    ("entities", "expected"),
    [
        ([money(150), entity("frequency", "monthly")], Proposal(per_instalment=dollars(150), frequency="monthly")),
        ([money(150, "per_instalment")], Proposal(per_instalment=dollars(150))),
        ([entity("instalments", 6)], Proposal(count=6)),
        ([entity("instalments", "6")], Proposal(count=6)),
        (
            [money(500, "down_payment"), entity("instalments", 6)],
            Proposal(down_payment=dollars(500), count=6),
        ),
        ([entity("duration", "P6M")], Proposal(months=6)),
        ([entity("duration", "P1Y")], Proposal(months=12)),
        ([entity("duration", "P2W")], Proposal(days=14)),
        (
            [money(400), entity("date", "2026-11-25")],
            Proposal(lump_sum=dollars(400), first_on=date(2026, 11, 25)),
        ),
        ([money(19.99)], Proposal(lump_sum=Money(1999, "USD"))),
    ],
)
def test_terms_are_read_from_entities(entities, expected):
    proposal = read(*entities)

    assert proposal == expected


def test_half_of_the_debt_is_a_lump_sum_of_half():
    proposal = read(entity("percentage", 50))

    assert proposal.lump_sum == OWED.percent(50)


def test_a_share_beside_instalments_is_a_down_payment():
    proposal = read(entity("percentage", 20), entity("instalments", 6))

    assert (proposal.down_payment, proposal.count) == (OWED.percent(20), 6)


def test_more_than_everything_is_everything():
    proposal = read(entity("percentage", 150))

    assert proposal.lump_sum == OWED


def test_amounts_are_in_the_currency_of_the_debt():
    proposal = read_proposal([money(30000)], Money(90500, "JPY"), TODAY)

    assert proposal.lump_sum == Money(30000, "JPY")


def test_the_first_of_two_amounts_counts():
    proposal = read(money(150), money(115), entity("frequency", "monthly"))

    assert proposal.per_instalment == dollars(150)


def test_a_vague_amount_is_marked_and_not_guessed():
    proposal = read(money(None, approximate=True), entity("frequency", "monthly"))

    assert proposal.vague_amount
    assert proposal.per_instalment is None


@pytest.mark.parametrize(
    "entities",
    [
        [money(0)],
        [money(-20)],
        [entity("instalments", 0)],
        [entity("frequency", "hourly")],
        [entity("day_of_month", 32)],
        [entity("date", "someday")],
        [entity("date", "2026-11-22")],
        [entity("duration", "P")],
        [entity("duration", "soon")],
        [entity("percentage", 0)],
        [entity("money", None)],
    ],
)
def test_what_cannot_be_is_not_read(entities):
    proposal = read(*entities)

    assert replace(proposal, bad_amount=False).empty


@pytest.mark.parametrize("value", [0, -20, 10**14, 19.999, float("nan"), float("inf"), "many"])
def test_an_amount_that_nobody_can_pay_is_no_amount_and_said_to_be_none(value):
    proposal = read(money(value))

    assert proposal == Proposal(bad_amount=True)


@pytest.mark.parametrize(
    ("currency", "value", "bad"), [("JPY", 0.5, True), ("KWD", 1.125, False), ("KWD", 1.1255, True)]
)
def test_decimals_are_those_of_the_currency(currency, value, bad):
    proposal = read_proposal([money(value)], Money(10**6, currency), TODAY)

    assert proposal.bad_amount is bad


def test_a_day_that_has_passed_is_said_to_have_passed():
    proposal = read(entity("date", "2026-11-01"))

    assert (proposal.first_on, proposal.past_date) == (None, True)


def test_a_day_of_the_month_alone_is_the_next_such_day():
    proposal = read(money(400), entity("day_of_month", 5))

    assert proposal.first_on == date(2026, 12, 5)


def test_a_day_of_the_month_in_a_plan_is_the_plans_day():
    proposal = read(money(150, "per_instalment"), entity("day_of_month", 5))

    assert (proposal.day_of_month, proposal.first_on) == (5, None)


def test_an_answer_is_filled_up_with_what_was_said_before():
    earlier = Proposal(lump_sum=dollars(400), vague_amount=True)

    proposal = Proposal(first_on=date(2026, 12, 5)).filled_from(earlier)

    assert proposal == Proposal(lump_sum=dollars(400), first_on=date(2026, 12, 5))


def test_what_is_said_now_goes_before_what_was_said_earlier():
    earlier = Proposal(per_instalment=dollars(100), frequency="weekly")

    proposal = Proposal(per_instalment=dollars(150)).filled_from(earlier)

    assert proposal == Proposal(per_instalment=dollars(150), frequency="weekly")


def test_a_proposal_survives_being_stored():
    proposal = Proposal(
        per_instalment=dollars(150),
        count=8,
        frequency="biweekly",
        down_payment=dollars(25.5),
        first_on=date(2026, 12, 4),
        day_of_month=4,
        months=2,
        days=3,
        vague_amount=True,
    )

    again = Proposal.from_json(proposal.as_json())

    assert again == proposal


def plan(*payments: tuple[date, float], down: bool = False) -> Terms:
    schedule = number_payments([(on, dollars(amount)) for on, amount in payments], down)
    total = sum((row.amount for row in schedule), start=Money.zero("USD"))
    return Terms("plan", total, schedule, Balance.zero("USD"), "early, bot: plan", "monthly")


EVEN = plan((date(2026, 12, 23), 100), (date(2027, 1, 23), 100), (date(2027, 2, 23), 100))
UNEVEN = plan((date(2026, 12, 23), 300), (date(2027, 1, 23), 300), (date(2027, 2, 23), 125.5))


def test_a_new_day_keeps_the_number_of_payments():
    change = read(entity("day_of_month", 5)).amending(EVEN)

    assert (change.count, change.frequency, change.day_of_month) == (3, "monthly", 5)
    assert change.first_on == date(2026, 12, 5)


def test_a_new_day_keeps_the_amount_that_the_borrower_named():
    change = read(entity("day_of_month", 5)).amending(UNEVEN)

    assert change.per_instalment == dollars(300)
    assert change.count is None


def test_a_new_number_of_payments_keeps_the_first_day():
    change = read(entity("instalments", 2)).amending(EVEN)

    assert (change.count, change.frequency, change.first_on) == (2, "monthly", date(2026, 12, 23))


def test_a_new_rhythm_keeps_the_number_of_payments_and_starts_anew():
    change = read(entity("frequency", "weekly")).amending(EVEN)

    assert (change.count, change.frequency, change.first_on) == (3, "weekly", None)


def test_a_change_of_a_promise_keeps_its_sum():
    terms = Terms(
        "promise", OWED, number_payments([(TODAY, dollars(400))], False), Balance.zero("USD"), "early, bot: promise"
    )

    change = read(entity("date", "2026-12-01")).amending(terms)

    assert (change.lump_sum, change.first_on) == (dollars(400), date(2026, 12, 1))


@pytest.mark.parametrize("text", ["200 on the 1st, the rest we'll see", "1号先还200，剩下的再说"])
def test_a_rest_of_which_nothing_is_said_yet_makes_no_plan(text):
    found = read_proposal([entity("money", 200), entity("date", "2026-12-01")], OWED, TODAY, text)

    assert (found.lump_sum, found.first_on, found.down_payment) == (dollars(200), date(2026, 12, 1), None)


def test_another_sum_for_a_promise_keeps_its_day():
    day = date(2026, 12, 1)
    terms = Terms(
        "promise", OWED, number_payments([(day, dollars(400))], False), Balance.zero("USD"), "early, bot: promise"
    )

    change = read(entity("money", 450)).amending(terms)

    assert (change.lump_sum, change.first_on) == (dollars(450), day)


def test_two_days_of_the_month_are_paydays_unless_one_corrects_the_other():
    days = [entity("day_of_month", 31), entity("day_of_month", 15), entity("money", 100)]

    both = read_proposal(days, OWED, TODAY, "100 on the 15th and the last of each month")
    corrected = read_proposal(days, OWED, TODAY, "100 on the last, no sorry, the 15th")

    assert (both.paydays, both.frequency, both.day_of_month) == ((15, 31), "biweekly", None)
    assert (corrected.paydays, corrected.day_of_month) == ((), 15)
    assert Proposal.from_json(both.as_json()) == both


def test_half_and_half_are_two_payments():
    halves = [entity("percentage", 50), entity("percentage", 50)]

    proposal = read_proposal(halves, dollars(600), TODAY)

    assert (proposal.down_payment, proposal.count) == (dollars(300), 1)


def test_an_amount_in_answer_to_repeated_payments_is_what_is_paid_each_time():
    proposal = Proposal(lump_sum=dollars(150)).filled_from(Proposal(frequency="monthly", vague_amount=True))

    assert proposal == Proposal(per_instalment=dollars(150), frequency="monthly")


def test_the_sign_of_yuan_stands_for_yen_on_an_account_in_yen():
    named = {"entity": "money", "value": 15700, "currency": "CNY", "text": "¥15,700"}

    in_yen = read_proposal([named], Money.from_units("94200", "JPY"), date(2026, 11, 23))
    in_dollars = read_proposal([named], dollars(600), date(2026, 11, 23))

    assert (in_yen.other_currency, in_dollars.other_currency) == (False, True)


def test_an_amount_before_the_rest_is_paid_first():
    text = "245 now and the rest over 5 months"
    named = [money(245, start=0, end=3), entity("duration", "P5M")]

    proposal = read_proposal(named, OWED, TODAY, text)

    assert (proposal.down_payment, proposal.per_instalment, proposal.months) == (dollars(245), None, 5)


@pytest.mark.parametrize("text", ["80 a month, no sorry, 120", "每个月80，哦不，120"])
def test_an_amount_that_is_put_right_in_the_same_breath_is_the_one_each_time(text):
    start = text.index("80")
    rate = {"entity": "money", "value": 80, "role": "per_instalment", "start": start, "end": start + 2}
    right = {"entity": "money", "value": 120, "role": None, "start": text.index("120"), "end": len(text)}

    proposal = read_proposal([rate, {"entity": "frequency", "value": "monthly"}, right], OWED, TODAY, text)

    assert proposal.per_instalment == dollars(120)


@pytest.mark.parametrize(
    ("text", "paydays"),
    [
        ("I get paid the 3rd and the 18th, take 60 each time", (3, 18)),
        ("60 each time, on 3 December and 18 December", ()),
    ],
)
def test_two_days_without_a_month_and_a_sum_each_time_are_paydays(text, paydays):
    entities = [found.as_dict() for found in extract(text, MONDAY)]

    proposal = read_proposal(entities, OWED, MONDAY.date(), text)

    assert proposal.paydays == paydays
    assert (proposal.first_on is None) == bool(paydays)


def said(text: str, owed: Money = OWED) -> Proposal:
    return read_proposal([found.as_dict() for found in extract(text, MONDAY)], owed, TODAY, text)


FORTNIGHTLY = replace(EVEN, frequency="biweekly")
TAKEN_OFF = replace(Balance.zero("USD"), fees=dollars(25.5))
ALL_OF_IT = Terms("settlement", OWED, number_payments([(TODAY, dollars(1300))], False), TAKEN_OFF, "early, bot: plan")
A_PART = Terms(
    "promise", OWED, number_payments([(TODAY, dollars(250))], False), Balance.zero("USD"), "promise, bot: own"
)


@pytest.mark.parametrize(
    ("text", "terms", "same"),
    [
        ("就两周100", FORTNIGHTLY, True),
        ("就三周100", FORTNIGHTLY, False),
        ("就两周100", EVEN, False),
        ("two weeks, 100", FORTNIGHTLY, True),
        ("all of it today", ALL_OF_IT, True),
        ("half of it today", ALL_OF_IT, False),
        ("all of it", EVEN, False),
        ("all of it today", A_PART, False),
        ("250 today", A_PART, True),
    ],
)
def test_what_names_the_terms_at_hand_and_nothing_else_repeats_them(text, terms, same):
    assert said(text).repeats(terms) is same


@pytest.mark.parametrize("text", ["改成每个月400好了，不要500", "400 a month, no longer 500", "每个月400，不是500"])
def test_the_amount_that_is_turned_down_counts_for_nothing(text):
    assert said(text).per_instalment == dollars(400)


@pytest.mark.parametrize(
    "text",
    ["what we agreed yesterday, 150 a month", "就按昨天说的，每个月150"],
)
def test_a_past_day_on_which_something_was_said_is_no_day_of_payment(text):
    proposal = said(text)

    assert not proposal.past_date
    assert proposal.first_on is None
    assert proposal.per_instalment == dollars(150)


def test_a_past_day_on_which_something_is_paid_is_still_asked_about():
    assert said("昨天还300").past_date


def test_what_is_left_after_the_down_payment_is_no_instalment():
    proposal = said("先还325.50，剩下的1000分六期")

    assert (proposal.down_payment, proposal.count, proposal.per_instalment) == (Money(32550, "USD"), 6, None)


def test_the_whole_sum_in_figures_is_told_from_all_of_it():
    figures = read_proposal([money(1325.50), entity("date", "2026-11-28")], OWED, TODAY, "1325.50 on the 28th")
    words = read_proposal([entity("date", "2026-11-28")], OWED, TODAY, "all of it on the 28th")

    assert figures.lump_sum == words.lump_sum == OWED
    assert (figures.in_figures, words.in_figures) == (True, False)


def test_everything_on_another_day_is_still_everything():
    assert Proposal(first_on=date(2026, 12, 20)).amending(ALL_OF_IT).lump_sum == OWED


def test_another_day_for_a_sum_that_was_named_keeps_the_sum():
    another = Proposal(first_on=date(2026, 12, 20))
    named = replace(ALL_OF_IT, waived=Balance.zero("USD"), schedule=number_payments([(TODAY, OWED)], False))

    assert another.amending(named).in_figures
    assert not another.amending(ALL_OF_IT).in_figures


@pytest.mark.parametrize(
    ("text", "first"),
    [
        ("45 every Friday", date(2026, 11, 27)),
        ("I get paid Fridays so 45 a week", date(2026, 11, 27)),
        ("每周五还45", date(2026, 11, 27)),
        ("每逢星期天还45", date(2026, 11, 29)),
    ],
)
def test_a_weekday_is_the_day_of_the_first_weekly_payment(text, first):
    found = read_proposal([entity("money", 45), entity("frequency", "weekly")], OWED, date(2026, 11, 23), text)

    assert found.first_on == first


def test_how_often_may_be_said_as_a_length():
    assert Proposal(days=7).as_rhythm() == Proposal(frequency="weekly")
    assert Proposal(months=1).as_rhythm() == Proposal(frequency="monthly")
    assert Proposal(days=10).as_rhythm() == Proposal(days=10)


def test_the_rest_in_parts_comes_after_the_part_that_was_named_first():
    part = Terms(
        "promise", OWED, number_payments([(TODAY, dollars(400))], False), Balance.zero("USD"), "early, bot: promise"
    )

    assert Proposal(count=6, frequency="monthly").amending(part).down_payment == dollars(400)


@pytest.mark.parametrize(
    "text", ["month by month I'd forget, I'll pay in one go on the 1st", "一个月一个月还我记不住，1号一次给你们全还清"]
)
def test_all_in_one_go_is_one_payment_whatever_is_said_of_months(text):
    found = read_proposal([entity("frequency", "monthly"), entity("date", "2026-12-01")], OWED, TODAY, text)

    assert (found.frequency, found.lump_sum, found.first_on) == (None, OWED, date(2026, 12, 1))


@pytest.mark.parametrize("text", ["I can't pay it all in one go, monthly is fine", "不能一次还清，按月还"])
def test_whoever_cannot_pay_in_one_go_does_not_offer_it(text):
    found = read_proposal([entity("frequency", "monthly")], OWED, TODAY, text)

    assert (found.frequency, found.lump_sum) == ("monthly", None)


@pytest.mark.parametrize(
    "text",
    [
        "in 5 days. just the one payment, gotta figure out the other part later",
        "300 then, just the one payment, the rest I'd have to look at again after",
        "先一次还300，剩下那部分到时候再谈",
    ],
)
def test_where_the_rest_is_left_open_not_all_of_it_is_meant(text):
    amounts = [entity("money", 300)] if "300" in text else []

    found = read_proposal([entity("date", "2026-11-26"), *amounts], OWED, TODAY, text)

    assert (found.lump_sum, found.down_payment, found.first_on) == (
        dollars(300) if amounts else None,
        None,
        date(2026, 11, 26),
    )


@pytest.mark.parametrize("text", ["6天后发奖金 到时候我一次全还了", "10日後一次過還晒佢", "到时候都还给你们"])
def test_all_of_it_is_said_in_many_ways(text):
    assert read_proposal([entity("date", "2026-12-01")], OWED, TODAY, text).lump_sum == OWED


def test_the_amount_of_one_payment_that_is_said_again_keeps_its_day():
    whole = Terms(
        "settlement", OWED, number_payments([(TODAY, OWED)], False), Balance.zero("USD"), "early, bot: settlement"
    )

    assert Proposal(lump_sum=OWED).amending(whole).first_on == TODAY


@pytest.mark.parametrize(
    "text",
    [
        "3天后先还2000，剩下的6000每个月还1000，六个月还完",
        "2000 in three days, then the remaining 6000 at 1000 a month",
    ],
)
def test_what_is_left_after_a_down_payment_is_no_instalment(text):
    proposal = said(text, dollars(8000))

    assert (proposal.down_payment, proposal.per_instalment) == (dollars(2000), dollars(1000))


@pytest.mark.parametrize(
    ("text", "frequency"),
    [
        ("my boss settles up after two weeks, so 200 every two weeks", "biweekly"),
        ("两个礼拜领一回工钱，就每两周还200", "biweekly"),
    ],
)
def test_a_length_that_is_the_rhythm_itself_is_no_length(text, frequency):
    read_as = said(text)

    assert (read_as.per_instalment, read_as.frequency) == (dollars(200), frequency)
    assert (read_as.months, read_as.days) == (None, None)


@pytest.mark.parametrize(
    "text",
    [
        "ok so i got 300 i can send today and then the other 1025.50 in a month",
        "300 today and 1025.50 on 23 December",
        "I can pay 300 today itself and balance in one payment on 23 December",
        "200 and remaining on 23 December",
    ],
)
def test_a_part_now_and_all_that_is_left_later_is_one_plan(text):
    named = [found.as_dict() for found in extract(text, MONDAY, "en")]

    found = read_proposal(named, OWED, TODAY, text)

    assert found.down_payment == dollars(200 if text.startswith("200") else 300)
    assert (found.lump_sum, found.count, found.rest_on) == (None, 1, date(2026, 12, 23))
    assert found.first_on == (TODAY if "today" in text else None)


def test_the_rest_on_a_day_that_was_named_before_stays_on_it():
    terms = Terms(
        "plan",
        OWED,
        number_payments([(TODAY, dollars(200)), (date(2026, 12, 13), dollars(1125.5))], True),
        Balance.zero("USD"),
        "rule",
        "monthly",
    )
    named = [money(200, "down_payment"), entity("date", "2026-11-23")]

    found = read_proposal(named, OWED, TODAY, "200 today and remaining all on that date")

    assert (found.first_on, found.rest_on) == (TODAY, None)
    assert found.repeats(terms)
    assert found.amending(terms).rest_on == date(2026, 12, 13)
    assert replace(found, rest_on=date(2026, 12, 20)).amending(terms).rest_on == date(2026, 12, 20)
    assert not replace(found, rest_on=date(2026, 12, 20)).repeats(terms)


def test_a_part_on_a_day_and_the_rest_left_open_is_one_payment():
    text = "no plan rn, just the 200 on 28 November pls. will figure out the rest after"
    named = [found.as_dict() for found in extract(text, MONDAY, "en")]

    found = read_proposal(named, OWED, TODAY, text)

    assert (found.lump_sum, found.down_payment, found.first_on) == (dollars(200), None, date(2026, 11, 28))


@pytest.mark.parametrize("text", ["I will clear the whole money that same day", "then I clear all"])
def test_the_whole_money_is_all_of_it(text):
    assert read_proposal([entity("date", "2026-12-01")], OWED, TODAY, text).lump_sum == OWED


def test_as_many_months_as_there_are_monthly_payments_say_the_same():
    plan = Terms(
        "plan",
        OWED,
        number_payments([(date(2026, 12, day), dollars(265.1)) for day in (1, 2, 3, 4, 5)], False),
        Balance.zero("USD"),
        "rule",
        "monthly",
    )

    assert Proposal(months=5).repeats(plan)
    assert not Proposal(months=6).repeats(plan)


@pytest.mark.parametrize(
    "text",
    [
        "I'll send 300 on 28 November, no idea about the rest",
        "300 on 28 November. can't promise anything on the rest right now",
        "11月28号先还300，剩下的现在说不准",
        "I can give 300 on 28 November. The rest is another matter",
    ],
)
def test_a_day_that_stands_by_the_part_is_not_that_of_the_rest(text):
    named = [found.as_dict() for found in extract(text, MONDAY, "zh" if "还" in text else "en")]

    found = read_proposal(named, OWED, TODAY, text)

    assert (found.lump_sum, found.down_payment, found.first_on) == (dollars(300), None, date(2026, 11, 28))


def test_all_that_is_owed_is_no_instalment_beside_one():
    text = "1,325.50 right? i could pay 60 a week"
    named = [found.as_dict() for found in extract(text, MONDAY, "en")]

    found = read_proposal(named, OWED, TODAY, text)

    assert (found.per_instalment, found.frequency, found.lump_sum) == (dollars(60), "weekly", None)


def test_two_amounts_with_their_days_that_make_up_all_of_it_are_two_payments():
    named = [
        money(300, "per_instalment"),
        entity("date", "2026-11-26"),
        money(1025.5),
        entity("date", "2026-12-14"),
    ]

    found = read_proposal(named, OWED, TODAY, "twice: 300 on the 26th, 1025.50 on 14 December")

    assert found == Proposal(
        down_payment=dollars(300), count=1, first_on=date(2026, 11, 26), rest_on=date(2026, 12, 14)
    )


def test_what_stands_each_time_with_a_day_begins_the_plan_on_that_day():
    rows = number_payments([(date(2026, 12, 8), dollars(662.75)), (date(2026, 12, 22), dollars(662.75))], False)
    terms = Terms("plan", OWED, rows, Balance.zero("USD"), "rule", "biweekly")

    change = read(money(662.75), entity("duration", "P2W"), entity("date", "2026-12-02")).amending(terms)

    assert (change.per_instalment, change.lump_sum, change.frequency) == (dollars(662.75), None, "biweekly")
    assert change.first_on == date(2026, 12, 2)
