"""Calling Chatwoot's application API; what goes wrong is told by what can be done about it.

https://developers.chatwoot.com/api-reference: a call carries an agent's access token in ``api_access_token``. A
conversation is named by its number in the account, as agents see it; files are at addresses of the same host.
"""

from __future__ import annotations

import mimetypes
import re
from collections.abc import Mapping
from typing import Any
from urllib.parse import unquote, urljoin, urlsplit

import httpx

from bot.settings import Settings

CALL_SECONDS = 10.0
# Where Chatwoot does not say how long it wants to be left alone: its limits count by the minute.
LIMITED_SECONDS = 30.0
LONGEST_LIMIT = 600.0
MOST_REDIRECTS = 3
PAGE = 100  # messages that Chatwoot gives at once
MOST_PAGES = 50
SECRET = re.compile(r"[A-Za-z0-9_-]{16,256}")
LOOPBACK = ("127.0.0.1", "localhost", "::1")
NOT_CONNECTED = (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout)
# Under this attribute of a message stands what this program calls it.
MARK = "accord"

Json = dict[str, Any]


class ChatwootTrouble(RuntimeError):
    """Something that Chatwoot or the way to it did not do. The message never holds the token."""


class NotSent(ChatwootTrouble):
    """Chatwoot was not reached: the call can be made again."""


class Unclear(ChatwootTrouble):
    """Nobody knows whether Chatwoot took the call: it timed out, or the server failed."""


class Limited(ChatwootTrouble):
    """Too many calls: Chatwoot wants to be left alone for some seconds."""

    def __init__(self, message: str, seconds: float) -> None:
        super().__init__(message)
        self.seconds = seconds


class Refused(ChatwootTrouble):
    """The call is wrong, and would be refused again."""


class Gone(ChatwootTrouble):
    """What the call is about is not there, or not any more."""


class BadToken(ChatwootTrouble):
    """Chatwoot does not know the token, or its agent may not do this."""


class NoFile(ValueError):
    """A file that is not fetched. ``why``: elsewhere, large or gone."""

    def __init__(self, why: str) -> None:
        super().__init__(why)
        self.why = why


class BadChatwootSettings(ValueError):
    """The program must not start with these settings; the message says what to change."""


def check_settings(settings: Settings) -> None:
    """Raises BadChatwootSettings where something is missing, or where anybody could speak as Chatwoot."""
    if not settings.chatwoot_url:
        return
    url = urlsplit(settings.chatwoot_url)
    if not url.hostname or (url.scheme != "https" and url.hostname not in LOOPBACK) or url.query or url.username:
        raise BadChatwootSettings("ACCORD_CHATWOOT_URL begins with https://, such as https://chatwoot.lender.example")
    missing = [name for name in ("account", "inbox") if not getattr(settings, f"chatwoot_{name}")]
    if settings.chatwoot_token is None or not settings.chatwoot_token.get_secret_value():
        missing.append("token")
    if missing:
        named = ", ".join(f"ACCORD_CHATWOOT_{name.upper()}" for name in missing)
        raise BadChatwootSettings(f"ACCORD_CHATWOOT_URL is set without {named}")
    secret = settings.chatwoot_webhook_secret
    if secret is None or not secret.get_secret_value():
        raise BadChatwootSettings(
            "ACCORD_CHATWOOT_URL is set without ACCORD_CHATWOOT_WEBHOOK_SECRET: anybody could forge calls; "
            "set the secret that Chatwoot shows with the inbox, or a long random one of your own"
        )
    if not SECRET.fullmatch(secret.get_secret_value()):
        raise BadChatwootSettings(
            "ACCORD_CHATWOOT_WEBHOOK_SECRET has 16 to 256 letters, digits, _ and -, and nothing else"
        )


