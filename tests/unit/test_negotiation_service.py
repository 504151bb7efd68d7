"""Negotiating with the ledger behind it: offers with ids, one agreement, every turn once."""

from __future__ import annotations

from decimal import Decimal

import pytest
from sqlalchemy import select, update

from bot.domain.money import Money
from bot.domain.negotiation import is_better
from bot.services.negotiation import NothingWaits, Unverified
from bot.store import audit
from bot.store.tables import AuditRecord, Conversation, Offer
from tests.unit.fakes import EBENEZER, HEADER, ODALYS, Chat

SIX = [{"entity": "instalments", "value": 6}, {"entity": "frequency", "value": "monthly"}]
ROW = f"{ODALYS},Odalys Brambleworth,1987-03-07,+12025550181,en,US,America/New_York,USD"


def money(value: float, role: str | None = None) -> dict[str, object]:
    return {"entity": "money", "value": value, "role": role}


def day(value: str) -> dict[str, object]:
    return {"entity": "date", "value": value}


def to_the_last_round(deal, chat: Chat) -> list:
    """Turns offers down until the last round's are on the table."""
    steps = [deal.improve(chat.turn("no"))]
    while not steps[-1].last:
        assert len(steps) < 10, "the last round is never reached"
        steps.append(deal.improve(chat.turn("no")))
    return steps


def account(services, number: str = ODALYS) -> dict:
    return services.accounts.show(number)


@pytest.fixture
def deal(services):
    return services.negotiation


def test_offers_are_stored_with_their_policy_version_and_rule(odalys, deal, services):
    step = deal.offer(odalys.turn("can I pay bit by bit"), "plan")

    policy = services.parts.policy()
    shown = {row["id"]: row for row in account(services)["offers"]}
    assert step.state == "options"
    assert [offer.option for offer in step.offers] == [1, 2]
    for offer in step.offers:
        row = shown[offer.id]
        assert row["policy"] == "unit"
        assert row["policy_version"] == policy.version
        assert row["rule"].startswith("early, bot: ")
        assert (row["status"], row["round"], row["authority"]) == ("open", 1, "bot")
        assert row["to_pay"] == offer.terms.to_pay.as_json()


def test_an_offer_is_on_the_audit_chain_with_its_terms(odalys, deal, services):
    step = deal.offer(odalys.turn(), "plan")

    with services.parts.store.transaction() as session:
        made = session.scalars(select(AuditRecord).where(AuditRecord.action == "offer_made")).all()
        assert audit.verify(session, services.parts.store.keyring) > 0
    assert [record.subject for record in made] == [offer.id for offer in step.offers]
    assert made[0].data["policy_version"] == services.parts.policy().version
    assert made[0].data["terms"]["schedule"]


def test_a_choice_is_read_back_and_counts_only_after_a_yes(odalys, deal, services):
    options = deal.offer(odalys.turn("instalments please"), "plan")
    read_back = deal.choose(odalys.turn("the second one"), 2)
    before = account(services)["plan"]

    agreed = deal.agree(odalys.turn("yes, I agree"))

    assert (read_back.state, read_back.offers) == ("read_back", (options.offers[1],))
    assert before is None
    assert agreed.state == "agreed"
    plan = account(services)["plan"]
    assert plan["offer"] == options.offers[1].id
    assert plan["agreed_words"] == "yes, I agree"
    assert plan["agreed_at"].startswith("2026-11-23T06:00")


def test_a_plan_holds_exactly_what_was_read_back(odalys, deal, services):
    step = deal.consider(odalys.turn("6 payments"), SIX)
    deal.agree(odalys.turn("yes"))

    schedule = account(services)["plan"]["schedule"]

    assert [(row["due_on"], row["amount"]["amount"]) for row in schedule] == [
        (row.due_on.isoformat(), f"{row.amount.amount:f}") for row in step.offers[0].terms.schedule
    ]
    assert sum(Money.parse(row["amount"]["amount"], "USD").minor for row in schedule) == 132550


def test_a_yes_to_nothing_agrees_to_nothing(odalys, deal, services):
    deal.offer(odalys.turn(), "plan")

    step = deal.agree(odalys.turn("yes"))

    assert step.state == "expired"
    assert account(services)["plan"] is None


def test_a_yes_to_another_offer_than_the_one_read_back_agrees_to_nothing(odalys, deal, services):
    options = deal.offer(odalys.turn(), "plan")
    deal.choose(odalys.turn("the first"), 1)

    step = deal.agree(odalys.turn("yes"), options.offers[1].id)

    assert step.state == "expired"
    assert account(services)["plan"] is None


def test_a_yes_after_a_no_agrees_to_nothing(odalys, deal, services):
    deal.offer(odalys.turn(), "plan")
    deal.choose(odalys.turn("the first"), 1)
    deal.reopen(odalys.turn("no, wait"))

    step = deal.agree(odalys.turn("yes"))

    assert step.state == "expired"
    assert account(services)["plan"] is None


