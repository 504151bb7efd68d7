"""The company's own sign-in, against a provider that answers over HTTP: who comes in, and every way of lying."""

from __future__ import annotations

import base64
import json
from collections.abc import Iterator
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest
from joserfc.jwk import RSAKey
from sqlalchemy import select

from bot.store.tables import AuditRecord
from tests.desk.oidc_provider import CLIENT, SECRET, Provider, served
from tests.unit.desk_doors import Browser, browser
from tests.unit.desk_people import join

MEI = {"sub": "17", "email": "mei@bank.test", "email_verified": True, "preferred_username": "mcastellane"}


@pytest.fixture
def provider(clock) -> Iterator[Provider]:
    with served(Provider(clock, person=dict(MEI))) as there:
        yield there


@pytest.fixture
def services(open_home, peopled_ledger, provider):
    opened = open_home(peopled_ledger, oidc_issuer=provider.issuer, oidc_client_id=CLIENT, oidc_client_secret=SECRET)
    opened.people.add("mei@bank.test", "Mei Castellane", "agent", ["general"])
    return opened


@pytest.fixture
def web(services) -> Iterator[Browser]:
    with browser(services) as there:
        yield there


def leave_for(web: Browser, wanted: str = "") -> str:
    """Goes to the company's sign-in and lets it send the browser back; returns the address of its way back."""
    begun = web.get(f"/desk/oidc{f'?next={wanted}' if wanted else ''}")
    assert begun.status_code == 303
    back = httpx.get(begun.headers["Location"], follow_redirects=False)
    assert back.status_code == 302, back.text
    place = urlsplit(back.headers["Location"])
    return f"{place.path}?{place.query}"


def come_in(web: Browser, wanted: str = ""):
    return web.get(leave_for(web, wanted))


def refused(services) -> list[str]:
    with services.parts.store.transaction() as session:
        rows = session.scalars(
            select(AuditRecord).where(AuditRecord.action == "desk_refused").order_by(AuditRecord.seq)
        )
        return [row.data["why"] for row in rows]


def nobody_came_in(services, web: Browser, answer, status: int = 403) -> None:
    assert answer.status_code == status
    assert web.secret is None
    assert web.get("/desk").status_code == 303
    with services.parts.store.transaction() as session:
        assert not session.scalars(select(AuditRecord).where(AuditRecord.action == "signed_in")).all()


def test_whoever_was_added_comes_in(services, web):
    answer = come_in(web, "/desk/decide/7")

    assert (answer.status_code, answer.headers["Location"]) == (303, "/desk/decide/7")
    assert web.get("/desk").text == "hello mei@bank.test"
    assert "accord_desk_openid" not in web.client.cookies


def test_who_they_are_is_by_their_subject_from_then_on(services, web, provider):
    come_in(web)
    provider.person["email"] = "married@bank.test"

    with browser(services) as another:
        assert come_in(another).status_code == 303
        assert another.get("/desk").text == "hello mei@bank.test"


def test_another_subject_with_the_same_address_stays_outside(services, web, provider):
    come_in(web)
    provider.person["sub"] = "99"

    with browser(services) as another:
        answer = come_in(another)
        assert (answer.status_code, another.secret) == (403, None)

    assert refused(services) == ["openid_stranger"]


def test_a_stranger_stays_outside_and_is_told_why(services, web, provider):
    provider.person = {"sub": "5", "email": "stranger@bank.test", "email_verified": True}

    answer = come_in(web)

    nobody_came_in(services, web, answer)
    assert "nobody has added you" in answer.text
    assert [who.login for who in services.people.all()] == ["mei@bank.test"]


def test_whoever_left_stays_outside(services, web, clock):
    ruth = join(services, clock, "ruth", "administrator", ())
    come_in(web)
    services.people.leave(ruth.actor, "mei@bank.test")

    with browser(services) as another:
        assert come_in(another).status_code == 403


@pytest.mark.parametrize("verified", [False, None, "true"])
def test_an_address_that_nobody_checked_names_nobody(services, web, provider, verified):
    provider.person["email_verified"] = verified

    nobody_came_in(services, web, come_in(web))


def test_another_claim_may_name_the_login(open_home, peopled_ledger, provider):
    services = open_home(
        peopled_ledger,
        oidc_issuer=provider.issuer,
        oidc_client_id=CLIENT,
        oidc_client_secret=SECRET,
        oidc_login_claim="preferred_username",
    )
    services.people.add("mcastellane", "Mei", "agent")

    with browser(services) as web:
        come_in(web)
        assert web.get("/desk").text == "hello mcastellane"


def test_what_the_token_leaves_out_is_asked_of_the_provider(services, web, provider):
    provider.thin = True

    assert come_in(web).status_code == 303


