"""Time passes for one borrower: everything that the ledger holds about them becomes so much older."""

from __future__ import annotations

import json
import re
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import Date, inspect, select
from sqlalchemy.orm import Session

from bot.bootstrap import Services
from bot.store.tables import (
    Account,
    Base,
    Button,
    Case,
    Conversation,
    Disclosure,
    Feedback,
    IdentityCheck,
    LedgerEntry,
    Offer,
    OutboxMessage,
    Passcode,
    Payment,
    Plan,
    Promise,
    Turn,
    Utc,
)

OF_A_CONVERSATION = (Turn, Button, IdentityCheck, Passcode, Case, Disclosure, Feedback)
OF_AN_ACCOUNT = (LedgerEntry, Offer, Plan, Promise, Payment, OutboxMessage)
ISO_DAY = re.compile(r'(?<=")\d{4}-\d\d-\d\d(?=")')


def grow_older(services: Services, conversation_id: str, account_number: str, by: timedelta) -> None:
    """Shifts every date and moment of a conversation and its account into the past, and lets the upkeep run."""
    with services.parts.store.transaction() as session:
        account = services.accounts.find(session, account_number)
        assert account is not None
        rows: list[Any] = [account]
        conversation = session.get(Conversation, conversation_id)
        if conversation is not None:
            rows.append(conversation)
        for table in OF_A_CONVERSATION:
            rows += session.scalars(select(table).where(table.conversation_id == conversation_id))
        for table in OF_AN_ACCOUNT:
            rows += session.scalars(select(table).where(table.account_id == account.id))
        rows += [row for plan in rows if isinstance(plan, Plan) for row in plan.instalments]
        for row in rows:
            _shift(row, by)
        _shift_json(session, account, conversation, by)
    services.plans.day()
    services.affordability.erase_old()


def _shift(row: Base, by: timedelta) -> None:
    for column in inspect(type(row)).columns:
        value = getattr(row, column.key)
        if isinstance(column.type, Utc) and isinstance(value, datetime):
            setattr(row, column.key, value - by)
        elif isinstance(column.type, Date) and isinstance(value, date):
            setattr(row, column.key, value - timedelta(days=by.days))


def _shift_json(session: Session, account: Account, conversation: Conversation | None, by: timedelta) -> None:
    """Days inside stored terms and drafts."""

    def shifted(text: str) -> str:
        return ISO_DAY.sub(lambda day: (date.fromisoformat(day[0]) - timedelta(days=by.days)).isoformat(), text)

    for offer in session.scalars(select(Offer).where(Offer.account_id == account.id)):
        offer.terms = json.loads(shifted(json.dumps(offer.terms)))
    if conversation is not None and conversation.draft:
        conversation.draft = shifted(conversation.draft)
