"""The error up to scale, for observations that do not tell how long a signal is."""

import math

from genphase.accuracy.relative import relative_error
from genphase.draws.gaussian import Vector, length
from genphase.things import error


@error(larger_is_better=False, text="error of direction")
def direction(estimate: Vector, truth: Vector) -> float:
    """Return the distance of the directions, ‖G(x̂)/‖G(x̂)‖ - y*/‖y*‖‖; NaN of a zero signal."""
    long, wanted = length(estimate), length(truth)
    if long == 0 or wanted == 0:
        return math.nan
    return relative_error(estimate / long, truth / wanted)
