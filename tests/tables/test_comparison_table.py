import numpy as np
import pandas as pd
import pytest
from cells import make_trials
from scipy.stats import binomtest

from genphase.sweep.success import Success
from genphase.tables.comparison import compare, overall, pair_trials
from genphase.tables.files import read_table, write

SUCCESS = Success(error="signal", below=1e-5)
SOLVERS = ("a", "b")
GRID = {"k": [1, 2], "m": [10, 20, 30]}


def outcomes(recovers, grid=GRID, trials=5, **options):
    """Return trials.csv of two solvers; `recovers` tells which trials are recovered where."""
    return make_trials(
        grid,
        lambda **point: 1e-7 if recovers(**point) else 1.0,
        solvers=SOLVERS,
        trials=trials,
        **options,
    )


def at(table, **point):
    for name, value in point.items():
        table = table[table[name] == value]
    (row,) = table.to_dict("records")
    return row


def random_trials(seed, rates, cells=12, trials=15):
    """Return trials of cells whose two outcomes fall by `rates`: of both, only a, only b, none."""
    draws = np.random.default_rng(seed).choice(4, size=(cells, trials), p=rates)
    recovered = {"a": draws <= 1, "b": (draws == 0) | (draws == 2)}
    return outcomes(
        lambda k, trial, solver: recovered[solver][k, trial],
        {"k": list(range(cells))},
        trials,
    )


class TestPairs:
    def test_trials_are_paired_by_grid_point_and_index(self):
        # a recovers the trials below k, b the even ones.
        trials = outcomes(
            lambda k, trial, solver, **_: trial < k if solver == "a" else not trial % 2
        )
        shuffled = trials.sample(frac=1, random_state=0)
        pairs = pair_trials(shuffled, SOLVERS, SUCCESS).sort_values(["k", "m", "trial"])
        assert len(pairs) == 6 * 5
        for row in pairs.to_dict("records"):
            assert row["recovered_first"] == (row["trial"] < row["k"])
            assert row["recovered_second"] == (row["trial"] % 2 == 0)

    def test_what_only_one_solver_has_is_left_out_and_counted(self):
        trials = outcomes(lambda trial, **_: trial > 1)
        # Of k = 1 and m = 10, a has trials 0 to 4 and b only trials 2 and 3.
        here = (trials.k == 1) & (trials.m == 10) & (trials.solver == "b")
        gone = here & ~trials.trial.isin([2, 3])
        gone |= (trials.k == 2) & (trials.m == 30) & (trials.solver == "a")
        table = compare(trials[~gone], SOLVERS, SUCCESS)
        short = at(table, k=1, m=10)
        assert (short["pairs"], short["unpaired"], short["both"]) == (2, 3, 2)
        alone = at(table, k=2, m=30)
        assert (alone["pairs"], alone["unpaired"], alone["better"]) == (0, 5, "")
        assert np.isnan([alone["difference"], alone["p_value"], alone["p_holm"]]).all()
        whole = at(table, k=2, m=10)
        assert (whole["pairs"], whole["unpaired"], whole["neither"]) == (5, 0, 2)

    def test_a_point_that_a_refinement_added_in_other_rounds_is_still_one(self):
        trials = outcomes(lambda trial, **_: trial > 1)
        trials.insert(trials.columns.get_loc("trial"), "round", 0)
        here = (trials.k == 1) & (trials.m == 20)
        trials.loc[here & (trials.solver == "a"), "round"] = 1
        trials.loc[here & (trials.solver == "b"), "round"] = 2
        table = compare(trials, SOLVERS, SUCCESS)
        assert len(table) == 6
        assert (at(table, k=1, m=20)["pairs"], at(table, k=1, m=20)["round"]) == (5, 2)
        assert at(table, k=1, m=10)["round"] == 0

    def test_no_pair_at_all(self):
        trials = outcomes(lambda **_: True)
        table = compare(trials[trials.solver == "a"], SOLVERS, SUCCESS)
        assert table["pairs"].tolist() == [0] * 6
        assert overall(trials[trials.solver == "a"], SOLVERS, SUCCESS) == 1

    def test_other_solvers_are_not_in_it(self):
        trials = outcomes(lambda solver, **_: solver == "a")
        third = trials[trials.solver == "a"].assign(solver="c")
        more = pd.concat([third, trials])
        pd.testing.assert_frame_equal(
            compare(more, SOLVERS, SUCCESS), compare(trials, SOLVERS, SUCCESS)
        )

    def test_rows_follow_the_grid_whatever_its_order(self):
        grid = {"k": [2, 1], "m": [30, 10]}
        table = compare(outcomes(lambda **_: True, grid), SOLVERS, SUCCESS)
        assert list(zip(table.k, table.m, strict=True)) == [(2, 30), (2, 10), (1, 30), (1, 10)]