class Client:
    """The application API of one account in Chatwoot."""

    def __init__(self, settings: Settings) -> None:
        check_settings(settings)
        assert settings.chatwoot_token is not None
        self.url = settings.chatwoot_url.rstrip("/")
        self.inbox_id = settings.chatwoot_inbox
        self._account = f"/api/v1/accounts/{settings.chatwoot_account}"
        self._http = httpx.AsyncClient(
            headers={"api_access_token": settings.chatwoot_token.get_secret_value()}, timeout=CALL_SECONDS
        )
        # Addresses of files are open to whoever knows them; the token is not sent there.
        self._files = httpx.AsyncClient(timeout=CALL_SECONDS)

    async def close(self) -> None:
        await self._http.aclose()
        await self._files.aclose()

    async def call(self, method: str, path: str, json: Json | None = None, **params: Any) -> Any:
        """Makes a call; returns the JSON of the answer, None where there is none. Raises ChatwootTrouble."""
        try:
            answer = await self._http.request(method, f"{self.url}{path}", json=json, params=params)
        except NOT_CONNECTED as error:
            raise NotSent(f"{method} {path}: {type(error).__name__}") from None
        except httpx.HTTPError as error:
            raise Unclear(f"{method} {path}: {type(error).__name__}") from None
        if not answer.is_success:
            raise _trouble(answer, f"{method} {path}: {answer.status_code} {_said(answer)}")
        if not answer.content:
            return None
        try:
            return answer.json()
        except ValueError:
            raise Unclear(f"{method} {path}: no JSON came back; is ACCORD_CHATWOOT_URL right?") from None

    # -- who is who

    async def profile(self) -> Json:
        """Whose token it is."""
        found: Json = await self.call("GET", "/api/v1/profile")
        return found

    async def agents(self) -> list[Json]:
        """Everybody in the account, with id, name and e-mail address."""
        return list(await self.call("GET", f"{self._account}/agents"))

    async def inbox(self) -> Json:
        found: Json = await self.call("GET", f"{self._account}/inboxes/{self.inbox_id}")
        return found

    # -- contacts

    async def find_contact(self, identifier: str) -> int | None:
        """The contact with an identifier of ours."""
        found = await self.call("GET", f"{self._account}/contacts/search", q=identifier)
        return next((row["id"] for row in found["payload"] if row.get("identifier") == identifier), None)

    async def create_contact(self, identifier: str, name: str) -> int:
        """A contact of the inbox, known there by the identifier."""
        given = {"inbox_id": self.inbox_id, "name": name, "identifier": identifier, "source_id": identifier}
        made = await self.call("POST", f"{self._account}/contacts", given)
        payload = made.get("payload", made)
        return int(payload.get("contact", payload)["id"])

    async def rename_contact(self, contact: int, name: str) -> None:
        await self.call("PUT", f"{self._account}/contacts/{contact}", {"name": name})

    async def conversations_of(self, contact: int) -> list[Json]:
        """A contact's conversations, the latest ones."""
        return list((await self.call("GET", f"{self._account}/contacts/{contact}/conversations"))["payload"])

    # -- conversations

    async def create_conversation(self, contact: int, source: str, attributes: Mapping[str, str]) -> int:
        given = {
            "source_id": source,
            "inbox_id": self.inbox_id,
            "contact_id": contact,
            "status": "open",
            "custom_attributes": dict(attributes),
        }
        return int((await self.call("POST", f"{self._account}/conversations", given))["id"])

    async def conversation(self, number: int) -> Json:
        found: Json = await self.call("GET", self._of(number))
        return found

    async def set_attributes(self, number: int, attributes: Mapping[str, str]) -> None:
        await self.call("POST", f"{self._of(number)}/custom_attributes", {"custom_attributes": dict(attributes)})

    async def set_status(self, number: int, status: str) -> None:
        await self.call("POST", f"{self._of(number)}/toggle_status", {"status": status})

    async def assign(self, number: int, agent: int | None) -> None:
        """Gives a conversation to an agent, or takes it from whoever has it."""
        await self.call("POST", f"{self._of(number)}/assignments", {"assignee_id": agent})

    # -- messages

    async def messages(self, number: int, after: int) -> list[Json]:
        """All messages of a conversation after an id, the oldest first."""
        found: list[Json] = []
        for _ in range(MOST_PAGES):
            page = (await self.call("GET", f"{self._of(number)}/messages", after=after))["payload"]
            fresh = sorted((row for row in page if row["id"] > after), key=lambda row: row["id"])
            found += fresh
            if len(page) < PAGE or not fresh:
                break
            after = fresh[-1]["id"]
        return found

    async def post(self, number: int, text: str, mark: str, incoming: bool = False) -> int:
        """Writes the borrower's words, or else a private note. ``mark``: by what it is known again."""
        given = {
            "content": text,
            "message_type": "incoming" if incoming else "outgoing",
            "private": not incoming,
            "content_attributes": {MARK: mark},
        }
        return int((await self.call("POST", f"{self._of(number)}/messages", given))["id"])

    async def set_delivery(self, number: int, message: int, status: str, error: str = "") -> None:
        """Shows agents whether a message reached the borrower: delivered or failed, and why."""
        told = {"status": status, **({"external_error": error} if error else {})}
        await self.call("PATCH", f"{self._of(number)}/messages/{message}", told)

    def _of(self, number: int) -> str:
        return f"{self._account}/conversations/{number}"

    # -- files

    async def fetch(self, address: str, most: int) -> tuple[str, str, bytes]:
        """Name, kind and content of a file that an agent attached. Raises NoFile and ChatwootTrouble.

        Only from where Chatwoot is, wherever an address leads; what is larger than ``most`` bytes is not read on.
        """
        name = unquote(urlsplit(address).path.rsplit("/", 1)[-1])
        for _ in range(MOST_REDIRECTS + 1):
            if not self._is_here(address):
                raise NoFile("elsewhere")
            try:
                async with self._files.stream("GET", address) as answer:
                    if answer.is_redirect:
                        address = urljoin(address, answer.headers.get("location", ""))
                        continue
                    if not answer.is_success:
                        trouble = _trouble(answer, f"a file: {answer.status_code}")
                        raise NoFile("gone") if isinstance(trouble, Gone | Refused | BadToken) else trouble
                    content = b""
                    async for chunk in answer.aiter_bytes():
                        content += chunk
                        if len(content) > most:
                            raise NoFile("large")
                    kind = answer.headers.get("content-type", "").split(";")[0].strip().lower()
                    return name, kind or mimetypes.guess_type(name)[0] or "", content
            except httpx.HTTPError as error:
                raise NotSent(f"a file: {type(error).__name__}") from None
        raise NoFile("elsewhere")

    def _is_here(self, address: str) -> bool:
        try:
            return _origin(address) == _origin(self.url)
        except ValueError:
            return False


