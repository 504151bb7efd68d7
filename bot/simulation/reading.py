"""Messages read by the very model that serves, and its readings as acts, by the rules of the dialogue."""

from __future__ import annotations

import json
import os
import subprocess
from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from datetime import datetime, time
from pathlib import Path
from typing import Any

from bot.domain.money import Money
from bot.domain.negotiation import Wish
from bot.domain.proposal import Proposal, read_proposal
from bot.settings import ROOT
from bot.simulation.accord import Accord
from bot.simulation.messages import as_json, message
from bot.simulation.mind import Act, Mind
from bot.simulation.population import TODAY
from bot.simulation.strategies import Player

# As data/rules/ and actions/negotiation.py have it.
WISHES: dict[str, tuple[Wish, tuple[str, ...]]] = {
    "request_plan": ("plan", ("money", "instalments", "duration")),
    "request_waiver": ("waiver", ()),
    "request_deferral": ("deferral", ("money",)),
    "report_hardship": ("relief", ("money",)),
}
YES = ("affirm", "accept_offer")
NO = ("deny", "reject_offer")
# What the dialogue gives to a person; a message that is read so ends the talk.
TO_PERSON = (
    "dispute_debt",
    "claim_already_paid",
    "report_fraud",
    "report_bankruptcy",
    "legal_representation",
    "report_death",
    "express_distress",
    "complain",
    "request_human",
    "report_payment_problem",
    "stop_contact",
)
MISREAD_SHOWN = 40


