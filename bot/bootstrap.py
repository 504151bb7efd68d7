"""The only place where parts are put together."""

from __future__ import annotations

import functools
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from bot import policy_files
from bot.dialogue.words import Voice, Words, simplified
from bot.domain.desk import DeskRules
from bot.domain.guard import Guard, GuardRules, Reader
from bot.domain.handover import HandoverRules
from bot.domain.hardship import Hardship
from bot.domain.keeping import KeepingRules
from bot.domain.lender import Lender
from bot.domain.policy import OfferPolicy
from bot.policy_files import BadPolicy, Rereading
from bot.policy_packs import read_packs
from bot.services.accounts import Accounts
from bot.services.affordability import Affordability
from bot.services.cases import Cases
from bot.services.casework import Casework
from bot.services.conversations import Conversations
from bot.services.desk import Desk
from bot.services.desk_audit import AuditTrail
from bot.services.disclosures import Disclosures
from bot.services.feedback import Feedback
from bot.services.guarding import Guarding
from bot.services.identity import Identity
from bot.services.negotiation import Negotiation
from bot.services.outbox import Outbox
from bot.services.parts import Parts
from bot.services.payments import Payments
from bot.services.people import People
from bot.services.plans import Plans
from bot.services.policies import Policies
from bot.services.portfolio import Portfolio
from bot.services.privacy import Privacy
from bot.services.wellbeing import Wellbeing
from bot.settings import ROOT, Settings
from bot.store.database import Store
from bot.store.encryption import KeyProblem, load_keyring

__all__ = ["BadPolicy", "Services", "open_services"]


@dataclass(frozen=True)
class Services:
    """Every use case, ready to be called."""

    parts: Parts
    accounts: Accounts
    affordability: Affordability
    audit: AuditTrail
    cases: Cases
    casework: Casework
    conversations: Conversations
    desk: Desk
    disclosures: Disclosures
    feedback: Feedback
    guarding: Guarding
    identity: Identity
    negotiation: Negotiation
    outbox: Outbox
    payments: Payments
    people: People
    plans: Plans
    policies: Policies
    portfolio: Portfolio
    privacy: Privacy
    wellbeing: Wellbeing

    def close(self) -> None:
        self.parts.store.close()


def _say(
    name: str, facts: Mapping[str, Any], language: str, country: str | None, time_zone: str, phrasing: int
) -> tuple[str, Reader]:
    """A response in words, for what leaves without a turn; the catalogue is read when it is first needed."""
    voice = Voice(language, country, time_zone)
    return _words().say(name, facts, voice, phrasing), voice.reader


def _tabulate(
    schedule: Sequence[Mapping[str, Any]], language: str, country: str | None, time_zone: str
) -> dict[str, Any]:
    """A schedule as a table in words, for what leaves without a turn."""
    return _words().table([dict(row) for row in schedule], Voice(language, country, time_zone))


@functools.cache
def _words() -> Words:
    return Words(ROOT / "domain.yml")


def open_services(settings: Settings, clock: Callable[[], datetime] | None = None) -> Services:
    """Puts the services together and brings the ledger's tables up to date.

    Raises BadPolicy or bot.store.encryption.KeyProblem where the program must not start.
    """
    policy = Rereading(settings.policies / "offers" / f"{settings.policy}.yml", OfferPolicy)
    keeping = Rereading(settings.policies / "keeping.yml", KeepingRules)
    policy(), keeping()
    keys = settings.keys.get_secret_value() if settings.keys else None
    keys_are_new = keys is None and not settings.key_file.exists()
    now = clock or (lambda: datetime.now(UTC))
    parts = Parts(
        store=Store(settings.url, load_keyring(settings.key_file, keys)),
        settings=settings,
        clock=now,
        policy=policy,
        keeping=keeping,
        handover=policy_files.read_policy_file(settings.policies / "handover.yml", HandoverRules),
        desk=policy_files.read_policy_file(settings.policies / "desk.yml", DeskRules),
        hardship=policy_files.read_policy_file(settings.policies / "hardship.yml", Hardship),
        lender=policy_files.read_policy_file(settings.policies / "lender.yml", Lender),
        guard=Guard(policy_files.read_policy_file(settings.policies / "guard.yml", GuardRules), simplified),
        packs=read_packs(settings.policies, now().date()),
        say=_say,
        tabulate=_tabulate,
    )
    if parts.store.behind():
        parts.store.migrate()
    if keys_are_new and not Portfolio(parts).is_empty():
        settings.key_file.unlink()
        raise KeyProblem(
            f"{settings.key_file} is missing, and without it the ledger cannot be read; "
            "put the copy that you kept in its place"
        )
    accounts, cases = Accounts(parts), Cases(parts)
    plans = Plans(parts, accounts, cases)
    negotiation = Negotiation(parts, plans)
    affordability = Affordability(parts)
    guarding, identity = Guarding(parts, cases), Identity(parts, accounts, cases)
    return Services(
        parts=parts,
        accounts=accounts,
        affordability=affordability,
        audit=AuditTrail(parts),
        cases=cases,
        casework=Casework(parts, cases, guarding, identity, negotiation, plans),
        conversations=Conversations(parts),
        desk=Desk(parts, cases, negotiation),
        disclosures=Disclosures(parts),
        feedback=Feedback(parts, cases),
        guarding=guarding,
        identity=identity,
        negotiation=negotiation,
        outbox=Outbox(parts),
        payments=Payments(parts, accounts, cases),
        people=People(parts, cases),
        plans=plans,
        policies=Policies(parts, accounts, negotiation),
        portfolio=Portfolio(parts),
        privacy=Privacy(parts, accounts, cases, affordability),
        wellbeing=Wellbeing(parts, accounts),
    )
