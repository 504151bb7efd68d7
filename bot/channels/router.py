"""The way of a message: stored, kept in order, answered by Rasa or kept for a person, put into words, stored again."""

from __future__ import annotations

import asyncio
import json
import re
import unicodedata
from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import partial
from typing import Any
from weakref import WeakValueDictionary
from zoneinfo import ZoneInfo

import structlog
from anyio import to_thread
from sqlalchemy import bindparam, select

from actions.base import Reply
from actions.base import Turn as Said
from actions.handover import case_facts
from actions.held import IDENTITY_STAGES, WhileHeld
from actions.negotiation import ActionResume
from actions.waiting import INTENTS as WAITING
from actions.waiting import WhileWaiting
from bot.bootstrap import Services
from bot.dialogue.client import Dialogue, DialogueDown, Reading
from bot.dialogue.words import Voice, Words
from bot.domain.contact import is_opt_out
from bot.nlu.language import detect
from bot.nlu.safety import CERTAINTIES, safety_reader
from bot.services.cases import DISTRESS
from bot.services.conversations import SILENCE, Choice, Situation, Tap
from bot.services.outbox import enqueue
from bot.services.timeline import touch
from bot.store.tables import Conversation, Turn

log = structlog.get_logger()

LONGEST_FOR_THE_MODEL = 1_500
MARKUP_OR_CODE = re.compile(
    r"<\s*[/!?]?\s*[a-z][^<>]*>|\{\{|\$\{|;\s*--|\b(?:drop|alter|truncate)\s+table\b|\bselect\s.+\sfrom\s",
    re.IGNORECASE,
)
# Orders to the machine itself; a message is what somebody says, and nothing in it is carried out.
ORDERS = re.compile(
    r"\b(?:ignore|disregard|forget|override|bypass)\W+(?:\w+\W+){0,3}?(?:all|any|your|every|previous|prior|above|earlier)"
    r"\W+(?:\w+\W+){0,3}?(?:instructions?|prompts?|rules|guidelines|programming)\b"
    r"|\b(?:admin|administrator|developer|debug|god|root|maintenance) (?:mode|override|privileges?)\b"
    r"|\b(?:system|hidden|initial) (?:prompt|instructions?)\b"
    r"|\A\W*(?:system|assistant|developer|admin(?:istrator)?)\s*[\]>]*\s*[:：]"
    r"|(?:忽略|无视|無視|忽视|忽視|忘掉|忘记|忘記|抛开|拋開|绕过|繞過)[^,，。!！]{0,12}(?:指令|规则|規則|设定|設定|提示词|提示詞|指示|限制)"
    r"|(?:管理员|管理員|开发者|開發者|上帝|调试|調試|维护|維護|越狱|越獄|root)(?:模式|口令|指令|权限|權限)"
    r"|\A\W*(?:系统|系統|管理员|管理員)指令\s*[:：]|[\[【<](?:系统|系統|管理员|管理員)[\]】>]",
    re.IGNORECASE,
)
# What shows nothing at the ends of a message: blanks, zero-width characters, directions of writing.
UNSEEN = r"[\s\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff]+"
UNSEEN_EDGE = re.compile(rf"\A{UNSEEN}|{UNSEEN}\Z")
COMMAND_MARKS = ("/", "／")
CERTAIN = CERTAINTIES[0]
STOP = "stop_contact"
# Words of care: whatever the guard stops in them, care is what is said.
OF_DISTRESS = ("utter_case_express_distress", "utter_held_distress")
# Where a bare "stop" may be said of the terms or of the questions, not of the messages.
TERMS_ARE_OPEN = ("negotiating", "confirming", "budget", "planned")
# How a turn meets its conversation: where that stands, the language spoken until now, the button tapped or typed.
Meeting = tuple[Situation, str, Tap | None]
# A turn as it was stored, and how it meets its conversation, where that could be seen.
Received = tuple[Turn, Meeting | None]
# What a channel does in the transaction that stores an answer, given the answer; what that gives is called once it is
# committed.
Along = Callable[[list[dict[str, Any]]], Callable[[], None]]
# A conversation and a turn of it, asked for together.
IN_HAND = (
    select(Conversation, Turn)
    .join(Turn, Turn.id == bindparam("turn"))
    .where(Conversation.id == bindparam("conversation"))
)
# Responses that say themselves that a machine is writing.
SAYS_SO = ("utter_welcome", "utter_not_understood_start", "utter_bot_challenge")


