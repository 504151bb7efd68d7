"""Hard cases: handing over to a person, and what must be said when it happens."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import Any, cast

from actions.base import AccordAction, Reply, Turn, identity_reply
from actions.negotiation import ActionAgree, heard_hardship
from actions.nobody_there import case_facts, if_alone
from bot.bootstrap import Services
from bot.domain.handover import About
from bot.nlu.answers import NOTED, QUESTION
from bot.nlu.safety import safety_reader
from bot.services.cases import DISPUTES, CaseOpened
from bot.services.conversations import SILENCE, Choice
from bot.services.identity import DENIED

# Cases about which everything is said at once; nobody else has to wait for an answer.
SAID_IN_ONE = ("express_distress", "wrong_person", "third_party")
# Whoever writes is not the borrower: nobody is asked who they are, and where they wrote from is flagged.
NOT_THE_BORROWER = ("wrong_person", "third_party")
# What "it's not me" sounds like to the model alone.
DENYING = ("dispute_debt", "report_fraud")
# Cases in which proving who one is stops everything on the account at once; nobody has to.
BETTER_PROVEN = ("dispute_debt", "claim_already_paid", "report_fraud", "report_bankruptcy", "legal_representation")
# Disputes in which the borrower is sent what the amount is made of.
ITEMISED = ("dispute_debt", "claim_already_paid", "report_fraud")
# Wishes that are often told together with the reason for them, which is heard, too.
WISHES = ("request_human", "request_callback")
# Makes sure of what was said before: "still no reminders, right".
MAKES_SURE = re.compile(r"\b(?:right|correct)\W*\Z|[对對是][吧吗嗎]", re.IGNORECASE)
# Said by whoever has nothing to do with the borrower.
KNOWS_NOBODY = re.compile(
    r"\bwrong (?:number|person)\b|\b(?:don'?t|do not|never) (?:know|heard|met)\b|\bno idea who\b"
    r"|打错|打錯|找错|找錯|搵錯"
    r"|(?:不|唔|没|沒)(?:认识|認識|识|識)|没听(?:说|过)|沒聽(?:說|過)",
    re.IGNORECASE,
)
# How many insults a person takes over after.
PATIENCE = 3
PERSON = Choice("utter_button_person", "request_human")
YES_NO = (Choice("utter_button_person_yes", "affirm"), Choice("utter_button_person_no", "deny"))
WHICH = tuple(
    Choice(f"utter_button_dispute_{about}", reason, ({"entity": "about", "value": about},))
    for about, reason in DISPUTES.items()
)
WHY_NOT = (
    Choice("utter_button_see_terms", "request_plan"),
    Choice("utter_button_cannot_afford", "cannot_pay"),
    Choice("utter_button_not_right", "dispute_debt"),
    Choice("utter_button_no_trust", "question_legitimacy"),
    PERSON,
)


def is_bereavement(services: Services, turn: Turn) -> bool:
    """Whether a death is told by the borrower, as the reason for their own trouble."""
    told = turn.intent == "report_death" and turn.hardship == "bereavement"
    return told and services.identity.is_verified(turn.conversation_id)


def is_settled(services: Services, turn: Turn) -> bool:
    """Whether a proven borrower owes nothing: there is nothing to refuse, and what was paid has arrived."""
    proven = services.identity.is_verified(turn.conversation_id)
    return proven and services.accounts.picture(turn.conversation_id).status == "settled"


def says_yes(turn: Turn) -> bool:
    """Whether a yes to what was read back stands beside something else, with no other terms."""
    return turn.stage == "confirming" and turn.agrees and turn.value("money") is None and turn.value("date") is None


def says_so(services: Services, turn: Turn, reason: str) -> bool:
    """Whether somebody says in plain words, or by the button, that they are not the borrower."""
    zone = services.parts.handover.opening_hours.time_zone
    title, _ = services.parts.say(f"utter_means_{reason}", {}, turn.language, None, zone, 0)
    return turn.text == title or reason in safety_reader().words(turn.text)


def open_case(services: Services, turn: Turn, reason: str) -> list[Reply]:
    """Opens a case, or adds the reason to the open one, and says what it means for the borrower."""
    told = services.cases.reasons(turn.conversation_id)
    if reason in DENYING and "wrong_person" in told and reason not in safety_reader().words(turn.text):
        reason = "wrong_person"  # "I told you it's not me", said once more
    if reason == "wrong_person" and "third_party" in told:
        # Whoever wrote for the borrower and says once more that they are somebody else does know them.
        reason = reason if KNOWS_NOBODY.search(turn.text) else "third_party"
    about = about_of(services, turn, reason) if reason in DISPUTES.values() else None
    case = services.cases.open(turn.conversation_id, reason, about)
    facts = case_facts(services, case)
    replies = [Reply(f"utter_case_{reason}", facts)]
    if reason in NOT_THE_BORROWER:
        phones = [e["value"] for e in turn.entities if e["entity"] == "phone" and e.get("value")]
        services.wellbeing.flag_contacts(turn.conversation_id, reason, phones)
        if says_so(services, turn, reason):
            services.identity.withdraw(turn.conversation_id)
        services.conversations.ask(turn.conversation_id, DENIED)
    if reason in SAID_IN_ONE:
        return replies
    body = services.parts.lender.complaint_body(case.country) if reason == "complain" else None
    if body is not None:
        replies.append(Reply("utter_complaint_body", {"body": body}))
    named = "stopped" if case.stops_collection else "held" if case.holds else "noted"
    replies.append(Reply(f"utter_case_{named}", facts))
    replies += if_alone(case, facts)
    asked = dispute_replies(services, turn, case, reason, about) if reason in DISPUTES.values() else []
    if named == "noted" and turn.stage == "start":  # a colleague has to know whose wish it is
        replies.append(identity_reply(services.identity.start(turn.conversation_id, turn.text, turn.entities)))
    unproven = services.parts.handover.reasons[reason].stops_collection and not case.stops_collection
    proof = invite(services, turn) if reason in BETTER_PROVEN and unproven else []
    return [*replies, *asked, *proof]


def about_of(services: Services, turn: Turn, reason: str) -> About | None:
    """What a dispute is about: by the button that was tapped, by the case's reason, by the borrower's words."""
    tapped = turn.value("about")
    if tapped in DISPUTES:
        return cast(About, tapped)
    if reason != "dispute_debt":
        return next(about for about, named in DISPUTES.items() if named == reason)
    said = services.parts.handover.about(turn.text)
    return said if said is not None and DISPUTES[said] == reason else None


def dispute_replies(services: Services, turn: Turn, case: CaseOpened, reason: str, about: About | None) -> list[Reply]:
    """What the amount is made of, once, for whoever has proven to be the borrower; what is checked, or which it is."""
    first = case.proven and reason in ITEMISED and not set(ITEMISED) & (set(case.reasons) - {reason})
    replies = itemisation(services, turn) if first else []
    if about is None and case.about is None:
        return [*replies, Reply("utter_dispute_which", choices=WHICH)]
    return [*replies, Reply(f"utter_dispute_{about or case.about}")]


def itemisation(services: Services, turn: Turn) -> list[Reply]:
    """What the books show of a disputed debt, component by component; it asks for nothing."""
    picture = services.accounts.picture(turn.conversation_id)
    name = "utter_dispute_itemised_paid" if picture.last_payment else "utter_dispute_itemised"
    return [Reply(name, picture.facts() | particulars(services, turn, disputed=True))]


def particulars(services: Services, turn: Turn, disputed: bool = False) -> dict[str, Any]:
    """The fact for whose debt it is and until when it can be disputed; empty where the law does not want it said."""
    notice = services.disclosures.of_debt(turn.conversation_id, disputed)
    parts = [Reply(f"utter_disclosure_{part}", notice.facts) for part in notice.parts] if notice else []
    return {"particulars": parts}


def invite(services: Services, turn: Turn) -> list[Reply]:
    """Says what proving who one is would do; what the message itself holds of it is taken."""
    if turn.stage == "passcode":  # the code that is on its way still counts
        services.conversations.ask(turn.conversation_id, "passcode")
    step = services.identity.start(turn.conversation_id, turn.text, turn.entities)
    return [] if step.outcome == "locked" else [Reply("utter_case_prove"), identity_reply(step)]


def what_follows(services: Services, turn: Turn) -> list[Any]:
    """What happens while a debt stays unpaid, by the lender's data; of courts nothing where the law may bar it."""
    follows = services.parts.lender.consequences
    steps = [
        Reply("utter_part_consequence_step", {"days": step.from_days, "what": step.what}) for step in follows.steps
    ]
    legal = follows.legal if services.wellbeing.may_name_law(turn.conversation_id) else None
    return [text for text in (follows.costs, *steps, follows.outside_team, legal) if text is not None]


