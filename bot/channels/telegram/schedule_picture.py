"""A schedule as a picture: large, calm, readable on a phone, in any of our languages.

Needs a font that has Chinese characters. Where the machine has none, or the font lacks a sign that is needed, there is
no picture, and the table goes as text. Nothing but the table is drawn: no name, no lender, so that it can be shown.
"""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Iterator, Mapping, Sequence
from functools import lru_cache
from io import BytesIO
from pathlib import Path
from typing import Any

from PIL import Image, ImageDraw, ImageFont

# Where systems keep fonts with Chinese characters, best first; fontconfig is asked where none of these is there.
KNOWN = (
    "/usr/share/fonts/opentype/noto/NotoSansCJK-{weight}.ttc",
    "/usr/share/fonts/noto-cjk/NotoSansCJK-{weight}.ttc",
    "/usr/share/fonts/google-noto-cjk/NotoSansCJK-{weight}.ttc",
    "/usr/share/fonts/google-noto-sans-cjk-fonts/NotoSansCJK-{weight}.ttc",
    "/usr/share/fonts/truetype/wqy/wqy-microhei.ttc",
    "/System/Library/Fonts/PingFang.ttc",
    "/System/Library/Fonts/Hiragino Sans GB.ttc",
    "C:/Windows/Fonts/msyh.ttc",
)
# Faces of a collection that draw characters as readers of each language write them, by how their family's name ends.
FACES = {"en": "SC", "zh-Hans": "SC", "zh-Hant": "TC"}
MOST_FACES = 20
ASKS_FONTCONFIG = 5  # seconds

# In points, drawn twice as large. Telegram refuses photos whose width and height add up to more than 10,000 pixels.
SCALE = 2
WIDTH, MARGIN, TITLE, ROW = 640, 44, 104, 56
MOST_ROWS, SHADES = 60, 32
LEAST_GAP, MOST_GAP = 20, 56
PAPER, INK, SOFT, LINE, BAND = "#ffffff", "#1d2733", "#5f6b78", "#cfd6dd", "#f3f6f8"


def draw(table: Mapping[str, Any], language: str) -> bytes | None:
    """A schedule as PNG; None where no font can draw it, or where it has more rows than a picture holds.

    ``table`` is what `Words.table` gives: a caption, three columns, rows of formatted cells.
    """
    caption, columns = str(table["caption"]), [_plain(cell) for cell in table["columns"]]
    rows = [[_plain(cell) for cell in row] for row in table["rows"]]
    path = font_file("Regular")
    if path is None or not 0 < len(rows) <= MOST_ROWS:
        return None
    title = _font(font_file("Bold") or path, language, 30)
    head, cell = _font(path, language, 20), _font(path, language, 25)
    places = _places(columns, rows, head, cell)
    if places is None or not _has(cell, {*caption, *"".join("".join(row) for row in [columns, *rows])}):
        return None
    height = TITLE + ROW * (len(rows) + 1) + MARGIN
    image = Image.new("RGB", (WIDTH * SCALE, height * SCALE), PAPER)
    pen = ImageDraw.Draw(image)
    pen.text(_scaled(MARGIN, TITLE * 0.58), caption, fill=INK, font=title, anchor="lm")
    _write_row(pen, TITLE, columns, places, head, SOFT)
    for number, row in enumerate(rows, start=1):
        top = TITLE + ROW * number
        if number % 2:
            pen.rectangle((*_scaled(MARGIN / 2, top), *_scaled(WIDTH - MARGIN / 2, top + ROW)), fill=BAND)
        _write_row(pen, top, row, places, cell, INK)
    for line in (TITLE + ROW, TITLE + ROW * (len(rows) + 1)):
        pen.line((*_scaled(MARGIN / 2, line), *_scaled(WIDTH - MARGIN / 2, line)), fill=LINE, width=SCALE)
    out = BytesIO()
    image.quantize(SHADES).save(out, "PNG", optimize=True)
    return out.getvalue()


@lru_cache(maxsize=4)
def font_file(weight: str) -> Path | None:
    """A font with Chinese characters on this machine, Regular or Bold; None where there is none."""
    known = (Path(path.format(weight=weight)) for path in KNOWN)
    candidates: Iterator[Path] = (path for path in known if path.is_file())
    for path in (*candidates, *_of_fontconfig(weight)):
        try:
            if _has(ImageFont.truetype(path, 20), set("还款日期")):
                return path
        except OSError:
            continue
    return None


def _of_fontconfig(weight: str) -> list[Path]:
    """What fontconfig knows for Chinese, faces without serifs first."""
    program = shutil.which("fc-list")
    if program is None:
        return []
    try:
        listed = subprocess.run(
            [program, f":lang=zh:style={weight}", "file"],
            capture_output=True,
            text=True,
            timeout=ASKS_FONTCONFIG,
            check=False,
        ).stdout
    except (OSError, subprocess.TimeoutExpired):
        return []
    paths = {line.strip().rstrip(":").rstrip() for line in listed.splitlines()}
    return [Path(path) for path in sorted(paths, key=lambda path: ("Serif" in path, "Mono" in path, path)) if path]


@lru_cache(maxsize=16)
def _font(path: Path, language: str, size: int) -> ImageFont.FreeTypeFont:
    """A font in a size in points; of a collection, the face that suits the language."""
    first = ImageFont.truetype(path, size * SCALE)
    for index in range(MOST_FACES if path.suffix == ".ttc" else 0):
        try:
            face = ImageFont.truetype(path, size * SCALE, index=index)
        except OSError:
            break
        family = face.getname()[0] or ""
        if family.endswith(f" {FACES[language]}") and "Mono" not in family:
            return face
    return first


def _has(font: ImageFont.FreeTypeFont, signs: set[str]) -> bool:
    """Whether a font can draw every sign: one that it lacks looks as one that no font has."""
    missing = bytes(font.getmask("\U0010fffe"))
    return all(bytes(font.getmask(sign)) != missing for sign in signs if not sign.isspace())


def _places(
    columns: Sequence[str], rows: Sequence[Sequence[str]], head: ImageFont.FreeTypeFont, cell: ImageFont.FreeTypeFont
) -> list[tuple[float, str]] | None:
    """Where the cells of each column stand, and by which side: numbers and amounts by the right, dates by the left.

    None where they are too wide to stand side by side.
    """
    wide = [
        max(head.getlength(columns[index]), *(cell.getlength(row[index]) for row in rows)) / SCALE for index in range(3)
    ]
    gap = min(MOST_GAP, (WIDTH - 2 * MARGIN - sum(wide)) / 2)
    if gap < LEAST_GAP:
        return None
    return [(MARGIN + wide[0], "rm"), (MARGIN + wide[0] + gap, "lm"), (WIDTH - MARGIN, "rm")]


def _write_row(
    pen: ImageDraw.ImageDraw,
    top: float,
    cells: Sequence[str],
    places: Sequence[tuple[float, str]],
    font: ImageFont.FreeTypeFont,
    colour: str,
) -> None:
    for text, (place, side) in zip(cells, places, strict=True):
        pen.text(_scaled(place, top + ROW / 2), text, fill=colour, font=font, anchor=side)


def _scaled(x: float, y: float) -> tuple[float, float]:
    return x * SCALE, y * SCALE


def _plain(text: str) -> str:
    """A cell with plain blanks: few fonts have the narrow ones that stand in amounts."""
    return " ".join(str(text).split())
