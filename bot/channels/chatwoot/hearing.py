"""What agents do in Chatwoot, done at the desk: replies, notes, taking a case, giving it back, taking it up again.

A call of Chatwoot only says that something happened in a conversation. What happened is read from the API, message by
message after the last one that was worked on, so that a call that is forged, repeated, late or lost changes nothing.
Each message is a click of its own at the desk, and counts once.
"""

from __future__ import annotations

import contextlib
import re
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

import structlog
from anyio import to_thread
from sqlalchemy import select

from bot.bootstrap import Services
from bot.channels.chatwoot.client import BadToken, Client, Gone, NoFile, NotSent, Refused, Unclear, mark_of
from bot.channels.chatwoot.people import Directory
from bot.channels.chatwoot.records import CLICK, TRIES, Delivery, Records, Told
from bot.channels.chatwoot.telling import Telling
from bot.domain.rights import Actor, NotAllowed
from bot.services.casework import (
    LARGEST_FILE,
    MOST_FILES,
    NeedsAnotherLook,
    NotPossible,
    Taken,
    UnknownCase,
    Upload,
)
from bot.store.tables import CaseEvent

log = structlog.get_logger()

OUTGOING = (1, "outgoing")
# The private note by which somebody insists on a reply that was not sent.
ANYWAY = re.compile(r"^\s*\\?[/／]\s*anyway(?:\s+#?(\d{1,18}))?\s*$", re.IGNORECASE)
# How Chatwoot writes that somebody is meant: [@Mei](mention://user/7/Mei).
MENTION = re.compile(r"\[@[^\]\n]{0,200}\]\(mention://user/(\d{1,18})/[^)\s]{0,400}\)")


