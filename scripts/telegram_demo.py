"""A conversation on Telegram, without Telegram: `make telegram-demo`.

The whole program runs against the stand-in for Telegram in tests/telegram, and somebody behind on a loan reaches a plan
in it, in words and by buttons; everything is printed as they see it. With WEBHOOK=1 Telegram comes to the program.
"""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from tests.telegram.person import Person, shown  # noqa: E402
from tests.telegram.server import serving  # noqa: E402
from tests.telegram.stack import TelegramStack  # noqa: E402
from tests.telegram.world import Telegram  # noqa: E402

ACCOUNT, BORN = "8840-2231", "12 May 1990"


def play(stack: TelegramStack, person: Person) -> None:
    """From the first tap in Telegram to an agreed plan."""
    printed = 0

    def then(deed: object) -> None:
        nonlocal printed
        person.answer()
        for message in person.chat.messages[printed:]:
            print(indented(shown(message)), flush=True)
        printed = len(person.chat.messages)

    def taps(title: str) -> None:
        print(f"  {person.first_name} taps [{title}]")
        then(person.taps(title))

    then(person.starts())
    then(person.says("I can't pay all of it at once"))
    then(person.says(f"{ACCOUNT}, born {BORN}"))
    then(person.says(stack.code_for(person)))
    then(person.says("could I do 160 a month?"))
    taps("Yes, I agree")
    then(person.says("/plan"))
    taps("For my calendar")


def indented(text: str) -> str:
    first, *rest = text.split("\n")
    return "\n".join([f"  {first}", *(f"      {line}" for line in rest)])


def main() -> None:
    """Starts everything in a home of its own, plays, and stops it."""
    telegram = Telegram()
    webhook = "--webhook" in sys.argv
    with tempfile.TemporaryDirectory() as folder, serving(telegram) as address:
        print(f"Telegram stands in at {address}; the program starts … (by {'webhook' if webhook else 'polling'})\n")
        stack = TelegramStack(Path(folder), telegram, address, webhook=webhook)
        try:
            stack.start()
            play(stack, Person(telegram, "Dana", phone="+12025550143"))
        finally:
            stack.stop()
    sent = sum(call.code == 200 and call.method.startswith("send") for call in telegram.calls)
    print(f"\n{len(telegram.made)} updates in, {sent} calls out, {len(telegram.waiting)} updates left waiting.")


if __name__ == "__main__":
    main()
