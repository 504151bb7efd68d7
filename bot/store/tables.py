"""The tables of the ledger. Amounts are integer minor units; times are UTC."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Any, ClassVar

from sqlalchemy import (
    JSON,
    BigInteger,
    Boolean,
    Date,
    DateTime,
    ForeignKey,
    Index,
    Integer,
    String,
    UniqueConstraint,
    text,
)
from sqlalchemy.engine import Dialect
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column, relationship
from sqlalchemy.types import TypeDecorator

from bot.store.encryption import Encrypted


class Utc(TypeDecorator[datetime]):
    """A moment, always aware and in UTC; SQLite alone would forget the zone."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        return None if value is None else value.astimezone(UTC)

    def process_result_value(self, value: Any, dialect: Dialect) -> datetime | None:
        return None if value is None else (value if value.tzinfo else value.replace(tzinfo=UTC))


class Base(DeclarativeBase):
    type_annotation_map: ClassVar = {datetime: Utc(), date: Date(), dict[str, Any]: JSON(), list[Any]: JSON()}


def key() -> Mapped[int]:
    return mapped_column(BigInteger().with_variant(Integer, "sqlite"), primary_key=True, autoincrement=True)


def given_key() -> Mapped[int]:
    """A key that somebody else gives out."""
    return mapped_column(BigInteger().with_variant(Integer, "sqlite"), primary_key=True, autoincrement=False)


class Account(Base):
    """One debt of one borrower."""

    __tablename__ = "accounts"

    id: Mapped[int] = key()
    number: Mapped[str] = mapped_column(Encrypted("accounts.number"))
    number_hash: Mapped[str] = mapped_column(String(64), unique=True)
    borrower_name: Mapped[str] = mapped_column(Encrypted("accounts.borrower_name"))
    date_of_birth: Mapped[str] = mapped_column(Encrypted("accounts.date_of_birth"))
    phone: Mapped[str] = mapped_column(Encrypted("accounts.phone"))
    phone_hash: Mapped[str] = mapped_column(String(64), index=True)
    email: Mapped[str | None] = mapped_column(Encrypted("accounts.email"))
    national_id: Mapped[str | None] = mapped_column(Encrypted("accounts.national_id"))
    telegram_username: Mapped[str | None] = mapped_column(Encrypted("accounts.telegram_username"))
    language: Mapped[str] = mapped_column(String(10))
    country: Mapped[str] = mapped_column(String(2))
    time_zone: Mapped[str] = mapped_column(String(64))
    currency: Mapped[str] = mapped_column(String(3))
    due_date: Mapped[date]
    product: Mapped[str] = mapped_column(String(100), default="")
    lender: Mapped[str] = mapped_column(String(200), default="")
    portfolio: Mapped[str] = mapped_column(String(100), default="")
    jurisdiction: Mapped[str] = mapped_column(String(20), default="")
    opened_on: Mapped[date | None]
    original_principal: Mapped[int | None] = mapped_column(BigInteger)
    annual_rate: Mapped[str | None] = mapped_column(String(20))
    last_payment_on: Mapped[date | None]
    last_payment_amount: Mapped[int | None] = mapped_column(BigInteger)
    hold: Mapped[str | None] = mapped_column(String(40))
    hardship: Mapped[str | None] = mapped_column(Encrypted("accounts.hardship"))
    budget: Mapped[str | None] = mapped_column(Encrypted("accounts.budget"))
    budget_on: Mapped[date | None]
    contact_stopped_at: Mapped[datetime | None]
    locked_until: Mapped[datetime | None]
    erased_at: Mapped[datetime | None]
    created_at: Mapped[datetime]
    updated_at: Mapped[datetime]


class LedgerEntry(Base):
    """A change of what is owed on one component. Rows are only ever added; balances are their sums.

    The component ``credit`` is none of what is owed: below zero it is money held for the borrower.
    """

    __tablename__ = "ledger_entries"

    id: Mapped[int] = key()
    account_id: Mapped[int] = mapped_column(ForeignKey("accounts.id"), index=True)
    kind: Mapped[str] = mapped_column(String(20))
    component: Mapped[str] = mapped_column(String(20))
    amount: Mapped[int] = mapped_column(BigInteger)
    occurred_on: Mapped[date]
    recorded_at: Mapped[datetime]
    key: Mapped[str] = mapped_column(String(200), unique=True)
    plan_id: Mapped[int | None] = mapped_column(ForeignKey("plans.id"))


