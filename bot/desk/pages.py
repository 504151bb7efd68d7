"""Pages beside the cases: what waits for a decision, mentions, words kept for use again, figures, files."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from urllib.parse import quote

from anyio import to_thread
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from bot.desk.access import form_of
from bot.desk.acts import LONGEST_KEY, in_words
from bot.desk.page import Formats, formats_of, render, services_of
from bot.domain.rights import Actor, NotAllowed
from bot.services.cases import UnknownCase
from bot.services.casework import NotPossible
from bot.services.desk import Content, Figures, MentionView

PERIODS = (7, 30, 90)
LONGEST_TITLE, LONGEST_BODY = 80, 4000
LANGUAGES = ("en", "zh-Hans", "zh-Hant")
# What a browser shows by itself without running anything in it; all else is saved.
SHOWN = frozenset({"image/png", "image/jpeg", "image/gif", "image/webp"})


async def decisions(request: Request, actor: Actor) -> Response:
    """Terms of every case of one's teams that wait for a yes or no; the form decides."""
    services, t = services_of(request), formats_of(request, actor).words
    refused: dict[str, str] = {}
    typed: Mapping[str, str] = {}
    if request.method == "POST":
        form = await form_of(request)
        typed = {name: value for name, value in form.items() if isinstance(value, str)}
        chosen, approves, words = (
            typed.get("decision", ""),
            typed.get("verdict") == "approve",
            typed.get("words", "").strip(),
        )
        key = typed.get("key", "")[:LONGEST_KEY]
        if not approves and not words:
            refused[chosen] = t("refused.need_words")
        else:
            try:
                await to_thread.run_sync(services.casework.decide, actor, chosen, key, approves, words)
                return RedirectResponse(f"/desk/decisions?said=decide_{'approve' if approves else 'refuse'}", 303)
            except (NotAllowed, NotPossible) as error:
                refused[chosen] = in_words(error, t)

    def read() -> dict[str, Any]:
        return {"waiting": services.desk.decisions(actor), "counts": services.desk.counts(actor)}

    context = await to_thread.run_sync(read)
    waiting = {decision.id for decision in context["waiting"]}
    gone = next((words for name, words in refused.items() if name not in waiting), "")
    said = request.query_params.get("said", "")
    return render(
        request,
        "decisions.html",
        actor,
        422 if refused else 200,
        section="decisions",
        refused=refused,
        typed=typed,
        gone=gone,
        said=t(f"said.{said}") if said in ("decide_approve", "decide_refuse") else "",
        **context,
    )


async def mentions(request: Request, actor: Actor) -> Response:
    """What the reader is told of; the form marks a case's as seen."""
    services, formats = services_of(request), formats_of(request, actor)
    if request.method == "POST":
        form = await form_of(request)
        await to_thread.run_sync(services.desk.seen, actor, str(form.get("case", "")))
        return RedirectResponse("/desk/mentions", 303)

    def read() -> dict[str, Any]:
        notes = services.desk.mentions(actor)
        return {"notes": [(note, mentioned(note, formats)) for note in notes], "counts": services.desk.counts(actor)}

    return render(request, "mentions.html", actor, section="mentions", **await to_thread.run_sync(read))


def mentioned(note: MentionView, formats: Formats) -> str:
    """What the reader is told: a colleague's words, or what happened."""
    by = note.by or formats.words("event_by.nobody")
    return note.words or formats.sentence("event", note.kind, {**note.data, "by": by})


async def replies(request: Request, actor: Actor) -> Response:
    """Words kept for use again: one's own, one's teams', everybody's."""
    services, t = services_of(request), formats_of(request, actor).words
    problem, typed = "", {"language": actor.language, "id": request.query_params.get("edit", "")}
    if request.method == "POST":
        form = await form_of(request)
        typed = {name: value for name, value in form.items() if isinstance(value, str)}
        try:
            await to_thread.run_sync(_keep, services.desk, actor, typed)
            said = "deleted" if typed.get("delete") else "saved"
            return RedirectResponse(f"/desk/replies?said={said}", 303)
        except KeyError:
            problem = t("replies.incomplete")
        except (NotAllowed, NotPossible) as error:
            problem = in_words(error, t)

    def read() -> dict[str, Any]:
        return {"kept": services.desk.replies(actor), "counts": services.desk.counts(actor)}

    context = await to_thread.run_sync(read)
    edited = next((reply for reply in context["kept"] if str(reply.id) == typed.get("id")), None)
    if edited is not None and request.method == "GET":
        scope = f"team:{edited.team}" if edited.scope == "team" else edited.scope
        typed = {
            "id": str(edited.id),
            "title": edited.title,
            "body": edited.body,
            "language": edited.language,
            "scope": scope,
        }
    scopes = [("own", t("replies.own"))]
    if actor.may("team_replies"):
        titles = [(team.name, team.title.of(actor.language)) for team in services.parts.desk.teams]
        scopes += [(f"team:{name}", title) for name, title in titles if name in actor.sees_teams]
        scopes.append(("all", t("replies.all")))
    said = request.query_params.get("said", "")
    return render(
        request,
        "replies.html",
        actor,
        422 if problem else 200,
        section="replies",
        problem=problem,
        typed=typed,
        editing=edited is not None,
        scopes=scopes,
        team_titles={team.name: team.title.of(actor.language) for team in services.parts.desk.teams},
        language_options=[(code, t(f"language.{code}")) for code in LANGUAGES],
        said=t(f"replies.{said}") if said in ("saved", "deleted") else "",
        **context,
    )


