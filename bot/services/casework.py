"""Working on cases: whatever changes a case at the desk.

Every call names who acts, the case by its reference and the click: the same click again changes nothing and says what
the first one said. Raises UnknownCase (of a case of another team, too, in the same words; that is recorded),
NotAllowed, Taken where a colleague has the case, and NotPossible with one clear sentence.
"""

from __future__ import annotations

import base64
import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal
from zoneinfo import ZoneInfo

from sqlalchemy import select
from sqlalchemy.orm import Session

from bot.domain.guard import Finding
from bot.domain.rights import GENERAL, Actor
from bot.services import calls
from bot.services.case_decisions import CaseDecisions
from bot.services.case_desk import NotPossible, Taken, people_for, words_of
from bot.services.case_terms import Proposed, Quote
from bot.services.case_times import CaseTimes
from bot.services.cases import DISPUTES, FRAUD, UNAFFORDABLE, UnknownCase, reasons_of, reference
from bot.services.guarding import NeedsAnotherLook
from bot.services.outbox import enqueue_words
from bot.services.parts import new_id
from bot.services.presence import empty_teams
from bot.services.timeline import moved_to, record, recorded
from bot.store.tables import Account, AgentFile, Case, CaseEvent, Conversation, Decision, OutboxMessage

__all__ = [
    "Casework",
    "DisputeResult",
    "NeedsAnotherLook",
    "NotPossible",
    "Proposed",
    "Quote",
    "Taken",
    "UnknownCase",
    "Upload",
]

DisputeResult = Literal["upheld", "partly", "rejected"]
MENTIONED = re.compile(r"(?<![\w@.])@([\w][\w.+\-]{0,79}(?:@[\w.\-]{1,79})?)")
LARGEST_FILE = 10 * 1024 * 1024
MOST_FILES = 5
LONGEST_OUTCOME = 500
# What a borrower's device shows or saves without running anything.
SENDABLE = {
    "application/pdf": ".pdf",
    "image/png": ".png",
    "image/jpeg": ".jpg",
    "text/plain": ".txt",
    "text/calendar": ".ics",
    "text/csv": ".csv",
}


@dataclass(frozen=True)
class Upload:
    """A file that an agent sends along."""

    name: str
    mime: str
    content: bytes


