"""Published numbers against those of trials, by the tables that results have."""

import math
from typing import ClassVar

import numpy as np
import pytest
import yaml
from published import check_made_up
from samples import SWEEP, make_sweep
from scipy.stats import fisher_exact, ttest_1samp

from genphase.errors import BadValue, SweepError
from genphase.statistics.fits import fit_line
from genphase.statistics.paired import holm
from genphase.sweep.read import load_sweep
from genphase.tables.check import OUR_ERROR, OUR_SPREAD

BASE = {
    "success": {"error": "signal", "below": 0.1},
    "problem": "compressed_sensing",
    "axes": {"k": [2, 4], "m": [10, 20]},
    "network": {"widths": [30, 20]},
    "solvers": [{"name": "subgradient", "step": 1, "max_iter": 9, "stop": {"gradient_norm": 1}}],
}
TWO = [*BASE["solvers"], {**BASE["solvers"][0], "step": 2, "label": "fast"}]


def checked(figure, rows, error, trials=10, **changes):
    """Return the check of a sweep whose trials have given errors at their places."""
    sweep = make_sweep(**{**BASE, "figures": {"figure": figure}, **changes})
    rows = [{name: str(value) for name, value in row.items()} for row in rows]
    return check_made_up(sweep, ["figure"], {"paper.csv": rows}, error, trials)


def curve(overlay=(), **options):
    paper = {"csv": "paper.csv", "x": "k", "y": "value", "label": "paper", **dict(overlay)}
    return {"kind": "curve", "x": "k", **options, "overlays": [paper]}


def half(trial, k, **_):
    """Recovered in all trials for k = 2, in every second one for k = 4."""
    return 0.01 if k == 2 or trial % 2 else 1.0


def spread(trial, k, **_):
    return k + trial / 10


class TestRates:
    ROWS: ClassVar = (
        {"k": 2, "m": 20, "runs": 30, "value": 1},
        {"k": 4, "m": 20, "runs": 30, "value": 0.5},
    )

    def test_right_numbers_agree(self):
        table = checked(curve(), self.ROWS, half)
        assert table["verdict"].tolist() == ["agrees", "agrees"]
        assert table["measured"].tolist() == [1, 0.5]
        assert table["trials"].tolist() == [10, 10]
        assert table["line"].tolist() == ["m = 20", "m = 20"]
        assert table["place"].tolist() == ["k = 2", "k = 4"]

    def test_a_wrong_number_is_found_by_fishers_test_and_holms_method(self):
        rows = [self.ROWS[0], {**self.ROWS[1], "value": 1}]
        table = checked(curve(), rows, half)
        p = [fisher_exact([[10, 0], [30, 0]])[1], fisher_exact([[5, 5], [30, 0]])[1]]
        assert table["p_value"].tolist() == pytest.approx(p)
        assert table["p_holm"].tolist() == pytest.approx(holm(p).tolist())
        assert table["verdict"].tolist() == ["agrees", "differs"]

    def test_without_runs_only_our_error_counts(self):
        rows = [{**row, "runs": ""} for row in self.ROWS]
        table = checked(curve(), rows, half)
        assert set(table["note"]) == {OUR_ERROR}
        assert table["runs"].isna().all()
        assert (table["verdict"] == "agrees").all()

    def test_trials_of_the_same_instances_count_once(self):
        # Two levels of noise meet the same instances, with the same outcomes.
        rows = [{"k": 4, "runs": 1000, "value": 0.9}]
        options = {"axes": {"k": [2, 4], "tau": [0.1, 0.2]}, "m": 20, "noise": "tau"}
        table = checked(curve(series="solver"), rows, half, **options)
        assert table["trials"].item() == 20
        assert table["instances"].item() == 10
        assert table["p_value"].item() == pytest.approx(fisher_exact([[5, 5], [900, 100]])[1])

    def test_a_rate_beyond_1_is_a_mistake(self):
        with pytest.raises(BadValue, match=r"rate 1\.5 is not within"):
            checked(curve(), [{**self.ROWS[0], "value": 1.5}], half)


