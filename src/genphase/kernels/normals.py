r"""Normal numbers from random words: the transform of Box and Muller, in single precision.

The low half a and the high half b of a 64-bit word are two uniform numbers, and these are two
normal ones (Box and Muller, 1958):

.. math::

    \sqrt{-2 \ln u} \, (\cos 2\pi v, \sin 2\pi v), \qquad
    u = \frac{a + 1/2}{2^{32}}, \quad v = \frac{b + 1/2}{2^{32}}.

Neither is ever 0 or infinite; the longest pair has length :math:`\sqrt{66 \ln 2} = 6.76`.

The loop has no branch and calls no mathematical library: compilers put it into vector lanes, and
its numbers are the same on every machine. With :math:`u = 2^{-k} (1 - t)`, 0 < t ≤ 1/2,

.. math::

    -\ln u = k \ln 2 + 2 \operatorname{artanh} w, \quad w = \frac{t}{2 - t}, \qquad
    2 \operatorname{artanh} w \approx w (2 + w^2 L(w^2)), \\
    \sin y \approx y (1 + y^2 S(y^2)), \quad \cos y \approx 1 + y^2 (-1/2 + y^2 C(y^2)),
    \quad |y| \le \pi / 4.

Nothing cancels, so all relative errors are a few roundings: that of a normal number is below 4e-7,
7e-8 in the root mean square. The polynomials L, S and C have the smallest relative error of their
degree (Remez exchange in double precision, then rounded), 6e-9, 9e-9 and 2e-10.
"""

import numpy as np

from genphase.kernels._jit import jit

# Numbers without a type would turn 32 bits into 64, and halve the lanes.
_HALF = np.float32(0.5)
_ONE = np.float32(1)
_TWO = np.float32(2)
_LN2 = np.float32(0.6931472)
_PER_TURN = np.float32(2.0**-32)
_QUARTER_TURN = np.float32(np.pi / 2 * 2.0**-32)
_L0 = np.float32(0.6666642)
_L1 = np.float32(0.40021527)
_L2 = np.float32(0.28001806)
_L3 = np.float32(0.28011987)
_S0 = np.float32(-0.16666655)
_S1 = np.float32(0.00833216)
_S2 = np.float32(-0.00019515282)
_C0 = np.float32(0.041666646)
_C1 = np.float32(-0.0013887316)
_C2 = np.float32(2.4433157e-05)


@jit
def box_muller(words, scale, out):
    """Fill `out` with independent N(0, scale²) numbers, two for each word.

    Parameters
    ----------
    words : (n,) uint64
        Independent and uniform.
    scale
        The standard deviation.
    out : (2 n,) float32
        Filled with the numbers.
    """
    halves = words.view(np.int32)
    deviation = np.float32(scale)
    for i in range(words.shape[0]):
        # Where u >= 1/2, the signed a stands for u - 1, and a small t keeps its digits; elsewhere
        # k and t are the exponent and the mantissa of u.
        a = halves[2 * i]
        x = np.float32(a) + _HALF
        bits = np.float32(x).view(np.int32)
        mantissa = np.int32((bits & 0x7FFFFF) | 0x3F000000).view(np.float32)
        t = -x * _PER_TURN if a < 0 else _ONE - mantissa
        k = np.int32(0 if a < 0 else 158 - (bits >> 23))
        w = t / (_TWO - t)
        z = w * w
        artanh = w * (_TWO + z * (_L0 + z * (_L1 + z * (_L2 + z * _L3))))
        logarithm = np.float32(k) * _LN2 + artanh
        radius = deviation * np.sqrt(logarithm + logarithm)

        # The angle from the nearest axis, and the octant, which names the axis.
        b = halves[2 * i + 1]
        y = np.float32(np.int32(b << 2 | 2)) * _QUARTER_TURN
        z = y * y
        sine = y * (_ONE + z * (_S0 + z * (_S1 + z * _S2)))
        cosine = _ONE + z * (-_HALF + z * (_C0 + z * (_C1 + z * _C2)))
        octant = b >> 29
        upright = np.int32(octant + 1) & 2 != 0
        first = sine if upright else cosine
        second = cosine if upright else sine
        out[2 * i] = radius * (-first if np.int32(octant + 3) & 4 else first)
        out[2 * i + 1] = radius * (-second if np.int32(octant + 1) & 4 else second)
