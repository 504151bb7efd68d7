"""Negotiating: offers, the borrower's own terms, the yes."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import ClassVar

from actions.base import AccordAction, Reply, Turn, VerifiedAction, identity_reply
from actions.budget_question import BUDGET, budget_question
from actions.feedback import feedback_question
from actions.nobody_there import case_facts, if_alone
from bot.bootstrap import Services
from bot.domain.negotiation import Wish
from bot.domain.proposal import EVERYTHING
from bot.nlu.answers import refuses_plainly
from bot.nlu.replies import DECLINES, TOO_MUCH, rather
from bot.services.conversations import Choice
from bot.services.negotiation import Step, StoredOffer
from bot.services.terms_words import answers_to, describe, read_back

# Below this certainty a message is no clear yes, and the terms are read back once more.
CLEAR = 0.4
# Whoever pays while a plan runs pays what is due, unless they speak of all that is left.
ALL_THAT_IS_LEFT = re.compile(
    EVERYTHING.pattern + r"|\b(?:whole|entire|remain\w*|the rest|early|finish)\b|剩下|提前|全", re.IGNORECASE
)
PERSON = Choice("utter_button_person", "request_human")
NEXT_STEPS = (
    Choice("utter_button_plans", "request_plan"),
    Choice("utter_button_pay_now", "pay_now"),
    PERSON,
)
PLAN_STEPS = (
    Choice("utter_button_change_plan", "modify_plan"),
    Choice("utter_button_pause", "request_deferral"),
    PERSON,
)
# What can be done about an agreement; ending it is for a person.
CHANGES = (
    Choice("utter_button_pause", "request_deferral"),
    Choice("utter_button_end_plan", "cancel_plan"),
    PERSON,
)
HOURS = tuple(
    Choice(f"utter_button_{name}", "name_hour", ({"entity": "time_of_day", "value": value},))
    for name, value in (("morning", "09:00"), ("noon", "12:30"), ("evening", "18:00"))
)
# What ends a negotiation here and goes to a person, by the reason that the case has.
CASES = {
    "final": "no_agreement",
    "awaiting": "plan_approval",
    "unaffordable": "unaffordable",
    "beyond_change": "modify_plan",
}


def next_steps(services: Services, turn: Turn) -> tuple[Choice, ...]:
    """What can be done next; while a person looks into the account, only to talk to one."""
    return NEXT_STEPS[-1:] if services.wellbeing.is_held(turn.conversation_id) else NEXT_STEPS


def options_reply(step: Step, preface: str | None = None, further: Sequence[Choice] = ()) -> list[Reply]:
    """The options on the table, each with its button, and further ways on."""
    if not step.offers:
        return [Reply("utter_ask_terms", choices=[PERSON])]
    name = preface or ("utter_options" if len(step.offers) > 1 else "utter_one_option")
    if preface is None and (step.countered or step.improved):
        name = "utter_counter" if step.countered else "utter_options_better"
    if preface is None and step.clarifying:
        name = "utter_clarify"
    facts = {"options": [describe(o.terms, o.option) for o in step.offers]}
    name = "utter_counter_one" if name == "utter_counter" and len(step.offers) == 1 else name
    choices = [
        Choice(
            "utter_button_option",
            "select_option",
            ({"entity": "option", "value": o.option},),
            o.id,
            {"number": o.option},
        )
        for o in step.offers
    ]
    replies = [Reply(name, facts, [*choices, Choice("utter_button_other", "ask_better_offer"), *further, PERSON])]
    return [Reply("utter_last_offer"), *replies] if step.last else replies


def read_back_reply(offer: StoredOffer) -> Reply:
    """An offer read back in full; a clear yes agrees to it."""
    return read_back(offer.terms, [*answers_to(offer.id), PERSON])


def rhythm_question(name: str, step: Step) -> Reply:
    """Whether an amount that was named alone is meant each month or once."""
    amount = str(step.facts["amount"].amount)
    monthly = (
        {"entity": "money", "value": amount, "role": "per_instalment"},
        {"entity": "frequency", "value": "monthly"},
    )
    once = ({"entity": "money", "value": amount, "role": "lump_sum"},)
    choices = [
        Choice("utter_button_monthly", "propose_plan", monthly),
        Choice("utter_button_once", "promise_payment", once),
        PERSON,
    ]
    return Reply(name, step.facts, choices)


def heard_hardship(turn: Turn) -> Reply:
    """The words for the reason that somebody told; they acknowledge it and nothing more."""
    return Reply(f"utter_hardship_{turn.hardship or 'other'}")


class NegotiationAction(VerifiedAction):
    """Turns a step of the negotiation into words."""

    preface: str | None = None

    def step(self, turn: Turn) -> Step:
        """The one call of the negotiation service."""
        raise NotImplementedError

    def perform_verified(self, turn: Turn) -> list[Reply]:
        replies = [*self.beside(turn), *self.words(turn, self.step(turn))]
        reason = turn.hardship
        if reason is None:
            return replies
        self.services.wellbeing.note_hardship(turn.conversation_id, reason)
        return [heard_hardship(turn), *replies]

    def _further(self, turn: Turn, step: Step) -> list[Choice]:
        """The way to a plan that fits, for whoever is shown one and has not said what is left each month."""
        plans = any(offer.terms.kind == "plan" for offer in step.offers)
        return [BUDGET] if plans and not self.services.affordability.known(turn.conversation_id) else []

    def words(self, turn: Turn, step: Step) -> list[Reply]:
        if step.state == "options":
            return options_reply(step, self.preface, self._further(turn, step))
        if step.state == "read_back":
            return [read_back_reply(step.offers[0])]
        if step.state == "reconsider":
            return [Reply("utter_what_to_change", choices=[Choice("utter_button_other", "ask_better_offer"), PERSON])]
        if step.state == "agreed":
            asked = feedback_question(self.services, turn.conversation_id, "plan", step.offers[0].id)
            return [*agreed_replies(step), *asked]
        if step.state == "which":
            return [Reply("utter_which_option"), *options_reply(step, "utter_resume_options")]
        if step.state == "expired":
            return [Reply("utter_offer_expired"), *(options_reply(step) if step.offers else [])]
        if step.state in CASES:
            case = self.services.cases.open(turn.conversation_id, CASES[step.state])
            facts = case_facts(self.services, case)
            terms = {"terms": describe(step.offers[0].terms)} if step.offers else {}
            return [Reply(f"utter_negotiation_{step.state}", {**facts, **terms}), *if_alone(case, facts)]
        if step.state == "ask_rhythm":
            return [rhythm_question("utter_negotiation_ask_rhythm", step)]
        if step.state == "nothing_open":
            return [Reply("utter_negotiation_nothing_open", choices=NEXT_STEPS)]
        if step.state == "ask_change":
            return [Reply("utter_negotiation_ask_change", choices=CHANGES)]
        if step.state == "plan_runs":
            picture = self.services.accounts.picture(turn.conversation_id)
            return [Reply("utter_plan_runs", picture.facts(), PLAN_STEPS)]
        return [Reply(f"utter_negotiation_{step.state}", step.facts, [PERSON] if step.state != "settled" else [])]


def agreed_replies(step: Step) -> list[Reply]:
    """What was agreed, with its schedule; after a single payment the hour that suits is asked, once."""
    terms = step.offers[0].terms
    name = "utter_agreed_promise" if terms.kind == "promise" else "utter_agreed"
    if step.needs_approval:
        name = "utter_agreed_for_approval"
    schedule = [row.as_json() for row in terms.schedule]
    replies = [Reply(name, {"terms": describe(terms), "schedule": schedule})]
    if terms.kind == "promise" and not terms.at_time:
        replies.append(Reply("utter_ask_hour", choices=HOURS))
    return replies


class OfferAction(NegotiationAction):
    """Puts the bot's own offers on the table; terms that the borrower named along with the wish are answered."""

    wish: Wish = "plan"
    named: ClassVar[tuple[str, ...]] = ("money", "instalments", "duration")

    def step(self, turn: Turn) -> Step:
        if any(turn.value(kind) is not None for kind in self.named):
            return self.services.negotiation.consider(turn.id, turn.entities, wish=self.wish, said=turn.text)
        step = self.services.negotiation.offer(turn.id, self.wish)
        if step.state == "plan_runs" and self.wish == "deferral":
            return self.services.negotiation.change(turn.id, "pause", turn.entities, turn.text)
        return step


