"""A small OpenID provider that checks what a real one checks, and lies where a test wants it to."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import secrets
import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from urllib.parse import unquote, urlencode

import uvicorn
from joserfc import jwt
from joserfc.jwk import RSAKey
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, RedirectResponse, Response
from starlette.routing import Route

CLIENT, SECRET = "accord desk", "s3cret/with:signs"


@dataclass
class Provider:
    """One issuer. ``person``: whoever is signed in there, as claims; ``lies`` replaces claims of the ID token."""

    clock: Callable[[], datetime]
    issuer: str = ""
    redirect_uri: str = "http://127.0.0.1:8000/desk/oidc/back"
    person: dict[str, Any] = field(default_factory=dict)
    lies: dict[str, Any] = field(default_factory=dict)
    metadata_lies: dict[str, Any] = field(default_factory=dict)
    key: RSAKey = field(default_factory=lambda: RSAKey.generate_key(2048, {"kid": "first", "use": "sig"}))
    signs_with: RSAKey | bytes | None = None
    keys_fetched: int = 0
    algorithm: str = "RS256"
    thin: bool = False
    refuses: str = ""
    answers_as: str = ""
    codes: dict[str, dict[str, str]] = field(default_factory=dict)
    asked: list[dict[str, str]] = field(default_factory=list)

    def app(self) -> Starlette:
        return Starlette(
            routes=[
                Route("/.well-known/openid-configuration", self.metadata),
                Route("/authorize", self.authorize),
                Route("/token", self.token, methods=["POST"]),
                Route("/jwks", self.jwks),
                Route("/userinfo", self.userinfo),
            ]
        )

    async def metadata(self, request: Request) -> Response:
        told = {
            "issuer": self.issuer,
            "authorization_endpoint": f"{self.issuer}/authorize",
            "token_endpoint": f"{self.issuer}/token",
            "userinfo_endpoint": f"{self.issuer}/userinfo",
            "jwks_uri": f"{self.issuer}/jwks",
        }
        return JSONResponse({**told, **self.metadata_lies})

    async def authorize(self, request: Request) -> Response:
        asked = dict(request.query_params)
        self.asked.append(asked)
        right = (
            asked.get("response_type") == "code"
            and asked.get("client_id") == CLIENT
            and asked.get("redirect_uri") == self.redirect_uri
            and asked.get("code_challenge_method") == "S256"
            and "openid" in asked.get("scope", "").split()
            and len(asked.get("nonce", "")) >= 20
            and len(asked.get("state", "")) >= 20
        )
        if not right:
            return JSONResponse({"error": "invalid_request"}, 400)
        if self.refuses:
            return self._back({"error": self.refuses, "state": asked["state"]})
        code = secrets.token_urlsafe(16)
        self.codes[code] = asked
        return self._back({"code": code, "state": asked["state"], "iss": self.answers_as or self.issuer})

    async def token(self, request: Request) -> Response:
        form = await request.form()
        name, _, secret = (
            base64.b64decode(request.headers["Authorization"].removeprefix("Basic ")).decode().partition(":")
        )
        asked = self.codes.pop(str(form.get("code")), None)
        challenge = base64.urlsafe_b64encode(hashlib.sha256(str(form.get("code_verifier")).encode()).digest())
        if (unquote(name), unquote(secret)) != (CLIENT, SECRET):
            return JSONResponse({"error": "invalid_client"}, 401)
        if (
            asked is None
            or form.get("grant_type") != "authorization_code"
            or form.get("redirect_uri") != asked["redirect_uri"]
            or challenge.decode().rstrip("=") != asked["code_challenge"]
        ):
            return JSONResponse({"error": "invalid_grant"}, 400)
        return JSONResponse(
            {"access_token": "an-access-token", "token_type": "Bearer", "id_token": self.id_token(asked["nonce"])}
        )

    def id_token(self, nonce: str) -> str:
        now = int(self.clock().timestamp())
        claims = {
            "iss": self.issuer,
            "aud": CLIENT,
            "iat": now,
            "exp": now + 300,
            "nonce": nonce,
            **({"sub": self.person["sub"]} if self.thin else self.person),
            **self.lies,
        }
        claims = {name: value for name, value in claims.items() if value is not None}
        key = self.signs_with or self.key
        if isinstance(key, bytes):  # a library that is worth using does not sign in this way
            return by_hand({"alg": "HS256", "kid": "first"}, claims, key)
        if self.algorithm == "none":
            return by_hand({"alg": "none"}, claims, None)
        return jwt.encode({"alg": self.algorithm, "kid": key.kid}, claims, key, algorithms=[self.algorithm])

    async def jwks(self, request: Request) -> Response:
        self.keys_fetched += 1
        return JSONResponse({"keys": [self.key.as_dict(private=False)]})

    async def userinfo(self, request: Request) -> Response:
        if request.headers.get("Authorization") != "Bearer an-access-token":
            return JSONResponse({"error": "invalid_token"}, 401)
        return JSONResponse(self.person)

    def _back(self, answer: dict[str, str]) -> Response:
        return RedirectResponse(f"{self.redirect_uri}?{urlencode(answer)}", 302)


def by_hand(header: dict[str, Any], claims: dict[str, Any], secret: bytes | None) -> str:
    """A token with a signature by a shared secret, or without any."""

    def part(content: bytes) -> str:
        return base64.urlsafe_b64encode(content).decode().rstrip("=")

    signed = f"{part(json.dumps(header).encode())}.{part(json.dumps(claims).encode())}"
    return f"{signed}.{part(hmac.digest(secret, signed.encode(), 'sha256')) if secret else ''}"


@contextmanager
def served(provider: Provider) -> Iterator[Provider]:
    """The provider on a loopback port of its own, for as long as it is needed."""
    with socket.socket() as listening:
        listening.bind(("127.0.0.1", 0))
        provider.issuer = f"http://127.0.0.1:{listening.getsockname()[1]}"
        server = uvicorn.Server(uvicorn.Config(provider.app(), log_config=None, lifespan="off"))
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listening]}, daemon=True)
        thread.start()
        while not server.started:
            time.sleep(0.01)
        try:
            yield provider
        finally:
            server.should_exit = True
            thread.join(10)
