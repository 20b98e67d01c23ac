"""What is measured of drawn networks: known values, lower bounds, expected rates."""

import numpy as np
import pytest

from genphase.cells.drawn import Drawn
from genphase.cells.quantity import run_quantity
from genphase.draws.instance import draw_instance
from genphase.draws.streams import QUANTITY, stream
from genphase.parameters import Parameters
from genphase.quantities.plane import on_plane
from genphase.quantities.search import greatest
from genphase.records import AT_LEAST, NONE
from genphase.theory.conditions import circle_pieces, expected_overlap, linear_maps
from genphase.things import QUANTITIES, AtLeast


def parameters(
    name, widths=(40, 60), k=4, problem="inversion", m=None, weights="gaussian", **options
):
    measured = problem != "inversion" and problem != "blind_demodulation"
    return Parameters.model_validate(
        {
            "problem": problem,
            "k": k,
            "network": {"widths": widths, "weights": weights, "slope": 0},
            "m": (m or 30) if measured else widths[-1],
            "measurements": "gaussian" if measured else "identity",
            "target": "sphere",
            "noise": {"law": "sphere", "level": 0.0},
            "start": 1.0,
            "quantity": {"name": name, "options": options},
            "seed": 3,
        }
    )


def value(name, trial=0, **given):
    return run_quantity(parameters(name, **given), trial).record


def drawn(given, trial=0):
    return Drawn(given, draw_instance(given, trial), stream(given, trial, QUANTITY))


def required(name):
    fields = QUANTITIES[name].options.model_fields
    return {option: 1 for option, field in fields.items() if field.is_required()}


@pytest.mark.parametrize("name", QUANTITIES.names)
def test_a_value_depends_on_the_trial_and_nothing_else(name):
    needs = QUANTITIES[name].facts.get("needs", ())
    problem = "blind_demodulation" if "two networks" in needs else "compressed_sensing"
    k = QUANTITIES[name].facts.get("k", 3)
    given = dict(problem=problem, k=k, widths=(12, 15), **required(name))
    first, again = (value(name, 1, **given) for _ in range(2))
    assert first == again
    assert first.trial == 1
    assert np.isfinite(first.value)
    assert first.bound in (NONE, AT_LEAST)


@pytest.mark.parametrize("name", ["wdc", "r2wdc", "rric", "lipschitz", "noise_gain"])
def test_a_longer_search_of_a_lower_bound_finds_no_less(name):
    given = {"layer": 2} if "layer" in QUANTITIES[name].options.model_fields else {}
    found = [
        value(name, problem="compressed_sensing", points=8, ascent=ascent, **given)
        for ascent in (0, 10, 100)
    ]
    assert found[0].value <= found[1].value <= found[2].value
    assert found[0].value < found[2].value
    assert {record.bound for record in found} == {AT_LEAST}


def test_the_r2wdc_of_the_first_layer_is_its_wdc():
    """The same supremum, searched with other points."""
    many = {"layer": 1, "points": 200, "ascent": 400, "k": 2, "widths": (15,)}
    assert value("r2wdc", **many).value == pytest.approx(value("wdc", **many).value, rel=0.03)


def test_the_wdc_in_the_plane_is_that_of_all_kinks():
    """Of k = 2, the exact supremum by a fine grid in every pair of pieces."""
    given = parameters("wdc", widths=(15,), k=2, layer=1, points=200, ascent=400)
    (matrix,) = drawn(given).weights
    kinks = np.sort(circle_pieces([matrix]))
    arcs = zip(kinks, [*kinks[1:], kinks[0] + 2 * np.pi], strict=True)
    inside = np.linspace(1e-9, 1 - 1e-9, 5)
    angles = np.concatenate([low + (high - low) * inside for low, high in arcs])
    points = np.column_stack([np.cos(angles), np.sin(angles)])
    on = points @ matrix.T > 0
    exact = max(
        np.linalg.norm(
            matrix[on[i] & on[j]].T @ matrix[on[i] & on[j]]
            - expected_overlap(points[i], points[j]).dense(),
            2,
        )
        for i in range(len(points))
        for j in range(i, len(points))
    )
    found = run_quantity(given, 0).record.value
    assert found <= exact * (1 + 1e-3)
    assert found >= 0.97 * exact
    ends = value("exact_wdc", widths=(15,), k=2)
    assert ends.bound == NONE
    assert exact - (np.pi / 15) ** 2 < ends.value <= exact * (1 + 1e-6)


