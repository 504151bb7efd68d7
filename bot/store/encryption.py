"""Encryption at rest (AES-256-GCM) and keyed hashes for look-ups.

A stored text is ``<key id>.<nonce and ciphertext, base64>``. The name of its table and column is
authenticated with it, so a value cannot be moved to another column. Keys are 32 random bytes,
base64, kept in a JSON file ``{"current": id, "keys": {id: key}, "hash": key}`` or in a setting of the same form.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import os
import secrets
from dataclasses import dataclass
from itertools import count
from pathlib import Path
from typing import Any

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from sqlalchemy import Text
from sqlalchemy.engine import Dialect
from sqlalchemy.types import TypeDecorator

NONCE_BYTES = 12


class KeyProblem(RuntimeError):
    """The key file is missing, unreadable, open to others, or not the one that the data was written with."""


@dataclass(frozen=True, repr=False)
class Keyring:
    """Every key that the data may have been written with; new data is written with the current one."""

    current: str
    keys: dict[str, bytes]
    hash_key: bytes

    def encrypt(self, text: str, context: str) -> str:
        nonce = secrets.token_bytes(NONCE_BYTES)
        sealed = AESGCM(self.keys[self.current]).encrypt(nonce, text.encode(), context.encode())
        return f"{self.current}.{base64.b64encode(nonce + sealed).decode()}"

    def decrypt(self, stored: str, context: str) -> str:
        key_id, _, payload = stored.partition(".")
        if key_id not in self.keys:
            raise KeyProblem(f"the data was encrypted with key {key_id!r}, which is not in the key file")
        try:
            raw = base64.b64decode(payload, validate=True)
            return AESGCM(self.keys[key_id]).decrypt(raw[:NONCE_BYTES], raw[NONCE_BYTES:], context.encode()).decode()
        except (InvalidTag, ValueError):
            raise KeyProblem(f"a value of {context} does not open with key {key_id!r}") from None

    def keyed_hash(self, text: str, purpose: str) -> str:
        """A hash for look-ups (phones, account numbers); useless without the key."""
        return hmac.new(self.hash_key, f"{purpose}\0{text}".encode(), hashlib.sha256).hexdigest()

    def rotated(self) -> Keyring:
        """The same keyring with a new current key; what was written before stays readable."""
        key_id = next(name for n in count(len(self.keys) + 1) if (name := f"k{n}") not in self.keys)
        return Keyring(key_id, {**self.keys, key_id: secrets.token_bytes(32)}, self.hash_key)

    def as_text(self) -> str:
        def encode(key: bytes) -> str:
            return base64.b64encode(key).decode()

        keys = {key_id: encode(key) for key_id, key in self.keys.items()}
        return json.dumps({"current": self.current, "keys": keys, "hash": encode(self.hash_key)})

    @classmethod
    def new(cls) -> Keyring:
        return cls("k1", {"k1": secrets.token_bytes(32)}, secrets.token_bytes(32))

    @classmethod
    def from_text(cls, text: str) -> Keyring:
        try:
            data = json.loads(text)
            keys = {key_id: base64.b64decode(key, validate=True) for key_id, key in data["keys"].items()}
            ring = cls(data["current"], keys, base64.b64decode(data["hash"], validate=True))
            if any(len(key) != 32 for key in [*keys.values(), ring.hash_key]) or ring.current not in keys:
                raise ValueError("keys are 32 bytes and the current one is among them")
        except (ValueError, KeyError, TypeError, AttributeError) as error:
            raise KeyProblem(f"the encryption keys cannot be read: {error}") from None
        return ring


def load_keyring(path: Path, setting: str | None = None) -> Keyring:
    """The keyring from a setting, else from the key file, which is made (mode 0600) where there is none."""
    if setting:
        return Keyring.from_text(setting)
    if not path.exists():
        save_keyring(path, Keyring.new())
    if path.stat().st_mode & 0o077:
        raise KeyProblem(f"{path} can be read by others; run: chmod 600 {path}")
    return Keyring.from_text(path.read_text())


def save_keyring(path: Path, keyring: Keyring) -> None:
    """Writes the key file in one step, readable by its owner alone."""
    path.parent.mkdir(parents=True, exist_ok=True)
    fresh = path.with_suffix(".new")
    with os.fdopen(os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as file:
        file.write(keyring.as_text())
    fresh.replace(path)


class Encrypted(TypeDecorator[str]):
    """A text column that is encrypted at rest."""

    impl = Text
    cache_ok = True
    keyring: Keyring | None = None

    def __init__(self, context: str = "") -> None:
        super().__init__()
        self.context = context

    def process_bind_param(self, value: str | None, dialect: Dialect) -> str | None:
        return None if value is None else _ring().encrypt(value, self.context)

    def process_result_value(self, value: Any, dialect: Dialect) -> str | None:
        return None if value is None else _ring().decrypt(value, self.context)


def _ring() -> Keyring:
    if Encrypted.keyring is None:
        raise KeyProblem("the store was used before its keys were loaded")
    return Encrypted.keyring
