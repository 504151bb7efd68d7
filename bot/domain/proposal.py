"""Reading a borrower's own terms from the entities of a message."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from decimal import Decimal, InvalidOperation
from typing import Any, cast

from bot.domain.meant import is_date, meant
from bot.domain.money import LARGEST, Money, decimals
from bot.domain.offer import Terms
from bot.domain.schedule import FREQUENCIES, Frequency, next_day_of_month

CORRECTION = re.compile(
    r"\b(?:no,? sorry|sorry,? i mean|i mean|i meant|make that|rather)\b|\bfrom\b.+\bto\b"
    r"|\b(?:chang\w+|lower\w*|drop\w*|reduc\w+|bring\w*|cut\w*|mov\w+|switch\w*)\b[^.;!?]{0,24}\bto\b"
    r"|说错|說錯|不对|不對|[哦噢喔啊]不|应该是|應該是|改[成为為]|[降减減调調]到|换成|換成|从.+到",
    re.IGNORECASE,
)
EVERYTHING = re.compile(
    r"\b(?:all of it|it all|in full|pay everything|the whole (?:thing|amount|lot|sum|debt|balance|money|loan)"
    r"|full (?:amount|balance)|everything|pay (?:it )?off|clear (?:it|all)|one (?:single )?payment)\b"
    r"|全部|全额|全額|全都|一次性|一次还清|一次還清|一次过|结清|還清|还清|付清|清晒|(?:全|都)(?:还|還|畀|俾|給|给)(?:了|晒|曬|完|掉|给|給|你|上)"
    r"|(?:还|還|畀|俾)(?:晒|曬|完)",
    re.IGNORECASE,
)
# All of it in one payment, whatever else is said of how often.
ONE_GO = re.compile(
    r"\ball (?:of it )?(?:in one go|at once)\b|\bin one (?:go|payment)\b"
    r"|一次(?:性|过|過)?[^,，。不]{0,6}(?:还|還|付|结|結|缴|繳|畀|俾)(?:清|完|掉|晒|曬)|一次(?:性|过|過)?[全都](?:部|都)?(?:还|還|付|给|給)",
    re.IGNORECASE,
)
THE_REST = re.compile(
    r"\b(?:the )?(?:rest|remainder|remaining|other half)\b|\b(?:and|then) (?:the )?balance\b"
    r"|剩下|其余|其餘|另一半|另外一半|余下|餘下",
    re.IGNORECASE,
)
# Of the rest nothing is offered yet: what is named is one payment.
REST_IS_OPEN = re.compile(
    r"\b(?:rest|other (?:part|half|bit)|remainder)\b.{0,24}\b"
    r"(?:see|later|somehow|whenever|when i can|know|not sure|another time|dunno|(?:look|think|figure|work|sort)\w*)\b"
    r"|\b(?:figure|work|sort|think|see)\b.{0,12}\b(?:the )?(?:rest|other (?:part|half|bit)|remainder)\b"
    r"|\b(?:can['’]?t|cannot|can not|could ?n['’]?t|won['’]?t|don['’]?t|do not|dunno|no idea|not sure|unsure"
    r"|no promises)\b(?: \w+){0,4} (?:rest|other (?:part|half|bit)|remainder)\b"
    r"|(?:说不准|說不準|不好说|不好說|不确定|不確定|不知道|没法说|沒法說|不敢说|不敢說|不敢保证|不敢保證).{0,6}(?:剩下|其余|其餘|余下|餘下)"
    r"|(?:剩下|其余|其餘|余下|餘下|另外的?|后面的?|後面的?)(?:那?些|那部分|的)?.{0,6}(?:再说|再說|再看|再想|说不准|說不準|不好说|不好說|不确定|不確定|不知道|没法|沒法|不敢|再议|再議|再谈|再談|看情况|看情況|以后|以後|到时|到時|慢慢)",
    re.IGNORECASE,
)
NOT_ONE_GO = re.compile(
    r"(?:n['’]?t|\bnot|\bcannot|\bno way|\bunable|\bnever|\binstead of|\brather than)\b"
    r".{0,40}\b(?:in one|all)\b|(?:不|没|沒|唔|冇|别|別)[^,，。]{0,8}一次",
    re.IGNORECASE,
)
TWICE_A_MONTH = re.compile(r"(?:一个?|一個|每个?|每個)月[^\d,，。]{0,3}[两兩2二][次回]")
# Paid every Friday: the first payment is on the next one.
WEEKDAY = re.compile(
    r"\b(?:every|each|on) (?P<en>mon|tues|wednes|thurs|fri|satur|sun)days?\b"
    r"|\b(?P<many>mon|tues|wednes|thurs|fri|satur|sun)days\b"
    r"|(?:每|逢)(?:个|個)?(?:周|週|星期|礼拜|禮拜)(?P<zh>[一二三四五六日天])",
    re.IGNORECASE,
)
WEEKDAYS = ("mon", "tues", "wednes", "thurs", "fri", "satur", "sun")
# A day that is named without its month.
DAY_OF_MONTH = re.compile(r"(?:the )?\d{1,2}(?:st|nd|rd|th)|\d{1,2} ?[号號日]", re.IGNORECASE)
# What a proposal says about itself, not about terms.
MARKS = ("vague_amount", "other_currency", "bad_amount", "past_date")
# A day so close to an amount, in one clause with it, is that of the amount.
CLOSE_BY, CLAUSE_END = 12, re.compile(r"[,，。;；.!！]")
# How long it is from one payment to the next, in days and months.
PERIODS = {"weekly": (7, None), "biweekly": (14, None), "monthly": (None, 1)}
DURATION = re.compile(r"P(?:(?P<Y>\d+)Y)?(?:(?P<M>\d+)M)?(?:(?P<W>\d+)W)?(?:(?P<D>\d+)D)?")


@dataclass(frozen=True)
class Proposal:
    """What a borrower named; whatever was not named is None. Nothing here is a promise of anybody."""

    per_instalment: Money | None = None
    count: int | None = None
    frequency: Frequency | None = None
    down_payment: Money | None = None
    lump_sum: Money | None = None
    first_on: date | None = None
    day_of_month: int | None = None
    paydays: tuple[int, ...] = ()
    rest_on: date | None = None
    months: int | None = None
    days: int | None = None
    vague_amount: bool = False
    other_currency: bool = False
    bad_amount: bool = False
    past_date: bool = False
    # The lump sum was named as an amount, not as a share or as all of it.
    in_figures: bool = field(default=False, compare=False)
    at_time: str | None = None
    channel: str | None = None

    @property
    def empty(self) -> bool:
        return replace(self, at_time=None, channel=None, past_date=False) == Proposal()

    @property
    def names_plan(self) -> bool:
        """Whether repeated payments were named."""
        return bool(self.per_instalment or self.count or self.frequency or (self.months and not self.lump_sum))

    @property
    def says_when_and_how_much(self) -> bool:
        """Whether terms are named so fully that a yes along with them is one to nothing else."""
        amount = self.per_instalment or self.lump_sum or self.down_payment
        return bool(amount and (self.first_on or self.day_of_month or self.count or self.frequency))

    def without_amounts(self) -> Proposal:
        """What was named beside the amounts."""
        return replace(self, per_instalment=None, lump_sum=None, down_payment=None)

    def filled_from(self, earlier: Proposal) -> Proposal:
        """This proposal with what it leaves open taken from an earlier one.

        An amount in answer to repeated payments is what is paid each time.
        """
        if earlier.names_plan and self.lump_sum and not (self.names_plan or earlier.per_instalment):
            return replace(self, per_instalment=self.lump_sum, lump_sum=None).filled_from(earlier)
        return replace(
            self,
            **{
                name: getattr(earlier, name)
                for name in self.__dataclass_fields__
                if name not in MARKS and getattr(self, name) in (None, (), False)
            },
        )

    def as_rhythm(self) -> Proposal:
        """This proposal as an answer to how often: "a week" says every week."""
        said = next((name for name, length in PERIODS.items() if length == (self.days, self.months)), None)
        if self.frequency is not None or said is None:
            return self
        return replace(self, frequency=cast(Frequency, said), days=None, months=None)

    def repeats(self, terms: Terms) -> bool:
        """Whether it names some of these terms and nothing else."""
        if self.empty or any(getattr(self, mark) for mark in MARKS) or not terms.schedule:
            return False
        rows = terms.instalments or terms.schedule
        all_of_it = terms.owed if len(terms.schedule) == 1 and not terms.remaining else None
        days, months = PERIODS.get(terms.frequency or "", (None, None))
        same: dict[str, set[Any]] = {
            "per_instalment": {rows[0].amount},
            "lump_sum": {rows[0].amount, terms.schedule[0].amount, terms.to_pay, all_of_it},
            "down_payment": {terms.down_payment},
            "count": {len(rows)},
            "frequency": {terms.frequency},
            "days": {days},
            "months": {months, len(rows) if terms.frequency == "monthly" else None},
            "first_on": {terms.schedule[0].due_on, rows[0].due_on},
            "rest_on": {rows[0].due_on},
            "day_of_month": {rows[0].due_on.day},
            "at_time": {terms.at_time},
        }
        given = set(self.__dataclass_fields__) - {"in_figures"}
        named = {name for name in given if getattr(self, name) not in (None, (), False)}
        return named <= set(same) and all(getattr(self, name) in same[name] for name in named)

    def amending(self, terms: Terms) -> Proposal:
        """This proposal read as a change of terms that are on the table ("make it the 5th", "in six instead").

        What it does not name stays as it is in the terms.
        """
        if terms.kind == "promise" and terms.remaining and self.count and not (self.lump_sum or self.down_payment):
            # "2,000 now" and then "the rest in six": the part that was named comes first.
            return replace(self, down_payment=terms.to_pay)
        if self.down_payment and self.down_payment == terms.down_payment and self.count == 1 == len(terms.instalments):
            # "200 today and the rest on that day"
            return replace(self, rest_on=self.rest_on or terms.instalments[0].due_on)
        if terms.kind != "plan" and self.lump_sum and self.first_on is None and not self.names_plan:
            return replace(self, first_on=terms.schedule[0].due_on)
        if terms.kind == "plan" and self.lump_sum and not self.first_on and not self.names_plan:
            return replace(self, lump_sum=None, per_instalment=self.lump_sum).amending(terms)
        each = terms.instalments[0].amount if terms.kind == "plan" else None
        if each is not None and self.lump_sum == each and not self.names_plan:
            # "The 200 every two weeks then, but from the 2nd on"
            rhythm = replace(self, lump_sum=None, per_instalment=each, days=None, in_figures=False)
            return rhythm.amending(terms)
        if self.names_plan and (self.per_instalment or self.count or self.months or self.days):
            shape: dict[str, Any] = {"frequency": self.frequency or terms.frequency}
        elif self.lump_sum is None and self.down_payment is None:
            amounts = [row.amount for row in terms.instalments]
            even = amounts[-1].minor - amounts[0].minor in range(len(amounts))
            shape = {"count": len(amounts)} if even else {"per_instalment": amounts[0]}
            shape["frequency"] = self.frequency or terms.frequency
        else:
            return self
        if terms.kind != "plan":
            # All of it on another day is still all of it, whatever that day allows to be taken off; where nothing was
            # taken off before, the amount itself was named.
            whole = terms.owed if terms.kind == "settlement" else terms.to_pay
            if self.names_plan:
                return self
            return replace(self, lump_sum=self.lump_sum or whole, in_figures=self.in_figures or not terms.saved)
        first = terms.instalments[0].due_on
        paid_first = self.down_payment or terms.down_payment
        keeps_first = self.first_on is None and self.day_of_month is None and paid_first is None
        return replace(
            self,
            **shape,
            down_payment=self.down_payment or terms.down_payment,
            first_on=first if keeps_first and self.frequency in (None, terms.frequency) else self.first_on,
        )

    def as_json(self) -> dict[str, Any]:
        def plain(value: Any) -> Any:
            if isinstance(value, Money):
                return value.as_json()
            return value.isoformat() if isinstance(value, date) else value

        return {name: plain(getattr(self, name)) for name in self.__dataclass_fields__}

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Proposal:
        def rich(name: str, value: Any) -> Any:
            if isinstance(value, dict):
                return Money.parse(value["amount"], value["currency"])
            if name == "paydays":
                return tuple(value)
            return date.fromisoformat(value) if name in ("first_on", "rest_on") and value else value

        return cls(**{name: rich(name, value) for name, value in data.items()})


def read_proposal(entities: Iterable[Mapping[str, Any]], owed: Money, today: date, text: str = "") -> Proposal:
    """Reads terms from entities as `vocabulary.yml` names them, in the currency of the debt.

    A money entity without a role is an instalment where repeated payments are named, else a lump sum.
    Where an amount, a count or a date is named twice, the one that is said not to be meant counts for nothing
    ("150, not 115"); else the first mention with its role, or the last where the text corrects itself
    ("200, no sorry, 300", "from 600 to 400"). A text that speaks of all of it names the whole debt.
    """
    mentions = meant(entities, text, today)
    corrects = bool(CORRECTION.search(text))
    if corrects:
        mentions.reverse()
    named = {m["entity"] for m in mentions}
    whole = ONE_GO.search(text) and not NOT_ONE_GO.search(text) and not REST_IS_OPEN.search(text)
    if whole and not named & {"money", "percentage", "instalments"}:
        # "Month by month I'd forget, in eight days I pay it all in one go"
        mentions = [m for m in mentions if m["entity"] not in ("frequency", "duration")]
        mentions.append({"entity": "percentage", "value": 100})
        named = {m["entity"] for m in mentions}
    if (
        EVERYTHING.search(text)
        and not REST_IS_OPEN.search(text)
        and not named & {"money", "percentage", "instalments", "frequency", "duration"}
    ):
        mentions.append({"entity": "percentage", "value": 100})

    def values(kind: str, role: str | None = "") -> list[Any]:
        return [
            m["value"]
            for m in mentions
            if m["entity"] == kind and m.get("value") is not None and (role == "" or m.get("role") == role)
        ]

    def amount(role: str | None) -> Money | None:
        found = [Decimal(str(value)) for value in values("money", role) if not _unusable(value, owed.currency)]
        return Money.from_units(str(found[0]), owed.currency) if found else None

    frequency = next((f for f in values("frequency") if f in FREQUENCIES), None)
    if TWICE_A_MONTH.search(text):
        frequency = "biweekly"
    count = next((int(c) for c in values("instalments") if int(c) >= 1), None)
    months, days = _length(next(iter(values("duration")), None))
    if (days, months) == PERIODS.get(frequency or ""):
        months = days = None  # "I'm paid after two weeks, so 200 every two weeks": the rhythm, and no length
    days_named = [int(d) for d in values("day_of_month") if 1 <= int(d) <= 31]
    day, paydays = next(iter(days_named), None), tuple[int, ...]()
    if len(set(days_named)) > 1 and not corrects:
        # "On the 15th and the last": a payment on each; by number they are as many as fortnightly or weekly ones.
        day, paydays = None, tuple(sorted(set(days_named)))
        frequency = "biweekly" if len(paydays) == 2 else "weekly"
    if not (frequency or corrects) and (two := _in_two_payments(mentions, owed)):
        return two
    dates = [date.fromisoformat(d) for d in values("date") if is_date(d)]
    plain = not (frequency not in (None, "biweekly") or count or day or paydays or corrects)
    spans = [text[m["start"] : m["end"]] for m in mentions if m["entity"] == "date" and "start" in m]
    of_months = all(DAY_OF_MONTH.fullmatch(span) for span in spans)
    each_time = values("money", "per_instalment") or frequency == "biweekly"
    if plain and of_months and each_time and _are_paydays(dates, today):
        paydays, frequency, dates = tuple(sorted(d.day for d in dates)), "biweekly", []
    if frequency in ("weekly", "biweekly") and not dates and (weekday := WEEKDAY.search(text)):
        dates = [_next_weekday(today, weekday)]
    repeated = bool(frequency or count or months or values("money", "per_instalment"))
    mentions = _without_the_rest(mentions, amount("down_payment"), owed)
    if repeated and not corrects:
        mentions = _without_the_whole(mentions, owed)
    loose, share = amount(None), next(iter(values("percentage")), None)
    down, each, lump = amount("down_payment"), amount("per_instalment"), amount("lump_sum")
    if down and loose and count and loose == owed - down:
        loose = None  # what is left after the down payment: the instalments are parts of it
    if loose and (count or months) and down is None and _before_the_rest(mentions, text):
        down = loose
    elif loose and repeated and (each is None or (corrects and _is_first(loose, values("money")))):
        each = loose
    elif loose and not repeated and lump is None and down is None:
        lump = loose
    if share is not None and Decimal(str(share)) > 0 and loose is None and down is None and lump is None:
        part = owed.percent(min(Decimal(str(share)), Decimal(100)))
        down, lump = (part, lump) if repeated else (down, part)
    first_on = next(iter(dates), None)
    past_date = first_on is not None and first_on < today
    if past_date:
        first_on = None
    if first_on is None and day is not None and not repeated:
        first_on = next_day_of_month(today, day)
    rest_on = None
    of_the_part = first_on != today and _day_is_of_the_part(mentions, text)
    if down and not (lump or repeated) and (REST_IS_OPEN.search(text) or of_the_part):
        down, lump = None, down
    once = lump or (down if not repeated else None)
    amounts = [Decimal(str(value)) for value in values("money") if not _unusable(value, owed.currency)]
    in_two = len(values("percentage")) == 2 and sum(values("percentage")) == 100
    in_two = in_two or (len(amounts) == 2 and sum(amounts) == owed.amount and not repeated and not corrects)
    rest_named = THE_REST.search(text) and not REST_IS_OPEN.search(text)
    if once and once < owed and not repeated and (in_two or (rest_named and not of_the_part)):
        # "Half now and the rest next month": the first part is paid at once, the rest in one payment.
        later = [day for day in dates if first_on and day > first_on]
        down, lump, count = once, None, 1
        if later or first_on == today:
            rest_on = next(iter(later), None)
        else:
            first_on, rest_on = None, first_on
    return Proposal(
        per_instalment=each,
        count=count,
        frequency=frequency,
        down_payment=down,
        lump_sum=lump,
        first_on=first_on,
        day_of_month=day,
        paydays=paydays,
        rest_on=rest_on,
        months=months,
        days=days,
        vague_amount=any(m["entity"] == "money" and m.get("approximate") for m in mentions),
        other_currency=any(_is_foreign(m, owed.currency) for m in mentions),
        bad_amount=any(_unusable(value, owed.currency) for value in values("money")),
        past_date=past_date,
        in_figures=lump is not None and share is None,
        at_time=next(iter(values("time_of_day")), None),
        channel=next(iter(values("channel")), None),
    )


def _is_first(amount: Money, named: list[Any]) -> bool:
    """Whether an amount is the one that counts where several are named."""
    return Decimal(str(named[0])) == amount.amount


def _without_the_rest(mentions: list[Mapping[str, Any]], down: Money | None, owed: Money) -> list[Mapping[str, Any]]:
    """Mentions without what is left after the down payment, where an instalment of it is named as well: "2,000 now and
    the other 6,000 at 1,000 a month"."""
    each = [m for m in mentions if m["entity"] == "money" and m.get("role") == "per_instalment" and m.get("value")]
    rest = (owed - down).amount if down and down < owed else None
    other = [m for m in each if _unusable(m["value"], owed.currency) or Decimal(str(m["value"])) != rest]
    return [m for m in mentions if m not in each or m in other] if other else mentions


