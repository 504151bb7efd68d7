"""Buttons under messages in the agents' group in Telegram, each good once."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from bot.store.encryption import Encrypted
from bot.store.tables import Utc

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None

KEY = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    op.create_table(
        "forum_buttons",
        sa.Column("id", sa.String(length=40), nullable=False),
        sa.Column("case_id", KEY, nullable=False),
        sa.Column("act", sa.String(length=20), nullable=False),
        sa.Column("data", Encrypted("forum_buttons.data"), nullable=True),
        sa.Column("person_id", KEY, nullable=True),
        sa.Column("created_at", Utc(), nullable=False),
        sa.Column("expires_at", Utc(), nullable=False),
        sa.Column("used_at", Utc(), nullable=True),
        sa.Column("used_by", sa.String(length=40), nullable=True),
        sa.ForeignKeyConstraint(["case_id"], ["cases.id"]),
        sa.ForeignKeyConstraint(["person_id"], ["people.id"]),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index(op.f("ix_forum_buttons_case_id"), "forum_buttons", ["case_id"])


def downgrade() -> None:
    op.drop_table("forum_buttons")