def test_a_yes_to_an_offer_of_somebody_else_agrees_to_nothing(odalys, deal, services):
    deal.offer(odalys.turn(), "plan")
    theirs = deal.choose(odalys.turn("the first"), 1).offers[0].id
    wilhelmina = Chat(services, "w").prove("AC-40118, 1979-12-31")

    steps = [deal.choose(wilhelmina.turn(), None, theirs).state, deal.agree(wilhelmina.turn("yes"), theirs).state]

    assert steps == ["expired", "expired"]
    assert account(services, "AC-40118")["plan"] is None
    assert account(services)["plan"] is None


def test_the_same_turn_again_changes_nothing(odalys, deal, services):
    asked = odalys.turn("instalments")
    first = deal.offer(asked, "plan")

    again = deal.offer(asked, "plan")

    assert again.offers == first.offers
    assert len(account(services)["offers"]) == 2


def test_the_same_yes_again_agrees_once(odalys, deal, services):
    deal.consider(odalys.turn(), SIX)
    yes = odalys.turn("yes")
    first = deal.agree(yes)

    again = deal.agree(yes)

    assert (first.state, again) == ("agreed", first)
    assert len(account(services)["plans"]) == 1


def test_the_same_proposal_again_is_one_offer(odalys, deal, services):
    named = odalys.turn("six monthly payments")
    first = deal.consider(named, SIX)

    again = deal.consider(named, SIX)

    assert again == first
    assert len(account(services)["offers"]) == 1


def test_the_same_refusal_again_is_one_round(odalys, deal, services):
    deal.offer(odalys.turn(), "plan")
    no = odalys.turn("too much")
    first = deal.improve(no)

    again = deal.improve(no)

    assert again.offers == first.offers
    assert {row["round"] for row in account(services)["offers"]} == {1, 2}


def test_the_same_last_refusal_again_stays_the_last(odalys, deal, services):
    deal.offer(odalys.turn(), "plan")
    to_the_last_round(deal, odalys)
    no = odalys.turn("still no")
    first = deal.improve(no)
    offers = account(services)["offers"]

    again = deal.improve(no)

    assert (first.state, again.state) == ("final", "final")
    assert account(services)["offers"] == offers


def test_an_account_has_one_active_plan(odalys, deal, services):
    deal.consider(odalys.turn(), SIX)
    deal.agree(odalys.turn("yes"))

    steps = [
        deal.offer(odalys.turn("instalments"), "plan").state,
        deal.consider(odalys.turn("three instead"), [{"entity": "instalments", "value": 3}]).state,
        deal.agree(odalys.turn("yes")).state,
    ]

    assert steps == ["plan_runs"] * 3
    assert len(account(services)["plans"]) == 1


def test_two_conversations_of_one_borrower_make_one_plan(odalys, deal, services):
    deal.consider(odalys.turn(), SIX)
    second = Chat(services, "elsewhere").prove("7001-3344, 1987-03-07")
    deal.consider(second.turn(), [{"entity": "instalments", "value": 3}])

    steps = [deal.agree(odalys.turn("yes")).state, deal.agree(second.turn("yes")).state]

    assert steps == ["expired", "agreed"]
    assert len(account(services)["plans"]) == 1


def test_an_offer_that_has_run_out_is_not_agreed_to(open_home, clock):
    services = open_home(verified_minutes=60 * 24 * 30)
    services.portfolio.import_text(
        f"{HEADER}\n{ROW},1200,0,0,2026-10-17,",
        "one",
    )
    odalys = Chat(services).prove("7001-3344, 1987-03-07")
    services.negotiation.consider(odalys.turn(), SIX)
    clock.passes(hours=72)

    step = services.negotiation.agree(odalys.turn("yes"))

    assert step.state == "expired"
    assert account(services)["plan"] is None
    assert {row["status"] for row in account(services)["offers"]} == {"expired"}


def test_an_offer_whose_first_day_has_passed_is_not_agreed_to(odalys, deal, services, clock):
    deal.offer(odalys.turn("I'll pay it all today"), "pay_now")
    deal.choose(odalys.turn("yes"), 1)
    with services.parts.store.transaction() as session:
        session.connection().exec_driver_sql("UPDATE conversations SET verified_until = '2027-01-01 00:00:00.000000'")
    clock.passes(hours=24)

    step = deal.agree(odalys.turn("yes"))

    assert step.state == "expired"
    assert account(services)["plan"] is None


