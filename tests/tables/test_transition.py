import math

import numpy as np
import pandas as pd
import pytest
from cells import make_cells
from scipy.special import expit, logit
from scipy.stats import norm

from genphase.language.expressions import Expression
from genphase.statistics.coordinates import Coordinate
from genphase.statistics.crossings import crossing
from genphase.tables.transition import transitions

SIZES, PLACES = [2, 4, 8, 16], [4, 8, 16, 24, 32, 48, 64, 96, 128, 192]


def cells(rate=lambda k, n: expit(3 * np.log(n / (4 * k))), sizes=SIZES, trials=40, **axes):
    return make_cells(
        {"k": sizes, "n": PLACES, **axes}, lambda k, n, **_: float(rate(k, n)), trials=trials
    )


def table(rows, across="k", **options):
    return transitions(rows, ["k", "n"], "n", across, **options)


class TestLevels:
    def test_a_row_for_each_line_and_level(self):
        found = table(cells(), levels=[0.1, 0.5, 0.9], coordinate="log(n)")
        assert found["k"].tolist() == [k for k in SIZES for _ in range(3)]
        assert found["crossing_level"].tolist() == [0.1, 0.5, 0.9] * 4
        expected = [4 * k * math.exp(logit(p) / 3) for k in SIZES for p in (0.1, 0.5, 0.9)]
        inside = found["position"] == "inside"
        assert inside.sum() >= 11
        np.testing.assert_allclose(found["crossing"][inside], np.array(expected)[inside], rtol=0.06)
        on = found["portrait_position"] == "inside"
        np.testing.assert_allclose(
            found["portrait_crossing"][on], np.array(expected)[on], rtol=0.06
        )

    def test_the_width_lies_between_the_crossings_of_10_and_90_percent(self):
        found = table(cells(), levels=[0.1, 0.9], coordinate="log(n)")
        ends = found.pivot(index="k", columns="crossing_level", values="crossing")
        width = found.groupby("k")["transition_width"].first()
        inside = ends.notna().all(axis=1)
        assert inside.sum() >= 3
        np.testing.assert_allclose(width[inside], (ends[0.9] - ends[0.1])[inside], rtol=1e-6)
        assert (found["transition_width_low"] < found["transition_width"]).all()
        assert (found["transition_width"] < found["transition_width_high"]).all()


