import json
from pathlib import Path

import jsonschema
import pytest
import yaml
from samples import SWEEP, make_sweep

from genphase.cells.grid import expand
from genphase.cli import schema
from genphase.language.axes import _RANGE_KEYS, SCHEMA
from genphase.sweep.config import Config
from genphase.sweep.figures import Comparison, Curve, Portrait, Trace
from genphase.sweep.models import MODELS_BY_KEY, Schema, Sweep, Tracing
from genphase.sweep.read import load_sweep, sweep_files
from genphase.sweep.transitions import across_axis, transition_axis

ROOT = Path(__file__).parents[2]
FOLDER = ROOT / "config" / "sweeps"
ARCHITECTURE = {"architecture": [[10, 12], [8, 10, 12]], "k": [2, 3]}


def first(**changes):
    """The parameters of the first cell of the small sweep with changes."""
    return expand(make_sweep(**changes), 0, "sweep.yaml")[0].parameters


@pytest.mark.parametrize("name", sorted(sweep_files(FOLDER)))
def test_the_sweeps_of_the_repository_are_valid(name):
    assert expand(load_sweep(name, FOLDER), 0, name)


@pytest.mark.parametrize("name", sorted(sweep_files(FOLDER)))
def test_the_schema_accepts_the_sweeps_of_the_repository(name):
    content = yaml.safe_load((FOLDER / f"{name}.yaml").read_text(encoding="utf-8"))
    jsonschema.validate(content, Sweep.model_json_schema(schema_generator=Schema))


@pytest.mark.parametrize(
    "changes",
    [
        {"trails": 3},
        {"trials": 0},
        {"network": {"width": ["n"]}},
        {"problem": "other"},
        {"solvers": [{"name": "plugin", "stepp": 3}]},
    ],
)
def test_the_schema_refuses_mistakes(changes):
    rules = Sweep.model_json_schema(schema_generator=Schema)
    jsonschema.validate(SWEEP, rules)
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate({**SWEEP, **changes}, rules)


def test_the_schema_takes_options_of_a_solver_of_ones_own():
    rules = Sweep.model_json_schema(schema_generator=Schema)
    own = {"use": "methods/mine.py", "penalty": 0.1, "max_iter": 10}
    jsonschema.validate({**SWEEP, "solvers": [own]}, rules)


@pytest.mark.parametrize("name", ["sweep", "config"])
def test_the_schemas_of_the_repository_are_those_of_the_models(name, tmp_path):
    schema(tmp_path)
    file = f"{name}.schema.json"
    kept = (ROOT / "workflow" / "schemas" / file).read_text(encoding="utf-8")
    assert (tmp_path / file).read_text(encoding="utf-8") == kept, "run genphase schema"


@pytest.mark.parametrize(
    ("changes", "widths"),
    [
        ({"network": {"widths": ["n"]}}, (12,)),
        ({"network": {"widths": ["2*k", "max(k, 10)", "n"]}}, (4, 10, 12)),
        ({"network": {"widths": [7, "n"]}}, (7, 12)),
        ({"network": {"widths": {"depth": 3, "width": "n"}}}, (12, 12, 12)),
        ({"network": {"widths": {"depth": "k", "width": "n + 4*(i - d)"}}}, (8, 12)),
        (
            {"axes": ARCHITECTURE, "network": {"widths": "architecture"}, "figures": None},
            (10, 12),
        ),
    ],
)
def test_widths_are_a_list_a_rule_or_an_axis(changes, widths):
    assert first(**changes).network.widths == widths


@pytest.mark.parametrize(
    ("activation", "slope"), [("relu", 0), ({"leaky_relu": 0.1}, 0.1), ({"leaky_relu": "1/k"}, 0.5)]
)
def test_the_activation_is_relu_or_has_a_slope(activation, slope):
    network = {"widths": ["n", "n"], "activation": activation}
    assert first(network=network).network.slope == slope


@pytest.mark.parametrize(
    ("noise", "law", "level"),
    [
        (0, "sphere", 0),
        ("1e-3", "sphere", 1e-3),
        ("k/8", "sphere", 0.25),
        ({"sphere": 0.5}, "sphere", 0.5),
        ({"gaussian": "n/100"}, "gaussian", 0.12),
    ],
)
def test_noise_is_a_radius_or_a_law(noise, law, level):
    found = first(noise=noise).noise
    assert (found.law, found.level) == (law, level)


@pytest.mark.parametrize(
    ("start", "scale"), [("gaussian", 1), ({"gaussian": "1e-2"}, 0.01), ({"gaussian": "k"}, 2)]
)
def test_the_start_is_gaussian_of_a_scale(start, scale):
    assert first(start=start).start == scale


@pytest.mark.parametrize("batch", ["auto", "cell", {"seconds": 30}])
def test_batches_are_auto_or_cells_or_seconds(batch):
    make_sweep(batch=batch)


@pytest.mark.parametrize(
    ("measurements", "m", "rows"), [("bernoulli", "n/2", 6), ("identity", None, 12)]
)
def test_m_counts_measurements_or_is_n(measurements, m, rows):
    found = first(problem="compressed_sensing", measurements=measurements, m=m)
    assert (found.measurements, found.m) == (measurements, rows)


def test_a_figure_named_after_its_kind_needs_no_kind():
    figures = {
        "portrait": {"x": "k", "y": "n"},
        "curve": {"x": "k/n", "series": "solver"},
        "second": {"kind": "curve", "x": "k", "y": "iterations"},
    }
    found = make_sweep(figures=figures).figures
    assert [type(figure) for figure in found.values()] == [Portrait, Curve, Curve]
    assert found["curve"].series == ["solver"]


