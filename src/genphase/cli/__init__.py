"""The command line: ``genphase plan``, ``calibrate``, ``prune``, ``cell``, ``list``, ``schema``."""

import io
import json
import sys
from collections.abc import Sequence
from contextlib import nullcontext
from pathlib import Path
from typing import Annotated, Any

import typer

from genphase.cells.grid import Cell, expand, show
from genphase.cells.sampling import sampling_of
from genphase.errors import BadValue, Mistake, SweepError, did_you_mean, shown
from genphase.jobs.batches import label
from genphase.jobs.calibration import Usage, read_calibration, write_calibration
from genphase.language.axes import AxisValues, number, parse_axis
from genphase.sweep.config import Config, parse_config, read_config
from genphase.sweep.models import Schema, Sweep
from genphase.sweep.read import load_sweep, normal_name, parse_mapping

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


_FIGURES = (".png", ".pdf", ".svg")


def _config(
    sweep_dir: Path | None,
    results: Path | None,
    seed: int | None,
    batch_seconds: float | None = None,
) -> Config:
    given: dict[str, Any] = {"sweep_dir": sweep_dir, "results": results, "seed": seed}
    given["batch_seconds"] = batch_seconds
    values = read_config() | {key: value for key, value in given.items() if value is not None}
    return parse_config(values, "config/config.yaml or the command line")


@app.command()
def plan(
    sweep: SweepName,
    as_json: Annotated[
        bool, typer.Option("--json", help="Print one JSON object, for programs.")
    ] = False,
    each: Annotated[
        bool, typer.Option("--cells", help="Name every cell that would be run, and why.")
    ] = False,
    sweep_dir: SweepDir = None,
    results: Results = None,
    seed: Seed = None,
    batch_seconds: Annotated[
        float | None,
        typer.Option(
            "--batch-seconds",
            help="Estimated length of a job. Default: config/config.yaml's; the profile of a "
            "cluster has another one.",
        ),
    ] = None,
) -> None:
    """Tell what a run of SWEEP would compute, and why. Nothing is run and nothing is written.

    Finished trials are kept in the cell store and never run again: after a larger grid or more
    trials only the new ones are missing, after a change of the success rule or of a figure none.
    Times and memory are estimates from the size of the networks; `genphase calibrate` corrects them
    by a few trials of the sweep. Reasons compare the sweep with what its results were made from.

    Example: `genphase plan plugin_portrait --cells`
    """
    from genphase.cells.refinement import check_refinement
    from genphase.plan.built import FILE, BadBuilt, read_built
    from genphase.plan.plan import plan as compare
    from genphase.plan.reasons import described, reasons, shortened, summary
    from genphase.store.cells import CellStore

    config = _config(sweep_dir, results, seed, batch_seconds)
    model = load_sweep(sweep, config.sweep_dir)
    source = str(config.sweep_dir / f"{sweep}.yaml")
    check_refinement(model, config.seed, source)
    calibration = read_calibration(config.results / sweep)
    store = CellStore(config.store)
    found = compare(model, config.seed, source, store, config.batch_seconds, calibration)
    built = None
    if found.missing:
        path = config.results / sweep / FILE
        try:
            built = read_built(path)
        except BadBuilt as error:
            typer.echo(f"{path}: {error}; the sweep is not compared with its results", err=True)
    why = reasons(found.missing, built)
    if as_json:
        content = found._asdict() | {"usage": found.usage._asdict(), "reasons": summary(why)}
        del content["missing"]
        if each:
            content["missing"] = list(map(described, found.missing, why))
        typer.echo(json.dumps(content))
        return
    typer.echo(f"{sweep}: {model.title}")
    trials = sampling_of(model).text()
    typer.echo(f"  cells            {found.cells}, {trials} trials each")
    if model.refine is not None:
        typer.echo(f"  rounds           {_rounds(found.rounds, found.rounds_open)}")
    typer.echo(f"  in the store     {found.cells_stored}")
    typer.echo(f"  to run           {found.cells_missing} cells, {found.trials_missing} trials")
    typer.echo(f"  jobs             {found.batches}")
    typer.echo(f"  compute time     about {_seconds(found.core_seconds)}")
    typer.echo(f"  memory           about {found.memory_mb:.0f} MB per job")
    if found.usage.trials:
        typer.echo(f"  stored trials    {_used(found.usage)}")
    if found.trials_saved:
        typer.echo(f"  saved trials     {found.trials_saved} that stored cells did not need")
    if found.set_aside:
        typer.echo(f"  not trusted      {found.set_aside} damaged cell files, computed again")
    if each:
        typer.echo("Cells to run:" if why else "Cells to run: none")
        for item, reason in zip(found.missing, why, strict=True):
            trials = f"{item.lacking} of {item.stored + item.lacking} trials"
            typer.echo(f"  {label(item.cell)}: {trials}; {reason.text}")
    elif why:
        typer.echo("Cells to run, by reason:")
        for line in shortened(summary(why)):
            typer.echo(f"  {line}")


