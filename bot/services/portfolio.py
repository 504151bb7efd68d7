"""Importing a portfolio file: every row is checked first, then all are written in one transaction or none."""

from __future__ import annotations

import csv
import io
import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal, InvalidOperation
from typing import Any
from zoneinfo import available_timezones

import phonenumbers
from babel import Locale
from sqlalchemy import select

from bot.domain.debt import COMPONENTS
from bot.domain.identification import normal_number
from bot.domain.markup import holds_markup
from bot.domain.money import LARGEST, Money, MoneyError, decimals
from bot.services.accounts import balance_of, national_phone
from bot.services.parts import Parts
from bot.store.tables import Account, LedgerEntry

REQUIRED = [
    "account_number",
    "borrower_name",
    "date_of_birth",
    "phone",
    "language",
    "country",
    "time_zone",
    "currency",
    "principal",
    "interest",
    "fees",
    "due_date",
]
OPTIONAL = [
    "email",
    "national_id",
    "product",
    "lender",
    "opened_on",
    "original_principal",
    "annual_rate",
    "last_payment_on",
    "last_payment_amount",
    "jurisdiction",
    "portfolio",
    "telegram_username",
]
LANGUAGES = ("en", "zh-Hans", "zh-Hant")
EMAIL = re.compile(r"[^@\s]+@[^@\s]+\.[^@\s]+")
MARKUP = "holds markup or a script"
MOST_LINES = 20  # that the record of a refused file names
NO_COUNTRIES = frozenset(["EU", "EZ", "QO", "UN", "XA", "XB", "ZZ"])  # what CLDR names beside countries
COUNTRIES = frozenset(filter(re.compile("[A-Z]{2}").fullmatch, map(str, Locale("en").territories))) - NO_COUNTRIES


@dataclass(frozen=True)
class Problem:
    """Why a portfolio file cannot be taken: where, and what would be right."""

    line: int
    column: str
    reason: str

    def __str__(self) -> str:
        where = f"line {self.line}, column {self.column}" if self.column else f"line {self.line}"
        return f"{where}: {self.reason}"


class BadPortfolio(ValueError):
    """A portfolio file with problems; nothing of it was written."""

    def __init__(self, problems: list[Problem]) -> None:
        super().__init__("\n".join(str(problem) for problem in problems))
        self.problems = problems


@dataclass(frozen=True)
class Imported:
    """How many accounts an import added, changed and left as they were."""

    added: int
    updated: int
    unchanged: int


def read_portfolio(text: str, today: date) -> list[dict[str, Any]]:
    """Reads and checks every row of a portfolio file. Raises BadPortfolio with all problems found."""
    reader = csv.DictReader(io.StringIO(text.removeprefix("\ufeff")), strict=True)
    header = [name.strip() for name in reader.fieldnames or []]
    problems = [Problem(1, name, "this required column is missing") for name in REQUIRED if name not in header]
    problems += [
        Problem(1, name or "(no name)", f"unknown column; allowed are {', '.join(REQUIRED + OPTIONAL)}")
        for name in header
        if name not in REQUIRED + OPTIONAL
    ]
    problems += [Problem(1, name, "this column stands twice") for name in {n for n in header if header.count(n) > 1}]
    if problems:
        raise BadPortfolio(problems)
    reader.fieldnames = header
    rows: list[dict[str, Any]] = []
    seen: dict[str, int] = {}
    try:
        for raw in reader:
            line = reader.line_num
            if None in raw or None in raw.values():
                problems.append(Problem(line, "", f"the row has not {len(header)} cells as the header has"))
                continue
            row, found = _check_row({k: unicodedata.normalize("NFC", v.strip()) for k, v in raw.items()}, line, today)
            problems += found
            number = normal_number(raw["account_number"])
            if number and number in seen:
                problems.append(Problem(line, "account_number", f"stands already on line {seen[number]}"))
            seen.setdefault(number, line)
            rows.append(row)
    except csv.Error as error:
        problems.append(Problem(reader.line_num, "", f"is no readable CSV: {error}"))
    if not rows and not problems:
        problems.append(Problem(1, "", "there is no row below the header"))
    if problems:
        raise BadPortfolio(problems)
    return rows


