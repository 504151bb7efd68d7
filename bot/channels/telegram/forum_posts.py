"""What comes in from the agents' group: a raw update read once. Pure: nothing is looked up or decided.

Fields: https://core.telegram.org/bots/api#message (Bot API 9). Whatever a field holds, reading never raises.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

from bot.channels.telegram.kinds import THINGS, Attachment, attachment_in, mapping_in, number_in, text_in

# What begins so, whichever way its slash leans and however it is led in, is for colleagues alone.
NOTE = re.compile(r"[\W_]*?[/\uff0f\\\uff3c\u2044\u2215]+\s*")
# Codes of `People.telegram_code`, alone or behind /start.
CODE = re.compile(r"(?:/start(?:@\w+)?\s+)?([A-Za-z0-9_-]{16})")


@dataclass(frozen=True)
class Post:
    """Something that somebody did in the group.

    ``what``: words, a file, a tap, an edit, a thing that cannot be passed on, or nothing of interest. ``thread``: the
    topic. ``answers``: the message that it is a reply to, ``answers_bot`` whether that is one of the bot's;
    ``forwarded``: it was said elsewhere. ``nameless``: written in the name of the group.
    """

    what: Literal["words", "file", "tap", "edit", "thing", "nothing"]
    user_id: int | None = None
    language: str = "en"
    thread: int | None = None
    message_id: int | None = None
    text: str = ""
    file: Attachment | None = None
    answers: int | None = None
    answers_bot: bool = False
    forwarded: bool = False
    nameless: bool = False
    button: str = ""
    callback: str = ""

    @property
    def is_note(self) -> bool:
        """Whether it is marked as words for colleagues."""
        return NOTE.match(self.text) is not None

    @property
    def unmarked(self) -> str:
        """The words without the mark of a note."""
        found = NOTE.match(self.text)
        return self.text[found.end() :].strip() if found else self.text.strip()

    @property
    def code(self) -> str | None:
        """The code that it may be."""
        return code_in(self.text) if self.what == "words" else None


def code_in(text: str) -> str | None:
    """What may be the code that binds somebody's Telegram account."""
    found = CODE.fullmatch(text.strip())
    return found[1] if found else None


def is_random(code: str) -> bool:
    """Whether it cannot be a word of sixteen letters."""
    return code != code.lower() and code != code.upper() and code != code.capitalize()


def read_post(update: Mapping[str, Any]) -> Post:
    """What an update of the group is."""
    if tap := mapping_in(update, "callback_query"):
        return _tap(tap)
    if edited := mapping_in(update, "edited_message"):
        return _message(edited, edited=True)
    return _message(mapping_in(update, "message"), edited=False)


def _tap(tap: Mapping[str, Any]) -> Post:
    person, message = mapping_in(tap, "from"), mapping_in(tap, "message")
    if person.get("is_bot") is True:
        return Post("nothing")
    return Post(
        "tap",
        user_id=number_in(person, "id"),
        language=text_in(person, "language_code") or "en",
        thread=number_in(message, "message_thread_id"),
        message_id=number_in(message, "message_id"),
        button=text_in(tap, "data"),
        callback=text_in(tap, "id"),
    )


def _message(message: Mapping[str, Any], edited: bool) -> Post:
    person = mapping_in(message, "from")
    # Whoever writes in the name of the group comes as a bot of Telegram's, with the group as the sender.
    nameless = bool(mapping_in(message, "sender_chat"))
    if person.get("is_bot") is True and not nameless:
        return Post("nothing")
    thread = number_in(message, "message_thread_id") if message.get("is_topic_message") is True else None
    answers, answers_bot = _answers(message, thread)
    text, file = text_in(message, "text"), attachment_in(message)
    thing = next((name for name in THINGS if name in message), "")
    what: Literal["words", "file", "edit", "thing", "nothing"] = "nothing"
    if edited:
        what = "edit"
    elif text:
        what = "words"
    elif thing or "contact" in message:
        what = "thing"
    elif file is not None:
        what = "file"
    return Post(
        what,
        user_id=number_in(person, "id"),
        language=text_in(person, "language_code") or "en",
        thread=thread,
        message_id=number_in(message, "message_id"),
        text=text or text_in(message, "caption"),
        file=file if what == "file" else None,
        answers=answers,
        answers_bot=answers_bot,
        forwarded=bool(mapping_in(message, "forward_origin")),
        nameless=nameless,
    )


def _answers(message: Mapping[str, Any], thread: int | None) -> tuple[int | None, bool]:
    """The message that one replies to, and whether it is the bot's. Every message of a topic says that it replies to
    the one by which the topic was made; that counts for nothing. A reply to another chat has no number here."""
    if mapping_in(message, "external_reply"):
        return 0, False
    answered = mapping_in(message, "reply_to_message")
    number = number_in(answered, "message_id")
    if number is None or number == thread or "forum_topic_created" in answered:
        return None, False
    return number, mapping_in(answered, "from").get("is_bot") is True
