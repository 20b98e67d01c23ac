"""Message passing against the same iteration with full matrices and SciPy's functions."""

import dense
import numpy as np
import pytest
from scipy.special import erfcx, expit, log_ndtr

from genphase.kernels.messages import first_beliefs, pass_messages
from genphase.kernels.passes import norm
from genphase.kernels.status import CAPPED, CONVERGED

NO_TRACE = np.empty((0, 2))


def side(omega, V, precision, field, sign):
    P = 1 / V + precision
    shift = (field - precision * omega) / P
    t = sign * (omega + shift) * np.sqrt(P)
    tail = erfcx(-t / np.sqrt(2))
    with np.errstate(invalid="ignore", over="ignore"):
        hazard = np.where(t < 25, np.sqrt(2 / np.pi) / tail, 0)
        mass = np.where(t < 0, np.log(tail / 2), t**2 / 2 + log_ndtr(t))
    far = np.maximum(t**2, 2500)
    # Far below 0 the difference would cancel; the law is nearly exponential there.
    variance = np.where(t < -50, (1 - 6 / far) / far, 1 - hazard * (hazard + t))
    variance = np.clip(variance, 0, None) / P
    return mass - np.log(V * P) / 2, shift + sign * hazard / np.sqrt(P), variance


def moments(omega, V, precision, field, leak):
    up, down = (
        side(omega, V, precision, field, 1),
        side(omega, V, leak**2 * precision, leak * field, -1),
    )
    p = expit(up[0] - down[0])
    q = 1 - p
    high, low = omega + up[1], leak * (omega + down[1])
    return (
        p * up[1] + q * down[1],
        p * up[2] + q * down[2] + p * q * (up[1] - down[1]) ** 2,
        p * high + q * low,
        p * up[2] + q * leak**2 * down[2] + p * q * (high - low) ** 2,
    )


def in_numpy(chain, b, x, iterations, damping):
    """Return x̂ after every iteration."""
    W, leaks, L = dense.matrices(chain), chain.leaks, len(chain.leaks)
    square = [np.sum(w**2) for w in W]
    power = np.mean(b**2)
    for w, f, leak in zip(W[::-1], square[::-1], leaks[::-1], strict=True):
        power *= 2 / (1 + leak**2) * len(w) / f
    h, v, g = [x * np.sqrt(power)], [power], [np.zeros(len(w)) for w in W]
    for i in range(L - 1):
        found = moments(W[i] @ h[i], square[i] / len(W[i]) * v[i], 0.0, 0.0, leaks[i])
        h.append(found[2])
        v.append(np.mean(found[3]))
    V, q = [0.0] * L, [0.0] * L
    first, path = None, []
    for t in range(iterations):
        old = 0.0 if t == 0 else damping
        mix = lambda new, before, old=old: (1 - old) * new + old * before  # noqa: E731
        V = [mix(square[i] / len(W[i]) * v[i], V[i]) for i in range(L)]
        first = first or V
        omega = [W[i] @ h[i] - V[i] * g[i] for i in range(L)]
        noise = max(np.mean((b - dense.activation(W[-1] @ h[-1], leaks[-1])) ** 2) - V[-1], 0)
        if leaks[-1] == 1:
            shift, variance = (
                (b - omega[-1]) * V[-1] / (V[-1] + noise),
                V[-1] * noise / (V[-1] + noise),
            )
        else:
            precision = 1 / max(noise, 1e-7 * V[-1])
            shift, variance = moments(omega[-1], V[-1], precision, b * precision, leaks[-1])[:2]
        fields = [None] * L
        for i in range(L - 1, -1, -1):
            if i < L - 1:
                found = moments(omega[i], V[i], q[i + 1], fields[i + 1], leaks[i])
                shift, variance = found[:2]
                h[i + 1], v[i + 1] = mix(found[2], h[i + 1]), mix(np.mean(found[3]), v[i + 1])
            g[i] = mix(shift / V[i], g[i])
            told = np.mean((1 - variance / V[i]) / V[i])
            q[i] = mix(max(square[i] / W[i].shape[1] * told, 0), q[i])
            fields[i] = W[i].T @ g[i] + q[i] * h[i]
        left = 1 / (1 / power + q[0])
        h[0], v[0] = mix(left * fields[0], h[0]), mix(left, v[0])
        path.append(h[0])
    return path


