"""Conceding: how far to come towards the other side, and with which outcome.

An outcome is a vector of features (one number in [0, 1] for each issue, or a 0/1 number for each value of an
issue whose values have no order) with a value to us in [0, 1]. Three parts decide:

* Aspiration, the least value that we want now. It falls with time, by t ** patience (time-dependent tactics:
  Faratin, Sierra & Jennings 1998), and with the other side's own moves, measured in our value of their offers
  (Baarslag, Hindriks & Jonker 2013: their utility is unknown, ours is not). Moves are met on the way to a target:
  the weighted Nash point, arg max (value - reservation) ** w * interest ** (1 - w). The lower of the two counts,
  so that moving never earns less than refusing.
* Interest, what an outcome is worth to the other side above its own reservation: a linear function of the features,
  learnt by Bayesian regression. An offer made at time t is taken to be worth 1 - t ** e to its maker; each tempo
  ``e`` is a hypothesis, weighed by how well it foretold the offers so far.
* Proposals: the outcome of most interest among those worth our aspiration (a trade-off along our indifference
  curve: Faratin, Sierra & Jennings 2002), and a second one, as unlike it as may be, of about the same value to us.

Time t runs from 0 (first round) to 1 (last round); see `moment`. The same calls give the same answers.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
from math import exp
from operator import mul, sub

Features = tuple[float, ...]

EPSILON = 1e-9  # values closer than this are the same value


@dataclass(frozen=True)
class Tactics:
    """How to bargain. Shares are of the authority: our value of the best outcome less our reservation.

    The defaults are for talks of three to six rounds in which we open half-way and know what most people want
    (``leaning``). For long talks that begin at the extremes with nothing known, a small ``opening_share``, more
    ``patience`` and ``prior_variance`` and no ``least_reward`` serve better.
    """

    opening_share: float = 0.5  # given up before the other side has said anything
    hold_back: float = 0.15  # kept for the last round, whatever the other side does
    patience: float = 3.0  # exponent of time: 1 concedes evenly, more concedes later (Boulware)
    kindness: float = 2.0  # steps of ours towards the target for each equal step of theirs
    least_reward: float = 0.5  # part of the room between opening and hold-back that full moves earn at least
    own_weight: float = 0.55  # w of the weighted Nash point: 0.5 is Nash's own, 1 looks at our value only
    band: float = 0.03  # share within which two outcomes count as equal to us
    variety: float = 0.5  # interest that the second proposal may lack for a full difference in features
    tempos: tuple[float, ...] = (0.25, 0.5, 1.0, 2.0, 4.0, 12.0)  # exponents the other side may concede by
    prior_variance: float = 0.05  # of a feature's weight in the interest, before anything was heard
    noise: float = 0.005  # variance of an offer's worth to its maker around what its tempo says

    def __post_init__(self) -> None:
        shares = (self.opening_share, self.hold_back, self.least_reward, self.own_weight)
        if not all(0 <= share <= 1 for share in shares) or self.opening_share + self.hold_back > 1:
            raise ValueError("shares lie in [0, 1]; opening_share and hold_back are together at most 1")
        if self.own_weight == 1:
            raise ValueError("own_weight is below 1: some regard is had to the other side")
        if min(self.patience, self.kindness, self.prior_variance, self.noise, *self.tempos) <= 0 or not self.tempos:
            raise ValueError("patience, kindness, tempos and variances are above 0")
        if min(self.band, self.variety) < 0:
            raise ValueError("band and variety are not below 0")


def moment(number: int, rounds: int) -> float:
    """The time t of a round: 0 in the first, 1 in the last (and in the only) one."""
    return 1.0 if rounds <= 1 else min(max((number - 1) / (rounds - 1), 0.0), 1.0)


class Interest:
    """What outcomes are worth to the other side: 0 at its reservation, 1 at its best, linear in the features.

    Bayesian linear regression, one mean for each tempo over one shared covariance; each offer costs O(d * d).
    """

    def __init__(self, features: Sequence[Features], leaning: Sequence[float] | None, tactics: Tactics) -> None:
        count, self._size = len(features), len(features[0])
        if {len(leaning or features[0]), *map(len, features)} != {self._size}:
            raise ValueError("every outcome has the same number of features, and so has the leaning")
        self._columns = [[f[j] for f in features] for j in range(self._size)]
        self._centre = [sum(column) / count for column in self._columns]
        # Features are centred, so that the last coefficient is the interest of an average outcome: about a half.
        start = [*(leaning or [0.0] * self._size), 0.5]
        spread = [tactics.prior_variance] * self._size + [0.02]
        self._tempos, self._noise = tactics.tempos, tactics.noise
        self._means = [list(start) for _ in self._tempos]
        self._covariance = [[v if i == j else 0.0 for j in range(len(spread))] for i, v in enumerate(spread)]
        self._evidence = [0.0] * len(self._tempos)  # log likelihood of the offers so far
        self._all: list[float] | None = None

    def offered(self, features: Features, t: float) -> None:
        """Learns from an offer of theirs: worth 1 - t ** e to them."""
        row = self._row(features)
        errors = [1.0 - t**e - _dot(mean, row) for e, mean in zip(self._tempos, self._means, strict=True)]
        variance = self._correct(row, errors)
        for k, error in enumerate(errors):
            self._evidence[k] -= 0.5 * error * error / variance

    def declined(self, features: Features, t: float) -> None:
        """Learns from an offer of ours that was turned down: worth no more to them than 1 - t ** e."""
        row = self._row(features)
        errors = [min(1.0 - t**e - _dot(mean, row), 0.0) for e, mean in zip(self._tempos, self._means, strict=True)]
        if _dot(self._weights(), [float(error < 0) for error in errors]) > 0.5:
            self._correct(row, errors)

    def of_all(self) -> list[float]:
        """The interest of each outcome, in their order."""
        if self._all is None:
            weights = self._weights()
            *slopes, level = (_dot(weights, column) for column in zip(*self._means, strict=True))
            found = [level - _dot(slopes, self._centre)] * len(self._columns[0])
            for slope, column in zip(slopes, self._columns, strict=True):
                found = [u + slope * x for u, x in zip(found, column, strict=True)]
            self._all = found
        return self._all

    def _row(self, features: Features) -> list[float]:
        if len(features) != self._size:
            raise ValueError(f"{len(features)} features where outcomes have {self._size}")
        return [*(x - m for x, m in zip(features, self._centre, strict=True)), 1.0]

    def _weights(self) -> list[float]:
        """The probability of each tempo."""
        most = max(self._evidence)
        likelihoods = [exp(e - most) for e in self._evidence]
        total = sum(likelihoods)
        return [x / total for x in likelihoods]

    def _correct(self, row: list[float], errors: list[float]) -> float:
        """One step of recursive least squares; gives the variance that was foretold."""
        gain = [_dot(line, row) for line in self._covariance]
        variance = _dot(gain, row) + self._noise
        for mean, error in zip(self._means, errors, strict=True):
            if error:
                mean[:] = [m + g * error / variance for m, g in zip(mean, gain, strict=True)]
        for line, g in zip(self._covariance, gain, strict=True):
            line[:] = [c - g * other / variance for c, other in zip(line, gain, strict=True)]
        self._all = None
        return variance


class Negotiator:
    """Bargains over a finite set of outcomes; see the module for how.

    A round is: `hear` their offer (and `decline` what they turned down), then `accepts` or else `propose`.

    ``outcomes``: features and our value of each; those below ``reservation`` are never proposed or taken.
    ``leaning``: how much each feature is thought to please the other side, from 0 to 1, before it has spoken
    (below zero where more is worse for it); nothing is presumed where it is left out.
    """

    def __init__(
        self,
        outcomes: Sequence[tuple[Features, float]],
        reservation: float,
        tactics: Tactics | None = None,
        leaning: Sequence[float] | None = None,
    ) -> None:
        self.tactics = tactics or Tactics()
        # Best for us first, so that "worth at least so much" is a prefix; equals stay in the order given.
        order = sorted((i for i, o in enumerate(outcomes) if o[1] >= reservation), key=lambda i: -outcomes[i][1])
        if not order:
            raise ValueError("no outcome is worth the reservation")
        self._order = order
        self._place = {outcome: place for place, outcome in enumerate(order)}
        self._features = [outcomes[i][0] for i in order]
        self._values = [outcomes[i][1] for i in order]
        self._costs = [-value for value in self._values]
        self._known: dict[Features, float] = dict(reversed(outcomes))
        self._interest = Interest(self._features, leaning, self.tactics)

        self.reservation = reservation
        self._authority = self._values[0] - reservation
        self._opening = self._values[0] - self.tactics.opening_share * self._authority
        self._floor = reservation + self.tactics.hold_back * self._authority
        # gain ** w * interest ** (1 - w) is greatest where gain ** (w / (1 - w)) * interest is.
        weight = self.tactics.own_weight / (1 - self.tactics.own_weight)
        self._gains = [(value - reservation) ** weight for value in self._values]

        self._level = self._opening
        self._first: float | None = None  # our value of their first offer
        self._best = 0.0  # our value of their best offer so far
        self._standing: float | None = None  # our value of their last offer, where it may be taken

    def hear(self, features: Features, t: float, value: float | None = None) -> None:
        """Takes in an offer of theirs, made at time t.

        ``value`` is ours; it is looked up where the offer is one of the outcomes. An offer that is neither known nor
        valued moves us as the nearest outcome would, and is never accepted. Authority is the caller's to check: an
        offer that it rules out is worth less than the reservation.
        """
        self._standing = self._known.get(features) if value is None else value
        worth = self._nearest(features) if self._standing is None else self._standing
        self._best = worth if self._first is None else max(self._best, worth)
        self._first = worth if self._first is None else self._first
        self._interest.offered(features, t)

    def decline(self, proposal: int, t: float) -> None:
        """Takes in that a proposal of ours was turned down, at time t."""
        self._interest.declined(self._features[self._place[proposal]], t)

    def aspiration(self, t: float) -> float:
        """The least value that we want at time t; it never rises."""
        if t >= 1:
            level = self.reservation
        else:
            level = self._opening - (self._opening - self._floor) * t**self.tactics.patience
            if self._first is not None and self._best > self._first:
                target = self._target()
                # The part of the way from their first offer to the target that they have gone.
                gone = (self._best - self._first) / (target - self._first) if target > self._first else 1.0
                level = min(level, self._opening - (self._opening - target) * min(gone * self.tactics.kindness, 1.0))
        self._level = min(self._level, level)
        return self._level

    def accepts(self, t: float) -> bool:
        """Whether their last offer is to be taken: it is worth our aspiration, so no less than we would ask next."""
        return self._standing is not None and self._standing >= self.aspiration(t) - EPSILON

    def propose(self, t: float) -> tuple[int, ...]:
        """The outcomes to propose, as their places in ``outcomes``: two of about equal value to us, or the only one.

        None is worth less than the aspiration, and in the last round nothing that is authorised is kept out.
        """
        last = bisect_right(self._costs, EPSILON - self.aspiration(t))
        interest = self._interest.of_all()
        first = interest.index(max(interest[:last]))  # of equals the one that is best for us
        width = self.tactics.band * self._authority
        start = bisect_left(self._costs, self._costs[first] - width)
        end = min(bisect_right(self._costs, self._costs[first] + width), last)
        others = [i for i in range(start, end) if self._features[i] != self._features[first]]
        if not others:
            return (self._order[first],)
        second = max(others, key=lambda i: interest[i] + self.tactics.variety * self._apart(i, first))
        return (self._order[first], self._order[second])

    def interest(self, outcome: int) -> float:
        """What an outcome is thought to be worth to them: 0 at their reservation, 1 at their best."""
        return self._interest.of_all()[self._place[outcome]]

    def _target(self) -> float:
        """Our value at the weighted Nash point, within what moves may earn before the last round."""
        products = list(map(mul, self._gains, self._interest.of_all()))
        most = max(products)
        nash = self._values[products.index(most) if most > 0 else 0]
        rewarded = self._opening - self.tactics.least_reward * (self._opening - self._floor)
        return max(min(nash, rewarded), self._floor)

    def _nearest(self, features: Features) -> float:
        """Our value of the known outcome with the nearest features."""
        return min(self._known.items(), key=lambda known: (_distance(known[0], features), known[1]))[1]

    def _apart(self, one: int, other: int) -> float:
        """How unlike two outcomes are, from 0 to 1: the mean difference of their features."""
        return _distance(self._features[one], self._features[other]) / len(self._features[one])


def _dot(left: Sequence[float], right: Sequence[float]) -> float:
    total: float = sum(map(mul, left, right))
    return total


def _distance(left: Features, right: Features) -> float:
    total: float = sum(map(abs, map(sub, left, right)))
    return total
