"""Whole conversations on Telegram with the real Rasa, by polling and by webhook, and what must be refused."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from typing import Any

import httpx
import pytest

from bot.supervisor import free_port
from tests.telegram.person import Person
from tests.telegram.server import serving
from tests.telegram.stack import SECRET, TelegramStack
from tests.telegram.world import Telegram

pytestmark = pytest.mark.stack

PHONES = (f"+1202555{number:04}" for number in range(110, 190))
CHINESE_PHONES = (f"+86138000{number:05}" for number in range(17000, 17100))
USED_UP = ("no longer open", "doesn't work any more")


@pytest.fixture(scope="module")
def stacks(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Callable[[str], TelegramStack]]:
    """The whole program by the way in: polling or webhook; each is started once."""
    running: dict[str, TelegramStack] = {}
    with ExitStack() as ends:

        def start(way: str) -> TelegramStack:
            if way not in running:
                world = Telegram()
                address = ends.enter_context(serving(world, retry_seconds=0.2))
                home = tmp_path_factory.mktemp(way)
                running[way] = TelegramStack(home, world, address, webhook=way == "webhook")
                ends.callback(running[way].stop)
                running[way].start()
            return running[way]

        yield start


@pytest.fixture(params=["polling", "webhook"])
def stack(request: pytest.FixtureRequest, stacks: Callable[[str], TelegramStack]) -> TelegramStack:
    """The whole program, reached in one way and then in the other."""
    return stacks(request.param)


@pytest.fixture
def webhook(stacks: Callable[[str], TelegramStack]) -> TelegramStack:
    """The whole program behind a webhook, where the way in makes no difference or forgers may try."""
    return stacks("webhook")


def english(stack: TelegramStack, number: str, **fields: str) -> Person:
    """Somebody with a new account of 1,325.50 USD, born on 12 May 1990."""
    person = Person(stack.telegram, "Odalys", "en", next(PHONES))
    owed = {"principal": "1200.00", "interest": "80.50", "fees": "45.00", "due_date": "2026-08-01"}
    stack.import_account(account_number=number, date_of_birth="1990-05-12", phone=person.phone, **{**owed, **fields})
    return person


def chinese(stack: TelegramStack, number: str) -> Person:
    """Somebody with a new account of 9,272.30 CNY, born on 3 August 1992."""
    person = Person(stack.telegram, "长庚", "zh-hans", next(CHINESE_PHONES))
    stack.import_account(
        account_number=number,
        borrower_name="顾长庚",
        date_of_birth="1992-08-03",
        phone=person.phone,
        language="zh-Hans",
        country="CN",
        time_zone="Asia/Shanghai",
        currency="CNY",
        principal="8600.00",
        interest="412.30",
        fees="260.00",
        due_date="2026-07-15",
    )
    return person


def answered(person: Person, _: int) -> str:
    """What is answered to a deed."""
    return person.answer()


def total(plan: dict[str, Any]) -> int:
    return sum(round(float(row["amount"]["amount"]) * 100) for row in plan["schedule"])


def open_cases(stack: TelegramStack, number: str) -> list[dict[str, Any]]:
    cases = json.loads(stack.accord("case", "list", "--json"))
    return [case for case in cases if case["account"] == number and case["status"] == "waiting"]


def counts(stack: TelegramStack) -> str:
    """What `accord doctor` says; it ends with 1 where something else is missing."""
    try:
        return stack.accord("doctor")
    except AssertionError as error:
        return str(error)


# -- The main job


def test_an_english_borrower_agrees_to_a_plan_in_words(stack: TelegramStack) -> None:
    person = english(stack, "EN-80001")

    welcome = answered(person, person.starts())
    before = answered(person, person.says("How much do I owe?"))
    verified = stack.prove_identity(person, "account EN-80001, born 12 May 1990")
    tables = [m for m in person.heard if any(e["type"] == "pre" for e in m.entities)]
    options = answered(person, person.says("can I pay in instalments?"))
    tables += [m for m in person.heard if any(e["type"] == "pre" for e in m.entities)]
    read_back = answered(person, person.says("the first one"))
    tables += [m for m in person.heard if any(e["type"] == "pre" for e in m.entities)]
    agreed = answered(person, person.says("Yes, I agree"))
    tables += [m for m in person.heard if any(e["type"] == "pre" for e in m.entities)]

    account = stack.account("EN-80001")
    assert "automated assistant" in welcome
    assert "1,325.50" not in before
    assert "$1,325.50" in verified
    assert options.count("$") >= 4
    assert "Nothing counts until you say yes" in read_back
    assert "recorded" in agreed
    assert tables
    assert account["status"] == "in_plan"
    assert account["plan"]["agreed_words"] == "Yes, I agree"
    assert total(account["plan"]) == 132550
    assert all(m.extras["link_preview_options"] == {"is_disabled": True} for m in person.sees if m.by_bot)
    assert "typing" in person.chat.actions


def test_an_english_borrower_settles_by_buttons(stack: TelegramStack) -> None:
    person = english(stack, "EN-80002", due_date="2026-06-01")
    stack.prove_identity(person, "EN-80002, 12 May 1990")
    asked = person.sees[-1] if person.sees[-1].buttons else next(m for m in reversed(person.sees) if m.buttons)

    answered(person, person.taps("Pay it off"))
    answered(person, person.taps("Yes, I agree"))

    plan = stack.account("EN-80002")["plan"]
    assert plan["kind"] == "settlement"
    assert plan["agreed_words"] == "Yes, I agree"
    assert asked.buttons == {}
    assert asked.text.endswith("✓ Pay it off")
    assert all(tapped.answer is not None for tapped in stack.telegram.taps.values() if tapped.person is person)


def test_a_chinese_borrower_agrees_to_a_plan_in_words(stack: TelegramStack) -> None:
    person = chinese(stack, "ZH-80003")

    welcome = answered(person, person.starts())
    verified = stack.prove_identity(person, "账号 ZH-80003，1992年8月3日出生")
    read_back = answered(person, person.says("先还一千五，剩下分六期"))
    agreed = answered(person, person.says("好的，同意"))

    plan = stack.account("ZH-80003")["plan"]
    assert "智能助手" in welcome
    assert "¥9,272.30" in verified
    assert "¥1,500.00" in read_back
    assert "记录" in agreed
    assert len(plan["schedule"]) == 7
    assert total(plan) == 927230
    assert plan["agreed_words"] == "好的，同意"


def test_a_chinese_borrower_agrees_to_a_plan_by_buttons(stack: TelegramStack) -> None:
    person = chinese(stack, "ZH-80004")
    stack.prove_identity(person, "账号 ZH-80004，1992年8月3日出生")

    answered(person, person.taps("分期还款"))
    answered(person, person.taps("方案1"))
    agreed = answered(person, person.taps("同意，就这样"))

    plan = stack.account("ZH-80004")["plan"]
    assert "记录" in agreed
    assert total(plan) == 927230
    assert plan["agreed_words"] == "同意，就这样"


# -- People


@pytest.mark.parametrize("language", ["en", "zh"])
def test_a_person_takes_over_writes_and_gives_back(stack: TelegramStack, language: str) -> None:
    number = f"HO-800{'05' if language == 'en' else '06'}"
    person = english(stack, number) if language == "en" else chinese(stack, number)
    details = f"{number}, 12 May 1990" if language == "en" else f"账号 {number}，1992年8月3日出生"
    stack.prove_identity(person, details)

    handed = answered(person, person.says("/human"))
    (case,) = open_cases(stack, number)
    stack.accord("case", "write", case["id"], "Good afternoon, Mina here." if language == "en" else "您好，我是米娜。")
    person.reads("Mina here" if language == "en" else "我是米娜", 30)
    answered(person, person.says("thank you Mina" if language == "en" else "谢谢米娜"))
    stack.accord("case", "return", case["id"], "--outcome", "answered")
    back = answered(person, person.says("are you a robot?" if language == "en" else "你是机器人吗"))

    assert case["id"] in handed
    assert sum("Mina here" in m.text or "我是米娜" in m.text for m in person.sees) == 1
    assert ("automated assistant" in back) or ("智能助手" in back)
    sent = [row for row in json.loads(stack.accord("outbox", "list", "--json")) if row["kind"] == "agent"]
    assert {row["status"] for row in sent} == {"sent"}


def test_an_agents_words_for_somebody_who_blocked_the_bot_are_marked(webhook: TelegramStack) -> None:
    person = english(webhook, "BL-80007")
    webhook.prove_identity(person, "BL-80007, 12 May 1990")
    answered(person, person.says("/human"))
    (case,) = open_cases(webhook, "BL-80007")
    person.blocks()

    webhook.accord("case", "write", case["id"], "Are you still there?")
    row = webhook.telegram.wait_until(
        lambda: next(
            (
                row
                for row in json.loads(webhook.accord("outbox", "list", "--json"))
                if row["body"] == "Are you still there?" and row["status"] != "queued"
            ),
            None,
        ),
        20,
        "the words are marked",
    )

    assert row["status"] in ("blocked", "dead")
    assert "Are you still there?" not in person.transcript()


# -- What they may send


def test_what_is_no_message_gets_a_fitting_sentence_or_none(webhook: TelegramStack) -> None:
    person, machine = Person(webhook.telegram, phone=next(PHONES)), Person(webhook.telegram, "Machine", is_bot=True)
    group, channel = webhook.telegram.group("Family"), webhook.telegram.channel("News")
    answered(person, person.starts())

    said = {kind: answered(person, person.sends(kind)) for kind in ("sticker", "voice", "location", "video_note")}
    person.says("hello all", chat=group)
    person.says("breaking", chat=channel)
    machine.says("beep")
    written = answered(person, person.says("hello"))
    edited = answered(person, person.edits("hello there"))
    receipt = answered(person, person.sends_document("receipt.pdf"))

    assert all(said.values())
    assert len(set(said.values())) == 4
    assert written
    assert edited != written
    assert receipt
    assert not [m for m in group.messages if m.by_bot]
    assert not [m for m in channel.messages if m.by_bot]
    assert not [m for m in machine.sees if m.by_bot]
    assert not [c for c in webhook.telegram.calls if c.method == "getFile"]


def test_a_plan_can_be_had_as_a_picture_and_for_the_calendar(webhook: TelegramStack) -> None:
    person = english(webhook, "PI-80012")
    webhook.prove_identity(person, "PI-80012, 12 May 1990")
    answered(person, person.says("could I do 160 a month?"))
    answered(person, person.taps("Yes, I agree"))
    answered(person, person.says("/plan"))

    answered(person, person.taps("For my calendar"))
    calendar = person.heard[0]
    answered(person, person.says("/plan"))
    offered = "As a picture" in person.buttons  # where there is a font that has Chinese characters
    if offered:
        answered(person, person.taps("As a picture"))

    content = webhook.telegram.files[calendar.content["document"]["file_id"]]["content"].decode()
    assert calendar.content["document"]["file_name"].endswith(".ics")
    assert content.count("BEGIN:VEVENT") == 9
    assert "160.00" not in content
    assert "$" not in content
    assert person.heard[0].kind == ("photo" if offered else "text")


def test_the_language_is_chosen_by_a_command(webhook: TelegramStack) -> None:
    person = Person(webhook.telegram, phone=next(PHONES))
    answered(person, person.starts())

    answered(person, person.says("/language"))
    answered(person, person.taps("简体中文"))
    chosen = answered(person, person.says("/help"))

    assert any("\u4e00" <= char <= "\u9fff" for char in chosen)


def test_commands_are_registered_in_each_language_and_privacy_offers_to_leave(webhook: TelegramStack) -> None:
    named = {language: {row["command"] for row in rows} for (_, language), rows in webhook.telegram.commands.items()}
    person = english(webhook, "UN-80019")
    webhook.prove_identity(person, "UN-80019, 12 May 1990")

    said = answered(person, person.says("/privacy"))

    assert {"start", "help", "balance", "plan", "human", "stop", "language", "privacy"} <= named["zh"] & named[""]
    assert "Telegram" in said
    assert person.buttons


def test_a_chat_without_its_link_tells_nothing(webhook: TelegramStack) -> None:
    person = english(webhook, "UN-80008")
    webhook.prove_identity(person, "UN-80008, 12 May 1990")

    answered(person, person.says("/unlink"))
    answered(person, person.taps("Sign out here"))
    after = answered(person, person.says("/balance"))

    assert "1,325.50" not in after


def test_somebody_elses_contact_proves_nothing(webhook: TelegramStack) -> None:
    owner = english(webhook, "CO-80009")
    thief = Person(webhook.telegram, "Thief", phone=next(PHONES))
    answered(thief, thief.says("how much do I owe?"))

    refused = answered(thief, thief.shares_contact(owner))
    after = answered(thief, thief.says("12 May 1990"))

    sent = [row for row in json.loads(webhook.accord("outbox", "list", "--json")) if row["address"] == owner.phone]
    assert refused
    assert sent == []
    assert "1,325.50" not in after


def test_ones_own_contact_and_birth_date_bring_a_code(webhook: TelegramStack) -> None:
    person = english(webhook, "CO-80010")
    answered(person, person.says("how much do I owe?"))

    answered(person, person.taps("Share my phone number"))
    answered(person, person.says("12 May 1990"))
    verified = answered(person, person.says(webhook.code_for(person)))

    assert "$1,325.50" in verified


# -- Who must not get in


def test_forged_updates_are_refused_and_counted(webhook: TelegramStack) -> None:
    person = Person(webhook.telegram, phone=next(PHONES))
    forged = {
        "update_id": 1,
        "message": {
            "message_id": 1,
            "date": 1,
            "from": person.as_json(),
            "chat": person.chat.as_json(),
            "text": "hello",
        },
    }
    header = "X-Telegram-Bot-Api-Secret-Token"

    codes = [
        httpx.post(webhook.webhook_url, json=forged).status_code,
        httpx.post(webhook.webhook_url, json=forged, headers={header: "guess"}).status_code,
        httpx.post(webhook.webhook_url, json=forged, headers={header: SECRET[:-1]}).status_code,
        httpx.post(webhook.webhook_url, content=b"{}", headers={header: SECRET}).status_code,
        httpx.post(webhook.webhook_url, content=b"x" * 2_000_000, headers={header: SECRET}).status_code,
        httpx.post(webhook.webhook_url, json=[1, 2], headers={header: SECRET}).status_code,
        httpx.get(webhook.webhook_url).status_code,
    ]
    person.says("hello")
    person.answer()

    assert all(400 <= code < 500 for code in codes), codes
    assert [m.text for m in person.sees if not m.by_bot] == ["hello"]
    assert len({m.id for m in person.sees if m.by_bot}) == len(person.heard)
    said = counts(webhook)
    assert "secret" in said, said


def test_a_replayed_update_and_a_replayed_or_foreign_button_change_nothing(webhook: TelegramStack) -> None:
    owner, thief = english(webhook, "RE-80011"), Person(webhook.telegram, "Thief", phone=next(PHONES))
    webhook.prove_identity(owner, "RE-80011, 12 May 1990")
    answered(thief, thief.says("hello"))
    shown = next(m for m in reversed(owner.sees) if m.buttons)
    data = shown.buttons["Pay it off"]

    stolen = answered(thief, thief.taps_data(data, thief.heard[-1]))
    first = answered(owner, owner.taps_data(data, shown))
    again = answered(owner, owner.taps_data(data, shown))
    made_up = answered(owner, owner.taps_data("b_" + "x" * 20, shown))
    before = len(owner.sees)
    for update_id in list(webhook.telegram.made)[-3:]:
        replayed = {"update_id": update_id, "message": {"text": "Yes, I agree", **_where(owner)}}
        headers = {"X-Telegram-Bot-Api-Secret-Token": SECRET}
        assert httpx.post(webhook.webhook_url, json=replayed, headers=headers).status_code == 200
    answered(owner, owner.says("hello"))

    assert "1,325.50" not in stolen
    assert "$" in first
    for refusal in (stolen, again, made_up):
        assert any(words in refusal for words in USED_UP), refusal
    assert webhook.account("RE-80011")["status"] == "overdue"
    assert [m.text for m in owner.sees if not m.by_bot][-1] == "hello"
    assert len(owner.sees) - before <= 4
    assert "foreign" in counts(webhook) or "button" in counts(webhook)


def _where(person: Person) -> dict[str, Any]:
    return {"message_id": 1, "date": 1, "from": person.as_json(), "chat": person.chat.as_json()}


def test_the_token_is_in_no_log_and_the_doctor_knows_the_bot(webhook: TelegramStack) -> None:
    secret = webhook.telegram.token.split(":")[1]

    said = counts(webhook)

    assert "accord_test_bot" in said
    assert re.search(r"(?i)webhook.*127\.0\.0\.1", said)
    assert secret not in said + webhook.log
    assert SECRET not in said + webhook.log


def test_a_webhook_without_a_secret_does_not_start(webhook: TelegramStack) -> None:
    without = {k: v for k, v in webhook.environment.items() if k != "ACCORD_TELEGRAM_SECRET"}
    without["ACCORD_PORT"] = str(free_port())
    kept, webhook.environment = webhook.environment, without
    try:
        said = webhook.accord("run", code=1)
    finally:
        webhook.environment = kept

    assert "ACCORD_TELEGRAM_SECRET" in said
