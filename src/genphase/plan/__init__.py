"""What a run would do, and what no sweep refers to any more."""
