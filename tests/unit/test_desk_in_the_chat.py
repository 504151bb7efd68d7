"""The desk on the borrower's side of the channels: terms with buttons, files, times to be called, words kept."""

from __future__ import annotations

import json

import pytest
from starlette.testclient import TestClient

from bot.channels.router import Router
from bot.channels.telegram.speaking import attached, files_of, speak
from bot.channels.web import WebChat
from bot.domain.wanted import Wanted
from bot.services.casework import Upload
from bot.services.outbox import messages_of
from tests.unit.desk_cases import click, happened, opened, row, sent, worker
from tests.unit.fakes import ODALYS, Chat, FakeDialogue

pytestmark = pytest.mark.anyio
NINE = Wanted("plan", count=9)


@pytest.fixture
def dialogue() -> FakeDialogue:
    return FakeDialogue()


@pytest.fixture
def router(services, dialogue, words) -> Router:
    return Router(services, dialogue, words)


@pytest.fixture
def mei(services):
    return worker(services, "mei", name="Mei Castellane")


@pytest.fixture
def case(odalys, services):
    odalys.turn("a person please")
    return opened(services, odalys.id)


def arrives(services, chat):
    """Everything that waits reaches the borrower; what arrived last, as channels show it."""
    messages = sent(services, chat.id)
    for message in messages:
        services.outbox.sent(message.id)
    return messages_of(messages[-1])


def text_of(messages) -> str:
    return "\n".join(message["text"] for message in messages)


async def test_a_tapped_yes_to_terms_of_a_person_reaches_no_dialogue(router, dialogue, services, odalys, mei, case):
    services.casework.propose(mei, case, click(), NINE, "")
    (message,) = arrives(services, odalys)
    agree, _ = message["buttons"]

    answer = await router.take(odalys.id, "m-1", button=agree["id"])

    assert "agreed and recorded" in text_of(answer)
    assert len(answer[-1]["table"]["rows"]) == 9
    assert dialogue.heard == []
    assert services.accounts.show(ODALYS)["plan"]["status"] == "active"
    assert await router.take(odalys.id, "m-1", button=agree["id"]) == answer
    assert happened(services, case).count("borrower_agreed") == 1


async def test_the_words_of_the_button_are_as_good_as_the_button(router, services, odalys, mei, case):
    services.casework.propose(mei, case, click(), NINE, "")
    arrives(services, odalys)

    answer = await router.take(odalys.id, "m-1", "yes, i agree!")

    assert "agreed and recorded" in text_of(answer)


async def test_a_typed_yes_is_read_as_an_answer_to_the_terms(router, dialogue, services, odalys, mei, case):
    services.casework.propose(mei, case, click(), NINE, "")
    arrives(services, odalys)
    dialogue.reading = "affirm"

    answer = await router.take(odalys.id, "m-1", "that is fine with me")

    assert dialogue.metadata[-1]["stage"] == "confirming"
    assert "agreed and recorded" in text_of(answer)


async def test_a_condition_is_kept_for_the_person(router, dialogue, services, odalys, mei, case):
    services.casework.propose(mei, case, click(), NINE, "")
    arrives(services, odalys)
    dialogue.reading = "modify_plan"

    await router.take(odalys.id, "m-1", "yes, but only from February")

    assert services.accounts.show(ODALYS)["plan"] is None
    assert row(services, case).awaits_agent_since is not None


async def test_a_stop_goes_before_any_terms(router, dialogue, services, odalys, mei, case):
    services.casework.propose(mei, case, click(), NINE, "")
    arrives(services, odalys)

    await router.take(odalys.id, "m-1", "STOP")

    assert services.accounts.show(ODALYS)["contact_stopped"]
    assert services.accounts.show(ODALYS)["plan"] is None


async def test_distress_in_an_outage_is_heard_before_any_terms(router, dialogue, services, odalys, mei, case):
    services.casework.propose(mei, case, click(), NINE, "")
    arrives(services, odalys)
    dialogue.down = True

    await router.take(odalys.id, "m-1", "I want to kill myself")

    assert row(services, case).reason == "express_distress"


async def test_what_a_borrower_writes_makes_the_case_wait_and_shows_on_the_desk(
    router, services, clock, odalys, mei, case
):
    services.casework.answer(mei, case, click(), "Good morning.")
    clock.passes(minutes=5)
    mark, _ = services.desk.changes(mei, None)

    await router.take(odalys.id, "m-1", "good morning to you")

    found = row(services, case)
    assert (found.status, found.awaits_agent_since) == ("claimed", clock())
    assert services.desk.changes(mei, mark)[1] == [case]
    said = [said.text for said in services.desk.case(mei, case).transcript if said.who == "borrower"]
    assert said[-1] == "good morning to you"


