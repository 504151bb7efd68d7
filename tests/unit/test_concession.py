"""The negotiation core: what holds whatever is said to it, and a talk or two as examples."""

from __future__ import annotations

import io
import json
from dataclasses import replace
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.domain.concession import EPSILON, Features, Negotiator, Tactics, moment
from tests.negotiation.core_process import serve

ROUNDS = 4
LEANING = (-0.8, 0.1)  # small payments please, and a late start does a little

unit = st.floats(0, 1).map(lambda x: round(x, 3))
vectors = st.tuples(unit, unit)
outcome_sets = st.lists(st.tuples(vectors, unit), min_size=1, max_size=40, unique_by=lambda o: o[0])
tactics = st.builds(
    Tactics,
    opening_share=st.floats(0, 0.7),
    hold_back=st.floats(0, 0.3),
    patience=st.sampled_from((0.5, 1.0, 3.0, 8.0)),
    kindness=st.floats(0.5, 4),
    least_reward=st.floats(0, 1),
    own_weight=st.floats(0, 0.9),
    band=st.floats(0, 0.1),
)
offers = st.lists(st.tuples(vectors, st.one_of(st.none(), unit)), min_size=ROUNDS, max_size=ROUNDS)


def negotiator(outcomes: list[tuple[Features, float]], chosen: Tactics, share: float = 0.3) -> Negotiator:
    """With a reservation that some outcome is worth."""
    values = [value for _, value in outcomes]
    return Negotiator(outcomes, min(values) + share * (max(values) - min(values)), chosen, LEANING)


def talk(
    ours: Negotiator, said: list[tuple[Features, float | None]]
) -> list[tuple[float, bool, tuple[int, ...], float | None]]:
    """Each round's aspiration, whether the offer would be taken, our proposals, and the offer's value if given."""
    found = []
    proposed: tuple[int, ...] = ()
    for number, (features, value) in enumerate(said, start=1):
        t = moment(number, len(said))
        ours.hear(features, t, value)
        for proposal in proposed:
            ours.decline(proposal, t)
        taken = ours.accepts(t)
        proposed = ours.propose(t)
        found.append((ours.aspiration(t), taken, proposed, value))
    return found


@given(outcome_sets, tactics, offers)
def test_nothing_is_proposed_below_the_aspiration_or_the_reservation(outcomes, chosen, said):
    ours = negotiator(outcomes, chosen)
    for aspiration, _, proposed, _ in talk(ours, said):
        assert aspiration >= ours.reservation
        assert all(outcomes[i][1] >= aspiration - EPSILON for i in proposed)


@given(outcome_sets, tactics, offers)
def test_aspirations_never_rise(outcomes, chosen, said):
    aspirations = [aspiration for aspiration, *_ in talk(negotiator(outcomes, chosen), said)]
    assert all(later <= earlier for earlier, later in pairwise(aspirations))


@given(outcome_sets, tactics, offers)
def test_the_same_talk_goes_the_same_way(outcomes, chosen, said):
    assert talk(negotiator(outcomes, chosen), said) == talk(negotiator(outcomes, chosen), said)


@given(outcome_sets, tactics, offers)
def test_two_proposals_are_worth_the_same_to_us_and_differ(outcomes, chosen, said):
    ours = negotiator(outcomes, chosen)
    authority = max(value for _, value in outcomes) - ours.reservation
    for _, _, proposed, _ in talk(ours, said):
        assert 1 <= len(proposed) <= 2
        if len(proposed) == 2:
            (one, first), (other, second) = (outcomes[i] for i in proposed)
            assert one != other
            assert abs(first - second) <= chosen.band * authority + EPSILON


@given(outcome_sets, tactics, offers)
def test_whatever_is_worth_our_next_proposal_is_taken(outcomes, chosen, said):
    for _, taken, proposed, value in talk(negotiator(outcomes, chosen), said):
        if value is not None and value >= min(outcomes[i][1] for i in proposed):
            assert taken


@given(outcome_sets, tactics, offers)
def test_nothing_below_the_aspiration_is_taken(outcomes, chosen, said):
    for aspiration, taken, _, value in talk(negotiator(outcomes, chosen), said):
        if value is not None and value < aspiration - 2 * EPSILON:
            assert not taken


@given(outcome_sets, tactics, offers)
def test_the_last_round_offers_the_best_for_them_of_all_that_is_authorised(outcomes, chosen, said):
    ours = negotiator(outcomes, chosen)
    aspiration, _, proposed, _ = talk(ours, said)[-1]
    assert aspiration == ours.reservation
    allowed = [i for i, (_, value) in enumerate(outcomes) if value >= ours.reservation]
    assert ours.interest(proposed[0]) == max(ours.interest(i) for i in allowed)


