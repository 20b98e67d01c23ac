"""The models of a sweep file, as a user writes it.

Validation is strict: a key that is not described here is an error. Where a number may depend on
the grid it is a `Quantity`: a number, the name of an axis, or an expression.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import suppress
from functools import cached_property
from typing import Annotated, Any, ClassVar, Literal, Self

from pydantic import (
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Discriminator,
    Field,
    PlainValidator,
    Tag,
    ValidationError,
    WithJsonSchema,
    model_serializer,
    model_validator,
)
from pydantic.json_schema import GenerateJsonSchema

from genphase.errors import BadValue, BadValues, Mistake, did_you_mean, shown
from genphase.language.axes import number
from genphase.language.expressions import Expression
from genphase.language.fields import (
    BY_FORM,
    Axis,
    Condition,
    Number,
    Quantity,
    Strict,
    form,
)
from genphase.sweep.adaptive import MAX_TRIALS, ByBudget, ByNeed, Refine, Until
from genphase.sweep.choices import OneOf, Use, is_reference, option_mistakes, option_value
from genphase.sweep.figures import KINDS as FIGURES
from genphase.sweep.figures import Figure, named_figures
from genphase.sweep.style import Style, StyleOrFile
from genphase.sweep.success import Further, FurtherErrors, Success
from genphase.sweep.symbols import SEED as SEED
from genphase.things import (
    MEASUREMENTS,
    NOISES,
    PROBLEMS,
    QUANTITIES,
    SOLVERS,
    STARTS,
    TARGETS,
    WEIGHTS,
    Kind,
    Named,
    Thing,
)


class Repeated(Strict):
    """Layer widths by a rule: `depth` layers of `width`, which may use i = 1..depth."""

    depth: Quantity = Field(description="number of layers, d")
    width: Quantity = Field(description="width of layer i; may use the symbol i")


class LeakyRelu(Strict):
    """The activation max(z, 0) + slope min(z, 0)."""

    leaky_relu: Quantity = Field(description="the slope for negative inputs, in [0, 1)")


_ACTIVATIONS = "write relu, leaky_relu:0.1, {leaky_relu: ...}, or an axis of names of these"


def _activation_name(value: Any) -> str:
    if isinstance(value, str):
        return value
    raise BadValue(f"{shown(value)} is no activation", _ACTIVATIONS)


def slope_of(activation: str) -> float:
    """Return the slope for negative inputs of an activation by its name.

    Raises
    ------
    BadValue
        If it is neither ``relu`` nor ``leaky_relu:SLOPE``.
    """
    name, separator, slope = activation.partition(":")
    if activation == "relu":
        return 0.0
    if name == "leaky_relu" and separator:
        return number(slope)
    raise BadValue(f"{shown(activation)} is no activation", _ACTIVATIONS)


def _axis_name(value: Any) -> str:
    if isinstance(value, str):
        return value
    raise BadValue(
        f"{shown(value)} is not a list of layer widths",
        "write a list such as [n, n], an axis of width lists, or {depth: 3, width: n}",
    )


class Layers(Strict):
    """A generative network."""

    widths: Annotated[
        Annotated[str, BeforeValidator(_axis_name), Tag("=value")]
        | Annotated[list[Quantity], Field(min_length=1), Tag("=list")]
        | Annotated[Repeated, Tag("=mapping")],
        BY_FORM,
    ] = Field(
        default_factory=list,
        description="layer widths n_1, ..., n_d: a list, an axis of width lists, or a rule",
    )
    file: str = Field(
        "", description="instead: an .npz with W1, W2, ..., b1, ... and activations, or an axis"
    )
    weights: Annotated[str | Use, OneOf(WEIGHTS)] = Field(
        "gaussian",
        description="gaussian N(0,1/n_i), he N(0,2/n_i), unit N(0,1); sphere has rows "
        "uniform on a sphere; tied is gaussian with W_i = W_j where shapes agree; "
        "truncated is gaussian with the long rows of the last layer set to zero",
    )
    activation: Annotated[
        Annotated[str, BeforeValidator(_activation_name), Tag("=value")]
        | Annotated[LeakyRelu, Tag("=mapping")],
        BY_FORM,
    ] = Field("relu", description="the activation σ: relu, leaky_relu:SLOPE, or an axis of such")

    @model_validator(mode="before")
    @classmethod
    def _one_of(cls, value: Any) -> Any:
        if isinstance(value, dict) and value.get("file", "") != "":
            # What is written of a network from a file has these with their defaults.
            defaults = {"widths": [], "weights": "gaussian", "activation": "relu"}
            for key, default in defaults.items():
                if value.get(key, default) != default:
                    text = f"{key}: {shown(value[key])} is given, but a network from a file has its"
                    remedy = f"remove the key {key}, or file"
                    raise BadValues([Mistake(key, f"{text} own", remedy)])
            return {key: part for key, part in value.items() if key not in defaults}
        if isinstance(value, dict) and "widths" not in value:
            missing = Mistake("widths", "this key is missing", "add `widths: ...`, or `file: ...`")
            raise BadValues([missing])
        return value


class Second(Layers):
    """The second network of a problem that has two."""

    k: Quantity | None = Field(
        None, description="its latent dimension; that of a network from a file is the file's"
    )

    @model_validator(mode="after")
    def _with_k(self) -> Self:
        if self.k is None and not self.file:
            text = "the latent dimension of the second network is not given"
            raise BadValues([Mistake("k", text, "add `k: 20`, or `k: k` for that of the first")])
        return self


class Network(Layers):
    """The generative network G, and of a problem with two networks the second one."""

    # Left out where it is not given, so that a grid without it is written as before.
    second: Second | None = Field(
        None,
        description="the second network of blind_demodulation, with its k; default: like the "
        "first, another draw or the same file",
        exclude_if=lambda second: second is None,
    )

    @property
    def all(self) -> list[tuple[str, Layers]]:
        """Return this network and the second one, if there is one, each with its key."""
        second = [] if self.second is None else [("network.second", self.second)]
        return [("network", self), *second]


class Noise(Strict):
    """A law of the noise with its level, one key; and whether all trials share its direction."""

    sphere: Quantity | None = Field(None, description="the norm of a vector uniform on the sphere")
    relative: Quantity | None = Field(
        None, description="its norm, as a fraction of the norm of the noiseless observation"
    )
    gaussian: Quantity | None = Field(
        None, description="σ, for entries of variance σ²/N in an observation with N entries"
    )
    # Left out where it is not given, so that a grid without it is written as before.
    aligned: Quantity | None = Field(
        None,
        description="the norm of a vector uniform on the sphere in the range of A Λ at x*",
        exclude_if=lambda level: level is None,
    )
    shared: bool = Field(
        False,
        description="whether all trials and cells whose noise has N entries share its direction",
    )

    @model_validator(mode="after")
    def _one_law(self) -> "Noise":
        laws = [law for law in NOISES.names if getattr(self, law) is not None]
        if len(laws) != 1:
            given = f"the laws {' and '.join(laws)}" if laws else "no law"
            raise BadValue(f"the noise has {given}", f"write one of: {', '.join(NOISES.names)}")
        if self.shared and NOISES[laws[0]].asks_for:
            text = f"shared: true, but {laws[0]} noise has a direction of each trial's network"
            raise BadValue(text, "remove shared, or use sphere")
        return self

    def law(self) -> tuple[str, Expression]:
        """Return the law and its level."""
        (found,) = (
            (law, getattr(self, law)) for law in NOISES.names if getattr(self, law) is not None
        )
        return found


def _form_or_use(value: Any) -> str:
    """Tell a thing of one's own from the other forms of a key."""
    if isinstance(value, Use) or (isinstance(value, dict) and "use" in value):
        return "=use"
    return form(value)


