"""Starts Rasa on loopback: `python -m bot.dialogue.launcher MODEL PORT`. (Python 3.10)

What differs from `rasa run`: it listens on 127.0.0.1 only, has no HTTP API but the channel of the service
and a `POST /model/parse`, both behind a token; it validates an action's answer with a schema that is
compiled once (74 % of a turn otherwise); and it checks the model file before it loads it.
"""

from __future__ import annotations

import hmac
import json
import logging
import os
import sys
import threading
import warnings
from functools import partial
from pathlib import Path
from typing import Any

os.environ.setdefault("OMP_NUM_THREADS", "1")
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
os.environ.setdefault("RASA_TELEMETRY_ENABLED", "false")
os.environ.setdefault("SQLALCHEMY_SILENCE_UBER_WARNING", "1")

import structlog

ROOT = Path(__file__).resolve().parents[2]
LOG_LEVEL = getattr(logging, os.environ.get("ACCORD_DIALOGUE_LOG", "warning").upper(), logging.WARNING)


def quiet() -> None:
    """Configures logging before Rasa is imported; it prints debug dumps otherwise."""
    warnings.showwarning = lambda *_, **__: None  # deprecations inside frozen libraries; some reset the filters
    logging.basicConfig(level=LOG_LEVEL, format="%(asctime)s dialogue %(levelname)s %(name)s: %(message)s")
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(LOG_LEVEL))
    for name in ("rasa", "sanic.access", "matplotlib", "tensorflow", "apscheduler"):
        logging.getLogger(name).setLevel(max(LOG_LEVEL, logging.WARNING))


def compile_action_schema() -> None:
    """Builds the validator of actions' answers once instead of at every call."""
    from jsonschema import Draft7Validator
    from rasa.core.actions.action import RemoteAction

    validator = Draft7Validator(RemoteAction.action_response_format_spec())

    def validate(self: RemoteAction, result: dict[str, Any]) -> bool:
        validator.validate(result)
        return True

    RemoteAction._validate_action_result = validate


def add_parse_route(app: Any, token: str) -> None:
    """``POST /model/parse {"text", "metadata"}``: how the running model reads a message."""
    from rasa.core.channels.channel import UserMessage
    from sanic import response
    from sanic.request import Request
    from sanic.response import HTTPResponse

    @app.post("/model/parse")
    async def parse(request: Request) -> HTTPResponse:
        offered = request.headers.get("Authorization", "").removeprefix("Bearer ")
        if not hmac.compare_digest(offered.encode(), token.encode()):
            return response.json({"error": "not allowed"}, status=401)
        message = UserMessage(str(request.json["text"]), metadata=request.json.get("metadata"))
        return response.json(await app.ctx.agent.processor.parse_message(message))


def stop_with_parent() -> None:
    """Ends this process when the supervisor that holds the other end of standard input is gone."""

    def wait() -> None:
        sys.stdin.buffer.read()
        os._exit(0)

    if os.environ.get("ACCORD_SUPERVISED"):
        threading.Thread(target=wait, daemon=True).start()


def main(model: str, port: int) -> None:
    """Serves a model until the process is ended."""
    quiet()
    stop_with_parent()
    from rasa.core import run
    from rasa.core.utils import AvailableEndpoints

    from bot.dialogue.channel import AccordChannel
    from bot.dialogue.model import check_model

    check_model(Path(model))
    compile_action_schema()
    endpoints = AvailableEndpoints.read_endpoints(str(ROOT / "endpoints.yml"))
    token = os.environ["ACCORD_DIALOGUE_TOKEN"]
    app = run.configure_app([AccordChannel.from_credentials(None)], enable_api=False, endpoints=endpoints, port=port)
    add_parse_route(app, token)
    app.register_listener(partial(run.load_agent_on_start, model, endpoints, None), "before_server_start")
    app.register_listener(run.close_resources, "after_server_stop")
    app.run(host="127.0.0.1", port=port, workers=1, access_log=False, motd=False)


def parse_lines(model: str) -> None:
    """Reads one JSON ``{"text", "metadata"}`` a line from standard input, writes Rasa's reading a line each."""
    quiet()
    import asyncio

    from rasa.core.agent import Agent
    from rasa.core.channels.channel import UserMessage

    from bot.dialogue.model import check_model

    check_model(Path(model))
    processor = Agent.load(model).processor

    async def read() -> None:
        for line in sys.stdin:
            body = json.loads(line)
            reading = await processor.parse_message(UserMessage(body["text"], metadata=body["metadata"]))
            print(json.dumps(reading, ensure_ascii=False), flush=True)

    asyncio.run(read())


if __name__ == "__main__":
    if sys.argv[1] == "parse":
        parse_lines(sys.argv[2])
    else:
        main(sys.argv[1], int(sys.argv[2]))
