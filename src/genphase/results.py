"""Results as data frames and figures: ``genphase.load("results/SWEEP")``, in a notebook too."""

import json
from collections.abc import Mapping
from functools import cached_property
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pandas as pd
from matplotlib.figure import Figure

from genphase.cells.rows import method_column
from genphase.cells.sampling import read_sampling
from genphase.errors import did_you_mean
from genphase.figures.draw import draw
from genphase.jobs.recipes import sources_of
from genphase.store.provenance import record_file
from genphase.sweep.figures import figure_spec
from genphase.sweep.kinds.base import Lines, Map
from genphase.sweep.overlays import Published
from genphase.sweep.style import Style, read_style
from genphase.sweep.success import Success
from genphase.tables.check import Drawn, check_published
from genphase.tables.columns import descriptions, units
from genphase.tables.files import read_table
from genphase.tables.parquet import read_large


def load(folder: str | Path) -> "Results":
    """Return the results of a sweep.

    Parameters
    ----------
    folder
        The sweep's folder among the results: ``results/SWEEP``.

    Raises
    ------
    FileNotFoundError
        If no run has finished a sweep there.
    """
    place = Path(folder)
    if not record_file(place, "readme").is_file():
        raise FileNotFoundError(
            f"{place} has no results of a sweep; run it first, or name its folder: results/SWEEP"
        )
    return Results(place)


