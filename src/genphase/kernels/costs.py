"""What the parts of an iteration cost, by which the fast iteration chooses between them.

Costs are multiplications with one number read, of which a core does some seven in a nanosecond,
with constants for what does not grow with the network. They decide how an iterate is computed,
never which: estimates are good enough.
"""

from typing import NamedTuple

from genphase.kernels._jit import jit
from genphase.kernels.forms import PLUGIN, WIGNER, signal_layer
from genphase.kernels.passes import activated
from genphase.kernels.policy import (
    FEWEST_HINGES,
    HINGE_OVERHEAD,
    LOOK_OVERHEAD,
    MOST_HINGES,
    PASS_OVERHEAD,
    PRODUCT_SPEED,
    REGION_OVERHEAD,
)


class Costs(NamedTuple):
    """Costs, in multiplications.

    plain : an iteration by full passes.
    look : looking at all units in a region.
    hinge : making a hinge, mean over the units.
    region : entering a region.
    room : hinges that a region may have: about as many as cost as much as the region.
    """

    plain: float
    look: float
    hinge: float
    region: float
    room: int


@jit
def costs_of(widths, leaks, form):
    """Return the costs of a chain whose units are half active; `form` as in the iteration."""
    k = widths[0]
    layers = widths.shape[0] - 1
    signal = signal_layer(widths, form)
    last = widths[signal]
    active = float(k * widths[1])
    for layer in range(1, layers):
        active += widths[layer] * widths[layer + 1] / 2
    neurons = 0
    hinges = 0.0
    for layer in range(1, activated(leaks) + 1):
        # The output of a unit of the signal is a unit vector.
        cost = k * last if layer < signal else 0
        for later in range(layer + 1, layers):
            cost += widths[later] * widths[later + 1] / 2
        hinges += widths[layer] * cost
        neurons += widths[layer]
    plain = active + k * last if form.kind == PLUGIN else 2 * active
    products = k * k * last if form.kind == PLUGIN else k * k * last / 2
    if form.kind >= WIGNER:
        products += k * k * widths[layers] / 2
    region = (k * (active - k * widths[1]) + products) / PRODUCT_SPEED
    region += REGION_OVERHEAD
    hinge = HINGE_OVERHEAD + hinges / neurons
    room = int(min(max(region / hinge, FEWEST_HINGES), MOST_HINGES))
    return Costs(PASS_OVERHEAD + plain, LOOK_OVERHEAD + k * neurons, hinge, region, room)
