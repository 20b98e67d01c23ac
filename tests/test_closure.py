"""The import closure of scripts: as the modules that their jobs really load, and no less."""

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from genphase.sources import PACKAGE, closure, closure_fingerprint, source_of
from genphase.things import KINDS

REPOSITORY = PACKAGE.parents[1]
SCRIPTS = sorted((REPOSITORY / "scripts").glob("*.py"))
MODULES = sorted(PACKAGE.rglob("*.py"))
# What only commands, the Snakefile or a later plan need: no job of a sweep can see them.
SEEN_BY_NO_JOB = {
    *("cli/__init__.py", "cli/report.py", "plan/plan.py", "plan/prune.py", "plan/reasons.py"),
    *("jobs/contract.py", "figures/convergence.py", "sweep/read.py", "sweep/config.py"),
    *("statistics/agreement.py", "tables/check.py", "cli/check.py", "cli/measured.py"),
}


@pytest.fixture
def package(tmp_path):
    """A copy of the package's sources."""
    leave = shutil.ignore_patterns("__pycache__")
    return shutil.copytree(PACKAGE, tmp_path / "genphase", ignore=leave)


def versions(package):
    return {script.stem: closure_fingerprint(script, package) for script in SCRIPTS}


def test_an_edit_of_any_module_is_seen_by_the_jobs_that_can_see_it(package):
    before = versions(package)
    seen_by = {script.stem: set(closure(script, package=package)) for script in SCRIPTS}
    names = [module.relative_to(PACKAGE).as_posix() for module in MODULES]
    texts = {name: (package / name).read_text(encoding="utf-8") for name in names}
    for name, text in texts.items():
        (package / name).write_text(f"{text}\n# A comment.\n", encoding="utf-8")
    assert versions(package) == before
    unseen = set()
    for name, text in texts.items():
        path = package / name
        path.write_text(f"{text}\nADDED = 1\n", encoding="utf-8")
        changed = {
            script for script, version in versions(package).items() if version != before[script]
        }
        path.write_text(text, encoding="utf-8")
        assert changed == {stem for stem, files in seen_by.items() if f"genphase/{name}" in files}
        if not changed:
            unseen.add(name)
    assert unseen >= SEEN_BY_NO_JOB
    assert "cells/sampling.py" not in unseen


@pytest.mark.parametrize(
    "script",
    ["collect_trials", "summarise_cells", "draw_figure", "explore_figure", "describe_results"],
)
def test_no_table_and_no_figure_depends_on_kernels(script):
    """An edit of them would make it again, and its job would load numba."""
    found = closure(REPOSITORY / f"scripts/{script}.py")
    assert not [name for name in found if "/kernels/" in name]


def test_no_job_loads_what_takes_long_before_it_needs_it():
    """scipy.stats takes half a second, as long as all else that a table needs."""
    slow = {"scipy.stats", "scipy.interpolate"}
    found = "import sys; sys.path.insert(0, 'scripts'); import {}; print(*sys.modules)"
    for script in SCRIPTS:
        command = [sys.executable, "-c", found.format(script.stem)]
        done = subprocess.run(command, capture_output=True, text=True, check=True, cwd=REPOSITORY)
        assert "genphase" in done.stdout.split(), script.stem
        assert not slow & {*done.stdout.split()}, script.stem


LOADED = """
import importlib.util, sys
spec = importlib.util.spec_from_file_location("script", sys.argv[1])
spec.loader.exec_module(importlib.util.module_from_spec(spec))
print([m.__file__ for n, m in sys.modules.items() if n.split(".")[0] == "genphase"])
"""


@pytest.mark.parametrize("script", SCRIPTS, ids=lambda script: script.stem)
def test_what_a_script_loads_is_in_its_closure(script):
    done = subprocess.run(
        [sys.executable, "-c", LOADED, str(script)], capture_output=True, text=True, check=True
    )
    loaded = {Path(file) for file in eval(done.stdout)}
    assert len(loaded) > 3
    # The things that a sweep names are found by their names; the recipe of a job has their code.
    things = [source_of(thing.module) for kind in KINDS for thing in kind]
    things.append(source_of("genphase.problems.brought"))
    assert loaded <= set(closure(script, *things).values())


@pytest.mark.parametrize(
    ("statement", "module"),
    [
        ("from genphase.cells.grid import expand", "cells/grid.py"),
        ("from genphase.language import axes", "language/axes.py"),
        ("import genphase.kernels.descent", "kernels/descent.py"),
        ("import genphase.jobs.cost as c", "jobs/cost.py"),
        ("def late():\n    from genphase.jobs.run import run_cell", "jobs/run.py"),
        ("if True:\n    import genphase.theory.levels, os", "theory/levels.py"),
    ],
)
def test_imports_of_every_form_are_found(statement, module, tmp_path):
    script = tmp_path / "script.py"
    script.write_text(f"{statement}\n", encoding="utf-8")
    found = closure(script)
    assert PACKAGE / module in found.values()
    assert PACKAGE / "__init__.py" in found.values()


def test_what_a_module_imports_is_found_through_it(tmp_path):
    script = tmp_path / "script.py"
    script.write_text("from genphase.tables.cells import summarise\n", encoding="utf-8")
    # The confidence of intervals, which statistics/rates.py takes from there.
    assert PACKAGE / "statistics/wilson.py" in closure(script).values()


def test_a_relative_import_is_refused(package):
    script = package / "script.py"
    script.write_text("from .grid import expand\n", encoding="utf-8")
    with pytest.raises(ValueError, match=r"script.py imports .*grid.*: write genphase"):
        closure(script, package=package)


def test_what_a_file_of_a_users_imports_beside_it_is_found(tmp_path):
    (tmp_path / "methods").mkdir()
    for name, text in {
        "mine.py": "import numpy\nimport steps\nfrom helpers.more import f\n",
        "steps.py": "import lengths\n",
        "lengths.py": "",
        "helpers/__init__.py": "",
        "helpers/more.py": "from . import other\n",
        "helpers/other.py": "",
        "unused.py": "",
    }.items():
        (tmp_path / "methods" / name).parent.mkdir(exist_ok=True)
        (tmp_path / "methods" / name).write_text(text)
    found = closure(tmp_path / "methods/mine.py")
    files = {path.relative_to(tmp_path / "methods").as_posix() for path in found.values()}
    assert files == {
        *("mine.py", "steps.py", "lengths.py"),
        *("helpers/__init__.py", "helpers/more.py", "helpers/other.py"),
    }
    moved = tmp_path / "methods"
    moved.rename(tmp_path / "elsewhere")
    assert list(closure(tmp_path / "elsewhere/mine.py")) == list(found)


def test_a_fingerprint_does_not_depend_on_where_the_sources_are(package):
    for script in SCRIPTS:
        assert closure_fingerprint(script, package) == closure_fingerprint(script)
