import json
from datetime import date

import numpy as np
import pytest
from samples import SWEEP, make_sweep

from genphase.brought import look_in
from genphase.cells.grid import expand, numerics_of_sweep
from genphase.plan.reasons import Missing, reasons, shortened, summary
from genphase.shipped import this_genphase
from genphase.tables.built import BadBuilt, Built, built_text, read_built

SOLVER = SWEEP["solvers"][0]


def make_built(numerics=None, seed=0, **changes):
    sweep = make_sweep(**changes).only_grid()
    cells = expand(sweep, seed, "sweep.yaml")
    return Built(sweep, cells, numerics or numerics_of_sweep(sweep), (seed,))


def why(built, seed=0, stored=0, damage="", **changes):
    """Return the reasons of all cells of a sweep, of which some trials are stored, by count."""
    cells = expand(make_sweep(**changes), seed, "sweep.yaml")
    missing = [Missing(cell, stored, 3 - stored, damage) for cell in cells]
    return summary(reasons(missing, built))


def test_without_an_earlier_result_cells_are_not_in_the_store():
    assert why(None) == {"not in the store": 4}
    assert reasons([], make_built()) == []


def test_cells_that_were_built_are_lost():
    assert why(make_built()) == {"not in the store, though built before": 4}


def test_what_the_store_says_goes_first():
    for built in (None, make_built()):
        assert why(built, stored=1) == {"1 of 3 trials are stored": 4}
        found = why(built, damage="the checksum does not match")
        assert found == {"its file in the store is damaged: the checksum does not match": 4}


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"solvers": [SOLVER | {"step": 2}]}, "solver.options.step 3 -> 2"),
        ({"solvers": [SOLVER | {"step": 0.1, "max_iter": 9}]}, "solver.options.step 3 -> 0.1, "
         "solver.max_iter 300 -> 9"),
        ({"solvers": [SOLVER | {"stop": {"relative_change": "1e-8"}}]},
         "solver.stop.relative_change 1e-09 -> 1e-08"),
        ({"noise": 0.1}, "noise.level 0 -> 0.1"),
        ({"noise": {"gaussian": 0, "shared": True}},
         "noise.law sphere -> gaussian, noise.shared False -> True"),
        ({"target": "gaussian"}, "target sphere -> gaussian"),
        ({"start": {"gaussian": 2}}, "start 1 -> 2"),
        ({"network": {"widths": ["n", "n"], "weights": "he"}}, "network.weights gaussian -> he"),
        ({"seed": 1}, "seed 0 -> 1"),
        ({"solvers": [SOLVER | {"label": "other"}]}, "solver other is new"),
        ({"axes": {"k": [2, 3], "n": [12, 20], "tau": [0]}, "noise": "tau"}, "axis tau is new"),
        ({"axes": {"k": [2, 3], "size": [12, 20]}, "network": {"widths": ["size", "size"]},
          "figures": {}}, "axis size is new and axis n is gone"),
    ],
)  # fmt: skip
def test_a_reason_names_what_differs_from_what_was_built(changes, reason):
    assert why(make_built(), **changes) == {reason: 4}


def test_other_numerics_are_named_alone_or_beside_parameters():
    built = make_built({"plugin": "other"})
    assert why(built) == {"the numerics changed": 4}
    assert why(built, noise=0.1) == {"noise.level 0 -> 0.1, other numerics": 4}


def test_new_values_of_axes_are_named():
    built = make_built()
    assert why(built, axes={"k": [2, 4], "n": [12, 16]}) == {
        "not in the store, though built before": 1,
        "n = 16 is new": 1,
        "k = 4 is new": 1,
        "k = 4 and n = 16 are new": 1,
    }
    assert why(make_built(where="k < 3"), axes={"k": [3], "n": [12, 20]}) == {"k = 3 is new": 2}
    # Both values were on the grid, but not together.
    assert why(make_built(where="k < 3 or n < 20"), axes={"k": [3], "n": [20]}) == {
        "new grid point": 1
    }


def test_the_order_of_axes_and_solvers_is_no_difference():
    lost = {"not in the store, though built before": 4}
    assert why(make_built(), axes={"n": [20, 12], "k": [3, 2]}) == lost


def test_axes_of_widths_are_compared():
    changes = {"axes": {"k": [2], "net": [[4, 12]]}, "network": {"widths": "net"}, "figures": {}}
    more = changes | {"axes": {"k": [2], "net": [[4, 12], [5, 6]]}}
    assert why(make_built(**changes), **more) == {
        "not in the store, though built before": 1,
        "net = [5,6] is new": 1,
    }