BY_FORM_OR_USE = Discriminator(_form_or_use)


def _form_of_trials(value: Any) -> str:
    """Tell a budget of all trials from the other forms of the key."""
    if isinstance(value, ByBudget) or (isinstance(value, dict) and "budget" in value):
        return "=budget"
    return form(value)


class SecondImages(Strict):
    """The second factors of signals that are products of two images."""

    images: str = Field(
        min_length=1,
        description="digits, mnist5k, fashion, distortions, a file .npy or .npz, a folder of PNG "
        "images, or an axis of such",
    )
    split: Literal["train", "test", "all"] = Field(
        "test", description="which of them: those that networks are trained on, or the others"
    )
    invert: bool = Field(False, description="whether they are negatives: 1 - pixels")
    index: Quantity | None = Field(
        None,
        description="which image all trials have, from 0; default: each trial has "
        "another one, in a random order that is the same for all cells",
    )


class Images(SecondImages):
    """Signals that are images, in place of a law of the latent code."""

    # Left out where it is not given, so that a grid without it is written as before.
    second: SecondImages | None = Field(
        None,
        description="of blind_demodulation, whose signals are products: the images that are the "
        "second factors",
        exclude_if=lambda second: second is None,
    )

    @property
    def all(self) -> list[tuple[str, SecondImages]]:
        """Return these images and the second ones, if there are some, each with its key."""
        second = [] if self.second is None else [("target.second", self.second)]
        return [("target", self), *second]


