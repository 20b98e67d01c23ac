"""From a sweep file to figures, by a real Snakemake."""

import csv
import io
import re
import shutil
import zipfile
from pathlib import Path

import pytest
from docutils.core import publish_string
from workflow_pipeline import REPOSITORY, Pipeline, jobs, planned_jobs

pytestmark = pytest.mark.workflow


def rows(content: bytes) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(content.decode())))


def test_without_a_target_the_sweeps_of_the_configuration_are_built(pipeline: Pipeline) -> None:
    for name in ("first", "second", "third"):
        pipeline.write(name)
    done = pipeline.snakemake("--dry-run", sweeps="[first, third]")
    planned = planned_jobs(done.stdout)
    assert planned["all"] == 1
    assert planned["collect_trials"] == 2
    assert "results/third/" in done.stdout
    assert "results/second/" not in done.stdout


def test_a_sweep_is_built_into_tables_figures_and_a_report(pipeline: Pipeline) -> None:
    pipeline.write(
        "tiny",
        solvers=[
            {"name": "plugin", "step": 3, "max_iter": 300, "stop": {"relative_change": 1e-9}},
            {"name": "gradient_descent", "step": 1, "max_iter": 5},
        ],
        figures={
            "portrait": {"x": "k", "y": "n", "overlays": [{"y": "6*k"}, {"x": "n/6"}]},
            "curve": {"x": "n/k", "y": "signal_error", "y_scale": "log"},
            "trace": {"series": "solver", "panels": ["k", "n"]},
            "comparison": {"x": "k", "y": "n", "solvers": ["gradient_descent", "plugin"]},
            "profile": {"series": "solver"},
            "budget": {"kind": "profile", "x": "solve_seconds", "series": "solver"},
            "seconds": {"kind": "curve", "x": "n/k", "y": "solve_seconds", "series": "solver"},
        },
        trace={"points": 10},
        title="A *tiny* sweep_ of |bars|",
        reference="Nobody (2020)",
    )
    output = pipeline.build("tiny")
    assert jobs(output)["draw_figure"] == 7
    assert jobs(output)["explore_figure"] == 3
    assert jobs(output)["trace_cells"] == 1
    assert jobs(output)["tabulate_overlays"] == 1

    trials = rows(pipeline.read("tiny"))
    assert list(trials[0]) == [
        "cell", "solver", "k", "n", "widths", "m", "noise", "trial", "status", "iterations",
        "negations", "latent_error", "signal_error", "latent_norm", "signal_norm", "objective",
        "gradient_norm",
    ]  # fmt: skip
    assert len(trials) == 2 * 2 * 2 * 3
    grid = [(row["k"], row["n"], row["solver"], row["trial"]) for row in trials]
    assert grid[:4] == [
        ("2", "12", "plugin", "0"),
        ("2", "12", "plugin", "1"),
        ("2", "12", "plugin", "2"),
        ("2", "12", "gradient_descent", "0"),
    ]
    assert {row["status"] for row in trials if row["solver"] == "gradient_descent"} == {"capped"}

    cells = rows(pipeline.read("tiny", "cells.csv"))
    assert len(cells) == 8
    for cell in cells:
        here = [row for row in trials if row["cell"] == cell["cell"]]
        recovered = [
            row
            for row in here
            if row["status"] == "converged" and float(row["signal_error"]) < 1e-5
        ]
        assert int(cell["recovered"]) == len(recovered)
        assert float(cell["rate_low"]) <= float(cell["rate"]) <= float(cell["rate_high"])

    lines = rows(pipeline.read("tiny", "transition.csv"))
    assert [(row["solver"], row["k"], row["along"]) for row in lines] == [
        ("plugin", "2", "n"),
        ("plugin", "3", "n"),
        ("gradient_descent", "2", "n"),
        ("gradient_descent", "3", "n"),
    ]
    timings = rows(pipeline.read("tiny", "timings.csv"))
    assert len(timings) == len(trials)
    assert list(timings[0]) == [
        *("cell", "solver", "trial"),
        *("draw_seconds", "solve_seconds", "peak_mb"),
    ]
    traces = rows(pipeline.read("tiny", "traces.csv"))
    assert list(traces[0]) == [
        "cell", "solver", "k", "n", "widths", "m", "noise", "trial", "iteration", "objective",
        "latent_error",
    ]  # fmt: skip
    ends = {row["cell"]: row for row in traces}
    for row in trials[::3]:
        # The plain loop can differ in the last digits, and so in where it stops.
        assert abs(int(ends[row["cell"]]["iteration"]) - int(row["iterations"])) <= 1
        assert float(ends[row["cell"]]["objective"]) == pytest.approx(
            float(row["objective"]), rel=1e-3, abs=1e-15
        )

    # Beside each figure, the numbers that it shows.
    shown = rows(pipeline.read("tiny", "portrait.csv"))
    assert [row["rate"] for row in shown] == [row["rate"] for row in cells]
    points = rows(pipeline.read("tiny", "curve.csv"))
    assert [row["solver"] for row in points] == ["plugin"] * 4 + ["gradient_descent"] * 4
    assert [float(row["x"]) for row in points] == pytest.approx([4, 6, 20 / 3, 10] * 2)
    for row in points:
        cell = next(
            cell
            for cell in cells
            if cell["solver"] == row["solver"]
            and int(cell["n"]) / int(cell["k"]) == pytest.approx(float(row["x"]))
        )
        assert row["y"] == cell["signal_error_median"]
        assert row["high"] == cell["signal_error_q75"]
    assert len(rows(pipeline.read("tiny", "trace.csv"))) == len(traces)
    overlays = rows(pipeline.read("tiny", "overlays/portrait.csv"))
    assert {(row["solver"], row["overlay_label"]) for row in overlays} == {
        (solver, label) for solver in ("plugin", "gradient_descent") for label in ("6*k", "n/6")
    }
    for row in overlays:
        assert float(row["y"]) == pytest.approx(6 * float(row["x"]))

    compared = rows(pipeline.read("tiny", "comparison.csv"))
    assert [(row["k"], row["n"]) for row in compared] == [(c["k"], c["n"]) for c in cells[::2]]
    for row in compared:
        rate = {
            cell["solver"]: float(cell["rate"])
            for cell in cells
            if (cell["k"], cell["n"]) == (row["k"], row["n"])
        }
        # Gradient descent is capped at once, and PLUGIn is not.
        assert (row["pairs"], row["only_first"], row["capped_first"]) == ("3", "0", "3")
        assert float(row["difference"]) == rate["gradient_descent"] - rate["plugin"]
    assert sum(int(row["only_second"]) for row in compared) > 0

    times = {(row["cell"], row["trial"]): float(row["solve_seconds"]) for row in timings}
    for figure, spent in (
        ("profile", lambda row: float(row["iterations"])),
        ("budget", lambda row: times[row["cell"], row["trial"]]),
    ):
        steps = rows(pipeline.read("tiny", f"{figure}.csv"))
        assert {row["solver"] for row in steps} == {"plugin", "gradient_descent"}
        for row in steps:
            within = [
                trial
                for trial in trials
                if trial["solver"] == row["solver"]
                and trial["status"] != "diverged"
                and float(trial["signal_error"]) < 1e-5
                and spent(trial) <= float(row["x"])
            ]
            assert (row["recovered"], row["trials"]) == (str(len(within)), "12")
            assert float(row["y"]) == len(within) / 12
        assert int(steps[0]["recovered"]) < max(int(row["recovered"]) for row in steps)
    for row in rows(pipeline.read("tiny", "seconds.csv")):
        own = sorted(
            times[trial["cell"], trial["trial"]]
            for trial in trials
            if trial["solver"] == row["solver"]
            and int(trial["n"]) / int(trial["k"]) == pytest.approx(float(row["x"]))
        )
        assert [float(row[name]) for name in ("low", "y", "high")] == own
    for figure in ("budget", "seconds"):
        assert b"is of the machine" in b" ".join(pipeline.read("tiny", f"{figure}.txt").split())

    for figure in ("portrait", "curve", "trace", "comparison", "profile", "budget", "seconds"):
        assert pipeline.read("tiny", f"{figure}.png").startswith(b"\x89PNG")
        assert pipeline.read("tiny", f"{figure}.pdf").startswith(b"%PDF")

    report = pipeline.folder / "report.html"
    said = pipeline.build("tiny", "--report", str(report))
    # Neither docutils nor Snakemake finds anything amiss.
    assert not re.search("ERROR|WARNING|<string>", said)
    html = report.read_text()
    for text in (
        "All trials of",
        "cell by cell",
        "crosses 50 %",
        "The portrait of",
        "The curve of",
        "The trace of",
        "The comparison of",
        # The front page: title, source, seed and version, with all pictures.
        "A *tiny* sweep_ of |bars|",
        "After: Nobody (2020).",
        "Master seed 0; by genphase",
    ):
        assert text in html
    assert html.count("data:image/png;base64") >= 4
    # A large one is a folder in an archive.
    pipeline.build("tiny", "--report", str(report.with_suffix(".zip")))
    assert zipfile.is_zipfile(report.with_suffix(".zip"))


