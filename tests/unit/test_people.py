"""People of the desk: links that work once, sign-in that tells nothing, sessions that end, rights that hold."""

from __future__ import annotations

import json
from concurrent.futures import ThreadPoolExecutor

import pytest
from sqlalchemy import select

from bot.domain.rights import NotAllowed
from bot.services import credentials
from bot.services.people import (
    BadInvitation,
    BadPerson,
    NotSignedIn,
    TooManyTries,
    UnknownPerson,
    WeakPassword,
    WrongCode,
)
from bot.store import audit
from bot.store.tables import AuditRecord, Case, CaseEvent, Invitation, Person, SignIn, SignInTry
from tests.unit.desk_people import PASSWORD, Member, join

HOME = "203.0.113.7"


@pytest.fixture
def people(services):
    return services.people


@pytest.fixture
def mei(services, clock) -> Member:
    return join(services, clock)


@pytest.fixture
def boss(services, clock) -> Member:
    return join(services, clock, "ruth", "administrator", (), "Ruth Oyelaran")


def records(services, action: str | None = None) -> list[AuditRecord]:
    with services.parts.store.transaction() as session:
        rows = session.scalars(select(AuditRecord).order_by(AuditRecord.seq)).all()
        return [row for row in rows if action in (None, row.action)]


def take(services, case, member: Member, team: str = "general") -> int:
    """Puts a case into somebody's hands."""
    with services.parts.store.transaction() as session:
        row = services.cases.find(session, case)
        row.owner_id, row.status, row.team = member.actor.id, "claimed", team
        row.claimed_at, row.awaits_agent_since = services.parts.now(), None
        return row.id


# Joining


def test_a_link_is_for_somebody_and_brings_them_in(people, clock):
    token = people.add("Mei", "Mei  Castellane", "agent", ["general"], "zh-Hans")

    invited = people.invited(token)

    assert (invited.login, invited.name, invited.language) == ("mei", "Mei Castellane", "zh-Hans")
    assert invited.secret in invited.otpauth
    assert invited.otpauth.startswith("otpauth://totp/Accord:mei?")


def test_a_link_works_once(services, people, clock):
    token = people.add("mei", "Mei", "agent")
    member = Member(services, clock, "mei", people.invited(token).secret, "")
    people.join(token, PASSWORD, member.code())
    clock.passes(seconds=60)

    with pytest.raises(BadInvitation):
        people.join(token, "another password entirely", member.code())
    with pytest.raises(BadInvitation):
        people.invited(token)

    assert people.who(member.sign_in()).login == "mei"


def test_a_link_runs_out_after_two_days(services, people, clock):
    token = people.add("mei", "Mei", "agent")
    member = Member(services, clock, "mei", people.invited(token).secret, "")
    clock.passes(hours=47, minutes=59)
    assert people.invited(token).login == "mei"

    clock.passes(minutes=1)

    with pytest.raises(BadInvitation):
        people.join(token, PASSWORD, member.code())


def test_a_new_link_ends_the_one_before(people):
    first = people.add("mei", "Mei", "agent")

    second = people.invite("mei")

    with pytest.raises(BadInvitation):
        people.invited(first)
    assert people.invited(second).login == "mei"


@pytest.mark.parametrize("token", ["", "x", "a" * 5000, "☃", "%00"])
def test_a_link_that_nobody_made_is_refused(people, token):
    with pytest.raises(BadInvitation):
        people.invited(token)


def test_only_a_hash_of_the_link_is_kept(services, people):
    token = people.add("mei", "Mei", "agent")

    with services.parts.store.transaction() as session:
        row = session.scalars(select(Invitation)).one()

    assert token not in row.token_hash
    assert len(row.token_hash) == 64