class TestCompare:
    def test_a_cell_by_hand(self):
        # Ten trials: both 0 1 2, only a 3 to 8, none 9.
        recovered = {"a": range(9), "b": range(3)}
        trials = outcomes(
            lambda trial, solver, **_: trial in recovered[solver], {"k": [1]}, trials=10
        )
        trials.loc[(trials.solver == "b") & (trials.trial > 7), "status"] = "capped"
        trials.loc[(trials.solver == "a") & (trials.trial == 9), "status"] = "diverged"
        (row,) = compare(trials, SOLVERS, SUCCESS).to_dict("records")
        assert (row["first"], row["second"], row["better"]) == ("a", "b", "a")
        assert [
            row[name] for name in ("pairs", "both", "only_first", "only_second", "neither")
        ] == [*(10, 3, 6, 0, 1)]
        assert (row["rate_first"], row["rate_second"]) == (0.9, 0.3)
        assert row["difference"] == pytest.approx(0.6)
        assert row["difference_low"] < 0.6 < row["difference_high"] <= 1
        # Six coins on one side.
        assert row["p_value"] == row["p_holm"] == pytest.approx(2 / 64)
        assert (row["capped_first"], row["capped_second"]) == (0, 2)
        assert (row["diverged_first"], row["diverged_second"]) == (1, 0)

    def test_the_success_rule_decides(self):
        trials = outcomes(lambda solver, **_: solver == "a")
        trials.loc[trials.solver == "a", "status"] = "capped"
        strict = Success(error="signal", below=1e-5, converged=True)
        assert compare(trials, SOLVERS, strict)["only_first"].sum() == 0
        assert compare(trials, SOLVERS, SUCCESS)["only_first"].sum() == 30

    def test_holm_by_hand(self):
        # a alone recovers 12, 8, 7 of the trials of three cells, b alone none;
        # of a fourth cell nobody any.
        alone = {1: 12, 2: 8, 3: 7, 4: 0}
        trials = outcomes(
            lambda k, trial, solver: solver == "a" and trial < alone[k],
            {"k": [3, 1, 4, 2]},
            trials=12,
        )
        table = compare(trials, SOLVERS, SUCCESS)
        p = [2 / 2**12, 2 / 2**8, 2 / 2**7, 1.0]
        expected = [4 * p[0], 3 * p[1], max(3 * p[1], 2 * p[2]), 1.0]
        for k in alone:
            assert at(table, k=k)["p_value"] == pytest.approx(p[k - 1])
            assert at(table, k=k)["p_holm"] == pytest.approx(expected[k - 1])
        # 2/2^7 is below 5 % once two cells are rejected: a step that Bonferroni does not make.
        assert 4 * p[2] > 0.05 > 2 * p[2]
        assert [at(table, k=k)["better"] for k in alone] == ["a", "a", "a", ""]

    def test_exchanging_the_solvers_mirrors_everything(self):
        trials = random_trials(0, [0.3, 0.4, 0.1, 0.2])
        there, back = (compare(trials, pair, SUCCESS) for pair in (SOLVERS, SOLVERS[::-1]))
        for column in ("difference", "difference_low", "difference_high"):
            other = column.replace("low", "x").replace("high", "low").replace("x", "high")
            np.testing.assert_allclose(there[column], -back[other], atol=1e-12)
        for column in ("p_value", "p_holm", "better", "pairs", "both"):
            assert there[column].tolist() == back[column].tolist()
        assert there["only_first"].tolist() == back["only_second"].tolist()

    def test_what_is_written_is_read(self, tmp_path):
        table = compare(outcomes(lambda k, **_: k == 1), SOLVERS, SUCCESS)
        write(table, tmp_path / "comparison.csv")
        pd.testing.assert_frame_equal(
            read_table(tmp_path / "comparison.csv"), table, check_exact=True, check_dtype=False
        )


