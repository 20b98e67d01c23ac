"""Write README.txt and index.html of a sweep's results."""

import json
from collections.abc import Mapping
from datetime import date
from pathlib import Path

from genphase.files import write_whole
from genphase.shipped import this_genphase
from genphase.sweep.success import Success
from genphase.tables.files import read_table
from genphase.tables.overview import Shown, overview
from genphase.tables.readme import About, describe


def main(recipe: str, name: str, tables: Mapping[str, Path], readme: Path, page: Path) -> None:
    """Describe the results of a sweep.

    Parameters
    ----------
    recipe
        See :meth:`genphase.jobs.recipes.Recipes.readme`.
    name
        Of the sweep.
    tables
        By name: cells, transition, the tables of figures that compare solvers; as NAME.png and
        NAME.txt, the figures and their captions.
    readme, page
        The files that are written.
    """
    about = json.loads(recipe)["about"]
    if about["success"] is not None:
        about["success"] = Success.model_validate(about["success"])
    origin = f"{this_genphase()}, on {date.today()}"
    found = {table: read_table(path) for table, path in tables.items() if path.suffix == ".csv"}
    cells, transition = found.pop("cells"), found.pop("transition")
    figures = {
        path.stem: Shown(path.read_bytes(), path.with_suffix(".txt").read_text(encoding="utf-8"))
        for path in tables.values()
        if path.suffix == ".png"
    }
    results = About(name=name, origin=origin, **about), cells, transition, found
    write_whole(readme, describe(*results))
    write_whole(page, overview(*results, figures))


if __name__ == "__main__":
    from genphase.jobs.script import recorded

    with recorded(snakemake) as files:
        main(
            snakemake.params.recipe, snakemake.wildcards.sweep, files.named_inputs, **files.outputs
        )
