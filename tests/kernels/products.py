"""Random products of two networks, Algorithm 1 with full matrices, and both loops side by side."""

from itertools import product
from typing import Any, NamedTuple

import dense
import numpy as np
from side_by_side import LEAST, NO_TRACE, agree

from genphase.draws.chain import Chain
from genphase.kernels.demodulation import Variant, alternate
from genphase.kernels.frozen_demodulation import demodulate
from genphase.kernels.passes import Run
from genphase.kernels.status import CAPPED, CONVERGED, DIVERGED

PAPER = Variant(sign_search=True, balances=True, momentum=0.0)
# All that can be left out, with little and much momentum.
VARIANTS = [
    Variant(*parts, beta) for *parts, beta in product((True, False), (True, False), (0.0, 0.5, 0.9))
]


class Product(NamedTuple):
    """What a solver is given, and the balanced codes that it should find, h and z in one vector."""

    first: Chain
    second: Chain
    y: Any
    start: Any
    target: Any


class Rules(NamedTuple):
    """Step, cap and stopping rules."""

    step: float
    cap: int
    rel: float = 0.0
    grad: float = 0.0


def draw(rng, widths, slope=0.0, noise=0.0, scale=1.0, dead=0.0, second=None, leak=None):
    """Return a random problem: targets of norm 1 and a start of size `scale`.

    The noise has `noise` times the norm of the product. Of the last layers, a fraction `dead` of
    the units has no weights, as truncation leaves them. `second` and `leak` are the widths and the
    slope of the second network, where they are others.
    """
    chains = []
    sides = ((widths, slope), (second or widths, slope if leak is None else leak))
    for layers, gain in sides:
        chain = dense.random_chain(rng, layers, slope=gain)
        inputs, outputs = layers[-2:]
        last = chain.weights[-inputs * outputs :].reshape(inputs, outputs)
        last[:, rng.random(outputs) < dead] = 0
        chains.append(chain)
    codes = [rng.standard_normal(layers[0]) for layers, _ in sides]
    target = np.concatenate([code / np.linalg.norm(code) for code in codes])
    start = scale * rng.standard_normal(target.size)
    problem = Product(*chains, np.zeros(widths[-1]), start, target)
    clean = np.multiply(*factors(problem, target))
    direction = rng.standard_normal(widths[-1])
    direction *= noise * np.linalg.norm(clean) / np.linalg.norm(direction)
    return problem._replace(y=clean + direction)


def codes(x, k):
    """Return h and z, h having k entries: half of them where no number is given."""
    return np.split(x, [x.size // 2 if k is None else k])


def factors(problem, x):
    """Return G_1(h) and G_2(z)."""
    h, z = codes(x, problem.first.k)
    return dense.signal(problem.first, h), dense.signal(problem.second, z)


def objective(problem, x):
    return 0.5 * np.sum((np.multiply(*factors(problem, x)) - problem.y) ** 2)


def gradients(problem, x):
    """Return the gradients in h and in z by the dense Jacobians."""
    h, z = codes(x, problem.first.k)
    one, two = factors(problem, x)
    difference = one * two - problem.y
    return (
        dense.jacobian(problem.first, h).T @ (two * difference),
        dense.jacobian(problem.second, z).T @ (one * difference),
    )


def balanced(x, k=None):
    """Return the codes of the same product with equal norms."""
    h, z = codes(x, k)
    a, b = np.linalg.norm(h), np.linalg.norm(z)
    return np.concatenate([h * np.sqrt(b / a), z * np.sqrt(a / b)]) if a > 0 and b > 0 else x


def with_signs(x, pair, k=None):
    """Return one of (h, z), (-h, z), (h, -z), (-h, -z)."""
    h, z = codes(x, k)
    return np.concatenate([-h if pair % 2 else h, -z if pair // 2 else z])


def algorithm_1(problem, rules, variant=PAPER):
    """Algorithm 1 as the paper writes it, with full matrices; return the iterates as well.

    `variant` leaves parts of it out, or keeps a velocity.
    """
    k, beta = problem.first.k, variant.momentum
    x = balanced(problem.start, k) if variant.balances else problem.start
    v, w = codes(np.zeros(x.size), k)
    negations, path = 0, []
    for t in range(rules.cap):
        if variant.sign_search:
            values = [objective(problem, with_signs(x, pair, k)) for pair in range(4)]
            best = int(np.argmin(values))
            x, negations = with_signs(x, best, k), negations + (best > 0)
            v, w = codes(with_signs(np.concatenate([v, w]), best, k), k)
        path.append(x)
        v = beta * v + gradients(problem, x)[0]
        half = np.concatenate([x[:k] - rules.step * v, x[k:]])
        w = beta * w + gradients(problem, half)[1]
        moved = np.concatenate([half[:k], x[k:] - rules.step * w])
        length = np.linalg.norm(np.concatenate([v, w]))
        if not np.linalg.norm(moved) < 1e30:
            return Run(moved, DIVERGED, t + 1, negations), path
        x = moved
        if variant.balances:
            x = balanced(moved, k)
            a, b = (np.linalg.norm(code) for code in codes(moved, k))
            if a > 0 and b > 0:
                v, w = v * np.sqrt(b / a), w * np.sqrt(a / b)
        short = rules.step * length < rules.rel * np.linalg.norm(moved)
        if length < rules.grad or short:
            return Run(x, CONVERGED, t + 1, negations), path
    return Run(x, CAPPED, rules.cap, negations), path


def given(problem):
    first, second = problem.first, problem.second
    return first[:3], second[:3], problem.y, problem.start


def run_plainly(problem, rules, trace=NO_TRACE, variant=PAPER):
    return Run(*alternate(*given(problem), problem.target, *rules, trace, variant))


def run_fast(problem, rules, demodulate=demodulate, variant=PAPER):
    return Run(*demodulate(*given(problem), *rules, variant))


def recovered(run, problem):
    return np.linalg.norm(run.latent - problem.target) < 1e-5


def _nudged(problem, rules, seed):
    """Return problem and rules with changes in the last bits."""
    rng = np.random.default_rng(seed)

    def nudge(a):
        return a * (1 + rng.choice([-2, -1, 1, 2], np.shape(a)) * 2.3e-16)

    changed = problem._replace(y=nudge(problem.y), start=nudge(problem.start))
    return changed, rules._replace(step=float(nudge(rules.step)))


def assert_same(problem, rules, demodulate=demodulate, variant=PAPER):
    """Assert that the fast iteration does what the plain loop does; return that.

    Where rounding decides, that is, where the plain loop itself ends otherwise if the last bits of
    its input are changed, the first half of the run is compared, down to `LEAST` steps.
    """
    plain = run_plainly(problem, rules, variant=variant)
    fast = run_fast(problem, rules, demodulate, variant)
    if not agree(plain, fast, 1e-8):
        nudged = (_nudged(problem, rules, seed) for seed in range(6))
        others = [run_plainly(*changed, variant=variant) for changed in nudged]
        assert not all(agree(plain, other, 1e-10) for other in others), (plain, fast)
        if all(recovered(run, problem) for run in (plain, *others)):
            assert recovered(fast, problem), (plain, fast)
        assert rules.cap > LEAST, (plain, fast)
        first_half = max(rules.cap // 2, LEAST)
        rules = rules._replace(cap=first_half, rel=0.0, grad=0.0)
        assert_same(problem, rules, demodulate, variant)
    return plain
