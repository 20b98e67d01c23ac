"""The results of a small sweep, made by the scripts as the workflow calls them."""

import importlib.util
from pathlib import Path

from samples import make_sweep

from genphase.cells.grid import expand
from genphase.jobs.batches import pack
from genphase.jobs.recipes import (
    Recipes,
    comparisons_of,
    is_pictured,
    overlays_of,
    published_files,
    sources_of,
)
from genphase.jobs.run import run_batch
from genphase.store.cells import CellStore
from genphase.store.provenance import record_file, write_record

SCRIPTS = Path(__file__).parents[1] / "scripts"


def _script(name):
    spec = importlib.util.spec_from_file_location(name, SCRIPTS / f"{name}.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module.main


def build(folder, seed=0, **changes):
    """Build the small sweep with some keys changed; CSV files of overlays are beside `folder`."""
    sweep = make_sweep(**changes)
    cells = expand(sweep, seed, folder.name)
    recipes = Recipes(sweep, seed, folder.parent, lambda name: "code")
    folder.mkdir(parents=True)
    batches = []
    for batch in pack(sweep, cells, 600.0).values():
        batches.append(folder / f"{batch.id}.csv")
        run_batch(batch.work(), CellStore(folder.parent / "store"), batches[-1])
    trials, timings, built = (folder / f for f in ("trials.csv", "timings.csv", "built.json"))
    recipe = recipes.trials().text
    _script("collect_trials")(recipe, folder.name, batches, [], [], trials, timings, built)
    tables = {name: folder / f"{name}.csv" for name in ("trials", "timings", "cells", "transition")}
    _script("summarise_cells")(recipes.tables().text, trials, tables["cells"], tables["transition"])
    made = [recipes.readme()]
    (folder / "overlays").mkdir()
    (folder / "images").mkdir()
    for name, spec in sweep.figures.items():
        read = {t: tables[t] for job in sources_of(spec).values() for t in job}
        if overlays_of(sweep, name):
            read["overlays"] = folder / f"overlays/{name}.csv"
            files = [folder.parent / file for file in published_files(sweep, name)]
            text = recipes.overlays(name).text
            _script("tabulate_overlays")(text, folder.name, files, read["overlays"])
        if is_pictured(sweep, name):
            read["images"] = folder / f"images/{name}.csv"
            text, store = recipes.images(name).text, folder.parent / "store"
            _script("tabulate_images")(text, folder.name, store, read["images"])
        parts = [folder / f"{name}.{end}" for end in ("png", "pdf", "csv", "txt", "tex")]
        made.append(recipes.figure(name))
        _script("draw_figure")(made[-1].text, folder.name, read, *parts)
    described = {name: tables[name] for name in ("cells", "transition")}
    shown = [f"{name}.{end}" for name in sweep.figures for end in ("png", "txt")]
    described |= {file: folder / file for file in shown}
    described |= {name: folder / f"{name}.csv" for name in comparisons_of(sweep)}
    readme = folder / "README.txt"
    _script("describe_results")(made[0].text, folder.name, described, readme, folder / "index.html")
    for recipe in made:
        write_record(record_file(folder, recipe.job), recipe.text, [])
    return folder
