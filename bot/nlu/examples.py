"""The example messages in `data/`, read as they stand there."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from ruamel.yaml import YAML


def read_examples(folder: Path) -> Iterator[tuple[str, str, str]]:
    """(file name, intent, message) of every example in a folder of Rasa's training data."""
    for file in sorted(folder.glob("*.yml")):
        for block in YAML(typ="safe").load(file.read_text(encoding="utf-8"))["nlu"]:
            for line in block["examples"].splitlines():
                if line.startswith("- "):
                    yield file.name, block["intent"], line[2:].strip()


def read_labelled(file: Path) -> Iterator[tuple[str, str]]:
    """(message, label) of every example in a file of messages by label, as `data/reasons.yml` and others are."""
    for label, messages in YAML(typ="safe").load(file.read_text(encoding="utf-8")).items():
        yield from ((str(message), label) for message in messages)
