"""Questions about the account: how much, of what, until when, what was paid."""

from __future__ import annotations

from typing import ClassVar

from actions.base import Reply, Turn, VerifiedAction
from bot.bootstrap import Services
from bot.services.accounts import Picture
from bot.services.conversations import Choice

NEXT_STEPS = (
    Choice("utter_button_plans", "request_plan"),
    Choice("utter_button_pay_now", "pay_now"),
    Choice("utter_button_person", "request_human"),
)


def next_steps(services: Services, turn: Turn) -> tuple[Choice, ...]:
    """What can be done next; while a person looks into the account, only to talk to one."""
    return NEXT_STEPS[-1:] if services.wellbeing.is_held(turn.conversation_id) else NEXT_STEPS


class AccountAction(VerifiedAction):
    """Says something about the account; while a person looks into it, only that; once it is settled, only that.

    ``of_the_past``: it is told of a settled account, too.
    """

    of_the_past: ClassVar[bool] = False

    def perform_verified(self, turn: Turn) -> list[Reply]:
        picture = self.services.accounts.picture(turn.conversation_id)
        if picture.status == "held":
            return [Reply("utter_balance_held")]
        if picture.status == "settled" and not self.of_the_past:
            return [Reply("utter_balance_settled")]
        return self.tell(turn, picture)

    def tell(self, turn: Turn, picture: Picture) -> list[Reply]:
        """What is said of an account that is open to talk."""
        raise NotImplementedError


class ActionBalance(AccountAction):
    """Says what is owed."""

    action_name = "action_balance"
    intents = ("ask_balance",)

    def tell(self, turn: Turn, picture: Picture) -> list[Reply]:
        names = {
            "in_plan": "utter_balance_in_plan",
            "promised": "utter_balance_promised",
        }
        default = "utter_balance_overdue" if picture.days_past_due > 0 else "utter_balance_current"
        busy = turn.stage in ("negotiating", "confirming", "budget")
        offer_steps = picture.status in ("overdue", "current") and not busy
        return [
            Reply(names.get(picture.status, default), picture.facts(), NEXT_STEPS if offer_steps else ()),
        ]


class ActionBreakdown(AccountAction):
    """Says what the amount is made of."""

    action_name = "action_breakdown"
    intents = ("ask_balance_breakdown",)

    def tell(self, turn: Turn, picture: Picture) -> list[Reply]:
        return [Reply("utter_breakdown", picture.facts())]


class ActionDueDate(AccountAction):
    """Says when the next payment is due."""

    action_name = "action_due_date"
    intents = ("ask_due_date",)

    def tell(self, turn: Turn, picture: Picture) -> list[Reply]:
        if picture.next_due is not None:
            return [Reply("utter_next_payment", picture.facts())]
        name = "utter_due_date_past" if picture.days_past_due > 0 else "utter_due_date_ahead"
        return [Reply(name, picture.facts())]


class ActionPaymentHistory(AccountAction):
    """Says which payments have arrived."""

    action_name = "action_payment_history"
    intents = ("ask_payment_history",)
    of_the_past = True

    def tell(self, turn: Turn, picture: Picture) -> list[Reply]:
        if not picture.last_payment:
            return [Reply("utter_no_payments")]
        return [Reply("utter_last_payment", picture.facts())]


class ActionPlanStatus(AccountAction):
    """Says where an agreed plan or promise stands."""

    action_name = "action_plan_status"
    intents = ("ask_plan_status", "ask_minimum_payment")

    def tell(self, turn: Turn, picture: Picture) -> list[Reply]:
        if picture.schedule:
            return [Reply("utter_plan_status", picture.facts())]
        if picture.next_due is not None:
            return [Reply("utter_next_payment", picture.facts())]
        return [Reply("utter_no_plan", picture.facts(), NEXT_STEPS)]
