"""The methods of the Bot API that Accord uses, with the refusals of the real one."""

from __future__ import annotations

import re
import secrets
import time
from collections.abc import Callable
from typing import Any
from urllib.parse import urlsplit

from tests.telegram.markup import (
    LONGEST_CAPTION,
    LONGEST_TEXT,
    Refused,
    bad,
    parsed,
    read_markup,
    read_text,
)
from tests.telegram.world import FORGOTTEN_AFTER, Call, Chat, Message, Telegram

Given = dict[str, Any]
METHODS: dict[str, Callable[[Telegram, Given], Any]] = {}
ACTIONS = re.compile(
    "typing|upload_(?:photo|video|voice|document|video_note)|record_(?:video|voice|video_note)|choose_sticker|find_location"
)
# Some of those that bots may use: https://core.telegram.org/bots/api#reactiontypeemoji
REACTIONS = frozenset("👍👎❤🔥👏😁🤔🎉🙏👌👀✍🤝💯⚡")
NOT_MODIFIED = (
    "message is not modified: specified new message content and reply markup are exactly the same as a current content "
    "and reply markup of the message"
)
TOO_OLD = "query is too old and response timeout expired or query ID is invalid"


def method(work: Callable[[Telegram, Given], Any]) -> Callable[[Telegram, Given], Any]:
    """Serves a function under its name as the Bot API writes it."""
    first, *rest = work.__name__.split("_")
    METHODS[first + "".join(word.capitalize() for word in rest)] = work
    return work


def call(telegram: Telegram, name: str, given: Given, at: float) -> Any:
    """Answers a call of the bot that came at a moment (of `time.monotonic`). Raises Refused."""
    work = {known.lower(): known for known in METHODS}.get(name.lower())
    if work is None:
        raise Refused(404, "Not Found: method not found")
    with telegram.changing():
        try:
            if telegram.faults.strikes(telegram.faults.server_errors):
                raise Refused(500, "Internal Server Error")
            result = METHODS[work](telegram, given)
        except Refused as refusal:
            telegram.calls.append(Call(work, given, refusal.code, at))
            raise
        number = result.get("message_id") if isinstance(result, dict) else None
        telegram.calls.append(Call(work, given, 200, at, number))
        return result


# -- The bot itself


@method
def get_me(telegram: Telegram, given: Given) -> Any:
    return {
        **telegram.me,
        "can_join_groups": True,
        "can_read_all_group_messages": True,
        "supports_inline_queries": False,
        "can_connect_to_business": False,
        "has_main_web_app": False,
    }


@method
def set_my_commands(telegram: Telegram, given: Given) -> Any:
    language = _language(given)
    commands = parsed(given.get("commands"), [])
    if len(commands) > 100:
        raise bad("BOT_COMMANDS_TOO_MUCH")
    for command in commands:
        if not re.fullmatch(r"[a-z0-9_]{1,32}", command.get("command", "").removeprefix("/")):
            raise bad("BOT_COMMAND_INVALID")
        if not 1 <= len(command.get("description", "")) <= 256:
            raise bad("BOT_COMMAND_DESCRIPTION_INVALID")
    telegram.commands[_scope(given), language] = commands
    return True


@method
def get_my_commands(telegram: Telegram, given: Given) -> Any:
    return telegram.commands.get((_scope(given), _language(given)), [])


@method
def delete_my_commands(telegram: Telegram, given: Given) -> Any:
    telegram.commands.pop((_scope(given), _language(given)), None)
    return True


def _scope(given: Given) -> str:
    return str(parsed(given.get("scope"), {"type": "default"})["type"])


def _language(given: Given) -> str:
    code = str(given.get("language_code") or "")
    if code and not re.fullmatch(r"[a-z]{2}", code):
        raise bad("invalid language code specified")
    return code


def _keep(name: str) -> None:
    def work(telegram: Telegram, given: Given) -> Any:
        telegram.settings.setdefault(name, {})[_language(given)] = given
        return True

    METHODS[name] = work


for _name in ("setMyName", "setMyDescription", "setMyShortDescription", "setChatMenuButton"):
    _keep(_name)


# -- How updates come


