"""What all figures share: sizes, colours, labels, captions."""

import logging
import re
import textwrap
import warnings
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import matplotlib as mpl
import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.text import Text
from matplotlib.ticker import FuncFormatter, LogLocator, NullLocator

from genphase.figures.texts import latex
from genphase.language.expressions import Expression
from genphase.language.formulas import formula
from genphase.sweep.style import Style
from genphase.sweep.success import Success
from genphase.things import ERRORS, QUANTITIES, SOLVERS, Kind

# matplotlib's own settings where genphase has none: not those of a matplotlibrc or of a session.
_LEFT_ALONE = ("backend", "backend_fallback", "interactive", "toolbar", "webagg", "tk.")
_DEFAULTS = {
    name: value for name, value in mpl.rcParamsDefault.items() if not name.startswith(_LEFT_ALONE)
}
RC: Any = _DEFAULTS | {
    "font.size": 9,
    "axes.titlesize": 9,
    "axes.labelsize": 10,
    "legend.fontsize": 8,
    "lines.linewidth": 1.4,
    "pdf.fonttype": 42,
    "figure.dpi": 100,
}

_SIZES = ("axes.titlesize", "axes.labelsize", "legend.fontsize")
_PLAIN = Style()
# Inches that text takes beside, above and below the panels.
_AROUND = 1.0

# Okabe and Ito's palette, which the colour-blind can tell apart; black first for one line.
COLOURS = ("#000000", "#D55E00", "#0072B2", "#009E73", "#CC79A7", "#E69F00", "#56B4E9")
LINES = ("-", "--", "-.", ":")
MARKERS = ("o", "s", "^", "D", "v", "P", "X")
TRANSITION = "#D55E00"

_log = logging.getLogger(__name__)

# A dollar sign that is not escaped.
_DOLLAR = re.compile(r"(?<!\\)\$")
# A path of a file, and the thing of a file that a sweep names; or the path of a folder.
_FILE = re.compile(
    r"(?:.*/)?(?P<stem>[^/]+)\.(?:npz|npy|py)(?::(?P<thing>\w+))?|.*/(?P<folder>[^/]+)/?"
)
_COMPOSITE = re.compile(r"[*/+-](?![^(]*\))")
# What an expression, written without spaces, is called; the formula follows.
WORDS = {
    "k": "latent dimension",
    "n": "layer width",
    "m": "measurements",
    "d": "depth",
    "k/m": "latent dimensions per measurement",
    "m/k": "measurements per latent dimension",
    "n/k": "signal entries per latent dimension",
    "k/n": "latent dimensions per signal entry",
    "m/n": "measurements per signal entry",
    "sigma": "noise level",
    "sigma**2": "noise variance",
    "nu": "noise level",
    "tau": "noise level",
}
LABELS = {
    "noise": "noise level",
    "noise_to_signal": "noise-to-signal ratio",
    "nsr": "noise-to-signal ratio",
    "snr": "signal-to-noise ratio",
    "rate": "recovery rate",
    "signal_mse": "squared signal error\n" r"$\|G(\hat{x}) - y^*\|^2$",
    "latent_mse": "squared latent error\n" r"$\|\hat{x} - x^*\|^2$",
    "iterations": "iterations",
    "solve_seconds": "processor time (s)",
    "iteration": "iteration $t$",
    "negations": "negations",
    "objective": "objective $f(x_t)$",
    "gradient_norm": "norm of the gradient",
}


class Picture(NamedTuple):
    """What is drawn, and what is said of it: trials, intervals, the success rule, failures."""

    figure: Figure
    caption: str


def settings(style: Style) -> Any:
    """Return matplotlib's settings for a style."""
    size = style.font_size or RC["font.size"]
    part = size / RC["font.size"]
    scaled = {name: part * value for name, value in RC.items() if name in _SIZES}
    font = style.font or ("serif" if style.latex else None)
    family = {"serif": "serif", "sans": "sans-serif", None: RC["font.family"]}[font]
    return RC | scaled | {"font.size": size, "font.family": family} | _latex(style)


