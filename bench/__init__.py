"""Benchmarks: what acts cost on a directory of a given size, on both databases."""
