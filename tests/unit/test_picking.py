"""Which of the offers on the table is meant, by whatever sets it apart."""

from __future__ import annotations

from datetime import date, datetime, timedelta, timezone

import pytest

from bot.domain.debt import Balance
from bot.domain.money import Money
from bot.domain.offer import Kind, Terms, number_payments
from bot.domain.schedule import Frequency
from bot.nlu.extraction import extract
from bot.nlu.language import detect
from bot.services.picking import picked

MORNING = datetime(2026, 11, 20, 9, tzinfo=timezone.utc)


def usd(amount: str) -> Money:
    return Money.parse(amount, "USD")


def terms(
    kind: Kind, first: date, count: int, amount: str, frequency: Frequency | None = None, fees: str = "0"
) -> Terms:
    apart = {"biweekly": 14, "monthly": 30}.get(frequency or "", 0)
    payments = [(first + timedelta(days=apart * i), usd(amount)) for i in range(count)]
    waived = Balance(usd("0"), usd("0"), usd(fees))
    return Terms(kind, usd("945"), number_payments(payments, False), waived, "rule", frequency)


# 4 × 236.25 monthly from 23 December to 23 March, 9 × 105 fortnightly from 2 December on, once 936.25 by 30 November
OFFERED = (
    terms("plan", date(2026, 12, 23), 4, "236.25", "monthly"),
    terms("plan", date(2026, 12, 2), 9, "105", "biweekly"),
    terms("settlement", date(2026, 11, 30), 1, "936.25", fees="8.75"),
)


def place(words: str) -> int | None:
    mentions = [entity.as_dict() for entity in extract(words, MORNING, detect(words, "en"))]
    found = picked(OFFERED, words, mentions)
    return None if found is None else found + 1


@pytest.mark.parametrize(
    ("words", "number"),
    [
        ("that's fine, the first", 1),
        ("The second's grand", 2),
        ("the last please", 3),
        ("theek hai, first wala option", 1),
        ("I'd go with what you have put first", 1),
        ("eh, 2", 2),
        ("2 for me mate, I'm paid weekly so every other week is no bother", 2),
        ("no 3 sorted", 3),
        ("optoin 2 plese", 2),
        ("was going to say 1 but actually 2", 2),
        ("sign me up 4 the biweekly", 2),
        ("就2嘛 莫得啥子好想的", 2),
        ("揀二啦唔該", 2),
        ("选地一个 手机打字不好使", 1),
        ("1和3里我纠结半天 还是1", 1),
        ("最底下那条", 3),
        ("A嗰個", 1),
    ],
)
def test_by_its_place(words, number):
    assert place(words) == number


@pytest.mark.parametrize(
    ("words", "number"),
    [
        ("put me down for the four payments", 1),
        ("the 9 instalments one if you would be so kind", 2),
        ("I guess the 936 one. merry christmas to me", 3),
        ("那個236的", 1),
        ("236块25那个吧，退休金刚好够。", 1),
        ("唉冇計啦，分四個月嗰個", 1),
        ("分9次那个呗 细水长流", 2),
        ("yep the one that starts dec 23", 1),
        ("That Nov 30 deal, I'll grab it", 3),
        ("由廿三號開始嗰個啱我", 1),
    ],
)
def test_by_figures_and_days_in_it(words, number):
    assert place(words) == number


@pytest.mark.parametrize(
    ("words", "number"),
    [
        ("two weekly is me", 2),
        ("还是两周一还吧，攒多了我怕自己花掉", 2),
        ("the monthlies", 1),
        ("just pay it all off then like you said, get it over with", 3),
        ("one and done", 3),
        ("full settlement那个plan 我要", 3),
        ("直接还完 无债一身轻", 3),
        ("有折手續費的那個我要我要", 3),
        ("能省下一点是一点，我选省钱的那个。", 3),
        ("whichever of those has the littlest payments, that one", 2),
        ("the cheaper monthly one", 1),
        ("the lil payments", 2),
        ("We'll take the installments, the ones with more payments", 2),
        ("the one that finishes first", 3),
        ("期数少的那个", 3),
    ],
)
def test_by_what_it_is_like(words, number):
    assert place(words) == number


@pytest.mark.parametrize(
    ("words", "number"),
    [
        ("第一个遭不住 二号嘛 就它了", 2),
        ("not the lump sum obviously lol. the biweekly not the monthly", 2),
        ("打工人选每月还的，两周还一次我真记不住", 1),
        ("一次繳掉好了 不然每個月都要記得很煩", 3),
        ("上面嗰個好啲，下面嗰個太密", 1),
    ],
)
def test_what_is_turned_down_beside_it_points_to_nothing(words, number):
    assert place(words) == number


@pytest.mark.parametrize(
    "words",
    [
        "ok yep that works for me, go ahead",
        "no, the other one",
        "就那个",
        "fine, from the first of the month",
        "the first or the second",
        "the 12 month plan",
        "option 5",
    ],
)
def test_what_singles_out_none_is_asked_about(words):
    assert place(words) is None


def test_one_offer_alone_needs_no_words_and_another_place_is_none():
    assert picked(OFFERED[:1], "that one") == 0
    assert picked(OFFERED[:1], "the second") is None


def test_a_button_says_which_whatever_its_words():
    assert picked(OFFERED, "Option 1", [{"entity": "option", "value": 3}]) == 2
