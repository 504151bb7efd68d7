"""The company's own sign-in: OpenID Connect, authorization code with PKCE.

What was sent along (state, nonce, verifier) waits in a cookie that is encrypted, authenticated and good for ten
minutes, so nothing has to be kept here for whoever never comes back. Of the answer the ID token alone counts: its
signature by the issuer's keys, issuer, audience, times and nonce (OpenID Connect Core 1.0, 3.1.3.7).
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import secrets
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import quote, urlsplit

import httpx
import structlog
from authlib.oauth2.rfc6749.parameters import prepare_grant_uri
from authlib.oauth2.rfc7636 import create_s256_code_challenge
from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import KeySet

from bot.services.parts import Parts
from bot.store.encryption import KeyProblem

log = structlog.get_logger()

SCOPES = "openid email profile"
COOKIE_PURPOSE = "desk sign-in under way"
UNDER_WAY = timedelta(minutes=10)
METADATA_KEPT = timedelta(hours=1)
# After keys were asked for, an unknown one is not asked for again so soon.
KEYS_KEPT = timedelta(seconds=30)
SKEW_SECONDS = 60
TIMEOUT_SECONDS = 10.0
LONGEST_SUBJECT = 255
# Signatures with a public key alone: with others the issuer's public key, or nothing, would be a secret.
ALGORITHMS = ("RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512", "EdDSA")
LOOPBACK = ("127.0.0.1", "localhost", "::1")


class NotVouchedFor(Exception):
    """The company's sign-in does not say, or not credibly, who somebody is.

    ``why``, for the record: state, expired, refused, unreachable, issuer, token or subject.
    """

    def __init__(self, why: str) -> None:
        super().__init__(why)
        self.why = why


@dataclass(frozen=True)
class UnderWay:
    """A sign-in that was begun: what has to come back, and where it leads afterwards."""

    state: str
    nonce: str
    verifier: str
    next: str
    at: str


@dataclass(frozen=True)
class Vouched:
    """Who somebody is. ``login``: the claim by which they are known the first time, empty where it is not certain."""

    subject: str
    login: str


class OpenId:
    """The company's sign-in, as the settings name it."""

    def __init__(self, parts: Parts) -> None:
        self.parts = parts
        self.settings = parts.settings
        self._metadata: tuple[datetime, dict[str, Any]] | None = None
        self._keys: tuple[datetime, KeySet] | None = None

    @property
    def on(self) -> bool:
        """Whether there is one."""
        return bool(self.settings.oidc_issuer and self.settings.oidc_client_id)

    @property
    def back(self) -> str:
        """The address to which the company's sign-in sends people back; it has to be known there."""
        return f"{self.settings.address}/desk/oidc/back"

    async def begin(self, wanted: str) -> tuple[str, str]:
        """Where the browser goes now, and the content of the cookie that waits for it. Raises NotVouchedFor.

        ``wanted``: the page that it leads to afterwards.
        """
        metadata = await self._discovered()
        now = self.parts.now().isoformat()
        begun = UnderWay(secrets.token_urlsafe(24), secrets.token_urlsafe(24), secrets.token_urlsafe(48), wanted, now)
        address = prepare_grant_uri(
            metadata["authorization_endpoint"],
            client_id=self.settings.oidc_client_id,
            response_type="code",
            redirect_uri=self.back,
            scope=SCOPES,
            state=begun.state,
            nonce=begun.nonce,
            code_challenge=create_s256_code_challenge(begun.verifier),
            code_challenge_method="S256",
        )
        return address, self._seal(begun)

    async def finish(self, answer: Mapping[str, str], cookie: str | None) -> tuple[Vouched, str]:
        """Who came back, and where they wanted to go. Raises NotVouchedFor."""
        begun = self._open(cookie)
        if not hmac.compare_digest(answer.get("state", "").encode(), begun.state.encode()):
            raise NotVouchedFor("state")
        if answer.get("iss", self.settings.oidc_issuer) != self.settings.oidc_issuer:  # RFC 9207
            raise NotVouchedFor("issuer")
        if "error" in answer or not answer.get("code"):
            raise NotVouchedFor("refused")
        metadata = await self._discovered()
        token = await self._exchange(metadata["token_endpoint"], answer["code"], begun.verifier)
        claims = await self._claims(token.get("id_token"), begun.nonce)
        return self._vouched(await self._with_login(claims, token, metadata)), begun.next

    async def _claims(self, id_token: Any, nonce: str) -> dict[str, Any]:
        """The claims of an ID token that holds. Raises NotVouchedFor."""
        if not isinstance(id_token, str):
            raise NotVouchedFor("token")
        try:
            claims = await self._read(id_token)
            jwt.JWTClaimsRegistry(
                now=int(self.parts.now().timestamp()),
                leeway=SKEW_SECONDS,
                iss={"essential": True, "value": self.settings.oidc_issuer},
                aud={"essential": True, "value": self.settings.oidc_client_id},
                exp={"essential": True},
                iat={"essential": True},
                sub={"essential": True},
                nonce={"essential": True, "value": nonce},
            ).validate(claims)
        except (JoseError, ValueError, TypeError) as error:
            log.warning("openid_token_refused", error=type(error).__name__)
            raise NotVouchedFor("token") from None
        party, audience = claims.get("azp"), claims["aud"]
        if party not in (None, self.settings.oidc_client_id) or (
            isinstance(audience, list) and len(audience) > 1 and party is None
        ):
            raise NotVouchedFor("token")
        return claims

    async def _read(self, id_token: str) -> dict[str, Any]:
        """The claims of a token whose signature fits; keys that the issuer has changed are fetched anew, once."""
        keys = await self._key_set()
        try:
            return jwt.decode(id_token, keys, algorithms=ALGORITHMS).claims
        except (JoseError, ValueError):
            if self._keys is not None and self.parts.now() - self._keys[0] < KEYS_KEPT:
                raise
        return jwt.decode(id_token, await self._key_set(anew=True), algorithms=ALGORITHMS).claims

    async def _with_login(
        self, claims: dict[str, Any], token: Mapping[str, Any], metadata: Mapping[str, Any]
    ) -> dict[str, Any]:
        """The claims with those of the user-info endpoint, where the ID token lacks the one that names the login."""
        endpoint = metadata.get("userinfo_endpoint")
        if self.settings.oidc_login_claim in claims or not endpoint or not token.get("access_token"):
            return claims
        told = await self._get(endpoint, {"Authorization": f"Bearer {token['access_token']}"})
        return {**told, **claims} if told.get("sub") == claims["sub"] else claims

    def _vouched(self, claims: Mapping[str, Any]) -> Vouched:
        subject, claim = claims["sub"], self.settings.oidc_login_claim
        if not isinstance(subject, str) or not subject:
            raise NotVouchedFor("subject")
        login = claims.get(claim)
        # An address that nobody has checked is whatever somebody typed.
        sure = isinstance(login, str) and (claim != "email" or claims.get("email_verified") is True)
        named = f"{self.settings.oidc_issuer} {subject}"
        if len(named) > LONGEST_SUBJECT:
            named = hashlib.sha256(named.encode()).hexdigest()
        return Vouched(named, str(login) if sure else "")

    async def _discovered(self) -> dict[str, Any]:
        """What the issuer says of itself. Raises NotVouchedFor."""
        now, issuer = self.parts.now(), self.settings.oidc_issuer
        if self._metadata is not None and now - self._metadata[0] < METADATA_KEPT:
            return self._metadata[1]
        told = await self._get(f"{issuer.rstrip('/')}/.well-known/openid-configuration")
        needed = ("authorization_endpoint", "token_endpoint", "jwks_uri")
        if told.get("issuer") != issuer or not all(_is_safe(told.get(name)) for name in needed):
            log.error("openid_metadata_refused", issuer=issuer)
            raise NotVouchedFor("issuer")
        self._metadata = (now, told)
        return told

    async def _key_set(self, anew: bool = False) -> KeySet:
        """The issuer's public keys. Raises NotVouchedFor."""
        now = self.parts.now()
        if self._keys is None or anew or now - self._keys[0] >= METADATA_KEPT:
            told = await self._get((await self._discovered())["jwks_uri"])
            try:
                # A key for anything else than a public key's signature is none for us.
                fit = [key for key in told["keys"] if key.get("kty") != "oct" and key.get("use", "sig") == "sig"]
                self._keys = (now, KeySet.import_key_set({"keys": fit}))
            except (JoseError, KeyError, ValueError, TypeError, AttributeError):
                raise NotVouchedFor("issuer") from None
        return self._keys[1]

    async def _exchange(self, endpoint: str, code: str, verifier: str) -> dict[str, Any]:
        """What the issuer gives for a code (RFC 6749, 4.1.3; RFC 7636, 4.5). Raises NotVouchedFor."""
        secret, name = self.settings.oidc_client_secret, self.settings.oidc_client_id
        form = {
            "grant_type": "authorization_code",
            "code": code,
            "redirect_uri": self.back,
            "code_verifier": verifier,
        }
        if secret is None:
            return await self._ask("POST", endpoint, data={**form, "client_id": name})
        return await self._ask("POST", endpoint, data=form, auth=(quote(name), quote(secret.get_secret_value())))

    async def _get(self, address: str, headers: Mapping[str, str] | None = None) -> dict[str, Any]:
        return await self._ask("GET", address, headers=headers)

    async def _ask(self, method: str, address: str, **given: Any) -> dict[str, Any]:
        """What the issuer answers, a JSON object. Raises NotVouchedFor."""
        try:
            async with httpx.AsyncClient(timeout=TIMEOUT_SECONDS) as http:
                answer = await http.request(method, address, **given)
                if answer.is_client_error and method == "POST":
                    raise NotVouchedFor("refused")
                answer.raise_for_status()
                told = answer.json()
        except (httpx.HTTPError, httpx.InvalidURL, ValueError) as error:
            log.error("openid_unreachable", error=type(error).__name__)
            raise NotVouchedFor("unreachable") from None
        if not isinstance(told, dict):
            raise NotVouchedFor("issuer")
        return told

    def _seal(self, begun: UnderWay) -> str:
        sealed = self.parts.store.keyring.encrypt(json.dumps(asdict(begun)), COOKIE_PURPOSE)
        return base64.urlsafe_b64encode(sealed.encode()).decode().rstrip("=")

    def _open(self, cookie: str | None) -> UnderWay:
        """What a cookie holds. Raises NotVouchedFor."""
        try:
            sealed = base64.urlsafe_b64decode((cookie or "") + "=" * (-len(cookie or "") % 4)).decode()
            begun = UnderWay(**json.loads(self.parts.store.keyring.decrypt(sealed, COOKIE_PURPOSE)))
            at = datetime.fromisoformat(begun.at)
        except (ValueError, TypeError, KeyProblem):
            raise NotVouchedFor("state") from None
        if self.parts.now() - at >= UNDER_WAY:
            raise NotVouchedFor("expired")
        return begun


def _is_safe(address: Any) -> bool:
    """Whether secrets may travel to an address: over TLS, or not beyond this machine."""
    try:
        parts = urlsplit(address if isinstance(address, str) else "")
    except ValueError:
        return False
    return (parts.scheme == "https" and bool(parts.netloc)) or (parts.scheme == "http" and parts.hostname in LOOPBACK)
