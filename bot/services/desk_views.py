"""What is read at the desk, as values: rows of the queue, a case with all its parts, figures."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any, Literal

from bot.domain.debt import Balance
from bot.domain.limits import Passed
from bot.domain.money import Money
from bot.domain.offer import Terms
from bot.domain.summary import Line

Whose = Literal["mine", "unassigned", "all"]
State = Literal["open", "escalated", "closed"]
Delivery = Literal["sent", "queued", "failed", "blocked"]


# -- the queue


@dataclass(frozen=True)
class Filter:
    """What of the queue is shown. ``search``: what `bot.services.desk.Desk.sought_as` made of what was typed."""

    whose: Whose = "all"
    language: str | None = None
    reason: str | None = None
    team: str | None = None
    overdue: bool = False
    state: State = "open"
    search: str = ""
    page: int = 1


@dataclass(frozen=True)
class Row:
    """A case in the queue."""

    reference: str
    reason: str
    reasons: tuple[str, ...]
    priority: str
    status: str
    owner: str | None
    mine: bool
    team: str
    language: str
    borrower: str | None
    channel: str
    opened_at: datetime
    due_at: datetime
    overdue: bool
    awaits_agent_since: datetime | None
    call_at: datetime | None
    last_words: str
    mentions: int
    escalated: int


@dataclass(frozen=True)
class Page:
    """One page of the queue; ``total`` counts all of its cases, ``sought`` is what was searched for, masked."""

    rows: tuple[Row, ...]
    total: int
    page: int
    pages: int
    sought: str = ""


# -- a case


@dataclass(frozen=True)
class Masked:
    """A field that identifies somebody, as it is shown until it is opened: `Desk.open_field` by its name."""

    field: str
    shown: str


@dataclass(frozen=True)
class IdentityView:
    """Whether the borrower has proven who they are: proven, lapsed, never, or locked after too many tries."""

    state: Literal["proven", "lapsed", "never", "locked"]
    until: datetime | None = None


@dataclass(frozen=True)
class AccountView:
    """The account that a case is about. Fields that identify somebody are masked; None where there is none."""

    name: Masked
    number: Masked
    date_of_birth: Masked
    phone: Masked
    email: Masked | None
    national_id: Masked | None
    language: str
    country: str
    time_zone: str
    currency: str
    product: str
    lender: str
    jurisdiction: str
    status: str
    due_date: date
    days_past_due: int
    balance: Balance
    credit: Money
    last_payment: tuple[date, Money] | None
    surplus: Money | None
    budget_on: date | None


@dataclass(frozen=True)
class OfferView:
    """Terms that were put to the borrower or wait. ``by``: bot, borrower or agent; ``why``: what was said against
    them, the borrower's words or whoever decided."""

    id: str
    made_at: datetime
    expires_at: datetime
    round: int
    status: str
    by: str
    authority: str
    approval: str | None
    policy: str
    policy_version: str
    rule: str
    terms: Terms
    why: str | None = None


@dataclass(frozen=True)
class PromiseView:
    """A promise to pay."""

    id: int
    amount: Money
    paid: Money
    due_on: date
    at_time: str | None
    status: str
    agreed_at: datetime


@dataclass(frozen=True)
class PaymentView:
    """One payment of a plan's schedule."""

    number: int
    due_on: date
    amount: Money
    paid: Money
    down_payment: bool
    status: str


@dataclass(frozen=True)
class PlanView:
    """A plan or settlement: the one that runs or waits for approval, else the last one."""

    id: int
    kind: str
    status: str
    frequency: str | None
    total: Money
    waived: Money
    paid: Money
    authority: str
    approved_by: str | None
    agreed_at: datetime
    schedule: tuple[PaymentView, ...]


@dataclass(frozen=True)
class Flag:
    """Something to be careful about: a code, what exactly, since when."""

    code: Literal["hold", "hardship", "contact_stopped", "flagged_contact", "underage", "locked", "chat_closed"]
    detail: str | None = None
    since: datetime | None = None


@dataclass(frozen=True)
class FileView:
    """A file in the transcript. ``here``: whether the desk has its content, `Desk.file` by its id."""

    id: str
    name: str
    kind: str
    mime: str | None
    size: int | None
    here: bool


@dataclass(frozen=True)
class Said:
    """One thing that was said, in order. Figures that prove somebody's identity are masked in the borrower's words.

    ``id``: its own as long as it exists, whatever stands before it.
    ``intent``, ``confidence`` and ``responses``: how the bot read a message, and what it answered. ``delivery`` of what
    an agent or the bot sent by itself, ``why`` it was blocked or failed.
    """

    id: str
    who: Literal["borrower", "bot", "agent"]
    at: datetime
    text: str
    name: str | None = None
    buttons: tuple[str, ...] = ()
    table: Mapping[str, Any] | None = None
    tapped: bool = False
    intent: str | None = None
    confidence: str | None = None
    responses: tuple[str, ...] = ()
    delivery: Delivery | None = None
    why: str | None = None
    files: tuple[FileView, ...] = ()


