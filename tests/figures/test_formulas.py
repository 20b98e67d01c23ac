import pytest
from matplotlib.mathtext import MathTextParser

from genphase.language.formulas import formula


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("k", "$k$"),
        ("k/m", "$k/m$"),
        ("sqrt(k/m)", r"$\sqrt{k/m}$"),
        ("sqrt(n3/k)", r"$\sqrt{n_{3}/k}$"),
        ("sigma**2", r"$\sigma^{2}$"),
        ("theta", r"$\theta$"),
        ("ell", r"$\ell$"),
        ("lambda_", r"$\lambda$"),
        ("20*k", r"$20\,k$"),
        ("k*2", r"$k \cdot 2$"),
        ("1e-5*k", r"$10^{-5}\,k$"),
        ("2.5e7*k", r"$2.5 \cdot 10^{7}\,k$"),
        ("log(n)*k/m", r"$\log(n)\,k/m$"),
        ("log10(k)", r"$\log_{10}(k)$"),
        ("abs(k - m)", "$|k - m|$"),
        ("max(k, 10)", r"$\max(k, 10)$"),
        # Brackets where they matter.
        ("k*(n - 1)", r"$k\,(n - 1)$"),
        ("(k*n) - 1", r"$k\,n - 1$"),
        ("a - (b - c)", "$a - (b - c)$"),
        ("a - b - c", "$a - b - c$"),
        ("k/(m*n)", r"$k/(m\,n)$"),
        ("k/m*n", r"$(k/m)\,n$"),
        ("(k + 1)**2", "$(k + 1)^{2}$"),
        ("-k**2", "$-k^{2}$"),
        ("(-k)**2", "$(-k)^{2}$"),
        ("2**-k", "$2^{-k}$"),
        # What is no formula stays as it is.
        ("noise", "noise"),
        ("my_axis", "my_axis"),
        ("k < 3", "k < 3"),
        ("k if d > 2 else m", "k if d > 2 else m"),
        ("no formula", "no formula"),
    ],
)
def test_formulas(text, found):
    assert formula(text) == found
    # It can be set.
    MathTextParser("agg").parse(found)


def test_a_name_of_several_letters_is_upright_within_a_formula():
    assert formula("noise_level*k") == r"$\mathrm{noise\ level}\,k$"
    MathTextParser("agg").parse(formula("noise_level*k"))
