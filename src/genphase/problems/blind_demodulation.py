"""Blind demodulation: the entrywise product of two signals is observed, G_1(h*) ∘ G_2(z*) + η."""

from __future__ import annotations

from typing import TYPE_CHECKING

from genphase.problems.base import Problem
from genphase.things import TWO_CODES, Typical, problem

if TYPE_CHECKING:
    from genphase.draws.instance import Instance
    from genphase.parameters import Parameters


@problem
class BlindDemodulation(Problem):
    """Both factors of a product, each in the range of a network of its own."""

    observation = "b = G₁(h*) ∘ G₂(z*) + η"
    objective = "½‖G₁(h) ∘ G₂(z) - b‖²"
    offers = frozenset({TWO_CODES})
    codes = 2
    from_file = True
    theories = ("demodulation_width",)
    typical = Typical(passes=8000)

    def draw(self, parameters: Parameters, trial: int) -> Instance:
        """Draw both networks, their codes, balanced to equal norms, and noise."""
        from genphase.draws.product import draw_product

        return draw_product(parameters, trial)
