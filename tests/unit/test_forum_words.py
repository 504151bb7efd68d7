"""What is read of the agents' group: posts, notes, terms in words. Pure, without services."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Any

import pytest

from bot.channels.telegram.forum_posts import code_in, is_random, read_post
from bot.channels.telegram.forum_terms import NotTerms, as_json, from_json, read_wanted
from bot.channels.telegram.forum_topics import Mark
from bot.domain.debt import Balance
from bot.domain.money import Money

NOW = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)
CREATED = {"message_id": 7, "forum_topic_created": {"name": "C-00001"}, "from": {"id": 1, "is_bot": True}}


def usd(amount: str) -> Money:
    return Money.parse(amount, "USD")


OWED = Balance(usd("1200.00"), usd("80.50"), usd("45.00"))


def said(**more: Any) -> dict[str, Any]:
    """A message of somebody in the topic 7."""
    message = {
        "message_id": 9,
        "from": {"id": 5, "is_bot": False, "language_code": "zh-hans"},
        "chat": {"id": -100, "type": "supergroup"},
        "message_thread_id": 7,
        "is_topic_message": True,
        "reply_to_message": CREATED,
        **more,
    }
    return {"message": message}


# -- posts


def test_words_in_a_topic_answer_nothing_unless_somebody_chose_to():
    plain = read_post(said(text="hello"))
    chosen = read_post(said(text="hello", reply_to_message={"message_id": 8, "from": {"id": 6, "is_bot": False}}))

    assert (plain.what, plain.thread, plain.user_id, plain.answers) == ("words", 7, 5, None)
    assert (chosen.answers, chosen.answers_bot) == (8, False)


def test_a_reply_to_another_chat_is_a_reply_to_somebody():
    post = read_post(said(text="look at this", external_reply={"origin": {"type": "user"}}))

    assert post.answers is not None
    assert not post.answers_bot


@pytest.mark.parametrize(
    "text",
    ["// no", "/no", "／no", "  / no", "\u200b/ no", "🔒 // no", "\\no", "- / no", "⁄ no", "/claim", "/start@bot"],
)
def test_everything_that_begins_with_a_slash_is_a_note(text):
    assert read_post(said(text=text)).is_note


@pytest.mark.parametrize("text", ["no", "50/50 is fine", "see https://pay.example", "and/or", "1/2 now"])
def test_a_slash_further_on_makes_no_note(text):
    assert not read_post(said(text=text)).is_note


def test_the_mark_of_a_note_is_taken_off():
    assert read_post(said(text=" ／／ he is lying / maybe")).unmarked == "he is lying / maybe"


@pytest.mark.parametrize(
    ("more", "what"),
    [
        ({"photo": [{"file_id": "a", "file_unique_id": "b", "width": 9, "height": 9}]}, "file"),
        ({"document": {"file_id": "a", "file_unique_id": "b", "file_name": "x.pdf"}}, "file"),
        ({"voice": {"file_id": "a"}}, "thing"),
        ({"sticker": {"file_id": "a"}}, "thing"),
        ({"contact": {"phone_number": "1"}}, "thing"),
        ({"forum_topic_closed": {}}, "nothing"),
        ({"new_chat_members": []}, "nothing"),
        ({"text": "x", "from": {"id": 9, "is_bot": True}}, "nothing"),
        ({"text": 5, "message_id": "x", "from": "nobody"}, "nothing"),
    ],
)
def test_what_a_post_is(more, what):
    assert read_post(said(**more)).what == what


def test_whoever_writes_in_the_name_of_the_group_is_nobody():
    anonymous = {"id": 1087968824, "is_bot": True, "username": "GroupAnonymousBot"}

    post = read_post(said(text="approve it", sender_chat={"id": -100}, **{"from": anonymous}))

    assert (post.what, post.nameless) == ("words", True)


def test_an_edit_is_an_edit_and_a_tap_a_tap():
    edited = read_post({"edited_message": said(text="changed")["message"]})
    tapped = read_post(
        {
            "callback_query": {
                "id": "4",
                "from": {"id": 5, "language_code": "en"},
                "message": said(text="card")["message"],
                "data": "g_x",
            }
        }
    )

    assert edited.what == "edit"
    assert (tapped.what, tapped.button, tapped.callback, tapped.thread) == ("tap", "g_x", "4", 7)


def test_only_what_may_be_a_code_is_taken_for_one():
    assert code_in("aB3-dE6_gH9jK2mN") == "aB3-dE6_gH9jK2mN"
    assert code_in("/start aB3-dE6_gH9jK2mN") == "aB3-dE6_gH9jK2mN"
    assert code_in("please call me now") is None
    assert not is_random("responsibilities")
    assert not is_random("Responsibilities")
    assert is_random("aB3-dE6_gH9jK2mN")


def test_a_mark_is_read_as_it_was_written():
    mark = Mark(12, 34, "ab12cd34", "ef56ab78", 9, 3)

    assert Mark.read(str(mark)) == mark
    assert Mark.read("") == Mark()
    assert len(str(Mark(10**9, 10**9, "a" * 8, "b" * 8, 10**5, 10**9))) <= 80


# -- terms


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (
            "150 a month from 5 January, fees off",
            {"kind": "plan", "each": usd("150"), "first_on": date(2027, 1, 5), "waive": {"fees": usd("45.00")}},
        ),
        ("9 monthly payments, waive 20 of the fees", {"kind": "plan", "count": 9, "waive": {"fees": usd("20")}}),
        ("150 a month, waive 50% of the interest", {"each": usd("150"), "waive": {"interest": usd("40.25")}}),
        (
            "waive fees and interest, everything on 1 December",
            {
                "kind": "settlement",
                "first_on": date(2026, 12, 1),
                "waive": {"interest": usd("80.50"), "fees": usd("45.00")},
            },
        ),
        ("pay 1280.50 on 1 December, fees off", {"kind": "settlement", "waive": {"fees": usd("45.00")}}),
        ("200 every two weeks starting Friday", {"frequency": "biweekly", "first_on": date(2026, 11, 27)}),
        ("300 today then 100 weekly", {"down_payment": usd("300"), "each": usd("100"), "frequency": "weekly"}),
        ("1200 on Friday", {"kind": "promise", "each": usd("1200"), "first_on": date(2026, 11, 27)}),
        ("每月150，从1月5号开始，免滞纳金", {"each": usd("150"), "waive": {"fees": usd("45.00")}}),
        ("分10期，减免20元利息，12月10号开始", {"count": 10, "waive": {"interest": usd("20")}}),
        ("免除利息和滞纳金，一次还清，12月1号", {"kind": "settlement", "first_on": date(2026, 12, 1)}),
    ],
)
def test_terms_are_read_of_words(text, expected):
    wanted = read_wanted(text, OWED, NOW)

    assert {name: getattr(wanted, name) for name in expected} == expected
    assert from_json(as_json(wanted)) == wanted


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("whatever she can afford", "nothing"),
        ("150", "which_day"),
        ("pay 900 on 1 December, fees off", "part_waives"),
        ("half now and the rest in 3 months", "too_fine"),
        ("£150 a month", "currency"),
    ],
)
def test_words_that_make_no_terms_say_why(text, why):
    with pytest.raises(NotTerms) as raised:
        read_wanted(text, OWED, NOW)

    assert raised.value.why == why
