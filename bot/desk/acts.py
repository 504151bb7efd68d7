"""What is done with a case: every form of its page, with or without JavaScript.

What was done leads to the page with a sentence about it; what was refused comes back as it was typed, with the reason.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, cast, get_args
from zoneinfo import ZoneInfo

from anyio import to_thread
from starlette.datastructures import FormData, UploadFile
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from bot.bootstrap import Services
from bot.desk.access import form_of
from bot.desk.case_page import Shown
from bot.desk.cases import show
from bot.desk.links import filter_of, query_of
from bot.desk.page import formats_of, services_of
from bot.desk.texts import Texts
from bot.domain.debt import COMPONENTS
from bot.domain.money import Money, MoneyError
from bot.domain.offer import Kind
from bot.domain.rights import Actor, NotAllowed
from bot.domain.wanted import Wanted
from bot.services.cases import UnknownCase
from bot.services.casework import DisputeResult, NotPossible, Taken, Upload
from bot.services.guarding import NeedsAnotherLook

LONGEST_KEY = 64
LARGEST_FILES = 10 * 1024 * 1024


class Refused(ValueError):
    """What was typed cannot be used. ``why``: a key under `refused` of the words, ``facts`` in it."""

    def __init__(self, why: str, **facts: Any) -> None:
        super().__init__(why)
        self.why, self.facts = why, facts


@dataclass(frozen=True)
class Click:
    """One sent form: by whom, on which case, the id of the click, what was typed, which files came along."""

    services: Services
    actor: Actor
    case: str
    key: str
    typed: Mapping[str, str]
    files: tuple[Upload, ...]

    def text(self, name: str) -> str:
        return self.typed.get(name, "").strip()

    def needed(self, name: str, why: str = "choose") -> str:
        """What must not be empty. Raises Refused."""
        text = self.text(name)
        if not text:
            raise Refused(why)
        return text

    def day(self, name: str) -> date | None:
        """A day, or None where none was given. Raises Refused."""
        text = self.text(name)
        try:
            return date.fromisoformat(text) if text else None
        except ValueError:
            raise Refused("day", text=text) from None

    def number(self, name: str) -> int | None:
        """A count, or None where none was given. Raises Refused."""
        text = self.text(name)
        if not text:
            return None
        if not (text.isascii() and text.isdecimal() and len(text) < 5):
            raise Refused("count", text=text)
        return int(text)

    def money(self, name: str, currency: str) -> Money | None:
        """An amount, or None where none was given; thousands may have commas. Raises Refused."""
        text = self.text(name)
        try:
            return Money.parse(text.replace(",", "").replace("，", ""), currency) if text else None
        except MoneyError:
            raise Refused("amount", text=text) from None

    def currency(self) -> str:
        """The currency of the case's account. Raises Refused where there is none."""
        account = self.services.desk.case(self.actor, self.case).account
        if account is None:
            raise Refused("no_account")
        return account.currency


# What each form does; it returns under which word of `said` it is told.
Act = Callable[[Click], str]


def claim(click: Click) -> str:
    click.services.casework.claim(click.actor, click.case, click.key)
    return "claim"


def release(click: Click) -> str:
    click.services.casework.release(click.actor, click.case, click.key)
    return "release"


def assign(click: Click) -> str:
    click.services.casework.assign(click.actor, click.case, click.key, click.needed("login"))
    return "assign"


def move(click: Click) -> str:
    click.services.casework.move(click.actor, click.case, click.key, click.needed("team"), click.text("words"))
    return "move"


def answer(click: Click) -> str:
    text = click.text("text")
    if not text and not click.files:
        raise Refused("need_text")
    insists = click.text("anyway") == "yes"
    click.services.casework.answer(click.actor, click.case, click.key, text, anyway=insists, files=click.files)
    return "answer"


def note(click: Click) -> str:
    click.services.casework.note(click.actor, click.case, click.key, click.needed("text", "need_text"))
    return "note"


def wanted(click: Click) -> Wanted:
    """The terms that a form names. Raises Refused."""
    currency, kind = click.currency(), click.text("kind") or "plan"
    if kind not in get_args(Kind):
        raise Refused("choose")
    waive = {name: click.money(f"waive_{name}", currency) for name in COMPONENTS} if kind != "promise" else {}
    plan = kind == "plan"
    return Wanted(
        kind=cast(Kind, kind),
        each=click.money("each", currency) if kind != "settlement" else None,
        count=click.number("count") if plan else None,
        frequency=(click.text("frequency") or None) if plan else None,
        first_on=click.day("first_on"),
        down_payment=click.money("down_payment", currency) if plan else None,
        waive={name: amount for name, amount in waive.items() if amount},
    )


