"""Before and after a run: ``genphase plan``, ``calibrate`` and ``prune``."""

import json
import math
from collections.abc import Sequence
from contextlib import nullcontext
from typing import Annotated

import typer

from genphase.cells.budget import budget_of
from genphase.cells.grid import expand
from genphase.cells.sampling import sampling_of
from genphase.cli.options import (
    ConfigFile,
    Results,
    Seed,
    SweepDir,
    SweepName,
    a_mistake,
    study_of,
)
from genphase.jobs.calibration import Usage, read_calibration, write_calibration
from genphase.shipped import seeds_text
from genphase.sweep.models import Sweep
from genphase.sweep.transitions import transition_axis


def plan(
    sweep: SweepName,
    as_json: Annotated[
        bool, typer.Option("--json", help="Print one JSON object, for programs.")
    ] = False,
    each: Annotated[
        bool, typer.Option("--cells", help="Name every cell that would be run, and why.")
    ] = False,
    interval: Annotated[
        float | None,
        typer.Option(
            "--crossing-interval",
            help="Tell how many more trials the 95 % intervals of the 50 % crossings need to be no "
            "longer than this part of each crossing, such as 0.02.",
        ),
    ] = None,
    configfile: ConfigFile = None,
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
    from genphase.plan.plan import plan as compare
    from genphase.plan.reasons import described, reasons, shortened, summary
    from genphase.plan.wish import wish, wish_json, wish_lines
    from genphase.store.cells import CellStore
    from genphase.tables.built import FILE, BadBuilt, read_built, seeds_built

    study = study_of((sweep,), configfile, sweep_dir, results, seed, batch_seconds)
    config, sweep = study.config, study.name
    model, source = study.sweep(sweep), study.source(sweep)
    check_refinement(model, config.seed, source)
    if interval is not None:
        _check_wish(model, interval)
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
        for key in ("missing", "known", "tallies"):
            del content[key]
        if each:
            content["missing"] = list(map(described, found.missing, why))
        if interval is not None:
            content["crossing_interval"] = wish_json(
                wish(model, found.known, found.tallies, interval)
            )
        typer.echo(json.dumps(content))
        return
    typer.echo(f"{sweep}: {model.title}")
    trials = sampling_of(model).text()
    each_cell = "" if budget_of(model) is not None else " each"
    typer.echo(f"  cells            {found.cells}, {trials} trials{each_cell}")
    if model.refine is not None or budget_of(model) is not None:
        typer.echo(f"  rounds           {_rounds(found.rounds, found.rounds_open)}")
    typer.echo(f"  in the store     {found.cells_stored}")
    typer.echo(f"  to run           {found.cells_missing} cells, {found.trials_missing} trials")
    typer.echo(f"  jobs             {found.batches}")
    typer.echo(f"  compute time     about {_seconds(found.core_seconds)}")
    if found.batches:
        typer.echo(f"  memory           about {found.memory_mb:.0f} MB per job")
    if found.usage.trials:
        typer.echo(f"  stored trials    {_used(found.usage)}")
    if found.trials_saved:
        typer.echo(f"  saved trials     {found.trials_saved} that stored cells did not need")
    if found.set_aside:
        typer.echo(f"  not trusted      {found.set_aside} damaged cell files, computed again")
    seeds = seeds_built(config.results / sweep / FILE)
    if seeds and seeds != model.seeds_of(config.seed):
        typer.echo(f"  tables           of {seeds_text(seeds)}; a run makes them anew")
    if each:
        typer.echo("Cells to run:" if why else "Cells to run: none")
        for item, reason in zip(found.missing, why, strict=True):
            trials = f"{item.lacking} of {item.stored + item.lacking} trials"
            typer.echo(f"  {item.cell.label}: {trials}; {reason.text}")
    elif why:
        typer.echo("Cells to run, by reason:")
        for line in shortened(summary(why)):
            typer.echo(f"  {line}")
    if interval is not None:
        for line in wish_lines(wish(model, found.known, found.tallies, interval)):
            typer.echo(line)


def _check_wish(model: Sweep, interval: float) -> None:
    """Raise why there are no crossings to be told of, or that an interval has no length."""
    if not 0 < interval < math.inf:
        text = f"{interval:g} is no length of an interval"
        raise a_mistake("--crossing-interval", text, "write a part of the crossing, such as 0.02")
    if model.success is None or transition_axis(model) is None:
        text = "the sweep looks for no crossings"
        raise a_mistake("--crossing-interval", text, "name an axis: transition: {along: ...}")


def _rounds(cells: Sequence[int], unknown: int) -> str:
    """Return how many cells the rounds of a refinement, or of a budget, have."""
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


def calibrate(
    sweep: SweepName,
    cells: Annotated[
        int, typer.Option(min=2, help="Of how many cells the first trial is measured.")
    ] = 30,
    configfile: ConfigFile = None,
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

    study = study_of((sweep,), configfile, sweep_dir, results, seed)
    config, sweep = study.config, study.name
    model = study.sweep(sweep)
    found = expand(model, config.seed, study.source(sweep))
    # Another calibration makes other jobs: those of a run that are waiting would refuse to start.
    config.results.mkdir(parents=True, exist_ok=True)
    with claimed(config.results, "calibrate"):
        calibration, usage = measure(
            found, CellStore(config.store), cells, lambda cell: typer.echo(f"  {cell.label}")
        )
        write_calibration(config.results / sweep, calibration)
    typer.echo(f"{sweep}: {_used(usage)}")
    typer.echo(
        f"From now on estimates are {calibration.seconds:.2f} times the model's seconds and "
        f"{calibration.memory:.2f} times its memory."
    )


def prune(
    delete: Annotated[
        bool, typer.Option("--delete", help="Remove them. Default: only tell what would go.")
    ] = False,
    configfile: ConfigFile = None,
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

    config = study_of((), configfile, sweep_dir, results, None).config
    kept = seeds or [config.seed]
    if results is not None and not results.is_dir():
        raise a_mistake("--results", f"there is no folder {str(results)!r}", "name another one")
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
