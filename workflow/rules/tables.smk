# Aggregate: batches into trials, trials into cells and transitions; and trace.


rule collect_trials:
    input:
        unpack(all_rounds),
    output:
        trials=report(
            f"{RESULTS}/{{sweep}}/trials.csv",
            caption="../report/trials.rst",
            category="{sweep}",
            labels={"content": "trials"},
        ),
        timings=f"{RESULTS}/{{sweep}}/timings.csv",
        built=f"{RESULTS}/{{sweep}}/built.json",
        record=record("trials"),
    log:
        f"{RESULTS}/logs/{{sweep}}/collect_trials.log",
    conda:
        ENVIRONMENT
    resources:
        **asking_in_turn(cost_of_tables),
    params:
        sweeps=CONFIG.sweep_dir.as_posix(),
        recipe=recipe(lambda recipes, w: recipes.trials()),
    message:
        "Collect the trials of {wildcards.sweep}"
    script:
        "../../scripts/collect_trials.py"


# One job for both: half of its time would go into importing what the other imports again.
rule summarise_cells:
    input:
        trials_of,
    output:
        cells=report(
            f"{RESULTS}/{{sweep}}/cells.csv",
            caption="../report/cells.rst",
            category="{sweep}",
            labels={"content": "cells"},
        ),
        transition=report(
            f"{RESULTS}/{{sweep}}/transition.csv",
            caption="../report/transition.rst",
            category="{sweep}",
            labels={"content": "transition"},
        ),
        record=record("tables"),
    log:
        f"{RESULTS}/logs/{{sweep}}/summarise_cells.log",
    conda:
        ENVIRONMENT
    resources:
        **asking_in_turn(cost_of_tables),
    params:
        sweeps=CONFIG.sweep_dir.as_posix(),
        recipe=recipe(lambda recipes, w: recipes.tables()),
        # For the report.
        success=told(lambda w: RUN.success(w.sweep)),
    message:
        "Summarise the cells of {wildcards.sweep} and locate its crossings"
    script:
        "../../scripts/summarise_cells.py"


rule trace_cells:
    input:
        kernels_for_traces,
    output:
        f"{RESULTS}/{{sweep}}/traces.csv",
        record=record("traces"),
    log:
        f"{RESULTS}/logs/{{sweep}}/trace_cells.log",
    # It can be the longest job of a sweep: it does not wait for the batches.
    priority: 1_000_000
    conda:
        ENVIRONMENT
    threads: CONFIG.threads
    resources:
        **asking(cost_of_traces),
    params:
        sweeps=CONFIG.sweep_dir.as_posix(),
        recipe=recipe(lambda recipes, w: recipes.traces()),
    message:
        "Trace the first trials of each cell of {wildcards.sweep}"
    script:
        "../../scripts/trace_cells.py"
