"""Telegram, as far as it is pure: what an update is, what a command stands for, how a message becomes calls."""

from __future__ import annotations

import re
import time
from html import unescape
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from telegram import Update

from bot.channels.telegram import commands, kinds, speaking
from bot.dialogue.words import Voice
from bot.settings import ROOT

BOT = "accord_bot"
CHAT, SOMEBODY_ELSE = 70_010_033, 70_010_034


def message(**content: Any) -> dict[str, Any]:
    """A message from a borrower to the bot alone, as Telegram sends it."""
    sender = {"id": CHAT, "is_bot": False, "first_name": "Odalys", "language_code": "en"}
    return {"message_id": 7, "date": 1_795_000_000, "chat": {"id": CHAT, "type": "private"}, "from": sender} | content


def read(**content: Any) -> kinds.Incoming:
    return kinds.read({"update_id": 1, "message": message(**content)}, BOT)


def tap(**changes: Any) -> dict[str, Any]:
    keyboard = {"inline_keyboard": [[{"text": "Yes, that works", "callback_data": "b_1"}, {"text": "No", "url": "x"}]]}
    shown = message(text="Shall we?", reply_markup=keyboard)
    query = {"id": "99", "from": message()["from"], "message": shown, "chat_instance": "c", "data": "b_1"}
    return {"update_id": 1, "callback_query": query | changes}


def test_words_are_text_and_whose_they_are_is_known():
    said = read(text="I can do 50 a week")

    assert (said.kind, said.text, said.chat_id, said.user_id) == ("text", "I can do 50 a week", CHAT, CHAT)
    assert (said.language_code, said.message_id, said.response) == ("en", 7, None)
    assert read(text="hi", message_id=True).message_id is None


@pytest.mark.parametrize(
    ("text", "command", "payload"),
    [
        ("/balance", "balance", ""),
        ("/Balance@Accord_Bot", "balance", ""),
        ("/start r_9fQ-x2", "start", "r_9fQ-x2"),
        ("/start it's <me>", "start", ""),
        ("/stop sending me these things", "stop", "sending me these things"),
        ("/language 中文", "language", "中文"),
        ("/human please", "human", "please"),
        ("/balance 谢谢您！", "balance", "谢谢您！"),
        ("/help?", "help", ""),
    ],
)
def test_a_command_of_the_table_is_known_in_all_its_spellings(text, command, payload):
    said = read(text=text)

    assert (said.kind, said.command, said.payload) == ("command", command, payload)


@pytest.mark.parametrize(
    ("text", "heard"),
    [
        ("／balance", "／balance"),
        ("/settle everything", "/settle everything"),
        ("/balance@other_bot", "/balance@other_bot"),
        ("/etc/passwd", "/etc/passwd"),
        ("/human my father died last week", "my father died last week"),
        ("/plan 每个月还五百", "每个月还五百"),
        ("/help 我想死", "我想死"),
        ("/plan 300", "300"),
    ],
)
def test_what_is_no_command_is_text_and_what_is_said_behind_one_is_heard(text, heard):
    said = read(text=text)

    assert (said.kind, said.text) == ("text", heard)


def test_endless_politeness_costs_no_time():
    started = time.perf_counter()

    assert read(text="/human " + "请谢谢您 please!" * 290 + "x").kind == "text"

    assert time.perf_counter() - started < 0.5


def test_a_tap_brings_its_button_and_the_words_on_it():
    tapped = kinds.read(tap(), BOT)

    assert (tapped.kind, tapped.button, tapped.title, tapped.callback_id) == ("tap", "b_1", "Yes, that works", "99")
    assert (tapped.chat_id, tapped.message_id, tapped.shown["text"]) == (CHAT, 7, "Shall we?")


def test_a_tap_under_a_message_that_is_too_old_is_still_a_tap():
    old = {"message_id": 7, "date": 0, "chat": {"id": CHAT, "type": "private"}}

    tapped = kinds.read(tap(message=old), BOT)

    assert (tapped.kind, tapped.button, tapped.shown, tapped.title) == ("tap", "b_1", None, "")
    assert speaking.chosen(tapped.shown, tapped.title) is None


@pytest.mark.parametrize(
    ("shared", "own"),
    [
        ({"contact": {"phone_number": "+1 202 555 0181", "first_name": "O", "user_id": CHAT}}, True),
        ({"contact": {"phone_number": "12025550181", "first_name": "O", "user_id": SOMEBODY_ELSE}}, False),
        ({"contact": {"phone_number": "12025550181", "first_name": "O"}}, False),
        ({"contact": {"phone_number": "12025550181", "user_id": CHAT}, "forward_origin": {"type": "user"}}, False),
    ],
)
def test_a_shared_number_is_the_senders_own_only_where_telegram_says_so(shared, own):
    said = read(**shared)

    assert (said.kind, said.contact) == ("contact", kinds.Contact("+12025550181", own))


