"""``genphase check``: results against the numbers that papers published."""

from collections.abc import Sequence
from pathlib import Path
from typing import Annotated

import typer

from genphase.cli.options import a_mistake
from genphase.files import write_whole

# Between these lines a document has the tables.
BEGIN, END = "<!-- genphase check -->", "<!-- end of genphase check -->"


def check(
    folders: Annotated[
        list[Path],
        typer.Argument(
            metavar="RESULTS...",
            help="Folders of sweeps' results, results/SWEEP, or of all results.",
        ),
    ],
    markdown: Annotated[
        bool, typer.Option("--markdown", help="Print tables for a document.")
    ] = False,
    into: Annotated[
        Path | None,
        typer.Option(
            "--into",
            metavar="FILE",
            help=f"Write these tables into a document, between the lines `{BEGIN}` and `{END}`.",
        ),
    ] = None,
) -> None:
    """Hold results against published numbers, by tests that respect the errors of both sides.

    Status 0 if nothing differs, 1 if something does, 2 if nothing could be compared.

    Example: `genphase check results/nonexpansive_success`
    """
    # Tables and tests are loaded only where they are asked for.
    from genphase.cli.measured import document, lines
    from genphase.errors import BadValue
    from genphase.results import load
    from genphase.tables.check import DIFFERS

    before, after = ("", "") if into is None else _around(into)
    checked = {}
    for folder in sweep_folders(folders):
        results = load(folder)
        try:
            checked[folder.name] = results, results.check()
        except BadValue as error:
            raise a_mistake(str(folder), error.text, error.remedy) from None
    compared = {name: table for name, (_, table) in checked.items() if len(table)}
    if not compared:
        text = f"nothing is published about {', '.join(checked)}"
        remedy = "give a figure an overlay {csv: FILE, ...} with published numbers, and run again"
        raise a_mistake("RESULTS", text, remedy)
    if into is not None:
        write_whole(into, f"{before}\n{document(checked)}\n{after}")
    elif markdown:
        typer.echo(document(checked))
    else:
        for line in lines(compared):
            typer.echo(line)
        silent = [name for name in checked if name not in compared]
        if silent:
            typer.echo(f"Nothing is published about {', '.join(silent)}.")
    if any((table["verdict"] == DIFFERS).any() for table in compared.values()):
        raise typer.Exit(1)


def sweep_folders(folders: Sequence[Path]) -> list[Path]:
    """Return the folders of sweeps' results among folders, and in folders of all results.

    Raises
    ------
    SweepError
        If one has no results.
    """
    found: dict[Path, None] = {}
    for folder in folders:
        own = [folder] if (folder / "README.txt").is_file() else _inside(folder)
        if not own:
            text = f"there are no results in {str(folder)!r}"
            raise a_mistake("RESULTS", text, "run the sweep first, or name its folder")
        found |= dict.fromkeys(own)
    return list(found)


def _around(document: Path) -> tuple[str, str]:
    """Return a document up to the line before its tables, and from the line after them."""
    text = document.read_text(encoding="utf-8") if document.is_file() else ""
    before, found, rest = text.partition(f"{BEGIN}\n")
    _, ended, after = rest.partition(END)
    if not (found and ended):
        what = f"{str(document)!r} has no lines {BEGIN} and {END}"
        raise a_mistake("--into", what, "write both where the tables shall be")
    return f"{before}{BEGIN}\n", f"\n{END}{after}"


def _inside(folder: Path) -> list[Path]:
    return sorted(path.parent for path in folder.glob("*/README.txt"))
