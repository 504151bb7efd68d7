"""People of the desk from the command line, at the first start, and in what the doctor says."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from bot.bootstrap import open_services
from bot.cli import app
from bot.doctor import _people
from bot.settings import Settings
from bot.supervisor import beginning, first_link
from tests.unit.desk_people import PASSWORD, Member, join


@pytest.fixture
def accord(services, tmp_path: Path, policies: Path, monkeypatch: pytest.MonkeyPatch):
    """Runs a command on the ledger of `services`, under its clock."""
    clock = services.parts.clock
    monkeypatch.setattr(
        "bot.cli.Settings",
        lambda: Settings(
            _env_file=None, home=tmp_path / "home", policies=policies, policy="unit", sample_portfolio=False, port=8123
        ),
    )
    monkeypatch.setattr("bot.cli.open_services", lambda settings: open_services(settings, clock=clock))
    monkeypatch.setattr("bot.cli.configure_logging", lambda level: None)

    def run(*words: str) -> Result:
        return CliRunner().invoke(app, list(words))

    return run


ADD = ("user", "add", "mei", "--name", "Mei Castellane", "--role", "supervisor", "--team", "chinese", "--team", "care")


def test_somebody_is_added_and_joins_by_the_link_that_is_printed(accord, services, clock):
    done = accord(*ADD, "--language", "zh-Hans")

    sentence, link = done.stdout.splitlines()
    assert done.exit_code == 0
    assert "2026-11-25 06:00 UTC" in sentence
    address, _, token = link.rpartition("/")
    assert address == "http://127.0.0.1:8123/desk/join"
    member = Member(services, clock, "mei", services.people.invited(token).secret, "")
    actor = services.people.who(services.people.join(token, PASSWORD, member.code()))
    assert (actor.role, actor.teams, actor.language) == ("supervisor", {"chinese", "care"}, "zh-Hans")


def test_a_new_link_is_printed_for_programs_too(accord, services):
    first = json.loads(accord(*ADD, "--json").stdout)

    second = json.loads(accord("user", "link", "mei", "--json").stdout)

    assert set(second) == {"login", "link", "until"}
    assert second["link"] != first["link"]
    assert services.people.invited(second["link"].rpartition("/")[2]).login == "mei"


def test_everybody_is_listed(accord, services, clock):
    join(services, clock, "ruth", "administrator", (), "Ruth Oyelaran")
    accord(*ADD)

    listed = json.loads(accord("user", "list", "--json").stdout)

    assert [(who["login"], who["joined"]) for who in listed] == [("mei", False), ("ruth", True)]
    assert listed[0]["teams"] == ["care", "chinese"]
    assert "invited" in accord("user", "list").stdout


def test_sessions_end_and_access_ends(accord, services, clock):
    join(services, clock, "ruth", "administrator", ())
    mei = join(services, clock)
    assert accord("user", "end-sessions", "mei").stdout == "1 session(s) ended.\n"
    assert services.people.who(mei.secret) is None

    assert accord("user", "leave", "mei").exit_code == 0

    assert [(who.login, who.left) for who in services.people.all()] == [("ruth", False), ("mei", True)]


@pytest.mark.parametrize(
    "words",
    [
        ("user", "add", "ruth", "--name", "Ruth"),
        ("user", "add", "new", "--name", ""),
        ("user", "add", "new", "--name", "New", "--role", "king"),
        ("user", "add", "new", "--name", "New", "--team", "nowhere"),
        ("user", "add", "new", "--name", "New", "--language", "tlh"),
        ("user", "link", "nobody"),
        ("user", "leave", "nobody"),
        ("user", "leave", "ruth"),
        ("user", "end-sessions", "nobody"),
    ],
)
def test_what_cannot_be_done_is_one_sentence_and_changes_nothing(accord, services, clock, words):
    ruth = join(services, clock, "ruth", "administrator", ())
    before = services.people.all()

    done = accord(*words)

    assert (done.exit_code, done.stdout) == (1, "")
    assert len(done.stderr.strip().splitlines()) == 1
    assert services.people.all() == before
    assert services.people.who(ruth.secret)


def test_the_first_start_gives_the_administrators_link_and_no_later_one_does(services, clock, monkeypatch):
    settings = services.parts.settings
    monkeypatch.setattr("bot.supervisor.open_services", lambda settings: open_services(settings, clock=clock))

    first = first_link(settings)

    assert first.address.startswith("http://127.0.0.1:8000/desk/join/")
    assert first.hours == 48
    assert first.address not in repr(first)
    assert services.people.invited(first.address.rpartition("/")[2]).login == "admin"
    assert first_link(settings) is None


ONLY_OIDC = {"oidc_only": True, "oidc_issuer": "https://id.bank.test", "oidc_client_id": "accord"}


def test_where_the_company_alone_signs_people_in_the_first_start_says_whom_to_add(
    open_home, fresh_ledger, clock, monkeypatch
):
    services = open_home(fresh_ledger, **ONLY_OIDC)
    monkeypatch.setattr("bot.supervisor.open_services", lambda settings: open_services(settings, clock=clock))

    said = beginning(services.parts.settings)

    assert "accord user add you@bank.example" in said
    assert "`email`" in said
    assert "/desk/join/" not in said
    assert services.people.all() == []
    assert "accord user add" in _people(services)[0].text
    services.people.add("ruth@bank.example", "Ruth Oyelaran", "administrator")
    assert beginning(services.parts.settings) == ""
    assert "accord user link" not in _people(services)[0].text


def test_a_first_start_with_passwords_prints_the_link(services, clock, monkeypatch):
    monkeypatch.setattr("bot.supervisor.open_services", lambda settings: open_services(settings, clock=clock))

    assert "/desk/join/" in beginning(services.parts.settings)
    assert beginning(services.parts.settings) == ""


def test_nobody_gets_a_link_that_would_not_let_them_in(accord, services, monkeypatch):
    for name, value in ONLY_OIDC.items():
        monkeypatch.setenv(f"ACCORD_{name.upper()}", str(value))

    added = accord("user", "add", "mei@bank.example", "--name", "Mei Castellane")

    assert "company's own sign-in" in added.stdout
    assert "/desk/join/" not in added.stdout
    assert json.loads(accord("user", "link", "mei@bank.example", "--json").stdout)["link"] is None


def test_the_doctor_says_when_nobody_has_joined_and_how_to_get_a_link(services, clock):
    assert _people(services)[0].mark == "!"
    services.people.begin()

    (waiting,) = _people(services)
    assert "accord user link admin" in waiting.text

    join(services, clock, "ruth", "administrator", ())
    (joined,) = _people(services)
    assert (joined.mark, joined.text) == ("✓", "1 of 2 have joined")


def test_the_doctor_says_when_there_is_no_administrator_to_sign_in(services, clock):
    join(services, clock)

    assert [finding.mark for finding in _people(services)] == ["✓", "!", "!"]


def test_the_doctor_names_the_teams_in_which_nobody_is(services, clock):
    join(services, clock, "ruth", "administrator", ())
    join(services, clock, "lin", "agent", ("general", "chinese"))

    found = [(finding.mark, finding.text) for finding in _people(services)]

    assert found[1:] == [("!", "nobody who has joined works in care; cases go to the next team that fits")]
    join(services, clock, "vera", "supervisor", ("care",))
    assert [finding.mark for finding in _people(services)] == ["✓"]


@pytest.mark.parametrize(
    ("given", "missing"),
    [({"oidc_issuer": "https://id.bank.test"}, "ACCORD_OIDC_CLIENT_ID"), ({"oidc_only": True}, "ACCORD_OIDC_ISSUER")],
)
def test_the_doctor_says_what_the_companys_sign_in_lacks(open_home, clock, given, missing):
    services = open_home(**given)
    join(services, clock, "ruth", "administrator", ())

    (finding,) = [finding for finding in _people(services) if finding.mark == "✗"]

    assert missing in finding.text
