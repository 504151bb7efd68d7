"""What a Telegram update is: the raw JSON read once, into one of a few kinds. Pure: nothing is looked up or decided.

Updates come from a network: whatever a field holds, reading never raises; what fits nothing is ``unsupported``.
Fields: https://core.telegram.org/bots/api#update (Bot API 9).
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from bot.channels.telegram.commands import TABLE, says_more

KINDS = (
    "text",
    "tap",
    "command",
    "contact",
    "attachment",
    "edited",
    "group",
    "channel",
    "bot",
    "unsupported",
    "silent",
    "member",
)

# What a person may send that the bot cannot take in, and the response that says so; the first that is there counts.
# An animation has a document beside it, a venue a location.
THINGS = {
    "sticker": "utter_telegram_sticker",
    "voice": "utter_telegram_voice",
    "audio": "utter_telegram_voice",
    "video_note": "utter_telegram_video",
    "animation": "utter_telegram_sticker",
    "video": "utter_telegram_video",
    "venue": "utter_telegram_location",
    "location": "utter_telegram_location",
    "dice": "utter_telegram_other",
    "game": "utter_telegram_other",
    "poll": "utter_telegram_other",
    "checklist": "utter_telegram_other",
    "story": "utter_telegram_other",
    "paid_media": "utter_telegram_other",
}
# What Telegram itself says in a chat (service messages); nobody wrote it, and nothing is answered.
SERVICE = (
    "pinned_message",
    "message_auto_delete_timer_changed",
    "write_access_allowed",
    "new_chat_title",
    "new_chat_photo",
    "delete_chat_photo",
    "chat_background_set",
    "boost_added",
    "connected_website",
    "proximity_alert_triggered",
    "video_chat_scheduled",
    "video_chat_started",
    "video_chat_ended",
    "video_chat_participants_invited",
    "refunded_payment",
    "gift",
    "unique_gift",
    "giveaway_created",
    "giveaway_completed",
    "checklist_tasks_done",
    "checklist_tasks_added",
    "paid_message_price_changed",
)
COMMAND = re.compile(r"/([a-z0-9_]{1,32})(?:@(\w{1,64}))?[.!?。！？]*(?:\s+(.*))?", re.IGNORECASE | re.DOTALL)
# What Telegram itself allows behind ``?start=``.
DEEP_LINK = re.compile(r"[A-Za-z0-9_-]{1,64}")


@dataclass(frozen=True)
class Contact:
    """A phone number that was shared; ``own`` where Telegram says that it is the sender's."""

    phone: str
    own: bool


@dataclass(frozen=True)
class Attachment:
    """A photo or a document, by reference; nothing is fetched. ``album`` is the same for those sent together."""

    kind: str
    file_id: str
    file_unique_id: str
    name: str = ""
    mime: str = ""
    size: int = 0
    album: str = ""


@dataclass(frozen=True)
class Incoming:
    """An update as the channel takes it.

    ``thing``: what somebody sent that cannot be taken in (a key of THINGS). ``addressed``: named in a group.
    ``shown``: the raw message under which a button was tapped, ``title`` the words on it; both empty if it is too old.
    ``member``: the bot's new standing in a chat (member, kicked, left …).
    """

    kind: str
    chat_id: int | None = None
    user_id: int | None = None
    text: str = ""
    button: str | None = None
    command: str | None = None
    payload: str = ""
    attachment: Attachment | None = None
    language_code: str = ""
    contact: Contact | None = None
    message_id: int | None = None
    callback_id: str | None = None
    thing: str = ""
    addressed: bool = False
    shown: Mapping[str, Any] | None = None
    title: str = ""
    member: str = ""

    @property
    def response(self) -> str | None:
        """The one sentence with which the channel itself answers; None where it is silent or the dialogue answers."""
        if self.kind == "edited":
            return "utter_telegram_edited"
        if self.kind == "group":
            return "utter_telegram_group" if self.addressed else None
        return THINGS.get(self.thing)


def read(update: Mapping[str, Any], username: str = "") -> Incoming:
    """What an update is. ``username``: the bot's own, without @, by which it is named in groups."""
    if message := mapping_in(update, "message"):
        return _message(message, username)
    if tap := mapping_in(update, "callback_query"):
        return _tap(tap)
    if edited := mapping_in(update, "edited_message"):
        return Incoming(_edited(edited) if _is_a_persons(edited) else _elsewhere(edited), **_where(edited))
    if post := mapping_in(update, "channel_post") or mapping_in(update, "edited_channel_post"):
        return Incoming("channel", **_where(post))
    if change := mapping_in(update, "my_chat_member"):
        if text_in(mapping_in(change, "chat"), "type") == "private":
            return Incoming("member", **_where(change), member=text_in(mapping_in(change, "new_chat_member"), "status"))
        return Incoming(_elsewhere(change), **_where(change))
    return Incoming("unsupported")


def _message(message: Mapping[str, Any], username: str) -> Incoming:
    where = _where(message)
    if not _is_a_persons(message):
        return Incoming(_elsewhere(message), **where, addressed=_is_addressed(message, username))
    if text := text_in(message, "text"):
        return _words(text, where, username)
    if shared := mapping_in(message, "contact"):
        return Incoming("contact", **where, contact=_contact(message, shared))
    thing = next((name for name in THINGS if name in message), "")
    if not thing and (attachment := attachment_in(message)):
        return Incoming("attachment", **where, text=text_in(message, "caption"), attachment=attachment)
    kind = "silent" if not thing and any(name in message for name in SERVICE) else "unsupported"
    return Incoming(kind, **where, text=text_in(message, "caption"), thing=thing)


