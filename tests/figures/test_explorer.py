"""Explorers: their data is that of the tables, their commands run, and a browser shows them."""

import json
import os
import re
import shlex
import subprocess
import sys
import time

import numpy as np
import pandas as pd
import pytest
import vl_convert
import yaml
from browsers import browser, in_a_browser
from cells import make_cells, make_trials
from samples import SWEEP, make_sweep

from genphase.cells.grid import expand
from genphase.cells.trial import run_trial
from genphase.cli.cell import _cells_at
from genphase.figures.explorer import packed
from genphase.figures.explorer.charts import vega_library
from genphase.figures.explorer.marks import _edges
from genphase.figures.explorer.page import About, explorer_page
from genphase.figures.explorer.plain import plain_text
from genphase.figures.maps import cell_edges
from genphase.sweep.figures import figure_spec
from genphase.sweep.success import Success
from genphase.tables.cells import recovered, summarise
from genphase.tables.curve import curve_points
from genphase.tables.overlays import tabulate_overlays
from genphase.tables.transition import transitions

__all__ = ["browser"]

SUCCESS = Success(error="signal", below=1e-5)
GRID = {"k": [1, 2, 5], "m": [10, 20, 40]}
PORTRAIT = {"kind": "portrait", "x": "k", "y": "m"}
CURVE = {"kind": "curve", "x": "m/k", "y": "signal_error", "y_scale": "log", "series": "solver"}
SOLVERS = ("plugin", "a solver's own")


def error(k, m, trial, solver):
    """Recovered with many measurements; a trial of few diverges."""
    if m == 10 and trial == 4:
        return float("inf")
    return 1e-7 * (trial + 1) if m > 5 * k + 2 * trial else 0.3 + trial / 100


def make_page(spec, axes=("k", "m"), trials=None, success=SUCCESS, across=None, **changes):
    entry = figure_spec(spec)
    trials = make_trials(GRID, error, SOLVERS) if trials is None else trials
    cells = summarise(trials, success)
    tables = {"trials": trials, "cells": cells, "transition": transitions(cells, axes, "m", across)}
    if entry.overlays:
        tables["overlays"] = tabulate_overlays(cells, axes, entry, make_sweep(), {})
    about = About(
        sweep="tiny",
        figure="shown",
        title="Sizes $n_1$ <b>& more</b>",
        axes=list(axes),
        success=success,
        seeds=[7],
        numerics={"plugin": "abc"},
        origin="genphase 9.9.9",
    )
    return explorer_page(entry, tables, about._replace(**changes)), tables


def content_of(page):
    (text,) = re.findall(r'<script type="application/json" id="content">(.*?)</script>', page)
    return json.loads(text)


def of_seeds(trials, seeds):
    """Return trials of several seeds that are taken together, as a sweep with `seeds` has them."""
    parts = []
    for seed in seeds:
        own = trials.assign(cell=trials["cell"].astype(str) + f"s{seed}")
        own.insert(list(own.columns).index("trial") + 1, "seed", seed)
        parts.append(own)
    return pd.concat(parts, ignore_index=True)


@pytest.fixture(scope="module")
def portrait():
    return make_page(PORTRAIT | {"x_scale": "log", "overlays": [{"label": "m = 9 k", "y": "9*k"}]})


@pytest.fixture(scope="module")
def curve():
    return make_page(CURVE | {"panels": "k"})


def test_the_page_loads_nothing(portrait, curve):
    for page, _ in (portrait, curve):
        own = page.replace(re.findall(r"<script>(.*?)</script>", page, flags=re.DOTALL)[0], "")
        assert not re.findall(r"<(?:link|img|iframe|script)[^>]*(?:src|href)", own)
        assert "default-src 'none'" in own
        # The name of SVG's elements is no address.
        assert re.findall(r"https?://[^\"' ]*", own) == ["http://www.w3.org/2000/svg"]


def test_the_header_says_what_it_is_of(portrait):
    page, _ = portrait
    assert "<h1>Sizes n₁ &lt;b&gt;&amp; more&lt;/b&gt;</h1>" in page
    for text in ("tiny, figure shown", "signal error below 1e-5", "<dd>7</dd>", "genphase 9.9.9"):
        assert text in page
    assert "Of 90 trials 0 capped, 6 diverged." in page


