"""Judging charters: what is wrong with one before anything is run."""
