from dataclasses import replace

import dense
import numpy as np
import pytest
from samples import PARAMETERS, make_parameters

from genphase.angles import rho
from genphase.draws.chain import draw_chain
from genphase.draws.instance import draw_instance, draw_trial_start
from genphase.draws.product import Product
from genphase.kernels import forms

INVERSION = {"problem": "inversion", "measurements": "identity", "m": 15}
PHASELESS = {"problem": "phase_retrieval"}
WIGNER = {**INVERSION, "problem": "spiked_wigner", "noise": {"law": "matrix", "level": 0.5}}
WISHART = {**WIGNER, "problem": "spiked_wishart", "m": 8}
PRODUCT = {
    **INVERSION,
    "problem": "blind_demodulation",
    "solver": {**PARAMETERS["solver"], "name": "alternating"},
}


def bits(instance):
    arrays = (*instance.chain[:3], instance.target, instance.signal, instance.observation)
    second = instance.second[:3] if isinstance(instance, Product) else ()
    other = [a.tobytes() for a in second]
    return [
        *(a.tobytes() for a in arrays),
        instance.form,
        getattr(instance, "constant", 0.0),
        *other,
    ]


def same(a, b):
    return np.array_equal(a, b)


@pytest.mark.parametrize(
    "changes", [{"noise": {"law": "gaussian", "level": 0.1}}, PHASELESS, WIGNER, WISHART, PRODUCT]
)
def test_the_same_trial_is_the_same_to_the_bit(changes):
    first, second = (draw_instance(make_parameters(**changes), 3) for _ in range(2))
    assert bits(first) == bits(second)
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
        {"measurements": "unit"},
        {"problem": "phase_retrieval"},
    ],
)
def test_other_instance_parameters_draw_another_network(change):
    first, second = draw_chain(make_parameters(), 0), draw_chain(make_parameters(**change), 0)
    assert not np.any(first.weights[:60] == second.weights[:60])


@pytest.mark.parametrize(
    "change",
    [
        {"measurements": "bernoulli"},
        {"measurements": "sphere"},
        {"network": {**PARAMETERS["network"], "weights": "sphere"}},
    ],
)
def test_laws_are_compared_on_independent_instances(change):
    # Their lines count as independent where their crossings are compared.
    first, second = (draw_instance(make_parameters(**given), 0) for given in ({}, change))
    assert not np.any(first.target == second.target)
    assert not np.any(first.chain.weights == second.chain.weights)


NOISES = [
    {"law": "sphere", "level": 1e-9},
    {"law": "sphere", "level": 0.5},
    {"law": "relative", "level": 0.1},
    {"law": "gaussian", "level": 0.5},
    {"law": "aligned", "level": 0.5},
    {"law": "sphere", "level": 0.5, "shared": True},
]


def noise_of(noise, trial=2, **changes):
    """The noise of a trial: what its observation has more than the noiseless one."""
    parameters = make_parameters(noise=noise, **changes)
    quiet = make_parameters(**changes)
    return draw_instance(parameters, trial).observation - draw_instance(quiet, trial).observation


@pytest.mark.parametrize("noise", NOISES)
def test_levels_and_laws_of_noise_meet_the_same_network_target_and_start(noise):
    noisy, quiet = make_parameters(noise=noise), make_parameters()
    assert bits(draw_instance(noisy, 2))[:5] == bits(draw_instance(quiet, 2))[:5]
    assert bits(draw_instance(noisy, 2))[5] != bits(draw_instance(quiet, 2))[5]
    assert same(draw_trial_start(noisy, 2), draw_trial_start(quiet, 2))


@pytest.mark.parametrize("noise", NOISES)
def test_levels_of_noise_share_its_direction(noise):
    one = noise_of({**noise, "level": 1.0})
    np.testing.assert_allclose(noise_of({**noise, "level": 0.5}), one / 2, rtol=0, atol=1e-15)


def test_relative_noise_is_relative_to_the_noiseless_observation():
    instance = draw_instance(make_parameters(noise={"law": "relative", "level": 0.25}), 2)
    clean = dense.measured(instance.chain, instance.target)
    noise = instance.observation - clean
    assert np.linalg.norm(noise) == pytest.approx(np.linalg.norm(clean) / 4, rel=1e-13)


