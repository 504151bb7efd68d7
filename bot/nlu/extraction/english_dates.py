"""Days that English words name.

A weekday is the next one after today, "next friday" the Friday of the next week (weeks begin on Monday), "the 25th" and
"25 Nov" the next to come, today included.  A day with its year stays as written, also in the past (birth dates).
Vague days ("soon", "next month", "early december", payday) give nothing.
"""

from __future__ import annotations

import re
from datetime import date, timedelta

from bot.nlu.extraction import calendar
from bot.nlu.extraction.date_roles import starts
from bot.nlu.extraction.numeric_dates import BIRTH, birth_year, full_year
from bot.nlu.extraction.patterns import (
    HALF,
    MONTH,
    MONTHS,
    UNIT,
    WEEKDAY,
    WEEKDAY_SHORT,
    any_of,
    listed,
    rule,
    unit_of,
    weekday_of,
    whole,
)
from bot.nlu.extraction.plan_days import is_moved_from, is_plan_day, recurs
from bot.nlu.extraction.reading import Reading
from bot.nlu.extraction.tense import told_after, told_before

_ANY_WEEKDAY = any_of(WEEKDAY, WEEKDAY_SHORT)
_YEAR = r",? (?P<year>N+)(?![a-z%/:])(?! ?(?:a |per |dollars|bucks|pounds|now|down|each))"
_DAY_MONTH = rule(
    rf"(?:{_ANY_WEEKDAY},? )?(?:the )?(?P<day>O+|(?<![a-z0-9])N+)(?: of)?[ -]?(?<![a-z])(?P<month>{MONTH})",
    rf"(?: (?P<relative>this|next|last) year|{_YEAR}|[ '-]+(?P<short>N+)(?=$|[ ,.;)!?]))?",
)
_MONTH_DAY = rule(
    rf"(?:{_ANY_WEEKDAY},? (?:the )?)?(?<![a-z])(?P<month>{MONTH}) ?(?:the )?(?P<day>O+|N+(?![a-z%$/]))",
    rf"(?! ?(?:a|per|every|each) )(?:{_YEAR})?",
)
_MODAL_MAY = re.compile(r" (?:i|we|be|not|have|need|get|take|as|or)(?![a-z])")
_SUBJECT_BEFORE = re.compile(r"(?<![a-z])(?:i|we|you|he|she|it|that|they) $")

_MONTH_END = rule(
    r"(?:the )?(?:very )?(?:end|last day)(?: of| a| o)? (?:the |this )?",
    rf"(?:(?P<which>next |this |current |every |each )?(?P<unit>month|year)|(?P<month>{MONTH}))(?![a-z])",
    r"|(?<![a-z])(?:(?P<which2>next |this |every |each |evry )?(?P<unit2>month|year)(?:'s|s')?[ -]?end|eom)(?![a-z])",
)
_RELATIVE = rule(
    whole(
        any_of(
            "(?:the )?(?P<after>day after (?:tomorrow|tmrw?))",
            "(?:the )?(?P<before>day before yesterday)",
            "(?P<today>today|tonight)",
            "(?P<tomorrow>tomm?or+ow|tmrw|tmr|tmo|2morr?ow?|tomoz|tomoro)",
            "(?P<yesterday>yesterday|last night)",
        )
    )
)
_DAYS = {"after": 2, "before": -2, "today": 0, "tomorrow": 1, "yesterday": -1}

