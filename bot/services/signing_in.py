"""Signing in at the desk: by password and code or by the company's own sign-in, and the sessions that come of it."""

from __future__ import annotations

import ipaddress
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Literal

from sqlalchemy import delete, or_, select, update
from sqlalchemy.orm import Session

from bot.domain.rights import Actor
from bot.services import credentials
from bot.services.person_rows import DESK, LONGEST_SECRET, OnPeople, normal_login, rows_of
from bot.store.tables import Person, SignIn, SignInTry

SEEN_AT_MOST_EVERY = timedelta(minutes=1)
TRIES_KEPT = timedelta(days=2)
DAY = timedelta(days=1)

# Why a secret opens no session: expired, ended, left, or there never was such a session.
Lapse = Literal["expired", "ended", "left", "unknown"]


class NotSignedIn(Exception):
    """Whoever wants to sign in is not let in; never says what was wrong."""

    def __init__(self) -> None:
        super().__init__("The login, the password or the code is wrong.")


class TooManyTries(Exception):
    """Signing in went wrong too often. ``until``: when it can be tried again."""

    def __init__(self, until: datetime) -> None:
        super().__init__(f"Signing in went wrong too often; try again after {until:%H:%M} UTC.")
        self.until = until


@dataclass(frozen=True)
class SignedIn:
    """One session of somebody. ``present``: it is the one that asks."""

    id: int
    browser: str
    created_at: datetime
    seen_at: datetime
    expires_at: datetime
    present: bool = False


@dataclass(frozen=True)
class _Try:
    """A try to sign in under way: counted as one that failed until it went well."""

    id: int
    person_id: int | None
    password_hash: str | None


