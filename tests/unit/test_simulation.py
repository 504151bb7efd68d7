"""Simulated negotiations: everything follows from a seed, and authority holds for every strategy."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import date
from functools import cache
from itertools import pairwise

import pytest
from typer.testing import CliRunner

from bot.cli import app
from bot.domain.authority import inside
from bot.domain.keeping import KeepingRules
from bot.domain.money import Money
from bot.domain.offer import Terms
from bot.domain.policy import OfferPolicy
from bot.domain.proposal import Proposal
from bot.domain.table import Table
from bot.settings import Settings
from bot.simulation import figures, messages, reading
from bot.simulation.accord import ACCORD, Accord
from bot.simulation.command import policies
from bot.simulation.fairness import twins, unlike
from bot.simulation.life import after_promise, burden, hazard, live, without_agreement
from bot.simulation.mind import Act, Heard, Mind, utility
from bot.simulation.play import Talk, play, zone_of_agreement
from bot.simulation.population import TODAY, Borrower, endless, population, rules, stated_distributions
from bot.simulation.report import render
from bot.simulation.run import STRATEGIES, World, count_turns, simulate
from bot.simulation.strategies import BASELINES, AcceptFirst, FullPayment, Ladder, Player, Strategy, TimeBased

FEW = 40


@cache
def given() -> tuple[OfferPolicy, KeepingRules]:
    return policies(Settings())


@cache
def world() -> World:
    return World(*given(), rules())


@cache
def people() -> list[Borrower]:
    return population(FEW, 7)


@cache
def found() -> dict:
    return simulate(*given(), FEW, 7, resamples=50)


def talk(strategy: Strategy, borrower: Borrower) -> Talk:
    talked = world().talk(strategy, borrower)
    assert talked is not None
    return talked


def table(strategy: Strategy = ACCORD, **changes: object) -> Table:
    """A table for somebody a hundred days late who owes 1,200 and has 150 a month."""
    seated = strategy.table(someone(**changes), *given())
    assert seated is not None
    return seated


def someone(**changes: object) -> Borrower:
    one = next(b for b in endless(7) if b.currency == "USD")
    balance = replace(one.balance, principal=Money(110000, "USD"), interest=Money(6000, "USD"), fees=Money(4000, "USD"))
    plain = {
        "balance": balance,
        "days_past_due": 100,
        "surplus": Money(15000, "USD"),
        "reserve": Money(0, "USD"),
        "stated": None,
        "opening": "plan",
        "way": "amount",
        "patience": 5,
        "typo_rate": 0.0,
        "types": True,
    }
    return replace(one, **(plain | changes))


def without_timing(data: dict) -> dict:
    return {key: value for key, value in data.items() if key != "timing"}


# -- the population


def test_the_same_seed_draws_the_same_borrowers_and_another_seed_others():
    assert population(FEW, 7) == people()
    assert population(FEW, 8) != people()


def test_more_borrowers_leave_the_first_ones_as_they_are():
    assert population(FEW // 2, 7) == people()[: FEW // 2]


def test_borrowers_stay_the_same_whatever_strategy_they_meet():
    before = [repr(borrower) for borrower in people()]

    for strategy in STRATEGIES:
        for borrower in people():
            talk(strategy, borrower)

    assert [repr(borrower) for borrower in people()] == before


def test_interest_and_fees_are_the_stated_parts_and_nobody_has_less_than_nothing():
    for borrower in population(1500, 3):
        parts, limits = borrower.balance, rules()
        for part, spread in ((parts.interest, limits.interest_percent), (parts.fees, limits.fees_percent)):
            assert spread.least - 0.2 <= 100 * part.minor / borrower.owed.minor <= spread.most + 0.2
        assert min(amount.minor for amount in (parts.principal, borrower.surplus, borrower.reserve)) >= 0
        assert sum(borrower.weights) == pytest.approx(1)


def test_every_distribution_of_the_file_is_stated_with_where_it_comes_from():
    rows = stated_distributions()
    named = {row.split(":")[0] for row, _ in rows if ":" in row}

    assert set(rules().model_dump()) <= named
    assert sum(bool(comment) for _, comment in rows) > 10


# -- authority


@pytest.mark.parametrize("strategy", STRATEGIES, ids=lambda s: s.name)
def test_no_strategy_leaves_the_authority(strategy):
    for borrower in population(150, 9):
        seated, talked = play(strategy, borrower, *given())
        assert talked.outside == 0
        assert all(inside(seated, terms) for offers in talked.offers for terms in offers)


def test_an_offer_outside_authority_is_counted():
    class Generous(FullPayment):
        def answer(self, act: Act) -> Heard:
            terms = super().answer(act).offers[0]
            late = replace(terms.schedule[0], due_on=date(2030, 1, 1))
            return Heard("options", (replace(terms, schedule=(late,)),))

    seated, talked = play(Strategy("generous", "Generous", Generous), someone(), *given())

    assert not inside(seated, talked.offers[0][0])
    assert talked.outside >= 1


def test_turns_are_counted_and_every_offer_is_checked():
    counted = count_turns(*given(), 200, 3)

    assert counted["turns"] >= 200
    assert counted["offers"] > 100
    assert counted["outside"] == 0


# -- strategies


def test_accord_offers_what_the_service_offers_to_the_same_moves(services):
    """The service of the unit tests on the same debt, policy and day, move by move."""
    from tests.unit.fakes import ODALYS, Chat

    chat = Chat(services).prove(f"{ODALYS}, 1987-03-07")
    deal = services.negotiation
    with services.parts.store.transaction() as session:
        account = deal.plans.accounts.find(session, ODALYS)
        seated = deal.table(session, account)
    player = Accord(seated)
    far = [{"entity": "instalments", "value": 40}, {"entity": "frequency", "value": "monthly"}]
    refuse, far_off = Act("refuse", ""), Act("name", "", proposal=Proposal(count=40, frequency="monthly"))

    served = [
        deal.offer(chat.turn("bit by bit"), "plan"),
        deal.improve(chat.turn("no")),
        deal.consider(chat.turn("40 instalments"), far),
        deal.improve(chat.turn("no")),
        deal.improve(chat.turn("no")),
    ]
    simulated = [player.answer(act) for act in (Act("wish", "", "plan"), refuse, far_off, refuse, refuse)]

    for step, heard in zip(served[:-1], simulated[:-1], strict=True):
        assert tuple(offer.terms for offer in step.offers) == heard.offers
    assert (served[-1].state, simulated[-1].state) == ("final", "end")


def test_full_payment_never_moves():
    player = FullPayment(table())

    first, second = player.answer(Act("wish", "", "plan")), player.answer(Act("refuse", ""))

    assert first.offers == second.offers
    assert first.offers[0].to_pay == someone().owed
    assert (first.offers[0].ends_on - TODAY).days == 30


def test_accept_first_takes_what_the_whole_authority_has_and_nothing_else():
    within = Act("name", "", proposal=Proposal(count=12, frequency="monthly"))
    beyond = Act("name", "", proposal=Proposal(count=13, frequency="monthly"))

    assert AcceptFirst(table()).answer(Act("wish", "", "plan")).state == "ask"
    assert AcceptFirst(table()).answer(within).state == "read_back"
    assert AcceptFirst(table()).answer(beyond) == Heard("end")


def test_the_ladder_has_four_steps_whoever_is_met():
    def steps(player: Player) -> list[list[int]]:
        heard = [player.answer(Act("refuse", "")) for _ in range(5)]
        assert heard[4] == Heard("end")
        return [[len(t.instalments) for t in h.offers if t.kind == "plan"] for h in heard[:4]]

    poor, rich = Ladder(table()), Ladder(table(surplus=Money(900000, "USD"), reserve=Money(900000, "USD")))

    assert steps(poor) == [[3], [6], [9], [12]] == steps(rich)


def test_the_ladder_takes_no_proposal():
    named = Act("name", "", proposal=Proposal(count=2, frequency="monthly"))

    assert Ladder(table()).answer(named).state == "options"


@pytest.mark.parametrize(("patience", "late"), [(4.0, True), (1.0, False)])
def test_a_time_based_lender_concedes_from_the_best_to_the_worst_terms(patience, late):
    player = TimeBased(table(), patience)

    wants = [player.wants(step) for step in range(given()[0].rounds)]

    best, worst = max(c.worth for c in player.candidates), min(c.worth for c in player.candidates)
    assert wants == sorted(wants, reverse=True)
    assert (wants[0], wants[-1]) == (pytest.approx(best), pytest.approx(worst))
    assert (wants[1] > best - (best - worst) / 4) is late


def test_every_strategy_meets_the_same_borrowers():
    assert {len(found()["strategies"]), len(STRATEGIES)} == {6}
    assert list(found()["titles"]) == [s.name for s in (ACCORD, *BASELINES)]


# -- the borrower


def test_a_borrower_takes_nothing_beyond_the_means():
    for borrower in population(200, 5):
        for strategy in STRATEGIES:
            agreed = talk(strategy, borrower).agreed
            assert agreed is None or burden(borrower, agreed) <= 1


def test_a_borrower_wants_less_from_round_to_round_and_names_more():
    for borrower in population(60, 5):
        mind = Mind(borrower)
        wanted, asked = [], []
        for mind.round in range(borrower.patience):
            wanted.append(mind.wanted())
            asked.append(mind._ask())
        assert wanted == sorted(wanted, reverse=True)
        assert asked == sorted(asked)


def test_patience_comes_to_an_end():
    mind = Mind(someone(patience=3, surplus=Money(100, "USD")))
    offers = FullPayment(table()).answer(Act("wish", "", "plan"))

    kinds = [mind.answers(offers).kind for _ in range(3)]

    assert kinds[-1] == "leave"
    assert "leave" not in kinds[:-1]


def test_what_was_misheard_is_not_agreed_to():
    mind = Mind(someone(opening_ask=0.5))
    mind.answers(Heard("ask"))
    assert mind.said is not None
    assert mind.said.per_instalment is not None
    heavier = replace(mind.said, per_instalment=Money(mind.said.per_instalment.minor * 8 // 5, "USD"))
    at = table(days_past_due=400)  # where the authority has plans as long as this
    misheard, heard = (Accord(at).answer(Act("name", "", proposal=p)) for p in (heavier, mind.said))

    assert misheard.state == heard.state == "read_back"
    assert burden(mind.borrower, misheard.offers[0]) < 1
    assert mind.answers(heard).kind == "agree"
    assert mind.answers(misheard).kind != "agree"


def test_lighter_terms_please_more():
    at = table()
    light, heavy = (
        Accord(at).answer(Act("name", "", proposal=Proposal(count=n, frequency="monthly"))) for n in (12, 9)
    )

    assert utility(someone(), light.offers[0]) > utility(someone(), heavy.offers[0]) > 0


# -- what becomes of terms


def test_the_heavier_a_payment_the_likelier_it_ends():
    weights = [step / 20 for step in range(61)]

    chances = [hazard(weight, 0.02, 0.0, rules().life) for weight in weights]

    assert all(a < b or b == 1.0 for a, b in pairwise(chances))
    assert all(0 <= chance <= 1 for chance in chances)


def test_a_reduction_keeps_people_on_their_way_and_forgetting_takes_them_off():
    life = rules().life

    assert hazard(0.5, 0.02, 0.2, life) < hazard(0.5, 0.02, 0.0, life) < hazard(0.5, 0.04, 0.0, life)


def terms_of(count: int, at: Table | None = None) -> Terms:
    heard = Accord(at or table()).answer(Act("name", "", proposal=Proposal(count=count, frequency="monthly")))
    return heard.offers[0]


def test_what_arrives_is_never_more_than_what_is_owed():
    for borrower in population(150, 6):
        for strategy in STRATEGIES[:4]:
            agreed = talk(strategy, borrower).agreed
            if agreed is not None:
                assert 0 <= live(borrower, agreed, rules().life).arrived <= 1


def test_a_heavier_plan_of_the_same_length_brings_no_more():
    terms = terms_of(12)
    means = [Money(minor, "USD") for minor in (100000, 30000, 12000, 9000)]
    borrowers = [[someone(surplus=surplus, fate=fate) for fate in range(150)] for surplus in means]

    kept = [sum(live(b, terms, rules().life).kept for b in row) for row in borrowers]

    assert kept == sorted(kept, reverse=True)
    assert kept[0] > kept[-1]


def test_without_an_agreement_less_comes_in_the_older_the_arrears():
    shares = [without_agreement(someone(days_past_due=days), rules().life) for days in (0, 30, 100, 300)]

    assert shares == sorted(shares, reverse=True)


def test_who_kept_a_promise_comes_back_with_the_rest():
    promise = Accord(table()).answer(
        Act("name", "", proposal=Proposal(lump_sum=Money(10000, "USD"), first_on=date(2026, 12, 1)), single=True)
    )

    later = after_promise(someone(), promise.offers[0])

    assert later.owed == someone().owed - Money(10000, "USD")
    assert later.balance.fees == Money(0, "USD")


# -- figures


def test_the_same_seed_gives_the_same_figures():
    again = simulate(*given(), FEW, 7, resamples=50)

    assert json.dumps(without_timing(again)) == json.dumps(without_timing(found()))


def test_intervals_hold_their_means_and_a_difference_is_paired():
    outcomes = [world().outcome(ACCORD, b, True)[1] for b in people()]

    measured = figures.measure(people(), {"a": outcomes, "b": outcomes}, 1, 50)

    assert measured["differences"]["b"]["kept_value"] == {"mean": 0.0, "low": 0.0, "high": 0.0}
    for row in measured["strategies"]["a"].values():
        assert row["low"] <= row["mean"] <= row["high"]


def test_groups_cover_everybody_and_the_worst_comes_first():
    outcomes = {"accord": [world().outcome(ACCORD, b, world().zone(b))[1] for b in population(200, 4)]}

    rows = figures.groups(population(200, 4), outcomes)

    shares = [row["strategies"]["accord"]["agreement_rate_in_zone"] for row in rows]
    assert shares == sorted(shares)
    assert sum(row["borrowers"] for row in rows if row["kind"] == "language") == 200


def test_there_is_no_zone_of_agreement_for_who_has_nothing():
    nothing = someone(surplus=Money(0, "USD"))

    assert zone_of_agreement(someone(), *given())
    assert not zone_of_agreement(nothing, *given())


# -- fairness


def test_language_manner_and_typing_change_no_offer():
    compared = unlike(population(40, 8), lambda borrower: world().talk(ACCORD, borrower))

    assert compared == {"borrowers": 40, "twins": 12, "different": 0}


def test_a_strategy_that_looks_at_the_manner_is_found_out():
    def play_rudely(borrower: Borrower) -> Talk:
        poorer = replace(borrower, surplus=borrower.surplus * 2) if borrower.manner == "rude" else borrower
        return talk(ACCORD, poorer)

    assert unlike(population(20, 8), play_rudely)["different"] > 0


def test_twins_differ_in_nothing_but_how_they_write():
    shapes = {repr(replace(t, language="en", manner="polite", types=True, typo_rate=0.0)) for t in twins(someone())}

    assert len(list(twins(someone()))) == 12
    assert len(shapes) == 1


# -- messages

ACTS = {
    "propose_monthly": Proposal(per_instalment=Money(12500, "USD"), frequency="monthly"),
    "propose_monthly_count": Proposal(per_instalment=Money(12500, "USD"), count=10, frequency="monthly"),
    "propose_count": Proposal(count=10, frequency="monthly"),
    "propose_weekly": Proposal(per_instalment=Money(3000, "USD"), frequency="weekly"),
    "propose_down": Proposal(down_payment=Money(20000, "USD"), count=10, first_on=TODAY),
    "propose_on_day": Proposal(per_instalment=Money(12500, "USD"), frequency="monthly", day_of_month=22),
    "promise": Proposal(lump_sum=Money(40050, "USD"), first_on=date(2026, 12, 3)),
}


@pytest.mark.parametrize("language", ["en", "zh"])
def test_phrases_are_filled_without_leftovers(language):
    left_out = {"give_income", "give_expense", "walk_away", "chit_chat"}
    for topic, by_language in messages.phrases().items():
        if topic in left_out:
            continue
        act = Act("name", topic, proposal=ACTS.get(topic), option=2)
        for turn in range(3 * len(by_language[language])):
            for manner, script in (("polite", ""), ("rude", "hant" if language == "zh" else "")):
                borrower = someone(language=language, manner=manner, script=script)
                text = messages.message(borrower, act, turn)
                assert "{" not in text
                assert "22th" not in text
                assert text.strip()


def test_the_same_turn_says_the_same():
    act = Act("wish", "request_plan", "plan")

    assert messages.message(someone(), act, 3) == messages.message(someone(), act, 3)
    assert len({messages.message(someone(), act, turn) for turn in range(30)}) > 3


@pytest.mark.parametrize("written", ["1st", "2nd", "3rd", "4th", "11th", "12th", "13th", "22nd", "31st"])
def test_days_of_the_month_have_their_ordinals(written):
    assert messages.ordinal(int(written[:-2])) == written


def test_typos_leave_figures_as_they_are():
    act = Act("name", "propose_monthly", proposal=ACTS["propose_monthly"])

    clean = [messages.message(someone(), act, turn) for turn in range(40)]
    typed = [messages.message(someone(typo_rate=0.2), act, turn) for turn in range(40)]

    digits = [["".join(c for c in text if c.isdigit()) for text in texts] for texts in (clean, typed)]
    assert digits[0] == digits[1]
    assert clean != typed


# -- readings


def read(intent: str, entities: list[dict] | None = None, stage: str = "verified", text: str = "") -> Act | None:
    return reading.act_of({"intent": {"name": intent}, "entities": entities or []}, text, stage, someone().owed)


@pytest.mark.parametrize(
    ("intent", "stage", "kind"),
    [
        ("request_plan", "verified", "wish"),
        ("report_hardship", "verified", "wish"),
        ("cannot_pay", "verified", "wish"),
        ("cannot_pay", "negotiating", "refuse"),
        ("affirm", "negotiating", "choose"),
        ("affirm", "confirming", "agree"),
        ("deny", "negotiating", "refuse"),
        ("deny", "confirming", "refuse"),
        ("ask_better_offer", "negotiating", "refuse"),
        ("request_human", "negotiating", "leave"),
        ("affirm", "verified", None),
        ("greet", "verified", None),
        ("modify_plan", "verified", None),
    ],
)
def test_readings_become_acts_as_the_rules_have_it(intent, stage, kind):
    act = read(intent, stage=stage)

    assert (act and act.kind) == kind


def test_a_wish_with_an_amount_is_terms():
    money = {"entity": "money", "value": 120, "role": "per_instalment"}

    act = read("request_plan", [money, {"entity": "frequency", "value": "monthly"}])

    assert act is not None
    assert (act.kind, act.proposal.per_instalment) == ("name", Money(12000, "USD"))


def test_terms_are_the_same_in_any_words():
    player = Accord(table())
    months = Act("name", "", proposal=Proposal(months=10))
    count = Act("name", "", proposal=Proposal(count=10, frequency="monthly"))
    other = Act("name", "", proposal=Proposal(count=9, frequency="monthly"))

    assert reading.same(count, months, player)
    assert not reading.same(count, other, player)
    assert not reading.same(count, Act("refuse", ""), player)


class Deaf:
    """A reader that hears every message as the same thing."""

    def __init__(self, intent: str) -> None:
        self.intent = intent

    def read(self, text: str, stage: str, asked: str, language: str) -> dict:
        return {"intent": {"name": self.intent}, "entities": []}


def test_who_is_never_understood_loses_patience_and_gets_nothing():
    written = reading.Written(Deaf("nlu_fallback"))  # type: ignore[arg-type]

    talked = world().talk(ACCORD, someone(), written)

    assert talked is not None
    assert (talked.agreed, talked.offers) == (None, ())
    assert written.understood["all"] == 0
    assert written.meant["all"] == someone().patience
    assert written.meant["first try"] == 1


# -- the command and the page


def test_the_json_is_as_documented():
    assert set(found()) == {
        "note",
        "seed",
        "borrowers",
        "in_zone",
        "policy",
        "strategies",
        "differences",
        "groups",
        "titles",
        "concession",
        "authority",
        "fairness",
        "timing",
    }
    assert set(found()["strategies"]["accord"]) == {figure.name for figure in figures.FIGURES}
    assert set(found()["differences"]) == {strategy.name for strategy in BASELINES}


def test_the_command_needs_no_ledger(tmp_path, monkeypatch):
    monkeypatch.setenv("ACCORD_HOME", str(tmp_path / "none"))

    printed = CliRunner().invoke(app, ["simulate", "--borrowers", "5", "--seed", "3", "--json"])
    lines = CliRunner().invoke(app, ["simulate", "--borrowers", "5", "--seed", "3"])

    assert (printed.exit_code, lines.exit_code) == (0, 0)
    assert lines.stdout.startswith("Simulation")
    data = json.loads(printed.stdout)
    assert (data["borrowers"], data["seed"]) == (5, 3)
    assert not (tmp_path / "none").exists()


def test_the_page_says_first_that_it_is_a_simulation():
    page = render(simulate(*given(), 150, 3, resamples=20))

    assert "Simulation" in page[page.index("</style>") : page.index("<h1>")]
    assert "w33669" in page[: page.index("<h1>")]
    assert page.count("<svg") == 3


def test_the_page_shows_messages_and_matches_where_there_are_any():
    data = simulate(*given(), 150, 3, resamples=20)
    row = {name: data["strategies"]["accord"][name] for name in data["strategies"]["accord"]}
    data["written"] = {
        "borrowers": 5,
        "understood": {"all": {"messages": 4, "understood": 0.75}},
        "acts": row,
        "messages": row,
        "other_agreement": 1,
        "ended_with_a_person": 0,
        "outside": 0,
        "misread": [{"text": "<b>hm</b>", "meant": {}, "intent": "greet", "read": None}],
    }
    part = {"mean": 0.5, "interval": [0.4, 0.6]}
    negmas = {"overall": {"ours": dict.fromkeys(("agreed", "nash", "own", "other"), part)}}

    page = render(data, negmas)

    assert "&lt;b&gt;hm&lt;/b&gt;" in page
    assert "NegMAS" in page
    assert page.count("<svg") == 4
