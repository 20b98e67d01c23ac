"""Record how the first trials of each cell of a sweep converge."""

import json
from pathlib import Path

from genphase.grid import expand
from genphase.logs import logged
from genphase.sweep.models import Sweep, Tracing
from genphase.tables import write
from genphase.traces import trace_cells

if __name__ == "__main__":
    with logged(snakemake.log[0]):
        content = json.loads(snakemake.params.trace)
        sweep = Sweep.model_validate(content["grid"])
        cells = expand(sweep, snakemake.params.seed, snakemake.wildcards.sweep)
        traces = trace_cells(cells, Tracing.model_validate(content["trace"]))
        write(traces, Path(snakemake.output[0]))