@method
def set_webhook(telegram: Telegram, given: Given) -> Any:
    url = str(given.get("url") or "")
    address = urlsplit(url)
    # The real one takes HTTPS alone; here the loopback stands for what is behind a lender's TLS.
    if url and address.scheme != "https" and address.hostname not in ("127.0.0.1", "localhost"):
        raise bad("bad webhook: An HTTPS URL must be provided for webhook")
    if address.scheme == "https" and address.port not in (None, 443, 80, 88, 8443):
        raise bad("bad webhook: Webhook can be set up only on ports 80, 88, 443 or 8443")
    secret = str(given.get("secret_token") or "")
    if not re.fullmatch(r"[A-Za-z0-9_-]{0,256}", secret):
        raise bad("secret token contains unallowed characters")
    most = int(given.get("max_connections") or 40)
    if not 1 <= most <= 100:
        raise bad("max_connections must be between 1 and 100")
    if parsed(given.get("drop_pending_updates"), False):
        telegram.waiting.clear()
    if "allowed_updates" in given:
        telegram.allowed = parsed(given["allowed_updates"], [])
    telegram.webhook = {"url": url, "secret": secret, "max_connections": most} if url else {}
    for waiting in telegram.waiting:
        waiting.delivered, waiting.tries, waiting.due = False, 0, telegram.made[waiting.id]
    return True


@method
def delete_webhook(telegram: Telegram, given: Given) -> Any:
    if parsed(given.get("drop_pending_updates"), False):
        telegram.waiting.clear()
    telegram.webhook = {}
    return True


@method
def get_webhook_info(telegram: Telegram, given: Given) -> Any:
    kept = telegram.webhook
    info = {
        "url": kept.get("url", ""),
        "has_custom_certificate": False,
        "pending_update_count": len(telegram.waiting),
    }
    if kept:
        info |= {"max_connections": kept["max_connections"], "ip_address": "127.0.0.1"}
    info |= {name: kept[name] for name in ("last_error_date", "last_error_message") if name in kept}
    return info | ({"allowed_updates": telegram.allowed} if telegram.allowed else {})


# -- Messages


@method
def send_message(telegram: Telegram, given: Given) -> Any:
    chat, thread = _open(telegram, given)
    text, entities = read_text(given, "text", LONGEST_TEXT)
    return _post(telegram, chat, given, thread, text=text, entities=entities)


@method
def send_photo(telegram: Telegram, given: Given) -> Any:
    chat, thread = _open(telegram, given)
    caption, entities = read_text(given, "caption", LONGEST_CAPTION)
    kept = _file(telegram, given.get("photo"), "photos/file.png")
    content = {"photo": [{**_about(kept), "width": 800, "height": 600}]}
    return _post(telegram, chat, given, thread, kind="photo", text=caption, entities=entities, content=content)


@method
def send_document(telegram: Telegram, given: Given) -> Any:
    chat, thread = _open(telegram, given)
    caption, entities = read_text(given, "caption", LONGEST_CAPTION)
    kept = _file(telegram, given.get("document"), "documents/file")
    content = {"document": {**_about(kept), "file_name": kept["name"], "mime_type": kept["mime"]}}
    return _post(telegram, chat, given, thread, kind="document", text=caption, entities=entities, content=content)


def _open(telegram: Telegram, given: Given) -> tuple[Chat, int | None]:
    """The chat and topic that something is sent to. Raises Refused."""
    chat = telegram.chat_of(given)
    telegram.may_write(chat)
    thread = int(given["message_thread_id"]) if given.get("message_thread_id") else None
    if thread is not None:
        if thread not in chat.topics:
            raise bad("message thread not found")
        if chat.topics[thread] == "closed":
            raise bad("TOPIC_CLOSED")
    telegram.may_send_now(chat)
    return chat, thread


def _post(telegram: Telegram, chat: Chat, given: Given, thread: int | None, **parts: Any) -> dict[str, Any]:
    markup = read_markup(given, chat.private)
    reply = parsed(given.get("reply_parameters"), {})
    if given.get("reply_to_message_id"):
        reply = {"message_id": given["reply_to_message_id"]}
    answered = _shown(chat, reply.get("message_id")) if reply else None
    if reply and answered is None and not reply.get("allow_sending_without_reply"):
        raise bad("message to be replied not found")
    extras = {
        name: parsed(given[name], None)
        for name in ("link_preview_options", "disable_notification", "protect_content")
        if name in given
    }
    message = telegram.add_message(chat, telegram.me, thread=thread, markup=markup, extras=extras, **parts)
    if answered is not None:
        message.content["reply_to_message"] = {**answered.as_json(), "reply_to_message": None}
    if markup and "keyboard" in markup:
        chat.keyboard = markup
    elif markup and markup.get("remove_keyboard"):
        chat.keyboard = None
    return message.as_json()