def _check_row(raw: dict[str, str], line: int, today: date) -> tuple[dict[str, Any], list[Problem]]:
    problems: list[Problem] = []
    row: dict[str, Any] = {}

    def bad(column: str, reason: str) -> None:
        problems.append(Problem(line, column, reason))

    for column, value in raw.items():
        if not value and column in REQUIRED:
            bad(column, "is empty")
        if any(unicodedata.category(char) == "Cc" for char in value):
            bad(column, "holds a control character")
        if holds_markup(value):
            bad(column, MARKUP)
    currency = raw["currency"]
    try:
        decimals(currency)
    except MoneyError as error:
        if currency:
            bad("currency", str(error))
        currency = ""
    for column in ("principal", "interest", "fees", "original_principal", "last_payment_amount"):
        value = raw.get(column, "")
        if not value or not currency:
            continue
        try:
            amount = Money.parse(value, currency)
        except MoneyError as error:
            bad(column, str(error))
            continue
        if amount.minor < 0:
            bad(column, f"{value} is negative")
        elif amount.minor > LARGEST:
            bad(column, f"{value} is too large to be true")
        row[column] = amount
    for column in ("date_of_birth", "due_date", "opened_on", "last_payment_on"):
        value = raw.get(column, "")
        if not value:
            continue
        try:
            if not re.fullmatch(r"\d{4}-\d\d-\d\d", value):
                raise ValueError
            row[column] = date.fromisoformat(value)
        except ValueError:
            bad(column, f"{value!r} is no date in the form YYYY-MM-DD")
    born = row.get("date_of_birth")
    if born and not date(1900, 1, 1) <= born < today:
        bad("date_of_birth", f"{born} is no possible date of birth")
    for column, allowed, what in (
        ("language", LANGUAGES, f"one of {', '.join(LANGUAGES)}"),
        ("country", COUNTRIES, "an ISO 3166 code of two capital letters"),
        ("time_zone", available_timezones(), "an IANA time zone such as Europe/London"),
    ):
        if raw[column] and raw[column] not in allowed:
            bad(column, f"{raw[column]!r} is not {what}")
    if raw["phone"]:
        row["phone"] = _phone(raw["phone"])
        if row["phone"] is None:
            bad("phone", f"{raw['phone']!r} is no possible E.164 phone number")
    if raw.get("email") and not EMAIL.fullmatch(raw["email"]):
        bad("email", f"{raw['email']!r} is no e-mail address")
    if raw.get("annual_rate"):
        try:
            rate = Decimal(raw["annual_rate"])
            if not rate.is_finite() or not 0 <= rate <= 1000:
                raise InvalidOperation
        except InvalidOperation:
            bad("annual_rate", f"{raw['annual_rate']!r} is no yearly rate in per cent")
    if raw["account_number"] and not 4 <= len(normal_number(raw["account_number"])) <= 26:
        bad("account_number", "has between 4 and 26 letters and digits")
    for column, most in (
        ("product", 100),
        ("lender", 200),
        ("portfolio", 100),
        ("jurisdiction", 20),
        ("borrower_name", 200),
    ):
        if len(raw.get(column, "")) > most:
            bad(column, f"is longer than {most} characters")
    return {**raw, **row}, problems


def _phone(text: str) -> str | None:
    try:
        number = phonenumbers.parse(text)
    except phonenumbers.NumberParseException:
        return None
    if not text.startswith("+") or not phonenumbers.is_possible_number(number):
        return None
    return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)


class Portfolio:
    """Loading and updating accounts from a lender's file."""

    def __init__(self, parts: Parts) -> None:
        self.parts = parts

    def import_text(self, text: str, source: str, shift_due_dates: timedelta = timedelta()) -> Imported:
        """Imports a portfolio file, all or nothing. Raises BadPortfolio; markup in a file is recorded, too."""
        now = self.parts.now()
        try:
            rows = read_portfolio(text, now.date())
        except BadPortfolio as refused:
            lines = sorted({problem.line for problem in refused.problems if problem.reason == MARKUP})
            if lines:
                with self.parts.store.transaction() as session:
                    told = lines[:MOST_LINES]
                    self.parts.store.audit(session, now, "operator", "markup_refused", source[:140], lines=told)
            raise
        counts = {"added": 0, "updated": 0, "unchanged": 0}
        with self.parts.store.transaction() as session:
            ring = self.parts.store.keyring
            for row in rows:
                number_hash = ring.keyed_hash(normal_number(row["account_number"]), "account number")
                account = session.scalars(select(Account).where(Account.number_hash == number_hash)).one_or_none()
                if account is not None and account.currency != row["currency"]:
                    raise BadPortfolio(
                        [Problem(0, "currency", f"{row['account_number']} is kept in {account.currency}")]
                    )
                fresh = account is None
                account = account or Account(number_hash=number_hash, created_at=now)
                before = dict(vars(account))
                for name, value in self._fields(row, shift_due_dates).items():
                    if getattr(account, name, None) != value:
                        setattr(account, name, value)
                changed = fresh or dict(vars(account)) != before
                if fresh:
                    session.add(account)
                    account.updated_at = now
                    session.flush()
                entries = list(self._entries(account, row, balance_of(session, account), fresh, now))
                session.add_all(entries)
                if changed or entries:
                    account.updated_at = now
                counts["added" if fresh else "updated" if changed or entries else "unchanged"] += 1
            self.parts.store.audit(session, now, "operator", "portfolio_imported", source[:140], **counts)
        return Imported(**counts)

    def is_empty(self) -> bool:
        """Whether the ledger has no account yet."""
        with self.parts.store.transaction() as session:
            return session.scalars(select(Account.id).limit(1)).first() is None

    def _fields(self, row: dict[str, Any], shift: timedelta) -> dict[str, Any]:
        ring = self.parts.store.keyring
        fields: dict[str, Any] = {
            "number": row["account_number"],
            "borrower_name": row["borrower_name"],
            "date_of_birth": row["date_of_birth"].isoformat(),
            "phone": row["phone"],
            "phone_hash": ring.keyed_hash(national_phone(row["phone"]), "phone"),
            "due_date": row["due_date"] + shift,
            **{name: row[name] for name in ("language", "country", "time_zone", "currency")},
        }
        for name in (
            "email",
            "national_id",
            "telegram_username",
            "annual_rate",
            "opened_on",
            "last_payment_on",
        ):
            if name in row:
                fields[name] = row[name] or None
        for name in ("product", "lender", "portfolio", "jurisdiction"):
            if name in row:
                fields[name] = row[name]
        for name in ("original_principal", "last_payment_amount"):
            if row.get(name):
                fields[name] = row[name].minor
        return fields

    def _entries(
        self, account: Account, row: dict[str, Any], balance: Any, fresh: bool, now: Any
    ) -> Iterator[LedgerEntry]:
        """What brings each component from its balance to the amount in the file."""
        for component in COMPONENTS:
            difference = row[component] - getattr(balance, component)
            if difference or fresh:
                yield LedgerEntry(
                    account_id=account.id,
                    kind="opening" if fresh else "adjustment",
                    component=component,
                    amount=difference.minor,
                    occurred_on=now.date(),
                    recorded_at=now,
                    key=f"import:{account.id}:{component}:{now.isoformat()}",
                )
