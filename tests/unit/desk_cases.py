"""People and cases of the desk as tests need them, without the ceremony of joining."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from typing import Any

from sqlalchemy import select

from bot.bootstrap import Services
from bot.domain.rights import Actor, PersonRole
from bot.services.cases import reference
from bot.store.tables import AuditRecord, Case, CaseEvent, Conversation, Membership, OutboxMessage, Person

_CLICKS = itertools.count(1)


def click() -> str:
    """The id of a click that nobody made before."""
    return f"click-{next(_CLICKS)}"


def worker(
    services: Services,
    login: str = "mei",
    role: PersonRole = "agent",
    teams: Sequence[str] = ("general",),
    name: str | None = None,
    language: str = "en",
    seen: bool = True,
) -> Actor:
    """Somebody who has joined the desk, and is there where they were ``seen``."""
    now = services.parts.now()
    with services.parts.store.transaction() as session:
        person = Person(
            login=login,
            name=name or login.title(),
            role=role,
            language=language,
            password_hash="-",
            available=True,
            seen_at=now if seen else None,
            created_at=now,
        )
        session.add(person)
        session.flush()
        session.add_all(Membership(person_id=person.id, team=team) for team in teams)
        return Actor(person.id, login, person.name, role, language, frozenset(teams))


def row(services: Services, case: str) -> Case:
    """A case as it stands in the ledger."""
    with services.parts.store.transaction() as session:
        return services.cases.find(session, case)


def happened(services: Services, case: str) -> list[str]:
    """The kinds of what happened to a case, in order."""
    return [event.kind for event in events(services, case)]


def events(services: Services, case: str) -> list[CaseEvent]:
    number = row(services, case).id
    with services.parts.store.transaction() as session:
        return list(session.scalars(select(CaseEvent).where(CaseEvent.case_id == number).order_by(CaseEvent.id)))


def sent(services: Services, conversation: str, kind: str | None = None) -> list[OutboxMessage]:
    """What is in the outbox for a conversation, without passcodes."""
    with services.parts.store.transaction() as session:
        rows = session.scalars(
            select(OutboxMessage).where(OutboxMessage.conversation_id == conversation).order_by(OutboxMessage.id)
        )
        return [row for row in rows if row.kind != "passcode" and kind in (None, row.kind)]


def audited(services: Services, action: str) -> list[AuditRecord]:
    """The records of the audit chain with an action."""
    with services.parts.store.transaction() as session:
        return list(session.scalars(select(AuditRecord).where(AuditRecord.action == action)))


def talk(services: Services, conversation: str) -> Conversation:
    with services.parts.store.transaction() as session:
        return session.get_one(Conversation, conversation)


def opened(services: Services, conversation: str, reason: str = "request_human", **more: Any) -> str:
    """A case of a conversation; its reference."""
    return services.cases.open(conversation, reason, **more).reference


__all__ = ["audited", "click", "events", "happened", "opened", "reference", "row", "sent", "talk", "worker"]
