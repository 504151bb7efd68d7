"""Who is who: agents of Chatwoot are the people of the desk whose login is their e-mail address."""

from __future__ import annotations

from datetime import datetime, timedelta

from anyio import to_thread
from sqlalchemy import select

from bot.bootstrap import Services
from bot.channels.chatwoot.client import ChatwootTrouble, Client, Limited
from bot.domain.rights import Actor
from bot.services.person_rows import normal_login
from bot.store.tables import Person

# Agents are asked for anew so often at most when somebody is met whom nobody knows.
ASK_AGAIN = timedelta(seconds=30)
# However well everybody is known: addresses change, and people leave.
ASK_ANEW = timedelta(minutes=10)


class Directory:
    """Agents by their number in Chatwoot, and people of the desk by their address."""

    def __init__(self, services: Services, client: Client) -> None:
        self.services = services
        self.client = client
        self._emails: dict[int, str] = {}
        self._asked_at: datetime | None = None
        self._me: int | None = None

    async def me(self) -> int | None:
        """The number of the agent whose token this program has; None for a token that is not an agent's."""
        if self._me is None:
            try:
                self._me = int((await self.client.profile())["id"])
            except Limited:
                raise
            except (ChatwootTrouble, KeyError, TypeError):
                return None
        return self._me

    async def person(self, agent: int) -> Actor | None:
        """Who an agent is at the desk; None where nobody has their address."""
        await self._know(agent)
        email = self._emails.get(agent)
        return await to_thread.run_sync(self._by_login, email) if email else None

    async def agent_of(self, person_id: int) -> int | None:
        """The number in Chatwoot of somebody of the desk; None where they are not there, or nobody is meant."""
        login = await to_thread.run_sync(self._login, person_id) if person_id > 0 else None
        if login is None:
            return None
        await self._know(0)
        return next((agent for agent, email in self._emails.items() if email == login), None)

    async def _know(self, agent: int) -> None:
        now = self.services.parts.now()
        age = now - self._asked_at if self._asked_at is not None else ASK_ANEW
        if age >= ASK_ANEW or (agent not in self._emails and age >= ASK_AGAIN):
            agents = await self.client.agents()
            self._emails = {int(row["id"]): normal_login(str(row.get("email") or "")) for row in agents}
            self._asked_at = now

    def actor(self, person_id: int) -> Actor | None:
        """Somebody of the desk by their number, unless they left."""
        with self.services.parts.store.transaction() as session:
            person = session.get(Person, person_id)
            return self.services.people.actor(session, person.id) if person and person.left_at is None else None

    def _by_login(self, login: str) -> Actor | None:
        with self.services.parts.store.transaction() as session:
            person = session.scalars(select(Person).where(Person.login == login)).one_or_none()
            return self.services.people.actor(session, person.id) if person and person.left_at is None else None

    def _login(self, person_id: int) -> str | None:
        with self.services.parts.store.reading() as session:
            return session.scalars(select(Person.login).where(Person.id == person_id)).one_or_none()
