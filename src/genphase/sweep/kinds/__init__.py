"""Kinds of figures: one file each, which names it. ``sweep/figures.py`` lists them."""
