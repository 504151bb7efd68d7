"""The desk's doors: what opens them, what does not, and that every refusal is on record."""

from __future__ import annotations

import asyncio
import re
from urllib.parse import parse_qs, urlsplit

import anyio
import pytest
from sqlalchemy import select
from starlette.requests import Request
from starlette.routing import Route
from starlette.testclient import TestClient

from bot.channels.router import Router
from bot.channels.web import WebChat
from bot.desk.access import safe_next, while_signed_in
from bot.desk.account_pages import qr_path
from bot.desk.refusals import A_MINUTE, STRANGERS_A_MINUTE, Refusals
from bot.domain.rights import PERSON_ROLES
from bot.store.tables import AuditRecord
from tests.unit.desk_doors import HOST, browser, doors
from tests.unit.desk_people import PASSWORD, Member, join
from tests.unit.fakes import FakeDialogue


@pytest.fixture
def mei(services, clock) -> Member:
    return join(services, clock)


@pytest.fixture
def ruth(services, clock) -> Member:
    return join(services, clock, "ruth", "administrator", (), "Ruth Oyelaran")


@pytest.fixture
def web(services):
    with browser(services) as there:
        yield there


@pytest.fixture
def inside(services, mei):
    with browser(services, mei) as there:
        yield there


def refusals(services) -> list[str]:
    return [row.data["why"] for row in records_of_refusals(services)]


def records_of_refusals(services) -> list[AuditRecord]:
    with services.parts.store.transaction() as session:
        rows = session.scalars(
            select(AuditRecord).where(AuditRecord.action == "desk_refused").order_by(AuditRecord.seq)
        )
        return list(rows)


class Minute:
    """One minute of what is recorded at a desk; it is over when the test says so."""

    def __init__(self, services, there) -> None:
        self.client, self.passed = there.client, anyio.Event()
        self.refusals = there.client.app.state.refusals = Refusals(services.parts, self.wait)

    async def wait(self, _seconds: float) -> None:
        await self.passed.wait()

    def over(self) -> None:
        async def ends() -> None:
            self.passed.set()
            await asyncio.gather(*self.refusals.ending)

        self.client.portal.call(ends)


# Coming in and going out


def test_signing_in_opens_the_desk(web, mei):
    answer = web.sign_in(mei)

    assert (answer.status_code, answer.headers["Location"]) == (303, "/desk")
    assert web.get("/desk").text == "hello mei"


def test_the_session_is_out_of_reach_for_scripts_and_for_other_sites_forms(web, mei):
    cookies = [cookie.lower() for cookie in web.sign_in(mei).headers.get_list("set-cookie")]

    (cookie,) = [cookie for cookie in cookies if cookie.startswith("accord_desk=")]
    for part in ("httponly", "samesite=lax", "path=/desk"):
        assert part in cookie
    assert "secure" not in cookie


def test_behind_tls_every_cookie_is_for_https_alone_and_so_is_the_site(open_home, peopled_ledger, clock):
    services = open_home(peopled_ledger, secure_cookies=True)
    mei = join(services, clock)
    with browser(services, base="https://testserver") as web:
        page = web.get("/desk/sign-in")
        answer = web.sign_in(mei)

    for cookie in (*page.headers.get_list("set-cookie"), *answer.headers.get_list("set-cookie")):
        assert "secure" in cookie.lower()
    assert "max-age" in answer.headers["Strict-Transport-Security"]


def test_without_a_session_there_is_nothing_but_the_way_to_the_sign_in(web):
    answer = web.get("/desk/decide/7?from=queue")

    assert answer.status_code == 303
    place = urlsplit(answer.headers["Location"])
    assert place.path == "/desk/sign-in"
    assert parse_qs(place.query) == {"next": ["/desk/decide/7?from=queue"]}


def test_after_the_sign_in_one_is_where_one_wanted_to_be(web, mei):
    answer = web.sign_in(mei, next="/desk/decide/7?from=queue")

    assert answer.headers["Location"] == "/desk/decide/7?from=queue"