class Conversation(Base):
    """One borrower's chat in one channel, and where it stands."""

    __tablename__ = "conversations"

    id: Mapped[str] = mapped_column(String(128), primary_key=True)
    channel: Mapped[str] = mapped_column(String(20))
    secret_hash: Mapped[str | None] = mapped_column(String(64))
    language: Mapped[str] = mapped_column(String(10))
    language_fixed: Mapped[bool] = mapped_column(Boolean, default=False)
    account_id: Mapped[int | None] = mapped_column(ForeignKey("accounts.id"))
    verified_until: Mapped[datetime | None]
    locked_until: Mapped[datetime | None]
    claimed: Mapped[str | None] = mapped_column(Encrypted("conversations.claimed"))
    asked: Mapped[str] = mapped_column(String(20), default="")
    wish: Mapped[str | None] = mapped_column(Encrypted("conversations.wish"))
    draft: Mapped[str | None] = mapped_column(Encrypted("conversations.draft"))
    misunderstandings: Mapped[int] = mapped_column(Integer, default=0)
    refusals: Mapped[int] = mapped_column(Integer, default=0)
    insults: Mapped[int] = mapped_column(Integer, default=0)
    failures: Mapped[int] = mapped_column(Integer, default=0)
    case_id: Mapped[int | None] = mapped_column(BigInteger)
    last_response: Mapped[str] = mapped_column(String(80), default="")
    phrasings: Mapped[dict[str, Any]] = mapped_column(default=dict)
    contact_stopped_at: Mapped[datetime | None]
    created_at: Mapped[datetime]
    updated_at: Mapped[datetime]


class Turn(Base):
    """One thing that a borrower said or tapped, and what was answered. Stored before anything is done about it."""

    __tablename__ = "turns"
    __table_args__ = (UniqueConstraint("conversation_id", "key"),)

    id: Mapped[int] = key()
    conversation_id: Mapped[str] = mapped_column(ForeignKey("conversations.id"), index=True)
    key: Mapped[str] = mapped_column(String(128))
    text: Mapped[str] = mapped_column(Encrypted("turns.text"))
    button_id: Mapped[str | None] = mapped_column(String(64))
    status: Mapped[str] = mapped_column(String(20), index=True)
    stage: Mapped[str | None] = mapped_column(String(20))
    asked: Mapped[str | None] = mapped_column(String(20))
    intent: Mapped[str | None] = mapped_column(String(40))
    confidence: Mapped[str | None] = mapped_column(String(10))
    reply: Mapped[str | None] = mapped_column(Encrypted("turns.reply"))
    responses: Mapped[list[Any]] = mapped_column(default=list)
    received_at: Mapped[datetime]
    answered_at: Mapped[datetime | None]


class Button(Base):
    """A choice that was shown: opaque id, single use, expiring, bound to its conversation."""

    __tablename__ = "buttons"

    id: Mapped[str] = mapped_column(String(64), primary_key=True)
    conversation_id: Mapped[str] = mapped_column(ForeignKey("conversations.id"), index=True)
    intent: Mapped[str] = mapped_column(String(40))
    entities: Mapped[list[Any]]
    offer_id: Mapped[str | None] = mapped_column(String(40))
    title: Mapped[str] = mapped_column(Encrypted("buttons.title"))
    created_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    used_in: Mapped[int | None] = mapped_column(ForeignKey("turns.id"))


class Offer(Base):
    """Terms that were put to a borrower, by which policy and rule, and what became of them."""

    __tablename__ = "offers"
    __table_args__ = (UniqueConstraint("turn_id", "option"),)

    id: Mapped[str] = mapped_column(String(40), primary_key=True)
    account_id: Mapped[int] = mapped_column(ForeignKey("accounts.id"), index=True)
    conversation_id: Mapped[str] = mapped_column(ForeignKey("conversations.id"))
    turn_id: Mapped[int] = mapped_column(ForeignKey("turns.id"))
    option: Mapped[int] = mapped_column(Integer)
    round: Mapped[int] = mapped_column(Integer)
    kind: Mapped[str] = mapped_column(String(20))
    terms: Mapped[dict[str, Any]]
    policy: Mapped[str] = mapped_column(String(100))
    policy_version: Mapped[str] = mapped_column(String(64))
    rule: Mapped[str] = mapped_column(String(200))
    authority: Mapped[str] = mapped_column(String(20), default="bot")
    proposed_by: Mapped[str | None] = mapped_column(String(20))
    approval: Mapped[str | None] = mapped_column(String(20))
    conceded: Mapped[str | None] = mapped_column(String(40))
    status: Mapped[str] = mapped_column(String(20))
    created_at: Mapped[datetime]
    expires_at: Mapped[datetime]


