"""`accord doctor`: what is set, what is missing, and what that costs."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Literal

import httpx
from sqlalchemy.exc import SQLAlchemyError

from bot.bootstrap import BadPolicy, Services, open_services
from bot.channels.telegram.api import Api, BadTelegramSettings, TelegramTrouble, check_settings
from bot.channels.telegram.chats import figures
from bot.dialogue.model import NoModel, check_model, model_path
from bot.nlu.safety import BadSafetyFile, safety_reader
from bot.services.policies import check_folder
from bot.settings import Settings
from bot.store.encryption import KeyProblem
from bot.supervisor import CannotStart, dialogue_python


@dataclass(frozen=True)
class Finding:
    """One thing that was looked at: ✓ well, ! works but costs something, ✗ keeps the program from working."""

    mark: Literal["✓", "!", "✗"]
    subject: str
    text: str


def examine(settings: Settings) -> list[Finding]:
    """Looks at everything that the program needs."""
    return [
        *_dialogue(),
        *_policies(settings),
        *_services(settings),
        *_settings(settings),
        *_running(settings),
        *telegram_findings(settings),
    ]


def _dialogue() -> list[Finding]:
    findings = []
    try:
        findings.append(Finding("✓", "dialogue", f"environment at {dialogue_python().parent.parent.name}"))
    except CannotStart as error:
        findings.append(Finding("✗", "dialogue", str(error)))
    try:
        check_model(model_path())
        findings.append(Finding("✓", "model", f"{model_path().name} matches the training data"))
    except NoModel:
        findings.append(
            Finding(
                "!",
                "model",
                "none matches the training data; the next start makes it, in a minute where only rules have changed",
            )
        )
    try:
        findings.append(
            Finding("✓", "hard cases", f"{len(safety_reader().intents)} are heard by plain words, policies/safety.yml")
        )
    except BadSafetyFile as error:
        findings.append(Finding("✗", "hard cases", str(error)))
    return findings


def _policies(settings: Settings) -> list[Finding]:
    """The files as they stand on disk, whatever a running program has in force."""
    findings = []
    for checked in check_folder(settings.policies, settings.policy):
        findings += [Finding("✗", "policy", f"refused: {problem}") for problem in checked.problems]
        findings += [Finding("!", "policy", str(warning)) for warning in checked.warnings]
        if checked.file == f"{settings.policy}.yml" and not checked.problems:
            findings.append(Finding("✓", "policy", f"{checked.name}, version {checked.version}"))
    return findings


def _services(settings: Settings) -> list[Finding]:
    try:
        services = open_services(settings)
    except BadPolicy:
        return [Finding("!", "ledger", "not opened: the program does not start with the policies above")]
    except (KeyProblem, SQLAlchemyError) as error:
        return [Finding("✗", "ledger", str(error))]
    try:
        backend = services.parts.store.engine.dialect.name
        note = " (one machine; set ACCORD_DATABASE_URL for PostgreSQL)" if backend == "sqlite" else ""
        findings = [Finding("✓", "ledger", f"{backend}, tables up to date{note}")]
        if services.parts.lender.sample:
            findings.append(Finding("!", "lender", "policies/lender.yml still holds the invented sample lender"))
        if services.portfolio.is_empty():
            findings.append(Finding("!", "portfolio", "no accounts yet; run: accord import portfolio.csv"))
        return [*findings, *_telegram_counts(services)]
    finally:
        services.close()


def _telegram_counts(services: Services) -> list[Finding]:
    """What waits and was given up in the Telegram channel, and what was refused there."""
    with services.parts.store.reading() as session:
        counts = figures(session)
    well = not (counts["failed"] or counts["dead"])
    said = ", ".join(f"{name.replace('_', ' ')} {count}" for name, count in counts.items() if count)
    return [Finding("✓" if well else "!", "telegram", f"in the ledger: {said}")] if said else []


def _settings(settings: Settings) -> list[Finding]:
    findings = [
        Finding(
            "!",
            "passcodes",
            "development sender: passcodes stay in the outbox, nobody receives them; not for real borrowers",
        )
    ]
    if settings.keys is None:
        findings.append(Finding("!", "keys", f"in {settings.key_file}; without that file the data cannot be read"))
    if settings.host not in ("127.0.0.1", "localhost", "::1") and not settings.secure_cookies:
        findings.append(Finding("!", "cookies", "reachable from outside without ACCORD_SECURE_COOKIES=true"))
    return findings


def _running(settings: Settings) -> list[Finding]:
    address = f"http://{settings.host}:{settings.port}"
    try:
        answer = httpx.get(f"{address}/health", timeout=3)
        parts, policy = answer.json()["parts"], answer.json()["policy"]
        in_force = f"{policy['name']}, version {policy['version']}"
    except (httpx.HTTPError, ValueError, KeyError, TypeError):
        return [Finding("!", "running", f"nothing answers at {address}; run: make run")]
    state = ", ".join(f"{name} {value}" for name, value in parts.items())
    if policy["refused"]:
        what = Finding("!", "in force", f"{in_force}; the file on disk is refused and changes nothing")
    else:
        what = Finding("✓", "in force", in_force)
    return [Finding("✓" if answer.status_code == 200 else "!", "running", f"{address}: {state}"), what]


def telegram_findings(settings: Settings) -> list[Finding]:
    """What Telegram says of the bot and of its webhook."""
    if settings.telegram_token is None:
        return [
            Finding("!", "telegram", "ACCORD_TELEGRAM_TOKEN is not set; borrowers reach the program in the web chat")
        ]
    try:
        check_settings(settings)
        me, webhook = asyncio.run(_ask_telegram(settings))
    except BadTelegramSettings as error:
        return [Finding("✗", "telegram", str(error))]
    except TelegramTrouble as error:
        return [Finding("!", "telegram", f"Telegram does not answer as it should: {error}")]
    findings = [Finding("✓", "telegram", f"the bot is @{me.get('username')} ({me.get('first_name')})")]
    url = str(webhook.get("url") or "")
    if url != settings.telegram_webhook_url:
        said = f"the webhook at Telegram is {url or 'not set'}, here {settings.telegram_webhook_url or 'not set'}"
        findings.append(Finding("!", "telegram", f"{said}; the next start puts that right"))
    else:
        findings.append(Finding("✓", "telegram", f"webhook {url}" if url else "updates are polled"))
    waiting = webhook.get("pending_update_count") or 0
    if waiting:
        findings.append(Finding("!", "telegram", f"{waiting} updates wait at Telegram"))
    if failed := webhook.get("last_error_message"):
        at = datetime.fromtimestamp(webhook.get("last_error_date") or 0, UTC)
        findings.append(Finding("!", "telegram", f"the webhook failed last on {at:%Y-%m-%d %H:%M} UTC: {failed}"))
    return findings


async def _ask_telegram(settings: Settings) -> tuple[dict[str, Any], dict[str, Any]]:
    api = Api(settings)
    await api.open()
    try:
        return await api.call("getMe"), await api.call("getWebhookInfo")
    finally:
        await api.close()