@pytest.mark.parametrize(
    "wanted",
    [
        "https://evil.test/desk",
        "//evil.test/desk",
        "/\\evil.test/desk",
        "\\\\evil.test",
        "/desk//evil.test",
        "/desk/../admin",
        "/deskevil",
        "javascript:alert(1)",
        "/desk\r\nSet-Cookie: a=b",
        "/desk\u2028",
        "http:///desk",
        "https:/desk",
        "/",
        "desk",
        "/desk/sign-in",
        "/desk/sign-out",
        "/desk/join/abc",
        "/desk/oidc",
        "/desk/oidc/back?code=1",
        "/desk?" + "a" * 600,
        "",
        None,
    ],
)
def test_nobody_is_led_anywhere_but_to_a_page_of_the_desk(wanted):
    assert safe_next(wanted) == ""


@pytest.mark.parametrize("wanted", ["/desk", "/desk/case/C-00001", "/desk?whose=mine&page=2", "/desk/people"])
def test_pages_of_the_desk_are_where_one_may_be_led(wanted):
    assert safe_next(wanted) == wanted


def test_a_sign_in_page_with_a_foreign_next_leads_home(web, mei):
    assert web.sign_in(mei, next="https://evil.test/").headers["Location"] == "/desk"
    assert "evil" not in web.get("/desk/sign-in?next=//evil.test").headers.get("Location", "")


@pytest.mark.parametrize(
    ("role", "home"),
    [
        ("agent", "/desk"),
        ("supervisor", "/desk"),
        ("auditor", "/desk"),
        ("administrator", "/desk/people"),
        ("trainer", "/desk/figures"),
    ],
)
def test_each_role_begins_where_its_work_is(services, web, clock, role, home):
    assert web.sign_in(join(services, clock, "lan", role)).headers["Location"] == home


def test_whatever_was_wrong_the_page_says_the_same(web, mei):
    said = set()
    for fields in ({"password": "wrong"}, {"code": "000000"}, {"login": "nobody"}):
        answer = web.sign_in(mei, **fields)
        assert answer.status_code == 401
        said.add(re.search(r'role="alert">.*?</p>', answer.text, re.S)[0])
        assert PASSWORD not in answer.text

    assert len(said) == 1
    assert web.get("/desk").status_code == 303


def test_too_many_tries_are_told_how_long_to_wait(web, mei):
    for _ in range(5):
        web.sign_in(mei, password="wrong")

    answer = web.sign_in(mei)

    assert answer.status_code == 429
    assert 0 < int(answer.headers["Retry-After"]) <= 900
    assert "minutes" in answer.text


def test_a_code_counts_once_on_the_page_too(services, web, mei):
    web.sign_in(mei)
    code = mei.code()

    with browser(services) as other:
        answer = other.send("/desk/sign-in", login="mei", password=PASSWORD, code=code)

    assert answer.status_code == 401


def test_signing_out_ends_the_session_here_and_for_whoever_copied_it(services, inside):
    secret, token = inside.secret, inside.token("/desk/account")

    answer = inside.client.post("/desk/sign-out", data={"csrf": token})

    assert answer.headers["Location"] == "/desk/sign-in"
    assert inside.secret is None
    inside.secret = secret
    assert inside.get("/desk").status_code == 303


def test_signing_out_is_no_link(inside):
    assert inside.get("/desk/sign-out").status_code == 405
    assert inside.get("/desk").status_code == 200


# Sessions


def test_a_session_that_ran_out_leads_to_the_sign_in_and_is_recorded(services, inside, clock):
    clock.passes(minutes=30)

    answer = inside.get("/desk")

    assert (answer.status_code, answer.headers["Location"]) == (303, "/desk/sign-in")
    assert inside.secret is None
    assert refusals(services) == ["session_expired"]


