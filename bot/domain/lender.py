"""Who the lender is: the data behind the answers to "who are you" and "how do I pay"."""

from __future__ import annotations

from bot.domain.policy import Strict

Translated = dict[str, str]


class Lender(Strict):
    """The whole of ``policies/lender.yml``; every text by language."""

    name: Translated
    contact: Translated
    payment_methods: Translated
    data_source: Translated
    crisis_lines: dict[str, Translated]
    sample: bool = False

    def crisis_line(self, country: str | None) -> Translated:
        """The crisis line of a country, or words that help anywhere."""
        return self.crisis_lines.get(country or "", self.crisis_lines["DEFAULT"])