class Start(Strict):
    """A law of the start with its one option, one key."""

    gaussian: Quantity | None = Field(None, description="s: the start is N(0, s² I)")
    near_target: Quantity | None = Field(
        None, description="uniform at this distance from x*, in units of ‖x*‖"
    )
    near_spurious: Quantity | None = Field(
        None, description="uniform at this distance from -ρ_d x*, in units of ‖x*‖"
    )

    @model_validator(mode="after")
    def _one_law(self) -> "Start":
        names = list(type(self).model_fields)
        laws = [law for law in names if getattr(self, law) is not None]
        if len(laws) != 1:
            given = f"the laws {' and '.join(laws)}" if laws else "no law"
            raise BadValue(f"the start has {given}", f"write one of: {', '.join(names)}")
        return self

    @model_serializer(mode="wrap")
    def _written(self, handler: Any) -> dict[str, Any]:
        """Return the one law; what a later version adds to them changes no recipe."""
        return {law: value for law, value in handler(self).items() if value is not None}

    def law(self) -> tuple[str, Expression]:
        """Return the law and its option's value."""
        (found,) = ((law, value) for law, value in self if value is not None)
        return found


class Stop(Strict):
    """Stopping rules; the first one met ends the run as converged."""

    relative_change: Quantity = Field(
        default=Expression(0), description="stop at ‖x_{t+1} - x_t‖ < this times ‖x_{t+1}‖"
    )
    gradient_norm: Quantity = Field(
        default=Expression(0), description="stop when the update direction is shorter than this"
    )


def _options_schema(kind: Kind) -> Callable[[dict[str, Any]], None]:
    """Return what describes the options of all things of a kind to editors."""

    def describe(schema: dict[str, Any]) -> None:
        found: dict[str, Any] = {}
        for thing in kind:
            for name, option in thing.options.model_fields.items():
                types = ["number", "string"] if thing.is_numeric(name) else ["string", "boolean"]
                entry = found.setdefault(name, {"type": types, "description": ""})
                text = f"{thing.name}: {option.description}"
                entry["description"] = "; ".join(filter(None, [entry["description"], text]))
        schema["properties"] |= found
        # Of a user's own, the options are not known here.
        known: dict[str, Any] = dict.fromkeys(schema["properties"], True)
        schema.pop("additionalProperties", None)
        schema["if"] = {"required": ["use"]}
        schema["else"] = {"properties": known, "additionalProperties": False}

    return describe


class _MethodName(Named):
    """The name of a solver or a quantity; empty where there is `use`."""

    def _check(self, value: Any) -> Any:
        return value if value == "" else super()._check(value)


