"""What the rounds of a budget give: their files, and the trials that cells have by them."""

import json
from collections.abc import Iterable
from pathlib import Path
from typing import NamedTuple

from genphase.canonical import canonical
from genphase.cells.refinement import BadRound, round_as_written
from genphase.cells.sampling import Sampling

FORMAT = 1


class Share(NamedTuple):
    """The trials of a cell in a round: those with an index from `first` on, and below `until`."""

    first: int
    until: int


Shares = dict[str, Share]


def shares_file(results: Path, number: int) -> Path:
    """Return the file in the results folder of a sweep that holds what a round gives."""
    return results / "budget" / f"{number}.json"


def shares_text(shares: Shares) -> str:
    """Return the content of a round's file."""
    return canonical({"format": FORMAT, "shares": shares}) + "\n"


def read_shares(text: str) -> Shares:
    """Return what a round gives, as its file says.

    Raises
    ------
    BadRound
        If the file is damaged.
    """
    try:
        content = json.loads(text)
        if content["format"] != FORMAT:
            raise BadRound("it is written in another format")
        return {cell: Share(int(a), int(b)) for cell, (a, b) in content["shares"].items()}
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        raise BadRound(f"a round of the budget is not readable ({error})") from None


def sampling_of_share(sampling: Sampling, share: Share) -> Sampling:
    """Return the trials that a job of a round has of a cell, by those of the sweep."""
    update = {"first": share.first, "at_least": share.until, "at_most": share.until, "budget": 0}
    return sampling.model_copy(update=update)


def samplings_of(sampling: Sampling, rounds: Iterable[Shares]) -> dict[str, Sampling]:
    """Return how many trials the cells have that rounds give some, from the first on."""
    found: dict[str, Sampling] = {}
    for shares in rounds:
        for cell, share in shares.items():
            found[cell] = sampling_of_share(sampling, share._replace(first=0))
    return found


def samplings_in(sampling: Sampling, rounds: Iterable[Path]) -> dict[str, Sampling]:
    """Return the same of rounds by their files."""
    return samplings_of(sampling, (read_shares(round_as_written(path)) for path in rounds))
