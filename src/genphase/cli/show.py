"""``genphase show``: what results are of, and what came out."""

from pathlib import Path
from typing import Annotated

import typer

from genphase.cli.options import a_mistake
from genphase.errors import did_you_mean


def show(
    folder: Annotated[
        Path, typer.Argument(metavar="RESULTS", help="Folder of a sweep's results: results/SWEEP.")
    ],
) -> None:
    """Show what the results of a sweep are of, how its trials ended, where it crosses, who wins.

    It is what README.txt in the folder says.

    Example: `genphase show results/plugin_portrait`
    """
    file = folder / "README.txt"
    if not file.is_file():
        others = {path.parent.name for path in folder.parent.glob("*/README.txt")}
        text = f"there are no results in {str(folder)!r}"
        remedy = did_you_mean(folder.name, sorted(others)) if others else "run the sweep first"
        raise a_mistake("RESULTS", text, remedy)
    typer.echo(file.read_text(encoding="utf-8"), nl=False)
