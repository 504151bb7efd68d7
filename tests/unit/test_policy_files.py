"""Policy files: a bad one is refused with its name and key, a file that turns bad while running changes nothing."""

from __future__ import annotations

import os
import re
from collections.abc import Callable
from datetime import date
from pathlib import Path

import pytest

from bot.bootstrap import Services
from bot.domain.debt import Balance, Debt
from bot.domain.handover import HandoverRules
from bot.domain.lender import Lender
from bot.domain.money import Money
from bot.domain.policy import OfferPolicy
from bot.policy_files import BadPolicy, Rereading, read_policy_file
from bot.settings import ROOT
from tests.unit.fakes import POLICY


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "unit.yml"
    path.write_text(POLICY, encoding="utf-8")
    return path


def problems_of(path: Path) -> list[str]:
    with pytest.raises(BadPolicy) as refusal:
        read_policy_file(path, OfferPolicy)
    return str(refusal.value).splitlines()


def edit(path: Path, text: str) -> None:
    """Saves a file a little later than it was saved before."""
    later = path.stat().st_mtime_ns + 1_000_000 if path.exists() else None
    path.write_text(text, encoding="utf-8")
    if later:
        os.utime(path, ns=(later, later))


OFFER_KEYS = (
    "name, description, rounds, opening_percent, hold_back_percent, offer_lifetime_hours, payment_order, due_dates, "
    "keeping, never_negotiated, segments"
)
FIRST_PLAN = "segments[not yet due].authority.bot.plan"
EARLY = "segments[early].authority"


