"""Sweeps on a real SLURM, through the profile: they are the same, and lost jobs lose nothing."""

from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from cluster_pipeline import ClusterPipeline
from slurm_cluster import Cluster, wait_for
from workflow_pipeline import Pipeline, jobs

pytestmark = pytest.mark.slurm

# One job of 32 trials that take a few tenths of a second each and never stop early.
LONG: dict[str, Any] = {
    "axes": {"k": [10, 11, 12, 13, 14, 15, 16, 17], "n": [60]},
    "solvers": [{"name": "gradient_descent", "step": 1e-3, "max_iter": 2_000_000}],
    "trials": 4,
    "figures": None,
    "batch": {"seconds": 10_000},
}
TRIALS = 32

# What trials decide: how many there are, and further points of the grid.
ADAPTIVE: dict[str, Any] = {
    "axes": {"k": [2, 6], "n": [10, 90, 170, 250]},
    "trials": {"at_least": 5, "at_most": 30, "until": {"interval_width": 0.5}},
    "refine": {"rounds": 2},
}


def build_here(folder: Path, name: str, sweep: dict[str, Any], **config: Any) -> bytes:
    """Return the trials of a sweep that is run without a cluster."""
    here = Pipeline(folder / "here")
    here.write(name, **sweep)
    here.build(name, **config)
    return (Path(config.get("results", here.results)) / name / "trials.csv").read_bytes()