class Method(Strict):
    """What is run on the instances of a sweep, with its options: a solver, or what is measured."""

    model_config = ConfigDict(extra="allow")
    __pydantic_extra__: dict[str, Annotated[Any, PlainValidator(option_value)]]
    things: ClassVar[Kind]
    example: ClassVar[str]

    name: str = ""
    use: str = ""
    label: str = ""

    @model_validator(mode="after")
    def _check(self) -> Self:
        if bool(self.name) == bool(self.use):
            given = "both name and use" if self.name else "neither name nor use"
            names = " or ".join(self.things.names)
            remedy = f"write one of: name: {names}; use: {self.example}"
            raise BadValues([Mistake("name", f"the {self.things.kind} has {given}", remedy)])
        if self.use_is_axis:
            # Its values are checked where the axes are.
            return self
        try:
            thing = self.thing
            thing.options  # noqa: B018, its signature is read
        except BadValue as error:
            raise BadValues([Mistake("use", error.text, error.remedy)]) from None
        mistakes = list(option_mistakes(thing, self.options, type(self).model_fields))
        if mistakes:
            raise BadValues(mistakes)
        return self

    @property
    def thing(self) -> Any:
        """Return the solver or the quantity itself."""
        return self.things.find(self.name, self.use)

    @property
    def options(self) -> dict[str, Any]:
        """Return its own options, by name, as a user writes them."""
        return self.__pydantic_extra__ or {}

    @property
    def use_is_axis(self) -> bool:
        """Return whether an axis says which one it is."""
        return bool(self.use) and not is_reference(self.use)

    def at(self, point: Mapping[str, Any]) -> Self:
        """Return it at a grid point, which may say which one it is.

        Raises
        ------
        ValidationError
            If what the point says is none with these options.
        """
        if not self.use_is_axis:
            return self
        value = str(point[self.use])
        if value not in self._known:
            place = {"use": value} if is_reference(value) else {"use": "", "name": value}
            content = self.model_dump() | place | {"label": self.called}
            self._known[value] = type(self).model_validate(content)
        found: Self = self._known[value]
        return found

    def choices(self, axes: Mapping[str, Sequence[Any]]) -> Iterator[tuple[str, Self]]:
        """Yield all that it is anywhere in a grid.

        Each comes with the key of the axis that names it, empty where none does. Names that are
        none are passed over.
        """
        if not self.use_is_axis:
            yield "", self
            return
        for j, value in enumerate(axes.get(self.use, ())):
            with suppress(ValidationError):
                yield f"axes.{self.use}[{j}]", self.at({self.use: value})

    @cached_property
    def _known(self) -> dict[str, Any]:
        """Return what was found at the values of an axis."""
        return {}

    @property
    def called(self) -> str:
        """Return its name in results and figures."""
        return self.label or (self.use if self.use_is_axis else str(self.thing.name))


_USE = "instead: file.py, file.py:name, package.module:name, or an axis of these"


class Solver(Method):
    """A solver and its options; what an option may be, the solver itself says."""

    model_config = ConfigDict(json_schema_extra=_options_schema(SOLVERS))
    things = SOLVERS
    example = "methods/mine.py"

    name: Annotated[str, _MethodName(SOLVERS)] = Field("", description="the algorithm")
    use: str = Field("", description=_USE)
    label: str = Field("", description="its name in results and figures; default: the name")
    max_iter: Quantity = Field(Expression(10_000), description="iteration cap, of each run")
    stop: Stop = Field(Stop(), description="stopping rules")


class Measure(Method):
    """A quantity that is measured of every instance; what an option may be, it says itself."""

    model_config = ConfigDict(json_schema_extra=_options_schema(QUANTITIES))
    things = QUANTITIES
    example = "quantities/mine.py"

    name: Annotated[str, _MethodName(QUANTITIES)] = Field("", description="the quantity")
    use: str = Field("", description=_USE)
    label: str = Field("", description="its name in results and figures; default: the name")


def _level(value: Any) -> float:
    found = number(value)
    if 0 < found < 1:
        return found
    raise BadValue(f"the level {shown(value)} is not within (0, 1)", "write a rate such as 0.5")


Level = Annotated[
    float,
    PlainValidator(_level),
    WithJsonSchema({"type": ["number", "string"]}),
]


_LINKS = ("logit", "probit", "cloglog")


def _links(value: Any) -> Any:
    given = list(_LINKS) if value == "auto" else value if isinstance(value, list) else [value]
    for i, link in enumerate(given):
        if link not in _LINKS:
            raise BadValue(f"{shown(link)} is no link", did_you_mean(str(link), [*_LINKS, "auto"]))
        if link in given[:i]:
            raise BadValue(f"{link} is given twice", "list every link once")
    if not given:
        raise BadValue("there is no link", f"name one: {', '.join(_LINKS)}")
    return given


