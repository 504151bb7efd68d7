"""What the bot says, as calls of the Bot API: plain text or escaped HTML, tables that line up, parts that fit.

Pure. A message is what the router gives: ``{"text", "table"?: {"caption", "columns", "rows"}, "buttons"?: [{"title",
"id"}]}``; the channel may add ``"share_number"`` (the title of a button that shares one's own number) or
``"put_away": True`` (takes such a keyboard away again). Payloads are plain JSON without ``chat_id``.
"""

from __future__ import annotations

import base64
import re
import unicodedata
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from html import escape
from typing import Any

# https://core.telegram.org/bots/api#sendmessage, counted in UTF-16 code units as Telegram counts entities.
LONGEST_TEXT = 4_096
LONGEST_CAPTION = 1_024
LONGEST_CALLBACK = 64
# Where a long text is cut, best first: paragraphs, lines, sentences, words and Chinese clauses.
CUTS = (
    re.compile(r"\n[^\S\n]*\n\s*"),
    re.compile(r"\n\s*"),
    re.compile(r"(?<=[.!?…])\s+|(?<=[。！？；…])"),
    re.compile(r"\s+|(?<=[，、：])"),
)
# Characters that belong to the one before them: variation selectors, joiners, skin tones, marks.
JOINED = re.compile(r"[\u200d\ufe00-\ufe0f\U0001f3fb-\U0001f3ff\u20e3\U000e0020-\U000e007f]")
# Titles no wider than this stand so many in a row: a phone shows about 36 columns, and a button cuts what is longer.
PER_ROW = ((4, 5), (16, 2))


class BadButton(ValueError):
    """A button that Telegram would refuse: its id has to be 1 to 64 bytes, its title not empty."""


@dataclass(frozen=True)
class Call:
    """A call of the Bot API: its method and its payload, plain JSON without the chat."""

    method: str
    payload: dict[str, Any]


def speak(message: Mapping[str, Any]) -> list[Call]:
    """A message as calls, in the order in which they are to be sent; the keyboard stands under the last.

    Raises BadButton for a button that Telegram would refuse.
    """
    text = message.get("text", "").strip()
    table = message.get("table")
    parts = [{"text": part} for part in split(text)]
    if table and table["rows"]:
        tables = [{"text": part, "parse_mode": "HTML"} for part in _tables(table)]
        whole = f"{escape(text, quote=False)}\n\n{tables[0]['text']}"
        if text and units(whole) <= LONGEST_TEXT:
            parts, tables[0]["text"] = [], whole
        parts = [*parts, *tables]
    calls = [Call("sendMessage", {**part, "link_preview_options": {"is_disabled": True}}) for part in parts]
    markup = _markup(message)
    if calls and markup:
        calls[-1].payload["reply_markup"] = markup
    return calls


def chosen(shown: Mapping[str, Any] | None, title: str) -> Call | None:
    """The call that shows under a message which of its buttons was tapped, and takes them away.

    ``shown`` is the raw message; its formatting stays as it is. None where the message is too old to be changed, or is
    not known; only the keyboard goes where it has no text or there is no room.
    """
    if not shown or not shown.get("message_id"):
        return None
    target = {"message_id": shown["message_id"]}
    text = shown.get("text")
    marked = f"{text}\n\n✓ {title}"
    if not text or not title or units(marked) > LONGEST_TEXT:
        return bare(shown)
    payload = {**target, "text": marked, "link_preview_options": {"is_disabled": True}}
    if entities := shown.get("entities"):
        payload["entities"] = list(entities)
    return Call("editMessageText", payload)


def bare(shown: Mapping[str, Any]) -> Call:
    """The call that takes the buttons under a message away."""
    return Call("editMessageReplyMarkup", {"message_id": shown["message_id"], "reply_markup": {"inline_keyboard": []}})


def taken(shown: Mapping[str, Any] | None, button_id: str) -> Call | None:
    """The call that takes one button away and leaves the others: they are no choice between things, each does its own.

    None where the message is too old to be changed, or is not known.
    """
    if not shown or not shown.get("message_id"):
        return None
    rows = (shown.get("reply_markup") or {}).get("inline_keyboard") or []
    left = [[button for button in row if button.get("callback_data") != button_id] for row in rows]
    markup = {"inline_keyboard": [row for row in left if row]}
    return Call("editMessageReplyMarkup", {"message_id": shown["message_id"], "reply_markup": markup})


def picture(png: bytes, caption: str) -> Call:
    """A picture, with its bytes in the payload; `files_of` takes them out again."""
    return Call("sendPhoto", {"photo": _file("schedule.png", "image/png", png), "caption": _caption(caption)})


def calendar(ics: bytes, caption: str) -> Call:
    """A calendar file, with its bytes in the payload; `files_of` takes them out again."""
    return Call("sendDocument", {"document": _file("payments.ics", "text/calendar", ics), "caption": _caption(caption)})


def attached(name: str, mime: str, content: bytes) -> Call:
    """A file that an agent sends, with its bytes in the payload: as a document, so that it stays as it is."""
    return Call("sendDocument", {"document": _file(name, mime, content)})