class Plan(Base):
    """Terms that were agreed: a plan or a settlement, and how it goes.

    ``waived`` is taken off with the last payment, by component, in minor units. ``began_on`` is the borrower's day
    from which the plan is kept; ``authority`` the role that agreed, ``approved_by`` the person who had the last word.
    """

    __tablename__ = "plans"
    __table_args__ = (
        Index(
            "one_active_plan",
            "account_id",
            unique=True,
            sqlite_where=text("status = 'active'"),
            postgresql_where=text("status = 'active'"),
        ),
        Index(
            "one_agreed_plan",
            "account_id",
            unique=True,
            sqlite_where=text("status = 'agreed'"),
            postgresql_where=text("status = 'agreed'"),
        ),
    )

    id: Mapped[int] = key()
    account_id: Mapped[int] = mapped_column(ForeignKey("accounts.id"), index=True)
    offer_id: Mapped[str] = mapped_column(ForeignKey("offers.id"), unique=True)
    replaces_id: Mapped[int | None] = mapped_column(ForeignKey("plans.id"))
    kind: Mapped[str] = mapped_column(String(20))
    status: Mapped[str] = mapped_column(String(20))
    frequency: Mapped[str | None] = mapped_column(String(20))
    total: Mapped[int] = mapped_column(BigInteger)
    waived: Mapped[dict[str, Any]]
    interest_to_come: Mapped[int] = mapped_column(BigInteger, default=0)
    authority: Mapped[str] = mapped_column(String(20), default="bot")
    approved_by: Mapped[str | None] = mapped_column(String(100))
    pauses: Mapped[int] = mapped_column(Integer, default=0)
    agreed_words: Mapped[str] = mapped_column(Encrypted("plans.agreed_words"))
    agreed_at: Mapped[datetime]
    began_on: Mapped[date | None]
    ended_at: Mapped[datetime | None]
    instalments: Mapped[list[PlanInstalment]] = relationship(order_by="PlanInstalment.number")


class PlanInstalment(Base):
    """One payment of an agreed plan. ``interest`` is the part of the amount that is added on its due day."""

    __tablename__ = "plan_instalments"
    __table_args__ = (UniqueConstraint("plan_id", "number"),)

    id: Mapped[int] = key()
    plan_id: Mapped[int] = mapped_column(ForeignKey("plans.id"), index=True)
    number: Mapped[int] = mapped_column(Integer)
    due_on: Mapped[date]
    amount: Mapped[int] = mapped_column(BigInteger)
    interest: Mapped[int] = mapped_column(BigInteger, default=0)
    paid: Mapped[int] = mapped_column(BigInteger, default=0)
    down_payment: Mapped[bool] = mapped_column(Boolean, default=False)
    status: Mapped[str] = mapped_column(String(20), default="due")


class Promise(Base):
    """A promise to pay one amount on one day. ``at_time``: an hour such as 14:30, or a range of hours."""

    __tablename__ = "promises"

    id: Mapped[int] = key()
    account_id: Mapped[int] = mapped_column(ForeignKey("accounts.id"), index=True)
    offer_id: Mapped[str] = mapped_column(ForeignKey("offers.id"), unique=True)
    replaces_id: Mapped[int | None] = mapped_column(ForeignKey("promises.id"))
    amount: Mapped[int] = mapped_column(BigInteger)
    paid: Mapped[int] = mapped_column(BigInteger, default=0)
    due_on: Mapped[date]
    at_time: Mapped[str | None] = mapped_column(String(40))
    channel: Mapped[str | None] = mapped_column(String(40))
    status: Mapped[str] = mapped_column(String(20))
    agreed_words: Mapped[str] = mapped_column(Encrypted("promises.agreed_words"))
    agreed_at: Mapped[datetime]


