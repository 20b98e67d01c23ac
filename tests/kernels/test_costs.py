"""The cost model against counts of multiplications."""

import numpy as np
import pytest

from genphase.kernels.costs import costs_of

# What does not grow with the network.
PLAIN, LOOK, HINGE, REGION = 3e3, 3e3, 4e3, 3e4
SHAPES = {"one layer": ((3, 10), 1), "three layers": ((4, 30, 20, 50), 3)}
SHAPES |= {"measured": ((4, 30, 20, 12), 2), "one layer, measured": ((2, 9, 5), 1)}


def products(widths, first=0):
    """Return the multiplications of the layers after the first `first`, with half the rows."""
    pairs = list(zip(widths, widths[1:], strict=False))
    return sum(n * m * (1.0 if i == 0 else 0.5) for i, (n, m) in enumerate(pairs) if i >= first)


@pytest.mark.parametrize("symmetric", [True, False])
@pytest.mark.parametrize("shape", SHAPES)
def test_costs_count_multiplications(shape, symmetric):
    widths, depth = SHAPES[shape]
    k, last = widths[0], widths[-1]
    costs = costs_of(np.array(widths), depth, symmetric)
    # Forward and back, or forward and by the one matrix of PLUGIn.
    back = products(widths) if symmetric else k * last
    assert costs.plain == pytest.approx(PLAIN + products(widths) + back)
    assert costs.look == LOOK + k * sum(widths[1 : depth + 1])
    # k rows through the later layers, and H, of which symmetry saves half.
    product = k * products(widths, 1) + k * k * last * (0.5 if symmetric else 1)
    assert costs.region == pytest.approx(REGION + product / 1.5)


@pytest.mark.parametrize("symmetric", [True, False])
def test_a_hinge_costs_what_its_effects_and_its_push_take(symmetric):
    # A unit with one layer behind it has one row of weights for its effect, which is not counted.
    assert costs_of(np.array([3, 10]), 1, symmetric).hinge == HINGE + 3 * 10
    assert costs_of(np.array([3, 10, 20]), 1, symmetric).hinge == HINGE + 3 * 20
    # With more layers behind it, half the rows of their matrices.
    first, second, third = 7 * 50 + 20 * 40 / 2 + 40 * 50 / 2, 7 * 50 + 40 * 50 / 2, 7 * 50
    mean = (30 * first + 20 * second + 40 * third) / 90
    found = costs_of(np.array([7, 30, 20, 40, 50]), 3, symmetric).hinge
    assert found == pytest.approx(HINGE + mean)
