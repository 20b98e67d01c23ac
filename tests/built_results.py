"""The results of a sweep, made by the scripts as the workflow calls them, in this process."""

import importlib.util
from pathlib import Path

import genphase
from genphase.cells.grid import expand
from genphase.jobs.batches import pack
from genphase.jobs.recipes import Recipes, overlays_of
from genphase.jobs.run import run_batch
from genphase.results import Results
from genphase.store.cells import CellStore
from genphase.store.provenance import record_file, write_record
from genphase.sweep.models import Sweep

_SCRIPTS = Path(__file__).parents[1] / "scripts"


def script(name):
    """Return what a script does."""
    spec = importlib.util.spec_from_file_location(name, _SCRIPTS / f"{name}.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module.main


def build(folder: Path, sweep: Sweep, seed: int = 0) -> Results:
    """Return the results of a small sweep without a refinement, of which figures are not drawn."""
    name = folder.name
    recipes = Recipes(sweep, seed, folder, lambda script: "code")
    folder.mkdir()
    tables = []
    for batch in pack(sweep, expand(sweep, seed, name), 600.0).values():
        tables.append(folder / f"{batch.id}.csv")
        run_batch(batch.work(), CellStore(folder.parent / "store"), tables[-1])
    trials, timings, built = (folder / f for f in ("trials.csv", "timings.csv", "built.json"))
    script("collect_trials")(recipes.trials().text, name, tables, [], trials, timings, built)
    cells, transition = folder / "cells.csv", folder / "transition.csv"
    script("summarise_cells")(recipes.tables().text, trials, cells, transition)
    (folder / "overlays").mkdir()
    for figure in sweep.figures:
        if overlays_of(sweep, figure):
            overlays = folder / f"overlays/{figure}.csv"
            script("tabulate_overlays")(recipes.overlays(figure).text, name, [], overlays)
    for recipe in (*map(recipes.figure, sweep.figures), recipes.readme()):
        write_record(record_file(folder, recipe.job), recipe.text, [])
    return genphase.load(folder)
