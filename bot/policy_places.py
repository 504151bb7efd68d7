"""Where a value stands in a file of `policies/`: lines by key, through anchors, merges and inherited roles."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import takewhile
from typing import Any, cast

from ruamel.yaml import YAML
from ruamel.yaml.error import YAMLError
from ruamel.yaml.nodes import MappingNode, Node, ScalarNode, SequenceNode

from bot.domain.policy import ROLES, Role

Path = tuple[str | int, ...]
MERGE = "tag:yaml.org,2002:merge"


@dataclass(frozen=True)
class Place:
    """Where a value stands: its line and column, and its keys, as far as the file has them.

    ``whole``: whether all of the keys that were looked for are in the file.
    """

    line: int
    column: int
    keys: Path
    whole: bool


@dataclass(frozen=True)
class _Step:
    key: Node | None
    value: Node
    role: str = ""

    @property
    def mark(self) -> Any:
        """A group of keys begins at its own key, unless it really stands elsewhere, under an anchor."""
        if self.key is None or self.value.start_mark.index == self.value.end_mark.index:
            return (self.key or self.value).start_mark  # a value that was left out has no place of its own
        if isinstance(self.value, ScalarNode) or getattr(self.value, "flow_style", False):
            return self.value.start_mark
        above = self.value.start_mark.line > self.key.start_mark.line
        return (self.key if above else self.value).start_mark


class Places:
    """The lines of one text."""

    def __init__(self, text: str) -> None:
        try:
            self.root = YAML(typ="safe", pure=True).compose(text)
        except (YAMLError, ValueError):
            self.root = None

    def of(self, keys: Path, missing: bool = False) -> Place:
        """Where the value under some keys stands; of a missing one, where the group stands in which it is missing.

        The value of a role that inherits it stands with the role below it.
        """
        steps, found, owner = [_Step(None, self.root)] if self.root else [], list(keys), ""
        depth = 0
        for depth, part in enumerate(keys[:-1] if missing else keys):
            at_role = depth == 3 and (keys[0], keys[2]) == ("segments", "authority") and part in ROLES
            names = ROLES[ROLES.index(cast(Role, part)) :: -1] if at_role else (part,)
            below = [
                _Step(key, value, str(name) if at_role else step.role)
                for step in steps
                for name in names
                for key, value in _children(step.value, name)
            ]
            if not below:
                return self._place(steps, tuple(found[:depth]), whole=False)
            # A group stands on the group below it; anything else replaces it.
            groups = list(takewhile(lambda step: isinstance(step.value, MappingNode), below))
            steps = groups or below[:1]
            owner = (steps[-1] if missing else steps[0]).role
            if owner:
                found[3] = owner
        return self._place(steps[-1:] if missing else steps, tuple(found), whole=bool(steps))

    def key_of(self, keys: Path) -> Place:
        """Where a key itself stands, rather than its value."""
        place = self.of(keys)
        step = _Step(None, self.root)
        for part in place.keys:
            children = list(_children(step.value, part))
            if not children:
                return place
            step = _Step(*children[0])
        mark = step.key.start_mark if step.key else step.value.start_mark
        return Place(mark.line + 1, mark.column, place.keys, place.whole)

    def words(self, keys: Sequence[str | int]) -> str:
        """Keys as people read them: entries of a list by their name, such as ``segments[early].authority.bot``."""
        text, node = "", self.root
        for part in keys:
            value = next((value for _, value in _children(node, part)), None) if node else None
            if isinstance(part, int):
                text += f"[{_name(value) or f'no. {part + 1}'}]"
            else:
                text += f".{part}" if text else part
            node = value
        return text

    @staticmethod
    def _place(steps: Sequence[_Step], keys: Path, whole: bool) -> Place:
        if not steps:
            return Place(1, 0, keys, whole)
        mark = steps[0].mark
        return Place(mark.line + 1, mark.column, keys, whole)


def _children(node: Node, part: Any) -> list[tuple[Node | None, Node]]:
    """The key and the value of a group's key, or an entry of a list; what a group merges counts where it has no own."""
    if isinstance(node, SequenceNode):
        return [(None, node.value[part])] if isinstance(part, int) and part < len(node.value) else []
    if not isinstance(node, MappingNode):
        return []
    own = [(key, value) for key, value in node.value if key.value == str(part)]
    if own:
        return own
    merged = [value for key, value in node.value if key.tag == MERGE]
    several = [entry for value in merged for entry in (value.value if isinstance(value, SequenceNode) else [value])]
    return next((found for entry in several if (found := _children(entry, part))), [])


def _name(node: Node | None) -> str:
    name = next((value for _, value in _children(node, "name")), None) if node else None
    return str(name.value) if isinstance(name, ScalarNode) else ""
