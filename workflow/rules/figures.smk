# Draw: one job for every figure of a sweep.


rule draw_figure:
    input:
        cells=f"{RESULTS}/{{sweep}}/cells.csv",
        transition=f"{RESULTS}/{{sweep}}/transition.csv",
    output:
        png=report(
            f"{RESULTS}/{{sweep}}/{{figure}}.png",
            caption="../report/figure.rst",
            category="{sweep}",
            labels={"content": "{figure}"},
        ),
        pdf=f"{RESULTS}/{{sweep}}/{{figure}}.pdf",
    log:
        f"{RESULTS}/logs/{{sweep}}/{{figure}}.log",
    conda:
        ENVIRONMENT
    params:
        figure=lambda wildcards: figure_of(wildcards.sweep, wildcards.figure),
        version=version("figures/*.py", "sweep/expressions.py"),
    message:
        "Draw {wildcards.figure} of {wildcards.sweep}"
    script:
        "../../scripts/draw_figure.py"
