"""Runs Alembic on the engine that the store opened."""

from typing import Any, Literal

from alembic import context

import bot.store.audit  # noqa: F401  (its table belongs to the metadata)
from bot.store.encryption import Encrypted
from bot.store.tables import Base, Utc


def plain_types(kind: str, item: Any, _: Any) -> str | Literal[False]:
    """Migrations name the database's own types, so that they do not change with the code."""
    if kind == "type" and isinstance(item, Encrypted):
        return "sa.Text()"
    if kind == "type" and isinstance(item, Utc):
        return "sa.DateTime(timezone=True)"
    return False


with context.config.attributes["engine"].connect() as connection:
    context.configure(
        connection=connection,
        target_metadata=Base.metadata,
        render_as_batch=connection.dialect.name == "sqlite",
        render_item=plain_types,
    )
    with context.begin_transaction():
        context.run_migrations()
    connection.commit()
