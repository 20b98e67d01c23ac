"""What counts of recovered trials say: rates, crossings, portraits, paired differences."""
