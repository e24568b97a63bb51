"""A first charter for a file: profile it, guess what its columns mean, write the guess down."""