def test_a_session_that_was_ended_elsewhere_is_over_and_recorded(services, inside, mei):
    services.people.end_all("mei")

    assert inside.get("/desk").status_code == 303
    assert refusals(services) == ["session_ended"]


def test_a_session_that_was_never_given_is_none_and_recorded(services, web):
    web.secret = "a-guess"

    assert web.get("/desk").status_code == 303
    assert refusals(services) == ["session_unknown"]


def test_whoever_left_is_out_at_once(services, inside, ruth):
    services.people.leave(ruth.actor, "mei")

    assert inside.get("/desk").status_code == 303


def test_a_session_planted_before_the_sign_in_is_not_the_one_after_it(services, web, mei, clock):
    eve = join(services, clock, "eve")
    planted = eve.sign_in()
    web.secret = planted

    web.client.cookies.delete("accord_desk")
    page = web.client.get("/desk/sign-in")
    token = re.search(r'name="csrf" value="([0-9a-f]{64})"', page.text)[1]
    clock.passes(seconds=30)
    web.secret = planted
    answer = web.client.post(
        "/desk/sign-in", data={"csrf": token, "login": "mei", "password": PASSWORD, "code": mei.code()}
    )

    fresh = re.search(r"accord_desk=([^;]+)", answer.headers["set-cookie"])[1]
    assert fresh != planted
    assert services.people.who(fresh).login == "mei"
    assert services.people.who(planted) is None


def test_what_the_browser_fetches_by_itself_keeps_nobody_signed_in(services, inside, clock):
    for _ in range(3):
        clock.passes(minutes=10)
        inside.get("/desk", headers={"X-Quiet": "1"})

    assert inside.get("/desk").status_code == 303


def test_a_script_is_told_to_lead_its_page_to_the_sign_in(web):
    answer = web.get("/desk", headers={"HX-Request": "true", "HX-Current-URL": f"{HOST}/desk/people?x=1"})

    assert answer.status_code == 401
    assert answer.headers["HX-Redirect"] == "/desk/sign-in?next=%2Fdesk%2Fpeople%3Fx%3D1"


def test_a_script_on_a_foreign_page_leads_nowhere_foreign(web):
    answer = web.get("/desk", headers={"HX-Request": "true", "HX-Current-URL": "https://evil.test//evil.test/desk"})

    assert answer.headers["HX-Redirect"] == "/desk/sign-in"


def test_a_stream_without_a_session_just_ends(web):
    answer = web.get("/desk", headers={"Accept": "text/event-stream"})

    assert answer.status_code == 401


# Forged forms


@pytest.mark.parametrize("token", [None, "", "0" * 64, "é", "a" * 10_000])
def test_a_form_without_the_token_of_the_session_is_refused_and_recorded(services, inside, token):
    answer = inside.client.post("/desk", data={} if token is None else {"csrf": token})

    assert answer.status_code == 403
    assert refusals(services) == ["forged_form"]


def test_a_form_with_the_token_of_somebody_elses_session_is_refused(services, inside, clock):
    with browser(services, join(services, clock, "eve")) as other:
        foreign = other.token("/desk/account")

    assert inside.client.post("/desk", data={"csrf": foreign}).status_code == 403


def test_a_form_with_the_token_from_before_the_sign_in_is_refused(services, web, mei):
    before = web.token("/desk/sign-in")
    web.sign_in(mei)

    assert web.client.post("/desk", data={"csrf": before}).status_code == 403


def test_a_form_with_the_token_in_its_header_counts(inside):
    token = inside.token("/desk/account")

    assert inside.client.post("/desk", headers={"X-CSRF": token}).text == "hello mei"
    assert inside.client.post("/desk", data={"csrf": token}).text == "hello mei"


def test_a_wrong_token_in_the_header_is_not_made_good_by_the_form(inside):
    token = inside.token("/desk/account")

    assert inside.client.post("/desk", headers={"X-CSRF": "0" * 64}, data={"csrf": token}).status_code == 403


