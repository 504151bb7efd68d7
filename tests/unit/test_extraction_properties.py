"""What is written in any supported form is read back as the same number, and no text at all does harm."""

import time
from datetime import date, datetime, timedelta, timezone

import cn2an
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from bot.nlu.extraction import extract
from bot.nlu.extraction.characters import fold
from bot.nlu.extraction.chinese_numbers import read as read_han

NOW = datetime(2026, 11, 21, 10, 0, tzinfo=timezone.utc)
UNITS = ("zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve")
UNITS += ("thirteen", "fourteen", "fifteen", "sixteen", "seventeen", "eighteen", "nineteen")
TENS = ("", "", "twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety")
HAN = "零一二三四五六七八九"
MONTHS = ("January", "February", "March", "April", "May", "June", "July")
MONTHS += ("August", "September", "October", "November", "December")
PIECES = (
    *("pay", "150", "a", "month", "on", "the", "25th", "of", "every", "friday", "next", "week", "two", "fifty", "half"),
    *(
        "6pm",
        "call",
        "me",
        "8840-2231",
        "12/5",
        "$1.5k",
        "and",
        "to",
        "一个月",
        "还",
        "三五百",
        "下周五",
        "1万2",
        "分六期",
    ),
    *("打八折", "，", "号", "上", "个", "半", "第", "周", "十", "\x00", "😀"),
)

amounts = st.integers(min_value=20, max_value=99_999).filter(lambda n: not 1950 <= n <= 2040)
days = st.dates(min_value=date(2026, 11, 21), max_value=date(2027, 11, 20))


