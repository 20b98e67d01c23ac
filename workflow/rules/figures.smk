# Draw: one job for every figure of a sweep, one for what is drawn over it or for the pictures that
# it shows, one for its explorer.
# And describe.


rule tabulate_overlays:
    input:
        published_of,
    output:
        f"{RESULTS}/{{sweep}}/overlays/{{figure}}.csv",
        record=record("overlays/{figure}"),
    log:
        f"{RESULTS}/logs/{{sweep}}/overlays/{{figure}}.log",
    conda:
        ENVIRONMENT
    resources:
        **asking_in_turn(cost_of_tables),
    params:
        sweeps=CONFIG.sweep_dir.as_posix(),
        recipe=recipe(lambda recipes, w: recipes.overlays(w.figure)),
    message:
        "Tabulate the overlays of {wildcards.figure} of {wildcards.sweep}"
    script:
        "../../scripts/tabulate_overlays.py"


rule tabulate_images:
    input:
        unpack(before_images),
    output:
        f"{RESULTS}/{{sweep}}/images/{{figure}}.csv",
        record=record("images/{figure}"),
    log:
        f"{RESULTS}/logs/{{sweep}}/images/{{figure}}.log",
    conda:
        ENVIRONMENT
    threads: CONFIG.threads
    resources:
        **asking(cost_of_images),
    params:
        sweeps=CONFIG.sweep_dir.as_posix(),
        recipe=recipe(lambda recipes, w: recipes.images(w.figure)),
        store=CONFIG.store.as_posix(),
    message:
        "Tabulate the pictures of {wildcards.figure} of {wildcards.sweep}"
    script:
        "../../scripts/tabulate_images.py"


rule draw_figure:
    input:
        unpack(drawn_from),
    output:
        png=report(
            f"{RESULTS}/{{sweep}}/{{figure}}.png",
            caption="../report/figure.rst",
            category="{sweep}",
            labels={"content": "{figure}"},
        ),
        pdf=f"{RESULTS}/{{sweep}}/{{figure}}.pdf",
        csv=f"{RESULTS}/{{sweep}}/{{figure}}.csv",
        txt=report(
            f"{RESULTS}/{{sweep}}/{{figure}}.txt",
            category="{sweep}",
            labels={"content": "{figure}, caption"},
        ),
        tex=f"{RESULTS}/{{sweep}}/{{figure}}.tex",
        record=record("figures/{figure}"),
    log:
        f"{RESULTS}/logs/{{sweep}}/figures/{{figure}}.log",
    conda:
        ENVIRONMENT
    resources:
        **asking_in_turn(cost_of_tables),
    params:
        sweeps=CONFIG.sweep_dir.as_posix(),
        recipe=recipe(lambda recipes, w: recipes.figure(w.figure)),
        # For the report.
        about=told(lambda w: RUN.about(w.sweep)),
    message:
        "Draw {wildcards.figure} of {wildcards.sweep}"
    script:
        "../../scripts/draw_figure.py"


rule explore_figure:
    input:
        unpack(explored_from),
    output:
        html=report(
            f"{RESULTS}/{{sweep}}/{{figure}}.html",
            category="{sweep}",
            labels={"content": "{figure}, explorer"},
        ),
        record=record("explorers/{figure}"),
    log:
        f"{RESULTS}/logs/{{sweep}}/explorers/{{figure}}.log",
    conda:
        ENVIRONMENT
    resources:
        **asking_in_turn(cost_of_tables),
    params:
        sweeps=CONFIG.sweep_dir.as_posix(),
        recipe=recipe(lambda recipes, w: recipes.explorer(w.figure)),
    message:
        "Make the explorer of {wildcards.figure} of {wildcards.sweep}"
    script:
        "../../scripts/explore_figure.py"


rule describe_results:
    input:
        unpack(described_by),
    output:
        readme=f"{RESULTS}/{{sweep}}/README.txt",
        page=report(
            f"{RESULTS}/{{sweep}}/index.html",
            caption="../report/overview.rst",
            category="{sweep}",
            labels={"content": "all on one page"},
        ),
        record=record("readme"),
    log:
        f"{RESULTS}/logs/{{sweep}}/describe_results.log",
    conda:
        ENVIRONMENT
    resources:
        **asking_in_turn(cost_of_tables),
    params:
        sweeps=CONFIG.sweep_dir.as_posix(),
        recipe=recipe(lambda recipes, w: recipes.readme()),
        # For the report.
        about=told(lambda w: RUN.about(w.sweep)),
        seeds=told(lambda w: RUN.seeds_text(w.sweep)),
        genphase=this_genphase(),
    message:
        "Describe the results of {wildcards.sweep}"
    script:
        "../../scripts/describe_results.py"
