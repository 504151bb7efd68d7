"""Files that borrowers sent: they stay where they were sent; whoever may see the case has them fetched from there."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from anyio import to_thread
from sqlalchemy import select

from bot.bootstrap import Services
from bot.domain.rights import Actor
from bot.services.desk import Content
from bot.store.tables import Attachment

# Fetches what a messenger keeps under an id; None where it is not there any more.
Download = Callable[[str], Awaitable[bytes | None]]


class BorrowerFiles:
    """Fetches borrowers' files. ``download``: by channel; a channel without one has none."""

    def __init__(self, services: Services, download: dict[str, Download]) -> None:
        self.services = services
        self.download = download

    async def fetch(self, actor: Actor, case: str, file_id: str) -> Content | None:
        """A file that came in the conversation of a case. Raises UnknownCase and NotAllowed."""
        view = await to_thread.run_sync(self.services.desk.case, actor, case)
        found = await to_thread.run_sync(self._find, view.conversation_id, file_id)
        if found is None or view.channel not in self.download:
            return None
        where, name, mime = found
        content = await self.download[view.channel](where)
        return Content(name, mime, content) if content is not None else None

    def _find(self, conversation_id: str, file_id: str) -> tuple[str, str, str] | None:
        """Where a file is, how it is called and what it is, if it came in a conversation."""
        if not (file_id.isascii() and file_id.isdecimal() and len(file_id) < 19):
            return None
        with self.services.parts.store.reading() as session:
            row = session.scalars(
                select(Attachment).where(Attachment.id == int(file_id), Attachment.conversation_id == conversation_id)
            ).one_or_none()
            return (row.file_id, row.name or row.kind, row.mime or "application/octet-stream") if row else None
