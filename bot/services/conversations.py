"""Conversations: whose they are, what was asked last, and every turn of them."""

from __future__ import annotations

import json
import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import String, bindparam, cast, literal, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from bot.domain.identification import without_identifiers
from bot.domain.markup import holds_markup
from bot.services.accounts import active_plan, agreed_plan, open_promises, verified_account
from bot.services.affordability import is_asked
from bot.services.case_names import reasons_of
from bot.services.parts import Parts, new_id
from bot.services.presence import team_for
from bot.services.timeline import moved_to, record
from bot.store.tables import Button, Case, CaseEvent, Conversation, Incident, TelegramUpdate, Turn

STAGES = (
    "start",
    "identifying",
    "passcode",
    "verified",
    "negotiating",
    "confirming",
    "budget",
    "planned",
    "offered_person",
)

# How the intents of buttons begin that a channel itself works on.
CHANNELS_OWN = "channel_"
# An answer without words: what was asked for is done, and another message would be one too many.
SILENCE = "silence"
# Responses after which the count of misunderstandings in a row goes on.
NOT_UNDERSTOOD = frozenset(
    f"utter_{name}"
    for name in [
        "not_understood_start",
        "not_understood",
        "not_understood_again",
        "did_you_mean",
        "out_of_scope",
        "no_words",
    ]
)
# What is asked with every turn, put together once.
BY_KEY = select(Turn).where(Turn.conversation_id == bindparam("conversation"), Turn.key == bindparam("key"))
BEFORE = (
    select(Turn.received_at)
    .where(Turn.conversation_id == bindparam("conversation"), Turn.id < bindparam("turn"))
    .order_by(Turn.id.desc())
    .limit(1)
)
SHOWN_LAST = (
    select(Button)
    .where(
        Button.conversation_id == bindparam("conversation"),
        Button.created_at >= BEFORE.scalar_subquery(),
        Button.expires_at > bindparam("now"),
        Button.intent.not_like(f"{CHANNELS_OWN}%"),
    )
    .order_by(Button.created_at.desc())
)


class NotYours(PermissionError):
    """The conversation belongs to somebody else; nothing is said about it."""


@dataclass(frozen=True)
class Choice:
    """A button: what it says (a response name and its facts) and what tapping it means."""

    title: str
    intent: str
    entities: tuple[dict[str, Any], ...] = ()
    offer_id: str | None = None
    facts: dict[str, Any] = field(default_factory=dict)

    def as_json(self) -> dict[str, Any]:
        return {
            "title": self.title,
            "intent": self.intent,
            "entities": list(self.entities),
            "offer_id": self.offer_id,
            "facts": self.facts,
        }


@dataclass(frozen=True)
class Tap:
    """A button that was tapped, once and in time."""

    title: str
    intent: str
    entities: list[dict[str, Any]]


@dataclass(frozen=True)
class Situation:
    """Where a conversation stands as a turn begins; the dialogue model decides on nothing else."""

    stage: str
    asked: str
    language: str
    country: str | None
    time_zone: str
    held: bool


def stage_of(session: Session, conversation: Conversation, now: datetime) -> str:
    """One of STAGES: what the borrower may be answering to."""
    if conversation.asked == "person":
        return "offered_person"
    account = verified_account(session, conversation, now)
    if account is None:
        return {"passcode": "passcode", "identity": "identifying"}.get(conversation.asked, "start")
    if conversation.asked == "confirm":
        return "confirming"
    if is_asked(conversation.asked):
        return "budget"
    if conversation.asked in ("choose", "terms", "amount", "date", "rhythm"):
        return "negotiating"
    if active_plan(session, account.id) or agreed_plan(session, account.id) or open_promises(session, account.id):
        return "planned"
    return "verified"


def bare(text: str) -> str:
    """A text without case, blanks and marks."""
    return "".join(char for char in text.casefold() if char.isalnum())


def phrasings_of(conversation: Conversation, responses: Sequence[str]) -> list[int]:
    """How often each response was said in a conversation before, these among it: none sounds the same twice running."""
    said = dict(conversation.phrasings)
    counts = []
    for name in responses:
        counts.append(said.get(name, 0))
        said[name] = counts[-1] + 1
    conversation.phrasings = said
    return counts


def make_buttons(
    session: Session, now: datetime, conversation_id: str, choices: Sequence[tuple[str, Mapping[str, Any]]]
) -> list[dict[str, str]]:
    """Buttons of titles and their meanings, all used up by the first tap."""
    shown = []
    for title, choice in choices:
        button = Button(
            id=new_id("b"),
            conversation_id=conversation_id,
            intent=choice["intent"],
            entities=choice["entities"],
            offer_id=choice["offer_id"],
            title=title,
            created_at=now,
            expires_at=now + timedelta(hours=72),
        )
        session.add(button)
        shown.append({"title": title, "id": button.id})
    return shown


