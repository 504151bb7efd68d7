"""Decisions on terms by a second pair of eyes: what a colleague worked out, what the bot sent up, agreed plans."""

from __future__ import annotations

from datetime import timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from bot.domain.authority import outside
from bot.domain.offer import Terms
from bot.domain.rights import Actor
from bot.services.accounts import verified_account
from bot.services.case_desk import NotPossible, Taken, words_of
from bot.services.case_terms import BARRED, CaseTerms
from bot.services.cases import UnknownCase, reference
from bot.services.outbox import enqueue_words
from bot.store.tables import Account, Case, Conversation, Decision, Offer, Plan


class CaseDecisions(CaseTerms):
    """Another person's yes or no to terms."""

    def decide(self, actor: Actor, decision: str, key: str, approve: bool, words: str) -> None:
        """Another person's yes or no to terms, by the id of their offer (`bot.services.desk.DecisionView.id`).

        Terms that an agent worked out; the borrower's own, which the bot sent up; agreed plans that need approval.
        Whoever asked may not decide, and no agent in a case that a colleague has (Taken).
        """
        with self._on(actor, self._case_of(decision)) as (session, found):
            if self._done(session, actor, key, found) is not None:
                return
            offer = session.get_one(Offer, decision, with_for_update=True)
            asked = self._asked(session, decision)
            said = words.strip() if approve else words_of(words, "Say why not.")
            if asked is not None:
                self._decide_asked(session, actor, found, key, offer, asked, approve, said)
                return
            self.may_decide(actor, offer.authority)
            if found.owner_id not in (None, actor.id) and not actor.may("assign"):
                raise Taken(self._name(session, found.owner_id))
            plan = session.scalars(select(Plan).where(Plan.offer_id == offer.id)).one_or_none()
            self._note(
                session,
                actor,
                found,
                key,
                "approved" if approve else "refused",
                said or None,
                offer=offer.id,
                terms=offer.terms,
                in_time=self._in_time(found),
            )
            if plan is not None and plan.status == "agreed":
                self._decide_plan(session, actor, found, offer, approve)
            elif offer.status == "awaiting":
                conversation = session.get_one(Conversation, offer.conversation_id)
                proven = verified_account(session, conversation, self.parts.now()) is not None
                self.negotiation.decide_within(
                    session, offer, approve, actor.login, actor.signature, tell=not (approve and proven)
                )
                if approve and proven:
                    self._read_back(session, found, offer, "utter_terms_approved_now")
            else:
                raise NotPossible("This has been decided on already.")

    def _decide_plan(self, session: Session, actor: Actor, case: Case, offer: Offer, approve: bool) -> None:
        """Decides on a plan that the borrower agreed to and that needs approval, and tells them."""
        account = session.get_one(Account, offer.account_id)
        (self.plans.approve if approve else self.plans.refuse)(account.number, actor.signature)
        enqueue_words(
            self.parts,
            session,
            key=f"plan_decided:{offer.id}",
            kind="decision",
            response="utter_plan_approved" if approve else "utter_plan_refused",
            facts={"reference": reference(case.id)},
            conversation=session.get_one(Conversation, offer.conversation_id),
            account=account,
            invited=True,
        )

    @staticmethod
    def may_decide(actor: Actor, role: str) -> None:
        """Raises NotAllowed where somebody's role is below the one that may agree."""
        actor.demand("decide" if role == "supervisor" else "work")

    # -- within

    @staticmethod
    def _asked(session: Session, offer_id: str) -> Decision | None:
        return session.scalars(select(Decision).where(Decision.offer_id == offer_id)).one_or_none()

    def _case_of(self, offer_id: str) -> str:
        """The reference of the case in which an offer waits for somebody. Raises UnknownCase."""
        with self.parts.store.transaction() as session:
            asked = self._asked(session, offer_id)
            if asked is not None:
                return reference(asked.case_id)
            offer = session.get(Offer, offer_id)
            if offer is None:
                raise UnknownCase(f"nothing waits for a decision under {offer_id}")
            query = select(Case.id).where(Case.conversation_id == offer.conversation_id)
            found = session.scalars(query.order_by(Case.resolved_at.is_not(None), Case.id.desc()).limit(1)).first()
            if found is None:
                raise UnknownCase(f"nothing waits for a decision under {offer_id}")
            return reference(found)

    def _decide_asked(
        self,
        session: Session,
        actor: Actor,
        case: Case,
        key: str,
        offer: Offer,
        asked: Decision,
        approve: bool,
        words: str,
    ) -> None:
        """Decides on terms that a colleague worked out."""
        self.may_decide(actor, asked.role)
        if asked.asked_by == actor.id:
            raise NotPossible("Somebody else decides on what you asked for.")
        if asked.status != "waiting":
            raise NotPossible("This has been decided on already.")
        now, account = self.parts.now(), session.get_one(Account, offer.account_id)
        told = {"offer": offer.id, "terms": offer.terms, "asked_by": asked.asked_by, "in_time": self._in_time(case)}
        asked.status, asked.decided_by, asked.decided_at = "approved" if approve else "refused", actor.id, now
        asked.words = words or None
        if not approve:
            offer.status, offer.approval = "rejected", "refused"
            self.parts.store.audit(session, now, actor.signature, "terms_refused", offer.id, by=actor.login)
            self._note(session, actor, case, key, "refused", words, **told)
            self.cases.await_agent(case, now)
            return
        self._still_good(session, account, offer)
        offer.status, offer.approval = "open", "given"
        offer.expires_at = now + timedelta(hours=self.parts.policy().offer_lifetime_hours)
        self.parts.store.audit(session, now, actor.signature, "terms_approved", offer.id, by=actor.login)
        message, state = self._put(session, case, account, offer)
        self._note(session, actor, case, key, "approved", words or None, outbox=message.id, state=state, **told)
        self._answered(session, case, message)

    def _still_good(self, session: Session, account: Account, offer: Offer) -> None:
        """Raises NotPossible where what was worked out is not what could be agreed now."""
        terms = Terms.from_json(offer.terms)
        barred = self.negotiation.barred(session, account)
        if barred is not None and barred != "plan_runs":
            raise NotPossible(BARRED[barred])
        table = self._table(session, account, "supervisor")
        wrong = tuple(outside(table, terms))
        if "owed" in wrong:
            raise NotPossible("What is owed has changed meanwhile; the terms have to be worked out anew.")
        if wrong:
            raise NotPossible(f"These terms cannot be agreed any more: {', '.join(wrong)}.")
