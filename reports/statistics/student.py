"""Student's t distribution, from the standard library alone. Checked against tables in the tests."""

from __future__ import annotations

from functools import lru_cache
from math import erfc, exp, lgamma, log, log1p, sqrt

HILL_FROM = 20
"""Degrees of freedom from which Hill's normal approximation is accurate to more than 8 digits (Hill 1970)."""
FRACTION_TERMS = 20
"""Pairs of terms of the continued fraction: enough for all digits of a float below HILL_FROM degrees of freedom."""


def two_sided_p(t: float, df: float) -> float:
    """Probability that a t statistic with `df` degrees of freedom (> 0, need not be whole) is at least `t` away from 0.

    Exact, through the incomplete beta function (DLMF 8.17; Abramowitz & Stegun 26.7.1), for few degrees of freedom;
    by G. W. Hill's transformation to a normal variable (Algorithm 395, CACM 13, 1970) for many, where the exact way
    gets slow.
    """
    t = abs(t)
    if df < HILL_FROM:
        return _incomplete_beta(df / (df + t * t), df / 2, 0.5)
    a = df - 0.5
    b = 48 * a * a
    y = a * log1p(t * t / df)
    z = (((((-0.4 * y - 3.3) * y - 24) * y - 85.5) / (0.8 * y * y + 100 + b) + y + 3) / b + 1) * sqrt(y)
    return erfc(z / sqrt(2))


@lru_cache(maxsize=4096)
def quantile(df: float, p: float = 0.05) -> float:
    """The t that `two_sided_p` gives probability `p` (0 < p < 1): half-width of the interval in standard errors."""
    low, high = 0.0, 2.0
    while two_sided_p(high, df) > p:
        low, high = high, 2 * high
    while high - low > 1e-10 * high:
        middle = (low + high) / 2
        low, high = (middle, high) if two_sided_p(middle, df) > p else (low, middle)
    return (low + high) / 2


def _incomplete_beta(x: float, a: float, b: float) -> float:
    """Regularised incomplete beta function I_x(a, b), 0 <= x <= 1, by its continued fraction (DLMF 8.17.22)."""
    if x <= 0 or x >= 1:
        return min(max(x, 0.0), 1.0)
    if x > (a + 1) / (a + b + 2):  # the fraction converges fast only below; above, use the symmetry
        return 1 - _incomplete_beta(1 - x, b, a)
    front = exp(a * log(x) + b * log1p(-x) + lgamma(a + b) - lgamma(a) - lgamma(b)) / a
    fraction = 1.0
    for m in range(FRACTION_TERMS, 0, -1):  # from the innermost term outwards
        fraction = 1 - (a + m) * (a + b + m) * x / ((a + 2 * m) * (a + 2 * m + 1)) / fraction
        fraction = 1 + m * (b - m) * x / ((a + 2 * m - 1) * (a + 2 * m)) / fraction
    fraction = 1 - (a + b) * x / (a + 1) / fraction
    return front / fraction
