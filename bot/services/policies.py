"""Policies as their lenders look at them: whether a file is sound, why terms are as they are, what a change does."""

from __future__ import annotations

import heapq
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from decimal import Decimal
from functools import lru_cache
from pathlib import Path
from typing import Any, get_args

from pydantic import BaseModel
from sqlalchemy import Row, case, func, select
from sqlalchemy.orm import Session, load_only

from bot.dialogue.words import FACT, LANGUAGES, Words, simplified
from bot.domain.affordability import limit_per
from bot.domain.authority import approval_needed
from bot.domain.coverage import gaps, shadowed
from bot.domain.debt import COMPONENTS, Balance, Debt
from bot.domain.desk import DeskRules
from bot.domain.guard import FIGURES, MASK, Finding, Guard, GuardRules
from bot.domain.handover import HandoverRules
from bot.domain.hardship import Hardship
from bot.domain.keeping import KeepingRules, Record
from bot.domain.lender import Lender
from bot.domain.money import Money
from bot.domain.negotiation import Wish, chance, curve, options, shape_of, steady_plan, waived_settlement, worth
from bot.domain.offer import Terms
from bot.domain.policy import BalanceRange, OfferPolicy, Range, Segment
from bot.domain.policy_changes import Change, changes, flat, in_words
from bot.domain.schedule import FREQUENCIES
from bot.domain.table import Table
from bot.domain.unfit import did_you_mean
from bot.nlu.requests import RequestReader
from bot.nlu.safety import BadSafetyFile, SafetyReader
from bot.policy_files import BadPolicy, read_bytes, read_policy_file, read_yaml, version_of
from bot.policy_packs import FOLDER, HOUSE, pack_paths, read_pack, read_packs
from bot.policy_places import Places
from bot.policy_problems import Problem
from bot.services.accounts import Accounts, UnknownAccount, active_plan, agreed_plan, debt_of, status_of
from bot.services.affordability import surplus_of
from bot.services.negotiation import HELD, Negotiation
from bot.services.parts import Parts
from bot.settings import ROOT
from bot.store.tables import Account, LedgerEntry, Plan, Promise

# The files of the folder that have a name of their own; every other file is an offer policy.
FILES: dict[str, type[BaseModel]] = {
    "keeping.yml": KeepingRules,
    "handover.yml": HandoverRules,
    "desk.yml": DeskRules,
    "hardship.yml": Hardship,
    "lender.yml": Lender,
    "guard.yml": GuardRules,
}
# The files of plain words by which messages are read, each with its reader.
WORDS: dict[str, Callable[[Any], object]] = {"safety.yml": SafetyReader, "requests.yml": RequestReader}
CATALOGUE = ROOT / "domain.yml"
WISHES: tuple[Wish, ...] = get_args(Wish)
LARGEST = 10  # changes of single accounts that a comparison names
AT_A_TIME = 1000  # accounts that are held in memory


# -- whether files are sound


@dataclass(frozen=True)
class Checked:
    """What was found in one file: problems keep it from being used, warnings do not."""

    file: str
    kind: str
    name: str = ""
    version: str = ""
    segments: tuple[str, ...] = ()
    problems: tuple[Problem, ...] = ()
    warnings: tuple[Problem, ...] = ()


def check_folder(folder: Path, policy: str) -> list[Checked]:
    """Checks every file of the policies folder; ``policy`` is the name of the one that is in force."""
    offers = sorted(path for path in (folder / "offers").glob("*.y*ml") if path.is_file())
    in_force = folder / "offers" / f"{policy}.yml"
    if in_force not in offers:
        offers.append(in_force)
    named = (folder / name for name in (*FILES, *WORDS))
    packs = [*pack_paths(folder), folder / FOLDER / HOUSE]
    return [check_file(path, folder) for path in (*named, *packs, *offers)]


def check_file(path: Path, folder: Path) -> Checked:
    """Checks one file, wherever it is; its name says what it holds. ``folder``: the policies that it belongs to."""
    in_contact = path.parent.name == FOLDER
    kind = path.stem if path.name in (*FILES, *WORDS) else FOLDER if in_contact else "offers"
    try:
        if path.name in WORDS:
            _check_words(path)
            return Checked(path.name, kind, version=version_of(read_bytes(path)))
        if in_contact:
            return _check_contact(path)
        read = read_policy_file(path, FILES.get(path.name, OfferPolicy))
    except BadPolicy as error:
        return Checked(path.name, kind, problems=tuple(error.problems))
    content = read_bytes(path)
    if isinstance(read, GuardRules):
        guard = Guard(read, simplified)
        problems = (*_stopped_in_catalogue(guard, Words(CATALOGUE), CATALOGUE), *_stopped_at_lender(guard, folder))
        return Checked(path.name, kind, version=version_of(content), problems=problems)
    if not isinstance(read, OfferPolicy):
        return Checked(path.name, kind, version=version_of(content))
    names = tuple(segment.name for segment in read.segments)
    places = Places(read_yaml(path.name, content)[0])
    warnings = tuple(_warnings(path.name, places, read, folder))
    return Checked(path.name, kind, read.name, read.version, names, warnings=warnings)


