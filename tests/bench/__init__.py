"""Measurements, each as a ratio to a raw limit of the same run: `make bench`. Never a test: a machine may be slow."""
