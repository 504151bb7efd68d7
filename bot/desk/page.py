"""Pages of the desk: templates, in the language of whoever reads them.

Templates have ``t("queue.mine")`` (the words), ``money(amount)``, ``when(moment)``, ``day(date)``, ``ago(moment)``,
``static("desk.css")``, ``new_key()`` (the id of a click), ``actor`` (None before sign-in), ``csrf`` and ``path``.
What is signed in puts its token into ``request.state.csrf``; services are ``services_of(request)``.
"""

from __future__ import annotations

import functools
import hashlib
import uuid
from collections.abc import Iterator, Mapping
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from babel.dates import format_date, format_datetime
from babel.numbers import format_decimal, format_percent
from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup
from starlette.requests import Request
from starlette.responses import HTMLResponse

from bot.desk.texts import Texts, texts
from bot.dialogue.words import Voice
from bot.dialogue.words import money as in_words
from bot.domain.limits import Figure, Passed
from bot.domain.money import Money
from bot.domain.offer import Terms

if TYPE_CHECKING:
    from bot.bootstrap import Services
    from bot.domain.rights import Actor

HERE = Path(__file__).parent
KEPT = 8192


def services_of(request: Request) -> Services:
    """The services of the desk that answers a request."""
    services: Services = request.app.state.services
    return services


def render(
    request: Request, template: str, actor: Actor | None = None, status: int = 200, **context: Any
) -> HTMLResponse:
    """A page or a part of one, made of a template in `templates/`."""
    parts = services_of(request).parts
    language = actor.language if actor is not None else preferred(request)
    made = environment(language, parts.handover.opening_hours.time_zone)
    text = made.get_template(template).render(
        {
            "actor": actor,
            "csrf": getattr(request.state, "csrf", ""),
            "path": request.url.path,
            "language": language,
            "now": parts.now(),
            "said": "",
            "counts": {},
            **context,
        }
    )
    return HTMLResponse(text, status, headers={"Cache-Control": "no-store"})


def formats_of(request: Request, actor: Actor) -> Formats:
    """The words and formats of whoever asks, in the desk's time zone."""
    zone = services_of(request).parts.handover.opening_hours.time_zone
    formats: Formats = environment(actor.language, zone).globals["formats"]  # type: ignore[assignment]
    return formats


def preferred(request: Request) -> str:
    """The language of a browser whose user is not known: Chinese where it is asked for before English."""
    for wanted in request.headers.get("Accept-Language", "").lower().split(","):
        code = wanted.split(";")[0].strip()
        if code.startswith("zh"):
            return "zh-Hant" if any(part in code for part in ("hant", "tw", "hk", "mo")) else "zh-Hans"
        if code.startswith("en"):
            break
    return "en"


def warm_up(zone: str) -> None:
    """Compiles every template in every language, so that nobody waits for it."""
    for language in ("en", "zh-Hans", "zh-Hant"):
        made = environment(language, zone)
        for name in made.list_templates(extensions=["html"]):
            made.get_template(name)


