"""Plans and promises from the yes to their end: beginning, upkeep, changes, approval.

Every change is a step of `bot.domain.agreement`; here it becomes ledger entries, rows, audit records and cases, in
one transaction an account. What a role may change stands in the offer policy in force.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import structlog
from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

from bot.domain.agreement import LIVE_PLEDGE, Agreement, NotPossible, Step, allocate
from bot.domain.debt import COMPONENTS
from bot.domain.money import Money, MoneyError
from bot.domain.offer import Terms
from bot.domain.policy import Authority, Role
from bot.services.accounts import (
    CREDIT,
    Accounts,
    UnknownAccount,
    active_plan,
    agreed_plan,
    balance_of,
    credit_of,
    debt_of,
    open_promises,
    plan_json,
)
from bot.services.cases import Cases
from bot.services.parts import Parts
from bot.services.plan_rows import Book, locked, pledge_of
from bot.store.tables import Account, Conversation, LedgerEntry, Offer, Plan, PlanInstalment, Promise

log = structlog.get_logger()

APPROVAL = "plan_approval"
LONGEST_NAME = 40


@dataclass(frozen=True)
class Upkept:
    """What a round of upkeep looked after: accounts that something happened to, offers that ran out, failures."""

    accounts: int
    offers: int
    failed: int


class Plans:
    """The use cases of a plan's life after the yes."""

    def __init__(self, parts: Parts, accounts: Accounts, cases: Cases) -> None:
        self.parts = parts
        self.accounts = accounts
        self.cases = cases

    # -- the beginning

    def start(
        self,
        session: Session,
        account: Account,
        offer: Offer,
        terms: Terms,
        words: str,
        now: datetime,
        authority: Role = "bot",
        needs_approval: bool = False,
        *,
        turn_id: int | None = None,
        replaces: Plan | None = None,
        at_time: str | None = None,
        channel: str | None = None,
    ) -> Plan | Promise:
        """A clear yes becomes a plan or a promise, in the transaction of the yes.

        The offer is accepted, every other open one superseded, open promises make way. A plan that needs approval
        waits as ``agreed`` (a case asks for it), any other is active at once. ``replaces``: the active plan whose
        place it takes, at once or once it is approved. Raises NotPossible where a plan stands already that is not
        replaced, and where the terms do not fit what is owed.
        """
        account = locked(session, account.id)
        running, waiting = active_plan(session, account.id), agreed_plan(session, account.id)
        if waiting is not None:
            raise NotPossible("a plan waits for approval on this account")
        if running is not None and (replaces is None or replaces.id != running.id):
            raise NotPossible("a plan runs on this account already")
        if running is not None and terms.kind == "promise":
            raise NotPossible("a promise does not take the place of a plan")
        book = Book(self.parts, self.cases, session, account, "borrower")
        agreement = None if terms.kind == "promise" else Agreement.of(terms, balance_of(session, account), book.rules)
        offer.status = "accepted"
        if needs_approval and agreement is not None:
            offer.approval = "wanted"
        session.execute(
            update(Offer)
            .where(Offer.account_id == account.id, Offer.status == "open", Offer.id != offer.id)
            .values(status="superseded")
        )
        book.audit(
            "terms_agreed",
            offer.id,
            turn=turn_id,
            terms=offer.terms,
            policy_version=offer.policy_version,
            authority=authority,
            needs_approval=needs_approval,
        )
        moved = open_promises(session, account.id)
        if agreement is None:
            return self._promise(book, offer, terms, words, moved, at_time, channel)
        self._make_way(book, moved, for_another_promise=False)
        plan = Plan(
            account_id=account.id,
            offer_id=offer.id,
            replaces_id=running.id if running else None,
            kind=terms.kind,
            status="agreed",
            frequency=terms.frequency,
            total=terms.to_pay.minor,
            waived={name: getattr(terms.waived, name).minor for name in COMPONENTS},
            interest_to_come=terms.added.minor,
            authority=authority,
            pauses=0,
            agreed_words=words,
            agreed_at=now,
            instalments=[
                PlanInstalment(
                    number=part.number,
                    due_on=part.due_on,
                    amount=part.amount.minor,
                    interest=part.interest.minor,
                    paid=0,
                    down_payment=part.down_payment,
                    status=part.status,
                )
                for part in agreement.parts
            ],
        )
        session.add(plan)
        session.flush()
        if needs_approval:
            book.open_case(offer.id, APPROVAL)
        else:
            self._begin(book, plan, running)
        return plan

    def approve(self, number: str, by: str) -> dict[str, Any]:
        """A person's yes to the plan that waits on an account: it begins. Raises NotPossible and UnknownAccount."""
        with self.parts.store.transaction() as session:
            book, plan = self._waiting(session, number, by)
            offer = session.get_one(Offer, plan.offer_id)
            replaced = active_plan(session, book.account.id)
            if replaced is not None:
                self._check_unchanged(book, offer)
            offer.approval, plan.approved_by = "given", by
            book.audit("approval_given", str(plan.id))
            self._begin(book, plan, replaced)
            self._close_case(book, offer, f"approved by {by}")
            return plan_json(plan, book.account.currency)

    def refuse(self, number: str, by: str) -> dict[str, Any]:
        """A person's no to the plan that waits on an account. Raises NotPossible and UnknownAccount."""
        with self.parts.store.transaction() as session:
            book, plan = self._waiting(session, number, by)
            offer = session.get_one(Offer, plan.offer_id)
            offer.approval, plan.approved_by = "refused", by
            book.audit("approval_refused", str(plan.id))
            book.take(plan, book.agreement(plan).cancel())
            self._close_case(book, offer, f"refused by {by}")
            return plan_json(plan, book.account.currency)

    # -- changes of a running plan

    def pause(self, number: str, days: int, role: Role = "agent", by: str = "operator") -> dict[str, Any]:
        """Moves what is still due by some days. Raises NotPossible and UnknownAccount."""
        return self._change(number, role, by, lambda a, book, may: a.pause(days, may.pause))

    def move_day(self, number: str, day: int, role: Role = "agent", by: str = "operator") -> dict[str, Any]:
        """Moves a monthly plan to another day of the month. Raises NotPossible and UnknownAccount."""

        def move(agreement: Agreement, book: Book, may: Authority) -> Step:
            step = agreement.move_day(day, book.today)
            before, after = (min(p.due_on for p in a.parts if p.waits) for a in (agreement, step.agreement))
            within = may.plan.first_payment_within_days
            if after > before and (after - book.today).days > within:
                raise NotPossible(f"the next payment would be due on {after}; it may be at most {within} days away")
            return step

        return self._change(number, role, by, move)

    def change_amount(self, number: str, amount: str, role: Role = "agent", by: str = "operator") -> dict[str, Any]:
        """Pays what is still to come in equal parts of another amount. Raises NotPossible and UnknownAccount."""

        def change(agreement: Agreement, book: Book, may: Authority) -> Step:
            try:
                parsed = Money.parse(amount, book.account.currency)
            except MoneyError as error:
                raise NotPossible(str(error)) from None
            return agreement.change_amount(parsed, may.plan)

        return self._change(number, role, by, change)

    def cancel(self, number: str, role: Role = "agent", by: str = "operator") -> dict[str, Any]:
        """Ends a plan; what was to be waived stays owed. The bot may not. Raises NotPossible and UnknownAccount."""

        def cancel(agreement: Agreement, book: Book, may: Authority) -> Step:
            if role == "bot":
                raise NotPossible("a plan is cancelled by a person")
            return agreement.cancel()

        return self._change(number, role, by, cancel)

    def settle_early_quote(self, number: str) -> Money:
        """What ends the plan of an account today with its waiver earned. Raises NotPossible and UnknownAccount."""
        with self.parts.store.transaction() as session:
            book = self._book(session, number, "operator")
            return book.agreement(self._running(book)).quote(book.today)

    # -- upkeep

    def day(self) -> Upkept:
        """What the day brings to every account; running it again brings nothing.

        Each account is a transaction of its own: one that fails is logged and waits for the next round.
        """
        changed, failed = 0, 0
        for account_id in self._to_look_after():
            try:
                changed += self._look_after(account_id)
            except Exception:
                failed += 1
                log.exception("upkeep_failed", account=account_id)
        return Upkept(changed, self._expire_offers(), failed)

    def _to_look_after(self) -> list[int]:
        """The accounts to which the day may bring something; all others are left in peace."""
        # Nobody's day is further than this one: the easternmost time zone is 14 hours ahead.
        latest = (self.parts.now() + timedelta(hours=14)).date()
        falls_due = (
            select(Plan.account_id)
            .join(PlanInstalment, PlanInstalment.plan_id == Plan.id)
            .where(
                Plan.status == "active", PlanInstalment.status.in_(("due", "partly")), PlanInstalment.due_on <= latest
            )
        )
        promised = select(Promise.account_id).where(Promise.status.in_(LIVE_PLEDGE), Promise.due_on < latest)
        credit = (
            select(LedgerEntry.account_id)
            .where(LedgerEntry.component == CREDIT)
            .group_by(LedgerEntry.account_id)
            .having(func.sum(LedgerEntry.amount) < 0)
        )
        owed = (
            select(LedgerEntry.account_id, func.sum(LedgerEntry.amount))
            .where(
                LedgerEntry.component.in_(COMPONENTS),
                LedgerEntry.account_id.in_(select(Plan.account_id).where(Plan.status == "active")),
            )
            .group_by(LedgerEntry.account_id)
        )
        with self.parts.store.transaction() as session:
            plans = session.execute(select(Plan.account_id, Plan.waived).where(Plan.status == "active"))
            waived = {account_id: sum(amounts.values()) for account_id, amounts in plans}
            # Where the lender lowered what is owed, nothing may be left to pay.
            paid_off = [account_id for account_id, amount in session.execute(owed) if amount <= waived[account_id]]
            found = [*session.scalars(falls_due), *session.scalars(promised), *session.scalars(credit), *paid_off]
            return sorted(set(found))

    def _look_after(self, account_id: int) -> bool:
        """One account's day; says whether anything happened to it."""
        with self.parts.store.transaction() as session:
            account = locked(session, account_id)
            book = Book(self.parts, self.cases, session, account, "bot")
            # While a person looks into an account, nothing on it is late.
            if account.hold:
                return False
            happened = self._use_credit(book)
            plan = active_plan(session, account_id)
            if plan is not None:
                agreement = book.agreement(plan)
                step = agreement.day_passes(book.today)
                if step.agreement != agreement:
                    book.take(plan, step)
                    happened = True
            for promise in open_promises(session, account_id):
                pledge = pledge_of(account, promise, book.rules)
                after = pledge.day_passes(book.today)
                if after != pledge:
                    book.keep(promise, after)
                    happened = True
            return happened

    def _use_credit(self, book: Book) -> bool:
        """Pays what is due now from money that is held for the borrower; says whether there was any."""
        session, account = book.session, book.account
        credit, plan = credit_of(session, account), active_plan(session, account.id)
        if credit.minor <= 0 or agreed_plan(session, account.id) is not None:
            return False
        last = session.scalar(select(func.max(LedgerEntry.id)).where(LedgerEntry.account_id == account.id))
        key = f"credit:{account.id}:{last}"
        if plan is None:
            owed = balance_of(session, account)
            used = min(credit, owed.total, key=lambda m: m.minor)
            if not used or account.due_date > book.today:
                return False
            book.post(allocate(used, owed, book.rules.payment_order), payment=key)
            book.pay_promises(used, book.today)
        else:
            agreement = book.agreement(plan)
            due = sum((p.left for p in agreement.parts if p.due_on <= book.today), start=Money.zero(account.currency))
            used = min(credit, due, key=lambda m: m.minor)
            if not used:
                return False
            step = agreement.pay(used, book.today)
            used = used - step.credit
            book.take(plan, step, payment=key)
        book.enter("credit", CREDIT, used.minor, f"{key}:{CREDIT}", plan.id if plan else None)
        book.audit("credit_used", str(account.id), amount=used.as_json())
        return True

    def _expire_offers(self) -> int:
        now = self.parts.now()
        with self.parts.store.transaction() as session:
            past = session.scalars(select(Offer).where(Offer.status == "open", Offer.expires_at <= now)).all()
            for offer in past:
                offer.status = "expired"
                self.parts.store.audit(session, now, "bot", "offer_expired", offer.id, account=offer.account_id)
            return len(past)

    # -- within

    def _begin(self, book: Book, plan: Plan, replaced: Plan | None) -> None:
        if replaced is not None:
            # The old plan ends first: an account never has two that are active.
            book.take(replaced, book.agreement(replaced).supersede())
        book.take(plan, book.agreement(plan).begin(book.today))

    def _promise(
        self,
        book: Book,
        offer: Offer,
        terms: Terms,
        words: str,
        moved: Sequence[Promise],
        at_time: str | None,
        channel: str | None,
    ) -> Promise:
        self._make_way(book, moved, for_another_promise=True)
        promise = Promise(
            account_id=book.account.id,
            offer_id=offer.id,
            replaces_id=moved[-1].id if moved else None,
            amount=terms.to_pay.minor,
            paid=0,
            due_on=terms.schedule[0].due_on,
            at_time=at_time,
            channel=channel,
            status="open",
            agreed_words=words,
            agreed_at=book.now,
        )
        book.session.add(promise)
        book.session.flush()
        return promise

    def _make_way(self, book: Book, promises: Sequence[Promise], for_another_promise: bool) -> None:
        for promise in promises:
            book.keep(promise, pledge_of(book.account, promise, book.rules).make_way(for_another_promise))

    def _check_unchanged(self, book: Book, offer: Offer) -> None:
        """A plan that replaces another was agreed on what was owed then; payments since make it another plan."""
        owed, agreed = balance_of(book.session, book.account).total, Terms.from_json(offer.terms).owed
        if owed != agreed:
            raise NotPossible(f"{owed.amount} {owed.currency} is owed by now, not {agreed.amount}; agree anew")

    def _close_case(self, book: Book, offer: Offer, outcome: str) -> None:
        conversation = book.session.get_one(Conversation, offer.conversation_id)
        self.cases.settle_within(book.session, conversation, APPROVAL, outcome, book.actor)

    def _book(self, session: Session, number: str, by: str) -> Book:
        if not 0 < len(by.strip()) <= LONGEST_NAME:
            raise NotPossible(f"say in at most {LONGEST_NAME} characters who decides")
        account = self.accounts.find(session, number)
        if account is None:
            raise UnknownAccount(f"there is no account {number}")
        return Book(self.parts, self.cases, session, locked(session, account.id), by)

    def _running(self, book: Book) -> Plan:
        plan = active_plan(book.session, book.account.id)
        if plan is None:
            raise NotPossible(f"no plan runs on account {book.account.number}")
        return plan

    def _waiting(self, session: Session, number: str, by: str) -> tuple[Book, Plan]:
        book = self._book(session, number, by)
        plan = agreed_plan(session, book.account.id)
        if plan is None:
            raise NotPossible(f"no plan waits for approval on account {book.account.number}")
        return book, plan

    def _change(
        self, number: str, role: Role, by: str, change: Callable[[Agreement, Book, Authority], Step]
    ) -> dict[str, Any]:
        """Changes the running plan of an account inside what a role may agree to."""
        with self.parts.store.transaction() as session:
            book = self._book(session, number, by)
            plan = self._running(book)
            debt = debt_of(session, book.account)
            segment = self.parts.policy().segment(debt, debt.days_past_due(book.today))
            if segment is None:
                raise NotPossible("the policy allows nothing for this account")
            book.take(plan, change(book.agreement(plan), book, segment.authority[role]))
            return plan_json(plan, book.account.currency)