@pytest.fixture(scope="module")
def expected(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    return build_here(tmp_path_factory.mktemp("expected"), "long", LONG)


def lose(pipeline: ClusterPipeline, how: Callable[[str], None], state: str, *options: str) -> str:
    """Run the long sweep, lose its job in the middle, and let the retry finish the rest.

    Parameters
    ----------
    how : loses the job of this id.
    state : of the lost job, in the accounting.

    Returns
    -------
    The id of the job that was the retry.
    """
    cluster = pipeline.cluster
    pipeline.write("long", **LONG)
    pipeline.compile()
    with pipeline.begun("long", *options) as run:
        job = pipeline.batch_job(run, "RUNNING")
        wait_for("first trials", lambda: len(pipeline.stored()) >= 3)
        # The retry waits in the queue until it is seen what is stored.
        pipeline.hold()
        how(job)
        wait_for(state, lambda: cluster.records(job)[0]["State"].split()[0] == state)
        retry = pipeline.batch_job(run, "PENDING")
        kept = pipeline.stored()
        code, said = pipeline.finish(run)
    assert code == 0, said[-5000:]
    assert 3 <= len(kept) < TRIALS
    assert pipeline.trials_run("long") == TRIALS - len(kept)
    # The rows hold the times that the trials took: none was run again.
    after = pipeline.stored()
    assert {trial: after[trial] for trial in kept} == kept
    assert cluster.records(retry)[-1]["State"] == "COMPLETED"
    return retry


@pytest.fixture(scope="module")
def out_of_time(
    cluster: Cluster, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[tuple[ClusterPipeline, Future[str]]]:
    """A run whose job exceeds its limit, which has whole minutes: apart, beside the other tests."""
    pipeline = ClusterPipeline(tmp_path_factory.mktemp("time"), cluster, "apart")
    options = ["--set-resources", "run_batch:runtime=attempt"]
    options += [
        f"{rule}:slurm_partition=apart"
        for rule in ("run_batch", "collect_trials", "summarise_cells", "describe_results")
    ]

    def how(job: str) -> None:
        # It stands still rather than compute for a minute.
        cluster.script("apart", "run_batch.py").suspend()

    with ThreadPoolExecutor(1) as beside:
        yield pipeline, beside.submit(lose, pipeline, how, "TIMEOUT", *options)


@pytest.mark.usefixtures("out_of_time")
def test_a_sweep_is_the_same_on_a_cluster(
    pipeline: ClusterPipeline, cluster: Cluster, tmp_path: Path
) -> None:
    pipeline.write("tiny", batch="cell")
    said = pipeline.build("tiny", seed=7)
    assert jobs(said)["run_batch"] == 4
    records = [record for record in cluster.records() if record["Partition"] == "main"]
    assert {record["State"] for record in records} == {"COMPLETED"}
    # Kernels, four batches on two nodes, and all tables and figures in one job.
    assert len(records) == 6
    assert {record["NodeList"] for record in records} == {"n1", "n2"}
    assert pipeline.read("tiny") == build_here(tmp_path, "tiny", {}, seed=7)


@pytest.mark.usefixtures("out_of_time")
def test_tables_and_many_figures_fit_on_one_processor(
    pipeline: ClusterPipeline, cluster: Cluster
) -> None:
    curves = {
        f"curve{i}": {"kind": "curve", "x": "n/k", "y": "signal_error", "overlays": [{"y": "x"}]}
        for i in range(4)
    }
    pipeline.write("tiny", figures=curves)
    pipeline.compile()
    before = cluster.records()
    said = pipeline.build("tiny", seed=9)
    assert jobs(said)["draw_figure"] == jobs(said)["tabulate_overlays"] == 4
    new = (record for record in cluster.records() if record not in before)
    # The run beside this one has its tables too.
    new = (record for record in new if record["Partition"] == "main")
    (group,) = (record for record in new if "tables" in record["Comment"])
    assert group["State"] == "COMPLETED"
    assert group["ReqCPUS"] == "1"
    # MB: what one of them asks for, not eight times as much.
    assert group["ReqMem"] in ("1000M", "1G", "1.00G")


def test_an_edit_that_leaves_the_batches_what_they_are_makes_no_wrong_result(
    pipeline: ClusterPipeline, tmp_path: Path
) -> None:
    edited = {"trials": 5, "success": {"error": "signal", "below": "1e-30"}}
    pipeline.write("tiny")
    pipeline.compile()
    pipeline.hold()
    with pipeline.begun("tiny", "--retries=0") as run:
        job = pipeline.batch_job(run, "PENDING")
        pipeline.write("tiny", **edited)
        code, _ = pipeline.finish(run)
    assert code != 0
    assert "changed since this job was planned" in pipeline.slurm_log(job).read_text()
    # As if it had never been edited.
    pipeline.write("tiny")
    assert build_here(tmp_path, "tiny", {}, results=pipeline.results) == build_here(
        tmp_path / "fresh", "tiny", {}
    )
    cells = pipeline.read("tiny", "cells.csv")
    assert cells == (tmp_path / "fresh/here/results/tiny/cells.csv").read_bytes()


@pytest.mark.usefixtures("out_of_time")
def test_trials_by_need_and_a_refined_grid_are_the_same_on_a_cluster(
    pipeline: ClusterPipeline, tmp_path: Path
) -> None:
    pipeline.write("fine", **ADAPTIVE)
    assert jobs(pipeline.build("fine"))["refine_grid"] == 2
    assert pipeline.read("fine") == build_here(tmp_path, "fine", ADAPTIVE)


def test_a_cancelled_job_had_one_thread_and_its_retry_does_the_rest(
    pipeline: ClusterPipeline, cluster: Cluster, expected: bytes
) -> None:
    seen = []

    def how(job: str) -> None:
        script = cluster.script("main", "run_batch.py")
        seen.append((script.environ()["OMP_NUM_THREADS"], script.num_threads()))
        cluster.cancel(job)

    # What the user's shell says is not what a job of one processor has.
    pipeline.environment = pipeline.environment | {"OMP_NUM_THREADS": "4"}
    lose(pipeline, how, "CANCELLED")
    assert seen == [("1", 1)]
    assert pipeline.read("long") == expected


def test_a_job_of_a_lost_node_is_started_again_on_another(
    pipeline: ClusterPipeline, cluster: Cluster, expected: bytes
) -> None:
    lost: list[str] = []

    def how(job: str) -> None:
        lost.append(cluster.records(job)[0]["NodeList"])
        cluster.kill_node(lost[0])

    try:
        retry = lose(pipeline, how, "NODE_FAIL")
    finally:
        for node in lost:
            cluster.start_node(node)
    # The same job twice: SLURM itself started it again.
    first, second = cluster.records(retry)
    assert (first["State"], second["State"]) == ("NODE_FAIL", "COMPLETED")
    assert first["NodeList"] == lost[0] != second["NodeList"]
    assert pipeline.read("long") == expected


def test_the_retry_of_a_job_that_ran_out_of_memory_has_more_of_it(
    pipeline: ClusterPipeline, cluster: Cluster, tmp_path: Path
) -> None:
    # Small networks first, then some whose weights take 0.6 GB, for long enough to be measured.
    sweep: dict[str, Any] = {
        "axes": {"n": [60, 12_000], "k": [5]},
        "solvers": [{"name": "gradient_descent", "step": 1e-3, "max_iter": 20}],
        "trials": 4,
        "figures": None,
        "batch": {"seconds": 10_000},
    }
    pipeline.write("large", **sweep)
    pipeline.compile()
    memory = "run_batch:mem_mb=600 if attempt == 1 else 3000"
    with pipeline.begun("large", "--set-resources", memory) as run:
        job = pipeline.batch_job(run, "RUNNING")
        pipeline.hold()
        retry = pipeline.batch_job(run, "PENDING")
        kept = pipeline.stored()
        lost = pipeline.slurm_log(job).read_text()
        code, said = pipeline.finish(run)
    assert code == 0, said[-5000:]
    # Control groups, which a container may not have, would make it OUT_OF_MEMORY.
    assert "exceeded memory limit" in lost
    (first,), (second,) = cluster.records(job), cluster.records(retry)
    assert (first["State"], first["ReqMem"]) == ("FAILED", "600M")
    assert (second["State"], second["ReqMem"]) == ("COMPLETED", "3000M")
    # The small ones, and no large one: that does not fit.
    assert len(kept) == 4
    assert pipeline.trials_run("large") == 4
    after = pipeline.stored()
    assert {trial: after[trial] for trial in kept} == kept
    assert pipeline.read("large") == build_here(tmp_path, "large", sweep)


def test_a_sweep_that_is_edited_while_its_jobs_wait(
    pipeline: ClusterPipeline, expected: bytes, tmp_path: Path
) -> None:
    pipeline.write("long", **LONG | {"axes": {"k": [10, 11], "n": [60]}})
    pipeline.compile()
    pipeline.hold()
    with pipeline.begun("long", "--retries=0") as run:
        job = pipeline.batch_job(run, "PENDING")
        pipeline.write("long", **LONG)
        code, said = pipeline.finish(run)
    assert code != 0
    # Snakemake names the job's log, which has the reason.
    log = pipeline.slurm_log(job)
    assert str(log) in said
    assert "changed since this job was planned. Run snakemake again" in log.read_text()
    assert not (pipeline.results / "long/trials.csv").exists()
    assert not pipeline.stored()
    assert build_here(tmp_path, "long", LONG, results=pipeline.results) == expected


def test_the_retry_of_a_job_that_ran_out_of_time_has_more_of_it(
    out_of_time: tuple[ClusterPipeline, Future[str]], cluster: Cluster, expected: bytes
) -> None:
    pipeline, future = out_of_time
    retry = future.result(timeout=900)
    limits = [
        r["Timelimit"]
        for r in cluster.records()
        if "run_batch" in r["Comment"] and r["Partition"] == "apart"
    ]
    assert limits == ["00:01:00", "00:02:00"]
    assert cluster.records(retry)[0]["Timelimit"] == limits[1]
    assert pipeline.read("long") == expected
