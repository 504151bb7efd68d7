"""Words kept for use again: somebody's own, a team's, everybody's."""

from __future__ import annotations

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from bot.domain.agreement import NotPossible
from bot.domain.rights import Actor, NotAllowed
from bot.services.desk_views import CannedView
from bot.services.parts import Parts
from bot.store.tables import CannedReply

LONGEST_TITLE = 80
LONGEST_BODY = 3500


class Replies:
    """Keeping words for use again, and listing them."""

    def __init__(self, parts: Parts) -> None:
        self.parts = parts

    def replies(self, actor: Actor, language: str | None = None) -> list[CannedView]:
        """The words kept for use again that the reader may use."""
        actor.demand("see_cases")
        with self.parts.store.reading() as session:
            return replies_for(session, actor, language)

    def save_reply(
        self,
        actor: Actor,
        title: str,
        body: str,
        language: str,
        team: str | None = None,
        everybody: bool = False,
        reply_id: int | None = None,
    ) -> int:
        """Keeps words for use again, for a team or everybody with the right to; their id. Raises NotPossible."""
        actor.demand("work")
        shared = team is not None or everybody
        if shared:
            actor.demand("team_replies")
        if not 0 < len(title.strip()) <= LONGEST_TITLE:
            raise NotPossible(f"A title has 1 to {LONGEST_TITLE} characters.")
        if not 0 < len(body.strip()) <= LONGEST_BODY:
            raise NotPossible(f"Write 1 to {LONGEST_BODY} characters.")
        if language not in ("en", "zh-Hans", "zh-Hant"):
            raise NotPossible("Words are kept in English or Chinese.")
        if team is not None and self.parts.desk.team(team) is None:
            raise NotPossible(f"There is no team {team}.")
        if team is not None and team not in actor.sees_teams:
            raise NotAllowed("team_replies", "You keep words for your own teams.")
        with self.parts.store.transaction() as session:
            row = self._own_reply(session, actor, reply_id) if reply_id is not None else CannedReply()
            row.owner_id, row.team = None if shared else actor.id, None if everybody else team
            row.title, row.body, row.language = title.strip(), body.strip(), language
            row.changed_at = self.parts.now()
            session.add(row)
            session.flush()
            self._audit_reply(session, actor, "reply_saved", row)
            return row.id

    def delete_reply(self, actor: Actor, reply_id: int) -> None:
        """Forgets words kept for use again."""
        actor.demand("work")
        with self.parts.store.transaction() as session:
            row = self._own_reply(session, actor, reply_id)
            self._audit_reply(session, actor, "reply_deleted", row)
            session.delete(row)

    def _own_reply(self, session: Session, actor: Actor, reply_id: int) -> CannedReply:
        """Words that somebody may change. Raises NotPossible and NotAllowed."""
        row = session.get(CannedReply, reply_id)
        others = row is not None and row.owner_id not in (None, actor.id)
        if row is None or others or (row.team is not None and row.team not in actor.sees_teams):
            raise NotPossible("There are no such words.")
        if row.owner_id is None:
            actor.demand("team_replies")
        return row

    def _audit_reply(self, session: Session, actor: Actor, action: str, row: CannedReply) -> None:
        scope = "own" if row.owner_id is not None else "team" if row.team else "all"
        self.parts.store.audit(session, self.parts.now(), actor.signature, action, str(row.id), scope=scope)


def replies_for(session: Session, actor: Actor, language: str | None = None) -> list[CannedView]:
    """The words kept for use again that somebody may use, in one language or in all."""
    everybody = CannedReply.owner_id.is_(None) & CannedReply.team.is_(None)
    theirs = or_(CannedReply.owner_id == actor.id, CannedReply.team.in_(actor.sees_teams), everybody)
    query = select(CannedReply).where(theirs)
    if language is not None:
        query = query.where(CannedReply.language == language)
    return [
        CannedView(
            id=row.id,
            scope="own" if row.owner_id is not None else "team" if row.team else "all",
            team=row.team,
            language=row.language,
            title=row.title,
            body=row.body,
        )
        for row in session.scalars(query.order_by(CannedReply.title, CannedReply.id))
    ]
