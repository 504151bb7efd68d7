"""People who work at the desk: adding them, what they may do, and their leaving; signing in is in `signing_in`."""

from __future__ import annotations

import re
import secrets
from collections.abc import Collection, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from sqlalchemy import delete, or_, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from bot.domain.rights import Actor, NotAllowed, PersonRole
from bot.services import credentials, timeline
from bot.services.cases import Cases, reference
from bot.services.credentials import WeakPassword
from bot.services.parts import Parts
from bot.services.person_rows import (
    DESK,
    LANGUAGES,
    BadInvitation,
    BadPerson,
    UnknownPerson,
    good_language,
    good_name,
    good_role,
    normal_login,
)
from bot.services.presence import empty_teams
from bot.services.signing_in import NotSignedIn, SignedIn, SigningIn, TooManyTries
from bot.store.tables import Case, Invitation, Membership, Person

__all__ = [
    "LANGUAGES",
    "BadInvitation",
    "BadPerson",
    "Colleague",
    "Invited",
    "NotSignedIn",
    "People",
    "SignedIn",
    "TooManyTries",
    "UnknownPerson",
    "WeakPassword",
    "WrongCode",
]

FIRST_LOGIN = "admin"
LONGEST_LOGIN = 80
LOGIN = re.compile(r"[a-z0-9][a-z0-9._@+-]*")


class WrongCode(ValueError):
    """A code of the second factor that is not the present one."""

    def __init__(self) -> None:
        super().__init__("The code is not the one that counts now.")


@dataclass(frozen=True)
class Invited:
    """Whom a link is for, and the secret that their app for codes is to take up."""

    login: str
    name: str
    language: str
    otpauth: str = field(repr=False)
    secret: str = field(repr=False)


@dataclass(frozen=True)
class Colleague:
    """Somebody who works at the desk, as administrators see them.

    ``joined``: they can sign in. ``invited_until``: a link for them can be used until then.
    """

    login: str
    name: str
    role: PersonRole
    teams: tuple[str, ...]
    language: str
    available: bool
    seen_at: datetime | None
    joined: bool
    left: bool
    invited_until: datetime | None = None
    telegram: bool = False


