"""The short budget that a borrower may give, so that nothing is asked of them that they cannot pay.

Four questions, one figure each; the figures so far stay in the conversation's draft beside whatever else is in it, and
the whole budget is kept encrypted on the account while it is fresh.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import Any, Literal

from sqlalchemy import select
from sqlalchemy.orm import Session

from bot.domain.affordability import GOOD_FOR_DAYS, ITEMS, Budget, Item, is_fresh
from bot.domain.figures import NoFigure, Problem, read_figure
from bot.domain.money import Money
from bot.nlu.figures import figures_said
from bot.services.accounts import balance_of, verified_account
from bot.services.parts import Parts
from bot.store.tables import Account, Conversation, Turn

State = Literal[
    "asked",  # a question is open
    "given",  # the budget is complete
    "left",  # no question is open: the borrower would rather not, or none was asked
    "held",  # collection is stopped; nothing is asked
    "settled",  # nothing is owed
]
UNAFFORDABLE = "unaffordable"  # a hold under which a new budget is welcome
ASKED = "budget_"
# After so many answers in a row that cannot be read the form is left alone.
TRIES = 3


class NotVerified(PermissionError):
    """What somebody lives on is asked of nobody who has not proven who they are."""


@dataclass(frozen=True)
class BudgetStep:
    """Where the form stands after an answer.

    ``item`` is the question that is open. ``noted`` is the figure that was taken, for a month, ``corrected`` where it
    replaces the one before. ``problem`` says why nothing was taken.
    """

    state: State
    item: Item | None = None
    noted: Money | None = None
    corrected: bool = False
    problem: Problem | None = None
    currency: str = ""
    budget: Budget | None = None


def is_asked(asked: str) -> bool:
    """Whether what was asked last is a question of the form."""
    return asked.startswith(ASKED)


def budget_of(account: Account, today: date) -> Budget | None:
    """The budget that was given for an account, while it is fresh."""
    if account.budget is None or account.budget_on is None or not is_fresh(account.budget_on, today):
        return None
    return Budget.from_json(json.loads(account.budget))


def surplus_of(account: Account, today: date) -> Money | None:
    """What is left in a month by a fresh budget; None where there is none."""
    budget = budget_of(account, today)
    return None if budget is None else budget.surplus


class Affordability:
    """The use cases of the form; each names the turn it belongs to, and a repeated turn changes nothing."""

    def __init__(self, parts: Parts) -> None:
        self.parts = parts

    def begin(self, turn_id: int) -> BudgetStep:
        """Asks the first question, or the one that is open. Raises NotVerified."""
        with self.parts.store.transaction() as session:
            conversation, account, _ = self._sit(session, turn_id)
            if _held(account):
                return BudgetStep("held")
            if balance_of(session, account).total.minor <= 0:
                return BudgetStep("settled")
            open_step = _open(conversation, account)
            if open_step is not None:
                return open_step
            before = "" if conversation.asked == "person" else conversation.asked
            _keep(conversation, {"figures": {}, "before": before})
            conversation.asked = ASKED + ITEMS[0]
            return BudgetStep("asked", ITEMS[0], currency=account.currency)

    def answer(self, turn_id: int, entities: Sequence[Mapping[str, Any]], text: str) -> BudgetStep:
        """Takes one figure, for the question that is open or in place of the one before. Raises NotVerified."""
        with self.parts.store.transaction() as session:
            conversation, account, turn = self._sit(session, turn_id)
            given = _given_in(account, turn)
            if given is not None:
                return given
            if _held(account):
                _drop(conversation)
                return BudgetStep("held")
            step = _open(conversation, account)
            if step is None or step.item is None:
                return BudgetStep("left")
            data = _form(conversation)
            if data.get("turn") == turn.id:
                return _repeated(step, data)
            try:
                item, amount = _read(step.item, data["figures"], entities, text, account.currency)
            except NoFigure as problem:
                return self._not_taken(conversation, turn, step, data, problem.problem)
            corrected = item != step.item
            figures = {**data["figures"], item: amount.as_json()}
            if len(figures) == len(ITEMS):
                return self._store(session, conversation, account, turn, Budget.from_json(figures))
            following = step.item if corrected else ITEMS[ITEMS.index(step.item) + 1]
            step = replace(step, item=following, noted=amount, corrected=corrected)
            said = {"noted": amount.as_json(), "corrected": corrected}
            _keep(conversation, {"figures": figures, "before": data["before"], "turn": turn.id, "said": said})
            conversation.asked = ASKED + following
            return step

    def leave(self, turn_id: int) -> BudgetStep:
        """Ends the form without a budget; what was open before it is open again. Raises NotVerified."""
        with self.parts.store.transaction() as session:
            conversation, _, _ = self._sit(session, turn_id)
            _drop(conversation)
            return BudgetStep("left")

    def known(self, conversation_id: str) -> bool:
        """Whether a fresh budget of a conversation's verified borrower is there."""
        with self.parts.store.transaction() as session:
            conversation = session.get_one(Conversation, conversation_id)
            account = verified_account(session, conversation, self.parts.now())
            return account is not None and surplus_of(account, self.parts.today(account.time_zone)) is not None

    def standing(self, conversation_id: str) -> BudgetStep | None:
        """The question that is open in a conversation now, None where there is none."""
        with self.parts.store.transaction() as session:
            conversation = session.get_one(Conversation, conversation_id)
            account = verified_account(session, conversation, self.parts.now())
            return None if account is None or _held(account) else _open(conversation, account)

    def forget(self, conversation_id: str) -> None:
        """Erases what the borrower of a conversation told of income and expenses. Raises NotVerified."""
        with self.parts.store.transaction() as session:
            conversation = session.get_one(Conversation, conversation_id)
            account = verified_account(session, conversation, self.parts.now())
            if account is None:
                raise NotVerified
            self.forget_within(account, [conversation])
            self.parts.store.audit(
                session, self.parts.now(), "borrower", "budget_erased", conversation_id, account=account.id
            )

    def forget_within(self, account: Account, conversations: Sequence[Conversation]) -> int:
        """The same for an account and its conversations, in a transaction that is under way; whether there was one."""
        for conversation in conversations:
            _drop(conversation)
        given = account.budget is not None
        account.budget = account.budget_on = None
        return int(given)

    def erase_old(self) -> int:
        """Erases every budget that is not fresh any more, and figures of forms that were left lying as long.

        Returns how many accounts had one.
        """
        now = self.parts.now()
        with self.parts.store.transaction() as session:
            rows = session.scalars(select(Account).where(Account.budget_on.is_not(None))).all()
            old = [a for a in rows if a.budget_on and not is_fresh(a.budget_on, self.parts.today(a.time_zone))]
            for account in old:
                account.budget = account.budget_on = None
                self.parts.store.audit(session, now, "bot", "budget_erased", account.number_hash, account=account.id)
            idle = select(Conversation).where(
                Conversation.draft.is_not(None), Conversation.updated_at < now - timedelta(days=GOOD_FOR_DAYS)
            )
            for conversation in session.scalars(idle):
                _drop(conversation)
            return len(old)

    # -- the form

    def _sit(self, session: Session, turn_id: int) -> tuple[Conversation, Account, Turn]:
        turn = session.get_one(Turn, turn_id)
        conversation = session.get_one(Conversation, turn.conversation_id)
        account = verified_account(session, conversation, self.parts.now())
        if account is None:
            raise NotVerified
        return conversation, account, turn

    def _not_taken(
        self, conversation: Conversation, turn: Turn, step: BudgetStep, data: dict[str, Any], problem: Problem
    ) -> BudgetStep:
        """Asks again, and says why; the form is left where it stays unreadable."""
        tries = data.get("tries", 0) + 1
        if tries >= TRIES:
            _drop(conversation)
            return BudgetStep("left")
        _keep(conversation, {**data, "turn": turn.id, "tries": tries, "said": {"problem": problem}})
        return replace(step, problem=problem)

    def _store(
        self, session: Session, conversation: Conversation, account: Account, turn: Turn, budget: Budget
    ) -> BudgetStep:
        account.budget = json.dumps({**budget.as_json(), "turn": turn.id})
        account.budget_on = self.parts.today(account.time_zone)
        _drop(conversation)
        conversation.asked = ""
        self.parts.store.audit(
            session,
            self.parts.now(),
            "borrower",
            "budget_given",
            conversation.id,
            account=account.id,
            turn=turn.id,
        )
        return BudgetStep("given", currency=account.currency, budget=budget)


