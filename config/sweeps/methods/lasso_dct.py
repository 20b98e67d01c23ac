"""A baseline without a network: images that are sparse in the discrete cosine transform."""

import math

import numpy as np
from scipy.fft import dctn, idctn
from sklearn.linear_model import Lasso

from genphase import Result, solver


@solver(fits=["compressed_sensing"], recovers="signal")
def lasso_dct(problem, start, *, penalty: float = 0.01, max_iter: int = 1000):
    """Minimise ½‖A y - b‖² + penalty ‖DCT y‖_1 over square images y, by coordinate descent.

    The baseline of Bora, Jalal, Price, Dimakis, "Compressed sensing using generative models"
    (2017), by scikit-learn's Lasso, whose objective is divided by m.
    """
    measurements, n = problem.measurement_matrix.astype(float), problem.signal(start).size
    side = math.isqrt(n)
    # A row times the inverse transform is the transform of the row, as an image.
    rows = measurements.reshape(-1, side, side)
    matrix = dctn(rows, axes=(1, 2), norm="ortho").reshape(len(rows), n)
    model = Lasso(alpha=penalty / len(rows), fit_intercept=False, max_iter=max_iter, tol=1e-6)
    found = model.fit(matrix, problem.observation)
    signal = idctn(found.coef_.reshape(side, side), norm="ortho").ravel()
    status = "converged" if found.n_iter_ < max_iter else "capped"
    return Result(None, int(found.n_iter_), status, signal=np.asarray(signal))