class Reader:
    """A dialogue process that reads one message after the other, as `accord parse` does."""

    def __init__(self, python: Path, model: Path) -> None:
        self._process = subprocess.Popen(
            [str(python), "-m", "bot.dialogue.launcher", "parse", str(model)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            cwd=ROOT,
            env={**os.environ, "PYTHONPATH": str(ROOT), "PYTHONIOENCODING": "utf-8"},
            encoding="utf-8",
        )

    def read(self, text: str, stage: str, asked: str, language: str) -> dict[str, Any]:
        """How a message is read in a situation. Raises RuntimeError where the process has ended."""
        if self._process.stdin is None or self._process.stdout is None:
            raise RuntimeError("the dialogue process has no pipes")
        now = datetime.combine(TODAY, time(10)).isoformat()
        metadata = {"now": now, "time_zone": "UTC", "stage": stage, "asked": asked, "language": language}
        line = json.dumps({"text": text.lstrip("/／ \t\u3000"), "metadata": metadata})
        self._process.stdin.write(line + "\n")
        self._process.stdin.flush()
        answer = self._process.stdout.readline()
        if not answer:
            raise RuntimeError("the dialogue process ended; the lines above say why")
        found: dict[str, Any] = json.loads(answer)
        return found

    def close(self) -> None:
        if self._process.stdin is not None:
            self._process.stdin.close()
        self._process.wait(timeout=30)


@contextmanager
def opened(python: Path, model: Path) -> Iterator[Reader]:
    """A reader that is closed in the end."""
    reader = Reader(python, model)
    try:
        yield reader
    finally:
        reader.close()


class Written:
    """The channel on which acts become messages and messages are read; counts how often what is read is what was meant.

    A message that is read as nothing that negotiates is met with a question: the borrower says the next thing.
    """

    def __init__(self, reader: Reader) -> None:
        self.reader = reader
        self.meant: Counter[str] = Counter()
        self.understood: Counter[str] = Counter()
        self.misread: list[dict[str, Any]] = []
        self.to_person = 0
        self._again: Mind | None = None  # whose last message was not understood: the next one says it again

    def __call__(self, mind: Mind, act: Act, player: Player) -> Act | None:
        borrower = mind.borrower
        if not isinstance(player, Accord):
            return act
        if not borrower.types and act.kind in ("choose", "agree"):
            return act  # a button that says just that
        text = message(borrower, act, self.meant.total())
        stage = "confirming" if player.asked == "confirm" else "negotiating" if player.offered else "verified"
        found = self.reader.read(text, stage, player.asked, borrower.language)
        read = act_of(found, text, stage, player.table.owed)
        right = read is not None and same(act, read, player)
        first = () if self._again is mind else ("first try",)
        self._again = mind if read is None else None
        for key in ("all", *first, borrower.language, borrower.manner, act.topic):
            self.meant[key] += 1
            self.understood[key] += right
        if not right and len(self.misread) < MISREAD_SHOWN:
            intent = (found.get("intent") or {}).get("name")
            self.misread.append({"text": text, "meant": as_json(act), "intent": intent, "read": read and as_json(read)})
        if read is not None and read.kind == "leave":
            self.to_person += 1
        return read


def act_of(found: Mapping[str, Any], text: str, stage: str, owed: Money) -> Act | None:
    """A reading as an act, by the rules of the dialogue; None where it is nothing that negotiates."""
    intent = (found.get("intent") or {}).get("name") or ""
    entities = [e for e in found.get("entities", []) if e["entity"] != "stage"]
    kinds = {e["entity"] for e in entities if e.get("value") is not None}
    proposal = read_proposal(entities, owed, TODAY, text)
    if intent in WISHES:
        wish, named = WISHES[intent]
        return Act("name", intent, proposal=proposal) if kinds & set(named) else Act("wish", intent, wish)
    if intent == "cannot_pay":
        if stage == "negotiating":
            return Act("refuse", intent)
        return Act("name", intent, proposal=proposal) if "money" in kinds else Act("wish", intent, "relief")
    if intent == "pay_now":
        if kinds & {"money", "percentage"}:
            return Act("name", intent, proposal=replace(proposal, first_on=proposal.first_on or TODAY))
        return Act("wish", intent, "pay_now")
    if intent in ("propose_plan", "promise_payment") or (intent == "modify_plan" and stage != "verified"):
        return Act("name", intent, proposal=proposal, single=intent == "promise_payment")
    if stage == "confirming" and intent in YES:
        return Act("agree", intent)
    if stage == "confirming" and intent in (*NO, "cancel_plan"):
        return Act("refuse", intent)
    if intent in ("select_option", "accept_offer") or (intent == "affirm" and stage == "negotiating"):
        option = next((int(e["value"]) for e in entities if e["entity"] == "option"), 0)
        return Act("choose", intent, option=option)
    if intent == "ask_better_offer" or (intent in NO and stage == "negotiating"):
        return Act("refuse", intent)
    return Act("leave", intent) if intent in TO_PERSON else None


def same(meant: Act, read: Act, player: Accord) -> bool:
    """Whether a reading does what was meant: the same kind of act, and the same terms, option or wish."""
    if meant.kind != read.kind:
        return False
    if meant.kind == "name":
        return _terms(meant.proposal) == _terms(read.proposal)
    if meant.kind == "choose":
        only = len(player.offered) == 1
        return (
            meant.option == read.option
            or (only and read.option in (0, 1))
            or (read.option == -1 and meant.option == len(player.offered))
        )
    return meant.kind != "wish" or meant.wish == read.wish


def _terms(proposal: Proposal | None) -> tuple[Any, ...]:
    """Terms as far as they say the same in any words."""
    p = proposal or Proposal()
    count = p.count or p.months if p.frequency in (None, "monthly") else p.count
    whole = p.per_instalment or p.lump_sum
    plan = bool(p.per_instalment or count or p.frequency)
    frequency = (p.frequency or "monthly") if plan else None
    first = p.first_on if not plan else None
    return whole, count, frequency, p.down_payment, p.day_of_month if plan else None, first


def shares(written: Written) -> dict[str, Any]:
    """How often the act understood equals the act meant, by language, manner and topic."""
    return {
        key: {"messages": count, "understood": round(written.understood[key] / count, 4)}
        for key, count in sorted(written.meant.items())
    }
