"""The table of pictures, by hand on tiny sweeps."""

import json
from functools import partial

import numpy as np
import pandas as pd
import pytest
from samples import make_sweep

from genphase.brought import look_in
from genphase.cells.grid import expand
from genphase.cells.kept import LATENT, Kept
from genphase.cells.measure import measure
from genphase.cells.trial import run_trial, solve_trial
from genphase.draws.instance import draw_instance
from genphase.errors import SweepError
from genphase.store.cells import CellStore
from genphase.sweep.figures import Gallery
from genphase.tables.files import read_table, write
from genphase.tables.gallery import gallery_tiles, pixels_of
from genphase.tables.images import tabulate_images

SOLVERS = [
    {"name": "plugin", "step": 3, "max_iter": 300, "stop": {"relative_change": "1e-9"}},
    {"name": "gradient_descent", "step": 1, "max_iter": 5},
]
TWELVE = {"shape": [3, 4]}


def tabulated(spec, store=None, **changes):
    """Return cells and table of a figure of pictures of the small sweep."""
    sweep = make_sweep(**{"solvers": SOLVERS, "figures": {"images": spec}, **changes})
    cells = expand(sweep, 0, "sweep.yaml")
    return cells, tabulate_images(cells, sweep, sweep.figures["images"], store)


def rows(table, **where):
    for name, value in where.items():
        table = table[table[name] == value]
    return table.to_dict("records")


def test_rows_are_the_pictures_of_each_point_in_order():
    cells, table = tabulated({"x": "k", "only": {"n": 12}, "trial": 1, **TWELVE}, noise=0.1)
    pictures = ["truth", "observation", "estimate", "estimate"]
    assert table["picture"].tolist() == 2 * pictures
    assert table["solver"].tolist() == 2 * ["", "", "plugin", "gradient_descent"]
    assert table["k"].tolist() == ["2"] * 4 + ["3"] * 4
    assert set(table["n"]) == {"12"}
    assert set(table["trial"]) == {1}
    assert set(table["shape"]) == {"[3, 4]"}
    here = [cell for cell in cells if cell.point["n"] == 12]
    for cell in here:
        instance = draw_instance(cell.parameters, 1)
        latent = solve_trial(cell.parameters, 1, instance).run.latent
        (estimate,) = rows(table, cell=cell.id, picture="estimate")
        # To the last digit, so that the picture can be made again.
        assert json.loads(estimate["latent"]) == latent.tolist()
        # G by hand: two layers with ReLUs.
        first, second = instance.chain.seen()[0]
        G = np.maximum(second @ np.maximum(first @ latent, 0), 0)
        np.testing.assert_allclose(pixels_of(estimate), G.reshape(3, 4), rtol=1e-5, atol=1e-9)
        if cell.solver == "plugin":
            truth, seen = rows(table, cell=cell.id)[:2]
            assert json.loads(truth["latent"]) == instance.target.tolist()
            np.testing.assert_allclose(pixels_of(truth).ravel(), instance.signal, rtol=1e-5)
            assert seen["latent"] == ""
            noisy = pixels_of(seen).ravel()
            np.testing.assert_allclose(noisy, instance.observation, rtol=1e-5, atol=1e-9)
            off = np.linalg.norm(noisy - instance.signal)
            assert off == pytest.approx(0.1, rel=1e-4)


