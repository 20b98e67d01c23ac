import math

import numpy as np
import pandas as pd
import pytest
from cells import make_trials
from statsmodels.stats.proportion import proportion_confint
from statsmodels.stats.weightstats import DescrStatsW

from genphase.sweep.figures import Curve
from genphase.sweep.success import Success
from genphase.tables.cells import grid_columns
from genphase.tables.curve import curve_points, series_names
from genphase.tables.files import read_table, write

SUCCESS = Success(error="signal", below=0.1)
GRID = {"k": [2, 3], "m": [10, 20], "tau": [0.1, 0.2]}


def points_of(trials, axes=tuple(GRID), success=SUCCESS, **spec):
    spec = Curve.model_validate({"x": "tau", **spec})
    return curve_points(trials, axes, spec, success)


def random_trials(seed=0, grid=GRID, **options):
    rng = np.random.default_rng(seed)
    return make_trials(grid, lambda **_: float(rng.lognormal(-2, 1)), trials=9, **options)


def at(trials, **values):
    here = pd.Series(True, index=trials.index)
    for name, value in values.items():
        here &= trials[name] == value
    return trials[here]


def test_a_row_per_point_with_its_series_and_counts():
    trials = random_trials(solvers=("a", "b"))
    trials.loc[0:2, "status"] = "capped"
    trials.loc[3, "status"] = "diverged"
    points = points_of(trials, series=["k", "solver"], panels=["m"], y="signal_error")
    assert list(points) == [
        *(
            "m",
            "k",
            "solver",
            "x",
            "y",
            "low",
            "high",
            "cells",
            "instances",
            "trials",
            "recovered",
            "used",
        ),
        *("capped", "diverged"),
    ]
    assert series_names(points) == ["m", "k", "solver"]
    assert len(points) == 16
    # In the order of the grid, then of x.
    assert points[["m", "k", "solver", "x"]].to_numpy().tolist()[:4] == [
        [10, 2, "a", 0.1],
        [10, 2, "a", 0.2],
        [10, 2, "b", 0.1],
        [10, 2, "b", 0.2],
    ]
    for _, point in points.iterrows():
        here = at(trials, m=point["m"], k=point["k"], solver=point["solver"], tau=point["x"])
        good = (here["signal_error"] < 0.1) & (here["status"] == "converged")
        assert point["y"] == pytest.approx(np.median(here["signal_error"]))
        assert (point["cells"], point["trials"], point["used"]) == (1, 9, 9)
        assert point["recovered"] == good.sum()
        assert point["capped"] == (here["status"] == "capped").sum()
        assert point["diverged"] == (here["status"] == "diverged").sum()


def test_the_rate_has_wilsons_interval():
    trials = random_trials()
    for _, point in points_of(trials).iterrows():
        here = at(trials, k=point["k"], m=point["m"], tau=point["x"])
        count = int((here["signal_error"] < 0.1).sum())
        low, high = proportion_confint(count, 9, method="wilson")
        assert (point["y"], point["low"], point["high"]) == pytest.approx((count / 9, low, high))


def test_a_mean_has_students_interval():
    trials = random_trials()
    for _, point in points_of(trials, y="latent_error", statistic="mean").iterrows():
        here = at(trials, k=point["k"], m=point["m"], tau=point["x"])["latent_error"]
        low, high = DescrStatsW(here).tconfint_mean(0.05)
        assert (point["y"], point["low"], point["high"]) == pytest.approx((here.mean(), low, high))


@pytest.mark.parametrize(("name", "norm"), [("signal", 3.0), ("latent", 2.0)])
def test_squared_errors_are_absolute(name, norm):
    trials = random_trials()
    points = points_of(trials, y=f"{name}_mse", statistic="mean")
    here = at(trials, k=3, m=20, tau=0.2)
    (point,) = at(points, k=3, m=20, x=0.2).to_dict("records")
    assert point["y"] == pytest.approx(np.mean((here[f"{name}_error"] * norm) ** 2))


def test_over_recovered_trials_only():
    trials = random_trials()
    points = points_of(trials, y="signal_error", over="recovered", statistic="mean")
    for _, point in points.iterrows():
        here = at(trials, k=point["k"], m=point["m"], tau=point["x"])["signal_error"]
        good = here[here < 0.1]
        assert point["used"] == point["recovered"] == len(good)
        assert point["trials"] == 9
        assert point["y"] == pytest.approx(good.mean())


def test_a_point_without_a_recovered_trial_has_no_value():
    trials = make_trials({"tau": [1.0, 2.0]}, lambda tau, **_: 0.01 if tau == 1 else 5.0)
    points = points_of(trials, ["tau"], y="signal_error", over="recovered")
    assert points["used"].tolist() == [5, 0]
    assert points["y"][0] == 0.01
    assert points[["y", "low", "high"]].iloc[1].isna().all()


@pytest.mark.parametrize("statistic", ["median", "mean"])
def test_infinite_and_nan_errors_are_infinite(statistic):
    trials = make_trials({"tau": [1.0]}, lambda trial, **_: [1.0, math.nan, math.inf][trial % 3])
    points = points_of(trials, ["tau"], y="signal_error", statistic=statistic)
    assert points["y"].tolist() == [math.inf]
    trials = make_trials({"tau": [1.0]}, lambda trial, **_: math.nan if trial else 7.0)
    assert points_of(trials, ["tau"], y="signal_mse", statistic=statistic)["y"][0] == math.inf


