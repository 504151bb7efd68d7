"""The transcript of a case: what the borrower said and how it was read, what was answered, what agents wrote."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from bot.domain import masking
from bot.domain.summary import Told
from bot.services.desk_views import Delivery, FileView, Said
from bot.services.outbox import messages_of
from bot.store.tables import (
    Account,
    AgentFile,
    Attachment,
    Case,
    CaseEvent,
    OutboxMessage,
    TelegramMessage,
    Turn,
)

MOST_TURNS = 300
# What leaves by itself and is in the transcript already, or is nobody's to read.
NOT_SHOWN = ("passcode", "late_answer")
BY_AGENTS = ("agent", "files", "terms")


@dataclass(frozen=True)
class Talk:
    """What was said, and the borrower's part of it as a summary takes it. ``known``: numbers that are masked."""

    said: tuple[Said, ...]
    told: tuple[Told, ...]
    known: tuple[str, ...]

    def masked(self, text: str | None) -> str:
        """A borrower's words without the figures that prove who they are."""
        return masking.figures(text or "", self.known)


def talk_of(
    session: Session,
    case: Case,
    account: Account | None,
    events: Iterable[CaseEvent],
    names: Mapping[int, str],
) -> Talk:
    """The transcript of a case's conversation, its last turns."""
    known = _known(account)
    turns = session.scalars(
        select(Turn)
        .where(Turn.conversation_id == case.conversation_id, Turn.status != "erased")
        .order_by(Turn.id.desc())
        .limit(MOST_TURNS)
    ).all()[::-1]
    files = _received(session, case)
    said: list[Said] = []
    told: list[Told] = []
    for turn in turns:
        text = masking.figures(turn.text, known, masking.identifies(turn.stage, turn.intent))
        told.append(Told(turn.id, text, turn.intent))
        said.append(
            Said(
                id=f"turn-{turn.id}",
                who="borrower",
                at=turn.received_at,
                text=text,
                tapped=turn.button_id is not None,
                intent=turn.intent,
                confidence=turn.confidence,
                responses=tuple(turn.responses),
                files=tuple(files.get(turn.id, ())),
            )
        )
        at = turn.answered_at or turn.received_at
        answers = enumerate(json.loads(turn.reply or "[]"))
        said += [_message(f"turn-{turn.id}-{number}", message, "bot", at) for number, message in answers]
    said += _sent(session, case, events, names)
    return Talk(tuple(sorted(said, key=lambda row: row.at)), tuple(told), known)


def _known(account: Account | None) -> tuple[str, ...]:
    return known_of(account.number, account.phone, account.national_id) if account is not None else ()


def known_of(*numbers: str | None) -> tuple[str, ...]:
    """The numbers of an account that are masked wherever they are written; there may be no account."""
    return tuple(text for text in numbers if text)


def _message(id: str, message: Mapping[str, Any], who: Any, at: Any, **more: Any) -> Said:
    buttons = tuple(str(button.get("title", "")) for button in message.get("buttons", ()))
    text, table = message.get("text", ""), message.get("table")
    return Said(id=id, who=who, at=at, text=text, buttons=buttons, table=table, **more)


def _sent(session: Session, case: Case, events: Iterable[CaseEvent], names: Mapping[int, str]) -> list[Said]:
    """What agents wrote and what the bot sent by itself, each with whether it arrived."""
    rows = session.scalars(
        select(OutboxMessage)
        .where(
            OutboxMessage.conversation_id == case.conversation_id,
            OutboxMessage.kind.not_in(NOT_SHOWN),
            OutboxMessage.status != "erased",
        )
        .order_by(OutboxMessage.id.desc())
        .limit(MOST_TURNS)
    ).all()
    if not rows:
        return []
    writers = {
        event.outbox_id: names.get(event.person_id) if event.person_id is not None else event.data.get("by")
        for event in events
        if event.outbox_id is not None
    }
    lost = _lost(session, [row.id for row in rows])
    files: dict[int, list[FileView]] = {}
    if any(row.kind == "files" for row in rows):
        columns = (AgentFile.outbox_id, AgentFile.secret, AgentFile.name, AgentFile.mime, AgentFile.size)
        for outbox_id, secret, name, mime, size in session.execute(
            select(*columns).where(AgentFile.case_id == case.id).order_by(AgentFile.id)
        ).tuples():
            if outbox_id is not None:
                files.setdefault(outbox_id, []).append(FileView(secret, name, _kind(mime), mime, size, here=True))
    found = []
    for row in rows[::-1]:
        who = "agent" if row.kind in BY_AGENTS else "bot"
        delivery, why = _delivery(row, lost.get(row.id))
        more: dict[str, Any] = {"delivery": delivery, "why": why}
        if who == "agent":
            more["name"] = writers.get(row.id)
        for number, message in enumerate(messages_of(row)):
            own = tuple(files.get(row.id, ())) if not number else ()
            found.append(_message(f"sent-{row.id}-{number}", message, who, row.created_at, files=own, **more))
    return found


def _delivery(row: OutboxMessage, lost: str | None) -> tuple[Delivery, str | None]:
    if row.status == "blocked":
        return "blocked", row.blocked_by
    if row.status == "dead" or lost is not None:
        return "failed", lost
    return ("sent", None) if row.sent_at is not None else ("queued", row.waits_for)


def _lost(session: Session, ids: Sequence[int]) -> dict[int, str]:
    """Messages that Telegram would not take, with what it said."""
    rows = session.execute(
        select(TelegramMessage.outbox_id, TelegramMessage.error).where(
            TelegramMessage.outbox_id.in_(ids), TelegramMessage.status == "dead"
        )
    ).tuples()
    return {number: error or "" for number, error in rows if number is not None}


def _received(session: Session, case: Case) -> dict[int, list[FileView]]:
    """Files that the borrower sent, by the turn: what they are, never their content."""
    rows = session.scalars(select(Attachment).where(Attachment.conversation_id == case.conversation_id))
    found: dict[int, list[FileView]] = {}
    for row in rows:
        view = FileView(str(row.id), row.name or row.kind, row.kind, row.mime, row.size, here=False)
        found.setdefault(row.turn_id, []).append(view)
    return found


def _kind(mime: str) -> str:
    return "photo" if mime.startswith("image/") else "document"
