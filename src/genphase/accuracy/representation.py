"""How near the range of the network comes to the truth: what no solver can do better than."""

import math
from collections.abc import Callable
from typing import Annotated, Any

import numpy as np
from pydantic import Field

from genphase.accuracy.relative import relative_error
from genphase.draws.gaussian import Vector
from genphase.things import RESIDUAL, error

# Updates of a search at most, and when it ends before.
_UPDATES, _CHANGE = 300, 1e-8


@error(
    larger_is_better=False,
    of_instance=True,
    needs=(RESIDUAL,),
    text=r"distance of $y^*$ from the range of $G$",
)
def representation(
    instance: Any,
    draw_code: Callable[[int], Vector],
    *,
    starts: Annotated[int, Field(ge=1, le=1000)] = 10,
) -> float:
    """Return min_x ‖G(x) - y*‖/‖y*‖, or the best that is found of it; 0 where y* = G(x*).

    Bora, Jalal, Price, Dimakis (2017, arXiv:1703.03208), (4), call it representation error. Each
    search is one of Levenberg-Marquardt for ½‖G(x) - y*‖², without measurements and noise, and the
    best of them counts. So it is an upper bound of the distance, and can be above the error of a
    solver that has found a better x.

    Parameters
    ----------
    instance
        Which has the network and y*.
    draw_code
        Returns the code from N(0, I) of a number, at which a search begins.
    starts
        How many searches there are.
    """
    if not np.isnan(instance.target).any():
        return 0.0
    network, truth = instance.chain.network(), instance.signal
    found = [_nearest(network, truth, draw_code(i)) for i in range(starts)]
    return min((value for value in found if not math.isnan(value)), default=math.nan)


def _nearest(network: Any, truth: Vector, start: Vector) -> float:
    from genphase.kernels.damped import damped_least_squares

    if hasattr(network, "layers"):
        *layers, held = network.layers
    else:
        layers, held = network[:3], 0
    code = np.append(start, 1.0) if held else start
    # There is no x* that a trace would compare with, and no trace.
    run = damped_least_squares(
        *layers, truth, code, code, _UPDATES, _CHANGE, 0.0, np.empty((0, 2)), held
    )
    return relative_error(network(run.latent[: start.size])[0], truth)
