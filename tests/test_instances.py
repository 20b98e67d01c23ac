import dense
import numpy as np
import pytest
from samples import PARAMETERS, make_parameters

from genphase.instances import draw_chain, draw_instance, draw_trial_start

INVERSION = {"problem": "inversion", "measurements": "identity", "m": 15}


def bits(instance):
    return [a.tobytes() for a in (*instance.chain[:2], *instance[1:])]


def same(a, b):
    return np.array_equal(a, b)


def test_the_same_trial_is_the_same_to_the_bit():
    noisy = {"noise": {"law": "gaussian", "level": 0.1}}
    assert bits(draw_instance(make_parameters(**noisy), 3)) == bits(
        draw_instance(make_parameters(**noisy), 3)
    )
    assert same(draw_trial_start(make_parameters(), 3), draw_trial_start(make_parameters(), 3))


def test_a_trial_does_not_depend_on_what_was_drawn_before():
    fresh = bits(draw_instance(make_parameters(), 5))
    for trial in range(5):
        draw_instance(make_parameters(), trial)
        draw_trial_start(make_parameters(), trial)
    np.random.default_rng().random()
    assert bits(draw_instance(make_parameters(), 5)) == fresh


def test_other_trials_differ_in_every_part():
    parameters = make_parameters(noise={"law": "sphere", "level": 0.1})
    first, second = draw_instance(parameters, 0), draw_instance(parameters, 1)
    assert not np.any(first.chain.weights == second.chain.weights)
    assert not np.any(first.target == second.target)
    assert not np.any(
        first.observation - dense.measured(first.chain, first.target)
        == second.observation - dense.measured(second.chain, second.target)
    )
    assert not np.any(draw_trial_start(parameters, 0) == draw_trial_start(parameters, 1))


@pytest.mark.parametrize(
    "change",
    [
        {"seed": 1},
        {"target": "gaussian"},
        {"noise": {"law": "sphere", "level": 1e-9}},
        {"measurements": "unit"},
    ],
)
def test_other_instance_parameters_draw_another_network(change):
    first, second = draw_chain(make_parameters(), 0), draw_chain(make_parameters(**change), 0)
    assert not np.any(first.weights[:60] == second.weights[:60])


@pytest.mark.parametrize("name", ["plugin", "subgradient", "gradient_descent"])
def test_solvers_meet_the_same_instance_and_start(name):
    other = {**PARAMETERS["solver"], "name": name, "step": 0.1, "max_iter": 7, "stop": {}}
    parameters = make_parameters(solver=other)
    assert bits(draw_instance(parameters, 2)) == bits(draw_instance(make_parameters(), 2))
    assert same(draw_trial_start(parameters, 2), draw_trial_start(make_parameters(), 2))


def test_starts_of_different_scales_point_the_same_way_on_the_same_instance():
    small = make_parameters(start=0.25)
    assert bits(draw_instance(small, 2)) == bits(draw_instance(make_parameters(), 2))
    start = draw_trial_start(make_parameters(), 2)
    np.testing.assert_allclose(draw_trial_start(small, 2), start / 4, rtol=1e-15)


def test_the_parts_have_streams_of_their_own():
    # If two parts shared a stream, their first numbers would be proportional.
    parameters = make_parameters(
        k=4, m=10, target="gaussian", noise={"law": "gaussian", "level": 1}
    )
    instance = draw_instance(parameters, 0)
    noise = instance.observation - dense.measured(instance.chain, instance.target)
    weights = instance.chain.weights
    heads = [
        weights[:4],
        weights[-150:][:4],
        instance.target,
        noise[:4],
        draw_trial_start(parameters, 0),
    ]
    heads = [head / np.linalg.norm(head) for head in heads]
    for i, head in enumerate(heads):
        for other in heads[:i]:
            assert abs(head @ other) < 0.999


def test_layers_of_a_network_are_independent_draws():
    chain = draw_chain(make_parameters(network={**PARAMETERS["network"], "widths": (3, 3)}), 0)
    assert not np.any(chain.weights[:9] == chain.weights[9:18])


