"""Somebody with Telegram on their phone: what they write and tap, and what they see."""

from __future__ import annotations

import secrets
import time
from typing import Any

from tests.telegram.markup import commands_in
from tests.telegram.methods import keep_file
from tests.telegram.world import Chat, Message, Telegram

QUIET = 1.6  # the messages of one answer come a second apart
A_PNG = bytes.fromhex(
    "89504e470d0a1a0a0000000d4948445200000001000000010806000000"
    "1f15c4890000000d49444154789c6360606060000000050001a5f645400000000049454e44ae426082"
)
SENT = {
    "sticker": {"width": 512, "height": 512, "is_animated": False, "is_video": False, "type": "regular", "emoji": "👍"},
    "voice": {"duration": 4, "mime_type": "audio/ogg"},
    "video_note": {"duration": 5, "length": 240},
    "video": {"duration": 5, "width": 640, "height": 360},
    "audio": {"duration": 180, "mime_type": "audio/mpeg"},
    "animation": {"duration": 2, "width": 320, "height": 240},
}
SHARED = {
    "location": {"latitude": 51.4545, "longitude": -2.5879},
    "dice": {"emoji": "🎲", "value": 4},
    "poll": {
        "id": "5",
        "question": "When?",
        "options": [{"text": "Now", "voter_count": 0, "persistent_id": "1"}],
        "total_voter_count": 0,
        "is_closed": False,
        "is_anonymous": True,
        "type": "regular",
        "allows_multiple_answers": False,
        "allows_revoting": True,
        "members_only": False,
    },
}


