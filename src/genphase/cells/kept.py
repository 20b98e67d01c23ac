"""What is kept of trials beside their records: further errors, and the estimates themselves.

It is no part of a cell's identity. A stored trial that lacks some of it gets it, without being
solved again if its estimate is kept.
"""

from collections.abc import Mapping
from functools import cached_property
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict

from genphase.canonical import canonical
from genphase.identity import source_version
from genphase.records import Record, Trial
from genphase.sweep.models import Sweep
from genphase.things import ERRORS, Accuracy, Choice, Named, name_of, options_of

# Under which name the estimate itself is kept; [] of a method without the network.
LATENT = "latent"


class Asked(BaseModel):
    """An error that a sweep asks for.

    label : the name of its column.
    error : which one, with its options.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    label: str
    error: Annotated[Choice, Named(ERRORS)]

    @property
    def thing(self) -> Accuracy:
        """Return the error itself."""
        found: Accuracy = ERRORS.of(self.error)
        return found

    @cached_property
    def what(self) -> str:
        """Return what is computed, whatever the code."""
        return f"{name_of(self.error)}{canonical(options_of(self.error))}"

    @cached_property
    def key(self) -> str:
        """Return under which name its value is kept: what is computed, and by which code."""
        return f"{self.what}@{source_version(self.thing.source)}"


class Kept(BaseModel):
    """What is kept of the trials of a sweep.

    errors : further errors, in the order of their columns.
    latent : whether x̂ is kept, too.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    errors: tuple[Asked, ...] = ()
    latent: bool = False

    @property
    def columns(self) -> list[str]:
        """Return the columns of the further errors."""
        return [asked.label for asked in self.errors]

    @cached_property
    def keys(self) -> list[str]:
        """Return the names of all that a trial is to have."""
        return [asked.key for asked in self.errors] + [LATENT] * self.latent

    def lacked(self, trial: Trial) -> list[str]:
        """Return the names of what a stored trial does not have."""
        return [key for key in self.keys if key not in trial.kept]

    def values(self, trial: Trial) -> list[float]:
        """Return the further errors of a trial."""
        return [trial.kept[asked.key] for asked in self.errors]

    def error(self, trial: Trial, column: str | None) -> float:
        """Return the error of a trial in a column; NaN where there is no column."""
        if column is None:
            return float("nan")
        if column in Record._fields:
            return float(getattr(trial.record, column))
        return dict(zip(self.columns, self.values(trial), strict=True))[column]

    def written(self) -> dict[str, Any]:
        """Return it as JSON holds it, with the versions of the code."""
        return {"keys": self.keys, **self.model_dump()}


NOTHING = Kept()


def kept_of(sweep: Sweep) -> Kept:
    """Return what is kept of a sweep's trials."""
    return Kept.model_validate({"errors": sweep.further_errors(), "latent": sweep.keep == LATENT})


def worst_errors(sweep: Sweep) -> dict[str, str]:
    """Return the worst value of each further error of a sweep, as text."""
    found: dict[str, str] = {}
    if sweep.success is None:
        return found
    success = sweep.success
    for error in sweep.all_errors():
        if error.thing.of_instance:
            # How a run ended says nothing of it.
            continue
        facts = error.thing.facts
        larger = facts.get("larger_is_better")
        if larger is None and error.column == success.column:
            larger = success.larger_is_better
        worst = "-inf" if larger else "inf"
        found[error.column] = str(facts.get("worst", worst))
    return found


def read_kept(written: Mapping[str, Any]) -> Kept:
    """Return what :meth:`Kept.written` wrote; its keys are those of the code as it is now."""
    return Kept.model_validate({key: part for key, part in written.items() if key != "keys"})
