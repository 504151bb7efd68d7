"""Terms at the desk: worked out by the engine, bounded by somebody's authority, decided on by somebody else above it.

A borrower answers terms of a person's as they answer the bot's: by a button, or by a clear yes right after them.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import Literal

from sqlalchemy import ColumnElement, func, select, update
from sqlalchemy.orm import Session

from bot.domain.authority import approval_needed, inside, least_role, outside
from bot.domain.money import Money
from bot.domain.offer import Terms
from bot.domain.policy import PEOPLE, Role
from bot.domain.rights import Actor
from bot.domain.table import Table
from bot.domain.wanted import NoTerms, Wanted, terms_of
from bot.services.accounts import active_plan, verified_account
from bot.services.case_desk import NotPossible, OnCases, words_of
from bot.services.cases import invited, reference
from bot.services.negotiation import Step
from bot.services.outbox import enqueue_replies
from bot.services.parts import new_id
from bot.services.replies import Reply
from bot.services.terms_words import answers_to, describe
from bot.services.timeline import record, recorded
from bot.store.tables import Account, Case, Conversation, Decision, Offer, OutboxMessage, Turn

BY_AGENT = "agent"
# Why nothing can be agreed now, in one sentence each.
BARRED = {
    "held": "Collection is stopped on this account; nothing is negotiated until it is lifted.",
    "settled": "Nothing is owed on this account.",
    "waits_for_approval": "A plan that the borrower agreed to waits for approval; decide on it first.",
    "no_authority": "The policy in force allows nothing for this account.",
    "waits": "Other terms wait for a decision; decide on them or withdraw them first.",
}


@dataclass(frozen=True)
class Quote:
    """What terms would come to. ``role``: the least one that may agree to them; ``own``: whether the asker's does.

    ``outside``: keys of the asker's authority that are not kept, such as ``plan.most_instalments``; ``approval``: why
    the policy wants a second person's yes all the same, such as ``longer_than_days``. ``why`` and ``problem``: a code
    and a sentence, where what was named makes no terms or nothing can be agreed now.
    """

    terms: Terms | None = None
    role: Role | None = None
    own: bool = False
    outside: tuple[str, ...] = ()
    approval: tuple[str, ...] = ()
    why: str | None = None
    problem: str | None = None


@dataclass(frozen=True)
class Proposed:
    """What became of terms: ``sent`` to the borrower, ``unproven`` where they have to prove who they are before they
    see them, or ``waits`` for somebody of ``role`` to decide."""

    offer_id: str
    state: Literal["sent", "unproven", "waits"]
    role: Role
    terms: Terms


class CaseTerms(OnCases):
    """Working terms out, putting them to the borrower, deciding on them."""

    def work_out(self, actor: Actor, case: str, wanted: Wanted) -> Quote:
        """What terms would come to, and who may agree to them; changes nothing."""
        with self._on(actor, case) as (session, found):
            actor.demand("work")
            return self._quote(session, actor, self._its_account(session, found), wanted)

    def propose(self, actor: Actor, case: str, key: str, wanted: Wanted, why: str) -> Proposed:
        """Puts terms to the borrower, or before somebody who may agree to them where the actor may not alone."""
        with self._on(actor, case) as (session, found):
            done = self._done(session, actor, key, found)
            if done is not None:
                offer = session.get_one(Offer, done.data["offer"])
                return Proposed(offer.id, done.data["state"], done.data["role"], Terms.from_json(offer.terms))
            self._work_on(session, actor, found, key)
            account = self._its_account(session, found)
            quote = self._quote(session, actor, account, wanted)
            if quote.terms is None or quote.problem is not None:
                raise NotPossible(quote.problem or "These terms cannot be agreed.")
            if quote.role is None:
                raise NotPossible(f"Nobody may agree to these terms: {', '.join(quote.outside)}.")
            waits = not quote.own or bool(quote.approval)
            said = words_of(why, "Say why these terms are right.") if waits else why.strip()
            role: Role = "supervisor" if waits else quote.role
            offer = self._offer(session, actor, found, account, quote.terms, quote.role, waits)
            told = {"offer": offer.id, "role": role, "terms": offer.terms, "in_time": self._in_time(found)}
            if waits:
                session.add(
                    Decision(
                        case_id=found.id,
                        offer_id=offer.id,
                        role=role,
                        status="waiting",
                        asked_by=actor.id,
                        why=said,
                        asked_at=self.parts.now(),
                    )
                )
                self._note(session, actor, found, key, "asked_to_decide", said, state="waits", **told)
                return Proposed(offer.id, "waits", role, quote.terms)
            message, state = self._put(session, found, account, offer)
            self._note(session, actor, found, key, "proposed", said, outbox=message.id, state=state, **told)
            self._answered(session, found, message)
            return Proposed(offer.id, state, role, quote.terms)

    def withdraw(self, actor: Actor, case: str, key: str) -> None:
        """Takes back terms that the borrower has not answered yet, or that nobody has decided on."""
        with self._on(actor, case) as (session, found):
            if self._done(session, actor, key, found) is not None:
                return
            self._work_on(session, actor, found, key)
            waiting = session.scalars(
                select(Decision).where(Decision.case_id == found.id, Decision.status == "waiting")
            )
            ids = []
            for decision in waiting:
                self._close(session, decision, "withdrawn")
                ids.append(decision.offer_id)
            conversation = session.get_one(Conversation, found.conversation_id)
            open_terms = session.scalars(
                select(Offer).where(
                    Offer.conversation_id == conversation.id, Offer.status == "open", Offer.proposed_by == BY_AGENT
                )
            )
            for offer in open_terms:
                offer.status = "superseded"
                ids.append(offer.id)
                self._clear(conversation)
            if not ids:
                raise NotPossible("No terms are open.")
            self._note(session, actor, found, key, "withdrawn", offers=ids)

    def ask_identity(self, actor: Actor, case: str, key: str) -> None:
        """Asks the borrower to prove who they are once more, where the proof has run out."""
        with self._on(actor, case) as (session, found):
            if self._done(session, actor, key, found) is not None:
                return
            self._work_on(session, actor, found, key)
            conversation = self._hold_talk(session, found)
            if verified_account(session, conversation, self.parts.now()) is not None:
                raise NotPossible("The borrower has proven who they are.")
            message = self._ask_identity(session, found, conversation, f"identity:{self._click(actor, key)}")
            self._note(session, actor, found, key, "identity_asked", outbox=message.id)
            self._answered(session, found, message)

    def promise(self, actor: Actor, case: str, key: str, amount: Money, on: date, words: str = "") -> None:
        """Records what the borrower promised to a person: by telephone, say."""
        with self._on(actor, case) as (session, found):
            if self._done(session, actor, key, found) is not None:
                return
            self._work_on(session, actor, found, key)
            account = self._its_account(session, found)
            quote = self._quote(session, actor, account, Wanted("promise", each=amount, first_on=on))
            if quote.terms is None or quote.problem is not None:
                raise NotPossible(quote.problem or "This cannot be promised.")
            if not quote.own or quote.role is None:
                raise NotPossible(f"Your authority does not allow this: {', '.join(quote.outside)}.")
            if active_plan(session, account.id) is not None:
                raise NotPossible("A plan runs on this account; a promise does not take its place.")
            offer = self._offer(session, actor, found, account, quote.terms, quote.role, waits=False)
            offer.approval = "given"
            said = words.strip() or f"promised to {actor.name}"
            self.plans.start(
                session, account, offer, quote.terms, said, self.parts.now(), quote.role, turn_id=offer.turn_id
            )
            self._note(session, actor, found, key, "promised", words.strip() or None, offer=offer.id, terms=offer.terms)

    # -- the borrower's answer

    def accept(self, turn_id: int, offer_id: str | None) -> Step:
        """A borrower's yes to terms while a person has the conversation, as `Negotiation.agree`; the timeline says so.

        Raises bot.services.negotiation.Unverified where the proof of identity has run out.
        """
        with self.parts.store.transaction() as session:
            turn = session.get_one(Turn, turn_id)
            case = self.cases.open_in(session, turn.conversation_id)
            step = self.negotiation.agree(turn_id, offer_id)
            conversation = session.get_one(Conversation, turn.conversation_id)
            if step.state == "agreed":
                conversation.asked = ""  # nobody asks for the hour of a promise while a person is there
                if case is not None:
                    self._answered_by_borrower(session, case, turn, "borrower_agreed", step.offers[0].id)
            return step

    def decline(self, turn_id: int) -> bool:
        """A borrower's no to terms of a person's: they are rejected, and the timeline says so; False for none."""
        with self.parts.store.transaction() as session:
            turn = session.get_one(Turn, turn_id)
            conversation = session.get_one(Conversation, turn.conversation_id)
            case, offer = self.cases.open_in(session, conversation.id), self._open_terms(session, conversation)
            if case is None or offer is None:
                return False
            offer.status = "rejected"
            self._clear(conversation)
            now = self.parts.now()
            self.parts.store.audit(
                session, now, "borrower", "offers_closed", conversation.id, status="rejected", account=offer.account_id
            )
            self._answered_by_borrower(session, case, turn, "borrower_refused", offer.id)
            return True

    def _answered_by_borrower(
        self, session: Session, case: Case, turn: Turn, kind: Literal["borrower_agreed", "borrower_refused"], offer: str
    ) -> None:
        terms, key = session.get_one(Offer, offer).terms, f"{kind}:{turn.id}"
        if recorded(session, key) is None:
            now = self.parts.now()
            record(session, now, case, kind, key=key, words=turn.text, offer=offer, terms=terms, turn=turn.id)

    @staticmethod
    def _open_terms(session: Session, conversation: Conversation) -> Offer | None:
        """The offer that was read back in a conversation and waits for the borrower's yes."""
        selected = json.loads(conversation.draft or "{}").get("selected")
        offer = session.get(Offer, selected) if selected else None
        return offer if offer is not None and offer.status == "open" else None

    # -- within

    def _quote(self, session: Session, actor: Actor, account: Account, wanted: Wanted) -> Quote:
        own = actor.negotiates_as or "agent"
        barred = self.negotiation.barred(session, account)
        if barred is not None and barred != "plan_runs":
            return Quote(why=barred, problem=BARRED[barred])
        if wanted.kind == "promise" and barred == "plan_runs":
            return Quote(why="plan_runs", problem="A plan runs on this account; a promise does not take its place.")
        waiting = select(Offer.id).where(*_awaiting(account), Offer.proposed_by.is_distinct_from("borrower")).limit(1)
        if session.scalars(waiting).first() is not None:
            return Quote(why="waits", problem=BARRED["waits"])
        table = self.negotiation.table(session, account)
        if table is None:
            return Quote(why="no_authority", problem=BARRED["no_authority"])
        table = replace(table, role=own)
        try:
            terms = terms_of(table, wanted)
        except NoTerms as error:
            return Quote(why=error.why, problem=str(error))
        role = least_role(table, terms, PEOPLE)
        if role is not None:
            terms = replace(terms, rule=replace(table, role=role).rule(terms.kind))
        return Quote(
            terms=terms,
            role=role,
            own=inside(table, terms),
            outside=tuple(dict.fromkeys(outside(table, terms))),
            approval=tuple(approval_needed(table, terms)) if terms.kind != "promise" else (),
        )

    def _offer(
        self, session: Session, actor: Actor, case: Case, account: Account, terms: Terms, role: Role, waits: bool
    ) -> Offer:
        """Makes an offer of terms that somebody worked out; everything else that was open is superseded."""
        turn_id = session.scalar(select(func.max(Turn.id)).where(Turn.conversation_id == case.conversation_id))
        if turn_id is None:
            raise NotPossible("The borrower has not written here yet; terms are put to them where they write.")
        options = session.scalar(select(func.max(Offer.option)).where(Offer.turn_id == turn_id)) or 0
        table = self._table(session, account, role)
        session.execute(
            update(Offer).where(Offer.account_id == account.id, Offer.status == "open").values(status="superseded")
        )
        now = self.parts.now()
        offer = Offer(
            id=new_id("o"),
            account_id=account.id,
            conversation_id=case.conversation_id,
            turn_id=turn_id,
            option=options + 1,
            round=table.round,
            kind=terms.kind,
            terms=terms.as_json(),
            policy=table.policy.name,
            policy_version=table.policy.version,
            rule=terms.rule,
            authority=role,
            proposed_by=BY_AGENT,
            approval="wanted" if waits else None,
            conceded=str(table.share),
            status="awaiting" if waits else "open",
            created_at=now,
            expires_at=now + timedelta(hours=table.policy.offer_lifetime_hours),
        )
        session.add(offer)
        session.flush()
        self.parts.store.audit(
            session,
            now,
            actor.signature,
            "offer_made",
            offer.id,
            account=account.id,
            policy=offer.policy,
            policy_version=offer.policy_version,
            rule=offer.rule,
            authority=offer.authority,
            round=offer.round,
            terms=offer.terms,
        )
        return offer

    def _table(self, session: Session, account: Account, role: Role) -> Table:
        table = self.negotiation.table(session, account)
        if table is None:
            raise NotPossible(BARRED["no_authority"])
        return replace(table, role=role)

    def _put(
        self, session: Session, case: Case, account: Account, offer: Offer
    ) -> tuple[OutboxMessage, Literal["sent", "unproven"]]:
        """Lets the borrower have an offer to say yes to; while nobody has proven who they are, only asks for that."""
        conversation = self._hold_talk(session, case)
        running = active_plan(session, account.id)
        kept = {"changes": running.id} if running is not None else {}
        conversation.draft = json.dumps({**kept, "offers": [offer.id], "selected": offer.id})
        proven = verified_account(session, conversation, self.parts.now()) is not None
        if proven:
            message = self._read_back(session, case, offer)
        else:
            message = self._ask_identity(session, case, conversation, f"identity:{offer.id}")
        if message.status == "blocked":  # nobody says yes to what they never read
            offer.status = "superseded"
            self._clear(conversation)
        else:  # the borrower's own terms, where they waited for a decision, are answered by these
            own = (*_awaiting(account), Offer.proposed_by == "borrower", Offer.id != offer.id)
            session.execute(update(Offer).where(*own).values(status="superseded"))
        return message, "sent" if proven else "unproven"

    def _read_back(
        self, session: Session, case: Case, offer: Offer, response: str = "utter_colleague_terms"
    ) -> OutboxMessage:
        """Sends an offer in full, with buttons for a yes and a no."""
        conversation = session.get_one(Conversation, case.conversation_id)
        conversation.asked = "confirm"
        terms = Terms.from_json(offer.terms)
        facts = {"terms": describe(terms), "schedule": [row.as_json() for row in terms.schedule]}
        message = enqueue_replies(
            self.parts,
            session,
            key=f"terms:{offer.id}",
            kind="terms",
            replies=[Reply(response, facts, answers_to(offer.id))],
            conversation=conversation,
            account=session.get_one(Account, offer.account_id),
            invited=invited(case) or offer.proposed_by == "borrower",
        )
        if message is None:
            raise NotPossible("The guard stopped the message; nothing was sent.")
        self.parts.store.audit(session, self.parts.now(), "bot", "offer_read_back", offer.id)
        return message

    def _ask_identity(self, session: Session, case: Case, conversation: Conversation, key: str) -> OutboxMessage:
        """Asks the borrower of a case to prove who they are."""
        conversation.asked = ""
        step = self.identity.start(conversation.id)
        message = enqueue_replies(
            self.parts,
            session,
            key=key,
            kind="question",
            replies=[
                Reply("utter_colleague_needs_identity", {"reference": reference(case.id)}),
                Reply(f"utter_identity_{step.outcome}", {"tries": step.tries_left}),
            ],
            conversation=conversation,
            account=self._account(session, case),
            invited=invited(case),
        )
        if message is None or step.outcome == "locked":
            raise NotPossible("The borrower cannot prove who they are now: too many tries went wrong.")
        return message

    def _answered(self, session: Session, case: Case, message: OutboxMessage) -> None:
        """The next word is the borrower's, and somebody is there to read it; what was held back answers nothing."""
        if message.status == "blocked":
            return
        now = self.parts.now()
        self._hold_talk(session, case)
        case.answered_at = case.answered_at or now
        if case.call_at is None:  # otherwise somebody still owes them a call
            case.awaits_agent_since, case.status = None, "borrower"

    @staticmethod
    def _clear(conversation: Conversation) -> None:
        """No terms are open in a conversation any more."""
        conversation.draft, conversation.asked = None, ""

    def _close(self, session: Session, decision: Decision, how: str) -> None:
        """Nobody has to decide on terms any more."""
        decision.status, decision.decided_at = how, self.parts.now()
        offer = session.get_one(Offer, decision.offer_id)
        if offer.status == "awaiting":
            offer.status, offer.approval = "superseded", None


def _awaiting(account: Account) -> tuple[ColumnElement[bool], ...]:
    """What waits for somebody's decision on an account."""
    return Offer.account_id == account.id, Offer.status == "awaiting"
