"""Small charts as inline SVG, in the colours of the page."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from html import escape

WIDE = 480
LEFT = 168  # of bars: room for their names
ROW = 26
COLOURS = ("var(--good)", "var(--bad)", "#4a7ab5", "#b8862d", "#8a63b0", "#7a8691")
Span = tuple[float, float]
Line = tuple[str, Sequence[tuple[float, float]], int]
Bar = tuple[str, float, float | None, float | None, str]


def bars(rows: Sequence[Bar]) -> str:
    """One bar a row, from 0 to 1: name, value, low and high end of its interval, and a remark."""
    wide = WIDE - LEFT - 84
    parts = []
    for place, (name, value, low, high, remark) in enumerate(rows):
        y = 6 + place * ROW
        parts.append(_text(LEFT - 8, y + 14, name, "end", "ink"))
        parts.append(f'<rect x="{LEFT}" y="{y + 2}" width="{wide * value:.1f}" height="{ROW - 10}" fill="var(--bar)"/>')
        if low is not None and high is not None:
            parts.append(_whisker(LEFT + wide * low, LEFT + wide * high, y + 2 + (ROW - 10) / 2))
        label = f"{value:.1%}" + (f" of {remark}" if remark else "")
        parts.append(_text(LEFT + wide * max(value, high or 0) + 6, y + 14, label, "start"))
    return _svg(WIDE, 10 + ROW * len(rows), parts)


def scatter(points: Sequence[tuple[str, Mapping[str, float], Mapping[str, float]]], across: str, up: str) -> str:
    """Points with their intervals in both directions."""
    left, top, wide, high = 52, 14, WIDE - 64, 280
    xs = _span([p[1][k] for p in points for k in ("low", "high")])
    ys = _span([p[2][k] for p in points for k in ("low", "high")])

    def at(value: float, span: tuple[float, float], size: float) -> float:
        return (value - span[0]) / (span[1] - span[0]) * size

    parts = _grid(xs, ys, left, top, wide, high)
    for place, (_, x, y) in enumerate(points):
        colour = COLOURS[place % len(COLOURS)]
        cx, cy = left + at(x["mean"], xs, wide), top + high - at(y["mean"], ys, high)
        x0, x1 = (left + at(x[k], xs, wide) for k in ("low", "high"))
        y0, y1 = (top + high - at(y[k], ys, high) for k in ("low", "high"))
        parts.append(
            f'<path d="M{x0:.1f} {cy:.1f}H{x1:.1f}M{cx:.1f} {y0:.1f}V{y1:.1f}" stroke="{colour}" fill="none"/>'
        )
        parts.append(f'<circle cx="{cx:.1f}" cy="{cy:.1f}" r="5" fill="{colour}"/>')
    parts.append(_text(left + wide / 2, top + high + 36, across))
    parts.append(f'<g transform="rotate(-90 12 {top + high / 2})">{_text(12, top + high / 2, up)}</g>')
    parts += _legend([(name, place) for place, (name, _, _) in enumerate(points)], top + high + 62)
    return _svg(WIDE, top + high + 62 + _legend_height(len(points)), parts)


def lines(rows: Sequence[Line], across: str, up: str) -> str:
    """One line a row through its points: name, points, and which of the colours it has."""
    left, top, wide, high = 52, 14, WIDE - 64, 240
    most = max((x for _, points, _ in rows for x, _ in points), default=1)
    ys = _span([0.0, *(y for _, points, _ in rows for _, y in points)])
    parts = _grid(None, ys, left, top, wide, high)
    for number in range(1, int(most) + 1):
        parts.append(_text(left + (number - 1) / max(most - 1, 1) * wide, top + high + 18, str(number)))
    for _, points, place in rows:
        colour = COLOURS[place % len(COLOURS)]
        at = [
            (left + (x - 1) / max(most - 1, 1) * wide, top + high - (y - ys[0]) / (ys[1] - ys[0]) * high)
            for x, y in points
        ]
        path = " ".join(f"{x:.1f},{y:.1f}" for x, y in at)
        parts.append(f'<polyline points="{path}" fill="none" stroke="{colour}" stroke-width="2.5"/>')
        parts += [f'<circle cx="{x:.1f}" cy="{y:.1f}" r="3.5" fill="{colour}"/>' for x, y in at]
    parts.append(_text(left + wide / 2, top + high + 38, across))
    parts.append(f'<g transform="rotate(-90 12 {top + high / 2})">{_text(12, top + high / 2, up)}</g>')
    parts += _legend([(name, place) for name, _, place in rows], top + high + 62)
    return _svg(WIDE, top + high + 62 + _legend_height(len(rows)), parts)


def _legend(names: Sequence[tuple[str, int]], y: float) -> list[str]:
    """The names with their colours, two in a line."""
    parts = []
    for number, (name, place) in enumerate(names):
        x, below = 20 + number % 2 * (WIDE / 2 - 10), y + number // 2 * 20
        colour = COLOURS[place % len(COLOURS)]
        parts.append(f'<circle cx="{x:.1f}" cy="{below - 4:.1f}" r="5" fill="{colour}"/>')
        parts.append(_text(x + 11, below, name, "start", "ink mine" if place == 0 else "ink"))
    return parts


def _legend_height(count: int) -> float:
    return (count + 1) // 2 * 20


def _grid(xs: Span | None, ys: Span, left: float, top: float, wide: float, high: float) -> list[str]:
    """The lines of both axes with their figures; without ``xs`` only those across."""
    parts = []
    for step in _steps(ys):
        y = top + high - (step - ys[0]) / (ys[1] - ys[0]) * high
        parts.append(f'<line x1="{left}" x2="{left + wide}" y1="{y:.1f}" y2="{y:.1f}" stroke="var(--line)"/>')
        parts.append(_text(left - 8, y + 4, f"{step:g}", "end"))
    if xs is None:
        return parts
    for step in _steps(xs):
        x = left + (step - xs[0]) / (xs[1] - xs[0]) * wide
        parts.append(f'<line x1="{x:.1f}" x2="{x:.1f}" y1="{top}" y2="{top + high}" stroke="var(--line)"/>')
        parts.append(_text(x, top + high + 18, f"{step:g}"))
    return parts


def _span(values: Sequence[float]) -> tuple[float, float]:
    """The range of an axis: the values with a little room."""
    low, high = min(values), max(values)
    room = (high - low) * 0.08 or 0.05
    return (max(low - room, 0.0), high + room)


def _steps(span: tuple[float, float]) -> list[float]:
    """Round numbers on an axis, four to eight of them."""
    width = span[1] - span[0]
    step = next(s for s in (0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10, 20, 50, 100) if width / s <= 8)
    first = -(-span[0] // step) * step
    count = int((span[1] - first) / step + 1e-9) + 1
    return [round(first + number * step, 6) for number in range(count)]


def _whisker(start: float, end: float, y: float) -> str:
    return (
        f'<path d="M{start:.1f} {y:.1f}H{end:.1f}M{start:.1f} {y - 4:.1f}v8M{end:.1f} {y - 4:.1f}v8" '
        'stroke="var(--ink)" fill="none"/>'
    )


def _text(x: float, y: float, text: str, anchor: str = "middle", kind: str = "") -> str:
    named = f' class="{kind}"' if kind else ""
    return f'<text x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}"{named}>{escape(text)}</text>'


def _svg(wide: float, high: float, parts: Sequence[str]) -> str:
    return f'<svg viewBox="0 0 {wide} {high:.0f}" role="img">{"".join(parts)}</svg>'
