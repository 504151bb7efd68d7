"""Working on what came in: in order within a chat, many chats at once, taken up again after a crash.

An update becomes a turn whose key is the update's id. The router gives the same answer to the same key, so an update
that is worked on a second time says and does nothing twice. The answer is put among what leaves in the transaction that
marks the update as done.
"""

from __future__ import annotations

import asyncio
import json
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any, Protocol
from zoneinfo import ZoneInfo

import structlog
from anyio import to_thread
from sqlalchemy import bindparam, select, update
from sqlalchemy.orm import Session, defer

from bot.bootstrap import Services
from bot.channels.router import Along, Received, Router
from bot.channels.telegram import kinds, speaking
from bot.channels.telegram.api import Api, Limited, TelegramTrouble
from bot.channels.telegram.chats import Chats, count, turn_key
from bot.channels.telegram.commands import TABLE, language_choices, language_of
from bot.channels.telegram.intake import Intake
from bot.channels.telegram.kinds import Incoming
from bot.channels.telegram.lanes import Lanes
from bot.channels.telegram.links import Links
from bot.channels.telegram.pacing import CHANCE, pause_after
from bot.channels.telegram.schedule_calendar import calendar_file
from bot.channels.telegram.schedule_picture import draw, font_file
from bot.channels.telegram.sender import PLACE, Sender, put
from bot.dialogue.words import Voice
from bot.services.accounts import UnknownAccount
from bot.services.conversations import CHANNELS_OWN, Choice, bare
from bot.store.tables import Attachment, Button, Case, Conversation, TelegramChat, TelegramUpdate, Turn

log = structlog.get_logger()

AT_ONCE = 24
TRIES = 8
LOOK_AGAIN = 1.0
BUTTON_LIFETIME = timedelta(hours=72)
MOST_TYPING = 100
# Called beside an answer, and once more where Telegram asks to wait: otherwise a tapped button goes on turning.
TRIED_AGAIN = ("answerCallbackQuery",)
# The typing sign costs a call, and is of use only where an answer takes longer.
TYPING_AFTER = 0.05
TYPING_AGAIN = 4.5  # Telegram shows it for five seconds
ALBUMS = 200
# What is private to a person and the bot; everything else has no conversation.
PERSONAL = ("text", "tap", "command", "contact", "attachment", "edited", "unsupported")
ASKS_NUMBER = ("utter_identity_ask_both", "utter_identity_ask_number")
UNLINK, STAY = f"{CHANNELS_OWN}unlink", f"{CHANNELS_OWN}stay_linked"
PICTURE, CALENDAR = f"{CHANNELS_OWN}schedule_picture", f"{CHANNELS_OWN}schedule_calendar"
UNLINK_CHOICES = (Choice("utter_button_unlink", UNLINK), Choice("utter_button_stay_linked", STAY))
# What is asked with every update, put together once: the next one of a chat, along with the chat and its conversation
# so that these are in hand; whether there is another one; the mark that one is worked on; the channel's own buttons in
# a conversation.
UPDATES = TelegramUpdate.metadata.tables[TelegramUpdate.__tablename__]
OF_CHAT = UPDATES.c.chat_id == bindparam("chat"), UPDATES.c.status == "received"
NEXT = (
    select(TelegramUpdate, TelegramChat, Conversation)
    .outerjoin(TelegramChat, TelegramChat.chat_id == TelegramUpdate.chat_id)
    .outerjoin(Conversation, Conversation.id == TelegramChat.conversation_id)
    .where(*OF_CHAT)
    .order_by(TelegramUpdate.update_id)
    .limit(1)
)
NEXT_ID = select(UPDATES.c.update_id).where(*OF_CHAT).order_by(UPDATES.c.update_id).limit(1)
EDITED = (
    select(UPDATES.c.update_id)
    .where(
        UPDATES.c.message_id == bindparam("message"),
        UPDATES.c.chat_id == bindparam("chat"),
        UPDATES.c.kind == "edited",
        UPDATES.c.update_id < bindparam("id"),
    )
    .limit(1)
)
# Asked for without writing anything before, so that an answer and what leaves are written together.
CHAT = select(TelegramChat).where(TelegramChat.chat_id == bindparam("chat")).execution_options(autoflush=False)
WORKED_ON = (
    update(UPDATES)
    .where(UPDATES.c.update_id == bindparam("id"), UPDATES.c.status == "received")
    .values(status=bindparam("became"), worked_at=bindparam("now"), payload=None, next_try_at=None)
)
OWN_BUTTONS = (
    select(Button)
    .where(
        Button.conversation_id == bindparam("conversation"),
        Button.intent.like(f"{CHANNELS_OWN}%"),
        Button.used_in.is_(None),
        Button.expires_at > bindparam("now"),
    )
    .order_by(Button.created_at.desc())
)


