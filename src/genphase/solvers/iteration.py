"""The iteration that several solvers are: a step against a direction, again and again."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from genphase.solvers.rules import Rules

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from genphase.kernels.forms import Form


def descend(
    instance: Any,
    start: NDArray[Any],
    step: float,
    rules: Rules,
    trace: NDArray[Any] | None,
    negates: bool = False,
    form: Form | None = None,
) -> Any:
    """Step against a direction again and again.

    Parameters
    ----------
    start : (k,) x_0.
    trace : (T, 2) filled with objective and relative latent error at the first T iterates, by the
        plain loop, which is the reference; None for the fast iteration.
    negates : whether the sign of every iterate is tested.
    form : of the direction; default: the objective's gradient.

    Returns
    -------
    genphase.kernels.passes.Run
    """
    from genphase.kernels.descent import descend as descend_plainly
    from genphase.kernels.fast import iterate
    from genphase.kernels.forms import PLUGIN, SQUARES
    from genphase.kernels.plugin import plugin
    from genphase.kernels.spiked import descend_to_spike

    form = instance.form if form is None else form
    layers, ends = instance.chain[:3], (step, *rules)
    if trace is None:
        return iterate(*layers, instance.observation, start, *ends, form, negates)
    if form.kind == PLUGIN:
        return plugin(*layers, instance.observation, start, instance.target, *ends, trace)
    if form.kind == SQUARES:
        codes = start, instance.target
        return descend_plainly(*layers, instance.observation, *codes, *ends, negates, trace)
    found = descend_to_spike(*layers, form, start, instance.target, *ends, trace)
    trace[:, 0] += instance.constant
    return found
