"""Sweeps that measure: what they may say, and how mistakes in them are answered."""

import json

import pandas as pd
import pytest
import yaml
from samples import SWEEP, make_sweep

from genphase.cells.grid import expand
from genphase.cells.sampling import sampling_of
from genphase.errors import SweepError
from genphase.figures.draw import draw
from genphase.jobs.batches import pack
from genphase.jobs.run import run_batch
from genphase.store.cells import CellStore
from genphase.sweep.models import Sweep
from genphase.sweep.read import load_sweep, parse_sweep
from genphase.tables.built import built_text, read_built
from genphase.tables.cells import summarise_values
from genphase.tables.files import read_trials, write
from genphase.tables.readme import About, describe
from genphase.tables.transition import transitions
from genphase.tables.trials import collect

MEASURED = {
    "solvers": None,
    "success": None,
    "figures": None,
    "measure": [{"name": "r2wdc", "layer": "d", "points": 3, "ascent": 2}, {"name": "plugin_gain"}],
}


def made(**changes):
    return make_sweep(**{**MEASURED, **changes})


def test_a_cell_is_a_grid_point_with_a_quantity():
    cells = expand(made(), 0, "sweep.yaml")
    assert [cell.solver for cell in cells[:2]] == ["r2wdc", "plugin_gain"]
    assert len(cells) == len({cell.id for cell in cells}) == 8
    # Its options are expressions over the grid.
    assert cells[0].parameters.quantity.options == {"layer": 2, "points": 3, "ascent": 2}


def test_the_instances_are_those_of_a_sweep_that_solves():
    solved = expand(make_sweep(), 0, "sweep.yaml")
    measured = expand(made(), 0, "sweep.yaml")[::2]
    assert [cell.parameters.instance_entropy for cell in solved] == [
        cell.parameters.instance_entropy for cell in measured
    ]


def test_a_curve_shows_values_where_it_does_not_say_what():
    sweep = made(figures={"curve": {"x": "n"}})
    assert sweep.figures["curve"].y == "value"


@pytest.mark.parametrize(
    ("changes", "key", "words"),
    [
        ({"solvers": SWEEP["solvers"]}, "measure", "solves or measures"),
        ({"measure": None}, "solvers", "missing"),
        ({"measure": []}, "measure", "[] names none"),
        ({"success": SWEEP["success"]}, "success", "this sweep measures"),
        (
            {"trials": {"at_least": 2, "at_most": 4, "until": {"interval_width": 0.5}}},
            "trials.at_most",
            "number",
        ),
        ({"trace": {"trials": 1}}, "trace", "this sweep measures"),
        ({"keep": "latent"}, "keep", "this sweep measures"),
        ({"measure": [{"name": "wdcc", "layer": 1}]}, "measure[0].name", "did you mean"),
        ({"measure": [{"name": "wdc"}]}, "measure[0].layer", "missing"),
        (
            {"measure": [{"name": "wdc", "layer": 1, "point": 3}]},
            "measure[0].point",
            "did you mean 'points'",
        ),
        (
            {"measure": [{"name": "wdc", "layer": 3}]},
            "measure[0].layer",
            "layer 3 of a network with 2",
        ),
        ({"measure": [{"name": "wdc", "layer": 0}]}, "measure[0].layer", "0"),
        ({"measure": [{"name": "wdc", "layer": 1}] * 2}, "measure[1]", "two quantities"),
        ({"measure": [{"name": "rric"}]}, "measure[0].name", "missing measurements"),
        ({"measure": [{"name": "joint_wdc"}]}, "measure[0].name", "missing a second network"),
        ({"measure": [{"name": "pieces", "layer": 1}]}, "measure[0].name", "k = 2"),
        (
            {"measure": [{"name": "gradient_deviation", "statistic": "most"}]},
            "measure[0].statistic",
            "most",
        ),
        (
            {"network": {"widths": ["n", "n"], "activation": "leaky_relu:0.1"}},
            "measure[0].name",
            "ReLU layers",
        ),
        ({"figures": {"portrait": {"x": "k", "y": "n"}}}, "figures.portrait", "draw a curve"),
        ({"figures": {"profile": {}}}, "figures.profile", "a profile is of solvers"),
        ({"figures": {"images": {"x": "n"}}}, "figures.images", "pictures are of solvers"),
        (
            {"figures": {"curve": {"x": "n", "y": "solve_seconds"}}},
            "figures.curve.y",
            "write y: value",
        ),
        (
            {"figures": {"curve": {"x": "n", "y": "signal_error"}}},
            "figures.curve.y",
            "write y: value",
        ),
        (
            {"figures": {"curve": {"x": "n", "series": "solver"}}},
            "figures.curve.series[0]",
            "measure",
        ),
    ],
)
def test_mistakes_are_answered_by_key_and_remedy(changes, key, words):
    with pytest.raises(SweepError) as caught:
        expand(made(**changes), 0, "sweep.yaml")
    (told,) = [mistake for mistake in caught.value.mistakes if mistake.key == key][:1]
    assert words in f"{told.text} {told.remedy}"


def test_a_seed_that_is_given_twice_is_told_by_its_key():
    """A mistake that spans the file has no other key before its own."""
    with pytest.raises(SweepError, match=r"\n  seeds: a seed is given twice"):
        make_sweep(seeds=[1, 1])