CASES = {
    "measured": ((12, 60, 50, 30), 2, 0.0, 0.0, "measured"),
    "measured, noisy": ((6, 60, 50, 40), 2, 0.0, 0.1, "measured"),
    "inverted": ((8, 40, 60), 2, 0.0, 0.0, "nothing"),
    "leaky": ((8, 30, 40, 25), 2, 0.2, 0.0, "measured"),
    "leaky, inverted, noisy": ((6, 30, 40), 2, 0.2, 0.1, "nothing"),
    "phaseless": ((6, 60, 50, 60), 2, 0.0, 0.0, "phaseless"),
    "phaseless, noisy": ((5, 60, 50, 60), 2, 0.0, 0.1, "phaseless"),
}


def draw(case, dtype=np.float64):
    widths, depth, slope, level, behind = CASES[case]
    rng = np.random.default_rng([len(case), 3])
    chain = dense.random_chain(rng, widths, depth, slope, behind, dtype)
    target = rng.standard_normal(widths[0])
    b = dense.measured(chain, target)
    noise = rng.standard_normal(b.size)
    return chain, target, b + level * np.linalg.norm(b) * noise / np.linalg.norm(noise)


def run(chain, b, target, iterations, damping=0.05, x=None, relative_change=0.0, trace=NO_TRACE):
    observed = (chain.weights, chain.widths, chain.leaks, b)
    beliefs = first_beliefs(*observed, np.zeros(target.size) if x is None else x)
    ends = iterations, damping, relative_change, True, trace
    return beliefs, pass_messages(*observed, beliefs, target, *ends)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("case", CASES)
def test_iterates_are_those_of_full_matrices(case, dtype):
    chain, target, b = draw(case, dtype)
    x = np.random.default_rng(1).standard_normal(target.size)
    for damping in (0.0, 0.3):
        path = in_numpy(chain, b, x, 12, damping)
        for iterations in (1, 2, 5, 12):
            beliefs, ended = run(chain, b, target, iterations, damping, x)
            assert ended == (CAPPED, iterations)
            found = beliefs.means[: target.size]
            np.testing.assert_allclose(
                found, path[iterations - 1], atol=1e-7 * norm(target), rtol=0
            )


def test_blocks_of_iterations_are_one_run():
    chain, target, b = draw("measured")
    whole = run(chain, b, target, 20)[0]
    observed = (chain.weights, chain.widths, chain.leaks, b)
    parts = first_beliefs(*observed, np.zeros(target.size))
    for i, block in enumerate((7, 1, 12)):
        pass_messages(*observed, parts, target, block, 0.05, 0.0, i == 0, NO_TRACE)
    for a, c in zip(whole, parts, strict=True):
        np.testing.assert_array_equal(a, c)


def test_trace_and_rule():
    chain, target, b = draw("measured, noisy")
    trace = np.full((200, 2), np.nan)
    beliefs, (status, made) = run(chain, b, target, 200, relative_change=1e-4, trace=trace)
    assert status == CONVERGED
    assert 5 < made < 200
    assert trace[0, 1] == 1
    assert trace[0, 0] == pytest.approx(0.5 * norm(b) ** 2)
    path = in_numpy(chain, b, np.zeros(target.size), made, 0.05)
    x = path[made - 2]
    assert trace[made - 1, 0] == pytest.approx(dense.objective(chain, x, b), rel=1e-4)
    assert np.isnan(trace[made:]).all()
    change = norm(beliefs.means[: x.size] - x) / norm(beliefs.means[: x.size])
    assert change < 1e-4


@pytest.mark.parametrize("scale", [1e-8, 1e8])
def test_scales_of_weights_do_not_matter(scale):
    chain, target, b = draw("phaseless")
    scaled = chain._replace(weights=chain.weights * scale)
    found = run(scaled, b * scale**3, target, 10)[0].means[: target.size]
    np.testing.assert_allclose(found, run(chain, b, target, 10)[0].means[: target.size], rtol=1e-6)


def test_the_prior_agrees_with_the_observation():
    rng = np.random.default_rng(5)
    chain = dense.random_chain(rng, (30, 900, 800, 400), 2, 0.0, "measured", np.float64)
    target = 3 * rng.standard_normal(30)
    b = dense.measured(chain, target)
    prior = first_beliefs(chain.weights, chain.widths, chain.leaks, b, np.zeros(30)).prior[0]
    assert prior == pytest.approx(np.mean(target**2), rel=0.2)
