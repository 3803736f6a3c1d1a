"""Looks inside a model that are no alignment, one a file: a function of a leased checkpoint and what is given, to a Finding."""
