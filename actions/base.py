"""What every action has in common: the turn it answers, its failures, and identity before everything."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any, ClassVar

import structlog
from anyio import to_thread
from rasa_sdk import Action, Tracker
from rasa_sdk.executor import CollectingDispatcher

from actions.nobody_there import case_facts, if_alone
from bot.bootstrap import Services
from bot.nlu.replies import agrees_to_same
from bot.services.conversations import Choice
from bot.services.identity import IdentityStep
from bot.services.replies import Reply

log = structlog.get_logger()

# Whoever cares for somebody ill is not ill; whoever lost the job when the works closed has no business that failed.
OWN_REASONS = {"caring": ("illness", "income_cut"), "job_loss": ("business_failure",)}
IT_IS_ME = Choice("utter_button_it_is_me", "provide_identity")


@dataclass(frozen=True)
class Turn:
    """What the borrower said, as an action sees it. Nothing in it is a fact about an account."""

    id: int
    conversation_id: str
    text: str
    intent: str
    confidence: float
    entities: list[dict[str, Any]]
    stage: str
    language: str
    close: tuple[str, ...] = ()
    heard: tuple[str, ...] = ()
    purposes: tuple[str, ...] = ()
    spoken: str = ""  # the language of the conversation before this message
    reply: Mapping[str, float] = field(default_factory=dict)  # what is made of terms that were read back

    @classmethod
    def of(cls, tracker: Tracker) -> Turn:
        message = tracker.latest_message
        given = message["metadata"]
        return cls(
            id=given["turn"],
            conversation_id=tracker.sender_id,
            text=message.get("text") or "",
            intent=message["intent"]["name"],
            confidence=message["intent"]["confidence"],
            entities=[e for e in message["entities"] if e["entity"] != "stage"],
            stage=given["stage"],
            language=given["language"],
            close=tuple(message.get("close") or ()),
            heard=tuple(heard["intent"] for heard in message.get("heard") or ()),
            purposes=tuple(message.get("purposes") or ()),
            spoken=given.get("spoken") or given["language"],
            reply=message.get("reply") or {},
        )

    def value(self, entity: str) -> Any:
        """The value of the first entity of a kind, None where there is none."""
        return next((e["value"] for e in self.entities if e["entity"] == entity), None)

    @property
    def agrees(self) -> bool:
        """Whether it says a clear yes to what was read back, where the terms that it names are those."""
        return agrees_to_same(self.text, self.reply)

    @property
    def hardship(self) -> str | None:
        """The reason for the borrower's trouble; of two that belong together, the one that is their own."""
        told = [e["value"] for e in self.entities if e["entity"] == "hardship_reason" and e["value"]]
        own = next((own for own, others in OWN_REASONS.items() if own in told and set(others) & set(told)), None)
        return own or next(iter(told), None)


# Which action answers a question, or notes a wish, that stands beside something else.
QUESTIONS: dict[str, type[AccordAction]] = {}


class AccordAction(Action):
    """One thing that the bot can do. A failure becomes an apology and a record, and a case if it repeats."""

    action_name: ClassVar[str] = ""
    # The questions that it answers, and the wishes that it notes, also beside something else.
    answers: ClassVar[tuple[str, ...]] = ()

    def __init_subclass__(cls) -> None:
        QUESTIONS.update(dict.fromkeys(cls.answers, cls))

    def __init__(self, services: Services) -> None:
        self.services = services

    def name(self) -> str:
        return self.action_name

    def perform(self, turn: Turn) -> list[Reply]:
        """Does it. Subclasses call one service and say what came of it."""
        raise NotImplementedError

    def answer(self, turn: Turn) -> list[Reply]:
        """Answers a question that stands beside something else: the answer alone."""
        raise NotImplementedError

    def beside(self, turn: Turn) -> list[Reply]:
        """The answer to the first question that a message asks beside what it is mainly about; no more than one."""
        asked = next((name for name in turn.purposes if name != turn.intent and name in QUESTIONS), None)
        if asked is None:
            return []
        kind = QUESTIONS[asked]
        if issubclass(kind, VerifiedAction) and not self.services.identity.is_verified(turn.conversation_id):
            return []
        return kind(self.services).answer(replace(turn, intent=asked))

    async def run(
        self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: dict[str, Any]
    ) -> list[dict[str, Any]]:
        turn = Turn.of(tracker)
        for reply in await to_thread.run_sync(self._perform_kindly, turn):
            dispatcher.utter_message(json_message=reply.as_json())
        return []

    def _perform_kindly(self, turn: Turn) -> list[Reply]:
        try:
            return self.perform(turn)
        except Exception as error:
            log.exception("action_failed", action=self.name(), turn=turn.id)
            return failed(self.services, turn.conversation_id, self.name(), error)


class VerifiedAction(AccordAction):
    """An action about an account: it runs once the borrower has proven who they are, and is remembered until then."""

    intents: ClassVar[tuple[str, ...]] = ()

    def perform_verified(self, turn: Turn) -> list[Reply]:
        """Does it for the borrower whose identity is proven."""
        raise NotImplementedError

    def take_up(self, turn: Turn) -> list[Reply]:
        """Does what was wanted before identity was proven."""
        return self.perform(turn)

    def perform(self, turn: Turn) -> list[Reply]:
        if self.services.identity.is_verified(turn.conversation_id):
            return self.perform_verified(turn)
        self.services.conversations.remember_wish(
            turn.conversation_id, turn.intent, turn.entities, turn.text, turn.purposes
        )
        step = self.services.identity.start(turn.conversation_id, turn.text, turn.entities)
        asked = identity_reply(step)
        if step.outcome in ("locked", "not_them"):
            return [asked]
        return [*self.beside(turn), Reply("utter_identity_first"), asked]


def identity_reply(step: IdentityStep) -> Reply:
    """What is said at a step of proving one's identity."""
    if step.case is not None:
        return Reply("utter_identity_locked", {"reference": step.case.reference, "answer_by": step.case.answer_by})
    choices = [IT_IS_ME] if step.outcome == "not_them" else []
    return Reply(f"utter_identity_{step.outcome}", {"tries": step.tries_left}, choices)


def failed(services: Services, conversation_id: str, place: str, error: Exception) -> list[Reply]:
    """The apology after a failure; a second failure in a row goes to a person."""
    failures = services.conversations.fail(conversation_id, place, f"{type(error).__name__}: {error}")
    if failures < 2:
        return [Reply("utter_trouble")]
    case = services.cases.open(conversation_id, "technical_failure")
    facts = case_facts(services, case)
    return [Reply("utter_trouble_person", facts), *if_alone(case, facts)]
