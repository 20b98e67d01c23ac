"""Several master seeds in one sweep: taken together, or compared."""

import pandas as pd
import pytest
from built import build
from samples import make_sweep
from test_results import SOLVERS

import genphase
from genphase.errors import SweepError
from genphase.tables.comparison import pair_trials
from genphase.tables.curve import curve_points

FIGURES = {
    "portrait": {"x": "k", "y": "n"},
    "duel": {"kind": "comparison", "x": "k", "y": "n"},
    "rates": {"kind": "curve", "x": "n", "y": "rate", "series": "solver"},
    "budget": {"kind": "profile", "x": "solve_seconds", "series": "solver"},
}
SWEEP = {"solvers": SOLVERS, "figures": FIGURES}
AXES = {"k": [2, 3], "n": [12, 20]}


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return tmp_path_factory.mktemp("results")


@pytest.fixture(scope="module")
def together(folder):
    return genphase.load(build(folder / "together", **SWEEP, seeds=[1, 7]))


@pytest.fixture(scope="module")
def apart(folder):
    return [genphase.load(build(folder / f"seed{s}", seed=s, **SWEEP)) for s in (1, 7)]


@pytest.fixture(scope="module")
def compared(folder):
    return genphase.load(build(folder / "compared", **SWEEP, axes={**AXES, "seed": [1, 7]}))


def test_the_trials_are_those_of_runs_with_each_seed(together, apart):
    """Byte for byte, so that the store has them once."""
    trials = together.trials
    for seed, results in zip((1, 7), apart, strict=True):
        own = trials[trials["seed"] == seed].drop(columns="seed").reset_index(drop=True)
        # In the order of its own grid.
        own = own.set_index(["cell", "trial"]).loc[
            pd.MultiIndex.from_frame(results.trials[["cell", "trial"]])
        ]
        pd.testing.assert_frame_equal(own.reset_index()[results.trials.columns], results.trials)
    assert list(trials.columns).index("seed") == list(trials.columns).index("trial") + 1


def test_rates_are_of_all_seeds(together, apart):
    cells, (first, second) = together.cells, (results.cells for results in apart)
    assert "seed" not in cells
    assert (cells["trials"] == 6).all()
    assert (cells["recovered"] == first["recovered"] + second["recovered"]).all()
    assert 0 < cells["recovered"].sum() < cells["trials"].sum()
    ids = zip(first["cell"], second["cell"], strict=True)
    assert list(cells["cell"]) == [f"{a} {b}" for a, b in ids]
    assert together.axes == {"k": [2, 3], "n": [12, 20]}


def test_a_profile_of_time_is_of_all_seeds(together, apart):
    # Each seed has cells of its own, by which its times are found.
    own = [results.numbers("budget").groupby("solver").last() for results in apart]
    both = together.numbers("budget").groupby("solver").last()
    assert (both["trials"] == 24).all()
    assert (both["recovered"] == own[0]["recovered"] + own[1]["recovered"]).all()
    assert both["x"].max() == together.timings["solve_seconds"].max()


def test_solvers_are_paired_within_a_seed(together, apart):
    labels = ["plugin", "gradient_descent"]
    success = together.success
    pairs = pair_trials(together.trials, labels, success)
    parts = pd.concat(
        pair_trials(results.trials, labels, success).assign(seed=seed)
        for seed, results in zip((1, 7), apart, strict=True)
    )
    order = ["k", "n", "trial", "seed"]
    pd.testing.assert_frame_equal(
        pairs.sort_values(order, ignore_index=True),
        parts.sort_values(order, ignore_index=True)[pairs.columns],
    )


def test_a_curve_counts_the_instances_of_each_seed(together):
    spec = make_sweep(**SWEEP).figures["rates"]
    points = curve_points(together.trials, ["k", "n"], spec, together.success)
    assert (points["trials"] == 12).all()
    assert (points["instances"] == 12).all()
    assert (points["cells"] == 2).all()


def test_figures_of_all_seeds_have_no_panel_for_each(together, compared):
    def panels(results):
        areas = results.figure("portrait").axes
        return [area for area in areas if area.get_title()]

    assert len(panels(together)) == 2
    assert sum(area.get_title().endswith("seed = 7") for area in panels(compared)) == 2
    assert len(panels(compared)) == 4


def test_an_axis_of_seeds_compares_them(compared, apart):
    assert compared.axes["seed"] == [1, 7]
    rates = compared.portrait(solver="plugin", seed=7)
    pd.testing.assert_frame_equal(rates, apart[1].portrait(solver="plugin"))
    assert set(compared.cells["cell"]) == {c for results in apart for c in results.cells["cell"]}


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"seeds": [1, 1]}, "a seed is given twice"),
        ({"seeds": [-1]}, "seeds"),
        ({"seeds": [0.5]}, "seeds"),
        ({"seeds": 3}, "seeds"),
        ({"seeds": [0, 1], "axes": {**AXES, "seed": [2, 3]}}, "there is an axis seed, too"),
        ({"axes": {**AXES, "seed": [0.5, 1]}}, "a seed is a whole number from 0 on"),
        ({"axes": {**AXES, "seed": [-1, 1]}}, "a seed is a whole number from 0 on"),
        ({"figures": {"portrait": {"x": "seed", "y": "n"}}, "seeds": [0, 1]}, "seed"),
        (
            {
                "figures": {"rates": {"x": "n", "y": "rate", "kind": "curve", "series": "seed"}},
                "seeds": [0, 1],
            },
            "seed",
        ),
    ],
)
def test_mistakes_name_the_key(changes, message):
    with pytest.raises(SweepError) as caught:
        make_sweep(**changes)
    assert message in str(caught.value)
    assert "remedy: " in str(caught.value)
