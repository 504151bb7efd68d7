"""What each role may do at the desk, and whose cases it sees."""

from __future__ import annotations

import pytest

from bot.domain.rights import PERSON_ROLES, RIGHTS, Actor, NotAllowed

# One line a right, as it was promised: who has it.
MATRIX = {
    "see_cases": {"agent", "supervisor", "auditor"},
    "work": {"agent", "supervisor"},
    "open_fields": {"agent", "supervisor", "auditor"},
    "decide": {"supervisor"},
    "assign": {"supervisor"},
    "lift_hold": {"supervisor"},
    "merge": {"supervisor"},
    "reopen": {"supervisor"},
    "team_replies": {"supervisor"},
    "figures": {"supervisor", "trainer", "auditor", "administrator"},
    "people": {"administrator"},
    "audit": {"auditor"},
}


def somebody(role: str = "agent", *teams: str, login: str = "mei") -> Actor:
    return Actor(7, login, "Mei Castellane", role, "en", frozenset(teams))


def test_the_matrix_names_every_right():
    assert set(MATRIX) == set(RIGHTS)


@pytest.mark.parametrize("role", PERSON_ROLES)
@pytest.mark.parametrize("right", RIGHTS)
def test_a_role_has_the_rights_that_it_needs_and_no_other(role, right):
    actor = somebody(role)

    assert actor.may(right) == (role in MATRIX[right])


@pytest.mark.parametrize("role", PERSON_ROLES)
@pytest.mark.parametrize("right", RIGHTS)
def test_a_right_that_is_missing_is_refused_with_a_sentence(role, right):
    actor = somebody(role)

    if role in MATRIX[right]:
        actor.demand(right)
        return
    with pytest.raises(NotAllowed) as refused:
        actor.demand(right)
    assert refused.value.why == right
    assert role in str(refused.value)
    assert str(refused.value).endswith(".")


@pytest.mark.parametrize(
    ("role", "authority"),
    [
        ("agent", "agent"),
        ("supervisor", "supervisor"),
        ("trainer", None),
        ("auditor", None),
        ("administrator", None),
    ],
)
def test_only_who_works_on_cases_has_authority_to_agree(role, authority):
    assert somebody(role).negotiates_as == authority


def test_a_case_is_seen_by_its_team_alone():
    actor = somebody("agent", "mandarin")

    assert actor.sees("mandarin")
    assert not actor.sees("hardship")
    assert not actor.sees("general")
    assert not actor.sees("")


def test_whoever_has_no_team_sees_what_no_team_took():
    actor = somebody("supervisor")

    assert actor.sees("general")
    assert actor.sees("")
    assert not actor.sees("mandarin")


def test_auditors_see_the_cases_of_every_team():
    assert somebody("auditor").sees("mandarin")
    assert somebody("auditor").sees_all_teams


@pytest.mark.parametrize("role", ["trainer", "administrator"])
def test_who_has_nothing_to_do_with_cases_sees_none_of_any_team(role):
    assert not somebody(role, "mandarin").sees("mandarin")


def test_the_audit_chain_has_room_for_every_signature():
    assert somebody("agent").signature == "agent:mei"

    long = somebody("administrator", login="a" * 80)

    assert len(long.signature) <= 40
    assert long.signature == "administrator:#7"
