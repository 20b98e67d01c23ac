import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st
from samples import make_sweep

from genphase.cells.grid import expand, show
from genphase.errors import SweepError
from genphase.identity import cell_id

ARCHITECTURE = {"architecture": [[10, 12], [8, 10, 12]], "k": [2, 3]}
TWO_SOLVERS = [
    {"name": "plugin", "step": 3},
    {"name": "gradient_descent", "label": "slow", "step": "0.1*k"},
]


def points(sweep, seed=0):
    return [(dict(cell.point), cell.solver) for cell in expand(sweep, seed, "sweep.yaml")]


@given(
    k=st.lists(st.integers(1, 30), min_size=1, max_size=4, unique=True),
    n=st.lists(st.integers(1, 300), min_size=1, max_size=4, unique=True),
)
def test_cells_are_the_product_of_the_axes_in_their_order(k, n):
    expected = [({"k": a, "n": b}, "plugin") for a, b in itertools.product(k, n)]
    assert points(make_sweep(axes={"k": k, "n": n})) == expected


def test_every_point_has_a_cell_of_every_solver():
    found = points(make_sweep(solvers=TWO_SOLVERS, axes={"k": [2, 3], "n": [12]}))
    assert found == [
        ({"k": 2, "n": 12}, "plugin"),
        ({"k": 2, "n": 12}, "slow"),
        ({"k": 3, "n": 12}, "plugin"),
        ({"k": 3, "n": 12}, "slow"),
    ]


def test_an_expression_is_evaluated_at_its_point():
    cells = expand(make_sweep(solvers=TWO_SOLVERS, noise="k/n"), 0, "sweep.yaml")
    for cell in cells:
        k, n = cell.point["k"], cell.point["n"]
        assert cell.parameters.noise.level == k / n
        if cell.solver == "slow":
            # A tenth of it, where floats would make 0.30000000000000004 of three tenths.
            assert cell.parameters.solver.options["step"] == k / 10


def test_an_id_is_that_of_the_parameters():
    cells = expand(make_sweep(), 0, "sweep.yaml")
    assert [cell.id for cell in cells] == [cell_id(cell.parameters) for cell in cells]
    assert len({cell.id for cell in cells}) == 4


def test_symbols_say_what_the_network_is():
    sweep = make_sweep(
        axes=ARCHITECTURE,
        network={"widths": "architecture"},
        problem="compressed_sensing",
        m="2*k + d",
        figures=None,
    )
    last = expand(sweep, 0, "sweep.yaml")[-1]
    assert last.parameters.network.widths == (8, 10, 12)
    assert last.symbols == {
        "k": 3, "n1": 8, "n2": 10, "n3": 12, "n": 12, "d": 3, "m": 9, "noise": 0
    }  # fmt: skip


@pytest.mark.parametrize(
    ("where", "kept"),
    [
        ("k == 2", 2),
        ("n in (12, 13)", 2),
        ("k == 2 or n == 20", 3),
        ("m > 12", 2),
        ("n1 + n2 + d < 30", 2),
        ("not k == 2 and n == 12", 1),
    ],
)
def test_where_keeps_the_points_where_it_holds(where, kept):
    assert len(points(make_sweep(where=where))) == kept


def test_where_is_asked_before_anything_that_may_have_no_value():
    sweep = make_sweep(where="k > 2", noise="1/(k - 2)", target="unit_signal")
    assert len(points(sweep)) == 2


def test_an_axis_may_have_the_name_and_value_of_a_derived_symbol():
    sweep = make_sweep(
        axes={"d": [1, 2], "n1": [12, 14]},
        k=2,
        network={"widths": {"depth": "d", "width": "n1"}},
        figures=None,
    )
    found = [cell.parameters.network.widths for cell in expand(sweep, 0, "sweep.yaml")]
    assert found == [(12,), (14,), (12, 12), (14, 14)]


def test_the_seed_is_a_parameter_of_every_cell():
    assert {cell.parameters.seed for cell in expand(make_sweep(), 7, "sweep.yaml")} == {7}


def test_one_mistake_at_many_points_is_reported_once():
    sweep = make_sweep(axes={"k": [2, 3], "n": {"from": 12, "to": 61}}, noise="1/(k - 2)")
    with pytest.raises(SweepError) as caught:
        expand(sweep, 0, "sweep.yaml")
    (mistake,) = caught.value.mistakes
    assert mistake.key == "noise"
    assert mistake.text.endswith("(at k = 2, n = 12, and 49 more)")


def test_different_mistakes_are_all_reported():
    sweep = make_sweep(
        solvers=[{"name": "plugin", "step": 0, "max_iter": 0}], noise="k - 3", target="unit_signal"
    )
    with pytest.raises(SweepError) as caught:
        expand(sweep, 0, "sweep.yaml")
    keys = {mistake.key for mistake in caught.value.mistakes}
    assert keys == {"solvers[0].step", "solvers[0].max_iter", "noise"}


def test_a_grid_that_is_too_large_is_refused_at_once():
    axes = {"k": {"from": 1, "to": 50_000}, "n": {"from": 1, "to": 50_000}}
    with pytest.raises(SweepError, match="2500000000 points"):
        expand(make_sweep(axes=axes), 0, "sweep.yaml")


@pytest.mark.parametrize(
    ("value", "text"), [(3, "3"), (0.1, "0.1"), (1e-13, "1e-13"), ((700, 600), "[700,600]")]
)
def test_values_are_shown_as_tables_have_them(value, text):
    assert show(value) == text
