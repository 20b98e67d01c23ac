"""How Sphinx builds the site. `docs/making` writes the parts of pages that are made from code."""

import sys
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray
from sphinx.errors import SphinxError
from sphinx.util.typing import stringify_annotation

sys.path[:0] = [str(Path(__file__).parent), str(Path(__file__).parents[1] / "src")]

from making.links import FORGE
from making.pages import filled

from genphase.shipped import VERSION

project = "genphase"
author = "The genphase developers"
copyright = "The genphase developers"
version = release = VERSION

extensions = ["myst_parser", "sphinx.ext.autodoc", "numpydoc"]
exclude_patterns = ["making"]

# Links to headings, as a forge has them.
myst_heading_anchors = 4

# Docstrings say shapes and meanings; types are in the signatures.
numpydoc_show_class_members = False
autodoc_typehints_format = "short"
autodoc_member_order = "bysource"
autodoc_preserve_defaults = True
python_use_unqualified_type_names = True
# The site is built without a network, so types of other libraries are no links, nor are those
# parts of genphase that the reference leaves out.
nitpick_ignore_regex = [
    (r"py:.*", r"ArrayLike|NDArray|collections\.abc\..*|pandas\..*|matplotlib\..*|pathlib\.Path"),
    (r"py:.*", r"numpy\.(ndarray|dtype|float32|int64|bool)"),
    (
        r"py:.*",
        r"genphase\.(decoders\..*|sweep\..*|statistics\.wilson\._N|theory\.state_evolution)",
    ),
]

# A block that names no language is plain text.
highlight_language = "text"

html_theme = "furo"
html_title = f"genphase {VERSION}"
html_theme_options: dict[str, Any] = {
    "source_repository": FORGE,
    "source_branch": "main",
    "source_directory": "docs/",
}
html_static_path = ["site.css"]
html_css_files = ["site.css"]
html_copy_source = False
html_show_sphinx = False

# Addresses that answer no program, or not at all times.
linkcheck_timeout = 20
linkcheck_retries = 2


def shorten(
    app: Any, what: str, name: str, item: Any, options: Any, words: str | None, returned: str | None
) -> tuple[str | None, str | None]:
    """Call types of arrays in signatures by their names, not by what these are made of."""
    arrays = [(NDArray[Any], "NDArray"), (NDArray[np.float64], "NDArray")]
    for kind, called in [(ArrayLike, "ArrayLike"), *arrays]:
        long = stringify_annotation(kind, "smart")
        words = words and words.replace(long, called)
        returned = returned and returned.replace(long, called)
    return words, returned


def read(app: Any, name: str, source: list[str]) -> None:
    """Fill a page; a link that leads to no file ends the build with its name."""
    try:
        source[0] = filled(name, source[0])
    except FileNotFoundError as error:
        raise SphinxError(str(error)) from None


def setup(app: Any) -> None:
    """Say what is done to pages and signatures."""
    app.connect("source-read", read)
    app.connect("autodoc-process-signature", shorten)
