"""What all work on cases at the desk stands on: whose case it is, the click that counts once, who may see it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime
from typing import Any

from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

from bot.domain.agreement import NotPossible
from bot.domain.rights import Actor
from bot.services.cases import Cases, UnknownCase, reference
from bot.services.guarding import Guarding
from bot.services.identity import Identity
from bot.services.negotiation import Negotiation
from bot.services.parts import Parts
from bot.services.plans import Plans
from bot.services.presence import WORKERS, works_for
from bot.services.timeline import Kind, record, recorded
from bot.store.tables import Account, Case, CaseEvent, Conversation, Mention, Offer, Person, Plan

__all__ = ["LONGEST_WORDS", "NotPossible", "OnCases", "Taken", "people_for", "words_of"]

LONGEST_WORDS = 3500
LONGEST_KEY = 80


class Taken(Exception):
    """A colleague has the case. ``by``: their name."""

    def __init__(self, by: str) -> None:
        super().__init__(f"{by} has this case.")
        self.by = by


class _OfAnotherTeam(LookupError):
    """A case that somebody may not see; they are told that there is none."""


class OnCases:
    """A case, locked, for somebody who may do something with it; and what was done, once."""

    def __init__(
        self,
        parts: Parts,
        cases: Cases,
        guarding: Guarding,
        identity: Identity,
        negotiation: Negotiation,
        plans: Plans,
    ) -> None:
        self.parts = parts
        self.cases = cases
        self.guarding = guarding
        self.identity = identity
        self.negotiation = negotiation
        self.plans = plans

    @contextmanager
    def _on(self, actor: Actor, case: str) -> Iterator[tuple[Session, Case]]:
        """A transaction with a case that nobody else changes meanwhile.

        Raises UnknownCase, also where it belongs to another team; that is recorded.
        """
        try:
            with self.parts.store.transaction() as session:
                found = self.cases.find(session, case, locked=True)
                if not actor.sees(found.team):
                    raise _OfAnotherTeam(found.id)
                yield session, found
        except _OfAnotherTeam as refused:
            with self.parts.store.transaction() as session:
                self.parts.store.audit(
                    session, self.parts.now(), actor.signature, "desk_refused", reference(refused.args[0]), why="team"
                )
            raise UnknownCase(f"there is no case {case}") from None

    # -- a click counts once

    @staticmethod
    def _click(actor: Actor, key: str) -> str:
        """The click as the timeline keeps it: one person's are not another's."""
        if not 0 < len(key) <= LONGEST_KEY:
            raise NotPossible(f"A click has an id of 1 to {LONGEST_KEY} characters.")
        return f"{actor.id}:{key}"

    def _done(self, session: Session, actor: Actor, key: str, case: Case) -> CaseEvent | None:
        """What a click did before; None for a new one. Raises NotPossible where it belongs to another case."""
        event = recorded(session, self._click(actor, key))
        if event is not None and event.case_id != case.id:
            raise NotPossible("This click belongs to another case; load the page again.")
        return event

    def _note(
        self, session: Session, actor: Actor, case: Case, key: str, kind: Kind, words: str | None = None, **data: Any
    ) -> CaseEvent:
        """Adds what somebody did to the timeline, and that they did to the audit chain."""
        now = self.parts.now()
        outbox = data.pop("outbox", None)
        event = record(
            session,
            now,
            case,
            kind,
            key=self._click(actor, key),
            person=actor.id,
            words=words,
            outbox=outbox,
            **data,
        )
        # The chain holds what was done, not what was said; terms stand on it with their offer.
        plain = {"moment" if name == "at" else name: v for name, v in data.items() if isinstance(v, (str, int))}
        self._audit(session, now, actor, f"case_{kind}", case, **plain)
        return event

    def _audit(self, session: Session, now: datetime, actor: Actor, action: str, case: Case, **data: Any) -> None:
        self.parts.store.audit(session, now, actor.signature, action, reference(case.id), **data)

    @staticmethod
    def _mention(session: Session, event: CaseEvent, person: Person) -> None:
        session.add(Mention(event_id=event.id, case_id=event.case_id, person_id=person.id))

    # -- whose it is

    def _is_open(self, case: Case) -> None:
        if case.resolved_at is not None:
            raise NotPossible("This case is closed.")

    def _work_on(self, session: Session, actor: Actor, case: Case, key: str) -> None:
        """Makes sure that an open case is the actor's: takes one that nobody has.

        Raises Taken where a colleague has it, unless the actor may give cases to others.
        """
        actor.demand("work")
        self._is_open(case)
        if case.owner_id is None:
            self._take(session, actor, case, f"{key}:take")
        elif case.owner_id != actor.id and not actor.may("assign"):
            raise Taken(self._name(session, case.owner_id))

    def _take(self, session: Session, actor: Actor, case: Case, key: str) -> None:
        """Makes a case the actor's in one statement, so that of two at once one wins. Raises Taken."""
        now = self.parts.now()
        taken = session.execute(
            update(Case)
            .where(Case.id == case.id, Case.owner_id.is_(None), Case.resolved_at.is_(None))
            .values(owner_id=actor.id, status="claimed", claimed_at=now)
            .execution_options(synchronize_session=False)
        )
        session.refresh(case)
        if taken.rowcount:  # type: ignore[attr-defined]
            self._hold_talk(session, case)
            self._note(session, actor, case, key, "claimed")
        elif case.owner_id is not None and case.owner_id != actor.id:
            raise Taken(self._name(session, case.owner_id))

    @staticmethod
    def _name(session: Session, person_id: int) -> str:
        person = session.get(Person, person_id)
        return person.name if person is not None else f"#{person_id}"

    def _in_time(self, case: Case) -> bool:
        """Whether an answer now comes by when it was promised."""
        return case.due_at >= self.parts.now()

    def _hold_talk(self, session: Session, case: Case) -> Conversation:
        """The conversation of a case, which a person leads from now on."""
        conversation = session.get_one(Conversation, case.conversation_id)
        case.holds, conversation.case_id = True, case.id
        return conversation

    def _expect_call(self, case: Case, at: datetime) -> None:
        """From now on somebody owes the borrower of a case a call at a time."""
        self.cases.await_agent(case, self.parts.now())
        case.call_at = case.due_at = at

    @staticmethod
    def _awaits_decision(session: Session, case: Case) -> bool:
        """Whether the borrower waits for a yes or no to terms: their own, or those that they agreed to."""
        theirs = Offer.conversation_id == case.conversation_id
        own = select(Offer.id).where(theirs, Offer.status == "awaiting", Offer.proposed_by == "borrower")
        agreed = select(Offer.id).join(Plan, Plan.offer_id == Offer.id).where(theirs, Plan.status == "agreed")
        return any(session.scalars(waits.limit(1)).first() is not None for waits in (own, agreed))

    @staticmethod
    def _account(session: Session, case: Case) -> Account | None:
        return session.get(Account, case.account_id) if case.account_id is not None else None

    def _its_account(self, session: Session, case: Case) -> Account:
        """The account of a case. Raises NotPossible where it is not known whose the case is."""
        account = self._account(session, case)
        if account is None:
            raise NotPossible("Nobody has proven yet whose account this is about.")
        return account


def words_of(text: str, what: str = "Write something first.") -> str:
    """Words as they are kept, without outer blanks. Raises NotPossible where there are none, or too many."""
    said = text.strip()
    if not said:
        raise NotPossible(what)
    if len(said) > LONGEST_WORDS:
        raise NotPossible(f"Write at most {LONGEST_WORDS} characters.")
    return said


def people_for(session: Session, team: str) -> Sequence[Person]:
    """Who may work on cases of a team, by name."""
    query = select(Person).where(Person.role.in_(WORKERS), Person.left_at.is_(None), works_for(team))
    return session.scalars(query.order_by(func.lower(Person.name))).all()
