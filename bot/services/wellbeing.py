"""What a borrower tells of their circumstances and of who they are not, and their wish not to be written to."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from bot.domain.contact import time_barred
from bot.domain.identification import normal_number
from bot.services.accounts import Accounts, verified_account
from bot.services.parts import Parts
from bot.store.tables import Account, Conversation, FlaggedContact, Turn

OF_AGE = 18


class Wellbeing:
    """Hardship as a flag, not a diagnosis; a stop request heard at once; addresses that are not the borrower's."""

    def __init__(self, parts: Parts, accounts: Accounts) -> None:
        self.parts = parts
        self.accounts = accounts

    def note_hardship(self, conversation_id: str, reason: str) -> None:
        """Keeps the kind of hardship on the account of a verified borrower; one that is known is not made vague."""
        with self.parts.store.transaction() as session:
            account = self._account(session, conversation_id)
            if account is not None:
                account.hardship = reason if reason != "other" else account.hardship or reason
                self._audit(session, "hardship_noted", conversation_id)

    def stop_contact(self, conversation_id: str) -> bool:
        """No message leaves uninvited from now on; kept on the account where it is known.

        Returns whether it is asked for the first time in the conversation, hence to be confirmed; a case may have
        stopped them before.
        """
        now = self.parts.now()
        with self.parts.store.transaction() as session:
            account = self._account(session, conversation_id)
            if account is not None and account.contact_stopped_at is None:
                account.contact_stopped_at = now
            conversation = session.get_one(Conversation, conversation_id)
            asked = select(Turn.id).where(Turn.conversation_id == conversation_id, Turn.intent == "stop_contact")
            first = session.scalars(asked.limit(1)).one_or_none() is None
            conversation.contact_stopped_at = conversation.contact_stopped_at or now
            self._audit(session, "contact_stopped", conversation_id)
            return first

    def flag_contacts(self, conversation_id: str, reason: str, phones: Iterable[str] = ()) -> None:
        """Flags the numbers that somebody named, else the conversation's own address, as not the borrower's.

        Kept as keyed hashes of the address as it stands on the account; a number that no account has, as it was said.
        """
        named = [phone for phone in phones if phone]
        with self.parts.store.transaction() as session:
            conversation = session.get_one(Conversation, conversation_id)
            addresses = {("sms", self._as_registered(session, phone)) for phone in named}
            for channel, address in addresses or {(conversation.channel, conversation.id)}:
                self._flag(session, conversation_id, channel, address, reason)

    def lift_flags(self, conversation_id: str) -> None:
        """Whoever has proven who they are is the borrower after all: what they flagged counts no longer."""
        now = self.parts.now()
        with self.parts.store.transaction() as session:
            if self._account(session, conversation_id) is None:
                return
            session.execute(
                update(FlaggedContact)
                .where(FlaggedContact.conversation_id == conversation_id, FlaggedContact.lifted_at.is_(None))
                .values(lifted_at=now)
            )

    def is_underage(self, conversation_id: str) -> bool:
        """Whether the verified borrower of a conversation is under age by the birth date on the account."""
        with self.parts.store.transaction() as session:
            account = self._account(session, conversation_id)
            if account is None:
                return False
            born, today = date.fromisoformat(account.date_of_birth), self.parts.today(account.time_zone)
            return today.year - born.year - ((today.month, today.day) < (born.month, born.day)) < OF_AGE

    def is_held(self, conversation_id: str) -> bool:
        """Whether collection is stopped on the account of a conversation's verified borrower."""
        with self.parts.store.transaction() as session:
            account = self._account(session, conversation_id)
            return account is not None and account.hold is not None

    def may_name_law(self, conversation_id: str) -> bool:
        """Whether legal steps may be spoken of at all: to a verified borrower, on a debt that is surely not too old."""
        with self.parts.store.transaction() as session:
            account = self._account(session, conversation_id)
            if account is None:
                return False
            years, today = self.parts.contact_of(account).limitation_years, self.parts.today(account.time_zone)
            return not time_barred(years, account.due_date, account.last_payment_on, today)

    def country(self, conversation_id: str) -> str | None:
        """The country of a conversation's verified borrower."""
        with self.parts.store.transaction() as session:
            account = self._account(session, conversation_id)
            return None if account is None else account.country

    def _as_registered(self, session: Session, phone: str) -> str:
        """A phone number as it stands on an account, where one has it."""
        known = self.accounts.candidates(session, [normal_number(phone)])
        return known[0].phone if known else normal_number(phone)

    def _flag(self, session: Session, conversation_id: str, channel: str, address: str, reason: str) -> None:
        hashed = self.parts.store.keyring.keyed_hash(address, "contact")
        known = select(FlaggedContact.id).where(
            FlaggedContact.address_hash == hashed, FlaggedContact.lifted_at.is_(None)
        )
        if session.scalars(known.limit(1)).first() is not None:
            return
        flag = FlaggedContact(
            channel=channel,
            address_hash=hashed,
            reason=reason,
            conversation_id=conversation_id,
            at=self.parts.now(),
        )
        session.add(flag)
        self._audit(session, "contact_flagged", conversation_id)

    def _account(self, session: Session, conversation_id: str) -> Account | None:
        return verified_account(session, session.get_one(Conversation, conversation_id), self.parts.now())

    def _audit(self, session: Session, action: str, conversation_id: str) -> None:
        self.parts.store.audit(session, self.parts.now(), "borrower", action, conversation_id)
