"""Markup and scripts in a text that comes in: it is only ever shown as text, and yet told of, since no name and hardly
any message holds any."""

from __future__ import annotations

import re

# A tag that opens, a script for an address, an attribute that runs one.
MARKUP = re.compile(r"<\s*[/!?]?\s*[a-z]|javascript\s*:|\bon[a-z]{3,}\s*=", re.IGNORECASE)


def holds_markup(text: str) -> bool:
    """Whether a text holds what a page could take for markup or run."""
    return MARKUP.search(text) is not None