def in_words(n, joint=" and "):
    """1250 is "one thousand two hundred and fifty"."""
    if n < 20:
        return UNITS[n]
    if n < 100:
        return TENS[n // 10] + (f"-{UNITS[n % 10]}" if n % 10 else "")
    if n < 1_000:
        return f"{UNITS[n // 100]} hundred" + (joint + in_words(n % 100) if n % 100 else "")
    rest = n % 1_000
    if not rest:
        return f"{in_words(n // 1_000)} thousand"
    return f"{in_words(n // 1_000)} thousand{joint if rest < 100 else ' '}{in_words(rest)}"


def colloquial(n):
    """1200 is 一千二, 35000 三万五, None where nobody says it so."""
    for unit, name in ((10_000, "万"), (1_000, "千"), (100, "百")):
        head, tail = divmod(n, unit)
        if 0 < head < 10 and tail and tail % (unit // 10) == 0:
            return f"{'两' if head == 2 else HAN[head]}{name}{HAN[tail * 10 // unit]}"
    return None


def money(text):
    return [e.value for e in extract(text, NOW) if e.entity == "money"]


def dates(text):
    return dates_at(text, NOW)


def dates_at(text, now):
    return [e.value for e in extract(text, now) if e.entity == "date"]


@given(amounts)
def test_an_amount_in_digits_is_read_back(n):
    for text in (f"${n}", f"I can pay {n} a month", f"${n:,}.50", f"每月还{n}", f"{n}块", f"RMB {n:,}", f"还{n}元"):
        assert money(text) == [n + 0.5 if ".50" in text else n]


@given(amounts)
def test_an_amount_in_full_width_digits_is_read_back(n):
    wide = str(n).translate({ord(str(d)): chr(0xFF10 + d) for d in range(10)})

    assert money(f"每月还{wide}块") == [n]


@given(amounts)
def test_an_amount_in_english_words_is_read_back(n):
    assert money(f"I could do {in_words(n)} dollars") == [n]
    assert money(f"{in_words(n, joint=' ')} a month") == [n]


@given(st.integers(1, 19), st.integers(10, 99))
def test_two_fifty_is_two_hundred_and_fifty(hundreds, rest):
    assert money(f"{UNITS[hundreds]} {in_words(rest)} a month") == [hundreds * 100 + rest]


@given(amounts)
def test_an_amount_in_chinese_numerals_is_read_back(n):
    formal = cn2an.an2cn(n)

    for written in (formal, formal.replace("二千", "两千").replace("二万", "两万").replace("二百", "两百")):
        assert money(f"{written}块") == [n]
        assert money(f"每个月还{written}") == [n]


@given(st.integers(1, 99_999_999))
@example(10)
@example(100_010)
@example(20_000_000)
def test_the_reader_of_numerals_agrees_with_cn2an(n):
    assert read_han(cn2an.an2cn(n)) == n
    assert read_han(cn2an.an2cn(n, "up")) == n


@given(amounts)
def test_a_colloquial_amount_in_chinese_is_read_back(n):
    written = colloquial(n)
    if written:
        assert money(written) == [n]
        assert money(f"先还{written}，剩下再说") == [n]
        assert money(written.replace("万", "萬").replace("两", "兩") + "塊") == [n]


@given(st.integers(1, 99), st.integers(0, 9))
def test_an_amount_with_a_multiplier_is_read_back(n, tenth):
    number = f"{n}.{tenth}" if tenth else str(n)

    for suffix, size in (("k", 1_000), (" grand", 1_000), ("w", 10_000), ("万", 10_000), ("千", 1_000)):
        value = round((n + tenth / 10) * size)
        assert money(f"{number}{suffix}") == [value]


@given(days)
def test_a_day_is_read_back_from_any_way_to_write_it(day):
    month = MONTHS[day.month - 1]
    suffix = {1: "st", 2: "nd", 3: "rd"}.get(day.day % 10 if day.day // 10 != 1 else 0, "th")

    for text in (
        day.isoformat(),
        f"{day.year}/{day.month}/{day.day}",
        f"{day.day}/{day.month}/{day.year}",
        f"on {day.day} {month}",
        f"by {month} {day.day}{suffix}",
        f"the {day.day}{suffix} of {month[:3]}",
        f"{month} {day.day}, {day.year}",
        f"{day.year}年{day.month}月{day.day}日",
        f"{day.month}月{day.day}号",
        f"{cn2an.an2cn(day.month)}月{cn2an.an2cn(day.day)}号",
        f"{day.month}月{day.day}號前還",
    ):
        assert dates(text) == [day.isoformat()], text


@given(st.integers(1, 60))
def test_so_many_days_ahead_are_counted_from_the_day_of_the_message(n):
    expected = [(NOW.date() + timedelta(days=n)).isoformat()]

    assert dates(f"in {n} days") == expected
    assert dates(f"{n}天后") == expected
    assert dates(f"{cn2an.an2cn(n)}天之後") == expected


@given(st.integers(2, 60))
def test_the_number_of_instalments_is_read_back(n):
    for text in (f"in {n} payments", f"{in_words(n)} instalments", f"分{n}期", f"分{cn2an.an2cn(n)}期"):
        assert [e.value for e in extract(text, NOW) if e.entity == "instalments"] == [n]


@given(
    st.one_of(
        st.text(max_size=80),
        st.lists(st.sampled_from(PIECES), max_size=14).map(" ".join),
        st.lists(st.sampled_from(PIECES), max_size=14).map("".join),
    )
)
@example("İstanbul ſ ǅ 25th")
@example("٣٠٠ a month ²")
@example("\ud800 300")
def test_any_text_is_survived_and_every_mention_stands_where_it_says(text):
    found = extract(text, NOW)

    assert all(e.text == text[e.start : e.end] and e.text for e in found)
    assert [e.start for e in found] == sorted(e.start for e in found)
    assert all((e.value is None) == e.approximate for e in found)


@given(st.text())
def test_folding_never_moves_an_offset(text):
    folded = fold(text)

    assert len(folded) == len(text)
    assert not any("A" <= character <= "Z" for character in folded)


@given(st.dates(min_value=date(2020, 1, 1), max_value=date(2999, 12, 31)))
def test_any_clock_will_do(day):
    now = datetime(day.year, day.month, day.day, tzinfo=timezone.utc)

    for text in ("next friday", "the 31st", "in six months", "29 February", "下个月底", "半年后", "月底", "两年后"):
        assert len(dates_at(text, now)) == 1


@pytest.mark.parametrize(
    "text",
    [
        "a " * 5_000,
        "1 " * 5_000,
        "一" * 10_000,
        "每月还" * 3_000,
        "I can pay 150 a month and " * 400,
        "two fifty " * 1_000,
        "one " * 3_000,
        "1,1,1" * 2_000,
        "-" * 10_000,
        "a@" * 5_000,
        "\x00\x01" * 5_000,
        "😀" * 10_000,
        "my my my " * 1_200,
        "(" * 10_000,
        " " * 10_000,
        "十百千万" * 2_500,
        "the 1st and " * 900,
    ],
)
def test_four_times_the_text_takes_nowhere_near_sixteen_times_the_time(text):
    def spent(part: str) -> float:
        started = time.process_time()
        extract(part, NOW)
        return time.process_time() - started

    short, long = min(spent(text[: len(text) // 4]) for _ in range(3)), min(spent(text) for _ in range(2))

    assert long < 10 * max(short, 0.02)