def test_the_marks_of_a_portrait_are_its_cells(portrait):
    page, tables = portrait
    content, cells = content_of(page), tables["cells"]
    marks = content["marks"]
    assert content["panels"] == ["PLUGIn", "a solver's own"]
    assert marks["panel"] == [0, 1] * 9
    for mark, column in {"value": "rate", "low": "rate_low", "high": "rate_high"}.items():
        assert marks[mark] == pytest.approx(cells[column].tolist(), rel=1e-5, abs=1e-12)
    for name in ("trials", "recovered", "capped", "diverged"):
        assert marks[name] == content["cells"][name] == cells[name].tolist()
    assert sum(marks["diverged"]) == 6
    assert (marks["x"], marks["y"]) == (cells["k"].tolist(), cells["m"].tolist())
    # The cells are those of the static figure, in its scale.
    edges = cell_edges(GRID["k"], "log")
    assert sorted(set(marks["x0"])) == pytest.approx(edges[:-1])
    assert sorted(set(marks["x1"])) == pytest.approx(edges[1:])
    assert content["cells"]["latent_error_median"] == pytest.approx(
        cells["latent_error_median"].tolist(), rel=1e-2
    )
    scales = {scale["name"]: scale["type"] for scale in content["chart"]["scales"]}
    assert (scales["x"], scales["y"]) == ("log", "linear")


def test_the_trials_are_those_of_the_table(portrait):
    page, tables = portrait
    trials, packed_trials = tables["trials"], content_of(page)["trials"]
    names = packed_trials["statuses"]
    assert [names[int(digit)] for digit in packed_trials["status"]] == trials["status"].tolist()
    good = recovered(trials, SUCCESS)
    assert packed_trials["recovered"] == "".join("1" if yes else "0" for yes in good)
    assert packed_trials["iterations"] == trials["iterations"].tolist()
    latent, signal = packed_trials["errors"]
    assert signal["label"] == "relative signal error"
    for shown, name in ((latent, "latent_error"), (signal, "signal_error")):
        numbers = [float("inf") if value == "∞" else value for value in shown["values"]]
        assert numbers == pytest.approx(trials[name].tolist(), rel=5e-3)


def test_crossings_and_overlays_lie_over_a_portrait(portrait):
    page, tables = portrait
    content = content_of(page)
    labels = {entry["label"] for entry in content["legend"]}
    assert labels >= {"m = 9 k", "50 % crossing, 95 % interval"}
    inside = tables["transition"].query("position == 'inside' and crossing_level == 0.5")
    assert len(inside) > 2
    found = sorted(y for points in content["points"] for y in points["y"])
    assert found == pytest.approx(sorted(inside["crossing"]), rel=1e-4)
    (line, *_) = (line for line in content["lines"] if line["colour"] == "#0072B2")
    assert line["y"] == pytest.approx([9 * x for x in line["x"]], rel=1e-4)


def test_a_finer_cell_lies_over_the_cell_it_refines():
    cells = make_cells({"k": [1, 3], "m": [10, 30]}, round=0)
    fine = make_cells({"k": [2], "m": [10, 30]}, round=1)
    cells = pd.concat([cells, fine], ignore_index=True).assign(cell=[f"c{i}" for i in range(6)])
    edges = _edges(cells, figure_spec(PORTRAIT)).loc[cells.index]
    assert edges["x0"].tolist() == [0, 0, 2, 2, 1.5, 1.5]
    assert edges["x1"].tolist() == [2, 2, 4, 4, 2.5, 2.5]


def test_the_curve_of_a_portrait_has_its_band():
    """As the caption says: an outline of two dashed lines, which the legend explains."""
    page, tables = make_page(PORTRAIT, across="k")
    content = content_of(page)
    curve = tables["transition"].query("portrait_position == 'inside'")
    dashed = [line for line in content["lines"] if line["width"] == 0.8 and line["dash"]]
    assert len(curve) > 1
    assert len(dashed) == 2 * len(content["panels"])
    assert all(min(line["y"]) >= 5 and max(line["y"]) <= 55 for line in dashed)
    assert "50 % curve, 95 % band" in [entry["label"] for entry in content["legend"]]
    assert "with the 95\u00a0% profile-likelihood band" in page


def test_the_marks_of_a_curve_are_its_points(curve):
    page, tables = curve
    content = content_of(page)
    spec = figure_spec(CURVE | {"panels": "k"})
    points = curve_points(tables["trials"], ("k", "m"), spec, SUCCESS)
    marks = content["marks"]
    assert content["panels"] == ["k = 1", "k = 2", "k = 5"]
    assert [entry["label"] for entry in content["series"]] == ["PLUGIn", "a solver's own"]
    for mark, column in {"x": "x", "value": "y", "low": "low", "high": "high"}.items():
        numbers = [float("inf") if value == "∞" else value for value in marks[mark]]
        assert numbers == pytest.approx(points[column].tolist(), rel=1e-5)
    for name in ("trials", "recovered", "used", "capped", "diverged"):
        assert marks[name] == points[name].tolist()
    cells = tables["cells"]
    for i, held in enumerate(marks["cells"]):
        here = cells.iloc[held]
        assert set(here["m"] / here["k"]) == {marks["x"][i]}
        assert set(here["solver"]) == {points["solver"][i]}
        assert here["trials"].sum() == marks["trials"][i]
    assert sorted(cell for held in marks["cells"] for cell in held) == list(range(len(cells)))


