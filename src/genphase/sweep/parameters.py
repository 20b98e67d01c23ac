"""The parameters of one cell, all of them fixed numbers.

This is what a trial is computed from, what a cell's identity is a hash of, and what a cell file
in the store says about itself. Every field enters the identity: a new field makes new cells.
"""

from typing import Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

from genphase.sweep.catalogue import (
    FITS,
    MEASURED,
    RESTARTING,
    SPIKED,
    STEPLESS,
    MeasurementLaw,
    NoiseLaw,
    ProblemName,
    SolverName,
    TargetLaw,
    WeightLaw,
)
from genphase.sweep.errors import BadValue

MAX_RESTARTS = 1000


class _Fixed(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False)


class Network(_Fixed):
    """G(x) = σ(W_d ... σ(W_1 x)) with random weights.

    widths : n_1, ..., n_d.
    weights : law of the entries of W_i: gaussian N(0, 1/n_i), he N(0, 2/n_i), unit N(0, 1);
        truncated: gaussian, with the rows of W_d that are longer than 3 sqrt(n_{d-1}/n_d) set to 0.
    slope : σ(z) = max(z, 0) + slope min(z, 0); 0 is ReLU.
    """

    widths: tuple[int, ...] = Field(min_length=1)
    weights: WeightLaw
    slope: float = Field(ge=0, lt=1)

    @model_validator(mode="after")
    def _check(self) -> Self:
        for i, width in enumerate(self.widths, start=1):
            if width < 1:
                raise BadValue(f"width n{i} = {width} is below 1", "let every width be >= 1")
        return self


class Noise(_Fixed):
    """Noise η that is added to the observation of N entries, or of a matrix.

    law : sphere: uniform on the sphere of radius `level`; relative: on that of radius `level` times
        the norm of the noiseless observation; gaussian: entries N(0, level²/N); matrix: ν or σ of a
        spiked matrix.
    shared : whether all trials of all cells with this N and master seed share its direction.
    """

    law: NoiseLaw
    level: float = Field(ge=0)
    shared: bool = False


class Stop(_Fixed):
    """Stopping rules; a rule of 0 never applies.

    relative_change : stop when ‖x_{t+1} - x_t‖ < relative_change ‖x_{t+1}‖.
    gradient_norm : stop when the norm of the update direction is below it.
    """

    relative_change: float = Field(ge=0, default=0.0)
    gradient_norm: float = Field(ge=0, default=0.0)


class Solver(_Fixed):
    """A solver with its step size, iteration cap and stopping rules.

    step : None for a solver that has none.
    max_iter : of each run.
    restarts : how many further runs from fresh starts there may be.
    """

    name: SolverName
    step: float | None = Field(gt=0, default=None)
    max_iter: int = Field(ge=1, le=1_000_000_000)
    stop: Stop
    restarts: int = Field(ge=0, le=MAX_RESTARTS, default=0)

    @model_validator(mode="after")
    def _check(self) -> Self:
        if self.step is None and self.name not in STEPLESS:
            raise BadValue(f"{self.name} has no step size", "give it one: `step`")
        if self.step is not None and self.name in STEPLESS:
            raise BadValue(
                f"step = {self.step}, but {self.name} finds the length of a step itself",
                "leave step out",
            )
        if self.restarts and self.name not in RESTARTING:
            raise BadValue(
                f"restarts = {self.restarts}, but {self.name} runs from one start",
                f"leave restarts out, or choose {' or '.join(RESTARTING)}",
            )
        return self

    @property
    def most_updates(self) -> int:
        """The most updates of a trial, all its runs together."""
        return self.max_iter * (1 + self.restarts)


class Parameters(_Fixed):
    """All parameters of a cell.

    k : latent dimension.
    m : entries of the observation, the signal dimension n where nothing is measured; for
        spiked_wishart the number of samples, rows of Y.
    measurements : law of A in R^{m x n}: gaussian N(0, 1/m), unit N(0, 1), bernoulli ±1/sqrt(m),
        identity.
    target : law of x*: sphere (uniform on the unit sphere), gaussian N(0, I), unit_signal (e_2
        scaled so that ‖G(x*)‖ = 1).
    start : the scale s of the start x_0 ~ N(0, s² I).
    seed : the master seed.
    """

    problem: ProblemName
    k: int = Field(ge=1)
    network: Network
    m: int = Field(ge=1)
    measurements: MeasurementLaw
    target: TargetLaw
    noise: Noise
    start: float = Field(gt=0)
    solver: Solver
    seed: int = Field(ge=0)

    @model_validator(mode="after")
    def _check(self) -> Self:
        n = self.network.widths[-1]
        one_entry_each = self.measurements == "identity" and self.problem != "spiked_wishart"
        if one_entry_each and self.m != n:
            raise BadValue(
                f"m = {self.m} with identity measurements of a signal with n = {n} entries",
                "leave m out, or choose other measurements",
            )
        if self.problem not in MEASURED and self.measurements != "identity":
            raise BadValue(
                f"{self.problem} has no measurement matrix, but measurements: {self.measurements}",
                "leave `measurements` and `m` out",
            )
        if self.problem not in FITS[self.solver.name]:
            raise BadValue(
                f"{self.solver.name} does not fit {self.problem}", "choose another solver"
            )
        if (self.noise.law == "matrix") != (self.problem in SPIKED):
            raise BadValue(
                f"noise of the law {self.noise.law} for {self.problem}",
                "write a number: ν of spiked_wigner, σ of spiked_wishart"
                if self.problem in SPIKED
                else "use sphere, relative or gaussian",
            )
        if self.target == "unit_signal" and self.k < 2:
            raise BadValue("target unit_signal is along e_2, but k = 1", "let k be at least 2")
        return self
