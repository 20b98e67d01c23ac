import hashlib
import json
import math
import random
import shutil
import subprocess
from pathlib import Path
from typing import get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st
from known import FITS, MEASURED, PROBLEMS, SOLVERS, SPIKED
from samples import make_parameters, make_sweep

import genphase
from genphase import identity, sources
from genphase.canonical import canonical
from genphase.cells.grid import expand
from genphase.identity import cell_id, code_of, libraries, numerics_of
from genphase.parameters import Parameters
from genphase.sources import closure, code_fingerprint, source_of
from genphase.things import MEASUREMENTS, NOISES, STARTS, TARGETS, WEIGHTS
from genphase.things import PROBLEMS as PROBLEM
from genphase.things import SOLVERS as SOLVER

PACKAGE = Path(genphase.__file__).parent

# Another valid value of every parameter, and what must change with it.
OTHER = {
    "problem": {"problem": "inversion", "m": 15, "measurements": "identity"},
    "k": {"k": 4},
    "network.widths": {"network": {"widths": (21, 15), "weights": "gaussian", "slope": 0}},
    "network.weights": {"network": {"widths": (20, 15), "weights": "he", "slope": 0}},
    "network.slope": {"network": {"widths": (20, 15), "weights": "gaussian", "slope": 0.1}},
    "m": {"m": 11},
    "measurements": {"measurements": "unit"},
    "target": {"target": "gaussian"},
    "noise.law": {"noise": {"law": "gaussian", "level": 0}},
    "noise.level": {"noise": {"law": "sphere", "level": 1e-300}},
    "noise.shared": {"noise": {"law": "sphere", "level": 0, "shared": True}},
    "start": {"start": 1.0000000000000002},
    "seed": {"seed": 1},
    **{
        f"solver.{name}": {
            "solver": {
                "name": "subgradient",
                "options": {"step": 0.7},
                "max_iter": 500,
                "stop": {"gradient_norm": 1e-10},
                **changes,
            }
        }
        for name, changes in {
            "name": {"name": "plugin"},
            "options": {"options": {"step": 0.7000000000000001}},
            "of_norms": {"of_norms": {"step": {"text": "0.7/norms", "symbols": {}}}},
            "max_iter": {"max_iter": 501},
            "stop.relative_change": {"stop": {"gradient_norm": 1e-10, "relative_change": 1e-9}},
            "stop.gradient_norm": {"stop": {"gradient_norm": 2e-10}},
        }.items()
    },
}


# What is measured has a field of its own, where nothing is solved.
MEASURED_BY = {"solver": None, "quantity": {"name": "wdc", "options": {"layer": 1}}}
OF_QUANTITIES = {
    "quantity.name": {"quantity": {"name": "r2wdc", "options": {"layer": 1}}},
    "quantity.options": {"quantity": {"name": "wdc", "options": {"layer": 2}}},
}
# A second network is one of a problem that has two.
PAIR = {
    "problem": "blind_demodulation",
    "m": 15,
    "measurements": "identity",
    "solver": {"name": "alternating", "step": 1, "max_iter": 5, "stop": {}},
}
SECOND = {"k": 3, "widths": (15,), "weights": "gaussian", "slope": 0}
OF_SECOND = {
    "network.second.k": {"k": 4},
    "network.second.widths": {"widths": (21, 15)},
    "network.second.weights": {"weights": "he"},
    "network.second.slope": {"slope": 0.1},
    "network.second.file": {"file": "0123", "weights": None},
}


def leaves(model, prefix=""):
    for name, field in model.model_fields.items():
        parts = get_args(field.annotation)
        inner = parts[0] if type(None) in parts else field.annotation
        if hasattr(inner, "model_fields"):
            yield from leaves(inner, f"{prefix}{name}.")
        else:
            yield prefix + name


def ids(seed=0, **changes):
    return {cell.id for cell in expand(make_sweep(**changes), seed, "sweep.yaml")}


