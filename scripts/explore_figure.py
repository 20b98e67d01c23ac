"""Make the explorer of one figure of a sweep: a page with the trials behind each of its marks."""

import json
from collections.abc import Mapping
from pathlib import Path

from genphase.cells.sampling import read_sampling
from genphase.figures.explorer.page import About, explorer_page
from genphase.files import write_whole
from genphase.shipped import this_genphase
from genphase.sweep.figures import figure_spec
from genphase.sweep.success import Success
from genphase.tables.files import read_table


def main(recipe: str, name: str, figure: str, tables: Mapping[str, Path], html: Path) -> None:
    """Make the page.

    Parameters
    ----------
    recipe
        See :meth:`genphase.jobs.recipes.Recipes.explorer`.
    name
        Of the sweep.
    figure
        Its name.
    tables
        What it is made from, by name.
    html
        The file that is written.
    """
    content = json.loads(recipe)
    spec = figure_spec(content["figure"])
    about = About(
        sweep=name,
        figure=figure,
        title=spec.title or content["title"],
        axes=content["axes"],
        success=Success.model_validate(content["success"]),
        seeds=content["seeds"],
        numerics=content["numerics"],
        origin=this_genphase(),
    )
    sampling = read_sampling(content["trials"]) if "trials" in content else None
    read = {table: read_table(path) for table, path in tables.items()}
    write_whole(html, explorer_page(spec, read, about, sampling))


if __name__ == "__main__":
    from genphase.jobs.script import recorded

    with recorded(snakemake) as files:
        main(
            snakemake.params.recipe,
            snakemake.wildcards.sweep,
            snakemake.wildcards.figure,
            files.named_inputs,
            **files.outputs,
        )
