"""What a problem says of itself."""

from __future__ import annotations

import inspect
from abc import ABC, abstractmethod
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar

from pydantic import BaseModel, ConfigDict, create_model

from genphase.things import GRADIENT, KindName, Typical, name_of, not_numeric

if TYPE_CHECKING:
    from genphase.draws.instance import Instance
    from genphase.parameters import Parameters


class Problem(ABC):
    """A problem; its name is that of its file.

    Attributes
    ----------
    observation, objective : what is observed, and f(x), in symbols; empty where nobody says.
    offers : what solvers can ask of it.
    measured : whether the signal is seen through a measurement matrix A.
    from_file : whether its network can be one from a file.
    m_counts : what m counts; empty where the observation has as many entries as the signal.
    matrix_noise : the symbol of the noise's level, where the noise is a matrix with one law.
    codes : how many latent codes there are.
    theories : the names of the limits and levels that are about it.
    typical : what a trial costs; None where that depends on the solver.
    """

    kind: ClassVar[KindName] = "problem"
    observation: ClassVar[str] = ""
    objective: ClassVar[str] = ""
    offers: ClassVar[frozenset[str]] = frozenset({GRADIENT})
    measured: ClassVar[bool] = False
    m_counts: ClassVar[str] = ""
    from_file: ClassVar[bool] = False
    matrix_noise: ClassVar[str] = ""
    codes: ClassVar[int] = 1
    theories: ClassVar[tuple[str, ...]] = ()
    typical: ClassVar[Typical | None] = None

    @property
    def module(self) -> str:
        """Return the module that defines it."""
        return type(self).__module__

    @property
    def function_name(self) -> str:
        """Return the name of its class, by which a file's things are told apart."""
        return type(self).__name__

    @property
    def source(self) -> Path:
        """Return the file that it is defined in."""
        return Path(inspect.getfile(type(self)))

    @cached_property
    def options(self) -> type[BaseModel]:
        """Return the model of its options."""
        return create_model(self.name, __config__=ConfigDict(extra="forbid"))

    def is_numeric(self, option: str) -> bool:
        """Return whether an option is a number."""
        return option not in not_numeric(self.options)

    @property
    def run_by(self) -> list[Path]:
        """Return the files whose import closures run it."""
        return [self.source]

    @property
    def said_in(self) -> list[Path]:
        """Return the files that hold what is known about it."""
        classes = [found for found in type(self).__mro__ if issubclass(found, Problem)]
        return [Path(inspect.getfile(found)) for found in classes]

    @property
    def summary(self) -> str:
        """Return the first line of its documentation."""
        return (inspect.getdoc(type(self)) or "").partition("\n")[0]

    @property
    def name(self) -> str:
        """Return the name by which sweeps name it."""
        return self.module.rpartition(".")[2]

    @abstractmethod
    def draw(self, parameters: Parameters, trial: int) -> Instance:
        """Draw the instance of a trial."""

    def has_matrix(self, measurements: str) -> bool:
        """Return whether a matrix stands behind the network: measurements, or one with a spike."""
        return bool(self.matrix_noise) or (self.measured and measurements != "identity")

    def has_m_of_its_own(self, measurements: str) -> bool:
        """Return whether m can be another number than the entries of the signal."""
        return bool(self.m_counts) and (not self.measured or measurements != "identity")

    def entries(self, parameters: Parameters) -> int:
        """Return the number of random entries of the layers of an instance."""
        layers = [parameters.k, *parameters.network.widths]
        if self.has_matrix(name_of(parameters.measurements)):
            layers.append(parameters.m)
        found = _entries(layers)
        if self.codes > 1:
            found += _entries([parameters.second.k, *parameters.second.widths])
        return found

    def tiny(self) -> dict[str, Any]:
        """Return the parameters of a smallest trial that not all problems have alike."""
        return {
            "m": 3 if self.m_counts else 4,
            "measurements": "gaussian" if self.measured else "identity",
            "noise": {"law": "matrix" if self.matrix_noise else "sphere", "level": 0},
        }


def _entries(layers: list[int]) -> int:
    return sum(a * b for a, b in zip(layers, layers[1:], strict=False))
