import numpy as np
import pytest
from cells import make_trials
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.collections import PolyCollection

from genphase.figures.draw import draw
from genphase.sweep.figures import figure_spec
from genphase.sweep.success import Success

SUCCESS = Success(error="latent", below=1e-3, converged=True)
GRID = {"k": [5, 10, 20, 40]}
MACHINE = "Processor time is of the machine that the trials ran on"


def half(k, trial, **_):
    """Recovered are the first k/10 trials."""
    return 1e-6 if trial < k / 10 else 1.0


def timings_of(trials):
    return trials[["cell", "solver", "trial"]].assign(solve_seconds=1e-3 * (trials["trial"] + 1))


def drawing(trials, **spec):
    entry = figure_spec({"kind": "profile", **spec})
    tables = {"trials": trials, "timings": timings_of(trials)}
    if "solve_seconds" not in (spec.get("x"), spec.get("y")):
        del tables["timings"]
    found = draw(entry, tables, list(GRID), SUCCESS, "A title")
    FigureCanvasAgg(found.figure).draw()
    return found


def lines(figure):
    (area,) = figure.axes
    return {a.get_label(): a for a in area.lines if a.get_color() != "0.8"}


def test_a_step_for_each_trial_that_is_recovered():
    # Trial i takes 10 (i + 1) iterations; of ten, k/10 are recovered.
    figure, numbers, caption = drawing(make_trials(GRID, half, trials=10))
    (area,) = figure.axes
    assert area.get_xscale() == "log"
    assert (area.get_xlabel(), area.get_ylabel()) == ("iterations", "share recovered")
    found = lines(figure)
    assert list(found) == ["k = 5", "k = 10", "k = 20", "k = 40"]
    assert {line.get_drawstyle() for line in found.values()} == {"steps-post"}
    assert found["k = 40"].get_xydata().tolist() == [
        *([10, 0.1], [20, 0.2], [30, 0.3], [40, 0.4], [100, 0.4]),
    ]
    bands = [c for c in area.collections if isinstance(c, PolyCollection)]
    assert len(bands) == 4
    corners = bands[3].get_paths()[0].vertices
    row = numbers[(numbers["k"] == 40) & (numbers["x"] == 40)].iloc[0]
    # A band is as wide up to the next budget.
    for place in (40, 100):
        heights = corners[np.isclose(corners[:, 0], place), 1]
        assert {row["low"], row["high"]} <= set(heights)
    assert caption == (
        "10 trials per line; line: share of all of them that are recovered within a budget of "
        "iterations; recovered: relative latent error below 0.001, capped and diverged trials "
        "counted as failures; band: 95 % Wilson interval at each budget on its own. "
        "What a trial takes is all of it until it stops; one that is not recovered is within no "
        "budget. Of 40 trials 0 capped, 0 diverged."
    )


def test_pooled_trials_are_told():
    trials = make_trials(GRID, half, solvers=("a", "b"), trials=10)
    said = drawing(trials, series="solver").caption
    assert said.startswith("40 trials per line")
    assert "Trials of up to 4 cells are pooled in a line." in said
    assert MACHINE not in said


def test_panels_share_their_axes():
    figure = drawing(make_trials(GRID, half, solvers=("a", "b")), panels="solver").figure
    shown = [area for area in figure.axes if area.get_visible()]
    assert [area.get_title() for area in shown] == ["a", "b"]
    assert len({area.get_xlim() for area in shown}) == 1


@pytest.mark.parametrize("scale", ["linear", "log"])
def test_nothing_that_is_recovered_is_a_line_at_zero(scale):
    figure, numbers, _ = drawing(make_trials({"k": [5]}, lambda **_: 1.0), y_scale=scale)
    assert (numbers["y"] == 0).all()
    assert figure.axes[0].get_ylim() == (-0.03, 1.03)


def test_a_log_share_has_room_for_the_least():
    figure, _, _ = drawing(make_trials(GRID, half, trials=10), y_scale="log")
    assert figure.axes[0].get_ylim() == pytest.approx((0.05, 1.2))


def test_time_is_told_to_be_of_a_machine():
    figure, numbers, caption = drawing(make_trials(GRID, half, trials=10), x="solve_seconds")
    assert figure.axes[0].get_xlabel() == "processor time (s)"
    assert numbers["x"].max() == pytest.approx(0.01)
    assert "within a budget of processor time" in caption
    assert MACHINE in caption


@pytest.mark.parametrize(
    ("statistic", "height", "line"),
    [("median", 0.003, "median of all trials, band: quartiles"), ("mean", 0.003, "mean of all")],
)
def test_a_curve_of_time(statistic, height, line):
    trials = make_trials(GRID, half)
    figure, numbers, caption = drawing(
        trials, kind="curve", x="k", y="solve_seconds", statistic=statistic
    )
    assert numbers["y"].to_numpy() == pytest.approx(height)
    if statistic == "median":
        assert numbers[["low", "high"]].iloc[0].tolist() == pytest.approx([0.002, 0.004])
    assert figure.axes[0].get_ylabel() == "processor time (s)"
    assert line in caption
    assert "capped and diverged ones have the time that they took" in caption
    assert MACHINE in caption


def test_a_curve_of_the_recovered_alone_and_one_of_iterations():
    trials = make_trials(GRID, half, trials=10)
    numbers = drawing(trials, kind="curve", x="k", y="solve_seconds", over="recovered").numbers
    assert numbers["y"].tolist() == pytest.approx([0.001, 0.001, 0.0015, 0.0025])
    assert MACHINE not in drawing(trials, kind="curve", x="k", y="iterations").caption