class TestCoordinate:
    def test_a_logarithm_is_the_regression_of_the_logarithm(self):
        rows = cells()
        found = table(rows, coordinate="log(n/k)")
        for (_, line), row in zip(rows.groupby("k"), found.to_dict("records"), strict=True):
            logs = np.log(line["n"] / line["k"])
            by_hand = crossing(logs, line["recovered"], line["trials"], 1)
            assert row["crossing"] == pytest.approx(row["k"] * math.exp(by_hand.value))
            assert row["crossing_low"] == pytest.approx(row["k"] * math.exp(by_hand.low))
            assert row["crossing_high"] == pytest.approx(row["k"] * math.exp(by_hand.high))

    def test_symbols_that_follow_the_axis_count_as_they_are(self):
        # k = 2 round(n/4): a rounded size has its own place.
        rows = cells(sizes=[3]).rename(columns={"k": "q"}).assign(m=30)
        rows["k"] = 2 * (rows["n"] / 4 + 0.1).round()
        (row,) = transitions(rows, ["q", "n"], "n", None, coordinate="k/m").to_dict("records")
        by_hand = crossing(rows["k"] / 30, rows["recovered"], rows["trials"], 1)
        assert np.interp(row["crossing"], rows["n"], rows["k"] / 30) == pytest.approx(by_hand.value)

    def test_between_and_beyond_grid_points_they_are_straight(self):
        x = np.array([1.0, 2, 4])
        found = Coordinate(Expression("k/m"), "n", {}, x, {"k": 3 * x + 1, "m": np.full(3, 10.0)})
        assert found.at(np.array([0.5, 1, 3, 8])) == pytest.approx([0.25, 0.4, 1.0, 2.5])
        assert found.back(1.0) == pytest.approx(3)

    def test_a_multiple_of_the_axis_changes_no_line(self):
        plain, scaled = table(cells()), table(cells(), coordinate="n/k")
        for name in (
            "crossing",
            "crossing_low",
            "crossing_high",
            "transition_width",
            "transition_width_high",
        ):
            np.testing.assert_allclose(scaled[name], plain[name], rtol=1e-6)
        assert (scaled["position"] == plain["position"]).all()

    def test_one_that_falls_is_the_same_as_its_negative(self):
        falling, rising = table(cells(), coordinate="k/n"), table(cells(), coordinate="-k/n")
        for name in (
            "crossing",
            "crossing_low",
            "transition_width",
            "portrait_low",
            "portrait_high",
        ):
            np.testing.assert_allclose(falling[name], rising[name])

    @pytest.mark.parametrize("text", ["log(n/k)", "n/k", "k/n", "sqrt(n)", "-n**3"])
    @pytest.mark.parametrize("n", [1.5, 7.0, 20.0, 500.0])
    def test_there_and_back(self, text, n):
        coordinate = Coordinate(Expression(text), "n", {"k": 3}, np.array([5.0, 10, 40]))
        (t,) = coordinate.at(np.array([n]))
        assert coordinate.back(float(t)) == pytest.approx(n, rel=1e-9)
        assert coordinate.back(math.inf) == math.inf
        assert coordinate.back(-math.inf) == -math.inf

    def test_what_no_place_has_is_infinite(self):
        coordinate = Coordinate(Expression("k/n"), "n", {"k": 3}, np.array([5.0, 10, 40]))
        # Its sign is changed; above 0 there is no place.
        assert coordinate.back(0.5) == math.inf


