"""The guard: what is true and kind leaves, whatever else stays; nothing that it stops goes unrecorded."""

from __future__ import annotations

import json
import re
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from ruamel.yaml import YAML
from sqlalchemy import select

from actions.base import Reply
from bot.bootstrap import Services
from bot.channels.router import Router
from bot.dialogue.words import LANGUAGES, Voice, Words, simplified
from bot.domain.guard import FIGURES, Guard, GuardRules, Reader
from bot.domain.money import Money
from bot.domain.stated import zh_number
from bot.policy_files import read_policy_file
from bot.services.guarding import NeedsAnotherLook
from bot.services.policies import CATALOGUE, check_file
from bot.services.portfolio import COUNTRIES
from bot.settings import ROOT
from bot.store.tables import AuditRecord, Case, Incident, OutboxMessage
from tests.unit.fakes import ODALYS, FakeDialogue

GUARD = Guard(read_policy_file(ROOT / "policies/guard.yml", GuardRules), simplified)
WORDS = Words(CATALOGUE)
SENTENCES = YAML(typ="safe").load(Path(__file__).with_name("guarded.yml").read_text(encoding="utf-8"))
FORBIDDEN = [(category, text) for category, texts in SENTENCES["forbidden"].items() for text in texts]
INNOCENT = [text for texts in SENTENCES["innocent"].values() for text in texts]

voices = st.builds(
    Voice,
    st.sampled_from(LANGUAGES),
    st.sampled_from(sorted(COUNTRIES)),
    st.sampled_from(["Europe/London", "Asia/Shanghai", "America/New_York", "Pacific/Apia"]),
)
amounts = st.builds(Money, st.integers(0, 10**11), st.sampled_from(["USD", "CNY", "GBP", "EUR", "JPY", "KWD", "TWD"]))
days = st.dates(date(2020, 1, 1), date(2035, 12, 31))
moments = st.datetimes(datetime(2020, 1, 1), datetime(2035, 1, 1), timezones=st.just(UTC))  # noqa: DTZ001
references = st.integers(1, 99999).map(lambda number: f"C-{number:05d}")


@st.composite
def told(draw: st.DrawFn) -> dict[str, Any]:
    """A fact of every name that the catalogue uses, of the kind that its name means."""
    facts: dict[str, Any] = {}
    for name in sorted({field for text in texts_of_the_catalogue() for field in re.findall(r"\{(\w+)\}", text)}):
        facts[name] = draw(kind_of(name))
    return Reply("utter_x", facts).as_json()["facts"]


def kind_of(name: str) -> st.SearchStrategy[Any]:
    if name in ("first", "last", "first_instalment", "due_date", "next_date", "paid_on", "date", "dispute_by"):
        return days
    if name in ("count", "days", "tries"):
        return st.integers(1, 400)
    if name == "answer_by":
        return moments
    if name == "reference":
        return references
    if name == "number":
        return st.integers(1, 3).map(lambda number: f"{number}. ")
    if name == "code":
        return st.integers(0, 999999).map(lambda number: f"{number:06d}")
    if name == "time":
        return st.sampled_from(["18:00", "09:00–12:30"])
    if name == "currency":
        return st.sampled_from(["USD", "CNY"])
    if name == "crisis_line":
        return st.just(
            {"en": "Call Samaritans on 116 123, any time.", "zh-Hans": "请拨打 Samaritans 116 123，全天免费。"}
        )
    if name in ("terms", "options", "parts", "particulars"):
        facts = {"number": "1. ", "total": Money(70050, "USD"), "first": date(2026, 12, 5)}
        return st.just([Reply("utter_terms_settlement", facts)])
    if name in ("rhythm", "channel", "lender", "contact", "payment_methods", "data_source", "advice", "account"):
        return st.just(Reply("utter_word_monthly"))
    return amounts


def texts_of_the_catalogue() -> list[str]:
    return [text for name in WORDS.names() for language in LANGUAGES for text in WORDS.variations(name, language)]


@pytest.mark.parametrize(("category", "text"), FORBIDDEN)
def test_what_must_never_be_said_is_caught(category, text):
    found = {finding.category for finding in GUARD.look(text, {})}

    assert category in found


