"""The profile: the share of trials that are recovered within a budget, one line per series."""

import matplotlib as mpl
import pandas as pd

from genphase.figures.captions import MACHINE, shared_text
from genphase.figures.given import Given
from genphase.figures.lines import draw_legend, find_place, looks
from genphase.figures.panels import fit_to_width, keep_limits, lay_out
from genphase.figures.style import (
    Picture,
    axis_label,
    described,
    failures_text,
    label_logs,
    new_figure,
    rule_text,
    set_limits,
    settings,
    trials_text,
)
from genphase.sweep.kinds.profile import Profile
from genphase.sweep.success import Success
from genphase.tables.curve import keys_of, series_names
from genphase.tables.profile import profile_points
from genphase.tables.timings import trials_of


def draw(spec: Profile, given: Given) -> tuple[Picture, pd.DataFrame]:
    """Return the picture and the numbers that it shows."""
    numbers = profile_points(trials_of(given.tables), given.axes, spec, given.rule)
    return draw_profile(numbers, spec, given.rule, given.title), numbers


def draw_profile(points: pd.DataFrame, spec: Profile, success: Success, title: str) -> Picture:
    """Draw a profile.

    Parameters
    ----------
    points
        What is drawn, see :func:`genphase.tables.profile.profile_points`.
    spec
        The figure's entry in the sweep file.
    success
        The rule of which trials count as recovered.
    title
        The sweep's title.

    Returns
    -------
    Picture
        Steps with a band for each series, in a panel for each value of `spec.panels`.
    """
    names = series_names(points)[len(spec.panels) :]
    panels = list(points.groupby(spec.panels, sort=False)) if spec.panels else [((), points)]
    look = looks(list(dict.fromkeys(keys_of(points, names))))
    texts = described(names, look)
    labels = dict(zip(look, texts, strict=True))
    size = (4.5, 2.9) if len(panels) == 1 else (2.6, 2.2)
    place = find_place(list(labels.values()), len(panels), *size, spec.style)
    with mpl.rc_context(settings(spec.style)):
        figure = new_figure(place.width, place.height, spec.title or title, spec.style)
        areas = lay_out(
            figure,
            len(panels),
            spec.x_label or axis_label(spec.x),
            spec.y_label or "share recovered",
        )
        heads = described(spec.panels, [panel for panel, _ in panels])
        for area, head, (_, held) in zip(areas, heads, panels, strict=True):
            area.set_title(head)
            area.margins(x=0.02)
            area.axhline(0.5, color="0.8", linewidth=0.8, zorder=0)
            for key, line in held.groupby(names, sort=False) if names else [((), held)]:
                # A step to the next budget: between two of them nothing more is recovered.
                style = {**look[key], "marker": "", "drawstyle": "steps-post"}
                area.plot(line["x"], line["y"], label=labels[key] or None, **style)
                band = {"color": look[key]["color"], "alpha": 0.15, "linewidth": 0}
                area.fill_between(line["x"], line["low"], line["high"], step="post", **band)
        areas[0].set_xscale(spec.x_scale)
        risen = points.loc[points["y"] > 0, "y"]
        if spec.y_scale == "log" and len(risen):
            areas[0].set_yscale("log")
            areas[0].set_ylim(risen.min() / 2, 1.2)
        else:
            areas[0].set_ylim(-0.03, 1.03)
        keep_limits(areas)
        label_logs(areas[0])
        set_limits(areas, spec.style)
        draw_legend(figure, areas, place)
        fit_to_width(figure, areas, spec.style)
    return Picture(figure, profile_caption(points, spec, success))


def profile_caption(points: pd.DataFrame, spec: Profile, success: Success) -> str:
    """Return the caption of a profile, from the steps that it shows.

    Parameters
    ----------
    points
        See :func:`genphase.tables.profile.profile_points`.
    spec
        The figure's entry in the sweep file.
    success
        The rule of which trials count as recovered.
    """
    names = series_names(points)
    lines = points.drop_duplicates(names) if names else points.head(1)
    budget = "processor time" if spec.is_timed else "iterations"
    parts = [
        f"{trials_text(lines['trials'], 'line')}; line: share of all of them that are recovered "
        f"within a budget of {budget}; recovered: {rule_text(success)}; band: 95 % Wilson interval "
        "at each budget on its own.",
        "What a trial takes is all of it until it stops; one that is not recovered is within no "
        "budget.",
    ]
    cells = int(lines["cells"].max())
    if cells > 1:
        parts.append(f"Trials of up to {cells} cells are pooled in a line{shared_text(lines)}.")
    parts.append(failures_text(lines))
    if spec.is_timed:
        parts.append(MACHINE)
    return " ".join(parts)
