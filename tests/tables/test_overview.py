"""The page of results: all that it shows is in it, and nothing else is loaded."""

import re

from browsers import browser, in_a_browser
from test_readme import SUCCESS, make_about, trials

from genphase.tables.cells import summarise
from genphase.tables.comparison import compare
from genphase.tables.overview import Shown, overview
from genphase.tables.transition import transitions

__all__ = ["browser", "trials"]

# The header of a PNG of 1300 by 10 pixels.
PNG = b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR\x00\x00\x05\x14\x00\x00\x00\x0a"


def page_of(trials, **changes):
    cells = summarise(trials, SUCCESS)
    found = transitions(cells, axes=["m"], along="m", across=None, levels=[0.5], coordinate=None)
    duel = {"duel": compare(trials, ["a", "b"], SUCCESS)}
    figures = {
        "portrait": Shown(PNG, "A tiny sweep\nRates < 1 & more.\n\nSweep tiny, seed 7."),
        "duel": Shown(PNG, "A tiny sweep\nPairs."),
    }
    return overview(make_about(**changes), cells, found, duel, figures)


def test_it_has_title_facts_outcome_figures_and_tables(trials):
    page = page_of(trials, title="<b>Tiny</b> & more", description="What it is.")
    for told in (
        "&lt;b&gt;Tiny&lt;/b&gt; &amp; more", "What it is.", "Nobody (2020), Figure 1",
        "<dt>seed</dt><dd>7</dd>", "genphase 9.9.9", "a: 8 of 16 recovered",
        "<p>Rates &lt; 1 &amp; more.</p><p>Sweep tiny, seed 7.</p>",
        "transition.csv", "cells.csv", "duel.csv", 'href="portrait.html"',
    ):  # fmt: skip
        assert told in page
    assert 'href="duel.html"' not in page
    assert "<b>" not in page
    assert [int(width) for width in re.findall('<img [^>]*width="([0-9]+)"', page)] == [960, 960]


def test_it_loads_nothing(trials):
    page = page_of(trials)
    assert not re.findall(r"(?:src|href)=.(?:https?:)?//", page)
    assert "default-src 'none'" in page


def test_a_long_table_says_how_much_of_it_is_shown(trials, monkeypatch):
    monkeypatch.setattr("genphase.tables.overview._ROWS", 3)
    page = page_of(trials)
    assert "cells.csv, the first 3 of 8 rows" in page
    assert "duel.csv, the first 3 of 4 rows" in page


@in_a_browser
def test_a_browser_sorts_and_searches_its_tables(browser, trials, tmp_path):
    (tmp_path / "index.html").write_text(page_of(trials), encoding="utf-8")
    browser.get((tmp_path / "index.html").as_uri())
    box = browser.find_elements("css selector", "details")[1]
    box.find_element("css selector", "summary").click()
    names = [head.text for head in box.find_elements("css selector", "th")]
    rate = names.index("rate")

    def shown(column):
        rows = box.find_elements("css selector", "tbody tr")
        cells = [row.find_elements("css selector", "td") for row in rows if row.is_displayed()]
        return [row[column].text for row in cells]

    heads = box.find_elements("css selector", "th button")
    heads[rate].click()
    rates = [float(value) for value in shown(rate)]
    assert rates == [0] * 6 + [1] * 2
    heads[rate].click()
    assert [float(value) for value in shown(rate)] == [1] * 2 + [0] * 6
    box.find_element("css selector", "input").send_keys("a4")
    assert shown(names.index("cell")) == ["a4"]
    assert browser.get_log("browser") == []
