"""The pictures in docs/: all there, light and dark, phone and desk, small; and they can be taken at any hour."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from bot import policy_files
from bot.domain.handover import HandoverRules
from bot.settings import ROOT
from scripts.desk_scene import where_it_is_morning
from scripts.desk_screenshots import CHINESE, LARGEST, VARIANTS, VIEWS, name_of

PICTURES = ROOT / "docs" / "pictures"
ALL_MOST = 12 * 1024 * 1024


def named_in(document: Path) -> set[str]:
    """The pictures that a document shows."""
    return set(re.findall(r"pictures/([\w-]+\.png)", document.read_text(encoding="utf-8")))


@pytest.mark.parametrize("day", [datetime(2026, 1, 15, tzinfo=UTC), datetime(2026, 7, 19, tzinfo=UTC)])
def test_whenever_the_pictures_are_taken_the_lenders_people_are_at_work(tmp_path, day):
    for hour in range(24):
        now = day + timedelta(hours=hour, minutes=30)

        folder = where_it_is_morning(tmp_path / f"{hour}", now)

        opening = policy_files.read_policy_file(folder / "handover.yml", HandoverRules).opening_hours
        assert opening.next_open(now) == now
        assert opening.after(now, 3) == now + timedelta(hours=3)


def test_readme_shows_every_page_of_the_tour_light_and_dark_on_a_phone_and_on_a_desk():
    wanted = {f"{name_of(view, dark, phone)}.png" for view in VIEWS for dark, phone in VARIANTS}
    wanted |= {f"{name_of(view, dark, phone)}.png" for view, (dark, phone) in CHINESE}
    wanted |= {
        f"chat-{name}{dark}-{size}.png"
        for name in ("english", "chinese")
        for dark in ("", "-dark")
        for size in ("phone", "desk")
    }

    assert sorted(wanted - named_in(ROOT / "README.md")) == []
    assert sorted(wanted - {path.name for path in PICTURES.glob("*.png")}) == []


def test_documents_show_pictures_that_are_there_and_no_picture_is_large():
    named = set().union(*map(named_in, (ROOT / "README.md", *(ROOT / "docs").glob("*.md"))))
    there = {path.name: path.stat().st_size for path in PICTURES.glob("*.png")}

    assert sorted(named - set(there)) == []
    assert {name: size for name, size in there.items() if size > LARGEST} == {}
    assert sum(there.values()) <= ALL_MOST
