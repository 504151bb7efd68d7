"""`accord policy check`, `explain` and `diff`, and what a running system tells of the policy in force."""

from __future__ import annotations

import copy
import io
import json
import re
from collections.abc import Callable
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any, get_args

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from ruamel.yaml import YAML
from sqlalchemy import select
from typer.testing import CliRunner

from bot import cli, doctor, policy_words
from bot.domain.authority import approval_needed, least_role, outside
from bot.domain.building import plan
from bot.domain.coverage import gaps, shadowed
from bot.domain.debt import Balance, Debt
from bot.domain.keeping import KeepingRules, Record, Shape, chance_kept, expected_share
from bot.domain.money import Money
from bot.domain.negotiation import Wish, options
from bot.domain.policy import OfferPolicy
from bot.domain.policy_changes import changes
from bot.domain.table import Table
from bot.policy_files import BadPolicy, read_policy_file
from bot.services.accounts import UnknownAccount
from bot.services.policies import WISHES, check_file, check_folder, read_change
from bot.settings import ROOT, Settings
from bot.store.database import Store
from bot.store.tables import Account, AuditRecord, Base
from tests.unit.fakes import CHANGGENG, EBENEZER, KAZUO, NOOR, ODALYS, POLICY, WILHELMINA

SIX = [{"entity": "instalments", "value": 6}]
BUDGET = {"income": "2000", "housing": "1000", "living": "600", "debts": "100"}


def parsed(path: Path, text: str) -> OfferPolicy:
    path.write_text(text, encoding="utf-8")
    return read_policy_file(path, OfferPolicy)


