"""What is said in Chatwoot, and what never is: figures that prove somebody's identity are masked before they leave."""

from __future__ import annotations

import functools
import re
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from ruamel.yaml import YAML
from sqlalchemy.orm import Session

from bot.desk.page import Formats
from bot.desk.texts import Texts, texts
from bot.dialogue.words import traditional
from bot.domain import masking
from bot.domain.rights import Actor, PersonRole
from bot.services.accounts import verified_account
from bot.services.cases import reasons_of, reference
from bot.services.desk_case import case_view
from bot.services.desk_views import Said
from bot.services.parts import Parts
from bot.settings import Settings
from bot.store.tables import Account, Case, CaseEvent, Conversation, Person, Turn

HERE = Path(__file__).parent
LONGEST_LINE = 2_000
LONGEST_TRANSCRIPT = 30_000
# Lines of a case's summary that stay on the desk.
NOT_TOLD = frozenset({"hardship", "budget"})
SAID_BY = {"borrower": "said_borrower", "bot": "said_bot", "agent": "said_agent"}
# What the borrower was asked, so that every figure in the answer is one that proves who they are.
PROVING = ("identity", "passcode")


@functools.cache
def words(language: str) -> Texts:
    """The sentences of this channel."""
    simplified = language != "en"
    path = HERE / f"words.{'zh-Hans' if simplified else 'en'}.yml"
    entries: dict[str, Any] = YAML(typ="safe").load(path.read_text(encoding="utf-8"))
    if language == "zh-Hant":
        entries = {key: _in_traditional(entry) for key, entry in entries.items()}
    return Texts(language, entries)


def _in_traditional(entry: str | dict[str, str]) -> str | dict[str, str]:
    return traditional(entry) if isinstance(entry, str) else {form: traditional(text) for form, text in entry.items()}


def teams_told(settings: Settings) -> list[str]:
    """The teams whose cases are told in Chatwoot; none where those of all are."""
    return [team for team in (part.strip() for part in settings.chatwoot_teams.split(",")) if team]


def without_names(text: str, names: Sequence[str]) -> str:
    """A text in which no part of a name is seen."""
    for name in names:
        whole = f"(?<![A-Za-z]){re.escape(name)}(?![A-Za-z])" if name.isascii() else re.escape(name)
        text = re.sub(whole, masking.DOT * 4, text, flags=re.IGNORECASE)
    return text


