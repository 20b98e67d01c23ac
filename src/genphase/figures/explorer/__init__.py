"""Explorers: a portrait or a curve as a page for a browser, with the trials behind every mark."""
