"""Reading the files of `policies/`: checked, with their version, or refused with one sentence a problem."""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import Any, Generic, TypeVar

import structlog
from pydantic import BaseModel, ValidationError
from ruamel.yaml import YAML
from ruamel.yaml.error import YAMLError

from bot.policy_problems import Problem, of_values, of_yaml

log = structlog.get_logger()
Model = TypeVar("Model", bound=BaseModel)


class BadPolicy(ValueError):
    """A file of `policies/` that cannot be used; each problem names the file, the line, the key and what is allowed."""

    def __init__(self, problems: list[Problem]) -> None:
        self.problems = problems
        super().__init__("\n".join(str(problem) for problem in problems))


def version_of(content: bytes) -> str:
    """By what name this very content of a file is known on offers and in the audit chain."""
    return hashlib.sha256(content).hexdigest()[:16]


def read_bytes(path: Path) -> bytes:
    """The content of a file. Raises BadPolicy."""
    try:
        return path.read_bytes()
    except FileNotFoundError:
        raise BadPolicy([Problem(path.name, 0, "", f"is missing from {path.parent}")]) from None
    except OSError as error:
        raise BadPolicy([Problem(path.name, 0, "", f"cannot be read: {error.strerror}")]) from None


def read_yaml(name: str, content: bytes) -> tuple[str, Any]:
    """The text of a file and its data. Raises BadPolicy with the line where it is no YAML."""
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = content[: error.start].count(b"\n") + 1
        raise BadPolicy([Problem(name, line, "", "is not UTF-8; save the file in that encoding")]) from None
    try:
        return text, YAML(typ="safe", pure=True).load(text)
    except (YAMLError, ValueError, RecursionError) as error:
        raise BadPolicy([of_yaml(name, text, error)]) from None


def read_policy_file(path: Path, model: type[Model]) -> Model:
    """Reads and checks one YAML file of `policies/`. Raises BadPolicy with one sentence a problem."""
    content = read_bytes(path)
    text, data = read_yaml(path.name, content)
    # The version is what the content is, never what the file says it is.
    known = {"version": version_of(content)} if "version" in model.model_fields else {}
    errors: list[Any] = []
    if isinstance(data, dict) and known.keys() & data.keys():
        data = {key: value for key, value in data.items() if key not in known}
        errors += [{"type": "extra_forbidden", "loc": (key,)} for key in known]
    try:
        read = model.model_validate(data)
    except ValidationError as error:
        errors += error.errors()
    except RecursionError:
        raise BadPolicy([Problem(path.name, 0, "", "an anchor (&) stands inside of what it marks")]) from None
    if errors:
        raise BadPolicy(of_values(path.name, text, model, errors))
    return read.model_copy(update=known)


class Rereading(Generic[Model]):
    """A policy as its file stands now; a file that turns bad while running is refused and reported.

    Raises BadPolicy at the first reading of a file that is bad from the beginning.
    """

    def __init__(self, path: Path, model: type[Model]) -> None:
        self.path = path
        self.model = model
        self.refused: BadPolicy | None = None  # why the file on disk is not the policy in force
        self._held: tuple[tuple[int, int], Model] | None = None

    def __call__(self) -> Model:
        stat = self.path.stat() if self.path.exists() else None
        stamp = (stat.st_mtime_ns, stat.st_size) if stat else (0, 0)
        if self._held is None or self._held[0] != stamp:
            self._held = (stamp, self._read())
        return self._held[1]

    def _read(self) -> Model:
        try:
            policy = read_policy_file(self.path, self.model)
        except BadPolicy as error:
            if self._held is None:
                raise
            self.refused = error
            log.error("policy_refused", file=self.path.name, why=str(error))
            return self._held[1]
        self.refused = None
        return policy
