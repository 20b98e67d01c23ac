"""Where a run of blind demodulation ends: near which of its hyperbolas."""

from typing import Literal

import numpy as np

from genphase.angles import rho
from genphase.draws.gaussian import Vector, length
from genphase.things import Positive, error


@error(text="share of runs that end there", codes=2, worst=0)
def ends_near_pair(
    latent_estimate: Vector,
    latent_truth: Vector,
    depth: int,
    *,
    place: Literal["target", "first", "second", "both", "zero", "elsewhere"],
    radius: Positive = 0.25,
) -> float:
    """Return 1 if both codes end near (h*, z*), or near one of the other stationary sets; else 0.

    The sets are the hyperbolas (c h, z/c), c > 0, through (h*, z*); `first`, (-ρ_d h*, z*);
    `second`, (h*, -ρ_d z*); `both`, (-ρ_d h*, -ρ_d z*); and `zero`, where one of both is 0. Both
    networks have d layers. Near is a distance of radius ‖(h, z)‖, with h and z of the nearest place
    rescaled to equal norms, as those of the estimate are. Its mean is the share of runs that end
    there; of several places that are near, the nearest counts. Hand and Joshi (2019,
    arXiv:1905.12576), theorem 2, has the sets.
    """
    h, z = np.split(latent_estimate, 2)
    wanted_h, wanted_z = np.split(latent_truth, 2)
    spurious = -rho(depth)
    centres = {
        "target": (1.0, 1.0),
        "first": (spurious, 1.0),
        "second": (1.0, spurious),
        "both": (spurious, spurious),
    }
    distances = {"zero": np.sqrt(length(h) * length(z) / (length(wanted_h) * length(wanted_z)))}
    for name, (a, b) in centres.items():
        if a * b != 0:
            distances[name] = _distance(h, z, a * wanted_h, b * wanted_z)
    nearest = min(distances, key=lambda name: distances[name])
    return float(place == (nearest if distances[nearest] <= radius else "elsewhere"))


def _distance(h: Vector, z: Vector, centre_h: Vector, centre_z: Vector) -> float:
    """Return ‖(h, z) - (h_0, z_0)‖/‖(h_0, z_0)‖ with both pairs rescaled to equal norms."""
    h, z = _balanced(h, z)
    centre = np.concatenate(_balanced(centre_h, centre_z))
    return length(np.concatenate([h, z]) - centre) / length(centre)


def _balanced(h: Vector, z: Vector) -> tuple[Vector, Vector]:
    if length(h) == 0 or length(z) == 0:
        return h, z
    c = np.sqrt(length(z) / length(h))
    return c * h, z / c