class Router:
    """Takes what a borrower says in any channel and gives what the bot answers."""

    def __init__(self, services: Services, dialogue: Dialogue, words: Words) -> None:
        self.services = services
        self.dialogue = dialogue
        self.words = words
        self._locks: WeakValueDictionary[str, asyncio.Lock] = WeakValueDictionary()
        self._along: dict[int, Along] = {}
        # Conversations in which an outage may have left something unanswered.
        self._behind: set[str] = set()

    async def take(
        self,
        conversation_id: str,
        key: str,
        text: str = "",
        button: str | None = None,
        along: Along | None = None,
        received: Received | None = None,
    ) -> list[dict[str, Any]]:
        """Answers one turn, in the order in which turns came; a repeated key gives the same answer again.

        ``along``: what the channel does with an answer as it is stored; left out where it was stored before.
        ``received``: what `receive` gave, where a channel that keeps the order itself has called it.
        """
        async with self._turn_of(conversation_id):
            turn, met = received or await to_thread.run_sync(self.receive, conversation_id, key, text, button)
            if is_answered(turn):
                return list(json.loads(turn.reply or "[]"))
            if conversation_id in self._behind and await self._answer_earlier(turn):
                met = None
            if along is not None:
                self._along[turn.id] = along
            try:
                return await self._answer(turn, met)
            finally:
                self._along.pop(turn.id, None)

    async def remark(
        self,
        conversation_id: str,
        key: str,
        said: str,
        response: str,
        facts: dict[str, Any] | None = None,
        choices: Sequence[Choice] = (),
        *,
        button: str | None = None,
        while_held: bool = False,
    ) -> list[dict[str, Any]]:
        """Answers what is not for the dialogue (a sticker, a button of the channel's own) with one response.

        ``said`` stands for it in the transcript. A repeated key gives the same answer again; a used button is met as
        in `take`; nothing is said while a person has the conversation, unless ``while_held``.
        """
        async with self._turn_of(conversation_id):
            conversations = self.services.conversations
            turn = await to_thread.run_sync(conversations.receive, conversation_id, key, clean(said), button)
            if is_answered(turn):
                return list(json.loads(turn.reply or "[]"))
            situation = await to_thread.run_sync(conversations.begin, turn.id)
            reply = {"response": response, "facts": facts or {}, "choices": [choice.as_json() for choice in choices]}
            if button is not None and await to_thread.run_sync(conversations.tap, turn.id) is None:
                reply = named("utter_button_used")
            silent = situation.held and not while_held
            return await self._say(turn, situation, [] if silent else [reply])

    async def catch_up(self) -> None:
        """Answers what a crash or an outage left unanswered; the answers arrive as uninvited messages."""
        turns = await to_thread.run_sync(self.services.conversations.unanswered)
        behind = {turn.conversation_id for turn in turns}
        self._behind |= behind
        for turn in turns:
            async with self._turn_of(turn.conversation_id):
                if not await to_thread.run_sync(self.services.conversations.is_answered, turn.id):
                    await self._answer_late(turn)
        self._behind -= behind

    async def _answer_earlier(self, turn: Turn) -> bool:
        """Answers what an outage left unanswered before a turn of the same conversation; whether there was anything."""
        if not await self.dialogue.ready():
            return False
        self._behind.discard(turn.conversation_id)
        waiting = await to_thread.run_sync(self.services.conversations.unanswered)
        earlier = [one for one in waiting if one.conversation_id == turn.conversation_id and one.id < turn.id]
        for one in earlier:
            await self._answer_late(one)
        return bool(earlier)

    async def _answer_late(self, turn: Turn) -> None:
        """Answers a turn whose borrower no longer waits for it; the answer arrives as an uninvited message."""
        self._along[turn.id] = partial(self._send_late, turn)
        try:
            await self._answer(turn, late=True)
        finally:
            self._along.pop(turn.id, None)

    def _turn_of(self, conversation_id: str) -> asyncio.Lock:
        """The lock that keeps the turns of a conversation in order; it is gone when nobody waits for it."""
        return self._locks.setdefault(conversation_id, asyncio.Lock())

    def receive(self, conversation_id: str, key: str, text: str, button: str | None) -> Received:
        """Stores what came in and sees how it meets its conversation; where that fails it is stored all the same."""
        receive, text = self.services.conversations.receive, clean(text)
        try:
            with self.services.parts.store.transaction():
                turn = receive(conversation_id, key, text, button)
                return turn, None if is_answered(turn) else self._meet(turn)
        except Exception:  # what is wrong shows again where it becomes an apology
            log.exception("turn_not_met")
            return receive(conversation_id, key, text, button), None

    async def _answer(self, turn: Turn, met: Meeting | None = None, late: bool = False) -> list[dict[str, Any]]:
        """Answers a turn; whatever goes wrong on the way becomes an apology and a record."""
        try:
            return await self._work_on(turn, met, late)
        except Exception as error:
            log.exception("turn_broke", turn=turn.id)
            situation = await to_thread.run_sync(self.services.conversations.begin, turn.id)
            return await self._apologise(turn, situation, "service", f"{type(error).__name__}: {error}", late)

    async def _work_on(self, turn: Turn, met: Meeting | None, late: bool) -> list[dict[str, Any]]:
        situation, spoken, tap = met or await to_thread.run_sync(self._meet, turn)
        if tap is not None and tap.intent in WAITING:
            return await self._while_waiting(turn, situation, Reading(tap.intent, tap.entities))
        if situation.held:
            reading = await self._read_for_person(turn, situation, tap)
            if not await to_thread.run_sync(self.services.cases.yield_to, turn.conversation_id, reading.intent):
                return await self._keep_for_person(turn, situation, reading)
        if turn.button_id is not None and tap is None:
            return await self._say(turn, situation, [named("utter_button_used")])
        text = tap.title if tap and turn.button_id is not None else turn.text
        if self._is_opt_out(text, situation) if tap is None else tap.intent == STOP:
            return await self._stop_contact(turn, situation)
        if tap is None and (refusal := unreadable(text)):
            comfort = await self._comfort(turn, situation)
            if comfort is not None:
                return comfort
            open_still = await to_thread.run_sync(self._resume, turn, situation)
            return await self._say(turn, situation, [named(refusal), *open_still])
        try:
            understanding = await self.dialogue.take(
                turn.conversation_id, text, self._metadata(turn, situation, spoken), vars(tap) if tap else None
            )
        except DialogueDown as error:
            comfort = await self._comfort(turn, situation)
            return comfort or await self._apologise(turn, situation, "dialogue", str(error), late)
        if not understanding.replies:
            return await self._apologise(turn, situation, "actions", "nothing was answered", late)
        return await self._say(turn, None, understanding.replies, understanding.intent, understanding.confidence)

    def _meet(self, turn: Turn) -> Meeting:
        """How a turn meets its conversation: where that stands, the language spoken until now, the button that was
        tapped or typed."""
        conversations = self.services.conversations
        with self.services.parts.store.transaction():
            situation = conversations.begin(turn.id)
            spoken = situation.language
            if turn.button_id is not None:
                return situation, spoken, conversations.tap(turn.id)
            situation = self._hear_language(turn, situation)
            waits_for_yes = situation.held and situation.stage == "confirming"
            if (situation.held and not waits_for_yes) or self._is_opt_out(turn.text, situation):
                return situation, spoken, None
            return situation, spoken, conversations.typed(turn.id)

    def _metadata(self, turn: Turn, situation: Situation, spoken: str) -> dict[str, Any]:
        now = self.services.parts.now().astimezone(ZoneInfo(situation.time_zone))
        return {
            "turn": turn.id,
            "stage": situation.stage,
            "asked": situation.asked,
            "language": situation.language,
            "spoken": spoken,
            "now": now.isoformat(),
            "time_zone": situation.time_zone,
        }

    def _hear_language(self, turn: Turn, situation: Situation) -> Situation:
        """Follows the borrower into the language that they write."""
        heard = detect(turn.text, situation.language)
        if heard == situation.language or not enough_to_tell(turn.text):
            return situation
        self.services.conversations.speak(turn.conversation_id, heard)
        return self.services.conversations.begin(turn.id)

    async def _read_for_person(self, turn: Turn, situation: Situation, tap: Tap | None) -> Reading:
        """How a message is understood in a conversation that a person has."""
        reading = Reading(tap.intent, tap.entities) if tap else await self._read(turn, situation)
        opts_out = tap is None and self._is_opt_out(turn.text, situation)
        return replace(reading, intent=STOP) if opts_out else reading

    async def _keep_for_person(self, turn: Turn, situation: Situation, reading: Reading) -> list[dict[str, Any]]:
        """Keeps a message for the person who has the conversation; what cannot wait for them is heard at once."""
        replies = await to_thread.run_sync(self._while_held, turn, situation, reading)
        return await self._say(turn, None, [reply.as_json() for reply in replies], reading.intent or None)

    async def _while_waiting(self, turn: Turn, situation: Situation, reading: Reading) -> list[dict[str, Any]]:
        """Answers the buttons of somebody who waits for a person."""
        waiting = WhileWaiting(self.services)
        replies = await to_thread.run_sync(waiting.perform, as_said(turn, situation, reading))
        return await self._say(turn, None, [reply.as_json() for reply in replies], reading.intent)

    def _while_held(self, turn: Turn, situation: Situation, reading: Reading) -> list[Reply]:
        with self.services.parts.store.transaction() as session:
            conversation = session.get_one(Conversation, turn.conversation_id)
            self.services.casework.heard(session, conversation, turn)
        return WhileHeld(self.services).perform(as_said(turn, situation, reading))

    def _resume(self, turn: Turn, situation: Situation) -> list[dict[str, Any]]:
        """What was open before a message that cannot be read: it is taken up again, so that a yes after it counts."""
        return [reply.as_json() for reply in ActionResume(self.services).perform(as_said(turn, situation, Reading("")))]

    async def _read(self, turn: Turn, situation: Situation) -> Reading:
        """How a message is understood that no dialogue gets; while Rasa is down, by its plain words alone."""
        if not unreadable(turn.text):
            stage = situation.stage if situation.stage in (*IDENTITY_STAGES, "confirming") else "held"
            try:
                return await self.dialogue.read(
                    turn.text, {**self._metadata(turn, situation, situation.language), "stage": stage}
                )
            except DialogueDown:
                log.warning("held_turn_read_by_words_alone", turn=turn.id)
        words = safety_reader().words(turn.text)
        certain = tuple(intent for intent, level in words.items() if level == CERTAIN or intent == DISTRESS)
        return Reading("", heard=certain)

    async def _comfort(self, turn: Turn, situation: Situation) -> list[dict[str, Any]] | None:
        """Answers distress in a message that Rasa does not get; None where there is none."""
        if turn.button_id is not None or DISTRESS not in safety_reader().words(turn.text):
            return None
        case = await to_thread.run_sync(self.services.cases.open, turn.conversation_id, DISTRESS)
        reply = Reply(f"utter_case_{DISTRESS}", case_facts(self.services, case))
        return await self._say(turn, situation, [reply.as_json()], DISTRESS)

    def _is_opt_out(self, text: str, situation: Situation) -> bool:
        """Whether a message is nothing but a stop request, by the words of the strictest rules."""
        of_terms = situation.stage in TERMS_ARE_OPEN
        if situation.held and situation.stage == "confirming":
            of_terms = False  # a person put the terms, and is there to ask what is meant
        return is_opt_out(text, self.services.parts.contact(None).opt_out, of_terms)

    async def _stop_contact(self, turn: Turn, situation: Situation) -> list[dict[str, Any]]:
        """Obeys a stop request without asking the model: confirmed once, then silence."""
        first = await to_thread.run_sync(self.services.wellbeing.stop_contact, turn.conversation_id)
        return await self._say(turn, situation, [named("utter_contact_stopped" if first else SILENCE)], STOP)

    async def _apologise(
        self, turn: Turn, situation: Situation, place: str, error: str, late: bool
    ) -> list[dict[str, Any]]:
        """Says that something failed. The turn stays unanswered in the ledger and is taken up when all is well."""
        log.error("turn_failed", place=place, turn=turn.id, error=error)
        await to_thread.run_sync(self.services.conversations.fail, turn.conversation_id, place, error)
        if place != "dialogue" or late:
            return await self._say(turn, situation, [named("utter_trouble")])
        self._behind.add(turn.conversation_id)
        return await to_thread.run_sync(self._render, turn, situation, [named("utter_trouble_waiting")])

    async def _say(
        self,
        turn: Turn,
        situation: Situation | None,
        replies: list[dict[str, Any]],
        intent: str | None = None,
        confidence: float | None = None,
    ) -> list[dict[str, Any]]:
        """Stores an answer and gives it in words; silence is an answer without a message.

        ``situation``: None where the answer may have changed it.
        """
        replies = [reply for reply in replies if reply["response"] != SILENCE]

        def work() -> list[dict[str, Any]]:
            # One transaction: nothing counts as said, disclosures among it, unless the answer is there.
            with self.services.parts.store.transaction() as session:
                # In hand, so that no service has to ask for them again.
                session.execute(IN_HAND, {"conversation": turn.conversation_id, "turn": turn.id}).one()
                # The case before the audit chain, as at the desk: neither waits for the other for ever.
                touch(session, turn.conversation_id, self.services.parts.now())
                now = situation or self.services.conversations.situation(turn.conversation_id)
                messages = self._render(turn, now, replies)
                names = [reply["response"] for reply in replies]
                self.services.conversations.answer(turn.id, messages, names, intent, confidence)
                along = self._along.get(turn.id)
                then = along(messages) if along else None
            if then is not None:
                then()
            return messages

        return await to_thread.run_sync(work)

    def _render(self, turn: Turn, situation: Situation, replies: list[dict[str, Any]]) -> list[dict[str, Any]]:
        """Replies in words, with their tables and buttons."""
        voice = self.voice(situation)
        replies = self._opened(turn, replies)
        messages: list[dict[str, Any]] = []
        instead = None
        phrasings = self.services.conversations.phrasings(turn.conversation_id, [r["response"] for r in replies])
        for reply, phrasing in zip(replies, phrasings, strict=True):
            facts = reply.get("facts", {})
            message: dict[str, Any] = {"text": self.words.say(reply["response"], facts, voice, phrasing)}
            if facts.get("schedule"):
                message["table"] = self.words.table(facts["schedule"], voice)
            choices = [(self.words.say(c["title"], c["facts"], voice), c) for c in reply.get("choices", ())]
            if self._is_stopped(turn, reply, message, choices, voice):
                messages = [kept for kept in messages if kept is not instead]
                instead = message = {"text": self.words.say(reply["response"], reply["facts"], voice, phrasing)}
            elif choices:
                message["buttons"] = self.services.conversations.buttons(turn.conversation_id, choices)
            messages.append(message)
        return messages

    def _is_stopped(
        self,
        turn: Turn,
        reply: dict[str, Any],
        message: dict[str, Any],
        choices: list[tuple[str, dict[str, Any]]],
        voice: Voice,
    ) -> bool:
        """The last look before a message leaves: what is stopped is recorded, and the reply becomes a safe one."""
        table = message.get("table", {"rows": []})
        cells = [cell for row in table["rows"] for cell in row]
        # A mark between them: a row's number must not be read together with the day in the next cell.
        text = "\n|\n".join([message["text"], *(title for title, _ in choices), *cells])
        facts = [reply.get("facts", {}), [{"response": c["title"], "facts": c["facts"]} for _, c in choices]]
        findings = self.services.parts.guard.look(text, facts, voice.reader, reply["response"])
        if not findings:
            return False
        case = self.services.guarding.stopped(turn.conversation_id, reply["response"], findings)
        safe = named("utter_guarded")
        if reply["response"] in OF_DISTRESS:  # care and a person, whatever became of the words
            safe = named("utter_guarded_distress")
        elif case is not None:
            told = {"reference": case.reference, "answer_by": {"moment": case.answer_by.isoformat()}}
            safe = named("utter_trouble_person", told)
        reply.update(safe)
        return True

    def _opened(self, turn: Turn, replies: list[dict[str, Any]]) -> list[dict[str, Any]]:
        """An answer with what the first one of a conversation has to say besides: that a machine is writing, and how
        to stop messages. Care goes before that."""
        names = [reply["response"] for reply in replies]
        kinds = self.services.disclosures.at_start(turn.conversation_id, names)
        lender = {"lender": self.services.parts.lender.name}
        if kinds and f"utter_case_{DISTRESS}" in names:
            return [*replies, named("utter_disclosure_in_care")]
        said = next((index for index, name in enumerate(names) if name in SAYS_SO), None)
        lines = [named(f"utter_disclosure_{kind}", lender) for kind in kinds if said is None or kind != "automated"]
        if not lines:
            return replies
        if said is None:
            return [named("utter_disclosure", {"parts": lines}), *replies]
        whole = replies[said] | {"response": "utter_disclosure", "facts": {"parts": [replies[said], *lines]}}
        return [*replies[:said], whole, *replies[said + 1 :]]

    def trouble(self, language: str) -> str:
        """The apology for when not even the store can be reached."""
        return self.words.say("utter_trouble", {}, Voice(language))

    def voice(self, situation: Situation) -> Voice:
        """For whom a conversation's words are."""
        zone = situation.time_zone
        if situation.country is None:
            zone = self.services.parts.handover.opening_hours.time_zone
        return Voice(situation.language, situation.country, zone)

    def _send_late(self, turn: Turn, messages: list[dict[str, Any]]) -> Callable[[], None]:
        """Puts a late answer among what leaves, in the transaction that stores it."""
        parts = self.services.parts
        if not messages:
            return lambda: None
        with parts.store.transaction() as session:
            enqueue(
                parts,
                session,
                parts.now(),
                invited=True,
                key=f"late:{turn.id}",
                kind="late_answer",
                conversation=session.get_one(Conversation, turn.conversation_id),
                body=json.dumps(messages, ensure_ascii=False),
            )
        return lambda: None


