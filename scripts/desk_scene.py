"""A desk to take pictures of: invented people, a month of cases behind them, a morning of them before them.

The month is played through the services by a clock of its own; the morning's conversations are held with the running
program, as borrowers hold them. So that it is a morning whenever the pictures are taken, the lender's people work where
it is one.
"""

from __future__ import annotations

import random
import re
import shutil
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime, time, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import httpx
import pyotp
from sqlalchemy import select

from bot.bootstrap import Services, open_services
from bot.domain.handover import OpeningHours
from bot.domain.money import Money
from bot.domain.rights import Actor
from bot.domain.wanted import Wanted
from bot.settings import ROOT, Settings
from bot.store.tables import Conversation, Person
from tests.stack import Borrower, Stack

PASSWORD = "a kettle on the windowsill"  # noqa: S105
PEOPLE = (
    ("ines", "Ines Okafor", "agent", ("care", "general"), "en"),
    ("siyuan", "陈思远", "agent", ("chinese", "general"), "zh-Hans"),
    ("tobias", "Tobias Lindgren", "agent", ("general",), "en"),
    ("jonas", "Jonas Adeyemi", "supervisor", ("care", "chinese", "general"), "en"),
    ("wanqing", "许婉清", "supervisor", ("chinese", "care", "general"), "zh-Hans"),
    ("ruth", "Ruth Ferreira", "auditor", (), "en"),
    ("amal", "Amal Haddad", "trainer", (), "en"),
    ("admin", "Lea Brandt", "administrator", (), "en"),
)
INVITED = ("pavel", "Pavel Novák", "agent", ("general",), "en")
# Where people may work: the sample's own place, then others, so close that it is between ten and two in one of them.
ZONES = (
    "Asia/Singapore",
    "Pacific/Auckland",
    "Australia/Sydney",
    "Asia/Karachi",
    "Europe/Helsinki",
    "Atlantic/Azores",
    "America/Sao_Paulo",
    "America/New_York",
    "America/Los_Angeles",
    "Pacific/Honolulu",
)
# What cases of the past month were about: reason, language, what was said, how they ended.
PAST = (
    ("request_human", "en", "Can I talk to somebody, please?", "answered"),
    ("request_human", "zh-Hans", "我想找真人谈谈", "agreed"),
    ("no_agreement", "en", "That is still more than I can manage", "agreed"),
    ("dispute_debt", "en", "I never received the second half of this loan", "dispute_upheld"),
    ("dispute_debt", "en", "This amount is not right", "dispute_rejected"),
    ("request_callback", "en", "Please call me back", "promised"),
    ("complain", "en", "I want to complain about how I was treated", "answered"),
    ("claim_already_paid", "zh-Hans", "这笔钱我上个月就还了", "dispute_upheld"),
    ("modify_plan", "en", "Could the day be moved for good?", "agreed"),
    ("request_document", "en", "I need a statement for the tax office", "answered"),
    ("refuse_to_pay", "en", "I am not going to pay this", "not_reached"),
)
MARKS = (5, 5, 4, 4, 5, 3, 4, 5)
ANSWER = {
    "en": "Thank you for your patience. I have read everything and will see to it.",
    "zh-Hans": "久等了，您写的我都看过了，这件事我来处理。",
}
REPLIES = (
    ("jonas", "Opening", "Hello, I'm with the customer care team, and I have read what you wrote.", "en", None, True),
    (
        "jonas",
        "What we need for a dispute",
        "Could you send a photo of the receipt or the statement?",
        "en",
        "care",
        False,
    ),
    ("wanqing", "开场", "您好，我是客服同事，您前面写的我都看过了。", "zh-Hans", "chinese", False),
    (
        "ines",
        "Thank you, and goodbye",
        "Thank you for talking it through with me. Write here any time.",
        "en",
        None,
        False,
    ),
    ("siyuan", "稍等", "我先核对一下，稍后在这里回复您。", "zh-Hans", None, False),
)


class Clock:
    """Time that can be set; by itself it is the present."""

    def __init__(self) -> None:
        self.set: datetime | None = None

    def __call__(self) -> datetime:
        return self.set or datetime.now(UTC)

    def passes(self, hours: OpeningHours, minutes: float) -> None:
        """Time goes by in which people work."""
        self.set = hours.after(self(), minutes / 60)


