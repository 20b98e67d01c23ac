"""A problem of a user's: what is observed of a signal, and how far an observation is from it."""

from __future__ import annotations

import inspect
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from pydantic import BaseModel

from genphase.problems.base import Problem
from genphase.things import options_model, options_of

if TYPE_CHECKING:
    from genphase.draws.instance import Instance
    from genphase.parameters import Parameters

METHODS = ("observe", "loss", "gradient")


class Brought(Problem):
    """A problem that a decorated class brings, which has the methods of `METHODS`.

    Parameters
    ----------
    made_by : the class; its attribute ``measured`` says whether there is a measurement matrix,
        which is so where it says nothing.
    """

    from_file = True

    def __init__(self, made_by: type) -> None:
        self.made_by = made_by
        self.measured = bool(getattr(made_by, "measured", True))  # type: ignore[misc]
        self.m_counts = "measurements" if self.measured else ""  # type: ignore[misc]

    @property
    def lacking(self) -> list[str]:
        """Return the methods that the class should have and has not."""
        return [name for name in METHODS if not callable(getattr(self.made_by, name, None))]

    @cached_property
    def options(self) -> type[BaseModel]:
        """Return the model of its options: the keyword-only parameters of the class."""
        return options_model(self.name, inspect.signature(self.made_by, eval_str=True))

    @property
    def module(self) -> str:
        """Return the module that defines the class."""
        return self.made_by.__module__

    @property
    def function_name(self) -> str:
        """Return the name of the class."""
        return self.made_by.__name__

    @property
    def source(self) -> Path:
        """Return the file of the class."""
        return Path(inspect.getfile(self.made_by))

    @property
    def run_by(self) -> list[Path]:
        """Return the files whose import closures run it."""
        return [self.source, Path(__file__)]

    @property
    def said_in(self) -> list[Path]:
        """Return the files that hold what is known about it."""
        return [self.source]

    @property
    def summary(self) -> str:
        """Return the first line of the class's documentation."""
        return (inspect.getdoc(self.made_by) or "").partition("\n")[0]

    @property
    def name(self) -> str:
        """Return the name of its file."""
        return self.source.stem

    def draw(self, parameters: Parameters, trial: int) -> Instance:
        """Draw network, measurements, target and noise, and what is observed of them."""
        from genphase.draws.custom import draw_custom

        made = self.made_by(**options_of(parameters.problem))
        return draw_custom(parameters, trial, self, made)


def wrap(made_by: type) -> Brought:
    """Return the problem that a class brings."""
    return Brought(made_by)
