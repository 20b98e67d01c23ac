"""``genphase init``: a folder for a study, with a small sweep and a solver of one's own."""

import shutil
from pathlib import Path
from typing import Annotated

import typer

from genphase.cli.options import a_mistake
from genphase.errors import did_you_mean
from genphase.shipped import EXAMPLES, PROFILES, SCHEMAS, SWEEPS
from genphase.sweep.read import sweep_files

_CONFIG = """\
# The configuration of this study. Every key:
# https://github.com/genphase/genphase/blob/main/config/README.md
# yaml-language-server: $schema=../schemas/config.schema.json

# The sweeps that `genphase run` builds when none is named: files of sweep_dir.
sweeps: [{sweep}]
sweep_dir: config/sweeps
results: results
# Master seed: another one draws other networks, targets, starts and noise.
seed: 0
"""
_SCHEMA = "# yaml-language-server: $schema=../../schemas/sweep.schema.json\n"
_README = """\
# A study with genphase

- `config/sweeps` holds the sweeps, one YAML file each; `config/config.yaml` says which are built.
- `genphase run` builds them into `results`; `genphase plan SWEEP` tells beforehand what it will do.
- `profiles/slurm` is for a cluster: set account and partition there, then
  `genphase run --profile slurm`.
- `genphase list` shows the problems, solvers and laws that a sweep can name.
{more}"""
_MORE = """\
- `config/sweeps/methods/heavy_ball.py` is a solver of your own: edit it, and only its cells are run
  again.
"""
_IGNORED = ".snakemake/\nresults/\n__pycache__/\n"


def init(
    folder: Annotated[Path, typer.Argument(metavar="STUDY", help="The folder that is made.")],
    sweep: Annotated[
        str,
        typer.Option(help="Begin with a copy of this sweep that comes with genphase."),
    ] = "",
) -> None:
    """Make a folder for a study: a configuration, a small sweep, a solver of one's own.

    Example: `genphase init study`, `cd study`, `genphase run`
    """
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise a_mistake("STUDY", f"{str(folder)!r} is there already", "name a new folder")
    known = sweep_files(SWEEPS)
    if sweep and sweep not in known:
        raise a_mistake("--sweep", f"no sweep {sweep!r}", did_you_mean(sweep, known))
    name = sweep or "momentum"
    source = known[sweep] if sweep else EXAMPLES / "momentum.yaml"
    sweeps = folder / "config/sweeps"
    sweeps.mkdir(parents=True)
    text = source.read_text(encoding="utf-8")
    if text.startswith("# yaml-language-server"):
        _, _, text = text.partition("\n")
    _write(sweeps / f"{name}.yaml", _SCHEMA + text)
    if sweep:
        for beside in ("published", "networks", "methods"):
            made = shutil.ignore_patterns("__pycache__")
            shutil.copytree(SWEEPS / beside, sweeps / beside, ignore=made)
    else:
        (sweeps / "methods").mkdir()
        method = "methods/heavy_ball.py"
        _write(sweeps / method, (EXAMPLES / method).read_text(encoding="utf-8"))
    _write(folder / "config/config.yaml", _CONFIG.format(sweep=name))
    _write(folder / "README.md", _README.format(more="" if sweep else _MORE))
    _write(folder / ".gitignore", _IGNORED)
    shutil.copytree(SCHEMAS, folder / "schemas")
    shutil.copytree(PROFILES["slurm"], folder / "profiles/slurm")
    typer.echo(f"{folder} is a study with the sweep {name}. Next:")
    typer.echo(f"  cd {folder}")
    typer.echo("  genphase plan " + name)
    typer.echo("  genphase run")


def _write(path: Path, text: str) -> None:
    path.write_text(text, encoding="utf-8")