def _asymptote(value: Any) -> Any:
    if value == "fit":
        return value
    text = f"{shown(value)} is neither a rate below 1 nor fit"
    remedy = "write a number such as 0.02, or fit"
    try:
        found = number(value)
    except BadValue:
        raise BadValue(text, remedy) from None
    if not 0 <= found < 1:
        raise BadValue(text, remedy)
    return float(found)


Links = Annotated[
    list[str],
    BeforeValidator(_links),
    WithJsonSchema(
        {
            "anyOf": [
                {"enum": [*_LINKS, "auto"]},
                {"type": "array", "items": {"enum": list(_LINKS)}, "minItems": 1},
            ]
        }
    ),
]
Asymptote = Annotated[
    float | Literal["fit"],
    BeforeValidator(_asymptote),
    WithJsonSchema({"anyOf": [{"type": "number", "minimum": 0, "maximum": 1}, {"const": "fit"}]}),
]


class Transition(Strict):
    """Which crossings are looked for, and in which coordinate."""

    along: str | None = Field(
        None,
        description="the axis along which the rate crosses; default: the y axis of the first "
        "portrait, else a curve's x axis",
    )
    across: str | None = Field(
        None,
        description="the axis over which the curve of a portrait is smooth; default: the other "
        "axis of the first portrait with `along`, else the only other axis of numbers",
    )
    levels: list[Level] = Field(
        [0.5], min_length=1, description="the rates that are crossed, each within (0, 1)"
    )
    coordinate: Quantity | None = Field(
        None,
        description="what the log-odds of the rate are linear in: an expression over axes, k, m "
        "and widths that rises or falls with `along`, such as log(n/k); default: `along` itself",
    )
    link: Links = Field(
        ["logit"],
        description="how the rate follows the coordinate: logit, probit, cloglog (complementary "
        "log-log), a list of them, or auto, all; of several, the one of the least AIC is taken",
    )
    floor: Asymptote = Field(
        0.0, description="the rate that chance alone reaches: a number, or fit to estimate it"
    )
    lapse: Asymptote = Field(
        0.0, description="the rate of failure that always remains: a number, or fit to estimate it"
    )

    @property
    def responses(self) -> list[tuple[str, float | None, float | None]]:
        """Return link, floor and lapse rate of all that AIC chooses from; None is estimated."""
        floor, lapse = (None if a == "fit" else float(a) for a in (self.floor, self.lapse))
        return [(link, floor, lapse) for link in self.link]


class Tracing(Strict):
    """Which iterates of which trials are kept for figures of convergence."""

    trials: int = Field(
        1, ge=1, le=MAX_TRIALS, description="how many trials of each cell, the first ones"
    )
    points: int = Field(
        400, ge=2, le=100_000, description="the most iterates kept of a trial, log-spaced"
    )


class BatchSeconds(Strict):
    """Jobs of a given length."""

    seconds: Number = Field(gt=0, description="estimated compute time of one job")


class Schema(GenerateJsonSchema):
    """JSON schemas whose defaults are expressions as a user writes them."""

    def encode_default(self, dft: Any) -> Any:
        """Return a default as JSON."""
        return dft.text if isinstance(dft, Expression) else super().encode_default(dft)

    def tagged_union_schema(self, schema: Any) -> dict[str, Any]:
        """Return alternatives of which more than one may fit: a figure without its kind, say."""
        found = super().tagged_union_schema(schema)
        return {"anyOf" if key == "oneOf" else key: value for key, value in found.items()}


# Keys of a sweep that have no meaning where nothing is solved.
_OF_SOLVERS = ("success", "errors", "keep", "refine", "transition", "trace", "start")


