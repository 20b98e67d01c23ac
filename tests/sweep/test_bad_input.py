"""Every mistake in a sweep file is answered by one message: file, key, value, remedy."""

import copy
import subprocess
import sys

import pytest
import yaml
from samples import SWEEP

from genphase import cli
from genphase.cells.grid import expand
from genphase.errors import SweepError
from genphase.problems.inversion import Inversion
from genphase.sweep.read import load_sweep, parse_sweep
from genphase.things import GRADIENT, RESIDUAL

# What a person should never read.
JARGON = (
    "Input should", "type=", "function-", "=mapping", "=value", "=list", "=portrait", "=curve",
    "=trace", "=comparison", "=scaling", "valid dictionary", "instance of", "validation",
    "Traceback", "pydantic", "errors.pydantic", "<class", "object at", "NoneType",
)  # fmt: skip

MEASURED = {"problem": "compressed_sensing", "m": 10}
WIDTHS = {"axes": {"k": [2], "net": [[12], [20]]}, "network": {"widths": "net"}, "figures": {}}
FIGURE = "figures.portrait"
TWO = [
    {"name": "plugin", "step": 3},
    {"name": "subgradient", "step": 1},
    {"name": "subgradient", "label": "short", "step": 0.5},
]
SPIKED = {"solvers.0.name": "subgradient"}
DROP = object()


def compared(*solvers, add=True):
    """Changes that compare solvers, of three that are added to the sweep."""
    figure = {"comparison": {"x": "k", "y": "n", "solvers": list(solvers)}}
    return {"solvers": TWO, "figures": figure} if add else {"figures": figure}


# YAML text, the key that the message names, a part of what it says about the value.
TEXTS = {
    "brackets left open": ("axes: {k: [1, 2\ntitle: A", "line 2", "expected"),
    "a colon in a text": ("title: n = 20: k", "line 1", "not allowed here"),
    "a tab": ("axes:\n\tk: [1]", "line 2", r"'\t'"),
    "a key twice": ("title: A\ntrials: 2\ntrials: 3", "line 3", "'trials' is given twice"),
    "a key twice further in": ("axes: {k: [1], k: [2]}", "line 1", "'k' is given twice"),
    "an unknown tag": ("title: !draft A", "line 1", "'!draft'"),
    "a Python object": ("title: !!python/name:os.system", "line 1", "os.system"),
    "an unknown alias": ("title: *name", "line 1", "'name'"),
    "a list as a key": ("? [k]\n: 3", "line 1", "['k']"),
    "two documents": ("title: A\n---\ntitle: B", "line 2", "another document"),
    "a list": ("- title\n- axes", "(the whole file)", "['title', 'axes']"),
    "a number": ("3", "(the whole file)", "3 is not a mapping"),
    "nothing": ("", "problem", "this key is missing"),
    "base sixty": ("k: [1:10]", "line 1", "1:10 is 70 in YAML"),
    "base eight": ("title: A\nk: 010", "line 2", "010 is 8 in YAML"),
    "base sixteen": ("k: 0x1F", "line 1", "0x1F is 31 in YAML"),
    "base two": ("k: 0b11", "line 1", "0b11 is 3 in YAML"),
    "digits in groups": ("k: 1_000", "line 1", "1_000 is 1000 in YAML"),
    "a fraction in base sixty": ("k: 1:30.5", "line 1", "1:30.5 is 90.5 in YAML"),
    "a date": ("title: 2021-03-04", "line 1", "2021-03-04 is a date"),
    "yes": ("refine: yes", "line 1", "yes is true in YAML"),
    "a key that is true": ("axes: {on: [1, 2]}", "line 1", "on is true in YAML"),
    "a number of 5000 digits": (f"k: {'9' * 5000}", "line 1", "too many digits"),
    "no character": ("title: \x00", "(the whole file)", "#x0000"),
}

