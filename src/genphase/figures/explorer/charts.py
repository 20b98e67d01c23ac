"""The charts of explorers: one panel each, which the page shows with the data of every panel."""

import json
from collections.abc import Mapping, Sequence
from contextlib import suppress
from functools import cache
from importlib.metadata import version
from typing import Any, NamedTuple

import altair as alt
import vl_convert

from genphase.figures.style import TRANSITION
from genphase.files import cache_base, write_whole

# Marks that a pointer finds; what lies over them lets it pass.
_FOUND = "found"
# Grid points that `where` dropped: no colour of a map.
_NOT_RUN = "#D3E3F0"
_FONT = "system-ui, -apple-system, 'Segoe UI', Roboto, 'DejaVu Sans', sans-serif"
# Numbers as a paper writes them: 1e-5.
_NUMBER = (
    "datum.value != 0 && (abs(datum.value) < 1e-3 || abs(datum.value) >= 1e5)"
    " ? replace(format(datum.value, '~e'), 'e+', 'e') : format(datum.value, '~g')"
)


class Axis(NamedTuple):
    """An axis: its label, linear or log, its ends."""

    label: str
    scale: str
    limits: tuple[float, float]

    def channel(self, kind: type, field: str) -> Any:
        """Return the encoding of a field along it."""
        scale = alt.Scale(type=self.scale, domain=list(self.limits), nice=False, zero=False)  # type: ignore[arg-type]
        axis = alt.Axis(title=self.label.split("\n"), labelExpr=_NUMBER, tickCount=6)
        return kind(f"{field}:Q", scale=scale, axis=axis)


def portrait_chart(axes: Mapping[str, Axis], shades: Sequence[str], panels: int) -> alt.LayerChart:
    """Return a map of cells by their edges x0, x1, y0, y1, in shades from rate 0 to 1."""
    rate = alt.Scale(domain=[0, 1], range=list(shades))
    edges = {
        "x": axes["x"].channel(alt.X, "x0"),
        "x2": "x1:Q",
        "y": axes["y"].channel(alt.Y, "y0"),
        "y2": "y1:Q",
    }
    cells = (
        alt.Chart(alt.NamedData("marks"), name=_FOUND)
        .mark_rect(cursor="pointer", clip=True)
        .encode(**edges, fill=alt.Fill("value:Q", scale=rate, legend=None))
    )
    picked = (
        alt.Chart(alt.NamedData("picked"))
        .mark_rect(fillOpacity=0, stroke=TRANSITION, strokeWidth=2.5)
        .encode(**edges)
    )
    # The outline of a panel, which the cells would hide.
    frame = (
        alt.Chart(alt.InlineData([{}]))
        .mark_rect(fillOpacity=0, stroke="#999999")
        .encode(x=alt.value(0), x2=alt.value("width"), y=alt.value(0), y2=alt.value("height"))
    )
    layers = [cells, *_over(axes), frame, picked]
    return _chart(layers, 420 if panels == 1 else 250, background=_NOT_RUN, grid=False)


def curve_chart(axes: Mapping[str, Axis], panels: int, lines: bool) -> alt.LayerChart:
    """Return points with bars, and with lines through those of a series where that is wanted."""
    x, y = axes["x"].channel(alt.X, "x"), axes["y"].channel(alt.Y, "y")
    look: dict[str, Any] = {"stroke": alt.Stroke("colour:N", scale=None)}
    marks = alt.Chart(alt.NamedData("marks"))
    bars = marks.mark_rule(clip=True, strokeWidth=1.2, opacity=0.6).encode(
        x=x, y=axes["y"].channel(alt.Y, "bar_low"), y2="bar_high:Q", **look
    )
    points = (
        alt.Chart(alt.NamedData("marks"), name=_FOUND)
        .mark_point(size=60, cursor="pointer", strokeWidth=1.2, opacity=1)
        .encode(
            x=x,
            y=y,
            fill=alt.Fill("fill:N", scale=None),
            shape=alt.Shape("symbol:N", scale=None),
            **look,
        )
    )
    picked = (
        alt.Chart(alt.NamedData("picked"))
        .mark_point(size=260, filled=False, strokeWidth=2.5, stroke=TRANSITION, opacity=1)
        .encode(x=x, y=y)
    )
    through = marks.mark_line(clip=True, strokeWidth=1.6).encode(
        x=x,
        y=axes["y"].channel(alt.Y, "through"),
        detail="series:N",
        strokeDash=alt.StrokeDash("dash:N", scale=None),
        **look,
    )
    layers = [*_over(axes), bars, *([through] if lines else []), points, picked]
    return _chart(layers, 420 if panels == 1 else 230, background="#ffffff", grid=True)