def test_a_point_that_is_infinite_lies_at_the_upper_edge():
    page, _ = make_page(
        CURVE, trials=make_trials(GRID, lambda m, **_: float("inf") if m == 10 else 0.1 * m)
    )
    marks = content_of(page)["marks"]
    beyond = [y for y, far in zip(marks["y"], marks["beyond"], strict=True) if far]
    assert len(beyond) == marks["value"].count("∞") > 0
    assert min(beyond) > max(v for v in marks["value"] if v != "∞")


def test_trials_of_another_table_are_refused(curve):
    _, tables = curve
    with pytest.raises(ValueError, match="the trials are not those of the cells"):
        packed.pack_trials(tables["trials"].iloc[1:], tables["cells"], SUCCESS)


def test_a_page_of_too_many_trials_has_none(monkeypatch):
    monkeypatch.setattr(packed, "MOST_TRIALS", 89)
    page, _ = make_page(PORTRAIT)
    assert content_of(page)["trials"] is None


def test_the_error_of_the_rule_is_among_those_of_the_trials():
    trials = make_trials(GRID, error, objective=1.0, gradient_norm=0.0, psnr=31.5)
    page, _ = make_page(PORTRAIT, trials=trials, success=Success(error="psnr", above=30))
    (*_, further) = content_of(page)["trials"]["errors"]
    assert further["label"] == "PSNR (dB)"
    assert set(further["values"]) == {31.5}


def commands_of(content):
    """The commands of all cells, as the page's script writes them."""
    cells = content["cells"]
    return [
        content["command"]
        + "".join(f" --set {axis['words'][axis['of'][cell]]}" for axis in cells["axes"])
        for cell in range(len(cells["trials"]))
    ]


def test_every_command_names_its_cell(tmp_path):
    sweep = make_sweep(
        axes={"architecture": [[20, 30], [30]], "k": [2, 3], "m": [10, 40], "nu": [1e-5, 0.25]},
        problem="compressed_sensing",
        network={"widths": "architecture", "weights": "gaussian"},
        noise="nu",
        figures={},
        solvers=[SWEEP["solvers"][0], {**SWEEP["solvers"][0], "label": "it's: a # label"}],
    )
    cells = expand(sweep, 7, "sweep.yaml")
    table = pd.DataFrame(
        {"cell": [c.id for c in cells], "solver": [c.solver for c in cells]}
        | {
            name: [
                f"[{','.join(map(str, c.point[name]))}]"
                if name == "architecture"
                else c.point[name]
                for c in cells
            ]
            for name in sweep.axes
        }
        | dict.fromkeys(
            ("trials", "recovered", "capped", "diverged", "iterations_median"), len(cells) * [1]
        )
        | dict.fromkeys(("latent_error_median", "signal_error_median"), len(cells) * [0.1])
    )
    content = {
        "command": packed.command("a sweep", [7]),
        "cells": packed.pack_cells(table, list(sweep.axes)),
    }
    for cell, command in zip(cells, commands_of(content), strict=True):
        words = shlex.split(command)
        assert words[:5] == ["genphase", "cell", "a sweep", "--seed", "7"]
        sets = [word for before, word in zip(words, words[1:], strict=False) if before == "--set"]
        (found,) = _cells_at(sweep, sets, 7)
        assert found.id == cell.id


@pytest.mark.parametrize(
    ("text", "plain"),
    [
        (r"latent dimension $k$", "latent dimension k"),
        (r"$\|G(\hat{x}) - y^*\|^2$", "‖G(x̂) - y*‖²"),
        (r"$\sqrt{n_{3}/k}$", "√(n₃/k)"),
        (r"$\sqrt{k}$", "√k"),
        (r"$2 \times 10^{-5}$", "2 × 10⁻⁵"),
        (r"$\frac{k + 1}{m}$", "(k + 1)/m"),
        (r"noise variance $\sigma^{2}$", "noise variance σ²"),
        (r"$x^{k/m}$", "x^(k/m)"),
        (r"$\Lambda_{\max}$", "Λmax"),
        (r"$\mathrm{a\ b}$ costs \$5", "a b costs $5"),
        ("5 $ each", "5 $ each"),
    ],
)
def test_mathematics_is_written_in_unicode(text, plain):
    assert plain_text(text) == plain