class Conversations:
    """Opening conversations, taking turns, remembering what was asked."""

    def __init__(self, parts: Parts) -> None:
        self.parts = parts

    def claim(self, conversation_id: str, channel: str, token: str | None, language: str) -> str | None:
        """Opens a conversation for whoever first uses its id, or proves that it is theirs.

        Returns the new secret for a conversation that was opened now, None for a known one.
        Raises NotYours where the token does not fit.
        """
        now = self.parts.now()
        with self.parts.store.transaction() as session:
            known = session.get(Conversation, conversation_id)
            if known is not None:
                offered = self._hash(token or "")
                if not known.secret_hash or not secrets.compare_digest(known.secret_hash, offered):
                    raise NotYours
                return None
            secret = secrets.token_urlsafe(24)
            session.add(
                Conversation(
                    id=conversation_id,
                    channel=channel,
                    secret_hash=self._hash(secret),
                    language=language,
                    created_at=now,
                    updated_at=now,
                )
            )
            self.parts.store.audit(session, now, "borrower", "conversation_opened", conversation_id, channel=channel)
        return secret

    def exists(self, conversation_id: str) -> bool:
        with self.parts.store.transaction() as session:
            return session.get(Conversation, conversation_id) is not None

    def owns(self, conversation_id: str, token: str | None) -> bool:
        """Whether a token belongs to a conversation."""
        with self.parts.store.transaction() as session:
            known = session.get(Conversation, conversation_id)
            return (
                known is not None
                and known.secret_hash is not None
                and secrets.compare_digest(known.secret_hash, self._hash(token or ""))
            )

    def refuse(self, conversation_id: str, page: str) -> None:
        """Records that somebody without its secret asked for a conversation, whether or not there is one."""
        with self.parts.store.transaction() as session:
            known = session.get(Conversation, conversation_id) is not None
            subject, why = (conversation_id, "secret") if known else ("-", "unknown")
            self.parts.store.audit(session, self.parts.now(), "chat", "chat_refused", subject, why=why, page=page)

    def receive(self, conversation_id: str, key: str, text: str, button_id: str | None) -> Turn:
        """Stores what came in, once; the same key again gives the turn that is already there.

        Markup is kept as the text that it is, and recorded.
        """
        now = self.parts.now()
        try:
            with self.parts.store.transaction() as session:
                known = self._turn(session, conversation_id, key)
                if known is not None:
                    return known
                turn = Turn(
                    conversation_id=conversation_id,
                    key=key,
                    text=text,
                    button_id=button_id,
                    status="received",
                    responses=[],
                    received_at=now,
                )
                session.add(turn)
                session.flush()
                self.parts.store.audit(session, now, "borrower", "message_received", conversation_id, turn=turn.id)
                if holds_markup(text):
                    self.parts.store.audit(session, now, "borrower", "markup_received", conversation_id, turn=turn.id)
                return turn
        except IntegrityError:
            with self.parts.store.transaction() as session:
                return session.scalars(
                    select(Turn).where(Turn.conversation_id == conversation_id, Turn.key == key)
                ).one()

    def situation(self, conversation_id: str) -> Situation:
        """Where a conversation stands now."""
        with self.parts.store.transaction() as session:
            return self._situation(session, session.get_one(Conversation, conversation_id))

    def begin(self, turn_id: int) -> Situation:
        """Where a conversation stood when a turn was first taken up; a turn taken up again meets it as it was then."""
        with self.parts.store.transaction() as session:
            turn = session.get_one(Turn, turn_id)
            now = self._situation(session, session.get_one(Conversation, turn.conversation_id))
            if turn.stage is None:
                turn.stage, turn.asked = now.stage, now.asked
            return replace(now, stage=turn.stage, asked=turn.asked or "")

    def _situation(self, session: Session, conversation: Conversation) -> Situation:
        now = self.parts.now()
        account = verified_account(session, conversation, now)
        return Situation(
            stage=stage_of(session, conversation, now),
            asked=conversation.asked,
            language=conversation.language,
            country=account.country if account else None,
            time_zone=account.time_zone if account else "UTC",
            held=conversation.case_id is not None,
        )

    def speak(self, conversation_id: str, language: str, fixed: bool = False) -> None:
        """Goes on in another language; a language that was asked for is not left by guessing."""
        with self.parts.store.transaction() as session:
            conversation = session.get_one(Conversation, conversation_id)
            if fixed or not conversation.language_fixed:
                conversation.language_fixed = fixed or conversation.language_fixed
                if fixed or conversation.language != language:
                    conversation.language = language
                    self._follow(session, conversation, fixed)

    def _follow(self, session: Session, conversation: Conversation, asked_for: bool) -> None:
        """The open case of a conversation is in its language. One that was asked for, not guessed, takes it to the team
        for that language while nobody has it, unless somebody sent it elsewhere."""
        query = select(Case).where(Case.conversation_id == conversation.id, Case.resolved_at.is_(None))
        case = session.scalars(query).one_or_none()
        if case is None:
            return
        now, case.language = self.parts.now(), conversation.language
        case.changed_at = now
        sent = select(CaseEvent.id).where(
            CaseEvent.case_id == case.id, CaseEvent.kind == "moved", CaseEvent.person_id.is_not(None)
        )
        if not asked_for or case.owner_id is not None or session.scalars(sent.limit(1)).first() is not None:
            return
        team = team_for(self.parts, session, case.language, reasons_of(case))
        if team != case.team:
            case.team = team
            record(session, now, case, "moved", **moved_to(self.parts.desk, team))

    def tap(self, turn_id: int) -> Tap | None:
        """Uses the button of a turn, and with it the others that were shown beside it.

        None if it was used in another turn, has expired, or belongs to another conversation.
        """
        now = self.parts.now()
        with self.parts.store.transaction() as session:
            turn = session.get_one(Turn, turn_id)
            button = session.get(Button, turn.button_id)
            if (
                button is None
                or button.conversation_id != turn.conversation_id
                or button.used_in not in (None, turn.id)
                or button.expires_at <= now
            ):
                return None
            turn.text = button.title
            return self._use(session, button, turn)

    def typed(self, turn_id: int) -> Tap | None:
        """Uses the button of the last answer whose title was typed word for word: it means what a tap would have meant.

        None where no such button was shown last, or it is used up.
        """
        now = self.parts.now()
        with self.parts.store.transaction() as session:
            turn = session.get_one(Turn, turn_id)
            said = bare(turn.text)
            if not said:
                return None
            shown = session.scalars(SHOWN_LAST, {"conversation": turn.conversation_id, "turn": turn.id, "now": now})
            for button in shown:
                if button.used_in in (None, turn.id) and bare(button.title) == said:
                    return self._use(session, button, turn)
            return None

    def _use(self, session: Session, button: Button, turn: Turn) -> Tap:
        """Uses a button, and with it the others that were shown beside it."""
        session.execute(
            update(Button)
            .where(Button.conversation_id == turn.conversation_id, Button.created_at == button.created_at)
            .values(used_in=turn.id)
        )
        entities = list(button.entities)
        if button.offer_id:
            entities.append({"entity": "offer", "value": button.offer_id})
        return Tap(button.title, button.intent, entities)

    def history(self, conversation_id: str) -> list[dict[str, Any]]:
        """What was said in a conversation so far: the borrower's words and what was answered to each."""
        with self.parts.store.transaction() as session:
            turns = session.scalars(select(Turn).where(Turn.conversation_id == conversation_id).order_by(Turn.id))
            return [
                {
                    "text": turn.text,
                    "at": turn.received_at.isoformat(),
                    "status": turn.status,
                    "messages": json.loads(turn.reply or "[]"),
                }
                for turn in turns
                if turn.status != "erased"
            ]

    def answer(
        self,
        turn_id: int,
        messages: list[dict[str, Any]],
        responses: list[str],
        intent: str | None = None,
        confidence: float | None = None,
    ) -> None:
        """Stores what a turn was answered with."""
        now = self.parts.now()
        with self.parts.store.transaction() as session:
            turn = session.get_one(Turn, turn_id)
            turn.status = "answered"
            turn.reply = json.dumps(messages, ensure_ascii=False)
            turn.responses = responses
            turn.intent = intent
            turn.confidence = None if confidence is None else f"{confidence:.3f}"
            turn.answered_at = now
            conversation = session.get_one(Conversation, turn.conversation_id)
            conversation.updated_at = now
            if turn.asked == conversation.asked == "feedback" and "utter_ask_feedback" not in responses:
                conversation.asked = ""
            # After silence too, a yes is no yes to what was said before.
            conversation.last_response = responses[-1] if responses else SILENCE
            if not set(responses) & NOT_UNDERSTOOD:
                conversation.misunderstandings = 0
            if not any(name.startswith("utter_trouble") for name in responses):
                conversation.failures = 0
            self.parts.store.audit(
                session,
                now,
                "bot",
                "message_answered",
                turn.conversation_id,
                turn=turn_id,
                responses=responses,
            )

    def buttons(self, conversation_id: str, choices: list[tuple[str, dict[str, Any]]]) -> list[dict[str, str]]:
        """Makes buttons of titles and their meanings, all used up by the first tap."""
        with self.parts.store.transaction() as session:
            return make_buttons(session, self.parts.now(), conversation_id, choices)

    def phrasings(self, conversation_id: str, responses: Sequence[str]) -> list[int]:
        """The same by the id of a conversation, for what answers a turn."""
        with self.parts.store.transaction() as session:
            return phrasings_of(session.get_one(Conversation, conversation_id), responses)

    def unanswered(self) -> list[Turn]:
        """Turns that came in and were never answered, in order: what a crash left behind.

        Not those of Telegram updates that are still being worked on: their worker takes them up itself.
        """
        worked_on = select(literal("tg:") + cast(TelegramUpdate.update_id, String)).where(
            TelegramUpdate.status == "received"
        )
        with self.parts.store.transaction() as session:
            waiting = select(Turn).where(Turn.status == "received", Turn.key.not_in(worked_on))
            return list(session.scalars(waiting.order_by(Turn.id)))

    def said_last(self, conversation_id: str) -> str:
        """The name of the response that the bot gave last."""
        with self.parts.store.transaction() as session:
            return session.get_one(Conversation, conversation_id).last_response

    def is_answered(self, turn_id: int) -> bool:
        """Whether a turn has been answered meanwhile."""
        with self.parts.store.transaction() as session:
            return session.get_one(Turn, turn_id).status == "answered"

    def fail(self, conversation_id: str | None, place: str, error: str) -> int:
        """Records an incident; returns how many turns in a row have failed in the conversation."""
        now = self.parts.now()
        with self.parts.store.transaction() as session:
            session.add(Incident(conversation_id=conversation_id, place=place, error=error, at=now))
            self.parts.store.audit(session, now, "bot", "incident", conversation_id or "-", place=place)
            conversation = session.get(Conversation, conversation_id) if conversation_id else None
            if conversation is None:
                return 0
            conversation.failures += 1
            return conversation.failures

    def misunderstood(self, conversation_id: str) -> int:
        """Counts a message that was not understood; returns how many in a row."""
        with self.parts.store.transaction() as session:
            conversation = session.get_one(Conversation, conversation_id)
            conversation.misunderstandings += 1
            return conversation.misunderstandings

    def ask(self, conversation_id: str, asked: str) -> None:
        """Remembers what the borrower was asked."""
        with self.parts.store.transaction() as session:
            session.get_one(Conversation, conversation_id).asked = asked

    def remember_wish(
        self,
        conversation_id: str,
        intent: str,
        entities: list[dict[str, Any]],
        text: str,
        purposes: tuple[str, ...] = (),
    ) -> None:
        """Keeps what a borrower wanted before identity was proven, to take it up afterwards, without what only
        identifies somebody."""
        terms = without_identifiers(entities, self.parts.now().date())
        with self.parts.store.transaction() as session:
            wish = {"intent": intent, "entities": terms, "text": text, "purposes": purposes}
            session.get_one(Conversation, conversation_id).wish = json.dumps(wish, ensure_ascii=False)

    def take_wish(self, conversation_id: str) -> dict[str, Any] | None:
        """The wish that was kept, once."""
        with self.parts.store.transaction() as session:
            conversation = session.get_one(Conversation, conversation_id)
            wish, conversation.wish = conversation.wish, None
            return json.loads(wish) if wish else None

    def refused(self, conversation_id: str) -> int:
        """Counts a refusal to pay; returns how many there were."""
        with self.parts.store.transaction() as session:
            conversation = session.get_one(Conversation, conversation_id)
            conversation.refusals += 1
            return conversation.refusals

    def insulted(self, conversation_id: str) -> int:
        """Counts an insult; returns how many there were."""
        with self.parts.store.transaction() as session:
            conversation = session.get_one(Conversation, conversation_id)
            conversation.insults += 1
            return conversation.insults

    def _turn(self, session: Session, conversation_id: str, key: str) -> Turn | None:
        return session.scalars(BY_KEY, {"conversation": conversation_id, "key": key}).one_or_none()

    def _hash(self, token: str) -> str:
        return self.parts.store.keyring.keyed_hash(token, "conversation")
