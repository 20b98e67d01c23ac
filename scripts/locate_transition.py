"""Locate the 50 % crossing on every line of a sweep's grid."""

from pathlib import Path

from genphase.logs import logged
from genphase.summaries import transitions
from genphase.tables import read_table, write

if __name__ == "__main__":
    with logged(snakemake.log[0]):
        axes = snakemake.params.axes
        cells = read_table(Path(snakemake.input[0]))
        write(transitions(cells, axes, snakemake.params.along or None), Path(snakemake.output[0]))