@pytest.mark.parametrize(
    ("password", "why"),
    [
        ("short", "short"),
        ("eleven char", "short"),
        ("", "short"),
        ("x" * 257, "long"),
        ("mei.castellane", "login"),
        ("mei.castellane1!", "login"),
        ("password1234", "common"),
        ("Password-1234", "common"),
        ("qwertyuiop12", "common"),
        ("aaaaaaaaaaaaaa", "common"),
        ("abababababab", "common"),
        ("１２３４５６７８９０１２", "common"),
    ],
)
def test_a_password_that_is_guessed_first_is_not_taken(services, people, clock, password, why):
    token = people.add("mei.castellane", "Mei", "agent")
    member = Member(services, clock, "mei.castellane", people.invited(token).secret, "")

    with pytest.raises(WeakPassword) as refused:
        people.join(token, password, member.code())

    assert refused.value.why == why
    assert people.invited(token)


def test_joining_needs_the_code_of_the_app_and_the_link_stays_good_for_another_try(services, people, clock):
    token = people.add("mei", "Mei", "agent")
    member = Member(services, clock, "mei", people.invited(token).secret, "")
    wrong = f"{(int(member.code()) + 1) % 1_000_000:06}"

    with pytest.raises(WrongCode):
        people.join(token, PASSWORD, wrong)

    assert people.who(people.join(token, PASSWORD, member.code())).login == "mei"


def test_who_joins_again_has_no_old_session_password_or_code_left(services, people, clock, mei):
    old, before = mei.secret, mei.totp
    token = people.invite("mei")
    again = Member(services, clock, "mei", people.invited(token).secret, "", "eleven geese in a row")
    assert people.who(old) is not None

    again.secret = people.join(token, again.password, again.code())

    assert people.who(old) is None
    assert people.who(again.secret).login == "mei"
    clock.passes(seconds=60)
    with pytest.raises(NotSignedIn):
        people.sign_in("mei", PASSWORD, again.code(), HOME)
    mei.totp, mei.password = before, again.password
    with pytest.raises(NotSignedIn):
        mei.sign_in()


def test_the_first_start_makes_one_administrator_and_no_later_one_does(people):
    token = people.begin()

    assert people.invited(token).login == "admin"
    assert [(p.login, p.role, p.joined) for p in people.all()] == [("admin", "administrator", False)]
    assert people.begin() is None
    assert people.invited(token)
    assert not people.anybody_joined()


def test_the_first_start_adds_nobody_where_there_is_somebody(people):
    people.add("mei", "Mei", "agent")

    assert people.begin() is None


# Signing in


def test_password_and_code_open_a_session(people, mei):
    secret = mei.sign_in()

    assert people.who(secret) == mei.actor
    assert people.who(secret).teams == {"general"}


def test_a_login_is_read_however_it_is_typed(people, mei, clock):
    clock.passes(seconds=30)

    assert people.who(people.sign_in("  ＭEI ", PASSWORD, f"{mei.code()[:3]} {mei.code()[3:]}", HOME)).login == "mei"


def test_a_code_counts_once(people, mei, clock):
    clock.passes(seconds=30)
    code = mei.code()
    people.sign_in("mei", PASSWORD, code, HOME)

    with pytest.raises(NotSignedIn):
        people.sign_in("mei", PASSWORD, code, HOME)


def test_the_code_with_which_somebody_joined_does_not_count_again(people, mei):
    with pytest.raises(NotSignedIn):
        people.sign_in("mei", PASSWORD, mei.code(), HOME)


def test_an_older_code_does_not_count_after_a_later_one(people, mei, clock):
    clock.passes(seconds=60)
    people.sign_in("mei", PASSWORD, mei.code(), HOME)

    with pytest.raises(NotSignedIn):
        people.sign_in("mei", PASSWORD, mei.code(-1), HOME)


@pytest.mark.parametrize(("steps", "taken"), [(-2, False), (-1, True), (0, True), (1, True), (2, False)])
def test_a_clock_may_be_off_by_half_a_minute(people, mei, clock, steps, taken):
    clock.passes(minutes=5)

    if taken:
        assert people.sign_in("mei", PASSWORD, mei.code(steps), HOME)
    else:
        with pytest.raises(NotSignedIn):
            people.sign_in("mei", PASSWORD, mei.code(steps), HOME)


