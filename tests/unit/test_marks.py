"""Marks are read from an answer to the question how it was, and from nothing else."""

from __future__ import annotations

import pytest

from bot.nlu.answers import plain_answer
from bot.nlu.marks import mark_said, words_beside


@pytest.mark.parametrize(
    ("text", "mark", "words"),
    [
        ("4", 4, None),
        ("four", 4, None),
        ("4 stars, very helpful", 4, "4 stars, very helpful"),
        ("I'd give it a 2", 2, None),
        ("3/5", 3, None),
        ("Great, 5 stars", 5, "Great, 5 stars"),
        ("0", 1, None),
        ("五分", 5, None),
        ("打四分，很有帮助", 4, "打四分，很有帮助"),
        ("给你们打五分", 5, None),
        ("满分", 5, None),
        ("3分吧", 3, None),
        ("一星，太差了", 1, "一星，太差了"),
        ("很好，五分", 5, "很好，五分"),
    ],
)
def test_a_mark_is_read_with_the_words_beside_it(text, mark, words):
    assert (mark_said(text), words_beside(text)) == (mark, words)


@pytest.mark.parametrize(
    "text",
    [
        "4 payments please",
        "5 minutes please",
        "two weeks",
        "3pm",
        "4.5",
        "50",
        "5, when is my next payment?",
        "五分钟后",
        "5个月",
        "分五期",
        "四月五号",
        "星期五",
        "一次还清",
        "thanks",
    ],
)
def test_a_number_that_counts_something_else_is_no_mark(text):
    assert mark_said(text) is None


def test_a_figure_is_feedback_only_where_that_was_asked():
    assert plain_answer("4", "planned", "feedback", []) == "give_feedback"
    assert plain_answer("4", "planned", "", []) is None
