"""Buttons in the agents' group: opaque ids, bound to a case and perhaps to a person, expiring, each good once.

What waits for somebody's next words (terms, a reason) is kept in the same way.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from bot.channels.telegram.forum_card import Choice
from bot.services.parts import Parts, new_id
from bot.store.tables import ForumButton

LIFETIME = timedelta(days=7)
FRESH = timedelta(days=1)
WAITS = timedelta(minutes=15)
# These only ask something; what they lead to is good once.
ASKING = ("counter", "return", "resolve", "approve", "refuse", "called", "move", "to_team", "drop")
# What the next words of somebody are taken for.
SAY_TERMS, SAY_WHY_NOT, SAY_WHY_MOVED = "say_terms", "say_why_not", "say_why_moved"


class Buttons:
    """Making buttons, finding them again, using them up."""

    def __init__(self, parts: Parts) -> None:
        self.parts = parts

    def of(
        self, session: Session, case_id: int, choices: Sequence[Choice], person: int | None = None
    ) -> list[tuple[str, str]]:
        """Title and id of a button for each choice. One that nobody has used stands for the same choice again."""
        now = self.parts.now()
        rows = session.scalars(
            select(ForumButton).where(
                ForumButton.case_id == case_id, ForumButton.used_at.is_(None), ForumButton.expires_at > now + FRESH
            )
        ).all()
        known = {(row.act, row.data or "", row.person_id): row for row in rows}
        found = []
        for choice in choices:
            row = known.get((choice.act, choice.data, person))
            if row is None:
                row = self._make(session, new_id("g"), case_id, choice.act, choice.data, person, now + LIFETIME)
            found.append((choice.title, row.id))
        return found

    def wait_for(self, session: Session, case_id: int, act: str, data: str, person: int, update_id: int) -> None:
        """The next words of somebody in a case are taken for something, for a while."""
        self.done_waiting(session, case_id, person)
        if session.get(ForumButton, f"w_{update_id}") is None:
            self._make(session, f"w_{update_id}", case_id, act, data, person, self.parts.now() + WAITS)

    def waiting(self, session: Session, case_id: int, person: int) -> ForumButton | None:
        """What the next words of somebody in a case are taken for."""
        return session.scalars(
            select(ForumButton)
            .where(
                ForumButton.case_id == case_id,
                ForumButton.person_id == person,
                ForumButton.act.in_((SAY_TERMS, SAY_WHY_NOT, SAY_WHY_MOVED)),
                ForumButton.used_at.is_(None),
                ForumButton.expires_at > self.parts.now(),
            )
            .order_by(ForumButton.created_at.desc())
            .limit(1)
        ).first()

    def done_waiting(self, session: Session, case_id: int, person: int) -> None:
        """Nothing is waited for any more."""
        while (row := self.waiting(session, case_id, person)) is not None:
            self.use(session, row, str(person))

    def use(self, session: Session, row: ForumButton, by: str) -> None:
        """A button has done its work, and keeps nothing of it."""
        row.used_at, row.used_by, row.data = self.parts.now(), by[:40], None
        session.flush()

    def _make(
        self, session: Session, id: str, case_id: int, act: str, data: str, person: int | None, until: datetime
    ) -> ForumButton:
        row = ForumButton(
            id=id,
            case_id=case_id,
            act=act,
            data=data or None,
            person_id=person,
            created_at=self.parts.now(),
            expires_at=until,
        )
        session.add(row)
        session.flush()
        return row
