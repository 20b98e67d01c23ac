# What the rules ask about a sweep. Everything is asked lazily and once: a job that runs one batch
# reads one sweep file, and a mistake in one sweep does not stop another.
import shlex
import sys
from functools import cache, partial

from snakemake.exceptions import WorkflowError

from genphase.jobs.batches import pack
from genphase.jobs.calibration import read_calibration
from genphase.sources import closure_fingerprint
from genphase.jobs.cost import Cost, request, tables_cost, traces_cost
from genphase.files import claim_run, clean_up
from genphase.cells.grid import expand, numerics_of_sweep
from genphase.canonical import canonical
from genphase.identity import kernels_version
from genphase.jobs.contract import StalePlan, check_planned, planned, write_planned
from genphase.store.provenance import FOLDER, examine, record_file, set_aside
from genphase.jobs.recipes import SOURCES, Recipes, overlays_of, published_files
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
from genphase.sweep.config import parse_config
from genphase.errors import SweepError
from genphase.sweep.figures import TABLES
from genphase.sweep.published import published_path
from genphase.sweep.read import (
    SWEEP_NAME,
    check_number,
    load_sweep,
    parse_mapping,
    sweep_files,
)


def refuse(error):
    """End with a mistake of the user's in a few lines; in a job, as any error of a job."""
    if workflow.is_main_process:
        print(error, file=sys.stderr)
        sys.exit(1)
    raise WorkflowError(str(error)) from None


try:
    # Snakemake reads it too, but takes 010 for 8 without a word.
    for file in workflow.configfiles:
        parse_mapping(Path(file).read_text(encoding="utf-8"), str(file))
    for word in workflow.config_settings.config_args or []:
        check_number(word.partition("=")[2], f"--config {word}")
    CONFIG = parse_config(config, "config/config.yaml or --config")
except SweepError as error:
    refuse(error)

SWEEPS = sweep_files(CONFIG.sweep_dir)
RESULTS = CONFIG.results.as_posix()
KERNELS = f"{RESULTS}/kernels/{kernels_version()}.done"


ENVIRONMENT = "../envs/genphase.yaml"

# Of a path with braces, Snakemake takes what is in them for a wildcard.
for place in (workflow.basedir, sys.executable, Path.cwd()):
    if set("{}") & set(str(place)):
        refuse(
            f"{place}: Snakemake runs nothing in a path with braces; move it to another one."
        )

# Jobs in an environment of their own (--software-deployment-method conda) have the libraries from
# there and genphase from this checkout.
SOURCES_FIRST = shlex.quote(f"{workflow.basedir}/src")
shell.prefix(f'export PYTHONPATH={SOURCES_FIRST}:"$(printenv PYTHONPATH || true)"; ')


# Snakemake puts the interpreter's path into shell commands as it is, blanks and all.
if Path(sys.executable).exists():
    sys.executable = shlex.quote(sys.executable)

# Two runs in one results folder take turns. The claim ends with the process that holds it.
CLAIMS = []


def tell_of_another_run():
    logger.info(f"Another run is building into {RESULTS}; waiting for its end.")


onstart:
    try:
        CLAIMS.append(claim_run(CONFIG.results, tell_of_another_run))
        clean_up(CONFIG.results)
        look_again()
        write_planned(CONFIG.results, PLANNED)
    except OSError as error:
        raise WorkflowError(
            f"{RESULTS}: nothing can be written there: {error.strerror}. "
            "Set results to a folder that you can write to."
        ) from None


wildcard_constraints:
    sweep=SWEEP_NAME,
    batch="[0-9a-f]{16}",
    round="[1-9]",
    # A figure's table is not one of the sweep's.
    figure=rf"(?!(?:{'|'.join(TABLES)})\.csv)[A-Za-z][A-Za-z0-9_-]*",


# Fingerprints of what decides the results of each sweep that this run builds.
PLANNED = {}


@cache
def sweep_of(name):
    try:
        sweep = load_sweep(name, CONFIG.sweep_dir)
        settings = CONFIG.seed, CONFIG.batch_seconds, calibration_of(name)
        content = sweep.model_dump(mode="json")
        versions = [
            *numerics_of_sweep(sweep).values(),
            *map(version, SCRIPTS),
        ]
        PLANNED[name] = planned(content, settings, versions)
        if workflow.remote_exec:
            check_planned(CONFIG.results, name, PLANNED[name])
    except (SweepError, StalePlan) as error:
        raise WorkflowError(str(error)) from None
    return sweep


@cache
def calibration_of(name):
    try:
        return read_calibration(CONFIG.results / name)
    except SweepError as error:
        raise WorkflowError(str(error)) from None


# What files are made from, and whether they still are. Snakemake's own reasons to repeat a job, by
# the times of its files and its memory of the last run, are not asked: the inputs of files that are current are `ancient`.
SCRIPTS = sorted(path.stem for path in Path(workflow.basedir).glob("scripts/*.py"))


