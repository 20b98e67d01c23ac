"""The table of a portrait's residuals: where its regression does not fit."""

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd

from genphase.statistics.deviances import residuals_of
from genphase.statistics.responses import Response
from genphase.tables.lines import fitted_panels


def tabulate_residuals(cells: pd.DataFrame, lines: Mapping[str, Any]) -> pd.DataFrame:
    """Return the residuals of the regression of each panel.

    Parameters
    ----------
    cells
        cells.csv.
    lines
        Which lines are regressed and how: arguments of
        :func:`genphase.tables.transition.transitions`.

    Returns
    -------
    DataFrame
        A row per cell: solver, the axes, round where there are some, trials, recovered, rate; the
        fitted rate and the deviance residual, NaN where there is no regression; of its panel
        portrait_link, portrait_floor, portrait_lapse, deviance, deviance_expected and
        lack_of_fit, its p-value.
    """
    along, axes = lines["along"], list(lines["axes"])
    rounds = ["round"] if "round" in cells else []
    found = cells[["solver", *axes, *rounds, "trials", "recovered", "rate"]].copy()
    for name in ("fitted", "deviance_residual"):
        found[name] = np.nan
    found["portrait_link"] = ""
    of_panel = ("portrait_floor", "portrait_lapse", "deviance", "deviance_expected", "lack_of_fit")
    for name in of_panel:
        found[name] = np.nan
    others = [name for name in axes if name != along]
    responses = [Response(*given) for given in lines["responses"]]
    panels = fitted_panels(cells, others, along, lines["across"], lines["coordinate"], responses)
    for panel in panels:
        rows = np.concatenate([line.rows for line in panel.lines.values()])
        found.loc[rows, "portrait_link"] = panel.response.link
        if panel.fit is None:
            continue
        _, _, _, recovered, trials = panel.together()
        rates = panel.fit.rates
        found.loc[rows, "fitted"] = rates
        found.loc[rows, "deviance_residual"] = residuals_of(rates, recovered, trials)
        deviance = panel.fit.deviance
        found.loc[rows, list(of_panel)] = (*panel.response[1:], *deviance)
    return found