def _rounds(cells: Sequence[int], unknown: int) -> str:
    """Return how many cells the rounds of a refinement have."""
    text = f"{cells[0]} cells of the grid"
    if cells[1:]:
        text += f", then {' and '.join(map(str, cells[1:]))}"
    return f"{text}; {unknown} more, whose cells follow from these" if unknown else text


def _seconds(seconds: float) -> str:
    return f"{_short(seconds)} core seconds"


def _short(seconds: float) -> str:
    """Return seconds with two digits where they are few."""
    return f"{seconds:.0f}" if seconds >= 10 or seconds == 0 else f"{seconds:.2g}"


def _used(usage: Usage) -> str:
    text = (
        f"{usage.trials} took {_seconds(usage.core_seconds)}, "
        f"estimated {_short(usage.expected_seconds)}"
    )
    if usage.memory_mb:
        text += f"; at most {usage.memory_mb:.0f} MB per job, estimated {usage.expected_mb:.0f}"
    return text


@app.command()
def calibrate(
    sweep: SweepName,
    cells: Annotated[
        int, typer.Option(min=2, help="Of how many cells the first trial is measured.")
    ] = 30,
    sweep_dir: SweepDir = None,
    results: Results = None,
    seed: Seed = None,
) -> None:
    """Run a few trials of SWEEP, here and now, and correct the estimates of its jobs by them.

    The trials are spread over the grid and stay in the cell store. What jobs ask a cluster for and
    what `genphase plan` says follow from then on, and if they are off by more than about 1.4, how
    many cells a job has. On a cluster, run this where the jobs will run:
    `srun genphase calibrate plugin_portrait`.
    """
    from genphase.jobs.calibration import calibrate as measure
    from genphase.plan.prune import claimed
    from genphase.store.cells import CellStore

    config = _config(sweep_dir, results, seed)
    model = load_sweep(sweep, config.sweep_dir)
    found = expand(model, config.seed, str(config.sweep_dir / f"{sweep}.yaml"))
    # Another calibration makes other jobs: those of a run that are waiting would refuse to start.
    config.results.mkdir(parents=True, exist_ok=True)
    with claimed(config.results, "calibrate"):
        calibration, usage = measure(
            found, CellStore(config.store), cells, lambda cell: typer.echo(f"  {label(cell)}")
        )
        write_calibration(config.results / sweep, calibration)
    typer.echo(f"{sweep}: {_used(usage)}")
    typer.echo(
        f"From now on estimates are {calibration.seconds:.2f} times the model's seconds and "
        f"{calibration.memory:.2f} times its memory."
    )


@app.command()
def prune(
    delete: Annotated[
        bool, typer.Option("--delete", help="Remove them. Default: only tell what would go.")
    ] = False,
    sweep_dir: SweepDir = None,
    results: Results = None,
    seeds: Annotated[
        list[int] | None,
        typer.Option(
            "--seed",
            min=0,
            help="Master seed whose cells stay; once per seed. Default: config/config.yaml's.",
        ),
    ] = None,
) -> None:
    """Remove stored cells that no sweep refers to any more: a dry run, unless `--delete` is given.

    A cell stays if a sweep file of the sweep folder has it, with the given seeds and the present
    numerics, also as a cell that a refinement could add. Tables of jobs (`results/SWEEP/batches`)
    go with them; other results stay. Damaged files, files that were set aside, and all others are
    left alone.

    Example: `genphase prune --seed 0 --seed 7`
    """
    from genphase.plan.prune import claimed, find_waste, referred, remove
    from genphase.store.cells import CellStore

    config = _config(sweep_dir, results, None)
    kept = seeds or [config.seed]
    if results is not None and not results.is_dir():
        raise _mistake("--results", f"there is no folder {str(results)!r}", "name another one")
    with claimed(config.results, "--delete") if delete else nullcontext():
        found = find_waste(config.results, CellStore(config.store), referred(config, kept), kept)
        for line in found.lines():
            typer.echo(line)
        if not found:
            typer.echo("Nothing to remove.")
        elif delete:
            remove(found, CellStore(config.store))
            typer.echo("Removed.")
        else:
            typer.echo("Nothing is removed without --delete.")


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
    from genphase.cli.report import show_cell

    config = _config(sweep_dir, results, seed)
    model = load_sweep(sweep, config.sweep_dir)
    cells = _cells_at(model, assignments or [], config.seed)
    first = sampling_of(model).at_least
    trials = range(first) if trial is None else range(trial, trial + 1)
    path = figure or Path(f"{sweep}-convergence.png")
    if path.suffix not in _FIGURES:
        raise _mistake("--figure", f"{str(path)!r} is no picture", f"end it in {_FIGURES[0]}")
    if not path.parent.is_dir():
        raise _mistake("--figure", f"there is no folder {str(path.parent)!r}", "make it first")
    show_cell(sweep, model, cells, trials, path)


