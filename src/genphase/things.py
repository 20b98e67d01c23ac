"""The things that a sweep names: problems, solvers, and laws of what is drawn at random.

A thing is one decorated function, or one object, in a file of its kind's room. Everything that is
asked of it elsewhere (its name, its options, what it fits) is read from there: no other file has a
list of names.
"""

import inspect
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cache, cached_property
from importlib import import_module
from importlib.metadata import entry_points
from pathlib import Path
from pkgutil import iter_modules
from types import ModuleType, UnionType
from typing import (
    Annotated,
    Any,
    Literal,
    NamedTuple,
    TypeVar,
    Union,
    get_args,
    get_origin,
    overload,
)

from pydantic import BaseModel, ConfigDict, Field, create_model
from pydantic_core.core_schema import (
    CoreSchema,
    no_info_plain_validator_function,
    plain_serializer_function_ser_schema,
)

from genphase.brought import brought, told
from genphase.errors import BadValue, did_you_mean, shown

KindName = Literal[
    "problem", "solver", "weights", "measurements", "target", "start", "noise", "error", "quantity"
]

# Where genphase's own things of a kind are: a module, or a package with one file for each.
_ROOMS: dict[KindName, str] = {
    "problem": "genphase.problems",
    "solver": "genphase.solvers",
    "weights": "genphase.draws.weights",
    "measurements": "genphase.draws.measurements",
    "target": "genphase.draws.targets",
    "start": "genphase.draws.starts",
    "noise": "genphase.draws.noise",
    "error": "genphase.accuracy",
    "quantity": "genphase.quantities",
}
# Keyword-only parameters that genphase fills; all others are options of the thing.
_FILLED: dict[KindName, frozenset[str]] = {
    "problem": frozenset(),
    "solver": frozenset({"rules", "trace", "further", "max_iter"}),
    "weights": frozenset({"out", "last", "alike"}),
    "measurements": frozenset({"out"}),
    "target": frozenset({"generate"}),
    "start": frozenset({"target", "depth"}),
    "noise": frozenset({"jacobian"}),
    "error": frozenset(),
    "quantity": frozenset(),
}
# What genphase hands to a function of a kind, one behind the other.
_GIVEN: dict[KindName, tuple[str, ...]] = {
    "solver": ("problem", "start"),
    "weights": ("rng", "n_out", "n_in"),
    "measurements": ("rng", "m", "n"),
    "target": ("rng", "k"),
    "start": ("rng", "k"),
    "noise": ("rng", "clean"),
    "quantity": ("drawn",),
}
# What an error may be computed from, by the names of its parameters: signals, latent codes, and
# what is observed of the estimate beside the observation; the depth of the network; the start, the
# relative latent errors of all iterates, and a function that returns the objective. An error that
# is the same for all solvers is computed from the instance, and from random codes.
_OF_INSTANCE = ("instance", "draw_code")
_COMPARED = (
    *("estimate", "truth", "latent_estimate", "latent_truth", "observed", "observation"),
    *("depth", "latent_start", "path", "objective", "factor_estimates", "factor_truths"),
    *_OF_INSTANCE,
)


# What solvers can ask of a problem.
GRADIENT = "a gradient in one latent code"
RESIDUAL = "a residual whose squares are the objective"
LINEAR = "an observation that is linear in the signal"
TWO_CODES = "two latent codes"
SPIKE = "a matrix that hides the signal"

# Types of options that a sweep file can hold.
Positive = Annotated[float, Field(gt=0)]


@dataclass(frozen=True)
class Typical:
    """What a mean trial costs, converged and capped ones together, of the published sweeps.

    How many iterations a trial takes is what a sweep finds out.

    passes, passes_per_k : full passes, which include the maps of regions.
    seconds_per_k2 : the iterations in R^k, whose number and cost grow with k.
    """

    passes: float = 0.0
    passes_per_k: float = 0.0
    seconds_per_k2: float = 0.0