def test_one_trial_has_a_mean_without_an_interval():
    trials = make_trials({"tau": [1.0]}, lambda **_: 3.0, trials=1)
    (point,) = points_of(trials, ["tau"], y="signal_error", statistic="mean").to_dict("records")
    assert point["y"] == 3
    assert math.isnan(point["low"])
    assert math.isnan(point["high"])


def test_errors_may_be_divided_by_an_expression_cell_by_cell():
    trials = random_trials()
    plain = points_of(trials, y="signal_error")
    scaled = points_of(trials, y="signal_error", per="tau*sqrt(k/m)")
    divisor = plain["x"] * np.sqrt(plain["k"] / plain["m"])
    for column in ("y", "low", "high"):
        np.testing.assert_allclose(scaled[column], plain[column] / divisor)
    # Pooled cells, too: an error of k at every k is 1 per k.
    trials = make_trials(GRID, lambda k, **_: float(k))
    points = points_of(trials, y="signal_error", per="k", series="m")
    assert (points["y"] == 1).all()
    assert (points["cells"] == 2).all()


def test_cells_whose_x_differs_by_rounding_are_one_point():
    # 0.1 + 0.2 is not 0.3.
    grid = {"a": [0.1, 0.2], "b": [0.1, 0.2]}
    trials = make_trials(grid, lambda a, b, **_: a + 2 * b)
    points = points_of(trials, ["a", "b"], x="a + b + 0.0", y="signal_error")
    assert points["x"].tolist() == [0.2, 0.3, 0.4]
    assert points["cells"].tolist() == [1, 2, 1]
    assert points["y"][1] == pytest.approx((0.4 + 0.5) / 2)


def test_every_trial_is_in_one_point():
    trials = random_trials(solvers=("a", "b"))
    for spec in ({}, {"series": ["solver"]}, {"panels": ["k"]}, {"x": "k/m", "series": ["tau"]}):
        assert points_of(trials, **spec)["trials"].sum() == len(trials)


def test_the_default_series_are_what_varies_and_is_no_x_and_no_panel():
    trials = random_trials(grid={**GRID, "noise": [0.5]})
    axes = (*GRID, "noise")
    assert series_names(points_of(trials, axes)) == ["k", "m"]
    assert series_names(points_of(trials, axes, x="tau/k")) == ["m"]
    assert series_names(points_of(trials, axes, panels="m")) == ["m", "k"]
    assert series_names(points_of(random_trials(solvers=("a", "b")), panels="m"))[1:] == [
        "k",
        "solver",
    ]


def test_every_series_of_every_panel_has_its_fit():
    grid = {"tau": [1.0, 2.0, 4.0], "k": [2, 3], "m": [10, 20]}
    trials = make_trials(grid, lambda tau, k, m, **_: m * tau**k)
    points = points_of(trials, tuple(grid), y="signal_error", fit="power", panels="m")
    assert list(points.columns[-5:]) == [
        *("fit_slope", "fit_low", "fit_high", "fit_intercept", "fit_r2")
    ]
    np.testing.assert_allclose(points["fit_slope"], points["k"])
    np.testing.assert_allclose(np.exp(points["fit_intercept"]), points["m"])


def test_the_table_is_read_as_it_was_written(tmp_path):
    points = points_of(random_trials(), y="signal_error", fit="linear", statistic="mean")
    write(points, tmp_path / "curve.csv")
    pd.testing.assert_frame_equal(read_table(tmp_path / "curve.csv"), points)


def test_the_grid_is_what_stands_before_the_trial():
    assert grid_columns(random_trials())[-1] == "tau"
    assert grid_columns(random_trials())[:2] == ["cell", "solver"]


def test_pooled_trials_of_shared_instances_have_the_interval_of_the_instances():
    """Levels of noise share instances, and a rate over them is known no better than of one."""
    grid = {"k": [5], "m": [100], "tau": [0.1, 0.2, 0.3]}
    trials = make_trials(grid, lambda trial, **_: 0.0 if trial % 2 else 1.0, trials=20)
    (point,) = curve_points(
        trials, list(grid), Curve(x="m/k", y="rate", series=["solver"]), SUCCESS
    ).to_dict("records")
    assert (point["cells"], point["instances"], point["trials"]) == (3, 20, 60)
    alone = proportion_confint(10, 20, method="wilson")
    assert [point["low"], point["high"]] == pytest.approx(list(alone), abs=1e-9)


def test_a_band_of_one_standard_deviation():
    trials = make_trials({"k": [5], "m": [100]}, lambda trial, **_: float(trial), trials=5)
    spec = Curve(x="m", y="signal_error", statistic="mean", band="deviation")
    (point,) = curve_points(trials, ["k", "m"], spec, SUCCESS).to_dict("records")
    errors = trials["signal_error"].to_numpy()
    assert point["y"] == pytest.approx(errors.mean())
    spread = np.sqrt(np.sum((errors - errors.mean()) ** 2) / 4)
    assert [point["low"], point["high"]] == pytest.approx(
        errors.mean() + spread * np.array([-1, 1])
    )
