"""The second reader as it is installed hears what must not be missed."""

from __future__ import annotations

import pytest

from bot.evaluation.__main__ import SAFETY
from bot.nlu.judging import Limits, judge
from bot.nlu.safety import SafetyReader, safety_reader


@pytest.fixture(scope="module")
def reader() -> SafetyReader:
    return safety_reader()


def taken_as(reader: SafetyReader, text: str, **chances: float) -> str:
    """The intent in force where the model gives the chances named."""
    ranking = [{"name": name, "confidence": chance} for name, chance in chances.items()]
    return judge(text, ranking, reader, Limits()).ranking[0]["name"]


def test_every_hard_case_has_words_of_both_certainties(reader):
    assert set(SAFETY) <= set(reader.intents)


@pytest.mark.parametrize(
    "text",
    ["I want to kill myself", "我唔想做人啦", "你们逼死我算了", "there's no point living anymore", "藥我都存好了"],
)
def test_despair_is_heard_however_sure_the_model_is_of_something_else(reader, text):
    assert taken_as(reader, text, complain=0.95, express_distress=0.02) == "express_distress"


@pytest.mark.parametrize(
    "text",
    ["these fees are killing me lol", "笑死我了", "累死了今天", "I am dying to get this sorted", "等半天还没人理我"],
)
def test_a_manner_of_speaking_is_no_despair(reader, text):
    assert "express_distress" not in reader.words(text)


@pytest.mark.parametrize(
    "text", ["I'm his wife, account 7001-3344", "calling for my husband", "我是他老婆，账号 70013344"]
)
def test_whoever_speaks_for_the_borrower_is_not_the_borrower(reader, text):
    assert taken_as(reader, text, provide_identity=0.9, third_party=0.05) == "third_party"


@pytest.mark.parametrize(
    ("text", "intent"),
    [
        ("stop texting me", "stop_contact"),
        ("别再给我发短信了", "stop_contact"),
        ("唔好再搵我", "stop_contact"),
        ("請不要再聯絡我", "stop_contact"),
        ("let me speak to a real person", "request_human"),
        ("轉真人", "request_human"),
        ("i never took out this loan", "dispute_debt"),
        ("呢筆數唔係我借嘅", "dispute_debt"),
        ("someone stole my identity and borrowed in my name", "report_fraud"),
        ("有人拿我的身份证去贷款", "report_fraud"),
        ("you have the wrong number", "wrong_person"),
        ("你打错了，我不是张伟", "wrong_person"),
        ("my husband passed away in May", "report_death"),
        ("他上個月過世了", "report_death"),
        ("I filed for chapter 7", "report_bankruptcy"),
        ("我已经申请破产了", "report_bankruptcy"),
        ("talk to my lawyer", "legal_representation"),
        ("有事找我的律師", "legal_representation"),
        ("I'm reporting you to the ombudsman", "complain"),
        ("我要投诉你们", "complain"),
    ],
)
def test_plain_words_are_heard(reader, text, intent):
    assert reader.words(text)[intent] in ("certain", "likely")
    assert taken_as(reader, text, out_of_scope=0.6, **{intent: 0.35}) == intent


@pytest.mark.parametrize(
    "text",
    [
        "how much do I owe",
        "I could do 150 a month",
        "能分期吗",
        "下个月发工资先还一半行不",
        "don't stop sending the reminders, they help",
        "is this the right number to reach you",
        "my lawyer friend says hi, anyway when is it due",
        "thanks, you're a real person's best friend",
    ],
)
def test_everyday_messages_hold_no_certain_words(reader, text):
    assert "certain" not in reader.words(text).values()


def test_long_hostile_text_is_read_in_no_time(reader):
    for text in ("stop " * 2000, "a" * 10_000, "不" * 5_000, "i never " * 1_500):
        reader.words(text)


@pytest.mark.parametrize(
    ("text", "intent"),
    [("你怎么证明你不是冒充的", "report_fraud"), ("is there a real human typing all this", "request_human")],
)
def test_a_doubt_about_who_writes_is_no_hard_case(reader, text, intent):
    assert intent not in reader.words(text)


@pytest.mark.parametrize(
    ("text", "heard"),
    [
        ("我才十五，签这个可以吗", "underage"),
        ("我今年15岁，当时是乱填的年龄", "underage"),
        ("其实我现在只有17，要紧吗", "underage"),
        ("我現在才17欸", "underage"),
        ("我才16块钱", None),
        ("我只有15号能还", None),
        ("我才12期没还", None),
        ("我弟才15，是他用我手机", None),
        ("我18岁了，当时才15岁", None),
    ],
)
def test_an_age_without_its_unit_is_heard_where_nothing_else_is_counted(reader, text, heard):
    assert reader.said(text) == heard


@pytest.mark.parametrize(
    "text",
    [
        "这件事别告诉我爸",
        "please don't let my boss hear, no complaints otherwise",
        "180's a bit steep with the solicitor to pay",
        "i'm at a law firm so i read everything twice",
        "我还要付律师费呢",
        "我在律所上班，这种条款天天见",
    ],
)
def test_what_words_turn_round_is_not_heard_from_a_model_that_is_not_sure(reader, text):
    turned = next(iter(reader.turned_round(text)))

    assert taken_as(reader, text, **{turned: 0.4, "set_contact_preference": 0.2}) == "set_contact_preference"
    assert taken_as(reader, text, **{turned: 0.9, "set_contact_preference": 0.05}) == turned
