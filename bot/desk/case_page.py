"""A case as its page shows it: everything that templates need beside what the services tell."""

from __future__ import annotations

import functools
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from markupsafe import Markup

from bot.desk.links import changed, narrowed, query_of
from bot.desk.page import Formats
from bot.desk.texts import Texts
from bot.domain.guard import Finding
from bot.domain.rights import Actor
from bot.domain.summary import Line
from bot.services.casework import Quote
from bot.services.desk import CaseView, Filter, Flag, Happened, Page, Said
from bot.services.parts import Parts

# What has a form of its own, in the order in which it is offered.
TABS = ("answer", "note", "propose", "promise")
MORE = (
    ("resolve", "check"),
    ("hand_back", "robot"),
    ("assign", "person"),
    ("move", "people"),
    ("called", "check"),
    ("call_back", "call"),
    ("dispute", "scale"),
    ("hold", "pause"),
    ("merge", "merge"),
)
# Forms whose result comes in place of the case on the page; without JavaScript the page is loaded anew.
ENHANCED = Markup('hx-boost="true" hx-target="#stage" hx-select="#stage" hx-swap="outerHTML"')
# What happened and is in the conversation already, as words or as something that stands beside them.
IN_WORDS = frozenset({"answered"})
NOTE = "noted"


@dataclass(frozen=True)
class Shown:
    """What a request adds to a case: the form that is open, what was typed, what is wrong with it."""

    do: str | None = None
    problem: str = ""
    done: str = ""
    refused: Mapping[str, str] = field(default_factory=dict)
    typed: Mapping[str, str] = field(default_factory=dict)
    findings: Sequence[Finding] = ()
    final: bool = False
    quote: Quote | None = None
    opened: Mapping[str, str] = field(default_factory=dict)


def queue_context(
    page: Page, wanted: Filter, counts: Mapping[str, int], parts: Parts, actor: Actor, t: Texts
) -> dict[str, Any]:
    """What the queue shows, wide or beside a case."""

    def link(**changes: Any) -> str:
        return query_of(changed(wanted, **changes))

    reasons = sorted(
        ((code, t(f"reason.{code}")) for code in parts.handover.reasons if t.has(f"reason.{code}")), key=lambda r: r[1]
    )
    teams = [
        (team.name, team.title.of(t.language))
        for team in parts.desk.teams
        if actor.sees_all_teams or team.name in actor.sees_teams
    ]
    filtered = narrowed(wanted)
    return {
        "page": page,
        "filter": wanted,
        "filter_query": query_of(wanted),
        "filtered": filtered,
        "narrowed": bool(filtered or wanted.search or wanted.overdue),
        "link": link,
        "counts": counts,
        "reason_options": reasons,
        "language_options": [(code, t(f"language.{code}")) for code in ("en", "zh-Hans", "zh-Hant")],
        "team_options": teams,
        "open": None,
        "section": "queue",
    }


