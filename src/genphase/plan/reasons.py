"""Why a cell would be run: what differs from what the results were made from."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, NamedTuple

from genphase.cells.grid import Cell, numerics_of_sweep, show
from genphase.parameters import Parameters
from genphase.tables.built import Built

# The most reasons of one kind that are listed one by one, and the most lines.
_TOLD = 3
_LINES = 10


class Missing(NamedTuple):
    """A cell that lacks trials.

    stored : how many of its trials are in the store.
    lacking : how many are not.
    damage : why its file in the store cannot be trusted; empty where it can.
    unmeasured : whether further trials are stored, without an error that the sweep asks for.
    """

    cell: Cell
    stored: int
    lacking: int
    damage: str = ""
    unmeasured: bool = False


class Reason(NamedTuple):
    """Why a cell would be run.

    kind : what it has in common with other cells.
    text : what is so for this cell.
    """

    kind: str
    text: str


def reasons(missing: Sequence[Missing], built: Built | None) -> list[Reason]:
    """Return why each of these cells would be run.

    Parameters
    ----------
    missing
        The cells.
    built
        What the results were made from; None where there are no results, or none that say it.
    """
    if not missing:
        return []
    if built is None:
        return [_stored(item) or _LOST[False] for item in missing]
    before = _Before(built)
    return [_stored(item) or before.reason(item.cell) for item in missing]


def summary(found: Iterable[Reason]) -> dict[str, int]:
    """Return the number of cells by reason, most first.

    Many reasons of one kind, such as those of many new values of an axis, are told as one with an
    example.
    """
    texts: dict[str, Counter[str]] = defaultdict(Counter)
    for reason in found:
        texts[reason.kind][reason.text] += 1
    counts: Counter[str] = Counter()
    for kind, here in texts.items():
        if len(here) <= _TOLD:
            counts.update(here)
        else:
            counts[f"{kind}, such as {next(iter(here))}"] = here.total()
    return dict(counts.most_common())


def shortened(counts: Mapping[str, int]) -> list[str]:
    """Return a line for each of the first reasons, and one for the rest of a long list."""
    shown = list(counts.items())[:_LINES]
    rest = list(counts.values())[_LINES:]
    width = len(str(shown[0][1])) if shown else 0
    lines = [f"{count:{width}}  {text}" for text, count in shown]
    if rest:
        lines.append(f"{sum(rest):{width}}  for {len(rest)} other reasons; --cells names them")
    return lines


def described(item: Missing, reason: Reason) -> dict[str, Any]:
    """Return a cell that would be run as JSON holds it."""
    return {
        "cell": item.cell.id,
        "solver": item.cell.solver,
        "axes": dict(item.cell.point),
        "trials_stored": item.stored,
        "trials_missing": item.lacking,
        "reason": reason.text,
    }


_LOST = {
    False: Reason("not in the store", "not in the store"),
    True: Reason("lost", "not in the store, though built before"),
}


def _stored(item: Missing) -> Reason | None:
    """Return the reason that the cell's own file gives."""
    if item.damage:
        return Reason(
            "damaged files in the store", f"its file in the store is damaged: {item.damage}"
        )
    if item.unmeasured:
        kind = "stored trials lack what is kept"
        return Reason(kind, "its stored trials lack an error, or x̂, that the sweep asks for")
    if item.stored:
        text = f"{item.stored} of {item.stored + item.lacking} trials are stored"
        return Reason("a part of the trials is stored", text)
    return None


class _Before:
    """What was built, as cells are compared with it."""

    def __init__(self, built: Built) -> None:
        # The values that have cells: `where` may have dropped others.
        self.axes = {name: {cell.point[name] for cell in built.cells} for name in built.sweep.axes}
        self.solvers = {cell.solver for cell in built.cells}
        now = numerics_of_sweep(built.sweep)
        self.renewed = {name for name in now if built.numerics.get(name) != now[name]}
        # Cells are of the files as they are now.
        self.files = built.files
        # A point has the same cells in whatever order the axes are.
        self.cells = {(cell.solver, _key(cell)): cell.parameters for cell in built.cells}

    def reason(self, cell: Cell) -> Reason:
        if cell.round:
            return Reason(
                "rounds of the refinement", f"round {cell.round} of the refinement adds it"
            )
        before = self.cells.get((cell.solver, _key(cell)))
        if before is None:
            return self._new(cell)
        if before.content != cell.parameters.content:
            return self._changed(before, cell)
        if edited := self._edited(before):
            return Reason("edited files", f"{_and(edited)} {_was(edited)} edited")
        if self._other_numerics(cell):
            return Reason("the numerics changed", "the numerics changed")
        return _LOST[True]

    def _new(self, cell: Cell) -> Reason:
        if cell.solver not in self.solvers:
            return Reason("new solvers", f"solver {cell.solver} is new")
        axes = [f"axis {name} is new" for name in cell.point if name not in self.axes]
        axes += [f"axis {name} is gone" for name in self.axes if name not in cell.point]
        if axes:
            return Reason("other axes", _and(axes))
        new = {k: v for k, v in cell.point.items() if v not in self.axes[k]}
        if not new:
            return Reason("new grid points", "new grid point")
        values = _and([f"{name} = {show(value)}" for name, value in new.items()])
        text = f"{values} {'is' if len(new) == 1 else 'are'} new"
        return Reason(f"new values of {_and(list(new))}", text)

    def _edited(self, before: Parameters) -> list[str]:
        """Return the networks and images of a cell whose files have other content than they had."""
        return [
            file for file, is_now in before.files.items() if self.files.get(file, is_now) != is_now
        ]

    def _other_numerics(self, cell: Cell) -> bool:
        return cell.solver in self.renewed

    def _changed(self, before: Parameters, cell: Cell) -> Reason:
        old, new = _flat(before.content), _flat(cell.parameters.content)
        keys = [key for key in {**old, **new} if old.get(key) != new.get(key)]
        changes = [f"{key} {_written(old.get(key))} -> {_written(new.get(key))}" for key in keys]
        edited = self._edited(before)
        more = [f"{_and(edited)} {_was(edited)} edited"] if edited else []
        more += ["other numerics"] if self._other_numerics(cell) else []
        return Reason(f"other {_and(keys)}", ", ".join(changes + more))


def _key(cell: Cell) -> frozenset[tuple[str, Any]]:
    return frozenset(cell.point.items())


def _flat(content: Mapping[str, Any], prefix: str = "") -> dict[str, Any]:
    """Return nested parameters by dotted key, as ``solver.options["step"]``."""
    flat: dict[str, Any] = {}
    for key, value in content.items():
        if isinstance(value, Mapping):
            flat |= _flat(value, f"{prefix}{key}.")
        else:
            flat[prefix + key] = value
    return flat


def _written(value: Any) -> str:
    if isinstance(value, float) and value.is_integer() and abs(value) < 1e15:
        value = int(value)
    return show(value) if isinstance(value, int | float | tuple) else str(value)


def _was(names: Sequence[str]) -> str:
    return "was" if len(names) == 1 else "were"


def _and(names: Sequence[str]) -> str:
    return " and ".join([", ".join(names[:-1]), names[-1]] if len(names) > 1 else names)