@pytest.mark.parametrize("text", INNOCENT)
def test_what_careful_people_write_passes(text):
    assert GUARD.look(text, {}) == []


def test_a_category_is_heard_in_traditional_characters_and_in_capitals():
    for text in ("您的工資卡會被凍結。", "YOU COULD BE ARRESTED FOR THIS."):
        assert [finding.category for finding in GUARD.look(text, {})] == ["threats"]


@settings(max_examples=12)
@given(told(), voices, st.integers(0, 3))
def test_every_response_passes_with_the_facts_that_it_was_made_of(facts, voice, phrasing):
    for name in WORDS.names():
        text = WORDS.say(name, facts, voice, phrasing)

        assert GUARD.look(text, facts, voice.reader, name) == [], (name, text)


@given(told(), voices, st.randoms())
def test_a_text_with_one_digit_changed_is_always_caught(facts, voice, random):
    name = random.choice(["utter_balance_overdue", "utter_breakdown", "utter_held", "utter_terms_promise"])
    facts = {field: facts[field] for field in re.findall(r"\{(\w+)\}", WORDS.variations(name, "en")[0])}
    text = WORDS.say(name, facts, voice)
    place = random.choice([match.start() for match in re.finditer(r"\d", text)])
    changed = text[:place] + random.choice([d for d in "0123456789" if d != text[place]]) + text[place + 1 :]
    assume(means_something_else(text, changed, place))

    assert {finding.category for finding in GUARD.look(changed, facts, voice.reader, name)} == {FIGURES}, changed


def means_something_else(text: str, changed: str, place: int) -> bool:
    """Whether a changed text does not say a figure that is among the facts, too: the same digits elsewhere in it."""
    start, end = (place, place + 1)
    while start and re.match(r"[\d.,'’\u00a0\u202f:-]", text[start - 1]):
        start -= 1
    while end < len(text) and re.match(r"[\d.,'’\u00a0\u202f:-]", text[end]):
        end += 1
    figure = re.sub(r"\D", "", changed[start:end]).strip("0")
    return all(figure != re.sub(r"\D", "", other).strip("0") for other in re.findall(r"[\d.,'’\u00a0\u202f:-]+", text))


@given(days, voices, st.integers(-400, 400))
def test_another_day_is_caught(day, voice, off):
    assume(off % 7)
    said = WORDS.fact({"date": (day + timedelta(days=off)).isoformat()}, voice)

    assert GUARD.look(said, {"due": {"date": day.isoformat()}}, voice.reader)


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_hour_is_read_by_the_clock_of_every_country(language):
    for country in sorted(COUNTRIES):
        for hour in (0, 5, 7, 11, 12, 13, 19, 23):
            voice = Voice(language, country, "Asia/Tokyo")
            fact = {"moment": f"2026-12-05T{hour:02}:20:00+09:00"}

            assert GUARD.look(f"{WORDS.fact(fact, voice)}.", {"by": fact}, voice.reader) == [], (country, hour)
            later = {"moment": f"2026-12-05T{(hour + 12) % 24:02}:20:00+09:00"}
            assert GUARD.look(WORDS.fact(fact, voice), {"by": later}, voice.reader), (country, hour)


def test_a_wrong_weekday_is_caught():
    facts = {"due": {"date": "2026-12-05"}}

    assert GUARD.look("Sat 5 Dec 2026", facts) == []
    assert GUARD.look("Fri 5 Dec 2026", facts)
    assert GUARD.look("2026年12月5日（周五）", facts)


def test_an_amount_in_another_currency_is_caught():
    facts = {"total": {"amount": "300.00", "currency": "USD"}}

    assert GUARD.look("It is $300.00.", facts) == []
    assert GUARD.look("It is €300.00.", facts)
    assert GUARD.look("一共 300 港币。", facts)


