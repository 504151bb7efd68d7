"""What is said while a person has the conversation: little, but distress, a stop and a graver case are heard."""

from __future__ import annotations

import re
from typing import cast

from actions.base import Reply, Turn, identity_reply
from actions.conversation import ActionSwitchLanguage
from actions.handover import ITEMISED, NOT_THE_BORROWER, is_bereavement, itemisation, open_case
from actions.negotiation import CLEAR, agreed_replies, heard_hardship, read_back_reply
from actions.nobody_there import case_facts, way_out
from actions.rights import RIGHTS
from bot.bootstrap import Services
from bot.domain.handover import About
from bot.nlu.answers import QUESTION
from bot.nlu.safety import safety_reader
from bot.services.cases import DISPUTES, DISTRESS, CaseOpened
from bot.services.conversations import SILENCE, Choice

# What is added to a case that is open already, and answered in words of its own.
GRAVE = (
    "underage",
    "report_death",
    "report_fraud",
    "dispute_debt",
    "claim_already_paid",
    "report_bankruptcy",
    "legal_representation",
    "wrong_person",
    "third_party",
    "complain",
)
# What the model alone is not trusted with once collection is stopped.
MILDER = ("dispute_debt", "claim_already_paid", "complain")
IDENTITY_STAGES = ("start", "identifying", "passcode")
THANKING = ("thank", "goodbye")
# Answers to terms that were read back.
YES, NO = ("affirm", "accept_offer"), ("deny", "reject_offer")
# Asks whether distress was meant where the model only thinks so.
ARE_YOU_SAFE = "utter_held_are_you_safe"
# Thanks for what was said before that question, and no yes to it: 好的，那我等通知，谢谢.
NO_ANSWER = re.compile(
    r"(?!.*\b(?:yes|yeah|yep|please)\b)(?!\W*(?:是|係|嗯|对|對|要|需要|请|請|救)).*"
    r"(?:\bthank|\bcheers\b|\bwait(?:ing)?\b|谢|謝|唔該|等(?:你|您|通知|消息|回))",
    re.IGNORECASE | re.DOTALL,
)