class People(SigningIn):
    """Who may come in, and how."""

    def __init__(self, parts: Parts, cases: Cases) -> None:
        super().__init__(parts)
        self.cases = cases

    # Coming and going

    def add(
        self,
        login: str,
        name: str,
        role: str,
        teams: Sequence[str] = (),
        language: str = "en",
        by: str = "command line",
    ) -> str:
        """Adds somebody, or takes back somebody who left; returns the token of their one-time link.

        ``by``: who does it, for the audit chain. Raises BadPerson.
        """
        with self._telling_of_markup(by), self.parts.store.transaction() as session:
            return self._add(session, login, name, role, teams, language, by)

    def invite(self, login: str, by: str = "command line") -> str:
        """A one-time link anew, for whoever has not joined yet or lost password or second factor; ends older links.

        What they sign in with now counts until the link is used. Returns the token. Raises UnknownPerson.
        """
        with self.parts.store.transaction() as session:
            return self._invite(session, self._present(session, login), by)

    def begin(self) -> str | None:
        """Makes the first administrator where there is nobody yet, and returns the token of their link; else None."""
        try:
            with self.parts.store.transaction() as session:
                if session.scalars(select(Person.id).limit(1)).first() is not None:
                    return None
                return self._add(session, FIRST_LOGIN, "Administrator", "administrator", (), "en", DESK)
        except IntegrityError:  # another process was first
            return None

    def anybody_joined(self) -> bool:
        """Whether there is somebody who can sign in."""
        can = or_(Person.password_hash.is_not(None), Person.subject.is_not(None))
        with self.parts.store.reading() as session:
            return session.scalars(select(Person.id).where(Person.left_at.is_(None), can).limit(1)).first() is not None

    def invited(self, token: str) -> Invited:
        """Whom a link is for. Raises BadInvitation."""
        with self.parts.store.reading() as session:
            invitation = self._invitation(session, token, "desk link")
            person = session.get_one(Person, invitation.person_id)
            secret = invitation.totp_secret
            return Invited(
                person.login, person.name, person.language, credentials.otpauth(secret, person.login), secret
            )

    def join(self, token: str, password: str, code: str, origin: str = "", browser: str = "") -> str:
        """Sets password and second factor with a one-time link, ends all older sessions, and signs in.

        Returns the secret of the session. Raises BadInvitation, and WeakPassword and WrongCode, which leave the link as
        it is.
        """
        now = self.parts.now()
        invited = self.invited(token)
        credentials.check_password(password, invited.login)
        if credentials.step_of(invited.secret, code, now) is None:
            raise WrongCode
        password_hash = credentials.hash_password(password)
        with self.parts.store.transaction() as session:
            invitation = self._invitation(session, token, "desk link")
            step = credentials.step_of(invitation.totp_secret, code, now)
            if not self._use(session, invitation, now) or step is None:
                raise BadInvitation("This link cannot be used any more.")
            person = session.get_one(Person, invitation.person_id, with_for_update=True)
            person.password_hash = password_hash
            person.totp_secret, person.totp_step = invitation.totp_secret, step
            self._end_sessions(session, person, now)
            self._audit(session, self._actor(session, person).signature, "person_joined", person)
            return self._session_for(session, person, browser, now)

    def leave(self, actor: Actor | str, login: str) -> None:
        """Takes somebody's access away at once: sessions and links end, their open cases go back to waiting.

        ``actor``: an administrator, or a word for whoever sits at the command line. Raises NotAllowed, UnknownPerson.
        """
        now = self.parts.now()
        with self.parts.store.transaction() as session:
            by = self._administrator(actor)
            person = self._present(session, login)
            if isinstance(actor, Actor) and actor.id == person.id:
                raise NotAllowed("own_role", "Somebody else has to take your own access away.")
            self._one_administrator_stays(session, person, None)
            person.left_at = now
            person.password_hash = person.totp_secret = person.totp_step = None
            person.subject = person.telegram_id = None
            self._end_sessions(session, person, now)
            self._end_invitations(session, person, now)
            self._audit(session, by, "person_left", person)
            self._give_up_cases(session, person, by, now)

    def change(
        self,
        actor: Actor | str,
        login: str,
        *,
        role: str | None = None,
        teams: Sequence[str] | None = None,
        name: str | None = None,
        language: str | None = None,
    ) -> None:
        """Changes what somebody is and may do; the last administrator stays one, nobody changes their own rights.

        Open cases that are no longer theirs to work on go back to waiting. Raises NotAllowed, UnknownPerson, BadPerson.
        """
        signature = actor.signature if isinstance(actor, Actor) else actor
        with self._telling_of_markup(signature), self.parts.store.transaction() as session:
            by = self._administrator(actor)
            person = self._present(session, login)
            before = self._actor(session, person)
            wanted_role = before.role if role is None else good_role(role)
            wanted_teams = before.teams if teams is None else frozenset(self._good_teams(teams))
            if (wanted_role, wanted_teams) != (before.role, before.teams):
                if isinstance(actor, Actor) and actor.id == person.id:
                    raise NotAllowed("own_role", "Somebody else has to change your own role and teams.")
                self._one_administrator_stays(session, person, wanted_role)
                person.role = wanted_role
                self._put_in_teams(session, person, wanted_teams)
                self._audit(session, by, "person_changed", person, role=wanted_role, teams=sorted(wanted_teams))
                self._give_up_cases(session, person, by, self.parts.now())
            if name is not None and good_name(name) != person.name:
                person.name = good_name(name)
                self._audit(session, by, "person_renamed", person)
            if language is not None:
                person.language = good_language(language)

    def end_all(self, login: str, by: Actor | str = "command line") -> int:
        """Ends every session of somebody; returns how many. Raises UnknownPerson, NotAllowed."""
        with self.parts.store.transaction() as session:
            person = self._find(session, login)
            if person is None:
                raise UnknownPerson(login)
            own = isinstance(by, Actor) and by.id == person.id
            signature = by.signature if own and isinstance(by, Actor) else self._administrator(by)
            count = self._end_sessions(session, person, self.parts.now())
            self._audit(session, signature, "session_ended", person, sessions=count)
            return count

    # Who there is

    def all(self) -> list[Colleague]:
        """Everybody, by login, those who left at the end."""
        now = self.parts.now()
        with self.parts.store.reading() as session:
            teams: dict[int, list[str]] = {}
            for row in session.scalars(select(Membership).order_by(Membership.team)):
                teams.setdefault(row.person_id, []).append(row.team)
            links = {
                row.person_id: row.expires_at
                for row in session.scalars(select(Invitation).where(Invitation.used_at.is_(None)))
                if row.expires_at > now and row.totp_secret
            }
            people = session.scalars(select(Person)).all()
            return [
                Colleague(
                    login=person.login,
                    name=person.name,
                    role=good_role(person.role),
                    teams=tuple(teams.get(person.id, ())),
                    language=person.language,
                    available=person.available,
                    seen_at=person.seen_at,
                    joined=person.password_hash is not None or person.subject is not None,
                    left=person.left_at is not None,
                    invited_until=links.get(person.id),
                    telegram=person.telegram_id is not None,
                )
                for person in sorted(people, key=lambda p: (p.left_at is not None, p.login))
            ]

    def empty_teams(self) -> tuple[str, ...]:
        """The teams to which nobody who has joined and works on cases belongs."""
        with self.parts.store.reading() as session:
            return empty_teams(self.parts, session)

    def actor(self, session: Session, person_id: int) -> Actor:
        """Somebody as they act, by their number, inside a transaction that is under way."""
        return self._actor(session, session.get_one(Person, person_id))

    # About oneself

    def set_available(self, actor: Actor, available: bool) -> None:
        """Says whether somebody takes cases now."""
        with self.parts.store.transaction() as session:
            person = session.get_one(Person, actor.id)
            if person.available != available:
                person.available = available
                self._audit(session, actor.signature, "person_available", person, available=available)

    def speak(self, actor: Actor, language: str) -> None:
        """Sets the language of somebody's desk. Raises BadPerson."""
        with self.parts.store.transaction() as session:
            session.get_one(Person, actor.id).language = good_language(language)

    def telegram_code(self, actor: Actor) -> str:
        """A code that binds the Telegram account from which it is sent to the bot; counts once, for a few minutes."""
        now, code = self.parts.now(), secrets.token_urlsafe(12)
        with self.parts.store.transaction() as session:
            person = session.get_one(Person, actor.id)
            self._end_invitations(session, person, now, links=False)
            session.add(
                Invitation(
                    person_id=person.id,
                    token_hash=self._hash(code, "desk telegram"),
                    totp_secret="",
                    created_at=now,
                    expires_at=now + timedelta(minutes=self.rules.telegram_code_minutes),
                )
            )
            self._audit(session, actor.signature, "telegram_code_made", person)
        return code

    def bind_telegram(self, code: str, telegram_id: int) -> Actor:
        """Binds a Telegram account, one person's alone, to whoever the code was made for. Raises BadInvitation."""
        now = self.parts.now()
        with self.parts.store.transaction() as session:
            invitation = self._invitation(session, code, "desk telegram")
            others = session.scalars(
                select(Person.id).where(Person.telegram_id == telegram_id, Person.id != invitation.person_id)
            ).first()
            if others is not None or not self._use(session, invitation, now):
                raise BadInvitation("This code cannot be used.")
            person = session.get_one(Person, invitation.person_id)
            person.telegram_id = telegram_id
            self._audit(session, self._actor(session, person).signature, "person_bound", person, to="telegram")
            return self._actor(session, person)

    def unbind_telegram(self, actor: Actor) -> None:
        """Whoever writes from the Telegram account that was bound is nobody's agent from now on."""
        with self.parts.store.transaction() as session:
            person = session.get_one(Person, actor.id)
            if person.telegram_id is not None:
                person.telegram_id = None
                self._audit(session, actor.signature, "person_unbound", person, **{"from": "telegram"})

    def by_telegram(self, telegram_id: int) -> Actor | None:
        """Whose Telegram account this is, where it is one of the desk's."""
        with self.parts.store.reading() as session:
            person = session.scalars(
                select(Person).where(Person.telegram_id == telegram_id, Person.left_at.is_(None))
            ).one_or_none()
            return None if person is None else self._actor(session, person)

    # What the above stands on

    @contextmanager
    def _telling_of_markup(self, by: str) -> Iterator[None]:
        """Records that a name with markup was refused, after the transaction that this ended."""
        try:
            yield
        except BadPerson as refused:
            if refused.why == "markup":
                with self.parts.store.transaction() as session:
                    self._audit(session, by, "markup_refused", None)
            raise

    def _add(
        self, session: Session, login: str, name: str, role: str, teams: Sequence[str], language: str, by: str
    ) -> str:
        now, wanted = self.parts.now(), normal_login(login)
        if not LOGIN.fullmatch(wanted) or len(wanted) > LONGEST_LOGIN:
            raise BadPerson(
                "login",
                f"{login!r} is no login: letters without accents, digits and . _ @ + -, at most {LONGEST_LOGIN}.",
            )
        facts = {"name": good_name(name), "role": good_role(role), "language": good_language(language)}
        in_teams = frozenset(self._good_teams(teams))
        person = self._find(session, wanted)
        if person is not None and person.left_at is None:
            raise BadPerson("taken", f"There is somebody with the login {wanted!r} already.")
        if person is None:
            person = Person(login=wanted, available=True, created_at=now, **facts)
            session.add(person)
            session.flush()
        else:
            person.left_at = None
            person.name, person.role, person.language = facts["name"], facts["role"], facts["language"]
        self._put_in_teams(session, person, in_teams)
        self._audit(session, by, "person_added", person, role=person.role, teams=sorted(in_teams))
        return self._invite(session, person, by)

    def _invite(self, session: Session, person: Person, by: str) -> str:
        now, token = self.parts.now(), secrets.token_urlsafe(32)
        self._end_invitations(session, person, now)
        session.add(
            Invitation(
                person_id=person.id,
                token_hash=self._hash(token, "desk link"),
                totp_secret=credentials.new_secret(),
                created_at=now,
                expires_at=now + timedelta(hours=self.rules.link_hours),
            )
        )
        self._audit(session, by, "person_invited", person)
        return token

    @staticmethod
    def _administrator(actor: Actor | str) -> str:
        """How whoever looks after people stands in the audit chain. Raises NotAllowed."""
        if isinstance(actor, str):
            return actor
        actor.demand("people")
        return actor.signature

    @staticmethod
    def _one_administrator_stays(session: Session, person: Person, role: str | None) -> None:
        """Raises NotAllowed where nobody would be left who looks after people."""
        if person.role != "administrator" or role == "administrator":
            return
        there = select(Person).where(Person.role == "administrator", Person.left_at.is_(None)).with_for_update()
        if all(other.id == person.id for other in session.scalars(there).all()):
            raise NotAllowed("last_administrator", "The last administrator stays one; add another one first.")

    def _give_up_cases(self, session: Session, person: Person, by: str, now: datetime) -> None:
        """Puts back the open cases of somebody who cannot work on them any more."""
        actor = self._actor(session, person)
        works = person.left_at is None and actor.may("work")
        for case in session.scalars(select(Case).where(Case.owner_id == person.id, Case.resolved_at.is_(None))).all():
            if works and actor.sees(case.team):
                continue
            case.owner_id = case.claimed_at = None
            case.status = "waiting"
            self.cases.await_agent(case, now)
            timeline.record(session, now, case, "released", why="cannot_work")
            self.parts.store.audit(session, now, by, "case_released", reference(case.id), why="cannot_work")

    def _put_in_teams(self, session: Session, person: Person, teams: Collection[str]) -> None:
        session.execute(delete(Membership).where(Membership.person_id == person.id, Membership.team.not_in(teams)))
        there = set(session.scalars(select(Membership.team).where(Membership.person_id == person.id)))
        session.add_all(Membership(person_id=person.id, team=team) for team in sorted(set(teams) - there))
        session.flush()

    def _good_teams(self, teams: Sequence[str]) -> list[str]:
        known = [team.name for team in self.parts.desk.teams]
        names = [team.strip() for team in teams if team.strip()]
        for name in names:
            if name not in known:
                raise BadPerson("team", f"{name!r} is no team; there are {', '.join(known)}.")
        return names
