"""The same ledger on PostgreSQL: a server of its own, on a socket in a folder of its own."""

from __future__ import annotations

import glob
import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from bot.bootstrap import Services, open_services
from bot.sample import load_sample
from bot.settings import Settings
from bot.store import audit


def as_server_user(*command: str) -> None:
    """PostgreSQL refuses to run as root; there the tests use the user that its package made."""
    user = "postgres" if os.geteuid() == 0 else None
    subprocess.run(command, check=True, capture_output=True, user=user, cwd="/")


@pytest.fixture(scope="module")
def postgresql() -> Iterator[str]:
    found = sorted(glob.glob("/usr/lib/postgresql/*/bin")) or [str(Path(shutil.which("initdb") or "").parent)]
    programs = Path(found[-1])
    assert (programs / "initdb").exists(), "PostgreSQL's programs are missing; on Debian: apt-get install postgresql"
    folder = Path(tempfile.mkdtemp(prefix="accord-postgresql-"))
    folder.chmod(0o755)
    if os.geteuid() == 0:
        shutil.chown(folder, "postgres")
    data = folder / "data"
    as_server_user(str(programs / "initdb"), "-D", str(data), "-U", "accord", "-A", "trust", "-E", "UTF8")
    options = f"-c listen_addresses='' -c unix_socket_directories={folder} -c fsync=off"
    as_server_user(str(programs / "pg_ctl"), "-D", str(data), "-o", options, "-l", str(folder / "log"), "-w", "start")
    yield f"postgresql+psycopg://accord@/postgres?host={folder}"
    as_server_user(str(programs / "pg_ctl"), "-D", str(data), "-m", "immediate", "stop")
    shutil.rmtree(folder)


@pytest.fixture(scope="module")
def services(postgresql: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Services]:
    opened = open_services(Settings(home=tmp_path_factory.mktemp("home"), database_url=postgresql))
    yield opened
    opened.close()


def test_the_sample_with_its_history_stands_in_postgresql(services: Services) -> None:
    count = load_sample(services)

    kept, broken, disputed = (services.accounts.show(n) for n in ("AC-20422", "AC-20559", "AC-20833"))
    with services.parts.store.transaction() as session:
        records = audit.verify(session, services.parts.store.keyring)
    assert count == 60
    assert kept["status"] == "in_plan"
    assert [plan["status"] for plan in broken["plans"]] == ["broken"]
    assert disputed["status"] == "held"
    assert records >= 8


def test_a_plan_is_paid_and_a_payment_bounces_in_postgresql(services: Services) -> None:
    if services.portfolio.is_empty():
        load_sample(services)
    first = services.accounts.show("AC-20422")["plan"]["schedule"][0]["amount"]["amount"]

    for _ in range(2):
        services.payments.record("AC-20422", first, "bank-1")
    paid = services.accounts.show("AC-20422")["plan"]["schedule"][0]["status"]
    services.payments.reverse("bank-1")
    services.plans.pause("AC-20422", 5, "supervisor")
    upkept = services.plans.day()

    plan = services.accounts.show("AC-20422")["plan"]
    assert (paid, plan["schedule"][0]["status"], plan["pauses"]) == ("paid", "due", 1)
    assert upkept.failed == 0