@dataclass(frozen=True)
class Task:
    """An update that is next in its chat. ``own``: the intent of a button of the channel's own that was tapped or
    typed, ``button`` its id, or that of the button that a command became. ``linked``: somebody was proven here;
    ``known``: whoever starts has spoken here before. ``received``: its turn, where that is stored already.
    ``post``: the raw update, where it is for the agents' group; ``done``: nothing is left to do."""

    update_id: int
    said: Incoming
    wait: float = 0.0
    conversation_id: str = ""
    button: str | None = None
    own: str = ""
    linked: bool = False
    known: bool = False
    received: Received | None = None
    post: Mapping[str, Any] | None = None
    done: bool = False

    @property
    def key(self) -> str:
        return turn_key(self.update_id)


class Group(Protocol):
    """The agents' group, where a case is a topic and everything is said by people of the desk."""

    chat_id: int

    async def take(self, update_id: int, post: Mapping[str, Any]) -> list[speaking.Call]:
        """Works on an update of the group, once; what is said to it there."""

    def bind(self, session: Session, said: Incoming) -> list[speaking.Call] | None:
        """Binds somebody who sent their code to the bot alone; what is said to it, None where it is no code."""


class Worker:
    """Turns updates into turns, and answers into what leaves."""

    group: Group | None = None

    def __init__(
        self, services: Services, router: Router, api: Api, intake: Intake, sender: Sender, chats: Chats
    ) -> None:
        self.services = services
        self.parts = services.parts
        self.router = router
        self.api = api
        self.intake = intake
        self.sender = sender
        self.chats = chats
        self.links = Links(services.parts)
        self._lanes = Lanes(self._step)
        self._room = asyncio.Semaphore(AT_ONCE)
        self._beside: set[asyncio.Task[None]] = set()
        self._albums: deque[tuple[int | None, str]] = deque(maxlen=ALBUMS)
        # Chats that read past the store that something failed, each with the update that did; None where not even that
        # could be read.
        self._told: dict[int, int | None] = {}

    def fresh(self, said: Incoming) -> None:
        """An update was stored: a tap is answered at once, and its chat is worked on."""
        if said.callback_id and not self._is_agents(said):
            self.beside("answerCallbackQuery", {"callback_query_id": said.callback_id})
        if said.chat_id is not None:
            self._lanes.wake(said.chat_id)

    async def run(self) -> None:
        """Takes up whatever was received and not worked on: after a start, and after a failure."""
        while True:
            try:
                for chat_id in await to_thread.run_sync(self._due):
                    self._lanes.wake(chat_id)
            except Exception:  # the store; the next round tries again
                log.exception("telegram_worker_round_failed")
            await asyncio.sleep(LOOK_AGAIN)

    async def close(self) -> None:
        await self._lanes.close()
        for task in list(self._beside):
            task.cancel()

    # -- one update after another

    async def _step(self, chat_id: int) -> bool:
        """Works on the next update of a chat; whether there was one."""
        async with self._room:
            await self.intake.settled()
            update_id, more = None, True
            try:
                task = await to_thread.run_sync(self._next, chat_id, self.intake.is_in_order)
                if task is None:
                    return False
                update_id = task.update_id
                if task.wait <= 0 and not await self.intake.neighbours(update_id):
                    more = await self._work_on(task)
                    self._told.pop(chat_id, None)
            except Exception as error:
                log.exception("telegram_update_broke", update=update_id)
                await self._failed(update_id, chat_id, error)
                return update_id is not None
        if task.wait > 0:
            await asyncio.sleep(task.wait)
        return more

    def _is_agents(self, said: Incoming) -> bool:
        return self.group is not None and said.chat_id == self.group.chat_id

    async def _work_on(self, task: Task) -> bool:
        """Answers an update; whether another one of its chat waits."""
        said = task.said
        if task.done and said.chat_id is not None:
            self.sender.wake(said.chat_id)
            return True
        if task.post is not None and self.group is not None:
            return await self._in_group(task, self.group, task.post)
        finished: list[tuple[bool, bool]] = []

        def along(messages: list[dict[str, Any]]) -> Callable[[], None]:
            done = self._finish(task, messages)
            return lambda: finished.append(done)

        loop = asyncio.get_running_loop()

        def type_on() -> None:
            nonlocal typing
            self._type(said)
            typing = loop.call_later(TYPING_AGAIN, type_on)

        typing = loop.call_later(TYPING_AFTER, type_on)
        try:
            messages = await self._answer(task, along) if said.kind in PERSONAL else []
        finally:
            typing.cancel()
        leaves, more = finished[0] if finished else await to_thread.run_sync(self._finish, task, messages)
        if leaves and said.chat_id is not None:
            self.sender.wake(said.chat_id)
        return more

    async def _in_group(self, task: Task, group: Group, post: Mapping[str, Any]) -> bool:
        """Works on what is said or tapped in the agents' group; whether another update of it waits."""
        calls = await group.take(task.update_id, post)
        leaves, more = await to_thread.run_sync(self._finish, task, [], calls)
        if leaves:
            self.sender.wake(group.chat_id)
        return more

    async def _answer(self, task: Task, along: Along) -> list[dict[str, Any]]:
        """What is answered to an update, as the router gives it; ``along`` for what is sent as it is given."""
        said = task.said
        if task.own:
            return await self._act(task)
        if said.kind == "command":
            return await self._command(task)
        if said.kind == "tap":
            return await self.router.take(task.conversation_id, task.key, button=said.button or "-", along=along)
        if said.kind == "contact" and said.contact is not None:
            if not said.contact.own:
                return await self._remark(task, "[contact]", "utter_telegram_contact_not_yours")
            return await self.router.take(task.conversation_id, task.key, said.contact.phone)
        if said.kind == "attachment" and said.attachment is not None:
            return await self._attachment(task, said.attachment)
        if said.kind == "text":
            return await self.router.take(
                task.conversation_id, task.key, said.text, along=along, received=task.received
            )
        return await self._remark(task, f"[{said.thing or said.kind}]", said.response or "utter_telegram_other")

    async def _remark(
        self,
        task: Task,
        said: str,
        response: str,
        choices: Sequence[Choice] = (),
        facts: dict[str, Any] | None = None,
    ) -> list[dict[str, Any]]:
        # Also while a person has the conversation: they do not answer what is asked of the channel itself.
        return await self.router.remark(
            task.conversation_id, task.key, said, response, facts, choices, button=task.button, while_held=True
        )

    async def _command(self, task: Task) -> list[dict[str, Any]]:
        """A command is the intent that it stands for; the channel's own are answered here."""
        said = task.said
        if said.command == "language":
            return await self._language(task)
        if said.command == "unlink":
            if not task.linked:
                return await self._remark(task, said.text, "utter_telegram_unlink_nothing")
            return await self._remark(task, said.text, "utter_telegram_unlink_ask", UNLINK_CHOICES)
        if said.command == "start" and said.payload:
            return await self._by_link(task)
        messages = await self.router.take(task.conversation_id, task.key, button=task.button)
        if said.command == "privacy" and messages:
            messages = [*messages, await to_thread.run_sync(self._privacy, task)]
        return messages

    async def _by_link(self, task: Task) -> list[dict[str, Any]]:
        """Greets whoever comes by a link from a letter; what stands behind it is for nobody to see."""
        good = await to_thread.run_sync(self.links.open, task.said.payload) == "good"
        if task.known:
            response = "utter_telegram_welcome_back" if good else "utter_telegram_link_gone"
            return await self._remark(task, "/start", response)
        messages = await self.router.take(task.conversation_id, task.key, button=task.button)
        if good or not messages:
            return messages
        return [await to_thread.run_sync(self._say, task, "utter_telegram_link_gone"), *messages]

    async def _language(self, task: Task) -> list[dict[str, Any]]:
        conversations = self.services.conversations
        messages = await self._remark(task, task.said.text, "utter_telegram_language")
        if not messages:
            return messages
        buttons = await to_thread.run_sync(conversations.buttons, task.conversation_id, language_choices())
        return [*messages[:-1], {**messages[-1], "buttons": buttons}]

    async def _act(self, task: Task) -> list[dict[str, Any]]:
        """What a button of the channel's own does; what it does to the chat is done in `_finish`."""
        title = task.said.title or task.said.text
        if task.own == UNLINK:
            return await self._remark(task, title, "utter_telegram_unlinked")
        if task.own == STAY:
            return await self._remark(task, title, "utter_telegram_still_linked")
        made, table = await to_thread.run_sync(self._schedule, task)
        if made is None and table is None:
            return await self._remark(task, title, "utter_telegram_schedule_none")
        name = task.own.removeprefix(CHANNELS_OWN)
        response = f"utter_telegram_{name}" if made else "utter_telegram_no_picture"
        facts = {"title": {"response": "utter_word_calendar_title", "facts": {}}}
        messages = await self._remark(task, title, response, facts=facts)
        if not await to_thread.run_sync(self._used_now, task):
            return messages
        return [*messages[:-1], {**messages[-1], **({name: made} if made else {"table": table})}]

    async def _attachment(self, task: Task, file: kinds.Attachment) -> list[dict[str, Any]]:
        """A file is kept by reference for an agent; what is said with it goes the way of all words."""
        said = task.said
        album = (said.chat_id, file.album)
        again = bool(file.album) and album in self._albums
        if file.album and not again:
            self._albums.append(album)
        if said.text:
            answer = await self.router.take(task.conversation_id, task.key, said.text)
            return [await to_thread.run_sync(self._say, task, "utter_telegram_attachment_noted"), *answer]
        case = await to_thread.run_sync(self._has_case, task)
        response = "utter_telegram_attachment_case" if case else "utter_telegram_attachment"
        messages = await self.router.remark(task.conversation_id, task.key, f"[{file.kind}]", response, while_held=True)
        return [] if again else messages

    async def _failed(self, update_id: int | None, chat_id: int, error: Exception) -> None:
        """Says that something failed, records it, and keeps the update for another try.

        ``update_id``: None where it failed before it was known which update is next.
        """
        try:
            if update_id is None:
                update_id = await to_thread.run_sync(self._first, chat_id)
            if update_id is not None and await to_thread.run_sync(
                self._note_failure, update_id, f"{type(error).__name__}: {error}"
            ):
                self.sender.wake(chat_id)
        except Exception:  # not even that can be stored: a sentence all the same, past the store
            log.exception("telegram_failure_not_stored", update=update_id)
            if chat_id > 0 and not self._knows(chat_id, update_id):
                self._told[chat_id] = update_id
                language = await to_thread.run_sync(self._language_in, chat_id)
                self.beside("sendMessage", {"chat_id": chat_id, "text": self.router.trouble(language)})
            await asyncio.sleep(LOOK_AGAIN)

    def _knows(self, chat_id: int, update_id: int | None) -> bool:
        """Whether it was said past the store already that an update failed."""
        return chat_id in self._told and (update_id is None or self._told[chat_id] in (None, update_id))

    def _type(self, said: Incoming) -> None:
        if said.kind in PERSONAL and len(self._beside) < MOST_TYPING:
            self.beside("sendChatAction", {"chat_id": said.chat_id, "action": "typing"})

    def beside(self, method: str, payload: dict[str, Any]) -> None:
        """Makes a call that nobody waits for and that may fail."""

        async def work() -> None:
            try:
                try:
                    await self.api.call(method, payload)
                except Limited as error:
                    if method not in TRIED_AGAIN:
                        raise
                    await asyncio.sleep(error.seconds + CHANCE.uniform(0, 0.5))
                    await self.api.call(method, payload)
            except TelegramTrouble as error:
                log.info("telegram_call_left_out", method=method, error=str(error))

        task = asyncio.create_task(work())
        self._beside.add(task)
        task.add_done_callback(self._beside.discard)

    # -- in the store

    def _due(self) -> list[int]:
        with self.parts.store.reading() as session:
            rows = session.scalars(select(TelegramUpdate.chat_id).where(TelegramUpdate.status == "received").distinct())
            return [chat_id for chat_id in rows if chat_id is not None]

    def _next(self, chat_id: int, in_order: bool) -> Task | None:
        """The next update of a chat: its conversation, and the button that it stands for. None where there is none.

        ``in_order``: nothing is missing before it, so that words may become a turn in the same transaction. What is
        begun here and not worked on is met in the same way again.
        """
        now = self.parts.now()
        with self.parts.store.transaction() as session:
            found = session.execute(NEXT, {"chat": chat_id}).one_or_none()
            if found is None:
                return None
            row: TelegramUpdate = found[0]
            update_id = row.update_id
            said = kinds.read(json.loads(row.payload or "{}"), self.intake.username)
            if row.next_try_at is not None and row.next_try_at > now:
                return Task(update_id, said, (row.next_try_at - now).total_seconds())
            if self._is_agents(said):
                return Task(update_id, said, post=json.loads(row.payload or "{}"))
            if said.kind == "edited" and self._was_edited(session, update_id, said):
                said = replace(said, kind="silent")
            if said.kind not in PERSONAL:
                return Task(update_id, said)
            if self.group is not None and (calls := self.group.bind(session, said)) is not None:
                row.status, row.worked_at, row.payload = "done", now, None
                put(session, now, chat_id, f"update:{update_id}", calls)
                return Task(update_id, said, done=True)
            chat = self.chats.of(session, said)
            button, own = said.button, ""
            if said.kind == "command" and said.command and TABLE[said.command].intent:
                button = self._as_button(session, chat, update_id, said.command)
            elif (shown := self._own_button(session, chat, said)) is not None:
                button, own = shown.id, shown.intent
            received = None
            if in_order and said.kind == "text" and not own:
                received = self.router.receive(chat.conversation_id, turn_key(update_id), said.text, None)
            return Task(
                update_id=update_id,
                said=said,
                conversation_id=chat.conversation_id,
                button=button if own or said.kind == "command" else None,
                own=own,
                linked=chat.account_id is not None,
                known=said.command == "start" and self._has_spoken(session, chat, update_id),
                received=received,
            )

    def _has_spoken(self, session: Session, chat: TelegramChat, update_id: int) -> bool:
        """Whether there was anything in the conversation of a chat before an update."""
        spoken = select(Turn.id).where(Turn.conversation_id == chat.conversation_id, Turn.key != turn_key(update_id))
        return session.scalars(spoken.limit(1)).one_or_none() is not None

    def _was_edited(self, session: Session, update_id: int, said: Incoming) -> bool:
        """Whether a message was changed before, and that was answered."""
        before = {"chat": said.chat_id, "message": said.message_id, "id": update_id}
        return session.connection().execute(EDITED, before).one_or_none() is not None

    def _as_button(self, session: Session, chat: TelegramChat, update_id: int, command: str) -> str:
        """A button that stands for a command, so that it comes as an intent and not as words."""
        button_id = f"c_{update_id}"
        if session.get(Button, button_id) is None:
            conversation = session.get_one(Conversation, chat.conversation_id)
            now = self.parts.now()
            session.add(
                Button(
                    id=button_id,
                    conversation_id=conversation.id,
                    intent=TABLE[command].intent,
                    entities=[],
                    title=self.router.words.say(f"utter_word_command_{command}", {}, Voice(conversation.language)),
                    created_at=now,
                    expires_at=now + BUTTON_LIFETIME,
                )
            )
        return button_id

    def _own_button(self, session: Session, chat: TelegramChat, said: Incoming) -> Button | None:
        """The button of the channel's own that was tapped, or whose title was typed while it was open."""
        if said.kind == "tap":
            button = session.get(Button, said.button or "-")
            mine = button is not None and button.conversation_id == chat.conversation_id
            return button if mine and button.intent.startswith(CHANNELS_OWN) else None
        wanted = bare(said.text) if said.kind == "text" else ""
        if not wanted:
            return None
        shown = session.scalars(OWN_BUTTONS, {"conversation": chat.conversation_id, "now": self.parts.now()})
        return next((button for button in shown if bare(button.title) == wanted), None)

    def _finish(
        self, task: Task, messages: list[dict[str, Any]], calls: list[speaking.Call] | None = None
    ) -> tuple[bool, bool]:
        """Puts the answer among what leaves and marks the update as done, both or neither.

        Returns whether anything waits to be sent, and whether another update of the chat waits.
        """
        now = self.parts.now()
        with self.parts.store.transaction() as session:
            assert task.said.chat_id is not None
            became = "done" if task.said.kind in PERSONAL or task.post is not None else "ignored"
            row = {"id": task.update_id, "became": became, "now": now}
            if not session.connection().execute(WORKED_ON, row).rowcount:
                return False, True
            if calls is None and task.conversation_id:
                calls = self._calls(session, task, messages)
            elif calls is None:
                calls = self._elsewhere(session, task)
            rows = put(session, now, task.said.chat_id, f"update:{task.update_id}", calls)
            leaves = bool(rows) and not self.sender.begin(session, rows[0])
            more = session.connection().execute(NEXT_ID, {"chat": task.said.chat_id}).one_or_none()
            return leaves, more is not None

    def _calls(self, session: Session, task: Task, messages: list[dict[str, Any]]) -> list[speaking.Call]:
        """The calls that an answer is, after what the update did to the chat."""
        said, now = task.said, self.parts.now()
        chat = session.scalars(CHAT, {"chat": said.chat_id}).one()
        turn = None
        if task.own or said.kind in ("tap", "attachment"):
            mine = select(Turn).where(Turn.conversation_id == task.conversation_id, Turn.key == task.key)
            turn = session.scalars(mine).one_or_none()
        calls: list[speaking.Call] = []
        if said.kind == "tap":
            button = session.get(Button, said.button) if said.button else None
            extra = task.own in (PICTURE, CALENDAR)
            if button is None or button.conversation_id != task.conversation_id:
                count(session, now, "button_foreign")
                calls += self._put_away(said)
            elif turn is None or button.used_in != turn.id:
                count(session, now, "button_used")
                calls += self._put_away(said, alone=extra)
            else:
                shown = speaking.taken(said.shown, button.id) if extra else speaking.chosen(said.shown, button.title)
                calls += [shown] if shown else []
        if said.kind == "contact" and said.contact is not None and not said.contact.own:
            count(session, now, "contact_not_own")
        if said.attachment is not None and turn is not None:
            self._keep(session, turn, said.attachment)
        if task.own == UNLINK and turn is not None and "utter_telegram_unlinked" in turn.responses:
            self.chats.unlink(session, chat)
        else:
            conversation = self.chats.note_proof(session, chat, task.update_id)
            messages = self._with_keyboards(session, chat, conversation, messages)
        for message in messages:
            if picture := message.get("schedule_picture"):
                calls.append(speaking.picture(picture, message["text"]))
            elif calendar := message.get("schedule_calendar"):
                calls.append(speaking.calendar(calendar, message["text"]))
            else:
                calls.extend(speaking.speak(message))
        return calls

    def _put_away(self, said: Incoming, alone: bool = False) -> list[speaking.Call]:
        """Takes buttons away that are good for nothing any more, where they stand under a message of the bot's;
        ``alone``: one that was no choice between things leaves the others."""
        if not said.shown or not said.title or not said.button or not said.message_id:
            return []
        author = kinds.text_in(kinds.mapping_in(said.shown, "from"), "username")
        if author.lower() != self.intake.username.lower():
            return []
        call = speaking.taken(said.shown, said.button) if alone else speaking.bare(said.shown)
        return [call] if call else []

    def _elsewhere(self, session: Session, task: Task) -> list[speaking.Call]:
        """What is not said to the bot alone: it is noted who left or came back, and a group is told where to write."""
        said = task.said
        assert said.chat_id is not None
        if said.kind == "member":
            self.chats.close(session, said.chat_id, "blocked" if said.member in ("kicked", "left") else "open")
        if said.kind != "group" or not said.response:
            return []
        text = self.router.words.say(said.response, {}, Voice(language_of(said.language_code)))
        return speaking.speak({"text": text})

    def _with_keyboards(
        self, session: Session, chat: TelegramChat, conversation: Conversation, messages: list[dict[str, Any]]
    ) -> list[dict[str, Any]]:
        """An answer with the channel's own keyboards: sharing one's number, the schedule as a picture and a file."""
        if not messages:
            return messages
        last = dict(messages[-1])
        if last.get("table") and not last.get("buttons") and chat.account_id is not None:
            last["buttons"] = self._buttons(session, conversation, (PICTURE, CALENDAR))
        elif not last.get("buttons"):
            voice = Voice(conversation.language)
            if conversation.asked == "identity" and conversation.last_response in ASKS_NUMBER and not chat.keyboard:
                last["share_number"] = self.router.words.say("utter_button_share_number", {}, voice)
                last["text"] += "\n\n" + self.router.words.say("utter_telegram_share_number", {}, voice)
                chat.keyboard = True
            elif chat.keyboard and conversation.asked != "identity":
                last["put_away"] = True
                chat.keyboard = False
        return [*messages[:-1], last]

    def _buttons(self, session: Session, conversation: Conversation, intents: Sequence[str]) -> list[dict[str, str]]:
        """Buttons of the channel's own, each used by itself."""
        shown = []
        for number, intent in enumerate(intents):
            if intent == PICTURE and font_file("Regular") is None:
                continue
            name = intent.removeprefix(CHANNELS_OWN)
            title = self.router.words.say(f"utter_button_{name}", {}, Voice(conversation.language))
            # Buttons that were made at the same moment would be used up together.
            now = self.parts.now() + timedelta(microseconds=number + 1)
            button = self.chats.button(conversation.id, intent, title, now)
            session.add(button)
            shown.append({"title": title, "id": button.id})
        return shown

    def _keep(self, session: Session, turn: Turn, file: kinds.Attachment) -> None:
        session.add(
            Attachment(
                conversation_id=turn.conversation_id,
                turn_id=turn.id,
                kind=file.kind,
                file_id=file.file_id,
                file_unique_id=file.file_unique_id,
                name=file.name[:200] or None,
                mime=file.mime[:100] or None,
                size=file.size or None,
                at=self.parts.now(),
            )
        )

    def _first(self, chat_id: int) -> int | None:
        """The update that is next in a chat, whatever is in it."""
        with self.parts.store.reading() as session:
            return session.connection().execute(NEXT_ID, {"chat": chat_id}).scalar()

    def _language_in(self, chat_id: int) -> str:
        """The language of a chat, or of whoever begins it; English where that cannot be read."""
        try:
            with self.parts.store.reading() as session:
                row, _, conversation = session.execute(NEXT, {"chat": chat_id}).one()
                if conversation is not None:
                    return str(conversation.language)
                return language_of(kinds.read(json.loads(row.payload or "{}")).language_code)
        except Exception:  # it is what failed, or the store did
            return "en"

    def _note_failure(self, update_id: int, error: str) -> bool:
        """Records a failure; whether the borrower is told now, which is once an update."""
        now = self.parts.now()
        with self.parts.store.transaction() as session:
            # Without what is in it, since that may be what is wrong.
            row = session.get_one(TelegramUpdate, update_id, options=[defer(TelegramUpdate.payload)])
            row.attempts += 1
            row.next_try_at = now + timedelta(seconds=pause_after(row.attempts))
            chat = session.get(TelegramChat, row.chat_id) if row.chat_id is not None else None
            if row.attempts >= TRIES:
                row.status, row.worked_at = "failed", now
            tell = False
            if row.attempts == 1 and row.chat_id is not None and row.chat_id > 0:
                tell = not self._knows(row.chat_id, update_id)
            if tell and row.chat_id is not None:
                sentence = speaking.speak({"text": self.router.trouble(self._language_in(row.chat_id))})
                put(session, now, row.chat_id, f"trouble:{update_id}", sentence)
            self.services.conversations.fail(chat.conversation_id if chat else None, PLACE, error)
        return tell

    # -- small looks

    def _voice(self, task: Task) -> Voice:
        return self.router.voice(self.services.conversations.situation(task.conversation_id))

    def _say(self, task: Task, response: str) -> dict[str, Any]:
        (phrasing,) = self.services.conversations.phrasings(task.conversation_id, [response])
        return {"text": self.router.words.say(response, {}, self._voice(task), phrasing)}

    def _privacy(self, task: Task) -> dict[str, Any]:
        """What is special about Telegram, with the button that unlinks a chat that is linked."""
        message = self._say(task, "utter_telegram_privacy")
        if task.linked:
            with self.parts.store.transaction() as session:
                conversation = session.get_one(Conversation, task.conversation_id)
                message["buttons"] = self._buttons(session, conversation, (UNLINK,))
        return message

    def _schedule(self, task: Task) -> tuple[bytes | None, dict[str, Any] | None]:
        """The schedule as a file, and as a table; neither where there is none or nobody is proven now."""
        try:
            found = self.services.accounts.picture(task.conversation_id)
        except UnknownAccount:
            return None, None
        schedule = found.schedule or found.waiting
        if not schedule:
            return None, None
        voice = self._voice(task)
        table = self.router.words.table(schedule, voice)
        if task.own == PICTURE:
            return draw(table, voice.language), table
        title = self.router.words.say("utter_word_calendar_title", {}, voice)
        now = self.parts.now().astimezone(ZoneInfo(voice.time_zone))
        return calendar_file(schedule, task.conversation_id, title, now), table

    def _used_now(self, task: Task) -> bool:
        """Whether the button of the channel's own was used by this very update."""
        with self.parts.store.reading() as session:
            button = session.get(Button, task.button)
            turn = session.get(Turn, button.used_in) if button and button.used_in else None
            return turn is not None and turn.key == task.key

    def _has_case(self, task: Task) -> bool:
        with self.parts.store.reading() as session:
            waiting = select(Case.id).where(Case.conversation_id == task.conversation_id, Case.resolved_at.is_(None))
            return session.scalars(waiting.limit(1)).one_or_none() is not None