def read_change(path: Path) -> tuple[OfferPolicy | None, KeepingRules | None]:
    """A changed offer policy or a changed keeping.yml, to be compared with what is in force. Raises BadPolicy."""
    if path.name == "keeping.yml":
        return None, read_policy_file(path, KeepingRules)
    if path.name in (*FILES, *WORDS):
        raise BadPolicy([Problem(path.name, 0, "", "changes nothing of what is offered; name an offer policy")])
    return read_policy_file(path, OfferPolicy), None


def _check_words(path: Path) -> None:
    _, data = read_yaml(path.name, read_bytes(path))
    try:
        WORDS[path.name](data)
    except BadSafetyFile as error:
        text = str(error).removeprefix(f"{path.name}: ")
    except KeyError as error:
        text = f"{error.args[0]} is missing"
    except (TypeError, AttributeError, ValueError):
        more = " and when_they_disagree with its rows" if path.name == "safety.yml" else ""
        text = f"does not hold intents with their words{more}"
    else:
        return
    raise BadPolicy([Problem(path.name, 0, "", text)])


def _stopped_in_catalogue(guard: Guard, words: Words, catalogue: Path) -> Iterator[Problem]:
    """What the guard would stop of the responses as they stand: forbidden words, figures that are no facts."""
    places = None
    for name in words.names():
        for language in LANGUAGES:
            for text in words.variations(name, language):
                for finding in guard.look(FACT.sub(MASK, text), {}, response=name):
                    places = places or Places(catalogue.read_text(encoding="utf-8"))
                    yield Problem(
                        catalogue.name, places.key_of(("responses", name)).line, name, _why(finding, language)
                    )


def _stopped_at_lender(guard: Guard, folder: Path) -> Iterator[Problem]:
    """Forbidden words in the lender's own texts."""
    try:
        lender = read_policy_file(folder / "lender.yml", Lender)
    except BadPolicy:
        return
    texts = [lender.name, lender.contact, lender.payment_methods, lender.data_source]
    for told in (*texts, *lender.places):
        for language, text in told.items():
            for finding in guard.look(text, text):
                yield Problem("lender.yml", 0, text[:40], _why(finding, language))


def _why(finding: Finding, language: str) -> str:
    """Why a text of the catalogue or of the lender's would be stopped, and what can be done."""
    if finding.category == FIGURES:
        reason = "is a figure in the text itself; figures are facts in braces, or reviewed in guard.yml"
    else:
        reason = finding.why
    return f"{finding.fragment!r} ({language}, {finding.category}) {reason}"


def _check_contact(path: Path) -> Checked:
    if path.name == HOUSE:
        try:
            read_packs(path.parent.parent, datetime.now(UTC).date())
        except BadPolicy as error:
            own = [problem for problem in error.problems if problem.file == HOUSE]
            if own:  # what is wrong with a pack is said of that pack
                raise BadPolicy(own) from error
        return Checked(path.name, FOLDER, version=version_of(read_bytes(path)))
    pack = read_pack(path)
    return Checked(path.name, FOLDER, pack.name, pack.version)


def _warnings(file: str, places: Places, policy: OfferPolicy, folder: Path) -> Iterator[Problem]:
    """What is allowed, but hardly meant."""

    def warning(keys: tuple[str | int, ...], text: str) -> Problem:
        return Problem(file, places.of(keys).line, places.words(keys), text)

    for index, takers in shadowed(policy):
        earlier = "an earlier segment takes" if len(takers) == 1 else "earlier segments take"
        yield warning(("segments", index), f"can never apply: {earlier} all of its accounts ({', '.join(takers)})")
    for least, most in gaps(policy):
        yield warning(("segments",), f"no segment is for {_days_words(least, most)} past due: nothing is offered then")
    try:
        reasons = read_policy_file(folder / "handover.yml", HandoverRules).reasons
    except BadPolicy:
        return
    for index, reason in enumerate(policy.never_negotiated):
        if reason not in reasons:
            text = f"handover.yml has no reason {reason!r}{did_you_mean(reason, reasons)}"
            yield warning(("never_negotiated", index) if places.of(("never_negotiated",)).whole else (), text)