@given(outcome_sets, tactics, offers)
def test_the_hold_back_is_kept_until_the_last_round(outcomes, chosen, said):
    ours = negotiator(outcomes, chosen)
    authority = max(value for _, value in outcomes) - ours.reservation
    kept = ours.reservation + chosen.hold_back * authority - EPSILON
    assert all(aspiration >= kept for aspiration, *_ in talk(ours, said)[:-1])
    assert negotiator(outcomes, chosen).aspiration(0.999) >= kept


def test_generous_moves_do_not_fetch_the_hold_back():
    """The Nash point may lie below it where our own value hardly counts."""
    ours = Negotiator(plans(), 0.1, Tactics(own_weight=0.05, hold_back=0.4), LEANING)
    for t, value in ((0.0, -0.4), (0.3, 0.1), (0.6, 0.4)):
        ours.hear((0.05, 1.0), t, value)
        assert ours.aspiration(t) >= 0.1 + 0.4 * 0.9 - EPSILON


@given(outcome_sets, tactics, offers, vectors, unit)
def test_who_moves_gets_at_least_as_much_as_who_only_refuses(outcomes, chosen, said, fixed, value):
    silent, stubborn, moving = (negotiator(outcomes, chosen) for _ in range(3))
    refused = talk(stubborn, [(fixed, value)] * ROUNDS)
    for number, (step, unmoved) in enumerate(zip(talk(moving, said), refused, strict=True), start=1):
        assert step[0] <= unmoved[0]
        assert unmoved[0] == silent.aspiration(moment(number, ROUNDS))


@given(outcome_sets, tactics)
def test_the_opening_gives_the_opening_share(outcomes, chosen):
    ours = negotiator(outcomes, chosen)
    best = max(value for _, value in outcomes)
    assert ours.aspiration(0.0) == pytest.approx(best - chosen.opening_share * (best - ours.reservation))


def test_an_aspiration_that_was_shown_stays_when_the_target_rises():
    """A later offer changes what is thought of the other side's interest, and with it the target."""
    ours = Negotiator(plans(), 0.1, Tactics(opening_share=0.0, patience=8.0, least_reward=0.0))
    said = (((0.1, 0.9), 0.0, -0.3), ((0.4, 1.0), 0.1, 0.6), ((0.9, 0.3), 0.2, 0.6))
    shown = []
    for features, t, value in said:
        ours.hear(features, t, value)
        shown.append(ours.aspiration(t))
    assert shown[1] < shown[0]
    assert shown[2] <= shown[1]


def plans() -> list[tuple[Features, float]]:
    """Plans of 2 to 12 payments that begin in 0 to 3 weeks: the largest payment, the start, and our value."""
    return [
        ((1 / count, weeks / 3), 1 - 0.8 * (count - 2) / 10 - 0.2 * weeks / 3)
        for count in range(2, 13)
        for weeks in range(4)
    ]


def test_a_step_towards_us_is_met():
    stays, moves = (Negotiator(plans(), 0.1, leaning=LEANING) for _ in range(2))
    for t, value in ((0.0, -0.4), (1 / 3, -0.1)):
        stays.hear((0.03, 1.0), t, -0.4)
        moves.hear((0.05, 1.0), t, value)
    assert moves.aspiration(1 / 3) < stays.aspiration(1 / 3)


def test_a_larger_step_earns_more():
    small, large = (Negotiator(plans(), 0.1, leaning=LEANING) for _ in range(2))
    for ours, second in ((small, -0.25), (large, -0.1)):
        ours.hear((0.05, 1.0), 0.0, -0.4)
        ours.hear((0.06, 1.0), 1 / 3, second)
    assert large.aspiration(1 / 3) < small.aspiration(1 / 3)


def test_proposals_turn_to_what_the_other_side_asks_for():
    """Of plans that are worth the same to us, who asks for a late start is offered one."""
    outcomes = [((0.2, 1.0), 0.7), ((0.8, 0.0), 0.7), ((0.5, 0.5), 1.0), ((0.5, 0.4), 0.0)]
    late, early = (Negotiator(outcomes, 0.4, replace(Tactics(), band=0.0)) for _ in range(2))
    late.hear((0.1, 1.0), 0.0, 0.1)
    early.hear((1.0, 0.0), 0.0, 0.1)
    assert late.propose(0.0)[0] == 0
    assert early.propose(0.0)[0] == 1


def test_time_alone_concedes_by_patience():
    ours = Negotiator(plans(), 0.0, Tactics(opening_share=0.2, hold_back=0.1, patience=3.0))
    assert ours.aspiration(0.5) == pytest.approx(0.8 - (0.8 - 0.1) * 0.5**3)


