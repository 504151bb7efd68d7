"""Negotiation: putting offers to a borrower, answering theirs, recording what is agreed.

Terms come from the pure functions of `bot.domain.negotiation`; here they become offers with an id,
under a policy version, and an offer that is read back and answered with a clear yes becomes a plan or a promise.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any, Literal, cast

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from bot.domain import changes, negotiation, rounds
from bot.domain.authority import approval_needed, least_role, outside
from bot.domain.changes import PAUSE_ALLOWS
from bot.domain.debt import COMPONENTS, Balance
from bot.domain.meant import without_what_stands
from bot.domain.money import Money
from bot.domain.negotiation import Wish
from bot.domain.offer import Terms
from bot.domain.policy import PEOPLE, OfferPolicy
from bot.domain.proposal import Proposal, read_proposal
from bot.domain.rounds import Standing
from bot.domain.schedule import Frequency
from bot.domain.table import Table
from bot.services.accounts import (
    active_plan,
    agreed_plan,
    balance_of,
    debt_of,
    open_promises,
    record_of,
    verified_account,
)
from bot.services.affordability import surplus_of
from bot.services.outbox import enqueue_words
from bot.services.parts import Parts, new_id
from bot.services.picking import Mention, picked
from bot.services.plans import APPROVAL, Plans
from bot.store import audit
from bot.store.tables import Account, Conversation, Offer, Plan, Promise, Turn

State = Literal[
    "options",  # offers were put on the table
    "read_back",  # one offer was read back; a clear yes agrees to it
    "reconsider",  # the borrower wants something about the one offer to be different
    "ask_amount",
    "ask_date",
    "ask_rhythm",  # an amount was named and nothing else: each month, or once?
    "ask_vague",
    "bad_amount",  # an amount that nobody can pay
    "past_date",  # a day that has passed
    "ask_currency",  # an amount was named in another currency than the debt's
    "agreed",
    "which",  # several offers are open and it is not clear which is meant
    "nothing_open",
    "expired",
    "lapsed",  # what was open has run out meanwhile
    "set_aside",  # what was open is closed because the borrower wants it to be
    "final",  # the policy's rounds are over
    "settled",  # nothing is owed
    "held",  # collection is stopped; there is nothing to negotiate
    "no_authority",
    "plan_runs",
    "waits_for_approval",
    "beyond_change",  # a change of a running plan that only a person may agree to
    "ask_change",  # what about a running plan should be different
    "unaffordable",  # nothing fits what the borrower has left each month
    "awaiting",  # the borrower's own terms wait for a person who may agree to them
]


Change = Literal["change", "pause", "settle"]


@dataclass(frozen=True)
class StoredOffer:
    """An offer as it is put to the borrower: its id and its terms."""

    id: str
    option: int
    terms: Terms


@dataclass(frozen=True)
class Step:
    """Where a negotiation stands after a borrower's move."""

    state: State
    offers: tuple[StoredOffer, ...] = ()
    countered: bool = False
    improved: bool = False
    clarifying: bool = False  # the options are what contradictory words can mean
    last: bool = False
    needs_approval: bool = False  # the yes counts once a person has approved it
    facts: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class _Seat:
    """One negotiation in one transaction."""

    session: Session
    conversation: Conversation
    account: Account
    table: Table
    turn: Turn
    now: datetime


# Holds under which nothing is offered, whatever a policy says: to somebody in danger, a minor, the wrong person.
HELD = ("express_distress", "underage", "wrong_person")
# What a conversation remembers from one offer to the next.
KEPT = ("wanted", "moves", "budget", "changes", "pause")
# What may be asked of a borrower while terms are open, and the state in which a negotiation stands then.
ASKED: dict[str, State] = {
    "amount": "ask_amount",
    "change": "ask_change",
    "choose": "options",
    "date": "ask_date",
    "rhythm": "ask_rhythm",
}
OPEN = ("amount", "choose", "confirm", "date", "rhythm", "terms")
# So often the same is asked of terms that are not whole.
PATIENCE = 2
# The response after which a yes is a yes to the terms.
READ_BACK = "utter_read_back"
# After these a yes is one to what was read back; that somebody may take their time changes nothing about it.
AWAITS_A_YES = (READ_BACK, "utter_hold_on_until")


class Unverified(PermissionError):
    """Terms are nobody's business but the borrower's."""


class NothingWaits(LookupError):
    """No terms wait for a person's decision on that account."""


