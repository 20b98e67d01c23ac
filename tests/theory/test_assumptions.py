"""Sizes that theorems assume: by hand, in figures, and where they are refused."""

import numpy as np
import pytest
from samples import make_sweep

from genphase.errors import SweepError
from genphase.theory.assumptions import ASSUMPTIONS
from genphase.theory.sizes import Sizes


def sizes(k, widths, m=1.0):
    return Sizes(*(np.array(float(v)) for v in (k, m, 0)), np.array(widths, dtype=float))


@pytest.mark.parametrize(
    ("name", "needed"),
    [
        # For k = 2 and widths (20, 54): log(e n_1/k) = 1 + log 10, log(e n_2/k) = 1 + log 27.
        ("nonexpansive_measurements", 3 * 2 * (2 + np.log(270))),
        ("expansive_measurements", 3 * 2 * 2 * np.log(20 * 54)),
        ("plugin_measurements", 3 * 2**2 * 2),
    ],
)
def test_measurements_that_are_needed(name, needed):
    for m, sign in ((needed * 1.001, 1), (needed * 0.999, -1)):
        assert np.sign(ASSUMPTIONS[name](sizes(2, [20, 54], m), 3.0)) == sign


@pytest.mark.parametrize(
    ("name", "k", "enough", "lacking"),
    [
        # n_1 = C k; n_2 = C k (1 + log(n_1/k)).
        ("nonexpansive_width", 5, [10.01, 10 * (1 + np.log(2.002)) + 0.01], [10.01, 16.9]),
        ("nonexpansive_width", 5, [10.01, 1000], [9.99, 1000]),
        # n_1 = c k log k; n_2 = c n_1 log n_1.
        ("expansive_width", 10, [2 * 10 * np.log(10) + 0.01, 400], [46, 400]),
        ("expansive_width", 10, [50, 2 * 50 * np.log(50) + 0.01], [50, 391]),
        # n/log n = 16 k/(c log 2) = 23.08 at k = 2, c = 2.
        ("nonexpansive_probability", 2, [110, 300], [107, 300]),
        # β C_0 5^d d (2d - i) k with β = 4 + log 2: 469.3 (4 - i) at k = 1.
        ("plugin_contractive_width", 1, [1409, 939], [1409, 938]),
        # The last layer only: 2c (n_1 log n_1)².
        ("demodulation_width", 3, [5, 4 * (5 * np.log(5)) ** 2 + 0.01], [5, 258]),
    ],
)
def test_widths_that_are_needed(name, k, enough, lacking):
    assert ASSUMPTIONS[name](sizes(k, enough), 2.0) > 0
    assert ASSUMPTIONS[name](sizes(k, lacking), 2.0) < 0


def sensing(overlay, **changes):
    figures = {"portrait": {"x": "k", "y": "m", "overlays": [overlay]}}
    content = {
        "problem": "compressed_sensing",
        "axes": {"k": [2, 3], "m": [5, 10]},
        "network": {"widths": [20, 30]},
        "figures": figures,
    }
    return make_sweep(**{**content, **changes})


@pytest.mark.parametrize(
    ("theory", "changes", "words"),
    [
        ("nonexpansive_measurements", {"network": {"widths": [20]}}, "2 layers or more"),
        ("nonexpansive_width", {"network": {"widths": {"depth": 1, "width": 9}}}, "2 layers"),
        ("expansive_measurements", {"measurements": "unit"}, "use measurements: gaussian"),
        ("expansive_width", {"network": {"widths": [9], "weights": "he"}}, "use weights: gaussian"),
        ("plugin_width", {}, "says nothing about compressed_sensing"),
        ("counting", {"constant": 2}, "no constant left open"),
    ],
)
def test_what_a_theorem_is_not_about_is_refused(theory, changes, words):
    changes, overlay = dict(changes), {"theory": theory}
    if "constant" in changes:
        overlay["constant"] = changes.pop("constant")
    with pytest.raises(SweepError, match=words):
        sensing(overlay, **changes)


def test_a_sweep_of_several_depths_is_drawn_where_the_theorem_holds():
    axes = {"k": [2, 3], "m": [5, 10], "layers": [[20], [20, 30]]}
    sweep = sensing({"theory": "nonexpansive_width"}, axes=axes, network={"widths": "layers"})
    assert sweep.figures["portrait"].overlays[0].default_label == "widths for the R2WDC"
