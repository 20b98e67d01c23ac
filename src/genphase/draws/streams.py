"""Random streams: one for each part of a trial, a function of parameters and trial index.

Every part is seeded by the hash of the instance's parameters, the trial index and the part: no
part's draw moves another's, and nothing depends on what was drawn before.
"""

import numpy as np

from genphase.parameters import Parameters

# Spawn keys of the streams; never renumber.
WEIGHTS, MEASUREMENTS, TARGET, NOISE, START, SECOND, SOLVER, OBSERVATION, QUANTITY = range(9)
# Of what all trials of all cells have in common.
IMAGES = 9
# Of codes that errors of an instance begin searches at.
CODES = 10


def stream(parameters: Parameters, trial: int, *part: int) -> np.random.Generator:
    """Return the generator of a part of a trial."""
    seed = np.random.SeedSequence(parameters.instance_entropy, spawn_key=(trial, *part))
    return np.random.Generator(np.random.SFC64(seed))


def shared_stream(seed: int, *part: int) -> np.random.Generator:
    """Return the generator of what all trials of all cells have in common; default: noise."""
    return np.random.Generator(np.random.SFC64(np.random.SeedSequence(seed, spawn_key=part)))
