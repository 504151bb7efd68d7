"""The packs of contact rules: whose they are, what holds where they say nothing, who may loosen them."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import get_args

import pytest

from bot.domain.contact import DEFAULT, Kind, dispute_by, is_opt_out, time_barred
from bot.policy_files import BadPolicy
from bot.policy_packs import read_packs
from bot.services.policies import check_file, check_folder
from bot.settings import ROOT

TODAY = date(2026, 11, 23)
PACKS = read_packs(ROOT / "policies", TODAY)


def house(policies: Path, text: str) -> None:
    (policies / "contact" / "house.yml").write_text(text, encoding="utf-8")


@pytest.mark.parametrize(
    ("code", "jurisdiction"),
    [
        ("CN", "CN"),
        ("gb", "GB"),
        ("GB-SCT", "GB"),
        ("FR", "EU"),
        ("EU", "EU"),
        ("SG", DEFAULT),
        ("Hessen", DEFAULT),
        ("", DEFAULT),
        (None, DEFAULT),
    ],
)
def test_a_country_finds_its_pack_and_whatever_is_not_known_the_strictest(code, jurisdiction):
    assert PACKS.of(code, TODAY).jurisdiction == jurisdiction


@pytest.mark.parametrize("name", sorted(set(PACKS.files) - {DEFAULT}))
def test_the_default_is_never_looser_than_a_pack(name):
    default, pack = PACKS.files[DEFAULT], PACKS.files[name]

    looser = default.looser_than(pack)

    uncovered = [
        cap
        for caps in pack.caps.values()
        for cap in caps
        if not any(strict.covers(cap) for strict in default.caps["contacts"])
    ]
    assert looser == []
    assert uncovered == []


@pytest.mark.parametrize("name", sorted(PACKS.files))
def test_every_rule_names_its_source_and_general_knowledge_is_never_called_verified(name):
    rules = dict(PACKS.files[name].rules())

    assert rules
    assert all(rule.source.strip() for rule in rules.values())
    assert not [keys for keys, rule in rules.items() if rule.verified and ("general" in rule.source or name == DEFAULT)]


def test_what_a_pack_leaves_out_is_ruled_by_the_default_rule_by_rule():
    china, default = PACKS.of("CN", TODAY), PACKS.of(None, TODAY)

    assert china.windows != default.windows
    assert china.caps["contacts"] == default.caps["contacts"]
    assert china.caps["calls"][0].most == 3
    assert china.validation == default.validation
    assert china.opt_out_words == default.opt_out_words
    assert china.disclosures["automated"] == default.disclosures["automated"]
    assert china.says("validation", "when_asked")
    assert not china.says("validation", "first_message")
    assert china.version.count("+") == 1


def test_a_rule_holds_from_its_first_day_on_and_not_after_its_last():
    before = PACKS.of("EU", date(2026, 8, 1))
    after = PACKS.of("EU", date(2026, 8, 2))

    assert before.disclosures["automated"].source == "strictest default"
    assert after.disclosures["automated"].source == "AI Act 50"


def test_the_figures_of_the_packs_are_those_of_the_sources():
    us, china, britain, thailand = (PACKS.of(code, TODAY) for code in ("US", "CN", "GB", "TH"))

    assert (us.retention_years, us.validation.dispute_days, us.validation.receipt_business_days) == (3, 30, 5)
    assert (str(us.windows[0].opens), str(us.windows[0].closes)) == ("08:00:00", "21:00:00")
    assert (china.limitation_years, china.retention_years, china.cost_cap.percent_a_year) == (3, 5, 24)
    assert (britain.limitation_years, PACKS.of("GB-SCT", TODAY).limitation_years) == (6, 5)
    assert britain.hardship_pause_days == 30
    assert thailand.caps["contacts"][0].most == 1
    assert [str(w.closes) for w in thailand.windows if "holiday" in w.days] == ["18:00:00"]


def test_an_account_is_ruled_by_its_jurisdiction_before_its_country(services):
    from bot.store.tables import Account

    def name(**fields: str) -> str:
        return services.parts.contact_of(Account(**fields)).jurisdiction

    assert name(country="US", jurisdiction="") == "US"
    assert name(country="US", jurisdiction="GB-SCT") == "GB"
    assert name(country="US", jurisdiction="nobody knows") == DEFAULT
    assert services.parts.contact_of(None).jurisdiction == DEFAULT


OURS = "source: ours, strength: guidance, verified: true, effective_from: 2026-01-01"
TIGHTER = """
rules:
  US:
    retention: {years: 7, source: ours, strength: self-regulation, verified: true, effective_from: 2026-01-01}
