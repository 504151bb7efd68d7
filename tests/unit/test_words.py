"""Words: every response in every language, with exact facts in the formats of the reader."""

from __future__ import annotations

import re
import string
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, date, datetime
from typing import get_args

import pytest
from ruamel.yaml import YAML

from actions.base import Reply, identity_reply
from actions.handover import ActionHandOver
from actions.negotiation import agreed_replies, describe, options_reply, read_back_reply
from bot.dialogue.words import LANGUAGES, UnknownResponse, Voice, Words, money, simplified
from bot.domain.debt import Balance
from bot.domain.money import Money
from bot.domain.offer import Terms, number_payments
from bot.domain.stated import stated
from bot.services.identity import IdentityStep, Outcome
from bot.services.negotiation import Step, StoredOffer
from bot.services.portfolio import COUNTRIES
from bot.services.replies import fact
from bot.settings import ROOT

NAMES = Words(ROOT / "domain.yml").names()
# What stands inside another message, or on a button.
PARTS = ("utter_button_", "utter_means_", "utter_word_", "utter_part_", "utter_terms_")
# What must always read the same: the words of the law, a code that people know by its form, a text of the lender's.
ONE_WORDING = {"utter_passcode"} | {name for name in NAMES if name.startswith("utter_disclosure")}
ARRIVE_ALONE = {"utter_terms_approved", "utter_terms_refused"}
MESSAGES = sorted({name for name in NAMES if not name.startswith(PARTS)} - ONE_WORDING | ARRIVE_ALONE)
HAN = re.compile("[一-鿿]")
SOURCES = [*(ROOT / "actions").glob("*.py"), ROOT / "bot/channels/router.py"]


def fields(text: str) -> set[str]:
    return {name for _, name, _, _ in string.Formatter().parse(text) if name}


def rules() -> list[dict]:
    files = [*(ROOT / "data/rules").glob("*.yml"), *(ROOT / "data/stories").glob("*.yml")]
    loaded = [YAML(typ="safe").load(path.read_text(encoding="utf-8")) for path in files]
    return [
        step for file in loaded for kind in ("rules", "stories") for row in file.get(kind, []) for step in row["steps"]
    ]


@pytest.mark.parametrize("name", NAMES)
def test_a_response_stands_in_every_language_with_the_same_facts(words, name):
    wanted = fields(words.variations(name, "en")[0])

    for language in LANGUAGES:
        for text in words.variations(name, language):
            assert text.strip()
            assert fields(text) == wanted


@pytest.mark.parametrize("name", [name for name in NAMES if name != "utter_disclosure"])
def test_a_chinese_response_is_chinese_and_an_english_one_is_not(words, name):
    assert not any(HAN.search(text) for text in words.variations(name, "en"))
    assert all(HAN.search(text) for text in words.variations(name, "zh-Hans"))


@pytest.mark.parametrize("name", MESSAGES)
def test_a_message_can_be_said_in_two_ways_in_every_language(words, name):
    ways = {language: set(words.variations(name, language)) for language in LANGUAGES}

    assert all(len(texts) > 1 for texts in ways.values())


def test_traditional_chinese_is_converted_and_its_placeholders_stay(words):
    text = words.variations("utter_balance_overdue", "zh-Hant")[0]

    assert "您目前一共欠 {total}，應還日是{due_date}" in text


@pytest.mark.parametrize(
    ("simplified", "traditional"),
    [
        ("90 天后删除", "90 天後刪除"),
        ("好消息，我没有这个权限，明天前回复您。", "好消息，我沒有這個權限，明天前回覆您。"),
        ("破产程序的文件，不是应用程序", "破產程序的文件，不是應用程式"),
        ("请说“转人工”，不是人工智能", "請說「轉真人客服」，不是人工智慧"),
        ("账户信息和征信报告", "帳戶資料和信用報告"),
        ("已经到账，短信发到登记的手机号", "已經入帳，簡訊發到登記的手機號碼"),
        ("逾期三期，分期还款计划", "逾期三期，分期還款計畫"),
        ("每个月还，还是只还一次", "每個月還，還是只還一次"),
        ("由程序按合同批准", "由程式依合約核准"),
    ],
)
def test_traditional_chinese_is_said_as_in_taiwan(words, simplified, traditional):
    assert words.fact({"en": "-", "zh-Hans": simplified}, Voice("zh-Hant", "TW")) == traditional


