"""What identifies somebody, and when and how they want to be reached."""

from datetime import datetime, timezone

import pytest

from bot.nlu.extraction import extract

NOW = datetime(2026, 11, 21, 10, 0, tzinfo=timezone.utc)


def found(text):
    return [(e.entity, e.value) for e in extract(text, NOW)]


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("my account number is 8840-2231", "88402231"),
        ("8840-2231", "88402231"),
        ("AC-10024", "AC10024"),
        ("it's TW20031", "TW20031"),
        ("SG-4410-77", "SG441077"),
        ("ab12345", "ab12345"),
        ("account 88402231", "88402231"),
        ("88402231", "88402231"),
        ("it's account 10024", "10024"),
        ("account no 551208", "551208"),
        ("551208 is my account number", "551208"),
        ("loan ref AB12345678", "AB12345678"),
        ("账号88402231", "88402231"),
        ("帳號 TW20031", "TW20031"),
        ("戶口號碼係8840-2231", "88402231"),
        ("账号：ＳＧ－４４１０－７７", "SG441077"),
        ("the letter says TW 41882", "TW41882"),
        ("id是 77310", "77310"),
    ],
)
def test_an_account_number_loses_its_separators_and_keeps_its_letters(text, value):
    assert found(text) == [("account_number", value)]


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("+1 202 555 0143", "12025550143"),
        ("(202) 555-0143", "2025550143"),
        ("reach me on 555-0142", "5550142"),
        ("202-555-0143", "2025550143"),
        ("phone number is 07700 900123", "07700900123"),
        ("my new number is +44 7700 900123", "447700900123"),
        ("my number is 9123 4567", "91234567"),
        ("13800000000", "13800000000"),
        ("138-0000-0000", "13800000000"),
        ("我的手机是 138 0000 0000", "13800000000"),
        ("换手机号了，新号码13912345678", "13912345678"),
    ],
)
def test_a_phone_is_its_digits(text, value):
    assert found(text) == [("phone", value)]


@pytest.mark.parametrize(
    ("text", "kind", "value"),
    [
        ("SC-0090286836 12 May 1990", "account_number", "SC0090286836"),
        ("SC-0590286836 12 May 1990", "account_number", "SC0590286836"),
        ("0044 7700 900123 12 May 1990", "phone", "447700900123"),
        ("0612345678 12 May 1990", "phone", "0612345678"),
    ],
)
def test_the_day_of_a_birth_date_is_no_part_of_the_number_before_it(text, kind, value):
    assert found(text) == [(kind, value), ("date", "1990-05-12")]


def test_an_account_number_that_begins_with_zeros_is_no_phone():
    assert found("SC-0090286836") == [("account_number", "SC0090286836")]


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("551208", "551208"),
        ("551 208", "551208"),
        ("it's 482913", "482913"),
        ("the code is 551 208", "551208"),
        ("otp 009214", "009214"),
        ("four eight two nine one three", "482913"),
        ("验证码是 482913", "482913"),
        ("四八二九一三", "482913"),
        ("验证码 4 8 2 9 1 3", "482913"),
        ("551208，对吗", "551208"),
        ("OTP 204871", "204871"),
        ("that code expired, the new number is 738 112", "738112"),
        ("應該是 277 905 才對", "277905"),
    ],
)
def test_six_digits_are_a_passcode(text, value):
    assert found(text) == [("passcode", value)]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("I owe 150000", [("money", 150000)]),
        ("pay 150000", [("money", 150000)]),
        ("还150000", [("money", 150000)]),
        ("1000-1500 a month", [("money", 1000), ("money", 1500), ("frequency", "monthly")]),
        ("2000-3000", [("money", 2000), ("money", 3000)]),
        ("card 4111 1111 1111 1111", []),
        ("身份证号110101199003074518", []),
        ("my account ends in 2231", []),
        ("my account is 3 months behind", [("duration", "P3M")]),
    ],
)
def test_what_is_no_identifier_is_not_taken_for_one(text, expected):
    assert found(text) == expected


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("my email is foo.bar@example.com", "foo.bar@example.com"),
        ("John.Smith+loan@Example.co.uk", "John.Smith+loan@Example.co.uk"),
        ("我的邮箱zhang.wei@qq.com", "zhang.wei@qq.com"),
    ],
)
def test_an_email_address_stays_as_written(text, value):
    assert found(text) == [("email", value)]