@pytest.mark.parametrize(
    "origin",
    [
        "https://evil.test",
        "null",
        "http://testserver.evil.test",
        "http://evil.test/testserver",
        "http://testserver:81",
        "http://testserver@evil.test",
        "http://[",
        "testserver",
    ],
)
def test_a_form_from_a_foreign_origin_is_refused_even_with_the_token(services, inside, origin):
    token = inside.token("/desk/account")

    answer = inside.client.post("/desk", data={"csrf": token}, headers={"Origin": origin})

    assert answer.status_code == 403
    assert refusals(services) == ["forged_origin"]


def test_a_form_that_does_not_say_where_it_comes_from_is_refused(inside):
    token = inside.token("/desk/account")
    del inside.client.headers["Origin"]

    assert inside.client.post("/desk", data={"csrf": token}).status_code == 403
    assert inside.client.post("/desk", data={"csrf": token}, headers={"Referer": f"{HOST}/desk"}).status_code == 200


def test_behind_a_proxy_the_public_address_is_the_own_one(open_home, peopled_ledger, clock):
    services = open_home(peopled_ledger, public_url="https://accord.bank.test/")
    mei = join(services, clock)
    with browser(services, mei) as inside:
        token = inside.token("/desk/account")

        good = inside.client.post("/desk", data={"csrf": token}, headers={"Origin": "https://accord.bank.test"})
        bad = inside.client.post("/desk", data={"csrf": token}, headers={"Origin": "https://evil.bank.test"})

    assert (good.status_code, bad.status_code) == (200, 403)


@pytest.mark.parametrize("fields", [{"csrf": None}, {"csrf": "0" * 64}])
def test_a_forged_sign_in_is_refused(services, web, mei, fields):
    web.get("/desk/sign-in")
    mei.clock.passes(seconds=30)
    given = {"login": "mei", "password": PASSWORD, "code": mei.code(), **fields}

    answer = web.client.post("/desk/sign-in", data={name: value for name, value in given.items() if value})

    assert answer.status_code == 403
    assert web.secret is None
    assert refusals(services) == ["forged_form"]


def test_a_token_of_the_sign_in_counts_in_its_own_browser_alone(services, web, mei):
    with browser(services) as other:
        foreign = other.token("/desk/sign-in")
    web.get("/desk/sign-in")
    mei.clock.passes(seconds=30)

    given = {"csrf": foreign, "login": "mei", "password": PASSWORD, "code": mei.code()}

    assert web.client.post("/desk/sign-in", data=given).status_code == 403


def test_no_more_than_sixty_refusals_a_minute_are_recorded_and_then_how_many_more_there_were(services, inside):
    minute = Minute(services, inside)
    for _ in range(70):
        inside.client.post("/desk", data={})
    assert refusals(services) == ["forged_form"] * 60

    minute.over()
    inside.client.post("/desk", data={})

    more, last = records_of_refusals(services)[60:]
    assert (more.actor, more.data) == ("agent:mei", {"more": 10, "why": "forged_form"})
    assert last.data["why"] == "forged_form"


def test_strangers_do_not_use_up_what_is_recorded_of_those_who_are_signed_in(services, web, inside, clock):
    web.client.app.state.refusals = Refusals(services.parts)
    inside.client.app.state.refusals = web.client.app.state.refusals
    over = join(services, clock, "eve").secret
    services.people.end_all("eve")
    for guess in range(70):
        web.secret = f"a-guess-{guess}"
        web.get("/desk")

    inside.client.post("/desk", data={})
    web.secret = over
    web.get("/desk")

    assert refusals(services) == ["session_unknown"] * 60 + ["forged_form", "session_ended"]


