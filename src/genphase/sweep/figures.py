"""The models of a sweep's figures: portraits, curves, traces, pictures and others."""

from collections.abc import Mapping
from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Discriminator, Field, Tag, WithJsonSchema

from genphase.errors import BadValue, shown
from genphase.language.axes import SCHEMA as AXIS_SCHEMA
from genphase.language.expressions import Expression
from genphase.language.fields import Axis, Quantity, Strict
from genphase.sweep.overlays import Overlay, Theory, TraceOverlay
from genphase.sweep.style import Limits, Style, StyleOrFile

Scale = Literal["linear", "log"]
# What a curve can show of every sweep that solves: the rate, errors, and how runs ended.
ERRORS = ("signal_error", "latent_error", "signal_mse", "latent_mse")
ENDS = ("iterations", "negations", "objective", "gradient_norm")
# The one of timings.csv, which is of the machine that the trials ran on.
SECONDS = "solve_seconds"
HEIGHTS = ("rate", *ERRORS, *ENDS, SECONDS)
# What a curve of a sweep shows that measures.
VALUE = "value"
TraceHeight = Literal["latent_error", "objective"]


def _listed(value: Any) -> Any:
    return [value] if isinstance(value, str) else value


Names = Annotated[
    list[str],
    BeforeValidator(_listed),
    WithJsonSchema({"type": ["string", "array"], "items": {"type": "string"}}),
]


def _shape(value: Any) -> Any:
    numbers = isinstance(value, list | tuple) and len(value) == 2
    if not numbers or not all(type(side) is int and side >= 1 for side in value):
        raise BadValue(f"{shown(value)} is no shape of a picture", "write [height, width]")
    return tuple(value)


Values = Annotated[
    Axis,
    BeforeValidator(lambda value: value if isinstance(value, list | tuple | dict) else [value]),
    WithJsonSchema({"anyOf": [AXIS_SCHEMA, {"type": ["number", "string"]}]}),
]


class _Figure(Strict):
    """What figures with axes have."""

    x_scale: Scale = Field("linear", description="spacing of the x axis")
    y_scale: Scale = Field("linear", description="spacing of the y axis")
    x_label: str = Field("", description="text at the x axis; default: what it shows")
    y_label: str = Field("", description="text at the y axis; default: what it shows")
    title: str = Field("", description="default: the sweep's title")
    style: StyleOrFile = Field(Style(), description="how it looks: a mapping, or path of a file")


class Portrait(_Figure):
    """A heatmap of the recovery rate over two axes; one panel for each value of the others."""

    kind: Literal["portrait"] = "portrait"
    x: str = Field(description="the axis drawn to the right")
    y: str = Field(description="the axis drawn upwards")
    overlays: list[Overlay] = Field([], description="lines and points over the map")
    marks: bool = Field(
        False, description="whether cells with capped and diverged trials are marked, by share"
    )


class Comparison(_Figure):
    """A map of the difference of two solvers' recovery rates on the same instances."""

    kind: Literal["comparison"] = "comparison"
    x: str = Field(description="the axis drawn to the right")
    y: str = Field(description="the axis drawn upwards")
    solvers: list[str] = Field(
        [],
        description="the labels of the two solvers, the rate of the second is subtracted from that "
        "of the first; default: the sweep's two solvers",
    )
    overlays: list[Overlay] = Field([], description="lines over the map")


class Landscape(_Figure):
    """A map of what was measured over two axes; one panel for each quantity and other axis."""

    kind: Literal["landscape"] = "landscape"
    x: str = Field(description="the axis drawn to the right")
    y: str = Field(description="the axis drawn upwards")
    measures: list[str] = Field(
        [], description="the labels of the quantities that are shown; default: all of the sweep"
    )
    statistic: Literal["median", "mean"] = Field(
        "median", description="of the trials of each cell, which are drawn networks"
    )
    value_scale: Scale = Field("linear", description="spacing of the colours")
    value_limits: Limits | None = Field(
        None, description="lowest and highest value with colours of their own, as [low, high]"
    )
    value_label: str = Field("", description="text at the colours; default: what is shown")
    contours: int = Field(10, ge=0, le=100, description="lines of equal values, about so many")
    overlays: list[Overlay] = Field([], description="lines and points over the map")


