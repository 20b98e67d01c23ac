"""docs/architecture.md's table of rooms is made from the layers that the linter holds."""

import ast
import tomllib
from pathlib import Path

ROOT = Path(__file__).parents[1]
PACKAGE = ROOT / "src/genphase"
DOCUMENT = ROOT / "docs/architecture.md"


def layers():
    content = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    (contract,) = content["tool"]["importlinter"]["contracts"]
    return [[name.strip() for name in layer.split("|")] for layer in contract["layers"]]


def said(name):
    """The first sentence of a room's, or a single file's, docstring."""
    path = PACKAGE / name / "__init__.py"
    path = path if path.exists() else PACKAGE / f"{name}.py"
    text = ast.get_docstring(ast.parse(path.read_text(encoding="utf-8")))
    first = text.partition("\n\n")[0].replace("\n", " ").rstrip(".")
    return first[0].upper() + first[1:]


def table():
    lines = ["| room | holds |", "|---|---|"]
    for layer in layers():
        for name in layer:
            shown = f"`{name}/`" if (PACKAGE / name).is_dir() else f"`{name}.py`"
            lines.append(f"| {shown} | {said(name)} |")
    return "\n".join(lines)


def test_the_table_of_the_document_is_that_of_the_layers():
    assert table() in DOCUMENT.read_text(encoding="utf-8"), f"write there:\n{table()}"


def test_the_rooms_are_those_of_the_layers():
    found = {path.stem for path in PACKAGE.glob("*.py")} - {"__init__"}
    found |= {path.parent.name for path in PACKAGE.glob("*/__init__.py")}
    assert found == {name for layer in layers() for name in layer}


NAMES = [path.stem for room in ("problems", "solvers") for path in (PACKAGE / room).glob("*.py")]


def test_a_problem_and_a_solver_are_named_in_their_own_file_only():
    from genphase.things import PROBLEMS, SOLVERS

    for name in (*PROBLEMS.names, *SOLVERS.names):
        # PLUGIn, subgradient and gradient descent are words of mathematics too.
        quoted = [f'"{name}"', f"'{name}'"]
        files = {
            path.relative_to(PACKAGE).as_posix()
            for path in PACKAGE.rglob("*.py")
            if any(text in path.read_text(encoding="utf-8") for text in quoted)
        }
        assert not files, (name, files)
        assert name in NAMES
