"""All things that a sweep can name, as lines for a terminal and as tables for a document."""

from collections.abc import Iterable, Iterator
from typing import Any

from genphase.things import ERRORS, KINDS, PROBLEMS, QUANTITIES, SOLVERS


def lines() -> Iterator[str]:
    """Yield all things by kind, with options and where they are from, and what fits what."""
    for kind in KINDS:
        yield f"{kind.kind}:"
        for thing in kind:
            place = "" if thing.module.startswith("genphase.") else f" (from {thing.module})"
            yield f"  {_called(thing)}: {thing.summary}{place}"
    yield "which solver fits which problem:"
    for problem in PROBLEMS:
        yield f"  {problem.name}: {', '.join(_fitting(problem)) or 'none'}"


def tables() -> dict[str, str]:
    """Return tables in Markdown, by what they are of."""
    problems = [
        (f"`{p.name}`", p.summary, p.observation, p.objective, _names(_fitting(p)))
        for p in PROBLEMS
    ]
    solvers = [(f"`{_called(s)}`", s.summary, ", ".join(sorted(s.needs))) for s in SOLVERS]
    laws = [
        (f"`{kind.kind}`", f"`{_called(law)}`", law.summary)
        for kind in KINDS
        if kind not in (PROBLEMS, SOLVERS, ERRORS, QUANTITIES)
        for law in kind
    ]
    quantities = [
        (f"`{_called(q)}`", q.summary, ", ".join(q.facts.get("needs", ()))) for q in QUANTITIES
    ]
    errors = [
        (f"`{_called(e)}`", e.summary, "yes" if e.facts.get("larger_is_better") else "")
        for e in ERRORS
    ]
    return {
        "problems": _table(
            ["problem", "recovers", "observation", "objective", "solvers"], problems
        ),
        "solvers": _table(["solver", "what it does", "needs of a problem"], solvers),
        "laws": _table(["key", "law", "what it does"], laws),
        "errors": _table(["error", "what it is", "larger is better"], errors),
        "quantities": _table(["quantity", "what it is", "needs"], quantities),
    }


def _called(thing: Any) -> str:
    """Return the name of a thing with its options and their defaults."""
    options = ", ".join(
        name if field.is_required() else f"{name} = {field.default}"
        for name, field in thing.options.model_fields.items()
    )
    return f"{thing.name}({options})" if options else thing.name


def _fitting(problem: Any) -> list[str]:
    return [solver.name for solver in SOLVERS if not solver.lacks(problem)]


def _names(names: Iterable[str]) -> str:
    return ", ".join(f"`{name}`" for name in names)


def _table(head: list[str], rows: Iterable[tuple[str, ...]]) -> str:
    # A bar within a cell would end it.
    body = [[cell.replace("|", r"\|") for cell in row] for row in rows]
    cells = [head, ["---"] * len(head), *body]
    return "\n".join(f"| {' | '.join(row)} |" for row in cells)
