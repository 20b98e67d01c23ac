"""Figures: functions from a table to a matplotlib Figure; nothing here saves a file."""
