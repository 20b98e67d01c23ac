"""What the parts of an iteration cost, by which the fast iteration chooses between them.

Costs are multiplications with one number read, of which a core does some seven in a nanosecond,
with constants for what does not grow with the network. They decide how an iterate is computed,
never which: estimates are good enough.
"""

from typing import NamedTuple

from genphase.kernels._jit import jit


class Costs(NamedTuple):
    """Costs, in multiplications.

    plain : an iteration by full passes.
    look : looking at all units in a region.
    hinge : making a hinge, mean over the units.
    region : entering a region.
    """

    plain: float
    look: float
    hinge: float
    region: float


@jit
def costs_of(widths, depth, symmetric):
    """Return the costs of a chain whose units are half active; `symmetric` as in the iteration."""
    k = widths[0]
    layers = widths.shape[0] - 1
    last = widths[layers]
    active = float(k * widths[1])
    for layer in range(1, layers):
        active += widths[layer] * widths[layer + 1] / 2
    neurons = 0
    hinges = 0.0
    for layer in range(1, depth + 1):
        cost = k * last
        for later in range(layer + 1, layers):
            cost += widths[later] * widths[later + 1] / 2
        hinges += widths[layer] * cost
        neurons += widths[layer]
    plain = 2 * active if symmetric else active + k * last
    # Matrix products make more of what they load.
    region = (k * (active - k * widths[1]) + k * (k / 2 if symmetric else k) * last) / 1.5
    return Costs(3e3 + plain, 3e3 + k * neurons, 4e3 + hinges / neurons, 3e4 + region)