# Those that JSON has.
FLOATS = st.floats(allow_nan=False, allow_infinity=False)
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | FLOATS | st.text(),
    lambda parts: st.lists(parts) | st.dictionaries(st.text(), parts),
    max_leaves=20,
)


def shuffled(value, source):
    """The same value with the keys of every mapping in another order."""
    if isinstance(value, list):
        return [shuffled(item, source) for item in value]
    if isinstance(value, dict):
        items = [(key, shuffled(item, source)) for key, item in value.items()]
        source.shuffle(items)
        return dict(items)
    return value


@given(JSON, st.integers(0, 2**32))
def test_canonical_json_has_one_text_however_keys_are_ordered(value, seed):
    assert canonical(value) == canonical(shuffled(value, random.Random(seed)))


@given(JSON)
def test_canonical_json_is_the_value(value):
    assert json.loads(canonical(value)) == value


@given(JSON, JSON)
def test_canonical_json_tells_values_apart(a, b):
    if a != b:
        assert canonical(a) != canonical(b)


@given(FLOATS)
def test_canonical_floats_keep_every_bit(value):
    assert json.loads(canonical(value)).hex() == value.hex()


@pytest.mark.parametrize("value", [math.nan, math.inf, -math.inf])
def test_canonical_json_has_no_numbers_that_json_does_not_have(value):
    with pytest.raises(ValueError, match="JSON"):
        canonical([value])


def test_every_parameter_is_in_the_table_of_other_values():
    # Where things are from is no part of the identity: their code and content are.
    elsewhere = {"solver.use", "quantity.use", "network.use", "network.second.use", "network.file"}
    known = {*OTHER, *OF_QUANTITIES, *OF_SECOND}
    assert known == set(leaves(Parameters)) - elsewhere


def with_second(**changes):
    network = {"widths": (20, 15), "weights": "gaussian", "slope": 0}
    return make_parameters(**PAIR, network=network | {"second": SECOND | changes})


@pytest.mark.parametrize("field", OF_SECOND)
def test_the_id_and_the_instances_change_with_the_second_network(field):
    other = with_second(**OF_SECOND[field])
    assert cell_id(other) != cell_id(with_second())
    assert other.instance_entropy != with_second().instance_entropy


def test_the_id_of_a_cell_without_a_second_network_does_not_tell_of_one():
    network = {"widths": (20, 15), "weights": "gaussian", "slope": 0}
    alone, none = (
        make_parameters(**PAIR, network=network | more) for more in ({}, {"second": None})
    )
    assert alone.content == none.content
    assert set(alone.content["network"]) == set(network)
    assert cell_id(alone) != cell_id(with_second())


def test_a_second_network_from_another_place_is_the_same():
    file = OF_SECOND["network.second.file"]
    here, there = (with_second(**file, use=path) for path in ("a.npz", "b/a.npz"))
    assert cell_id(here) == cell_id(there)


def test_a_problem_with_one_network_has_no_second():
    network = {"widths": (20, 15), "weights": "gaussian", "slope": 0, "second": SECOND}
    with pytest.raises(ValueError, match="has one network"):
        make_parameters(network=network)


@pytest.mark.parametrize("field", OF_QUANTITIES)
def test_the_id_of_a_cell_that_measures_changes_with_its_quantity(field):
    first = make_parameters(**MEASURED_BY)
    other = make_parameters(**MEASURED_BY | OF_QUANTITIES[field])
    assert cell_id(first) != cell_id(other) != cell_id(make_parameters())


def test_what_is_measured_is_the_instance_that_solvers_meet():
    assert make_parameters(**MEASURED_BY).instance_entropy == make_parameters().instance_entropy


def test_a_cell_solves_or_measures():
    for both in ({"solver": None}, {"quantity": MEASURED_BY["quantity"]}):
        with pytest.raises(ValueError, match="a solver or a quantity"):
            make_parameters(**both)


