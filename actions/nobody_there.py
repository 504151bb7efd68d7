"""What is said to a borrower who is handed over while nobody is there: an honest time, times for a call, a way out."""

from __future__ import annotations

from typing import Any

from bot.bootstrap import Services
from bot.services.cases import CaseOpened
from bot.services.conversations import Choice
from bot.services.replies import Reply

# What the buttons of somebody who waits for a person mean; these never reach the dialogue.
CALL_AT, NO_PERSON = "desk_call_at", "desk_no_person"


def case_facts(services: Services, case: CaseOpened) -> dict[str, Any]:
    """What the words of a case may say of it."""
    line = services.parts.lender.crisis_line(case.country)
    return {"reference": case.reference, "answer_by": case.answer_by, "crisis_line": line}


def if_alone(case: CaseOpened, facts: dict[str, Any]) -> list[Reply]:
    """Says that nobody is there now, where that is so."""
    if not case.alone:
        return []
    return [nobody_there(case, facts, "utter_case_nobody_there" if case.slots else "utter_case_nobody_to_call")]


def nobody_there(case: CaseOpened, facts: dict[str, Any], response: str) -> Reply:
    """A response with the times at which somebody can call and, where it may be, a way out."""
    calls = [
        Choice(
            "utter_button_call_at",
            CALL_AT,
            ({"entity": "moment", "value": at.isoformat()}, {"entity": "case", "value": case.reference}),
            facts={"moment": {"moment": at.isoformat()}},
        )
        for at in case.slots
    ]
    return Reply(response, facts, [*calls, *way_out(case)])


def way_out(case: CaseOpened) -> list[Choice]:
    """The button by which a borrower who waits says that nobody is needed any more."""
    named = ({"entity": "case", "value": case.reference},)
    return [Choice("utter_button_no_person", NO_PERSON, named)] if case.cancellable else []
