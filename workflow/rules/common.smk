# What the rules ask is answered by genphase.jobs.workflow; here is what only Snakemake can do.
import shlex
import sys
from functools import partial, wraps

from snakemake.exceptions import WorkflowError

from genphase.canonical import canonical
from genphase.errors import SweepError
from genphase.identity import kernels_version
from genphase.jobs.contract import StalePlan
from genphase.jobs.workflow import ReplacedFiles, Workflow
from genphase.store.provenance import FOLDER
from genphase.sweep.config import parse_config
from genphase.sweep.figures import TABLES
from genphase.sweep.read import SWEEP_NAME, check_number, parse_mapping


def refuse(error):
    """End with a mistake of the user's in a few lines; in a job, as any error of a job."""
    if workflow.is_main_process:
        print(error, file=sys.stderr)
        sys.exit(1)
    raise WorkflowError(str(error)) from None


# Of a path with braces, Snakemake takes what is in them for a wildcard.
for place in (workflow.basedir, sys.executable, Path.cwd()):
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

RUN = Workflow(
    CONFIG,
    Path(workflow.basedir) / "scripts",
    plans=workflow.is_main_process,
    remote=workflow.remote_exec,
    force=lambda file: workflow.dag.forcefiles.add(file),
    log=logger,
)
RESULTS = RUN.results
KERNELS = f"{RESULTS}/kernels/{kernels_version()}.done"
ENVIRONMENT = "../envs/genphase.yaml"

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
        CLAIMS.append(RUN.begin(tell_of_another_run))
    except ReplacedFiles as error:
        raise WorkflowError(str(error)) from None
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
