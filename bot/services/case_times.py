"""Cases and time: nobody waits in silence, nothing stands still for ever, and honest times are told."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any, Literal

import structlog
from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from bot.domain.desk import after
from bot.services import calls
from bot.services.case_desk import OnCases, people_for
from bot.services.cases import URGENCY, reasons_of
from bot.services.presence import empty_teams, is_present
from bot.services.timeline import moved_to, record
from bot.store.tables import Case, CaseEvent, Conversation, Decision, Turn

log = structlog.get_logger()

ESCALATED = ("escalated", "returned_idle")


class CaseTimes(OnCases):
    """What time brings to cases, and what borrowers may do while they wait."""

    def sweep(self) -> int:
        """What time brings to cases, each once: escalations, returns, quiet ends. How many it brought something to.

        Each case is a transaction of its own: one that fails is logged and waits for the next round. Where nobody has
        joined the desk it is no different: whoever waits is not left waiting.
        """
        changed = 0
        for case_id in self._to_look_after():
            try:
                changed += self._look_after(case_id)
            except Exception:
                log.exception("case_sweep_failed", case=case_id)
        return changed

    def _to_look_after(self) -> Sequence[int]:
        """Open cases to which time may bring something; all others are left in peace."""
        now, times = self.parts.now(), self.parts.desk.times
        silent = (Case.status == "borrower") & (Case.changed_at <= now - timedelta(hours=times.borrower_silent_hours))
        with self.parts.store.reading() as session:
            lost = Case.owner_id.is_(None) & Case.team.in_(empty_teams(self.parts, session))
            query = select(Case.id).where(
                Case.resolved_at.is_(None), or_(Case.due_at <= now, Case.status == "claimed", silent, lost)
            )
            return session.scalars(query.order_by(Case.id)).all()

    def _look_after(self, case_id: int) -> bool:
        """What time brings to one case; whether it did."""
        with self.parts.store.transaction() as session:
            case = session.get_one(Case, case_id, with_for_update=True)
            if case.resolved_at is not None:
                return False
            found_anew = self._reroute(session, case)
            if case.status == "claimed":
                return self._return_idle(session, case)
            if case.status == "waiting" and case.awaits_agent_since is not None:
                return self._escalate(session, case) or found_anew
            return (case.status == "borrower" and self._end_silent(session, case)) or found_anew

    def _reroute(self, session: Session, case: Case) -> bool:
        """A case that nobody has, of a team to which nobody belongs any more, goes to another."""
        if case.owner_id is not None or case.team not in empty_teams(self.parts, session):
            return False
        team = self.cases.team_for(session, case.language, reasons_of(case))
        if team == case.team:
            return False
        case.team = team
        record(session, self.parts.now(), case, "moved", **moved_to(self.parts.desk, team))
        self.cases.audit(session, self.parts.now(), "case_moved", case, team=team)
        return True

    def _return_idle(self, session: Session, case: Case) -> bool:
        """Somebody took a case and answered nothing: others may take it, and it is escalated."""
        now = self.parts.now()
        since = max((at for at in (case.claimed_at, case.awaits_agent_since) if at is not None), default=now)
        latest = select(CaseEvent.at).where(CaseEvent.case_id == case.id, CaseEvent.person_id == case.owner_id)
        since = max(since, session.scalars(latest.order_by(CaseEvent.at.desc()).limit(1)).first() or since)
        idle = self._after(case, since, self.parts.desk.times.claimed_idle_hours)
        called = case.call_at is not None and case.call_at + timedelta(hours=1) > now
        decided = select(Decision.id).where(Decision.case_id == case.id, Decision.status == "waiting").limit(1)
        if case.awaits_agent_since is None or idle > now or called or session.scalars(decided).first() is not None:
            return False
        owner = case.owner_id
        self.put_back(session, case)
        case.escalated += 1
        event = record(session, now, case, "returned_idle", times=case.escalated, owner=owner, **self._hurry(case))
        self._tell_supervisors(session, case, event)
        return True

    def _escalate(self, session: Session, case: Case) -> bool:
        """A case that nobody took in time: escalated, escalated once more, and at last given back to the bot."""
        now, times = self.parts.now(), self.parts.desk.times
        if case.due_at > now:
            return False
        last = session.scalars(
            select(CaseEvent.at)
            .where(CaseEvent.case_id == case.id, CaseEvent.kind.in_(ESCALATED), CaseEvent.at >= case.opened_at)
            .order_by(CaseEvent.at.desc())
            .limit(1)
        ).first()
        if case.escalated == 0 or last is None:
            return self._escalated(session, case)
        if case.escalated == 1:
            return self._after(case, last, times.escalates_again_hours) <= now and self._escalated(session, case)
        if self._after(case, last, times.expires_after_hours) > now or not self._may_expire(session, case):
            return False
        record(session, now, case, "expired")
        self.cases.end_within(
            session, case, "nobody was free in time", "bot", status="expired", kind="expired", told="utter_case_expired"
        )
        return True

    def _escalated(self, session: Session, case: Case) -> bool:
        case.escalated += 1
        event = record(
            session,
            self.parts.now(),
            case,
            "escalated",
            key=f"escalated:{case.id}:{case.reopened}:{case.escalated}",
            times=case.escalated,
            **self._hurry(case),
        )
        self._tell_supervisors(session, case, event)
        return True

    def _hurry(self, case: Case) -> dict[str, Any]:
        """Raises the priority of a case that is escalated for the second time, by one step; which it is then."""
        step = URGENCY.index(case.priority) + 1
        if case.escalated != 2 or step == len(URGENCY):
            return {}
        case.priority = URGENCY[step]
        return {"priority": case.priority}

    def _tell_supervisors(self, session: Session, case: Case, event: CaseEvent) -> None:
        """Tells the supervisors of a team that one of its cases was escalated; all of the team where it has none."""
        people = people_for(session, case.team)
        for person in [person for person in people if person.role == "supervisor"] or people:
            self._mention(session, event, person)
        self.cases.audit(session, self.parts.now(), "case_escalated", case, **event.data)

    def _may_expire(self, session: Session, case: Case) -> bool:
        """Whether the bot may have a conversation back because nobody came: never in a grave case, nor while a
        decision is awaited."""
        grave = set(reasons_of(case)) & set(self.parts.desk.times.never_expire)
        return case.holds and not grave and not self._awaits_decision(session, case)

    def _end_silent(self, session: Session, case: Case) -> bool:
        """A case that was answered, and the borrower said no more: it ends quietly."""
        now = self.parts.now()
        latest = select(CaseEvent.at).where(CaseEvent.case_id == case.id).order_by(CaseEvent.at.desc()).limit(1)
        since = session.scalars(latest).first() or case.opened_at
        waits = case.call_at is not None and case.call_at > now
        if waits or self._awaits_decision(session, case):
            return False
        if since + timedelta(hours=self.parts.desk.times.borrower_silent_hours) > now:
            return False
        record(session, now, case, "no_answer")
        self.cases.end_within(session, case, "the borrower said no more", "bot", kind="no_answer", told=None)
        return True

    def _after(self, case: Case, start: datetime, hours: float) -> datetime:
        return after(self.parts.handover, case.priority, start, hours)

    def put_back(self, session: Session, case: Case) -> None:
        """Lets others take a case; a borrower who was answered waits for whoever that is. The bot has the conversation
        again where only the claim held it: nobody has said anything, and no reason of the case needs a person."""
        case.owner_id = case.claimed_at = None
        case.status = "waiting"
        self.cases.await_agent(case, self.parts.now())
        if case.answered_at is None and not self.cases.is_for_a_person(case):
            conversation = session.get_one(Conversation, case.conversation_id)
            case.holds = False
            if conversation.case_id == case.id:
                conversation.case_id = None

    # -- the borrower, who waits

    def heard(self, session: Session, conversation: Conversation, turn: Turn) -> None:
        """Notes that a borrower with an open case wrote: where a person leads the talk, they wait for an answer."""
        case = self.cases.open_in(session, conversation.id)
        if case is None:
            return
        now = self.parts.now()
        case.changed_at = now
        if conversation.case_id == case.id:
            self.cases.await_agent(case, now)

    def cancel(self, conversation_id: str) -> bool:
        """The borrower no longer wants a person; says whether that was possible: nobody has the case, and it is open
        for nothing but a wish."""
        with self.parts.store.transaction() as session:
            case = self.cases.open_in(session, conversation_id)
            if case is None or not self.cases.is_cancellable(case):
                return False
            record(session, self.parts.now(), case, "cancelled")
            self.cases.end_within(
                session,
                case,
                "the borrower no longer wants a person",
                "borrower",
                status="returned",
                kind="cancelled",
                told=None,
            )
            return True

    def choose_call(self, conversation_id: str, at: datetime) -> Literal["chosen", "passed", "closed"]:
        """The borrower picks one of the times that were offered; passed: it cannot be kept any more."""
        now = self.parts.now()
        with self.parts.store.transaction() as session:
            case = self.cases.open_in(session, conversation_id)
            if case is None:
                return "closed"
            if case.call_at != at:
                if not calls.is_free(self.parts, session, case, at):
                    return "passed"
                self._expect_call(case, at)
                record(session, now, case, "call_chosen", at=at.isoformat())
                self.cases.audit(session, now, "case_call_chosen", case, "borrower", moment=at.isoformat())
            return "chosen"

    def slots(self, conversation_id: str) -> list[datetime]:
        """The next times at which somebody can call the borrower of a conversation; none where no case is open."""
        with self.parts.store.reading() as session:
            case = self.cases.open_in(session, conversation_id)
            return calls.slots(self.parts, session, case) if case is not None else []

    def present(self, team: str) -> bool:
        """Whether anybody of a team is there: available, and seen at the desk lately, while people work."""
        with self.parts.store.transaction() as session:
            return is_present(self.parts, session, team)
