"""Join the trials of all batches of a sweep with its grid, and keep what they were made from."""

import json
from collections.abc import Sequence
from pathlib import Path

from genphase.cells.kept import worst_errors
from genphase.cells.refinement import cells_of_rounds
from genphase.cells.sampling import sampling_of
from genphase.cells.shares import samplings_in
from genphase.files import write_whole
from genphase.sweep.models import Sweep
from genphase.tables.built import built_text
from genphase.tables.files import write
from genphase.tables.parquet import copy_in_parquet
from genphase.tables.trials import collect


def main(
    recipe: str,
    name: str,
    batches: Sequence[Path],
    rounds: Sequence[Path],
    shares: Sequence[Path],
    trials: Path,
    timings: Path,
    built: Path,
) -> None:
    """Write trials.csv, timings.csv and built.json of a sweep; a large trials.csv has a copy.

    Parameters
    ----------
    recipe
        See :meth:`genphase.jobs.recipes.Recipes.trials`.
    name
        Of the sweep.
    batches, rounds
        The tables of its batches, and what the rounds of its refinement add.
    shares
        What the rounds of its budget give.
    trials, timings, built
        The files that are written.
    """
    content = json.loads(recipe)
    sweep = Sweep.model_validate(content["grid"])
    cells = cells_of_rounds(sweep, content["seed"], name, rounds)
    sampling = sampling_of(sweep)
    tables = collect(
        *(cells, sampling, batches, bool(rounds), worst_errors(sweep)),
        together=bool(sweep.seeds),
        shares=samplings_in(sampling, shares),
    )
    for table, path in zip(tables, (trials, timings), strict=True):
        write(table, path)
    copy_in_parquet(trials)
    write_whole(built, built_text(name, sweep, content["seed"], cells))


if __name__ == "__main__":
    from genphase.jobs.script import recorded

    with recorded(snakemake) as files:
        main(
            snakemake.params.recipe,
            snakemake.wildcards.sweep,
            files.inputs("batches"),
            files.inputs("rounds"),
            files.inputs("shares"),
            **files.outputs,
        )