@pytest.mark.parametrize(
    ("changes", "seen"),
    [
        ({"problem": "compressed_sensing", "m": 5}, False),
        ({"problem": "compressed_sensing", "measurements": "identity"}, True),
        ({"problem": "phase_retrieval", "m": 8, "solvers": SOLVERS[1:]}, False),
        ({"problem": "spiked_wigner", "solvers": SOLVERS[1:]}, False),
        ({"problem": "spiked_wishart", "m": 8, "solvers": SOLVERS[1:]}, False),
        (
            {
                "problem": "blind_demodulation",
                "solvers": [{"name": "alternating", "step": 1, "max_iter": 5}],
            },
            True,
        ),
    ],
)
def test_what_is_observed_is_shown_where_it_is_a_picture(changes, seen):
    spec = {"x": "k", "only": {"k": 2, "n": 12}, **TWELVE}
    cells, table = tabulated(spec, **changes)
    assert ("observation" in set(table["picture"])) == seen
    estimate = rows(table, picture="estimate")[-1]
    codes = 2 if changes["problem"] == "blind_demodulation" else 1
    assert len(json.loads(estimate["latent"])) == 2 * codes
    (cell,) = [cell for cell in cells if cell.id == estimate["cell"]]
    error = run_trial(cell.parameters, 0).record.signal_error
    y = pixels_of(rows(table, picture="truth")[0])
    off = np.linalg.norm(pixels_of(estimate) - y) / np.linalg.norm(y)
    assert off == pytest.approx(error, rel=1e-3, abs=1e-5)


@pytest.mark.parametrize("noise", [0, 0.1])
def test_of_a_product_both_factors_are_shown(noise):
    spec = {"x": "k", "only": {"k": 2, "n": 12}, **TWELVE}
    solvers = [
        {"name": "alternating", "label": label, "step": step, "max_iter": 20}
        for label, step in (("a", 1), ("b", 0.1))
    ]
    changes = {"problem": "blind_demodulation", "solvers": solvers, "noise": noise}
    cells, table = tabulated(spec, **changes)
    found = ["first_estimate", "second_estimate", "estimate"]
    given = ["first_truth", "second_truth", "truth", "observation"]
    assert table["picture"].tolist() == given + 2 * found
    assert table["solver"].tolist() == 4 * [""] + 3 * ["a"] + 3 * ["b"]
    truths = [pixels_of(row) for row in table.to_dict("records")[:4]]
    np.testing.assert_allclose(truths[0] * truths[1], truths[2], rtol=1e-4, atol=1e-9)
    assert (truths[3] == truths[2]).all() == (noise == 0)
    for cell in [cell for cell in cells if cell.id in set(table["cell"])]:
        instance = draw_instance(cell.parameters, 0)
        latent = solve_trial(cell.parameters, 0, instance).run.latent
        pictures = rows(table, solver=cell.solver)
        assert [json.loads(row["latent"]) for row in pictures] == [
            latent[:2].tolist(), latent[2:].tolist(), latent.tolist(),
        ]  # fmt: skip
        for row, truth, code, net in zip(
            pictures,
            truths,
            instance.codes(latent),
            (instance.chain, instance.second),
            strict=False,
        ):
            shown, free = pixels_of(row).ravel(), net(code)[0]
            # A multiple of what the network gives, at right angles to what it misses.
            c = np.linalg.norm(shown) / np.linalg.norm(free)
            np.testing.assert_allclose(shown, c * free, rtol=1e-4, atol=1e-6)
            assert abs(shown @ (shown - truth.ravel())) < 1e-5
            off = np.linalg.norm(shown - truth.ravel()) / np.linalg.norm(truth)
            assert row["factor_error"] == pytest.approx(off, rel=1e-3, abs=1e-5)
    others = table[~table["picture"].isin(found[:2])]
    assert others["factor_error"].isna().all()
    trials = pd.DataFrame(
        [
            {"cell": cell.id, "solver": cell.solver, "trial": 0, "status": "capped"}
            | {"signal_error": 5.0}
            for cell in cells
        ]
    )
    tiles = gallery_tiles(table, trials, ["k"], Gallery(x="k"))
    assert tiles["factor_error"].tolist()[4:6] == table["factor_error"].tolist()[4:6]


