"""Writes docs/conversation.md from the map of the conversation: `python -m scripts.conversation_map`."""

from __future__ import annotations

from typing import Any

from bot.dialogue.words import Words
from bot.settings import ROOT
from tests.conversations.cells import STAGES, Cell, read_map

DOCUMENT = ROOT / "docs" / "conversation.md"
STAGE_NAMES = {
    "before_identity": "before identity",
    "verified": "verified, no plan",
    "negotiating": "negotiating",
    "awaiting_confirmation": "awaiting a yes",
    "plan_active": "plan active",
    "held": "held by a person",
    "closed": "nothing owed",
}
HEAD = """# The conversation, cell by cell

What happens when a borrower says something, by what is meant and where the conversation stands. The data is
`tests/conversations/map.yml`; the tests play every cell against the running program in both languages, and this page
is written from it (`python -m scripts.conversation_map`). Names are those of the responses in `domain.yml`; the words
stand at the end.

- **says**: the replies, in order. **records**: what changes in the ledger. **stops**: collection (nothing is asked for
  until a person lifts it) or contact (no message leaves uninvited). **opens**: the case that a person gets.
- Whatever is said is stored with its time, and on the audit chain with what was answered; no cell repeats that.
- A death is believed without proof where it can be known whose account it is: in a conversation, or a linked chat,
  whose borrower has proven who they are before, contact and collection stop for that account. Told by somebody
  unknown, it stops messages in that conversation alone, since a stranger must not stop what is not theirs, until a
  person has looked into it.
- The stages: *before identity* (nothing is revealed), *verified, no plan*, *negotiating* (options are on the table),
  *awaiting a yes* (terms were read back), *plan active*, *held by a person*, *nothing owed*.
"""


def document() -> str:
    """The whole page."""
    table, words = read_map(), Words(ROOT / "domain.yml")
    parts = [HEAD]
    used: set[str] = set()
    for intent, row in table.items():
        english, chinese = row["for_example"].values()
        parts.append(f"## {intent}\n\n{row['means'].capitalize()}. For example: “{english}” · “{chinese}”\n")
        parts.append("| stage | says | records | stops | opens |\n|---|---|---|---|---|")
        for stage in STAGES:
            cell = Cell.of(row[stage])
            used |= set(cell.says)
            shown = [STAGE_NAMES[stage], *(", ".join(part) or "–" for part in vars(cell).values())]
            parts.append("| " + " | ".join(shown) + " |")
        parts.append("")
    return "\n".join([*parts, *_words(used, words)])


def _words(used: set[str], words: Words) -> list[str]:
    """The first phrasing of every reply that the map names, in English and simplified Chinese."""
    lines = ["## The words\n", "| reply | English | 中文 |", "|---|---|---|"]
    names = [name for name in sorted(used) if f"utter_{name}" in words.names()]
    return [*lines, *(_row(name, words) for name in names), ""]


def _row(name: str, words: Words) -> str:
    texts: list[Any] = [words.variations(f"utter_{name}", language)[0] for language in ("en", "zh-Hans")]
    return "| " + " | ".join([name, *(text.replace("\n", " ").replace("|", "/") for text in texts)]) + " |"


if __name__ == "__main__":
    DOCUMENT.write_text(document(), encoding="utf-8")