def test_shared_noise_is_one_vector_for_all_trials_and_cells_of_its_length():
    noise = {"law": "sphere", "level": 1.0, "shared": True}
    first = noise_of(noise, 0)
    others = [
        noise_of(noise, 1),
        noise_of(noise, 0, k=4),
        noise_of(noise, 0, network={**PARAMETERS["network"], "widths": (9, 30)}),
        noise_of(noise, 0, target="gaussian"),
    ]
    for other in others:
        np.testing.assert_allclose(other, first, rtol=0, atol=1e-14)
    assert not np.any(noise_of(noise, 0, seed=1) == first)
    assert not np.any(noise_of(noise, 0, m=9) == first[:9])
    assert not np.any(noise_of({**noise, "shared": False}, 0) == first)


@pytest.mark.parametrize(
    "changes",
    [{}, INVERSION, PHASELESS, PRODUCT, {"network": {**PARAMETERS["network"], "slope": 0.2}}],
    ids=["measured", "inversion", "phaseless", "product", "leaky"],
)
def test_aligned_noise_is_what_moving_the_code_does_to_the_observation(changes):
    noise = noise_of({"law": "aligned", "level": 0.5}, **changes)
    assert np.linalg.norm(noise) == pytest.approx(0.5)
    instance = draw_instance(make_parameters(**changes), 2)
    steps = 1e-6 * np.eye(instance.target.size)
    clean = instance.observed_at(instance.target)
    moves = np.array([instance.observed_at(instance.target + step) - clean for step in steps])
    explained = np.linalg.lstsq(moves.T, noise, rcond=1e-4)[0] @ moves
    np.testing.assert_allclose(explained, noise, rtol=0, atol=1e-5)


def test_aligned_noise_of_trials_and_seeds_differs():
    law = {"law": "aligned", "level": 1.0}
    first = noise_of(law, 0)
    assert not np.any(noise_of(law, 1) == first)
    assert not np.any(noise_of(law, 0, seed=1) == first)


def test_only_the_last_layer_of_a_truncated_network_is_truncated():
    # Into the last layer go two units: a weight is set to zero with probability exp(-9).
    networks = [
        {"widths": (2, 20_000), "weights": law, "slope": 0} for law in ("truncated", "gaussian")
    ]
    found, plain = (
        draw_chain(make_parameters(**INVERSION | {"m": 20_000}, network=network), 0).weights
        for network in networks
    )
    # The law is in the seed: the draws differ.
    assert not np.any(found[:6] == plain[:6])
    assert np.all(found[:6])
    last = found[6:].reshape(2, -1).astype(float)
    lengths = np.linalg.norm(last, axis=0)
    assert lengths.max() <= 3 * np.sqrt(2 / 20_000)
    dropped = np.sum(lengths == 0)
    # Poisson with mean 2.5.
    assert 0 < dropped < 12


@pytest.mark.parametrize("name", ["plugin", "subgradient", "gradient_descent"])
def test_solvers_meet_the_same_instance_and_start(name):
    other = {**PARAMETERS["solver"], "name": name, "step": 0.1, "max_iter": 7, "stop": {}}
    parameters = make_parameters(solver=other)
    assert bits(draw_instance(parameters, 2)) == bits(draw_instance(make_parameters(), 2))
    assert same(draw_trial_start(parameters, 2), draw_trial_start(make_parameters(), 2))


@pytest.mark.parametrize("law", ["sphere", "gaussian", "relative"])
def test_levels_of_noise_meet_the_same_instance_and_direction_of_noise(law):
    def noisy(level):
        parameters = make_parameters(noise={"law": law, "level": level})
        instance = draw_instance(parameters, 2)
        noise = instance.observation - dense.measured(instance.chain, instance.target)
        return instance, noise, draw_trial_start(parameters, 2)

    (first, noise, start), (second, twice, other) = noisy(0.3), noisy(0.6)
    assert bits(replace(first, observation=second.observation)) == bits(second)
    np.testing.assert_allclose(twice, 2 * noise, rtol=1e-12, atol=1e-15)
    assert same(start, other)