def mark_of(message: Mapping[str, Any]) -> str | None:
    """What this program calls a message that it wrote; None where somebody else did."""
    attributes = message.get("content_attributes")
    mark = attributes.get(MARK) if isinstance(attributes, Mapping) else None
    return mark if isinstance(mark, str) else None


def _origin(address: str) -> tuple[str, str | None, int | None]:
    parsed = urlsplit(address)
    return parsed.scheme, parsed.hostname, parsed.port or {"https": 443, "http": 80}.get(parsed.scheme)


def _said(answer: httpx.Response) -> str:
    """What Chatwoot says against a call, in short."""
    try:
        told = answer.json()
        return str(told.get("error") or told.get("message") or told.get("errors") or "")[:150]
    except (ValueError, AttributeError):
        return ""


def _trouble(answer: httpx.Response, said: str) -> ChatwootTrouble:
    """What an answer means for whoever made the call."""
    status = answer.status_code
    if status == 429:
        asked = answer.headers.get("retry-after", "")
        return Limited(said, min(float(asked), LONGEST_LIMIT) if asked.isdecimal() else LIMITED_SECONDS)
    if status in (401, 403):
        return BadToken(said)
    if status == 404:
        return Gone(said)
    return Unclear(said) if status >= 500 or status == 408 else Refused(said)
