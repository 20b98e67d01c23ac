"""What the rules of the workflow ask about a run's sweeps: jobs, recipes, files and costs.

Everything is asked lazily and once: a job that runs one batch reads one sweep file, and a mistake
in one sweep does not stop another. Nothing here knows of Snakemake.
"""

import logging
import os
import re
import shutil
from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Any, TypeVar

from genphase.cells.budget import budget_of, rounds_of, totals
from genphase.cells.grid import Cell, expand, numerics_of_sweep
from genphase.cells.kept import LATENT, kept_of
from genphase.cells.refinement import (
    BadRound,
    cells_at,
    check_refinement,
    read_round,
    refined,
    refinement,
    round_as_written,
    round_file,
)
from genphase.cells.sampling import sampling_of
from genphase.cells.shares import Shares, read_shares, sampling_of_share, shares_file
from genphase.errors import Mistake, SweepError, did_you_mean
from genphase.files import claim_run, clean_up
from genphase.identity import kernels_version
from genphase.jobs.batches import Batch, pack
from genphase.jobs.calibration import Calibration, read_calibration
from genphase.jobs.contract import check_planned, planned, write_planned
from genphase.jobs.cost import Cost, Request, images_cost, request, tables_cost, traces_cost
from genphase.jobs.recipes import (
    Recipes,
    comparisons_of,
    explored,
    explorer_sources,
    is_pictured,
    overlays_of,
    published_files,
    sources_of,
)
from genphase.shipped import seeds_text
from genphase.sources import closure_fingerprint
from genphase.store.provenance import Finding, Recipe, examine, record_file, set_aside
from genphase.sweep.config import Config
from genphase.sweep.figures import TABLES
from genphase.sweep.models import SEED, Sweep
from genphase.sweep.published import published_path
from genphase.sweep.read import load_sweep, sweep_files
from genphase.tables.built import FILE as BUILT
from genphase.tables.built import BadBuilt, read_built

# The files of a figure, by their endings.
FIGURE_FILES = ("png", "pdf", "csv", "txt", "tex")
# What jobs run: the files of the folder `scripts`.
SCRIPTS = (
    *("compile_kernels", "run_batch", "refine_grid", "collect_trials", "summarise_cells"),
    *("trace_cells", "tabulate_images", "tabulate_overlays", "draw_figure", "explore_figure"),
    *("describe_results", "allot_trials"),
)

_log = logging.getLogger(__name__)
_M = TypeVar("_M", bound=Callable[..., Any])


def _once(method: _M) -> _M:
    """Let a method compute the value for its arguments once for each object."""
    name = method.__name__

    def asked(self: Any, *arguments: Any) -> Any:
        known = self._known.setdefault(name, {})
        if arguments not in known:
            known[arguments] = method(self, *arguments)
        return known[arguments]

    return asked  # type: ignore[return-value]


def _plain(text: str) -> str:
    """Return a user's text so that reStructuredText finds no marks in it."""
    return re.sub(r"([\\*`|_<>])", r"\\\1", text)


class ReplacedFiles(RuntimeError):
    """Another run has replaced files since this one was planned."""