def test_times_of_trials_that_ran_again_are_drawn_again(pipeline: Pipeline) -> None:
    figures = {"profile": {}, "budget": {"kind": "profile", "x": "solve_seconds"}}
    pipeline.write("tiny", figures=figures)
    pipeline.build("tiny")
    trials = pipeline.read("tiny")
    before = rows(pipeline.read("tiny", "budget.csv"))
    shutil.rmtree(pipeline.folder / "results/store")
    shutil.rmtree(pipeline.folder / "results/tiny/batches")
    (pipeline.folder / "results/tiny/timings.csv").unlink()
    assert jobs(pipeline.build("tiny"))["draw_figure"] == 1
    assert pipeline.read("tiny") == trials
    times = [float(row["solve_seconds"]) for row in rows(pipeline.read("tiny", "timings.csv"))]
    after = rows(pipeline.read("tiny", "budget.csv"))
    assert {float(row["x"]) for row in after} <= set(times)
    assert after != before
    assert "draw_figure" not in jobs(pipeline.build("tiny"))


def test_cells_architectures_and_measurements_of_compressed_sensing(pipeline: Pipeline) -> None:
    pipeline.write(
        "sensing",
        problem="compressed_sensing",
        axes={"architecture": [[12, 10], [6, 12, 10]], "k": [2, 3]},
        where="d == 2 or k < 3",
        network={"widths": "architecture"},
        m="3*k",
        target="unit_signal",
        solvers=[{"name": "subgradient", "step": 0.7, "max_iter": 50}],
        success={"error": "latent", "below": 0.5},
        figures={"curve": {"x": "k/m", "series": "architecture"}},
    )
    pipeline.build("sensing")
    cells = rows(pipeline.read("sensing", "cells.csv"))
    assert [(row["architecture"], row["widths"], row["k"], row["m"]) for row in cells] == [
        ("[12,10]", "[12,10]", "2", "6"),
        ("[12,10]", "[12,10]", "3", "9"),
        ("[6,12,10]", "[6,12,10]", "2", "6"),
    ]


