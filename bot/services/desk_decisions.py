"""What waits for somebody's yes or no at the desk."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session, aliased

from bot.domain import masking
from bot.domain.limits import Passed, passed, wanting_approval
from bot.domain.offer import Terms
from bot.domain.policy import ROLES, Role
from bot.domain.rights import Actor
from bot.services.accounts import debt_of
from bot.services.case_names import reference
from bot.services.desk_access import visible
from bot.services.desk_views import DecisionView
from bot.services.negotiation import Negotiation
from bot.services.parts import Parts
from bot.store.tables import Account, Case, Decision, Offer, Person, Plan

# Whoever has a case, beside whoever asked.
Holder = aliased(Person)


def decisions_for(session: Session, actor: Actor, of: Case | None = None) -> list[DecisionView]:
    """What waits for a decision in open cases that somebody sees, or in one case; the oldest first."""
    open_case = [Case.resolved_at.is_(None)] if of is None else []
    where = [*visible(actor), *open_case, *([Case.id == of.id] if of is not None else [])]
    asked = session.execute(
        select(Decision, Case.id, Offer.terms, Person.name)
        .join(Case, Case.id == Decision.case_id)
        .join(Offer, Offer.id == Decision.offer_id)
        .join(Person, Person.id == Decision.asked_by)
        .where(Decision.status == "waiting", *where)
    ).tuples()
    found = [
        _decision(actor, row.offer_id, "terms", case_id, terms, row.asked_at, row.role, name, row.asked_by, row.why)
        for row, case_id, terms, name in asked
    ]
    owner = (Case.owner_id, Holder.name)
    own = session.execute(
        select(Offer.id, Case.id, Offer.terms, Offer.created_at, Offer.authority, *owner)
        .join(Case, Case.conversation_id == Offer.conversation_id)
        .outerjoin(Holder, Holder.id == Case.owner_id)
        .where(Offer.status == "awaiting", Offer.proposed_by == "borrower", *where)
    ).tuples()
    plans = session.execute(
        select(Offer.id, Case.id, Offer.terms, Plan.agreed_at, Plan.authority, *owner)
        .join(Plan, Plan.offer_id == Offer.id)
        .join(Case, Case.conversation_id == Offer.conversation_id)
        .outerjoin(Holder, Holder.id == Case.owner_id)
        .where(Plan.status == "agreed", *where)
    ).tuples()
    for kind, rows in (("own", own), ("plan", plans)):
        for offer, number, terms, at, role, holder, name in rows:
            view = _decision(actor, offer, kind, number, terms, at, role)
            if view.may and holder not in (None, actor.id) and not actor.may("assign"):
                view = replace(view, may=False, because="theirs", owner=name)
            found.append(view)
    return sorted(found, key=lambda row: row.asked_at)


def with_account(
    parts: Parts, negotiation: Negotiation, session: Session, waiting: Sequence[DecisionView]
) -> list[DecisionView]:
    """What waits for a decision, with what it is decided by: whose it is, what is owed, which limits are passed."""
    found = []
    for view in waiting:
        offer = session.get_one(Offer, view.id)
        account = session.get_one(Account, offer.account_id)
        debt, table = debt_of(session, account), negotiation.table(session, account)
        asker = select(Person.role).join(Decision, Decision.asked_by == Person.id).where(Decision.offer_id == offer.id)
        role: Role = "supervisor" if session.scalar(asker) == "supervisor" else "agent"
        limits: tuple[Passed, ...] = ()
        if table is not None and view.kind != "plan":
            limits = passed(replace(table, role=role if view.kind == "terms" else "bot"), view.terms)
        if table is not None and view.kind != "own":
            limits += wanting_approval(table, view.terms)
        found.append(
            replace(
                view,
                borrower=masking.name(account.borrower_name),
                owed=debt.balance.total,
                days_past_due=debt.days_past_due(parts.today(account.time_zone)),
                limits=limits,
            )
        )
    return found


def _decision(
    actor: Actor,
    offer_id: str,
    kind: Any,
    case_id: int,
    terms: dict[str, Any],
    at: datetime,
    authority: str,
    asked_by: str | None = None,
    asker: int | None = None,
    why: str = "",
) -> DecisionView:
    role = "supervisor" if authority == "supervisor" else "agent"
    own = actor.negotiates_as
    high = own is not None and ROLES.index(own) >= ROLES.index(role)
    yours = asker == actor.id
    return DecisionView(
        id=offer_id,
        reference=reference(case_id),
        kind=kind,
        asked_by=asked_by,
        asked_at=at,
        why=why,
        role=role,
        terms=Terms.from_json(terms),
        may=high and not yours,
        because="yours" if yours else None if high else "role",
    )
