"""`accord run`: starts the dialogue and the service, restarts one that dies, stops both cleanly."""

from __future__ import annotations

import asyncio
import os
import secrets
import signal
import socket
import sys
import time
from dataclasses import dataclass, field
from pathlib import Path

import httpx
import structlog

from bot.bootstrap import open_services
from bot.channels.chatwoot.client import BadChatwootSettings
from bot.channels.chatwoot.client import check_settings as check_chatwoot
from bot.channels.telegram.api import BadTelegramSettings, check_settings
from bot.dialogue.model import NoModel, check_model, model_path
from bot.nlu.safety import BadSafetyFile, safety_reader
from bot.sample import load_sample
from bot.settings import ROOT, Settings
from bot.user_commands import join_link

log = structlog.get_logger()

LONGEST_PAUSE = 30.0
STEADY_SECONDS = 60.0
STOP_SECONDS = 8.0


class CannotStart(RuntimeError):
    """The program cannot start; the message says what to do."""


@dataclass
class Child:
    """A process that is kept running."""

    name: str
    command: list[str]
    environment: dict[str, str]
    process: asyncio.subprocess.Process | None = None
    pause: float = 0.5
    started: float = field(default=0.0)

    async def keep_running(self) -> None:
        """Starts the process and starts it again whenever it ends, with growing pauses."""
        while True:
            self.started = time.monotonic()
            self.process = await asyncio.create_subprocess_exec(
                *self.command,
                cwd=ROOT,
                env={**os.environ, **self.environment, "ACCORD_SUPERVISED": "1", "PYTHONPATH": str(ROOT)},
                stdin=asyncio.subprocess.PIPE,
                start_new_session=True,
            )
            code = await self.process.wait()
            if time.monotonic() - self.started > STEADY_SECONDS:
                self.pause = 0.5
            log.error("part_ended", part=self.name, code=code, restart_in_seconds=self.pause)
            await asyncio.sleep(self.pause)
            self.pause = min(self.pause * 2, LONGEST_PAUSE)

    async def stop(self) -> None:
        """Ends the process, by force if it does not end when asked."""
        if self.process is None or self.process.returncode is not None:
            return
        self.process.terminate()
        try:
            await asyncio.wait_for(self.process.wait(), STOP_SECONDS)
        except TimeoutError:
            self.process.kill()
            await self.process.wait()


def dialogue_python() -> Path:
    """The Python of the dialogue environment. Raises CannotStart where it is missing."""
    python = Path(os.environ.get("ACCORD_DIALOGUE_PYTHON", ROOT / ".venv-rasa" / "bin" / "python"))
    if not python.exists():
        raise CannotStart(f"the dialogue environment is missing ({python}); run: make setup")
    return python


def free_port() -> int:
    """A loopback port that nothing listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def check_port(settings: Settings) -> None:
    """Raises CannotStart where something else listens on the port for people."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((settings.host, settings.port))
        except OSError as error:
            raise CannotStart(
                f"port {settings.port} on {settings.host} cannot be used ({error.strerror}); "
                "end what listens there or set ACCORD_PORT"
            ) from None


def prepare(settings: Settings) -> None:
    """Brings the ledger up to date and loads the sample portfolio into an empty one."""
    services = open_services(settings)
    try:
        if settings.sample_portfolio and services.portfolio.is_empty():
            count = load_sample(services)
            print(f"Loaded the sample portfolio: {count} invented accounts.", flush=True)
    finally:
        services.close()


@dataclass(frozen=True)
class FirstLink:
    """The one-time link of the first administrator, and for how many hours it can be used."""

    address: str = field(repr=False)
    hours: int


def first_link(settings: Settings) -> FirstLink | None:
    """Makes the first administrator where nobody is at the desk yet. The link is for the terminal, never for a log.

    None, too, where the company's own sign-in is the only way in: there no link lets anybody join.
    """
    if settings.oidc_only:
        return None
    services = open_services(settings)
    try:
        token = services.people.begin()
        return FirstLink(join_link(settings, token), services.people.rules.link_hours) if token else None
    finally:
        services.close()


def beginning(settings: Settings) -> str:
    """What whoever starts the desk for the first time does next, to be printed; empty where somebody is there."""
    if link := first_link(settings):
        return f"The desk's administrator joins here, once, within {link.hours} hours:\n  {link.address}"
    services = open_services(settings)
    try:
        if services.people.all():
            return ""
    finally:
        services.close()
    return (
        "Nobody is at the desk yet, and the company's own sign-in is the only way in. Add its administrator by what\n"
        f"that gives as `{settings.oidc_login_claim}`:\n"
        '  accord user add you@bank.example --name "Your Name" --role administrator'
    )


async def ensure_model(python: Path) -> Path:
    """The model that belongs to the present data, trained now if there is none."""
    try:
        check_model(model_path())
    except NoModel:
        training = await asyncio.create_subprocess_exec(python, "-m", "bot.dialogue.train", "--quick", cwd=ROOT)
        if await training.wait():
            raise CannotStart("the dialogue model could not be trained; the lines above say why") from None
    return model_path()


async def run(settings: Settings) -> None:
    """Runs the whole program until it is told to stop. Raises CannotStart."""
    stop = asyncio.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    check_port(settings)
    try:
        check_settings(settings)
        check_chatwoot(settings)
    except (BadTelegramSettings, BadChatwootSettings) as error:
        raise CannotStart(str(error)) from None
    python = dialogue_python()
    try:
        await asyncio.to_thread(safety_reader)
    except BadSafetyFile as error:
        raise CannotStart(str(error)) from None
    await asyncio.to_thread(prepare, settings)
    model = await ensure_model(python)
    dialogue_port, actions_port, token = free_port(), free_port(), secrets.token_urlsafe(32)
    shared = {
        "ACCORD_DIALOGUE_TOKEN": token,
        "ACCORD_DIALOGUE_URL": f"http://127.0.0.1:{dialogue_port}",
        "ACCORD_ACTIONS_URL": f"http://127.0.0.1:{actions_port}/webhook",
        "ACCORD_ACTIONS_PORT": str(actions_port),
    }
    children = [
        Child(
            "dialogue",
            [str(python), "-m", "bot.dialogue.launcher", str(model), str(dialogue_port)],
            shared,
        ),
        Child("service", [sys.executable, "-m", "bot.service"], shared),
    ]
    tasks = [asyncio.create_task(child.keep_running()) for child in children]
    tasks.append(asyncio.create_task(announce(settings)))
    try:
        await stop.wait()
        print("\nStopping …", flush=True)
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*(child.stop() for child in reversed(children)))


async def announce(settings: Settings) -> None:
    """Shows progress until every part is well, then the addresses."""
    address = f"http://{settings.host}:{settings.port}"
    begun = time.monotonic()
    print("Starting …", end="", flush=True)
    async with httpx.AsyncClient(timeout=3) as http:
        while True:
            try:
                if (await http.get(f"{address}/health")).status_code == 200:
                    break
            except httpx.HTTPError:
                pass
            await asyncio.sleep(1)
            print(".", end="", flush=True)
    begin = await asyncio.to_thread(beginning, settings)
    print(f" ready after {time.monotonic() - begun:.0f} s.")
    print(f"\n  Chat        {address}/")
    print(f"  Desk        {address}/desk")
    print(f"  Health      {address}/health")
    print("  Terminal    accord chat        (.venv/bin/accord)")
    print("\nTry it with the sample account 8840-2231, born 12 May 1990; the passcode is in: accord outbox list --json")
    if begin:
        print(f"\n{begin}")
    print("Ctrl-C stops everything.", flush=True)