def test_a_bad_sweep_starts_no_job_and_names_file_key_value_and_remedy(pipeline: Pipeline) -> None:
    pipeline.write("bad", trials=0)
    pipeline.write("good")
    done = pipeline.snakemake("bad")
    assert done.returncode != 0
    assert not jobs(done.stderr)
    for text in ("bad.yaml", "trials", "0", "remedy:"):
        assert text in done.stderr
    # A mistake in one sweep does not stop another.
    pipeline.build("--dry-run", "good")


@pytest.mark.parametrize(
    ("config", "texts"),
    [({"seed": "many"}, ("seed", "many")), ({"sede": 3}, ("sede", "did you mean 'seed'"))],
)
def test_a_bad_configuration_is_refused(
    pipeline: Pipeline, config: dict[str, object], texts: tuple[str, ...]
) -> None:
    pipeline.write("tiny")
    done = pipeline.snakemake("tiny", **config)
    assert done.returncode != 0
    for text in texts:
        assert text in done.stderr


def test_a_failed_job_names_its_log(pipeline: Pipeline) -> None:
    pipeline.write("tiny")
    pipeline.build("--dry-run", "tiny")
    # The store's place is taken by a file: no job can write to it.
    pipeline.results.mkdir()
    (pipeline.results / "store").write_text("in the way")
    done = pipeline.snakemake("tiny")
    assert done.returncode != 0
    assert "logs/tiny/" in done.stderr
    assert "NotADirectoryError" in done.stderr


@pytest.mark.parametrize(
    "text", sorted((REPOSITORY / "workflow/report").glob("*.rst")), ids=lambda path: path.stem
)
def test_a_text_of_the_report_is_read_without_a_warning(text: Path) -> None:
    filled = re.sub(r"\{\{[^}]*\}\}", "a_value", text.read_text(encoding="utf-8"))
    # Warnings would be exceptions.
    publish_string(filled, writer="html5", settings_overrides={"halt_level": 2, "report_level": 2})


def test_threads_within_trials_change_no_result(pipeline: Pipeline) -> None:
    """Layers of 520 units are shared by two threads, for whom the kernels are compiled apart."""
    pipeline.write("tiny", axes={"k": [2], "n": [520, 521]}, batch="cell", figures=None)
    assert "Execute 2 jobs" in pipeline.build("tiny")
    # With two cores, one job that claims both after the other.
    assert "Execute 2 jobs" not in pipeline.build("tiny", results="others", threads=2)
    others = Pipeline(pipeline.folder)
    others.results = pipeline.folder / "others"
    assert others.read("tiny") == pipeline.read("tiny")
    ((compiled,), (without,)) = (
        [path.stem for path in (folder / "kernels").iterdir()]
        for folder in (others.results, pipeline.results)
    )
    assert compiled == f"{without}-2"