@dataclass(frozen=True)
class Thing:
    """A function by its name, and what is known about it.

    kind : what it is one of.
    name : by which sweeps, results and figures name it.
    function : what it does.
    facts : further keyword arguments of its decorator.
    """

    kind: KindName
    name: str
    function: Callable[..., Any] = field(repr=False)
    facts: Mapping[str, Any] = field(default_factory=dict, repr=False)

    @property
    def module(self) -> str:
        """Return the name of the module that it is defined in."""
        return self.function.__module__

    @property
    def function_name(self) -> str:
        """Return the name of its function, by which a file's things are told apart."""
        return self.function.__name__

    @cached_property
    def source(self) -> Path:
        """Return the file that it is defined in."""
        return Path(inspect.getfile(self.function))

    @property
    def run_by(self) -> list[Path]:
        """Return the files whose import closures run it."""
        return [self.source]

    @property
    def said_in(self) -> list[Path]:
        """Return the files that hold what is known about it."""
        return [self.source]

    @cached_property
    def _signature(self) -> inspect.Signature:
        return inspect.signature(self.function, eval_str=True)

    @cached_property
    def options(self) -> type[BaseModel]:
        """Return the model of its options: its keyword-only parameters, with types and defaults."""
        return options_model(self.name, self._signature, _FILLED[self.kind])

    def is_numeric(self, option: str) -> bool:
        """Return whether an option is a number, which may be an expression in a sweep file."""
        return option not in self._not_numeric

    @cached_property
    def _not_numeric(self) -> frozenset[str]:
        """Return the options that are no numbers; every cell asks."""
        return not_numeric(self.options)

    @cached_property
    def asks_for(self) -> frozenset[str]:
        """Return what genphase fills of its keyword-only parameters."""
        return frozenset(self._signature.parameters) & _FILLED[self.kind]

    @property
    def summary(self) -> str:
        """Return the first line of its documentation."""
        return (inspect.getdoc(self.function) or "").partition("\n")[0]


def not_numeric(options: type[BaseModel]) -> frozenset[str]:
    """Return the options of a model that are no numbers."""
    fields = options.model_fields.items()
    return frozenset(name for name, field in fields if field.annotation not in (int, float))


def options_model(
    name: str, signature: inspect.Signature, filled: frozenset[str] = frozenset()
) -> type[BaseModel]:
    """Return the model of a function's keyword-only parameters.

    Parameters
    ----------
    name
        Of the thing, for messages.
    signature
        The function's.
    filled
        Those that genphase fills.
    """
    options = {
        option: found
        for option, found in signature.parameters.items()
        if found.kind is found.KEYWORD_ONLY and option not in filled
    }
    for option, found in options.items():
        if not _can_be_written(found.annotation):
            shown_type = getattr(found.annotation, "__name__", found.annotation)
            raise BadValue(
                f"the option {option} of {name} has the type {shown_type}, which no sweep can hold",
                "use float, int, bool or str",
            )
    fields: dict[str, Any] = {
        option: (
            Any if found.annotation is found.empty else found.annotation,
            ... if found.default is found.empty else found.default,
        )
        for option, found in options.items()
    }
    config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False)
    return create_model(name, __config__=config, **fields)


def _can_be_written(annotation: Any) -> bool:
    """Return whether a sweep file can hold a value of a type."""
    if annotation in (float, int, bool, str, Any, None, type(None), inspect.Parameter.empty):
        return True
    parts = get_args(annotation)
    if get_origin(annotation) is Annotated:
        return _can_be_written(parts[0])
    if get_origin(annotation) is Literal:
        return all(isinstance(part, int | float | str) for part in parts)
    return (
        bool(parts)
        and get_origin(annotation) in (Union, UnionType)
        and all(map(_can_be_written, parts))
    )


@dataclass(frozen=True)
class Solver(Thing):
    """A solver.

    Facts: ``needs``, what it asks of a problem; ``recovers``, ``signal`` of a method without the
    network, which finds no code; ``seconds``, what a trial is expected to take, as a function of
    the parameters and of the number of active weights; ``runs_per_start``, how many runs of
    `max_iter` updates it makes at most from a start, where these are not one; ``messages``, the
    values of options with which its iterates are those of plain message passing, whose errors state
    evolution predicts.
    """

    def passes_messages(self, options: Mapping[str, Any]) -> bool:
        """Return whether it is plain message passing, with options as a sweep file has them."""
        plain = self.facts.get("messages")
        if plain is None:
            return False
        fields = self.options.model_fields
        return all(options.get(name, fields[name].default) == plain[name] for name in plain)

    @property
    def needs(self) -> frozenset[str]:
        """Return what it asks of a problem."""
        return frozenset(self.facts.get("needs", (GRADIENT,)))

    def lacks(self, problem: Any) -> str:
        """Return what it misses of a problem; empty where it fits."""
        fits = self.facts.get("fits")
        if fits is not None:
            return "" if problem.name in fits else f"it is for {', '.join(fits)}"
        missing = sorted(self.needs - problem.offers)
        return f"missing {' and '.join(missing)}" if missing else ""

    @property
    def finds_code(self) -> bool:
        """Return whether it finds a code x̂; a method without the network finds a signal alone."""
        return bool(self.facts.get("recovers") != "signal")

    @property
    def of_instance(self) -> bool:
        """Return whether it works on the arrays of an instance, and not on what users see."""
        return bool(self.facts.get("of_instance", False))


