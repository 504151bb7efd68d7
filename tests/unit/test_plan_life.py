"""The life of plans on the real services and an SQLite ledger: whatever happens in whatever order, the sums hold."""

from __future__ import annotations

import shutil
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)
from sqlalchemy import select

from bot import policy_files
from bot.bootstrap import Services, open_services
from bot.domain.agreement import LIVING, NotPossible
from bot.domain.debt import COMPONENTS
from bot.domain.money import Money
from bot.services.accounts import CREDIT, balance_of, open_promises
from bot.services.payments import BadPayment
from bot.settings import Settings
from bot.store import audit
from bot.store.tables import Account, Case, Conversation, LedgerEntry, Plan
from tests.unit import conftest
from tests.unit.fakes import KAZUO, MONDAY, NOOR, ODALYS, PORTFOLIO, Clock
from tests.unit.lives import account_of, agree, offer_of, terms_for, written

NUMBERS = (ODALYS, KAZUO, NOOR)
accounts = st.runner().map(lambda life: life.number)


class LedgerLife(RuleBasedStateMachine):
    """One of three borrowers, with dollars, yen or dinars; the program is closed and opened again now and then."""

    steps = 0
    examples = 0
    ledger: Path
    folder: Path
    policies: Path

    @initialize(
        number=st.sampled_from(NUMBERS),
        count=st.integers(1, 5),
        share=st.integers(0, 90),
        interest=st.sampled_from([0, 3]),
        needs_approval=st.sampled_from([False, False, True]),
    )
    def begin(self, number: str, count: int, share: int, interest: int, needs_approval: bool) -> None:
        self.number = number
        type(self).examples += 1
        self.home = self.folder / str(self.examples)
        shutil.copytree(self.ledger, self.home)
        self.clock = Clock()
        self.services = self.opened()
        self.payments: list[tuple[str, str, str, Any]] = []
        self.bounced: set[str] = set()
        self.received = {number: 0}
        self.ends: dict[int, dict[str, Any]] = {}
        # Accounts on which something else than their plan changed what is owed.
        self.changed_outside: set[str] = set()
        self.agree(number, count, 5, share, interest, False, needs_approval)

    def opened(self) -> Services:
        given = {"home": self.home, "policies": self.policies, "policy": "unit", "sample_portfolio": False}
        return open_services(Settings(_env_file=None, **given), clock=self.clock)

    def teardown(self) -> None:
        if not hasattr(self, "services"):
            return
        with self.services.parts.store.transaction() as session:
            assert audit.verify(session, self.services.parts.store.keyring) > 0
            assert session.connection().exec_driver_sql("PRAGMA foreign_key_check").all() == []
        self.services.close()
        shutil.rmtree(self.home)

    def attempt(self, number: str, call: Any) -> bool:
        """Does something or is refused; what is refused writes nothing."""
        type(self).steps += 1
        before = written(self.services)
        try:
            call()
        except (NotPossible, BadPayment):
            assert written(self.services) == before
            return False
        return True

    # -- agreements

    @rule(
        number=accounts,
        count=st.integers(1, 5),
        days=st.integers(0, 30),
        share=st.integers(0, 90),
        interest=st.sampled_from([0, 0, 3]),
        replacing=st.booleans(),
        needs_approval=st.sampled_from([False, False, True]),
    )
    def agree(
        self,
        number: str,
        count: int,
        days: int,
        share: int,
        interest: int,
        replacing: bool,
        needs_approval: bool,
    ) -> None:
        with self.services.parts.store.transaction() as session:
            owed = balance_of(session, account_of(self.services, session, number))
        if owed.total.minor < 100:
            return
        given = {
            "days": days,
            "waive": owed.fees.minor * share // 100,
            "interest": interest,
            "replacing": replacing,
            "needs_approval": needs_approval,
        }
        if self.attempt(number, lambda: agree(self.services, number, count, **given)):
            self.verify_conversation(number)
            if not needs_approval:
                self.changed_outside.discard(number)

    def verify_conversation(self, number: str) -> None:
        """Whoever agrees has proven who they are."""
        with self.services.parts.store.transaction() as session:
            account = account_of(self.services, session, number)
            conversation = session.get_one(Conversation, f"talk-{account.id}")
            conversation.account_id, conversation.verified_until = account.id, MONDAY + timedelta(days=9_999)

    @rule(number=accounts, share=st.integers(1, 100))
    def promise(self, number: str, share: int) -> None:
        with self.services.parts.store.transaction() as session:
            owed = balance_of(session, account_of(self.services, session, number)).total.minor
        if owed:
            amount = max(1, owed * share // 100)
            self.attempt(number, lambda: agree(self.services, number, 1, kind="promise", amount=amount))

    @rule(number=accounts, yes=st.booleans())
    def decide(self, number: str, yes: bool) -> None:
        decision = self.services.plans.approve if yes else self.services.plans.refuse
        self.attempt(number, lambda: decision(number, "Ruth"))

    @rule(number=accounts)
    def offer(self, number: str) -> None:
        with self.services.parts.store.transaction() as session:
            account = account_of(self.services, session, number)
            owed = balance_of(session, account)
            if owed.total.minor:
                terms = terms_for(owed, self.clock.at.date() + timedelta(days=3), 1)
                offer_of(session, account, terms, self.clock.at, f"talk-{account.id}")

    # -- money

    @rule(number=accounts, percent=st.integers(1, 120), late=st.integers(0, 3))
    def pay(self, number: str, percent: int, late: int) -> None:
        with self.services.parts.store.transaction() as session:
            account = account_of(self.services, session, number)
            owed, currency = balance_of(session, account).total.minor, account.currency
            day = self.services.parts.today(account.time_zone) - timedelta(days=late)
        amount = f"{Money(max(1, owed * percent // 100), currency).amount:f}"
        self.record(number, amount, f"p{len(self.payments)}", day)

    @rule(number=accounts)
    def pay_what_is_next(self, number: str) -> None:
        shown = self.services.accounts.show(number)
        rows = [row for row in (shown["plan"] or {"schedule": []})["schedule"] if row["status"] != "cancelled"]
        for row in rows:
            left = Money.parse(row["amount"]["amount"], shown["currency"]) - Money.parse(
                row["paid"]["amount"], shown["currency"]
            )
            if left:
                self.record(number, f"{left.amount:f}", f"p{len(self.payments)}", None)
                return

    def record(self, number: str, amount: str, provider_id: str, day: Any) -> None:
        if self.attempt(number, lambda: self.services.payments.record(number, amount, provider_id, day)):
            self.payments.append((number, amount, provider_id, day))
            with self.services.parts.store.transaction() as session:
                currency = account_of(self.services, session, number).currency
            self.received[number] += Money.parse(amount, currency).minor

    @precondition(lambda self: self.payments)
    @rule(data=st.data())
    def the_same_payment_again(self, data: st.DataObject) -> None:
        number, amount, provider_id, day = data.draw(st.sampled_from(self.payments))
        before = written(self.services)
        assert self.attempt(number, lambda: self.services.payments.record(number, amount, provider_id, day))
        assert written(self.services) == before
        assert not self.attempt(number, lambda: self.services.payments.record(number, amount + "1", provider_id, day))

    @precondition(lambda self: self.payments)
    @rule(data=st.data())
    def bounce(self, data: st.DataObject) -> None:
        number, amount, provider_id, _ = data.draw(st.sampled_from(self.payments))
        shown = self.services.accounts.show(number)
        assert self.attempt(number, lambda: self.services.payments.reverse(provider_id))
        if provider_id not in self.bounced:
            self.bounced.add(provider_id)
            self.received[number] -= Money.parse(amount, shown["currency"]).minor
            self.changed_outside.add(number)

    @rule(number=accounts)
    def settle_early(self, number: str) -> None:
        provider_id = f"p{len(self.payments)}"

        def settle() -> None:
            done = self.services.payments.settle_early(number, provider_id)
            self.record(number, done["amount"]["amount"], provider_id, None)

        if self.attempt(number, settle):
            assert self.services.accounts.show(number)["plan"] is None

    @rule(number=accounts, percent=st.integers(50, 150), really=st.integers(0, 2))
    def the_lender_says_otherwise(self, number: str, percent: int, really: int) -> None:
        """A second import of the portfolio, with another principal."""
        if really:
            return
        header, *rows = PORTFOLIO.splitlines()
        columns = header.split(",")
        row = next(r for r in rows if r.startswith(number)).split(",")
        with self.services.parts.store.transaction() as session:
            owed = balance_of(session, account_of(self.services, session, number))
        for name in COMPONENTS:
            amount: Money = getattr(owed, name)
            if name == "principal":
                amount = Money(amount.minor * percent // 100, amount.currency)
            row[columns.index(name)] = f"{amount.amount:f}"
        self.clock.passes(seconds=1)
        type(self).steps += 1
        self.services.portfolio.import_text(f"{header}\n{','.join(row)}\n", "again")
        self.changed_outside.add(number)

    # -- changes

    @rule(
        number=accounts,
        change=st.sampled_from(["pause", "pause", "move_day", "change_amount", "change_amount", "cancel"]),
        figure=st.integers(0, 33),
        role=st.sampled_from(["bot", "agent"]),
    )
    def change(self, number: str, change: str, figure: int, role: Any) -> None:
        plans = self.services.plans
        if change == "cancel":
            self.attempt(number, lambda: plans.cancel(number, role))
        elif change == "change_amount":
            total = self.services.accounts.show(number)["balance"]["total"]
            minor = Money.parse(total["amount"], total["currency"]).minor // (1 + figure % 12)
            amount = f"{Money(max(1, minor), total['currency']).amount:f}"
            self.attempt(number, lambda: plans.change_amount(number, amount, role))
        else:
            self.attempt(number, lambda: getattr(plans, change)(number, figure, role))

    # -- time, upkeep, restarts

    @rule(days=st.integers(-3, 16), upkeep=st.booleans())
    def days_pass(self, days: int, upkeep: bool) -> None:
        self.clock.passes(days=days, minutes=1)
        if upkeep:
            self.keep_up()

    @rule()
    def keep_up(self) -> None:
        type(self).steps += 1
        assert self.services.plans.day().failed == 0
        before = written(self.services)
        again = self.services.plans.day()
        assert (again.accounts, again.offers, again.failed) == (0, 0, 0)
        assert written(self.services) == before

    @rule()
    def restart(self) -> None:
        type(self).steps += 1
        self.services.close()
        self.services = self.opened()

    # -- cases

    @rule(number=accounts, reason=st.sampled_from(["request_human", "complain", "dispute_debt", "request_document"]))
    def open_a_case(self, number: str, reason: str) -> None:
        with self.services.parts.store.transaction() as session:
            known = session.get(Conversation, f"talk-{account_of(self.services, session, number).id}") is not None
        if known:
            type(self).steps += 1
            self.services.cases.open(f"talk-{self.account_id(number)}", reason)

    @rule()
    def hand_back(self) -> None:
        for case in self.services.cases.all():
            if case["status"] != "resolved":
                type(self).steps += 1
                self.services.cases.hand_back(case["id"], "done")

    def account_id(self, number: str) -> int:
        with self.services.parts.store.transaction() as session:
            return account_of(self.services, session, number).id

    # -- what always holds

    @invariant()
    def the_ledger_is_whole(self) -> None:
        with self.services.parts.store.transaction() as session:
            for number in [self.number]:
                account = account_of(self.services, session, number)
                rows = session.scalars(select(LedgerEntry).where(LedgerEntry.account_id == account.id)).all()
                sums = {name: sum(r.amount for r in rows if r.component == name) for name in (*COMPONENTS, CREDIT)}
                assert all(sums[name] >= 0 for name in COMPONENTS)
                assert sums[CREDIT] <= 0
                # Money only comes from payments: what they paid and what is held is what arrived.
                paid = sum(r.amount for r in rows if r.kind in ("payment", "reversal", "credit"))
                assert -paid == self.received[number]
                self.plans_are_whole(session, account, number, rows)

    def plans_are_whole(self, session: Any, account: Account, number: str, rows: Any) -> None:
        plans = session.scalars(select(Plan).where(Plan.account_id == account.id)).all()
        for status in LIVING:
            assert sum(plan.status == status for plan in plans) <= 1
        waivers = {(r.plan_id, r.component): -r.amount for r in rows if r.kind == "waiver"}
        for plan in plans:
            parts = [row for row in plan.instalments if row.status != "cancelled"]
            waived = sum(amount for (plan_id, _), amount in waivers.items() if plan_id == plan.id)
            assert waived == 0 or plan.status == "completed"
            assert waived <= sum(plan.waived.values())
            assert all(0 <= row.paid <= row.amount for row in parts)
            left = sum(row.amount - row.paid for row in parts if row.status != "paid")
            if plan.status == "completed":
                assert left == 0
            if plan.status == "active" and number not in self.changed_outside:
                posted = {r.key for r in rows if r.kind == "interest"}
                to_come = sum(r.interest for r in parts if f"interest:plan:{plan.id}:{r.number}" not in posted)
                owed = balance_of(session, account).total.minor
                assert left - to_come + sum(plan.waived.values()) == owed
            if plan.status not in LIVING:
                facts = {
                    "status": plan.status,
                    "ended": plan.ended_at,
                    "parts": [(r.number, r.paid, r.status) for r in plan.instalments],
                }
                assert self.ends.setdefault(plan.id, facts) == facts

    @invariant()
    def promises_are_single(self) -> None:
        with self.services.parts.store.transaction() as session:
            assert len(open_promises(session, account_of(self.services, session, self.number).id)) <= 1

    @invariant()
    def a_conversation_has_one_open_case(self) -> None:
        with self.services.parts.store.transaction() as session:
            waiting = session.scalars(select(Case.conversation_id).where(Case.status != "resolved")).all()
        assert len(waiting) == len(set(waiting))


def test_any_life_on_the_ledger_keeps_its_sums(
    peopled_ledger: Path, tmp_path: Path, policies: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in Settings.model_fields:
        monkeypatch.delenv(f"ACCORD_{name.upper()}", raising=False)
    monkeypatch.setattr(
        policy_files,
        "read_policy_file",
        lambda path, model: conftest.remembered(path.read_text(encoding="utf-8"), path.name, model),
    )
    LedgerLife.ledger, LedgerLife.folder, LedgerLife.policies = peopled_ledger, tmp_path, policies
    LedgerLife.steps = 0

    run_state_machine_as_test(LedgerLife, settings=settings(max_examples=25, stateful_step_count=60, deadline=None))

    assert LedgerLife.steps >= 700