_COUNT = (
    r"(?:(?P<n>N+)|(?P<couple>a couple(?: of)?|couple(?: of)?)|(?P<half>half an?)|(?P<one>an?|another))"
    r"(?: (?:more|extra|business|working|calendar))?"
)
_SPAN = rf"{_COUNT}(?P<halves>{HALF})? {UNIT}(?:'s?)?(?![a-z])(?P<halves2>{HALF})?"
_IN = rule(rf"(?<![a-z])(?:in|after) {_SPAN}(?:'? time)?")
_FROM_NOW = rule(
    rf"(?<![a-z]){_SPAN} (?:from (?P<anchor>now(?! on)|today|tomorrow|{WEEKDAY})|later|hence|on"
    rf" (?P<on>{WEEKDAY}))(?![a-z])"
)
_TO_COME = re.compile("(?<![a-z])(?:will|can|could|pay|promise|[a-z]+'ll)(?![a-z])|^[^a-z]*[a-z0-9 ]+ later[.! ]*$")
# "Clear it in six months" tells how long, "I'll pay in two weeks" tells when.
_SPREAD_BEFORE = re.compile(
    r"(?<![a-z])(?:pay(?:ing)?(?: [a-z']+){0,4} (?:off|back)|clear|spread|split|finish|repay|settle|over|complete"
    r"|divide|done)(?:ed|ing|d)?(?: [a-z']+){0,3} ?$"
)
# "I never missed a payment in four years", "27 texts in 2 days": how long, too.
_IS_PERIOD_BEFORE = re.compile(
    r"(?:calls?|texts?|messages?|emails?|letters?)[,:] (?:like |about |some )?[a-z0-9-]+ $"
    r"|(?:(?<![a-z])(?:never|i've not|have not|haven't|havent|hasn't|first|once|twice|times|calls?|texts?"
    r"|messages?)(?![a-z])|\d+"
    r" [a-z]+s )"
    r"[^.,;!?]{0,40}$"
)
_WEEKDAY_AFTER = rule(rf"(?<![a-z])(?P<day>{WEEKDAY}) (?:in {_SPAN}|(?P<week>week)(?=$|[ ,.!?;])(?! (?:of|or|is)))")
_WEEK_AND_DAY = rule(
    rf"(?<![a-z])(?:(?P<which>next|this|last) week,?(?: on)? (?P<day>{_ANY_WEEKDAY})",
    rf"|(?P<day2>{_ANY_WEEKDAY}),? (?:of )?(?P<which2>next|this|last) week(?![a-z])",
    rf"|(?P<day3>{WEEKDAY}) after next(?![a-z]))",
)
_WEEKDAY_RANGE = rule(
    rf"(?<![a-z])(?:{WEEKDAY}|mon|tue|wed|thu|fri|sat|sun)s? ?(?:to|through|thru|till|until|-) ?",
    rf"(?:{WEEKDAY}|mon|tue|wed|thu|fri|sat|sun)s?(?![a-z])",
)
# "The fourth wednesday" of each month names no day.
_NTH_WEEKDAY = rule(rf"(?<![a-z])(?<!other )(?<!every )the O+ {WEEKDAY}(?![a-z])")
# "Sat" and "sun" are days only after a word that leads to one, or at the start.
_LEADS = (
    "this",
    "coming",
    "next",
    "last",
    "on",
    "by",
    "before",
    "until",
    "till",
    "til",
    "from",
    "after",
    "starting",
    "or",
)
_LEADS += ("and", "since", "clears")
_LED = any_of(*(f"(?<={lead} )" for lead in _LEADS), "^", "(?<=[,.;:!?(])", "(?<=[,.;:!?(] )")
_ONE_WEEKDAY = rule(
    r"(?<![a-z])(?:(?P<which>this coming|coming|this|next|following|last|past|(?P<since>since)) )?",
    rf"(?P<day>{WEEKDAY}(?!s)|{_LED}{WEEKDAY_SHORT}|(?:tues|weds|thurs?|fri)(?![a-z]))(?![a-z])",
    r"(?:,? the (?P<number>O+))?(?! (?:of|in) (?:the|each|every) month)(?P<after> after(?= *(?:$|[,.!?;])))?",
)
_DAYS_LISTED = rf"(?:(?:{WEEKDAY}|mon|tues?|wed|thurs?|thu|fri|sat|sun)s?(?:,? and |, ?| ?& ?| or ))*"
_RECURRING_BEFORE = re.compile(rf"(?:every|each|every (?:other|second)|alternate) {_DAYS_LISTED}$")

