"""Questions about the account: how much, of what, until when, what was paid."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import ClassVar

from actions.base import Reply, Turn, VerifiedAction
from actions.handover import ActionHandOver, particulars
from actions.negotiation import NEXT_STEPS, ActionResume
from bot.services.accounts import Picture


class AccountAction(VerifiedAction):
    """Says something about the account and takes up again what was open; while a person looks into it, only that; once
    it is settled, only that.

    ``of_the_past``: it is told of a settled account, too.
    """

    of_the_past: ClassVar[bool] = False

    def perform_verified(self, turn: Turn) -> list[Reply]:
        resumed = ActionResume(self.services).perform(replace(turn, stage="verified"))
        told = self.answer(turn) if resumed else self._told(turn, self.tell)
        return [*told, *self.beside(turn), *resumed]

    def answer(self, turn: Turn) -> list[Reply]:
        return self._told(turn, self.tell_in_passing)

    def tell(self, turn: Turn, picture: Picture) -> list[Reply]:
        """What is said of an account that is open to talk."""
        raise NotImplementedError

    def tell_in_passing(self, turn: Turn, picture: Picture) -> list[Reply]:
        """The same where something else follows: nothing is asked and no button is shown."""
        return [replace(reply, choices=()) for reply in self.tell(turn, picture)]

    def _told(self, turn: Turn, how: Callable[[Turn, Picture], list[Reply]]) -> list[Reply]:
        picture = self.services.accounts.picture(turn.conversation_id)
        if picture.status == "held":
            return [Reply("utter_balance_held")]
        if picture.status == "settled" and not self.of_the_past:
            return [Reply("utter_balance_settled")]
        return how(turn, picture)


class ActionBalance(AccountAction):
    """Says what is owed."""

    action_name = "action_balance"
    intents = answers = ("ask_balance",)

    def tell(self, turn: Turn, picture: Picture) -> list[Reply]:
        names = {
            "in_plan": "utter_balance_in_plan",
            "promised": "utter_balance_promised",
            "agreed": "utter_balance_waiting",
        }
        default = "utter_balance_overdue" if picture.days_past_due > 0 else "utter_balance_current"
        steps = NEXT_STEPS if picture.status in ("overdue", "current") else ()
        return [Reply(names.get(picture.status, default), picture.facts(), steps)]

    def tell_in_passing(self, turn: Turn, picture: Picture) -> list[Reply]:
        told = super().tell_in_passing(turn, picture)
        overdue = told[0].response == "utter_balance_overdue"
        return [replace(told[0], response="utter_balance_in_passing")] if overdue else told


class ActionBreakdown(AccountAction):
    """Says what the amount is made of."""

    action_name = "action_breakdown"
    intents = answers = ("ask_balance_breakdown",)

    def tell(self, turn: Turn, picture: Picture) -> list[Reply]:
        return [Reply("utter_breakdown", picture.facts() | particulars(self.services, turn))]

    def tell_in_passing(self, turn: Turn, picture: Picture) -> list[Reply]:
        """Until when it can be disputed is not said in one breath with terms."""
        return [Reply("utter_breakdown", picture.facts() | {"particulars": []})]


class ActionDueDate(AccountAction):
    """Says when the next payment is due."""

    action_name = "action_due_date"
    intents = answers = ("ask_due_date",)

    def tell(self, turn: Turn, picture: Picture) -> list[Reply]:
        if picture.next_due is not None:
            return [Reply("utter_next_payment", picture.facts())]
        name = "utter_due_date_past" if picture.days_past_due > 0 else "utter_due_date_ahead"
        return [Reply(name, picture.facts())]

    def tell_in_passing(self, turn: Turn, picture: Picture) -> list[Reply]:
        """While terms are open, the day on which they would begin may be meant as well."""
        offers = self.services.negotiation.standing(turn.conversation_id).offers
        begin = {offer.terms.schedule[0].due_on for offer in offers}
        if picture.next_due is not None or len(begin) != 1:
            return super().tell_in_passing(turn, picture)
        return [Reply("utter_due_date_of_terms", {"due_date": picture.due_date, "first": begin.pop()})]


class ActionPlanCost(AccountAction):
    """Says whether paying in instalments, or changing them, costs anything beside what is owed."""

    action_name = "action_plan_cost"
    intents = answers = ("ask_plan_cost",)

    def tell(self, turn: Turn, picture: Picture) -> list[Reply]:
        added = self.services.negotiation.added_by_plans(turn.conversation_id)
        if added is None:
            return [Reply("utter_plan_cost_shown")]
        return [Reply("utter_plan_cost_interest", {"added": added}) if added else Reply("utter_plan_cost_none")]


class ActionPaymentHistory(AccountAction):
    """Says which payments have arrived."""

    action_name = "action_payment_history"
    intents = answers = ("ask_payment_history",)
    of_the_past = True

    def tell(self, turn: Turn, picture: Picture) -> list[Reply]:
        if not picture.last_payment:
            return [Reply("utter_no_payments")]
        return [Reply("utter_last_payment", picture.facts())]


class ActionPlanStatus(AccountAction):
    """Says what was agreed and where it stands; that nothing was, where nothing was."""

    action_name = "action_plan_status"
    intents = answers = ("ask_plan_status",)

    def tell(self, turn: Turn, picture: Picture) -> list[Reply]:
        if picture.schedule:
            return [Reply("utter_plan_status", picture.facts())]
        if picture.waiting:
            return [Reply("utter_plan_waiting", picture.facts())]
        if picture.next_due is not None:
            return [Reply("utter_promise_status", picture.facts())]
        return [Reply("utter_no_plan", picture.facts(), NEXT_STEPS)]

    def tell_in_passing(self, turn: Turn, picture: Picture) -> list[Reply]:
        told = super().tell_in_passing(turn, picture)
        return [Reply("utter_nothing_agreed_yet")] if told[0].response == "utter_no_plan" else told


class ActionCancelPlan(VerifiedAction):
    """Hands the ending of what was agreed to a person; where nothing was agreed, says so."""

    action_name = "action_cancel_plan"
    intents = ("cancel_plan",)

    def perform_verified(self, turn: Turn) -> list[Reply]:
        if self.services.accounts.picture(turn.conversation_id).status in ("in_plan", "promised", "agreed"):
            return ActionHandOver(self.services).perform(turn)
        return ActionPlanStatus(self.services).perform(turn)
