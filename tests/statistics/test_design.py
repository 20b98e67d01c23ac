"""Where trials narrow crossings most: gains are those of the information, and portions only add."""

import numpy as np
import pytest
from coverages import budget_draw
from scipy.special import expit

from genphase.statistics.design import Design, Panel, portions, spend
from genphase.statistics.portraits import PortraitFit

LINE, PLACE = np.divmod(np.arange(60), 10)
SIZE = np.log(np.arange(1.0, 7))


def a_fit(trials=20, seed=1, slope=1.5):
    rates = expit(slope * (PLACE - 2.3 - 0.8 * LINE))
    recovered = np.random.default_rng(seed).binomial(trials, rates)
    return PortraitFit(PLACE, LINE, SIZE, recovered, np.full(60, trials))


def a_panel(design):
    return Panel(np.arange(60), design, np.ones(60, bool), 1.0)


def test_the_variances_are_those_of_the_band():
    fit = a_fit(400)
    spread = np.sqrt(fit.design(highest=False).variances(np.full(60, 400.0)))
    for i, error in enumerate(spread):
        band = fit.band(i, 0.5)
        assert (band.high - band.low) / (2 * 1.96 * error) == pytest.approx(1, abs=0.02)


def test_a_gain_is_what_the_sum_of_variances_falls_by():
    design, trials = a_fit().design(), np.full(60, 20)
    panel = a_panel(design)
    panel.begin(trials)
    gains = panel.gains(7)
    for cell in (0, 13, 34, 59):
        after = trials.astype(float)
        after[cell] += 7
        fallen = design.variances(trials.astype(float)).sum() - design.variances(after).sum()
        assert gains[cell] == pytest.approx(fallen, rel=1e-4)
    # And so after a portion.
    panel.add(34, 7)
    after = trials.astype(float)
    after[34] += 7
    assert panel.variances() == pytest.approx(design.variances(after), rel=1e-4)


def test_trials_of_one_line_go_where_its_rate_is_near_half():
    # One crossing c of log-odds s (t - c): all information of c is at the crossing.
    t = np.arange(10.0)
    odds = 2 * (t - 4)
    rate = expit(odds)
    design = Design(
        np.column_stack([-2 * np.ones(10), odds]), rate * (1 - rate), np.array([[1.0, 0.0]]),
        np.zeros((2, 2)),
    )  # fmt: skip
    panel = Panel(np.arange(10), design, np.zeros(10, bool), 1.0)
    given = spend([panel], np.full(10, 5), 200, 1, 1000) - 5
    assert given[4] == 200


def test_few_portions_are_the_beginning_of_many():
    panel, trials = a_panel(a_fit().design()), np.full(60, 20)
    found = [spend([panel], trials, budget, 3, 10_000) for budget in (0, 1, 100, 101, 1000)]
    assert [counts.sum() for counts in found] == [1200, 1201, 1300, 1301, 2200]
    assert all((low <= high).all() for low, high in zip(found, found[1:], strict=False))


def test_no_cell_gets_more_than_the_most():
    panel, trials = a_panel(a_fit().design()), np.full(60, 20)
    counts = spend([panel], trials, 5000, 7, 90)
    assert counts.max() == 90
    # And what no cell can take is not given.
    assert spend([panel], trials, 10_000, 7, 90).sum() == 60 * 90


def test_equal_cells_get_equally_many_without_a_fit():
    panel = Panel(np.arange(4), None, np.array([False, True, True, False]), 1.0)
    assert list(spend([panel], np.full(4, 5), 40, 1, 100)) == [5, 25, 25, 5]
    closed = Panel(np.arange(4), None, np.zeros(4, bool), 1.0)
    assert list(portions([closed], np.full(4, 5), 1, 100)) == []


def test_of_two_panels_the_wider_gets_more():
    steep, gentle = a_fit(slope=4).design(), a_fit(slope=1).design()
    panels = [a_panel(steep), Panel(60 + np.arange(60), gentle, np.ones(60, bool), 1.0)]
    given = spend(panels, np.full(120, 20), 2000, 2, 10_000) - 20
    assert given[60:].sum() > 3 * given[:60].sum() > 0


@pytest.mark.parametrize(("slope", "part"), [(1.5, 0.75), (4, 0.65)])
def test_the_band_is_narrower_than_that_of_as_many_trials_of_every_cell(slope, part):
    rng, widths = np.random.default_rng(4), {5: [], 20: []}
    for _ in range(10):
        rates = expit(slope * (PLACE - 2.3 - 0.8 * LINE))
        for first, found in widths.items():
            fit, trials = budget_draw(rng, rates, PLACE, LINE, SIZE, first, 1200)
            assert trials.sum() == 1200
            found += [fit.band(i, 0.5).high - fit.band(i, 0.5).low for i in range(6)]
    assert np.mean(widths[5]) < part * np.mean(widths[20])
