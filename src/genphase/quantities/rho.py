"""Where the objective is least on the other side of 0."""

from typing import Any

from genphase.theory.conditions import layers_at
from genphase.theory.landscape import rho as rho_of
from genphase.things import quantity


@quantity(text=r"$\rho$ of the network", needs=("relu",))
def rho(drawn: Any) -> float:
    """The t ≥ 0 at which ‖G(-t x*) - y*‖ is least: ⟨G(-x*), G(x*)⟩/‖G(-x*)‖².

    In expectation it is ρ_d, Hand and Voroninski (2018, arXiv:1705.07576), before (32). NaN where
    G(-x*) = 0.
    """
    there = layers_at(drawn.weights, -drawn.target[None])[-1][0]
    length = there @ there
    return float(there @ drawn.signal / length) if length > 0 else float("nan")


@quantity(text=r"$\rho_d$, expected", needs=("relu",))
def expected_rho(drawn: Any) -> float:
    """ρ_d, near which the spurious stationary point -ρ_d x* lies."""
    return rho_of(len(drawn.weights))
