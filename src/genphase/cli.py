"""The command line: ``genphase plan``, ``genphase cell``, ``genphase schema``."""

import json
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, Any

import typer
import yaml

from genphase.batches import pack
from genphase.sweep.axes import parse_axis
from genphase.sweep.config import Config, parse_config, read_config
from genphase.sweep.errors import BadValue, Mistake, SweepError, did_you_mean
from genphase.sweep.grid import Cell, expand
from genphase.sweep.models import Sweep
from genphase.sweep.read import load_sweep

app = typer.Typer(
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode="markdown",
    help="Phase portraits of signal recovery with generative-network priors.\n\n"
    "Sweeps are run by Snakemake: `snakemake --cores 2 plugin_portrait`. These commands tell "
    "beforehand what a run would do (`plan`) and look into one cell of it (`cell`).",
)

SweepName = Annotated[
    str, typer.Argument(metavar="SWEEP", help="Name of a sweep: a file in the sweep folder.")
]
SweepDir = Annotated[
    Path | None,
    typer.Option("--sweep-dir", help="Folder of the sweep files. Default: config/config.yaml's."),
]
Results = Annotated[
    Path | None,
    typer.Option("--results", help="Folder of the results. Default: config/config.yaml's."),
]
Seed = Annotated[
    int | None, typer.Option("--seed", help="Master seed. Default: config/config.yaml's.")
]


def _config(sweep_dir: Path | None, results: Path | None, seed: int | None) -> Config:
    given = {"sweep_dir": sweep_dir, "results": results, "seed": seed}
    values = read_config() | {key: value for key, value in given.items() if value is not None}
    return parse_config(values, "config/config.yaml or the command line")


@app.command()
def plan(
    sweep: SweepName,
    as_json: Annotated[
        bool, typer.Option("--json", help="Print one JSON object, for programs.")
    ] = False,
    sweep_dir: SweepDir = None,
    results: Results = None,
    seed: Seed = None,
) -> None:
    """Tell what a run of SWEEP would compute. Nothing is run and nothing is written.

    Finished trials are kept in the cell store and never run again: after a larger grid or more
    trials only the new ones are missing, after a change of the success rule or of a figure none.
    Times and memory are estimates from the size of the networks.

    Example: `genphase plan plugin_portrait --json`
    """
    from genphase.plan import plan as compare
    from genphase.store import CellStore

    config = _config(sweep_dir, results, seed)
    model = load_sweep(sweep, config.sweep_dir)
    cells = expand(model, config.seed, str(config.sweep_dir / f"{sweep}.yaml"))
    batches = pack(model, cells, config.batch_seconds)
    found = compare(batches.values(), CellStore(config.store))
    if as_json:
        typer.echo(json.dumps(found._asdict()))
        return
    typer.echo(f"{sweep}: {model.title}")
    typer.echo(f"  cells            {found.cells}, {model.trials} trials each")
    typer.echo(f"  in the store     {found.cells_stored}")
    typer.echo(f"  to run           {found.cells_missing} cells, {found.trials_missing} trials")
    typer.echo(f"  jobs             {found.batches}")
    typer.echo(f"  compute time     about {found.core_seconds:.0f} core seconds")
    typer.echo(f"  memory           about {found.memory_mb:.0f} MB per job")
    if found.set_aside:
        typer.echo(f"  not trusted      {found.set_aside} damaged cell files, computed again")


@app.command()
def cell(
    sweep: SweepName,
    assignments: Annotated[
        list[str] | None,
        typer.Option(
            "--set",
            metavar="AXIS=VALUE",
            help="Value of an axis, on the grid or off it; once per axis. "
            "`--set solver=NAME` chooses one of several solvers.",
        ),
    ] = None,
    trial: Annotated[
        int | None, typer.Option(min=0, help="Run only this trial. Default: all of the cell's.")
    ] = None,
    figure: Annotated[
        Path | None,
        typer.Option(help="File of the convergence plot. Default: SWEEP-convergence.png."),
    ] = None,
    sweep_dir: SweepDir = None,
    results: Results = None,
    seed: Seed = None,
) -> None:
    """Run one cell of SWEEP here and now, and plot how its trials converge.

    The trials are those that a run of the sweep computes for these values: the same networks,
    starts and noise. Nothing is written to the cell store.

    Example: `genphase cell plugin_portrait --set k=7 --set n=221 --trial 3`
    """
    from genphase.report import show_cell

    config = _config(sweep_dir, results, seed)
    model = load_sweep(sweep, config.sweep_dir)
    cells = _cells_at(model, assignments or [], config.seed)
    trials = range(model.trials) if trial is None else range(trial, trial + 1)
    show_cell(sweep, model, cells, trials, figure or Path(f"{sweep}-convergence.png"))


def _cells_at(sweep: Sweep, assignments: Sequence[str], seed: int) -> list[Cell]:
    """Return the cells at the values given by ``--set``, one for each chosen solver."""
    values: dict[str, Any] = {}
    for assignment in assignments:
        name, separator, value = assignment.partition("=")
        name = name.strip()
        if not separator or not name:
            raise SweepError(
                "command line",
                [Mistake("--set", f"{assignment!r} is not AXIS=VALUE", "write --set k=7")],
            )
        if name not in (*sweep.axes, "solver"):
            known = did_you_mean(name, [*sweep.axes, "solver"])
            raise SweepError("command line", [Mistake("--set", f"no axis {name!r}", known)])
        values[name] = yaml.safe_load(value)
    axes = {}
    for name, choices in sweep.axes.items():
        if name not in values and len(choices) > 1:
            raise SweepError(
                "command line",
                [Mistake("--set", f"the axis {name} has no value", f"add --set {name}=...")],
            )
        try:
            axes[name] = parse_axis([values[name]]) if name in values else choices
        except BadValue as error:
            raise SweepError(
                "command line", [Mistake(f"--set {name}", error.text, error.remedy)]
            ) from None
    cells = expand(sweep.model_copy(update={"axes": axes}), seed, "command line")
    chosen = [c for c in cells if c.solver == values.get("solver", c.solver)]
    if not chosen:
        known = did_you_mean(values["solver"], [c.solver for c in cells])
        raise SweepError(
            "command line", [Mistake("--set", f"no solver {values['solver']!r}", known)]
        )
    return chosen


@app.command()
def schema(
    folder: Annotated[
        Path, typer.Argument(help="Folder to write sweep.schema.json and config.schema.json to.")
    ] = Path("workflow/schemas"),
) -> None:
    """Write the JSON schemas of sweep files and of config.yaml, for editors."""
    for name, model in (("sweep", Sweep), ("config", Config)):
        content = model.model_json_schema(by_alias=True)
        content["$schema"] = "https://json-schema.org/draft/2020-12/schema"
        path = folder / f"{name}.schema.json"
        path.write_text(json.dumps(content, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")
        typer.echo(path)


def main() -> None:
    """Run the command line; a mistake of the user's ends it with one message and status 2."""
    try:
        app()
    except SweepError as error:
        typer.echo(error, err=True)
        sys.exit(2)