@pytest.mark.parametrize("problem", [WIGNER, WISHART])
def test_levels_of_noise_meet_the_same_spike_and_directions_of_noise(problem):
    def last_layer(level):
        parameters = make_parameters(**{**problem, "noise": {"law": "matrix", "level": level}})
        instance = draw_instance(parameters, 2)
        *network, last = dense.matrices(instance.chain)
        return instance, np.concatenate([W.ravel() for W in network]), last

    (first, network, quiet), (second, same_network, half), (_, _, loud) = map(
        last_layer, (0.0, 0.5, 1.0)
    )
    assert same(network, same_network)
    assert same(first.target, second.target)
    assert same(first.signal, second.signal)
    assert np.any(half != quiet)
    np.testing.assert_allclose(loud - quiet, 2 * (half - quiet), rtol=1e-4, atol=1e-5)


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


def test_tied_layers_are_one_matrix_where_their_shapes_agree():
    network = {"widths": (200, 200, 200, 100, 200), "weights": "tied", "slope": 0}
    chain = draw_chain(make_parameters(k=50, m=20, network=network), 1)
    first, second, third, fourth, fifth, measurements = dense.matrices(chain)
    np.testing.assert_array_equal(second, third)
    # Shapes that are each other's transposed do not agree.
    assert not np.any(fourth == fifth.T)
    for layer in (first, second, fourth, fifth):
        # Four standard errors.
        assert abs(np.mean(layer**2) * len(layer) - 1) < 4 * np.sqrt(2 / layer.size)
    assert measurements.shape == (20, 200)
    # Further trials are further draws.
    other = draw_chain(make_parameters(k=50, m=20, network=network), 2)
    assert not np.any(other.weights == chain.weights)


def test_a_measurement_matrix_is_not_tied():
    network = {"widths": (15, 15), "weights": "tied", "slope": 0}
    layers = dense.matrices(draw_chain(make_parameters(k=15, m=15, network=network), 0))
    np.testing.assert_array_equal(layers[0], layers[1])
    assert not np.any(layers[1] == layers[2])


def test_the_networks_of_a_product_are_tied_within_themselves():
    network = {"widths": (15, 15), "weights": "tied", "slope": 0}
    instance = draw_instance(make_parameters(**PRODUCT, network=network), 0)
    one, two = dense.matrices(instance.chain), dense.matrices(instance.second)
    assert not np.any(one[1] == two[1])


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
    assert chain.leaks.tolist() == [0.1, 0.1]
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


@pytest.mark.parametrize(
    ("changes", "widths", "leaks"),
    [
        (INVERSION, [3, 20, 15], [0.1, 0.1]),
        ({}, [3, 20, 15, 10], [0.1, 0.1, 1.0]),
        (PHASELESS, [3, 20, 15, 10], [0.1, 0.1, -1.0]),
        (WIGNER, [3, 20, 15, 15], [0.1, 0.1, 1.0]),
        (WISHART, [3, 20, 15, 8], [0.1, 0.1, 1.0]),
    ],
)
def test_a_chain_is_the_network_and_what_is_behind_it(changes, widths, leaks):
    network = {**PARAMETERS["network"], "slope": 0.1}
    chain = draw_instance(make_parameters(network=network, **changes), 0).chain
    assert (chain.widths.tolist(), chain.leaks.tolist(), chain.depth) == (widths, leaks, 2)
    inner = chain.network()
    assert (inner.widths.tolist(), inner.leaks.tolist()) == ([3, 20, 15], [0.1, 0.1])
    x = np.array([0.3, -1.0, 2.0])
    np.testing.assert_array_equal(inner(x)[0], chain(x)[0])
    np.testing.assert_array_equal(*inner(x))
    np.testing.assert_allclose(chain.units_at(x), dense.units(chain, x), rtol=1e-12, atol=1e-14)


