"""Rasa custom actions: thin, one module a subject, each calling one service."""

from __future__ import annotations

import pkgutil
from importlib import import_module
from inspect import isabstract

from actions.base import AccordAction
from bot.bootstrap import Services


def all_actions(services: Services) -> list[AccordAction]:
    """One of every action that has a name, from every module of this package."""
    found = {
        kind
        for module in pkgutil.iter_modules(__path__)
        for kind in vars(import_module(f"{__name__}.{module.name}")).values()
        if isinstance(kind, type) and issubclass(kind, AccordAction) and kind.action_name and not isabstract(kind)
    }
    return [kind(services) for kind in sorted(found, key=lambda kind: kind.action_name)]
