"""The outbox: whatever leaves by itself is a row first and leaves once.

What leaves uninvited passes a gate, as it is put into the outbox and again as it is sent: nothing for a borrower who
stopped contact, nothing for an address that somebody said is not the borrower's. It stays there, blocked. Where it
would reach somebody who has not come by themselves, it also waits there for the hours, caps and days of rest of
``policies/contact`` (`bot.services.contact_times`).
"""

from __future__ import annotations

import base64
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import structlog
from sqlalchemy import or_, select, update
from sqlalchemy.orm import Session

from bot.domain.guard import Finding
from bot.services.contact_times import keeps_waiting
from bot.services.conversations import make_buttons, phrasings_of
from bot.services.parts import Parts
from bot.services.reminders import reminders
from bot.services.replies import Reply
from bot.services.timeline import await_agent, touch
from bot.store.tables import (
    Account,
    AgentFile,
    Case,
    CaseEvent,
    Conversation,
    FlaggedContact,
    Incident,
    OutboxMessage,
    TelegramMessage,
)

log = structlog.get_logger()

# What leaves as messages in JSON, with tables, buttons and files, as channels show the bot's answers.
IN_JSON = ("late_answer", "terms", "question", "files")
# After these the borrower's next words answer them: a yes to terms that were read back, or something to an agent.
SAID_LAST = {"terms": "utter_read_back", "agent": "agent", "files": "agent"}
INSTEAD = "utter_guarded_news"  # what leaves where the guard stopped something that the borrower would miss
NOT_REPLACED = ("passcode", "feedback")  # of no use without its words: nothing leaves
GUARD = "guard"  # the place of an incident where the guard stopped something


@dataclass(frozen=True)
class SentFile:
    """A file that an agent sent to a borrower."""

    name: str
    mime: str
    content: bytes


def files_of(session: Session, message_id: int) -> list[SentFile]:
    """The files that go with a message, in the order in which they were added."""
    rows = session.scalars(select(AgentFile).where(AgentFile.outbox_id == message_id).order_by(AgentFile.id))
    return [SentFile(row.name, row.mime, base64.b64decode(row.content)) for row in rows if row.content]


def enqueue(
    parts: Parts,
    session: Session,
    now: datetime,
    *,
    key: str,
    kind: str,
    body: str,
    conversation: Conversation | None = None,
    account: Account | None = None,
    channel: str | None = None,
    address: str | None = None,
    invited: bool = False,
) -> OutboxMessage:
    """Adds a message to the outbox in the transaction of what it tells; the same key again adds nothing.

    ``invited``: a passcode, or an answer to what the borrower asked; everything else has to pass the gate.
    """
    if (known := _known(session, key)) is not None:
        return known
    message = OutboxMessage(
        key=key,
        kind=kind,
        conversation_id=conversation.id if conversation else None,
        account_id=account.id if account else None,
        channel=channel or (conversation.channel if conversation else "sms"),
        address=address or (conversation.id if conversation else ""),
        body=body,
        status="queued",
        invited=invited,
        created_at=now,
    )
    session.add(message)
    session.flush()
    _stop_at_gate(parts, session, now, message)
    return message


def _known(session: Session, key: str) -> OutboxMessage | None:
    return session.scalars(select(OutboxMessage).where(OutboxMessage.key == key)).one_or_none()


def enqueue_words(
    parts: Parts,
    session: Session,
    *,
    key: str,
    kind: str,
    response: str,
    facts: Mapping[str, Any],
    conversation: Conversation,
    account: Account | None,
    channel: str | None = None,
    address: str | None = None,
    invited: bool = False,
) -> None:
    """Adds a response in words to the outbox, in the transaction of what it tells.

    What the guard stops is recorded, and a safe sentence leaves in its place, where the borrower would miss it.
    """
    if _known(session, key) is not None:
        return
    reader = _reader_of(parts, conversation, account)
    added = [] if invited else reminders(parts, session, conversation, account, kind)
    for name, told in ((response, facts), (INSTEAD, {})):
        (phrasing,) = phrasings_of(conversation, [name])
        said, figures = parts.say(name, told, *reader, phrasing)
        text = "\n".join([said, *_in_words(parts, added, reader)])
        findings = parts.guard.look(text, [told, [reply.as_json() for reply in added]], figures, name)
        if not findings:
            break
        record_stopped(parts, session, conversation, name, findings)
        if kind in NOT_REPLACED:
            return
    else:
        return
    enqueue(
        parts,
        session,
        parts.now(),
        key=key,
        kind=kind,
        body=text,
        conversation=conversation,
        account=account,
        channel=channel,
        address=address,
        invited=invited,
    )


