"""Run the cells of one batch."""

import json
from pathlib import Path

from genphase.jobs.run import run_batch
from genphase.logs import logged
from genphase.store.cells import CellStore
from genphase.store.provenance import write_record

if __name__ == "__main__":
    with logged(snakemake.log[0]):
        run_batch(
            json.loads(snakemake.params.work),
            CellStore(Path(snakemake.params.store)),
            Path(snakemake.output[0]),
        )
        write_record(
            Path(snakemake.output.record), snakemake.params.recipe, map(Path, snakemake.output)
        )