def _days_words(least: int | None, most: int | None) -> str:
    if least == most:
        return f"{least} day" if least == 1 else f"{least} days"
    if least is None:
        return f"{most} days and less"
    return f"{least} days and more" if most is None else f"{least} to {most} days"


# -- the use cases


class Policies:
    """What the policy in force does. Nothing here writes anything."""

    def __init__(self, parts: Parts, accounts: Accounts, negotiation: Negotiation) -> None:
        self.parts = parts
        self.accounts = accounts
        self.negotiation = negotiation

    def in_force(self) -> dict[str, Any]:
        """The offer policy that negotiations are under now, and whether its file on disk was refused."""
        policy = self.parts.policy()
        return {"name": policy.name, "version": policy.version, "refused": self.parts.policy.refused is not None}

    def explain(self, number: str) -> dict[str, Any]:
        """Why an account gets the terms it gets, or none. Raises UnknownAccount."""
        with self.parts.store.reading() as session:
            account = self.accounts.find(session, number)
            if account is None:
                raise UnknownAccount(f"there is no account {number}")
            return self._explained(session, account)

    def _explained(self, session: Session, account: Account) -> dict[str, Any]:
        policy, today = self.parts.policy(), self.parts.today(account.time_zone)
        debt = debt_of(session, account)
        days = debt.days_past_due(today)
        table = self.negotiation.table(session, account)
        barred = self.negotiation.barred(session, account) or (None if table else "no_authority")
        told: dict[str, Any] = {
            "account_number": account.number,
            "today": today.isoformat(),
            "status": status_of(session, account, today),
            "balance": debt.balance.as_json(),
            "days_past_due": days,
            "product": debt.product,
            "portfolio": debt.portfolio,
            "hold": account.hold,
            "policy": {"name": policy.name, "version": policy.version},
            "segment": table.segment.name if table else None,
            "segments": list(_segments_tried(policy, debt, days)),
            "authority": _authority(table.segment) if table else {},
            "needs_approval": _approval_rules(table.segment) if table else {},
            "round": None,
            "left_each_month": _left(table),
            "record": None,
            "options": {wish: [] for wish in WISHES},
            "curve": None,
            "nothing_offered": {"why": barred} if barred else None,
        }
        if table:
            told["record"] = {"kept": table.record.kept, "broken": table.record.broken}
        if barred in ("plan_runs", "waits_for_approval"):
            plan = active_plan(session, account.id) or agreed_plan(session, account.id)
            told["nothing_offered"] |= {"plan": plan.id, "plan_status": plan.status} if plan else {}
        if table is None or barred:
            return told
        offered = {wish: [_offered(table, terms) for terms in options(table, wish)] for wish in WISHES}
        without = [wish for wish in WISHES if not offered[wish]]
        return told | {
            "round": {
                "number": table.round,
                "of": policy.rounds,
                "last": table.last_round,
                "share_conceded": float(table.share),
                "kept_for_the_last": float(policy.hold_back_percent / 100),
            },
            "options": offered,
            "curve": round(curve(table), 4),
            "nothing_offered": {"why": "unaffordable", "wishes": without} if without else None,
        }

    def compare(self, policy: OfferPolicy | None = None, keeping: KeepingRules | None = None) -> dict[str, Any]:
        """What the portfolio would be offered under another policy, or under other assumptions of how terms are kept.

        One pass over the accounts: nothing of the ledger is held but a thousand accounts at a time.
        """
        old = Rules(self.parts.policy(), self.parts.keeping())
        new = Rules(policy or old.policy, keeping or old.keeping)
        changed = changes(old.policy, new.policy) + changes(old.keeping, new.keeping)
        unchanged = old.segments_alike(new)
        totals = Totals()
        with self.parts.store.reading() as session:
            for account, debt, record, running in _portfolio(session):
                if debt.balance.total.minor <= 0 or running:
                    totals.counts["settled" if not running else "in_plan"] += 1
                    continue
                today = self.parts.today(account.time_zone)
                days, known = debt.days_past_due(today), (record, surplus_of(account, today), account.hold)
                first = old.first_offers(debt, today, *known)
                segment = new.policy.segment(debt, days)
                same = segment is not None and segment.name == first.segment and segment.name in unchanged
                totals.add(account.id, debt, days, first, first if same else new.first_offers(debt, today, *known))
            numbers = self._numbers(session, [change.account_id for change in totals.largest()])
        return totals.as_json(old, new, changed, numbers)

    @staticmethod
    def _numbers(session: Session, ids: Sequence[int]) -> dict[int, str]:
        rows = session.execute(select(Account.id, Account.number).where(Account.id.in_(ids)))
        return {row.id: row.number for row in rows}