class Negotiation:
    """The use cases of a negotiation; every call names the turn it belongs to, and a repeated turn changes nothing."""

    def __init__(self, parts: Parts, plans: Plans) -> None:
        self.parts = parts
        self.plans = plans
        self._noted: tuple[str, str] | None = None

    def offer(self, turn_id: int, wish: Wish) -> Step:
        """Puts the bot's own offers on the table."""
        with self.parts.store.transaction() as session:
            seat, barred = self._sit(session, turn_id)
            if seat is None:
                return barred
            done = self._repeated(seat)
            if done:
                return done
            return self._offer(seat, wish)

    def _offer(self, seat: _Seat, wish: Wish) -> Step:
        if self._waits(seat):
            return Step("waits_for_approval")
        move = rounds.offer(self._standing(seat), wish)
        return self._put(seat, move.options) if move.state == "put" else self._end(seat, "unaffordable")

    def improve(self, turn_id: int) -> Step:
        """Answers a refusal or a wish for better terms: another round, or the end of the policy's rounds."""
        with self.parts.store.transaction() as session:
            seat, barred = self._sit(session, turn_id)
            if seat is None:
                return barred
            return self._repeated(seat) or self._improve(seat)

    def _improve(self, seat: _Seat) -> Step:
        standing = self._standing(seat)
        move = rounds.improve(standing)
        if move.state != "put":
            return self._end(seat, "unaffordable" if move.state == "unaffordable" else "final")
        step = self._put(replace(seat, table=move.table), move.options)
        return replace(step, improved=bool(standing.offered))

    def consider(
        self,
        turn_id: int,
        entities: list[dict[str, Any]],
        single: bool = False,
        today: bool = False,
        agrees: bool = False,
        refuses: bool = False,
        too_much: bool = False,
        wish: Wish | None = None,
        said: str = "",
    ) -> Step:
        """Answers terms that the borrower named; what an earlier message left open is filled from it.

        ``single``: one payment is meant, not a plan; ``today``: it is meant for today where no day is named;
        ``agrees``: a clear yes is said along with them, which counts where they are those that were read back, as does
        a no (``refuses``), or that they are ``too_much``;
        ``wish``: what was asked for along with them; what is owed, said again beside a wish for a plan ("5,400? I can't
        do that at once"), is no term;
        ``said``: the words that named them, where they are not those of the turn itself.
        """
        with self.parts.store.transaction() as session:
            turn = session.get_one(Turn, turn_id)
            agreed = self._agreed_in(session, turn)
            if agreed is not None:
                return agreed
            seat, barred = self._sit(session, turn_id)
            if seat is None:
                return barred
            done = self._repeated(seat)
            if done:
                return done
            text = said or seat.turn.text
            if seat.conversation.asked == "confirm" and (selected := _selected(seat.conversation)) is not None:
                terms = Terms.from_json(session.get_one(Offer, selected).terms)
                rows = terms.schedule[:1] + terms.instalments[:1]
                amounts, days = {row.amount.amount for row in rows}, {row.due_on.day for row in rows}
                if agrees:  # "yes, 400 a month, 1,600 in all"
                    amounts.add(terms.to_pay.amount)
                entities = without_what_stands(entities, amounts, days, {len(terms.instalments)})
            proposal = read_proposal(entities, seat.table.owed, seat.table.today, text)
            if wish == "plan" and proposal.lump_sum == seat.table.owed and replace(proposal, lump_sum=None).empty:
                return self._offer(seat, wish)
            if seat.conversation.asked == "rhythm":
                proposal = proposal.as_rhythm()
            if refuses and self._read_back_again(seat, proposal) is not None:
                return self._reopen(seat)
            if too_much and self._read_back_again(seat, proposal) is not None:
                return self._improve(seat)
            if agrees and (same := self._read_back_again(seat, proposal)) is not None:
                return self._agree_to(seat, same)
            if proposal.other_currency or proposal.bad_amount:
                facts = {"currency": seat.account.currency, "owed": seat.table.owed}
                asked = self._ask(
                    seat, "ask_currency" if proposal.other_currency else "bad_amount", proposal.without_amounts()
                )
                return replace(asked, facts=facts)
            if proposal.past_date:
                return self._ask(seat, "past_date", proposal)
            if single and proposal.down_payment and not (proposal.names_plan or proposal.lump_sum):
                proposal = replace(proposal, lump_sum=proposal.down_payment, down_payment=None)
            if today and proposal.first_on is None:
                proposal = replace(proposal, first_on=seat.table.today)
            draft = _draft(seat.conversation)
            if draft and seat.conversation.asked in ("amount", "date", "rhythm", "terms"):
                proposal = proposal.filled_from(Proposal.from_json(draft))
                if proposal.frequency and proposal.per_instalment is None:
                    proposal = replace(proposal, per_instalment=proposal.lump_sum, lump_sum=None)
            elif seat.conversation.asked in ("confirm", "choose") and not proposal.empty:
                proposal = self._as_change(seat, proposal)
            if proposal.empty and self._on_the_table(seat):
                return self._reopen(seat)
            if proposal.vague_amount and not (proposal.per_instalment or proposal.lump_sum or proposal.down_payment):
                return self._ask(seat, "ask_vague", proposal)
            if single and not proposal.names_plan and proposal.lump_sum is None:
                return self._ask(seat, "ask_amount", proposal)
            if proposal.lump_sum == seat.table.owed and not any(terms.saved for terms in self._shown(seat)):
                proposal = replace(proposal, in_figures=True)  # nobody asked what a quick payment saves
            move = rounds.consider(self._standing(seat), proposal)
            if move.state == "ask":
                if move.missing == "date" and not single and seat.conversation.asked != "date":
                    # Terms of a plan that name an amount and nothing else: each time, or once?
                    part = proposal.lump_sum is not None and proposal.lump_sum < seat.table.owed
                    return self._ask(seat, "ask_rhythm" if part else "ask_date", proposal)
                return self._ask(seat, "ask_date" if move.missing == "date" else "ask_amount", proposal)
            if move.state == "take":
                return self._read_back(seat, self._store(seat, move.options)[0])
            if move.state == "clarify":
                return replace(self._put(seat, move.options), clarifying=True)
            seat = replace(seat, table=move.table)
            if self._waits(seat):
                return Step("waits_for_approval")
            if move.named is not None:
                self._remember(seat, proposal)
            if move.state in ("final", "unaffordable"):
                return self._end(seat, move.state)
            return self._put(seat, move.options, countered=True)

    def change(self, turn_id: int, how: Change, entities: list[dict[str, Any]], said: str = "") -> Step:
        """Reads back a running plan as it would be after a change: another day or amount, a pause, all of it now.

        The yes puts it in the place of the plan that runs; until then nothing changes. ``said`` as in `consider`.
        """
        with self.parts.store.transaction() as session:
            seat, barred = self._sit(session, turn_id, changing=True)
            if seat is None:
                return barred
            done = self._repeated(seat)
            if done:
                return done
            plan = active_plan(session, seat.account.id)
            if plan is None:
                return self._move_promise(seat, entities, said)
            rest, allowed = rest_of(plan, seat.account.currency), tuple[str, ...]()
            changed: Terms | None
            due, each = rest.payments[0]
            entities = without_what_stands(entities, {each.amount}, {due.day}, {len(rest.payments)})
            proposal = read_proposal(entities, seat.table.owed, seat.table.today, said or seat.turn.text)
            if how == "settle":
                changed = changes.settled(seat.table, rest, proposal.first_on)
                allowed = changes.SETTLING_ALLOWS
            elif how == "pause":
                changed, allowed = changes.paused(seat.table, rest, proposal.days, proposal.months), PAUSE_ALLOWS
            elif proposal.empty or changes.says_what_stands(rest, proposal):
                seat.conversation.asked = "change"
                return Step("ask_change")
            elif plan.kind == "settlement" and proposal.first_on and not proposal.names_plan:
                changed, allowed = changes.moved(seat.table, rest, proposal.first_on), changes.SETTLING_ALLOWS
            else:
                changed = changes.changed(seat.table, rest, proposal)
            if changed is None or set(outside(seat.table, changed)) - set(allowed):
                return Step("beyond_change")
            offer = self._store(seat, [changed], allowed)[0]
            kept = {"changes": plan.id, "pause": how == "pause"}
            seat.conversation.draft = json.dumps({**_data(seat.conversation), **kept})
            return self._read_back(seat, offer)

    def name_amount(self, turn_id: int, entities: list[dict[str, Any]]) -> Step:
        """Keeps an amount that was named alone and asks whether it is meant each month or once."""
        with self.parts.store.transaction() as session:
            seat, barred = self._sit(session, turn_id)
            if seat is None:
                return barred
            proposal = read_proposal(entities, seat.table.owed, seat.table.today, seat.turn.text)
            if proposal.lump_sum is not None and proposal.lump_sum < seat.table.owed and not proposal.other_currency:
                return self._ask(seat, "ask_rhythm", proposal)
        return self.consider(turn_id, entities, single=True)

    def pay_all(self, turn_id: int, entities: list[dict[str, Any]], said: str = "") -> Step:
        """All of it in one payment: on the day to come that was named, by the borrower's calendar, else today."""
        with self.parts.store.transaction() as session:
            seat, barred = self._sit(session, turn_id)
            if seat is None:
                return barred
            today = seat.table.today.isoformat()
        later = [e for e in entities if e["entity"] == "date" and (e.get("value") or "") > today]
        if not later:
            return self.offer(turn_id, "pay_now")
        return self.consider(turn_id, [*later, {"entity": "percentage", "value": 100}], single=True, said=said)

    def set_aside(self, turn_id: int) -> Step:
        """Closes what is open because the borrower would rather leave it; nothing is agreed, and a plan that runs
        stays as it is."""
        with self.parts.store.transaction() as session:
            seat, barred = self._sit(session, turn_id)
            if seat is None:
                return barred
            if _data(seat.conversation).get("set_aside_in") == seat.turn.id:
                return Step("set_aside")
            if seat.conversation.asked in OPEN:
                self._clear(seat, "set_aside")
                seat.conversation.draft = json.dumps({"set_aside_in": seat.turn.id})
                return Step("set_aside")
            seat.conversation.asked = ""
            return Step("nothing_open")

    def choose(
        self, turn_id: int, option: int | None, offer_id: str | None = None, mentions: Sequence[Mention] = ()
    ) -> Step:
        """The borrower takes one of the offers on the table; it is read back before it counts.

        ``option``: its number, where that is known; else the words of the turn and the ``mentions`` in them say which.
        """
        with self.parts.store.transaction() as session:
            seat, barred = self._sit(session, turn_id)
            if seat is None:
                return barred
            offered = self._on_the_table(seat)
            if offer_id is not None:
                chosen = [o for o in offered if o.id == offer_id]
                if not chosen:
                    return Step("expired", tuple(offered))
            elif option is not None:
                chosen = [o for o in offered if o.option == option]
            else:
                place = picked([o.terms for o in offered], seat.turn.text, mentions)
                if seat.conversation.asked in ("amount", "date", "rhythm") and not (
                    any(m["entity"] == "option" for m in mentions) or (place is not None and len(offered) > 1)
                ):
                    return self._ask_again(seat)
                chosen = [] if place is None else offered[place : place + 1]
            if not offered:
                return Step("nothing_open")
            if chosen:
                return self._read_back(seat, chosen[0])
            self._reopen(seat)
            return Step("which", tuple(offered))

    def agree(self, turn_id: int, offer_id: str | None = None) -> Step:
        """A clear yes to the offer that was read back: it becomes a plan or a promise, with the words of the yes.

        A yes without an offer's id counts only right after the read-back, or after a pause for thought; otherwise the
        terms are read back again.
        """
        with self.parts.store.transaction() as session:
            turn = session.get_one(Turn, turn_id)
            agreed = self._agreed_in(session, turn)
            if agreed is not None:
                return agreed
            seat, barred = self._sit(session, turn_id)
            if seat is None:
                return barred
            selected = _selected(seat.conversation)
            if selected is None or (offer_id is not None and offer_id != selected):
                return Step("expired", tuple(self._on_the_table(seat)))
            offer = session.get_one(Offer, selected, with_for_update=True)
            if offer_id is None and seat.conversation.last_response not in AWAITS_A_YES:
                return Step("read_back", (_stored(offer),))
            return self._agree_to(seat, offer)

    def _agree_to(self, seat: _Seat, offer: Offer) -> Step:
        """Records the yes to an offer, while it is good."""
        terms = Terms.from_json(offer.terms)
        if not _good(offer, seat) or terms.owed != seat.table.owed:
            self._clear(seat, "expired")
            return Step("expired")
        needed = self._record(seat, offer, terms)
        return Step("agreed", (StoredOffer(offer.id, offer.option, terms),), needs_approval=needed)

    def _read_back_again(self, seat: _Seat, proposal: Proposal) -> Offer | None:
        """The offer that waits for a yes, where a proposal says the same once more; else None."""
        selected = _selected(seat.conversation)
        waits = seat.conversation.last_response in AWAITS_A_YES or proposal.says_when_and_how_much
        if selected is None or seat.conversation.asked != "confirm" or not waits:
            return None
        offer = seat.session.get_one(Offer, selected, with_for_update=True)
        return offer if proposal.repeats(Terms.from_json(offer.terms)) else None

    def reopen(self, turn_id: int) -> Step:
        """The offer that was read back is not what the borrower wants: back to what is on the table."""
        with self.parts.store.transaction() as session:
            seat, barred = self._sit(session, turn_id)
            if seat is None:
                return barred
            return self._reopen(seat)

    def approve(self, number: str, by: str) -> Step:
        """A person lets a borrower have the terms that they named: read back to them, good for as long as any offer.

        Raises NothingWaits where nothing waits for a person on the account.
        """
        with self.parts.store.transaction() as session:
            offer = self._awaiting(session, number)
            self.decide_within(session, offer, True, by)
            return Step("read_back", (_stored(offer),))

    def refuse(self, number: str, by: str) -> None:
        """A person does not let a borrower have the terms that they named. Raises NothingWaits."""
        with self.parts.store.transaction() as session:
            self.decide_within(session, self._awaiting(session, number), False, by)

    def decide_within(
        self, session: Session, offer: Offer, approve: bool, by: str, actor: str = "agent", tell: bool = True
    ) -> None:
        """Records a person's decision on the borrower's own terms, tells the borrower, closes the case."""
        now, account = self.parts.now(), session.get_one(Account, offer.account_id)
        conversation, how = session.get_one(Conversation, offer.conversation_id), "approved" if approve else "refused"
        offer.status, offer.approval = ("open", "given") if approve else ("rejected", "refused")
        if approve:
            offer.expires_at = now + timedelta(hours=self.parts.policy().offer_lifetime_hours)
            conversation.draft = json.dumps({"offers": [offer.id], "selected": offer.id})
            conversation.asked = "confirm"
        self.parts.store.audit(session, now, actor, f"terms_{how}", offer.id, by=by)
        self.plans.cases.settle_within(session, conversation, APPROVAL, f"{how} by {by}", by)
        if not tell:
            return
        enqueue_words(
            self.parts,
            session,
            key=f"terms_{how}:{offer.id}",
            kind="decision",
            response=f"utter_terms_{how}",
            facts={},
            invited=True,
            conversation=conversation,
            account=account,
        )

    def awaits(self, number: str) -> bool:
        """Whether the borrower's own terms wait for a person on an account."""
        with self.parts.store.transaction() as session:
            try:
                self._awaiting(session, number)
            except NothingWaits:
                return False
            return True

    def _awaiting(self, session: Session, number: str) -> Offer:
        """The borrower's own terms that wait; what a colleague worked out is decided on at the desk alone."""
        account = self.plans.accounts.find(session, number)
        offer = (
            account
            and session.scalars(
                select(Offer)
                .where(Offer.account_id == account.id, Offer.status == "awaiting", Offer.proposed_by == "borrower")
                .order_by(Offer.created_at.desc())
                .limit(1)
            ).one_or_none()
        )
        if not offer:
            raise NothingWaits(f"nothing waits for a person on account {number}")
        return offer

    def name_hour(self, turn_id: int, at_time: str | None, channel: str | None) -> Terms | None:
        """Keeps the hour and the channel of the promise that is open; None where there is no promise or no hour."""
        with self.parts.store.transaction() as session:
            turn = session.get_one(Turn, turn_id)
            conversation, now = session.get_one(Conversation, turn.conversation_id), self.parts.now()
            account = verified_account(session, conversation, now)
            promises = open_promises(session, account.id) if account and not account.hold else []
            conversation.asked = ""
            if not promises or not (at_time or channel):
                return None
            promise = promises[-1]
            promise.at_time, promise.channel = at_time or promise.at_time, channel or promise.channel
            self.parts.store.audit(session, now, "borrower", "promise_hour_named", str(promise.id), turn=turn_id)
            terms = Terms.from_json(session.get_one(Offer, promise.offer_id).terms)
            return replace(terms, at_time=promise.at_time or "", channel=promise.channel or "")

    def standing(self, conversation_id: str) -> Step:
        """What is open in a conversation now: an offer that was read back, options, or nothing."""
        with self.parts.store.transaction() as session:
            conversation = session.get_one(Conversation, conversation_id)
            now = self.parts.now()
            account = verified_account(session, conversation, now)
            if account is None or self.barred(session, account) == "held":
                return Step("nothing_open")
            data = _data(conversation)
            rows = [session.get_one(Offer, offer_id) for offer_id in data.get("offers", [])]
            state: State = ASKED.get(conversation.asked, "nothing_open")
            if conversation.asked == "confirm" and data.get("selected"):
                rows, state = [row for row in rows if row.id == data["selected"]], "read_back"
            if state not in ("options", "read_back"):
                proposal = (
                    Proposal.from_json(data["proposal"]) if state != "nothing_open" and "proposal" in data else None
                )
                amount = proposal.lump_sum if proposal else None
                return Step(state, facts={"amount": amount} if amount is not None else {})
            today = self.parts.today(account.time_zone)
            good = [row for row in rows if row.status == "open" and row.expires_at > now and _first_day(row) >= today]
            if rows and not good:
                if data.get("changes"):  # what runs goes on running
                    conversation.draft, conversation.asked = None, ""
                    return Step("nothing_open")
                return Step("lapsed")
            return Step(state, tuple(_stored(row) for row in good), facts=_until(good))

    def added_by_plans(self, conversation_id: str) -> Money | None:
        """The most interest that a plan adds, of those that are open or else of those that would be offered now; None
        where there are none."""
        with self.parts.store.transaction() as session:
            conversation = session.get_one(Conversation, conversation_id)
            account = verified_account(session, conversation, self.parts.now())
            table = self.table(session, account) if account is not None else None
            would_be = negotiation.options(table, "plan") if table is not None else ()
        plans = [offer.terms for offer in self.standing(conversation_id).offers if offer.terms.kind == "plan"]
        return max((terms.added for terms in plans or would_be if terms.kind == "plan"), default=None)

    # -- the table

    def _sit(self, session: Session, turn_id: int, changing: bool = False) -> tuple[_Seat, Step] | tuple[None, Step]:
        """The negotiation that a turn belongs to, or why there is none."""
        turn = session.get_one(Turn, turn_id)
        conversation = session.get_one(Conversation, turn.conversation_id)
        now = self.parts.now()
        account = verified_account(session, conversation, now)
        if account is None:
            raise Unverified
        barred, running = self.barred(session, account), active_plan(session, account.id)
        changes_it = running and (changing or _data(conversation).get("changes") == running.id)
        if barred is not None and not (barred == "plan_runs" and changes_it):
            return None, Step(barred)
        if changing and not running and not open_promises(session, account.id):
            return None, Step("nothing_open")
        table = self.table(session, account)
        if table is None:
            return None, Step("no_authority")
        self._note_policy(session, table.policy, now)
        seat = _Seat(session, conversation, account, table, turn, now)
        return seat, Step("nothing_open")

    def barred(self, session: Session, account: Account) -> State | None:
        """Why an account is not negotiated now, whatever its segment allows; None where it is."""
        if account.hold in self.parts.policy().never_negotiated or account.hold in HELD:
            return "held"
        if balance_of(session, account).total.minor <= 0:
            return "settled"
        if agreed_plan(session, account.id):
            return "waits_for_approval"
        return "plan_runs" if active_plan(session, account.id) else None

    def _note_policy(self, session: Session, policy: OfferPolicy, now: datetime) -> None:
        """Puts on the audit chain that a policy is negotiated under, once each time that another one is in force."""
        used = (policy.name, policy.version)
        if self._noted == used:
            return
        latest = audit.latest(session, "policy_in_force")
        if latest is not None and (latest.subject, latest.data["version"]) == used:
            self._noted = used  # only now: the transaction that wrote the record may have failed
            return
        self.parts.store.audit(session, now, "bot", "policy_in_force", policy.name, version=policy.version)

    def table(self, session: Session, account: Account) -> Table | None:
        """The table at which an account is negotiated now, as far as it has come; None where nothing may be offered."""
        policy, today = self.parts.policy(), self.parts.today(account.time_zone)
        debt = debt_of(session, account)
        segment = policy.segment(debt, debt.days_past_due(today))
        if segment is None:
            return None
        latest = session.scalars(
            select(Offer)
            .where(
                Offer.account_id == account.id,
                Offer.status.in_(("open", "awaiting")),
                Offer.expires_at > self.parts.now(),
            )
            .order_by(Offer.round.desc())
            .limit(1)
        ).one_or_none()
        return Table(
            debt,
            policy,
            segment,
            today,
            round=latest.round if latest else 1,
            conceded=Decimal(latest.conceded) if latest and latest.conceded else None,
            surplus=surplus_of(account, today),
            record=record_of(session, account),
            model=self.parts.keeping(),
        )

    def _standing(self, seat: _Seat) -> Standing:
        """Where the negotiation stands, as far as the next move depends on it."""
        offered = tuple(o.terms for o in self._on_the_table(seat))
        moves = tuple(
            (number, tuple(named), value) for number, named, value in _data(seat.conversation).get("moves", [])
        )
        return Standing(replace(seat.table, moves=moves), offered, tuple(self._shown(seat)))

    def _remember(self, seat: _Seat, proposal: Proposal) -> None:
        """Keeps what the borrower named: the last for whoever may agree to it, all of it as their moves."""
        data = {**_data(seat.conversation), "wanted": proposal.as_json(), "moves": seat.table.moves}
        seat.conversation.draft = json.dumps(data)

    def _waits(self, seat: _Seat) -> bool:
        """Whether the borrower's own terms wait for a person's decision."""
        query = select(Offer.id).where(Offer.account_id == seat.account.id, Offer.status == "awaiting")
        return seat.session.scalars(query.limit(1)).first() is not None

    def _move_promise(self, seat: _Seat, entities: list[dict[str, Any]], said: str) -> Step:
        """Reads back another promise in the place of the one that is open; what is not named stays as it is."""
        promise = open_promises(seat.session, seat.account.id)[-1]
        promised = Money(promise.amount, seat.account.currency)
        entities = without_what_stands(entities, {promised.amount}, {promise.due_on.day}, set())
        proposal = read_proposal(entities, seat.table.owed, seat.table.today, said or seat.turn.text)
        if proposal.empty:
            seat.conversation.asked = "change"
            return Step("ask_change")
        left = Money(promise.amount - promise.paid, seat.account.currency)
        first = proposal.first_on or (None if proposal.names_plan else max(promise.due_on, seat.table.today))
        proposal = replace(proposal, lump_sum=proposal.lump_sum or left, first_on=first, in_figures=True)
        answer = negotiation.consider(seat.table, proposal)
        if answer.verdict != "accept":
            return self._put(seat, answer.options, countered=True) if answer.options else Step("beyond_change")
        return self._read_back(seat, self._store(seat, answer.options)[0])

    def _end(self, seat: _Seat, state: State = "final") -> Step:
        """Nothing more can be offered here: the borrower's own terms go to a person who may agree to them, or the
        conversation does."""
        wanted = _data(seat.conversation).get("wanted")
        named = negotiation.wanted(seat.table, Proposal.from_json(wanted)) if wanted else None
        role = least_role(seat.table, named, PEOPLE) if named is not None else None
        if named is not None and role is not None:
            table = replace(seat.table, role=role)
            offers = self._store(replace(seat, table=table), [replace(named, rule=table.rule(named.kind))])
            offer = seat.session.get_one(Offer, offers[0].id)
            offer.status, offer.approval, offer.proposed_by = "awaiting", "wanted", "borrower"
            seat.conversation.draft = json.dumps({"awaiting": offer.id, "ended_in": seat.turn.id})
            seat.conversation.asked = ""
            return Step("awaiting", tuple(offers))
        self._clear(seat, "rejected")
        return Step(state)

    def _repeated(self, seat: _Seat) -> Step | None:
        """What this very turn was answered with already, should it come a second time."""
        data = _data(seat.conversation)
        if data.get("ended_in") == seat.turn.id:
            if "awaiting" in data:
                return Step("awaiting", (_stored(seat.session.get_one(Offer, data["awaiting"])),))
            return Step("final")
        known = seat.session.scalars(select(Offer).where(Offer.turn_id == seat.turn.id).order_by(Offer.option)).all()
        if not known:
            return None
        offers = tuple(_stored(row) for row in known)
        return Step("read_back" if seat.conversation.asked == "confirm" else "options", offers)

    def _store(self, seat: _Seat, options: Sequence[Terms], allowed: Sequence[str] = ()) -> list[StoredOffer]:
        """Makes offers of terms; everything else that was open is superseded.

        ``allowed``: keys of the plan authority to which another authority, that of pauses, is the exception.
        """
        table = seat.table
        for terms in options:
            if set(outside(table, terms)) - set(allowed):
                raise AssertionError(f"terms outside authority were about to be offered: {terms}")
        seat.session.execute(
            update(Offer).where(Offer.account_id == seat.account.id, Offer.status == "open").values(status="superseded")
        )
        expires = seat.now + timedelta(hours=table.policy.offer_lifetime_hours)
        rows = [
            Offer(
                id=new_id("o"),
                account_id=seat.account.id,
                conversation_id=seat.conversation.id,
                turn_id=seat.turn.id,
                option=index + 1,
                round=table.round,
                kind=terms.kind,
                terms=terms.as_json(),
                policy=table.policy.name,
                policy_version=table.policy.version,
                rule=terms.rule,
                authority=table.role,
                conceded=str(table.share),
                status="open",
                created_at=seat.now,
                expires_at=expires,
            )
            for index, terms in enumerate(options)
        ]
        seat.session.add_all(rows)
        seat.session.flush()
        for row in rows:
            self.parts.store.audit(
                seat.session,
                seat.now,
                "bot",
                "offer_made",
                row.id,
                account=seat.account.id,
                policy=row.policy,
                policy_version=row.policy_version,
                rule=row.rule,
                authority=row.authority,
                round=row.round,
                terms=row.terms,
            )
        kept = {k: v for k, v in _data(seat.conversation).items() if k in KEPT}
        seat.conversation.draft = json.dumps({**kept, "offers": [row.id for row in rows]})
        return [_stored(row) for row in rows]

    def _put(self, seat: _Seat, options: Sequence[Terms], countered: bool = False) -> Step:
        offers = self._store(seat, options)
        seat.conversation.asked = "choose"
        return Step("options", tuple(offers), countered, last=seat.table.last_round)

    def _reopen(self, seat: _Seat) -> Step:
        """Back to what is on the table; where that is only what was read back, to what should be different."""
        offers = tuple(self._on_the_table(seat))
        data = _data(seat.conversation)
        seat.conversation.draft = json.dumps({name: value for name, value in data.items() if name != "selected"})
        seat.conversation.asked = "choose"
        return Step("options" if len(offers) > 1 else "reconsider", offers)

    def _read_back(self, seat: _Seat, offer: StoredOffer) -> Step:
        data = _data(seat.conversation)
        seat.conversation.draft = json.dumps({**data, "selected": offer.id})
        seat.conversation.asked = "confirm"
        self.parts.store.audit(seat.session, seat.now, "bot", "offer_read_back", offer.id, turn=seat.turn.id)
        return Step("read_back", (offer,))

    def _ask(self, seat: _Seat, state: State, proposal: Proposal) -> Step:
        """Asks for what is missing of the borrower's terms; asked in vain, it gives way to what can be offered."""
        data = _data(seat.conversation)
        last, turns = data.get("ask", ("", []))
        turns = list(dict.fromkeys([*(turns if last == state else []), seat.turn.id]))
        if len(turns) > PATIENCE:
            move = rounds.offer(self._standing(seat), "plan")
            if move.state == "put":
                return self._put(seat, move.options)
        seat.conversation.draft = json.dumps({**data, "proposal": proposal.as_json(), "ask": (state, turns)})
        asked = {"ask_date": "date", "past_date": "date", "ask_rhythm": "rhythm"}
        seat.conversation.asked = asked.get(state, "amount")
        facts = {"date": proposal.first_on, "amount": proposal.lump_sum}
        return Step(state, facts={name: value for name, value in facts.items() if value is not None})

    def _ask_again(self, seat: _Seat) -> Step:
        """What was asked of terms that are not whole yet, once more."""
        state, draft = ASKED[seat.conversation.asked], _draft(seat.conversation)
        return self._ask(seat, state, Proposal.from_json(draft)) if draft else Step(state)

    def _on_the_table(self, seat: _Seat) -> list[StoredOffer]:
        """The offers that the borrower can still take, in the order they were shown."""
        data = _data(seat.conversation)
        rows = [seat.session.get_one(Offer, offer_id) for offer_id in data.get("offers", [])]
        return [_stored(row) for row in rows if _good(row, seat)]

    def _as_change(self, seat: _Seat, proposal: Proposal) -> Proposal:
        """Terms named while something is on the table, read as a change of what was read back."""
        chosen = _selected(seat.conversation) if seat.conversation.asked == "confirm" else None
        offered = self._on_the_table(seat)
        selected = next((o.terms for o in offered if o.id == chosen), None)
        return rounds.as_change(proposal, [o.terms for o in offered], selected)

    def _shown(self, seat: _Seat) -> list[Terms]:
        """All terms that were offered in this conversation and have not run out."""
        rows = seat.session.scalars(
            select(Offer).where(
                Offer.conversation_id == seat.conversation.id,
                Offer.account_id == seat.account.id,
                Offer.expires_at > seat.now,
            )
        )
        return [Terms.from_json(row.terms) for row in rows]

    def _clear(self, seat: _Seat, status: str) -> None:
        seat.session.execute(
            update(Offer)
            .where(Offer.conversation_id == seat.conversation.id, Offer.status == "open")
            .values(status=status)
        )
        seat.conversation.draft = json.dumps({"ended_in": seat.turn.id}) if status == "rejected" else None
        seat.conversation.asked = ""
        self.parts.store.audit(
            seat.session,
            seat.now,
            "bot",
            "offers_closed",
            seat.conversation.id,
            status=status,
            account=seat.account.id,
        )

    # -- the agreement

    def _record(self, seat: _Seat, offer: Offer, terms: Terms) -> bool:
        """Makes a plan or a promise of what was agreed; returns whether a person's approval is still needed."""
        needed = offer.approval != "given" and bool(approval_needed(seat.table, terms))
        running = active_plan(seat.session, seat.account.id)
        begun = self.plans.start(
            seat.session,
            seat.account,
            offer,
            terms,
            seat.turn.text,
            seat.now,
            needs_approval=needed,
            authority=offer.authority,  # type: ignore[arg-type]
            turn_id=seat.turn.id,
            replaces=running,
            at_time=terms.at_time or None,
            channel=terms.channel or None,
        )
        if running is not None and isinstance(begun, Plan):
            begun.pauses = running.pauses + bool(_data(seat.conversation).get("pause"))
        seat.conversation.asked = "hour" if isinstance(begun, Promise) and not begun.at_time else ""
        seat.conversation.draft = json.dumps({"agreed": offer.id, "turn": seat.turn.id, "needs_approval": needed})
        seat.conversation.refusals = 0
        return needed

    def _agreed_in(self, session: Session, turn: Turn) -> Step | None:
        """The agreement that this very turn made, should it come a second time."""
        conversation = session.get_one(Conversation, turn.conversation_id)
        data = _data(conversation)
        if data.get("turn") != turn.id:
            return None
        agreed = (_stored(session.get_one(Offer, data["agreed"])),)
        return Step("agreed", agreed, needs_approval=data.get("needs_approval", False))


