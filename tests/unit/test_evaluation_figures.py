"""Figures of understanding are what they say they are."""

from __future__ import annotations

import pytest

from bot.evaluation import figures, report
from bot.evaluation.figures import Reading
from bot.evaluation.sets import Example, Mention


def read(intent: str, **more: object) -> Reading:
    return Reading(intent, {intent: 0.9, "affirm": 0.1}, **more)  # type: ignore[arg-type]


PAIRS = [
    (Example("stop writing to me now", "stop_contact"), read("stop_contact", milliseconds=10)),
    (Example("leave me alone will you", "stop_contact"), read("abuse", heard=("stop_contact",), milliseconds=20)),
    (Example("这不是我借的钱", "dispute_debt", also=("report_fraud",)), read("report_fraud", milliseconds=30)),
    (Example("best pizza in town tonight", "out_of_scope"), read("out_of_scope", outside=0.8, milliseconds=40)),
    (Example("how is the weather there", "out_of_scope"), read("greet", outside=0.3, milliseconds=50)),
]


def test_accuracy_strict_and_with_second_readings():
    found = figures.accuracy(PAIRS, lambda example: example.language)

    assert found["all"]["strict"].share == 2 / 5
    assert found["all"]["accepted"].share == 3 / 5
    assert (found["zh"]["strict"].share, found["zh"]["accepted"].share) == (0, 1)


def test_recall_and_precision_of_an_intent():
    found = figures.per_intent(PAIRS)

    assert found["stop_contact"].recall.share == 0.5
    assert found["stop_contact"].precision.share == 1.0
    assert found["abuse"].precision.share == 0.0


def test_confusions_hold_their_messages():
    assert ("stop_contact", "abuse", ["leave me alone will you"]) in figures.confusions(PAIRS)


def test_a_case_that_is_asked_about_counts_as_caught_but_not_as_read():
    found = figures.safety_recall(PAIRS, ["stop_contact", "dispute_debt"])

    assert found["stop_contact"]["read"].share == 0.5
    assert found["stop_contact"]["caught"].share == 1.0
    assert found["all"]["read"].share == pytest.approx(2 / 3)


def test_the_out_of_scope_curve_trades_one_for_the_other():
    curve = figures.out_of_scope_curve(PAIRS)

    open_gate = max(curve, key=lambda row: row["threshold"])
    assert open_gate["out_of_scope_recall"] == 0
    assert figures.recall_at_loss(curve) == 1.0
    assert figures.recall_at_accuracy(curve, 0.99) == 0.0


@pytest.mark.parametrize(
    ("one", "other", "equal"),
    [
        (Mention("money", 1500), Mention("money", 1500.0), True),
        (Mention("money", 1500), Mention("money", "1500.00"), True),
        (Mention("money", 1500), Mention("money", 1500, "lump_sum"), False),
        (Mention("money", None), Mention("money", 300), False),
        (Mention("duration", "P2W"), Mention("duration", "P14D"), True),
        (Mention("duration", "P12M"), Mention("duration", "P1Y"), True),
        (Mention("duration", "P1M"), Mention("duration", "P1W"), False),
        (Mention("date", "2026-11-27"), Mention("date", "2026-11-28"), False),
    ],
)
def test_equal_values_are_equal_however_they_are_written(one, other, equal):
    assert (figures.comparable(one) == figures.comparable(other)) is equal


def test_entities_are_counted_by_mention():
    pairs = [
        (
            Example("from 600 to 400", "modify_plan", mentions=(Mention("money", 600), Mention("money", 400))),
            read("modify_plan", mentions=(Mention("money", 600), Mention("date", "2026-12-01"))),
        )
    ]

    found = figures.entity_figures(pairs)

    assert (found["recall"]["all"].hits, found["recall"]["all"].chances) == (1, 2)
    assert found["precision"]["all"].share == 0.5
    assert found["misses"][0]["missed"] == ["money 400.00"]


def test_purposes_of_messages_with_several():
    pairs = [
        (
            Example("no job, 50 a month?", "propose_plan", purposes=("propose_plan", "report_hardship")),
            read("propose_plan", purposes=("propose_plan", "report_hardship", "greet")),
        )
    ]

    found = figures.purpose_figures(pairs)

    assert found["recall"].share == 1.0
    assert found["precision"].share == 0.5


def test_the_report_is_a_page_that_names_every_confusion(tmp_path):
    found = report.evaluate(PAIRS * 5, ["stop_contact"])

    data, page = report.write(found, tmp_path)

    assert data.exists()
    text = page.read_text(encoding="utf-8")
    assert "stop_contact → abuse" in text
    assert "leave me alone will you" in text


def test_markup_in_a_message_stays_text(tmp_path):
    pairs = [(Example("<script>alert(1)</script> stop", "stop_contact"), read("abuse")), *PAIRS]

    _, page = report.write(report.evaluate(pairs, ["stop_contact"]), tmp_path)

    assert "<script>" not in page.read_text(encoding="utf-8")
