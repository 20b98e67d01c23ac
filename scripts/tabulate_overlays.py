"""Tabulate what is drawn over one figure of a sweep."""

import json
from pathlib import Path

from genphase.cells.grid import expand
from genphase.logs import logged
from genphase.store.provenance import write_record
from genphase.sweep.figures import figure_spec
from genphase.sweep.models import Sweep
from genphase.sweep.overlays import Published
from genphase.sweep.published import read_published
from genphase.tables.files import with_numbers, write
from genphase.tables.overlays import tabulate_overlays
from genphase.tables.trials import grid_table

if __name__ == "__main__":
    with logged(snakemake.log[0]):
        recipe = json.loads(snakemake.params.recipe)
        sweep, spec = Sweep.model_validate(recipe["grid"]), figure_spec(recipe["figure"])
        files = dict.fromkeys(o.csv for o in spec.overlays if isinstance(o, Published))
        published = {
            name: read_published(Path(path))
            for name, path in zip(files, snakemake.input, strict=True)
        }
        # Places do not depend on the master seed.
        grid = with_numbers(grid_table(expand(sweep, 0, snakemake.wildcards.sweep)))
        overlays = tabulate_overlays(grid, list(sweep.axes), spec, sweep, published)
        write(overlays, Path(snakemake.output[0]))
        write_record(
            Path(snakemake.output.record), snakemake.params.recipe, map(Path, snakemake.output)
        )
