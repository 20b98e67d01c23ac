"""The models of overlays: expressions, published numbers, theory, and errors of instances."""

from typing import Annotated, Any, Literal

from pydantic import BaseModel, Discriminator, Field, Tag, model_validator

from genphase.errors import BadValue
from genphase.language.fields import Number, Quantity, Strict
from genphase.things import ERRORS

# Limits lie where recovery ends, levels at the height of an error.
# Sizes that theorems assume have a constant that is left open: its symbol.
SIZES = {
    "plugin_width": "$C_0$",
    "plugin_contractive_width": "$C_0$",
    "plugin_measurements": "$C$",
    "nonexpansive_width": "$C$",
    "nonexpansive_probability": "$c$",
    "nonexpansive_measurements": "$C$",
    "expansive_width": "$c$",
    "expansive_measurements": "$c$",
    "demodulation_width": "$c$",
}
# Places in the plane of a landscape, whose options are along x* and across it.
LANDSCAPES = ("stationary", "near_stationary")
PLANE = ("along", "across")
CONSTANTS = SIZES | {"near_stationary": r"$\varepsilon$"}
LIMITS = ("counting", "state_evolution", *SIZES)
LEVELS = ("oracle", "omega")
# Errors of iterates, in traces.
PREDICTIONS = ("state_evolution",)
# The fewest layers that a theorem is about.
LEAST_DEPTH = {"omega": 2, **{name: 2 for name in SIZES if not name.startswith("plugin_")}}
# What published numbers are, beside being drawn: see `Published.compare`.
Compare = Literal["value", "crossing", "exponent", "nothing"]
TheoryName = Literal[
    "counting",
    "state_evolution",
    "plugin_width",
    "plugin_contractive_width",
    "plugin_measurements",
    "nonexpansive_width",
    "nonexpansive_probability",
    "nonexpansive_measurements",
    "expansive_width",
    "expansive_measurements",
    "demodulation_width",
    "oracle",
    "omega",
    "stationary",
    "near_stationary",
]


class Line(Strict):
    """A line by an expression."""

    y: Quantity | None = Field(
        None,
        description="the line's height: an expression over the x axis' name (x, where a curve's "
        "x is an expression) and symbols that are constant in the panel",
    )
    x: Quantity | None = Field(
        None, description="instead, in a portrait: its place to the right, over the y axis' name"
    )
    label: str = Field("", description="its text in the legend; default: the expression")

    @model_validator(mode="after")
    def _one_direction(self) -> "Line":
        if (self.x is None) == (self.y is None):
            given = "neither y nor x" if self.y is None else "both y and x"
            raise BadValue(
                f"the overlay has {given}",
                "write one of: y: 20*k, x: n/20, csv: published/rates.csv, theory: counting, "
                "error: representation",
            )
        return self

    @property
    def default_label(self) -> str:
        """Return the text of a line that has no label."""
        line = self.y if self.y is not None else self.x
        return str(line.text if line is not None else "")


class Published(Strict):
    """Points or a line from a CSV file, such as a paper's numbers."""

    csv: str = Field(min_length=1, description="path of the file, from the sweep file's folder")
    x: Quantity | None = Field(
        None,
        description="a column, or an expression over columns; of an exponent the x from which on "
        "it holds, if not all along",
    )
    y: Quantity = Field(
        description="a column, or an expression over columns: the height, or the exponent"
    )
    low: Quantity | None = Field(
        None, description="the lower end of y's error bar, likewise; of a crossing, of its place"
    )
    high: Quantity | None = Field(None, description="the upper end, likewise")
    compare: Compare | None = Field(
        None,
        description="what `genphase check` holds the numbers against: the value of the curve, the "
        "crossing of the rate (y in a portrait; x in a curve, at the rate y), the exponent of a "
        "power of x, nothing; default: crossing in a portrait, value in a curve",
    )
    kind: Literal["points", "line"] = Field("points", description="how it is drawn")
    panels: list[str] = Field(
        [], description="columns, named as what makes panels: a row is in the panels of its values"
    )
    label: str = Field(min_length=1, description="its text in the legend")

    @model_validator(mode="after")
    def _both_ends(self) -> "Published":
        if (self.low is None) != (self.high is None):
            missing = "low" if self.low is None else "high"
            raise BadValue(f"an error bar without {missing}", f"give `{missing}`, or neither end")
        if self.x is None and self.compare != "exponent":
            raise BadValue("the overlay has no x", "give x, a column or an expression over columns")
        return self

    @property
    def default_label(self) -> str:
        """Return the text of points that have no label: these have one."""
        return self.label

    @property
    def columns(self) -> dict[str, Any]:
        """Return what is computed from columns, by the name of its key."""
        found = {"x": self.x, "y": self.y, "low": self.low, "high": self.high}
        return {key: expression for key, expression in found.items() if expression is not None}