def test_an_offer_for_another_balance_is_not_agreed_to(odalys, deal, services, clock):
    deal.consider(odalys.turn(), SIX)
    clock.passes(minutes=1)
    services.portfolio.import_text(
        f"{HEADER}\n{ROW},700,0,0,2026-10-17,",
        "a payment came in",
    )

    step = deal.agree(odalys.turn("yes"))

    assert step.state == "expired"
    assert account(services)["plan"] is None


def test_a_settlement_waives_fees_and_says_so(odalys, deal, services):
    step = deal.offer(odalys.turn("can you drop the fee"), "waiver")
    deal.choose(odalys.turn("the first"), 1)
    deal.agree(odalys.turn("deal"))

    plan = account(services)["plan"]

    assert step.offers[0].terms.saved == Money(1125, "USD")
    assert plan["kind"] == "settlement"
    assert plan["waived_fees"] == {"amount": "11.25", "currency": "USD"}
    assert plan["total"] == {"amount": "1314.25", "currency": "USD"}


def test_a_waiver_changes_the_balance_only_once_it_is_paid(odalys, deal, services):
    deal.offer(odalys.turn(), "waiver")
    deal.choose(odalys.turn(), 1)
    deal.agree(odalys.turn("deal"))

    balance = account(services)["balance"]

    assert balance["total"]["amount"] == "1325.50"


def test_a_promise_is_kept_with_its_sum_day_and_words(odalys, deal, services):
    step = deal.consider(odalys.turn("400 on the 1st"), [money(400), day("2026-12-01")], single=True)
    deal.agree(odalys.turn("yes please"))

    (promise,) = account(services)["promises"]

    assert step.state == "read_back"
    assert promise["amount"] == {"amount": "400.00", "currency": "USD"}
    assert (promise["due_on"], promise["status"], promise["agreed_words"]) == ("2026-12-01", "open", "yes please")
    assert account(services)["status"] == "promised"


def test_a_new_promise_takes_the_place_of_the_old_one(odalys, deal, services):
    for amount in (400, 500):
        deal.consider(odalys.turn(), [money(amount), day("2026-12-01")], single=True)
        deal.agree(odalys.turn("yes"))

    promises = account(services)["promises"]

    assert [(row["amount"]["amount"], row["status"]) for row in promises] == [
        ("400.00", "moved"),
        ("500.00", "open"),
    ]


def test_what_is_missing_is_asked_for_and_what_was_said_is_kept(odalys, deal):
    first = deal.consider(odalys.turn("I could pay 400"), [money(400)], single=True)

    second = deal.consider(odalys.turn("on the 1st"), [day("2026-12-01")], single=True)

    assert first.state == "ask_date"
    assert second.state == "read_back"
    assert second.offers[0].terms.to_pay == Money(40000, "USD")


def test_an_amount_is_asked_for_after_a_day_alone(odalys, deal):
    first = deal.consider(odalys.turn("I get paid on the 1st"), [day("2026-12-01")], single=True)

    second = deal.consider(odalys.turn("400"), [money(400)], single=True)

    assert first.state == "ask_amount"
    assert second.offers[0].terms.schedule[0].due_on.isoformat() == "2026-12-01"


def test_a_day_that_has_passed_before_the_amount_was_named_is_asked_for_again(odalys, deal, services, clock):
    clock.passes(hours=20)
    night = Chat(services, "at night").prove("7001-3344, 1987-03-07")
    deal.consider(night.turn("I can pay today"), [day("2026-11-23")], single=True)
    clock.passes(hours=4)
    services.identity.start(night.id)
    with services.parts.store.transaction() as session:
        session.connection().exec_driver_sql("UPDATE conversations SET verified_until = '2027-01-01 00:00:00.000000'")

    step = deal.consider(night.turn("400"), [money(400)], single=True)

    assert step.state == "ask_date"


def test_a_vague_amount_is_asked_for_exactly(odalys, deal):
    vague = [{"entity": "money", "value": None, "approximate": True}]

    step = deal.consider(odalys.turn("a few hundred a month"), vague)

    assert step.state == "ask_vague"


def test_a_new_day_at_the_read_back_keeps_everything_else(odalys, deal, services):
    first = deal.consider(odalys.turn("300 a month"), [money(300), {"entity": "frequency", "value": "monthly"}])

    changed = deal.consider(odalys.turn("make it the 5th"), [{"entity": "day_of_month", "value": 5}])

    assert changed.state == "read_back"
    before, after = first.offers[0].terms, changed.offers[0].terms
    assert [row.amount for row in after.schedule] == [row.amount for row in before.schedule]
    assert {row.due_on.day for row in after.schedule} == {5}
    deal.agree(odalys.turn("yes"))
    assert account(services)["plan"]["offer"] == changed.offers[0].id