def case_context(
    case: CaseView, wanted: Filter, shown: Shown, parts: Parts, actor: Actor, formats: Formats
) -> dict[str, Any]:
    """What a case shows."""
    t = formats.words
    tabs = [name for name in TABS if name in case.actions]
    more = [(name, glyph) for name, glyph in MORE if name in case.actions]
    possible = {*tabs, *(name for name, _ in more)}
    do = shown.do if shown.do in possible else next(iter(tabs), "")
    base = f"/desk/case/{case.reference}"

    def do_link(name: str) -> str:
        return f"{base}{query_of(wanted, do=name)}#dock"

    def dock_link(name: str) -> Markup:
        return Markup('hx-get="{}" hx-target="#dock" hx-select="#dock" hx-swap="outerHTML" hx-push-url="true"').format(
            f"{base}{query_of(wanted, do=name)}"
        )

    def flag_text(flag: Flag) -> str:
        return flag_in_words(flag, t)

    def about_text(about: str) -> str:
        return t.listed(t.code("about", word) for word in about.split(", "))

    return {
        "case": case,
        "do": do,
        "dock_state": "|".join((do, case.status, str(case.mine), case.owner or "", *sorted(case.actions))),
        "tabs": tabs,
        "more_actions": more,
        "enhanced": ENHANCED,
        "do_link": do_link,
        "dock_link": dock_link,
        "flag_text": flag_text,
        "about_text": about_text,
        "thread": list(thread(case, formats)),
        "timeline": [told(event, formats) for event in case.timeline],
        "summary": [{"code": line.code, "text": summed_up(line, parts, formats)} for line in case.summary],
        "size": formats.size,
        "percent": formats.percent,
        "zone": str(formats.zone),
        "there": functools.partial(formats.elsewhere, zone=case.account.time_zone if case.account else None),
        "team_titles": [(team.name, team.title.of(t.language)) for team in parts.desk.teams if team.name in case.teams],
        "hold_options": [
            (code, t(f"reason.{code}")) for code, rule in parts.handover.reasons.items() if rule.stops_collection
        ],
        "outcome_options": [(outcome.kind, outcome.title.of(t.language)) for outcome in parts.desk.outcomes],
        "merge_options": [
            (other.reference, f"{other.reference} · {t.code('reason', other.reason)}")
            for other in case.others
            if other.mergeable
        ],
        "problem": shown.problem,
        "done": shown.done,
        "refused": shown.refused,
        "typed": shown.typed,
        "findings": shown.findings,
        "final": shown.final,
        "quote": shown.quote,
        "opened": shown.opened,
        "open": case.reference,
    }


def flag_in_words(flag: Flag, t: Texts) -> str:
    """A flag with what exactly it is, where that is known."""
    if flag.detail and t.has(f"flag.{flag.code}_for"):
        words = flag.detail.split(", ")
        why = [t.code("hardship", word) if flag.code == "hardship" else t.code("reason", word) for word in words]
        return t(f"flag.{flag.code}_for", why=t.listed(why))
    return t(f"flag.{flag.code}")


# Under which words a fact of a summary's line is a code; the same name means something else in each.
CODES = {
    "hardship": {"reason": "hardship"},
    "offered": {"by": "offer_by", "status": "offer_status"},
    "agreed": {"status": "plan_status"},
    "promised": {"status": "promise_status"},
}


def summed_up(line: Line, parts: Parts, formats: Formats) -> str:
    """A line of a summary in words."""
    names = CODES.get(line.code, {})
    facts = {names.get(name, name): value for name, value in line.facts.items()}
    if line.code == "named":
        said = [formats.sentence("named", name, {name: value}) for name, value in facts.items()]
        facts = {"named": formats.words.listed(said)}
    return formats.sentence("summary", line.code, with_outcome(facts, parts, formats.words))


def with_outcome(facts: Mapping[str, Any], parts: Parts, t: Texts) -> dict[str, Any]:
    """Facts with the title that the lender gave an outcome."""
    outcome = parts.desk.outcome(str(facts.get("outcome")))
    return {**facts, "outcome": outcome.title.of(t.language)} if outcome is not None else dict(facts)


def told(event: Happened, formats: Formats) -> dict[str, Any]:
    """A line of the timeline in words."""
    t = formats.words
    facts = {**event.data, "by": event.by or t("event_by.nobody")}
    return {
        "event": event,
        "at": event.at,
        "kind": event.kind,
        "words": event.words,
        "text": formats.sentence("event", event.kind, facts),
    }


def thread(case: CaseView, formats: Formats) -> Iterator[dict[str, Any]]:
    """Everything in order of time: days, what was said, notes, and what was done in thin lines."""
    happened = [event for event in case.timeline if event.kind not in IN_WORDS]
    items: list[tuple[Any, int, Any]] = [(said.at, 0, said) for said in case.transcript]
    items += [(event.at, 1, event) for event in happened]
    items.sort(key=lambda item: item[:2])
    last: date | None = None
    for at, _, item in items:
        on = formats.local(at).date()
        if on != last:
            last = on
            yield {"type": "day", "id": f"day-{on.isoformat()}", "on": on}
        if isinstance(item, Said):
            yield {"type": "said", "id": item.id, "said": item}
        elif item.kind == NOTE:
            yield {"type": "note", "id": f"event-{item.id}", "event": item}
        else:
            yield {"type": "event", "id": f"event-{item.id}", **told(item, formats)}