class TestErrorRates:
    def test_equal_solvers_are_seldom_told_apart_anywhere(self):
        tables = [
            compare(random_trials(seed, [0.2, 0.35, 0.35, 0.1]), SOLVERS, SUCCESS)
            for seed in range(150)
        ]
        # At most 5 % of the comparisons may find a winner; three standard errors are 5.3 %.
        assert np.mean([(table["better"] != "").any() for table in tables]) < 0.05 + 0.053
        # Without the correction far more would: the simulation can fail.
        assert np.mean([(table["p_value"] < 0.05).any() for table in tables]) > 0.15

    def test_a_real_difference_is_found(self):
        # P(p_holm < 5 %) of a cell is at least that of p < 0.05/12: 12 or more of 15 to one side.
        tables = [
            compare(random_trials(s, [0.05, 0.9, 0, 0.05]), SOLVERS, SUCCESS) for s in range(10)
        ]
        winners = pd.concat(tables)["better"]
        assert (winners == "a").mean() > 0.9
        assert not (winners == "b").any()


class TestOverall:
    def test_cells_of_their_own_instances_are_pooled(self):
        trials = outcomes(lambda k, m, trial, solver: trial < (k + m / 10 if solver == "a" else 2))
        table = compare(trials, SOLVERS, SUCCESS)
        b, c = int(table.only_first.sum()), int(table.only_second.sum())
        assert b > 0
        assert c == 0
        expected = binomtest(b, b + c).pvalue
        assert overall(trials, SOLVERS, SUCCESS) == pytest.approx(expected)

    def test_cells_that_differ_in_noise_share_their_instances(self):
        # a recovers trials 0, 1 and 2, b none, at all of four levels of noise: 3 coins and not 12.
        grid = {"noise": [0.1, 0.2, 0.3, 0.4]}
        trials = outcomes(lambda trial, solver, **_: solver == "a" and trial < 3, grid)
        assert overall(trials, SOLVERS, SUCCESS) == pytest.approx(2 / 8)

    def test_it_holds_its_level_where_instances_are_shared(self):
        # Who recovers an instance is one toss for all of six levels of noise.
        found = 0
        for seed in range(100):
            heads = np.random.default_rng(seed).random(15) < 0.5
            trials = outcomes(
                lambda trial, solver, heads=heads, **_: heads[trial] == (solver == "a"),
                {"noise": [0.1 * i for i in range(1, 7)]},
                trials=15,
            )
            found += overall(trials, SOLVERS, SUCCESS) < 0.05
        # 5 % and three standard errors; 90 coins of their own would reject in more than half.
        assert found / 100 < 0.05 + 0.066


def test_all_outcomes_of_two_trials_are_counted():
    # In cell k, the solver a recovers the trials of the upper two bits of k, b of the lower.
    trials = outcomes(
        lambda k, trial, solver: bool(k >> (2 * (solver == "a")) & 1 << trial),
        {"k": list(range(16))},
        trials=2,
    )
    for row in compare(trials, SOLVERS, SUCCESS).to_dict("records"):
        first, second = row["k"] >> 2, row["k"] & 3
        assert row["both"] == (first & second).bit_count()
        assert row["only_first"] == (first & ~second).bit_count()
        assert row["only_second"] == (second & ~first).bit_count()
        assert row["neither"] == 2 - (first | second).bit_count()
