"""The laws that hold in every scripted conversation see what they are there for, in transcripts that are made up."""

from __future__ import annotations

import pytest

from bot.dialogue.words import Words
from tests.conversations.play import Player
from tests.conversations.scenario import Scenario

WHICH = (["utter_clarify"], "Is that each time, or once?")
WHICH_ANEW = (["utter_clarify"], "Each time, or one payment and no more?")
HOW_MUCH = (["utter_negotiation_ask_amount"], "How much could you pay?")
HOW_MUCH_ANEW = (["utter_negotiation_ask_amount"], "What sum would work for you?")

OF_A_RELATIVE = (["utter_case_third_party"], "A colleague will see your message.")
OF_A_RELATIVE_ANEW = (["utter_case_third_party"], "I've passed your message on to a colleague.")


def tries(left: int) -> tuple[list[str], str]:
    return ["utter_passcode_wrong"], f"That code isn't right. Tries left: {left}."


@pytest.fixture
def played(services, words: Words):
    """Whether a conversation in which the bot answered this goes round in a circle, as the player tells it."""
    scenario = Scenario.model_validate({"story": "Made up.", "talk": [{"says": "hello"}]})

    def play(said, answers) -> list[str]:
        player = Player("http://nowhere", services, words, scenario, "en")
        services.portfolio.import_text(player.portfolio(), "scenario")
        services.conversations.claim(player.conversation, "page", None, "en")
        for number, (text, (names, answer)) in enumerate(zip(said, answers, strict=True), 1):
            player.words_said = text
            player.keep_the_laws(f"step {number}", scenario.talk[0], [answer], names)
        return player.played.differences

    return play


@pytest.mark.parametrize(
    "answers",
    [
        [WHICH, WHICH_ANEW, WHICH],
        [WHICH, HOW_MUCH, WHICH_ANEW, HOW_MUCH_ANEW],
        [WHICH, HOW_MUCH, WHICH, HOW_MUCH],
    ],
)
def test_whoever_says_new_things_and_is_asked_the_same_goes_round_in_a_circle(played, answers):
    said = ["50 I suppose", "well, fifty", "whatever fits", "you tell me"][: len(answers)]

    assert played(said, answers) == [f"step {len(answers)}: goes round in a circle: {answers[-1][0][0]}"]


@pytest.mark.parametrize(
    ("said", "answers"),
    [
        (["50", "fifty", "60"], [WHICH, WHICH_ANEW, HOW_MUCH]),
        (["50", "what?", "50", "what?"], [WHICH, HOW_MUCH, WHICH_ANEW, HOW_MUCH_ANEW]),
        (["why not?", "I am his wife", "tell me"], [OF_A_RELATIVE, OF_A_RELATIVE_ANEW, OF_A_RELATIVE]),
        (["111111", "222222", "333333"], [tries(4), tries(3), tries(2)]),
    ],
)
def test_who_gets_on_or_says_the_same_again_does_not(played, said, answers):
    assert played(said, answers) == []
