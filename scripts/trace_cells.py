"""Record how the first trials of each cell of a sweep converge."""

import json
from pathlib import Path

from genphase.cells.grid import expand
from genphase.jobs.compile import load_kernels
from genphase.logs import logged
from genphase.store.provenance import write_record
from genphase.sweep.models import Sweep, Tracing
from genphase.tables.files import write
from genphase.tables.traces import trace_cells

if __name__ == "__main__":
    with logged(snakemake.log[0]):
        load_kernels()
        recipe = json.loads(snakemake.params.recipe)
        sweep = Sweep.model_validate(recipe["grid"])
        cells = expand(sweep, recipe["seed"], snakemake.wildcards.sweep)
        traces = trace_cells(cells, Tracing.model_validate(recipe["trace"]))
        write(traces, Path(snakemake.output[0]))
        write_record(
            Path(snakemake.output.record), snakemake.params.recipe, map(Path, snakemake.output)
        )