class ActionOfferPlans(OfferAction):
    """Offers the plans that the policy allows."""

    action_name = "action_offer_plans"
    intents = ("request_plan",)


class ActionOfferWaiver(OfferAction):
    """Offers the reduction that the policy allows for quick settlement."""

    action_name = "action_offer_waiver"
    intents = ("request_waiver",)
    wish = "waiver"
    named = ()


class ActionOfferDeferral(OfferAction):
    """Offers more time inside the policy."""

    action_name = "action_offer_deferral"
    intents = ("request_deferral",)
    wish = "deferral"
    named = ("money",)

    def step(self, turn: Turn) -> Step:
        if turn.stage == "planned" and turn.value("date") is not None:  # another day for what was agreed
            return self.services.negotiation.change(turn.id, "change", turn.entities, turn.text)
        return super().step(turn)


class ActionPayNow(NegotiationAction):
    """Offers to settle today, or takes the sum that was named."""

    action_name = "action_pay_now"
    intents = ("pay_now",)

    def step(self, turn: Turn) -> Step:
        agrees = turn.stage == "confirming" and turn.agrees
        if agrees or turn.value("money") is not None or turn.value("percentage") is not None:
            return self.services.negotiation.consider(turn.id, turn.entities, today=True, agrees=agrees, said=turn.text)
        step = self.services.negotiation.pay_all(turn.id, turn.entities, turn.text)
        if step.state == "plan_runs" and ALL_THAT_IS_LEFT.search(turn.text):
            return self.services.negotiation.change(turn.id, "settle", [])
        return step

    def words(self, turn: Turn, step: Step) -> list[Reply]:
        if step.state == "plan_runs":  # what is due is paid, not all of it
            lender, picture = self.services.parts.lender, self.services.accounts.picture(turn.conversation_id)
            methods = {"payment_methods": lender.payment_methods}
            return [Reply("utter_next_payment", picture.facts()), Reply("utter_ask_payment_methods", methods)]
        if step.state == "options" and len(step.offers) == 1:
            step = self.services.negotiation.choose(turn.id, 1)
        return super().words(turn, step)


