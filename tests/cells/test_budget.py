"""Trials by budget: where they go, and that a larger budget goes on with the same rounds."""

import math

import numpy as np
import pytest
from samples import SWEEP, make_sweep

from genphase.cells.budget import allot, pooled, rounds_of, totals
from genphase.cells.grid import expand
from genphase.cells.refinement import BadRound
from genphase.cells.sampling import fixed, read_sampling, sampling_of
from genphase.cells.shares import Share, read_shares, samplings_of, shares_text
from genphase.errors import SweepError

AXES = {"k": [2, 4, 6, 8], "n": {"from": 10, "to": 170, "step": 20}}


def make(budget=2000, axes=AXES, at_least=10, **changes):
    further = {key: changes.pop(key) for key in ("at_most",) if key in changes}
    trials = {"budget": budget, "at_least": at_least, **further}
    return make_sweep(axes=axes, trials=trials, **changes)


def cells_of(sweep):
    return expand(sweep, 0, "sweep.yaml")


def tallied(cells, counts, rate):
    """Return trials of cells, of which the same ones recover however many there are."""
    found = {}
    for cell in cells:
        draws = np.random.default_rng(int(cell.id[:8], 16)).random(100_000)
        tally = fixed(counts[cell.id]).tally()
        tally.trials = counts[cell.id]
        tally.recovered = int((draws[: tally.trials] < rate(cell)).sum())
        found[cell.id] = tally
    return found


def smooth(cell):
    return 1 / (1 + math.exp(-0.06 * (cell.point["n"] - 12 * cell.point["k"])))


def step(cell):
    return float(cell.point["n"] > 12 * cell.point["k"])


def run(sweep, rate=smooth):
    """Return the trials of all cells, by their id, and what each round gave."""
    cells = cells_of(sweep)
    counts = dict.fromkeys([cell.id for cell in cells], sweep.trials.at_least)
    rounds = []
    for number in range(1, rounds_of(sweep, cells) + 1):
        shares = allot(sweep, cells, tallied(cells, counts, rate), number)
        assert all(share.first == counts[cell] for cell, share in shares.items())
        counts |= {cell: share.until for cell, share in shares.items()}
        rounds.append(shares)
    return counts, rounds


def test_rounds_double_the_trials_up_to_the_budget():
    sweep = make(2000)
    assert totals(sweep, cells_of(sweep)) == [360, 720, 1440, 2000]
    assert totals(make(360), cells_of(sweep)) == [360]
    assert totals(make(10_000, at_most=15), cells_of(sweep)) == [360, 540]
    assert rounds_of(make_sweep(), cells_of(sweep)) == 0


@pytest.mark.parametrize("budget", [361, 720, 1999, 5000])
def test_the_budget_is_spent_to_the_last_trial(budget):
    counts, _ = run(make(budget))
    assert sum(counts.values()) == budget
    assert min(counts.values()) == 10


def test_a_larger_budget_takes_no_trial_away():
    counts, rounds = zip(
        *(run(make(budget)) for budget in (700, 720, 1500, 1501, 4000)), strict=True
    )
    for fewer, more in zip(counts, counts[1:], strict=False):
        assert all(more[cell] >= fewer[cell] for cell in fewer)
    # Rounds that are not the last are the same.
    assert rounds[-1][0] == rounds[2][0] == rounds[1][0]


def test_trials_go_where_the_rate_turns():
    sweep = make(4000)
    counts, _ = run(sweep)
    near = [cell.id for cell in cells_of(sweep) if 0.1 < smooth(cell) < 0.9]
    assert sum(counts[cell] for cell in near) > 0.8 * 4000 > 1.5 * 4000 * len(near) / len(counts)


def test_lines_that_jump_get_them_beside_the_jump():
    sweep = make(1000)
    counts, _ = run(sweep, step)
    assert sum(counts.values()) == 1000
    for k in AXES["k"]:
        line = {c.point["n"]: counts[c.id] for c in cells_of(sweep) if c.point["k"] == k}
        beside = [n for n in line if abs(n - 12 * k) < 20]
        assert all(line[n] > 10 for n in beside)
    assert sum(sorted(counts.values())[-8:]) > 600


