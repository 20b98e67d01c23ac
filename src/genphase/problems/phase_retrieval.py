"""Phase retrieval: absolute values of m linear measurements are observed, b = abs(A G(x*)) + η."""

from genphase.problems.least_squares import LeastSquares
from genphase.things import GRADIENT, RESIDUAL, Typical, problem


@problem
class PhaseRetrieval(LeastSquares):
    """A signal from linear measurements without their signs."""

    observation = "b = abs(A G(x*)) + η"
    objective = "½‖abs(A G(x)) - b‖²"
    offers = frozenset({GRADIENT, RESIDUAL})
    measured = True
    m_counts = "measurements"
    behind = -1.0
    theories = ("counting", "state_evolution", "oracle")
    typical = Typical(passes=2000)
