"""Who works at the desk, and what they may do there."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, get_args

from bot.domain.policy import Role

PersonRole = Literal["agent", "supervisor", "trainer", "auditor", "administrator"]
Right = Literal[
    "see_cases",
    "work",
    "open_fields",
    "decide",
    "assign",
    "lift_hold",
    "merge",
    "reopen",
    "team_replies",
    "figures",
    "people",
    "audit",
]
PERSON_ROLES: tuple[PersonRole, ...] = get_args(PersonRole)
RIGHTS: tuple[Right, ...] = get_args(Right)

# The team that takes what no other one takes; whoever belongs to none sees its cases.
GENERAL = "general"
LONGEST_SIGNATURE = 40

_AGENT: frozenset[Right] = frozenset({"see_cases", "work", "open_fields"})
_RIGHTS: dict[PersonRole, frozenset[Right]] = {
    "agent": _AGENT,
    "supervisor": _AGENT | {"decide", "assign", "lift_hold", "merge", "reopen", "team_replies", "figures"},
    "trainer": frozenset({"figures"}),
    "auditor": frozenset({"see_cases", "open_fields", "figures", "audit"}),
    "administrator": frozenset({"people", "figures"}),
}
# How a right that is missing is said: "Your role, auditor, does not let you …".
_DOING: dict[Right, str] = {
    "see_cases": "see cases",
    "work": "work on cases",
    "open_fields": "open masked fields",
    "decide": "decide on terms that others worked out",
    "assign": "give cases to others",
    "lift_hold": "lift a hold",
    "merge": "merge cases",
    "reopen": "reopen cases",
    "team_replies": "change the replies of a team",
    "figures": "see the figures",
    "people": "look after people",
    "audit": "read the audit chain",
}


class NotAllowed(PermissionError):
    """Somebody may not do something; the message is one clear sentence.

    ``why`` is a code that pages translate: a right, or a word of whoever raises it.
    """

    def __init__(self, why: str, message: str) -> None:
        super().__init__(message)
        self.why = why


@dataclass(frozen=True)
class Actor:
    """Whoever does something at the desk."""

    id: int
    login: str
    name: str
    role: PersonRole
    language: str
    teams: frozenset[str]
    available: bool = True

    @property
    def negotiates_as(self) -> Role | None:
        """By whose authority they agree to terms; None for those who work on no cases."""
        return "supervisor" if self.role == "supervisor" else "agent" if self.role == "agent" else None

    @property
    def signature(self) -> str:
        """How they stand in the audit chain, such as `agent:mei`; a login too long for it is given by its number."""
        named = f"{self.role}:{self.login}"
        return named if len(named) <= LONGEST_SIGNATURE else f"{self.role}:#{self.id}"

    @property
    def sees_all_teams(self) -> bool:
        """Whether cases of every team are theirs to see: an auditor's are."""
        return self.role == "auditor"

    @property
    def sees_teams(self) -> frozenset[str]:
        """The teams whose cases they see, where they do not see those of all."""
        return self.teams or frozenset({GENERAL})

    def may(self, right: Right) -> bool:
        """Whether their role has a right."""
        return right in _RIGHTS[self.role]

    def demand(self, right: Right) -> None:
        """Raises NotAllowed where their role does not have a right."""
        if not self.may(right):
            raise NotAllowed(right, f"Your role, {self.role}, does not let you {_DOING[right]}.")

    def sees(self, team: str) -> bool:
        """Whether cases of a team are theirs to see. A case without a team counts as one of `general`."""
        return self.may("see_cases") and (self.sees_all_teams or (team or GENERAL) in self.sees_teams)