class SigningIn(OnPeople):
    """Who comes in, and for how long."""

    def sign_in(self, login: str, password: str, code: str, origin: str, browser: str = "") -> str:
        """Signs somebody in by password and code and returns the secret of their session.

        ``origin``: the address that they come from. Raises NotSignedIn, the same whatever was wrong, and TooManyTries.
        """
        begun = self._begin_try(normal_login(login), origin)
        fits = credentials.matches(begun.password_hash, password)
        fresh = None
        if fits and begun.password_hash and credentials.out_of_date(begun.password_hash):
            fresh = credentials.hash_password(password)
        with self.parts.store.transaction() as session:
            now = self.parts.now()
            person = session.get(Person, begun.person_id) if begun.person_id else None
            why = self._why_not(session, person, begun, fits, code, now)
            if why is None and person is not None:
                session.execute(update(SignInTry).where(SignInTry.id == begun.id).values(passed=True))
                person.password_hash = fresh or person.password_hash
                self._audit(session, self._actor(session, person).signature, "signed_in", person, how="password")
                return self._session_for(session, person, browser, now)
            self._audit(session, DESK, "sign_in_failed", person, why=why)
        raise NotSignedIn

    def sign_in_as(self, subject: str, login: str, origin: str, browser: str = "") -> str:
        """Signs in somebody whom the company's own sign-in vouches for, and returns the secret of their session.

        ``subject``: who they are there, for good; ``login``: how they are known here the first time, empty where that
        is not certain. Raises NotSignedIn for whoever was not added before.
        """
        with self.parts.store.transaction() as session:
            now = self.parts.now()
            bound = session.scalars(select(Person).where(Person.subject == subject)).one_or_none()
            person = bound or self._find(session, login)
            why = "unknown" if person is None else "left" if person.left_at else None
            if why is None and person is not None and person.subject not in (None, subject):
                why = "another_subject"
            if why is None and person is not None:
                if person.subject is None:
                    person.subject = subject
                    self._end_invitations(session, person, now)
                    self._audit(session, self._actor(session, person).signature, "person_bound", person, to="openid")
                self._audit(session, self._actor(session, person).signature, "signed_in", person, how="openid")
                return self._session_for(session, person, browser, now)
            self._audit(session, DESK, "sign_in_failed", person, why=why, how="openid")
        raise NotSignedIn

    def who(self, secret: str | None, quietly: bool = False) -> Actor | None:
        """Whose session a secret opens; None where it is none, or expired, ended, or of somebody who left.

        ``quietly``: the browser asks by itself, which shows that its owner's desk is open and keeps nobody signed in.
        """
        now = self.parts.now()
        with self.parts.store.reading() as session:
            found = self._signed(session, secret)
            if found is None:
                return None
            signed, person = found
            if person.left_at is not None or self._lapse(signed, now) is not None:
                return None
            actor = self._actor(session, person)
            moves = not quietly and now - signed.seen_at >= SEEN_AT_MOST_EVERY
            shows = person.seen_at is None or now - person.seen_at >= SEEN_AT_MOST_EVERY
            signed_id = signed.id
        if moves or shows:
            with self.parts.store.transaction() as session:
                if moves:
                    session.execute(update(SignIn).where(SignIn.id == signed_id).values(seen_at=now))
                session.execute(update(Person).where(Person.id == actor.id).values(seen_at=now))
        return actor

    def why_nobody(self, secret: str | None) -> Lapse:
        """Why a secret opens no session, for the record."""
        with self.parts.store.reading() as session:
            found = self._signed(session, secret)
            return (self._lapse(found[0], self.parts.now()) or "left") if found else "unknown"

    def sign_out(self, secret: str | None) -> None:
        """Ends the session of a secret, where there is one."""
        now = self.parts.now()
        with self.parts.store.transaction() as session:
            found = self._signed(session, secret)
            if found is not None and found[0].ended_at is None:
                signed, person = found
                signed.ended_at = now
                self._audit(session, self._actor(session, person).signature, "signed_out", person)

    def sessions(self, actor: Actor, secret: str | None = None) -> list[SignedIn]:
        """Somebody's sessions that are open, the latest first. ``secret``: of the one that asks."""
        now = self.parts.now()
        with self.parts.store.reading() as session:
            present = self._signed(session, secret)
            rows = session.scalars(
                select(SignIn)
                .where(SignIn.person_id == actor.id, SignIn.ended_at.is_(None), SignIn.expires_at > now)
                .order_by(SignIn.id.desc())
            ).all()
            return [
                SignedIn(
                    row.id,
                    row.browser,
                    row.created_at,
                    row.seen_at,
                    row.expires_at,
                    present is not None and present[0].id == row.id,
                )
                for row in rows
                if self._lapse(row, now) is None
            ]

    def end_session(self, actor: Actor, id: int) -> None:
        """Ends one of somebody's own sessions; nobody else's, and nothing happens where it has ended."""
        now = self.parts.now()
        with self.parts.store.transaction() as session:
            row = session.get(SignIn, id)
            if row is not None and row.person_id == actor.id and row.ended_at is None:
                row.ended_at = now
                self._audit(session, actor.signature, "session_ended", session.get_one(Person, actor.id), sessions=1)

    def _begin_try(self, login: str, origin: str) -> _Try:
        """Counts a try before anything is looked at, so that many at once are no way around the limits."""
        now = self.parts.now()
        by_login, by_origin = self._hash(login, "desk login"), self._hash(network_of(origin), "desk origin")
        with self.parts.store.transaction() as session:
            session.execute(delete(SignInTry).where(SignInTry.at < now - TRIES_KEPT))
            self._demand_a_try(session, by_login, by_origin, now)
            tried = SignInTry(login_hash=by_login, origin_hash=by_origin, passed=False, at=now)
            session.add(tried)
            session.flush()
            person = self._find(session, login)
            known = person is not None and person.left_at is None
            return _Try(tried.id, person.id if person else None, person.password_hash if person and known else None)

    def _demand_a_try(self, session: Session, by_login: str, by_origin: str, now: datetime) -> None:
        """Raises TooManyTries where a login or an origin has failed as often as it may."""
        window = timedelta(minutes=self.rules.window_minutes)
        passed = select(SignInTry.id).where(SignInTry.login_hash == by_login, SignInTry.passed.is_(True))
        last = session.scalars(passed.order_by(SignInTry.id.desc()).limit(1)).first() or 0
        of_login = (SignInTry.login_hash == by_login, SignInTry.id > last)
        limits: Sequence[tuple[Sequence[Any], timedelta, int]] = (
            (of_login, window, self.rules.tries_a_login),
            (of_login, DAY, self.rules.tries_a_login_a_day),
            ((SignInTry.origin_hash == by_origin,), window, self.rules.tries_an_origin),
        )
        for which, span, most in limits:
            query = select(SignInTry.at).where(*which, SignInTry.passed.is_(False), SignInTry.at > now - span)
            failed = session.scalars(query.order_by(SignInTry.at.desc()).limit(most)).all()
            if len(failed) == most:
                raise TooManyTries(failed[-1] + span)

    def _why_not(
        self, session: Session, person: Person | None, begun: _Try, fits: bool, code: str, now: datetime
    ) -> str | None:
        """Why somebody is not let in, for the record alone; where they are, their code is used up."""
        # The work is the same for whoever is not known here.
        secret = person.totp_secret if person is not None else None
        step = credentials.step_of(secret or credentials.new_secret(), code, now)
        if person is None:
            return "unknown"
        if person.left_at is not None:
            return "left"
        if begun.password_hash is None or secret is None:
            return "not_joined"
        if not fits or person.password_hash != begun.password_hash:
            return "password"
        if step is None:
            return "code"
        later = or_(Person.totp_step.is_(None), Person.totp_step < step)
        used = session.execute(
            update(Person)
            .where(Person.id == person.id, later)
            .values(totp_step=step)
            .execution_options(synchronize_session=False)
        )
        return None if rows_of(used) == 1 else "code_again"

    def _lapse(self, signed: SignIn, now: datetime) -> Lapse | None:
        """Why a session is over, if it is."""
        if signed.ended_at is not None:
            return "ended"
        idle = timedelta(minutes=self.rules.idle_minutes)
        return "expired" if signed.expires_at <= now or signed.seen_at + idle <= now else None


def network_of(origin: str) -> str:
    """Where tries come from: an IPv4 address, or the network that one customer of IPv6 has."""
    try:
        address = ipaddress.ip_address(origin.strip("[]"))
    except ValueError:
        return origin[:LONGEST_SECRET]
    if isinstance(address, ipaddress.IPv6Address):
        if address.ipv4_mapped is not None:
            return str(address.ipv4_mapped)
        return str(ipaddress.ip_network((address, 64), strict=False))
    return str(address)
