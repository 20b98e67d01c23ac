"""Tabulate the pictures that one figure of a sweep shows."""

import json
from pathlib import Path

from genphase.cells.grid import expand
from genphase.jobs.compile import load_kernels_of
from genphase.store.cells import CellStore
from genphase.sweep.figures import figure_spec
from genphase.sweep.models import Sweep
from genphase.tables.files import write
from genphase.tables.images import tabulate_images


def main(recipe: str, name: str, store: Path, output: Path) -> None:
    """Write the pictures of a figure.

    Parameters
    ----------
    recipe
        See :meth:`genphase.jobs.recipes.Recipes.images`.
    name
        Of the sweep, for errors.
    store
        The folder of the cell store, from which codes are taken that are kept there.
    output
        The file that is written.
    """
    content = json.loads(recipe)
    sweep, spec = Sweep.model_validate(content["grid"]), figure_spec(content["figure"])
    cells = expand(sweep, content["seed"], name)
    load_kernels_of(cell.parameters for cell in cells)
    write(tabulate_images(cells, sweep, spec, CellStore(store)), output)


if __name__ == "__main__":
    from genphase.jobs.script import recorded

    with recorded(snakemake) as files:
        main(
            snakemake.params.recipe,
            snakemake.wildcards.sweep,
            Path(snakemake.params.store),
            files.output,
        )