class ActionHandOver(AccordAction):
    """Opens a case for the reason that the intent names and says what happens next, and when."""

    action_name = "action_hand_over"
    # What is often asked for beside terms, and only noted for a colleague.
    answers = tuple(NOTED)

    def answer(self, turn: Turn) -> list[Reply]:
        proven = self.services.identity.is_verified(turn.conversation_id)
        return open_case(self.services, turn, turn.intent) if proven else []

    def perform(self, turn: Turn) -> list[Reply]:
        rules = self.services.parts.handover.reasons
        reason = turn.intent
        if turn.stage == "offered_person" and turn.intent not in rules:
            wish = self.services.conversations.take_wish(turn.conversation_id) or {}
            reason = wish["intent"] if wish.get("intent") in rules else "request_human"
        if reason == "claim_already_paid" and is_settled(self.services, turn):
            return [Reply("utter_balance_settled")]
        replies = open_case(self.services, turn, reason)
        told = turn.hardship
        if told and (reason in WISHES or (told != "other" and not rules[reason].stops_collection)):
            self.services.wellbeing.note_hardship(turn.conversation_id, told)
            return [heard_hardship(turn), *replies]
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
    """Asks once for the reason behind a refusal; after a second one says plainly what can follow, and stops."""

    action_name = "action_refusal"

    def perform(self, turn: Turn) -> list[Reply]:
        if self.services.wellbeing.is_held(turn.conversation_id):
            return [Reply("utter_negotiation_held", choices=[PERSON])]
        if is_settled(self.services, turn):
            return [Reply("utter_negotiation_settled")]
        if self.services.conversations.refused(turn.conversation_id) == 1:
            # A no to this question is the second one, not a no to options that were open before.
            self.services.conversations.ask(turn.conversation_id, "")
            return [Reply("utter_refusal_heard", choices=WHY_NOT)]
        return [*self._what_can_follow(turn), *open_case(self.services, turn, "refuse_to_pay")]

    def _what_can_follow(self, turn: Turn) -> list[Reply]:
        """The lender's own words on it; nothing to whom nothing may be revealed."""
        if not self.services.identity.is_verified(turn.conversation_id):
            return []
        told = what_follows(self.services, turn)
        return [Reply("utter_refusal_follows", {"told": told})] if told else []