@pytest.mark.parametrize("field", OTHER)
def test_a_cell_id_changes_with_every_parameter(field):
    assert cell_id(make_parameters(**OTHER[field])) != cell_id(make_parameters())


def test_a_cell_id_changes_with_the_number_of_restarts():
    solver = {"name": "levenberg_marquardt", "max_iter": 9, "stop": {}}
    ids = {cell_id(make_parameters(solver=solver | {"restarts": n})) for n in (0, 1, 2)}
    assert len(ids) == 3


def test_the_cells_of_the_table_are_all_different():
    assert len({cell_id(make_parameters(**changes)) for changes in OTHER.values()}) == len(OTHER)


@pytest.mark.parametrize("field", OTHER)
def test_instances_depend_on_all_but_the_solver_the_start_and_the_noise(field):
    same = make_parameters(**OTHER[field]).instance_entropy == make_parameters().instance_entropy
    assert same == (field == "start" or field.startswith(("solver.", "noise.")))


def test_an_id_does_not_depend_on_whether_a_number_is_written_as_int_or_float():
    whole = make_parameters(start=1, noise={"law": "sphere", "level": 0})
    fraction = make_parameters(start=1.0, noise={"law": "sphere", "level": 0.0})
    assert cell_id(whole) == cell_id(fraction)
    assert whole.instance_entropy == fraction.instance_entropy


def test_the_seed_of_instances_is_the_hash_of_this_text():
    # It is in no fingerprint: another text would give the stored cells other instances.
    text = (
        '{"k":3,"m":10,"measurements":"gaussian","network":{"slope":0.0,"weights":"gaussian",'
        '"widths":[20,15]},"problem":"compressed_sensing","seed":0,"target":"sphere"}'
    )
    expected = hashlib.sha256(text.encode()).hexdigest()[:32]
    assert make_parameters().instance_entropy == int(expected, 16)


def test_an_id_is_20_hex_digits_and_entropy_has_128_bits():
    assert len(cell_id(make_parameters())) == 20
    assert int(cell_id(make_parameters()), 16) >= 0
    entropies = [make_parameters(seed=seed).instance_entropy for seed in range(200)]
    assert max(entropies).bit_length() == 128
    assert len(set(entropies)) == 200


@pytest.mark.parametrize(
    "changes",
    [
        {"axes": {"n": [12, 20], "k": [2, 3]}},
        {"axes": {"k": [3, 2], "n": [20, 12]}},
        {"axes": {"k": {"from": 2, "to": 3}, "n": {"from": 12, "to": 20, "step": 8}}},
        {"trials": 300},
        {"success": {"error": "latent", "below": 0.5}},
        {"figures": {"curve": {"x": "k/n"}}},
        {"title": "Another"},
        {"description": "More"},
        {"batch": "cell"},
        {"transition": {"along": "k"}},
        {"network": {"widths": {"depth": 2, "width": "n"}, "weights": "gaussian"}},
        {"noise": "0*k"},
    ],
)
def test_cells_are_the_same_however_the_sweep_says_it(changes):
    assert ids(**changes) == ids()


def test_cells_of_a_grid_are_cells_of_a_larger_grid():
    assert ids() < ids(axes={"k": [2, 3, 4], "n": [12, 16, 20]})


def test_another_seed_has_other_cells():
    assert not ids(seed=0) & ids(seed=1)


def test_cells_change_with_the_numerics(monkeypatch):
    before = cell_id(make_parameters())
    monkeypatch.setattr(identity, "numerics_of", lambda parameters: "other")
    assert cell_id(make_parameters()) != before


def test_the_numerics_name_the_libraries():
    assert "numpy-" in numerics_of(make_parameters())
    assert "numba-" in numerics_of(make_parameters())


SOURCE = '''"""What it does."""

LIMIT = 1e-5


class Run:
    """A run."""

    steps: int = 3


def norm(x, power=2):
    """Return the norm."""
    total = 0.0
    for value in x:  # an entry
        total += value**power
    return total
'''


