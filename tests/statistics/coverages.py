"""How often nominal 95 % intervals hold the truth: of rates exactly, of crossings by simulation.

Run as a script it prints the tables of docs/statistics.md.
"""

from typing import NamedTuple

import numpy as np
from scipy.special import expit, logit
from scipy.stats import binom, norm

from genphase.statistics.crossings import ALLOWED
from genphase.statistics.design import Panel, spend
from genphase.statistics.exponents import width_exponent
from genphase.statistics.portraits import PortraitFit, likeliest_response
from genphase.statistics.rates import rate_interval
from genphase.statistics.responses import LINKS, LOGIT, Response
from genphase.statistics.scaling import ScalingFit

# F of each link, and its inverse.
LAWS = {
    "logit": (expit, logit),
    "probit": (norm.cdf, norm.ppf),
    "cloglog": (lambda eta: -np.expm1(-np.exp(eta)), lambda p: np.log(-np.log1p(-p))),
}

# The first trials of every cell, and those of a budget on average; log-odds per step; the bend.
BUDGETS = ((5, 20, 1.5, 0), (5, 20, 4, 0), (5, 50, 1.5, 0), (10, 20, 4, 0), (5, 20, 1.5, 0.5))


def rate_coverage(trials, rates):
    """Return the exact coverage of the interval of a rate, for each true rate."""
    recovered = np.arange(trials + 1)
    low, high = rate_interval(recovered, np.full(trials + 1, trials))
    rates = np.asarray(rates)
    held = (low[:, None] <= rates) & (rates <= high[:, None])
    return np.sum(binom.pmf(recovered[:, None], trials, rates) * held, axis=0)


class Lines:
    """Many draws of one line, rising with x, fitted side by side: an independent implementation.

    recovered : (draws, points); x : (points,); trials : of each cell. Equal draws are fitted once.
    """

    def __init__(self, x, recovered, trials):
        self.recovered, self.which, self.count = np.unique(
            recovered, axis=0, return_inverse=True, return_counts=True
        )
        self.x, self.trials = np.asarray(x, float), trials
        self.least = self._free()

    def share(self, held):
        """Return the share of the draws that hold what they should."""
        return float(np.average(held, weights=self.count))

    def _deviance(self, odds):
        return 2 * np.sum(
            self.trials * np.logaddexp(0, odds) - self.recovered * odds, axis=1, keepdims=True
        )

    def _newton(self, columns, offset):
        """Return the least deviance of log-odds that are linear in the columns: damped Newton."""
        beta = np.zeros((len(self.recovered), columns.shape[0], 1))
        odds = np.broadcast_to(offset, self.recovered.shape) + 0.0
        best, damping = self._deviance(odds), np.full((len(beta), 1, 1), 1e-3)
        for _ in range(80):
            rate = expit(odds)
            score = np.einsum("pj,dj->dp", columns, self.recovered - self.trials * rate)
            weight = self.trials * rate * (1 - rate)
            hessian = np.einsum("pj,dj,qj->dpq", columns, weight, columns)
            hessian = hessian + (damping + 1e-12) * np.eye(len(columns))
            trial = beta + np.linalg.solve(hessian, score[:, :, None])
            new = offset + np.einsum("pj,dpk->dj", columns, trial)
            deviance = self._deviance(new)
            better = deviance <= best
            if np.all(np.abs(best - deviance) < 1e-9):
                break
            beta = np.where(better[:, :, None], trial, beta)
            odds, best = np.where(better, new, odds), np.where(better, deviance, best)
            damping = np.where(better[:, :, None], damping / 10, damping * 10)
        return best[:, 0], beta[:, :, 0]

    def _free(self):
        """Return the least deviance of a line that does not fall."""
        z = (self.x - self.x.mean()) / self.x.std()
        line, beta = self._newton(np.array([np.ones_like(z), z]), 0.0)
        flat, _ = self._newton(np.ones((1, z.size)), 0.0)
        return np.where(beta[:, 1] >= 0, line, flat)

    def crossing_excess(self, c, level):
        """Return what twice the log-likelihood falls by where the line crosses at c."""
        there, beta = self._newton((self.x - c)[None], logit(level))
        flat = self._deviance(np.full(self.recovered.shape, logit(level)))[:, 0]
        # Lines through c that hardly rise are, far away, all constants.
        return np.where(beta[:, 0] >= 0, there, flat) - self.least

    def crossing_held(self, c, level):
        """Return whether the likelihood-ratio interval of the crossing holds c."""
        return self.crossing_excess(c, level) <= ALLOWED

    def slope_held(self, s):
        """Return whether the interval of the slope holds s."""
        there, _ = self._newton(np.ones((1, self.x.size)), s * (self.x - self.x.mean()))
        return there - self.least <= ALLOWED


