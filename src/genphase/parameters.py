"""The parameters of one cell, all of them fixed numbers.

This is what a trial is computed from, what a cell's identity is a hash of, and what a cell file
in the store says about itself. Every field enters the identity: a new field makes new cells.
"""

import math
from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from typing import Annotated, Any, Self

from pydantic import (
    BaseModel,
    ConfigDict,
    Field,
    ValidationInfo,
    field_validator,
    model_validator,
)

from genphase.canonical import canonical, digest
from genphase.errors import BadValue
from genphase.language.fields import expression_of
from genphase.things import (
    MEASUREMENTS,
    NOISES,
    PROBLEMS,
    QUANTITIES,
    SOLVERS,
    STARTS,
    TARGETS,
    WEIGHTS,
    Choice,
    Kind,
    Named,
    name_of,
    place_of,
)
from genphase.things import Quantity as QuantityThing
from genphase.things import Solver as SolverThing

# The symbol of ∏‖W_i‖, the product of the operator norms of a trial's layers.
NORMS = "norms"
# Noise that is a matrix has one law, of the problem.
MATRIX = "matrix"
# Parameters that do not decide an instance's seed: those of the run on it, and the noise, so that
# levels of noise are compared on the same networks, targets and directions of the noise.
_NOT_IN_THE_SEED = {"solver", "quantity", "start", "noise"}


@dataclass(frozen=True)
class _NoiseLaw(Named):
    def _check(self, value: Any) -> Choice:
        return MATRIX if value == MATRIX else super()._check(value)


class _Start(Named):
    """The scale of a Gaussian start, or another law."""

    def _check(self, value: Any) -> Any:
        if isinstance(value, bool) or not isinstance(value, int | float):
            return super()._check(value)
        if not 0 < value < math.inf:
            raise BadValue(f"{value} is not above 0", "use numbers > 0")
        return float(value)


class _Fixed(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False)


class Layers(_Fixed):
    """G(x) = σ(W_d ... σ(W_1 x)) with random weights.

    widths : n_1, ..., n_d.
    weights : law of the entries of W_i: gaussian N(0, 1/n_i), he N(0, 2/n_i), unit N(0, 1);
        tied: gaussian, with W_i = W_j where shapes agree;
        truncated: gaussian, with the rows of W_d that are longer than 3 sqrt(n_{d-1}/n_d) set to 0.
    slope : σ(z) = max(z, 0) + slope min(z, 0); 0 is ReLU.
    file : a hash of a network with fixed weights, which has no law and no slope; `use` is its path.
    """

    widths: tuple[int, ...] = Field(min_length=1)
    weights: Annotated[Choice, Named(WEIGHTS)] | None
    slope: float = Field(ge=0, lt=1)
    file: str = ""
    use: str = ""

    @model_validator(mode="after")
    def _check(self) -> Self:
        for i, width in enumerate(self.widths, start=1):
            if width < 1:
                raise BadValue(f"width n{i} = {width} is below 1", "let every width be >= 1")
        return self


class Second(Layers):
    """The second network of a problem that has two, with its latent dimension k."""

    k: int = Field(ge=1)


class Network(Layers):
    """The network, or both.

    second : the second one; None where there is none, or where it is like the first: another draw
        with the same sizes, law and slope, or the same file.
    """

    second: Second | None = None


class SecondImages(_Fixed):
    """Images, which need not be in the range of a network.

    images : a hash of those of the split; `use` is where they are from.
    split : train, test or all.
    invert : whether they are negatives.
    index : which image all trials have; None where each trial has another, in an
        order that the master seed says.
    """

    images: str
    use: str
    split: str
    invert: bool
    index: int | None = Field(ge=0, default=None)


class Images(SecondImages):
    """Signals that are images, or products of two.

    second : the images that are the second factors, of a problem with two networks.
    """

    second: SecondImages | None = None


class Noise(_Fixed):
    """Noise η that is added to the observation of N entries, or of a matrix.

    level : None for a law of a user's, which has its options.
    law : sphere: uniform on the sphere of radius `level`; relative: on that of radius `level` times
        the norm of the noiseless observation; gaussian: entries N(0, level²/N); aligned: on that of
        radius `level` in the range of A Λ at x*; matrix: ν or σ of a spiked matrix.
    shared : whether all trials of all cells with this N and master seed share its direction.
    """

    law: Annotated[Choice, _NoiseLaw(NOISES)]
    level: float | None = Field(ge=0, default=None)
    shared: bool = False


class Stop(_Fixed):
    """Stopping rules; a rule of 0 never applies.

    relative_change : stop when ‖x_{t+1} - x_t‖ < relative_change ‖x_{t+1}‖.
    gradient_norm : stop when the norm of the update direction is below it.
    """

    relative_change: float = Field(ge=0, default=0.0)
    gradient_norm: float = Field(ge=0, default=0.0)

    def rules(self) -> tuple[float, float]:
        """Return both rules, in the order of the kernels."""
        return self.relative_change, self.gradient_norm