class Results:
    """The results of a sweep: its tables, its portraits, its figures.

    Parameters
    ----------
    folder : the sweep's folder among the results.

    Notes
    -----
    Tables are read when they are asked for. Their ``attrs`` have the sweep's title, the master
    seeds, and the ``units`` and ``descriptions`` of columns.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def __repr__(self) -> str:
        return f"Results({str(self.folder)!r}): {self.about['title']}"

    @cached_property
    def about(self) -> dict[str, Any]:
        """What the results are of: title, problem, success, seeds, numerics, figures and more."""
        found: dict[str, Any] = self._recipe("readme")["about"]
        return found

    @property
    def success(self) -> Success | None:
        """The rule of which trials count as recovered; None of a sweep that measures."""
        rule = self.about["success"]
        return None if rule is None else Success.model_validate(rule)

    @cached_property
    def trials(self) -> pd.DataFrame:
        """All trials, one row each; see ``trials.attrs["descriptions"]``."""
        return self._table("trials")

    @cached_property
    def cells(self) -> pd.DataFrame:
        """Cell by cell: recovery rate with its interval, quartiles of errors and iterations."""
        return self._table("cells")

    @cached_property
    def transition(self) -> pd.DataFrame:
        """Line by line, where the recovery rate crosses a level, with intervals."""
        return self._table("transition")

    @cached_property
    def timings(self) -> pd.DataFrame:
        """The processor time of each trial."""
        return self._table("timings")

    @cached_property
    def traces(self) -> pd.DataFrame:
        """The errors of the iterates of the first trials.

        Raises
        ------
        LookupError
            If the sweep traces nothing.
        """
        if not self.about["traces"]:
            raise LookupError(f"{self.folder}: this sweep has no traces; add `trace:` to its file")
        return self._table("traces")

    @cached_property
    def axes(self) -> dict[str, list[Any]]:
        """The values of every axis that the cells have, in their order."""
        names = list(self.cells.columns)
        before = names[names.index(method_column(self.cells)) + 1 : names.index("trials")]
        fixed = {"widths", "round"} | ({"k", "m", "noise"} - set(self._drawn_axes))
        return {name: list(dict.fromkeys(self.cells[name])) for name in before if name not in fixed}

    def portrait(
        self,
        x: str = "",
        y: str = "",
        value: str = "rate",
        **where: Any,
    ) -> pd.DataFrame:
        """Return a quantity of the cells as a table over two axes.

        Parameters
        ----------
        x, y
            The axes. Default: those of the sweep's first portrait.
        value
            A column of cells.csv.
        where
            Which cells, such as ``solver="momentum"`` or ``noise=0.1``; needed where more than one
            cell has the same x and y.

        Returns
        -------
        DataFrame
            (values of y, values of x), both rising; NaN where there is no cell.

        Raises
        ------
        LookupError
            If there is no such column, or no such cell.
        ValueError
            If several cells have the same x and y.
        """
        if not (x and y):
            x, y = self._portrait_axes()
        cells = self.cells
        for name in (x, y, value, *where):
            if name not in cells:
                raise LookupError(f"no column {name!r}; {did_you_mean(name, list(cells.columns))}")
        for name, wanted in where.items():
            if not (cells[name] == wanted).any():
                known = ", ".join(map(str, dict.fromkeys(self.cells[name])))
                raise LookupError(f"no cell has {name} = {wanted}; there are {known}")
            cells = cells[cells[name] == wanted]
        if cells.duplicated([x, y]).any():
            many = [
                name
                for name in (method_column(cells), *self.axes)
                if name not in (x, y) and cells[name].nunique() > 1
            ]
            raise ValueError(
                f"several cells have the same {x} and {y}; choose one value of {', '.join(many)}"
            )
        table = cells.pivot(index=y, columns=x, values=value)
        return table.sort_index(axis=0).sort_index(axis=1)

    def dataset(self) -> Any:
        """Return cells.csv as an ``xarray.Dataset`` over solver, or measure, and axes.

        Quantities have their ``units`` and ``description``; where a grid has no cell they are NaN.
        Needs xarray.

        Raises
        ------
        ModuleNotFoundError
            If xarray is not installed.
        """
        if find_spec("xarray") is None:
            raise ModuleNotFoundError("dataset() needs xarray: pip install xarray")
        cells = self.cells
        table = cells.set_index([method_column(cells), *self.axes]).select_dtypes("number")
        found = table.to_xarray()
        found.attrs = {key: cells.attrs[key] for key in ("title", "problem", "seeds")}
        for name in found.data_vars:
            found[name].attrs = {
                "units": cells.attrs["units"].get(name, ""),
                "description": cells.attrs["descriptions"].get(name, ""),
            }
        return found

    def figure(
        self, name: str, style: Style | Mapping[str, Any] | str | Path | None = None
    ) -> Figure:
        """Return a figure of the sweep, drawn anew from its tables.

        Parameters
        ----------
        name
            Of the figure.
        style
            What is to look otherwise than in the sweep: keys of a style, such as
            ``{"width": "single", "title": False}``, or a file with them.

        Raises
        ------
        LookupError
            If the sweep has no such figure.
        SweepError
            If the style has a mistake.
        """
        self._known(name)
        recipe = self._recipe(f"figures/{name}")
        spec = figure_spec(recipe["figure"])
        if style is not None:
            spec = spec.model_copy(update={"style": read_style(style).over(spec.style)})
        names = [table for tables in sources_of(spec).values() for table in tables]
        tables = {table: getattr(self, table) for table in names}
        overlays = self.folder / f"overlays/{name}.csv"
        if "overlays" in recipe["read"]:
            tables["overlays"] = read_table(overlays)
        if "images" in recipe["read"]:
            tables["images"] = read_table(self.folder / f"images/{name}.csv")
        sampling = read_sampling(recipe["trials"]) if "trials" in recipe else None
        axes, title, lines = recipe["axes"], recipe["title"], recipe.get("lines")
        return draw(spec, tables, axes, self.success, title, sampling, lines).figure

    def numbers(self, name: str) -> pd.DataFrame:
        """Return the numbers that a figure shows.

        Raises
        ------
        LookupError
            If the sweep has no such figure.
        """
        self._known(name)
        return read_table(self.folder / f"{name}.csv")

    def check(self) -> pd.DataFrame:
        """Hold the results against the published numbers that the sweep's figures show.

        Returns
        -------
        DataFrame
            A row per number, see ``genphase.tables.check``; none where nothing is published.

        Raises
        ------
        BadValue
            If the file of published numbers does not say which trials a row is about.
        """
        figures, axes = {}, list(self._drawn_axes)
        for name in self.about["figures"]:
            recipe = self._recipe(f"figures/{name}")
            spec = figure_spec(recipe["figure"])
            if any(isinstance(o, Published) for o in spec.drawn_over):
                assert isinstance(spec, Map | Lines)
                figures[name] = Drawn(spec, read_table(self.folder / f"overlays/{name}.csv"))
        return check_published(self.trials, self.transition, axes, figures, self.success)

    @cached_property
    def _drawn_axes(self) -> list[str]:
        built = json.loads((self.folder / "built.json").read_text(encoding="utf-8"))
        return list(built["grid"]["axes"])

    def _known(self, figure: str) -> None:
        if figure not in self.about["figures"]:
            known = did_you_mean(figure, list(self.about["figures"]))
            raise LookupError(f"no figure {figure!r}; {known}")

    def _portrait_axes(self) -> tuple[str, str]:
        for name in self.about["figures"]:
            axes = figure_spec(self._recipe(f"figures/{name}")["figure"]).map_axes
            if axes is not None:
                return axes
        raise LookupError("this sweep has no portrait; name two axes: portrait(x=..., y=...)")

    def _recipe(self, job: str) -> dict[str, Any]:
        text = record_file(self.folder, job).read_text(encoding="utf-8")
        found: dict[str, Any] = json.loads(text)["recipe"]
        return found

    def _table(self, name: str) -> pd.DataFrame:
        table = read_large(self.folder / f"{name}.csv")
        table.attrs = {
            **{key: self.about[key] for key in ("title", "problem", "seeds")},
            "units": units(table.columns),
            "descriptions": descriptions(table.columns),
        }
        return table