def test_the_rric_in_the_plane_is_that_of_all_pieces():
    given = {"widths": (6, 8), "k": 2, "problem": "compressed_sensing", "m": 5}
    exact = value("exact_rric", **given)
    assert exact.bound == NONE
    found = value("rric", points=300, ascent=300, **given).value
    # Some pieces are thinner than what random points meet.
    assert 0.85 * exact.value <= found <= exact.value * (1 + 1e-9)


def test_the_lipschitz_constant_in_the_plane_is_that_of_all_pieces():
    given = {"widths": (8, 9), "k": 2}
    weights = drawn(parameters("exact_lipschitz", **given)).weights
    kinks = circle_pieces(weights)
    near = np.concatenate([kinks - 1e-7, kinks + 1e-7])
    maps = [linear_maps(weights, np.array([np.cos(t), np.sin(t)]))[-1] for t in near]
    exact = value("exact_lipschitz", **given).value
    assert exact == pytest.approx(max(np.linalg.norm(linear, 2) for linear in maps))
    found = value("lipschitz", points=300, ascent=300, **given).value
    assert found == pytest.approx(exact, rel=1e-6)


def test_a_contractive_layer_fails_the_wdc_and_has_a_small_r2wdc():
    """Half of 60 rows cannot be near I/2 in 80 dimensions, but they can on a plane in them."""
    given = {"widths": (320, 240), "k": 2, "layer": 2, "points": 6, "ascent": 10}
    assert value("wdc", **given).value > 1
    assert value("r2wdc", **given).value < 0.4


@pytest.mark.parametrize(
    ("name", "options"),
    [
        ("gradient_deviation", {"statistic": "mean"}),
        ("angle_deviation", {"layer": 2, "statistic": "mean"}),
        ("norm_deviation", {"layer": 2, "statistic": "mean"}),
        ("jacobian_deviation", {"statistic": "mean"}),
    ],
)
def test_deviations_fall_with_the_root_of_the_width(name, options):
    widths = np.array([50, 200, 800])
    means = [
        np.mean([value(name, t, widths=(2 * n, n), k=3, **options).value for t in range(12)])
        for n in widths
    ]
    slope = np.polyfit(np.log(widths), np.log(means), 1)[0]
    assert slope == pytest.approx(-0.5, abs=0.12)
    assert value(name, k=3, **options).bound == NONE


def test_the_gains_of_noise_are_those_of_the_matrices():
    seen = drawn(parameters("plugin_gain", problem="compressed_sensing"))
    rng = stream(parameters("plugin_gain", problem="compressed_sensing"), 0, QUANTITY)
    noise = rng.standard_normal(30)
    w1, w2 = seen.weights
    expected = np.linalg.norm(w1.T @ w2.T @ seen.measurement_matrix.T @ noise)
    found = value("plugin_gain", problem="compressed_sensing").value
    assert found == pytest.approx(expected / np.linalg.norm(noise), rel=1e-9)


def test_pieces_are_counted_layer_by_layer():
    assert value("pieces", widths=(9, 8), k=2, layer=1).value == 18
    assert value("pieces", widths=(9, 8), k=2, layer=2).value > 18


def test_most_gradients_of_an_expansive_network_lead_to_the_truth():
    assert value("descent_share", widths=(200, 800), k=5).value > 0.9


def test_the_joint_wdc_falls_with_the_width():
    given = {"problem": "blind_demodulation", "k": 2, "points": 8, "ascent": 10}
    wide, narrow = (
        np.mean([value("joint_wdc", t, widths=(4, n), **given).value for t in range(4)])
        for n in (4000, 40)
    )
    assert wide < narrow / 4


def test_the_joint_wdc_knows_that_truncated_rows_are_shorter():
    given = {"problem": "blind_demodulation", "k": 2, "points": 8, "ascent": 0}
    found = value("joint_wdc", widths=(4, 4000), weights="truncated", **given)
    assert found.value < 0.3