@dataclass
class Scene:
    """The desk while its pictures are taken. ``cases``: references by a name; ``link``: somebody's one-time link."""

    services: Services
    clock: Clock
    stack: Stack
    secrets: dict[str, str] = field(default_factory=dict)
    cases: dict[str, str] = field(default_factory=dict)
    codes: dict[str, str] = field(default_factory=dict)
    link: str = ""
    _clicks: int = 0

    def actor(self, login: str) -> Actor:
        """Somebody as they act."""
        with self.services.parts.store.transaction() as session:
            person = session.scalars(select(Person).where(Person.login == login)).one()
            return self.services.people.actor(session, person.id)

    def does(self, login: str, act: str, case: str, *given: Any, **named: Any) -> Any:
        """Somebody does something with a case."""
        self._clicks += 1
        return getattr(self.services.casework, act)(self.actor(login), case, f"picture-{self._clicks}", *given, **named)

    def sign_in(self) -> None:
        """Everybody signs in once more."""
        for login, totp in self.codes.items():
            code = pyotp.TOTP(totp).now()
            self.secrets[login] = self.services.people.sign_in(login, PASSWORD, code, "192.0.2.7", "Chrome, Linux")
            self.services.people.who(self.secrets[login])


def make(home: Path) -> Scene:
    """The whole scene, in a home folder of its own; the program runs in it from then on."""
    home.mkdir(parents=True, exist_ok=True)
    clock = Clock()
    policies = where_it_is_morning(home / "policies", clock())
    services = open_services(Settings(_env_file=None, home=home, policies=policies), clock)  # type: ignore[call-arg]
    scene = Scene(services, clock, Stack(home, ACCORD_POLICIES=str(policies)))
    _past(scene)
    clock.set = None
    scene.stack.start()
    scene.sign_in()
    _since_yesterday(scene)
    _this_morning(scene)
    scene.link = f"{scene.stack.url}/desk/join/{services.people.add(*INVITED, by='admin')}"
    return scene


def where_it_is_morning(policies: Path, now: datetime) -> Path:
    """The lender's policies with opening hours in a place where it is late morning, on any day of the week."""
    zone = next(name for name in ZONES if 10 <= now.astimezone(ZoneInfo(name)).hour < 14)
    shutil.copytree(ROOT / "policies", policies)
    path = policies / "handover.yml"
    text, changed = re.subn(
        r"time_zone: \S+\n  days: \[[^]]*\]",
        f"time_zone: {zone}\n  days: [mon, tue, wed, thu, fri, sat, sun]",
        path.read_text(encoding="utf-8"),
    )
    assert changed == 1
    path.write_text(text, encoding="utf-8")
    return policies


def _past(scene: Scene) -> None:
    """Everybody joins, and works on three or four cases a day for four weeks."""
    services, clock, hours = scene.services, scene.clock, scene.services.parts.handover.opening_hours
    chance = random.Random(11)  # noqa: S311
    zone = ZoneInfo(hours.time_zone)
    today = datetime.combine(clock().astimezone(zone).date(), time(9, 5), zone)
    clock.set = hours.next_open(today - timedelta(days=33))
    for login, name, role, teams, language in PEOPLE:
        token = services.people.add(login, name, role, teams, language)
        scene.codes[login] = services.people.invited(token).secret
        services.people.join(token, PASSWORD, pyotp.TOTP(scene.codes[login]).at(clock().timestamp()))
    for login, title, body, language, team, everybody in REPLIES:
        services.desk.save_reply(scene.actor(login), title, body, language, team, everybody)
    number = 0
    for back in range(29, 0, -1):
        day = today - timedelta(days=back)
        if day.weekday() == 6:
            continue
        for _ in range(chance.choice((4, 5, 6, 6, 7, 9))):
            number += 1
            clock.set = day
            clock.passes(hours, chance.uniform(5, 420))
            _one_of_the_past(scene, number, chance)


