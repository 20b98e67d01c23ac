"""Tabulate what is drawn over one figure of a sweep."""

import json
from collections.abc import Sequence
from pathlib import Path

from genphase.cells.grid import expand
from genphase.sweep.figures import figure_spec
from genphase.sweep.models import Sweep
from genphase.sweep.overlays import Published
from genphase.sweep.published import read_published
from genphase.tables.files import with_numbers, write
from genphase.tables.overlays import tabulate_overlays
from genphase.tables.trials import grid_table


def main(recipe: str, name: str, csvs: Sequence[Path], output: Path) -> None:
    """Write the overlays of a figure.

    Parameters
    ----------
    recipe
        See :meth:`genphase.jobs.recipes.Recipes.overlays`.
    name
        Of the sweep, for errors.
    csvs
        The files of published numbers, in the order in which the figure names them.
    output
        The file that is written.
    """
    content = json.loads(recipe)
    sweep, spec = Sweep.model_validate(content["grid"]), figure_spec(content["figure"])
    names = dict.fromkeys(o.csv for o in spec.overlays if isinstance(o, Published))
    published = {file: read_published(path) for file, path in zip(names, csvs, strict=True)}
    # Places do not depend on the master seed.
    grid = with_numbers(grid_table(expand(sweep, 0, name)))
    write(tabulate_overlays(grid, sweep.shown_axes, spec, sweep, published), output)


if __name__ == "__main__":
    from genphase.jobs.script import recorded

    with recorded(snakemake) as files:
        main(snakemake.params.recipe, snakemake.wildcards.sweep, files.inputs(), files.output)
