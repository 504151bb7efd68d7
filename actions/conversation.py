"""Holding a conversation: not understanding, languages, what comes next."""

from __future__ import annotations

from dataclasses import replace

from actions.accounts import ActionBalance
from actions.base import AccordAction, Reply, Turn, identity_reply
from actions.handover import ActionHandOver, ActionRefusal
from actions.negotiation import (
    CHANGES,
    ActionChangePlan,
    ActionOfferPlans,
    ActionResume,
    next_steps,
)
from actions.nobody_there import case_facts, if_alone
from bot.services.conversations import Choice

MISUNDERSTANDINGS = 3
# Where terms are open and a question that nobody has to answer at once.
OPEN = ("negotiating", "confirming")
# What a yes means after a question that was asked in passing.
OFFERED: dict[str, type[AccordAction]] = {
    "utter_no_plan": ActionOfferPlans,
    "utter_negotiation_nothing_open": ActionOfferPlans,
    "utter_plan_runs": ActionChangePlan,
    "utter_negotiation_no_authority": ActionHandOver,
}
# After these a bare no takes back what was just agreed.
AGREED = ("utter_agreed", "utter_agreed_promise", "utter_agreed_for_approval")


class ActionNotUnderstood(AccordAction):
    """Asks which of two close readings was meant, or says that it was not understood; the third time in a row a
    person takes over."""

    action_name = "action_not_understood"

    def perform(self, turn: Turn) -> list[Reply]:
        times = self.services.conversations.misunderstood(turn.conversation_id)
        if times >= MISUNDERSTANDINGS:
            case = self.services.cases.open(turn.conversation_id, "not_understood")
            facts = case_facts(self.services, case)
            return [Reply("utter_case_not_understood", facts), *if_alone(case, facts)]
        person = Choice("utter_button_person", "request_human")
        if turn.close and times == 1 and (turn.stage != "start" or turn.heard):
            meant = [Choice(f"utter_means_{name}", name, tuple(turn.entities)) for name in turn.close]
            return [Reply("utter_did_you_mean", choices=meant if len(meant) > 1 else [*meant, person])]
        if turn.stage == "start":
            asked = identity_reply(self.services.identity.start(turn.conversation_id))
            return [Reply("utter_not_understood_start", {"lender": self.services.parts.lender.name}), asked]
        waiting = ActionResume(self.services).perform(turn) if turn.stage == "confirming" else []
        if turn.intent == "out_of_scope" and waiting:
            return [Reply("utter_out_of_scope"), *waiting]
        if turn.intent == "out_of_scope" and turn.stage in OPEN:
            return [Reply("utter_out_of_scope"), Reply("utter_stays_open", choices=[person])]
        if turn.intent == "out_of_scope":
            known = times > 1 and self.services.identity.is_verified(turn.conversation_id)
            return [Reply("utter_out_of_scope", choices=next_steps(self.services, turn) if known else [person])]
        if times == 1:
            return [Reply("utter_not_understood", choices=[] if waiting else [person]), *waiting]
        if turn.stage in OPEN and (resumed := waiting or ActionResume(self.services).perform(turn)):
            return [Reply("utter_not_understood_open"), *resumed]
        return [Reply("utter_not_understood_again", choices=next_steps(self.services, turn))]


class ActionSwitchLanguage(AccordAction):
    """Goes on in the language that was asked for."""

    action_name = "action_switch_language"

    def perform(self, turn: Turn) -> list[Reply]:
        named = [e["value"] for e in turn.entities if e["entity"] == "language" and e["value"] != turn.language]
        tapped = [e["value"] for e in turn.entities if e["entity"] == "language" and "start" not in e]
        spoken = turn.spoken or turn.language
        if tapped:
            wanted = tapped[-1]
        elif named and named[-1] != spoken:
            wanted = named[-1]
        elif turn.language != spoken:  # the wish itself is written in the language that is wanted
            wanted = turn.language
        else:
            wanted = "zh-Hans" if turn.language == "en" else "en"
        self.services.conversations.speak(turn.conversation_id, wanted, fixed=True)
        return [Reply("utter_language_switched")]


class ActionGoOn(AccordAction):
    """Answers a yes or no that nothing was asked for: says what can be done next."""

    action_name = "action_go_on"

    def perform(self, turn: Turn) -> list[Reply]:
        last = self.services.conversations.said_last(turn.conversation_id)
        declined = turn.intent in ("deny", "reject_offer")
        if last == "utter_refusal_heard" and declined:
            return ActionRefusal(self.services).perform(turn)
        if last in OFFERED and not declined:
            return OFFERED[last](self.services).perform(replace(turn, intent="request_human"))
        if turn.stage == "planned":
            if declined and last in AGREED:
                return [Reply("utter_change_of_mind", choices=CHANGES)]
            return [Reply("utter_stays_agreed")]
        if self.services.identity.is_verified(turn.conversation_id):
            return [Reply("utter_leave_it")] if declined else self._next_steps(turn)
        return [identity_reply(self.services.identity.start(turn.conversation_id))]

    def _next_steps(self, turn: Turn) -> list[Reply]:
        """What can be done next; nothing about paying where nothing is asked for."""
        if self.services.accounts.picture(turn.conversation_id).status in ("settled", "held"):
            return [Reply("utter_go_on")]
        return [Reply("utter_what_next", choices=next_steps(self.services, turn))]


class ActionGreetAgain(AccordAction):
    """Greets somebody whose identity is proven."""

    action_name = "action_greet_again"

    def perform(self, turn: Turn) -> list[Reply]:
        if turn.stage in ("verified", "planned"):
            return [Reply("utter_greet"), *ActionBalance(self.services).answer(turn)]
        return [Reply("utter_greet")]


class ActionStaysOpen(AccordAction):
    """Returns thanks or a goodbye in the middle of something; what was open stays open, and nobody is pressed."""

    action_name = "action_stays_open"

    def perform(self, turn: Turn) -> list[Reply]:
        return [Reply(f"utter_{turn.intent}_open")]