def test_phaseless_measurements_are_absolute_values_plus_noise():
    noise = {"law": "sphere", "level": 0.25}
    instance = draw_instance(make_parameters(**PHASELESS, noise=noise), 0)
    chain, target = instance.chain, instance.target
    signed = dense.matrices(chain)[-1] @ dense.signal(chain, target)
    assert signed.min() < 0 < signed.max()
    error = instance.observation - np.abs(signed)
    assert np.linalg.norm(error) == pytest.approx(0.25, rel=1e-13)
    signal, measured = chain(target)
    np.testing.assert_allclose(measured, np.abs(signed), rtol=1e-12)
    np.testing.assert_allclose(signal, instance.signal, rtol=1e-14)


@pytest.mark.parametrize("problem", [WIGNER, WISHART, {**WISHART, "m": 40}])
def test_a_spiked_matrix_is_the_last_layer_and_nothing_is_observed(problem):
    instance = draw_instance(make_parameters(**problem), 0)
    chain, form = instance.chain, instance.form
    assert instance.observation.size == 0
    assert form.kind == (forms.WIGNER if problem is WIGNER else forms.WISHART)
    assert form.variance == (0 if problem is WIGNER else 0.25)
    np.testing.assert_allclose(instance.signal, dense.signal(chain, instance.target), rtol=1e-13)
    squared = np.sum(dense.hidden(chain, form) ** 2)
    assert 4 * instance.constant == pytest.approx(squared, rel=1e-10)


@pytest.mark.parametrize("target", ["sphere", "gaussian", "unit_signal"])
@pytest.mark.parametrize("slope", [0.0, 0.2])
def test_a_product_is_of_two_networks_at_balanced_codes(target, slope):
    network = {**PARAMETERS["network"], "slope": slope}
    instance = draw_instance(make_parameters(**PRODUCT, target=target, network=network), 0)
    first, second = instance.chain, instance.second
    for chain in (first, second):
        assert (chain.widths.tolist(), chain.leaks.tolist()) == ([3, 20, 15], [slope] * 2)
    assert not np.any(first.weights == second.weights)
    h, z = np.split(instance.target, 2)
    assert np.linalg.norm(h) == pytest.approx(np.linalg.norm(z), rel=1e-14)
    if target != "unit_signal":
        assert not np.any(np.isclose(h, z))
    product = dense.signal(first, h) * dense.signal(second, z)
    assert product.any()
    np.testing.assert_allclose(instance.signal, product, rtol=1e-12, atol=1e-15)
    np.testing.assert_array_equal(instance.observation, instance.signal)
    np.testing.assert_allclose(instance.signal_at(instance.target), product, rtol=1e-12, atol=1e-15)
    if target == "unit_signal":
        # Before balancing, both factors have norm 1.
        assert np.flatnonzero(h).tolist() == np.flatnonzero(z).tolist() == [1]
        norms = [np.linalg.norm(dense.signal(*pair)) for pair in ((first, h), (second, z))]
        assert np.prod(norms) == pytest.approx(1, rel=1e-12)
    elif target == "sphere":
        assert np.linalg.norm(h) == pytest.approx(1, rel=1e-14)


def test_a_start_of_a_product_has_both_codes():
    start = draw_trial_start(make_parameters(**PRODUCT, start=0.5), 1)
    assert start.shape == (6,)
    assert np.all(start[:3] != start[3:])


@pytest.mark.parametrize("trial", [0, 1])
def test_the_first_factor_does_not_depend_on_the_second(trial):
    # Each network has its own stream: that of the second is not that of the measurements either.
    parameters = make_parameters(**PRODUCT)
    instance = draw_instance(parameters, trial)
    assert bits(instance)[0] == draw_chain(parameters, trial).weights.tobytes()
    assert instance.second.weights.tobytes() != draw_chain(parameters, 1 - trial).weights.tobytes()


