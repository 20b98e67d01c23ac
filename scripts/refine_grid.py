"""Find the points that a round of a refinement adds to a sweep's grid."""

import json
from pathlib import Path

from genphase.cells.refinement import cells_of_rounds, further, place_of, round_text
from genphase.cells.sampling import sampling_of
from genphase.files import write_whole
from genphase.logs import logged
from genphase.store.provenance import write_record
from genphase.sweep.models import Sweep
from genphase.tables.trials import read_batches, tallies

if __name__ == "__main__":
    with logged(snakemake.log[0]):
        recipe = json.loads(snakemake.params.recipe)
        sweep = Sweep.model_validate(recipe["grid"])
        rounds = map(Path, snakemake.input.get("rounds", []))
        cells = cells_of_rounds(sweep, recipe["seed"], snakemake.wildcards.sweep, rounds)
        counted = tallies(
            read_batches(map(Path, snakemake.input.batches)),
            {cell.id for cell in cells},
            sampling_of(sweep),
        )
        known = {place_of(cell): counted[cell.id] for cell in cells}
        places = further(sweep, recipe["round"], known)
        write_whole(Path(snakemake.output[0]), round_text(places))
        write_record(
            Path(snakemake.output.record), snakemake.params.recipe, map(Path, snakemake.output)
        )
