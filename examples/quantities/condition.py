"""A quantity of one's own: how far from orthogonal the columns of the network's map are."""

import numpy as np

from genphase import quantity


@quantity(text="condition number")
def condition(drawn, *, points: int = 20):
    """Mean condition number of the layers' product, at random points."""
    found = []
    for x in drawn.rng.standard_normal((points, drawn.k)):
        linear = np.eye(drawn.k)
        for matrix in drawn.weights:
            linear = matrix @ linear
            linear[linear @ x <= 0] = 0
        found.append(np.linalg.cond(linear))
    return float(np.mean(found))
