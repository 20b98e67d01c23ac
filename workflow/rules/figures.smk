# Draw: one job for every figure of a sweep.


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
            "curves.py",
            "fits.py",
            "crossings.py",
            "statistics.py",
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
