"""Topics of the agents' group: one a case, made, kept as the case is, closed with it.

A case's topic shows a card that is changed with the case, and below it what is said and done, each once: what is new
is put among what leaves in the transaction that moves the topic's mark (`ForumTopic.up_to`). Cases whose topic is not
up to date are looked for once a second, so that whatever was changed anywhere (at the desk, by the borrower, by time)
is seen here, also after a restart.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

import structlog
from anyio import to_thread
from sqlalchemy import String, and_, cast, func, or_, select, update
from sqlalchemy.orm import Session

from bot.bootstrap import Services
from bot.channels.telegram import forum_card as cards
from bot.channels.telegram.api import Api, ChatClosed, Limited, Refused, TelegramTrouble
from bot.channels.telegram.forum_buttons import Buttons
from bot.channels.telegram.pacing import Pace
from bot.channels.telegram.sender import WAITING, Sender, put
from bot.channels.telegram.speaking import Call
from bot.desk.page import Formats
from bot.desk.texts import texts
from bot.domain import masking
from bot.domain.rights import GENERAL, Actor
from bot.services.cases import reference
from bot.services.desk import CaseView, Happened
from bot.store.tables import (
    Account,
    Attachment,
    Case,
    CaseEvent,
    ForumTopic,
    OutboxMessage,
    TelegramMessage,
    TelegramUpdate,
    Turn,
)

log = structlog.get_logger()

AT_ONCE = 20  # cases looked at in one round
LAST_SAID = 8  # of a case that gets a topic
MOST_FILES = 5
# A turn that is not answered yet is waited for so long, since the answer stands beside it.
PATIENCE = timedelta(seconds=25)
HELD = "utter_held"
SENT, KEPT, TAKEN = "👍", "✍", "👀"
MARK = re.compile(r"e(\d+)t(\d+)c(\w*)m(\w*)n(\d+)b(\d+)")
# Clicks in the group have keys that begin so (`bot.channels.telegram.forum`).
HERE = re.compile(r"\d+:tg:(\d+)")


class GroupTrouble(RuntimeError):
    """The group cannot have topics now; the message is one clear sentence."""


@dataclass(frozen=True)
class Mark:
    """How far a topic is: the last event and turn in it, which card and name it has, how often the card was changed,
    the last event before it began."""

    event: int = 0
    turn: int = 0
    card: str = ""
    name: str = ""
    edits: int = 0
    began: int = 0

    def __str__(self) -> str:
        return f"e{self.event}t{self.turn}c{self.card}m{self.name}n{self.edits}b{self.began}"

    @classmethod
    def read(cls, text: str) -> Mark:
        found = MARK.fullmatch(text)
        if found is None:
            return cls()
        event, turn, card, name, edits, began = found.groups()
        return cls(int(event), int(turn), card, name, int(edits), int(began))


@dataclass(frozen=True)
class Seen:
    """A case as it was read, the mark by which it was, and the topic that it has; ``shown`` whether its team is."""

    id: int
    view: CaseView
    changed_at: datetime
    thread: int | None
    shown: bool


class Topics:
    """Keeps the topics of a group."""

    def __init__(self, services: Services, api: Api, sender: Sender, pace: Pace, chat_id: int) -> None:
        self.services = services
        self.parts = services.parts
        self.api = api
        self.sender = sender
        self.pace = pace
        self.chat_id = chat_id
        self.buttons = Buttons(services.parts)
        settings = self.parts.settings
        self.formats = Formats(texts(settings.telegram_agents_language), self.parts.handover.opening_hours.time_zone)
        self.teams = frozenset(name.strip() for name in settings.telegram_agents_teams.split(",") if name.strip())
        role, teams = ("agent", self.teams) if self.teams else ("auditor", frozenset[str]())
        self.reader = Actor(0, "telegram", "Telegram", role, self.formats.words.language, teams)  # type: ignore[arg-type]

    async def round(self) -> bool:
        """Brings topics up to date; whether there was any that was not. Raises GroupTrouble."""
        found = await to_thread.run_sync(self._behind)
        for case_id in found:
            try:
                await self._show(case_id)
            except (GroupTrouble, Limited):
                raise
            except Exception:  # the next round tries again; other cases go on
                log.exception("telegram_topic_failed", case=case_id)
        await to_thread.run_sync(self._take_down)
        return bool(found)

    def move(self) -> None:
        """Leaves the topics of another group, where agents worked before, behind: every open case gets one here."""
        with self.parts.store.transaction() as session:
            elsewhere = select(TelegramMessage).where(
                TelegramMessage.key.like("topic:%:card:0"), TelegramMessage.chat_id != self.chat_id
            )
            for card in session.scalars(elsewhere):
                _, case_id, thread, *_ = card.key.split(":")
                topic = session.get(ForumTopic, int(case_id))
                if topic is not None and topic.thread_id == int(thread):
                    topic.status = "lost"
            left = (TelegramMessage.key.like("topic:%"), TelegramMessage.chat_id != self.chat_id)
            session.execute(
                update(TelegramMessage)
                .where(*left, TelegramMessage.status.in_(WAITING))
                .values(status="blocked", payload=None, error="agents work in another group now")
                .execution_options(synchronize_session=False)
            )
            # Each group counts its topics by itself: a key of the other one may be needed here.
            session.execute(
                update(TelegramMessage)
                .where(*left)
                .values(key="left:" + cast(TelegramMessage.id, String))
                .execution_options(synchronize_session=False)
            )

    async def _show(self, case_id: int) -> None:
        seen = await to_thread.run_sync(self._see, case_id)
        thread, new = seen.thread, False
        if thread is None:
            if seen.view.resolved_at is not None or not seen.shown:
                await to_thread.run_sync(self._leave, seen)
                return
            if not self.pace.is_free(self.chat_id):
                return  # words of borrowers go before new topics
            thread, new = await self._make(cards.name_of(seen.view, self.formats)), True
        if await to_thread.run_sync(self._put, seen, thread, new):
            self.sender.wake(self.chat_id)

    async def _make(self, name: str) -> int:
        """Makes a topic; its number. Raises GroupTrouble where the group does not let the bot."""
        try:
            async with self.pace.call():
                made = await self.api.call("createForumTopic", {"chat_id": self.chat_id, "name": name})
        except (Refused, ChatClosed) as error:
            raise GroupTrouble(str(error)) from None
        finally:
            self.pace.left(self.chat_id)
        return int(made["message_thread_id"])

    # -- what is to be shown

    def _behind(self) -> Sequence[int]:
        """Cases whose topic is not as they are: those that changed, those without one."""
        changed = func.coalesce(Case.changed_at, Case.opened_at)
        mine = [Case.team.in_(self.teams | ({""} if GENERAL in self.teams else set()))] if self.teams else []
        wanted = or_(and_(Case.resolved_at.is_(None), *mine), ForumTopic.status.in_(("open", "lost")))
        behind = or_(ForumTopic.case_id.is_(None), ForumTopic.status == "lost", ForumTopic.changed_at != changed)
        query = select(Case.id).outerjoin(ForumTopic, ForumTopic.case_id == Case.id).where(wanted, behind)
        with self.parts.store.reading() as session:
            return session.scalars(query.order_by(ForumTopic.case_id.is_(None), Case.id).limit(AT_ONCE)).all()

    def _see(self, case_id: int) -> Seen:
        with self.parts.store.reading() as session:
            case, topic = session.get_one(Case, case_id), session.get(ForumTopic, case_id)
            changed, shown = case.changed_at or case.opened_at, self.reader.sees(case.team)
            thread = topic.thread_id if topic is not None and topic.status != "lost" else None
        everybody = replace(self.reader, role="auditor")
        view = self.services.desk.case(self.reader if shown else everybody, reference(case_id))
        return Seen(case_id, view, changed, thread, shown)

    def _leave(self, seen: Seen) -> None:
        """A case that is over, or another team's now, gets no topic any more."""
        with self.parts.store.transaction() as session:
            topic = session.get(ForumTopic, seen.id)
            if topic is not None:
                topic.status, topic.thread_id, topic.card_id = "closed", None, None
                topic.changed_at = seen.changed_at

    def _put(self, seen: Seen, thread: int, new: bool) -> bool:
        """Puts what is new in a case among what leaves for its topic; whether anything leaves."""
        with self.parts.store.transaction() as session:
            topic = session.get(ForumTopic, seen.id)
            if topic is None:
                topic = ForumTopic(case_id=seen.id, status="open", up_to="", changed_at=seen.changed_at)
                session.add(topic)
            if new:
                topic.thread_id, topic.card_id, topic.status, topic.up_to = thread, None, "open", ""
            elif topic.thread_id != thread:
                return False
            return _Page(self, session, seen, topic, thread).put()

    def _take_down(self) -> None:
        """Topics of cases that were erased go, with all that was said in them."""
        with self.parts.store.reading() as session:
            found = session.scalars(select(ForumTopic.case_id).where(ForumTopic.status == "erased")).all()
        for case_id in found:
            with self.parts.store.transaction() as session:
                topic = session.get(ForumTopic, case_id)
                if topic is not None and topic.status == "erased":
                    if topic.thread_id is not None:
                        call = Call("deleteForumTopic", {"message_thread_id": topic.thread_id})
                        now = self.parts.now()
                        put(session, now, self.chat_id, f"topic:{case_id}:{topic.thread_id}:gone", [call])
                    session.delete(topic)
            self.sender.wake(self.chat_id)

    # -- what Telegram said against a message

    def lose(self, thread: int) -> None:
        """A topic is not there any more: what waits for it stays here, and the case gets a new one."""
        with self.parts.store.transaction() as session:
            topic = session.scalars(select(ForumTopic).where(ForumTopic.thread_id == thread)).first()
            if topic is None:
                return
            topic.status = "lost"
            waiting = select(TelegramMessage).where(
                TelegramMessage.chat_id == self.chat_id,
                TelegramMessage.status.in_(WAITING),
                TelegramMessage.key.like(f"topic:{topic.case_id}:{thread}:%"),
            )
            for row in session.scalars(waiting):
                row.status, row.payload, row.error = "blocked", None, "the topic is gone"
            log.info("telegram_topic_lost", case=reference(topic.case_id))