def test_only_the_grid_decides_the_trials():
    sweep = make_sweep()
    other = make_sweep(
        title="Another",
        reference="A paper",
        description="More",
        success={"error": "latent", "below": 0.1},
        figures={"curve": {"x": "n"}},
        transition={"along": "k"},
        trace={"trials": 2},
        batch="cell",
    )
    assert sweep.only_grid() == other.only_grid()
    for changes in ({"trials": 4}, {"noise": 1}, {"axes": {"k": [2], "n": [12, 20]}}):
        assert sweep.only_grid() != make_sweep(**changes).only_grid()


def test_keys_of_curves_and_traces_with_their_defaults():
    sweep = make_sweep(
        trace={},
        figures={
            "curve": {"x": "k", "y": "signal_mse", "panels": "n", "fit": "power", "per": "n*k"},
            "trace": {"series": "solver"},
            "plain": {"kind": "curve", "x": "k"},
        },
    )
    assert sweep.trace == Tracing(trials=1, points=400)
    curve, trace, plain = sweep.figures.values()
    assert isinstance(trace, Trace)
    assert (trace.y, trace.x_scale, trace.y_scale) == ("latent_error", "linear", "log")
    assert trace.series == ["solver"]
    assert (curve.panels, curve.fit, curve.per.text) == (["n"], "power", "n*k")
    assert (plain.y, plain.statistic, plain.over, plain.fit) == ("rate", "median", "all", None)
    assert plain.per({}) == 1
    assert expand(sweep, 0, "sweep.yaml")


def test_a_comparison_is_of_two_named_solvers_or_of_the_two_that_there_are():
    solvers = [{"name": "plugin", "step": 3}, {"name": "subgradient", "label": "b", "step": 1}]
    figure = {"x": "k", "y": "n", "overlays": [{"y": "9*k"}]}
    for given in ({}, {"solvers": ["b", "plugin"]}):
        sweep = make_sweep(solvers=solvers, figures={"comparison": figure | given})
        (found,) = sweep.figures.values()
        assert isinstance(found, Comparison)
        assert found.solvers == given.get("solvers", [])
        assert expand(sweep, 0, "sweep.yaml")


def test_an_overlay_of_panels_may_use_what_is_constant_in_each():
    figure = {"x": "k", "panels": "n", "overlays": [{"y": "k/n"}]}
    assert expand(make_sweep(figures={"curve": figure}), 0, "sweep.yaml")


def test_errors_may_be_divided_by_the_noise():
    figure = {"x": "k", "y": "signal_error", "per": "noise"}
    assert expand(make_sweep(noise="k/8", figures={"curve": figure}), 0, "sweep.yaml")


def test_a_sweep_survives_its_own_dump():
    sweep = make_sweep(
        where="k < n", noise={"gaussian": "k/8"}, figures={"portrait": {"x": "k", "y": "n"}}
    )
    dumped = json.loads(sweep.model_dump_json(exclude_unset=True))
    assert make_sweep(**dumped) == sweep


def test_every_mapping_of_the_schema_can_name_its_keys():
    found = {model.__name__ for model in MODELS_BY_KEY.values()}
    objects = {
        name
        for name, part in Sweep.model_json_schema(schema_generator=Schema)["$defs"].items()
        if part.get("type") == "object"
    }
    assert objects <= found


def test_the_axis_schema_knows_the_keys_of_a_range():
    assert set(SCHEMA["anyOf"][2]["properties"]) == set(_RANGE_KEYS)


@pytest.mark.parametrize(("name", "model"), [("sweep", Sweep), ("config", Config)])
def test_every_key_is_described_in_the_schema(name, model):
    found = model.model_json_schema(schema_generator=Schema)
    parts = [found, *found.get("$defs", {}).values()]
    for part in parts:
        for key, value in part.get("properties", {}).items():
            described = "description" in value or "$ref" in value or "const" in value
            assert described, f"{part['title']}.{key}"


def test_the_small_sweep_of_the_tests_is_written_as_users_write_it():
    assert yaml.safe_load(yaml.safe_dump(SWEEP)) == SWEEP


@pytest.mark.parametrize(
    ("changes", "axis"),
    [
        ({}, "n"),
        ({"transition": {"along": "k"}}, "k"),
        ({"figures": {"curve": {"x": "k"}, "portrait": {"x": "n", "y": "k"}}}, "k"),
        ({"figures": {"a": {"kind": "curve", "x": "k/n"}, "curve": {"x": "k"}}}, "k"),
        ({"figures": None}, None),
        ({"figures": {"curve": {"x": "k/n"}}}, None),
        ({"axes": {"k": [2, 3]}, "network": {"widths": [20]}, "figures": None}, "k"),
        ({"axes": ARCHITECTURE, "network": {"widths": "architecture"}, "figures": None}, "k"),
    ],
)
def test_the_crossing_is_looked_for_along_the_axis_that_a_figure_shows(changes, axis):
    assert transition_axis(make_sweep(**changes)) == axis


@pytest.mark.parametrize(
    ("changes", "axis"),
    [
        # The sweep has the axes k and n, and a portrait of n over k.
        ({}, "k"),
        ({"transition": {"along": "k"}}, "n"),
        ({"transition": {"levels": [0.1, 0.9]}}, "k"),
        ({"figures": {}, "transition": {"along": "n"}}, "k"),
        ({"transition": {"along": "n", "across": "k"}}, "k"),
        ({"axes": {"n": [10, 20]}, "k": 2, "figures": {}}, None),
    ],
)
def test_the_axis_across_the_transition(changes, axis):
    assert across_axis(make_sweep(**changes)) == axis