@dataclass(frozen=True)
class Happened:
    """One line of a case's timeline. ``by``: a colleague's name; None for the bot and the borrower.

    ``data``: texts, numbers and, under ``terms``, `Terms` as JSON.
    """

    id: int
    at: datetime
    kind: str
    by: str | None
    words: str | None
    data: Mapping[str, Any]


@dataclass(frozen=True)
class DecisionView:
    """Terms that wait for a yes or no. ``id`` is that of the offer, for `Casework.decide`.

    ``kind``: ``terms`` that a colleague worked out, the borrower's ``own`` ones, or an agreed ``plan``. ``asked_by``: a
    colleague's name, None for the bot. ``may``: whether the reader may decide; ``because`` they may not: ``yours``
    (whoever asked may not decide), ``role``, or ``theirs`` (``owner`` has the case). ``borrower``: masked. ``limits``:
    which limits of whoever asked the terms pass, or above which they want a second person's yes, as things stand now.
    """

    id: str
    reference: str
    kind: Literal["terms", "own", "plan"]
    asked_by: str | None
    asked_at: datetime
    why: str
    role: str
    terms: Terms
    may: bool
    because: Literal["yours", "role", "theirs"] | None = None
    owner: str | None = None
    borrower: str | None = None
    owed: Money | None = None
    days_past_due: int | None = None
    limits: tuple[Passed, ...] = ()


@dataclass(frozen=True)
class CannedView:
    """Words kept for use again: one's own, a team's, or everybody's."""

    id: int
    scope: Literal["own", "team", "all"]
    team: str | None
    language: str
    title: str
    body: str


@dataclass(frozen=True)
class FeedbackView:
    """What the borrower thought of it."""

    about: str
    mark: int | None
    words: str | None
    asked_at: datetime
    given_at: datetime | None


@dataclass(frozen=True)
class OtherCase:
    """Another case of the same borrower; ``mergeable``: this one may be merged into it."""

    reference: str
    reason: str
    status: str
    opened_at: datetime
    mergeable: bool


@dataclass(frozen=True)
class MentionView:
    """What the reader is told of and has not seen yet: a note, a case that was given to them or was escalated."""

    reference: str
    kind: str
    by: str | None
    words: str
    at: datetime
    data: Mapping[str, Any]


@dataclass(frozen=True)
class CaseView:
    """A case with all that a person needs to see.

    ``actions``: what the reader may do now, by the names of `Casework`'s methods, and ``open_field``.
    """

    reference: str
    status: str
    reason: str
    reasons: tuple[str, ...]
    about: str | None
    priority: str
    team: str
    language: str
    channel: str
    conversation_id: str
    holds: bool
    owner: str | None
    mine: bool
    opened_at: datetime
    due_at: datetime
    overdue: bool
    claimed_at: datetime | None
    answered_at: datetime | None
    awaits_agent_since: datetime | None
    call_at: datetime | None
    escalated: int
    reopened: int
    resolved_at: datetime | None
    outcome_kind: str | None
    outcome: str | None
    merged_into: str | None
    summary: tuple[Line, ...]
    identity: IdentityView
    account: AccountView | None
    offers: tuple[OfferView, ...]
    promises: tuple[PromiseView, ...]
    plan: PlanView | None
    flags: tuple[Flag, ...]
    transcript: tuple[Said, ...]
    timeline: tuple[Happened, ...]
    decisions: tuple[DecisionView, ...]
    canned: tuple[CannedView, ...]
    feedback: tuple[FeedbackView, ...]
    others: tuple[OtherCase, ...]
    colleagues: tuple[tuple[str, str], ...]  # login and name of those to whom it can be assigned
    mentionable: tuple[tuple[str, str], ...]  # of those whom a note can be meant for
    teams: tuple[str, ...]  # to which it can be moved
    slots: tuple[datetime, ...]
    actions: frozenset[str]


# -- figures


@dataclass(frozen=True)
class Spread:
    """Of how many, the median and what nine in ten were below; None where there are none."""

    count: int = 0
    median: float | None = None
    most: float | None = None


@dataclass(frozen=True)
class Figures:
    """How the desk did over some days. Durations are in minutes.

    ``to_claim``: from opening to being taken; ``to_answer``: to the first answer; ``to_end``: to the end. Counts are by
    when a case was opened (``by_reason``) or ended. ``marks``: how many gave which, 1 to 5.
    """

    days: int
    team: str | None
    opened: int = 0
    open_now: int = 0
    ended: int = 0
    to_claim: Spread = Spread()
    to_answer: Spread = Spread()
    to_end: Spread = Spread()
    by_reason: Mapping[str, int] = field(default_factory=dict)
    by_outcome: Mapping[str, int] = field(default_factory=dict)
    by_day: tuple[tuple[date, int, int], ...] = ()  # opened and ended on each day, the oldest first
    returned: int = 0
    reopened: int = 0
    expired: int = 0
    escalated: int = 0
    answered_in_time: int = 0
    to_be_answered: int = 0
    marks: Mapping[int, int] = field(default_factory=dict)


@dataclass(frozen=True)
class Content:
    """A file to be shown or saved."""

    name: str
    mime: str
    content: bytes