def rest_of(plan: Plan, currency: str) -> changes.Rest:
    """What is left of a running plan."""
    left = [row for row in plan.instalments if row.amount > row.paid and row.status != "cancelled"]
    return changes.Rest(
        payments=tuple((row.due_on, Money(row.amount - row.paid, currency)) for row in left),
        frequency=cast(Frequency | None, plan.frequency),
        waived=Balance(**{name: Money(plan.waived.get(name, 0), currency) for name in COMPONENTS}),
        pauses=plan.pauses,
    )


def _good(row: Offer, seat: _Seat) -> bool:
    """Whether an offer can still be taken: open, in time, of this account, its first day not past."""
    in_time = row.expires_at > seat.now and _first_day(row) >= seat.table.today
    return row.status == "open" and row.account_id == seat.account.id and in_time


def _first_day(row: Offer) -> date:
    return Terms.from_json(row.terms).schedule[0].due_on


def _until(offers: Sequence[Offer]) -> dict[str, Any]:
    """Until when what is on the table can be taken."""
    return {"until": min(row.expires_at for row in offers)} if offers else {}


def _stored(row: Offer) -> StoredOffer:
    return StoredOffer(row.id, row.option, Terms.from_json(row.terms))


def _selected(conversation: Conversation) -> str | None:
    selected: str | None = _data(conversation).get("selected")
    return selected


def _draft(conversation: Conversation) -> dict[str, Any] | None:
    """The terms that the borrower named so far in answer to questions."""
    proposal: dict[str, Any] | None = _data(conversation).get("proposal")
    return proposal


def _data(conversation: Conversation) -> dict[str, Any]:
    """What a conversation remembers of its negotiation."""
    data: dict[str, Any] = json.loads(conversation.draft) if conversation.draft else {}
    return data
