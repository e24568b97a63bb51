"""Benchmarks: what PMPO costs beside other libraries, on data that anyone can generate again."""