@pytest.mark.parametrize(
    "text",
    [
        "一共三百元",
        "三千块",
        "打八折",
        "分两期还",
        "百分之三十",
        "下個月五號前",
        "１２００元",
        "1.5万",
        "十二月五日",
        "下午三点",
        "within ten minutes",
        "twenty-five percent",
        "three payments",
        "call 0800 138 1112",
        "by 5/11/2026",
        "Nov 24, 2027",
        "at 6pm",
        "5k is enough",
        "You would have to pay seven hundred.",
        "It is nine hundred and forty-five in all.",
        "Could you do a grand?",
        "Forty a month would do.",
        "Half of it now is enough.",
        "Two thirds off, just for you.",
        "一共九百四十五",
        "大概一千二",
        "还欠九百多",
        "先还一半",
        "减三分之一",
        "给您打对折",
        "贰万元整",
        "壹佰元",
    ],
)
def test_a_figure_in_any_form_needs_a_fact(text):
    facts = {"total": {"amount": "1325.50", "currency": "USD"}, "days": 37, "line": "0800 138 1111"}

    assert [finding.category for finding in GUARD.look(text, facts)] == [FIGURES]


@pytest.mark.parametrize(
    ("text", "facts"),
    [
        ("一共三百元", {"total": {"amount": "300.00", "currency": "CNY"}}),
        ("打八折", {"off": 20}),
        ("分两期还", {"count": 2}),
        ("一万五千块", {"total": {"amount": "15000.00", "currency": "CNY"}}),
        ("12月5号还", {"due": {"date": "2026-12-05"}}),
        ("on the 5th", {"due": {"date": "2026-12-05"}}),
        ("5 December, 6pm", {"by": {"moment": "2026-12-05T18:00:00+00:00"}}),
        ("下午六点", {"by": {"moment": "2026-12-05T18:00:00+00:00"}}),
        ("1.325,50 €", {"total": {"amount": "1325.50", "currency": "EUR"}}),
        ("您先看一下，万一哪一天有变化，早一点告诉我。", {}),
        ("It is nine hundred and forty-five in all.", {"total": {"amount": "945.00", "currency": "USD"}}),
        ("一共九百四十五", {"total": {"amount": "945.00", "currency": "CNY"}}),
        ("先还一半", {"share": 50}),
        ("Half an hour, one or two of them, half the time, the second quarter of the year.", {}),
        ("千万别急，十分抱歉，陆续还也行，我先收拾一下材料，您对半年的计划怎么看，国庆十一我们休息。", {}),
    ],
)
def test_a_fact_may_be_said_in_any_form(text, facts):
    reader = Reader(",") if "€" in text else Reader()

    assert GUARD.look(text, facts, reader) == []


@pytest.mark.parametrize(
    ("text", "number"),
    [("三百五", 350), ("一万五", 15000), ("两千零五", 2005), ("十二", 12), ("二〇二六", 2026), ("三百五十", 350)],
)
def test_chinese_numerals_are_numbers(text, number):
    assert zh_number(text) == Decimal(number)


def test_a_literal_figure_is_allowed_only_where_it_was_reviewed():
    text = "The budget is kept encrypted and deleted after 90 days."

    assert GUARD.look(text, {}, response="utter_budget_why") == []
    assert GUARD.look(text, {}, response="utter_greet")


# -- what the bot says


@pytest.fixture
def dialogue() -> FakeDialogue:
    return FakeDialogue()


def router_saying(services: Services, dialogue: FakeDialogue, tmp_path: Path, text: str) -> Router:
    """A router whose catalogue says something else for a greeting."""
    data = YAML(typ="safe").load(CATALOGUE.read_text(encoding="utf-8"))
    data["responses"]["utter_greet"] = [{"text": text}]
    spoilt = tmp_path / "domain.yml"
    with spoilt.open("w", encoding="utf-8") as file:
        YAML(typ="safe").dump({"responses": data["responses"]}, file)
    return Router(services, dialogue, Words(spoilt))


