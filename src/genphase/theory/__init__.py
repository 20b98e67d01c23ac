"""What theory says a figure should show: limits of recovery, errors under noise."""
