"""Rasa custom actions: thin, one module a subject, each calling one service."""

from __future__ import annotations

from inspect import isabstract

from actions import (
    accounts,
    affordability,
    conversation,
    feedback,
    handover,
    hardship,
    identity,
    negotiation,
    questions,
    rights,
)
from actions.base import AccordAction
from bot.bootstrap import Services


def all_actions(services: Services) -> list[AccordAction]:
    """One of every action that has a name."""
    modules = (
        accounts,
        affordability,
        conversation,
        feedback,
        handover,
        hardship,
        identity,
        negotiation,
        questions,
        rights,
    )
    found = {
        kind
        for module in modules
        for kind in vars(module).values()
        if isinstance(kind, type) and issubclass(kind, AccordAction) and kind.action_name and not isabstract(kind)
    }
    return [kind(services) for kind in sorted(found, key=lambda kind: kind.action_name)]
