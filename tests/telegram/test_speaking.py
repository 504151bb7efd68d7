"""What the bot says, as Telegram takes it: parsed, formatted, tapped and changed by the stand-in."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest
from telegram import Bot, InputFile

from bot.channels.telegram import commands, kinds, speaking
from bot.channels.telegram.schedule_calendar import calendar_file
from bot.dialogue.words import Words
from bot.settings import ROOT
from tests.telegram.person import Person
from tests.telegram.world import Telegram

# Telegram's own client warns where its named methods could be called.
pytestmark = [pytest.mark.anyio, pytest.mark.filterwarnings("ignore:Please use")]

TABLE = {
    "caption": "还款安排 <&>",
    "columns": ["期数", "日期", "金额"],
    "rows": [[str(n), f"2026年12月{n}日", "¥1,850.00"] for n in range(1, 29)],
}
BUTTONS = [{"title": "可以 & 同意", "id": "b_yes"}, {"title": "不行", "id": "b_no"}]


@pytest.fixture
def world() -> Telegram:
    """Telegram without limits: pacing is the sender's work."""
    return Telegram(keeps_limits=False)


@pytest.fixture(scope="module")
def words() -> Words:
    return Words(ROOT / "domain.yml")


async def send(bot: Bot, person: Person, calls: list[speaking.Call]) -> None:
    for call in calls:
        fields, files = speaking.files_of(call.payload)
        sent = {name: InputFile(content, filename) for name, (filename, content, _) in files.items()}
        await bot.do_api_request(call.method, api_kwargs={"chat_id": person.id, **fields, **sent})


async def updates(bot: Bot) -> list[dict[str, Any]]:
    return [update.to_dict() for update in await bot.get_updates(timeout=0)]


async def test_a_table_arrives_unharmed_and_its_choice_is_shown_with_its_formatting(bot: Bot, odalys: Person) -> None:
    await send(bot, odalys, speaking.speak({"text": "<b>您好</b> 😀 & 谢谢", "table": TABLE, "buttons": BUTTONS}))
    [shown] = odalys.heard
    before = shown.text

    odalys.taps("可以 & 同意")
    [tap] = [kinds.read(update) for update in await updates(bot) if "callback_query" in update]
    await send(bot, odalys, [speaking.chosen(tap.shown, tap.title)])

    assert before.startswith("<b>您好</b> 😀 & 谢谢\n\n还款安排 <&>\n期数  日期")
    assert shown.text == f"{before}\n\n✓ 可以 & 同意"
    marked = {entity["type"]: cut(shown.text, entity) for entity in shown.entities}
    assert marked["bold"] == "还款安排 <&>"
    assert marked["pre"].endswith("28  2026年12月28日  ¥1,850.00")
    assert shown.markup is None


async def test_the_longest_messages_are_taken(bot: Bot, odalys: Person) -> None:
    long = TABLE | {"rows": [[str(n), "<Friday> & 27 November 2026", "¥1,850.00"] for n in range(300)]}

    await send(bot, odalys, speaking.speak({"text": "😀字a " * 2_000}))
    await send(bot, odalys, speaking.speak({"text": "& " * 4_000, "table": long, "buttons": BUTTONS}))

    assert len(odalys.heard) > 6
    assert [bool(message.buttons) for message in odalys.heard] == [False] * (len(odalys.heard) - 1) + [True]


async def test_files_commands_and_the_number_button_are_taken(words, bot: Bot, odalys: Person) -> None:
    row = {"number": 1, "due_on": "2026-12-24", "status": "due"}
    ics = calendar_file([row], "a-1", "Payment", datetime(2026, 11, 23, tzinfo=UTC))

    await send(bot, odalys, [speaking.calendar(ics, "Your payments"), speaking.picture(b"\x89PNG", "Your payments")])
    await send(bot, odalys, speaking.speak({"text": "Who are you?", "share_number": "Share my number"}))
    for call in commands.registrations(words):
        await bot.do_api_request(call.method, api_kwargs=call.payload)

    assert [message.kind for message in odalys.heard] == ["document", "photo", "text"]
    assert {c.command for c in await bot.get_my_commands({"type": "all_private_chats"}, "zh")} == set(commands.TABLE)


async def test_what_a_person_does_is_read_as_what_it_is(bot: Bot, odalys: Person, world: Telegram) -> None:
    other = Person(world, "Plover", phone="+447700900418")
    odalys.starts("r_9fQx2")
    odalys.shares_contact()
    odalys.shares_contact(other)
    odalys.shares_contact(other, nameless=True)
    odalys.sends_photo("I paid on Friday")
    odalys.sends_document("receipt.pdf")
    for thing in ("sticker", "voice", "location", "video_note"):
        odalys.sends(thing)
    odalys.blocks()

    read = [kinds.read(update) for update in await updates(bot)]

    assert [said.kind for said in read] == [
        "command",
        "contact",
        "contact",
        "contact",
        "attachment",
        "attachment",
        *["unsupported"] * 4,
        "member",
    ]
    assert read[0].payload == "r_9fQx2"
    assert [said.contact.own for said in read[1:4]] == [True, False, False]
    assert [said.thing for said in read[6:10]] == ["sticker", "voice", "location", "video_note"]
    assert read[-1].member == "kicked"


def cut(text: str, entity: dict[str, Any]) -> str:
    """The part of a text that an entity marks, counted in UTF-16 units."""
    coded = text.encode("utf-16-le")
    return coded[entity["offset"] * 2 : (entity["offset"] + entity["length"]) * 2].decode("utf-16-le")
