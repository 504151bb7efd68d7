"""The figures of simulated negotiations as JSON and as a page with charts."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from html import escape
from pathlib import Path
from typing import Any

from bot.evaluation.report import STYLE
from bot.simulation.charts import bars, lines, scatter
from bot.simulation.figures import BY_NAME, PAIRED
from bot.simulation.population import stated_distributions

OWN_STYLE = Path(__file__).with_name("report.css").read_text(encoding="utf-8")
SOURCE = "https://www.nber.org/papers/w33669"
LONGEST_ROUNDS = 5
COMPARED = ("ladder", "accept_first")  # what Accord has to be better than
ROW_FIGURES = ("agreement_rate_in_zone", "kept_value", "borrower_surplus", "plans_kept", "rounds")
WRITTEN_FIGURES = ("agreement_rate", "kept_value", "borrower_surplus", "plans_kept", "rounds")
NEGMAS_FIGURES = {
    "agreed": "agreement",
    "nash": "of the Nash product",
    "own": "lender's utility",
    "other": "the other's",
}
SHORT = {
    "agreement_rate": "agreements",
    "agreement_rate_in_zone": "agreements where possible",
    "kept_value": "money that arrives",
    "borrower_surplus": "borrower's utility",
    "plans_kept": "kept to the end",
    "left_over": "left over a month",
    "waived": "waived",
    "rounds": "rounds",
    "to_person": "terms to a person",
}


def write(found: Mapping[str, Any], negmas: Mapping[str, Any] | None, folder: Path) -> list[Path]:
    """Writes ``negotiation.json`` and ``negotiation.html``; returns both."""
    folder.mkdir(exist_ok=True)
    data, page = folder / "negotiation.json", folder / "negotiation.html"
    data.write_text(json.dumps(found, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
    page.write_text(render(found, negmas), encoding="utf-8")
    return [data, page]


def render(found: Mapping[str, Any], negmas: Mapping[str, Any] | None = None) -> str:
    """The page."""
    return "".join(
        [
            '<!doctype html><html lang="en"><meta charset="utf-8"><meta name="viewport" content="width=device-width">',
            f"<title>Negotiation</title><style>{STYLE}{OWN_STYLE}</style>",
            f'<p class="note"><strong>{escape(found["note"])}</strong> <a href="{SOURCE}">w33669</a></p>',
            f"<h1>Negotiation</h1><p>{found['borrowers']:,} borrowers, seed {found['seed']}; for {found['in_zone']:,} "
            f"of them there is a zone of agreement. Policy {escape(found['policy']['name'])}. All strategies meet the "
            "same borrowers inside the same authority. Intervals: 95 %, bootstrap over borrowers.</p>",
            _short(found),
            "<h2>Strategies</h2>",
            _strategies(found),
            _legend("Money that arrives, of what is owed, in today's worth"),
            bars(_rows(found, "kept_value")),
            _legend("Money that arrives (up) against the borrower's utility (across); bars are intervals"),
            scatter(_points(found), "borrower's utility", "money that arrives"),
            _legend("How long the longest plan offered is, in months, by round, in the talks that go on so long"),
            lines(_concession(found), "round", "months"),
            "<h2>Groups</h2><p>Accord by group, fewest agreements where an agreement was possible first. "
            f"The worst row: {_worst(found)}.</p>",
            _groups(found),
            *_written(found.get("written")),
            *_negmas(negmas),
            "<h2>Who is simulated</h2><p>The distributions as they stand in bot/simulation/population.yml, with their "
            "sources; what is assumed says so.</p>",
            _population(),
            "</html>\n",
        ]
    )


def _short(found: Mapping[str, Any]) -> str:
    rows = []
    for other, differences in found["differences"].items():
        if other in COMPARED:
            for name in PAIRED:
                row = differences[name]
                state = "held" if row["low"] > 0 else "missed" if row["high"] < 0 else ""
                title = f"{SHORT[name].capitalize()}: Accord less “{found['titles'][other].lower()}”"
                rows.append(
                    _cells(title, f'<td class="n {state}">{row["mean"]:+.4f}<td class="n">{_interval(row, "+")}')
                )
    authority, fair, timing = found["authority"], found["fairness"], found["timing"]
    outside = authority["outside"]["accord"]
    rows.append(
        _cells(
            f"Offers outside authority in {authority['turns']:,} turns of Accord",
            f'<td class="n {"missed" if outside else "held"}">{outside}<td class="n">asked 0',
        )
    )
    different = fair["different"]
    rows.append(
        _cells(
            f"Borrowers offered else than a twin of theirs, of {fair['borrowers']} with {fair['twins']} twins each "
            "(language, manner, typing)",
            f'<td class="n {"missed" if different else "held"}">{different}<td class="n">asked 0',
        )
    )
    rows.append(
        _cells(
            "Processor time of a decision: median, 99th percentile",
            f'<td class="n">{timing["median_ms"]:.2f} ms<td class="n">{timing["p99_ms"]:.2f} ms',
        )
    )
    return f"<h2>In short</h2>{_scroll(_table(['', 'Figure', '95 %'], rows))}"


def _strategies(found: Mapping[str, Any]) -> str:
    names = [name for name in BY_NAME if name in next(iter(found["strategies"].values()))]
    rows = []
    for strategy, row in found["strategies"].items():
        cells = "".join(_with_interval(name, row[name]) for name in names)
        rows.append(_cells(found["titles"][strategy], cells))
    return _scroll(_table(["", *(SHORT[name] for name in names)], rows))


def _groups(found: Mapping[str, Any]) -> str:
    rows = []
    for place, group in enumerate(found["groups"]):
        mine, ladder = group["strategies"]["accord"], group["strategies"]["ladder"]
        cells = "".join(f'<td class="n">{_value(name, mine[name])}' for name in ROW_FIGURES)
        cells += f'<td class="n">{_value("kept_value", ladder["kept_value"])}<td class="n">{group["borrowers"]:,}'
        rows.append(_cells(f"{group['kind']}: {group['group']}", cells, "worst" if place == 0 else ""))
    heads = ["", *(SHORT[name] for name in ROW_FIGURES), "money, fixed ladder", "borrowers"]
    return _scroll(_table(heads, rows))


def _worst(found: Mapping[str, Any]) -> str:
    if not found["groups"]:
        return "too few borrowers for groups"
    worst = found["groups"][0]
    share = worst["strategies"]["accord"]["agreement_rate_in_zone"]
    return f"{escape(worst['kind'])}, {escape(worst['group'])} ({share:.1%} of {worst['in_zone']:,})"


def _written(written: Mapping[str, Any] | None) -> Iterable[str]:
    if written is None:
        return
    understood = written["understood"]
    yield (
        f"<h2>In messages</h2><p>The same {written['borrowers']:,} borrowers once more, their acts written as messages "
        "(templates apart from training, typos at each borrower's rate) and read by the model that serves. A message "
        "that is not understood is said again in other words and costs a round of patience.</p>"
    )
    rows = []
    for name in WRITTEN_FIGURES:
        levels = (written[level][name] for level in ("acts", "messages"))
        rows.append(_cells(SHORT[name], "".join(_with_interval(name, row) for row in levels)))
    for title, key in (
        ("offers outside authority", "outside"),
        ("another agreement than at the level of acts", "other_agreement"),
        ("taken for a case for a person", "ended_with_a_person"),
    ):
        rows.append(_cells(title, f'<td class="n"><td class="n">{written[key]}'))
    yield _scroll(_table(["", "acts", "messages"], rows))
    yield _legend("Messages of which the act understood is the act meant")
    ordered = sorted(understood.items(), key=lambda item: item[1]["understood"])
    yield bars([(key, row["understood"], None, None, f"{row['messages']}") for key, row in ordered])
    for row in written["misread"]:
        meant, read = (escape(json.dumps(row[key], ensure_ascii=False)) for key in ("meant", "read"))
        said = f"meant {meant} · read {escape(str(row['intent']))} {read}"
        yield f"<details><summary>{escape(row['text'])}</summary><p>{said}</p></details>"


def _negmas(negmas: Mapping[str, Any] | None) -> Iterable[str]:
    if not negmas:
        return
    yield (
        "<h2>Against NegMAS's negotiators</h2><p>Our concession core alone, as lender, in "
        f"{negmas.get('domains', '?')} drawn domains over {negmas.get('steps', '?')} steps "
        f"(scripts/negmas.sh, seed {negmas.get('seed', '?')}).</p>"
    )
    rows = []
    for name, row in negmas["overall"].items():
        cells = "".join(_plain(row[figure]) for figure in NEGMAS_FIGURES)
        rows.append(_cells(name, cells))
    yield _scroll(_table(["lender", *NEGMAS_FIGURES.values()], rows))
    worst = negmas.get("worst_row")
    if worst:
        yield f"<p>The worst row of ours: {escape(worst['row'])}, {worst['nash']['mean']:.3f} of the Nash product.</p>"


def _population() -> str:
    rows = (f"<tr><td><code>{escape(key)}</code><td>{escape(comment)}</tr>" for key, comment in stated_distributions())
    return f'<details><summary>All distributions</summary><table class="wide">{"".join(rows)}</table></details>'


def _rows(found: Mapping[str, Any], name: str) -> list[tuple[str, float, float | None, float | None, str]]:
    rows = []
    for strategy, figures in found["strategies"].items():
        row = figures[name]
        rows.append((found["titles"][strategy], row["mean"], row["low"], row["high"], ""))
    return rows


def _points(found: Mapping[str, Any]) -> list[tuple[str, Mapping[str, float], Mapping[str, float]]]:
    return [
        (found["titles"][strategy], row["borrower_surplus"], row["kept_value"])
        for strategy, row in found["strategies"].items()
    ]


def _concession(found: Mapping[str, Any]) -> list[tuple[str, list[tuple[float, float]], int]]:
    shown = ("accord", "ladder", "boulware", "linear")
    return [
        (title, [(row["round"], row["months"]) for row in found["concession"][name][:LONGEST_ROUNDS]], place)
        for place, (name, title) in enumerate(found["titles"].items())
        if name in shown
    ]


def _legend(text: str) -> str:
    return f"<h3>{escape(text)}</h3>"


def _value(name: str, value: float) -> str:
    return f"{value:.1%}" if BY_NAME[name].share and name != "borrower_surplus" else f"{value:.3f}"


def _interval(row: Mapping[str, float], sign: str = "", name: str = "") -> str:
    if name:
        return f"{_value(name, row['low']).rstrip('%')} – {_value(name, row['high']).rstrip('%')}"
    return f"{row['low']:{sign}.4f} to {row['high']:{sign}.4f}"


def _with_interval(name: str, row: Mapping[str, float]) -> str:
    return f'<td class="n">{_value(name, row["mean"])}<br><small>{_interval(row, "", name)}</small>'


def _plain(row: Mapping[str, Any]) -> str:
    low, high = row["interval"]
    return f'<td class="n">{row["mean"]:.3f}<br><small>{low:.3f} – {high:.3f}</small>'


def _cells(title: str, cells: str, kind: str = "") -> str:
    return f'<tr class="{kind}"><td>{escape(title)}{cells}</tr>'


def _table(heads: Sequence[str], rows: Sequence[str]) -> str:
    head = "".join(f"<th{' class=n' if place else ''}>{escape(text)}" for place, text in enumerate(heads))
    return f"<table><tr>{head}</tr>{''.join(rows)}</table>"


def _scroll(table: str) -> str:
    return f'<div class="scroll">{table}</div>'
