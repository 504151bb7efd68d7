"""A scenario that is not as it should be says so: where, what was expected, what was said."""

from __future__ import annotations

from pathlib import Path

import pytest

from bot.bootstrap import open_services
from bot.dialogue.words import Words
from bot.settings import Settings
from tests.conversations.play import Player
from tests.conversations.scenario import BadScenario, Scenario, read_scenario
from tests.stack import Stack

WRONG = {
    "story": "Everything in here is expected wrongly.",
    "talk": [
        {"says": "hello", "bot": ["utter_goodbye"], "shows": ["a pony"], "never": ["Accord"]},
        {"says": "bye", "silence": True, "buttons": ["agree"]},
        {"taps": "option 7"},
        {"person": {"returns": "nothing to return"}},
    ],
    "then": {"plan": {"kind": "plan"}, "cases": [{"reason": "abuse"}], "hold": "dispute_debt", "outbox": ["receipt"]},
}


@pytest.mark.stack
def test_every_difference_is_told(stack: Stack, words: Words) -> None:
    services = open_services(Settings(_env_file=None, home=stack.home))

    played = Player(stack.url, services, words, Scenario.model_validate(WRONG), "en").play()

    services.close()
    told = "\n".join(played.differences)
    for sentence in (
        "step 1: expected utter_goodbye, said utter_welcome, utter_identity_ask_both",
        "step 1: 'a pony' is not in the answer",
        "step 1: 'Accord' must not be said",
        "step 2: something was said",
        "step 2: there is no button agree",
        "there is no button 'Option 7'",
        "no case is open",
        "plan: expected {'kind': 'plan', 'status': 'active'}, there is none",
        "cases: expected [{'reason': 'abuse'}], there are none",
        "hold: expected dispute_debt, it is None",
        "outbox: expected ['receipt'], it is []",
    ):
        assert sentence in told
    assert "👤 hello" in str(played)


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("talk: [{says: hello}]", "story: Field required"),
        ("story: s\ntalk: []", "talk: List should have at least 1 item"),
        ("story: s\ntalk: [{says: hello, taps: agree}]", "exactly one of says, taps"),
        ("story: s\ntalk: [{says: hello, boot: [utter_greet]}]", "talk.0.boot: Extra inputs are not permitted"),
        ("story: s\nborrower: {country: XX}\ntalk: [identifies]", "country is one of US, GB"),
        ("story: s\ntalk: [{says: {en: hi}}, {says: {zh-Hans: 你好}}]", "no language has words for every step"),
        ("story: [", "is no YAML"),
    ],
)
def test_a_file_that_cannot_be_played_is_told_why(tmp_path: Path, text: str, sentence: str) -> None:
    path = tmp_path / "a_conversation.yml"
    path.write_text(text, encoding="utf-8")

    with pytest.raises(BadScenario, match=r"a_conversation\.yml") as told:
        read_scenario(path)

    assert sentence in str(told.value)