async def test_what_is_said_to_the_bot_shows_on_the_desk_while_a_case_is_open(router, services, clock, odalys, mei):
    case = opened(services, odalys.id, "request_document")
    clock.passes(minutes=5)
    mark, _ = services.desk.changes(mei, None)

    await router.take(odalys.id, "m-1", "hello again")

    assert services.desk.changes(mei, mark)[1] == [case]
    assert row(services, case).status == "waiting"


async def test_a_claim_silences_the_bot_whatever_the_case_is_about(router, dialogue, services, odalys, mei):
    case = opened(services, odalys.id, "request_document")
    services.casework.claim(mei, case, click())

    acknowledged, then = [await router.take(odalys.id, f"m-{n}", f"the statement of {n}") for n in (1, 2)]

    assert case in text_of(acknowledged)
    assert then == []
    dialogue.reading = "express_distress"
    assert await router.take(odalys.id, "m-3", "I want to kill myself")
    assert row(services, case).reason == "express_distress"


async def test_a_claim_that_is_put_back_before_a_word_leaves_the_talk_to_the_bot(services, odalys, mei):
    noted, asked = opened(services, odalys.id, "request_document"), opened(services, Chat(services, "c-2").id)
    for case in (noted, asked):
        services.casework.claim(mei, case, click())
        services.casework.release(mei, case, click())

    assert not services.conversations.situation(odalys.id).held
    assert services.conversations.situation("c-2").held


async def test_a_claim_after_an_answer_that_is_put_back_leaves_the_talk_to_people(services, odalys, mei):
    case = opened(services, odalys.id, "request_document")
    services.casework.answer(mei, case, click(), "Which one do you need?")

    services.casework.release(mei, case, click())

    assert services.conversations.situation(odalys.id).held


async def test_buttons_of_somebody_who_waits_work_whoever_has_the_conversation(router, dialogue, services, clock, mei):
    chat = Chat(services, "c-1")
    clock.passes(hours=9)
    for reason in ("request_callback", "request_human"):  # the first leaves the conversation to the bot
        services.cases.open(chat.id, reason)
        at = services.casework.slots(chat.id)[0]
        choice = {
            "intent": "desk_call_at",
            "entities": [
                {"entity": "moment", "value": at.isoformat()},
                {"entity": "case", "value": "C-00001"},
            ],
            "offer_id": None,
        }
        (button,) = services.conversations.buttons(chat.id, [("Call me", choice)])

        answer = await router.take(chat.id, reason, button=button["id"])

        assert "C-00001" in text_of(answer)
    assert row(services, "C-1").call_at == at
    assert dialogue.heard == []


# -- files


@pytest.fixture
def web(services, words):
    return TestClient(WebChat(services, Router(services, FakeDialogue(), words), lambda: None).app())


def test_a_file_is_for_whoever_has_the_conversation_and_is_never_run(odalys, services, web, mei, case):
    services.casework.answer(mei, case, click(), "Here.", files=[Upload("对账单.pdf", "application/pdf", b"%PDF-1.7")])
    (message,) = arrives(services, odalys)
    (file,) = message["files"]
    Chat(services, "stranger")

    answer = web.get(f"/api/chat/{odalys.id}/files/{file['secret']}?token={odalys.token}")

    assert (answer.content, answer.headers["content-type"]) == (b"%PDF-1.7", "application/pdf")
    assert answer.headers["content-disposition"].startswith("attachment; filename*=UTF-8''%E5%AF%B9")
    assert web.get(f"/api/chat/{odalys.id}/files/{file['secret']}").status_code == 401
    assert web.get(f"/api/chat/{odalys.id}/files/f_other?token={odalys.token}").status_code == 404


def test_a_file_is_not_to_be_had_from_another_conversation(odalys, services, web, mei, case):
    services.casework.answer(mei, case, click(), "Here.", files=[Upload("a.pdf", "application/pdf", b"%PDF-1.7")])
    (message,) = arrives(services, odalys)
    stranger = Chat(services, "stranger")

    answer = web.get(f"/api/chat/stranger/files/{message['files'][0]['secret']}?token={stranger.token}")

    assert answer.status_code == 404


def test_on_telegram_a_file_is_a_document_that_stays_as_it_is():
    call = attached("a.pdf", "application/pdf", b"%PDF-1.7")

    fields, files = files_of(json.loads(json.dumps(call.payload)))

    assert (call.method, fields) == ("sendDocument", {})
    assert files == {"document": ("a.pdf", b"%PDF-1.7", "application/pdf")}


def test_on_telegram_terms_have_their_table_and_buttons(odalys, services, mei, case):
    services.casework.propose(mei, case, click(), NINE, "")
    (message,) = arrives(services, odalys)

    calls = speak(message)

    keyboard = calls[-1].payload["reply_markup"]["inline_keyboard"]
    assert [button["text"] for line in keyboard for button in line] == ["Yes, I agree", "No, change it"]
    assert "147.2" in json.dumps([call.payload for call in calls])
