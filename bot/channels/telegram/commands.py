"""The commands of the Telegram bot: a fixed table. What is not in it, however it begins, is text.

A command stands for an intent, as a button does, so that nothing hangs on how it is understood. The menu says what each
does (``utter_word_command_<name>``) in English and, where somebody's Telegram is in Chinese, in simplified
Chinese, since Telegram lists commands by two-letter codes (ISO 639-1) and knows no script.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from bot.channels.telegram.speaking import Call
from bot.dialogue.words import LANGUAGES, Voice, Words

# By Telegram's code; the empty one is for everybody else.
MENUS = {"": "en", "zh": "zh-Hans"}
# Each language in its own writing, whoever reads it.
LANGUAGE_NAMES = {"en": "English", "zh-Hans": "简体中文", "zh-Hant": "繁體中文"}
# What may stand behind a command and says nothing more than it.
POLITE = re.compile(
    r"(?:\b(?:please|pls|plz|now|thanks|thank you|thx|hi|hello|hey)\b|[请請麻烦煩谢謝][你您]?"
    r"|[你您]好|一下|现在|現在|[吧啊呢了]|[\W_])*",
    re.IGNORECASE,
)


@dataclass(frozen=True)
class Command:
    """A command: the intent that it stands for, or None where the channel itself acts.

    ``gives_way``: what is said behind it counts for more than the command ("/human my father died").
    """

    name: str
    intent: str | None
    gives_way: bool = False


TABLE: Mapping[str, Command] = {
    command.name: command
    for command in (
        Command("start", "greet"),
        Command("help", "ask_help", gives_way=True),
        Command("balance", "ask_balance", gives_way=True),
        Command("plan", "ask_plan_status", gives_way=True),
        Command("human", "request_human", gives_way=True),
        Command("stop", "stop_contact"),
        Command("language", None),
        Command("privacy", "ask_data_use", gives_way=True),
        Command("unlink", None),
    )
}


def says_more(words: str) -> bool:
    """Whether what stands behind a command is more than politeness: then it is what somebody wants to say."""
    return POLITE.fullmatch(words) is None


def registrations(words: Words) -> list[Call]:
    """The calls that put the commands into Telegram's menu, one a language."""
    calls = []
    for code, language in MENUS.items():
        listed = [
            {"command": name, "description": words.say(f"utter_word_command_{name}", {}, Voice(language))}
            for name in TABLE
        ]
        scope = {"scope": {"type": "all_private_chats"}}
        calls.append(Call("setMyCommands", {"commands": listed, **scope} | ({"language_code": code} if code else {})))
    return calls


def language_choices() -> list[tuple[str, dict[str, Any]]]:
    """The languages as titles and meanings, as `Conversations.buttons` takes them."""
    return [
        (
            LANGUAGE_NAMES[language],
            {
                "intent": "switch_language",
                "entities": [{"entity": "language", "value": language}],
                "offer_id": None,
            },
        )
        for language in LANGUAGES
    ]


def language_of(language_code: str) -> str:
    """The language to begin in, by the code of somebody's Telegram (IETF: en, zh-hans, zh-TW …)."""
    code = language_code.lower().replace("_", "-")
    if code.split("-")[0] != "zh":
        return "en"
    return "zh-Hant" if re.search(r"-(hant|tw|hk|mo)\b", code) and "hans" not in code else "zh-Hans"
