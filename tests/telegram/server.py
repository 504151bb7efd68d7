"""The stand-in for Telegram on a loopback port: as a part of a test, or as a process of its own.

    python -m tests.telegram.server [port]

serves the Bot API at ``/bot<token>/<method>`` and ``/file/bot<token>/<path>``, and what a person does at ``/people``:
``POST /people {"first_name", "language", "phone"}`` gives ``{"id"}``; ``POST /people/{id}/{deed} {…}`` does one of the
deeds of `Person` with the arguments of the body; ``GET /people/{id}`` gives what they see.
"""

from __future__ import annotations

import asyncio
import json
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from email.parser import BytesParser
from email.policy import HTTP
from http import HTTPStatus
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import uvicorn
from starlette.applications import Starlette
from starlette.requests import ClientDisconnect, Request
from starlette.responses import JSONResponse, PlainTextResponse, Response
from starlette.routing import Route

from bot.supervisor import free_port
from tests.telegram.markup import Refused
from tests.telegram.methods import call
from tests.telegram.person import Person
from tests.telegram.world import Telegram, Waiting

WEBHOOK_SECONDS = 60.0
LONGEST_POLL = 50.0
DEEDS = frozenset(
    [
        *("starts", "says", "taps", "shares_contact", "edits", "sends_photo", "sends_document", "sends"),
        *("blocks", "unblocks", "deletes_account"),
    ]
)


class Cut(Response):
    """An answer that breaks off: the caller never learns what became of its call."""

    def __init__(self) -> None:
        super().__init__(b"{", headers={"Content-Length": "4096"}, media_type="application/json")


class Lines:
    """Connections to webhooks, kept open. They cost next to nothing, so that what is measured is the webhook."""

    def __init__(self) -> None:
        self._free: dict[tuple[str, int], list[tuple[asyncio.StreamReader, asyncio.StreamWriter]]] = {}

    async def post(self, url: str, update: dict[str, Any], headers: dict[str, str]) -> tuple[int, float]:
        """Delivers an update; the code that it was answered with, and after how many seconds. Raises OSError or
        IncompleteReadError where it was not."""
        to = urlsplit(url)
        place, body = (to.hostname or "", to.port or 80), json.dumps(update).encode()
        given = {"Host": to.netloc, "Content-Type": "application/json", "Content-Length": str(len(body)), **headers}
        head = "".join(f"{name}: {value}\r\n" for name, value in given.items())
        free = self._free.setdefault(place, [])
        reader, writer = free.pop() if free else await asyncio.open_connection(*place)
        while reader.at_eof() or writer.is_closing():  # closed meanwhile
            writer.close()
            reader, writer = free.pop() if free else await asyncio.open_connection(*place)
        try:
            begun = time.monotonic()
            writer.write(f"POST {to.path} HTTP/1.1\r\n{head}\r\n".encode() + body)
            first, *lines = (await reader.readuntil(b"\r\n\r\n")).decode().splitlines()
            seconds = time.monotonic() - begun
            said = {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in lines)}
            await reader.readexactly(int(said["content-length"]))
        except BaseException:
            writer.close()
            raise
        free.append((reader, writer))
        return int(first.split()[1]), seconds

    def close(self) -> None:
        for _, writer in [line for free in self._free.values() for line in free]:
            writer.close()


