"""Find the points that a round of a refinement adds to a sweep's grid."""

import json
from collections.abc import Sequence
from pathlib import Path

from genphase.cells.refinement import cells_of_rounds, further, place_of, round_text
from genphase.cells.sampling import sampling_of
from genphase.files import write_whole
from genphase.sweep.models import Sweep
from genphase.tables.trials import read_batches, tallies


def main(
    recipe: str, name: str, batches: Sequence[Path], rounds: Sequence[Path], output: Path
) -> None:
    """Write what a round adds.

    Parameters
    ----------
    recipe
        See :meth:`genphase.jobs.recipes.Recipes.round`.
    name
        Of the sweep, for errors.
    batches, rounds
        The tables of the batches so far, and what the rounds before have added.
    output
        The file that is written.
    """
    content = json.loads(recipe)
    sweep = Sweep.model_validate(content["grid"])
    cells = cells_of_rounds(sweep, content["seed"], name, rounds)
    ids = {cell.id for cell in cells}
    counted = tallies(read_batches(batches), ids, sampling_of(sweep))
    known = {place_of(cell): counted[cell.id] for cell in cells}
    write_whole(output, round_text(further(sweep, content["round"], known)))


if __name__ == "__main__":
    from genphase.jobs.script import recorded

    with recorded(snakemake) as files:
        main(
            snakemake.params.recipe,
            snakemake.wildcards.sweep,
            files.inputs("batches"),
            files.inputs("rounds"),
            files.output,
        )