def test_a_code_that_is_kept_is_taken_from_the_store(tmp_path):
    spec = {"x": "k", "only": {"k": 2, "n": 12}, **TWELVE}
    store = CellStore(tmp_path)
    cells, table = tabulated(spec, store)
    cell = cells[0]
    trial = run_trial(cell.parameters, 0)
    # Stored without its code, it is run again.
    store.save(cell.id, cell.parameters, [trial])
    pd.testing.assert_frame_equal(tabulated(spec, store)[1], table)
    # No run ends here: it can only be from the store.
    store.save(cell.id, cell.parameters, [trial._replace(kept={LATENT: [1.0, 2.0]})])
    (found,) = rows(tabulated(spec, store)[1], cell=cell.id, picture="estimate")
    assert found["latent"] == "[1.0, 2.0]"
    instance = draw_instance(cell.parameters, 0)
    G = instance.signal_at(np.array([1.0, 2.0]))
    np.testing.assert_allclose(pixels_of(found).ravel(), G, rtol=1e-5)


def test_repeated_and_read_it_is_the_same(tmp_path):
    spec = {"x": "k", "only": {"n": 12}, **TWELVE}
    first, second = tabulated(spec)[1], tabulated(spec)[1]
    for name, table in (("a", first), ("b", second)):
        write(table, tmp_path / name)
    assert (tmp_path / "a").read_bytes() == (tmp_path / "b").read_bytes()
    read = read_table(tmp_path / "a")
    assert read["k"].dtype.kind == "i"
    for column in ("cell", "solver", "picture", "shape", "latent", "pixels"):
        assert read[column].tolist() == first[column].tolist()


def test_points_of_a_where_are_left_out_and_seeds_taken_together_show_the_first():
    spec = {"x": "k", "only": {"n": 12}, **TWELVE}
    cells, table = tabulated(spec, where="k < 3 or n > 12", seeds=[4, 5])
    assert set(table["k"]) == {"2"}
    assert set(table["seed"]) == {"4"}
    assert set(table["cell"]) <= {cell.id for cell in cells if cell.parameters.seed == 4}


def test_images_have_their_own_shape(tmp_path):
    look_in(tmp_path)
    images = np.random.default_rng(0).integers(0, 256, (30, 2, 6), dtype=np.uint8)
    np.save(tmp_path / "images.npy", images)
    changes = {"axes": {"j": [0, 2]}, "k": 2, "network": {"widths": [9, 12]}}
    changes["target"] = {"images": "images.npy", "index": "j"}
    _, table = tabulated({"x": "j"}, **changes)
    assert set(table["shape"]) == {"[2, 6]"}
    truths = rows(table, picture="truth")
    for index, truth in zip((0, 2), truths, strict=True):
        assert truth["latent"] == ""
        np.testing.assert_allclose(pixels_of(truth), images[9::10][index] / 255, rtol=1e-5)
    # A shape that is given goes before it.
    assert set(tabulated({"x": "j", "shape": [4, 3]}, **changes)[1]["shape"]) == {"[4, 3]"}


@pytest.mark.parametrize(
    ("spec", "changes", "words"),
    [
        ({"x": "k", "panels": "n"}, {}, "n = 12 entries is no square"),
        ({"x": "k", "panels": "n", **TWELVE}, {}, "3 × 4 pixels, but a signal has n = 20"),
        ({"x": "k", "only": {"n": 20}, "shape": [4, 4]}, {}, "let height times width be n"),
        ({"x": "k", "only": {"n": 12}, **TWELVE}, {"where": "n > 12"}, "no grid point is left"),
        (
            {"x": "k", "only": {"n": 12}, **TWELVE},
            {"axes": {"k": {"from": 1, "to": 21}, "n": [12, 20]}},
            r"21 columns of pictures, more than 20.*only: \{k: \[\.\.\.\]\}",
        ),
        (
            {"x": "k", "panels": ["n", "noise"], **TWELVE},
            {"axes": {"k": [2], "n": [12, 20], "noise": {"from": 1, "to": 7}}, "noise": "noise"},
            r"14 panels of pictures, more than 12.*only: \{n: \[\.\.\.\], noise: \[\.\.\.\]\}",
        ),
        (
            {"x": "k", "panels": "n", **TWELVE},
            {"solvers": [{**SOLVERS[1], "label": f"s{i}"} for i in range(99)]},
            "202 rows of pictures for 99 solvers, more than 200",
        ),
    ],
)
def test_signals_that_are_no_pictures_are_told(spec, changes, words):
    with pytest.raises(SweepError, match=f"(?s){words}"):
        tabulated(spec, **changes)


