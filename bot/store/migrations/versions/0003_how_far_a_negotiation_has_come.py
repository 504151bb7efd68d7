"""An offer keeps the share of the authority that was conceded with it."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("offers", sa.Column("conceded", sa.String(length=40), nullable=True))


def downgrade() -> None:
    op.drop_column("offers", "conceded")