def fingerprint(folder, text):
    (folder / "a.py").write_text(text, encoding="utf-8")
    return code_fingerprint(["a.py"], folder)


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("  # an entry", ""),
        ("LIMIT = 1e-5", "# The limit.\nLIMIT = 1e-5  # small"),
        ('"""What it does."""', '"""Something else."""'),
        ('"""What it does."""\n', ""),
        ('    """A run."""\n', ""),
        ('    """Return the norm."""\n', '    """Return\n    more.\n    """\n'),
        ("\n\n\ndef", "\n\n\n\n\ndef"),
        ("total += value**power", "total += (value ** power)"),
        ("(x, power=2)", "(\n    x,\n    power=2,\n)"),
        ("1e-5", "0.00001"),
        ("    total = 0.0\n", "    total = 0.0\n\n"),
    ],
)
def test_comments_docstrings_and_layout_do_not_change_a_fingerprint(old, new, tmp_path):
    assert SOURCE.count(old) == 1
    assert fingerprint(tmp_path, SOURCE.replace(old, new)) == fingerprint(tmp_path, SOURCE)


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("1e-5", "1e-6"),
        ("power=2", "power=3"),
        ("steps: int = 3", "steps: int = 4"),
        ("total += value", "total -= value"),
        ("    total = 0.0\n", "    total = 0.0\n    total = 0.0\n"),
        ("    return total\n", ""),
        ("for value in x", "for value in x[1:]"),
        ("total = 0.0\n", 'total = 0.0\n    "no docstring"\n'),
    ],
)
def test_a_constant_or_a_statement_changes_a_fingerprint(old, new, tmp_path):
    assert SOURCE.count(old) == 1
    assert fingerprint(tmp_path, SOURCE.replace(old, new)) != fingerprint(tmp_path, SOURCE)


@pytest.fixture
def package(tmp_path):
    """A copy of the package's sources."""
    return shutil.copytree(PACKAGE, tmp_path / "genphase", ignore=shutil.ignore_patterns("*.nbi"))


# What cells can name together, one of each problem and solver.
CELLS = [
    (problem, solver, "gaussian", "gaussian" if problem in MEASURED else "identity", "sphere",
     "matrix" if problem in SPIKED else "sphere")
    for solver in SOLVERS
    for problem in FITS[solver]
]  # fmt: skip


def sources_of(problem, solver, weights, measurements, target, noise, package):
    """The files of what a cell names, in a copy of the package."""
    things = [PROBLEM[problem], SOLVER[solver], WEIGHTS[weights], TARGETS[target]]
    things += [STARTS["gaussian"]]
    things += [] if measurements == "identity" else [MEASUREMENTS[measurements]]
    things += [] if noise == "matrix" else [NOISES[noise]]
    return tuple(sorted({package / thing.source.relative_to(PACKAGE) for thing in things}))


def codes(package):
    code_of.cache_clear()
    return {cell[:2]: code_of(sources_of(*cell, package), package) for cell in CELLS}


def test_a_copy_of_the_sources_has_their_fingerprint(package):
    before = codes(PACKAGE)
    assert codes(package) == before
    parameters = make_parameters()
    code = before[parameters.problem, parameters.solver.name]
    assert numerics_of(parameters).startswith(f"{code}_")


