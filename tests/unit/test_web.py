"""The web chat: requests that are checked, conversations that need their secret, cookies that scripts cannot read."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from starlette.testclient import TestClient

from bot.channels.router import Router
from bot.channels.web import WebChat
from tests.unit.desk_cases import audited
from tests.unit.fakes import FakeDialogue


@pytest.fixture
def health() -> dict[str, str]:
    return {"dialogue": "ok", "store": "ok"}


@pytest.fixture
def web(services, words, health) -> Iterator[TestClient]:
    async def check() -> dict[str, str]:
        return health

    app = WebChat(services, Router(services, FakeDialogue(), words), check).app()
    with TestClient(app, raise_server_exceptions=False) as client:
        yield client


def test_a_message_is_answered_and_the_first_answer_brings_the_secret(web):
    answer = web.post("/api/chat", json={"conversation": "c1", "text": "hello there"})

    body = answer.json()
    assert answer.status_code == 200
    assert body["messages"][0]["text"].startswith("Hello")
    assert (body["language"], len(body["token"]) >= 32) == ("en", True)


def test_the_cookie_is_out_of_reach_for_scripts_and_other_sites(web):
    answer = web.post("/api/chat", json={"conversation": "c1", "text": "hello there"})

    cookie = answer.headers["set-cookie"].lower()
    assert "httponly" in cookie
    assert "samesite=strict" in cookie
    assert "secure" not in cookie


def test_behind_tls_the_cookie_is_for_https_alone(open_home, words):
    services = open_home(secure_cookies=True)
    app = WebChat(services, Router(services, FakeDialogue(), words), lambda: None).app()

    answer = TestClient(app).post("/api/chat", json={"conversation": "c1", "text": "hello there"})

    assert "secure" in answer.headers["set-cookie"].lower()


def test_the_cookie_opens_the_conversation_again(web):
    web.post("/api/chat", json={"conversation": "c1", "text": "hello there"})

    answer = web.post("/api/chat", json={"conversation": "c1", "text": "and again"})

    assert answer.status_code == 200
    assert "token" not in answer.json()


def test_a_program_may_bring_the_token_itself(web):
    token = web.post("/api/chat", json={"conversation": "c1", "text": "hello there"}).json()["token"]
    web.cookies.clear()

    answer = web.post("/api/chat", json={"conversation": "c1", "text": "and again", "token": token})

    assert answer.status_code == 200


@pytest.mark.parametrize("token", [None, "a guess", "", 7, ["x"], {"a": 1}])
def test_nobody_else_gets_a_word(web, token):
    web.post("/api/chat", json={"conversation": "c1", "text": "I am Odalys"})
    web.cookies.clear()

    answer = web.post("/api/chat", json={"conversation": "c1", "text": "who is this?", "token": token})

    assert answer.status_code == 401
    assert "Odalys" not in answer.text


@pytest.mark.parametrize("path", ["/api/chat/c1/history", "/api/chat/c1/events", "/api/chat/never/history"])
def test_history_and_events_need_the_secret_whether_or_not_there_is_a_conversation(web, path):
    web.post("/api/chat", json={"conversation": "c1", "text": "I am Odalys"})
    web.cookies.clear()

    answer = web.get(path)

    assert answer.status_code == 401
    assert answer.json() == {"error": "This conversation needs its own secret."}


def test_whoever_asks_for_the_conversation_of_somebody_else_is_recorded(web, services, clock):
    web.post("/api/chat", json={"conversation": "c1", "text": "I am Odalys"})
    web.cookies.clear()

    web.post("/api/chat", json={"conversation": "c1", "text": "who is this?"})
    web.get("/api/chat/c1/events")
    web.get("/api/chat/never/history")

    records = audited(services, "chat_refused")
    assert [(record.subject, record.data["why"]) for record in records] == [
        ("c1", "secret"),
        ("c1", "secret"),
        ("-", "unknown"),
    ]
    assert records[1].data["page"] == "/api/chat/{conversation}/events"


def test_so_many_refusals_are_recorded_a_minute_and_no_more(web, services, clock):
    for _ in range(70):
        web.get("/api/chat/never/history")
    clock.passes(seconds=61)
    web.get("/api/chat/never/history")

    assert len(audited(services, "chat_refused")) == 61


def test_history_tells_its_owner_what_was_said(web):
    web.post("/api/chat", json={"conversation": "c1", "text": "hello there"})

    (turn,) = web.get("/api/chat/c1/history").json()["turns"]

    assert turn["text"] == "hello there"
    assert turn["messages"][0]["text"]


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"conversation": "c1"},
        {"text": "hello"},
        {"conversation": "", "text": "hello"},
        {"conversation": "c" * 129, "text": "hello"},
        {"conversation": 7, "text": "hello"},
        {"conversation": ["c1"], "text": "hello"},
        {"conversation": "c\u0000", "text": "hello"},
        {"conversation": "c\n1", "text": "hello"},
        {"conversation": "c1", "text": 7},
        {"conversation": "c1", "text": None},
        {"conversation": "c1", "text": ["hello"]},
        {"conversation": "c1", "button": 7},
        {"conversation": "c1", "text": "hello", "button": "b_1"},
        {"conversation": "c1", "text": "hello", "message_id": 7},
        {"conversation": "c1", "text": "hello", "message_id": "m" * 129},
        {"conversation": "c1", "text": "hello", "message_id": {"a": 1}},
    ],
)
def test_a_body_that_cannot_be_is_refused_with_what_would_be_right(web, services, body):
    answer = web.post("/api/chat", json=body)

    assert answer.status_code == 422
    assert answer.json()["error"]
    assert not services.conversations.exists("c1")


@pytest.mark.parametrize(
    "raw",
    [b"", b"hello", b"[]", b'"hello"', b"null", b"{", b"\xff\xfe\xfd", b"[" * 30_000, b'{"a": ' + b"9" * 5000 + b"}"],
)
def test_what_is_no_json_object_is_refused(web, raw):
    answer = web.post("/api/chat", content=raw)

    assert answer.status_code == 422


def test_a_body_too_large_is_refused(web):
    answer = web.post("/api/chat", json={"conversation": "c1", "text": "a" * 70_000})

    assert answer.status_code == 422
    assert "at most" in answer.json()["error"]


@pytest.mark.parametrize(
    "body",
    [
        '{"conversation": "c1", "text": "\\ud800 hello there"}',
        '{"conversation": "c1", "text": "hello", "message_id": "\\ud800"}',
        '{"conversation": "c1", "text": "again", "token": "\\ud800"}',
        '{"conversation": "c1", "button": "\\ud800"}',
        '{"conversation": "c1", "text": "hello", "message_id": "a\\u0000b"}',
        '{"conversation": "\\ud800", "text": "hello"}',
    ],
)
def test_half_a_character_never_breaks_the_service(web, body):
    web.post("/api/chat", json={"conversation": "c1", "text": "hello there"})

    answer = web.post("/api/chat", content=body, headers={"Content-Type": "application/json"})

    assert answer.status_code in (200, 401, 422)


def test_the_same_message_id_gives_the_same_answer(web):
    body = {"conversation": "c1", "text": "hello there", "message_id": "m-1"}
    first = web.post("/api/chat", json=body).json()["messages"]

    again = web.post("/api/chat", json=body).json()["messages"]

    assert again == first


@pytest.mark.parametrize("name", ["c1; Path=/", "会话一", 'a"b', "a=b,c", "../../etc/passwd"])
def test_any_printable_id_is_a_conversation(web, name):
    first = web.post("/api/chat", json={"conversation": name, "text": "hello there"})

    second = web.post("/api/chat", json={"conversation": name, "text": "and again"})

    assert (first.status_code, second.status_code) == (200, 200)


def test_health_is_well_when_every_part_is(web):
    answer = web.get("/health")

    assert (answer.status_code, answer.json()["status"]) == (200, "ok")


def test_health_names_the_part_that_is_not_ready(web, health):
    health["dialogue"] = "starting"

    answer = web.get("/health")

    assert answer.status_code == 503
    assert answer.json()["parts"]["dialogue"] == "starting"


@pytest.mark.parametrize("path", ["/", "/health", "/api/chat/c1/history", "/static/chat.js"])
def test_every_answer_carries_the_security_headers(web, path):
    answer = web.get(path)

    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert "default-src 'self'" in answer.headers["Content-Security-Policy"]


@pytest.mark.parametrize("path", ["/static/../web.py", "/static/%2e%2e/web.py", "/static/..%2frouter.py"])
def test_nothing_outside_of_the_page_is_served(web, path):
    answer = web.get(path)

    assert answer.status_code == 404


def test_a_ledger_that_fails_is_a_sentence_too(web, services, monkeypatch):
    def out_of_reach(*_):
        raise OSError("the disk is gone")

    monkeypatch.setattr(services.conversations, "claim", out_of_reach)

    answer = web.post("/api/chat", json={"conversation": "c1", "text": "你好，我想分期还款"})

    assert answer.status_code == 503
    assert "出了点问题" in answer.json()["error"]