def _without_the_whole(mentions: list[Mapping[str, Any]], owed: Money) -> list[Mapping[str, Any]]:
    """Mentions without all that is owed, where what is paid each time is named as well: "500, right? So 50 a week"."""
    amounts = [m for m in mentions if m["entity"] == "money" and m.get("value") is not None]
    whole = [m for m in amounts if not _unusable(m["value"], owed.currency) and Decimal(str(m["value"])) == owed.amount]
    smaller = [m for m in amounts if m not in whole and not _unusable(m["value"], owed.currency)]
    return [m for m in mentions if m not in whole] if smaller else mentions


def _in_two_payments(mentions: list[Mapping[str, Any]], owed: Money) -> Proposal | None:
    """Terms that name both payments with their days, "500 today, 700 on 14 December", and nothing beside."""
    amounts = [m for m in mentions if m["entity"] == "money" and m.get("value") is not None]
    dates = [m for m in mentions if m["entity"] == "date" and is_date(m.get("value"))]
    others = [m for m in mentions if m["entity"] in ("percentage", "duration", "day_of_month") and m.get("value")]
    if len(amounts) != 2 or len(dates) != 2 or others or any(_unusable(m["value"], owed.currency) for m in amounts):
        return None
    parts = [Money.from_units(str(m["value"]), owed.currency) for m in amounts]
    days = [date.fromisoformat(m["value"]) for m in dates]
    if parts[0] + parts[1] != owed or days[0] >= days[1]:
        return None
    return Proposal(down_payment=parts[0], count=1, first_on=days[0], rest_on=days[1])