# -- why an account gets its terms


def _segments_tried(policy: OfferPolicy, debt: Debt, days: int) -> Iterator[dict[str, Any]]:
    """Each segment up to the first that fits, with its conditions."""
    for segment in policy.segments:
        fits = segment.holds(debt, days)
        yield {"name": segment.name, "fits": fits, "conditions": list(_conditions(segment, debt, days))}
        if fits:
            return


def _conditions(segment: Segment, debt: Debt, days: int) -> Iterator[dict[str, Any]]:
    total = debt.balance.total
    if segment.days_past_due != Range():
        bounds = segment.days_past_due
        yield _condition("days_past_due", _range_words(bounds), str(days), bounds.holds(days))
    if segment.balance:
        balance = segment.balance.get(total.currency)
        allowed = "; ".join(f"{code} {_range_words(bounds)}" for code, bounds in segment.balance.items())
        fits = balance is not None and balance.holds(total)
        yield _condition("balance", allowed, f"{total.amount} {total.currency}", fits)
    for key, names, found in (
        ("products", segment.products, debt.product),
        ("portfolios", segment.portfolios, debt.portfolio),
    ):
        if names:
            yield _condition(key, ", ".join(names), found, found in names)


def _condition(key: str, allowed: str, found: str, fits: bool) -> dict[str, Any]:
    return {"key": key, "allowed": allowed, "found": found, "fits": fits}


def _range_words(bounds: Range | BalanceRange) -> str:
    if bounds.least is None and bounds.most is None:
        return "any"
    if bounds.least is None:
        return f"{bounds.most} or less"
    return f"{bounds.least} or more" if bounds.most is None else f"{bounds.least} to {bounds.most}"


def _authority(segment: Segment) -> dict[str, dict[str, str]]:
    return {
        role: {in_words(keys): value for keys, value in flat(may).items()} for role, may in segment.authority.items()
    }


def _approval_rules(segment: Segment) -> dict[str, str]:
    return {in_words(keys): value for keys, value in flat(segment.needs_approval).items() if value != "nothing"}


def _left(table: Table | None) -> dict[str, Any]:
    """Whether it is known what somebody has left each month, and the largest payment that follows from it."""
    if table is None or table.surplus is None:
        return {"known": False, "limit": None}
    limits = {frequency: limit_per(frequency, table.surplus).as_json() for frequency in FREQUENCIES}
    return {"known": True, "limit": limits}


def _offered(table: Table, terms: Terms) -> dict[str, Any]:
    down = terms.down_payment
    return {
        "kind": terms.kind,
        "rule": terms.rule,
        "frequency": terms.frequency,
        "instalments": len(terms.instalments),
        "down_payment": down.as_json() if down else None,
        "largest_payment": _largest(terms).as_json(),
        "first_on": terms.schedule[0].due_on.isoformat(),
        "ends_on": terms.ends_on.isoformat(),
        "to_pay": terms.to_pay.as_json(),
        "saved": terms.saved.as_json(),
        "interest_to_come": terms.added.as_json(),
        "remaining": terms.remaining.as_json(),
        "chance_kept": round(chance(table, terms), 4),
        "expected_share": round(worth(table, shape_of(table, terms)), 4),
        "needs_approval": [f"needs_approval.{key}" for key in approval_needed(table, terms)],
    }


def _largest(terms: Terms) -> Money:
    return max((payment.amount for payment in terms.schedule), key=lambda amount: amount.minor)


# -- what a changed policy does


@dataclass(frozen=True)
class First:
    """What an account is offered first by the bot, and how far the bot may go in the last round."""

    segment: str | None = None
    authority: Any = None
    offered: bool = False
    instalments: int = 0
    frequency: str | None = None
    largest: int = 0
    waiver: int = 0
    most_instalments: int = 0
    most_days: int = 0
    most_waiver: int = 0
    expected: float = 0.0

    def as_json(self, currency: str) -> dict[str, Any]:
        def money(minor: int) -> dict[str, str]:
            return Money(minor, currency).as_json()

        return {
            "segment": self.segment,
            "offered": self.offered,
            "plan": {
                "instalments": self.instalments,
                "frequency": self.frequency,
                "largest_payment": money(self.largest),
            }
            if self.instalments
            else None,
            "settlement_waiver": money(self.waiver),
            "last_round": {
                "instalments": self.most_instalments,
                "days": self.most_days,
                "settlement_waiver": money(self.most_waiver),
            },
            "expected_share": round(self.expected, 4),
        }