def test_edited_files_of_networks_and_images_are_named(tmp_path):
    look_in(tmp_path)
    rng = np.random.default_rng(0)
    for name in ("one", "two"):
        np.savez(tmp_path / f"{name}.npz", W1=rng.random((4, 2)))
    np.save(tmp_path / "images.npy", rng.random((20, 2, 2)))
    changes = {
        "axes": {"net": ["one.npz", "two.npz"]},
        "network": {"file": "net"},
        "target": {"images": "images.npy", "index": 0},
        "k": None,
        "figures": None,
        "success": {"error": "signal", "below": 0.1},
    }
    sweep = make_sweep(**changes)
    cells = expand(sweep, 0, "sweep.yaml")
    path = tmp_path / "built.json"
    path.write_text(built_text("s", sweep, 0, cells), encoding="utf-8")
    assert why(read_built(path), **changes) == {"not in the store, though built before": 2}
    np.savez(tmp_path / "two.npz", W1=rng.random((4, 2)) + 1)
    assert why(read_built(path), **changes) == {
        "not in the store, though built before": 1,
        "two.npz was edited": 1,
    }
    np.save(tmp_path / "images.npy", rng.random((20, 2, 2)))
    assert why(read_built(path), **changes) == {
        "images.npy was edited": 1,
        "two.npz and images.npy were edited": 1,
    }
    # Beside what else differs.
    found = why(read_built(path), **{**changes, "noise": 0.1})
    assert "noise.level 0 -> 0.1, images.npy was edited" in found


def test_many_reasons_of_one_kind_are_told_as_one_with_the_most_cells_first():
    axes = {"k": [*range(1, 9)], "n": [12]}
    assert list(why(make_built(), axes=axes).items()) == [
        ("new values of k, such as k = 1 is new", 6),
        ("not in the store, though built before", 2),
    ]


def test_a_long_list_is_shortened_with_a_count():
    assert shortened({}) == []
    assert shortened({"one": 12, "other": 3}) == ["12  one", " 3  other"]
    lines = shortened({str(i): 20 - i for i in range(13)})
    assert len(lines) == 11
    assert lines[-1] == "27  for 3 other reasons; --cells names them"


def test_what_was_built_comes_back(tmp_path):
    sweep = make_sweep(noise="0.1*k", where="k < n")
    path = tmp_path / "built.json"
    assert read_built(path) is None
    path.write_text(built_text("s", sweep, 7), encoding="utf-8")
    found = read_built(path)
    assert found.numerics == numerics_of_sweep(sweep)
    assert found.cells == expand(sweep, 7, "sweep.yaml")
    assert found.seeds == (7,)


def test_what_was_built_says_by_what_and_has_no_stand_ins():
    """No title "grid", no success rule that the sweep has not: only what decides the trials."""
    written = json.loads(built_text("tiny", make_sweep(seeds=[2, 5]), 0))
    assert written["sweep"] == "tiny"
    assert written["seeds"] == [2, 5]
    assert written["made_by"] == this_genphase()
    assert date.fromisoformat(written["made_on"])
    assert not {"title", "success", "figures", "style", "batch"} & set(written["grid"])
    by_need = make_sweep(trials={"at_least": 3, "at_most": 9, "until": {"interval_width": 0.5}})
    assert "success" in json.loads(built_text("tiny", by_need, 0))["grid"]


GOOD = json.loads(built_text("s", make_sweep(), 0))


@pytest.mark.parametrize(
    "content",
    [
        "", "{", "3", "[]", "null", "{}", "\x00", "[" * 100_000, '{"format": 1}',
        json.dumps(GOOD | {"format": 1}), json.dumps(GOOD | {"seeds": ["0"]}),
        json.dumps(GOOD | {"seeds": [-1]}), json.dumps(GOOD | {"numerics": None}),
        json.dumps(GOOD | {"seeds": []}), json.dumps(GOOD | {"seeds": 3}),
        json.dumps(GOOD | {"grid": {"title": "older"}}), json.dumps(GOOD | {"grid": 3}),
        json.dumps(GOOD | {"grid": GOOD["grid"] | {"later": 1}}),
        json.dumps(GOOD | {"grid": GOOD["grid"] | {"where": "k > 9"}}),
    ],
    ids=range(19),
)  # fmt: skip
def test_a_file_that_says_something_else_is_one_error(content, tmp_path):
    path = tmp_path / "built.json"
    path.write_text(content, encoding="utf-8")
    with pytest.raises(BadBuilt):
        read_built(path)


def test_a_file_that_is_no_text_is_one_error(tmp_path):
    path = tmp_path / "built.json"
    path.write_bytes(b"\xff\xfe\x00")
    with pytest.raises(BadBuilt):
        read_built(path)