class Sweep(Strict):
    """One experiment: a problem, a network, solvers, axes, trials, a success rule, figures."""

    title: str = Field(min_length=1, description="what the sweep shows, one line")
    reference: str = Field("", description="paper and figure that it regenerates")
    description: str = Field("", description="more about it, for the report")
    problem: Annotated[str | Use, OneOf(PROBLEMS, varies=False)] = Field(
        description="what is recovered from what"
    )
    axes: dict[str, Axis] = Field(min_length=1, description="the grid, one entry per axis")
    seeds: list[Annotated[int, Field(ge=0, strict=True)]] = Field(
        [],
        description="master seeds whose trials are taken together; an axis `seed` compares them; "
        "default: the run's",
    )
    where: Condition | None = Field(None, description="keeps only the points where it holds")
    k: Quantity | None = Field(None, description="latent dimension, where it is no axis")
    network: Network
    m: Quantity | None = Field(
        None, description="number of measurements, or of samples in Y, where it is no axis"
    )
    measurements: Annotated[str | Use, OneOf(MEASUREMENTS)] = Field(
        "gaussian", description="gaussian N(0,1/m), unit N(0,1), bernoulli ±1/√m, identity"
    )
    target: Annotated[
        Annotated[str | Use, OneOf(TARGETS), Tag("=value")]
        | Annotated[Images, Tag("=mapping")]
        | Annotated[Use, OneOf(TARGETS), Tag("=use")],
        BY_FORM_OR_USE,
    ] = Field("sphere", description="law of the latent code x*, or images: signals themselves")
    start: Annotated[
        Annotated[str | Use, OneOf(STARTS), Tag("=value")]
        | Annotated[Start, Tag("=mapping")]
        | Annotated[Use, OneOf(STARTS), Tag("=use")],
        BY_FORM_OR_USE,
    ] = Field("gaussian", description="law of x_0: gaussian is N(0, I)")
    noise: Annotated[
        Annotated[Quantity, Tag("=value")]
        | Annotated[Noise, Tag("=mapping")]
        | Annotated[Use, OneOf(NOISES), Tag("=use")],
        BY_FORM_OR_USE,
    ] = Field(
        Expression(0),
        description="noise: the norm of a vector uniform on the sphere, or a law; for spiked "
        "matrices ν or σ",
    )
    solvers: list[Solver] = Field(
        [], description="one or more solvers; or else `measure`", json_schema_extra={"minItems": 1}
    )
    measure: list[Measure] = Field(
        [], description="instead of solvers: what is measured of every instance"
    )
    trials: Annotated[
        Annotated[int, Field(ge=1, le=MAX_TRIALS), Tag("=value")]
        | Annotated[ByNeed, Tag("=mapping")]
        | Annotated[ByBudget, Tag("=budget")],
        Discriminator(_form_of_trials),
    ] = Field(
        description="trials per cell: a number, or as many as each cell needs; or a budget of all"
    )
    refine: Refine | None = Field(None, description="adds grid points near the 50 % crossing")
    success: Success | None = Field(
        None, description="which trials count as recovered; a sweep that measures has none"
    )
    errors: FurtherErrors = Field([], description="further errors that are recorded")
    keep: Literal["records", "latent"] = Field(
        "records", description="latent: x̂ stays in the store, too, for errors that are asked later"
    )
    transition: Transition = Field(Transition(), description="which crossings are looked for")
    trace: Tracing | None = Field(None, description="keeps how trials converge, in traces.csv")
    figures: Annotated[dict[str, Figure], BeforeValidator(named_figures)] = Field(
        {}, description="figures by name; one that is called as its kind needs no kind"
    )
    style: StyleOrFile = Field(
        Style(), description="how figures look that do not say it themselves: a mapping, or a file"
    )
    batch: Annotated[
        Annotated[Literal["auto", "cell"], Tag("=value")]
        | Annotated[BatchSeconds, Tag("=mapping")],
        BY_FORM,
    ] = Field("auto", description="how cells are packed into jobs; never changes a result")

    @model_validator(mode="after")
    def _with_seeds(self) -> "Sweep":
        """Let the seeds make cells of their own, as an axis does."""
        if not self.seeds:
            return self
        if len(set(self.seeds)) < len(self.seeds):
            raise BadValues([Mistake("seeds", "a seed is given twice", "list every seed once")])
        if self.axes.setdefault(SEED, tuple(self.seeds)) != tuple(self.seeds):
            remedy = "keep `seeds` to take them together, the axis to compare them"
            raise BadValues([Mistake("seeds", "there is an axis seed, too", remedy)])
        return self

    @model_validator(mode="after")
    def _solves_or_measures(self) -> "Sweep":
        if self.solvers and self.measure:
            text = "it is given, and solvers are, too: a sweep solves or measures"
            raise BadValues(
                [Mistake("measure", text, "remove one; the other makes a second sweep")]
            )
        if not self.solvers and not self.measure:
            key = "measure" if "measure" in self.model_fields_set else "solvers"
            text = "[] names none" if key in self.model_fields_set else "this key is missing"
            remedy = "add a solver to `solvers`, or to `measure` a quantity of networks alone"
            raise BadValues([Mistake(key, text, remedy)])
        if self.solvers and self.success is None:
            raise BadValues([Mistake("success", "this key is missing", "add `success: ...`")])
        if self.measure:
            fields = type(self).model_fields
            given = [key for key in _OF_SOLVERS if getattr(self, key) != fields[key].default]
            other = "trials.budget" if isinstance(self.trials, ByBudget) else "trials.at_most"
            by_need = [] if isinstance(self.trials, int) else [other]
            text = "it is about solvers, and this sweep measures"
            mistakes = [Mistake(key, text, "remove it") for key in given]
            mistakes += [Mistake(key, text, "write a number of trials") for key in by_need]
            if mistakes:
                raise BadValues(mistakes)
        return self

    @model_validator(mode="after")
    def _with_styles(self) -> "Sweep":
        self.figures.update(self.over(self.style).figures)
        return self

    @model_validator(mode="after")
    def _with_values(self) -> "Sweep":
        """Let figures show what is measured, where they do not say what they show."""
        for name, figure in self.figures.items() if self.measure else ():
            self.figures[name] = figure.of_measured()
        return self

    def over(self, style: Style) -> "Sweep":
        """Return the sweep whose figures look as a style says, where they do not say it."""
        figures = {
            name: figure.model_copy(update={"style": figure.style.over(style)})
            for name, figure in self.figures.items()
        }
        return self.model_copy(update={"figures": figures})

    def only_grid(self) -> "Sweep":
        """Return the sweep without what does not decide its trials: titles, success, figures.

        The success rule stays where it decides how many trials or grid points there are.
        """
        own: dict[str, Any] = {"errors": self.all_errors(), "refine": self.refinement()}
        if isinstance(self.trials, ByBudget):
            own["transition"] = self._narrowed()
        rule = {"success": self.success if self.adapts else _no_rule(bool(self.solvers))}
        return self.model_copy(update={**_not_of_grid(), **own, **rule})

    def written_grid(self) -> dict[str, Any]:
        """Return what decides the trials as JSON; see :func:`read_grid`."""
        left_out = set(_not_of_grid()) | (set() if self.adapts else {"success"})
        left_out -= {"transition"} if isinstance(self.trials, ByBudget) else set()
        left_out |= set() if self.measure else {"measure"}
        return self.only_grid().model_dump(mode="json", exclude=left_out)

    @property
    def methods(self) -> Sequence[Method]:
        """Return what is run on every instance: the solvers, or what is measured."""
        return self.solvers or self.measure

    @property
    def methods_key(self) -> str:
        """Return under which key they stand."""
        return "measure" if self.measure else "solvers"

    @property
    def method_column(self) -> str:
        """Return the column of tables that names them."""
        return "measure" if self.measure else "solver"

    @property
    def rule(self) -> Success:
        """Return which trials count as recovered, of a sweep that has solvers."""
        if self.success is None:
            raise ValueError("a sweep that measures has no rule of success")
        return self.success

    @property
    def adapts(self) -> bool:
        """Whether the success rule decides how many trials or grid points there are."""
        return not isinstance(self.trials, int) or self.refine is not None

    @property
    def shown_axes(self) -> list[str]:
        """Return the axes of the tables of cells: seeds that are taken together make none."""
        return [name for name in self.axes if not (name == SEED and self.seeds)]

    def seeds_of(self, master: int) -> list[int]:
        """Return the master seeds of the sweep's cells, of a run whose own is `master`."""
        return list(self.axes[SEED]) if SEED in self.axes else [master]  # type: ignore[arg-type]

    def all_errors(self) -> list[Further]:
        """Return all errors that are recorded beside signal and latent, in their order."""
        success = self.success
        if success is None:
            return []
        if success.thing.facts.get("recorded") or any(
            other.column == success.column for other in self.errors
        ):
            return self.errors
        return [*self.errors, Further(name=success.error, use=success.use, **success.options)]

    def further_errors(self) -> list[dict[str, Any]]:
        """Return them as columns with what is computed."""
        return [{"label": error.column, "error": error.choice} for error in self.all_errors()]

    @property
    def the_problem(self) -> Any:
        """Return the problem itself."""
        if isinstance(self.problem, Use):
            return PROBLEMS.used(self.problem.use)
        return PROBLEMS[self.problem]

    def _narrowed(self) -> Transition:
        """Return the crossings that a budget narrows, with the axes that the figures decide."""
        from genphase.sweep.transitions import across_axis, transition_axis

        return Transition(
            along=transition_axis(self),
            across=across_axis(self),
            **{k: getattr(self.transition, k) for k in ("coordinate", "link", "floor", "lapse")},
        )

    def refinement(self) -> Refine | None:
        """Return how the grid is refined, with the axes named that the figures decide."""
        if self.refine is None:
            return None
        portrait = next((f for f in self.figures.values() if f.map_axes is not None), None)
        axes = None if portrait is None else portrait.map_axes
        along, log = self.refine.along, self.refine.log
        if along is None and axes is not None:
            along = list(axes)
        elif along is None and self.transition.along is not None:
            along = [self.transition.along]
        if log is None and portrait is not None:
            log = [name for name in along or [] if name in portrait.log_axes]
        return self.refine.model_copy(update={"along": along or [], "log": log or []})

    def only_places(self) -> "Sweep":
        """Return the sweep without what does not decide the sizes at its grid points either."""
        methods = {
            key: [_of_places(method, self.axes) for method in getattr(self, key)]
            for key in ("solvers", "measure")
        }
        return self.only_grid().model_copy(
            update={**methods, "start": "gaussian", "trials": 1, "refine": None}
        )


