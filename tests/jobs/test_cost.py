"""The cost model of jobs against what it stands for elsewhere."""

from genphase.jobs.cost import _HINGES
from genphase.kernels.policy import MOST_HINGES


def test_memory_counts_as_many_hinges_as_a_region_may_have():
    assert _HINGES == MOST_HINGES