def refusal(people, *given: str) -> str:
    with pytest.raises(NotSignedIn) as refused:
        people.sign_in(*given, HOME)
    return str(refused.value)


def test_whatever_was_wrong_the_answer_is_the_same(services, people, mei, clock):
    people.add("invited", "Not Yet", "agent")
    gone = join(services, clock, "gone")
    people.leave("command line", "gone")
    clock.passes(seconds=60)

    said = {
        refusal(people, "nobody", PASSWORD, "123456"),
        refusal(people, "", "", ""),
        refusal(people, "mei", "not the password", mei.code()),
        refusal(people, "mei", PASSWORD, f"{(int(mei.code()) + 1) % 1_000_000:06}"),
        refusal(people, "mei", PASSWORD, "１２３"),
        refusal(people, "mei", "x" * 100_000, mei.code()),
        refusal(people, "invited", PASSWORD, "123456"),
        refusal(people, "gone", PASSWORD, gone.code()),
    }

    assert len(said) == 1


@pytest.mark.parametrize("login", ["nobody", "invited", "mei", ""])
def test_whoever_is_not_known_costs_the_same_work(people, mei, monkeypatch, login):
    people.add("invited", "Not Yet", "agent")
    verified, verify = [], credentials.HASHER.verify

    class Counting:
        hash = credentials.HASHER.hash
        check_needs_rehash = credentials.HASHER.check_needs_rehash

        @staticmethod
        def verify(hash, password):
            verified.append(hash)
            return verify(hash, password)

    monkeypatch.setattr(credentials, "HASHER", Counting)

    with pytest.raises(NotSignedIn):
        people.sign_in(login, "not the password", "123456", HOME)

    assert len(verified) == 1
    assert verified[0].startswith("$argon2id$v=19$m=65536,t=3,p=4$")


def test_a_hash_of_other_parameters_is_made_anew_when_it_is_next_used(services, people, mei):
    from argon2 import PasswordHasher

    weak = PasswordHasher(time_cost=1, memory_cost=8192, parallelism=1).hash(PASSWORD)
    with services.parts.store.transaction() as session:
        session.get_one(Person, mei.actor.id).password_hash = weak

    mei.sign_in()

    with services.parts.store.transaction() as session:
        kept = session.get_one(Person, mei.actor.id).password_hash
    assert "m=65536,t=3,p=4" in kept
    assert mei.sign_in()


# Limits


def fails(people, times: int, login: str = "mei", origin: str = HOME) -> None:
    for _ in range(times):
        with pytest.raises(NotSignedIn):
            people.sign_in(login, "not the password", "000000", origin)


def test_after_five_failures_even_what_is_right_is_refused_for_a_quarter_of_an_hour(people, mei, clock):
    fails(people, 5)
    clock.passes(minutes=14, seconds=30)
    with pytest.raises(TooManyTries) as refused:
        people.sign_in("mei", PASSWORD, mei.code(), HOME)
    assert (refused.value.until - clock()).total_seconds() == 30

    clock.passes(seconds=30)

    assert people.sign_in("mei", PASSWORD, mei.code(), HOME)


def test_a_login_is_limited_wherever_the_tries_come_from(people, mei, clock):
    for n in range(5):
        fails(people, 1, origin=f"198.51.100.{n}")

    with pytest.raises(TooManyTries):
        people.sign_in("mei", PASSWORD, mei.code(1), "198.51.100.77")


def test_the_limit_says_nothing_of_whether_a_login_is_known(people, mei):
    fails(people, 5, "nobody")

    with pytest.raises(TooManyTries):
        people.sign_in("nobody", "not the password", "000000", HOME)


def test_what_went_well_begins_the_count_of_a_login_anew(people, mei):
    fails(people, 4)
    mei.sign_in()

    fails(people, 5)

    with pytest.raises(TooManyTries):
        mei.sign_in()