@cache
def version(script):
    """A fingerprint of all code that a script runs, so that an edit redoes what it makes."""
    return closure_fingerprint(Path(workflow.basedir) / f"scripts/{script}.py")


@cache
def recipes_of(name):
    return Recipes(sweep_of(name), CONFIG.seed, CONFIG.sweep_dir, version)


def record(job):
    """The record of what the files of a job were made from, as a path with wildcards."""
    return f"{RESULTS}/{{sweep}}/{FOLDER}/{job}.json"


# What was found of the files of each job, by their record.
EXAMINED = {}


def is_current(name, recipe):
    """Whether the files of a job are what its recipe gives; if not, they are made again."""
    place = record_file(Path(RESULTS) / name, recipe.job)
    if place not in EXAMINED:
        found = examine(place, recipe)
        EXAMINED[place] = recipe, found
        if found.state != "current":
            workflow.dag.forcefiles.add(place.as_posix())
        if found.changed:
            changed = ", ".join(found.changed)
            logger.info(
                f"{name}: {recipe.job} is made again, for what is new in: {changed}"
            )
        for path in found.files:
            logger.warning(
                f"{path} is not what was written there; it is set aside and made again."
            )
    return EXAMINED[place][1].state == "current"


@cache
def examine_sweep(name):
    """Compare all files of a sweep with their recipes, before Snakemake plans its jobs."""
    if not workflow.is_main_process:
        return
    sweep, recipes = sweep_of(name), recipes_of(name)
    found = [recipes.trials(), recipes.tables()]
    found += [recipes.round(number) for number in range(1, rounds_of(name) + 1)]
    if sweep.trace is not None:
        found.append(recipes.traces())
    for figure in sweep.figures:
        found.append(recipes.figure(figure))
        if overlays_of(sweep, figure):
            found.append(recipes.overlays(figure))
    for recipe in found:
        is_current(name, recipe)


def look_again():
    """Set damaged files aside; refuse to go on from files that another run has replaced since."""
    for place, (recipe, before) in EXAMINED.items():
        now = examine(place, recipe)
        if before.state == "current" and now.state != "current":
            raise WorkflowError(
                f"Another run has replaced files in {place.parents[1]} since this one was "
                "planned. Run the same command again."
            )
        for path in now.files:
            logger.warning(f"{path}: set aside as {set_aside(path)}")


def outputs(name):
    """All files that a sweep is built into."""
    examine_sweep(name)
    sweep = sweep_of(name)
    tables = [table for table in TABLES if table != "traces" or sweep.trace is not None]
    files = [f"{RESULTS}/{name}/{table}.csv" for table in tables]
    for figure in sweep.figures:
        files += [
            f"{RESULTS}/{name}/{figure}.{ending}" for ending in ("png", "pdf", "csv")
        ]
        if overlays_of(sweep, figure):
            files.append(f"{RESULTS}/{name}/overlays/{figure}.csv")
    return files


def reading(name, recipe):
    """What marks the inputs of a job: not to be looked at where its files are current.

    A job whose files are not is repeated after those that make its inputs.
    """
    if not workflow.is_main_process:
        return list
    examine_sweep(name)
    return partial(map, ancient) if is_current(name, recipe) else list


def trials_of(wildcards):
    name = wildcards.sweep
    mark = reading(name, recipes_of(name).tables())
    return list(mark([f"{RESULTS}/{name}/trials.csv"]))


def kernels_for_batch(wildcards):
    name, recipes = wildcards.sweep, recipes_of(wildcards.sweep)
    readers = [recipes.trials(), *map(recipes.round, range(1, rounds_of(name) + 1))]
    # Tables that are current do not ask for the batches that they were made from.
    reader = next((r for r in readers if reading(name, r) is list), None)
    recipe = recipes.batch(batch_of(wildcards)) if reader else recipes.trials()
    return list(reading(name, recipe)([KERNELS]))


def kernels_for_traces(wildcards):
    return list(
        reading(wildcards.sweep, recipes_of(wildcards.sweep).traces())([KERNELS])
    )


def drawn_from(wildcards):
    """The tables that a figure is drawn from, by name."""
    name, figure = wildcards.sweep, wildcards.figure
    spec = sweep_of(name).figures.get(figure)
    if spec is None:
        raise WorkflowError(f"sweep {name} has no figure {figure}")
    tables = {
        table: f"{RESULTS}/{name}/{table}.csv"
        for tables in SOURCES[spec.kind].values()
        for table in tables
    }
    if overlays_of(sweep_of(name), figure):
        tables["overlays"] = f"{RESULTS}/{name}/overlays/{figure}.csv"
    mark = reading(name, recipes_of(name).figure(figure))
    return dict(zip(tables, mark(tables.values()), strict=True))


def published_of(wildcards):
    """The CSV files of a figure's overlays, each once."""
    name, figure = wildcards.sweep, wildcards.figure
    files = published_files(sweep_of(name), figure)
    mark = reading(name, recipes_of(name).overlays(figure))
    paths = [published_path(CONFIG.sweep_dir, file).as_posix() for file in files]
    return list(mark(paths))