def test_a_new_count_at_the_read_back_keeps_the_first_day(odalys, deal):
    first = deal.consider(odalys.turn(), [*SIX, {"entity": "day_of_month", "value": 5}])

    changed = deal.consider(odalys.turn("in four"), [{"entity": "instalments", "value": 4}])

    assert changed.state == "read_back"
    assert len(changed.offers[0].terms.schedule) == 4
    assert changed.offers[0].terms.schedule[0].due_on == first.offers[0].terms.schedule[0].due_on


def test_the_offer_before_a_correction_can_no_longer_be_agreed_to(odalys, deal, services):
    before = deal.consider(odalys.turn(), SIX).offers[0].id
    deal.consider(odalys.turn("make it the 5th"), [{"entity": "day_of_month", "value": 5}])

    step = deal.agree(odalys.turn("yes"), before)

    assert step.state == "expired"
    assert account(services)["plan"] is None


def test_a_no_to_the_read_back_leaves_the_options_on_the_table(odalys, deal):
    options = deal.offer(odalys.turn(), "plan")
    deal.choose(odalys.turn(), 1)

    step = deal.reopen(odalys.turn("no"))

    assert (step.state, step.offers) == ("options", options.offers)


def test_rounds_end_in_final_and_nothing_stays_open(odalys, deal, services):
    states = [deal.offer(odalys.turn(), "plan").state]
    while states[-1] == "options" and len(states) < 20:
        states.append(deal.improve(odalys.turn("no")).state)

    assert states[-1] == "final"
    assert 2 <= len(states) <= services.parts.policy().rounds + 1
    assert {row["status"] for row in account(services)["offers"]} == {"superseded", "rejected"}


def test_the_last_offer_says_that_it_is_the_last(odalys, deal):
    steps = [deal.offer(odalys.turn(), "plan"), *to_the_last_round(deal, odalys)]

    assert [step.last for step in steps] == [False] * (len(steps) - 1) + [True]
    assert len(steps[-1].offers[0].terms.instalments) == 6


def test_terms_outside_authority_are_countered_and_use_up_rounds(odalys, deal):
    named = [money(20), {"entity": "frequency", "value": "monthly"}]
    steps = [deal.consider(odalys.turn("20 a month"), named)]
    while steps[-1].state == "options" and len(steps) < 20:
        steps.append(deal.consider(odalys.turn("20 a month!"), named))

    assert steps[0].countered
    assert steps[-1].state == "final"
    assert len(steps) == 5


def test_which_of_two_is_meant_is_asked(odalys, deal):
    options = deal.offer(odalys.turn(), "plan")

    step = deal.choose(odalys.turn("ok"), None)

    assert (step.state, step.offers) == ("which", options.offers)


@pytest.mark.parametrize(("option", "chosen"), [(1, 0), (2, 1), (-1, 1)])
def test_an_option_is_picked_by_its_place(odalys, deal, option, chosen):
    options = deal.offer(odalys.turn(), "plan")

    step = deal.choose(odalys.turn(), None, mentions=[{"entity": "option", "value": option}])

    assert step.offers == (options.offers[chosen],)


def test_a_pick_that_does_not_exist_is_asked_again(odalys, deal):
    deal.offer(odalys.turn(), "plan")

    assert deal.choose(odalys.turn("the seventh"), 7).state == "which"


def test_a_pick_from_an_empty_table_says_so(odalys, deal):
    assert deal.choose(odalys.turn("the first"), 1).state == "nothing_open"


def test_a_settled_account_has_nothing_to_negotiate(services, deal):
    ebenezer = Chat(services, "e").prove(f"{EBENEZER}, 1958-01-02")

    assert deal.offer(ebenezer.turn(), "plan").state == "settled"


def test_a_held_account_is_not_negotiated(odalys, deal, services):
    services.cases.open(odalys.id, "dispute_debt")

    states = {deal.offer(odalys.turn(), "plan").state, deal.consider(odalys.turn(), SIX).state}

    assert states == {"held"}


def test_an_account_outside_of_every_segment_is_not_negotiated(odalys, deal, policies):
    path = policies / "offers" / "unit.yml"
    path.write_text(path.read_text().replace("{from: 1, to: 60}", "{from: 1, to: 5}"))

    assert deal.offer(odalys.turn(), "plan").state == "no_authority"


@pytest.mark.parametrize("move", ["offer", "consider", "choose", "agree", "improve", "reopen"])
def test_nobody_negotiates_before_identity_is_proven(chat, deal, move):
    arguments = {"offer": ["plan"], "consider": [SIX], "choose": [1]}.get(move, [])

    with pytest.raises(Unverified):
        getattr(deal, move)(chat.turn(), *arguments)


def test_what_stands_open_is_told(odalys, deal, services):
    nothing = deal.standing(odalys.id).state
    options = deal.offer(odalys.turn(), "plan")
    open_options = deal.standing(odalys.id)
    deal.choose(odalys.turn(), 2)
    read_back = deal.standing(odalys.id)

    assert nothing == "nothing_open"
    assert (open_options.state, open_options.offers) == ("options", options.offers)
    assert (read_back.state, read_back.offers) == ("read_back", (options.offers[1],))


