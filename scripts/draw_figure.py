"""Draw one figure of a sweep, and write its captions and the numbers that it shows."""

import json
from collections.abc import Mapping
from pathlib import Path

from genphase.cells.sampling import read_sampling
from genphase.figures.draw import draw
from genphase.figures.style import save
from genphase.figures.texts import latex_caption, plain_caption
from genphase.files import write_whole
from genphase.shipped import seeds_text, this_genphase
from genphase.sweep.figures import figure_spec
from genphase.sweep.success import Success
from genphase.tables.files import read_table, write


def main(
    recipe: str,
    name: str,
    tables: Mapping[str, Path],
    png: Path,
    pdf: Path,
    csv: Path,
    txt: Path,
    tex: Path,
) -> None:
    """Draw a figure.

    Parameters
    ----------
    recipe
        See :meth:`genphase.jobs.recipes.Recipes.figure`.
    name
        Of the sweep.
    tables
        What it is drawn from, by name.
    png, pdf, csv, txt, tex
        The files that are written: the figure twice, its numbers, its caption twice.
    """
    content = json.loads(recipe)
    spec = figure_spec(content["figure"])
    rule = content["success"]
    success = None if rule is None else Success.model_validate(rule)
    figure, numbers, caption = draw(
        spec,
        {table: read_table(path) for table, path in tables.items()},
        content["axes"],
        success,
        content["title"],
        read_sampling(content["trials"]) if "trials" in content else None,
        content.get("lines"),
    )
    title = spec.title or content["title"]
    origin = this_genphase()
    numerics = ", ".join(f"{solver} {version}" for solver, version in content["numerics"].items())
    source = (
        f"Sweep {name}, {seeds_text(content['seeds'])}, numerics {numerics}; drawn by {origin}."
    )
    save(
        figure,
        png,
        spec.style,
        dpi=200,
        metadata={"Title": title, "Description": caption, "Source": source, "Software": origin},
    )
    # Without a date, the same tables give the same file.
    save(
        figure,
        pdf,
        spec.style,
        dpi=300,
        metadata={
            "Title": title,
            "Subject": caption,
            "Keywords": source,
            "Creator": origin,
            "CreationDate": None,
        },
    )
    write(numbers, csv)
    write_whole(txt, plain_caption(title, caption, source))
    write_whole(tex, latex_caption(title, caption, source))


if __name__ == "__main__":
    from genphase.jobs.script import recorded

    with recorded(snakemake) as files:
        main(
            snakemake.params.recipe, snakemake.wildcards.sweep, files.named_inputs, **files.outputs
        )