def files_of(payload: Mapping[str, Any]) -> tuple[dict[str, Any], dict[str, tuple[str, bytes, str]]]:
    """A payload without its files, and these by field: name, bytes and type, as HTTP clients take them."""
    fields, files = {}, {}
    for name, value in payload.items():
        if isinstance(value, Mapping) and "base64" in value:
            files[name] = (value["name"], base64.b64decode(value["base64"]), value["mime"])
        else:
            fields[name] = value
    return fields, files


def units(text: str) -> int:
    """The length of a text in UTF-16 code units."""
    return len(text) + sum(char > "\uffff" for char in text)


def width(text: str) -> int:
    """How many columns a text takes in a font of one width: two for Chinese characters, none for marks on another."""
    return sum(_columns(char) for char in text)


def split(text: str, most: int = LONGEST_TEXT, size: Callable[[str], int] = units) -> list[str]:
    """A text in parts of at most ``most``, cut at paragraphs, lines, sentences or words; only blanks are lost."""
    parts = []
    text = text.strip()
    while size(text) > most:
        end, start = _cut(text, _reach(text, most, size))
        parts.append(text[:end].rstrip())
        text = text[start:].lstrip()
    return [*parts, text] if text else parts


def _cut(text: str, reach: int) -> tuple[int, int]:
    """Where a part ends and the next begins. A better kind of cut is not taken if it leaves a part very short."""
    for pattern in CUTS:
        # One character more: a part may end where the blank begins.
        found = [cut for cut in pattern.finditer(text, 0, reach + 1) if reach // 3 <= cut.start() <= reach]
        if found:
            return found[-1].start(), found[-1].end()
    end = reach
    while end > 1 and _belongs_before(text, end):
        end -= 1
    end = end if end > 1 else reach
    return end, end


def _belongs_before(text: str, index: int) -> bool:
    """Whether a text must not be cut before a character: it changes or continues the one before."""
    char = text[index]
    return bool(JOINED.match(char)) or unicodedata.combining(char) > 0 or text[index - 1] == "\u200d"


def _reach(text: str, most: int, size: Callable[[str], int]) -> int:
    """The most characters from the start of a text that are no longer than ``most``, at least one."""
    low, high = 1, min(len(text), most)
    while low < high:
        middle = (low + high + 1) // 2
        low, high = (middle, high) if size(text[:middle]) <= most else (low, middle - 1)
    return low


def _tables(table: Mapping[str, Any]) -> Iterator[str]:
    """A table as escaped HTML, in as many parts as it needs, each with its heads; columns line up in all of them."""
    rows = [[str(cell) for cell in row] for row in (table["columns"], *table["rows"])]
    widths = [max(width(row[column]) for row in rows) for column in range(len(rows[0]))]
    head, *lines = [escape(_line(row, widths), quote=False) for row in rows]
    caption = f"<b>{escape(table['caption'], quote=False)}</b>\n" if table.get("caption") else ""
    kept: list[str] = []
    for line in lines:
        if kept and units(_block(caption, head, [*kept, line])) > LONGEST_TEXT:
            yield _block(caption, head, kept)
            caption, kept = "", []
        kept.append(line)
    yield _block(caption, head, kept)


def _block(caption: str, head: str, lines: Sequence[str]) -> str:
    return f"{caption}<pre>{head}\n" + "\n".join(lines) + "</pre>"


def _line(row: Sequence[str], widths: Sequence[int]) -> str:
    """Cells in their columns: the first (numbers) and the last (amounts) on the right, those between on the left."""
    cells = []
    for column, (cell, wide) in enumerate(zip(row, widths, strict=True)):
        blanks = " " * (wide - width(cell))
        cells.append(blanks + cell if column in (0, len(row) - 1) else cell + blanks)
    return "  ".join(cells).rstrip()


def _columns(char: str) -> int:
    if unicodedata.category(char) in ("Mn", "Me", "Cf"):
        return 0
    return 2 if unicodedata.east_asian_width(char) in ("W", "F") else 1


def _markup(message: Mapping[str, Any]) -> dict[str, Any] | None:
    if message.get("buttons"):
        return {"inline_keyboard": _keyboard(message["buttons"])}
    if title := message.get("share_number"):
        shared = [[{"text": title, "request_contact": True}]]
        return {"keyboard": shared, "resize_keyboard": True, "one_time_keyboard": True}
    return {"remove_keyboard": True} if message.get("put_away") else None


def _keyboard(buttons: Sequence[Mapping[str, str]]) -> list[list[dict[str, str]]]:
    """Buttons in rows, as many in each as the widest title lets."""
    for button in buttons:
        if not button["title"].strip() or not 0 < len(button["id"].encode()) <= LONGEST_CALLBACK:
            raise BadButton(f"a button needs a title and an id of at most {LONGEST_CALLBACK} bytes: {button}")
    widest = max(width(button["title"]) for button in buttons)
    count = next((count for wide, count in PER_ROW if widest <= wide), 1)
    drawn = [{"text": button["title"], "callback_data": button["id"]} for button in buttons]
    return [drawn[start : start + count] for start in range(0, len(drawn), count)]


def _caption(text: str) -> str:
    return next(iter(split(text, LONGEST_CAPTION)), "")


def _file(name: str, mime: str, content: bytes) -> dict[str, str]:
    return {"name": name, "mime": mime, "base64": base64.b64encode(content).decode()}
