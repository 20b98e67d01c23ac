r"""Inner products of the rows of two matrices, :math:`A B^\top`.

No BLAS: the last bit of its results can depend on its number of threads and on where arrays lie in
memory. Those here depend on the kind of processor alone, whose vector lanes order the sums.
"""

import numpy as np

from genphase.kernels._jit import jit

# Of the widest vectors, in float64.
LANES = 8


@jit
def padded_rows(count, length):
    """Return rows for `length` entries, and zeros behind them up to a multiple of `LANES`.

    The zeros take less time than what would remain of the sums otherwise.
    """
    rows = np.empty((count, (length + LANES - 1) // LANES * LANES))
    rows[:, length:] = 0.0
    return rows


@jit
def products_of_rows(left, right, lower, out):
    """Put the inner product of row a of `left` and row b of `right` into ``out[a, b]``.

    They are taken in tiles of six rows by two, so that what is loaded is used often. For twelve
    sums, row by row in this order, sixteen registers are enough.

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
    for a in range(0, p, 6):
        # At the edges the last row is taken again.
        a1, a2, a3 = min(a + 1, p - 1), min(a + 2, p - 1), min(a + 3, p - 1)
        a4, a5 = min(a + 4, p - 1), min(a + 5, p - 1)
        r0, r1, r2, r3, r4, r5 = left[a], left[a1], left[a2], left[a3], left[a4], left[a5]
        for b in range(0, min(a + 6, q) if lower else q, 2):
            b1 = min(b + 1, q - 1)
            c0, c1 = right[b], right[b1]
            s0 = s1 = s2 = s3 = s4 = s5 = 0.0
            t0 = t1 = t2 = t3 = t4 = t5 = 0.0
            for i in range(left.shape[1]):
                s0 += r0[i] * c0[i]
                t0 += r0[i] * c1[i]
                s1 += r1[i] * c0[i]
                t1 += r1[i] * c1[i]
                s2 += r2[i] * c0[i]
                t2 += r2[i] * c1[i]
                s3 += r3[i] * c0[i]
                t3 += r3[i] * c1[i]
                s4 += r4[i] * c0[i]
                t4 += r4[i] * c1[i]
                s5 += r5[i] * c0[i]
                t5 += r5[i] * c1[i]
            out[a, b], out[a1, b], out[a2, b] = s0, s1, s2
            out[a3, b], out[a4, b], out[a5, b] = s3, s4, s5
            out[a, b1], out[a1, b1], out[a2, b1] = t0, t1, t2
            out[a3, b1], out[a4, b1], out[a5, b1] = t3, t4, t5
