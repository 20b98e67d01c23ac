"""What is drawn at random: weights, measurements, targets, starts, noise."""
