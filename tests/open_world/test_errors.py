"""Errors that trials are judged by: those that genphase has, and those of one's own."""

import csv
import json
import math

import numpy as np
import pytest
import yaml
from small import EXAMPLES, SMALL

from genphase.accuracy.direction import direction
from genphase.accuracy.psnr import psnr
from genphase.brought import Failed, look_in
from genphase.cells.grid import expand
from genphase.cells.kept import kept_of, worst_errors
from genphase.cells.measure import measure
from genphase.cells.sampling import fixed, sampling_of
from genphase.cells.trial import run_trial
from genphase.draws.instance import draw_instance
from genphase.errors import SweepError
from genphase.identity import source_version
from genphase.jobs.batches import pack
from genphase.jobs.run import StaleWork, run_batch, run_cell
from genphase.store.cells import CellStore
from genphase.sweep.models import Sweep
from genphase.sweep.read import parse_sweep
from genphase.tables.cells import recovered, summarise
from genphase.tables.files import read_trials, write
from genphase.tables.trials import collect
from genphase.things import ERRORS

OWN = """
import numpy as np
from genphase import error

@error
def off(estimate, truth, *, power: float = 1.0):
    return np.max(np.abs(estimate - truth)) ** power

@error
def sign(latent_estimate, latent_truth):
    return np.sign(latent_estimate @ latent_truth)

@error
def unfit(observed, observation):
    return np.max(np.abs(observed - observation))

@error
def words(estimate, truth):
    return "far"

@error
def breaks(estimate, truth):
    return estimate[10**6]

@error
def asks(estimate, weights):
    return 0.0

@error
def never(estimate, truth):
    return np.nan
"""


@pytest.fixture
def parse(tmp_path):
    """Reads a small sweep that may use the errors above."""
    (tmp_path / "own.py").write_text(OWN, encoding="utf-8")

    def read(**changes):
        look_in(tmp_path)
        return parse_sweep(yaml.safe_dump({**SMALL, **changes}), "sweep.yaml")

    return read


def values(sweep, trial=0):
    """What is kept of a trial, by column."""
    (cell,) = expand(sweep, 0, "sweep.yaml")
    kept = kept_of(sweep)
    ran = run_trial(cell.parameters, trial, measure=lambda *found: measure(kept, *found))
    return cell, ran, dict(zip(kept.columns, kept.values(ran), strict=True))


def test_errors_are_those_of_estimate_truth_and_observation(parse):
    sweep = parse(
        errors=[
            "direction",
            "psnr",
            {"name": "psnr", "peak": 3, "label": "psnr3"},
            "residual",
            {"use": "own.py:off", "power": 2},
            {"use": "own.py:sign"},
            "own.py:unfit",
        ],
        noise=0.3,
    )
    cell, ran, found = values(sweep)
    instance = draw_instance(cell.parameters, 0)
    assert list(found) == ["direction", "psnr", "psnr3", "residual", "off", "sign", "unfit"]
    assert 0.001 < ran.record.signal_error < 1
    residual = math.sqrt(2 * ran.record.objective) / np.linalg.norm(instance.observation)
    assert found["residual"] == pytest.approx(residual)
    mean = (ran.record.signal_error * ran.record.signal_norm) ** 2 / instance.signal.size
    top = np.max(np.abs(instance.signal))
    assert found["psnr"] == pytest.approx(10 * np.log10(top**2 / mean))
    assert found["psnr3"] - found["psnr"] == pytest.approx(20 * np.log10(3 / top))
    assert 0 < found["direction"] <= 2 * ran.record.signal_error
    assert found["sign"] == 1
    assert 0 < found["unfit"] < 0.3
    assert found["off"] < found["direction"]


def test_direction_does_not_know_length():
    truth = np.array([3.0, 4.0])
    assert direction(7 * truth, truth) == 0
    assert direction(-truth, truth) == 2
    assert direction(np.array([4.0, -3.0]), truth) == pytest.approx(math.sqrt(2))
    assert math.isnan(direction(0 * truth, truth))


def test_psnr_by_hand():
    truth = np.array([0.0, 1.0, 0.5, 0.0])
    assert psnr(truth + 0.1, truth) == pytest.approx(20)
    assert psnr(truth + 0.1, truth, peak=255) == pytest.approx(20 + 20 * math.log10(255))
    assert psnr(truth, truth) == math.inf
    assert math.isnan(psnr(truth + 1, 0 * truth))


def test_an_error_of_a_blind_demodulation_is_of_its_signal(parse):
    sweep = parse(
        problem="blind_demodulation",
        axes={"k": [3]},
        network={"widths": [30, 40]},
        solvers=[{"name": "alternating", "step": 0.2, "max_iter": 50}],
        errors=["direction", "residual"],
        noise=0.2,
    )
    _, ran, found = values(sweep)
    assert found["residual"] > 0
    assert found["direction"] <= 2 * ran.record.signal_error


