"""The desk: people and how they sign in, what they do with cases, where else cases are shown."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from bot.store.encryption import Encrypted
from bot.store.tables import Utc

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None

KEY = sa.BigInteger().with_variant(sa.Integer(), "sqlite")

TABLES = (
    "people",
    "sign_in_tries",
    "canned_replies",
    "invitations",
    "memberships",
    "sign_ins",
    "agent_files",
    "case_events",
    "chatwoot_conversations",
    "forum_topics",
    "decisions",
    "mentions",
)
CASE_COLUMNS = (
    "outcome_kind",
    "team",
    "owner_id",
    "claimed_at",
    "answered_at",
    "awaits_agent_since",
    "call_at",
    "escalated",
    "reopened",
    "merged_into",
    "changed_at",
)


def upgrade() -> None:
    op.drop_index("one_open_case", "cases")
    op.create_index(
        "one_open_case",
        "cases",
        ["conversation_id"],
        unique=True,
        sqlite_where=sa.text("resolved_at IS NULL"),
        postgresql_where=sa.text("resolved_at IS NULL"),
    )
    op.create_table(
        "people",
        sa.Column("id", KEY, autoincrement=True, nullable=False),
        sa.Column("login", sa.String(length=80), nullable=False),
        sa.Column("name", sa.String(length=120), nullable=False),
        sa.Column("role", sa.String(length=20), nullable=False),
        sa.Column("language", sa.String(length=10), nullable=False),
        sa.Column("password_hash", sa.String(length=200), nullable=True),
        sa.Column("totp_secret", Encrypted("people.totp_secret"), nullable=True),
        sa.Column("totp_step", sa.BigInteger(), nullable=True),
        sa.Column("subject", sa.String(length=255), nullable=True),
        sa.Column("telegram_id", sa.BigInteger(), nullable=True),
        sa.Column("available", sa.Boolean(), nullable=False),
        sa.Column("seen_at", Utc(), nullable=True),
        sa.Column("created_at", Utc(), nullable=False),
        sa.Column("left_at", Utc(), nullable=True),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("login"),
        sa.UniqueConstraint("subject"),
        sa.UniqueConstraint("telegram_id"),
    )
    op.create_table(
        "sign_in_tries",
        sa.Column("id", KEY, autoincrement=True, nullable=False),
        sa.Column("login_hash", sa.String(length=64), nullable=False),
        sa.Column("origin_hash", sa.String(length=64), nullable=False),
        sa.Column("passed", sa.Boolean(), nullable=False),
        sa.Column("at", Utc(), nullable=False),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index(op.f("ix_sign_in_tries_at"), "sign_in_tries", ["at"])
    op.create_index(op.f("ix_sign_in_tries_login_hash"), "sign_in_tries", ["login_hash"])
    op.create_index(op.f("ix_sign_in_tries_origin_hash"), "sign_in_tries", ["origin_hash"])

    op.create_table(
        "canned_replies",
        sa.Column("id", KEY, autoincrement=True, nullable=False),
        sa.Column("owner_id", KEY, nullable=True),
        sa.Column("team", sa.String(length=40), nullable=True),
        sa.Column("language", sa.String(length=10), nullable=False),
        sa.Column("title", sa.String(length=80), nullable=False),
        sa.Column("body", Encrypted("canned_replies.body"), nullable=False),
        sa.Column("changed_at", Utc(), nullable=False),
        sa.ForeignKeyConstraint(["owner_id"], ["people.id"]),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index(op.f("ix_canned_replies_owner_id"), "canned_replies", ["owner_id"])

    op.create_table(
        "invitations",
        sa.Column("id", KEY, autoincrement=True, nullable=False),
        sa.Column("person_id", KEY, nullable=False),
        sa.Column("token_hash", sa.String(length=64), nullable=False),
        sa.Column("totp_secret", Encrypted("invitations.totp_secret"), nullable=False),
        sa.Column("created_at", Utc(), nullable=False),
        sa.Column("expires_at", Utc(), nullable=False),
        sa.Column("used_at", Utc(), nullable=True),
        sa.ForeignKeyConstraint(["person_id"], ["people.id"]),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("token_hash"),
    )
    op.create_index(op.f("ix_invitations_person_id"), "invitations", ["person_id"])

    op.create_table(
        "memberships",
        sa.Column("person_id", KEY, nullable=False),
        sa.Column("team", sa.String(length=40), nullable=False),
        sa.ForeignKeyConstraint(["person_id"], ["people.id"]),
        sa.PrimaryKeyConstraint("person_id", "team"),
    )
    op.create_table(
        "sign_ins",
        sa.Column("id", KEY, autoincrement=True, nullable=False),
        sa.Column("person_id", KEY, nullable=False),
        sa.Column("secret_hash", sa.String(length=64), nullable=False),
        sa.Column("browser", sa.String(length=200), nullable=False),
        sa.Column("created_at", Utc(), nullable=False),
        sa.Column("seen_at", Utc(), nullable=False),
        sa.Column("expires_at", Utc(), nullable=False),
        sa.Column("ended_at", Utc(), nullable=True),
        sa.ForeignKeyConstraint(["person_id"], ["people.id"]),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("secret_hash"),
    )
    op.create_index(op.f("ix_sign_ins_person_id"), "sign_ins", ["person_id"])

    op.create_table(
        "agent_files",
        sa.Column("id", KEY, autoincrement=True, nullable=False),
        sa.Column("case_id", KEY, nullable=False),
        sa.Column("outbox_id", KEY, nullable=True),
        sa.Column("secret", sa.String(length=40), nullable=False),
        sa.Column("name", Encrypted("agent_files.name"), nullable=False),
        sa.Column("mime", sa.String(length=100), nullable=False),
        sa.Column("size", sa.BigInteger(), nullable=False),
        sa.Column("content", Encrypted("agent_files.content"), nullable=False),
        sa.Column("at", Utc(), nullable=False),
        sa.ForeignKeyConstraint(["case_id"], ["cases.id"]),
        sa.ForeignKeyConstraint(["outbox_id"], ["outbox.id"]),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("secret"),
    )
    op.create_index(op.f("ix_agent_files_case_id"), "agent_files", ["case_id"])
    op.create_index(op.f("ix_agent_files_outbox_id"), "agent_files", ["outbox_id"])

    op.create_table(
        "case_events",
        sa.Column("id", KEY, autoincrement=True, nullable=False),
        sa.Column("case_id", KEY, nullable=False),
        sa.Column("key", sa.String(length=120), nullable=False),
        sa.Column("kind", sa.String(length=30), nullable=False),
        sa.Column("person_id", KEY, nullable=True),
        sa.Column("words", Encrypted("case_events.words"), nullable=True),
        sa.Column("data", sa.JSON(), nullable=False),
        sa.Column("outbox_id", KEY, nullable=True),
        sa.Column("at", Utc(), nullable=False),
        sa.ForeignKeyConstraint(["case_id"], ["cases.id"]),
        sa.ForeignKeyConstraint(["outbox_id"], ["outbox.id"]),
        sa.ForeignKeyConstraint(["person_id"], ["people.id"]),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("key"),
    )
    op.create_index(op.f("ix_case_events_case_id"), "case_events", ["case_id"])
    op.create_index(op.f("ix_case_events_outbox_id"), "case_events", ["outbox_id"])

    op.create_table(
        "chatwoot_conversations",
        sa.Column("case_id", KEY, nullable=False),
        sa.Column("contact_id", sa.BigInteger(), nullable=True),
        sa.Column("chatwoot_id", sa.BigInteger(), nullable=True),
        sa.Column("status", sa.String(length=10), nullable=False),
        sa.Column("up_to", sa.String(length=80), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("next_try_at", Utc(), nullable=True),
        sa.Column("changed_at", Utc(), nullable=False),
        sa.ForeignKeyConstraint(["case_id"], ["cases.id"]),
        sa.PrimaryKeyConstraint("case_id"),
        sa.UniqueConstraint("chatwoot_id"),
    )
    op.create_table(
        "forum_topics",
        sa.Column("case_id", KEY, nullable=False),
        sa.Column("thread_id", sa.BigInteger(), nullable=True),
        sa.Column("card_id", sa.BigInteger(), nullable=True),
        sa.Column("status", sa.String(length=10), nullable=False),
        sa.Column("up_to", sa.String(length=80), nullable=False),
        sa.Column("changed_at", Utc(), nullable=False),
        sa.ForeignKeyConstraint(["case_id"], ["cases.id"]),
        sa.PrimaryKeyConstraint("case_id"),
    )
    op.create_index(op.f("ix_forum_topics_thread_id"), "forum_topics", ["thread_id"])

    op.create_table(
        "decisions",
        sa.Column("id", KEY, autoincrement=True, nullable=False),
        sa.Column("case_id", KEY, nullable=False),
        sa.Column("offer_id", sa.String(length=40), nullable=False),
        sa.Column("role", sa.String(length=20), nullable=False),
        sa.Column("status", sa.String(length=10), nullable=False),
        sa.Column("asked_by", KEY, nullable=False),
        sa.Column("why", Encrypted("decisions.why"), nullable=False),
        sa.Column("asked_at", Utc(), nullable=False),
        sa.Column("decided_by", KEY, nullable=True),
        sa.Column("decided_at", Utc(), nullable=True),
        sa.Column("words", Encrypted("decisions.words"), nullable=True),
        sa.ForeignKeyConstraint(["asked_by"], ["people.id"]),
        sa.ForeignKeyConstraint(["case_id"], ["cases.id"]),
        sa.ForeignKeyConstraint(["decided_by"], ["people.id"]),
        sa.ForeignKeyConstraint(["offer_id"], ["offers.id"]),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("offer_id"),
    )
    op.create_index(op.f("ix_decisions_case_id"), "decisions", ["case_id"])
    op.create_index(op.f("ix_decisions_status"), "decisions", ["status"])

    op.create_table(
        "mentions",
        sa.Column("id", KEY, autoincrement=True, nullable=False),
        sa.Column("event_id", KEY, nullable=False),
        sa.Column("case_id", KEY, nullable=False),
        sa.Column("person_id", KEY, nullable=False),
        sa.Column("seen_at", Utc(), nullable=True),
        sa.ForeignKeyConstraint(["case_id"], ["cases.id"]),
        sa.ForeignKeyConstraint(["event_id"], ["case_events.id"]),
        sa.ForeignKeyConstraint(["person_id"], ["people.id"]),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index(op.f("ix_mentions_case_id"), "mentions", ["case_id"])
    op.create_index(op.f("ix_mentions_person_id"), "mentions", ["person_id"])

    op.add_column("cases", sa.Column("outcome_kind", sa.String(length=30), nullable=True))
    op.add_column("cases", sa.Column("team", sa.String(length=40), nullable=False, server_default=""))
    op.add_column("cases", sa.Column("owner_id", sa.BigInteger(), nullable=True))
    op.add_column("cases", sa.Column("claimed_at", Utc(), nullable=True))
    op.add_column("cases", sa.Column("answered_at", Utc(), nullable=True))
    op.add_column("cases", sa.Column("awaits_agent_since", Utc(), nullable=True))
    op.add_column("cases", sa.Column("call_at", Utc(), nullable=True))
    op.add_column("cases", sa.Column("escalated", sa.Integer(), nullable=False, server_default="0"))
    op.add_column("cases", sa.Column("reopened", sa.Integer(), nullable=False, server_default="0"))
    op.add_column("cases", sa.Column("merged_into", sa.BigInteger(), nullable=True))
    op.add_column("cases", sa.Column("changed_at", Utc(), nullable=True))
    op.create_index("cases_in_order", "cases", ["resolved_at", "due_at"])
    op.create_index(op.f("ix_cases_changed_at"), "cases", ["changed_at"])
    op.create_index(op.f("ix_cases_owner_id"), "cases", ["owner_id"])
    op.create_index(op.f("ix_cases_team"), "cases", ["team"])


def downgrade() -> None:
    op.drop_index("one_open_case", "cases")
    op.create_index(
        "one_open_case",
        "cases",
        ["conversation_id"],
        unique=True,
        sqlite_where=sa.text("status != 'resolved'"),
        postgresql_where=sa.text("status != 'resolved'"),
    )
    for name in ("cases_in_order", "ix_cases_changed_at", "ix_cases_owner_id", "ix_cases_team"):
        op.drop_index(name, "cases")
    for name in CASE_COLUMNS:
        op.drop_column("cases", name)
    for table in reversed(TABLES):
        op.drop_table(table)