@pytest.mark.parametrize(
    ("sound", "spoilt", "sentence"),
    [
        ("rounds: 4", "rounds: 0", "line 4, rounds: is 0, but must be at least 1"),
        ("rounds: 4", "rounds: 11", "line 4, rounds: is 11, but must be at most 10"),
        ("rounds: 4", "rounds: 1000000000000", "line 4, rounds: is 1000000000000, but must be at most 10"),
        ("rounds: 4", "rounds: many", "line 4, rounds: is 'many', but must be a whole number"),
        ("rounds: 4", "rounds: 2.5", "line 4, rounds: is 2.5, but must be a whole number"),
        ("rounds: 4", "rounds: .nan", "line 4, rounds: is nan, but must be a number"),
        ("rounds: 4", "rounds: true", "line 4, rounds: is true, but must not be true or false"),
        ("rounds: 4", "rounds:", "line 4, rounds: is empty, but must be a whole number"),
        ("rounds: 4", "rounds: [4]", "line 4, rounds: is a list, but must be a whole number"),
        (
            "rounds: 4",
            "rounds: 4\nrouns: 5",
            f"line 5, rouns: there is no such key here; did you mean rounds? Allowed are {OFFER_KEYS}",
        ),
        (
            "rounds: 4",
            "rounds: 4\nversion: 5",
            f"line 5, version: there is no such key here; allowed are {OFFER_KEYS}",
        ),
        ("opening_percent: 50", "opening_percent: 120", "line 5, opening_percent: is 120, but must be at most 100"),
        ("opening_percent: 50", "opening_percent: .nan", "line 5, opening_percent: is nan, but must be a number"),
        ("opening_percent: 50", "opening_percent: half", "line 5, opening_percent: is 'half', but must be a number"),
        ("opening_percent: 50\n", "", "line 2, opening_percent: is missing"),
        (
            "rounds: 4",
            "rounds: 4\nhold_back_percent: 51",
            "line 5, hold_back_percent: and opening_percent are 101 together, but must be at most 100",
        ),
        (
            "rounds: 4",
            "rounds: 4\npayment_order: [fees, fees, interest]",
            "line 5, payment_order: must name each of principal, interest, fees once",
        ),
        (
            "rounds: 4",
            "rounds: 4\npayment_order: [fees, intrest, principal]",
            "line 5, payment_order[no. 2]: is 'intrest', but must be principal, interest or fees; did you mean int",
        ),
        (
            "rounds: 4",
            "rounds: 4\npayment_order: fees",
            "line 5, payment_order: is 'fees', but must be a list, such as [a, b]",
        ),
        (
            "rounds: 4",
            "rounds: 4\ndue_dates: {weekends: sometimes}",
            "line 5, due_dates.weekends: is 'sometimes', but must be stay, next or previous",
        ),
        (
            "rounds: 4",
            "rounds: 4\ndue_dates: next",
            "line 5, due_dates: is 'next', but must be a group of keys",
        ),
        (
            "name: unit",
            "name: 7",
            "line 2, name: is 7, but must be a text (between quotes, where it looks like a number ",
        ),
        ("name: late", "name: ''", "line 36, segments[no. 3].name: is '', but must be at least 1 character long"),
        (
            "name: late",
            f"name: {'x' * 81}",
            f"line 36, segments[{'x' * 81}].name: is '{'x' * 59}…, but must be at most 80",
        ),
        ("name: late", "name: early", "line 36, segments[early].name: another segment is called 'early' already"),
        ("fees: 50", "fees: -1", f"line 26, {EARLY}.bot.settlement.waive.fees: is -1, but must be at least 0"),
        (
            "fees: 50",
            "fees: {percent: 5, amount: {USD: -1}}",
            f"line 26, {EARLY}.bot.settlement.waive.fees.amount.USD: is -1, but must be more than 0",
        ),
        ("fees: 50", "fees: {amount: {USD: 1}}", f"line 26, {EARLY}.bot.settlement.waive.fees.percent: is missing"),
        (
            "fees: 50",
            "penalties: 5",
            f"line 26, {EARLY}.bot.settlement.waive.penalties: there is no such key here; allowed are fees, interest, ",
        ),
        (
            "fees: 100",
            "fees: 20",
            f"line 32, {EARLY}.agent.settlement.waive.fees: allows the agent less than the bot may do",
        ),
        (
            "agent:",
            "agents:",
            f"line 29, {EARLY}.agents: there is no such key here; did you mean agent? Allowed are bot, ",
        ),
        (
            "USD: 10",
            "USDT: 10",
            f"line 14, {FIRST_PLAN}.smallest_instalment.USDT: 'USDT' is no ISO 4217 currency code; did you mean USD?",
        ),
        (
            "USD: 10",
            "US: 10",
            f"line 14, {FIRST_PLAN}.smallest_instalment.US: 'US' is no ISO 4217 currency code; did you mean USD?",
        ),
        ("USD: 10", "USD: 0", f"line 14, {FIRST_PLAN}.smallest_instalment.USD: is 0, but must be more than 0"),
        (
            "JPY: 1000",
            "JPY: 0.5",
            f"line 14, {FIRST_PLAN}.smallest_instalment.JPY: is 0.5, but must be a plain number; JPY has no decimals",
        ),
        (
            "USD: 10",
            "USD: 9.999",
            f"line 14, {FIRST_PLAN}.smallest_instalment.USD: is 9.999, but must be a plain number; USD has 2 decimals",
        ),
        (
            "first_payment_within_days: 31",
            "first_payment_within_days: 31\n          largest_instalment: {USD: 9}",
            f"line 16, {FIRST_PLAN}.largest_instalment.USD: is 9, but must be at least smallest_instalment, 10",
        ),
        (
            "weekly: 12",
            "dayly: 12",
            f"line 13, {FIRST_PLAN}.most_instalments.dayly: there is no such key here; allowed are weekly, biw",
        ),
        ("monthly: 3}", "monthly: 0}", f"line 13, {FIRST_PLAN}.most_instalments.monthly: is 0, but must be at least 1"),
        (
            "{weekly: 12, biweekly: 6, monthly: 3}",
            "{}",
            f"line 13, {FIRST_PLAN}.most_instalments: is empty, but must name at least one of weekly, biw",
        ),
        (
            "{from: 1, to: 60}",
            "{from: 60, to: 1}",
            "line 19, segments[early].days_past_due: no day lies from 60 to 1; from must be at most to",
        ),
        (
            "{from: 1, to: 60}",
            "{from: 1, until: 60}",
            "line 19, segments[early].days_past_due.until: there is no such key here; allowed are from, to",
        ),
        (
            "{from: 1, to: 60}",
            "{from: 1}\n    balance: {UDS: {from: 5}}",
            "line 20, segments[early].balance.UDS: 'UDS' is no ISO 4217 currency code; did you mean ",
        ),
        (
            POLICY[POLICY.index("segments:") :],
            "segments: []",
            "line 7, segments: is an empty list, but must be at least 1",
        ),
    ],
)
def test_each_problem_is_one_sentence_with_its_line_its_key_and_what_is_allowed(file, sound, spoilt, sentence):
    file.write_text(POLICY.replace(sound, spoilt, 1), encoding="utf-8")

    [problem] = problems_of(file)

    assert problem.startswith(f"unit.yml, {sentence}")