def _file(telegram: Telegram, given: Any, path: str) -> dict[str, Any]:
    """A file that is sent: uploaded now, or known by its id. Raises Refused."""
    if isinstance(given, dict):
        return keep_file(telegram, given["content"], given["name"] or path.rsplit("/")[-1], given["mime"], path)
    if str(given) not in telegram.files:
        raise bad("wrong file identifier/HTTP URL specified")
    return telegram.files[str(given)]


def keep_file(telegram: Telegram, content: bytes, name: str, mime: str, path: str) -> dict[str, Any]:
    """Stores a file under a new id."""
    number = f"AgAC{secrets.token_urlsafe(40)}"
    kept = {
        "id": number,
        "unique": secrets.token_urlsafe(11),
        "content": content,
        "name": name,
        "mime": mime,
        "path": f"{path.rsplit('/')[0]}/{secrets.token_hex(4)}_{name}",
    }
    telegram.files[number] = kept
    return kept


def _about(kept: dict[str, Any]) -> dict[str, Any]:
    return {"file_id": kept["id"], "file_unique_id": kept["unique"], "file_size": len(kept["content"])}


@method
def get_file(telegram: Telegram, given: Given) -> Any:
    kept = telegram.files.get(str(given.get("file_id")))
    if kept is None:
        raise bad("invalid file_id")
    return {**_about(kept), "file_path": kept["path"]}


def _shown(chat: Chat, number: Any) -> Message | None:
    message = chat.by_id.get(int(number or 0))
    return None if message is None or message.deleted else message


def _own(telegram: Telegram, given: Given) -> Message:
    """The message of the bot that is to be edited. Raises Refused."""
    chat = telegram.chat_of(given)
    message = _shown(chat, given.get("message_id"))
    if message is None:
        raise bad("message to edit not found")
    telegram.may_write(chat)
    # A message that carries a keyboard under the field of writing can't be edited.
    if not message.by_bot or (message.markup and "inline_keyboard" not in message.markup):
        raise bad("message can't be edited")
    return message


def _change(message: Message, text: str, entities: list[dict[str, Any]], markup: dict[str, Any] | None) -> Any:
    if (text, entities, markup) == (message.text, message.entities, message.markup):
        raise bad(NOT_MODIFIED)
    message.before.append((message.text, message.markup))
    message.text, message.entities, message.markup = text, entities, markup
    return message.as_json()


@method
def edit_message_text(telegram: Telegram, given: Given) -> Any:
    text, entities = read_text(given, "text", LONGEST_TEXT)
    message = _own(telegram, given)
    if message.kind != "text":
        raise bad("there is no text in the message to edit")
    return _change(message, text, entities, read_markup(given, message.chat.private))


@method
def edit_message_caption(telegram: Telegram, given: Given) -> Any:
    caption, entities = read_text(given, "caption", LONGEST_CAPTION)
    message = _own(telegram, given)
    if message.kind == "text":
        raise bad("there is no caption in the message to edit")
    return _change(message, caption, entities, read_markup(given, message.chat.private))


@method
def edit_message_reply_markup(telegram: Telegram, given: Given) -> Any:
    message = _own(telegram, given)
    return _change(message, message.text, message.entities, read_markup(given, message.chat.private))


@method
def delete_message(telegram: Telegram, given: Given) -> Any:
    message = _shown(telegram.chat_of(given), given.get("message_id"))
    if message is None:
        raise bad("message to delete not found")
    message.deleted = True
    return True


@method
def answer_callback_query(telegram: Telegram, given: Given) -> Any:
    tapped = telegram.taps.get(str(given.get("callback_query_id")))
    if tapped is None or time.monotonic() - tapped.at > FORGOTTEN_AFTER:
        raise bad(TOO_OLD)
    if len(str(given.get("text") or "")) > 200:
        raise bad("MESSAGE_TOO_LONG")
    tapped.answer = tapped.answer or given
    return True