def _mistake(option: str, text: str, remedy: str) -> SweepError:
    return SweepError("command line", [Mistake(option, text, remedy)])


def _cells_at(sweep: Sweep, assignments: Sequence[str], seed: int) -> list[Cell]:
    """Return the cells at the values given by ``--set``, one for each chosen solver."""
    values: dict[str, str] = {}
    for assignment in assignments:
        name, separator, value = (part.strip() for part in assignment.partition("="))
        name = normal_name(name)
        if not separator or not name:
            raise _mistake("--set", f"{assignment!r} is not AXIS=VALUE", "write --set k=7")
        if name not in (*sweep.axes, "solver"):
            known = did_you_mean(name, [*sweep.axes, "solver"])
            raise _mistake("--set", f"no axis {name!r}", known)
        if name in values:
            raise _mistake("--set", f"{name} is given twice", "give one value per axis")
        values[name] = value
    axes = {}
    for name, choices in sweep.axes.items():
        if name in values:
            axes[name] = _axis_value(name, values[name], choices)
        elif len(choices) == 1:
            axes[name] = choices
        else:
            raise _mistake("--set", f"the axis {name} has no value", f"add --set {name}=...")
    cells = expand(sweep.model_copy(update={"axes": axes}), seed, "command line")
    chosen = [c for c in cells if c.solver == values.get("solver", c.solver)]
    if not chosen:
        known = did_you_mean(values["solver"], [c.solver for c in cells])
        raise _mistake("--set", f"no solver {values['solver']!r}", known)
    return chosen


def _axis_value(name: str, text: str, choices: AxisValues) -> AxisValues:
    """Return the one value of an axis that is given as text, of the kind of its other values."""
    example = choices[0]
    try:
        value = parse_mapping(f"{name}: {text}", "command line")[name]
        if isinstance(value, list) != isinstance(example, tuple):
            raise BadValue(
                f"{shown(text)} is not a value of this axis", f"write --set {name}={show(example)}"
            )
        if isinstance(value, str) and not isinstance(example, str):
            value = number(value)
        return parse_axis([value])
    except SweepError as error:
        raise _mistake(f"--set {name}", error.mistakes[0].text, error.mistakes[0].remedy) from None
    except BadValue as error:
        raise _mistake(f"--set {name}", error.text, error.remedy) from None


@app.command(name="list")
def show_things() -> None:
    """Show all problems, solvers and laws that a sweep can name, with their options.

    Those of packages are among them; what a sweep uses from a file is its own affair.
    """
    from genphase.cli.catalogue import lines

    for line in lines():
        typer.echo(line)


@app.command()
def schema(
    folder: Annotated[
        Path, typer.Argument(help="Folder to write sweep.schema.json and config.schema.json to.")
    ] = Path("workflow/schemas"),
) -> None:
    """Write the JSON schemas of sweep files and of config.yaml, for editors."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, model in (("sweep", Sweep), ("config", Config)):
        content = model.model_json_schema(schema_generator=Schema)
        content["$schema"] = "https://json-schema.org/draft/2020-12/schema"
        path = folder / f"{name}.schema.json"
        path.write_text(json.dumps(content, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")
        typer.echo(path)


def main() -> None:
    """Run the command line; a mistake of the user's ends it with one message and status 2."""
    for stream in (sys.stdout, sys.stderr):
        # σ and ‖x‖ are a ? on a terminal that has no such character.
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="replace")
    try:
        app()
    except SweepError as error:
        typer.echo(error, err=True)
        sys.exit(2)
    except BadValue as error:
        # Of a package that brings things, say: of no file that was read.
        typer.echo(f"{error.text}\n    remedy: {error.remedy}", err=True)
        sys.exit(2)