class WhileHeld:
    """Answers a message in a conversation that a person has; the message itself is kept for them."""

    def __init__(self, services: Services) -> None:
        self.services = services

    def perform(self, turn: Turn) -> list[Reply]:
        """The replies, by what was heard. Raises UnknownCase where nobody has the conversation."""
        heard = (turn.intent, *turn.heard)
        case = self.services.cases.current(turn.conversation_id)
        if DISTRESS in heard and DISTRESS not in case.reasons:
            return open_case(self.services, turn, DISTRESS)
        if DISTRESS in case.reasons:
            return self._stop(turn, case) if "stop_contact" in heard else [self._comfort(case)]
        asked = self.services.conversations.said_last(turn.conversation_id) == ARE_YOU_SAFE
        if asked and turn.intent == "affirm" and not NO_ANSWER.match(turn.text):
            return open_case(self.services, turn, DISTRESS)
        replies = self._answer(turn, case, heard)
        return [*replies, self._are_they_safe(case)] if DISTRESS in turn.close else replies

    def _answer(self, turn: Turn, case: CaseOpened, heard: tuple[str, ...]) -> list[Reply]:
        if "stop_contact" in heard:
            return self._stop(turn, case)
        if turn.intent == "switch_language" and any("start" not in e for e in turn.entities):  # a button, no words
            return ActionSwitchLanguage(self.services).perform(turn)
        to_terms = turn.stage == "confirming" or turn.value("offer") is not None
        if to_terms and not any(self._is_graver(intent, turn, case) for intent in heard):
            answered = self._to_terms(turn, case)
            if answered is not None:
                return answered
        about = self._which(turn, case)
        if about is not None:
            return self._what_it_is_about(turn, case, about)
        new = next((intent for intent in heard if self._is_graver(intent, turn, case)), None)
        if new is not None and not is_bereavement(self.services, turn):
            return open_case(self.services, turn, new)
        if turn.intent in RIGHTS and turn.intent not in case.reasons:
            self.services.cases.open(turn.conversation_id, turn.intent, RIGHTS[turn.intent])
            return [Reply(f"utter_case_{turn.intent}"), Reply("utter_held", case_facts(self.services, case))]
        if "report_death" in case.reasons:
            return [Reply("utter_held_death", case_facts(self.services, case))]
        if turn.stage in IDENTITY_STAGES and turn.intent == "provide_identity":
            return self._identify(turn)
        return self._noted(turn, case)

    def _to_terms(self, turn: Turn, case: CaseOpened) -> list[Reply] | None:
        """The answer to a yes or a no to terms that a person put to the borrower; None for everything else, which is
        for that person."""
        if turn.intent in YES:
            return self._agree(turn)
        if turn.intent in NO and self.services.casework.decline(turn.id):
            return [Reply("utter_held_refused", case_facts(self.services, case))]
        return None

    def _agree(self, turn: Turn) -> list[Reply] | None:
        """A yes counts as it does with the bot: by a button, or a clear one right after the terms were read back."""
        if not self.services.identity.is_verified(turn.conversation_id):  # the proof has run out meanwhile
            return [Reply("utter_identity_first"), identity_reply(self.services.identity.start(turn.conversation_id))]
        standing = self.services.negotiation.standing(turn.conversation_id)
        if turn.confidence < CLEAR and standing.state == "read_back":
            return [read_back_reply(standing.offers[0])]
        step = self.services.casework.accept(turn.id, turn.value("offer"))
        if step.state == "agreed":
            return agreed_replies(step)[:1]
        if step.state == "read_back":
            return [read_back_reply(step.offers[0])]
        return [Reply("utter_offer_expired")] if step.state == "expired" else None

    def _is_graver(self, intent: str, turn: Turn, case: CaseOpened) -> bool:
        """Whether something new comes to the case. What is added to a dispute often sounds like another one, and what a
        proven borrower says of others like somebody else: that counts only if plain words say so."""
        rules = self.services.parts.handover.reasons
        if intent not in GRAVE or intent in case.reasons:
            return False
        if intent in turn.close:
            return False  # only thought to be meant: whoever has the conversation reads it
        if intent in NOT_THE_BORROWER and "report_death" in case.reasons:
            return False  # whoever tells of a death is somebody else
        if intent in MILDER and any(rules[reason].stops_collection for reason in case.reasons):
            return intent in safety_reader().words(turn.text)  # nothing more to stop, and a person reads it anyway
        if intent in NOT_THE_BORROWER and case.proven:
            return intent in safety_reader().words(turn.text)
        disputes = set(DISPUTES.values())
        if intent not in disputes or not disputes & set(case.reasons):
            return True
        said = self.services.parts.handover.about(turn.text)
        return said is not None and DISPUTES[said] == intent

    def _are_they_safe(self, case: CaseOpened) -> Reply:
        """Asks beside an answer whether distress was meant, where the model only thinks so."""
        choices = [Choice(f"utter_means_{DISTRESS}", DISTRESS), Choice("utter_button_i_am_safe", "deny")]
        return Reply(ARE_YOU_SAFE, case_facts(self.services, case), choices=choices)

    def _comfort(self, case: CaseOpened) -> Reply:
        """To somebody in distress nothing else is said until a person says it."""
        return Reply("utter_held_distress", case_facts(self.services, case))

    def _stop(self, turn: Turn, case: CaseOpened) -> list[Reply]:
        first = self.services.wellbeing.stop_contact(turn.conversation_id)
        if DISTRESS in case.reasons:
            confirmed = [Reply("utter_no_more_messages")] if first else []
            return [*confirmed, self._comfort(case)]
        if not first and not QUESTION.search(turn.text):
            return [Reply(SILENCE)]
        return [Reply("utter_held_contact_stopped", case_facts(self.services, case))]

    def _which(self, turn: Turn, case: CaseOpened) -> About | None:
        """What a dispute is about, by a message that says so for the first time: a button, words, "the second"."""
        if "dispute_debt" not in case.reasons or case.about is not None:
            return None
        number = turn.value("option")
        if isinstance(number, int) and 0 < number <= len(DISPUTES):
            return list(DISPUTES)[number - 1]
        tapped = turn.value("about")
        return cast(About, tapped) if tapped in DISPUTES else self.services.parts.handover.about(turn.text)

    def _what_it_is_about(self, turn: Turn, case: CaseOpened, about: About) -> list[Reply]:
        self.services.cases.open(turn.conversation_id, DISPUTES[about], about)
        return [Reply(f"utter_dispute_{about}"), Reply("utter_held", case_facts(self.services, case))]

    def _identify(self, turn: Turn) -> list[Reply]:
        """Takes a piece of identification; once all is proven, the case gets its account, and what it stops stops."""
        step = self.services.identity.identify(turn.conversation_id, turn.text, turn.entities)
        if step.outcome != "verified":
            return [identity_reply(step)]
        if self.services.wellbeing.is_underage(turn.conversation_id):
            return open_case(self.services, turn, "underage")
        case = self.services.cases.identified(turn.conversation_id)
        name = "utter_case_stopped" if case.stops_collection else "utter_case_held"
        replies = [identity_reply(step), Reply(name, case_facts(self.services, case))]
        if set(ITEMISED) & set(case.reasons):
            replies += itemisation(self.services, turn)
        standing = self.services.negotiation.standing(turn.conversation_id)
        if standing.state == "read_back":  # what a person put to whoever would prove to be the borrower
            replies.append(read_back_reply(standing.offers[0]))
        return replies

    def _noted(self, turn: Turn, case: CaseOpened) -> list[Reply]:
        facts = case_facts(self.services, case)
        asks = turn.intent == "request_human" or self.services.parts.handover.asking_when.stand_in(turn.text)
        if case.late or asks:
            self.services.cases.asked_after(turn.conversation_id)
            return [Reply("utter_held_late" if case.late else "utter_held_when", facts, way_out(case))]
        hardship = turn.intent == "report_hardship" or is_bereavement(self.services, turn)
        if hardship:
            self.services.wellbeing.note_hardship(turn.conversation_id, turn.hardship or "other")
        if case.taken and case.acknowledged and turn.intent != "bot_challenge":
            return [Reply(SILENCE)]  # two people talk with each other
        disputed = set(ITEMISED) & set(case.reasons) and self.services.identity.is_verified(turn.conversation_id)
        if turn.intent == "ask_balance_breakdown" and disputed:
            return [*itemisation(self.services, turn), Reply("utter_held", facts)]
        if turn.intent in ("bot_challenge", "abuse"):
            return [Reply(f"utter_held_{turn.intent}", facts)]
        if turn.intent in THANKING:
            return [Reply("utter_held_thanks", facts)]
        if hardship:
            return [heard_hardship(turn), Reply("utter_held", facts)]
        return [Reply("utter_held", facts)]
