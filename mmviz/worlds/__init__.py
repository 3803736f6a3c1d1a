"""Drawn material whose true alignment is known: for training, lessons, trust figures and tests."""