class OfNorms(_Fixed):
    """An option that depends on the weights of a trial.

    text : an expression with the symbol norms, ∏‖W_i‖.
    symbols : the values of its other symbols.
    """

    text: str
    symbols: dict[str, Any]

    def __call__(self, norms: float) -> Any:
        """Return the value of a trial."""
        return expression_of(self.text)({**self.symbols, NORMS: norms})


class Solver(_Fixed):
    """A solver with its options, iteration cap and stopping rules.

    use : where it is from, where genphase has not brought it.
    options : the solver's own, by name, all of them; such as its step size.
    of_norms : those of them that depend on the weights; `options` has their values at norms = 1.
    max_iter : of each run.
    """

    name: str
    use: str = ""
    options: dict[str, Any] = Field(default_factory=dict, validate_default=True)
    of_norms: dict[str, OfNorms] = {}
    max_iter: int = Field(ge=1, le=1_000_000_000)
    stop: Stop

    @field_validator("options", mode="after")
    @classmethod
    def _check(cls, value: dict[str, Any], info: ValidationInfo) -> dict[str, Any]:
        found: SolverThing = SOLVERS.find(info.data["name"], info.data["use"])
        return found.options(**value).model_dump()

    @property
    def thing(self) -> SolverThing:
        """Return the solver itself."""
        found: SolverThing = SOLVERS.find(self.name, self.use)
        return found

    def options_at(self, norms: Callable[[], float]) -> dict[str, Any]:
        """Return the options of a trial.

        Parameters
        ----------
        norms
            Returns ∏‖W_i‖; asked only where an option depends on it.
        """
        if not self.of_norms:
            return self.options
        value = norms()
        found = {name: option(value) for name, option in self.of_norms.items()}
        return self.thing.options(**self.options | found).model_dump()

    @property
    def most_updates(self) -> int:
        """The most updates of a trial, all its runs together."""
        runs = int(self.thing.facts.get("runs_per_start", 1))
        return self.max_iter * runs * (1 + int(self.options.get("restarts", 0)))


class Quantity(_Fixed):
    """What is measured of an instance, with its options.

    use : where it is from, where genphase has not brought it.
    """

    name: str
    use: str = ""
    options: dict[str, Any] = Field(default_factory=dict, validate_default=True)

    @field_validator("options", mode="after")
    @classmethod
    def _check(cls, value: dict[str, Any], info: ValidationInfo) -> dict[str, Any]:
        found: QuantityThing = QUANTITIES.find(info.data["name"], info.data["use"])
        return found.options(**value).model_dump()

    @property
    def thing(self) -> QuantityThing:
        """Return the quantity itself."""
        found: QuantityThing = QUANTITIES.find(self.name, self.use)
        return found


