"""The curve: a rate, an error or what was measured, along one axis."""

from collections.abc import Iterator, Sequence
from math import isfinite
from typing import TYPE_CHECKING, Literal, Self

from pydantic import Field

from genphase.errors import BadValue, Mistake, did_you_mean, shown
from genphase.language.expressions import Expression
from genphase.language.fields import Quantity
from genphase.sweep.kinds.base import (
    ERRORS,
    HEIGHTS,
    OF_TRIALS,
    OVERLAYS,
    SECONDS,
    VALUE,
    Lines,
    Point,
    logarithmic,
)
from genphase.sweep.overlays import Overlay
from genphase.sweep.symbols import grid_symbols, name_axes, unknown_symbols

if TYPE_CHECKING:
    from genphase.sweep.models import Sweep


class Curve(Lines):
    """The recovery rate, or a statistic of an error, along one axis; one line per series."""

    said = "a rate, an error or what was measured, along one axis"
    tables = OF_TRIALS
    of = frozenset({"solvers", "measure"})
    explorer = "point"
    overlay_models = OVERLAYS
    overlay_symbols = frozenset({"x"})
    only_drawn = frozenset({"fit", "statistic", "over"})
    theory_as = "levels"
    compare = "value"

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

    @property
    def right(self) -> Expression:
        """Return x."""
        return self.x

    @property
    def is_timed(self) -> bool:
        """Return whether it shows processor time."""
        return self.y == SECONDS

    @property
    def rate_along(self) -> str | None:
        """Return x."""
        return str(self.x.text)

    @property
    def shows_rate(self) -> bool:
        """Return whether its height is the rate."""
        return self.y == "rate"

    @property
    def shows_error(self) -> bool:
        """Return whether its height is an error that every sweep records."""
        return self.y in ERRORS

    @property
    def shows_errors_of_instances(self) -> bool:
        """Return whether its height is something of trials that an error of them can be."""
        return self.y not in ("rate", SECONDS)

    def of_measured(self) -> Self:
        """Return it with what was measured as its height, where it does not say it."""
        return self if "y" in self.model_fields_set else self.model_copy(update={"y": VALUE})

    def mistakes(self, key: str, sweep: "Sweep") -> Iterator[Mistake]:
        """Yield what is wrong with its place, its height and its lines."""
        symbols = grid_symbols(sweep)
        yield from unknown_symbols(f"{key}.x", self.x, symbols, name_axes(sweep))
        if not self.x.symbols:
            text = f"{self.x.text!r} is the same everywhere"
            yield Mistake(f"{key}.x", text, "name an axis, or use one")
        yield from unknown_symbols(f"{key}.per", self.per, symbols)
        known = [*HEIGHTS, *(error.column for error in sweep.all_errors())]
        if sweep.measure:
            yield from self._of_values(key)
        elif self.y not in known:
            remedy = f"{did_you_mean(self.y, known)}; or add it to `errors`"
            yield Mistake(f"{key}.y", f"{shown(self.y)} is not recorded", remedy)
        yield from self._statistic(key)
        groups = [*sweep.shown_axes, sweep.method_column]
        yield from self.group_mistakes(key, [name for name in groups if name != self.x.text])

    def _of_values(self, key: str) -> Iterator[Mistake]:
        """Yield what is wrong in a sweep that measures."""
        if self.y != VALUE:
            text = f"{shown(self.y)} is not recorded: this sweep measures"
            yield Mistake(f"{key}.y", text, f"write y: {VALUE}, or leave it out")
        if self.over != "all":
            yield Mistake(f"{key}.over", "no trial is recovered: this sweep measures", "remove it")

    def _statistic(self, key: str) -> Iterator[Mistake]:
        """Yield keys about errors of a curve of the rate, and about means of one of medians."""
        if self.y != "rate":
            if self.band == "deviation" and self.statistic != "mean":
                text = f"band: {self.band} is that of a mean, but statistic is {self.statistic}"
                yield Mistake(f"{key}.band", text, "write statistic: mean, or remove the band")
            return
        for name in ("statistic", "band", "over", "per"):
            if name in self.model_fields_set:
                value = self.model_dump()[name]
                yield Mistake(
                    f"{key}.{name}",
                    f"{name}: {value} is about errors, but y is rate",
                    "remove it, or draw another y: the rate is that of all trials, with its Wilson "
                    "interval",
                )

    def grid_mistakes(self, key: str, sweep: "Sweep", points: Sequence[Point]) -> Iterator[Mistake]:
        """Yield values of x that its scale or its fit cannot show, and those it is divided by."""
        mistake, values = _values(f"{key}.x", self.x, points)
        yield from mistake
        if values:
            yield from logarithmic(f"{key}.x_scale", self.x_scale, values)
            if self.fit == "power" and min(values) <= 0:
                yield Mistake(
                    f"{key}.fit",
                    f"a power law cannot pass {self.x.text} = {min(values)}",
                    "write linear, or drop it with `where`",
                )
        mistake, values = _values(f"{key}.per", self.per, points)
        yield from mistake
        if values and min(values) <= 0:
            yield Mistake(
                f"{key}.per",
                f"{self.per.text!r} is {min(values)} at a grid point; {self.y} is divided by it",
                "let it be above 0 everywhere, or drop the point with `where`",
            )

    def compare_mistake(self, what: str | None) -> tuple[str, str] | None:
        """Return why numbers are none that it shows."""
        if self.y == SECONDS and what != "nothing":
            text = f"{SECONDS} is of a machine, and held against no published number"
            return text, "write compare: nothing"
        if what == "crossing" and self.y != "rate":
            text = f"compare: crossing, but this figure shows {self.y}"
            return text, "draw it in a curve of the rate, or in a portrait"
        if what == "exponent" and self.y == "rate":
            return (
                "compare: exponent, but a rate is no power of x",
                "draw it in a curve of an error",
            )
        return None


def _values(
    key: str, expression: Expression, points: Sequence[Point]
) -> tuple[list[Mistake], list[float]]:
    """Return an expression's values at all points, or what is wrong with it there."""
    try:
        values = [expression(symbols) for _, symbols in points]
    except BadValue as error:
        return [Mistake(key, error.text, error.remedy)], []
    except KeyError as error:
        text = f"{expression.text!r} needs {error.args[0]}, which not every network has"
        return [Mistake(key, text, "use n for the last layer")], []
    if not all(isfinite(value) for value in values):
        return [Mistake(key, f"{expression.text!r} is not finite everywhere", "change it")], []
    return [], values
