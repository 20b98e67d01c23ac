"""Pictures of signals, drawn from made-up tables."""

import json

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import pytest
from matplotlib.backends.backend_agg import FigureCanvasAgg

from genphase.figures.draw import draw
from genphase.sweep.figures import figure_spec
from genphase.sweep.success import Success

SOLVERS = ("plugin", "subgradient")


def pixels(picture, solver, snr, m):
    """Return a picture of 2 × 3 pixels that no other tile has."""
    first = ["truth", "observation", "estimate"].index(picture) + 3 * SOLVERS.index(solver)
    return np.array([first / 10, snr / 100, m / 100, 0, 0.5, 1])


def make_tables(snrs=(0, 10), ms=(20,), observed=True, keep=lambda snr, m: True, status=None):
    """Return images/NAME.csv and trials.csv; the error is snr + m/100 + 1000 for the second."""
    images, trials = [], []
    for snr in snrs:
        for m in ms:
            if not keep(snr, m):
                continue
            place = {"snr": snr, "k": 5, "widths": "[6]", "m": m, "noise": 0.0}
            given = ["truth", *(["observation"] if observed else [])]
            tiles = [(picture, "") for picture in given] + [("estimate", s) for s in SOLVERS]
            for picture, solver in tiles:
                label = solver or SOLVERS[0]
                cell = f"{label}{snr}-{m}"
                row = {"cell": cell, "solver": solver, **place, "trial": 2, "picture": picture}
                grey = json.dumps(pixels(picture, label, snr, m).tolist())
                images.append(row | {"shape": "[2, 3]", "latent": "[1.0]", "pixels": grey})
                if picture == "estimate":
                    error = snr + m / 100 + 1000 * SOLVERS.index(solver)
                    said = (status or {}).get(cell, "converged")
                    row = {"cell": cell, "solver": solver, **place, "status": said}
                    trials += [row | {"trial": t, "signal_error": error + t - 2} for t in range(4)]
    return {"images": pd.DataFrame(images), "trials": pd.DataFrame(trials)}


def drawing(tables, title="A title", **spec):
    figure, numbers, figure.said = draw(
        figure_spec({"kind": "images", "x": "snr", "trial": 2, **spec}),
        tables,
        ["snr", "m"],
        Success(error="signal", below=1),
        title,
    )
    FigureCanvasAgg(figure).draw()
    return figure, numbers


def shown(figure):
    """Return the places with a picture, row by row."""
    return [area for area in figure.axes if area.images]


def test_rows_are_truth_observation_and_solvers_and_columns_the_axis():
    figure, numbers = drawing(make_tables(), title="Digits")
    assert plt.get_fignums() == []
    areas = shown(figure)
    assert len(figure.axes) == len(areas) == 4 * 2
    rows = [("truth", "plugin"), ("observation", "plugin")]
    rows += [("estimate", solver) for solver in SOLVERS]
    expected = [pixels(*row, snr, 20) for row in rows for snr in (0, 10)]
    for area, picture in zip(areas, expected, strict=True):
        (image,) = area.images
        np.testing.assert_array_equal(image.get_array(), picture.reshape(2, 3))
    assert [area.get_title() for area in areas] == ["snr = 0", "snr = 10", *6 * [""]]
    labels = [area.get_ylabel() for area in areas]
    assert labels == ["truth", "", "observed", "", "PLUGIn", "", "subgradient\ndescent", ""]
    assert [area.get_xlabel() for area in areas] == [*4 * [""], "0.2", "10.2", "1e3", "1.01e3"]
    assert figure.get_suptitle() == "Digits"
    assert "pixels" not in numbers
    errors = numbers["signal_error"].dropna().tolist()
    assert errors == pytest.approx([0.2, 1000.2, 10.2, 1010.2])


@pytest.mark.parametrize(("spec", "ends"), [({}, (0, 1)), ({"limits": [-1, 2]}, (-1, 2))])
def test_all_pictures_have_one_scale_equal_aspect_and_no_ticks(spec, ends):
    figure, _ = drawing(make_tables(), **spec)
    for area in shown(figure):
        (image,) = area.images
        assert image.get_clim() == ends
        assert image.get_cmap().name == "gray"
        assert area.get_aspect() == 1
        assert len(area.get_xticks()) == len(area.get_yticks()) == 0
        # Pixels are as high as they are wide.
        box = area.get_window_extent()
        assert box.height / 2 == pytest.approx(box.width / 3, rel=1e-6)


def test_the_head_of_a_column_of_a_file_is_short_unbroken_and_fits():
    tables = make_tables(snrs=range(6))
    named = {i: f"networks/a_long_name_of_a_network_{i}.npz" for i in range(6)}
    tables = {name: table.assign(snr=table["snr"].map(named)) for name, table in tables.items()}
    figure, _ = drawing(tables)
    heads = [area.title for area in shown(figure)[:6]]
    assert [head.get_text() for head in heads] == [
        f"a_long_name_of_a_network_{i}" for i in range(6)
    ]
    boxes = [head.get_window_extent() for head in heads]
    assert all(a.x1 < b.x0 for a, b in zip(boxes, boxes[1:], strict=False))