def test_new_offers_supersede_what_was_open(odalys, deal, services):
    deal.offer(odalys.turn(), "plan")
    deal.offer(odalys.turn(), "waiver")

    with services.parts.store.transaction() as session:
        statuses = [row.status for row in session.scalars(select(Offer).order_by(Offer.created_at, Offer.turn_id))]

    assert statuses == ["superseded", "superseded", "open", "open"]


def test_an_offer_outside_authority_is_never_stored(odalys, deal, services, monkeypatch):
    monkeypatch.setattr("bot.services.negotiation.outside", lambda table, terms: ["plan.most_instalments"])

    with pytest.raises(AssertionError, match="outside authority"):
        deal.offer(odalys.turn(), "plan")
    assert account(services)["offers"] == []


def test_yen_are_offered_in_yen(services, deal):
    kazuo = Chat(services, "k").prove("JP-30077, 1968-02-29")

    (offer, *_) = deal.consider(kazuo.turn("3 payments"), [{"entity": "instalments", "value": 3}]).offers

    assert [row.amount for row in offer.terms.schedule] == [Money(n, "JPY") for n in (30166, 30166, 30168)]


def test_a_yes_that_does_not_follow_the_read_back_is_met_with_the_read_back(odalys, deal, services):
    deal.offer(odalys.turn("instalments please"), "plan")
    chosen = deal.choose(odalys.turn("the first"), 1)
    later = odalys.turn("ok fine")
    with services.parts.store.transaction() as session:
        session.get_one(Conversation, odalys.id).last_response = "utter_case_noted"

    step = deal.agree(later)

    assert (step.state, step.offers) == ("read_back", chosen.offers)
    assert account(services)["plan"] is None


def test_the_other_one_is_asked_about_and_a_yes_to_that_agrees_to_nothing(odalys, deal, services):
    deal.offer(odalys.turn("instalments please"), "plan")
    deal.choose(odalys.turn("the first"), 1)

    which = deal.choose(odalys.turn("no, the other one"), None)
    step = deal.agree(odalys.turn("yes"))

    assert which.state == "which"
    assert step.state == "expired"
    assert account(services)["plan"] is None


def test_an_amount_in_another_currency_is_asked_about(odalys, deal):
    named = [
        {"entity": "money", "value": 300, "role": "per_instalment", "currency": "JPY"},
        {"entity": "frequency", "value": "monthly"},
    ]

    step = deal.consider(odalys.turn("300 yen a month"), named)

    assert step.state == "ask_currency"


def test_every_round_asks_less_than_all_that_was_shown_before(odalys, deal):
    shown = [o.terms for o in deal.offer(odalys.turn("instalments"), "plan").offers]

    step = deal.improve(odalys.turn("no"))
    while step.state == "options":
        assert all(is_better(offer.terms, shown) for offer in step.offers)
        shown += [offer.terms for offer in step.offers]
        step = deal.improve(odalys.turn("no"))

    assert step.state == "final"


def test_half_now_and_the_rest_later_are_two_payments(odalys, deal):
    half = [{"entity": "percentage", "value": 50}, {"entity": "date", "value": "2026-12-20"}]

    step = deal.consider(odalys.turn("half now and the rest on 20 December"), half, single=True)

    terms = step.offers[0].terms
    assert step.state == "read_back"
    assert len(terms.schedule) == 2
    assert terms.down_payment is not None
    assert terms.schedule[1].due_on.isoformat() == "2026-12-20"
    assert terms.to_pay == terms.owed


FIFTY = [{"entity": "money", "value": 50, "role": "per_instalment"}, {"entity": "frequency", "value": "monthly"}]


def test_contradictory_words_are_asked_about_and_nothing_is_agreed(odalys, deal, services):
    both = [money(300, "per_instalment"), {"entity": "instalments", "value": 6}]

    step = deal.consider(odalys.turn("300 a month, six times"), both)

    assert (step.state, step.clarifying) == ("options", True)
    assert [len(offer.terms.instalments) for offer in step.offers] == [6, 5]
    assert account(services)["plan"] is None


