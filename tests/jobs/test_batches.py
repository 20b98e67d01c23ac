import pytest
from hypothesis import given
from hypothesis import strategies as st
from samples import make_sweep

from genphase.cells.grid import expand
from genphase.identity import cell_id
from genphase.jobs.batches import pack
from genphase.jobs.calibration import Calibration
from genphase.jobs.cost import trial_cost
from genphase.parameters import Parameters

SWEEPS = st.fixed_dictionaries(
    {
        "axes": st.fixed_dictionaries(
            {
                "k": st.lists(st.integers(1, 40), min_size=1, max_size=6, unique=True),
                "n": st.lists(st.integers(1, 900), min_size=1, max_size=6, unique=True),
            }
        ),
        "trials": st.integers(1, 50),
        "batch": st.sampled_from(["auto", "cell"])
        | st.floats(1e-3, 100).map(lambda seconds: {"seconds": seconds}),
    }
)


def packed(seconds=10, **changes):
    sweep = make_sweep(**changes)
    cells = expand(sweep, 0, "sweep.yaml")
    return cells, pack(sweep, cells, seconds)


def seconds_of(cell, trials):
    return trials * trial_cost(cell.parameters).core_seconds


@given(SWEEPS, st.floats(0.1, 100))
def test_every_cell_is_in_exactly_one_batch_and_there_in_order(changes, seconds):
    cells, batches = packed(seconds, **changes)
    place = {cell.id: i for i, cell in enumerate(cells)}
    groups = [[place[cell.id] for cell in batch.cells] for batch in batches.values()]
    assert sorted(i for group in groups for i in group) == list(range(len(cells)))
    assert all(group == sorted(group) for group in groups)
    assert groups == sorted(groups)
    assert all(batch.sampling.at_most == changes["trials"] for batch in batches.values())
    assert all(batch.id == name for name, batch in batches.items())


@given(SWEEPS, st.floats(0.1, 100))
def test_a_batch_is_as_long_as_its_cells_together(changes, seconds):
    _, batches = packed(seconds, **changes)
    for batch in batches.values():
        costs = [trial_cost(cell.parameters) for cell in batch.cells]
        total = sum(seconds_of(cell, batch.sampling.at_most) for cell in batch.cells)
        assert batch.cost.core_seconds == pytest.approx(total)
        assert batch.cost.memory_mb == max(cost.memory_mb for cost in costs)


@given(SWEEPS, st.floats(1e-3, 10))
def test_a_batch_is_within_the_seconds_unless_one_cell_is_longer(changes, seconds):
    _, batches = packed(**{**changes, "batch": {"seconds": seconds}})
    for batch in batches.values():
        assert len(batch.cells) == 1 or batch.cost.core_seconds <= seconds * (1 + 1e-9)


@given(SWEEPS)
def test_a_batch_per_cell_has_one_cell(changes):
    cells, batches = packed(**{**changes, "batch": "cell"})
    assert [batch.cells for batch in batches.values()] == [(cell,) for cell in cells]


@given(SWEEPS, st.floats(0.1, 100), st.floats(0.1, 100))
def test_the_id_of_a_batch_names_its_cells_alone(changes, seconds, others):
    _, first = packed(seconds, **changes)
    _, second = packed(others, **{**changes, "title": "Another", "figures": None})
    by_cells = {tuple(cell.id for cell in batch.cells): batch.id for batch in first.values()}
    for batch in second.values():
        cells = tuple(cell.id for cell in batch.cells)
        assert by_cells.get(cells, batch.id) == batch.id
        assert (batch.id in first) == (cells in by_cells)


def test_the_id_of_a_batch_does_not_depend_on_trials_or_the_grid_around():
    _, small = packed(batch="cell")
    _, large = packed(batch="cell", trials=7, axes={"n": [20, 12, 30], "k": [5, 3, 2]})
    assert set(small) < set(large)


def test_a_short_sweep_is_shared_out_but_not_into_jobs_that_are_mostly_start():
    axes = {"k": {"from": 1, "to": 40}, "n": [300, 400]}
    _, batches = packed(60, axes=axes, trials=500)
    assert sum(batch.cost.core_seconds for batch in batches.values()) > 100
    assert 16 <= len(batches) <= 24
    _, batches = packed(60, axes=axes, trials=50)
    assert all(batch.cost.core_seconds > 2 for batch in batches.values())
    _, batches = packed(60, trials=1)
    assert len(batches) == 1


@pytest.mark.parametrize("trials", [40, 50, 60, 300, 500])
def test_jobs_are_made_so_many_that_two_or_four_cores_end_together(trials):
    axes = {"k": {"from": 1, "to": 40}, "n": [300, 400]}
    _, batches = packed(60, axes=axes, trials=trials)
    lengths = [batch.cost.core_seconds for batch in batches.values()]
    assert len(lengths) % 4 == 0
    assert max(lengths) < 2.5 * min(lengths)


def large(axes, seconds=1e-3, **changes):
    """Return the batches of a sweep that is much more than a few jobs of so many seconds."""
    _, batches = packed(axes=axes, batch={"seconds": seconds}, **changes)
    return batches


GRID = {"k": list(range(1, 21)), "n": list(range(40, 60))}


