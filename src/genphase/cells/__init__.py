"""From the grid of a sweep to the record of a trial."""