def _of_places(method: Method, axes: Mapping[str, Any]) -> Method:
    """Return a method without what decides neither sizes nor what theory says of iterates."""
    if any("messages" in found.thing.facts for _, found in method.choices(axes)):
        return method
    options = {} if method.use_is_axis else _plainest(method.thing)
    return type(method)(name=method.name, use=method.use, label=method.label, **options)


def _not_of_grid() -> dict[str, Any]:
    """Return what stands in a sweep of which only the grid counts."""
    return {
        "title": "grid",
        "reference": "",
        "description": "",
        "transition": Transition(),
        "trace": None,
        "figures": {},
        "style": Style(),
        "batch": "auto",
    }


def _no_rule(solves: bool) -> Success | None:
    """Return what stands for a success rule that does not count."""
    # Not before it is asked for: a success rule looks at the packages that bring errors.
    return Success(error="signal", below=1.0) if solves else None


def read_grid(written: Any) -> Sweep:
    """Return a sweep of which only what decides the trials is known.

    Raises
    ------
    pydantic.ValidationError
        If it is of another version of genphase.
    """
    if not isinstance(written, dict):
        return Sweep.model_validate(written)
    rule = {"success": _no_rule(bool(written.get("solvers")))}
    return Sweep.model_validate({**_not_of_grid(), **rule, **written})


