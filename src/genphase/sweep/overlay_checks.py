"""Checks of overlays against their figure and sweep."""

from collections.abc import Iterator

from genphase.errors import Mistake, did_you_mean
from genphase.language.expressions import Expression
from genphase.sweep.figures import Figure
from genphase.sweep.kinds.base import Lines, Map
from genphase.sweep.models import Noise, Repeated, Sweep
from genphase.sweep.overlays import (
    CONSTANTS,
    LANDSCAPES,
    LEAST_DEPTH,
    LEVELS,
    LIMITS,
    PREDICTIONS,
    SIZES,
    InstanceError,
    Line,
    Published,
    Theory,
)
from genphase.sweep.symbols import unknown_symbols
from genphase.things import MEASUREMENTS, WEIGHTS


def overlay_mistakes(
    key: str, figure: Figure, sweep: Sweep, symbols: set[str]
) -> Iterator[Mistake]:
    """Yield what is wrong with the overlays of a figure.

    Parameters
    ----------
    key
        Of the figure, in the sweep file.
    figure
        The figure's entry.
    sweep
        The sweep.
    symbols
        That its expressions may use.
    """
    for i, overlay in enumerate(figure.drawn_over):
        at = f"{key}.overlays[{i}]"
        match overlay:
            case Line():
                yield from _line(at, overlay, figure, symbols)
            case Published():
                yield from _published(at, overlay, figure, sweep)
            case Theory():
                yield from _theory(at, overlay, figure, sweep)
            case InstanceError():
                yield from _of_instance(f"{at}.error", overlay.error, figure, sweep)


def _line(key: str, line: Line, figure: Figure, symbols: set[str]) -> Iterator[Mistake]:
    side, expression = ("y", line.y) if line.y is not None else ("x", line.x)
    assert expression is not None
    if side == "x" and isinstance(figure, Lines):
        text = f"x: {expression.text} is a place to the right, which only portraits have"
        yield Mistake(f"{key}.x", text, "write the height y over x")
        return
    yield from unknown_symbols(f"{key}.{side}", expression, symbols)
    if isinstance(figure, Map):
        axis, other = (figure.y, figure.x) if side == "y" else (figure.x, figure.y)
        if axis in expression.symbols:
            yield Mistake(
                f"{key}.{side}",
                f"{axis!r} in {expression.text!r} is the figure's {side} axis",
                f"write the {'height' if side == 'y' else 'place'} over {other}",
            )


def _of_instance(key: str, column: str, figure: Figure, sweep: Sweep) -> Iterator[Mistake]:
    asked = {error.column: error.thing.of_instance for error in sweep.all_errors()}
    fit = [name for name, of_instance in asked.items() if of_instance]
    if not figure.shows_errors_of_instances:
        text = f"{column} is the height of an error, and this figure shows none"
        yield Mistake(key, text, "draw it in a curve of an error, such as y: signal_error")
    elif column in asked and column not in fit:
        text = f"{column} is another one for each solver"
        yield Mistake(key, text, f"draw a curve of it: {{kind: curve, y: {column}, ...}}")
    elif column not in fit:
        remedy = f"{did_you_mean(column, fit)}; or add it to `errors`"
        yield Mistake(key, f"{column!r} is not recorded", remedy)


def compared(overlay: Published, figure: Figure) -> str:
    """Return what the numbers of an overlay are held against."""
    return figure.compare if overlay.compare is None else overlay.compare


def _published(key: str, overlay: Published, figure: Figure, sweep: Sweep) -> Iterator[Mistake]:
    found = figure.compare_mistake(overlay.compare)
    if found is not None:
        yield Mistake(f"{key}.compare", *found)
    known = figure.panel_axes(sweep.shown_axes)
    for j, name in enumerate(overlay.panels):
        if name not in known:
            text = f"{name!r} makes no panels of this figure"
            yield Mistake(f"{key}.panels[{j}]", text, did_you_mean(name, known))


