"""People of the desk as rows: finding them, their links and their sessions, inside a transaction that is under way."""

from __future__ import annotations

import secrets
import unicodedata
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import CursorResult, delete, select, update
from sqlalchemy.orm import Session

from bot.domain.markup import holds_markup
from bot.domain.rights import PERSON_ROLES, Actor, PersonRole
from bot.services.parts import Parts
from bot.store.tables import Invitation, Membership, Person, SignIn

LANGUAGES = ("en", "zh-Hans", "zh-Hant")
LONGEST_NAME = 120
LONGEST_SECRET = 200
# So long it can be said of a session that is over why it is; the audit chain knows of it for good.
SESSIONS_KEPT = timedelta(days=30)
# In the audit chain, where nobody is signed in.
DESK = "desk"


class UnknownPerson(LookupError):
    """There is nobody with that login."""

    def __init__(self, login: str) -> None:
        super().__init__(f"There is nobody with the login {login!r}.")


class BadPerson(ValueError):
    """A login, name, role, team or language that cannot be; the message is one clear sentence.

    ``why``: login, taken, name, markup, role, team or language.
    """

    def __init__(self, why: str, message: str) -> None:
        super().__init__(message)
        self.why = why


class BadInvitation(ValueError):
    """A link or code that is not known, was used, is too old or was replaced; which of these is not said."""


class OnPeople:
    """What every use case of people stands on."""

    def __init__(self, parts: Parts) -> None:
        self.parts = parts
        self.rules = parts.desk.sign_in

    def _invitation(self, session: Session, token: str, purpose: str) -> Invitation:
        """An invitation that can still be used. Raises BadInvitation."""
        query = select(Invitation).where(Invitation.token_hash == self._hash(token[:LONGEST_SECRET], purpose))
        found = session.scalars(query).one_or_none()
        if found is None or found.used_at is not None or found.expires_at <= self.parts.now():
            raise BadInvitation("This link or code cannot be used any more.")
        if session.get_one(Person, found.person_id).left_at is not None:
            raise BadInvitation("This link or code cannot be used any more.")
        return found

    @staticmethod
    def _use(session: Session, invitation: Invitation, now: datetime) -> bool:
        """Uses an invitation up; False where somebody else was faster."""
        done = session.execute(
            update(Invitation)
            .where(Invitation.id == invitation.id, Invitation.used_at.is_(None))
            .values(used_at=now)
            .execution_options(synchronize_session=False)
        )
        return rows_of(done) == 1

    @staticmethod
    def _end_invitations(session: Session, person: Person, now: datetime, links: bool = True) -> None:
        """Ends what is still open: codes for Telegram, and links as well."""
        query = select(Invitation).where(Invitation.person_id == person.id, Invitation.used_at.is_(None))
        for row in session.scalars(query).all():
            if links or not row.totp_secret:
                row.used_at = now

    def _session_for(self, session: Session, person: Person, browser: str, now: datetime) -> str:
        secret = secrets.token_urlsafe(32)
        session.execute(delete(SignIn).where(SignIn.expires_at < now - SESSIONS_KEPT))
        session.add(
            SignIn(
                person_id=person.id,
                secret_hash=self._hash(secret, "desk session"),
                browser="".join(c for c in browser if c.isprintable())[:200],
                created_at=now,
                seen_at=now,
                expires_at=now + timedelta(hours=self.rules.longest_hours),
            )
        )
        person.seen_at = now
        return secret

    def _signed(self, session: Session, secret: str | None) -> tuple[SignIn, Person] | None:
        """The session of a secret and whose it is."""
        if not secret or len(secret) > LONGEST_SECRET:
            return None
        query = select(SignIn, Person).join(Person, Person.id == SignIn.person_id)
        return (
            session.execute(query.where(SignIn.secret_hash == self._hash(secret, "desk session")))
            .tuples()
            .one_or_none()
        )

    @staticmethod
    def _end_sessions(session: Session, person: Person, now: datetime) -> int:
        ended = session.execute(
            update(SignIn).where(SignIn.person_id == person.id, SignIn.ended_at.is_(None)).values(ended_at=now)
        )
        return rows_of(ended)

    def _find(self, session: Session, login: str) -> Person | None:
        wanted = normal_login(login)
        return session.scalars(select(Person).where(Person.login == wanted)).one_or_none() if wanted else None

    def _present(self, session: Session, login: str) -> Person:
        person = self._find(session, login)
        if person is None or person.left_at is not None:
            raise UnknownPerson(login)
        return person

    @staticmethod
    def _actor(session: Session, person: Person) -> Actor:
        teams = session.scalars(select(Membership.team).where(Membership.person_id == person.id))
        return Actor(
            person.id,
            person.login,
            person.name,
            good_role(person.role),
            person.language,
            frozenset(teams),
            person.available,
        )

    def _hash(self, text: str, purpose: str) -> str:
        return self.parts.store.keyring.keyed_hash(text, purpose)

    def _audit(self, session: Session, by: str, action: str, person: Person | None, **data: Any) -> None:
        subject = f"person:{person.id}" if person is not None else DESK
        self.parts.store.audit(session, self.parts.now(), by[:40], action, subject, **data)


def normal_login(login: str) -> str:
    """A login as it is kept, however it was typed."""
    return unicodedata.normalize("NFKC", login).strip().casefold()


def good_role(role: str) -> PersonRole:
    """A role by its name. Raises BadPerson."""
    for known in PERSON_ROLES:
        if known == role:
            return known
    raise BadPerson("role", f"{role!r} is no role; there are {', '.join(PERSON_ROLES)}.")


def good_language(language: str) -> str:
    """A language of the desk. Raises BadPerson."""
    if language not in LANGUAGES:
        raise BadPerson("language", f"{language!r} is no language of the desk; there are {', '.join(LANGUAGES)}.")
    return language


def good_name(name: str) -> str:
    """A name without space around it. Raises BadPerson."""
    text = " ".join(name.split())
    if not 0 < len(text) <= LONGEST_NAME or not text.isprintable():
        raise BadPerson("name", f"A name has 1 to {LONGEST_NAME} characters that can be seen.")
    if holds_markup(text):
        raise BadPerson("markup", "A name holds no markup and no script.")
    return text


def rows_of(result: Any) -> int:
    """How many rows a statement changed."""
    return result.rowcount if isinstance(result, CursorResult) else 0