@dataclass(frozen=True)
class Rules:
    """A policy with the assumptions that belong to it."""

    policy: OfferPolicy
    keeping: KeepingRules

    def segments_alike(self, other: Rules) -> set[str]:
        """The segments under which an account is offered the same by both rules."""
        apart = {"segments": [], "version": "", "name": "", "description": ""}
        if self.keeping != other.keeping or self.policy.model_copy(update=apart) != other.policy.model_copy(
            update=apart
        ):
            return set()
        others = {segment.name: segment for segment in other.policy.segments}
        return {segment.name for segment in self.policy.segments if segment == others.get(segment.name)}

    def first_offers(self, debt: Debt, today: date, record: Record, surplus: Money | None, hold: str | None) -> First:
        """What is offered to an account with which nothing has been negotiated yet."""
        segment = self.policy.segment(debt, debt.days_past_due(today))
        if segment is None:
            return First()
        authority = segment.authority["bot"]
        if hold in self.policy.never_negotiated or hold in HELD:
            return First(segment.name, authority)
        table = Table(debt, self.policy, segment, today, surplus=surplus, record=record, model=self.keeping)
        steady, settled = steady_plan(table), waived_settlement(table)
        last = steady_plan(table, Decimal(1))
        return First(
            segment=segment.name,
            authority=authority,
            offered=steady is not None or bool(options(table, "plan")),
            instalments=len(steady.instalments) if steady else 0,
            frequency=steady.frequency if steady else None,
            largest=_largest(steady).minor if steady else 0,
            waiver=settled.saved.minor,
            most_instalments=len(last.instalments) if last else 0,
            most_days=(last.ends_on - today).days if last else 0,
            most_waiver=table.most_waived(authority.settlement.waive).total.minor,
            expected=worth(table, shape_of(table, steady or settled)),
        )


@dataclass(frozen=True, order=True)
class _Changed:
    """An account whose offers change; the largest changes come last in order."""

    size: float
    account_id: int
    facts: tuple[Debt, int, First, First] = field(compare=False)


class Totals:
    """The sums of a comparison, account by account."""

    def __init__(self) -> None:
        self.counts: Counter[str] = Counter()
        self.moves: Counter[tuple[str | None, str | None]] = Counter()
        self.waivers: dict[str, list[int]] = {}
        self.expected = [0.0, 0.0]
        self._largest: list[_Changed] = []

    def add(self, account_id: int, debt: Debt, days: int, old: First, new: First) -> None:
        """Counts an account with what it is offered under both policies."""
        currency, counts = debt.balance.currency, self.counts
        sums = self.waivers.setdefault(currency, [0, 0])
        sums[0] += old.most_waiver
        sums[1] += new.most_waiver
        both = old.offered and new.offered
        if both:
            self.expected[0] += old.expected
            self.expected[1] += new.expected
        counts.update(
            name
            for name, holds in {
                "compared": True,
                "offered_before": old.offered,
                "offered_after": new.offered,
                "offered_both": both,
                "change_segment": old.segment != new.segment,
                "change_authority": old.authority != new.authority,
                "change_first_offers": _first_offers_of(old) != _first_offers_of(new),
                "gain_an_offer": new.offered and not old.offered,
                "lose_every_offer": old.offered and not new.offered,
                "longest_term_up": both and new.most_days > old.most_days,
                "longest_term_down": both and new.most_days < old.most_days,
            }.items()
            if holds
        )
        if old.segment != new.segment:
            self.moves[old.segment, new.segment] += 1
        size = _size(debt.balance.total.minor, old, new)
        if size:
            keep = heapq.heappush if len(self._largest) < LARGEST else heapq.heappushpop
            # Of changes of one size, the account that has been in the ledger for longest is named.
            keep(self._largest, _Changed(size, -account_id, (debt, days, old, new)))

    def largest(self) -> list[_Changed]:
        """The largest changes, the largest first."""
        return [
            _Changed(change.size, -change.account_id, change.facts) for change in sorted(self._largest, reverse=True)
        ]

    def as_json(self, old: Rules, new: Rules, changed: list[Change], numbers: dict[int, str]) -> dict[str, Any]:
        both = self.counts["offered_both"]
        names = (
            *("compared", "settled", "in_plan", "offered_before", "offered_after", "change_segment"),
            *("change_authority", "change_first_offers", "gain_an_offer", "lose_every_offer"),
            *("longest_term_up", "longest_term_down"),
        )
        return {
            "before": {"name": old.policy.name, "version": old.policy.version},
            "after": {"name": new.policy.name, "version": new.policy.version},
            "keys": [change.as_json() for change in changed],
            "accounts": {name: self.counts[name] for name in names},
            "segments": [
                {"before": before, "after": after, "accounts": count}
                for (before, after), count in self.moves.most_common()
            ],
            "waiver_at_most": [
                {"before": Money(before, currency).as_json(), "after": Money(after, currency).as_json()}
                for currency, (before, after) in sorted(self.waivers.items())
            ],
            "expected_share": {
                "accounts": both,
                "before": round(self.expected[0] / both, 4) if both else None,
                "after": round(self.expected[1] / both, 4) if both else None,
            },
            "largest": [
                {
                    "account_number": numbers[change.account_id],
                    "owed": debt.balance.total.as_json(),
                    "days_past_due": days,
                    "before": before.as_json(debt.balance.currency),
                    "after": after.as_json(debt.balance.currency),
                }
                for change in self.largest()
                for debt, days, before, after in [change.facts]
            ],
        }


