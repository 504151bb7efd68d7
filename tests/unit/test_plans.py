"""Plans and payments with the ledger behind them: each rule by an example."""

from __future__ import annotations

from datetime import date, timedelta

import anyio
import pytest
from sqlalchemy import select

from bot import service
from bot.domain.agreement import NotPossible
from bot.domain.money import Money
from bot.services.accounts import UnknownAccount, balance_of
from bot.services.payments import BadPayment
from bot.services.plans import Upkept
from bot.store import audit
from bot.store.tables import Conversation, Offer
from tests.unit.fakes import CHANGGENG, EBENEZER, HEADER, KAZUO, NOOR, ODALYS
from tests.unit.lives import account_of, agree, audited, entries, offer_of, terms_for, written

TODAY = date(2026, 11, 23)


def plan(services, number=ODALYS) -> dict:
    return services.accounts.show(number)["plans"][0]


def statuses(services, number=ODALYS) -> list[str]:
    return [row["status"] for row in plan(services, number)["schedule"]]


def balance(services, number=ODALYS) -> dict[str, str]:
    return {name: money["amount"] for name, money in services.accounts.show(number)["balance"].items()}


def reasons(services) -> list[str]:
    return [case["reason"] for case in services.cases.all()]


# -- the beginning


def test_a_yes_becomes_an_active_plan(services):
    agree(services, ODALYS, waive=2_000)

    row = plan(services)
    assert (row["status"], row["total"]["amount"], row["waived"]["fees"]["amount"]) == ("active", "1305.50", "20.00")
    assert (row["began_on"], row["authority"], row["pauses"], row["replaces"]) == ("2026-11-23", "bot", 0, None)
    assert [r["paid"]["amount"] for r in row["schedule"]] == ["0.00"] * 3
    assert services.accounts.show(ODALYS)["status"] == "in_plan"
    assert audited(services)[-2:] == ["terms_agreed", "plan_began"]


def test_a_second_plan_is_refused_and_nothing_is_written(services):
    agree(services, ODALYS)
    before = written(services)

    with pytest.raises(NotPossible, match="runs on this account already"):
        agree(services, ODALYS)
    with pytest.raises(NotPossible, match="already"):
        agree(services, ODALYS, 1, kind="promise")
    assert written(services) == before


def test_a_plan_takes_the_place_of_another(services):
    first = agree(services, ODALYS, waive=2_000)
    services.payments.record(ODALYS, "100", "p1")

    agree(services, ODALYS, 5, replacing=True)

    new, old = services.accounts.show(ODALYS)["plans"]
    assert (old["status"], new["status"], new["replaces"]) == ("superseded", "active", first)
    assert new["total"]["amount"] == "1225.50"
    assert "waiver_lost" in audited(services)


def test_terms_that_no_longer_fit_are_refused(services):
    with services.parts.store.transaction() as session:
        account = account_of(services, session, ODALYS)
        terms = terms_for(balance_of(session, account), TODAY, 3)
        offer = offer_of(session, account, terms, services.parts.now(), "c")
        offer_id = offer.id
    services.payments.record(ODALYS, "10", "p1")

    with services.parts.store.transaction() as session:
        account, offer = account_of(services, session, ODALYS), session.get_one(Offer, offer_id)
        with pytest.raises(NotPossible, match=r"1315\.50 USD is owed"):
            services.plans.start(session, account, offer, terms, "yes", services.parts.now())


def test_a_new_promise_moves_the_open_one(services):
    first = agree(services, ODALYS, 1, kind="promise", amount=5_000)
    agree(services, ODALYS, 1, kind="promise", amount=7_000)

    old, new = services.accounts.show(ODALYS)["promises"]
    assert (old["status"], new["status"], new["replaces"]) == ("moved", "open", first)


def test_a_plan_supersedes_a_promise(services):
    agree(services, ODALYS, 1, kind="promise", amount=5_000)
    agree(services, ODALYS)

    assert [p["status"] for p in services.accounts.show(ODALYS)["promises"]] == ["superseded"]


