"""A problem of one's own: only the signs of measurements are observed."""

import numpy as np

from genphase import problem


@problem
class OneBit:
    """Signs of measurements, by a logistic loss."""

    def observe(self, rng, clean):
        """Return the signs; `clean` is A G(x*) with the noise of the sweep."""
        return np.where(clean >= 0, 1.0, -1.0)

    def loss(self, observed, b):
        """Return the mean of log(1 + exp(-b A G(x)))."""
        return np.mean(np.logaddexp(0.0, -b * observed))

    def gradient(self, observed, b):
        """Return the gradient of the loss in A G(x)."""
        return -b / (1 + np.exp(b * observed)) / b.size
