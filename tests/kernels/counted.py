"""The fast iteration with its two phases uncompiled, so that what they call can be counted."""

from collections import Counter

from genphase.kernels import frozen, iterate


def uncompiled(kernel):
    """Return a kernel as Python runs it; what it calls stays compiled."""
    return getattr(kernel, "py_func", kernel)


class Events(Counter):
    """How often what happened; for every ball, how many units were watched how many times."""

    def __init__(self, *arguments):
        super().__init__(*arguments)
        self.balls = []


def counting(monkeypatch):
    """Return the iteration and a counter of what happens in it.

    plain phase, frozen phase : how often they are begun.
    negated, ended : frozen phases that end by a negation, and with the run.
    look, look at watched : how many succeed, and fail : how many do not.
    flipped : looks at which a hinge has flipped.
    hinge : hinges made.
    exhausted : looks for hinges that find no room.
    anew : regions entered after the first of a phase.
    ball, no ball : choices of the watched units that succeed and fail.
    """
    events = Events()

    def replace(module, name, record):
        kernel = getattr(module, name)

        def counted(*arguments):
            result = kernel(*arguments)
            record(arguments, result)
            return result

        monkeypatch.setattr(module, name, counted)

    def evaluate_units(arguments, flipped):
        position, n = arguments[2], arguments[8]
        kind = "look at watched" if n < arguments[7].size else "look"
        if kind == "look at watched" and flipped >= 0:
            events.balls[-1][1] += 1
        events[kind if flipped >= 0 else f"{kind}, fail"] += 1
        events["flipped"] += flipped > 0
        assert position.size >= arguments[1]

    def find_hinges(arguments, result):
        count, flipped = result
        events["hinge"] += max(count - arguments[7], 0)
        events["exhausted"] += count < 0
        events["flipped"] += count >= 0 and flipped > 0

    def enter_anew(arguments, result):
        events["anew"] += 1

    def choose_watched(arguments, n):
        events["ball" if n >= 0 else "no ball"] += 1
        if n >= 0:
            events.balls.append([n, 0])

    def plain_phase(arguments, result):
        events["plain phase"] += 1

    def frozen_phase(arguments, result):
        events["frozen phase"] += 1
        events["negated"] += int(result[2]) - int(arguments[-1])
        events["ended"] += result[0] != -1

    for kernel in ("evaluate_units", "find_hinges", "enter_anew", "choose_watched"):
        replace(frozen, kernel, locals()[kernel])
    monkeypatch.setattr(iterate, "frozen_phase", uncompiled(frozen.frozen_phase))
    for kernel in ("plain_phase", "frozen_phase"):
        replace(iterate, kernel, locals()[kernel])
    return uncompiled(iterate.iterate), events
