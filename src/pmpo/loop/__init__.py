"""How decisions come back: assumptions that break, what is due, and reviews."""