def test_every_response_that_the_code_names_exists():
    named = {name for path in SOURCES for name in re.findall(r'"(utter_\w+)"', path.read_text(encoding="utf-8"))}

    assert named
    assert named <= set(NAMES)


def test_every_response_that_the_rules_name_exists():
    named = {step["action"] for step in rules() if step.get("action", "").startswith("utter_")}

    assert named
    assert named <= set(NAMES)


def test_every_step_of_identification_has_its_words():
    for outcome in get_args(Outcome):
        assert identity_reply(IdentityStep(outcome)).response in NAMES


def test_every_reason_that_a_rule_hands_over_for_has_its_words(services, words):
    reasons: set[str] = set()
    for path in (ROOT / "data/rules").glob("*.yml"):
        for rule in YAML(typ="safe").load(path.read_text(encoding="utf-8"))["rules"]:
            steps = rule["steps"]
            if {"action": "action_hand_over"} in steps:
                for step in steps:
                    reasons |= {row["intent"] for row in step.get("or", [step]) if "intent" in row}

    told = {r if r in services.parts.handover.reasons else "request_human" for r in reasons}

    assert ActionHandOver.action_name == "action_hand_over"
    assert {f"utter_case_{reason}" for reason in told} <= set(NAMES)


def test_every_reason_that_the_code_opens_a_case_for_has_its_rules(services):
    sources = [*SOURCES, *(ROOT / "bot/services").glob("*.py")]
    opened = {
        name
        for path in sources
        for name in re.findall(r'(?:cases\.open|open_within)\([\w., ]*"(\w+)"\)', path.read_text(encoding="utf-8"))
    }

    assert {"identity_locked", "technical_failure", "not_understood"} <= opened
    assert opened <= set(services.parts.handover.reasons)


def test_every_state_of_a_negotiation_has_its_words():
    source = (ROOT / "bot/services/negotiation.py").read_text(encoding="utf-8")
    handled = set(re.findall(r'step\.state == "(\w+)"', (ROOT / "actions/negotiation.py").read_text(encoding="utf-8")))
    reached = set(re.findall(r'Step\("(\w+)"', source)) | {"ask_amount", "ask_date", "ask_vague"}

    spoken = {f"utter_negotiation_{state}" for state in reached - handled}

    assert reached
    assert spoken <= set(NAMES)


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("country", ["US", "CN", "GB", "SG", "HK", "TW", "IE", None])
def test_a_crisis_line_is_named_wherever_somebody_lives(services, words, language, country):
    line = services.parts.lender.crisis_line(country)

    text = words.say(
        "utter_case_express_distress", {"crisis_line": line, "reference": "C-00001"}, Voice(language, country)
    )

    assert re.search(r"\d{3,}|findahelpline", text)


def test_a_missing_fact_is_an_error_and_never_a_gap(words):
    with pytest.raises(KeyError):
        words.say("utter_balance_overdue", {"total": {"amount": "1.00", "currency": "USD"}}, Voice("en"))


def test_a_response_that_does_not_exist_is_an_error(words):
    with pytest.raises(UnknownResponse):
        words.say("utter_sweet_nothings", {}, Voice("en"))


def test_braces_in_a_fact_are_only_text(words):
    text = words.say("utter_button_option", {"number": "{total} {0.__class__}"}, Voice("en"))

    assert text == "Option {total} {0.__class__}"


@pytest.mark.parametrize(("days", "told"), [(1, ", 1 day ago"), (21, ", 21 days ago")])
def test_one_day_is_one_day(words, days, told):
    facts = {"total": {"amount": "1.00", "currency": "USD"}, "due_date": {"date": "2026-12-05"}, "days": days}

    assert told in words.say("utter_balance_overdue", facts, Voice("en"))


@pytest.mark.parametrize(("rhythm", "told"), [("monthly", "1 monthly payment of"), ("weekly", "1 weekly payment of")])
def test_one_payment_is_one_payment(words, rhythm, told):
    amount, day = {"amount": "1.00", "currency": "USD"}, {"date": "2026-12-05"}
    facts = dict.fromkeys(("each", "total"), amount) | dict.fromkeys(("first", "last"), day)
    facts |= {"number": "", "count": 1, "rhythm": Reply(f"utter_word_{rhythm}").as_json()}

    assert told in words.say("utter_terms_plan_equal", facts, Voice("en"))