class Residuals(_Figure):
    """A map of the deviance residuals of the regression of a portrait."""

    kind: Literal["residuals"] = "residuals"
    x: str = Field(description="the axis drawn to the right")
    y: str = Field(description="the axis drawn upwards")


class Shift(Strict):
    """By how much transitions shift between the values of an axis, and whether that is nothing."""

    kind: Literal["shift"] = "shift"
    axis: str = Field(description="the axis whose values are compared, such as one of laws")
    reference: str | int | float | None = Field(
        None, description="the value that others are compared with; default: the first one"
    )
    margin: float = Field(
        gt=0, description="crossings that differ by less are equivalent, see `relative`"
    )
    relative: bool = Field(
        True,
        description="whether shifts and the margin are shares of the crossing of the reference, or "
        "in the unit of the axis along which the rate crosses",
    )
    x_label: str = Field("", description="text at the x axis; default: what it shows")
    title: str = Field("", description="default: the sweep's title")
    style: StyleOrFile = Field(Style(), description="how it looks: a mapping, or path of a file")


# The maps over two axes that have overlays.
Map = Portrait | Comparison | Landscape


class _Lines(_Figure):
    """What figures of lines have."""

    series: Names = Field(
        [], description="the axes (or solver) that make lines; default: all that make no panels"
    )
    panels: Names = Field([], description="the axes (or solver) that make small multiples")


class Curve(_Lines):
    """The recovery rate, or a statistic of an error, along one axis; one line per series."""

    kind: Literal["curve"] = "curve"
    x: Quantity = Field(description="an axis, or an expression such as k/m")
    y: str = Field(
        "rate",
        description="what is drawn: rate, signal_error, latent_error, iterations, signal_mse "
        "‖G(x̂) - y*‖², latent_mse ‖x̂ - x*‖², negations, objective and gradient_norm at the end of "
        "a run, solve_seconds (processor time), or a further error of the sweep; value in a "
        "sweep that measures",
        json_schema_extra={"examples": list(HEIGHTS)},
    )
    statistic: Literal["median", "mean"] = Field(
        "median",
        description="median with quartiles, or mean with its 95 % confidence band (Student t)",
    )
    band: Literal["interval", "deviation"] = Field(
        "interval",
        description="the band of a mean: its 95 % confidence interval, or one standard deviation "
        "of the trials to both sides, as some papers show",
    )
    over: Literal["all", "recovered"] = Field(
        "all", description="the trials that are summarised: all, or those that are recovered"
    )
    per: Quantity = Field(Expression(1), description="what y is divided by, such as noise")
    fit: Literal["power", "linear"] | None = Field(
        None, description="a least-squares line per series: power in log-log axes, or linear"
    )
    overlays: list[Overlay] = Field([], description="lines and points over the curves")


class Trace(_Lines):
    """How trials converge: an error against the iteration; one line per series and trial."""

    kind: Literal["trace"] = "trace"
    y: TraceHeight = Field("latent_error", description="what is drawn")
    y_scale: Scale = Field("log", description="spacing of the y axis")
    overlays: list[TraceOverlay] = Field(
        [],
        description="lines over `iteration`, such as predicted rates: {y: 0.5**iteration}; of "
        "message passing the errors that theory predicts: {theory: state_evolution}",
    )

    @property
    def x(self) -> Expression:
        """Return what is drawn to the right."""
        return Expression("iteration")


class Profile(_Lines):
    """The share of trials that are recovered within a budget; one line per series."""

    kind: Literal["profile"] = "profile"
    x: Literal["iterations", "solve_seconds"] = Field(
        "iterations", description="the budget: iterations, or solve_seconds of processor time"
    )
    x_scale: Scale = Field("log", description="spacing of the x axis")


