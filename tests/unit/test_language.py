"""The language of a message."""

import pytest

from bot.nlu.language import detect


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("I lost my job", "en"),
        ("can I pay by 支付宝", "en"),
        ("my name is 张伟", "en"),
        ("hello", "en"),
        ("你好，我想还款", "zh-Hans"),
        ("下周五还3000", "zh-Hans"),
        ("我想 pay off", "zh-Hans"),
        ("我要 settle 这个 loan by Friday", "zh-Hans"),
        ("谢谢 thanks", "zh-Hans"),
        ("我嘅手机坏咗", "zh-Hans"),
        ("您好，我想還款", "zh-Hant"),
        ("每月還300蚊", "zh-Hant"),
        ("唔該", "zh-Hant"),
        ("佢走咗", "zh-Hant"),
        ("電話", "zh-Hant"),
    ],
)
def test_a_message_tells_its_language(text, language):
    other = "zh-Hant" if language == "en" else "en"

    assert detect(text, other if text != "hello" else "en") == language


@pytest.mark.parametrize(
    "text", ["", "ok", "OK!", "2", "551208", "AC-10024", "👍", "yes", "1.5k", "a@b.com", "   ", "?!"]
)
@pytest.mark.parametrize("fallback", ["en", "zh-Hans", "zh-Hant"])
def test_a_message_that_tells_nothing_stays_in_the_language_so_far(text, fallback):
    assert detect(text, fallback) == fallback


@pytest.mark.parametrize("text", ["你好", "十二期", "可以"])
def test_characters_of_both_scripts_keep_the_script_so_far(text):
    assert detect(text, "zh-Hant") == "zh-Hant"
    assert detect(text, "zh-Hans") == "zh-Hans"
    assert detect(text) == "zh-Hans"
