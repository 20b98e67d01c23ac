"""Run the cells of one batch."""

import json
from pathlib import Path

from genphase.jobs.run import run_batch
from genphase.store.cells import CellStore


def main(work: str, store: Path, output: Path) -> None:
    """Write the trials of a batch, running those that the store lacks.

    Parameters
    ----------
    work
        See :meth:`genphase.jobs.batches.Batch.work`, as JSON.
    store
        The folder of the cell store.
    output
        The file that is written.
    """
    run_batch(json.loads(work), CellStore(store), output)


if __name__ == "__main__":
    from genphase.jobs.script import recorded

    with recorded(snakemake) as files:
        main(snakemake.params.work, Path(snakemake.params.store), files.output)
