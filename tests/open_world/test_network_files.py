"""Networks from files: biases, other activations, and what is wrong with a file."""

from dataclasses import replace

import numpy as np
import pytest
from samples import solve
from scipy.optimize import least_squares
from small import cells

from genphase.brought import look_in
from genphase.cells.problem import Problem
from genphase.cells.trial import run_trial
from genphase.decoders import activate, read_network
from genphase.draws.custom import Decoded
from genphase.draws.instance import draw_instance, draw_trial_start
from genphase.errors import BadValue, SweepError
from genphase.kernels.forms import CUSTOM, SQUARES, Form
from genphase.kernels.status import CONVERGED

K, WIDTHS = 3, (20, 40)


def arrays(seed=0, sigmoid=True, biases=True):
    rng = np.random.default_rng(seed)
    W1, W2 = rng.standard_normal((20, K)), rng.standard_normal((40, 20)) / 4
    found = {"W1": W1, "W2": W2}
    if biases:
        found |= {"b1": 0.3 * rng.standard_normal(20), "b2": 0.2 * rng.standard_normal(40)}
    return found | {"activations": ["leaky_relu:0.2", "sigmoid" if sigmoid else "identity"]}


def saved(folder, name="net.npz", **content):
    np.savez(folder / name, **content)
    look_in(folder)
    return name


def inverted(folder, solvers, **changes):
    given = {"noise": "0*a", "success": {"error": "signal", "below": 1e-4}, **changes}
    network = {"file": "net.npz"}
    return cells(
        folder, problem="inversion", network=network, axes={"a": [1]}, solvers=solvers, **given
    )


def dense(content, x):
    """The network as NumPy writes it."""
    z = content["W1"] @ x + content.get("b1", 0)
    h = np.where(z > 0, z, 0.2 * z)
    z = content["W2"] @ h + content.get("b2", 0)
    return 1 / (1 + np.exp(-z)) if content["activations"][1] == "sigmoid" else z


@pytest.mark.parametrize("problem", ["inversion", "compressed_sensing", "phase_retrieval"])
def test_signal_gradient_and_jacobian_are_those_of_the_file(problem, tmp_path):
    content = arrays()
    saved(tmp_path, **content)
    m = {"axes": {"m": [15]}} if problem != "inversion" else {"axes": {"a": [1]}, "noise": "0*a"}
    solvers = [{"name": "gradient_descent", "step": 0.1}]
    (cell,) = cells(tmp_path, problem=problem, network={"file": "net.npz"}, solvers=solvers, **m)
    assert (cell.symbols["k"], cell.symbols["n1"], cell.symbols["n"]) == (3, 20, 40)
    instance = draw_instance(cell.parameters, 0)
    problem_seen = Problem(instance, 0.0, np.random.default_rng(0))
    x = np.array([0.3, -0.7, 0.4])
    np.testing.assert_allclose(problem_seen.signal(x), dense(content, x), rtol=1e-12)
    A = problem_seen.measurement_matrix
    measured = dense(content, x) if A is None else A @ dense(content, x)
    expected = np.abs(measured) if problem == "phase_retrieval" else measured
    np.testing.assert_allclose(problem_seen.observe(x), expected, rtol=1e-12)
    h = 1e-6
    steps = h * np.eye(3)
    f = problem_seen.objective
    numeric = [(f(x + step) - f(x - step)) / (2 * h) for step in steps]
    np.testing.assert_allclose(problem_seen.gradient(x), numeric, rtol=1e-6, atol=1e-9)
    observe = problem_seen.observe
    J = np.array([(observe(x + step) - observe(x - step)) / (2 * h) for step in steps]).T
    np.testing.assert_allclose(problem_seen.jacobian(x), J, rtol=1e-5, atol=1e-8)
    for seen, given in zip(problem_seen.biases, (content["b1"], content["b2"]), strict=True):
        np.testing.assert_array_equal(seen, given)
    assert problem_seen.activations == content["activations"]


@pytest.mark.parametrize(
    "solver",
    [
        {"name": "gradient_descent", "step": 0.1},
        {"name": "subgradient", "step": 0.1},
        {"name": "plugin", "step": 0.1},
    ],
)
def test_a_decoder_with_biases_and_a_sigmoid_is_inverted(solver, tmp_path):
    saved(tmp_path, **arrays())
    rules = {"max_iter": 20_000, "stop": {"relative_change": 1e-10}}
    (cell,) = inverted(tmp_path, [solver | rules])
    errors = [run_trial(cell.parameters, trial).record.signal_error for trial in range(4)]
    assert min(errors) < 1e-6