def test_who_comes_towards_the_lender_is_met_further_than_who_only_refuses(deal, services, policies):
    path = policies / "offers" / "unit.yml"
    text = (
        path.read_text(encoding="utf-8").replace("monthly: 6}", "monthly: 12}").replace("monthly: 9}", "monthly: 12}")
    )
    path.write_text(text, encoding="utf-8")

    def conceded(name: str, moves: list[int | None]) -> str:
        chat = Chat(services, name).prove("7001-3344, born 1987-03-07")
        deal.offer(chat.turn(), "plan")
        for amount in moves:
            if amount is None:
                deal.improve(chat.turn("no"))
            else:
                deal.consider(chat.turn(), [money(amount, "per_instalment"), *FIFTY[1:]])
        with services.parts.store.transaction() as session:
            rows = session.scalars(select(Offer).where(Offer.conversation_id == name).order_by(Offer.created_at))
            shares = [row.conceded for row in rows]
            session.execute(update(Offer).values(status="superseded"))
        return max(shares)

    refusing = [conceded(f"refuses-{n}", [None] * n) for n in (1, 2)]
    moving = [conceded("moves-1", [20]), conceded("moves-2", [20, 110])]

    assert Decimal(moving[0]) >= Decimal(refusing[0])
    assert Decimal(moving[1]) > Decimal(refusing[1])


def own_terms_to_the_end(chat, deal):
    """A borrower names terms beyond the bot's authority until its rounds are over."""
    wanted = [{"entity": "instalments", "value": 8}, {"entity": "frequency", "value": "monthly"}]
    steps = [deal.consider(chat.turn("eight months"), wanted) for _ in range(5)]
    return next(step for step in steps if step.state != "options")


def test_terms_that_only_a_person_may_agree_to_wait_for_one_after_the_last_offer(odalys, deal, services):
    step = own_terms_to_the_end(odalys, deal)

    assert step.state == "awaiting"
    (offer,) = [row for row in account(services)["offers"] if row["status"] == "awaiting"]
    assert offer["authority"] == "agent"
    assert len(offer["schedule"]) == 8
    assert account(services)["plan"] is None


def test_terms_that_a_person_approved_still_need_the_borrowers_yes(odalys, deal, services):
    own_terms_to_the_end(odalys, deal)

    approved = deal.approve("7001-3344", "agent-7")
    before = account(services)["plan"]
    agreed = deal.agree(odalys.turn("yes"))

    assert (approved.state, before, agreed.state) == ("read_back", None, "agreed")
    plan = account(services)["plan"]
    assert (plan["authority"], len(plan["schedule"])) == ("agent", 8)


def test_terms_that_a_person_refused_cannot_be_taken(odalys, deal, services):
    own_terms_to_the_end(odalys, deal)

    deal.refuse("7001-3344", "agent-7")

    assert deal.agree(odalys.turn("yes")).state == "expired"
    with pytest.raises(NothingWaits):
        deal.approve("7001-3344", "agent-7")


def test_nobody_is_asked_to_approve_what_nobody_may_agree_to(odalys, deal, services):
    steps = [deal.consider(odalys.turn("a dollar a month"), [money(1, "per_instalment"), *FIFTY[1:]]) for _ in range(5)]

    assert "final" in [step.state for step in steps]
    assert "awaiting" not in [step.state for step in steps]


@pytest.fixture
def planned(odalys, deal):
    """Odalys has agreed to six payments."""
    deal.consider(odalys.turn("6 payments"), SIX)
    deal.agree(odalys.turn("yes"))
    return odalys


def test_a_running_plan_is_moved_to_another_day_after_a_yes(planned, deal, services):
    read_back = deal.change(planned.turn("the 5th"), "change", [{"entity": "day_of_month", "value": 5}])
    before = account(services)["plan"]["schedule"][0]["due_on"]

    agreed = deal.agree(planned.turn("yes"))

    assert (read_back.state, agreed.state) == ("read_back", "agreed")
    assert before == "2026-12-23"
    data = account(services)
    assert [row["due_on"][-2:] for row in data["plan"]["schedule"]] == ["05"] * 6
    assert sorted(plan["status"] for plan in data["plans"]) == ["active", "superseded"]


def test_the_amount_that_stands_is_no_change_by_itself_and_kept_in_another_rhythm(planned, deal, services):
    each = account(services)["plan"]["schedule"][0]["amount"]["amount"]

    complained = deal.change(planned.turn("too much"), "change", [money(each, "per_instalment")])
    faster = deal.change(
        planned.turn("the same, but fortnightly"),
        "change",
        [money(each, "per_instalment"), {"entity": "frequency", "value": "biweekly"}],
    )

    assert complained.state == "ask_change"
    assert str(faster.offers[0].terms.instalments[0].amount.amount) == each


def test_the_same_is_asked_twice_and_a_repeated_turn_counts_once(odalys, deal):
    twice, entities = odalys.turn("on the 1st"), [{"entity": "date", "value": "2026-12-01"}]

    states = [
        deal.consider(turn, entities, single=True).state
        for turn in (odalys.turn("I'll pay on the 1st"), twice, twice, odalys.turn("the 1st"))
    ]

    assert states == ["ask_amount", "ask_amount", "ask_amount", "options"]


