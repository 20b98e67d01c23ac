import json
import logging
import math
import multiprocessing
import os
import signal
import struct

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from samples import make_parameters

from genphase.canonical import canonical, digest
from genphase.identity import cell_id
from genphase.records import Record, Timing, Trial
from genphase.store.cells import BadCellFile, CellStore

PARAMETERS = make_parameters()
CELL = cell_id(PARAMETERS)
OTHER = make_parameters(k=4)

TRIALS = st.builds(
    Trial,
    st.builds(
        Record,
        st.integers(0, 10**9),
        st.sampled_from(["converged", "capped", "diverged"]),
        st.integers(0, 10**9),
        st.integers(0, 10**9),
        *[st.floats()] * 6,
    ),
    st.builds(Timing, st.floats(0, 1e6), st.floats(0, 1e6), st.floats(0, 1e6)),
    st.dictionaries(st.text(), st.floats() | st.lists(st.floats()), max_size=2),
)
TRIAL_SETS = st.lists(TRIALS, max_size=8, unique_by=lambda trial: trial.record.trial)

# The stores are made afresh in every example; every write waits for the disk.
REUSED = settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture])


def make_trial(index, value=0.5):
    return Trial(
        Record(index, "converged", 10 + index, 1, value, value / 2, 1.0, 0.4, 1e-30, 1e-12),
        Timing(0.25, 1.5, 200.5),
    )


def bits(trial):
    """A trial's values with floats as their 64 bits, so that -0.0 is not 0.0; a NaN is a NaN."""
    return [
        struct.pack("<d", math.nan if math.isnan(value) else value)
        if isinstance(value, float)
        else value
        for value in (*trial.record, *trial.timing)
    ] + [repr(sorted(trial.kept.items()))]


def by_index(trials):
    return {trial.record.trial: bits(trial) for trial in trials}


@pytest.fixture
def stores(tmp_path_factory):
    """Makes a new store at each call."""
    return lambda: CellStore(tmp_path_factory.mktemp("results") / "store")


@pytest.fixture
def store(stores):
    return stores()


def set_aside(store):
    return sorted((store.folder / "set-aside").glob("*"))


def files_beside(path):
    return {file.name for file in path.parent.iterdir()} - {path.name, ".lock"}


@REUSED
@given(trials=TRIAL_SETS)
def test_trials_come_back_bit_by_bit(trials, stores):
    store = stores()
    store.save(CELL, PARAMETERS, trials)
    assert by_index(store.load(CELL, PARAMETERS).values()) == by_index(trials)
    assert files_beside(store.path(CELL)) == set()


def test_the_values_that_are_no_numbers_come_back(store):
    values = [math.nan, math.inf, -math.inf, -0.0, 0.0, 5e-324, 1.7976931348623157e308]
    trials = [make_trial(i, value) for i, value in enumerate(values)]
    store.save(CELL, PARAMETERS, trials)
    found = store.load(CELL, PARAMETERS)
    assert by_index(found.values()) == by_index(trials)
    assert math.copysign(1, found[3].record.latent_error) == -1


def test_nothing_is_stored_at_first(store):
    assert store.load(CELL, PARAMETERS) == {}
    assert not store.folder.exists() or not list(store.folder.rglob("*.json"))


def test_reading_writes_nothing(store):
    assert store.read(CELL, PARAMETERS) == {}
    assert not store.folder.exists()


@REUSED
@given(first=TRIAL_SETS, second=TRIAL_SETS)
def test_two_writers_in_turn_lose_nothing(first, second, stores):
    one = stores()
    two = CellStore(one.folder)
    for i in range(max(len(first), len(second))):
        one.save(CELL, PARAMETERS, first[i : i + 1])
        two.save(CELL, PARAMETERS, second[i : i + 1])
    found = by_index(one.load(CELL, PARAMETERS).values())
    assert set(found) == {trial.record.trial for trial in [*first, *second]}
    either = [*map(bits, first), *map(bits, second)]
    assert all(values in either for values in found.values())


def test_cells_have_files_of_their_own(store):
    other = cell_id(OTHER)
    store.save(CELL, PARAMETERS, [make_trial(0)])
    store.save(other, OTHER, [make_trial(5)])
    assert set(store.load(CELL, PARAMETERS)) == {0}
    assert set(store.load(other, OTHER)) == {5}
    assert store.path(CELL).relative_to(store.folder).parts == (CELL[:2], f"{CELL}.json")


