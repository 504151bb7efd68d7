"""The desk as it is read: the queue, a case with all that a person needs, what waits for a decision, figures.

Nothing here changes a case. What identifies a borrower is masked; opening it is recorded.
"""

from __future__ import annotations

import base64
import re
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, case, func, or_, select
from sqlalchemy.orm import Session

from bot.domain import masking
from bot.domain.identification import normal_number
from bot.domain.rights import GENERAL, Actor
from bot.services.cases import DISTRESS, URGENCY, Cases, UnknownCase, reference
from bot.services.desk_access import of_team, visible
from bot.services.desk_case import case_view
from bot.services.desk_decisions import decisions_for, with_account
from bot.services.desk_figures import figures_of
from bot.services.desk_replies import Replies, replies_for
from bot.services.desk_talk import known_of
from bot.services.desk_views import (
    AccountView,
    CannedView,
    CaseView,
    Content,
    DecisionView,
    Delivery,
    FeedbackView,
    Figures,
    FileView,
    Filter,
    Flag,
    Happened,
    IdentityView,
    Masked,
    MentionView,
    OfferView,
    OtherCase,
    Page,
    PaymentView,
    PlanView,
    PromiseView,
    Row,
    Said,
    Spread,
    State,
    Whose,
)
from bot.services.negotiation import Negotiation
from bot.services.parts import Parts
from bot.store.tables import (
    Account,
    AgentFile,
    Case,
    CaseEvent,
    Conversation,
    Mention,
    Person,
    Turn,
)

__all__ = [
    "PAGE",
    "AccountView",
    "CannedView",
    "CaseView",
    "Content",
    "DecisionView",
    "Delivery",
    "Desk",
    "FeedbackView",
    "Figures",
    "FileView",
    "Filter",
    "Flag",
    "Happened",
    "IdentityView",
    "Masked",
    "MentionView",
    "OfferView",
    "OtherCase",
    "Page",
    "PaymentView",
    "PlanView",
    "PromiseView",
    "Row",
    "Said",
    "Spread",
    "State",
    "Whose",
]

PAGE = 25
LAST_WORDS = 80
# Changes that may still be committed after a later one was seen: so long they are looked for again.
OVERLAP = timedelta(seconds=3)
REFERENCE = re.compile(r"C-0*(\d{1,9})", re.IGNORECASE)
LONGEST_NUMBER = 10
FIELDS = ("borrower_name", "number", "date_of_birth", "phone", "email", "national_id")


