"""The guard at the way out: what it stops is replaced and recorded; an agent's words are looked at before they go."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from bot.domain.guard import Finding, Reader
from bot.domain.policy import ROLES, Role
from bot.services.accounts import balance_of, credit_of, offer_json, payment_json, plan_json, promise_json
from bot.services.cases import CaseOpened, Cases, invited, reference
from bot.services.outbox import GUARD, enqueue, record_stopped, told_of, with_reminders
from bot.services.parts import Parts
from bot.services.timeline import record
from bot.store.tables import Account, Case, Conversation, Incident, Offer, OutboxMessage, Payment, Plan, Promise

# So many stopped messages in one conversation are a case for a person.
TO_A_PERSON = 2
# Keys of an account's data that are no figures which an agent speaks of.
NO_FIGURES = frozenset({"id", "offer", "replaces", "created_at", "expires_at", "recorded_at", "policy_version"})


class NeedsAnotherLook(Exception):
    """An agent's words have something in them that must not leave, or only if somebody insists; nothing was sent.

    ``final``: whether the role that was given may not insist on all of it.
    """

    def __init__(self, findings: Sequence[Finding], role: Role) -> None:
        self.findings = tuple(findings)
        self.final = any(ROLES.index(role) < ROLES.index(finding.may_insist) for finding in findings)
        super().__init__("\n".join(str(finding) for finding in findings))


class Guarding:
    """Recording what was stopped, and the way out for agents' words."""

    def __init__(self, parts: Parts, cases: Cases) -> None:
        self.parts = parts
        self.cases = cases

    def stopped(self, conversation_id: str, response: str, findings: Sequence[Finding]) -> CaseOpened | None:
        """Records a message that must not leave; a case where it is not the first one in the conversation."""
        with self.parts.store.transaction() as session:
            conversation = session.get_one(Conversation, conversation_id)
            record_stopped(self.parts, session, conversation, response, findings)
            query = select(func.count()).where(Incident.conversation_id == conversation_id, Incident.place == GUARD)
            if (session.scalar(query) or 0) < TO_A_PERSON:
                return None
            return self.cases.open_within(session, conversation, "technical_failure")

    def write_to(
        self, case_id: str, text: str, role: Role = "agent", by: str = "agent", anyway: bool = False
    ) -> tuple[Finding, ...]:
        """An agent's words to the borrower of a case, in the borrower's own chat.

        ``anyway``: ``by`` insists on what was found, which is recorded with it. Returns what was found. Raises
        UnknownCase, and NeedsAnotherLook where somebody has to insist, or may not.
        """
        now = self.parts.now()
        with self.parts.store.transaction() as session:
            case = self.cases.find(session, case_id)
            message, findings = self.write_within(
                session, case, text, key=f"{case.id}:{now.isoformat()}", role=role, by=by, anyway=anyway
            )
            record(session, now, case, "answered", words=text, outbox=message.id, by=by)
            if message.status != "blocked" and case.resolved_at is None:
                case.answered_at, case.awaits_agent_since, case.status = case.answered_at or now, None, "borrower"
            return findings

    def write_within(
        self,
        session: Session,
        case: Case,
        text: str,
        *,
        key: str,
        role: Role,
        by: str,
        anyway: bool,
        actor: str = "agent",
        files: Sequence[Mapping[str, Any]] = (),
    ) -> tuple[OutboxMessage, tuple[Finding, ...]]:
        """The same inside a transaction that is under way; the message in the outbox, and what was found.

        ``key``: the same words again are not sent twice. ``files``: what goes with them, as channels show it.
        """
        now, account = self.parts.now(), session.get(Account, case.account_id) if case.account_id else None
        zone = account.time_zone if account else self.parts.handover.opening_hours.time_zone
        facts = [self._facts(session, case), self._account_facts(session, account) if account else {}]
        findings = self.parts.guard.look(text, facts, Reader(time_zone=zone))
        if findings and (not anyway or NeedsAnotherLook(findings, role).final):
            raise NeedsAnotherLook(findings, role)
        conversation, kind = session.get_one(Conversation, case.conversation_id), "files" if files else "agent"
        if not invited(case):
            text = with_reminders(self.parts, session, text, kind, conversation, account)
        message = enqueue(
            self.parts,
            session,
            now,
            key=f"agent:{key}",
            kind=kind,
            invited=invited(case),
            conversation=conversation,
            body=json.dumps([{"text": text, "files": list(files)}], ensure_ascii=False) if files else text,
        )
        told = {"by": by, "role": role, "insisted_on": told_of(findings)} if findings else {"by": by}
        self.parts.store.audit(session, now, actor, "agent_wrote", reference(case.id), **told)
        return message, tuple(findings)

    def _facts(self, session: Session, case: Case) -> dict[str, Any]:
        """What an agent may speak of in any case: its reference, its time, the lender's own texts."""
        lender = self.parts.lender
        texts = (lender.contact, lender.payment_methods, lender.places)
        return {"reference": reference(case.id), "answer_by": {"moment": case.due_at.isoformat()}, "lender": texts}

    def _account_facts(self, session: Session, account: Account) -> dict[str, Any]:
        """The figures of an account: what is owed, what was agreed, offered, promised and paid."""

        def rows(table: Any) -> Sequence[Any]:
            return session.scalars(select(table).where(table.account_id == account.id)).all()

        plans = [plan_json(plan, account.currency) for plan in rows(Plan)]
        offers = [offer_json(offer) for offer in rows(Offer)]
        told = {
            "account_number": account.number,
            "due_date": {"date": account.due_date.isoformat()},
            "days": (self.parts.today(account.time_zone) - account.due_date).days,
            "balance": balance_of(session, account).as_json(),
            "credit": credit_of(session, account).as_json(),
            "plans": plans,
            "offers": offers,
            "payments": [len(terms["schedule"]) for terms in (*plans, *offers)],
            "promises": [promise_json(row, account.currency) for row in rows(Promise)],
            "received": [payment_json(row, account.currency) for row in rows(Payment)],
        }
        return {name: _figures_only(value) for name, value in told.items()}


def _figures_only(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {name: _figures_only(part) for name, part in value.items() if name not in NO_FIGURES}
    return [_figures_only(part) for part in value] if isinstance(value, list) else value
