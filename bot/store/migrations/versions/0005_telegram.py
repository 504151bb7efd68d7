"""Telegram: chats, what came from them, what leaves for them, files that borrowers sent, what was refused."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from bot.store.encryption import Encrypted
from bot.store.tables import Utc

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

KEY = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    op.create_table(
        "telegram_chats",
        sa.Column("chat_id", KEY, primary_key=True, autoincrement=False),
        sa.Column(
            "conversation_id", sa.String(length=128), sa.ForeignKey("conversations.id"), nullable=False, unique=True
        ),
        sa.Column("user_id", sa.BigInteger(), nullable=False),
        sa.Column("account_id", KEY, sa.ForeignKey("accounts.id"), nullable=True),
        sa.Column("status", sa.String(length=10), nullable=False),
        sa.Column("keyboard", sa.Boolean(), nullable=False),
        sa.Column("linked_at", Utc(), nullable=True),
        sa.Column("created_at", Utc(), nullable=False),
    )
    op.create_table(
        "telegram_updates",
        sa.Column("update_id", KEY, primary_key=True, autoincrement=False),
        sa.Column("chat_id", sa.BigInteger(), nullable=True),
        sa.Column("message_id", sa.BigInteger(), nullable=True),
        sa.Column("kind", sa.String(length=20), nullable=False),
        sa.Column("payload", Encrypted("telegram_updates.payload"), nullable=True),
        sa.Column("status", sa.String(length=10), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("received_at", Utc(), nullable=False),
        sa.Column("next_try_at", Utc(), nullable=True),
        sa.Column("worked_at", Utc(), nullable=True),
    )
    op.create_table(
        "telegram_messages",
        sa.Column("id", KEY, primary_key=True, autoincrement=True),
        sa.Column("key", sa.String(length=80), nullable=False, unique=True),
        sa.Column("chat_id", sa.BigInteger(), nullable=False),
        sa.Column("method", sa.String(length=40), nullable=False),
        sa.Column("payload", Encrypted("telegram_messages.payload"), nullable=True),
        sa.Column("status", sa.String(length=10), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("outbox_id", KEY, sa.ForeignKey("outbox.id"), nullable=True),
        sa.Column("message_id", sa.BigInteger(), nullable=True),
        sa.Column("after_id", sa.BigInteger(), nullable=True),
        sa.Column("error", sa.String(length=200), nullable=True),
        sa.Column("created_at", Utc(), nullable=False),
        sa.Column("next_try_at", Utc(), nullable=True),
        sa.Column("tried_at", Utc(), nullable=True),
        sa.Column("failed_at", Utc(), nullable=True),
        sa.Column("sent_at", Utc(), nullable=True),
    )
    op.create_table(
        "attachments",
        sa.Column("id", KEY, primary_key=True, autoincrement=True),
        sa.Column("conversation_id", sa.String(length=128), sa.ForeignKey("conversations.id"), nullable=False),
        sa.Column("turn_id", KEY, sa.ForeignKey("turns.id"), nullable=False, unique=True),
        sa.Column("kind", sa.String(length=20), nullable=False),
        sa.Column("file_id", Encrypted("attachments.file_id"), nullable=False),
        sa.Column("file_unique_id", Encrypted("attachments.file_unique_id"), nullable=False),
        sa.Column("name", Encrypted("attachments.name"), nullable=True),
        sa.Column("mime", sa.String(length=100), nullable=True),
        sa.Column("size", sa.BigInteger(), nullable=True),
        sa.Column("at", Utc(), nullable=False),
    )
    op.create_table(
        "telegram_counts",
        sa.Column("name", sa.String(length=40), primary_key=True),
        sa.Column("count", sa.Integer(), nullable=False),
        sa.Column("last_at", Utc(), nullable=False),
    )
    op.create_index("telegram_updates_in_order", "telegram_updates", ["status", "chat_id", "update_id"])
    op.create_index("telegram_messages_in_order", "telegram_messages", ["chat_id", "status", "id"])
    for table, column in (
        ("telegram_chats", "account_id"),
        ("telegram_updates", "message_id"),
        ("telegram_messages", "message_id"),
        ("telegram_messages", "outbox_id"),
        ("telegram_messages", "status"),
        ("attachments", "conversation_id"),
    ):
        op.create_index(op.f(f"ix_{table}_{column}"), table, [column])


def downgrade() -> None:
    for table in ("telegram_counts", "attachments", "telegram_messages", "telegram_updates", "telegram_chats"):
        op.drop_table(table)