class Payment(Base):
    """Money that arrived, once for each id of the payment provider. ``credited`` is what was not owed."""

    __tablename__ = "payments"

    id: Mapped[int] = key()
    account_id: Mapped[int] = mapped_column(ForeignKey("accounts.id"), index=True)
    provider_id: Mapped[str] = mapped_column(String(120), unique=True)
    amount: Mapped[int] = mapped_column(BigInteger)
    credited: Mapped[int] = mapped_column(BigInteger, default=0)
    received_on: Mapped[date]
    recorded_at: Mapped[datetime]
    reversed_at: Mapped[datetime | None]


class Case(Base):
    """Something that a person has to decide or to do.

    ``reason`` is the gravest of ``reasons``; ``about`` says what a dispute is about. ``status``: waiting, claimed,
    borrower (the next word is theirs), resolved, returned (to the bot) or expired; ``resolved_at`` when it came to its
    end in any of these ways. ``awaits_agent_since``: since when the borrower's words have waited for an answer.
    ``call_at``: when somebody calls the borrower; ``escalated`` how often its time ran out; ``merged_into`` the case
    that goes on in its place.
    """

    __tablename__ = "cases"
    __table_args__ = (
        Index(
            "one_open_case",
            "conversation_id",
            unique=True,
            sqlite_where=text("resolved_at IS NULL"),
            postgresql_where=text("resolved_at IS NULL"),
        ),
        Index("cases_in_order", "resolved_at", "due_at"),
    )

    id: Mapped[int] = key()
    account_id: Mapped[int | None] = mapped_column(ForeignKey("accounts.id"), index=True)
    conversation_id: Mapped[str] = mapped_column(ForeignKey("conversations.id"))
    reason: Mapped[str] = mapped_column(String(40))
    reasons: Mapped[list[Any]] = mapped_column(default=list)
    about: Mapped[str | None] = mapped_column(String(40))
    priority: Mapped[str] = mapped_column(String(10))
    status: Mapped[str] = mapped_column(String(20))
    holds: Mapped[bool] = mapped_column(Boolean)
    summary: Mapped[str] = mapped_column(Encrypted("cases.summary"))
    language: Mapped[str] = mapped_column(String(10))
    opened_at: Mapped[datetime]
    due_at: Mapped[datetime]
    resolved_at: Mapped[datetime | None]
    outcome: Mapped[str | None] = mapped_column(Encrypted("cases.outcome"))
    outcome_kind: Mapped[str | None] = mapped_column(String(30))
    team: Mapped[str] = mapped_column(String(40), default="", index=True)
    owner_id: Mapped[int | None] = mapped_column(BigInteger, index=True)
    claimed_at: Mapped[datetime | None]
    answered_at: Mapped[datetime | None]
    awaits_agent_since: Mapped[datetime | None]
    call_at: Mapped[datetime | None]
    escalated: Mapped[int] = mapped_column(Integer, default=0)
    reopened: Mapped[int] = mapped_column(Integer, default=0)
    merged_into: Mapped[int | None] = mapped_column(BigInteger)
    changed_at: Mapped[datetime | None] = mapped_column(index=True)


class Person(Base):
    """Somebody who works at the desk. ``role``: agent, supervisor, trainer, auditor or administrator.

    ``login`` is in lower case. ``totp_step``: the last time step whose code was taken, so that none counts twice.
    ``subject``: who they are to the company's own sign-in.
    """

    __tablename__ = "people"

    id: Mapped[int] = key()
    login: Mapped[str] = mapped_column(String(80), unique=True)
    name: Mapped[str] = mapped_column(String(120))
    role: Mapped[str] = mapped_column(String(20))
    language: Mapped[str] = mapped_column(String(10), default="en")
    password_hash: Mapped[str | None] = mapped_column(String(200))
    totp_secret: Mapped[str | None] = mapped_column(Encrypted("people.totp_secret"))
    totp_step: Mapped[int | None] = mapped_column(BigInteger)
    subject: Mapped[str | None] = mapped_column(String(255), unique=True)
    telegram_id: Mapped[int | None] = mapped_column(BigInteger, unique=True)
    available: Mapped[bool] = mapped_column(Boolean, default=True)
    seen_at: Mapped[datetime | None]
    created_at: Mapped[datetime]
    left_at: Mapped[datetime | None]


class Membership(Base):
    """That somebody belongs to a team."""

    __tablename__ = "memberships"

    person_id: Mapped[int] = mapped_column(ForeignKey("people.id"), primary_key=True)
    team: Mapped[str] = mapped_column(String(40), primary_key=True)


