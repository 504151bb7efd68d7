"""Questions about the lender and what follows, answered from the lender's own data; what is not known is said so."""

from __future__ import annotations

from collections.abc import Callable

from actions.accounts import AccountAction
from actions.base import AccordAction, Reply, Turn
from actions.handover import what_follows
from actions.negotiation import ActionOfferPlans
from bot.bootstrap import Services
from bot.services.accounts import Picture
from bot.services.conversations import Choice

PERSON = Choice("utter_button_person", "request_human")


class ActionExplain(AccordAction):
    """Answers a question about the lender from the lender's own data."""

    action_name = "action_explain"
    answers = (
        "question_legitimacy",
        "ask_data_use",
        "ask_payment_methods",
        "ask_consequences",
        "ask_credit_impact",
        "bot_challenge",
        "ask_help",
    )

    def perform(self, turn: Turn) -> list[Reply]:
        return [*self.answer(turn), *self.beside(turn)]

    def answer(self, turn: Turn) -> list[Reply]:
        return [ANSWERS[turn.intent](self.services, turn)]


def legitimacy(services: Services, turn: Turn) -> Reply:
    """Who the lender is, how that can be checked by a way that is not in this chat, and what is never asked for."""
    lender = services.parts.lender
    registration = lender.registration or Reply("utter_part_registration_unknown")
    facts = {
        "lender": lender.name,
        "contact": lender.contact,
        "known": [text for text in (lender.about, registration, lender.verify) if text is not None],
        "never": lender.never_asked or Reply("utter_part_never_asked"),
    }
    return Reply("utter_question_legitimacy", facts, () if lender.registration else (PERSON,))


def data_use(services: Services, turn: Turn) -> Reply:
    """What data is used for, where the number came from, who sees it."""
    lender = services.parts.lender
    facts = {
        "data_source": lender.data_source,
        "number_source": lender.number_source or Reply("utter_part_number_source_unknown"),
        "seen_by": lender.seen_by or Reply("utter_part_seen_by_unknown"),
    }
    known = lender.number_source is not None and lender.seen_by is not None
    return Reply("utter_ask_data_use", facts, () if known else (PERSON,))


def payment_methods(services: Services, turn: Turn) -> Reply:
    """How to pay, and how to do it right now."""
    lender = services.parts.lender
    facts = {"payment_methods": lender.payment_methods}
    if lender.payment_link is None:
        return Reply("utter_ask_payment_methods", facts)
    return Reply("utter_ask_payment_methods_link", {**facts, "link": lender.payment_link})


def consequences(services: Services, turn: Turn) -> Reply:
    """What happens while a debt stays unpaid; of courts nothing is said where the law may bar it."""
    lender, told = services.parts.lender, what_follows(services, turn)
    if not told:
        return Reply("utter_consequences_unknown", {"lender": lender.name}, (PERSON,))
    return Reply("utter_ask_consequences", {"told": told})


def credit_impact(services: Services, turn: Turn) -> Reply:
    """Whether the lender reports to credit agencies, to whom, from when, and what paying does."""
    lender, record = services.parts.lender, services.parts.lender.credit_record
    if record is None:
        return Reply("utter_credit_unknown", {"lender": lender.name}, (PERSON,))
    if not record.reports:
        return Reply("utter_credit_not_reported", {"lender": lender.name})
    facts = {
        "lender": lender.name,
        "to": record.to,
        "from": Reply("utter_part_credit_from_unknown")
        if record.from_days is None
        else Reply("utter_part_credit_from", {"days": record.from_days}),
        "paying": record.paying or Reply("utter_part_credit_paying_unknown"),
    }
    return Reply("utter_ask_credit_impact", facts)


ANSWERS: dict[str, Callable[[Services, Turn], Reply]] = {
    "question_legitimacy": legitimacy,
    "ask_data_use": data_use,
    "ask_payment_methods": payment_methods,
    "ask_consequences": consequences,
    "ask_credit_impact": credit_impact,
    "bot_challenge": lambda services, turn: Reply("utter_bot_challenge"),
    "ask_help": lambda services, turn: Reply("utter_ask_help"),
}


class ActionMinimumPayment(AccountAction):
    """Says the least that can be paid: the next payment of what was agreed; else there is none but by agreement."""

    action_name = "action_minimum_payment"
    intents = answers = ("ask_minimum_payment",)

    def tell(self, turn: Turn, picture: Picture) -> list[Reply]:
        told = self.tell_in_passing(turn, picture)
        if told[0].response != "utter_minimum_none":
            return told
        return [*told, *ActionOfferPlans(self.services).perform_verified(turn)]

    def tell_in_passing(self, turn: Turn, picture: Picture) -> list[Reply]:
        if picture.next_due is None:
            return [Reply("utter_minimum_none", picture.facts())]
        left = [row for row in picture.schedule if row["status"] != "paid"]
        return [Reply("utter_minimum_last" if len(left) == 1 else "utter_minimum_agreed", picture.facts())]