@pytest.mark.parametrize(
    ("changes", "key", "text", "remedy"),
    [
        ({"errors": ["psnrr"]}, "errors[0].name", "'psnrr' is not known", "did you mean 'psnr'"),
        ({"errors": ["signal"]}, "errors[0]", "signal_error", "leave it out"),
        ({"errors": ["own.py"]}, "errors[0].use", "several things", "own.py:off"),
        ({"errors": ["own.py:asks"]}, "errors[0].use", "asks for 'weights'", "estimate, truth"),
        ({"errors": [{"name": "psnr", "peek": 1}]}, "errors[0].peek", "unknown", "'peak'"),
        ({"errors": [{"name": "psnr", "peak": -1}]}, "errors[0].peak", "-1", "> 0"),
        ({"errors": [{"name": "psnr", "peak": "k"}]}, "errors[0].peak", "'k'", ""),
        ({"errors": [{"label": "a"}]}, "errors[0].name", "no error is named", "psnr"),
        ({"errors": ["psnr", {"name": "psnr", "peak": 2}]}, "errors[1]", "'psnr'", "a label"),
        ({"errors": ["psnr", "psnr"]}, "errors[0]", "twice", "remove one"),
        ({"errors": [{"name": "psnr", "label": "m"}]}, "errors[0]", "'m' is taken", "a label"),
        ({"errors": [{"name": "psnr", "label": "1a"}]}, "errors[0]", "'1a' is not a name", ""),
        ({"keep": "all"}, "keep", "'all'", "latent"),
        ({"success": {"error": "psnr", "below": 3}}, "success.below", "larger", "above"),
        ({"success": {"error": "latent", "above": 3}}, "success.above", "smaller", "below"),
        ({"success": {"error": "latent"}}, "success.below", "missing", "above: 30"),
        ({"success": {"error": "latent", "below": 1, "above": 2}}, "success.above", "beside", ""),
        ({"success": {"below": 1}}, "success.error", "no error", "signal"),
        ({"success": {"use": "own.py:of", "below": 1}}, "success.use", "'of'", "'off'"),
        (
            {"figures": {"curve": {"x": "m", "y": "psnr"}}},
            "figures.curve.y", "'psnr' is not recorded", "add it to `errors`",
        ),
    ],
)  # fmt: skip
def test_mistakes_are_told(parse, changes, key, text, remedy):
    with pytest.raises(SweepError) as caught:
        parse(**changes)
    found = caught.value.mistakes
    assert any(
        mistake.key == key and text in mistake.text and remedy in mistake.remedy
        for mistake in found
    ), str(caught.value)


def test_a_residual_needs_an_observation_that_is_a_vector(parse):
    changes = {
        "problem": "spiked_wigner",
        "axes": {"k": [3]},
        "solvers": [{"name": "subgradient", "step": 0.1}],
        "noise": 0.1,
    }
    assert parse(**changes, errors=["direction"])
    with pytest.raises(SweepError, match="residual does not fit spiked_wigner: missing"):
        parse(**changes, errors=["residual"])


def build(sweep, tmp_path):
    """Run a sweep's batches; return its trials as read, and as text."""
    cells = expand(sweep, 0, "sweep.yaml")
    store = CellStore(tmp_path / "store")
    files = []
    for name, batch in pack(sweep, cells, 60).items():
        files.append(tmp_path / f"{name}.csv")
        run_batch(json.loads(json.dumps(batch.work())), store, files[-1])
    trials, _ = collect(cells, sampling_of(sweep), files, worst=worst_errors(sweep))
    write(trials, tmp_path / "trials.csv")
    text = (tmp_path / "trials.csv").read_text()
    return read_trials(tmp_path / "trials.csv"), list(csv.DictReader(text.splitlines()))


def test_an_error_is_a_column_decides_and_is_summarised(parse, tmp_path):
    rule = {"use": "own.py:off", "below": 0.05}
    sweep = parse(
        axes={"k": [3], "m": [6, 40]}, trials=6, success=rule, errors=["psnr", "own.py:never"]
    )
    # As it is handed to jobs.
    for part in (sweep, sweep.only_grid()):
        assert Sweep.model_validate(part.model_dump(mode="json")) == part
    table, rows = build(sweep, tmp_path)
    assert list(rows[0])[-4:] == ["gradient_norm", "psnr", "never", "off"]
    assert (recovered(table, sweep.success) == (table["off"] < 0.05)).all()
    assert 0 < recovered(table, sweep.success).mean() < 1
    assert {row["never"] for row in rows} == {"inf"}
    cells = summarise(table, sweep.success)
    assert cells["psnr_median"][1] > cells["psnr_median"][0]
    assert cells["off_q75"][1] < 0.05