def _one_of_the_past(scene: Scene, number: int, chance: random.Random) -> None:
    services, clock, hours = scene.services, scene.clock, scene.services.parts.handover.opening_hours
    reason, language, words, outcome = chance.choice(PAST)
    talk = f"past-{number}"
    services.conversations.claim(talk, "web", None, language)
    turn = services.conversations.receive(talk, "first", words, None)
    services.conversations.answer(turn.id, [{"text": "…"}], ["utter_case_request_human"], reason, 0.97)
    case = services.cases.open(talk, reason).reference
    login = "siyuan" if language != "en" else "ines" if reason == "complain" else chance.choice(("tobias", "ines"))
    clock.passes(hours, chance.choice((4, 9, 12, 18, 25, 40, 70, 120, 530)))
    services.casework.sweep()
    scene.does(login, "claim", case)
    clock.passes(hours, chance.choice((3, 6, 8, 15, 30, 90)))
    scene.does(login, "answer", case, ANSWER[language])
    clock.passes(hours, chance.choice((20, 45, 80, 160, 300, 520)))
    if number % 9 == 0:
        scene.does(login, "hand_back", case, "Goes on with the bot.")
        return
    scene.does(login, "resolve", case, outcome, "")
    if number % 21 == 0:
        clock.passes(hours, 30)
        scene.does("jonas", "reopen", case)
        scene.does(login, "resolve", case, outcome, "")
    elif chance.random() < 0.5:
        clock.passes(hours, 5)
        with suppress(LookupError, AttributeError):
            turn = services.conversations.receive(talk, "mark", str(chance.choice(MARKS)), None)
            services.feedback.give(turn.id, int(turn.text))


def _since_yesterday(scene: Scene) -> None:
    """Cases that came in while nobody worked, or that nobody has had time for."""
    hours = scene.services.parts.handover.opening_hours
    rows = (
        (9.5, "AC-21792", "en", "request_human", "I have asked twice now, can a person look at this?"),
        (5.5, "AC-22066", "en", "request_callback", "Afternoons are best, I work nights"),
        (3.4, "AC-23573", "zh-Hans", "request_human", "还是想和真人说一下"),
        (1.2, "AC-22340", "en", "report_payment_problem", "The payment page says that my card was declined"),
    )
    for back, number, language, reason, words in rows:
        scene.clock.set = _hours_ago(hours, back)
        _talk(scene, f"open-{number}", number, language, words)
        scene.services.cases.open(f"open-{number}", reason)
    scene.clock.set = None


def _hours_ago(opening: OpeningHours, hours: float) -> datetime:
    """The moment from which so many hours have passed in which people work."""
    now = at = datetime.now(UTC)
    while opening.after(at, hours) > now:
        at -= timedelta(minutes=10)
    return at


def _talk(scene: Scene, talk: str, number: str, language: str, words: str) -> None:
    """Somebody who has proven who they are says something."""
    services = scene.services
    services.conversations.claim(talk, "web", None, language)
    with services.parts.store.transaction() as session:
        account = services.accounts.find(session, number)
        assert account is not None
        row = session.get_one(Conversation, talk)
        row.account_id, row.verified_until = account.id, scene.clock() + timedelta(minutes=60)
    turn = services.conversations.receive(talk, "first", words, None)
    services.conversations.answer(turn.id, [{"text": "…"}], ["utter_case_request_human"], "request_human", 0.96)


def _this_morning(scene: Scene) -> None:
    """Conversations with the running program, and what colleagues made of them."""
    for play in (_distress, _grace, _xiaolan, _amara, _ibrahim, _others):
        play(scene)


def _hears(borrower: Borrower, messages: int = 1) -> None:
    """A borrower's page is open, so that what colleagues wrote arrives."""
    url, token = f"{borrower.stack.url}/api/chat/{borrower.conversation}/events", borrower.token or ""
    with httpx.stream("GET", url, params={"token": token}, timeout=30) as stream:
        for line in stream.iter_lines():
            messages -= line.startswith("data:")
            if messages <= 0:
                return


def _meets(scene: Scene, *lines: str, proves: str = "", keep: str = "") -> Borrower:
    """A borrower says some lines, proving who they are after the first one; their case is kept under a name."""
    borrower = Borrower(scene.stack)
    first, *rest = lines
    borrower.say(first)
    if proves:
        borrower.prove_identity(proves)
    for line in rest:
        borrower.say(line)
    if keep:
        scene.cases[keep] = scene.stack.cases(borrower.conversation)[-1]["id"]
    return borrower


def _distress(scene: Scene) -> None:
    _meets(scene, "I can't do this any more, I just want it all to be over, I don't want to live", keep="distress")


