"""What colleagues wrote about a borrower's cases: to be had in full, and erased with the case."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from bot.store.tables import AgentFile, Case, CaseEvent, Decision, Mention

# What an event's data may hold that is somebody's words.
WORDS = ("findings", "by")


def of_cases(session: Session, table: Any, cases: Sequence[Case]) -> Sequence[Any]:
    """The rows of a table that belong to some cases, oldest first."""
    ids = [case.id for case in cases]
    rows: Sequence[Any] = session.scalars(select(table).where(table.case_id.in_(ids)).order_by(table.id)).all()
    return rows


def work_on(session: Session, cases: Sequence[Case]) -> dict[str, Sequence[Any]]:
    """What was done, asked and sent in some cases, by the sections of an export."""
    return {
        "case_events": of_cases(session, CaseEvent, cases),
        "mentions": of_cases(session, Mention, cases),
        "decisions": of_cases(session, Decision, cases),
        "agent_files": of_cases(session, AgentFile, cases),
    }


def forget_work_on(session: Session, case: Case) -> Counter[str]:
    """Leaves of what was done in a case that it was done: no words, no files; how many of each were erased."""
    done: Counter[str] = Counter()
    for event in of_cases(session, CaseEvent, [case]):
        data = {name: value for name, value in event.data.items() if name not in WORDS}
        if event.words is not None or data != event.data:
            event.words, event.data = None, data
            done["words of colleagues"] += 1
    for decision in of_cases(session, Decision, [case]):
        if decision.why or decision.words:
            decision.why, decision.words = "", None
            done["words of colleagues"] += 1
    for file in of_cases(session, AgentFile, [case]):
        if file.content:
            file.name, file.content = "", ""
            done["files of colleagues"] += 1
    return done