def test_a_value_that_higher_roles_inherit_is_one_problem_where_it_stands(file):
    file.write_text(POLICY.replace("first_payment_within_days: 35", "first_payment_within_days: 0"))

    assert problems_of(file) == [
        "unit.yml, line 25, segments[early].authority.bot.plan.first_payment_within_days: is 0, but must be at least 1"
    ]


def test_what_the_bot_lacks_is_missing_once_and_there(file):
    file.write_text(POLICY.replace("        promise: {within_days: 31}\n", ""))

    assert problems_of(file) == ["unit.yml, line 21, segments[early].authority.bot.promise: is missing"]


def test_a_value_that_an_agent_replaces_is_looked_for_with_the_agent(file):
    file.write_text(POLICY.replace("fees: 100", "fees: {percent: 100, amount: {USD: 0}}"))

    assert problems_of(file) == [
        "unit.yml, line 32, segments[early].authority.agent.settlement.waive.fees.amount.USD: "
        "is 0, but must be more than 0"
    ]


def test_a_group_that_an_anchor_marks_is_one_problem_at_the_anchor(file):
    file.write_text(POLICY.replace("GBP: 10", "GBP: -10"))

    assert problems_of(file) == [
        f"unit.yml, line 14, {FIRST_PLAN}.smallest_instalment.GBP: is -10, but must be more than 0"
    ]


def test_a_group_of_lines_that_an_anchor_marks_is_one_problem_at_the_anchor(file):
    text = POLICY.replace("{from: 1, to: 60}", "&days\n      from: 60\n      to: 1")
    file.write_text(text.replace("{from: 61}", "*days"))

    assert problems_of(file) == [
        "unit.yml, line 19, segments[early].days_past_due: no day lies from 60 to 1; from must be at most to"
    ]


def test_a_value_that_an_anchor_marks_is_one_problem_at_the_anchor(file):
    text = POLICY.replace("settlement: {within_days: 7}", "settlement: {within_days: &days -7}", 1)
    file.write_text(text.replace("settlement: {within_days: 14", "settlement: {within_days: *days"))

    assert problems_of(file) == [
        "unit.yml, line 16, segments[not yet due].authority.bot.settlement.within_days: is -7, but must be at least 0"
    ]


def test_a_merged_value_is_a_problem_where_it_really_stands(file):
    text = POLICY.replace("pause: {most: 1, longest_days: 31}", "pause: &pause {most: 13, longest_days: 31}", 1)
    file.write_text(
        text.replace(
            "31, least_percent: 5}\n        pause: {most: 1, longest_days: 31}", "31}\n        pause: {<<: *pause}"
        )
    )

    assert problems_of(file) == [
        "unit.yml, line 28, segments[early].authority.bot.pause.most: is 13, but must be at most 12"
    ]


def test_a_merged_value_gives_way_to_one_of_the_group_itself(file):
    text = POLICY.replace("pause: {most: 1, longest_days: 31}", "pause: &pause {most: 1, longest_days: 31}", 1)
    file.write_text(
        text.replace(
            "31, least_percent: 5}\n        pause: {most: 1, longest_days: 31}",
            "31}\n        pause:\n          <<: *pause\n          most: -1",
        )
    )

    assert problems_of(file) == [
        "unit.yml, line 48, segments[late].authority.bot.pause.most: is -1, but must be at least 0"
    ]


