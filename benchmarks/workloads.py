"""What is measured: trials of the repository's sweeps, and families along which a trial grows."""

import random
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

from genphase.cells.grid import Cell, expand
from genphase.parameters import Parameters
from genphase.sweep.read import load_sweep

SWEEPS = Path(__file__).parents[1] / "config/sweeps"

# The ratio NumPy / fast that the project wants, by the start of a workload's name.
WANTED: dict[str, float] = {
    "plugin_portrait": 20,
    "nonexpansive_success (10, 700": 8,
    "nonexpansive_success (50, 700": 8,
    "nonexpansive_success (100, 700": 8,
    "nonexpansive_success (50, 150": 3,
    "nonexpansive_success (60, 150": 3,
    "nonexpansive_success (80, 150": 3,
    "phase_retrieval": 8,
    "spiked": 8,
    "blind": 4,
}

SWEEPS_OF_DESCENTS = (
    "phase_retrieval_portrait",
    "spiked_wigner",
    "spiked_wishart",
    "blind_demodulation_portrait",
)

# What the messages' loops are compared on: the code without polish, which is another solver's.
MESSAGES: dict[str, Any] = {
    "name": "ml_amp",
    "options": {"polish": False},
    "max_iter": 200,
    "stop": {"relative_change": 1e-8},
}

# Small lines are cut off here: continuous integration must not wait for a cap of 20 000.
SMALL_CAP = 1500


class Trial(NamedTuple):
    """One trial of a cell."""

    parameters: Parameters
    number: int


class Workload(NamedTuple):
    """Trials whose times are added up to one line of the table.

    capped : whether trials are long because they mostly meet the iteration cap.
    """

    name: str
    trials: tuple[Trial, ...]
    capped: bool = False

    @property
    def wanted(self) -> float | None:
        """The wanted ratio NumPy / fast, if there is one."""
        return next((r for start, r in WANTED.items() if self.name.startswith(start)), None)


class Family(NamedTuple):
    """Parameters that differ in one number.

    symbol, values : the number.
    members : the parameters, one for each value.
    offset : the cost is fitted by a power of value - offset, where that is positive.
    """

    name: str
    symbol: str
    values: tuple[int, ...]
    members: tuple[Parameters, ...]
    offset: int = 0


def cells_of(sweep: str) -> tuple[Cell, ...]:
    """Return the cells of a sweep of the repository."""
    return expand(load_sweep(sweep, SWEEPS), 0, sweep)


def workloads(cells: int, trials: int, capped_trials: int) -> Iterator[Workload]:
    """Yield the lines of the table.

    Parameters
    ----------
    cells
        Number of cells of plugin_portrait, chosen at random, one trial of each.
    trials, capped_trials
        Trials of each cell of nonexpansive_success that converges; that mostly meets the cap. The
        other sweeps' cells are chosen at random, some times as many.
    """
    sample = random.Random(0).sample(cells_of("plugin_portrait"), cells)
    portrait = tuple(Trial(cell.parameters, 0) for cell in sample)
    yield Workload(f"plugin_portrait, {cells} random cells", portrait)
    success = _success()
    for architecture, dimensions, count in (
        ((700, 600), (10, 50, 100), trials),
        ((150, 700, 600), (50, 60, 80), capped_trials),
    ):
        for k in dimensions:
            widths = (k, *architecture)
            cell = tuple(Trial(success["subgradient", *widths], i) for i in range(count))
            yield Workload(f"nonexpansive_success {widths}", cell, capped=len(architecture) == 3)
    for widths in ((50, 700, 600), (100, 700, 600), (40, 150, 700, 600)):
        cell = tuple(Trial(success["levenberg_marquardt", *widths], i) for i in range(trials))
        yield Workload(f"levenberg_marquardt {widths}", cell)
    for widths in ((50, 700, 600), (100, 700, 600)):
        parameters = _by_messages(success["levenberg_marquardt", *widths])
        cell = tuple(Trial(parameters, i) for i in range(trials))
        yield Workload(f"ml_amp {widths}", cell)
    counts = (4 * trials, 2 * capped_trials, 2 * capped_trials, 8 * trials)
    for sweep, count in zip(SWEEPS_OF_DESCENTS, counts, strict=True):
        sample = random.Random(0).sample(_descents(sweep), count)
        chosen = tuple(Trial(cell.parameters, 0) for cell in sample)
        yield Workload(f"{sweep}, {count} random cells", chosen, capped=True)


def small_workloads() -> Iterator[Workload]:
    """Yield lines that take some seconds, one of each kernel; their names begin with `small`."""
    sample = random.Random(1).sample(cells_of("plugin_portrait"), 12)
    yield _small("plugin_portrait, 12 cells", [cell.parameters for cell in sample])
    success = _success()
    yield _small("subgradient (50, 700, 600)", [success["subgradient", 50, 700, 600]])
    yield _small("subgradient (60, 150, 700, 600)", [success["subgradient", 60, 150, 700, 600]])
    damped = success["levenberg_marquardt", 50, 700, 600]
    yield _small("levenberg_marquardt (50, 700, 600)", [damped])
    yield _small("ml_amp (50, 700, 600)", [_by_messages(damped)])
    for sweep in SWEEPS_OF_DESCENTS:
        (cell,) = random.Random(0).sample(_descents(sweep), 1)
        yield _small(f"{sweep}, 1 cell", [cell.parameters])


