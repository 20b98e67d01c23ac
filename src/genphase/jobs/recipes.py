"""The recipes of all files of a sweep: what decides each of them, and nothing else.

A recipe holds all that its job is told, beside the files that the job reads; of those it holds
the keys of the recipes that they were made by. So one change of a sweep reaches exactly the files
that it can change.
"""

from collections.abc import Callable, Iterable
from functools import cache
from pathlib import Path
from typing import Any

from genphase.canonical import digest
from genphase.cells.grid import facts_of_sweep, numerics_of_sweep
from genphase.cells.kept import kept_of
from genphase.cells.sampling import sampling_of
from genphase.files import checksum
from genphase.jobs.batches import Batch
from genphase.shipped import PAGE
from genphase.store.provenance import Recipe
from genphase.sweep.figures import Figure
from genphase.sweep.models import Sweep
from genphase.sweep.overlays import Published
from genphase.sweep.published import published_path
from genphase.sweep.transitions import across_axis, transition_axis

# What an explorer shows beside the tables of its figure.
_OF_EXPLORERS: dict[str, tuple[str, ...]] = {"tables": ("cells",), "trials": ("trials",)}
# Of a figure of any kind, what does not decide its overlays.
_NOT_OVERLAID = {"title", "x_label", "y_label", "style"}


class Recipes:
    """The recipes of a sweep's jobs.

    Parameters
    ----------
    sweep : the sweep.
    seed : the master seed.
    folder : the sweep file's folder, to which CSV files of overlays are relative.
    version : returns the fingerprint of the code that a script runs.
    """

    def __init__(
        self, sweep: Sweep, seed: int, folder: Path, version: Callable[[str], str]
    ) -> None:
        self._sweep, self._folder, self._version = sweep, folder, version
        self._seeds = sweep.seeds_of(seed)
        self._grid = sweep.only_grid().model_dump(mode="json")
        rule = sweep.success
        self._success = None if rule is None else rule.model_dump(mode="json")

    def batch(self, batch: Batch) -> Recipe:
        """Return the recipe of the trials of a batch; a cell's id holds all else of it."""
        content = {
            "cells": [cell.id for cell in batch.cells],
            "trials": batch.trials(),
            "kept": batch.kept.keys,
        }
        return self._recipe(f"batches/{batch.id}", "run_batch", content)

    def round(self, number: int) -> Recipe:
        """Return the recipe of the points that a round of a refinement adds."""
        return self._recipe(f"rounds/{number}", "refine_grid", self._drawn() | {"round": number})

    def shares(self, number: int, total: int) -> Recipe:
        """Return the recipe of the trials that a round of a budget gives, of so many in all.

        The budget itself decides the last round alone: a larger one leaves the others as they are.
        """
        content = self._drawn()
        trials = content["grid"]["trials"] | {"budget": total}
        content["grid"] = content["grid"] | {"trials": trials}
        return self._recipe(f"budget/{number}", "allot_trials", content | {"round": number})

    def trials(self) -> Recipe:
        """Return the recipe of trials.csv and timings.csv."""
        return self._recipe("trials", "collect_trials", self._drawn())

    def tables(self) -> Recipe:
        """Return the recipe of cells.csv and transition.csv."""
        content = {"success": self._success, "lines": self._lines(), "trials": self.trials().key}
        return self._recipe("tables", "summarise_cells", content)

    def _lines(self) -> dict[str, Any]:
        """Return which lines of the grid are regressed, and how."""
        transition = self._sweep.transition
        coordinate = transition.coordinate
        return {
            "axes": self._sweep.shown_axes,
            "along": transition_axis(self._sweep),
            "across": across_axis(self._sweep),
            "levels": transition.levels,
            "coordinate": None if coordinate is None else coordinate.text,
            "responses": [list(response) for response in transition.responses],
        }

    def traces(self) -> Recipe:
        """Return the recipe of traces.csv."""
        assert self._sweep.trace is not None
        content = self._drawn()
        content["grid"] = content["grid"] | {"trials": 1}
        content["trace"] = self._sweep.trace.model_dump(mode="json")
        return self._recipe("traces", "trace_cells", content)

    def overlays(self, figure: str) -> Recipe:
        """Return the recipe of what is drawn over a figure."""
        spec = self._sweep.figures[figure]
        published = {
            file: checksum(published_path(self._folder, file))
            for file in published_files(self._sweep, figure)
        }
        content = {
            "grid": self._sweep.only_places().model_dump(mode="json"),
            "figure": spec.model_dump(mode="json", exclude=_NOT_OVERLAID | spec.only_drawn),
            "published": published,
            "things": facts_of_sweep(self._sweep),
        }
        return self._recipe(f"overlays/{figure}", "tabulate_overlays", content)

    def images(self, figure: str) -> Recipe:
        """Return the recipe of the pictures of a figure."""
        content = self._drawn()
        content["grid"] = content["grid"] | {"trials": 1}
        # Of errors, and of what is kept, the pictures say nothing.
        content["grid"] |= {"errors": [], "keep": "records"}
        del content["kept"]
        spec = self._sweep.figures[figure]
        content["figure"] = spec.model_dump(mode="json", include=set(spec.pictured))
        return self._recipe(f"images/{figure}", "tabulate_images", content)

    def figure(self, figure: str) -> Recipe:
        """Return the recipe of a figure and of the numbers that it shows."""
        content = self._shown(figure, sources_of(self._sweep.figures[figure]))
        return self._recipe(f"figures/{figure}", "draw_figure", content)

    def explorer(self, figure: str) -> Recipe:
        """Return the recipe of a figure's explorer."""
        content = self._shown(figure, explorer_sources(self._sweep, figure))
        content["page"] = _page()
        return self._recipe(f"explorers/{figure}", "explore_figure", content)

    def _shown(self, figure: str, sources: Iterable[str]) -> dict[str, Any]:
        """Return what decides how a figure looks, with the keys of the jobs it reads tables of."""
        spec = self._sweep.figures[figure]
        content: dict[str, Any] = {
            "title": self._sweep.title,
            "success": self._success,
            "axes": self._sweep.shown_axes,
            "figure": spec.model_dump(mode="json"),
            "seeds": self._seeds,
            "numerics": numerics_of_sweep(self._sweep),
        }
        if spec.of_lines:
            content["lines"] = self._lines()
        sampling = sampling_of(self._sweep)
        if not sampling.fixed:
            content["trials"] = sampling.written()
        read = {job: getattr(self, job)().key for job in sources}
        if overlays_of(self._sweep, figure):
            read["overlays"] = self.overlays(figure).key
        if is_pictured(self._sweep, figure):
            read["images"] = self.images(figure).key
        return content | {"read": read}

    def readme(self) -> Recipe:
        """Return the recipe of README.txt and index.html."""
        sweep = self._sweep
        about = {
            **{key: getattr(sweep, key) for key in ("title", "reference", "description")},
            "problem": sweep.the_problem.name,
            "trials": sampling_of(sweep).text(),
            "success": self._success,
            "seeds": self._seeds,
            "numerics": numerics_of_sweep(sweep),
            "figures": {name: spec.kind for name, spec in sweep.figures.items()},
            "traces": sweep.trace is not None,
            "overlays": any(overlays_of(sweep, name) for name in sweep.figures),
        }
        read = {"tables": self.tables().key}
        read |= {name: self.figure(name).key for name in sweep.figures}
        content = {"about": about, "read": read, "page": _page()}
        return self._recipe("readme", "describe_results", content)

    def _drawn(self) -> dict[str, Any]:
        """Return what decides the trials."""
        return {
            "grid": self._grid,
            # Of the cells; those of an axis of seeds have their own.
            "seed": self._seeds[0],
            "numerics": numerics_of_sweep(self._sweep),
            "kept": kept_of(self._sweep).keys,
        }

    def _recipe(self, job: str, script: str, content: dict[str, Any]) -> Recipe:
        return Recipe(job, content | {"code": self._version(script)})