class Casework(CaseDecisions, CaseTimes):
    """Everything that changes a case at the desk."""

    # -- whose a case is

    def claim(self, actor: Actor, case: str, key: str) -> None:
        """Takes a case that nobody has. Of two at once one wins; the other gets Taken with the winner's name."""
        with self._on(actor, case) as (session, found):
            actor.demand("work")
            if self._done(session, actor, key, found) is None:
                self._is_open(found)
                self._take(session, actor, found, key)

    def release(self, actor: Actor, case: str, key: str) -> None:
        """Puts a case back for others to take; one's own, or with the right to assign anybody's."""
        with self._on(actor, case) as (session, found):
            actor.demand("work")
            if self._done(session, actor, key, found) is not None:
                return
            self._is_open(found)
            if found.owner_id is None:
                raise NotPossible("Nobody has this case.")
            if found.owner_id != actor.id and not actor.may("assign"):
                raise Taken(self._name(session, found.owner_id))
            self.put_back(session, found)
            self._note(session, actor, found, key, "released")

    def assign(self, actor: Actor, case: str, key: str, login: str) -> None:
        """Gives a case to a colleague of its team; to oneself it is `claim`."""
        if login.strip().lower() == actor.login:
            self.claim(actor, case, key)
            return
        with self._on(actor, case) as (session, found):
            actor.demand("assign")
            if self._done(session, actor, key, found) is not None:
                return
            self._is_open(found)
            person = next((p for p in people_for(session, found.team) if p.login == login.strip().lower()), None)
            if person is None:
                raise NotPossible(f"Nobody called {login.strip()} works on cases of this team.")
            found.owner_id, found.claimed_at = person.id, self.parts.now()
            if found.status == "waiting":
                found.status = "claimed"
            self._hold_talk(session, found)
            event = self._note(session, actor, found, key, "assigned", to=person.login)
            self._mention(session, event, person)

    def move(self, actor: Actor, case: str, key: str, team: str, words: str = "") -> None:
        """Gives a case to another team of policies/desk.yml, for anybody there to take.

        Who may not give cases to others says why, and moves only what no colleague has.
        """
        if self._moved_already(actor, key):
            return
        with self._on(actor, case) as (session, found):
            actor.demand("work")
            self._done(session, actor, key, found)
            self._is_open(found)
            if self.parts.desk.team(team) is None:
                raise NotPossible(f"There is no team {team}.")
            if team == (found.team or GENERAL):
                raise NotPossible("This team has the case already.")
            if team in empty_teams(self.parts, session):
                raise NotPossible("Nobody works in that team, so nobody would take the case.")
            said = words.strip()[:LONGEST_OUTCOME]
            if not actor.may("assign"):
                said = words_of(said, "Say why another team should have it.")
                if found.owner_id not in (None, actor.id):
                    raise Taken(self._name(session, found.owner_id))
            self.put_back(session, found)
            found.team = team
            self._note(session, actor, found, key, "moved", said or None, **moved_to(self.parts.desk, team))

    def _moved_already(self, actor: Actor, key: str) -> bool:
        """Whether a click moved a case, which whoever clicked may not see any more."""
        with self.parts.store.reading() as session:
            event = recorded(session, self._click(actor, key))
            return event is not None and event.kind == "moved"

    # -- words

    def answer(
        self, actor: Actor, case: str, key: str, text: str, anyway: bool = False, files: Sequence[Upload] = ()
    ) -> tuple[Finding, ...]:
        """Words to the borrower in their own chat, by the guard; takes a case that nobody has.

        Raises NeedsAnotherLook (`bot.services.guarding`); ``anyway`` insists on what was found, which is recorded.
        """
        with self._on(actor, case) as (session, found):
            done = self._done(session, actor, key, found)
            if done is not None:
                return tuple(Finding(**row) for row in done.data.get("findings", ()))
            said = words_of(text, "Write something first, or say what the file is.")
            shown = [self._keep_file(session, found, upload) for upload in _checked(files)]
            self._work_on(session, actor, found, key)
            message, findings = self.guarding.write_within(
                session,
                found,
                said,
                key=f"{found.id}:{self._click(actor, key)}",
                role=actor.negotiates_as or "agent",
                by=actor.login,
                anyway=anyway,
                actor=actor.signature,
                files=[_file_json(row) for row in shown],
            )
            for row in shown:
                row.outbox_id = message.id
            told: dict[str, Any] = {"in_time": self._in_time(found)}
            if findings:
                told["findings"] = [vars(finding) for finding in findings]
            if shown:
                told["files"] = len(shown)
            self._note(session, actor, found, key, "answered", said, outbox=message.id, **told)
            self._answered(session, found, message)
            return findings

    def held_back(self, actor: Actor, key: str) -> str | None:
        """Why what a click sent to the borrower was held back; None where it was not, or where it sent nothing."""
        with self.parts.store.reading() as session:
            query = (
                select(OutboxMessage.blocked_by)
                .join(CaseEvent, CaseEvent.outbox_id == OutboxMessage.id)
                .where(CaseEvent.key == self._click(actor, key), OutboxMessage.status == "blocked")
            )
            return session.scalars(query).first()

    def note(self, actor: Actor, case: str, key: str, text: str) -> None:
        """Words for colleagues alone; @login tells somebody of them. Raises NotPossible for one whom nobody has."""
        with self._on(actor, case) as (session, found):
            actor.demand("work")
            if self._done(session, actor, key, found) is not None:
                return
            said = words_of(text)
            meant = {login.lower().rstrip(".") for login in MENTIONED.findall(said)}
            people = people_for(session, found.team)
            unknown = sorted(meant - {person.login for person in people} - {actor.login})
            if unknown:
                raise NotPossible(f"Nobody called {', '.join(unknown)} works on cases of this team.")
            event = self._note(session, actor, found, key, "noted", said)
            for person in people:
                if person.login in meant and person.id != actor.id:
                    self._mention(session, event, person)

    def _keep_file(self, session: Session, case: Case, upload: Upload) -> AgentFile:
        row = AgentFile(
            case_id=case.id,
            secret=new_id("f"),
            name=_file_name(upload),
            mime=upload.mime,
            size=len(upload.content),
            content=base64.b64encode(upload.content).decode(),
            at=self.parts.now(),
        )
        session.add(row)
        session.flush()
        return row

    # -- what was found out

    def dispute(self, actor: Actor, case: str, key: str, result: DisputeResult, words: str) -> None:
        """Records what came of looking into a dispute; rejected, it no longer stops collection.

        What stands for fraud goes on only where the actor may lift a hold.
        """
        with self._on(actor, case) as (session, found):
            if self._done(session, actor, key, found) is not None:
                return
            if result not in ("upheld", "partly", "rejected"):
                raise NotPossible("A dispute is upheld, partly upheld or rejected.")
            if not set(reasons_of(found)) & set(DISPUTES.values()):
                raise NotPossible("Nothing is disputed in this case.")
            said = words_of(words, "Say what was found.")
            self._work_on(session, actor, found, key)
            account = self._account(session, found)
            self._note(session, actor, found, key, "dispute_decided", said, result=result)
            lifts = result == "rejected" and account is not None and account.hold in DISPUTES.values()
            if lifts and account is not None and (account.hold != FRAUD or actor.may("lift_hold")):
                self.cases.let_go(session, found, actor.signature, actor.id)

    def hold(self, actor: Actor, case: str, key: str, reason: str | None) -> None:
        """Stops collection on the account for a reason of policies/handover.yml; None lets it go on.

        To lift takes the right `lift_hold`, unless the reason is that nothing was affordable; so does a lighter reason
        in the place of a graver one, since it would be lifted more easily.
        """
        with self._on(actor, case) as (session, found):
            actor.demand("work")
            if self._done(session, actor, key, found) is not None:
                return
            account = self._its_account(session, found)
            if reason is not None:
                rule = self.parts.handover.reasons.get(reason)
                if rule is None or not rule.stops_collection:
                    raise NotPossible(f"{reason} is no reason to stop collection.")
                if not actor.may("lift_hold") and not self.cases.may_replace(reason, account.hold):
                    raise NotPossible(
                        "Collection is stopped for a graver reason already; only a supervisor changes that."
                    )
                self._work_on(session, actor, found, key)
                account.hold = reason
                self._note(session, actor, found, key, "held", reason=reason)
                return
            if account.hold is None:
                raise NotPossible("Collection is not stopped on this account.")
            if account.hold != UNAFFORDABLE:
                actor.demand("lift_hold")
            if self.cases.others_hold(session, found):
                raise NotPossible("Another open case of this borrower needs collection to stay stopped.")
            lifted, account.hold = account.hold, None
            self._note(session, actor, found, key, "hold_lifted", reason=lifted)

    def call_back(self, actor: Actor, case: str, key: str, at: datetime) -> None:
        """Notes when somebody calls the borrower, who is told; until then the case waits for that."""
        with self._on(actor, case) as (session, found):
            if self._done(session, actor, key, found) is not None:
                return
            account = self._account(session, found)
            self._may_be_called(account, at)
            self._work_on(session, actor, found, key)
            self._expect_call(found, at)
            event = self._note(session, actor, found, key, "call_set", at=at.isoformat())
            self._tell(session, found, event, "utter_call_at", moment={"moment": at.isoformat()})

    def called(self, actor: Actor, case: str, key: str, reached: bool, words: str = "") -> None:
        """Notes what came of a call that was arranged; a borrower who was not reached is told that somebody tried."""
        with self._on(actor, case) as (session, found):
            if self._done(session, actor, key, found) is not None:
                return
            if found.call_at is None:
                raise NotPossible("No call is arranged in this case.")
            self._work_on(session, actor, found, key)
            now, said = self.parts.now(), words.strip()[:LONGEST_OUTCOME]
            result = "reached" if reached else "not_reached"
            event = self._note(session, actor, found, key, "called", said or None, result=result)
            found.call_at = found.awaits_agent_since = None
            if reached:
                found.answered_at, found.status = found.answered_at or now, "borrower"
            else:
                self.cases.await_agent(found, now)
                self._tell(session, found, event, "utter_call_missed")

    def _may_be_called(self, account: Account | None, at: datetime) -> None:
        """Raises NotPossible where nobody may or can call the borrower of an account at a time."""
        hours, rules = self.parts.handover.opening_hours, self.parts.desk.callback_slots
        match calls.obstacle(self.parts, account, at):
            case "passed":
                raise NotPossible("That time has passed.")
            case "far":
                raise NotPossible(f"A call is promised at most {rules.days_ahead} days ahead.")
            case "closed":
                opens, closes = f"{hours.opens:%H:%M}", f"{hours.closes:%H:%M}"
                raise NotPossible(f"Nobody works then. Calls are made on working days, {opens} to {closes}.")
            case "resting" if account is not None:
                there = at.astimezone(ZoneInfo(account.time_zone))
                raise NotPossible(
                    f"That is {there:%H:%M} on {there:%Y-%m-%d} for the borrower, who may not be called then."
                )

    def _tell(self, session: Session, case: Case, event: CaseEvent, response: str, **facts: Any) -> None:
        """Tells the borrower what was done about a call."""
        enqueue_words(
            self.parts,
            session,
            key=f"call:{event.id}",
            kind="case",
            response=response,
            facts={**facts, "reference": reference(case.id)},
            conversation=session.get_one(Conversation, case.conversation_id),
            account=self._account(session, case),
            invited=True,
        )

    # -- the end

    def resolve(self, actor: Actor, case: str, key: str, outcome: str, words: str) -> None:
        """Ends a case with an outcome of policies/desk.yml; the bot has the conversation again and says so."""
        if self.parts.desk.outcome(outcome) is None:
            raise NotPossible(f"{outcome} is no outcome.")
        with self._on(actor, case) as (session, found):
            self._end(session, actor, found, key, outcome, words)

    def hand_back(self, actor: Actor, case: str, key: str, words: str) -> None:
        """Gives the conversation back to the bot, which goes on from what was agreed, and tells the borrower so."""
        with self._on(actor, case) as (session, found):
            self._end(session, actor, found, key, None, words)

    def _end(self, session: Session, actor: Actor, case: Case, key: str, outcome: str | None, words: str) -> None:
        """Resolves a case with an outcome, or returns it to the bot."""
        if self._done(session, actor, key, case) is not None:
            return
        said = words.strip()[:LONGEST_OUTCOME]
        self._work_on(session, actor, case, key)
        if self._awaits_decision(session, case):
            raise NotPossible("The borrower waits for a decision on terms; decide on them first.")
        account = self._account(session, case)
        told = {"outcome": outcome} if outcome else {}
        self._note(session, actor, case, key, "resolved" if outcome else "handed_back", said or None, **told)
        if account is not None and self._may_let_go(session, actor, case, account.hold):
            self.cases.let_go(session, case, actor.signature, actor.id)
        self._withdraw_waiting(session, case)
        self.cases.end_within(
            session,
            case,
            said or (outcome or "returned"),
            actor.signature,
            status="resolved" if outcome else "returned",
            kind=outcome or "returned",
        )

    @staticmethod
    def _may_let_go(session: Session, actor: Actor, case: Case, hold: str | None) -> bool:
        """Whether collection may go on as somebody ends a case: who may lift a hold may, and anybody where what
        stopped it was only that nothing was affordable, or a dispute that was rejected. After a dispute in which the
        borrower was right, even in part, nobody's end lifts it; that is done by itself."""
        if hold in DISPUTES.values():
            decided = select(CaseEvent).where(CaseEvent.case_id == case.id, CaseEvent.kind == "dispute_decided")
            last = session.scalars(decided.order_by(CaseEvent.id.desc()).limit(1)).first()
            if last is not None:
                return last.data.get("result") == "rejected" and (hold != FRAUD or actor.may("lift_hold"))
        return hold == UNAFFORDABLE or actor.may("lift_hold")

    def reopen(self, actor: Actor, case: str, key: str) -> None:
        """Takes up a case again that came to its end, where its conversation has no other one."""
        with self._on(actor, case) as (session, found):
            actor.demand("reopen")
            if self._done(session, actor, key, found) is not None:
                return
            if found.resolved_at is None:
                raise NotPossible("This case is open.")
            if found.merged_into is not None:
                raise NotPossible(f"This case went on in {reference(found.merged_into)}.")
            other = self.cases.open_in(session, found.conversation_id)
            if other is not None:
                raise NotPossible(f"{reference(other.id)} is open in the same conversation.")
            now = self.parts.now()
            found.resolved_at = found.outcome = found.outcome_kind = found.call_at = None
            found.status, found.owner_id, found.claimed_at, found.answered_at = "waiting", None, None, None
            found.reopened, found.escalated = found.reopened + 1, 0
            found.awaits_agent_since, found.due_at = now, self.parts.handover.due(found.reason, now)
            found.team = self.cases.team_for(session, found.language, reasons_of(found))
            session.flush()
            if found.holds:
                self._hold_talk(session, found)
            self._note(session, actor, found, key, "reopened")

    def merge(self, actor: Actor, case: str, key: str, into: str) -> None:
        """Ends a case in favour of another open one of the same borrower, which takes over its reasons."""
        ids = {}
        for name in (case, into):
            with self._on(actor, name) as (_, seen):
                actor.demand("merge")
                ids[name] = seen.id
        # Locked in one order, so that of two who merge them either way one waits for the other, and not each for each.
        with self._on(actor, min(ids, key=lambda name: ids[name])), self._on(actor, case) as (session, found):
            if self._done(session, actor, key, found) is not None:
                return
            self._is_open(found)
            with self._on(actor, into) as (_, other):
                if other.id == found.id:
                    raise NotPossible("A case is not merged into itself.")
                if other.resolved_at is not None:
                    raise NotPossible(f"{reference(other.id)} is closed.")
                if found.account_id is None or found.account_id != other.account_id:
                    raise NotPossible("Only cases of the same account are merged.")
                now = self.parts.now()
                self.cases.take_over(session, other, found)
                record(
                    session,
                    now,
                    other,
                    "took_over",
                    key=f"took_over:{other.id}:{found.id}:{found.reopened}",
                    person=actor.id,
                    other=reference(found.id),
                )
                found.merged_into = other.id
                self._note(session, actor, found, key, "merged", into=reference(other.id))
                self._withdraw_waiting(session, found)
                self.cases.end_within(
                    session,
                    found,
                    f"merged into {reference(other.id)}",
                    actor.signature,
                    kind="merged",
                    told="utter_case_merged",
                    facts={"other": reference(other.id)},
                )

    def _withdraw_waiting(self, session: Session, case: Case) -> None:
        """What waits for a decision in a case that ends is not decided on any more."""
        waiting = session.scalars(select(Decision).where(Decision.case_id == case.id, Decision.status == "waiting"))
        for decision in waiting:
            self._close(session, decision, "withdrawn")


