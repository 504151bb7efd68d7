"""The model that serves understands no worse than the baseline says."""

from __future__ import annotations

import json
import os
import subprocess
from pathlib import Path

import pytest

from bot.evaluation.__main__ import BASELINE, compare

ROOT = Path(__file__).resolve().parents[2]


def dialogue(*module: str) -> subprocess.CompletedProcess[str]:
    """Runs a module in the dialogue environment."""
    return subprocess.run(
        [ROOT / ".venv-rasa/bin/python", "-m", *module],
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.mark.stack
def test_no_figure_has_fallen_below_the_baseline():
    trained = dialogue("bot.dialogue.train", "--quick")
    assert trained.returncode == 0, trained.stdout + trained.stderr

    measured = dialogue("bot.evaluation", "--check")

    assert measured.returncode == 0, measured.stdout + measured.stderr
    assert "No figure has fallen" in measured.stdout
    assert (ROOT / "reports" / "understanding.html").exists()


def test_the_baseline_holds_every_figure_that_is_compared():
    baseline = json.loads(BASELINE.read_text(encoding="utf-8"))

    assert {"accuracy_en", "accuracy_zh", "safety_recall", "out_of_scope_recall", "entity_recall"} <= set(baseline)
    assert compare(baseline, baseline) == []


def test_a_figure_that_falls_by_more_than_its_margin_is_named():
    baseline = {"accuracy_en": 0.9, "entity_recall": 0.95}

    losses = compare({"accuracy_en": 0.885, "entity_recall": 0.945}, baseline)

    assert len(losses) == 1
    assert losses[0].startswith("accuracy_en has fallen from 0.900 to 0.885")
