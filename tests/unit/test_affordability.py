"""What somebody can pay: exact months, answers as people give them, a form that nobody has to fill in."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from dataclasses import replace
from decimal import Decimal
from fractions import Fraction
from typing import Any, get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import select, text

from actions.affordability import ActionGiveFigure, ActionLeaveBudget, ActionWorkOutBudget
from actions.base import Reply, Turn
from actions.negotiation import ActionResume
from bot.dialogue.words import LANGUAGES, Voice
from bot.domain.affordability import (
    A_YEAR,
    GOOD_FOR_DAYS,
    ITEMS,
    Budget,
    BudgetError,
    a_month,
    in_favour,
    limit_per,
)
from bot.domain.figures import NoFigure, Problem, read_figure
from bot.domain.money import LARGEST, Money
from bot.domain.schedule import FREQUENCIES
from bot.nlu.extraction import extract
from bot.nlu.figures import figures_said
from bot.services.affordability import NotVerified, surplus_of
from bot.services.negotiation import Step
from bot.store.tables import Account, AuditRecord, Conversation
from tests.unit.fakes import MONDAY, Chat

currencies = st.sampled_from(["JPY", "USD", "KWD"])
minors = st.integers(0, LARGEST)


def budget(income: int, housing: int, living: int, debts: int, currency: str = "USD") -> Budget:
    return Budget(*(Money(minor, currency) for minor in (income, housing, living, debts)))


# -- arithmetic


@given(figures=st.tuples(minors, minors, minors, minors), currency=currencies)
def test_what_is_left_is_what_comes_in_less_what_goes_out_to_the_minor_unit(figures, currency):
    told = budget(*figures, currency)

    assert told.surplus.minor == figures[0] - figures[1] - figures[2] - figures[3]
    assert told.surplus + told.costs == told.income


@given(figures=st.tuples(minors, minors, minors, minors), currency=currencies)
def test_a_budget_survives_being_written_and_read(figures, currency):
    told = budget(*figures, currency)

    assert Budget.from_json(json.loads(json.dumps(told.as_json()))) == told


@given(
    surplus=st.integers(-LARGEST, LARGEST),
    currency=currencies,
    frequency=st.sampled_from(["weekly", "biweekly", "monthly"]),
)
def test_the_largest_instalment_stays_inside_what_is_left_and_one_more_does_not(surplus, currency, frequency):
    limit = limit_per(frequency, Money(surplus, currency))

    assert limit.currency == currency
    assert limit.minor * A_YEAR[frequency] <= max(surplus, 0) * 12
    assert (limit.minor + 1) * A_YEAR[frequency] > surplus * 12


@pytest.mark.parametrize(("frequency", "limit"), [("weekly", 5769), ("biweekly", 11538), ("monthly", 25000)])
def test_250_a_month_is_so_much_at_a_time(frequency, limit):
    assert limit_per(frequency, Money(25000, "USD")) == Money(limit, "USD")


def test_every_frequency_of_a_plan_has_its_payments_of_a_year():
    assert set(FREQUENCIES) <= set(A_YEAR)


@given(value=st.decimals(0, 10**9, places=3), period=st.sampled_from(sorted(A_YEAR)), currency=currencies)
def test_an_amount_of_any_period_becomes_a_month_in_the_borrowers_favour(value, period, currency):
    exact = a_month(value, period)
    income, cost = in_favour("income", exact, currency), in_favour("living", exact, currency)

    assert exact == Fraction(value) * A_YEAR[period] / 12
    assert Fraction(income.amount) <= exact
    assert abs(Fraction(cost.amount) - exact) * 2 <= Fraction(Money(1, currency).amount)
    assert income <= cost


@pytest.mark.parametrize(
    ("item", "figure", "amount"),
    [
        ("income", ("500", "weekly"), "2166.66"),
        ("housing", ("500", "weekly"), "2166.67"),
        ("income", ("925", "biweekly"), "2004.16"),
        ("debts", ("925", "biweekly"), "2004.17"),
        ("living", ("0.06", "yearly"), "0.01"),
        ("income", ("0.06", "yearly"), "0.00"),
    ],
)
def test_income_is_rounded_down_and_costs_half_up(item, figure, amount):
    month = in_favour(item, a_month(Decimal(figure[0]), figure[1]), "USD")

    assert month == Money.parse(amount, "USD")


@pytest.mark.parametrize(
    ("figures", "why"),
    [
        ((Money(-1, "USD"), *[Money(0, "USD")] * 3), "income is below nothing"),
        ((Money(5, "USD"), Money(0, "USD"), Money(-5, "USD"), Money(0, "USD")), "living is below nothing"),
        ((Money(5, "USD"), Money(LARGEST + 1, "USD"), Money(0, "USD"), Money(0, "USD")), "housing is more than"),
        ((Money(5, "USD"), Money(0, "USD"), Money(0, "USD"), Money(0, "EUR")), "debts is in EUR, the budget in USD"),
    ],
)
def test_what_cannot_be_a_budget_is_refused_in_a_sentence(figures, why):
    with pytest.raises(BudgetError, match=why):
        Budget(*figures)


# -- answers


def read(said: str, item: str = "housing", currency: str = "GBP") -> Money:
    entities = [entity.as_dict() for entity in extract(said, MONDAY)]
    mentions = [*figures_said(said, f"budget_{item}", entities), *(e for e in entities if e["entity"] != "money")]
    return read_figure(mentions, said, currency).for_a_month(item)


@pytest.mark.parametrize(
    ("said", "pounds"),
    [
        ("900", "900"),
        ("900 rent", "900"),
        ("rent 800 and council tax 120", "920"),
        ("credit card 50 and klarna 100", "150"),
        ("900 rent 60 gas 40 water", "1000"),
        ("rent 800, bills 120, so 920 altogether", "920"),
        ("£100 a week and 200 a month for the garage", "633.33"),
        ("450 every two weeks", "975"),
        ("£1,200 every four weeks", "1300"),
        ("450 twice a month", "900"),
        ("9600 a year", "800"),
        ("between 300 and 400", "400"),
        ("my rent went from 600 to 700", "700"),
        ("800, no sorry, 850", "850"),
        ("850 not 800", "850"),
        ("I have 3 kids, 640", "640"),
        ("nothing", "0"),
        ("none", "0"),
        ("zero", "0"),
        ("0", "0"),
        ("no rent", "0"),
        ("I don't pay rent", "0"),
        ("I live with my parents, nothing", "0"),
        ("没有", "0"),
        ("沒有", "0"),
        ("不用交房租", "0"),
        ("住父母家，没有", "0"),
        ("I'm living at my mum's, no rent", "0"),
        ("房租两千八，水电三百", "3100"),
        ("房租800水电120一共920", "920"),
        ("每两周900，每月车位300", "2250"),
        ("不是800，是850", "850"),
    ],
)
def test_an_answer_is_read_as_the_cost_of_a_month(said, pounds):
    assert read(said) == Money.parse(pounds, "GBP")


@pytest.mark.parametrize(
    ("said", "pounds"),
    [
        ("between 1800 and 2000", "1800"),
        ("500 a week", "2166.66"),
        ("年薪12万", "10000"),
        ("no income", "0"),
        ("我没有收入", "0"),
    ],
)
def test_of_an_income_the_lesser_figure_counts(said, pounds):
    assert read(said, "income") == Money.parse(pounds, "GBP")


@pytest.mark.parametrize(
    ("said", "problem"),
    [
        ("400 euros", "currency"),
        ("a few hundred", "vague"),
        ("I don't know", "vague"),
        ("不太清楚", "vague"),
        ("20 an hour", "period"),
        ("每天200", "period"),
        ("-500", "negative"),
        ("minus 200", "negative"),
        ("9999999999999999999", "too_large"),
        ("none of your business", "no_figure"),
        ("a lot", "no_figure"),
        ("no", "no_figure"),
        ("没空", "no_figure"),
        ("I have 3 kids", "no_figure"),
    ],
)
def test_an_answer_that_is_no_figure_says_why(said, problem):
    with pytest.raises(NoFigure) as raised:
        read(said)

    assert raised.value.problem == problem


def test_a_no_to_the_question_for_other_debts_is_none():
    assert read("no", "debts") == Money.zero("GBP")


# -- the form


def entities_of(said: str) -> list[dict[str, Any]]:
    return [entity.as_dict() for entity in extract(said, MONDAY)]


def answer(chat: Chat, said: str, turn: int | None = None):
    turn = chat.turn(said) if turn is None else turn
    return chat.services.affordability.answer(turn, entities_of(said), said)


def fill_in(chat: Chat, *figures: str):
    chat.services.affordability.begin(chat.turn())
    return [answer(chat, figure) for figure in figures]


def account_of(services: Any, number_of: str = "Odalys Brambleworth") -> Account:
    with services.parts.store.transaction() as session:
        return next(a for a in session.scalars(select(Account)) if a.borrower_name == number_of)


def draft(chat: Chat) -> dict[str, Any]:
    with chat.services.parts.store.transaction() as session:
        return json.loads(session.get_one(Conversation, chat.id).draft or "{}")


def test_four_questions_make_a_budget(odalys, services):
    first = services.affordability.begin(odalys.turn())
    steps = [answer(odalys, said) for said in ("2000", "900", "700", "150")]

    assert (first.state, first.item) == ("asked", "income")
    assert [step.item for step in steps] == ["housing", "living", "debts", None]
    assert [step.state for step in steps] == ["asked", "asked", "asked", "given"]
    assert steps[0].noted == Money(200000, "USD")
    assert steps[3].budget == budget(200000, 90000, 70000, 15000)
    assert surplus_of(account_of(services), MONDAY.date()) == Money(25000, "USD")


def test_the_stage_is_budget_until_it_is_complete(odalys, services):
    before = odalys.stage
    fill_in(odalys, "2000")
    during = odalys.stage
    for said in ("900", "700", "150"):
        answer(odalys, said)

    assert (before, during, odalys.stage) == ("verified", "budget", "verified")


def test_a_repeated_turn_changes_nothing(odalys, services):
    services.affordability.begin(odalys.turn())
    for said in ("2000", "900 rent", "minus 5", "700", "150"):
        turn = odalys.turn(said)
        once = answer(odalys, said, turn)
        before = draft(odalys)

        assert answer(odalys, said, turn) == once
        assert draft(odalys) == before

    assert surplus_of(account_of(services), MONDAY.date()) == Money(25000, "USD")


@pytest.mark.parametrize("said", ["no, 2100 not 1200", "不，是2100不是1200", "I mean 2100", "2100 not 1200"])
def test_the_answer_before_can_be_put_right(odalys, said):
    fill_in(odalys, "1200")

    step = answer(odalys, said)

    assert step.corrected
    assert (step.item, step.noted) == ("housing", Money(210000, "USD"))
    assert draft(odalys)["budget"]["figures"]["income"]["amount"] == "2100.00"


@pytest.mark.parametrize("said", ["950 not 1000 any more", "no rent, but 50 for storage", "900, no, 950"])
def test_what_corrects_nothing_answers_the_question(odalys, said):
    fill_in(odalys, "2000")

    step = answer(odalys, said)

    assert not step.corrected
    assert step.item == "living"


def test_a_question_is_put_again_after_another_currency(odalys):
    fill_in(odalys, "2000")

    step = answer(odalys, "900 euros")

    assert (step.item, step.problem, step.currency) == ("housing", "currency", "USD")
    assert answer(odalys, "980").item == "living"


def test_three_answers_in_a_row_that_cannot_be_read_end_the_form(odalys):
    fill_in(odalys, "2000")

    steps = [answer(odalys, "a lot") for _ in range(3)]

    assert [step.state for step in steps] == ["asked", "asked", "left"]
    assert odalys.stage == "verified"


def test_what_else_is_in_the_draft_stays_and_is_open_again_after_leaving(odalys, services):
    with services.parts.store.transaction() as session:
        conversation = session.get_one(Conversation, odalys.id)
        conversation.draft, conversation.asked = json.dumps({"offers": []}), "choose"

    fill_in(odalys, "2000")
    during = draft(odalys)
    services.affordability.leave(odalys.turn("skip"))

    assert during["offers"] == []
    assert draft(odalys) == {"offers": []}
    assert odalys.stage == "negotiating"
    assert account_of(services).budget is None


def test_leaving_twice_and_answering_what_was_not_asked_do_no_harm(odalys, services):
    fill_in(odalys, "2000")
    services.affordability.leave(odalys.turn())

    assert services.affordability.leave(odalys.turn()).state == "left"
    assert answer(odalys, "900").state == "left"


def test_beginning_again_goes_on_with_the_question_that_is_open(odalys, services):
    fill_in(odalys, "2000")

    step = services.affordability.begin(odalys.turn())

    assert (step.state, step.item) == ("asked", "housing")


def test_a_new_budget_replaces_the_old(odalys, services):
    fill_in(odalys, "2000", "900", "700", "150")

    fill_in(odalys, "1500", "900", "500", "none")

    assert surplus_of(account_of(services), MONDAY.date()) == Money(10000, "USD")


def test_a_budget_may_leave_less_than_nothing(odalys, services):
    fill_in(odalys, "no income", "900", "300", "none")

    assert surplus_of(account_of(services), MONDAY.date()) == Money(-120000, "USD")


@pytest.mark.parametrize(("days", "fresh"), [(0, True), (GOOD_FOR_DAYS, True), (GOOD_FOR_DAYS + 1, False)])
def test_a_budget_is_good_for_ninety_days(odalys, services, clock, days, fresh):
    fill_in(odalys, "2000", "900", "700", "150")
    clock.passes(days=days)

    erased = services.affordability.erase_old()
    account = account_of(services)

    assert (surplus_of(account, clock().date()) is not None) == fresh
    assert erased == (0 if fresh else 1)
    assert (account.budget is None) == (not fresh)


def test_an_old_budget_counts_for_nothing_before_it_is_erased(odalys, services, clock):
    fill_in(odalys, "2000", "900", "700", "150")
    clock.passes(days=GOOD_FOR_DAYS + 1)

    assert surplus_of(account_of(services), clock().date()) is None


def test_figures_of_a_form_left_lying_are_erased_too(odalys, services, clock):
    fill_in(odalys, "2000")
    clock.passes(days=GOOD_FOR_DAYS + 1)

    services.affordability.erase_old()

    assert draft(odalys) == {}


def test_a_borrower_can_have_it_forgotten(odalys, services):
    fill_in(odalys, "2000", "900", "700", "150")

    services.affordability.forget(odalys.id)

    account = account_of(services)
    assert (account.budget, account.budget_on) == (None, None)


@pytest.mark.parametrize(
    "ask",
    [
        lambda chat: chat.services.affordability.begin(chat.turn()),
        lambda chat: answer(chat, "2000"),
        lambda chat: chat.services.affordability.leave(chat.turn()),
        lambda chat: chat.services.affordability.forget(chat.id),
    ],
)
def test_nothing_is_asked_of_somebody_unknown(chat, ask: Callable[[Chat], Any]):
    with pytest.raises(NotVerified):
        ask(chat)


def test_a_form_waits_for_the_proof_of_identity(odalys, services, clock):
    fill_in(odalys, "2000")
    clock.passes(days=1)

    assert odalys.stage == "start"
    assert services.affordability.standing(odalys.id) is None

    odalys.prove("7001-3344, born 1987-03-07")

    assert odalys.stage == "budget"
    assert services.affordability.standing(odalys.id).item == "housing"


def test_a_settled_account_needs_no_budget(chat, services):
    chat.prove("AC-00001, 1958-01-02")

    assert services.affordability.begin(chat.turn()).state == "settled"


def test_an_account_on_hold_is_asked_nothing(odalys, services):
    services.cases.open(odalys.id, "dispute_debt")

    assert services.affordability.begin(odalys.turn()).state == "held"


def test_no_figure_stands_in_the_audit_chain_or_in_plain_text(odalys, services):
    fill_in(odalys, "2718", "911.17", "733.31", "151.13")

    with services.parts.store.transaction() as session:
        records = session.scalars(select(AuditRecord).where(AuditRecord.action == "budget_given")).all()
        stored = session.execute(text("SELECT budget FROM accounts WHERE budget IS NOT NULL")).scalar_one()
        drafts = session.execute(text("SELECT coalesce(draft, '') FROM conversations")).scalars().all()
        everything = [str(row.data) for row in session.scalars(select(AuditRecord))]
    told = "".join([*everything, str(stored), *map(str, drafts)])
    assert len(records) == 1
    assert set(records[0].data) == {"account", "turn"}
    assert not any(figure in told for figure in ("2718", "911.17", "733.31", "151.13", "1795.61"))


def test_somebody_elses_account_is_not_touched(odalys, services):
    fill_in(odalys, "2000", "900", "700", "150")

    assert account_of(services, "Plover, Wilhelmina").budget is None


# -- what is said


def said(chat: Chat, words: str, intent: str = "give_figure", **more: Any) -> Turn:
    turn = Turn(chat.turn(words), chat.id, words, intent, 0.9, entities_of(words), "budget", "en")
    return replace(turn, **more)


def names(replies: list[Any]) -> list[str]:
    return [reply.response for reply in replies]


@pytest.fixture
def offered(services, monkeypatch) -> list[str]:
    """The wishes for which offers were asked, in place of the negotiation."""
    wishes: list[str] = []

    def offer(turn_id: int, wish: str) -> Step:
        wishes.append(wish)
        return Step("nothing_open")

    monkeypatch.setattr(services.negotiation, "offer", offer)
    return wishes


def test_the_form_says_first_why_it_is_there(odalys, services):
    replies = ActionWorkOutBudget(services).perform(said(odalys, "…", "work_out_budget"))

    assert names(replies) == ["utter_budget_begin", "utter_budget_ask_income"]
    assert [choice.intent for choice in replies[-1].choices] == ["leave_budget"]


def test_somebody_unknown_is_asked_who_they_are_and_the_wish_is_kept(chat, services):
    replies = ActionWorkOutBudget(services).perform(said(chat, "…", "work_out_budget"))

    assert names(replies)[0] == "utter_identity_first"
    assert services.conversations.take_wish(chat.id)["intent"] == "work_out_budget"


def test_each_figure_is_noted_and_the_last_leads_to_offers(odalys, services, offered):
    ActionWorkOutBudget(services).perform(said(odalys, "…", "work_out_budget"))
    answers = [
        ActionGiveFigure(services).perform(said(odalys, f)) for f in ("2000", "no, 2100", "minus 10", "900", "700")
    ]
    result = ActionGiveFigure(services).perform(said(odalys, "150"))

    assert [names(replies) for replies in answers] == [
        ["utter_budget_noted", "utter_budget_ask_housing"],
        ["utter_budget_corrected", "utter_budget_ask_housing"],
        ["utter_budget_negative", "utter_budget_ask_housing"],
        ["utter_budget_noted", "utter_budget_ask_living"],
        ["utter_budget_noted", "utter_budget_ask_debts"],
    ]
    assert names(result)[0] == "utter_budget_result"
    assert result[0].facts["surplus"] == Money(35000, "USD")
    assert offered == ["relief"]


def test_where_nothing_is_left_nothing_is_offered_and_a_person_is_told(odalys, services, offered):
    ActionWorkOutBudget(services).perform(said(odalys, "…", "work_out_budget"))
    for figure in ("1200", "900", "300"):
        ActionGiveFigure(services).perform(said(odalys, figure))

    replies = ActionGiveFigure(services).perform(said(odalys, "none"))

    case = services.cases.all()[0]
    assert names(replies) == ["utter_budget_short", "utter_debt_advice"]
    assert "nfcc.org" in replies[1].facts["advice"]["en"]
    assert offered == []
    assert (case["reason"], case["priority"]) == ("unaffordable", "normal")
    assert "0.00 is left" in case["summary"]
    assert services.accounts.show("7001-3344")["hold"] == "unaffordable"
    assert not services.conversations.situation(odalys.id).held


def test_where_the_lender_names_no_advice_none_is_invented(services, offered):
    kazuo = Chat(services, "kazuo").prove("JP-30077, born 1968-02-29")
    ActionWorkOutBudget(services).perform(said(kazuo, "…", "work_out_budget"))
    for figure in ("none", "none", "none"):
        ActionGiveFigure(services).perform(said(kazuo, figure))

    assert names(ActionGiveFigure(services).perform(said(kazuo, "none"))) == ["utter_budget_short"]


def test_hardship_told_with_a_figure_is_heard(odalys, services):
    ActionWorkOutBudget(services).perform(said(odalys, "…", "work_out_budget"))

    replies = ActionGiveFigure(services).perform(
        said(odalys, "I lost my job, I get 500 in benefits", purposes=("report_hardship",))
    )

    assert names(replies) == ["utter_hardship_job_loss", "utter_budget_noted", "utter_budget_ask_housing"]
    assert services.accounts.show("7001-3344")["hardship"] == "job_loss"


def test_hardship_told_without_a_figure_is_heard_and_the_question_put_again(odalys, services):
    ActionWorkOutBudget(services).perform(said(odalys, "…", "work_out_budget"))

    replies = ActionGiveFigure(services).perform(said(odalys, "I lost my job", "report_hardship"))

    assert names(replies) == ["utter_hardship_job_loss", "utter_budget_ask_income"]


def test_whoever_would_rather_not_say_can_go_on_without(odalys, services):
    ActionWorkOutBudget(services).perform(said(odalys, "…", "work_out_budget"))

    replies = ActionLeaveBudget(services).perform(said(odalys, "skip", "deny"))

    assert names(replies) == ["utter_budget_left"]
    assert [choice.intent for choice in replies[0].choices] == ["request_plan", "pay_now", "request_human"]
    assert odalys.stage == "verified"


def test_the_question_is_taken_up_again_after_another(odalys, services):
    ActionWorkOutBudget(services).perform(said(odalys, "…", "work_out_budget"))
    ActionGiveFigure(services).perform(said(odalys, "2000"))

    replies = ActionResume(services).perform(said(odalys, "how much do I owe", "ask_balance"))

    assert names(replies) == ["utter_budget_ask_housing"]


def test_a_held_conversation_is_asked_no_question_again(odalys, services):
    ActionWorkOutBudget(services).perform(said(odalys, "…", "work_out_budget"))
    services.cases.open(odalys.id, "not_understood")

    assert services.affordability.standing(odalys.id) is None


SPOKEN = {
    **{f"utter_budget_ask_{item}": {} for item in ITEMS},
    **{f"utter_budget_{problem}": {"currency": "USD"} for problem in get_args(Problem)},
    **{f"utter_budget_{name}": {"amount": Money(5, "USD")} for name in ("begin", "noted", "corrected", "left", "why")},
}


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("name", SPOKEN)
def test_every_question_and_every_answer_has_its_words(words, name, language):
    facts = Reply(name, SPOKEN[name]).as_json()["facts"]

    assert "{" not in words.say(name, facts, Voice(language))


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_result_tells_what_is_left_and_the_advice_whom_to_ask(words, services, language):
    told = budget(200000, 90000, 70000, 15000)
    facts = Reply("", {"income": told.income, "costs": told.costs, "surplus": told.surplus}).as_json()["facts"]

    result = words.say("utter_budget_result", facts, Voice(language, "US"))

    assert all(figure in result for figure in ("2,000.00", "1,750.00", "250.00"))
    for country in ("US", "GB", "SG", "HK", "CN"):
        advice = words.say("utter_debt_advice", {"advice": services.parts.lender.advice(country)}, Voice(language))
        assert re.search(r"\d{5}|\.org", advice)


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_days_that_are_named_are_the_days_that_are_kept(words, language):
    assert f"{GOOD_FOR_DAYS}" in words.say("utter_budget_why", {}, Voice(language))