class ActionStopContact(AccordAction):
    """Stops every message that nobody asked for, at once; that is confirmed once, then there is silence. Whoever asks
    whether it is so is told. A yes to what was read back, said in the same breath, counts."""

    action_name = "action_stop_contact"

    def perform(self, turn: Turn) -> list[Reply]:
        first = self.services.wellbeing.stop_contact(turn.conversation_id)
        proven, agree = self.services.identity.is_verified(turn.conversation_id), ActionAgree(self.services)
        agreed = agree.words(turn, agree.step(turn))[:1] if proven and says_yes(turn) else []
        asks = QUESTION.search(turn.text) or MAKES_SURE.search(turn.text)
        said = Reply("utter_contact_stopped" if first or asks else SILENCE)
        return [*agreed, said, *self.beside(turn)]


class ActionAbuse(AccordAction):
    """Stays calm after an insult and answers what is asked in it, then says where the line is; then a person comes."""

    action_name = "action_abuse"

    def perform(self, turn: Turn) -> list[Reply]:
        times = self.services.conversations.insulted(turn.conversation_id)
        if times < PATIENCE:
            calm = Reply("utter_abuse" if times == 1 else "utter_abuse_boundary", choices=[PERSON])
            return [calm, *self.beside(turn)]
        return open_case(self.services, replace(turn, intent="abuse"), "abuse")