class Server:
    """The Starlette application, and the deliveries to a webhook."""

    def __init__(self, telegram: Telegram, retry_seconds: float = 1.0) -> None:
        self.telegram = telegram
        self.retry_seconds = retry_seconds  # before the second try; the third waits twice as long, and so on
        self._woken = asyncio.Event()
        self._lines = Lines()
        self._tasks: set[asyncio.Task[None]] = set()
        self.app = Starlette(
            routes=[
                Route("/bot{token}/{method}", self.method, methods=["GET", "POST"]),
                Route("/file/bot{token}/{path:path}", self.file),
                Route("/people", self.join, methods=["POST"]),
                Route("/people/{id:int}", self.look),
                Route("/people/{id:int}/{deed}", self.act, methods=["POST"]),
            ]
        )

    async def start(self) -> None:
        loop = asyncio.get_running_loop()
        self.telegram.wake = lambda: loop.call_soon_threadsafe(self._woken.set)
        self._spawn(self._deliver())

    async def stop(self) -> None:
        self.telegram.wake = lambda: None
        for task in list(self._tasks):
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        self._lines.close()

    def _spawn(self, work: Any) -> None:
        task = asyncio.get_running_loop().create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    # -- The Bot API

    async def method(self, request: Request) -> Response:
        if request.path_params["token"] != self.telegram.token:
            return refused(Refused(401, "Unauthorized"))
        name, faults, at = request.path_params["method"], self.telegram.faults, time.monotonic()
        try:
            given = await read(request)
            if name.lower() == "getupdates":
                return done(await self._poll(request, given))
            if faults.strikes(faults.slow):
                await asyncio.sleep(faults.slow_seconds)
            await asyncio.sleep(faults.delay(faults.taken_late, name, given))
            result = call(self.telegram, name, given, at)
        except Refused as refusal:
            return refused(refusal)
        except ClientDisconnect:  # the bot died in the middle of its call
            return Cut()
        if faults.strikes(faults.lost_answers):
            return Cut()
        if faults.strikes(faults.hanging_answers):
            await asyncio.sleep(faults.hang_seconds)
        await asyncio.sleep(faults.delay(faults.answered_late, name, given))
        return done(result)

    async def _poll(self, request: Request, given: dict[str, Any]) -> list[dict[str, Any]]:
        telegram = self.telegram
        if telegram.webhook:
            raise Refused(
                409,
                "Conflict: can't use getUpdates method while webhook is active; use deleteWebhook to delete the "
                "webhook first",
            )
        if telegram.faults.strikes(telegram.faults.server_errors):
            raise Refused(502, "Bad Gateway")
        telegram.polls += 1
        mine = telegram.polls
        telegram.wake()
        if "allowed_updates" in given:
            wanted = given["allowed_updates"]
            telegram.allowed = json.loads(wanted) if isinstance(wanted, str) else wanted
        until = time.monotonic() + min(float(given.get("timeout") or 0), LONGEST_POLL)
        offset, limit = int(given.get("offset") or 0), int(given.get("limit") or 100)
        while True:
            if telegram.polls != mine:
                raise Refused(
                    409,
                    "Conflict: terminated by other getUpdates request; make sure that only one bot instance is running",
                )
            if await request.is_disconnected():
                return []
            if updates := telegram.updates(offset, limit):
                return updates
            left = until - time.monotonic()
            if left <= 0:
                return []
            await self._sleep(left)

    async def _sleep(self, seconds: float) -> None:
        """Waits until something happened, something held back may leave, or the time is over."""
        due = self.telegram.next_due()
        if due is not None:
            seconds = min(seconds, max(0.005, due - time.monotonic()))
        self._woken.clear()
        try:
            await asyncio.wait_for(self._woken.wait(), min(seconds, 0.5))
        except TimeoutError:
            return

    async def file(self, request: Request) -> Response:
        found = [f for f in self.telegram.files.values() if f["path"] == request.path_params["path"]]
        if request.path_params["token"] != self.telegram.token or not found:
            return refused(Refused(404, "Not Found"))
        return Response(found[0]["content"], media_type="application/octet-stream")

    async def _deliver(self) -> None:
        """Brings updates to the webhook: those of a chat one after another, failed ones again."""
        while True:
            for waiting in self.telegram.deliverable():
                self._spawn(self._bring(waiting))
            await self._sleep(0.5)

    async def _bring(self, waiting: Waiting) -> None:
        telegram = self.telegram
        webhook = telegram.webhook
        headers = {"X-Telegram-Bot-Api-Secret-Token": webhook["secret"]} if webhook["secret"] else {}
        telegram.delivered[waiting.id] = time.monotonic()
        wrong = None
        try:
            async with asyncio.timeout(WEBHOOK_SECONDS):
                answer, seconds = await self._lines.post(webhook["url"], waiting.update, headers)
            if answer < HTTPStatus.BAD_REQUEST:
                telegram.acknowledged.append(seconds)
            else:
                wrong = f"Wrong response from the webhook: {answer} {HTTPStatus(answer).phrase}"
        except TimeoutError:
            wrong = "Read timeout expired"
        except ConnectionRefusedError:
            wrong = "Connection refused"
        except (OSError, asyncio.IncompleteReadError):
            wrong = "Connection reset by peer"
        with telegram.changing():
            waiting.in_flight = False
            if not wrong:
                waiting.tries = 0
                telegram.confirm(waiting)
                return
            webhook |= {"last_error_date": int(time.time()), "last_error_message": wrong}
            waiting.tries += 1
            waiting.due = time.monotonic() + min(self.retry_seconds * 2 ** (waiting.tries - 1), 30)

    # -- Persons

    async def join(self, request: Request) -> Response:
        return JSONResponse({"id": Person(self.telegram, **await request.json()).id})

    async def look(self, request: Request) -> Response:
        person = self.telegram.people.get(request.path_params["id"])
        if person is None:
            return PlainTextResponse("nobody has this id", 404)
        sees = [{**m.as_json(), "by_bot": m.by_bot, "buttons": list(m.buttons)} for m in person.sees]
        return JSONResponse({"messages": sees, "keyboard": person.chat.keyboard, "actions": person.chat.actions})

    async def act(self, request: Request) -> Response:
        person, deed = self.telegram.people.get(request.path_params["id"]), request.path_params["deed"]
        if person is None or deed not in DEEDS:
            return PlainTextResponse("nobody has this id, or nobody can do that", 404)
        try:
            return JSONResponse({"update_id": getattr(person, deed)(**json.loads(await request.body() or b"{}"))})
        except (AssertionError, TypeError, ValueError) as error:
            return PlainTextResponse(str(error), 422)


