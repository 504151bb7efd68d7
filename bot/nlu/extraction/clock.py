"""Times of day: "after 6pm" is 18:00/24:00, 晚上七点以后 is 19:00/24:00, "mornings" is 06:00/12:00.

An hour without am or pm is read as people arrange calls: 1 to 7 is after noon (after "after" also 8), 8 to 12 as it
stands.  Parts of the day: morning 06-12, afternoon 12-18, evening 18-22, night 20-24.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from bot.nlu.extraction.patterns import rule
from bot.nlu.extraction.reading import Reading

DAY = 24 * 60

_TIME = rule(
    r"(?<![a-zA-Z0-9$£€¥.])(?:(?P<noon>noon|midday|midnight)|"
    r"(?:(?P<lead>half past|half|quarter past|quarter after|quarter to|(?P<minutes>N+) (?P<side>past|to)) )?"
    r"(?P<hour>N+)(?:(?P<colon>[:.h ])(?P<minute>N+))?(?P<clock> ?o'?clock|-?ish)?"
    r"(?P<half_day> ?(?:p\.?m|a\.?m(?! i(?![a-z])))(?![a-z])\.?)?"
    r"(?P<part> (?:in the |at |this )?(?:morning|afternoon|evening|night|tonight))?)(?![a-zQ%])"
)
# What follows a number that is no hour.
_COUNTS = rule(
    r" ?(?:-|,?N|%|percent|per |a (?:month|week)|an? |(?:working |business |calendar |full |whole )days?|months?"
    r"|weeks?|days?|years?|hours?|mins?|minutes?|hrs?|F|L|I|P"
    r"|payments?|instal|times?|of |out |dollars?|bucks?|pounds?|quid|euros?|yuan|rmb|more|missed|kids|children"
    r"|people|each|left|down|grand|k(?![a-z])|thousand|元|块|万|千|百|个|期|天|年|月|号|日|周|次|成|折|点|岁|小时|分)"
)
_AFTER = (
    *("after", "from", "past", "later than", "since"),
    *("not before", "never before", "nothing before", "no earlier than"),
)
_BEFORE = (
    *("before", "until", "till", "til", "by", "earlier than"),
    *("no later than", "not after", "never after", "nothing after"),
)
_WORD_BEFORE = re.compile(
    r"(?<![a-z])(?P<word>between|(?:not|never|nothing) (?:before|after)|no (?:later|earlier) than|later than"
    r"|earlier than|after"
    r"|from|past|before|until|till|til|by|since|at"
    r"|around|about|@) ?(?:like |about |around )?$"
)
_JOINS = re.compile(r" ?(?:and|to|till|until|-|&) ?(?:around |about )?$")
_ENDS = rule(r" ?(?:[,.!?;]|$|please|only|pls|is|works|would|onwards?|(?:on )?D)")
_PART = re.compile(
    r"(?<![a-z])(?<!good )(?<!gd )(?<!nice )(?<!lovely )(?<!restful )(?<!pleasant )(?<!great )(?:(?:in the "
    r"|during the |this |every |any |late |early |the )?"
    r"(?P<part>mornings?|afternoons?|evenings?|lunch ?times?)|at (?P<night>night)"
    r"|(?<!work )(?<!works )(?<!working )(?<!doing )(?<!do )(?<!worked )(?<!on )(?<!late )(?P<nights>nights))(?![a-z])"
)
_PART_NEAR = re.compile(r"(?<![a-z])(?:(?P<am>mornings?)|tonight|afternoons?|evenings?)(?![a-z])")
_PARTS = {
    "morning": "06:00/12:00",
    "afternoon": "12:00/18:00",
    "evening": "18:00/22:00",
    "night": "20:00/24:00",
    "lunch": "12:00/14:00",
}
CONTACT = re.compile(
    r"(?<![a-z])(?:call|ring|phone|contact|reach|text|message|msg|speak|talk|available|free|anytime|any time|weekdays?"
    r"|weekends?|hours|time|busy|at work|in class|home|asleep|bother|disturb|appointment|meeting|slot|buzz|ping"
    r"|try (?:me|us|tomorrow|again|then|after|before)|catch me|get me|get hold of me|surgery|meetings?|shift ends"
    r"|finish work|knock off)"
    r"|打|联系|电话|回电|回拨|来电|致电|找我|发我|有空|方便|下班|上班|短信|消息|时间|睡|忙"
)
_PAYING = re.compile(r"(?<![a-z])(?:pay|afford|owe|settle|instal)|还|付")
_SPOKEN = re.compile("(?:one|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve) [a-z]+")
_HOUR_BEFORE = re.compile("(?<![a-z])(?:at|by|after|before|until|till|til|around|about) $")
_GREETING = re.compile("[,.!] $")
_STOP = re.compile(" ?(?:$|[,.!])")
_MAYBE = re.compile(r"N|noon|midday|midnight|morning|afternoon|evening|night|lunch")


@dataclass
class _Time:
    """A time as it is written; `minutes` depends on the half of the day that the words around suggest."""

    start: int
    end: int
    hour: int
    minute: int
    shift: int
    half_day: str
    sure: bool
    as_written: bool

    def minutes(self, half_day: str = "", late: bool = False) -> int:
        """Minutes since midnight."""
        hour, half_day = self.hour, self.half_day or half_day
        if half_day == "p" and hour < 12:
            hour += 12
        elif half_day == "a" and hour == 12:
            hour = 0
        elif not half_day and not self.as_written and 1 <= hour <= (8 if late else 7):
            hour += 12
        return hour * 60 + self.minute + self.shift


def show(minutes: int) -> str:
    """HH:MM for minutes since midnight."""
    return f"{minutes // 60:02d}:{minutes % 60:02d}"


def _read(r: Reading, m: re.Match[str], contact: bool) -> _Time | None:
    if m["noon"]:
        hour = 12 if m["noon"] != "midnight" else 24
        return _Time(*m.span(), hour, 0, 0, "", True, True)
    number = r.number(m, "hour")
    if number is None or number.value is None:
        return None
    written = r.text[number.start : number.end]
    hour, minute, end = number.value, 0, m.end()
    if m["minute"]:
        value = r.whole(m, "minute")
        digits = r.text[m.start("minute") : m.end("minute")]
        if value is None or value > 59 or (digits.isdigit() and len(digits) != 2):
            return None
        minute = value
    elif re.fullmatch(r"\d{1,2}\.[0-5]\d", written):
        hour, minute = int(written.split(".")[0]), int(written.split(".")[1])
    elif m["half_day"] and contact and re.fullmatch(r"\d{1,2}[0-5]\d", written):
        hour, minute = int(written) // 100, int(written) % 100
    elif 100 < hour <= 1259 and hour % 100 in (5, 10, 15, 20, 30, 40, 45, 50) and _SPOKEN.fullmatch(written):
        # "Five thirty" is read as a number first.
        if not (contact and _HOUR_BEFORE.search(r.text[: m.start()])) or _COUNTS.match(r.sketch, end):
            return None
        hour, minute = int(hour) // 100, int(hour) % 100
    lead, shift = m["lead"] or "", 0
    if lead.startswith("half"):
        shift = 30
    elif lead == "quarter to":
        shift = -15
    elif lead.startswith("quarter"):
        shift = 15
    elif lead:
        value = r.whole(m, "minutes")
        if value not in (5, 10, 15, 20, 25):
            return None
        if m["side"] == "to" and value in (5, 10) and r.text[m.start("minutes")].isdigit():
            # "5 to 7" is from five to seven.
            return None
        shift = value if m["side"] == "past" else -value
    if not isinstance(hour, int) or not 0 <= hour <= 24 or (hour == 24 and minute):
        return None
    if hour == 0 and not (m["minute"] or m["half_day"]):
        return None
    half_day = (m["half_day"] or "").strip()[:1]
    part = m["part"] or ""
    if part and not half_day:
        early = "morning" in part or ("night" in part and hour < 6)
        half_day = "a" if early else "p" if hour < 12 else ""
    certain = bool(half_day or part or m["clock"] or (lead and lead != "half") or m["colon"] == ":")
    if m["half_day"] and hour > 12:
        half_day = ""
    return _Time(
        m.start(),
        end,
        hour,
        minute,
        shift,
        half_day,
        certain,
        written.startswith("0") or hour > 12,
    )


def _half_day_near(r: Reading, start: int, end: int) -> str:
    near = _PART_NEAR.search(r.text, max(0, start - 22), end + 22)
    if near is None:
        return ""
    return "a" if near["am"] else "p"


def times_of_day(r: Reading) -> None:
    """Times and parts of the day that English words name."""
    if not _MAYBE.search(r.sketch):
        return
    contact = bool(CONTACT.search(r.text))
    times = _all_times(r, contact)
    # Between two bare numbers only a message about contact has hours.
    calling = contact and not _PAYING.search(r.text)
    index = 0
    while index < len(times):
        time = times[index]
        following = times[index + 1] if index + 1 < len(times) else None
        lead = _WORD_BEFORE.search(r.text[: time.start])
        word, start = (lead["word"], lead.start()) if lead else ("", time.start)
        index += 1
        if following and word not in _BEFORE and _make_a_range(r, time, following, calling):
            start = start if word in ("between", "from") else time.start
            if _add_range(r, time, following, start):
                index += 1
                continue
        if time.sure or not _COUNTS.match(r.sketch, time.end):
            _add_one(r, time, word, start, contact)
    _parts_of_the_day(r)


def _all_times(r: Reading, contact: bool) -> list[_Time]:
    found: list[_Time] = []
    position = 0
    while True:
        m = _TIME.search(r.sketch, position)
        if m is None:
            return found
        time = _read(r, m, contact)
        if time is None and m["minutes"]:
            # No minutes to the hour: "5 to 7" is a range.
            hour = r.whole(m, "minutes")
            if hour is not None and 0 < hour <= 24:
                found.append(_Time(*m.span("minutes"), hour, 0, 0, "", False, hour > 12))
            position = m.start("hour")
        elif time is None:
            position = m.end("hour")
        else:
            found.append(time)
            position = time.end


def _make_a_range(r: Reading, first: _Time, last: _Time, calling: bool) -> bool:
    if not _JOINS.fullmatch(r.text[first.end : last.start]):
        return False
    counted = not last.sure and _COUNTS.match(r.sketch, last.end)
    return bool((first.sure or last.sure or calling) and not counted)


def _parts_of_the_day(r: Reading) -> None:
    for m in _PART.finditer(r.text):
        bare = m.group() in ("morning", "afternoon", "evening")
        greeting = bare and (
            m.start() == 0 or bool(_GREETING.search(r.text[: m.start()]) and _STOP.match(r.text, m.end()))
        )
        if r.free(*m.span()) and not greeting:
            name = m["part"] or "night"
            value = next(value for part, value in _PARTS.items() if name.startswith(part))
            r.add("time_of_day", value, *m.span())


def _add_range(r: Reading, first: _Time, last: _Time, start: int) -> bool:
    near = _half_day_near(r, first.start, last.end)
    end = last.minutes(near)
    half_day = near
    if not first.half_day and last.half_day:
        later = (first.hour % 12) * 60 + first.minute
        half_day = "p" if last.half_day == "p" and later + 720 < end and first.hour < 13 else "a"
        if first.hour == 12:
            half_day = "p"
    begin = first.minutes(half_day)
    if end <= begin and end + 720 <= DAY and not last.half_day and not near:
        end += 720
    if end <= begin:
        return False
    r.add("time_of_day", f"{show(begin)}/{show(min(end, DAY))}", start, last.end)
    return True


# "12 Elm Road", "at 19 King Street", "flat 5", "at 24 I took this out": an address, an age.
_ADDRESS_AFTER = re.compile(
    r",? (?:[a-z']+ ){1,3}(?:street|st|road|rd|avenue|ave|lane|ln|drive|close|court|way|crescent|terrace|place|gardens"
    r"|boulevard|blvd|row|hill|square)(?![a-z])"
)
_LIVES_AT = re.compile(
    r"(?<![a-z])(?:live|lives|living|moved(?: to)?|address is|stay|staying|house|flat|unit|door)(?: at)? $"
)
_COUNTED_AT = re.compile(
    r"(?<![a-z])(?:now|rate|interest|capped|stuck|stands?|standing|balance|count|total|payments?|instal+ments?|set"
    r"|fixed|plan"
    r"|stays?|stay|keep it|keep|leave it|put|sits|sitting|score|currently|still|i'm|down|up|charged|apr|age[d]?) at $"
)


def _is_no_hour(r: Reading, time: _Time, start: int) -> bool:
    if time.half_day or _TELLS_A_CLOCK.search(r.text[time.start : time.end]):
        return False
    before = r.text[:start]
    at = r.text[: time.start]
    return bool(_ADDRESS_AFTER.match(r.text, time.end) or _LIVES_AT.search(before) or _COUNTED_AT.search(at))


_TELLS_A_CLOCK = re.compile("[:.]|[ap]m|clock|morning|afternoon|evening|night|noon|half|quarter|past|to")


def _add_one(r: Reading, time: _Time, word: str, start: int, contact: bool) -> None:
    if _is_no_hour(r, time, start):
        return
    near = _half_day_near(r, time.start, time.end)
    onwards = re.match(r" ?(?:onwards?|on(?=$|[,.!?]))", r.text[time.end :])
    if word in _AFTER:
        if not time.sure and (word in ("from", "past", "since") and not onwards):
            return
        if not (time.sure or contact or (time.hour <= 12 and _ENDS.match(r.sketch, time.end))):
            return
        at = time.minutes(near, late=True)
        if at < DAY:
            r.add(
                "time_of_day",
                f"{show(at)}/24:00",
                start,
                time.end + (onwards.end() if onwards else 0),
            )
    elif word in _BEFORE:
        if not (time.sure or contact or (word == "before" and time.hour <= 12 and _ENDS.match(r.sketch, time.end))):
            return
        if word == "by" and not time.sure:
            return
        r.add(
            "time_of_day",
            f"00:00/{show(min(time.minutes(near), DAY))}",
            start,
            time.end,
        )
    elif time.sure or (word in ("at", "@") and (contact or time.hour <= 12)) or (word == "around" and contact):
        r.add(
            "time_of_day",
            show(time.minutes(near) % DAY),
            start if word in ("at", "@") else time.start,
            time.end,
        )
