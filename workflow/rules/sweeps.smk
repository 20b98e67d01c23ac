# Name: every sweep is a target by its name.

for sweep in SWEEPS:

    rule:
        name:
            sweep
        input:
            lambda wildcards, name=sweep: outputs(name),
