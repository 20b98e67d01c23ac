"""A pipeline in a folder of its own, run by a real Snakemake."""

import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import psutil
import yaml
from samples import SWEEP

REPOSITORY = Path(__file__).parents[2]


class Pipeline:
    """Sweep files and results in a temporary folder, with the repository's workflow."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.sweeps = folder / "sweeps"
        self.results = folder / "results"
        self.sweeps.mkdir(parents=True, exist_ok=True)
        self.environment = dict(os.environ)
        self.checkout = REPOSITORY

    def copy(self, folder: Path) -> "Pipeline":
        """Return the same pipeline in another folder: files, times and Snakemake's memory."""
        shutil.copytree(self.folder, folder, dirs_exist_ok=True)
        found = Pipeline(folder)
        found.environment = dict(self.environment)
        return found

    def without_compilation(self) -> None:
        """Run kernels as Python from now on: the compiled ones of an edited copy take a while.

        The numbers are those of another identity.
        """
        self.environment["NUMBA_DISABLE_JIT"] = "1"

    def own_checkout(self) -> Path:
        """Run a copy of the repository from now on, which a test may edit; return its folder."""
        self.checkout = self.folder / "checkout"
        self.checkout.mkdir()
        shutil.copy2(REPOSITORY / "Snakefile", self.checkout)
        for part in ("config", "profiles", "scripts", "src", "workflow"):
            leave = shutil.ignore_patterns("__pycache__", "*.egg-info")
            shutil.copytree(REPOSITORY / part, self.checkout / part, symlinks=True, ignore=leave)
        self.environment["PYTHONPATH"] = str(self.checkout / "src")
        self.without_compilation()
        return self.checkout

    def edit(self, file: str, old: str, new: str) -> None:
        """Edit a source of the library in a checkout of this pipeline's own."""
        assert self.checkout != REPOSITORY
        source = self.checkout / "src/genphase" / file
        text = source.read_text()
        assert old in text
        source.write_text(text.replace(old, new, 1))

    def write(self, name: str, **changes: Any) -> None:
        content = {key: value for key, value in {**SWEEP, **changes}.items() if value is not None}
        (self.sweeps / f"{name}.yaml").write_text(yaml.safe_dump(content, sort_keys=False))

    def command(self, *arguments: str, cores: int = 2, **config: Any) -> list[str]:
        # Relative, so that a copy of the folder is the same pipeline.
        values = {"sweep_dir": "sweeps", "results": "results", **config}
        return [
            sys.executable,
            "-m",
            "snakemake",
            f"--snakefile={self.checkout / 'Snakefile'}",
            f"--directory={self.folder}",
            f"--cores={cores}",
            *arguments,
            "--config",
            *(f"{key}={value}" for key, value in values.items()),
        ]

    def snakemake(self, *arguments: str, **options: Any) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            self.command(*arguments, **options),
            capture_output=True,
            text=True,
            env=self.environment,
            check=False,
        )

    def build(self, *arguments: str, **options: Any) -> str:
        """Run Snakemake, which must succeed, and return what it said."""
        done = self.snakemake(*arguments, **options)
        assert done.returncode == 0, done.stderr[-5000:]
        return done.stderr

    def start(self, *arguments: str) -> subprocess.Popen[bytes]:
        """Start Snakemake, which goes on beside the test."""
        return subprocess.Popen(
            self.command(*arguments),
            env=self.environment,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )

    def genphase(self, *arguments: str, status: int = 0) -> str:
        """Run a command of genphase, which must end with a status; return what it said."""
        options = [f"--sweep-dir={self.sweeps}", f"--results={self.results}"]
        code = "from genphase.cli import main; main()"
        done = subprocess.run(
            [sys.executable, "-c", code, *arguments, *options],
            capture_output=True,
            text=True,
            env=self.environment,
            check=False,
        )
        assert done.returncode == status, done.stderr
        return done.stdout if status == 0 else done.stderr

    def plan(self, name: str, *arguments: str) -> dict[str, Any]:
        return dict(json.loads(self.genphase("plan", name, "--json", *arguments)))

    def read(self, name: str, file: str = "trials.csv") -> bytes:
        return (self.results / name / file).read_bytes()

    def cell_files(self) -> dict[str, tuple[int, bytes]]:
        """Return time and content of every file in the cell store, by the cell's id."""
        files = (self.results / "store").glob("??/*.json")
        return {path.stem: (path.stat().st_mtime_ns, path.read_bytes()) for path in files}

    def stored_trials(self) -> dict[str, int]:
        """Return the number of trials of every cell in the store."""
        files = self.cell_files().items()
        return {cell: len(json.loads(content)["trials"]) for cell, (_, content) in files}

    def stored(self) -> dict[tuple[str, int], list[Any]]:
        """Return the rows of all finished trials, with the times they took, by cell and trial."""
        rows: dict[tuple[str, int], list[Any]] = {}
        for path in (self.results / "store").glob("??/*.json"):
            rows |= {(path.stem, row[0]): row for row in json.loads(path.read_text())["trials"]}
        return rows

    def trials_run(self, name: str) -> int:
        """Return how many trials the jobs of the last run of each batch computed."""
        logs = (self.results / "logs" / name).glob("*.log")
        found = (re.search(r"trials: (\d+) run in", path.read_text()) for path in logs)
        return sum(int(match.group(1)) for match in found if match)

    def forget_logs(self, name: str) -> None:
        for path in (self.results / "logs" / name).glob("*.log"):
            path.unlink()


def jobs(output: str) -> dict[str, int]:
    """Return how often each rule was run."""
    counts: dict[str, int] = {}
    for rule in re.findall(r"Finished jobid: \d+ \(Rule: (\w+)\)", output):
        counts[rule] = counts.get(rule, 0) + 1
    return counts


def planned_jobs(output: str) -> dict[str, int]:
    """Return how often each rule would be run, by what a dry run says."""
    table = output.partition("Job stats:")[2].partition("total")[0]
    found = {rule: int(n) for rule, n in re.findall(r"^(\w+) +(\d+)$", table, flags=re.MULTILINE)}
    return {rule: count for rule, count in found.items() if rule != "tiny"}


def kill_tree(process: subprocess.Popen[bytes]) -> None:
    """Kill a process and its children, all at once."""
    root = psutil.Process(process.pid)
    tree = [root, *root.children(recursive=True)]
    for member in tree:
        member.suspend()
    for member in tree:
        member.kill()
    psutil.wait_procs(tree)
