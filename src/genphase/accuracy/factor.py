"""The errors of the factors of a product, which is what is observed of them."""

from typing import Literal

from genphase.accuracy.relative import relative_error
from genphase.draws.gaussian import Vector
from genphase.things import error


@error(larger_is_better=False, text="relative error of a factor")
def factor(
    factor_estimates: Vector, factor_truths: Vector, *, which: Literal["first", "second"]
) -> float:
    """Return ‖c G₁(ĥ) - w‖/‖w‖ of the first factor w, or ‖G₂(ẑ)/c - w‖/‖w‖ of the second.

    A product does not tell the scale of its factors: c > 0 is such that the quotient of the norms
    of both estimates is that of the norms of both factors.

    Parameters
    ----------
    factor_estimates, factor_truths : (2, n)
        Both estimates, rescaled by c, and both factors.
    which
        Which factor.
    """
    of = 0 if which == "first" else 1
    return relative_error(factor_estimates[of], factor_truths[of])