class Invitation(Base):
    """A link with which somebody sets their password and second factor, once; only its keyed hash is kept."""

    __tablename__ = "invitations"

    id: Mapped[int] = key()
    person_id: Mapped[int] = mapped_column(ForeignKey("people.id"), index=True)
    token_hash: Mapped[str] = mapped_column(String(64), unique=True)
    totp_secret: Mapped[str] = mapped_column(Encrypted("invitations.totp_secret"))
    created_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    used_at: Mapped[datetime | None]


class SignIn(Base):
    """Somebody's session at the desk; only the keyed hash of its secret is kept."""

    __tablename__ = "sign_ins"

    id: Mapped[int] = key()
    person_id: Mapped[int] = mapped_column(ForeignKey("people.id"), index=True)
    secret_hash: Mapped[str] = mapped_column(String(64), unique=True)
    browser: Mapped[str] = mapped_column(String(200), default="")
    created_at: Mapped[datetime]
    seen_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]


class SignInTry(Base):
    """A try to sign in: by the keyed hashes of the login and of where it came from."""

    __tablename__ = "sign_in_tries"

    id: Mapped[int] = key()
    login_hash: Mapped[str] = mapped_column(String(64), index=True)
    origin_hash: Mapped[str] = mapped_column(String(64), index=True)
    passed: Mapped[bool] = mapped_column(Boolean)
    at: Mapped[datetime] = mapped_column(index=True)


class CaseEvent(Base):
    """Something that happened to a case: what somebody did, wrote or noted. ``key``: a click counts once.

    ``person_id``: None for the bot and the borrower. ``outbox_id``: the message that it sent.
    """

    __tablename__ = "case_events"

    id: Mapped[int] = key()
    case_id: Mapped[int] = mapped_column(ForeignKey("cases.id"), index=True)
    key: Mapped[str] = mapped_column(String(120), unique=True)
    kind: Mapped[str] = mapped_column(String(30))
    person_id: Mapped[int | None] = mapped_column(ForeignKey("people.id"))
    words: Mapped[str | None] = mapped_column(Encrypted("case_events.words"))
    data: Mapped[dict[str, Any]] = mapped_column(default=dict)
    outbox_id: Mapped[int | None] = mapped_column(ForeignKey("outbox.id"), index=True)
    at: Mapped[datetime]


class Mention(Base):
    """That a note is meant for somebody, until they have seen it."""

    __tablename__ = "mentions"

    id: Mapped[int] = key()
    event_id: Mapped[int] = mapped_column(ForeignKey("case_events.id"))
    case_id: Mapped[int] = mapped_column(ForeignKey("cases.id"), index=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("people.id"), index=True)
    seen_at: Mapped[datetime | None]


class Decision(Base):
    """Terms that one person worked out and another one has to decide on. ``status``: waiting, approved or refused."""

    __tablename__ = "decisions"

    id: Mapped[int] = key()
    case_id: Mapped[int] = mapped_column(ForeignKey("cases.id"), index=True)
    offer_id: Mapped[str] = mapped_column(ForeignKey("offers.id"), unique=True)
    role: Mapped[str] = mapped_column(String(20))
    status: Mapped[str] = mapped_column(String(10), index=True)
    asked_by: Mapped[int] = mapped_column(ForeignKey("people.id"))
    why: Mapped[str] = mapped_column(Encrypted("decisions.why"))
    asked_at: Mapped[datetime]
    decided_by: Mapped[int | None] = mapped_column(ForeignKey("people.id"))
    decided_at: Mapped[datetime | None]
    words: Mapped[str | None] = mapped_column(Encrypted("decisions.words"))


class CannedReply(Base):
    """Words kept for use again: somebody's own, a team's, or everybody's where neither is named."""

    __tablename__ = "canned_replies"

    id: Mapped[int] = key()
    owner_id: Mapped[int | None] = mapped_column(ForeignKey("people.id"), index=True)
    team: Mapped[str | None] = mapped_column(String(40))
    language: Mapped[str] = mapped_column(String(10))
    title: Mapped[str] = mapped_column(String(80))
    body: Mapped[str] = mapped_column(Encrypted("canned_replies.body"))
    changed_at: Mapped[datetime]