def test_panels_are_blocks_below_one_another():
    figure, _ = drawing(make_tables(ms=(20, 80)), panels="m")
    areas = shown(figure)
    assert len(areas) == 2 * 4 * 2
    assert [part.get_suptitle() for part in figure.subfigs] == ["m = 20", "m = 80"]
    upper, lower = (np.array(a.get_window_extent().y0) for a in (areas[0], areas[8]))
    assert upper > lower
    np.testing.assert_array_equal(areas[8].images[0].get_array().ravel()[2], 0.8)


def test_a_place_without_a_grid_point_stays_empty_and_its_row_is_labelled():
    tables = make_tables(ms=(20, 80), keep=lambda snr, m: (snr, m) != (0, 80))
    figure, _ = drawing(tables, panels="m")
    assert len(shown(figure)) == 8 + 4
    below = figure.axes[8:]
    assert [len(area.images) for area in below] == [0, 1] * 4
    assert [area.get_ylabel() for area in below[::2]][:2] == ["truth", "observed"]
    assert not below[0].get_frame_on()


def test_without_an_observation_there_is_no_row_and_the_caption_says_so():
    figure, _ = drawing(make_tables(observed=False))
    assert len(shown(figure)) == 3 * 2
    assert "What is observed is no picture and is left out." in figure.said
    assert "left out" not in drawing(make_tables())[0].said


def test_a_diverged_trial_is_called_so():
    tables = make_tables(status={"plugin0-20": "diverged", "plugin10-20": "capped"})
    tables["trials"].loc[tables["trials"]["status"] == "diverged", "signal_error"] = np.inf
    tables["images"].loc[2, "pixels"] = "[NaN, Infinity, 1e300, 0, 0, 0]"
    figure, _ = drawing(tables)
    assert [area.get_xlabel() for area in shown(figure)[4:6]] == ["diverged", "10.2"]
    assert "Of 4 trials 1 capped, 1 diverged; of these the last iterates are shown" in figure.said


def test_the_caption_tells_trial_rows_scale_and_errors():
    figure, _ = drawing(make_tables())
    said = figure.said
    assert said.startswith("Trial 2 of each cell, counted from 0. Rows: the truth y*, what is")
    assert "2 × 3 pixels" in said
    assert "one scale, from 0 to 1." in said
    assert "Below each estimate: relative signal error" in said
    assert "without an average or an interval" in said
    # Of 48 pixels, the 1 of each of 8 pictures, and nothing else, is above 0.7.
    figure, _ = drawing(make_tables(), limits=[0, 0.7])
    assert "from 0 to 0.7; 17 % of the pixels lie beyond" in figure.said


@pytest.mark.parametrize("style", [{"width": "single"}, {"colour_map": "viridis"}])
def test_styles(style):
    figure, _ = drawing(make_tables(snrs=range(5)), style=style)
    if "width" in style:
        assert figure.get_figwidth() == 3.35
        # Titles of neighbours do not touch.
        boxes = [area.title.get_window_extent() for area in shown(figure)[:5]]
        for left, right in zip(boxes, boxes[1:], strict=False):
            assert left.x1 < right.x0
    else:
        assert shown(figure)[0].images[0].get_cmap().name == "viridis"


PRODUCT = ["first_truth", "second_truth", "truth", "observation"]
FOUND = ["first_estimate", "second_estimate", "estimate"]


def product_tables(noise):
    """Tables of a product whose observation is the truth where there is no noise."""
    images, trials = [], []
    tiles = [(picture, "") for picture in PRODUCT]
    tiles += [(picture, solver) for solver in SOLVERS for picture in FOUND]
    for snr in (0, 10):
        for i, (picture, solver) in enumerate(tiles):
            cell = f"{solver or SOLVERS[0]}{snr}"
            grey = 0.2 if picture == "observation" and not noise else i / 10
            row = {"cell": cell, "solver": solver, "snr": snr, "m": 20, "trial": 2}
            row |= {"picture": picture, "shape": "[1, 1]", "latent": "[1.0]"}
            error = i if picture in FOUND[:2] else np.nan
            images.append(row | {"pixels": json.dumps([grey]), "factor_error": error})
        for solver in SOLVERS:
            row = {"cell": f"{solver}{snr}", "solver": solver, "trial": 2, "status": "converged"}
            trials.append(row | {"signal_error": 50.0 + SOLVERS.index(solver)})
    return {"images": pd.DataFrame(images), "trials": pd.DataFrame(trials)}


@pytest.mark.parametrize("noise", [False, True])
def test_of_a_product_the_factors_come_first_and_have_errors_of_their_own(noise):
    figure, numbers = drawing(product_tables(noise))
    labels = [area.get_ylabel() for area in shown(figure)][::2]
    solvers = ("PLUGIn", "subgradient\ndescent")
    parts = ("1st factor", "2nd factor", "product")
    truths = ["1st factor", "2nd factor", *(["truth"] if noise else []), "observed"]
    assert labels == truths + [f"{solver}\n{part}" for solver in solvers for part in parts]
    errors = [area.get_xlabel() for area in shown(figure)][::2][len(truths) :]
    assert errors == ["4", "5", "50", "7", "8", "51"]
    greys = [float(area.images[0].get_array()[0, 0]) for area in shown(figure)][::2]
    assert greys[len(truths) :] == [0.4, 0.5, 0.6, 0.7, 0.8, 0.9]
    # The table keeps them all.
    assert numbers["picture"].tolist()[:4] == PRODUCT
    assert ("their product y*" in figure.said) == noise
    assert ("their product without noise" in figure.said) == (not noise)
    assert "Below each factor" in figure.said
