"""Record how the first trials of each cell of a sweep converge."""

import json
from pathlib import Path

from genphase.cells.grid import expand
from genphase.jobs.compile import load_kernels_of
from genphase.sweep.models import Sweep, Tracing
from genphase.tables.files import write
from genphase.tables.traces import trace_cells


def main(recipe: str, name: str, output: Path) -> None:
    """Write traces.csv of a sweep.

    Parameters
    ----------
    recipe
        See :meth:`genphase.jobs.recipes.Recipes.traces`.
    name
        Of the sweep, for errors.
    output
        The file that is written.
    """
    content = json.loads(recipe)
    cells = expand(Sweep.model_validate(content["grid"]), content["seed"], name)
    load_kernels_of(cell.parameters for cell in cells)
    write(trace_cells(cells, Tracing.model_validate(content["trace"])), output)


if __name__ == "__main__":
    from genphase.jobs.script import recorded

    with recorded(snakemake) as files:
        main(snakemake.params.recipe, snakemake.wildcards.sweep, files.output)
