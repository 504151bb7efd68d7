"""The desk in a real browser: the real services on a ledger of their own, served from a thread of the test."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator

import httpx
import pytest
import uvicorn
from playwright.sync_api import Browser, BrowserContext, Page

from bot.bootstrap import Services
from bot.channels.router import Router
from bot.channels.web import WebChat
from bot.desk.app import desk_routes
from bot.dialogue.words import Words
from bot.services.replies import Choice
from bot.settings import ROOT
from bot.supervisor import free_port
from tests.browser import browser
from tests.unit.conftest import (  # noqa: F401
    chat,
    clock,
    fresh_ledger,
    odalys,
    open_home,
    peopled_ledger,
    policies,
    services,
)
from tests.unit.desk_people import join
from tests.unit.fakes import FakeDialogue

PHONE = {"width": 390, "height": 844}
DESKTOP = {"width": 1280, "height": 800}
WORDS = Words(ROOT / "domain.yml")
BUTTONS = [Choice("utter_button_person", "request_human").as_json()]


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    """One browser for the tests of a file: while it is open, no other event loop can run in its thread."""
    with browser() as opened:
        yield opened


@pytest.fixture
def dialogue() -> FakeDialogue:
    """What answers borrowers: with buttons, whatever they say, until a test has it answer something else."""
    made = FakeDialogue()
    made.replies = [{"response": "utter_not_understood", "facts": {}, "choices": BUTTONS}]
    return made


@pytest.fixture
def address(services: Services, dialogue: FakeDialogue) -> Iterator[str]:  # noqa: F811
    """Where the desk and the borrowers' chat are served."""

    async def well() -> dict[str, str]:
        return {}

    port = free_port()
    web = WebChat(services, Router(services, dialogue, WORDS), well)  # type: ignore[arg-type]
    app = web.app(desk_routes(services))
    server = uvicorn.Server(uvicorn.Config(app, port=port, log_config=None, timeout_graceful_shutdown=1))
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    url = f"http://127.0.0.1:{port}"
    for _ in range(200):
        try:
            httpx.get(f"{url}/desk/sign-in")
            break
        except httpx.TransportError:
            time.sleep(0.05)
    yield url
    server.should_exit = True
    thread.join(5)


@pytest.fixture
def at_desk(chromium: Browser, services: Services, clock, address: str) -> Iterator[Callable[..., Page]]:  # noqa: F811
    """Opens a browser in which somebody is signed in; whatever it complains about fails the test."""
    contexts: list[BrowserContext] = []
    complaints: list[str] = []

    def opens(
        login: str = "mei",
        role: str = "agent",
        language: str = "en",
        dark: bool = False,
        phone: bool = False,
        script: bool = True,
    ) -> Page:
        member = join(services, clock, login, role, ("general", "chinese", "care"), login.title(), language)
        context = chromium.new_context(
            base_url=address,
            viewport=PHONE if phone else DESKTOP,
            color_scheme="dark" if dark else "light",
            reduced_motion="reduce",
            java_script_enabled=script,
        )
        context.add_cookies([{"name": "accord_desk", "value": member.secret, "url": f"{address}/desk"}])
        contexts.append(context)
        page = context.new_page()
        page.set_default_timeout(10_000)
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.on("console", lambda said: complaints.append(said.text) if "Content Security" in said.text else None)
        return page

    yield opens
    for context in contexts:
        context.close()
    assert complaints == []


@pytest.fixture
def outside(chromium: Browser, address: str) -> Iterator[Callable[..., Page]]:
    """Opens a browser in which nobody is signed in."""
    contexts: list[BrowserContext] = []

    def opens(language: str = "en", dark: bool = False, phone: bool = False) -> Page:
        context = chromium.new_context(
            base_url=address,
            viewport=PHONE if phone else DESKTOP,
            color_scheme="dark" if dark else "light",
            reduced_motion="reduce",
            locale="en-GB" if language == "en" else "zh-CN",
        )
        contexts.append(context)
        page = context.new_page()
        page.set_default_timeout(10_000)
        return page

    yield opens
    for context in contexts:
        context.close()
