r"""Small positive definite systems, (H + λ I) x = b, by a Cholesky factor.

LAPACK would be faster from some hundred unknowns on, but the last bit of its results can depend on
its number of threads and on where arrays lie in memory.
"""

from genphase.kernels._jit import jit


@jit
def factorise(H, shift, factor):
    """Put the lower triangle L of H + λ I = L Lᵀ into `factor`; return whether there is one.

    Parameters
    ----------
    H : (k, k)
        Symmetric; only its lower triangle is read.
    shift
        λ.
    factor : (k, k)
        Filled in its lower triangle. Without a factor, because a pivot is not
        positive or no number, what is written is of no use.
    """
    for i in range(H.shape[0]):
        for j in range(i + 1):
            total = 0.0
            for a in range(j):
                total += factor[i, a] * factor[j, a]
            if j < i:
                factor[i, j] = (H[i, j] - total) / factor[j, j]
            else:
                pivot = H[i, i] + shift - total
                if not pivot > 0.0:
                    return False
                factor[i, i] = pivot**0.5
    return True


@jit
def substitute(factor, b, x):
    """Put the solution of L Lᵀ x = b into `x`.

    Parameters
    ----------
    factor : (k, k)
        L in its lower triangle.
    b : (k,)
        The right-hand side.
    x : (k,)
        Filled with the solution.
    """
    k = b.shape[0]
    for i in range(k):
        total = 0.0
        for a in range(i):
            total += factor[i, a] * x[a]
        x[i] = (b[i] - total) / factor[i, i]
    for i in range(k - 1, -1, -1):
        total = 0.0
        for a in range(i + 1, k):
            total += factor[a, i] * x[a]
        x[i] = (x[i] - total) / factor[i, i]
