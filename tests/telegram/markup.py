"""What Telegram makes of the markup of a message: HTML with its entities, keyboards; and the words of its refusals."""

from __future__ import annotations

import html
import json
import re
from typing import Any

LONGEST_TEXT = 4096
LONGEST_CAPTION = 1024
LONGEST_DATA = 64
MOST_BUTTONS = 100
TAGS = {
    "b": "bold",
    "strong": "bold",
    "i": "italic",
    "em": "italic",
    "u": "underline",
    "ins": "underline",
    "s": "strikethrough",
    "strike": "strikethrough",
    "del": "strikethrough",
    "code": "code",
    "pre": "pre",
    "a": "text_link",
    "blockquote": "blockquote",
    "tg-spoiler": "spoiler",
}
TAG = re.compile(r"<(/?)([a-zA-Z-]*)([^<>]*)>")
REFERENCE = re.compile(r"&(?:lt|gt|amp|quot|#\d{1,7}|#x[0-9a-fA-F]{1,6});")
COMMAND = re.compile(r"(?<![\w/])/[A-Za-z0-9_]{1,32}(?:@\w+)?")


class Refused(Exception):
    """The Bot API answers with an error: its code, its words, and parameters where it names some."""

    def __init__(self, code: int, description: str, **parameters: int) -> None:
        super().__init__(f"{code} {description}")
        self.code = code
        self.description = description
        self.parameters = parameters


def bad(what: str) -> Refused:
    return Refused(400, f"Bad Request: {what}")


def units(text: str) -> int:
    """The length of a text as Telegram counts it: in UTF-16 code units."""
    return len(text.encode("utf-16-le")) // 2


def parse_html(source: str) -> tuple[str, list[dict[str, Any]]]:
    """The text of a message in HTML and its entities. Raises Refused, as Telegram does for what it can't parse."""
    text, entities = "", []
    open_tags: list[tuple[str, int, dict[str, Any]]] = []
    position = 0
    while position < len(source):
        if source[position] == "&" and (reference := REFERENCE.match(source, position)):
            text += html.unescape(reference.group())
            position = reference.end()
            continue
        if source[position] != "<":
            text += source[position]
            position += 1
            continue
        offset = len(source[:position].encode())
        tag = TAG.match(source, position)
        if tag is None:
            raise bad(f"can't parse entities: Unclosed start tag at byte offset {offset}")
        closing, name, rest = tag.group(1), tag.group(2).lower(), tag.group(3)
        position = tag.end()
        if closing:
            if not open_tags:
                raise bad(f"can't parse entities: Unexpected end tag at byte offset {offset}")
            opened, begun, entity = open_tags.pop()
            if name and name != opened:
                raise bad(
                    f"can't parse entities: Unmatched end tag at byte offset {offset}, "
                    f'expected "</{opened}>", found "</{name}>"'
                )
            if length := units(text) - begun:
                entities.append({**entity, "offset": begun, "length": length})
            continue
        if name not in TAGS:
            raise bad(f'can\'t parse entities: Unsupported start tag "{name}" at byte offset {offset}')
        entity = {"type": TAGS[name]}
        if name == "a" and (link := re.search(r"href\s*=\s*[\"']?([^\"'>]+)", rest)):
            entity["url"] = html.unescape(link.group(1))
        open_tags.append((name, units(text), entity))
    if open_tags:
        raise bad(f"can't parse entities: Can't find end tag corresponding to start tag \"{open_tags[-1][0]}\"")
    return text, sorted(entities, key=lambda entity: (entity["offset"], -entity["length"]))


def read_text(given: dict[str, Any], name: str, longest: int) -> tuple[str, list[dict[str, Any]]]:
    """The text or caption of a call, with its entities. Raises Refused."""
    source = str(given.get(name) or "")
    mode = str(given.get("parse_mode") or "").lower()
    if mode not in ("", "html"):
        raise bad("this stand-in reads plain text and HTML")
    text, entities = parse_html(source) if mode else (source, parsed(given.get("entities"), []))
    if units(text) > longest:
        raise bad("message is too long" if name == "text" else "message caption is too long")
    if name == "text" and not text.strip():
        raise bad("message text is empty")
    return text.rstrip() if entities else text.strip(), entities


def parsed(value: Any, default: Any) -> Any:
    """A parameter that comes as JSON inside a form, or as it is inside a JSON body."""
    if value in (None, ""):
        return default
    if not isinstance(value, str):
        return value
    try:
        return json.loads(value)
    except ValueError:
        return value


def read_markup(given: dict[str, Any], private: bool) -> dict[str, Any] | None:
    """The keyboard of a call, checked. Raises Refused."""
    markup = parsed(given.get("reply_markup"), None)
    if markup is None:
        return None
    if not isinstance(markup, dict):
        raise bad("object expected as reply markup")
    if "inline_keyboard" in markup:
        return _inline(markup["inline_keyboard"])
    for row in markup.get("keyboard", ()):
        for button in row:
            if isinstance(button, dict) and button.get("request_contact") and not private:
                raise bad("phone number can be requested in private chats only")
            if not (button if isinstance(button, str) else button.get("text")):
                raise bad("keyboard button text is empty")
    return markup


def _inline(rows: list[list[dict[str, Any]]]) -> dict[str, Any] | None:
    buttons = [button for row in rows for button in row]
    if len(buttons) > MOST_BUTTONS:
        raise bad("reply markup is too long")
    for button in buttons:
        if not button.get("text"):
            raise bad("inline keyboard button text is empty")
        kinds = [kind for kind in ("callback_data", "url", "web_app", "switch_inline_query") if kind in button]
        if not kinds:
            raise bad("can't parse inline keyboard button: Text buttons are unallowed in the inline keyboard")
        if "callback_data" in button and not 1 <= len(str(button["callback_data"]).encode()) <= LONGEST_DATA:
            raise bad("BUTTON_DATA_INVALID")
    return {"inline_keyboard": rows} if buttons else None


def commands_in(text: str) -> list[dict[str, Any]]:
    """The commands that Telegram marks in what somebody writes."""
    return [
        {"type": "bot_command", "offset": units(text[: found.start()]), "length": units(found.group())}
        for found in COMMAND.finditer(text)
    ]
