"""Draw one figure of a sweep as PNG and PDF, and write the numbers that it shows."""

import json
from pathlib import Path

from genphase.cells.sampling import read_sampling
from genphase.figures.draw import draw
from genphase.figures.style import save
from genphase.logs import logged
from genphase.store.provenance import write_record
from genphase.sweep.figures import figure_spec
from genphase.sweep.models import Success
from genphase.tables.files import read_table, write

if __name__ == "__main__":
    with logged(snakemake.log[0]):
        recipe = json.loads(snakemake.params.recipe)
        figure, numbers = draw(
            figure_spec(recipe["figure"]),
            {name: read_table(Path(path)) for name, path in snakemake.input.items()},
            recipe["axes"],
            Success.model_validate(recipe["success"]),
            recipe["title"],
            read_sampling(recipe["trials"]) if "trials" in recipe else None,
        )
        save(figure, Path(snakemake.output.png), dpi=200)
        # Without a date, the same tables give the same file.
        save(figure, Path(snakemake.output.pdf), metadata={"CreationDate": None})
        write(numbers, Path(snakemake.output.csv))
        write_record(
            Path(snakemake.output.record), snakemake.params.recipe, map(Path, snakemake.output)
        )
