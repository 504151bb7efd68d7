"""Proving who one is."""

from __future__ import annotations

from dataclasses import replace

from actions.accounts import (
    ActionBalance,
    ActionBreakdown,
    ActionDueDate,
    ActionPaymentHistory,
    ActionPlanStatus,
)
from actions.affordability import ActionWorkOutBudget
from actions.base import AccordAction, Reply, Turn, VerifiedAction, identity_reply
from actions.handover import open_case
from actions.hardship import ActionHearCannotPay, ActionHearHardship
from actions.negotiation import (
    ActionCancelPlan,
    ActionChangePlan,
    ActionConsiderPromise,
    ActionConsiderTerms,
    ActionOfferDeferral,
    ActionOfferPlans,
    ActionOfferWaiver,
    ActionPayNow,
    ActionResume,
)

# What a borrower may have wanted before identity was proven; it is taken up right afterwards.
TAKEN_UP: tuple[type[VerifiedAction], ...] = (
    ActionBalance,
    ActionBreakdown,
    ActionDueDate,
    ActionPaymentHistory,
    ActionPlanStatus,
    ActionOfferPlans,
    ActionConsiderTerms,
    ActionConsiderPromise,
    ActionPayNow,
    ActionOfferWaiver,
    ActionOfferDeferral,
    ActionHearCannotPay,
    ActionHearHardship,
    ActionWorkOutBudget,
    ActionChangePlan,
    ActionCancelPlan,
)


class ActionIdentify(AccordAction):
    """Takes a piece of identification and asks for the next, or goes on with what was wanted."""

    action_name = "action_identify"

    def perform(self, turn: Turn) -> list[Reply]:
        if turn.value("money") is not None and turn.value("frequency") is not None:
            self.services.conversations.remember_wish(turn.conversation_id, "propose_plan", turn.entities, turn.text)
        step = self.services.identity.identify(turn.conversation_id, turn.text, turn.entities)
        if step.outcome != "verified":
            return [identity_reply(step)]
        self.services.wellbeing.lift_flags(turn.conversation_id)
        if self.services.wellbeing.is_underage(turn.conversation_id):
            return [identity_reply(step), *open_case(self.services, turn, "underage")]
        return [identity_reply(step), *self._disclose(turn), *self._take_up(turn)]

    def _disclose(self, turn: Turn) -> list[Reply]:
        notice = self.services.disclosures.after_identity(turn.conversation_id)
        if notice is None:
            return []
        parts = [Reply(f"utter_disclosure_{part}", notice.facts) for part in notice.parts]
        return [Reply("utter_disclosure", {"parts": parts})]

    def _take_up(self, turn: Turn) -> list[Reply]:
        wish = self.services.conversations.take_wish(turn.conversation_id)
        if wish is None and (open_terms := ActionResume(self.services).perform(replace(turn, stage="verified"))):
            return open_terms
        wanted = next((a for a in TAKEN_UP if wish and wish["intent"] in a.intents), ActionBalance)
        if wish:
            turn = replace(turn, **wish)
        return wanted(self.services).take_up(turn)


class ActionWelcome(AccordAction):
    """Opens the conversation: who is talking, and who is asked."""

    action_name = "action_welcome"

    def perform(self, turn: Turn) -> list[Reply]:
        step = self.services.identity.start(turn.conversation_id)
        lender = self.services.parts.lender.name
        return [Reply("utter_welcome", {"lender": lender}), identity_reply(step)]


class ActionAskIdentity(AccordAction):
    """Asks for whatever piece of identification is missing."""

    action_name = "action_ask_identity"

    def perform(self, turn: Turn) -> list[Reply]:
        return [identity_reply(self.services.identity.start(turn.conversation_id))]