_NOT_A_DAY = (
    "(?! "
    + listed(
        "one option century floor street call letter warning reminder attempt birthday i_want i_like i_prefer"
        " offer page"
        " line chapter paragraph person agent man woman guy name language visit visitor message email text"
        " house job place"
        " plan choice payment instal installment instalment time of_them half party thing week month year proposal"
        " deal suggestion part bit amount lot go round name attempt couple few three two person account loan bill"
        " anniversary"
    )
    + "s?(?![a-z]))"
)
_NTH = rule(
    r"(?<![a-z])(?:(?P<lead>on|by|until|till|before|from|to|starting|every|each|around|after|for|is|was|due|next|this"
    r"|since",
    rf"|it's|pays?|paid) )?(?P<the>the )?(?P<day>O+){_NOT_A_DAY}",
    r"(?P<of> (?:of |in )?(?P<which>this|next|last|the|every|each|the following) month(?![a-z])|(?P<monthly>"
    r" monthly))?",
)
# "Pay u on 28 ok", "payday 25"
_BARE_DAY = rule(
    r"(?<![a-z])(?:(?:pay|paying|paid|send|settle|salary|wages?|comes?|come in|due|lands?|arrives?) (?:(?:you|u"
    r"|it|me|us|in"
    r"|is) )?on|(?:pay|salary|wages?|gaji) comes? in(?: on)?|(?:salary|pay|wages?) (?:is )?credited(?: on)?"
    r"|payday(?: is| on| is on|'s|:)?(?: the)?|(?:on |, |^)the day)"
    r" (?P<day>N+)(?= ?(?:$|[,.;!?]|(?:ok|and|so|of|i|then|for"
    r"|please|will|when|only|if)"
    r"(?![a-z])))"
)
_NEXT_MONTH_NTH = rule(rf"(?<![a-z])next month,?(?: on)?(?: the)? (?P<day>O+){_NOT_A_DAY}")
_AND_NTH = rule(rf" ?(?:and|&|or|,) (?:the )?(?P<day>O+){_NOT_A_DAY}")
_NO_DAY_LEADS = ("for", "to", "is", "was", "after", "it's", "this", "next")


# "Born 3rd of the 9th 1979"
_BIRTH_IN_ORDINALS = rule(r"(?<![a-z])(?:the )?(?P<day>O+) of (?:the )?(?P<month>O+),? (?P<year>N+)")
_FEASTS = re.compile(
    whole(
        any_of(
            "(?P<eve>(?:christmas|xmas|x-mas) eve)",
            "(?P<christmas>(?:christmas|xmas|x-mas)(?: day)?)(?! (?:gifts?|presents?|shopping|party|bonus|tree|money"
            "|season|time|holidays?|break|eve|dinner|card|job|club))",
            "(?P<boxing>boxing day)",
            "(?P<last>new years?'?s? eve|nye)",
            "(?P<first>new years?'?s? day|new year's(?! (?:eve|resolution)))",
            "(?P<valentine>valentine'?s?(?: day)?)",
            "(?P<halloween>hallowe'?en)",
        )
    )
)
_FEAST_DAYS = {
    "eve": (12, 24),
    "christmas": (12, 25),
    "boxing": (12, 26),
    "last": (12, 31),
    "first": (1, 1),
    "valentine": (2, 14),
    "halloween": (10, 31),
}


def english_dates(r: Reading) -> None:
    """Everything about days that English words say."""
    _feasts(r)
    _months_and_days(r)
    _month_ends(r)
    for m in r.find(_FROM_NOW):
        _from_now(r, m)
    for m in r.find(_RELATIVE):
        name = next(name for name in _DAYS if m[name])
        r.add("date", (r.today + timedelta(days=_DAYS[name])).isoformat(), *m.span())
    _weekdays(r)
    _spans(r)
    _ordinals(r)


def _feasts(r: Reading) -> None:
    for m in _FEASTS.finditer(r.text):
        month, number = _FEAST_DAYS[str(m.lastgroup)]
        found = calendar.next_month_day(r.today, month, number)
        past = r.text[: m.start()].endswith("last ") or told_before(r, m.start())
        if found and past:
            found = calendar.day(found.year - 1, month, number)
        if found:
            r.add("date", found.isoformat(), *m.span())


def _months_and_days(r: Reading) -> None:
    for m in r.find(_DAY_MONTH):
        if m["month"] == "may" and _MODAL_MAY.match(r.text, m.end("month")):
            continue
        _add_month_day(r, m)
    for m in r.find(_MONTH_DAY):
        if m["month"] in ("may", "march", "mar") and _SUBJECT_BEFORE.search(r.text[: m.start()]):
            continue
        _add_month_day(r, m)


