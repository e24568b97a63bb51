"""From signals to meaning: bands on one signal and anchored value functions, as SQL."""
