"""Tables of plain text, printed line by line as the figures come in."""

NAME_WIDTH = 42
COLUMN_WIDTH = 13


def line(name: str, *columns: str) -> None:
    """Print one line of a table."""
    print(
        f"{name:{NAME_WIDTH}}" + "".join(f"{text:>{COLUMN_WIDTH}}" for text in columns), flush=True
    )


def title(text: str, note: str, *columns: str) -> None:
    """Print what a table shows, and its head."""
    print(f"\n{text}\n{note}\n")
    line("", *columns)


def number(value: float | None) -> str:
    """Return a figure with two to three digits, or a dash where there is none."""
    if value is None:
        return "-"
    digits = 3 if value < 1 else 2 if value < 10 else 1 if value < 100 else 0
    return f"{value:.{digits}f}"


def span(values: list[float]) -> str:
    """Return the least and the greatest value."""
    return f"{number(min(values))}-{number(max(values))}"


def milliseconds(seconds: float) -> str:
    """Return a time in milliseconds."""
    return number(1e3 * seconds)
