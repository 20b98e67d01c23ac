"""The tables of a sweep, from trials.csv to those of figures."""