@functools.cache
def environment(language: str, zone: str) -> Environment:
    """The templates with the words and formats of a language and time zone."""
    words = texts(language)
    formats = Formats(words, zone)
    made = Environment(
        loader=FileSystemLoader(HERE / "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        auto_reload=False,
    )
    made.globals.update(
        formats=formats,
        t=words,
        money=formats.money,
        number=formats.number,
        when=formats.when,
        day=formats.day,
        clock=formats.clock,
        span=formats.span,
        ago=formats.ago,
        before=formats.before,
        local=formats.local,
        static=static,
        new_key=new_key,
    )
    return made


# Facts that are codes of the record, one or several; each has its words under its name.
CODED = frozenset(
    {"about", "frequency", "hardship", "offer_by", "offer_status", "outcome", "plan_status", "promise_status"}
    | {"reason", "result", "wish"}
)


class Formats:
    """How a language writes money, days and times, in the desk's time zone."""

    def __init__(self, words: Texts, zone: str) -> None:
        self.words = words
        self.voice = Voice(words.language, None, zone)
        self.zone = ZoneInfo(zone)
        self.locale = self.voice.locale
        # The same moments and amounts stand on page after page, and writing them out takes most of its time.
        self.money = functools.lru_cache(KEPT)(self._money)
        self._day = functools.lru_cache(KEPT)(self._written_day)
        self._moment = functools.lru_cache(KEPT)(self._written_moment)

    def _money(self, amount: Money) -> str:
        return in_words(amount.as_json(), self.voice).replace(" ", "\xa0")

    def number(self, value: float) -> str:
        return str(format_decimal(value, "#,##0.#", locale=self.locale))

    def local(self, moment: datetime) -> datetime:
        """A moment by the clock of the desk."""
        return _aware(moment).astimezone(self.zone)

    def _written_day(self, on: date, english: str, chinese: str) -> str:
        return str(format_date(on, english if self.words.language == "en" else chinese, locale=self.locale))

    def _written_moment(self, local: datetime, english: str, chinese: str) -> str:
        return str(format_datetime(local, english if self.words.language == "en" else chinese, locale=self.locale))

    def day(self, on: date, year: bool = True) -> Markup:
        """A day with its weekday."""
        text = self.plain_day(on) if year else self._day(on, "EEE d MMM", "M月d日 EEE")
        return Markup('<time datetime="{}">{}</time>').format(on.isoformat(), text)

    def when(self, moment: datetime, now: datetime | None = None) -> Markup:
        """A point in time: the clock alone if it is today, otherwise with its day."""
        local = self.local(moment).replace(second=0, microsecond=0)
        if now is not None and local.date() == self.local(now).date():
            return self._time(moment, f"{local:%H:%M}")
        if now is not None and local.year == self.local(now).year:
            return self._time(moment, self._moment(local, "d MMM, HH:mm", "M月d日 HH:mm"))
        return self._time(moment, self._moment(local, "d MMM y, HH:mm", "y年M月d日 HH:mm"))

    def clock(self, moment: datetime) -> Markup:
        """The time of day alone."""
        return self._time(moment, f"{self.local(moment):%H:%M}")

    def elsewhere(self, moment: datetime, zone: str | None) -> str:
        """The clock of another time zone at a moment, with its weekday; empty where that zone shows the same time."""
        there = _aware(moment).astimezone(ZoneInfo(zone)) if zone else self.local(moment)
        if there.utcoffset() == self.local(moment).utcoffset():
            return ""
        return self._moment(there.replace(second=0, microsecond=0), "EEE HH:mm", "EEE HH:mm")

    def span(self, seconds: float) -> str:
        """How long something took, in its largest units: 45 s, 12 min, 3 h 20 min, 2 d 4 h."""
        whole = int(abs(seconds))
        minutes, hours, days = whole // 60, whole // 3600, whole // 86400
        if whole < 60:
            return self.words("time.seconds", n=whole)
        if minutes < 60:
            return self.words("time.minutes", n=minutes)
        if hours < 10 and minutes % 60:
            return self.words("time.hours_minutes", n=hours, m=minutes % 60)
        if hours < 48:
            return self.words("time.hours", n=hours)
        return self.words("time.days", n=days)

    def plain_day(self, on: date) -> str:
        """A day with its weekday, as text."""
        return self._day(on, "EEE d MMM y", "y年M月d日 EEE")

    def plain_moment(self, moment: datetime) -> str:
        """A point in time, as text."""
        local = self.local(moment).replace(second=0, microsecond=0)
        return self._moment(local, "EEE d MMM y, HH:mm", "y年M月d日 EEE HH:mm")

    def percent(self, share: float | str | Decimal) -> str:
        """A share between 0 and 1 in per cent."""
        return str(format_percent(float(share), locale=self.locale))

    def size(self, count: int) -> str:
        """How large a file is."""
        return f"{count / 1024:.0f} KB" if count < 1024 * 1024 else f"{count / 1024 / 1024:.1f} MB"

    def sentence(self, table: str, code: str, facts: Mapping[str, Any]) -> str:
        """A text of the desk's about something in the record, its facts in the formats of the language.

        A code that the desk has no text for is shown as it is, so that nothing of the record is hidden.
        """
        key = f"{table}.{code}"
        return self.words(key, **Facts(self, facts)) if self.words.has(key) else code

    def fact(self, name: str, value: Any) -> str:
        """A fact as text; a code under a name that the desk has words for becomes these."""
        if isinstance(value, Money):
            return self.money(value)
        if isinstance(value, datetime):
            return self.plain_moment(value)
        if isinstance(value, date):
            return self.plain_day(value)
        if isinstance(value, Terms):
            return self.terms(value)
        if isinstance(value, Mapping) and self.words.language[:2] in value:  # a title in both languages
            return str(value[self.words.language[:2]])
        if isinstance(value, Mapping):
            return self.fact(name, _known(value))
        if isinstance(value, list | tuple | set | frozenset):
            return self.words.listed(self.fact(name, part) for part in value)
        if name == "at":
            return self.plain_moment(datetime.fromisoformat(value))
        if name in CODED:
            return self.words.listed(self.words.code(name, part) for part in str(value).split(", "))
        return "" if value is None else str(value)

    def figure(self, value: Figure) -> str:
        """A figure of a limit: a sum, a day, a length of time, a count, or per cent."""
        if isinstance(value, Money):
            return self.money(value)
        if isinstance(value, date):
            return self.plain_day(value)
        if isinstance(value, timedelta):
            return self.words("limit.days", count=value.days)
        return self.percent(value / 100) if isinstance(value, Decimal) else str(value)

    def limit(self, passed: Passed) -> str:
        """A limit that terms pass, and by how much."""
        what = self.words.code("approval" if passed.approval else "outside", passed.key)
        return self.words(
            "limit.approval" if passed.approval else "limit.passed",
            what=what,
            asked=self.figure(passed.asked),
            limit=self.figure(passed.limit),
        )

    def terms(self, terms: Terms) -> str:
        """Terms in one line."""
        t = self.words
        said = [t("terms.payments", count=len(terms.schedule))] if len(terms.schedule) > 1 else []
        if said and terms.frequency:
            said = [t("terms.rhythm", payments=said[0], frequency=t(f"frequency.{terms.frequency}"))]
        said.append(self.money(terms.to_pay))
        if terms.saved:
            said.append(t("terms.waiving", amount=self.money(terms.saved)))
        last = "terms.last_on" if len(terms.schedule) > 1 else "terms.paid_on"
        said.append(t(last, day=self.plain_day(terms.ends_on)))
        return t("terms.of_kind", kind=t(f"kind.{terms.kind}"), what=t("terms.pause").join(said))

    def ago(self, moment: datetime, now: datetime) -> Markup:
        """How far a moment is from now, short: "12 min" either way; the exact time is in the element's title."""
        return self._time(moment, self._far(moment, now))

    def before(self, moment: datetime, now: datetime) -> Markup:
        """How long ago something was: "12 min ago"."""
        return self._time(moment, self.words("time.ago", span=self._far(moment, now)))

    def _far(self, moment: datetime, now: datetime) -> str:
        minutes = round(abs((_aware(now) - _aware(moment)) / timedelta(minutes=1)))
        if minutes < 90:
            return self.words("time.minutes", n=minutes)
        hours = round(minutes / 60)
        return self.words("time.hours", n=hours) if hours < 48 else self.words("time.days", n=round(hours / 24))

    def _time(self, moment: datetime, text: str) -> Markup:
        exact = self.plain_moment(moment)
        return Markup('<time datetime="{}" title="{}">{}</time>').format(_aware(moment).isoformat(), exact, text)


class Facts(Mapping[str, Any]):
    """Facts that become text as a sentence asks for them; ``count`` stays the number by which it picks its form."""

    def __init__(self, formats: Formats, facts: Mapping[str, Any]) -> None:
        self._formats, self._facts = formats, facts

    def __getitem__(self, name: str) -> Any:
        value = self._facts[name]
        return value if name == "count" else self._formats.fact(name, value)

    def __iter__(self) -> Iterator[str]:
        return iter(self._facts)

    def __len__(self) -> int:
        return len(self._facts)


def _known(value: Mapping[str, Any]) -> Any:
    """Money, terms or a moment from their JSON; anything else as its text."""
    if "schedule" in value:
        return Terms.from_json(dict(value))
    if "currency" in value:
        return Money.parse(str(value["amount"]), str(value["currency"]))
    if "date" in value:
        return date.fromisoformat(value["date"])
    if "moment" in value:
        return datetime.fromisoformat(value["moment"])
    return str(dict(value))


def _aware(moment: datetime) -> datetime:
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


@functools.cache
def static(name: str) -> str:
    """The address of a file in `static/`, which changes when the file does."""
    digest = hashlib.sha256((HERE / "static" / name).read_bytes()).hexdigest()[:12]
    return f"/desk/static/{name}?v={digest}"


def new_key() -> str:
    """The id of one rendered form: what it sends counts once."""
    return uuid.uuid4().hex
