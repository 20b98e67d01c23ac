"""Images, and networks that are trained on them or brought from other programs."""
