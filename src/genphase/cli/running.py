"""``genphase run``: what will be done, the run with its progress, and where its files are."""

import os
import re
import signal
import subprocess
import sys
from collections.abc import Sequence
from contextlib import suppress
from datetime import datetime
from pathlib import Path
from typing import Annotated, TextIO

import typer
import yaml

from genphase.cli.options import (
    ConfigFile,
    Results,
    Seed,
    Study,
    SweepDir,
    a_mistake,
    no_sweep,
    study_of,
)
from genphase.cli.progress import Progress
from genphase.errors import did_you_mean
from genphase.jobs.recipes import explored
from genphase.shipped import PROFILES, SNAKEFILE

# Where a study has profiles of its own.
_OWN_PROFILES = (Path("profiles"), Path("workflow/profiles"))
# Lines of Snakemake's that are shown where a run has failed.
_TAIL = 40

Names = Annotated[
    list[str] | None,
    typer.Argument(
        metavar="[SWEEP]...",
        help="Sweeps by name, or paths of sweep files. Default: those of the configuration.",
    ),
]
Cores = Annotated[
    int | None, typer.Option(min=1, help="Cores of this machine. Default: all, or the profile's.")
]
ProfileName = Annotated[
    str,
    typer.Option(
        "--profile", help="`slurm`, a profile in the study's `profiles`, or a folder with one."
    ),
]
DryRun = Annotated[
    bool, typer.Option("--dry-run", "-n", help="Tell what would be done, and do nothing.")
]


def run(
    context: typer.Context,
    sweeps: Names = None,
    cores: Cores = None,
    profile: ProfileName = "default",
    dry_run: DryRun = False,
    configfile: ConfigFile = None,
    sweep_dir: SweepDir = None,
    results: Results = None,
    seed: Seed = None,
) -> None:
    """Build sweeps: run the trials that are missing, then make tables and figures.

    Snakemake does it. What stands after `--` are words for it, such as `-- --forceall`; what it
    says is in the log that is named. A run that was interrupted goes on where it was.

    Example: `genphase run plugin_portrait --cores 2`
    """
    words: Sequence[str] = context.obj or ()
    if {"--config", "-C", "--configfile", "--configfiles"} & set(words):
        raise a_mistake(
            "--",
            "--config and --configfile cannot be words for Snakemake here",
            "use --configfile, --seed, --results and --sweep-dir before the --",
        )
    study = study_of(tuple(sweeps or ()), configfile, sweep_dir, results, seed)
    if not study.names:
        raise no_sweep(study)
    progress = Progress(study)
    for line in progress.lines():
        typer.echo(line)
    command = _command(study, cores, profile, [*words, *(["--dry-run"] * dry_run)])
    if dry_run:
        raise typer.Exit(subprocess.run(command, check=False).returncode)
    logs = study.config.results / "logs"
    try:
        logs.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        text = f"{str(study.config.results)!r} cannot be written to: {error.strerror}"
        remedy = "name a folder that you can write to, by --results or in the configuration"
        raise a_mistake("results", text, remedy) from None
    log = logs / f"run-{datetime.now():%Y%m%d-%H%M%S}.log"
    typer.echo(f"Snakemake's words are in {log}.")
    with open(log, "w", encoding="utf-8") as file:
        status = _watched(command, file, progress)
    if status:
        _show_failure(log, status)
        raise typer.Exit(status)
    for name in study.names:
        _show_results(study, name)


def _command(study: Study, cores: int | None, profile: str, words: Sequence[str]) -> list[str]:
    """Return the command line of Snakemake."""
    place = _profile(profile)
    command = [sys.executable, "-m", "snakemake", "--snakefile", str(SNAKEFILE)]
    command += ["--workflow-profile", str(place)]
    if cores is not None:
        command += ["--cores", str(cores)]
    if study.configfile is not None:
        # A configuration on the command line replaces the profile's.
        of_profile = yaml.safe_load((place / "config.yaml").read_text()).get("configfile", [])
        of_profile = [of_profile] if isinstance(of_profile, str) else of_profile
        files = [study.configfile, *(place / file for file in of_profile)]
        command += ["--configfile", *map(str, files)]
    command += words
    if study.given:
        command += ["--config", *(f"{key}={value}" for key, value in study.given.items())]
    return [*command, "--", *study.names]


def _profile(name: str) -> Path:
    """Return the folder of a profile."""
    places = [folder / name for folder in _OWN_PROFILES]
    places += [Path(name), *(place for known, place in PROFILES.items() if known == name)]
    for place in places:
        if (place / "config.yaml").is_file():
            return place
    own = {path.parent.name for folder in _OWN_PROFILES for path in folder.glob("*/config.yaml")}
    raise a_mistake(
        "--profile", f"there is no profile {name!r}", did_you_mean(name, sorted({*PROFILES} | own))
    )


def _watched(command: Sequence[str], log: TextIO, progress: Progress) -> int:
    """Run a command whose words go into a log; return its status."""
    process = subprocess.Popen(command, stdout=log, stderr=subprocess.STDOUT)
    try:
        progress.follow(process)
    except KeyboardInterrupt:
        # Snakemake was interrupted too, and lets its jobs keep what they have.
        typer.echo("Interrupted; what is finished is stored.", err=True)
        process.wait()
    finally:
        if process.poll() is None:
            with suppress(ProcessLookupError):
                os.kill(process.pid, signal.SIGTERM)
            process.wait()
    return process.returncode


def _show_failure(log: Path, status: int) -> None:
    text = log.read_text(encoding="utf-8", errors="replace")
    # What a user's own code did is told in full by its job.
    told = dict.fromkeys(re.findall(r"ERROR the job failed: (.*?)\s*^={20,}$", text, re.S | re.M))
    for line in told or text.splitlines()[-_TAIL:]:
        typer.echo(line, err=True)
    typer.echo(f"The run has failed (status {status}); all that was said is in {log}.", err=True)


def _show_results(study: Study, name: str) -> None:
    """Say where a sweep's files are, and how its trials ended."""
    from genphase.tables.files import read_table
    from genphase.tables.readme import outcome, values

    folder = study.config.results / name
    sweep = study.sweep(name)
    typer.echo(f"{name}: figures {', '.join(f'{folder}/{f}.png' for f in sweep.figures) or 'none'}")
    pages = [f"{folder}/{figure}.html" for figure in explored(sweep)]
    if pages:
        typer.echo(f"  to explore in a browser: {', '.join(pages)}")
    typer.echo(f"  as a page {folder}/index.html; what each file is in {folder}/README.txt")
    cells = read_table(folder / "cells.csv")
    for line in (*values(cells), *outcome(cells)):
        typer.echo(f"  {line}")
