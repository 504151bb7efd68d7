"""`accord simulate`: reads the policies, plays, writes the report. No ledger is opened."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from bot.domain.keeping import KeepingRules
from bot.domain.policy import OfferPolicy
from bot.policy_files import read_policy_file
from bot.settings import Settings
from bot.simulation import figures
from bot.simulation.accord import ACCORD
from bot.simulation.population import population, rules
from bot.simulation.reading import Reader, Written, shares
from bot.simulation.run import World

FIRST_FIGURES = ("agreement_rate", "agreement_rate_in_zone", "kept_value", "borrower_surplus", "plans_kept", "rounds")


def policies(settings: Settings) -> tuple[OfferPolicy, KeepingRules]:
    """The policy in force and the keeping model as their files stand. Raises BadPolicy."""
    policy = read_policy_file(settings.policies / "offers" / f"{settings.policy}.yml", OfferPolicy)
    return policy, read_policy_file(settings.policies / "keeping.yml", KeepingRules)


def with_messages(
    policy: OfferPolicy, model: KeepingRules, borrowers: int, seed: int, reader: Reader
) -> dict[str, Any]:
    """The same borrowers at the level of acts and of messages, and how often a message is read as it was meant."""
    world, people = World(policy, model, rules()), population(borrowers, seed)
    written = Written(reader)
    acts, messages, unlike = [], [], 0
    for borrower in people:
        zone = world.zone(borrower)
        said, act_level = world.outcome(ACCORD, borrower, zone)
        read, message_level = world.outcome(ACCORD, borrower, zone, written)
        acts.append(act_level)
        messages.append(message_level)
        unlike += (said and said.agreed) != (read and read.agreed)
    measured = figures.measure(people, {"acts": acts, "messages": messages}, seed)
    return {
        "borrowers": borrowers,
        "understood": shares(written),
        "acts": measured["strategies"]["acts"],
        "messages": measured["strategies"]["messages"],
        "difference": measured["differences"]["messages"],
        "other_agreement": unlike,
        "ended_with_a_person": written.to_person,
        "outside": sum(outcome.outside for outcome in messages),
        "misread": written.misread,
    }


def lines(found: dict[str, Any]) -> list[str]:
    """The main figures for people, one strategy a line."""
    heads = [figures.BY_NAME[name].title.split(",")[0][:24] for name in FIRST_FIGURES]
    shown = [found["note"], "", " " * 30 + "".join(f"{head:>26}" for head in heads)]
    for name, title in found["titles"].items():
        row = found["strategies"][name]
        cells = [f"{row[f]['mean']:.3f} [{row[f]['low']:.3f}, {row[f]['high']:.3f}]" for f in FIRST_FIGURES]
        shown.append(f"{title:30}" + "".join(f"{cell:>26}" for cell in cells))
    for other in ("ladder", "accept_first"):
        row = found["differences"][other]["kept_value"]
        title = found["titles"][other]
        shown.append(f"Kept value, Accord less {title}: {row['mean']:+.4f} [{row['low']:+.4f}, {row['high']:+.4f}]")
    for worst in found["groups"][:1]:
        share = worst["strategies"][ACCORD.name]["agreement_rate_in_zone"]
        shown.append(f"Worst row: {worst['kind']} {worst['group']}, agreements where there is a zone {share:.3f}")
    outside = found["authority"]["outside"][ACCORD.name]
    shown.append(f"{found['authority']['turns']:,} turns of Accord, {outside} offers outside authority")
    shown.append(
        f"{found['fairness']['different']} of {found['fairness']['borrowers']} borrowers offered else than a twin"
    )
    shown.append(f"A decision: {found['timing']['median_ms']} ms (median), {found['timing']['p99_ms']} ms (p99)")
    return shown


def negmas(folder: Path) -> dict[str, Any] | None:
    """The matches of the core against NegMAS's negotiators, where they were played."""
    path = folder / "negmas.json"
    return json.loads(path.read_text(encoding="utf-8")) if path.exists() else None
