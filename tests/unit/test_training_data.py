"""The example messages are fit to train on, and the linter says what is not."""

from __future__ import annotations

from pathlib import Path

import pytest
from ruamel.yaml import YAML

from bot.evaluation.lint import complaints
from bot.evaluation.sets import load
from bot.nlu.answers import LEARNT, UNSAID
from bot.nlu.examples import read_examples, read_labelled

ROOT = Path(__file__).resolve().parents[2]
SETS = ROOT / "tests" / "understanding"
DOMAIN = YAML(typ="safe").load((ROOT / "domain.yml").read_text(encoding="utf-8"))
INTENTS = [intent for intent in DOMAIN["intents"] if intent not in UNSAID]

TALK = [("talk.yml", label, text) for text, label in read_labelled(ROOT / "data" / "talk.yml")]


def test_what_is_learnt_beside_the_vocabulary_is_known_to_the_dialogue():
    assert {label for _, label, _ in TALK} == set(LEARNT)
    assert set(LEARNT.values()) <= set(DOMAIN["intents"])


def test_the_training_data_has_no_faults():
    judged = [example.text for name in ("en", "zh") for example in load(SETS / f"{name}.yml")]

    said = [*read_examples(ROOT / "data" / "nlu"), *TALK]

    found = complaints(said, judged, [*INTENTS, *LEARNT])

    assert not found, "\n".join(found[:40])


@pytest.mark.parametrize("name", ["en", "zh"])
def test_every_intent_is_judged_by_a_dozen_messages(name):
    counts = dict.fromkeys(INTENTS, 0)
    for example in load(SETS / f"{name}.yml"):
        counts[example.intent] += 1

    assert {i: n for i, n in counts.items() if n < (40 if i == "out_of_scope" else 12)} == {}


@pytest.mark.parametrize("name", ["en", "zh"])
def test_evaluation_labels_are_of_the_vocabulary(name):
    for example in load(SETS / f"{name}.yml"):
        assert {example.intent, *example.also, *example.purposes} <= set(INTENTS), example.text


def test_what_only_buttons_and_the_situation_say_is_no_reading_of_a_message():
    said = {intent for _, intent, _ in read_examples(ROOT / "data" / "nlu")}
    judged = {example.intent for name in ("en", "zh") for example in load(SETS / f"{name}.yml")}

    assert set(DOMAIN["intents"]) >= UNSAID
    assert not UNSAID & (said | judged)


def faults(*texts: str, judged: tuple[str, ...] = ()) -> list[str]:
    """What the linter says of messages beside their number being too small."""
    return [f for f in complaints([("a.yml", "greet", t) for t in texts], judged, []) if "are needed" not in f]


def test_a_duplicate_is_found_through_case_punctuation_and_script():
    assert len(faults("Can I pay monthly?", "can i pay monthly")) == 1
    assert len(faults("這筆錢我還不起", "这笔钱，我还不起！")) == 1


def test_a_copy_of_an_evaluation_message_is_found():
    judged = ("i can pay two hundred next friday at noon",)

    assert len(faults("I can pay two hundred next friday at noon!", judged=judged)) == 1
    assert len(faults("I can pay two hundred next Friday noon", judged=judged)) == 1
    assert faults("On friday there will be two hundred for you", judged=judged) == []


@pytest.mark.parametrize(
    "text",
    [
        "mail me at jane.roe@gmail.com",
        "my card is 4539 1488 0343 6467",
        "call +44 7400 604318",
        "身份证110101199003074514",
    ],
)
def test_personal_data_is_found(text):
    assert len(faults(text)) >= 1


@pytest.mark.parametrize("text", ["mail me at jane@example.com", "ring 07700 900412", "account 8840-2231 please"])
def test_invented_data_is_let_through(text):
    assert faults(text) == []


def test_too_few_examples_are_found():
    found = complaints([("a.yml", "propose_plan", "150 a month")], [], ["propose_plan"])

    assert found == [
        "propose_plan: 1 examples in English, at least 80 are needed",
        "propose_plan: 0 examples in Chinese, at least 80 are needed",
    ]
