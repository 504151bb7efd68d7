"""The questions of the short budget, as they are put and taken up again."""

from __future__ import annotations

from actions.base import Reply
from bot.services.affordability import BudgetStep
from bot.services.conversations import Choice

BUDGET = Choice("utter_button_budget", "work_out_budget")
SKIP = Choice("utter_button_budget_skip", "leave_budget")


def budget_question(step: BudgetStep) -> Reply:
    """The question that is open."""
    return Reply(f"utter_budget_ask_{step.item}", choices=[SKIP])
