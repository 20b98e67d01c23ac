"""The cluster, started once for all tests, and pipelines on it."""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from cluster_pipeline import ClusterPipeline
from slurm_cluster import Cluster, why_not


@pytest.fixture(scope="session")
def cluster() -> Iterator[Cluster]:
    reason = why_not()
    if reason is not None:
        # Where the tests must run, as in continuous integration, a missing SLURM is an error.
        if os.environ.get("GENPHASE_REQUIRE_SLURM") == "1":
            pytest.fail(reason)
        pytest.skip(reason)
    with Cluster() as running:
        yield running


@pytest.fixture
def pipeline(tmp_path: Path, cluster: Cluster) -> ClusterPipeline:
    return ClusterPipeline(tmp_path, cluster)