def test_an_ascent_climbs_to_the_greatest_value():
    rng = np.random.default_rng(0)
    found = greatest(lambda x: float(x[0, 0]), rng, (1, 3), 5, 200)
    assert isinstance(found, AtLeast)
    assert found == pytest.approx(1, abs=1e-4)


class TestPlane:
    """What landscapes are drawn of."""

    def test_the_objective_vanishes_at_the_truth_alone(self):
        assert value("objective", along=1.0).value == pytest.approx(0, abs=1e-9)
        assert value("objective", along=0.0).value == pytest.approx(
            2**2 * half_square("signal"), rel=1e-6
        )

    @pytest.mark.parametrize("name", ["objective", "gradient_norm"])
    @pytest.mark.parametrize(("along", "across"), [(0.4, 0.7), (-0.8, 0.3), (1.5, -1.0)])
    def test_wide_networks_are_near_their_expectation(self, name, along, across):
        where = {"along": along, "across": across, "widths": (2000, 4000), "k": 3}
        found = np.mean([value(name, trial, **where).value for trial in range(8)])
        expected = value(f"expected_{name}", **where).value
        assert found == pytest.approx(expected, rel=0.06)

    def test_all_points_of_a_trial_are_on_one_plane(self):
        places = [on_plane(drawn(parameters("rho"), 1), a, b) for a, b in ((1, 0), (0, 1), (2, -3))]
        np.testing.assert_allclose(places[2], 2 * places[0] - 3 * places[1])
        assert places[0] @ places[1] == pytest.approx(0, abs=1e-9)
        assert np.linalg.norm(places[1]) == pytest.approx(np.linalg.norm(places[0]))

    def test_on_a_line_there_is_nothing_beside_it(self):
        assert np.isnan(value("objective", along=1.0, across=1.0, k=1).value)
        assert value("objective", along=1.0, k=1).value == pytest.approx(0, abs=1e-9)

    def test_the_gradient_is_that_of_the_objective(self):
        given, step = parameters("rho"), 1e-5
        seen = drawn(given)
        x = on_plane(seen, 0.3, 0.5)
        slope = [
            (seen.objective(x + step * e) - seen.objective(x - step * e)) / (2 * step)
            for e in np.eye(4)
        ]
        scale = 4 / np.linalg.norm(seen.target)
        found = value("gradient_norm", along=0.3, across=0.5).value
        assert found == pytest.approx(scale * np.linalg.norm(slope), rel=1e-4)

    @pytest.mark.parametrize("depth", [1, 2, 4])
    def test_the_other_minimum_lies_at_rho(self, depth):
        wide = {"widths": (2000,) * depth, "k": 5}
        found = np.mean([value("rho", trial, **wide).value for trial in range(6)])
        assert found == pytest.approx(value("expected_rho", **wide).value, abs=0.05)
        # Along that line, nothing is lower.
        own = value("rho", **wide).value
        there, beside = (value("objective", along=-t, **wide).value for t in (own, own + 0.05))
        assert there <= beside

    @pytest.mark.parametrize("layer", [1, 3])
    @pytest.mark.parametrize("between", [0.0, 0.02, 1.0, np.pi])
    def test_angles_shrink_as_expected(self, layer, between):
        wide = {"widths": (3000,) * 3, "k": 5, "layer": layer, "between": between}
        found = np.mean([value("angle", trial, **wide).value for trial in range(6)])
        assert found == pytest.approx(value("expected_angle", **wide).value, abs=0.03)

    @pytest.mark.parametrize(("first", "second"), [(1, 1), (-1, 0.5), (-0.7, -1.5), (0, 2)])
    def test_products_are_near_their_expectation(self, first, second):
        where = {"first": first, "second": second, "widths": (1500, 3000), "k": 1}
        given = where | {"problem": "blind_demodulation"}
        found = np.mean([value("product_objective", trial, **given).value for trial in range(10)])
        expected = value("expected_product_objective", **given).value
        assert found == pytest.approx(expected, rel=0.08, abs=1e-6)


def half_square(name):
    """Return half the square of what is drawn, in units of ‖x*‖."""
    seen = drawn(parameters("rho"))
    return 0.5 * np.sum(getattr(seen, name) ** 2) / np.sum(seen.target**2)
