import pytest

from genphase.figures.texts import latex, latex_caption, plain_caption


@pytest.mark.parametrize(
    ("text", "written"),
    [
        ("95 % & #1 of a_b", r"95 \% \& \#1 of a\_b"),
        ("σ² ≤ √k, Λ", r"$\sigma$$^2$ $\le$ $\surd$k, $\Lambda$"),
        ("an x̂ of Ö", r"an $\hat{x}$ of Ö"),
        ("$n_1 = 5$ & more", r"$n_1 = 5$ \& more"),
        ("5 $", r"5 \$"),
        ("", ""),
    ],
)
def test_symbols_and_special_characters_are_commands(text, written):
    assert latex(text) == written


def test_a_latex_caption_is_one_command_with_its_source():
    text = latex_caption("A title.", "5 % fail. " * 30, "Sweep a, seed 0")
    first, *lines = text.splitlines()
    assert first == "% Sweep a, seed 0"
    assert lines[0] == r"\caption{%"
    assert lines[-1] == "}"
    body = " ".join(lines[1:-1])
    assert body == "A title. " + r"5 \% fail. " * 29 + r"5 \% fail."
    assert max(map(len, lines)) <= 92


def test_a_plain_caption_has_no_dollars_and_lines_of_a_terminal():
    text = plain_caption("A $p$ title", "Many words. " * 30, "Sweep a, seed 0")
    assert text.startswith("A p title\nMany words.")
    assert text.endswith("\n\nSweep a, seed 0\n")
    assert max(map(len, text.splitlines())) <= 92
