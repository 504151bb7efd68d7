"""Chats and the conversations held in them. One chat, one borrower: who is proven in it has its conversation."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import func, select, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from bot.channels.telegram.commands import language_of
from bot.channels.telegram.kinds import Incoming
from bot.nlu.language import detect
from bot.services.accounts import verified_account
from bot.services.parts import Parts, new_id
from bot.store.tables import (
    Button,
    Case,
    Conversation,
    IdentityCheck,
    Offer,
    TelegramChat,
    TelegramCount,
    TelegramMessage,
    TelegramUpdate,
    Turn,
)

CHANNEL = "telegram"


COUNTS = TelegramCount.metadata.tables[TelegramCount.__tablename__]


def _counted(dialect: Any) -> Any:
    new = dialect.insert(COUNTS)
    more = {"count": COUNTS.c.count + new.excluded.count, "last_at": new.excluded.last_at}
    return new.on_conflict_do_update(index_elements=["name"], set_=more)


# In one statement: two at once lose nothing, and neither breaks the other's transaction.
COUNTED = {name: _counted(dialect) for name, dialect in (("sqlite", sqlite), ("postgresql", postgresql))}


def turn_key(update_id: int) -> str:
    """The key of the turn that an update becomes."""
    return f"tg:{update_id}"


def count(session: Session, now: datetime, name: str, times: int = 1) -> None:
    """Counts something that was refused."""
    new = COUNTED[session.get_bind().dialect.name]
    session.connection().execute(new, {"name": name, "count": times, "last_at": now})


class Chats:
    """Which conversation is held in which chat, and whose it is."""

    def __init__(self, parts: Parts) -> None:
        self.parts = parts

    def of(self, session: Session, said: Incoming) -> TelegramChat:
        """The chat of a message, opened where it is the first one; whoever writes can be reached again."""
        assert said.chat_id is not None
        chat = session.get(TelegramChat, said.chat_id)
        if chat is None:
            language = detect(said.text, language_of(said.language_code)) if said.kind == "text" else None
            conversation = self._open(session, language or language_of(said.language_code))
            chat = TelegramChat(
                chat_id=said.chat_id,
                conversation_id=conversation.id,
                user_id=said.user_id or said.chat_id,
                status="open",
                created_at=self.parts.now(),
            )
            session.add(chat)
        elif chat.status != "open":
            chat.status = "open"
        return chat

    def close(self, session: Session, chat_id: int, status: str) -> None:
        """Notes whether a chat can be reached: it was blocked, is gone, or is open again."""
        chat = session.get(TelegramChat, chat_id)
        if chat is not None and chat.status != status:
            chat.status = status
            self._audit(session, "chat_status", chat.conversation_id, status=status)

    def unlink(self, session: Session, chat: TelegramChat) -> None:
        """Ends what was proven in a chat and begins a new conversation in it."""
        old = session.get_one(Conversation, chat.conversation_id)
        old.verified_until = None
        fresh = self._open(session, old.language, old.language_fixed)
        chat.conversation_id, chat.account_id, chat.linked_at, chat.keyboard = fresh.id, None, None, False
        self._audit(session, "chat_unlinked", old.id)

    def button(self, conversation_id: str, intent: str, title: str, at: datetime) -> Button:
        """A button for what the channel itself does."""
        return Button(
            id=new_id("b"),
            conversation_id=conversation_id,
            intent=intent,
            entities=[],
            title=title,
            created_at=at,
            expires_at=at + timedelta(hours=72),
        )

    def note_proof(self, session: Session, chat: TelegramChat, update_id: int) -> Conversation:
        """Notes whose borrower is proven in a chat now; another borrower than before gets a conversation of their own.

        Returns the conversation that is held from now on.
        """
        conversation = session.get_one(Conversation, chat.conversation_id)
        account = verified_account(session, conversation, self.parts.now())
        if account is None or account.id == chat.account_id:
            return conversation
        if chat.account_id is not None:
            conversation = self._part(session, chat, conversation, account.id, turn_key(update_id))
        chat.account_id, chat.linked_at = account.id, self.parts.now()
        self._audit(session, "chat_linked", conversation.id, account=account.id)
        return conversation

    def _part(self, session: Session, chat: TelegramChat, old: Conversation, account_id: int, key: str) -> Conversation:
        """Gives whoever is proven now a conversation of their own; the old one goes back to whose it was."""
        fresh = self._open(session, old.language, old.language_fixed)
        for field in ("account_id", "verified_until", "asked", "wish", "draft", "last_response"):
            setattr(fresh, field, getattr(old, field))
        old.account_id, old.verified_until = chat.account_id, None
        old.asked, old.wish, old.draft, old.claimed = "", None, None, None
        turn = session.scalars(select(Turn).where(Turn.conversation_id == old.id, Turn.key == key)).one()
        turn.conversation_id = fresh.id
        here = {"conversation_id": fresh.id}
        for table, which in (
            (Button, Button.created_at >= turn.received_at),
            (Offer, Offer.turn_id == turn.id),
            (Case, Case.account_id == account_id),
            (IdentityCheck, IdentityCheck.account_id == account_id),
        ):
            session.execute(update(table).where(table.conversation_id == old.id, which).values(here))
        if old.case_id is not None and session.get_one(Case, old.case_id).conversation_id == fresh.id:
            old.case_id, fresh.case_id = None, old.case_id
        chat.conversation_id = fresh.id
        return fresh

    def _open(self, session: Session, language: str, fixed: bool = False) -> Conversation:
        now = self.parts.now()
        conversation = Conversation(
            id=new_id("tg"),
            channel=CHANNEL,
            language=language,
            language_fixed=fixed,
            asked="",
            phrasings={},
            last_response="",
            created_at=now,
            updated_at=now,
        )
        session.add(conversation)
        session.flush()
        self.parts.store.audit(session, now, "borrower", "conversation_opened", conversation.id, channel=CHANNEL)
        return conversation

    def _audit(self, session: Session, action: str, conversation_id: str, **data: object) -> None:
        self.parts.store.audit(session, self.parts.now(), "borrower", action, conversation_id, **data)


def groups(session: Session) -> Sequence[int]:
    """Groups in which something was said or done that the bot saw lately, the last one first."""
    latest = func.max(TelegramUpdate.update_id)
    query = select(TelegramUpdate.chat_id).where(TelegramUpdate.chat_id < 0, TelegramUpdate.kind == "group")
    found = session.scalars(query.group_by(TelegramUpdate.chat_id).order_by(latest.desc()))
    return [number for number in found if number is not None]


def figures(session: Session) -> Mapping[str, int]:
    """How many updates and messages wait or were given up, and what was refused, for `accord doctor`."""
    waiting = select(func.count()).select_from(TelegramUpdate).where(TelegramUpdate.status == "received")
    failed = select(func.count()).select_from(TelegramUpdate).where(TelegramUpdate.status == "failed")
    dead = select(func.count()).select_from(TelegramMessage).where(TelegramMessage.status == "dead")
    refused = {row.name: row.count for row in session.scalars(select(TelegramCount).order_by(TelegramCount.name))}
    return {
        "waiting": session.scalar(waiting) or 0,
        "failed": session.scalar(failed) or 0,
        "dead": session.scalar(dead) or 0,
        **refused,
    }
