"""The things that a sweep names: problems, solvers, and laws of what is drawn at random.

A thing is one decorated function, or one object, in a file of its kind's room. Everything that is
asked of it elsewhere (its name, its options, what it fits) is read from there: no other file has a
list of names.
"""

import inspect
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from importlib import import_module
from pkgutil import iter_modules
from types import ModuleType
from typing import Annotated, Any, Literal, TypeVar, overload

from pydantic import BaseModel, ConfigDict, Field, create_model
from pydantic_core.core_schema import CoreSchema, no_info_plain_validator_function

from genphase.errors import BadValue, did_you_mean, shown

KindName = Literal["problem", "solver", "weights", "measurements", "target", "start", "noise"]

# Where genphase's own things of a kind are: a module, or a package with one file for each.
_ROOMS: dict[KindName, str] = {
    "problem": "genphase.problems",
    "solver": "genphase.solvers",
    "weights": "genphase.draws.weights",
    "measurements": "genphase.draws.measurements",
    "target": "genphase.draws.targets",
    "start": "genphase.draws.starts",
    "noise": "genphase.draws.noise",
}
# Keyword-only parameters that genphase fills; all others are options of the thing.
_FILLED: dict[KindName, frozenset[str]] = {
    "problem": frozenset(),
    "solver": frozenset({"rules", "trace", "further"}),
    "weights": frozenset({"out", "last"}),
    "measurements": frozenset({"out"}),
    "target": frozenset({"generate"}),
    "start": frozenset(),
    "noise": frozenset(),
}


# What solvers can ask of a problem.
GRADIENT = "a gradient in one latent code"
RESIDUAL = "a residual that is linear in each activation region"
LINEAR = "an observation that is linear in the signal"
TWO_CODES = "two latent codes"

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

    @cached_property
    def _signature(self) -> inspect.Signature:
        return inspect.signature(self.function, eval_str=True)

    @cached_property
    def options(self) -> type[BaseModel]:
        """Return the model of its options: its keyword-only parameters, with types and defaults."""
        fields: dict[str, Any] = {
            name: (
                Any if found.annotation is found.empty else found.annotation,
                ... if found.default is found.empty else found.default,
            )
            for name, found in self._signature.parameters.items()
            if found.kind is found.KEYWORD_ONLY and name not in _FILLED[self.kind]
        }
        config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False)
        return create_model(self.name, __config__=config, **fields)

    def is_numeric(self, option: str) -> bool:
        """Return whether an option is a number, which may be an expression in a sweep file."""
        found = self.options.model_fields.get(option)
        return found is None or found.annotation in (int, float)

    @cached_property
    def asks_for(self) -> frozenset[str]:
        """Return what genphase fills of its keyword-only parameters."""
        return frozenset(self._signature.parameters) & _FILLED[self.kind]

    @property
    def summary(self) -> str:
        """Return the first line of its documentation."""
        return (inspect.getdoc(self.function) or "").partition("\n")[0]


@dataclass(frozen=True)
class Solver(Thing):
    """A solver.

    Facts: ``needs``, what it asks of a problem; ``seconds``, what a trial is expected to take, as
    a function of the parameters and of the number of active weights.
    """

    @property
    def needs(self) -> frozenset[str]:
        """Return what it asks of a problem."""
        return frozenset(self.facts.get("needs", (GRADIENT,)))


_F = TypeVar("_F", bound=Callable[..., Any])
_C = TypeVar("_C")


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
            made = Solver if self.kind == "solver" else Thing
            function.thing = made(self.kind, function.__name__, function, facts)
            return function

        return decorate if function is None else decorate(function)


def problem(found: type[_C]) -> type[_C]:
    """Make a class a problem; there is one object of it."""
    found.thing = found()  # type: ignore[attr-defined]
    return found


solver = Decorator("solver")
weights = Decorator("weights")
measurements = Decorator("measurements")
target = Decorator("target")
start = Decorator("start")
noise = Decorator("noise")


class Kind:
    """All things of a kind that genphase has, by name."""

    def __init__(self, kind: KindName) -> None:
        self.kind = kind

    @cached_property
    def _things(self) -> dict[str, Any]:
        room = import_module(_ROOMS[self.kind])
        return {thing.name: thing for module in _modules(room) for thing in self.within(module)}

    def within(self, module: ModuleType) -> Iterator[Any]:
        """Yield the things of this kind that a module defines."""
        for value in vars(module).values():
            thing = getattr(value, "thing", None)
            if thing is not None and thing.kind == self.kind and thing.module == module.__name__:
                yield thing

    @property
    def names(self) -> tuple[str, ...]:
        """Return their names."""
        return tuple(self._things)

    def __iter__(self) -> Iterator[Any]:
        return iter(self._things.values())

    def __getitem__(self, name: str) -> Any:
        """Return a thing by its name.

        Raises
        ------
        BadValue
            If there is none of this name.
        """
        if isinstance(name, str) and name in self._things:
            return self._things[name]
        raise BadValue(f"{shown(name)} is not known here", did_you_mean(name, self.names))


@dataclass(frozen=True)
class Named:
    """A field that holds the name of a thing: ``Annotated[str, Named(SOLVERS)]``."""

    kind: Kind

    def __get_pydantic_core_schema__(self, source: Any, handler: Any) -> CoreSchema:
        """Return how a name is checked."""
        return no_info_plain_validator_function(lambda value: self.kind[value].name)

    def __get_pydantic_json_schema__(self, schema: CoreSchema, handler: Any) -> dict[str, Any]:
        """Return the names, for editors."""
        return {"type": "string", "enum": list(self.kind.names)}


def _modules(room: ModuleType) -> Iterator[ModuleType]:
    """Yield a module, or the modules of a package in the order of their names."""
    yield room
    for found in iter_modules(getattr(room, "__path__", [])):
        yield import_module(f"{room.__name__}.{found.name}")


PROBLEMS, SOLVERS = Kind("problem"), Kind("solver")
WEIGHTS, MEASUREMENTS = Kind("weights"), Kind("measurements")
TARGETS, STARTS, NOISES = Kind("target"), Kind("start"), Kind("noise")
KINDS = (PROBLEMS, SOLVERS, WEIGHTS, MEASUREMENTS, TARGETS, STARTS, NOISES)
