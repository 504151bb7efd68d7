"""One case as a person at the desk sees it, read in a few queries."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from bot.domain import masking
from bot.domain.offer import Terms
from bot.domain.proposal import Proposal
from bot.domain.rights import GENERAL, Actor
from bot.domain.summary import Put, Record, summary, why_refused
from bot.services import calls
from bot.services.affordability import budget_of
from bot.services.case_desk import people_for
from bot.services.cases import DISPUTES, UNAFFORDABLE, reasons_of, reference
from bot.services.desk_account import Agreed, Reading, account_view, plan_of, promises_of
from bot.services.desk_talk import Talk, talk_of
from bot.services.desk_views import (
    CannedView,
    CaseView,
    DecisionView,
    FeedbackView,
    Flag,
    Happened,
    IdentityView,
    OfferView,
    OtherCase,
    PromiseView,
)
from bot.services.parts import Parts
from bot.services.presence import empty_teams
from bot.services.wellbeing import OF_AGE
from bot.store.tables import (
    Account,
    Case,
    CaseEvent,
    Conversation,
    Decision,
    Feedback,
    FlaggedContact,
    Offer,
    Person,
    TelegramChat,
)

MOST_OFFERS = 30


def case_view(
    parts: Parts,
    session: Session,
    actor: Actor,
    case: Case,
    decisions: Sequence[DecisionView],
    canned: Sequence[CannedView],
) -> CaseView:
    """A case with all that a person needs."""
    conversation = session.get_one(Conversation, case.conversation_id)
    account = session.get(Account, case.account_id) if case.account_id is not None else None
    names = dict(session.execute(select(Person.id, Person.name)).tuples().all())
    now = parts.now()
    read = Reading(parts, session, actor, case, conversation, account, now, names)
    events = session.scalars(select(CaseEvent).where(CaseEvent.case_id == case.id).order_by(CaseEvent.id)).all()
    talk = talk_of(session, case, account, events, names)
    identity = _identity(read)
    plan = plan_of(read)
    promises = promises_of(read)
    offers, put = _offers(read, talk, events)
    others = _others(read)
    flags = _flags(read)
    colleagues = [(person.id, (person.login, person.name)) for person in people_for(session, case.team)]
    works = actor.may("work") and case.resolved_at is None
    empty = {*empty_teams(parts, session), case.team or GENERAL} if works else set()
    teams = tuple(team.name for team in parts.desk.teams if team.name not in empty) if works else ()
    may = _actions(read, identity, offers, decisions, others)
    return CaseView(
        reference=reference(case.id),
        status=case.status,
        reason=case.reason,
        reasons=reasons_of(case),
        about=case.about,
        priority=case.priority,
        team=case.team or GENERAL,
        language=case.language,
        channel=conversation.channel,
        conversation_id=conversation.id,
        holds=case.holds,
        owner=names.get(case.owner_id) if case.owner_id is not None else None,
        mine=case.owner_id == actor.id,
        opened_at=case.opened_at,
        due_at=case.due_at,
        overdue=case.resolved_at is None and case.awaits_agent_since is not None and case.due_at < now,
        claimed_at=case.claimed_at,
        answered_at=case.answered_at,
        awaits_agent_since=case.awaits_agent_since,
        call_at=case.call_at,
        escalated=case.escalated,
        reopened=case.reopened,
        resolved_at=case.resolved_at,
        outcome_kind=case.outcome_kind,
        outcome=case.outcome,
        merged_into=reference(case.merged_into) if case.merged_into is not None else None,
        summary=summary(_record(read, talk, put, plan, promises)),
        identity=identity,
        account=account_view(read) if account is not None else None,
        offers=offers,
        promises=promises,
        plan=plan.view if plan is not None else None,
        flags=flags,
        transcript=talk.said,
        timeline=tuple(
            Happened(
                id=event.id,
                at=event.at,
                kind=event.kind,
                by=names.get(event.person_id) if event.person_id is not None else event.data.get("by"),
                words=_words(event, talk),
                data=event.data,
            )
            for event in events
        ),
        decisions=tuple(decisions),
        canned=tuple(canned),
        feedback=_feedback(read),
        others=others,
        colleagues=tuple(named for person, named in colleagues if person != case.owner_id),
        mentionable=tuple(named for person, named in colleagues if person != actor.id),
        teams=teams,
        slots=tuple(calls.slots(parts, session, case)) if works else (),
        actions=may if teams else may - {"move"},
    )


def _words(event: CaseEvent, talk: Talk) -> str | None:
    """The words of an event; what a borrower said has its figures masked, as in the transcript."""
    return talk.masked(event.words) if event.words and event.kind.startswith("borrower_") else event.words


def _identity(read: Reading) -> IdentityView:
    talk, until = read.conversation, read.conversation.verified_until
    if talk.account_id is not None and until is not None and until > read.now:
        return IdentityView("proven", until)
    if talk.locked_until is not None and talk.locked_until > read.now:
        return IdentityView("locked", talk.locked_until)
    return IdentityView("lapsed", until) if talk.account_id is not None else IdentityView("never")


def _offers(read: Reading, talk: Talk, events: Iterable[CaseEvent]) -> tuple[tuple[OfferView, ...], tuple[Put, ...]]:
    """What was put to the borrower, and the same as a summary takes it."""
    if read.account is None:
        return (), ()
    rows = read.session.execute(
        select(Offer, Decision.words)
        .outerjoin(Decision, Decision.offer_id == Offer.id)
        .where(Offer.account_id == read.account.id)
        .order_by(Offer.created_at.desc(), Offer.option.desc())
        .limit(MOST_OFFERS)
    ).all()
    no = {event.data.get("offer"): event.words for event in events if event.kind == "borrower_refused"}
    views, put = [], []
    for row, decided in reversed(rows):
        by, terms = row.proposed_by or "bot", Terms.from_json(row.terms)
        against = decided if row.approval == "refused" else None
        taken = Put(row.turn_id, terms, row.round, row.status, by, against)
        here = row.conversation_id == read.case.conversation_id
        said = talk.masked(no[row.id]) if no.get(row.id) else why_refused(talk.told, taken) if here else None
        views.append(
            OfferView(
                id=row.id,
                made_at=row.created_at,
                expires_at=row.expires_at,
                round=row.round,
                status=row.status,
                by=by,
                authority=row.authority,
                approval=row.approval,
                policy=row.policy,
                policy_version=row.policy_version,
                rule=row.rule,
                terms=terms,
                why=against or said,
            )
        )
        if here:
            put.append(taken)
    return tuple(views), tuple(put)


def _record(
    read: Reading, talk: Talk, put: Sequence[Put], plan: Agreed | None, promises: Sequence[PromiseView]
) -> Record:
    """What a summary is made of."""
    account, wanted = read.account, json.loads(read.conversation.draft or "{}").get("wanted")
    budget = budget_of(account, read.parts.today(account.time_zone)) if account is not None else None
    live = plan is not None and plan.view.status in ("active", "agreed", "completed", "broken")
    same = Case.conversation_id == read.case.conversation_id
    if read.case.account_id is not None:
        same = or_(same, Case.account_id == read.case.account_id)
    earlier = read.session.execute(
        select(Case.id, Case.reason, Case.outcome_kind, Case.resolved_at, Case.team)
        .where(same, Case.resolved_at.is_not(None), Case.id != read.case.id)
        .order_by(Case.id.desc())
    ).tuples()
    seen = [row[:4] for row in earlier if read.actor.sees(row[4])][:3]
    return Record(
        told=talk.told,
        put=put,
        wanted=Proposal.from_json(wanted) if wanted else None,
        hardship=account.hardship if account is not None else None,
        surplus=budget.surplus if budget else None,
        budget_on=account.budget_on if account is not None and budget else None,
        about=read.case.about if set(reasons_of(read.case)) & set(DISPUTES.values()) else None,
        agreed=(plan.terms, plan.view.agreed_at.date(), plan.view.status) if plan is not None and live else None,
        promises=[(row.amount, row.due_on, row.status) for row in promises[-3:]],
        earlier=[(reference(n), reason, kind, at.date()) for n, reason, kind, at in seen if at is not None],
    )


def _flags(read: Reading) -> tuple[Flag, ...]:
    account, talk = read.account, read.conversation
    found: list[Flag] = []
    if account is not None and account.hold:
        found.append(Flag("hold", account.hold))
    if account is not None and account.hardship:
        found.append(Flag("hardship", account.hardship))
    whole = (talk.contact_stopped_at, account.contact_stopped_at if account is not None else None)
    stopped = [at for at in whole if at is not None]
    if stopped:
        found.append(Flag("contact_stopped", since=min(stopped)))
    flagged = read.session.execute(
        select(FlaggedContact.reason, FlaggedContact.at)
        .where(FlaggedContact.conversation_id == talk.id, FlaggedContact.lifted_at.is_(None))
        .order_by(FlaggedContact.id)
        .limit(1)
    ).first()
    if flagged is not None:
        found.append(Flag("flagged_contact", flagged[0], flagged[1]))
    born = account.date_of_birth if account is not None else ""
    if account is not None and born and masking.age(born, read.parts.today(account.time_zone)) < OF_AGE:
        found.append(Flag("underage"))
    if account is not None and account.locked_until is not None and account.locked_until > read.now:
        found.append(Flag("locked", since=account.locked_until))
    if talk.channel == "telegram":
        status = read.session.scalar(select(TelegramChat.status).where(TelegramChat.conversation_id == talk.id))
        if status not in (None, "open"):
            found.append(Flag("chat_closed", status))
    return tuple(found)


def _others(read: Reading) -> tuple[OtherCase, ...]:
    """Other cases of the same borrower that the reader may see."""
    same = Case.conversation_id == read.case.conversation_id
    if read.case.account_id is not None:
        same = or_(same, Case.account_id == read.case.account_id)
    rows = read.session.execute(
        select(Case.id, Case.reason, Case.status, Case.opened_at, Case.resolved_at, Case.account_id, Case.team)
        .where(same, Case.id != read.case.id)
        .order_by(Case.id.desc())
        .limit(10)
    )
    own = read.case.account_id
    return tuple(
        OtherCase(
            reference=reference(row.id),
            reason=row.reason,
            status=row.status,
            opened_at=row.opened_at,
            mergeable=row.resolved_at is None and own is not None and row.account_id == own,
        )
        for row in rows
        if read.actor.sees(row.team)
    )


def _feedback(read: Reading) -> tuple[FeedbackView, ...]:
    rows = read.session.scalars(
        select(Feedback).where(Feedback.conversation_id == read.conversation.id).order_by(Feedback.id)
    )
    return tuple(FeedbackView(row.about, row.mark, row.words, row.asked_at, row.given_at) for row in rows)


def _actions(
    read: Reading,
    identity: IdentityView,
    offers: Sequence[OfferView],
    decisions: Sequence[DecisionView],
    others: Sequence[OtherCase],
) -> frozenset[str]:
    """What the reader may do now."""
    actor, case, account = read.actor, read.case, read.account
    may: set[str] = set()
    if account is not None and actor.may("open_fields"):
        may.add("open_field")
    if not actor.may("work"):
        return frozenset(may)
    lifts = account is not None and account.hold is not None
    lifts = lifts and (actor.may("lift_hold") or (account is not None and account.hold == UNAFFORDABLE))
    if case.resolved_at is not None:
        open_here = any(other.status in ("waiting", "claimed", "borrower") for other in others)
        if actor.may("reopen") and case.merged_into is None and not open_here:
            may.add("reopen")
        return frozenset(may | {"note"} | ({"lift_hold"} if lifts else set()))
    may.add("note")
    if case.owner_id is None:
        may.add("claim")
    elif case.owner_id == actor.id or actor.may("assign"):
        may.add("release")
    if actor.may("assign"):
        may.add("assign")
    if any(decision.may for decision in decisions):
        may.add("decide")
    if actor.may("merge") and any(other.mergeable for other in others):
        may.add("merge")
    if case.owner_id not in (None, actor.id) and not actor.may("assign"):
        return frozenset(may)
    may |= {"answer", "call_back", "move", "resolve", "hand_back"}
    if case.call_at is not None:
        may.add("called")
    if identity.state in ("lapsed", "never"):
        may.add("ask_identity")
    if set(reasons_of(case)) & set(DISPUTES.values()):
        may.add("dispute")
    if account is not None:
        may |= {"work_out", "propose", "promise", "hold"}
    if lifts:
        may.add("lift_hold")
    asked = any(decision.kind == "terms" for decision in decisions)
    if asked or any(offer.status == "open" and offer.by == "agent" for offer in offers):
        may.add("withdraw")
    return frozenset(may)
