"""How a case looks in its topic: the name, the card, the lines. Pure: made of what the desk shows of a case.

Everything is plain text; words of borrowers and agents are never markup.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from bot.channels.telegram.speaking import LONGEST_CAPTION, Call, speak
from bot.desk.case_page import flag_in_words, summed_up, with_outcome
from bot.desk.case_page import told as told_of
from bot.desk.page import Formats
from bot.services.casework import Quote
from bot.services.desk import CaseView, DecisionView, Happened
from bot.services.parts import Parts
from bot.store.tables import Attachment

LONGEST_NAME = 128
LONGEST_LINE = 400
LONGEST_BOT = 300
LONGEST_CARD = 3_900
MOST_LINES = 12
# What the card says itself, and what stands in the topic as words.
SAID_OTHERWISE = ("opened", "answered", "noted")


@dataclass(frozen=True)
class Choice:
    """A button: its words, and what it does with what."""

    title: str
    act: str
    data: str = ""


def name_of(view: CaseView, formats: Formats) -> str:
    """The name of a case's topic."""
    t = formats.words
    parts = [view.reference, t.code("reason", view.reason), t.code("language_short", view.language)]
    return " · ".join(parts)[:LONGEST_NAME]


def card(view: CaseView, parts: Parts, formats: Formats) -> str:
    """A case at a glance."""
    t = formats.words
    reasons = [t.code("reason", reason) for reason in dict.fromkeys((view.reason, *view.reasons))]
    lines = [f"{view.reference} · {t.listed(reasons)} · {t.code('priority', view.priority)}"]
    team = next((team.title.of(t.language) for team in parts.desk.teams if team.name == view.team), view.team)
    owner = t("forum.owner", name=view.owner) if view.owner else t("forum.nobody")
    if view.resolved_at is None:
        state = [t.code("status", view.status), owner, t("forum.team", team=team), t.code("channel", view.channel)]
        lines.append(" · ".join([*state, t.code("language", view.language)]))
    else:
        ended = with_outcome({"outcome": view.outcome_kind}, parts, t)["outcome"]
        lines.append(t("forum.over", how=t.code("outcome", ended) if ended else t.code("status", view.status)))
    if view.resolved_at is None and view.awaits_agent_since is not None:
        lines.append(t("forum.due", at=formats.plain_moment(view.due_at)))
    if view.call_at is not None:
        lines.append(t("forum.call", at=formats.plain_moment(view.call_at)))
    lines += ["", *_borrower(view, formats)]
    lines += [f"⚠ {flag_in_words(flag, t)}" for flag in view.flags]
    told = [_short(summed_up(line, parts, formats)) for line in view.summary[:MOST_LINES]]
    lines += ["", *(f"• {line}" for line in told)] if told else []
    if view.resolved_at is None:
        lines += [f"⏳ {waits(decision, formats)}" for decision in view.decisions]
        lines += ["", t("forum.rule")]
    return "\n".join(lines)[:LONGEST_CARD]


def _borrower(view: CaseView, formats: Formats) -> list[str]:
    """Who it is about, as far as that is known; what identifies them is masked."""
    t, identity = formats.words, view.identity
    state = t(f"identity.{identity.state}")
    if identity.until is not None:
        proof = t("forum.identity_until", state=state, at=formats.plain_moment(identity.until))
    else:
        proof = t("forum.identity", state=state)
    account = view.account
    if account is None:
        return [proof, t("facts.nobody")]
    late = account.days_past_due
    about = [
        account.name.shown,
        t("forum.account", number=account.number.shown),
        t("facts.past_due", count=late) if late > 0 else t("facts.not_due"),
        formats.money(account.balance.total),
    ]
    return [" · ".join(about), proof]


def waits(decision: DecisionView, formats: Formats) -> str:
    """Terms that wait for a yes or no."""
    t = formats.words
    said = t("forum.waits_for", role=t.code("role", decision.role), what=formats.terms(decision.terms))
    return f"{said} “{_short(decision.why)}”" if decision.why else said


def to_approve(decision: DecisionView, formats: Formats) -> str:
    """What is asked before terms are approved: whose they are, what they come to, which limits they pass."""
    t = formats.words
    about = [decision.borrower or "", formats.money(decision.owed) if decision.owed else ""]
    if decision.days_past_due and decision.days_past_due > 0:
        about.append(t("facts.past_due", count=decision.days_past_due))
    lines = [t("forum.say_approve", reference=decision.reference), " · ".join(filter(None, about))]
    lines.append(formats.terms(decision.terms))
    if decision.limits:
        lines.append(t(f"decision.limits_{decision.kind}"))
        lines += [f"• {formats.limit(limit)}" for limit in decision.limits]
    if decision.why:
        lines.append(f"“{_short(decision.why)}”")
    return "\n".join(lines)


