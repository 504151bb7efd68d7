"""The queue and the case: pages, the parts of them that are refreshed, and the events that say when."""

from __future__ import annotations

from typing import Any

from anyio import to_thread
from sse_starlette.sse import EventSourceResponse
from starlette.requests import Request
from starlette.responses import Response

from bot.desk.access import while_signed_in
from bot.desk.case_page import Shown, case_context, queue_context
from bot.desk.links import filter_of
from bot.desk.page import formats_of, render, services_of
from bot.domain.rights import Actor


async def queue(request: Request, actor: Actor) -> Response:
    """The inbox, as wide as the page."""
    return await _queue(request, actor, "queue.html")


async def queue_part(request: Request, actor: Actor) -> Response:
    """The rows of the inbox, anew."""
    return await _queue(request, actor, "queue_part.html")


async def _queue(request: Request, actor: Actor, template: str) -> Response:
    services, formats, wanted = services_of(request), formats_of(request, actor), filter_of(request.query_params)
    open_case = request.query_params.get("open")

    def read() -> dict[str, Any]:
        mark, _ = services.desk.changes(actor, None)
        found, counts = services.desk.queue(actor, wanted), services.desk.counts(actor)
        return {**queue_context(found, wanted, counts, services.parts, actor, formats.words), "mark": mark}

    context = await to_thread.run_sync(read)
    return render(request, template, actor, **{**context, "open": open_case})


async def case(request: Request, actor: Actor) -> Response:
    """A case beside the inbox."""
    t, said = formats_of(request, actor).words, request.query_params.get("said", "")
    done = t(f"said.{said}") if t.has(f"said.{said}") else ""
    return await show(request, actor, Shown(do=request.query_params.get("do"), done=done))


async def case_part(request: Request, actor: Actor) -> Response:
    """A case and the inbox beside it, for a page that shows them already."""
    return await show(request, actor, Shown(do=request.query_params.get("do")), template="case_update.html")


async def show(
    request: Request, actor: Actor, shown: Shown, status: int = 200, template: str = "case.html"
) -> Response:
    """The page of a case, with what a request adds to it. Raises UnknownCase."""
    services, formats, wanted = services_of(request), formats_of(request, actor), filter_of(request.query_params)
    reference = request.path_params["case"]

    def read() -> dict[str, Any]:
        mark, _ = services.desk.changes(actor, None)
        found = services.desk.case(actor, reference)
        services.desk.seen(actor, reference)
        rows, counts = services.desk.queue(actor, wanted), services.desk.counts(actor)
        beside = queue_context(rows, wanted, counts, services.parts, actor, formats.words)
        return {**beside, **case_context(found, wanted, shown, services.parts, actor, formats), "mark": mark}

    context = await to_thread.run_sync(read)
    response = render(request, template, actor, status, **context)
    if status >= 400:  # the address stays that of the page, since what refused has none of its own
        response.headers["HX-Push-Url"] = "false"
    return response


async def events(request: Request, actor: Actor) -> Response:
    """Events for one open page: that the inbox is another one, and whether its case is.

    The page names the mark up to which it knows everything (``since``), made before anything on it was read.
    """
    case_on_it = request.query_params.get("case") or None
    if case_on_it is not None:
        await to_thread.run_sync(services_of(request).desk.case, actor, case_on_it)
    stream = request.app.state.live.stream(actor, case_on_it, request.query_params.get("since"))
    return EventSourceResponse(while_signed_in(request, stream), ping=15)
