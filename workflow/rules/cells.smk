# Compute: kernels once, then one job for every batch of cells.


rule compile_kernels:
    output:
        touch(KERNELS),
    log:
        f"{RESULTS}/logs/compile_kernels.log",
    # All trials wait for it.
    priority: 2_000_000
    conda:
        ENVIRONMENT
    # As many processes compile at once. More would wait for the one that takes longest.
    threads: 2
    resources:
        mem_mb=2000,
        runtime=lambda wildcards, attempt: 15 * attempt,
    message:
        "Compile the kernels"
    script:
        "../../scripts/compile_kernels.py"


# What a round of a refinement adds to the grid follows from the trials of the rounds before.
checkpoint refine_grid:
    input:
        unpack(before_round),
    output:
        f"{RESULTS}/{{sweep}}/rounds/{{round}}.json",
        record=record("rounds/{round}"),
    log:
        f"{RESULTS}/logs/{{sweep}}/refine_grid_{{round}}.log",
    conda:
        ENVIRONMENT
    resources:
        **asking(cost_of_tables),
    params:
        sweeps=CONFIG.sweep_dir.as_posix(),
        recipe=recipe(lambda recipes, w: recipes.round(int(w.round))),
    message:
        "Refine the grid of {wildcards.sweep}, round {wildcards.round}"
    script:
        "../../scripts/refine_grid.py"


# Which cells get the trials of a round of a budget follows from the trials of the rounds before.
checkpoint allot_trials:
    input:
        unpack(before_shares),
    output:
        f"{RESULTS}/{{sweep}}/budget/{{round}}.json",
        record=record("budget/{round}"),
    log:
        f"{RESULTS}/logs/{{sweep}}/allot_trials_{{round}}.log",
    conda:
        ENVIRONMENT
    resources:
        **asking(cost_of_tables),
    params:
        sweeps=CONFIG.sweep_dir.as_posix(),
        recipe=told(lambda w: RUN.recipe_of_round(w.sweep, int(w.round)).text),
    message:
        "Allot the trials of {wildcards.sweep}, round {wildcards.round}"
    script:
        "../../scripts/allot_trials.py"


rule run_batch:
    input:
        kernels_for_batch,
    output:
        f"{RESULTS}/{{sweep}}/batches/{{batch}}.csv",
        record=record("batches/{batch}"),
    log:
        f"{RESULTS}/logs/{{sweep}}/{{batch}}.log",
    # The longest jobs first: none of them is left to run alone at the end.
    priority: told(lambda w: int(cost_of_batch(w).core_seconds))
    conda:
        ENVIRONMENT
    threads: CONFIG.threads
    resources:
        **asking(cost_of_batch),
    params:
        sweeps=CONFIG.sweep_dir.as_posix(),
        work=told(lambda w: canonical(RUN.batch(w.sweep, w.batch).work())),
        recipe=recipe(lambda recipes, w: recipes.batch(RUN.batch(w.sweep, w.batch))),
        store=CONFIG.store.as_posix(),
    message:
        "Run batch {wildcards.batch} of {wildcards.sweep}; progress in {log}"
    script:
        "../../scripts/run_batch.py"
