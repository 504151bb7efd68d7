"""What was disclosed, which addresses are not a borrower's, what borrowers thought of it; phrasings said last."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from bot.store.encryption import Encrypted
from bot.store.tables import Utc

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

KEY = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    op.add_column("conversations", sa.Column("phrasings", sa.JSON(), nullable=False, server_default="{}"))
    op.add_column("conversations", sa.Column("insults", sa.Integer(), nullable=False, server_default="0"))
    op.add_column("accounts", sa.Column("erased_at", Utc(), nullable=True))
    op.add_column("cases", sa.Column("about", sa.String(length=40), nullable=True))
    op.add_column("cases", sa.Column("reasons", sa.JSON(), nullable=False, server_default="[]"))
    op.add_column("outbox", sa.Column("invited", sa.Boolean(), nullable=False, server_default=sa.false()))
    op.add_column("outbox", sa.Column("blocked_by", sa.String(length=20), nullable=True))
    op.create_table(
        "disclosures",
        sa.Column("id", KEY, primary_key=True, autoincrement=True),
        sa.Column("conversation_id", sa.String(length=128), sa.ForeignKey("conversations.id"), nullable=False),
        sa.Column("account_id", KEY, sa.ForeignKey("accounts.id"), nullable=True),
        sa.Column("kind", sa.String(length=40), nullable=False),
        sa.Column("jurisdiction", sa.String(length=20), nullable=False),
        sa.Column("version", sa.String(length=64), nullable=False),
        sa.Column("at", Utc(), nullable=False),
    )
    op.create_table(
        "flagged_contacts",
        sa.Column("id", KEY, primary_key=True, autoincrement=True),
        sa.Column("channel", sa.String(length=20), nullable=False),
        sa.Column("address_hash", sa.String(length=64), nullable=False),
        sa.Column("reason", sa.String(length=40), nullable=False),
        sa.Column("conversation_id", sa.String(length=128), sa.ForeignKey("conversations.id"), nullable=True),
        sa.Column("at", Utc(), nullable=False),
        sa.Column("lifted_at", Utc(), nullable=True),
    )
    op.create_table(
        "feedback",
        sa.Column("id", KEY, primary_key=True, autoincrement=True),
        sa.Column("conversation_id", sa.String(length=128), sa.ForeignKey("conversations.id"), nullable=False),
        sa.Column("account_id", KEY, sa.ForeignKey("accounts.id"), nullable=True),
        sa.Column("about", sa.String(length=20), nullable=False),
        sa.Column("subject", sa.String(length=60), nullable=False),
        sa.Column("mark", sa.Integer(), nullable=True),
        sa.Column("words", Encrypted("feedback.words"), nullable=True),
        sa.Column("asked_at", Utc(), nullable=False),
        sa.Column("given_at", Utc(), nullable=True),
        sa.UniqueConstraint("conversation_id", "subject"),
    )
    for table, column in (
        ("disclosures", "account_id"),
        ("disclosures", "conversation_id"),
        ("flagged_contacts", "address_hash"),
        ("feedback", "conversation_id"),
    ):
        op.create_index(op.f(f"ix_{table}_{column}"), table, [column])


def downgrade() -> None:
    for table in ("feedback", "flagged_contacts", "disclosures"):
        op.drop_table(table)
    op.drop_column("cases", "reasons")
    op.drop_column("outbox", "blocked_by")
    op.drop_column("outbox", "invited")
    op.drop_column("cases", "about")
    op.drop_column("accounts", "erased_at")
    op.drop_column("conversations", "insults")
    op.drop_column("conversations", "phrasings")
