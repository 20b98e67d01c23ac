"""The plain loops and the fast iteration side by side."""

from typing import Any, NamedTuple

import dense
import numpy as np

from genphase.draws.chain import Chain
from genphase.kernels.descent import descend
from genphase.kernels.forms import WIGNER, WISHART, Form
from genphase.kernels.iterate import iterate
from genphase.kernels.passes import Run
from genphase.kernels.plugin import plugin
from genphase.kernels.spiked import descend_to_spike

SOLVERS = ("plugin", "subgradient", "gradient_descent")
# The iterations that fit what is behind the network. For a spiked matrix, subgradient descent is
# gradient descent from two starts.
FITTING = {
    "nothing": SOLVERS,
    "measured": SOLVERS,
    "phaseless": ("subgradient", "gradient_descent"),
    "wigner": ("gradient_descent",),
    "wishart": ("gradient_descent",),
}
NO_TRACE = np.empty((0, 2))
# Within so few steps, rounding must not decide anything.
LEAST = 8


class Problem(NamedTuple):
    """What a solver is given, and the latent code that it should find."""

    chain: Chain
    target: Any
    b: Any
    start: Any
    form: Form = dense.SQUARES_FORM


class Rules(NamedTuple):
    """Solver, step and stopping rules."""

    solver: str
    step: float
    cap: int
    rel: float = 0.0
    grad: float = 0.0


def draw(rng, widths, depth, slope=0.0, noise=0.0, behind="measured", dtype=np.float32, scale=1.0):
    """Return a random problem: a target of norm 1 and a start of size `scale`.

    The noise has the norm `noise`, or this is ν or σ of a spiked matrix. A depth smaller than the
    number of layers leaves the last one to what is `behind` the network.
    """
    chain = dense.random_chain(rng, widths, depth, slope, behind, dtype)
    target = rng.standard_normal(widths[0])
    target /= np.linalg.norm(target)
    if behind in ("wigner", "wishart"):
        form = hide_spike(rng, chain, dense.signal(chain, target), noise, behind)
        b = np.empty(0)
    else:
        form = dense.SQUARES_FORM
        direction = rng.standard_normal(widths[-1])
        b = dense.measured(chain, target) + noise * direction / np.linalg.norm(direction)
    return Problem(chain, target, b, scale * rng.standard_normal(widths[0]), form)


def hide_spike(rng, chain, y, noise, behind):
    """Draw a spiked matrix into the last layer of a chain; return the form of the direction."""
    n, m = chain.widths[-2:]
    matrix = chain.weights[-n * m :].reshape(n, m)
    if behind == "wigner":
        ensemble = rng.standard_normal((n, n)) / np.sqrt(2 * n)
        matrix[:] = np.outer(y, y) + noise * (ensemble + ensemble.T)
        return Form(WIGNER, 0.0)
    samples = np.outer(rng.standard_normal(m), y) + noise * rng.standard_normal((m, n))
    matrix[:] = samples.T / np.sqrt(m)
    return Form(WISHART, noise**2)


def completed(layers, behind, m):
    """Return the widths of a chain: those of the network, and of what is behind it."""
    last = {"nothing": (), "wigner": layers[-1:]}.get(behind, (m,))
    return (*layers, *last)


def run_plainly(problem, rules):
    chain, target, b, start, form = problem
    if form.kind >= WIGNER:
        return descend_to_spike(*chain[:3], form, start, target, *rules[1:], NO_TRACE)
    arguments = (*chain[:3], b, start, target, *rules[1:])
    if rules.solver == "plugin":
        return plugin(*arguments, NO_TRACE)
    return descend(*arguments, rules.solver == "subgradient", NO_TRACE)


def run_fast(problem, rules, iterate=iterate):
    chain, _, b, start, form = problem
    form = dense.PLUGIN_FORM if rules.solver == "plugin" else form
    negates = rules.solver == "subgradient"
    return Run(*iterate(*chain[:3], b, start, *rules[1:], form, negates))


def agree(a, b, rtol):
    """Return whether two runs ended in the same way at the same place."""
    scale = np.abs(a.latent).max()
    close = np.allclose(b.latent, a.latent, rtol=0, atol=rtol * scale, equal_nan=True)
    return a[1:] == b[1:] and close


def recovered(run, problem):
    return np.linalg.norm(run.latent - problem.target) < 1e-5


def nudged(problem, rules, seed):
    """Return problem and rules with changes in the last bits."""
    rng = np.random.default_rng(seed)

    def nudge(a):
        return a * (1 + rng.choice([-2, -1, 1, 2], np.shape(a)) * 2.3e-16)

    changed = problem._replace(b=nudge(problem.b), start=nudge(problem.start))
    return changed, rules._replace(step=float(nudge(rules.step)))


def assert_same(problem, rules, iterate=iterate):
    """Assert that the fast iteration does what the plain loop does; return that.

    Where rounding decides, that is, where the plain loop itself ends otherwise if the last bits of
    its input are changed, the first half of the run is compared, down to `LEAST` steps.
    """
    plain, fast = run_plainly(problem, rules), run_fast(problem, rules, iterate)
    if not agree(plain, fast, 1e-8):
        others = [run_plainly(*nudged(problem, rules, seed)) for seed in range(6)]
        assert not all(agree(plain, other, 1e-10) for other in others), (plain, fast)
        if all(recovered(run, problem) for run in (plain, *others)):
            assert recovered(fast, problem), (plain, fast)
        assert rules.cap > LEAST, (plain, fast)
        first_half = max(rules.cap // 2, LEAST)
        assert_same(problem, rules._replace(cap=first_half, rel=0.0, grad=0.0), iterate)
    return plain