@pytest.mark.parametrize(
    ("noise", "norm"),
    [
        ({"law": "sphere", "level": 0.3}, lambda clean: 0.3),
        ({"law": "relative", "level": 0.3}, lambda clean: 0.3 * np.linalg.norm(clean)),
        ({"law": "sphere", "level": 0.3, "shared": True}, lambda clean: 0.3),
    ],
)
def test_noise_of_a_product_has_its_norm(noise, norm):
    quiet, noisy = (
        draw_instance(make_parameters(**PRODUCT, **changes), 2)
        for changes in ({}, {"noise": noise})
    )
    assert bits(quiet)[:5] == bits(noisy)[:5]
    assert bits(quiet)[6:] == bits(noisy)[6:]
    error = np.linalg.norm(noisy.observation - quiet.signal)
    assert error == pytest.approx(norm(quiet.signal), rel=1e-12)


def test_gaussian_noise_of_a_product_has_its_mean_square():
    noise = {"law": "gaussian", "level": 0.3}
    squares = []
    for trial in range(40):
        instance = draw_instance(make_parameters(**PRODUCT, noise=noise), trial)
        squares.append(np.sum((instance.observation - instance.signal) ** 2))
    # Four standard errors of 40 means of 15 squares.
    assert np.mean(squares) == pytest.approx(0.09, rel=4 * np.sqrt(2 / (40 * 15)))


def test_both_networks_of_a_product_are_truncated():
    # Into the last layer go two units: a weight is set to zero with probability exp(-9).
    network = {"widths": (2, 20_000), "weights": "truncated", "slope": 0}
    parameters = make_parameters(**PRODUCT | {"m": 20_000}, network=network)
    dropped = [set(), set()]
    for trial in range(3):
        instance = draw_instance(parameters, trial)
        for chain, found in zip((instance.chain, instance.second), dropped, strict=True):
            last = chain.weights[-40_000:].reshape(2, -1).astype(float)
            lengths = np.linalg.norm(last, axis=0)
            assert lengths.max() <= 3 * np.sqrt(2 / 20_000)
            found |= {(trial, unit) for unit in np.flatnonzero(lengths == 0)}
    # Poisson with mean 7.5.
    assert 0 < min(map(len, dropped)) <= max(map(len, dropped)) < 22
    assert dropped[0] != dropped[1]


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
    assert instance.chain.weights[0] == np.float32(-0.331398069858551)
    assert instance.chain.weights[-1] == np.float32(0.16704316437244415)
    assert draw_trial_start(parameters, 0)[0] == -0.3739153605847949
    # These two went through a sum, whose order is the compiler's.
    assert instance.target[0] == pytest.approx(0.9053183458292028, rel=1e-14)
    assert instance.observation[0] == pytest.approx(0.22955745979343117, rel=1e-13)
    shared = make_parameters(noise={"law": "sphere", "level": 0.5, "shared": True})
    noise = draw_instance(shared, 0).observation - draw_instance(make_parameters(), 0).observation
    assert noise[0] == pytest.approx(-0.10467862224340221, rel=1e-12)
    for problem, entry in ((WIGNER, -0.21105319261550903), (WISHART, 0.013388105668127537)):
        weights = draw_instance(make_parameters(**problem), 0).chain.weights
        assert weights[-1] == pytest.approx(entry, rel=1e-5)


@pytest.mark.parametrize(
    ("law", "factor"),
    [("near_target", 1.0), ("near_spurious", -rho(2))],
    ids=["target", "spurious"],
)
def test_a_start_near_a_point_is_at_its_distance_from_it(law, factor):
    start = {"name": law, "options": {"distance": 0.3}}
    found = []
    for trial in range(300):
        parameters = make_parameters(start=start, target="gaussian", k=3)
        instance = draw_instance(parameters, trial)
        offset = draw_trial_start(parameters, trial, instance) - factor * instance.target
        length = np.linalg.norm(instance.target)
        assert np.linalg.norm(offset) == pytest.approx(0.3 * length)
        found.append(offset / np.linalg.norm(offset))
        # Without the instance, it is drawn.
        assert same(draw_trial_start(parameters, trial), offset + factor * instance.target)
    np.testing.assert_allclose(np.mean(found, axis=0), 0, atol=0.12)
    # What starts depend on leaves the instance as it is.
    assert bits(draw_instance(parameters, 1)) == bits(
        draw_instance(make_parameters(target="gaussian", k=3), 1)
    )