_FAR = 270
_TELLS = re.compile(r"(?<![a-z])(?:died|passed|meninggal|left us|accident|paid|sent|was|were|gave|had)(?![a-z])")
_AHEAD = re.compile(
    r"(?<![a-z])(?:will|i'll|we'll|you'll|pay|from|start(?:s|ing)?|until|till?|by|can|next|begin|could|would"
    r"|matures?|ends?"
    r"|runs?|due|move|birthday)(?![a-z])"
)


def _add_month_day(r: Reading, m: re.Match[str]) -> None:
    number, month = r.whole(m, "day"), MONTHS[m["month"][:3]]
    if number is None or not 1 <= number <= 31:
        return
    year, end = _written_year(r, m)
    year = year or birth_year(r)
    if year:
        found = calendar.day(year, month, number)
    else:
        found = calendar.next_month_day(r.today, month, number)
        if found and found > r.today and (told_before(r, m.start()) or told_after(r, m.start(), end)):
            found = calendar.day(found.year - 1, month, number)
        elif found and (found - r.today).days > _FAR and _TELLS.search(r.text) and not _AHEAD.search(r.text):
            # "Hafiz died on 8 Oct", told in November
            found = calendar.day(found.year - 1, month, number)
    # A birthday without its year names no day.
    if found and (year or not BIRTH.search(r.text)):
        r.add("date", found.isoformat(), m.start(), end)
    else:
        r.claim(m.start(), end)


def _written_year(r: Reading, m: re.Match[str]) -> tuple[int | None, int]:
    """The year in a match, if what stands there is one, and where the date ends."""
    without = max(m.end("month"), m.end("day"))
    named = m.groupdict()
    if named.get("relative"):
        return r.today.year + {"this": 0, "next": 1, "last": -1}[m["relative"]], m.end()
    for group in ("year", "short"):
        if not named.get(group):
            continue
        value, written = r.whole(m, group), r.text[m.start(group) : m.end(group)]
        if value is not None and 1900 <= value <= 2100:
            return value, m.end()
        birth = bool(BIRTH.search(r.text))
        if birth and value is not None and 10 <= value <= 99 and written.isascii():
            # "Third of March eighty-four"
            written = str(value)
        if re.fullmatch(r"\d\d", written) and (group == "short" or birth or int(written) > r.today.year % 100 + 5):
            return full_year(written, r.today, birth), m.end()
    return None, without


def _month_ends(r: Reading) -> None:
    for m in r.find(_MONTH_END):
        which = (m["which"] or m["which2"] or "").strip()
        if which in ("every", "each"):
            if m["which"]:
                r.add("day_of_month", 31, m.start(), m.start("which") - 1)
            else:
                r.add("day_of_month", 31, m.end("which2"), m.end())
            continue
        if m["month"]:
            month = MONTHS[m["month"][:3]]
            found = calendar.month_end(r.today.year + (month < r.today.month), month)
        elif (m["unit"] or m["unit2"]) == "year":
            found = date(r.today.year + (which == "next"), 12, 31)
        else:
            found = calendar.month_end(r.today.year, r.today.month + (which == "next"))
            if not which and is_plan_day(r, *m.span()):
                r.add("day_of_month", 31, *m.span())
                continue
        r.add("date", found.isoformat(), *m.span())


def _count(r: Reading, m: re.Match[str]) -> float | None:
    """The count of units in a match of `_SPAN`, None where it is vague."""
    value = r.value(m, "n") if m["n"] else 2 if m["couple"] else 0.5 if m["half"] else 1
    if value is None:
        return None
    if m["halves"] or m["halves2"]:
        value += 0.5
    return value * (2 if m["unit"].startswith("f") else 1)


def _last_weekday(today: date, weekday: int) -> date:
    return today - timedelta(days=(today.weekday() - weekday - 1) % 7 + 1)