@pytest.fixture(scope="module")
def results(tmp_path_factory):
    """The sweep, its tables, and the store that they came from."""
    folder = tmp_path_factory.mktemp("measured")
    sweep = made(figures={"curve": {"x": "n", "series": "measure", "panels": "k"}}, trials=2)
    cells = expand(sweep, 0, "sweep.yaml")
    store, files = CellStore(folder / "store"), []
    for number, batch in enumerate(pack(sweep, cells, 60).values()):
        files.append(folder / f"{number}.csv")
        run_batch(batch.work(), store, files[-1])
    trials, timings = collect(cells, sampling_of(sweep), files)
    write(trials, folder / "trials.csv")
    return sweep, cells, store, read_trials(folder / "trials.csv"), timings


def test_the_store_keeps_what_was_measured(results):
    _, cells, store, trials, _ = results
    for cell in cells:
        stored = store.read(cell.id, cell.parameters)
        own = trials[trials["cell"] == cell.id]
        assert [stored[i].record.value for i in (0, 1)] == own["value"].tolist()
        assert [stored[i].record.bound for i in (0, 1)] == own["bound"].tolist()


def test_stores_of_both_kinds_can_be_merged(results, tmp_path):
    _, cells, store, *_ = results
    other = CellStore(tmp_path / "store")
    assert other.take(store, cells[0].id).new == 2
    assert other.take(store, cells[0].id) == (0, 0)
    assert other.read(cells[0].id, cells[0].parameters) == store.read(
        cells[0].id, cells[0].parameters
    )


def test_the_tables_have_measure_and_value(results):
    *_, trials, timings = results
    assert list(trials)[:4] == ["cell", "measure", "k", "n"]
    assert list(trials)[-3:] == ["trial", "value", "bound"]
    assert list(timings)[:3] == ["cell", "measure", "trial"]
    assert set(trials.loc[trials["measure"] == "r2wdc", "bound"]) == {"at least"}
    assert set(trials.loc[trials["measure"] == "plugin_gain", "bound"]) == {"none"}
    cells = summarise_values(trials)
    assert list(cells)[-6:] == [
        "trials",
        "bound",
        *(f"value_{s}" for s in ("median", "mean", "q25", "q75")),
    ]
    own = trials[trials["cell"] == cells["cell"][0]]["value"]
    assert cells["value_mean"][0] == pytest.approx(own.mean())
    assert transitions(cells, ["k", "n"], None, None, [0.5], None).empty


def test_a_cell_without_a_value_says_so(results):
    *_, trials, _ = results
    holed = trials.copy()
    holed.loc[0, "value"] = float("nan")
    cells = summarise_values(holed)
    assert cells.loc[0, "value_median":"value_q75"].isna().all()
    assert cells["value_mean"].notna().sum() == len(cells) - 1


def test_the_caption_and_the_axis_say_at_least(results):
    sweep, *_, trials, _ = results
    spec = sweep.figures["curve"]
    figure, numbers, caption = draw(spec, {"trials": trials}, ["k", "n"], None, "T")
    assert "Some of the values are lower bounds (at least)" in caption
    assert "recover" not in caption
    assert "capped" not in caption
    assert not {"recovered", "capped"} & set(numbers)
    assert "R2WDC" in [text.get_text() for text in figure.legends[0].get_texts()]
    alone = trials[trials["measure"] == "r2wdc"]
    spec = spec.model_copy(update={"series": []})
    figure, _, caption = draw(spec, {"trials": alone}, ["k", "n"], None, "T")
    assert "Values are lower bounds" in caption
    labels = [figure.get_supylabel(), *(area.get_ylabel() for area in figure.axes)]
    assert "R2WDC (at least)" in labels


def test_the_readme_tells_what_was_measured(results):
    *_, trials, _ = results
    about = About(
        "s",
        "T",
        "",
        "",
        "inversion",
        "2",
        None,
        [0],
        {"r2wdc": "1"},
        {"curve": "curve"},
        False,
        False,
        "g",
    )
    cells = summarise_values(trials)
    text = describe(about, cells, pd.DataFrame(), {})
    assert "r2wdc: cells have medians from" in text
    assert "lower bounds (at least)" in text
    for word in ("recover", "transition.csv", "curve.html", "overlays/"):
        assert word not in text


def test_what_it_was_made_from_can_be_read_again(tmp_path):
    sweep = made()
    (tmp_path / "built.json").write_text(built_text("s", sweep, 0), encoding="utf-8")
    built = read_built(tmp_path / "built.json")
    assert [c.id for c in built.cells] == [c.id for c in expand(sweep, 0, "s")]
    assert Sweep.model_validate(sweep.model_dump(mode="json")) == sweep
    assert "measure" not in json.loads(built_text("s", make_sweep(), 0))["grid"]


def test_a_published_file_about_another_solver_is_refused(tmp_path):
    (tmp_path / "paper.csv").write_text("k,n,solver\n2,12,lmq\n", encoding="utf-8")
    overlay = {"csv": "paper.csv", "x": "k", "y": "n", "label": "a paper"}
    figures = {"portrait": {"x": "k", "y": "n", "overlays": [overlay]}}
    (tmp_path / "s.yaml").write_text(yaml.safe_dump({**SWEEP, "figures": figures}))
    with pytest.raises(SweepError, match=r"paper\.csv is about the solver 'lmq'"):
        load_sweep("s", tmp_path)
    (tmp_path / "paper.csv").write_text("k,n,solver\n2,12,lmq\n2,12,plugin\n", encoding="utf-8")
    load_sweep("s", tmp_path)


def test_parse_sweep_needs_no_success_of_what_measures():
    content = {key: value for key, value in {**SWEEP, **MEASURED}.items() if value is not None}
    assert parse_sweep(yaml.safe_dump(content), "s.yaml").success is None