def _checked(files: Sequence[Upload]) -> Sequence[Upload]:
    """Files that may be sent. Raises NotPossible."""
    if len(files) > MOST_FILES:
        raise NotPossible(f"Send at most {MOST_FILES} files at once.")
    for upload in files:
        if upload.mime not in SENDABLE:
            raise NotPossible("Send a PDF, a picture (PNG or JPEG), a text, a table (CSV) or a calendar file.")
        if not 0 < len(upload.content) <= LARGEST_FILE:
            raise NotPossible(f"A file has at most {LARGEST_FILE // 1024 // 1024} MB, and something in it.")
    return files


def _file_name(upload: Upload) -> str:
    """A file's name without folders and control characters, ending as its kind does."""
    bare = re.split(r"[\\/]", upload.name)[-1]
    kept = "".join(char for char in bare if char.isprintable() and char not in '<>:"|?*').strip(". ")[:80]
    ending = SENDABLE[upload.mime]
    same = kept.lower().endswith((ending, ".jpeg") if ending == ".jpg" else (ending,))
    return kept if kept and same else f"{kept or 'file'}{ending}"


def _file_json(row: AgentFile) -> dict[str, Any]:
    """A file as channels show it."""
    return {"secret": row.secret, "name": row.name, "mime": row.mime, "size": row.size}
