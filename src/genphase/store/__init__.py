"""Finished trials, and what files were made from."""
