"""Find which cells get the trials of a round of a sweep's budget."""

import json
from collections.abc import Sequence
from pathlib import Path

from genphase.cells.budget import allot
from genphase.cells.grid import expand
from genphase.cells.sampling import sampling_of
from genphase.cells.shares import samplings_in, shares_text
from genphase.files import write_whole
from genphase.sweep.models import Sweep
from genphase.tables.trials import read_batches, tallies


def main(
    recipe: str, name: str, batches: Sequence[Path], shares: Sequence[Path], output: Path
) -> None:
    """Write what a round gives.

    Parameters
    ----------
    recipe
        See :meth:`genphase.jobs.recipes.Recipes.shares`.
    name
        Of the sweep, for errors.
    batches, shares
        The tables of the batches so far, and what the rounds before have given.
    output
        The file that is written.
    """
    content = json.loads(recipe)
    sweep = Sweep.model_validate(content["grid"])
    cells = expand(sweep, content["seed"], name)
    sampling = sampling_of(sweep)
    before = samplings_in(sampling, shares)
    counted = tallies(read_batches(batches), {cell.id for cell in cells}, sampling, before)
    write_whole(output, shares_text(allot(sweep, cells, counted, content["round"])))


if __name__ == "__main__":
    from genphase.jobs.script import recorded

    with recorded(snakemake) as files:
        main(
            snakemake.params.recipe,
            snakemake.wildcards.sweep,
            files.inputs("batches"),
            files.inputs("shares"),
            files.output,
        )