def enqueue_replies(
    parts: Parts,
    session: Session,
    *,
    key: str,
    kind: str,
    replies: Sequence[Reply],
    conversation: Conversation,
    account: Account | None,
    invited: bool = False,
) -> OutboxMessage | None:
    """Adds replies to the outbox, in words and with their tables and buttons, in the transaction of what they tell.

    None where the guard stops one of them: then nothing leaves, and that is recorded.
    """
    if (known := _known(session, key)) is not None:
        return known
    reader = _reader_of(parts, conversation, account)
    added = [] if invited else reminders(parts, session, conversation, account, kind)
    phrasings = phrasings_of(conversation, [reply.response for reply in replies])
    messages: list[dict[str, Any]] = []
    for reply, phrasing in zip((reply.as_json() for reply in replies), phrasings, strict=True):
        text, figures = parts.say(reply["response"], reply["facts"], *reader, phrasing)
        message: dict[str, Any] = {"text": text}
        if reply["facts"].get("schedule"):
            message["table"] = parts.tabulate(reply["facts"]["schedule"], *reader)
        choices = [(parts.say(c["title"], c["facts"], *reader, 0)[0], c) for c in reply["choices"]]
        cells = [cell for row in message.get("table", {"rows": []})["rows"] for cell in row]
        # A mark between them: a row's number must not be read together with the day in the next cell.
        whole = "\n|\n".join([text, *(title for title, _ in choices), *cells])
        facts = [reply["facts"], [{"response": c["title"], "facts": c["facts"]} for _, c in choices]]
        if findings := parts.guard.look(whole, facts, figures, reply["response"]):
            record_stopped(parts, session, conversation, reply["response"], findings)
            return None
        if choices:
            message["buttons"] = make_buttons(session, parts.now(), conversation.id, choices)
        messages.append(message)
    messages[-1]["text"] = "\n".join([messages[-1]["text"], *_in_words(parts, added, reader)])
    return enqueue(
        parts,
        session,
        parts.now(),
        key=key,
        kind=kind,
        body=json.dumps(messages, ensure_ascii=False),
        conversation=conversation,
        account=account,
        invited=invited,
    )


def with_reminders(
    parts: Parts, session: Session, text: str, kind: str, conversation: Conversation, account: Account | None
) -> str:
    """A person's own uninvited words, with what the law wants said with them."""
    added = reminders(parts, session, conversation, account, kind)
    return "\n".join(filter(None, [text, *_in_words(parts, added, _reader_of(parts, conversation, account))]))


def _reader_of(parts: Parts, conversation: Conversation, account: Account | None) -> tuple[str, str | None, str]:
    """The language, country and time zone of whoever reads a message."""
    zone = account.time_zone if account else parts.handover.opening_hours.time_zone
    return conversation.language, account.country if account else None, zone


def _in_words(parts: Parts, replies: Sequence[Reply], reader: tuple[str, str | None, str]) -> list[str]:
    return [parts.say(reply["response"], reply["facts"], *reader, 0)[0] for reply in (r.as_json() for r in replies)]


def messages_of(message: OutboxMessage) -> list[dict[str, Any]]:
    """A message of the outbox as channels show the bot's answers: texts with their tables, buttons and files."""
    if message.kind in IN_JSON:
        messages: list[dict[str, Any]] = json.loads(message.body)
        return messages
    return [{"text": message.body}]


