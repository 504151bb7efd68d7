"""The service process: people's port, the actions' port on loopback, and what goes on in the background."""

from __future__ import annotations

import asyncio
import contextlib
import gc
import os
from collections.abc import AsyncIterator

import structlog
import uvicorn
import uvloop
from anyio import to_thread

from actions.server import actions_app
from bot.bootstrap import Services, open_services
from bot.channels.chatwoot.channel import open_chatwoot
from bot.channels.router import Router
from bot.channels.telegram.channel import open_telegram
from bot.channels.web import WebChat
from bot.desk.app import desk_routes
from bot.dialogue.client import Dialogue
from bot.dialogue.words import Words
from bot.domain.calendar import days_off
from bot.logs import configure_logging
from bot.settings import ROOT, Settings

log = structlog.get_logger()

UPKEEP_SECONDS = 600
SWEEP_SECONDS = 30


async def health_of(services: Services, dialogue: Dialogue) -> dict[str, str]:
    """The state of every part: ok, or what is wrong."""
    try:
        await to_thread.run_sync(services.portfolio.is_empty)
        store = "ok"
    except Exception as error:  # whatever is wrong with the database, health tells it instead of failing
        log.exception("store_unwell")
        store = f"fails: {type(error).__name__}"
    return {"dialogue": "ok" if await dialogue.ready() else "starting", "store": store}


async def look_after(services: Services, dialogue: Dialogue, router: Router) -> None:
    """Takes up unanswered turns whenever the dialogue is well, and sends what the outbox may send."""
    while True:
        try:
            await to_thread.run_sync(services.outbox.release_passcodes)
            if await dialogue.ready():
                await router.catch_up()
        except Exception:  # one failed round is recorded; the next one tries again
            log.exception("background_round_failed")
        await asyncio.sleep(1)


async def keep_up(services: Services) -> None:
    """Runs the upkeep of plans, promises, offers and old budgets every ten minutes."""
    while True:
        try:
            done = await to_thread.run_sync(services.plans.day)
            await to_thread.run_sync(services.affordability.erase_old)
            if done.accounts or done.offers or done.failed:
                log.info("upkeep", accounts=done.accounts, offers=done.offers, failed=done.failed)
        except Exception:  # what was not done now is done in the next round
            log.exception("upkeep_failed")
        await asyncio.sleep(UPKEEP_SECONDS)


async def watch_cases(services: Services) -> None:
    """Brings to cases what time brings, twice a minute: escalations, returns with an apology, quiet ends."""
    while True:
        try:
            changed = await to_thread.run_sync(services.casework.sweep)
            if changed:
                log.info("cases_swept", cases=changed)
        except Exception:  # what was not done now is done in the next round
            log.exception("sweep_failed")
        await asyncio.sleep(SWEEP_SECONDS)


@contextlib.asynccontextmanager
async def running(settings: Settings) -> AsyncIterator[tuple[Services, Router, Dialogue]]:
    """The parts of the service, opened and closed together."""
    services = open_services(settings)
    dialogue = Dialogue(os.environ["ACCORD_DIALOGUE_URL"], os.environ["ACCORD_DIALOGUE_TOKEN"], settings.turn_seconds)
    try:
        yield services, Router(services, dialogue, Words(ROOT / "domain.yml")), dialogue
    finally:
        await dialogue.close()
        services.close()


async def serve(settings: Settings, actions_port: int) -> None:
    """Serves until it is told to stop."""
    async with running(settings) as (services, router, dialogue):
        for country in services.parts.packs.files:  # calendars take a moment to be read the first time
            days_off(country, services.parts.now().year)
        telegram, chatwoot = open_telegram(services, router), open_chatwoot(services)
        beside = [channel for channel in (telegram, chatwoot) if channel is not None]
        files = {"telegram": telegram.api.download} if telegram else {}
        chat = WebChat(services, router, lambda: health_of(services, dialogue))
        people = uvicorn.Server(
            uvicorn.Config(
                chat.app([*desk_routes(services, files), *(route for channel in beside for route in channel.routes())]),
                host=settings.host,
                port=settings.port,
                log_config=None,
                access_log=False,
                timeout_graceful_shutdown=3,
            )
        )
        actions = uvicorn.Server(
            uvicorn.Config(
                actions_app(services, os.environ["ACCORD_DIALOGUE_TOKEN"]),
                host="127.0.0.1",
                port=actions_port,
                log_config=None,
                access_log=False,
                # Longer than Rasa keeps a connection: none is closed while a question is on its way.
                timeout_keep_alive=75,
                timeout_graceful_shutdown=3,
            )
        )
        background = [
            asyncio.create_task(look_after(services, dialogue, router)),
            asyncio.create_task(keep_up(services)),
            asyncio.create_task(watch_cases(services)),
        ]
        # What is loaded by now stays: looking through it for garbage again and again holds everybody up.
        gc.collect()
        gc.freeze()
        tasks = [asyncio.create_task(server.serve()) for server in (people, actions)]
        try:
            async with contextlib.AsyncExitStack() as running_beside:
                for channel in beside:
                    await running_beside.enter_async_context(channel.running())
                await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for task in background:
                task.cancel()
            for server in (people, actions):
                server.should_exit = True
            await asyncio.gather(*tasks, return_exceptions=True)


def main() -> None:
    """Runs the service process; the supervisor names the actions' port in ACCORD_ACTIONS_PORT."""
    settings = Settings()
    configure_logging(settings.log_level)
    uvloop.run(serve(settings, int(os.environ["ACCORD_ACTIONS_PORT"])))


if __name__ == "__main__":
    main()
