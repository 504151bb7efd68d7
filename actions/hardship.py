"""Hearing why somebody cannot pay: it is acknowledged, and what helps is offered without a figure or a demand."""

from __future__ import annotations

from typing import Any

from actions.base import AccordAction, Reply, Turn, VerifiedAction
from actions.budget_question import BUDGET
from actions.handover import is_bereavement, open_case
from actions.negotiation import ActionConsiderPromise, ActionConsiderTerms, heard_hardship
from bot.services.conversations import Choice

PERSON = Choice("utter_button_person", "request_human")
WAYS = {
    "pause": Choice("utter_button_pause", "request_deferral"),
    "smaller": Choice("utter_button_smaller", "request_plan"),
    "budget": BUDGET,
    "person": PERSON,
}
# Smaller payments under a plan that runs are a change of it.
SMALLER_PLAN = Choice("utter_button_smaller", "modify_plan")
PAYING = {"promise_payment", "pay_now"}


class ActionHearHardship(VerifiedAction):
    """Hears a reason, keeps it as a flag, and offers what helps; terms named along with it are answered."""

    action_name = "action_hear_hardship"
    intents = ("report_hardship",)

    def perform(self, turn: Turn) -> list[Reply]:
        replies = super().perform(turn)
        if self.services.identity.is_verified(turn.conversation_id):
            return replies
        if len(replies) == 1:  # nobody can identify here today
            return [self.heard(turn), *replies]
        return [self.heard(turn), Reply("utter_hardship_identity"), *replies[1:]]

    def take_up(self, turn: Turn) -> list[Reply]:
        """Goes on after identity; the reason was acknowledged before."""
        return self._help(turn, Reply("utter_hardship_back"))

    def perform_verified(self, turn: Turn) -> list[Reply]:
        return self._help(turn, self.heard(turn))

    def heard(self, turn: Turn) -> Reply:
        """The words that acknowledge what was told."""
        return heard_hardship(turn)

    def reason(self, turn: Turn) -> str | None:
        """The reason to keep as a flag."""
        return turn.hardship or "other"

    def _help(self, turn: Turn, first: Reply) -> list[Reply]:
        reason = self.reason(turn)
        if reason is not None:
            self.services.wellbeing.note_hardship(turn.conversation_id, reason)
        status = self.services.accounts.picture(turn.conversation_id).status
        if status == "held":
            return [first, Reply("utter_negotiation_held", choices=[PERSON])]
        if status == "settled":
            return [first, Reply("utter_negotiation_settled")]
        if status == "agreed":
            return [first, Reply("utter_negotiation_waits_for_approval", choices=[PERSON])]
        if _names_terms(turn):
            single = bool(PAYING & set(turn.purposes)) and turn.value("frequency") is None
            considers = ActionConsiderPromise if single else ActionConsiderTerms
            action = considers(self.services)
            return [first, *action.words(turn, action.step(turn))]
        helps = [*self._what_helps(turn, reason or "other"), self._ways(turn, reason or "other", status)]
        return [first, *self.beside(turn), *helps]

    def _what_helps(self, turn: Turn, reason: str) -> list[Reply]:
        """Help from outside for the reason in the borrower's country, and free advice."""
        country = self.services.wellbeing.country(turn.conversation_id)
        helps: list[Any] = list(self.services.parts.hardship.helps(reason, country))[:1]
        advice = self.services.parts.lender.advice(country)
        if advice is not None:
            helps.append(Reply("utter_debt_advice", {"advice": advice}))
        return [Reply("utter_hardship_help", {"help": helps})] if helps else []

    def _ways(self, turn: Turn, reason: str, status: str) -> Reply:
        """The ways on, as buttons; figures come only once one was chosen."""
        running = status in ("in_plan", "promised")
        ways = self.services.parts.hardship.ways_on(reason)
        choices = [SMALLER_PLAN if way == "smaller" and running else WAYS[way] for way in ways]
        return Reply("utter_hardship_ways", choices=choices)


class ActionHearCannotPay(ActionHearHardship):
    """Takes it as it is that somebody has nothing to pay with, and offers what helps; no reason is asked for."""

    action_name = "action_hear_cannot_pay"
    intents = ("cannot_pay",)

    def heard(self, turn: Turn) -> Reply:
        return Reply("utter_cannot_pay")

    def reason(self, turn: Turn) -> str | None:
        return turn.hardship


class ActionHearDeath(AccordAction):
    """Hears of a death: of the borrower, a case for a person; told by the borrower as their own trouble, a hardship."""

    action_name = "action_hear_death"

    def perform(self, turn: Turn) -> list[Reply]:
        if is_bereavement(self.services, turn):
            return ActionHearHardship(self.services).perform(turn)
        return open_case(self.services, turn, "report_death")


def _names_terms(turn: Turn) -> bool:
    """Whether terms stand beside the reason; an amount that was earned or lost is none."""
    money = [e for e in turn.entities if e["entity"] == "money" and e.get("value") is not None]
    offered = {"propose_plan", *PAYING} & set(turn.purposes)
    return any(e.get("role") for e in money) or bool(money and offered)
