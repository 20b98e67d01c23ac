"""The command line: one file for each group of commands."""

import io
import json
import sys
from pathlib import Path
from typing import Annotated

import typer

from genphase.brought import Failed
from genphase.cli.cell import cell
from genphase.cli.check import check
from genphase.cli.merge import merge
from genphase.cli.networks import import_network, train
from genphase.cli.planning import calibrate, plan, prune
from genphase.cli.running import run
from genphase.cli.show import show
from genphase.cli.study import init
from genphase.errors import BadValue, SweepError
from genphase.jobs.cache import check_threads
from genphase.shipped import VERSION
from genphase.sweep.config import Config
from genphase.sweep.models import Schema, Sweep

app = typer.Typer(
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode="markdown",
    help="Phase portraits of signal recovery with generative-network priors.\n\n"
    "`genphase init STUDY` makes a folder to begin with, `genphase run` builds its sweeps. The "
    "other commands tell beforehand what a run would do (`plan`), look into one cell (`cell`), "
    "show what a sweep can name (`list`), or make networks for sweeps (`train`, "
    "`import-network`).",
)
for command in (init, run, show, check, plan, cell, calibrate, prune, merge, train):
    app.command()(command)
app.command(name="import-network")(import_network)


def _show_version(asked: bool) -> None:
    if asked:
        typer.echo(f"genphase {VERSION}")
        raise typer.Exit


@app.callback()
def _all(
    asked: Annotated[
        bool,
        typer.Option("--version", callback=_show_version, is_eager=True, help="Show the version."),
    ] = False,
) -> None:
    check_threads()


@app.command(name="list")
def show_things() -> None:
    """Show all problems, solvers and laws that a sweep can name, with their options.

    Those of packages are among them; what a sweep uses from a file is its own affair.
    """
    from genphase.cli.catalogue import lines

    for line in lines():
        typer.echo(line)


@app.command()
def schema(
    folder: Annotated[
        Path, typer.Argument(help="Folder to write sweep.schema.json and config.schema.json to.")
    ] = Path("workflow/schemas"),
) -> None:
    """Write the JSON schemas of sweep files and of config.yaml, for editors."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, model in (("sweep", Sweep), ("config", Config)):
        content = model.model_json_schema(schema_generator=Schema)
        content["$schema"] = "https://json-schema.org/draft/2020-12/schema"
        path = folder / f"{name}.schema.json"
        path.write_text(json.dumps(content, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")
        typer.echo(path)


def main() -> None:
    """Run the command line; a mistake of the user's ends it with one message and status 2."""
    for stream in (sys.stdout, sys.stderr):
        # σ and ‖x‖ are a ? on a terminal that has no such character.
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="replace")
    words = sys.argv[1:]
    # What stands after -- is for Snakemake.
    cut = words.index("--") if words[:1] == ["run"] and "--" in words else len(words)
    try:
        app(args=words[:cut], obj=words[cut + 1 :])
    except SweepError as error:
        typer.echo(error, err=True)
        sys.exit(2)
    except Failed as error:
        typer.echo(error, err=True)
        sys.exit(1)
    except BadValue as error:
        # Of a package that brings things, say: of no file that was read.
        typer.echo(f"{error.text}\n    remedy: {error.remedy}", err=True)
        sys.exit(2)
