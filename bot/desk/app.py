"""The agents' desk on the web: `/desk` with everything under it."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from typing import Any

from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Mount, Route
from starlette.staticfiles import StaticFiles

from bot.bootstrap import Services
from bot.desk import acts, audit_page, cases, pages
from bot.desk.access import Guarded, access_routes, signed_in
from bot.desk.borrower_files import BorrowerFiles, Download
from bot.desk.live import Live
from bot.desk.page import HERE, render, warm_up
from bot.domain.rights import Actor, Right
from bot.services.cases import UnknownCase

Page = Callable[[Request, Actor], Awaitable[Response]]
# Whoever has an address with a digest in it never has to ask again.
FOR_EVER = "public, max-age=31536000, immutable"


class Files(StaticFiles):
    """Files whose address changes when they do."""

    def file_response(self, *args: Any, **kwargs: Any) -> Response:
        response = super().file_response(*args, **kwargs)
        response.headers["Cache-Control"] = FOR_EVER
        return response


def desk_routes(services: Services, download: Mapping[str, Download] | None = None) -> list[BaseRoute]:
    """What answers under `/desk`; the desk is an application of its own, so that its rules hold for it alone.

    ``download``: how a file that a borrower sent is fetched, by the channel that it came through.
    """
    warm_up(services.parts.handover.opening_hours.time_zone)
    desk = Starlette(
        routes=[
            Mount("/desk/static", Files(directory=HERE / "static")),
            Route("/desk", page("see_cases", cases.queue)),
            Route("/desk/search", page("see_cases", cases.search), methods=["POST"]),
            Route("/desk/case/{case}", page("see_cases", cases.case)),
            Route("/desk/case/{case}/{act}", page("see_cases", acts.act), methods=["POST"]),
            Route("/desk/parts/queue", page("see_cases", cases.queue_part)),
            Route("/desk/parts/case/{case}", page("see_cases", cases.case_part)),
            Route("/desk/events", page("see_cases", cases.events)),
            Route("/desk/files/{case}/{file}", page("see_cases", pages.file)),
            Route("/desk/decisions", page("see_cases", pages.decisions), methods=["GET", "POST"]),
            Route("/desk/mentions", page("see_cases", pages.mentions), methods=["GET", "POST"]),
            Route("/desk/replies", page("work", pages.replies), methods=["GET", "POST"]),
            Route("/desk/figures", page("figures", pages.figures)),
            Route("/desk/audit", page("audit", audit_page.audit)),
            Route("/desk/audit/verify", page("audit", audit_page.verify), methods=["POST"]),
            Route("/desk/audit/export", page("audit", audit_page.export), methods=["POST"]),
            *access_routes(services),
        ],
        middleware=[Middleware(Guarded)],
    )
    desk.state.services = services
    desk.state.live = Live(services.desk)
    desk.state.turns = cases.Turns()
    desk.state.files = BorrowerFiles(services, dict(download or {}))
    return [Route("/desk", desk), Route("/desk/{path:path}", desk)]


def page(right: Right, handler: Page) -> Callable[[Request], Awaitable[Response]]:
    """A page for those who have a right; what is not there is said on a page, too."""

    async def answer(request: Request) -> Response:
        actor = await signed_in(request)
        actor.demand(right)
        try:
            return await handler(request, actor)
        except UnknownCase:
            return render(request, "problem.html", actor, 404, problem="not_found", section="")

    return answer