def _over(axes: Mapping[str, Axis]) -> list[alt.Chart]:
    """Return the layers of lines, and of points with bars."""
    x, y = axes["x"].channel(alt.X, "x"), axes["y"].channel(alt.Y, "y")
    look: dict[str, Any] = {"stroke": alt.Stroke("colour:N", scale=None)}
    lines = (
        alt.Chart(alt.NamedData("lines"))
        .mark_line(clip=True)
        .encode(
            x=x,
            y=y,
            detail="line:N",
            order="place:Q",
            strokeDash=alt.StrokeDash("dash:N", scale=None),
            strokeWidth=alt.StrokeWidth("width:Q", scale=None),
            **look,
        )
    )
    points = alt.Chart(alt.NamedData("points"))
    bars = [
        points.mark_rule(clip=True).encode(
            x=axes["x"].channel(alt.X, "x_low"), x2="x_high:Q", y=y, **look
        ),
        points.mark_rule(clip=True).encode(
            x=x, y=axes["y"].channel(alt.Y, "y_low"), y2="y_high:Q", **look
        ),
    ]
    places = points.mark_point(clip=True, size=22, opacity=1).encode(
        x=x,
        y=y,
        fill=alt.Fill("fill:N", scale=None),
        shape=alt.Shape("symbol:N", scale=None),
        **look,
    )
    return [lines, *bars, places]


def _chart(layers: Sequence[alt.Chart], height: int, background: str, grid: bool) -> alt.LayerChart:
    chart = alt.layer(*layers).properties(
        width="container", height=height, view=alt.ViewConfig(fill=background)
    )
    ink = "#333333"
    made: alt.LayerChart = (
        chart.resolve_scale(fill="independent", shape="independent", stroke="independent")
        .configure(font=_FONT, background="transparent", padding=4, aria=False)
        .configure_view(stroke="#999999")
        .configure_axis(
            grid=grid,
            gridColor="#eeeeee",
            domain=False,
            tickColor="#999999",
            labelColor=ink,
            titleColor=ink,
            labelFontSize=12,
            titleFontSize=13,
            titleFontWeight="normal",
            titlePadding=8,
        )
    )
    return made


def compiled(chart: alt.LayerChart) -> dict[str, Any]:
    """Return a chart in the language of Vega, which is what a browser draws."""
    vega: dict[str, Any] = vl_convert.vegalite_to_vega(chart.to_dict(), vl_version=_version())
    if isinstance(vega, str):
        vega = json.loads(vega)
    # An address that nothing needs.
    del vega["$schema"]
    for mark in vega["marks"]:
        mark["interactive"] = mark["name"].startswith(_FOUND)
    return vega


@cache
def vega_library() -> str:
    """Return the JavaScript of Vega, which is ``vegaEmbed`` where it has run.

    It is put together once on a machine, which takes seconds, where the cache folder can be
    written to.
    """
    kept = cache_base() / f"vega-{_version()}-{version('vl-convert-python')}.js"
    try:
        return kept.read_text(encoding="utf-8")
    except OSError:
        # What comes of the name `vega` alone is empty.
        snippet = "window.vegaEmbed = vegaEmbed;"
        made = str(vl_convert.javascript_bundle(snippet, vl_version=_version()))
        with suppress(OSError):
            kept.parent.mkdir(parents=True, exist_ok=True)
            write_whole(kept, made)
        return made


def _version() -> str:
    """Return the version of Vega-Lite whose charts Altair makes, without its last part."""
    return ".".join(alt.SCHEMA_VERSION.split(".")[:2])
