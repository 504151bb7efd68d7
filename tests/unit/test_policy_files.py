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


def edit(path: Path, text: str) -> None:
    """Saves a file a little later than it was saved before."""
    later = path.stat().st_mtime_ns + 1_000_000 if path.exists() else None
    path.write_text(text, encoding="utf-8")
    if later:
        os.utime(path, ns=(later, later))


@pytest.mark.parametrize(
    ("sound", "spoilt", "key"),
    [
        ("rounds: 4", "rounds: 0", "rounds"),
        ("rounds: 4", "rounds: many", "rounds"),
        ("rounds: 4", "rounds: 4\nrouns: 5", "rouns"),
        ("opening_percent: 50", "opening_percent: 120", "opening_percent"),
        ("opening_percent: 50\n", "", "opening_percent"),
        ("waive: {fees: 50}", "waive: {fees: -1}", "segments.1.authority.bot.settlement.waive.fees.percent"),
        ("waive: {fees: 50}", "waive: {fees: {percent: 5, amount: {USD: -1}}}", "segments.1.authority.bot.settlement"),
        ("waive: {fees: 50}", "waive: {penalties: 5}", "segments.1.authority.bot.settlement.waive.penalties"),
        ("waive: {fees: 100}", "waive: {fees: 20}", "segments.1"),
        ("agent:", "clerk:", "segments.1.authority.clerk"),
        ("USD: 10", "USDT: 10", "segments.0.authority.bot.plan"),
        ("USD: 10", "USD: 0", "segments.0.authority.bot.plan"),
        ("JPY: 1000", "JPY: 0.5", "segments.0.authority.bot.plan"),
        ("weekly: 12", "daily: 12", "segments.0.authority.bot.plan.most_instalments.daily"),
        ("monthly: 3}", "monthly: 0}", "segments.0.authority.bot.plan.most_instalments.monthly"),
        ("{from: 1, to: 60}", "{from: 60, to: 1}", "segments.1.days_past_due"),
        ("{from: 1, to: 60}", "{from: 1, until: 60}", "segments.1.days_past_due.until"),
    ],
)
def test_a_bad_policy_is_refused_with_its_file_and_key(file, sound, spoilt, key):
    file.write_text(POLICY.replace(sound, spoilt), encoding="utf-8")

    with pytest.raises(BadPolicy) as refusal:
        read_policy_file(file, OfferPolicy)

    assert re.search(rf"^unit\.yml, line \d+, {re.escape(key)}", str(refusal.value), re.MULTILINE)


def test_every_problem_of_a_file_is_named_at_once(file):
    file.write_text(POLICY.replace("rounds: 4", "rounds: 0").replace("opening_percent: 50", "opening_percent: 500"))

    with pytest.raises(BadPolicy) as refusal:
        read_policy_file(file, OfferPolicy)

    assert len(str(refusal.value).splitlines()) == 2


@pytest.mark.parametrize("text", ["rounds: [4", "\trounds: 4", "rounds: 4\nrounds: 5\n"])
def test_what_is_no_yaml_is_refused_with_its_file(file, text):
    file.write_text(text)

    with pytest.raises(BadPolicy, match=r"unit\.yml is no readable YAML"):
        read_policy_file(file, OfferPolicy)


def test_a_file_in_another_encoding_is_refused(file):
    file.write_bytes("name: 标准".encode("gb18030"))

    with pytest.raises(BadPolicy, match=r"unit\.yml is no readable YAML"):
        read_policy_file(file, OfferPolicy)


@pytest.mark.parametrize("text", ["", "- a\n- list\n", "just words"])
def test_what_is_no_mapping_is_refused(file, text):
    file.write_text(text)

    with pytest.raises(BadPolicy, match="the whole file"):
        read_policy_file(file, OfferPolicy)


def test_a_missing_file_is_named(tmp_path):
    with pytest.raises(BadPolicy, match=r"nowhere\.yml is missing"):
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


def test_a_file_that_is_mended_is_taken_up_again(file):
    read = Rereading(file, OfferPolicy)
    read()
    edit(file, "rounds: [")
    read()

    edit(file, POLICY.replace("rounds: 4", "rounds: 3"))

    assert read().rounds == 3


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
        ("[mon, tue, wed, thu, fri, sat]", "[funday]", "opening_hours.days.0"),
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
    path.write_text(path.read_text(encoding="utf-8").replace("  DEFAULT:", "  FR:"), encoding="utf-8")

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