class TestPortraitColumns:
    def test_the_band_is_narrower_than_the_intervals_of_the_lines(self):
        rng = np.random.default_rng(0)
        rows = cells(sizes=[2, 3, 4, 6, 8, 12, 16], trials=20)
        rows["recovered"] = rng.binomial(20, rows["rate"])
        found = table(rows, coordinate="log(n/k)")
        alone = np.log(found["crossing_high"] / found["crossing_low"])
        together = np.log(found["portrait_high"] / found["portrait_low"])
        assert together.mean() < 0.9 * alone.mean()
        truth = 4 * found["k"]
        held = (found["portrait_low"] <= truth) & (truth <= found["portrait_high"])
        # Of seven 95 % bands on one portrait, dependent ones, two at most may miss.
        assert (~held).sum() <= 2
        assert found["portrait_lack_of_fit"].nunique() == 1
        assert (found["width_exponent_low"] <= 0).all()
        assert (found["width_exponent_high"] >= 0).all()

    def test_a_falling_rate_is_the_mirror_of_a_rising_one(self):
        rising = cells(lambda k, n: expit(0.1 * (n - 5 * k)))
        falling = rising.assign(recovered=rising["trials"] - rising["recovered"])
        one, other = table(rising), table(falling)
        for name in (
            "crossing",
            "transition_width",
            "portrait_crossing",
            "portrait_low",
            "portrait_high",
        ):
            np.testing.assert_allclose(other[name], one[name], rtol=1e-4)
        np.testing.assert_allclose(other["width_exponent"], one["width_exponent"], atol=1e-3)

    def test_panels_do_not_know_of_each_other(self):
        both = make_cells(
            {"k": SIZES, "noise": [0.1, 0.2], "n": PLACES},
            lambda k, n, noise, **_: float(expit(3 * np.log(noise * n / (0.4 * k)))),
        )
        axes = ["k", "noise", "n"]
        found = transitions(both, axes, "n", "k")
        for noise in (0.1, 0.2):
            alone = transitions(both[both["noise"] == noise], axes, "n", "k")
            here = found[found["noise"] == noise].reset_index(drop=True)
            pd.testing.assert_frame_equal(here, alone)

    def test_a_thinned_grid_keeps_the_direction_of_its_lines(self):
        # Where n follows k, the larger n are those of the larger k, which recover less.
        axes = {"k": [2, 20], "n": [10, 15, 20, 25, 30, 100, 120, 140, 160]}
        counts = {10: 0, 15: 1, 20: 10, 25: 19, 30: 20}
        rows = make_cells(axes, trials=20)
        rows = rows[(5 * rows["k"] <= rows["n"]) & (rows["n"] <= 15 * rows["k"])].copy()
        rows["recovered"] = [
            counts[n] if k == 2 else 0 for k, n in zip(rows["k"], rows["n"], strict=True)
        ]
        rows["rate"] = rows["recovered"] / rows["trials"]
        for across in ("k", None):
            low, high = transitions(rows, ["k", "n"], "n", across).to_dict("records")
            assert low["position"] == "inside"
            assert low["crossing"] == pytest.approx(20, abs=0.5)
            assert 15 < low["crossing_low"] < low["crossing_high"] < 25
            assert (high["position"], high["crossing_high"]) == ("above", math.inf)
            assert 100 < high["crossing_low"] <= 160
        fallen = rows.assign(recovered=rows["trials"] - rows["recovered"])
        low, high = transitions(fallen, ["k", "n"], "n", "k").to_dict("records")
        assert low["crossing"] == pytest.approx(20, abs=0.5)
        assert high["position"] == "above"

    def test_panels_may_turn_in_opposite_directions(self):
        both = make_cells(
            {"law": [1, 2], "k": SIZES, "n": PLACES},
            lambda law, k, n, **_: float(expit((3 - 2 * law) * 3 * np.log(n / (4 * k)))),
        )
        found = transitions(both, ["law", "k", "n"], "n", "k", coordinate="log(n/k)")
        assert (found["position"] == "inside").all()
        np.testing.assert_allclose(found["crossing"], 4 * found["k"], rtol=0.1)
        np.testing.assert_allclose(found["portrait_crossing"], 4 * found["k"], rtol=0.1)

    def test_a_panel_without_changes_takes_the_direction_of_the_others(self):
        still = make_cells(
            {"law": [1, 2], "k": SIZES, "n": PLACES},
            lambda law, k, n, **_: float(expit(3 * np.log(n / (4 * k)))) if law == 1 else 0.0,
        )
        found = transitions(still, ["law", "k", "n"], "n", "k")
        assert set(found.loc[found["law"] == 2, "position"]) == {"above"}

    def test_without_another_axis_or_without_changes_there_is_no_curve(self):
        lone = table(cells(), across=None)
        still = table(cells(lambda k, n: 0.0))
        for found in (lone, still):
            assert set(found["portrait_position"]) == {"none"}
            assert found["portrait_crossing"].isna().all()
            assert np.isinf(found["portrait_low"]).all()

    def test_a_crossing_beyond_the_grid_is_said_to_be_there(self):
        found = table(cells(sizes=[2, 4, 8, 16, 64, 128]), coordinate="log(n/k)")
        assert found["portrait_position"].tolist()[-1] == "above"
        assert math.isnan(found["portrait_crossing"].iloc[-1])
        assert found["portrait_low"].iloc[-1] > 128

    def test_dropped_points_and_cells_of_other_sizes(self):
        rows = cells()
        kept = rows[(rows["n"] > rows["k"]) & (rows["n"] < 20 * rows["k"])].copy()
        kept.loc[kept["k"] == 8, ["trials", "recovered"]] *= 3
        found = table(kept, coordinate="log(n/k)")
        on = found["portrait_position"] == "inside"
        assert on.all()
        np.testing.assert_allclose(found["portrait_crossing"], 4 * found["k"], rtol=0.05)


