"""What a case is called, and for what it is open."""

from __future__ import annotations

from bot.store.tables import Case


def reasons_of(case: Case) -> tuple[str, ...]:
    """Everything for which a case is open, in the order in which it came up."""
    return tuple(case.reasons or (case.reason,))


def reference(case_id: int) -> str:
    """How a case is called to borrowers and agents."""
    return f"C-{case_id:05d}"