def _unusable(value: Any, currency: str) -> bool:
    """Whether nobody can pay such an amount: nothing or less, more than there is, parts of a minor unit, no number."""
    try:
        exact = Decimal(str(value)).scaleb(decimals(currency))
    except InvalidOperation:
        return True
    return not exact.is_finite() or not 0 < exact <= LARGEST or exact != exact.to_integral_value()


def _before_the_rest(mentions: Iterable[Mapping[str, Any]], text: str) -> bool:
    """Whether every amount stands before the rest is spoken of: "245 now and the rest over five months"."""
    rest = THE_REST.search(text)
    amounts = [m for m in mentions if m["entity"] == "money" and "end" in m]
    return bool(rest and amounts) and all(m["end"] <= rest.start() for m in amounts if rest)


def _day_is_of_the_part(mentions: Iterable[Mapping[str, Any]], text: str) -> bool:
    """Whether the only day to come belongs to the amount, and none to the rest: "100 on Friday, the rest is another
    matter"."""
    rest = THE_REST.search(text)
    placed = [m for m in mentions if "start" in m and m.get("value") is not None]
    days = [m for m in placed if m["entity"] in ("date", "day_of_month", "duration")]
    amounts = [m for m in placed if m["entity"] == "money"]
    if rest is None or len(days) != 1 or days[0]["end"] > rest.start():
        return False
    day = days[0]
    between = [text[min(m["end"], day["end"]) : max(m["start"], day["start"])] for m in amounts]
    return any(len(gap) <= CLOSE_BY and not CLAUSE_END.search(gap) for gap in between)


