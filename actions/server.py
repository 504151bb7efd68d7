"""Serves the actions to Rasa: one JSON POST on loopback, behind a shared secret."""

from __future__ import annotations

import secrets

from rasa_sdk.executor import ActionExecutor
from rasa_sdk.interfaces import ActionNotFoundException
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from actions import all_actions
from bot.bootstrap import Services


def actions_app(services: Services, token: str) -> Starlette:
    """The action server: ``POST /webhook`` as the Rasa SDK defines it."""
    executor = ActionExecutor()
    for action in all_actions(services):
        executor.register_action(action)

    async def webhook(request: Request) -> Response:
        offered = request.headers.get("Authorization", "").removeprefix("Bearer ")
        if not secrets.compare_digest(offered.encode(), token.encode()):
            return JSONResponse({"error": "not allowed"}, status_code=401)
        try:
            result = await executor.run(await request.json())
        except ActionNotFoundException as error:
            return JSONResponse({"error": str(error), "action_name": error.action_name}, status_code=404)
        return JSONResponse(result.model_dump() if result else None)

    return Starlette(routes=[Route("/webhook", webhook, methods=["POST"])])
