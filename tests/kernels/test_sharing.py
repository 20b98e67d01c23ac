"""Loops that threads share: into how many parts they are cut, and that digits stay the same."""

import os
import subprocess
import sys

import numba
import pytest

from genphase.kernels.policy import LEAST_SHARE
from genphase.kernels.sharing import shares_of

COMPILED = pytest.mark.skipif(numba.config.DISABLE_JIT, reason="there are no threads")

# Trials of a network whose matrices are cut into two and three parts.
TRIALS = f"""
import sys
sys.path[:] = {sys.path!r}
from genphase.cells.trial import run_trial
from genphase.kernels.policy import LEAST_SHARE
from genphase.kernels.sharing import shares_of
from samples import make_parameters

print([int(shares_of(n * LEAST_SHARE)) for n in (0, 1, 2, 3, 99)])
network = dict(widths=(640, 641), weights="gaussian", slope=0)
for solver in (
    dict(name="plugin", step=1),
    dict(name="subgradient", step=1),
    dict(name="levenberg_marquardt"),
):
    chosen = dict(solver, max_iter=40, stop=dict())
    cell = make_parameters(k=6, m=500, network=network, solver=chosen)
    print(run_trial(cell, 0).record)
"""


def printed(threads):
    environment = os.environ | {"GENPHASE_THREADS": str(threads), "NUMBA_NUM_THREADS": "3"}
    command = [sys.executable, "-c", TRIALS]
    # Twice: the process that compiles kernels calls other machine code than those that load them.
    for _ in range(2):
        done = subprocess.run(command, env=environment, capture_output=True, text=True, check=True)
    return done.stdout.splitlines()


@COMPILED
def test_threads_change_no_digit():
    alone, *expected = printed(1)
    together, *found = printed(3)
    assert (alone, together) == ("[1, 1, 1, 1, 1]", "[1, 1, 2, 3, 3]")
    assert len(found) == 3
    assert found == expected


def test_without_threads_no_loop_is_cut():
    assert shares_of(100 * LEAST_SHARE) == 1