def sources_of(spec: Figure) -> dict[str, tuple[str, ...]]:
    """Return the tables that a figure is drawn from, by the job that makes them."""
    own = dict(spec.tables)
    return own | {"trials": (*own["trials"], "timings")} if spec.is_timed else own


def overlays_of(sweep: Sweep, figure: str) -> list[Any]:
    """Return the overlays of a figure; none for one that has none, or that there is not."""
    spec = sweep.figures.get(figure)
    return [] if spec is None else spec.drawn_over


def is_pictured(sweep: Sweep, figure: str) -> bool:
    """Return whether a figure is of pictures, which have a table of their own."""
    spec = sweep.figures.get(figure)
    return spec is not None and bool(spec.pictured)


def explored(sweep: Sweep) -> list[str]:
    """Return the figures that have an explorer: of trials that were solved."""
    if sweep.measure:
        return []
    return [name for name, spec in sweep.figures.items() if spec.explorer]


def explorer_sources(sweep: Sweep, figure: str) -> dict[str, tuple[str, ...]]:
    """Return the tables that a figure's explorer is made from, by the job that makes them."""
    own = sources_of(sweep.figures[figure])
    return {
        job: tuple(dict.fromkeys((*own.get(job, ()), *_OF_EXPLORERS[job]))) for job in _OF_EXPLORERS
    }


@cache
def _page() -> str:
    """Return a hash of the pages that explorers and overviews fill in: no fingerprint has it."""
    parts = sorted(PAGE.iterdir(), key=lambda file: file.name)
    return digest("\n".join(f"{file.name}\n{file.read_text(encoding='utf-8')}" for file in parts))


def comparisons_of(sweep: Sweep) -> list[str]:
    """Return the figures that compare solvers."""
    return [name for name, spec in sweep.figures.items() if spec.compares_solvers]


def published_files(sweep: Sweep, figure: str) -> list[str]:
    """Return the CSV files of a figure's overlays, each once, as the sweep names them."""
    overlays = overlays_of(sweep, figure)
    return list(dict.fromkeys(o.csv for o in overlays if isinstance(o, Published)))
