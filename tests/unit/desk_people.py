"""People of the desk as tests need them: joined, with an app for codes at hand."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import pyotp
from sqlalchemy import select

from bot.bootstrap import Services
from bot.domain.rights import Actor
from bot.services.credentials import STEP_SECONDS
from bot.store.tables import Person
from tests.unit.fakes import Clock

PASSWORD = "a kettle on the windowsill"


@dataclass
class Member:
    """Somebody who has joined; ``secret`` is their open session's."""

    services: Services
    clock: Clock
    login: str
    totp: str
    secret: str
    password: str = PASSWORD

    def code(self, steps: int = 0) -> str:
        """What their app shows, now or some steps later."""
        return pyotp.TOTP(self.totp, interval=STEP_SECONDS).at(self.clock().timestamp() + steps * STEP_SECONDS)

    def sign_in(self, origin: str = "203.0.113.7", browser: str = "Chromium") -> str:
        """Signs in with the next code, half a minute later."""
        self.clock.passes(seconds=STEP_SECONDS)
        return self.services.people.sign_in(self.login, self.password, self.code(), origin, browser)

    @property
    def actor(self) -> Actor:
        with self.services.parts.store.transaction() as session:
            person = session.scalars(select(Person).where(Person.login == self.login)).one()
            return self.services.people.actor(session, person.id)


def join(
    services: Services,
    clock: Clock,
    login: str = "mei",
    role: str = "agent",
    teams: Sequence[str] = ("general",),
    name: str = "Mei Castellane",
    language: str = "en",
) -> Member:
    """Adds somebody who joins at once."""
    token = services.people.add(login, name, role, teams, language)
    totp = services.people.invited(token).secret
    member = Member(services, clock, login, totp, "")
    member.secret = services.people.join(token, PASSWORD, member.code())
    return member