def test_aligned_noise_of_a_decoder_is_in_the_range_of_its_jacobian(tmp_path):
    saved(tmp_path, **arrays())
    solver = {"name": "gradient_descent", "step": 0.1, "stop": {"relative_change": 1e-10}}
    (cell,) = inverted(tmp_path, [solver], noise={"aligned": "a/2"})
    instance = draw_instance(cell.parameters, 0)
    noise, J = instance.observation - instance.signal, instance.chain.jacobian(instance.target)
    assert np.linalg.norm(noise) == pytest.approx(0.5)
    np.testing.assert_allclose(J @ np.linalg.lstsq(J, noise)[0], noise, rtol=0, atol=1e-13)


def test_a_solver_of_ones_own_inverts_it_too(tmp_path):
    saved(tmp_path, **arrays())
    (tmp_path / "descent.py").write_text(
        "from genphase import solver\n"
        "@solver\n"
        "def descent(problem, start, *, step: float):\n"
        "    x = start\n"
        "    while True:\n"
        "        x = x - step * problem.gradient(x)\n"
        "        yield x\n"
    )
    rules = {"step": 0.1, "max_iter": 5000, "stop": {"relative_change": 1e-10}}
    own, built_in = inverted(
        tmp_path, [{"use": "descent.py", **rules}, {"name": "gradient_descent", **rules}]
    )
    for trial in range(3):
        a, b = (run_trial(cell.parameters, trial).record for cell in (own, built_in))
        assert (a.status, a.iterations) == (b.status, b.iterations)
        assert a.signal_error == pytest.approx(b.signal_error, rel=1e-6)


def test_without_biases_the_plain_loop_is_that_of_a_random_network(tmp_path):
    """A drawn ReLU network, written to a file, is inverted in the same steps."""
    look_in(tmp_path)
    rules = {"step": 0.5, "max_iter": 300, "stop": {"relative_change": 1e-8}}
    solvers = [{"name": name, **rules} for name in ("gradient_descent", "plugin")]
    for drawn in cells(
        problem="inversion", axes={"k": [3]}, network={"widths": [30, 40]}, solvers=solvers
    ):
        instance = draw_instance(drawn.parameters, 0)
        W1, W2 = instance.chain.seen()[0]
        saved(tmp_path, W1=W1.astype(float), W2=W2.astype(float))
        (cell,) = [c for c in inverted(tmp_path, solvers) if c.solver == drawn.solver]
        known = draw_instance(cell.parameters, 0)
        start = np.array([0.4, -0.2, 0.9])
        observed = (instance.target, instance.signal, instance.observation)
        moved = type(known)(known.chain, *observed, known.form)
        ours = solve(instance, start, drawn.parameters.solver, trace=np.empty((0, 2)))
        theirs = solve(moved, start, cell.parameters.solver)
        assert (ours.status, ours.iterations) == (theirs.status, theirs.iterations)
        np.testing.assert_allclose(theirs.latent, ours.latent, rtol=1e-9)


def test_the_identity_is_the_content_and_not_the_path(tmp_path):
    solvers = [{"name": "gradient_descent", "step": 0.1}]
    saved(tmp_path, **arrays())
    (first,) = inverted(tmp_path, solvers)
    (tmp_path / "moved").mkdir()
    (tmp_path / "net.npz").rename(tmp_path / "moved/other.npz")
    (second,) = cells(
        tmp_path, problem="inversion", network={"file": "moved/other.npz"}, axes={"a": [1]},
        noise="0*a", solvers=solvers,
    )  # fmt: skip
    assert first.id == second.id
    saved(tmp_path, **arrays(seed=1))
    (third,) = inverted(tmp_path, solvers)
    assert third.id != first.id


def test_an_axis_of_files_has_a_cell_for_each(tmp_path):
    for seed in range(2):
        saved(tmp_path, f"net{seed}.npz", **arrays(seed=seed))
    found = cells(
        tmp_path, problem="inversion", axes={"net": ["net0.npz", "net1.npz"]},
        network={"file": "net"}, solvers=[{"name": "gradient_descent", "step": 0.1}],
    )  # fmt: skip
    assert [cell.point["net"] for cell in found] == ["net0.npz", "net1.npz"]
    assert found[0].id != found[1].id


