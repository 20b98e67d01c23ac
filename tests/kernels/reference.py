"""The frozen phase in NumPy, without a policy: read this before genphase.kernels.frozen.

One region is entered, at the start, and never left: every unit that disagrees with it becomes a
hinge. Every step looks at all units.
"""

import dense
import numpy as np


class Hinge:
    """A unit that may disagree with the region.

    e : what a unit vector at the unit adds to all later ones; w : to the output.
    """

    def __init__(self, chain, D, unit):
        ends = np.concatenate([[0], np.cumsum(chain.widths[1:])])
        layer = int(np.searchsorted(ends, unit, side="right")) - 1
        self.unit = unit
        self.e = np.zeros(D.size)
        here = np.zeros(chain.widths[layer + 1])
        here[unit - ends[layer]] = 1.0
        for later in range(layer + 1, len(chain.widths) - 1):
            part = slice(ends[later], ends[later + 1])
            self.e[part] = dense.matrices(chain)[later] @ here
            here = D[part] * self.e[part]
        self.w = here


class FrozenPhase:
    """x <- x - α (B r, or its subgradient), in R^k, from the region of x_0 on."""

    def __init__(self, chain, b, x, plugin):
        self.chain, self.b, self.plugin = chain, b, plugin
        self.D = dense.slopes(chain, x)  # of all units, layer by layer
        self.P, Lambda = dense.linear_maps(chain, self.D)  # rows of all units; the chain's matrix
        self.B = dense.linear(chain).T if plugin else Lambda.T
        self.Lambda, self.H, self.c = Lambda, self.B @ Lambda, self.B @ b
        self.hinges = {}

    def look(self, x):
        """Return z, and the hinges that disagree at x, with their δ and s, layer by layer."""
        z, flipped = self.P @ x, []
        for unit in range(dense.activated(self.chain)):
            layer = np.searchsorted(np.cumsum(self.chain.widths[1:]), unit, side="right")
            slope = 1.0 if z[unit] > 0 else self.chain.leaks[layer]
            delta = slope - self.D[unit]
            if delta != 0:
                hinge = self.hinges.setdefault(unit, Hinge(self.chain, self.D, unit))
                s = delta * z[unit]
                z = z + s * hinge.e
                flipped.append((hinge, delta, s))
        return z, flipped

    def direction(self, x):
        """Return the direction at x."""
        _, flipped = self.look(x)
        if self.plugin:
            return self.H @ x - self.c + sum(s * (self.B @ hinge.w) for hinge, _, s in flipped)
        r = self.Lambda @ x + sum(s * hinge.w for hinge, _, s in flipped) - self.b
        found, sent_back = self.Lambda.T @ r, []
        for hinge, delta, _ in reversed(flipped):
            t = delta * (hinge.w @ r + sum(hinge.e[unit] * other for unit, other in sent_back))
            sent_back.append((hinge.unit, t))
            found = found + t * self.P[hinge.unit]
        return found


def iterate(chain, b, x, step, steps, plugin):
    """Return x_0, x_1, ..., and how many hinges there are in the end."""
    phase, iterates = FrozenPhase(chain, b, x, plugin), [x]
    for _ in range(steps):
        iterates.append(iterates[-1] - step * phase.direction(iterates[-1]))
    return np.array(iterates), len(phase.hinges)