class ActionConsiderTerms(NegotiationAction):
    """Answers terms that the borrower named."""

    action_name = "action_consider_terms"
    intents = ("propose_plan",)

    def step(self, turn: Turn) -> Step:
        return self.services.negotiation.consider(
            turn.id,
            turn.entities,
            agrees=turn.agrees,
            refuses=refuses_plainly(turn.text) or rather(DECLINES, turn.reply),
            too_much=rather(TOO_MUCH, turn.reply),
            said=turn.text,
        )


class ActionNameAmount(NegotiationAction):
    """Asks what an amount that was named alone is meant as."""

    action_name = "action_name_amount"
    intents = ("name_amount",)

    def step(self, turn: Turn) -> Step:
        return self.services.negotiation.name_amount(turn.id, turn.entities)


class ActionConsiderPromise(NegotiationAction):
    """Answers a single payment that the borrower promises."""

    action_name = "action_consider_promise"
    intents = ("promise_payment",)

    def step(self, turn: Turn) -> Step:
        step = self.services.negotiation.consider(
            turn.id, turn.entities, single=True, agrees=turn.agrees, said=turn.text
        )
        if step.state == "plan_runs" and ALL_THAT_IS_LEFT.search(turn.text):
            return self.services.negotiation.change(turn.id, "settle", turn.entities, turn.text)
        return step


class ActionChoose(NegotiationAction):
    """Takes the option that was picked and reads it back."""

    action_name = "action_choose"

    def step(self, turn: Turn) -> Step:
        return self.services.negotiation.choose(turn.id, None, turn.value("offer"), turn.entities)


class ActionAgree(NegotiationAction):
    """Records the clear yes to what was read back."""

    action_name = "action_agree"

    def perform_verified(self, turn: Turn) -> list[Reply]:
        standing = self.services.negotiation.standing(turn.conversation_id)
        if turn.confidence < CLEAR and standing.state == "read_back":
            return [read_back_reply(standing.offers[0])]
        return super().perform_verified(turn)

    def step(self, turn: Turn) -> Step:
        return self.services.negotiation.agree(turn.id, turn.value("offer"))


class ActionReopen(NegotiationAction):
    """Goes back to the table after a no to what was read back."""

    action_name = "action_reopen"

    def step(self, turn: Turn) -> Step:
        return self.services.negotiation.reopen(turn.id)


class ActionImprove(NegotiationAction):
    """Answers "no" or "not good enough" with the next round, or with a person after the last."""

    action_name = "action_improve"

    def step(self, turn: Turn) -> Step:
        if turn.value("money") is not None:  # "no, 90 is all I can do"
            return self.services.negotiation.consider(turn.id, turn.entities, said=turn.text)
        return self.services.negotiation.improve(turn.id)