# Changes of the small sweep, dots leading inwards; the key that the message names; a part of
# what it says about the value.
PAPER = {"csv": "a.csv", "x": "k", "y": "n", "label": "a paper"}
# A trace of plain message passing beside its state evolution.
PLAIN = {"name": "ml_amp", "damping": 0, "polish": False}
EVOLUTION = {"overlays": [{"theory": "state_evolution"}]}
AMP = {
    "problem": "compressed_sensing",
    "m": 9,
    "solvers": [PLAIN],
    "trace": {},
    "figures": {"trace": EVOLUTION},
}
# As many trials as each cell needs.
BY_NEED = {"at_least": 5, "at_most": 30, "until": {"interval_width": 0.2}}
CHANGES = {
    # Trials by budget.
    "a budget below nothing": ({"trials": {"budget": -5}}, "trials.budget", "-5 is below 1"),
    "a budget with an interval": (
        {"trials": {**BY_NEED, "budget": 500}}, "trials", "a budget is given, and until is, too",
    ),
    "fewer trials at most than at least, of a budget": (
        {"trials": {"budget": 500, "at_least": 9, "at_most": 3}}, "trials",
        "at_most: 3 is below at_least: 9",
    ),
    "an unknown key of a budget": (
        {"trials": {"budget": 500, "atleast": 3}}, "trials.atleast", "its value is 3",
    ),
    "a budget and a refinement": (
        {"trials": {"budget": 500}, "refine": {"rounds": 1}}, "trials.budget",
        "refine adds points to it",
    ),
    "a budget without a direction": (
        {"trials": {"budget": 500}, "figures": {}}, "trials.budget",
        "it is not clear along which axis the rate crosses",
    ),
    "a budget that is too small": (
        {"trials": {"budget": 30}}, "trials.budget",
        "30 is less than at_least: 10 for each of 4 cells",
    ),
    # Trials by need, and refined grids.
    "fewer trials at most than at least": (
        {"trials": {**BY_NEED, "at_most": 3}}, "trials", "at_most: 3 is below at_least: 5",
    ),
    "an interval of two": (
        {"trials": {**BY_NEED, "until": {"interval_width": 2}}},
        "trials.until.interval_width", "2 is not below 1",
    ),
    "no end of trials by need": (
        {"trials": {"at_least": 5, "at_most": 30}}, "trials.until", "this key is missing",
    ),
    "an unknown key of trials": (
        {"trials": {**BY_NEED, "atleast": 3}}, "trials.atleast", "its value is 3",
    ),
    "more traced trials than every cell has": (
        {"trials": BY_NEED, "trace": {"trials": 6}}, "trace.trials", "6 traced trials of 5",
    ),
    "a refinement as a number": ({"refine": 2}, "refine", "2 is not a mapping"),
    "too many rounds": ({"refine": {"rounds": 9}}, "refine.rounds", "9 is above 6"),
    "an unknown axis is refined": (
        {"refine": {"along": ["k", "q"]}}, "refine.along[1]", "'q' is not an axis of numbers",
    ),
    "an axis is refined twice": (
        {"refine": {"along": ["k", "k"]}}, "refine.along[1]", "'k' is given twice",
    ),
    "nothing is refined": ({"refine": {}, "figures": {}}, "refine.along", "no axis is named"),
    "a log axis that is not refined": (
        {"refine": {"along": "k", "log": "n"}}, "refine.log[0]", "'n' is not among the axes",
    ),
    "a log axis with a zero": (
        {"axes": {"k": [2], "n": [12], "tau": [0, 1]}, "noise": "tau",
         "refine": {"along": "tau", "log": "tau"}},
        "refine.log[0]", "the axis tau has values that are not positive",
    ),
    # Keys.
    "unknown key": ({"trails": 3}, "trails", "its value is 3"),
    "unknown key in network": ({"network.bias": 1}, "network.bias", "1"),
    "unknown key in widths": (
        {"network.widths": {"depth": 2, "width": "n", "wide": 3}}, "network.widths.wide", "3",
    ),
    "unknown key in activation": (
        {"network.activation": {"leaky": 0.1}}, "network.activation.leaky", "0.1",
    ),
    "unknown key in a solver": ({"solvers.0.eta": 3}, "solvers[0].eta", "3"),
    "unknown key in stop": ({"solvers.0.stop.error": 3}, "solvers[0].stop.error", "3"),
    "unknown key in success": ({"success.under": 1}, "success.under", "1"),
    "unknown key in start": ({"start": {"uniform": 1}}, "start.uniform", "1"),
    "a shared direction in the range of each trial's network": (
        {"noise": {"aligned": 0.1, "shared": True}},
        "noise",
        "aligned noise has a direction of each trial's network",
    ),
    "unknown law of noise": ({"noise": {"poisson": 1}}, "noise.poisson", "1"),
    "unknown key in transition": ({"transition": {"along": "k", "at": 1}}, "transition.at", "1"),
    "unknown key in a figure": ({f"{FIGURE}.color": "red"}, f"{FIGURE}.color", "'red'"),
    "unknown key in an overlay": (
        {f"{FIGURE}.overlays": [{"y": "k", "colour": 1}]}, f"{FIGURE}.overlays[0].colour", "1",
    ),
    "unknown key in batch": ({"batch": {"hours": 1}}, "batch.hours", "1"),
    "unknown key in a range": (
        {"axes.k": {"from": 1, "to": 3, "stpe": 1}}, "axes.k", "'stpe'",
    ),
    "a key that is no text": ({3: 4}, "(the whole file)", "the name 3"),
    "missing key": ({"trials": DROP}, "trials", "missing"),
    "missing key in a solver": ({"solvers.0.step": DROP}, "solvers[0].step", "missing"),
    "missing key in success": ({"success.below": DROP}, "success.below", "missing"),
    "missing side of a figure": ({f"{FIGURE}.x": DROP}, f"{FIGURE}.x", "missing"),
    # Kinds of values.
    "trials as text": ({"trials": "3"}, "trials", "'3' is not a whole number"),
    "trials with a fraction": ({"trials": 2.5}, "trials", "2.5"),
    "trials true": ({"trials": True}, "trials", "true"),
    "trials as a list": ({"trials": [3]}, "trials", "[3]"),
    "where without a value": ({"where": None}, "where", "null is no value"),
    "a step without a value": ({"solvers.0.step": None}, "solvers[0].step", "null"),
    "an axis value without a value": ({"axes.k": [2, None]}, "axes.k[1]", "null"),
    "width lists as k": ({"axes.k": [[2], [4]]}, "axes.k", "is a width list, but k is"),
    "width lists as n": ({"axes.n": [[2], [4]]}, "axes.n", "is a width list"),
    "trials without a value": ({"trials": None}, "trials", "null"),
    "no trials": ({"trials": 0}, "trials", "0 is below 1"),
    "too many trials": ({"trials": 10**12}, "trials", "1000000000000 is above 1000000"),
    "title as a number": ({"title": 3}, "title", "3 is not text"),
    "empty title": ({"title": ""}, "title", "''"),
    "k as a list": ({"axes.k": DROP, "k": [1, 2]}, "k", "[1, 2]"),
    "noise as a list": ({"noise": [1]}, "noise", "[1]"),
    "noise true": ({"noise": True}, "noise", "true"),
    "noise not finite": ({"noise": float("inf")}, "noise", "inf"),
    "network as a list": ({"network": ["n"]}, "network", "['n'] is not a mapping"),
    "one solver, no list": ({"solvers": {"name": "plugin"}}, "solvers", "{'name': 'plugin'}"),
    "solver as a name": ({"solvers": ["plugin"]}, "solvers[0]", "'plugin'"),
    "no solver": ({"solvers": []}, "solvers", "[]"),
    "stop as a number": ({"solvers.0.stop": 1e-3}, "solvers[0].stop", "0.001"),
    "success as a word": ({"success": "signal"}, "success", "'signal'"),
    "converged as a word": ({"success.converged": "no"}, "success.converged", "'no'"),
    "the rule of old": ({"success.capped": True}, "success", "`capped` (here true) is gone"),
    "below as a word": ({"success.below": "tiny"}, "success.below", "'tiny'"),
    "below zero": ({"success.below": -1}, "success.below", "-1"),
    "axes as a list": ({"axes": [1, 2]}, "axes", "[1, 2]"),
    "no axes": ({"axes": {}}, "axes", "{}"),
    "figures as a list": ({"figures": ["portrait"]}, "figures", "['portrait']"),
    "mathematics in a label": (
        {"solvers.0.label": r"lm $\foo$"},
        "solvers[0].label",
        r"cannot be set: Unknown symbol: \foo",
    ),
    "mathematics in a title": ({"title": r"a $\frac{1}$ b"}, "title", "cannot be set"),
    "mathematics in an overlay": (
        {"figures.portrait.overlays": [{"y": "2*k", "label": "$x^{2$"}]},
        "figures.portrait.overlays[0].label",
        "cannot be set",
    ),
    "figures of one file": (
        {"figures.A": {"kind": "curve", "x": "k"}, "figures.a": {"kind": "curve", "x": "n"}},
        "figures.a",
        "'A' and 'a' differ in capitals only",
    ),
    "a name too long for a file": (
        {f"figures.{'a' * 101}": {"kind": "curve", "x": "k"}},
        f"figures.{'a' * 101}",
        "too long for the name of a file",
    ),
    "figure without a value": ({FIGURE: None}, FIGURE, "null"),
    "figure as a word": ({FIGURE: "k"}, FIGURE, "'k' is not a mapping"),
    "figure of no kind": ({"figures": {"heat": {"x": "k"}}}, "figures.heat", "{'x': 'k'}"),
    "figure of an unknown kind": (
        {"figures": {"heat": {"kind": "heatmap", "x": "k"}}}, "figures.heat.kind", "'heatmap'",
    ),
    "overlays as a mapping": (
        {f"{FIGURE}.overlays": {"y": "k"}}, f"{FIGURE}.overlays", "{'y': 'k'}",
    ),
    "series as a number": (
        {"figures": {"curve": {"x": "k", "series": 3}}}, "figures.curve.series", "3",
    ),
    "where as a list": ({"where": ["k > 2"]}, "where", "['k > 2']"),
    "where as a number": ({"where": 1}, "where", "1"),
    "batch as a number": ({"batch": 3}, "batch", "3"),
    "batch as a list": ({"batch": ["cell"]}, "batch", "['cell']"),
    "a batch of no time": ({"batch": {"seconds": 0}}, "batch.seconds", "0"),
    # Names.
    "unknown problem": ({"problem": "denoising"}, "problem", "'denoising'"),
    "unknown solver": ({"solvers.0.name": "adam"}, "solvers[0].name", "'adam'"),
    "unknown weights": ({"network.weights": "normal"}, "network.weights", "'normal'"),
    "unknown activation": ({"network.activation": "tanh"}, "network.activation", "'tanh'"),
    "unknown target": ({"target": "cube"}, "target", "'cube'"),
    "unknown start": ({"start": "zeros"}, "start", "'zeros'"),
    "unknown measurements": (
        {**MEASURED, "measurements": "fourier"}, "measurements", "'fourier'",
    ),
    "unknown error": ({"success.error": "image"}, "success.error", "'image'"),
    "unknown scale": ({f"{FIGURE}.x_scale": "log10"}, f"{FIGURE}.x_scale", "'log10'"),
    "unknown batch": ({"batch": "node"}, "batch", "'node'"),
    # Axes.
    "axis of one number": ({"axes.k": 3}, "axes.k", "3"),
    "axis as text": ({"axes.k": "2,3"}, "axes.k", "'2,3'"),
    "empty axis": ({"axes.k": []}, "axes.k", "[]"),
    "a word on an axis": ({"axes.k": [2, "x"]}, "axes.k", "'x'"),
    "a value twice": ({"axes.k": [2, 3, 2.0]}, "axes.k", "2 appears twice"),
    "empty range": ({"axes.k": {"from": 5, "to": 2}}, "axes.k", "5 to 2"),
    "range without an end": ({"axes.k": {"from": 5}}, "axes.k", "{'from': 5}"),
    "a step of zero": ({"axes.k": {"from": 1, "to": 3, "step": 0}}, "axes.k", "step: 0"),
    "a step that is too short": (
        {"axes.k": {"from": 1, "to": 3, "step": 1e-9}}, "axes.k", "1e-09",
    ),
    "a step and points": (
        {"axes.k": {"from": 1, "to": 3, "step": 1, "points": 3}}, "axes.k", "step and points",
    ),
    "one point": ({"axes.k": {"from": 1, "to": 3, "points": 1}}, "axes.k", "points: 1"),
    "points as text": ({"axes.k": {"from": 1, "to": 3, "points": "3"}}, "axes.k", "'3'"),
    "points in one place": ({"axes.k": {"from": 3, "to": 3, "points": 4}}, "axes.k", "3 to 3"),
    "a scale without points": (
        {"axes.k": {"from": 1, "to": 3, "scale": "log"}}, "axes.k", "`scale`",
    ),
    "a log space from zero": (
        {"axes.k": {"from": 0, "to": 3, "points": 3, "scale": "log"}}, "axes.k", "start at 0",
    ),
    "an unknown space": (
        {"axes.k": {"from": 1, "to": 3, "points": 3, "scale": "cubic"}}, "axes.k", "'cubic'",
    ),
    "integer as a word": (
        {"axes.k": {"from": 1, "to": 3, "points": 3, "integer": "yes"}}, "axes.k", "'yes'",
    ),
    "a width of zero on an axis": (
        {"axes.net": [[12, 0]], "network.widths": "net"}, "axes.net", "[12, 0]",
    ),
    "unused axis": ({"axes.tau": [0, 1]}, "axes.tau", "'tau'"),
    "axis that only where uses": (
        {"axes.tau": [0, 1], "where": "tau < 1"}, "axes.tau", "'tau'",
    ),
    "axis named as a column": ({"axes.rate": [1], "noise": "rate"}, "axes.rate", "'rate'"),
    "axis named as a statistic": (
        {"axes.signal_error_mean": [1], "noise": "signal_error_mean"},
        "axes.signal_error_mean",
        "'signal_error_mean'",
    ),
    "axis named as a function": ({"axes.max": [1], "noise": "max"}, "axes.max", "'max'"),
    "axis named as the layer's index": ({"axes.i": [1], "noise": "i"}, "axes.i", "'i'"),
    "axis whose name has a space": ({"axes.my noise": [1]}, "axes.my noise", "'my noise'"),
    "axis named by a number": ({"axes": {"k": [2], 3: [1]}}, "axes", "the name 3"),
    "k an axis and a key": ({"k": 3}, "k", "k: 3"),
    "k nowhere": ({"axes.k": DROP}, "k", "latent dimension"),
    "n that is not the last width": (
        {"network.widths": ["n", 30]}, "axes.n", "n is 12, but n is the width of the last layer",
    ),
    "d that is not the depth": ({"axes.d": [3], "noise": "d"}, "axes.d", "d is 3"),
    "a grid of too many points": (
        {"axes.k": {"from": 1, "to": 9999}, "axes.n": {"from": 1, "to": 9999}},
        "axes",
        "99980001 points",
    ),
    # Expressions.
    "unknown symbol": ({"noise": "sigma/2"}, "noise", "'sigma'"),
    "unknown symbol in a width": ({"network.widths": ["nn"]}, "network.widths[0]", "'nn'"),
    "unknown symbol in a step": ({"solvers.0.step": "eta"}, "solvers[0].step", "'eta'"),
    "unknown symbol in where": ({"where": "q > 2"}, "where", "'q'"),
    "an axis of widths as a number": ({**WIDTHS, "noise": "net"}, "noise", "'net'"),
    "unknown function": ({"noise": "sin(k)"}, "noise", "'sin'"),
    "too few arguments": ({"noise": "max(k)"}, "noise", "'max(k)'"),
    "no arithmetic": ({"noise": "k +"}, "noise", "'k +'"),
    "an assignment": ({"where": "k = 2"}, "where", "'k = 2'"),
    "a unit": ({"noise": "20%"}, "noise", "'20%'"),
    "an attribute": ({"noise": "k.real"}, "noise", "'k.real'"),
    "a lambda": ({"noise": "(lambda: 1)()"}, "noise", "(lambda: 1)()"),
    "an import": ({"noise": "__import__('os').getpid()"}, "noise", "__import__('os')"),
    "a list": ({"noise": "[1, 2]"}, "noise", "'[1, 2]'"),
    "a text": ({"noise": "'a' * 9"}, "noise", "'a'"),
    "no list after in": ({"where": "k in n"}, "where", "'k in n'"),
    "a text too long": ({"noise": "1+" * 200 + "1"}, "noise", "1+1+1+"),
    "a huge power": ({"noise": "9**9**9**9"}, "noise", "9**9**9**9"),
    "a division by zero": ({"noise": "1/(k - 2)"}, "noise", "k = 2: division by zero"),
    "a root of a negative number": ({"noise": "(2 - k)**0.5"}, "noise", "k = 3"),
    "a truth as a number": ({"noise": "k < 3"}, "noise", "'k < 3' gives true"),
    "a number as a truth": ({"where": "n/k"}, "where", "'n/k' gives 6"),
    "a layer that is not there": (
        {**MEASURED, "m": "n3"}, "m", "'n3' needs n3, but there are 2 layers",
    ),
    # Sizes and signs.
    "a width of zero": ({"network.widths": ["n - 12", "n"]}, "network.widths[0]", "is 0"),
    "a width with a fraction": ({"network.widths": ["n/8", "n"]}, "network.widths[0]", "1.5"),
    "widths as a number": ({"network.widths": 20}, "network.widths", "20"),
    "no widths": ({"network.widths": []}, "network.widths", "[]"),
    "widths of an axis of numbers": ({"network.widths": "n"}, "network.widths", "'n'"),
    "a depth of zero": (
        {"network.widths": {"depth": "k - 2", "width": "n"}}, "network.widths.depth", "depth 0",
    ),
    "k with a fraction": ({"axes.k": [2.5]}, "axes.k", "2.5"),
    "k of zero": ({"axes.k": DROP, "k": "n - 12", "figures": {}}, "k", "0 is below 1"),
    "m of zero": ({**MEASURED, "m": 0}, "m", "0 is below 1"),
    "m with a fraction": ({**MEASURED, "m": "n/8"}, "m", "1.5"),
    "m on an axis, of zero": (
        {"problem": "compressed_sensing", "axes.m": [0]}, "axes.m", "0 is below 1",
    ),
    "m for inversion": ({"m": 10}, "m", "inversion"),
    "an axis m for inversion": ({"axes.m": [10]}, "axes.m", "inversion"),
    "no m for measurements": ({"problem": "compressed_sensing"}, "m", "missing"),
    "m an axis and a key": ({**MEASURED, "axes.m": [3]}, "m", "m: 10"),
    "m with identity measurements": ({**MEASURED, "measurements": "identity"}, "m", "identity"),
    "measurements for inversion": ({"measurements": "unit"}, "measurements", "inversion"),
    "negative noise": ({"noise": -0.5}, "noise", "-0.5 is below 0"),
    "negative noise of a law": ({"noise": {"gaussian": -1}}, "noise.gaussian", "-1"),
    "noise of two laws": (
        {"noise": {"sphere": 1, "gaussian": 1}}, "noise", "the laws sphere and gaussian",
    ),
    "relative noise of two laws": (
        {"noise": {"relative": 1, "gaussian": 1}}, "noise", "the laws relative and gaussian",
    ),
    "noise of three laws": (
        {"noise": {"sphere": 1, "relative": 1, "gaussian": 1}},
        "noise",
        "sphere and relative and gaussian",
    ),
    "shared noise of no law": ({"noise": {"shared": True}}, "noise", "no law"),
    "shared as a word": (
        {"noise": {"sphere": 1, "shared": "yes"}}, "noise.shared", "'yes'",
    ),
    "negative relative noise": ({"noise": {"relative": -1}}, "noise.relative", "-1 is below 0"),
    "unknown symbol in relative noise": (
        {"noise": {"relative": "tau"}}, "noise.relative", "'tau'",
    ),
    "the law of a matrix by its name": ({"noise": {"matrix": 1}}, "noise.matrix", "1"),
    "a law of noise for a Wigner matrix": (
        {**SPIKED, "problem": "spiked_wigner", "noise": {"gaussian": 1}}, "noise", "spiked_wigner",
    ),
    "a law of noise for a Wishart matrix": (
        {**SPIKED, "problem": "spiked_wishart", "m": 9, "noise": {"sphere": 1}},
        "noise",
        "spiked_wishart",
    ),
    "m for a Wigner matrix": ({**SPIKED, "problem": "spiked_wigner", "m": 9}, "m", "spiked_wigner"),
    "no m for a Wishart matrix": ({**SPIKED, "problem": "spiked_wishart"}, "m", "samples"),
    "measurements for a spiked matrix": (
        {**SPIKED, "problem": "spiked_wigner", "measurements": "unit"},
        "measurements",
        "spiked_wigner",
    ),
    "no m for phase retrieval": ({**SPIKED, "problem": "phase_retrieval"}, "m", "measurements"),
    "plugin for phase retrieval": (
        {"problem": "phase_retrieval", "m": 9}, "solvers[0].name", "'plugin' does not fit",
    ),
    "noise of no law": ({"noise": {}}, "noise", "no law"),
    "a start of scale zero": ({"start": {"gaussian": 0}}, "start.gaussian", "0 is not above 0"),
    "a step size of zero": ({"solvers.0.step": 0}, "solvers[0].step", "0 is not above 0"),
    "a step for a solver without one": (
        {"solvers.0.name": "levenberg_marquardt"}, "solvers[0].step", "step: 3 is given",
    ),
    "restarts of a solver with one start": (
        {"solvers.0.restarts": 2}, "solvers[0].restarts", "restarts: 2 is given, but plugin",
    ),
    "a negative number of restarts": (
        {"solvers": [{"name": "levenberg_marquardt", "restarts": -1}]},
        "solvers[0].restarts",
        "-1 is below 0",
    ),
    "half a restart": (
        {"solvers": [{"name": "levenberg_marquardt", "restarts": "k/2"}], "axes.k": [3]},
        "solvers[0].restarts",
        "1.5 is not a whole number",
    ),
    "unknown symbol in restarts": (
        {"solvers": [{"name": "levenberg_marquardt", "restarts": "r"}]},
        "solvers[0].restarts",
        "'r'",
    ),
    "no iterations": ({"solvers.0.max_iter": 0}, "solvers[0].max_iter", "0 is below 1"),
    "too many iterations": (
        {"solvers.0.max_iter": 10**12}, "solvers[0].max_iter", "1000000000000 is above 1000000000",
    ),
    "a negative tolerance": (
        {"solvers.0.stop.gradient_norm": -1}, "solvers[0].stop.gradient_norm", "-1",
    ),
    "a slope above one": (
        {"network.activation": {"leaky_relu": 1.5}}, "network.activation.leaky_relu", "1.5",
    ),
    "unit_signal without e_2": ({"target": "unit_signal", "axes.k": [1]}, "target", "k = 1"),
    # Solvers, where, transition, figures.
    "two solvers of one name": (
        {"solvers": [{"name": "plugin", "step": 1}, {"name": "plugin", "step": 2}]},
        "solvers[1]",
        "'plugin'",
    ),
    "a label that is another's name": (
        {
            "solvers": [
                {"name": "plugin", "step": 1},
                {"name": "subgradient", "label": "plugin", "step": 2},
            ]
        },
        "solvers[1]",
        "'plugin'",
    ),
    "where that drops all": ({"where": "k > 5"}, "where", "'k > 5' leaves no grid point"),
    "transition along nothing": ({"transition": {"along": "q"}}, "transition.along", "'q'"),
    "transition along widths": (
        {**WIDTHS, "transition": {"along": "net"}}, "transition.along", "'net'",
    ),
    "transition across widths": (
        {**WIDTHS, "transition": {"along": "k", "across": "net"}}, "transition.across", "'net'",
    ),
    "transition along and across one axis": (
        {"transition": {"along": "k", "across": "k"}}, "transition.across", "'k'",
    ),
    "a level of one": ({"transition": {"levels": [0.5, 1]}}, "transition.levels[1]", "1"),
    "a level as a word": ({"transition": {"levels": ["half"]}}, "transition.levels[0]", "'half'"),
    "a level twice": ({"transition": {"levels": [0.5, 0.5]}}, "transition.levels", "0.5"),
    "no level": ({"transition": {"levels": []}}, "transition.levels", "[]"),
    "an unknown link": ({"transition": {"link": "logistic"}}, "transition.link", "'logistic'"),
    "a link twice": (
        {"transition": {"link": ["logit", "logit"]}}, "transition.link", "logit is given twice",
    ),
    "no link": ({"transition": {"link": []}}, "transition.link", "no link"),
    "a link as a number": ({"transition": {"link": 3}}, "transition.link", "3 is no link"),
    "a floor of one": ({"transition": {"floor": 1}}, "transition.floor", "1 is neither a rate"),
    "a floor as a word": ({"transition": {"floor": "some"}}, "transition.floor", "'some'"),
    "asymptotes without a room between": (
        {"transition": {"along": "k", "floor": 0.6, "lapse": 0.4}}, "transition.floor", "nothing",
    ),
    "a level below the floor": (
        {"transition": {"along": "k", "floor": 0.2, "levels": [0.5, 0.1]}},
        "transition.levels[1]",
        "never crosses 0.1",
    ),
    "residuals over one axis": (
        {"axes": {"k": [2, 3], "n": [20, 30]}, "figures": {"residuals": {"x": "k", "y": "k"}}},
        "figures.residuals.y",
        "both sides",
    ),
    "residuals over other axes than the regression": (
        {
            "axes": {"k": [2, 3], "n": [20, 30], "tau": [0, 1]},
            "figures": {
                "portrait": {"x": "k", "y": "n"},
                "residuals": {"x": "k", "y": "tau"},
            },
        },
        "figures.residuals",
        "over n and k, this map over k, tau",
    ),
    "residuals without a regression": (
        {"axes": {"k": [2, 3]}, "figures": {"residuals": {"x": "k", "y": "n"}}},
        "figures.residuals",
        "this sweep has none",
    ),
    "a coordinate over an unknown symbol": (
        {"transition": {"along": "k", "coordinate": "k/q"}}, "transition.coordinate", "'q'",
    ),
    "a coordinate that does not change": (
        {"transition": {"along": "k", "coordinate": "3"}}, "transition.coordinate", "'3'",
    ),
    "a coordinate that turns": (
        {"axes.k": [2, 3, 4], "transition": {"along": "k", "coordinate": "(k - 3)**2"}},
        "transition.coordinate",
        "'(k - 3)**2' neither rises nor falls",
    ),
    "a coordinate without a value": (
        {"axes.k": [2, 3], "transition": {"along": "k", "coordinate": "log(k - 2)"}},
        "transition.coordinate",
        "'log(k - 2)' has no value",
    ),
    "figure over an unknown axis": ({f"{FIGURE}.x": "q"}, f"{FIGURE}.x", "'q'"),
    "figure over widths": (
        {**WIDTHS, "figures": {"portrait": {"x": "k", "y": "net"}}}, f"{FIGURE}.y", "'net'",
    ),
    "figure over one axis": ({f"{FIGURE}.y": "k"}, f"{FIGURE}.y", "'k'"),
    "figure with a bad name": (
        {"figures": {"../k": {"kind": "curve", "x": "k"}}}, "figures.../k", "'../k'",
    ),
    "figure named as a table": (
        {"figures": {"cells": {"kind": "curve", "x": "k"}}}, "figures.cells", "'cells'",
    ),
    "curve over an unknown symbol": ({"figures": {"curve": {"x": "q"}}}, "figures.curve.x", "'q'"),
    "curve over a constant": ({"figures": {"curve": {"x": 3}}}, "figures.curve.x", "3"),
    "curve without a value": (
        {"figures": {"curve": {"x": "1/(k - 2)"}}}, "figures.curve.x", "'1/(k - 2)'",
    ),
    "curve over a layer that some networks lack": (
        {
            "axes": {"k": [2], "net": [[12], [20, 12]]},
            "network": {"widths": "net"},
            "figures": {"curve": {"x": "k/n2"}},
        },
        "figures.curve.x",
        "'k/n2' needs n2",
    ),
    "curve that is not finite": (
        {"figures": {"curve": {"x": "inf*k"}}}, "figures.curve.x", "'inf*k'",
    ),
    "curve of an unknown height": (
        {"figures": {"curve": {"x": "k", "y": "psnr"}}}, "figures.curve.y", "'psnr'",
    ),
    "published time": (
        {"figures": {"curve": {"x": "k", "y": "solve_seconds", "overlays": [PAPER]}}},
        "figures.curve.overlays[0].compare",
        "solve_seconds is of a machine",
    ),
    "theory of time": (
        {f"{FIGURE}": {"kind": "curve", "x": "k", "y": "solve_seconds",
                       "overlays": [{"theory": "oracle"}]}},
        f"{FIGURE}.overlays[0].theory",
        "this figure shows none",
    ),
    "a profile over an axis": ({"figures": {"profile": {"x": "k"}}}, "figures.profile.x", "'k'"),
    "a profile over an error": (
        {"figures": {"profile": {"x": "latent_error"}}}, "figures.profile.x", "'latent_error'",
    ),
    "a profile of errors": (
        {"figures": {"profile": {"y": "latent_error"}}}, "figures.profile.y", "'latent_error'",
    ),
    "a profile with an overlay": (
        {"figures": {"profile": {"overlays": [{"y": "k"}]}}}, "figures.profile.overlays", "unknown",
    ),
    "unknown series of a profile": (
        {"figures": {"profile": {"series": "q"}}}, "figures.profile.series[0]", "'q'",
    ),
    "panels of a profile that make series": (
        {"figures": {"profile": {"series": "k", "panels": ["k"]}}},
        "figures.profile.panels[0]",
        "both series and panels",
    ),
    "sizes along no axis": (
        {"figures": {"scaling": {"x": "q", "size": "n"}}}, "figures.scaling.x", "'q'",
    ),
    "the size along which the rate crosses": (
        {"figures": {"scaling": {"x": "n", "size": "n"}}}, "figures.scaling.size", "'n'",
    ),
    "two sizes": (
        {"axes.n": [12, 20], "figures": {"scaling": {"x": "k", "size": "n"}}},
        "figures.scaling.size",
        "2 sizes",
    ),
    "sizes over an unknown symbol": (
        {"figures": {"scaling": {"x": "k", "size": "n", "coordinate": "k/q"}}},
        "figures.scaling.coordinate",
        "'q'",
    ),
    "an offset that grows": (
        {"figures": {"scaling": {"x": "k", "size": "n", "exponents": [-1, 1]}}},
        "figures.scaling.exponents",
        "[-1.0, 1.0]",
    ),
    "a line over sizes": (
        {"figures": {"scaling": {"x": "k", "size": "n", "overlays": [{"y": "k"}]}}},
        "figures.scaling.overlays[0].y",
        "'k'",
    ),
    "unknown series": (
        {"figures": {"curve": {"x": "k", "series": "q"}}}, "figures.curve.series[0]", "'q'",
    ),
    "series that is the x axis": (
        {"figures": {"curve": {"x": "k", "series": "k"}}}, "figures.curve.series[0]", "'k'",
    ),
    "series twice": (
        {"figures": {"curve": {"x": "k", "series": ["n", "n"]}}}, "figures.curve.series[0]", "'n'",
    ),
    "log scale with a zero": (
        {"axes.tau": [0, 1], "noise": "tau", "figures": {"curve": {"x": "tau", "x_scale": "log"}}},
        "figures.curve.x_scale",
        "0",
    ),
    "log scale of a portrait with a zero": (
        {
            "axes.tau": [0, 1],
            "noise": "tau",
            "figures": {"portrait": {"x": "k", "y": "tau", "y_scale": "log"}},
        },
        f"{FIGURE}.y_scale",
        "0",
    ),
    "overlay with an unknown symbol": (
        {f"{FIGURE}.overlays": [{"y": "20*q"}]}, f"{FIGURE}.overlays[0].y", "'q'",
    ),
    "overlay over the y axis": (
        {f"{FIGURE}.overlays": [{"y": "n/2"}]}, f"{FIGURE}.overlays[0].y", "'n'",
    ),
    "overlay with a symbol that varies in a panel": (
        {f"{FIGURE}.overlays": [{"y": "n1*k"}]}, f"{FIGURE}.overlays[0].y", "'n1'",
    ),
    "figure named as a table in capitals": (
        {"figures": {"Trials": {"kind": "curve", "x": "k"}}}, "figures.Trials", "'Trials'",
    ),
    "figure named as the traces": (
        {"figures": {"traces": {"kind": "curve", "x": "k"}}}, "figures.traces", "'traces'",
    ),
    "axis named as a column of a curve": ({"axes.low": [1], "noise": "low"}, "axes.low", "'low'"),
    "unknown statistic": (
        {"figures": {"curve": {"x": "k", "y": "signal_error", "statistic": "mode"}}},
        "figures.curve.statistic",
        "'mode'",
    ),
    "unknown choice of trials": (
        {"figures": {"curve": {"x": "k", "y": "signal_error", "over": "converged"}}},
        "figures.curve.over",
        "'converged'",
    ),
    "unknown fit": (
        {"figures": {"curve": {"x": "k", "y": "signal_error", "fit": "cubic"}}},
        "figures.curve.fit",
        "'cubic'",
    ),
    "a fit that is true": (
        {"figures": {"curve": {"x": "k", "y": "signal_error", "fit": True}}},
        "figures.curve.fit",
        "true",
    ),
    "a power of zero": (
        {
            "axes.tau": [0, 1],
            "noise": "tau",
            "figures": {"curve": {"x": "tau", "y": "signal_error", "fit": "power"}},
        },
        "figures.curve.fit",
        "tau = 0",
    ),
    "a statistic of the rate": (
        {"figures": {"curve": {"x": "k", "statistic": "mean"}}},
        "figures.curve.statistic",
        "statistic: mean is about errors, but y is rate",
    ),
    "the rate of the recovered": (
        {"figures": {"curve": {"x": "k", "over": "recovered"}}},
        "figures.curve.over",
        "over: recovered is about errors",
    ),
    "the rate divided": (
        {"figures": {"curve": {"x": "k", "per": "n"}}}, "figures.curve.per", "per: n is about",
    ),
    "a division by an unknown symbol": (
        {"figures": {"curve": {"x": "k", "y": "signal_error", "per": "q"}}},
        "figures.curve.per",
        "'q'",
    ),
    "a division by no noise": (
        {"figures": {"curve": {"x": "k", "y": "signal_error", "per": "noise"}}},
        "figures.curve.per",
        "'noise' is 0",
    ),
    "a division by what has no value": (
        {"figures": {"curve": {"x": "k", "y": "signal_error", "per": "1/(k - 2)"}}},
        "figures.curve.per",
        "'1/(k - 2)'",
    ),
    "panels of an unknown axis": (
        {"figures": {"curve": {"x": "k", "panels": "q"}}}, "figures.curve.panels[0]", "'q'",
    ),
    "panels of the x axis": (
        {"figures": {"curve": {"x": "k", "panels": ["k"]}}}, "figures.curve.panels[0]", "'k'",
    ),
    "panels that are series": (
        {"figures": {"curve": {"x": "k", "panels": ["n"], "series": ["n"]}}},
        "figures.curve.panels[0]",
        "'n' makes both",
    ),
    "panels as a number": (
        {"figures": {"curve": {"x": "k", "panels": 2}}}, "figures.curve.panels", "2",
    ),
    "a label as a number": (
        {"figures": {"curve": {"x": "k", "x_label": 2}}}, "figures.curve.x_label", "2",
    ),
    "trace as a number": ({"trace": 3}, "trace", "3 is not a mapping"),
    "pictures over no axis": (
        {"figures": {"images": {"x": "q", "panels": "n"}}}, "figures.images.x", "'q'",
    ),
    "pictures over an expression": (
        {"figures": {"images": {"x": "k/n", "panels": "n"}}}, "figures.images.x", "k/n",
    ),
    "panels of pictures that make columns": (
        {"figures": {"images": {"x": "k", "panels": ["k"]}}}, "figures.images.panels[0]", "'k'",
    ),
    "a panel of pictures twice": (
        {"figures": {"images": {"x": "k", "panels": ["n", "n"]}}},
        "figures.images.panels[1]",
        "given twice",
    ),
    "pictures with an axis left": (
        {"figures": {"images": {"x": "k"}}}, "figures.images", "the axis n has 2 values",
    ),
    "pictures of no value": (
        {"figures": {"images": {"x": "k", "only": {"n": 13}}}},
        "figures.images.only.n",
        "n has no value 13",
    ),
    "pictures of values of no axis": (
        {"figures": {"images": {"x": "k", "only": {"n": 12, "q": 1}}}},
        "figures.images.only.q",
        "'q'",
    ),
    "a picture of a trial that there is not": (
        {"figures": {"images": {"x": "k", "panels": "n", "trial": 3}}},
        "figures.images.trial",
        "trial 3 of 3",
    ),
    "a picture of a trial below 0": (
        {"figures": {"images": {"x": "k", "panels": "n", "trial": -1}}},
        "figures.images.trial",
        "-1 is below 0",
    ),
    "pictures with the rate": (
        {"figures": {"images": {"x": "k", "panels": "n", "y": "rate"}}},
        "figures.images.y",
        "'rate' is not recorded",
    ),
    "limits of pictures the wrong way round": (
        {"figures": {"images": {"x": "k", "panels": "n", "limits": [1, 0]}}},
        "figures.images.limits",
        "[1, 0] is no range",
    ),
    "a shape of three": (
        {"figures": {"images": {"x": "k", "panels": "n", "shape": [2, 2, 3]}}},
        "figures.images.shape",
        "[2, 2, 3] is no shape",
    ),
    "pictures with a scale of x": (
        {"figures": {"images": {"x": "k", "panels": "n", "x_scale": "log"}}},
        "figures.images.x_scale",
        "unknown",
    ),
    "too many columns of pictures": (
        {"axes": {"k": list(range(1, 30)), "n": [36]}, "figures": {"images": {"x": "k"}}},
        "figures.images.x",
        "29 columns",
    ),
    "too many panels of pictures": (
        {"axes": {"k": [2], "n": list(range(10, 30))},
         "figures": {"images": {"x": "k", "panels": "n"}}},
        "figures.images.panels",
        "20 panels",
    ),
    "trace true": ({"trace": True}, "trace", "true is not a mapping"),
    "unknown key in trace": ({"trace": {"every": 10}}, "trace.every", "10"),
    "no traced trial": ({"trace": {"trials": 0}}, "trace.trials", "0 is below 1"),
    "more traced trials than trials": (
        {"trace": {"trials": 4}}, "trace.trials", "4 traced trials of 3",
    ),
    "one traced point": ({"trace": {"points": 1}}, "trace.points", "1 is below 2"),
    "a trace without traces": (
        {"figures": {"trace": {"series": "k"}}}, "figures.trace", "the sweep keeps none",
    ),
    "a trace of the rate": (
        {"trace": {}, "figures": {"trace": {"y": "rate"}}}, "figures.trace.y", "'rate'",
    ),
    "a trace with an x": (
        {"trace": {}, "figures": {"trace": {"x": "k"}}}, "figures.trace.x", "'k'",
    ),
    "a trace of an unknown series": (
        {"trace": {}, "figures": {"trace": {"series": ["q"]}}}, "figures.trace.series[0]", "'q'",
    ),
    "a shift along the axis itself": (
        {"figures": {"portrait": {"x": "k", "y": "n"}, "shift": {"axis": "n", "margin": 0.1}}},
        "figures.shift.axis",
        "'n'",
    ),
    "a shift between values of no axis": (
        {"figures": {"portrait": {"x": "k", "y": "n"}, "shift": {"axis": "q", "margin": 0.1}}},
        "figures.shift.axis",
        "'q'",
    ),
    "a shift from no value": (
        {
            "figures": {
                "portrait": {"x": "k", "y": "n"},
                "shift": {"axis": "k", "margin": 0.1, "reference": 7},
            }
        },
        "figures.shift.reference",
        "7",
    ),
    "a shift from a single value": (
        {
            "axes": {"k": [2], "n": [12, 20]},
            "transition": {"along": "n"},
            "figures": {"shift": {"axis": "k", "margin": 0.1}},
        },
        "figures.shift.axis",
        "one value",
    ),
    "a shift without a margin": (
        {"figures": {"shift": {"axis": "k"}}}, "figures.shift.margin", "margin",
    ),
    "a margin that all shifts are within": (
        {"figures": {"portrait": {"x": "k", "y": "n"}, "shift": {"axis": "k", "margin": 2}}},
        "figures.shift.margin",
        "2.0 is no share",
    ),
    "a shift along no known axis": (
        {"figures": {"shift": {"axis": "k", "margin": 0.1}}}, "figures.shift", "transition",
    ),
    "state evolution of dependent measurements": (
        {
            "problem": "compressed_sensing",
            "measurements": "partial_dct",
            "m": 8,
            f"{FIGURE}.overlays": [{"theory": "state_evolution"}],
        },
        f"{FIGURE}.overlays[0].theory",
        "partial_dct",
    ),
    "a comparison of one solver": (
        {"figures": {"comparison": {"x": "k", "y": "n"}}},
        "figures.comparison.solvers",
        "only 'plugin'",
    ),
    "a comparison of which two of three": (
        {"solvers": TWO, "figures": {"comparison": {"x": "k", "y": "n"}}},
        "figures.comparison.solvers",
        "the sweep has 3 solvers",
    ),
    "a comparison of three": (
        compared("plugin", "subgradient", "short"),
        "figures.comparison.solvers",
        "'short'] are not two",
    ),
    "a comparison of no solver": (compared(), "figures.comparison.solvers", "[] are not two"),
    "a comparison with itself": (
        compared("plugin", "plugin"), "figures.comparison.solvers", "['plugin', 'plugin'] are not",
    ),
    "a comparison with an unknown solver": (
        compared("plugin", "adam"), "figures.comparison.solvers[1]", "'adam' is no solver",
    ),
    "a comparison with the name of a solver that has a label": (
        {"solvers": TWO[::2], **compared("plugin", "subgradient", add=False)},
        "figures.comparison.solvers[1]",
        "'subgradient' is no solver",
    ),
    "a comparison with one solver as a word": (
        {"solvers": TWO, "figures": {"comparison": {"x": "k", "y": "n", "solvers": "plugin"}}},
        "figures.comparison.solvers",
        "'plugin' is not a list",
    ),
    "a comparison with a number": (
        compared("plugin", 3), "figures.comparison.solvers[1]", "3 is not text",
    ),
    "a comparison over widths": (
        {
            **WIDTHS,
            "solvers": TWO[:2],
            "figures": {"comparison": {"x": "k", "y": "net"}},
        },
        "figures.comparison.y",
        "'net'",
    ),
    "a comparison over one axis": (
        {"solvers": TWO[:2], "figures": {"comparison": {"x": "k"}}},
        "figures.comparison.y",
        "missing",
    ),
    "a comparison of errors": (
        {"solvers": TWO[:2], "figures": {"comparison": {"x": "k", "y": "n", "error": "latent"}}},
        "figures.comparison.error",
        "'latent'",
    ),
    "log scale of a comparison with a zero": (
        {
            "axes.tau": [0, 1],
            "noise": "tau",
            "solvers": TWO[:2],
            "figures": {"comparison": {"x": "k", "y": "tau", "y_scale": "log"}},
        },
        "figures.comparison.y_scale",
        "0",
    ),
    "overlay of a comparison with a symbol that varies in a panel": (
        {
            "solvers": TWO[:2],
            "figures": {"comparison": {"x": "k", "y": "n", "overlays": [{"y": "n1*k"}]}},
        },
        "figures.comparison.overlays[0].y",
        "'n1'",
    ),
    "axis named as a column of a comparison": (
        {"axes.pairs": [1], "noise": "pairs"}, "axes.pairs", "'pairs'",
    ),
    "overlay of a curve with a symbol that varies in a panel": (
        {
            "axes": {"k": [2, 3], "n": [12, 20], "tau": [0.1, 0.2]},
            "noise": "tau",
            "figures": {"curve": {"x": "k", "panels": "n", "overlays": [{"y": "tau*k"}]}},
        },
        "figures.curve.overlays[0].y",
        "'tau'",
    ),
    "overlay of a curve with a symbol that varies": (
        {"figures": {"curve": {"x": "k/n", "overlays": [{"y": "k"}]}}},
        "figures.curve.overlays[0].y",
        "'k'",
    ),
    "overlay that is nothing": (
        {f"{FIGURE}.overlays": [{"label": "a"}]}, f"{FIGURE}.overlays[0]", "neither y nor x",
    ),
    "overlay in both directions": (
        {f"{FIGURE}.overlays": [{"y": "k", "x": "n"}]}, f"{FIGURE}.overlays[0]", "both y and x",
    ),
    "overlay as a word": (
        {f"{FIGURE}.overlays": ["counting"]}, f"{FIGURE}.overlays[0]", "'counting'",
    ),
    "overlay over the x axis": (
        {f"{FIGURE}.overlays": [{"x": "k/2"}]}, f"{FIGURE}.overlays[0].x", "'k'",
    ),
    "overlay to the right with a symbol that varies in a panel": (
        {f"{FIGURE}.overlays": [{"x": "n1/2"}]}, f"{FIGURE}.overlays[0].x", "'n1'",
    ),
    "overlay of a curve to the right": (
        {"figures": {"curve": {"x": "k", "overlays": [{"x": "5"}]}}},
        "figures.curve.overlays[0].x",
        "5",
    ),
    "unknown key in published points": (
        {f"{FIGURE}.overlays": [PAPER | {"z": "k"}]}, f"{FIGURE}.overlays[0].z", "'k'",
    ),
    "published points without a label": (
        {f"{FIGURE}.overlays": [{"csv": "a.csv", "x": "k", "y": "n"}]},
        f"{FIGURE}.overlays[0].label",
        "missing",
    ),
    "published points of an unknown kind": (
        {f"{FIGURE}.overlays": [PAPER | {"kind": "dots"}]}, f"{FIGURE}.overlays[0].kind", "'dots'",
    ),
    "an error bar with one end": (
        {f"{FIGURE}.overlays": [PAPER | {"low": "k"}]}, f"{FIGURE}.overlays[0]", "without high",
    ),
    "published points for no panels": (
        {f"{FIGURE}.overlays": [PAPER | {"panels": ["k"]}]},
        f"{FIGURE}.overlays[0].panels[0]",
        "'k'",
    ),
    "a missing file of published points": (
        {f"{FIGURE}.overlays": [PAPER]}, f"{FIGURE}.overlays[0].csv", "there is no file",
    ),
    "an unknown theory": (
        {f"{FIGURE}.overlays": [{"theory": "countin"}]},
        f"{FIGURE}.overlays[0].theory",
        "'countin'",
    ),
    "unknown key in a theory": (
        {f"{FIGURE}.overlays": [{"theory": "counting", "y": "k"}]},
        f"{FIGURE}.overlays[0].y",
        "'k'",
    ),
    "a theory about other problems": (
        {f"{FIGURE}.overlays": [{"theory": "state_evolution"}]},
        f"{FIGURE}.overlays[0].theory",
        "nothing about inversion",
    ),
    "errors of iterates, of another solver": (
        AMP | {"solvers": [{"name": "subgradient", "step": 1}]},
        "figures.trace.overlays[0].theory",
        "no solver here",
    ),
    "errors of iterates that are damped": (
        AMP | {"solvers": [PLAIN | {"damping": 0.05}]},
        "figures.trace.overlays[0].theory",
        "no solver here",
    ),
    "errors of iterates that are polished": (
        AMP | {"solvers": [PLAIN | {"polish": True}]},
        "figures.trace.overlays[0].theory",
        "no solver here",
    ),
    "errors of iterates under noise": (
        AMP | {"noise": 0.1}, "figures.trace.overlays[0].theory", "without noise",
    ),
    "errors of iterates in a trace of the objective": (
        AMP | {"figures": {"trace": EVOLUTION | {"y": "objective"}}},
        "figures.trace.overlays[0].theory",
        "objective",
    ),
    "errors of iterates without measurements": (
        {"solvers": [PLAIN], "trace": {}, "figures": {"trace": EVOLUTION}},
        "figures.trace.overlays[0].theory",
        "nothing about inversion",
    ),
    "errors of iterates of leaky layers": (
        AMP | {"network.activation": {"leaky_relu": 0.1}},
        "figures.trace.overlays[0].theory",
        "ReLU",
    ),
    "errors of iterates of other weights": (
        AMP | {"network.weights": "truncated"},
        "figures.trace.overlays[0].theory",
        "weights: truncated",
    ),
    "another theory in a trace": (
        AMP | {"figures": {"trace": {"overlays": [{"theory": "counting"}]}}},
        "figures.trace.overlays[0].theory",
        "counting",
    ),
    "published points in a trace": (
        AMP | {"figures": {"trace": {"overlays": [PAPER]}}},
        "figures.trace.overlays[0].csv",
        "a.csv",
    ),
    "a theory of errors in a portrait": (
        {f"{FIGURE}.overlays": [{"theory": "oracle"}]}, f"{FIGURE}.overlays[0].theory", "oracle",
    ),
    "a limit in a curve of errors": (
        {
            "figures": {
                "curve": {"x": "k", "y": "signal_error", "overlays": [{"theory": "counting"}]}
            }
        },
        "figures.curve.overlays[0].theory",
        "shows no rate",
    ),
    "an error under noise without noise": (
        {
            "figures": {
                "curve": {"x": "k", "y": "signal_error", "overlays": [{"theory": "oracle"}]}
            }
        },
        "figures.curve.overlays[0].theory",
        "noise is 0",
    ),
    "a theory about other activations": (
        {
            "network.activation": {"leaky_relu": 0.1},
            f"{FIGURE}.overlays": [{"theory": "counting"}],
        },
        f"{FIGURE}.overlays[0].theory",
        "ReLU",
    ),
    "a theory about other weights": (
        {"network.weights": "he", f"{FIGURE}.overlays": [{"theory": "plugin_width"}]},
        f"{FIGURE}.overlays[0].theory",
        "weights: he",
    ),
    "a theory about other measurements": (
        {
            "problem": "compressed_sensing",
            "m": 9,
            "noise": 0.1,
            "measurements": "bernoulli",
            "figures": {
                "curve": {"x": "k", "y": "signal_error", "overlays": [{"theory": "omega"}]}
            },
        },
        "figures.curve.overlays[0].theory",
        "bernoulli",
    ),
    "a theory about noise that knows nothing of the network": (
        {
            "problem": "compressed_sensing",
            "m": 9,
            "noise": {"aligned": 0.1},
            "network.widths": ["n", "n"],
            "figures": {
                "curve": {"x": "k", "y": "signal_error", "overlays": [{"theory": "omega"}]}
            },
        },
        "figures.curve.overlays[0].theory",
        "aligned",
    ),
    "a theory about random measurements": (
        {
            "problem": "compressed_sensing",
            "measurements": "identity",
            f"{FIGURE}.overlays": [{"theory": "state_evolution"}],
        },
        f"{FIGURE}.overlays[0].theory",
        "identity",
    ),
    "a constant that a theory has not": (
        {f"{FIGURE}.overlays": [{"theory": "counting", "constant": 2}]},
        f"{FIGURE}.overlays[0].constant",
        "2",
    ),
    "a constant below 0": (
        {f"{FIGURE}.overlays": [{"theory": "plugin_width", "constant": -2}]},
        f"{FIGURE}.overlays[0].constant",
        "-2",
    ),
    "a theory over depths": (
        {
            "axes": {"k": [2, 3], "d": [1, 2]},
            "network.widths": {"depth": "d", "width": 20},
            "figures": {"portrait": {"x": "k", "y": "d", "overlays": [{"theory": "counting"}]}},
        },
        f"{FIGURE}.overlays[0].theory",
        "depth d",
    ),
    "a theory of several sizes at a place": (
        {"figures": {"curve": {"x": "k/n", "overlays": [{"theory": "counting"}]}}},
        "figures.curve.overlays[0].theory",
        "k and n vary",
    ),
}  # fmt: skip


