"""Playing a scenario against the running program: over HTTP as a borrower, with the ledger read afterwards."""

from __future__ import annotations

import csv
import io
import itertools
import re
import uuid
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from fnmatch import fnmatch
from typing import Any

import httpx
from sqlalchemy import select

from bot.bootstrap import Services
from bot.dialogue.words import Words
from bot.domain.agreement import NotPossible
from bot.store.tables import AuditRecord, Case, Conversation, Feedback, OutboxMessage, Turn
from tests.conversations.ageing import grow_older
from tests.conversations.scenario import COUNTRIES, CaseFacts, Scenario, Step, day, fill, span

# No two borrowers have one phone.
PHONES = itertools.count(1)
# What asks for money; nothing of it is said while collection is stopped.
DEMANDS = (
    "utter_options*",
    "utter_one_option",
    "utter_counter*",
    "utter_clarify",
    "utter_read_back",
    "utter_resume_options",
    "utter_balance_overdue",
    "utter_balance_current",
    "utter_due_date_*",
    "utter_next_payment",
    "utter_agreed*",
)
# An amount as it is written in any of the languages.
AMOUNT = re.compile(r"[$£€¥￥]\s?\d|\b(?:USD|GBP|EUR|CNY|TWD|HKD|SGD|JPY|THB)\s?\d|\d\s?(?:元|块|塊)")
FIGURE = re.compile(r"\d+")
BIRTH_DATES = {"en": "{0.day} {0:%B} {0.year}", "zh-Hans": "{0.year}年{0.month}月{0.day}日"}
BIRTH_DATES["zh-Hant"] = BIRTH_DATES["zh-Hans"]
IDENTIFYING = {
    "en": "my account is {account}, born {born}",
    "zh-Hans": "账号 {account}，{born}出生",
    "zh-Hant": "帳號 {account}，{born}出生",
}


@dataclass
class Played:
    """What happened: the transcript, and whatever was not as it should be."""

    transcript: list[str] = field(default_factory=list)
    differences: list[str] = field(default_factory=list)
    facts: dict[str, Any] = field(default_factory=dict)

    def __str__(self) -> str:
        said = "\n".join(self.transcript)
        return f"{said}\n\n" + "\n".join(f"✗ {line}" for line in self.differences or ())


@dataclass(frozen=True)
class Exchange:
    """What a borrower said and what came of it: the responses, and every figure in them, however they were phrased."""

    said: str
    answer: tuple[tuple[str, ...], tuple[str, ...]]

    @classmethod
    def of(cls, said: str, names: Sequence[str], texts: Sequence[str]) -> Exchange:
        return cls(said, (tuple(names), tuple(FIGURE.findall("\n".join(texts)))))


def goes_round(exchanges: Sequence[Exchange]) -> bool:
    """Whether a borrower says one new thing after another and gets nowhere: the same answer three times running, or the
    same two by turns, twice each. An answer with another figure (tries left, another amount) is another answer."""
    for length, rounds in ((1, 3), (2, 2)):
        last = exchanges[-length * rounds :]
        answers = [exchange.answer for exchange in last]
        said = {exchange.said for exchange in last}
        if len(last) == len(said) == length * rounds and answers == answers[:length] * rounds:
            return True
    return False


