"""A solver of one's own: vector approximate message passing through a network of ReLU layers.

The layers are z_l = W_l h_{l-1}, h_l = max(z_l, 0), from the code h_0 = x to the signal h_d, and
b = A h_d is observed. A message tells of all units of a layer that they are Gaussian with means of
their own and one variance; it is held as the pair (γ, η) of its precision and of precision times
means. What is believed, given the messages from both sides, is

- for a matrix, a linear estimate of h_{l-1} and z_l. With the singular value decomposition
  W_l = U S V^T it is a product with V^T and U^T, a division by γ_h + γ_z S², and a product back;
- for a ReLU, the mean and variance of z_l and h_l, one unit after the other.

The message that leaves is the belief without the message that came from there. Variances are
means over a layer, which the singular values give. So the messages are made for matrices U S V^T
with random rotations U and V, whatever S is: orthogonal, ill-conditioned and Gaussian ones. Those
of ``ml_amp`` are made for independent entries alone.

In orthogonal.yaml, with the network (700, 600) and m = 300, half of the codes are recovered at
k = 290 [288, 292], by ``ml_amp`` at 206 [203, 209], by ``levenberg_marquardt`` at 160 [153, 167].

What it does not do: layers other than ReLU, biases, noise, and observations that are not linear are
refused. Weights that are neither independent nor rotated at random, such as trained ones, are
outside of what it is made for. Last digits depend on the LAPACK of NumPy and on its threads.

References
----------
Rangan, Schniter, Fletcher, "Vector approximate message passing" (2016), arXiv:1610.03082.

Fletcher, Rangan, Schniter, "Inference in deep networks in high dimensions" (2018),
arXiv:1706.06549, Algorithm 1. The estimate of the prior's variance, the damping, the bounds of the
precisions and the least squares at the end are not theirs.
"""

from collections import namedtuple

import numpy as np
from scipy.linalg import solve
from scipy.special import erfcx, expit, log_ndtr

from genphase import Result, solver

# Least squares try every so many iterations, for so many updates.
BETWEEN_LOOKS, UPDATES_OF_A_LOOK = 50, 30
# Their least damping, as a share of the largest square of a column: matrices stay invertible.
LEAST_WEIGHT = 1e-12
# The least precision of a message as a share of the belief's. Without information it would be 0,
# and below 0 in a finite network.
LEAST_TOLD = 1e-3
# The share of the power of b that is taken for noise: without any, precisions have no bound.
NOISE = 1e-9

# precision : γ; field : η, (n,), γ times the means.
Message = namedtuple("Message", "precision field")
# mean : (n,); variance : its mean over the units.
Belief = namedtuple("Belief", "mean variance")


@solver(fits=["compressed_sensing"])
def vector_amp(problem, start, *, max_iter: int, damping: float = 0.1):
    """Pass messages through the network, and try least squares from what they say of the code.

    The messages begin without information: x_0 is not used. A share `damping` of every message
    before is kept. Iterations are those of messages and the updates of least squares together.
    """
    _check(problem, damping)
    if not np.any(problem.observation):
        # It tells no size of a code, and agrees with 0.
        return Result(np.zeros(problem.k), 0)
    # The objective is zero to rounding.
    enough = 2.0**-52 * np.sum(problem.observation**2) / 2
    best, lowest, updates, before, status = start, np.inf, 0, np.inf, "capped"
    for passes, x in enumerate(_codes(problem, damping), 1):
        if not np.all(np.isfinite(x)):
            status = "diverged" if lowest == np.inf else "capped"
            break
        settled = np.linalg.norm(x - before) < 1e-6 * np.linalg.norm(x)
        before = x
        if settled or passes % BETWEEN_LOOKS == 0 or passes + updates >= max_iter:
            most = min(UPDATES_OF_A_LOOK, max_iter - passes - updates)
            found, made = _least_squares(problem, x, most, enough)
            updates += made
            if (reached := problem.objective(found)) < lowest:
                best, lowest = found, reached
        if settled or lowest <= enough:
            status = "converged"
            break
        if passes + updates >= max_iter:
            break
    return Result(best, passes + updates, status)


def _check(problem, damping):
    """Refuse what the messages are not made for."""
    if not 0 <= damping < 1:
        raise ValueError(f"damping is {damping}; choose 0 <= damping < 1")
    if others := sorted({name for name in problem.activations if name != "relu"}):
        raise ValueError(f"vector_amp is for relu layers, and not for {', '.join(others)}")
    if any(np.any(biases) for biases in problem.biases):
        raise ValueError("vector_amp is for networks without biases")
    # The level is NaN of a law of noise that has none.
    if problem.noise_level != 0:
        raise ValueError("vector_amp is for observations without noise: noise: 0")


