"""Every problem, solver, law and error that comes with genphase, as `genphase list` knows them."""

from genphase.cli.catalogue import tables


def text() -> str:
    """Return a section for each kind."""
    return "\n\n".join(f"## {name.capitalize()}\n\n{table}" for name, table in tables().items())
