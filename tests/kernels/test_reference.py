"""The reference of the frozen phase against the algorithm as written, and kernels against it."""

import dense
import numpy as np
import pytest
import reference

from genphase.kernels.iterate import iterate

# widths, depth, slope, what is behind the network.
CASES = {
    "one layer": ((3, 40), 1, 0.0, "nothing"),
    "three layers, measured": ((4, 40, 30, 25, 12), 3, 0.0, "measured"),
    "two layers, leaky": ((3, 30, 25), 2, 0.2, "nothing"),
    "phaseless": ((3, 20, 25), 1, 0.0, "phaseless"),
}


# PLUGIn is for linear measurements.
FITTING = [(case, False) for case in CASES] + [
    (case, True) for case in CASES if case != "phaseless"
]


@pytest.mark.parametrize(("case", "plugin"), FITTING)
def test_iterates_in_one_region_with_hinges_are_those_of_full_passes(case, plugin):
    form = dense.PLUGIN_FORM if plugin else dense.SQUARES_FORM
    most = 0
    for seed in range(3):
        rng = np.random.default_rng([seed, *map(ord, case)])
        chain = dense.random_chain(rng, *CASES[case])
        b, x = dense.random_observation(rng, chain, form), rng.standard_normal(chain.widths[0])
        expected = [x]
        for _ in range(60):
            sent = dense.direction(chain, expected[-1], b, form)
            expected.append(expected[-1] - 0.3 * sent)
        found, hinges = reference.iterate(chain, b, x, 0.3, 60, plugin)
        np.testing.assert_allclose(found, expected, rtol=1e-9, atol=1e-11)
        run = iterate(*chain[:3], b, x, 0.3, 60, 0.0, 0.0, form, False)
        np.testing.assert_allclose(run.latent, found[-1], rtol=1e-9, atol=1e-11)
        most = max(most, hinges)
    assert most > 5
