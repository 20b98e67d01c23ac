"""Stores of two machines become one."""

import pytest
from samples import make_sweep

from genphase.cells.grid import expand
from genphase.cells.trial import run_trial
from genphase.store.cells import CellStore


@pytest.fixture
def stores(tmp_path):
    """Two stores of a sweep: trials 0 and 1 of its first cell, and 1 and 2 and another cell."""
    first, second, *_ = expand(make_sweep(), 0, "sweep.yaml")
    here, there = CellStore(tmp_path / "results/store"), CellStore(tmp_path / "other/store")
    here.save(first.id, first.parameters, [run_trial(first.parameters, i) for i in (0, 1)])
    there.save(first.id, first.parameters, [run_trial(first.parameters, i) for i in (1, 2)])
    there.save(second.id, second.parameters, [run_trial(second.parameters, 0)])
    return here, there, first, second


def test_the_store_has_the_trials_of_both_and_keeps_its_own(stores, run):
    here, there, first, second = stores
    before = here.read(first.id, first.parameters)
    theirs = {cell.id: there.path(cell.id).read_bytes() for cell in (first, second)}
    assert run("merge", "other") == (0, "2 trials of 2 cells are new in results/store.\n", "")
    after = here.read(first.id, first.parameters)
    assert sorted(after) == [0, 1, 2]
    assert {i: after[i] for i in (0, 1)} == before
    assert after[2].record == run_trial(first.parameters, 2).record
    assert here.path(second.id).read_bytes() == theirs[second.id]
    # The other one is as it was, and a second time nothing is new.
    assert {c.id: there.path(c.id).read_bytes() for c in (first, second)} == theirs
    assert run("merge", "other/store")[1].startswith("0 trials of 0 cells are new")


def test_trials_with_other_digits_are_told_and_left_alone(stores, run):
    here, there, first, _ = stores
    trial = there.read(first.id, first.parameters)[1]
    other = trial._replace(record=trial.record._replace(objective=1e-300))
    there.save(first.id, first.parameters, [other])
    assert "1 trials have other digits there" in run("merge", "other")[1]
    assert here.read(first.id, first.parameters)[1].record.objective != 1e-300


def test_a_damaged_file_is_named_and_the_others_are_taken(stores, run):
    here, there, first, second = stores
    path = there.path(first.id)
    path.write_text(path.read_text().replace("converged", "capped"))
    status, out, err = run("merge", "other")
    assert status == 1
    assert out.startswith("1 trials of 1 cells are new")
    assert f"{first.id}.json: the checksum does not match; left out" in err
    assert sorted(here.read(first.id, first.parameters)) == [0, 1]
    assert here.count(second.id) == 1


@pytest.mark.parametrize("folder", ["nowhere", "results", "results/store"])
def test_what_is_no_other_store_is_refused(folder, stores, run):
    status, _, err = run("merge", folder)
    assert status == 2
    assert "remedy: name" in err