TIMES = [
    ("after 6pm", "18:00/24:00"),
    ("call me tomorrow after 6", "18:00/24:00"),
    ("call me after 8", "20:00/24:00"),
    ("call me at 3", "15:00"),
    ("at 10", "10:00"),
    ("3am", "03:00"),
    ("12pm", "12:00"),
    ("6.30pm", "18:30"),
    ("18:30", "18:30"),
    ("half past 6", "18:30"),
    ("quarter to 7 tonight", "18:45"),
    ("at 8 tonight", "20:00"),
    ("before 9am", "00:00/09:00"),
    ("before noon", "00:00/12:00"),
    ("call me between 9 and 11", "09:00/11:00"),
    ("contact me between 2 and 4", "14:00/16:00"),
    ("from 9 to 5 please call", "09:00/17:00"),
    ("5 to 7 pm", "17:00/19:00"),
    ("between 10am and 2pm", "10:00/14:00"),
    ("mornings only", "06:00/12:00"),
    ("only message me in the evening", "18:00/22:00"),
    ("下午三点", "15:00"),
    ("下午3点半", "15:30"),
    ("七点一刻", "19:15"),
    ("晚上七点以后", "19:00/24:00"),
    ("九点前别打", "00:00/09:00"),
    ("早上9点到11点", "09:00/11:00"),
    ("晚上8点到10点", "20:00/22:00"),
    ("下午2-4点", "14:00/16:00"),
    ("今晚八点", "20:00"),
    ("凌晨三点打电话", "03:00"),
    ("15:30", "15:30"),
    ("上午", "06:00/12:00"),
    ("not before 10am", "10:00/24:00"),
    ("any time between half nine and twelve", "09:30/12:00"),
    ("at 2:47 in the night", "02:47"),
    ("今晚八點四位有枱嗎", "20:00"),
]


@pytest.mark.parametrize(("text", "value"), TIMES)
def test_a_time_of_day_is_a_point_or_a_range(text, value):
    assert [value for entity, value in found(text) if entity == "time_of_day"] == [value]


@pytest.mark.parametrize(
    "text",
    [
        "good morning",
        "早上好",
        "晚上好",
        "after 6 months",
        "at 5%",
        "at least",
        "at 20",
        "便宜一点",
        "晚一点再联系我",
        "I have two points",
        "24小时",
    ],
)
def test_what_is_no_time_is_left_alone(text):
    assert [value for entity, value in found(text) if entity == "time_of_day"] == []


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("ring me after 5", ["phone"]),
        ("stop calling me", ["phone"]),
        ("over the phone", ["phone"]),
        ("give me a bell", ["phone"]),
        ("text me instead", ["sms"]),
        ("stop texting me", ["sms"]),
        ("by text please", ["sms"]),
        ("text me instead of calling", ["sms", "phone"]),
        ("email me the statement", ["email"]),
        ("telegram please", ["telegram"]),
        ("use the web chat", ["web"]),
        ("给我打电话", ["phone"]),
        ("不要再打给我", ["phone"]),
        ("不要打电话，发短信", ["phone", "sms"]),
        ("以后发邮件给我", ["email"]),
        ("发到我邮箱", ["email"]),
        ("I have a new phone number", []),
        ("my phone is broken", []),
        ("my email is foo@example.com", []),
        ("我电话号码是13800000000", []),
        ("call it even", []),
    ],
)
def test_a_channel_is_named_or_implied_by_the_verb(text, expected):
    assert [value for entity, value in found(text) if entity == "channel"] == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("can we speak Chinese", ["zh-Hans"]),
        ("english please", ["en"]),
        ("traditional chinese", ["zh-Hant"]),
        ("请说英文", ["en"]),
        ("繁體中文", ["zh-Hant"]),
        ("简体", ["zh-Hans"]),
        ("可以用中文吗", ["zh-Hans"]),
        ("I don't speak English", ["en"]),
        ("我不会英文，可以说中文吗", ["en", "zh-Hans"]),
        ("my english is not good", ["en"]),
        ("in plain english", []),
        ("after Chinese new year", []),
    ],
)
def test_every_language_that_is_named_counts(text, expected):
    assert [value for entity, value in found(text) if entity == "language"] == expected
