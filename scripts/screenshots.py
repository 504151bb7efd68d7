"""Takes the pictures in docs/ from the running program: `make screenshots`."""

from __future__ import annotations

import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

from playwright.sync_api import Browser, ViewportSize

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from scripts import desk_screenshots  # noqa: E402
from tests.browser import browser, conversation_of, write  # noqa: E402
from tests.stack import Stack  # noqa: E402

PICTURES = ROOT / "docs" / "pictures"
SIZES: dict[str, ViewportSize] = {"phone": {"width": 390, "height": 1480}, "desk": {"width": 1100, "height": 820}}
CONVERSATIONS: dict[str, tuple[str, list[str | None]]] = {
    "chat-english": (
        "en-US",
        ["Hi, I can't pay all of it. 8840-2231, 12 May 1990", None, "could I do 160 a month?", "yes, I agree"],
    ),
    "chat-chinese": (
        "zh-CN",
        ["你好，账号 6621-0087，1992年8月3日出生", None, "先还一千五，剩下分六期", "好的，同意"],
    ),
}


def main() -> None:
    """Plays each conversation once, and shows it on a phone's screen and on a desk's, light and dark; then the desk."""
    PICTURES.mkdir(parents=True, exist_ok=True)
    with browser() as chromium:
        for name, (locale, lines) in CONVERSATIONS.items():
            with tempfile.TemporaryDirectory() as folder:
                stack = Stack(Path(folder))
                stack.start()
                try:
                    converse(chromium, stack, name, locale, lines)
                finally:
                    stack.stop()
        desk_screenshots.take_all(chromium, PICTURES)


def converse(chromium: Browser, stack: Stack, name: str, locale: str, lines: Sequence[str | None]) -> None:
    """Plays a conversation and takes its pictures. A line that is None stands for the passcode."""
    context = chromium.new_context(locale=locale, device_scale_factor=2, viewport=SIZES["phone"])
    page = context.new_page()
    page.goto(stack.url)
    page.wait_for_selector("#message")
    for line in lines:
        write(page, line or stack.passcode(conversation_of(page)) or "")
        page.wait_for_timeout(400)
    for size, viewport in SIZES.items():
        for scheme in ("light", "dark"):
            page.set_viewport_size(viewport)
            page.emulate_media(color_scheme=scheme)
            page.reload()
            page.wait_for_selector(".entry:not(.own)")
            page.wait_for_timeout(600)
            where = PICTURES / f"{name}{'-dark' if scheme == 'dark' else ''}-{size}.png"
            where.write_bytes(desk_screenshots.small(page.screenshot()))
            print(f"docs/pictures/{where.name}", flush=True)
    context.close()


if __name__ == "__main__":
    main()