@pytest.mark.parametrize(
    "name", ["relu", "leaky_relu:0.3", "absolute", "identity", "tanh", "sigmoid"]
)
def test_slopes_are_those_of_the_activations(name):
    z = np.array([-2.0, -0.3, 0.4, 1.7])
    _, slope = activate(name, z)
    numeric = (activate(name, z + 1e-6)[0] - activate(name, z - 1e-6)[0]) / 2e-6
    np.testing.assert_allclose(slope, numeric, rtol=1e-8, atol=1e-10)
    assert np.all(np.isfinite(activate(name, np.array([-1e4, 1e4]))[0]))


BAD = {
    "no first layer": ({"w1": np.ones((4, 2))}, "no W1"),
    "a stranger": ({"W1": np.ones((4, 2)), "W3": np.ones((4, 2))}, "has W3"),
    "shapes that do not fit": ({"W1": np.ones((4, 2)), "W2": np.ones((5, 3))}, "3 columns"),
    "a bias of another length": ({"W1": np.ones((4, 2)), "b1": np.ones(3)}, "b1 has 3 entries"),
    "a vector": ({"W1": np.ones(4)}, "no matrix"),
    "texts": ({"W1": np.array([["a"]])}, "no matrix"),
    "a number that is none": ({"W1": np.array([[np.nan]])}, "not finite"),
    "too few activations": (
        {"W1": np.ones((4, 2)), "W2": np.ones((5, 4)), "activations": ["relu"]}, "1 activations"
    ),
    "an unknown activation": ({"W1": np.ones((4, 2)), "activations": ["gelu"]}, "'gelu'"),
    "a slope that is none": ({"W1": np.ones((4, 2)), "activations": ["leaky_relu:x"]}, "not known"),
}  # fmt: skip


@pytest.mark.parametrize("mistake", BAD)
def test_what_is_wrong_with_a_file_is_told(mistake, tmp_path):
    content, part = BAD[mistake]
    saved(tmp_path, **content)
    with pytest.raises(BadValue) as caught:
        read_network("net.npz")
    assert part in caught.value.text
    assert "net.npz" in caught.value.text
    with pytest.raises(SweepError, match=r"network\.file: "):
        inverted(tmp_path, [{"name": "gradient_descent", "step": 0.1}])


def test_a_file_that_is_no_archive_is_told(tmp_path):
    look_in(tmp_path)
    (tmp_path / "net.npz").write_bytes(b"nothing")
    with pytest.raises(BadValue, match="no file of arrays"):
        read_network("net.npz")


@pytest.mark.parametrize(
    ("changes", "part"),
    [
        ({"network": {"file": "net.npz", "widths": [3]}}, "network.widths: "),
        ({"network": {"file": "other.npz"}}, "there is no file"),
        ({"network": {"file": "net.npz"}, "axes": {"k": [4]}}, "W1 of net.npz has 3 columns"),
        ({"network": {"file": "net.npz"}, "problem": "spiked_wigner"}, "random networks only"),
    ],
)
def test_a_sweep_that_uses_a_file_wrongly_is_told(changes, part, tmp_path):
    saved(tmp_path, **arrays())
    base = {
        "problem": "inversion",
        "network": {"file": "net.npz"},
        "axes": {"a": [1]},
        "noise": "0*a",
        "solvers": [{"name": "gradient_descent", "step": 0.1}],
    }
    if "k" in changes.get("axes", {}):
        base.pop("noise")
    with pytest.raises(SweepError) as caught:
        cells(tmp_path, **{**base, **changes})
    assert part in str(caught.value)


def test_a_step_can_follow_the_operator_norms(tmp_path):
    content = arrays()
    saved(tmp_path, **content)
    stop = {"relative_change": 1e-10}

    def record(step, trial, **changes):
        solvers = [{"name": "plugin", "step": step, "max_iter": 300, "stop": stop}]
        (cell,) = changes.pop("made")(solvers, **changes)
        return run_trial(cell.parameters, trial).record

    product = np.linalg.norm(content["W1"], 2) * np.linalg.norm(content["W2"], 2)
    product = float(f"{product:.10g}")

    def fixed(solvers):
        return inverted(tmp_path, solvers)

    assert record("1/norms", 0, made=fixed) == record(1 / product, 0, made=fixed)
    assert record("2*a/norms", 1, made=fixed) == record(2 / product, 1, made=fixed)

    # Of drawn networks each trial has its own.
    def drawn(solvers):
        return cells(tmp_path, problem="inversion", axes={"k": [3]}, solvers=solvers)

    for trial in range(2):
        (cell,) = drawn([{"name": "plugin", "step": 1}])
        weights = draw_instance(cell.parameters, trial).chain.seen()[0]
        product = np.prod([np.linalg.norm(w.astype(float), 2) for w in weights])
        step = 1 / float(f"{product:.10g}")
        assert record("1/norms", trial, made=drawn) == record(step, trial, made=drawn)


