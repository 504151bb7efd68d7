"""What the law wants said: in the first answer, after identity, once each, by the rules of the borrower's place."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import Any

import pytest
from ruamel.yaml import YAML
from sqlalchemy import select

from actions.base import Turn
from actions.identity import ActionIdentify
from bot.bootstrap import Services
from bot.channels.router import Router
from bot.dialogue.words import Voice
from bot.store.tables import AuditRecord, Conversation, Disclosure
from tests.unit.fakes import CHANGGENG, ODALYS, WILHELMINA, Chat, FakeDialogue

BORN = {ODALYS: "1987-03-07", CHANGGENG: "1991-08-03", WILHELMINA: "1979-12-31", "JP-30077": "1968-02-29"}
ALL = ("own", "validation", "stop_reminder")


@pytest.fixture
def dialogue() -> FakeDialogue:
    return FakeDialogue()


@pytest.fixture
def router(services, dialogue, words) -> Router:
    return Router(services, dialogue, words)


def verified(services: Services, number: str, name: str = "c", **fields: Any) -> Chat:
    """The conversation of somebody who has just proven who they are."""
    with services.parts.store.transaction() as session:
        for field, value in fields.items():
            setattr(services.accounts.find(session, number), field, value)
    return Chat(services, name).prove(f"{number}, born {BORN[number]}")


def recorded(services: Services) -> list[tuple[str, str, str]]:
    with services.parts.store.transaction() as session:
        return [(row.kind, row.jurisdiction, row.version) for row in session.scalars(select(Disclosure))]


def texts(messages: list[dict]) -> list[str]:
    return [message["text"] for message in messages]


# -- in the first answer


@pytest.mark.anyio
@pytest.mark.parametrize(
    ("text", "replies"),
    [
        ("how much do I owe", ["utter_identity_first", "utter_identity_ask_both"]),
        ("this is not mine", ["utter_case_dispute_debt"]),
        ("asdf", ["utter_goodbye"]),
        ("👍", []),
        ("/restart", []),
    ],
)
async def test_the_first_answer_says_that_a_machine_writes_and_how_to_stop_it(
    router, dialogue, services, chat, text, replies
):
    dialogue.replies = [{"response": name, "facts": {}, "choices": []} for name in replies]

    first = texts(await router.take(chat.id, "m-1", text))
    later = texts(await router.take(chat.id, "m-2", "and now?"))

    assert "automated assistant of Harbour Wallet" in first[0]
    assert "write STOP" in first[0]
    assert not any("automated" in text or "STOP" in text for text in later)
    assert [kind for kind, where, _ in recorded(services)] == ["automated", "stop"]
    assert {where for _, where, _ in recorded(services)} == {"DEFAULT"}


@pytest.mark.anyio
@pytest.mark.parametrize("response", ["utter_welcome", "utter_bot_challenge"])
async def test_an_answer_that_says_so_itself_says_it_once(router, dialogue, chat, response):
    facts = {"lender": {"en": "Harbour Wallet", "zh-Hans": "海港钱包"}}
    dialogue.replies = [{"response": response, "facts": facts, "choices": []}]

    [text] = texts(await router.take(chat.id, "m-1", "hello"))

    assert text.count("automated assistant") == 1
    assert "write STOP" in text


@pytest.mark.anyio
async def test_somebody_in_distress_reads_care_first_and_no_word_of_business(router, dialogue, services, chat):
    facts = {"crisis_line": {"en": "Call 988.", "zh-Hans": "请拨打 988。"}, "reference": "C-00001"}
    dialogue.replies = [{"response": "utter_case_express_distress", "facts": facts, "choices": []}]

    care, machine = texts(await router.take(chat.id, "m-1", "I can't go on"))

    assert "988" in care
    assert "automated assistant" in machine
    assert "STOP" not in machine + care
    assert "Harbour Wallet" not in machine
    assert [kind for kind, *_ in recorded(services)] == ["automated"]


@pytest.mark.anyio
async def test_the_first_answer_speaks_the_language_of_the_borrower(router, chat):
    first = texts(await router.take(chat.id, "m-1", "我还欠多少钱呢"))

    assert "智能助手" in first[0]
    assert "退订" in first[0]


@pytest.mark.anyio
async def test_the_first_answer_says_so_while_the_dialogue_is_down_and_not_again_when_it_is_back(
    router, dialogue, services, chat
):
    dialogue.down = True
    first = texts(await router.take(chat.id, "m-1", "how much do I owe"))
    dialogue.down = False

    await router.catch_up()

    [late] = services.outbox.waiting_for(chat.id, 0)
    assert "automated assistant" in first[0]
    assert "automated assistant" not in late.body


# -- after identity


@pytest.mark.parametrize(
    ("number", "country", "jurisdiction", "said"),
    [
        (ODALYS, "US", "US", ALL),
        (CHANGGENG, "CN", "CN", ("own", "stop_reminder")),
        (WILHELMINA, "GB", "GB", ALL),
        (WILHELMINA, "FR", "EU", ALL),
        (WILHELMINA, "TH", "TH", ALL),
        ("JP-30077", "JP", "DEFAULT", ALL),
    ],
)
def test_each_place_has_its_own_notice_and_what_is_not_known_the_strictest(
    services, number, country, jurisdiction, said
):
    chat = verified(services, number, country=country)

    notice = services.disclosures.after_identity(chat.id)

    kinds = [{"own": "collector", "stop_reminder": "stop"}.get(part, part) for part in said]
    version = services.parts.contact(country).version
    assert notice.parts == said
    assert recorded(services) == [(kind, jurisdiction, version) for kind in kinds]


def test_the_jurisdiction_of_an_account_goes_before_its_country(services):
    chat = verified(services, ODALYS, jurisdiction="CN")

    assert services.disclosures.after_identity(chat.id).parts == ("own", "stop_reminder")


def test_the_particulars_of_the_debt_come_from_the_ledger_with_the_end_of_the_window(odalys, services):
    facts = services.disclosures.after_identity(odalys.id).facts

    parts = [facts[name] for name in ("principal", "interest", "fees")]
    assert [str(part.amount) for part in parts] == ["1200.00", "80.50", "45.00"]
    assert sum(part.minor for part in parts) == facts["total"].minor
    assert facts["account"] == "3344"
    assert facts["dispute_by"] == date(2026, 12, 31)


def test_nothing_is_disclosed_before_identity(chat, services):
    chat.identify(f"{ODALYS}, born {BORN[ODALYS]}")

    assert services.disclosures.after_identity(chat.id) is None
    assert recorded(services) == []


def test_nothing_is_demanded_of_a_held_account_or_a_settled_one(services):
    held = verified(services, ODALYS, "held", hold="dispute_debt")
    settled = Chat(services, "settled").prove("AC-00001, born 1958-01-02")

    assert services.disclosures.after_identity(held.id) is None
    assert services.disclosures.after_identity(settled.id) is None


def test_the_first_time_it_is_said_in_full_and_in_each_later_session_in_short(services, clock):
    first = services.disclosures.after_identity(verified(services, ODALYS, "one").id)
    clock.passes(days=2)
    later = services.disclosures.after_identity(verified(services, ODALYS, "two").id)
    clock.passes(days=2)
    much_later = services.disclosures.after_identity(verified(services, ODALYS, "three").id)

    assert first.parts == ALL
    assert later.parts == much_later.parts == ("own_later", "stop_reminder")


def test_china_has_nothing_to_repeat(services):
    services.disclosures.after_identity(verified(services, CHANGGENG, "one").id)

    assert services.disclosures.after_identity(verified(services, CHANGGENG, "two").id) is None


@pytest.mark.parametrize("collects_for", ["others", None])
def test_who_collects_for_others_or_does_not_say_is_named_a_debt_collector(
    open_home: Callable[..., Services], peopled_ledger, policies, collects_for
):
    path, yaml = policies / "lender.yml", YAML()
    data = yaml.load(path.read_text(encoding="utf-8")) | {"collects_for": collects_for}
    yaml.dump({key: value for key, value in data.items() if value is not None}, path)
    services = open_home(peopled_ledger)

    first = services.disclosures.after_identity(verified(services, ODALYS, "one").id)
    later = services.disclosures.after_identity(verified(services, ODALYS, "two").id)

    assert first.parts == ("collector", "validation", "stop_reminder")
    assert later.parts == ("collector_later", "stop_reminder")


def test_what_was_disclosed_is_on_the_audit_chain(odalys, services):
    services.disclosures.after_identity(odalys.id)

    with services.parts.store.transaction() as session:
        [record] = session.scalars(select(AuditRecord).where(AuditRecord.action == "disclosed"))
        account = session.scalars(select(Disclosure.account_id)).first()
        owner = services.accounts.find(session, ODALYS)
        assert account == owner.id
    assert record.data["kinds"] == ["collector", "validation", "stop"]
    assert record.data["jurisdiction"] == "US"


def test_the_notice_stands_between_the_confirmation_and_what_was_wanted(chat, services, words):
    chat.identify(f"{ODALYS}, born {BORN[ODALYS]}")
    turn = Turn(1, chat.id, chat.passcode(), "provide_identity", 1.0, [], "passcode", "en")

    replies = [reply.as_json() for reply in ActionIdentify(services).perform(turn)]

    voice = Voice("en", "US")
    said = [words.say(reply["response"], reply["facts"], voice) for reply in replies]
    assert [reply["response"] for reply in replies] == [
        "utter_identity_verified",
        "utter_disclosure",
        "utter_balance_overdue",
    ]
    assert "attempt to collect a debt" in said[1]
    assert "ending in 3344: $1,200.00 in principal, $80.50 in interest and $45.00 in fees, $1,325.50 in all" in said[1]
    assert "by Thu, Dec 31, 2026" in said[1]
    assert len(said[1].splitlines()) == 3


# -- with what leaves uninvited

STOP = {
    "en": "You can stop messages from us at any time: just write STOP.",
    "zh-Hans": "随时回复“退订”，我们就不再给您发消息。",
}


def receipt_of(services: Services, number: str) -> str:
    services.payments.record(number, "25.00", "pay-1")
    [body] = [row["body"] for row in services.outbox.all() if row["kind"] == "receipt"]
    return body


@pytest.mark.parametrize("language", STOP)
def test_a_receipt_says_in_short_that_a_debt_is_collected_and_how_to_stop_messages(odalys, services, words, language):
    with services.parts.store.transaction() as session:
        session.get_one(Conversation, odalys.id).language = language

    receipt = receipt_of(services, ODALYS)

    assert receipt.split("\n")[1:] == [words.say("utter_disclosure_own_later", {}, Voice(language)), STOP[language]]


def test_who_collects_for_others_says_so_in_a_receipt(open_home: Callable[..., Services], peopled_ledger, policies):
    path = policies / "lender.yml"
    path.write_text(path.read_text(encoding="utf-8").replace("collects_for: itself", "collects_for: others"))
    services = open_home(peopled_ledger)
    verified(services, ODALYS)

    assert "this comes from Harbour Wallet, a debt collector" in receipt_of(services, ODALYS)


def test_whoever_has_not_proven_who_they_are_reads_of_no_debt(odalys, services, clock):
    clock.passes(days=2)

    receipt = receipt_of(services, ODALYS)

    assert receipt.endswith(STOP["en"])
    assert "debt" not in receipt


@pytest.mark.parametrize("hold", [None, "dispute_debt"])
def test_where_nothing_is_demanded_a_receipt_says_only_how_to_stop_messages(odalys, services, hold):
    with services.parts.store.transaction() as session:
        services.accounts.find(session, ODALYS).hold = hold
    services.payments.record(ODALYS, "25.00" if hold else "1325.50", "pay-1")

    [body] = [row["body"] for row in services.outbox.all() if row["kind"] == "receipt"]

    assert body.split("\n")[1:] == [STOP["en"]]


def test_where_the_rules_ask_for_no_reminder_none_is_sent(services):
    verified(services, CHANGGENG)

    assert "\n" not in receipt_of(services, CHANGGENG)


def test_a_question_about_how_it_was_says_how_to_stop_messages_and_nothing_of_a_debt(odalys, services):
    case = services.cases.open(odalys.id, "request_human")

    services.cases.hand_back(case.reference, "all clear")

    bodies = {row["kind"]: row["body"] for row in services.outbox.all()}
    assert bodies["feedback"].split("\n")[1:] == [STOP["en"]]
    assert STOP["en"] not in bodies["case"]  # an answer to what they asked


def test_a_passcode_carries_nothing_else(chat, services):
    chat.identify(f"{ODALYS}, born {BORN[ODALYS]}")

    [code] = [row["body"] for row in services.outbox.all() if row["kind"] == "passcode"]

    assert "STOP" not in code


@pytest.mark.parametrize(("reason", "uninvited"), [("plan_broken", True), ("request_human", False)])
def test_a_persons_own_words_carry_the_reminder_where_nobody_asked_for_them(odalys, services, reason, uninvited):
    case = services.cases.open(odalys.id, reason)

    services.guarding.write_to(case.reference, "Shall we look at your dates together?")

    [body] = [row["body"] for row in services.outbox.all() if row["kind"] == "agent"]
    assert body.startswith("Shall we look at your dates together?")
    assert (STOP["en"] in body) is uninvited
