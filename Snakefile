# The door to the pipeline: what is read and which targets there are. The rules are in
# workflow/rules, the way of a sweep through them in docs/architecture.md.
from pathlib import Path

from snakemake.utils import min_version

min_version("9.17")


configfile: Path(workflow.basedir) / "config/config.yaml"


report: "workflow/report/workflow.rst"


include: "workflow/rules/common.smk"
include: "workflow/rules/jobs.smk"


rule all:
    input:
        told(lambda wildcards: sum(map(RUN.outputs, CONFIG.sweeps), [])),


include: "workflow/rules/cells.smk"
include: "workflow/rules/tables.smk"
include: "workflow/rules/figures.smk"
include: "workflow/rules/sweeps.smk"