def test_norms_are_a_symbol_of_the_options_of_solvers_alone(tmp_path):
    saved(tmp_path, **arrays())
    with pytest.raises(SweepError, match="unknown symbol 'norms'"):
        inverted(tmp_path, [{"name": "plugin", "step": 1, "max_iter": "100*norms"}])
    with pytest.raises(SweepError, match="not above 0"):
        inverted(tmp_path, [{"name": "plugin", "step": "-1/norms"}])
    with pytest.raises(SweepError, match="norms is of one network"):
        cells(
            tmp_path, problem="blind_demodulation", axes={"k": [3]},
            solvers=[{"name": "alternating", "step": "1/norms"}],
        )  # fmt: skip


PIECEWISE = {
    "relu": ("relu", "relu"),
    "leaky, linear": ("leaky_relu:0.2", "identity"),
    "linear inside": ("identity", "relu"),
    "absolute": ("relu", "absolute"),
}


@pytest.mark.parametrize("activations", PIECEWISE.values(), ids=PIECEWISE)
@pytest.mark.parametrize("problem", ["inversion", "compressed_sensing", "phase_retrieval"])
@pytest.mark.parametrize("biases", [True, False])
def test_kernels_invert_what_is_piecewise_affine_as_plain_passes_do(
    activations, problem, biases, tmp_path
):
    """Biases make x a point in front of a plane: the same iterates, by maps of regions."""
    content = arrays(biases=biases) | {"activations": list(activations)}
    saved(tmp_path, **content)
    rules = {"step": 0.02, "max_iter": 400, "stop": {"relative_change": 1e-7}}
    names = ["gradient_descent", "subgradient", *(["plugin"] * (problem != "phase_retrieval"))]
    m = {"axes": {"m": [15]}} if problem != "inversion" else {"axes": {"a": [1]}}
    solvers = [{"name": name, **rules} for name in names]
    noise = "0.01*m" if problem != "inversion" else "0.1*a"
    known = activations[1] != "absolute" or problem == "inversion"
    statuses = set()
    for cell in cells(
        tmp_path, problem=problem, network={"file": "net.npz"}, solvers=solvers, noise=noise, **m
    ):
        for trial in range(3):
            instance = draw_instance(cell.parameters, trial)
            start = draw_trial_start(cell.parameters, trial)
            assert instance.form == (Form(SQUARES, 0.0, int(biases)) if known else Form(CUSTOM, 0))
            codes = instance.target, instance.signal, instance.observation
            plain_instance = Decoded(instance.chain, *codes, Form(CUSTOM, 0.0))
            solver = cell.parameters.solver
            plain = solve(plain_instance, start, solver)
            fast = solve(instance, start, solver)
            traces = np.zeros((2, 50, 2))
            traced = solve(instance, start, solver, trace=traces[0])
            solve(plain_instance, start, solver, trace=traces[1])
            for found in (fast, traced):
                assert (found.status, found.negations) == (plain.status, plain.negations)
                assert abs(found.iterations - plain.iterations) <= 2
                np.testing.assert_allclose(found.latent, plain.latent, rtol=1e-6, atol=1e-9)
            np.testing.assert_allclose(traces[0], traces[1], rtol=1e-7, atol=1e-12)
            statuses.add(plain.status)
    assert statuses


SMOOTH = {
    "sigmoid": ("leaky_relu:0.2", "sigmoid"),
    "tanh": ("relu", "tanh"),
    "linear inside": ("identity", "sigmoid"),
    "smooth inside": ("tanh", "sigmoid"),
    "sigmoids inside": ("sigmoid", "identity"),
}