def _first_offers_of(first: First) -> tuple[Any, ...]:
    return (first.offered, first.instalments, first.frequency, first.largest, first.waiver)


def _size(owed: int, old: First, new: First) -> float:
    """How much an account's terms change: payments and waivers as shares of what is owed, an offer more or less as all.

    The lightest plan of a first offer and the waiver of the last round count alike.
    """
    if old.offered != new.offered:
        return 1 + abs(new.most_waiver - old.most_waiver) / owed
    largest, waiver = abs(new.largest - old.largest), abs(new.waiver - old.waiver)
    return (largest + waiver + abs(new.most_waiver - old.most_waiver)) / owed


def _portfolio(session: Session) -> Iterator[tuple[Account, Debt, Record, bool]]:
    """Every account with what is owed, how its agreements went and whether a plan runs, in one query."""
    sums = [_sum(LedgerEntry.component == name, LedgerEntry.amount).label(name) for name in COMPONENTS]
    balances = select(LedgerEntry.account_id, *sums).group_by(LedgerEntry.account_id).subquery()
    plans, promises = (
        select(
            table.account_id,
            _sum(table.status == "broken").label("broken"),
            _sum(table.status.in_(("kept", "completed"))).label("kept"),
            _sum(table.status.in_(("active", "agreed"))).label("running"),
        )
        .group_by(table.account_id)
        .subquery()
        for table in (Plan, Promise)
    )
    facts = (
        *("currency", "due_date", "product", "portfolio", "country", "annual_rate", "time_zone"),
        *("hold", "hardship", "budget", "budget_on"),
    )
    query = (
        select(Account, balances, plans.c.broken, plans.c.kept, plans.c.running, promises.c.broken, promises.c.kept)
        .options(load_only(*(getattr(Account, name) for name in facts)))
        .outerjoin(balances, balances.c.account_id == Account.id)
        .outerjoin(plans, plans.c.account_id == Account.id)
        .outerjoin(promises, promises.c.account_id == Account.id)
        .order_by(Account.id)
        .execution_options(yield_per=AT_A_TIME)
    )
    for row in session.execute(query):
        yield _facts(row)


def _sum(condition: Any, amount: Any = 1) -> Any:
    return func.sum(case((condition, amount), else_=0))


def _facts(row: Row[Any]) -> tuple[Account, Debt, Record, bool]:
    account, _, *sums, broken, kept, running, promises_broken, promises_kept = row
    balance = Balance(*(Money(int(minor or 0), account.currency) for minor in sums))
    rate = _rate(account.annual_rate or "0")
    debt = Debt(balance, account.due_date, account.product, account.portfolio, account.country, rate)
    record = Record(
        broken=int(broken or 0) + int(promises_broken or 0),
        kept=int(kept or 0) + int(promises_kept or 0),
        hardship=account.hardship is not None,
    )
    return account, debt, record, bool(running)


@lru_cache(maxsize=1024)
def _rate(text: str) -> Decimal:
    return Decimal(text)
