"""`accord chat`: a conversation in the terminal, with everything that the web page can."""

from __future__ import annotations

import json
import threading
import uuid
from typing import Any

import httpx
import typer


def talk(url: str, conversation: str, token: str) -> None:
    """Talks until the input ends; buttons are tapped by ``#`` and their number."""
    state: dict[str, Any] = {
        "conversation": conversation or f"terminal-{uuid.uuid4().hex[:12]}",
        "token": token,
    }
    typer.echo("Write and press Enter; #1 taps the first button; an empty input (Ctrl-D) ends.")
    buttons: list[dict[str, str]] = []
    listening = False
    with httpx.Client(base_url=url, timeout=60) as http:
        while True:
            try:
                text = input("> ")
            except (EOFError, KeyboardInterrupt):
                typer.echo("")
                return
            tapped = buttons[int(text[1:]) - 1]["id"] if _is_button(text, buttons) else None
            said = {"button": tapped} if tapped else {"text": text}
            body = {
                **said,
                "conversation": state["conversation"],
                "token": state["token"],
                "message_id": uuid.uuid4().hex,
            }
            try:
                answer = http.post("/api/chat", json=body)
                data = answer.json()
            except (httpx.HTTPError, ValueError):
                typer.echo(f"Not sent: nothing answers at {url}. Is it running (make run)?", err=True)
                continue
            if answer.status_code != 200:
                typer.echo(data.get("error", "that did not work"), err=True)
                continue
            state["token"] = data.get("token", state["token"])
            buttons = _show(data["messages"]) or buttons
            if not listening:
                threading.Thread(target=_listen, args=(url, state), daemon=True).start()
                listening = True


def _is_button(text: str, buttons: list[dict[str, str]]) -> bool:
    return text.startswith("#") and text[1:].isdecimal() and 1 <= int(text[1:]) <= len(buttons)


def _show(messages: list[dict[str, Any]]) -> list[dict[str, str]]:
    """Prints messages; returns the buttons of the last that has any."""
    buttons: list[dict[str, str]] = []
    for message in messages:
        typer.echo(message["text"])
        if "table" in message:
            rows = [message["table"]["columns"], *message["table"]["rows"]]
            widths = [max(len(row[i]) for row in rows) for i in range(len(rows[0]))]
            for row in rows:
                typer.echo("  " + "  ".join(cell.rjust(width) for cell, width in zip(row, widths, strict=True)))
        buttons = message.get("buttons") or buttons
    for number, button in enumerate(buttons, 1):
        typer.echo(f"  #{number} {button['title']}")
    return buttons


def _listen(url: str, state: dict[str, Any]) -> None:
    """Prints what arrives uninvited."""
    address = f"{url}/api/chat/{state['conversation']}/events"
    patience = httpx.Timeout(10, read=None)
    try:
        with httpx.stream("GET", address, params={"token": state["token"]}, timeout=patience) as stream:
            for line in stream.iter_lines():
                if line.startswith("data: "):
                    typer.echo("")
                    _show(json.loads(line.removeprefix("data: "))["messages"])
    except httpx.HTTPError:
        return