def test_a_receipt_is_kept_by_reference_in_its_largest_size():
    sizes = [
        {"file_id": "small", "file_unique_id": "u1", "width": 90, "height": 60, "file_size": 900},
        {"file_id": "large", "file_unique_id": "u2", "width": 1280, "height": 853, "file_size": 90_000},
        {"file_id": "middle", "file_unique_id": "u3", "width": 320, "height": 213, "file_size": 9_000},
    ]
    paper = {"file_id": "d", "file_unique_id": "u", "file_name": "回单.pdf", "mime_type": "application/pdf"}

    photo = read(photo=sizes, caption="I paid on Friday", media_group_id="g")
    document = read(document=paper)

    assert (photo.kind, photo.text) == ("attachment", "I paid on Friday")
    assert photo.attachment == kinds.Attachment("photo", "large", "u2", mime="image/jpeg", size=90_000, album="g")
    assert document.attachment == kinds.Attachment("document", "d", "u", "回单.pdf", "application/pdf")


@pytest.mark.parametrize("thing", kinds.THINGS)
def test_whatever_cannot_be_taken_in_has_its_sentence(words, thing):
    beside = {"animation": {"document": {"file_id": "d"}}, "venue": {"location": {"latitude": 1}}}.get(thing, {})

    said = read(**{thing: {"file_id": "f"}}, **beside)

    assert (said.kind, said.thing) == ("unsupported", thing)
    assert words.say(said.response, {}, Voice("zh-Hans"))


@pytest.mark.parametrize(
    ("update", "kind", "answered"),
    [
        ({"edited_message": message(text="no, 60")}, "edited", True),
        ({"channel_post": message(chat={"id": -1, "type": "channel"}, text="x")}, "channel", False),
        ({"message": message(chat={"id": -1, "type": "group"}, text="hello all")}, "group", False),
        ({"message": message(chat={"id": -1, "type": "supergroup"}, text="and you @Accord_bot?")}, "group", True),
        ({"message": message(chat={"id": -1, "type": "group"}, text="/balance")}, "group", False),
        ({"message": message(chat={"id": -1, "type": "group"}, text="/balance@accord_bot")}, "group", True),
        ({"edited_message": message(chat={"id": -1, "type": "group"}, text="@accord_bot")}, "group", False),
        ({"message": message(**{"from": {"id": 5, "is_bot": True}}, text="beep")}, "bot", False),
        (tap(**{"from": {"id": 5, "is_bot": True}}), "bot", False),
        (tap(message=message(chat={"id": -1, "type": "group"}, text="x")), "group", False),
        ({"message": message(pinned_message=message(text="x"))}, "silent", False),
        ({"message": message(message_auto_delete_timer_changed={})}, "silent", False),
        ({"message": message(something_new={})}, "unsupported", False),
        ({"edited_message": message(location={"latitude": 1, "longitude": 2})}, "silent", False),
        ({"edited_message": message(photo=[], caption="the receipt")}, "edited", True),
        ({"message_reaction": {"chat": {"id": CHAT, "type": "private"}}}, "unsupported", False),
        ({"something_new": {}}, "unsupported", False),
    ],
)
def test_what_is_not_said_to_the_bot_alone_gets_a_fitting_sentence_or_none(update, kind, answered):
    said = kinds.read({"update_id": 1} | update, BOT)

    assert (said.kind, said.response is not None) == (kind, answered)


def test_whoever_blocks_the_bot_is_known():
    change = {"chat": message()["chat"], "from": message()["from"], "new_chat_member": {"status": "kicked"}}

    said = kinds.read({"update_id": 1, "my_chat_member": change}, BOT)

    assert (said.kind, said.member, said.chat_id) == ("member", "kicked", CHAT)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(["chat", "from", "text", "id", "type", "photo", "contact", "message", "data", "user_id"]),
            inner,
            max_size=4,
        )
    ),
    max_leaves=20,
)


@given(
    st.dictionaries(st.sampled_from(["message", "callback_query", "edited_message", "my_chat_member"]), JSON),
    st.dictionaries(st.sampled_from(["text", "photo", "contact", "document", "sticker", "caption"]), JSON),
)
def test_nothing_that_arrives_breaks_the_reading(update, content):
    assert kinds.read(update, BOT).kind in kinds.KINDS
    assert kinds.read({"message": message(**content)}, BOT).kind in kinds.KINDS


