"""The stand-in for Telegram behaves like the real one, as the real client sees it."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest
import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route
from telegram import (
    Bot,
    BotCommand,
    InlineKeyboardButton,
    InlineKeyboardMarkup,
    KeyboardButton,
    LinkPreviewOptions,
    ReplyKeyboardMarkup,
)
from telegram.error import BadRequest, Conflict, Forbidden, InvalidToken, NetworkError, RetryAfter, TimedOut

from bot.supervisor import free_port
from tests.telegram.person import A_PNG, Person
from tests.telegram.world import TOKEN, Faults, Telegram

pytestmark = pytest.mark.anyio


def keyboard(**titles: str) -> InlineKeyboardMarkup:
    return InlineKeyboardMarkup([[InlineKeyboardButton(title, callback_data=data)] for title, data in titles.items()])


async def test_it_says_who_the_bot_is_and_refuses_a_wrong_token(bot: Bot, address: str) -> None:
    assert bot.username == "accord_test_bot"
    with pytest.raises(InvalidToken):
        await Bot("7001:another", base_url=f"{address}/bot").get_me()


async def test_an_update_comes_again_until_an_offset_confirms_it(bot: Bot, odalys: Person) -> None:
    odalys.says("hello")
    odalys.says("anybody there?")

    first = await bot.get_updates()
    again = await bot.get_updates()
    after = await bot.get_updates(offset=first[0].update_id + 1)

    assert [u.message.text for u in first] == ["hello", "anybody there?"]
    assert [u.update_id for u in again] == [u.update_id for u in first]
    assert [u.message.text for u in after] == ["anybody there?"]
    assert await bot.get_updates(offset=first[1].update_id + 1) == ()


async def test_long_polling_answers_as_soon_as_something_happens(bot: Bot, odalys: Person) -> None:
    polling = asyncio.create_task(bot.get_updates(timeout=10))
    await asyncio.sleep(0.2)

    begun = time.monotonic()
    odalys.says("hello")
    (update,) = await polling

    assert update.message.from_user.id == odalys.id
    assert time.monotonic() - begun < 1


async def test_a_second_poller_ends_the_first(bot: Bot, address: str) -> None:
    first = asyncio.create_task(bot.get_updates(timeout=10))
    await asyncio.sleep(0.2)

    async with Bot(TOKEN, base_url=f"{address}/bot") as second:
        await second.get_updates(timeout=0)

    with pytest.raises(Conflict, match="terminated by other getUpdates"):
        await first


async def test_a_message_is_seen_with_its_keyboard_and_edited(bot: Bot, odalys: Person) -> None:
    sent = await bot.send_message(
        odalys.id,
        "<b>Two</b> ways &amp; more",
        parse_mode="HTML",
        reply_markup=keyboard(One="b_1", Two="b_2"),
        link_preview_options=LinkPreviewOptions(is_disabled=True),
    )
    before = (odalys.sees[-1].text, odalys.buttons)

    edited = await bot.edit_message_text("Two ways ✓ One", odalys.id, sent.message_id)

    assert before == ("Two ways & more", ["One", "Two"])
    assert sent.entities[0].type == "bold"
    assert odalys.sees[-1].extras["link_preview_options"] == {"is_disabled": True}
    assert (odalys.sees[-1].text, odalys.buttons) == ("Two ways ✓ One", [])
    assert edited.message_id == sent.message_id


async def test_a_tap_carries_its_data_and_is_answered_once_in_time(bot: Bot, odalys: Person, world: Telegram) -> None:
    await bot.send_message(odalys.id, "Choose", reply_markup=keyboard(One="b_1"))

    odalys.taps("One")
    (update,) = await bot.get_updates()
    answered = await bot.answer_callback_query(update.callback_query.id)

    assert answered
    assert update.callback_query.data == "b_1"
    assert update.callback_query.message.text == "Choose"
    with pytest.raises(BadRequest, match="Query is too old"):
        await bot.answer_callback_query("1234")


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ({"text": "x" * 4097}, "Message is too long"),
        ({"text": "𝄞" * 2049}, "Message is too long"),
        ({"text": "  "}, "Message text is empty"),
        ({"text": "a < b", "parse_mode": "HTML"}, "Can't parse entities"),
        ({"text": "<b>a", "parse_mode": "HTML"}, "can't find end tag"),
        ({"text": "<table>", "parse_mode": "HTML"}, "unsupported start tag"),
        ({"text": "?", "reply_markup": keyboard(One="b" * 65)}, "Button_data_invalid"),
        ({"text": "?", "reply_markup": keyboard(One="键" * 22)}, "Button_data_invalid"),
        ({"text": "?", "reply_to_message_id": 99}, "Message to be replied not found"),
        ({"text": "?", "message_thread_id": 99}, "Message thread not found"),
        ({"text": "?", "chat_id": 42}, "Chat not found"),
    ],
)
async def test_what_telegram_refuses_is_refused(bot: Bot, odalys: Person, given: dict[str, Any], words: str) -> None:
    with pytest.raises(BadRequest, match=words):
        await bot.send_message(**{"chat_id": odalys.id, **given})
    assert odalys.sees == []


async def test_a_text_of_full_length_passes(bot: Bot, odalys: Person) -> None:
    await bot.send_message(odalys.id, "&amp;" * 4096, parse_mode="HTML")

    assert odalys.sees[-1].text == "&" * 4096


async def test_edits_that_cannot_be_say_why(bot: Bot, world: Telegram, odalys: Person) -> None:
    wilhelmina = Person(world, "Wilhelmina")
    odalys.says("mine")
    sent = await bot.send_message(odalys.id, "hello", reply_markup=keyboard(One="b_1"))
    with_keyboard = await bot.send_message(odalys.id, "share?", reply_markup=ReplyKeyboardMarkup([["No"]]))

    with pytest.raises(BadRequest, match="Message is not modified: specified new message content"):
        await bot.edit_message_text("hello", odalys.id, sent.message_id, reply_markup=keyboard(One="b_1"))
    with pytest.raises(BadRequest, match="Message to edit not found"):
        await bot.edit_message_text("hello", odalys.id, sent.message_id + 5)
    with pytest.raises(BadRequest, match="Message to edit not found"):
        await bot.edit_message_text("hello", wilhelmina.id, sent.message_id)
    for number in (odalys.sees[0].id, with_keyboard.message_id):
        with pytest.raises(BadRequest, match="Message can't be edited"):
            await bot.edit_message_text("hello", odalys.id, number)


async def test_message_ids_are_one_counter_for_all_private_chats(bot: Bot, world: Telegram, odalys: Person) -> None:
    wilhelmina, group = Person(world, "Wilhelmina"), world.group("Desk")
    first = await bot.send_message(odalys.id, "one")
    wilhelmina.says("hi")
    second = await bot.send_message(odalys.id, "two")
    in_group = await bot.send_message(group.id, "one")

    assert second.message_id == first.message_id + 2
    assert in_group.message_id == 1


async def test_whoever_blocks_the_bot_or_leaves_is_not_reached(bot: Bot, world: Telegram, odalys: Person) -> None:
    gone, stranger = Person(world), Person(world, met=False)
    odalys.blocks()
    gone.deletes_account()

    with pytest.raises(Forbidden, match="bot was blocked by the user"):
        await bot.send_message(odalys.id, "hello?")
    with pytest.raises(Forbidden, match="user is deactivated"):
        await bot.send_message(gone.id, "hello?")
    with pytest.raises(BadRequest, match="Chat not found"):
        await bot.send_message(stranger.id, "hello?")
    (update,) = await bot.get_updates()
    assert update.my_chat_member.new_chat_member.status == "kicked"
    odalys.unblocks()
    assert await bot.send_message(odalys.id, "welcome back")


async def test_too_fast_is_too_many_and_the_chat_stays_closed_for_as_long_as_it_said(
    bot: Bot, world: Telegram, odalys: Person
) -> None:
    for number in range(3):
        await bot.send_message(odalys.id, f"{number}")

    with pytest.raises(RetryAfter) as refusal:
        await bot.send_message(odalys.id, "too soon")
    with pytest.raises(RetryAfter):
        await bot.send_message(odalys.id, "and again")

    assert refusal.value._retry_after.total_seconds() == 1
    assert world.impatient == 1
    await asyncio.sleep(1.05)
    assert await bot.send_message(odalys.id, "now")


async def test_faults_strike_before_or_after_a_call_took_effect(bot: Bot, world: Telegram, odalys: Person) -> None:
    world.faults = Faults(server_errors=1)
    with pytest.raises(NetworkError, match="Internal Server Error"):
        await bot.send_message(odalys.id, "never sent")
    world.faults = Faults(lost_answers=1)
    with pytest.raises(NetworkError):
        await bot.send_message(odalys.id, "sent, and the line broke")
    world.faults = Faults(hanging_answers=1, hang_seconds=1)
    with pytest.raises(TimedOut):
        await bot.send_message(odalys.id, "sent, and no answer came", read_timeout=0.2)
    world.faults = Faults(rate_limits=1)
    with pytest.raises(RetryAfter):
        await bot.send_message(odalys.id, "refused")

    assert [m.text for m in odalys.sees] == ["sent, and the line broke", "sent, and no answer came"]
    assert [c.code for c in world.calls if c.method == "sendMessage"] == [500, 200, 200, 429]


async def test_one_message_of_one_chat_is_taken_or_answered_late(bot: Bot, world: Telegram, odalys: Person) -> None:
    neighbour = Person(world, "Neighbour")
    world.faults = Faults(taken_late={odalys.id: 5}, answered_late={neighbour.id: 5})

    await bot.send_chat_action(odalys.id, "typing", read_timeout=0.5)
    for person, words in ((odalys, "not there yet"), (neighbour, "there")):
        with pytest.raises(TimedOut):
            await bot.send_message(person.id, words, read_timeout=0.2)
        await bot.send_message(person.id, "the next one", read_timeout=0.5)

    assert [m.text for m in odalys.sees] == ["the next one"]
    assert [m.text for m in neighbour.sees] == ["there", "the next one"]


async def test_updates_come_twice_and_out_of_order_where_they_are_told_to(
    bot: Bot, world: Telegram, odalys: Person
) -> None:
    world.faults = Faults(reordered=1)
    odalys.says("first")
    world.faults = Faults(duplicated=1)
    odalys.says("second")

    seen, offset = [], 0
    while len(seen) < 3:
        for update in await bot.get_updates(offset, timeout=2):
            seen.append(update.message.text)
            offset = max(offset, update.update_id + 1)

    assert sorted(seen) == ["first", "second", "second"]
    assert seen[0] == "second"
    assert await bot.get_updates(offset) == ()


async def test_photos_and_documents_go_both_ways(bot: Bot, odalys: Person) -> None:
    sent = await bot.send_photo(odalys.id, A_PNG, caption="Your schedule")
    await bot.send_document(odalys.id, b"BEGIN:VCALENDAR", filename="payments.ics")
    odalys.sends_photo("my receipt")
    odalys.sends_document("slip.pdf")
    photo, document = await bot.get_updates()

    received = await (await bot.get_file(document.message.document.file_id)).download_as_bytearray()
    again = await bot.send_photo(odalys.id, sent.photo[-1].file_id)

    assert [m.kind for m in odalys.sees] == ["photo", "document", "photo", "document", "photo"]
    assert odalys.sees[1].content["document"]["file_name"] == "payments.ics"
    assert photo.message.caption == "my receipt"
    assert received == b"%PDF-1.4"
    assert again.photo[-1].file_unique_id == sent.photo[-1].file_unique_id
    with pytest.raises(BadRequest, match="There is no text in the message to edit"):
        await bot.edit_message_text("x", odalys.id, sent.message_id)


async def test_a_contact_is_shared_from_the_keyboard_under_the_field(bot: Bot, world: Telegram, odalys: Person) -> None:
    share = ReplyKeyboardMarkup([[KeyboardButton("Share my number", request_contact=True)]], one_time_keyboard=True)
    await bot.send_message(odalys.id, "Which number?", reply_markup=share)

    odalys.taps("Share my number")
    odalys.shares_contact(Person(world, "Somebody else", phone="+447700900418"))
    own, other = await bot.get_updates()

    assert own.message.contact.user_id == own.message.from_user.id
    assert other.message.contact.user_id != other.message.from_user.id
    assert odalys.chat.keyboard is None
    with pytest.raises(BadRequest, match="private chats only"):
        await bot.send_message(world.group("Desk").id, "Which number?", reply_markup=share)


@pytest.mark.parametrize(
    "kind", ["sticker", "voice", "video", "video_note", "audio", "animation", "location", "dice", "poll"]
)
async def test_everything_that_can_be_sent_is_an_update_that_the_client_reads(
    bot: Bot, odalys: Person, kind: str
) -> None:
    odalys.sends(kind)

    (update,) = await bot.get_updates()

    assert getattr(update.message, kind)


async def test_edits_groups_channels_and_bots_are_updates_of_their_own_kind(
    bot: Bot, world: Telegram, odalys: Person
) -> None:
    group, channel, machine = world.group("Family"), world.channel("News"), Person(world, "Machine", is_bot=True)
    odalys.says("/start r_1")
    odalys.edits("hello")
    odalys.says("@accord_test_bot what is this", chat=group)
    odalys.says("breaking", chat=channel)
    machine.says("beep")

    command, edited, in_group, post, from_bot = await bot.get_updates()

    assert [e.type for e in command.message.entities] == ["bot_command"]
    assert edited.edited_message.text == "hello"
    assert in_group.message.chat.type == "supergroup"
    assert post.channel_post.text == "breaking"
    assert from_bot.message.from_user.is_bot


async def test_topics_of_a_forum_are_made_written_in_and_gone(bot: Bot, world: Telegram, odalys: Person) -> None:
    forum, plain = world.group("Desk", forum=True), world.group("Family")
    topic = await bot.create_forum_topic(forum.id, "C-1001")

    await bot.send_message(forum.id, "a case", message_thread_id=topic.message_thread_id)
    odalys.says("I'll take it", chat=forum, thread=topic.message_thread_id)
    (update,) = await bot.get_updates()
    await bot.close_forum_topic(forum.id, topic.message_thread_id)
    with pytest.raises(BadRequest, match="Topic_closed"):
        await bot.send_message(forum.id, "more", message_thread_id=topic.message_thread_id)
    await bot.delete_forum_topic(forum.id, topic.message_thread_id)

    assert update.message.message_thread_id == topic.message_thread_id
    with pytest.raises(BadRequest, match="Message thread not found"):
        await bot.send_message(forum.id, "more", message_thread_id=topic.message_thread_id)
    with pytest.raises(BadRequest, match="The chat is not a forum"):
        await bot.create_forum_topic(plain.id, "C-1002")


async def test_commands_are_kept_for_each_language(bot: Bot) -> None:
    await bot.set_my_commands([BotCommand("help", "What this is")], language_code="en")
    await bot.set_my_commands([BotCommand("help", "这是什么")], language_code="zh")

    assert (await bot.get_my_commands(language_code="zh"))[0].description == "这是什么"
    with pytest.raises(BadRequest, match="Bot_command_invalid"):
        await bot.set_my_commands([BotCommand("Help!", "What this is")])
    with pytest.raises(BadRequest, match="Invalid language code"):
        await bot.set_my_commands([BotCommand("help", "這是什麼")], language_code="zh-Hant")


class Hook:
    """A webhook that fails as often as it is told, and keeps what it got."""

    def __init__(self) -> None:
        self.port = free_port()
        self.failures = 0
        self.got: list[tuple[str, dict[str, Any]]] = []

    async def take(self, request: Request) -> Response:
        if self.failures:
            self.failures -= 1
            return Response(status_code=500)
        self.got.append((request.headers.get("X-Telegram-Bot-Api-Secret-Token", ""), await request.json()))
        return Response()

    async def gets(self, count: int) -> list[str]:
        for _ in range(300):
            if len(self.got) >= count:
                return [update["message"]["text"] for _, update in self.got]
            await asyncio.sleep(0.01)
        raise AssertionError(f"only {self.got}")


@pytest.fixture
async def hook() -> AsyncIterator[Hook]:
    hook = Hook()
    app = Starlette(routes=[Route("/hook", hook.take, methods=["POST"])])
    server = uvicorn.Server(uvicorn.Config(app, port=hook.port, log_config=None))
    running = asyncio.create_task(server.serve())
    yield hook
    server.should_exit = True
    await running


async def test_a_webhook_gets_updates_with_its_secret_and_again_after_a_failure(
    bot: Bot, world: Telegram, odalys: Person, hook: Hook
) -> None:
    await bot.set_webhook(f"http://127.0.0.1:{hook.port}/hook", secret_token="s3cret_-")
    hook.failures = 2
    odalys.says("one")
    odalys.says("two")

    texts = await hook.gets(2)
    await asyncio.to_thread(world.wait_until, lambda: not world.waiting, 10, "both are confirmed")
    info = await bot.get_webhook_info()

    assert texts == ["one", "two"]
    assert {secret for secret, _ in hook.got} == {"s3cret_-"}
    assert info.last_error_message == "Wrong response from the webhook: 500 Internal Server Error"
    assert info.pending_update_count == 0
    with pytest.raises(Conflict, match="can't use getUpdates method while webhook is active"):
        await bot.get_updates()


async def test_what_waits_while_a_webhook_is_away_comes_when_it_is_back(
    bot: Bot, world: Telegram, odalys: Person, hook: Hook
) -> None:
    away = free_port()
    await bot.set_webhook(f"http://127.0.0.1:{away}/hook")
    odalys.says("one")
    await asyncio.sleep(0.3)
    info = await bot.get_webhook_info()

    world.faults = Faults(duplicated=1)
    odalys.says("two")
    await bot.set_webhook(f"http://127.0.0.1:{hook.port}/hook")

    assert (info.last_error_message, info.pending_update_count) == ("Connection refused", 1)
    assert await hook.gets(3) == ["one", "two", "two"]


async def test_a_webhook_needs_https_and_a_secret_of_plain_letters(bot: Bot) -> None:
    with pytest.raises(BadRequest, match="an https url must be provided"):
        await bot.set_webhook("http://lender.example/hook")
    with pytest.raises(BadRequest, match="unallowed characters"):
        await bot.set_webhook("https://lender.example/hook", secret_token="not so")


async def test_persons_can_be_played_over_http(bot: Bot, address: str) -> None:
    async with httpx.AsyncClient(base_url=address) as http:
        number = (await http.post("/people", json={"first_name": "Li", "language": "zh"})).json()["id"]
        await bot.send_message(number, "你好", reply_markup=keyboard(好="b_1"))
        await http.post(f"/people/{number}/says", json={"text": "在吗"})
        await http.post(f"/people/{number}/taps", json={"title": "好"})
        missing = await http.post(f"/people/{number}/taps", json={"title": "不"})
        sees = (await http.get(f"/people/{number}")).json()["messages"]

    assert [m["text"] for m in sees] == ["你好", "在吗"]
    assert sees[0]["buttons"] == ["好"]
    assert missing.status_code == 422
    assert len(await bot.get_updates()) == 2