def test_a_line_alone_is_fitted_alone():
    sweep = make(900, axes={"n": AXES["n"]}, k=5, figures=None)
    counts, _ = run(sweep, lambda cell: 1 / (1 + math.exp(-0.06 * (cell.point["n"] - 60))))
    line = {cell.point["n"]: counts[cell.id] for cell in cells_of(sweep)}
    assert sum(line.values()) == 900
    assert line[50] + line[70] > 500
    assert line[170] == 10


def test_rates_with_a_floor_are_fitted_as_the_sweep_says():
    sweep = make(4000, transition={"link": "auto", "floor": "fit"})
    counts, _ = run(sweep, lambda cell: 0.1 + 0.9 * smooth(cell))
    assert sum(counts.values()) == 4000
    line = {c.point["n"]: counts[c.id] for c in cells_of(sweep) if c.point["k"] == 8}
    # The floor is where nothing recovers but by chance: it is to be known, too.
    assert line[10] > 10 or line[30] > 10 or line[50] > 10


def test_where_nothing_turns_nothing_is_spent():
    # The intervals of 0 of 10 do not hold 50 %.
    counts, _ = run(make(1000), lambda cell: 0.0)
    assert set(counts.values()) == {10}
    # Those of 0 of 2 do: such cells are looked at until theirs do not.
    counts, _ = run(make(1000, at_least=2), lambda cell: 0.0)
    assert 72 < sum(counts.values()) <= 1000
    assert min(counts.values()) > 2


def test_each_solver_has_a_share_of_its_own():
    second = {**SWEEP["solvers"][0], "label": "short", "max_iter": 30}
    sweep = make(4000, solvers=[*SWEEP["solvers"], second])
    counts, _ = run(sweep, lambda c: smooth(c) if c.solver == "plugin" else step(c) * 0.5)
    cells = cells_of(sweep)
    assert sum(counts.values()) == 4000
    own = {
        solver: {
            c.point["n"]: counts[c.id] for c in cells if (c.solver, c.point["k"]) == (solver, 4)
        }
        for solver in ("plugin", "short")
    }
    assert own["plugin"] != own["short"]


def test_seeds_that_are_taken_together_get_the_same():
    sweep = make(2000, seeds=[3, 4])
    cells = cells_of(sweep)
    counts, _ = run(sweep)
    assert sum(counts.values()) == 2000
    tallies = tallied(cells, counts, smooth)
    pools = pooled(sweep, cells, tallies)
    assert [len(pool.ids) for pool in pools] == [2] * 36
    assert all(counts[pool.ids[0]] == counts[pool.ids[1]] for pool in pools)


def test_a_round_survives_its_file():
    shares = {"ab": Share(5, 9), "cd": Share(0, 3)}
    assert read_shares(shares_text(shares)) == shares
    for text in ("", "[]", "{}", '{"format":2,"shares":{}}', '{"format":1,"shares":{"a":[1]}}'):
        with pytest.raises(BadRound):
            read_shares(text)


def test_the_samplings_of_a_budget():
    sampling = sampling_of(make(2000))
    assert sampling.text() == "10 or more, in all 2000"
    assert (sampling.total(36), sampling.expected, sampling.fixed) == (2000, 10, False)
    own = samplings_of(sampling, [{"a": Share(10, 14)}, {"a": Share(14, 30), "b": Share(10, 12)}])
    assert {cell: (s.first, s.at_most) for cell, s in own.items()} == {"a": (0, 30), "b": (0, 12)}
    assert own["a"].written() == 30
    part = own["a"].model_copy(update={"first": 14})
    assert read_sampling(part.written()) == part


def test_a_budget_below_the_first_trials_is_refused():
    with pytest.raises(SweepError) as caught:
        cells_of(make(359))
    (mistake,) = caught.value.mistakes
    assert mistake.key == "trials.budget"
    assert "359 is less than at_least: 10 for each of 36 cells" in mistake.text
    assert mistake.remedy == "write at least budget: 360, or at_least: 9"
