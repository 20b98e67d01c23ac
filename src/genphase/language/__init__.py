"""Numbers, axes and expressions of sweep files."""