def _read(
    asked: Item, figures: Mapping[str, Any], entities: Sequence[Mapping[str, Any]], text: str, currency: str
) -> tuple[Item, Money]:
    """Which item an answer gives a figure for, and the figure. Raises NoFigure."""
    mentions = [*figures_said(text, ASKED + asked, entities), *(e for e in entities if e["entity"] != "money")]
    figure = read_figure(mentions, text, currency)
    before = ITEMS[ITEMS.index(asked) - 1] if asked != ITEMS[0] else None
    if before is not None and figure.corrects(before, _money(figures[before])):
        return before, figure.for_a_month(before)
    return asked, figure.for_a_month(asked)


def question_left(conversation: Conversation) -> str | None:
    """What was asked last of a form that is under way, also where identity was asked in between; None without one."""
    if not (form := _form(conversation)):
        return None
    return ASKED + next(item for item in ITEMS if item not in form["figures"])


def _open(conversation: Conversation, account: Account) -> BudgetStep | None:
    """The question that is open."""
    if not is_asked(conversation.asked) or not _form(conversation):
        return None
    item = next(item for item in ITEMS if conversation.asked == ASKED + item)
    return BudgetStep("asked", item, currency=account.currency)


def _repeated(step: BudgetStep, data: Mapping[str, Any]) -> BudgetStep:
    """What the same turn was answered with before."""
    said = data["said"]
    noted = _money(said["noted"]) if "noted" in said else None
    return replace(step, noted=noted, corrected=said.get("corrected", False), problem=said.get("problem"))


def _given_in(account: Account, turn: Turn) -> BudgetStep | None:
    """The budget that this very turn completed, should it come a second time."""
    data = json.loads(account.budget) if account.budget else {}
    if data.get("turn") != turn.id:
        return None
    return BudgetStep("given", currency=account.currency, budget=Budget.from_json(data))


def _held(account: Account) -> bool:
    """Whether a person looks into the account, so that nothing is asked."""
    return account.hold not in (None, UNAFFORDABLE)


def _form(conversation: Conversation) -> dict[str, Any]:
    """The figures so far and what belongs to them."""
    data = json.loads(conversation.draft) if conversation.draft else {}
    form: dict[str, Any] = data.get("budget", {})
    return form


def _keep(conversation: Conversation, form: dict[str, Any]) -> None:
    data = json.loads(conversation.draft) if conversation.draft else {}
    conversation.draft = json.dumps({**data, "budget": form})


def _drop(conversation: Conversation) -> None:
    """Takes the form out of the draft; what was asked before it is open again."""
    data = json.loads(conversation.draft) if conversation.draft else {}
    form = data.pop("budget", None)
    if form is None:
        return
    conversation.draft = json.dumps(data) if data else None
    if is_asked(conversation.asked):
        conversation.asked = form["before"]


def _money(data: Mapping[str, str]) -> Money:
    return Money.parse(data["amount"], data["currency"])