def choices(view: CaseView, formats: Formats) -> list[Choice]:
    """What can be done with a case by a tap."""
    t = formats.words
    if view.resolved_at is not None:
        return []
    found = []
    for decision in view.decisions:
        found.append(Choice(t("decision.approve"), "approve", decision.id))
        found.append(Choice(t("decision.refuse"), "refuse", decision.id))
    found.append(Choice(t("act.release"), "release") if view.owner else Choice(t("act.claim"), "claim"))
    if view.account is not None:
        found.append(Choice(t("forum.counter"), "counter"))
    if view.call_at is not None:
        found.append(Choice(t("act.called"), "called"))
    found.append(Choice(t("act.move"), "move"))
    return [*found, Choice(t("forum.return"), "return"), Choice(t("act.resolve"), "resolve")]


def outcomes(titles: Iterable[tuple[str, str]], formats: Formats) -> list[Choice]:
    """The ways in which a case can end, and not at all."""
    ways = [Choice(title, "outcome", kind) for title, kind in titles]
    return [*ways, Choice(formats.words("forum.not_now"), "drop")]


def lines_of(event: Happened, formats: Formats) -> str:
    """Something that happened, as a line of its topic."""
    said = f"▪️ {told_of(event, formats)['text']}"
    return f"{said}\n“{event.words.strip()}”" if event.words else said


def written(event: Happened, formats: Formats) -> str:
    """An answer or a note that was written at the desk."""
    t = formats.words
    key = "note" if event.kind == "noted" else "answer"
    return t(f"forum.{key}", by=event.by or t("event_by.nobody"), text=event.words or "")


def quote(found: Quote, formats: Formats, role: str) -> str:
    """What terms would come to, and who may agree to them."""
    t = formats.words
    if found.terms is None or found.problem is not None:
        why = f"quote.why.{found.why}"
        return t(why) if found.why and t.has(why) else found.problem or t("quote.no_terms")
    lines = [formats.terms(found.terms)]
    beyond = [t.code("outside", key) for key in found.outside] + [t.code("approval", key) for key in found.approval]
    if found.role is None:
        lines.append(t("quote.nobody"))
    elif found.own and not found.approval:
        lines.append(t("quote.own"))
    else:
        lines += [t("quote.needs", role=t.code("role", role)), t("forum.quote_why")]
    if beyond:
        lines.append(t("forum.quote_beyond", why=t.listed(beyond)))
    return "\n".join([*lines, t("forum.quote_again")])


def said_by_borrower(text: str, answered: str, formats: Formats) -> str:
    """A borrower's words, and what the bot answered to them."""
    t = formats.words
    lines = [t("forum.borrower", text=text)]
    if answered:
        lines.append(t("forum.bot", text=_short(answered, LONGEST_BOT)))
    return "\n".join(lines)


def file_of(attachment: Attachment, text: str, thread: int, formats: Formats) -> Call:
    """A file that the borrower sent, passed on as Telegram has it."""
    t = formats.words
    bare = text in ("", f"[{attachment.kind}]")
    name = attachment.name or t.code("thing", attachment.kind)
    caption = t("forum.borrower_file", name=name) if bare else t("forum.borrower", text=text)
    method, field = ("sendPhoto", "photo") if attachment.kind == "photo" else ("sendDocument", "document")
    said = {"caption": _short(caption, LONGEST_CAPTION // 2), "message_thread_id": thread}
    return Call(method, {field: attachment.file_id, **said})


def message(
    text: str,
    thread: int | None,
    buttons: Sequence[tuple[str, str]] = (),
    *,
    answers: int | None = None,
    table: dict[str, Any] | None = None,
    link: tuple[str, str] | None = None,
) -> list[Call]:
    """A message in a topic, with buttons by title and id, and perhaps a link. ``answers``: what it replies to."""
    said: dict[str, Any] = {"text": text, "buttons": [{"title": title, "id": id} for title, id in buttons]}
    calls = speak({**said, "table": table} if table else said)
    for call in calls:
        if thread is not None:
            call.payload["message_thread_id"] = thread
    if answers is not None and calls:
        calls[0].payload["reply_parameters"] = {"message_id": answers, "allow_sending_without_reply": True}
    if link is not None and calls:
        rows = calls[-1].payload.setdefault("reply_markup", {"inline_keyboard": []})["inline_keyboard"]
        rows.append([{"text": link[0], "url": link[1]}])
    return calls


def reaction(message_id: int, emoji: str) -> Call:
    """A sign on a message: what became of it, without a message of its own."""
    return Call("setMessageReaction", {"message_id": message_id, "reaction": [{"type": "emoji", "emoji": emoji}]})


def digest(*parts: object) -> str:
    """By what it is seen that a card or name is another one."""
    return hashlib.sha256(repr(parts).encode()).hexdigest()[:8]


def _short(text: str, most: int = LONGEST_LINE) -> str:
    whole = " ".join(text.split())
    return whole if len(whole) <= most else f"{whole[: most - 1]}…"