class Desk(Replies):
    """Everything that is read at the desk. Every call raises NotAllowed; of a case, UnknownCase."""

    def __init__(self, parts: Parts, cases: Cases, negotiation: Negotiation) -> None:
        super().__init__(parts)
        self.cases, self.negotiation = cases, negotiation

    # -- the queue

    def queue(self, actor: Actor, wanted: Filter) -> Page:
        """A page of cases: the most urgent first, distress before all, then by when an answer is due."""
        actor.demand("see_cases")
        with self.parts.store.reading() as session:
            which = self._which(session, actor, wanted)
            total = session.scalar(select(func.count()).select_from(Case).where(*which)) or 0
            pages = max(1, -(-total // PAGE))
            page = min(max(1, wanted.page), pages)
            closed = wanted.state == "closed"
            order = (Case.resolved_at.desc(), Case.id.desc()) if closed else _by_urgency(self.parts.now())
            query = select(Case.id).where(*which).order_by(*order).offset((page - 1) * PAGE).limit(PAGE)
            ids = session.scalars(query).all()
            sought = self._sought(session, wanted.search)[1] if wanted.search else ""
            return Page(tuple(self._rows(session, actor, ids)), total, page, pages, sought)

    def counts(self, actor: Actor) -> dict[str, int]:
        """How many open cases: mine, unassigned, all, overdue; how many mentions and decisions wait for the reader."""
        actor.demand("see_cases")
        with self.parts.store.reading() as session:
            counted = (
                func.count(),
                _count(Case.owner_id == actor.id),
                _count(Case.owner_id.is_(None)),
                _count(_is_overdue(self.parts.now())),
            )
            every, mine, unassigned, overdue = session.execute(
                select(*counted).where(Case.resolved_at.is_(None), *visible(actor))
            ).one()
            unseen = select(func.count()).select_from(Mention).join(Case, Case.id == Mention.case_id)
            unseen = unseen.where(*_unseen(actor), *visible(actor))
            decisions = [row for row in decisions_for(session, actor) if row.may]
            return {
                "mine": mine or 0,
                "unassigned": unassigned or 0,
                "all": every,
                "overdue": overdue or 0,
                "mentions": session.scalar(unseen) or 0,
                "decisions": len(decisions),
            }

    def changes(self, actor: Actor, since: str | None) -> tuple[str, list[str]]:
        """A mark, and the references of cases that changed since an earlier mark; none where there was none."""
        actor.demand("see_cases")
        known, latest = _read_mark(since)
        with self.parts.store.reading() as session:
            query = select(Case.id, Case.changed_at).where(*visible(actor))
            if latest is None:
                last = session.scalar(select(func.max(Case.changed_at)).where(*visible(actor)))
                query = query.where(Case.changed_at > (last or self.parts.now()) - OVERLAP)
            else:
                query = query.where(Case.changed_at > latest - OVERLAP)
            rows = [(number, at) for number, at in session.execute(query).tuples() if at is not None]
        newest = max([at for _, at in rows], default=latest or self.parts.now())
        if latest is not None:
            newest = max(newest, latest)
        recent = {number: _stamp(at) for number, at in rows if at > newest - OVERLAP}
        mark = f"{_stamp(newest)}|{','.join(f'{number}:{at}' for number, at in sorted(recent.items()))}"
        fresh = [] if latest is None else [number for number, at in rows if known.get(number) != _stamp(at)]
        return mark, [reference(number) for number in sorted(fresh)]

    def _which(self, session: Session, actor: Actor, wanted: Filter) -> list[ColumnElement[bool]]:
        """The conditions of a filter, inside of what somebody may see."""
        found = [*visible(actor)]
        found.append(Case.resolved_at.is_not(None) if wanted.state == "closed" else Case.resolved_at.is_(None))
        if wanted.state == "escalated":
            found.append(Case.escalated > 0)
        if wanted.whose == "mine":
            found.append(Case.owner_id == actor.id)
        elif wanted.whose == "unassigned":
            found.append(Case.owner_id.is_(None))
        if wanted.language:
            found.append(Case.language == wanted.language)
        if wanted.reason:
            found.append(Case.reason == wanted.reason)
        if wanted.team:
            found.append(of_team(wanted.team))
        if wanted.overdue:
            found.append(_is_overdue(self.parts.now()))
        if wanted.search:
            found.append(self._sought(session, wanted.search)[0])
        return found

    def sought_as(self, actor: Actor, text: str) -> str:
        """What somebody typed to find cases, as it stands in addresses: a reference, or a keyed hash of anything else.

        Digits alone are a reference where they are that of a case which the reader may see, and no account's number.
        """
        actor.demand("see_cases")
        typed = text.strip()
        if not typed:
            return ""
        hashed = self.parts.store.keyring.keyed_hash(normal_number(typed), "account number")
        if found := REFERENCE.fullmatch(typed):
            return reference(int(found[1]))
        if not (typed.isascii() and typed.isdecimal() and len(typed) < LONGEST_NUMBER):
            return hashed
        with self.parts.store.reading() as session:
            account = session.scalar(select(Account.id).where(Account.number_hash == hashed))
            seen = session.scalar(select(Case.id).where(Case.id == int(typed), *visible(actor)))
        return reference(seen) if account is None and seen is not None else hashed

    def _sought(self, session: Session, sought: str) -> tuple[ColumnElement[bool], str]:
        """Cases by a reference or by the hash of the number of their account; and what was sought, as it is shown."""
        if found := REFERENCE.fullmatch(sought):
            return Case.id == int(found[1]), reference(int(found[1]))
        row = session.execute(select(Account.id, Account.number).where(Account.number_hash == sought)).one_or_none()
        return (Case.id.is_(None), masking.DOT * 4) if row is None else (Case.account_id == row.id, _number(row.number))

    def _rows(self, session: Session, actor: Actor, ids: Sequence[int]) -> list[Row]:
        """Rows of the queue in the order of some ids; only what a row shows is read and decrypted."""
        if not ids:
            return []
        now = self.parts.now()
        last = (
            select(func.max(Turn.id).label("id"))
            .where(
                Turn.conversation_id.in_(select(Case.conversation_id).where(Case.id.in_(ids))),
                Turn.status != "erased",
                # Who somebody is says nothing of what they want.
                or_(Turn.intent.is_(None), Turn.intent != "provide_identity"),
            )
            .group_by(Turn.conversation_id)
        )
        said = {
            talk: (text, stage, intent)
            for talk, text, stage, intent in session.execute(
                select(Turn.conversation_id, Turn.text, Turn.stage, Turn.intent).where(Turn.id.in_(last))
            ).tuples()
        }
        mentions = dict(
            session.execute(
                select(Mention.case_id, func.count())
                .where(Mention.case_id.in_(ids), *_unseen(actor))
                .group_by(Mention.case_id)
            )
            .tuples()
            .all()
        )
        columns = (
            Case.id,
            Case.reason,
            Case.reasons,
            Case.priority,
            Case.status,
            Case.owner_id,
            Person.name,
            Case.team,
            Case.language,
            Account.borrower_name,
            Account.number,
            Account.phone,
            Account.national_id,
            Conversation.channel,
            Case.conversation_id,
            Case.opened_at,
            Case.due_at,
            Case.resolved_at,
            Case.awaits_agent_since,
            Case.call_at,
            Case.escalated,
        )
        query: Select[Any] = (
            select(*columns)
            .join(Conversation, Conversation.id == Case.conversation_id)
            .outerjoin(Person, Person.id == Case.owner_id)
            .outerjoin(Account, Account.id == Case.account_id)
            .where(Case.id.in_(ids))
        )
        found: dict[int, Row] = {}
        for row in session.execute(query):
            text, stage, intent = said.get(row.conversation_id, ("", None, None))
            identifying = masking.identifies(stage, intent)
            known = known_of(row.number, row.phone, row.national_id)
            found[row.id] = Row(
                reference=reference(row.id),
                reason=row.reason,
                reasons=tuple(row.reasons or (row.reason,)),
                priority=row.priority,
                status=row.status,
                owner=row.name,
                mine=row.owner_id == actor.id,
                team=row.team or GENERAL,
                language=row.language,
                borrower=masking.name(row.borrower_name) if row.borrower_name else None,
                channel=row.channel,
                opened_at=row.opened_at,
                due_at=row.due_at,
                overdue=row.resolved_at is None and row.awaits_agent_since is not None and row.due_at < now,
                awaits_agent_since=row.awaits_agent_since,
                call_at=row.call_at,
                last_words=_short(masking.figures(text, known, identifying)),
                mentions=mentions.get(row.id, 0),
                escalated=row.escalated,
            )
        return [found[number] for number in ids]

    # -- a case

    def case(self, actor: Actor, reference: str) -> CaseView:
        """A case with all that a person needs."""
        with self.parts.store.reading() as session:
            found = self._seen(session, actor, reference)
            if found is not None:
                decisions = self._with_account(session, decisions_for(session, actor, found))
                return case_view(self.parts, session, actor, found, decisions, replies_for(session, actor))
        raise self._refused(actor, reference)

    def open_field(self, actor: Actor, reference: str, name: str) -> str:
        """A masked field in the clear; that it was opened is recorded. Raises LookupError for no such field."""
        actor.demand("open_fields")
        with self.parts.store.transaction() as session:
            found = self._seen(session, actor, reference)
            if found is not None:
                account = session.get(Account, found.account_id) if found.account_id is not None else None
                if name not in FIELDS or account is None:
                    raise LookupError(f"there is no field {name}")
                self.parts.store.audit(
                    session,
                    self.parts.now(),
                    actor.signature,
                    "field_opened",
                    ref(found),
                    field=name,
                    account=account.id,
                )
                return str(getattr(account, name) or "")
        raise self._refused(actor, reference)

    def file(self, actor: Actor, reference: str, file_id: str) -> Content:
        """A file that an agent sent. Raises LookupError where the desk does not have it."""
        with self.parts.store.reading() as session:
            found = self._seen(session, actor, reference)
            if found is not None:
                row = session.scalars(
                    select(AgentFile).where(AgentFile.case_id == found.id, AgentFile.secret == file_id)
                ).one_or_none()
                if row is None or not row.content:
                    raise LookupError(f"there is no file {file_id}")
                return Content(row.name, row.mime, base64.b64decode(row.content))
        raise self._refused(actor, reference)

    def _seen(self, session: Session, actor: Actor, reference: str) -> Case | None:
        """A case that somebody may see; None where it is another team's. Raises UnknownCase and NotAllowed."""
        actor.demand("see_cases")
        found = self.cases.find(session, reference)
        return found if actor.sees(found.team) else None

    def _refused(self, actor: Actor, reference: str) -> UnknownCase:
        """Records that somebody asked for a case of another team; they are told that there is none."""
        with self.parts.store.transaction() as session:
            found = self.cases.find(session, reference)
            self.parts.store.audit(session, self.parts.now(), actor.signature, "desk_refused", ref(found), why="team")
        return UnknownCase(f"there is no case {reference}")

    # -- what waits for somebody

    def decisions(self, actor: Actor) -> list[DecisionView]:
        """What waits for a decision in the reader's teams, the oldest first."""
        actor.demand("see_cases")
        with self.parts.store.reading() as session:
            return self._with_account(session, decisions_for(session, actor))

    def _with_account(self, session: Session, waiting: Sequence[DecisionView]) -> list[DecisionView]:
        return with_account(self.parts, self.negotiation, session, waiting)

    def mentions(self, actor: Actor) -> list[MentionView]:
        """What the reader is told of and has not seen yet, the latest first."""
        with self.parts.store.reading() as session:
            rows = session.execute(
                select(CaseEvent, Person.name)
                .join(Mention, Mention.event_id == CaseEvent.id)
                .join(Case, Case.id == CaseEvent.case_id)
                .outerjoin(Person, Person.id == CaseEvent.person_id)
                .where(*_unseen(actor), *visible(actor))
                .order_by(CaseEvent.id.desc())
            ).tuples()
            return [
                MentionView(reference(event.case_id), event.kind, name, event.words or "", event.at, event.data)
                for event, name in rows
            ]

    def seen(self, actor: Actor, reference: str) -> None:
        """The reader has seen what they were mentioned in."""
        with self.parts.store.reading() as session:
            found = self._seen(session, actor, reference)
            unseen: Sequence[int] = ()
            if found is not None:
                query = select(Mention.id).where(Mention.case_id == found.id, *_unseen(actor))
                unseen = session.scalars(query).all()
        if found is None:
            raise self._refused(actor, reference)
        if unseen:
            with self.parts.store.transaction() as session:
                for mention in session.scalars(select(Mention).where(Mention.id.in_(unseen))):
                    mention.seen_at = self.parts.now()

    # -- figures

    def figures(self, actor: Actor, days: int, team: str | None = None) -> Figures:
        """How the desk did in the last days, all teams that the reader sees or one of them."""
        actor.demand("figures")
        where = visible(actor) if actor.may("see_cases") else []
        with self.parts.store.reading() as session:
            whole = [*where, of_team(team)] if team else where
            return figures_of(self.parts, session, whole, min(max(1, days), 366), team)

    def teams(self) -> Sequence[tuple[str, str, str]]:
        """Every team: its name, its title in English and in Chinese."""
        return [(team.name, team.title.en, team.title.zh) for team in self.parts.desk.teams]


def ref(found: Case) -> str:
    """How a case is called, where `reference` is what somebody typed."""
    return reference(found.id)


def _unseen(actor: Actor) -> tuple[ColumnElement[bool], ...]:
    return (Mention.person_id == actor.id, Mention.seen_at.is_(None))


def _is_overdue(now: datetime) -> ColumnElement[bool]:
    """That the borrower waits for an answer longer than was promised."""
    return and_(Case.awaits_agent_since.is_not(None), Case.due_at < now)


def _count(which: ColumnElement[bool]) -> ColumnElement[int]:
    return func.sum(case((which, 1), else_=0))


def _by_urgency(now: datetime) -> tuple[ColumnElement[Any], ...]:
    """Distress before all, then by urgency; who waits too long before who waits, and these before who does not; by
    when an answer is due."""
    ranks = {name: len(URGENCY) - rank for rank, name in enumerate(URGENCY)}
    waits = Case.awaits_agent_since.is_not(None)
    turn = case((and_(waits, or_(Case.escalated > 0, Case.due_at < now)), 0), (waits, 1), else_=2)
    distress = case((Case.reason == DISTRESS, 0), else_=1)
    return distress, case(ranks, value=Case.priority, else_=len(URGENCY)), turn, Case.due_at.asc(), Case.id.asc()


def _number(text: str) -> str:
    return masking.ending(text, 4)


def _short(text: str) -> str:
    """The beginning of what was said, in one line."""
    line = " ".join(text.split())
    return line if len(line) <= LAST_WORDS else f"{line[: LAST_WORDS - 1]}…"


def _stamp(at: datetime) -> int:
    return int(at.timestamp() * 1_000_000)


def _read_mark(mark: str | None) -> tuple[dict[int, int], datetime | None]:
    """What a mark says: the changes around it that were told, and the latest of all; nothing for what is no mark."""
    try:
        latest, _, rows = (mark or "").partition("|")
        known = {int(number): int(at) for number, _, at in (row.partition(":") for row in rows.split(",") if row)}
        return known, datetime.fromtimestamp(int(latest) / 1_000_000, UTC)
    except (ValueError, OverflowError, OSError):
        return {}, None