def opened(browser, page, folder):
    """Open a page and wait until it is drawn; return its marks, panel by panel."""
    path = folder / "page.html"
    path.write_text(page, encoding="utf-8")
    browser.get(path.as_uri())
    until(lambda: browser.execute_script("return document.body.dataset.ready") == "yes")
    assert browser.get_log("browser") == []
    return browser.find_elements("css selector", "g[class*=found_marks] path")


def until(true):
    end = time.monotonic() + 60
    while not true():
        assert time.monotonic() < end
        time.sleep(0.05)


def point_at(browser, mark):
    from selenium.webdriver.common.action_chains import ActionChains

    browser.execute_script("arguments[0].scrollIntoView({block: 'center'})", mark)
    ActionChains(browser).move_to_element(mark).perform()
    until(lambda: browser.find_element("id", "tip").is_displayed())
    return browser.find_element("id", "tip").text.split("\n")


@in_a_browser
def test_a_browser_shows_a_portrait_and_the_trials_of_a_cell(browser, portrait, tmp_path):
    page, tables = portrait
    cells, trials = tables["cells"], tables["trials"]
    marks = opened(browser, page, tmp_path)
    assert len(marks) == len(cells)
    assert browser.title == "Sizes n₁ <b>& more</b>"
    # Marks are panel by panel.
    order = [*cells.index[::2], *cells.index[1::2]]
    place = order.index(8)
    cell = cells.loc[8]
    said = point_at(browser, marks[place])
    assert said[0] == f"PLUGIn, k = {cell['k']}, m = {cell['m']}"
    facts = dict(zip(said[1::2], said[2::2], strict=True))
    assert facts["recovery rate"] == f"{cell['rate']:g}"
    assert facts["recovered"] == f"{cell['recovered']} of 5"
    assert facts["95 % interval"] == f"{cell['rate_low']:.3g} to {cell['rate_high']:.3g}"
    marks[place].click()
    lines = browser.find_elements("css selector", "#details tbody tr")
    own = trials[trials["cell"] == cell["cell"]]
    assert [line.text.split()[:3] for line in lines] == [
        [str(row.trial), row.status, str(row.iterations)] for row in own.itertuples()
    ]
    assert [line.text.split()[-1] == "yes" for line in lines] == list(recovered(own, SUCCESS))
    code = browser.find_element("css selector", "#details code")
    assert code.text == f"{commands_of(content_of(page))[8]}"
    lines[3].find_element("css selector", "button").click()
    assert code.text == f"{commands_of(content_of(page))[8]} --trial 3"
    assert browser.get_log("browser") == []


@in_a_browser
def test_the_keyboard_chooses_a_mark(browser, portrait, tmp_path):
    from selenium.webdriver.common.keys import Keys

    opened(browser, portrait[0], tmp_path)
    panel = browser.find_element("css selector", "figure")
    panel.send_keys(Keys.ARROW_RIGHT)
    title = browser.find_element("css selector", "#details h2")
    assert title.text == "PLUGIn, k = 1, m = 10"
    panel.send_keys(Keys.ARROW_UP, Keys.ARROW_RIGHT)
    assert browser.find_element("css selector", "#details h2").text == "PLUGIn, k = 2, m = 20"


@in_a_browser
def test_a_browser_shows_the_cells_behind_a_point(browser, tmp_path):
    page, _ = make_page(CURVE)
    content = content_of(page)
    marks = opened(browser, page, tmp_path)
    assert len(marks) == len(content["marks"]["x"])
    # What is drawn last is found where points of both solvers lie.
    pooled = next(
        i
        for i, held in enumerate(content["marks"]["cells"])
        if len(held) > 1 and content["marks"]["series"][i] == 1
    )
    said = point_at(browser, marks[pooled])
    assert (
        f"{content['marks']['recovered'][pooled]} of {content['marks']['trials'][pooled]}" in said
    )
    marks[pooled].click()
    groups = browser.find_elements("css selector", "#details details")
    held = content["marks"]["cells"][pooled]
    assert len(groups) == len(held)
    groups[1].find_element("css selector", "summary").click()
    until(lambda: groups[1].find_elements("css selector", "code"))
    code = groups[1].find_element("css selector", "code").text
    assert code == commands_of(content)[held[1]]
    assert len(groups[1].find_elements("css selector", "tbody tr")) == 5
    title = browser.find_element("css selector", "#details h2")
    assert title.text == "a solver's own, m/k = 10"
    assert "2 marks lie here" in browser.find_element("id", "details").text
    marks[pooled].click()
    assert browser.find_element("css selector", "#details h2").text == "PLUGIn, m/k = 10"
    assert browser.get_log("browser") == []