def test_a_login_is_limited_by_the_day_too(services, people, mei, clock):
    for _ in range(6):
        fails(people, 5)
        clock.passes(minutes=16)

    with pytest.raises(TooManyTries):
        mei.sign_in()

    clock.passes(hours=24)
    assert mei.sign_in()


def test_where_tries_come_from_is_limited_across_logins_and_whatever_went_well(services, people, mei, clock):
    for n in range(39):
        fails(people, 1, f"somebody-{n}")
    assert mei.sign_in()
    fails(people, 1, "one-more")

    with pytest.raises(TooManyTries):
        mei.sign_in()
    assert mei.sign_in("198.51.100.9")


def test_all_addresses_of_one_customer_of_ipv6_count_as_one(people, mei, monkeypatch):
    for n in range(40):
        fails(people, 1, f"somebody-{n}", f"2001:db8:1:2::{n:x}")

    with pytest.raises(TooManyTries):
        mei.sign_in("2001:db8:1:2:ffff::1")
    assert mei.sign_in("2001:db8:1:3::1")


def test_limits_hold_across_a_restart(open_home, peopled_ledger, clock):
    before = open_home(peopled_ledger)
    member = join(before, clock)
    fails(before.people, 5)
    before.close()

    member.services = open_home(peopled_ledger)

    with pytest.raises(TooManyTries):
        member.sign_in()


def test_many_tries_at_once_are_no_way_around_the_limit(people, mei):
    def once(_: int) -> str:
        try:
            people.sign_in("mei", "not the password", "000000", HOME)
        except (NotSignedIn, TooManyTries) as error:
            return type(error).__name__
        return "in"

    with ThreadPoolExecutor(8) as pool:
        said = list(pool.map(once, range(12)))

    assert sorted(said) == ["NotSignedIn"] * 5 + ["TooManyTries"] * 7


def test_a_code_taken_twice_at_once_lets_one_in(people, mei, clock):
    clock.passes(seconds=30)
    code = mei.code()

    def once(_: int) -> str:
        try:
            people.sign_in("mei", PASSWORD, code, HOME)
        except NotSignedIn:
            return "refused"
        return "in"

    with ThreadPoolExecutor(4) as pool:
        said = list(pool.map(once, range(4)))

    assert sorted(said) == ["in", "refused", "refused", "refused"]


def test_tries_are_forgotten_after_two_days(services, people, mei, clock):
    fails(people, 3)
    clock.passes(hours=49)

    mei.sign_in()

    with services.parts.store.transaction() as session:
        assert len(session.scalars(select(SignInTry)).all()) == 1


# Sessions


def test_a_session_ends_when_nobody_has_used_it_for_half_an_hour(people, mei, clock):
    clock.passes(minutes=29, seconds=59)
    assert people.who(mei.secret)
    clock.passes(minutes=29, seconds=59)
    assert people.who(mei.secret)

    clock.passes(minutes=30)

    assert people.who(mei.secret) is None
    assert people.why_nobody(mei.secret) == "expired"


def test_a_session_ends_after_ten_hours_however_busy(people, mei, clock):
    for _ in range(29):
        clock.passes(minutes=20)
        assert people.who(mei.secret)

    clock.passes(minutes=20)

    assert people.who(mei.secret) is None


def test_what_the_browser_asks_by_itself_keeps_nobody_signed_in_but_shows_that_they_are_there(people, mei, clock):
    clock.passes(minutes=20)
    assert people.who(mei.secret, quietly=True)
    assert people.all()[0].seen_at == clock()

    clock.passes(minutes=10)

    assert people.who(mei.secret, quietly=True) is None


def test_being_seen_is_written_at_most_once_a_minute(services, people, mei, clock):
    began = clock()
    clock.passes(seconds=59)
    people.who(mei.secret)
    with services.parts.store.transaction() as session:
        assert session.scalars(select(SignIn)).one().seen_at == began

    clock.passes(seconds=1)
    people.who(mei.secret)

    with services.parts.store.transaction() as session:
        assert session.scalars(select(SignIn)).one().seen_at == clock()


