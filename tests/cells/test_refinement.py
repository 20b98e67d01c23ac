"""Refined grids: points near the crossing, wherever it leads, and each cell what it always was."""

import math

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from samples import make_sweep

from genphase.cells.grid import expand
from genphase.cells.refinement import (
    Place,
    cells_at,
    cells_of_rounds,
    check_refinement,
    further,
    place_of,
    read_round,
    refined,
    round_file,
    round_text,
)
from genphase.cells.sampling import fixed
from genphase.errors import SweepError

AXES = {"k": {"from": 1, "to": 19}, "n": {"from": 1, "to": 441, "step": 20}}
TRIALS = 100


def make(rounds=1, axes=AXES, **changes):
    return make_sweep(axes=axes, refine={"rounds": rounds}, **changes)


def tallied(cells, rate):
    """Return trials of cells that recover as often as `rate` says."""
    found = {}
    for cell in cells:
        tally = fixed(TRIALS).tally()
        tally.trials = TRIALS
        tally.recovered = round(TRIALS * rate(**cell.point))
        found[place_of(cell)] = tally
    return found


def refine(sweep, rate):
    """Return the cells of the grid and of each round."""
    rounds = [expand(sweep, 0, "sweep.yaml")]
    known = tallied(rounds[0], rate)
    for number in range(1, sweep.refine.rounds + 1):
        places = further(sweep, number, known)
        rounds.append(cells_at(sweep, number, 0, "sweep.yaml", places))
        known |= tallied(rounds[-1], rate)
    return rounds


def step(slope):
    """Return the rate of a portrait that turns at n = slope k."""
    return lambda k, n: float(n > slope * k)


def whole(sweep, rounds):
    return expand(refined(sweep, rounds), 0, "sweep.yaml")


def test_the_finer_grid_has_a_value_between_each_two():
    axes = refined(make(2, axes={"k": [1, 2, 5], "n": [8, 4, 16]}), 1).axes
    assert axes == {"k": (1, 2, 4, 5), "n": (4, 6, 8, 12, 16)}
    axes = refined(make(2, axes={"k": [1, 2, 5], "n": [8, 4, 16]}), 2).axes
    assert axes["k"] == (1, 2, 3, 4, 5)


def test_a_log_axis_has_geometric_middles():
    figure = {"portrait": {"x": "k", "y": "n", "y_scale": "log"}}
    sweep = make(axes={"k": [2, 3], "n": [4, 16, 64]}, figures=figure)
    assert refined(sweep, 1).axes == {"k": (2, 3), "n": (4, 8, 16, 32, 64)}


def test_fractions_are_halved_exactly():
    sweep = make_sweep(
        axes={"k": [2], "n": [12], "tau": [0.1, 0.2, 0.4]},
        noise="tau",
        figures=None,
        refine={"along": "tau", "rounds": 2},
    )
    assert refined(sweep, 2).axes["tau"] == (0.1, 0.125, 0.15, 0.175, 0.2, 0.25, 0.3, 0.35, 0.4)


@pytest.mark.parametrize("slope", [3, 11.7, 22])
@pytest.mark.parametrize("rounds", [1, 3])
def test_the_crossing_lies_between_neighbours_of_the_finest_grid(slope, rounds):
    axes = {"k": {"from": 1, "to": 19, "step": 6}, "n": {"from": 1, "to": 401, "step": 80}}
    sweep = make(rounds, axes)
    cells = {place_of(cell).values for part in refine(sweep, step(slope)) for cell in part}
    finest = refined(sweep, rounds).axes
    for k in finest["k"]:
        for low, high in zip(finest["n"], finest["n"][1:], strict=False):
            if low <= slope * k < high and k > 1:
                assert {(k, low), (k, high)} <= cells


def test_a_portrait_twice_as_fine_costs_far_less_than_its_whole_grid():
    axes = {"k": {"from": 2, "to": 40, "step": 2}, "n": {"from": 20, "to": 800, "step": 20}}
    sweep = make(1, axes)
    grid, added = refine(sweep, lambda k, n: 1 / (1 + math.exp(12 - n / k)))
    assert len(whole(sweep, 1)) > 3.8 * len(grid)
    assert len(grid) + len(added) < 1.5 * len(grid)


def test_cells_of_a_round_are_those_of_the_whole_finer_grid():
    sweep = make(2)
    ids = {cell.id: cell.point for cell in whole(sweep, 2)}
    for number, cells in enumerate(refine(sweep, step(11.7))):
        assert {cell.id for cell in cells} <= set(ids)
        assert all(cell.round == number and ids[cell.id] == cell.point for cell in cells)


