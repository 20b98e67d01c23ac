"""What the columns of tables hold: a unit, where there is one, and a few words."""

from collections.abc import Iterable

# (unit, what it is); statistics of a column are named by what follows it.
COLUMNS = {
    "cell": ("", "id of the cell: a hash of all its parameters and of the code that it runs"),
    "solver": ("", "the solver's label"),
    "measure": ("", "label of the quantity that was measured"),
    "value": ("", "the quantity"),
    "bound": ("", "none, or at least: the value is a lower bound of a supremum"),
    "k": ("", "latent dimension"),
    "m": ("", "measurements"),
    "widths": ("", "layer widths n_1, ..., n_d"),
    "noise": ("", "noise level, in the terms of the sweep's law"),
    "round": ("", "round of the refinement that added the cell; 0 for the sweep's own grid"),
    "trial": ("", "index of the trial; the same index is the same instance for all solvers"),
    "seed": ("", "master seed of the instance"),
    "status": ("", "converged, capped, diverged or fell back"),
    "iterations": ("", "updates made"),
    "negations": ("", "how often x was replaced by -x"),
    "latent_error": ("", "relative error of the latent code"),
    "signal_error": ("", "relative error of the signal"),
    "latent_norm": ("", "norm of the true latent code"),
    "signal_norm": ("", "norm of the true signal"),
    "latent_mse": ("", "squared error of the latent code, summed over its entries"),
    "signal_mse": ("", "squared error of the signal, summed over its entries"),
    "objective": ("", "objective at the estimate"),
    "gradient_norm": ("", "norm of the objective's subgradient at the estimate"),
    "draw_seconds": ("s", "processor time of drawing the instance"),
    "solve_seconds": ("s", "processor time of the solver"),
    "peak_mb": ("MB", "the most memory that the job had used when the trial ended"),
    "trials": ("", "trials of the cell, or of the line"),
    "recovered": ("", "trials that count as recovered"),
    "rate": ("", "recovery rate"),
    "rate_low": ("", "lower end of its 95 % Wilson interval"),
    "rate_high": ("", "upper end of its 95 % Wilson interval"),
    "capped": ("", "trials that met the iteration cap"),
    "diverged": ("", "trials that diverged"),
    "along": ("", "the axis along which the rate changes"),
    "crossing_level": ("", "the rate that is crossed"),
    "position": ("", "whether the crossing lies below, inside or above the grid"),
    "crossing": ("", "where the rate crosses the level"),
    "crossing_low": ("", "lower end of its 95 % profile-likelihood interval"),
    "crossing_high": ("", "upper end of its 95 % profile-likelihood interval"),
    "iteration": ("", "iterate, from 0"),
    "picture": ("", "what a picture shows: truth, observation or estimate; of products, factors"),
    "factor_error": ("", "relative error of a factor of a product, up to its scale"),
    "shape": ("", "height and width of a picture"),
    "latent": ("", "the latent code, to the last digit; empty where there is none"),
    "pixels": ("", "the picture, row by row, in six digits"),
}
_STATISTICS = {
    "median": "median of: ",
    "mean": "mean of: ",
    "q25": "lower quartile of: ",
    "q75": "upper quartile of: ",
}


def units(names: Iterable[str]) -> dict[str, str]:
    """Return the units of columns, of those that have one."""
    return {name: unit for name in names if (unit := COLUMNS.get(name, ("", ""))[0])}


def descriptions(names: Iterable[str]) -> dict[str, str]:
    """Return what columns hold, of those that are known here; axes are the sweep's own."""
    found = {}
    for name in names:
        base, _, statistic = name.rpartition("_")
        if name in COLUMNS:
            found[name] = COLUMNS[name][1]
        elif statistic in _STATISTICS and base in COLUMNS:
            found[name] = _STATISTICS[statistic] + COLUMNS[base][1]
    return found