@pytest.mark.parametrize(("axis", "new"), [("k", 21), ("n", 60)])
def test_a_further_row_seldom_changes_a_batch_that_it_is_not_in(axis, new):
    before = large(GRID, 0.05)
    assert len(before) > 40
    old = {cell.id for batch in before.values() for cell in batch.cells}
    idle, busy = [], []
    for at in range(21):
        grown = [*GRID[axis][:at], new, *GRID[axis][at:]]
        after = large({**GRID, axis: grown}, 0.05)
        changed = [batch for name, batch in after.items() if name not in before]
        useless = [b for b in changed if old.issuperset(cell.id for cell in b.cells)]
        idle.append(len(useless))
        busy.append(len(changed) - len(useless))
        assert busy[-1] > 0
    # A few where a cut moves by one value; many, seldom, where the new value is one that cuts.
    assert sorted(idle)[10] <= len(before) / 10
    assert sum(idle) / 21 <= len(before) / 8
    assert max(busy) < len(before) / 3


def test_a_large_sweep_makes_jobs_that_are_more_than_half_full_on_average():
    batches = large(GRID, 0.05)
    lengths = [batch.cost.core_seconds for batch in batches.values()]
    assert max(lengths) <= 0.05
    assert sum(lengths) / len(lengths) > 0.025


def test_a_calibration_makes_other_jobs_only_where_it_finds_much_else():
    sweep = make_sweep(axes=GRID, batch={"seconds": 0.05})
    cells = expand(sweep, 0, "sweep.yaml")
    before = pack(sweep, cells, 60)
    slower = pack(sweep, cells, 60, Calibration(1.3, 2, 9))
    assert list(slower) == list(before)
    for name, batch in slower.items():
        assert batch.cost.core_seconds == pytest.approx(1.3 * before[name].cost.core_seconds)
        assert batch.cost.memory_mb == 2 * before[name].cost.memory_mb
    much = pack(sweep, cells, 60, Calibration(4.2, 1, 9))
    assert len(much) > 2 * len(before)
    assert list(pack(sweep, cells, 60, Calibration(3.7, 1, 9))) == list(much)


def test_two_solvers_of_a_point_can_be_in_two_batches():
    solvers = [
        {"name": name, "step": 1, "max_iter": 100, "stop": {"gradient_norm": 1e-9}}
        for name in ("subgradient", "gradient_descent")
    ]
    batches = large({"k": [2], "n": [12]}, 1e-9, solvers=solvers)
    assert [[cell.solver for cell in batch.cells] for batch in batches.values()] == [
        ["subgradient"],
        ["gradient_descent"],
    ]


def test_axes_of_width_lists_are_cut_too():
    architectures = [[20, n] for n in range(20, 40)]
    axes = {"k": [2, 3], "a": architectures}
    batches = large(axes, 0.005, network={"widths": "a"}, figures=None)
    assert len(batches) > 4


def test_points_that_compute_the_same_share_a_cell():
    cells, batches = packed(axes={"k": [2], "n": [12], "tau": [0.5, 1, 2]}, noise="min(tau, 1)")
    assert len(cells) == 3
    assert [len(batch.cells) for batch in batches.values()] == [2]


def test_the_work_of_a_batch_is_all_that_its_job_needs():
    _, batches = packed(batch="cell", noise="1e-3*k")
    for batch in batches.values():
        (item,) = batch.work()
        (cell,) = batch.cells
        assert Parameters.model_validate(item["parameters"]) == cell.parameters
        assert cell_id(Parameters.model_validate(item["parameters"])) == item["cell"] == cell.id
        assert (item["trials"], item["label"]) == (3, cell.label)


def test_a_label_names_the_point_and_the_solver():
    cells = expand(make_sweep(), 0, "sweep.yaml")
    assert cells[1].label == "k=2 n=20 plugin"


LM = {"name": "levenberg_marquardt", "max_iter": 200}


def test_restarts_cost_and_a_cap_saves():
    usual, again, short = (
        trial_cost(expand(make_sweep(solvers=[LM | change]), 0, "sweep.yaml")[0].parameters)
        for change in ({}, {"restarts": 4}, {"max_iter": 2})
    )
    assert short.core_seconds < usual.core_seconds < again.core_seconds


@pytest.mark.parametrize(
    ("small", "large"),
    [
        ({}, {"axes": {"k": [20], "n": [12]}}),
        ({}, {"axes": {"k": [2], "n": [1200]}}),
        ({}, {"problem": "compressed_sensing", "m": 500}),
        ({"solvers": [LM]}, {"solvers": [LM], "axes": {"k": [20], "n": [12]}}),
        ({"solvers": [LM]}, {"solvers": [LM], "axes": {"k": [2], "n": [1200]}}),
    ],
)
def test_larger_problems_cost_more(small, large):
    one = expand(make_sweep(**small), 0, "sweep.yaml")[0]
    other = expand(make_sweep(**large), 0, "sweep.yaml")[0]
    assert trial_cost(one.parameters).core_seconds < trial_cost(other.parameters).core_seconds
    assert trial_cost(one.parameters).memory_mb < trial_cost(other.parameters).memory_mb