@in_a_browser
def test_the_page_fits_a_narrow_window(browser, portrait, tmp_path):
    size = {"width": 600, "height": 900, "deviceScaleFactor": 1, "mobile": False}
    browser.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", size)
    try:
        marks = opened(browser, portrait[0], tmp_path)
        marks[0].click()
        assert browser.execute_script("return document.documentElement.scrollWidth") <= 600
    finally:
        browser.execute_cdp_cmd("Emulation.clearDeviceMetricsOverride", {})


def test_a_command_of_a_page_runs_in_the_study(tmp_path):
    """What the page says of a trial is what its command prints."""
    (tmp_path / "config/sweeps").mkdir(parents=True)
    sweep = make_sweep()
    (tmp_path / "config/sweeps/tiny.yaml").write_text(yaml.safe_dump(SWEEP, sort_keys=False))
    cell = expand(sweep, 7, "tiny.yaml")[1]
    # `genphase cell` records iterates, by the plain loop.
    record = run_trial(cell.parameters, 2, np.full((300, 2), np.nan))[0]
    trials = pd.DataFrame(
        [
            {"cell": cell.id, "solver": cell.solver, **cell.point, "widths": "[1]", "m": 1}
            | {"noise": 0.0, **record._asdict(), "trial": trial}
            for trial in range(3)
        ]
    )
    page, _ = make_page({"kind": "curve", "x": "k"}, axes=tuple(sweep.axes), trials=trials)
    content = content_of(page)
    words = [*shlex.split(commands_of(content)[0]), "--trial", "2"]
    done = subprocess.run(
        [sys.executable, "-c", "from genphase.cli import main; main()", *words[1:]],
        cwd=tmp_path,
        env=os.environ | {"PYTHONPATH": os.pathsep.join(sys.path)},
        capture_output=True,
        text=True,
        check=True,
    )
    assert f"2 {record.status} " in re.sub(" +", " ", done.stdout)
    assert f" {content['trials']['iterations'][2]} " in done.stdout


class TestSeeds:
    def test_trials_of_several_seeds_have_theirs_and_cells_have_all(self):
        trials = of_seeds(make_trials(GRID, error, SOLVERS), [3, 8])
        page, tables = make_page(PORTRAIT, trials=trials, seeds=[3, 8])
        content = content_of(page)
        assert content["command"] == "genphase cell tiny"
        packed = content["trials"]
        assert packed["seed"][:10] == [3] * 5 + [8] * 5
        assert packed["trial"][:10] == [*range(5), *range(5)]
        assert content["cells"]["trials"] == tables["cells"]["trials"].tolist() == [10] * 18

    @in_a_browser
    def test_the_command_of_a_trial_names_its_seed(self, browser, tmp_path):
        trials = of_seeds(make_trials(GRID, error, SOLVERS), [3, 8])
        page, _ = make_page(PORTRAIT, trials=trials, seeds=[3, 8])
        marks = opened(browser, page, tmp_path)
        marks[0].click()
        code = browser.find_element("css selector", "#details code")
        whole = "genphase cell tiny --set k=1 --set m=10 --set solver=plugin --set seed="
        assert code.text == f"{whole}3"
        lines = browser.find_elements("css selector", "#details tbody tr")
        assert [line.text.split()[:2] for line in lines[4:6]] == [["3", "4"], ["8", "0"]]
        lines[7].find_element("css selector", "button").click()
        assert code.text == f"{whole}8 --trial 2"


def test_vega_is_put_together_once_on_a_machine(tmp_path, monkeypatch):
    monkeypatch.setenv("GENPHASE_CACHE", str(tmp_path / "cache"))
    vega_library.cache_clear()
    made = vega_library()
    (kept,) = (tmp_path / "cache").iterdir()
    assert kept.read_text(encoding="utf-8") == made
    vega_library.cache_clear()
    monkeypatch.setattr(vl_convert, "javascript_bundle", None)
    assert vega_library() == made


def test_vega_needs_no_folder_to_be_kept_in(tmp_path, monkeypatch):
    (tmp_path / "file").write_text("")
    monkeypatch.setenv("GENPHASE_CACHE", str(tmp_path / "file/cache"))
    vega_library.cache_clear()
    assert "vegaEmbed" in vega_library()
