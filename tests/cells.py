"""Tables such as cells.csv, trials.csv and traces.csv, for figures."""

import itertools

import pandas as pd

ERRORS = ("latent_error", "signal_error", "iterations", "latent_mse", "signal_mse")


def make_cells(axes, rate=lambda **point: 0.5, solvers=("plugin",), trials=20, **columns):
    """Return cells.csv for a grid; a rate of None leaves the point out.

    Intervals are the rate ± 0.1, errors are 1e-3 with quartiles 5e-4 and 2e-3.
    """
    rows = []
    for values in itertools.product(*axes.values(), solvers):
        point = dict(zip([*axes, "solver"], values, strict=True))
        value = rate(**point)
        if value is None:
            continue
        row = {"cell": f"c{len(rows)}", "solver": point.pop("solver"), **point}
        row = {"k": 5, "widths": point.get("architecture", "[30,20]"), "m": 20, "noise": 0.0} | row
        row |= {"trials": trials, "recovered": round(value * trials), "rate": value}
        row |= {"rate_low": max(value - 0.1, 0.0), "rate_high": min(value + 0.1, 1.0)}
        row |= {"capped": 0, "diverged": 0}
        for error in ERRORS:
            row |= {f"{error}_median": 1e-3, f"{error}_mean": 1e-3}
            row |= {f"{error}_q25": 5e-4, f"{error}_q75": 2e-3}
        rows.append(row | columns)
    return pd.DataFrame(rows)


def make_trials(axes, error, solvers=("plugin",), trials=5, keep=lambda **point: True, **columns):
    """Return trials.csv, as figures read it, for a grid.

    `error` gives the relative signal error at a point for a trial; the latent error is twice that,
    ‖x*‖ is 2 and ‖y*‖ is 3. A trial is converged, but diverged where its error is infinite.
    """
    rows = []
    for values in itertools.product(*axes.values(), solvers):
        point = dict(zip([*axes, "solver"], values, strict=True))
        if not keep(**point):
            continue
        own = {name: value for name, value in point.items() if name != "solver"}
        row = {"cell": f"c{len(rows)}", "solver": point["solver"], **own}
        row = {"k": 5, "widths": point.get("architecture", "[30,20]"), "m": 20, "noise": 0.0} | row
        row = {"cell": row.pop("cell"), "solver": row.pop("solver"), **row}
        for trial in range(trials):
            value = error(trial=trial, **point)
            rows.append(
                row
                | {"trial": trial, "status": "converged" if value < float("inf") else "diverged"}
                | {"iterations": 10 * (trial + 1), "latent_error": 2 * value}
                | {"signal_error": value, "latent_norm": 2.0, "signal_norm": 3.0}
                | columns
            )
    return pd.DataFrame(rows)
