"""Join the trials of all batches of a sweep with its grid, and keep what they were made from."""

from pathlib import Path

from genphase.built import built_text
from genphase.collect import collect
from genphase.files import write_whole
from genphase.logs import logged
from genphase.refinement import cells_of_rounds
from genphase.sampling import sampling_of
from genphase.sweep.models import Sweep
from genphase.tables import write

if __name__ == "__main__":
    with logged(snakemake.log[0]):
        sweep = Sweep.model_validate_json(snakemake.params.grid)
        rounds = list(map(Path, snakemake.input.get("rounds", [])))
        cells = cells_of_rounds(sweep, snakemake.params.seed, snakemake.wildcards.sweep, rounds)
        trials, timings = collect(
            cells, sampling_of(sweep), map(Path, snakemake.input.batches), bool(rounds)
        )
        write(trials, Path(snakemake.output.trials))
        write(timings, Path(snakemake.output.timings))
        write_whole(Path(snakemake.output.built), built_text(sweep, snakemake.params.seed))
