"""A stand-in for Chatwoot on a loopback port: its application API for one account with one API inbox, as documented.

What agents do is done by methods (`writes`, `resolves`, …). What Chatwoot would post to the inbox's webhook waits in
``calls`` until a test delivers it, signed as Chatwoot signs. ``trouble`` says what goes wrong with the next calls.
"""

from __future__ import annotations

import asyncio
import hashlib
import hmac
import itertools
import json
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, RedirectResponse, Response
from starlette.routing import Route

from bot.supervisor import free_port

TOKEN = "an-access-token-of-the-program"
SIGNING_SECRET = "kD8sRJ2vXc5qTb1nZp7wYh3m"
ACCOUNT, INBOX = 3, 7
PROGRAM = 1  # the agent whose token it is
INCOMING, OUTGOING, ACTIVITY = 0, 1, 2
NAMES = ("incoming", "outgoing", "activity", "template")
LONGEST = 150_000
NOT_FOUND = {"error": "Resource could not be found"}

Json = dict[str, Any]


@dataclass
class Chatwoot:
    """One account: its agents, contacts, conversations and messages."""

    agents: dict[int, Json] = field(default_factory=dict)
    contacts: dict[int, Json] = field(default_factory=dict)
    conversations: dict[int, Json] = field(default_factory=dict)
    messages: dict[int, list[Json]] = field(default_factory=dict)
    files: dict[str, tuple[str, bytes]] = field(default_factory=dict)
    elsewhere: dict[str, str] = field(default_factory=dict)
    calls: list[Json] = field(default_factory=list)
    asked: list[tuple[str, str]] = field(default_factory=list)
    trouble: list[tuple[str, str, Callable[[], Response] | str]] = field(default_factory=list)
    forgets_attributes: bool = False
    address: str = ""
    inbox_kind: str = "Channel::Api"

    def __post_init__(self) -> None:
        self._ids = itertools.count(900)
        self._numbers = itertools.count(41)
        self.joins("accord@lender.test", "Accord", PROGRAM)

    # -- what agents do

    def joins(self, email: str, name: str, number: int | None = None) -> int:
        number = number or next(self._ids)
        self.agents[number] = {"id": number, "email": email, "name": name, "role": "agent", "confirmed": True}
        return number

    def writes(
        self, number: int, agent: int | None, text: str | None, private: bool = False, files: tuple[str, ...] = ()
    ) -> int:
        """An agent writes in a conversation; None: an automation does."""
        attachments = [
            {"id": next(self._ids), "file_type": "file", "data_url": url, "extension": None, "file_size": 1}
            for url in files
        ]
        return self._message(number, OUTGOING, text, private, self._user(agent), {}, attachments)["id"]

    def assigns(self, number: int, agent: int | None) -> None:
        conversation = self.conversations[number]
        if conversation["assignee"] != agent:
            conversation["assignee"] = agent
            self._message(number, ACTIVITY, "Assigned", False, None, {})
            self._call({"event": "conversation_updated", **self._shown(conversation)})

    def turns(self, number: int, status: str) -> None:
        """The status of a conversation becomes another one."""
        conversation = self.conversations[number]
        if conversation["status"] != status:
            conversation["status"] = status
            self._message(number, ACTIVITY, f"Conversation was marked {status}", False, None, {})
            self._call({"event": "conversation_status_changed", **self._shown(conversation)})

    def deletes(self, number: int) -> None:
        del self.conversations[number], self.messages[number]

    def keeps(self, name: str, kind: str, content: bytes) -> str:
        """A file that an agent uploaded; its address."""
        self.files[name] = (kind, content)
        return f"{self.address}/rails/active_storage/blobs/redirect/signed-id/{name}"

    # -- what tests look at

    def number(self) -> int:
        """The one conversation that there is."""
        (number,) = self.conversations
        return number

    def said(self, number: int | None = None, private: bool | None = None, kind: int | None = None) -> list[str]:
        rows = self.messages[self.number() if number is None else number]
        return [
            row["content"] for row in rows
            if row["message_type"] != ACTIVITY
            and (private is None or row["private"] == private)
            and (kind is None or row["message_type"] == kind)
        ]  # fmt: skip

    def message(self, id: int) -> Json:
        return next(row for rows in self.messages.values() for row in rows if row["id"] == id)

    # -- what Chatwoot does

    def _user(self, agent: int | None) -> Json | None:
        if agent is None:
            return None
        found = self.agents[agent]
        return {"id": agent, "name": found["name"], "available_name": found["name"], "type": "user"}

    def _message(
        self,
        number: int,
        kind: int,
        text: str | None,
        private: bool,
        sender: Json | None,
        attributes: Json,
        attachments: list[Json] | None = None,
    ) -> Json:
        conversation = self.conversations[number]
        row = {
            "id": next(self._ids),
            "content": text,
            "inbox_id": INBOX,
            "conversation_id": number,
            "message_type": kind,
            "content_type": "text",
            "status": "sent",
            "content_attributes": {} if self.forgets_attributes else attributes,
            "created_at": int(time.time()),
            "private": private,
            "source_id": None,
            **({"sender": sender} if sender else {}),
            **({"attachments": attachments} if attachments else {}),
        }
        self.messages[number].append(row)
        if kind == INCOMING and conversation["status"] == "resolved":
            self.turns(number, "open")
        if kind != ACTIVITY:
            user = self.agents.get(sender["id"]) if sender and sender["type"] == "user" else None
            self._call(
                {
                    **{key: row[key] for key in ("id", "content", "content_type", "content_attributes", "private")},
                    "event": "message_created",
                    "message_type": NAMES[kind],
                    "created_at": row["created_at"],
                    "source_id": None,
                    "sender": {**{k: user[k] for k in ("id", "name", "email")}, "type": "user"} if user else None,
                    "inbox": {"id": INBOX, "name": "Accord"},
                    "conversation": self._shown(conversation),
                    "account": {"id": ACCOUNT, "name": "Lender"},
                }
            )
        return row

    def _call(self, payload: Json) -> None:
        self.calls.append(json.loads(json.dumps(payload)))

    def _shown(self, conversation: Json) -> Json:
        assignee = self.agents.get(conversation["assignee"] or 0)
        contact = self.contacts[conversation["contact_id"]]
        meta = {"sender": contact, "channel": self.inbox_kind, **({"assignee": assignee} if assignee else {})}
        return {
            "id": conversation["id"],
            "account_id": ACCOUNT,
            "inbox_id": INBOX,
            "status": conversation["status"],
            "custom_attributes": conversation["custom_attributes"],
            "contact_inbox": {"source_id": conversation["source_id"]},
            "meta": meta,
            "can_reply": True,
        }