def propose(click: Click) -> str:
    done = click.services.casework.propose(click.actor, click.case, click.key, wanted(click), click.text("why"))
    return f"propose_{done.state}"


def decide(click: Click) -> str:
    approves = click.needed("verdict") == "approve"
    words = click.text("words") if approves else click.needed("words", "need_words")
    click.services.casework.decide(click.actor, click.needed("decision"), click.key, approves, words)
    return "decide_approve" if approves else "decide_refuse"


def withdraw(click: Click) -> str:
    click.services.casework.withdraw(click.actor, click.case, click.key)
    return "withdraw"


def ask_identity(click: Click) -> str:
    click.services.casework.ask_identity(click.actor, click.case, click.key)
    return "ask_identity"


def promise(click: Click) -> str:
    amount, on = click.money("amount", click.currency()), click.day("on")
    if amount is None:
        raise Refused("amount", text="")
    if on is None:
        raise Refused("day", text="")
    click.services.casework.promise(click.actor, click.case, click.key, amount, on, click.text("words"))
    return "promise"


def dispute(click: Click) -> str:
    result = click.needed("result")
    if result not in get_args(DisputeResult):
        raise Refused("choose")
    words = click.needed("words", "need_words")
    click.services.casework.dispute(click.actor, click.case, click.key, cast(DisputeResult, result), words)
    return "dispute"


def hold(click: Click) -> str:
    lifts = click.text("lift") == "yes"
    click.services.casework.hold(click.actor, click.case, click.key, None if lifts else click.needed("reason"))
    return "hold_lift" if lifts else "hold"


def call_back(click: Click) -> str:
    text = click.text("slot") or click.needed("at", "moment")
    try:
        at = datetime.fromisoformat(text)
    except ValueError:
        raise Refused("moment") from None
    zone = ZoneInfo(click.services.parts.handover.opening_hours.time_zone)
    click.services.casework.call_back(click.actor, click.case, click.key, at if at.tzinfo else at.replace(tzinfo=zone))
    return "call_back"


def called(click: Click) -> str:
    result = click.needed("result")
    if result not in ("reached", "not_reached"):
        raise Refused("choose")
    reached = result == "reached"
    click.services.casework.called(click.actor, click.case, click.key, reached, click.text("words"))
    return "called_reached" if reached else "called_missed"


def resolve(click: Click) -> str:
    click.services.casework.resolve(click.actor, click.case, click.key, click.needed("outcome"), click.text("words"))
    return "resolve"


def hand_back(click: Click) -> str:
    click.services.casework.hand_back(click.actor, click.case, click.key, click.text("words"))
    return "hand_back"


def reopen(click: Click) -> str:
    click.services.casework.reopen(click.actor, click.case, click.key)
    return "reopen"


def merge(click: Click) -> str:
    click.services.casework.merge(click.actor, click.case, click.key, click.needed("into"))
    return "merge"


ACTS: dict[str, Act] = {
    act.__name__: act
    for act in (
        claim,
        release,
        assign,
        move,
        answer,
        note,
        propose,
        decide,
        withdraw,
        ask_identity,
        promise,
        dispute,
        hold,
        call_back,
        called,
        resolve,
        hand_back,
        reopen,
        merge,
    )
}


async def act(request: Request, actor: Actor) -> Response:
    """A form of a case was sent. Raises UnknownCase, also where there is no such form."""
    name, case = request.path_params["act"], request.path_params["case"]
    t = formats_of(request, actor).words
    form = await form_of(request)
    typed = {key: value for key, value in form.items() if isinstance(value, str)}
    try:
        files = await uploads(form)
    except Refused as refused:
        return await _again(request, actor, name, typed, t(f"refused.{refused.why}", **refused.facts), 413)
    click = Click(services_of(request), actor, case, typed.get("key", "")[:LONGEST_KEY], typed, files)
    if name in SHOWS:
        return await SHOWS[name](request, click)
    if name not in ACTS:
        raise UnknownCase(case)
    return await _do(request, click, name, t)


