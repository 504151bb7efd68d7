"""The life of a plan: payments, waivers by component, interest to come, approval, what replaces what."""

import json
from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

KEY = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


# Columns are added and dropped in place: SQLite refuses to rebuild a table, as Alembic's batches do, while rows of
# others refer to it.
def upgrade() -> None:
    op.create_table(
        "payments",
        sa.Column("id", KEY, autoincrement=True, nullable=False),
        sa.Column("account_id", KEY, nullable=False),
        sa.Column("provider_id", sa.String(length=120), nullable=False),
        sa.Column("amount", sa.BigInteger(), nullable=False),
        sa.Column("credited", sa.BigInteger(), nullable=False),
        sa.Column("received_on", sa.Date(), nullable=False),
        sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("reversed_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["account_id"], ["accounts.id"]),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("provider_id"),
    )
    op.create_index("ix_payments_account_id", "payments", ["account_id"])

    for table, column in (
        ("accounts", sa.Column("budget", sa.Text(), nullable=True)),
        ("accounts", sa.Column("budget_on", sa.Date(), nullable=True)),
        ("offers", sa.Column("proposed_by", sa.String(length=20), nullable=True)),
        ("offers", sa.Column("approval", sa.String(length=20), nullable=True)),
        ("plans", sa.Column("waived", sa.JSON(), nullable=False, server_default="{}")),
        ("plans", sa.Column("interest_to_come", sa.BigInteger(), nullable=False, server_default="0")),
        ("plans", sa.Column("authority", sa.String(length=20), nullable=False, server_default="bot")),
        ("plans", sa.Column("approved_by", sa.String(length=100), nullable=True)),
        ("plans", sa.Column("pauses", sa.Integer(), nullable=False, server_default="0")),
        ("plans", sa.Column("began_on", sa.Date(), nullable=True)),
        ("plan_instalments", sa.Column("interest", sa.BigInteger(), nullable=False, server_default="0")),
        ("plan_instalments", sa.Column("paid", sa.BigInteger(), nullable=False, server_default="0")),
        ("promises", sa.Column("paid", sa.BigInteger(), nullable=False, server_default="0")),
        ("promises", sa.Column("at_time", sa.String(length=40), nullable=True)),
        ("promises", sa.Column("channel", sa.String(length=40), nullable=True)),
    ):
        op.add_column(table, column)
    for table in ("plans", "promises"):
        op.execute(f"ALTER TABLE {table} ADD COLUMN replaces_id {_key_type()} REFERENCES {table} (id)")
    _rewrite()
    op.drop_column("plans", "waived_fees")
    op.create_index(
        "one_agreed_plan",
        "plans",
        ["account_id"],
        unique=True,
        sqlite_where=sa.text("status = 'agreed'"),
        postgresql_where=sa.text("status = 'agreed'"),
    )


def _key_type() -> str:
    return str(KEY.compile(op.get_bind().dialect))


def _rewrite() -> None:
    """Says of old terms and plans by component what was waived: of the fees, and nothing else."""
    connection = op.get_bind()
    offers = sa.table("offers", sa.column("id", sa.String()), sa.column("terms", sa.JSON()))
    plans = sa.table(
        "plans",
        sa.column("id", sa.BigInteger()),
        sa.column("waived_fees", sa.BigInteger()),
        sa.column("waived", sa.JSON()),
        sa.column("agreed_at", sa.DateTime(timezone=True)),
        sa.column("began_on", sa.Date()),
    )
    for offer_id, terms in connection.execute(sa.select(offers.c.id, offers.c.terms)).all():
        fresh = _terms(json.loads(terms) if isinstance(terms, str) else terms)
        connection.execute(sa.update(offers).where(offers.c.id == offer_id).values(terms=fresh))
    agreed = sa.select(plans.c.id, plans.c.waived_fees, plans.c.agreed_at)
    for plan_id, fees, agreed_at in connection.execute(agreed).all():
        connection.execute(
            sa.update(plans)
            .where(plans.c.id == plan_id)
            .values(waived={"principal": 0, "interest": 0, "fees": fees}, began_on=agreed_at.date())
        )


def _terms(terms: dict[str, Any]) -> dict[str, Any]:
    currency, fees = terms["owed"]["currency"], terms["waived_fees"]
    _, point, decimals = terms["owed"]["amount"].partition(".")
    nothing = {"amount": f"0{point}{'0' * len(decimals)}", "currency": currency}
    return {
        **terms,
        "waived": {"principal": nothing, "interest": nothing, "fees": fees, "total": fees},
        "interest_to_come": nothing,
    }
