# Name: every sweep is a target by its name. What is asked for is checked before jobs are planned.

for sweep in RUN.files:

    rule:
        name:
            sweep
        input:
            told(lambda wildcards, name=sweep: RUN.outputs(name)),


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
    """The targets on Snakemake's command line; none where it is not to build anything.

    Those of a workflow that has this one as a module are its own: all sweeps are looked at.
    """
    if IS_MODULE:
        return ["all"]
    if "snakemake" not in Path(sys.argv[0]).parts[-2:]:
        return []
    from snakemake.cli import get_argument_parser

    found, _ = get_argument_parser().parse_known_args(sys.argv[1:])
    if any(getattr(found, mode) for mode in BUILDS_NOTHING):
        return []
    asked = sorted(found.targets) or ["all"]
    return [t for t in asked if t in ("all", *RUN.files) or not workflow.is_rule(t)]


if workflow.is_main_process:
    try:
        for sweep in RUN.belongs_to(targets()):
            RUN.check(sweep)
        RUN.check_files(targets())
    except SweepError as error:
        refuse(error)