def test_other_open_offers_are_superseded(services):
    with services.parts.store.transaction() as session:
        account = account_of(services, session, ODALYS)
        other = offer_of(session, account, terms_for(balance_of(session, account), TODAY), services.parts.now(), "c").id
    agree(services, ODALYS)

    assert {o["id"]: o["status"] for o in services.accounts.show(ODALYS)["offers"]}[other] == "superseded"


# -- approval


def test_a_plan_that_needs_approval_waits_for_it(services):
    agree(services, ODALYS, needs_approval=True)

    shown = services.accounts.show(ODALYS)
    assert (shown["plan"], shown["status"], shown["plans"][0]["status"]) == (None, "agreed", "agreed")
    assert shown["offers"][0]["approval"] == "wanted"
    (case,) = services.cases.all()
    assert case["reason"] == "plan_approval"
    assert "Waits for approval: plan with 3 payments, 1325.50 USD in all" in case["summary"]
    with pytest.raises(NotPossible, match="waits for approval"):
        agree(services, ODALYS)


def test_approval_begins_the_plan_and_settles_its_case(services):
    agree(services, ODALYS, needs_approval=True)

    services.plans.approve(ODALYS, "Ruth")

    shown = services.accounts.show(ODALYS)
    assert (shown["plan"]["status"], shown["plan"]["approved_by"]) == ("active", "Ruth")
    assert shown["offers"][0]["approval"] == "given"
    assert [case["status"] for case in services.cases.all()] == ["resolved"]
    with pytest.raises(NotPossible, match="no plan waits"):
        services.plans.approve(ODALYS, "Ruth")


def test_a_refusal_cancels_the_plan(services):
    agree(services, ODALYS, needs_approval=True)

    services.plans.refuse(ODALYS, "Ruth")

    shown = services.accounts.show(ODALYS)
    assert (shown["plans"][0]["status"], shown["offers"][0]["approval"]) == ("cancelled", "refused")
    assert audited(services)[-3:] == ["approval_refused", "plan_cancelled", "case_resolved"]


def test_money_that_came_while_it_waited_counts_after_the_approval(services):
    agree(services, ODALYS, waive=2_000, needs_approval=True)
    services.payments.record(ODALYS, "1305.50", "p1")
    waiting = plan(services)["status"], balance(services)["total"]

    services.plans.approve(ODALYS, "Ruth")

    assert waiting == ("agreed", "20.00")
    assert (plan(services)["status"], balance(services)["total"]) == ("completed", "0.00")


def test_a_plan_that_is_to_replace_another_leaves_it_until_it_is_approved(services):
    agree(services, ODALYS)
    agree(services, ODALYS, 5, replacing=True, needs_approval=True)
    before = [p["status"] for p in services.accounts.show(ODALYS)["plans"]]

    services.plans.approve(ODALYS, "Ruth")

    assert before == ["agreed", "active"]
    assert [p["status"] for p in services.accounts.show(ODALYS)["plans"]] == ["active", "superseded"]


def test_what_was_paid_meanwhile_makes_it_another_plan(services):
    agree(services, ODALYS)
    agree(services, ODALYS, 5, replacing=True, needs_approval=True)
    services.payments.record(ODALYS, "50", "p1")

    with pytest.raises(NotPossible, match=r"1275\.50 USD is owed by now, not 1325\.50"):
        services.plans.approve(ODALYS, "Ruth")


@pytest.mark.parametrize("by", ["", "  ", "x" * 41])
def test_who_decides_has_a_name(services, by):
    agree(services, ODALYS, needs_approval=True)

    with pytest.raises(NotPossible, match="who decides"):
        services.plans.approve(ODALYS, by)


# -- payments