def test_one_network_of_strangers_leaves_the_others_theirs_and_all_of_them_together_have_a_bound(services):
    refused = Refusals(services.parts)

    async def knock() -> None:
        for network in range(20):
            for _ in range(A_MINUTE + 1 if network == 0 else 20):
                await refused.record("link", f"/{network}", None, f"2001:db8:0:{network}::1", False)

    anyio.run(knock)

    pages = [record.data["page"] for record in records_of_refusals(services)]
    assert (pages.count("/0"), pages.count("/1"), len(pages)) == (A_MINUTE, 20, STRANGERS_A_MINUTE)


def test_a_record_of_a_refusal_says_which_page_and_who_and_nothing_that_was_typed(services, inside):
    inside.get("/desk/decide/secret-thing?name=Odalys")

    with services.parts.store.transaction() as session:
        row = session.scalars(select(AuditRecord).where(AuditRecord.action == "desk_refused")).one()

    assert (row.actor, row.data) == ("agent:mei", {"why": "right_decide", "page": "/desk/decide/{id}"})


# Rights and bounds


@pytest.mark.parametrize("role", PERSON_ROLES)
def test_a_page_is_for_those_alone_who_have_the_right(services, clock, role):
    join(services, clock, "ruth", "administrator", ())
    allowed = {
        "/desk/decide/7": {"supervisor"},
        "/desk/people": {"administrator"},
        "/desk/people/ruth": {"administrator"},
    }
    with browser(services, join(services, clock, "lan", role)) as there:
        for page, roles in allowed.items():
            before = len(refusals(services))

            status = there.get(page).status_code

            assert status == (200 if role in roles else 403)
            assert len(refusals(services)) == before + (role not in roles)


@pytest.mark.parametrize("role", ["agent", "supervisor", "trainer", "auditor"])
def test_nobody_but_administrators_changes_people(services, clock, ruth, role):
    with browser(services, join(services, clock, "lan", role)) as there:
        token = there.token("/desk/account")
        for path, fields in {
            "/desk/people": {"login": "new", "name": "New", "role": "administrator"},
            "/desk/people/lan/change": {"name": "Lan", "role": "administrator"},
            "/desk/people/ruth/leave": {},
            "/desk/people/ruth/link": {},
            "/desk/people/ruth/sessions": {},
        }.items():
            assert there.client.post(path, data={"csrf": token, **fields}).status_code == 403

    assert [(who.login, who.role, who.left) for who in services.people.all()] == [
        ("lan", role, False),
        ("ruth", "administrator", False),
    ]
    assert refusals(services) == ["right_people"] * 5


@pytest.mark.parametrize("page", ["/desk", "/desk/sign-in", "/desk/join/x", "/desk/nothing", "/desk/account"])
def test_every_answer_carries_the_headers_that_protect_it(services, inside, page):
    for there in (inside.get(page), inside.client.post(page, data={})):
        policy = there.headers["Content-Security-Policy"]
        assert "default-src 'self'" in policy
        assert "frame-ancestors 'none'" in policy
        assert "unsafe" not in policy
        assert there.headers["X-Content-Type-Options"] == "nosniff"
        assert there.headers["X-Frame-Options"] == "DENY"
        assert there.headers["Referrer-Policy"] == "same-origin"
        assert there.headers["Cache-Control"] == "no-store"


def test_no_page_has_a_script_or_style_within(services, inside, ruth):
    token = services.people.invite("mei")
    pages = [inside.get(page).text for page in ("/desk/account", "/desk/sign-in", f"/desk/join/{token}")]
    with browser(services, ruth) as there:
        pages += [there.get(page).text for page in ("/desk/people", "/desk/people/mei")]

    for page in pages:
        assert not re.search(r"<script(?![^>]*\ssrc=)|<style|\sstyle=|\son[a-z]+=|javascript:|data:", page)