def record_stopped(
    parts: Parts, session: Session, conversation: Conversation, response: str, findings: Sequence[Finding]
) -> None:
    """An incident with what was found, and a record on the audit chain."""
    now = parts.now()
    error = f"{response}: " + "; ".join(str(finding) for finding in findings)
    session.add(Incident(conversation_id=conversation.id, place=GUARD, error=error, at=now))
    parts.store.audit(
        session, now, "bot", "guard_stopped", conversation.id, response=response, findings=told_of(findings)
    )


def told_of(findings: Sequence[Finding]) -> list[dict[str, str]]:
    """Findings as they stand on the audit chain."""
    return [{"category": finding.category, "fragment": finding.fragment} for finding in findings]


def _stop_at_gate(parts: Parts, session: Session, now: datetime, message: OutboxMessage) -> bool:
    """Blocks a message that must not leave; says whether it did."""
    why = None if message.invited else _obstacle(parts, session, message)
    if why is not None:
        _block(parts, session, now, message, why)
    return why is not None


def _block(parts: Parts, session: Session, now: datetime, message: OutboxMessage, why: str) -> None:
    message.status, message.blocked_by = "blocked", why
    message.waits_for = message.waits_until = None
    _not_answered(parts, session, now, message.id)
    if message.conversation_id is not None:
        touch(session, message.conversation_id, now)
    parts.store.audit(
        session, now, "bot", "message_blocked", message.conversation_id or "-", outbox=message.id, why=why
    )


def _not_answered(parts: Parts, session: Session, now: datetime, message_id: int) -> None:
    """A case whose answer did not leave waits for its agent again."""
    answers = select(CaseEvent.case_id).where(CaseEvent.outbox_id == message_id)
    case = session.scalars(select(Case).where(Case.id.in_(answers), Case.status == "borrower")).one_or_none()
    if case is not None:
        await_agent(parts.handover, case, now)


def _obstacle(parts: Parts, session: Session, message: OutboxMessage) -> str | None:
    """Why a message must not leave uninvited: ``contact_stopped``, ``flagged_contact``, or None where it may."""
    conversation = session.get(Conversation, message.conversation_id) if message.conversation_id else None
    account_id = message.account_id or (conversation.account_id if conversation else None)
    account = session.get(Account, account_id) if account_id else None
    if any(known is not None and known.contact_stopped_at for known in (account, conversation)):
        return "contact_stopped"
    whose = [FlaggedContact.address_hash == parts.store.keyring.keyed_hash(message.address, "contact")]
    if conversation is not None:
        whose.append(FlaggedContact.conversation_id == conversation.id)
    flagged = select(FlaggedContact.id).where(FlaggedContact.lifted_at.is_(None), or_(*whose)).limit(1)
    return "flagged_contact" if session.scalars(flagged).one_or_none() is not None else None