@pytest.mark.parametrize(
    ("number", "amount", "why"),
    [
        (ODALYS, "0", "more than nothing"),
        (ODALYS, "-5", "more than nothing"),
        (ODALYS, "NaN", "no.* plain decimal"),
        (ODALYS, "1e3", "plain decimal"),
        (ODALYS, "1,000", "plain decimal"),
        (ODALYS, "", "plain decimal"),
        (ODALYS, "0.001", "more decimals than USD"),
        (KAZUO, "1.5", "more decimals than JPY"),
        (NOOR, "0.0001", "more decimals than KWD"),
        (ODALYS, "1" + "0" * 14, "too large"),
        (NOOR, "1" + "0" * 13, "too large"),
        (KAZUO, "1" + "0" * 16, "too large"),
    ],
)
def test_an_amount_that_cannot_be_is_refused_and_nothing_is_written(services, number, amount, why):
    before = written(services)

    with pytest.raises(BadPayment, match=why) as refusal:
        services.payments.record(number, amount, "p1")
    assert "\n" not in str(refusal.value)
    assert written(services) == before


@pytest.mark.parametrize("provider_id", ["", " p", "p ", "p\n1", "é", "x" * 121])
def test_a_providers_id_is_plain(services, provider_id):
    with pytest.raises(BadPayment, match="provider's id"):
        services.payments.record(ODALYS, "5", provider_id)


def test_a_payment_of_tomorrow_is_refused(services):
    with pytest.raises(BadPayment, match="2026-11-24 is still to come"):
        services.payments.record(ODALYS, "5", "p1", TODAY + timedelta(days=1))


def test_a_payment_to_nobody_is_refused(services):
    with pytest.raises(UnknownAccount, match="XX-1"):
        services.payments.record("XX-1", "5", "p1")


def test_the_same_payment_again_changes_nothing(services):
    agree(services, ODALYS)
    first = services.payments.record(ODALYS, "100.00", "p1")
    before = written(services)

    assert services.payments.record("7001 3344", "100", "p1") == first
    assert services.payments.record(ODALYS, "100", "p1", TODAY) == first
    assert written(services) == before


@pytest.mark.parametrize(
    "other", [(ODALYS, "100.01", "p1"), (CHANGGENG, "100", "p1"), (ODALYS, "100", "p1", TODAY - timedelta(days=1))]
)
def test_another_payment_with_a_known_id_is_refused(services, other):
    services.payments.record(ODALYS, "100", "p1")
    before = written(services)

    with pytest.raises(BadPayment, match="recorded already"):
        services.payments.record(*other)
    assert written(services) == before


def test_without_a_plan_a_payment_goes_to_what_is_owed_in_the_order_of_the_policy(services):
    services.payments.record(ODALYS, "100", "p1")

    assert entries(services, ODALYS) == {"payment:p1:fees": -4_500, "payment:p1:interest": -5_500}
    assert balance(services) == {"principal": "1200.00", "interest": "25.50", "fees": "0.00", "total": "1225.50"}


@pytest.mark.parametrize(
    ("number", "total", "over", "credit"),
    [
        (ODALYS, "1325.50", "1400", "74.50"),
        (KAZUO, "90500", "90501", "1"),
        (NOOR, "312.345", "312.346", "0.001"),
        (EBENEZER, "0.00", "5", "5.00"),
    ],
)
def test_what_is_paid_too_much_is_held(services, number, total, over, credit):
    assert balance(services, number)["total"] == total

    paid = services.payments.record(number, over, "p1")

    shown = services.accounts.show(number)
    assert (shown["credit"]["amount"], paid["credited"]["amount"]) == (credit, credit)
    assert balance(services, number)["total"].strip("0.") == ""
    assert shown["status"] == "settled"


