"""No name of an axis changes what another name means: not a column, a symbol, or a step between."""

import ast
import keyword

import numpy as np
import pandas as pd
import pytest

from genphase.cells.grid import expand
from genphase.errors import SweepError
from genphase.records import Record
from genphase.sources import PACKAGE
from genphase.sweep.read import parse_sweep
from genphase.tables.cells import summarise
from genphase.tables.comparison import compare
from genphase.tables.curve import curve_points
from genphase.tables.files import with_numbers
from genphase.tables.overlays import tabulate_overlays
from genphase.tables.profile import profile_points
from genphase.tables.timings import trials_of
from genphase.tables.transition import transitions
from genphase.tables.trials import grid_table

TABULATING = (
    *("tables/trials", "tables/comparison", "tables/curve", "tables/overlays", "tables/cells"),
    *("tables/profile", "tables/timings"),
    *("cells/rows", "tables/files"),
    *("tables/transition", "theory/sizes"),
)
SWEEP = """
title: t
problem: compressed_sensing
axes: {{k: [2, 3], m: [5, 6, 7, 8], {name}: [1, 2]}}
network: {{widths: [10, 20]}}
noise: 0.25*{name}
solvers: [{{name: plugin, step: 3}}, {{name: subgradient, step: 1}}]
trials: 3
success: {{error: signal, below: 0.5}}
transition: {{along: m}}
figures:
  portrait: {{x: k, y: m, overlays: [{{y: 2*k*{name}}}]}}
  curve: {{x: m, y: signal_error, series: [k, {name}, solver], overlays: [{{theory: oracle}}]}}
  rates: {{kind: curve, x: m, y: rate, series: solver, panels: [{name}, k]}}
  profile: {{x: solve_seconds, series: solver, panels: [{name}, k]}}
"""


def tables(name):
    """Return all tables of a sweep with an axis of this name, of made-up trials."""
    sweep = parse_sweep(SWEEP.format(name=name), "a sweep")
    axes = list(sweep.axes)
    grid = grid_table(expand(sweep, 0, "a sweep"))
    rng = np.random.default_rng(0)
    trials = grid.merge(
        pd.DataFrame(
            [
                {"cell": cell, **Record(i, "converged", 3, 0, *rng.random(6))._asdict()}
                for cell in grid["cell"]
                for i in range(3)
            ]
        ),
        on="cell",
    )
    cells = with_numbers(summarise(trials, sweep.success).astype(str))
    numbers = with_numbers(trials.astype(str))
    found = {
        "cells": cells,
        "transition": transitions(cells, axes, "m"),
        "comparison": compare(numbers, ["plugin", "subgradient"], sweep.success),
    }
    for figure in ("curve", "rates"):
        found[figure] = curve_points(numbers, axes, sweep.figures[figure], sweep.success)
    seconds = numbers[["cell", "solver", "trial"]].assign(solve_seconds=rng.random(len(numbers)))
    timed = trials_of({"trials": numbers, "timings": seconds})
    found["profile"] = profile_points(timed, axes, sweep.figures["profile"], sweep.success)
    for figure in ("portrait", "curve"):
        overlays = tabulate_overlays(with_numbers(grid), axes, sweep.figures[figure], sweep, {})
        found[f"overlays of {figure}"] = overlays.drop(columns="overlay_label")
    return found


def words():
    """Return what the modules that make tables call columns, symbols, keys and arguments."""
    found = {"zeta_2", "N", "K", "snr", "n3", "n12"}
    for module in TABULATING:
        source = (PACKAGE / f"{module}.py").read_text(encoding="utf-8")
        for node in ast.walk(ast.parse(source)):
            if isinstance(node, ast.Constant):
                found.add(str(node.value))
            elif isinstance(node, ast.keyword) and node.arg:
                found.add(node.arg)
    return sorted(name for name in found if name.isidentifier() and not keyword.iskeyword(name))


def test_an_axis_of_any_name_is_refused_or_changes_nothing():
    wanted = tables("zeta")
    refused = []
    for name in words():
        try:
            found = tables(name)
        except SweepError:
            refused.append(name)
            continue
        for table, frame in found.items():
            expected = wanted[table].rename(columns={"zeta": name})
            drop = [column for column in ("cell",) if column in frame]
            pd.testing.assert_frame_equal(
                frame.drop(columns=drop), expected.drop(columns=drop), obj=f"{table} for {name}"
            )
    assert {"noise", "n", "d", "x", "trial", "per", "series", "rate", "log"} <= set(refused)
    assert not {"snr", "zeta_2", "N", "K"} & set(refused)


NOISE = """
title: t
problem: inversion
axes: {{k: [2, 3], noise: [10, 20]}}
network: {{widths: [10, 20]}}
noise: {noise}
solvers: [{{name: plugin, step: 3}}]
trials: 3
success: {{error: signal, below: 0.5}}
"""


def test_an_axis_called_noise_is_the_level_of_the_noise():
    for noise in ("noise", "{relative: noise}", "{gaussian: noise}", "noise*1"):
        cells = expand(parse_sweep(NOISE.format(noise=noise), "f"), 0, "f")
        assert [cell.parameters.noise.level for cell in cells] == [10, 20, 10, 20]
    for noise in ("{relative: 10**(-noise/20)}", "0.5*noise"):
        with pytest.raises(
            SweepError, match=r"axes\.noise: the axis noise is 10, but noise is the"
        ):
            expand(parse_sweep(NOISE.format(noise=noise), "f"), 0, "f")