class _Page:
    """One topic, as it is brought up to date in a transaction."""

    def __init__(self, topics: Topics, session: Session, seen: Seen, topic: ForumTopic, thread: int) -> None:
        self.topics = topics
        self.session = session
        self.seen = seen
        self.view = seen.view
        self.topic = topic
        self.thread = thread
        self.formats = topics.formats
        self.now = topics.parts.now()
        self.mark = Mark.read(topic.up_to)
        self.whole = True  # whether all that there is could be put
        self.leaves = False

    def put(self) -> bool:
        open_now, again = self.view.resolved_at is None and self.seen.shown, False
        if not self.topic.up_to:
            self._begin()
        else:
            if open_now and self.topic.status == "closed":
                self._call(f"again-{self.now:%d%H%M%S%f}", "reopenForumTopic")
                self.topic.status, again = "open", True
            self._rename()
            if self.seen.shown:
                self._news(again)
            self._deliveries()
        if self.topic.status == "open":
            self._card()
        if not open_now and self.topic.status == "open" and self.whole:
            self._call(f"close-{self.now:%d%H%M%S%f}", "closeForumTopic")
            self.topic.status = "closed"
        self.topic.up_to = str(self.mark)
        if self.whole:
            self.topic.changed_at = self.seen.changed_at
        self.session.flush()
        return self.leaves

    def _say(self, name: str, calls: Sequence[Call]) -> None:
        put(self.session, self.now, self.topics.chat_id, f"topic:{self.seen.id}:{self.thread}:{name}", calls)
        self.leaves = self.leaves or bool(calls)

    def _call(self, name: str, method: str, **payload: Any) -> None:
        self._say(name, [Call(method, {"message_thread_id": self.thread, **payload})])

    # -- the card and the name

    def _begin(self) -> None:
        """The first things in a topic: the card, and what was said before."""
        last = self.view.timeline[-1].id if self.view.timeline else 0
        self.mark = replace(self.mark, event=last, began=last, name=self._name()[1])
        text, markup, card = self._as_card()
        self._say("card", [Call("sendMessage", {"text": text, "message_thread_id": self.thread, **markup})])
        self.mark = replace(self.mark, card=card)
        turns = self._turns(0)
        self.mark = replace(self.mark, turn=turns[-1].id if turns else 0)
        said: list[tuple[datetime, str]] = [(turn.received_at, self._words_of(turn)) for turn in turns[-LAST_SAID:]]
        said += [
            (event.at, cards.written(event, self.formats))
            for event in self.view.timeline
            if event.kind in ("answered", "noted") and event.words
        ]
        lines = [line for _, line in sorted(said, key=lambda row: row[0])[-LAST_SAID:]]
        if lines:
            text = "\n\n".join([self.formats.words("forum.earlier"), *lines])
            self._say("before", cards.message(text, self.thread))
        files = self._files(turns)
        passed = [(turn, files[turn.id]) for turn in turns if turn.id in files][-MOST_FILES:]
        for turn, file in passed:
            self._say(f"f{turn.id}", [cards.file_of(file, self._masked(turn), self.thread, self.formats)])

    def _as_card(self) -> tuple[str, dict[str, Any], str]:
        """The card, its keyboard, and by what it is known that it is another one."""
        view, formats, settings = self.view, self.formats, self.topics.parts.settings
        text = cards.card(view, self.topics.parts, formats)
        shown = cards.choices(view, formats) if self.seen.shown else []
        buttons = self.topics.buttons.of(self.session, self.seen.id, shown)
        link = (formats.words("forum.open_desk"), f"{settings.address}/desk/case/{view.reference}")
        (call,) = cards.message(text, None, buttons, link=link if settings.public_url else None)
        markup = {name: value for name, value in call.payload.items() if name != "text"}
        return text, markup, cards.digest(text, markup)

    def _card(self) -> None:
        """Changes the card where the case is another one than it says; changes that wait become one."""
        text, markup, card = self._as_card()
        row = self._row("card")
        if row is not None and row.status == "sent":
            self.topic.card_id = row.message_id
        if card == self.mark.card:
            return
        if row is None or row.status in ("dead", "blocked"):
            self.topic.status = "lost"
            return
        latest = self._row(f"card{self.mark.edits}") if self.mark.edits else row
        if latest is not None and latest.status == "queued":
            payload = json.loads(latest.payload or "{}")
            kept = {name: payload[name] for name in ("message_id", "message_thread_id") if name in payload}
            latest.payload = json.dumps({**kept, "text": text, **markup}, separators=(",", ":"))
        elif row.message_id is not None:
            self.mark = replace(self.mark, edits=self.mark.edits + 1)
            edit = Call("editMessageText", {"message_id": row.message_id, "text": text, **markup})
            self._say(f"card{self.mark.edits}", [edit])
        else:
            self.whole = False  # it is on its way
            return
        self.mark = replace(self.mark, card=card)

    def _name(self) -> tuple[str, str]:
        name = cards.name_of(self.view, self.formats)
        return name, cards.digest(name)

    def _rename(self) -> None:
        name, digest = self._name()
        if digest != self.mark.name:
            self.mark = replace(self.mark, name=digest)
            self._call(f"name-{digest}-{self.now:%d%H%M%S%f}", "editForumTopic", name=name)

    def _row(self, name: str) -> TelegramMessage | None:
        key = f"topic:{self.seen.id}:{self.thread}:{name}:0"
        return self.session.scalars(select(TelegramMessage).where(TelegramMessage.key == key)).one_or_none()

    # -- what is new

    def _news(self, again: bool) -> None:
        """What happened and what was said since, in order; of a case taken up ``again`` only the last words."""
        events = [event for event in self.view.timeline if event.id > self.mark.event]
        over = self.view.resolved_at
        turns = [turn for turn in self._turns(self.mark.turn) if over is None or turn.received_at <= over]
        here = self._written_here(event.id for event in events if event.kind in ("answered", "noted"))
        files = self._files(turns)
        items: list[tuple[datetime, Happened | Turn]] = [(event.at, event) for event in events]
        items += [(turn.received_at, turn) for turn in (turns[-LAST_SAID:] if again else turns)]
        lines: list[Happened] = []
        for _, item in sorted(items, key=lambda row: row[0]):
            if isinstance(item, Happened) and self._is_line(item):
                lines.append(item)
                continue
            self._lines(lines)
            lines = []
            if isinstance(item, Turn):
                self._turn(item, files.get(item.id))
            elif item.kind == "asked_to_decide":
                self._asked_to_decide(item)
            elif item.id not in here and item.kind in ("answered", "noted"):
                self._say(
                    f"{'n' if item.kind == 'noted' else 'a'}{item.id}",
                    cards.message(cards.written(item, self.formats), self.thread),
                )
        self._lines(lines)
        self.mark = replace(
            self.mark,
            event=max([self.mark.event, *(event.id for event in events)]),
            turn=max([self.mark.turn, *(turn.id for turn in turns)]),
        )

    @staticmethod
    def _is_line(event: Happened) -> bool:
        return event.kind not in (*cards.SAID_OTHERWISE, "asked_to_decide")

    def _lines(self, events: Sequence[Happened]) -> None:
        if events:
            text = "\n".join(cards.lines_of(event, self.formats) for event in events)
            self._say(f"e{events[-1].id}", cards.message(text, self.thread))

    def _asked_to_decide(self, event: Happened) -> None:
        """Terms wait for somebody: a line with a yes and a no under it."""
        t, offer = self.formats.words, str(event.data.get("offer", ""))
        choices = []
        if any(decision.id == offer for decision in self.view.decisions):
            choices = [
                cards.Choice(t("decision.approve"), "approve", offer),
                cards.Choice(t("decision.refuse"), "refuse", offer),
            ]
        buttons = self.topics.buttons.of(self.session, self.seen.id, choices)
        self._say(f"e{event.id}", cards.message(cards.lines_of(event, self.formats), self.thread, buttons))

    def _turn(self, turn: Turn, file: Attachment | None) -> None:
        if file is not None:
            self._say(f"t{turn.id}", [cards.file_of(file, self._masked(turn), self.thread, self.formats)])
        else:
            self._say(f"t{turn.id}", cards.message(self._words_of(turn), self.thread))

    def _turns(self, after: int) -> list[Turn]:
        """What the borrower said since, up to what is still being answered."""
        query = (
            select(Turn)
            .where(Turn.conversation_id == self.view.conversation_id, Turn.id > after, Turn.status != "erased")
            .order_by(Turn.id.desc())
            .limit(LAST_SAID * 10 if not after else 1000)
        )
        found: list[Turn] = []
        for turn in self.session.scalars(query).all()[::-1]:
            if self.now - turn.received_at < PATIENCE and not self._is_settled(turn):
                self.whole = False
                break
            found.append(turn)
        return found

    def _is_settled(self, turn: Turn) -> bool:
        """Whether a turn was answered, and the file that came with it is known."""
        number = turn.key.removeprefix("tg:")
        update = self.session.get(TelegramUpdate, int(number)) if number.isdecimal() and number != turn.key else None
        return turn.answered_at is not None and (update is None or update.status != "received")

    def _masked(self, turn: Turn) -> str:
        """A borrower's words without the figures that prove who they are."""
        case = self.session.get_one(Case, self.seen.id)
        account = self.session.get(Account, case.account_id) if case.account_id is not None else None
        known = [text for text in (account.number, account.phone, account.national_id) if text] if account else []
        return masking.figures(turn.text, known, masking.identifies(turn.stage, turn.intent))

    def _words_of(self, turn: Turn) -> str:
        """A borrower's words, and the bot's answer where it was more than that a person will see them."""
        messages = json.loads(turn.reply or "[]")
        held = all(response.startswith(HELD) for response in turn.responses)
        answered = "" if held else " ".join(message.get("text", "") for message in messages)
        return cards.said_by_borrower(self._masked(turn), answered, self.formats)

    def _files(self, turns: Sequence[Turn]) -> dict[int, Attachment]:
        ids = [turn.id for turn in turns]
        rows = self.session.scalars(select(Attachment).where(Attachment.turn_id.in_(ids))) if ids else ()
        return {row.turn_id: row for row in rows}

    def _written_here(self, events: Iterable[int]) -> set[int]:
        """Events that came of words in this topic, where everybody sees them already."""
        rows = self.session.execute(select(CaseEvent.id, CaseEvent.key).where(CaseEvent.id.in_(list(events))))
        return {number for number, key in rows.tuples() if HERE.fullmatch(key)}

    # -- what became of it

    def _deliveries(self) -> None:
        """Signs on what was written here and arrived, and a word about what did not."""
        rows = self.session.execute(
            select(CaseEvent.id, CaseEvent.key, OutboxMessage.status, OutboxMessage.blocked_by)
            .join(OutboxMessage, OutboxMessage.id == CaseEvent.outbox_id)
            .where(
                CaseEvent.case_id == self.seen.id,
                CaseEvent.id > self.mark.began,
                OutboxMessage.status.in_(("sent", "blocked", "dead")),
            )
            .order_by(CaseEvent.id)
        ).tuples()
        for event, key, status, why in rows:
            if self._row(f"d{event}") is None:
                self._say(f"d{event}", self._delivery(key, status, why))

    def _delivery(self, key: str, status: str, why: str | None) -> list[Call]:
        t, found = self.formats.words, HERE.fullmatch(key)
        update = self.session.get(TelegramUpdate, int(found[1])) if found else None
        message = update.message_id if update is not None else None
        if status == "sent":
            return [cards.reaction(message, SENT)] if message else []
        code = "blocked" if (why or "").startswith("chat_") else why
        reason = t.code("blocked", code) if code else t("forum.gave_up")
        return cards.message(t("forum.undelivered", why=reason), self.thread, answers=message)


async def check_group(api: Api, chat_id: int, bot_id: int) -> str | None:
    """What keeps the agents' group from having topics, as one clear sentence; None where all is well.

    Raises TelegramTrouble where Telegram cannot be asked.
    """
    try:
        chat = await api.call("getChat", {"chat_id": chat_id})
        member = await api.call("getChatMember", {"chat_id": chat_id, "user_id": bot_id})
    except (Refused, ChatClosed) as error:
        return f"the agents' group {chat_id} is not there, or the bot is not a member of it ({error})"
    if not chat.get("is_forum"):
        return f"the agents' group {chat_id} has no topics: turn on Topics in the settings of the group"
    if member.get("status") not in ("administrator", "creator"):
        return f"the bot is no administrator of the agents' group {chat_id}: make it one that may manage topics"
    if member.get("status") == "administrator" and not member.get("can_manage_topics"):
        return f"the bot may not manage topics in the agents' group {chat_id}: allow it among its administrator rights"
    return None


__all__ = ["GroupTrouble", "Limited", "Mark", "TelegramTrouble", "Topics", "check_group"]