class Player:
    """Plays one scenario in one language."""

    def __init__(self, url: str, services: Services, words: Words, scenario: Scenario, language: str) -> None:
        self.url, self.services, self.words = url, services, words
        self.scenario, self.language = scenario, language
        mark = uuid.uuid4().hex[:8].upper()
        # Begins like nobody's phone: a number that is typed may be either.
        self.account, self.conversation = f"SC-5{int(mark, 16) % 10**9:09}", f"scenario-{mark}"
        self.token: str | None = None
        self.buttons: list[dict[str, str]] = []
        self.last: list[str] = []
        self.words_said = ""
        self.exchanges: list[Exchange] = []
        self.played = Played()
        self.currency, self.zone, phone = COUNTRIES[scenario.borrower.country]
        digits = iter(str(next(PHONES)).zfill(phone.count("X")))
        self.phone = re.sub("X", lambda _: next(digits), phone)

    def play(self) -> Played:
        """Plays it to the end and compares; never raises for what merely differs."""
        self.services.portfolio.import_text(self.portfolio(), "scenario")
        for number, step in enumerate(self.scenario.talk, 1):
            answers, names = self.take(step)
            self.check(number, step, answers, names)
        self.played.facts = self.facts()
        self.compare()
        return self.played

    @property
    def today(self) -> date:
        return self.services.parts.today(self.zone)

    def portfolio(self) -> str:
        who = self.scenario.borrower
        row = {
            "account_number": self.account,
            "borrower_name": who.name,
            "date_of_birth": who.born.isoformat(),
            "phone": self.phone,
            "language": self.language,
            "country": who.country,
            "time_zone": self.zone,
            "currency": self.currency,
            "principal": str(who.owes.principal),
            "interest": str(who.owes.interest),
            "fees": str(who.owes.fees),
            "due_date": day(who.due, self.today).isoformat(),
            "jurisdiction": who.jurisdiction,
            "product": who.product,
            "annual_rate": who.annual_rate,
            "last_payment_on": day(who.last_paid, self.today).isoformat() if who.last_paid else "",
        }
        text = io.StringIO()
        writer = csv.DictWriter(text, list(row))
        writer.writeheader()
        writer.writerow(row)
        return text.getvalue()

    # -- what happens

    def take(self, step: Step) -> tuple[list[str], list[str]]:
        """Does one step; returns the texts and the names of what was answered."""
        if step.says is not None:
            return self.say(self.filled(step.said(self.language)))
        if step.taps is not None:
            return self.tap(step.taps)
        if step.identifies:
            first = self.say(self.filled(IDENTIFYING[self.language]))
            code = self.passcode()
            if code is None:
                self.differs("no passcode was sent")
                return first
            return self.say(code)
        if step.waits is not None:
            self.note(f"⏳ {step.waits} later")
            grow_older(self.services, self.conversation, self.account, span(step.waits))
        elif step.pays is not None:
            self.note(f"💶 {step.pays} {self.currency} arrive")
            self.services.payments.record(self.account, step.pays, f"scenario-{uuid.uuid4().hex}")
        elif step.person is not None:
            self.act_as_person(step.person)
        return [], []

    def say(self, text: str) -> tuple[list[str], list[str]]:
        self.note(f"👤 {text}")
        self.words_said = text
        return self.send({"text": text})

    def tap(self, title: str) -> tuple[list[str], list[str]]:
        """Taps a button by what it says in this language, or by the name of its response and a number."""
        name, _, number = title.partition(" ")
        if name in self.words.names() or f"utter_button_{name}" in self.words.names():
            full = name if name.startswith("utter_") else f"utter_button_{name}"
            template = self.words.variations(full, self.language)[0]
            title = template.replace("{number}", number).replace("{mark}", number)
        shown = [button for button in self.buttons if button["title"] == title]
        self.note(f"👆 {title}")
        self.words_said = title
        if not shown:
            self.differs(f"there is no button {title!r} among {[b['title'] for b in self.buttons]}")
            return [], []
        return self.send({"button": shown[0]["id"]})

    def send(self, said: Mapping[str, str]) -> tuple[list[str], list[str]]:
        body = {"conversation": self.conversation, "token": self.token, **said}
        answer = httpx.post(f"{self.url}/api/chat", json=body, timeout=60)
        if answer.status_code != 200:
            self.differs(f"HTTP {answer.status_code}: {answer.text}")
            return [], []
        data = answer.json()
        self.token = data.get("token", self.token)
        messages = data["messages"]
        shown = [button for message in messages for button in message.get("buttons", ())]
        self.buttons = shown or self.buttons
        for message in messages:
            self.note("🤖 " + message["text"].replace("\n", "\n   "))
            for row in message.get("table", {}).get("rows", ()):
                self.note("     " + "  ".join(row))
            if message.get("buttons"):
                self.note("   " + " ".join(f"[{button['title']}]" for button in message["buttons"]))
        return [message["text"] for message in messages], self.names()

    def act_as_person(self, act: Mapping[str, str]) -> None:
        (what, words), *_ = act.items()
        self.note(f"🧑‍💼 {what}: {words}")
        cases = [c for c in self.services.cases.all() if c["conversation"] == self.conversation]
        opened = [c["id"] for c in cases if c["status"] != "resolved"]
        if what in ("returns", "writes") and not opened:
            self.differs(f"a person cannot do anything here ({what}): no case is open")
        elif what == "returns":
            self.services.cases.hand_back(opened[0], words)
        elif what == "writes":
            self.services.guarding.write_to(opened[0], words)
        else:
            waits = self.services.negotiation.awaits(self.account)
            decides: Any = self.services.negotiation if waits else self.services.plans
            try:
                (decides.approve if what == "approves" else decides.refuse)(self.account, "Ana")
            except NotPossible as error:
                self.differs(f"a person cannot do anything here ({what}): {error}")

    # -- what the ledger says

    def names(self) -> list[str]:
        with self.services.parts.store.transaction() as session:
            query = select(Turn).where(Turn.conversation_id == self.conversation).order_by(Turn.id.desc()).limit(1)
            turn = session.scalars(query).one()
            self.note(f"   ({turn.stage} · {turn.intent or '–'} · {', '.join(turn.responses) or 'silence'})")
            return list(turn.responses)

    def passcode(self) -> str | None:
        """The passcode that was sent last."""
        bodies = [body for kind, body in self.outbox() if kind == "passcode"]
        match = re.search(r"\d{6}", bodies[-1]) if bodies else None
        return match.group() if match else None

    def outbox(self) -> list[tuple[str, str]]:
        """Kind and body of whatever left, or waits to leave, for this conversation, oldest first."""
        with self.services.parts.store.transaction() as session:
            query = select(OutboxMessage).where(OutboxMessage.conversation_id == self.conversation)
            rows = session.scalars(query.order_by(OutboxMessage.id))
            return [(row.kind, row.body) for row in rows if row.status != "blocked"]

    def facts(self) -> dict[str, Any]:
        """What the ledger holds in the end, without ids and times, as three languages must agree on."""
        account = self.services.accounts.show(self.account)
        promises, wanted = account["promises"], self.scenario.then.plan
        plan = next((p for p in account["plans"] if p["status"] == (wanted.status if wanted else "active")), None)
        situation, outbox = self.services.conversations.situation(self.conversation), self.outbox()
        with self.services.parts.store.transaction() as session:
            conversation = session.get_one(Conversation, self.conversation)
            cases = session.scalars(select(Case).where(Case.conversation_id == self.conversation)).all()
            feedback = session.scalars(select(Feedback).where(Feedback.conversation_id == self.conversation)).all()
            audit = session.scalars(select(AuditRecord.action).where(AuditRecord.subject == self.conversation))
            return {
                "status": account["status"],
                "owed": account["balance"]["total"]["amount"],
                "hold": account["hold"],
                "hardship": account["hardship"],
                "contact_stopped": account["contact_stopped"] or conversation.contact_stopped_at is not None,
                "plan": plan and self.plan_facts(plan),
                "promises": [
                    {"amount": p["amount"]["amount"], "on": p["due_on"], "at": p["at_time"], "status": p["status"]}
                    for p in promises
                    if p["status"] != "replaced"
                ],
                "cases": [{name: getattr(case, name) for name in CaseFacts.model_fields} for case in cases],
                "outbox": [kind for kind, _ in outbox if kind != "passcode"],
                "feedback": [row.mark for row in feedback if row.given_at],
                "stage": situation.stage,
                "recorded": sorted(set(audit)),
            }

    def plan_facts(self, plan: Mapping[str, Any]) -> dict[str, Any]:
        later = [row for row in plan["schedule"] if not row["down_payment"]]
        down = [row["amount"]["amount"] for row in plan["schedule"] if row["down_payment"]]
        return {
            "kind": plan["kind"],
            "status": plan["status"],
            "frequency": plan["frequency"],
            "total": plan["total"]["amount"],
            "payments": len(later),
            "each": later[0]["amount"]["amount"] if later else None,
            "down": down[0] if down else None,
        }

    # -- what must be

    def check(self, number: int, step: Step, answers: list[str], names: Sequence[str]) -> None:
        said, where = "\n".join(answers), f"step {number}"
        if not in_order(step.bot, names):
            self.differs(f"{where}: expected {', '.join(step.bot)}, said {', '.join(names) or 'nothing'}")
        if step.only and not (len(step.only) == len(names) and in_order(step.only, names)):
            self.differs(f"{where}: expected only {', '.join(step.only)}, said {', '.join(names) or 'nothing'}")
        for text in step.shows:
            if self.filled(text) not in said:
                self.differs(f"{where}: {self.filled(text)!r} is not in the answer")
        for text in (*step.never, *self.scenario.never):
            if self.filled(text).casefold() in said.casefold():
                self.differs(f"{where}: {self.filled(text)!r} must not be said")
        for title in step.buttons:
            full = title if title.startswith("utter_") else f"utter_button_{title}"
            if self.words.variations(full, self.language)[0] not in [b["title"] for b in self.buttons]:
                self.differs(f"{where}: there is no button {title}")
        if step.act in ("says", "taps", "identifies"):
            self.keep_the_laws(where, step, answers, names)
        else:
            self.exchanges.clear()  # something happened in between

    def keep_the_laws(self, where: str, step: Step, answers: list[str], names: Sequence[str]) -> None:
        """What holds in every conversation, whether or not a scenario says so."""
        if step.silence != (not answers):
            self.differs(f"{where}: {'something was said' if answers else 'nothing was said'}")
        if any("{" in text or "}" in text or not text.strip() for text in answers):
            self.differs(f"{where}: a gap in the words: {answers}")
        again = [text for text in answers if text in self.last and len(text) > 1]
        if again:
            self.differs(f"{where}: said word for word twice running: {again}")
        self.last = answers or self.last
        waits = self.services.conversations.situation(self.conversation).held
        if waits or any(fnmatch(name, "utter_case_*") for name in names):
            self.exchanges.clear()  # a person sees to it, and nothing is asked
        elif answers:
            self.exchanges.append(Exchange.of(self.words_said, names, answers))
            if goes_round(self.exchanges):
                self.differs(f"{where}: goes round in a circle: {', '.join(names)}")
        proven = self.services.identity.is_verified(self.conversation)
        owed = self.scenario.borrower.owes
        secrets = [self.scenario.borrower.name, *(f"{sum_:,.2f}" for sum_ in (owed.principal, owed.interest) if sum_)]
        said = "\n".join(answers)
        if not proven and (AMOUNT.search(said) or any(secret in said for secret in secrets)):
            self.differs(f"{where}: something was revealed before identity was proven")
        held = self.services.accounts.show(self.account)["hold"]
        if held and any(fnmatch(name, demand) for name in names for demand in DEMANDS):
            self.differs(f"{where}: money was asked for while collection is stopped ({held})")

    def compare(self) -> None:
        """The ledger against what the scenario says must stand there."""
        then, facts = self.scenario.then, self.played.facts
        for name in ("hold", "hardship", "contact_stopped"):
            self.same(name, getattr(then, name), facts[name])
        if then.owed is not None:
            self.same("owed", then.owed, Decimal(facts["owed"]))
        if then.stage is not None:
            self.same("stage", then.stage, facts["stage"])
        self.matches("plan", then.plan and then.plan.model_dump(exclude_none=True), facts["plan"])
        standing = [p for p in facts["promises"] if p["status"] == (then.promise.status if then.promise else "open")]
        self.matches("promise", then.promise and self.promise_facts(), standing[0] if standing else None)
        expected = [case.model_dump(exclude_none=True) for case in then.cases]
        if len(expected) != len(facts["cases"]):
            self.differs(f"cases: expected {expected or 'none'}, there are {facts['cases'] or 'none'}")
        for wanted, case in zip(expected, facts["cases"], strict=False):
            self.matches("case", wanted, case)
        self.same("outbox", sorted(then.outbox), sorted(facts["outbox"]))
        for action in then.recorded:
            if action not in facts["recorded"]:
                self.differs(f"recorded: {action} is not among {', '.join(facts['recorded'])}")

    def promise_facts(self) -> dict[str, Any]:
        assert self.scenario.then.promise is not None
        wanted = self.scenario.then.promise.model_dump(exclude_none=True)
        if "on" in wanted:
            wanted["on"] = day(wanted["on"], self.today).isoformat()
        return wanted

    def matches(self, what: str, wanted: Mapping[str, Any] | None, found: Mapping[str, Any] | None) -> None:
        if (wanted is None) != (found is None):
            self.differs(f"{what}: expected {wanted or 'none'}, there is {found or 'none'}")
        for name, value in (wanted or {}).items():
            there = (found or {}).get(name)
            self.same(f"{what} {name}", value, Decimal(there) if isinstance(value, Decimal) and there else there)

    def same(self, what: str, wanted: Any, found: Any) -> None:
        if wanted != found:
            self.differs(f"{what}: expected {wanted}, it is {found}")

    def filled(self, text: str) -> str:
        born = BIRTH_DATES[self.language].format(self.scenario.borrower.born)
        facts = {"account": self.account, "born": born, "phone": self.phone}
        if "{passcode}" in text:
            facts["passcode"] = self.passcode() or "000000"
        return fill(text, self.language, self.today, facts)

    def note(self, line: str) -> None:
        self.played.transcript.append(line)

    def differs(self, sentence: str) -> None:
        self.note(f"   ✗ {sentence}")
        self.played.differences.append(sentence)


def play(url: str, services: Services, words: Words, scenario: Scenario) -> dict[str, Played]:
    """Plays a scenario in each of its languages, side by side: every one is a borrower of its own."""
    players = {language: Player(url, services, words, scenario, language) for language in scenario.languages}
    with ThreadPoolExecutor() as side_by_side:
        return dict(zip(players, side_by_side.map(Player.play, players.values()), strict=True))


def in_order(wanted: Sequence[str], names: Sequence[str]) -> bool:
    """Whether names that fit the wanted ones come in that order; others may come between."""
    rest = iter(names)
    return all(any(fnmatch(name, pattern) for name in rest) for pattern in wanted)
