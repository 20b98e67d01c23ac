"""The models of what a sweep leaves to its trials: how many there are, and further grid points."""

from typing import Any

from pydantic import Field, model_validator

from genphase.errors import BadValue
from genphase.language.fields import Number, Strict
from genphase.sweep.kinds.base import Names

MAX_TRIALS = 1_000_000
MAX_BUDGET = 1_000_000_000


class Until(Strict):
    """When the trials of a cell are enough."""

    interval_width: Number = Field(
        gt=0, lt=1, description="the 95 % Wilson interval of its rate is no longer than this"
    )


class ByNeed(Strict):
    """As many trials as the interval of each cell needs."""

    at_least: int = Field(ge=1, le=MAX_TRIALS, description="trials of every cell")
    at_most: int = Field(ge=1, le=MAX_TRIALS, description="the most trials of a cell")
    until: Until = Field(description="when a cell has enough")

    @model_validator(mode="after")
    def _in_order(self) -> "ByNeed":
        if self.at_most < self.at_least:
            raise BadValue(
                f"at_most: {self.at_most} is below at_least: {self.at_least}", "raise at_most"
            )
        return self

    @property
    def most(self) -> int:
        """Return the most trials that a cell can get."""
        return self.at_most


class ByBudget(Strict):
    """A number of trials in all, spent where they narrow the crossings most."""

    budget: int = Field(ge=1, le=MAX_BUDGET, description="trials of all cells together")
    at_least: int = Field(
        10, ge=1, le=MAX_TRIALS, description="trials of every cell, to begin with"
    )
    at_most: int | None = Field(
        None, ge=1, le=MAX_TRIALS, description="the most trials of a cell; default: no limit"
    )

    @model_validator(mode="before")
    @classmethod
    def _alone(cls, value: Any) -> Any:
        if isinstance(value, dict) and "until" in value:
            text = "a budget is given, and until is, too: trials end by one of them"
            raise BadValue(text, "remove budget or until")
        return value

    @model_validator(mode="after")
    def _in_order(self) -> "ByBudget":
        if self.at_most is not None and self.at_most < self.at_least:
            raise BadValue(
                f"at_most: {self.at_most} is below at_least: {self.at_least}", "raise at_most"
            )
        return self

    @property
    def most(self) -> int:
        """Return the most trials that a cell can get."""
        return self.budget if self.at_most is None else min(self.at_most, self.budget)


class Refine(Strict):
    """Grid points between others, where the interval of the rate holds 50 %."""

    rounds: int = Field(
        1, ge=1, le=6, description="how often; each halves the distance of the grid's values there"
    )
    along: Names | None = Field(
        None, description="the axes; default: those of the first portrait, or the transition's"
    )
    log: Names | None = Field(
        None,
        description="those of them whose new values are geometric means; default: those that the "
        "first portrait draws on a log scale",
    )