def test_an_anchor_inside_of_itself_is_refused(file):
    text = POLICY.replace("      bot:\n", "      bot: &bot\n", 1).replace("promise: {within_days: 14}", "promise: *bot")
    file.write_text(text)

    assert problems_of(file)


def test_every_problem_of_a_file_is_named_at_once(file):
    file.write_text(POLICY.replace("rounds: 4", "rounds: 0").replace("opening_percent: 50", "opening_percent: 500"))

    with pytest.raises(BadPolicy) as refusal:
        read_policy_file(file, OfferPolicy)

    assert len(str(refusal.value).splitlines()) == 2


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("name: a\nrounds: [4", "line 2: cannot be read as YAML: expected ',' or ']'"),
        ("name: a\n\trounds: 4", "line 2: a tab stands here; indent with spaces"),
        ("rounds: 4\nrounds: 5\n", "line 2: the key rounds stands here a second time"),
        ("name: a\nrounds: *four", "line 2: *four is used, but nothing above is marked &four"),
        ("name: a\n---\nname: b\n", "line 2: a second document begins here (---); a file holds one"),
        ("name: a\nrounds: !four 4", "line 2: cannot be read as YAML: could not determine a constructor"),
        ("name: a\nrounds: \x01", "line 2: cannot be read as YAML: a character stands here that YAML does not allow"),
        (
            f"name: a\nrounds: {'9' * 5000}",
            "line 2: cannot be read as YAML: a number stands here that is no number or ",
        ),
    ],
)
def test_what_is_no_yaml_is_refused_with_its_line(file, text, sentence):
    file.write_text(text)

    [problem] = problems_of(file)

    assert problem.startswith(f"unit.yml, {sentence}")


def test_a_file_in_another_encoding_is_refused_with_its_line(file):
    file.write_bytes(b"rounds: 4\n" + "name: 标准".encode("gb18030"))

    assert problems_of(file) == ["unit.yml, line 2: is not UTF-8; save the file in that encoding"]


def test_a_file_as_windows_saves_it_is_read(file):
    file.write_bytes(b"\xef\xbb\xbf" + POLICY.replace("\n", "\r\n").encode())

    assert read_policy_file(file, OfferPolicy).rounds == 4


@pytest.mark.parametrize("text", ["", "- a\n- list\n", "just words"])
def test_what_is_no_mapping_is_refused(file, text):
    file.write_text(text)

    with pytest.raises(BadPolicy, match="the whole file"):
        read_policy_file(file, OfferPolicy)


def test_a_missing_file_is_named(tmp_path):
    with pytest.raises(BadPolicy, match=r"nowhere\.yml: is missing from "):
        read_policy_file(tmp_path / "nowhere.yml", OfferPolicy)


@pytest.mark.parametrize("path", sorted((ROOT / "policies" / "offers").glob("*.yml")), ids=lambda path: path.stem)
def test_the_policies_that_are_shipped_are_sound(path):
    policy = read_policy_file(path, OfferPolicy)

    assert policy.segments


def test_a_changed_policy_is_in_force_at_once_under_a_new_version(file):
    read = Rereading(file, OfferPolicy)
    before = read()

    edit(file, POLICY.replace("rounds: 4", "rounds: 2"))

    after = read()
    assert (before.rounds, after.rounds) == (4, 2)
    assert before.version != after.version


def test_the_version_depends_on_the_content_alone(file):
    read = Rereading(file, OfferPolicy)
    before = read()

    edit(file, POLICY)

    assert read().version == before.version


@pytest.mark.parametrize("bad", [POLICY.replace("rounds: 4", "rounds: 0"), "", "rounds: [", None])
def test_a_file_that_turns_bad_while_running_leaves_the_last_good_one_in_force(file, bad):
    read = Rereading(file, OfferPolicy)
    good = read()

    file.unlink() if bad is None else edit(file, bad)

    assert read() == good
    assert read() == good
    assert str(read.refused).startswith("unit.yml")


