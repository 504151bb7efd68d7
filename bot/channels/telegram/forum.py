"""The agents' group in Telegram: people of the desk work on cases in its topics.

Who somebody is, is known by the Telegram account that they bound at the desk (`bot.services.people`); what they may do
is decided by the same services as at the desk. While somebody has a case, what they write in its topic goes to the
borrower. Everything else stays here as a note: what begins with a slash, a reply to a colleague, a forwarded message,
words of whoever does not have the case. So no note leaves by a slip.
"""

from __future__ import annotations

import asyncio
import json
from collections import deque
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import structlog
from anyio import to_thread
from sqlalchemy import select
from sqlalchemy.orm import Session

from bot.bootstrap import Services
from bot.channels.telegram import forum_card as cards
from bot.channels.telegram import forum_terms as terms
from bot.channels.telegram.api import Api, Limited, Refused, TelegramTrouble
from bot.channels.telegram.chats import count
from bot.channels.telegram.commands import language_of
from bot.channels.telegram.forum_buttons import ASKING, SAY_TERMS, SAY_WHY_MOVED, SAY_WHY_NOT, Buttons
from bot.channels.telegram.forum_posts import Post, code_in, is_random, read_post
from bot.channels.telegram.forum_topics import KEPT, TAKEN, GroupTrouble, Topics, check_group
from bot.channels.telegram.kinds import Attachment, Incoming
from bot.channels.telegram.sender import Job, Sender, changes_only
from bot.channels.telegram.speaking import Call
from bot.channels.telegram.worker import Worker
from bot.desk.page import Formats
from bot.desk.texts import Texts, texts
from bot.domain.offer import Terms
from bot.domain.rights import Actor, NotAllowed
from bot.services.accounts import balance_of
from bot.services.case_desk import NotPossible
from bot.services.cases import UnknownCase, reference
from bot.services.casework import LARGEST_FILE, Taken, Upload
from bot.services.desk import CaseView, DecisionView
from bot.services.guarding import NeedsAnotherLook
from bot.services.people import BadInvitation
from bot.store.tables import (
    Account,
    Case,
    CaseEvent,
    ForumButton,
    ForumTopic,
    Person,
    TelegramMessage,
    TelegramUpdate,
)

log = structlog.get_logger()

LOOK_SECONDS = 1.0
TROUBLE_SECONDS = 30.0
TOLD_AGAIN = timedelta(minutes=1)
SEEN_AGAIN = timedelta(minutes=1)
RECORDED_A_MINUTE = 60
LONGEST_ANSWER = 200  # of a tap: https://core.telegram.org/bots/api#answercallbackquery
PLACE = "telegram group"
# What a button needs to be possible, where its act has another name at the desk.
NEEDED = {
    "counter": "propose",
    "return": "hand_back",
    "resolve": "resolve",
    "called": "called",
    "move": "move",
    "to_team": "move",
}
# Why it is not possible in an open case that no colleague has.
MISSING = {
    "propose": "Nobody has proven yet whose account this is about.",
    "called": "No call is arranged in this case.",
    "move": "Nobody works in another team, so nobody would take the case.",
}
# Buttons after which somebody's next words are taken for something.
SAYING = {"counter": SAY_TERMS, "refuse": SAY_WHY_NOT, "to_team": SAY_WHY_MOVED}
GONE = ("message thread not found", "topic_deleted", "topic_id_invalid", "message to edit not found")
NO_RIGHTS = ("not enough rights", "have no rights", "chat_admin_required", "not a forum")


@dataclass(frozen=True)
class Place:
    """A topic and its case, as somebody meets them. ``owner``: the id of whoever has it, ``named`` their name."""

    case_id: int
    thread: int
    team: str
    owner: int | None
    named: str | None
    over: bool

    @property
    def reference(self) -> str:
        return reference(self.case_id)