def changed(changes):
    """The small sweep with changes."""
    content = copy.deepcopy(SWEEP)
    for path, value in changes.items():
        parts = path.split(".") if isinstance(path, str) else [path]
        place = content
        for part in parts[:-1]:
            place = place[int(part)] if isinstance(place, list) else place[part]
        if value is DROP:
            del place[parts[-1]]
        else:
            place[parts[-1]] = value
    return yaml.safe_dump(content, sort_keys=False, allow_unicode=True)


TABLE = {
    **TEXTS,
    **{name: (changed(changes), key, value) for name, (changes, key, value) in CHANGES.items()},
}


def check_message(message, file, key, value):
    """Check that a message names file, key, value and remedy and speaks to a person."""
    head, *lines = message.splitlines()
    assert head in (f"{file}: a mistake", f"{file}: {len(lines) // 2} mistakes")
    texts, remedies = lines[::2], lines[1::2]
    assert len(texts) == len(remedies)
    assert any(text.startswith(f"  {key}: ") and value in text for text in texts), message
    for remedy in remedies:
        assert remedy.startswith("    remedy: ")
        assert len(remedy) > len("    remedy: ") + 3
    for word in JARGON:
        assert word not in message


@pytest.mark.parametrize("name", TABLE)
def test_bad_input_is_answered_by_file_key_value_and_remedy(name, tmp_path, monkeypatch, capsys):
    text, key, value = TABLE[name]
    file = tmp_path / "bad.yaml"
    file.write_text(text, encoding="utf-8")
    with pytest.raises(SweepError) as caught:
        expand(load_sweep("bad", tmp_path), 0, str(file))
    check_message(str(caught.value), file, key, value)

    folders = ["--sweep-dir", str(tmp_path), "--results", str(tmp_path / "results")]
    monkeypatch.setattr(sys, "argv", ["genphase", "plan", "bad", *folders])
    with pytest.raises(SystemExit) as ended:
        cli.main()
    out, err = capsys.readouterr()
    assert ended.value.code == 2
    assert out == ""
    assert err == f"{caught.value}\n"
    assert not (tmp_path / "results").exists()


