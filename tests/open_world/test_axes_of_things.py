"""Axes of activations and of solvers; those of laws and files have their tests beside these."""

import pytest
import yaml
from small import EXAMPLES, SMALL, cells

from genphase.cells.grid import numerics_of_sweep
from genphase.cells.trial import run_trial
from genphase.errors import SweepError
from genphase.sweep.models import Sweep
from genphase.sweep.read import parse_sweep

METHODS = ["methods/heavy_ball.py", "subgradient"]
AXIS = {"k": [3], "m": [40], "algorithm": METHODS}
ENTRY = {"use": "algorithm", "step": 0.3, "max_iter": 3000, "stop": {"relative_change": 1e-10}}


def test_an_axis_of_activations_is_each_of_them():
    axes = {"k": [3], "m": [40], "sigma": ["relu", "leaky_relu:0.2"]}
    found = cells(network={"widths": [60, 50], "activation": "sigma"}, axes=axes)
    plain = cells()
    leaky = cells(network={"widths": [60, 50], "activation": {"leaky_relu": 0.2}})
    assert [cell.parameters for cell in found] == [plain[0].parameters, leaky[0].parameters]
    (named,) = cells(network={"widths": [60, 50], "activation": "leaky_relu:0.2"})
    assert named.id == leaky[0].id


def test_an_axis_of_solvers_is_each_of_them():
    found = cells(axes=AXIS, solvers=[ENTRY])
    same = cells(solvers=[ENTRY | {"use": METHODS[0]}])
    same += cells(solvers=[{**ENTRY, "name": "subgradient", "use": ""}])
    assert [cell.id for cell in found] == [cell.id for cell in same]
    assert {cell.solver for cell in found} == {"algorithm"}
    records = [run_trial(cell.parameters, 0).record for cell in found]
    assert records[0].latent_error < 1e-4
    assert records[0].signal_norm == records[1].signal_norm


def test_it_is_a_sweep_like_others():
    content = {**SMALL, "axes": AXIS, "solvers": [ENTRY, {"name": "levenberg_marquardt"}]}
    sweep = parse_sweep(yaml.safe_dump(content), "sweep.yaml")
    for part in (sweep, sweep.only_grid(), sweep.only_places()):
        assert Sweep.model_validate(part.model_dump(mode="json")) == part
    assert list(numerics_of_sweep(sweep)) == ["algorithm", "levenberg_marquardt"]


@pytest.mark.parametrize(
    ("changes", "key", "text"),
    [
        ({"network": {"widths": [9], "activation": "rely"}}, "network.activation", "'rely'"),
        ({"network": {"widths": [9], "activation": "leaky_relu:2"}}, "network.activation", "slope"),
        ({"network": {"widths": [9], "activation": "leaky_relu:x"}}, "network.activation", "'x'"),
        (
            {
                "network": {"widths": [9], "activation": "s"},
                "axes": {"m": [9], "s": ["relu", "tan"]},
            },
            "axes.s[1]", "'tan'",
        ),
        ({"solvers": [ENTRY | {"use": "methods"}], "axes": AXIS}, "solvers[0].use", "'methods'"),
        (
            {"solvers": [ENTRY], "axes": AXIS | {"algorithm": ["alternating"]}},
            "axes.algorithm[0]", "fit",
        ),
        (
            {"solvers": [ENTRY], "axes": AXIS | {"algorithm": ["nobody"]}},
            "axes.algorithm[0]", "'nobody'",
        ),
        (
            {"solvers": [ENTRY | {"momentum": 0.5}], "axes": AXIS},
            "axes.algorithm[1]", "has no such option",
        ),
        (
            {"solvers": [ENTRY], "axes": AXIS | {"algorithm": ["methods/none.py"]}},
            "axes.algorithm[0]", "there is no file",
        ),
    ],
)  # fmt: skip
def test_mistakes_in_them_are_told(changes, key, text):
    with pytest.raises(SweepError) as caught:
        cells(EXAMPLES, **{"k": 3, **changes} if "k" not in changes.get("axes", "k") else changes)
    assert any(mistake.key == key and text in mistake.text for mistake in caught.value.mistakes), (
        str(caught.value)
    )