def _grace(scene: Scene) -> None:
    """Beyond an agent's authority: a supervisor has to agree."""
    grace = _meets(
        scene,
        "Hi, I lost my job in March and I can't pay all of it",
        "could I do 70 a month?",
        "that's still too much for me",
        "can I talk to a person please?",
        proves="8840-2231, 12 May 1990",
        keep="grace",
    )
    case = scene.cases["grace"]
    scene.does("ines", "claim", case)
    hello = "Hello Grace, I'm Ines. I'm sorry about your job. When do you expect money to come in again?"
    scene.does("ines", "answer", case, hello)
    _hears(grace)
    grace.say("I start at the bakery in January, until then it's only odd jobs")
    scene.does(
        "ines", "note", case, "@jonas She starts a new job in January. Could you look at the terms I'm asking for?"
    )
    wanted = Wanted("plan", count=18, frequency="monthly", waive={"fees": Money.parse("45", "USD")})
    scene.does("ines", "propose", case, wanted, "New job in January; this carries her over the winter.")


def _xiaolan(scene: Scene) -> None:
    """Inside an agent's authority, and agreed by the borrower."""
    xiaolan = _meets(
        scene,
        "你好，最近店里生意不好，这个月还不上了",
        "每个月只能还五百五",
        "还是太多了",
        "帮我转人工吧",
        proves="6621-0087，1992年8月3日",
        keep="xiaolan",
    )
    case = scene.cases["xiaolan"]
    scene.does("siyuan", "answer", case, "林女士您好，我是陈思远，您前面写的我都看过了。店里大概什么时候能缓过来？")
    _hears(xiaolan)
    xiaolan.say("开春以后应该会好一些")
    scene.does("siyuan", "note", case, "@wanqing 她愿意还，只是现在周转不开，我按权限内的方案来谈。")
    wanted = Wanted("plan", count=17, frequency="monthly", waive={"fees": Money.parse("260", "CNY")})
    scene.does("siyuan", "propose", case, wanted, "")
    _hears(xiaolan)
    xiaolan.say("好的，同意")


def _amara(scene: Scene) -> None:
    """Somebody to work out terms for."""
    amara = _meets(
        scene,
        "I'm behind because my hours were cut",
        "I'd rather talk to a person",
        proves="AC-20970, 9 March 1995",
        keep="amara",
    )
    scene.does("ines", "claim", scene.cases["amara"])
    scene.does("ines", "answer", scene.cases["amara"], "Hello Amara, I'm Ines, and I'm looking at this with you now.")
    _hears(amara)
    amara.say("Thank you. I could do something each month, just not that much")


def _ibrahim(scene: Scene) -> None:
    """A plan that the bot may agree to and a person has to approve."""
    ibrahim = _meets(scene, "I want to pay this in instalments", proves="AC-21929, 12 February 1992")
    for _ in range(5):
        said = ibrahim.say("I can pay 1100 a month")
        if "1,100" in said and scene.stack.account("AC-21929")["offers"][-1]["status"] == "open":
            ibrahim.say("yes, I agree")
        if scene.stack.account("AC-21929")["plan"] or scene.stack.cases(ibrahim.conversation):
            break


def _others(scene: Scene) -> None:
    """The rest of the inbox."""
    paid = "I paid this already, in September, by bank transfer"
    _meets(scene, paid, "it was from my sister's account", proves="AC-20148, 24 March 1976", keep="paid")
    calls = "I want to complain about the calls that I get at work"
    priya = _meets(scene, calls, "my manager picked up the phone", proves="AC-20285, 6 February 1989", keep="complaint")
    _meets(
        scene, "这笔钱不是我借的，有人冒用了我的身份证", "我已经报警了", proves="AC-23436，1972年4月17日", keep="fraud"
    )
    _meets(scene, "please have somebody call me, I don't like to type", keep="call")
    bankruptcy = "I filed for bankruptcy last week"
    _meets(scene, bankruptcy, "my lawyer has the papers", proves="AC-22477, 24 February 1967", keep="bankruptcy")
    scene.does("ines", "answer", scene.cases["complaint"], "Hello Priya, I'm sorry. Who called you, and on which day?")
    _hears(priya)
    scene.does("tobias", "claim", scene.cases["call"])
    scene.does(
        "tobias",
        "call_back",
        scene.cases["call"],
        scene.services.desk.case(scene.actor("tobias"), scene.cases["call"]).slots[-1],
    )
