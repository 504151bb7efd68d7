"""Takes the pictures in docs/ from the running program: `make screenshots`."""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from scripts import desk_screenshots  # noqa: E402
from tests.browser import browser, conversation_of, write  # noqa: E402
from tests.stack import Stack  # noqa: E402

PICTURES = ROOT / "docs" / "pictures"
CONVERSATIONS = {
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
    """Plays each conversation on a phone's screen and on a desk's, in a ledger of its own."""
    PICTURES.mkdir(parents=True, exist_ok=True)
    for name, (locale, lines) in CONVERSATIONS.items():
        for suffix, size in {"phone": (390, 1480), "desk": (1100, 820)}.items():
            with tempfile.TemporaryDirectory() as folder, browser() as chromium:
                stack = Stack(Path(folder))
                stack.start()
                try:
                    context = chromium.new_context(
                        viewport={"width": size[0], "height": size[1]}, locale=locale, device_scale_factor=2
                    )
                    page = context.new_page()
                    page.goto(stack.url)
                    page.wait_for_selector("#message")
                    for line in lines:
                        write(page, line or stack.passcode(conversation_of(page)) or "")
                        page.wait_for_timeout(400)
                    page.wait_for_timeout(600)
                    page.screenshot(path=PICTURES / f"{name}-{suffix}.png")
                finally:
                    stack.stop()
            print(f"docs/pictures/{name}-{suffix}.png")
    with browser() as chromium:
        desk_screenshots.take_all(chromium, PICTURES)


if __name__ == "__main__":
    main()