def _latex(style: Style) -> dict[str, Any]:
    if not style.latex:
        return {}
    return {"text.usetex": True, "text.latex.preamble": r"\usepackage{amsmath}"}


def set_in_latex(figure: Figure, style: Style) -> None:
    """Write the texts of a figure as LaTeX has them, where a style asks for that."""
    if style.latex:
        for text in figure.findobj(Text):
            text.set_text(latex(text.get_text()))


def new_figure(width: float, height: float, title: str, style: Style = _PLAIN) -> Figure:
    """Return a figure with a title above.

    Parameters
    ----------
    width, height
        In inches, where the style says nothing of them.
    title
        The text.
    style
        How the figure looks.
    """
    inches = style.inches or width
    # Text around the panels is as high as ever.
    panels = (height - _AROUND) * (inches - _AROUND) / (width - _AROUND)
    figure = Figure(figsize=(inches, _AROUND + panels), layout="constrained")
    if style.title is not False:
        # Letters that a line has room for, at the size of the text.
        letters = int(inches * 13 * 9 / mpl.rcParams["font.size"])
        figure.suptitle(
            wrapped(as_text(title), letters), fontsize=mpl.rcParams["font.size"] * 10 / 9
        )
    return figure


def set_limits(areas: Sequence[Axes], style: Style) -> None:
    """Set the limits that a style names."""
    for area in areas:
        if style.x_limits is not None:
            area.set_xlim(style.x_limits)
        if style.y_limits is not None:
            area.set_ylim(style.y_limits)


def as_text(text: str) -> str:
    """Return a user's text as matplotlib shows it: what is between two $ is mathematics.

    A lone $ is a dollar. A text that begins with _ would be missing in legends.
    """
    if len(_DOLLAR.findall(text)) % 2:
        text = _DOLLAR.sub(r"\$", text)
    return rf"$\_${text[1:]}" if text.startswith("_") else text


def wrapped(text: str, width: int) -> str:
    """Break a text into lines, none of them within mathematics."""
    parts = _DOLLAR.split(text)
    if len(parts) % 2:
        parts[1::2] = [part.replace(" ", "\u00a0") for part in parts[1::2]]
        text = "$".join(parts)
    return textwrap.fill(text, width).replace("\u00a0", " ")


def save(figure: Figure, path: Path, style: Style = _PLAIN, **options: Any) -> None:
    """Write a figure to a file, with genphase's settings; what matplotlib warns of is logged once.

    Characters that the font lacks, say, are no reason to fail after all trials.
    """
    with mpl.rc_context(settings(style)), warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        figure.savefig(path, **options)
    for message in dict.fromkeys(str(warning.message) for warning in caught):
        _log.warning("%s: %s", path, message)


def axis_label(name: str) -> str:
    """Return the label of an axis, in the papers' symbols."""
    name = name.replace(" ", "")
    return LABELS.get(name) or error_text(name) or f"{WORDS.get(name, '')} {formula(name)}".strip()


def error_text(column: str) -> str:
    """Return what the error in a column is called; empty where it is none of genphase's."""
    found = [thing for thing in ERRORS if thing.column == column]
    return str(found[0].facts["text"]) if found else ""


def divided(label: str, per: Expression) -> str:
    """Return the label of what is divided by an expression."""
    if not per.symbols and per.text == 1:
        return label
    divisor = str(per.text).replace(" ", "")
    text = LABELS.get(divisor, formula(divisor))
    return f"{label} / {f'({text})' if _COMPOSITE.search(divisor) else text}"


def plain(value: float) -> str:
    """Return a number as a paper writes it: 1e-5, not 1e-05."""
    return tidy(f"{value:g}")


def tidy(number: str) -> str:
    """Return a formatted number with a short exponent."""
    return re.sub(r"e([+-])0+", r"e\1", number).replace("e+", "e")


