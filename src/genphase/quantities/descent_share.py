"""Where a gradient step leads towards the truth."""

from typing import Any

import numpy as np

from genphase.quantities.options import Points
from genphase.quantities.search import directions
from genphase.theory.landscape import rho
from genphase.things import Positive, quantity


@quantity(text="share of descent towards x*", needs=("relu",))
def descent_share(drawn: Any, *, points: Points = 200, radius: Positive = 0.2) -> float:
    """Share of random x, away from x* and -ρ_d x*, whose -gradient leads nearer to x*.

    The points have random directions and lengths uniform up to 2‖x*‖; those within `radius` ‖x*‖
    of x* or of -ρ_d x* are left out. The gradient itself is a descent direction wherever f has one.
    NaN where no point is left.
    """
    length = float(np.linalg.norm(drawn.target))
    scale = 2 * length * drawn.rng.random((points, 1))
    places = scale * directions(drawn.rng, points, drawn.k)
    ends = np.array([drawn.target, -rho(len(drawn.weights)) * drawn.target])
    away = np.linalg.norm(places[:, None] - ends, axis=2).min(axis=1) > radius * length
    towards = [drawn.gradient(x) @ (x - drawn.target) > 0 for x in places[away]]
    return float(np.mean(towards)) if towards else float("nan")