def test_no_point_is_added_twice():
    parts = refine(make(3), step(11.7))
    places = [place_of(cell) for part in parts for cell in part]
    assert len(places) == len(set(places))


@pytest.mark.parametrize("rate", [0.0, 1.0])
def test_where_nothing_turns_nothing_is_added(rate):
    assert [len(part) for part in refine(make(2), lambda k, n: rate)[1:]] == [0, 0]


def test_each_solver_is_refined_where_it_turns():
    solvers = [
        {"name": "plugin", "step": 3},
        {"name": "subgradient", "step": 1},
    ]
    sweep = make(1, solvers=solvers)
    grid = expand(sweep, 0, "sweep.yaml")
    known = tallied([cell for cell in grid if cell.solver == "plugin"], step(11.7))
    known |= tallied([cell for cell in grid if cell.solver == "subgradient"], step(100))
    added = further(sweep, 1, known)
    assert {place.solver for place in added} == {"plugin", "subgradient"}
    assert max(place.values[0] for place in added if place.solver == "subgradient") <= 6
    assert {cell.solver for cell in cells_at(sweep, 1, 0, "s", added[:1])} == {"plugin"}


def test_points_that_the_condition_drops_are_no_cells():
    sweep = make(1, where="n > 4*k")
    added = refine(sweep, step(3))[1]
    assert all(cell.point["n"] > 4 * cell.point["k"] for cell in added)


def test_each_value_of_the_other_axes_has_its_own_refinement():
    axes = {**AXES, "depth": [1, 2]}
    sweep = make(1, axes, network={"widths": {"depth": "depth", "width": "n"}})
    _, added = refine(sweep, lambda k, n, depth: float(n > 11.7 * k) if depth == 1 else 0.0)
    assert added
    assert {cell.point["depth"] for cell in added} == {1}


@settings(max_examples=30, deadline=None)
@given(seed=st.integers(0, 10**6))
def test_every_added_point_has_all_corners_of_its_box(seed):
    def rate(k, n):
        return 1 / (1 + math.exp((seed % 37 + 3) * k / 3 - n / 8))

    axes = {"k": {"from": 1, "to": 13, "step": 4}, "n": {"from": 1, "to": 161, "step": 40}}
    sweep = make(2, axes)
    parts = refine(sweep, rate)
    known = {place_of(cell).values for part in parts for cell in part}
    for number in (1, 2):
        coarse = refined(sweep, number - 1).axes
        for k, n in (place_of(cell).values for cell in parts[number]):
            for name, value in (("k", k), ("n", n)):
                below = max(v for v in coarse[name] if v <= value)
                above = min(v for v in coarse[name] if v >= value)
                ends = [(below, n), (above, n)] if name == "k" else [(k, below), (k, above)]
                assert set(ends) <= known


def test_rounds_are_written_and_read_in_the_order_of_the_grid(tmp_path):
    sweep = make(2, axes={"k": [3, 1, 9], "n": [1, 81, 161]})
    parts = refine(sweep, step(11.7))
    files = []
    for number in (1, 2):
        path = round_file(tmp_path, number)
        path.parent.mkdir(exist_ok=True)
        path.write_text(round_text([place_of(cell) for cell in parts[number]]))
        files.append(path)
    assert [len(read_round(path.read_text(), sweep)) for path in files] == list(map(len, parts[1:]))
    cells = cells_of_rounds(sweep, 0, "sweep.yaml", files)
    assert sorted(cell.id for cell in cells) == sorted(cell.id for part in parts for cell in part)
    values = [place_of(cell).values for cell in cells]
    assert values == sorted(values)


def test_a_file_of_an_older_form_of_the_sweep_names_no_foreign_point():
    places = [("plugin", (2, 11)), ("other", (2, 11)), ("plugin", (2, 5))]
    text = round_text([Place(*place) for place in places])
    assert read_round(text, make(1)) == [Place("plugin", (2, 11))]


def test_an_impossible_point_between_others_is_named_before_anything_runs():
    sweep = make_sweep(
        axes={"k": [2, 4], "n": [12, 20]},
        network={"widths": ["n", "n if k != 3 else 0"]},
        refine={"rounds": 1},
    )
    with pytest.raises(SweepError, match=r"width of layer 2 is 0.*k = 3.*`refine` could add"):
        check_refinement(sweep, 0, "sweep.yaml")


def test_a_grid_without_room_is_refused():
    with pytest.raises(SweepError, match="no room between the values"):
        check_refinement(make(1, axes={"k": [2, 3], "n": [12, 13]}), 0, "sweep.yaml")
    check_refinement(make(1), 0, "sweep.yaml")