def _from_now(r: Reading, m: re.Match[str]) -> None:
    count, anchor = _count(r, m), m["anchor"] or m["on"] or "now"
    start = r.today
    if anchor == "tomorrow":
        start += timedelta(days=1)
    elif anchor not in ("now", "today"):
        start = calendar.next_weekday(r.today, weekday_of(anchor))
    found = calendar.plus(start, count, unit_of(m["unit"])) if count is not None else None
    # "A month later there are three loans" tells a story.
    if found and ("later" not in m.group() or _TO_COME.search(r.text)):
        r.add("date", found.isoformat(), *m.span())


def _weekdays(r: Reading) -> None:
    for m in r.find(_WEEKDAY_AFTER):
        weekday = weekday_of(m["day"])
        if m["week"]:
            r.add(
                "date",
                (calendar.next_weekday(r.today, weekday) + timedelta(days=7)).isoformat(),
                *m.span(),
            )
            continue
        count = _count(r, m)
        shifted = calendar.plus(r.today, count, unit_of(m["unit"])) if count else None
        if shifted:
            r.add(
                "date",
                calendar.weekday_of_week(shifted, weekday, 0).isoformat(),
                *m.span(),
            )
    for m in r.find(_WEEK_AND_DAY):
        day = m["day"] or m["day2"] or m["day3"]
        weeks = 2 if m["day3"] else {"next": 1, "this": 0, "last": -1}[m["which"] or m["which2"]]
        r.add(
            "date",
            calendar.weekday_of_week(r.today, weekday_of(day), weeks).isoformat(),
            *m.span(),
        )
    for pattern in (_WEEKDAY_RANGE, _NTH_WEEKDAY):
        for m in r.find(pattern):
            r.claim(*m.span())
    for m in r.find(_ONE_WEEKDAY):
        # "It's a sunday" and "on a friday" name no day.
        if not _RECURRING_BEFORE.search(r.text[: m.start()]) and not r.text[: m.start()].endswith((" a ", "some ")):
            found = _one_weekday(r, m)
            if found:
                start = m.start("day") if m["since"] else m.start()
                r.add("date", found.isoformat(), start, m.end())


def _one_weekday(r: Reading, m: re.Match[str]) -> date | None:
    weekday, which = weekday_of(m["day"]), m["which"] or ""
    if m["number"]:
        return calendar.next_day_of_month(r.today, r.whole(m, "number") or 0)
    if which == "next":
        return calendar.weekday_of_week(r.today, weekday, 1)
    if m["after"]:
        # "200 this friday and 200 the friday after"
        return calendar.next_weekday(r.today, weekday) + timedelta(days=7)
    of_past = r.text.startswith("'s ", m.end()) and _SOUGHT.search(r.text)
    if which in ("last", "past", "since") or (not which and (of_past or told_before(r, m.start()))):
        return _last_weekday(r.today, weekday)
    if which == "this" and weekday == r.today.weekday():
        return r.today
    return calendar.next_weekday(r.today, weekday)


_PROMISE = re.compile(r"(?<![a-z])(?:i'll|ill|i will|we'll|try me|call|ring|contact|remind|message|text|back)(?![a-z])")
# "Where's that e-mail confirming Tuesday's 150"
_SOUGHT = re.compile(
    "(?<![a-z])(?:where|never|did|count(?:ed)?|didn't|didnt|got|went|show|showing|confirm(?:ing|ed)?|see"
    "|receive[d]?|arrived?)(?![a-z])"
)


def _spans(r: Reading) -> None:
    for m in r.find(_IN):
        count, unit = _count(r, m), unit_of(m["unit"])
        if count is None or _IS_PERIOD_BEFORE.search(r.text[: m.start()][-60:]):
            continue
        if r.text.startswith("after", m.start()) and not (_PROMISE.search(r.text) or _TO_COME.search(r.text)):
            # "Does it go to a lawyer after 30 days"
            continue
        past = told_before(r, m.start(), r.clause(*m.span())[0]) and not _TO_COME.search(
            r.text, m.end(), r.sentence(*m.span())[1]
        )
        if past or r.text.startswith(" of ", m.end()):
            # "Returned 22,000 in ten months", "more than I make in a week of driving".
            continue
        if unit == "Y" or (unit == "M" and _SPREAD_BEFORE.search(r.text[: m.start()][-45:])):
            continue
        found = calendar.plus(r.today, count, unit)
        if found:
            r.add("date", found.isoformat(), *m.span())


