"""Proving who one is."""

from __future__ import annotations

from dataclasses import replace

from actions.accounts import (
    ActionBalance,
    ActionBreakdown,
    ActionCancelPlan,
    ActionDueDate,
    ActionPaymentHistory,
    ActionPlanStatus,
)
from actions.affordability import ActionWorkOutBudget
from actions.base import AccordAction, Reply, Turn, VerifiedAction, identity_reply
from actions.handover import open_case
from actions.hardship import ActionHearCannotPay, ActionHearHardship
from actions.negotiation import (
    ActionChangePlan,
    ActionConsiderPromise,
    ActionConsiderTerms,
    ActionOfferDeferral,
    ActionOfferPlans,
    ActionOfferWaiver,
    ActionPayNow,
    ActionResume,
)
from actions.questions import ActionMinimumPayment
from actions.rights import ActionRequestDocument, ActionRight
from bot.bootstrap import Services
from bot.nlu.answers import BIRTH
from bot.nlu.moves import LACKS_DETAILS, folded

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
    ActionMinimumPayment,
    ActionRight,
    ActionRequestDocument,
)


def wish_beside(turn: Turn) -> str | None:
    """What is wanted beside a greeting or one's details: terms that are named, or a purpose of a first message."""
    named = {e["entity"] for e in turn.entities if e["value"] is not None}
    if {"money", "frequency"} <= named or named & {"instalments", "duration"}:
        return "propose_plan"
    known = {intent for action in TAKEN_UP for intent in action.intents}
    if LACKS_DETAILS.search(folded(turn.text)):
        known.discard("cannot_pay")
    return next((p for p in turn.purposes if p in known), None) if turn.stage == "start" else None


def keep_wish(services: Services, turn: Turn) -> None:
    """Keeps what is wanted beside until identity is proven."""
    wish = wish_beside(turn)
    if wish is not None:
        services.conversations.remember_wish(turn.conversation_id, wish, turn.entities, turn.text)


class ActionIdentify(AccordAction):
    """Takes a piece of identification and asks for the next, or goes on with what was wanted."""

    action_name = "action_identify"

    def perform(self, turn: Turn) -> list[Reply]:
        keep_wish(self.services, turn)
        step = self.services.identity.identify(turn.conversation_id, turn.text, turn.entities)
        if step.outcome == "await_passcode" and BIRTH.search(turn.text):
            # "Sorry, born in 1991 not 1990": only the whole date can be checked.
            return [Reply("utter_identity_ask_birth_date")]
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
        # Whoever only wants instalments goes on with those that were open.
        goes_on = wish is None or (wish["intent"] == "request_plan" and not wish["entities"])
        if goes_on and (open_terms := ActionResume(self.services).perform(replace(turn, stage="verified"))):
            return open_terms
        wanted = next((a for a in TAKEN_UP if wish and wish["intent"] in a.intents), ActionBalance)
        if wish:
            return wanted(self.services).take_up(replace(turn, **wish))
        missed = self.services.accounts.missed(turn.conversation_id)
        said = [Reply(f"utter_{missed[0]}_missed", missed[1])] if missed else []
        return [*said, *wanted(self.services).take_up(turn)]


class ActionWelcome(AccordAction):
    """Opens the conversation: who is talking, and who is asked."""

    action_name = "action_welcome"

    def perform(self, turn: Turn) -> list[Reply]:
        keep_wish(self.services, turn)
        step = self.services.identity.start(turn.conversation_id)
        lender = self.services.parts.lender.name
        return [Reply("utter_welcome", {"lender": lender}), identity_reply(step)]


class ActionAskIdentity(AccordAction):
    """Asks for whatever piece of identification is missing."""

    action_name = "action_ask_identity"

    def perform(self, turn: Turn) -> list[Reply]:
        return [identity_reply(self.services.identity.start(turn.conversation_id))]
