# The door to the pipeline in a clone: `snakemake --cores 2 plugin_portrait`. The workflow itself is
# workflow/Snakefile, which other workflows can take in as a module.
include: "workflow/Snakefile"


# What a file includes does not become its default target, which `snakemake --cores 2` and `make` build.
workflow.default_target = "all"