class Hearing:
    """Does at the desk what agents do in Chatwoot."""

    def __init__(
        self, services: Services, client: Client, records: Records, directory: Directory, telling: Telling
    ) -> None:
        self.services = services
        self.client = client
        self.records = records
        self.directory = directory
        self.telling = telling
        self.t = telling.words

    async def hear(self, told: Told) -> Told:
        """Works on everything that happened in a conversation since. Raises ChatwootTrouble."""
        conversation = await self.client.conversation(told.there)
        messages = await self.client.messages(told.there, told.progress.heard)
        known = {mark for row in messages if (mark := mark_of(row)) is not None}
        for message in messages:
            if message.get("message_type") in OUTGOING and not await self._is_ours(message):
                await self._message(told, message, known)
            heard = replace(told.progress, heard=max(told.progress.heard, int(message["id"])))
            told = await to_thread.run_sync(self.records.note, told, heard)
        if told.status == "new":
            return told
        told = await self._assignment(told, conversation, known)
        return await self._status(told, conversation, known)

    async def show_delivery(self, delivery: Delivery) -> None:
        """Shows with a message whether it reached the borrower. Raises ChatwootTrouble."""
        error = ""
        if delivery.status == "failed":
            error = self.t("failed_error", why=self.telling.desk.code("blocked", delivery.why))
        await self.client.set_delivery(delivery.number, delivery.message, delivery.status, error)

    # -- messages

    async def _is_ours(self, message: Mapping[str, Any]) -> bool:
        """Whether this program wrote a message, or nobody has to read it any more."""
        attributes = message.get("content_attributes")
        if mark_of(message) is not None or (isinstance(attributes, Mapping) and attributes.get("deleted")):
            return True
        sender = message.get("sender")
        if not isinstance(sender, Mapping) or sender.get("type") != "user":
            return False
        return sender.get("id") == await self.directory.me()

    async def _message(self, told: Told, message: Mapping[str, Any], known: set[str]) -> None:
        """An agent's reply or private note."""
        private, number = bool(message.get("private")), int(message["id"])
        if message.get("status") == "failed" and not private:
            return  # Chatwoot told its agent that this was not sent
        sender = message.get("sender")
        sender = sender if isinstance(sender, Mapping) else {}
        is_agent = sender.get("type") == "user" and isinstance(sender.get("id"), int)
        actor = await self.directory.person(sender["id"]) if is_agent else None
        said = str(message.get("content") or "")
        insists = ANYWAY.match(said) if private else None
        why: str | None
        if actor is None:
            await to_thread.run_sync(lambda: self.records.refused(told, "unknown_agent", message=number))
            why = self.t("unknown" if is_agent else "machine")
        elif insists is not None:
            why = await self._insist(told, actor, sender["id"], insists.group(1), message)
        elif private:
            why = await self._note(told, actor, said, number)
        else:
            why = await self._reply(told, actor, message, anyway=False)
        if why is not None:
            about = "not_kept" if private and insists is None else "not_sent"
            await self._answer_back(told, self.t(about, why=why), f"r{number}", known)
            if not private:
                await self._show_failed(told, number, why)

    async def _reply(self, told: Told, actor: Actor, message: Mapping[str, Any], anyway: bool) -> str | None:
        """An agent's words to the borrower; why they were not sent, None where they were."""
        number = int(message["id"])
        try:
            files = await self._files(told, message)
        except NoFile as error:
            return self.t(f"file_{error.why}")
        text = str(message.get("content") or "").strip() or ", ".join(upload.name for upload in files)
        click = f"{CLICK}{number}"

        def answer() -> str | None:
            self.services.casework.answer(actor, told.reference, click, text, anyway=anyway, files=files)
            return self.t("blocked") if self.services.casework.held_back(actor, click) else None

        return await self._at_the_desk(told, answer, number, actor)

    async def _note(self, told: Told, actor: Actor, said: str, number: int) -> str | None:
        """An agent's words to colleagues; why they were not kept, None where they were."""
        text = said
        for found in MENTION.finditer(said):
            meant = await self.directory.person(int(found.group(1)))
            text = text.replace(
                found.group(), f"@{meant.login}" if meant is not None else found.group().split("]")[0][1:]
            )
        if not text.strip():
            return None

        def note() -> str | None:
            self.services.casework.note(actor, told.reference, f"{CLICK}{number}", text)
            return None

        return await self._at_the_desk(told, note, number, actor)

    async def _insist(
        self, told: Told, actor: Actor, agent: int, which: str | None, note: Mapping[str, Any]
    ) -> str | None:
        """Sends a reply of the same agent that was not sent before; why it was not sent now, None where it was."""
        number = int(which) if which else 0
        if not 0 < number < int(note["id"]):
            return self.t("anyway_which")
        found = await self.client.messages(told.there, number - 1)
        reply = next((row for row in found if row["id"] == number), None)
        sender = reply.get("sender") if reply is not None else None
        own = isinstance(sender, Mapping) and sender.get("type") == "user" and sender.get("id") == agent
        if reply is None or not own or reply.get("private") or reply.get("message_type") not in OUTGOING:
            return self.t("anyway_which")
        if await to_thread.run_sync(self._is_done, f"{actor.id}:{CLICK}{number}"):
            return None if await self._was_insisted(told, actor, number) else self.t("anyway_which")
        why = await self._reply(told, actor, reply, anyway=True)
        if why is None:
            with contextlib.suppress(Gone, Refused, BadToken):
                await self.client.set_delivery(told.there, number, "sent")
        return why

    async def _was_insisted(self, told: Told, actor: Actor, number: int) -> bool:
        """Whether a reply went because somebody insisted: the same note, worked on a second time."""

        def look() -> bool:
            with self.services.parts.store.reading() as session:
                query = select(CaseEvent.data).where(CaseEvent.key == f"{actor.id}:{CLICK}{number}")
                data = session.scalars(query).one_or_none()
                return bool(data and data.get("findings"))

        return await to_thread.run_sync(look)

    async def _files(self, told: Told, message: Mapping[str, Any]) -> list[Upload]:
        """The files that came with a reply. Raises NoFile and ChatwootTrouble."""
        files = []
        for row in (message.get("attachments") or ())[: MOST_FILES + 1]:
            address = row.get("data_url") if isinstance(row, Mapping) else None
            if not isinstance(address, str) or not address:
                raise NoFile("gone")
            try:
                name, kind, content = await self.client.fetch(address, LARGEST_FILE)
            except (NotSent, Unclear):
                if told.attempts < TRIES:
                    raise
                raise NoFile("gone") from None
            files.append(Upload(name, kind, content))
        return files

    # -- whose a case is, and whether it is over

    async def _assignment(self, told: Told, conversation: Mapping[str, Any], known: set[str]) -> Told:
        """Somebody took a conversation, or was given it. Who did that Chatwoot does not say: so a case that nobody has
        goes to whom it was given, one that somebody has only to somebody who may take it from them."""
        if not told.open or told.owner != told.progress.owner:
            return told
        assignee = assignee_of(conversation)
        owners = await self.directory.agent_of(told.owner)
        if assignee == owners:
            return told
        actor = await self.directory.person(assignee) if assignee is not None else None
        click = f"{CLICK}owner:{told.last_event}"
        why: str | None = None
        if actor is None:
            why = self.t("assign_desk" if assignee is None else "assign_unknown")
            if assignee is None and owners is None:
                return told
            if assignee is not None:
                await to_thread.run_sync(lambda: self.records.refused(told, "unknown_agent", agent=assignee))
        else:
            taker = actor

            def take() -> str | None:
                if told.owner and taker.may("assign"):
                    self.services.casework.release(taker, told.reference, f"{click}:release")
                self.services.casework.claim(taker, told.reference, click)
                return None

            why = await self._at_the_desk(told, take, told.last_event, actor)
        if why is None:
            told = await to_thread.run_sync(self.records.load, told.case_id)
            return await to_thread.run_sync(self.records.note, told, replace(told.progress, owner=told.owner))
        if told.owner:
            owner = await to_thread.run_sync(self.directory.actor, told.owner)
            why = self.t("owner_stays", name=owner.name if owner is not None else "?")
        await self._answer_back(told, self.t("not_done", why=why), f"o{told.last_event}", known)
        await self.client.assign(told.there, owners)
        return told

    async def _status(self, told: Told, conversation: Mapping[str, Any], known: set[str]) -> Told:
        """A conversation was resolved: the bot has it again. One was opened: so is the case.

        Who did that Chatwoot does not say: it counts as done by whoever the conversation is assigned to.
        """
        is_open = conversation.get("status") != "resolved"
        told = await to_thread.run_sync(self.records.load, told.case_id)
        if is_open == (told.status == "open") or told.open != (told.status == "open"):
            return told
        assignee = assignee_of(conversation)
        actor = await self.directory.person(assignee) if assignee is not None else None
        click = f"{CLICK}status:{told.last_event}"
        if actor is None:
            await to_thread.run_sync(lambda: self.records.refused(told, "unknown_agent"))
            why: str | None = self.t("resolve_nobody")
        else:
            who = actor

            def change() -> str | None:
                if is_open:
                    self.services.casework.reopen(who, told.reference, click)
                else:
                    self.services.casework.hand_back(who, told.reference, click, "")
                return None

            why = await self._at_the_desk(told, change, told.last_event, actor)
        if why is None:
            status = "open" if is_open else "resolved"
            return await to_thread.run_sync(lambda: self.records.note(told, status=status))  # type: ignore[arg-type]
        await self._answer_back(told, self.t("not_done", why=why), f"s{told.last_event}", known)
        await self.client.set_status(told.there, "resolved" if is_open else "open")
        return told

    # -- what comes of it

    async def _at_the_desk(self, told: Told, work: Callable[[], str | None], number: int, actor: Actor) -> str | None:
        """Does something at the desk; why that was not possible, None where it was done."""
        try:
            return await to_thread.run_sync(work)
        except NeedsAnotherLook as look:
            return self._findings(look, number)
        except UnknownCase:  # recorded by the desk
            return self.t("team")
        except NotAllowed as error:
            why_not = error.why
            await to_thread.run_sync(lambda: self.records.refused(told, f"right_{why_not}", person=actor.id))
            return self.telling.desk("error.not_allowed")
        except (NotPossible, Taken) as error:
            if isinstance(error, Taken):
                return self.telling.desk("refused.taken", name=error.by)
            return self.telling.problem(error)

    def _findings(self, look: NeedsAnotherLook, number: int) -> str:
        """What the guard found in a reply, and what can be done about it."""
        lines = [self.t("guard")]
        for finding in look.findings:
            key = f"guard.{finding.category}"
            why = self.telling.desk(key) if self.telling.desk.has(key) else finding.why
            lines.append(self.t("guard_line", fragment=finding.fragment, why=why))
        lines.append(self.t("guard_final") if look.final else self.t("guard_anyway", message=number))
        return "\n".join(lines)

    async def _answer_back(self, told: Told, text: str, mark: str, known: set[str]) -> None:
        """Tells whoever did something why nothing came of it, once, in a private note."""
        if mark not in known:
            await self.client.post(told.there, text, mark)
            known.add(mark)

    async def _show_failed(self, told: Told, message: int, why: str) -> None:
        with contextlib.suppress(Gone, Refused, BadToken):  # an older Chatwoot; the note says the same
            await self.client.set_delivery(told.there, message, "failed", why.split("\n")[0])

    def _is_done(self, key: str) -> bool:
        with self.services.parts.store.reading() as session:
            return session.scalars(select(CaseEvent.id).where(CaseEvent.key == key)).first() is not None


def assignee_of(conversation: Mapping[str, Any]) -> int | None:
    """The agent to whom a conversation is assigned."""
    meta = conversation.get("meta")
    assignee = meta.get("assignee") if isinstance(meta, Mapping) else None
    number = assignee.get("id") if isinstance(assignee, Mapping) else None
    return number if isinstance(number, int) else None
