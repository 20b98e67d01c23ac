r"""The forms of an update direction: what is sent back from the layers to the latent code.

With the Jacobian :math:`\Lambda` of the network, or of the chain where there are measurements:

======== ==================================================== ===============================
form     direction at x                                       of
======== ==================================================== ===============================
PLUGIN   :math:`(A W_d \cdots W_1)^\top (A G(x) - b)`         PLUGIn
SQUARES  :math:`\Lambda^\top (A G(x) - b)`                    least squares: inversion, compressed
                                                              sensing, and phase retrieval, where
                                                              the chain ends with absolute values
WIGNER   :math:`\Lambda^\top (\|G\|^2 G - M G)`               ¼‖GGᵀ - M‖²; the last layer is M
WISHART  the same with :math:`M = L^\top L - \sigma^2 I`      the last layer is L = Y/√N
======== ==================================================== ===============================
"""

from typing import NamedTuple

from genphase.kernels._jit import inlined

PLUGIN = 0
SQUARES = 1
WIGNER = 2
WISHART = 3
# Of a loss of a user's; no kernel knows it.
CUSTOM = -1


class Form(NamedTuple):
    """The form of a direction.

    kind : PLUGIN, SQUARES, WIGNER or WISHART.
    variance : σ² of a Wishart matrix; 0 otherwise.
    held : entries at the end of x that are no unknowns and stay what they are: 1 of a network with
        biases, whose x ends with a 1, see :mod:`genphase.kernels.passes`; 0 otherwise.
    """

    kind: int
    variance: float
    held: int = 0


@inlined
def hold(direction, held):
    """Set the last `held` entries of a direction to 0: along these x does not move."""
    for a in range(direction.shape[0] - held, direction.shape[0]):
        direction[a] = 0.0


@inlined
def put_negative(x, held, out):
    """Put -x into the first entries of `out`, but for the last `held` of x, which are put there."""
    free = x.shape[0] - held
    for a in range(free):
        out[a] = -x[a]
    for a in range(free, x.shape[0]):
        out[a] = x[a]


@inlined
def signal_layer(widths, form):
    """Return the layer whose output the objective compares: the network's for a spiked matrix."""
    return widths.shape[0] - 2 if form.kind >= WIGNER else widths.shape[0] - 1
