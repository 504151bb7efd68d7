"""Measures understanding: `python -m bot.evaluation [--check | --write-baseline]`. (Python 3.10)

Reads the evaluation messages with the model that serves, prints the figures, writes reports/understanding.{json,html}.
With ``--check`` it fails where a figure has dropped below the baseline by more than its margin.
"""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path

os.environ.setdefault("OMP_NUM_THREADS", "1")

from bot.dialogue.launcher import quiet

ROOT = Path(__file__).resolve().parents[2]
SETS = ROOT / "tests" / "understanding"
BASELINE = SETS / "baseline.json"
# How far a figure may fall (or rise, where less is better) before it counts as a loss.
MARGINS = {"accuracy": 0.01, "safety": 0.01, "out_of_scope": 0.03, "entity": 0.01, "purposes": 0.05}
# Times and memory differ between machines; they are reported, not compared.
NOT_COMPARED = ("cpu", "memory", "loading")

# The intents that must not be missed.
SAFETY = (
    "stop_contact",
    "express_distress",
    "dispute_debt",
    "report_fraud",
    "wrong_person",
    "third_party",
    "report_death",
    "report_bankruptcy",
    "legal_representation",
    "request_human",
    "complain",
)


def main() -> int:
    """Measures, prints, writes; returns the exit code."""
    quiet()
    from bot.dialogue.model import NoModel, check_model, model_path
    from bot.evaluation import report
    from bot.evaluation.reading import ModelReader, memory_megabytes
    from bot.evaluation.sets import load

    try:
        check_model(model_path())
    except NoModel as error:
        print(error, file=sys.stderr)
        return 2
    examples = [example for name in ("en", "zh") for example in load(SETS / f"{name}.yml")]
    reader = ModelReader(model_path())
    readings = reader.read_all(examples)
    found = report.evaluate(list(zip(examples, readings, strict=True)), SAFETY)
    found["summary"] |= {"memory_mb": memory_megabytes(), "loading_s": reader.loading_seconds}
    files = report.write(found, ROOT / "reports")
    print("\n".join(report.summary_lines(found)))
    print(f"{', '.join(str(file.relative_to(ROOT)) for file in files)} tell the rest.")
    if "--write-baseline" in sys.argv:
        kept = {name: round(value, 4) for name, value in found["summary"].items() if not name.startswith(NOT_COMPARED)}
        BASELINE.write_text(json.dumps(kept, indent=1) + "\n", encoding="utf-8")
    if "--check" in sys.argv:
        losses = compare(found["summary"], json.loads(BASELINE.read_text(encoding="utf-8")))
        print("\n".join(losses) or "No figure has fallen below the baseline.")
        return 1 if losses else 0
    return 0


def compare(measured: dict[str, float], baseline: dict[str, float]) -> list[str]:
    """One sentence for each figure that has fallen by more than its margin."""
    losses = []
    for name, before in baseline.items():
        margin = next(value for start, value in MARGINS.items() if name.startswith(start))
        if measured[name] < before - margin:
            losses.append(f"{name} has fallen from {before:.3f} to {measured[name]:.3f}; {margin} is allowed")
    return losses


if __name__ == "__main__":
    sys.exit(main())