@pytest.mark.parametrize("page", ["/desk/sign-in", "/desk/join/x", "/desk"])
def test_a_body_beyond_measure_is_refused(services, web, inside, page):
    there = inside if page == "/desk" else web
    size = 13 * 1024 * 1024 if page == "/desk" else 70_000

    assert there.client.post(page, content=b"a" * size, headers={"X-CSRF": "x"}).status_code in (403, 413)
    answer = there.client.post(
        page, content=b"csrf=" + b"a" * size, headers={"Content-Type": "application/x-www-form-urlencoded"}
    )
    assert answer.status_code == 413


def test_the_chats_headers_leave_stricter_ones_alone(services, words):
    desk = doors(services)
    chat = WebChat(services, Router(services, FakeDialogue(), words), lambda: None)
    with TestClient(chat.app([Route("/desk/{path:path}", desk)])) as client:
        answer = client.get("/desk/sign-in")

    assert answer.headers["Referrer-Policy"] == "same-origin"


# Joining


def test_where_the_company_alone_signs_people_in_nobody_is_given_a_link(open_home, peopled_ledger, clock):
    services = open_home(peopled_ledger, oidc_only=True)
    ruth = join(services, clock, "ruth", "administrator", (), "Ruth Oyelaran")
    with browser(services) as there:
        there.secret = ruth.secret
        added = there.send("/desk/people", login="mei@bank.example", name="Mei Castellane", role="agent").text
        one = there.get("/desk/people/mei@bank.example").text

    assert "/desk/join/" not in added + one
    assert "No link is needed" in added
    assert "Make a one-time link" not in one


def test_somebody_joins_by_their_link_and_is_inside(services, web, clock):
    token = services.people.add("mei", "Mei Castellane", "agent", ["general"])
    page = web.get(f"/desk/join/{token}")
    secret = re.search(r'<p class="mono">([A-Z2-7 ]+)</p>', page.text)[1].replace(" ", "")
    member = Member(services, clock, "mei", secret, "")

    answer = web.send(f"/desk/join/{token}", password=PASSWORD, again=PASSWORD, code=member.code())

    assert (answer.status_code, answer.headers["Location"]) == (303, "/desk")
    assert web.get("/desk").text == "hello mei"
    assert web.get(f"/desk/join/{token}").status_code == 404


def test_the_qr_code_holds_the_secret_of_the_link(services, web):
    token = services.people.add("mei", "Mei Castellane", "agent")
    invited = services.people.invited(token)

    size, path = qr_path(invited.otpauth)

    page = web.get(f"/desk/join/{token}").text
    assert f'viewBox="0 0 {size} {size}"' in page
    assert path in page
    assert path != qr_path(invited.otpauth.replace("mei", "eve"))[1]


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({"again": "something else entirely"}, "not the same"),
        ({"password": "short", "again": "short"}, "at least 12"),
        ({"password": "password1234", "again": "password1234"}, "guessed"),
        ({"code": "000000"}, "counts now"),
        ({"code": ""}, "counts now"),
    ],
)
def test_what_is_wrong_with_joining_is_said_and_the_link_stays_good(services, web, clock, fields, said):
    token = services.people.add("mei", "Mei Castellane", "agent")
    member = Member(services, clock, "mei", services.people.invited(token).secret, "")

    answer = web.send(
        f"/desk/join/{token}", **{"password": PASSWORD, "again": PASSWORD, "code": member.code(), **fields}
    )

    assert answer.status_code == 422
    assert said in answer.text
    assert PASSWORD not in answer.text
    assert services.people.invited(token)


@pytest.mark.parametrize("state", ["used", "expired", "replaced", "unknown", "left"])
def test_a_link_that_is_no_good_says_the_same_whatever_is_wrong_with_it(services, web, clock, ruth, state):
    token = services.people.add("mei", "Mei Castellane", "agent")
    if state == "used":
        member = Member(services, clock, "mei", services.people.invited(token).secret, "")
        services.people.join(token, PASSWORD, member.code())
    elif state == "expired":
        clock.passes(hours=48)
    elif state == "replaced":
        services.people.invite("mei")
    elif state == "left":
        services.people.leave(ruth.actor, "mei")
    else:
        token = "unknown"

    answer = web.get(f"/desk/join/{token}")

    assert answer.status_code == 404
    assert "no longer works" in answer.text
    assert "Mei" not in answer.text
    assert refusals(services) == ["link"]


