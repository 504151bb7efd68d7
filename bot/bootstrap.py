"""The only place where parts are put together."""

from __future__ import annotations

import functools
import hashlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import structlog
from pydantic import BaseModel, ValidationError
from ruamel.yaml import YAML
from ruamel.yaml.comments import CommentedMap, CommentedSeq
from ruamel.yaml.error import YAMLError

from bot.domain.handover import HandoverRules
from bot.domain.keeping import KeepingRules
from bot.domain.lender import Lender
from bot.domain.policy import OfferPolicy
from bot.services.accounts import Accounts
from bot.services.affordability import Affordability
from bot.services.cases import Cases
from bot.services.conversations import Conversations
from bot.services.identity import Identity
from bot.services.negotiation import Negotiation
from bot.services.outbox import Outbox
from bot.services.parts import Parts
from bot.services.payments import Payments
from bot.services.plans import Plans
from bot.services.portfolio import Portfolio
from bot.services.wellbeing import Wellbeing
from bot.settings import ROOT, Settings
from bot.store.database import Store
from bot.store.encryption import KeyProblem, load_keyring

if TYPE_CHECKING:
    from bot.dialogue.words import Words

log = structlog.get_logger()
Model = TypeVar("Model", bound=BaseModel)


class BadPolicy(ValueError):
    """A file in `policies/` that cannot be used; the message names the file, the key and what is allowed."""


@dataclass(frozen=True)
class Services:
    """Every use case, ready to be called."""

    parts: Parts
    accounts: Accounts
    affordability: Affordability
    cases: Cases
    conversations: Conversations
    identity: Identity
    negotiation: Negotiation
    outbox: Outbox
    payments: Payments
    plans: Plans
    portfolio: Portfolio
    wellbeing: Wellbeing

    def close(self) -> None:
        self.parts.store.close()


def read_policy_file(path: Path, model: type[Model]) -> Model:
    """Reads and checks one YAML file of `policies/`. Raises BadPolicy with one line a problem."""
    try:
        text = path.read_text(encoding="utf-8")
        data = YAML().load(text)
    except FileNotFoundError:
        raise BadPolicy(f"{path.name} is missing from {path.parent}") from None
    except (YAMLError, UnicodeDecodeError) as error:
        raise BadPolicy(f"{path.name} is no readable YAML: {error}") from None
    try:
        return model.model_validate(data)
    except ValidationError as error:
        raise BadPolicy("\n".join(_sentence(path.name, data, problem) for problem in error.errors())) from None


def _sentence(file: str, data: Any, problem: Mapping[str, Any]) -> str:
    """One problem of a file: where it stands and what is allowed there."""
    keys = [part for part in problem["loc"] if part != "[key]"]
    line, at = 1, data
    for depth, part in enumerate(keys):
        if isinstance(at, CommentedMap) and part in at:
            line = at.lc.key(part)[0] + 1
        elif isinstance(at, CommentedSeq) and isinstance(part, int) and part < len(at):
            line = at.lc.item(part)[0] + 1
        else:
            keys = keys if problem["type"] in ("missing", "extra_forbidden") else keys[: depth + 1]
            break
        at = at[part]
    where = ".".join(str(part) for part in keys) or "the whole file"
    what = problem["msg"].removeprefix("Value error, ")
    if problem["type"] == "extra_forbidden":
        what = "there is no such key here"
    return f"{file}, line {line}, {where}: {what}"


def rereading(path: Path, model: type[Model]) -> Callable[[], Model]:
    """Gives a policy as its file stands now; a file that turns bad while running is refused and reported."""
    held: dict[str, tuple[tuple[int, int], Model, str]] = {}

    def read() -> Model:
        stat = path.stat() if path.exists() else None
        stamp = (stat.st_mtime_ns, stat.st_size) if stat else (0, 0)
        if "policy" not in held or held["policy"][0] != stamp:
            try:
                policy = read_policy_file(path, model)
                version = hashlib.sha256(path.read_bytes()).hexdigest()[:16]
                if "version" in model.model_fields:
                    policy = policy.model_copy(update={"version": version})
                held["policy"] = (stamp, policy, version)
            except BadPolicy as error:
                if "policy" not in held:
                    raise
                log.error("policy_refused", file=path.name, why=str(error), in_force=held["policy"][2])
                held["policy"] = (stamp, *held["policy"][1:])
        return held["policy"][1]

    return read


def _say(name: str, facts: Mapping[str, Any], language: str, country: str | None) -> str:
    """A response in words, for what leaves without a turn; the catalogue is read when it is first needed."""
    from bot.dialogue.words import Voice

    return _words().say(name, facts, Voice(language, country))


@functools.cache
def _words() -> Words:
    from bot.dialogue.words import Words

    return Words(ROOT / "domain.yml")


def open_services(settings: Settings, clock: Callable[[], datetime] | None = None) -> Services:
    """Puts the services together and brings the ledger's tables up to date.

    Raises BadPolicy or bot.store.encryption.KeyProblem where the program must not start.
    """
    policy = rereading(settings.policies / "offers" / f"{settings.policy}.yml", OfferPolicy)
    keeping = rereading(settings.policies / "keeping.yml", KeepingRules)
    policy(), keeping()
    keys = settings.keys.get_secret_value() if settings.keys else None
    keys_are_new = keys is None and not settings.key_file.exists()
    parts = Parts(
        store=Store(settings.url, load_keyring(settings.key_file, keys)),
        settings=settings,
        clock=clock or (lambda: datetime.now(UTC)),
        policy=policy,
        keeping=keeping,
        handover=read_policy_file(settings.policies / "handover.yml", HandoverRules),
        lender=read_policy_file(settings.policies / "lender.yml", Lender),
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
    return Services(
        parts=parts,
        accounts=accounts,
        affordability=Affordability(parts),
        cases=cases,
        conversations=Conversations(parts),
        identity=Identity(parts, accounts, cases),
        negotiation=Negotiation(parts, plans),
        outbox=Outbox(parts),
        payments=Payments(parts, accounts, cases, _say),
        plans=plans,
        portfolio=Portfolio(parts),
        wellbeing=Wellbeing(parts),
    )