class Person:
    """A person with a private chat with the bot. Deeds return the id of their update, or 0."""

    def __init__(
        self,
        telegram: Telegram,
        first_name: str = "Odalys",
        language: str = "en",
        phone: str = "+12025550181",
        *,
        username: str | None = None,
        is_bot: bool = False,
        met: bool = True,
    ) -> None:
        self.telegram = telegram
        self.id = telegram.new_person_id()
        self.first_name, self.language, self.phone, self.username = first_name, language, phone, username
        self.is_bot = is_bot
        self.chat = Chat(self.id, "private", first_name, username, [self], status="open" if met else "not_started")
        with telegram.changing():
            telegram.people[self.id] = self
            telegram.chats[self.id] = self.chat
        self._heard = 0

    def as_json(self) -> dict[str, Any]:
        shown = {"id": self.id, "is_bot": self.is_bot, "first_name": self.first_name, "language_code": self.language}
        return shown | ({"username": self.username} if self.username else {})

    # -- Deeds

    def starts(self, payload: str = "") -> int:
        """Opens the chat by a link or by the button that Telegram shows."""
        with self.telegram.changing():
            if self.chat.status == "not_started":
                self.chat.status = "open"
        return self.says(f"/start {payload}".strip())

    def says(self, text: str, *, chat: Chat | None = None, thread: int | None = None, reply_to: int = 0) -> int:
        """Writes a message, in a group where one is named."""
        return self._writes(chat, thread=thread, text=text, entities=commands_in(text), reply_to=reply_to)

    def taps(self, title: str) -> int:
        """Taps the button with this title that was shown last, under a message or under the field of writing."""
        message = next((m for m in reversed(self.sees) if title in m.buttons), None)
        if message is not None:
            return self.taps_data(message.buttons[title], message)
        for row in (self.chat.keyboard or {}).get("keyboard", ()):
            for button in row:
                words = button if isinstance(button, str) else button["text"]
                if words == title:
                    asked = isinstance(button, dict) and button.get("request_contact")
                    return self.shares_contact() if asked else self.says(title)
        raise AssertionError(f"there is no button {title!r}; they see:\n{self.transcript()}")

    def taps_data(self, data: str, message: Message) -> int:
        """Taps with any data at all, as a client that was tampered with can."""
        with self.telegram.changing():
            number = self.telegram.add_tap(self, message, data)
            payload = {
                "id": number,
                "from": self.as_json(),
                "message": message.as_json(),
                "chat_instance": str(message.chat.id),
                "data": data,
            }
            self._heard = len(self.chat.messages)
            return self.telegram.add_update("callback_query", payload, message.chat.id)

    def shares_contact(self, whose: Person | None = None, *, nameless: bool = False) -> int:
        """Shares a contact: their own, somebody else's, or one without an account on Telegram."""
        whose = whose or self
        contact: dict[str, Any] = {"phone_number": whose.phone.removeprefix("+"), "first_name": whose.first_name}
        if not nameless:
            contact["user_id"] = whose.id
        return self._writes(kind="contact", content={"contact": contact})

    def edits(self, text: str, message: Message | None = None) -> int:
        """Edits what they wrote last, or a message of theirs."""
        own = message or next(m for m in reversed(self.chat.messages) if m.sender["id"] == self.id)
        with self.telegram.changing():
            own.before.append((own.text, own.markup))
            own.text = text
            own.entities = commands_in(text)
            if own.chat is self.chat:
                self._heard = len(self.chat.messages)
            return self.telegram.add_update("edited_message", own.as_json(), own.chat.id)

    def sends_photo(self, caption: str = "", *, chat: Chat | None = None, thread: int | None = None) -> int:
        with self.telegram.changing():
            kept = [keep_file(self.telegram, A_PNG, "photo.png", "image/png", "photos/") for _ in range(2)]
        sizes = [
            {"file_id": k["id"], "file_unique_id": k["unique"], "file_size": 67, "width": 90 * n, "height": 60 * n}
            for n, k in enumerate(kept, 1)
        ]
        return self._writes(chat, kind="photo", text=caption, content={"photo": sizes}, thread=thread)

    def sends_document(
        self,
        name: str = "receipt.pdf",
        mime: str = "application/pdf",
        caption: str = "",
        content: bytes = b"%PDF-1.4",
        *,
        chat: Chat | None = None,
        thread: int | None = None,
    ) -> int:
        with self.telegram.changing():
            kept = keep_file(self.telegram, content, name, mime, "documents/")
        shown = {"file_id": kept["id"], "file_unique_id": kept["unique"], "file_size": len(content)}
        document = {**shown, "file_name": name, "mime_type": mime}
        return self._writes(chat, kind="document", text=caption, content={"document": document}, thread=thread)

    def sends(self, kind: str) -> int:
        """Sends a sticker, voice, video, video_note, audio, animation, location, dice or poll."""
        if kind in SHARED:
            return self._writes(kind=kind, content={kind: SHARED[kind]})
        shown = {"file_id": secrets.token_urlsafe(30), "file_unique_id": secrets.token_urlsafe(8), **SENT[kind]}
        return self._writes(kind=kind, content={kind: shown})

    def blocks(self) -> int:
        return self._member("blocked", "member", "kicked")

    def unblocks(self) -> int:
        return self._member("open", "kicked", "member")

    def deletes_account(self) -> None:
        with self.telegram.changing():
            self.chat.status = "deactivated"

    def _writes(self, chat: Chat | None = None, *, reply_to: int = 0, **parts: Any) -> int:
        chat = chat or self.chat
        with self.telegram.changing():
            message = self.telegram.add_message(chat, self.as_json(), **parts)
            if message.thread is not None:  # what is said in a topic answers the message by which it was made
                message.content["reply_to_message"] = {**chat.by_id[message.thread].as_json(), "reply_to_message": None}
            if reply_to:
                message.content["reply_to_message"] = {**chat.by_id[reply_to].as_json(), "reply_to_message": None}
            if chat is self.chat:
                self._heard = len(chat.messages)
                if chat.keyboard and chat.keyboard.get("one_time_keyboard"):
                    chat.keyboard = None
            kind = "channel_post" if chat.kind == "channel" else "message"
            shown = message.as_json()
            if kind == "channel_post":
                del shown["from"]
            return self.telegram.add_update(kind, shown, chat.id)

    def _member(self, status: str, old: str, new: str) -> int:
        bot = self.telegram.me
        with self.telegram.changing():
            self.chat.status = status
            payload = {
                "chat": self.chat.as_json(),
                "from": self.as_json(),
                "date": int(time.time()),
                "old_chat_member": {"user": bot, "status": old, **({"until_date": 0} if old == "kicked" else {})},
                "new_chat_member": {"user": bot, "status": new, **({"until_date": 0} if new == "kicked" else {})},
            }
            return self.telegram.add_update("my_chat_member", payload, self.chat.id)

    # -- What they see

    @property
    def sees(self) -> list[Message]:
        """Every message in their chat as it stands now."""
        with self.telegram.lock:
            return [m for m in self.chat.messages if not m.deleted]

    @property
    def heard(self) -> list[Message]:
        """What the bot has written since they last did something."""
        with self.telegram.lock:
            return [m for m in self.chat.messages[self._heard :] if m.by_bot and not m.deleted]

    @property
    def buttons(self) -> list[str]:
        """The titles under the newest message that has any; those under the field of writing where none has."""
        shown = next((m for m in reversed(self.sees) if m.buttons), None)
        if shown is not None:
            return list(shown.buttons)
        rows = (self.chat.keyboard or {}).get("keyboard", ())
        return [b if isinstance(b, str) else b["text"] for row in rows for b in row]

    def hears(self, count: int = 1, seconds: float = 30) -> list[Message]:
        """Waits for so many messages since they last did something."""
        self.telegram.wait_until(lambda: len(self.heard) >= count, seconds, f"{count} messages\n{self.transcript()}")
        return self.heard

    def answer(self, seconds: float = 30, quiet: float = QUIET) -> str:
        """Waits until the bot has answered and has been quiet for a while; the answer, joined by line breaks."""
        self.hears(1, seconds)
        while time.monotonic() - self.heard[-1].at < quiet:
            time.sleep(0.05)
        return "\n".join(m.text for m in self.heard)

    def reads(self, words: str, seconds: float = 30) -> Message:
        """Waits for a message of the bot, since they last did something, that has these words."""

        def found() -> Message | None:
            return next((m for m in self.heard if words in m.text), None)

        try:
            return self.telegram.wait_until(found, seconds, "")
        except AssertionError:
            raise AssertionError(f"after {seconds} s nothing says {words!r}; they see:\n{self.transcript()}") from None

    def transcript(self) -> str:
        """The whole chat as they see it, buttons in brackets."""
        return "\n".join(shown(m) for m in self.sees)


def shown(message: Message) -> str:
    """A message as a person sees it."""
    who = "Accord" if message.by_bot else str(message.sender["first_name"])
    what = message.text if message.kind == "text" else f"({message.kind}) {message.text}".strip()
    lines = [f"{who}: {what}"]
    markup = message.markup or {}
    for row in markup.get("inline_keyboard") or markup.get("keyboard") or ():
        lines.append("    " + "  ".join(f"[{b if isinstance(b, str) else b['text']}]" for b in row))
    return "\n".join(lines)