class Server:
    """The application API over HTTP."""

    def __init__(self, chatwoot: Chatwoot) -> None:
        self.chatwoot = chatwoot
        account = f"/api/v1/accounts/{ACCOUNT}"
        conversation = f"{account}/conversations/{{number:int}}"
        self.app = Starlette(
            routes=[
                self._route("/api/v1/profile", self.profile, "GET"),
                self._route(f"{account}/agents", self.agents, "GET"),
                self._route(f"{account}/inboxes/{{inbox:int}}", self.inbox, "GET"),
                self._route(f"{account}/contacts/search", self.search, "GET"),
                self._route(f"{account}/contacts", self.create_contact, "POST"),
                self._route(f"{account}/contacts/{{contact:int}}", self.update_contact, "PUT"),
                self._route(f"{account}/contacts/{{contact:int}}/conversations", self.conversations_of, "GET"),
                self._route(f"{account}/conversations", self.create_conversation, "POST"),
                self._route(conversation, self.conversation, "GET"),
                self._route(f"{conversation}/custom_attributes", self.custom_attributes, "POST"),
                self._route(f"{conversation}/toggle_status", self.toggle_status, "POST"),
                self._route(f"{conversation}/assignments", self.assign, "POST"),
                self._route(f"{conversation}/messages", self.messages, "GET"),
                self._route(f"{conversation}/messages", self.create_message, "POST"),
                self._route(f"{conversation}/messages/{{message:int}}", self.update_message, "PATCH"),
                Route("/rails/active_storage/blobs/redirect/{id}/{name}", self.redirect),
                Route("/rails/active_storage/disk/{id}/{name}", self.file),
            ]
        )

    def _route(self, path: str, handler: Callable[[Request, Json], Response], method: str) -> Route:
        async def answer(request: Request) -> Response:
            chatwoot = self.chatwoot
            chatwoot.asked.append((method, request.url.path))
            if request.headers.get("api_access_token") != TOKEN:
                return JSONResponse({"error": "Invalid Access Token"}, 401)
            raw = await request.body()
            broken = next((t for t in chatwoot.trouble if t[0] == method and t[1] in request.url.path), None)
            if broken is not None:
                chatwoot.trouble.remove(broken)
                if not isinstance(broken[2], str):
                    return broken[2]()
            number = request.path_params.get("number")
            if number is not None and number not in chatwoot.conversations:
                return JSONResponse(NOT_FOUND, 404)
            done = handler(request, json.loads(raw or b"{}"))
            # It was done, and whoever asked never learns that.
            return JSONResponse({"error": "Internal"}, 500) if broken is not None else done

        return Route(path, answer, methods=[method])

    def profile(self, request: Request, body: Json) -> Response:
        return JSONResponse(self.chatwoot.agents[PROGRAM])

    def agents(self, request: Request, body: Json) -> Response:
        return JSONResponse(list(self.chatwoot.agents.values()))

    def inbox(self, request: Request, body: Json) -> Response:
        if request.path_params["inbox"] != INBOX:
            return JSONResponse(NOT_FOUND, 404)
        return JSONResponse({"id": INBOX, "name": "Accord", "channel_type": self.chatwoot.inbox_kind})

    def search(self, request: Request, body: Json) -> Response:
        q = request.query_params.get("q", "").lower()
        if not q:
            return JSONResponse({"error": "Specify search string with parameter q"}, 422)
        found = [c for c in self.chatwoot.contacts.values() if q in f"{c['name']} {c['identifier']}".lower()]
        return JSONResponse({"meta": {"count": len(found), "current_page": 1}, "payload": found})

    def create_contact(self, request: Request, body: Json) -> Response:
        chatwoot = self.chatwoot
        if any(contact["identifier"] == body["identifier"] for contact in chatwoot.contacts.values()):
            taken = {"message": "Identifier has already been taken", "attributes": ["identifier"]}
            return JSONResponse(taken, 422)
        if body["inbox_id"] != INBOX:
            return JSONResponse(NOT_FOUND, 404)
        number = next(chatwoot._ids)
        contact = {"id": number, "name": body["name"], "identifier": body["identifier"], "email": None}
        chatwoot.contacts[number] = {**contact, "phone_number": None, "custom_attributes": {}}
        joined = {"inbox": {"id": INBOX}, "source_id": body["source_id"]}
        return JSONResponse({"payload": {"contact": chatwoot.contacts[number], "contact_inbox": joined}})

    def update_contact(self, request: Request, body: Json) -> Response:
        contact = self.chatwoot.contacts.get(request.path_params["contact"])
        if contact is None:
            return JSONResponse(NOT_FOUND, 404)
        contact.update(body)
        return JSONResponse({"payload": contact})

    def conversations_of(self, request: Request, body: Json) -> Response:
        contact, chatwoot = request.path_params["contact"], self.chatwoot
        if contact not in chatwoot.contacts:
            return JSONResponse(NOT_FOUND, 404)
        rows = [chatwoot._shown(row) for row in chatwoot.conversations.values() if row["contact_id"] == contact]
        return JSONResponse({"payload": rows[::-1][:20]})

    def create_conversation(self, request: Request, body: Json) -> Response:
        chatwoot = self.chatwoot
        if body["inbox_id"] != INBOX or body["contact_id"] not in chatwoot.contacts:
            return JSONResponse(NOT_FOUND, 404)
        number = next(chatwoot._numbers)
        chatwoot.conversations[number] = {
            "id": number,
            "contact_id": body["contact_id"],
            "source_id": body["source_id"],
            "status": body.get("status", "open"),
            "custom_attributes": body.get("custom_attributes", {}),
            "assignee": None,
        }
        chatwoot.messages[number] = []
        return JSONResponse({"id": number, "account_id": ACCOUNT, "inbox_id": INBOX})

    def conversation(self, request: Request, body: Json) -> Response:
        return JSONResponse(self.chatwoot._shown(self._of(request)))

    def custom_attributes(self, request: Request, body: Json) -> Response:
        self._of(request)["custom_attributes"] = body["custom_attributes"]
        return JSONResponse({"custom_attributes": body["custom_attributes"]})

    def toggle_status(self, request: Request, body: Json) -> Response:
        if body.get("status") not in ("open", "resolved", "pending", "snoozed"):
            return JSONResponse({"error": "status is not valid"}, 422)
        number = request.path_params["number"]
        self.chatwoot.turns(number, body["status"])
        payload = {"success": True, "current_status": body["status"], "conversation_id": number}
        return JSONResponse({"meta": {}, "payload": payload})

    def assign(self, request: Request, body: Json) -> Response:
        agent = body.get("assignee_id")
        self.chatwoot.assigns(request.path_params["number"], agent if agent in self.chatwoot.agents else None)
        return JSONResponse(self.chatwoot.agents.get(agent))

    def messages(self, request: Request, body: Json) -> Response:
        rows = self.chatwoot.messages[request.path_params["number"]]
        after = request.query_params.get("after")
        rows = [row for row in rows if row["id"] > int(after)][:100] if after else rows[-20:]
        return JSONResponse({"meta": {}, "payload": rows})

    def create_message(self, request: Request, body: Json) -> Response:
        if len(body.get("content") or "") > LONGEST:
            return JSONResponse({"error": "Validation failed: Content is too long"}, 422)
        kind = NAMES.index(body.get("message_type", "outgoing"))
        chatwoot, number = self.chatwoot, request.path_params["number"]
        contact = {"id": self._of(request)["contact_id"], "type": "contact"}
        sender = contact if kind == INCOMING else chatwoot._user(PROGRAM)
        private, attributes = bool(body.get("private")), body.get("content_attributes") or {}
        return JSONResponse(chatwoot._message(number, kind, body["content"], private, sender, attributes))

    def update_message(self, request: Request, body: Json) -> Response:
        rows = self.chatwoot.messages[request.path_params["number"]]
        found = next((row for row in rows if row["id"] == request.path_params["message"]), None)
        if found is None:
            return JSONResponse(NOT_FOUND, 404)
        found["status"] = body["status"]
        if body.get("external_error"):
            found["content_attributes"] = {**found["content_attributes"], "external_error": body["external_error"]}
        return JSONResponse(found)

    async def redirect(self, request: Request) -> Response:
        name = request.path_params["name"]
        here = f"{self.chatwoot.address}/rails/active_storage/disk/key/{name}"
        return RedirectResponse(self.chatwoot.elsewhere.get(name, here), 302)

    async def file(self, request: Request) -> Response:
        assert "api_access_token" not in request.headers
        kind, content = self.chatwoot.files[request.path_params["name"]]
        return Response(content, media_type=kind)

    def _of(self, request: Request) -> Json:
        return self.chatwoot.conversations[request.path_params["number"]]


