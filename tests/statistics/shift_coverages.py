"""How often the interval of a shift holds the truth, and its tests err: by simulation.

Run as a script it prints the table of docs/statistics.md.
"""

from typing import NamedTuple

import numpy as np
from coverages import Lines
from scipy.special import expit
from scipy.stats import chi2, norm

from genphase.statistics.crossings import ALLOWED

# Places to each side at which the profiles of both lines are added: an independent, coarser search.
PLACES = 40
ONE_SIDED = float(norm.ppf(0.95)) ** 2


class Errors(NamedTuple):
    """Of draws with a true shift.

    coverage : how often its 95 % interval holds it.
    different : how often the test at 5 % says that there is one.
    equivalent : how often both one-sided tests at 5 % say that it is within the margin.
    """

    coverage: float
    different: float
    equivalent: float


class Pairs:
    """Draws of two lines, number by number; shifts are multiples of one, `unit`."""

    def __init__(self, first, second, middle, reach, unit, level=0.5):
        # Steps of the places that are one unit, and those of a unit to each side.
        self.unit, self.steps = unit, max(1, int(np.ceil(unit * PLACES / reach)))
        self.most = int(np.ceil(reach / unit * self.steps)) + self.steps
        places = self.places = middle + np.arange(-self.most, self.most + 1) * unit / self.steps
        self.profiles = [
            np.array([lines.crossing_excess(c, level) for c in places])[:, lines.which.ravel()]
            for lines in (first, second)
        ]
        likeliest = [places[np.argmin(found, axis=0)] for found in self.profiles]
        self.shift = likeliest[1] - likeliest[0]

    def excess(self, units):
        """Return D of a shift of so many units, -1, 0 or 1, for every draw."""
        first, second = self.profiles
        by, count = units * self.steps, len(first)
        own, other = slice(max(0, -by), count - max(0, by)), slice(max(0, by), count - max(0, -by))
        return np.min(first[own] + second[other], axis=0)


def pair_draws(rng, points, trials, slopes, shift, draws, places, shared=0.0):
    """Yield the draws of pairs of lines whose crossings lie anywhere mid-grid.

    shared : the chance that a trial of the second line is decided by the random number of that of
        the first, as on the same instance.
    """
    x = np.arange(float(points))
    for c in rng.uniform(points / 2 - 1.5, points / 2 + 0.5, places):
        c = c - shift / 2
        size = (draws // places, points, trials)
        numbers = rng.random(size)
        others = np.where(rng.random(size) < shared, numbers, rng.random(size))
        rates = [expit(s * (x - c - d)) for s, d in zip(slopes, (0, shift), strict=True)]
        first, second = (
            np.sum(u < r[None, :, None], axis=2)
            for u, r in zip((numbers, others), rates, strict=True)
        )
        yield c, Lines(x, first, trials), Lines(x, second, trials)


def shift_errors(seed, points, trials, slopes, margin, at=0, draws=4000, shared=0.0, places=20):
    """Return how often the interval of a shift and its tests err.

    slopes : log-odds per grid step, of both lines; margin : in grid steps.
    at : the true shift is so many margins, 0 or 1.
    """
    rng, found, shift = np.random.default_rng(seed), [], at * margin
    for c, *lines in pair_draws(rng, points, trials, slopes, shift, draws, places, shared):
        # Five standard errors, and a grid step where lines jump.
        reach = max(5 / np.sqrt(min(slopes) * trials), 1.2) + shift
        pairs = Pairs(*lines, c + shift / 2, reach, margin)
        held = pairs.excess(at) <= ALLOWED
        different = pairs.excess(0) > float(chi2.ppf(0.95, 1))
        beyond = (pairs.excess(-1) > ONE_SIDED) & (pairs.shift > -margin)
        equivalent = beyond & (pairs.excess(1) > ONE_SIDED) & (pairs.shift < margin)
        found.append([held.mean(), different.mean(), equivalent.mean()])
    return Errors(*map(float, np.mean(found, axis=0)))


def _table():
    print("slopes, trials: coverage of no shift, of the margin; said different; said equivalent")
    for slopes in ((0.5, 0.5), (1, 1), (1, 2), (2, 2), (4, 4), (10, 10)):
        for trials in (20, 100):
            # About three and a half standard errors: no smaller margin can be told.
            margin = 3.5 * np.sqrt(sum(1 / s for s in slopes) / trials)
            none = shift_errors(1, 10, trials, slopes, margin, draws=2000)
            some = shift_errors(2, 10, trials, slopes, margin, at=1, draws=2000)
            print(
                f"{slopes}, {trials}: {none.coverage:.3f}, {some.coverage:.3f}; of no shift "
                f"{none.different:.3f}, at the margin {some.equivalent:.3f}; power "
                f"{some.different:.3f}, {none.equivalent:.3f}",
                flush=True,
            )
    for shared in (0.5, 1.0):
        found = shift_errors(3, 10, 50, (1, 1), 0.7, draws=2000, shared=shared)
        print(f"a share {shared} of the trials the same: {found}", flush=True)


if __name__ == "__main__":
    _table()
