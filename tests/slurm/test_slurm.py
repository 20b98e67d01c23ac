"""Sweeps on a real SLURM, through the profile: they are the same, and lost jobs lose nothing."""

from typing import Any

import pytest
from cluster_pipeline import ClusterPipeline
from slurm_cluster import Cluster
from workflow_pipeline import Pipeline, jobs

pytestmark = pytest.mark.slurm

# One job of 32 trials that take a few tenths of a second each and never stop early.
LONG: dict[str, Any] = {
    "axes": {"k": [10, 11, 12, 13, 14, 15, 16, 17], "n": [60]},
    "solvers": [{"name": "gradient_descent", "step": 1e-3, "max_iter": 20_000}],
    "trials": 4,
    "figures": None,
    "batch": {"seconds": 1000},
}
TRIALS = 32


@pytest.fixture(scope="module")
def expected(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    """The trials of the long sweep, run without a cluster."""
    local = Pipeline(tmp_path_factory.mktemp("local"))
    local.write("long", **LONG)
    local.build("long")
    return local.read("long")


def test_a_sweep_is_the_same_on_a_cluster(
    pipeline: ClusterPipeline, cluster: Cluster, tmp_path_factory: pytest.TempPathFactory
) -> None:
    pipeline.write("tiny", batch="cell")
    before = {record["JobID"] for record in cluster.records()}
    said = pipeline.build("tiny", seed=7)
    assert jobs(said)["run_batch"] == 4
    records = [record for record in cluster.records() if record["JobID"] not in before]
    assert {record["State"] for record in records} == {"COMPLETED"}
    # Kernels, four batches on two nodes, and all tables and figures in one job.
    assert len(records) == 6
    assert {record["NodeList"] for record in records} == {"n1", "n2"}
    local = Pipeline(tmp_path_factory.mktemp("local"))
    local.write("tiny")
    local.build("tiny", seed=7)
    assert pipeline.read("tiny") == local.read("tiny")
