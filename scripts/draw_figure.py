"""Draw one figure of a sweep as PNG and PDF, and write the numbers that it shows."""

import json
from pathlib import Path

from genphase.figures.draw import draw, figure_spec
from genphase.logs import logged
from genphase.sampling import read_sampling
from genphase.sweep.models import Success
from genphase.tables import read_table, write

if __name__ == "__main__":
    with logged(snakemake.log[0]):
        content = json.loads(snakemake.params.figure)
        figure, numbers = draw(
            figure_spec(content["figure"]),
            {name: read_table(Path(path)) for name, path in snakemake.input.items()},
            content["axes"],
            Success.model_validate(content["success"]),
            content["title"],
            read_sampling(content["trials"]) if "trials" in content else None,
        )
        figure.savefig(snakemake.output.png, dpi=200)
        # Without a date, the same tables give the same file.
        figure.savefig(snakemake.output.pdf, metadata={"CreationDate": None})
        write(numbers, Path(snakemake.output.csv))