class InstanceError(Strict):
    """An error that is the same for all solvers, such as the least that any of them can have."""

    error: str = Field(description="the column of the error, which the sweep records")
    label: str = Field("", description="its text in the legend; default: what it is")

    @property
    def default_label(self) -> str:
        """Return the text of an error that has no label."""
        found = [thing for thing in ERRORS if thing.column == self.error]
        return str(found[0].facts["text"]) if found else self.error


class Theory(Strict):
    """A limit, a level or the errors of iterates that theory gives, by its name."""

    theory: TheoryName = Field(description="its name")
    constant: Number = Field(
        1.0,
        gt=0,
        description="of sizes that theorems assume, which the papers do not give; of "
        "near_stationary its ε",
    )
    label: str = Field("", description="its text in the legend; default: what it is")

    @property
    def default_label(self) -> str:
        """Return the text of a theory that has no label."""
        symbol = CONSTANTS.get(self.theory)
        if symbol is not None and (self.constant != 1 or self.theory in LANDSCAPES):
            return f"{_LABELS[self.theory]}, {symbol} = {self.constant:g}"
        return _LABELS[self.theory]


_LABELS = {
    "counting": "counting bound",
    "plugin_width": "PLUGIn's width condition",
    "plugin_contractive_width": "PLUGIn's contractive widths",
    "plugin_measurements": "measurements for PLUGIn",
    "nonexpansive_width": "widths for the R2WDC",
    "nonexpansive_probability": "widths for a probability of the R2WDC above 0",
    "nonexpansive_measurements": "measurements for the RRIC",
    "expansive_width": "widths for the WDC",
    "expansive_measurements": "measurements for the RRIC, expansive",
    "demodulation_width": "last width of blind demodulation",
    "state_evolution": "Bayes-optimal (state evolution)",
    "oracle": "oracle",
    "omega": "ω of the theorem",
    "stationary": r"stationary in expectation: $x^*$, 0, $-\rho_d x^*$",
    "near_stationary": r"$S_\varepsilon$, nearly stationary in expectation",
}

# The model at each form of an overlay.
FORMS: dict[str, type[BaseModel]] = {
    "=line": Line,
    "=published": Published,
    "=theory": Theory,
    "=error": InstanceError,
}


def _form(value: Any) -> str:
    """Tell the forms apart by a key that only one of them has."""
    keys = value if isinstance(value, dict) else getattr(value, "model_fields_set", ())
    if isinstance(value, Published) or "csv" in keys:
        return "=published"
    if isinstance(value, InstanceError) or "error" in keys:
        return "=error"
    return "=theory" if isinstance(value, Theory) or "theory" in keys else "=line"


Overlay = Annotated[
    Annotated[Line, Tag("=line")]
    | Annotated[Published, Tag("=published")]
    | Annotated[Theory, Tag("=theory")]
    | Annotated[InstanceError, Tag("=error")],
    Discriminator(_form),
]

# What a trace can have: lines over the iteration.
TraceOverlay = Annotated[
    Annotated[Line, Tag("=line")] | Annotated[Theory, Tag("=theory")],
    Discriminator(lambda value: "=theory" if _form(value) == "=theory" else "=line"),
]