class TestMeans:
    def table(self, statistic="mean", **row):
        rows = [{"k": 2, "m": 10, "value": 2.45, **row}]
        return checked(curve(y="signal_error", statistic=statistic), rows, spread)

    def test_an_exact_number(self):
        table = self.table(value=2.3)
        values = 2 + np.arange(10) / 10
        assert table["p_value"].item() == pytest.approx(ttest_1samp(values, 2.3).pvalue)
        assert table["measured"].item() == pytest.approx(2.45)
        assert table["measured_error"].item() == pytest.approx(values.std(ddof=1) / np.sqrt(10))
        assert table["note"].item() == OUR_ERROR

    def test_runs_and_errors(self):
        assert self.table(runs=10)["note"].item() == OUR_SPREAD
        assert self.table(runs=10)["p_value"].item() == pytest.approx(1)
        far, sure = self.table(runs=10, value=3), self.table(runs=1000, value=3)
        assert sure["p_value"].item() < far["p_value"].item() < 0.05
        given = self.table(se=1, value=3)
        assert given["published_error"].item() == 1
        assert given["verdict"].item() == "agrees"
        assert given["note"].item() == ""

    def test_medians(self):
        near, far = self.table("median", value=2.5, runs=20), self.table("median", value=5, runs=20)
        assert near["verdict"].item() == "agrees"
        assert far["verdict"].item() == "differs"
        assert far["measured"].item() == pytest.approx(2.45)

    def test_per_and_over(self):
        figure = curve(y="signal_error", statistic="mean", per="k", over="recovered")
        rows = [{"k": 4, "m": 10, "runs": 30, "value": 0.01 / 4}]
        table = checked(figure, rows, half)
        assert table["trials"].item() == 5
        assert table["measured"].item() == pytest.approx(0.01 / 4)
        assert table["quantity"].item() == "mean signal_error / k"

    def test_an_infinite_mean_differs(self):
        rows = [{"k": 2, "m": 10, "runs": 30, "value": 1}]
        figure = curve(y="signal_error", statistic="mean")
        table = checked(figure, rows, lambda trial, **_: math.inf if trial == 3 else 1.0)
        assert table["verdict"].item() == "differs"

    def test_one_trial_tells_nothing(self):
        rows = [{"k": 2, "m": 10, "runs": 30, "value": 1}]
        figure = curve(y="signal_error", statistic="mean")
        assert checked(figure, rows, spread, trials=1)["verdict"].item() == "not told"

    def test_a_mean_over_levels_of_noise_has_the_error_of_its_instances(self):
        figure = curve(y="signal_error", statistic="mean", series="solver")
        options = {"axes": {"k": [2, 4], "tau": [0.1, 0.2]}, "m": 20, "noise": "tau"}
        table = checked(figure, [{"k": 2, "value": 2.45}], spread, **options)
        alone = (np.arange(10) / 10).std(ddof=1) / np.sqrt(10)
        assert table["measured_error"].item() == pytest.approx(alone)
        with pytest.raises(BadValue, match="share instances"):
            checked({**figure, "statistic": "median"}, [{"k": 2, "value": 2}], spread, **options)


