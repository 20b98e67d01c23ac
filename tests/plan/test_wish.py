"""How many trials a wished interval needs: what is told gives that interval, on average."""

import json
import math

import numpy as np
import pytest
from samples import make_sweep

from genphase.cells.grid import expand
from genphase.cells.sampling import fixed
from genphase.plan.wish import wish, wish_json, wish_lines
from genphase.statistics.portraits import PortraitFit

AXES = {"k": [2, 4, 6, 8], "n": {"from": 10, "to": 170, "step": 20}}
SWEEP = make_sweep(axes=AXES)
CELLS = expand(SWEEP, 0, "sweep.yaml")


def rate(cell):
    return 1 / (1 + math.exp(-0.06 * (cell.point["n"] - 12 * cell.point["k"])))


def drawn(rng, counts, before=None):
    found = {}
    for cell, count in zip(CELLS, counts, strict=True):
        tally = fixed(int(count)).tally()
        known = before[cell.id] if before else fixed(1).tally()
        tally.trials = int(count)
        tally.recovered = known.recovered + rng.binomial(int(count) - known.trials, rate(cell))
        found[cell.id] = tally
    return found


def widest(tallies):
    """Return the longest interval of the portrait's crossings, as a part of the crossing."""
    k, n = (np.array([cell.point[name] for cell in CELLS], float) for name in ("k", "n"))
    recovered, trials = (
        np.array([getattr(tallies[cell.id], name) for cell in CELLS])
        for name in ("recovered", "trials")
    )
    line = (k / 2 - 1).astype(int)
    fit = PortraitFit(n, line, np.log([2, 4, 6, 8]), recovered, trials)
    bands = [fit.band(i, 0.5) for i in range(4)]
    return max((band.high - band.low) / band.value for band in bands if 10 < band.value < 170)


@pytest.mark.parametrize("wished", [0.1, 0.06])
def test_as_many_trials_as_are_told_give_the_interval(wished):
    rng, found = np.random.default_rng(2), []
    for _ in range(12):
        tallies = drawn(rng, np.full(36, 60))
        told = wish(SWEEP, CELLS, tallies, wished)
        assert told.reached
        found.append(widest(drawn(rng, np.full(36, told.everywhere), tallies)))
    assert np.mean(found) == pytest.approx(wished, rel=0.2)


def test_the_trials_where_they_narrow_it_most_give_it_too():
    rng, found, parts = np.random.default_rng(3), [], []
    for _ in range(12):
        tallies = drawn(rng, np.full(36, 60))
        told = wish(SWEEP, CELLS, tallies, 0.08)
        found.append(widest(drawn(rng, told.counts, tallies)))
        parts.append(told.further / told.everywhere_further)
        assert sum(line.further for line in told.lines) == told.further
    assert np.mean(found) == pytest.approx(0.08, rel=0.2)
    assert np.mean(parts) < 0.75


def test_an_interval_that_is_there_needs_nothing():
    told = wish(SWEEP, CELLS, drawn(np.random.default_rng(1), np.full(36, 60)), 5.0)
    assert (told.further, told.everywhere_further, told.reached) == (0, 0, True)


def test_a_limit_of_trials_may_be_met_before():
    sweep = make_sweep(axes=AXES, trials={"budget": 2000, "at_most": 70})
    told = wish(sweep, CELLS, drawn(np.random.default_rng(1), np.full(36, 60)), 0.01)
    assert not told.reached
    assert "more trials of a cell than its limit, at_most" in "\n".join(wish_lines(told))


def test_lines_without_a_crossing_are_told_of():
    tallies = drawn(np.random.default_rng(1), np.full(36, 60))
    for cell in CELLS:
        tallies[cell.id].recovered = 0
    told = wish(SWEEP, CELLS, tallies, 0.1)
    assert told.further == 0
    assert "no line crosses 50 %" in wish_lines(told)[0]
    assert json.loads(json.dumps(wish_json(told), allow_nan=False))["lines"][0]["crossing"] is None


def test_without_any_trials_nothing_is_told():
    told = wish(SWEEP, CELLS, {}, 0.1)
    assert told.lines == ()
