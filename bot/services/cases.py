"""Cases: what a person has to decide, with all that they need to see at a glance."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from bot.domain.handover import About, Reason
from bot.services import calls
from bot.services.accounts import verified_account
from bot.services.case_names import reasons_of as reasons_of
from bot.services.case_names import reference as reference
from bot.services.case_summary import summed_up
from bot.services.feedback import ask_after_case
from bot.services.outbox import enqueue_words
from bot.services.parts import Parts
from bot.services.presence import is_present, team_for
from bot.services.timeline import await_agent, record
from bot.store.tables import Account, Attachment, Button, Case, Conversation, Offer, Turn

URGENCY = ("low", "normal", "high", "urgent")
# What no borrower asked for: an agent's words about it are uninvited.
OPENED_BY_THE_LEDGER = ("plan_broken", "promise_broken", "payment_reversed")
DISTRESS = "express_distress"
WISHES_TO_PAY = ("propose_plan", "promise_payment", "pay_now", "request_plan")
UNAFFORDABLE = "unaffordable"
DEATH = "report_death"
# Under these no message of ours speaks of money, not even of money that arrived.
SILENT = (DISTRESS, DEATH)
# After these nothing is sent when a person is done: whoever wrote needs no notice of it, or is not the borrower.
ENDS_QUIETLY = (*SILENT, "underage", "wrong_person", "third_party")
# A case for nothing but these can be called off by the borrower, who is well with the bot after all.
CANCELLABLE = ("request_human", "request_callback", "not_understood", "refuse_to_pay", "no_agreement", "abuse")
# What nobody has to lead the talk for, but somebody should be there to do soon.
CALLS = ("request_callback",)
FRAUD = "report_fraud"
# Which reason a dispute has by what it is about.
DISPUTES: dict[About, str] = {
    "amount": "dispute_debt",
    "not_mine": "dispute_debt",
    "already_paid": "claim_already_paid",
    "name_used": FRAUD,
}


class UnknownCase(LookupError):
    """There is no case with that id."""


@dataclass(frozen=True)
class CaseOpened:
    """What a borrower may be told of their case.

    ``added``: the reason is new in it. ``proven``: the borrower has proven who they are. ``late``: the time by which
    an answer was promised has passed. ``alone``: they are handed over, and nobody is there to take it; ``slots`` are
    the next times at which somebody can call then. ``cancellable``: the borrower may still call it off.
    ``taken``: somebody at the desk has the case; ``acknowledged``: and the borrower knows that a person has the talk.
    """

    reference: str
    answer_by: datetime
    time_zone: str
    holds: bool
    country: str | None
    stops_collection: bool = False
    added: bool = False
    proven: bool = False
    late: bool = False
    reason: str = ""
    reasons: tuple[str, ...] = ()
    about: str | None = None
    alone: bool = False
    slots: tuple[datetime, ...] = ()
    cancellable: bool = False
    taken: bool = False
    acknowledged: bool = False


class Cases:
    """Opening cases, showing them, giving conversations back to the bot."""

    def __init__(self, parts: Parts) -> None:
        self.parts = parts

    def open(self, conversation_id: str, reason: str, about: str | None = None) -> CaseOpened:
        """Opens a case of a conversation for a reason of the hand-over rules, or adds the reason to the open one.

        ``about``: one word for what it is about, where the reason alone does not say.
        """
        with self.parts.store.transaction() as session:
            conversation = session.get_one(Conversation, conversation_id)
            return self.open_within(session, conversation, reason, about=about)

    def open_within(
        self,
        session: Session,
        conversation: Conversation,
        reason: str,
        account: Account | None = None,
        about: str | None = None,
    ) -> CaseOpened:
        """The same inside a transaction that is under way.

        ``account``: whose account it is about, where the ledger and not somebody talking gives the reason.
        """
        now, rules = self.parts.now(), self.parts.handover
        rule = rules.reasons[reason]
        account = account or verified_account(session, conversation, now)
        if account is None and reason == DEATH and conversation.account_id is not None:
            account = session.get(Account, conversation.account_id)  # nobody is left to prove it again
        case = self.open_in(session, conversation.id)
        handed_over = case is not None and case.holds
        added = case is None or reason not in reasons_of(case)
        if case is None:
            case = Case(
                account_id=account.id if account else None,
                conversation_id=conversation.id,
                reason=reason,
                about=about,
                reasons=[reason],
                priority=rule.priority,
                status="waiting",
                holds=rule.holds,
                summary="",
                language=conversation.language,
                opened_at=now,
                due_at=rules.due(reason, now),
                team=self.team_for(session, conversation.language, [reason]),
                awaits_agent_since=now,
            )
            session.add(case)
            session.flush()
            record(session, now, case, "opened", key=f"opened:{case.id}", reason=reason)
            self.audit(session, now, "case_opened", case, reason=reason)
        elif added:
            self._add_reason(session, case, reason, now)
            record(session, now, case, "reason_added", key=f"reason:{case.id}:{reason}", reason=reason)
            self.audit(session, now, "case_reason_added", case, reason=reason)
        case.holds = case.holds or rule.holds
        account = account or self._account(session, case)
        case.account_id = case.account_id or (account.id if account else None)
        if (said := _with(case.about, about)) != case.about:
            case.about = said
            self.audit(session, now, "case_about", case, about=said)
        if case.holds:
            conversation.case_id = case.id
            conversation.asked = ""
        if rule.holds and rule.stops_collection:
            self._drop_what_was_open(session, conversation, now)
        self._stop(session, case, conversation, account, [reason], now)
        case.summary = summed_up(self.parts, session, case, conversation, account, now)
        told = self._told(session, case, conversation, account, reason, added)
        wished = reason in CALLS or (case.holds and not handed_over)
        if not wished or case.call_at is not None or set(reasons_of(case)) & set(ENDS_QUIETLY):
            return told
        if case.owner_id is not None or is_present(self.parts, session, case.team):
            return told
        in_peace = any(rules.reasons[reason].stops_contact for reason in reasons_of(case))
        return replace(told, alone=True, slots=() if in_peace else tuple(calls.slots(self.parts, session, case)))

    def _add_reason(self, session: Session, case: Case, reason: str, now: datetime) -> None:
        """Adds a reason to a case; a graver one is what it is about from now on, an urgent one hurries the answer."""
        rules = self.parts.handover
        rule = rules.reasons[reason]
        case.reasons = [*reasons_of(case), reason]
        if self._is_graver(rule, rules.reasons[case.reason]):
            case.reason = reason
        if URGENCY.index(rule.priority) >= URGENCY.index(case.priority):
            case.priority = rule.priority
            case.due_at = min(case.due_at, rules.due(reason, now))
        if case.owner_id is None:
            case.team = self.team_for(session, case.language, reasons_of(case))
        self.await_agent(case, now)

    def team_for(self, session: Session, language: str, reasons: Sequence[str]) -> str:
        """The team of a case: the first that takes it and to which somebody who has joined belongs."""
        return team_for(self.parts, session, language, reasons)

    def is_for_a_person(self, case: Case) -> bool:
        """Whether one of the reasons of a case needs a person to lead the talk."""
        return any(self.parts.handover.reasons[reason].holds for reason in reasons_of(case))

    def await_agent(self, case: Case, now: datetime) -> None:
        """A case waits for an answer from now, if it did not already."""
        await_agent(self.parts.handover, case, now)

    def waiting(self, conversation_id: str) -> CaseOpened:
        """The open case of a conversation, held or not, as its borrower may know it. Raises UnknownCase."""
        with self.parts.store.transaction() as session:
            conversation = session.get_one(Conversation, conversation_id)
            case = self.open_in(session, conversation_id)
            if case is None:
                raise UnknownCase(f"no case is open in {conversation_id}")
            account = verified_account(session, conversation, self.parts.now())
            return self._told(session, case, conversation, account, case.reason, added=False)

    def reasons(self, conversation_id: str) -> tuple[str, ...]:
        """The reasons of the open case of a conversation; none where no case is open."""
        with self.parts.store.reading() as session:
            case = self.open_in(session, conversation_id)
            return tuple(reasons_of(case)) if case is not None else ()

    def current(self, conversation_id: str) -> CaseOpened:
        """The case that holds a conversation, as its borrower may know it. Raises UnknownCase."""
        with self.parts.store.transaction() as session:
            conversation = session.get_one(Conversation, conversation_id)
            case = self._holding(session, conversation)
            account = verified_account(session, conversation, self.parts.now())
            return self._told(session, case, conversation, account, case.reason, added=False)

    def identified(self, conversation_id: str) -> CaseOpened:
        """Puts the account of a borrower who has proven who they are to the case that holds the conversation.

        What the case demands of an account happens to it now. Raises UnknownCase.
        """
        now = self.parts.now()
        with self.parts.store.transaction() as session:
            conversation = session.get_one(Conversation, conversation_id)
            case = self._holding(session, conversation)
            account = verified_account(session, conversation, now)
            if account is not None and case.account_id is None:
                case.account_id = account.id
                record(session, now, case, "identified", key=f"identified:{case.id}")
                self.audit(session, now, "case_identified", case, account=account.id)
                self._stop(session, case, conversation, account, reasons_of(case), now)
            case.summary = summed_up(self.parts, session, case, conversation, account, now)
            told = self._told(session, case, conversation, account, case.reason, added=False)
            stops = any(self.parts.handover.reasons[reason].stops_collection for reason in reasons_of(case))
            return replace(told, stops_collection=stops and account is not None)

    def yield_to(self, conversation_id: str, intent: str) -> bool:
        """Gives a conversation back to the bot for a wish to pay, where its case lets it go and nobody has taken it.

        The case stays open for a person. Says whether it was given back.
        """
        if intent not in WISHES_TO_PAY:
            return False
        with self.parts.store.transaction() as session:
            conversation = session.get_one(Conversation, conversation_id)
            case = session.get(Case, conversation.case_id) if conversation.case_id else None
            rules = self.parts.handover.reasons
            if case is None or case.status != "waiting" or not all(rules[r].yields for r in reasons_of(case)):
                return False
            case.holds, conversation.case_id = False, None
            record(session, self.parts.now(), case, "yielded")
            self.audit(session, self.parts.now(), "case_yielded", case, actor="borrower")
            return True

    def asked_after(self, conversation_id: str) -> None:
        """Records that a borrower asked where their case stands. Raises UnknownCase."""
        with self.parts.store.transaction() as session:
            case = self._holding(session, session.get_one(Conversation, conversation_id))
            record(session, self.parts.now(), case, "asked_after")
            self.audit(session, self.parts.now(), "case_asked_after", case, actor="borrower")

    def hand_back(self, case_id: str, outcome: str, agent: str = "agent") -> None:
        """Resolves a case and gives its conversation back to the bot, and tells the borrower. Raises UnknownCase.

        What one of its own reasons stopped goes on.
        """
        with self.parts.store.transaction() as session:
            case = self.find(session, case_id)
            if case.resolved_at is None:
                record(session, self.parts.now(), case, "resolved", words=outcome, by=agent)
                self.let_go(session, case, agent)
                self.end_within(session, case, outcome, agent)

    def end_within(
        self,
        session: Session,
        case: Case,
        outcome: str,
        agent: str,
        *,
        status: str = "resolved",
        kind: str | None = None,
        told: str | None = "utter_case_done",
        facts: Mapping[str, Any] | None = None,
    ) -> None:
        """Ends a case and gives its conversation back to the bot, which says so and may ask how it was.

        ``status``: resolved, returned or expired; ``kind``: of the outcome.
        ``told``: the response that tells the borrower (of ``reference`` and ``facts``); None where nothing is said.
        What is stopped stays stopped; whoever means to let it go on does that first (`let_go`).
        """
        now, held = self.parts.now(), case.holds
        self._resolve(session, now, case, outcome, agent, status, kind)
        if told is None:
            return
        if held and not set(reasons_of(case)) & set(ENDS_QUIETLY):
            self._tell(session, case, told, facts or {})
        if told == "utter_case_done":
            ask_after_case(session, self.parts, case, now)

    def settle_within(
        self, session: Session, conversation: Conversation, reason: str, outcome: str, agent: str
    ) -> None:
        """Resolves the open case of a conversation if it is about that reason; a graver one stays open."""
        case = self.open_in(session, conversation.id)
        if case is not None and case.reason == reason:
            record(session, self.parts.now(), case, "resolved", words=outcome, by=agent)
            self._resolve(session, self.parts.now(), case, outcome, agent)

    def all(self) -> list[dict[str, Any]]:
        """Open cases, the most urgent and oldest first, then the resolved ones."""
        with self.parts.store.transaction() as session:
            cases = session.scalars(select(Case)).all()
            ordered = sorted(cases, key=lambda c: (c.resolved_at is not None, -URGENCY.index(c.priority), c.opened_at))
            return [self._as_json(session, case) for case in ordered]

    def show(self, case_id: str) -> dict[str, Any]:
        """One case with its transcript and the files that were sent, by reference. Raises UnknownCase."""
        with self.parts.store.transaction() as session:
            case = self.find(session, case_id)
            turns = session.scalars(select(Turn).where(Turn.conversation_id == case.conversation_id).order_by(Turn.id))
            return {
                **self._as_json(session, case),
                "transcript": [
                    {
                        "at": turn.received_at.isoformat(),
                        "borrower": turn.text,
                        "intent": turn.intent,
                        "confidence": turn.confidence,
                        "bot": turn.responses,
                    }
                    for turn in turns
                ],
                "attachments": [
                    {
                        "at": file.at.isoformat(),
                        "kind": file.kind,
                        "name": file.name,
                        "mime": file.mime,
                        "size": file.size,
                        "file_id": file.file_id,
                    }
                    for file in session.scalars(
                        select(Attachment)
                        .where(Attachment.conversation_id == case.conversation_id)
                        .order_by(Attachment.id)
                    )
                ],
            }

    def sum_up(self, session: Session, case: Case) -> None:
        """Writes the summary of a case anew from what is known now."""
        conversation = session.get_one(Conversation, case.conversation_id)
        account = session.get(Account, case.account_id) if case.account_id else None
        case.summary = summed_up(self.parts, session, case, conversation, account, self.parts.now())

    def _tell(self, session: Session, case: Case, response: str, facts: Mapping[str, Any]) -> None:
        """Tells the borrower how their case ended, once each time that it does, unless they want no messages."""
        conversation = session.get_one(Conversation, case.conversation_id)
        account = self._account(session, case)
        if conversation.contact_stopped_at or (account is not None and account.contact_stopped_at):
            return
        enqueue_words(
            self.parts,
            session,
            key=f"case_done:{case.id}" + (f":{case.reopened}" if case.reopened else ""),
            kind="case",
            response=response,
            facts={"reference": reference(case.id), **facts},
            conversation=conversation,
            account=account,
            invited=True,
        )

    def _told(
        self,
        session: Session,
        case: Case,
        conversation: Conversation,
        account: Account | None,
        reason: str,
        added: bool,
    ) -> CaseOpened:
        rules, now = self.parts.handover, self.parts.now()
        return CaseOpened(
            reference=reference(case.id),
            answer_by=case.due_at,
            time_zone=account.time_zone if account else rules.opening_hours.time_zone,
            holds=case.holds,
            country=account.country if account else None,
            stops_collection=rules.reasons[reason].stops_collection and account is not None and reason != DISTRESS,
            added=added,
            proven=verified_account(session, conversation, now) is not None,
            late=case.awaits_agent_since is not None and case.due_at < now,
            reason=case.reason,
            reasons=reasons_of(case),
            about=_dispute(case.about),
            cancellable=self.is_cancellable(case),
            taken=case.owner_id is not None,
            acknowledged=self._is_acknowledged(session, case),
        )

    def _is_acknowledged(self, session: Session, case: Case) -> bool:
        """Whether a borrower knows that a person has the talk: by the reason, by an answer, or because the first thing
        that they said after somebody took the case was acknowledged."""
        if self.is_for_a_person(case) or case.answered_at is not None or case.claimed_at is None:
            return True
        told = select(Turn.id).where(
            Turn.conversation_id == case.conversation_id,
            Turn.received_at >= case.claimed_at,
            Turn.answered_at.is_not(None),
        )
        return session.scalars(told.limit(1)).first() is not None

    @staticmethod
    def is_cancellable(case: Case) -> bool:
        """Whether a borrower may call a case off: nobody has it, and it is open for nothing but a wish."""
        waits = case.resolved_at is None and case.status == "waiting"
        return waits and set(reasons_of(case)) <= set(CANCELLABLE)

    def _stop(
        self,
        session: Session,
        case: Case,
        conversation: Conversation,
        account: Account | None,
        reasons: Sequence[str],
        now: datetime,
    ) -> None:
        """Stops what some reasons stop: demands on the account, and messages that nobody asked for."""
        for reason in reasons:
            rule = self.parts.handover.reasons[reason]
            if rule.stops_contact:
                conversation.contact_stopped_at = conversation.contact_stopped_at or now
            if account is None:
                continue
            if rule.stops_contact:
                account.contact_stopped_at = account.contact_stopped_at or now
            if rule.stops_collection and self._outweighs(reason, account.hold):
                account.hold = reason
                self.audit(session, now, "collection_stopped", case, reason=reason)

    @staticmethod
    def _is_graver(new: Reason, old: Reason) -> bool:
        """Whether a case is about a new reason from now on: one that stops collection goes before one that does not;
        of two alike the more urgent or the later."""
        if new.stops_collection != old.stops_collection:
            return new.stops_collection
        return URGENCY.index(new.priority) >= URGENCY.index(old.priority)

    def _outweighs(self, reason: str, hold: str | None) -> bool:
        """Whether a reason takes the place of the one for which collection is stopped already."""
        rules = self.parts.handover.reasons
        if hold is None or hold not in rules or hold == reason:
            return hold != reason
        return hold == UNAFFORDABLE or URGENCY.index(rules[reason].priority) > URGENCY.index(rules[hold].priority)

    def may_replace(self, reason: str, hold: str | None) -> bool:
        """Whether anybody may stop collection for a reason while it is stopped for another one already: a graver one,
        or fraud in the place of another dispute."""
        fraud = reason == FRAUD and hold in DISPUTES.values()
        return hold in (None, reason) or fraud or self._outweighs(reason, hold)

    def _drop_what_was_open(self, session: Session, conversation: Conversation, now: datetime) -> None:
        """No offer, read-back, question or wish of before is taken up again, and no button of before counts."""
        session.execute(
            update(Offer)
            .where(Offer.conversation_id == conversation.id, Offer.status == "open")
            .values(status="superseded")
        )
        session.execute(
            update(Button)
            .where(Button.conversation_id == conversation.id, Button.used_in.is_(None), Button.expires_at > now)
            .values(expires_at=now)
        )
        conversation.draft = conversation.wish = None

    def _holding(self, session: Session, conversation: Conversation) -> Case:
        if conversation.case_id is None:
            raise UnknownCase(f"no case holds {conversation.id}")
        return session.get_one(Case, conversation.case_id)

    def _account(self, session: Session, case: Case) -> Account | None:
        return session.get(Account, case.account_id) if case.account_id else None

    def open_in(self, session: Session, conversation_id: str) -> Case | None:
        """The open case of a conversation, if there is one."""
        query = select(Case).where(Case.conversation_id == conversation_id, Case.resolved_at.is_(None))
        return session.scalars(query).one_or_none()

    def take_over(self, session: Session, case: Case, other: Case) -> None:
        """Adds the reasons of another case to one that goes on in its place."""
        now = self.parts.now()
        for reason in reasons_of(other):
            if reason not in reasons_of(case):
                self._add_reason(session, case, reason, now)
                record(session, now, case, "reason_added", reason=reason)
        case.about = _with(case.about, other.about)
        self.sum_up(session, case)

    def _resolve(
        self,
        session: Session,
        now: datetime,
        case: Case,
        outcome: str,
        agent: str,
        status: str = "resolved",
        kind: str | None = None,
    ) -> None:
        case.status, case.resolved_at, case.outcome, case.outcome_kind = status, now, outcome, kind
        case.awaits_agent_since, case.changed_at = None, now
        conversation = session.get_one(Conversation, case.conversation_id)
        if conversation.case_id == case.id:
            conversation.case_id = None
        conversation.misunderstandings = conversation.refusals = conversation.insults = 0
        account = self._account(session, case)
        if account is not None and account.hold is not None and case.merged_into is None:
            record(session, now, case, "hold_kept", reason=account.hold)
        told = {"kind": kind} if kind else {}
        self.audit(session, now, f"case_{status}", case, actor=agent, **told)

    def let_go(self, session: Session, case: Case, actor: str, person: int | None = None) -> None:
        """Lets collection go on where one of a case's own reasons stopped it and no other open case needs that."""
        account = self._account(session, case)
        if account is None or account.hold not in reasons_of(case) or self.others_hold(session, case):
            return
        now, lifted, account.hold = self.parts.now(), account.hold, None
        by: dict[str, Any] = {} if person is not None else {"by": actor}
        record(session, now, case, "hold_lifted", person=person, reason=lifted, **by)
        self.audit(session, now, "collection_goes_on", case, actor, reason=lifted)

    def others_hold(self, session: Session, case: Case) -> bool:
        """Whether another open case of the same account needs collection to stay stopped."""
        others = session.scalars(
            select(Case).where(Case.account_id == case.account_id, Case.id != case.id, Case.resolved_at.is_(None))
        )
        rules = self.parts.handover.reasons
        return any(rules[reason].stops_collection for other in others for reason in reasons_of(other))

    def find(self, session: Session, case_id: str, locked: bool = False) -> Case:
        """A case by its reference, however that is written; ``locked``: nobody else changes it until the transaction
        ends. Raises UnknownCase."""
        digits = case_id.upper().removeprefix("C-")
        number = int(digits) if digits.isdecimal() and len(digits) < 19 else None
        case = None if number is None else session.get(Case, number, with_for_update=locked or None)
        if case is None:
            raise UnknownCase(f"there is no case {case_id}")
        return case

    def _as_json(self, session: Session, case: Case) -> dict[str, Any]:
        account = self._account(session, case)
        return {
            "id": reference(case.id),
            "account": account.number if account else None,
            "conversation": case.conversation_id,
            "reason": case.reason,
            "about": case.about,
            "reasons": list(reasons_of(case)),
            "holds": case.holds,
            "priority": case.priority,
            "status": case.status,
            "language": case.language,
            "summary": case.summary,
            "opened_at": case.opened_at.isoformat(),
            "due_at": case.due_at.isoformat(),
            "resolved_at": case.resolved_at.isoformat() if case.resolved_at else None,
            "outcome": case.outcome,
        }

    def audit(self, session: Session, now: datetime, action: str, case: Case, actor: str = "bot", **data: Any) -> None:
        self.parts.store.audit(session, now, actor, action, reference(case.id), **data)


def _with(said: str | None, about: str | None) -> str | None:
    """What a case is about, and what it is about now as well; of disputes the first that was named stays."""
    if about in DISPUTES and _dispute(said) is not None:
        return said
    words = [word for part in (said, about) if part for word in part.split(", ")]
    return ", ".join(dict.fromkeys(words))[:40] or None


def _dispute(about: str | None) -> About | None:
    """The dispute among what a case is about."""
    return next((word for word in DISPUTES if word in (about or "").split(", ")), None)


def invited(case: Case) -> bool:
    """Whether words about a case are what its borrower asked for."""
    return case.resolved_at is None and case.reason not in OPENED_BY_THE_LEDGER