def test_two_turns_running_do_not_sound_the_same(words):
    phrasings = words.variations("utter_not_understood", "en")

    said = [words.say("utter_not_understood", {}, Voice("en"), turn) for turn in range(len(phrasings) + 1)]

    assert len(set(said)) == len(phrasings) > 1
    assert said[-1] == said[0]


@pytest.mark.parametrize(
    ("amount", "currency", "voice", "text"),
    [
        ("1234.50", "USD", Voice("en", "US"), "$1,234.50"),
        ("1234.50", "USD", Voice("en", "GB"), "US$1,234.50"),
        ("1234.50", "GBP", Voice("en", "GB"), "£1,234.50"),
        ("90500", "JPY", Voice("en", "GB"), "JP¥90,500"),
        ("312.345", "KWD", Voice("en", "KW"), "KWD 312.345"),
        ("9272.30", "CNY", Voice("zh-Hans", "CN"), "¥9,272.30"),
        ("9272.30", "CNY", Voice("zh-Hant", "TW"), "CN¥9,272.30"),
        ("0.00", "USD", Voice("en", "US"), "$0.00"),
        ("945.00", "USD", Voice("zh-Hans", "US"), "US$945.00"),
        ("945.00", "USD", Voice("en", "TW"), "US$945.00"),
        ("945.00", "TWD", Voice("zh-Hant", "TW"), "$945.00"),
        ("945.00", "TWD", Voice("zh-Hant", "US"), "NT$945.00"),
        ("945.00", "HKD", Voice("zh-Hant", "HK"), "HK$945.00"),
        ("945.00", "CNY", Voice("zh-Hans", "SG"), "CN¥945.00"),
        ("945.00", "SGD", Voice("en", "SG"), "$945.00"),
        ("90500", "JPY", Voice("en", "US"), "JP¥90,500"),
        ("90500", "JPY", Voice("zh-Hant", "HK"), "JP¥90,500"),
        ("99999999999.99", "USD", Voice("en", "US"), "$99,999,999,999.99"),
    ],
)
def test_money_is_written_as_people_of_a_country_write_it(amount, currency, voice, text):
    written = money({"amount": amount, "currency": currency}, voice)

    assert written.replace("\u00a0", " ") == text


@pytest.mark.parametrize(
    ("voice", "text"),
    [
        (Voice("en", "GB"), "Sat 5 Dec 2026"),
        (Voice("en", "SG"), "Sat 5 Dec 2026"),
        (Voice("en", "TW"), "Sat 5 Dec 2026"),
        (Voice("en", "US"), "Sat, Dec 5, 2026"),
        (Voice("en", "CA"), "Sat, Dec 5, 2026"),
        (Voice("zh-Hans", "CN"), "2026年12月5日（周六）"),
        (Voice("zh-Hans", "SG"), "2026年12月5日（周六）"),
        (Voice("zh-Hant", "TW"), "2026年12月5日（週六）"),
        (Voice("zh-Hant", "HK"), "2026年12月5日（週六）"),
        (Voice("zh-Hant", "SG"), "2026年12月5日（週六）"),
    ],
)
def test_a_day_is_written_with_its_weekday(words, voice, text):
    written = words.fact({"date": "2026-12-05"}, voice)

    assert written == text


@pytest.mark.parametrize(
    ("voice", "text"),
    [
        (Voice("en", "GB", "Asia/Singapore"), "Tue 24 Nov, 07:30"),
        (Voice("en", "GB", "America/New_York"), "Mon 23 Nov, 18:30"),
        (Voice("en", "US", "America/New_York"), "Mon, Nov 23, 6:30 PM"),
        (Voice("en", "SG", "Asia/Singapore"), "Tue 24 Nov, 7:30 am"),
        (Voice("zh-Hans", "CN", "Asia/Shanghai"), "11月24日（周二）07:30"),
        (Voice("zh-Hant", "TW", "Asia/Taipei"), "11月24日（週二）清晨7:30"),
        (Voice("zh-Hant", "HK", "Asia/Hong_Kong"), "11月24日（週二）上午7:30"),
    ],
)
def test_a_moment_is_told_in_the_readers_own_time(words, voice, text):
    moment = fact(datetime(2026, 11, 23, 23, 30, tzinfo=UTC))

    assert words.fact(moment, voice) == text


