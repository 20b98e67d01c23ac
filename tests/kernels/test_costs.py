"""The cost model against counts of multiplications."""

import dense
import numpy as np
import pytest

from genphase.kernels.costs import costs_of
from genphase.kernels.forms import PLUGIN, WIGNER

# What does not grow with the network.
PLAIN, LOOK, HINGE, REGION = 3e3, 3e3, 4e3, 3e4
# widths, depth, what is behind the network.
SHAPES = {
    "one layer": ((3, 10), 1, "nothing"),
    "three layers": ((4, 30, 20, 50), 3, "nothing"),
    "measured": ((4, 30, 20, 12), 2, "measured"),
    "one layer, measured": ((2, 9, 5), 1, "measured"),
    "phaseless": ((4, 30, 20, 12), 2, "phaseless"),
    "wigner": ((4, 30, 20, 20), 2, "wigner"),
    "wishart": ((4, 30, 20, 50), 2, "wishart"),
}
PAIRS = [(shape, form) for shape, (*_, behind) in SHAPES.items() for form in dense.FORMS[behind]]


def costs_for(widths, depth, behind, form):
    chain = dense.random_chain(np.random.default_rng(0), widths, depth, behind=behind)
    return costs_of(chain.widths, chain.leaks, form)


def products(widths, first=0):
    """Return the multiplications of the layers after the first `first`, with half the rows."""
    pairs = list(zip(widths, widths[1:], strict=False))
    return sum(n * m * (1.0 if i == 0 else 0.5) for i, (n, m) in enumerate(pairs) if i >= first)


@pytest.mark.parametrize(("shape", "form"), PAIRS)
def test_costs_count_multiplications(shape, form):
    widths, depth, behind = SHAPES[shape]
    k = widths[0]
    spiked = form.kind >= WIGNER
    compared = widths[depth] if spiked else widths[-1]
    costs = costs_for(widths, depth, behind, form)
    # Forward and back, or forward and by the one matrix of PLUGIn.
    back = k * compared if form.kind == PLUGIN else products(widths)
    assert costs.plain == pytest.approx(PLAIN + products(widths) + back)
    activated = widths[1:] if behind == "phaseless" else widths[1 : depth + 1]
    assert costs.look == LOOK + k * sum(activated)
    # k rows through the later layers, and H and T, of which symmetry saves half.
    product = k * products(widths, 1) + k * k * compared * (1 if form.kind == PLUGIN else 0.5)
    product += k * k * widths[-1] / 2 if spiked else 0
    assert costs.region == pytest.approx(REGION + product / 1.5)


@pytest.mark.parametrize("form", dense.FORMS["nothing"])
def test_a_hinge_costs_what_its_effects_and_its_push_take(form):
    def hinge(*widths, depth, behind="measured"):
        return costs_for(widths, depth, behind, form).hinge

    # A unit of the signal itself has no product; one with one layer behind it has one row of
    # weights for its effect, which is not counted.
    assert hinge(3, 10, depth=1) == HINGE
    assert hinge(3, 10, 20, depth=1) == HINGE + 3 * 20
    # With more layers behind it, half the rows of their matrices.
    first, second, third = 7 * 50 + 20 * 40 / 2 + 40 * 50 / 2, 7 * 50 + 40 * 50 / 2, 7 * 50
    mean = (30 * first + 20 * second + 40 * third) / 90
    assert hinge(7, 30, 20, 40, 50, depth=3) == pytest.approx(HINGE + mean)
    # A phaseless unit is a hinge without effects.
    mean = (30 * (3 * 20 + 10 * 20 / 2) + 10 * 3 * 20) / 60
    assert hinge(3, 30, 10, 20, depth=2, behind="phaseless") == pytest.approx(HINGE + mean)
