"""The desk's own words: `words/*.en.yml` and `words/*.zh-Hans.yml`, read once; traditional Chinese by OpenCC."""

from __future__ import annotations

import functools
import re
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

from ruamel.yaml import YAML

from bot.dialogue.words import traditional

LANGUAGES = ("en", "zh-Hans", "zh-Hant")
FOLDER = Path(__file__).with_name("words")
# A text that depends on a number: its forms by CLDR's names; Chinese has one form alone.
FORMS = {"one", "other"}

Entry = str | dict[str, str]


class MissingWords(KeyError):
    """A key that the words files do not have."""


class Texts:
    """Everything that the desk says in one language."""

    def __init__(self, language: str, entries: Mapping[str, Entry]) -> None:
        self.language = language
        self._entries = entries

    def __call__(self, key: str, /, **facts: Any) -> str:
        """A text by its key, ``{name}`` in it filled in; ``count`` picks the form. Raises MissingWords."""
        try:
            entry = self._entries[key]
        except KeyError:
            raise MissingWords(f"the desk has no words for {key}") from None
        if isinstance(entry, dict):
            entry = entry["one"] if facts.get("count") == 1 and "one" in entry else entry["other"]
        return entry.format(**facts) if facts else entry

    def code(self, table: str, code: str) -> str:
        """What a code of the record is called; the code itself where the desk has no word for it."""
        key = f"{table}.{code}"
        return self(key) if key in self._entries else code

    def listed(self, parts: Iterable[str]) -> str:
        """Several things in a row."""
        return (", " if self.language == "en" else "、").join(parts)

    def retold(self, table: str, sentence: str) -> str:
        """What a service says in English, in this language; as it stands where the desk does not know it."""
        for key, pattern in _patterns(table):
            found = pattern.fullmatch(sentence)
            if found is not None:
                facts = found.groupdict()
                return self(key, **{name: self._codes(name, value) for name, value in facts.items()})
        return sentence

    def _codes(self, table: str, value: str) -> str:
        return self.listed(self.code(table, part) for part in value.split(", "))

    def has(self, key: str) -> bool:
        return key in self._entries

    def known(self) -> frozenset[str]:
        return frozenset(self._entries)


@functools.cache
def texts(language: str) -> Texts:
    """The words of a language; English where it is none of the desk's."""
    if language == "zh-Hant":
        return Texts(language, {key: _traditional(entry) for key, entry in _read("zh-Hans").items()})
    return Texts(language, _read(language)) if language in LANGUAGES else texts("en")


@functools.cache
def _patterns(table: str) -> list[tuple[str, re.Pattern[str]]]:
    """The English sentences of a table as patterns, those without facts in them first."""
    found = []
    for key in sorted(texts("en").known()):
        if key.startswith(f"{table}."):
            parts = re.split(r"\{(\w+)\}", texts("en")(key))
            named = [f"(?P<{part}>.+?)" if index % 2 else re.escape(part) for index, part in enumerate(parts)]
            found.append((len(parts), key, re.compile("".join(named))))
    return [(key, pattern) for _, key, pattern in sorted(found, key=lambda row: row[:2])]


def _read(language: str) -> dict[str, Entry]:
    entries: dict[str, Entry] = {}
    for path in sorted(FOLDER.glob(f"*.{language}.yml")):
        for key, entry in _flat(YAML(typ="safe").load(path.read_text(encoding="utf-8")) or {}):
            if key in entries:
                raise ValueError(f"{path.name} says {key} a second time")
            entries[key] = entry
    return entries


def _flat(tree: Mapping[str, Any], above: str = "") -> Iterator[tuple[str, Entry]]:
    for name, value in tree.items():
        key = f"{above}{name}"
        if isinstance(value, Mapping) and not set(value) <= FORMS:
            yield from _flat(value, f"{key}.")
        elif isinstance(value, Mapping):
            yield key, {form: str(text) for form, text in value.items()}
        else:
            yield key, str(value)


def _traditional(entry: Entry) -> Entry:
    if isinstance(entry, dict):
        return {form: traditional(text) for form, text in entry.items()}
    return traditional(entry)