@pytest.mark.parametrize("hour", [0, 7, 12, 18])
@pytest.mark.parametrize(
    ("language", "country"), [("en", "US"), ("en", "SG"), ("zh-Hans", "CN"), ("zh-Hans", "SG"), ("zh-Hant", "HK")]
)
def test_the_guard_reads_an_hour_as_it_is_written(words, language, country, hour):
    written = words.fact(fact(datetime(2026, 11, 23, hour, 30, tzinfo=UTC)), Voice(language, country))

    readings = [reading for figure in stated(simplified(written)) for reading in figure.readings]

    assert ("time", hour, 30) in readings


@pytest.mark.parametrize("language", LANGUAGES)
def test_somebody_from_any_country_can_be_written_to(words, language):
    for country in sorted(COUNTRIES):
        voice = Voice(language, country)

        assert words.fact({"date": "2026-12-05"}, voice)
        assert "1" in words.fact({"amount": "1.00", "currency": "USD"}, voice)


def test_facts_travel_as_what_they_are():
    facts = {
        "total": Money(132550, "USD"),
        "due": date(2026, 12, 5),
        "terms": [Reply("utter_greet", {"total": Money(1, "USD")})],
        "days": 37,
    }

    assert Reply("utter_x", facts).as_json()["facts"] == {
        "total": {"amount": "1325.50", "currency": "USD"},
        "due": {"date": "2026-12-05"},
        "terms": [
            {"response": "utter_greet", "facts": {"total": {"amount": "0.01", "currency": "USD"}}, "choices": []}
        ],
        "days": 37,
    }


def plan(down: bool = False) -> Terms:
    payments = [(date(2026, 12, 5), Money(30000, "USD")), (date(2027, 1, 5), Money(30000, "USD"))]
    payments += [(date(2027, 2, 5), Money(12550, "USD"))]
    return Terms(
        "plan", Money(72550, "USD"), number_payments(payments, down), Balance.zero("USD"), "early: plan", "monthly"
    )


def single(kind: str, owed: int, waived: int = 0) -> Terms:
    schedule = number_payments([(date(2026, 12, 5), Money(70000, "USD"))], False)
    return Terms(kind, Money(owed, "USD"), schedule, fees(waived), f"early: {kind}")


def fees(amount: int) -> Balance:
    return replace(Balance.zero("USD"), fees=Money(amount, "USD"))


ALL_TERMS = {
    "plan": plan(),
    "plan with a down payment": plan(down=True),
    "settlement": single("settlement", 70000),
    "settlement with a waiver": single("settlement", 72550, 2550),
    "promise": single("promise", 72550),
}


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("terms", ALL_TERMS.values(), ids=ALL_TERMS)
@pytest.mark.parametrize(
    "speak",
    [
        read_back_reply,
        lambda offer: agreed_replies(Step("agreed", (offer,)))[0],
        lambda offer: agreed_replies(Step("agreed", (offer,), needs_approval=True))[0],
        lambda offer: options_reply(Step("options", (offer,)))[0],
    ],
)
def test_terms_of_every_kind_are_told_with_their_figures(words, speak: Callable[[StoredOffer], Reply], terms, language):
    reply = speak(StoredOffer("o_1", 1, terms)).as_json()

    text = words.say(reply["response"], reply["facts"], Voice(language, "US"))

    assert "{" not in text
    assert f"{terms.to_pay.amount:,}" in text


def test_a_plan_is_told_with_its_count_rhythm_and_last_payment(words):
    text = words.say(**_spoken(describe(plan())), voice=Voice("en", "US"))

    assert text == (
        "3 monthly payments of $300.00, the first on Sat, Dec 5, 2026, the last of $125.50 on Fri, Feb 5, 2027. "
        "$725.50 in all."
    )


def test_one_payment_after_a_down_payment_is_told_as_one(words):
    parts = [(date(2026, 12, 5), Money(30000, "USD")), (date(2027, 1, 5), Money(42550, "USD"))]
    terms = replace(plan(down=True), schedule=number_payments(parts, True))

    text = words.say(**_spoken(describe(terms)), voice=Voice("en", "US"))

    assert text == "$300.00 on Sat, Dec 5, 2026, then $425.50 on Tue, Jan 5, 2027. $725.50 in all."


def test_a_schedule_becomes_a_table(words):
    schedule = [row.as_json() for row in plan().schedule]

    table = words.table(schedule, Voice("en", "GB"))

    assert table["columns"] == ["No.", "Date", "Amount"]
    assert table["rows"][0] == ["1", "5 Dec 2026", "US$300.00"]
    assert len(table["rows"]) == 3


def _spoken(reply: Reply) -> dict:
    data = reply.as_json()
    return {"name": data["response"], "facts": data["facts"]}