def test_a_forged_joining_is_refused(services, web, clock):
    token = services.people.add("mei", "Mei Castellane", "agent")
    member = Member(services, clock, "mei", services.people.invited(token).secret, "")

    answer = web.client.post(
        f"/desk/join/{token}", data={"password": PASSWORD, "again": PASSWORD, "code": member.code()}
    )

    assert answer.status_code == 403
    assert services.people.invited(token)


# One's own account


def test_somebody_changes_language_and_availability(services, inside, mei):
    inside.send("/desk/account", "/desk/account/language", language="zh-Hans")
    inside.send("/desk/account", "/desk/account/availability", available="no")

    assert (mei.actor.language, mei.actor.available) == ("zh-Hans", False)
    assert "我的账户" in inside.get("/desk/account").text
    inside.send("/desk/account", "/desk/account/availability", available="yes")
    assert mei.actor.available


def test_a_language_that_the_desk_does_not_speak_is_refused(services, inside, mei):
    assert inside.send("/desk/account", "/desk/account/language", language="tlh").status_code == 422
    assert mei.actor.language == "en"


def test_somebody_ends_another_session_of_theirs_and_none_of_anybody_else(services, inside, mei, clock):
    eve = join(services, clock, "eve")
    (foreign,) = services.people.sessions(eve.actor)
    own = next(s for s in services.people.sessions(mei.actor, inside.secret) if not s.present)

    inside.send("/desk/account", "/desk/account/session", session=str(own.id))
    inside.send("/desk/account", "/desk/account/session", session=str(foreign.id))
    inside.send("/desk/account", "/desk/account/session", session="x")

    assert services.people.who(mei.secret) is None
    assert services.people.who(eve.secret)
    assert inside.get("/desk").status_code == 200


@pytest.mark.parametrize(
    ("agent", "name"),
    [
        (
            "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0 Safari/537.36",
            "Chrome, Linux",
        ),
        ("Mozilla/5.0 (Windows NT 10.0) AppleWebKit/537.36 Chrome/140.0 Safari/537.36 Edg/140.0", "Edge, Windows"),
        ("Mozilla/5.0 (Android 15; Mobile; rv:140.0) Gecko/140.0 Firefox/140.0", "Firefox, Android"),
        ("Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) Version/18.0 Safari/604.1", "Safari, iPhone"),
        ("curl/8 <script>", "curl/8 &lt;script&gt;"),
    ],
)
def test_sessions_are_told_apart_by_browser_and_system(web, mei, agent, name):
    web.client.headers["User-Agent"] = agent
    web.sign_in(mei)

    assert f">{name} <span" in web.get("/desk/account").text


def test_somebody_signs_out_everywhere(services, inside, mei):
    inside.send("/desk/account", "/desk/account/sessions")

    assert services.people.sessions(mei.actor) == []
    assert inside.get("/desk").status_code == 303


def test_somebody_gets_a_code_that_binds_telegram(services, inside, mei):
    page = inside.send("/desk/account", "/desk/account/telegram").text

    code = re.search(r'id="telegram-code">/desk ([\w-]+)<', page)[1]
    assert services.people.bind_telegram(code, 4711).login == "mei"
    inside.send("/desk/account", "/desk/account/unbind")
    assert services.people.by_telegram(4711) is None


def test_an_act_that_is_none_does_nothing(inside):
    assert inside.send("/desk/account", "/desk/account/explode").status_code == 404


# People


@pytest.fixture
def office(services, ruth):
    with browser(services, ruth) as there:
        yield there