@pytest.mark.parametrize("activations", SMOOTH.values(), ids=SMOOTH)
@pytest.mark.parametrize("problem", ["inversion", "compressed_sensing", "phase_retrieval"])
@pytest.mark.parametrize("biases", [True, False])
def test_kernels_invert_smooth_networks_as_plain_passes_do(activations, problem, biases, tmp_path):
    """The same iterates, not only the same ends."""
    saved(tmp_path, **arrays(biases=biases) | {"activations": list(activations)})
    rules = {"step": 0.01, "max_iter": 400, "stop": {"relative_change": 1e-4}}
    names = ["gradient_descent", "subgradient", *(["plugin"] * (problem != "phase_retrieval"))]
    m = {"axes": {"m": [15]}} if problem != "inversion" else {"axes": {"a": [1]}}
    solvers = [{"name": name, **rules} for name in names]
    noise = "0.01*m" if problem != "inversion" else "0.1*a"
    for cell in cells(
        tmp_path, problem=problem, network={"file": "net.npz"}, solvers=solvers, noise=noise, **m
    ):
        solver = cell.parameters.solver
        for trial in range(3):
            instance = draw_instance(cell.parameters, trial)
            start = draw_trial_start(cell.parameters, trial)
            assert instance.form == Form(SQUARES, 0.0, int(biases))
            traces = np.full((2, 400, 2), -1.0)
            found = solve(instance, start, solver, trace=traces[0])
            plain = solve(replace(instance, form=Form(CUSTOM, 0.0)), start, solver, trace=traces[1])
            assert found[1:] == plain[1:]
            np.testing.assert_allclose(found.latent, plain.latent, rtol=1e-9, atol=1e-11)
            np.testing.assert_allclose(traces[0], traces[1], rtol=1e-9, atol=1e-12)
            np.testing.assert_array_equal(found.latent, solve(instance, start, solver).latent)


@pytest.mark.parametrize("problem", ["inversion", "compressed_sensing", "phase_retrieval"])
def test_levenberg_marquardt_inverts_a_network_with_biases(problem, tmp_path):
    saved(tmp_path, **arrays(sigmoid=False))
    m = {"axes": {"m": [25]}} if problem != "inversion" else {"axes": {"a": [1]}, "noise": "0*a"}
    solvers = [{"name": "levenberg_marquardt", "max_iter": 300, "restarts": 5}]
    (cell,) = cells(tmp_path, problem=problem, network={"file": "net.npz"}, solvers=solvers, **m)
    records = [run_trial(cell.parameters, trial).record for trial in range(4)]
    assert sum(record.signal_error < 1e-7 for record in records) >= 3
    assert all(record.iterations > 1 for record in records)


def test_it_is_refused_where_kernels_do_not_know_the_network(tmp_path):
    saved(tmp_path, **arrays() | {"activations": ["absolute", "sigmoid"]})
    with pytest.raises(SweepError, match=r"levenberg_marquardt.* activations are absolute, sigm"):
        inverted(tmp_path, [{"name": "levenberg_marquardt"}])
    (cell,) = inverted(tmp_path, [{"name": "gradient_descent", "step": 0.1, "max_iter": 3}])
    assert run_trial(cell.parameters, 0).record.iterations == 3


@pytest.mark.parametrize("activations", SMOOTH.values(), ids=SMOOTH)
@pytest.mark.parametrize("problem", ["inversion", "compressed_sensing", "phase_retrieval"])
@pytest.mark.parametrize("biases", [True, False])
def test_levenberg_marquardt_of_smooth_networks_ends_where_scipy_does(
    activations, problem, biases, tmp_path
):
    saved(tmp_path, **arrays(biases=biases) | {"activations": list(activations)})
    m = {"axes": {"m": [25]}} if problem != "inversion" else {"axes": {"a": [1]}}
    noise = {"noise": "0.002*m" if problem != "inversion" else "0.05*a"} | m
    solvers = [{"name": "levenberg_marquardt", "max_iter": 300, "stop": {"gradient_norm": 1e-9}}]
    (cell,) = cells(
        tmp_path, problem=problem, network={"file": "net.npz"}, solvers=solvers, **noise
    )
    stationary = 0
    for trial in range(6):
        instance = draw_instance(cell.parameters, trial)
        start = instance.target + 0.01
        found = solve(instance, start, cell.parameters.solver)
        expected = least_squares(
            lambda x, y=instance: y.observed_at(x) - y.observation,
            start, jac=instance.chain.jacobian, method="lm", xtol=1e-13, ftol=1e-13, gtol=1e-13,
        )  # fmt: skip
        assert found.status == CONVERGED
        assert 1e-5 < instance.stationarity(found.latent)[0] <= expected.cost * (1 + 1e-9)
        # Others are stuck on a kink of the layers inside or of an absolute value.
        if instance.stationarity(expected.x)[1] < 1e-7:
            stationary += 1
            assert instance.stationarity(found.latent)[1] < 1e-7
            np.testing.assert_allclose(found.latent, expected.x, rtol=1e-5, atol=1e-6)
    assert stationary >= 4


def test_a_network_of_another_program_is_to_be_imported(tmp_path):
    (tmp_path / "net.pt").write_bytes(b"PK")
    look_in(tmp_path)
    with pytest.raises(BadValue, match="another program") as told:
        read_network("net.pt")
    assert "genphase import-network" in told.value.remedy
