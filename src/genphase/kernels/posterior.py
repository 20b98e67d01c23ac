r"""What is believed of a unit: moments of its input z and its output, given what is said of both.

The input is :math:`z \sim N(\omega, V)`, as the layers below say. The layers above say of the
output h, through the factor :math:`\exp(-\hat q h^2/2 + B h)`, that it is near :math:`B/\hat q`,
with the precision :math:`\hat q`. With the activation :math:`h = \max(z, 0) + s \min(z, 0)` either
sign of z leaves a Gaussian cut off at 0. On the positive side, with

.. math:: P = 1/V + \hat q, \quad M = (\omega/V + B)/P, \quad t = M \sqrt P,

its mass is that of :math:`(V P)^{-1/2} \exp(t^2/2) \Phi(t)`, its mean is :math:`M + H/\sqrt P`, and
its variance :math:`(1 - H (H + t))/P`, where :math:`H = \varphi(t)/\Phi(t)`; on the negative side
stand s² q̂ and s B for q̂ and B, and -t for t. Where t is far below 0, logarithms of Φ would cancel:
:math:`\exp(t^2/2) \Phi(t)` is half of a scaled complementary error function.

Source: Manoel, Krzakala, Mézard, Zdeborová, "Multi-layer generalized linear estimation" (2017),
for the factors.
"""

from math import erfc, exp, log, pi, sqrt
from typing import NamedTuple

from genphase.kernels._jit import jit

_ROOT_HALF = sqrt(0.5)
_ROOT_PI = sqrt(pi)
# Beyond it, ten terms of the asymptotic series of erfcx are exact to rounding; up to it, the
# product of exp(x²) and erfc(x) has all but two digits.
_FAR_TAIL = 10.0
_TERMS = 10
# Below it the variance of a tail cancels more than its series leaves out.
_DEEP = -50.0


class Moments(NamedTuple):
    """Moments of a unit.

    shift : E[z] - ω, without cancellation.
    variance : Var[z].
    output, output_variance : E[h], Var[h].
    """

    shift: float
    variance: float
    output: float
    output_variance: float


class Side(NamedTuple):
    """A Gaussian cut off at 0.

    mass : logarithm of its mass.
    shift : its mean less ω.
    variance : its variance.
    """

    mass: float
    shift: float
    variance: float


@jit
def scaled_tail(x):
    """Return erfcx(x) = exp(x²) erfc(x), for x >= 0."""
    if x < _FAR_TAIL:
        return exp(x * x) * erfc(x)
    ratio = 0.5 / (x * x)
    term = total = 1.0
    for i in range(_TERMS):
        term *= -(2 * i + 1) * ratio
        total += term
    return total / (x * _ROOT_PI)


@jit
def side_of(omega, V, precision, field, sign):
    """Return what is left on one side of 0 of N(ω, V) exp(-q̂ z²/2 + B z).

    Parameters
    ----------
    omega, V
        ω and V.
    precision, field
        q̂ and B, of z.
    sign
        1.0 for z > 0, -1.0 for z < 0.
    """
    P = 1.0 / V + precision
    root = sqrt(P)
    shift = (field - precision * omega) / P
    t = sign * (omega + shift) * root
    if t < 0.0:
        tail = scaled_tail(-t * _ROOT_HALF)
        hazard = sqrt(2.0 / pi) / tail
        mass = log(0.5 * tail)
    else:
        below = 0.5 * erfc(-t * _ROOT_HALF)
        hazard = exp(-0.5 * t * t) / (sqrt(2.0 * pi) * below)
        mass = 0.5 * t * t + log(below)
    if t < _DEEP:
        share = 1.0 / (t * t)
        variance = share * (1.0 - share * (6.0 - 50.0 * share))
    else:
        variance = max(1.0 - hazard * (hazard + t), 0.0)
    return Side(mass - 0.5 * log(V * P), shift + sign * hazard / root, variance / P)


@jit
def moments_of(omega, V, precision, field, leak):
    """Return the moments of a unit.

    Parameters
    ----------
    omega, V
        Mean and variance of its input, as the layers below say.
    precision, field
        q̂ and B, as the layers above say.
    leak
        The slope s for negative inputs, from -1 to 1.
    """
    up = side_of(omega, V, precision, field, 1.0)
    down = side_of(omega, V, leak * leak * precision, leak * field, -1.0)
    odds = up.mass - down.mass
    smaller = exp(-abs(odds))
    above, below = 1.0 / (1.0 + smaller), smaller / (1.0 + smaller)
    if odds < 0.0:
        above, below = below, above
    high, low = omega + up.shift, leak * (omega + down.shift)
    both = above * below
    return Moments(
        above * up.shift + below * down.shift,
        above * up.variance + below * down.variance + both * (up.shift - down.shift) ** 2,
        above * high + below * low,
        above * up.variance + below * leak * leak * down.variance + both * (high - low) ** 2,
    )