def _ordinals(r: Reading) -> None:
    if BIRTH.search(r.text):
        for m in r.find(_BIRTH_IN_ORDINALS):
            found = calendar.day(r.whole(m, "year") or 0, r.whole(m, "month") or 0, r.whole(m, "day") or 0)
            if found:
                r.add("date", found.isoformat(), *m.span())
    for m in r.find(_NEXT_MONTH_NTH):
        found = calendar.day_of_coming_month(r.today, 1, r.whole(m, "day") or 0)
        if found:
            r.add("date", found.isoformat(), *m.span())
    for m in r.find(_BARE_DAY):
        number = r.whole(m, "day")
        if number is not None and 1 <= number <= 31 and r.text[m.start("day") : m.end("day")].isdigit():
            found = calendar.next_day_of_month(r.today, number)
            past = told_before(r, m.start())
            found = calendar.last_day_of_month(r.today, number) if past else found
            if found:
                r.add("date", found.isoformat(), *m.span("day"))
    for m in r.find(_NTH):
        number = r.whole(m, "day")
        if number is not None and 1 <= number <= 31 and _names_a_day(r, m, number):
            _add_nth(r, m, number)


_PAIRED_NTH = rule(r" ?(?:and|or|&|/|then) (?:the )?O+(?! (?:one|option|payment|instal))")


def _names_a_day(r: Reading, m: re.Match[str], number: int) -> bool:
    """ "First" and "second" count more things than days; "25th" hardly anything else."""
    lead = m["lead"] or ""
    if m["of"]:
        return True
    if r.text[m.start("day")].isdigit() and _PAIRED_NTH.match(r.sketch, m.end("day")):
        return True
    if r.text[m.start("day")].isdigit():
        return bool(lead) or number > 3 or bool(m["the"])
    if number > 3:
        # "The tenth instead", "so twentieth": what else has so many? Letters of a word: "the fifth is a P".
        return bool(m["the"] or number > 10) and not r.text.startswith((" is a ", " is an "), m.end("day"))
    return bool(m["the"] and lead and lead not in _NO_DAY_LEADS)


_LETTER_OF = re.compile("(?:letter|message|proposal|e-?mail|notice|statement|text|invoice|reminder) of (?:the )?$")


def _add_nth(r: Reading, m: re.Match[str], number: int) -> None:
    lead, which = m["lead"] or "", m["which"] or ""
    start, end = m.start("the") if m["the"] else m.start("day"), m.end("day")
    if lead in ("every", "each"):
        r.add("day_of_month", number, m.start(), end)
        if which == "the":
            # "Every tenth of the month"
            r.add("frequency", "monthly", m.end() - len("month"), m.end())
        return
    begins = starts(r, start) and which not in ("next", "the following", "this", "last")
    following = _AND_NTH.match(r.sketch, end)
    plan_day = m["monthly"] or which in ("every", "each") or (begins and is_moved_from(r, start, end))
    if not begins and which in ("", "the"):
        plan_day = plan_day or is_plan_day(r, start, m.end())
        plan_day = plan_day or (following and recurs(r, following.start(), following.end()))
    if plan_day:
        r.add("day_of_month", number, start, end)
        other = r.whole(following, "day") if following else None
        if following and other and 1 <= other <= 31 and not begins:
            r.add("day_of_month", other, following.start("day"), following.end("day"))
        return
    if which == "last":
        found = calendar.day_of_coming_month(r.today, -1, number)
    elif which in ("next", "the following", "this"):
        found = calendar.day_of_coming_month(r.today, 0 if which == "this" else 1, number)
    elif (
        _LETTER_OF.search(r.text[:start])
        or lead == "since"
        or (lead in ("on", "") and told_before(r, start))
        or told_after(r, start, end)
    ):
        found = calendar.last_day_of_month(r.today, number)
    else:
        found = calendar.next_day_of_month(r.today, number)
    if found:
        r.add("date", found.isoformat(), start, m.end())