@pytest.mark.parametrize(
    ("number", "waive", "parts"),
    [
        (ODALYS, 2_000, ["435.16", "435.16", "435.18"]),
        (KAZUO, 250, ["30083", "30083", "30084"]),
        (NOOR, 0, ["104.115", "104.115", "104.115"]),
    ],
)
def test_a_plan_is_paid_to_its_end(services, clock, number, waive, parts):
    plan_id = agree(services, number, waive=waive)
    for index, part in enumerate(parts):
        assert statuses(services, number) == ["paid"] * index + ["due"] * (3 - index)
        services.payments.record(number, part, f"p{index}")
        clock.passes(days=30)

    assert plan(services, number)["status"] == "completed"
    assert balance(services, number)["total"].strip("0.") == ""
    assert sum(entries(services, number).get(f"waiver:plan:{plan_id}:{c}", 0) for c in ("fees", "interest")) == -waive
    told = audited(services)
    assert told.count("payment_recorded") == told.count("instalment_paid") == 3
    assert "plan_completed" in told


def test_the_payment_of_an_early_settlement_is_what_was_quoted(services):
    agree(services, ODALYS, waive=2_000, interest=700)
    quote = services.plans.settle_early_quote(ODALYS)

    services.payments.settle_early(ODALYS, "p1")
    services.payments.settle_early(ODALYS, "p1")

    assert quote == Money(130_550, "USD")
    assert (plan(services)["status"], balance(services)["total"]) == ("completed", "0.00")
    assert services.accounts.show(ODALYS)["received"][0]["amount"]["amount"] == "1305.50"


def test_interest_is_posted_on_the_due_day_once(services, clock):
    plan_id = agree(services, ODALYS, interest=700)
    clock.passes(days=10)
    services.plans.day()
    services.plans.day()
    services.payments.record(ODALYS, "100", "p1")

    assert entries(services, ODALYS)[f"interest:plan:{plan_id}:1"] == 700
    assert plan(services)["interest_to_come"]["amount"] == "21.00"
    assert balance(services)["total"] == "1232.50"


def test_a_payment_on_the_due_day_posts_the_interest_itself(services, clock):
    plan_id = agree(services, ODALYS, interest=700)
    clock.passes(days=10)

    services.payments.record(ODALYS, "100", "p1")

    assert entries(services, ODALYS)[f"interest:plan:{plan_id}:1"] == 700


def test_a_promise_is_kept_in_pieces(services):
    agree(services, ODALYS, 1, kind="promise", amount=10_000)

    services.payments.record(ODALYS, "40", "p1")
    partly = services.accounts.show(ODALYS)["promises"][0]
    services.payments.record(ODALYS, "60", "p2")

    assert (partly["status"], partly["paid"]["amount"]) == ("partly", "40.00")
    assert services.accounts.show(ODALYS)["promises"][0]["status"] == "kept"
    assert "promise_kept" in audited(services)


def raise_debt(services, principal: str) -> None:
    services.parts.clock.passes(minutes=1)
    services.portfolio.import_text(
        f"{HEADER}\n{ODALYS},Odalys Brambleworth,1987-03-07,+12025550181,en,US,America/New_York,USD,"
        f"{principal},0.00,0.00,2026-10-17,o@b.test\n",
        "more",
    )


def test_credit_is_used_first_when_something_is_owed_again(services):
    services.payments.record(ODALYS, "1400", "p1")
    raise_debt(services, "50.00")

    services.plans.day()
    services.plans.day()

    shown = services.accounts.show(ODALYS)
    assert (shown["credit"]["amount"], shown["balance"]["total"]["amount"]) == ("24.50", "0.00")
    assert audited(services).count("credit_used") == 1


def test_credit_pays_a_plan_when_a_part_falls_due(services, clock):
    services.payments.record(ODALYS, "1325.60", "p1")
    raise_debt(services, "90.00")
    agree(services, ODALYS)
    services.plans.day()
    before = services.accounts.show(ODALYS)["credit"]["amount"]
    clock.passes(days=10)

    services.plans.day()

    assert before == "0.10"
    assert statuses(services) == ["partly", "due", "due"]
    assert services.accounts.show(ODALYS)["credit"]["amount"] == "0.00"


