"""Reading a short answer by what was just asked.

A bare "2", "the 15th" or "150" means nothing on its own. A turn carries where the conversation stands
(``stage`` and ``asked``, from the store); where a message is little else than an answer to that,
it is read as the answer. What is left doubtful is asked about (``nlu_fallback``), never guessed.
Without a stage, as in `accord parse`, nothing is changed.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from rasa.engine.graph import ExecutionContext, GraphComponent
from rasa.engine.recipes.default_recipe import DefaultV1Recipe
from rasa.engine.storage.resource import Resource
from rasa.engine.storage.storage import ModelStorage
from rasa.nlu.extractors.extractor import EntityExtractorMixin
from rasa.shared.nlu.constants import ENTITIES, INTENT, TEXT
from rasa.shared.nlu.training_data.message import Message

from bot.nlu.answers import (
    DISTRESS,
    IDENTITY_STAGES,
    NOT_UNDERSTOOD,
    amounts_named,
    asked_along,
    figure_set_right,
    leading_purpose,
    learnt,
    plain_answer,
    read_answer,
    request_made,
    settled_by_terms,
    told_as_reason,
)
from bot.nlu.choices import read_choice
from bot.nlu.intent_classifier import CHOICE, IN_CLAUSES, REPLY, TALK
from bot.nlu.judging import OF_A_CLAUSE, OUT_OF_SCOPE, UNASKED
from bot.nlu.moves import is_noise
from bot.nlu.replies import SURE, read_reply, yes
from bot.nlu.safety import ACT, CERTAINTIES, safety_reader

# What words may sound like that only put a figure right: "wrong, 150 not 200", 打错了，不是三百，四百.
OF_A_SLIP = ("dispute_debt", "wrong_person", "third_party", "claim_already_paid")
NOT_THE_BORROWER = ("third_party", "wrong_person")
# Said of the talk itself in many words, while a figure or a code answers what was asked: distress goes before these.
OF_THE_TALK = ("hold_on", "apologise")
# What the model alone half takes an opening for, where somebody only says that they are there: no reason to ask.
NOT_OF_AN_OPENING = ("claim_already_paid", "complain", "dispute_debt")
# From this chance on despair is heard without a word of it, whatever trouble is told; below, it is asked about.
DESPAIR = 0.7
# From this chance on words that often mean a hard case go before a plain answer.
LIKELIER = 0.45


@DefaultV1Recipe.register(DefaultV1Recipe.ComponentType.ENTITY_EXTRACTOR, is_trainable=False)
class SituationReader(GraphComponent, EntityExtractorMixin):
    """Adds the stage for the rules to stand on, and reads short answers by it."""

    @classmethod
    def create(
        cls,
        config: dict[str, Any],
        model_storage: ModelStorage,
        resource: Resource,
        execution_context: ExecutionContext,
    ) -> SituationReader:
        return cls()

    def process(self, messages: list[Message]) -> list[Message]:
        for message in messages:
            given = message.get("metadata") or {}
            stage = given.get("stage")
            if not stage:
                continue
            entities = message.get(ENTITIES) or []
            ranking = message.get("intent_ranking") or []
            asked, text = given.get("asked") or "", message.get(TEXT) or ""
            entities = [*entities, *amounts_named(text, stage, entities)]
            heard = [row for row in message.get("heard") or [] if row["then"] == ACT]
            doubted = [row for row in heard if _is_doubted(row, entities)] if stage not in IDENTITY_STAGES else []
            if doubted:
                heard = [row for row in heard if row not in doubted]
                if not heard:
                    other = next(
                        (r["name"] for r in ranking if r["name"] not in (doubted[0]["intent"], *UNASKED)), None
                    )
                    message.set("close", [name for name in (doubted[0]["intent"], other) if name], add_to_output=True)
            reply = message.get(REPLY) or {}
            agreed = yes(text, reply) >= SURE
            put_right = figure_set_right(text, stage, entities) and all(row["intent"] in OF_A_SLIP for row in heard)
            certain = any(_plainly(row) for row in heard) and not put_right
            plain = None if certain or agreed else plain_answer(text, stage, asked, entities)
            if plain in OF_THE_TALK and any(row["intent"] == DISTRESS for row in heard):
                plain = None
            plain = plain or request_made(text, stage, heard)
            if not agreed:
                plain = plain or learnt(message.get(TALK), stage, asked, entities, heard)
            # A figure that was asked for is taken, whatever is told along with it.
            if (
                plain is None
                and not agreed
                and not (stage == "budget" and any(e["entity"] == "money" for e in entities))
            ):
                plain = told_as_reason(message.get("heard") or [], entities, ranking)
            acted = bool(heard) and plain is None
            alone = None if any(row["intent"] == DISTRESS for row in heard) else safety_reader().said(text)
            intent = alone or plain
            if intent is None and not acted:
                kinds = {e["entity"] for e in entities if e.get("value") is not None}
                intent = read_reply(text, kinds, ranking, bool(message.get("heard")), reply)
                intent = intent or read_choice(
                    text, kinds, ranking, message.get("heard") or [], message.get(CHOICE) or {}
                )
            if intent is None and not acted:
                intent = read_answer(text, stage, asked, entities, ranking)
            if intent is None and not acted:
                intent = settled_by_terms(message.get("close") or (), entities)
            if intent is None and stage == "start" and not acted and _is_only_an_opening(message):
                intent = "greet"
            if intent is not None:
                message.set(INTENT, {"name": intent, "confidence": 1.0}, add_to_output=True)
            elif not acted and (message.get("close") or message.get("unsure")):
                message.set(INTENT, {"name": NOT_UNDERSTOOD, "confidence": 1.0}, add_to_output=True)
            elif not acted:
                followed = given.get("spoken") not in (None, given.get("language"))
                self._lead(message, followed, bool(asked) or stage not in ("verified", "planned"), stage != "verified")
                if (message.get(INTENT) or {}).get("name") == OUT_OF_SCOPE and is_noise(text):
                    message.set(INTENT, {"name": NOT_UNDERSTOOD, "confidence": 1.0}, add_to_output=True)
            if intent is not None:
                # Of what the model took it for, only what another clause says too is still meant.
                also = [name for _, name, _ in message.get(IN_CLAUSES) or () if name in OF_A_CLAUSE]
                along = asked_along(text, ranking, reply if agreed else None) if intent == "affirm" else None
                also += [along] if along else []
                others = [name for name in [*(message.get("purposes") or [])[1:], *also] if name != intent]
                message.set("purposes", [intent, *dict.fromkeys(others)], add_to_output=True)
            mark = {"entity": "stage", "value": stage, "extractor": type(self).__name__}
            message.set(ENTITIES, [*entities, mark], add_to_output=True)
        return messages

    def _lead(self, message: Message, followed: bool, awaited: bool, shown: bool) -> None:
        """Where something is asked for beside a question, that leads; the question is answered along with it."""
        read = message.get(INTENT) or {}
        leads = leading_purpose(read.get("name") or "", message.get("purposes") or [], followed, awaited, shown)
        if leads != read.get("name"):
            message.set(INTENT, {**read, "name": leads}, add_to_output=True)


def _is_only_an_opening(message: Message) -> bool:
    """Whether the model half takes a first message for a hard case of which no word is said in it, and half for a
    greeting."""
    heard = message.get("heard") or []
    likeliest = [row["name"] for row in (message.get("intent_ranking") or [])[:3]]
    half = all(row["intent"] in NOT_OF_AN_OPENING and not row["words"] for row in heard)
    return bool(heard) and half and "greet" in likeliest


def _is_doubted(row: Mapping[str, Any], entities: Sequence[Mapping[str, Any]]) -> bool:
    """Whether the model alone takes somebody who has proven who they are for somebody else, or half takes their
    trouble for despair."""
    if row["intent"] == DISTRESS and not row["words"] and row["chance"] < DESPAIR:
        return any(e["entity"] == "hardship_reason" and e.get("value") for e in entities)
    return row["intent"] in NOT_THE_BORROWER and not row["words"]


def _plainly(row: Mapping[str, Any]) -> bool:
    """Whether a hard case was heard by words that no plain answer goes before."""
    if row["intent"] == DISTRESS:
        return bool(row["words"])
    return row["words"] == CERTAINTIES[0] or (bool(row["words"]) and row["chance"] >= LIKELIER)