class AgentFile(Base):
    """A file that an agent sends to a borrower; the content is encrypted text in base 64."""

    __tablename__ = "agent_files"

    id: Mapped[int] = key()
    case_id: Mapped[int] = mapped_column(ForeignKey("cases.id"), index=True)
    outbox_id: Mapped[int | None] = mapped_column(ForeignKey("outbox.id"), index=True)
    secret: Mapped[str] = mapped_column(String(40), unique=True)
    name: Mapped[str] = mapped_column(Encrypted("agent_files.name"))
    mime: Mapped[str] = mapped_column(String(100))
    size: Mapped[int] = mapped_column(BigInteger)
    content: Mapped[str] = mapped_column(Encrypted("agent_files.content"))
    at: Mapped[datetime]


class ForumTopic(Base):
    """The topic in which a Telegram group of agents has a case. ``up_to``: the last event that it shows."""

    __tablename__ = "forum_topics"

    case_id: Mapped[int] = mapped_column(ForeignKey("cases.id"), primary_key=True)
    thread_id: Mapped[int | None] = mapped_column(BigInteger, index=True)
    card_id: Mapped[int | None] = mapped_column(BigInteger)
    status: Mapped[str] = mapped_column(String(10))
    up_to: Mapped[str] = mapped_column(String(80), default="")
    changed_at: Mapped[datetime]


class ForumButton(Base):
    """A button under a message in the agents' group: opaque id, single use, expiring, bound to its case.

    ``act``: what it does; ``data``: with what, JSON. ``person_id``: who alone may tap it. An act that waits for words
    (terms, a reason) is a row too, used up by the words.
    """

    __tablename__ = "forum_buttons"

    id: Mapped[str] = mapped_column(String(40), primary_key=True)
    case_id: Mapped[int] = mapped_column(ForeignKey("cases.id"), index=True)
    act: Mapped[str] = mapped_column(String(20))
    data: Mapped[str | None] = mapped_column(Encrypted("forum_buttons.data"))
    person_id: Mapped[int | None] = mapped_column(ForeignKey("people.id"))
    created_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    used_at: Mapped[datetime | None]
    used_by: Mapped[str | None] = mapped_column(String(40))


class ChatwootConversation(Base):
    """The conversation in Chatwoot in which a case is worked on. ``up_to``: what was told of it last."""

    __tablename__ = "chatwoot_conversations"

    case_id: Mapped[int] = mapped_column(ForeignKey("cases.id"), primary_key=True)
    contact_id: Mapped[int | None] = mapped_column(BigInteger)
    chatwoot_id: Mapped[int | None] = mapped_column(BigInteger, unique=True)
    status: Mapped[str] = mapped_column(String(10))
    up_to: Mapped[str] = mapped_column(String(80), default="")
    attempts: Mapped[int] = mapped_column(Integer, default=0)
    next_try_at: Mapped[datetime | None]
    changed_at: Mapped[datetime]


class IdentityCheck(Base):
    """One try to prove who one is: which factor, how it went."""

    __tablename__ = "identity_checks"

    id: Mapped[int] = key()
    conversation_id: Mapped[str] = mapped_column(ForeignKey("conversations.id"), index=True)
    account_id: Mapped[int | None] = mapped_column(ForeignKey("accounts.id"), index=True)
    factor: Mapped[str] = mapped_column(String(20))
    passed: Mapped[bool] = mapped_column(Boolean)
    at: Mapped[datetime]


class Passcode(Base):
    """A one-time passcode that was sent; only its keyed hash is kept."""

    __tablename__ = "passcodes"

    id: Mapped[int] = key()
    conversation_id: Mapped[str] = mapped_column(ForeignKey("conversations.id"), index=True)
    account_id: Mapped[int] = mapped_column(ForeignKey("accounts.id"))
    code_hash: Mapped[str] = mapped_column(String(64))
    created_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    used_at: Mapped[datetime | None]