def test_a_product_of_two_signals_has_pictures_of_the_product():
    cells, table = tabulated(
        {"x": "k", "only": {"n": 12}, **TWELVE},
        problem="blind_demodulation",
        noise=0.1,
        solvers=[{"name": "alternating", "step": 0.01, "max_iter": 3}],
    )
    (cell, *_) = (cell for cell in cells if cell.point["n"] == 12)
    instance = draw_instance(cell.parameters, 0)
    pictures = {(row["picture"], row["solver"]): row for row in rows(table, cell=cell.id)}
    truth, seen = (
        next(row for (picture, _), row in pictures.items() if picture == name)
        for name in ("truth", "observation")
    )
    estimate = pictures["estimate", "alternating"]
    np.testing.assert_allclose(json.loads(truth["pixels"]), instance.signal, rtol=1e-5)
    np.testing.assert_allclose(json.loads(seen["pixels"]), instance.observation, rtol=1e-5)
    x = np.array(json.loads(estimate["latent"]))
    np.testing.assert_allclose(json.loads(estimate["pixels"]), instance.signal_at(x), rtol=1e-5)


def test_squares_are_found_for_sizes_that_differ():
    _, table = tabulated({"x": "n", "only": {"k": 2}}, axes={"k": [2], "n": [9, 16]})
    assert list(dict.fromkeys(table["shape"])) == ["[3, 3]", "[4, 4]"]


def test_tiles_have_the_errors_of_trials_and_no_pixels():
    spec = Gallery(x="k", trial=1)
    images = pd.DataFrame(
        [
            {"cell": c, "solver": s, "k": 2, "trial": 1, "picture": p, "shape": "[1, 2]"}
            | {"latent": "[1.0]", "pixels": "[0, 1]"}
            for c, s, p in [("a", "", "truth"), ("a", "one", "estimate"), ("b", "two", "estimate")]
        ]
    )
    trials = pd.DataFrame(
        [
            {"cell": c, "solver": s, "k": 2, "trial": t, "status": f"{c}{t}"}
            | {"signal_error": 10 * t + n}
            for n, (c, s) in enumerate([("a", "one"), ("b", "two"), ("c", "one")])
            for t in (0, 1)
        ]
    )
    tiles = gallery_tiles(images, trials, ["k"], spec)
    assert list(tiles) == [
        "cell", "picture", "solver", "k", "trial", "status", "signal_error", "shape", "latent",
    ]  # fmt: skip
    assert tiles["status"].tolist() == ["", "a1", "b1"]
    assert tiles["signal_error"].tolist()[1:] == [10, 11]
    assert np.isnan(tiles["signal_error"][0])


BLANK = """
import numpy as np
from genphase import Result, solver

@solver(recovers="signal")
def blank(problem, start):
    return Result(None, 1, signal=np.full(problem.observation.size, 0.25))
"""


@pytest.mark.parametrize("keep", ["records", "latent"])
def test_the_estimate_of_a_method_without_the_network_is_its_signal(keep, tmp_path):
    look_in(tmp_path)
    (tmp_path / "blank.py").write_text(BLANK, encoding="utf-8")
    changes = {"axes": {"k": [2, 3]}, "network": {"widths": [9, 12]}, "keep": keep}
    store = CellStore(tmp_path / "store")
    solvers = [{"use": "blank.py"}]
    cells, table = tabulated({"x": "k", **TWELVE}, store, solvers=solvers, **changes)
    if keep == "latent":
        kept = Kept(latent=True)
        for cell in cells:
            done = run_trial(cell.parameters, 0, measure=partial(measure, kept))
            assert done.kept[LATENT] == []
            store.save(cell.id, cell.parameters, [done])
        _, table = tabulated({"x": "k", **TWELVE}, store, solvers=solvers, **changes)
    for estimate in rows(table, picture="estimate"):
        assert estimate["latent"] == ""
        np.testing.assert_array_equal(pixels_of(estimate), np.full((3, 4), 0.25))
