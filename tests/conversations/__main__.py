"""Replays scenarios and shows them: `make talk FILE=tests/conversations/corrections/….yml` or a folder."""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path

from bot.bootstrap import open_services
from bot.dialogue.words import Words
from bot.settings import ROOT, Settings
from tests.conversations.play import play
from tests.conversations.scenario import BadScenario, read_scenario
from tests.stack import Stack


def main(places: list[str]) -> int:
    """Plays every scenario that is named, in each of its languages; the exit code says whether all went well."""
    files = [file for place in places for file in (sorted(Path(place).rglob("*_*.yml")) or [Path(place)])]
    try:
        scenarios = {file: read_scenario(file) for file in files}
    except (BadScenario, OSError) as error:
        print(error, file=sys.stderr)
        return 2
    if not scenarios:
        print("name a scenario: make talk FILE=tests/conversations/<behaviour>/<what_happens>.yml", file=sys.stderr)
        return 2
    failed = 0
    with tempfile.TemporaryDirectory() as home:
        stack = Stack(Path(home))
        stack.start()
        services = open_services(Settings(_env_file=None, home=stack.home))
        try:
            for file, scenario in scenarios.items():
                for language, played in play(stack.url, services, Words(ROOT / "domain.yml"), scenario).items():
                    failed += bool(played.differences)
                    print(f"\n━━ {file} ({language})\n   {scenario.story}\n\n{played}")
                    print("✓ as it should be" if not played.differences else f"facts: {played.facts}")
        finally:
            services.close()
            stack.stop()
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