@dataclass(frozen=True)
class Accuracy(Thing):
    """An error that trials are judged by.

    Facts: ``larger_is_better``, which says so; ``recorded``, that the record of every trial has it;
    ``text``, by which figures call it; ``codes``, how many latent codes it is about, where it asks
    for the depth: 1 or 2; ``worst``, what it is of a run that has diverged: default, infinite;
    ``of_instance``, that it is the same for all solvers, and then measured once for all of them;
    ``needs``, what it asks of an instance.
    """

    @property
    def column(self) -> str:
        """Return the name of its column in tables."""
        return f"{self.name}_error" if self.facts.get("recorded") else self.name

    @cached_property
    def compares(self) -> tuple[str, ...]:
        """Return what it is computed from, in the order of its parameters.

        Raises
        ------
        BadValue
            If it asks for something that there is not.
        """
        found = tuple(
            name
            for name, parameter in self._signature.parameters.items()
            if parameter.kind is not parameter.KEYWORD_ONLY
        )
        for name in found:
            if name not in _COMPARED:
                raise BadValue(
                    f"the error {self.name} asks for {name!r}, which there is not",
                    f"its parameters can be {', '.join(_COMPARED)}; its options follow a *",
                )
        if self.of_instance and (others := sorted(set(found) - set(_OF_INSTANCE))):
            raise BadValue(
                f"the error {self.name} is of the instance alone, but asks for {others[0]!r}",
                f"its parameters can be {', '.join(_OF_INSTANCE)}; or remove of_instance=True",
            )
        return found

    @property
    def of_instance(self) -> bool:
        """Return whether it is the same for all solvers of an instance."""
        return bool(self.facts.get("of_instance", False))

    @property
    def of_code(self) -> bool:
        """Return whether it is about x̂, which a method without the network does not have."""
        return bool({"latent_estimate", "path", "factor_estimates"} & set(self.compares))

    def lacks(self, problem: Any) -> str:
        """Return what it misses of a problem; empty where it fits."""
        if self.of_instance and problem.codes > 1:
            return "missing a single network"
        if "depth" in self.compares and problem.codes != self.facts.get("codes", 1):
            return f"missing {'a single' if problem.codes > 1 else 'a second'} network"
        if {"factor_estimates", "factor_truths"} & set(self.compares) and problem.codes == 1:
            return "missing a second network"
        vectors = {"observed", "observation"} & set(self.compares)
        return "missing an observation that is a vector" if vectors and problem.matrix_noise else ""


@dataclass(frozen=True)
class Quantity(Thing):
    """What is measured of a drawn instance; nothing is solved.

    Facts: ``text``, by which figures call it; ``needs``, what it is about: ``measurements``, a
    measurement matrix; ``two networks``; ``relu``, ReLU layers without biases. ``k`` is the one
    latent dimension that it is for.
    """

    def lacks(self, problem: Any) -> str:
        """Return what it misses of a problem; empty where it fits."""
        needs = self.facts.get("needs", ())
        if ("two networks" in needs) != (problem.codes > 1):
            return f"missing {'a second network' if problem.codes == 1 else 'a single network'}"
        if "measurements" in needs and not problem.measured:
            return "missing measurements"
        return "missing an observation that is a vector" if problem.matrix_noise else ""


class AtLeast(float):
    """A lower bound of a supremum, which a quantity returns that does not know it exactly."""


_F = TypeVar("_F", bound=Callable[..., Any])
_C = TypeVar("_C")


class Result(NamedTuple):
    """What a solver returns that keeps its own time.

    Attributes
    ----------
    latent : (k,) x̂; None of a method without the network.
    iterations : number of updates made.
    status : converged, capped, diverged or fell back.
    negations : times that x was replaced by -x.
    signal : (n,) what such a method recovered, ``@solver(recovers="signal")``; None where it is
        G(x̂).
    """

    latent: Any
    iterations: int
    status: str = "converged"
    negations: int = 0
    signal: Any = None


