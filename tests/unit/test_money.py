"""Money is exact: integer minor units and a currency."""

from __future__ import annotations

from dataclasses import FrozenInstanceError
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.domain.money import Money, MoneyError, decimals

CURRENCIES = ("JPY", "USD", "CNY", "KWD")
minors = st.integers(min_value=-(10**15), max_value=10**15)
currencies = st.sampled_from(CURRENCIES)


@pytest.mark.parametrize(("currency", "places"), [("JPY", 0), ("USD", 2), ("CNY", 2), ("KWD", 3)])
def test_each_currency_has_its_own_decimals(currency, places):
    found = decimals(currency)

    assert found == places


@pytest.mark.parametrize(
    ("text", "currency", "minor"),
    [
        ("1234.50", "USD", 123450),
        ("1234.5", "USD", 123450),
        (" 7 ", "USD", 700),
        ("0.01", "GBP", 1),
        ("-3.20", "EUR", -320),
        ("90500", "JPY", 90500),
        ("90500.0", "JPY", 90500),
        ("12.345", "KWD", 12345),
        ("999999999999.99", "CNY", 99999999999999),
    ],
)
def test_a_plain_decimal_is_read_to_the_minor_unit(text, currency, minor):
    money = Money.parse(text, currency)

    assert money == Money(minor, currency)


@pytest.mark.parametrize(
    ("text", "currency"),
    [
        ("12.345", "USD"),
        ("1.5", "JPY"),
        ("0.0001", "KWD"),
        ("1.0000000000000000000000000000000001", "USD"),
        ("1,200.00", "USD"),
        ("1_200", "USD"),
        ("1e3", "USD"),
        ("NaN", "USD"),
        ("Infinity", "USD"),
        ("", "USD"),
        ("twelve", "USD"),
        ("$12", "USD"),
        ("1 200", "USD"),
        ("１２", "USD"),
    ],
)
def test_what_is_no_plain_amount_of_the_currency_is_refused(text, currency):
    with pytest.raises(MoneyError):
        Money.parse(text, currency)


@pytest.mark.parametrize("code", ["usd", "ZZZ", "", "US", "dollars"])
def test_what_is_no_currency_is_refused(code):
    with pytest.raises(MoneyError, match="ISO 4217"):
        Money.parse("1", code)


@pytest.mark.parametrize("minor", [1.0, True, "5", Decimal(3), None])
def test_minor_units_are_an_integer_and_nothing_else(minor):
    with pytest.raises(MoneyError):
        Money(minor, "USD")


@given(minor=minors, currency=currencies)
def test_an_amount_survives_being_written_and_read(minor, currency):
    money = Money(minor, currency)

    written = money.as_json()

    assert Money.parse(written["amount"], written["currency"]) == money
    assert len(written["amount"].partition(".")[2]) == decimals(currency)


@given(first=minors, second=minors, currency=currencies)
def test_sums_and_differences_are_exact(first, second, currency):
    a, b = Money(first, currency), Money(second, currency)

    there_and_back = a + b - b

    assert there_and_back == a
    assert (a + b).minor == first + second
    assert -a + a == Money.zero(currency)


@pytest.mark.parametrize(
    "mix",
    [
        lambda a, b: a + b,
        lambda a, b: a - b,
        lambda a, b: a < b,
        lambda a, b: a <= b,
        lambda a, b: a > b,
        lambda a, b: a >= b,
    ],
)
def test_two_currencies_never_mix(mix):
    dollars, yen = Money(100, "USD"), Money(100, "JPY")

    with pytest.raises(MoneyError, match="do not mix"):
        mix(dollars, yen)


def test_the_same_figure_in_two_currencies_is_not_the_same_money():
    dollars, euros = Money(100, "USD"), Money(100, "EUR")

    assert dollars != euros


@pytest.mark.parametrize(
    ("minor", "share", "part"),
    [
        (4500, 50, 2250),
        (1, 50, 1),
        (3, 50, 2),
        (333, 33, 110),
        (10, Decimal("12.5"), 1),
        (4500, 0, 0),
        (4500, 100, 4500),
    ],
)
def test_per_cents_are_rounded_half_up(minor, share, part):
    money = Money(minor, "USD").percent(share)

    assert money == Money(part, "USD")


@given(minor=st.integers(0, 10**15), share=st.decimals(0, 100, places=2))
def test_a_share_is_never_more_than_the_whole(minor, share):
    whole = Money(minor, "CNY")

    part = whole.percent(share)

    assert Money.zero("CNY") <= part <= whole


@pytest.mark.parametrize(
    ("value", "currency", "minor"),
    [(0.1, "USD", 10), (0.295, "USD", 30), (1500, "JPY", 1500), (1500.5, "JPY", 1501), ("19.999", "USD", 2000)],
)
def test_what_a_borrower_names_is_rounded_half_up_without_float_dust(value, currency, minor):
    money = Money.from_units(value, currency)

    assert money == Money(minor, currency)


def test_nothing_is_falsy_and_something_is_truthy():
    nothing, something = Money.zero("USD"), Money(1, "USD")

    assert not nothing
    assert something


def test_money_cannot_be_changed():
    money = Money(100, "USD")

    with pytest.raises(FrozenInstanceError):
        money.minor = 5  # type: ignore[misc]