@pytest.mark.anyio
async def test_a_stopped_message_is_replaced_without_its_buttons_and_recorded(services, dialogue, odalys, tmp_path):
    router = router_saying(services, dialogue, tmp_path, "You owe 999 USD.")
    choice = {"title": "utter_button_person", "intent": "request_human", "entities": [], "offer_id": None, "facts": {}}
    dialogue.replies = [{"response": "utter_greet", "facts": {}, "choices": [choice]}]

    *_, message = await router.take(odalys.id, "m-1", "hello there")

    assert message["text"] in WORDS.variations("utter_guarded", "en")
    assert set(message) == {"text"}
    with services.parts.store.transaction() as session:
        incident = session.scalars(select(Incident)).one()
        record = session.scalars(select(AuditRecord).where(AuditRecord.action == "guard_stopped")).one()
        assert (incident.place, "'999 USD'" in incident.error) == ("guard", True)
        assert record.data["findings"] == [{"category": "figures", "fragment": "999 USD"}]
        assert session.scalars(select(Case)).all() == []
    assert services.conversations.said_last(odalys.id) == "utter_guarded"


@pytest.mark.anyio
async def test_what_is_stopped_again_in_a_conversation_goes_to_a_person(services, dialogue, odalys, tmp_path):
    router = router_saying(services, dialogue, tmp_path, "Pay up or else.")
    await router.take(odalys.id, "m-1", "hello there")
    dialogue.replies = [{"response": "utter_greet", "facts": {}, "choices": []}]

    (message,) = await router.take(odalys.id, "m-2", "hello again")

    (case,) = services.cases.all()
    assert case["reason"] == "technical_failure"
    assert case["id"] in message["text"]


@pytest.mark.anyio
async def test_a_table_with_a_figure_that_is_no_fact_is_stopped(services, dialogue, odalys, monkeypatch):
    router = Router(services, dialogue, WORDS)
    schedule = [{"number": 1, "due_on": "2026-12-05", "amount": {"amount": "300.00", "currency": "USD"}}]
    monkeypatch.setattr(Words, "table", lambda *_: {"rows": [["1", "Dec 5, 2026", "$301.00"]]})
    dialogue.replies = [{"response": "utter_greet", "facts": {"schedule": schedule}, "choices": []}]

    *_, message = await router.take(odalys.id, "m-1", "hello there")

    assert "table" not in message


@pytest.mark.anyio
async def test_a_table_of_the_facts_leaves(services, dialogue, odalys):
    router = Router(services, dialogue, WORDS)
    due = ["2026-12-05", "2027-01-05"]
    money = {"amount": "300.00", "currency": "USD"}
    schedule = [{"number": n, "due_on": day, "amount": money} for n, day in enumerate(due, 1)]
    dialogue.replies = [{"response": "utter_greet", "facts": {"schedule": schedule}, "choices": []}]

    *_, message = await router.take(odalys.id, "m-1", "hello there")

    assert len(message["table"]["rows"]) == 2


def test_nothing_uninvited_leaves_where_it_is_stopped(services, odalys, monkeypatch):
    spoilt = ("Pay 5.00 more or we will call the police.", Reader())
    monkeypatch.setattr(services.parts.__class__, "say", property(lambda _: lambda *_: spoilt), raising=False)

    services.payments.record(ODALYS, "25.00", "pay-1")

    with services.parts.store.transaction() as session:
        assert session.scalars(select(OutboxMessage).where(OutboxMessage.kind == "receipt")).all() == []
        assert session.scalars(select(Incident.place)).all() == ["guard", "guard"]


