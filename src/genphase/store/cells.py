"""The cell store: finished trials, one self-describing, checksummed file per cell.

A file is written whole: to a temporary name, flushed to disk, renamed. What cannot be trusted
(truncated, edited, of other parameters) is set aside with a warning and computed again; nothing
is deleted unless a person asks for it.
"""

import json
import logging
import math
import re
from collections.abc import Iterable, Iterator, Mapping
from contextlib import AbstractContextManager
from pathlib import Path
from time import perf_counter
from typing import Any, NamedTuple
from uuid import uuid4

from genphase.canonical import canonical, digest
from genphase.files import locked, write_whole
from genphase.identity import numerics_of
from genphase.parameters import Parameters
from genphase.records import Measured, Record, Timing, Trial

FORMAT = 3

_INFINITE = ("inf", "-inf")
_NAME = re.compile(r"[0-9a-f]{20}\.json")

_log = logging.getLogger(__name__)


def record_of(parameters: Parameters) -> type[Record] | type[Measured]:
    """Return what the trials of a cell say: a record of a run, or what was measured."""
    return Measured if parameters.solver is None else Record


def columns_of(parameters: Parameters) -> list[str]:
    """Return the columns of the trials of a cell: their record, then their timing."""
    return [*record_of(parameters)._fields, *Timing._fields]


class BadCellFile(ValueError):
    """A cell file that cannot be trusted; the message says why."""


class Taken(NamedTuple):
    """What came from another store's file of a cell.

    new : trials that this store had not.
    other_digits : trials that both have, with records that are not the same to the last digit.
    """

    new: int
    other_digits: int


