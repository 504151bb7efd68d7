"""Reading who somebody says they are, however they write it."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.domain.identification import normal_number, read_identification

TODAY = date(2026, 11, 23)


def read(text: str, *entities: dict[str, object]):
    return read_identification(text, entities, TODAY)


def mention(kind: str, value: object, text: str, inside: str) -> dict[str, object]:
    start = inside.index(text)
    return {"entity": kind, "value": value, "text": text, "start": start, "end": start + len(text)}


@pytest.mark.parametrize(
    "text",
    [
        "1987-03-07",
        "1987/3/7",
        "1987.03.07",
        "1987 - 03 - 07",
        "19870307",
        "1987年3月7日",
        "1987 年 3 月 7 日",
        "１９８７－０３－０７",
        "出生日期1987年03月07号",
        "I was born on 1987-03-07.",
        "07.03.1987",
        "7/3/1987",
        "07-03-87",
        "3/7/87",
        "born 7 / 3 / 1987, thanks",
    ],
)
def test_a_birth_date_is_read_in_many_notations(text):
    found = read(text).birth_dates

    assert date(1987, 3, 7) in found


def test_a_date_whose_order_is_open_is_read_both_ways():
    found = read("3/7/1988").birth_dates

    assert found == {date(1988, 3, 7), date(1988, 7, 3)}


def test_a_birth_date_in_words_comes_from_the_grammar():
    text = "AC-40118, 31 December 1979"

    found = read(text, mention("date", "1979-12-31", "31 December 1979", text))

    assert found.birth_dates == {date(1979, 12, 31)}
    assert "AC40118" in found.numbers


@pytest.mark.parametrize("text", ["2026-11-20", "1889-01-01", "2020-05-05", "1987-13-40", "1987-02-30", "next friday"])
def test_what_cannot_be_a_borrowers_birth_date_is_none(text):
    found = read(text)

    assert not found.birth_dates


@pytest.mark.parametrize(
    "text",
    [
        "7001-3344",
        "7001 3344",
        "70013344",
        "7001.3344",
        "７００１－３３４４",
        "7001\u20103344",
        "7001\u20113344",
        "7001\u20133344",
        "my account is 7001-3344 thanks",
        "账号7001-3344",
        "7001-3344, 1987-03-07",
        "7001-3344 7/3/1987",
    ],
)
def test_an_account_number_is_read_in_many_notations(text):
    found = read(text)

    assert "70013344" in found.numbers


@pytest.mark.parametrize(
    "text", ["AC-40118", "ac-40118", "AC 40118", "AC40118", "账号AC-40118", "ＡＣ－４０１１８", "Ac\u201140118"]
)
def test_an_account_number_with_letters_is_read_in_many_notations(text):
    found = read(text)

    assert "AC40118" in found.numbers


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("+1 (202) 555-0181", "12025550181"),
        ("+44 7700 900418", "447700900418"),
        ("07700 900418", "07700900418"),
        ("138 0000 0719", "13800000719"),
        ("手机13800000719", "13800000719"),
    ],
)
def test_a_phone_number_is_read_with_its_blanks(text, number):
    found = read(text)

    assert number in found.numbers


@pytest.mark.parametrize("text", ["482913", "482 913", "482-913", "验证码是482913", "My code: 482913."])
def test_a_passcode_is_read(text):
    found = read(text)

    assert found.passcode == "482913"


@pytest.mark.parametrize("text", ["48291", "4829133", "7001-3344", "AC-482913", "x482913"])
def test_what_has_not_six_digits_of_its_own_is_no_passcode(text):
    found = read(text)

    assert found.passcode is None


def test_a_birth_date_is_neither_number_nor_passcode():
    found = read("1987-03-07")

    assert (found.numbers, found.passcode) == (frozenset(), None)


@pytest.mark.parametrize("text", ["", "hello", "我是王", "😀", "No. 3", "why?"])
def test_small_talk_identifies_nobody(text):
    found = read(text)

    assert found.empty


@given(text=st.text(max_size=300))
def test_whatever_is_typed_is_read_without_failing(text):
    found = read(text)

    assert all(4 <= len(number) <= 26 for number in found.numbers)
    assert all(1906 <= born.year <= 2012 for born in found.birth_dates)


@given(number=st.from_regex(r"[0-9]{4}-[0-9]{4}|[A-Z]{2}-[0-9]{5}", fullmatch=True))
def test_a_number_is_found_however_its_parts_are_joined(number):
    wanted = normal_number(number)

    for written in (number, number.replace("-", ""), number.replace("-", " "), number.lower()):
        assert wanted in read(f"it is {written}").numbers


def test_an_account_number_of_letters_and_three_digits_is_read():
    given = read_identification("my account is ACC-001, born 12 May 1990", [], date(2026, 11, 23))

    assert "ACC001" in given.numbers
