"""Judge the trials of a sweep, summarise them cell by cell, locate the 50 % crossings."""

import json
from pathlib import Path

from genphase.sweep.success import Success
from genphase.tables.cells import summarise, summarise_values
from genphase.tables.files import read_table, read_trials, write
from genphase.tables.transition import transitions


def main(recipe: str, trials: Path, cells: Path, transition: Path) -> None:
    """Write cells.csv and transition.csv of a sweep.

    Parameters
    ----------
    recipe
        See :meth:`genphase.jobs.recipes.Recipes.tables`.
    trials
        trials.csv.
    cells, transition
        The files that are written.
    """
    content = json.loads(recipe)
    table, rule, lines = read_trials(trials), content["success"], content["lines"]
    if rule is None:
        write(summarise_values(table), cells)
        # What was measured crosses no rate.
        lines["along"] = None
    else:
        write(summarise(table, Success.model_validate(rule)), cells)
    # Read again, so that axes are numbers.
    write(transitions(read_table(cells), **lines), transition)


if __name__ == "__main__":
    from genphase.jobs.script import recorded

    with recorded(snakemake) as files:
        main(snakemake.params.recipe, files.input, **files.outputs)
