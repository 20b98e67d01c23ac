"""A pipeline whose jobs run on a cluster, through the profile."""

import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from slurm_cluster import Cluster, wait_for
from workflow_pipeline import REPOSITORY, Pipeline

PROFILE = REPOSITORY / "workflow/profiles/slurm"


class ClusterPipeline(Pipeline):
    """Like a pipeline, with the jobs on a cluster, and with runs that are watched meanwhile."""

    def __init__(self, folder: Path, cluster: Cluster, partition: str = "main") -> None:
        super().__init__(folder)
        self.partition = partition
        self.cluster = cluster
        self.environment = cluster.environment
        self.said = folder / "said"

    def command(self, *arguments: str, cores: int = 2, **config: Any) -> list[str]:
        return super().command(
            f"--workflow-profile={PROFILE}",
            # All that the tests change for their own sake: they ask sooner, and their nodes have
            # one processor.
            "--slurm-init-seconds-before-status-checks=2",
            "--set-threads=compile_kernels=1",
            *arguments,
            cores=cores,
            **config,
        )

    def compile(self) -> None:
        """Make the kernels here, so that the first jobs on the cluster are batches."""
        done = subprocess.run(
            super().command("compile_kernels"), capture_output=True, text=True, check=False
        )
        assert done.returncode == 0, done.stderr

    @contextmanager
    def begun(self, *arguments: str) -> Iterator["subprocess.Popen[bytes]"]:
        """Run Snakemake meanwhile; it does not outlive the block."""
        with open(self.said, "wb") as said:
            run = subprocess.Popen(
                self.command(*arguments), stdout=said, stderr=said, env=self.environment
            )
        try:
            yield run
        finally:
            run.kill()
            run.wait()
            self.cluster.clear(self.partition)

    def finish(self, run: "subprocess.Popen[bytes]") -> tuple[int, str]:
        """Let waiting jobs go, and wait for the end of a run; return its code and what it said."""
        self.release()
        return run.wait(timeout=900), self.said.read_text()

    def hold(self) -> None:
        self.cluster.hold(self.partition)

    def release(self) -> None:
        self.cluster.release(self.partition)

    def slurm_log(self, job: str) -> Path:
        (log,) = (self.folder / ".snakemake/slurm_logs").rglob(f"{job}.log")
        return log

    def batch_job(self, run: "subprocess.Popen[bytes]", state: str) -> str:
        """Wait until a batch is in a state of the queue, and return the id of its job."""

        def found() -> str | None:
            assert run.poll() is None, self.said.read_text()[-5000:]
            return next(iter(self.cluster.queue(self.partition, state, "rule_run_batch")), None)

        return wait_for(f"{state} batch", found)