class Forum:
    """The agents' group: what happens in cases is shown there, what people do there happens in cases."""

    def __init__(self, services: Services, api: Api, sender: Sender, worker: Worker, chat_id: int) -> None:
        self.services = services
        self.parts = services.parts
        self.api = api
        self.sender = sender
        self.worker = worker
        self.chat_id = chat_id
        self.topics = Topics(services, api, sender, sender.pace, chat_id)
        self.buttons = Buttons(services.parts)
        self.trouble: str | None = None
        self._bot: int | None = None
        self._woken = asyncio.Event()
        self._told: dict[tuple[int | None, str], datetime] = {}
        self._recorded: deque[datetime] = deque()

    # -- keeping the topics

    async def run(self) -> None:
        """Keeps the topics up to date, for ever; a group that cannot have any is looked at again now and then."""
        well = moved = False
        while True:
            pause = LOOK_SECONDS
            try:
                if not moved:
                    await to_thread.run_sync(self.topics.move)
                    moved = True
                well = (well and self.trouble is None) or await self._is_well()
                if well:
                    await self.topics.round()
                else:
                    pause = TROUBLE_SECONDS
            except GroupTrouble as error:
                self.unreachable(str(error))
            except Limited as error:
                pause = error.seconds
            except TelegramTrouble as error:
                log.warning("telegram_group_not_reached", error=str(error))
                pause = TROUBLE_SECONDS
            except Exception:  # the store; the next round tries again
                log.exception("telegram_group_round_failed")
            self._woken.clear()
            try:
                await asyncio.wait_for(self._woken.wait(), pause)
            except TimeoutError:
                continue

    async def _is_well(self) -> bool:
        """Whether the group can have topics; what it lacks is in the log, once."""
        if self._bot is None:
            self._bot = int((await self.api.call("getMe"))["id"])
        found = await check_group(self.api, self.chat_id, self._bot)
        if found is None:
            if self.trouble is not None:
                log.info("telegram_group_well", group=self.chat_id)
            self.trouble = None
            return True
        self.unreachable(found)
        return False

    def unreachable(self, error: str) -> None:
        """Notes that the group cannot be worked with now."""
        if self.trouble is None:
            log.error("telegram_group_unfit", group=self.chat_id, why=error)
        self.trouble = error

    async def heal(self, job: Job, error: str) -> bool:
        """Mends what Telegram refused a message for; whether the message needs no more looking after."""
        said = error.lower()
        thread = job.payload.get("message_thread_id") or await to_thread.run_sync(self._thread_of, job.id)
        if "topic_closed" in said and thread is not None:
            await self.api.call("reopenForumTopic", {"chat_id": self.chat_id, "message_thread_id": thread})
            await to_thread.run_sync(self._again, job.id, 0.0)
            return True
        if any(words in said for words in NO_RIGHTS) and not changes_only(job.method):
            self.unreachable(error)
            await to_thread.run_sync(self._again, job.id, TROUBLE_SECONDS)
            return True
        if not any(words in said for words in GONE) or thread is None:
            return False
        await to_thread.run_sync(self.topics.lose, thread)
        await to_thread.run_sync(self._drop, job.id)
        self._woken.set()
        return True

    def _thread_of(self, row_id: int) -> int | None:
        """The topic that a message belongs to, where it names none."""
        with self.parts.store.reading() as session:
            parts = session.get_one(TelegramMessage, row_id).key.split(":")
        return int(parts[2]) if parts[0] == "topic" and parts[2].isdecimal() else None

    def _again(self, row_id: int, seconds: float) -> None:
        now = self.parts.now()
        with self.parts.store.transaction() as session:
            row = session.get_one(TelegramMessage, row_id)
            row.status, row.attempts = "queued", row.attempts - 1
            row.next_try_at = now + timedelta(seconds=seconds) if seconds else None

    def _drop(self, row_id: int) -> None:
        with self.parts.store.transaction() as session:
            row = session.get_one(TelegramMessage, row_id)
            row.status, row.payload, row.error = "blocked", None, "the topic is gone"

    # -- who somebody is

    def bind(self, session: Session, said: Incoming) -> list[Call] | None:
        """Binds somebody who sent their code to the bot alone; what is said to it, None where it is no code."""
        code = said.payload if said.kind == "command" and said.command == "start" else said.text
        code = code_in(code) if said.kind in ("text", "command") else None
        if code is None or said.user_id is None:
            return None
        words = self._bound(code, said.user_id)
        return cards.message(words, None) if words is not None else None

    def _bound(self, code: str, user_id: int) -> str | None:
        """What is said to somebody who sent a code; None where it is none and they are nobody's agent."""
        people = self.services.people
        try:
            actor: Actor | None = people.bind_telegram(code, user_id)
            key = "forum.welcome"
        except BadInvitation:
            actor, key = people.by_telegram(user_id) if is_random(code) else None, "forum.code_spent"
        return texts(actor.language)(key, name=actor.name) if actor is not None else None

    # -- what people do there

    async def take(self, update_id: int, post: Mapping[str, Any]) -> list[Call]:
        """Works on an update of the group, once; what is said to it there."""
        done = read_post(post)
        if done.what == "nothing" or done.user_id is None:
            return []
        try:
            calls = await self._tapped(update_id, done) if done.what == "tap" else await self._said(update_id, done)
        except Exception as error:  # one message must not stop the group
            log.exception("telegram_group_update_broke", update=update_id)
            await to_thread.run_sync(self._fail, f"{type(error).__name__}: {error}")
            t = texts(language_of(done.language))
            if done.what == "tap":
                self._answer_tap(done, t("forum.trouble"), alert=True)
                return []
            return self._reply(done, t("forum.trouble"))
        self._woken.set()
        return calls

    def _fail(self, error: str) -> None:
        self.services.conversations.fail(None, PLACE, error)

    def _meet(self, post: Post) -> tuple[Place | None, Actor | None]:
        """The topic in which something was done, and by whom."""
        actor = self.services.people.by_telegram(post.user_id) if post.user_id is not None else None
        if actor is not None:
            self._is_there(actor)
        if post.thread is None:
            return None, actor
        with self.parts.store.reading() as session:
            topic = session.scalars(select(ForumTopic).where(ForumTopic.thread_id == post.thread)).first()
            case = session.get(Case, topic.case_id) if topic is not None else None
            if case is None:
                return None, actor
            owner = session.get(Person, case.owner_id) if case.owner_id is not None else None
            named = owner.name if owner is not None else None
            over = case.resolved_at is not None
            return Place(case.id, post.thread, case.team, case.owner_id, named, over), actor

    def _is_there(self, actor: Actor) -> None:
        """Notes that somebody is at work, as opening a page of the desk does."""
        now = self.parts.now()
        with self.parts.store.transaction() as session:
            person = session.get_one(Person, actor.id)
            if person.seen_at is None or now - person.seen_at > SEEN_AGAIN:
                person.seen_at = now

    def _why_refused(self, place: Place, actor: Actor | None, post: Post) -> str | None:
        """Why somebody may do nothing in a case, as a key of the words; None where they may."""
        if post.nameless:
            return "nameless"
        if actor is None:
            return "stranger"
        if not actor.may("work"):
            return "not_allowed"
        return None if actor.sees(place.team) else "other_team"

    def _refuse(self, why: str, place: Place, actor: Actor | None, post: Post) -> str:
        """Counts and records that somebody was refused; the words for it."""
        now = self.parts.now()
        while self._recorded and now - self._recorded[0] >= timedelta(minutes=1):
            self._recorded.popleft()
        with self.parts.store.transaction() as session:
            count(session, now, f"group_{why}")
            if len(self._recorded) < RECORDED_A_MINUTE:
                self._recorded.append(now)
                by = actor.signature if actor is not None else "telegram"
                self.parts.store.audit(session, now, by, "desk_refused", place.reference, why=why, page="topic")
        t = texts(actor.language if actor is not None else language_of(post.language))
        return t(f"forum.{why}", account=t("nav.account")) if why == "stranger" else t(f"forum.{why}")

    def _reply(self, post: Post, text: str, buttons: Sequence[tuple[str, str]] = (), **more: Any) -> list[Call]:
        return cards.message(text, post.thread, buttons, answers=post.message_id, **more)

    def _once_a_minute(self, post: Post, why: str, text: str) -> list[Call]:
        """An answer that somebody need not read again and again: a group has few messages a minute."""
        now, whom = self.parts.now(), (post.user_id, why)
        self._told = {known: at for known, at in self._told.items() if now - at < TOLD_AGAIN}
        if whom in self._told:
            return []
        self._told[whom] = now
        return self._reply(post, text)

    # -- words and files

    async def _said(self, update_id: int, post: Post) -> list[Call]:
        place, actor = await to_thread.run_sync(self._meet, post)
        if post.code is not None and post.user_id is not None and not post.nameless:
            words = await to_thread.run_sync(self._bound, post.code, post.user_id)
            if words is not None:
                return self._reply(post, words)
        if place is None:
            return []  # what people say to each other elsewhere in the group is their own
        why = self._why_refused(place, actor, post)
        if why is not None or actor is None:
            refused = await to_thread.run_sync(self._refuse, why or "stranger", place, actor, post)
            return self._once_a_minute(post, why or "stranger", refused)
        t = texts(actor.language)
        if post.what == "edit":
            sent = await to_thread.run_sync(self._was_sent, actor, post)
            return self._once_a_minute(post, "edited", t("forum.edited")) if sent else []
        if post.what == "thing":
            return self._reply(post, t("forum.no_thing"))
        return await self._words(update_id, post, place, actor, t)

    async def _words(self, update_id: int, post: Post, place: Place, actor: Actor, t: Texts) -> list[Call]:
        """Words or a file of somebody who may work on the case: for the borrower, for colleagues, or what was asked."""
        aside = post.is_note or post.forwarded or await to_thread.run_sync(self._is_among_colleagues, post)
        waits = None if aside or post.what == "file" else await to_thread.run_sync(self._waits, place, actor)
        try:
            if waits is not None:
                return await to_thread.run_sync(self._asked_for, update_id, post, place, actor, t, waits)
            if aside or place.over or place.owner != actor.id:
                return await to_thread.run_sync(self._note, update_id, post, place, actor, t, aside)
            return await self._answer(update_id, post, place, actor, t)
        except (Taken, NotAllowed, NotPossible, UnknownCase) as error:
            return self._reply(post, t("forum.not_sent", why=why_of(error, t)))

    def _is_among_colleagues(self, post: Post) -> bool:
        """Whether a message answers a colleague, or a note."""
        if post.answers is None:
            return False
        if not post.answers_bot:
            return True
        with self.parts.store.reading() as session:
            rows = session.scalars(
                select(TelegramMessage.key).where(
                    TelegramMessage.chat_id == self.chat_id, TelegramMessage.message_id == post.answers
                )
            ).all()
        return any(key.split(":")[3:4] and key.split(":")[3].startswith("n") for key in rows)

    def _note(self, update_id: int, post: Post, place: Place, actor: Actor, t: Texts, aside: bool) -> list[Call]:
        """Keeps words for colleagues; whoever may have meant the borrower is told that they stayed here."""
        words = post.unmarked if post.is_note else post.text.strip()
        if post.file is not None:
            words = f"{_called(post.file)} {words}".strip()
        if words:
            self.services.casework.note(actor, place.reference, key_of(update_id), words)
        if post.forwarded:
            return self._reply(post, t("forum.note_forwarded"))
        if aside or post.message_id is None:
            return [cards.reaction(post.message_id, KEPT)] if post.message_id is not None else []
        if place.over:
            return self._reply(post, t("forum.closed"))
        if place.owner is None:
            return self._reply(post, t("forum.note_nobody"))
        return self._reply(post, t("forum.note_theirs", name=place.named or "?"))

    async def _answer(self, update_id: int, post: Post, place: Place, actor: Actor, t: Texts) -> list[Call]:
        """Sends words or a file to the borrower; what the guard finds comes back."""
        text = post.text.strip() or (_called(post.file) if post.file is not None else "")
        try:
            files = await self._fetched(post.file)
        except Refused as error:
            large = "too big" in str(error)
            said = t("forum.file_large", most=LARGEST_FILE // 1024 // 1024) if large else t("forum.file_trouble")
            return self._reply(post, said)
        except TelegramTrouble:
            return self._reply(post, t("forum.file_trouble"))
        casework = self.services.casework

        def send() -> list[Call]:
            try:
                casework.answer(actor, place.reference, key_of(update_id), text, files=files)
            except NeedsAnotherLook as look:
                return self._look_again(post, place, actor, t, text, look)
            return [cards.reaction(post.message_id, TAKEN)] if post.message_id is not None else []

        return await to_thread.run_sync(send)

    def _look_again(
        self, post: Post, place: Place, actor: Actor, t: Texts, text: str, look: NeedsAnotherLook
    ) -> list[Call]:
        """Shows what the guard found, with a way to insist where that is allowed."""
        found = [f"• {t.code('guard', finding.category)} “{finding.fragment}”" for finding in look.findings]
        lines = [t("forum.another_look"), *found]
        if look.final:
            return self._reply(post, "\n".join([*lines, t("forum.final")]))
        kept = {"text": text, "file": vars(post.file) if post.file is not None else None}
        choices = [
            cards.Choice(t("forum.anyway"), "anyway", json.dumps(kept, ensure_ascii=False)),
            cards.Choice(t("forum.not_now"), "drop"),
        ]
        with self.parts.store.transaction() as session:
            buttons = self.buttons.of(session, place.case_id, choices, actor.id)
        return self._reply(post, "\n".join(lines), buttons)

    async def _fetched(self, file: Attachment | None) -> list[Upload]:
        """The content of a file. Raises TelegramTrouble."""
        if file is None:
            return []
        content = await self.api.fetch(file.file_id, LARGEST_FILE)
        return [Upload(file.name or f"{file.kind}.jpg", file.mime, content)]

    def _was_sent(self, actor: Actor, post: Post) -> bool:
        """Whether a message went to the borrower."""
        with self.parts.store.reading() as session:
            updates = select(TelegramUpdate.update_id).where(
                TelegramUpdate.chat_id == self.chat_id, TelegramUpdate.message_id == post.message_id
            )
            keys = [f"{actor.id}:{key_of(number)}" for number in session.scalars(updates)]
            sent = select(CaseEvent.id).where(CaseEvent.key.in_(keys), CaseEvent.kind == "answered")
            return session.scalars(sent.limit(1)).first() is not None

    # -- what was asked for: terms, a reason

    def _waits(self, place: Place, actor: Actor) -> ForumButton | None:
        with self.parts.store.transaction() as session:
            return self.buttons.waiting(session, place.case_id, actor.id)

    def _asked_for(
        self, update_id: int, post: Post, place: Place, actor: Actor, t: Texts, waits: ForumButton
    ) -> list[Call]:
        """Takes somebody's words for what they were asked for."""
        if waits.act in (SAY_WHY_NOT, SAY_WHY_MOVED):
            casework, data, key, why = self.services.casework, waits.data or "", key_of(update_id), post.text.strip()
            try:
                if waits.act == SAY_WHY_NOT:
                    casework.decide(actor, data, key, False, why)
                else:
                    casework.move(actor, place.reference, key, data, why)
            finally:
                self._no_more_waiting(place, actor)
            return [cards.reaction(post.message_id, KEPT)] if post.message_id is not None else []
        try:
            wanted = terms.read_wanted(post.text, *self._owed(place))
        except terms.NotTerms as error:
            said = f"{t(f'forum.not_terms.{error.why}')} {t('forum.not_terms.again')}"
            return self._reply(post, said, self._dropping(place, actor, t))
        found = self.services.casework.work_out(actor, place.reference, wanted)
        role = "supervisor" if not found.own or found.approval else str(found.role)
        text = cards.quote(found, self._formats(actor), role)
        if found.terms is None or found.problem is not None or found.role is None:
            said = f"{text}\n{t('forum.not_terms.again')}"
            return self._reply(post, said, self._dropping(place, actor, t))
        asks = not found.own or bool(found.approval)
        title = t("forum.ask", role=t.code("role", role)) if asks else t("forum.send")
        kept = json.dumps({"wanted": terms.as_json(wanted), "why": post.text.strip()}, ensure_ascii=False)
        choices = [cards.Choice(title, "propose", kept), cards.Choice(t("forum.not_now"), "drop")]
        with self.parts.store.transaction() as session:
            self.buttons.done_waiting(session, place.case_id, actor.id)
            buttons = self.buttons.of(session, place.case_id, choices, actor.id)
            table = self._table(session, actor, place, found.terms)
        return self._reply(post, text, buttons, table=table)

    def _table(self, session: Session, actor: Actor, place: Place, wanted: Terms) -> dict[str, Any] | None:
        """The schedule of terms as somebody reads it; None for a single payment."""
        account, rows = self._account(session, place), [row.as_json() for row in wanted.schedule]
        return self.parts.tabulate(rows, actor.language, account.country, account.time_zone) if len(rows) > 1 else None

    def _owed(self, place: Place) -> tuple[Any, datetime]:
        """What is owed on the account of a case, and the borrower's local time. Raises NotPossible."""
        with self.parts.store.transaction() as session:
            account = self._account(session, place)
            return balance_of(session, account), self.parts.now().astimezone(ZoneInfo(account.time_zone))

    @staticmethod
    def _account(session: Session, place: Place) -> Account:
        case = session.get_one(Case, place.case_id)
        if case.account_id is None:
            raise NotPossible("Nobody has proven yet whose account this is about.")
        return session.get_one(Account, case.account_id)

    def _dropping(self, place: Place, actor: Actor, t: Texts) -> list[tuple[str, str]]:
        """The button by which somebody takes back that they wanted to say something."""
        with self.parts.store.transaction() as session:
            return self.buttons.of(session, place.case_id, [cards.Choice(t("forum.not_now"), "drop")], actor.id)

    def _no_more_waiting(self, place: Place, actor: Actor) -> None:
        with self.parts.store.transaction() as session:
            self.buttons.done_waiting(session, place.case_id, actor.id)

    # -- taps

    async def _tapped(self, update_id: int, post: Post) -> list[Call]:
        place, actor = await to_thread.run_sync(self._meet, post)
        row = await to_thread.run_sync(self._button, post.button)
        t = texts(actor.language if actor is not None else language_of(post.language))
        if place is None or row is None or row.case_id != place.case_id:
            await to_thread.run_sync(self._count, "button_foreign")
            return self._answer_tap(post, t("forum.button_foreign"), alert=True)
        why = self._why_refused(place, actor, post)
        if why is not None or actor is None:
            refused = await to_thread.run_sync(self._refuse, why or "stranger", place, actor, post)
            return self._answer_tap(post, refused, alert=True)
        if row.person_id not in (None, actor.id):
            await to_thread.run_sync(self._count, "button_foreign")
            return self._answer_tap(post, t("forum.button_theirs"), alert=True)
        if row.used_at is not None:
            if row.used_by == str(update_id):  # done before a crash
                return [_without_buttons(post)]
            await to_thread.run_sync(self._count, "button_used")
            if row.act == "claim" and place.named is not None and place.owner != actor.id:
                return self._answer_tap(post, t("refused.taken", name=place.named), alert=True)
            return self._answer_tap(post, t("forum.button_used"))
        if row.expires_at <= self.parts.now():
            await to_thread.run_sync(self._renew, place)
            return self._answer_tap(post, t("forum.button_old"))
        try:
            told, calls = await self._act(update_id, row, post, place, actor, t)
        except (Taken, NotAllowed, NotPossible, UnknownCase) as error:
            return self._answer_tap(post, t("forum.not_done", why=why_of(error, t)), alert=True)
        if row.act not in ASKING:
            await to_thread.run_sync(self._use, row.id, update_id)
        self._answer_tap(post, told)
        if not await to_thread.run_sync(self._is_card, post):
            calls = [_without_buttons(post), *calls]
        return calls

    async def _act(
        self, update_id: int, row: ForumButton, post: Post, place: Place, actor: Actor, t: Texts
    ) -> tuple[str, list[Call]]:
        """Does what a button is for; what the tap is answered with, and what is said in the topic."""
        if row.act == "anyway":
            kept = json.loads(row.data or "{}")
            file = Attachment(**kept["file"]) if kept.get("file") else None
            files = await self._fetched(file)
            await to_thread.run_sync(self._insist, row.id, kept["text"], files, place, actor)
            return t("said.answer"), []
        return await to_thread.run_sync(self._do, update_id, row, post, place, actor, t)

    def _insist(self, button: str, text: str, files: Sequence[Upload], place: Place, actor: Actor) -> None:
        casework = self.services.casework
        try:
            casework.answer(actor, place.reference, f"fb:{button}", text, anyway=True, files=files)
        except NeedsAnotherLook as look:
            raise NotPossible(str(look)) from None

    def _do(
        self, update_id: int, row: ForumButton, post: Post, place: Place, actor: Actor, t: Texts
    ) -> tuple[str, list[Call]]:
        casework, case, key, data = self.services.casework, place.reference, f"fb:{row.id}", row.data or ""
        if row.act == "claim":
            casework.claim(actor, case, key)
            return t("said.claim"), []
        if row.act == "release":
            casework.release(actor, case, key)
            return t("said.release"), []
        if row.act == "approve_now":
            casework.decide(actor, data, key, True, "")
            return t("said.decide_approve"), []
        if row.act in ("reached", "not_reached"):
            casework.called(actor, case, key, row.act == "reached")
            return t("said.called_reached" if row.act == "reached" else "said.called_missed"), []
        if row.act == "hand_back":
            casework.hand_back(actor, case, key, "")
            return t("said.hand_back"), []
        if row.act == "outcome":
            casework.resolve(actor, case, key, data, "")
            return t("said.resolve"), []
        if row.act == "propose":
            kept = json.loads(data)
            done = casework.propose(actor, case, key, terms.from_json(kept["wanted"]), kept["why"])
            said = f"said.propose_{done.state}"
            return t(said if t.has(said) else "said.propose_sent"), []
        if row.act == "drop":
            self._no_more_waiting(place, actor)
            return t("forum.dropped"), []
        return t("forum.asked"), self._ask(update_id, row, post, place, actor, t)

    def _ask(self, update_id: int, row: ForumButton, post: Post, place: Place, actor: Actor, t: Texts) -> list[Call]:
        """What a button asks before anything is done. Raises NotPossible, Taken and NotAllowed."""
        view, case = self.services.desk.case(actor, place.reference), place.reference
        needed = NEEDED.get(row.act)
        if needed is not None and needed not in view.actions:
            if view.resolved_at is None and view.owner is not None and not view.mine:
                raise Taken(view.owner)
            raise NotPossible("This case is closed." if view.resolved_at is not None else MISSING[needed])
        waiting = self._demand_decision(view, row.data or "", actor) if row.act in ("approve", "refuse") else None
        table: dict[str, Any] | None = None
        with self.parts.store.transaction() as session:
            formats = self._formats(actor)
            if row.act in SAYING:
                act = SAYING[row.act]
                self.buttons.wait_for(session, place.case_id, act, row.data or "", actor.id, update_id)
                text, choices = t(f"forum.{act}", name=actor.name), [cards.Choice(t("forum.not_now"), "drop")]
            elif row.act == "resolve":
                ways = [(way.title.of(actor.language), way.kind) for way in self.parts.desk.outcomes]
                text, choices = t("forum.say_resolve", reference=case), cards.outcomes(ways, formats)
            elif row.act == "called":
                text = t("forum.say_called", reference=case)
                choices = [cards.Choice(t(f"called.{result}"), result) for result in ("reached", "not_reached")]
                choices.append(cards.Choice(t("forum.not_now"), "drop"))
            elif row.act == "move":
                teams = [team for team in self.parts.desk.teams if team.name in view.teams]
                text = t("forum.say_move", reference=case)
                choices = [cards.Choice(team.title.of(actor.language), "to_team", team.name) for team in teams]
                choices.append(cards.Choice(t("forum.not_now"), "drop"))
            elif row.act == "approve" and waiting is not None:
                text, table = cards.to_approve(waiting, formats), self._table(session, actor, place, waiting.terms)
                choices = [cards.Choice(t("decision.approve"), "approve_now", waiting.id)]
                choices.append(cards.Choice(t("forum.not_now"), "drop"))
            else:
                text = t("forum.say_return", reference=case)
                choices = [cards.Choice(t("forum.return"), "hand_back"), cards.Choice(t("forum.not_now"), "drop")]
            buttons = self.buttons.of(session, place.case_id, choices, actor.id)
        return cards.message(text, place.thread, buttons, table=table)

    def _demand_decision(self, view: CaseView, decision: str, actor: Actor) -> DecisionView:
        """What somebody decides on. Raises NotPossible or NotAllowed where they may not."""
        found = next((waiting for waiting in view.decisions if waiting.id == decision), None)
        if found is None:
            raise NotPossible("This has been decided on already.")
        if found.because == "yours":
            raise NotPossible("Somebody else decides on what you asked for.")
        if found.because == "theirs":
            raise Taken(found.owner or "")
        if not found.may:
            actor.demand("decide")
        return found

    def _answer_tap(self, post: Post, text: str, alert: bool = False) -> list[Call]:
        """Answers a tap, past the queue: Telegram waits for it, and it is nothing that could come late."""
        said = {"callback_query_id": post.callback, "text": text[:LONGEST_ANSWER], "show_alert": alert}
        self.worker.beside("answerCallbackQuery", said)
        return []

    def _button(self, button: str) -> ForumButton | None:
        with self.parts.store.transaction() as session:
            return session.get(ForumButton, button[:40])

    def _use(self, button: str, update_id: int) -> None:
        with self.parts.store.transaction() as session:
            self.buttons.use(session, session.get_one(ForumButton, button), str(update_id))

    def _count(self, name: str) -> None:
        with self.parts.store.transaction() as session:
            count(session, self.parts.now(), name)

    def _renew(self, place: Place) -> None:
        """Has the card of a case made anew, with new buttons."""
        with self.parts.store.transaction() as session:
            topic = session.get(ForumTopic, place.case_id)
            if topic is not None:
                topic.changed_at = topic.changed_at - timedelta(days=1)

    def _is_card(self, post: Post) -> bool:
        """Whether a button was under a card, which is changed with the case."""
        with self.parts.store.reading() as session:
            keys = session.scalars(
                select(TelegramMessage.key).where(
                    TelegramMessage.chat_id == self.chat_id, TelegramMessage.message_id == post.message_id
                )
            )
            return any(key.endswith(":card:0") for key in keys)

    def _formats(self, actor: Actor) -> Formats:
        return Formats(texts(actor.language), self.parts.handover.opening_hours.time_zone)


def key_of(update_id: int) -> str:
    """The click that an update of the group is."""
    return f"tg:{update_id}"


def why_of(error: Exception, t: Texts) -> str:
    """Why something was not done, in the reader's language."""
    if isinstance(error, Taken):
        return t("refused.taken", name=error.by)
    if isinstance(error, NotAllowed):
        return t("error.not_allowed")
    if isinstance(error, UnknownCase):
        return t("forum.other_team")
    return t.retold("not_possible", str(error))


def _without_buttons(post: Post) -> Call:
    """The call that takes the buttons away from under a message."""
    return Call("editMessageReplyMarkup", {"message_id": post.message_id, "reply_markup": {"inline_keyboard": []}})


def _called(file: Attachment) -> str:
    """How a file without words is called."""
    return f"📎 {file.name}" if file.name else ("📷" if file.kind == "photo" else "📎")
