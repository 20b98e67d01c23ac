"""Problems of least squares: f(x) = ½‖A G(x) - b‖², or ½‖abs(A G(x)) - b‖²."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from genphase.problems.base import Problem
from genphase.things import GRADIENT, LINEAR, RESIDUAL

if TYPE_CHECKING:
    from genphase.draws.instance import Instance
    from genphase.parameters import Parameters


class LeastSquares(Problem):
    """Least squares over the range of a network.

    Attributes
    ----------
    behind : the slope for negative inputs of the layer A behind the network, where there is one: 1
        is linear, -1 the absolute value.
    """

    offers = frozenset({GRADIENT, RESIDUAL, LINEAR})
    from_file = True
    behind: ClassVar[float] = 1.0

    @property
    def channel(self) -> str:
        """Return what a measurement tells of a linear one: all, or all but its sign."""
        return "linear" if self.behind == 1 else "phaseless"

    def draw(self, parameters: Parameters, trial: int) -> Instance:
        """Draw network, measurements, target and noise."""
        from genphase.draws.chain import Chain, draw_layers
        from genphase.draws.custom import decoded
        from genphase.draws.instance import Instance, add_noise, draw_truth

        chain = draw_layers(parameters, trial, self.behind)
        target, signal, measured = draw_truth(parameters, trial, chain)
        observation = add_noise(parameters, trial, measured, lambda: chain.jacobian(target))
        if isinstance(chain, Chain):
            return Instance(chain, target, signal, observation)
        return decoded(chain, target, signal, observation)
