# Draw: one job for every figure of a sweep.


def figure_of(name, figure):
    """What a figure is drawn from, beside the tables, as one text."""
    sweep = sweep_of(name).model_dump(mode="json")
    content = {key: sweep[key] for key in ("title", "success")}
    return canonical(
        content | {"axes": list(sweep["axes"]), "figure": sweep["figures"][figure]}
    )


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
    params:
        figure=lambda wildcards: figure_of(wildcards.sweep, wildcards.figure),
        version=version("figures/*.py", "sweep/expressions.py"),
    message:
        "Draw {wildcards.figure} of {wildcards.sweep}"
    script:
        "../../scripts/draw_figure.py"
