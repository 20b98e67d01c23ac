"""Pictures of signals: the truth, what is observed, and what each solver recovers."""

import json
import textwrap
from typing import Any

import matplotlib as mpl
import numpy as np
import pandas as pd
from matplotlib.axes import Axes

from genphase.figures.given import Given
from genphase.figures.style import (
    Picture,
    as_text,
    axis_label,
    described,
    new_figure,
    plain,
    settings,
    solver_text,
    tidy,
    wrapped,
)
from genphase.sweep.kinds.gallery import Gallery
from genphase.tables.gallery import (
    ESTIMATE,
    FACTOR_ERROR,
    FOUND_FACTORS,
    OBSERVATION,
    TRUE_FACTORS,
    TRUTH,
    gallery_tiles,
    pixels_of,
)

# Inches: the longer side of a picture, what is between two, a line of text; beside all pictures.
_SIDE, _BETWEEN, _LINE, _BESIDE = 1.0, 0.08, 0.16, 0.6
_FACTORS = "1st factor", "2nd factor"
_ROWS = {TRUTH: "truth", OBSERVATION: "observed"} | dict(zip(TRUE_FACTORS, _FACTORS, strict=True))
# Rows that are of a solver, in its order.
_FOUND = (*FOUND_FACTORS, ESTIMATE)


def draw(spec: Gallery, given: Given) -> tuple[Picture, pd.DataFrame]:
    """Return the picture and the numbers that it shows."""
    images = given.tables["images"]
    numbers = gallery_tiles(images, given.tables["trials"], given.axes, spec)
    return draw_gallery(numbers.assign(pixels=images["pixels"]), spec, given.title), numbers


def draw_gallery(tiles: pd.DataFrame, spec: Gallery, title: str) -> Picture:
    """Draw pictures.

    Parameters
    ----------
    tiles
        What is drawn, see :func:`genphase.tables.gallery.gallery_tiles`, with its pixels.
    spec
        The figure's entry in the sweep file.
    title
        The sweep's title.

    Returns
    -------
    Picture
        A block for each value of `spec.panels`, one below another; in each a row for the truth, for
        what is observed, where that is a picture, and for each solver; of products, rows for both
        factors are before; a column for each value of `spec.x`. A place stays empty where the grid
        has no point.
    """
    tiles = _without_repeats(tiles)
    rows = _rows(tiles)
    has_factors = not set(TRUE_FACTORS).isdisjoint(tiles["picture"])
    columns = list(dict.fromkeys(tiles[spec.x]))
    blocks = list(tiles.groupby(spec.panels, sort=False)) if spec.panels else [((), tiles)]
    tall, wide = np.max([json.loads(shape) for shape in tiles["shape"]], axis=0)
    side = _SIDE / max(tall, wide)
    width = _BESIDE + len(columns) * (wide * side + _BETWEEN)
    lines = 1.5 + 1.5 * bool(spec.panels) + sum(picture in _FOUND for picture, _ in rows)
    block = len(rows) * (tall * side + _BETWEEN) + lines * _LINE
    with mpl.rc_context(settings(spec.style)):
        figure = new_figure(
            max(width, 2.5), 2 * _LINE + len(blocks) * block, spec.title or title, spec.style
        )
        # Letters that a picture has room for; a longer word is smaller, and not broken.
        letters = int(figure.get_figwidth() / (len(columns) + 0.7) * 13 * 9 / _font_size())
        heads = [
            textwrap.fill(text, max(letters, 6), break_long_words=False)
            for text in described([spec.x], [(value,) for value in columns])
        ]
        longest = [max(map(len, head.splitlines())) for head in heads]
        sizes = [mpl.rcParams["axes.titlesize"] * min(1.0, letters / long) for long in longest]
        titles = described(spec.panels, [panel for panel, _ in blocks])
        areas_of = figure.subfigures(len(blocks), 1, squeeze=False)[:, 0]
        for part, above, (_, held) in zip(areas_of, titles, blocks, strict=True):
            if spec.panels:
                part.suptitle(above, fontsize=_font_size())
            grid = part.subplots(len(rows), len(columns), squeeze=False)
            for area in grid.flat:
                _clear(area)
            for i, (picture, solver) in enumerate(rows):
                grid[i, 0].set_ylabel(_label(picture, solver, has_factors))
            for j, (head, size) in enumerate(zip(heads, sizes, strict=True)):
                grid[0, j].set_title(head, fontsize=size)
            for tile in held.to_dict("records"):
                i = rows.index((tile["picture"], tile["solver"]))
                _show(grid[i, columns.index(tile[spec.x])], tile, spec)
    return Picture(figure, gallery_caption(tiles, spec))