# -- payments that bounce


def test_a_bounced_payment_is_due_again(services):
    agree(services, ODALYS, waive=2_000)
    services.payments.record(ODALYS, "500", "p1")

    services.payments.reverse("p1")
    before = written(services)
    services.payments.reverse("p1")

    assert statuses(services) == ["due", "due", "due"]
    assert balance(services)["total"] == "1325.50"
    assert sum(entries(services, ODALYS).values()) == 0
    assert reasons(services) == []
    assert services.accounts.show(ODALYS)["received"][0]["reversed_at"]
    assert written(services) == before


def test_a_payment_of_an_ended_plan_that_bounces_is_a_persons(services):
    agree(services, ODALYS, waive=2_000)
    services.payments.record(ODALYS, "1305.50", "p1")

    services.payments.reverse("p1")

    assert plan(services)["status"] == "completed"
    assert balance(services)["total"] == "1305.50"
    assert reasons(services) == ["payment_reversed"]


def test_credit_that_was_spent_is_owed_again(services):
    services.payments.record(ODALYS, "1400", "p1")
    raise_debt(services, "50.00")
    services.plans.day()
    held = services.accounts.show(ODALYS)["credit"]["amount"]

    services.payments.reverse("p1")

    shown = services.accounts.show(ODALYS)
    assert held == "24.50"
    assert (shown["credit"]["amount"], shown["balance"]["total"]["amount"]) == ("0.00", "1375.50")


def test_a_promise_loses_money_that_bounced(services):
    agree(services, ODALYS, 1, kind="promise", amount=10_000)
    services.payments.record(ODALYS, "40", "p1")

    services.payments.reverse("p1")

    promise = services.accounts.show(ODALYS)["promises"][0]
    assert (promise["status"], promise["paid"]["amount"]) == ("open", "0.00")


def test_an_unknown_payment_is_not_taken_back(services):
    with pytest.raises(BadPayment, match="'p9'"):
        services.payments.reverse("p9")


# -- upkeep


def test_a_part_is_missed_and_then_the_plan_is_broken(services, clock):
    agree(services, ODALYS, waive=2_000)
    clock.passes(days=14)
    services.plans.day()
    missed = statuses(services)
    clock.passes(days=31)

    services.plans.day()

    assert missed == ["missed", "due", "due"]
    assert statuses(services) == ["missed", "missed", "cancelled"]
    assert plan(services)["status"] == "broken"
    assert reasons(services) == ["plan_broken"]
    assert services.accounts.show(ODALYS)["status"] == "overdue"
    assert audited(services).count("plan_broken") == 1


def test_a_broken_promise_is_a_persons(services, clock):
    agree(services, ODALYS, 1, kind="promise", amount=10_000)
    clock.passes(days=14)

    services.plans.day()

    assert services.accounts.show(ODALYS)["promises"][0]["status"] == "broken"
    (case,) = services.cases.all()
    assert (case["reason"], case["account"]) == ("promise_broken", ODALYS)
    assert "Identity: not proven now" in case["summary"]


def test_a_second_round_of_upkeep_changes_nothing(services, clock):
    agree(services, ODALYS)
    agree(services, KAZUO, 1, kind="promise", amount=100)
    clock.passes(days=60)
    first = services.plans.day()
    before = written(services)

    second = services.plans.day()

    assert (first.accounts, first.failed) == (2, 0)
    assert (second.accounts, second.offers, second.failed) == (0, 0, 0)
    assert written(services) == before


def test_offers_run_out(services, clock):
    with services.parts.store.transaction() as session:
        account = account_of(services, session, ODALYS)
        terms = terms_for(balance_of(session, account), TODAY)
        offer_of(session, account, terms, services.parts.now(), "c")
    early = services.plans.day().offers
    clock.passes(hours=72)

    late = services.plans.day().offers

    assert (early, late) == (0, 1)
    assert [o["status"] for o in services.accounts.show(ODALYS)["offers"]] == ["expired"]
    assert audited(services)[-1] == "offer_expired"