class Gallery(Strict):
    """Pictures of signals: the truth, what is observed, and what each solver recovers."""

    kind: Literal["images"] = "images"
    x: str = Field(description="the axis whose values make the columns")
    panels: Names = Field(
        [], description="the axes that make blocks of pictures, one below another"
    )
    only: dict[str, Values] = Field(
        {}, description="the values of axes that are shown, by axis; default: all"
    )
    trial: int = Field(0, ge=0, description="index of the trial that is shown of each cell")
    y: str = Field(
        "signal_error",
        description="what is written below an estimate: signal_error, latent_error, or a further "
        "error of the sweep",
    )
    limits: Limits = Field((0.0, 1.0), description="what is black and what is white: [low, high]")
    shape: Annotated[tuple[int, int], BeforeValidator(_shape)] | None = Field(
        None, description="[height, width] in pixels; default: that of the images, or a square"
    )
    title: str = Field("", description="default: the sweep's title")
    style: StyleOrFile = Field(Style(), description="how it looks: a mapping, or path of a file")


class Scaling(Strict):
    """Crossings and widths against a size, their limits at infinite size, and a collapse."""

    kind: Literal["scaling"] = "scaling"
    x: str = Field(description="the axis along which the rate crosses 50 %")
    size: str = Field(description="the axis by which all sizes grow together")
    coordinate: Quantity | None = Field(
        None,
        description="what the log-odds of the rate are linear in: an expression over axes, k, m "
        "and widths that has a limit, such as k/m; default: x",
    )
    exponents: Limits = Field(
        (0.5, 3.0), description="bounds of the exponent ω by which offsets shrink, as [low, high]"
    )
    overlays: list[Theory] = Field(
        [], description="limits of recovery, with which the transition at infinite size is compared"
    )
    y_label: str = Field("", description="text at the y axis; default: what it shows")
    title: str = Field("", description="default: the sweep's title")
    style: StyleOrFile = Field(Style(), description="how it looks: a mapping, or path of a file")

    @property
    def place(self) -> Expression:
        """Return the coordinate."""
        return Expression(self.x) if self.coordinate is None else self.coordinate


# The figures with lines and points over them.
Overlaid = Map | Curve | Trace | Scaling

Figure = Annotated[
    Annotated[Portrait, Tag("=portrait")]
    | Annotated[Curve, Tag("=curve")]
    | Annotated[Trace, Tag("=trace")]
    | Annotated[Comparison, Tag("=comparison")]
    | Annotated[Landscape, Tag("=landscape")]
    | Annotated[Residuals, Tag("=residuals")]
    | Annotated[Profile, Tag("=profile")]
    | Annotated[Gallery, Tag("=images")]
    | Annotated[Scaling, Tag("=scaling")]
    | Annotated[Shift, Tag("=shift")],
    Discriminator(lambda value: f"={_kind(value)}"),
]

# A figure of one of these names needs no kind.
KINDS: dict[
    str,
    type[Portrait]
    | type[Curve]
    | type[Trace]
    | type[Comparison]
    | type[Landscape]
    | type[Residuals]
    | type[Profile]
    | type[Gallery]
    | type[Scaling]
    | type[Shift],
] = {
    "portrait": Portrait,
    "curve": Curve,
    "trace": Trace,
    "comparison": Comparison,
    "landscape": Landscape,
    "residuals": Residuals,
    "profile": Profile,
    "images": Gallery,
    "scaling": Scaling,
    "shift": Shift,
}


def figure_spec(
    content: Mapping[str, Any],
) -> (
    Portrait
    | Curve
    | Trace
    | Comparison
    | Landscape
    | Residuals
    | Profile
    | Gallery
    | Scaling
    | Shift
):
    """Return the model of a figure's entry."""
    return KINDS[content["kind"]].model_validate(content)


def is_timed(figure: Figure) -> bool:
    """Return whether a figure shows processor time, which is in timings.csv."""
    match figure:
        case Curve():
            return figure.y == SECONDS
        case Profile():
            return figure.x == SECONDS
    return False


# The kinds that have an explorer, a page for a browser.
EXPLORED = ("portrait", "curve")

# The tables of a sweep, whose names no figure can have.
TABLES = ("trials", "timings", "cells", "transition", "traces")


def _kind(figure: Any) -> Any:
    return figure.get("kind") if isinstance(figure, dict) else getattr(figure, "kind", None)


def named_figures(value: Any) -> Any:
    """Let a figure that is named after its kind leave the kind out."""
    if not isinstance(value, dict):
        return value
    return {
        name: {"kind": name, **spec} if name in KINDS and isinstance(spec, dict) else spec
        for name, spec in value.items()
    }
