"""Draw one figure of a sweep as PNG and PDF, and write the numbers that it shows."""

import json
from collections.abc import Mapping
from pathlib import Path

from genphase.cells.sampling import read_sampling
from genphase.figures.draw import draw
from genphase.figures.style import save
from genphase.sweep.figures import figure_spec
from genphase.sweep.success import Success
from genphase.tables.files import read_table, write


def main(recipe: str, tables: Mapping[str, Path], png: Path, pdf: Path, csv: Path) -> None:
    """Draw a figure.

    Parameters
    ----------
    recipe
        See :meth:`genphase.jobs.recipes.Recipes.figure`.
    tables
        What it is drawn from, by name.
    png, pdf, csv
        The files that are written.
    """
    content = json.loads(recipe)
    figure, numbers = draw(
        figure_spec(content["figure"]),
        {name: read_table(path) for name, path in tables.items()},
        content["axes"],
        Success.model_validate(content["success"]),
        content["title"],
        read_sampling(content["trials"]) if "trials" in content else None,
    )
    save(figure, png, dpi=200)
    # Without a date, the same tables give the same file.
    save(figure, pdf, metadata={"CreationDate": None})
    write(numbers, csv)


if __name__ == "__main__":
    from genphase.jobs.script import recorded

    with recorded(snakemake) as files:
        main(snakemake.params.recipe, files.named_inputs, **files.outputs)
