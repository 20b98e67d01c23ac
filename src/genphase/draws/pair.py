"""Instances of a product of two signals whose networks may differ in all but their last width."""

from dataclasses import dataclass, field
from typing import Any

import numpy as np

from genphase.draws.gaussian import Vector, length
from genphase.draws.instance import Gradient, Instance
from genphase.kernels.forms import CUSTOM, Form

_CUSTOM = Form(CUSTOM, 0.0)


@dataclass(frozen=True)
class Pair(Instance):
    """One random draw: f(h, z) = ½‖G_1(h) ∘ G_2(z) - y‖².

    chain, second : the networks G_1 and G_2, each a `Chain` or a `Decoder`.
    target : (k_1 + k_2,) both codes one behind the other; balanced to ‖h‖ = ‖z‖ where the product
        does not tell the scale of its factors; NaN where both factors are images.
    images : the factors of the signal that are images, which need not be in a network's range.
    """

    form: Form = _CUSTOM
    second: Any = field(kw_only=True)
    images: tuple[Vector, Vector] | None = field(default=None, kw_only=True)

    @property
    def is_scale_free(self) -> bool:
        """Return whether G_1(c h) ∘ G_2(z/c) is the same for all c > 0."""
        return bool(self.chain.is_homogeneous and self.second.is_homogeneous)

    def codes(self, latent: Vector) -> tuple[Vector, Vector]:
        """Return views of h and z in x = (h, z)."""
        return latent[: self.chain.k], latent[self.chain.k :]

    @property
    def factors(self) -> Vector:
        """Return both factors of the signal, (2, n)."""
        if self.images is not None:
            return np.array(self.images)
        return self._generated(self.target)

    def factors_at(self, latent: Vector) -> Vector:
        """Return c_1 G_1(h) and c_2 G_2(z), (2, n), as near to the true factors as c_i >= 0 brings.

        A product does not tell the scale of its factors.
        """
        found = self._generated(latent)
        for estimate, truth in zip(found, self.factors, strict=True):
            size = length(estimate)
            if 0 < size < np.inf:
                estimate /= size
                estimate *= max(float(np.sum(estimate * truth)), 0.0)
        return found

    def _generated(self, latent: Vector) -> Vector:
        h, z = self.codes(latent)
        return np.array([self.chain(h)[0], self.second(z)[0]])

    def signal_at(self, latent: Vector) -> Vector:
        """Return the signal G_1(h) ∘ G_2(z)."""
        h, z = self.codes(latent)
        signal: Vector = self.chain(h)[0] * self.second(z)[0]
        return signal

    def observed_at(self, latent: Vector) -> Vector:
        """Return the signal: all of it is observed."""
        return self.signal_at(latent)

    def without_truth(self) -> Gradient:
        """Return f and its gradient as a function of x = (h, z).

        With r = G_1(h) ∘ G_2(z) - y the gradients are Λ_1ᵀ (G_2 ∘ r) and Λ_2ᵀ (G_1 ∘ r).
        """
        first, second, codes, y = self.chain, self.second, self.codes, self.observation

        def gradient(latent: Vector) -> tuple[float, Vector]:
            h, z = codes(latent)
            one, two = first(h)[0], second(z)[0]
            residual = one * two - y
            found = [first.pull_back(h, two * residual), second.pull_back(z, one * residual)]
            size = length(residual)
            # Where it is too large, a product is infinite, and a power of Python's an error.
            return 0.5 * size * size, np.concatenate(found)

        return gradient
