"""Accord at the table, as the service plays it: the same functions of the domain, with memory for a ledger."""

from __future__ import annotations

from bot.domain import rounds
from bot.domain.authority import least_role
from bot.domain.offer import Terms
from bot.domain.policy import PEOPLE
from bot.domain.proposal import Proposal
from bot.domain.rounds import Move, Standing
from bot.domain.table import Table
from bot.simulation.mind import Act, Heard
from bot.simulation.strategies import Strategy


class Accord:
    """One negotiation as `bot.services.negotiation` leads it; what that keeps in the ledger is kept here."""

    def __init__(self, table: Table) -> None:
        self.table = table
        self.offered: tuple[Terms, ...] = ()
        self.shown: tuple[Terms, ...] = ()
        self.asked = ""  # as the conversation has it: choose, confirm, amount, date
        self.chosen: Terms | None = None
        self.draft: Proposal | None = None
        self.awaiting = False

    def answer(self, act: Act) -> Heard:
        if act.kind == "wish" and act.wish is not None:
            move = rounds.offer(self._standing(), act.wish)
            heard = self._done(move)
            # Who wants to pay everything now has the one offer read back at once.
            return self._read_back(move.options[0]) if act.wish == "pay_now" and move.options else heard
        if act.kind == "refuse":
            if self.asked == "confirm":
                return self._reopen()
            return self._done(rounds.improve(self._standing()))
        if act.kind == "name" and act.proposal is not None:
            return self._consider(act.proposal, act.single)
        if act.kind == "choose":
            return self._choose(act.option)
        if act.kind == "agree":
            return Heard("end", (self.chosen,)) if self.chosen is not None else Heard("options", self.offered)
        return Heard("end")

    def _consider(self, proposal: Proposal, single: bool) -> Heard:
        if self.draft is not None and self.asked in ("amount", "date"):
            proposal = proposal.filled_from(self.draft)
        elif self.asked in ("confirm", "choose") and not proposal.empty:
            chosen = self.chosen if self.asked == "confirm" else None
            proposal = rounds.as_change(proposal, self.offered, chosen)
        if proposal.empty and self.offered:
            return self._reopen()
        if proposal.vague_amount and not (proposal.per_instalment or proposal.lump_sum or proposal.down_payment):
            return self._ask("amount", proposal)
        if single and not proposal.names_plan and proposal.lump_sum is None:
            return self._ask("amount", proposal)
        move = rounds.consider(self._standing(), proposal)
        if move.state == "ask":
            return self._ask(move.missing, proposal)
        if move.state == "take":
            self._keep(move)
            return self._read_back(move.options[0])
        return self._done(move)

    def _choose(self, option: int) -> Heard:
        place = len(self.offered) if option == -1 else option
        if 1 <= place <= len(self.offered):
            return self._read_back(self.offered[place - 1])
        if option == 0 and len(self.offered) == 1:
            return self._read_back(self.offered[0])
        return Heard("options", self.offered)

    def _done(self, move: Move) -> Heard:
        if move.state not in ("put", "clarify"):
            named = move.named
            self.awaiting = named is not None and least_role(self.table, named, PEOPLE) is not None
            self.offered, self.asked = (), ""
            return Heard("end")
        self._keep(move)
        self.asked, self.chosen = "choose", None
        return Heard("options", self.offered)

    def _keep(self, move: Move) -> None:
        self.table, self.offered, self.draft = move.table, move.options, None
        self.shown = (*self.shown, *move.options)

    def _read_back(self, terms: Terms) -> Heard:
        self.asked, self.chosen = "confirm", terms
        return Heard("read_back", (terms,))

    def _reopen(self) -> Heard:
        self.asked, self.chosen = "choose", None
        return Heard("options" if len(self.offered) > 1 else "ask", self.offered)

    def _ask(self, missing: str, proposal: Proposal) -> Heard:
        self.asked, self.draft = missing, proposal
        return Heard("ask", self.offered)

    def _standing(self) -> Standing:
        return Standing(self.table, self.offered, self.shown)


ACCORD = Strategy("accord", "Accord", Accord, sees_means=True)