def _is_foreign(mention: Mapping[str, Any], currency: str) -> bool:
    """Whether an amount is in another currency; ¥ alone stands for yen as well as for yuan."""
    if currency == "JPY" and "¥" in mention.get("text", ""):
        return False
    return mention.get("currency") not in (None, currency)


def _are_paydays(dates: list[date], today: date) -> bool:
    """Whether dates are two days of a month ("on the 1st and the 15th, 80 each time")."""
    if len(dates) != 2 or min(dates) < today:
        return False
    return 0 < (max(dates) - min(dates)).days < 28 and dates[0].day != dates[1].day


def _next_weekday(today: date, named: re.Match[str]) -> date:
    """The next day of the week that is named, not today."""
    english = (named["en"] or named["many"] or "").lower()
    wanted = WEEKDAYS.index(english) if english else min("一二三四五六日天".index(named["zh"]), 6)
    return today + timedelta(days=(wanted - today.weekday() - 1) % 7 + 1)


def _length(duration: str | None) -> tuple[int | None, int | None]:
    """An ISO 8601 duration as months and days."""
    match = DURATION.fullmatch(duration or "")
    if not match or not duration or duration == "P":
        return None, None
    years, months, weeks, days = (int(match[part] or 0) for part in "YMWD")
    return (years * 12 + months) or None, (weeks * 7 + days) or None