class TestPlaces:
    PORTRAIT: ClassVar = {"kind": "portrait", "x": "k", "y": "m"}
    AXES: ClassVar = {"k": [2, 4], "m": {"from": 2, "to": 20, "step": 2}}

    @staticmethod
    def jump(k, m, trial, **_):
        """Recovered from m = 3 k on, with one exception to each side."""
        return 0.01 if (m >= 3 * k) != (trial == 0 and abs(m - 3 * k) < 3) else 1.0

    def places(self, rows, low="low"):
        overlay = {"csv": "paper.csv", "x": "k", "y": "m", "label": "paper"}
        overlay |= {"low": "low", "high": "high"} if low else {}
        figure = {**self.PORTRAIT, "overlays": [overlay]}
        return checked(figure, rows, self.jump, axes=self.AXES)

    def test_ranges_in_a_portrait(self):
        rows = [{"k": 2, "m": 5, "low": 4, "high": 6}, {"k": 4, "m": 18, "low": 17, "high": 19}]
        table = self.places(rows)
        assert table["verdict"].tolist() == ["agrees", "differs"]
        assert table["place"].tolist() == ["k = 2", "k = 4"]
        assert table["measured"].tolist() == pytest.approx([5, 11], abs=1)
        low, high = table["measured_low"], table["measured_high"]
        assert ((low < table["measured"]) & (table["measured"] < high)).all()

    def test_a_number_without_a_range(self):
        table = self.places([{"k": 4, "m": 11}], low="")
        assert table["verdict"].item() == "agrees"
        assert table["note"].item() == OUR_ERROR

    def test_a_place_in_a_curve(self):
        overlay = {"csv": "paper.csv", "compare": "crossing", "x": "at", "y": 0.5}
        overlay |= {"low": "at - 1", "high": "at + 1", "label": "paper"}
        figure = {"kind": "curve", "x": "m", "series": "k", "overlays": [overlay]}
        rows = [{"k": 2, "at": 5}, {"k": 4, "at": 5}]
        table = checked(figure, rows, self.jump, axes=self.AXES, transition={"along": "m"})
        assert table["verdict"].tolist() == ["agrees", "differs"]
        assert table["line"].tolist() == ["k = 2", "k = 4"]
        assert table["published"].tolist() == [5, 5]
        with pytest.raises(BadValue, match=r"several lines \(k: 2, 4\)"):
            checked(figure, [{"at": 5}], self.jump, axes=self.AXES, transition={"along": "m"})
        with pytest.raises(BadValue, match="the sweep's transition is along k"):
            checked(figure, rows, self.jump, axes=self.AXES, transition={"along": "k"})
        figure["overlays"] = [{**overlay, "y": 0.9}]
        with pytest.raises(BadValue, match=r"a crossing of the rate 0.9 is published"):
            checked(figure, rows, self.jump, axes=self.AXES, transition={"along": "m"})


class TestExponents:
    OVERLAY: ClassVar = {"csv": "paper.csv", "compare": "exponent", "y": "value", "label": "paper"}
    OPTIONS: ClassVar = {"axes": {"k": [2, 4, 6, 8, 10]}, "m": 20}

    @staticmethod
    def power(k, trial, **_):
        return 0.01 * (k**1.5 if k > 2 else 0.01) * (1 + 0.01 * ((trial * k) % 7 - 3))

    def test_that_of_a_power_of_x(self):
        figure = {"kind": "curve", "x": "k", "y": "signal_error", "statistic": "mean"}
        figure["overlays"] = [{**self.OVERLAY, "x": "start"}]
        rows = [{"start": 4, "value": 1.5}, {"start": 4, "value": 1}]
        table = checked(figure, rows, self.power, **self.OPTIONS)
        assert table["verdict"].tolist() == ["agrees", "differs"]
        k = [4, 6, 8, 10]
        means = [np.mean([self.power(k, trial) for trial in range(10)]) for k in k]
        expected = fit_line(k, means, "power")
        assert table["measured"].iloc[0] == pytest.approx(expected.slope)
        assert table["measured_low"].iloc[0] == pytest.approx(expected.low)
        assert table["place"].iloc[0] == "from k = 4"

    def test_that_of_points_that_share_instances_has_the_error_of_these(self):
        # At three levels of noise the same instances, each with a power of its own.
        noises = (0.1, 0.2, 0.4)
        options = {"axes": {"tau": noises}, "k": 2, "m": 20, "noise": "tau"}
        figure = {"kind": "curve", "x": "tau", "y": "signal_error", "statistic": "mean"}
        figure["overlays"] = [self.OVERLAY]
        powers = 1 + np.linspace(-0.3, 0.3, 20)
        table = checked(
            figure, [{"value": 1}], lambda trial, tau, **_: tau ** powers[trial], 20, **options
        )
        half = (table["measured_high"] - table["measured_low"]).item() / 2
        # To first order the mean's exponent is the mean of the exponents.
        assert half == pytest.approx(2.093 * powers.std(ddof=1) / np.sqrt(20), rel=0.1)
        assert table["instances"].item() == 20

    def test_that_of_all_points(self):
        figure = {"kind": "curve", "x": "k", "y": "signal_error", "overlays": [self.OVERLAY]}
        table = checked(figure, [{"value": 1.5}], self.power, **self.OPTIONS)
        assert table["measured"].item() > 2
        assert table["trials"].item() == 50


