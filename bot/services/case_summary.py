"""A case summed up in plain lines, for lists and for the command line."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from bot.domain.money import Money
from bot.services.accounts import active_plan, agreed_plan, balance_of, open_promises, verified_account
from bot.services.affordability import budget_of
from bot.services.case_names import reasons_of, reference
from bot.services.parts import Parts
from bot.store.tables import Account, Case, Conversation, Offer, Turn

LAST_TURNS = 8


def summed_up(
    parts: Parts, session: Session, case: Case, conversation: Conversation, account: Account | None, now: datetime
) -> str:
    """Why the case is open, whose it is, what was offered and agreed, what was said last."""
    lines = [f"Reason: {case.reason} ({case.priority})"]
    others = [reason for reason in reasons_of(case) if reason != case.reason]
    if others:
        lines.append(f"Also: {', '.join(others)}")
    if case.about:
        lines.append(f"About: {case.about}")
    if conversation.contact_stopped_at:
        lines.append("Contact: nothing is sent uninvited")
    if account is None:
        lines.append("Identity: not proven; nothing was revealed")
    else:
        balance = balance_of(session, account)
        today = parts.today(account.time_zone)
        proven = verified_account(session, conversation, now) is not None
        lines += [
            f"Identity: proven until {conversation.verified_until:%Y-%m-%d %H:%M} UTC"
            if proven
            else "Identity: not proven now",
            f"Account: {account.number}, {balance.total.amount} {account.currency} "
            f"(principal {balance.principal.amount}, interest {balance.interest.amount}, "
            f"fees {balance.fees.amount}), {(today - account.due_date).days} days past due",
        ]
        plan = active_plan(session, account.id)
        if plan:
            lines.append(f"Plan: {plan.kind} with {len(plan.instalments)} payments, agreed {plan.agreed_at:%Y-%m-%d}")
        waiting = agreed_plan(session, account.id)
        if waiting:
            lines.append(
                f"Waits for approval: {waiting.kind} with {len(waiting.instalments)} payments, "
                f"{Money(waiting.total, account.currency).amount} {account.currency} in all"
            )
        lines += [f"Promise: {p.due_on}" for p in open_promises(session, account.id)]
        budget = budget_of(account, today)
        if budget:
            lines.append(
                f"Budget told {account.budget_on}: {budget.income.amount} {account.currency} a month comes in, "
                f"{budget.costs.amount} goes out, {budget.surplus.amount} is left"
            )
        if account.hardship:
            lines.append(f"Hardship told: {account.hardship}")
        offers = session.scalars(
            select(Offer).where(Offer.conversation_id == conversation.id).order_by(Offer.created_at, Offer.option)
        ).all()
        lines += [
            f"Offered (round {o.round}, {o.status}): {o.kind}, {len(o.terms['schedule'])} payments, "
            f"{o.terms['to_pay']['amount']} {o.terms['to_pay']['currency']}"
            for o in offers
        ]
    lines += [
        f"Earlier: {reference(c.id)} {c.reason}, resolved {c.resolved_at:%Y-%m-%d}: {c.outcome}"
        for c in _earlier(session, case)
    ]
    turns = session.scalars(
        select(Turn).where(Turn.conversation_id == conversation.id).order_by(Turn.id.desc()).limit(LAST_TURNS)
    ).all()
    lines.append("Said last:")
    lines += [f"- {turn.text[:200]}" for turn in reversed(turns) if turn.text]
    return "\n".join(lines)


def _earlier(session: Session, case: Case) -> list[Case]:
    """Resolved cases of the same conversation or account, the oldest first."""
    same = Case.conversation_id == case.conversation_id
    if case.account_id is not None:
        same = same | (Case.account_id == case.account_id)
    query = select(Case).where(same, Case.resolved_at.is_not(None)).order_by(Case.id)
    return list(session.scalars(query))