def test_a_change_that_is_not_agreed_changes_nothing(planned, deal, services):
    before = account(services)["plan"]
    deal.change(planned.turn("the 5th"), "change", [{"entity": "day_of_month", "value": 5}])

    deal.reopen(planned.turn("no"))

    assert account(services)["plan"] == before


def test_a_pause_is_counted_and_the_second_is_beyond_the_bot(planned, deal, services):
    deal.change(planned.turn("two weeks"), "pause", [{"entity": "duration", "value": "P2W"}])
    deal.agree(planned.turn("yes"))

    second = deal.change(planned.turn("again"), "pause", [{"entity": "duration", "value": "P2W"}])

    plan = account(services)["plan"]
    assert (plan["pauses"], plan["schedule"][0]["due_on"]) == (1, "2027-01-06")
    assert second.state == "beyond_change"


def test_a_plan_longer_than_authority_is_beyond_the_bot(planned, deal):
    step = deal.change(planned.turn("20 a month"), "change", [money(20, "per_instalment")])

    assert step.state == "beyond_change"


def test_a_running_plan_can_be_paid_off_at_once(planned, deal, services):
    read_back = deal.change(planned.turn("pay it all"), "settle", [])
    deal.agree(planned.turn("yes"))

    assert read_back.offers[0].terms.kind == "settlement"
    plan = account(services)["plan"]
    assert (plan["kind"], plan["total"]["amount"]) == ("settlement", "1325.50")


def test_all_of_it_on_a_day_is_the_whole_sum_until_a_reduction_was_shown(odalys, deal):
    friday = [{"entity": "date", "value": "2026-11-27"}, {"entity": "percentage", "value": 100}]

    unasked = deal.consider(odalys.turn("all of it on friday"), friday, single=True)
    deal.offer(odalys.turn("what if I pay it all soon?"), "waiver")
    asked = deal.consider(odalys.turn("ok, all of it on friday"), friday, single=True)

    assert (unasked.offers[0].terms.kind, unasked.offers[0].terms.to_pay) == ("promise", unasked.offers[0].terms.owed)
    assert (asked.offers[0].terms.kind, bool(asked.offers[0].terms.saved)) == ("settlement", True)


@pytest.mark.parametrize(("day", "total"), [("2026-11-26", "1314.25"), ("2026-12-02", "1325.50")])
def test_one_payment_of_all_is_moved_and_keeps_what_that_day_allows(odalys, deal, services, day, total):
    deal.offer(odalys.turn("can you drop the fee"), "waiver")
    deal.choose(odalys.turn("the first"), 1)
    deal.agree(odalys.turn("deal"))

    read_back = deal.change(odalys.turn("on another day?"), "change", [{"entity": "date", "value": day}])
    deal.agree(odalys.turn("yes"))

    plan = account(services)["plan"]
    assert read_back.state == "read_back"
    assert (plan["schedule"][0]["due_on"], plan["total"]["amount"]) == (day, total)


def test_the_hour_of_a_promise_is_kept(odalys, deal, services):
    deal.consider(odalys.turn(), [money(400), day("2026-12-01")], single=True)
    deal.agree(odalys.turn("yes"))

    told = deal.name_hour(odalys.turn("six"), "18:00", "sms")

    (promise,) = account(services)["promises"]
    assert (promise["at_time"], promise["channel"]) == ("18:00", "sms")
    assert told.at_time == "18:00"


def test_an_hour_named_with_the_promise_is_read_back(odalys, deal):
    named = [money(400), day("2026-12-01"), {"entity": "time_of_day", "value": "18:00"}]

    step = deal.consider(odalys.turn("400 on Tuesday at six"), named, single=True)

    assert step.offers[0].terms.at_time == "18:00"


def test_terms_under_approval_begin_once_they_are_approved(odalys, deal, services, policies):
    path = policies / "offers" / "unit.yml"
    text = path.read_text(encoding="utf-8")
    path.write_text(text.replace("  - name: late\n", "    needs_approval: {longer_than_days: 100}\n  - name: late\n"))

    deal.consider(odalys.turn("6 payments"), SIX)
    agreed = deal.agree(odalys.turn("yes"))
    waiting = account(services)["plans"][0]["status"]
    services.plans.approve("7001-3344", "agent-7")

    assert (agreed.state, agreed.needs_approval, waiting) == ("agreed", True, "agreed")
    assert account(services)["plan"]["approved_by"] == "agent-7"


def test_a_debt_in_dispute_is_not_negotiated(odalys, deal, services):
    services.cases.open(odalys.id, "dispute_debt")

    step = deal.consider(odalys.turn("6 payments"), SIX)

    assert (step.state, step.offers) == ("held", ())


@pytest.mark.parametrize("value", [0, -50, 10**14, 33.333])
def test_an_amount_that_nobody_can_pay_is_refused_and_nothing_is_written(odalys, deal, services, value):
    step = deal.consider(odalys.turn(), [money(value, "per_instalment"), *FIFTY[1:]])

    assert step.state == "bad_amount"
    assert account(services)["offers"] == []


