"""Measure a quantity of the instance of a trial; nothing is solved."""

from time import process_time

from genphase.brought import BadReturn
from genphase.cells.drawn import Drawn
from genphase.draws.instance import draw_instance
from genphase.draws.streams import QUANTITY, stream
from genphase.parameters import Parameters
from genphase.records import AT_LEAST, NONE, Measured, Timing, Trial
from genphase.things import AtLeast


def run_quantity(parameters: Parameters, trial: int) -> Trial:
    """Run one trial of a cell that measures.

    The instance is that on which solvers are run with the same parameters and index. A value has
    ten digits: the last ones of a library's singular values can depend on its number of threads.

    Parameters
    ----------
    parameters
        The cell's parameters.
    trial
        Index from 0; with the parameters it decides every random number.

    Raises
    ------
    BadReturn
        If a quantity of a user's returns no number.
    """
    begun = process_time()
    instance = draw_instance(parameters, trial)
    drawn = Drawn(parameters, instance, stream(parameters, trial, QUANTITY))
    ready = process_time()
    method = parameters.method
    found = method.thing.function(drawn, **method.options)
    try:
        value = float(f"{float(found):.10g}")
    except (TypeError, ValueError):
        text = f"quantity {method.name} returned {type(found).__name__}, no number"
        raise BadReturn(text) from None
    bound = AT_LEAST if isinstance(found, AtLeast) else NONE
    measured = process_time()
    timing = Timing(round(ready - begun, 6), round(measured - ready, 6))
    return Trial(Measured(trial, value, bound), timing)
