"""Judge the trials of a sweep, summarise them cell by cell, locate the 50 % crossings."""

import json
from pathlib import Path

from genphase.logs import logged
from genphase.store.provenance import write_record
from genphase.sweep.models import Success
from genphase.tables.cells import summarise
from genphase.tables.files import read_table, read_trials, write
from genphase.tables.transition import transitions

if __name__ == "__main__":
    with logged(snakemake.log[0]):
        recipe = json.loads(snakemake.params.recipe)
        success = Success.model_validate(recipe["success"])
        cells = summarise(read_trials(Path(snakemake.input[0])), success)
        write(cells, Path(snakemake.output.cells))
        # Read again, so that axes are numbers.
        table = read_table(Path(snakemake.output.cells))
        lines = transitions(table, **recipe["lines"])
        write(lines, Path(snakemake.output.transition))
        write_record(
            Path(snakemake.output.record), snakemake.params.recipe, map(Path, snakemake.output)
        )
