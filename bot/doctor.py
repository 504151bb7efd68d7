"""`accord doctor`: what is set, what is missing, and what that costs."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Literal

import httpx
from sqlalchemy.exc import SQLAlchemyError

from bot.bootstrap import BadPolicy, Services, open_services
from bot.channels.chatwoot.client import BadChatwootSettings, ChatwootTrouble, Client
from bot.channels.chatwoot.client import check_settings as check_chatwoot
from bot.channels.chatwoot.records import figures as chatwoot_figures
from bot.channels.telegram.api import Api, BadTelegramSettings, TelegramTrouble, check_settings
from bot.channels.telegram.chats import figures, groups
from bot.channels.telegram.forum_topics import check_group
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
        *chatwoot_findings(settings),
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
        for kind, countries in services.parts.lender.unverified.items():
            told = f"{kind}: not verified for {', '.join(countries)}; look each up at its source, then set verified"
            findings.append(Finding("!", "lender", told))
        if services.portfolio.is_empty():
            findings.append(Finding("!", "portfolio", "no accounts yet; run: accord import portfolio.csv"))
        return [*findings, *_people(services), *_telegram_counts(services), *_chatwoot_counts(services)]
    finally:
        services.close()


def _people(services: Services) -> list[Finding]:
    """Whether somebody can sign in at the desk, and how whoever cannot gets a link."""
    there = [who for who in services.people.all() if not who.left]
    joined = [who for who in there if who.joined]
    by_company = services.parts.settings.oidc_only
    if not there:
        how = "accord user add LOGIN --role administrator" if by_company else "the first start makes an administrator"
        return [Finding("!", "desk", f"nobody works at the desk yet; {how}")]
    if not joined and by_company:
        return [Finding("!", "desk", "nobody has come in by the company's own sign-in yet")]
    if not joined:
        login = next((who.login for who in there if who.role == "administrator"), there[0].login)
        return [Finding("!", "desk", f"nobody has joined the desk yet; a new one-time link: accord user link {login}")]
    settings, findings = services.parts.settings, [Finding("✓", "desk", f"{len(joined)} of {len(there)} have joined")]
    if not any(who.role == "administrator" for who in joined):
        findings.append(
            Finding("!", "desk", "no administrator has joined; a new one-time link: accord user link LOGIN")
        )
    if empty := services.people.empty_teams():
        told = f"nobody who has joined works in {', '.join(empty)}; cases go to the next team that fits"
        findings.append(Finding("!", "desk", told))
    if settings.oidc_issuer and not settings.oidc_client_id:
        findings.append(Finding("✗", "desk", "ACCORD_OIDC_ISSUER is set, ACCORD_OIDC_CLIENT_ID is not"))
    if settings.oidc_only and not settings.oidc_issuer:
        findings.append(Finding("✗", "desk", "ACCORD_OIDC_ONLY is set without ACCORD_OIDC_ISSUER: nobody can sign in"))
    return findings


def _telegram_counts(services: Services) -> list[Finding]:
    """What waits and was given up in the Telegram channel, and what was refused there."""
    with services.parts.store.reading() as session:
        counts = figures(session)
        seen = groups(session) if services.parts.settings.telegram_agents_group is None else []
    well = not (counts["failed"] or counts["dead"])
    said = ", ".join(f"{name.replace('_', ' ')} {count}" for name, count in counts.items() if count)
    findings = [Finding("✓" if well else "!", "telegram", f"in the ledger: {said}")] if said else []
    if seen:
        told = f"the bot was added to a group; agents can work in it with ACCORD_TELEGRAM_AGENTS_GROUP={seen[0]}"
        findings.append(Finding("✓", "telegram", told))
    return findings


def _chatwoot_counts(services: Services) -> list[Finding]:
    """What of cases could not be told to Chatwoot yet, and whom agents there would be taken for."""
    if not services.parts.settings.chatwoot_url:
        return []
    with services.parts.store.reading() as session:
        counts = chatwoot_figures(session)
    said = ", ".join(f"{name} {count}" for name, count in counts.items())
    return [Finding("!" if counts["failing"] else "✓", "chatwoot", f"in the ledger: {said}")]


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
        me, webhook, unfit = asyncio.run(_ask_telegram(settings))
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
    if unfit is not None:
        findings.append(Finding("!", "telegram", f"{unfit}; cases are not shown there"))
    elif settings.telegram_agents_group is not None:
        findings.append(Finding("✓", "telegram", f"agents work in the group {settings.telegram_agents_group}"))
    waiting = webhook.get("pending_update_count") or 0
    if waiting:
        findings.append(Finding("!", "telegram", f"{waiting} updates wait at Telegram"))
    if failed := webhook.get("last_error_message"):
        at = datetime.fromtimestamp(webhook.get("last_error_date") or 0, UTC)
        findings.append(Finding("!", "telegram", f"the webhook failed last on {at:%Y-%m-%d %H:%M} UTC: {failed}"))
    return findings


async def _ask_telegram(settings: Settings) -> tuple[dict[str, Any], dict[str, Any], str | None]:
    """What Telegram says of the bot, of its webhook, and what keeps the agents' group from being used."""
    api, group = Api(settings), settings.telegram_agents_group
    await api.open()
    try:
        me = await api.call("getMe")
        unfit = await check_group(api, group, int(me["id"])) if group is not None else None
        return me, await api.call("getWebhookInfo"), unfit
    finally:
        await api.close()


def chatwoot_findings(settings: Settings) -> list[Finding]:
    """What Chatwoot says of the token and the inbox; nothing where no Chatwoot is set."""
    if not settings.chatwoot_url:
        return []
    try:
        check_chatwoot(settings)
        me, inbox, agents = asyncio.run(_ask_chatwoot(settings))
    except BadChatwootSettings as error:
        return [Finding("✗", "chatwoot", str(error))]
    except ChatwootTrouble as error:
        return [Finding("!", "chatwoot", f"Chatwoot does not answer as it should: {error}")]
    if inbox.get("channel_type") != "Channel::Api":
        return [
            Finding("✗", "chatwoot", f"inbox {settings.chatwoot_inbox} is of another kind; its channel has to be API")
        ]
    found = f"inbox {inbox.get('name')}, as {me.get('name')}; {agents} agents in the account"
    findings = [Finding("✓", "chatwoot", found)]
    called = str(inbox.get("webhook_url") or "")  # shown to administrators alone
    if called and not called.startswith(f"{settings.address}/chatwoot"):
        findings.append(
            Finding(
                "!", "chatwoot", f"the inbox calls another address than {settings.address}/chatwoot: replies stay there"
            )
        )
    return findings


async def _ask_chatwoot(settings: Settings) -> tuple[dict[str, Any], dict[str, Any], int]:
    client = Client(settings)
    try:
        return await client.profile(), await client.inbox(), len(await client.agents())
    finally:
        await client.close()