def power(value: float) -> str:
    """Return a number with its power of ten as mathematics: $10^{-5}$, not 1e-5."""
    digits, _, exponent = f"{value:g}".partition("e")
    if not exponent:
        return digits
    times = "" if digits == "1" else rf"{digits} \times "
    return f"${times}10^{{{int(exponent)}}}$"


def solver_text(label: str) -> str:
    """Return a solver as people write it: Levenberg-Marquardt, or what a sweep calls it."""
    return _called(SOLVERS, label)


def quantity_text(label: str) -> str:
    """Return what was measured as people write it: R2WDC, or what a sweep calls it."""
    return _called(QUANTITIES, label)


def _called(kind: Kind, label: str) -> str:
    found = [thing for thing in kind if thing.name == label]
    if found:
        return str(found[0].facts.get("text", label))
    return label.replace("_", " ") if re.fullmatch("[a-z][a-z0-9_]*", label) else label


def describe(names: Mapping[str, Any], whole: bool = False) -> str:
    """Return ``k = 5, PLUGIn``: the values that a line or panel stands for.

    A file is called by its name without suffix, or with `whole` by its path.
    """
    parts = []
    for name, value in names.items():
        if name == "solver":
            parts.append(as_text(solver_text(value)))
        elif name == "measure":
            parts.append(as_text(quantity_text(value)))
        elif isinstance(value, str):
            if not value.startswith("["):
                parts.append(as_text(value if whole else _short(value)))
            else:
                parts.append(value.replace(",", ", "))
        else:
            symbol = formula(name) if len(name) > 1 else name
            parts.append(f"{symbol} = {power(value) if isinstance(value, float) else value}")
    return ", ".join(parts)


def described(names: Sequence[str], keys: Iterable[Sequence[Any]]) -> list[str]:
    """Return what lines or panels stand for, see :func:`describe`.

    Parameters
    ----------
    names
        The columns that make them.
    keys
        Their values in each of them. Where two files have one name, all have their paths.
    """
    entries = [dict(zip(names, key, strict=True)) for key in keys]
    texts = [describe(entry) for entry in entries]
    if len(set(texts)) < len(texts):
        return [describe(entry, whole=True) for entry in entries]
    return texts


def _short(value: str) -> str:
    """Return a value of an axis of files without folders and suffix: ``networks/a.npz`` is a."""
    found = _FILE.fullmatch(value)
    return value if found is None else found["thing"] or found["stem"] or found["folder"]


def trials_text(trials: Any, place: str = "cell") -> str:
    """Return how many trials a cell, or another place, has, or from how many to how many."""
    low, high = int(np.min(trials)), int(np.max(trials))
    number = str(low) if low == high else f"{low} to {high}"
    return f"{number} trial{'s' if high > 1 else ''} per {place}"


def success_text(success: Success) -> str:
    """Return the success rule as a sentence."""
    return f"recovered: {rule_text(success)}"


def rule_text(success: Success) -> str:
    """Return which trials count as recovered, and which as failures."""
    failures = "capped and diverged" if success.converged else "diverged"
    error = success.thing.facts.get("text") or as_text(success.column)
    way, limit = ("below", success.below) if success.above is None else ("above", success.above)
    rule = f"{error} {way} {plain(float(limit or 0))}"
    return f"{rule}, {failures} trials counted as failures"


def failures_text(table: pd.DataFrame) -> str:
    """Return how many trials of a table of counts were capped, and how many diverged."""
    capped, diverged, trials = (int(table[name].sum()) for name in ("capped", "diverged", "trials"))
    return f"Of {trials} trials {capped} capped, {diverged} diverged."


def label_logs(axes: Axes) -> None:
    """Label log axes of less than two decades at 1, 2 and 5, in plain numbers."""
    for axis in (axes.xaxis, axes.yaxis):
        low, high = sorted(axis.get_view_interval())
        if axis.get_scale() == "log" and high < 100 * low:
            axis.set_major_locator(LogLocator(subs=(1, 2, 5)))
            axis.set_minor_locator(NullLocator())
            axis.set_major_formatter(FuncFormatter(lambda value, _: plain(value)))