_MADE: dict[KindName, type[Thing]] = {"solver": Solver, "error": Accuracy, "quantity": Quantity}


class Decorator:
    """Make a function a thing of a kind; the function itself stays what it is."""

    def __init__(self, kind: KindName) -> None:
        self.kind = kind

    @overload
    def __call__(self, function: _F) -> _F: ...
    @overload
    def __call__(self, **facts: Any) -> Callable[[Any], Any]: ...
    def __call__(self, function: Any = None, **facts: Any) -> Any:
        """Decorate a function, or return what decorates one with facts about it."""

        def decorate(function: Any) -> Any:
            made = _MADE.get(self.kind, Thing)
            function.thing = made(self.kind, function.__name__, function, facts)
            return function

        return decorate if function is None else decorate(function)


def problem(found: type[_C]) -> type[_C]:
    """Make a class a problem."""
    # A class of genphase's own says itself what is known about it.
    ours = getattr(found, "kind", None) == "problem"
    wrap: Any = found if ours else import_module("genphase.problems.brought").wrap
    found.thing = wrap() if ours else wrap(found)  # type: ignore[attr-defined]
    return found


solver = Decorator("solver")
weights = Decorator("weights")
measurements = Decorator("measurements")
target = Decorator("target")
start = Decorator("start")
noise = Decorator("noise")
error = Decorator("error")
quantity = Decorator("quantity")


class Kind:
    """All things of a kind: those that genphase has, by name, and those that files bring."""

    def __init__(self, kind: KindName) -> None:
        self.kind = kind

    @cached_property
    def _things(self) -> dict[str, Any]:
        room = import_module(_ROOMS[self.kind])
        found = {thing.name: thing for module in _modules(room) for thing in self.within(module)}
        for module in _packaged():
            for thing in self.within(module):
                if thing.name in found:
                    raise BadValue(
                        f"{module.__name__} brings a {self.kind} {thing.name!r}, a name that "
                        f"{found[thing.name].module} has",
                        "rename its function",
                    )
                found[thing.name] = thing
        return found

    def within(self, module: ModuleType) -> Iterator[Any]:
        """Yield the things of this kind that a module defines."""
        for value in vars(module).values():
            thing: Any = getattr(value, "thing", None)
            if getattr(thing, "kind", None) == self.kind and thing.module == module.__name__:
                yield thing

    @property
    def names(self) -> tuple[str, ...]:
        """Return the names of those that genphase has."""
        return tuple(self._things)

    def __iter__(self) -> Iterator[Any]:
        return iter(self._things.values())

    def __getitem__(self, name: str) -> Any:
        """Return a thing that genphase has by its name.

        Raises
        ------
        BadValue
            If there is none of this name.
        """
        if isinstance(name, str) and name in self._things:
            return self._things[name]
        raise BadValue(
            f"{shown(name)} is not known here",
            f"{did_you_mean(name, self.names)}; or a file of yours, {{use: path/to/file.py}}",
        )

    def used(self, reference: str) -> Any:
        """Return the thing that a file or an installed module brings.

        Parameters
        ----------
        reference
            ``file.py``, ``file.py:name`` or ``package.module:name``.

        Raises
        ------
        BadValue
            If there is no such file, module or thing, or if it cannot be imported.
        """
        place, _, name = reference.rpartition(":") if ":" in reference else (reference, "", "")
        module = brought(place)
        found = {thing.function_name: thing for thing in self.within(module)}
        decorator = f"@{self.kind}"
        if not found:
            raise BadValue(
                f"{place} has no {self.kind}: nothing there is decorated with {decorator}",
                f"write `from genphase import {self.kind}` and {decorator} above the function",
            )
        for other in found.values():
            if lacking := getattr(other, "lacking", None):
                raise BadValue(
                    f"the problem {other.function_name} in {place} has no "
                    f"{' and no '.join(lacking)}",
                    "give it observe(rng, clean), loss(observed, b) and gradient(observed, b)",
                )
        for other in found.values():
            _check_parameters(other, place)
        if name:
            if name not in found:
                undecorated = name in vars(module)
                raise BadValue(
                    f"{name!r} in {place} is not decorated with {decorator}"
                    if undecorated
                    else f"there is no {self.kind} {name!r} in {place}",
                    f"write {decorator} above it" if undecorated else did_you_mean(name, found),
                )
            return found[name]
        if len(found) > 1:
            raise BadValue(
                f"{place} has several things of this kind: {', '.join(found)}",
                f"say which one, such as {place}:{next(iter(found))}",
            )
        return next(iter(found.values()))

    def of(self, choice: Any) -> Any:
        """Return the thing that is chosen: by its name, or as a `Chosen` one."""
        return self[choice] if isinstance(choice, str) else self.find(choice.name, choice.use)

    def find(self, name: str, use: str = "") -> Any:
        """Return the thing of a name, or the one that `use` refers to."""
        return self.used(use) if use else self[name]