class TestWhatRowsAreAbout:
    def test_the_solver_has_to_be_said_where_there_are_two(self):
        rows = [{"k": 2, "m": 20, "runs": 30, "value": 1}]
        with pytest.raises(BadValue, match=r"solver: subgradient, fast") as caught:
            checked(curve(), rows, half, solvers=TWO)
        assert "a column solver" in caught.value.remedy
        table = checked(curve(), [{**rows[0], "solver": "fast"}], half, solvers=TWO)
        assert table["line"].item() == "fast, m = 20"

    def test_rows_of_other_places_are_told_apart(self):
        rows = [{"k": 2, "m": 20, "value": 1}, {"k": 3, "m": 20, "value": 1}]
        rows.append({"k": 2, "m": 20, "value": 1, "widths": "[9,9]"})
        rows = [{"widths": "[30, 20]", **row} for row in rows]
        table = checked(curve(), rows, half)
        assert table["verdict"].tolist() == ["agrees", "no trials", "no trials"]
        assert table["p_holm"].isna().tolist() == [False, True, True]

    def test_an_overlay_about_nothing_is_a_mistake(self):
        rows = [{"k": 2, "m": 20, "value": 1, "solver": "subgradent"}]
        with pytest.raises(BadValue, match="no row of 'paper' is about any trial"):
            checked(curve(), rows, half)

    def test_numbers_that_are_only_shown(self):
        figure = curve({"compare": "nothing"})
        assert checked(figure, [{"k": 9, "value": 1}], half).empty

    def test_symbols_say_it_too(self):
        rows = [{"k": 2, "m": 20, "value": 1, "n": 20, "d": 2, "n1": 30}]
        assert checked(curve(), rows, half)["verdict"].item() == "agrees"


@pytest.mark.parametrize(
    ("figure", "overlay", "key", "text"),
    [
        ("portrait", {"compare": "value"}, "compare", "a portrait shows where rates cross"),
        ("curve", {"compare": "exponent"}, "compare", "a rate is no power of x"),
        ("errors", {"compare": "crossing"}, "compare", "this figure shows signal_error"),
        ("curve", {"compare": "all"}, "compare", "'all'"),
        ("curve", {"x": None}, "", "has no x"),
        ("curve", {"csv": "runs.csv"}, "csv", "runs: 2.5 is no number of runs (row 1"),
        ("curve", {"csv": "se.csv"}, "csv", "se: -1 is no standard error (row 1"),
    ],
)
def test_mistakes_in_a_sweep_are_told_before_anything_runs(tmp_path, figure, overlay, key, text):
    (tmp_path / "a.csv").write_text("k,rate\n2,1\n")
    (tmp_path / "runs.csv").write_text("k,rate,runs\n2,1,2.5\n")
    (tmp_path / "se.csv").write_text("k,rate,se\n2,1,-1\n")
    entry = {"csv": "a.csv", "x": "k", "y": "rate", "label": "a", **overlay}
    entry = {name: value for name, value in entry.items() if value is not None}
    figures = {
        "portrait": {"x": "k", "y": "n"},
        "curve": {"x": "k"},
        "errors": {"kind": "curve", "x": "k", "y": "signal_error"},
    }
    content = {**SWEEP, "figures": {figure: {**figures[figure], "overlays": [entry]}}}
    (tmp_path / "sweep.yaml").write_text(yaml.safe_dump(content))
    with pytest.raises(SweepError) as caught:
        load_sweep("sweep", tmp_path)
    (mistake,) = caught.value.mistakes
    assert mistake.key.endswith(key)
    assert text in mistake.text