def test_nothing_is_late_while_a_person_looks_into_it(odalys, services, clock):
    agree(services, ODALYS, conversation=odalys.id)
    services.cases.open(odalys.id, "dispute_debt")
    clock.passes(days=90)
    services.plans.day()
    held = statuses(services)
    services.cases.hand_back("1", "the debt is right")

    services.plans.day()

    assert held == ["due", "due", "due"]
    assert plan(services)["status"] == "broken"


def test_one_account_that_fails_does_not_keep_the_others_waiting(services, clock, monkeypatch):
    agree(services, ODALYS)
    agree(services, KAZUO)
    clock.passes(days=14)
    look_after, broken = services.plans._look_after, []

    def fails_once(account_id: int) -> bool:
        if not broken:
            broken.append(account_id)
            raise RuntimeError("the disk is full")
        return look_after(account_id)

    monkeypatch.setattr(services.plans, "_look_after", fails_once)

    done = services.plans.day()

    assert (done.accounts, done.failed) == (1, 1)
    assert sorted([statuses(services, ODALYS)[0], statuses(services, KAZUO)[0]]) == ["due", "missed"]


def test_a_plan_whose_debt_the_lender_took_away_is_completed(services):
    agree(services, ODALYS)
    raise_debt(services, "0.00")

    services.plans.day()

    assert (plan(services)["status"], statuses(services)) == ("completed", ["cancelled"] * 3)


def test_upkeep_looks_at_no_account_to_which_the_day_brings_nothing(services, clock):
    agree(services, ODALYS)
    early = services.plans._to_look_after()
    clock.passes(days=10)

    assert (early, len(services.plans._to_look_after())) == ([], 1)


@pytest.mark.anyio
async def test_a_round_of_upkeep_that_fails_is_followed_by_the_next(services, monkeypatch):
    rounds = []

    def day() -> Upkept:
        rounds.append(len(rounds))
        if len(rounds) == 1:
            raise RuntimeError("the database is away")
        return Upkept(0, 0, 0)

    monkeypatch.setattr(services.plans, "day", day)
    monkeypatch.setattr(service, "UPKEEP_SECONDS", 0.001)

    async with anyio.create_task_group() as group:
        group.start_soon(service.keep_up, services)
        while len(rounds) < 3:
            await anyio.sleep(0.001)
        group.cancel_scope.cancel()

    assert rounds[:3] == [0, 1, 2]


# -- changes


def test_a_pause_moves_what_is_due(services):
    agree(services, ODALYS)

    paused = services.plans.pause(ODALYS, 14, "bot", "bot")

    assert [row["due_on"] for row in paused["schedule"]] == ["2026-12-17", "2027-01-17", "2027-02-17"]
    assert paused["pauses"] == 1
    assert audited(services)[-1] == "plan_paused"
    with pytest.raises(NotPossible, match="1 of 1 pauses"):
        services.plans.pause(ODALYS, 14)


def test_a_change_of_a_plan_that_is_not_there_is_refused(services):
    for change in (
        lambda: services.plans.pause(ODALYS, 5),
        lambda: services.plans.move_day(ODALYS, 5),
        lambda: services.plans.change_amount(ODALYS, "100"),
        lambda: services.plans.cancel(ODALYS),
        lambda: services.plans.settle_early_quote(ODALYS),
    ):
        with pytest.raises(NotPossible, match="no plan runs"):
            change()


def test_a_plan_moves_to_another_day_of_the_month_within_the_first_payments_days(services):
    agree(services, ODALYS)

    moved = services.plans.move_day(ODALYS, 5)

    assert [row["due_on"] for row in moved["schedule"]] == ["2026-12-05", "2027-01-05", "2027-02-05"]
    clockwise = services.plans.move_day(ODALYS, 28)
    assert clockwise["schedule"][0]["due_on"] == "2026-12-28"
    assert services.plans.move_day(ODALYS, 3)["schedule"][0]["due_on"] == "2026-12-03"