class Outbox:
    """Listing the outbox, and sending what waits in it for the web chat and the development sender."""

    def __init__(self, parts: Parts) -> None:
        self.parts = parts

    def all(self) -> list[dict[str, Any]]:
        """Every message, the oldest first."""
        with self.parts.store.transaction() as session:
            rows = session.scalars(select(OutboxMessage).order_by(OutboxMessage.id))
            errors = dict(
                session.execute(
                    select(TelegramMessage.outbox_id, TelegramMessage.error).where(
                        TelegramMessage.outbox_id.is_not(None), TelegramMessage.error.is_not(None)
                    )
                )
                .tuples()
                .all()
            )
            return [
                {
                    "id": row.id,
                    "kind": row.kind,
                    "channel": row.channel,
                    "address": row.address,
                    "conversation": row.conversation_id,
                    "body": row.body,
                    "status": row.status,
                    "blocked_by": row.blocked_by,
                    "waits_for": row.waits_for,
                    "waits_until": row.waits_until.isoformat() if row.waits_until else None,
                    "error": errors.get(row.id),
                    "created_at": row.created_at.isoformat(),
                    "sent_at": row.sent_at.isoformat() if row.sent_at else None,
                }
                for row in rows
            ]

    def release_passcodes(self) -> None:
        """The development sender: passcodes stay in the outbox, and the log says so."""
        now = self.parts.now()
        with self.parts.store.transaction() as session:
            waiting = session.scalars(
                select(OutboxMessage).where(OutboxMessage.kind == "passcode", OutboxMessage.status == "queued")
            )
            for message in waiting:
                message.status, message.sent_at = "sent", now
                log.warning("passcode_in_outbox", outbox=message.id, read_it_with="accord outbox list --json")

    def waiting_for(self, conversation_id: str, after: int) -> list[OutboxMessage]:
        """Messages to a conversation after an id, oldest first; what must not leave any more is blocked now."""
        now = self.parts.now()
        with self.parts.store.transaction() as session:
            rows = session.scalars(
                select(OutboxMessage)
                .where(
                    OutboxMessage.conversation_id == conversation_id,
                    OutboxMessage.kind != "passcode",
                    OutboxMessage.status.not_in(("blocked", "erased")),
                    OutboxMessage.id > after,
                )
                .order_by(OutboxMessage.id)
            )
            return [row for row in rows if row.status != "queued" or not _stop_at_gate(self.parts, session, now, row)]

    def file(self, conversation_id: str, secret: str) -> SentFile | None:
        """A file that an agent sent in a conversation, by the secret in its message; None where there is none."""
        with self.parts.store.reading() as session:
            row = session.scalars(
                select(AgentFile)
                .join(OutboxMessage, OutboxMessage.id == AgentFile.outbox_id)
                .where(AgentFile.secret == secret, OutboxMessage.conversation_id == conversation_id)
            ).one_or_none()
            if row is None or not row.content:
                return None
            return SentFile(row.name, row.mime, base64.b64decode(row.content))

    def sent(self, message_id: int) -> None:
        """Notes that a message reached its channel."""
        with self.parts.store.transaction() as session:
            self.note_sent(session, message_id)

    # -- for channels that have a queue of their own, in its transactions

    def note_sent(self, session: Session, message_id: int) -> None:
        """Notes that a message reached its channel."""
        now = self.parts.now()
        message = session.get_one(OutboxMessage, message_id)
        if message.sent_at is None:
            message.status, message.sent_at = "sent", now
            message.waits_for = message.waits_until = None
            if message.conversation_id is not None and message.kind != "passcode":
                touch(session, message.conversation_id, now)  # before the audit chain, as at the desk
                if said := SAID_LAST.get(message.kind):
                    session.get_one(Conversation, message.conversation_id).last_response = said
            self.parts.store.audit(session, now, "bot", "message_sent", message.address, outbox=message.id)

    def note_lost(self, session: Session, message_id: int) -> None:
        """Notes that a channel gave a message up; what it says is not looked at, since that may be what is wrong."""
        lost = update(OutboxMessage).where(OutboxMessage.id == message_id).values(status="dead")
        conversation_id = session.scalar(lost.returning(OutboxMessage.conversation_id))
        now = self.parts.now()
        _not_answered(self.parts, session, now, message_id)
        if conversation_id is not None:
            touch(session, conversation_id, now)

    def obstacle(self, session: Session, message_id: int) -> str | None:
        """Why a message must not leave now; None where it may."""
        message = session.get_one(OutboxMessage, message_id)
        if message.status == "erased":
            return "erased"
        return None if message.invited else _obstacle(self.parts, session, message)

    def has_to_wait(self, session: Session, message_id: int) -> bool:
        """Whether a message may not leave at this time; then it is queued, and seen there with why and until when."""
        message = session.get_one(OutboxMessage, message_id)
        found = keeps_waiting(self.parts, session, message)
        message.waits_for, message.waits_until = (found.why, found.at) if found else (None, None)
        if found is not None:
            message.status = "queued"
        return found is not None

    def block(self, session: Session, message_id: int, why: str) -> None:
        """Notes that a message must not leave, or cannot."""
        message = session.get_one(OutboxMessage, message_id)
        if message.status not in ("blocked", "erased"):
            _block(self.parts, session, self.parts.now(), message, why)
