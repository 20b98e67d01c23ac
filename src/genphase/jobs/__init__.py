"""How cells become jobs: batches, costs, recipes, and what a job does."""
