"""What unit tests share: services on a ledger of their own, under a clock that tests move."""

from __future__ import annotations

import functools
import shutil
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import structlog
from hypothesis import Phase
from hypothesis import settings as hypothesis_settings
from pydantic import BaseModel

from bot import policy_files
from bot.bootstrap import Services, open_services
from bot.settings import ROOT, Settings
from tests.unit.fakes import POLICY, PORTFOLIO, Chat, Clock

# The same examples on every run, without searching for the smallest one that fails for minutes.
hypothesis_settings.register_profile("unit", derandomize=True, deadline=None, phases=[Phase.explicit, Phase.generate])
hypothesis_settings.load_profile("unit")


@pytest.fixture(autouse=True)
def logging_as_it_was() -> Iterator[None]:
    """What a command set up for logging goes with its test: the stream that it wrote to is closed then."""
    yield
    structlog.reset_defaults()


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def policies(tmp_path: Path) -> Path:
    """A lender's folder of policies, free to be spoilt."""
    folder = tmp_path / "policies"
    shutil.copytree(ROOT / "policies", folder)
    (folder / "offers" / "unit.yml").write_text(POLICY, encoding="utf-8")
    return folder


@functools.cache
def remembered(text: str, name: str, model: type[BaseModel]) -> BaseModel:
    """A policy file as the program reads it, once for each content: reading YAML takes longer than most tests."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / name
        path.write_text(text, encoding="utf-8")
        return READ(path, model)


READ = policy_files.read_policy_file


@pytest.fixture(scope="session")
def fresh_ledger(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A home with an empty ledger, made once and copied for each test."""
    home = tmp_path_factory.mktemp("fresh")
    open_services(Settings(_env_file=None, home=home)).close()
    return home


@pytest.fixture(scope="session")
def peopled_ledger(fresh_ledger: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A home whose ledger has a few invented borrowers."""
    home = tmp_path_factory.mktemp("peopled")
    shutil.copytree(fresh_ledger, home, dirs_exist_ok=True)
    services = open_services(Settings(_env_file=None, home=home), clock=Clock())
    services.portfolio.import_text(PORTFOLIO, "a few borrowers")
    services.close()
    return home


@pytest.fixture
def open_home(
    fresh_ledger: Path, tmp_path: Path, policies: Path, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Callable[..., Services]]:
    """Opens services on a temporary SQLite home, at first a copy of a ledger; settings may be given by name."""
    for name in Settings.model_fields:
        monkeypatch.delenv(f"ACCORD_{name.upper()}", raising=False)
    opened: list[Services] = []

    def read(path: Path, model: type[BaseModel]) -> BaseModel:
        return remembered(path.read_text(encoding="utf-8"), path.name, model) if path.exists() else READ(path, model)

    monkeypatch.setattr(policy_files, "read_policy_file", read)

    def opens(ledger: Path = fresh_ledger, **settings: Any) -> Services:
        if not (tmp_path / "home").exists():
            shutil.copytree(ledger, tmp_path / "home")
        given = {
            "home": tmp_path / "home",
            "policies": policies,
            "policy": "unit",
            "sample_portfolio": False,
            **settings,
        }
        services = open_services(Settings(_env_file=None, **given), clock=clock)
        opened.append(services)
        return services

    yield opens
    for services in opened:
        services.close()


@pytest.fixture
def empty(open_home: Callable[..., Services]) -> Services:
    """Services on a ledger without accounts."""
    return open_home()


@pytest.fixture
def services(open_home: Callable[..., Services], peopled_ledger: Path) -> Services:
    """Services on a ledger with a few invented borrowers."""
    return open_home(peopled_ledger)


@pytest.fixture
def chat(services: Services) -> Chat:
    """A conversation in which nobody has said who they are."""
    return Chat(services)


@pytest.fixture
def odalys(chat: Chat) -> Chat:
    """The conversation of Odalys, who has proven who she is: 1325.50 USD, 37 days late."""
    return chat.prove("7001-3344, born 1987-03-07")
