"""Where a run ends: near the truth, the spurious point, zero, or elsewhere."""

from typing import Literal

from genphase.angles import rho
from genphase.draws.gaussian import Vector, length
from genphase.things import Positive, error


@error(text="share of runs that end there", worst=0)
def ends_near(
    latent_estimate: Vector,
    latent_truth: Vector,
    depth: int,
    *,
    place: Literal["target", "spurious", "zero", "elsewhere"],
    radius: Positive = 0.25,
) -> float:
    """Return 1 if x̂ is within radius ‖x*‖ of x*, -ρ_d x* or 0, or of none of them; else 0.

    Its mean is the share of runs that end there. Of several places that are near, the nearest
    counts. The places are where the expected gradient of a ReLU network vanishes; Hand and
    Voroninski (2018, arXiv:1705.07576), (32). Those of a drawn network are some way off.
    """
    places = {"target": 1.0, "zero": 0.0, "spurious": -rho(depth)}
    size = length(latent_truth)
    distances = {
        name: length(latent_estimate - c * latent_truth) / size for name, c in places.items()
    }
    nearest = min(distances, key=lambda name: distances[name])
    return float(place == (nearest if distances[nearest] <= radius else "elsewhere"))
