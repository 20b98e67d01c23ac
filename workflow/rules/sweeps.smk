# Name: every sweep is a target by its name. What is asked for is checked before jobs are planned.

for sweep in SWEEPS:

    rule:
        name:
            sweep
        input:
            lambda wildcards, name=sweep: outputs(name),


# Options with which Snakemake looks at no target, or at no results.
BUILDS_NOTHING = [
    "cleanup_metadata",
    "cleanup_shadow",
    "list_rules",
    "list_target_rules",
    "lint",
    "unlock",
]


def targets():
    """The targets on Snakemake's command line; none where it is not to build anything."""
    if "snakemake" not in Path(sys.argv[0]).parts[-2:]:
        return []
    from snakemake.cli import get_argument_parser

    found, _ = get_argument_parser().parse_known_args(sys.argv[1:])
    if any(getattr(found, mode) for mode in BUILDS_NOTHING):
        return []
    return sorted(found.targets) or ["all"]


def sweeps_asked_for():
    """The sweeps that the targets belong to."""
    found = {}
    for target in targets():
        file = Path(target)
        if target == "all":
            found |= dict.fromkeys(CONFIG.sweeps)
        elif len(file.parts) == 1 and not (file.exists() or workflow.is_rule(target)):
            found[target] = None
        elif target in SWEEPS:
            found[target] = None
        elif file.is_relative_to(RESULTS):
            name, *_ = file.relative_to(RESULTS).parts
            found |= {name: None} if name in SWEEPS else {}
    return list(found)


if workflow.is_main_process:
    for sweep in sweeps_asked_for():
        try:
            batches_at(sweep, 0, "")
        except WorkflowError as error:
            refuse(error)