class ActionChangePlan(NegotiationAction):
    """Reads a running plan back as the borrower wants it changed; what is beyond the bot goes to a person."""

    action_name = "action_change_plan"
    intents = ("modify_plan",)

    def words(self, turn: Turn, step: Step) -> list[Reply]:
        if step.state == "ask_change":
            return [Reply("utter_change_of_mind", choices=CHANGES)]
        return super().words(turn, step)

    def step(self, turn: Turn) -> Step:
        step = self.services.negotiation.change(turn.id, "change", turn.entities, turn.text)
        if step.state == "nothing_open" and any(turn.value(kind) is not None for kind in ("money", "frequency")):
            return self.services.negotiation.consider(turn.id, turn.entities, said=turn.text)
        return step


class ActionSetAside(AccordAction):
    """Closes what is open because the borrower would rather leave it; nobody is pressed, and the way back is open."""

    action_name = "action_set_aside"

    def perform(self, turn: Turn) -> list[Reply]:
        if not self.services.identity.is_verified(turn.conversation_id):
            return [Reply("utter_leave_it")]
        if turn.stage == "planned":
            self.services.conversations.ask(turn.conversation_id, "")
            return [Reply("utter_stays_agreed")]
        step = self.services.negotiation.set_aside(turn.id)
        if step.state != "set_aside":
            return [Reply("utter_leave_it")]
        kept = self.services.accounts.picture(turn.conversation_id).next_due is not None
        return [Reply("utter_change_set_aside" if kept else "utter_negotiation_set_aside")]


class ActionHoldOn(AccordAction):
    """Gives somebody time; what is open stays open."""

    action_name = "action_hold_on"

    def perform(self, turn: Turn) -> list[Reply]:
        step = self.services.negotiation.standing(turn.conversation_id)
        if "until" in step.facts:
            return [Reply("utter_hold_on_until", step.facts)]
        return [Reply("utter_hold_on")]


class ActionNameHour(VerifiedAction):
    """Keeps the hour at which somebody wants to pay what they promised, and the channel for the reminder."""

    action_name = "action_name_hour"
    intents = ("name_hour",)

    def perform_verified(self, turn: Turn) -> list[Reply]:
        hour, channel = turn.value("time_of_day"), turn.value("channel")
        promise = self.services.negotiation.name_hour(turn.id, hour, channel)
        if promise is None:
            return [Reply("utter_stays_agreed")]
        asked = feedback_question(self.services, turn.conversation_id, "plan", f"hour:{turn.id}")
        return [Reply("utter_hour_noted", {"terms": describe(promise)}), *asked]


class ActionResume(AccordAction):
    """Takes up again what was open before a question came between."""

    action_name = "action_resume"

    def perform(self, turn: Turn) -> list[Reply]:
        if turn.stage in ("identifying", "passcode"):
            return [identity_reply(self.services.identity.start(turn.conversation_id))]
        asked = self.services.affordability.standing(turn.conversation_id)
        if asked is not None:
            return [budget_question(asked)]
        step = self.services.negotiation.standing(turn.conversation_id)
        if step.state == "read_back":
            return [read_back_reply(step.offers[0])]
        if step.state == "options":
            return options_reply(step, "utter_resume_options")
        if step.state == "lapsed":
            anew = self.services.negotiation.offer(turn.id, "plan")
            return [Reply("utter_offers_lapsed"), *ActionOfferPlans(self.services).words(turn, anew)]
        if step.state == "ask_rhythm":
            return [rhythm_question("utter_resume_ask_rhythm", step)]
        if step.state == "ask_change":
            return [Reply("utter_negotiation_ask_change", choices=CHANGES)]
        if step.state in ("ask_amount", "ask_date"):
            return [Reply(f"utter_resume_{step.state}")]
        return []


class ActionRepeat(ActionResume):
    """Says again what is open, or what can be done."""

    action_name = "action_repeat"

    def perform(self, turn: Turn) -> list[Reply]:
        if said := super().perform(turn):
            return said
        if self.services.identity.is_verified(turn.conversation_id):
            return [Reply("utter_ask_help")]
        return [Reply("utter_ask_help"), identity_reply(self.services.identity.start(turn.conversation_id))]