def test_a_day_that_has_passed_is_refused_and_another_completes_the_terms(odalys, deal, services):
    refused = deal.consider(odalys.turn(), [money(400), day("2020-01-01")], single=True)
    before = account(services)["offers"]

    completed = deal.consider(odalys.turn("friday then"), [day("2026-11-27")])

    assert (refused.state, before) == ("past_date", [])
    assert (completed.state, completed.offers[0].terms.to_pay) == ("read_back", Money(40000, "USD"))


def test_another_currency_is_asked_about_and_nothing_is_written(odalys, deal, services):
    step = deal.consider(odalys.turn(), [{"entity": "money", "value": 50, "currency": "EUR"}], single=True)

    assert step.state == "ask_currency"
    assert account(services)["offers"] == []


@pytest.mark.parametrize(
    ("words", "kind"),
    [
        ("whichever costs less overall", "settlement"),
        ("总共少一点的那个", "settlement"),
        ("the one with some fees off", "settlement"),
        ("能免罚息的那个", "settlement"),
        ("the instalments one", "plan"),
        ("一次付清的那种", "settlement"),
    ],
)
def test_an_option_is_picked_by_what_sets_it_apart(odalys, deal, words, kind):
    deal.offer(odalys.turn("can I pay bit by bit"), "plan")

    step = deal.choose(odalys.turn(words), None)

    assert (step.state, step.offers[0].terms.kind) == ("read_back", kind)


def test_an_option_is_picked_by_a_figure_that_stands_in_no_other(odalys, deal):
    plan, settlement = deal.offer(odalys.turn("can I pay bit by bit"), "plan").offers
    figure = plan.terms.schedule[0].amount.amount

    step = deal.choose(odalys.turn(f"the one with {figure}"), None)

    assert (step.state, step.offers[0].id) == ("read_back", plan.id)
    assert settlement.terms.to_pay.amount != figure


def test_words_that_single_out_no_option_are_asked_about(odalys, deal):
    deal.offer(odalys.turn("can I pay bit by bit"), "plan")

    step = deal.choose(odalys.turn("that one"), None)

    assert step.state == "which"


@pytest.mark.parametrize(
    ("amount", "state"),
    [({"entity": "money", "value": 50, "currency": "EUR"}, "ask_currency"), (money(0), "bad_amount")],
)
def test_an_amount_that_has_to_be_named_again_keeps_what_was_named_beside_it(odalys, deal, amount, state):
    asked = deal.consider(odalys.turn("…"), [amount, {"entity": "frequency", "value": "monthly"}])

    step = deal.consider(odalys.turn("450 then"), [money(450)], single=True)

    assert asked.state == state
    assert step.offers[0].terms.frequency == "monthly"
    assert step.offers[0].terms.instalments[0].amount == Money.parse("450", "USD")


def test_what_was_missed_last_is_told_until_something_is_agreed_anew(odalys, deal, services, clock):
    step = deal.consider(odalys.turn("20 in three days"), [money(20), day("2026-11-26")], single=True)
    deal.agree(odalys.turn("yes"), step.offers[0].id)
    clock.passes(days=14)
    services.plans.day()
    odalys.prove("7001-3344, born 1987-03-07")

    missed = services.accounts.missed(odalys.id)
    step = deal.offer(odalys.turn("bit by bit"), "plan")
    step = deal.choose(odalys.turn("1"), 1)
    deal.agree(odalys.turn("yes"), step.offers[0].id)

    assert missed is not None
    assert missed[0] == "promise"
    assert missed[1]["amount"] == Money.parse("20", "USD")
    assert services.accounts.missed(odalys.id) is None


@pytest.mark.parametrize(
    ("named", "state"),
    [
        ([money(400), day("2026-12-01")], "agreed"),
        ([money(400)], "read_back"),
        ([money(300), day("2026-12-01")], "read_back"),
    ],
)
def test_a_yes_with_the_terms_in_full_is_one_even_where_something_came_between(odalys, deal, services, named, state):
    deal.consider(odalys.turn("400 on the 1st"), [money(400), day("2026-12-01")], single=True)
    turn = odalys.turn("yes, as I said")
    with services.parts.store.transaction() as session:
        session.get_one(Conversation, odalys.id).last_response = "utter_did_you_mean"

    step = deal.consider(turn, named, single=True, agrees=True)

    assert step.state == state


def test_a_first_part_promised_alone_is_one_payment(odalys, deal):
    step = deal.consider(odalys.turn("200 first"), [money(200, "down_payment"), day("2026-12-01")], single=True)

    assert step.state == "read_back"
    assert step.offers[0].terms.kind == "promise"