@pytest.mark.parametrize("secret", [None, "", "x", "a" * 100_000, "☃"])
def test_what_was_never_given_out_opens_nothing(people, mei, secret):
    assert people.who(secret) is None
    assert people.why_nobody(secret) == "unknown"


def test_only_a_hash_of_a_session_is_kept(services, mei):
    with services.parts.store.transaction() as session:
        row = session.scalars(select(SignIn)).one()

    assert mei.secret not in row.secret_hash
    assert len(row.secret_hash) == 64


def test_a_session_that_is_long_over_is_forgotten_when_the_next_begins(services, people, mei, clock):
    over = mei.secret
    clock.passes(days=29)
    mei.sign_in()
    assert people.why_nobody(over) == "expired"

    clock.passes(days=2)
    mei.sign_in()

    assert people.why_nobody(over) == "unknown"


def test_signing_out_ends_this_session_alone(people, mei):
    other = mei.sign_in()

    people.sign_out(mei.secret)

    assert people.who(mei.secret) is None
    assert people.why_nobody(mei.secret) == "ended"
    assert people.who(other)


def test_somebody_sees_and_ends_their_own_sessions(people, mei, clock):
    other = mei.sign_in(browser="Firefox on a phone\x00\n")
    mine = people.sessions(mei.actor, other)
    assert [(s.browser, s.present) for s in mine] == [("Firefox on a phone", True), ("", False)]

    people.end_session(mei.actor, mine[1].id)

    assert people.who(mei.secret) is None
    assert [s.present for s in people.sessions(mei.actor, other)] == [True]


def test_nobody_ends_a_session_of_somebody_else(services, people, mei, clock):
    eve = join(services, clock, "eve")
    (session,) = people.sessions(mei.actor)

    people.end_session(eve.actor, session.id)

    assert people.who(mei.secret)


def test_an_administrator_ends_every_session_of_somebody(people, mei, boss):
    other = mei.sign_in()

    assert people.end_all("mei", boss.actor) == 2

    assert people.who(mei.secret) is None
    assert people.who(other) is None
    assert people.who(boss.secret)


def test_nobody_else_ends_all_sessions_but_their_own(services, people, mei, clock):
    eve = join(services, clock, "eve", "supervisor")

    with pytest.raises(NotAllowed):
        people.end_all("mei", eve.actor)
    assert people.who(mei.secret)
    assert people.end_all("eve", eve.actor) == 1


# Looking after people


@pytest.mark.parametrize("role", ["agent", "supervisor", "trainer", "auditor"])
def test_only_administrators_change_people(services, people, mei, clock, role):
    eve = join(services, clock, "eve", role)

    for forbidden in (
        lambda: people.change(eve.actor, "mei", role="supervisor"),
        lambda: people.change(eve.actor, "eve", role="administrator"),
        lambda: people.leave(eve.actor, "mei"),
    ):
        with pytest.raises(NotAllowed):
            forbidden()

    assert mei.actor.role == "agent"
    assert eve.actor.role == role
    assert people.who(mei.secret)


def test_a_change_of_role_or_team_counts_at_once(people, mei, boss):
    people.change(boss.actor, "mei", role="supervisor", teams=["chinese", "general"], name="Mei C.", language="zh-Hans")

    actor = people.who(mei.secret)
    assert (actor.role, actor.teams, actor.name, actor.language) == (
        "supervisor",
        {"chinese", "general"},
        "Mei C.",
        "zh-Hans",
    )


def test_the_last_administrator_stays_one(people, boss):
    with pytest.raises(NotAllowed) as refused:
        people.change("command line", "ruth", role="agent")
    assert refused.value.why == "last_administrator"

    with pytest.raises(NotAllowed):
        people.leave("command line", "ruth")

    assert boss.actor.role == "administrator"
    assert people.who(boss.secret)


