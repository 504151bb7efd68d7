"""Terms in words: one line for a list of options or a read-back, and the read-back itself."""

from __future__ import annotations

from collections.abc import Sequence

from bot.domain.offer import Terms
from bot.services.conversations import Choice
from bot.services.replies import Reply


def describe(terms: Terms, number: int | None = None) -> Reply:
    """Terms in one line, for a list of options or a read-back: totals, savings, interest and the hour included."""
    facts = {
        "number": "" if number is None else f"{number}. ",
        "total": terms.to_pay,
        "owed": terms.owed,
        "waived": terms.saved,
        "added": terms.added,
        "time": hours(terms.at_time),
        "remaining": terms.remaining,
        "first": terms.schedule[0].due_on,
        "last": terms.ends_on,
        "count": len(terms.instalments),
        "each": terms.instalments[0].amount if terms.instalments else terms.to_pay,
        "first_instalment": terms.instalments[0].due_on if terms.instalments else terms.ends_on,
        "final": terms.schedule[-1].amount,
    }
    if terms.kind == "promise" and terms.remaining:
        said = Reply("utter_terms_promise", facts)
    elif terms.kind == "settlement" or len(terms.schedule) == 1:
        said = Reply("utter_terms_settlement_waiver" if terms.saved else "utter_terms_settlement", facts)
    else:
        facts["rhythm"] = Reply("utter_word_twice_monthly" if terms.on_paydays else f"utter_word_{terms.frequency}")
        if terms.down_payment:
            facts["down"] = terms.down_payment
        shape = "plan_down" if terms.down_payment else "plan"
        equal = all(row.amount == terms.instalments[0].amount for row in terms.instalments)
        parts = "" if not equal else "_once" if len(terms.instalments) == 1 else "_equal"
        said = Reply(f"utter_terms_{shape}{parts}", facts)
        if terms.saved:
            said = Reply("utter_terms_saved_at_the_end", {**facts, "terms": said})
        if terms.added:
            said = Reply("utter_terms_with_interest", {**facts, "terms": said})
    if terms.at_time:
        said = Reply("utter_terms_at_time", {**facts, "terms": said})
    if terms.channel:
        named = Reply(f"utter_word_channel_{terms.channel}")
        said = Reply("utter_terms_by_channel", {**facts, "terms": said, "channel": named})
    return said


def hours(text: str) -> str:
    """An hour or a range of hours as people write it: 18:00, 18:00–20:00."""
    return text.removesuffix("/24:00").replace("/", "–")


def answers_to(offer_id: str) -> tuple[Choice, Choice]:
    """The buttons under terms that were read back: yes, and no."""
    return (
        Choice("utter_button_agree", "affirm", (), offer_id),
        Choice("utter_button_change", "deny", (), offer_id),
    )


def read_back(terms: Terms, choices: Sequence[Choice]) -> Reply:
    """Terms read back in full, with their schedule; a clear yes agrees to them."""
    schedule = [row.as_json() for row in terms.schedule]
    return Reply("utter_read_back", {"terms": describe(terms), "schedule": schedule}, choices)