def test_a_file_describes_itself(store):
    store.save(CELL, PARAMETERS, [make_trial(0), make_trial(1)])
    content = json.loads(store.path(CELL).read_text(encoding="utf-8"))
    assert content["cell"] == CELL
    assert content["parameters"]["network"]["widths"] == [20, 15]
    assert [
        dict(zip(content["columns"], row, strict=True))["trial"] for row in content["trials"]
    ] == [
        0,
        1,
    ]


def check_set_aside(store, caplog, original):
    """Check that the file is not used, kept byte by byte elsewhere, and warned about once."""
    caplog.clear()
    with caplog.at_level(logging.WARNING, logger="genphase"):
        found = store.load(CELL, PARAMETERS)
    assert found == {}
    (aside,) = set_aside(store)
    assert aside.read_bytes() == original
    assert not store.path(CELL).exists()
    (warning,) = caplog.records
    assert warning.levelname == "WARNING"
    assert str(store.path(CELL)) in warning.getMessage()
    assert str(aside) in warning.getMessage()


@pytest.fixture
def whole(stores):
    """The bytes of a good file."""
    store = stores()
    store.save(CELL, PARAMETERS, [make_trial(0, 1 / 3), make_trial(1, math.nan)])
    return store.path(CELL).read_bytes()


def put(store, content):
    store.path(CELL).parent.mkdir(parents=True, exist_ok=True)
    store.path(CELL).write_bytes(content)


def test_a_file_cut_off_anywhere_is_set_aside(whole, stores, caplog):
    # Without its last byte, a line end, the file still says all.
    assert whole.endswith(b"}\n")
    for length in range(len(whole) - 1):
        store = stores()
        put(store, whole[:length])
        check_set_aside(store, caplog, whole[:length])


@REUSED
@given(data=st.data())
def test_a_file_with_another_character_never_gives_other_trials(data, whole, stores):
    store = stores()
    text = whole.decode()
    i = data.draw(st.integers(0, len(text) - 1))
    character = data.draw(
        st.sampled_from('0123456789.-e",:[]{} \nabcN\x00é') | st.characters(codec="utf-8")
    )
    put(store, (text[:i] + character + text[i + 1 :]).encode())
    changed = store.path(CELL).read_bytes()
    found = store.load(CELL, PARAMETERS)
    if found:
        # White space, or the same number in another spelling.
        put(store, whole)
        assert by_index(found.values()) == by_index(store.load(CELL, PARAMETERS).values())
    else:
        (aside,) = set_aside(store)
        assert aside.read_bytes() == changed


def test_every_digit_of_a_record_is_guarded(whole, stores, caplog):
    text = whole.decode()
    start = text.index('"trials"')
    for i in range(start, len(text)):
        if text[i].isdigit():
            store = stores()
            changed = text[:i] + str((int(text[i]) + 1) % 10) + text[i + 1 :]
            # The last digits of a third may be read as the same number.
            if json.loads(changed)["trials"] == json.loads(text)["trials"]:
                continue
            put(store, changed.encode())
            check_set_aside(store, caplog, changed.encode())


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"\x00" * 512,
        bytes(range(256)),
        b"null",
        b"3",
        b"[]",
        b'"text"',
        b"{}",
        b'{"trials": [], "checksum": ""}',
        b'{"trials": 3, "checksum": null}',
        b"[" * 100_000,
        b'{"a": "\\ud800", "trials": [], "checksum": "x"}',
    ],
    ids=repr,
)
def test_garbage_is_set_aside(content, store, caplog):
    put(store, content)
    check_set_aside(store, caplog, content)


def test_a_file_of_other_parameters_is_set_aside(store, caplog):
    store.save(CELL, OTHER, [make_trial(0)])
    original = store.path(CELL).read_bytes()
    check_set_aside(store, caplog, original)


def test_a_file_under_another_name_is_set_aside(store, caplog):
    other = cell_id(OTHER)
    store.save(other, PARAMETERS, [make_trial(0)])
    original = store.path(other).read_bytes()
    put(store, original)
    check_set_aside(store, caplog, original)


def test_a_bad_file_is_not_moved_by_reading(store):
    put(store, b"{}")
    with pytest.raises(BadCellFile):
        store.read(CELL, PARAMETERS)
    assert store.path(CELL).read_bytes() == b"{}"


def test_saving_over_a_bad_file_keeps_it_aside(store, caplog):
    put(store, b"broken")
    store.save(CELL, PARAMETERS, [make_trial(2)])
    assert set(store.load(CELL, PARAMETERS)) == {2}
    (aside,) = set_aside(store)
    assert aside.read_bytes() == b"broken"
    assert "set aside" in caplog.text


def test_two_bad_files_of_a_cell_are_both_kept(store):
    for content in (b"first", b"second"):
        put(store, content)
        store.load(CELL, PARAMETERS)
    assert {path.read_bytes() for path in set_aside(store)} == {b"first", b"second"}