def test_the_target_has_regard_to_both_sides():
    """The more our own value weighs in the Nash point, the less the same moves earn."""
    levels = []
    for own_weight in (0.2, 0.5, 0.8):
        ours = Negotiator(plans(), 0.0, Tactics(opening_share=0.0, least_reward=0.0, own_weight=own_weight), LEANING)
        ours.hear((0.1, 1.0), 0.0, 0.0)
        ours.hear((0.2, 1.0), 0.1, 0.9)
        levels.append(ours.aspiration(0.1))
    assert levels[0] < levels[1] < levels[2]


@pytest.mark.parametrize("tempo", [0.25, 1.0, 4.0])
def test_interest_is_learnt_whatever_tempo_they_concede_by(tempo):
    """They care for the first feature thrice as much as for the second, and offer what their tempo asks for."""
    grid = [(x / 10, y / 10) for x in range(11) for y in range(11)]
    worth = {(x, y): 0.75 * (1 - x) + 0.25 * y for x, y in grid}
    ours = Negotiator([(f, f[0]) for f in grid], 0.0, Tactics(prior_variance=0.5, noise=0.001))
    for number in range(1, 21):
        t = moment(number, 21)
        ours.hear(min(grid, key=lambda f: (abs(worth[f] - (1 - t**tempo)), f)), t)
    assert max(abs(ours.interest(i) - worth[f]) for i, f in enumerate(grid)) < 0.1


def test_the_second_proposal_is_the_one_most_unlike_the_first():
    ours = Negotiator([((0.0, 0.0), 1.0), ((0.1, 0.0), 1.0), ((1.0, 1.0), 1.0), ((0.2, 0.1), 1.0)], 0.5)
    assert ours.propose(0.0) == (0, 2)


def test_what_was_turned_down_is_thought_less_of():
    ours = Negotiator(plans(), 0.1, leaning=LEANING)
    proposal = ours.propose(0.0)[0]
    ours.hear((0.03, 1.0), 0.5, -0.5)
    before = ours.interest(proposal)
    for _ in range(3):
        ours.decline(proposal, 0.9)
    assert ours.interest(proposal) < before


def test_an_offer_that_nobody_valued_is_not_taken():
    ours = Negotiator(plans(), 0.1, leaning=LEANING)
    ours.hear((0.9, 0.0), 0.0)
    assert not ours.accepts(1.0)
    ours.hear(plans()[0][0], 0.5)
    assert ours.accepts(1.0)


def test_the_only_outcome_is_proposed_alone():
    ours = Negotiator([((0.5, 0.5), 0.4)], 0.4)
    assert ours.propose(0.0) == (0,)


@pytest.mark.parametrize(("number", "rounds", "t"), [(1, 4, 0.0), (2, 4, 1 / 3), (4, 4, 1.0), (6, 4, 1.0), (1, 1, 1.0)])
def test_moments(number, rounds, t):
    assert moment(number, rounds) == pytest.approx(t)


def test_what_makes_no_sense_is_refused():
    with pytest.raises(ValueError, match="reservation"):
        Negotiator([((0.5,), 0.1)], 0.5)
    with pytest.raises(ValueError, match="features"):
        Negotiator([((0.5,), 0.1), ((0.5, 0.1), 0.2)], 0.0)
    with pytest.raises(ValueError, match="features"):
        Negotiator(plans(), 0.1).hear((0.5,), 0.0)
    with pytest.raises(ValueError, match="shares"):
        Tactics(opening_share=0.8, hold_back=0.3)
    with pytest.raises(ValueError, match="own_weight"):
        Tactics(own_weight=1.0)
    with pytest.raises(ValueError, match="above 0"):
        Tactics(tempos=())
    with pytest.raises(ValueError, match="band"):
        Tactics(band=-0.1)


def test_the_core_as_a_process_answers_line_by_line():
    outcomes = [[1.0, 0.0], [0.0, 1.0], [0.5, 0.5]]
    start = {"outcomes": outcomes, "values": [1.0, 0.2, 0.6], "reservation": 0.1, "tactics": {"opening_share": 0.0}}
    asked = [
        {"decide": {"t": 0.0, "offer": None}},
        {"start": start},
        {"decide": {"t": 0.0, "offer": None}},
        {"decide": {"t": 0.5, "offer": outcomes[1]}},
        {"decide": {"t": 1.0, "offer": outcomes[1]}},
    ]
    answers = io.StringIO()
    serve(io.StringIO("".join(json.dumps(line) + "\n" for line in asked)), answers)
    nothing, started, opening, rejected, accepted = map(json.loads, answers.getvalue().splitlines())
    assert "error" in nothing
    assert started == {"started": 3}
    assert opening == {"accept": False, "propose": [0]}
    assert not rejected["accept"]
    assert accepted["accept"]