def test_every_command_is_in_the_menus_as_telegram_wants_them(words):
    menus = {call.payload.get("language_code", ""): call.payload["commands"] for call in commands.registrations(words)}

    assert set(menus) == {"", "zh"}
    for menu in menus.values():
        assert [row["command"] for row in menu] == list(commands.TABLE)
        assert all(re.fullmatch("[a-z0-9_]{1,32}", row["command"]) for row in menu)
        assert all(1 <= len(row["description"]) <= 256 for row in menu)


def test_every_intent_that_a_command_stands_for_exists():
    known = set(re.findall(r"^  - (\w+)$", (ROOT / "domain.yml").read_text(encoding="utf-8"), re.MULTILINE))

    assert {command.intent for command in commands.TABLE.values() if command.intent} <= known


@pytest.mark.parametrize(
    ("code", "language"),
    [
        ("", "en"),
        ("fr", "en"),
        ("zh", "zh-Hans"),
        ("zh-hans", "zh-Hans"),
        ("zh-TW", "zh-Hant"),
        ("zh-Hant-HK", "zh-Hant"),
        ("zh-Hans-HK", "zh-Hans"),
    ],
)
def test_a_chat_begins_in_the_language_of_the_persons_telegram(code, language):
    assert commands.language_of(code) == language


def test_every_language_can_be_chosen():
    choices = commands.language_choices()

    assert [title for title, _ in choices] == ["English", "简体中文", "繁體中文"]
    assert choices[2][1]["entities"] == [{"entity": "language", "value": "zh-Hant"}]


SCHEDULE = {
    "caption": "还款安排",
    "columns": ["期数", "日期", "金额"],
    "rows": [["1", "2026年11月5日", "¥850.00"], ["10", "2026年12月15日", "¥1,850.00"]],
}


def test_words_are_sent_as_plain_text_without_previews():
    [call] = speaking.speak({"text": "1 < 2 & *not* bold: https://x.test"})

    assert call.method == "sendMessage"
    assert call.payload == {
        "text": "1 < 2 & *not* bold: https://x.test",
        "link_preview_options": {"is_disabled": True},
    }


def test_a_schedule_lines_up_though_chinese_characters_are_twice_as_wide():
    [call] = speaking.speak({"text": "<好的> & 谢谢", "table": SCHEDULE})

    assert call.payload["parse_mode"] == "HTML"
    assert call.payload["text"] == (
        "&lt;好的&gt; &amp; 谢谢\n\n<b>还款安排</b>\n<pre>"
        "期数  日期                 金额\n"
        "   1  2026年11月5日     ¥850.00\n"
        "  10  2026年12月15日  ¥1,850.00</pre>"
    )


def test_a_schedule_that_is_too_long_goes_on_under_the_same_heads_and_the_buttons_come_last():
    rows = [[str(n), "Friday <27> November 2026", f"${n},000.00"] for n in range(1, 201)]
    said = {"text": "Read & agree?", "table": SCHEDULE | {"rows": rows}, "buttons": [{"title": "Yes", "id": "b_1"}]}

    calls = speaking.speak(said)

    texts = [call.payload["text"] for call in calls]
    assert len(calls) > 1
    assert all(speaking.units(text) <= speaking.LONGEST_TEXT for text in texts)
    assert all("<pre>  期数  日期" in text or "<pre>期数  日期" in text for text in texts[1:])
    assert re.findall(r"\$\d+,000", "".join(texts)) == [f"${n},000" for n in range(1, 201)]
    assert ["reply_markup" in call.payload for call in calls] == [False] * (len(calls) - 1) + [True]
    assert unescape(texts[-1]).count("<27>") == texts[-1].count("&lt;27&gt;") > 0


def test_long_words_are_cut_between_paragraphs_first():
    paragraphs = ["a" * 1_500, "b " * 900, "c" * 1_500]

    parts = speaking.split("\n\n".join(paragraphs))

    assert parts == ["\n\n".join(paragraphs[:2]).rstrip(), paragraphs[2]]


def test_chinese_without_blanks_is_cut_after_a_sentence():
    parts = speaking.split("我每个月可以还五百。" * 600)

    assert len(parts) == 2
    assert parts[0].endswith("。")


@given(st.text(alphabet="ab 。\n，👍🏽\u200dé\u0301字", max_size=200), st.integers(min_value=2, max_value=40))
def test_no_part_is_too_long_or_empty_and_nothing_but_blanks_is_lost(text, most):
    parts = speaking.split(text, most)

    assert all(0 < speaking.units(part) <= most and part == part.strip() for part in parts)
    assert "".join("".join(parts).split()) == "".join(text.split())