def test_the_rest_of_a_killed_writer_is_harmless(store, whole):
    path = store.path(CELL)
    path.parent.mkdir(parents=True)
    left = path.with_name(f".{path.name}.0123abcd")
    left.write_bytes(whole[:50])
    assert store.load(CELL, PARAMETERS) == {}
    store.save(CELL, PARAMETERS, [make_trial(0)])
    assert set(store.load(CELL, PARAMETERS)) == {0}
    assert left.read_bytes() == whole[:50]
    assert set_aside(store) == []


def test_a_write_that_fails_leaves_the_old_file_and_no_other(store, monkeypatch):
    store.save(CELL, PARAMETERS, [make_trial(0)])

    def full(descriptor):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(OSError, match="No space"):
        store.save(CELL, PARAMETERS, [make_trial(1)])
    assert set(store.load(CELL, PARAMETERS)) == {0}
    assert files_beside(store.path(CELL)) == set()


def write_many(folder, first, count, barrier):
    store = CellStore(folder)
    barrier.wait()
    for index in range(first, first + count):
        store.save(CELL, PARAMETERS, [make_trial(index)])


def write_until_killed(folder, first, started):
    store = CellStore(folder)
    for index in range(first, 10**6):
        store.save(CELL, PARAMETERS, [make_trial(index % 100)])
        started.set()


def test_processes_that_write_one_cell_together_lose_nothing(store):
    context = multiprocessing.get_context("spawn")
    barrier = context.Barrier(3)
    writers = [
        context.Process(target=write_many, args=(store.folder, 100 * i, 20, barrier))
        for i in range(3)
    ]
    for writer in writers:
        writer.start()
    for writer in writers:
        writer.join()
    assert [writer.exitcode for writer in writers] == [0, 0, 0]
    expected = [make_trial(100 * i + j) for i in range(3) for j in range(20)]
    assert by_index(store.load(CELL, PARAMETERS).values()) == by_index(expected)
    assert files_beside(store.path(CELL)) == set()


def test_a_killed_writer_leaves_whole_files_and_no_lock(store):
    context = multiprocessing.get_context("spawn")
    started = context.Event()
    writer = context.Process(target=write_until_killed, args=(store.folder, 0, started))
    writer.start()
    assert started.wait(60)
    os.kill(writer.pid, signal.SIGKILL)
    writer.join()
    found = store.load(CELL, PARAMETERS)
    assert found
    assert all(bits(found[index]) == bits(make_trial(index)) for index in found)
    store.save(CELL, PARAMETERS, [make_trial(500)])
    assert set(store.load(CELL, PARAMETERS)) == {*found, 500}
    assert set_aside(store) == []


def test_a_file_of_another_format_is_set_aside(store):
    store.save(CELL, PARAMETERS, [make_trial(0)])
    path = store.path(CELL)
    content = json.loads(path.read_text(encoding="utf-8"))
    del content["checksum"]
    rows = [row[:-1] for row in content.pop("trials")]
    content |= {"format": 2, "columns": content["columns"][:-1]}
    checksum = digest(canonical([content, rows]), 64)
    path.write_text(canonical({**content, "checksum": checksum, "trials": rows}))
    assert store.load(CELL, PARAMETERS) == {}
    assert len(set_aside(store)) == 1


@given(TRIAL_SETS)
@REUSED
def test_files_are_json_that_any_program_reads(stores, trials):
    store = stores()
    store.save(CELL, PARAMETERS, trials)

    def refuse(constant):
        raise AssertionError(constant)

    json.loads(store.path(CELL).read_text(encoding="utf-8"), parse_constant=refuse)


def test_what_is_kept_of_a_trial_comes_back_and_is_added_to(store):
    first = make_trial(0)._replace(kept={"psnr{}@1": math.inf, "latent": [0.25, math.nan, -0.0]})
    store.save(CELL, PARAMETERS, [first])
    store.save(CELL, PARAMETERS, [make_trial(0)._replace(kept={"direction{}@7": math.nan})])
    kept = store.load(CELL, PARAMETERS)[0].kept
    assert kept["psnr{}@1"] == math.inf
    assert math.isnan(kept["direction{}@7"])
    assert repr(kept["latent"]) == "[0.25, nan, -0.0]"
    # The value by edited code replaces that by the code before.
    store.save(CELL, PARAMETERS, [make_trial(0)._replace(kept={"psnr{}@2": 30.0})])
    kept = store.load(CELL, PARAMETERS)[0].kept
    assert sorted(kept) == ["direction{}@7", "latent", "psnr{}@2"]