class CellStore:
    """The finished trials of all cells of all sweeps in a results folder.

    Parameters
    ----------
    folder : where the files are; made when first written to.

    Attributes
    ----------
    save_seconds : how long the last `save` took.

    Notes
    -----
    A cell's file is ``<first two digits of the id>/<id>.json``. Writers of the same subfolder wait
    for each other, and a write keeps what another writer has stored meanwhile.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.save_seconds = 0.01

    def path(self, cell: str) -> Path:
        """Return the file of a cell."""
        return self.folder / cell[:2] / f"{cell}.json"

    def read(self, cell: str, parameters: Parameters) -> dict[int, Trial]:
        """Return the stored trials of a cell by index; empty where there are none.

        Raises
        ------
        BadCellFile
            If the file is not what was written for these parameters.
        """
        try:
            text = self.path(cell).read_text(encoding="utf-8")
        except FileNotFoundError:
            return {}
        except UnicodeDecodeError as error:
            raise BadCellFile(f"not text: {error}") from None
        return _decode(text, cell, parameters)

    def load(self, cell: str, parameters: Parameters) -> dict[int, Trial]:
        """Return the stored trials of a cell; a file that cannot be trusted is set aside."""
        try:
            return self.read(cell, parameters)
        except BadCellFile as error:
            with self._locked(cell):
                return self._load_again(cell, parameters, error)

    def save(self, cell: str, parameters: Parameters, trials: Iterable[Trial]) -> None:
        """Add trials to a cell's file."""
        begun = perf_counter()
        with self._locked(cell):
            try:
                stored = self.read(cell, parameters)
            except BadCellFile as error:
                stored = self._load_again(cell, parameters, error)
            for trial in trials:
                index = trial.record.trial
                stored[index] = trial.updated(stored.get(index))
            write_whole(self.path(cell), _encode(cell, parameters, stored))
        self.save_seconds = perf_counter() - begun

    def cells(self) -> Iterator[str]:
        """Return the ids of the cells that have a file, in order; other files are passed over."""
        for path in sorted(self.folder.glob("??/*.json")):
            if _NAME.fullmatch(path.name) and self.path(path.stem) == path and path.is_file():
                yield path.stem

    def head(self, cell: str) -> Mapping[str, Any]:
        """Return what a cell's file says of itself: its numerics, parameters and more.

        Files of other numerics and of older formats are read too.

        Raises
        ------
        BadCellFile
            If the file is not what was written.
        """
        try:
            content, _ = _checked(self.path(cell).read_text(encoding="utf-8"))
            if content["cell"] != cell:
                raise BadCellFile("written for another cell")
            return {"numerics": content["numerics"], "parameters": dict(content["parameters"])}
        except BadCellFile:
            raise
        except (OSError, ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
            raise BadCellFile(f"not readable ({error})") from None

    def take(self, other: "CellStore", cell: str) -> "Taken":
        """Add the trials that another store has of a cell; what this store has stays as it is.

        Raises
        ------
        BadCellFile
            If one of the two files is not what was written, or they are of different formats.
        """
        text = other.path(cell).read_text(encoding="utf-8")
        head, theirs = _known(text, cell)
        with self._locked(cell):
            try:
                own_head, own = _known(self.path(cell).read_text(encoding="utf-8"), cell)
            except FileNotFoundError:
                write_whole(self.path(cell), text)
                return Taken(len(theirs), 0)
            if own_head != head:
                raise BadCellFile("the two stores have files of different formats")
            known = {row[0]: row for row in own}
            new = [row for row in theirs if row[0] not in known]
            size = head["columns"].index(Timing._fields[0])
            other_digits = sum(
                row[:size] != known[row[0]][:size] for row in theirs if row[0] in known
            )
            if new:
                rows = sorted([*own, *new], key=lambda row: row[0])
                write_whole(self.path(cell), _written_file(head, rows))
        return Taken(len(new), other_digits)

    def count(self, cell: str) -> int:
        """Return how many trials a cell's file holds; nothing is checked, for progress only."""
        try:
            return self.path(cell).read_bytes().count(b"\n[")
        except FileNotFoundError:
            return 0

    def remove(self, cell: str) -> None:
        """Delete a cell's file: its trials are gone."""
        with self._locked(cell):
            self.path(cell).unlink(missing_ok=True)

    def _load_again(
        self, cell: str, parameters: Parameters, error: BadCellFile
    ) -> dict[int, Trial]:
        """Set a bad file aside, unless another writer has replaced it by a good one."""
        try:
            return self.read(cell, parameters)
        except BadCellFile:
            path = self.path(cell)
            aside = self.folder / "set-aside" / f"{path.stem}-{uuid4().hex[:8]}.json"
            aside.parent.mkdir(exist_ok=True)
            path.rename(aside)
            _log.warning("%s: %s; set aside as %s and computed again", path, error, aside)
            return {}

    def _locked(self, cell: str) -> AbstractContextManager[None]:
        return locked(self.path(cell).parent / ".lock")


def _encode(cell: str, parameters: Parameters, trials: dict[int, Trial]) -> str:
    """Return a cell file: JSON with one trial per line and a checksum of all the rest."""
    head = {
        "format": FORMAT,
        "cell": cell,
        "numerics": numerics_of(parameters),
        "parameters": parameters.content,
        "columns": [*columns_of(parameters), "kept"],
    }
    rows = [
        [_finite(value) for value in (*trial.record, *trial.timing, dict(trial.kept))]
        for _, trial in sorted(trials.items())
    ]
    return _written_file(head, rows)


def _written_file(head: dict[str, Any], rows: list[list[Any]]) -> str:
    lines = ",\n".join(map(canonical, rows))
    return (
        f"{canonical(head)[:-1]},\n"
        f'"checksum":"{_checksum(head, rows)}",\n"trials":[\n{lines}\n]}}\n'
    )


def _finite(value: Any) -> Any:
    """Return a value as JSON holds it, which has no number that is not finite."""
    if isinstance(value, dict):
        return {name: _finite(part) for name, part in value.items()}
    if isinstance(value, list):
        return list(map(_finite, value))
    if not isinstance(value, float) or math.isfinite(value):
        return value
    return None if math.isnan(value) else str(value)


def _number(value: Any) -> Any:
    """Return what :func:`_finite` was given."""
    if isinstance(value, list):
        return list(map(_number, value))
    return math.nan if value is None else float(value) if value in _INFINITE else value


def _checksum(head: dict[str, Any], rows: list[list[Any]]) -> str:
    return digest(canonical([head, rows]), 64)


def _checked(text: str) -> tuple[dict[str, Any], list[list[Any]]]:
    """Return the head of a cell file and its trials, which have the checksum that it says."""
    content = json.loads(text)
    checksum, rows = content.pop("checksum"), content.pop("trials")
    if checksum != _checksum(content, rows):
        raise BadCellFile("the checksum does not match")
    return content, rows


def _known(text: str, cell: str) -> tuple[dict[str, Any], list[list[Any]]]:
    """Return the head and the trials of a cell file of this format.

    Raises
    ------
    BadCellFile
        If it is not one of this cell, or not what was written.
    """
    try:
        head, rows = _checked(text)
        if (head["format"], head["columns"], head["cell"]) not in _known_heads(cell):
            raise BadCellFile("written in another format, or for another cell")
    except BadCellFile:
        raise
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        raise BadCellFile(f"not readable ({error})") from None
    return head, rows


def _known_heads(cell: str) -> list[tuple[int, list[str], str]]:
    """Return what the head of a file of this format and cell can say."""
    records = (Record, Measured)
    return [(FORMAT, [*kind._fields, *Timing._fields, "kept"], cell) for kind in records]


def _decode(text: str, cell: str, parameters: Parameters) -> dict[int, Trial]:
    try:
        content, rows = _checked(text)
        written = [*columns_of(parameters), "kept"]
        if (content["format"], content["columns"]) != (FORMAT, written):
            raise BadCellFile("written in another format")
        if content["cell"] != cell or content["parameters"] != json.loads(
            canonical(parameters.content)
        ):
            raise BadCellFile("written for other parameters")
        kind = record_of(parameters)
        size = len(kind._fields)
        trials = [
            Trial(
                kind(*map(_number, row[:size])),
                Timing(*map(_number, row[size:-1])),
                {name: _number(value) for name, value in row[-1].items()},
            )
            for row in rows
        ]
    except BadCellFile:
        raise
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        raise BadCellFile(f"not readable ({error})") from None
    return {trial.record.trial: trial for trial in trials}
