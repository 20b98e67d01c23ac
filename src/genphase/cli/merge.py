"""``genphase merge``: the finished trials of another machine, or of another folder."""

from pathlib import Path
from typing import Annotated

import typer

from genphase.cli.options import ConfigFile, Results, a_mistake, study_of
from genphase.store.cells import BadCellFile, CellStore


def merge(
    folder: Annotated[
        Path, typer.Argument(metavar="DIR", help="Another results folder, or its `store`.")
    ],
    configfile: ConfigFile = None,
    results: Results = None,
) -> None:
    """Add the finished trials of another results folder to this one's store.

    Nothing that is stored here is changed. Where both have a trial with other digits, as of
    processors of another kind, this one's stays. The next run makes the tables of what is there.

    Example: `genphase merge /mnt/cluster/results`
    """
    place = folder / "store" if (folder / "store").is_dir() else folder
    other = CellStore(place)
    cells = list(other.cells()) if place.is_dir() else []
    if not cells:
        text = f"{str(folder)!r} has no finished trials"
        raise a_mistake("DIR", text, "name a results folder, or the folder store in one")
    config = study_of((), configfile, None, results, None).config
    store = CellStore(config.store)
    if store.folder.resolve() == place.resolve():
        raise a_mistake("DIR", f"{str(folder)!r} is this study's own store", "name another one")
    new = touched = other_digits = bad = 0
    for cell in cells:
        try:
            taken = store.take(other, cell)
        except (BadCellFile, UnicodeDecodeError) as error:
            typer.echo(f"{other.path(cell)}: {error}; left out", err=True)
            bad += 1
            continue
        new += taken.new
        touched += taken.new > 0
        other_digits += taken.other_digits
    typer.echo(f"{new} trials of {touched} cells are new in {store.folder}.")
    if other_digits:
        typer.echo(f"{other_digits} trials have other digits there; those of this store stay.")
    if bad:
        raise typer.Exit(1)