def test_an_emoji_with_its_skin_stays_whole():
    parts = speaking.split("x" * 4_093 + "👍🏽" + "x" * 10)

    assert parts == ["x" * 4_093, "👍🏽" + "x" * 10]


@pytest.mark.parametrize(
    ("titles", "rows"),
    [
        (["Yes", "No, not that"], [2]),
        (["1", "2", "3", "4", "5"], [5]),
        (["6 monthly payments of $220.92", "Something else", "A person"], [1, 1, 1]),
        (["可以，就这样", "改一下金额", "转人工"], [2, 1]),
    ],
)
def test_short_buttons_stand_side_by_side_and_long_ones_alone(titles, rows):
    [call] = speaking.speak({"text": "?", "buttons": [{"title": t, "id": f"b_{t}"} for t in titles]})

    keyboard = call.payload["reply_markup"]["inline_keyboard"]
    assert [len(row) for row in keyboard] == rows
    assert [button["text"] for row in keyboard for button in row] == titles


@pytest.mark.parametrize(
    "button", [{"title": "Yes", "id": "字" * 22}, {"title": "Yes", "id": ""}, {"title": " ", "id": "b"}]
)
def test_a_button_that_telegram_would_refuse_never_leaves(button):
    with pytest.raises(speaking.BadButton):
        speaking.speak({"text": "?", "buttons": [button]})


def test_nothing_is_sent_where_nothing_is_said():
    assert speaking.speak({"text": " \n"}) == []


def test_ones_own_number_can_be_shared_by_a_button_that_goes_away_again():
    [asked] = speaking.speak({"text": "Who are you?", "share_number": "Share my number"})
    [after] = speaking.speak({"text": "Thank you.", "put_away": True})

    assert asked.payload["reply_markup"]["keyboard"] == [[{"text": "Share my number", "request_contact": True}]]
    assert after.payload["reply_markup"] == {"remove_keyboard": True}


def test_what_was_chosen_is_shown_and_its_keyboard_goes():
    shown = message(text="Shall we?", entities=[{"type": "bold", "offset": 0, "length": 5}])

    call = speaking.chosen(shown, "Yes, that works")

    assert call.method == "editMessageText"
    assert call.payload["text"] == "Shall we?\n\n✓ Yes, that works"
    assert call.payload["entities"] == shown["entities"]
    assert "reply_markup" not in call.payload


def test_where_there_is_no_room_to_show_a_choice_only_the_keyboard_goes():
    call = speaking.chosen(message(text="x" * 4_090), "Yes, that works")

    assert call == speaking.Call("editMessageReplyMarkup", {"message_id": 7, "reply_markup": {"inline_keyboard": []}})


def test_what_can_be_had_besides_goes_one_by_one():
    drawn, dated = {"text": "As a picture", "callback_data": "p"}, {"text": "For my calendar", "callback_data": "c"}
    keyboard = {"inline_keyboard": [[drawn], [dated]]}

    first = speaking.taken(message(text="x", reply_markup=keyboard), "p")
    last = speaking.taken(message(text="x", reply_markup=first.payload["reply_markup"]), "c")

    assert first.payload["reply_markup"] == {"inline_keyboard": [[dated]]}
    assert last.payload["reply_markup"] == {"inline_keyboard": []}
    assert speaking.taken(None, "p") is None


def test_every_response_of_the_channel_exists_and_is_said(words):
    sources = (ROOT / "bot/channels/telegram").glob("*.py")
    named = set(re.findall(r'"(utter_\w+)"', "".join(path.read_text(encoding="utf-8") for path in sources)))
    made = {f"utter_telegram_schedule_{kind}" for kind in ("picture", "calendar")}
    ours = {name for name in words.names() if name.startswith("utter_telegram_")}

    assert named <= set(words.names())
    assert ours == {name for name in named | made if name.startswith("utter_telegram_")}


def test_a_file_travels_in_the_payload_and_comes_out_whole():
    call = speaking.picture(b"\x89PNG", "Your payments")

    fields, files = speaking.files_of(call.payload)

    assert fields == {"caption": "Your payments"}
    assert files == {"photo": ("schedule.png", b"\x89PNG", "image/png")}


def test_what_is_read_here_is_read_alike_by_the_library():
    update = Update.de_json(tap(), None)

    assert update.callback_query.data == kinds.read(tap()).button
    assert update.effective_chat.id == kinds.read(tap()).chat_id
