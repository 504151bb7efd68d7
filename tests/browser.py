"""A real browser for the tests and for the pictures in docs/."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import contextmanager

from playwright.sync_api import Browser, Page, sync_playwright

ARGUMENTS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]


@contextmanager
def browser() -> Iterator[Browser]:
    """Chromium from the system's packages, without a window."""
    path = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    if path is None:
        raise RuntimeError("Chromium is missing; on Debian: apt-get install chromium fonts-noto-cjk")
    with sync_playwright() as play:
        opened = play.chromium.launch(executable_path=path, args=ARGUMENTS)
        yield opened
        opened.close()


def write(page: Page, text: str, answers: int = 1) -> None:
    """Writes a message and waits until it has been answered."""
    before = page.locator(".entry:not(.own)").count()
    page.locator("#message").fill(text)
    page.locator("#message").press("Enter")
    page.wait_for_function(
        "([n]) => document.querySelectorAll('.entry:not(.own)').length >= n", arg=[before + answers], timeout=30_000
    )


def conversation_of(page: Page) -> str:
    """The id of the conversation that a page is in."""
    return str(page.evaluate("() => JSON.parse(localStorage.getItem('accord.conversation')).id"))
