"""What happens to cases: a line for each thing, and a mark on the case by which the desk sees that it changed."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Literal, get_args

from sqlalchemy import bindparam, select, update
from sqlalchemy.orm import Session

from bot.domain.desk import DeskRules
from bot.domain.handover import HandoverRules
from bot.services.parts import new_id
from bot.store.tables import Case, CaseEvent

Kind = Literal[
    "opened",
    "reason_added",
    "identified",
    "yielded",  # a wish to pay gave the conversation back to the bot
    "asked_after",
    "claimed",
    "released",
    "assigned",
    "moved",  # to another team
    "answered",
    "noted",
    "proposed",  # terms went to the borrower
    "asked_to_decide",  # terms wait for another person
    "approved",
    "refused",
    "withdrawn",
    "identity_asked",
    "borrower_agreed",
    "borrower_refused",
    "promised",
    "dispute_decided",
    "held",
    "hold_lifted",
    "hold_kept",  # the case is over, and only a supervisor may let collection go on
    "call_set",
    "call_chosen",  # by the borrower
    "called",
    "resolved",
    "handed_back",
    "reopened",
    "merged",
    "took_over",  # another case ended in favour of this one
    "escalated",
    "returned_idle",  # taken, not answered, back to waiting
    "expired",
    "no_answer",
    "cancelled",
]
KINDS: tuple[Kind, ...] = get_args(Kind)
# What is done with every turn, put together once.
CASES = Case.metadata.tables[Case.__tablename__]
TOUCHED = (
    update(CASES)
    .where(CASES.c.conversation_id == bindparam("conversation"), CASES.c.resolved_at.is_(None))
    .values(changed_at=bindparam("now"))
)


def record(
    session: Session,
    now: datetime,
    case: Case,
    kind: Kind,
    *,
    key: str | None = None,
    person: int | None = None,
    words: str | None = None,
    outbox: int | None = None,
    **data: Any,
) -> CaseEvent:
    """Adds a line to the timeline of a case, which has changed by it. ``key``: what may be added only once."""
    event = CaseEvent(
        case_id=case.id,
        key=key or new_id("e"),
        kind=kind,
        person_id=person,
        words=words or None,
        data=data,
        outbox_id=outbox,
        at=now,
    )
    session.add(event)
    case.changed_at = now
    session.flush()
    return event


def moved_to(rules: DeskRules, team: str) -> dict[str, Any]:
    """What a timeline says of a case that goes to a team: its name, and its title in both languages."""
    found = rules.team(team)
    return {"team": team, "to": found.title.model_dump() if found is not None else team}


def recorded(session: Session, key: str) -> CaseEvent | None:
    """The line with a key, where it was added before."""
    return session.scalars(select(CaseEvent).where(CaseEvent.key == key)).one_or_none()


def await_agent(rules: HandoverRules, case: Case, now: datetime) -> None:
    """A case waits for an answer from now, if it did not already; the answer is due anew."""
    if case.awaits_agent_since is not None:
        return
    case.awaits_agent_since, case.due_at = now, rules.due(case.reason, now)
    if case.status == "borrower":
        case.status = "claimed" if case.owner_id is not None else "waiting"


def touch(session: Session, conversation_id: str, now: datetime) -> None:
    """Marks the open case of a conversation, if there is one, as changed: something was said or sent in it."""
    session.connection().execute(TOUCHED, {"conversation": conversation_id, "now": now})
