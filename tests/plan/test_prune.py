import fcntl
import re
import sys

import pytest
import yaml
from samples import SWEEP, make_sweep
from stored import files, fill

from genphase import cli
from genphase.cells.grid import expand
from genphase.files import claim_run
from genphase.store.cells import CellStore

GROWN = {**SWEEP, "axes": {"k": [2, 3, 4], "n": [12, 20]}}


@pytest.fixture
def place(tmp_path, monkeypatch):
    """A folder with the sweep `tiny`, and a store that holds more than its four cells."""
    (tmp_path / "sweeps").mkdir()
    write(tmp_path, "tiny", SWEEP)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COLUMNS", "200")
    store = CellStore(tmp_path / "results" / "store")
    fill(store, cells_of(SWEEP), 3)
    return tmp_path


@pytest.fixture
def store(place):
    return CellStore(place / "results" / "store")


@pytest.fixture
def prune(monkeypatch, capsys):
    """Runs ``genphase prune``; gives status, standard output and standard error."""

    def command(*arguments):
        given = ["genphase", "prune", "--sweep-dir", "sweeps", "--results", "results"]
        monkeypatch.setattr(sys, "argv", [*given, *map(str, arguments)])
        with pytest.raises(SystemExit) as ended:
            cli.main()
        captured = capsys.readouterr()
        return ended.value.code or 0, captured.out, captured.err

    return command


def write(place, name, content):
    path = place / "sweeps" / f"{name}.yaml"
    path.write_text(yaml.safe_dump(content, sort_keys=False), encoding="utf-8")


def cells_of(content, seed=0):
    return expand(make_sweep(**content), seed, "sweep.yaml")


def ids(cells):
    return {cell.id for cell in cells}


def test_where_all_is_referred_to_nothing_goes(place, store, prune):
    before = files(place)
    for options in ((), ("--delete",)):
        status, out, err = prune(*options)
        assert (status, err) == (0, "")
        assert "Nothing to remove." in out
    (place / "results/.run").unlink()
    assert files(place) == before


def test_a_dry_run_tells_what_would_go_and_touches_nothing(place, store, prune, monkeypatch):
    fill(store, [cell for cell in cells_of(GROWN) if cell.parameters.k == 4], 3)
    fill(store, cells_of(SWEEP, seed=7), 2)
    with monkeypatch.context() as patch:
        for module in ("identity", "store.cells"):
            patch.setattr(f"genphase.{module}.numerics_of", lambda parameters: "older")
        fill(store, cells_of(SWEEP)[:3], 1)
    before = files(place)
    status, out, err = prune()
    assert (status, err) == (0, "")
    assert files(place) == before
    lines = out.splitlines()
    assert re.fullmatch(r"Cells of 1 sweep: 4 files, \d kB stay", lines[0])
    assert [re.sub(r", \d kB.*", "", line) for line in lines[1:4]] == [
        "Cells of no sweep: 2 files",
        "Cells of other numerics (older): 3 files",
        "Cells of seed 7: 4 files",
    ]
    assert "--delete" in lines[-1]


def test_what_no_sweep_has_is_deleted_and_the_rest_stays_to_the_byte(place, store, prune):
    kept = files(store.folder)
    fill(store, cells_of(GROWN), 3)
    assert set(store.cells()) == ids(cells_of(GROWN))
    kept |= {path: files(store.folder)[path] for path in kept}
    status, out, _ = prune("--delete")
    assert status == 0
    assert "2 files" in out
    assert set(store.cells()) == ids(cells_of(SWEEP))
    left = {path: content for path, content in files(store.folder).items() if path.suffix}
    assert left == {path: content for path, content in kept.items() if path.suffix}
    assert "Nothing to remove." in prune()[1]


def test_cells_of_every_sweep_and_of_the_seeds_that_are_given_stay(place, store, prune):
    write(place, "grown", GROWN)
    fill(store, cells_of(GROWN), 3)
    fill(store, cells_of(SWEEP, seed=7), 3)
    fill(store, cells_of(SWEEP, seed=8), 3)
    prune("--delete", "--seed", 0, "--seed", 7)
    assert set(store.cells()) == ids(cells_of(GROWN)) | ids(cells_of(SWEEP, seed=7))
    prune("--delete", "--seed", 7)
    assert set(store.cells()) == ids(cells_of(SWEEP, seed=7))