def is_answered(turn: Turn) -> bool:
    """Whether a turn that came in again has its answer already."""
    return turn.status != "received" and turn.reply is not None


def named(response: str, facts: dict[str, Any] | None = None) -> dict[str, Any]:
    """A reply that the router itself makes."""
    return {"response": response, "facts": facts or {}, "choices": []}


def as_said(turn: Turn, situation: Situation, reading: Reading) -> Said:
    """A turn as actions take it, for what is answered without the dialogue."""
    return Said(
        id=turn.id,
        conversation_id=turn.conversation_id,
        text=turn.text,
        intent=reading.intent,
        confidence=reading.confidence,
        entities=reading.entities,
        stage=situation.stage,
        language=situation.language,
        heard=reading.heard,
        close=reading.close,
    )


def clean(text: str) -> str:
    """Text without control characters, unpaired surrogates and outer blanks; line breaks stay."""
    kept = (char for char in text if char in "\n\t" or unicodedata.category(char) not in ("Cc", "Cs", "Co", "Cn"))
    return UNSEEN_EDGE.sub("", "".join(kept))


def unreadable(text: str) -> str | None:
    """The response to what is no message for the model; None for everything else."""
    if text.startswith(COMMAND_MARKS) or MARKUP_OR_CODE.search(text) or ORDERS.search(text):
        return "utter_no_commands"
    if not any(char.isalnum() for char in text):
        return "utter_no_words"
    if len(text) > LONGEST_FOR_THE_MODEL:
        return "utter_too_long"
    return None


def enough_to_tell(text: str) -> bool:
    """Whether a message is long enough to show its language: two Chinese characters or two words of letters."""
    return bool(re.search(r"[㐀-鿿].*[㐀-鿿]", text) or re.search(r"[A-Za-z]{2,}\W+[A-Za-z]{2,}", text))