class Workflow:
    """The sweeps of a run, as the rules ask about them.

    Parameters
    ----------
    config : of the run.
    scripts : the files of the scripts that jobs run, by name.
    plans : whether this process plans the run; others run one job of it, and look at no results.
    remote : whether this process runs a job on a cluster, which must find what was planned.
    force : called with each file whose job has to run again.
    log : where the user is told why.
    """

    def __init__(
        self,
        config: Config,
        scripts: Mapping[str, Path],
        plans: bool = True,
        remote: bool = False,
        force: Callable[[str], None] = lambda file: None,
        log: logging.Logger = _log,
    ) -> None:
        self.config, self.scripts, self.log = config, scripts, log
        self.plans, self.remote, self.force = plans, remote, force
        self.results = config.results.as_posix()
        self.files = sweep_files(config.sweep_dir)
        # Jobs are processes of their own.
        os.environ["GENPHASE_THREADS"] = str(config.threads)
        # Fingerprints of what decides the results of each sweep that this run builds.
        self.planned: dict[str, str] = {}
        # What was found of the files of each job, by their record.
        self._examined: dict[Path, tuple[Recipe, Finding]] = {}
        self._known: dict[str, dict[Any, Any]] = {}

    @property
    def kernels(self) -> str:
        """The file that says that kernels are compiled, for the number of threads of a trial."""
        suffix = f"-{self.config.threads}" if self.config.threads > 1 else ""
        return f"{self.results}/kernels/{kernels_version()}{suffix}.done"

    # Sweeps.

    @_once
    def sweep(self, name: str) -> Sweep:
        """Return a sweep.

        Raises
        ------
        SweepError
            If its file has a mistake.
        StalePlan
            If a job on a cluster finds another one than its run has planned.
        """
        sweep = load_sweep(name, self.config.sweep_dir).over(self.config.style)
        settings = self.config.seed, self.config.batch_seconds, self.calibration(name)
        versions = [*numerics_of_sweep(sweep).values(), *map(self.version, sorted(self.scripts))]
        versions += kept_of(sweep).keys
        self.planned[name] = planned(sweep.model_dump(mode="json"), settings, versions)
        if self.remote:
            check_planned(self.config.results, name, self.planned[name])
        return sweep

    def about(self, name: str) -> str:
        """Return what a sweep says of itself, for the report, in reStructuredText."""
        sweep = self.sweep(name)
        source = f"After: {_plain(sweep.reference)}." if sweep.reference else ""
        words = [f"**{_plain(sweep.title)}**.", source, _plain(sweep.description)]
        return " ".join(filter(None, words))

    def success(self, name: str) -> str:
        """Return which trials of a sweep count as recovered, for the report; empty of none."""
        rule = self.sweep(name).success
        return "" if rule is None else _plain(rule.in_words)

    def seeds_text(self, name: str) -> str:
        """Return the master seeds of a sweep, for the report."""
        return seeds_text(self.sweep(name).seeds_of(self.config.seed))

    @_once
    def calibration(self, name: str) -> Calibration:
        """Return how the estimates of a sweep are corrected."""
        return read_calibration(self.config.results / name)

    def version(self, script: str) -> str:
        """Return a fingerprint of all code that a script runs."""
        return _version(self.scripts[script])

    @_once
    def recipes(self, name: str) -> Recipes:
        """Return the recipes of a sweep's jobs."""
        return Recipes(self.sweep(name), self.config.seed, self.config.sweep_dir, self.version)

    def belongs_to(self, targets: Iterable[str]) -> list[str]:
        """Return the sweeps that targets belong to: names, files among the results, or ``all``."""
        found: dict[str, None] = {}
        for target in targets:
            if target == "all":
                found |= dict.fromkeys(self.config.sweeps)
            elif target in self.files:
                found[target] = None
            elif Path(target).is_relative_to(self.results):
                name = Path(target).relative_to(self.results).parts[0]
                found |= {name: None} if name in self.files else {}
            elif len(Path(target).parts) == 1 and not Path(target).exists():
                found[target] = None
        return list(found)

    def check_files(self, targets: Iterable[str]) -> None:
        """Raise a mistake for targets that are files of a sweep's, which it does not make.

        Raises
        ------
        SweepError
            With near misses.
        """
        for target in map(Path, targets):
            folder, name = target.parent, target.parent.name
            if folder.parent != Path(self.results) or name not in self.files:
                continue
            known = [Path(file).name for file in self._files(name) if Path(file).parent == folder]
            if target.name not in known:
                text = f"the sweep {name} makes no such file"
                mistake = Mistake(str(target), text, did_you_mean(target.name, known))
                raise SweepError(str(self.files[name]), [mistake])

    # What files are made from, and whether they still are.

    def is_current(self, name: str, recipe: Recipe) -> bool:
        """Return whether the files of a job are what its recipe gives; if not, force them."""
        place = record_file(Path(self.results) / name, recipe.job)
        if place not in self._examined:
            found = examine(place, recipe)
            # Recipes say nothing of time, and trials that run again take another.
            timed = found.state == "current" and recipe.job in self._of_time(name)
            if timed and not self.is_current(name, self.recipes(name).trials()):
                found = found._replace(state="outdated")
            self._examined[place] = recipe, found
            if found.state != "current":
                self.force(place.as_posix())
            if found.changed:
                changed = ", ".join(found.changed)
                self.log.info(
                    "%s: %s is made again, for what is new in: %s", name, recipe.job, changed
                )
            for path in found.files:
                self.log.warning(
                    f"{path} is not what was written there; it is set aside and made again."
                )
        return self._examined[place][1].state == "current"

    @_once
    def _of_time(self, name: str) -> set[str]:
        """Return the jobs whose files show the processor time of a sweep's trials."""
        timed = [figure for figure, spec in self.sweep(name).figures.items() if spec.is_timed]
        jobs = {f"{kind}/{figure}" for figure in timed for kind in ("figures", "explorers")}
        return {"readme", *jobs} if timed else set()

    def to_make(self, name: str, recipe: Recipe) -> bool:
        """Return whether the job of a recipe has to run again, in the process that plans."""
        if not self.plans:
            return True
        self.examine(name)
        return not self.is_current(name, recipe)

    @_once
    def examine(self, name: str) -> None:
        """Compare all files of a sweep with their recipes, before jobs are planned."""
        if not self.plans:
            return
        sweep, recipes = self.sweep(name), self.recipes(name)
        found = [recipes.trials(), recipes.tables(), recipes.readme()]
        found += self._recipes_of_rounds(name)
        if sweep.trace is not None:
            found.append(recipes.traces())
        for figure in sweep.figures:
            found.append(recipes.figure(figure))
            if figure in explored(sweep):
                found.append(recipes.explorer(figure))
            if overlays_of(sweep, figure):
                found.append(recipes.overlays(figure))
            if is_pictured(sweep, figure):
                found.append(recipes.images(figure))
        for recipe in found:
            self.is_current(name, recipe)

    def begin(self, held: Callable[[], None]) -> Any:
        """Claim the results folder for this run, and say there what is planned.

        Parameters
        ----------
        held
            Called if another run has it, before waiting for its end.

        Returns
        -------
        file
            The claim, which ends with it.

        Raises
        ------
        OSError
            If nothing can be written there.
        ReplacedFiles
            If another run has replaced files that this one would go on from.
        """
        claim = claim_run(self.config.results, held)
        try:
            clean_up(self.config.results)
            self._look_again()
            for name in self.planned:
                self._keep_other_seed(name)
            write_planned(self.config.results, self.planned)
        except BaseException:
            claim.close()
            raise
        return claim

    def _keep_other_seed(self, name: str) -> None:
        """Copy the results of a sweep that another master seed gave, before they are replaced."""
        folder = self.config.results / name
        try:
            built = read_built(folder / BUILT)
        except BadBuilt:
            return
        if built is None or built.seeds == tuple(self.sweep(name).seeds_of(self.config.seed)):
            return
        if len(built.seeds) > 1 or SEED in built.sweep.axes:
            return
        kept = folder / f"seed-{built.seeds[0]}"
        shutil.rmtree(kept, ignore_errors=True)
        shutil.copytree(
            folder, kept, ignore=shutil.ignore_patterns("batches", "seed-*", "*.damaged-*")
        )
        self.log.info(f"{name}: the results of seed {built.seeds[0]} are kept in {kept}.")

    def _look_again(self) -> None:
        for place, (recipe, before) in self._examined.items():
            now = examine(place, recipe)
            if before.state == "current" and now.state != "current":
                raise ReplacedFiles(
                    f"Another run has replaced files in {place.parents[1]} since this one was "
                    "planned. Run the same command again."
                )
            for path in now.files:
                self.log.warning(f"{path}: set aside as {set_aside(path)}")

    def outputs(self, name: str) -> list[str]:
        """Return all files that a sweep is built into."""
        self.examine(name)
        return self._files(name)

    def _files(self, name: str) -> list[str]:
        sweep, folder = self.sweep(name), f"{self.results}/{name}"
        tables = [table for table in TABLES if table != "traces" or sweep.trace is not None]
        files = [
            f"{folder}/README.txt",
            f"{folder}/index.html",
            *(f"{folder}/{table}.csv" for table in tables),
        ]
        files.append(f"{folder}/built.json")
        for figure in sweep.figures:
            files += [f"{folder}/{figure}.{ending}" for ending in FIGURE_FILES]
            if figure in explored(sweep):
                files.append(f"{folder}/{figure}.html")
            if overlays_of(sweep, figure):
                files.append(f"{folder}/overlays/{figure}.csv")
            if is_pictured(sweep, figure):
                files.append(f"{folder}/images/{figure}.csv")
        return files

    def drawn_from(self, name: str, figure: str) -> dict[str, str]:
        """Return the tables that a figure is drawn from, by name.

        Raises
        ------
        LookupError
            If the sweep has no such figure.
        """
        sweep = self.sweep(name)
        spec = sweep.figures.get(figure)
        if spec is None:
            raise LookupError(f"sweep {name} has no figure {figure}")
        return self._tables(name, figure, sources_of(spec))

    def explored_from(self, name: str, figure: str) -> dict[str, str]:
        """Return the tables that a figure's explorer is made from, by name.

        Raises
        ------
        LookupError
            If the sweep has no such figure, or the figure no explorer.
        """
        sweep = self.sweep(name)
        if figure not in explored(sweep):
            raise LookupError(f"sweep {name} has no portrait or curve {figure}")
        return self._tables(name, figure, explorer_sources(sweep, figure))

    def _tables(
        self, name: str, figure: str, sources: Mapping[str, Sequence[str]]
    ) -> dict[str, str]:
        """Return the files of tables, and of a figure's overlays and pictures, by name."""
        tables = {
            table: f"{self.results}/{name}/{table}.csv"
            for tables in sources.values()
            for table in tables
        }
        if overlays_of(self.sweep(name), figure):
            tables["overlays"] = f"{self.results}/{name}/overlays/{figure}.csv"
        if is_pictured(self.sweep(name), figure):
            tables["images"] = f"{self.results}/{name}/images/{figure}.csv"
        return tables

    def described_by(self, name: str) -> dict[str, str]:
        """Return what README.txt and index.html tell of, by name: tables, figures, captions."""
        sweep = self.sweep(name)
        tables = ["cells", "transition", *comparisons_of(sweep)]
        files = {table: f"{table}.csv" for table in tables}
        files |= {f"{f}.{end}": f"{f}.{end}" for f in sweep.figures for end in ("png", "txt")}
        return {key: f"{self.results}/{name}/{file}" for key, file in files.items()}

    def published(self, name: str, figure: str) -> list[str]:
        """Return the CSV files of a figure's overlays, each once."""
        files = published_files(self.sweep(name), figure)
        return [published_path(self.config.sweep_dir, file).as_posix() for file in files]

    # Batches, of the sweep's own grid and of the rounds of its refinement, or of its budget.

    @_once
    def batches_at(self, name: str, number: int, text: str) -> dict[str, Batch]:
        """Return the batches of a round, of which `text` says what it adds; of the grid at 0."""
        sweep, source = self.sweep(name), str(self.files[name])
        if number > 0 and self.has_budget(name):
            return self._batches_of_shares(name, read_shares(text))
        if number > 0:
            cells = cells_at(sweep, number, self.config.seed, source, read_round(text, sweep))
        else:
            cells = self._grid(name)
            if self.plans:
                check_refinement(sweep, self.config.seed, source)
        grid = refined(sweep, number)
        return pack(grid, cells, self.config.batch_seconds, self.calibration(name))

    def _batches_of_shares(self, name: str, shares: Shares) -> dict[str, Batch]:
        """Return the batches of what a round of a budget gives."""
        sweep, sampling = self.sweep(name), sampling_of(self.sweep(name))
        own = {cell: sampling_of_share(sampling, share) for cell, share in shares.items()}
        cells = [cell for cell in self._grid(name) if cell.id in own]
        return pack(sweep, cells, self.config.batch_seconds, self.calibration(name), own)

    @_once
    def _grid(self, name: str) -> tuple[Cell, ...]:
        """Return the cells of the sweep's own grid."""
        return expand(self.sweep(name), self.config.seed, str(self.files[name]))

    def has_budget(self, name: str) -> bool:
        """Return whether rounds give trials to the cells of a sweep; else they add cells."""
        return budget_of(self.sweep(name)) is not None

    def check(self, name: str) -> None:
        """Raise what is wrong with a sweep, before anything is planned."""
        self.sweep(name)
        self.batches_at(name, 0, "")

    @_once
    def batches_in(self, name: str, rounds: Sequence[str]) -> dict[str, Batch]:
        """Return the batches of the grid, and of rounds, whose files have these texts, by id."""
        found = dict(self.batches_at(name, 0, ""))
        for number, text in enumerate(rounds, start=1):
            found |= self.batches_at(name, number, text)
        return found

    def batches(self, name: str) -> dict[str, Batch]:
        """Return the batches of the grid, and of those rounds that are there, by id."""
        rounds = []
        for number in range(1, self.rounds(name) + 1):
            try:
                folder = self.config.results / name
                if self.has_budget(name):
                    text = round_as_written(shares_file(folder, number))
                    read_shares(text)
                else:
                    text = round_as_written(round_file(folder, number))
                    read_round(text, self.sweep(name))
            except (FileNotFoundError, BadRound):
                break
            rounds.append(text)
        return self.batches_in(name, tuple(rounds))

    def batch(self, name: str, batch: str) -> Batch:
        """Return a batch.

        Raises
        ------
        LookupError
            If the sweep has none of this id.
        """
        found = self.batches(name).get(batch)
        if found is None:
            raise LookupError(f"sweep {name} has no batch {batch}")
        return found

    def batch_files(self, name: str, rounds: Iterable[str]) -> list[str]:
        """Return the tables of the batches of the grid and of rounds, by the rounds' files."""
        batches = self.batches_in(name, tuple(round_as_written(Path(file)) for file in rounds))
        return [f"{self.results}/{name}/batches/{batch}.csv" for batch in batches]

    @_once
    def rounds(self, name: str) -> int:
        """Return how many rounds the refinement of a sweep has, or its budget."""
        if self.has_budget(name):
            return rounds_of(self.sweep(name), self._grid(name))
        return refinement(self.sweep(name)).rounds

    def recipe_of_round(self, name: str, number: int) -> Recipe:
        """Return the recipe of what a round adds."""
        recipes = self.recipes(name)
        if self.has_budget(name):
            return recipes.shares(number, totals(self.sweep(name), self._grid(name))[number])
        return recipes.round(number)

    def _recipes_of_rounds(self, name: str) -> list[Recipe]:
        return [self.recipe_of_round(name, i) for i in range(1, self.rounds(name) + 1)]

    def needs_kernels(self, name: str, batch: str) -> bool:
        """Return whether a batch has to wait for kernels.

        Tables that are current do not ask for the batches that they were made from.
        """
        recipes = self.recipes(name)
        readers = [recipes.trials(), *self._recipes_of_rounds(name)]
        if not any(self.to_make(name, reader) for reader in readers):
            return False
        return self.to_make(name, recipes.batch(self.batch(name, batch)))

    # What jobs ask a cluster for, which ends those that take more.

    @_once
    def cells(self, name: str) -> int:
        """Return the cells of the sweep's own grid, which a refinement seldom adds as many to."""
        return sum(len(batch.cells) for batch in self.batches_at(name, 0, "").values())

    def request(self, name: str, cost: Cost, attempt: int) -> Request:
        """Return what a job of a sweep asks for."""
        return request(cost, self.cells(name), attempt)

    def tables_cost(self, name: str) -> Cost:
        """Return what a job costs that reads or writes the table of a sweep's trials."""
        return tables_cost(sampling_of(self.sweep(name)).total(self.cells(name)))

    def traces_cost(self, name: str) -> Cost:
        """Return what the tracing of a sweep's trials costs."""
        tracing = self.sweep(name).trace
        assert tracing is not None
        return traces_cost(self._cost_of_trials(name, tracing.trials))

    def images_cost(self, name: str, figure: str) -> Cost:
        """Return what the pictures of a figure cost at most: a trial of each cell it shows."""
        sweep = self.sweep(name)
        spec = sweep.figures[figure]
        return images_cost(
            self._cost_of_trials(name, 1, lambda cell: spec.is_shown(sweep, cell.point))
        )

    def _cost_of_trials(
        self, name: str, trials: int, chosen: Callable[[Cell], bool] = lambda cell: True
    ) -> Cost:
        """Return what it costs to run so many trials of every cell of a sweep that is chosen."""
        batches = self.batches_at(name, 0, "").values()
        share = trials / sampling_of(self.sweep(name)).expected
        parts = [sum(map(chosen, batch.cells)) / len(batch.cells) for batch in batches]
        seconds = sum(
            batch.cost.core_seconds * share * part
            for batch, part in zip(batches, parts, strict=True)
        )
        return Cost(seconds, max(batch.cost.memory_mb for batch in batches))

    def kept_files(self, name: str) -> list[str]:
        """Return the tables of the batches after which the store has what pictures show."""
        return self.batch_files(name, ()) if self.sweep(name).keep == LATENT else []


@cache
def _version(script: Path) -> str:
    return closure_fingerprint(script)
