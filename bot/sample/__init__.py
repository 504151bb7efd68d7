"""The sample portfolio: sixty invented borrowers, some with a history."""

from __future__ import annotations

from datetime import date, timedelta
from importlib.resources import files
from typing import Any

from bot.bootstrap import Services
from bot.services.sample_history import SampleHistory

# The file's due dates are as of this day; they are shifted so that the sample is as late on any day as on this one.
AS_OF = date(2026, 11, 21)

# What happened before the first start: terms that were agreed, a plan that was broken, a debt that is disputed.
AGREED: dict[str, list[dict[str, Any]]] = {
    "AC-20422": [{"entity": "instalments", "value": 4}, {"entity": "frequency", "value": "monthly"}],
    "AC-20559": [{"entity": "instalments", "value": 6}, {"entity": "frequency", "value": "monthly"}],
}
BROKEN = "AC-20559"
DISPUTED = "AC-20833"


def load_sample(services: Services) -> int:
    """Loads the sample into an empty ledger; returns the count of accounts."""
    text = files("bot.sample").joinpath("portfolio.csv").read_text(encoding="utf-8")
    shift = services.parts.now().date() - AS_OF
    imported = services.portfolio.import_text(text, "sample portfolio", timedelta(days=shift.days))
    history = SampleHistory(services.parts, services.accounts, services.negotiation, services.cases)
    for number, entities in AGREED.items():
        history.agree(number, entities)
    history.break_plan(BROKEN)
    history.dispute(DISPUTED)
    return imported.added
