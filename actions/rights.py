"""What somebody may ask for about their data and about what a machine decided; and documents that a lender issues."""

from __future__ import annotations

from actions.base import Reply, Turn, VerifiedAction, identity_reply
from actions.nobody_there import case_facts, if_alone
from bot.services.cases import CaseOpened

# What a case is about by the request that opens it.
RIGHTS = {
    "request_data_access": "access",
    "request_correction": "correction",
    "request_data_deletion": "erasure",
    "ask_explanation": "explanation",
    "object_to_automation": "objection",
}


class RequestAction(VerifiedAction):
    """Takes a request as a case at once, and asks who it is from: what follows must not go to the wrong person."""

    def about(self, turn: Turn) -> str | None:
        """What the case is about."""
        return None

    def perform(self, turn: Turn) -> list[Reply]:
        case = self.services.cases.open(turn.conversation_id, turn.intent, self.about(turn))
        told = self.tell(turn, case)
        if case.holds:
            facts = case_facts(self.services, case)
            return [*told, Reply("utter_case_held", facts), *if_alone(case, facts)]
        if self.services.identity.is_verified(turn.conversation_id):
            return [*told, Reply("utter_case_noted", self.facts(case))]
        self.services.conversations.remember_wish(turn.conversation_id, turn.intent, turn.entities, turn.text)
        step = self.services.identity.start(turn.conversation_id, turn.text, turn.entities)
        return [*told, Reply("utter_request_taken", self.facts(case)), identity_reply(step)]

    def tell(self, turn: Turn, case: CaseOpened) -> list[Reply]:
        """What is said of the request itself."""
        return [Reply(f"utter_case_{turn.intent}")]

    def facts(self, case: CaseOpened) -> dict[str, object]:
        return {"reference": case.reference, "answer_by": case.answer_by}


class ActionRight(RequestAction):
    """Access, correction, erasure, explanation of a machine's decision, objection to it."""

    action_name = "action_right"
    intents = tuple(RIGHTS)

    def about(self, turn: Turn) -> str | None:
        return RIGHTS[turn.intent]

    def tell(self, turn: Turn, case: CaseOpened) -> list[Reply]:
        explained = self._explained(turn) if turn.intent == "ask_explanation" else []
        return [*explained, *super().tell(turn, case)]

    def _explained(self, turn: Turn) -> list[Reply]:
        """Which facts count and which never do; where the borrower is proven, by which policy the last offer came."""
        replies = [Reply("utter_explanation_facts")]
        if not self.services.identity.is_verified(turn.conversation_id):
            return replies
        last = self.services.privacy.explain(turn.conversation_id)
        if last is None:
            return [*replies, Reply("utter_explanation_no_offer")]
        facts = {
            "kind": Reply(f"utter_word_kind_{last.kind}"),
            "made_on": last.made_on,
            "policy": last.policy,
            "version": last.version,
            "group": last.group,
        }
        return [*replies, Reply("utter_explanation_offer", facts)]


class ActionRequestDocument(RequestAction):
    """Takes the wish for a document; says which there are and how long they take."""

    action_name = "action_request_document"
    intents = ("request_document",)

    def tell(self, turn: Turn, case: CaseOpened) -> list[Reply]:
        documents = self.services.parts.lender.documents
        if not documents:
            return super().tell(turn, case)
        rows = [Reply("utter_part_document", {"name": row.name, "days": row.within_days}) for row in documents]
        return [Reply("utter_documents", {"documents": rows})]
