"""Join the trials of all batches of a sweep with its grid, and keep what they were made from."""

import json
from pathlib import Path

from genphase.cells.refinement import cells_of_rounds
from genphase.cells.sampling import sampling_of
from genphase.files import write_whole
from genphase.logs import logged
from genphase.plan.built import built_text
from genphase.store.provenance import write_record
from genphase.sweep.models import Sweep
from genphase.tables.files import write
from genphase.tables.trials import collect

if __name__ == "__main__":
    with logged(snakemake.log[0]):
        recipe = json.loads(snakemake.params.recipe)
        sweep = Sweep.model_validate(recipe["grid"])
        rounds = list(map(Path, snakemake.input.get("rounds", [])))
        cells = cells_of_rounds(sweep, recipe["seed"], snakemake.wildcards.sweep, rounds)
        trials, timings = collect(
            cells, sampling_of(sweep), map(Path, snakemake.input.batches), bool(rounds)
        )
        write(trials, Path(snakemake.output.trials))
        write(timings, Path(snakemake.output.timings))
        write_whole(Path(snakemake.output.built), built_text(sweep, recipe["seed"]))
        write_record(
            Path(snakemake.output.record), snakemake.params.recipe, map(Path, snakemake.output)
        )