def spoil(services: Services, monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    """Makes one response of what leaves by itself say what must not leave."""
    good, bad = services.parts.say, ("Pay 5.00 more or we will call the police.", Reader())
    spoilt = property(lambda _: lambda response, *rest: bad if response == name else good(response, *rest))
    monkeypatch.setattr(services.parts.__class__, "say", spoilt, raising=False)


def test_news_that_is_stopped_is_replaced_by_a_safe_sentence_and_recorded(services, odalys, monkeypatch):
    spoil(services, monkeypatch, "utter_receipt")

    services.payments.record(ODALYS, "25.00", "pay-1")

    [body] = [row["body"] for row in services.outbox.all() if row["kind"] == "receipt"]
    assert body.split("\n")[0] in WORDS.variations("utter_guarded_news", "en")
    assert "STOP" in body
    with services.parts.store.transaction() as session:
        assert session.scalars(select(Incident.place)).all() == ["guard"]


def test_a_passcode_that_is_stopped_is_replaced_by_nothing(services, chat, monkeypatch):
    spoil(services, monkeypatch, "utter_passcode")

    chat.identify(f"{ODALYS}, born 1987-03-07")

    assert services.outbox.all() == []


def test_no_service_enqueues_words_that_the_guard_has_not_seen():
    sources = [path for path in (ROOT / "bot/services").glob("*.py") if path.name != "outbox.py"]

    assert [path.name for path in sources if "parts.say(" in path.read_text(encoding="utf-8")] == []


# -- what agents write


def sent(services: Services) -> list[str]:
    return [message["body"] for message in services.outbox.all() if message["kind"] == "agent"]


def test_an_agent_may_speak_of_the_accounts_own_figures(odalys, services):
    case = services.cases.open(odalys.id, "request_human")

    services.guarding.write_to(
        case.reference, f"You owe $1,325.50, of which $45 are fees, due since 17 October. Case {case.reference}."
    )

    assert len(sent(services)) == 1


def test_a_figure_that_is_in_no_fact_is_sent_only_if_somebody_insists(odalys, services):
    case = services.cases.open(odalys.id, "request_human")
    words = "You owe $1,352.50 in all."

    with pytest.raises(NeedsAnotherLook) as raised:
        services.guarding.write_to(case.reference, words)
    assert (sent(services), raised.value.final) == ([], False)
    assert "1,352.50" in str(raised.value)
    services.guarding.write_to(case.reference, words, by="rosa", anyway=True)

    assert sent(services) == [words]
    with services.parts.store.transaction() as session:
        record = session.scalars(select(AuditRecord).where(AuditRecord.action == "agent_wrote")).one()
    assert record.data == {
        "by": "rosa",
        "role": "agent",
        "insisted_on": [{"category": "figures", "fragment": "$1,352.50"}],
    }


def test_a_threat_is_sent_by_no_agent_and_only_by_a_supervisor(odalys, services):
    case = services.cases.open(odalys.id, "request_human")
    words = "If you don't answer, we'll tell your employer."

    with pytest.raises(NeedsAnotherLook) as raised:
        services.guarding.write_to(case.reference, words, anyway=True)
    assert (sent(services), raised.value.final) == ([], True)
    services.guarding.write_to(case.reference, words, "supervisor", "mira", anyway=True)

    assert sent(services) == [words]


# -- what trainers and lenders are told


def test_the_catalogue_and_the_lenders_texts_pass_their_own_guard(policies):
    assert check_file(policies / "guard.yml", policies).problems == ()


@pytest.mark.parametrize(
    ("text", "why"), [("Pay at least 50 now.", "'50'"), ("This is your last chance.", "'last chance'")]
)
def test_a_trainer_is_told_which_response_must_not_say_what(policies, tmp_path, monkeypatch, text, why):
    spoilt = tmp_path / "domain.yml"
    spoilt.write_text(f"responses:\n  utter_fine:\n    - text: Hello\n  utter_bad:\n    - text: {json.dumps(text)}\n")
    monkeypatch.setattr("bot.services.policies.CATALOGUE", spoilt)
    monkeypatch.setattr("bot.services.policies.LANGUAGES", ("en",))

    (problem,) = check_file(policies / "guard.yml", policies).problems

    assert (problem.file, problem.line, problem.key) == ("domain.yml", 4, "utter_bad")
    assert why in problem.text


def test_a_row_that_is_no_regular_expression_is_named(policies):
    path = policies / "guard.yml"
    text = path.read_text(encoding="utf-8")
    path.write_text(text.replace("about: insults", "about: [").replace("about: [", "about: insults"), encoding="utf-8")
    path.write_text(text.replace("      zh:\n        - '", "      zh:\n        - '(", 1), encoding="utf-8")

    (problem,) = check_file(path, policies).problems

    assert "categories.threats.forbidden.zh" in problem.key
    assert "no regular expression" in problem.text
