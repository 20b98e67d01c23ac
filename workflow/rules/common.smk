# What the rules ask is answered by genphase.jobs.workflow; here is what only Snakemake can do.
import shlex
import sys
from functools import partial, wraps

from snakemake.exceptions import WorkflowError

import genphase
from genphase.canonical import canonical
from genphase.errors import SweepError
from genphase.jobs.contract import StalePlan
from genphase.jobs.workflow import SCRIPTS, ReplacedFiles, Workflow
from genphase.shipped import this_genphase
from genphase.store.provenance import FOLDER
from genphase.sweep.config import parse_config
from genphase.sweep.figures import TABLES
from genphase.sweep.mapping import check_number, parse_mapping
from genphase.sweep.read import SWEEP_NAME


def refuse(error):
    """End with a mistake of the user's in a few lines; in a job, as any error of a job."""
    if workflow.is_main_process:
        print(error, file=sys.stderr)
        sys.exit(1)
    raise WorkflowError(str(error)) from None


# Of a path with braces, Snakemake takes what is in them for a wildcard.
for place in (
    workflow.current_basedir.get_path_or_uri(secret_free=True),
    sys.executable,
    Path.cwd(),
):
    if set("{}") & set(str(place)):
        refuse(
            f"{place}: Snakemake runs nothing in a path with braces; move it to another one."
        )

try:
    # Snakemake reads it too, but takes 010 for 8 without a word.
    for file in workflow.configfiles:
        parse_mapping(Path(file).read_text(encoding="utf-8"), str(file))
    for word in workflow.config_settings.config_args or []:
        check_number(word.partition("=")[2], f"--config {word}")
    CONFIG = parse_config(config, "config/config.yaml or --config")
except SweepError as error:
    refuse(error)

IS_MODULE = not workflow.modifier.is_main_snakefile()

# Of a module, Snakemake moves relative paths into the folder `prefix`, or as `replace_prefix` says,
# but for those that it is not told of, such as the store's. So the results are moved here.
if IS_MODULE:
    moved = workflow.modifier.modify_path(f"{CONFIG.results.as_posix()}/")
    if moved != f"{CONFIG.results.as_posix()}/":
        CONFIG = CONFIG.model_copy(
            update={
                "results": Path(moved).absolute(),
                "sweep_dir": CONFIG.sweep_dir.absolute(),
            }
        )

RUN = Workflow(
    CONFIG,
    {name: Path(workflow.source_path(f"../../scripts/{name}.py")) for name in SCRIPTS},
    plans=workflow.is_main_process,
    remote=workflow.remote_exec,
    force=lambda file: workflow.dag.forcefiles.add(file),
    log=logger,
)
RESULTS = RUN.results
KERNELS = RUN.kernels
ENVIRONMENT = "../envs/genphase.yaml"

# Jobs in an environment of their own (--software-deployment-method conda) have the libraries from
# there and genphase from this checkout. An installed genphase lies among the libraries that are not
# meant; then the environment has to have its own.
SOURCES = Path(genphase.__file__).parents[1]
if SOURCES.name == "src":
    shell.prefix(
        f'export PYTHONPATH={shlex.quote(str(SOURCES))}:"$(printenv PYTHONPATH || true)"; '
    )

# Snakemake puts the interpreter's path into shell commands as it is, blanks and all.
if Path(sys.executable).exists():
    sys.executable = shlex.quote(sys.executable)

# Two runs in one results folder take turns. The claim ends with the process that holds it.
CLAIMS = []


def tell_of_another_run():
    logger.info(f"Another run is building into {RESULTS}; waiting for its end.")


def begin():
    try:
        CLAIMS.append(RUN.begin(tell_of_another_run))
    except ReplacedFiles as error:
        raise WorkflowError(str(error)) from None
    except OSError as error:
        raise WorkflowError(
            f"{RESULTS}: nothing can be written there: {error.strerror}. "
            "Set results to a folder that you can write to."
        ) from None


if IS_MODULE:
    # Snakemake calls the handlers of the workflow that takes in a module, and not the module's.
    def begin_all(log, of_the_other=workflow._onstart):
        begin()
        of_the_other(log)

    workflow._onstart = begin_all


onstart:
    begin()


wildcard_constraints:
    sweep=SWEEP_NAME,
    batch="[0-9a-f]{16}",
    round="[1-9][0-9]?",
    # A figure's table is not one of the sweep's, its caption not README.txt, its explorer not
    # index.html.
    figure=rf"(?!(?:{'|'.join(TABLES)})\.csv|README\.txt|index\.html)[A-Za-z][A-Za-z0-9_-]*",


def told(function):
    """Let a function of wildcards end with a user's mistake in a few lines."""

    @wraps(function)
    def asked(wildcards, *further):
        try:
            return function(wildcards, *further)
        except (SweepError, StalePlan, LookupError) as error:
            raise WorkflowError(str(error)) from None

    return asked


def record(job):
    """The record of what the files of a job were made from, as a path with wildcards."""
    return f"{RESULTS}/{{sweep}}/{FOLDER}/{job}.json"


def recipe(recipe_of):
    """The text of a job's recipe, of which `recipe_of` is one of `Recipes`."""
    return told(
        lambda wildcards: recipe_of(RUN.recipes(wildcards.sweep), wildcards).text
    )


def asking(cost_of):
    """The resources of a rule whose jobs cost what `cost_of` says of their wildcards."""

    @told
    def ask(wildcards, attempt):
        return RUN.request(wildcards.sweep, cost_of(wildcards), attempt)

    return {
        "mem_mb": lambda wildcards, attempt: ask(wildcards, attempt).mem_mb,
        "runtime": lambda wildcards, attempt: ask(wildcards, attempt).runtime,
    }


def asking_in_turn(cost_of):
    """The resources of a rule whose jobs share one on a cluster, where they run one by one."""
    return asking(cost_of) | {"in_turn": 1}


def cost_of_batch(wildcards):
    return RUN.batch(wildcards.sweep, wildcards.batch).cost


def cost_of_tables(wildcards):
    return RUN.tables_cost(wildcards.sweep)


def cost_of_traces(wildcards):
    return RUN.traces_cost(wildcards.sweep)


def cost_of_images(wildcards):
    return RUN.images_cost(wildcards.sweep, wildcards.figure)