class Telling:
    """Puts cases into words for Chatwoot."""

    def __init__(self, parts: Parts) -> None:
        self.parts = parts
        language = parts.settings.chatwoot_language
        self.words, self.desk = words(language), texts(language)
        self.formats = Formats(self.desk, parts.handover.opening_hours.time_zone)
        # Whoever reads a case to tell it there: of the teams that are told there, or of all.
        teams = frozenset(teams_told(parts.settings))
        role: PersonRole = "agent" if teams else "auditor"
        self.reader = Actor(0, "chatwoot", "Chatwoot", role, "en", teams)

    # -- who

    def source(self, conversation_id: str) -> str:
        """By what Chatwoot knows a borrower: says nothing to whoever has no key."""
        return f"accord-{self.parts.store.keyring.keyed_hash(conversation_id, 'chatwoot contact')[:32]}"

    def name(self, session: Session, case: Case) -> str:
        """What a borrower is called in Chatwoot: by a code, unless they have proven who they are and it is allowed."""
        conversation = session.get_one(Conversation, case.conversation_id)
        account = verified_account(session, conversation, self.parts.now())
        if self.parts.settings.chatwoot_names and account is not None:
            return account.borrower_name
        return self.words("borrower", code=self.source(case.conversation_id).removeprefix("accord-")[:6].upper())

    def attributes(self, case: Case) -> dict[str, str]:
        """What the sidebar of the conversation shows."""
        return {
            "accord_case": reference(case.id),
            "accord_reason": self.desk.listed(self.desk.code("reason", reason) for reason in reasons_of(case)),
            "accord_priority": self.desk.code("priority", case.priority),
            "accord_language": self.desk.code("language", case.language),
            "accord_due": self.formats.plain_moment(case.due_at),
        }

    # -- what

    def handover(self, session: Session, case: Case, turn: int, event: int, anew: bool) -> str:
        """The note with which a case begins: why it is here, the summary, what was said up to a turn and an event."""
        t, shown = self.words, self.attributes(case)
        channel = session.get_one(Conversation, case.conversation_id).channel
        lines = [
            t("head", reference=shown["accord_case"], reasons=shown["accord_reason"]),
            t(
                "facts",
                priority=shown["accord_priority"],
                due=shown["accord_due"],
                language=shown["accord_language"],
                channel=self.desk.code("channel", channel),
            ),
            t("desk", address=f"{self.parts.settings.address}/desk/case/{reference(case.id)}"),
        ]
        if anew:
            lines.append(t("anew"))
        view = case_view(self.parts, session, self.reader, case, (), ())
        summary = [line for line in view.summary if line.code not in NOT_TOLD]
        if summary:
            told = (str(self.formats.sentence("summary", line.code, line.facts)) for line in summary)
            lines += ["", t("summary"), *(f"– {self._masked(session, case, line)}" for line in told)]
        said = self._up_to(session, view.transcript, turn, event)
        lines += ["", t("transcript"), *self._transcript(session, case, said), "", t("how")]
        return "\n".join(lines)

    @staticmethod
    def _up_to(session: Session, said: Sequence[Said], turn: int, event: int) -> list[Said]:
        """What was said up to a turn and an event; what came later is told by itself."""
        last_turn, last_event = session.get(Turn, turn), session.get(CaseEvent, event)
        until = {
            "borrower": last_turn.received_at if last_turn else None,
            "agent": last_event.at if last_event else None,
        }
        kept = []
        for one in said:
            last = until.get(one.who, one.at)
            if last is not None and one.at <= last and one.delivery not in ("blocked", "failed"):
                kept.append(one)
        return kept

    def _transcript(self, session: Session, case: Case, said: Sequence[Said]) -> list[str]:
        """What was said, the latest of it where it is long."""
        lines = []
        for one in said:
            who = one.name if one.who == "agent" and one.name else self.words(SAID_BY[one.who])
            text = self._masked(session, case, one.text) or (self.words("file") if one.files else "")
            if text:
                lines.append(f"[{self.formats.local(one.at):%m-%d %H:%M}] {who}: {text[:LONGEST_LINE]}")
        kept, size = [], 0
        for line in reversed(lines):
            size += len(line)
            if size > LONGEST_TRANSCRIPT:
                break
            kept.append(line)
        if len(kept) < len(lines):
            kept.append(self.words("earlier", count=len(lines) - len(kept)))
        return kept[::-1] or [self.words("nothing_said")]

    def of_borrower(self, session: Session, case: Case, turn: Turn) -> str:
        """A borrower's words as they leave."""
        asked = session.get_one(Conversation, turn.conversation_id).asked
        proving = masking.identifies(turn.stage, turn.intent) or (turn.stage is None and asked in PROVING)
        text = self._masked(session, case, turn.text, proving)
        return text if text.strip() else self.words("file")

    def event(self, session: Session, case: Case, event: CaseEvent) -> str:
        """Something that happened on the desk, with its words."""
        person = session.get(Person, event.person_id) if event.person_id else None
        by = person.name if person else self.desk("event_by.nobody")
        line = str(self.formats.sentence("event", event.kind, {**event.data, "by": by}))
        if files := event.data.get("files"):
            line += " " + self.words("files", count=files)
        if not event.words:
            return line
        words = self._masked(session, case, event.words)
        return self.words("desk_says", line=line) + "\n" + words

    def problem(self, error: Exception) -> str:
        """Why something was not possible, as a service says it, in the language of the notes."""
        return self.desk.retold("not_possible", str(error))

    def _masked(self, session: Session, case: Case, text: str, proving: bool = False) -> str:
        account = session.get(Account, case.account_id) if case.account_id else None
        known = (account.number, account.phone, account.national_id or "") if account is not None else ()
        text = masking.figures(text, known, proving)
        if account is None or self.parts.settings.chatwoot_names:
            return text
        return without_names(text, name_parts(account.borrower_name))


def name_parts(name: str) -> list[str]:
    """The whole name, and each word of it that is long enough to be known again."""
    parts = [part for part in re.split(r"[\s,]+", name) if len(part) > (2 if part.isascii() else 1)]
    return sorted({name, *parts}, key=len, reverse=True) if name else []