@method
def send_chat_action(telegram: Telegram, given: Given) -> Any:
    if not ACTIONS.fullmatch(str(given.get("action"))):
        raise bad("wrong parameter action in request")
    chat = telegram.chat_of(given)
    telegram.may_write(chat)
    chat.actions.append(str(given["action"]))
    return True


# -- Chats and their topics


@method
def get_chat(telegram: Telegram, given: Given) -> Any:
    chat = telegram.chat_of(given)
    return {**chat.as_json(), "accent_color_id": 0, "max_reaction_count": 11, "accepted_gift_types": _NO_GIFTS}


_NO_GIFTS = {
    "unlimited_gifts": False,
    "limited_gifts": False,
    "unique_gifts": False,
    "premium_subscription": False,
    "gifts_from_channels": False,
}


@method
def get_chat_member(telegram: Telegram, given: Given) -> Any:
    chat, number = telegram.chat_of(given), int(given.get("user_id") or 0)
    if number != telegram.me["id"]:
        raise bad("member not found")
    telegram.may_write(chat)
    if not chat.is_administrator:
        return {"user": telegram.me, "status": "member"}
    return {"user": telegram.me, "status": "administrator", "can_manage_topics": chat.may_manage_topics}


@method
def set_message_reaction(telegram: Telegram, given: Given) -> Any:
    chat = telegram.chat_of(given)
    message = _shown(chat, given.get("message_id"))
    if message is None:
        raise bad("message to react not found")
    telegram.may_write(chat)
    signs = [str(sign.get("emoji")) for sign in parsed(given.get("reaction"), [])]
    if len(signs) > 1:
        raise bad("REACTIONS_TOO_MANY")
    if not set(signs) <= REACTIONS:
        raise bad("REACTION_INVALID")
    message.reactions = signs
    return True


@method
def leave_chat(telegram: Telegram, given: Given) -> Any:
    telegram.chat_of(given).status = "kicked"
    return True


def _forum(telegram: Telegram, given: Given) -> Chat:
    chat = telegram.chat_of(given)
    telegram.may_write(chat)
    if not chat.is_forum:
        raise bad("the chat is not a forum")
    if not chat.may_manage_topics:
        raise bad("not enough rights to manage topics")
    return chat


def _topic(telegram: Telegram, given: Given) -> tuple[Chat, int]:
    chat, thread = _forum(telegram, given), int(given.get("message_thread_id") or 0)
    if thread not in chat.topics:
        raise bad("TOPIC_ID_INVALID")
    return chat, thread


@method
def create_forum_topic(telegram: Telegram, given: Given) -> Any:
    chat, name = _forum(telegram, given), str(given.get("name") or "")
    if not 1 <= len(name) <= 128:
        raise bad("topic name must be between 1 and 128 characters long")
    telegram.may_send_now(chat)
    content = {"forum_topic_created": {"name": name, "icon_color": 7322096}}
    message = telegram.add_message(chat, telegram.me, kind="service", content=content)
    chat.topics[message.id] = "open"
    chat.topic_names[message.id] = name
    return {"message_thread_id": message.id, "name": name, "icon_color": 7322096}


@method
def edit_forum_topic(telegram: Telegram, given: Given) -> Any:
    chat, thread = _topic(telegram, given)
    if given.get("name"):
        chat.topic_names[thread] = str(given["name"])
    return True


@method
def close_forum_topic(telegram: Telegram, given: Given) -> Any:
    return _set_topic(telegram, given, "closed")


@method
def reopen_forum_topic(telegram: Telegram, given: Given) -> Any:
    return _set_topic(telegram, given, "open")


def _set_topic(telegram: Telegram, given: Given, status: str) -> bool:
    chat, thread = _topic(telegram, given)
    if chat.topics[thread] == status:
        raise bad("TOPIC_NOT_MODIFIED")
    chat.topics[thread] = status
    return True


@method
def delete_forum_topic(telegram: Telegram, given: Given) -> Any:
    chat, thread = _topic(telegram, given)
    del chat.topics[thread]
    for message in chat.messages:
        message.deleted = message.deleted or thread in (message.thread, message.id)
    return True
