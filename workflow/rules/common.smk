# What the rules ask about a sweep. Everything is asked lazily and once: a job that runs one batch
# reads one sweep file, and a mistake in one sweep does not stop another.
from functools import cache

from snakemake.exceptions import WorkflowError

from genphase.batches import pack
from genphase.calibration import read_calibration
from genphase.cost import Cost, request, tables_cost, traces_cost
from genphase.files import claim_run
from genphase.identity import canonical, code_fingerprint, numerics_version
from genphase.sweep.transitions import across_axis, transition_axis
from genphase.sweep.config import parse_config
from genphase.sweep.errors import SweepError
from genphase.sweep.figures import TABLES
from genphase.grid import expand
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


# A sweep is named by its file: letters, digits, _ and -.
wildcard_constraints:
    sweep="[A-Za-z][A-Za-z0-9_-]*",
    batch="[0-9a-f]{16}",
    # A figure's table is not one of the sweep's.
    figure=rf"(?!(?:{'|'.join(TABLES)})\.csv)[A-Za-z][A-Za-z0-9_-]*",


@cache
def sweep_of(name):
    try:
        return load_sweep(name, CONFIG.sweep_dir)
    except SweepError as error:
        raise WorkflowError(str(error)) from None


@cache
def calibration_of(name):
    try:
        return read_calibration(CONFIG.results / name)
    except SweepError as error:
        raise WorkflowError(str(error)) from None


@cache
def batches_of(name):
    try:
        cells = expand(sweep_of(name), CONFIG.seed, str(SWEEPS[name]))
    except SweepError as error:
        raise WorkflowError(str(error)) from None
    return pack(sweep_of(name), cells, CONFIG.batch_seconds, calibration_of(name))


def version(script, *sources):
    """A fingerprint of a script and of library code, so that an edit redoes what they make."""
    scripts = Path(workflow.basedir) / "scripts"
    return f"{code_fingerprint([script], scripts)} {code_fingerprint(sources)}"


def outputs(name):
    """All files that a sweep is built into."""
    sweep = sweep_of(name)
    tables = [table for table in TABLES if table != "traces" or sweep.trace is not None]
    files = [f"{RESULTS}/{name}/{table}.csv" for table in tables]
    for figure in sweep.figures:
        files += [
            f"{RESULTS}/{name}/{figure}.{ending}" for ending in ("png", "pdf", "csv")
        ]
    return files


def batch_of(wildcards):
    found = batches_of(wildcards.sweep).get(wildcards.batch)
    if found is None:
        raise WorkflowError(
            f"sweep {wildcards.sweep} has no batch {wildcards.batch}: its file, the seed, the "
            "numerics or its calibration changed since this job was planned. Run snakemake again: it plans anew and "
            "keeps everything that is stored."
        )
    return found


def cells_of(name):
    return sum(len(batch.cells) for batch in batches_of(name).values())


# What jobs ask a cluster for, which ends those that take more.


def asking(cost_of):
    """The resources of a rule whose jobs cost what `cost_of` says of their wildcards."""

    def ask(wildcards, attempt):
        return request(cost_of(wildcards), cells_of(wildcards.sweep), attempt)

    return {
        "mem_mb": lambda wildcards, attempt: ask(wildcards, attempt).mem_mb,
        "runtime": lambda wildcards, attempt: ask(wildcards, attempt).runtime,
    }


def cost_of_batch(wildcards):
    return batch_of(wildcards).cost


def cost_of_tables(wildcards):
    return tables_cost(cells_of(wildcards.sweep) * sweep_of(wildcards.sweep).trials)


def cost_of_traces(wildcards):
    batches = batches_of(wildcards.sweep).values()
    trials = sweep_of(wildcards.sweep).trace.trials
    seconds = sum(batch.cost.core_seconds * trials / batch.trials for batch in batches)
    memory = max(batch.cost.memory_mb for batch in batches)
    return traces_cost(Cost(seconds, memory))


def batch_files(wildcards):
    return [
        f"{RESULTS}/{wildcards.sweep}/batches/{batch}.csv"
        for batch in batches_of(wildcards.sweep)
    ]


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


# The tables that a figure of each kind is drawn from.
SOURCES = {
    "portrait": ("cells", "transition"),
    "curve": ("trials",),
    "trace": ("traces",),
}


def drawn_from(wildcards):
    """The tables that a figure is drawn from, by name."""
    figure = sweep_of(wildcards.sweep).figures.get(wildcards.figure)
    if figure is None:
        raise WorkflowError(f"sweep {wildcards.sweep} has no figure {wildcards.figure}")
    return {
        table: f"{RESULTS}/{wildcards.sweep}/{table}.csv"
        for table in SOURCES[figure.kind]
    }


def traces_of(name):
    """What decides the traces of a sweep, beside the seed and the numerics, as one text."""
    sweep = sweep_of(name)
    grid = sweep.only_grid().model_dump(mode="json") | {"trials": 1}
    return canonical({"grid": grid, "trace": sweep.trace.model_dump()})


def figure_of(name, figure):
    """What a figure is drawn from, beside the tables, as one text."""
    sweep = sweep_of(name).model_dump(mode="json")
    content = {key: sweep[key] for key in ("title", "success")}
    return canonical(
        content | {"axes": list(sweep["axes"]), "figure": sweep["figures"][figure]}
    )
