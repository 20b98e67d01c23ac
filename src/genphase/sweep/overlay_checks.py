"""Checks of overlays against their figure and sweep."""

from collections.abc import Iterator

from genphase.errors import Mistake, did_you_mean, shown
from genphase.language.expressions import Expression
from genphase.sweep.figures import (
    ERRORS,
    SECONDS,
    Comparison,
    Curve,
    Landscape,
    Map,
    Overlaid,
    Portrait,
    Scaling,
    Trace,
)
from genphase.sweep.models import Noise, Repeated, Sweep
from genphase.sweep.overlays import (
    CONSTANTS,
    LANDSCAPES,
    LEAST_DEPTH,
    LEVELS,
    LIMITS,
    PLANE,
    PREDICTIONS,
    SIZES,
    InstanceError,
    Line,
    Published,
    Theory,
)
from genphase.sweep.symbols import unknown_symbols
from genphase.things import MEASUREMENTS, SOLVERS, WEIGHTS


def overlay_mistakes(
    key: str, figure: Overlaid, sweep: Sweep, symbols: set[str]
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
    for i, overlay in enumerate(figure.overlays):
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


def _line(key: str, line: Line, figure: Overlaid, symbols: set[str]) -> Iterator[Mistake]:
    side, expression = ("y", line.y) if line.y is not None else ("x", line.x)
    assert expression is not None
    if side == "x" and isinstance(figure, Curve | Trace):
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


def _of_instance(key: str, column: str, figure: Overlaid, sweep: Sweep) -> Iterator[Mistake]:
    asked = {error.column: error.thing.of_instance for error in sweep.all_errors()}
    fit = [name for name, of_instance in asked.items() if of_instance]
    if not isinstance(figure, Curve) or figure.y in ("rate", SECONDS):
        text = f"{column} is the height of an error, and this figure shows none"
        yield Mistake(key, text, "draw it in a curve of an error, such as y: signal_error")
    elif column in asked and column not in fit:
        text = f"{column} is another one for each solver"
        yield Mistake(key, text, f"draw a curve of it: {{kind: curve, y: {column}, ...}}")
    elif column not in fit:
        remedy = f"{did_you_mean(column, fit)}; or add it to `errors`"
        yield Mistake(key, f"{column!r} is not recorded", remedy)


def panel_axes(figure: Overlaid, axes: list[str]) -> list[str]:
    """Return what makes the panels of a figure, among the axes, `solver` and `measure`."""
    if isinstance(figure, Map):
        others = [axis for axis in axes if axis not in (figure.x, figure.y)]
        first = {"portrait": ["solver"], "landscape": ["measure"]}.get(figure.kind, [])
        return [*first, *others]
    if isinstance(figure, Scaling):
        return ["solver", *(axis for axis in axes if axis not in (figure.x, figure.size))]
    return list(figure.panels)


def compared(overlay: Published, figure: Overlaid) -> str:
    """Return what the numbers of an overlay are held against."""
    if overlay.compare is not None:
        return overlay.compare
    return {"portrait": "crossing", "curve": "value"}.get(figure.kind, "nothing")


def _published(key: str, overlay: Published, figure: Overlaid, sweep: Sweep) -> Iterator[Mistake]:
    what, at = overlay.compare, f"{key}.compare"
    if isinstance(figure, Comparison) and what not in (None, "nothing"):
        text = f"compare: {what}, but this figure shows differences of solvers"
        yield Mistake(at, text, "remove it; draw the numbers in a portrait or a curve")
    elif isinstance(figure, Landscape) and what not in (None, "nothing"):
        text = f"compare: {what}, but a landscape is held against nothing"
        yield Mistake(at, text, "remove it; draw the numbers in a curve")
    elif isinstance(figure, Portrait) and what in ("value", "exponent"):
        text = f"compare: {what}, but a portrait shows where rates cross"
        yield Mistake(at, text, "use compare: crossing, or draw the numbers in a curve")
    elif isinstance(figure, Curve) and figure.y == SECONDS and what != "nothing":
        text = f"{SECONDS} is of a machine, and held against no published number"
        yield Mistake(at, text, "write compare: nothing")
    elif isinstance(figure, Curve) and what == "crossing" and figure.y != "rate":
        text = f"compare: crossing, but this figure shows {figure.y}"
        yield Mistake(at, text, "draw it in a curve of the rate, or in a portrait")
    elif isinstance(figure, Curve) and what == "exponent" and figure.y == "rate":
        text = "compare: exponent, but a rate is no power of x"
        yield Mistake(at, text, "draw it in a curve of an error")
    known = panel_axes(figure, sweep.shown_axes)
    for j, name in enumerate(overlay.panels):
        if name not in known:
            text = f"{name!r} makes no panels of this figure"
            yield Mistake(f"{key}.panels[{j}]", text, did_you_mean(name, known))


def _theory(key: str, overlay: Theory, figure: Overlaid, sweep: Sweep) -> Iterator[Mistake]:
    name, at = overlay.theory, f"{key}.theory"
    is_rate = isinstance(figure, Map | Scaling) or figure.y == "rate"
    fit = sweep.the_problem.theories
    if name not in fit:
        text = f"{name} says nothing about {sweep.the_problem.name}"
        yield Mistake(at, text, f"theory about it: {', '.join(fit) or 'none'}")
    elif (name in LANDSCAPES) != isinstance(figure, Landscape):
        if name in LANDSCAPES:
            text = f"{name} is about places in the latent space, which only landscapes show"
            remedy = "draw it in a figure of the kind landscape"
        else:
            text, remedy = f"{name} is about recovery, which no landscape shows", "remove it"
        yield Mistake(at, text, remedy)
    elif isinstance(figure, Trace) and name not in PREDICTIONS:
        text = f"{name} is about where recovery ends, and a trace shows iterates"
        remedy = f"draw it in another figure, or {' or '.join(PREDICTIONS)} here"
        yield Mistake(at, text, remedy)
    elif name in LIMITS and not is_rate and not isinstance(figure, Trace):
        text = f"{name} is a limit of recovery, but this figure shows no rate"
        yield Mistake(at, text, f"draw it in a portrait or a curve of the rate, or {LEVELS}")
    elif name in LEVELS and (isinstance(figure, Map | Scaling) or figure.y not in ERRORS):
        text = f"{name} is the size of an error, but this figure shows none"
        yield Mistake(at, text, f"draw it in a curve of an error, or {' or '.join(LIMITS)}")
    elif sweep.network.second is not None:
        text = f"{name} is about two networks with the same sizes and law"
        yield Mistake(at, text, "remove it, or network.second")
    elif sweep.network.activation != "relu":
        yield Mistake(at, f"{name} is about ReLU networks", "remove it, or use activation: relu")
    else:
        yield from _laws(at, name, sweep)
        if isinstance(figure, Trace):
            yield from _of_iterates(at, name, figure, sweep)
    if isinstance(figure, Landscape) and name in LANDSCAPES:
        yield from _on_the_plane(at, name, figure, sweep)
    if "constant" in overlay.model_fields_set and name not in CONSTANTS:
        text = f"constant: {overlay.constant:g}, but {name} has no constant left open"
        yield Mistake(f"{key}.constant", text, f"remove it; it is that of {', '.join(CONSTANTS)}")


def _of_iterates(at: str, name: str, figure: Trace, sweep: Sweep) -> Iterator[Mistake]:
    """Yield why the iterates of a trace are none whose errors a theory predicts."""
    if figure.y != "latent_error":
        text = f"{name} predicts relative errors of the code, and this trace shows {figure.y}"
        yield Mistake(at, text, "draw it with y: latent_error")
    if not isinstance(sweep.noise, Expression) or sweep.noise.text != 0:
        yield Mistake(at, f"{name} is about observations without noise", "use noise: 0")
    methods = [found for solver in sweep.solvers for _, found in solver.choices(sweep.axes)]
    if not any(method.thing.passes_messages(method.options) for method in methods):
        plain = {
            thing.name: thing.facts["messages"] for thing in SOLVERS if "messages" in thing.facts
        }
        known = [
            f"{solver} with {', '.join(f'{key}: {shown(value)}' for key, value in options.items())}"
            for solver, options in plain.items()
        ]
        text = f"{name} predicts plain message passing, which no solver here does"
        yield Mistake(at, text, f"add {' or '.join(known)}")


def _on_the_plane(at: str, name: str, figure: Landscape, sweep: Sweep) -> Iterator[Mistake]:
    """Yield where a landscape is no plane through x*, on which its stationary points lie."""
    for method in sweep.measure:
        options = method.options
        found = tuple(str(options.get(key)) for key in PLANE)
        if figure.measures and method.called not in figure.measures:
            continue
        if found != (figure.x, figure.y):
            text = (
                f"{name} has places along x* and across it, but {method.called} is not measured "
                f"at {PLANE[0]}: {figure.x}, {PLANE[1]}: {figure.y}"
            )
            yield Mistake(at, text, "let the axes x and y be these options themselves")
            return


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