class OutboxMessage(Base):
    """Something that leaves by itself: a passcode, an agent's word, a receipt.

    ``invited``: the borrower asked for it. ``blocked_by``: why it must not leave (`bot.services.outbox`).
    ``waits_for``: what keeps it in the queue, and until when (`bot.services.contact_times`).
    """

    __tablename__ = "outbox"

    id: Mapped[int] = key()
    key: Mapped[str] = mapped_column(String(200), unique=True)
    conversation_id: Mapped[str | None] = mapped_column(ForeignKey("conversations.id"), index=True)
    account_id: Mapped[int | None] = mapped_column(ForeignKey("accounts.id"))
    kind: Mapped[str] = mapped_column(String(20))
    channel: Mapped[str] = mapped_column(String(20))
    address: Mapped[str] = mapped_column(Encrypted("outbox.address"))
    body: Mapped[str] = mapped_column(Encrypted("outbox.body"))
    status: Mapped[str] = mapped_column(String(20), index=True)
    invited: Mapped[bool] = mapped_column(Boolean, default=False)
    blocked_by: Mapped[str | None] = mapped_column(String(20))
    waits_for: Mapped[str | None] = mapped_column(String(20))
    waits_until: Mapped[datetime | None]
    created_at: Mapped[datetime]
    sent_at: Mapped[datetime | None]


class Disclosure(Base):
    """Something that the law wants said to a borrower, and when it was: by which rules, in which version."""

    __tablename__ = "disclosures"

    id: Mapped[int] = key()
    conversation_id: Mapped[str] = mapped_column(ForeignKey("conversations.id"), index=True)
    account_id: Mapped[int | None] = mapped_column(ForeignKey("accounts.id"), index=True)
    kind: Mapped[str] = mapped_column(String(40))
    jurisdiction: Mapped[str] = mapped_column(String(20))
    version: Mapped[str] = mapped_column(String(64))
    at: Mapped[datetime]


class FlaggedContact(Base):
    """A number or address that somebody said is not the borrower's: nothing leaves for it uninvited."""

    __tablename__ = "flagged_contacts"

    id: Mapped[int] = key()
    channel: Mapped[str] = mapped_column(String(20))
    address_hash: Mapped[str] = mapped_column(String(64), index=True)
    reason: Mapped[str] = mapped_column(String(40))
    conversation_id: Mapped[str | None] = mapped_column(ForeignKey("conversations.id"))
    at: Mapped[datetime]
    lifted_at: Mapped[datetime | None]


class Feedback(Base):
    """What a borrower thought: asked for once about a plan, a case or a refusal; 1 to 5 and a word."""

    __tablename__ = "feedback"
    __table_args__ = (UniqueConstraint("conversation_id", "subject"),)

    id: Mapped[int] = key()
    conversation_id: Mapped[str] = mapped_column(ForeignKey("conversations.id"), index=True)
    account_id: Mapped[int | None] = mapped_column(ForeignKey("accounts.id"))
    about: Mapped[str] = mapped_column(String(20))
    subject: Mapped[str] = mapped_column(String(60))
    mark: Mapped[int | None] = mapped_column(Integer)
    words: Mapped[str | None] = mapped_column(Encrypted("feedback.words"))
    asked_at: Mapped[datetime]
    given_at: Mapped[datetime | None]


class Incident(Base):
    """Something that failed while a borrower was talking."""

    __tablename__ = "incidents"

    id: Mapped[int] = key()
    conversation_id: Mapped[str | None] = mapped_column(String(128), index=True)
    place: Mapped[str] = mapped_column(String(100))
    error: Mapped[str] = mapped_column(Encrypted("incidents.error"))
    at: Mapped[datetime]


class TelegramChat(Base):
    """A private chat with the bot, and the conversation that is held in it; one chat, one borrower.

    ``account_id``: whose borrower was proven in it. ``status``: open, blocked (by its owner) or gone.
    ``keyboard``: the one that shares a phone number is shown.
    """

    __tablename__ = "telegram_chats"

    chat_id: Mapped[int] = given_key()
    conversation_id: Mapped[str] = mapped_column(ForeignKey("conversations.id"), unique=True)
    user_id: Mapped[int] = mapped_column(BigInteger)
    account_id: Mapped[int | None] = mapped_column(ForeignKey("accounts.id"), index=True)
    status: Mapped[str] = mapped_column(String(10), default="open")
    keyboard: Mapped[bool] = mapped_column(Boolean, default=False)
    linked_at: Mapped[datetime | None]
    created_at: Mapped[datetime]


