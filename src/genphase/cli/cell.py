"""One cell in the foreground: ``genphase cell``."""

from collections.abc import Sequence
from pathlib import Path
from typing import Annotated

import typer

from genphase.cells.grid import Cell, expand, show
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
from genphase.errors import BadValue, SweepError, did_you_mean, shown
from genphase.language.axes import AxisValues, number, parse_axis
from genphase.sweep.mapping import parse_mapping
from genphase.sweep.models import Sweep
from genphase.sweep.read import normal_name

_FIGURES = (".png", ".pdf", ".svg")


def cell(
    sweep: SweepName,
    assignments: Annotated[
        list[str] | None,
        typer.Option(
            "--set",
            metavar="AXIS=VALUE",
            help="Value of an axis, on the grid or off it; once per axis. "
            "`--set solver=NAME` chooses one of several solvers, `--set measure=NAME` one of "
            "several quantities.",
        ),
    ] = None,
    trial: Annotated[
        int | None, typer.Option(min=0, help="Run only this trial. Default: all of the cell's.")
    ] = None,
    figure: Annotated[
        Path | None,
        typer.Option(help="File of the convergence plot. Default: SWEEP-convergence.png."),
    ] = None,
    configfile: ConfigFile = None,
    sweep_dir: SweepDir = None,
    results: Results = None,
    seed: Seed = None,
) -> None:
    """Run one cell of SWEEP here and now, and plot how its trials converge.

    The trials are those that a run of the sweep computes for these values: the same networks,
    starts and noise. Nothing is written to the cell store. Of a sweep that measures, the values are
    printed and nothing is plotted.

    Example: `genphase cell plugin_portrait --set k=7 --set n=221 --trial 3`
    """
    from genphase.cli.report import show_cell, show_values

    study = study_of((sweep,), configfile, sweep_dir, results, seed)
    config, sweep = study.config, study.name
    model = study.sweep(sweep)
    cells = _cells_at(model, assignments or [], config.seed)
    first = sampling_of(model).at_least
    trials = range(first) if trial is None else range(trial, trial + 1)
    path = figure or Path(f"{sweep}-convergence.png")
    if path.suffix not in _FIGURES:
        raise a_mistake("--figure", f"{str(path)!r} is no picture", f"end it in {_FIGURES[0]}")
    if not path.parent.is_dir():
        raise a_mistake("--figure", f"there is no folder {str(path.parent)!r}", "make it first")
    if model.measure:
        show_values(sweep, cells, trials)
    else:
        show_cell(sweep, model, cells, trials, path)


def _cells_at(sweep: Sweep, assignments: Sequence[str], seed: int) -> list[Cell]:
    """Return the cells at the values given by ``--set``, one for each chosen solver."""
    values: dict[str, str] = {}
    method = sweep.method_column
    for assignment in assignments:
        name, separator, value = (part.strip() for part in assignment.partition("="))
        name = normal_name(name)
        if not separator or not name:
            raise a_mistake("--set", f"{assignment!r} is not AXIS=VALUE", "write --set k=7")
        if name not in (*sweep.axes, method):
            known = did_you_mean(name, [*sweep.axes, method])
            raise a_mistake("--set", f"no axis {name!r}", known)
        if name in values:
            raise a_mistake("--set", f"{name} is given twice", "give one value per axis")
        values[name] = value
    axes = {}
    for name, choices in sweep.axes.items():
        if name in values:
            axes[name] = _axis_value(name, values[name], choices)
        elif len(choices) == 1:
            axes[name] = choices
        else:
            raise a_mistake("--set", f"the axis {name} has no value", f"add --set {name}=...")
    cells = expand(sweep.model_copy(update={"axes": axes}), seed, "command line")
    chosen = [c for c in cells if c.solver == values.get(method, c.solver)]
    if not chosen:
        known = did_you_mean(values[method], [c.solver for c in cells])
        what = "quantity" if sweep.measure else "solver"
        raise a_mistake("--set", f"no {what} {values[method]!r}", known)
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
        raise a_mistake(f"--set {name}", error.mistakes[0].text, error.mistakes[0].remedy) from None
    except BadValue as error:
        raise a_mistake(f"--set {name}", error.text, error.remedy) from None