def test_with_a_second_administrator_the_first_may_go(services, people, boss, clock):
    other = join(services, clock, "second", "administrator", ())

    people.leave(other.actor, "ruth")

    assert people.who(boss.secret) is None


def test_an_administrator_who_left_does_not_count_as_one_who_stays(services, people, boss, clock):
    other = join(services, clock, "second", "administrator", ())
    people.leave(boss.actor, "second")

    with pytest.raises(NotAllowed):
        people.leave("command line", "ruth")
    assert people.who(other.secret) is None


def test_nobody_makes_themselves_something_else(services, people, boss, clock):
    join(services, clock, "second", "administrator", ())

    with pytest.raises(NotAllowed) as role:
        people.change(boss.actor, "ruth", role="supervisor")
    with pytest.raises(NotAllowed) as teams:
        people.change(boss.actor, "ruth", teams=["chinese"])
    with pytest.raises(NotAllowed):
        people.leave(boss.actor, "ruth")

    assert role.value.why == teams.value.why == "own_role"
    people.change(boss.actor, "ruth", name="Ruth O.")
    assert boss.actor.name == "Ruth O."


def test_whoever_leaves_is_out_at_once(services, people, mei, boss, clock):
    people.invite("mei")

    people.leave(boss.actor, "mei")

    assert people.who(mei.secret) is None
    assert people.why_nobody(mei.secret) == "ended"
    with pytest.raises(NotSignedIn):
        mei.sign_in()
    with services.parts.store.transaction() as session:
        assert all(row.used_at for row in session.scalars(select(Invitation)))
        person = session.scalars(select(Person).where(Person.login == "mei")).one()
        assert (person.password_hash, person.totp_secret, person.subject, person.telegram_id) == (None,) * 4
    with pytest.raises(UnknownPerson):
        people.invite("mei")


def test_a_session_of_somebody_who_left_opens_nothing_even_if_it_were_open(services, people, mei, boss):
    people.leave(boss.actor, "mei")
    with services.parts.store.transaction() as session:
        for row in session.scalars(select(SignIn)):
            row.ended_at = None

    assert people.who(mei.secret) is None
    assert people.why_nobody(mei.secret) == "left"


def test_open_cases_of_whoever_leaves_go_back_to_waiting(services, people, chat, mei, boss):
    case = take(services, services.cases.open(chat.id, "request_human").reference, mei)

    people.leave(boss.actor, "mei")

    with services.parts.store.transaction() as session:
        row = session.get_one(Case, case)
        assert (row.status, row.owner_id, row.claimed_at) == ("waiting", None, None)
        assert row.awaits_agent_since == services.parts.now()
        assert session.scalars(select(CaseEvent.kind).where(CaseEvent.case_id == case)).all() == ["opened", "released"]


def test_cases_of_a_team_that_somebody_leaves_go_back_and_the_others_stay(services, people, chat, clock, boss):
    mei = join(services, clock, "lan", teams=("general", "chinese"))
    kept = take(services, services.cases.open(chat.id, "request_human").reference, mei, "general")
    services.conversations.claim("other", "web", None, "en")
    lost = take(services, services.cases.open("other", "request_human").reference, mei, "chinese")

    people.change(boss.actor, "lan", teams=["general"])

    with services.parts.store.transaction() as session:
        assert session.get_one(Case, kept).owner_id == mei.actor.id
        assert session.get_one(Case, lost).owner_id is None


def test_whoever_comes_back_begins_anew(services, people, mei, boss, clock):
    people.leave(boss.actor, "mei")

    token = people.add("mei", "Mei Castellane", "trainer", [])

    assert [p.left for p in people.all() if p.login == "mei"] == [False]
    assert people.who(mei.secret) is None
    with pytest.raises(NotSignedIn):
        mei.sign_in()
    again = Member(services, clock, "mei", people.invited(token).secret, "")
    assert people.who(people.join(token, PASSWORD, again.code())).role == "trainer"


