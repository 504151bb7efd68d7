"""Requests about one's data and about what a machine decided, heard by the plain words of `policies/requests.yml`.

No message is an example of these for the model; whoever makes one is heard in a conversation alone.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path
from typing import Any

from ruamel.yaml import YAML
from ruamel.yaml.error import YAMLError

from bot.nlu.safety import LONGEST, NEVER, BadSafetyFile, pattern

FILE = Path(__file__).resolve().parents[2] / "policies" / "requests.yml"
REQUESTS = ("object_to_automation", "ask_explanation", "request_data_access", "request_correction")
HEARD = "heard"


class RequestReader:
    """The patterns of the file, compiled, in its order. Raises BadSafetyFile where an intent is no request."""

    def __init__(self, data: Mapping[str, Any]) -> None:
        unknown = sorted(set(data["intents"]) - set(REQUESTS))
        if unknown:
            raise BadSafetyFile(
                f"{FILE.name}: there is no request {', '.join(unknown)}; there are {', '.join(REQUESTS)}"
            )
        self._patterns: dict[str, tuple[re.Pattern[str], re.Pattern[str]]] = {
            intent: (
                pattern(FILE.name, intent, HEARD, rows.get(HEARD)),
                pattern(FILE.name, intent, NEVER, rows.get(NEVER)),
            )
            for intent, rows in data["intents"].items()
        }

    def hear(self, text: str) -> str | None:
        """The request that a message makes, None where it makes none."""
        text = text[:LONGEST]
        for intent, (heard, never) in self._patterns.items():
            if heard.search(text) and not never.search(text):
                return intent
        return None


@lru_cache(maxsize=1)
def request_reader() -> RequestReader:
    """The reader of the installed file, made once a process. Raises BadSafetyFile."""
    try:
        return RequestReader(YAML(typ="safe").load(FILE.read_text(encoding="utf-8")))
    except (YAMLError, KeyError, TypeError, AttributeError) as error:
        raise BadSafetyFile(f"{FILE.name}: {error}") from error