@pytest.mark.parametrize("law", ["gaussian", "bernoulli", "unit"])
def test_a_measured_chain_ends_with_the_measurement_matrix(law):
    chain = draw_chain(make_parameters(measurements=law), 0)
    assert chain.weights.dtype == np.float32
    assert chain.widths.tolist() == [3, 20, 15, 10]
    assert chain.depth == 2
    assert chain.weights.size == 3 * 20 + 20 * 15 + 15 * 10
    # Six standard errors of the mean of the squares of 150 entries.
    mean = np.mean(chain.weights[-150:].astype(float) ** 2)
    expected = 1.0 if law == "unit" else 0.1
    assert abs(mean / expected - 1) < 6 * np.sqrt(2 / 150)


@pytest.mark.parametrize(("law", "factor"), [("gaussian", 1), ("he", 2)])
def test_the_layers_have_the_variance_of_their_own_width(law, factor):
    network = {"widths": (400, 50), "weights": law, "slope": 0.1}
    parameters = make_parameters(k=10, **{**INVERSION, "m": 50}, network=network)
    chain = draw_chain(parameters, 0)
    assert chain.slope == 0.1
    first, second = np.split(chain.weights.astype(float), [4000])
    # Four standard errors.
    assert abs(np.mean(first**2) * 400 / factor - 1) < 4 * np.sqrt(2 / 4000)
    assert abs(np.mean(second**2) * 50 / factor - 1) < 4 * np.sqrt(2 / 20_000)


@pytest.mark.parametrize("slope", [0.0, 0.3])
def test_observation_is_the_measured_signal_of_the_target_plus_noise(slope):
    network = {**PARAMETERS["network"], "slope": slope}
    instance = draw_instance(
        make_parameters(network=network, noise={"law": "sphere", "level": 0.5}), 0
    )
    chain = instance.chain
    np.testing.assert_allclose(instance.signal, dense.signal(chain, instance.target), rtol=1e-13)
    noise = instance.observation - dense.measured(chain, instance.target)
    assert np.linalg.norm(noise) == pytest.approx(0.5, rel=1e-13)
    quiet = draw_instance(make_parameters(network=network), 0)
    np.testing.assert_allclose(
        quiet.observation, dense.measured(quiet.chain, quiet.target), rtol=1e-13, atol=1e-15
    )


def test_without_measurements_the_signal_is_observed():
    instance = draw_instance(make_parameters(**INVERSION), 0)
    assert instance.chain.widths.tolist() == [3, 20, 15]
    np.testing.assert_array_equal(instance.observation, instance.signal)
    np.testing.assert_array_equal(*instance.chain(instance.target))


def test_compressed_sensing_with_identity_measurements_observes_the_signal():
    instance = draw_instance(make_parameters(measurements="identity", m=15), 0)
    assert instance.chain.widths.tolist() == [3, 20, 15]
    np.testing.assert_array_equal(instance.observation, instance.signal)


def test_unit_signal():
    instance = draw_instance(make_parameters(target="unit_signal"), 0)
    assert np.linalg.norm(instance.signal) == pytest.approx(1, rel=1e-14)
    assert np.flatnonzero(instance.target).tolist() == [1]


def test_calling_a_chain_gives_signal_and_measurement():
    chain = draw_chain(make_parameters(), 0)
    x = np.array([0.3, -1.0, 2.0])
    signal, measured = chain(x)
    np.testing.assert_allclose(signal, dense.signal(chain, x), rtol=1e-13)
    np.testing.assert_allclose(measured, dense.measured(chain, x), rtol=1e-13, atol=1e-15)


def test_the_streams_are_those_that_stored_results_were_drawn_from():
    # NumPy may change its streams between versions. Stored cells and published tables would then
    # not be reproduced, and nothing else would tell.
    parameters = make_parameters(noise={"law": "sphere", "level": 0.5})
    instance = draw_instance(parameters, 0)
    assert instance.chain.weights[0] == np.float32(-0.21191513538360596)
    assert instance.chain.weights[-1] == np.float32(-0.060954246670007706)
    assert draw_trial_start(parameters, 0)[0] == -1.304940164573166
    # These two went through a sum, whose order is the compiler's.
    assert instance.target[0] == pytest.approx(-0.04078625492308694, rel=1e-14)
    assert instance.observation[0] == pytest.approx(0.21080594000400274, rel=1e-13)