def test_an_edit_of_any_module_makes_exactly_the_cells_new_that_run_it(package):
    before = codes(package)
    closures = {
        cell[:2]: closure(
            source_of("genphase.cells.trial", package), *sources_of(*cell, package), package=package
        )
        for cell in CELLS
    }
    modules = sorted(package.rglob("*.py"))
    texts = [module.read_text(encoding="utf-8") for module in modules]
    for module, text in zip(modules, texts, strict=True):
        module.write_text(f"# A comment.\n{text}\n# Another.\n", encoding="utf-8")
    assert codes(package) == before
    seen = {}
    for module, text in zip(modules, texts, strict=True):
        name = module.relative_to(package).as_posix()
        module.write_text(f"{text}\nADDED = 1\n", encoding="utf-8")
        now = codes(package)
        module.write_text(text, encoding="utf-8")
        seen[name] = {cell for cell in before if now[cell] != before[cell]}
        assert seen[name] == {cell for cell in before if f"genphase/{name}" in closures[cell]}
    every = set(before)
    for solver in SOLVERS:
        assert seen[f"solvers/{solver}.py"] == {cell for cell in every if cell[1] == solver}
    for problem in PROBLEMS:
        assert seen[f"problems/{problem}.py"] == {cell for cell in every if cell[0] == problem}
    damped = {"levenberg_marquardt", "ml_amp"}
    assert seen["kernels/damped.py"] == {cell for cell in every if cell[1] in damped}
    assert seen["cells/trial.py"] == seen["kernels/passes.py"] == every
    assert not seen["tables/cells.py"] | seen["figures/portrait.py"] | seen["jobs/cost.py"]


def test_a_renamed_file_changes_a_fingerprint(package):
    before = code_fingerprint(["kernels/*.py"], package)
    (package / "kernels" / "passes.py").rename(package / "kernels" / "renamed.py")
    assert code_fingerprint(["kernels/*.py"], package) != before


def test_a_missing_source_is_an_error(tmp_path):
    with pytest.raises(FileNotFoundError, match=r"kernels/\*\.py"):
        code_fingerprint(["kernels/*.py"], tmp_path)


def runs(python):
    """Whether a command is a Python, and not only a place holder for one."""
    return shutil.which(python) and subprocess.run([python, "-c", ""], check=False).returncode == 0


VERSIONS = list(filter(runs, ("python3.12", "python3.13", "python3.14")))


@pytest.mark.parametrize("python", VERSIONS)
def test_another_version_of_python_finds_the_same_fingerprints(python):
    code = """
import sys, types
sys.path.insert(0, sys.argv[1])
package = types.ModuleType("genphase"); package.__path__ = [sys.argv[1] + "/genphase"]
sys.modules["genphase"] = package
from genphase.sources import PACKAGE, fingerprint
for path in sorted(PACKAGE.rglob("*.py")):
    print(path.relative_to(PACKAGE), fingerprint({"it": path}))
"""
    command = [python, "-c", code, str(PACKAGE.parent)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    found = dict(line.split() for line in done.stdout.splitlines())
    assert len(found) > 100
    assert found == {
        str(path.relative_to(PACKAGE)): sources.fingerprint({"it": path})
        for path in PACKAGE.rglob("*.py")
    }


@pytest.mark.parametrize(
    ("name", "value"),
    [("NUMBA_DISABLE_JIT", "1"), ("NUMBA_CPU_NAME", "generic"), ("NUMBA_OPT", "1")],
)
def test_settings_that_change_last_digits_are_part_of_the_identity(name, value, monkeypatch):
    for setting in (*identity._SETTINGS, "NUMBA_DISABLE_JIT"):
        monkeypatch.delenv(setting, raising=False)

    def version():
        return "_".join(libraries.__wrapped__())

    plain = version()
    assert plain.count("_") == 1
    monkeypatch.setenv(name, "")
    assert version() == plain
    monkeypatch.setenv(name, value)
    assert version().startswith(plain + "_")
    monkeypatch.setenv(name, "0")
    assert (version() == plain) == (name == "NUMBA_DISABLE_JIT")


def test_a_file_of_numba_settings_is_part_of_the_identity(monkeypatch, tmp_path):
    monkeypatch.chdir(tmp_path)

    def version():
        return "_".join(libraries.__wrapped__())

    plain = version()
    (tmp_path / ".numba_config.yaml").write_text("cpu_name: generic\n")
    assert version() != plain