@pytest.mark.parametrize(
    ("given", "why"),
    [
        ({"login": ""}, "login"),
        ({"login": "mei li"}, "login"),
        ({"login": "a" * 81}, "login"),
        ({"login": "<script>"}, "login"),
        ({"login": "-mei"}, "login"),
        ({"login": "MEI"}, "taken"),
        ({"name": ""}, "name"),
        ({"name": "M" * 121}, "name"),
        ({"name": "Mei\u202eiem"}, "name"),
        ({"role": "king"}, "role"),
        ({"role": ""}, "role"),
        ({"teams": ["general", "no team at all"]}, "team"),
        ({"language": "fr"}, "language"),
    ],
)
def test_what_somebody_cannot_be_is_refused_with_a_sentence(people, mei, given, why):
    before = people.all()

    with pytest.raises(BadPerson) as refused:
        people.add(**{"login": "new", "name": "New", "role": "agent", **given})

    assert refused.value.why == why
    assert people.all() == before


def test_a_name_with_a_script_is_refused_and_recorded(services, people, mei, boss):
    for give in (
        lambda: people.add("new", "<script>alert(1)</script>", "agent", by=boss.actor.signature),
        lambda: people.change(boss.actor, "mei", name="Mei <img src=x onerror=alert(1)>", role="trainer"),
    ):
        with pytest.raises(BadPerson, match="no markup") as refused:
            give()
        assert refused.value.why == "markup"

    assert [(who.name, who.role) for who in people.all() if who.login in ("mei", "new")] == [
        ("Mei Castellane", "agent")
    ]
    assert [row.actor for row in records(services, "markup_refused")] == [boss.actor.signature] * 2


@pytest.mark.parametrize("login", ["nobody", "", "☃"])
def test_whoever_is_not_there_cannot_be_changed(people, boss, login):
    for call in (
        lambda: people.invite(login),
        lambda: people.change(boss.actor, login, role="agent"),
        lambda: people.leave(boss.actor, login),
        lambda: people.end_all(login),
    ):
        with pytest.raises(UnknownPerson):
            call()


def test_somebody_says_whether_they_take_cases_and_in_which_language(people, mei):
    people.set_available(mei.actor, False)
    people.speak(mei.actor, "zh-Hant")

    assert (mei.actor.available, mei.actor.language) == (False, "zh-Hant")
    with pytest.raises(BadPerson):
        people.speak(mei.actor, "tlh")


# The company's own sign-in


def test_whoever_was_added_comes_in_by_the_companys_sign_in_and_is_bound_to_it(people):
    people.add("mei@bank.test", "Mei", "agent")

    first = people.sign_in_as("https://id.bank.test 17", "Mei@Bank.test", HOME)
    later = people.sign_in_as("https://id.bank.test 17", "married-name@bank.test", HOME)

    assert people.who(first).login == people.who(later).login == "mei@bank.test"


def test_a_login_bound_to_one_subject_is_closed_to_another(people):
    people.add("mei@bank.test", "Mei", "agent")
    people.sign_in_as("https://id.bank.test 17", "mei@bank.test", HOME)

    with pytest.raises(NotSignedIn):
        people.sign_in_as("https://id.bank.test 99", "mei@bank.test", HOME)


@pytest.mark.parametrize("login", ["stranger@bank.test", ""])
def test_a_stranger_does_not_come_in_by_the_companys_sign_in(people, login):
    people.add("mei@bank.test", "Mei", "agent")

    with pytest.raises(NotSignedIn):
        people.sign_in_as("https://id.bank.test 17", login, HOME)

    assert len(people.all()) == 1


def test_whoever_left_does_not_come_in_by_the_companys_sign_in(people, boss):
    people.add("mei@bank.test", "Mei", "agent")
    people.sign_in_as("https://id.bank.test 17", "mei@bank.test", HOME)
    people.leave(boss.actor, "mei@bank.test")

    with pytest.raises(NotSignedIn):
        people.sign_in_as("https://id.bank.test 17", "mei@bank.test", HOME)


