"""Draw one figure of a sweep as PNG and PDF."""

import json
from pathlib import Path

from genphase.figures.draw import draw, figure_spec
from genphase.logs import logged
from genphase.sweep.models import Success
from genphase.tables import read_table

if __name__ == "__main__":
    with logged(snakemake.log[0]):
        content = json.loads(snakemake.params.figure)
        figure = draw(
            figure_spec(content["figure"]),
            read_table(Path(snakemake.input.cells)),
            read_table(Path(snakemake.input.transition)),
            content["axes"],
            Success.model_validate(content["success"]),
            content["title"],
        )
        figure.savefig(snakemake.output.png, dpi=200)
        # Without a date, the same tables give the same file.
        figure.savefig(snakemake.output.pdf, metadata={"CreationDate": None})