def _keep(desk: Any, actor: Actor, typed: Mapping[str, str]) -> None:
    """Saves or deletes what a form says. Raises KeyError where a text is missing."""
    number = typed.get("id", "")
    reply = int(number) if number.isascii() and number.isdecimal() and len(number) < 19 else None
    if typed.get("delete") and reply is not None:
        desk.delete_reply(actor, reply)
        return
    title, body = typed.get("title", "").strip()[:LONGEST_TITLE], typed.get("body", "").strip()[:LONGEST_BODY]
    language, scope = typed.get("language", ""), typed.get("scope", "own")
    if not title or not body or language not in LANGUAGES:
        raise KeyError("title, body or language")
    team = scope.removeprefix("team:") if scope.startswith("team:") else None
    desk.save_reply(actor, title, body, language, team=team, everybody=scope == "all", reply_id=reply)


async def figures(request: Request, actor: Actor) -> Response:
    """How the desk did: waiting, answering, ending; by reason; what came back; what borrowers thought."""
    services, t = services_of(request), formats_of(request, actor).words
    asked, team = request.query_params.get("days", ""), request.query_params.get("team") or None
    days = int(asked) if asked in map(str, PERIODS) else PERIODS[1]
    teams = [
        (row.name, row.title.of(actor.language))
        for row in services.parts.desk.teams
        if actor.sees_all_teams or not actor.may("see_cases") or row.name in actor.sees_teams
    ]
    team = team if team in dict(teams) else None

    def read() -> dict[str, Any]:
        counts = services.desk.counts(actor) if actor.may("see_cases") else {}
        return {"figures": services.desk.figures(actor, days, team), "counts": counts}

    context = await to_thread.run_sync(read)
    found: Figures = context["figures"]
    titles = {outcome.kind: outcome.title.of(actor.language) for outcome in services.parts.desk.outcomes}
    return render(
        request,
        "figures.html",
        actor,
        section="figures",
        days=days,
        periods=[(str(period), t("figures.days", count=period)) for period in PERIODS],
        team=team or "",
        teams=teams,
        reasons=_ranked(found.by_reason, lambda code: t.code("reason", code)),
        outcomes=_ranked(found.by_outcome, lambda code: titles.get(code, t.code("outcome", code))),
        spans=[("to_claim", found.to_claim), ("to_answer", found.to_answer), ("to_end", found.to_end)],
        longest=max((span.most or 0 for span in (found.to_claim, found.to_answer, found.to_end)), default=0),
        marks=[(mark, found.marks.get(mark, 0)) for mark in (5, 4, 3, 2, 1)],
        mean_mark=_mean(found.marks),
        chart=_chart(found),
        **context,
    )


def _ranked(counts: Mapping[str, int], titled: Any) -> list[tuple[str, int]]:
    return [(titled(code), count) for code, count in sorted(counts.items(), key=lambda item: (-item[1], item[0]))]


def _mean(marks: Mapping[int, int]) -> float | None:
    count = sum(marks.values())
    return sum(mark * number for mark, number in marks.items()) / count if count else None


def _chart(found: Figures) -> dict[str, Any] | None:
    """Two bars a day as places in a drawing 100 high: opened and ended."""
    if not found.by_day:
        return None
    most = max(max(opened, ended) for _, opened, ended in found.by_day) or 1
    step = 600 / len(found.by_day)
    wide = max(min(step * 0.4, 18), 1.2)
    bars = [
        {
            "on": on,
            "opened": opened,
            "ended": ended,
            "x": round(index * step + step / 2 - wide, 2),
            "x2": round(index * step + step / 2, 2),
            "opened_high": round(opened / most * 100, 2),
            "ended_high": round(ended / most * 100, 2),
        }
        for index, (on, opened, ended) in enumerate(found.by_day)
    ]
    return {"bars": bars, "wide": round(wide, 2), "most": most}


async def file(request: Request, actor: Actor) -> Response:
    """A file of a case: an agent's from the ledger, a borrower's from where they sent it. Raises UnknownCase."""
    services = services_of(request)
    case, name = request.path_params["case"], request.path_params["file"]
    content: Content | None
    try:
        content = await to_thread.run_sync(services.desk.file, actor, case, name)
    except UnknownCase:
        raise
    except LookupError:
        content = await request.app.state.files.fetch(actor, case, name)
    if content is None:
        return render(request, "problem.html", actor, 404, problem="no_file", section="queue")
    shown = content.mime in SHOWN
    how = "inline" if shown else "attachment"
    return Response(
        content.content,
        media_type=content.mime if shown else "application/octet-stream",
        headers={
            "Content-Disposition": f"{how}; filename*=UTF-8''{quote(content.name, safe='')}",
            "Content-Security-Policy": "default-src 'none'; sandbox",
            "Cache-Control": "no-store",
        },
    )