class TelegramUpdate(Base):
    """Something that Telegram delivered, stored before it is acknowledged. The payload is gone when it is worked on.

    ``status``: received, done, ignored or failed.
    """

    __tablename__ = "telegram_updates"
    __table_args__ = (Index("telegram_updates_in_order", "status", "chat_id", "update_id"),)

    update_id: Mapped[int] = given_key()
    chat_id: Mapped[int | None] = mapped_column(BigInteger)
    message_id: Mapped[int | None] = mapped_column(BigInteger, index=True)
    kind: Mapped[str] = mapped_column(String(20))
    payload: Mapped[str | None] = mapped_column(Encrypted("telegram_updates.payload"))
    status: Mapped[str] = mapped_column(String(10))
    attempts: Mapped[int] = mapped_column(Integer, default=0)
    received_at: Mapped[datetime]
    next_try_at: Mapped[datetime | None]
    worked_at: Mapped[datetime | None]


class TelegramMessage(Base):
    """A call that is to be made of Telegram, once. The payload is gone when it is sent.

    ``status``: queued, sending, unknown (perhaps sent), sent, blocked (must not leave) or dead (given up).
    ``after_id``: the newest message of any chat that was known as it left, ``tried_at`` when that was,
    ``failed_at`` when it was clear that it is not clear.
    """

    __tablename__ = "telegram_messages"
    __table_args__ = (Index("telegram_messages_in_order", "chat_id", "status", "id"),)

    id: Mapped[int] = key()
    key: Mapped[str] = mapped_column(String(80), unique=True)
    chat_id: Mapped[int] = mapped_column(BigInteger)
    method: Mapped[str] = mapped_column(String(40))
    payload: Mapped[str | None] = mapped_column(Encrypted("telegram_messages.payload"))
    status: Mapped[str] = mapped_column(String(10), index=True)
    attempts: Mapped[int] = mapped_column(Integer, default=0)
    outbox_id: Mapped[int | None] = mapped_column(ForeignKey("outbox.id"), index=True)
    message_id: Mapped[int | None] = mapped_column(BigInteger, index=True)
    after_id: Mapped[int | None] = mapped_column(BigInteger)
    error: Mapped[str | None] = mapped_column(String(200))
    created_at: Mapped[datetime]
    next_try_at: Mapped[datetime | None]
    tried_at: Mapped[datetime | None]
    failed_at: Mapped[datetime | None]
    sent_at: Mapped[datetime | None]


class Attachment(Base):
    """A photo or document that a borrower sent: where it can be had, never the file itself."""

    __tablename__ = "attachments"

    id: Mapped[int] = key()
    conversation_id: Mapped[str] = mapped_column(ForeignKey("conversations.id"), index=True)
    turn_id: Mapped[int] = mapped_column(ForeignKey("turns.id"), unique=True)
    kind: Mapped[str] = mapped_column(String(20))
    file_id: Mapped[str] = mapped_column(Encrypted("attachments.file_id"))
    file_unique_id: Mapped[str] = mapped_column(Encrypted("attachments.file_unique_id"))
    name: Mapped[str | None] = mapped_column(Encrypted("attachments.name"))
    mime: Mapped[str | None] = mapped_column(String(100))
    size: Mapped[int | None] = mapped_column(BigInteger)
    at: Mapped[datetime]


class TelegramLink(Base):
    """A link into the chat for a letter or a reminder to one borrower. It proves nothing; it is known by a hash alone.

    ``used_at``: when it was first opened.
    """

    __tablename__ = "telegram_links"

    id: Mapped[int] = key()
    payload_hash: Mapped[str] = mapped_column(String(64), unique=True)
    account_id: Mapped[int] = mapped_column(ForeignKey("accounts.id"), index=True)
    created_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    used_at: Mapped[datetime | None]


class TelegramCount(Base):
    """How often something was refused: forged updates, buttons of others, other people's contacts."""

    __tablename__ = "telegram_counts"

    name: Mapped[str] = mapped_column(String(40), primary_key=True)
    count: Mapped[int] = mapped_column(Integer)
    last_at: Mapped[datetime]


class AuditRecord(Base):
    """What was said or decided, chained: each record carries a keyed hash over itself and the one before."""

    __tablename__ = "audit"

    seq: Mapped[int] = mapped_column(BigInteger().with_variant(Integer, "sqlite"), primary_key=True)
    at: Mapped[datetime]
    actor: Mapped[str] = mapped_column(String(40))
    action: Mapped[str] = mapped_column(String(60))
    subject: Mapped[str] = mapped_column(String(140))
    data: Mapped[dict[str, Any]]
    hash: Mapped[str] = mapped_column(String(64))