def signed(payload: Json, secret: str, at: float) -> tuple[bytes, dict[str, str]]:
    """Body and headers of a call, as Chatwoot signs them."""
    body = json.dumps(payload).encode()
    stamp = str(int(at))
    made = hmac.new(secret.encode(), stamp.encode() + b"." + body, hashlib.sha256).hexdigest()
    return body, {
        "Content-Type": "application/json",
        "X-Chatwoot-Timestamp": stamp,
        "X-Chatwoot-Signature": f"sha256={made}",
        "X-Chatwoot-Delivery": f"delivery-{stamp}",
    }


@contextmanager
def serving(chatwoot: Chatwoot) -> Iterator[str]:
    """Serves it in a thread of its own; gives its address."""
    port, ready = free_port(), threading.Event()
    config = uvicorn.Config(Server(chatwoot).app, host="127.0.0.1", port=port, log_config=None, access_log=False)
    http = uvicorn.Server(config)
    chatwoot.address = f"http://127.0.0.1:{port}"

    async def work() -> None:
        running = asyncio.create_task(http.serve())
        while not http.started and not running.done():
            await asyncio.sleep(0.01)
        ready.set()
        await running

    thread = threading.Thread(target=asyncio.run, args=(work(),), daemon=True, name="chatwoot")
    thread.start()
    if not ready.wait(20):
        raise RuntimeError("the stand-in for Chatwoot did not start")
    try:
        yield chatwoot.address
    finally:
        http.should_exit = True
        thread.join(10)