def _theory(key: str, overlay: Theory, figure: Figure, sweep: Sweep) -> Iterator[Mistake]:
    name, at = overlay.theory, f"{key}.theory"
    fit, iterates = sweep.the_problem.theories, figure.theory_as == "iterates"
    if name not in fit:
        text = f"{name} says nothing about {sweep.the_problem.name}"
        yield Mistake(at, text, f"theory about it: {', '.join(fit) or 'none'}")
    elif (name in LANDSCAPES) != (figure.theory_as == "places"):
        if name in LANDSCAPES:
            text = f"{name} is about places in the latent space, which only landscapes show"
            remedy = "draw it in a figure of the kind landscape"
        else:
            text, remedy = f"{name} is about recovery, which no landscape shows", "remove it"
        yield Mistake(at, text, remedy)
    elif iterates and name not in PREDICTIONS:
        text = f"{name} is about where recovery ends, and a trace shows iterates"
        remedy = f"draw it in another figure, or {' or '.join(PREDICTIONS)} here"
        yield Mistake(at, text, remedy)
    elif name in LIMITS and not figure.shows_rate and not iterates:
        text = f"{name} is a limit of recovery, but this figure shows no rate"
        yield Mistake(at, text, f"draw it in a portrait or a curve of the rate, or {LEVELS}")
    elif name in LEVELS and not figure.shows_error:
        text = f"{name} is the size of an error, but this figure shows none"
        yield Mistake(at, text, f"draw it in a curve of an error, or {' or '.join(LIMITS)}")
    elif sweep.network.second is not None:
        text = f"{name} is about two networks with the same sizes and law"
        yield Mistake(at, text, "remove it, or network.second")
    elif sweep.network.activation != "relu":
        yield Mistake(at, f"{name} is about ReLU networks", "remove it, or use activation: relu")
    else:
        yield from _laws(at, name, sweep)
        if iterates:
            yield from figure.theory_mistakes(at, name, sweep)
    if name in LANDSCAPES and figure.theory_as == "places":
        yield from figure.theory_mistakes(at, name, sweep)
    if "constant" in overlay.model_fields_set and name not in CONSTANTS:
        text = f"constant: {overlay.constant:g}, but {name} has no constant left open"
        yield Mistake(f"{key}.constant", text, f"remove it; it is that of {', '.join(CONSTANTS)}")


def _is_shallow(sweep: Sweep) -> bool:
    """Return whether all networks of a sweep have one layer."""
    widths = sweep.network.widths
    if isinstance(widths, str):
        return all(isinstance(w, tuple) and len(w) == 1 for w in sweep.axes.get(widths, ()))
    if isinstance(widths, Repeated):
        return widths.depth.text == 1
    return len(widths) == 1


def _laws(at: str, name: str, sweep: Sweep) -> Iterator[Mistake]:
    """Yield the laws of a sweep that a theory does not cover."""
    weights, noise = sweep.network.weights, sweep.noise
    if sweep.network.file:
        yield Mistake(at, f"{name} is about random networks", "remove it")
        return
    for law in (weights, sweep.measurements, sweep.target):
        if not isinstance(law, str) or law in sweep.axes:
            text = f"{name} is about laws that genphase has, one in all of the sweep"
            yield Mistake(at, text, "remove it")
            return
    variance = WEIGHTS[str(weights)].facts.get("variance")
    of_one = name == "omega" or name in SIZES
    truncated = name == "demodulation_width" and weights == "truncated"
    if not truncated and (variance is None or (of_one and variance(4) != 1 / 4)):
        yield Mistake(at, f"{name} is not about weights: {weights}", "use weights: gaussian")
    if (least := LEAST_DEPTH.get(name, 1)) > 1 and _is_shallow(sweep):
        text = f"{name} is stated for {least} layers or more, and the network has one"
        yield Mistake(at, text, "remove it, or add a layer")
    if sweep.the_problem.measured and sweep.measurements == "identity":
        if name in ("state_evolution", "omega") or name.endswith("_measurements"):
            text = f"{name} is about random measurements, not measurements: identity"
            yield Mistake(at, text, "use measurements: gaussian, or draw counting or oracle")
    elif (name == "omega" or name.endswith("_measurements")) and sweep.measurements != "gaussian":
        text = f"{name} is about entries N(0, 1/m), not measurements: {sweep.measurements}"
        yield Mistake(at, text, "use measurements: gaussian")
    elif name in ("state_evolution", "oracle") and MEASUREMENTS[str(sweep.measurements)].facts.get(
        "dependent"
    ):
        text = f"{name} is about independent measurements, not {sweep.measurements} ones"
        yield Mistake(at, text, "use measurements: gaussian")
    if name == "omega" and isinstance(noise, Noise) and noise.aligned is not None:
        text = f"{name} is about noise that does not depend on the network, not aligned noise"
        yield Mistake(at, text, "use noise: {sphere: ...}, or draw oracle")
    if name in LEVELS and isinstance(noise, Expression) and noise.text == 0:
        yield Mistake(at, f"{name} is an error under noise, but noise is 0", "remove it")
