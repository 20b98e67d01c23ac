"""The errors of the factors of a product, which is what is observed of them."""

from typing import Literal

from genphase.accuracy.relative import relative_error
from genphase.draws.gaussian import Vector
from genphase.things import error


@error(larger_is_better=False, text="relative error of a factor")
def factor(
    factor_estimates: Vector, factor_truths: Vector, *, which: Literal["first", "second"]
) -> float:
    """Return the least ‖c G₁(ĥ) - w‖/‖w‖ of the first factor w, or ‖c G₂(ẑ) - w‖/‖w‖, over c >= 0.

    A product does not tell the scale of its factors. Where one of them is 0, it does not tell
    anything of the other, which the network alone fills in.

    Parameters
    ----------
    factor_estimates, factor_truths : (2, n)
        Both estimates, each with its c, and both factors.
    which
        Which factor.
    """
    of = 0 if which == "first" else 1
    return relative_error(factor_estimates[of], factor_truths[of])