async def read(request: Request) -> dict[str, Any]:
    """The parameters of a call: from the address, a form, a form with files, or JSON."""
    given: dict[str, Any] = dict(request.query_params)
    body, kind = await request.body(), request.headers.get("Content-Type", "")
    if kind.startswith("application/json"):
        return given | json.loads(body or b"{}")
    if not kind.startswith("multipart/form-data"):
        return given | dict(parse_qsl(body.decode(), keep_blank_values=True))
    whole = BytesParser(policy=HTTP).parsebytes(b"Content-Type: " + kind.encode() + b"\r\n\r\n" + body)
    files: dict[str, Any] = {}
    for part in whole.iter_parts():
        name, content = str(part.get_param("name", header="content-disposition")), part.get_payload(decode=True) or b""
        if part.get_filename() is None:
            given[name] = content.decode()
        else:
            files[name] = {"content": content, "name": part.get_filename(), "mime": part.get_content_type()}
    for name, value in list(given.items()):
        if isinstance(value, str) and value.startswith("attach://"):
            given[name] = files.pop(value.removeprefix("attach://"))
    return given | files


def done(result: Any) -> Response:
    return JSONResponse({"ok": True, "result": result})


def refused(refusal: Refused) -> Response:
    body: dict[str, Any] = {"ok": False, "error_code": refusal.code, "description": refusal.description}
    if refusal.parameters:
        body["parameters"] = refusal.parameters
    return JSONResponse(body, refusal.code)


@contextmanager
def serving(telegram: Telegram, port: int = 0, retry_seconds: float = 1.0) -> Iterator[str]:
    """Serves it in a thread of its own; gives the address that stands for https://api.telegram.org."""
    port = port or free_port()
    ready, stop = threading.Event(), threading.Event()

    async def work() -> None:
        server = Server(telegram, retry_seconds)
        await server.start()
        http = uvicorn.Server(
            uvicorn.Config(
                server.app, host="127.0.0.1", port=port, log_config=None, access_log=False, timeout_graceful_shutdown=1
            )
        )
        running = asyncio.create_task(http.serve())
        while not http.started and not running.done():
            await asyncio.sleep(0.01)
        ready.set()
        while not stop.is_set() and not running.done():
            await asyncio.sleep(0.05)
        http.should_exit = True
        await server.stop()
        await running

    thread = threading.Thread(target=asyncio.run, args=(work(),), daemon=True, name="telegram")
    thread.start()
    if not ready.wait(20):
        raise RuntimeError("the stand-in for Telegram did not start")
    try:
        yield f"http://127.0.0.1:{port}"
    finally:
        stop.set()
        thread.join(10)


if __name__ == "__main__":
    telegram = Telegram()
    with serving(telegram, int(sys.argv[1]) if len(sys.argv) > 1 else 8081) as address:
        print(f"Telegram stands in at {address}")
        print(f"  ACCORD_TELEGRAM_API={address}/bot ACCORD_TELEGRAM_TOKEN={telegram.token}", flush=True)
        threading.Event().wait()
