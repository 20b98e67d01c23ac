"""Multi-layer approximate message passing as a careful user of NumPy and SciPy writes it.

The messages are those of :mod:`genphase.kernels.messages`, which says where they are from. A layer
is a BLAS product each way; moments of all its units are evaluated at once, with
``scipy.special.erfcx``.
"""

from math import pi, sqrt
from typing import NamedTuple

import numpy as np
from loops import DIVERGED, Answer, Floats
from problem_loops import Problem
from scipy.special import erfcx

# Below it, the variance of a tail cancels more than its series leaves out.
_DEEP = -50.0
_LEAST_SPREAD = 1e-18
_LEAST_NOISE = 1e-9


class Side(NamedTuple):
    """Gaussians that are cut off at 0: logarithms of masses, means less ω, variances."""

    mass: Floats
    shift: Floats
    variance: Floats


def cut(omega: Floats, V: float, precision: float, field: Floats, sign: float) -> Side:
    """Return what is left on one side of 0 of N(ω, V) exp(-q̂ z²/2 + B z)."""
    P = 1 / V + precision
    shift = (field - precision * omega) / P
    t = sign * (omega + shift) * sqrt(P)
    tail, bell = erfcx(np.abs(t) * sqrt(0.5)), np.exp(-0.5 * t * t)
    negative = t < 0
    share = 1 - 0.5 * bell * tail
    hazard = np.where(negative, sqrt(2 / pi) / tail, bell / (sqrt(2 * pi) * share))
    mass = np.log(np.where(negative, 0.5 * tail, share)) + np.where(negative, 0, 0.5 * t * t)
    variance = np.maximum(1 - hazard * (hazard + t), 0)
    if (deep := t < _DEEP).any():
        series = 1 / t[deep] ** 2
        variance[deep] = series * (1 - series * (6 - 50 * series))
    return Side(mass - 0.5 * np.log(V * P), shift + sign * hazard / sqrt(P), variance / P)


def moments(
    omega: Floats, V: float, precision: float, field: Floats, leak: float
) -> tuple[Floats, float, Floats, float]:
    """Return E[z] - ω, the mean of Var[z], E[h] and the mean of Var[h] of the units of a layer."""
    up = cut(omega, V, precision, field, 1)
    down = cut(omega, V, leak * leak * precision, leak * field, -1)
    # The logistic function without overflow.
    above = 0.5 + 0.5 * np.tanh(0.5 * (up.mass - down.mass))
    below = 1 - above
    both = above * below
    high, low = omega + up.shift, leak * (omega + down.shift)
    inputs = above * up.variance + below * down.variance + both * (up.shift - down.shift) ** 2
    outputs = above * up.variance + leak**2 * below * down.variance + both * (high - low) ** 2
    return (
        above * up.shift + below * down.shift,
        float(inputs.mean()),
        above * high + below * low,
        float(outputs.mean()),
    )


def numpy_messages(p: Problem) -> Answer:
    """Messages from no information, without polish and restarts."""
    weights, b, solver = p.weights, p.instance.observation, p.solver
    leaks = p.instance.layers[2]
    layers, last, damping = len(weights), len(weights) - 1, solver.options["damping"]
    powers = [float(np.vdot(W, W)) for W in weights]
    prior = float(b @ b) / b.size
    for W, leak, power in zip(weights, leaks, powers, strict=True):
        prior *= 2 / (1 + leak**2) * W.shape[0] / power
    means = [np.zeros(W.shape[1]) for W in weights]
    inputs, gains = ([np.zeros(W.shape[0]) for W in weights] for _ in range(2))
    fields = [np.zeros(W.shape[1]) for W in weights]
    unknown, precisions, spreads = [prior] + [0.0] * last, [0.0] * layers, [0.0] * layers
    for i, W in enumerate(weights):
        spreads[i] = powers[i] / W.shape[0] * unknown[i]
        if i < last:
            out = np.dot(W, means[i])
            nothing = np.zeros(out.size)
            _, _, means[i + 1], unknown[i + 1] = moments(out, spreads[i], 0, nothing, leaks[i])
    first = spreads.copy()
    for t in range(solver.max_iter):
        before, kept = means[0], damping if t else 0.0
        for i, W in enumerate(weights):
            V = max(powers[i] / W.shape[0] * unknown[i], _LEAST_SPREAD * first[i])
            V = spreads[i] = V + kept * (spreads[i] - V)
            out = np.dot(W, means[i], out=inputs[i])
            if i == last:
                missed = b - np.where(out > 0, out, leaks[i] * out)
                noise = max(float(missed @ missed) / b.size - V, 0)
            out -= V * gains[i]
        for i in range(last, -1, -1):
            W, V, omega = weights[i], spreads[i], inputs[i]
            if i == last and leaks[i] == 1:
                told = 1 / (V + noise)
                g = (b - omega) * told
            else:
                precision = 1 / max(noise, _LEAST_NOISE * V) if i == last else precisions[i + 1]
                field = b * precision if i == last else fields[i + 1]
                shift, variance, h, spread = moments(omega, V, precision, field, leaks[i])
                g, told = shift / V, (1 - variance / V) / V
                if i < last:
                    means[i + 1] = h + kept * (means[i + 1] - h)
                    unknown[i + 1] = spread + kept * (unknown[i + 1] - spread)
            gains[i] = g + kept * (gains[i] - g)
            found = max(powers[i] / W.shape[1] * told, 0)
            precisions[i] = found + kept * (precisions[i] - found)
            np.dot(gains[i], W, out=fields[i])
            fields[i] += precisions[i] * means[i]
        variance = 1 / (1 / prior + precisions[0])
        unknown[0] = variance + kept * (unknown[0] - variance)
        x = variance * fields[0]
        x += kept * (before - x)
        means[0] = x
        size = sqrt(x @ x)
        if not size < DIVERGED:
            return Answer(x, False, t + 1)
        move = x - before
        if sqrt(move @ move) < solver.stop.relative_change * size:
            return Answer(x, True, t + 1)
    return Answer(means[0], False, solver.max_iter)
