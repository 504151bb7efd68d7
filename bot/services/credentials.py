"""Passwords and second factors: what is accepted, how it is kept, how it is checked."""

from __future__ import annotations

import functools
import hmac
import threading
import unicodedata
from datetime import datetime

import pyotp
from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

SHORTEST_PASSWORD = 12
LONGEST_PASSWORD = 256
LEAST_DIFFERENT = 5
STEP_SECONDS = 30
WINDOW = 1  # steps before and after the present one whose codes are taken, for clocks that are off
ISSUER = "Accord"
HASHER = PasswordHasher()
# How many passwords are hashed at once: each takes 64 MiB and a good part of a core.
_AT_ONCE = threading.BoundedSemaphore(2)
# What is tried first of what is long enough; compared in lower case, without what is no letter and no digit.
_COMMON = """
123456789012 1234567890123 12345678901234 123456789012345 1234567890123456 123123123123 121212121212 112233445566
123456123456 012345678901 987654321098 0987654321098 098765432109 147258369147 abcdefghijkl abcdefghijklm abcd12345678
abc123abc123 abc123456789 a123456789012 aa1234567890 qwertyuiop12 qwertyuiop123 qwertyuiopas qwertyuiopasd
qwerty123456 qwerty12345678 qwertyqwerty 1q2w3e4r5t6y 1qaz2wsx3edc 1qaz2wsx3edc4rfv qazwsxedcrfv zaq12wsxcde3
asdfghjkl123 asdfghjklzxc asdfasdfasdf zxcvbnm12345 zxcvbnmasdfg password1234 password12345 password123456
passwordpassword passw0rd1234 p4ssw0rd1234 p4ssword1234 mypassword12 mypassword123 newpassword12 newpassword123
yourpassword changemenow1 changemechangeme changeme1234 changeme12345 letmeinletmein letmein12345 letmein123456
welcome12345 welcome123456 welcomewelcome iloveyou1234 iloveyouiloveyou woaini520131 woaini1314520 woaini123456
5201314520131 administrator administrator1 administrator123 adminadminadmin admin1234567 admin12345678 admin123456789
rootrootroot superuser123 supervisor12 supervisor123 secretsecret secret123456 trustno1trustno1 sunshine1234
football1234 baseball1234 princess1234 superman1234 monkeymonkey dragondragon master123456 starwars1234
correcthorsebatterystaple thequickbrownfox accordaccord accord123456 accord1234567 testtesttest test12345678
spring2026spring summer202612 winter202612 autumn202612
"""
COMMON = frozenset(_COMMON.split())


class WeakPassword(ValueError):
    """A password that is not taken. ``why``: short, long, login or common."""

    def __init__(self, why: str, message: str) -> None:
        super().__init__(message)
        self.why = why


def check_password(password: str, login: str) -> None:
    """Raises WeakPassword where a password is not taken for a login."""
    text = _normal(password).casefold()
    if len(text) < SHORTEST_PASSWORD:
        raise WeakPassword("short", f"A password has at least {SHORTEST_PASSWORD} characters.")
    if len(text) > LONGEST_PASSWORD:
        raise WeakPassword("long", f"A password has at most {LONGEST_PASSWORD} characters.")
    if len(text.replace(login.casefold(), "")) < SHORTEST_PASSWORD // 2:
        raise WeakPassword("login", "The login does not do as a password.")
    letters = "".join(c for c in text if c.isalnum())
    if letters in COMMON or len(set(text)) < LEAST_DIFFERENT:
        raise WeakPassword("common", "This password is among the first that are guessed.")


def hash_password(password: str) -> str:
    """What is kept of a password: argon2id with a salt of its own."""
    with _AT_ONCE:
        return HASHER.hash(_normal(password))


def matches(password_hash: str | None, password: str) -> bool:
    """Whether a password is the one that a hash was made of.

    Without a hash the same work is done and the answer is no, so that time does not tell who is known here.
    """
    text = _normal(password)[:LONGEST_PASSWORD]
    with _AT_ONCE:
        try:
            fits = HASHER.verify(password_hash or _nobodys(), text)
        except (VerificationError, InvalidHashError):
            return False
    return fits and password_hash is not None and len(password) <= LONGEST_PASSWORD


def out_of_date(password_hash: str) -> bool:
    """Whether a hash was made with other parameters than those in force."""
    return HASHER.check_needs_rehash(password_hash)


def new_secret() -> str:
    """A secret that an app for codes keeps, in base 32."""
    return pyotp.random_base32()


def otpauth(secret: str, login: str) -> str:
    """The address by which such an app takes up a secret; shown as a QR code."""
    return pyotp.TOTP(secret, interval=STEP_SECONDS).provisioning_uri(name=login, issuer_name=ISSUER)


def step_of(secret: str, code: str, now: datetime) -> int | None:
    """The time step whose code somebody typed; None where it is none of those that are taken now."""
    digits = unicodedata.normalize("NFKC", code).replace(" ", "")
    if len(digits) != 6 or not (digits.isascii() and digits.isdecimal()):
        return None
    codes, present = pyotp.TOTP(secret, interval=STEP_SECONDS), int(now.timestamp()) // STEP_SECONDS
    found = None
    for step in range(present - WINDOW, present + WINDOW + 1):
        if hmac.compare_digest(codes.generate_otp(step), digits):
            found = step
    return found


@functools.cache
def _nobodys() -> str:
    return HASHER.hash(new_secret())


def _normal(password: str) -> str:
    return unicodedata.normalize("NFKC", password)
