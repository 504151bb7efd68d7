"""What keeps a message waiting in the outbox, and links into the chat."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from bot.store.tables import Utc

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None

KEY = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    op.add_column("outbox", sa.Column("waits_for", sa.String(length=20), nullable=True))
    op.add_column("outbox", sa.Column("waits_until", Utc(), nullable=True))
    op.create_table(
        "telegram_links",
        sa.Column("id", KEY, autoincrement=True, nullable=False),
        sa.Column("payload_hash", sa.String(length=64), nullable=False),
        sa.Column("account_id", KEY, nullable=False),
        sa.Column("created_at", Utc(), nullable=False),
        sa.Column("expires_at", Utc(), nullable=False),
        sa.Column("used_at", Utc(), nullable=True),
        sa.ForeignKeyConstraint(["account_id"], ["accounts.id"]),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("payload_hash"),
    )
    op.create_index(op.f("ix_telegram_links_account_id"), "telegram_links", ["account_id"])


def downgrade() -> None:
    op.drop_table("telegram_links")
    op.drop_column("outbox", "waits_until")
    op.drop_column("outbox", "waits_for")
