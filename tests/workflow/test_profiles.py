"""What the profile of clusters sets, and what a command line changes."""

import re
from typing import Any

import pytest
from workflow_pipeline import REPOSITORY, Pipeline

pytestmark = pytest.mark.workflow

# Estimated to take an hour or so.
HOUR: dict[str, Any] = {
    "axes": {"k": [20], "n": {"from": 300, "to": 900, "step": 1}},
    "trials": 1000,
    "figures": None,
}


def batches(pipeline: Pipeline, *arguments: str, **config: Any) -> int:
    done = pipeline.snakemake("hour", "--dry-run", "--quiet", "rules", *arguments, **config)
    assert done.returncode == 0, done.stderr
    (count,) = set(re.findall(r"^run_batch +(\d+)$", done.stdout + done.stderr, re.MULTILINE))
    return int(count)


def test_jobs_are_longer_on_a_cluster_whatever_else_is_configured(pipeline: Pipeline) -> None:
    pytest.importorskip("snakemake_executor_plugin_slurm")
    profile = f"--workflow-profile={REPOSITORY / 'workflow/profiles/slurm'}"
    pipeline.write("hour", **HOUR)
    here = batches(pipeline, seed=7)
    there = batches(pipeline, profile, seed=7)
    assert there < here / 5
    assert there == batches(pipeline, batch_seconds=600, seed=7)
    # The command line goes first.
    assert batches(pipeline, profile, batch_seconds=120, seed=7) > 2 * there
