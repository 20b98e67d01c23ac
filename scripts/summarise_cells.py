"""Judge the trials of a sweep and summarise them cell by cell."""

from pathlib import Path

from genphase.logs import logged
from genphase.summaries import summarise
from genphase.sweep.models import Success
from genphase.tables import read_trials, write

if __name__ == "__main__":
    with logged(snakemake.log[0]):
        success = Success.model_validate_json(snakemake.params.success)
        write(summarise(read_trials(Path(snakemake.input[0])), success), Path(snakemake.output[0]))
