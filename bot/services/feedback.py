"""What borrowers thought of it: asked once about a plan, a case or a refusal, never where somebody is in need."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from bot.nlu.marks import HIGHEST, LOWEST, mark_said, words_beside
from bot.services.accounts import verified_account
from bot.services.outbox import enqueue_words
from bot.services.parts import Parts
from bot.store.tables import Account, Case, Conversation, Turn
from bot.store.tables import Feedback as Row

if TYPE_CHECKING:
    from bot.services.cases import CaseOpened, Cases

ASKED = "feedback"
SCALE = {"worst": LOWEST, "best": HIGHEST}
LOW = 2
LOW_MARK = "low_mark"
# Whoever was in one of these is not asked how it was.
NEVER_AFTER = ("express_distress", "report_death", "wrong_person", "third_party", LOW_MARK)
# Words that come so soon after a mark belong to it; and so long nobody is asked about the same kind of thing again.
A_WORD_LATER = timedelta(minutes=15)
QUIET = timedelta(days=14)


@dataclass(frozen=True)
class Given:
    """What was taken of an answer: the mark, if one was said, and the case that a low one opens."""

    mark: int | None
    case: CaseOpened | None = None


def ask_within(
    session: Session, parts: Parts, conversation: Conversation, account: Account | None, about: str, subject: str
) -> bool:
    """Whether how it was is to be asked now; what is asked once is not asked again.

    ``about``: plan, case or refusal; ``subject``: which one.
    """
    now = parts.now()
    rows = session.scalars(select(Row).where(Row.conversation_id == conversation.id)).all()
    again = next((row for row in rows if row.subject == subject), None)
    if again is not None:
        return again.given_at is None and conversation.asked == ASKED
    lately = any(row.about == about and row.asked_at > now - QUIET for row in rows)
    if conversation.asked or lately or not _may_be_asked(session, conversation, account):
        return False
    whose = account.id if account else None
    session.add(Row(conversation_id=conversation.id, account_id=whose, about=about, subject=subject, asked_at=now))
    conversation.asked = ASKED
    parts.store.audit(session, now, "bot", "feedback_asked", conversation.id, about=about, of=subject)
    return True


def ask_after_case(session: Session, parts: Parts, case: Case, now: datetime) -> None:
    """Asks the borrower of a case that a person has resolved, by a message of its own."""
    conversation = session.get_one(Conversation, case.conversation_id)
    account = session.get(Account, case.account_id) if case.account_id else None
    about = "refusal" if case.reason == "refuse_to_pay" else "case"
    if not ask_within(session, parts, conversation, account, about, f"case:{case.id}"):
        return
    enqueue_words(
        parts,
        session,
        key=f"feedback:{case.id}",
        kind=ASKED,
        conversation=conversation,
        account=account,
        response="utter_ask_feedback",
        facts=SCALE,
    )


def _may_be_asked(session: Session, conversation: Conversation, account: Account | None) -> bool:
    if conversation.case_id is not None or conversation.contact_stopped_at is not None:
        return False
    if account is not None and (account.contact_stopped_at is not None or account.hold is not None):
        return False
    whose = Case.conversation_id == conversation.id
    if account is not None:
        whose = or_(whose, Case.account_id == account.id)
    return session.scalars(select(Case.id).where(whose, Case.reason.in_(NEVER_AFTER)).limit(1)).first() is None


class Feedback:
    """Asking, taking the answer, and listing what was said."""

    def __init__(self, parts: Parts, cases: Cases) -> None:
        self.parts = parts
        self.cases = cases

    def ask(self, conversation_id: str, about: str, subject: str) -> bool:
        """Whether the borrower is to be asked now, as the last of what is said; see `ask_within`."""
        with self.parts.store.transaction() as session:
            conversation = session.get_one(Conversation, conversation_id)
            account = verified_account(session, conversation, self.parts.now())
            return ask_within(session, self.parts, conversation, account, about, subject)

    def give(self, turn_id: int, tapped: int | None = None) -> Given:
        """Takes what a turn says of how it was: a mark, words, or both; a repeated turn changes nothing."""
        now = self.parts.now()
        with self.parts.store.transaction() as session:
            turn = session.get_one(Turn, turn_id)
            conversation = session.get_one(Conversation, turn.conversation_id)
            mark = tapped or mark_said(turn.text)
            words = None if tapped else words_beside(turn.text)
            row = self._row(session, conversation, turn, mark)
            if mark is not None:
                row.mark = mark
            if words and words != row.words:
                row.words = f"{row.words}\n{words}" if row.words else words
            row.given_at = row.given_at or now
            if conversation.asked == ASKED:
                conversation.asked = ""
            self.parts.store.audit(session, now, "borrower", "feedback_given", conversation.id, mark=mark, turn=turn.id)
            if mark is None or mark > LOW:
                return Given(mark)
            return Given(mark, self.cases.open_within(session, conversation, LOW_MARK, about=ASKED))

    def all(self) -> list[dict[str, Any]]:
        """Every answer and every question that nobody answered, the latest first."""
        with self.parts.store.transaction() as session:
            rows = session.execute(
                select(Row, Account, Conversation)
                .join(Conversation, Conversation.id == Row.conversation_id)
                .outerjoin(Account, Account.id == Row.account_id)
                .order_by(Row.id.desc())
            )
            return [
                {
                    **feedback_json(row),
                    "account": account.number if account else None,
                    "language": conversation.language,
                }
                for row, account, conversation in rows
            ]

    def _row(self, session: Session, conversation: Conversation, turn: Turn, mark: int | None) -> Row:
        """The question that a turn answers; what nobody asked for has a row of its own."""
        rows = session.scalars(
            select(Row).where(Row.conversation_id == conversation.id).order_by(Row.asked_at.desc(), Row.id.desc())
        ).all()
        own = f"turn:{turn.id}"
        for row in rows:
            just_given = row.given_at is not None and row.given_at > turn.received_at - A_WORD_LATER
            repeated = row.subject == own or (row.given_at is not None and row.given_at >= turn.received_at)
            if repeated or row.given_at is None or (mark is None and just_given and row.words is None):
                return row
        account = verified_account(session, conversation, self.parts.now())
        fresh = Row(
            conversation_id=conversation.id,
            account_id=account.id if account else None,
            about="unasked",
            subject=own,
            asked_at=turn.received_at,
        )
        session.add(fresh)
        return fresh


def feedback_json(row: Row) -> dict[str, Any]:
    """A question and its answer as `accord feedback list` prints it."""
    return {
        "id": row.id,
        "conversation": row.conversation_id,
        "about": row.about,
        "subject": row.subject,
        "mark": row.mark,
        "words": row.words,
        "asked_at": row.asked_at.isoformat(),
        "given_at": row.given_at.isoformat() if row.given_at else None,
    }