def _check_parameters(thing: Any, place: str) -> None:
    """Refuse a function that does not take what it will be handed."""
    given = _GIVEN.get(thing.kind)
    if given is None or not inspect.isfunction(thing.function):
        return
    try:
        inspect.signature(thing.function).bind_partial(*given)
        required = [
            name
            for name, found in inspect.signature(thing.function).parameters.items()
            if found.default is found.empty
            and found.kind in (found.POSITIONAL_ONLY, found.POSITIONAL_OR_KEYWORD)
        ]
        if len(required) <= len(given):
            return
    except TypeError:
        pass
    raise BadValue(
        f"the {thing.kind} {thing.function_name} in {place} does not take "
        f"{', '.join(given)}: it is {thing.function_name}{inspect.signature(thing.function)}",
        f"write def {thing.function_name}({', '.join(given)}, *, ...), its options behind the *",
    )


class Chosen(BaseModel):
    """A thing with its options, as the parameters of a cell name it.

    name : its name.
    use : where it is from, where genphase has not brought it.
    options : all of its options.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    name: str = ""
    use: str = ""
    options: dict[str, Any] = {}

    def __hash__(self) -> int:
        return hash((self.name, self.use))


Choice = str | Chosen


def name_of(choice: Choice) -> str:
    """Return the name of a choice."""
    return choice if isinstance(choice, str) else choice.name


def place_of(choice: Choice) -> tuple[str, str]:
    """Return the name of a choice, and where it is from."""
    return (choice, "") if isinstance(choice, str) else (choice.name, choice.use)


def options_of(choice: Choice) -> dict[str, Any]:
    """Return the options of a choice; those that are not given have their defaults."""
    return {} if isinstance(choice, str) else choice.options


@dataclass(frozen=True)
class Named:
    """A field that holds a thing: its name, or a `Chosen` one: ``Annotated[Choice, Named(K)]``."""

    kind: Kind

    def __get_pydantic_core_schema__(self, source: Any, handler: Any) -> CoreSchema:
        """Return how a choice is checked."""
        return no_info_plain_validator_function(
            self._check,
            serialization=plain_serializer_function_ser_schema(
                lambda choice: choice.model_dump() if isinstance(choice, Chosen) else choice
            ),
        )

    def _check(self, value: Any) -> Choice:
        if isinstance(value, dict | Chosen):
            found = Chosen.model_validate(value)
            thing = self.kind.find(found.name, found.use)
            options = thing.options(**found.options).model_dump()
            return Chosen(name=thing.name, use=found.use, options=options)
        return str(self.kind[value].name)

    def __get_pydantic_json_schema__(self, schema: CoreSchema, handler: Any) -> dict[str, Any]:
        """Return the names, for editors."""
        return {"type": "string", "enum": list(self.kind.names)}


@cache
def _packaged() -> tuple[ModuleType, ...]:
    """Return the modules that installed packages name in the entry point group."""
    found = []
    for point in entry_points(group="genphase"):
        try:
            found.append(point.load())
        except Exception as error:
            raise BadValue(
                f"the entry point {point.name} = {point.value} cannot be loaded: {told(error)}",
                "mend the package, or remove it",
            ) from None
    return tuple(found)


def _modules(room: ModuleType) -> Iterator[ModuleType]:
    """Yield a module, or the modules of a package in the order of their names."""
    yield room
    for found in iter_modules(getattr(room, "__path__", [])):
        yield import_module(f"{room.__name__}.{found.name}")


PROBLEMS, SOLVERS = Kind("problem"), Kind("solver")
WEIGHTS, MEASUREMENTS = Kind("weights"), Kind("measurements")
TARGETS, STARTS, NOISES = Kind("target"), Kind("start"), Kind("noise")
ERRORS, QUANTITIES = Kind("error"), Kind("quantity")
KINDS = (PROBLEMS, SOLVERS, WEIGHTS, MEASUREMENTS, TARGETS, STARTS, NOISES, ERRORS, QUANTITIES)
