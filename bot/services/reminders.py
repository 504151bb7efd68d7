"""What the law wants said with a message that nobody asked for: how to stop messages, and that a debt is collected."""

from __future__ import annotations

from typing import Any

from sqlalchemy.orm import Session

from bot.services.accounts import status_of, verified_account
from bot.services.parts import Parts
from bot.services.replies import Reply
from bot.store.tables import Account, Conversation

STOP_REMINDER = "utter_disclosure_stop_reminder"
# Accounts of which nothing is demanded: while a person looks into one, and when there is nothing to pay.
NO_DEMAND = ("held", "settled")
# Kinds of messages that carry nothing: a passcode, which is asked for.
BARE = ("passcode",)
# Kinds that speak of the debt; a question about how it was does not.
ABOUT_DEBT = ("receipt", "terms", "agent", "files")


def collector_notice(parts: Parts) -> str:
    """Which words say that a debt is collected: a debt collector's where the lender collects for others."""
    return "own" if parts.lender.collects_for == "itself" else "collector"


def reminders(
    parts: Parts, session: Session, conversation: Conversation, account: Account | None, kind: str
) -> list[Reply]:
    """What goes with an uninvited message of a kind, by the rules of contact that say ``every_later``.

    That a debt is collected is said only to whoever has proven whose debt it is, and while something is asked of it;
    how to stop messages to everybody, by the strictest rules where it is not known whose the account is.
    """
    if kind in BARE:
        return []
    pack, due = parts.contact_of(account), []
    if pack.says("collector", "every_later") and kind in ABOUT_DEBT and _may_be_named(parts, session, conversation):
        facts: dict[str, Any] = {"lender": parts.lender.name}
        due.append(Reply(f"utter_disclosure_{collector_notice(parts)}_later", facts))
    return [*due, Reply(STOP_REMINDER)] if pack.says("stop", "every_later") else due


def _may_be_named(parts: Parts, session: Session, conversation: Conversation) -> bool:
    account = verified_account(session, conversation, parts.now())
    return account is not None and status_of(session, account, parts.today(account.time_zone)) not in NO_DEMAND
