import matplotlib.pyplot as plt
import numpy as np
from matplotlib.backends.backend_agg import FigureCanvasAgg

from genphase.figures.captions import convergence_caption
from genphase.figures.convergence import draw_convergence, drawable
from genphase.records import Record
from genphase.sweep.success import Success


def trace(rate, length=20):
    t = np.arange(length)
    return np.column_stack([10.0 ** (-2 * rate * t), 10.0 ** (-rate * t)])


def test_objective_and_error_of_each_trial_on_log_axes():
    traces = {0: trace(0.5), 3: trace(0.2, 7)}
    figure = draw_convergence(traces, "A run")
    FigureCanvasAgg(figure).draw()
    assert figure.get_suptitle() == "A run"
    assert plt.get_fignums() == []
    for column, area in enumerate(figure.axes):
        assert area.get_yscale() == "log"
        lines = {line.get_label(): line for line in area.lines}
        assert list(lines) == ["trial 0", "trial 3"]
        for trial, found in zip(traces, lines.values(), strict=True):
            # The first iterate is x_0.
            assert found.get_xdata().tolist() == list(range(len(traces[trial])))
            np.testing.assert_array_equal(found.get_ydata(), traces[trial][:, column])
    labels = [area.get_ylabel() for area in figure.axes]
    assert labels == ["objective $f(x_t)$", "relative latent error"]


def test_zeros_infinities_and_nan_do_not_warn():
    odd = trace(0.1)
    odd[3] = 0
    odd[4] = np.inf
    odd[5] = np.nan
    FigureCanvasAgg(draw_convergence({0: odd}, "Odd")).draw()


def test_only_columns_with_a_line_are_drawn():
    without_code = trace(0.1)
    without_code[:, 1] = np.nan
    start_alone = np.full((5, 2), np.nan)
    start_alone[0] = 1.0
    solved_at_once = np.zeros((5, 2))
    assert drawable({0: trace(0.1), 1: start_alone}) == ["objective", "latent_error"]
    assert drawable({0: without_code}) == ["objective"]
    assert drawable({0: start_alone, 1: solved_at_once}) == []
    figure = draw_convergence({0: without_code}, "An image", ["objective"])
    (area,) = figure.axes
    assert area.get_ylabel() == "objective $f(x_t)$"


def test_many_trials_go_without_a_legend():
    figure = draw_convergence({i: trace(0.1) for i in range(12)}, "Many")
    assert figure.axes[0].get_legend() is None
    assert draw_convergence({0: trace(0.1)}, "One").axes[0].get_legend() is not None


def test_the_caption_tells_trials_failures_and_the_rule():
    def record(trial, status, iterations, error):
        return Record(trial, status, iterations, 0, 2 * error, error, 1.0, 1.0, 0.0, 0.0)

    records = [
        record(0, "converged", 40, 1e-9),
        record(1, "converged", 60, 0.5),
        record(2, "capped", 100, 1e-9),
        record(3, "diverged", 7, np.inf),
    ]
    success = Success(error="signal", below=1e-5)
    assert convergence_caption(records, success, 100) == (
        "4 trials by the plain loop, one line each, without an average or an interval: 1 capped, "
        "1 diverged; 2 recovered, relative signal error below 1e-5, diverged trials "
        "counted as failures."
    )
    one = convergence_caption(records[2:3], success.model_copy(update={"converged": True}), 99)
    assert one.startswith("1 trial by the plain loop: 1 capped, 0 diverged; 0 recovered")
    assert one.endswith("Of longer trials the first 99 iterations are drawn.")