def test_a_day_that_puts_the_next_payment_off_too_long_is_refused(services):
    agree(services, ODALYS, days=33)

    with pytest.raises(NotPossible, match="at most 35 days away"):
        services.plans.move_day(ODALYS, 31)


def test_another_amount(services):
    agree(services, ODALYS)

    changed = services.plans.change_amount(ODALYS, "300")

    live = [row for row in changed["schedule"] if row["status"] != "cancelled"]
    assert [row["amount"]["amount"] for row in live] == ["300.00"] * 4 + ["125.50"]
    assert services.accounts.show(ODALYS)["plan"]["schedule"] == changed["schedule"]
    with pytest.raises(NotPossible, match="more decimals"):
        services.plans.change_amount(ODALYS, "1.005")


def test_the_bot_cancels_no_plan(services):
    agree(services, ODALYS, waive=2_000)

    with pytest.raises(NotPossible, match="by a person"):
        services.plans.cancel(ODALYS, "bot", "bot")
    assert services.plans.cancel(ODALYS, by="Ruth")["status"] == "cancelled"
    assert balance(services)["total"] == "1325.50"


# -- receipts


def receipts(services) -> list[str]:
    return [m["body"] for m in services.outbox.all() if m["kind"] == "receipt"]


def test_a_receipt_tells_figures_to_who_has_proven_who_they_are(odalys, services):
    services.payments.record(ODALYS, "100", "p1")
    services.payments.record(ODALYS, "100", "p1")

    (receipt,) = receipts(services)
    assert receipt.startswith("Your payment of $100.00 has arrived, thank you. $1,225.50 is still to pay.\n")


def test_two_receipts_running_do_not_sound_the_same(odalys, services):
    for payment in ("p1", "p1", "p2", "p3"):
        services.payments.record(ODALYS, "100", payment)

    assert [body.split("\n")[0] for body in receipts(services)] == [
        "Your payment of $100.00 has arrived, thank you. $1,225.50 is still to pay.",
        "Thank you, we've received your payment of $100.00. That leaves $1,125.50 to pay.",
        "Your payment of $100.00 has arrived, thank you. $1,025.50 is still to pay.",
    ]


def test_a_receipt_tells_nobody_else_a_figure(odalys, services, clock):
    clock.passes(days=2)

    services.payments.record(ODALYS, "100", "p1")

    (receipt,) = receipts(services)
    assert not any(char.isdigit() for char in receipt)


def test_nothing_is_sent_to_who_wants_no_messages(odalys, services):
    services.wellbeing.stop_contact(odalys.id)

    services.payments.record(ODALYS, "100", "p1")

    [receipt] = [row for row in services.outbox.all() if row["kind"] == "receipt"]
    assert (receipt["status"], receipt["blocked_by"]) == ("blocked", "contact_stopped")
    assert services.outbox.waiting_for(odalys.id, 0) == []


def test_a_receipt_is_in_the_language_of_the_conversation(odalys, services):
    with services.parts.store.transaction() as session:
        session.get_one(Conversation, odalys.id).language = "zh-Hans"

    services.payments.record(ODALYS, "1325.50", "p1")

    assert "结清" in receipts(services)[0]


def test_all_of_it_is_on_the_audit_chain(services, clock):
    agree(services, ODALYS, waive=2_000, needs_approval=True)
    services.plans.approve(ODALYS, "Ruth")
    services.payments.record(ODALYS, "100", "p1")
    services.payments.reverse("p1")
    services.plans.pause(ODALYS, 5)
    clock.passes(days=90)
    services.plans.day()

    count = len(audited(services))
    with services.parts.store.transaction() as session:
        assert audit.verify(session, services.parts.store.keyring) == count
        assert session.scalars(select(Offer.approval)).all() == ["given"]