def _plainest(thing: Thing) -> dict[str, Any]:
    """Return options that do not decide the sizes of a trial."""
    fields = thing.options.model_fields
    return {name: 1 for name, field in fields.items() if field.is_required()}


# The model at each key that holds a mapping, for the remedy of an unknown key.
MODELS_BY_KEY: dict[str, type[BaseModel]] = {
    "": Sweep,
    "network": Network,
    "network.widths": Repeated,
    "network.activation": LeakyRelu,
    "network.second": Second,
    "network.second.widths": Repeated,
    "network.second.activation": LeakyRelu,
    "start": Start,
    "target": Images,
    "target.second": SecondImages,
    "noise": Noise,
    "solvers": Solver,
    "solvers.stop": Stop,
    "measure": Measure,
    "success": Success,
    "errors": Further,
    "trials": ByNeed,
    "trials.=budget": ByBudget,
    "trials.until": Until,
    "refine": Refine,
    "transition": Transition,
    "trace": Tracing,
    "batch": BatchSeconds,
    "style": Style,
    **{f"={kind}": model for kind, model in FIGURES.items()},
    **{f"={kind}.style": Style for kind in FIGURES},
    **{
        f"={kind}.overlays{end}": overlay
        for kind, model in FIGURES.items()
        for end, overlay in model.overlay_models.items()
    },
}