async def _do(request: Request, click: Click, name: str, t: Texts) -> Response:
    try:
        done = await to_thread.run_sync(_done, click, name)
    except Taken as taken:
        shown = Shown(problem=t("refused.taken", name=taken.by), typed=click.typed, do=_form(name, click))
        return await show(request, click.actor, shown, 409)
    except NeedsAnotherLook as look:
        shown = Shown(do=name, typed=click.typed, findings=look.findings, final=look.final)
        return await show(request, click.actor, shown, 422)
    except (NotAllowed, NotPossible, Refused) as error:
        return await _again(request, click.actor, name, click.typed, in_words(error, t), _status(error))
    queue = query_of(filter_of(request.query_params), said=done)
    stays = name != "move" or click.actor.sees(click.text("team"))
    return RedirectResponse(f"/desk/case/{click.case}{queue}" if stays else f"/desk{queue}", 303)


def _done(click: Click, name: str) -> str:
    """Does what a form says; under which word of `said` it is told, where something was held back that it was."""
    done = ACTS[name](click)
    why = click.services.casework.held_back(click.actor, click.key) if name in SENDS else None
    return f"held_back_{why}" if why else done


async def _again(
    request: Request, actor: Actor, name: str, typed: Mapping[str, str], problem: str, status: int
) -> Response:
    """The case again, with what was typed and what is wrong with it, where it was typed."""
    if name == "decide":
        at = f"decide-{typed.get('decision', '')}"
        return await show(request, actor, Shown(refused={at: problem}, typed=typed), status)
    if name in WITHOUT_FORM:
        return await show(request, actor, Shown(problem=problem), status)
    return await show(request, actor, Shown(do=name, refused={name: problem}, typed=typed), status)


# What sends something to the borrower, or may.
SENDS = frozenset({"answer", "propose", "decide", "ask_identity"})
# What is one button alone.
WITHOUT_FORM = frozenset({"claim", "release", "reopen", "withdraw", "ask_identity", "open"})


def _form(name: str, click: Click) -> str | None:
    return None if name in WITHOUT_FORM else name


def _status(error: Exception) -> int:
    return 403 if isinstance(error, NotAllowed) else 422


def in_words(error: Exception, t: Texts) -> str:
    """Why something was refused, in the reader's language where the desk has words for it."""
    why = getattr(error, "why", "")
    if isinstance(error, Refused):
        return t(f"refused.{why}", **error.facts)
    if isinstance(error, NotAllowed):
        return t("error.not_allowed")
    return t.retold("not_possible", str(error))


async def quote(request: Request, click: Click) -> Response:
    """What terms would come to, beside the form that names them."""
    t = formats_of(request, click.actor).words

    def work_out() -> Any:
        return click.services.casework.work_out(click.actor, click.case, wanted(click))

    try:
        found = await to_thread.run_sync(work_out)
    except (NotAllowed, NotPossible, Refused) as error:
        return await _again(request, click.actor, "propose", click.typed, in_words(error, t), _status(error))
    return await show(request, click.actor, Shown(do="propose", typed=click.typed, quote=found))


async def canned(request: Request, click: Click) -> Response:
    """Words kept for use again come into the answer; nothing is sent. With JavaScript the page does it by itself."""
    replies = await to_thread.run_sync(click.services.desk.replies, click.actor)
    body = next((reply.body for reply in replies if str(reply.id) == click.text("canned")), "")
    text = "\n".join(part for part in (click.text("text"), body) if part)
    return await show(request, click.actor, Shown(do="answer", typed={**click.typed, "text": text}))


async def open_field(request: Request, click: Click) -> Response:
    """A masked field in the clear, on this page alone; that it was opened is recorded."""
    t = formats_of(request, click.actor).words
    name = click.text("field")
    try:
        value = await to_thread.run_sync(click.services.desk.open_field, click.actor, click.case, name)
    except UnknownCase:
        raise
    except (NotAllowed, LookupError) as error:
        return await _again(request, click.actor, "open", click.typed, in_words(error, t), 403)
    return await show(request, click.actor, Shown(opened={name: value}))


SHOWS = {"quote": quote, "canned": canned, "open": open_field}


async def uploads(form: FormData) -> tuple[Upload, ...]:
    """The files of a form. Raises Refused where they are too large together."""
    found: list[Upload] = []
    room = LARGEST_FILES
    for value in form.getlist("files"):
        if not isinstance(value, UploadFile) or not value.filename:
            continue
        content = await value.read(room + 1)
        room -= len(content)
        if room < 0:
            raise Refused("file", name=value.filename, most=LARGEST_FILES // 1024 // 1024)
        found.append(Upload(value.filename, value.content_type or "application/octet-stream", content))
    return tuple(found)