class TestResponses:
    """Floors, lapse rates and links of a whole portrait."""

    @staticmethod
    def rows(link=expit, floor=0.05, lapse=0.02, trials=400):
        def rate(k, n):
            return floor + (1 - floor - lapse) * link(3 * np.log(n / (4 * k)))

        return cells(rate, trials=trials)

    def test_what_is_estimated_is_told_of_every_line(self):
        found = table(self.rows(), coordinate="log(n)", responses=[("logit", None, None)])
        assert set(found["portrait_link"]) == {"logit"}
        for name, true in (("floor", 0.05), ("lapse", 0.02)):
            low, high = found[f"portrait_{name}_low"], found[f"portrait_{name}_high"]
            assert (low < true).all()
            assert (true < high).all()
            assert found[f"portrait_{name}"].nunique() == 1
            assert (high - low < 0.02).all()
        assert found["aic_logit"].notna().all()
        assert found["aic_probit"].isna().all()
        assert (found["portrait_lack_of_fit"] > 0.01).all()

    def test_a_level_is_the_rate_itself_for_lines_and_for_the_curve(self):
        found = table(
            self.rows(), coordinate="log(n)", responses=[("logit", None, None)], levels=[0.5]
        )
        # Half of all trials, and not half the way between the asymptotes.
        true = 4 * found["k"] * math.exp(logit(0.45 / 0.93) / 3)
        for column in ("crossing", "portrait_crossing"):
            np.testing.assert_allclose(found[column], true, rtol=0.05)
        assert (found["portrait_low"] < true).all()
        assert (true < found["portrait_high"]).all()

    def test_the_width_is_of_the_way_between_the_asymptotes(self):
        found = table(self.rows(), coordinate="log(n)", responses=[("logit", None, None)])
        span = [4 * found["k"] * math.exp(logit(p) / 3) for p in (0.1, 0.9)]
        np.testing.assert_allclose(found["transition_width"], span[1] - span[0], rtol=0.15)

    def test_aic_chooses_the_link(self):
        rows = self.rows(lambda eta: norm.cdf(eta / 1.7), 0, 0, 2000)
        links = [(link, 0.0, 0.0) for link in ("logit", "probit", "cloglog")]
        found = table(rows, coordinate="log(n)", responses=links).iloc[0]
        assert found["portrait_link"] == "probit"
        assert found["method"] == "probit"
        others = found[["aic_logit", "aic_cloglog"]]
        assert (others > found["aic_probit"]).all()

    def test_levels_beyond_the_asymptotes_are_never_crossed(self):
        found = table(
            self.rows(), coordinate="log(n)", responses=[("logit", None, None)], levels=[0.01, 0.5]
        )
        never = found[found["crossing_level"] == 0.01]
        assert set(never["position"]) == set(never["portrait_position"]) == {"never"}
        assert never[["crossing", "portrait_crossing"]].isna().all().all()
        assert (never["portrait_high"] == np.inf).all()

    def test_a_lone_line_has_a_floor_too(self):
        rows = self.rows(lapse=0).query("k == 4")
        found = table(rows, coordinate="log(n)", responses=[("logit", None, 0.0)]).iloc[0]
        assert found["portrait_position"] == "none"
        assert found["portrait_floor"] == pytest.approx(0.05, abs=0.02)
        assert found["crossing"] == pytest.approx(16, rel=0.08)

    def test_a_rate_that_falls_has_its_floor_at_the_other_end(self):
        rows = cells(lambda k, n: 0.05 + 0.95 * expit(-3 * np.log(n / (4 * k))), trials=400)
        found = table(rows, coordinate="log(n)", responses=[("logit", None, None)])
        assert found["portrait_floor"].iloc[0] == pytest.approx(0.05, abs=0.01)
        assert found["portrait_lapse"].iloc[0] == pytest.approx(0, abs=0.005)
