"""The pictures of the gallery, small, drawn from full results: `make gallery`.

Each picture holds what it was made from, and a test compares that with the sweep files.
"""

import sys
from io import BytesIO
from pathlib import Path

from PIL import Image
from PIL.PngImagePlugin import PngInfo

import genphase
from genphase.canonical import digest
from genphase.figures.style import save
from genphase.files import checksum
from genphase.jobs.recipes import published_files
from genphase.shipped import this_genphase
from genphase.store.provenance import Recipe
from genphase.sweep.models import Sweep
from genphase.sweep.published import published_path
from genphase.sweep.read import load_sweep
from making.gallery import FOLDER
from making.links import DOCS

FIGURES = DOCS / "figures"
# Under this name a picture holds what it was made from.
KEY = "Made-From"
WIDTH = 640
# The fewer where a picture would have more bytes.
_COLOURS, _BYTES = (64, 32), 80_000


def made_from(sweep: Sweep) -> str:
    """Return a hash of what the sweep file says of its picture: trials, rule, figure, numbers."""
    figure = picture_of(sweep)
    content = {
        "grid": sweep.written_grid(),
        "title": sweep.title,
        "success": None if sweep.success is None else sweep.success.model_dump(mode="json"),
        "figure": sweep.figures[figure].model_dump(mode="json"),
        "published": [
            checksum(published_path(FOLDER, file)) for file in published_files(sweep, figure)
        ],
    }
    return digest(Recipe("picture", content).text)


def picture_of(sweep: Sweep) -> str:
    """Return the figure that stands for a sweep: its first with published numbers, or its first."""
    compared = [name for name in sweep.figures if published_files(sweep, name)]
    return next(iter([*compared, *sweep.figures]))


def draw(name: str, results: Path) -> None:
    """Draw the picture of a sweep from its results."""
    sweep = load_sweep(name, FOLDER)
    found = genphase.load(results / name)
    spec = sweep.figures[picture_of(sweep)]
    figure = found.figure(picture_of(sweep))
    drawn = BytesIO()
    save(figure, drawn, spec.style, dpi=2 * WIDTH / figure.get_figwidth())
    picture = Image.open(drawn).convert("RGB")
    size = (WIDTH, round(WIDTH * picture.height / picture.width))
    small = picture.resize(size, Image.Resampling.LANCZOS)
    about = PngInfo()
    about.add_text(KEY, made_from(sweep))
    about.add_text("Software", this_genphase())
    file = FIGURES / f"{name}.png"
    for colours in _COLOURS:
        # Other methods turn greys into brown and blue, beside a few thin lines of colour.
        few = small.quantize(colours, Image.Quantize.MAXCOVERAGE, kmeans=3)
        few.save(file, optimize=True, pnginfo=about)
        if file.stat().st_size <= _BYTES:
            break


if __name__ == "__main__":
    folder = Path(sys.argv[1])
    for file in sorted(FOLDER.glob("*.yaml")):
        if not sys.argv[2:] or file.stem in sys.argv[2:]:
            draw(file.stem, folder)
            print(FIGURES / f"{file.stem}.png")