def test_the_table_is_about_one_mistake_at_a_time():
    assert expand(parse_sweep(changed({}), "sweep.yaml"), 0, "sweep.yaml")
    assert len(TABLE) > 150


def test_a_solver_that_does_not_fit_the_problem_is_refused(monkeypatch):
    monkeypatch.setattr(Inversion, "offers", frozenset({GRADIENT, RESIDUAL}))
    with pytest.raises(SweepError) as caught:
        parse_sweep(changed({}), "bad.yaml")
    message = str(caught.value)
    check_message(message, "bad.yaml", "solvers[0].name", "'plugin' does not fit")
    assert message.endswith(
        "solvers that fit: gradient_descent, levenberg_marquardt, ml_amp, subgradient"
    )


def test_all_mistakes_of_a_file_are_told_at_once():
    text = changed({"trials": 0, "problem": "denoising", "solvers.0.eta": 1, "success.below": 0})
    with pytest.raises(SweepError) as caught:
        parse_sweep(text, "bad.yaml")
    keys = {mistake.key for mistake in caught.value.mistakes}
    assert keys == {"trials", "problem", "solvers[0].eta", "success.below"}
    assert str(caught.value).startswith("bad.yaml: 4 mistakes\n")


@pytest.mark.parametrize(
    ("changes", "hint"),
    [
        ({"trails": 3}, "did you mean 'trials'?"),
        ({"solvers.0.name": "subgradent"}, "did you mean 'subgradient'?"),
        ({"solvers.0.stop.gradient": 1}, "did you mean 'gradient_norm'?"),
        ({"noise": "sqr(k)"}, "did you mean 'sqrt'?"),
        ({"transition": {"along": "kk"}}, "did you mean 'k'?"),
        ({"batch": 3}, "{seconds: ...}"),
        ({"network.activation": 0.1}, "{leaky_relu: ...}"),
    ],
)
def test_the_remedy_knows_what_was_meant(changes, hint):
    with pytest.raises(SweepError) as caught:
        parse_sweep(changed(changes), "bad.yaml")
    assert hint in caught.value.mistakes[-1].remedy