def test_an_administrator_adds_somebody_and_gets_their_link_once(services, office):
    page = office.send(
        "/desk/people",
        login="lan",
        name="Lan & Wei",
        role="supervisor",
        teams=["care", "chinese"],
        language="zh-Hans",
    ).text

    link = re.search(r'id="link">(http://127.0.0.1:8000/desk/join/([\w-]+))<', page)
    assert services.people.invited(link[2]).login == "lan"
    assert "Lan &amp; Wei" in page
    assert link[2] not in office.get("/desk/people").text
    (lan,) = [who for who in services.people.all() if who.login == "lan"]
    assert (lan.role, lan.teams, lan.language) == ("supervisor", ("care", "chinese"), "zh-Hans")


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({"login": "ruth"}, "already"),
        ({"login": "no login"}, "cannot be a login"),
        ({"name": " "}, "1 to 120"),
        ({"name": "Lan <b>Wei</b>"}, "markup"),
        ({"role": "king"}, "no such role"),
        ({"teams": "nowhere"}, "no such team"),
    ],
)
def test_what_cannot_be_added_is_said_and_nothing_is(services, office, fields, said):
    answer = office.send("/desk/people", **{"login": "lan", "name": "Lan", "role": "agent", "language": "en", **fields})

    assert answer.status_code == 422
    assert said in answer.text
    assert [who.login for who in services.people.all()] == ["ruth"]


def test_an_administrator_changes_somebody(services, office, mei):
    office.send(
        "/desk/people/mei", "/desk/people/mei/change", name="Mei C.", role="auditor", teams="care", language="en"
    )

    assert (mei.actor.name, mei.actor.role, mei.actor.teams) == ("Mei C.", "auditor", {"care"})


def test_the_last_administrator_cannot_go_on_the_page_either(services, office, ruth):
    for act, fields in {"leave": {}, "change": {"name": "Ruth", "role": "agent", "language": "en"}}.items():
        answer = office.send("/desk/people/ruth", f"/desk/people/ruth/{act}", **fields)
        assert answer.status_code == 422

    assert ruth.actor.role == "administrator"


def test_an_administrator_ends_sessions_makes_links_and_takes_access_away(services, office, mei):
    page = office.send("/desk/people/mei", "/desk/people/mei/link").text
    assert services.people.invited(re.search(r"/desk/join/([\w-]+)<", page)[1]).login == "mei"
    assert services.people.who(mei.secret)

    office.send("/desk/people/mei", "/desk/people/mei/sessions")
    assert services.people.who(mei.secret) is None

    office.send("/desk/people/mei", "/desk/people/mei/leave")
    assert [who.left for who in services.people.all() if who.login == "mei"] == [True]


@pytest.mark.parametrize("path", ["/desk/people/nobody", "/desk/people/%3Cscript%3E"])
def test_whoever_is_not_there_is_not_found(office, path):
    assert office.get(path).status_code == 404
    assert "<script>" not in office.get(path).text
    assert office.send("/desk/people", f"{path}/leave").status_code == 404


# Streams


@pytest.mark.anyio
@pytest.mark.parametrize("change", ["ended", "team", None])
async def test_a_stream_ends_with_its_session_and_with_a_change_of_what_may_be_seen(services, mei, ruth, change):
    cookie = f"accord_desk={mei.secret}".encode()
    asked = Request({"type": "http", "app": doors(services), "headers": [(b"cookie", cookie)]})
    asked.state.actor = mei.actor
    closed = []

    async def events():
        try:
            yield "ready"
            if change is None:
                yield "changed"
                return
            await anyio.sleep(60)
        finally:
            closed.append(True)

    heard = []
    with anyio.fail_after(10):
        async for event in while_signed_in(asked, events(), every=0.05):
            heard.append(event)
            if change == "ended":
                services.people.end_all("mei")
            elif change == "team":
                services.people.change(ruth.actor, "mei", teams=["care"])

    assert heard == (["ready"] if change else ["ready", "changed"])
    assert closed
