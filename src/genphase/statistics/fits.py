"""Straight lines through the points of a curve, by least squares."""

from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike

from genphase.statistics.distributions import t_quantile
from genphase.statistics.likelihood import Floats
from genphase.statistics.wilson import CONFIDENCE


class Fit(NamedTuple):
    """A line: y = intercept + slope x, or ln y = intercept + slope ln x.

    Attributes
    ----------
    slope, low, high : the slope and its 95 % interval, by Student's t with points - 2 degrees of
        freedom, which takes the points to scatter evenly about the line.
    r2 : the share of the variance, of y or of ln y, that the line explains.
    """

    slope: float
    low: float
    high: float
    intercept: float
    r2: float


NO_FIT = Fit(*[float("nan")] * 5)


def fit_line(x: ArrayLike, y: ArrayLike, kind: str) -> Fit:
    """Fit a line to points.

    Parameters
    ----------
    x, y : (points,)
        ; points that are not finite are left out, for a power also those that are not positive.
    kind
        Linear, or power: a line in log-log axes, y = e^intercept x^slope.

    Returns
    -------
    Fit
        NaN throughout where fewer than three points, at fewer than two x, are left.
    """
    right, up = np.asarray(x, dtype=np.float64), np.asarray(y, dtype=np.float64)
    kept = np.isfinite(right) & np.isfinite(up)
    if kind == "power":
        kept &= (right > 0) & (up > 0)
    right, up = right[kept], up[kept]
    if right.size < 3 or np.ptp(right) == 0:
        return NO_FIT
    if kind == "power":
        right, up = np.log(right), np.log(up)
    # It takes half a second, which only figures with fits wait for.
    from scipy.stats import linregress

    found = linregress(right, up)
    half = t_quantile((1 + CONFIDENCE) / 2, right.size - 2) * found.stderr
    slope = found.slope
    numbers = (slope, slope - half, slope + half, found.intercept, found.rvalue**2)
    return Fit(*map(float, numbers))


def jackknife_error(left_out: ArrayLike) -> float:
    """Return the standard error of an estimate from those without each of its instances.

    Parameters
    ----------
    left_out : (instances,)
        The estimate of all instances but one, for each of them.
    """
    values = np.asarray(left_out, dtype=np.float64)
    return float(np.sqrt((values.size - 1) * values.var()))


def on_line(fit: Fit, x: Floats, kind: str) -> Floats:
    """Return the heights of a fitted line at x."""
    line: Floats = fit.intercept + fit.slope * (np.log(x) if kind == "power" else x)
    return np.exp(line) if kind == "power" else line
