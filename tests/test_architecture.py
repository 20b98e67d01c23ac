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


# What belongs to one kind beside its two files: tables that it alone is drawn from, its explorer.
PARTS = {
    "portrait": {"figures/explorer/marks.py"},
    "curve": {"figures/explorer/marks.py", "tables/curve.py", "tables/check.py"},
    "gallery": {"tables/gallery.py", "tables/images.py"},
    "profile": {"tables/profile.py"},
    "scaling": {"tables/scaling.py"},
    "shift": {"tables/shifts.py"},
}
# Where a word that names a kind is something else: a key of sweep files, a table, an argument.
OTHERWISE = {
    "trace": {
        *("things.py", "cells/solve.py", "jobs/recipes.py", "sweep/models.py", "sweep/read.py"),
        "trace_cells.py",
    },
    "images": {
        *("cells/grid.py", "images/sources.py", "jobs/recipes.py", "jobs/workflow.py"),
        "results.py",
    },
}


def named_in(path):
    """The files of kinds that a file imports, and the names and texts that stand in it."""
    files, texts = set(), set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            texts.add(node.value)
        elif isinstance(node, ast.ImportFrom) and node.module == "genphase.sweep.figures":
            texts |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module == "genphase.sweep.kinds":
            files |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module.startswith("genphase.sweep.kinds."):
            files.add(node.module.rpartition(".")[2])
    return files, texts


def test_a_kind_of_figure_is_named_in_its_own_files_only():
    from genphase.sweep.figures import KINDS

    scripts = {path.name: path for path in (ROOT / "scripts").glob("*.py")}
    modules = {path.relative_to(PACKAGE).as_posix(): path for path in PACKAGE.rglob("*.py")}
    found = {name: named_in(path) for name, path in {**scripts, **modules}.items()}
    # The one table of all kinds.
    del found["sweep/figures.py"]
    assert len({kind.__module__ for kind in KINDS.values()}) == len(KINDS)
    for name, kind in KINDS.items():
        stem = kind.__module__.rpartition(".")[2]
        own = {f"sweep/kinds/{stem}.py", f"figures/{stem}.py", *PARTS.get(stem, ())}
        importing = {file for file, (files, _) in found.items() if stem in files}
        saying = {file for file, (_, texts) in found.items() if {name, kind.__name__} & texts}
        assert importing <= own, f"{importing - own}: ask the figure, not whether it is a {name}"
        others = saying - own - OTHERWISE.get(name, set())
        assert not others, f"{others}: ask the figure, not whether it is a {name}"
        # No exception outlives its reason.
        assert OTHERWISE.get(name, set()) <= saying
        assert PARTS.get(stem, set()) <= importing


def test_what_draws_a_kind_is_in_the_file_of_its_name():
    import genphase.figures.draw
    from genphase.sweep.figures import KINDS

    for kind in KINDS.values():
        stem = kind.__module__.rpartition(".")[2]
        assert callable(getattr(genphase.figures, stem).draw), stem
