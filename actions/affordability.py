"""The short budget: its questions, the figures, and what follows from what is left in a month."""

from __future__ import annotations

from actions.base import Reply, Turn, VerifiedAction
from actions.budget_question import budget_question
from actions.negotiation import ActionOfferPlans, ActionResume, heard_hardship, next_steps
from bot.domain.affordability import Budget
from bot.services.affordability import BudgetStep
from bot.services.conversations import Choice

AGAIN = Choice("utter_button_budget_again", "work_out_budget")
# The question for daily life asks after children and medicine itself: to name them is no hardship.
ASKED_AFTER = ("caring", "illness")
PERSON = Choice("utter_button_person", "request_human")


class BudgetAction(VerifiedAction):
    """Turns a step of the form into words."""

    def words(self, turn: Turn, step: BudgetStep) -> list[Reply]:
        if step.state == "given" and step.budget is not None:
            return self._result(turn, step.budget)
        if step.state == "left":
            return self._left(turn)
        if step.state != "asked":
            return [Reply(f"utter_negotiation_{step.state}")]
        if step.problem is not None:
            return [Reply(f"utter_budget_{step.problem}", {"currency": step.currency}), budget_question(step)]
        if step.noted is None:
            return [budget_question(step)]
        name = "utter_budget_corrected" if step.corrected else "utter_budget_noted"
        return [Reply(name, {"amount": step.noted}), budget_question(step)]

    def _left(self, turn: Turn) -> list[Reply]:
        """A kind word, and what was open before or what else can be done."""
        resumed = ActionResume(self.services).perform(turn)
        return [Reply("utter_budget_left", choices=() if resumed else next_steps(self.services, turn)), *resumed]

    def _result(self, turn: Turn, budget: Budget) -> list[Reply]:
        """What is left, and offers inside it; where nothing is left, a person and free advice."""
        facts = {"income": budget.income, "costs": budget.costs, "surplus": budget.surplus}
        if budget.surplus.minor > 0:
            offered = self.services.negotiation.offer(turn.id, "relief")
            return [
                Reply("utter_budget_result", facts, [AGAIN]),
                *ActionOfferPlans(self.services).words(turn, offered),
            ]
        case = self.services.cases.open(turn.conversation_id, "unaffordable")
        facts |= {"reference": case.reference, "answer_by": case.answer_by}
        replies = [Reply("utter_budget_short", facts, [AGAIN, PERSON])]
        advice = self.services.parts.lender.advice(case.country)
        return [*replies, Reply("utter_debt_advice", {"advice": advice})] if advice else replies


class ActionWorkOutBudget(BudgetAction):
    """Begins the form, and says why it is there and that nobody has to fill it in."""

    action_name = "action_work_out_budget"
    intents = ("work_out_budget",)

    def perform_verified(self, turn: Turn) -> list[Reply]:
        step = self.services.affordability.begin(turn.id)
        replies = self.words(turn, step)
        return [Reply("utter_budget_begin"), *replies] if step.item == "income" else replies


class ActionGiveFigure(BudgetAction):
    """Takes a figure and asks for the next; hardship that is told on the way is heard."""

    action_name = "action_give_figure"

    def perform_verified(self, turn: Turn) -> list[Reply]:
        told = "report_hardship" in turn.purposes
        reason = turn.hardship if told else None
        if turn.intent == "report_hardship":
            replies = ActionResume(self.services).perform(turn)
            reason = turn.hardship or "other"
        else:
            step = self.services.affordability.answer(turn.id, turn.entities, turn.text)
            replies = self.words(turn, step)
            if step.item == "debts" and reason in ASKED_AFTER:
                reason = None
        if reason is None:
            return replies
        self.services.wellbeing.note_hardship(turn.conversation_id, reason)
        return [heard_hardship(turn), *replies]


class ActionLeaveBudget(BudgetAction):
    """Takes a no to the questions as it is."""

    action_name = "action_leave_budget"

    def perform_verified(self, turn: Turn) -> list[Reply]:
        return self.words(turn, self.services.affordability.leave(turn.id))