def _without_repeats(tiles: pd.DataFrame) -> pd.DataFrame:
    """Leave out products where all that is observed of them is the same, without noise."""
    if not tiles["picture"].isin(TRUE_FACTORS).any():
        return tiles
    of = {name: tiles.loc[tiles["picture"] == name, "pixels"] for name in (TRUTH, OBSERVATION)}
    if list(of[TRUTH]) != list(of[OBSERVATION]):
        return tiles
    return tiles[tiles["picture"] != TRUTH]


def _rows(tiles: pd.DataFrame) -> list[tuple[str, str]]:
    """Return what the rows show: pictures, and the solvers that they are of."""
    found = list(dict.fromkeys(zip(tiles["picture"], tiles["solver"], strict=True)))
    pictures = (*TRUE_FACTORS, TRUTH, OBSERVATION, *_FOUND)
    solvers = list(dict.fromkeys(tiles["solver"]))

    def place(row: tuple[str, str]) -> tuple[int, int]:
        picture, solver = row
        return (1 + solvers.index(solver) if picture in _FOUND else 0), pictures.index(picture)

    return sorted(found, key=place)


def _label(picture: str, solver: str, has_factors: bool) -> str:
    if picture in _ROWS:
        return _ROWS[picture]
    name = wrapped(as_text(solver_text(solver)), 14)
    if not has_factors:
        return name
    parts = dict(zip(_FOUND, (*_FACTORS, "product"), strict=True))
    return f"{name}\n{parts[picture]}"


def _font_size() -> float:
    return float(mpl.rcParams["font.size"])


def _clear(area: Axes) -> None:
    """Let a place be without ticks and frame; its labels stay."""
    area.set_xticks([])
    area.set_yticks([])
    area.set_frame_on(False)


def _show(area: Axes, tile: Any, spec: Gallery) -> None:
    low, high = spec.limits
    area.imshow(
        pixels_of(tile),
        cmap=spec.style.colour_map or "gray",
        vmin=low,
        vmax=high,
        interpolation="nearest",
        aspect="equal",
    )
    # A frame tells a picture whose edge is white from the page.
    area.set_frame_on(True)
    for spine in area.spines.values():
        spine.set(color="0.6", linewidth=0.5)
    if tile["picture"] in _FOUND:
        error = tile[spec.y if tile["picture"] == ESTIMATE else FACTOR_ERROR]
        said = tidy(f"{error:.3g}")
        area.set_xlabel("diverged" if tile["status"] == "diverged" else said, fontsize=8)


def gallery_caption(tiles: pd.DataFrame, spec: Gallery) -> str:
    """Return the caption of pictures: which, on which scale, and the errors below them.

    Parameters
    ----------
    tiles
        See :func:`draw_gallery`.
    spec
        The figure's entry in the sweep file.
    """
    solved = tiles[tiles["picture"] == ESTIMATE]
    shapes = [json.loads(shape) for shape in dict.fromkeys(tiles["shape"])]
    size = (
        f"{shapes[0][0]} × {shapes[0][1]} pixels"
        if len(shapes) == 1
        else "as many pixels as entries"
    )
    shown = set(tiles["picture"])
    observed, factors = OBSERVATION in shown, not shown.isdisjoint(TRUE_FACTORS)
    rows = ["both factors", *(["their product y*"] if TRUTH in shown else [])]
    rows = rows if factors else ["the truth y*"]
    without = ", their product without noise" if factors and TRUTH not in shown else ""
    rows += [f"what is observed, b{without}"] if observed else []
    found = "both factors and their product" if factors else "the estimate G(x̂)"
    parts = [
        f"Trial {spec.trial} of each cell, counted from 0. Rows: {', '.join(rows)}, and {found} "
        f"of each solver; {size}."
    ]
    if not observed:
        parts.append("What is observed is no picture and is left out.")
    low, high = map(plain, spec.limits)
    parts.append(f"All pictures have one scale, from {low} to {high}{_beyond(tiles, spec)}.")
    error = axis_label(spec.y).replace("\n", " ")
    parts.append(
        f"Below each estimate: {error}. A picture is of one trial, without an average or an "
        "interval."
    )
    if factors:
        parts.append(
            "Below each factor: its relative error. A product does not tell the scale of its "
            "factors: each estimate is scaled to be as near to the truth as it can be."
        )
    failed = [f"{(solved['status'] == status).sum()} {status}" for status in ("capped", "diverged")]
    parts.append(
        f"Of {len(solved)} trials {', '.join(failed)}; of these the last iterates are shown."
    )
    return " ".join(parts)


def _beyond(tiles: pd.DataFrame, spec: Gallery) -> str:
    """Return how many pixels lie outside of the scale, where there are some."""
    low, high = spec.limits
    pixels = np.concatenate([pixels_of(tile).ravel() for tile in tiles.to_dict("records")])
    share = float(np.mean(~((pixels >= low) & (pixels <= high))))
    if share == 0:
        return ""
    return f"; {tidy(f'{100 * share:.2g}')} % of the pixels lie beyond and are shown as its ends"
