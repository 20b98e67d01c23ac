# What the rules ask about a sweep. Everything is asked lazily and once: a job that runs one batch
# reads one sweep file, and a mistake in one sweep does not stop another.
from functools import cache

from snakemake.exceptions import WorkflowError

from genphase.batches import pack
from genphase.calibration import read_calibration
from genphase.cost import Cost, request, tables_cost, traces_cost
from genphase.files import claim_run
from genphase.identity import canonical, code_fingerprint, numerics_version
from genphase.planned import StalePlan, check_planned, planned, write_planned
from genphase.sweep.transitions import across_axis, transition_axis
from genphase.sweep.config import parse_config
from genphase.sweep.errors import SweepError
from genphase.sweep.figures import TABLES
from genphase.sweep.overlays import Published
from genphase.grid import expand
from genphase.refinement import (
    cells_at,
    check_refinement,
    read_round,
    refined,
    refinement,
    round_file,
)
from genphase.sampling import sampling_of
from genphase.sweep.read import load_sweep, sweep_files

try:
    CONFIG = parse_config(config, "config/config.yaml or --config")
except SweepError as error:
    raise WorkflowError(str(error)) from None

SWEEPS = sweep_files(CONFIG.sweep_dir)
RESULTS = CONFIG.results.as_posix()
KERNELS = f"{RESULTS}/kernels/{numerics_version()}.done"


ENVIRONMENT = "../envs/genphase.yaml"

# Jobs in an environment of their own (--software-deployment-method conda) have the libraries from
# there and genphase from this checkout.
shell.prefix(
    f'export PYTHONPATH="{workflow.basedir}/src:$(printenv PYTHONPATH || true)"; '
)


# Two runs in one results folder take turns. The claim ends with the process that holds it.
CLAIMS = []


def tell_of_another_run():
    logger.info(f"Another run is building into {RESULTS}; waiting for its end.")


onstart:
    CLAIMS.append(claim_run(CONFIG.results, tell_of_another_run))
    write_planned(CONFIG.results, PLANNED)


# A sweep is named by its file: letters, digits, _ and -.
wildcard_constraints:
    sweep="[A-Za-z][A-Za-z0-9_-]*",
    batch="[0-9a-f]{16}",
    round="[1-9]",
    # A figure's table is not one of the sweep's.
    figure=rf"(?!(?:{'|'.join(TABLES)})\.csv)[A-Za-z][A-Za-z0-9_-]*",


# Fingerprints of what decides the results of each sweep, and of the code that makes them.
PLANNED = {}
VERSIONS = [numerics_version()]


@cache
def sweep_of(name):
    try:
        sweep = load_sweep(name, CONFIG.sweep_dir)
        settings = CONFIG.seed, CONFIG.batch_seconds, calibration_of(name)
        content = sweep.model_dump(mode="json")
        PLANNED[name] = planned(content, settings, sorted(set(VERSIONS)))
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


def version(script, *sources):
    """A fingerprint of a script and of library code, so that an edit redoes what they make."""
    scripts = Path(workflow.basedir) / "scripts"
    found = f"{code_fingerprint([script], scripts)} {code_fingerprint(sources)}"
    VERSIONS.append(found)
    return found


def outputs(name):
    """All files that a sweep is built into."""
    sweep = sweep_of(name)
    tables = [table for table in TABLES if table != "traces" or sweep.trace is not None]
    files = [f"{RESULTS}/{name}/{table}.csv" for table in tables]
    for figure in sweep.figures:
        files += [
            f"{RESULTS}/{name}/{figure}.{ending}" for ending in ("png", "pdf", "csv")
        ]
        if overlays_of(name, figure):
            files.append(f"{RESULTS}/{name}/overlays/{figure}.csv")
    return files


def lines_of(name):
    """The lines of a sweep's grid on which a crossing is looked for, as one text."""
    sweep = sweep_of(name)
    coordinate = sweep.transition.coordinate
    return canonical(
        {
            "axes": list(sweep.axes),
            "along": transition_axis(sweep),
            "across": across_axis(sweep),
            "levels": sweep.transition.levels,
            "coordinate": None if coordinate is None else coordinate.text,
        }
    )


def grid_of(name):
    """What decides the trials of a sweep, as one text."""
    return sweep_of(name).only_grid().model_dump_json()


# The tables that a figure of each kind is drawn from.
SOURCES = {
    "portrait": ("cells", "transition"),
    "curve": ("trials",),
    "trace": ("traces",),
    "comparison": ("trials",),
}


def drawn_from(wildcards):
    """The tables that a figure is drawn from, by name."""
    figure = sweep_of(wildcards.sweep).figures.get(wildcards.figure)
    if figure is None:
        raise WorkflowError(f"sweep {wildcards.sweep} has no figure {wildcards.figure}")
    tables = {
        table: f"{RESULTS}/{wildcards.sweep}/{table}.csv"
        for table in SOURCES[figure.kind]
    }
    if overlays_of(wildcards.sweep, wildcards.figure):
        overlays = f"{RESULTS}/{wildcards.sweep}/overlays/{wildcards.figure}.csv"
        tables["overlays"] = overlays
    return tables


def overlays_of(name, figure):
    """The overlays of a figure: an empty list for one that has none, or that there is not."""
    return getattr(sweep_of(name).figures.get(figure), "overlays", [])


def published_of(wildcards):
    """The CSV files of a figure's overlays, each once."""
    overlays = overlays_of(wildcards.sweep, wildcards.figure)
    files = dict.fromkeys(o.csv for o in overlays if isinstance(o, Published))
    return [(CONFIG.sweep_dir / file).as_posix() for file in files]


def overlaid(name, figure):
    """What the overlays of a figure are computed from, beside CSV files, as one text."""
    sweep, spec = sweep_of(name), sweep_of(name).figures[figure]
    keys = {"title", "x_label", "y_label", "fit", "statistic", "over"}
    return canonical(
        {
            "grid": sweep.only_places().model_dump(mode="json"),
            "figure": spec.model_dump(mode="json", exclude=keys),
        }
    )


def traces_of(name):
    """What decides the traces of a sweep, beside the seed and the numerics, as one text."""
    sweep = sweep_of(name)
    grid = sweep.only_grid().model_dump(mode="json") | {"trials": 1}
    return canonical({"grid": grid, "trace": sweep.trace.model_dump()})


def figure_of(name, figure):
    """What a figure is drawn from, beside the tables, as one text."""
    sweep = sweep_of(name).model_dump(mode="json")
    content = {key: sweep[key] for key in ("title", "success")}
    sampling = sampling_of(sweep_of(name))
    if not sampling.fixed:
        content["trials"] = sampling.written()
    return canonical(
        content | {"axes": list(sweep["axes"]), "figure": sweep["figures"][figure]}
    )
