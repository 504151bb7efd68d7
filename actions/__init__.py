"""Rasa custom actions: thin, one module a subject, each calling one service."""

from __future__ import annotations

from inspect import isabstract

from actions import accounts, affordability, conversation, handover, hardship, identity, negotiation
from actions.base import AccordAction
from bot.bootstrap import Services


def all_actions(services: Services) -> list[AccordAction]:
    """One of every action that has a name."""
    found = {
        kind
        for module in (accounts, affordability, conversation, handover, hardship, identity, negotiation)
        for kind in vars(module).values()
        if isinstance(kind, type) and issubclass(kind, AccordAction) and kind.action_name and not isabstract(kind)
    }
    return [kind(services) for kind in sorted(found, key=lambda kind: kind.action_name)]
