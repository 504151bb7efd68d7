"""Opening the database: SQLite by default, PostgreSQL by URL, one transaction a call."""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from datetime import datetime
from pathlib import Path
from typing import Any

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, Engine, create_engine, event
from sqlalchemy.engine import make_url
from sqlalchemy.orm import Session, sessionmaker

from bot.store import audit
from bot.store.encryption import Encrypted, Keyring
from bot.store.turnstile import Turnstile

MIGRATIONS = Path(__file__).parent / "migrations"
HELD = 500  # rows that a transaction keeps in hand
THREADS = 50  # of this process, each of which may be in a transaction
LONGEST_WAIT = 30.0  # seconds to wait for writing, among the threads of this process and then among processes


class Store:
    """The ledger's database with its keys."""

    def __init__(self, url: str, keyring: Keyring) -> None:
        self.url = url
        self.keyring = keyring
        Encrypted.keyring = keyring
        self.engine = _engine(url)
        self._sessions = sessionmaker(self.engine, expire_on_commit=False)
        # A session forgets what nobody holds; within one transaction several services ask for the same rows.
        for met in ("loaded_as_persistent", "pending_to_persistent"):
            event.listen(self._sessions, met, _hold)
        self._begun = threading.local()
        self._writing = Turnstile(LONGEST_WAIT) if self.engine.dialect.name == "sqlite" else None

    @contextmanager
    def transaction(self, *, ahead: bool = False) -> Iterator[Session]:
        """Commits at its end and rolls back on any error. Begun within another one of its thread it is a part of that:
        what several services do is then done altogether or not at all.

        ``ahead``: it is short, and goes before whatever waits to write. Raises Waited where too much is written.
        """
        around: Session | None = getattr(self._begun, "session", None)
        if around is not None:
            yield around
            return
        turn = self._writing.passing(ahead) if self._writing is not None else nullcontext()
        with turn, self._sessions.begin() as session:
            self._begun.session = session
            try:
                yield session
            finally:
                self._begun.session = None

    @contextmanager
    def reading(self) -> Iterator[Session]:
        """A transaction that can only read, all of it as it was at the beginning; it keeps nobody from writing."""
        around: Session | None = getattr(self._begun, "moment", None)
        if around is not None:
            yield around
            return
        with self.engine.connect() as connection:
            if self.engine.dialect.name == "sqlite":
                connection = connection.execution_options(reading=True)
            else:
                connection = connection.execution_options(isolation_level="REPEATABLE READ", postgresql_readonly=True)
            with _only_reading(connection), Session(connection) as session:
                yield session

    @contextmanager
    def moment(self) -> Iterator[None]:
        """Whatever this thread reads in the block is of one moment, and read in one transaction."""
        with self.reading() as session:
            self._begun.moment = session
            try:
                yield
            finally:
                self._begun.moment = None

    def audit(
        self,
        session: Session,
        at: datetime,
        actor: str,
        action: str,
        subject: str,
        **data: Any,
    ) -> None:
        """Adds a record to the audit chain in the same transaction."""
        audit.append(session, self.keyring, at, actor, action, subject, data)

    def migrate(self) -> None:
        """Brings the tables up to this version."""
        command.upgrade(self._alembic(), "head")

    def behind(self) -> bool:
        """Whether the tables are older than this version of the program."""
        with self.engine.connect() as connection:
            current = MigrationContext.configure(connection).get_current_revision()
        return current != ScriptDirectory.from_config(self._alembic()).get_current_head()

    def close(self) -> None:
        self.engine.dispose()

    def _alembic(self) -> Config:
        config = Config()
        config.set_main_option("script_location", str(MIGRATIONS))
        config.attributes["engine"] = self.engine
        return config


@contextmanager
def _only_reading(connection: Connection) -> Iterator[None]:
    """SQLite refuses to write on a connection; PostgreSQL was told when the transaction began."""
    driver: Any = connection.connection.driver_connection if connection.dialect.name == "sqlite" else None
    if driver is not None:
        driver.execute("PRAGMA query_only=ON")
    try:
        yield
    finally:
        connection.rollback()
        if driver is not None:
            driver.execute("PRAGMA query_only=OFF")


def _hold(session: Session, row: object) -> None:
    """Keeps the rows in hand that a transaction met last; whoever walks through a whole table keeps no more of it."""
    session.info.setdefault("held", deque(maxlen=HELD)).append(row)


def _engine(url: str) -> Engine:
    parsed = make_url(url)
    if parsed.get_backend_name() != "sqlite":
        return create_engine(parsed, pool_pre_ping=True, max_overflow=THREADS)
    if parsed.database and parsed.database != ":memory:":
        Path(parsed.database).parent.mkdir(parents=True, exist_ok=True)
    engine = create_engine(parsed, connect_args={"timeout": LONGEST_WAIT})

    @event.listens_for(engine, "connect")
    def _prepare(connection: Any, _: Any) -> None:
        connection.isolation_level = None  # SQLAlchemy's begin event starts transactions instead of the driver
        patience = f"busy_timeout={LONGEST_WAIT * 1000:.0f}"
        for pragma in ("journal_mode=WAL", "foreign_keys=ON", "synchronous=NORMAL", patience):
            connection.execute(f"PRAGMA {pragma}")

    @event.listens_for(engine, "begin")
    def _begin(connection: Any) -> None:
        reads = connection.get_execution_options().get("reading")
        connection.exec_driver_sql("BEGIN" if reads else "BEGIN IMMEDIATE")

    return engine
