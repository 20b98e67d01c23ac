"""What is measured of drawn networks, without solving anything: one file for each quantity."""
