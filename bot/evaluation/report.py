"""The figures of an evaluation as JSON and as a page with charts."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from html import escape
from pathlib import Path
from typing import Any

from bot.evaluation import figures
from bot.evaluation.figures import Pair, Tally
from bot.evaluation.sets import SCRIPTS

# What is asked of understanding: (name, least or most, whether more is better).
ASKED = (
    ("accuracy_en", 0.85, True),
    ("accuracy_zh", 0.85, True),
    ("accuracy_en_accepted", 0.90, True),
    ("accuracy_zh_accepted", 0.90, True),
    ("safety_recall", 0.97, True),
    ("out_of_scope_recall", 0.90, True),
    ("entity_recall", 0.95, True),
    ("cpu_ms_median", 30, False),
    ("cpu_ms_p95", 60, False),
    ("memory_mb", 1229, False),
)
NAMES = {
    "accuracy_en": "Intent accuracy, English, strict",
    "accuracy_zh": "Intent accuracy, Chinese, strict",
    "accuracy_en_accepted": "Intent accuracy, English, second readings accepted",
    "accuracy_zh_accepted": "Intent accuracy, Chinese, second readings accepted",
    "safety_recall": "Recall of the safety intents (acted upon or asked about)",
    "safety_read": "Recall of the safety intents as the reading in force",
    "out_of_scope_recall": "Out-of-scope recall, in-scope accuracy at most 2 points lower",
    "entity_recall": "Entities found exactly (kind, value, role)",
    "entity_precision": "Found entities that are right",
    "entity_messages": "Messages with all entities right",
    "purposes_recall": "Purposes found in messages with several",
    "purposes_precision": "Further purposes found that are right",
    "cpu_ms_median": "Processor time a message, median, ms",
    "cpu_ms_p95": "Processor time a message, 95th percentile, ms",
    "memory_mb": "Memory of the process, MB",
    "loading_s": "Loading the model, s",
}


def evaluate(pairs: Sequence[Pair], safety: Sequence[str]) -> dict[str, Any]:
    """All figures, as they are written to JSON."""
    by_language = figures.accuracy(pairs, lambda example: example.language)
    curve = figures.out_of_scope_curve(pairs)
    entities = figures.entity_figures(pairs)
    caught = figures.safety_recall(pairs, safety)
    purposes = figures.purpose_figures(pairs)
    times = figures.latency(pairs)
    return {
        "summary": {
            "accuracy_en": by_language["en"]["strict"].share,
            "accuracy_zh": by_language["zh"]["strict"].share,
            "accuracy_en_accepted": by_language["en"]["accepted"].share,
            "accuracy_zh_accepted": by_language["zh"]["accepted"].share,
            "safety_recall": caught["all"]["caught"].share,
            "safety_read": caught["all"]["read"].share,
            "out_of_scope_recall": figures.recall_at_loss(curve),
            "entity_recall": entities["recall"]["all"].share,
            "entity_precision": entities["precision"]["all"].share,
            "entity_messages": entities["messages"].share,
            "purposes_recall": purposes["recall"].share,
            "purposes_precision": purposes["precision"].share,
            "cpu_ms_median": times["median"],
            "cpu_ms_p95": times["p95"],
        },
        "messages": len(pairs),
        "scripts": _plain(figures.accuracy(pairs, lambda example: example.script)),
        "intents": {name: _plain(vars(row)) for name, row in figures.per_intent(pairs).items()},
        "confusions": [{"labelled": a, "read": b, "messages": texts} for a, b, texts in figures.confusions(pairs)],
        "safety": _plain(caught),
        "out_of_scope_curve": curve,
        "entities": {
            kind: {
                "recall": entities["recall"][kind].as_json(),
                "precision": entities["precision"].get(kind, Tally()).as_json(),
            }
            for kind in sorted(entities["recall"])
        },
        "entity_misses": entities["misses"],
    }


def _plain(value: Any) -> Any:
    """Tallies and mappings of them as JSON."""
    if isinstance(value, Tally):
        return value.as_json()
    return {key: _plain(part) for key, part in value.items()}


def write(found: Mapping[str, Any], folder: Path, title: str = "understanding") -> list[Path]:
    """Writes ``<title>.json`` and ``<title>.html``; returns both."""
    folder.mkdir(exist_ok=True)
    data, page = folder / f"{title}.json", folder / f"{title}.html"
    data.write_text(json.dumps(found, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
    page.write_text(_page(found), encoding="utf-8")
    return [data, page]


def summary_lines(found: Mapping[str, Any]) -> list[str]:
    """The main figures, one a line, with what is asked of each."""
    asked = {name: (bound, more) for name, bound, more in ASKED}
    lines = []
    for name, value in found["summary"].items():
        line = f"{NAMES[name]:<64} {_figure(name, value):>8}"
        if name in asked:
            bound, more = asked[name]
            held = value >= bound if more else value <= bound
            line += f"   asked {'≥' if more else '≤'} {_figure(name, bound)}  {'held' if held else 'NOT HELD'}"
        lines.append(line)
    return lines


def _figure(name: str, value: float) -> str:
    if name.startswith(("cpu", "memory", "loading")):
        return f"{value:,.1f}" if value < 100 else f"{value:,.0f}"
    return f"{value:.3f}"


STYLE = Path(__file__).with_name("report.css").read_text(encoding="utf-8")


def _page(found: Mapping[str, Any]) -> str:
    return "".join(
        [
            '<!doctype html><html lang="en"><meta charset="utf-8"><meta name="viewport" content="width=device-width">',
            f"<title>Understanding</title><style>{STYLE}</style>",
            f"<h1>Understanding</h1><p>{found['messages']} messages, none of them used for training.</p>",
            _summary(found["summary"]),
            "<h2>By language and script</h2>",
            _table(
                ["", "strict", "second readings accepted", "messages"],
                (
                    [SCRIPTS.get(group, "All"), row["strict"]["share"], row["accepted"]["share"], row["strict"]["of"]]
                    for group, row in found["scripts"].items()
                ),
            ),
            "<h2>Out of scope</h2><p>As the gate closes, more is refused, rightly and wrongly.</p>",
            _curve(found["out_of_scope_curve"]),
            "<h2>Safety intents</h2>",
            _table(
                ["", "in force", "acted upon or asked about", "messages"],
                (
                    [name, row["read"]["share"], row["caught"]["share"], row["read"]["of"]]
                    for name, row in found["safety"].items()
                ),
            ),
            "<h2>Entities</h2>",
            _table(
                ["", "found exactly", "right of those found", "mentions"],
                (
                    [kind, row["recall"]["share"], row["precision"]["share"], row["recall"]["of"]]
                    for kind, row in found["entities"].items()
                ),
            ),
            "<h2>Intents</h2>",
            _table(
                ["", "recall", "precision", "messages"],
                (
                    [name, row["recall"]["share"], row["precision"]["share"], row["recall"]["of"]]
                    for name, row in sorted(found["intents"].items(), key=lambda item: item[1]["recall"]["share"])
                ),
            ),
            "<h2>What is confused</h2><p>Labelled → read, with the messages.</p>",
            *(_confusion(row) for row in found["confusions"]),
            "<h2>Entities that were missed or wrong</h2>",
            *(_miss(row) for row in found["entity_misses"]),
            "</html>\n",
        ]
    )


def _summary(summary: Mapping[str, float]) -> str:
    asked = {name: (bound, more) for name, bound, more in ASKED}
    rows = []
    for name, value in summary.items():
        bound, more = asked.get(name, (None, True))
        state = "" if bound is None else "held" if (value >= bound if more else value <= bound) else "missed"
        wish = "" if bound is None else f"{'≥' if more else '≤'} {_figure(name, bound)}"
        rows.append(
            f'<tr><td>{escape(NAMES[name])}<td class="n {state}">{_figure(name, value)}<td class="n">{wish}</tr>'
        )
    return (
        f'<h2>In short</h2><table><tr><th>Figure<th class="n">Measured<th class="n">Asked</tr>{"".join(rows)}</table>'
    )


def _table(heads: Sequence[str], rows: Iterable[Sequence[Any]]) -> str:
    head = "".join(f"<th{' class=n' if number else ''}>{escape(text)}" for number, text in enumerate(heads))
    return f"<table><tr>{head}</tr>{''.join(map(_row, rows))}</table>"


def _row(cells: Sequence[Any]) -> str:
    parts = [f"<td>{escape(str(cells[0]))}"]
    for cell in cells[1:]:
        if isinstance(cell, float):
            parts.append(f'<td class="n bar" style="--share:{cell:.1%}">{cell:.3f}')
        else:
            parts.append(f'<td class="n">{cell}')
    return f"<tr>{''.join(parts)}</tr>"


WIDE, HIGH, LEFT, TOP = 560, 260, 48, 10
LEAST_ACCURACY = 0.7


def _curve(curve: Sequence[Mapping[str, float]]) -> str:
    """In-scope accuracy (across) against out-of-scope recall (up)."""
    shown = [row for row in curve if row["in_scope_accuracy"] >= LEAST_ACCURACY]
    points = " ".join(f"{_x(row['in_scope_accuracy']):.1f},{_y(row['out_of_scope_recall']):.1f}" for row in shown)
    return "".join(
        [
            f'<svg viewBox="0 0 {LEFT + WIDE + 20} {HIGH + 54}" width="{LEFT + WIDE + 20}" role="img" ',
            'aria-label="Out-of-scope recall against in-scope accuracy">',
            *(_rule(step / 5) for step in range(6)),
            *(_label(_x(step / 10), HIGH + 28, f"{step / 10:.1f}") for step in range(7, 11)),
            f'<polyline points="{points}" fill="none" stroke="var(--good)" stroke-width="2.5"/>',
            _label(LEFT + WIDE / 2, HIGH + 48, "in-scope accuracy"),
            f'<g transform="rotate(-90 14 {HIGH / 2})">{_label(14, HIGH / 2, "out-of-scope recall")}</g></svg>',
        ]
    )


def _x(accuracy: float) -> float:
    return LEFT + (accuracy - LEAST_ACCURACY) / (1 - LEAST_ACCURACY) * WIDE


def _y(recall: float) -> float:
    return TOP + (1 - recall) * HIGH


def _rule(recall: float) -> str:
    y = _y(recall)
    line = f'<line x1="{LEFT}" x2="{LEFT + WIDE}" y1="{y:.1f}" y2="{y:.1f}" stroke="var(--line)"/>'
    return line + _label(LEFT - 22, y + 4, f"{recall:.1f}")


def _label(x: float, y: float, text: str) -> str:
    return f'<text x="{x:.1f}" y="{y:.1f}" text-anchor="middle">{text}</text>'


def _confusion(row: Mapping[str, Any]) -> str:
    texts = "".join(f"<li>{escape(text)}" for text in row["messages"])
    return (
        f"<details><summary>{escape(row['labelled'])} → {escape(row['read'])} · {len(row['messages'])}</summary>"
        f"<ul>{texts}</ul></details>"
    )


def _miss(row: Mapping[str, Any]) -> str:
    missed = ", ".join(row["missed"]) or "nothing"
    wrong = ", ".join(row["wrong"]) or "nothing"
    return (
        f"<details><summary>{escape(row['text'])}</summary>"
        f"<p>missed: {escape(missed)} · read instead: {escape(wrong)}</p></details>"
    )
