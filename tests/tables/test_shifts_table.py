import math

import numpy as np
import pytest
from cells import make_cells
from scipy.special import expit

from genphase.statistics.paired import holm
from genphase.sweep.figures import figure_spec
from genphase.tables.shifts import Along, shifts, shown_level

MS = [4, 6, 8, 10, 12, 14, 16]
AXES = ["law", "k", "m"]
ALONG = Along("m", 0.5, None)
CROSSINGS = {"gaussian": 10.0, "same": 10.0, "near": 10.4, "far": 12.0}


def cells(crossings=CROSSINGS, trials=400, slope=1.0, keep=lambda **_: True, solvers=("plugin",)):
    def rate(law, k, m, **point):
        # Twice the size: the same but half as steep.
        if keep(law=law, k=k, m=m):
            return float(expit(slope / k * (m - crossings[law])))
        return None

    axes = {"law": list(crossings), "k": [1, 2], "m": MS}
    return make_cells(axes, rate, trials=trials, solvers=solvers)


def table(rows, along=ALONG, **spec):
    content = {"kind": "shift", "axis": "law", "margin": 0.1} | spec
    return shifts(rows, AXES, along, figure_spec(content))


class TestRows:
    def test_a_row_for_each_line_and_other_value(self):
        found = table(cells())
        keys = found[["k", "value"]].to_records(index=False).tolist()
        assert keys == [(k, value) for k in (1, 2) for value in ("same", "near", "far")]
        assert set(found["reference"]) == {"gaussian"}
        assert set(found["trials"]) == set(found["reference_trials"]) == {7 * 400}
        np.testing.assert_allclose(found["shift"], [0, 0.04, 0.2] * 2, atol=0.006)

    def test_another_reference_and_the_unit_of_the_axis(self):
        found = table(cells(), reference="far", relative=False, margin=1)
        assert found["value"].tolist()[:3] == ["gaussian", "same", "near"]
        np.testing.assert_allclose(found["shift"], [-2, -2, -1.6] * 2, atol=0.06)
        np.testing.assert_allclose(found["shift"], found["crossing"] - found["reference_crossing"])

    def test_solvers_have_lines_of_their_own(self):
        found = table(cells(solvers=("plugin", "subgradient")))
        assert found.groupby("solver").size().tolist() == [6, 6]

    def test_a_line_that_lacks_the_reference_is_left_out(self):
        found = table(cells(keep=lambda law, k, m: (law, k) != ("gaussian", 2)))
        assert found["k"].tolist() == [1, 1, 1]

    def test_a_value_that_a_line_lacks_is_left_out_there(self):
        found = table(cells(keep=lambda law, k, m: (law, k) != ("near", 2)))
        assert found["value"].tolist() == ["same", "near", "far", "same", "far"]

    def test_the_level_and_the_coordinate_are_the_sweeps(self):
        found = table(cells(), Along("m", 0.8, "log(m/k)"))
        assert set(found["crossing_level"]) == {0.8}
        # 80 % lies log(4) log-odds further along.
        assert found["reference_crossing"][0] == pytest.approx(10 + math.log(4), abs=0.2)
        assert shown_level([0.9, 0.4, 0.1]) == 0.4

    def test_rates_that_fall_cross_too(self):
        rows = cells()
        rows["recovered"] = rows["trials"] - rows["recovered"]
        found, rising = table(rows), table(cells())
        np.testing.assert_allclose(found["shift"], rising["shift"], atol=1e-6)


class TestVerdicts:
    def test_they_are_those_of_the_adjusted_tests(self):
        found = table(cells(trials=1000)).set_index(["k", "value"])
        assert found["verdict"][1, "same"] == "equivalent"
        assert found["verdict"][1, "near"] == "both"
        assert found["verdict"][1, "far"] == "different"
        few = table(cells(trials=10)).set_index(["k", "value"])
        assert few["verdict"][2, "near"] == "undecided"

    def test_all_rows_are_adjusted_together(self):
        found = table(cells())
        for name in ("p_same", "p_equivalent"):
            np.testing.assert_allclose(found[f"{name}_holm"], holm(found[name]))

    def test_a_line_off_the_grid_counts_for_nothing(self):
        rows = cells({"gaussian": 10.0, "near": 10.4, "off": 60.0})
        found = table(rows)
        off = found["value"] == "off"
        assert found.loc[off, "shift"].isna().all()
        assert found.loc[off, "p_same_holm"].isna().all()
        assert set(found.loc[off, "verdict"]) == {"undecided"}
        told = found[~off]
        np.testing.assert_allclose(told["p_same_holm"], holm(told["p_same"]))
