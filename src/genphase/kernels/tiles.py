r"""Inner products of the rows of two matrices, :math:`A B^\top`.

No BLAS: the last bit of its results can depend on its number of threads and on where arrays lie in
memory. Those here depend on the kind of processor alone, whose vector lanes order the sums.
"""

import numpy as np

from genphase.kernels._jit import jit

# Of the widest vectors, in float64.
LANES = 8


@jit
def zero_rows(count, length):
    """Return rows of zeros for at least `length` entries, a multiple of `LANES`.

    The zeros at their ends take less time than what would remain of the sums otherwise.
    """
    return np.zeros((count, (length + LANES - 1) // LANES * LANES))


@jit
def products_of_rows(left, right, lower, out):
    """Put the inner product of row a of `left` and row b of `right` into ``out[a, b]``.

    They are taken in tiles of four rows by four, so that what is loaded is used four times.

    Parameters
    ----------
    left : (p, n)
        A.
    right : (q, n)
        B.
    lower : bool
        Whether only a >= b is wanted; what is above the diagonal is then of no use.
    out : (p, q) or larger
        Filled.
    """
    p, q = left.shape[0], right.shape[0]
    for a in range(0, p, 4):
        # At the edges the last row is taken again.
        a1, a2, a3 = min(a + 1, p - 1), min(a + 2, p - 1), min(a + 3, p - 1)
        r0, r1, r2, r3 = left[a], left[a1], left[a2], left[a3]
        for b in range(0, min(a + 4, q) if lower else q, 4):
            b1, b2, b3 = min(b + 1, q - 1), min(b + 2, q - 1), min(b + 3, q - 1)
            c0, c1, c2, c3 = right[b], right[b1], right[b2], right[b3]
            s00 = s01 = s02 = s03 = s10 = s11 = s12 = s13 = 0.0
            s20 = s21 = s22 = s23 = s30 = s31 = s32 = s33 = 0.0
            for i in range(left.shape[1]):
                u, v, w, x = c0[i], c1[i], c2[i], c3[i]
                s00 += r0[i] * u
                s01 += r0[i] * v
                s02 += r0[i] * w
                s03 += r0[i] * x
                s10 += r1[i] * u
                s11 += r1[i] * v
                s12 += r1[i] * w
                s13 += r1[i] * x
                s20 += r2[i] * u
                s21 += r2[i] * v
                s22 += r2[i] * w
                s23 += r2[i] * x
                s30 += r3[i] * u
                s31 += r3[i] * v
                s32 += r3[i] * w
                s33 += r3[i] * x
            out[a, b], out[a, b1], out[a, b2], out[a, b3] = s00, s01, s02, s03
            out[a1, b], out[a1, b1], out[a1, b2], out[a1, b3] = s10, s11, s12, s13
            out[a2, b], out[a2, b1], out[a2, b2], out[a2, b3] = s20, s21, s22, s23
            out[a3, b], out[a3, b1], out[a3, b2], out[a3, b3] = s30, s31, s32, s33