"""
LOOSER = TIGHTER.replace("years: 7", "years: 2")
REASON = """
loosened:
  - {jurisdiction: US, rule: retention, reason: our archive ends then, who: Head of Compliance, on: 2026-05-01}
"""


def test_a_lender_tightens_a_rule_without_asking(policies):
    house(policies, TIGHTER)

    pack = read_packs(policies, TODAY).of("US", TODAY)

    assert pack.retention_years == 7
    assert pack.validation == PACKS.of("US", TODAY).validation
    assert pack.version.count("+") == 2


def test_a_looser_rule_is_refused_by_file_line_and_key_unless_somebody_answers_for_it(policies):
    house(policies, LOOSER)

    with pytest.raises(BadPolicy) as refused:
        read_packs(policies, TODAY)
    [checked] = check_file(policies / "contact" / "house.yml", policies).problems
    house(policies, LOOSER + REASON)

    assert str(refused.value).startswith("house.yml, line 4, rules.US.retention: is looser than the pack US")
    assert str(checked) == str(refused.value)
    assert read_packs(policies, TODAY).of("US", TODAY).retention_years == 2


@pytest.mark.parametrize(
    ("rule", "looser"),
    [
        ("windows: [{days: [sun], from: '07:00', to: '21:00', ", "windows"),
        ("caps: {calls: [{most: 8, days: 7, per: debt, ", "caps.calls"),
        ("caps: {calls: [{most: 1, days: 1, per: address, ", "caps.calls"),
        ("cooldowns: {calls: {days: 6, ", "cooldowns.calls"),
        ("opt_out: {words: [stop], obeyed_within_business_days: 0, ", "opt_out"),
        ("third_parties: {contact: when_unreachable, ", "third_parties"),
        ("disclosures: {collector: {when: [first_message], ", "disclosures.collector"),
        ("validation: {send_within_days: 0, dispute_days: 40, receipt_business_days: 4, ", "validation"),
        ("dispute: {stops_collection: false, ", "dispute"),
        ("limitation: {years: 3, regions: {US-NY: 4}, ", "limitation"),
        ("automated_decisions: {rights: [person], ", "automated_decisions"),
        ("windows: [{days: [sun], from: '09:00', to: '12:00', ", None),
        ("caps: {calls: [{most: 1, days: 1, per: debtor, ", None),
        ("hardship_pause: {days: 90, ", None),
    ],
)
def test_each_kind_of_rule_knows_what_is_looser(policies, rule, looser):
    ends = "".join({"{": "}", "[": "]"}[mark] for mark in reversed(_open(rule)))
    house(
        policies,
        f"rules:\n  US:\n    {rule}{OURS}{ends}\n",
    )

    problems = check_file(policies / "contact" / "house.yml", policies).problems

    assert [p.key.removeprefix("rules.US.") for p in problems] == ([looser] if looser else [])


def _open(text: str) -> list[str]:
    marks: list[str] = []
    for char in text:
        if char in "{[":
            marks.append(char)
        elif char in "}]":
            marks.pop()
    return marks


@pytest.mark.parametrize(
    ("name", "sound", "spoilt", "sentence"),
    [
        (
            "US.yml",
            "dispute_days: 30",
            "dispute_days: thirty",
            "validation.dispute_days: is 'thirty', but must be",
        ),
        ("TH.yml", 'to: "18:00"', 'to: "07:00"', "windows[no. 2]: the window closes before it opens"),
        (
            "CN.yml",
            "strength: standard",
            "strength: folklore",
            "windows[no. 1].strength: is 'folklore'",
        ),
        ("GB.yml", "source: ", "sauce: ", "hardship_pause"),
        ("DEFAULT.yml", "retention:", "retentoin:", "retentoin: there is no such key here; did you mean retention?"),
    ],
)
def test_a_bad_pack_is_named_with_its_key_and_the_other_files_stay_sound(policies, name, sound, spoilt, sentence):
    path = policies / "contact" / name
    path.write_text(path.read_text(encoding="utf-8").replace(sound, spoilt, 1), encoding="utf-8")

    found = {checked.file: checked.problems for checked in check_folder(policies, "unit") if checked.problems}

    assert list(found) == [name]
    assert sentence in "\n".join(map(str, found[name]))


def test_a_default_pack_without_a_needed_rule_is_refused(policies):
    path = policies / "contact" / "DEFAULT.yml"
    lines = path.read_text(encoding="utf-8").splitlines()
    path.write_text("\n".join(line for line in lines if not line.startswith("retention:")), encoding="utf-8")

    [problem] = check_file(path, policies).problems

    assert "the default pack needs retention" in str(problem)


def test_a_file_that_is_named_like_no_country_is_refused(policies):
    (policies / "contact" / "america.yml").write_text("name: America\n")

    [problem] = check_file(policies / "contact" / "america.yml", policies).problems

    assert "such as US.yml" in str(problem)


@pytest.mark.parametrize("text", ["STOP", "stop.", "Opt  Out!", "退订", "TD", "t", "拒收。", "不要再发", "unsubscribe"])
def test_a_bare_word_is_a_wish_for_no_more_messages(text):
    assert is_opt_out(text, PACKS.of(None, TODAY).opt_out, terms_are_open=False)


@pytest.mark.parametrize("text", ["please stop the interest", "the end of May", "I want to cancel my plan", "ok", ""])
def test_a_sentence_is_none(text):
    assert not is_opt_out(text, PACKS.of(None, TODAY).opt_out, terms_are_open=False)


@pytest.mark.parametrize(
    ("text", "stops"), [("stop", False), ("Cancel", False), ("end", False), ("quit", True), ("退订", True)]
)
def test_while_terms_are_open_some_words_only_say_no_to_them(text, stops):
    assert is_opt_out(text, PACKS.of(None, TODAY).opt_out, terms_are_open=True) is stops


def test_the_window_for_a_dispute_runs_from_the_fifth_business_day_after_sending():
    # Monday 2026-11-23; Thanksgiving is on the 26th: the fifth business day is Tuesday, 1 December.
    rule = PACKS.of("US", TODAY).validation

    assert dispute_by(rule, TODAY, "US") == date(2026, 12, 31)
    assert dispute_by(rule, TODAY, "GB") == date(2026, 12, 30)


@pytest.mark.parametrize(
    ("due_on", "paid_on", "barred"),
    [
        (date(2023, 11, 23), None, True),
        (date(2023, 11, 24), None, False),
        (date(2015, 1, 1), date(2023, 11, 24), False),
        (date(2023, 11, 24), date(2015, 1, 1), False),
        (date(2016, 2, 29), None, True),
    ],
)
def test_a_debt_may_be_beyond_limitation_some_years_after_it_was_due_or_last_paid_on(due_on, paid_on, barred):
    assert time_barred(3, due_on, paid_on, TODAY) is barred


def test_every_kind_of_disclosure_has_a_default():
    assert set(PACKS.of(None, TODAY).disclosures) == set(get_args(Kind))