class Parameters(_Fixed):
    """All parameters of a cell.

    k : latent dimension.
    m : entries of the observation, the signal dimension n where nothing is measured; of a matrix of
        samples, their number.
    measurements : law of A in R^{m x n}: gaussian N(0, 1/m), unit N(0, 1), bernoulli ±1/sqrt(m),
        identity.
    target : law of x*: sphere (uniform on the unit sphere), gaussian N(0, I), unit_signal (e_2
        scaled so that ‖G(x*)‖ = 1); or images, which are the signals y* themselves.
    start : the scale s of the start x_0 ~ N(0, s² I), or a law of a user's.
    solver, quantity : what is run on an instance, one of them.
    seed : the master seed.
    """

    problem: Annotated[Choice, Named(PROBLEMS)]
    k: int = Field(ge=1)
    network: Network
    m: int = Field(ge=1)
    measurements: Annotated[Choice, Named(MEASUREMENTS)]
    target: Images | Annotated[Choice, Named(TARGETS)]
    noise: Noise
    start: Annotated[float | Choice, _Start(STARTS)]
    solver: Solver | None = None
    quantity: Quantity | None = None
    seed: int = Field(ge=0)

    @model_validator(mode="after")
    def _check(self) -> Self:
        n = self.network.widths[-1]
        problem, method = PROBLEMS.of(self.problem), self.method.thing
        measurements, law = name_of(self.measurements), name_of(self.noise.law)
        if not problem.has_m_of_its_own(measurements) and self.m != n:
            raise BadValue(
                f"m = {self.m} with identity measurements of a signal with n = {n} entries",
                "leave m out, or choose other measurements",
            )
        if not problem.measured and measurements != "identity":
            raise BadValue(
                f"{problem.name} has no measurement matrix, but measurements: {measurements}",
                "leave `measurements` and `m` out",
            )
        if lacks := method.lacks(problem):
            raise BadValue(
                f"{method.name} does not fit {problem.name}: {lacks}",
                f"choose another {method.kind}",
            )
        if (law == MATRIX) != bool(problem.matrix_noise):
            raise BadValue(
                f"noise of the law {law} for {problem.name}",
                f"write a number, its level {problem.matrix_noise}"
                if problem.matrix_noise
                else f"use {', '.join(NOISES.names)}",
            )
        if problem.codes == 1 and self.network.second is not None:
            raise BadValue(
                f"{problem.name} has one network, but a second one is given", "remove it"
            )
        if isinstance(self.target, Images):
            if (problem.codes > 1) != (self.target.second is not None):
                raise BadValue(
                    f"{problem.name} has {problem.codes} factors",
                    "give target.second of a product of two, and only there",
                )
        else:
            least = TARGETS.of(self.target).facts.get("least_k", 1)
            for k in self.code_sizes:
                if k < least:
                    raise BadValue(
                        f"target {name_of(self.target)}, but k = {k}", f"let k be at least {least}"
                    )
        return self

    @property
    def second(self) -> Second:
        """Return the second network, of a problem that has two."""
        fields = {name: getattr(self.network, name) for name in Layers.model_fields}
        return self.network.second or Second(k=self.k, **fields)

    @property
    def code_sizes(self) -> tuple[int, ...]:
        """Return the entries of each latent code; they stand one behind the other in x."""
        codes = PROBLEMS.of(self.problem).codes
        return (self.k,) if codes == 1 else (self.k, self.second.k)

    @property
    def method(self) -> Solver | Quantity:
        """Return what is run on an instance: a solver, or what is measured of it."""
        found = self.quantity if self.solver is None else self.solver
        if found is None or (self.solver is not None and self.quantity is not None):
            raise ValueError("a cell has a solver or a quantity, and not both")
        return found

    @property
    def solved_by(self) -> Solver:
        """Return the solver of a cell that has one."""
        if self.solver is None:
            raise ValueError("this cell measures and has no solver")
        return self.solver

    @property
    def files(self) -> dict[str, str]:
        """Return the hashes of the networks and images that it is of, by their files."""
        laws = [self.network, *([] if self.network.second is None else [self.network.second])]
        found = {law.use: law.file for law in laws if law.file}
        images = {self.target.use: self.target.images} if isinstance(self.target, Images) else {}
        return found | images

    @property
    def compares_codes(self) -> bool:
        """Return whether there are x* and x̂: not of images, nor of methods without the network."""
        return not isinstance(self.target, Images) and self.solved_by.thing.finds_code

    @cached_property
    def instance_entropy(self) -> int:
        """Return the 128-bit seed of a cell's instances.

        Solver, start and noise do not enter, so that different solvers meet the same instances.
        """
        content = _without_places(self.model_dump(exclude=_NOT_IN_THE_SEED))
        return int(digest(canonical(content), 32), 16)

    @cached_property
    def content(self) -> dict[str, Any]:
        """Return all that a cell's identity is made from, and that its file says: no path."""
        found: dict[str, Any] = _without_places(self.model_dump())
        return found

    @property
    def named(self) -> tuple[tuple[Kind, str, str], ...]:
        """Return all things that a trial runs: kind, name and where it is from."""
        start = "gaussian" if isinstance(self.start, float) else self.start
        kind = QUANTITIES if self.solver is None else SOLVERS
        found = [(PROBLEMS, *place_of(self.problem)), (kind, self.method.name, self.method.use)]
        second = [] if self.network.second is None else [self.network.second]
        laws = [law.weights for law in (self.network, *second) if law.weights is not None]
        found += [(WEIGHTS, *place_of(law)) for law in laws]
        found.append((STARTS, *place_of(start)))
        if not isinstance(self.target, Images):
            found.append((TARGETS, *place_of(self.target)))
        if self.measurements != "identity":
            found.append((MEASUREMENTS, *place_of(self.measurements)))
        if self.noise.law != MATRIX:
            found.append((NOISES, *place_of(self.noise.law)))
        return tuple(found)

    @property
    def things(self) -> list[Any]:
        """Return all things that a trial runs."""
        return [kind.find(name, use) for kind, name, use in self.named]


# Of networks without a file or a second one, and of solvers whose options are numbers.
_ABSENT: tuple[tuple[str, Any], ...] = (
    *(("file", ""), ("second", None), ("of_norms", {})),
    *(("solver", None), ("quantity", None)),
)


def _without_places(value: Any) -> Any:
    """Return JSON content without where things are from, which their code stands for."""
    if not isinstance(value, dict):
        return value
    return {
        key: _without_places(part)
        for key, part in value.items()
        if key != "use" and (key, part) not in _ABSENT
    }