def line_draws(rng, points, trials, slope, draws, places=40):
    """Yield the true crossing and the draws of lines whose crossing lies anywhere mid-grid."""
    x = np.arange(float(points))
    for c in rng.uniform(points / 2 - 1.5, points / 2 + 0.5, places):
        rates = expit(slope * (x - c))
        yield c, Lines(x, rng.binomial(trials, rates, (draws // places, points)), trials)


def line_coverage(seed, points, trials, slope, level=0.5, draws=4000):
    """Return the coverage of the crossing of a level, and of the slope, of a line.

    slope : log-odds per grid step. The crossing lies anywhere between two grid points, so that the
    coverage is an average over where the grid happens to lie.
    """
    rng = np.random.default_rng(seed)
    crossing, slopes = [], []
    for c, lines in line_draws(rng, points, trials, slope, draws):
        crossing.append(lines.share(lines.crossing_held(c + logit(level) / slope, level)))
        slopes.append(lines.share(lines.slope_held(slope)))
    return float(np.mean(crossing)), float(np.mean(slopes))


def portrait_draws(rng, lines, points, trials, slope, law=("logit", 0, 0), keep=1.0, power=0.0):
    """Yield portraits of one law for ever: cells of a portrait, its c and slopes, by line.

    The curve is c = offset + 0.9 u over u = 1, 2, ...: no polynomial in log u, so that the choice
    of the order is part of what is tested. The offset is drawn anew for every draw.

    Parameters
    ----------
    slope : log-odds per grid step, in the middle; it goes like u^-power. Of another link, its unit.
    law : the link, the floor and the lapse rate.
    keep : the share of the cells that the portrait has, the others dropped at random.
    """
    link, floor, lapse = law
    size = np.arange(1.0, lines + 1)
    steepness = slope * (size / np.sqrt(lines)) ** -power
    middle = points / 2 - 0.9 * (lines + 1) / 2
    while True:
        c = middle + rng.uniform(-1, 0) + 0.9 * size
        there = rng.random((lines, points)) < keep
        line, place = np.nonzero(there)
        inner = LAWS[link][0](steepness[line] * (place - c[line]))
        recovered = rng.binomial(trials, floor + (1 - floor - lapse) * inner)
        yield (place, line, np.log(size), recovered, np.full(line.size, trials)), c, steepness


def portrait_coverage(seed, lines, points, trials, slope, level=0.5, draws=250, **drawn):
    """Return the coverage of the band of a portrait, averaged over its lines; see below."""
    given = (seed, lines, points, trials, slope)
    return response_coverage(*given, level=level, draws=draws, **drawn).band


class Coverages(NamedTuple):
    """Coverages of a portrait's band, floor and lapse rate; how often its link is the true one."""

    band: float
    floor: float
    lapse: float
    link: float


def response_coverage(
    seed,
    lines,
    points,
    trials,
    slope,
    law=("logit", 0, 0),
    asked=(LOGIT,),
    level=0.5,
    draws=250,
    **drawn,
):
    """Return the coverages of a portrait.

    Parameters
    ----------
    law, drawn : see `portrait_draws`.
    asked : the responses of which AIC chooses one.
    """
    rng = np.random.default_rng(seed)
    cells = portrait_draws(rng, lines, points, trials, slope, law, **drawn)
    share, bands, rest = (level - law[1]) / (1 - law[1] - law[2]), [], []
    for _ in range(draws):
        given, c, steepness = next(cells)
        fit, _aic = likeliest_response(*given, asked)
        true = c + LAWS[law[0]][1](share) / steepness
        bands.append([fit.excess(i, level, true[i]) <= 0 for i in range(lines)])
        ends = zip((fit.asymptote("floor"), fit.asymptote("lapse")), law[1:], strict=True)
        within = [band.low <= there <= band.high for band, there in ends]
        rest.append([*within, fit.response.link == law[0]])
    return Coverages(float(np.mean(bands)), *map(float, np.mean(rest, axis=0)))


def exponent_coverage(
    seed, lines, points, trials, exponent, law=("logit", 0, 0), asked=LOGIT, draws=250, slope=2.0
):
    """Return the coverage of the exponent of the width.

    Lines of sizes 1, 2, 4, ... are crossed at about 3 times the size, over x in a geometric row;
    the slope in log x goes like size^-exponent, and is so many units per grid step in the middle.
    """
    rng, held = np.random.default_rng(seed), []
    link, floor, lapse = law
    line, place = (a.ravel() for a in np.indices((lines, points)))
    size, step = 2.0**line, 0.25
    for _ in range(draws):
        x = 3 * size * np.exp(step * (place - points / 2 + rng.uniform(0, 1)))
        s = slope / step * 2.0 ** (-exponent * (line - (lines - 1) / 2))
        inner = LAWS[link][0](s * np.log(x / (3 * size)))
        recovered = rng.binomial(trials, floor + (1 - floor - lapse) * inner)
        found = width_exponent(x, size, recovered, np.full(x.size, trials), 1, asked)
        held.append(found.low <= exponent <= found.high)
    return float(np.mean(held))


def scaling_coverage(
    seed, trials, omega, offset, sizes=(1, 2, 4, 8), points=9, slope=1.0, width=0.5, draws=250
):
    """Return how often intervals of c_∞, ω and 1/ν hold the truth, and how often no fit is claimed.

    The last is the share of p-values of the lack of fit below 5 %. The limit is drawn anew for
    every draw, about the middle of the grid.

    Parameters
    ----------
    omega, width : the exponents of the offset and of the width, 1/ν.
    offset : of the smallest size, in grid steps.
    slope : log-odds per grid step, at the smallest size.
    """
    rng = np.random.default_rng(seed)
    size = np.repeat(np.asarray(sizes, float), points)
    t = np.tile(np.arange(float(points)), len(sizes))
    ratio = size / size[0]
    found = []
    for _ in range(draws):
        limit = (points - 1) / 2 + rng.uniform(-0.5, 0.5)
        odds = slope * ratio**width * (t - limit - offset * ratio**-omega)
        fit = ScalingFit(t, size, rng.binomial(trials, expit(odds)), np.full(t.size, trials))
        held = [fit.excess(limit), fit.excess_of_offset(omega), fit.excess_of_width(width)]
        found.append([*(value <= 0 for value in held), fit.deviance.chance < 0.05])
    return np.mean(found, axis=0)


def budget_draw(rng, rates, place, line, size, at_least, budget):
    """Return the fit of a portrait whose trials a budget gives, and how many of them each cell has.

    As genphase.cells.budget does: each round has as many trials as there are before it.
    """
    trials = np.full(line.size, at_least)
    recovered = rng.binomial(trials, rates)
    fit = PortraitFit(place, line, size, recovered, trials)
    every = np.arange(line.size)
    while trials.sum() < budget and fit.found and fit.inside.any():
        panel = Panel(every, fit.design(), np.zeros(line.size, bool), 1.0)
        total = int(trials.sum())
        further = min(total, budget - total)
        after = spend([panel], trials, further, max(total // 2000, 1), budget)
        recovered, trials = recovered + rng.binomial(after - trials, rates), after
        fit = PortraitFit(place, line, size, recovered, trials)
    return fit, trials


def budget_coverage(seed, lines, points, at_least, trials, slope, draws=100, bend=0.0):
    """Return the coverage of the band of a portrait whose trials a budget gives, and its width.

    Only of lines whose true crossing is inside. The width is the root of its mean square, as a part
    of the one that as many trials of every cell give.

    Parameters
    ----------
    at_least : trials of every cell, to begin with.
    trials : of a cell, on average.
    slope : log-odds per grid step.
    bend : of the curve c = offset + 0.9 u + bend sin u, which is the less a polynomial for it.
    """
    rng = np.random.default_rng(seed)
    size = np.arange(1.0, lines + 1)
    middle = points / 2 - 0.9 * (lines + 1) / 2
    line, place = np.divmod(np.arange(lines * points), points)
    held, squares = [], {at_least: [], trials: []}
    for _ in range(draws):
        c = middle + rng.uniform(-1, 0) + 0.9 * size + bend * np.sin(size)
        rates = expit(slope * (place - c[line]))
        for first, found in squares.items():
            fit, _ = budget_draw(rng, rates, place, line, np.log(size), first, trials * line.size)
            bands = [fit.band(i, 0.5) for i in np.flatnonzero((0 <= c) & (c <= points - 1))]
            found += [(band.high - band.low) ** 2 for band in bands]
            if first == at_least:
                inside = c[(0 <= c) & (c <= points - 1)]
                held += [b.low <= at <= b.high for b, at in zip(bands, inside, strict=True)]
    width = {
        first: np.mean(np.array(found)[np.isfinite(found)]) for first, found in squares.items()
    }
    return float(np.mean(held)), float(np.sqrt(width[at_least] / width[trials]))


def _tables():
    for n in (10, 20, 30, 50, 100, 200):
        rates = (np.arange(2000) + 0.5) / 2000
        found = rate_coverage(n, rates)
        inner = found[(rates > 0.05) & (rates < 0.95)].min()
        print(f"rate, {n} trials: {found.mean():.3f}, least {found.min():.3f}, {inner:.3f} inside")
    for points in (8, 20):
        for trials in (10, 20, 30, 50):
            for slope in (0.5, 1, 2, 4, 6, 10, 20):
                fifty, steepness = line_coverage(1, points, trials, slope)
                tenth, _ = line_coverage(2, points, trials, slope, 0.1)
                where = f"line, {points} points, {trials} trials, slope {slope}"
                print(f"{where}: {fifty:.3f}, of 10 % {tenth:.3f}, of the slope {steepness:.3f}")
    for slope in (0.7, 1.5, 4, 10, 30):
        for trials in (10, 20, 30, 50):
            found = portrait_coverage(1, 8, 10, trials, slope)
            print(f"portrait, 8 lines of 10 points, {trials} trials, slope {slope}: {found:.3f}")
    for at_least, trials, slope, bend in BUDGETS:
        held, width = budget_coverage(1, 8, 10, at_least, trials, slope, 200, bend)
        where = f"budget, {at_least} of {trials} trials, slope {slope}, bend {bend}"
        print(f"{where}: {held:.3f}, width {width:.2f}", flush=True)
    estimated = {n: Response(n, None, 0.0) for n in LINKS}
    asymptotes = {
        "logit, none": [LOGIT],
        "logit, floor": [estimated["logit"]],
        "logit, both": [Response("logit", None, None)],
        "AIC, none": [Response(n) for n in LINKS],
        "AIC, floor": list(estimated.values()),
    }
    laws = [("logit", 0, 0), ("logit", 0.02, 0), ("logit", 0.1, 0.05)]
    laws += [(n, f, 0) for n in ("probit", "cloglog") for f in (0, 0.02)]
    for trials, slope in ((20, 1.5), (50, 0.7), (20, 4)):
        for law in laws:
            for name, asked in asymptotes.items():
                found = response_coverage(1, 8, 10, trials, slope, law, asked)
                print(f"{trials} trials, slope {slope}, law {law}, fitted {name}: {found}")
    for trials in (10, 20, 50):
        for exponent in (-0.5, 0.0, 0.5):
            found = exponent_coverage(1, 5, 12, trials, exponent)
            floor = Response("logit", None, 0.0)
            law = ("logit", 0.02, 0)
            other = exponent_coverage(1, 5, 12, trials, exponent, law=law, asked=floor)
            print(
                f"exponent {exponent}, {trials} trials: {found:.3f}, floor {other:.3f}", flush=True
            )
    for trials in (30, 100):
        for omega in (0.5, 2 / 3, 1, 2):
            for offset in (-2.0, 0.0, 2.0):
                held = scaling_coverage(1, trials, omega, offset)
                shares = ", ".join(f"{share:.3f}" for share in held)
                print(f"scaling, {trials} trials, omega {omega:.2f}, offset {offset}: {shares}")


if __name__ == "__main__":
    _tables()