def test_being_bound_ends_the_link_that_would_set_a_password(people):
    token = people.add("mei@bank.test", "Mei", "agent")

    people.sign_in_as("https://id.bank.test 17", "mei@bank.test", HOME)

    with pytest.raises(BadInvitation):
        people.invited(token)


# Telegram


def test_a_code_binds_a_telegram_account(people, mei):
    code = people.telegram_code(mei.actor)

    bound = people.bind_telegram(code, 4711)

    assert bound == people.by_telegram(4711) == mei.actor


def test_a_telegram_code_counts_once_and_for_ten_minutes_and_a_new_one_ends_it(people, mei, clock):
    first = people.telegram_code(mei.actor)
    second = people.telegram_code(mei.actor)
    with pytest.raises(BadInvitation):
        people.bind_telegram(first, 4711)
    people.bind_telegram(second, 4711)
    with pytest.raises(BadInvitation):
        people.bind_telegram(second, 4712)

    third = people.telegram_code(mei.actor)
    clock.passes(minutes=10)

    with pytest.raises(BadInvitation):
        people.bind_telegram(third, 4712)


def test_a_telegram_account_is_one_persons(services, people, mei, clock):
    eve = join(services, clock, "eve")
    people.bind_telegram(people.telegram_code(mei.actor), 4711)

    with pytest.raises(BadInvitation):
        people.bind_telegram(people.telegram_code(eve.actor), 4711)

    assert people.by_telegram(4711).login == "mei"


def test_a_telegram_code_is_no_link_and_a_link_is_no_code(people, mei):
    code, link = people.telegram_code(mei.actor), people.invite("mei")

    with pytest.raises(BadInvitation):
        people.invited(code)
    with pytest.raises(BadInvitation):
        people.bind_telegram(link, 4711)


def test_a_telegram_code_leaves_a_link_as_it_is(people, mei):
    link = people.invite("mei")

    people.telegram_code(mei.actor)

    assert people.invited(link).login == "mei"


def test_whoever_left_or_let_go_is_nobodys_agent_in_telegram(people, mei, boss):
    people.bind_telegram(people.telegram_code(mei.actor), 4711)
    people.unbind_telegram(mei.actor)
    assert people.by_telegram(4711) is None

    people.bind_telegram(people.telegram_code(mei.actor), 4711)
    people.leave(boss.actor, "mei")

    assert people.by_telegram(4711) is None


# The record


def test_everything_is_on_the_audit_chain_and_nothing_of_it_is_personal_or_secret(services, people, mei, boss, clock):
    token = people.invite("mei", boss.actor.signature)
    fails(people, 1, "my-password-typed-into-the-wrong-field")
    fails(people, 1)
    secret = mei.sign_in()
    people.sign_out(secret)
    people.change(boss.actor, "mei", role="supervisor", name="Mei Quillfeather")
    people.end_all("mei", boss.actor)
    people.leave(boss.actor, "mei")

    actions = [row.action for row in records(services)]
    for action in (
        "person_added",
        "person_invited",
        "person_joined",
        "sign_in_failed",
        "signed_in",
        "signed_out",
        "person_changed",
        "person_renamed",
        "session_ended",
        "person_left",
    ):
        assert action in actions
    told = json.dumps([[row.actor, row.subject, row.data] for row in records(services)], ensure_ascii=False)
    for hidden in (PASSWORD, mei.totp, secret, token, "Castellane", "Quillfeather", "typed-into", HOME):
        assert hidden not in told
    with services.parts.store.transaction() as session:
        assert audit.verify(session, services.parts.store.keyring) == len(actions)


def test_the_record_says_why_somebody_was_not_let_in(services, people, mei):
    fails(people, 1, "nobody")
    fails(people, 1)
    with pytest.raises(NotSignedIn):
        people.sign_in("mei", PASSWORD, mei.code(), HOME)

    assert [row.data["why"] for row in records(services, "sign_in_failed")] == ["unknown", "password", "code_again"]
