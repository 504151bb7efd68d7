"""The queue and the case: pages, the parts of them that are refreshed, and the events that say when."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from functools import partial

from anyio import CapacityLimiter, to_thread
from sse_starlette.sse import EventSourceResponse
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from bot.desk.access import asks_by_itself, form_of, text_of, while_signed_in
from bot.desk.case_page import Shown, case_context, queue_context
from bot.desk.links import filter_of, query_of
from bot.desk.page import formats_of, render, services_of
from bot.domain.rights import Actor

LONGEST_SEARCH = 40


@dataclass(frozen=True)
class Turns:
    """How many pages, and how many parts that pages fetch by themselves, are made at a time: two at once share a
    processor and are both there later."""

    pages: CapacityLimiter = field(default_factory=lambda: CapacityLimiter(1))
    by_itself: CapacityLimiter = field(default_factory=lambda: CapacityLimiter(1))


async def queue(request: Request, actor: Actor) -> Response:
    """The inbox, as wide as the page."""
    return await _queue(request, actor, "queue.html")


async def search(request: Request, actor: Actor) -> Response:
    """What somebody looks for, from a form, so that no number that they type stands in an address."""
    form = await form_of(request)
    wanted = filter_of({name: value for name, value in form.items() if name != "search" and isinstance(value, str)})
    sought = partial(services_of(request).desk.sought_as, actor, text_of(form, "search", LONGEST_SEARCH))
    return RedirectResponse(f"/desk{query_of(replace(wanted, search=await to_thread.run_sync(sought), page=1))}", 303)


async def queue_part(request: Request, actor: Actor) -> Response:
    """The rows of the inbox, anew."""
    return await _queue(request, actor, "queue_part.html")


async def _queue(request: Request, actor: Actor, template: str) -> Response:
    services, formats, wanted = services_of(request), formats_of(request, actor), filter_of(request.query_params)
    open_case = request.query_params.get("open")

    def make() -> Response:
        with services.parts.store.moment():
            mark, _ = services.desk.changes(actor, None)
            found, counts = services.desk.queue(actor, wanted), services.desk.counts(actor)
            context = queue_context(found, wanted, counts, services.parts, actor, formats.words)
        said = formats.words("said.move") if request.query_params.get("said") == "move" else ""
        return render(request, template, actor, **{**context, "mark": mark, "open": open_case, "said": said})

    return await _made(request, make)


async def _made(request: Request, make: Callable[[], Response]) -> Response:
    """A page, made in a thread when its turn has come: few at a time, so that one after another is there soon, and what
    pages fetch by themselves apart, so that nobody waits for it."""
    turns: Turns = request.app.state.turns
    return await to_thread.run_sync(make, limiter=turns.by_itself if asks_by_itself(request) else turns.pages)


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

    def make() -> Response:
        services.desk.seen(actor, reference)
        with services.parts.store.moment():
            mark, _ = services.desk.changes(actor, None)
            found = services.desk.case(actor, reference)
            rows, counts = services.desk.queue(actor, wanted), services.desk.counts(actor)
            beside = queue_context(rows, wanted, counts, services.parts, actor, formats.words)
            context = {**beside, **case_context(found, wanted, shown, services.parts, actor, formats), "mark": mark}
        return render(request, template, actor, status, **context)

    response = await _made(request, make)
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
