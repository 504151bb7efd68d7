"""How a simulated borrower decides: what to say first, what to take, what to name instead, when to go."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Literal

from bot.domain.keeping import MONTH
from bot.domain.money import Money
from bot.domain.negotiation import Wish
from bot.domain.offer import Terms
from bot.domain.proposal import Proposal
from bot.domain.schedule import next_day_of_month
from bot.simulation.life import at_once, burden, capacity
from bot.simulation.population import TODAY, WHIMS, Borrower

Kind = Literal["wish", "name", "choose", "agree", "refuse", "leave"]
FULL_REDUCTION = 0.15  # of the debt: a reduction that could not please more
LATEST = 45  # days: a first payment that could not please more
FIRM, SOFT = 3.0, 0.7  # the power of time by which a firm and a soft borrower come towards the lender
SHARE_UP_FRONT = 0.8  # of the reserve, of those who offer a first payment
LEAST_GAIN = 0.02  # utility below which an agreement is not worth having
MOST_COUNT = 60  # who would need more payments than that names an amount instead


@dataclass(frozen=True)
class Act:
    """What a borrower does in a turn. ``topic``: the messages in phrases.yml that say it."""

    kind: Kind
    topic: str
    wish: Wish | None = None
    proposal: Proposal | None = None
    option: int = 0
    single: bool = False


@dataclass(frozen=True)
class Heard:
    """What a borrower is answered: offers, one offer read back, a question, or the end."""

    state: Literal["options", "read_back", "ask", "end"]
    offers: tuple[Terms, ...] = ()


class Mind:
    """One borrower through one negotiation. Knows the true means; the other side sees only what is said."""

    def __init__(self, borrower: Borrower) -> None:
        self.borrower = borrower
        self.round = 0
        self.named = 1.0  # utility of the own terms named so far: nobody wants more than they asked for
        self.said: Proposal | None = None
        self.chosen: Terms | None = None

    def opens(self) -> Act:
        """The first thing that is said."""
        b = self.borrower
        if b.opening == "name":
            return self._own_terms()
        if b.opening == "promise":
            return self._promise() or Act("wish", "ask_relief", "relief")
        if b.opening == "hardship":
            topics = ("hardship_job_loss", "hardship_illness", "hardship_income_cut", "hardship_caring")
            return Act("wish", topics[int(self._whim() * len(topics))], "relief")
        wishes: dict[str, tuple[str, Wish]] = {
            "relief": ("ask_relief", "relief"),
            "deferral": ("request_deferral", "deferral"),
            "waiver": ("request_waiver", "waiver"),
        }
        topic, wish = wishes.get(b.opening, ("request_plan", "plan"))
        return Act("wish", topic, wish)

    def answers(self, heard: Heard) -> Act:
        """The answer to what was said last; every answer but a yes is a round of patience."""
        if heard.state == "read_back":
            if self._meant(heard.offers[0]) or self.takes(heard.offers[0]):
                return Act("agree", "confirm_yes")
            self.round += 1
            return Act("leave", "walk_away") if self.over() else Act("refuse", "confirm_no")
        option = self.best(heard.offers)
        if option is not None:
            self.chosen = heard.offers[option]
            return Act("choose", "accept_option" if len(heard.offers) > 1 else "accept", option=option + 1)
        self.round += 1
        if self.over():
            return Act("leave", "walk_away")
        if heard.state == "ask" or self._whim() < self.borrower.names_terms:
            return self._own_terms()
        return Act("refuse", "reject" if self._whim(1) < 0.5 else "ask_better")

    def best(self, offers: Sequence[Terms]) -> int | None:
        """The offer that is taken, as its place; None where none is."""
        fit = [(self.utility(terms), -place) for place, terms in enumerate(offers) if self.takes(terms)]
        return -max(fit)[1] if fit else None

    def takes(self, terms: Terms) -> bool:
        """Whether terms fit the true means, cost no more than is owed and are worth what is wanted by now."""
        fits = burden(self.borrower, terms) <= 1 and terms.to_pay <= terms.owed
        return fits and self.utility(terms) >= max(self.wanted(), LEAST_GAIN)

    def utility(self, terms: Terms) -> float:
        """What terms are worth, 0 to 1: a light month, a reduction, a late start; 0 where they are out of reach."""
        return utility(self.borrower, terms)

    def wanted(self) -> float:
        """The least utility that is taken now; it falls from round to round."""
        monthly, total, start = self.borrower.weights
        came = self._came()
        return min(monthly * (1 - self._ask()) + 0.5 * (1 - came) * (total + start), self.named)

    def _meant(self, terms: Terms) -> bool:
        """Whether terms that are read back are what was chosen or named, and within the means."""
        if burden(self.borrower, terms) > 1:
            return False
        if terms == self.chosen:
            return True
        said = self.said
        if said is None:
            return False
        if said.lump_sum is not None:
            return terms.frequency is None and terms.to_pay <= said.lump_sum
        parts, down = terms.instalments, terms.down_payment
        if said.per_instalment is not None and any(row.amount > said.per_instalment for row in parts):
            return False
        if said.count is not None and said.per_instalment is None and len(parts) != said.count:
            return False
        return terms.frequency == (said.frequency or "monthly") and down == said.down_payment

    # -- what is named

    def _own_terms(self) -> Act:
        """Own terms, in the way in which this borrower names terms; without means, a wish for time."""
        b = self.borrower
        a_month = self._ask() * capacity(b, 6)
        amount = _rounded(a_month, b.currency)
        if amount.minor <= 0:
            return Act("wish", "request_deferral", "deferral")
        if amount >= b.owed:
            day = next_day_of_month(TODAY, b.payday)
            return self._named("promise", Proposal(lump_sum=b.owed, first_on=day), single=True)
        count = -(-b.owed.minor // amount.minor)
        if b.way == "weekly":
            weekly = _rounded(a_month * 7 / MONTH, b.currency)
            if weekly.minor > 0:
                return self._named("propose_weekly", Proposal(per_instalment=weekly, frequency="weekly"))
        if b.way == "down" and count <= MOST_COUNT:
            down = _rounded(min(SHARE_UP_FRONT * b.reserve.minor, b.owed.minor / 2), b.currency)
            if down.minor > 0:
                rest = max(2, -(-(b.owed - down).minor // amount.minor))
                return self._named("propose_down", Proposal(down_payment=down, count=rest, first_on=TODAY))
        if b.way == "day":
            proposal = Proposal(per_instalment=amount, frequency="monthly", day_of_month=b.payday)
            return self._named("propose_on_day", proposal)
        if b.way == "count" and 2 <= count <= MOST_COUNT:
            return self._named("propose_count", Proposal(count=count, frequency="monthly"))
        if b.way == "amount_and_count" and 2 <= count <= MOST_COUNT:
            proposal = Proposal(per_instalment=amount, count=count, frequency="monthly")
            return self._named("propose_monthly_count", proposal)
        return self._named("propose_monthly", Proposal(per_instalment=amount, frequency="monthly"))

    def _promise(self) -> Act | None:
        """One payment on the next payday, of what can be had until then."""
        b = self.borrower
        day = next_day_of_month(TODAY + timedelta(days=2), b.payday)
        most = b.opening_ask * at_once(b, (day - TODAY).days)
        amount = min(_rounded(most, b.currency), b.owed, key=lambda m: m.minor)
        return self._named("promise", Proposal(lump_sum=amount, first_on=day), single=True) if amount else None

    def _named(self, topic: str, proposal: Proposal, single: bool = False) -> Act:
        b, self.said = self.borrower, proposal
        first = proposal.first_on or next_day_of_month(TODAY, proposal.day_of_month or TODAY.day)
        later = min((first - TODAY).days / LATEST, 1.0)
        self.named = min(self.named, b.weights[0] * (1 - self._ask()) + b.weights[2] * later)
        return Act("name", topic, proposal=proposal, single=single)

    # -- time

    def over(self) -> bool:
        """Whether patience has come to its end."""
        return self.round >= self.borrower.patience

    def _came(self) -> float:
        """How far the borrower has come towards the lender by now, 0 to 1."""
        time = min(self.round / max(self.borrower.patience - 1, 1), 1.0)
        return float(time ** (FIRM if self.borrower.firm else SOFT))

    def _ask(self) -> float:
        """The payment a month that is named now, as a share of what could be paid."""
        b = self.borrower
        return b.opening_ask + (1 - b.opening_ask) * b.goes_to * self._came()

    def _whim(self, shift: int = 0) -> float:
        return self.borrower.whims[(2 * self.round + shift) % WHIMS]


def utility(borrower: Borrower, terms: Terms) -> float:
    """What terms are worth to a borrower, 0 to 1; nothing where they are beyond the means."""
    heavy = burden(borrower, terms)
    if heavy > 1:
        return 0.0
    monthly, total, start = borrower.weights
    reduction = min(terms.saved.minor / terms.owed.minor / FULL_REDUCTION, 1.0)
    later = min(max((terms.schedule[0].due_on - TODAY).days, 0) / LATEST, 1.0)
    return monthly * (1 - heavy) + total * reduction + start * later


def _rounded(minor: float, currency: str) -> Money:
    """An amount as people name it: two figures, the second a 0 or a 5; never above what was meant."""
    units = Money(max(int(minor), 0), currency).amount
    whole = int(units)
    if whole <= 0:
        return Money.zero(currency)
    digits = len(str(whole))
    step = 1 if whole < 20 else 5 * 10 ** max(digits - 2, 0) if whole >= 100 else 5
    step = 10 ** max(digits - 2, 0) if digits > 2 and whole // step < 3 else step
    return Money.parse(str(whole // step * step), currency)
