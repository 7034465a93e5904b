"""The three interval methods, in the plain units of probability theory: shares 0 to 1, means in steps of the scale."""

from __future__ import annotations

from dataclasses import dataclass
from math import sqrt
from statistics import NormalDist

from reports.statistics.scales import Tally

Z95 = NormalDist().inv_cdf(0.975)


@dataclass(frozen=True)
class Estimate:
    """A centre with its standard error."""

    centre: float
    error: float


def wilson(successes: int, n: int, z: float = Z95) -> tuple[float, float]:
    """Wilson's score interval of a share, 0 to 1 (Wilson 1927; Brown, Cai & DasGupta 2001). n > 0."""
    centre = (successes + z * z / 2) / (n + z * z)
    half = z / (n + z * z) * sqrt(successes * (n - successes) / n + z * z / 4)
    return max(0.0, centre - half), min(1.0, centre + half)


def adjusted_wald(tally: Tally) -> Estimate:
    """Net share of promoters, −1 to 1, with three answers added: ¾ promoter, ¾ detractor, 1½ passive.

    Source: Rocks, B. (2016), Interval Estimation for the "Net Promoter Score", The American Statistician 70(4).
    """
    n = tally.n + 3
    promoters, detractors = (tally.top + 0.75) / n, (tally.bottom + 0.75) / n
    net = promoters - detractors
    return Estimate(net, sqrt((promoters + detractors - net * net) / n))


def sample_mean(tally: Tally) -> Estimate:
    """Mean score with its standard error (Student 1908). n > 1.

    Where all answers are equal their variance is 0, which would claim certainty after two answers. Scores are whole
    numbers, and n of them that are not all equal have a variance of at least 1/n (one answer, one step away): this
    floor changes nothing for answers that differ, and is the least that can honestly be said for those that don't.
    """
    n = tally.n
    # Whole numbers up to the division: no digits are lost where many answers are nearly equal.
    variance = (n * tally.squares - tally.total**2) / (n * (n - 1))
    return Estimate(tally.total / n, sqrt(max(variance, 1 / n) / n))