def _edited(message: Mapping[str, Any]) -> str:
    """A place that moves on, and what only Telegram changed, are edits without words: they are no message."""
    return "edited" if text_in(message, "text") or text_in(message, "caption") else "silent"


def _words(text: str, where: Mapping[str, Any], username: str) -> Incoming:
    """A command of the table, or text. What is said after some commands counts for more than the command."""
    found = COMMAND.fullmatch(text.strip())
    name = found[1].lower() if found else ""
    if not found or name not in TABLE or (found[2] and username and found[2].lower() != username.lower()):
        return Incoming("text", **where, text=text)
    after = (found[3] or "").strip()
    if TABLE[name].gives_way and says_more(after):
        return Incoming("text", **where, text=after)
    if name == "start" and not DEEP_LINK.fullmatch(after):
        after = ""
    return Incoming("command", **where, text=text, command=name, payload=after)


def _tap(tap: Mapping[str, Any]) -> Incoming:
    """A tapped button. A message that is too old to be shown comes without content, with the date 0."""
    message = mapping_in(tap, "message")
    person = mapping_in(tap, "from")
    kind = "tap"
    if person.get("is_bot") is True:
        kind = "bot"
    elif message and not _is_private(message):
        kind = _elsewhere(message)
    data = text_in(tap, "data")
    shown = message if message.get("date") else None
    return Incoming(
        kind,
        chat_id=number_in(mapping_in(message, "chat"), "id") or number_in(person, "id"),
        user_id=number_in(person, "id"),
        language_code=text_in(person, "language_code"),
        message_id=number_in(message, "message_id"),
        button=data,
        callback_id=text_in(tap, "id") or None,
        shown=shown,
        title=_title(message, data),
    )


def _title(message: Mapping[str, Any], data: str) -> str:
    """The words on the button that holds some data."""
    rows = mapping_in(message, "reply_markup").get("inline_keyboard")
    for row in rows if isinstance(rows, list) else []:
        for button in row if isinstance(row, list) else []:
            if isinstance(button, Mapping) and data and button.get("callback_data") == data:
                return text_in(button, "text")
    return ""


def _contact(message: Mapping[str, Any], shared: Mapping[str, Any]) -> Contact:
    """A contact is the sender's own only where Telegram names the sender as its owner, and it was not passed on."""
    sender = number_in(mapping_in(message, "from"), "id")
    own = sender is not None and number_in(shared, "user_id") == sender and "forward_origin" not in message
    digits = "".join(char for char in text_in(shared, "phone_number") if char.isascii() and char.isdigit())
    return Contact(f"+{digits}" if digits else "", own and bool(digits))


def attachment_in(message: Mapping[str, Any]) -> Attachment | None:
    """The largest size of a photo, or a document."""
    sizes = message.get("photo")
    photos = [size for size in sizes if isinstance(size, Mapping)] if isinstance(sizes, list) else []
    kind, file = "document", mapping_in(message, "document")
    if photos:
        kind = "photo"
        file = max(photos, key=lambda size: (number_in(size, "width") or 0) * (number_in(size, "height") or 0))
    if not text_in(file, "file_id"):
        return None
    return Attachment(
        kind,
        text_in(file, "file_id"),
        text_in(file, "file_unique_id"),
        name=text_in(file, "file_name"),
        mime=text_in(file, "mime_type") or ("image/jpeg" if kind == "photo" else ""),
        size=number_in(file, "file_size") or 0,
        album=text_in(message, "media_group_id"),
    )


def _where(message: Mapping[str, Any]) -> dict[str, Any]:
    """What every kind of message has: chat, sender, the sender's language, the message's id."""
    person = mapping_in(message, "from")
    return {
        "chat_id": number_in(mapping_in(message, "chat"), "id"),
        "user_id": number_in(person, "id"),
        "language_code": text_in(person, "language_code"),
        "message_id": number_in(message, "message_id"),
    }


def _is_private(message: Mapping[str, Any]) -> bool:
    return text_in(mapping_in(message, "chat"), "type") == "private"


def _is_a_persons(message: Mapping[str, Any]) -> bool:
    """Whether a person wrote this to the bot alone."""
    return _is_private(message) and mapping_in(message, "from").get("is_bot") is not True


def _elsewhere(message: Mapping[str, Any]) -> str:
    """Of what is not written by a person to the bot alone: where it stands, or that a bot wrote it."""
    place = text_in(mapping_in(message, "chat"), "type")
    if place == "channel":
        return "channel"
    if mapping_in(message, "from").get("is_bot") is True:
        return "bot"
    return "group" if place in ("group", "supergroup") else "unsupported"


def _is_addressed(message: Mapping[str, Any], username: str) -> bool:
    """Whether a message in a group names the bot, by @ or a command for it, or answers a message of the bot's."""
    if not username:
        return False
    named = re.search(
        rf"@{re.escape(username)}\b", text_in(message, "text") or text_in(message, "caption"), re.IGNORECASE
    )
    answered = text_in(mapping_in(mapping_in(message, "reply_to_message"), "from"), "username")
    return bool(named) or answered.lower() == username.lower()


def mapping_in(holder: Mapping[str, Any], key: str) -> Mapping[str, Any]:
    value = holder.get(key)
    return value if isinstance(value, Mapping) else {}


def text_in(holder: Mapping[str, Any], key: str) -> str:
    value = holder.get(key)
    return value if isinstance(value, str) else ""


def number_in(holder: Mapping[str, Any], key: str) -> int | None:
    value = holder.get(key)
    return value if isinstance(value, int) and not isinstance(value, bool) else None
