"""Telling Chatwoot what happens to cases, each thing once.

Before something is written there its mark is committed as being tried, and after it that it is there. Where the program
dies or the call comes to nothing clear in between, the conversation is searched for the mark before anything else is
done with it: found, it counts as told; not found, it is told again. Contacts and conversations are looked for before
they are made, by an identifier and by the case's reference. Everything else may be done twice.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime, timedelta

import structlog
from anyio import to_thread

from bot.channels.chatwoot.client import (
    BadToken,
    ChatwootTrouble,
    Client,
    Gone,
    Limited,
    NotSent,
    Refused,
    Unclear,
    mark_of,
)
from bot.channels.chatwoot.hearing import Hearing
from bot.channels.chatwoot.people import Directory
from bot.channels.chatwoot.records import TRIES, Delivery, Item, Records, Told
from bot.channels.telegram.pacing import CHANCE, pause_after

log = structlog.get_logger()

LOOK_AGAIN = 1.0
AT_ONCE = 4
# Before something is looked for that may have been sent, so that what was on its way has arrived.
SETTLING = 2.0
LONGEST_PAUSE = 300.0
# Calls of Chatwoot that did not come in are made up for: every open conversation is looked at so often.
CATCH_UP = timedelta(minutes=5)
DELIVERIES_EVERY = timedelta(seconds=15)
HANDOVER = "handover"
# After these the sidebar of a conversation shows something else.
CHANGES_FACE = frozenset(
    {"reason_added", "took_over", "escalated", "identified", "reopened", "call_set", "call_chosen", "called", "moved"}
)


class Sync:
    """Keeps conversations in Chatwoot in step with the cases of the desk."""

    def __init__(self, client: Client, records: Records, hearing: Hearing, directory: Directory) -> None:
        self.client = client
        self.records = records
        self.hearing = hearing
        self.directory = directory
        self._heard_of: set[int] = set()
        self._wake = asyncio.Event()
        self._quiet_until: datetime | None = None
        self._caught_up: datetime | None = None
        self._looked_at_deliveries: datetime | None = None
        self._shown: set[Delivery] = set()

    def heard_of(self, numbers: Iterable[int]) -> None:
        """Something happened in these conversations; they are looked at in the next round."""
        self._heard_of.update(numbers)
        self._wake.set()

    async def run(self) -> None:
        """Goes round for ever."""
        while True:
            try:
                await self.round()
            except Exception:  # the store; the next round tries again
                log.exception("chatwoot_round_failed")
            try:
                async with asyncio.timeout(LOOK_AGAIN):
                    await self._wake.wait()
            except TimeoutError:
                continue

    async def round(self) -> None:
        """Does once whatever is to be done now."""
        self._wake.clear()
        now = self.records.parts.now()
        if self._quiet_until is not None and now < self._quiet_until:
            return
        self._quiet_until = None
        if self._caught_up is None or now - self._caught_up >= CATCH_UP:
            self._heard_of.update(await to_thread.run_sync(self.records.numbers))
            self._caught_up = now
        heard_of, self._heard_of = self._heard_of, set()
        room = asyncio.Semaphore(AT_ONCE)

        async def one(case_id: int) -> None:
            async with room:
                await self._one(case_id, heard_of)

        due, later = await to_thread.run_sync(self.records.due, heard_of)
        self._heard_of |= later
        await asyncio.gather(*(one(case_id) for case_id in due))
        if self._looked_at_deliveries is None or now - self._looked_at_deliveries >= DELIVERIES_EVERY:
            self._looked_at_deliveries = now
            await self._show_deliveries()

    async def _one(self, case_id: int, heard_of: set[int]) -> None:
        """Brings one case up to date; what goes wrong is tried again later."""
        if self._quiet_until is not None:
            self._heard_of |= heard_of
            return
        told: Told | None = None
        try:
            told = await to_thread.run_sync(self.records.load, case_id)
            await self._bring_up(told, heard_of)
        except Limited as error:
            seconds = error.seconds + CHANCE.uniform(0, 1)
            self._quiet_until = self.records.parts.now() + timedelta(seconds=seconds)
            self._heard_of |= heard_of
            log.info("chatwoot_limited", seconds=round(seconds))
        except ChatwootTrouble as error:
            attempts = told.attempts if told else 0
            seconds = min(pause_after(attempts + 1), LONGEST_PAUSE)
            if isinstance(error, Unclear):
                seconds = max(seconds, SETTLING)
            level = log.error if isinstance(error, BadToken) else log.warning
            level("chatwoot_trouble", case=case_id, kind=type(error).__name__, error=str(error))
            refused = isinstance(error, Refused)
            await to_thread.run_sync(self.records.failed, case_id, str(error), seconds, refused)
            if told is not None and told.number is not None and told.number in heard_of:
                self._heard_of.add(told.number)  # what was heard of is not forgotten
        except Exception:  # a fault of ours in one case keeps no other from being told
            log.exception("chatwoot_case_failed", case=case_id)
            await to_thread.run_sync(
                self.records.failed,
                case_id,
                "fault",
                LONGEST_PAUSE if told is None else pause_after(told.attempts + 4),
                False,
            )

    async def _bring_up(self, told: Told, heard_of: set[int]) -> None:
        if told.status == "new" and not told.open:
            await to_thread.run_sync(lambda: self.records.note(told, status="resolved"))
            return
        if told.number is None:
            told = await self._open(told)
        try:
            told = await self._find_what_was_tried(told)
            if told.status == "new":
                told = await self._hand_over(told)
            if told.number in heard_of:
                told = await self.hearing.hear(told)
            await self._tell(told)
        except Gone:
            await self.client.inbox()  # where that is gone as well, it is not the conversation that is missing
            await to_thread.run_sync(self.records.lost, told)
            log.warning("chatwoot_conversation_lost", case=told.reference)

    # -- a case that Chatwoot does not have yet

    async def _open(self, told: Told) -> Told:
        """Makes the contact and the conversation of a case, or finds those that were made before."""
        source, name, attributes = await to_thread.run_sync(self.records.face, told)
        contact = told.contact
        if contact is None:
            contact = await self.client.find_contact(source)
            if contact is None:
                contact = await self.client.create_contact(source, name)
            told = await to_thread.run_sync(lambda: self.records.note(told, contact=contact))
        try:
            known = await self.client.conversations_of(contact)
        except Gone:
            await to_thread.run_sync(self.records.lost_contact, told)
            raise Refused(f"the contact of {told.reference} is gone") from None
        number = next((int(row["id"]) for row in known if self._is_of(row, told)), None)
        if number is None:
            number = await self.client.create_conversation(contact, source, attributes)
        return await to_thread.run_sync(lambda: self.records.note(told, number=number))

    def _is_of(self, row: dict[str, object], told: Told) -> bool:
        attributes = row.get("custom_attributes")
        same = isinstance(attributes, dict) and attributes.get("accord_case") == told.reference
        return same and row.get("inbox_id") == self.client.inbox_id

    async def _hand_over(self, told: Told) -> Told:
        text = await to_thread.run_sync(self.records.handover, told)
        told = await self._say(told, Item(HANDOVER, self.records.parts.now(), text))
        progress = replace(told.progress, trying="", owner=0)
        return await to_thread.run_sync(lambda: self.records.note(told, progress, status="open"))

    # -- what is new

    async def _tell(self, told: Told) -> None:
        """Tells what happened and was said since, then whose the case is and whether it is over."""
        for item in await to_thread.run_sync(self.records.items, told):
            if item.kind in CHANGES_FACE:
                await self._show_face(told)
            if item.text is not None:
                told = await self._say(told, item)
            told = await self._got_to(told, item)
        if told.owner != told.progress.owner:
            await self.client.assign(told.there, await self.directory.agent_of(told.owner))
            owner = replace(told.progress, owner=told.owner)
            told = await to_thread.run_sync(self.records.note, told, owner)
        if told.open != (told.status == "open"):
            await self.client.set_status(told.there, "open" if told.open else "resolved")
            await to_thread.run_sync(lambda: self.records.note(told, status="open" if told.open else "resolved"))

    async def _show_face(self, told: Told) -> None:
        """Puts right what stands beside the conversation, and what the borrower is called."""
        _, name, attributes = await to_thread.run_sync(self.records.face, told)
        await self.client.set_attributes(told.there, attributes)
        if told.contact is not None:
            await self.client.rename_contact(told.contact, name)

    async def _say(self, told: Told, item: Item) -> Told:
        """Writes something in the conversation of a case, unless it is refused time and again."""
        told = await to_thread.run_sync(self.records.trying, told, item.mark)
        try:
            await self.client.post(told.there, item.text or "", item.mark, item.incoming)
        except (NotSent, Limited, BadToken):
            await to_thread.run_sync(self.records.trying, told, "")
            raise
        except Refused as error:
            await to_thread.run_sync(self.records.trying, told, "")
            if told.attempts < TRIES:
                raise
            await to_thread.run_sync(self.records.given_up, told, item, str(error))
        return told

    async def _got_to(self, told: Told, item: Item) -> Told:
        at = told.progress
        progress = replace(at, turn=max(at.turn, item.turn), event=max(at.event, item.event), trying="")
        return await to_thread.run_sync(self.records.note, told, progress)

    async def _find_what_was_tried(self, told: Told) -> Told:
        """Looks whether what may have been written is there, before anything else happens in the conversation."""
        mark = told.progress.trying
        if not mark:
            return told
        found = any(mark_of(row) == mark for row in await self.client.messages(told.there, told.progress.heard))
        log.info("chatwoot_looked_for", case=told.reference, mark=mark, found=found)
        if not found:
            return await to_thread.run_sync(self.records.trying, told, "")
        if mark == HANDOVER:
            progress = replace(told.progress, trying="", owner=0)
            return await to_thread.run_sync(lambda: self.records.note(told, progress, status="open"))
        number = int(mark[1:])
        at = replace(told.progress, trying="")
        progress = replace(at, turn=number) if mark.startswith("t") else replace(at, event=number)
        return await to_thread.run_sync(self.records.note, told, progress)

    # -- whether words reached the borrower

    async def _show_deliveries(self) -> None:
        """Shows with each message of an agent's whether it reached the borrower."""
        fresh = set(await to_thread.run_sync(self.records.deliveries))
        self._shown &= fresh
        for delivery in sorted(fresh - self._shown, key=lambda row: row.message):
            try:
                await self.hearing.show_delivery(delivery)
            except Limited as error:
                self._quiet_until = self.records.parts.now() + timedelta(seconds=error.seconds)
                return
            except (Gone, Refused, BadToken):  # an older Chatwoot, or a message that was deleted: nothing to show
                pass
            except ChatwootTrouble:
                return
            self._shown.add(delivery)
