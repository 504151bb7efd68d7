"""What a borrower tells of their circumstances, and their wish not to be written to."""

from __future__ import annotations

from sqlalchemy.orm import Session

from bot.domain.contact import time_barred
from bot.services.accounts import verified_account
from bot.services.parts import Parts
from bot.store.tables import Account, Conversation


class Wellbeing:
    """Hardship as a flag, not a diagnosis; a stop request heard at once."""

    def __init__(self, parts: Parts) -> None:
        self.parts = parts

    def note_hardship(self, conversation_id: str, reason: str) -> None:
        """Keeps the kind of hardship on the account of a verified borrower."""
        with self.parts.store.transaction() as session:
            account = self._account(session, conversation_id)
            if account is not None:
                account.hardship = reason
                self._audit(session, "hardship_noted", conversation_id)

    def stop_contact(self, conversation_id: str) -> bool:
        """No message leaves uninvited from now on; kept on the account where it is known.

        Returns whether this is the first time in the conversation, hence to be confirmed.
        """
        now = self.parts.now()
        with self.parts.store.transaction() as session:
            account = self._account(session, conversation_id)
            if account is not None and account.contact_stopped_at is None:
                account.contact_stopped_at = now
            conversation = session.get_one(Conversation, conversation_id)
            first = conversation.contact_stopped_at is None
            conversation.contact_stopped_at = conversation.contact_stopped_at or now
            self._audit(session, "contact_stopped", conversation_id)
            return first

    def may_name_law(self, conversation_id: str) -> bool:
        """Whether legal steps may be spoken of at all: to a verified borrower, on a debt that is surely not too old."""
        with self.parts.store.transaction() as session:
            account = self._account(session, conversation_id)
            if account is None:
                return False
            years, today = self.parts.contact_of(account).limitation_years, self.parts.today(account.time_zone)
            return not time_barred(years, account.due_date, account.last_payment_on, today)

    def _account(self, session: Session, conversation_id: str) -> Account | None:
        return verified_account(session, session.get_one(Conversation, conversation_id), self.parts.now())

    def _audit(self, session: Session, action: str, conversation_id: str) -> None:
        self.parts.store.audit(session, self.parts.now(), "borrower", action, conversation_id)
