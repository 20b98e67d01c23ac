import pytest
from samples import make_sweep
from stored import files, fill

from genphase.cells.grid import expand
from genphase.jobs.cost import trial_cost
from genphase.plan.plan import plan
from genphase.store.cells import CellStore


@pytest.fixture
def store(tmp_path):
    return CellStore(tmp_path / "store")


def make_cells(**changes):
    return expand(make_sweep(**changes), 0, "sweep.yaml")


def make_plan(store, seconds=1000, **changes):
    sweep = make_sweep(**changes)
    return plan(sweep, 0, "sweep.yaml", store, seconds)


def counts(found):
    return found[:4]


def test_of_a_new_sweep_everything_is_missing(store):
    found = make_plan(store)
    assert counts(found) == (4, 0, 4, 12)
    assert found.batches == 1
    cells = make_cells()
    expected = sum(3 * trial_cost(cell.parameters).core_seconds for cell in cells)
    assert found.core_seconds == pytest.approx(expected, abs=1e-3)
    assert found.memory_mb == pytest.approx(
        max(trial_cost(cell.parameters).memory_mb for cell in cells), abs=0.1
    )
    assert not store.folder.exists()


def test_of_a_finished_sweep_nothing_is_missing(store):
    fill(store, make_cells(), 3)
    found = make_plan(store)
    assert counts(found) == (4, 4, 0, 0)
    assert (found.batches, found.core_seconds, found.memory_mb, found.set_aside) == (0, 0, 0, 0)


def test_of_a_grown_axis_only_the_new_cells_are_missing(store):
    fill(store, make_cells(), 3)
    assert counts(make_plan(store, axes={"k": [2, 3, 4], "n": [12, 20]})) == (6, 4, 2, 6)
    assert counts(make_plan(store, axes={"k": [4, 3], "n": [16, 20, 12]})) == (6, 2, 4, 12)


def test_of_more_trials_only_the_new_ones_are_missing(store):
    fill(store, make_cells(), 3)
    assert counts(make_plan(store, trials=5)) == (4, 0, 4, 8)
    assert counts(make_plan(store, trials=2)) == (4, 4, 0, 0)


def test_a_part_of_a_cell_counts(store):
    fill(store, make_cells()[:1], 2)
    assert counts(make_plan(store)) == (4, 0, 4, 10)


@pytest.mark.parametrize(
    "changes",
    [
        {"success": {"error": "latent", "below": 0.1}},
        {"title": "Another"},
        {"figures": {"curve": {"x": "k"}}},
        {"batch": "cell"},
    ],
)
def test_of_another_success_rule_or_figure_nothing_is_missing(changes, store):
    fill(store, make_cells(), 3)
    assert counts(make_plan(store, **changes)) == (4, 4, 0, 0)


def test_another_noise_or_seed_is_missing(store):
    fill(store, make_cells(), 3)
    assert counts(make_plan(store, noise=0.1)) == (4, 0, 4, 12)
    sweep = make_sweep()
    other = plan(sweep, 1, "sweep.yaml", store, 1000)
    assert counts(other) == (4, 0, 4, 12)


def test_only_jobs_with_something_to_run_count(store):
    cells = make_cells()
    fill(store, [cells[0], cells[3]], 3)
    found = make_plan(store, batch="cell")
    assert counts(found) == (4, 2, 2, 6)
    assert found.batches == 2


def test_a_damaged_file_is_counted_and_left_alone(store):
    cells = make_cells()
    fill(store, cells, 3)
    path = store.path(cells[1].id)
    path.write_bytes(path.read_bytes()[:-40])
    before = files(store.folder)
    found = make_plan(store)
    assert counts(found) == (4, 3, 1, 3)
    assert found.set_aside == 1
    assert files(store.folder) == before


def test_points_that_share_a_cell_are_planned_once(store):
    found = make_plan(store, axes={"k": [2], "n": [12], "tau": [1, 2]}, noise="min(tau, 1)")
    assert counts(found) == (1, 0, 1, 3)