def test_damaged_files_files_set_aside_and_others_are_left(place, store, prune):
    new = [cell for cell in cells_of(GROWN) if cell.parameters.k == 4]
    fill(store, new, 3)
    damaged = store.path(new[0].id)
    damaged.write_bytes(damaged.read_bytes()[:-40])
    fill(store, cells_of(SWEEP, seed=7)[:1], 1)
    renamed = store.path(cells_of(SWEEP, seed=8)[0].id)
    renamed.parent.mkdir(exist_ok=True)
    renamed.write_bytes(store.path(new[1].id).read_bytes())
    (store.folder / "set-aside").mkdir()
    others = [
        store.folder / "set-aside" / f"{new[0].id}-01234567.json",
        store.folder / "notes.json",
        store.folder / new[0].id[:2] / "notes.json",
        store.folder / new[0].id[:2] / f".{new[0].id}.json.01234567",
        store.folder / "zz" / f"{new[0].id}.json",
    ]
    for path in others:
        path.parent.mkdir(exist_ok=True)
        path.write_text("{}", encoding="utf-8")
    _, out, _ = prune("--delete")
    assert "2 damaged files, 1 set aside" in out
    assert all(path.exists() for path in [*others, damaged, renamed])
    assert set(store.cells()) == ids(cells_of(SWEEP)) | {new[0].id, renamed.stem}


def test_tables_of_jobs_that_no_sweep_has_go_and_no_other_file(place, store, prune):
    results = place / "results"
    # Whatever size of batches made them: their cells are those of the sweep.
    rows = [f"{cell.id},0,converged" for cell in cells_of(SWEEP)]
    needed = [results / f"tiny/batches/{number:016}.csv" for number in (1, 2)]
    foreign = results / "tiny/batches/00000000000000ff.csv"
    stay = [
        *needed,
        results / "tiny/batches/notes.csv",
        results / "tiny/trials.csv",
        results / "gone/trials.csv",
        results / "logs/tiny/0123456789abcdef.log",
    ]
    go = [results / f"{name}/batches/0123456789abcdef.csv" for name in ("tiny", "gone")]
    for path in [*stay, *go]:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("x", encoding="utf-8")
    needed[0].write_text("\n".join(["cell,trial,status", *rows]), encoding="utf-8")
    needed[1].write_text("\n".join(["cell,trial,status", rows[1]]), encoding="utf-8")
    foreign.write_text("\n".join(["cell,trial,status", rows[0], "0" * 20]), encoding="utf-8")
    go.append(foreign)
    _, out, _ = prune("--delete")
    assert "of gone, which is no sweep in sweeps, with cells that no sweep has: 1 file," in out
    assert "of tiny, with cells that no sweep has: 2 files," in out
    assert all(path.exists() for path in stay)
    assert not any(path.exists() for path in go)


@pytest.mark.parametrize("options", [(), ("--delete",)])
def test_a_sweep_that_is_not_valid_or_a_folder_without_sweeps_refuses(options, place, store, prune):
    fill(store, cells_of(GROWN), 3)
    before = files(store.folder)
    write(place, "bad", {**SWEEP, "trials": 0})
    status, out, err = prune(*options)
    assert (status, out) == (2, "")
    assert "bad.yaml" in err
    assert "trials" in err
    # Valid as a file, but with an impossible cell.
    write(place, "bad", {**SWEEP, "noise": "0 - k"})
    status, out, err = prune(*options)
    assert (status, out) == (2, "")
    assert "bad.yaml" in err
    for path in (place / "sweeps").iterdir():
        path.unlink()
    status, out, err = prune(*options)
    assert (status, out) == (2, "")
    assert "no sweep files" in err
    assert files(store.folder) == before


def test_a_run_in_progress_refuses_a_deletion(place, store, prune):
    fill(store, cells_of(GROWN), 3)
    before = files(store.folder)
    with claim_run(place / "results", lambda: None):
        status, out, err = prune("--delete")
        assert (status, out) == (2, "")
        assert "a run is building" in err
        assert files(store.folder) == before
        # A dry run harms none.
        assert prune()[0] == 0
    assert prune("--delete")[0] == 0
    assert set(store.cells()) == ids(cells_of(SWEEP))


def test_a_claim_is_waited_for_and_given_back(tmp_path):
    with claim_run(tmp_path, lambda: pytest.fail("nobody has it")):
        other = open(tmp_path / ".run")  # noqa: SIM115
        with pytest.raises(BlockingIOError):
            fcntl.flock(other, fcntl.LOCK_EX | fcntl.LOCK_NB)
    fcntl.flock(other, fcntl.LOCK_EX | fcntl.LOCK_NB)
    # Told that it is held, whoever waits gets it once it is free.
    with claim_run(tmp_path, other.close):
        pass


def test_without_results_there_is_nothing_to_remove(place, store, prune):
    for cell in store.cells():
        store.remove(cell)
    assert "Nothing to remove." in prune("--delete")[1]


def test_a_mistyped_folder_is_named(place, prune):
    status, _, err = prune("--results", "none", "--delete")
    assert status == 2
    assert "there is no folder 'none'" in err
    assert not (place / "none").exists()