@pytest.mark.parametrize(
    "lie",
    [
        {"nonce": "another nonce"},
        {"nonce": None},
        {"aud": "another program"},
        {"aud": ["another program"]},
        {"aud": None},
        {"aud": [CLIENT, "another program"]},
        {"azp": "another program"},
        {"iss": "https://evil.test"},
        {"iss": None},
        {"exp": 0},
        {"exp": None},
        {"exp": "tomorrow"},
        {"iat": None},
        {"iat": 4_000_000_000},
        {"nbf": 4_000_000_000},
        {"sub": None},
        {"sub": ""},
        {"sub": 17},
    ],
)
def test_a_token_that_does_not_hold_lets_nobody_in(services, web, provider, lie):
    provider.lies = lie

    nobody_came_in(services, web, come_in(web))
    assert refused(services) in (["openid_token"], ["openid_subject"])


def test_several_audiences_hold_where_this_program_is_the_authorised_one(services, web, provider):
    provider.lies = {"aud": [CLIENT, "another program"], "azp": CLIENT}

    assert come_in(web).status_code == 303


def test_a_token_of_a_minute_ago_holds_and_an_older_one_does_not(services, web, provider, clock):
    now = int(clock().timestamp())
    provider.lies = {"exp": now - 61}
    nobody_came_in(services, web, come_in(web))

    provider.lies = {"exp": now - 30}
    assert come_in(web).status_code == 303


def test_a_signature_with_a_foreign_key_lets_nobody_in(services, web, provider):
    provider.signs_with = RSAKey.generate_key(2048, {"kid": "first"})

    nobody_came_in(services, web, come_in(web))
    assert refused(services) == ["openid_token"]


def test_no_signature_at_all_lets_nobody_in(services, web, provider):
    provider.algorithm = "none"

    nobody_came_in(services, web, come_in(web))


@pytest.mark.parametrize("secret", ["public key", "client secret"])
def test_what_everybody_or_the_client_knows_is_no_key(services, web, provider, secret):
    provider.signs_with = provider.key.as_pem(private=False) if secret == "public key" else SECRET.encode()

    nobody_came_in(services, web, come_in(web))


def test_keys_that_the_issuer_changed_are_fetched_anew(services, web, provider, clock):
    come_in(web)
    provider.key = RSAKey.generate_key(2048, {"kid": "second", "use": "sig"})
    clock.passes(minutes=1)

    assert come_in(web).status_code == 303
    assert provider.keys_fetched == 2


def test_keys_are_not_fetched_again_for_every_bad_token(services, web, provider, clock):
    come_in(web)
    provider.signs_with = RSAKey.generate_key(2048, {"kid": "unknown"})

    assert [come_in(web).status_code for _ in range(5)] == [403] * 5
    assert provider.keys_fetched == 1
    clock.passes(minutes=1)
    assert [come_in(web).status_code for _ in range(5)] == [403] * 5
    assert provider.keys_fetched == 2


def altered(address: str, **changes: str | None) -> str:
    place = urlsplit(address)
    query = {name: values[0] for name, values in parse_qs(place.query).items()}
    query = {name: value for name, value in {**query, **changes}.items() if value is not None}
    return f"{place.path}?{httpx.QueryParams(query)}"


@pytest.mark.parametrize("changes", [{"state": "another state"}, {"state": None}, {"state": "é"}])
def test_an_answer_to_what_was_not_asked_lets_nobody_in(services, web, changes):
    answer = web.get(altered(leave_for(web), **changes))

    nobody_came_in(services, web, answer)
    assert refused(services) == ["openid_state"]


def test_an_answer_in_a_browser_that_did_not_ask_lets_nobody_in(services, web):
    """Somebody else's answer cannot be slipped to a person, who would then work under a foreign name."""
    stolen = leave_for(web)

    with browser(services) as victim:
        answer = victim.get(stolen)
        assert (answer.status_code, victim.secret) == (403, None)


def test_an_answer_for_another_sign_in_of_the_same_browser_lets_nobody_in(services, web):
    first = leave_for(web)
    leave_for(web)

    nobody_came_in(services, web, web.get(first))


def test_an_answer_counts_once(services, web):
    address = leave_for(web)
    cookie = web.client.cookies["accord_desk_openid"]
    assert web.get(address).status_code == 303

    with browser(services) as another:
        another.client.cookies.set("accord_desk_openid", cookie, path="/desk/oidc")
        assert another.get(address).status_code == 403


def test_a_sign_in_that_takes_too_long_begins_anew(services, web, clock):
    address = leave_for(web)
    clock.passes(minutes=10)

    nobody_came_in(services, web, web.get(address))
    assert refused(services) == ["openid_expired"]


@pytest.mark.parametrize("cookie", ["", "x", "é".encode().hex(), "AAAA", "a" * 4000])
def test_a_cookie_that_was_made_up_lets_nobody_in(services, web, cookie):
    address = leave_for(web)
    web.client.cookies.delete("accord_desk_openid")
    web.client.cookies.set("accord_desk_openid", cookie, path="/desk/oidc")

    nobody_came_in(services, web, web.get(address))