def test_a_diverged_trial_has_the_worst_of_errors(parse, tmp_path):
    sweep = parse(
        solvers=[{"name": "subgradient", "step": 1e6, "max_iter": 50}],
        errors=["psnr", "direction", "own.py:sign"],
        success={"use": "own.py:sign", "above": 0.5},
    )
    table, rows = build(sweep, tmp_path)
    assert {row["status"] for row in rows} == {"diverged"}
    assert {row["psnr"] for row in rows} == {"-inf"}
    assert {row["direction"] for row in rows} == {"inf"}
    # That this one is to be large, its rule says.
    assert {row["sign"] for row in rows} == {"-inf"}
    assert not recovered(table, sweep.success).any()


def test_a_further_error_makes_no_new_cells_and_keeps_records(parse, tmp_path):
    plain, asked = parse(), parse(errors=["own.py:off"])
    (cell,), (same,) = (expand(sweep, 0, "sweep.yaml") for sweep in (plain, asked))
    assert cell.id == same.id
    store, ran = CellStore(tmp_path), []
    first = run_cell(cell.id, cell.parameters, fixed(2), store, ran.append)
    again = run_cell(cell.id, cell.parameters, fixed(2), store, ran.append, kept_of(asked))
    # x̂ was not kept: they are run again, and are what they were.
    assert ran == [0, 1, 0, 1]
    assert [trial.record for trial in again] == [trial.record for trial in first]
    run_cell(cell.id, cell.parameters, fixed(2), store, ran.append, kept_of(asked))
    run_cell(cell.id, cell.parameters, fixed(2), store, ran.append, kept_of(plain))
    assert ran == [0, 1, 0, 1]


def test_where_estimates_are_kept_nothing_is_solved_for_a_further_error(
    parse, tmp_path, monkeypatch
):
    kept, asked = parse(keep="latent"), parse(keep="latent", errors=["own.py:off"])
    (cell,) = expand(kept, 0, "sweep.yaml")
    store = CellStore(tmp_path)
    run_cell(cell.id, cell.parameters, fixed(2), store, kept=kept_of(kept))
    whole = run_cell(
        cell.id, cell.parameters, fixed(2), CellStore(tmp_path / "b"), kept=kept_of(asked)
    )
    monkeypatch.setattr("genphase.cells.trial.solve", None)
    found = run_cell(cell.id, cell.parameters, fixed(2), store, kept=kept_of(asked))
    for name in ("record", "kept"):
        assert [getattr(trial, name) for trial in found] == [getattr(t, name) for t in whole]


def test_an_edit_of_an_error_measures_again_and_a_comment_does_not(parse, tmp_path):
    changes = {"errors": ["own.py:off"], "keep": "latent"}
    before = kept_of(parse(**changes))
    file = tmp_path / "own.py"
    assert before.keys
    file.write_text(OWN + "# A remark.\n", encoding="utf-8")
    # Another process finds the edit.
    source_version.cache_clear()
    assert kept_of(parse(**changes)).keys == before.keys
    file.write_text(OWN.replace("** power", "** power + 1"), encoding="utf-8")
    source_version.cache_clear()
    sweep = parse(**changes)
    after = kept_of(sweep)
    assert after.keys != before.keys
    assert after.columns == before.columns
    # A job that was planned with the code before does not write the one for the other.
    (batch,) = pack(sweep, expand(sweep, 0, "sweep.yaml"), 60).values()
    work = batch.work()
    work[0]["kept"]["keys"] = before.keys
    with pytest.raises(StaleWork, match="another code of errors"):
        run_batch(work, CellStore(tmp_path / "store"), tmp_path / "batch.csv")


@pytest.mark.parametrize(
    ("error", "text"),
    [
        ("own.py:words", "error words returned str, no number"),
        ("own.py:breaks", "IndexError"),
    ],
)
def test_an_error_that_fails_is_told_with_the_trial(parse, tmp_path, error, text):
    sweep = parse(errors=[error])
    (cell,) = expand(sweep, 0, "sweep.yaml")
    with pytest.raises(Failed, match=r"trial 0") as caught:
        run_cell(cell.id, cell.parameters, fixed(1), CellStore(tmp_path / "s"), kept=kept_of(sweep))
    assert text in str(caught.value)
    if "IndexError" in text:
        assert "return estimate[10**6]" in str(caught.value)


def test_every_error_says_what_figures_call_it():
    assert {"signal", "latent", "direction", "psnr", "residual"} <= set(ERRORS.names)
    for thing in ERRORS:
        assert thing.facts["text"]
        assert thing.summary.startswith("Return ")


def test_the_example_is_an_error(parse):
    look_in(EXAMPLES)
    found = ERRORS.used("errors/largest_entry.py")
    truth = np.array([2.0, -4.0])
    estimate = truth + np.array([0.4, -1.0])
    assert found.function(estimate, truth) == 0.25
    assert found.function(estimate, truth, floor=0.3) == 0
