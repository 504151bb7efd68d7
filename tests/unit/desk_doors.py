"""The desk's doors alone: an application with the pages of coming in, and two pages that need a session."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager

from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route
from starlette.testclient import TestClient

from bot.bootstrap import Services
from bot.desk.access import Guarded, access_routes, signed_in
from tests.unit.desk_people import Member

HOST = "http://testserver"


async def hello(request: Request) -> Response:
    actor = await signed_in(request)
    return PlainTextResponse(f"hello {actor.login}")


async def decide(request: Request) -> Response:
    actor = await signed_in(request)
    actor.demand("decide")
    return PlainTextResponse("decided")


def doors(services: Services) -> Starlette:
    app = Starlette(
        routes=[
            Route("/desk", hello, methods=["GET", "POST"]),
            Route("/desk/decide/{id}", decide, methods=["GET", "POST"]),
            *access_routes(services),
        ],
        middleware=[Middleware(Guarded)],
    )
    app.state.services = services
    return app


@contextmanager
def browser(services: Services, member: Member | None = None, base: str = HOST) -> Iterator[Browser]:
    """A browser at the desk, signed in where somebody is named."""
    with TestClient(doors(services), base_url=base, follow_redirects=False) as client:
        client.headers["Origin"] = base
        there = Browser(client)
        if member is not None:
            there.sign_in(member)
        yield there


class Browser:
    """Fills in forms as a person does: opens the page, takes its token, sends."""

    def __init__(self, client: TestClient) -> None:
        self.client = client

    def get(self, path: str, **given):
        return self.client.get(path, **given)

    def token(self, page: str) -> str:
        return re.search(r'name="csrf" value="([0-9a-f]{64})"', self.client.get(page).text)[1]

    def send(self, page: str, to: str = "", **fields):
        """Sends a form of a page."""
        return self.client.post(to or page, data={"csrf": self.token(page), **fields})

    def sign_in(self, member: Member, **fields):
        member.clock.passes(seconds=30)
        given = {"login": member.login, "password": member.password, "code": member.code(), **fields}
        return self.send("/desk/sign-in", **given)

    @property
    def secret(self) -> str | None:
        return self.client.cookies.get("accord_desk")

    @secret.setter
    def secret(self, secret: str) -> None:
        self.client.cookies.delete("accord_desk") if self.secret else None
        self.client.cookies.set("accord_desk", secret, path="/desk")