def test_the_cookie_can_neither_be_read_nor_changed(services, web):
    leave_for(web, "/desk/decide/7")
    cookie = web.client.cookies["accord_desk_openid"]
    raw = base64.urlsafe_b64decode(cookie + "=" * (-len(cookie) % 4)).decode()
    assert "decide" not in raw
    assert "decide" not in base64.b64decode(raw.partition(".")[2]).decode("latin-1")

    address = leave_for(web)
    cookie = web.client.cookies["accord_desk_openid"]
    middle = len(cookie) // 2
    changed = cookie[:middle] + ("A" if cookie[middle] != "A" else "B") + cookie[middle + 1 :]
    web.client.cookies.delete("accord_desk_openid")
    web.client.cookies.set("accord_desk_openid", changed, path="/desk/oidc")

    nobody_came_in(services, web, web.get(address))


def test_a_code_that_was_stolen_is_worth_nothing_without_the_verifier(services, web, provider):
    """The provider takes the code for the verifier of this browser alone (PKCE)."""
    mine, theirs = leave_for(web), ""
    with browser(services) as other:
        theirs = leave_for(other)
    code = parse_qs(urlsplit(theirs).query)["code"][0]
    web.get("/desk/sign-in")

    nobody_came_in(services, web, web.get(altered(mine, code=code)))
    assert refused(services) == ["openid_refused"]


def test_nothing_secret_goes_through_the_address(services, web, provider):
    leave_for(web)

    (asked,) = provider.asked
    assert SECRET not in json.dumps(asked)
    assert "code_verifier" not in asked
    assert asked["scope"] == "openid email profile"


def test_an_answer_of_another_issuer_lets_nobody_in(services, web, provider):
    provider.answers_as = "https://evil.test"

    nobody_came_in(services, web, come_in(web))
    assert refused(services) == ["openid_issuer"]


def test_whoever_says_no_there_is_back_at_the_sign_in(services, web, provider):
    provider.refuses = "access_denied"

    nobody_came_in(services, web, come_in(web))


@pytest.mark.parametrize(
    "lie",
    [
        {"issuer": "https://evil.test"},
        {"token_endpoint": "http://evil.test/token"},
        {"authorization_endpoint": "javascript:alert(1)"},
        {"jwks_uri": None},
        {"jwks_uri": "http://[::1/"},
    ],
)
def test_an_issuer_that_names_itself_otherwise_or_goes_without_tls_is_not_asked(services, web, provider, lie):
    provider.metadata_lies = lie

    answer = web.get("/desk/oidc")

    assert answer.status_code == 502
    assert refused(services) == ["openid_issuer"]


def test_a_provider_that_is_down_is_told_in_a_sentence(open_home, peopled_ledger):
    services = open_home(peopled_ledger, oidc_issuer="http://127.0.0.1:9", oidc_client_id=CLIENT)

    with browser(services) as web:
        answer = web.get("/desk/oidc")

    assert answer.status_code == 502
    assert "cannot be reached" in answer.text


def test_the_way_back_leads_to_pages_of_the_desk_alone(services, web):
    assert come_in(web, "https://evil.test/").headers["Location"] == "/desk"


def test_a_session_of_before_ends(services, web, clock):
    eve = join(services, clock, "eve")
    address = leave_for(web)
    web.secret = eve.secret

    web.get(address)

    assert services.people.who(eve.secret) is None


def test_without_a_provider_there_is_no_such_way(open_home, peopled_ledger):
    services = open_home(peopled_ledger)

    with browser(services) as web:
        assert web.get("/desk/oidc").status_code == 404
        assert web.get("/desk/oidc/back?code=1&state=1").status_code == 404
        assert "/desk/oidc" not in web.get("/desk/sign-in").text


def test_where_there_is_nothing_but_the_companys_sign_in_no_password_counts(open_home, peopled_ledger, provider, clock):
    services = open_home(peopled_ledger, oidc_issuer=provider.issuer, oidc_client_id=CLIENT, oidc_only=True)
    mei = join(services, clock)
    link = services.people.add("eve", "Eve", "agent")

    with browser(services) as web:
        page = web.get("/desk/sign-in").text
        assert "/desk/oidc" in page
        assert 'type="password"' not in page
        assert web.get(f"/desk/join/{link}").status_code == 403
        clock.passes(seconds=30)
        cookie = web.client.cookies["accord_desk_form"]
        token = services.parts.store.keyring.keyed_hash(cookie, "desk form of a visitor")
        given = {"csrf": token, "login": "mei", "password": mei.password, "code": mei.code()}
        assert web.client.post("/desk/sign-in", data=given).status_code == 403
        assert web.secret is None
    assert refused(services) == ["right_password", "right_password"]