@pytest.fixture
def run(policies: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., Any]:
    """The command line with its own policies and a home of its own."""
    for name in Settings.model_fields:
        monkeypatch.delenv(f"ACCORD_{name.upper()}", raising=False)
    monkeypatch.setenv("ACCORD_POLICIES", str(policies))
    monkeypatch.setenv("ACCORD_POLICY", "unit")
    monkeypatch.setenv("ACCORD_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("ACCORD_SAMPLE_PORTFOLIO", "false")
    monkeypatch.setattr(cli, "configure_logging", lambda level: None)
    return lambda *words: CliRunner().invoke(cli.app, ["policy", *map(str, words)])


# -- check


def test_sound_policies_are_named_with_their_version_and_segments_without_a_ledger(run, policies, tmp_path):
    answer = run("check")

    version = read_policy_file(policies / "offers" / "unit.yml", OfferPolicy).version
    line = f"✓ unit.yml: offer policy unit, version {version}, 3 segments: not yet due, early, late"
    assert answer.exit_code == 0
    assert line in answer.output.splitlines()
    for name in ("keeping.yml", "handover.yml", "lender.yml", "safety.yml", "requests.yml", "standard.yml"):
        assert f"✓ {name}: " in answer.output
    assert not (tmp_path / "home").exists()


def test_every_problem_of_every_file_is_named_and_ends_the_check_with_1(run, policies):
    (policies / "keeping.yml").write_text("base: -3.6\nburden_wait: 1\n")
    (policies / "offers" / "unit.yml").write_text(POLICY.replace("rounds: 4", "rounds: 0"))

    answer = run("check")

    assert answer.exit_code == 1
    assert "✗ unit.yml, line 4, rounds: is 0, but must be at least 1" in answer.output
    assert "✗ keeping.yml, line 2, burden_wait: there is no such key here; did you mean burden_weight?" in answer.output
    assert "✓ standard.yml" in answer.output


def test_a_policy_anywhere_is_checked_alone(run, tmp_path):
    file = tmp_path / "tomorrow.yml"
    file.write_text(POLICY.replace("rounds: 4", "rounds: 40"))

    answer = run("check", file)

    assert answer.exit_code == 1
    assert answer.output.splitlines() == ["✗ tomorrow.yml, line 4, rounds: is 40, but must be at most 10"]


@pytest.mark.parametrize(
    ("name", "sound", "spoilt", "sentence"),
    [
        ("keeping.yml", "base: -3.6 ", "base: .nan", "line 4, base: is nan, but must be a number"),
        (
            "keeping.yml",
            "usual_payment_percent: 25",
            "usual_payment_percent: 0",
            "line 10, usual_payment_percent: is 0, but must be more than 0",
        ),
        (
            "keeping.yml",
            "recovery_percent: 25",
            "recovery_percent: 125",
            "line 11, recovery_percent: is 125, but must be a",
        ),
        (
            "handover.yml",
            '"09:00"',
            '"nine"',
            "line 6, opening_hours.from: is 'nine', but must be a time of day such as",
        ),
        (
            "handover.yml",
            "holds: true",
            "holds: maybe",
            "line 20, reasons.express_distress.holds: is 'maybe', but must be",
        ),
        (
            "handover.yml",
            "hours: 4",
            "hours: 0",
            "line 11, priorities.high.answer_within_hours: is 0, but must be more th",
        ),
        (
            "handover.yml",
            "express_distress:      {priority: urgent",
            "express_distress:      {priority: urgnt",
            "line 20, reasons.express_distress.priority: is 'urgnt', but must be urgent, high, normal or low; did you "
            "mean urgent?",
        ),
        (
            "lender.yml",
            "sample: true",
            "sampel: true",
            "line 3, sampel: there is no such key here; did you mean sample?",
        ),
        (
            "lender.yml",
            "  DEFAULT:",
            "  IT:",
            "line 79, crisis_lines: there is no DEFAULT for countries that are not list",
        ),
        (
            "lender.yml",
            "payment_link: https://",
            "payment_link: http://",
            "line 45, payment_link: 'http://pay.harbour-wallet.example/repay' is no address that begins with https://",
        ),
        (
            "lender.yml",
            "from_days: 60,",
            "from_days: 0,",
            "line 49, consequences: the steps stand in the order of their days, not 1, 0",
        ),
        (
            "lender.yml",
            "  to: {en: the credit agency of your country, zh-Hans: 您所在地的征信机构}\n",
            "",
            "line 62, credit_record: reports is true, so `to` must say to which agencies",
        ),
        ("safety.yml", "when_they_disagree:", "when_they_agree:", "when_they_disagree is missing"),
        (
            "requests.yml",
            "  ask_explanation:",
            "  ask_explaination:",
            "there is no request ask_explaination; there are object_to_automation, ask_explanation, "
            "request_data_access, request_correction",
        ),
    ],
)
def test_other_files_are_checked_by_their_name(policies, name, sound, spoilt, sentence):
    path = policies / name
    path.write_text(path.read_text(encoding="utf-8").replace(sound, spoilt, 1), encoding="utf-8")

    [problem] = check_file(path, policies).problems

    assert str(problem).startswith((f"{name}, {sentence}", f"{name}: {sentence}"))


@pytest.mark.parametrize(
    "name", ["keeping.yml", "handover.yml", "lender.yml", "safety.yml", "requests.yml", "offers/unit.yml"]
)
@pytest.mark.parametrize(
    "spoil", [Path.unlink, lambda path: path.write_text("a: [1"), lambda path: path.write_text("- a")]
)
def test_a_file_that_is_missing_or_something_else_is_one_problem(policies, name, spoil):
    spoil(policies / name)

    found = {checked.file: checked for checked in check_folder(policies, "unit")}

    assert len(found[Path(name).name].problems) == 1
    assert sum(len(checked.problems) for checked in found.values()) == 1


@pytest.mark.parametrize(
    ("sound", "spoilt", "warning"),
    [
        (
            "days_past_due: {from: 61}",
            "days_past_due: {from: 20, to: 40}",
            "line 36, segments[late]: can never apply: an earlier segment takes all of its accounts (early)",
        ),
        (
            "days_past_due: {from: 61}",
            "days_past_due: {from: 0, to: 40}\n    products: [card]",
            "line 36, segments[late]: can never apply: earlier segments take all of its accounts (not yet due, early)",
        ),
        (
            "days_past_due: {from: 61}",
            "days_past_due: {from: 71}",
            "line 7, segments: no segment is for 61 to 70 days past due: nothing is offered then",
        ),
        (
            "days_past_due: {from: 61}",
            "days_past_due: {from: 61, to: 90}",
            "line 7, segments: no segment is for 91 days and more past due: nothing is offered then",
        ),
        (
            "rounds: 4",
            "rounds: 4\nnever_negotiated: [report_death, report_fraut]",
            "line 5, never_negotiated[no. 2]: handover.yml has no reason 'report_fraut'; did you mean report_fraud?",
        ),
    ],
)
def test_what_is_hardly_meant_is_a_warning(run, policies, sound, spoilt, warning):
    file = policies / "offers" / "unit.yml"
    file.write_text(POLICY.replace(sound, spoilt))

    answer = run("check", file)

    assert f"! unit.yml, {warning}" in answer.output.splitlines()
    assert answer.exit_code == 0


@pytest.mark.parametrize("more", ["products: [card]", "portfolios: [east]", "balance: {USD: {from: 100}}"])
def test_a_segment_that_takes_only_some_accounts_does_not_shadow_the_next(tmp_path, more):
    policy = parsed(tmp_path / "unit.yml", POLICY.replace("{from: 1, to: 60}", "{from: 1}\n    " + more))

    assert list(shadowed(policy)) == []


def test_segments_shadow_together_and_by_balance_to_the_cent(tmp_path):
    def three(split: str) -> OfferPolicy:
        text = POLICY.replace("{to: 0}", "{}\n    balance: {USD: {to: 99.99}}")
        text = text.replace("{from: 1, to: 60}", f"{{}}\n    balance: {{USD: {{from: {split}}}}}")
        return parsed(tmp_path / "unit.yml", text.replace("{from: 61}", "{}\n    balance: {USD: {from: 50, to: 200}}"))

    assert list(shadowed(three("100"))) == [(2, ["not yet due", "early"])]
    assert list(shadowed(three("100.01"))) == []


def test_a_policy_for_every_day_has_no_gap(tmp_path):
    assert gaps(parsed(tmp_path / "unit.yml", POLICY)) == []


def test_days_before_the_first_segment_are_a_gap(tmp_path):
    assert gaps(parsed(tmp_path / "unit.yml", POLICY.replace("{to: 0}", "{from: -5, to: 0}"))) == [(None, -6)]


# -- explain


def explain(services, number: str = ODALYS) -> dict[str, Any]:
    return services.policies.explain(number)


def words(services, number: str = ODALYS) -> str:
    return "\n".join(policy_words.explained(explain(services, number)))


def change(services, number: str, **fields: Any) -> None:
    with services.parts.store.transaction() as session:
        account = services.accounts.find(session, number)
        for name, value in fields.items():
            setattr(account, name, value)


def with_budget(services, number: str, **figures: str) -> None:
    currency = explain(services, number)["balance"]["total"]["currency"]
    given = {name: {"amount": amount, "currency": currency} for name, amount in {**BUDGET, **figures}.items()}
    change(services, number, budget=json.dumps(given), budget_on=services.parts.today("UTC"))


def test_an_explanation_names_the_segment_with_the_conditions_that_fit(services):
    told = explain(services)

    assert told["segment"] == "early"
    assert [(tried["name"], tried["fits"]) for tried in told["segments"]] == [("not yet due", False), ("early", True)]
    assert told["segments"][1]["conditions"] == [
        {"key": "days_past_due", "allowed": "1 to 60", "found": "37", "fits": True}
    ]
    assert told["policy"] == {"name": "unit", "version": services.parts.policy().version}


def test_an_explanation_names_every_condition_of_a_segment(services, policies):
    more = "\n    balance: {USD: {from: 2000}, GBP: {}}\n    products: [card, loan]\n    portfolios: [east]"
    (policies / "offers" / "unit.yml").write_text(POLICY.replace("{from: 1, to: 60}", f"{{from: 1, to: 60}}{more}"))
    change(services, ODALYS, product="loan")

    told = explain(services)

    assert [(c["key"], c["allowed"], c["found"], c["fits"]) for c in told["segments"][1]["conditions"]] == [
        ("days_past_due", "1 to 60", "37", True),
        ("balance", "USD 2000 or more; GBP any", "1325.50 USD", False),
        ("products", "card, loan", "loan", True),
        ("portfolios", "east", "", False),
    ]
    assert told["segment"] is None


def test_an_explanation_holds_the_authority_of_each_role(services):
    authority = explain(services)["authority"]

    assert {role: may["plan.most_instalments.monthly"] for role, may in authority.items()} == {
        "bot": "6",
        "agent": "9",
        "supervisor": "12",
    }
    assert authority["bot"]["settlement.waive.fees"] == "50"
    assert "plan.smallest_instalment.USD: 10" in words(services)
    assert "plan.smallest_instalment.JPY" not in words(services)


def test_an_explanation_holds_what_the_bot_would_offer_for_each_wish(services):
    told = explain(services)

    assert list(told["options"]) == list(WISHES) == list(get_args(Wish))
    plan, settlement = told["options"]["plan"]
    assert (plan["kind"], plan["instalments"], plan["frequency"]) == ("plan", 3, "monthly")
    assert plan["to_pay"] == {"amount": "1325.50", "currency": "USD"}
    assert plan["ends_on"] == "2027-02-23"
    assert settlement["saved"] == {"amount": "11.25", "currency": "USD"}
    assert 0 < plan["chance_kept"] < settlement["chance_kept"] < 1
    assert told["curve"] == plan["expected_share"]
    assert told["nothing_offered"] is None


def test_an_explanation_says_how_far_the_negotiation_has_come(odalys, services):
    assert explain(services)["round"] == {
        "number": 1,
        "of": 4,
        "last": False,
        "share_conceded": 0.5,
        "kept_for_the_last": 0.0,
    }
    services.negotiation.offer(odalys.turn("plan"), "plan")
    services.negotiation.improve(odalys.turn("no"))

    now = explain(services)["round"]

    assert now["number"] > 1
    assert now["share_conceded"] > 0.5


@pytest.mark.parametrize(
    ("hold", "why"),
    [("express_distress", "held"), ("report_death", "held"), ("complain", None)],
)
def test_a_hold_under_which_nothing_is_negotiated_is_why(services, hold, why):
    change(services, ODALYS, hold=hold)

    nothing = explain(services)["nothing_offered"]

    assert (nothing and nothing["why"]) == why
    assert bool(explain(services)["options"]["plan"]) == (why is None)


def test_a_hold_is_told_in_words(services):
    change(services, ODALYS, hold="report_death")

    assert "Nothing is offered: the account is on hold (report_death), and under that nothing is negotiated." in words(
        services
    )


def test_nothing_is_offered_to_whoever_owes_nothing(services):
    assert explain(services, EBENEZER)["nothing_offered"] == {"why": "settled"}
    assert "Nothing is offered: nothing is owed." in words(services, EBENEZER)


def test_nothing_is_offered_while_a_plan_runs(odalys, services):
    services.negotiation.consider(odalys.turn("six"), SIX)
    odalys.services.negotiation.agree(odalys.turn("yes"))

    nothing = explain(services)["nothing_offered"]

    assert nothing["why"] == "plan_runs"
    assert f"plan {nothing['plan']} runs" in words(services)


def test_nothing_is_offered_where_no_segment_fits(services, policies):
    text = POLICY.replace("days_past_due: {from: 61}", "days_past_due: {from: 61, to: 90}")
    (policies / "offers" / "unit.yml").write_text(text)

    assert explain(services, WILHELMINA)["nothing_offered"] == {"why": "no_authority"}
    assert "No segment of the policy is for this account." in words(services, WILHELMINA)


def test_nothing_is_offered_where_nothing_fits_what_is_left(services):
    with_budget(services, ODALYS, living="895")

    told = explain(services)

    assert told["nothing_offered"] == {"why": "unaffordable", "wishes": ["plan", "relief"]}
    assert (told["options"]["plan"], told["options"]["relief"], told["left_each_month"]["known"]) == ([], [], True)
    assert told["options"]["pay_now"]
    assert (
        "Nothing is offered to somebody who wants to pay in instalments or who has nothing to pay with now: "
        "no terms within the bot's authority fit what is left each month." in words(services)
    )


def test_what_is_left_is_told_as_a_limit_alone(services):
    with_budget(services, ODALYS)

    left = explain(services)["left_each_month"]

    assert left["known"]
    assert left["limit"]["monthly"] == {"amount": "300.00", "currency": "USD"}
    assert "2000" not in words(services)
    assert explain(services, KAZUO)["left_each_month"] == {"known": False, "limit": None}


def test_whatever_needs_a_persons_approval_says_by_which_rule(services, policies):
    rule = "needs_approval: {longer_than_days: 60, balance_over: {USD: 1325.49}}\n  - name: late"
    (policies / "offers" / "unit.yml").write_text(POLICY.replace("- name: late", f"  {rule}", 1))

    plan, settlement = explain(services)["options"]["plan"]

    assert plan["needs_approval"] == ["needs_approval.balance_over", "needs_approval.longer_than_days"]
    assert settlement["needs_approval"] == ["needs_approval.balance_over"]
    assert "a person must approve it by needs_approval.balance_over" in words(services)


def test_an_explanation_writes_nothing(services):
    before = everything(services.parts.store)

    for number in (ODALYS, CHANGGENG, EBENEZER):
        explain(services, number)
    services.policies.compare(*read_change(services.parts.settings.policies / "offers" / "standard.yml"))

    assert everything(services.parts.store) == before


def everything(store: Store) -> dict[str, list[Any]]:
    with store.transaction() as session:
        return {name: session.execute(select(table)).all() for name, table in Base.metadata.tables.items()}


def test_reading_keeps_nobody_from_writing_and_cannot_write(services):
    store = services.parts.store
    with store.reading() as session:
        before = session.scalar(select(Account.hold).where(Account.currency == "USD").limit(1))
        change(services, ODALYS, hold="complain")
        assert session.scalar(select(Account.hold).where(Account.currency == "USD").limit(1)) == before
        session.add(AuditRecord(at=services.parts.now(), actor="x", action="x", subject="x", data={}, hash="x"))
        with pytest.raises(Exception, match="readonly"):
            session.flush()

    assert explain(services)["hold"] == "complain"


def test_an_unknown_account_is_named(services):
    with pytest.raises(UnknownAccount, match="there is no account 1234"):
        explain(services, "1234")


# -- diff


def diff(services, tmp_path: Path, *edits: tuple[str, str]) -> dict[str, Any]:
    text = POLICY
    for before, after in edits:
        assert before in text
        text = text.replace(before, after)
    file = tmp_path / "changed.yml"
    file.write_text(text, encoding="utf-8")
    return services.policies.compare(*read_change(file))


def test_the_same_policy_changes_nothing(services, tmp_path):
    told = diff(services, tmp_path)

    assert told["keys"] == told["segments"] == told["largest"] == []
    assert told["accounts"] == {
        "compared": 5,
        "settled": 1,
        "in_plan": 0,
        "offered_before": 5,
        "offered_after": 5,
        "change_segment": 0,
        "change_authority": 0,
        "change_first_offers": 0,
        "gain_an_offer": 0,
        "lose_every_offer": 0,
        "longest_term_up": 0,
        "longest_term_down": 0,
    }
    assert told["expected_share"]["before"] == told["expected_share"]["after"]


def test_a_moved_limit_between_segments_moves_accounts(services, tmp_path):
    told = diff(services, tmp_path, ("{from: 1, to: 60}", "{from: 1, to: 80}"), ("{from: 61}", "{from: 81}"))

    # Changgeng is 70 days late, and leaves late for early.
    assert told["segments"] == [{"before": "late", "after": "early", "accounts": 1}]
    assert {name: count for name, count in told["accounts"].items() if count} == {
        "compared": 5,
        "settled": 1,
        "offered_before": 5,
        "offered_after": 5,
        "change_segment": 1,
        "change_authority": 1,
        "change_first_offers": 1,
        "longest_term_down": 1,
    }
    assert told["keys"] == [
        {"key": "segments[early].days_past_due.to", "before": "60", "after": "80"},
        {"key": "segments[late].days_past_due.from", "before": "61", "after": "81"},
    ]
    [row] = told["largest"]
    assert row["account_number"] == CHANGGENG
    assert (row["before"]["plan"]["instalments"], row["after"]["plan"]["instalments"]) == (6, 3)
    assert (row["before"]["last_round"]["instalments"], row["after"]["last_round"]["instalments"]) == (12, 6)


def test_a_larger_waiver_is_summed_by_currency(services, tmp_path):
    told = diff(services, tmp_path, ("waive: {fees: 80}", "waive: {fees: 100, interest: 50}"))

    sums = {
        row["after"]["currency"]: (row["before"]["amount"], row["after"]["amount"]) for row in told["waiver_at_most"]
    }
    # Wilhelmina: 40.00 fees, 40.00 interest; Changgeng: 260.00 and 412.30; the others are not late enough.
    assert sums == {
        "USD": ("22.50", "22.50"),
        "GBP": ("32.00", "60.00"),
        "CNY": ("208.00", "466.15"),
        "JPY": ("250", "250"),
        "KWD": ("0.000", "0.000"),
    }
    assert told["accounts"]["change_authority"] == told["accounts"]["change_first_offers"] == 2
    assert {row["account_number"] for row in told["largest"]} == {WILHELMINA, CHANGGENG}


def test_longer_plans_are_lighter_and_expected_to_bring_less_or_more(services, tmp_path):
    told = diff(services, tmp_path, ("monthly: 6}", "monthly: 12}"), ("monthly: 9}", "monthly: 12}"))

    counts = told["accounts"]
    assert (counts["longest_term_up"], counts["longest_term_down"], counts["change_segment"]) == (3, 0, 0)
    assert [row["account_number"] for row in told["largest"]] == [ODALYS, NOOR, KAZUO] or len(told["largest"]) == 3
    assert told["expected_share"]["before"] != told["expected_share"]["after"]


def test_whoever_loses_or_gains_every_offer_is_counted_and_named_first(services, tmp_path, policies):
    shorter = ("days_past_due: {from: 61}", "days_past_due: {from: 61, to: 90}")
    told = diff(services, tmp_path, shorter)

    assert told["accounts"]["lose_every_offer"] == 1
    assert told["segments"] == [{"before": "late", "after": None, "accounts": 1}]
    assert told["largest"][0]["account_number"] == WILHELMINA
    assert told["largest"][0]["after"]["plan"] is None

    (policies / "offers" / "unit.yml").write_text(POLICY.replace(*shorter))
    back = diff(services, tmp_path)

    assert (back["accounts"]["gain_an_offer"], back["accounts"]["lose_every_offer"]) == (1, 0)


def test_holds_plans_and_budgets_count_in_a_comparison(odalys, services, tmp_path):
    services.negotiation.consider(odalys.turn("six"), SIX)
    services.negotiation.agree(odalys.turn("yes"))
    change(services, WILHELMINA, hold="report_death")
    change(services, CHANGGENG, hold="express_distress")
    with_budget(services, KAZUO, income="10000", housing="1000", living="1000", debts="7500")

    told = diff(services, tmp_path, ("rounds: 4", "rounds: 4\nnever_negotiated: []"))

    counts = told["accounts"]
    assert (counts["compared"], counts["in_plan"], counts["settled"]) == (4, 1, 1)
    # Kazuo has 500 JPY left and Changgeng is in distress: no policy offers them anything.
    assert (counts["offered_before"], counts["offered_after"]) == (1, 2)
    assert counts["gain_an_offer"] == 1
    assert told["largest"][0]["account_number"] == WILHELMINA


def test_other_assumptions_change_what_is_expected_and_no_terms(services, policies, tmp_path):
    (tmp_path / "changed").mkdir()
    file = tmp_path / "changed" / "keeping.yml"
    file.write_text((policies / "keeping.yml").read_text().replace("base: -3.6", "base: -2.0"))

    told = services.policies.compare(*read_change(file))

    assert told["keys"] == [{"key": "base", "before": "-3.6", "after": "-2.0"}]
    assert told["accounts"]["change_first_offers"] == 0
    assert told["expected_share"]["after"] < told["expected_share"]["before"]


def test_a_comparison_is_one_pass(services, tmp_path, monkeypatch):
    from sqlalchemy import event

    asked: list[str] = []
    event.listen(services.parts.store.engine, "before_cursor_execute", lambda *args: asked.append(args[2]))

    diff(services, tmp_path, ("waive: {fees: 80}", "waive: {fees: 90}"))

    assert (
        sum(text.startswith("SELECT") for text in asked) == 2
    )  # the portfolio, and the numbers of the largest changes


def test_only_the_ten_largest_changes_are_named(services, tmp_path):
    from bot.services.policies import First, Totals

    totals, first = Totals(), First("early", None, True, 3, "monthly", 100, 0, 6, 180, 0, 0.5)
    nothing = Money.zero("USD")
    debt = Debt(Balance(Money(1000, "USD"), nothing, nothing), date(2026, 10, 17))
    for number in range(1, 31):
        totals.add(number, debt, 37, first, replace(first, largest=100 + number % 15))

    assert [change.account_id for change in totals.largest()] == [14, 29, 13, 28, 12, 27, 11, 26, 10, 25]

    totals.add(31, debt, 37, first, replace(first, offered=False))

    assert [change.account_id for change in totals.largest()][:2] == [31, 14]


def test_changed_keys_are_told_once_and_in_the_words_of_the_file(tmp_path):
    before = parsed(tmp_path / "unit.yml", POLICY)
    text = POLICY.replace("within_days: 35", "within_days: 40").replace(
        "fees: 50", "fees: {percent: 60, amount: {USD: 20.50}}"
    )
    text = text.replace("rounds: 4", "rounds: 4\ndue_dates: {weekends: next}")
    after = parsed(tmp_path / "unit.yml", text)

    assert [str(change.as_json()) for change in changes(before, after)] == [
        str({"key": key, "before": old, "after": new})
        for key, old, new in [
            ("due_dates.weekends", "stay", "next"),
            ("segments[early].authority.bot.plan.first_payment_within_days", "35", "40"),
            ("segments[early].authority.bot.settlement.waive.fees", "50", "60"),
            ("segments[early].authority.bot.settlement.waive.fees.amount.USD", "nothing", "20.5"),
        ]
    ]


def test_a_new_segment_one_that_is_gone_and_another_order_are_told_as_such(tmp_path):
    before = parsed(tmp_path / "unit.yml", POLICY)
    after = parsed(tmp_path / "unit.yml", POLICY.replace("name: early", "name: fresh"))

    assert [(c.key, c.before, c.after) for c in changes(before, after)] == [
        ("segments[early]", "a segment", "nothing"),
        ("segments[fresh]", "nothing", "a new segment"),
        ("segments", "not yet due, early, late", "not yet due, fresh, late"),
    ]


def test_a_bad_file_is_refused_with_its_sentences(run, tmp_path):
    file = tmp_path / "tomorrow.yml"
    file.write_text(POLICY.replace("rounds: 4", "rounds: 0").replace("opening_percent: 50", "opening_percent: -1"))

    answer = run("diff", file)

    assert answer.exit_code == 1
    assert answer.output.splitlines() == [
        "tomorrow.yml, line 4, rounds: is 0, but must be at least 1",
        "tomorrow.yml, line 5, opening_percent: is -1, but must be at least 0",
    ]
    assert not (tmp_path / "home").exists()


def test_a_file_that_offers_nothing_is_not_compared(run, policies):
    answer = run("diff", policies / "handover.yml")

    assert answer.exit_code == 1
    assert "handover.yml: changes nothing of what is offered" in answer.output


def test_comparisons_and_explanations_are_told_in_words_and_as_json(services, run, policies):
    file = policies / "offers" / "standard.yml"

    told = run("diff", file).output
    explained = run("explain", ODALYS).output

    assert "segments[late].authority.bot.settlement.waive.fees" not in told  # 80 in both
    assert "Waived at most by the bot, if every account settled in the last round:" in told
    assert "Account 7001-3344 on " in explained
    assert json.loads(run("diff", file, "--json").output)["after"]["name"] == "standard"
    assert json.loads(run("explain", ODALYS, "--json").output)["account_number"] == ODALYS
    assert run("explain", "1234").exit_code == 1


# -- a running system


def notes(services) -> list[tuple[str, str]]:
    with services.parts.store.transaction() as session:
        records = session.scalars(select(AuditRecord).order_by(AuditRecord.seq)).all()
        return [(r.subject, r.data["version"]) for r in records if r.action == "policy_in_force"]


def test_a_version_is_put_on_the_audit_chain_when_it_is_first_negotiated_under(odalys, services, policies):
    assert notes(services) == []
    first = services.parts.policy().version

    services.negotiation.offer(odalys.turn("plan"), "plan")
    services.negotiation.improve(odalys.turn("no"))
    services.negotiation.improve(odalys.turn("no"))
    assert notes(services) == [("unit", first)]

    (policies / "offers" / "unit.yml").write_text(POLICY.replace("rounds: 4", "rounds: 5"))
    services.policies.explain(ODALYS)
    assert notes(services) == [("unit", first)]
    services.negotiation.improve(odalys.turn("no"))
    services.negotiation.offer(odalys.turn("plan"), "plan")
    assert notes(services) == [("unit", first), ("unit", services.parts.policy().version)]


def test_a_version_is_put_on_the_audit_chain_once_however_often_the_program_starts(odalys, services, open_home):
    services.negotiation.offer(odalys.turn("plan"), "plan")

    again = open_home()
    again.negotiation.improve(odalys.turn("no"))

    assert len(notes(again)) == 1


def test_the_policy_in_force_is_told_and_whether_its_file_was_refused(services, policies):
    version = services.parts.policy().version
    assert services.policies.in_force() == {"name": "unit", "version": version, "refused": False}

    (policies / "offers" / "unit.yml").write_text("rounds: [")

    assert services.policies.in_force() == {"name": "unit", "version": version, "refused": True}


def test_doctor_reads_the_file_itself_and_asks_the_program_what_is_in_force(run, policies, monkeypatch):
    class Health:
        status_code = 200

        def json(self) -> dict[str, Any]:
            return {"parts": {"store": "ok"}, "policy": {"name": "unit", "version": "0123", "refused": True}}

    monkeypatch.setattr(doctor.httpx, "get", lambda *args, **kwargs: Health())
    (policies / "offers" / "unit.yml").write_text(POLICY.replace("rounds: 4", "rounds: 0"))

    found = [(finding.mark, finding.subject, finding.text) for finding in doctor.examine(Settings(_env_file=None))]

    assert ("✗", "policy", "refused: unit.yml, line 4, rounds: is 0, but must be at least 1") in found
    assert ("!", "in force", "unit, version 0123; the file on disk is refused and changes nothing") in found


def test_doctor_names_a_sound_policy_with_its_version(run, policies):
    version = read_policy_file(policies / "offers" / "unit.yml", OfferPolicy).version

    found = [(finding.mark, finding.subject, finding.text) for finding in doctor.examine(Settings(_env_file=None))]

    assert ("✓", "policy", f"unit, version {version}") in found


def test_doctor_names_the_places_to_turn_to_that_nobody_has_verified(run, policies):
    path = policies / "lender.yml"
    lines, advice = path.read_text(encoding="utf-8").split("debt_advice:")
    path.write_text(f"{lines.replace('verified: false', 'verified: true')}debt_advice:{advice}", encoding="utf-8")

    found = [finding.text for finding in doctor.examine(Settings(_env_file=None)) if finding.subject == "lender"]

    assert not any(text.startswith("crisis_lines") for text in found)
    assert any(text.startswith("debt_advice: not verified for US, GB, SG") for text in found)


# -- the worked example for lenders


def example() -> str:
    text = (ROOT / "docs" / "lenders.md").read_text(encoding="utf-8")
    return text[text.index("```yaml") :].split("```")[1].removeprefix("yaml\n")


def test_the_example_in_the_documentation_is_sound_and_does_what_is_said_of_it(tmp_path):
    policy = parsed(tmp_path / "example.yml", example())
    debt = Debt(*_owed("USD"), due_date=date(2026, 10, 17))
    table = Table(debt, policy, policy.segments[1], date(2026, 11, 23))

    steady, settled = options(table, "plan")
    last = replace(table, round=4)
    longest, waived = options(last, "plan")

    assert check_file(tmp_path / "example.yml", ROOT / "policies").warnings == ()
    assert [p.amount for p in steady.schedule] == [Money(33_137, "USD")] * 3 + [Money(33_139, "USD")]
    assert (settled.to_pay, settled.saved) == (Money(131_425, "USD"), Money(1_125, "USD"))
    assert (len(longest.schedule), waived.saved) == (9, Money(2_250, "USD"))
    assert (approval_needed(table, steady), approval_needed(last, longest)) == ([], ["longer_than_days"])
    assert least_role(table, plan(table, 12, "monthly")) == "agent"


def test_every_key_of_a_policy_is_in_the_documentation():
    text = (ROOT / "docs" / "lenders.md").read_text(encoding="utf-8")
    schema = OfferPolicy.model_json_schema()
    named = {f"`{name}" for model in (schema, schema["$defs"]["Segment"]) for name in model["properties"]} - {
        "`version"
    }
    groups = {"plan": "PlanAuthority", "settlement": "SettlementAuthority", "promise": "PromiseAuthority"}
    groups |= {"pause": "PauseAuthority", "due_dates": "DueDates", "keeping": "Keeping", "needs_approval": "Approval"}
    named |= {f"`{group}.{name}`" for group, model in groups.items() for name in schema["$defs"][model]["properties"]}

    assert {name for name in named if name not in text} == set()


@pytest.mark.parametrize("weights", [{"base": -20, "kept_weight": -20}, {"base": 20}, {"burden_weight": 20}])
@pytest.mark.parametrize("count", [1, 2, 60, 520])
def test_whatever_assumptions_are_sound_shares_lie_between_nothing_and_all(weights, count):
    rules = KeepingRules(discount_percent_a_year=0, **weights)
    shape = Shape(count, 1 / count, every=7, starts_in=7)

    assert 0 <= chance_kept(shape, rules, 100, Record(kept=3), 0.1) <= 1
    assert 0 <= expected_share(shape, rules, 100, Record(kept=3), 0.1) <= 1.001


# -- whatever is in a file


SOUND: dict[str, Any] = YAML(typ="safe", pure=True).load(POLICY)


def paths(value: Any, keys: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    inner = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    return [keys] * bool(keys) + [path for key, part in inner for path in paths(part, (*keys, key))]


NUMBERS = [0, -1, -(10**12), 10**12, 0.001, 9.999, 1e30, float("nan"), float("inf")]
GROUPS = [{}, {"a": 1}, {1: 2}, {"USDT": 1}, {"JPY": 0.5}, {"KWD": 1.0001}, {"percent": 5}, {"from": 9, "to": 1}]
WRONG = st.sampled_from([*NUMBERS, *GROUPS, None, True, "soon", "", [], [1], "2026-11-23"])
SPOIL = st.tuples(st.sampled_from(paths(SOUND)), st.sampled_from(["drop", "rename", "put"]), WRONG)


def spoilt(spoils: list[tuple[tuple[Any, ...], str, Any]]) -> str:
    data = copy.deepcopy(SOUND)
    for path, how, value in spoils:
        at = data
        try:
            for key in path[:-1]:
                at = at[key]
            old = at.pop(path[-1])
        except (KeyError, IndexError, TypeError, AttributeError):
            continue
        if how == "rename" and isinstance(at, dict):
            at[f"{path[-1]}x"] = old
        elif how == "put" and isinstance(at, dict):
            at[path[-1]] = value
        elif how == "put":
            at.insert(path[-1], value)
    text = io.StringIO()
    YAML(typ="safe", pure=True).dump(data, text)
    return text.getvalue()


@settings(max_examples=150)
@given(st.lists(SPOIL, min_size=1, max_size=4))
def test_whatever_is_spoilt_is_refused_with_its_line_or_can_be_negotiated_under(tmp_path_factory, spoils):
    file = tmp_path_factory.getbasetemp() / "unit.yml"
    file.write_text(spoilt(spoils), encoding="utf-8")
    lines = file.read_text(encoding="utf-8").count("\n") + 1

    try:
        policy = read_policy_file(file, OfferPolicy)
    except BadPolicy as refusal:
        for sentence in str(refusal).splitlines():
            found = re.match(r"unit\.yml, line (\d+)(, .+?)?: .", sentence)
            assert found, sentence
            assert 1 <= int(found[1]) <= lines
            assert not re.search(r"Input|pydantic|valid |NoneType|__", sentence)
        return

    check_file(file, file.parent)
    today, debt = date(2026, 11, 23), Debt(*_owed("USD"), due_date=date(2026, 10, 17))
    segment = policy.segment(debt, 37)
    if segment is not None:
        table = Table(debt, policy, segment, today)
        assert not [key for wish in WISHES for terms in options(table, wish) for key in outside(table, terms)]


def _owed(currency: str) -> tuple[Balance]:
    return (Balance(Money(120_000, currency), Money(8_050, currency), Money(4_500, currency)),)