@pytest.mark.parametrize(
    ("name", "content", "value"),
    [
        ("plugin_portait", None, "there is no such sweep"),
        ("latin", b"title: \xe9\n", "not UTF-8"),
    ],
)
def test_a_file_that_cannot_be_read_is_named(name, content, value, tmp_path):
    (tmp_path / "plugin_portrait.yaml").write_text("title: A", encoding="utf-8")
    if content is not None:
        (tmp_path / f"{name}.yaml").write_bytes(content)
    with pytest.raises(SweepError) as caught:
        load_sweep(name, tmp_path)
    check_message(str(caught.value), tmp_path / f"{name}.yaml", name, value)
    assert content is not None or "did you mean 'plugin_portrait'?" in str(caught.value)


def test_a_folder_in_place_of_a_file_is_named(tmp_path):
    (tmp_path / "a.yaml").mkdir()
    with pytest.raises(SweepError) as caught:
        load_sweep("a", tmp_path)
    check_message(str(caught.value), tmp_path / "a.yaml", "a", "cannot be read")


def test_a_folder_without_sweeps_is_named(tmp_path):
    with pytest.raises(SweepError, match="there is no folder"):
        load_sweep("a", tmp_path / "missing")


@pytest.mark.parametrize("name", ["trials as text", "an import", "a key twice"])
def test_the_command_ends_with_status_2_and_one_message(name, tmp_path):
    text, key, value = TABLE[name]
    file = tmp_path / "bad.yaml"
    file.write_text(text, encoding="utf-8")
    command = [sys.executable, "-c", "from genphase.cli import main; main()", "plan", "bad"]
    done = subprocess.run(
        [*command, "--sweep-dir", tmp_path], capture_output=True, text=True, check=False
    )
    assert done.returncode == 2
    assert done.stdout == ""
    check_message(done.stderr, file, key, value)


def test_merging_a_mapping_is_no_double_key():
    text = changed({}).replace("success:\n", "success:\n  <<: {error: latent}\n")
    assert parse_sweep(text, "sweep.yaml").success.error == "signal"
