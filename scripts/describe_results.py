"""Write README.txt of a sweep's results."""

import json
from collections.abc import Mapping
from datetime import date
from pathlib import Path

from genphase.files import write_whole
from genphase.shipped import this_genphase
from genphase.sweep.success import Success
from genphase.tables.files import read_table
from genphase.tables.readme import About, describe


def main(recipe: str, name: str, tables: Mapping[str, Path], output: Path) -> None:
    """Describe the results of a sweep.

    Parameters
    ----------
    recipe
        See :meth:`genphase.jobs.recipes.Recipes.readme`.
    name
        Of the sweep.
    tables
        cells, transition, and the tables of figures that compare solvers, by name.
    output
        The file that is written.
    """
    about = json.loads(recipe)["about"]
    about["success"] = Success.model_validate(about["success"])
    origin = f"{this_genphase()}, on {date.today()}"
    found = {table: read_table(path) for table, path in tables.items()}
    cells, transition = found.pop("cells"), found.pop("transition")
    text = describe(About(name=name, origin=origin, **about), cells, transition, found)
    write_whole(output, text)


if __name__ == "__main__":
    from genphase.jobs.script import recorded

    with recorded(snakemake) as files:
        main(snakemake.params.recipe, snakemake.wildcards.sweep, files.named_inputs, files.output)
