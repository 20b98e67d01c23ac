"""When a run ends."""

from typing import NamedTuple


class Rules(NamedTuple):
    """The iteration cap and the stopping rules.

    max_iter : the most updates.
    relative_change : stop when ‖x_{t+1} - x_t‖ < relative_change ‖x_{t+1}‖; 0 never stops.
    gradient_norm : stop when the update direction is shorter than this; 0 never stops.
    """

    max_iter: int
    relative_change: float = 0.0
    gradient_norm: float = 0.0