def test_a_file_that_is_mended_is_taken_up_again(file):
    read = Rereading(file, OfferPolicy)
    read()
    edit(file, "rounds: [")
    read()

    edit(file, POLICY.replace("rounds: 4", "rounds: 3"))

    assert read().rounds == 3
    assert read.refused is None


def test_a_program_does_not_start_with_a_bad_policy(policies: Path, open_home: Callable[..., Services]):
    (policies / "offers" / "unit.yml").write_text("rounds: 0\n")

    with pytest.raises(BadPolicy, match=r"unit\.yml, line 1, rounds"):
        open_home()


def test_a_priority_that_a_reason_names_has_its_hours(policies: Path):
    path = policies / "handover.yml"
    path.write_text(path.read_text().replace("  urgent: {answer_within_hours: 1, around_the_clock: true}\n", ""))

    with pytest.raises(BadPolicy, match=r"handover\.yml.*urgent"):
        read_policy_file(path, HandoverRules)


@pytest.mark.parametrize(
    ("sound", "spoilt", "key"),
    [
        ("Asia/Singapore", "Asia/Atlantis", "opening_hours.time_zone"),
        ('to: "18:00"', 'to: "08:00"', "opening_hours"),
        ("[mon, tue, wed, thu, fri, sat]", "[]", "opening_hours.days"),
        ("[mon, tue, wed, thu, fri, sat]", "[funday]", "opening_hours.days[no. 1]"),
        ("answer_within_hours: 4", "answer_within_hours: 0", "priorities.high.answer_within_hours"),
    ],
)
def test_bad_handover_rules_are_refused(policies: Path, sound, spoilt, key):
    path = policies / "handover.yml"
    path.write_text(path.read_text().replace(sound, spoilt))

    with pytest.raises(BadPolicy) as refusal:
        read_policy_file(path, HandoverRules)

    assert re.search(rf"^handover\.yml, line \d+, {re.escape(key)}:", str(refusal.value), re.MULTILINE)


def test_a_lender_without_a_crisis_line_for_everywhere_else_is_refused(policies: Path):
    path = policies / "lender.yml"
    path.write_text(path.read_text(encoding="utf-8").replace("  DEFAULT:", "  IT:"), encoding="utf-8")

    with pytest.raises(BadPolicy, match=r"lender\.yml.*DEFAULT"):
        read_policy_file(path, Lender)


@pytest.mark.parametrize("language", ["en", "zh-Hans"])
def test_a_lender_speaks_both_languages(policies: Path, language):
    path = policies / "lender.yml"
    names = {"en": "en: Harbour Wallet, ", "zh-Hans": "zh-Hans: 海港钱包, "}
    path.write_text(path.read_text(encoding="utf-8").replace(names[language], ""), encoding="utf-8")

    with pytest.raises(BadPolicy, match=rf"lender\.yml, line \d+, name: .*{language}"):
        read_policy_file(path, Lender)


@pytest.mark.parametrize(
    ("days", "segment"), [(-30, "not yet due"), (0, "not yet due"), (1, "early"), (60, "early"), (61, "late")]
)
def test_both_ends_of_a_segment_belong_to_it(file, days, segment):
    policy = read_policy_file(file, OfferPolicy)

    found = policy.segment(_some_debt(), days)

    assert found.name == segment


def test_an_account_that_no_segment_holds_is_offered_nothing(file):
    file.write_text(POLICY.replace("days_past_due: {from: 61}", "days_past_due: {from: 61, to: 90}"))
    policy = read_policy_file(file, OfferPolicy)

    assert policy.segment(_some_debt(), 91) is None


def test_a_currency_that_the_policy_does_not_name_has_no_smallest_instalment(file):
    policy = read_policy_file(file, OfferPolicy)

    smallest = policy.segments[0].authority["bot"].plan.smallest("CHF")

    assert smallest == Money(1, "CHF")


def _some_debt() -> Debt:
    zero = Money.zero("USD")
    return Debt(Balance(Money(100, "USD"), zero, zero), date(2026, 10, 17))