def _small(name: str, cells: list[Parameters]) -> Workload:
    return Workload(f"small: {name}", tuple(Trial(_capped(cell, SMALL_CAP), 0) for cell in cells))


def _capped(parameters: Parameters, most: int) -> Parameters:
    solver = parameters.solver
    solver = solver.model_copy(update={"max_iter": min(most, solver.max_iter)})
    return parameters.model_copy(update={"solver": solver})


def _by_messages(parameters: Parameters) -> Parameters:
    return Parameters.model_validate(parameters.model_dump() | {"solver": MESSAGES})


def _success() -> dict[tuple[Any, ...], Parameters]:
    """Return the cells of nonexpansive_success, by solver, k and widths."""
    return {
        (cell.solver, cell.parameters.k, *cell.parameters.network.widths): cell.parameters
        for cell in cells_of("nonexpansive_success")
    }


def _descents(sweep: str) -> list[Cell]:
    # The others have rows of their own.
    others = ("levenberg_marquardt", "ml_amp")
    return [cell for cell in cells_of(sweep) if cell.solver not in others]


def batches(trials: int) -> Iterator[Workload]:
    """Yield the cells that PyTorch solves all trials of at once."""
    portrait = {
        (cell.parameters.k, cell.parameters.m): cell.parameters
        for cell in cells_of("plugin_portrait")
    }
    # From the middle of where trials are recovered.
    for k, n in sorted(portrait, key=lambda size: abs(size[0] - 5) + abs(size[1] - 300))[:1]:
        cell = tuple(Trial(portrait[k, n], i) for i in range(trials))
        yield Workload(f"{trials} at once, plugin {(k, n, n, n)}", cell)
    descent = _success()["subgradient", 10, 700, 600]
    cell = tuple(Trial(descent, i) for i in range(trials))
    yield Workload(f"{trials} at once, subgradient (10, 700, 600)", cell)


def large() -> dict[str, Parameters]:
    """Return cells of large networks, by the names of their lines."""
    plugin = cells_of("plugin_portrait")[-1].parameters
    descent = cells_of("nonexpansive_success")[0].parameters
    return {
        "large: plugin (20, 5000, 5000, 5000)": resized(plugin, 20, (5000, 5000, 5000)),
        "large: subgradient (100, 20000, 10000), m = 1000": resized(
            descent, 100, (20000, 10000), 1000
        ),
    }


def families() -> Iterator[Family]:
    """Yield the families along n, k and depth, in the ranges where trials converge.

    The step grows as 2^d, since ‖G(x)‖² shrinks as 2^-d: all depths converge at one pace.
    """
    plugin = cells_of("plugin_portrait")[-1].parameters
    widths = (101, 201, 401, 801)
    yield Family(
        "PLUGIn, k = 5, widths (n, n, n)",
        "n",
        widths,
        tuple(resized(plugin, 5, (n, n, n)) for n in widths),
    )
    dimensions = (2, 4, 8, 16)
    yield Family(
        "PLUGIn, widths (401, 401, 401)",
        "k",
        dimensions,
        tuple(resized(plugin, k, (401, 401, 401)) for k in dimensions),
    )
    depths = (1, 2, 3, 4, 5)
    yield Family(
        "PLUGIn, k = 5, layers of width 401",
        "d",
        depths,
        tuple(resized(plugin, 5, (401,) * d) for d in depths),
        offset=1,  # W_1 is thin; d - 1 matrices are square.
    )
    descent = cells_of("nonexpansive_success")[0].parameters
    widths = (150, 300, 600, 1200)
    yield Family(
        "subgradient, k = 10, widths (7n/6, n), m = n/2",
        "n",
        widths,
        tuple(resized(descent, 10, (7 * n // 6, n), n // 2) for n in widths),
    )
    dimensions = (10, 20, 40, 80)
    yield Family(
        "subgradient, widths (700, 600), m = 300",
        "k",
        dimensions,
        tuple(resized(descent, k, (700, 600), 300) for k in dimensions),
    )
    yield Family(
        "subgradient, k = 10, layers of width 600, m = 300",
        "d",
        depths,
        tuple(resized(descent, 10, (600,) * d, 300) for d in depths),
    )


def resized(
    parameters: Parameters, k: int, widths: tuple[int, ...], m: int | None = None
) -> Parameters:
    """Return the parameters with other sizes; `m` is the last width where nothing is measured."""
    values = parameters.model_dump()
    deeper = len(widths) - len(parameters.network.widths)
    values["k"] = k
    values["m"] = widths[-1] if m is None else m
    values["network"]["widths"] = widths
    values["solver"]["options"]["step"] *= 2.0**deeper
    return Parameters.model_validate(values)
