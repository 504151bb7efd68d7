"""Handing over to a person, and what must be said when it happens."""

from __future__ import annotations

from actions.base import AccordAction, Reply, Turn
from bot.services.conversations import SILENCE, Choice

PATIENCE = 3
# Cases about which everything is said at once; nobody else has to wait for an answer.
SAID_IN_ONE = ("express_distress", "wrong_person", "third_party")
YES_NO = (Choice("utter_button_person_yes", "affirm"), Choice("utter_button_person_no", "deny"))


class ActionHandOver(AccordAction):
    """Opens a case for the reason that the intent names and says what happens next, and when."""

    action_name = "action_hand_over"

    def perform(self, turn: Turn) -> list[Reply]:
        rules = self.services.parts.handover.reasons
        if turn.stage == "offered_person" and turn.intent not in rules:
            wish = self.services.conversations.take_wish(turn.conversation_id) or {}
            reason = wish["intent"] if wish.get("intent") in rules else "request_human"
        else:
            reason = turn.intent
        case = self.services.cases.open(turn.conversation_id, reason)
        facts = {
            "reference": case.reference,
            "answer_by": case.answer_by,
            "crisis_line": self.services.parts.lender.crisis_line(case.country),
        }
        replies = [Reply(f"utter_case_{reason}", facts)]
        if case.stops_collection:
            replies.append(Reply("utter_collection_stopped"))
        if reason not in SAID_IN_ONE:
            replies.append(Reply("utter_case_held" if case.holds else "utter_case_noted", facts))
        return replies


class ActionOfferPerson(AccordAction):
    """Asks whether a person should take over."""

    action_name = "action_offer_person"

    def perform(self, turn: Turn) -> list[Reply]:
        self.services.conversations.ask(turn.conversation_id, "person")
        return [Reply("utter_offer_person", choices=YES_NO)]


class ActionDeclinePerson(AccordAction):
    """The borrower would rather go on with the bot."""

    action_name = "action_decline_person"

    def perform(self, turn: Turn) -> list[Reply]:
        self.services.conversations.ask(turn.conversation_id, "")
        return [Reply("utter_go_on")]


class ActionRefusal(AccordAction):
    """Asks once for the reason behind a refusal and shows what is possible; a second refusal goes to a person."""

    action_name = "action_refusal"

    def perform(self, turn: Turn) -> list[Reply]:
        if self.services.conversations.refused(turn.conversation_id) == 1:
            return [Reply("utter_refusal_heard", choices=[Choice("utter_button_person", "request_human")])]
        case = self.services.cases.open(turn.conversation_id, "refuse_to_pay")
        return [Reply("utter_case_refuse_to_pay", {"reference": case.reference, "answer_by": case.answer_by})]


class ActionStopContact(AccordAction):
    """Stops every message that nobody asked for, at once; that is confirmed once, then there is silence."""

    action_name = "action_stop_contact"

    def perform(self, turn: Turn) -> list[Reply]:
        first = self.services.wellbeing.stop_contact(turn.conversation_id)
        return [Reply("utter_contact_stopped" if first else SILENCE)]


class ActionAbuse(AccordAction):
    """Stays calm after an insult; when it goes on, a person takes over."""

    action_name = "action_abuse"

    def perform(self, turn: Turn) -> list[Reply]:
        if self.services.conversations.misunderstood(turn.conversation_id) < PATIENCE:
            return [Reply("utter_abuse", choices=[Choice("utter_button_person", "request_human")])]
        case = self.services.cases.open(turn.conversation_id, "abuse")
        return [Reply("utter_case_abuse", {"reference": case.reference, "answer_by": case.answer_by})]
