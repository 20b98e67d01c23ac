"""Loops that several threads share, where a trial has them: into how many parts they are cut.

A part is entries, or rows, that do not depend on those of others. So whatever thread takes it,
and whatever the parts are, every number is summed in one order.
"""

import numba

from genphase.kernels._jit import THREADS, jit
from genphase.kernels.policy import LEAST_SHARE

if THREADS > 1:
    numba.set_num_threads(min(THREADS, numba.get_num_threads()))


@jit
def shares_of(products):
    """Return into how many parts a loop of so many multiplications is cut; 1 for one thread."""
    return min(max(products // LEAST_SHARE, 1), THREADS)