def _codes(problem, damping):
    """Yield what is believed of the code after each iteration, up and down the layers."""
    b = problem.observation
    matrices = [np.asarray(W, float) for W in [*problem.weights, problem.measurement_matrix]]
    layers = [np.linalg.svd(W, full_matrices=False) for W in matrices]
    # The variance of an entry of x that agrees with ‖b‖ in a wide random network: a layer makes
    # ‖W‖_F²/n_out of its inputs' power, and a ReLU takes half of it.
    prior = np.mean(b**2) * 2 ** len(problem.weights)
    for W in matrices:
        prior *= len(W) / np.sum(W**2)
    # Messages on the inputs h and on the outputs z of every matrix. Those from below go up. Before
    # the first iteration nothing is known from above.
    unknown = [Message(1e-9 / prior, np.zeros(n)) for W in matrices for n in W.shape[::-1]]
    from_above = {"h": unknown[0::2], "z": unknown[1::2]}
    from_below = {"h": [None] * len(layers), "z": [None] * len(layers)}
    from_below["h"][0] = Message(1 / prior, np.zeros(problem.k))
    last, kept = len(layers) - 1, 0.0
    while True:
        for i in range(last):
            below, above = from_below["h"][i], from_above["z"][i]
            z = _linear(layers[i], below, above)[1]
            found = _without(z, above, up=True)
            from_below["z"][i] = found = _damped(found, from_below["z"][i], kept)
            above = from_above["h"][i + 1]
            h = _relu(found, above)[1]
            found = _without(h, above, up=True)
            from_below["h"][i + 1] = _damped(found, from_below["h"][i + 1], kept)
        # b itself, with noise that is far below what is not known of A h_d.
        spread = np.sum(layers[last][1] ** 2) / b.size / from_below["h"][last].precision
        noise = max(NOISE * np.mean(b**2), 1e-7 * spread)
        from_above["z"][last] = Message(1 / noise, b / noise)
        for i in range(last, -1, -1):
            below, above = from_below["h"][i], from_above["z"][i]
            h = _linear(layers[i], below, above)[0]
            if i == 0:
                break
            found = _without(h, below, up=False)
            from_above["h"][i] = found = _damped(found, from_above["h"][i], kept)
            below = from_below["z"][i - 1]
            z = _relu(below, found)[0]
            found = _without(z, below, up=False)
            from_above["z"][i - 1] = _damped(found, from_above["z"][i - 1], kept)
        kept = damping
        yield h.mean


def _linear(layer, below, above):
    """Return what is believed of h and z = W h, given messages on both."""
    U, s, Vt = layer
    n_out, n_in = U.shape[0], Vt.shape[1]
    spreads = 1 / (below.precision + above.precision * s**2)
    along = Vt @ below.field
    mean = spreads * (along + s * (U.T @ above.field))
    # Inputs that W does not see keep what was known of them.
    unseen = (below.field - Vt.T @ along) / below.precision
    variance = (np.sum(spreads) + (n_in - s.size) / below.precision) / n_in
    h = Belief(Vt.T @ mean + unseen, variance)
    return h, Belief(U @ (s * mean), np.sum(s**2 * spreads) / n_out)


def _relu(below, above):
    """Return what is believed of z and h = max(z, 0), given messages on both.

    Where z > 0 both messages are about it, else that from below alone: a mixture of two Gaussians
    that are cut off at 0.
    """
    w, V = below.field / below.precision, 1 / below.precision
    together = below.precision + above.precision
    log_on, on, spread_on = _half((below.field + above.field) / together, 1 / together)
    log_off, off, spread_off = _half(-w, V)
    share = expit(log_on - log_off)
    mixed = share * (1 - share)
    z = share * on - (1 - share) * off
    z_spread = share * spread_on + (1 - share) * spread_off + mixed * (on + off) ** 2
    h_spread = share * spread_on + mixed * on**2
    return Belief(z, np.mean(z_spread)), Belief(share * on, np.mean(h_spread))


def _half(mean, variance):
    """Return the log mass at z > 0 of exp(-z²/2v + z mean/v), and its mean and variance there."""
    t = mean / np.sqrt(variance)
    with np.errstate(over="ignore", divide="ignore", invalid="ignore"):
        # exp(t²/2) Φ(t) is half of the first; it is infinite for large t, and the hazard then 0.
        tail = erfcx(-t * np.sqrt(0.5))
        log_mass = np.where(t < 0, np.log(tail / 2), t**2 / 2 + log_ndtr(t))
        hazard = np.sqrt(2 / np.pi) / tail
        # For large -t the difference has no digits left, and its expansion is exact.
        far = (1 - 6 / t**2) / t**2
    share = np.where(t < -50, far, np.maximum(1 - hazard * (hazard + t), 0))
    log_mass = log_mass + np.log(variance) / 2
    return log_mass, mean + hazard * np.sqrt(variance), variance * share


def _without(belief, message, up):
    """Return what is believed without a message, whatever comes from where that came from."""
    # It is 0 of a layer that is sure to be inactive.
    variance = max(belief.variance, 1e-100)
    precision, least = 1 / variance - message.precision, LEAST_TOLD / variance
    if precision < least and up:
        # Nothing new was told upwards: the mean is kept.
        return Message(least, belief.mean * least)
    return Message(max(precision, least), belief.mean / variance - message.field)


def _damped(found, before, kept):
    """Return a message with a share of the one before."""
    if before is None:
        return found
    return Message(*(new + kept * (old - new) for new, old in zip(found, before, strict=True)))


def _least_squares(problem, x, most, enough):
    """Return where Levenberg-Marquardt gets from x, and how many updates that took."""
    x, weight = x.copy(), 1e-3
    residual = problem.observe(x) - problem.observation
    stale, update = True, 0
    while update < most and residual @ residual / 2 > enough:
        update += 1
        if stale:
            jacobian = problem.jacobian(x)
            products = jacobian.T @ jacobian
            if not np.any(products):
                break
        damped = products + weight * np.max(np.diag(products)) * np.eye(x.size)
        step = solve(damped, jacobian.T @ residual, assume_a="pos")
        tried = problem.observe(x - step) - problem.observation
        if stale := tried @ tried < residual @ residual:
            x, residual, weight = x - step, tried, max(weight / 10, LEAST_WEIGHT)
        else:
            weight *= 4
    return x, update
