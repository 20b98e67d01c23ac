"""The sides of the comparison, their clocks, and the check that they compute the same.

All is on one thread, and the clock is that of the processor: it does not run while others do.
"""

import importlib
from collections.abc import Callable, Mapping
from time import process_time
from typing import NamedTuple

import loops
import message_loop
import numpy as np
import problem_loops
from loops import Answer, Floats
from workloads import Trial, Workload

from genphase.cells.solve import Solved, solve
from genphase.draws.instance import Instance, draw_instance, draw_trial_start
from genphase.draws.pair import Pair
from genphase.kernels.status import CONVERGED
from genphase.parameters import Parameters, Solver

# The first iterates of all sides differ by rounding only. Later ones need not: where the iteration
# wanders between regions without converging, a rounding grows.
EARLY_ITERATIONS = 20
EARLY_TOLERANCE = 1e-8
CONVERGED_TOLERANCE = 1e-8

Loop = Callable[[list[Floats], int, Floats, Floats, Solver], Answer]


class Disagreement(Exception):
    """Two sides computed different answers: their times must not be compared."""


class Problem(NamedTuple):
    """An instance as the kernels take it, and as the loops do; `second` is a second network."""

    instance: Instance
    start: Floats
    weights: list[Floats]
    second: list[Floats]
    solver: Solver


Side = Callable[[Problem], Answer]


class Repeat(NamedTuple):
    """One repeat of a workload.

    seconds : in total over the trials, of drawing ("draw") and of each side.
    answers : of each side, trial by trial.
    """

    seconds: dict[str, float]
    answers: list[dict[str, Answer]]

    def iterations(self, side: str) -> int:
        """Return a side's iterations over all trials."""
        return sum(answers[side].iterations for answers in self.answers)


# By problem; the others have loops by solver.
PROBLEM_LOOPS: dict[str, Side] = {
    "phase_retrieval": problem_loops.numpy_phaseless,
    "spiked_wigner": problem_loops.numpy_spiked,
    "spiked_wishart": problem_loops.numpy_spiked,
    "blind_demodulation": problem_loops.numpy_alternating,
}


# By solver; their one loop can also trace.
MESSAGES = {"ml_amp"}


def solve_fast(p: Problem) -> Answer:
    """Solve a problem as a sweep does."""
    return _answer(solve(p.instance, p.start, p.solver))


def sides_of(parameters: Parameters, with_torch: bool) -> dict[str, Side]:
    """Return the sides that a problem and its solver are measured on, by name."""
    solver = parameters.solver.name
    sides: dict[str, Side] = {
        "fast": solve_fast,
        "plain": lambda p: _answer(solve(p.instance, p.start, p.solver, trace=np.empty((0, 2)))),
    }
    if solver in MESSAGES:
        return {"fast": sides["fast"], "numpy": message_loop.numpy_messages}
    if parameters.problem in PROBLEM_LOOPS:
        sides["numpy"] = PROBLEM_LOOPS[parameters.problem]
        return sides
    if solver == "levenberg_marquardt":
        # It has one loop, which can also trace.
        del sides["plain"]
        sides["numpy"] = _side(loops.numpy_levenberg_marquardt)
        return sides
    if solver == "plugin":
        sides["numpy"] = _side(loops.numpy_plugin)
    else:
        sides["numpy"] = _side(loops.numpy_subgradient)
        sides["paired"] = _side(loops.numpy_paired_subgradient)
    if with_torch:
        torch_loops = importlib.import_module("torch_loops")
        sides["torch"] = _side(getattr(torch_loops, f"torch_{solver}"))
    return sides


def _answer(solved: Solved) -> Answer:
    run = solved.run
    return Answer(run.latent, run.status == CONVERGED, int(run.iterations))


def _side(loop: Loop) -> Side:
    def side(p: Problem) -> Answer:
        return loop(p.weights, p.instance.chain.depth, p.instance.observation, p.start, p.solver)

    return side


def draw(trial: Trial) -> tuple[Problem, float]:
    """Draw a trial's problem; return it with the seconds of drawing, the loops' matrices apart."""
    begun = process_time()
    instance = draw_instance(*trial)
    start = draw_trial_start(*trial)
    seconds = process_time() - begun
    weights = loops.matrices(instance.chain)
    second = loops.matrices(instance.second) if isinstance(instance, Pair) else []
    return Problem(instance, start, weights, second, trial.parameters.solver), seconds


def check_first_iterates(workload: Workload, sides: Mapping[str, Side]) -> None:
    """Check that all sides reach the same point in a few iterations, on every trial.

    Raises
    ------
    Disagreement
        If they do not.
    """
    for trial in workload.trials:
        problem, _ = draw(trial)
        early = problem.solver.model_copy(update={"max_iter": EARLY_ITERATIONS})
        answers = {name: side(problem._replace(solver=early)) for name, side in sides.items()}
        compare(answers, EARLY_TOLERANCE, f"{workload.name}, first iterates of {_shown(trial)}")


def measure(workload: Workload, sides: Mapping[str, Side]) -> Repeat:
    """Time all sides on every trial of a workload, one after the other.

    Raises
    ------
    Disagreement
        If all sides converge on a trial, but not to the same point.
    """
    seconds = dict.fromkeys(("draw", *sides), 0.0)
    everything = []
    for trial in workload.trials:
        problem, drawing = draw(trial)
        seconds["draw"] += drawing
        answers = {}
        for name, side in sides.items():
            begun = process_time()
            answers[name] = side(problem)
            seconds[name] += process_time() - begun
        if all(answer.converged for answer in answers.values()):
            compare(answers, CONVERGED_TOLERANCE, f"{workload.name}, {_shown(trial)}")
        everything.append(answers)
    return Repeat(seconds, everything)


def compare(answers: Mapping[str, Answer], tolerance: float, where: str) -> None:
    """Check that all sides are at the same point, to a relative tolerance.

    Raises
    ------
    Disagreement
        If they are not.
    """
    expected = answers["plain"].x if "plain" in answers else answers["numpy"].x
    for name, answer in answers.items():
        away = float(np.linalg.norm(answer.x - expected))
        if not away <= tolerance * np.linalg.norm(expected):
            raise Disagreement(f"{where}: {name} is off by {away:.1e}: {answer.x} {expected}")


def _shown(trial: Trial) -> str:
    parameters, number = trial
    widths = ", ".join(map(str, parameters.network.widths))
    return f"trial {number} of k = {parameters.k}, widths ({widths})"
