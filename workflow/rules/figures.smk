# Draw: one job for every figure of a sweep, and one for what is drawn over it.


rule tabulate_overlays:
    input:
        published_of,
    output:
        f"{RESULTS}/{{sweep}}/overlays/{{figure}}.csv",
    log:
        f"{RESULTS}/logs/{{sweep}}/{{figure}}_overlays.log",
    conda:
        ENVIRONMENT
    resources:
        **asking(cost_of_tables),
    params:
        overlays=lambda wildcards: overlaid(wildcards.sweep, wildcards.figure),
        version=version(
            "tabulate_overlays.py",
            "overlays.py",
            "theory/*.py",
            "collect.py",
            "symbols.py",
            "tables.py",
            "sweep/expressions.py",
            "sweep/overlays.py",
            "sweep/published.py",
        ),
    message:
        "Tabulate the overlays of {wildcards.figure} of {wildcards.sweep}"
    script:
        "../../scripts/tabulate_overlays.py"


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
    log:
        f"{RESULTS}/logs/{{sweep}}/{{figure}}.log",
    conda:
        ENVIRONMENT
    resources:
        **asking(cost_of_tables),
    params:
        figure=lambda wildcards: figure_of(wildcards.sweep, wildcards.figure),
        version=version(
            "draw_figure.py",
            "figures/*.py",
            "comparisons.py",
            "curves.py",
            "statistics/*.py",
            "sampling.py",
            "summaries.py",
            "symbols.py",
            "tables.py",
            "sweep/expressions.py",
            "sweep/figures.py",
        ),
    message:
        "Draw {wildcards.figure} of {wildcards.sweep}"
    script:
        "../../scripts/draw_figure.py"
